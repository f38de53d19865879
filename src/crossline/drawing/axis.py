"""An axis above rows: a line down from each mark, and the mark's number where there is room for it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

from crossline.text import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOP_PX: Final = 26  # room for the numbers, above the first row
CHARACTER_PX: Final = 6.9  # of 12.5 px text
SMALL_PX: Final = 6.3  # of 11 px text
NARROW_PX: Final = 560  # a picture that is not wider has the numbers of a row above the row
_OVERHANG_PX: Final = 12  # how far the last number may reach beyond its line
_APART_PX: Final = 8


def draw(marks: Sequence[float], places: Sequence[float], bottom: float, bound: Callable[[float], str]) -> str:
    """Draw the marks at their places, from left to right, down to ``bottom``; ``bound`` writes their numbers."""
    out = []
    taken, limit = -math.inf, places[-1] + _OVERHANG_PX
    for mark, x in zip(marks, places, strict=True):
        out.append(f'<path class="{"grid" if mark else "nought"}" d="M{x:.1f} {TOP_PX - 6}V{bottom:.1f}"/>')
        text = bound(mark)
        width = columns(text) * SMALL_PX
        begin, at, anchor = x - width / 2, x, "middle"
        if begin < 0:
            begin, at, anchor = 0.0, 0.0, "start"
        elif begin + width > limit:
            begin, at, anchor = limit - width, limit, "end"
        if begin >= taken + _APART_PX:
            out.append(f'<text class="tick" x="{at:.1f}" y="12" text-anchor="{anchor}">{escape(text)}</text>')
            taken = begin + width
    return "".join(out)
