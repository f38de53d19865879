"""Numbers for distinct peers, prefixes and paths, by open addressing on a 64-bit hash.

Room is checked by the caller for a whole record at a time (:func:`has_room`); tables stay at most half full, so a
search ends. A hash only ever finds candidates: the things themselves are compared.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917 - kernels take arrays one by one: what is looked for, and where

from __future__ import annotations

from typing import Final

import numpy as np

from crossline.compiled import Array, inlined, kernel, signed
from crossline.readers.mrt.columns import (
    ARENA,
    END,
    HASH,
    HEAD,
    HIGH,
    KEY,
    KIND,
    LOW,
    MIDDLE,
    NEED_ARENA,
    NEED_LISTED,
    NEED_PATHS,
    NEED_PEERS,
    NEED_PREFIXES,
    NEED_ROWS,
    NEEDS,
    PATHS,
    PEERS,
    PREFIXES,
    ROWS,
    SEED,
    START,
    Book,
)
from crossline.readers.mrt.memory import eight, four, two

# Odd constants with well mixed bits, to multiply by: the fractional parts of the golden ratio and of the square
# root of 3, as 64-bit numbers made odd.
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
ROOT3: Final = np.uint64(0xBB67AE8584CAA73B)
UPPER: Final = np.uint64(0xFFFFFFFF00000000)
LOWER: Final = np.uint64(0x00000000FFFFFFFF)
HALF: Final = np.uint64(32)
NOBODY: Final = np.uint64(0)


@inlined
def mixed(state: np.uint64, word: np.uint64) -> np.uint64:
    """Take a word of 32 bits into a hash. Wider words would let a file cancel one difference with the next."""
    state = (state ^ word) * GOLDEN
    return state ^ (state >> HALF)


@inlined
def finished(state: np.uint64) -> np.uint64:
    """Spread the last word over all bits."""
    state = state * ROOT3
    return state ^ (state >> HALF)


@kernel
def has_room(book: Book, rows: int, peers: int, prefixes: int, paths: int, arena: int, listed: int) -> bool:
    """Say whether that many more fit; if not, note in the counters what is needed."""
    count = book.counters
    need_rows = count[ROWS] + rows
    need_peers = count[PEERS] + peers
    need_prefixes = count[PREFIXES] + prefixes
    need_paths = count[PATHS] + paths
    need_arena = count[ARENA] + arena + paths * (HEAD + 8)
    if (
        need_rows <= book.rows.shape[1]
        and need_peers <= len(book.peers.things)
        and 2 * need_peers <= len(book.peers.slots)
        and need_prefixes <= len(book.prefixes.things)
        and 2 * need_prefixes <= len(book.prefixes.slots)
        and need_paths <= len(book.paths.hashes)
        and 2 * need_paths <= len(book.paths.slots)
        and need_arena <= len(book.paths.arena)
        and listed <= len(book.listed)
    ):
        return True
    count[NEEDS] = 1
    count[NEED_ROWS] = need_rows
    count[NEED_PEERS] = need_peers
    count[NEED_PREFIXES] = need_prefixes
    count[NEED_PATHS] = need_paths
    count[NEED_ARENA] = need_arena
    count[NEED_LISTED] = listed
    return False


@inlined
def _number(slots: Array, things: Array, count: int, high: np.uint64, low: np.uint64, key: np.uint64, seed: int) -> int:
    """Return the number of a peer or prefix. If that is ``count``, it was not there before and now is."""
    state = mixed(np.uint64(seed), low & LOWER)
    if high | (low >> HALF):  # the key says whether the address is one of IPv6
        state = mixed(state, low >> HALF)
        state = mixed(state, high & LOWER)
        state = mixed(state, high >> HALF)
    state = mixed(state, key & LOWER)
    hashed = finished(mixed(state, key >> HALF))
    mask = len(slots) - 1
    slot = signed(hashed & np.uint64(mask))
    found = -1
    while found < 0 and slots[slot] != NOBODY:
        if (slots[slot] & UPPER) == (hashed & UPPER):
            number = signed(slots[slot] & LOWER) - 1
            if things[number, LOW] == low and things[number, HIGH] == high and things[number, KEY] == key:
                found = number
        slot = (slot + 1) & mask
    if found < 0:
        found = count
        slots[slot] = (hashed & UPPER) | np.uint64(count + 1)
        things[count, HASH] = hashed
        things[count, HIGH] = high
        things[count, LOW] = low
        things[count, KEY] = key
    return found


@inlined
def peer_number(
    counters: Array, slots: Array, things: Array, seen: Array, first: Array, path: Array,
    high: np.uint64, low: np.uint64, version: int, asn: int, record: int,
) -> int:  # fmt: skip
    """Return the number of the peer at that address with that AS number; ``record`` named it."""
    before = counters[PEERS]
    key = (np.uint64(asn) << np.uint64(8)) | np.uint64(version)
    number = _number(slots, things, before, high, low, key, counters[SEED])
    if number == before:
        first[number] = record
        seen[number] = 0
        path[number] = 0
        counters[PEERS] = before + 1
    return number


@inlined
def prefix_number(
    counters: Array, slots: Array, things: Array, high: np.uint64, low: np.uint64, version: int, length: int
) -> int:
    """Return the number of the prefix; counter :data:`PREFIXES` has grown if it is new."""
    before = counters[PREFIXES]
    key = (np.uint64(length) << np.uint64(8)) | np.uint64(version)
    number = _number(slots, things, before, high, low, key, counters[SEED])
    if number == before:
        counters[PREFIXES] = before + 1
    return number


@inlined
def _same(data: Array, at: int, arena: Array, start: int, size: int) -> bool:
    # The last word overlaps the one before, so that nothing is left to compare octet by octet.
    if size >= 8:
        place = 0
        while place + 8 < size:
            if eight(data, at + place) != eight(arena, start + place):
                return False
            place += 8
        return bool(eight(data, at + size - 8) == eight(arena, start + size - 8))
    if size >= 4:
        return four(data, at) == four(arena, start) and four(data, at + size - 4) == four(arena, start + size - 4)
    place = 0
    while place < size and data[at + place] == arena[start + place]:
        place += 1
    return place == size


@inlined
def _is_path(arena: Array, head: int, data: Array, at: int, size: int, at4: int, size4: int, kind: int) -> bool:
    return (
        four(arena, head + 6) == (size << 16) | size4
        and two(arena, head + 4) == kind
        and _same(data, at, arena, head + HEAD, size)
        and _same(data, at4, arena, head + HEAD + size, size4)
    )


@kernel
def _put(arena: Array, at: int, value: int, octets: int) -> None:
    for place in range(octets):
        arena[at + place] = (value >> (8 * (octets - 1 - place))) & 0xFF


@inlined
def path_number(
    counters: Array, slots: Array, hashes: Array, spans: Array, arena: Array,
    data: Array, at: int, size: int, at4: int, size4: int, kind: int, lasts: Array, peer: int,
) -> int:  # fmt: skip
    """Return the number of the path whose AS_PATH has ``size`` bytes at ``at``, and AS4_PATH those at ``at4``.

    ``lasts[peer]`` is tried first, and set: a peer often sends the next prefix the same way.
    """
    head = (signed(lasts[peer]) - 1) << 3
    if head >= 0 and _is_path(arena, head, data, at, size, at4, size4, kind):
        return four(arena, head)

    # Two hashes of every other word each, so that one need not wait for the other; the last word may overlap.
    state = mixed(np.uint64(counters[SEED]), np.uint64((size << 16) ^ (size4 << 2) ^ kind))
    other = np.uint64(counters[SEED]) * ROOT3
    place = at
    stop = at + size
    while place + 8 <= stop:
        state = mixed(state, np.uint64(four(data, place)))
        other = mixed(other, np.uint64(four(data, place + 4)))
        place += 8
    if place + 4 <= stop:
        state = mixed(state, np.uint64(four(data, place)))
        place += 4
    if place < stop:
        if size >= 4:
            other = mixed(other, np.uint64(four(data, stop - 4)))
        else:
            for octet in range(place, stop):
                other = mixed(other, np.uint64(data[octet]))
    for place4 in range(at4, at4 + size4):
        state = mixed(state, np.uint64(data[place4]))
    hashed = finished(mixed(state ^ (other >> HALF), other & LOWER))

    mask = len(slots) - 1
    slot = signed(hashed & np.uint64(mask))
    while slots[slot] != NOBODY:
        if (slots[slot] & UPPER) == (hashed & UPPER):
            head = (signed(slots[slot] & LOWER) - 1) << 3
            if _is_path(arena, head, data, at, size, at4, size4, kind):
                lasts[peer] = (head >> 3) + 1
                return four(arena, head)
        slot = (slot + 1) & mask

    number = signed(counters[PATHS])
    head = signed(counters[ARENA])
    lasts[peer] = (head >> 3) + 1
    slots[slot] = (hashed & UPPER) | np.uint64((head >> 3) + 1)
    hashes[number] = hashed
    _put(arena, head, number, 4)
    _put(arena, head + 4, kind, 2)
    _put(arena, head + 6, size, 2)
    _put(arena, head + 8, size4, 2)
    first = head + HEAD
    for place in range(size):
        arena[first + place] = data[at + place]
    for place in range(size4):
        arena[first + size + place] = data[at4 + place]
    spans[number, START] = first
    spans[number, MIDDLE] = first + size
    spans[number, END] = first + size + size4
    spans[number, KIND] = kind
    counters[ARENA] = (first + size + size4 + 7) >> 3 << 3
    counters[PATHS] = number + 1
    return number
