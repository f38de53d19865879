"""The estate: all assets, ties and extents that were read, joined into one set of columns.

Ties of all kinds stand in one table, ordered by bundle, then sequence, then identifier, so that "the first tie
that…" means the same everywhere. The bundles of a kind are contiguous. All assets of a bundle were observed on
one date, since identifiers are resolved at that date.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import kinds
from crossline.tables import TIE, UNREAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crossline.tables import Batch, Coverage

ROLE_NUMBER: Final = {role: number for number, role in enumerate(kinds.ROLES)}
_OPTIONAL: Final = tuple(name for name in TIE if name not in ("bundle", "role", "identifier", "seq"))


@dataclass(frozen=True)
class Ties:
    """Ties by position. Those of bundle b are at ``start[b]:start[b + 1]``."""

    start: npt.NDArray[np.int64]
    role: npt.NDArray[np.uint8]
    identifier: npt.NDArray[np.uint32]
    seq: npt.NDArray[np.uint32]
    columns: dict[str, pl.Series]  # the optional columns that some reader filled

    def __len__(self) -> int:
        """Return how many ties there are."""
        return len(self.role)

    def column(self, name: str) -> pl.Series:
        """Return an optional column, null throughout where no reader filled it."""
        return (
            self.columns[name]
            if name in self.columns
            else pl.Series(name, [None], TIE[name]).new_from_index(0, len(self))
        )


@dataclass(frozen=True)
class Extents:
    """How much of each role's ties could be seen: ``whole[role][b]`` is 1 where all, ``reason[role][b]`` a code.

    ``looked[role][b]`` is 1 where some or all could be: elsewhere that there is none says nothing.
    """

    whole: dict[str, npt.NDArray[np.uint8]]
    reason: dict[str, npt.NDArray[np.uint16]]
    reasons: list[str]
    looked: dict[str, npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class Holdings:
    """The assets of one kind and the range of bundles that is theirs."""

    kind: kinds.Kind
    assets: pl.DataFrame  # asset, name, observed_at, file, locator, bundle, the kind's own columns, and maybe UNREAD's
    first: int
    last: int

    def misread(self, column: str) -> npt.NDArray[np.bool_]:
        """Return of which assets a column's cell holds something that was not understood."""
        if "unread" not in self.assets.columns:
            return np.zeros(self.assets.height, np.bool_)
        marked = self.assets["unread"].list.contains(column).fill_null(value=False)
        return (marked & self.assets[column].is_null()).to_numpy()

    @cached_property
    def told_apart(self) -> pl.Series:
        """The assets' ids, with the version where one asset was read in several and this is not the first of them.

        An asset that was read twice in one version, as a route in two tables, has one id.
        """
        if "version" not in self.assets.columns or self.assets["asset"].n_unique() == self.assets.height:
            return self.assets["asset"]
        other = pl.col("version").ne_missing(pl.col("version").first().over("asset"))
        spelt = pl.format("{}\n{}", "asset", pl.col("version").fill_null(""))
        return self.assets.select(pl.when(other).then(spelt).otherwise("asset").alias("asset")).to_series()


@dataclass(frozen=True)
class Estate:
    """Everything that was read."""

    holdings: dict[str, Holdings]
    identifiers: pl.DataFrame  # type, value
    ties: Ties
    extents: Extents
    dates: list[date]  # the distinct dates of observation
    date_of: npt.NDArray[np.uint32]  # of each bundle
    coverage: tuple[Coverage, ...] = ()
    written: dict[str, str] = field(default_factory=dict)  # how a file writes an identifier, by `type:value`

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of assets that ties name, by id, where they are called otherwise than by it."""
        tied = self.identifiers.filter(pl.col("type") == "asset")["value"]
        if not len(tied):
            return {}
        mine = (held.assets.select("asset", "name") for held in self.holdings.values())
        called = pl.concat(mine).filter(pl.col("asset").is_in(tied.implode()) & (pl.col("asset") != pl.col("name")))
        return dict(called.unique("asset", keep="first", maintain_order=True).iter_rows())


def _complete(batch: Batch, file: str, as_of: date) -> pl.DataFrame:
    kind = kinds.load(batch.kind)
    assets = batch.assets
    own = [
        (pl.col(name).cast(dtype) if name in assets.columns else pl.lit(None, dtype)).alias(name)
        for name, dtype in kind.schema().items()
    ]
    # In CEL a number that is none equals nothing, not even itself; polars would say that it does.
    own = [e.fill_nan(None) if kind.schema()[n] == pl.Float64 else e for e, n in zip(own, kind.schema(), strict=True)]
    return assets.select(
        "asset",
        pl.col("name") if "name" in assets.columns else pl.col("asset").alias("name"),
        (pl.col("observed_at") if "observed_at" in assets.columns else pl.lit(None, pl.Date))
        .fill_null(as_of)
        .alias("observed_at"),
        # A link may join assets of several files, and says for each where it was read.
        pl.col("file") if "file" in assets.columns else pl.lit(file).alias("file"),
        pl.col("locator") if "locator" in assets.columns else pl.lit(None, pl.String).alias("locator"),
        "bundle",
        *own,
        *(name for name in UNREAD if name in assets.columns),
    )


def _one_date(
    assets: pl.DataFrame, ties: pl.DataFrame, extents: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Split bundles whose assets were observed on different dates."""
    if assets["observed_at"].n_unique() <= 1:
        return assets, ties, extents
    pairs = assets.select("bundle", "observed_at").unique(maintain_order=True)
    if pairs["bundle"].n_unique() == pairs.height:
        return assets, ties, extents
    pairs = pairs.with_row_index("fresh")
    assets = (
        assets.join(pairs, on=["bundle", "observed_at"], maintain_order="left")
        .with_columns(bundle="fresh")
        .drop("fresh")
    )
    again = pairs.select("bundle", "fresh")
    ties = ties.join(again, on="bundle", maintain_order="right").with_columns(bundle="fresh").drop("fresh")
    general = extents.filter(pl.col("bundle").is_null())
    special = extents.drop_nulls("bundle").join(again, on="bundle", maintain_order="left")
    special = special.with_columns(bundle="fresh").drop("fresh").select(general.columns)
    return assets, ties, pl.concat([general, special])


