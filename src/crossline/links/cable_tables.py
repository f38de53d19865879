"""A cable or a landing point of a map, and the row of a table that has the same id: the row completes the map.

A map leaves much open: capacity, terminal equipment, applicants, shares. Whoever knows these states them in a table, by
the id that the map has. What was joined is the map's asset: cells that the map leaves empty are the table's, ties are
those of both, each once, and of each role the extent is that of whichever saw more. A tie that both have is the map's,
with what only the table says of it (a share, say). Where both say something and it differs, the map's stands and a
note tells. A landing in a state of which the map has a landing point already is that one. Ties and assets that a
table had a part in name its file and line.

Rows of tables are known by where they stand: a line or a row. Two maps are not joined, nor two tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import kinds
from crossline.links.app_packages import spelt, spread, without
from crossline.tables import ASSET, EXTENT, EXTENTS, TIE, UNREAD, Batch, encode_ties
from crossline.text import plural, visible, word

if TYPE_CHECKING:
    from crossline.links import Reading

ABOUT = "A cable or landing point of a map, and the rows of tables that have its id."
AFTER = ()

_KINDS: Final = ("cable", "landing-point")
_OF_A_TABLE: Final = r"^(?:line|row) [0-9]+$"
_SHOWN: Final = 3  # contradictions that are told one by one
_FILLED: Final = tuple(name for name in TIE if name not in ("bundle", "role", "identifier", "seq", "basis", "locator"))
_TIE: Final = ("fresh", "role", "type", "value")


@dataclass
class _Said:
    """What is told of what was joined."""

    joined: int = 0
    added: dict[str, int] = field(default_factory=dict)  # ties by role
    differing: list[str] = field(default_factory=list)

    def notes(self, kind: str) -> list[str]:
        """Return the notes."""
        if not self.joined:
            return []
        what = kind.replace("-", " ")
        told = [f"{plural(self.joined, what)} of maps completed by tables, by id"]
        if self.added:
            many = ", ".join(plural(count, role) for role, count in sorted(self.added.items()))
            told.append(f"tables add to roles of which the map names others: {many}")
        told += self.differing[:_SHOWN]
        if len(self.differing) > _SHOWN:
            told.append(f"{len(self.differing) - _SHOWN:,} more cells in which a table and the map differ")
        return told


def join(read: Reading) -> Reading:
    """Let the assets of maps have what rows of tables with the same ids say."""
    batches: dict[int, list[tuple[str, Batch]]] = {place: [pair] for place, pair in enumerate(read.batches)}
    notes: list[str] = []
    for kind in _KINDS:
        pairs = _pairs(read, kind)
        said = _Said(pairs.select("place", "row").n_unique())
        for place in pairs["place"].unique(maintain_order=True):
            file, batch = read.batches[place]
            own = pairs.filter(pl.col("place") == place)
            batches[place] = [(file, _joined(read, batch, own, said)), (file, without(batch, own["row"]))]
        for place in pairs["place_table"].unique(maintain_order=True):
            file, batch = read.batches[place]
            gone = pairs.filter(pl.col("place_table") == place)["row_table"]
            batches[place] = [(file, without(batch, gone))]
        notes += said.notes(kind)
    if not notes:
        return read
    kept = tuple(one for held in batches.values() for one in held if one[1].kind not in _KINDS or one[1].assets.height)
    return replace(read, batches=kept, notes=(*read.notes, *notes))


def _pairs(read: Reading, kind: str) -> pl.DataFrame:
    """Return which row of a map is which row of a table: place, row and bundle of both, and the table's locator."""
    frames = [
        read.batches[place][1]
        .assets.with_row_index("row")
        .select(
            pl.lit(place, pl.UInt32).alias("place"), "row", pl.col("bundle").cast(pl.UInt32), "asset", "locator",
            of_table=pl.col("locator").str.contains(_OF_A_TABLE).fill_null(value=False),
        )
        for place in read.of(kind) if "fragment" not in read.batches[place][1].assets.columns
        if "locator" in read.batches[place][1].assets.columns
    ]  # fmt: skip
    shape = {"place": pl.UInt32, "row": pl.UInt32, "bundle": pl.UInt32, "asset": pl.String, "locator": pl.String}
    rows = pl.concat([pl.DataFrame(schema=shape | {"of_table": pl.Boolean}), *frames])
    maps = rows.filter(~pl.col("of_table")).unique("asset", keep="first", maintain_order=True)
    tables = rows.filter("of_table").drop("of_table")
    return maps.drop("of_table", "locator").join(
        tables, on="asset", how="inner", suffix="_table", maintain_order="left_right"
    )


