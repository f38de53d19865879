"""The bytes of a file, decompressed in pieces: plain, gzip, bzip2 or xz, by its first bytes, whatever its name.

Whatever ends the bytes before their time (damage, an early end, a limit) is told in :attr:`Content.trouble`; what was
decompressed before it has been yielded.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from crossline.tables import Limits, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PIECE: Final = 1 << 20  # bytes of content, at most, that are yielded at a time
_INPUT: Final = 128 << 10  # bytes of the file that a decompressor is given at a time
_RATIO_FROM: Final = 64 << 20  # small files may compress as well as they like
_BLOCK: Final = 2 << 20  # of bzip2 says nothing before it is whole: 900 kB, and more where it does not compress
_MEMORY: Final = 256 << 20  # bytes that xz may ask for
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"


class _Gzip:
    """A member of a gzip file (RFC 1952), with the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, limit: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, limit)


def _decompressor(head: bytes) -> tuple[str, Callable[[], Any]] | None:
    if head.startswith(_GZIP):
        return "gzip", _Gzip
    if head.startswith(_BZIP2):
        return "bzip2", bz2.BZ2Decompressor
    if head.startswith(_XZ):
        return "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    return None


def start(path: Path, head: bytes, size: int = 65536) -> bytes:
    """Return the first ``size`` bytes, at most, of the content of the file that begins with ``head``."""
    found = _decompressor(head)
    if found is None:
        return head[:size]
    try:
        member = found[1]()
        got: bytes = member.decompress(head, size)
        if not got and not member.eof and found[0] == "bzip2":
            with path.open("rb") as file:
                file.seek(len(head))
                got = member.decompress(file.read(_BLOCK), size)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError):
        return b""
    return got


class Content:
    """The content of the file at ``path``, in pieces (:meth:`pieces`)."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.trouble: list[Reject] = []
        self._path = path
        self._limits = limits
        self._given = 0

    def _stop(self, reason: str) -> None:
        self.trouble.append(Reject(f"byte {self._given}", reason))

    def pieces(self) -> Iterator[bytes]:
        """Yield pieces of at most :data:`PIECE` bytes."""
        limits = self._limits
        try:
            with self._path.open("rb") as file:
                head = file.read(len(_XZ))
                file.seek(0)
                found = _decompressor(head)
                for piece in self._members(file, *found) if found else self._input(file, PIECE):
                    kept = piece[: max(0, limits.bytes_out - self._given)]
                    self._given += len(kept)
                    if kept:
                        yield kept
                    if len(kept) < len(piece):
                        self._stop(f"the content goes on; limit bytes_out of {limits.bytes_out:,} bytes")
                        return
                    if self._given > _RATIO_FROM and self._given > limits.ratio * file.tell():
                        self._stop(
                            f"{self._given:,} bytes came of {file.tell():,}; limit ratio of {limits.ratio:,} to one; "
                            "the rest is not read"
                        )
                        return
        except OSError as error:
            self._stop(f"the file cannot be read: {error.strerror or error}")

    def _input(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Yield the bytes of the file: none past the limit."""
        while room := self._limits.bytes_in - file.tell():
            data = file.read(min(size, room))
            if not data:
                return
            yield data
        if file.read(1):
            self._stop(f"the file goes on; limit bytes_in of {self._limits.bytes_in:,} bytes")

    def _members(self, file: BinaryIO, form: str, make: Callable[[], Any]) -> Iterator[bytes]:
        """Yield the content of all members, or streams, one after the other."""
        member = make()
        begun, first = False, True
        for read in self._input(file, _INPUT):
            data = read
            while data or (begun and not member.needs_input):
                if not begun and not first and not data.strip(b"\0"):
                    break  # padding after the last member
                begun = True
                try:
                    piece = member.decompress(data, PIECE)
                except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError) as error:
                    where = f"at or before byte {file.tell():,} of the file"
                    self._stop(f"what follows is no {form}, or damaged ({error}), {where}; the rest is not read")
                    return
                yield piece
                data = b""
                if member.eof:
                    data, member = member.unused_data, make()
                    begun = first = False
        if begun and not self.trouble:
            self._stop(f"the {form} data ends early, after byte {file.tell():,} of the file")