def _short(
    kind: kinds.Kind, identifiers: pl.DataFrame, ties: pl.DataFrame, extents: pl.DataFrame, count: int
) -> pl.DataFrame:
    """Say that not all ties of a role were seen where there are fewer than an asset of the kind must have.

    A state may stand for several things in it; any other identifier that is named twice is one and the same.
    """
    for role, fewest, why in kind.fewest:
        mine = ties.filter(pl.col("role").cast(pl.String) == role)
        apart = identifiers["type"].gather(mine["identifier"]) == "state"
        several = mine.with_columns(apart=pl.when(apart).then("seq")).select("bundle", "identifier", "apart").unique()
        enough = several.group_by("bundle").len().filter(pl.col("len") >= fewest)["bundle"].cast(pl.UInt32)
        bundles = pl.DataFrame({"bundle": pl.arange(0, count, dtype=pl.UInt32, eager=True)})
        lacking = bundles.filter(~pl.col("bundle").is_in(enough.implode()))["bundle"]
        of_role = extents.filter(pl.col("role") == role)
        own = of_role["bundle"].drop_nulls()
        whole = of_role.filter((pl.col("extent") == "all") & pl.col("bundle").is_in(lacking.implode()))["bundle"]
        if (of_role.filter(pl.col("bundle").is_null())["extent"] == "all").any():
            whole = pl.concat([whole, lacking.filter(~lacking.is_in(own.implode()))])
        fresh = pl.DataFrame({"bundle": whole}).select(
            "bundle", pl.lit(role).alias("role"), pl.lit("some").alias("extent"), pl.lit(why).alias("reason")
        )
        rest = extents.filter(
            ~((pl.col("role") == role) & pl.col("bundle").is_in(whole.implode())).fill_null(value=False)
        )
        extents = pl.concat([rest, fresh.cast(rest.schema)])
    return extents


def assemble(read: Sequence[tuple[str, Batch]], as_of: date, coverage: Sequence[Coverage] = ()) -> Estate:
    """Join what readers yielded, as pairs of file and batch.

    ``as_of`` stands in for dates of observation that no file states.
    """
    ordered = sorted(read, key=lambda pair: pair[1].kind)
    identifier_parts = [batch.identifiers.select("type", "value") for _, batch in ordered]
    every = pl.concat([pl.DataFrame(schema={"type": pl.String, "value": pl.String}), *identifier_parts])
    identifiers = every.unique(maintain_order=True)
    numbered = every.join(identifiers.with_row_index("number"), on=["type", "value"], maintain_order="left")["number"]
    renumber = numbered.to_numpy().astype(np.uint32)

    tie_parts, extent_parts = [], []
    asset_parts: dict[str, list[tuple[pl.DataFrame, int, int]]] = {}
    bundles = seen_identifiers = 0
    for file, batch in ordered:
        assets, ties, extents = _one_date(_complete(batch, file, as_of), batch.ties, batch.extents)
        count = int(max(part["bundle"].to_numpy().astype(np.int64).max(initial=-1) for part in (assets, ties))) + 1
        extents = _short(kinds.load(batch.kind), batch.identifiers, ties, extents, count)
        shift = pl.col("bundle").cast(pl.UInt32) + bundles
        asset_parts.setdefault(batch.kind, []).append((assets.with_columns(bundle=shift), bundles, bundles + count))
        tie_parts.append(
            ties.with_columns(
                bundle=shift,
                role=pl.col("role").cast(pl.String).replace_strict(ROLE_NUMBER, return_dtype=pl.UInt8),
                identifier=pl.Series(renumber[ties["identifier"].to_numpy() + seen_identifiers], dtype=pl.UInt32),
                seq=pl.col("seq").cast(pl.UInt32),
            )
        )
        extent_parts.append((extents, bundles, bundles + count))
        bundles += count
        seen_identifiers += batch.identifiers.height
    holdings = {
        kind: Holdings(
            kinds.load(kind),
            pl.concat([part for part, _, _ in parts], how="diagonal", rechunk=True),
            parts[0][1],
            parts[-1][2],
        )
        for kind, parts in asset_parts.items()
    }
    dates, date_of = _dates(holdings, bundles)
    return Estate(
        holdings=holdings,
        identifiers=identifiers,
        ties=_ties(tie_parts, identifiers, bundles),
        extents=_extents(extent_parts, bundles),
        dates=dates,
        date_of=date_of,
        coverage=tuple(coverage),
        written=_written(ordered),
    )


