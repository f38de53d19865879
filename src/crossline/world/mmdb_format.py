"""MaxMind DB files, as the MaxMind DB File Format Specification 2.0 describes them.

https://maxmind.github.io/MaxMind-DB/ - a binary search tree over address bits, whose leaves point into a section of
data. The tree is walked by compiled code and each distinct datum decoded once. A file is a stranger's: every node is
visited once at most, so that neither a loop nor a shared subtree can make the walk long, and decoding has limits on
depth and on the number of values.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import njit

from crossline.world.packed import Unreadable

if TYPE_CHECKING:
    import numpy.typing as npt

    U8 = npt.NDArray[np.uint8]
    U32 = npt.NDArray[np.uint32]
    U64 = npt.NDArray[np.uint64]
    I64 = npt.NDArray[np.int64]

MARKER: Final = b"\xab\xcd\xefMaxMind.com"
_MARKER_WITHIN: Final = 128 << 10  # "the last 128 KiB", section "Database Metadata"
_SEPARATOR: Final = 16  # bytes of zero between the tree and the data
_DEPTH_MOST: Final = 16
_VALUES_MOST: Final = 4096  # of one datum; a GeoIP2 city, the largest in use, has about 300
_NODES_MOST: Final = 1 << 27


@dataclass(frozen=True)
class Leaves:
    """Prefixes and where their data lie: address bits (high, low), prefix length, offset into the data section."""

    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    length: npt.NDArray[np.uint8]
    offset: npt.NDArray[np.int64]
    again: int  # subtrees that were reached a second time, and not walked again
    astray: int  # records that point outside the data, or nodes deeper than an address has bits


@dataclass(frozen=True)
class Database:
    """An open file: its metadata, and where its parts lie."""

    raw: bytes
    metadata: dict[str, Any]
    node_count: int
    record_size: int
    bits: int  # of an address: 32 or 128
    data: int  # offset of the data section
    end: int  # offset of the metadata marker

    def leaves(self) -> Leaves:
        """Walk the tree. IPv4 addresses of a tree for both families lie in ``::/96``."""
        left, right = _records(self.raw, self.node_count, self.record_size)
        size = self.node_count + 1
        high, low = np.empty(size, np.uint64), np.empty(size, np.uint64)
        length, offset = np.empty(size, np.uint8), np.empty(size, np.int64)
        counts = np.zeros(3, np.int64)
        _walk(left, right, self.bits, self.end - self.data, high, low, length, offset, counts)
        found = int(counts[0])
        return Leaves(high[:found], low[:found], length[:found], offset[:found], int(counts[1]), int(counts[2]))

    def datum(self, offset: int) -> Any:  # noqa: ANN401 - whatever the file holds
        """Decode the datum at that offset of the data section; raises ValueError with a reason."""
        return Decoder(self.raw, self.data, self.end).decode(offset)


def open_database(raw: bytes) -> Database:
    """Read the metadata; raises Unreadable with a reason."""
    mark = raw.rfind(MARKER, max(0, len(raw) - _MARKER_WITHIN))
    if mark < 0:
        raise Unreadable("no MaxMind DB metadata in the last 128 KiB: the file is cut short, or of another format")
    try:
        metadata = Decoder(raw, mark + len(MARKER), len(raw)).decode(0)
    except ValueError as error:
        raise Unreadable(f"the metadata cannot be decoded: {error}") from error
    if not isinstance(metadata, dict):
        raise Unreadable("the metadata is not a map")
    numbers = []
    for name in ("node_count", "record_size", "ip_version", "binary_format_major_version"):
        value = metadata.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unreadable(f"the metadata has no number {name}")
        numbers.append(value)
    nodes, record, version, major = numbers
    if major != 2:
        raise Unreadable(f"format version {major}; version 2 is understood")
    if record not in (24, 28, 32) or version not in (4, 6):
        raise Unreadable(f"records of {record} bits for IP version {version}; 24, 28 or 32 and 4 or 6 are understood")
    tree = nodes * record // 4
    if not 0 < nodes <= _NODES_MOST or tree + _SEPARATOR > mark:
        raise Unreadable(f"{nodes:,} nodes do not fit into the file")
    return Database(raw, metadata, nodes, record, 32 if version == 4 else 128, tree + _SEPARATOR, mark)


def _records(raw: bytes, nodes: int, size: int) -> tuple[U32, U32]:
    """Return the left and right record of each node (section "Node Layout")."""
    table: U32 = np.frombuffer(raw, np.uint8, nodes * size // 4).reshape(nodes, size // 4).astype(np.uint32)
    if size == 32:
        both = [table[:, at] << 24 | table[:, at + 1] << 16 | table[:, at + 2] << 8 | table[:, at + 3] for at in (0, 4)]
    elif size == 28:  # the middle byte holds the highest four bits of both
        middle = table[:, 3]
        both = [
            (middle >> 4) << 24 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2],
            (middle & 15) << 24 | table[:, 4] << 16 | table[:, 5] << 8 | table[:, 6],
        ]
    else:
        both = [table[:, at] << 16 | table[:, at + 1] << 8 | table[:, at + 2] for at in (0, 3)]
    return both[0].astype(np.uint32), both[1].astype(np.uint32)


@njit(cache=True, nogil=True)
def _walk(  # noqa: C901, PLR0913, PLR0917 - a kernel: arrays, not objects, and one loop
    left: U32, right: U32, bits: int, room: int, high: U64, low: U64, length: U8, offset: I64, counts: I64
) -> None:
    """Visit every node once, zero bits first, and write the leaves. counts: leaves, nodes met again, astray."""
    nodes = np.int64(len(left))
    seen = np.zeros(nodes, np.bool_)
    seen[0] = True
    # An entry for each open branch: node, depth, bits so far. There are never more open than twice the depth.
    stack = np.zeros((2 * bits + 2, 4), np.uint64)
    size = 1
    while size > 0:
        size -= 1
        node, depth = np.int64(stack[size, 0]), np.int64(stack[size, 1])
        upper, lower = stack[size, 2], stack[size, 3]
        for side in range(1, -1, -1):
            record = np.int64(right[node]) if side else np.int64(left[node])
            if record == nodes:  # nothing known
                continue
            one_high, one_low = upper, lower
            if side:
                place = bits - 1 - depth
                if place >= 64:
                    one_high |= np.uint64(1) << np.uint64(place - 64)
                else:
                    one_low |= np.uint64(1) << np.uint64(place)
            if record > nodes:
                where = record - nodes - 16
                if where < 0 or where >= room:
                    counts[2] += 1
                    continue
                if counts[0] == len(high):
                    counts[2] += 1
                    continue
                row = counts[0]
                high[row] = one_high
                low[row] = one_low
                length[row] = depth + 1
                offset[row] = where
                counts[0] += 1
            elif depth + 1 >= bits:
                counts[2] += 1
            elif seen[record]:
                counts[1] += 1
            else:
                seen[record] = True
                stack[size, 0] = record
                stack[size, 1] = depth + 1
                stack[size, 2] = one_high
                stack[size, 3] = one_low
                size += 1


class Decoder:
    """Decode data of one section; pointers are relative to ``start`` and nothing is read from ``end`` on."""

    def __init__(self, raw: bytes, start: int, end: int) -> None:
        self._raw, self._start, self._end = raw, start, end
        self._left = 0

    def decode(self, offset: int) -> Any:  # noqa: ANN401 - whatever the file holds
        """Return the value at that offset; raises ValueError with a reason."""
        self._left = _VALUES_MOST
        return self._value(self._start + offset, 0)[0]

    def _take(self, place: int, size: int) -> bytes:
        if place + size > self._end:
            raise ValueError("a value reaches beyond the end of its section")
        return self._raw[place : place + size]

    def _value(self, place: int, depth: int) -> tuple[Any, int]:
        """Return the value at a place of the file and the place after it (section "Data Field Format")."""
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"more than {_VALUES_MOST} values in one datum")
        if depth > _DEPTH_MOST:
            raise ValueError(f"values nested more than {_DEPTH_MOST} deep")
        control = self._take(place, 1)[0]
        place += 1
        kind = control >> 5
        if kind == 1:
            target, place = self._pointer(control, place)
            if self._take(target, 1)[0] >> 5 == 1:
                raise ValueError("a pointer to a pointer")
            return self._value(target, depth + 1)[0], place
        if kind == 0:
            kind = 7 + self._take(place, 1)[0]
            place += 1
        size = control & 31
        if size > 28:
            extra = size - 28
            size = (29, 285, 65821)[extra - 1] + int.from_bytes(self._take(place, extra), "big")
            place += extra
        return self._sized(kind, size, place, depth)

    def _sized(  # noqa: C901, PLR0911 - a case for each type of the format
        self, kind: int, size: int, place: int, depth: int
    ) -> tuple[Any, int]:
        if kind == 7:
            found: dict[str, Any] = {}
            for _ in range(size):
                key, place = self._value(place, depth + 1)
                if not isinstance(key, str):
                    raise ValueError("a key of a map that is not text")  # noqa: TRY004 - wrong data, not wrong use
                found[key], place = self._value(place, depth + 1)
            return found, place
        if kind == 11:
            items = []
            for _ in range(size):
                item, place = self._value(place, depth + 1)
                items.append(item)
            return items, place
        if kind == 14:
            return size != 0, place
        held = self._take(place, size)
        place += size
        if kind == 2:
            return held.decode("utf-8", "replace"), place
        if kind in (5, 6, 9, 10):
            return int.from_bytes(held, "big"), place
        if kind == 8:
            return int.from_bytes(held.rjust(4, b"\0"), "big", signed=True), place
        if kind == 4:
            return held, place
        if kind in (3, 15) and size == (8 if kind == 3 else 4):
            return struct.unpack(">d" if kind == 3 else ">f", held)[0], place
        raise ValueError(f"a value of type {kind} and size {size}")

    def _pointer(self, control: int, place: int) -> tuple[int, int]:
        """Return where a pointer leads (section "pointer - 1")."""
        size = control >> 3 & 3
        held = int.from_bytes(self._take(place, size + 1), "big")
        if size < 3:
            held += (control & 7) << 8 * (size + 1)
            held += (0, 2048, 526336)[size]
        target = self._start + held
        if target >= self._end:
            raise ValueError("a pointer beyond the end of its section")
        return target, place + size + 1
