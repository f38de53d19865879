"""Which rows stand at the end: the last word on each peer, prefix and path identifier."""

# ruff: noqa: PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crossline.compiled import Array, kernel, signed
from crossline.readers.mrt.columns import (
    CLOSED,
    PATH,
    PATH_ID,
    PEER,
    PEERS,
    PREFIX,
    RECORD,
    ROWS,
    SEED,
    WITHDRAWN,
    Records,
)
from crossline.readers.mrt.interning import LOWER, NOBODY, UPPER, finished, mixed

if TYPE_CHECKING:
    from crossline.readers.mrt.columns import Columns


@kernel
def settle(rows: Array, records: Records, count: int, dead: Array, slots: Array, closed: Array, seed: int) -> int:
    """Mark in ``dead`` the rows that no longer stand, of the first ``count``.

    ``slots`` (uint64, zero, a power of two of at least twice ``count``) and ``closed`` (int64, -1 for each peer) are
    room to work in. Returns how often an entry of a table took the place of an equal one that still stood.
    """
    mask = len(slots) - 1
    replaced = 0
    for row in range(count):
        if dead[row]:
            continue
        path = rows[PATH, row]
        peer = signed(rows[PEER, row])
        if path == CLOSED:
            closed[peer] = row
            dead[row] = 1
            continue
        record = signed(rows[RECORD, row])
        several = records.paths[record]
        path_id = rows[PATH_ID, row]
        state = mixed(np.uint64(seed), np.uint64(peer))
        state = mixed(state, np.uint64(rows[PREFIX, row]))
        hashed = finished(mixed(state, np.uint64(path_id)))
        slot = signed(hashed & np.uint64(mask))
        while slots[slot] != NOBODY:
            if (slots[slot] & UPPER) == (hashed & UPPER):
                other = signed(slots[slot] & LOWER) - 1
                if (
                    signed(rows[PEER, other]) == peer
                    and rows[PREFIX, other] == rows[PREFIX, row]
                    and rows[PATH_ID, other] == path_id
                    and records.paths[signed(rows[RECORD, other])] == several
                ):
                    if (
                        rows[PATH, other] != WITHDRAWN
                        and other > closed[peer]
                        and records.table[record]
                        and records.table[signed(rows[RECORD, other])]
                    ):
                        replaced += 1
                    dead[other] = 1
                    break
            slot = (slot + 1) & mask
        slots[slot] = (hashed & UPPER) | np.uint64(row + 1)
    for row in range(count):
        if rows[PATH, row] == WITHDRAWN or row < closed[signed(rows[PEER, row])]:
            dead[row] = 1
    return replaced


def standing(columns: Columns, dead: Array) -> int:
    """Mark in ``dead`` (uint8, one for each row) the rows that do not stand; return how many entries were repeated."""
    count = columns.count(ROWS)
    slots = np.zeros(1 << max(1, (2 * count - 1).bit_length()), np.uint64)
    closed = np.full(columns.count(PEERS), -1, np.int64)
    book = columns.book
    return settle(book.rows, columns.records, count, dead, slots, closed, columns.count(SEED))


def compact(columns: Columns, dead: Array, first: int) -> Array:
    """Take the dead rows from row ``first`` on out of the columns, and return what is left of ``dead``."""
    count = columns.count(ROWS)
    keep = np.concatenate([np.arange(first), first + np.flatnonzero(dead[first:count] == 0)])
    columns.book.rows[:, : len(keep)] = columns.book.rows[:, keep]
    columns.book.counters[ROWS] = len(keep)
    left: Array = dead[keep]
    return left
