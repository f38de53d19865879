"""How far it is along cables: by the course that a map draws, else by great circles.

A map's course is drawn for people and no survey. Distances along it are sums of great circles between its vertices, on
a sphere of the Earth's mean radius. Where lines of one cable do not meet, at a crossing of land for one, the shortest
gaps between them are bridged.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from crossline.compiled import inner, kernel

if TYPE_CHECKING:
    from crossline.cables.cuts import Longs
    from crossline.cables.network import CableMap

Floats = npt.NDArray[np.float64]

EARTH_KM: Final = 6371.0088  # the mean radius of WGS 84 (Moritz, "Geodetic Reference System 1980", J. Geodesy 74, 2000)
# One way in fibre of a group index of 1.468, as makers state it for 1,550 nm; light in vacuum: 299,792.458 km/s (SI).
MS_PER_KM: Final = 1.468 / 299.792458
# How much longer than the great circle a hop is taken to be whose course nobody drew: the median of the lengths that
# TeleGeography's map of November 2022 states for 227 cables between two points.
DETOUR: Final = 1.13
_MEET_KM: Final = 5.0  # maps draw lines side by side: what is so near to a line's end, or a landing point, meets it
_ASHORE_KM: Final = 150.0  # a landing point farther from its cable's course is not on it
MOST_VERTICES: Final = 2_000_000
_MOST_OF_ONE: Final = 20_000
_MOST_LINES: Final = 300
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)


def great_circle_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Return distances in kilometres between points in degrees (the haversine formula), NaN where one is NaN."""
    a, b, c, d = (np.radians(np.asarray(x, np.float64)) for x in (lat1, lon1, lat2, lon2))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    found: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def lines(course: str | None) -> list[Floats]:
    """Return the lines of a MULTILINESTRING or LINESTRING, each (n, 2) longitude, latitude; of anything else none."""
    if not course:
        return []
    head, _, rest = course.partition("(")
    if head.strip().upper() not in ("MULTILINESTRING", "LINESTRING"):
        return []
    found = []
    for part in rest.split(")"):
        numbers = np.array(_NUMBER.findall(part), np.float64)
        if len(numbers) < 4 or len(numbers) % 2:
            continue
        line = numbers.reshape(-1, 2)
        if np.isfinite(line).all() and (np.abs(line[:, 1]) <= 90).all() and (np.abs(line[:, 0]) <= 360).all():
            found.append(line)
    return found


@inner
def _sift_down(heap: Longs, count: int, key: Floats, at: int, where: Longs) -> None:
    while True:
        child = 2 * at + 1
        if child >= count:
            return
        if child + 1 < count and key[heap[child + 1]] < key[heap[child]]:
            child += 1
        if key[heap[at]] <= key[heap[child]]:
            return
        heap[at], heap[child] = heap[child], heap[at]
        where[heap[at]], where[heap[child]] = at, child
        at = child


@inner
def _sift_up(heap: Longs, key: Floats, at: int, where: Longs) -> None:
    while at > 0:
        above = (at - 1) // 2
        if key[heap[above]] <= key[heap[at]]:
            return
        heap[at], heap[above] = heap[above], heap[at]
        where[heap[at]], where[heap[above]] = at, above
        at = above


@kernel
def shortest(  # noqa: PLR0913, PLR0917 - arrays are handed to kernels one by one
    start: Longs, head: Longs, km: Floats, key: Floats, heap: Longs, where: Longs
) -> None:
    """Spread distances from the vertices whose ``key`` is finite over a graph (Dijkstra 1959, with a binary heap).

    Links of vertex v lead to ``head[start[v]:start[v + 1]]``. ``heap`` and ``where`` are room to work in, as long as
    ``key``.
    """
    n = len(key)
    count = 0
    for v in range(n):
        where[v] = -1
        if key[v] < np.inf:
            heap[count] = v
            where[v] = count
            count += 1
            _sift_up(heap, key, count - 1, where)
    while count > 0:
        v = heap[0]
        count -= 1
        heap[0] = heap[count]
        where[heap[0]] = 0
        where[v] = -2
        if count > 0:
            _sift_down(heap, count, key, 0, where)
        for link in range(start[v], start[v + 1]):
            w = head[link]
            far = key[v] + km[link]
            if far < key[w]:
                key[w] = far
                if where[w] < 0:
                    heap[count] = w
                    where[w] = count
                    count += 1
                _sift_up(heap, key, where[w], where)


def compressed(tail: Longs, head: Longs, km: Floats, n: int) -> tuple[Longs, Longs, Floats]:
    """Return links, each in both directions, by the vertex they lead from: start, head, km."""
    both_tail, both_head, both_km = (
        np.concatenate([tail, head]), np.concatenate([head, tail]), np.concatenate([km, km]),
    )  # fmt: skip
    order = np.argsort(both_tail, kind="stable")
    start = np.searchsorted(both_tail[order], np.arange(n + 1)).astype(np.int64)
    return start, both_head[order], both_km[order]


