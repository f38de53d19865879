"""What the first bytes of an archive tell of it: enough to claim a file, and quick to load."""

from __future__ import annotations

import struct
from typing import Final

MAGIC: Final = b"PK\x03\x04"
_ENTRIES: Final = 64  # that are looked at
_LOCAL: Final = 30  # bytes of a local header without its name (APPNOTE.TXT, 4.3.7)


def first_names(head: bytes) -> list[str]:
    """Return the names of the first entries, by local headers from the file's first byte on."""
    found: list[str] = []
    at = 0
    while head.startswith(MAGIC, at) and at + _LOCAL <= len(head) and len(found) < _ENTRIES:
        packed, _, name, extra = struct.unpack_from("<IIHH", head, at + 18)
        found.append(head[at + _LOCAL : at + _LOCAL + name].decode("utf-8", "replace"))
        behind = at + _LOCAL + name + extra
        # Bit 3: the size stands behind the bytes (4.4.4), so the next header is looked for.
        at = head.find(MAGIC, behind) if head[at + 6] & 8 and not packed else behind + packed
        if at < 0:
            break
    return found
