"""The compiled loop behind :mod:`crossline.world.control`: both fixpoints, by worklists over statements of control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from crossline.kleene import Codes

    Mask = npt.NDArray[np.bool_]
    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int32]


@numba.njit(cache=True, nogil=True)
def _reaches(share: float, threshold: float, inclusive: bool) -> bool:
    return share >= threshold - 1e-9 if inclusive else share > threshold + 1e-9


@numba.njit(cache=True, nogil=True)
def worklists(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one kernel, two fixpoints
    start: npt.NDArray[np.int64],
    owned: Ints,
    at_least: Floats,
    at_most: Floats,
    channel: Ints,
    channels: int,
    base: Codes,
    ends: Mask,
    threshold: float,
    inclusive: bool,
    aggregate: bool,
    direct_only: bool,
) -> tuple[Mask, Ints, Mask]:
    """Return who is certainly held, the length of each one's shortest chain (-1 for none), and who certainly is not.

    Edge e leads from an owner p, ``start[p] <= e < start[p + 1]``, to ``owned[e]``; the channel after the last is
    direction.
    """
    size = len(base)
    held = base == 2
    rank = np.where(held, 0, -1).astype(np.int32)
    # Certainly controlled: add each held owner's least share to what it owns, round by round.
    total = np.zeros((channels, size))
    queue = np.flatnonzero(held)
    level = 0
    while len(queue) > 0:
        level += 1
        touched = [np.int64(0) for _ in range(0)]
        for p in queue:
            for e in range(start[p], start[p + 1]):
                q = owned[e]
                if held[q]:
                    continue
                c = channel[e]
                if c >= channels:
                    touched.append(np.int64(q))
                    rank[q] = -2
                    continue
                if aggregate:
                    total[c, q] += at_least[e]
                else:
                    total[c, q] = max(total[c, q], at_least[e])
                touched.append(np.int64(q))
        fresh = [np.int64(0) for _ in range(0)]
        for q in touched:
            if held[q]:
                continue
            enough = bool(rank[q] == -2)
            for c in range(channels):
                if _reaches(total[c, q], threshold, inclusive):
                    enough = True
            if enough:
                held[q] = True
                rank[q] = level
                fresh.append(q)
        if direct_only:
            break
        queue = np.array(fresh, dtype=np.int64)

    # Certainly not controlled: what free owners hold at least is out of reach.
    free = np.zeros(size, np.bool_)
    taken = np.zeros((channels, size))  # least shares of free owners
    stated = np.zeros((channels, size))  # least shares of all owners
    large = np.zeros((channels, size), np.int64)  # owners not known free whose greatest share reaches the threshold
    directors = np.zeros(size, np.int64)  # directing owners not known free
    for owner in range(size):
        for e in range(start[owner], start[owner + 1]):
            q = owned[e]
            c = channel[e]
            if c >= channels:
                directors[q] += 1
            else:
                stated[c, q] += at_least[e]
                if _reaches(at_most[e], threshold, inclusive):
                    large[c, q] += 1
    pending = [np.int64(p) for p in range(size) if base[p] == 0]
    first = True
    while len(pending) > 0:
        joined = [np.int64(0) for _ in range(0)]
        for p in pending:
            if free[p] or base[p] != 0 or held[p]:
                continue
            ok = bool(ends[p])
            if (not ok and not direct_only) or (not ok and not first):
                ok = directors[p] == 0
                for c in range(channels):
                    if aggregate:
                        room = 100.0 - taken[c, p]
                        ok = ok and not _reaches(room, threshold, inclusive)
                    else:
                        room = 100.0 - stated[c, p]
                        ok = ok and large[c, p] == 0 and not _reaches(room, threshold, inclusive)
            if ok:
                free[p] = True
                joined.append(p)
        affected = [np.int64(0) for _ in range(0)]
        if direct_only and first:
            # Only direct holders count, so every owner outside the base is harmless, whoever owns it in turn.
            sources = [np.int64(p) for p in range(size) if base[p] == 0]
        elif direct_only:
            sources = [np.int64(0) for _ in range(0)]
        else:
            sources = joined
        for p in sources:
            for e in range(start[p], start[p + 1]):
                q = owned[e]
                c = channel[e]
                if c >= channels:
                    directors[q] -= 1
                else:
                    taken[c, q] += at_least[e]
                    if _reaches(at_most[e], threshold, inclusive):
                        large[c, q] -= 1
                affected.append(np.int64(q))
        pending = [np.int64(p) for p in range(size) if base[p] == 0] if direct_only and first else affected
        first = False
    rank[rank == -2] = -1
    return held, rank, free
