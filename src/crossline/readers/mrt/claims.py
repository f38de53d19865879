"""Whether a file is MRT, from its first record's header; nothing here loads the compiler."""

from __future__ import annotations

import bz2
import zlib
from typing import TYPE_CHECKING, Final

from crossline.readers.mrt.layout import (
    EARLIEST,
    HEADER,
    MAX_RECORD,
    SUBTYPES,
)

if TYPE_CHECKING:
    from pathlib import Path

GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
# A block of bzip2 says nothing before it is whole: 900 kB, and somewhat more where it does not compress.
_BZIP2_BLOCK: Final = 1 << 20
_PREFIXES: Final = ("rib.", "bview.", "updates.")


def is_mrt(path: Path, head: bytes) -> bool:
    """Say whether ``head``, decompressed if it must be, begins with the header of a record that is read here.

    Where nothing can be seen of the content (an empty file, damaged compression) the file's name decides, so that
    it is reported as an MRT file that could not be read, and not passed over.
    """
    start = _start(path, head)
    if start is None or not start:
        name = path.name.lower().removesuffix(".gz").removesuffix(".bz2")
        return name.endswith(".mrt") or name.startswith(_PREFIXES)
    return _is_header(start)


def _is_header(start: bytes) -> bool:
    if len(start) < HEADER:
        return False
    time, kind, subtype, length = (
        int.from_bytes(start[first:last]) for first, last in ((0, 4), (4, 6), (6, 8), (8, HEADER))
    )
    return time >= EARLIEST and subtype in SUBTYPES.get(kind, ()) and 0 < length <= MAX_RECORD


def _start(path: Path, head: bytes) -> bytes | None:
    """Return the first bytes of the content, or None where they cannot be had."""
    try:
        if head.startswith(GZIP):
            return zlib.decompressobj(wbits=31).decompress(head, 64)
        if head.startswith(BZIP2):
            decompressor = bz2.BZ2Decompressor()
            start = decompressor.decompress(head, 64)
            if not start and not decompressor.eof:
                with path.open("rb") as file:
                    file.seek(len(head))
                    start = decompressor.decompress(file.read(_BZIP2_BLOCK), 64)
            return start
    except (zlib.error, OSError, EOFError, ValueError):
        return None
    return head
