"""From the bytes of a file to its batches.

Table dumps are worded while the rest of the file is still being decompressed, as long as no row can have been
superseded. As soon as one can be (messages, a prefix that comes again, additional paths) the rows that stand are found
at the end, and worded then.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.readers.mrt import messages, records, refusals, tabledump, tables
from crossline.readers.mrt.columns import NEEDS, OWN_MESSAGES, PATHS, PEERS, REPEATS, ROWS, SEED, Columns
from crossline.readers.mrt.layout import (
    BGP,
    BGP4MP,
    MESSAGE_ADDPATH,
    MESSAGE_AS4_LOCAL_ADDPATH,
    RIB_IPV4_UNICAST_ADDPATH,
    RIB_IPV6_UNICAST_ADDPATH,
    TABLE_DUMP,
    TABLE_DUMP_V2,
)
from crossline.readers.mrt.paths import Reading
from crossline.readers.mrt.replay import compact, standing
from crossline.readers.mrt.stream import Stream
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.compiled import Array

_FRAMES: Final = 1 << 15
_AT_ONCE: Final = 1 << 19  # bytes that are parsed at a time, at least, unless the file ends
_WORDED_AT_ONCE: Final = 1 << 16  # rows, while the file is read
_WORDED_LATE: Final = 1 << 20  # rows, after it was
_COMPACT_FROM: Final = 1 << 22  # rows; fewer are not worth settling before the end

_KERNELS: Final = {
    TABLE_DUMP: tabledump.table_dumps,
    TABLE_DUMP_V2: tabledump.tables_v2,
    BGP4MP: messages.bgp4mp,
    BGP: messages.bgp,
}


class Parser:
    """Turns the content of a file, piece by piece, into :class:`Columns` and ways."""

    def __init__(self, limits: Limits) -> None:
        self.columns = Columns(limits.rejects)
        self._reading = Reading()
        self._beside = ThreadPoolExecutor(1)  # reads the paths of one piece while the next is parsed
        self._pending: Future[None] | None = None
        self.stopped = False  # at bytes that are no record
        self._frames = records.frames(_FRAMES)
        self._data = np.empty(2 * _AT_ONCE, np.uint8)
        self._have = 0
        self._base = 0

    @property
    def taken(self) -> int:
        """Bytes of content that were taken."""
        return self._base + self._have

    @property
    def reading(self) -> Reading:
        """The ways of all paths that were taken."""
        if self._pending:
            self._pending.result()
        return self._reading

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Take the next bytes; with ``last`` nothing follows them."""
        have = self._have + len(piece)
        if have > len(self._data):
            larger = np.empty(2 * have, np.uint8)
            larger[: self._have] = self._data[: self._have]
            self._data = larger
        self._data[self._have : have] = np.frombuffer(piece, np.uint8)
        self._have = have
        if have < _AT_ONCE and not last:
            return
        used = self._parse(last)
        left = have - used
        self._data[:left] = self._data[used:have].copy()
        self._have = left
        self._base += used
        columns = self.columns
        self._pending = self._beside.submit(
            self.reading.take, columns.book.paths, columns.count(PATHS), columns.count(SEED)
        )
        if last or self.stopped:
            self._beside.shutdown()

    def _parse(self, last: bool) -> int:
        used, why = 0, records.FULL
        while why == records.FULL:
            data, book = self._data[used : self._have], self.columns.book
            count, taken, why = records.split(
                data, len(data), last, self._base + used, book.counters, book.rejects, self._frames
            )
            self._take(data, self._base + used, count)
            used += taken
        self.stopped = why == records.STOP
        return used

    def _take(self, data: Array, base: int, count: int) -> None:
        """Turn the first ``count`` frames into rows."""
        frames, columns = self._frames, self.columns
        kind, subtype = frames.type[:count], frames.subtype[:count]
        is_v2 = kind == TABLE_DUMP_V2
        several = (is_v2 & np.isin(subtype, (RIB_IPV4_UNICAST_ADDPATH, RIB_IPV6_UNICAST_ADDPATH))) | (
            (kind == BGP4MP) & (subtype >= MESSAGE_ADDPATH) & (subtype <= MESSAGE_AS4_LOCAL_ADDPATH)
        )
        row = columns.add_records(frames.offset[:count], frames.time[:count], is_v2 | (kind == TABLE_DUMP), several)
        place = 0
        while place < count:
            take = _KERNELS[int(kind[place])]
            place = take(data, frames, place, count, base, row, columns.book)
            if columns.book.counters[NEEDS]:
                columns.grow()


