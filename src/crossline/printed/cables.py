"""What a terminal shows of cables: where those with a violation land and whose they are, and all of them by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from crossline.pages import cables
from crossline.printed import grid_of, heading
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

_CABLES: Final = 8


def on_cables(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell of the cables with a violation where they land and whose they are, and count all by state."""
    told = header.get("cables") or {}
    if not told.get("count"):
        return []
    grid = grid_of(2)
    grid.columns[0].ratio, grid.columns[1].ratio = 1, 3
    mine = [cable for cable in cables.joined(told) if cable["worst"] == "violation"]
    for cable in mine[:_CABLES]:
        grid.add_row(cables.titled(cable, 60), Text(cables.outline(cable)))
    for title, said in cables.counted(told["summary"], left_out=len(mine) - _CABLES):
        grid.add_row(Text(title, style="dim"), Text(said, style="dim"))
    after = [plural(int(told["count"]), "cable"), cables.edition(header)]
    return [*heading("Cables", "; ".join(said for said in after if said)), grid]
