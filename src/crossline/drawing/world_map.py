"""A map of the world with lines and points on it: cables and the places where they come ashore.

Land is that of Natural Earth (public domain), thinned by tools/land.py. The projection is the Natural Earth one, as a
polynomial (B. Šavrič, B. Jenny, T. Patterson, D. Petrovič, L. Hurni 2011, doi:10.1179/1743277411Y.0000000021). What
lies beyond :data:`SOUTH` and :data:`NORTH` is cut off. Lines that cross the antimeridian are parted there.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.drawing.land import outlines
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

SOUTH: Final = -57.0
NORTH: Final = 80.0
LABEL_MOST: Final = 300
_X: Final = (0.870700, 0.0, -0.131979, 0.0, -0.013791, 0.0, 0.0, 0.0, 0.0, 0.0, 0.003971, 0.0, -0.001529)
_Y: Final = (0.0, 1.007226, 0.0, 0.015085, 0.0, 0.0, 0.0, -0.044475, 0.0, 0.028874, 0.0, -0.005916)


@dataclass(frozen=True)
class Line:
    """Something that runs over the map: its parts, each with a row (longitude, latitude) a point, in degrees."""

    parts: Sequence[Points]
    title: str
    css_class: str = ""
    link: str = ""


@dataclass(frozen=True)
class Spot:
    """Something that stands at a place."""

    longitude: float
    latitude: float
    title: str
    css_class: str = ""
    radius_px: float = 1.6


def project(points: Points) -> Points:
    """Return x and y of rows (longitude, latitude): the equator is from -2.7354 to 2.7354, north is positive."""
    longitude, latitude = np.radians(points).T
    across = np.polynomial.polynomial.polyval(latitude, _X)
    return np.stack([longitude * across, np.polynomial.polynomial.polyval(latitude, _Y)], axis=-1)


def draw(lines: Sequence[Line], spots: Sequence[Spot], width_px: int, *, label: str, css_class: str = "") -> str:
    """Draw the lines and the spots over the land, those that come last on top."""
    frame = _Frame(width_px)
    land = "".join(frame.closed(ring) for ring in outlines())
    shown = "".join(_line(one, frame) for one in lines)
    dots = "".join(_spot(one, frame) for one in spots if SOUTH <= one.latitude <= NORTH)
    return (
        f'<svg class="world-map {escape(css_class)}" width="{width_px}" height="{frame.height:.0f}" '
        f'viewBox="0 0 {width_px} {frame.height:.0f}" role="img" aria-label="{escape(visible(label, LABEL_MOST))}">'
        f'<path class="land" d="{land}"/>{shown}{dots}</svg>'
    )


class _Frame:
    """From degrees to pixels."""

    def __init__(self, width_px: int) -> None:
        self.width = width_px
        corners = project(np.array([[180.0, 0.0], [0.0, NORTH], [0.0, SOUTH]]))
        self.across, self.top = corners[0, 0], corners[1, 1]
        self.scale = width_px / (2 * self.across)
        self.height = (self.top - corners[2, 1]) * self.scale

    def pixels(self, points: Points) -> Points:
        """Return pixels of rows (longitude, latitude); what lies beyond the map's edges lies on them."""
        inside = np.clip(points, (-180.0, SOUTH), (180.0, NORTH))
        placed: Points = (project(inside) * (1, -1) + (self.across, self.top)) * self.scale
        return placed

    def path(self, points: Points) -> str:
        """Return a line's path; points that stand in the same tenth of a pixel are one."""
        tenths = np.rint(self.pixels(points) * 10).astype(np.int64)
        kept = tenths[np.r_[True, np.any(np.diff(tenths, axis=0) != 0, axis=1)]] / 10
        return "M" + "L".join(f"{x:g},{y:g}" for x, y in kept.tolist())

    def closed(self, points: Points) -> str:
        """Return a ring's path, or nothing for one that lies wholly beyond the edge."""
        latitude = points[:, 1]
        return "" if (latitude < SOUTH).all() or (latitude > NORTH).all() else self.path(points) + "Z"


def _line(one: Line, frame: _Frame) -> str:
    path = "".join(frame.path(part) for whole in one.parts for part in parted(whole) if len(part) > 1)
    if not path:
        return ""
    drawn = f'<path class="line {escape(one.css_class)}" d="{path}"><title>{escape(visible(one.title))}</title></path>'
    return f'<a href="{escape(one.link)}">{drawn}</a>' if one.link else drawn


def _spot(one: Spot, frame: _Frame) -> str:
    x, y = frame.pixels(np.array([[one.longitude, one.latitude]]))[0].tolist()
    return (
        f'<circle class="spot {escape(one.css_class)}" cx="{x:.1f}" cy="{y:.1f}" r="{one.radius_px:g}">'
        f"<title>{escape(visible(one.title))}</title></circle>"
    )


def parted(points: Points) -> list[Points]:
    """Part a line where a step spans more than half the globe: it goes the other way round, over the antimeridian."""
    parts: list[Points] = []
    start = 0
    for at in np.flatnonzero(np.abs(np.diff(points[:, 0])) > 180.0).tolist():  # a handful: lines cross it once or twice
        (x, y), (onward, beyond) = points[at], points[at + 1]
        edge = 180.0 if x > 0 else -180.0
        gap = 360.0 - abs(onward - x)
        middle = y + (beyond - y) * (abs(edge - x) / gap if gap else 0.5)
        head = [] if not parts else [parts.pop()]
        parts += [np.concatenate([*head, points[start : at + 1], [[edge, middle]]]), np.array([[-edge, middle]])]
        start = at + 1
    rest = points[start:]
    return [*parts[:-1], np.concatenate([parts[-1], rest])] if parts else [rest]
