"""What kernels write into: columns of numbers that grow, and the counters that say how far they are filled.

A kernel asks for room before it takes a record. If there is too little it says in ``counters`` how much it needs and
returns; :meth:`Columns.grow` makes room, and the kernel goes on with the same record.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import numpy as np

from crossline.compiled import Array, kernel

# Places in `counters`.
ROWS: Final = 0
PEERS: Final = 1
PREFIXES: Final = 2
PATHS: Final = 3
ARENA: Final = 4
REJECTS: Final = 5  # rejects that are kept
REJECTS_LEFT: Final = 6  # pieces that were rejected after the kept ones
LISTED: Final = 7  # peers of the peer index table in force; 0 before the first
RUN: Final = 8  # number of the current run of entries with one prefix
LAST_PREFIX: Final = 9  # prefix of that run
REPEATS: Final = 10  # 1 once a row may supersede an earlier one
OWN_MESSAGES: Final = 11  # messages that the router itself sent
SEED: Final = 12
NEEDS: Final = 13  # 1: a kernel returned for want of room; the room that it asks for follows
NEED_ROWS: Final = 14
NEED_PEERS: Final = 15
NEED_PREFIXES: Final = 16
NEED_PATHS: Final = 17
NEED_ARENA: Final = 18
NEED_LISTED: Final = 19
COUNTERS: Final = 20

# Columns of `Book.rows`.
RECORD: Final = 0  # row of `Records`
PEER: Final = 1
PREFIX: Final = 2
PATH: Final = 3
PATH_ID: Final = 4  # means something only where the record has additional paths (RFC 7911)
ROW_COLUMNS: Final = 5

# Values of column PATH that are no path.
WITHDRAWN: Final = 0xFFFFFFFF
CLOSED: Final = 0xFFFFFFFE  # the session ended, and with it all that its peer announced before

# Columns of `Index.things`.
HASH: Final = 0
HIGH: Final = 1  # the upper 64 bits of an IPv6 address
LOW: Final = 2  # the lower 64 bits, or the 32 bits of an IPv4 address
KEY: Final = 3  # of a peer AS number << 8 | IP version, of a prefix length << 8 | IP version
THING_COLUMNS: Final = 4

# Columns of `Paths.spans`: where AS_PATH begins, AS4_PATH begins, both end; and how AS_PATH is written.
START: Final = 0
MIDDLE: Final = 1
END: Final = 2
KIND: Final = 3
SPAN_COLUMNS: Final = 4
HEAD: Final = 10  # bytes in `Paths.arena` before each path

# Places in `Book.found`.
PATH_AT: Final = 0
PATH_SIZE: Final = 1
PATH4_AT: Final = 2
PATH4_SIZE: Final = 3
PATH_KIND: Final = 4
REACH_AT: Final = 5  # MP_REACH_NLRI; -1: there is none
REACH_SIZE: Final = 6
UNREACH_AT: Final = 7  # MP_UNREACH_NLRI
UNREACH_SIZE: Final = 8
FOUND: Final = 9

# Values of column KIND: how wide AS numbers are in the bytes of AS_PATH.
TWO_OCTETS: Final = 0
FOUR_OCTETS: Final = 1
NO_PATH: Final = 2  # no AS_PATH attribute was found


class Index(NamedTuple):
    """Distinct peers or prefixes, numbered in order of first appearance, and a hash table to find them by."""

    slots: Array  # uint64: upper half of the hash | number + 1; 0 where nobody is
    things: Array  # uint64, a row a thing
    seen: Array  # uint32: of a peer, the run that last held it
    record: Array  # uint32: of a peer, the row of `Records` that named it first
    path: Array  # uint32: of a peer, the place in the arena / 8 + 1 of its last path; 0 before the first


class Paths(NamedTuple):
    """Distinct AS paths as they stand on the wire.

    In ``arena`` each begins at a multiple of eight, with :data:`HEAD` bytes that say what it is, so that finding one
    touches a slot and the path itself, and nothing else: its number (4 bytes), kind (2), and the lengths of AS_PATH
    and of AS4_PATH (2 each), in network order. AS_PATH follows, then AS4_PATH if it counts.
    """

    slots: Array  # uint64: upper half of the hash | place in the arena / 8 + 1; 0 where no path is
    hashes: Array  # uint64
    spans: Array  # int64, a row a path
    arena: Array  # uint8


class Records(NamedTuple):
    """The records of the file that may have yielded rows."""

    offset: Array  # int64: byte of the decompressed stream
    time: Array  # int64: seconds since 1970-01-01T00:00:00Z
    table: Array  # bool: a table entry, and not a message
    paths: Array  # bool: with additional paths


class Book(NamedTuple):
    """All that a kernel needs to write rows.

    A row is a table entry, an announcement, a withdrawal or the end of a session; rows stand in the order of the file.
    Kernels that do something for every entry take this apart once, before their loop: to hand the whole of it to
    another function costs more than what the function does.
    """

    counters: Array  # int64
    rejects: Array  # int64, five columns: place, code, two details, count
    rows: Array  # uint32, [column, row]
    peers: Index
    prefixes: Index
    paths: Paths
    listed: Array  # uint32: peer of each place in the peer index table
    found: Array  # int64: what `attributes.walk` has found in the entry at hand


@kernel
def rehash(slots: Array, hashes: Array, count: int, places: Array) -> None:
    """Fill empty ``slots`` (a power of two of them) with the first ``count`` things.

    What a slot holds of a thing is its number, or ``places[number]`` if there are places.
    """
    mask = np.uint64(len(slots) - 1)
    for number in range(count):
        hashed = hashes[number]
        slot = np.int64(hashed & mask)
        while slots[slot] != np.uint64(0):
            slot = (slot + 1) & np.int64(mask)
        place = places[number] if len(places) else number
        slots[slot] = (hashed & np.uint64(0xFFFFFFFF00000000)) | np.uint64(place + 1)


_NUMBERS: Final = np.zeros(0, np.int64)


def longer(column: Array, size: int) -> Array:
    """Return an array of at least ``size`` rows that begins as this one does."""
    if len(column) >= size:
        return column
    larger = np.empty((size, *column.shape[1:]), column.dtype)
    larger[: len(column)] = column
    return larger


def room(have: int, want: int) -> int:
    """Return a capacity of at least ``want``, and so much more that growing costs a constant for each row."""
    return have if want <= have else max(want, (4 if have < 1 << 18 else 2) * have)


def larger_slots(slots: Array, hashes: Array, count: int, size: int, places: Array = _NUMBERS) -> Array:
    """Return a hash table of the first ``count`` things that is at most half full when ``size`` are in it.

    It is no larger than that takes, so that it stays in the processor's cache as long as it can.
    """
    if 2 * size <= len(slots):
        return slots
    larger = np.zeros(1 << (2 * size - 1).bit_length(), np.uint64)
    rehash(larger, hashes, count, places)
    return larger


class Columns:
    """A :class:`Book` that grows, and the records its rows came from.

    ``kept`` is how many rejects are kept one by one.
    """

    def __init__(self, kept: int) -> None:
        self.records = Records(
            np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.bool_)
        )
        self.record_count = 0
        counters = np.zeros(COUNTERS, np.int64)
        counters[LAST_PREFIX] = -1
        # A secret start of every hash: without it a crafted file could send all its paths to one slot, and cost
        # the square of its size. Numbers go by first appearance, so nothing that is yielded depends on it.
        counters[SEED] = int.from_bytes(os.urandom(7))
        # Slots are zero at first, and are used all over from the start: they begin small. Of the others only what was
        # written is ever read.
        rows, peers, prefixes, paths = 1 << 20, 1 << 8, 1 << 18, 1 << 18
        self.book = Book(
            counters,
            np.zeros((kept, 5), np.int64),
            np.empty((ROW_COLUMNS, rows), np.uint32),
            _index(peers),
            _index(prefixes),
            Paths(
                np.zeros(1 << 16, np.uint64),
                np.empty(paths, np.uint64),
                np.empty((paths, SPAN_COLUMNS), np.int64),
                np.empty(32 * paths, np.uint8),
            ),
            np.zeros(peers, np.uint32),
            np.zeros(FOUND, np.int64),
        )

    def count(self, what: int) -> int:
        """Return a counter, such as ``count(ROWS)``."""
        return int(self.book.counters[what])

    def grow(self) -> None:
        """Make the room that the kernel which returned last has asked for."""
        book = self.book
        need = book.counters
        rows = book.rows
        if need[NEED_ROWS] > rows.shape[1]:
            rows = np.empty((ROW_COLUMNS, room(rows.shape[1], int(need[NEED_ROWS]))), np.uint32)
            rows[:, : need[ROWS]] = book.rows[:, : need[ROWS]]
        paths = book.paths
        places = (paths.spans[: need[PATHS], START] - HEAD) >> 3
        size = room(len(paths.hashes), int(need[NEED_PATHS]))
        self.book = book._replace(
            rows=rows,
            peers=_larger(book.peers, int(need[PEERS]), int(need[NEED_PEERS])),
            prefixes=_larger(book.prefixes, int(need[PREFIXES]), int(need[NEED_PREFIXES])),
            paths=Paths(
                larger_slots(paths.slots, paths.hashes, int(need[PATHS]), int(need[NEED_PATHS]), places),
                longer(paths.hashes, size),
                longer(paths.spans, size),
                longer(paths.arena, room(len(paths.arena), int(need[NEED_ARENA]))),
            ),
            listed=longer(book.listed, room(len(book.listed), int(need[NEED_LISTED]))),
        )
        need[NEEDS] = 0

    def add_records(self, offset: Array, time: Array, table: Array, paths: Array) -> int:
        """Append records, and return the row of the first."""
        first, self.record_count = self.record_count, self.record_count + len(offset)
        size = room(len(self.records.offset), self.record_count)
        self.records = Records(*(longer(column, size) for column in self.records))
        for column, values in zip(self.records, (offset, time, table, paths), strict=True):
            column[first : self.record_count] = values
        return first


def _index(size: int) -> Index:
    return Index(
        np.zeros(2 * min(size, 1 << 14), np.uint64),
        np.empty((size, THING_COLUMNS), np.uint64),
        np.empty(size, np.uint32),
        np.empty(size, np.uint32),
        np.empty(size, np.uint32),
    )


def _larger(index: Index, count: int, want: int) -> Index:
    size = room(len(index.things), want)
    hashes = np.ascontiguousarray(index.things[:count, HASH])
    slots = larger_slots(index.slots, hashes, count, want)
    return Index(slots, *(longer(column, size) for column in index[1:]))
