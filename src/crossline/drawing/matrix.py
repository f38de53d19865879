"""Numbers between groups as a square of cells: the more, the further from the ground, by lightness.

Each cell says in words what it stands for (`title`). Below nought the same bounds hold, in another hue. Where a cell is
large enough, its number stands in it; where not, a stroke marks what is below nought, so that it is told without hue.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

from crossline.drawing import scales
from crossline.text import columns, visible, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLASSES: Final = 7  # classes of lightness: c0, the nearest to the ground, to c6
MOST: Final = 60  # groups of a picture
# The texture of what has no number; a page defines it once.
PATTERNS: Final = (
    '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="fill-none" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="ground-none" width="5" height="5"/><rect class="ink-none" width="1" height="5"/></pattern>'
    "</defs></svg>"
)
# Up to how many groups a cell is how wide and high.
_CELLS: Final = ((8, 76, 36), (12, 62, 34), (24, 27, 27), (40, 20, 20), (MOST, 14, 14))
_NUMBERED: Final = 12  # up to so many groups, cells have their number in them
_LEAST_PX: Final = 20  # the narrowest cell with a number in it
_SMALL_PX: Final = 6.3  # a character of 11 px text
_TINY_PX: Final = 5.9  # of 10 px
_RANGES: Final = 1000
_LONGEST: Final = 24  # columns of a label
_LINE_PX: Final = 20
_MINUS: Final = "\u2212"
_CAPTION_PX: Final = 150


def draw(  # noqa: PLR0913 - what is drawn, and in what words
    labels: Sequence[str],
    values: Sequence[Sequence[float]],
    *,
    label: str,
    say: Callable[[int, int], str],
    short: Callable[[float], str],
    whole: bool = False,
) -> str:
    """Draw a row for each source and a column for each destination, in the order given.

    ``say`` tells a cell in words, ``short`` writes the number in a cell; ``whole`` says that numbers are counts. What
    the lightnesses stand for is a picture of its own, :func:`key`. Raises ValueError if ``values`` are not a square
    of the size of ``labels``.
    """
    count = len(labels)
    if len(values) != count or any(len(row) != count for row in values):
        raise ValueError(f"{count} labels, but not {count} rows of {count} numbers")
    width, height = next((wide, high) for most, wide, high in (*_CELLS, (count, 14, 14)) if count <= most)
    bounds = scales.classes((value for row in values for value in row), CLASSES, whole=whole)
    character = _SMALL_PX if height > 14 else _TINY_PX
    names = [wrap(visible(name), _LONGEST, 1)[0] for name in labels] if count else []
    longest = max((columns(name) for name in names), default=0) * character + 8
    left = max(longest, 30.0)
    upright = longest > width
    top = 22 + (longest if upright else 16.0)
    side = max(left + width * count, _CAPTION_PX)
    below = top + height * count + 1
    size = "tiny" if height <= 14 else "small"
    numbered = _has_room(values, short)
    return (
        f'<svg class="matrix {size}" width="{side + 2:.0f}" height="{below:.0f}" '
        f'viewBox="0 0 {side + 2:.0f} {below:.0f}" role="img" aria-label="{escape(visible(label, 300))}">'
        f'<text class="caption" x="0" y="12">rows: from; columns: to</text>'
        + _heads(names, left, top, width, upright=upright)
        + "".join(
            _row(number, names[number], values[number], bounds, (left, top + height * number, width, height), say,
                 short, numbered=numbered)
            for number in range(count)
        )
        + "</svg>"
    )  # fmt: skip


def _has_room(values: Sequence[Sequence[float]], short: Callable[[float], str]) -> bool:
    """Return whether cells have their number in them: those of few groups, and of more where numbers are short."""
    count = len(values)
    if count <= _NUMBERED:
        return True
    width = next((wide for most, wide, _ in _CELLS if count <= most), 0)
    if width < _LEAST_PX:
        return False
    longest = max((columns(short(value)) for row in values for value in row if math.isfinite(value)), default=0)
    return longest * _SMALL_PX <= width - 5


def _heads(names: list[str], left: float, top: float, width: int, *, upright: bool) -> str:
    out = []
    for number, name in enumerate(names):
        x = left + width * (number + 0.5)
        if upright:
            at = f'transform="translate({x + 3.5:.1f} {top - 4:.1f}) rotate(-90)"'
        else:
            at = f'x="{x:.1f}" y="{top - 5:.1f}" text-anchor="middle"'
        out.append(f'<text class="head" {at}>{escape(name)}</text>')
    return "".join(out)


def _row(  # noqa: PLR0913, PLR0917 - a row, where it stands, and in what words
    number: int, name: str, values: Sequence[float], bounds: list[float], frame: tuple[float, float, int, int],
    say: Callable[[int, int], str], short: Callable[[float], str], *, numbered: bool,
) -> str:  # fmt: skip
    left, top, width, height = frame
    out = [
        f'<g transform="translate({left:.1f} {top:.1f})">',
        f'<text class="head" x="-5" y="{height / 2 + 3.5:.1f}" text-anchor="end">{escape(name)}</text>',
    ]
    for column, value in enumerate(values):
        css = _css(value, bounds)
        out.append(
            f'<rect class="{css}" x="{width * column}" width="{width - 1}" height="{height - 1}">'
            f"<title>{escape(visible(say(number, column), 200))}</title></rect>"
        )
        if value < 0 and not numbered:
            out.append(_stroke(width * column, width, height))
        if numbered and math.isfinite(value):
            out.append(_number(short(value), css, width * (column + 0.5) - 0.5, height))
    return "".join(out) + "</g>"


def _css(value: float, bounds: list[float]) -> str:
    if not math.isfinite(value):
        return "none"
    if not value:
        return "zero"
    return _lightness(scales.place(value, bounds), len(bounds), below=value < 0)


def _lightness(number: int, count: int, *, below: bool = False) -> str:
    """Return the CSS class of one of so many classes; few of them take lightnesses that lie far apart.

    Classes c0 to c6 are of what is above nought, n0 to n6 of what is below.
    """
    return f"{'n' if below else 'c'}{round(number * (CLASSES - 1) / (count - 1)) if count > 1 else CLASSES - 1}"


def _stroke(x: float, width: int, height: int) -> str:
    """Draw the sign of what is below nought: a line through the lower left of a cell, on both lights and darks."""
    length = min(width - 3, 12)
    y = height - 1 - max(height // 6, 2)
    path = f"M{x + 1.5:.1f} {y}h{length}"
    return f'<path class="minus-ground" d="{path}"/><path class="minus" d="{path}"/>'


def _number(text: str, css: str, x: float, height: int) -> str:
    first, _, rest = text.partition(" ")
    lines = [first, rest] if rest and len(text) > 8 else [text]
    y = height / 2 + 3.5 - 6 * (len(lines) - 1)
    return "".join(
        f'<text class="in in-{css}" x="{x:.1f}" y="{y + 12 * number:.1f}" text-anchor="middle">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )


def key(  # noqa: PLR0913 - what is drawn, how wide, and in what words
    values: Sequence[Sequence[float]],
    width_px: int,
    *,
    bound: Callable[[float], str],
    short: Callable[[float], str],
    whole: bool = False,
    css_class: str = "",
    words: tuple[str, str] = ("", ""),
) -> str:
    """Draw what each lightness of a matrix stands for, in as many columns as there is room for.

    ``bound`` writes a bound of a class, ``short`` the largest number; ``words`` say what numbers above nought are
    ("lost"), and those below ("gained"), which then stand without their sign.
    """
    flat = [value for row in values for value in row]
    bounds = scales.classes(flat, CLASSES, whole=whole)
    # Ranges of whole numbers end where the next begins less one; those of large ones are told by round numbers.
    counted = whole and bounds[-1] <= _RANGES and all(not math.isfinite(one) or float(one).is_integer() for one in flat)
    items: list[tuple[str, str]] = []
    if any(not math.isfinite(value) for value in flat):
        items.append(("none", "no pair"))
    if any(value == 0 for value in flat):
        items.append(("zero", "0"))
    both = any(value < 0 for value in flat)
    for below, word in ((False, words[0] if both else ""), (True, words[1])):
        sizes = [abs(value) for value in flat if math.isfinite(value) and (value < 0 if below else value > 0)]
        sign = _MINUS if below and not word else ""
        items += [
            (css, f"{sign}{said} {word}".strip())
            for css, said in _said(bounds, max(sizes, default=0.0), bound, short, below=below, whole=counted)
        ]
    if both and not _has_room(values, short):
        items.append(("minus", f"below 0{f': {words[1]}' if words[1] else ''}"))
    wide = math.ceil(max((columns(said) for _, said in items), default=1) * _SMALL_PX) + 45
    across = max(width_px // wide, 1)
    down = -(-len(items) // across)
    out = []
    for number, (css, said) in enumerate(items):
        x, y = (number // down) * wide, (number % down) * _LINE_PX
        swatch = f'<rect class="{"n1" if css == "minus" else css}" x="{x}" y="{y:.1f}" width="22" height="14"/>'
        if css == "minus":
            swatch += f'<g transform="translate({x + 4} {y:.1f})">{_stroke(0, 15, 15)}</g>'
        out.append(f'<g class="legend">{swatch}<text x="{x + 29}" y="{y + 11:.1f}">{escape(said)}</text></g>')
    height = max(down * _LINE_PX, 1)
    said = "; ".join(said for _, said in items)
    return (
        f'<svg class="key {escape(css_class)}" width="{width_px}" height="{height}" viewBox="0 0 {width_px} {height}" '
        f'role="img" aria-label="{escape(f"Classes: {said}")}">' + "".join(out) + "</svg>"
    )


def _said(  # noqa: PLR0913 - classes, and in what words
    bounds: list[float], most: float, bound: Callable[[float], str], short: Callable[[float], str],
    *, below: bool, whole: bool,
) -> list[tuple[str, str]]:  # fmt: skip
    """Return each class of one side of nought, up to that of the largest number, and what it spans."""
    said = []
    last = scales.place(most, bounds) if most else -1
    for number, low in enumerate(bounds[: last + 1]):
        css = _lightness(number, len(bounds), below=below)
        if bounds[0]:  # a class for each number
            words = short(low)
        elif whole:
            first, end = max(low, 1.0), bounds[number + 1] - 1 if number < last else most
            words = short(end) if first >= end else f"{short(first)}\u2013{short(end)}"
        elif number < last:
            words = f"{bound(low)} to {bound(bounds[number + 1])}" if low else f"under {bound(bounds[1])}"
        else:
            top = min(short(most), bound(float(f"{most:.3g}")), key=len)
            words = f"{bound(low)} to {top}" if 0 < low < most else top
        said.append((css, words))
    return said
