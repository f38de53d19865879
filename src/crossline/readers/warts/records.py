"""Records of warts into a book.

The format is that of scamper's own reader and writer (warts(5); fields up to those of version 20211212). A record has
a header: magic 0x1205, type, length. A measurement's optional fields are announced by flags, seven a byte, and stand
in the order of the flags behind the length of them all, so that fields that are not known are stepped over.

Addresses stand within a record; a second time within it, as a number among those of the record. Before 2009 they
stood in records of their own, numbered from 1 throughout the file.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917, PLR1714
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.compiled import Array, inner, kernel, signed
from crossline.traces import book as books
from crossline.traces import outcome, scamper
from crossline.traces.driving import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject
    from crossline.traces.book import Book

_MAGIC: Final = 0x1205
_HEADER: Final = 8
_LIST, _CYCLE_START, _CYCLE_DEF, _CYCLE_STOP, _ADDRESS, _TRACE = range(1, 7)
_ALL_ATTEMPTS: Final = 1  # of a trace's flags

(_CUT, _NO_RECORD, _DAMAGED, _NO_ADDRESS, _NO_TARGET, _NO_HOP, _TOO_MANY, _BAD_NUMBER, _OTHER) = range(1, 10)
REASONS: Final = (
    "",
    "the file ends within a record",
    "no header of a record of warts; the rest of the file is not read",
    "a trace whose fields do not fit into its record",
    "an address is of no version of IP, or is not defined before it is used",
    "a trace without a destination",
    "a hop without a TTL",
    "more than 4,096 pairs of hop and address",
    "an address whose number is not the next one; those after it cannot be told",
    "not a traceroute, but another type of measurement; not read",
)

# Where what a kernel needs of a record stands in `cell`: from place to end, and what was found.
(_PLACE, _END, _NEXT, _SOURCE, _TO, _BEGAN, _FLAGS, _ATTEMPTS, _FIRST, _COUNT, _SENT, _LATEST, _SEVERAL, _CELLS) = (
    range(14)
)
# Of the addresses that stand in records of their own.
_KNOWN, _LOST, _STATE = range(3)
_WRONG, _ABSENT = -2, -1

# Bytes of the fields of a trace and of a hop in the order of their flags; 0 for an address, -1 for a text, -2 for
# bytes with their length before them.
_TRACE_FIELDS = np.array(
    [4, 4, 4, 4, 8, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 0, 0, 4, 2, 0, 1, 4], np.int64
)
_HOP_FIELDS = np.array([4, 1, 1, 1, 1, 4, 2, 2, 2, 2, 1, 2, 2, 1, 1, 1, -2, 0, 8, -1], np.int64)


@inner
def _number(data: Array, place: int, size: int) -> int:
    value = 0
    for byte in range(place, place + size):
        value = value << 8 | signed(data[byte])
    return value


@inner
def _ip(data: Array, place: int, kind: int, size: int, kept: Book) -> int:
    """Return the number of the address of ``size`` bytes, of type 1 (IPv4) or 2 (IPv6), or that it is none."""
    if kind == 1 and size == 4:
        return books.address(kept, 4, np.uint64(0), np.uint64(_number(data, place, 4)))
    if kind == 2 and size == 16:
        high, low = np.uint64(_number(data, place, 8)), np.uint64(_number(data, place + 8, 8))
        if high == 0 and low >> np.uint64(32) == np.uint64(0xFFFF):  # RFC 4291, 2.5.5.2
            return books.address(kept, 4, np.uint64(0), low & np.uint64(0xFFFFFFFF))
        return books.address(kept, 6, high, low)
    return _WRONG


@inner
def _address(data: Array, place: int, end: int, table: Array, cell: Array, kept: Book) -> tuple[int, int]:
    """Read an address within a record; return its number (or that it is none), and where it ends, or -1."""
    if place >= end:
        return _WRONG, -1
    size = signed(data[place])
    if size == 0:
        if place + 5 > end:
            return _WRONG, -1
        row = _number(data, place + 1, 4)
        return (table[row] if row < cell[_NEXT] else _WRONG), place + 5
    if place + 2 + size > end:
        return _WRONG, -1
    who = _ip(data, place + 2, signed(data[place + 1]), size, kept)
    table[cell[_NEXT]] = who
    cell[_NEXT] += 1
    return who, place + 2 + size


@inner
def _fields(data: Array, place: int, end: int) -> tuple[int, int, int]:
    """Read flags; return them as bits, where the fields begin, and where they end, or -1 if they do not fit."""
    bits = 0
    first = place
    while True:
        if place >= end:
            return 0, place, -1
        byte = signed(data[place])
        if place - first < 9:
            bits |= (byte & 0x7F) << 7 * (place - first)
        place += 1
        if byte < 0x80:
            break
    if place == first + 1 and bits == 0:
        return 0, place, place
    if place + 2 > end:
        return 0, place, -1
    last = place + 2 + _number(data, place, 2)
    return bits, place + 2, (last if last <= end else -1)


@inner
def _past(data: Array, place: int, end: int, kind: int) -> int:
    """Return where a field ends that is not an address, or -1 if it does not fit."""
    if kind > 0:
        after = place + kind
    elif kind == -2:
        after = place + 2 + _number(data, place, 2) if place + 2 <= end else end + 1
    else:
        after = place
        while after < end and data[after] != 0:
            after += 1
        after += 1
    return after if after <= end else -1


@inner
def _old(row: int, known: Array, state: Array) -> int:
    """Return the number of an address that stood in a record of its own; 0 stands for none."""
    if row == 0:
        return _ABSENT
    return signed(known[row - 1]) if row <= state[_KNOWN] and not state[_LOST] else _WRONG


@inner
def _head(data: Array, table: Array, cell: Array, known: Array, state: Array, kept: Book) -> int:
    """Read the fields of a trace; return 0 or the reason of a refusal."""
    bits, place, end = _fields(data, cell[_PLACE], cell[_END])
    if end < 0:
        return _DAMAGED
    for field in range(len(_TRACE_FIELDS)):
        if not bits >> field & 1:
            continue
        kind = _TRACE_FIELDS[field]
        if kind == 0:
            if field == 29:  # the router's address stands for itself, and has no number among those of the record
                after = place + 2 + signed(data[place]) if place < end and data[place] else -1
                who = _ABSENT
            else:
                who, after = _address(data, place, end, table, cell, kept)
        else:
            who, after = _ABSENT, _past(data, place, end, kind)
        if after < 0 or after > end:
            return _DAMAGED
        if field == 2 or field == 3:
            who = _old(_number(data, place, 4), known, state)
        if who == _WRONG:
            return _NO_ADDRESS
        if field == 2 or field == 25:
            cell[_SOURCE] = who
        elif field == 3 or field == 26:
            cell[_TO] = who
        elif field == 4:
            cell[_BEGAN] = _number(data, place, 4) * 1_000_000 + _number(data, place + 4, 4)
        elif field == 7 or field == 31:
            cell[_FLAGS] = _number(data, place, kind)
        elif field == 8:
            cell[_ATTEMPTS] = data[place]
        elif field == 14:
            cell[_FIRST] = max(1, signed(data[place]))
        elif field == 18:
            cell[_COUNT] = _number(data, place, 2)
        elif field == 22:
            cell[_SENT] = _number(data, place, 2)
        place = after
    cell[_PLACE] = end
    return 0 if cell[_TO] >= 0 else _NO_TARGET


@inner
def _labelled(data: Array, place: int, end: int) -> bool:
    """Say whether ICMP extension objects (length of the data, class, type, data) have MPLS labels (RFC 4950, 3)."""
    while place + 4 <= end:
        if data[place + 2] == 1 and data[place + 3] == 1:
            return True
        place += 4 + _number(data, place, 2)
    return False


@inner
def _hop(data: Array, table: Array, cell: Array, known: Array, state: Array, kept: Book, last: Array) -> int:
    """Read an answer; return 0 or the reason of a refusal. ``last`` has hop and packet of the one before."""
    bits, place, end = _fields(data, cell[_PLACE], cell[_END])
    if end < 0:
        return _DAMAGED
    who = ttl = icmp_type = icmp_code = _ABSENT
    number = 1
    labelled = False
    for field in range(len(_HOP_FIELDS)):
        if not bits >> field & 1:
            continue
        kind = _HOP_FIELDS[field]
        if kind == 0:
            who, after = _address(data, place, end, table, cell, kept)
        else:
            after = _past(data, place, end, kind)
        if after < 0:
            return _DAMAGED
        if field == 0:
            who = _old(_number(data, place, 4), known, state)
        elif field == 1:
            ttl = signed(data[place])
        elif field == 4:
            number = signed(data[place]) + 1
        elif field == 6:
            icmp_type, icmp_code = signed(data[place]), signed(data[place + 1])
        elif field == 16:
            labelled = _labelled(data, place + 2, after)
        elif field == 18:
            sent = _number(data, place, 4) * 1_000_000 + _number(data, place + 4, 4)
            cell[_LATEST] = max(cell[_LATEST], sent)
        place = after
    cell[_PLACE] = end
    if who == _WRONG:
        return _NO_ADDRESS
    if ttl < 1:
        return _NO_HOP
    double = ttl == last[0] and number == last[1]
    if ttl == last[0] and number != last[1]:
        cell[_SEVERAL] = 1
    last[0], last[1] = ttl, number
    source = cell[_SOURCE]
    if not scamper.answer(kept, ttl, number, who, source, double, labelled, icmp_type, icmp_code):
        return _TOO_MANY
    return 0


@inner
def _trace(
    data: Array,
    place: int,
    end: int,
    offset: int,
    table: Array,
    cell: Array,
    last: Array,
    known: Array,
    state: Array,
    kept: Book,
) -> int:
    """Take down a trace; return 0, or the reason of a refusal."""
    for column in range(len(cell)):
        cell[column] = 0
    cell[_PLACE], cell[_END] = place, end
    cell[_SOURCE] = cell[_TO] = cell[_BEGAN] = cell[_LATEST] = _ABSENT
    cell[_ATTEMPTS] = cell[_FIRST] = 1
    last[0] = last[1] = -1
    reason = _head(data, table, cell, known, state, kept)
    if reason:
        return reason
    if cell[_PLACE] + 2 > end:
        return _DAMAGED
    hops = _number(data, cell[_PLACE], 2)
    cell[_PLACE] += 2
    books.begin(kept)
    for _ in range(hops):
        reason = _hop(data, table, cell, known, state, kept, last)
        if reason:
            return reason
    every = (cell[_FLAGS] & _ALL_ATTEMPTS) > 0 or cell[_SEVERAL] > 0
    began, latest, source, to = cell[_BEGAN], cell[_LATEST], cell[_SOURCE], cell[_TO]
    attempts, first, count, packets = cell[_ATTEMPTS], cell[_FIRST], cell[_COUNT], cell[_SENT]
    scamper.finish(kept, offset, began, latest, source, to, every, attempts, first, count, packets)
    return 0


@kernel
def _take(
    data: Array,
    last: bool,
    offset: int,
    table: Array,
    cell: Array,
    before: Array,
    known: Array,
    state: Array,
    kept: Book,
) -> int:
    place, n = 0, len(data)
    while place < n:
        if place + _HEADER > n:
            if not last:
                return place
            books.refuse(kept, offset + place, _CUT, 0)
            return n
        kind, size = _number(data, place + 2, 2), _number(data, place + 4, 4)
        if _number(data, place, 2) != _MAGIC or kind == 0:
            books.refuse(kept, offset + place, _NO_RECORD, 0)
            return -1
        start, end = place + _HEADER, place + _HEADER + size
        if end > n:
            if not last:
                return place
            books.refuse(kept, offset + place, _CUT, 0)
            return n
        counters = kept.counters
        if kind == _TRACE:
            # What is counted while a trace is taken down is taken back if it is refused.
            double, own, unreachable = counters[books.DOUBLE], counters[books.OWN], counters[books.UNREACHABLE]
            reason = _trace(data, start, end, offset + place, table, cell, before, known, state, kept)
            if reason:
                counters[books.DOUBLE], counters[books.OWN], counters[books.UNREACHABLE] = double, own, unreachable
                books.refuse(kept, offset + place, reason, 0)
        elif kind == _ADDRESS:
            counters[books.LISTS] += 1
            if size < 3 or data[start] != (state[_KNOWN] + 1) % 255:
                if not state[_LOST]:
                    books.refuse(kept, offset + place, _BAD_NUMBER, 0)
                state[_LOST] = 1
            else:
                known[state[_KNOWN]] = _ip(data, start + 2, signed(data[start + 1]), size - 2, kept)
                state[_KNOWN] += 1
        elif kind < _TRACE:
            counters[books.LISTS] += 1
        else:
            books.tally(kept, offset + place, _OTHER)
        place = end
    return n


class _Records:
    REASONS: tuple[str, ...] = REASONS

    def __init__(self) -> None:
        self._table = np.empty(0, np.int64)
        self._cell = np.zeros(_CELLS, np.int64)
        self._last = np.zeros(2, np.int64)
        self._known = np.empty(0, np.int64)
        self._state = np.zeros(_STATE, np.int64)
        self._ended = False
        self._left = 0  # of a record that is too long

    def take(self, data: Array, last: bool, offset: int, kept: Book) -> int:
        if self._ended:
            return len(data)
        if len(data) // 3 >= len(self._table):
            self._table = np.empty(len(data) // 3 + 1, np.int64)
        known = int(self._state[_KNOWN])
        if known + len(data) // 11 >= len(self._known):
            longer = np.empty(2 * known + len(data) // 11 + 1, np.int64)
            longer[:known] = self._known[:known]
            self._known = longer
        used = _take(data, last, offset, self._table, self._cell, self._last, self._known, self._state, kept)
        self._ended = used < 0
        return used if used >= 0 else len(data)

    def skip(self, data: Array, begun: bool) -> int:
        """Return where the next record begins after one that is too long, or -1."""
        if not begun:
            self._left = _HEADER + int.from_bytes(data[4:_HEADER].tobytes())
        if self._left <= len(data):
            return self._left
        self._left -= len(data)
        return -1


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes."""
    reading = Reading(path, limits, _Records())
    reading.run()
    yield from outcome.items(reading, "scamper", scamper.named, limits.rejects)
