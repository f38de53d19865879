"""Text cells to typed columns. A cell that is not of its column's type is a reject, and its value stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers
from crossline.identifiers.state import names as state_names
from crossline.readers.table.rejects import PLACE
from crossline.readers.table.vocabulary import hints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.kinds import Column
    from crossline.readers.table.rejects import Rejects

UNREAD: Final = " unread"  # the columns of which a row's cell was refused before it was looked at
CELL_BYTES: Final = 1 << 16
_LIST: Final = pl.List(pl.String())
_WORDS: Final = 10_000  # distinct words of a column that are looked at for what they mean
NONE: Final = "none"  # an empty list that was seen whole; an empty cell says nothing

_FORM: Final = {
    "integer": (r"^[+-]?[0-9]{1,18}$", "a whole number"),
    "number": (r"^[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?$", "a number"),
    "boolean": (r"^(?i:true|false)$", "true or false"),
    "date": (r"^(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$", "a day such as 2024-05-31, of the years 1900 to 2199"),
}


def trimmed(frame: pl.DataFrame, rejects: Rejects) -> pl.DataFrame:
    """Trim cells, make empty ones null, and reject cells past the limit."""
    columns = [name for name in frame.columns if name not in {PLACE, UNREAD}]
    frame = frame.with_columns(pl.col(columns).str.strip_chars()).with_columns(
        pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in columns
    )
    for name in columns:
        long = frame[name].str.len_bytes() > CELL_BYTES
        if long.any():
            places = frame.filter(long.fill_null(value=False)).select(PLACE)
            rejects.rows(places, f"longer than the limit of {CELL_BYTES} bytes for a cell", name)
            frame = refused(frame.with_columns(pl.when(~long).then(pl.col(name)).alias(name)), name, long)
    return frame


def refused(frame: pl.DataFrame, name: str, rows: pl.Series) -> pl.DataFrame:
    """Mark that of some rows the cell of a column was refused."""
    before = frame[UNREAD] if UNREAD in frame.columns else pl.repeat([], frame.height, dtype=_LIST, eager=True)
    marks = pl.repeat([name], frame.height, dtype=_LIST, eager=True)
    return frame.with_columns(
        pl.when(rows.fill_null(value=False)).then(before.list.concat(marks)).otherwise(before).alias(UNREAD)
    )


def unread(frame: pl.DataFrame, columns: Sequence[pl.Series]) -> pl.Series | None:
    """Return, of each row, the columns whose cell holds something that was not understood; None where there is none."""
    for column in columns:
        wrong = column.is_null() & frame[column.name].is_not_null()
        if wrong.any():
            frame = refused(frame, column.name, wrong)
    return frame[UNREAD].alias("unread") if UNREAD in frame.columns else None


def typed(frame: pl.DataFrame, column: Column, rejects: Rejects) -> pl.Series:
    """Return a column of text as what its kind says it is."""
    cells = frame[column.name]
    if column.type == "texts":
        return _texts(frame, column, rejects)
    if column.type == "text":
        return _words(frame.select(PLACE, column.name), column, rejects)[column.name]
    form, what = _FORM[column.type]
    sound = cells.str.contains(form)
    if column.type == "boolean":
        values = cells.str.to_lowercase() == "true"
    elif column.type == "date":
        values = cells.str.to_date("%Y-%m-%d", strict=False)
    else:
        values = cells.str.strip_prefix("+").cast(pl.Int64 if column.type == "integer" else pl.Float64, strict=False)
    bad = cells.is_not_null() & (~sound | values.is_null())
    rejects.rows(frame.filter(bad), f"{{}} is not {what}", column.name)
    if column.least is not None and column.most is not None:
        beyond = ~bad & ~values.is_between(column.least, column.most)
        rejects.rows(frame.filter(beyond), f"{{}} is not within {column.bounds}", column.name)
        sound &= ~beyond
    return pl.select(pl.when(sound).then(values)).to_series().alias(column.name)


def _words(cells: pl.DataFrame, column: Column, rejects: Rejects) -> pl.DataFrame:
    """Check words against the column's choices, or bring country codes to their form; once per distinct word."""
    name = column.name
    if column.is_state:
        return canonical(cells, name, rejects)
    if not column.choices:
        return cells
    if column.also:
        words = cells[name].drop_nulls().unique(maintain_order=True).head(_WORDS)
        meant = {word: choice for word in words if (choice := column.chosen(word))}
        cells = cells.with_columns(pl.col(name).replace(meant))
    known = pl.col(name).is_in(column.choices)
    strange = cells.filter(~known)
    strange = strange.join(hints(name, strange[name], column.choices), on=name, how="left", maintain_order="left")
    rejects.rows(strange, "{} is none of its words", name)
    return cells.with_columns(pl.when(known).then(pl.col(name)).alias(name))


def canonical(cells: pl.DataFrame, name: str, rejects: Rejects, reject_as: str | None = None) -> pl.DataFrame:
    """Bring country codes to capitals, and names of states to their codes; what is neither is a reject."""
    old, new, bad = [], [], []
    for word in cells[name].drop_nulls().unique(maintain_order=True):
        code = _code(word)
        if code:
            new.append(code)
            old.append(word)
        else:
            bad.append(word)
    if bad:
        rows = cells.filter(pl.col(name).is_in(bad)).select(PLACE, pl.col(name).alias(reject_as or name))
        rejects.rows(rows, "{} is not the code of any state or territory in ISO 3166-1", reject_as or name)
    return cells.with_columns(pl.col(name).replace_strict(old, new, default=None, return_dtype=pl.String))


def _code(word: str) -> str | None:
    """Return the code of a state that is stated by its code or its name, as maps write it."""
    try:
        code: str = identifiers.load("state").parse(word)
    except ValueError:
        return state_names.stated(word)
    return code


def listed(cells: pl.Expr) -> pl.Expr:
    """Split cells at ``|`` or ``;``, whichever; a separator at the end is none."""
    return cells.str.replace_all(";", "|", literal=True).str.strip_chars_end("| ").str.split("|")


def _texts(frame: pl.DataFrame, column: Column, rejects: Rejects) -> pl.Series:
    name = column.name
    cells = frame.select(PLACE, name).with_row_index("row")
    empty = cells[name].str.to_lowercase() == NONE
    parts = cells.filter(pl.col(name).is_not_null() & ~empty).with_columns(listed(pl.col(name))).explode(name)
    parts = parts.with_columns(pl.col(name).str.strip_chars())
    checked = _words(parts.drop("row"), column, rejects).with_columns(parts["row"])
    # a list of which a word was not understood is not the list: the cell stays unknown
    whole = checked.group_by("row", maintain_order=True).agg(name, pl.col(name).is_null().any().alias("bad"))
    whole = whole.filter(~pl.col("bad")).select("row", name)
    joined = cells.select("row").join(whole, on="row", how="left", maintain_order="left")[name]
    nothing = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)))
    return pl.select(pl.when(empty).then(nothing).otherwise(joined)).to_series().alias(name)
