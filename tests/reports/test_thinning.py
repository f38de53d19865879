"""Lines with fewer points: what is left out can not be seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from crossline.drawing.thinning import kept

Points = npt.NDArray[np.float64]


def naive(points: Points, tolerance: float) -> list[bool]:
    """Divide one line as the paper says, by recursion."""
    keep = [False] * len(points)
    keep[0] = keep[-1] = True

    def divide(first: int, last: int) -> None:
        inside = range(first + 1, last)
        if not inside:
            return
        away = [distance(points[at], points[first], points[last]) for at in inside]
        most = max(away)
        if most > tolerance:
            at = first + 1 + away.index(most)
            keep[at] = True
            divide(first, at)
            divide(at, last)

    divide(0, len(points) - 1)
    return keep


def distance(point: Points, begin: Points, end: Points) -> float:
    """Return how far a point lies from a chord."""
    along = end - begin
    length = float((along**2).sum())
    part = min(max(float(((point - begin) * along).sum()) / length, 0.0), 1.0) if length else 0.0
    rest = point - begin - part * along
    return float(np.hypot(rest[0], rest[1]))


def together(several: list[Points]) -> tuple[Points, npt.NDArray[np.int64]]:
    """Put lines into one array with the place where each begins."""
    return np.concatenate(several), np.r_[0, np.cumsum([len(one) for one in several])].astype(np.int64)


COORDINATE = st.integers(-20, 20).map(float)
LINE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=25).map(lambda rows: np.array(rows, np.float64))


@given(st.lists(LINE, min_size=1, max_size=5), st.sampled_from([0.0, 0.5, 3.0]))
def test_all_at_once_is_one_by_one(several: list[Points], tolerance: float) -> None:
    """Lines thinned together are what each is by the paper's recursion."""
    found = kept(*together(several), tolerance)
    assert found.tolist() == [one for line in several for one in naive(line, tolerance)]


def test_points_of_a_straight_line_are_its_ends() -> None:
    """Of ten points on a line two stay; a corner stays; a step within the tolerance goes."""
    straight = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    corner = np.array([[0.0, 0.0], [5.0, 0.3], [10.0, 0.0], [10.0, 10.0]])
    found = kept(*together([straight, corner]), 0.5)
    assert np.flatnonzero(found).tolist() == [0, 9, 10, 12, 13]
