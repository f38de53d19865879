"""Bytes of files that may be compressed: gzip (RFC 1952, several members too), bzip2, or plain.

Files come from strangers. What comes out is bounded in size and in its ratio to what went in; a file that ends
early, or that is corrupt further on, still gives what came before, with a reject that says where it stopped.
"""

from __future__ import annotations

import bz2
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from crossline.tables import Reject

if TYPE_CHECKING:
    from pathlib import Path

BYTES_IN: Final = 2 << 30
BYTES_OUT: Final = 4 << 30
BYTES_OF_LINES: Final = 64 << 20  # of registries that are read as one text: they have some megabytes
RATIO: Final = 1000  # decompressed bytes for each compressed byte, once past RATIO_FROM
RATIO_FROM: Final = 64 << 20
OPENING: Final = 1 << 16  # bytes of the content that a source may look at before it claims a file
_STEP: Final = 1 << 20
_BZIP2_BLOCK: Final = 1 << 20  # more than a block of 900,000 bytes can take

_GZIP: Final = b"\x1f\x8b"
_BZIP2: Final = b"BZh"


class Unreadable(ValueError):  # noqa: N818 - it reads as what it says
    """The file cannot be used at all; the message says why."""


class _Stream(Protocol):
    """What the decompressors of zlib and bz2 have in common, as far as it is used here."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Content:
    """The bytes of a file after decompression, and why there are not more, if something was cut off."""

    data: bytes
    cut: Reject | None = None


def text(data: bytes) -> str:
    """Decode text: UTF-8, or else ISO 8859-1, as the registries' older databases are written."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def opening(path: Path, head: bytes, size: int = OPENING) -> bytes:
    """Return up to ``size`` bytes of what the file holds, decompressed; empty if they make no sense.

    ``head`` are the first bytes of the file. A bzip2 block gives nothing until all of it is there, so there more of
    the file is read.
    """
    return _opening(path, head)[:size]


@lru_cache(maxsize=8)
def _opening(path: Path, head: bytes) -> bytes:
    try:
        if head.startswith(_GZIP):
            return zlib.decompressobj(31).decompress(head, OPENING)
        if head.startswith(_BZIP2):
            with path.open("rb") as file:
                return bz2.BZ2Decompressor().decompress(file.read(_BZIP2_BLOCK), OPENING)
    except (zlib.error, OSError):
        return b""
    return head[:OPENING]


def content(path: Path, *, bytes_in: int = BYTES_IN, bytes_out: int = BYTES_OUT) -> Content:
    """Return what the file holds, decompressed; raises Unreadable if it is too large or gives nothing."""
    size = path.stat().st_size
    if size > bytes_in:
        raise Unreadable(f"the file has {size:,} bytes; the limit is {bytes_in:,}")
    packed = path.read_bytes()
    if packed.startswith(_GZIP):
        return _unpack(packed, "gzip", bytes_out)
    if packed.startswith(_BZIP2):
        return _unpack(packed, "bzip2", bytes_out)
    return Content(packed)


def _stream(form: str) -> _Stream:
    return zlib.decompressobj(31) if form == "gzip" else bz2.BZ2Decompressor()


def _unpack(packed: bytes, form: str, bytes_out: int) -> Content:  # noqa: C901 - one loop over members and steps
    """Decompress in steps, so that a bomb is noticed before it has gone off."""
    out = bytearray()
    stream = _stream(form)
    place = 0
    pending = b""
    reason: str | None = None
    while reason is None:
        if stream.eof:
            pending = stream.unused_data + pending
            rest = pending or packed[place : place + 4]
            if not rest.startswith((_GZIP, _BZIP2)):
                if rest.strip(b"\0"):
                    reason = f"bytes that are not {form} follow the end"
                break
            stream = _stream(form)
        if not pending and not _waits(stream):
            pending = packed[place : place + _STEP]
            place += len(pending)
        try:
            step = stream.decompress(pending, _STEP * 8)
            if not step and not pending and not stream.eof:
                reason = f"the {form} stream ends early"
            out += step
            pending = _left(stream)
        except (zlib.error, OSError, EOFError):
            reason = f"the {form} stream is corrupt"
        if len(out) > bytes_out:
            reason = f"the content is larger than {bytes_out:,} bytes (limit on decompressed size)"
        elif len(out) > RATIO_FROM and len(out) > RATIO * place:
            reason = f"the content is more than {RATIO} times as large as the file (limit on compression ratio)"
    if not out and reason:
        raise Unreadable(reason)
    cut = Reject(f"byte {len(out)} of the decompressed content", f"{reason}; what came before it was read")
    return Content(bytes(out), cut if reason else None)


def _left(stream: _Stream) -> bytes:
    """Input that zlib has not taken yet because the output limit was reached (bz2 keeps its own)."""
    left: bytes = getattr(stream, "unconsumed_tail", b"")
    return left


def _waits(stream: _Stream) -> bool:
    """Whether bz2 still has output to give for the input it holds."""
    return not getattr(stream, "needs_input", True)
