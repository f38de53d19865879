"""A chain of evidence as boxes and arrows: the asset, whom it depends on, each step, and the rule they decide.

The boxes flow like words: a picture of little width is the same chain, one box a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from crossline.text import columns, visible, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARACTER_PX: Final = 7.0  # of 12.5 px text, on the wide side of common sans-serif fonts
_LINE_PX: Final = 16
_PADDING_PX: Final = 10
_CAPTION_PX: Final = 15
_BOX_COLUMNS: Final = 24
_ARROW_PX: Final = 34
_ROW_GAP_PX: Final = 34
_STEPS: Final = 6  # boxes for steps; a longer chain keeps its ends, and the list under the picture has it all

Shape = Literal["asset", "identifier", "step", "rule"]


@dataclass(frozen=True)
class Box:
    """A box of the chain; ``edge`` stands on the arrow that leads to it."""

    shape: Shape
    caption: str
    text: str
    edge: str = ""


@dataclass(frozen=True)
class _Placed:
    box: Box
    captions: list[str]
    lines: list[str]
    x: float
    y: float
    width: float
    height: float


def boxes(  # noqa: PLR0913, PLR0917 - the parts of a finding in their order
    asset: tuple[str, str],
    role: str,
    held: str,
    statements: Sequence[str],
    rule: tuple[str, str],
    sources: Sequence[str] = (),
) -> list[Box]:
    """Return the boxes of a finding: kind and name, role, identifier and holder, steps, rule and verdict.

    ``sources`` say in a few words who states each step, and when; without them steps are numbered only.
    """
    chain = [Box("asset", visible(asset[0], 20), visible(asset[1], 72))]
    if held:
        chain.append(Box("identifier", "depends on", held, visible(role, 16)))
    said = [*sources, *[""] * (len(statements) - len(sources))]
    numbered = [
        (f"{number} · {source}" if source else f"step {number}", visible(text, 160))
        for number, (text, source) in enumerate(zip(statements, said, strict=True), 1)
    ]
    if len(numbered) > _STEPS:
        left_out = len(numbered) - _STEPS + 1
        numbered = [*numbered[: _STEPS - 2], ("", f"… {left_out} more steps …"), numbered[-1]]
    chain += [Box("step", caption, text) for caption, text in numbered]
    return [*chain, Box("rule", visible(rule[0], 40), visible(rule[1], 40))]


def draw(chain: Sequence[Box], width_px: int, label: str, css_class: str = "") -> str:
    """Draw the boxes from left to right and, where ``width_px`` is used up, on the next row."""
    placed = _place(chain, width_px)
    height = max(box.y + box.height for box in placed) + 1
    width = max(box.x + box.width for box in placed) + 1
    arrows = [_arrow(one, two) for one, two in pairwise(placed)]
    return (
        f'<svg class="chain {escape(css_class)}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
        + "".join(arrows)
        + "".join(_box(box) for box in placed)
        + "</svg>"
    )


def _place(chain: Sequence[Box], width_px: int) -> list[_Placed]:
    """Set the boxes in rows; all boxes of a row are as high as its highest."""
    most = max(int((width_px - 2 * _PADDING_PX) / _CHARACTER_PX), 8)
    sized: list[tuple[Box, list[str], list[str], float, float]] = []
    for box in chain:
        across = most if width_px < 2 * _BOX_COLUMNS * _CHARACTER_PX else min(_BOX_COLUMNS, most)
        captions, lines = wrap(box.caption, across, 2) or [""], wrap(box.text, across, 5)
        longest = max([columns(line) for line in (*captions, *lines)] + [8])
        width = min(longest * _CHARACTER_PX + 2 * _PADDING_PX, width_px)
        tall = float(len(captions) * _CAPTION_PX + len(lines) * _LINE_PX + 2 * _PADDING_PX - 4)
        sized.append((box, captions, lines, width, tall))
    rows: list[list[tuple[Box, list[str], list[str], float, float, float]]] = [[]]
    x = 0.0
    for box, captions, lines, width, tall in sized:
        lead = _lead(box) if rows[-1] else 0.0
        if rows[-1] and x + lead + width > width_px - 1:
            rows.append([])
            x = lead = 0.0
        rows[-1].append((box, captions, lines, x + lead, width, tall))
        x += lead + width
    placed: list[_Placed] = []
    y = 1.0
    for row in rows:
        height = max(cell[5] for cell in row)
        placed += [_Placed(box, said, lines, x + 1, y, width - 1, height) for box, said, lines, x, width, _ in row]
        y += height + _ROW_GAP_PX
    return placed


def _lead(box: Box) -> float:
    return max(_ARROW_PX, columns(box.edge) * 6.2 + 26) if box.edge else _ARROW_PX


def _arrow(one: _Placed, two: _Placed) -> str:
    edge = escape(two.box.edge)
    if one.y == two.y:
        y = one.y + one.height / 2
        start, end = one.x + one.width, two.x
        label = f'<text class="edge" x="{(start + end - 6) / 2:.1f}" y="{y - 6:.1f}" text-anchor="middle">{edge}</text>'
        path = f"M{start:.1f} {y:.1f}H{end - 7:.1f}"
        head = f"M{end - 8:.1f} {y - 4:.1f}L{end - 1:.1f} {y:.1f}L{end - 8:.1f} {y + 4:.1f}Z"
    else:
        start_x, end_x = one.x + min(one.width / 2, 60), two.x + min(two.width / 2, 60)
        top, bottom = one.y + one.height, two.y
        middle = (top + bottom) / 2 - 3
        label = f'<text class="edge" x="{end_x + 10:.1f}" y="{bottom - 9:.1f}">{edge}</text>'
        path = f"M{start_x:.1f} {top:.1f}V{middle:.1f}H{end_x:.1f}V{bottom - 7:.1f}"
        head = f"M{end_x - 4:.1f} {bottom - 8:.1f}L{end_x:.1f} {bottom - 1:.1f}L{end_x + 4:.1f} {bottom - 8:.1f}Z"
    return f'<path class="line" d="{path}"/><path class="head" d="{head}"/>{label if edge else ""}'


def _box(placed: _Placed) -> str:
    x, y, width, height = placed.x, placed.y, placed.width, placed.height
    left, top = x + _PADDING_PX, y + _PADDING_PX
    caption = "".join(
        f'<text class="caption" x="{left:.1f}" y="{top + _CAPTION_PX * index + 7:.1f}">{escape(line)}</text>'
        for index, line in enumerate(placed.captions)
    )
    top += _CAPTION_PX * len(placed.captions)
    text = "".join(
        f'<text class="name" x="{left:.1f}" y="{top + _LINE_PX * index + 9:.1f}">{escape(line)}</text>'
        for index, line in enumerate(placed.lines)
    )
    return (
        f'<g class="box box-{placed.box.shape}"><title>{escape(placed.box.text)}</title>'
        f"{_outline(placed.box.shape, x, y, width, height)}{caption}{text}</g>"
    )


def _outline(shape: Shape, x: float, y: float, width: float, height: float) -> str:
    if shape == "rule":
        cut = 8
        points = [
            (x + cut, y), (x + width - cut, y), (x + width, y + cut), (x + width, y + height - cut),
            (x + width - cut, y + height), (x + cut, y + height), (x, y + height - cut), (x, y + cut),
        ]  # fmt: skip
        return '<polygon points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) + '"/>'
    radius = {"asset": 0, "identifier": 14, "step": 4}[shape]
    rect = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>'
    if shape == "asset":
        rect += f'<rect class="spine" x="{x:.1f}" y="{y:.1f}" width="4" height="{height:.1f}"/>'
    return rect
