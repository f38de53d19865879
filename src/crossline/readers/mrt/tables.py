"""The columns of numbers, worded: sessions and routes, their ties, and how much of each role could be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from crossline.readers.mrt.columns import HIGH, KEY, LOW, PEER, PEERS
from crossline.readers.mrt.text import texts
from crossline.readers.mrt.tying import ties_of
from crossline.readers.mrt.wording import worded, words
from crossline.routes.extents import ROLE, extents
from crossline.tables import Batch, extent_rows

if TYPE_CHECKING:
    from crossline.compiled import Array
    from crossline.readers.mrt.columns import Columns, Index, Records
    from crossline.readers.mrt.paths import Ways

_SECONDS: Final = 86400

_NO_PATH: Final = "the entry has no AS_PATH attribute that can be read"


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
    return Batch("route", assets, _identifiers(numbers), frame, extents(ways.flags[:count][used], size, _NO_PATH))


def _identifiers(numbers: Array) -> pl.DataFrame:
    return pl.DataFrame({"value": numbers}).select(pl.lit("asn").alias("type"), pl.col("value").cast(pl.String()))
