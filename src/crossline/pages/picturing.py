"""Bars as markup that a template does not escape again: drawing/ escapes what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from crossline import wording
from crossline.drawing import bars
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping


def markup(drawn: str) -> Markup:
    """Return a picture made by drawing/ as it is."""
    return Markup(drawn)  # noqa: S704 - drawing/ escapes its labels


def stacked(counts: Mapping[str, int], label: str) -> Markup:
    """Draw counts by verdict as one bar."""
    said = ", ".join(f"{verdict} {counts[verdict]:,}" for verdict in wording.VERDICT_ORDER if counts[verdict])
    drawn = bars.stacked(
        [(verdict, counts[verdict]) for verdict in wording.VERDICT_ORDER], f"{visible(label)}: {said or 'none'}"
    )
    return markup(drawn)


def share_bar(share_pct: float, label: str, inner_pct: float | None = None) -> Markup:
    """Draw a share as one bar."""
    return markup(bars.single(share_pct, visible(label, 200), inner_pct))
