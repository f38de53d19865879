"""The map of cables: courses thinned to what can be seen, each as its gravest verdict has it, and landing points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from markupsafe import Markup

from crossline import wkt
from crossline.drawing import thinning, world_map
from crossline.pages.cables import landing_states, titled
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORDS: Final = {"violation": "violation", "unknown": "unknown", "compliant": "compliant", "exempt": "exempt",
                "not-applicable": "no rule applies"}  # fmt: skip
_WIDTH_PX: Final = 1040
_TOLERANCE_PX: Final = 0.45
_LINES: Final = 4000  # courses that are read at all
_CHARACTERS: Final = 64 << 20  # of all courses that are read
_NAME: Final = 60


@dataclass(frozen=True)
class Bounds:
    """How much a map shows: so many characters of lines, and so many landing points."""

    characters: int
    points: int


@dataclass(frozen=True)
class Drawn:
    """A map as markup, or nothing where no course and no landing point can be drawn, and what stands beside it."""

    picture: Markup | None
    legend: list[dict[str, Any]]
    planned: int
    points: int
    notes: list[str]


@dataclass(frozen=True)
class Courses:
    """Courses that can be drawn, thinned, with the rows of ``frame`` that they stand in, and counts of the others."""

    frame: pl.DataFrame  # reports.COURSE
    lines: list[tuple[int, list[world_map.Points]]]
    none: int
    broken: int


def read(frame: pl.DataFrame) -> Courses:
    """Read and thin courses, once for however many maps; rows of ``frame`` are :data:`crossline.reports.COURSE`."""
    lines: list[tuple[int, list[world_map.Points]]] = []
    none, broken = 0, 0
    head = frame["course"].head(_LINES)
    length = head.str.len_bytes().fill_null(0).cast(pl.Int64).cum_sum()
    for place, text in enumerate(head.filter(length <= _CHARACTERS)):
        try:
            parts = wkt.lines(text) if text is not None else []
        except ValueError:
            broken += 1
            continue
        if parts:
            lines.append((place, parts))
        else:
            none += 1
    return Courses(frame, _thinned(lines), none, broken)


def draw(told: Mapping[str, Any], courses: Courses, links: Mapping[int, str], bounds: Bounds) -> Drawn:
    """Draw cables in the order of ``courses``, the first on top; ``links`` has the pages of some, by their place.

    Those that come last are left out where there are too many. What has no course, or one that cannot be read, is
    counted.
    """
    described = list(told.get("described") or ())
    lines: list[world_map.Line] = []
    shown: dict[str, int] = {}
    planned, length = 0, 0
    for place, parts in courses.lines:
        asset, name, status, worst = courses.frame.row(place)[:4]
        known = worst if worst in WORDS else "not-applicable"
        later = status is not None and status != "in-service"
        states = landing_states(described[place], 6) if place < len(described) else ""
        title = f"{titled({'name': name, 'asset': asset}, _NAME)}: {WORDS[known]}"
        title += f", {visible(str(status), 20)}" if later else ""
        title += f"; lands in {states}" if states else ""
        link = f"#{links[place]}" if place in links else ""
        # Six characters a number is what tenths of a thousand pixels take.
        length += sum(12 * len(part) for part in parts) + len(title) + len(link) + 60
        if length > bounds.characters and lines:
            break
        planned += later
        shown[known] = shown.get(known, 0) + 1
        lines.append(world_map.Line(parts, title, f"worst-{known}{' later' if later else ''}", link))
    spots = _spots(told.get("landing_points") or (), bounds.points)
    picture = None
    if lines or spots:
        label = f"A map of {plural(len(lines), 'cable')} and {plural(len(spots), 'landing point')}"
        # What is drawn last lies on top: points, and before them the gravest verdicts.
        drawn = world_map.draw(lines[::-1], spots[::-1], _WIDTH_PX, label=label, css_class="cables")
        picture = Markup(drawn)  # noqa: S704 - drawing/ escapes its titles
    left_out = len(courses.lines) - len(lines)
    total = int(told.get("landing_point_count") or 0)
    notes = [
        f"{plural(count, 'cable')} {said}"
        for count, said in (
            (courses.none, f"of which no file states {'a' if courses.none > 1 else 'its'} course"),
            (courses.broken, "with a course that is no line on the globe in well-known text"),
            (
                courses.frame.height - courses.none - courses.broken - len(courses.lines),
                "beyond those that a map is made of",
            ),
            (left_out, "left out of the picture, those with the least grave verdicts"),
        )
        if count > 0
    ]
    if total > len(spots):
        notes.append(f"{plural(total - len(spots), 'landing point')} without a place on the map, or with fewer cables")
    legend = [{"word": word, "said": said, "count": shown[word]} for word, said in WORDS.items() if shown.get(word)]
    return Drawn(picture, legend, planned, len(spots), notes)


def _thinned(several: Sequence[tuple[int, list[world_map.Points]]]) -> list[tuple[int, list[world_map.Points]]]:
    """Leave out the points that nobody could see at the map's size; all courses at once."""
    parts = [part for _, each in several for part in each]
    if not parts:
        return []
    start = np.r_[0, np.cumsum([len(part) for part in parts])].astype(np.int64)
    every = np.concatenate(parts)
    scale = _WIDTH_PX / (2 * float(world_map.project(np.array([[180.0, 0.0]]))[0, 0]))
    keep = thinning.kept(world_map.project(every) * scale, start, _TOLERANCE_PX)
    fewer = iter(np.split(every[keep], np.add.reduceat(keep.astype(np.int64), start[:-1]).cumsum()[:-1]))
    return [(place, [next(fewer) for _ in each]) for place, each in several]


def _spots(points: Sequence[Mapping[str, Any]], most: int) -> list[world_map.Spot]:
    spots: list[world_map.Spot] = []
    for point in points:
        if len(spots) >= most:
            break
        latitude, longitude = point.get("latitude"), point.get("longitude")
        if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
            continue
        if world_map.SOUTH <= latitude <= world_map.NORTH:
            name = visible(str(point.get("name") or point.get("asset") or ""), _NAME)
            said = f"{name}: {plural(int(point.get('cables') or 0), 'cable')}"
            spots.append(world_map.Spot(float(longitude), float(latitude), said))
    return spots
