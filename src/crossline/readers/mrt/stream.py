"""The bytes of a file, decompressed in a thread of their own while others are parsed.

Whatever ends the bytes before their time (damage, an early end, a limit) is told in :attr:`Stream.trouble`; what
was decompressed before it has been yielded.
"""

from __future__ import annotations

import bz2
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Final

from crossline.readers.mrt.claims import BZIP2, GZIP
from crossline.tables import Limits, Reject

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

PIECE: Final = 1 << 20  # bytes of content, at most, that are yielded at a time
_INPUT: Final = 128 << 10  # bytes of the file that a decompressor is given at a time
_AHEAD: Final = 6  # pieces that are made before they are asked for
_RATIO_FROM: Final = 64 << 20  # small files may compress as well as they like


class Stream:
    """The content of the file at ``path`` in pieces of at most :data:`PIECE` bytes (:meth:`pieces`).

    ``form`` is ``plain``, ``gzip`` or ``bzip2``, by the first bytes of the file, whatever its name.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.trouble: list[Reject] = []
        self.form = "plain"
        self._path = path
        self._limits = limits
        self._taken = 0  # bytes of the file that were used
        self._given = 0  # bytes of content that were yielded

    def pieces(self) -> Generator[bytes]:
        """Yield the pieces; the thread that makes them ends with this iterator."""
        pieces = self._bounded()
        with ThreadPoolExecutor(1) as pool:
            ahead = deque(pool.submit(next, pieces, None) for _ in range(_AHEAD))
            try:
                while (piece := ahead.popleft().result()) is not None:
                    ahead.append(pool.submit(next, pieces, None))
                    yield piece
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _stop(self, reason: str) -> None:
        self.trouble.append(Reject(f"byte {self._given}", reason))

    def _bounded(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                head = file.read(len(BZIP2))
                file.seek(0)
                if head.startswith(GZIP):
                    self.form = "gzip"
                    pieces = self._gzip(file)
                elif head.startswith(BZIP2):
                    self.form = "bzip2"
                    pieces = self._bzip2(file)
                else:
                    pieces = self._plain(file)
                for piece in pieces:
                    kept = piece[: max(0, self._limits.bytes_out - self._given)]
                    self._given += len(kept)
                    if kept:
                        yield kept
                    if len(kept) < len(piece):
                        self._stop(f"the content goes on; limit bytes_out of {self._limits.bytes_out:,} bytes")
                        return
                    if self._given > _RATIO_FROM and self._given > self._limits.ratio * self._taken:
                        self._stop(
                            f"{self._given:,} bytes came of {self._taken:,}; "
                            f"limit ratio of {self._limits.ratio:,} to one; the rest is not read"
                        )
                        return
        except OSError as error:
            self._stop(f"the file cannot be read: {error.strerror or error}")

    def _input(self, file: BinaryIO, size: int) -> bytes:
        """Return the next bytes of the file: none at its end, and none past the limit."""
        room = self._limits.bytes_in - file.tell()
        if room <= 0:
            if file.read(1):
                self._stop(f"the file goes on; limit bytes_in of {self._limits.bytes_in:,} bytes")
            return b""
        return file.read(min(size, room))

    def _plain(self, file: BinaryIO) -> Iterator[bytes]:
        while data := self._input(file, PIECE):
            self._taken += len(data)
            yield data

    def _gzip(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the content of all members, one after the other (RFC 1952, 2.2)."""
        member = zlib.decompressobj(wbits=31)
        begun, first = False, True
        while data := self._input(file, _INPUT):
            while data:
                if not begun and not first and not data.strip(b"\0"):
                    break  # padding after the last member, which RFC 1952 does not forbid
                begun = True
                before = member.copy()
                try:
                    piece = member.decompress(data, PIECE)
                except zlib.error as error:
                    yield from _salvage(before, data)
                    where = f"at or before byte {file.tell():,} of the file"
                    self._stop(f"what follows is no gzip, or damaged ({error}), {where}; the rest is not read")
                    return
                self._taken = file.tell() - len(member.unconsumed_tail) - len(member.unused_data)
                yield piece
                if member.eof:
                    data, member = member.unused_data, zlib.decompressobj(wbits=31)
                    begun = first = False
                else:
                    data = member.unconsumed_tail
        if begun and not self.trouble:
            yield member.flush()
            self._stop(f"the gzip data ends early, after byte {file.tell():,} of the file")

    def _bzip2(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield the content of all streams, one after the other."""
        member = bz2.BZ2Decompressor()
        begun, first = False, True
        while data := self._input(file, _INPUT):
            while data or not member.needs_input:
                if not begun and not first and not data.strip(b"\0"):
                    break
                begun = True
                try:
                    piece = member.decompress(data, PIECE >> 3)  # little is lost when the next call fails
                except (OSError, ValueError) as error:
                    where = f"at or before byte {file.tell():,} of the file"
                    self._stop(f"what follows is no bzip2, or damaged ({error}), {where}; the rest is not read")
                    return
                self._taken = file.tell() - len(member.unused_data)
                yield piece
                data = b""
                if member.eof:
                    data, member = member.unused_data, bz2.BZ2Decompressor()
                    begun = first = False
                    if not data:
                        break
        if begun and not self.trouble:
            self._stop(f"the bzip2 data ends early, after byte {file.tell():,} of the file")


def _salvage(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Yield what comes before the damage: a call that fails gives none of it, so take single bytes."""
    kept: list[bytes] = []
    size = 0
    try:
        for position in range(len(data)):
            rest = data[position : position + 1]
            while rest:
                piece = member.decompress(rest, PIECE)
                rest = member.unconsumed_tail
                kept.append(piece)
                size += len(piece)
                if size >= PIECE >> 1:
                    yield b"".join(kept)
                    kept, size = [], 0
    except zlib.error:
        pass
    yield b"".join(kept)