def _written(read: Sequence[tuple[str, Batch]]) -> dict[str, str]:
    """Return how files write identifiers, where otherwise than in their one form: of several writings the first."""
    parts = [batch.identifiers for _, batch in read if "written" in batch.identifiers.columns]
    if not parts:
        return {}
    every = pl.concat([part.select("type", "value", "written") for part in parts]).drop_nulls("written")
    said = every.unique(["type", "value"], keep="first", maintain_order=True)
    said = said.filter(pl.col("value") != pl.col("written"))
    return dict(said.select(pl.format("{}:{}", "type", "value"), "written").iter_rows())


def _dates(holdings: dict[str, Holdings], bundles: int) -> tuple[list[date], npt.NDArray[np.uint32]]:
    parts = [h.assets.select("bundle", "observed_at") for h in holdings.values()]
    if not parts:
        return [], np.zeros(0, np.uint32)
    both = pl.concat(parts)
    dates = both["observed_at"].unique().sort()
    number = np.searchsorted(dates.to_numpy(), both["observed_at"].to_numpy()).astype(np.uint32)
    date_of = np.zeros(bundles, np.uint32)
    date_of[both["bundle"].to_numpy()] = number
    return dates.to_list(), date_of


def _ties(parts: list[pl.DataFrame], identifiers: pl.DataFrame, bundles: int) -> Ties:
    frame = pl.concat(parts, how="diagonal", rechunk=True) if parts else pl.DataFrame(schema=TIE | {"role": pl.UInt8})
    rank = np.zeros(max(identifiers.height, 1), np.uint32)
    rank[identifiers.select(pl.struct("type", "value").arg_sort()).to_series().to_numpy()] = np.arange(
        identifiers.height, dtype=np.uint32
    )
    bundle = frame["bundle"].to_numpy().astype(np.int64)
    seq = frame["seq"].to_numpy()
    place = rank[frame["identifier"].to_numpy()] if frame.height else np.zeros(0, np.uint32)
    major = (bundle << 32) | seq
    ordered = (major[1:] > major[:-1]) | ((major[1:] == major[:-1]) & (place[1:] >= place[:-1]))
    if not ordered.all():
        order = np.lexsort((frame["role"].to_numpy(), place, major))
        frame = frame[order]
        bundle = bundle[order]
    return Ties(
        start=np.searchsorted(bundle, np.arange(bundles + 1)).astype(np.int64),
        role=frame["role"].to_numpy().astype(np.uint8),
        identifier=frame["identifier"].to_numpy().astype(np.uint32),
        seq=frame["seq"].to_numpy().astype(np.uint32),
        columns={
            name: frame[name].cast(TIE[name])
            for name in _OPTIONAL
            if name in frame.columns and frame[name].null_count() < frame.height
        },
    )


def _extents(parts: list[tuple[pl.DataFrame, int, int]], bundles: int) -> Extents:
    """Spread extents over bundles: a batch's general row first, then the rows that name a bundle."""
    reasons = ["not seen"]
    codes: dict[str, int] = {reasons[0]: 0}
    whole: dict[str, npt.NDArray[np.uint8]] = {}
    reason: dict[str, npt.NDArray[np.uint16]] = {}
    looked: dict[str, npt.NDArray[np.uint8]] = {}
    for frame, first, last in parts:
        ordered = frame.with_columns(general=pl.col("bundle").is_null()).sort(
            "general", descending=True, maintain_order=True
        )
        for (role, why, extent, general), rows in ordered.group_by(
            ["role", "reason", "extent", "general"], maintain_order=True
        ):
            if role not in whole:
                whole[str(role)] = np.zeros(bundles, np.uint8)
                reason[str(role)] = np.zeros(bundles, np.uint16)
                looked[str(role)] = np.zeros(bundles, np.uint8)
            text = str(why) if why is not None else ("only some were seen" if extent == "some" else reasons[0])
            if text not in codes and len(codes) < np.iinfo(np.uint16).max:
                codes[text] = len(reasons)
                reasons.append(text)
            where = slice(first, last) if general else rows["bundle"].to_numpy().astype(np.int64) + first
            whole[str(role)][where] = extent == "all"
            looked[str(role)][where] = extent != "none"
            reason[str(role)][where] = codes.get(text, 0)
    return Extents(whole, reason, reasons, looked)
