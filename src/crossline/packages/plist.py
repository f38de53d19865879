"""Property lists, binary and XML, of strangers: as Python's plain values, with what may be spent on one bounded.

Python's ``plistlib`` expands a binary list whose objects refer to one another a million times until memory or time is
over, so the binary form is read here: each object that is reached counts, as often as it is reached. The format is that
of CFBinaryPList.c (https://opensource.apple.com/source/CF/CF-1153.18/CFBinaryPList.c): a table of offsets, and objects
that refer to each other by their numbers. XML goes through ``plistlib`` once it is known to declare no entities.
"""

from __future__ import annotations

import plistlib
import re
import struct
from typing import Any, Final

BYTES_MOST: Final = 8 << 20  # of a list; those of apps have some thousands
OBJECTS_MOST: Final = 200_000  # that are reached
TEXT_MOST: Final = 16 << 20  # bytes of texts and data that are reached
DEPTH_MOST: Final = 64

_MAGIC: Final = b"bplist0"
_TRAILER: Final = 32
_ENTITY: Final = re.compile(r"<!ENTITY", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):  # noqa: N818 - it ends one list, and is no error of the program
    """A property list that cannot be read: why."""


def read(data: bytes | bytearray) -> dict[str, Any]:
    """Return the dictionary at the top of a property list; raises :class:`Unreadable`.

    Dates and references of archived objects (UID) become null.
    """
    if len(data) > BYTES_MOST:
        raise Unreadable(f"a property list of {len(data):,} bytes; limit of {BYTES_MOST:,}")
    found = _Binary(bytes(data)).read() if data.startswith(_MAGIC) else _xml(bytes(data))
    if not isinstance(found, dict):
        raise Unreadable("a property list without a dictionary at its top")
    return found


def _xml(data: bytes) -> Any:  # noqa: ANN401 - whatever the list holds
    text = data.decode("utf-16" if data[:2] in _MARKS else "utf-8-sig", "replace")
    if _ENTITY.search(text):
        raise Unreadable("a property list that declares entities, which is not read")
    try:
        # What a declaration says of the encoding no longer holds.
        whole = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
        return plistlib.loads(whole, fmt=plistlib.FMT_XML)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - plistlib raises a dozen kinds on a list that is none
        said = " ".join(str(error).split())[:120]
        raise Unreadable(f"not whole as a property list: {said or type(error).__name__}") from None


class _Binary:
    """One binary list, while it is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.objects = OBJECTS_MOST
        self.text = TEXT_MOST

    def read(self) -> Any:  # noqa: ANN401 - whatever the list holds
        """Return the object at the top; raises Unreadable."""
        if len(self.data) < 8 + _TRAILER:
            raise Unreadable("a binary property list that is cut")
        width, self.reference, count, top, table = struct.unpack_from(">6xBBQQQ", self.data, len(self.data) - _TRAILER)
        end = len(self.data) - _TRAILER
        if not (1 <= width <= 8 and 1 <= self.reference <= 8 and table <= end and count <= (end - table) // width):
            raise Unreadable("a binary property list whose table of objects does not lie in it")
        self.width, self.table, self.count = width, table, count
        try:
            return self.value(top, 0)
        except (struct.error, IndexError, UnicodeDecodeError, RecursionError):
            raise Unreadable("a binary property list with an object that does not lie in it") from None

    def value(self, number: int, depth: int) -> Any:  # noqa: ANN401 - whatever the list holds
        """Return an object by its number."""
        self.objects -= 1
        if depth > DEPTH_MOST or self.objects < 0:
            raise Unreadable(
                f"a property list nested more than {DEPTH_MOST} deep, or of more than {OBJECTS_MOST:,} values"
            )
        if number >= self.count:
            raise Unreadable("a binary property list that refers to an object that is not there")
        at = self.number(self.table + number * self.width, self.width)
        mark = self.data[at]
        kind, low = mark >> 4, mark & 15
        if kind == 0:
            return {8: False, 9: True}.get(low)
        if kind == 1:
            return self.integer(at + 1, 1 << low)
        if kind == 2:
            size = 1 << low
            return (
                struct.unpack_from({4: ">f", 8: ">d"}.get(size, ">0s"), self.data, at + 1)[0]
                if size in (4, 8)
                else None
            )
        if kind in (3, 8):
            return None
        if low == 15:
            size = 1 << (self.data[at + 1] & 15)
            low = self.integer(at + 2, size)
            at += 1 + size
        return self.group(kind, at + 1, low, depth)

    def group(self, kind: int, at: int, count: int, depth: int) -> Any:  # noqa: ANN401 - whatever the list holds
        """Return what has a length: data, texts, arrays, dictionaries."""
        if kind in (4, 5, 6):
            size = count * (2 if kind == 6 else 1)
            self.text -= size
            if count < 0 or at + size > len(self.data) or self.text < 0:
                raise Unreadable("a binary property list with a text that does not lie in it, or too many")
            held = self.data[at : at + size]
            return held if kind == 4 else held.decode("ascii" if kind == 5 else "utf-16-be", "replace")
        if kind not in (0xA, 0xC, 0xD):
            raise Unreadable("a binary property list with an object of no known kind")
        parts = count * (2 if kind == 0xD else 1)
        if count < 0 or parts > self.objects or at + parts * self.reference > len(self.data):
            raise Unreadable("a binary property list with a list that does not lie in it, or of too many values")
        if kind != 0xD:
            return [self.value(self.number(at + n * self.reference, self.reference), depth + 1) for n in range(count)]
        made: dict[str, Any] = {}
        for n in range(count):
            key = self.value(self.number(at + n * self.reference, self.reference), depth + 1)
            held = self.value(self.number(at + (count + n) * self.reference, self.reference), depth + 1)
            if isinstance(key, str):
                made.setdefault(key, held)
        return made

    def number(self, at: int, width: int) -> int:
        """Return a number without a sign."""
        if at + width > len(self.data):
            raise Unreadable("a binary property list with a number that does not lie in it")
        return int.from_bytes(self.data[at : at + width], "big")

    def integer(self, at: int, width: int) -> int:
        """Return a number of 1, 2 or 4 bytes, which has no sign, or of 8 or 16, which has."""
        if width > 16 or at + width > len(self.data):
            raise Unreadable("a binary property list with a number that does not lie in it")
        return int.from_bytes(self.data[at : at + width], "big", signed=width >= 8)
