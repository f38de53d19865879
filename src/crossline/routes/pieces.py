"""A file, piece by piece, into a buffer whose front keeps a few short texts that later pieces still need."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.compiled import Array
    from crossline.tables import Limits

SLOT: Final = 128  # bytes that are kept of a text: more than any prefix or address takes
_AT_ONCE: Final = 8 << 20
LONGEST: Final = 16 << 20  # bytes of one route


class Pieces:
    """The content of a file. Take what `data` holds from `start` to `end`, then say with `keep` how far one came.

    ``for final in pieces`` yields whether nothing follows what is in the buffer, or nothing more fits into it.
    """

    def __init__(self, path: Path, limits: Limits, slots: int) -> None:
        self._path, self._limits = path, limits
        self.start = slots * SLOT
        self.data: Array = np.zeros(self.start + _AT_ONCE, np.uint8)
        self.end = self.start
        self.before = 0  # bytes of the file that lie before `start`
        self.trouble: list[Reject] = []
        self._used = self.start
        self._overfull = False

    def place(self, at: int) -> int:
        """Return the byte of the file that lies at ``at`` in the buffer."""
        return at - self.start + self.before

    def keep(self, used: int, texts: Array) -> None:
        """Let go of everything before ``used``, but for ``texts`` (int64, [slot, start and end]), which move.

        A text longer than :data:`SLOT` is cut; one with a negative start is none.
        """
        for slot in range(len(texts)):
            first, last = texts[slot].tolist()
            if first >= 0:
                size = min(last - first, SLOT)
                self.data[slot * SLOT : slot * SLOT + size] = self.data[first : first + size].copy()
                texts[slot] = slot * SLOT, slot * SLOT + size
        self._used = used

    def __iter__(self) -> Iterator[bool]:
        """Fill the buffer again and again."""
        started = time.monotonic()
        read = 0
        try:
            with self._path.open("rb", buffering=0) as file:
                while True:
                    if time.monotonic() - started > self._limits.seconds:
                        self._stop(f"limit seconds of {self._limits.seconds:g}: the rest of the file is not read")
                        return
                    room = min(len(self.data) - self.end, self._limits.bytes_in - read)
                    got = file.readinto(self.data[self.end : self.end + room].data) if room > 0 else 0
                    read += got
                    self.end += got
                    final = got == 0
                    if final and read >= self._limits.bytes_in and file.read(1):
                        self._stop(f"limit bytes_in of {self._limits.bytes_in:,}: the rest of the file is not read")
                    elif final and self.end == len(self.data):
                        final = False
                    if not final and self.end < len(self.data):
                        continue  # as much at once as there is room for
                    self._used = self.start
                    yield final
                    if final:
                        return
                    self._shift()
                    if self.trouble:
                        return
        except OSError as error:
            self._stop(f"the file cannot be read: {error.strerror}")

    def _shift(self) -> None:
        left = self.end - self._used
        if self._used == self.start and left >= LONGEST:
            self._stop(f"one route of more than {LONGEST >> 20} MiB: the rest of the file is not read")
            return
        data = self.data
        if 2 * left > len(data):
            self.data = np.zeros(self.start + 2 * left, np.uint8)
            self.data[: self.start] = data[: self.start]
        self.data[self.start : self.start + left] = data[self._used : self.end].copy()
        self.before += self._used - self.start
        self.end = self.start + left

    def _stop(self, reason: str) -> None:
        self.trouble.append(Reject(f"byte {self.place(self.end)}", reason))
