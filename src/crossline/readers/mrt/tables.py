"""The columns of numbers, worded: sessions and routes, their ties, and how much of each role could be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from crossline.readers.mrt.columns import HIGH, KEY, LOW, PEER, PEERS
from crossline.readers.mrt.paths import (
    BEGINS_WITH_SET,
    BROKEN,
    ENDS_WITH_SET,
    HAS_CONFEDERATION,
    HAS_SET,
    MISSING,
    Ways,
)
from crossline.readers.mrt.text import texts
from crossline.readers.mrt.tying import ROLES, ties_of
from crossline.readers.mrt.wording import worded, words
from crossline.tables import EXTENT, EXTENTS, Batch, Extent, extent_rows

if TYPE_CHECKING:
    from crossline.compiled import Array
    from crossline.readers.mrt.columns import Columns, Index, Records

ROLE: Final = pl.Enum(ROLES)
_SECONDS: Final = 86400

_EMPTY: Final = "the AS path is empty: the route begins in the network of the session itself (RFC 4271, 5.1.2)"
_NO_PATH: Final = "the entry has no AS_PATH attribute that can be read"
_UNREADABLE: Final = "the AS path cannot be read from some place on"
_SET: Final = "an AS_SET stands on the AS path, and does not say in what order its members come"
_SET_FIRST: Final = "the AS path begins with an AS_SET"
_SET_LAST: Final = "the AS path ends in an AS_SET, any member of which may be the origin"
_CONFEDERATION: Final = "part of the AS path lies within a confederation (RFC 5065)"


class Snapshot(NamedTuple):
    """What the wording of rows rests on, as it is now: columns that grow later are copied, and these stay."""

    prefixes: Index
    records: Records
    ways: Ways


def peers(columns: Columns) -> pl.DataFrame:
    """Return a row a peer: address, asn, own, and the words that ids and names of its routes are made of.

    ``own`` is the placeholder under which routers write their own routes: the unspecified address, and AS 0.
    Where peers with different AS numbers share an address the id of a route says which of them it is from.
    """
    index, count = columns.book.peers, columns.count(PEERS)
    address = pl.col("address")
    peer = pl.concat_str(pl.lit("AS"), pl.col("asn"))
    own = (pl.col("asn") == 0) & pl.col("unspecified")
    return pl.DataFrame(
        {
            "address": texts(index, 0, count, lengths=False),
            "asn": (index.things[:count, KEY] >> np.uint64(8)).astype(np.uint32),
            "unspecified": (index.things[:count, HIGH] | index.things[:count, LOW]) == 0,
        }
    ).select(
        "address",
        "asn",
        own.alias("own"),
        pl.when(~own).then(address).alias("peer_address"),
        pl.when(address.is_duplicated())
        .then(pl.concat_str(pl.lit("route:"), address, pl.lit("|"), peer, pl.lit("|")))
        .otherwise(pl.concat_str(pl.lit("route:"), address, pl.lit("|")))
        .alias("head"),
        pl.when(own)
        .then(pl.lit(", the router's own"))
        .otherwise(pl.concat_str(pl.lit(" from "), peer, pl.lit(" ("), address, pl.lit(")")))
        .alias("tail"),
    )


def routes(columns: Snapshot, named: pl.DataFrame, rows: Array) -> pl.DataFrame:
    """Return the assets of some rows. ``named`` is :func:`peers`."""
    frame, day, bundle = worded(
        rows, columns.prefixes.things, columns.records, columns.ways.of, words(named["head"]), words(named["tail"])
    )
    return frame.select(
        "asset",
        "name",
        pl.Series("observed_at", day).cast(pl.Date()),
        "locator",
        pl.Series("bundle", bundle),
        pl.lit(None, pl.String()).alias("vantage"),
        "prefix",
        named["peer_address"].gather(pl.Series(rows[PEER])),
        pl.lit(None, pl.Boolean()).alias("selected"),
    )


def session_batch(columns: Columns, named: pl.DataFrame) -> Batch:
    """Return the sessions of the file, the router's own placeholder left out."""
    record = columns.book.peers.record[: named.height]
    numbers, bundle = np.unique(named["asn"].to_numpy(), return_inverse=True)
    address, asn = pl.col("address"), pl.concat_str(pl.lit("AS"), pl.col("asn"))
    assets = (
        named.with_columns(
            pl.Series("offset", columns.records.offset[record]),
            pl.Series("observed_at", (columns.records.time[record] // _SECONDS).astype(np.int32)).cast(pl.Date()),
            pl.Series("bundle", bundle.astype(np.uint32)),
        )
        .filter(~pl.col("own"))
        .select(
            pl.concat_str(pl.lit("session:"), address, pl.lit("|"), asn).alias("asset"),
            pl.concat_str(pl.lit("session with "), asn, pl.lit(" ("), address, pl.lit(")")).alias("name"),
            "observed_at",
            pl.concat_str(pl.lit("byte "), pl.col("offset")).alias("locator"),
            "bundle",
            pl.lit(None, pl.String()).alias("vantage"),
            address.alias("peer_address"),
        )
    )
    every = np.arange(len(numbers), dtype=np.uint32)
    ties = pl.DataFrame({"bundle": every}).select(
        "bundle",
        pl.lit("neighbour", ROLE).alias("role"),
        pl.col("bundle").alias("identifier"),
        pl.lit(0, pl.UInt32()).alias("seq"),
        pl.lit("observed").alias("basis"),
    )
    return Batch("session", assets, _identifiers(numbers), ties, extent_rows([(None, "neighbour", "all", None)]))


def route_batch(frames: list[pl.DataFrame], ways: Ways, count: int, known: int) -> Batch:
    """Return the routes of ``frames``, which name bundles by the number of their way, of which there are ``count``.

    ``known`` is how many AS numbers stand on ways.
    """
    used = np.zeros(count, np.bool_)
    for frame in frames:
        used[frame["bundle"].to_numpy()] = True
    assets = pl.concat(frames)
    if not used.all():
        number = pl.Series(np.cumsum(used, dtype=np.uint32) - np.uint32(1))
        assets = assets.with_columns(number.gather(assets["bundle"]).alias("bundle"))
    ties, numbers = ties_of(ways, used, known)
    frame = pl.DataFrame({"bundle": ties.bundle, "identifier": ties.identifier, "seq": ties.seq}).select(
        "bundle",
        pl.Series("role", ROLE.categories, ROLE).gather(pl.Series(ties.role)),
        "identifier",
        "seq",
        pl.lit("observed").alias("basis"),
    )
    size = np.diff(ways.start[: count + 1])[used]
    return Batch("route", assets, _identifiers(numbers), frame, _extents(ways.flags[:count][used], size))


def _identifiers(numbers: Array) -> pl.DataFrame:
    return pl.DataFrame({"value": numbers}).select(pl.lit("asn").alias("type"), pl.col("value").cast(pl.String()))


def _extents(flags: Array, size: Array) -> pl.DataFrame:
    parts = [extent_rows([(None, role, "all", None) for role in ROLE.categories])]
    shape = flags.astype(np.uint16) << 1 | (size == 0)
    for value in np.unique(shape).tolist():
        bundle = np.flatnonzero(shape == value).astype(np.uint32)
        for role, extent, reason in _seen(value >> 1, bool(value & 1)):
            parts.append(
                pl.DataFrame({"bundle": bundle}).select(
                    "bundle",
                    pl.lit(role).alias("role"),
                    pl.lit(extent, EXTENT).alias("extent"),
                    pl.lit(reason).alias("reason"),
                )
            )
    return pl.concat(parts).match_to_schema(EXTENTS)


def _seen(flags: int, empty: bool) -> list[tuple[str, Extent, str]]:
    """Return the roles of which a path with these flags does not show all, how much it shows, and why."""
    if flags & MISSING:
        return [(role, "none", _NO_PATH) for role in ROLE.categories]
    parts = (HAS_SET, _SET), (HAS_CONFEDERATION, _CONFEDERATION), (BROKEN, _UNREADABLE)
    hidden = [reason for flag, reason in parts if flags & flag]
    seen: list[tuple[str, Extent, str]] = []
    if flags & BEGINS_WITH_SET:
        seen.append(("neighbour", "none", _SET_FIRST))
    elif empty:
        seen.append(("neighbour", "none", hidden[0] if hidden else _EMPTY))
    if hidden:
        seen.append(("transit", "some", "; ".join(hidden)))
    if flags & BROKEN:
        seen.append(("origin", "none", _UNREADABLE))
    elif flags & ENDS_WITH_SET:
        seen.append(("origin", "none", _SET_LAST))
    elif empty:
        seen.append(("origin", "none", hidden[0] if hidden else _EMPTY))
    return seen
