"""Numbers are written as their unit asks: expected texts are written by hand from the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.impact import Figure, Unit, amounts


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (6_121_121_196.0, "pairs", "6,121,121,196"),
        (0, "pairs", "0"),
        (-0.0, "hops", "0.00"),
        (-1234, "ases", "\u22121,234"),
        (4.5062, "hops", "4.51"),
        (0.00481, "hops", "0.0048"),
        (12.5, "users", "12.50"),
        (0.989712, "share", "98.97 %"),
        (0.00003, "share", "0.0030 %"),
        (1.0, "share", "100.00 %"),
        (0.99999999, "share", "99.999999 %"),
        (0.0, "share", "0.00 %"),
        (None, "pairs", "not known"),
        (math.nan, "share", "not known"),
        (-math.inf, "hops", "not known"),
    ],
)
def test_a_number_in_full(value: float | None, unit: Unit, expected: str) -> None:
    """Counts have separators and no point, a share its per cent, lengths two digits, and little is never nothing."""
    assert amounts.exact(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (6_121_121_196, "pairs", "6.12 billion pairs"),
        (61_211_211, "addresses", "61.2 million addresses"),
        (612_112_119, "users", "612 million users"),
        (999_999, "pairs", "999,999 pairs"),
        (999_999_999, "pairs", "1.00 billion pairs"),
        (-21_461_983_532, "pairs", "\u221221.5 billion pairs"),
        (1, "ases", "1 AS"),
        (78_643, "ases", "78,643 ASes"),
        (0.9897, "share", "98.97 %"),
        (4.5062, "hops", "4.51 hops"),
        (3_000_000, "count", "3.00 million"),
        (4_294_967_296_000, "addresses", "4.29 trillion addresses"),
        (None, "pairs", "not known"),
    ],
)
def test_a_headline(value: float | None, unit: Unit, expected: str) -> None:
    """A large count has three digits and a word, and is followed by what it counts."""
    assert amounts.headline(value, unit) == expected


def figure(value: float | None, low: float | None, high: float | None, unit: Unit) -> Figure:
    """Return a figure of nothing but numbers."""
    return Figure("x", "X", value, unit, low, high)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (figure(0.9897, 0.9891, 0.9902, "share"), "98.97 % (98.91\u201399.02 %)"),
        (figure(2.09e9, 1.59e9, 2.31e9, "pairs"), "2.09 billion pairs (1.59\u20132.31 billion)"),
        (figure(2.09e9, 9.6e8, 2.31e9, "pairs"), "2.09 billion pairs (960 million to 2.31 billion)"),
        (figure(0.01, -0.02, 0.03, "hops"), "0.01 hops (\u22120.02 to 0.03)"),
        (figure(5, 5, 5, "states"), "5 states (the same in every reading)"),
        (figure(5, None, None, "states"), "5 states"),
        (figure(5, None, 9, "states"), "5 states (at most 9)"),
        (figure(5, 2, None, "states"), "5 states (at least 2)"),
        # A mean of what is counted has as many digits as its ends.
        (figure(2.16, 0.0047, 2.16, "paths"), "2.160 paths (0.005\u20132.160)"),
        (figure(2.43, 2, 2.43, "paths"), "2.43 paths (2.00\u20132.43)"),
        # Ends that would read alike get the digits that tell them apart.
        (figure(0.98971, 0.98970, 0.98972, "share"), "98.971 % (98.970\u201398.972 %)"),
        (figure(6_121_121_196, 6_121_121_000, 6_121_121_196, "pairs"),
         "6.12 billion pairs (6,121,121,000\u20136,121,121,196)"),
        (figure(None, None, None, "users"), "not known"),
    ],
)  # fmt: skip
def test_a_figure_with_its_range(given: Figure, expected: str) -> None:
    """A range has the unit once, says "to" where an end is below nought, and is never shown as a single number."""
    assert amounts.with_range(given) == expected


@pytest.mark.parametrize(
    ("before", "after", "unit", "expected"),
    [
        (2.31e9, 2.09e9, "pairs", "2.31 → 2.09 billion (\u22129.5 %)"),
        (9.9e8, 1.2e9, "pairs", "990 million → 1.20 billion (+21.2 %)"),
        (0.123, 0.11, "share", "12.30 → 11.00 % (\u22121.30 points)"),
        (0, 12, "pairs", "0 → 12 (+12)"),
        (12, 0, "pairs", "12 → 0 (\u2212100 %)"),
        (7, 7, "pairs", "7 (no change)"),
        (2_310_000_000, 2_310_000_009, "pairs", "2.31 billion (+9)"),
        (0.32, -0.3, "hops", "0.32 → \u22120.30 (\u22120.62)"),
        (math.nan, 2, "pairs", "not known → 2"),
    ],
)
def test_a_change(before: float, after: float, unit: Unit, expected: str) -> None:
    """A change says what was, what is, and the difference: relative, or in points for a share."""
    assert amounts.change(before, after, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (2e9, "pairs", "2 billion"), (1.5e6, "pairs", "1.5 million"), (200_000.0, "pairs", "200,000"),
        (0.2, "share", "20 %"), (0.001, "share", "0.1 %"), (0.1 + 0.2, "hops", "0.3"), (0.0, "pairs", "0"),
        (-0.4, "hops", "\u22120.4"),
    ],
)  # fmt: skip
def test_a_mark_of_an_axis(value: float, unit: Unit, expected: str) -> None:
    """A round number has no noughts behind it, and none of the dust of binary fractions."""
    assert amounts.bound(value, unit) == expected


@given(st.floats(), st.sampled_from(["pairs", "hops", "share", "count"]))
def test_no_number_is_too_strange(value: float, unit: Unit) -> None:
    """Whatever the number, it is written, and what is not nothing does not read as nothing."""
    text = amounts.exact(value, unit)
    assert amounts.short(value, unit)
    assert amounts.headline(value, unit)
    assert amounts.known(value) == (text != "not known")
    if value and amounts.known(value):
        assert text.strip("\u2212-0.,% ")


@given(st.floats(0, 1, exclude_max=True))
def test_not_all_is_never_written_as_all(share: float) -> None:
    """A share below one reads as 100 % only if it differs by less than a hundred-millionth of a per cent."""
    assert not amounts.exact(share, "share").startswith("100") or share > 1 - 1e-9
