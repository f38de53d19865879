"""Ties out of ways: which network of a path stands in which role."""

# ruff: noqa: PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from crossline.compiled import Array, inlined, kernel, signed
from crossline.routes.extents import BEGINS_WITH_SET, BROKEN, ENDS_WITH_SET, ROLE

if TYPE_CHECKING:
    from crossline.readers.mrt.paths import Ways

_NEIGHBOUR: Final = 0
_TRANSIT: Final = 1
_ORIGIN: Final = 2


class Ties(NamedTuple):
    """Columns of ties, a row each: neighbours first, then transit, then origins, by bundle in each."""

    bundle: Array  # uint32: among the ways that are used
    role: Array  # uint32: place in `ROLE`
    identifier: Array  # uint32
    seq: Array  # uint32


@inlined
def _transits(size: int, flags: int) -> int:
    # Before a set that ends the path everybody is on the way; before what cannot be read the last one may not be.
    return size if size == 0 or flags & ENDS_WITH_SET else size - 1


@kernel
def count(ways: Ways, used: Array, counts: Array) -> None:
    """Add to ``counts`` how many ties of each role there are."""
    for way in range(len(used)):
        if used[way]:
            size = ways.start[way + 1] - ways.start[way]
            flags = ways.flags[way]
            counts[_TRANSIT] += _transits(size, flags)
            if size and not flags & BEGINS_WITH_SET:
                counts[_NEIGHBOUR] += 1
            if size and not flags & (ENDS_WITH_SET | BROKEN):
                counts[_ORIGIN] += 1


@inlined
def _put(ties: Ties, at: int, bundle: int, role: int, identifier: int, seq: int) -> None:
    ties.bundle[at] = bundle
    ties.role[at] = role
    ties.identifier[at] = identifier
    ties.seq[at] = seq


@kernel
def fill(ways: Ways, used: Array, counts: Array, numbers: Array, again: Array, ties: Ties) -> int:
    """Write the ties, and into ``numbers`` the AS numbers that they name; return how many these are.

    ``again`` (uint32, zero, one for each of `Ways.numbers`) is room to number them again, as far as they are used.
    """
    neighbour = 0
    transit = signed(counts[_NEIGHBOUR])
    origin = transit + signed(counts[_TRANSIT])
    named = 0
    bundle = 0
    for way in range(len(used)):
        if not used[way]:
            continue
        start = ways.start[way]
        size = ways.start[way + 1] - start
        flags = ways.flags[way]
        transits = _transits(size, flags)
        for seq in range(size):
            network = ways.network[start + seq]
            if again[network] == 0:
                numbers[named] = ways.numbers[network]
                named += 1
                again[network] = named
            identifier = again[network] - 1
            if seq == 0 and not flags & BEGINS_WITH_SET:
                _put(ties, neighbour, bundle, _NEIGHBOUR, identifier, seq)
                neighbour += 1
            if seq < transits:
                _put(ties, transit, bundle, _TRANSIT, identifier, seq)
                transit += 1
            if seq == size - 1 and not flags & (ENDS_WITH_SET | BROKEN):
                _put(ties, origin, bundle, _ORIGIN, identifier, seq)
                origin += 1
        bundle += 1
    return named


def ties_of(ways: Ways, used: Array, known: int) -> tuple[Ties, Array]:
    """Return the ties of the ways that are ``used``, and the AS numbers, of ``known``, that identifiers stand for."""
    counts = np.zeros(len(ROLE.categories), np.int64)
    count(ways, used, counts)
    ties = Ties(*(np.empty(int(counts.sum()), np.uint32) for _ in Ties._fields))
    numbers = np.empty(known, np.uint32)
    named = fill(ways, used, counts, numbers, np.zeros(known, np.uint32), ties)
    return ties, numbers[:named]
