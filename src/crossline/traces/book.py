"""Who answered at which hop of which measurement, as arrays that kernels fill.

A kernel takes down one measurement at a time: :func:`begin`, then :func:`sent` and :func:`answered` for its packets,
then :func:`finish`, which makes its ties. Measurements with the same ties share a bundle, which is stored once.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

import os
from typing import Final, NamedTuple

import numpy as np

from crossline.compiled import Array, inner, kernel, signed

# Counters.
(
    TRACES,
    TIES,
    BUNDLES,
    ADDRESSES,
    TEXT,
    REJECTS,
    DRAFT,  # ties of the measurement that is being taken down
    SEED,
    LATE,
    DOUBLE,
    UNREACHABLE,
    UNSENT,
    OWN,
    BALANCED,
    LOOPING,
    SILENT,
    UNREACHED,
    VERSION_SIX,
    JUMPS,
    REWRITTEN,
    LABELLED,
    NAMES,
    LISTS,
    COUNTERS,
) = range(24)

# Columns of `numbers`, a row a measurement; -1 stands for none.
OFFSET, BEGAN_US, ENDED_S, FIRST, SECOND, THIRD, TEXT_A, TEXT_B, TEXT_C, NUMBERS = range(10)
# Columns of `small`; NONE stands for none.
FROM, INSIDE, TO, BUNDLE, HOPS, QUIET, TUNNELS, FLAGS, SMALL = range(9)
NONE: Final = 0xFFFFFFFF
REACHED, LOOPS, UNSURE = 1, 2, 4  # of FLAGS; the last: a machine answered whose address is not told
# Columns of `ties` and of `draft`.
TTL, WHO, OBSERVED, TIE = range(4)
COUNT = OBSERVED  # of a draft: how many packets it answered
# Columns of `hops`, a row a TTL.
PACKETS, ANSWERED, TUNNEL, PROBED, HERE, UNTOLD, HOP = range(7)
JUMP: Final = 255  # the TTL that RIPE Atlas tries last, after hops that were silent
MOST_TIES: Final = 4096  # of one measurement: 255 hops with 16 packets each
REASONS: Final = 40


class Book(NamedTuple):
    """The arrays; kernels take it whole."""

    counters: Array  # int64[COUNTERS]
    numbers: Array  # int64[measurements, NUMBERS]
    small: Array  # uint32[measurements, SMALL]
    ties: Array  # uint32[ties, TIE]
    shares: Array  # float64[ties, 2], per cent: least, most
    bundles: Array  # int64[bundles + 1]: the first tie of each
    bundle_hashes: Array  # uint64[bundles]
    bundle_slots: Array  # uint32: a bundle and one; 0 is free
    family: Array  # uint8[addresses]
    high: Array  # uint64[addresses]
    low: Array  # uint64[addresses]
    address_slots: Array  # uint32: an address and one; 0 is free
    text: Array  # uint8
    rejects: Array  # int64[kept, 3]: offset, reason, place of the trouble
    reasons: Array  # int64[REASONS, 2]: how many, the first offset
    draft: Array  # uint32[MOST_TIES, TIE]
    hops: Array  # int64[256, HOP]
    seen: Array  # int64[addresses, 3]: the measurement it was met in last, the first hop there, further hops there


def book(kept: int) -> Book:
    """Return an empty book that keeps as many rejects one by one."""
    counters = np.zeros(COUNTERS, np.int64)
    # A secret start of every hash: without it a crafted file could send all that it names to one slot. Numbers go by
    # first appearance, so nothing that is yielded depends on it.
    counters[SEED] = int.from_bytes(os.urandom(7))
    return Book(
        counters,
        np.empty((0, NUMBERS), np.int64),
        np.empty((0, SMALL), np.uint32),
        np.empty((0, TIE), np.uint32),
        np.empty((0, 2), np.float64),
        np.zeros(1, np.int64),
        np.empty(0, np.uint64),
        np.zeros(2, np.uint32),
        np.empty(0, np.uint8),
        np.empty(0, np.uint64),
        np.empty(0, np.uint64),
        np.zeros(2, np.uint32),
        np.empty(0, np.uint8),
        np.zeros((kept, 3), np.int64),
        np.zeros((REASONS, 2), np.int64),
        np.empty((MOST_TIES, TIE), np.uint32),
        np.zeros((256, HOP), np.int64),
        np.zeros((0, 3), np.int64),
    )


def with_room(kept: Book, size: int) -> Book:
    """Return the book with room for whatever ``size`` more bytes can hold, in any format.

    No address takes fewer than 5 bytes, no answer fewer than 3, no measurement fewer than 8.
    """
    counters, size = kept.counters, int(size)
    addresses = int(counters[ADDRESSES]) + size // 5 + 4
    traces = int(counters[TRACES]) + size // 8 + 1
    ties = int(counters[TIES]) + size // 3 + 1
    slots = kept.address_slots
    if 2 * addresses > len(slots):
        slots = np.zeros(1 << (3 * addresses).bit_length(), np.uint32)
        _place_addresses(slots, kept.family, kept.high, kept.low, int(counters[ADDRESSES]), int(counters[SEED]))
    bundle_slots = kept.bundle_slots
    if 2 * traces > len(bundle_slots):
        bundle_slots = np.zeros(1 << (3 * traces).bit_length(), np.uint32)
        _place_bundles(bundle_slots, kept.bundle_hashes, int(counters[BUNDLES]))
    now = {name: int(counters[name]) for name in (TRACES, TIES, BUNDLES, ADDRESSES, TEXT)}
    return kept._replace(
        numbers=_longer(kept.numbers, traces, now[TRACES]),
        small=_longer(kept.small, traces, now[TRACES]),
        ties=_longer(kept.ties, ties, now[TIES]),
        shares=_longer(kept.shares, ties, now[TIES]),
        bundles=_longer(kept.bundles, traces + 1, now[BUNDLES] + 1),
        bundle_hashes=_longer(kept.bundle_hashes, traces, now[BUNDLES]),
        bundle_slots=bundle_slots,
        family=_longer(kept.family, addresses, now[ADDRESSES]),
        high=_longer(kept.high, addresses, now[ADDRESSES]),
        low=_longer(kept.low, addresses, now[ADDRESSES]),
        address_slots=slots,
        text=_longer(kept.text, now[TEXT] + size, now[TEXT]),
        seen=_longer(kept.seen, addresses, now[ADDRESSES]),
    )


def _longer(array: Array, size: int, used: int) -> Array:
    """Return an array with room for ``size`` rows; rows past the used ones are zero, and take no memory until used."""
    if size <= len(array):
        return array
    larger = np.zeros((max(size, len(array) * 3 // 2), *array.shape[1:]), array.dtype)
    larger[:used] = array[:used]
    return larger


@inner
def _mixed(value: np.uint64, word: np.uint64) -> np.uint64:
    """Return a hash with one more word in it (the finalizer of SplitMix64, doi:10.1145/2660193.2660195)."""
    value = (value ^ word) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@inner
def _hash(seed: int, family: int, high: np.uint64, low: np.uint64) -> np.uint64:
    return _mixed(_mixed(np.uint64(seed) ^ np.uint64(family), high), low)


@kernel
def _place_addresses(slots: Array, family: Array, high: Array, low: Array, count: int, seed: int) -> None:
    mask = np.uint64(len(slots) - 1)
    for row in range(count):
        slot = _hash(seed, family[row], high[row], low[row]) & mask
        while slots[slot]:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row + 1


@kernel
def _place_bundles(slots: Array, hashes: Array, count: int) -> None:
    mask = np.uint64(len(slots) - 1)
    for row in range(count):
        slot = hashes[row] & mask
        while slots[slot]:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = row + 1


@inner
def address(kept: Book, family: int, high: np.uint64, low: np.uint64) -> int:
    """Return the number of an address, a new one if it was not named before."""
    mask = np.uint64(len(kept.address_slots) - 1)
    slot = _hash(kept.counters[SEED], family, high, low) & mask
    while kept.address_slots[slot]:
        row = signed(kept.address_slots[slot]) - 1
        if kept.low[row] == low and kept.high[row] == high and kept.family[row] == family:
            return row
        slot = (slot + np.uint64(1)) & mask
    row = signed(kept.counters[ADDRESSES])
    kept.counters[ADDRESSES] = row + 1
    kept.family[row], kept.high[row], kept.low[row] = family, high, low
    kept.address_slots[slot] = row + 1
    return row


@inner
def refuse(kept: Book, offset: int, reason: int, trouble: int) -> None:
    """Count something that was not understood, and keep it while there is room."""
    row = kept.counters[REJECTS]
    if row < len(kept.rejects):
        kept.counters[REJECTS] = row + 1
        kept.rejects[row, 0], kept.rejects[row, 1], kept.rejects[row, 2] = offset, reason, trouble
    else:
        tally(kept, offset, reason)


@inner
def tally(kept: Book, offset: int, reason: int) -> None:
    """Count something by its reason alone."""
    if kept.reasons[reason, 0] == 0:
        kept.reasons[reason, 1] = offset
    kept.reasons[reason, 0] += 1


@inner
def begin(kept: Book) -> None:
    """Begin a measurement."""
    kept.counters[DRAFT] = 0
    kept.hops[:] = 0


@inner
def _before(draft: Array, row: int, ttl: int, who: int) -> bool:
    return bool(draft[row, TTL] < ttl or (draft[row, TTL] == ttl and draft[row, WHO] < who))


@inner
def answered(kept: Book, ttl: int, who: int) -> bool:
    """Take down an answer to a packet with that TTL; False if the measurement has more of them than are read."""
    count = kept.counters[DRAFT]
    draft = kept.draft
    place = count
    if count and not _before(draft, count - 1, ttl, who):
        first, place = 0, count - 1  # hops mostly come in order; where they do not, the place is searched by halves
        while first < place:
            middle = (first + place) // 2
            if _before(draft, middle, ttl, who):
                first = middle + 1
            else:
                place = middle
    kept.hops[ttl, ANSWERED] += 1
    if place < count and draft[place, TTL] == ttl and draft[place, WHO] == who:
        draft[place, COUNT] += 1
        return True
    if count == len(draft):
        return False
    for row in range(count, place, -1):
        for column in range(TIE):
            draft[row, column] = draft[row - 1, column]
    draft[place, TTL], draft[place, WHO], draft[place, COUNT] = ttl, who, 1
    kept.counters[DRAFT] = count + 1
    return True


@inner
def _loops(kept: Book, count: int) -> bool:
    """Say whether an address answered, then another one at a later hop, and then that address again."""
    draft, hops, seen = kept.draft, kept.hops, kept.seen
    now = kept.counters[TRACES] + 1
    within = 0
    for ttl in range(256):
        within += hops[ttl, HERE]
        hops[ttl, PROBED] = within  # from here on: how many ties up to this hop
    for row in range(count):
        ttl, who = signed(draft[row, TTL]), draft[row, WHO]
        if seen[who, 0] != now:
            seen[who, 0], seen[who, 1], seen[who, 2] = now, ttl, 0
            continue
        first, own = seen[who, 1], seen[who, 2]  # the first hop of the address, and its ties since, but for this one
        if ttl > first + 1 and hops[ttl - 1, PROBED] - hops[first, PROBED] > own:
            return True
        seen[who, 2] = own + 1
    return False


@inner
def finish(kept: Book, to: int) -> None:
    """Make ties of the answers of a measurement aimed at the address ``to``; its other columns are the caller's."""
    counters, draft, hops = kept.counters, kept.draft, kept.hops
    count = counters[DRAFT]
    small = kept.small[counters[TRACES]]
    furthest = deepest = silent = tunnels = 0
    for row in range(count):
        hops[draft[row, TTL], HERE] += 1
    for ttl in range(1, JUMP):
        if hops[ttl, PROBED]:
            furthest = ttl
        if hops[ttl, HERE] or hops[ttl, UNTOLD]:
            deepest = ttl
    jumped = hops[JUMP, PROBED] and furthest < JUMP - 1
    if jumped:
        counters[JUMPS] += 1
    if hops[JUMP, HERE] or hops[JUMP, UNTOLD]:
        deepest = furthest + 1 if jumped else JUMP
    there = flags = 0
    for ttl in range(1, 256):
        if hops[ttl, UNTOLD]:
            flags = UNSURE
        if hops[ttl, HERE] or hops[ttl, UNTOLD]:
            there += 1
            if hops[ttl, HERE] > 1:
                counters[BALANCED] += 1
            if hops[ttl, TUNNEL]:
                tunnels += 1
    silent = deepest - there
    first = counters[TIES]
    value = np.uint64(counters[SEED])
    for row in range(count):
        ttl = signed(draft[row, TTL])
        packets = max(hops[ttl, PACKETS], hops[ttl, ANSWERED])
        least = np.float64(draft[row, COUNT]) * 100.0 / packets
        most = np.float64(signed(draft[row, COUNT]) + packets - hops[ttl, ANSWERED]) * 100.0 / packets
        observed = 1 if draft[row, WHO] == to else 0
        flags |= observed * REACHED
        kept.ties[first + row, TTL] = ttl
        kept.ties[first + row, WHO] = draft[row, WHO]
        kept.ties[first + row, OBSERVED] = observed
        kept.shares[first + row, 0] = least
        kept.shares[first + row, 1] = most
        value = _mixed(value, np.uint64(ttl) << np.uint64(33) | np.uint64(draft[row, WHO]) << np.uint64(1))
        value = _mixed(value, np.uint64(draft[row, COUNT]) * np.uint64(100) // np.uint64(packets))
    small[HOPS], small[QUIET], small[TUNNELS], small[TO] = deepest, silent, tunnels, to
    counters[SILENT] += silent
    counters[LABELLED] += tunnels
    if count > 2 and _loops(kept, count):
        flags |= LOOPS
        counters[LOOPING] += 1
    if to != NONE and not flags & (REACHED | UNSURE):
        counters[UNREACHED] += 1
    small[FLAGS] = flags
    small[BUNDLE] = _bundle(kept, first, count, value)
    counters[TRACES] += 1


@inner
def _same(kept: Book, one: int, other: int, count: int) -> bool:
    for row in range(count):
        for column in range(TIE):
            if kept.ties[one + row, column] != kept.ties[other + row, column]:
                return False
        if kept.shares[one + row, 0] != kept.shares[other + row, 0]:
            return False
        if kept.shares[one + row, 1] != kept.shares[other + row, 1]:
            return False
    return True


@inner
def _bundle(kept: Book, first: int, count: int, value: np.uint64) -> int:
    """Return the bundle of the ties from ``first``, and forget them if it was there already."""
    mask = np.uint64(len(kept.bundle_slots) - 1)
    slot = value & mask
    while kept.bundle_slots[slot]:
        row = signed(kept.bundle_slots[slot]) - 1
        long = kept.bundles[row + 1] - kept.bundles[row]
        if kept.bundle_hashes[row] == value and long == count and _same(kept, kept.bundles[row], first, count):
            return row
        slot = (slot + np.uint64(1)) & mask
    row = signed(kept.counters[BUNDLES])
    kept.counters[BUNDLES] = row + 1
    kept.counters[TIES] = first + count
    kept.bundles[row + 1] = first + count
    kept.bundle_hashes[row] = value
    kept.bundle_slots[slot] = row + 1
    return row