def _joined(read: Reading, batch: Batch, pairs: pl.DataFrame, said: _Said) -> Batch:
    """Return the assets of a map that rows of tables were found for, a bundle each, with what both say."""
    mine = pairs.unique("row", keep="first", maintain_order=True).select("row", "bundle").with_row_index("fresh")
    pairs = pairs.join(mine.select("row", "fresh"), on="row", maintain_order="left")
    assets = batch.assets.with_row_index("row").join(mine.select("row", "fresh"), on="row").sort("fresh")
    assets = assets.drop("row", "bundle").rename({"fresh": "bundle"})
    ties = spelt(batch).join(mine.select("fresh", "bundle"), on="bundle", maintain_order="left")
    extents = [spread(batch.extents, mine.select("fresh", "bundle"), of_file=False)]
    for place in pairs["place_table"].unique(maintain_order=True):
        file, part = read.batches[place]
        name = word(PurePath(file).name)
        # Of two rows of one table with one id the table itself took the first.
        held = pairs.filter(pl.col("place_table") == place).unique("fresh", keep="first", maintain_order=True)
        rows = part.assets.with_row_index("row_table").join(held.select("fresh", "row_table"), on="row_table")
        assets = _filled(assets, rows.rename({"bundle": "bundle_table"}), name, batch.kind, said)
        bundles = held.select("fresh", "locator", bundle="bundle_table")
        theirs = spelt(part).drop("locator").join(bundles, on="bundle", maintain_order="left")
        theirs = theirs.with_columns(locator=pl.concat_str(pl.lit(f"{name}: "), "locator"))
        ties = _both(ties, theirs, dict(assets.select("bundle", "asset").iter_rows()), name, said)
        extents.append(spread(part.extents, bundles.select("fresh", "bundle"), of_file=True))
    ordered = ties.sort("fresh", "seq", maintain_order=True)
    number = pl.int_range(pl.len(), dtype=pl.UInt32).over("fresh")
    identifiers, encoded = encode_ties(ordered.with_columns(bundle=pl.col("fresh"), seq=number).drop("fresh"))
    wanted = [name for name in TIE if name in encoded.columns]
    return Batch(batch.kind, assets, identifiers, encoded.select(wanted), _more(pl.concat(extents)))


def _filled(assets: pl.DataFrame, rows: pl.DataFrame, name: str, kind: str, said: _Said) -> pl.DataFrame:
    """Fill what the map leaves empty with what the rows of one table say; ``rows`` has their ``fresh`` bundle."""
    types = {"observed_at": ASSET["observed_at"]} | dict(kinds.load(kind).schema())
    doubted = [part for part in (assets, rows) if "unread" in part.columns]
    types |= UNREAD if doubted else {}
    missing = [pl.lit(None, dtype).alias(column) for column, dtype in types.items() if column not in assets.columns]
    assets = assets.with_columns(missing)
    theirs = rows.select("fresh", *(column for column in types if column in rows.columns), "locator")
    both = assets.join(theirs, left_on="bundle", right_on="fresh", how="left", suffix="_table", maintain_order="left")
    for column in types:
        other = f"{column}_table"
        if other not in both.columns:
            continue
        if column == "unread":
            # What one of them left empty the other may state, and not be understood.
            merged = pl.concat_list(pl.col(column).fill_null([]), pl.col(other).fill_null([]))
            both = both.with_columns(merged.alias(column))
            continue
        if column != "observed_at":
            unlike = both.filter(pl.col(column).is_not_null() & (pl.col(column) != pl.col(other)))
            for row in unlike.select("asset", column, other, "locator_table").iter_rows():
                said.differing.append(_differs(row, column, name))
        both = both.with_columns(pl.coalesce(column, pl.col(other).cast(types[column])).alias(column))
    place = pl.concat_str("locator", pl.lit(f"; {name}: "), "locator_table")
    return both.with_columns(locator=pl.coalesce(place, "locator")).select(assets.columns)


