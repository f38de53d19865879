"""The map of the world: where things stand on it, what is cut off, and that nothing gets out of its text."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from crossline.drawing import world_map
from crossline.drawing.world_map import Line, Spot

WIDTH = 1000


def _drawn(lines: list[Line], spots: list[Spot]) -> ET.Element:
    return ET.fromstring(world_map.draw(lines, spots, WIDTH, label="a map"))  # noqa: S314 - our own text


def _points(path: str) -> list[list[tuple[float, float]]]:
    numbers = [re.findall(r"(-?[\d.]+),(-?[\d.]+)", part) for part in path.split("M")[1:]]
    return [[(float(x), float(y)) for x, y in part] for part in numbers]


def test_the_projection_is_that_of_its_paper() -> None:
    """Values of the polynomial by hand: on the equator x is 0.8707 times the longitude in radians, and y is nought."""
    x, y = world_map.project(np.array([[90.0, 0.0], [0.0, 45.0]])).T
    assert x[0] == pytest.approx(0.8707 * np.pi / 2)
    assert y[0] == 0
    # 1.007226 p + 0.015085 p^3 - 0.044475 p^7 + 0.028874 p^9 - 0.005916 p^11 at p = pi / 4
    p = np.pi / 4
    assert y[1] == pytest.approx(1.007226 * p + 0.015085 * p**3 - 0.044475 * p**7 + 0.028874 * p**9 - 0.005916 * p**11)


def test_a_spot_stands_where_it_is() -> None:
    """A spot at longitude nought stands in the middle; one further north is higher, one further east right of it."""
    held = [Spot(0, 0, "a"), Spot(0, 60, "b"), Spot(90, 0, "c"), Spot(0, -80, "beyond the edge")]
    circles = [one for one in _drawn([], held).iter() if one.tag == "circle"]
    assert len(circles) == 3
    (ax, ay), (bx, by), (cx, cy) = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in circles]
    assert ax == bx == WIDTH / 2
    assert by < ay == cy
    assert cx == pytest.approx(WIDTH * 3 / 4, abs=0.1)


def test_a_line_over_the_antimeridian_is_parted_there() -> None:
    """From 170 E to 170 W a line goes to the one edge and comes back at the other, half way between the latitudes."""
    parts = world_map.parted(np.array([[170.0, 10.0], [-170.0, 20.0], [-160.0, 20.0]]))
    assert [part.tolist() for part in parts] == [
        [[170.0, 10.0], [180.0, 15.0]],
        [[-180.0, 15.0], [-170.0, 20.0], [-160.0, 20.0]],
    ]


def test_a_line_that_comes_back_over_the_antimeridian() -> None:
    """A line that crosses twice has three parts, and no step of a part spans half the globe."""
    parts = world_map.parted(np.array([[170.0, 0.0], [-170.0, 0.0], [175.0, 0.0]]))
    assert [len(part) for part in parts] == [2, 3, 2]
    assert all((np.abs(np.diff(part[:, 0])) <= 180).all() for part in parts)


def test_land_has_no_outline_across_the_map() -> None:
    """No edge of land runs over more than a tenth of the map, but for none: Antarctica lies beyond the edge."""
    land = next(one for one in _drawn([], []).iter() if one.get("class") == "land")
    outlines = _points(land.get("d", ""))
    assert len(outlines) > 500
    for outline in outlines:
        steps = np.abs(np.diff(np.array([*outline, outline[0]]), axis=0))
        assert steps.max() < WIDTH / 10


def test_names_are_escaped() -> None:
    """A name or a link that looks like markup stays text."""
    hostile = '"><script>x</script>\u202e'
    line = Line([np.array([[0.0, 0.0], [10.0, 0.0]])], hostile, "a", '#"><script>')
    told = world_map.draw([line], [Spot(0, 0, hostile)], WIDTH, label=hostile)
    assert "<script" not in told
    assert "\u202e" not in told
    ET.fromstring(told)  # noqa: S314 - our own text
