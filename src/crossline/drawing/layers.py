"""Whom assets lead to, row by row: what is ours on top, then a party, who holds it, and states; edges lead down.

Every edge joins neighbouring rows and has a label of its own, so that a share, a date and a source stand beside the
line that they are about. What finds no room in a row is counted in its last box.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final, Literal

from crossline.text import columns, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLOT_PX: Final = 140  # the least width of a box and the room beside it
_WIDEST_PX: Final = 250
_BESIDE_PX: Final = 16
_CHARACTER_PX: Final = 7.0  # of 12.5 px text
_SMALL_PX: Final = 6.3  # of 11 px text
_LINE_PX: Final = 16
_LABEL_PX: Final = 14
_PADDING_PX: Final = 9

Shape = Literal["asset", "party", "owner", "state", "more"]


@dataclass(frozen=True)
class Node:
    """A box: ``key`` tells it from others, ``caption`` stands small above ``text``."""

    key: str
    shape: Shape
    caption: str
    text: str


@dataclass(frozen=True)
class Edge:
    """A line from a box to one of the next row; each line of ``label`` is wrapped on its own."""

    upper: str
    lower: str
    label: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Box:
    node: Node
    x: float
    width: float
    lines: list[str]
    captions: list[str]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def height(self) -> float:
        return 2 * _PADDING_PX + _LABEL_PX * len(self.captions) + _LINE_PX * len(self.lines) - 2


def draw(rows: Sequence[Sequence[Node]], edges: Sequence[Edge], width_px: int, label: str, css_class: str = "") -> str:
    """Draw rows of boxes and the edges between neighbouring ones, ``width_px`` wide, as SVG."""
    most = max(width_px // _SLOT_PX, 1)
    placed = [_row(row, most, width_px) for row in rows if row]
    out, y = [], 1.0
    tops: list[float] = []
    for place, row in enumerate(placed):
        tops.append(y)
        height = max(box.height for box in row)
        below = placed[place + 1] if place + 1 < len(placed) else None
        if below is not None:
            lines, gap = _between(row, below, edges, y + height)
            out.append(lines)
            y += height + gap
        else:
            y += height
        out += [_drawn(box, tops[place], height) for box in row]
    return (
        f'<svg class="layers {escape(css_class)}" width="{width_px}" height="{y + 1:.0f}" '
        f'viewBox="0 0 {width_px} {y + 1:.0f}" role="img" aria-label="{escape(label)}">' + "".join(out) + "</svg>"
    )


def _row(row: Sequence[Node], most: int, width_px: int) -> list[_Box]:
    shown = list(row) if len(row) <= most else [*row[: most - 1], _more(row, len(row) - most + 1)]
    slot = min(width_px / len(shown), _WIDEST_PX)
    width = slot - (_BESIDE_PX if len(shown) > 1 else 2)
    left = (width_px - slot * len(shown)) / 2
    fit = max(int((width - 2 * _PADDING_PX) / _CHARACTER_PX), 8)
    small = max(int((width - 2 * _PADDING_PX) / _SMALL_PX), 8)
    return [
        _Box(
            node, left + slot * place + (slot - width) / 2, width, wrap(node.text, fit, 4),
            wrap(node.caption, small, 2) if node.caption else [],
        )
        for place, node in enumerate(shown)
    ]  # fmt: skip


def _more(row: Sequence[Node], count: int) -> Node:
    return Node(f"more of {row[0].key}", "more", "", f"and {count:,} more")


def _between(row: list[_Box], below: list[_Box], edges: Sequence[Edge], top: float) -> tuple[str, float]:
    """Draw the edges from a row to the next; return them and the room they take."""
    upper, lower = {box.node.key: box for box in row}, {box.node.key: box for box in below}
    drawn = [edge for edge in edges if edge.upper in upper and edge.lower in lower]
    fan_in = len(row) >= len(below)
    labels = []
    for edge in drawn:
        box = upper[edge.upper] if fan_in else lower[edge.lower]
        fit = max(int((box.width + _BESIDE_PX - 6) / _SMALL_PX), 10)
        labels.append([line for part in edge.label if part for line in wrap(part, fit, 2)])
    # Labels of one box stand below each other.
    taken: dict[str, int] = {}
    deepest = max((len(lines) for lines in labels), default=0)
    gap = deepest * _LABEL_PX + 44
    out = []
    for edge, lines in zip(drawn, labels, strict=True):
        one, two = upper[edge.upper], lower[edge.lower]
        turn = top + gap - 18 if fan_in else top + 14
        bottom = top + gap
        out.append(
            f'<path class="line" d="M{one.middle:.1f} {top:.1f}V{turn:.1f}H{two.middle:.1f}V{bottom - 7:.1f}"/>'
            f'<path class="head" d="M{two.middle - 4:.1f} {bottom - 8:.1f}L{two.middle:.1f} {bottom - 1:.1f}'
            f'L{two.middle + 4:.1f} {bottom - 8:.1f}Z"/>'
        )
        box = one if fan_in else two
        if box.node.key in taken:
            continue
        taken[box.node.key] = 1
        start = top + 16 if fan_in else top + 30
        if lines:
            across = max(columns(line) for line in lines) * _SMALL_PX + 8
            out.append(
                f'<rect class="ground" x="{box.middle - across / 2:.1f}" y="{start - 11:.1f}" '
                f'width="{across:.1f}" height="{_LABEL_PX * len(lines):.1f}"/>'
            )
        out += [
            f'<text class="edge" x="{box.middle:.1f}" y="{start + _LABEL_PX * number:.1f}" '
            f'text-anchor="middle">{escape(line)}</text>'
            for number, line in enumerate(lines)
        ]
    return "".join(out), gap


def _drawn(box: _Box, y: float, height: float) -> str:
    x, width = box.x, box.width
    radius = {"asset": 0, "party": 14, "owner": 14, "state": 3, "more": 4}[box.node.shape]
    shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>'
    if box.node.shape == "asset":
        shape += f'<rect class="spine" x="{x:.1f}" y="{y:.1f}" width="4" height="{height:.1f}"/>'
    if box.node.shape == "state":
        shape += (
            f'<rect class="inset" x="{x + 3:.1f}" y="{y + 3:.1f}" width="{width - 6:.1f}" '
            f'height="{height - 6:.1f}" rx="2"/>'
        )
    at = y + _PADDING_PX + 8
    texts = []
    for line in box.captions:
        texts.append(f'<text class="caption" x="{x + _PADDING_PX + 2:.1f}" y="{at:.1f}">{escape(line)}</text>')
        at += _LABEL_PX
    at += 3
    for line in box.lines:
        texts.append(f'<text class="name" x="{x + _PADDING_PX + 2:.1f}" y="{at:.1f}">{escape(line)}</text>')
        at += _LINE_PX
    title = f"{box.node.caption}: {box.node.text}" if box.node.caption else box.node.text
    return f'<g class="node node-{box.node.shape}"><title>{escape(title)}</title>{shape}{"".join(texts)}</g>'
