"""The columns of numbers, worded: sessions and routes, their ties, and how much of each role could be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from crossline.readers.mrt.columns import HIGH, KEY, LOW, PATH, PATH_ID, PEER, PEERS, PREFIX, RECORD
from crossline.readers.mrt.paths import (
    BEGINS_WITH_SET,
    BROKEN,
    ENDS_WITH_SET,
    HAS_CONFEDERATION,
    HAS_SET,
    MISSING,
    Ways,
    numbered,
)
from crossline.readers.mrt.text import texts
from crossline.tables import EXTENT, EXTENTS, Batch, Extent, extent_rows

if TYPE_CHECKING:
    from crossline.readers.mrt.columns import Columns, Index, Records
    from crossline.readers.mrt.compiled import Array

ROLE: Final = pl.Enum(["neighbour", "transit", "origin"])
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


def routes(
    columns: Snapshot, named: pl.DataFrame, rows: Array, prefixes: tuple[int, pl.Series] | None = None
) -> pl.DataFrame:
    """Return the assets of some rows. ``named`` is :func:`peers`; ``prefixes`` the text of prefixes from a number on.

    Without ``prefixes`` those between the lowest and the highest of the rows are worded here.
    """
    if prefixes is None:
        first, last = int(rows[PREFIX].min()), int(rows[PREFIX].max()) + 1
        prefixes = first, texts(columns.prefixes, first, last, lengths=True)
    # Rows of one record follow each other, and share one locator and date.
    begins = np.concatenate([[True], rows[RECORD, 1:] != rows[RECORD, :-1]])
    record = rows[RECORD][begins]
    of_record = pl.Series(np.cumsum(begins, dtype=np.uint32) - 1)
    offset = pl.Series("offset", columns.records.offset[record])
    locator = pl.select(pl.concat_str(pl.lit("byte "), offset)).to_series()
    day = pl.Series((columns.records.time[record] // _SECONDS).astype(np.int32)).cast(pl.Date())

    prefix = prefixes[1].gather(pl.Series(rows[PREFIX] - np.uint32(prefixes[0])))
    peer = pl.Series(rows[PEER])
    frame = pl.DataFrame(
        {
            "head": named["head"].gather(peer),
            "prefix": prefix,
            "tail": named["tail"].gather(peer),
            "observed_at": day.gather(of_record),
            "locator": locator.gather(of_record),
            "bundle": columns.ways.of[rows[PATH]],
            "peer_address": named["peer_address"].gather(peer),
        }
    )
    asset = [pl.col("head"), pl.col("prefix")]
    name = [pl.col("prefix"), pl.col("tail")]
    several = columns.records.paths[rows[RECORD]]
    if several.any():
        frame = frame.with_columns(pl.Series("path_id", rows[PATH_ID]), pl.Series("several", several))
        asset.append(_if_several("|"))
        name.append(_if_several(", path "))
    return frame.select(
        pl.concat_str(asset).alias("asset"),
        pl.concat_str(name).alias("name"),
        "observed_at",
        "locator",
        "bundle",
        pl.lit(None, pl.String()).alias("vantage"),
        "prefix",
        "peer_address",
        pl.lit(None, pl.Boolean()).alias("selected"),
    )


def _if_several(before: str) -> pl.Expr:
    return pl.when("several").then(pl.concat_str(pl.lit(before), pl.col("path_id"))).otherwise(pl.lit(""))


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
    ties = _ties([("neighbour", every, every, np.zeros(len(numbers), np.uint32))])
    return Batch("session", assets, _identifiers(numbers), ties, extent_rows([(None, "neighbour", "all", None)]))


def route_batch(frames: list[pl.DataFrame], ways: Ways, count: int, seed: int) -> Batch:
    """Return the routes of ``frames``, which name bundles by the number of their way, of which there are ``count``."""
    used = np.zeros(count, np.bool_)
    for frame in frames:
        used[frame["bundle"].to_numpy()] = True
    assets = pl.concat(frames)
    if not used.all():
        number = pl.Series(np.cumsum(used, dtype=np.uint32) - np.uint32(1))
        assets = assets.with_columns(number.gather(assets["bundle"]).alias("bundle"))

    size = np.diff(ways.start[: count + 1])
    asn = ways.asn[: int(ways.start[count])][np.repeat(used, size)]
    size, flags = size[used], ways.flags[:count][used]
    identifier, numbers = numbered(asn, seed)
    bundle = np.repeat(np.arange(len(size), dtype=np.uint32), size)
    seq = (np.arange(len(asn)) - np.repeat(np.cumsum(size) - size, size)).astype(np.uint32)
    path = np.repeat(flags, size)
    last = seq + 1 == np.repeat(size, size)
    is_neighbour = (seq == 0) & (path & BEGINS_WITH_SET == 0)
    is_origin = last & (path & (ENDS_WITH_SET | BROKEN) == 0)
    # Before a set that ends the path everybody is on the way; before what cannot be read the last one may not be.
    is_transit = ~last | (path & ENDS_WITH_SET != 0)
    ties = _ties(
        [
            (role, bundle[of], identifier[of], seq[of])
            for role, of in (("neighbour", is_neighbour), ("transit", is_transit), ("origin", is_origin))
        ]
    )
    return Batch("route", assets, _identifiers(numbers), ties, _extents(flags, size))


def _identifiers(numbers: Array) -> pl.DataFrame:
    return pl.DataFrame({"value": numbers}).select(pl.lit("asn").alias("type"), pl.col("value").cast(pl.String()))


def _ties(parts: list[tuple[str, Array, Array, Array]]) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame({"bundle": bundle, "identifier": identifier, "seq": seq}).select(
            "bundle",
            pl.lit(role, ROLE).alias("role"),
            "identifier",
            "seq",
            pl.lit("observed").alias("basis"),
        )
        for role, bundle, identifier, seq in parts
    )


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