def hops(charted: CableMap) -> tuple[Longs, Longs, Floats, int]:
    """Return, for each two landings of one cable, their numbers and the distance between them along it, in km.

    The last number is of how many the course says nothing: these are :data:`DETOUR` times the great circle. A landing
    point without coordinates gives NaN.
    """
    order = np.argsort(charted.cable, kind="stable")
    starts = np.searchsorted(charted.cable[order], np.arange(charted.cables.height + 1))
    lat, lon = (charted.points[name].to_numpy().astype(np.float64) for name in ("latitude", "longitude"))
    one, other, far = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    without = vertices = 0
    for number, course in enumerate(charted.cables["course"]):
        mine = order[starts[number] : starts[number + 1]]
        if len(mine) < 2:
            continue
        at = charted.point[mine]
        a, b = np.triu_indices(len(mine), 1)
        straight = DETOUR * great_circle_km(lat[at[a]], lon[at[a]], lat[at[b]], lon[at[b]])
        drawn = lines(course)
        size = sum(map(len, drawn))
        vertices += size
        along = np.full((len(mine), len(mine)), np.inf)
        if drawn and vertices <= MOST_VERTICES and size <= _MOST_OF_ONE and len(drawn) <= _MOST_LINES:
            along = _along(drawn, lat[at], lon[at])
        km = np.where(np.isfinite(along[a, b]), along[a, b], straight)
        without += int((~np.isfinite(along[a, b])).sum())
        one.append(mine[a])
        other.append(mine[b])
        far.append(km)
    return np.concatenate(one), np.concatenate(other), np.concatenate(far), without


def _bridges(lat: Floats, lon: Floats, line: Longs, ends: Longs) -> list[tuple[Longs, Longs]]:
    """Return what joins a cable's lines: where they meet, and the shortest ways over what gaps are left."""
    if not line[-1]:
        return []
    first = np.searchsorted(line, np.arange(line[-1] + 1))
    meeting, candidates = [], []
    for end in ends:
        gap = great_circle_km(lat[end], lon[end], lat, lon)
        others = np.flatnonzero((gap <= _MEET_KM) & (line != line[end]))
        meeting.append((np.full(len(others), end), others))
        least = np.minimum.reduceat(gap, first)
        candidates += [(float(least[at]), int(end), at, gap) for at in range(len(first)) if at != line[end]]
    group = np.arange(len(first))
    for one, other in meeting:
        for a, b in zip(line[one], line[other], strict=True):
            group[group == group[b]] = group[a]
    for _, end, at, gap in sorted(candidates, key=itemgetter(0, 1, 2)):
        if group[at] != group[line[end]]:
            nearest = first[at] + int(gap[line == at].argmin())
            meeting.append((np.array([end]), np.array([nearest])))
            group[group == group[at]] = group[line[end]]
    return meeting


def _along(drawn: list[Floats], lat: Floats, lon: Floats) -> Floats:
    """Return distances between landing points along a cable's lines, (n, n); infinite where the lines do not join."""
    vertex = np.concatenate(drawn)
    first = np.cumsum([0, *map(len, drawn)])
    line = np.repeat(np.arange(len(drawn)), np.diff(first))
    y, x = vertex[:, 1], vertex[:, 0]
    next_to = np.flatnonzero(line[1:] == line[:-1])
    tail, head = [next_to], [next_to + 1]
    for one_end, other_end in _bridges(y, x, line, np.unique(np.concatenate([first[:-1], first[1:] - 1]))):
        tail.append(one_end)
        head.append(other_end)
    size = len(vertex)
    for point in range(len(lat)):
        gap = great_circle_km(lat[point], lon[point], y, x)
        # Several lines of a cable may come ashore at one landing point, each with an end of its own.
        least = np.minimum.reduceat(np.nan_to_num(gap, nan=np.inf), first[:-1])
        met = np.flatnonzero((least <= _MEET_KM) | (least == least.min()) & (least <= _ASHORE_KM))
        near = np.array([first[at] + int(gap[first[at] : first[at + 1]].argmin()) for at in met], np.int64)
        tail.append(np.full(len(near), size + point))
        head.append(near)
    every = np.concatenate([vertex, np.stack([lon, lat], 1)])
    one, other = np.concatenate(tail).astype(np.int64), np.concatenate(head).astype(np.int64)
    km = great_circle_km(every[one, 1], every[one, 0], every[other, 1], every[other, 0])
    start, to, length = compressed(one, other, km, len(every))
    result = np.empty((len(lat), len(lat)))
    heap, where = np.empty(len(every), np.int64), np.empty(len(every), np.int64)
    for point in range(len(lat)):
        key = np.full(len(every), np.inf)
        key[size + point] = 0.0
        shortest(start, to, length, key, heap, where)
        result[point] = key[size:]
    return result
