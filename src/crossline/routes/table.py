"""Rows of routes and of sessions, and the batches that are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.routes import ways
from crossline.routes.extents import ROLE
from crossline.tables import Batch, Limits, Note, Reject, extent_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.compiled import Array

# A row a route: what a reader adds, a missing column is null throughout.
ROUTE: Final = {
    "prefix": pl.String(),  # canonical
    "peer": pl.String(),  # canonical address; null: the router's own
    "path": pl.String(),  # as the router prints it; null: not said
    "path_id": pl.Int64(),  # of a route with additional paths (RFC 7911); null: none, or not said
    "selected": pl.Boolean(),
    "vrf": pl.String(),  # null: the router's own table
    "rank": pl.UInt8(),  # of tables that name the same route the lowest says whether it is selected
    "place": pl.Int64(),
}
# A row a neighbour.
SESSION: Final = {
    "peer": pl.String(),
    "asn": pl.UInt32(),
    "vrf": pl.String(),
    "up": pl.Boolean(),
    "day": pl.Int32(),  # since 1970-01-01
    "place": pl.Int64(),
}
_BASES: Final = pl.Series(["declared", "observed"])


class Table:
    """Collects what a file says.

    ``unit`` is what a place counts, ``byte`` or ``line``. ``own`` is the address under which the same router's MRT
    dumps list its own routes.
    """

    def __init__(self, limits: Limits, unit: str, own: str) -> None:
        self.limits, self.unit = limits, unit
        self._own = own
        self._routes: list[pl.DataFrame] = []
        self._sessions: list[pl.DataFrame] = []
        self._paths = pl.Categorical(pl.Categories.random())  # each distinct one is kept once
        self._rejects: list[Reject] = []
        self._more: dict[str, tuple[str, int]] = {}
        self.rows = 0
        self.notes: list[str] = []
        self.day: int | None = None  # of the whole output, where it says so
        self.unsaid = False  # whether the output cannot say which routes are selected

    @property
    def full(self) -> bool:
        """Whether the limit of rows was hit."""
        return self.rows > self.limits.rows

    def add_routes(self, rows: pl.DataFrame) -> None:
        """Take rows of :data:`ROUTE`."""
        self._routes.append(_whole(rows, ROUTE).with_columns(pl.col("path").cast(self._paths)))
        self._count(rows)

    def add_sessions(self, rows: pl.DataFrame) -> None:
        """Take rows of :data:`SESSION`."""
        self._sessions.append(_whole(rows, SESSION))
        self._count(rows)

    def _count(self, rows: pl.DataFrame) -> None:
        self.rows += rows.height
        if self.full:
            self.refuse(int(rows["place"][-1]), f"limit rows of {self.limits.rows:,}: the rest of the file is not read")

    def refuse(self, place: int, reason: str, count: int = 1) -> None:
        """Note that something at a place was not understood; beyond the limit only numbers are kept."""
        if len(self._rejects) < self.limits.rejects:
            self._rejects.append(Reject(f"{self.unit} {place}", reason, count))
            return
        first, before = self._more.get(reason, (f"{self.unit} {place}", 0))
        self._more[reason] = first, before + count

    def refuse_rows(self, places: pl.Series, reason: str) -> None:
        """Refuse rows, one by one as far as rejects are kept."""
        kept = max(self.limits.rejects - len(self._rejects), 0)
        for place in places.head(kept).to_list():
            self.refuse(place, reason)
        if len(places) > kept:
            self.refuse(int(places[kept]), reason, len(places) - kept)

    def forget_routes(self, reason: str) -> None:
        """Refuse all routes that were taken."""
        parts, self._routes = self._routes, []
        if parts:
            self.refuse(int(parts[0]["place"][0]), reason, sum(part.height for part in parts))

    def finish(self) -> Iterator[Batch | Reject | Note]:
        """Yield the batches, rejects and notes."""
        sessions = self._distinct_sessions()
        if sessions.height:
            yield self._session_batch(sessions)
        if routes := [part for part in self._routes if part.height]:
            frame = pl.concat(routes)
            self._routes.clear()
            yield self._route_batch(frame.head(self.limits.rows), sessions)
        yield from self._rejects
        for reason, (place, count) in self._more.items():
            yield Reject(place, f"{reason}; and more of the like from here on", count)
        for text in self.notes:
            yield Note(text)

    def _days(self, column: pl.Expr) -> pl.Expr:
        return column.fill_null(pl.lit(self.day, pl.Int32())).cast(pl.Date())

    def _locator(self) -> pl.Expr:
        return pl.concat_str(pl.lit(f"{self.unit} "), pl.col("place")).alias("locator")

    def _distinct_sessions(self) -> pl.DataFrame:
        if not self._sessions:
            return pl.DataFrame(schema=SESSION)
        frame = pl.concat(self._sessions).head(self.limits.rows)
        kept = frame.sort("up", descending=True, nulls_last=True, maintain_order=True)
        kept = kept.unique(["peer", "asn", "vrf"], keep="first", maintain_order=True).sort("place")
        if down := kept.filter(~pl.col("up")).height:
            self.notes.append(
                f"sessions that are configured but were not established, whose ties are only declared: {down:,}"
            )
        return kept

    def _session_batch(self, frame: pl.DataFrame) -> Batch:
        numbers, identifier = np.unique(frame["asn"].to_numpy(), return_inverse=True)
        up = frame["up"].fill_null(value=True).to_numpy().astype(np.int64)
        pairs, bundle = np.unique(identifier * 2 + up, return_inverse=True)
        address, asn = pl.col("peer"), pl.concat_str(pl.lit("AS"), pl.col("asn"))
        assets = frame.select(
            pl.concat_str(pl.lit("session:"), address, pl.lit("|"), asn, _suffix("|vrf ")).alias("asset"),
            pl.concat_str(pl.lit("session with "), asn, pl.lit(" ("), address, pl.lit(")"), _suffix(", VRF ")).alias(
                "name"
            ),
            self._days(pl.col("day")).alias("observed_at"),
            self._locator(),
            pl.Series("bundle", bundle.astype(np.uint32)),
            pl.lit(None, pl.String()).alias("vantage"),
            address.alias("peer_address"),
        )
        ties = pl.DataFrame({"bundle": np.arange(len(pairs), dtype=np.uint32)}).select(
            "bundle",
            pl.lit("neighbour", ROLE).alias("role"),
            pl.Series("identifier", (pairs // 2).astype(np.uint32)),
            pl.lit(0, pl.UInt32()).alias("seq"),
            _BASES.gather(pl.Series((pairs % 2).astype(np.uint32))).alias("basis"),
        )
        return Batch("session", assets, ways.named(numbers), ties, extent_rows([(None, "neighbour", "all", None)]))

    def _route_batch(self, frame: pl.DataFrame, sessions: pl.DataFrame) -> Batch:
        # A neighbour's AS number is known where the same output lists the neighbour.
        known = sessions.group_by("peer", "vrf").agg(
            pl.col("asn").first(), (pl.col("asn").n_unique() == 1).alias("one")
        )
        frame = frame.join(
            known.filter("one").select("peer", "vrf", "asn"),
            on=["peer", "vrf"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        # The VRF's null is the router's own table; a neighbour's null is the router itself.
        frame = frame.with_columns(
            pl.concat_str(
                pl.lit("route:"),
                pl.col("peer").fill_null(self._own),
                pl.lit("|"),
                pl.col("prefix"),
                pl.when(pl.col("path_id") > 0)
                .then(pl.concat_str(pl.lit("|"), pl.col("path_id")))
                .otherwise(pl.lit("")),
                _suffix("|vrf "),
            ).alias("asset"),
            pl.lit("").alias("along"),
        )
        if frame["asset"].is_duplicated().any():
            frame = self._told_apart(frame)
        paths = frame["path"].to_physical()
        used = paths.unique().drop_nulls().sort()
        distinct = frame.select("path", paths.alias("code")).unique("code").sort("code", nulls_last=True)
        collapsed, way = ways.read(distinct["path"].cast(pl.String))
        place = np.searchsorted(used.to_numpy(), paths.fill_null(0).to_numpy())
        place[paths.is_null().to_numpy()] = len(way) - 1
        return self._routes_of(frame, collapsed, way[place])

    def _told_apart(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Make one of routes that are the same, and name the path where only that tells two of them apart."""
        count = frame.height
        frame = (
            frame.with_row_index("order")
            .sort("rank", "selected", descending=[False, True], nulls_last=True, maintain_order=True)
            .unique(["asset", "path"], keep="first", maintain_order=True)
            .sort("order")
            .drop("order")
        )
        if again := count - frame.height:
            self.notes.append(f"{again:,} routes are listed again, by another table or output, and are read once")
        several = pl.col("asset").is_duplicated()
        if number := frame.select(several.sum()).item():
            self.notes.append(
                f"{number:,} routes of one neighbour to one prefix (additional paths, or tables that alter them) are "
                "told apart by their AS path: the output shows no path identifiers"
            )
            text = pl.col("path").cast(pl.String).fill_null("none")
            frame = frame.with_columns(
                pl.when(several)
                .then(pl.concat_str("asset", pl.lit("|along "), text))
                .otherwise("asset")
                .alias("asset"),
                pl.when(several).then(pl.concat_str(pl.lit(", along "), text)).otherwise("along").alias("along"),
            )
        return frame

    def _routes_of(self, frame: pl.DataFrame, collapsed: ways.Ways, bundle: Array) -> Batch:
        address = pl.col("peer")
        assets = frame.select(
            "asset",
            pl.concat_str(
                "prefix",
                pl.when(address.is_null())
                .then(pl.lit(", the router's own"))
                .when(pl.col("asn").is_null())
                .then(pl.concat_str(pl.lit(" from "), address))
                .otherwise(pl.concat_str(pl.lit(" from AS"), pl.col("asn"), pl.lit(" ("), address, pl.lit(")"))),
                pl.when(pl.col("path_id") > 0)
                .then(pl.concat_str(pl.lit(", path "), pl.col("path_id")))
                .otherwise(pl.lit("")),
                "along",
                _suffix(", VRF "),
            ).alias("name"),
            self._days(pl.lit(None, pl.Int32())).alias("observed_at"),
            self._locator(),
            pl.Series("bundle", bundle.astype(np.uint32)),
            pl.lit(None, pl.String()).alias("vantage"),
            "prefix",
            address.alias("peer_address"),
            pl.lit(None, pl.Boolean()).alias("selected") if self.unsaid else pl.col("selected"),
        )
        identifiers, ties = ways.ties(collapsed)
        return Batch("route", assets, identifiers, ties, ways.extents(collapsed))


def _suffix(before: str) -> pl.Expr:
    named = pl.concat_str(pl.lit(before), pl.col("vrf"))
    return pl.when(pl.col("vrf").is_null()).then(pl.lit("")).otherwise(named)


def _whole(rows: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return rows.select(
        (pl.col(name).cast(kind) if name in rows.columns else pl.lit(None, kind)).alias(name)
        for name, kind in schema.items()
    )
