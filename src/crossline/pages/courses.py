"""The map of cables: courses thinned to what can be seen, each as its gravest verdict has it, and landing points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from markupsafe import Markup

from crossline import wkt
from crossline.drawing import courses as courses_of
from crossline.drawing import world_map
from crossline.drawing.spanning import spanned
from crossline.pages.cables import landing_states, titled
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORDS: Final = {"violation": "violation", "unknown": "unknown", "compliant": "compliant", "exempt": "exempt",
                "not-applicable": "no rule applies"}  # fmt: skip
_NAME: Final = 60
_LAND: Final = "map-land"  # as no page is called
_SPOTS: Final = 10_000  # landing points that a map has to hold


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
    straight: int = 0  # lines that stand for a course that no file states
    parts: Mapping[int, Markup] = field(default_factory=dict)  # of each cable with a page, by its place, its part of it


@dataclass(frozen=True)
class Courses:
    """Courses as they can be drawn, with the rows of ``frame`` that they stand in."""

    frame: pl.DataFrame  # reports.COURSE
    read: courses_of.Courses
    straight: frozenset[int] = frozenset()  # rows of ``frame`` whose line runs straight between landing points


def read(frame: pl.DataFrame, told: Mapping[str, Any]) -> Courses:
    """Read and thin courses, once for however many maps; rows of ``frame`` are :data:`crossline.reports.COURSE`.

    ``told`` has the landing points, which have to be on the map as well.
    """
    landed = [point for point in told.get("landing_points") or () if point.get("cables")]
    placed = [(spot.longitude, spot.latitude) for spot in _spots(landed, _SPOTS)]
    straight = _straight(frame, told)
    texts = pl.Series(
        [straight.get(place, text) for place, text in enumerate(frame["course"])], dtype=pl.String
    ) if straight else frame["course"]  # fmt: skip
    return Courses(frame, courses_of.read(texts, np.array(placed, np.float64).reshape(-1, 2)), frozenset(straight))


def _straight(frame: pl.DataFrame, told: Mapping[str, Any]) -> dict[int, str]:
    """Return straight lines between landing points for cables that are described and have no course, by their place."""
    spots = {
        point.get("asset"): (point["longitude"], point["latitude"])
        for point in told.get("landing_points") or ()
        if _on_globe(point.get("longitude"), point.get("latitude"))
    }
    lines: dict[int, str] = {}
    for place, (cable, course) in enumerate(zip(told.get("described") or (), frame["course"], strict=False)):
        if course is not None:
            continue
        landed = dict.fromkeys(spots[at["asset"]] for at in cable.get("landings") or () if at.get("asset") in spots)
        ends = np.array(list(landed), np.float64).reshape(-1, 2)
        if len(ends) > 1:
            lines[place] = wkt.text([ends[list(pair)] for pair in spanned(ends[:, 1], ends[:, 0])])
    return lines


def _on_globe(longitude: float | None, latitude: float | None) -> bool:
    return longitude is not None and latitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180


def draw(told: Mapping[str, Any], courses: Courses, links: Mapping[int, str], bounds: Bounds) -> Drawn:
    """Draw cables in the order of ``courses``, the first on top; ``links`` has the pages of some, by their place.

    Those that come last are left out where there are too many. What has no course, or one that cannot be read, is
    counted.
    """
    described = list(told.get("described") or ())
    lines: list[world_map.Line] = []
    shown: dict[str, int] = {}
    planned, length, straight = 0, 0, 0
    cut: dict[int, world_map.Line] = {}
    for place, parts in courses.read.lines:
        asset, name, status, worst = courses.frame.row(place)[:4]
        known = worst if worst in WORDS else "not-applicable"
        later = status is not None and status != "in-service"
        states = landing_states(described[place], 6) if place < len(described) else ""
        title = f"{titled({'name': name, 'asset': asset}, _NAME)}: {WORDS[known]}"
        title += f", {visible(str(status), 20)}" if later else ""
        title += f"; lands in {states}" if states else ""
        link = f"#{links[place]}" if place in links else ""
        between = place in courses.straight
        title += "; no course is stated: straight lines between its landing points" if between else ""
        looks = f"worst-{known}{' later' if later else ''}{' straight' if between else ''}"
        line = world_map.Line(parts, title, looks, link, f"map-{place}" if link else "")
        length += courses_of.length(line)
        if length > bounds.characters and lines:
            break
        planned += later
        straight += between
        if link:
            cut[place] = line
        shown[known] = shown.get(known, 0) + 1
        lines.append(line)
    landed = _spots(told.get("landing_points") or (), _SPOTS)
    spots = [spot for spot in landed if world_map.holds(courses.read.box, spot)][: bounds.points]
    picture = None
    if lines or spots:
        label = f"A map of {plural(len(lines), 'cable')} and {plural(len(spots), 'landing point')}"
        # What is drawn last lies on top: points, and before them the gravest verdicts.
        drawn = world_map.draw(lines[::-1], spots[::-1], courses_of.WIDTH_PX, label=label, css_class="cables",
                               box=courses.read.box, land_id=_LAND)  # fmt: skip
        picture = Markup(drawn)  # noqa: S704 - drawing/ escapes its titles
    none, left_out = len(courses.read.none), len(courses.read.lines) - len(lines)
    total = int(told.get("landing_point_count") or 0)
    notes = [
        f"{plural(count, 'cable')} {said}"
        for count, said in (
            (none, f"with no course in any file, nor places of two of {'their' if none > 1 else 'its'} landing points"),
            (len(courses.read.broken), "with a course that is no line on the globe in well-known text"),
            (courses.read.beyond, "beyond those that a map is made of"),
            (left_out, "left out of the picture, those with the least grave verdicts"),
        )
        if count > 0
    ]
    if total > len(spots):
        notes.append(f"{plural(total - len(spots), 'landing point')} without a place on the map, or with fewer cables")
    legend = [{"word": word, "said": said, "count": shown[word]} for word, said in WORDS.items() if shown.get(word)]
    by_asset = {point.get("asset"): point for point in told.get("landing_points") or ()}
    parts_of = {
        place: _part(line, courses.read.box, _spots(landings(described, place, by_asset), _SPOTS))
        for place, line in cut.items()
    }
    return Drawn(picture, legend, planned, len(spots), notes, straight, parts_of)


def landings(
    described: Sequence[Mapping[str, Any]], place: int, by_asset: Mapping[Any, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the landing points of a cable that is described, each once, those that the report places."""
    mine = described[place].get("landings") or () if place < len(described) else ()
    return [by_asset[asset] for asset in dict.fromkeys(at.get("asset") for at in mine) if asset in by_asset]


