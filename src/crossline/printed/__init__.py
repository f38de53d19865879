"""What a terminal shows: what all that is printed there has alike, and what several reports print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from crossline.reports import Options

_NARROWEST = 40  # columns


def to_text(content: RenderableType, options: Options) -> str:
    """Print ``content`` into a string, the same whatever terminal or environment runs this."""
    out = io.StringIO()
    console = Console(
        file=out, width=max(options.width, _NARROWEST), force_terminal=options.colour, no_color=not options.colour,
        color_system="standard" if options.colour else None, legacy_windows=False, markup=False, emoji=False,
        highlight=False, _environ={},
    )  # fmt: skip
    console.print(content)
    text = out.getvalue()
    return text if options.colour else "".join(line.rstrip() + "\n" for line in text.split("\n")[:-1])


def heading(title: str, after: str = "") -> list[RenderableType]:
    """Return the title of a section, after an empty line."""
    return [Text(), Text.assemble((title, "bold underline"), f"  {after}" if after else "")]


def grid_of(cells: int, *, right: int = 0) -> Table:
    """Return a table without lines, whose columns fold; the first ``right`` of them keep to the right."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for place in range(cells):
        grid.add_column(overflow="fold", justify="right" if place < right else "left")
    return grid
