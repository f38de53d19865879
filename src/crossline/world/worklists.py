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


@numba.njit(cache=True, nogil=True)
def _downstream(start: npt.NDArray[np.int64], to: Ints, source: int, seen: Mask) -> npt.NDArray[np.int64]:
    """Return the source and all that edges lead to from it, and mark them in ``seen``."""
    found = [np.int64(source)]
    seen[source] = True
    at = 0
    while at < len(found):
        for e in range(start[found[at]], start[found[at] + 1]):
            if not seen[to[e]]:
                seen[to[e]] = True
                found.append(np.int64(to[e]))
        at += 1
    return np.array(found, dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def apart(  # noqa: C901, PLR0913, PLR0917 - one kernel, round by round
    start: npt.NDArray[np.int64],
    to: Ints,
    share: Floats,
    sources: npt.NDArray[np.int64],
    threshold: float,
    inclusive: bool,
    rounds: int,
    upper: bool,
) -> tuple[Mask, Ints, Ints]:
    """Multiply shares along every chain from one source at a time, and add up those of one source's chains.

    Edge e leads from p, ``start[p] <= e < start[p + 1]``, to ``to[e]``, and carries ``share[e]`` per cent. Returns whom
    some source reaches the threshold of, how long the chains are that do (-1 for none), and from which source. What
    rises is a lower bound whenever it stops; as an ``upper`` bound what still rises after all rounds is taken as whole.
    """
    size = len(start) - 1
    reached, rank, by = np.zeros(size, np.bool_), np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    now, then, seen = np.zeros(size), np.zeros(size), np.zeros(size, np.bool_)
    for source in sources:
        reached[source], rank[source], by[source] = True, 0, source
        nodes = _downstream(start, to, source, seen)
        now[source] = 100.0
        moved = 100.0
        for level in range(1, rounds + 1):
            if len(nodes) == 1:
                break
            then[nodes] = 0.0
            then[source] = 100.0
            for p in nodes:
                if now[p] > 0:
                    for e in range(start[p], start[p + 1]):
                        q = to[e]
                        if q != source:
                            then[q] = min(100.0, then[q] + share[e] * now[p] / 100)
            moved = 0.0
            for q in nodes:
                moved = max(moved, abs(then[q] - now[q]))
                if upper and level == rounds and rounds > 1 and then[q] > now[q]:
                    then[q] = 100.0
                now[q] = then[q]
                if _reaches(now[q], threshold, inclusive) and (rank[q] < 0 or level < rank[q]):
                    reached[q], rank[q], by[q] = True, level, source
            if moved == 0 or (not upper and moved < 1e-9):
                break
        now[nodes], then[nodes], seen[nodes] = 0.0, 0.0, False
    return reached, rank, by


@numba.njit(cache=True, nogil=True)
def within_reach(  # noqa: PLR0913, PLR0917 - one kernel, round by round
    start: npt.NDArray[np.int64],
    to: Ints,
    into: npt.NDArray[np.int64],
    owner: Ints,
    share: Floats,
    sources: npt.NDArray[np.int64],
    ends: Mask,
    alone: Floats,
    rounds: int,
) -> Floats:
    """Return the most, in per cent, that any one source may hold of each party, given the least that others hold.

    Edge e leads from p, ``start[p] <= e < start[p + 1]``, to ``to[e]``. The same edges by whom they lead to: of party
    q, ``into[q] <= e < into[q + 1]``, from ``owner[e]``, who holds at least ``share[e]`` per cent. ``alone`` is what
    somebody may hold whom no statement names. The bounds fall, and so are bounds whenever they stop.
    """
    most, now, then, seen = alone.copy(), alone.copy(), alone.copy(), np.zeros(len(into) - 1, np.bool_)
    for source in sources:
        nodes = _downstream(start, to, source, seen)
        for q in nodes:
            now[q] = 0.0 if ends[q] and q != source else 100.0
        for _ in range(rounds):
            moved = 0.0
            for q in nodes:
                then[q] = now[q]
                if q == source or ends[q]:
                    continue
                room = 100.0
                for e in range(into[q], into[q + 1]):
                    room -= share[e] * (100.0 - now[owner[e]]) / 100
                then[q] = min(100.0, max(0.0, room))
                moved = max(moved, abs(then[q] - now[q]))
            for q in nodes:
                now[q] = then[q]
            if moved < 1e-9:
                break
        for q in nodes:
            most[q] = max(most[q], now[q])
            now[q], seen[q] = alone[q], False
    return most
