"""Courses as well-known text: what is written is what is read, and what is none is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import wkt

POINT = st.tuples(st.integers(-1_800_000, 1_800_000), st.integers(-900_000, 900_000))
LINE = st.lists(POINT, min_size=2, max_size=9)


@given(st.lists(LINE, max_size=5))
def test_what_is_written_is_read(parts: list[list[tuple[int, int]]]) -> None:
    """Lines of four decimals come back as they were."""
    held = [np.array(part) / 10_000 for part in parts]
    again = wkt.lines(wkt.text(held))
    assert len(again) == len(held)
    for one, other in zip(again, held, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_form_of_the_standard() -> None:
    """The standard's own way of writing (OGC 06-103r4, 7.2.2: MULTILINESTRING), and a single line."""
    first, second = wkt.lines("MULTILINESTRING ((10 10, 20 20), (15 15, 30 15))")
    assert first.tolist() == [[10, 10], [20, 20]]
    assert second.tolist() == [[15, 15], [30, 15]]
    assert wkt.lines("LineString(10 10,20 -20.5)")[0].tolist() == [[10, 10], [20, -20.5]]
    assert wkt.lines("MULTILINESTRING EMPTY") == []


@pytest.mark.parametrize(
    "text",
    [
        "", "POINT (1 2)", "MULTILINESTRING", "MULTILINESTRING ((10 10))", "MULTILINESTRING ((1 2, 3))",
        "LINESTRING (1 2 3, 4 5 6)", "LINESTRING (181 0, 0 0)", "LINESTRING (0 91, 0 0)", "LINESTRING (a b, c d)",
        "LINESTRING (1e999 0, 0 0)", "LINESTRING (1-2 3, 4 5)", "MULTILINESTRING (())",
    ],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    """A text of another form, or a point outside the globe, is refused with a reason."""
    with pytest.raises(ValueError, match=r"\w"):
        wkt.lines(text)
