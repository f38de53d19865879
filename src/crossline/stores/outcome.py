"""What was asked of stores, and what came of it: from the asking to the telling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from crossline.estate import Estate
    from crossline.evaluate.binding import Binding
    from crossline.stores.audience import Audience
    from crossline.stores.judging import Run
    from crossline.stores.owners import Carried
    from crossline.stores.shelves import Shelves
    from crossline.world import World


@dataclass(frozen=True)
class Outcome:
    """What was asked of which shelves, and what came of it."""

    as_of: date
    world: World
    estate: Estate
    binding: Binding  # the regime as it stands, before anything is exchanged
    shelves: Shelves
    runs: tuple[Run, ...]
    cells: pl.DataFrame
    audience: Audience | None
    code: Carried
    parameters: Mapping[str, Any]
    notes: tuple[str, ...]
