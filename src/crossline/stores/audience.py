"""Who uses which app, as somebody stated it: a CSV file with a row for each app, store and country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import csvfile
from crossline.mistakes import Mistake
from crossline.text import plural, visible

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES: Final = 256 << 20
_MOST_USERS: Final = 10_000_000_000  # more than there are people: a row that says so counts something else
_MOST_SOURCES: Final = 5
# As crossline.identifiers.package has it; the canonical form is in small letters.
_PACKAGE: Final = r"^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$"
MADE_UP: Final = "made up"
_USED: Final = frozenset(("package", "users", "store", "country", "source"))

SCHEMA: Final = pl.Schema({"app": pl.String(), "store": pl.String(), "country": pl.String(), "users": pl.Int64()})


class StoresError(Mistake):
    """Something is wrong with what was asked of stores, or with a file of users."""


@dataclass(frozen=True)
class Audience:
    """Users of apps: ``rows`` as :data:`SCHEMA`, each app, store and country once; null where it was not stated.

    ``sources`` are the words of the file for who says so.
    """

    name: str
    rows: pl.DataFrame
    lines: int
    refused: int
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def made_up(self) -> bool:
        """Return whether the file says of itself that its numbers are made up."""
        return bool(self.sources) and all(said.lower() == MADE_UP for said in self.sources)


def _named(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """Name the columns by the first line, whatever its blanks and capitals; raises StoresError for two of one name."""
    written = [str(name or "") for name in frame.row(0)]
    names = [name.strip().lower() for name in written]
    again = [
        visible(name) for name, plain in zip(written, names, strict=True) if plain in _USED and names.count(plain) > 1
    ]
    if again:
        raise StoresError(f"{path}: the first line names a column twice, blanks and capitals aside: {', '.join(again)}")
    return frame.slice(1).rename(
        {column: name for column, name in zip(frame.columns, names, strict=True) if name in _USED}
    )


def read(path: Path) -> Audience:
    """Read columns ``package`` and ``users``, and ``store``, ``country`` and ``source`` where there are such.

    Raises StoresError for a file without the first two, or without a sound row; OSError for one that cannot be opened.
    Of rows that speak of the same app, store and country the highest figure counts. Rows that are not understood are
    counted, and the notes name the first.
    """
    # Without names, since of two columns of one name the column library would make up another for the second.
    frame = _named(path, csvfile.read(path, StoresError, bytes_most=_MOST_BYTES, header=False))
    if not {"package", "users"} <= set(frame.columns):
        raise StoresError(f"{path}: the first line has to name the columns package and users, as in `package,users`")
    stated = frame.select(
        app=_word(frame, "package").str.to_lowercase(),
        store=_word(frame, "store"),
        country=_word(frame, "country").str.to_uppercase(),
        users=pl.col("users").str.strip_chars().cast(pl.Int64, strict=False),
        source=_word(frame, "source"),
    ).with_row_index("line", offset=2)
    why = (
        pl.when(~pl.col("app").str.contains(_PACKAGE).fill_null(value=False)).then(pl.lit("no app's id"))
        .when(pl.col("users").is_null()).then(pl.lit("no whole number of users"))
        .when(~pl.col("users").is_between(0, _MOST_USERS)).then(pl.lit("a number of users that cannot be"))
        .when(~pl.col("country").str.contains("^[A-Z]{2}$")).then(pl.lit("no country of two letters (ISO 3166-1)"))
    )  # fmt: skip
    judged = stated.with_columns(why=why)
    bad, sound = judged.filter(pl.col("why").is_not_null()), judged.filter(pl.col("why").is_null())
    if not sound.height:
        first = f"; line {bad['line'][0]}: {bad['why'][0]}" if bad.height else ""
        raise StoresError(f"{path}: none of its {plural(judged.height, 'row')} says how many use an app{first}")
    rows = sound.group_by("app", "store", "country", maintain_order=True).agg(pl.col("users").max())
    notes = []
    if bad.height:
        said = f"the first is line {bad['line'][0]}: {bad['why'][0]}"
        notes.append(f"{path.name}: {plural(bad.height, 'row')} not used; {said}.")
    if rows.height < sound.height:
        again = plural(sound.height - rows.height, "row")
        notes.append(f"{path.name}: {again} of an app, store and country that another row has; the highest counts.")
    sources = sound["source"].drop_nulls().unique(maintain_order=True).to_list()
    unsaid = int(sound["source"].null_count())
    if unsaid and sources:
        sources.append("not stated")
    return Audience(path.name, rows, judged.height, bad.height, tuple(notes), tuple(sources))


def _word(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column's words, null for an empty cell, and throughout where there is no such column."""
    if name not in frame.columns:
        return pl.lit(None, pl.String)
    word = pl.col(name).str.strip_chars()
    return pl.when(word != "").then(word)


def told(audience: Audience) -> str:
    """Say whose word the numbers are, in a sentence."""
    said = "; ".join(audience.sources[:_MOST_SOURCES])
    more = len(audience.sources) - _MOST_SOURCES
    who = f"as it says: {said}" + (f", and {more} more" if more > 0 else "") if said else "which names no source"
    return f"Users of apps: {plural(audience.rows.height, 'figure')} of {audience.name}, {who}."
