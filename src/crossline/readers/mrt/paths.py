"""AS paths: each distinct one is read once, merged, collapsed, and given to the routes that carry it.

What becomes of a path (RFC 4271, 4.3 and 5.1.2):

- AS_PATH and AS4_PATH are merged where AS numbers took two octets (RFC 6793, 4.2.3);
- a network that prepends itself stands once;
- members of an AS_SET and of a confederation (RFC 5065) are not put in an order that nobody stated: they are left
  out, and flags say so.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from crossline.compiled import Array, inlined, kernel, signed
from crossline.readers.mrt.columns import (
    END,
    FOUR_OCTETS,
    KIND,
    MIDDLE,
    NO_PATH,
    START,
    Paths,
    larger_slots,
    longer,
    room,
)
from crossline.readers.mrt.interning import LOWER, NOBODY, UPPER, finished, mixed
from crossline.readers.mrt.layout import AS_CONFED_SEQUENCE, AS_CONFED_SET, AS_SEQUENCE, AS_SET
from crossline.readers.mrt.memory import four, two
from crossline.routes.extents import BEGINS_WITH_SET, BROKEN, ENDS_WITH_SET, HAS_CONFEDERATION, HAS_SET, MISSING

_MALFORMED: Final = -1


class Ways(NamedTuple):
    """Distinct collapsed paths: ``asn[start[n]:start[n + 1]]``, nearest network first, and flags."""

    slots: Array  # uint64
    hashes: Array  # uint64
    start: Array  # int64; one more than there are ways
    flags: Array  # uint8
    asn: Array  # uint32
    of: Array  # uint32: the way of each path
    network: Array  # uint32: which of the distinct `numbers` each of `asn` is
    numbers: Array  # uint32: distinct AS numbers, in order of first appearance
    number_slots: Array  # uint32: place in `numbers` + 1, by hash; 0 where none is


@kernel
def length(arena: Array, place: int, end: int, width: int) -> int:
    """Count the AS numbers of a path as RFC 4271, 9.1.2.2 and RFC 5065, 5.3 do; -1 if it is malformed.

    An AS_SET counts as one, and a segment of a confederation not at all. RFC 7606, 7.2 says what is malformed: an
    unknown type of segment, one without members, one that overruns, an octet left over.
    """
    total = 0
    while place < end:
        if place + 2 > end:
            return _MALFORMED
        kind = arena[place]
        members = signed(arena[place + 1])
        place += 2 + members * width
        if place > end or members == 0 or kind < AS_SET or kind > AS_CONFED_SET:
            return _MALFORMED
        if kind == AS_SET:
            total += 1
        elif kind == AS_SEQUENCE:
            total += members
    return total


@kernel
def append(
    arena: Array, place: int, end: int, width: int, budget: int, merged: bool, asn: Array, first: int, state: int
) -> tuple[int, int]:
    """Append a path's networks to ``asn``, whose present path begins at ``first``; return its new end and flags.

    ``state`` is end << 8 | flags as of before. At most ``budget`` AS numbers are taken, counted as in :func:`length`;
    ``merged`` says that this is an AS4_PATH, which holds no segments of a confederation (RFC 6793, 6).
    """
    at = state >> 8
    flags = state & 0xFF
    after_set = (flags & ENDS_WITH_SET) != 0
    while place < end:
        if place + 2 > end:
            flags |= BROKEN
            break
        kind = arena[place]
        members = signed(arena[place + 1])
        after = place + 2 + members * width
        if after > end or members == 0 or kind < AS_SET or kind > AS_CONFED_SET:
            flags |= BROKEN
            break
        if kind in (AS_CONFED_SEQUENCE, AS_CONFED_SET):
            # RFC 6793, 4.2.3: taken if it leads, or adjoins a segment that is taken.
            if not merged:
                flags |= HAS_CONFEDERATION
        elif budget <= 0:
            break
        elif kind == AS_SET:
            if at == first and not (flags & HAS_SET):
                flags |= BEGINS_WITH_SET
            flags |= HAS_SET
            after_set = True
            budget -= 1
        else:
            taken = min(members, budget)
            for member in range(taken):
                number = four(arena, place + 2 + 4 * member) if width == 4 else two(arena, place + 2 + 2 * member)
                # A network that prepends itself follows itself directly; what a set parts stays apart.
                if at == first or after_set or asn[at - 1] != number:
                    asn[at] = number
                    at += 1
                after_set = False
            budget -= taken
            if taken < members:
                break
        place = after
    flags = (flags | ENDS_WITH_SET) if after_set else (flags & ~ENDS_WITH_SET)
    return at, flags


_NO_BUDGET: Final = 1 << 40


@inlined
def number_slot(slots: Array, numbers: Array, number: int, seed: int) -> int:
    """Return the slot of an AS number: where it is, or else where it may be put."""
    mask = len(slots) - 1
    slot = signed(finished(mixed(np.uint64(seed), np.uint64(number))) & np.uint64(mask))
    while slots[slot] != 0 and numbers[signed(slots[slot]) - 1] != number:
        slot = (slot + 1) & mask
    return slot


@kernel
def read_ways(paths: Paths, first: int, last: int, ways: Ways, count: int, known: int, seed: int) -> tuple[int, int]:
    """Read the paths from ``first`` to ``last``.

    Return how many ways there are, and distinct AS numbers on them, given ``count`` and ``known`` before.
    """
    asn = ways.asn
    for path in range(first, last):
        begin = ways.start[count]
        flags = 0
        end = begin
        if paths.spans[path, KIND] == NO_PATH:
            flags = MISSING
        else:
            start = paths.spans[path, START]
            middle = paths.spans[path, MIDDLE]
            stop = paths.spans[path, END]
            width = 4 if paths.spans[path, KIND] == FOUR_OCTETS else 2
            budget = _NO_BUDGET
            merges = False
            if stop > middle:
                have = length(paths.arena, start, middle, width)
                have4 = length(paths.arena, middle, stop, 4)
                # RFC 6793: a malformed AS4_PATH is discarded (6), and so is one that is longer than AS_PATH (4.2.3).
                if have4 >= 0 and have >= have4:
                    budget = have - have4
                    merges = True
            end, flags = append(paths.arena, start, middle, width, budget, False, asn, begin, begin << 8)
            if merges:
                end, flags = append(paths.arena, middle, stop, 4, _NO_BUDGET, True, asn, begin, (end << 8) | flags)

        state = mixed(np.uint64(seed), np.uint64(flags))
        for place in range(begin, end):
            state = mixed(state, np.uint64(asn[place]))
        hashed = finished(state)
        mask = len(ways.slots) - 1
        slot = signed(hashed & np.uint64(mask))
        way = -1
        while ways.slots[slot] != NOBODY:
            if (ways.slots[slot] & UPPER) == (hashed & UPPER):
                other = signed(ways.slots[slot] & LOWER) - 1
                from_ = ways.start[other]
                if ways.start[other + 1] - from_ == end - begin and ways.flags[other] == flags:
                    way = other
                    for place in range(end - begin):
                        if asn[from_ + place] != asn[begin + place]:
                            way = -1
                            break
                    if way >= 0:
                        break
            slot = (slot + 1) & mask
        if way < 0:
            way = count
            ways.slots[slot] = (hashed & UPPER) | np.uint64(way + 1)
            ways.hashes[way] = hashed
            ways.flags[way] = flags
            ways.start[way + 1] = end
            count += 1
            for place in range(begin, end):
                number = number_slot(ways.number_slots, ways.numbers, asn[place], seed)
                if ways.number_slots[number] == 0:
                    ways.numbers[known] = asn[place]
                    known += 1
                    ways.number_slots[number] = known
                ways.network[place] = ways.number_slots[number] - 1
        ways.of[path] = way
    return count, known


@kernel
def renumber(slots: Array, numbers: Array, known: int, seed: int) -> None:
    """Fill empty ``slots`` with the first ``known`` numbers."""
    for place in range(known):
        slots[number_slot(slots, numbers, numbers[place], seed)] = place + 1


class Reading:
    """The ways of all paths read so far."""

    def __init__(self) -> None:
        self.ways = Ways(
            np.zeros(2, np.uint64),
            np.zeros(1, np.uint64),
            np.zeros(2, np.int64),
            np.zeros(1, np.uint8),
            np.zeros(1, np.uint32),
            np.zeros(1, np.uint32),
            np.zeros(1, np.uint32),
            np.zeros(1, np.uint32),
            np.zeros(2, np.uint32),
        )
        self.count = 0
        self.known = 0  # distinct AS numbers
        self._done = 0

    def take(self, paths: Paths, last: int, seed: int) -> None:
        """Read the paths that have come since the last call, up to number ``last``."""
        first = self._done
        if first == last:
            return
        ways, new = self.ways, last - first
        networks = int(paths.spans[last - 1, END] - paths.spans[first, START]) // 2 + 1
        asns = room(len(ways.asn), networks + int(ways.start[self.count]))
        size = room(len(ways.hashes), self.count + new)
        number_slots = ways.number_slots
        if 2 * (self.known + networks) > len(number_slots):
            number_slots = np.zeros(1 << (4 * (self.known + networks)).bit_length(), np.uint32)
            renumber(number_slots, ways.numbers, self.known, seed)
        self.ways = Ways(
            larger_slots(ways.slots, ways.hashes, self.count, self.count + new),
            longer(ways.hashes, size),
            longer(ways.start, size + 1),
            longer(ways.flags, size),
            longer(ways.asn, asns),
            longer(ways.of, room(len(ways.of), last)),
            longer(ways.network, asns),
            longer(ways.numbers, room(len(ways.numbers), self.known + networks)),
            number_slots,
        )
        self.count, self.known = read_ways(paths, first, last, self.ways, self.count, self.known, seed)
        self._done = last