class _Reader:
    """Words what a :class:`Parser` has found."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parser = Parser(limits)
        self.frames: list[Future[pl.DataFrame]] = []
        self._pool = ThreadPoolExecutor(1)
        self.worded = 0  # rows that have been worded: the first ones
        self.dead = np.zeros(0, np.uint8)
        self.settled = 0  # rows when they were settled last
        self.replaced = 0
        self.trouble: list[Reject] = []
        self._named: pl.DataFrame | None = None

    def take(self, stream: Stream) -> None:
        """Read all that the limits allow."""
        started = time.monotonic()
        with closing(stream.pieces()) as pieces:
            for piece in pieces:
                self.parser.feed(piece)
                if self.parser.stopped or not self._within_rows():
                    break
                if time.monotonic() - started > self.limits.seconds:
                    self._stop(f"limit seconds of {self.limits.seconds:g}")
                    break
                if not self.parser.columns.book.counters[REPEATS]:
                    self._word(at_least=_WORDED_AT_ONCE)
            else:
                self.parser.feed(b"", last=True)
                self._within_rows()
        self.trouble += stream.trouble

    def _within_rows(self) -> bool:
        """Settle what can be settled, and cut what is then beyond the limit."""
        columns, limit = self.parser.columns, self.limits.rows
        count = columns.count(ROWS)
        if count > limit or count - self.settled > max(_COMPACT_FROM, self.settled):
            self._settle()
        if columns.count(ROWS) <= limit:
            return True
        columns.book.counters[ROWS] = limit
        self.dead = self.dead[:limit]
        self._stop(f"limit rows of {limit:,}")
        return False

    def _stop(self, limit: str) -> None:
        self.trouble.append(Reject(f"byte {self.parser.taken}", f"{limit} reached; the rest of the file is not read"))

    def _names(self) -> pl.DataFrame:
        if self._named is None or self._named.height != self.parser.columns.count(PEERS):
            self._named = tables.peers(self.parser.columns)
        return self._named

    def _snapshot(self) -> tables.Snapshot:
        columns = self.parser.columns
        return tables.Snapshot(columns.book.prefixes, columns.records, self.parser.reading.ways)

    def _word(self, at_least: int) -> None:
        """Word the rows that are not yet, if there are so many of them, and all stand."""
        columns, count = self.parser.columns, self.parser.columns.count(ROWS)
        if count - self.worded < max(at_least, 1):
            return
        rows = columns.book.rows[:, self.worded : count]
        self.frames.append(self._pool.submit(tables.routes, self._snapshot(), self._names(), rows))
        self.worded = count

    def _settle(self) -> None:
        """Take out the rows that no longer stand, so that a replay is as large as what stands, not what was said."""
        columns = self.parser.columns
        if not columns.book.counters[REPEATS]:
            return
        wait(self.frames)  # they look at rows that are about to be moved
        dead = np.zeros(columns.count(ROWS), np.uint8)
        dead[: len(self.dead)] = self.dead
        self.replaced += standing(columns, dead)
        self.dead = compact(columns, dead, self.worded)
        self.settled = len(self.dead)

    def finish(self) -> Iterator[Batch | Reject | Note]:
        columns = self.parser.columns
        self._settle()
        if not columns.book.counters[REPEATS]:
            self._word(at_least=1)
        frames = [frame.result() for frame in self.frames]
        self._pool.shutdown()
        if columns.book.counters[REPEATS]:
            frames = self._standing(frames)
        named = self._names()
        if not named["own"].all():
            yield tables.session_batch(columns, named)
        if frames := [frame for frame in frames if frame.height]:
            reading = self.parser.reading
            yield tables.route_batch(frames, reading.ways, reading.count, reading.known)
        yield from refusals.worded(columns.book.counters, columns.book.rejects, self.limits.rejects)
        yield from self.trouble
        yield from self._notes(named)

    def _standing(self, frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
        """Return what stands of the rows that were worded before anything could supersede them, and the others."""
        columns = self.parser.columns
        stands = self.dead[: self.worded] == 0
        place = 0
        standing: list[pl.DataFrame] = []
        for frame in frames:
            standing.append(frame.filter(pl.Series(stands[place : place + frame.height])))
            place += frame.height
        count = columns.count(ROWS)
        for first in range(self.worded, count, _WORDED_LATE):
            rows = columns.book.rows[:, first : min(count, first + _WORDED_LATE)]
            standing.append(tables.routes(self._snapshot(), self._names(), rows))
        return standing

    def _notes(self, named: pl.DataFrame) -> Iterator[Note]:
        columns = self.parser.columns
        if self.replaced:
            yield Note(
                f"{self.replaced:,} table entries repeat an earlier one with the same peer, prefix and path "
                "identifier; the last of each is what is read"
            )
        if own := columns.count(OWN_MESSAGES):
            yield Note(f"{own:,} updates were sent by the router itself; they are not routes that it heard")
        if named["own"].any():
            yield Note("peer 0.0.0.0 with AS 0 stands for the router itself; it is no session")


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the sessions and the routes of the file at ``path``, what was rejected, and notes."""
    stream = Stream(path, limits)
    reader = _Reader(limits)
    reader.take(stream)
    if not reader.parser.taken and not reader.trouble:
        yield Reject("byte 0", "the file is empty")
        return
    yield from reader.finish()


def parse(path: Path, limits: Limits | None = None) -> Parser:
    """Return the columns of numbers of a file, nothing settled and nothing worded: for those who measure or compute.

    ``parser.columns.book.rows`` holds ``parser.columns.count(ROWS)`` rows; ``parser.reading.ways.of[path]`` is the
    number of a row's collapsed path.
    """
    parser = Parser(limits or Limits())
    with closing(Stream(path, limits or Limits()).pieces()) as pieces:
        for piece in pieces:
            parser.feed(piece)
            if parser.stopped:
                return parser
    parser.feed(b"", last=True)
    return parser
