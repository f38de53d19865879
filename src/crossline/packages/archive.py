"""What a zip archive holds, of whatever app it is a package: APK, XAPK, APKS, AAB, IPA, jar, and archives within.

An archive is opened by its central directory, as Android does it (:mod:`crossline.packages.directory`). Nothing is
written to a disk. What an entry says of its size is a bound on what is made of it, and never believed: an entry that
holds more is refused, and so is all that comes after :attr:`Bounds.bytes_out`, archives within included.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import deflate
import numpy as np
import polars as pl

from crossline.packages import directory, octets
from crossline.packages.directory import (
    BAD_NAME,
    CUT,
    DEFLATED,
    DUPLICATE,
    LINK,
    METHOD,
    NAME,
    NAME_END,
    NO_LOCAL,
    ODD,
    OVERLAP,
    PACKED,
    PLACE,
    SIZE,
    ZERO_IN_NAME,
)
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crossline.compiled import Array

ENTRIES: Final = pl.Schema(
    {
        "name": pl.String(),
        "method": pl.UInt16(),  # 0 stored, 8 deflated; any other is read as stored
        "packed": pl.Int64(),  # bytes in the archive
        "size": pl.Int64(),  # bytes, as the directory says
        "place": pl.Int64(),  # of the first byte, in the archive
        "odd": pl.UInt16(),  # bits, see `words`
    }
)
_REFUSED: Final = NO_LOCAL | CUT | ZERO_IN_NAME | LINK | BAD_NAME
_RATIO: Final = 1032  # bytes that deflate makes of one, at most (https://zlib.net/zlib_tech.html)
_ROWS_AT_FIRST: Final = 4096
_HEAD: Final = 4096  # deflated bytes from which the first ones come: more than a block's tables can take


@dataclass(frozen=True)
class Bounds:
    """What may be spent on an archive, with those within it."""

    entries: int = 262_144  # in one archive
    entry_bytes: int = 512 << 20
    bytes_out: int = 4 << 30
    depth: int = 4  # archives within archives


@dataclass
class _Spent:
    bytes_out: int = 0


class Unreadable(Exception):  # noqa: N818 - it ends one entry, and is no error of the program
    """An entry, or an archive, that cannot be read: why."""


@dataclass
class Archive:
    """An opened archive: ``entries`` (:data:`ENTRIES`), ``rejects``, and ``odd``, what is strange about the whole.

    Raises :class:`Unreadable` if the bytes are no archive. Directories are left out. Entries that cannot be read (no
    local header, bytes outside the file, links, names that lead out) are rejects; of those of one name each is kept,
    since programs disagree about which one counts. Bytes are read again each time: keep what is needed twice.
    """

    data: bytes | bytearray
    bounds: Bounds = field(default_factory=Bounds)
    depth: int = 0
    spent: _Spent = field(default_factory=_Spent, repr=False)
    entries: pl.DataFrame = field(init=False)
    rejects: list[Reject] = field(init=False, default_factory=list)
    odd: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Read the directory."""
        if self.depth > self.bounds.depth:
            raise Unreadable(f"an archive within more than {self.bounds.depth} others")
        view = octets.view(self.data)
        end = directory.find(view)
        if end is None:
            raise Unreadable("no central directory: no zip archive, or one that is cut")
        rows, count, stop = np.empty((0, directory.COLUMNS), np.int64), 0, 0
        room = min(self.bounds.entries, max(_ROWS_AT_FIRST, end.entries))
        while len(rows) < room:  # the directory may hold more than its end says
            rows = np.zeros((room, directory.COLUMNS), np.int64)
            count, stop = directory.entries(view, end.place, end.end, end.shift, rows)
            if count == room < self.bounds.entries:
                room = min(self.bounds.entries, 8 * room)
        self._told(end, count, stop)
        self._tabulate(view, rows[:count])

    def _told(self, end: directory.End, count: int, stop: int) -> None:
        odd = []
        if end.shift < 0:
            odd.append(f"the directory begins {-end.shift:,} bytes before where its end says")
        if end.shift > 0:
            odd.append(f"{end.shift:,} bytes stand before the archive")
        if count != end.entries:
            odd.append(f"the end of the directory tells of {end.entries:,} entries, and {count:,} are there")
        if stop != end.end:
            full = count == self.bounds.entries
            what = f"limit of {self.bounds.entries:,} entries" if full else "no entry stands there"
            self.rejects.append(Reject(f"byte {stop}", f"the directory is not read from here on: {what}"))
        self.odd = tuple(odd)

    def _tabulate(self, view: Array, rows: Array) -> None:
        """Make the table of entries, and rejects of those that are refused."""
        if not len(rows):
            self.entries = pl.DataFrame(schema=ENTRIES)
            return
        out = np.empty(int((rows[:, NAME_END] - rows[:, NAME] + 1).sum()), np.uint8)
        used = directory.names(view, rows, out)
        names = pl.Series([out[: used - 1].tobytes().decode("utf-8", "replace")]).str.split("\0").explode()
        rows[directory.overlapping(rows), ODD] |= OVERLAP
        rows[~names.is_first_distinct().to_numpy(), ODD] |= DUPLICATE
        frame = pl.DataFrame(
            {
                "name": names,
                "method": rows[:, METHOD],
                "packed": rows[:, PACKED],
                "size": rows[:, SIZE],
                "place": rows[:, PLACE],
                "odd": rows[:, ODD],
            },
            schema=ENTRIES,
        )
        frame = frame.filter(~(pl.col("name").str.ends_with("/") & (pl.col("size") == 0)))
        refused = frame["odd"] & _REFUSED != 0
        for bits, first, count in (
            frame.filter(refused)
            .group_by(pl.col("odd") & _REFUSED, maintain_order=True)
            .agg(pl.first("name"), pl.len())
            .iter_rows()
        ):
            self.rejects.append(Reject(first[:200], "; ".join(words(bits)), count))
        self.entries = frame.filter(~refused)

    def rows(self, name: str) -> list[int]:
        """Return the rows of the entries of that name."""
        return (self.entries["name"] == name).arg_true().to_list()

    def read(self, row: int) -> bytes | bytearray:
        """Return the bytes of an entry; raises :class:`Unreadable`."""
        _, method, packed, size, place, odd = self.entries.row(row)
        if size > self.bounds.entry_bytes:
            raise Unreadable(f"{size:,} bytes; limit of {self.bounds.entry_bytes:,} for an entry")
        if self.spent.bytes_out + size > self.bounds.bytes_out:
            raise Unreadable(f"limit of {self.bounds.bytes_out:,} bytes for all that an archive holds")
        self.spent.bytes_out += size
        if method != DEFLATED:
            return bytes(memoryview(self.data)[place : place + size])
        raw = memoryview(self.data)[place : place + packed]
        if size > _RATIO * max(packed, 1):
            raise Unreadable(f"{size:,} bytes cannot come of {packed:,}")
        if not size:  # libdeflate would not look at the bytes
            if _inflated(raw, 1):
                raise Unreadable(_why(raw, size, odd))
            return b""
        try:
            found: bytes | bytearray = deflate.deflate_decompress(raw, size)
        except deflate.DeflateError:
            raise Unreadable(_why(raw, size, odd)) from None
        if len(found) != size:
            raise Unreadable(f"{len(found):,} bytes come of it where the directory says {size:,}")
        return found

    def ahead(self, rows: Sequence[int]) -> Iterator[bytes | bytearray | Unreadable]:
        """Yield the bytes of entries in order, or why they cannot be read.

        Each is unpacked, in another thread, while whoever asked looks at the one before.
        """
        if len(rows) < 2:
            yield from map(self._tried, rows)
            return
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(self._tried, rows[0])
            for row in rows[1:]:
                found = pending.result()
                pending = pool.submit(self._tried, row)
                yield found
            yield pending.result()

    def _tried(self, row: int) -> bytes | bytearray | Unreadable:
        try:
            return self.read(row)
        except Unreadable as error:
            return error

    def head(self, row: int, most: int = 64) -> bytes:
        """Return the first bytes of an entry, or as many as can be read."""
        _, method, packed, size, place, _ = self.entries.row(row)
        raw = memoryview(self.data)[place : place + (packed if method == DEFLATED else min(size, most))]
        return (_inflated(raw, most) or b"") if method == DEFLATED else bytes(raw)

    def heads(self, most: int = 4) -> list[bytes]:
        """Return the first bytes of all entries, or as many as can be read; of one deflated a little is looked at."""
        view, found = memoryview(self.data), []
        for method, packed, size, place in self.entries.select("method", "packed", "size", "place").iter_rows():
            if method == DEFLATED:
                found.append(_inflated(view[place : place + min(packed, _HEAD)], most) or b"")
            else:
                found.append(bytes(view[place : place + min(size, most)]))
        return found

    def within(self, row: int) -> Archive:
        """Open an archive that is an entry of this one; raises :class:`Unreadable`."""
        return Archive(self.read(row), self.bounds, self.depth + 1, self.spent)


def words(odd: int) -> tuple[str, ...]:
    """Say what the bits of ``odd`` mean."""
    return tuple(text for bit, text in directory.WORDS.items() if odd & bit)


def _inflated(raw: memoryview, most: int) -> bytes | None:
    """Return the first ``most`` bytes that come of deflated ones; None if those are damaged before that."""
    try:
        return zlib.decompressobj(-15).decompress(raw, most)
    except zlib.error:
        return None


def _why(raw: memoryview, size: int, odd: int) -> str:
    """Say why deflated bytes did not come to what they should: too much, damaged, or encrypted."""
    found = _inflated(raw, size + 1)
    if found is None:
        return "encrypted" if odd & directory.ENCRYPTED else "its deflated bytes are damaged"
    if len(found) > size:
        return f"more comes of it than the {size:,} bytes that the directory says"
    return "its deflated bytes end early"
