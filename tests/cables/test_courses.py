"""Ways along cables: as drawn, over gaps and the antimeridian, and where nothing is drawn."""

from __future__ import annotations

import heapq
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.cables import courses
from crossline.cables.network import CableMap

QUARTER_KM = math.pi / 2 * 6371.0088  # a quarter of a great circle of the Earth's mean radius
DEGREE_KM = QUARTER_KM / 90


def one(course: str | None, *points: tuple[float | None, float | None]) -> CableMap:
    """Return a map of one cable that lands at points of latitude and longitude."""
    frame = pl.DataFrame({
        "point": [str(n) for n in range(len(points))], "latitude": [p[0] for p in points],
        "longitude": [p[1] for p in points],
    }, schema={"point": pl.String, "latitude": pl.Float64, "longitude": pl.Float64})  # fmt: skip
    cables = pl.DataFrame({"cable": ["c"], "course": [course]}, schema={"cable": pl.String, "course": pl.String})
    return CableMap(cables, frame, np.zeros(len(points), np.int64), np.arange(len(points)))


@pytest.mark.parametrize(
    ("start", "end", "degrees"),
    [
        ((0, 0), (0, 90), 90),
        ((90, 0), (0, 77), 90),
        ((0, 179.5), (0, -179.5), 1),
        ((-10, 5), (-10, 5), 0),
        ((45, 0), (45, 180), 90),
    ],
)
def test_great_circles(start: tuple[float, float], end: tuple[float, float], degrees: float) -> None:
    """A quarter of the equator, a meridian, a way over the antimeridian and one over the pole are so many degrees."""
    found = courses.great_circle_km(*(np.array([x]) for x in (*start, *end)))
    assert found[0] == pytest.approx(degrees * DEGREE_KM)


def test_a_way_follows_the_course() -> None:
    """A cable that is drawn around a corner is as long as both legs; between its ends and the corner it is one leg."""
    charted = one("MULTILINESTRING ((0 0, 0 10, 10 10))", (0, 0), (10, 10), (10, 0))
    a, b, km, undrawn = courses.hops(charted)
    legs = {(x, y): far for x, y, far in zip(a.tolist(), b.tolist(), km.tolist(), strict=True)}
    second = courses.great_circle_km(np.array([10.0]), np.array([0.0]), np.array([10.0]), np.array([10.0]))[0]
    assert legs[0, 2] == pytest.approx(10 * DEGREE_KM)
    assert legs[1, 2] == pytest.approx(second)
    assert legs[0, 1] == pytest.approx(10 * DEGREE_KM + second)
    assert undrawn == 0


def test_branches_and_rings_join_where_lines_meet() -> None:
    """A branch from the middle of a trunk is reached over the trunk; a ring is gone round the shorter way."""
    charted = one("MULTILINESTRING ((0 0, 5 0, 20 0), (5 0, 5 3))", (0, 0), (3, 5))
    assert courses.hops(charted)[2] == pytest.approx([8 * DEGREE_KM])
    ring = one("MULTILINESTRING ((0 0, 0 1, 1 1), (1 1, 1 0, 0 0))", (0, 0), (1, 0))
    assert courses.hops(ring)[2] == pytest.approx([DEGREE_KM])


def test_gaps_are_bridged_at_their_narrowest() -> None:
    """Two lines with a land bridge of one degree between their ends are as long as both and the gap."""
    charted = one("MULTILINESTRING ((0 0, 4 0), (5 0, 9 0))", (0, 0), (0, 9))
    assert courses.hops(charted)[2] == pytest.approx([9 * DEGREE_KM])


def test_a_course_over_the_antimeridian_is_one() -> None:
    """A line that a map breaks at 180 degrees goes on at -180."""
    charted = one("MULTILINESTRING ((178 0, 180 0), (-180 0, -177 0))", (0, 178), (0, -177))
    assert courses.hops(charted)[2] == pytest.approx([5 * DEGREE_KM])


@pytest.mark.parametrize(
    "course",
    [
        None,
        "",
        "POINT (0 0)",
        "MULTILINESTRING ((0 0))",
        "MULTILINESTRING ((0 0, nan 1))",
        "MULTILINESTRING ((0 99, 5 99))",
        "MULTILINESTRING ((100 40, 110 40))",
    ],
)
def test_without_a_course_it_is_a_great_circle_and_more(course: str | None) -> None:
    """Where nothing is drawn, or nothing near the landing points, it is the great circle times the stated factor."""
    _, _, km, undrawn = courses.hops(one(course, (0, 0), (0, 10)))
    assert (km.tolist(), undrawn) == (pytest.approx([courses.DETOUR * 10 * DEGREE_KM]), 1)


def test_a_landing_nobody_knows_where_has_no_distance() -> None:
    """A landing point without coordinates gives no number, with a course and without."""
    for course in (None, "MULTILINESTRING ((0 0, 10 0))"):
        assert np.isnan(courses.hops(one(course, (0, 0), (None, None)))[2]).all()


def test_light_takes_49_microseconds_for_ten_kilometres() -> None:
    """One way in fibre is about 4.9 microseconds a kilometre (ITU-T G.671 reckons with 5)."""
    assert pytest.approx(0.0049, abs=0.00005) == courses.MS_PER_KM


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 30)), max_size=25),
    st.sets(st.integers(0, 7)),
)
def test_shortest_ways_against_a_heap_of_the_library(links: list[tuple[int, int, int]], first: set[int]) -> None:
    """Distances from several vertices at once are those of a search with Python's own heap."""
    tail, head, km = (np.array([link[k] for link in links], np.int64) for k in range(3))
    key = np.full(8, np.inf)
    key[list(first)] = 0.0
    start, to, length = courses.compressed(tail, head, km.astype(np.float64), 8)
    courses.shortest(start, to, length, key, np.empty(8, np.int64), np.empty(8, np.int64))
    best = dict.fromkeys(first, 0)
    queue = [(0, v) for v in first]
    heapq.heapify(queue)
    while queue:
        far, v = heapq.heappop(queue)
        for a, b, more in links:
            for x, y in ((a, b), (b, a)):
                if x == v and far + more < best.get(y, 10**9):
                    best[y] = far + more
                    heapq.heappush(queue, (far + more, y))
    assert key.tolist() == [best.get(v, math.inf) for v in range(8)]
