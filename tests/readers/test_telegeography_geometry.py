"""Maps of submarine cables: courses as they are drawn, cut at the antimeridian and where they leave the globe."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cable_samples import LINES, collection, edition, feature, rejected, write
from hypothesis import given
from hypothesis import strategies as st
from phones_told import told

from crossline import wkt
from crossline.readers.telegeography import geometry

if TYPE_CHECKING:
    from pathlib import Path


def test_courses_are_well_known_text(tmp_path: Path) -> None:
    """Four decimals at most, several features of a cable together, and a line cut at the antimeridian by hand."""
    found = told(edition(tmp_path))
    assert found.columns["cable:one"]["course"] == ("MULTILINESTRING((10.1235 1,11 2),(-1 -1,-2 -2),(5 5,6 6))")
    assert found.columns["cable:two"]["course"] == "MULTILINESTRING((179 0,180 5),(-180 5,-179 10))"
    assert found.columns["cable:three"]["course"] is None


def course(*line: list[float]) -> geometry.Course:
    """Return the course of one line."""
    made = geometry.Course()
    assert geometry.add(made, {"type": "LineString", "coordinates": list(line)})
    return made


def test_a_line_is_cut_at_the_antimeridian_by_hand() -> None:
    """From 170 to -170 the middle of the way is at 180; from -175 to 165 a quarter of it."""
    assert course([170, 0], [-170, 10]).lines == [[(170, 0), (180, 5)], [(-180, 5), (-170, 10)]]
    assert course([-175, 0], [165, 8]).lines == [[(-175, 0), (-180, 2)], [(180, 2), (165, 8)]]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=12))
def test_no_step_goes_half_around_the_globe(line: list[tuple[float, float]]) -> None:
    """Once cut, no two neighbours lie more than 180 degrees apart, and all stay on the globe."""
    for part in course(*map(list, line)).lines:
        assert all(abs(a[0] - b[0]) <= 180 for a, b in pairwise(part))
        assert all(abs(x) <= 180 and abs(y) <= 90 for x, y in part)


def test_longitudes_past_half_a_circle_are_turned_back() -> None:
    """Maps drawn across the antimeridian count on: by hand, 200 is -160; past a circle is off the globe."""
    assert course([160, 38], [200, 40]).lines == [[(160, 38), (180, 39)], [(-180, 39), (-160, 40)]]
    assert course([-180, 40], [-200, 38], [-220, 34]).lines == [[(180, 40), (160, 38), (140, 34)]]
    assert course([170, 1], [180, 2], [190, 3]).lines == [[(170, 1), (180, 2)], [(-180, 2), (-170, 3)]]
    assert geometry.point({"type": "Point", "coordinates": [235.6, 43.1]})[0] == (235.6 - 360, 43.1)
    assert [geometry.position([x, 0]) for x in (360.1, -361, float("nan"))] == [None] * 3
    assert geometry.position([0, 90.5]) is None


@given(
    st.lists(st.tuples(st.integers(-170, 170), st.integers(-90, 90)), min_size=2, max_size=12), st.sampled_from([-1, 1])
)
def test_a_line_counted_on_is_that_of_the_globe(line: list[tuple[int, int]], side: int) -> None:
    """However a map counts its longitudes, by one whole circle more or less, the course has the same places."""
    turned = [[x + 360 * side, y] if abs(x + 360 * side) <= 360 else [x, y] for x, y in line]
    one, other = course(*map(list, line)), course(*turned)
    assert [len(part) for part in one.lines] == [len(part) for part in other.lines]
    for a, b in zip(one.lines, other.lines, strict=True):
        assert all(abs(p[0] - q[0]) < 1e-9 and abs(p[1] - q[1]) < 1e-6 for p, q in zip(a, b, strict=True))


def test_a_gigantic_course_is_thinned_and_told(tmp_path: Path) -> None:
    """Of fifty thousand positions at most the stated number stay, the ends among them, and a note counts the others."""
    line = [[n / 1000, n % 7] for n in range(50_000)]
    found = told(write(tmp_path / "geo.json", collection(feature("LineString", "one", line))))
    (part,) = wkt.lines(found.columns["cable:one"]["course"])
    assert len(part) <= geometry.POSITIONS_KEPT
    assert (part[0].tolist(), part[-1].tolist()) == (line[0], line[-1])
    assert found.notes == [f"1 course has more than 20,000 positions: {50_000 - len(part):,} of them left out"]
    short = geometry.Course([[(0.0, 0.0), (1.0, n / 1e4)] for n in range(30_000)])
    assert short.thinned() == 60_000 - sum(map(len, short.lines))
    assert sum(map(len, short.lines)) <= geometry.POSITIONS_KEPT


def test_a_position_off_the_globe_cuts_the_line() -> None:
    """What stands before and after it is kept, and no line is drawn across."""
    made = course([0, 0], [1, 1], [500, 1], [2, 2], [3, 3], [float("nan"), 0], [4, 4])
    assert made.lines == [[(0, 0), (1, 1)], [(2, 2), (3, 3)]]
    assert (made.outside, made.short) == (2, 0)


def test_refused_geometry_is_counted(tmp_path: Path) -> None:
    """Positions off the globe, lines of one position, other shapes and features without an id have their rejects."""
    document = collection(
        feature("LineString", "one", [[0, 0], [0, 95], [1, "x"]]),
        feature("MultiLineString", "two", [[[1, 1]], "no line"]),
        feature("Polygon", "three", [[[0, 0], [1, 1], [2, 2], [0, 0]]]),
        feature("LineString", "", [[0, 0], [1, 1]]),
    )
    found = told(write(tmp_path / "geo.json", document))
    outside, short = "a position outside the globe: the line is cut there", "a line of fewer than two positions"
    assert [(where, why.split(" (RFC")[0], count) for where, why, count in rejected(found)] == [
        ("features[0]", outside, 2), ("features[0]", short, 1), ("features[1]", short, 2),
        ("features[2]", "its geometry is neither a point nor a line", 1),
        ("features[3]", "a feature without an id that can be one", 1),
    ]  # fmt: skip


def test_a_course_without_a_cable_makes_none(tmp_path: Path) -> None:
    """Where cables are read, one that only geometry knows is a reject with its place; GeoJSON alone makes cables."""
    root = edition(tmp_path / "map")
    (root / "cable" / "two.json").unlink()
    found = told(root)
    assert {asset for asset in found.columns if asset.startswith("cable:")} == {"cable:one", "cable:three"}
    assert ("cable/cable-geo.json features[2]", "a course of two, of which there is no cable: not read", 1) in rejected(
        found
    )
    alone = told(write(tmp_path / "geo.json", LINES))
    assert {asset: row["status"] for asset, row in alone.columns.items()} == {"cable:one": None, "cable:two": None}
