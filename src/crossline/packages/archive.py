"""What a zip archive holds, of whatever app it is a package: APK, XAPK, APKS, AAB, IPA, jar, and archives within.

An archive is opened by its central directory, as Android does it (:mod:`crossline.packages.directory`). Nothing is
written to a disk. What an entry says of its size is a bound on what is made of it, and never believed: an entry that
holds more is refused, and so is all that comes after :attr:`Bounds.bytes_out`, archives within included.
"""

from __future__ import annotations

import copy
import itertools
import mmap
import os
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
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
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

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
_AHEAD: Final = 4  # entries that are unpacked at a time, at most
_SLASH: Final = ord("/")
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
    """An opened archive: ``names`` of its entries, ``rejects``, and ``odd``, what is strange about the whole.

    ``data`` may be a file that is mapped. Raises :class:`Unreadable` if the bytes are no archive. Directories are left
    out. Entries that cannot be read (no local header, bytes outside the file, links, names that lead out) are rejects;
    of those of one name each is kept, since programs disagree about which one counts. Bytes are read again each time:
    keep what is needed twice.
    """

    data: octets.Held
    bounds: Bounds = field(default_factory=Bounds)
    depth: int = 0
    spent: _Spent = field(default_factory=_Spent, repr=False)
    names: list[str] = field(init=False, default_factory=list)
    rejects: list[Reject] = field(init=False, default_factory=list)
    odd: tuple[str, ...] = field(init=False, default=())
    _rows: Array = field(init=False, repr=False)  # of the entries, with the columns of `directory`

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
        """Keep the names and the rows of entries, and make rejects of those that are refused."""
        self._rows = rows
        if not len(rows):
            return
        out = np.empty(int((rows[:, NAME_END] - rows[:, NAME] + 1).sum()), np.uint8)
        used = directory.names(view, rows, out)
        names = out[: used - 1].tobytes().decode("utf-8", "replace").split("\0")
        rows[directory.overlapping(rows), ODD] |= OVERLAP
        if len(set(names)) < len(names):
            rows[~pl.Series(names).is_first_distinct().to_numpy(), ODD] |= DUPLICATE
        folders = (rows[:, SIZE] == 0) & (rows[:, NAME_END] > rows[:, NAME]) & (view[rows[:, NAME_END] - 1] == _SLASH)
        refused = ~folders & (rows[:, ODD] & _REFUSED != 0)
        for bits in dict.fromkeys((rows[refused, ODD] & _REFUSED).tolist()):
            these = np.flatnonzero(refused & (rows[:, ODD] & _REFUSED == bits))
            self.rejects.append(Reject(names[these[0]][:200], "; ".join(words(bits)), len(these)))
        self._keep(names, ~(folders | refused))

    def _keep(self, names: list[str], kept: Array) -> None:
        self.names = names if kept.all() else list(itertools.compress(names, kept))
        self._rows = self._rows[kept]

    @cached_property
    def entries(self) -> pl.DataFrame:
        """The entries, as a table (:data:`ENTRIES`)."""
        columns = {"method": METHOD, "packed": PACKED, "size": SIZE, "place": PLACE, "odd": ODD}
        told = {name: self._rows[:, column] for name, column in columns.items()}
        return pl.DataFrame({"name": self.names} | told, schema=ENTRIES)

    def folder(self, name: str) -> Archive:
        """Return the same archive with what lies in a folder alone, by its names there; the name ends with a slash."""
        kept = np.array([one.startswith(name) for one in self.names], np.bool_)
        found = copy.copy(self)
        found.__dict__.pop("entries", None)
        found._keep(self.names, kept)  # noqa: SLF001 - its own
        found.names = [one[len(name) :] for one in found.names]
        return found

    def rows(self, name: str) -> list[int]:
        """Return the rows of the entries of that name."""
        return [row for row, one in enumerate(self.names) if one == name] if name in self.names else []

    def read(self, row: int) -> bytes | bytearray:
        """Return the bytes of an entry; raises :class:`Unreadable`."""
        self._spend(row)
        return self._unpacked(row)

    def _spend(self, row: int) -> None:
        """Take the bytes of an entry from what may be spent; raises :class:`Unreadable`."""
        size = int(self._rows[row, SIZE])
        if size > self.bounds.entry_bytes:
            raise Unreadable(f"{size:,} bytes; limit of {self.bounds.entry_bytes:,} for an entry")
        if self.spent.bytes_out + size > self.bounds.bytes_out:
            raise Unreadable(f"limit of {self.bounds.bytes_out:,} bytes for all that an archive holds")
        self.spent.bytes_out += size

    def _unpacked(self, row: int) -> bytes | bytearray:
        method, packed, size, place, odd = (int(self._rows[row, one]) for one in (METHOD, PACKED, SIZE, PLACE, ODD))
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

        Each is unpacked, in another thread, while whoever asked looks at those before: as many at a time as there are
        processors.
        """
        if len(rows) < 2:
            yield from map(self._tried, rows)
            return
        threads = min(os.cpu_count() or 1, _AHEAD)
        with ThreadPoolExecutor(threads) as pool:
            pending: deque[Future[bytes | bytearray | Unreadable]] = deque()
            for row in rows:
                if len(pending) == threads:
                    yield pending.popleft().result()
                pending.append(self._begun(pool, row))
            while pending:
                yield pending.popleft().result()

    def _begun(self, pool: ThreadPoolExecutor, row: int) -> Future[bytes | bytearray | Unreadable]:
        """Spend for an entry here, so that the order in which threads come to it decides nothing; unpack it there."""
        try:
            self._spend(row)
        except Unreadable as error:
            refused: Future[bytes | bytearray | Unreadable] = Future()
            refused.set_result(error)
            return refused
        return pool.submit(_caught, self._unpacked, row)

    def _tried(self, row: int) -> bytes | bytearray | Unreadable:
        return _caught(self.read, row)

    def head(self, row: int, most: int = 64) -> bytes:
        """Return the first bytes of an entry, or as many as can be read."""
        method, packed, size, place = (int(self._rows[row, one]) for one in (METHOD, PACKED, SIZE, PLACE))
        raw = memoryview(self.data)[place : place + (packed if method == DEFLATED else min(size, most))]
        return (_inflated(raw, most) or b"") if method == DEFLATED else bytes(raw)

    def heads(self, most: int = 4) -> list[bytes]:
        """Return the first bytes of all entries, or as many as can be read; of one deflated a little is looked at."""
        view, found = memoryview(self.data), []
        for method, packed, size, place in self._rows[:, [METHOD, PACKED, SIZE, PLACE]].tolist():
            if method == DEFLATED:
                found.append(_inflated(view[place : place + min(packed, _HEAD)], most) or b"")
            else:
                found.append(bytes(view[place : place + min(size, most)]))
        return found

    def within(self, row: int) -> Archive:
        """Open an archive that is an entry of this one; raises :class:`Unreadable`."""
        return Archive(self.read(row), self.bounds, self.depth + 1, self.spent)


def _caught(read: Callable[[int], bytes | bytearray], row: int) -> bytes | bytearray | Unreadable:
    try:
        return read(row)
    except Unreadable as error:
        return error


def mapped(path: Path) -> octets.Held:
    """Return a file as bytes that are read where they are looked at; raises OSError.

    A file that is cut meanwhile ends the process (SIGBUS): only for a child that may fall.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


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
