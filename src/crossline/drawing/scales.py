"""Scales: round numbers for axes and for classes of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECADES: Final = 100  # numbers that span more are classed by powers, not by equal steps
_LEAST: Final = 1e-200  # below it, numbers are drawn as nought: their logarithms leave what a float can hold
_LADDER: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_HUNDREDTHS: Final = 9  # digits kept of a bound; what is beyond is the dust of binary fractions


def step(span: float, most: int, *, whole: bool = False) -> float:
    """Return the least round step of which at most ``most`` cover the span; at least 1 for what is counted."""
    if not (span > _LEAST and math.isfinite(span)):
        return 1.0
    size = 10.0 ** math.floor(math.log10(span / most))
    found = next(size * factor for factor in (*_LADDER, 20.0) if size * factor * most >= span * (1 - 1e-12))
    if whole and found < 10:
        found = next((one for one in (1.0, 2.0, 5.0, 10.0) if one * most >= span), found)
    return found


def ticks(low: float, high: float, most: int = 5, *, whole: bool = False) -> list[float]:
    """Return round numbers that begin at or below nought and ``low``, and end at or above ``high``."""
    low, high = min(low, 0.0), max(high, 0.0)
    size = step(high - low, most, whole=whole)
    first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    return [_tidy(number * size) for number in range(first, max(last, first + 1) + 1)]


def powers(low: float, high: float) -> list[float]:
    """Return marks for an axis of powers: round numbers at or below ``low`` and at or above ``high``, tens between.

    Both are above nought. The ends are the nearest of 1, 2 and 5 times a power of ten.
    """
    ladder = [10.0**power * factor for power in range(_power(low), _power(high) + 2) for factor in (1, 2, 5)]
    first = max(mark for mark in ladder if mark <= low * (1 + 1e-9))
    last = min(mark for mark in ladder if mark >= high * (1 - 1e-9) and mark > first)
    return [first, *(mark for mark in ladder[::3] if first < mark < last), last]


def _power(value: float) -> int:
    return math.floor(math.log10(value) + 1e-9)


def classes(values: Iterable[float], most: int, *, whole: bool = False) -> list[float]:
    """Return the lower bounds, from nought, of at most ``most`` classes of magnitudes.

    Steps are equal where the largest is at most a hundred times the smallest that is not nought; else a step is a
    power of ten, or, over few decades, alternately three times and a third of ten times the one before. Of what is
    counted (``whole``), whole numbers that are alike in this way and of which at most ``most`` differ are a class
    each, and the least of them is the first bound.
    """
    sizes = [abs(value) for value in values if abs(value) > _LEAST and math.isfinite(value)]
    if not sizes:
        return [0.0]
    low, high = min(sizes), max(sizes)
    if low == high:
        return [0.0]
    if high <= _DECADES * low:
        each = sorted(set(sizes))
        # A reader tells 1 from 2.
        if whole and len(each) <= most and all(float(size).is_integer() for size in each):
            return [float(size) for size in each]
        size = step(high, most, whole=whole)
        bounds = [_tidy(number * size) for number in range(most)]
        return [bound for bound in bounds if bound < high or bound == 0]
    top = _power(high)
    least = math.log10(low)
    ladder = [10.0**power * factor for power in range(top - most, top + 1) for factor in (1, 3)]
    if top - least >= (most - 1) / 2:
        ladder = ladder[::2]
    bounds = [bound for bound in ladder if low < bound <= high and not (whole and bound < 1)]
    return [0.0, *(_tidy(bound) for bound in bounds[-(most - 1) :])]


def place(value: float, bounds: list[float]) -> int:
    """Return the class of a magnitude: the last whose lower bound is not above it."""
    size = abs(value)
    return max(number for number, bound in enumerate(bounds) if bound <= size)


def _tidy(value: float) -> float:
    return float(f"{value:.{_HUNDREDTHS}g}")
