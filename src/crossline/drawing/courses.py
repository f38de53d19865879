"""Courses as a map can show them: read from well-known text, all at once, and thinned to what can be seen.

What has no course, and what cannot be read as one, is told apart and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline import wkt
from crossline.drawing import thinning, world_map

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH_PX: Final = 1040
_TOLERANCE_PX: Final = 0.45
_LINES: Final = 4000  # courses that are read at all
_CHARACTERS: Final = 64 << 20  # of all courses that are read


@dataclass(frozen=True)
class Courses:
    """Courses that can be drawn, thinned, with their places among those given; and the places of the others."""

    lines: list[tuple[int, list[world_map.Points]]]
    none: list[int]
    broken: list[int]
    beyond: int  # how many come after those that are read at all
    box: world_map.Box | None = None  # the part of the world that they lie in; None is the whole


def read(texts: pl.Series, also: world_map.Points | None = None) -> Courses:
    """Read and thin courses, once for however many maps of :data:`WIDTH_PX`.

    ``also`` are rows (longitude, latitude) that have to be on the map as well.
    """
    lines: list[tuple[int, list[world_map.Points]]] = []
    none: list[int] = []
    broken: list[int] = []
    head = texts.head(_LINES)
    length = head.str.len_bytes().fill_null(0).cast(pl.Int64).cum_sum()
    for place, text in enumerate(head.filter(length <= _CHARACTERS)):
        try:
            parts = wkt.lines(text) if text is not None else []
        except ValueError:
            broken.append(place)
            continue
        if parts:
            lines.append((place, parts))
        else:
            none.append(place)
    every = [part for _, each in lines for part in each] + ([also] if also is not None and len(also) else [])
    box = world_map.region(np.concatenate(every)) if every else None
    beyond = len(texts) - len(lines) - len(none) - len(broken)
    return Courses(_thinned(lines, world_map.scale(WIDTH_PX, box)), none, broken, beyond, box)


def length(line: world_map.Line) -> int:
    """Return about how many characters a line takes when it is drawn."""
    # Six characters a number is what tenths of a thousand pixels take.
    return sum(12 * len(part) for part in line.parts) + len(line.title) + len(line.link) + 60


def _thinned(
    several: Sequence[tuple[int, list[world_map.Points]]], scale: float
) -> list[tuple[int, list[world_map.Points]]]:
    """Leave out the points that nobody could see at the map's size; all courses at once."""
    parts = [part for _, each in several for part in each]
    if not parts:
        return []
    start = np.r_[0, np.cumsum([len(part) for part in parts])].astype(np.int64)
    every = np.concatenate(parts)
    keep = thinning.kept(world_map.project(every) * scale, start, _TOLERANCE_PX)
    fewer = iter(np.split(every[keep], np.add.reduceat(keep.astype(np.int64), start[:-1]).cumsum()[:-1]))
    return [(place, [next(fewer) for _ in each]) for place, each in several]
