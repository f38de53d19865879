"""Bars: one row of a table as a picture. Their numbers stand beside them as text, so they carry none themselves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEIGHT_PX: Final = 16
_LEAST_PCT: Final = 0.8  # three findings in half a million must still be seen

# Each part has a colour and a texture of its own, so that neither colour nor print is needed to tell them apart.
PATTERNS: Final = (
    '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="fill-unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="ground-unknown" width="6" height="6"/><rect class="ink-unknown" width="2.2" height="6"/></pattern>'
    '<pattern id="fill-exempt" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="ground-exempt" width="6" height="6"/><circle class="ink-exempt" cx="3" cy="3" r="1.5"/></pattern>'
    '<pattern id="fill-not-applicable" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="ground-not-applicable" width="6" height="6"/>'
    '<rect class="ink-not-applicable" y="5" width="6" height="1"/></pattern>'
    "</defs></svg>"
)
_TEXTURED: Final = ("unknown", "exempt", "not-applicable")


def stacked(parts: Sequence[tuple[str, int]], label: str) -> str:
    """Draw ``(name, count)`` parts side by side, in per cent of the whole; the name is the part's CSS class.

    A part that is not nothing gets at least 0.8 % of the width, taken from the others in proportion.
    """
    total = sum(count for _, count in parts)
    widths = _widths([count for _, count in parts])
    out = [_open(label)]
    left = 0.0
    for (name, count), width in zip(parts, widths, strict=True):
        if not count:
            continue
        fill = f' fill="url(#fill-{escape(name)})"' if name in _TEXTURED else ""
        out.append(
            f'<rect class="part-{escape(name)}" x="{left:.2f}%" width="{width:.2f}%" height="{_HEIGHT_PX}"{fill}>'
            f"<title>{escape(name)}: {count:,} of {total:,}</title></rect>"
        )
        if left:
            out.append(f'<rect class="gap" x="{left:.2f}%" width="1.5" height="{_HEIGHT_PX}"/>')
        left += width
    if not total:
        out.append(f'<rect class="track" width="100%" height="{_HEIGHT_PX}"/>')
    return "".join(out) + "</svg>"


def single(share_pct: float, label: str, inner_pct: float | None = None) -> str:
    """Draw one bar of ``share_pct`` per cent of the width; ``inner_pct``, of the same whole, is drawn within it."""
    width = _clamp(share_pct)
    bar = f'<rect class="bar" width="{width:.2f}%" height="{_HEIGHT_PX}"/>' if width else ""
    if inner_pct is not None and (inner := _clamp(inner_pct)):
        bar += f'<rect class="inner" width="{inner:.2f}%" y="4" height="{_HEIGHT_PX - 8}"/>'
    return f'{_open(label)}<rect class="track" width="100%" height="{_HEIGHT_PX}"/>{bar}</svg>'


def _open(label: str) -> str:
    return f'<svg class="bars" width="100%" height="{_HEIGHT_PX}" role="img" aria-label="{escape(label)}">'


def _clamp(share_pct: float) -> float:
    if not share_pct > 0:
        return 0.0
    return min(max(share_pct, _LEAST_PCT), 100.0)


def _widths(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    if not total:
        return [0.0 for _ in counts]
    thin = {index for index, count in enumerate(counts) if 0 < 100 * count < _LEAST_PCT * total}
    rest = 100 - _LEAST_PCT * len(thin)
    thick = sum(count for index, count in enumerate(counts) if index not in thin)
    return [_LEAST_PCT if index in thin else rest * count / thick for index, count in enumerate(counts)]