def landed(told: Mapping[str, Any], most: int) -> dict[int, list[str]]:
    """Return the names of the landing points that stand on a cable's part of the map, by the cable's place."""
    by_asset = {point.get("asset"): point for point in told.get("landing_points") or ()}
    described = list(told.get("described") or ())
    return {
        place: [spot.title.rpartition(":")[0] for spot in _spots(landings(described, place, by_asset), most)]
        for place in range(len(described))
    }


def _part(line: world_map.Line, box: world_map.Box | None, spots: Sequence[world_map.Spot]) -> Markup:
    """Return the part of the map with one cable, which only refers to it."""
    drawn = world_map.crop(line, courses_of.WIDTH_PX, box, label=f"The course of {line.title}", land=_LAND,
                          spots=spots)  # fmt: skip
    return Markup(drawn)  # noqa: S704 - drawing/ escapes its titles


def _spots(points: Sequence[Mapping[str, Any]], most: int) -> list[world_map.Spot]:
    spots: list[world_map.Spot] = []
    for point in points:
        if len(spots) >= most:
            break
        latitude, longitude = point.get("latitude"), point.get("longitude")
        if latitude is None or longitude is None or not _on_globe(longitude, latitude):
            continue
        if world_map.SOUTH <= latitude <= world_map.NORTH:
            name = visible(str(point.get("name") or point.get("asset") or ""), _NAME)
            said = f"{name}: {plural(int(point.get('cables') or 0), 'cable')}"
            spots.append(world_map.Spot(float(longitude), float(latitude), said))
    return spots
