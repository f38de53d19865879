"""The map of cables: courses thinned to what can be seen, each as its gravest verdict has it, and landing points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from crossline.drawing import courses as courses_of
from crossline.drawing import world_map
from crossline.pages.cables import landing_states, titled
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

WORDS: Final = {"violation": "violation", "unknown": "unknown", "compliant": "compliant", "exempt": "exempt",
                "not-applicable": "no rule applies"}  # fmt: skip
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
    """Courses as they can be drawn, with the rows of ``frame`` that they stand in."""

    frame: pl.DataFrame  # reports.COURSE
    read: courses_of.Courses


def read(frame: pl.DataFrame) -> Courses:
    """Read and thin courses, once for however many maps; rows of ``frame`` are :data:`crossline.reports.COURSE`."""
    return Courses(frame, courses_of.read(frame["course"]))


def draw(told: Mapping[str, Any], courses: Courses, links: Mapping[int, str], bounds: Bounds) -> Drawn:
    """Draw cables in the order of ``courses``, the first on top; ``links`` has the pages of some, by their place.

    Those that come last are left out where there are too many. What has no course, or one that cannot be read, is
    counted.
    """
    described = list(told.get("described") or ())
    lines: list[world_map.Line] = []
    shown: dict[str, int] = {}
    planned, length = 0, 0
    for place, parts in courses.read.lines:
        asset, name, status, worst = courses.frame.row(place)[:4]
        known = worst if worst in WORDS else "not-applicable"
        later = status is not None and status != "in-service"
        states = landing_states(described[place], 6) if place < len(described) else ""
        title = f"{titled({'name': name, 'asset': asset}, _NAME)}: {WORDS[known]}"
        title += f", {visible(str(status), 20)}" if later else ""
        title += f"; lands in {states}" if states else ""
        link = f"#{links[place]}" if place in links else ""
        line = world_map.Line(parts, title, f"worst-{known}{' later' if later else ''}", link)
        length += courses_of.length(line)
        if length > bounds.characters and lines:
            break
        planned += later
        shown[known] = shown.get(known, 0) + 1
        lines.append(line)
    spots = _spots(told.get("landing_points") or (), bounds.points)
    picture = None
    if lines or spots:
        label = f"A map of {plural(len(lines), 'cable')} and {plural(len(spots), 'landing point')}"
        # What is drawn last lies on top: points, and before them the gravest verdicts.
        drawn = world_map.draw(lines[::-1], spots[::-1], courses_of.WIDTH_PX, label=label, css_class="cables")
        picture = Markup(drawn)  # noqa: S704 - drawing/ escapes its titles
    none, left_out = len(courses.read.none), len(courses.read.lines) - len(lines)
    total = int(told.get("landing_point_count") or 0)
    notes = [
        f"{plural(count, 'cable')} {said}"
        for count, said in (
            (none, f"of which no file states {'a' if none > 1 else 'its'} course"),
            (len(courses.read.broken), "with a course that is no line on the globe in well-known text"),
            (courses.read.beyond, "beyond those that a map is made of"),
            (left_out, "left out of the picture, those with the least grave verdicts"),
        )
        if count > 0
    ]
    if total > len(spots):
        notes.append(f"{plural(total - len(spots), 'landing point')} without a place on the map, or with fewer cables")
    legend = [{"word": word, "said": said, "count": shown[word]} for word, said in WORDS.items() if shown.get(word)]
    return Drawn(picture, legend, planned, len(spots), notes)


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
