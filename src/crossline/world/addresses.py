"""From an address to the AS number that announces it and the country it is registered in: millions at a time.

The world's address tables hold statements of several sources, whose ranges overlap. The index answers with one
statement an address and attribute (AS number, registered country), chosen

1. by date: the statement seen nearest to the day asked about, the later of two equally near; without a day, the
   latest;
2. among those by size: the range with the fewest addresses, as the longest prefix wins in routing (RFC 4632 5.1);
3. among those by the source's id, then the range's first address, the lower AS number and the country code, so that
   the answer never depends on the order of rows.

Other statements are not lost: :func:`statements` gives all that speak of an address.

Ranges are flattened into segments when the index is built. IPv4 is then looked up as DIR-24-8 does (P. Gupta,
S. Lin, N. McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM 1998): one table entry for each
/24, and only where a /24 is divided a search among its segments. IPv6 is a binary search that starts from a table
over the top bits. A country's registration is never a place.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numba import njit

from crossline.inet.parse import FOUR, SIX, parse
from crossline.world import SCHEMAS, SNAPSHOT_AFTER_DAYS, SNAPSHOT_BEFORE_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from ipaddress import IPv4Address, IPv6Address

    import numpy.typing as npt

    from crossline.world import World

    U8 = npt.NDArray[np.uint8]
    U16 = npt.NDArray[np.uint16]
    U32 = npt.NDArray[np.uint32]
    U64 = npt.NDArray[np.uint64]
    I64 = npt.NDArray[np.int64]

_DIVIDED: Final = np.uint32(1 << 31)  # in the table of /24: the rest is a segment, not a pair
_TOP_BITS: Final = 20  # of the IPv6 table: a million entries, 4 MB
_CHUNK: Final = 1 << 19  # addresses a task: enough to hide a thread's cost, few enough to balance
_MASK: Final = 0xFFFFFFFFFFFFFFFF

_compiled = njit(cache=True, nogil=True)


@_compiled
def _paint(begin: I64, end: I64, value: U32 | U16, painted: U32 | U16, onward: I64) -> None:
    """Give each elementary segment the value of the first range that covers it.

    ``onward[i]`` leads to the first segment from ``i`` that has no value yet (disjoint sets with path halving), so
    that all ranges together cost little more than their number.
    """
    for row in range(len(begin)):
        stop = end[row]
        place = begin[row]
        while True:
            while onward[place] != place:
                onward[place] = onward[onward[place]]
                place = onward[place]
            if place >= stop:
                break
            painted[place] = value[row]
            onward[place] = place + 1


@_compiled
def _fill24(first: U32, pair: U32, table: U32) -> None:
    """Write for each /24 its pair, or the segment it begins in if it is divided. ``first[0]`` is 0."""
    segments = len(first)
    for row in range(segments):
        begin = np.int64(first[row])
        stop = np.int64(first[row + 1]) if row + 1 < segments else np.int64(1) << 32
        block = (begin + 255) >> 8
        whole = stop >> 8
        if block < whole:
            table[block:whole] = pair[row]
        if stop & 255 and whole >= block:
            table[whole] = np.uint32(row) | _DIVIDED


@_compiled
def _find4(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    addresses: U32, table: U32, first: U32, pair: U32, packed: U64, asn: U32, country: U16
) -> None:
    segments = len(first)
    for row in range(len(addresses)):
        address = addresses[row]
        entry = table[address >> np.uint32(8)]
        if entry & _DIVIDED:
            place = np.int64(entry & ~_DIVIDED)
            while place + 1 < segments and first[place + 1] <= address:
                place += 1
            entry = pair[place]
        both = packed[entry]
        asn[row] = np.uint32(both >> np.uint64(16))
        country[row] = np.uint16(both & np.uint64(0xFFFF))


@_compiled
def _find6(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    high: U64, low: U64, top: U32, first_high: U64, first_low: U64, packed: U64, asn: U32, country: U16
) -> None:
    for row in range(len(high)):
        upper = high[row]
        lower = low[row]
        bucket = np.int64(upper >> np.uint64(64 - _TOP_BITS))
        begin = np.int64(top[bucket])  # the segment that the bucket's first address lies in
        size = np.int64(top[bucket + 1]) - begin + 1
        while size > 1:
            half = size >> 1
            middle = begin + half
            before = first_high[middle] < upper or (first_high[middle] == upper and first_low[middle] <= lower)
            begin = middle if before else begin
            size -= half
        both = packed[begin]
        asn[row] = np.uint32(both >> np.uint64(16))
        country[row] = np.uint16(both & np.uint64(0xFFFF))


def threads() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_chunks(rows: int, task: Callable[[slice], None]) -> None:
    """Run the task over slices of ``rows``, on as many threads as there are processors."""
    parts = [slice(start, min(start + _CHUNK, rows)) for start in range(0, rows, _CHUNK)]
    workers = min(threads(), len(parts))
    if workers <= 1:
        for part in parts:
            task(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(task, parts):
            pass


def _ranked(table: pl.DataFrame, on: date | None, *, accept_stale: bool, bounds: tuple[str, ...]) -> pl.DataFrame:
    """Put the rows that may speak on that day in order of precedence, the best first."""
    rows = table.drop_nulls([*bounds, "seen"])
    if len(bounds) == 2:
        rows = rows.filter(pl.col("first") <= pl.col("last")).with_columns(
            size_high=pl.lit(0, pl.UInt64), size_low=(pl.col("last") - pl.col("first")).cast(pl.UInt64)
        )
    else:
        high, low, last_high, last_low = (rows[name].to_numpy() for name in bounds)
        size_low = last_low - low  # wraps, as it should
        size_high = last_high - high - (last_low < low).astype(np.uint64)
        forward = (high < last_high) | ((high == last_high) & (low <= last_low))
        rows = rows.with_columns(size_high=pl.Series(size_high), size_low=pl.Series(size_low)).filter(
            pl.Series(forward)
        )
    if on is None:
        rows = rows.with_columns(distance=-pl.col("seen").cast(pl.Int32))
    else:
        ahead = pl.lit(on).cast(pl.Int32) - pl.col("seen").cast(pl.Int32)
        if not accept_stale:
            rows = rows.filter(ahead.is_between(-SNAPSHOT_BEFORE_DAYS, SNAPSHOT_AFTER_DAYS))
        rows = rows.with_columns(distance=ahead.abs() * 2 + (ahead > 0).cast(pl.Int32))
    tail = [*bounds, "asn", "registered"]
    return rows.sort("distance", "size_high", "size_low", "source", *tail, nulls_last=True, maintain_order=True)


def _painted(rows: pl.DataFrame, begin: I64, end: I64, codes: dict[str, int], segments: int) -> U64:
    """Return for each segment its AS number and country code, packed into one integer."""
    asn = np.zeros(segments + 1, np.uint32)
    country = np.zeros(segments + 1, np.uint16)
    for name, out in (("asn", asn), ("registered", country)):
        stated = rows[name].is_not_null().to_numpy()
        column = rows[name]
        if name == "registered":
            column = column.cast(pl.Enum(list(codes))).to_physical().cast(pl.UInt16) + 1
        onward = np.arange(segments + 1, dtype=np.int64)
        values = column.drop_nulls().to_numpy()
        _paint(begin[stated], end[stated], values, out, onward)
    packed: U64 = (asn[:segments].astype(np.uint64) << np.uint64(16)) | country[:segments].astype(np.uint64)
    return packed


def _flattened4(rows: pl.DataFrame, codes: dict[str, int]) -> tuple[U32, U64]:
    """Return where each segment begins, and its AS number and country code packed into one integer."""
    first = rows["first"].to_numpy().astype(np.uint64)
    after = rows["last"].to_numpy().astype(np.uint64) + np.uint64(1)
    points = np.sort(np.concatenate([np.zeros(1, np.uint64), first, after]))
    points = points[np.append(True, points[1:] != points[:-1]) & (points < np.uint64(1 << 32))]
    begin, end = np.searchsorted(points, first), np.searchsorted(points, after)
    packed = _painted(rows, begin, end, codes, len(points))
    change = np.concatenate([[True], packed[1:] != packed[:-1]])
    return points[change].astype(np.uint32), packed[change]


def announced4(world: World, on: date | None = None, *, accept_stale: bool = False) -> pl.DataFrame:
    """Return how many IPv4 addresses each AS announces, by the country they are registered in.

    Columns ``asn``, ``registered`` (null where not stated) and ``addresses``: each address counts once, for the
    statement that an index would answer with, but no index is made. Sorted by AS number and country.
    """
    table = world.table("address4")
    stated = table["registered"].drop_nulls().unique().sort().to_list()
    if len(stated) >= 1 << 16:
        raise ValueError(f"the address tables name {len(stated):,} countries; the limit is 65,535")
    codes = {code: place for place, code in enumerate(stated, 1)}
    rows = _ranked(table, on, accept_stale=accept_stale, bounds=("first", "last"))
    first, packed = _flattened4(rows, codes)
    size = np.diff(np.append(first.astype(np.int64), np.int64(1 << 32)))
    pairs, place = np.unique(packed, return_inverse=True)
    total = np.bincount(place, size, len(pairs)).astype(np.int64)
    asn = (pairs >> np.uint64(16)).astype(np.uint32)
    told = pl.Series("registered", [None, *stated], pl.String).gather((pairs & np.uint64(0xFFFF)).astype(np.int64))
    found = pl.DataFrame({"asn": asn, "registered": told, "addresses": total})
    return found.filter(pl.col("asn") != 0).sort("asn", "registered", nulls_last=True)


class AddressIndex:
    """Both address tables of a world, made ready for bulk look-up.

    ``codes`` lists the registered countries by the index that look-ups return; index 0 is "not stated", as AS
    number 0 is (it is reserved, RFC 7607).
    """

    def __init__(self, world: World, on: date | None = None, *, accept_stale: bool = False) -> None:
        four, six = world.table("address4"), world.table("address6")
        stated = pl.concat([four["registered"], six["registered"]]).drop_nulls().unique().sort().to_list()
        if len(stated) >= 1 << 16:
            raise ValueError(f"the address tables name {len(stated):,} countries; the limit is 65,535")
        self.codes: list[str | None] = [None, *stated]
        codes = {code: place for place, code in enumerate(stated, 1)}
        self._build4(_ranked(four, on, accept_stale=accept_stale, bounds=("first", "last")), codes)
        bounds = ("first_high", "first_low", "last_high", "last_low")
        self._build6(_ranked(six, on, accept_stale=accept_stale, bounds=bounds), codes)

    def _build4(self, rows: pl.DataFrame, codes: dict[str, int]) -> None:
        self._first4, packed = _flattened4(rows, codes)
        self._packed4, pair = np.unique(packed, return_inverse=True)
        self._pair4: U32 = pair.astype(np.uint32)
        self._table4: U32 = np.empty(1 << 24, np.uint32)
        _fill24(self._first4, self._pair4, self._table4)

    def _build6(self, rows: pl.DataFrame, codes: dict[str, int]) -> None:
        high, low = rows["first_high"].to_numpy(), rows["first_low"].to_numpy()
        after_low = rows["last_low"].to_numpy() + np.uint64(1)
        after_high = rows["last_high"].to_numpy() + (after_low == 0)
        beyond = (after_low == 0) & (after_high == 0)  # the last address of all was the range's last
        points = (
            pl.DataFrame(
                {
                    "high": np.concatenate([np.zeros(1, np.uint64), high, after_high[~beyond]]),
                    "low": np.concatenate([np.zeros(1, np.uint64), low, after_low[~beyond]]),
                }
            )
            .unique()
            .sort("high", "low")
            .with_row_index("place")
        )
        count = len(points)

        def places(high: U64, low: U64) -> I64:
            found = pl.DataFrame({"high": high, "low": low}).join(
                points, on=["high", "low"], how="left", maintain_order="left"
            )
            place: I64 = found["place"].cast(pl.Int64).to_numpy()
            return place

        begin = places(high, low)
        end = np.full(len(rows), count, np.int64)
        end[~beyond] = places(after_high[~beyond], after_low[~beyond])
        packed = _painted(rows, begin, end, codes, count)
        change = np.concatenate([[True], packed[1:] != packed[:-1]])
        self._first6_high: U64 = np.ascontiguousarray(points["high"].to_numpy()[change])
        self._first6_low: U64 = np.ascontiguousarray(points["low"].to_numpy()[change])
        self._packed6: U64 = np.ascontiguousarray(packed[change])
        # For each value of the top bits the segment of its first address: the last that begins at or before it.
        starts = np.arange(1 << _TOP_BITS, dtype=np.uint64) << np.uint64(64 - _TOP_BITS)
        inside = np.searchsorted(self._first6_high, starts, side="left")
        at = np.minimum(inside, len(self._first6_high) - 1)
        exact = (inside < len(self._first6_high)) & (self._first6_high[at] == starts) & (self._first6_low[at] == 0)
        top = np.where(exact, inside, np.maximum(inside - 1, 0))
        self._top6: U32 = np.append(top, len(self._first6_high) - 1).astype(np.uint32)

    @property
    def nbytes(self) -> int:
        """How much memory the index takes, in bytes."""
        arrays = (value for value in vars(self).values() if isinstance(value, np.ndarray))
        return sum(array.nbytes for array in arrays)

    def flat(self, version: int) -> pl.DataFrame:
        """Return the flattened ranges of a family in order: each lasts until the next begins.

        Columns ``first`` (or ``first_high`` and ``first_low``), ``asn`` and ``registered``, null where not stated.
        """
        if version == 4:
            packed = self._packed4[self._pair4]
            starts = pl.DataFrame({"first": self._first4})
        else:
            packed = self._packed6
            starts = pl.DataFrame({"first_high": self._first6_high, "first_low": self._first6_low})
        return starts.with_columns(self._told(packed >> np.uint64(16), packed & np.uint64(0xFFFF)))

    def _told(self, asn: U64 | U32, country: U64 | U16) -> list[pl.Series]:
        """Return AS numbers and countries as columns, null for 0."""
        numbers = pl.Series("asn", asn, dtype=pl.UInt32)
        return [
            pl.select(pl.when(numbers != 0).then(numbers)).to_series(),
            pl.Series("registered", self.codes, dtype=pl.String).gather(country),
        ]

    def lookup4(self, addresses: U32) -> tuple[U32, U16]:
        """Look up IPv4 addresses: AS numbers (0: not stated) and indices into ``codes``, of the same length."""
        asked = np.ascontiguousarray(addresses, np.uint32)
        asn, country = np.empty(len(asked), np.uint32), np.empty(len(asked), np.uint16)

        def task(part: slice) -> None:
            tables = (self._table4, self._first4, self._pair4, self._packed4)
            _find4(asked[part], *tables, asn[part], country[part])

        _in_chunks(len(asked), task)
        return asn, country

    def lookup6(self, high: U64, low: U64) -> tuple[U32, U16]:
        """Look up IPv6 addresses given as high and low 64 bits; results as of :meth:`lookup4`."""
        upper, lower = np.ascontiguousarray(high, np.uint64), np.ascontiguousarray(low, np.uint64)
        if len(upper) != len(lower):
            raise ValueError(f"{len(upper)} high halves and {len(lower)} low halves of addresses")
        asn, country = np.empty(len(upper), np.uint32), np.empty(len(upper), np.uint16)

        def task(part: slice) -> None:
            tables = (self._top6, self._first6_high, self._first6_low, self._packed6)
            _find6(upper[part], lower[part], *tables, asn[part], country[part])

        _in_chunks(len(upper), task)
        return asn, country

    def lookup(self, column: pl.Series) -> pl.DataFrame:
        """Look up addresses written as text, of both families.

        Returns one row an address: ``asn`` (UInt32) and ``registered`` (String), null where nothing is stated or
        the text is no address.
        """
        family, high, low = parse(column)
        asn, country = np.zeros(len(family), np.uint32), np.zeros(len(family), np.uint16)
        fours, sixes = family == FOUR, family == SIX
        asn[fours], country[fours] = self.lookup4(low[fours].astype(np.uint32))
        asn[sixes], country[sixes] = self.lookup6(high[sixes], low[sixes])
        return pl.DataFrame(self._told(asn, country))


def statements(world: World, asked: IPv4Address | IPv6Address | IPv4Network | IPv6Network) -> pl.DataFrame:
    """Return all rows of the address table of that family whose range has an address in common with ``asked``.

    The narrowest range comes first, then the latest.
    """
    if isinstance(asked, IPv4Network | IPv6Network):
        first, last = int(asked.network_address), int(asked.broadcast_address)
    else:
        first = last = int(asked)
    if asked.version == 4:
        table = world.table("address4")
        rows = table.filter((pl.col("first") <= last) & (pl.col("last") >= first))
        size = (pl.col("last") - pl.col("first")).cast(pl.Float64)
    else:
        table = world.table("address6")
        high, low = pl.lit(last >> 64, pl.UInt64), pl.lit(last & _MASK, pl.UInt64)
        begins = (pl.col("first_high") < high) | ((pl.col("first_high") == high) & (pl.col("first_low") <= low))
        high, low = pl.lit(first >> 64, pl.UInt64), pl.lit(first & _MASK, pl.UInt64)
        ends = (pl.col("last_high") > high) | ((pl.col("last_high") == high) & (pl.col("last_low") >= low))
        rows = table.filter(begins & ends)
        wide = (pl.col("last_high") - pl.col("first_high")).cast(pl.Float64) * 2.0**64
        size = wide + pl.col("last_low").cast(pl.Float64) - pl.col("first_low").cast(pl.Float64)
    order = rows.with_columns(size=size).sort("size", "seen", "source", descending=[False, True, False])
    return order.select(SCHEMAS[f"address{asked.version}"].names())
