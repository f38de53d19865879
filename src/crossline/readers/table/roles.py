"""Cells of identifiers to ties: each distinct combination of cells is a bundle, each distinct identifier parsed once.

A cell says ``asn:4134;asn:701``; ``none`` is an empty list seen whole, ``...`` at the end says that there are more,
and an empty cell says nothing. ``operator.place`` and the like hold one value for all, or one for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers, kinds
from crossline.readers.table import cells
from crossline.readers.table.rejects import PLACE
from crossline.readers.table.vocabulary import OF_A_TIE, role_columns
from crossline.tables import TIE, encode_ties, extent_rows

if TYPE_CHECKING:
    from crossline.readers.table.rejects import Rejects

_MORE: Final = r"(?:\s*[|;])?\s*(?:\.\.\.|…)$"
_COUNT: Final = "rows of the bundle"
_DUST_PCT: Final = 1e-6  # by which a sum of decimal fractions may be off
_SHAPE: Final = {
    "bundle": pl.UInt32, "role": pl.String, "type": pl.String, "value": pl.String, "seq": pl.UInt32,
    "place": pl.String, "registered": pl.String, "share_min": pl.Float64, "share_max": pl.Float64,
    "basis": pl.String, "written": pl.String,
}  # fmt: skip


@dataclass
class Ties:
    """Ties and extents of the assets of one kind, and the bundle of each row."""

    bundle: pl.Series
    identifiers: pl.DataFrame
    ties: pl.DataFrame
    extents: pl.DataFrame


@dataclass
class Parser:
    """Parses identifiers, each distinct text once in a file."""

    known: dict[str, tuple[str, str] | str] = field(default_factory=dict)

    def table(self, texts: pl.Series) -> pl.DataFrame:
        """Return text, type, value, error and written of each distinct text, the last of vendors alone."""
        rows = []
        for text in texts.unique(maintain_order=True):
            if text not in self.known:
                try:
                    self.known[text] = identifiers.parse(text)
                except ValueError as error:
                    self.known[text] = str(error)
            found = self.known[text]
            rows.append((text, None, None, found) if isinstance(found, str) else (text, *found, None))
        schema = dict.fromkeys(("text", "type", "value", "error"), pl.String)
        # Identifiers were parsed, so that what stands after the colon is a name that can be shown.
        name = pl.col("text").str.splitn(":", 2).struct.field("field_1").str.strip_chars()
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.when(pl.col("type") == "vendor").then(name).alias("written")
        )


def read_roles(frame: pl.DataFrame, kind: str, parser: Parser, rejects: Rejects) -> Ties:
    """Return the ties of rows of one kind."""
    keys = [column for column in role_columns(kind) if column in frame.columns]
    roles = kinds.load(kind).roles
    unseen = extent_rows([(None, r, "none", f"the table has no column {r}") for r in roles if r not in frame.columns])
    if not keys:
        nothing = pl.DataFrame(schema=_SHAPE)
        zero = pl.repeat(0, frame.height, dtype=pl.UInt32, eager=True)
        return Ties(zero, *encode_ties(nothing), unseen)
    groups = frame.group_by(keys, maintain_order=True).agg(pl.col(PLACE).first(), pl.len().alias(_COUNT))
    bundles = groups.with_row_index("bundle")
    numbers = frame.select(keys).join(bundles, on=keys, how="left", maintain_order="left", nulls_equal=True)["bundle"]
    ties, extents = [pl.DataFrame(schema=_SHAPE)], [unseen]
    for role in roles:
        if role in frame.columns:
            some_ties, some_extents = _role(bundles, role, parser, rejects)
            ties.append(some_ties)
            extents.append(some_extents)
        else:
            _without_ties(bundles, role, rejects)
    table = pl.concat(ties).sort("bundle", "seq", maintain_order=True)
    encoded, pointing = encode_ties(table)
    order = [name for name in TIE if name in pointing.columns]
    return Ties(numbers, encoded, pointing.select(order), pl.concat(extents))


def _without_ties(bundles: pl.DataFrame, role: str, rejects: Rejects) -> None:
    for part in OF_A_TIE:
        column = f"{role}.{part}"
        if column in bundles.columns:
            rows = bundles.filter(pl.col(column).is_not_null())
            rejects.rows(rows, f"the table has no column {role} for it to speak of", column, _COUNT)


def _role(bundles: pl.DataFrame, role: str, parser: Parser, rejects: Rejects) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the ties of one role, with type and value spelt out, and its extents."""
    parts = [part for part in OF_A_TIE if f"{role}.{part}" in bundles.columns]
    stated = bundles.select(
        "bundle", PLACE, _COUNT, pl.col(role).alias("cell"),
        *(pl.col(f"{role}.{part}").alias(part) for part in parts),
    )  # fmt: skip
    stated = stated.with_columns(
        none=pl.col("cell").str.to_lowercase() == cells.NONE,
        more=pl.col("cell").str.contains(_MORE),
        text=cells.listed(pl.col("cell").str.replace(_MORE, "")),
    )
    listing = stated.filter(pl.col("cell").is_not_null() & ~pl.col("none") & (pl.col("text").list.join("") != ""))
    length = pl.col("text").list.len()
    listing = listing.with_columns(seq=pl.int_ranges(0, length, dtype=pl.UInt32))
    for part in parts:
        listing = _spread(listing, part, f"{role}.{part}", rejects)
    ties = listing.select("bundle", PLACE, _COUNT, "text", "seq", *parts).explode("text", "seq", *parts)
    ties = ties.with_columns(pl.col("text").str.strip_chars())
    ties = ties.join(parser.table(ties["text"]), on="text", how="left", maintain_order="left")
    wrong = ties.filter(pl.col("error").is_not_null())
    rejects.rows(wrong.select(PLACE, _COUNT, pl.col("error").alias("reason")), "", role, _COUNT)
    ties = ties.filter(pl.col("error").is_null())
    for part in parts:
        ties = _share(ties, part, role, rejects) if part.startswith("share") else _state(ties, part, role, rejects)
    if "share_min" in parts and "share_max" in parts:
        ties = _ordered(ties, role, rejects)
    if "share_min" in parts:
        ties = _within_all(ties, role, rejects)
    empty = [pl.lit(None, _SHAPE[part]()).alias(part) for part in OF_A_TIE if part not in parts]
    ties = ties.with_columns(pl.lit(role).alias("role"), pl.lit("declared").alias("basis"), *empty)
    return ties.select(*_SHAPE), _extents(stated, wrong, role)


