"""Courses and places of GeoJSON (RFC 7946), checked, and written as well-known text (OGC 06-103r4, 7).

Positions are longitude and latitude in degrees (WGS 84; RFC 7946, 3.1.1 and 4). A course is drawn by hand on a small
map: four decimals, some eleven metres, are more than it knows. A line is cut where a position lies outside the globe,
and where it crosses the antimeridian (RFC 7946, 3.1.9): there it ends at 180 degrees, at the latitude of the straight
line between its neighbours, and goes on from the other side.

Maps that are drawn across the antimeridian count on past 180 degrees, in either direction: such longitudes are turned
back by a whole circle, and only what lies past 360 degrees is off the globe. Of a course of more positions than
anybody can see, some are left out (:meth:`Course.thinned`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

POSITIONS_KEPT: Final = 20_000  # of one cable; the real edition has 11,590 of all
DECIMALS: Final = 4
_HALF, _WHOLE = 180.0, 360.0
_POLE: Final = 90.0
_LINES: Final = {"LineString": 1, "MultiLineString": 2}

Position = tuple[float, float]


@dataclass
class Course:
    """Lines of one cable, and how many positions and lines were refused."""

    lines: list[list[Position]] = field(default_factory=list)
    outside: int = 0
    short: int = 0

    def thinned(self) -> int:
        """Leave out every position but each n-th and the ends of lines, where there are too many; returns how many."""
        count = sum(map(len, self.lines))
        if count <= POSITIONS_KEPT:
            return 0
        del self.lines[POSITIONS_KEPT // 4 :]  # lines of two positions each cannot be thinned
        step = math.ceil(sum(map(len, self.lines)) / (POSITIONS_KEPT - 2 * len(self.lines)))
        self.lines = [[*line[:-1:step], line[-1]] for line in self.lines]
        return count - sum(map(len, self.lines))

    def text(self) -> str | None:
        """Return the course as well-known text, or None where no line is left."""
        if not self.lines:
            return None
        drawn = ",".join(f"({','.join(f'{_number(x)} {_number(y)}' for x, y in line)})" for line in self.lines)
        return f"MULTILINESTRING({drawn})"


def _number(value: float) -> str:
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def position(found: object) -> Position | None:
    """Return longitude and latitude, or None where they are no numbers or off the globe. A height is passed over.

    Longitudes up to a whole circle are turned back to between -180 and 180 degrees.
    """
    if not isinstance(found, list) or len(found) < 2:
        return None
    x, y = found[0], found[1]
    for number in (x, y):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            return None
    if not (-_WHOLE <= x <= _WHOLE and -_POLE <= y <= _POLE):  # false of NaN as well
        return None
    turned = x - math.copysign(_WHOLE, x) if abs(x) > _HALF else x
    return float(turned), float(y)


def point(geometry: object) -> tuple[Position | None, bool]:
    """Return the place of a Point, and whether there was something that is none."""
    if geometry is None:
        return None, False
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None, True
    found = position(geometry.get("coordinates"))
    return found, found is None


def add(course: Course, geometry: object) -> bool:
    """Add the lines of a LineString or MultiLineString; returns whether it was one."""
    if not isinstance(geometry, dict):
        return False
    depth = _LINES.get(str(geometry.get("type")))
    held = geometry.get("coordinates")
    if depth is None or not isinstance(held, list):
        return False
    for line in [held] if depth == 1 else held:
        _line(course, line if isinstance(line, list) else [])
    return True


def _line(course: Course, line: list[object]) -> None:
    part: list[Position] = []
    parts = [part]
    for found in line:
        here = position(found)
        if here is None:
            course.outside += 1
            part = []
            parts.append(part)
        elif not part or here != part[-1]:
            if part and abs(here[0] - part[-1][0]) > _HALF:
                side = math.copysign(_HALF, part[-1][0])
                y = _latitude_at(part[-1], here)
                if part[-1] != (side, y):
                    part.append((side, y))
                part = [(-side, y)]
                parts.append(part)
            part.append(here)
    kept = [part for part in parts if len(part) > 1]
    course.short += not kept
    course.lines += kept


def _latitude_at(start: Position, end: Position) -> float:
    """Return the latitude at which the short way between two positions meets 180 degrees."""
    span = _WHOLE - abs(end[0] - start[0])
    return start[1] + (end[1] - start[1]) * ((_HALF - abs(start[0])) / span if span else 0.0)
