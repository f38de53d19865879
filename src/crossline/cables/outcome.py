"""What was asked of a map of cables, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from crossline.cables.measuring import Standing, Ways
    from crossline.cables.network import CableMap, Grouping, Mask
    from crossline.cables.removing import Removal
    from crossline.estate import Estate
    from crossline.evaluate.binding import Binding
    from crossline.evaluate.judge import Judgement
    from crossline.kleene import Codes
    from crossline.world import World


@dataclass(frozen=True)
class Edition:
    """One of two editions of a map: what was read of it, at which day, and which of its cables, (C,), count."""

    estate: Estate
    charted: CableMap
    afloat: Mask
    day: date


@dataclass(frozen=True)
class Outcome:
    """What was asked of which map, and what came of it.

    ``before`` and ``after`` are of the same places; ``doubtful`` is what would be left if all went that is in doubt.
    """

    as_of: date
    world: World
    estate: Estate
    charted: CableMap
    grouping: Grouping
    afloat: Mask  # the cables that count before, (C,)
    removal: Removal
    before: Standing
    after: Standing
    doubtful: Standing | None
    links: Ways
    parameters: Mapping[str, Any]
    title: str
    notes: tuple[str, ...] = ()
    judged: tuple[tuple[Judgement, Codes], ...] = ()  # each rule's verdicts, as codes of the cables, (C,)
    binding: Binding | None = None
    changes: pl.DataFrame | None = None
    now: Mask | None = None  # of two editions: the cables that count after, (C,)
    editions: tuple[Edition, Edition] | None = None  # the earlier and the later
    redrawn: int = 0  # of two editions: cables of which they draw different courses
    likely: Standing | None = None  # what would be left if of those in doubt only those in ``removal.near`` went
