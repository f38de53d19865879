"""Who gains and who loses: a row each, from a ring (before) to an arrowhead (after).

What gains has a full arrowhead to the right on a solid line, what loses a hollow one to the left on a dashed line: no
colour is needed to tell them apart. A move too short to be seen is drawn long enough; the numbers beside it are exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from crossline.drawing import axis, scales
from crossline.text import columns, visible, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST: Final = 60
_DECADES: Final = 100  # sizes that span more stand on an axis of powers of ten
_SHORTEST_PX: Final = 12
_MOST_DECADES: Final = 10**8  # what is smaller than the largest by more stands at the left end
_NOUGHT_PX: Final = 26  # room for nought beside an axis of powers


@dataclass(frozen=True)
class _Scale:
    left: float
    right: float
    marks: list[float]  # equal steps, or powers of ten
    powers: bool
    nought: bool = True  # whether an axis of powers has a place for nought

    def at(self, value: float) -> float:
        if not self.powers:
            span = self.marks[-1] - self.marks[0]
            return self.left + (value - self.marks[0]) / span * (self.right - self.left)
        if value <= 0:
            return self.left
        low, high = math.log10(self.marks[0]), math.log10(self.marks[-1])
        start = self.left + (_NOUGHT_PX if self.nought else 0)
        return start + (math.log10(max(value, self.marks[0])) - low) / (high - low) * (self.right - start)


def draw(  # noqa: PLR0913 - what is drawn, how wide, and in what words
    labels: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    width_px: int,
    *,
    label: str,
    say: Callable[[float, float], str],
    bound: Callable[[float], str],
    whole: bool = False,
    css_class: str = "",
) -> str:
    """Draw a row for each label, in the order given; ``say`` tells a row's numbers, ``bound`` those of the axis."""
    pairs = list(zip(before, after, strict=True))
    told = [visible(say(*pair), 60) for pair in pairs]
    narrow = width_px <= axis.NARROW_PX
    longest = max((columns(visible(name)) for name in labels), default=1)
    left = 14.0 if narrow else min(longest * axis.CHARACTER_PX, 0.26 * width_px) + 18
    beside = 0.0 if narrow else max((columns(text) for text in told), default=1) * axis.SMALL_PX + 12
    scale = _scale([value for pair in pairs for value in pair], left, width_px - beside - 12, whole=whole)
    height = 44 if narrow else 26
    bottom = axis.TOP_PX + height * len(pairs)
    marks = [0.0, *scale.marks] if scale.powers and scale.nought else scale.marks
    out = [axis.draw(marks, [scale.at(mark) for mark in marks], bottom, bound)]
    for number, (name, (one, two)) in enumerate(zip(labels, pairs, strict=True)):
        y = axis.TOP_PX + height * number
        fit = max(
            int(((width_px - columns(told[number]) * axis.SMALL_PX - 10) if narrow else left - 14) / axis.CHARACTER_PX),
            6,
        )
        shown = wrap(visible(name), fit, 1)[0]
        middle = y + (31 if narrow else height / 2)
        base = y + 14 if narrow else middle + 4
        name_at = f'x="0" y="{base:.1f}"'
        out.append(
            f"<g><title>{escape(visible(name))}: {escape(told[number])}</title>"
            f'<text class="name" {name_at}>{escape(shown)}</text>'
            f'<text class="value" x="{width_px}" y="{base:.1f}" text-anchor="end">{escape(told[number])}</text>'
            f"{_move(scale, one, two, middle)}</g>"
        )
    out.append(_legend(bottom + 20, scale.powers, width_px))
    total = bottom + (46 if scale.powers and narrow else 30)
    return (
        f'<svg class="changes {escape(css_class)}" width="{width_px}" height="{total:.0f}" '
        f'viewBox="0 0 {width_px} {total:.0f}" role="img" aria-label="{escape(visible(label, 300))}">'
        + "".join(out)
        + "</svg>"
    )


def _scale(values: list[float], left: float, right: float, *, whole: bool) -> _Scale:
    finite = [value for value in values if math.isfinite(value)]
    above = [value for value in finite if value > 0]
    if above and min(finite) >= 0 and max(above) > _DECADES * min(above):
        marks = scales.powers(max(min(above), max(above) / _MOST_DECADES), max(above))
        return _Scale(left, right, marks, powers=True, nought=min(finite) == 0)
    marks = scales.ticks(min(finite, default=0.0), max(finite, default=0.0), 5, whole=whole)
    return _Scale(left, right, marks, powers=False)


def _move(scale: _Scale, one: float, two: float, y: float) -> str:
    if not math.isfinite(one) or not math.isfinite(two):
        return ""
    start, end = scale.at(one), scale.at(two)
    ring = f'<circle class="before" cx="{start:.1f}" cy="{y:.1f}" r="4"/>'
    if one == two:
        return f'{ring}<circle class="same" cx="{start:.1f}" cy="{y:.1f}" r="1.5"/>'
    css, way = ("gain", 1) if two > one else ("loss", -1)
    if abs(end - start) < _SHORTEST_PX:
        end = start + way * _SHORTEST_PX
    line = f'<path class="{css}-line" d="M{start + way * 4:.1f} {y:.1f}H{end - way * 8:.1f}"/>'
    head = f'<path class="{css}" d="M{end:.1f} {y:.1f}L{end - way * 8:.1f} {y - 5:.1f}V{y + 5:.1f}Z"/>'
    return line + ring + head


def _legend(y: float, powers: bool, width_px: int) -> str:
    parts = [
        (f'<circle class="before" cx="6" cy="{y - 4}" r="4"/>', "before", 16),
        (f'<path class="gain" d="M88 {y - 4}L80 {y - 9}V{y + 1}Z"/>', "after: more", 96),
        (f'<path class="loss" d="M182 {y - 4}L190 {y - 9}V{y + 1}Z"/>', "after: less", 198),
    ]
    out = [f'{shape}<text x="{at}" y="{y}">{said}</text>' for shape, said, at in parts]
    if powers:
        place = f'x="0" y="{y + 16}"' if width_px <= axis.NARROW_PX else f'x="{width_px}" y="{y}" text-anchor="end"'
        out.append(f"<text {place}>Equal distances are equal ratios.</text>")
    return '<g class="legend">' + "".join(out) + "</g>"