def _extents(stated: pl.DataFrame, wrong: pl.DataFrame, role: str) -> pl.DataFrame:
    broken = pl.col("bundle").is_in(wrong["bundle"].unique().implode())
    reason = (
        pl.when(pl.col("cell").is_null()).then(pl.lit(f"the cell of {role} is empty"))
        .when(broken).then(pl.lit("an identifier of the cell was not understood"))
        .when(pl.col("more")).then(pl.lit("the table says that there are more"))
    )  # fmt: skip
    extent = (
        pl.when(pl.col("cell").is_null()).then(pl.lit("none"))
        .when(broken | pl.col("more")).then(pl.lit("some"))
        .otherwise(pl.lit("all"))
    )  # fmt: skip
    rows = stated.select("bundle", pl.lit(role).alias("role"), extent.alias("extent"), reason.alias("reason"))
    return rows.cast({"extent": pl.Enum(["none", "some", "all"])})


def _spread(listing: pl.DataFrame, part: str, column: str, rejects: Rejects) -> pl.DataFrame:
    """Make a list of values as long as that of the identifiers: one value stands for all of them."""
    values = cells.listed(pl.col(part))
    wanted, given = pl.col("text").list.len(), values.list.len()
    odd = listing.filter(pl.col(part).is_not_null() & (given != 1) & (given != wanted))
    if odd.height:
        rows = odd.select(PLACE, _COUNT, pl.col(part).alias(column))
        rejects.rows(rows, "{} has neither one value nor one for each identifier", column, _COUNT)
    one = pl.when(given == 1).then(values.list.first())
    spread = pl.when((given == wanted) & (wanted != 1)).then(values).otherwise(one.repeat_by(wanted))
    return listing.with_columns(spread.alias(part))


def _state(ties: pl.DataFrame, part: str, role: str, rejects: Rejects) -> pl.DataFrame:
    trimmed = pl.col(part).str.strip_chars()
    ties = ties.with_columns(pl.when(trimmed != "").then(trimmed).alias(part))
    return cells.canonical(ties, part, rejects, f"{role}.{part}")


def _share(ties: pl.DataFrame, part: str, role: str, rejects: Rejects) -> pl.DataFrame:
    text = pl.col(part).str.strip_chars()
    share = pl.when(text.str.contains(r"^[0-9]{1,3}(?:\.[0-9]{0,12})?$")).then(text).cast(pl.Float64, strict=False)
    sound = pl.when(share <= 100).then(share)
    column = f"{role}.{part}"
    bad = ties.filter((text != "") & sound.is_null()).select(PLACE, _COUNT, pl.col(part).alias(column))
    rejects.rows(bad, "{} is not a share in per cent", column, _COUNT)
    return ties.with_columns(sound.alias(part))


def _ordered(ties: pl.DataFrame, role: str, rejects: Rejects) -> pl.DataFrame:
    crossed = pl.col("share_min") > pl.col("share_max")
    rejects.rows(ties.filter(crossed), "the least share is above the greatest", f"{role}.share_min", _COUNT)
    return ties.with_columns(
        pl.when(~crossed.fill_null(value=False)).then(p).alias(p) for p in ("share_min", "share_max")
    )


def _within_all(ties: pl.DataFrame, role: str, rejects: Rejects) -> pl.DataFrame:
    """Refuse the shares of an asset whose least shares add up to more than everything."""
    over = pl.col("share_min").sum().over("bundle") > 100 + _DUST_PCT
    bad = ties.filter(over).unique("bundle", keep="first", maintain_order=True)
    rejects.rows(bad, "the least shares add up to more than 100 %", f"{role}.share_min", _COUNT)
    return ties.with_columns(pl.when(~over).then(p).alias(p) for p in ("share_min", "share_max") if p in ties.columns)
