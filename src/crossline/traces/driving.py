"""Windows of bytes, handed to a format's kernel until the file ends or a limit is met."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from crossline.tables import Limits, Reject
from crossline.text import plural
from crossline.traces import document
from crossline.traces.book import REJECTS, TRACES, Book, book, with_room
from crossline.traces.content import Content

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from crossline.compiled import Array

WINDOW: Final = 1 << 20  # bytes that are parsed at a time, at least, unless the file ends
LONGEST: Final = 16 << 20  # bytes of one result
_AHEAD: Final = 4  # pieces that are made before they are asked for


class Format(Protocol):
    """What reads a format. ``REASONS`` are the texts of its refusals, by number."""

    REASONS: tuple[str, ...]

    def take(self, data: Array, last: bool, offset: int, kept: Book) -> int:
        """Take down what stands whole in ``data``, which begins at ``offset``; return how many bytes were used."""
        ...

    def skip(self, data: Array, begun: bool) -> int:
        """Return where to go on after something longer than a window, or -1 if it goes on."""
        ...


class Json:
    """What formats in JSON have in common: the tape, and where to go on after an object that is too long."""

    def __init__(self, limits: Limits) -> None:
        self.tape = np.empty((0, 3), np.int32)
        self.stack = np.zeros(max(1, limits.depth), np.int32)
        self.state = np.zeros(4, np.int64)
        self.scratch = np.zeros(document.SCRATCH, np.uint8)

    def room(self, size: int) -> None:
        """Make the tape long enough for so many bytes."""
        if size >= len(self.tape):
            self.tape = np.empty((size + 1, 3), np.int32)

    def skip(self, data: Array, begun: bool) -> int:
        """Return where to go on after an object that is too long, or -1."""
        if not begun:
            self.state[:] = 0
        return document.resume(data, 0, len(data), 0, self.state)


class Reading:
    """One file on its way through a format's kernel into a book."""

    def __init__(self, path: Path, limits: Limits, form: Format) -> None:
        self.book = book(limits.rejects)
        self.trouble: list[Reject] = []
        self._limits = limits
        self._form = form
        self._content = Content(path, limits)
        self._data = np.empty(2 * WINDOW, np.uint8)
        self._have = 0
        self._base = 0  # of the first byte of the window, in the content
        self._skipping = False
        self._wanted = WINDOW  # bytes of a window before it is parsed again

    def run(self) -> None:
        """Read all that the limits allow."""
        started = time.monotonic()
        with closing(_ahead(self._content.pieces())) as pieces:
            for piece in pieces:
                self._add(piece)
                if self._have >= self._wanted:
                    self._take(last=False)
                if self._full():
                    break
                if time.monotonic() - started > self._limits.seconds:
                    self._stop(f"limit seconds of {self._limits.seconds:g}")
                    break
            else:
                self._take(last=True)
                self._full()
        self.trouble += self._content.trouble

    @property
    def empty(self) -> bool:
        """Whether not one byte was read."""
        return self._base + self._have == 0

    def _add(self, piece: bytes) -> None:
        have = self._have + len(piece)
        if have > len(self._data):
            larger = np.empty(2 * have, np.uint8)
            larger[: self._have] = self._data[: self._have]
            self._data = larger
        self._data[self._have : have] = np.frombuffer(piece, np.uint8)
        self._have = have

    def _drop(self, used: int) -> None:
        left = self._have - used
        self._data[:left] = self._data[used : self._have].copy()
        self._have = left
        self._base += used

    def _take(self, *, last: bool) -> None:
        while True:
            if self._skipping:
                again = self._form.skip(self._data[: self._have], True)
                self._drop(again if again >= 0 else self._have)
                if again < 0:
                    return
                self._skipping = False
            self.book = with_room(self.book, self._have)
            used = self._form.take(self._data[: self._have], last, self._base, self.book)
            if used < self._have and self._have - used > LONGEST and not last:
                where = f"byte {self._base + used}"
                self.trouble.append(Reject(where, f"longer than {LONGEST:,} bytes: one result; not read"))
                self._drop(used)
                again = self._form.skip(self._data[: self._have], False)
                self._drop(again if again >= 0 else self._have)
                self._skipping = again < 0
                if again >= 0:
                    continue
            else:
                self._drop(used)
            # What does not stand whole is parsed again when there is twice as much of it.
            self._wanted = max(WINDOW, min(2 * self._have, LONGEST + 1))
            return

    def _full(self) -> bool:
        """Say whether there are as many measurements as are read, and cut those beyond."""
        kept, limit = self.book, self._limits.rows
        if kept.counters[TRACES] <= limit:
            return False
        kept.counters[TRACES] = limit
        self._stop(f"limit rows of {limit:,}")
        return True

    def _stop(self, limit: str) -> None:
        where = f"byte {self._base + self._have}"
        self.trouble.append(Reject(where, f"{limit} reached; the rest of the file is not read"))

    def refusals(self) -> Iterator[Reject]:
        """Yield what was not understood: one by one as far as it was kept, and the rest by reason."""
        kept, reasons = self.book, self._form.REASONS
        for offset, reason, place in kept.rejects[: kept.counters[REJECTS]].tolist():
            where = f" (at byte {place})" if place > offset else ""
            yield Reject(f"byte {offset}", reasons[reason] + where)
        for reason, (count, offset) in enumerate(kept.reasons[: len(reasons)].tolist()):
            if count:
                yield Reject(f"byte {offset}", f"{reasons[reason]} ({plural(count, 'result')})", count)
        yield from self.trouble


def _ahead(pieces: Iterator[bytes]) -> Generator[bytes]:
    """Decompress in a thread of its own, which ends with this iterator."""
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, pieces, None) for _ in range(_AHEAD))
        try:
            while (piece := waiting.popleft().result()) is not None:
                waiting.append(pool.submit(next, pieces, None))
                yield piece
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
