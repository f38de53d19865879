"""Writes zip archives, for tests: with every field as one likes, also against the rules."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


@dataclass
class Entry:
    """An entry; what is None follows from the bytes."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    size: int | None = None
    packed: int | None = None
    raw: bytes | None = None  # as it lies in the archive
    local_name: bytes | None = None
    local_method: int | None = None
    local_place: int | None = None
    made_by: int = 0
    mode: int = 0
    extra: bytes = b""

    def bytes_in(self) -> bytes:
        """Return the bytes as they lie in the archive."""
        if self.raw is not None:
            return self.raw
        if self.method != 8:
            return self.data
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflater.compress(self.data) + deflater.flush()


def archive(entries: list[Entry], before: bytes = b"", after: bytes = b"", comment: bytes = b"") -> bytes:
    """Return an archive (APPNOTE.TXT 4.3)."""
    body, directory = b"", b""
    for entry in entries:
        raw = entry.bytes_in()
        size = len(entry.data) if entry.size is None else entry.size
        packed = len(raw) if entry.packed is None else entry.packed
        place = len(body) if entry.local_place is None else entry.local_place
        local_name = entry.name if entry.local_name is None else entry.local_name
        method = entry.method if entry.local_method is None else entry.local_method
        sums = (zlib.crc32(entry.data), packed, size)
        body += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, entry.flags, method, 0, 0, *sums, len(local_name), 0)
        body += local_name + raw
        directory += struct.pack(
            "<IBBHHHHHIIIHHHHHII", 0x02014B50, 20, entry.made_by, 20, entry.flags, entry.method, 0, 0, *sums,
            len(entry.name), len(entry.extra), 0, 0, 0, entry.mode << 16, place,
        )  # fmt: skip
        directory += entry.name + entry.extra
    count = len(entries)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(body), len(comment))
    return before + body + directory + end + comment + after
