"""The map of an impact as markup: its lines by what becomes of them, its points, and what its legend says.

Lines differ in width and dashes (`impact.css`), so that no colour is needed to tell them apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from markupsafe import Markup

from crossline.drawing import courses, world_map
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.drawing.courses import Courses
    from crossline.impact import Look, Map, Point

CHARACTERS: Final = 5000  # of lines, for each group or row that a picture beside it has room for
_POINTS: Final = 20  # points, for the same
_NAME: Final = 60
_DETAIL: Final = 120
_RADIUS_PX: Final = 3.2


@dataclass(frozen=True)
class Key:
    """What a look stands for, and how many lines have it, drawn or not."""

    look: str
    title: str
    count: int


@dataclass(frozen=True)
class Legend:
    """What stands below a map."""

    keys: tuple[Key, ...]
    point: str  # what is marked, with its number; empty where nothing is
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Mapped:
    """A map, how many lines and points are drawn, and its legend."""

    drawn: Markup
    shown: int
    legend: Legend


def read(picture: Map) -> Courses:
    """Read the courses of a map in the order in which its lines are kept: by look, as its words have them."""
    placed = [(point.longitude, point.latitude) for point in picture.points if _stands(point)]
    also = np.array(placed, np.float64).reshape(-1, 2)
    return courses.read(pl.Series([picture.courses[at] for at in _order(picture)], dtype=pl.String), also)


def draw(picture: Map, found: Courses, most: int) -> Mapped:
    """Draw as many lines, of what :func:`read` found, and points as ``most`` leaves room for."""
    order, words = _order(picture), dict(picture.words)
    lines: list[world_map.Line] = []
    length = 0
    for place, parts in found.lines:
        at = order[place]
        detail = visible(picture.details[at], _DETAIL) if picture.details else ""
        title = f"{visible(picture.labels[at], _NAME)}: {visible(words[picture.looks[at]], _NAME)}"
        line = world_map.Line(parts, f"{title}; {detail}" if detail else title, f"look-{picture.looks[at]}")
        length += courses.length(line)
        if length > most * CHARACTERS and lines:
            break
        lines.append(line)
    placed = [point for point in picture.points if _stands(point)]
    spots = _spots(placed[: most * _POINTS], picture.point)
    # What is drawn last lies on top: points, and before them what matters most.
    svg = world_map.draw(
        lines[::-1], spots[::-1], courses.WIDTH_PX, label=f"{picture.title}. {picture.about}".rstrip(". "),
        css_class="of-impact", box=found.box,
    )  # fmt: skip
    counts = Counter(picture.looks)
    keys = tuple(Key(look, title, counts[look]) for look, title in picture.words if counts[look])
    marked = f"{picture.point}: {len(spots):,}" if spots else ""
    notes = [
        _said([picture.looks[order[place]] for place in places], words, why)
        for places, why in (
            (found.none, "no course is known"),
            (found.broken, "what is stated is no line on the globe in well-known text"),
            (range(len(order) - found.beyond, len(order)), "there are more than a map is made of"),
            ([place for place, _ in found.lines[len(lines) :]], "no room on this page"),
        )
        if places
    ]
    if lost := len(picture.points) - len(spots):
        notes.append(f"{plural(lost, 'point')} not drawn: of no known place on the map, or without room")
    return Mapped(Markup(svg), len(lines) + len(spots), Legend(keys, marked, tuple(notes)))  # noqa: S704 - drawing/ escapes


def _order(picture: Map) -> list[int]:
    rank = {look: at for at, (look, _) in enumerate(picture.words)}
    return sorted(range(len(picture.looks)), key=lambda at: rank[picture.looks[at]])


def _said(looks: Sequence[Look], words: Mapping[Look, str], why: str) -> str:
    """Say how many lines are not drawn, of which look, and why."""
    counts = Counter(looks)
    parts = ", ".join(f"{counts[look]:,} {visible(words[look], _NAME)}" for look in words if counts[look])
    return f"{len(looks):,} not drawn ({parts}): {why}"


def _stands(point: Point) -> bool:
    """Return whether a point stands somewhere on the map."""
    x, y = point.longitude, point.latitude
    return x is not None and y is not None and abs(x) <= 180 and world_map.SOUTH <= y <= world_map.NORTH


def _spots(points: Sequence[Point], what: str) -> list[world_map.Spot]:
    return [
        world_map.Spot(
            point.longitude or 0.0, point.latitude or 0.0, f"{visible(point.name, _NAME)}: {visible(what, _NAME)}",
            "bare", _RADIUS_PX,
        )
        for point in points
    ]  # fmt: skip
