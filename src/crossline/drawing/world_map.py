"""A map of the world with lines and points on it: cables and the places where they come ashore.

Land is that of Natural Earth (public domain), thinned by tools/land.py. The projection is the Natural Earth one, as a
polynomial (B. Šavrič, B. Jenny, T. Patterson, D. Petrovič, L. Hurni 2011, doi:10.1179/1743277411Y.0000000021). What
lies beyond :data:`SOUTH` and :data:`NORTH` is cut off. Lines that cross the antimeridian are parted there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.drawing.land import outlines
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

Box = tuple[float, float, float, float]  # left, bottom, right, top, as `project` has them

SOUTH: Final = -57.0
NORTH: Final = 80.0
LABEL_MOST: Final = 300
_PART: Final = 0.6  # of the world's width, beyond which the whole is shown
_X: Final = (0.870700, 0.0, -0.131979, 0.0, -0.013791, 0.0, 0.0, 0.0, 0.0, 0.0, 0.003971, 0.0, -0.001529)
_Y: Final = (0.0, 1.007226, 0.0, 0.015085, 0.0, 0.0, 0.0, -0.044475, 0.0, 0.028874, 0.0, -0.005916)


@dataclass(frozen=True)
class Line:
    """Something that runs over the map: its parts, each with a row (longitude, latitude) a point, in degrees."""

    parts: Sequence[Points]
    title: str
    css_class: str = ""
    link: str = ""
    id: str = ""  # by which `crop` finds it


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


def draw(  # noqa: PLR0913 - what is drawn, how large, and what it is called
    lines: Sequence[Line], spots: Sequence[Spot], width_px: int, *, label: str, css_class: str = "",
    box: Box | None = None, land_id: str = "",
) -> str:  # fmt: skip
    """Draw the lines and the spots over the land, those that come last on top; of the world, the part in ``box``.

    With ``land_id``, and ids of lines, `crop` can show parts of it elsewhere on the page.
    """
    frame = _Frame(width_px, box)
    land = "".join(frame.closed(ring) for ring in outlines() if frame.touches(ring))
    shown = "".join(_line(one, frame) for one in lines)
    dots = "".join(_spot(one, frame) for one in spots if SOUTH <= one.latitude <= NORTH)
    shore = f'<path class="land" d="{land}"/>'
    if land_id:
        shore = f'<g class="world-map" id="{escape(land_id)}">{shore}</g>'
    return (
        f'<svg class="world-map {escape(css_class)}" width="{width_px}" height="{frame.height:.0f}" '
        f'viewBox="0 0 {width_px} {frame.height:.0f}" role="img" aria-label="{escape(visible(label, LABEL_MOST))}">'
        f"{shore}{shown}{dots}</svg>"
    )


def region(points: Points) -> Box | None:
    """Return the part of the map that holds these rows (longitude, latitude) with some room, or None for the whole.

    A part is at least a twentieth of the world's width, and has a shape between 3 : 1 and 4 : 3.
    """
    if not len(points):
        return None
    placed = project(np.clip(points, (-180.0, SOUTH), (180.0, NORTH)))
    (left, bottom), (right, top) = map(float, placed.min(axis=0)), map(float, placed.max(axis=0))
    whole = _whole()
    room = 0.06 * max(right - left, top - bottom)
    width = max(right - left + 2 * room, (whole[2] - whole[0]) / 20)
    height = max(top - bottom + 2 * room, width / 3)
    width = max(width, height * 4 / 3)
    if width > _PART * (whole[2] - whole[0]) or height > whole[3] - whole[1]:
        return None
    # What would lie beyond the edge of the world is moved back onto it.
    x = min(max((left + right - width) / 2, whole[0]), whole[2] - width)
    y = min(max((bottom + top - height) / 2, whole[1]), whole[3] - height)
    return x, y, x + width, y + height


def _whole() -> Box:
    """Return the box of the whole map."""
    corners = project(np.array([[180.0, 0.0], [0.0, NORTH], [0.0, SOUTH]]))
    return -float(corners[0, 0]), float(corners[2, 1]), float(corners[0, 0]), float(corners[1, 1])


def holds(box: Box | None, spot: Spot) -> bool:
    """Return whether a spot stands in a part of the map; the whole, without one, has ends of its own."""
    if not SOUTH <= spot.latitude <= NORTH:
        return False
    x, y = project(np.array([[spot.longitude, spot.latitude]]))[0].tolist()
    return box is None or (box[0] <= x <= box[2] and box[1] <= y <= box[3])


def scale(width_px: int, box: Box | None = None) -> float:
    """Return how many pixels a unit of `project` takes."""
    left, _, right, _ = box or _whole()
    return width_px / (right - left)


class _Frame:
    """From degrees to pixels."""

    def __init__(self, width_px: int, box: Box | None = None) -> None:
        self.width = width_px
        self.left, self.bottom, self.right, self.top = box or _whole()
        self.scale = scale(width_px, box)
        self.height = (self.top - self.bottom) * self.scale

    def touches(self, points: Points) -> bool:
        """Return whether the box of some points meets the picture."""
        low, high = (placed := project(points)).min(axis=0), placed.max(axis=0)
        return bool(low[0] <= self.right and high[0] >= self.left and low[1] <= self.top and high[1] >= self.bottom)

    def pixels(self, points: Points) -> Points:
        """Return pixels of rows (longitude, latitude); what lies beyond the map's edges lies on them."""
        inside = np.clip(points, (-180.0, SOUTH), (180.0, NORTH))
        placed: Points = (project(inside) * (1, -1) + (-self.left, self.top)) * self.scale
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
    if one.id:
        # A class of its own, as a picture that only refers to it stands beneath nothing of this one.
        drawn = f'<g class="world-map" id="{escape(one.id)}">{drawn}</g>'
    return f'<a href="{escape(one.link)}">{drawn}</a>' if one.link else drawn


def crop(  # noqa: PLR0913 - what is drawn, how large, and what it is called
    one: Line, width_px: int, box: Box | None, *, label: str, land: str, spots: Sequence[Spot] = ()
) -> str:
    """Draw a line that a map of this width and box has, by its id, and the ``land`` around it, with no copy of either.

    The part that is shown is at least a sixteenth of the map's width, and has a shape between 3 : 1 and 4 : 3.
    """
    frame = _Frame(width_px, box)
    placed = frame.pixels(np.concatenate(list(one.parts)))
    (left, top), (right, bottom) = map(np.ndarray.tolist, (placed.min(axis=0), placed.max(axis=0)))
    room = 0.12 * max(right - left, bottom - top)
    width = max(right - left + 2 * room, width_px / 16)
    height = max(bottom - top + 2 * room, width / 3)
    width = max(width, height * 4 / 3)
    x, y = (left + right - width) / 2, (top + bottom - height) / 2
    # As wide a dot as on the whole map, whatever part of it is shown.
    dots = "".join(_spot(replace(spot, radius_px=round(width / 240, 2)), frame) for spot in spots)
    if dots:
        dots = f'<g class="world-map">{dots}</g>'
    return (
        f'<svg class="course" viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}" role="img" aria-label='
        f'"{escape(visible(label, LABEL_MOST))}"><use href="#{escape(land)}"/><use href="#{escape(one.id)}"/>'
        f"{dots}</svg>"
    )


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
