"""A sum that grows step by step: one step a row, downwards, so that each has its name and its number beside it.

The curve starts at nought. What a step adds stands behind the sum; a sum that falls back is drawn as it is.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

from crossline.drawing import axis, scales
from crossline.text import columns, visible, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST: Final = 80


def draw(  # noqa: PLR0913 - what is drawn, how wide, and in what words
    labels: Sequence[str],
    values: Sequence[float],
    width_px: int,
    *,
    label: str,
    say: Callable[[float], str],
    added: Callable[[float], str],
    bound: Callable[[float], str],
    whole: bool = False,
    css_class: str = "",
) -> str:
    """Draw a row for each step: ``say`` tells a sum, ``added`` what a step adds to it, ``bound`` a mark of the axis."""
    told = [_told(number, values, say, added) for number in range(len(values))]
    narrow = width_px <= axis.NARROW_PX
    names = [f"{number}. {visible(name)}" for number, name in enumerate(labels, 1)]
    longest = max((columns(name) for name in names), default=1)
    left = 6.0 if narrow else min(longest * axis.CHARACTER_PX, 0.28 * width_px) + 18
    beside = 0.0 if narrow else max((columns(text) for text in told), default=1) * axis.SMALL_PX + 14
    right = width_px - beside - 12
    finite = [value for value in values if math.isfinite(value)]
    marks = scales.ticks(min(finite, default=0.0), max(finite, default=0.0), 4 if narrow else 5, whole=whole)
    span = marks[-1] - marks[0]

    def at(value: float) -> float:
        return left + (value - marks[0]) / span * (right - left)

    height = 42 if narrow else 22
    bottom = axis.TOP_PX + height * len(values)
    rows = []
    for number, (name, text) in enumerate(zip(names, told, strict=True)):
        y = axis.TOP_PX + height * number
        base = y + 13 if narrow else y + height / 2 + 4
        room = width_px - columns(text) * axis.SMALL_PX - 10 if narrow else left - 14
        shown = wrap(name, max(int(room / axis.CHARACTER_PX), 6), 1)[0]
        rows.append(
            f"<g><title>{escape(name)}: {escape(text)}</title>"
            f'<text class="name" x="0" y="{base:.1f}">{escape(shown)}</text>'
            f'<text class="value" x="{width_px}" y="{base:.1f}" text-anchor="end">{escape(text)}</text></g>'
        )
    return (
        f'<svg class="curve {escape(css_class)}" width="{width_px}" height="{bottom + 8:.0f}" '
        f'viewBox="0 0 {width_px} {bottom + 8:.0f}" role="img" aria-label="{escape(visible(label, 300))}">'
        + axis.draw(marks, [at(mark) for mark in marks], bottom, bound)
        + _steps([at(value) if math.isfinite(value) else None for value in values], at(0.0), height)
        + "".join(rows)
        + "</svg>"
    )


def _told(number: int, values: Sequence[float], say: Callable[[float], str], added: Callable[[float], str]) -> str:
    value = values[number]
    text = visible(say(value), 60)
    if not number or not math.isfinite(value) or not math.isfinite(values[number - 1]):
        return text
    return f"{text} ({visible(added(value - values[number - 1]), 40)})"


def _steps(places: list[float | None], nought: float, height: int) -> str:
    """Draw the curve and the ground under it; a step without a number stays where the one before it was."""
    if not places:
        return ""
    moves, x = [], nought
    for number, place in enumerate(places):
        x = x if place is None else place
        moves.append(f"H{x:.1f}V{axis.TOP_PX + height * (number + 1):.1f}")
    path = f"M{nought:.1f} {axis.TOP_PX}" + "".join(moves)
    return f'<path class="area" d="{path}H{nought:.1f}Z"/><path class="steps" d="{path}"/>'