def _differs(row: tuple[Any, ...], what: str, name: str) -> str:
    asset, one, other, locator = row
    shown = f"the map says {visible(str(one), 60)}, which stands, and {name}, {locator}, {visible(str(other), 60)}"
    return f"{visible(asset)}: {what}: {shown}"


def _both(ours: pl.DataFrame, theirs: pl.DataFrame, assets: dict[int, str], name: str, said: _Said) -> pl.DataFrame:
    """Return the ties of the map with what a table says of them, and those that only the table has, after them."""
    ours = ours.with_columns(pl.lit(None, pl.String).alias("written")) if "written" not in ours.columns else ours
    marked = theirs.select(*_TIE, *_FILLED, "locator")
    both = ours.join(marked, on=list(_TIE), how="left", suffix="_table", maintain_order="left")
    filled = pl.any_horizontal(pl.col(name).is_null() & pl.col(f"{name}_table").is_not_null() for name in _FILLED)
    for column in ("place", "share_min", "share_max"):
        for row in both.filter(pl.col(column) != pl.col(f"{column}_table")).iter_rows(named=True):
            about = (
                assets[row["fresh"]],
                row[column],
                row[f"{column}_table"],
                row["locator_table"].rpartition(": ")[2],
            )
            said.differing.append(_differs(about, f"{column} of {visible(row['value'])}", name))
    place = pl.concat_str("locator", pl.lit("; "), "locator_table", ignore_nulls=False)
    both = both.with_columns(
        pl.when(filled).then(pl.coalesce(place, "locator_table")).otherwise("locator").alias("locator"),
        *(pl.coalesce(column, f"{column}_table").alias(column) for column in _FILLED),
    ).select(ours.columns)  # fmt: skip
    # A landing in a state is one that the map has already, if it has one there.
    there = ours.filter((pl.col("role") == "landing") & pl.col("place").is_not_null())
    there = there.select("fresh", "role", pl.lit("state").alias("type"), value="place").unique()
    fresh = theirs.join(ours, on=list(_TIE), how="anti", maintain_order="left")
    fresh = fresh.join(there, on=list(_TIE), how="anti", maintain_order="left")
    roles = ours.select("fresh", "role").unique()
    for role, count in fresh.join(roles, on=["fresh", "role"], how="semi").group_by("role").len().iter_rows():
        said.added[role] = said.added.get(role, 0) + count
    last = pl.col("seq") + (ours["seq"].max() or 0) + 1
    return pl.concat([both, fresh.with_columns(seq=last.cast(pl.UInt32))], how="diagonal")


def _more(extents: pl.DataFrame) -> pl.DataFrame:
    """Return of each role the larger extent; of two that are equal the map's."""
    ranked = extents.with_columns(pl.col("extent").cast(EXTENT)).sort(
        "fresh", "role", "extent", "of_file", descending=[False, False, True, False]
    )
    once = ranked.unique(["fresh", "role"], keep="first", maintain_order=True)
    return once.select(pl.col("fresh").alias("bundle"), "role", "extent", "reason").cast(EXTENTS)
