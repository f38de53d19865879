"""Texts of an Android App Bundle's ``resources.pb``: a ``ResourceTable`` of aapt2 as a protocol buffer.

The definition is Resources.proto of aapt2 (https://android.googlesource.com/platform/frameworks/base, tools/aapt2). The
table may have a text for each of eighty languages, so it is walked in machine code, by what field leads where.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917
# A kernel: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from crossline.compiled import Array, inner, kernel, signed
from crossline.packages import octets

PLACE: Final = "resources.pb"  # in a module
TEXTS_MOST: Final = 4 << 20
TEXT_MOST: Final = 1000  # bytes of one that is given back
_DEPTH: Final = 16

(
    _TABLE,
    _PACKAGE,
    _TYPE,
    _ENTRY,
    _CONFIGURED,
    _VALUE,
    _ITEM,
    _COMPOUND,
    _STRING,
    _ARRAY,
    _PLURAL,
    _ELEMENT,
    _COUNTED,
) = range(13)
_NUMBERED, _TEXT = 13, 14  # the message holds the number of what it stands in; the field is a text
_STATES, _FIELDS = 13, 16


def _ways() -> Array:
    """Return, of each message and field, what the field leads to; -1 for nothing that is wanted."""
    ways = np.full((_STATES, _FIELDS), -1, np.int64)
    ways[_TABLE, 2] = _PACKAGE
    ways[_PACKAGE, 3], ways[_TYPE, 3], ways[_ENTRY, 6] = _TYPE, _ENTRY, _CONFIGURED
    ways[[_PACKAGE, _TYPE, _ENTRY], 1] = _NUMBERED
    ways[_CONFIGURED, 2], ways[_VALUE, 4], ways[_VALUE, 5] = _VALUE, _ITEM, _COMPOUND
    ways[_ITEM, 2], ways[_ITEM, 3], ways[_ITEM, 4] = _STRING, _STRING, _STRING  # str, raw_str, styled_str
    ways[_STRING, 1] = _TEXT
    ways[_COMPOUND, 4], ways[_COMPOUND, 5] = _ARRAY, _PLURAL
    ways[_ARRAY, 1], ways[_PLURAL, 1] = _ELEMENT, _COUNTED
    ways[_ELEMENT, 3], ways[_COUNTED, 4] = _ITEM, _ITEM
    return ways


_WAYS: Final = _ways()


@dataclass(frozen=True)
class Texts:
    """Where each text begins and ends in the table, the number of its resource, and where reading ended, if early."""

    data: bytes | bytearray
    rows: Array  # first, last, number
    stopped: int | None

    def text(self, number: int) -> str | None:
        """Return the first text of a resource."""
        at = np.flatnonzero(self.rows[:, 2] == number)
        if not len(at):
            return None
        first, last, _ = self.rows[at[0]].tolist()
        return bytes(self.data[first : min(last, first + TEXT_MOST)]).decode("utf-8", "replace")

    def laid_out(self) -> tuple[bytes, Array]:
        """Return the texts, each with a zero behind it, and where each begins."""
        sizes = self.rows[:, 1] - self.rows[:, 0] + 1
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        out = np.zeros(int(starts[-1]), np.uint8)
        _copy(octets.view(self.data), self.rows, out)
        return out.tobytes(), starts[:-1]


@inner
def _varint(data: Array, at: int, end: int, out: Array) -> int:
    """Write a number, and return where it ends, or -1; more than 62 bits come to no size that fits."""
    value = 0
    for place in range(10):
        if at + place >= end:
            return -1
        byte = signed(data[at + place])
        if place < 9:
            value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            out[0] = value if value >= 0 else 1 << 62
            return at + place + 1
    return -1


@kernel
def _walk(
    data: Array, ways: Array, rows: Array, ends: Array, states: Array, ids: Array, number: Array
) -> tuple[int, int]:
    """Write first byte, last byte and resource of each text; return how many there are, and where reading ended."""
    depth = count = at = 0
    ends[0], states[0] = len(data), _TABLE
    while count < len(rows):
        while depth > 0 and at == ends[depth]:
            depth -= 1
        end = ends[depth]
        if at >= end:
            return count, at
        next_ = _varint(data, at, end, number)
        if next_ < 0:
            return count, at
        field, kind = number[0] >> 3, number[0] & 7
        if kind == 0:
            next_ = _varint(data, next_, end, number)
            if next_ < 0:
                return count, at
            if states[depth] == _NUMBERED and field == 1:
                # 0xPPTTEEEE: package, type, entry
                ids[states[depth - 1]] = number[0]
            at = next_
            continue
        size = 8 if kind == 1 else 4
        if kind == 2:
            next_ = _varint(data, next_, end, number)
            size = number[0]
        if next_ < 0 or kind not in (1, 2, 5) or size > end - next_:
            return count, at
        way = -1
        if kind == 2 and states[depth] < _STATES and field < _FIELDS:
            way = ways[states[depth], field]
        if way == _TEXT:
            rows[count, 0], rows[count, 1] = next_, next_ + size
            rows[count, 2] = ids[_PACKAGE] << 24 | ids[_TYPE] << 16 | ids[_ENTRY]
            count += 1
        if way < 0 or way == _TEXT or depth + 1 == len(ends):
            at = next_ + size
            continue
        if way == _NUMBERED:
            ids[states[depth]] = 0
        depth += 1
        ends[depth], states[depth] = next_ + size, way
        at = next_
    return count, at


@kernel
def _copy(data: Array, rows: Array, out: Array) -> None:
    to = 0
    for row in rows:
        for place in range(row[0], row[1]):
            out[to] = data[place] or 0x1A
            to += 1
        to += 1


def read(data: bytes | bytearray) -> Texts:
    """Return the texts of a table; what stands behind a place that is none is left out."""
    view = octets.view(data)
    room = min(TEXTS_MOST, 1 + len(view) // 8)  # a text lies at least that many bytes from the next
    rows = np.zeros((room, 3), np.int64)
    stacks = np.zeros((2, _DEPTH), np.int64)
    ids = np.zeros(_STATES, np.int64)
    count, at = _walk(view, _WAYS, rows, stacks[0], stacks[1], ids, np.zeros(1, np.int64))
    return Texts(data, rows[:count].copy(), None if at == len(view) else at)
