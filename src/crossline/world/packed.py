"""Bytes of files that may be compressed: gzip (RFC 1952, several members too), bzip2, xz, or plain; tar archives too.

Files come from strangers. What comes out is bounded in size and in its ratio to what went in; a file that ends
early, or that is corrupt further on, still gives what came before, with a reject that says where it stopped.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
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
_XZ: Final = b"\xfd7zXZ\x00"
_XZ_MEMORY: Final = 256 << 20  # bytes that an xz stream may ask for
_FORMS: Final = {_GZIP: "gzip", _BZIP2: "bzip2", _XZ: "xz"}
_DAMAGED: Final = (zlib.error, lzma.LZMAError, OSError, EOFError)
MEMBERS_MOST: Final = 100_000  # of a tar archive


class Unreadable(ValueError):  # noqa: N818 - it reads as what it says
    """The file cannot be used at all; the message says why."""


class _Stream(Protocol):
    """What the decompressors of zlib, bz2 and lzma have in common, as far as it is used here."""

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
        if head.startswith(_XZ):
            return lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY).decompress(head, OPENING)
    except _DAMAGED:
        return b""
    return head[:OPENING]


def content(path: Path, *, bytes_in: int = BYTES_IN, bytes_out: int = BYTES_OUT) -> Content:
    """Return what the file holds, decompressed; raises Unreadable if it is too large or gives nothing."""
    size = path.stat().st_size
    if size > bytes_in:
        raise Unreadable(f"the file has {size:,} bytes; the limit is {bytes_in:,}")
    packed = path.read_bytes()
    form = next((form for mark, form in _FORMS.items() if packed.startswith(mark)), None)
    return _unpack(packed, form, bytes_out) if form else Content(packed)


def _stream(form: str) -> _Stream:
    if form == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)
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
            rest = pending or packed[place : place + 6]
            if not rest.startswith(tuple(_FORMS)):
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
        except _DAMAGED:
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
    """Input that zlib has not taken yet because the output limit was reached (bz2 and lzma keep their own)."""
    left: bytes = getattr(stream, "unconsumed_tail", b"")
    return left


def _waits(stream: _Stream) -> bool:
    """Whether bz2 or lzma still has output to give for the input it holds."""
    return not getattr(stream, "needs_input", True)


@dataclass(frozen=True)
class Member:
    """A plain file of an archive: its name as it stands there, its bytes, and its stamp in seconds since 1970."""

    name: str
    data: bytes
    stamp: float


def members(data: bytes, *, most: int = MEMBERS_MOST) -> Iterator[Member | Reject]:
    """Yield the plain files of a tar archive, and rejects; nothing is written anywhere.

    Links, devices and sparse files are passed over, whatever they point to, and are one reject at the end, with their
    count; names are given as they stand, and are never opened. A file that the archive's end cuts off is a reject, and
    so is what follows ``most`` members.
    """
    seen = others = 0
    first = ""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                seen += 1
                if seen > most:
                    yield Reject(f"member {seen}", f"the archive has more than {most:,} members; the rest was not read")
                    return
                if not member.isreg() or member.issparse():
                    if not member.isdir():
                        first, others = first or member.name[:200], others + 1
                    continue
                held = data[member.offset_data : member.offset_data + member.size]
                if len(held) < member.size:
                    yield Reject(member.name[:200], "the archive ends within this file")
                    return
                yield Member(member.name, held, float(member.mtime))
    # A hostile header makes the library raise more than its own error.
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError, KeyError) as error:
        yield Reject(f"member {seen + 1}", f"the tar archive is damaged: {str(error)[:120]}")
    if others:
        yield Reject(first, "links, devices and sparse files in an archive are not read", others)
