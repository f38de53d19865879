"""Pictures of an impact are well-formed, to scale, inside their frame, and told without colour."""

from __future__ import annotations

import math
import re
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.drawing import axis, changes, curve, matrix, scales

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = '"><script>alert(1)</script>&\x00\u202e\ud800'
NUMBERS = st.floats(-1e12, 1e12) | st.sampled_from([0.0, math.nan, math.inf])


def parse(svg: str) -> ET.Element:
    """Parse a picture as XML, which HTML's own parser would forgive."""
    return ET.fromstring(svg)  # noqa: S314 - made by this package


def square(labels: Sequence[str], values: Sequence[Sequence[float]], *, whole: bool = True) -> ET.Element:
    """Draw a matrix whose cells say their place."""
    return parse(
        matrix.draw(labels, values, label="name", say=lambda row, column: f"{row},{column}", short=str,
                    whole=whole)
    )  # fmt: skip


def cells(picture: ET.Element) -> dict[str, tuple[float, float, str]]:
    """Return the corner and the class of each cell, by what it says."""
    found = {}
    for row in picture.iter("g"):
        corner = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", row.attrib.get("transform", ""))
        for rect in row.iter("rect"):
            title = rect.find("title")
            if title is not None and corner:
                x, y = float(corner[1]) + float(rect.attrib["x"]), float(corner[2])
                found[title.text or ""] = (x, y, rect.attrib["class"])
    return found


def test_four_cells_stand_where_they_should() -> None:
    """Of two groups there are four cells of 76 by 36 px, the first right of 30 px of names and 38 px below the top; the
    largest is the farthest from the ground, nought has no lightness, what is no pair has the texture.
    """  # noqa: D205 - one sentence
    found = cells(square(("DE", "US"), ((math.nan, 1000.0), (10.0, 0.0))))
    assert found == {
        "0,0": (30.0, 38.0, "none"), "0,1": (106.0, 38.0, "c6"), "1,0": (30.0, 74.0, "c0"),
        "1,1": (106.0, 74.0, "zero"),
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 9, 25, 60])
def test_every_pair_has_a_cell(count: int) -> None:
    """There are as many cells as pairs, none over another, all inside the picture."""
    picture = square([f"S{n}" for n in range(count)], [[float(a * b) for a in range(count)] for b in range(count)])
    found = cells(picture)
    assert len(found) == len({(x, y) for x, y, _ in found.values()}) == count * count
    assert max(x for x, _, _ in found.values()) < float(picture.attrib["width"])
    assert max(y for _, y, _ in found.values()) < float(picture.attrib["height"])


def test_the_key_names_every_class() -> None:
    """A key has a swatch for each class, with its bounds, for nought, for no pair and for what is below nought."""
    values = [[0.0, math.nan, -5.0, *[1.0] * 10], *[[3.0, 500.0, 4e7, *[1.0] * 10]] * 12]
    for width in (340, 720):
        svg = matrix.key(values, width, bound="{:g}".format, short="{:g}".format, whole=True)
        picture = parse(svg)
        said = [text.text for text in picture.iter("text")]
        assert said == [
            "no pair", "0", "under 100", "100 to 1000", "1000 to 10000", "10000 to 100000", "100000 to 1e+06",
            "1e+06 to 1e+07", "1e+07 to 4e+07", "\u22125", "below 0",
        ]  # fmt: skip
        lights = [rect.attrib["class"] for rect in picture.iter("rect")]
        assert lights == ["none", "zero", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "n0", "n1"]
        assert max(float(rect.attrib["x"]) for rect in picture.iter("rect")) < width
        assert float(picture.attrib["height"]) == 20 * {340: 6, 720: 3}[width]


def test_a_matrix_is_square() -> None:
    """A row too few, or one too short, is refused."""
    for values in (((1.0, 2.0),), ((1.0, 2.0), (3.0,))):
        with pytest.raises(ValueError, match="2 labels"):
            square(("A", "B"), values)


def test_classes_over_decades_are_powers() -> None:
    """Numbers from 3 to 40 million are classed by powers of ten, at most seven of them, from nought."""
    bounds = scales.classes([3, 500, 4e7], 7, whole=True)
    assert bounds == [0.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7]
    assert [scales.place(value, bounds) for value in (3, 99, 100, 4e7, -4e7)] == [0, 0, 1, 6, 6]


def test_classes_of_like_numbers_are_equal() -> None:
    """Numbers from 10 to 100 are classed by equal steps of 20; one number alone is one class."""
    assert scales.classes([10, 55, 100], 7) == [0.0, 20.0, 40.0, 60.0, 80.0]
    assert scales.classes([*range(10, 101, 10)], 7, whole=True) == [0.0, 20.0, 40.0, 60.0, 80.0]
    assert scales.classes([5, 5], 7) == [0.0]
    assert scales.classes([0, math.nan], 7) == [0.0]


def test_few_whole_numbers_are_a_class_each() -> None:
    """1, 2 and 5 have a lightness and an entry each; of more than there are classes, ranges are of whole numbers."""
    few = [[math.nan, 1.0, 2.0], [0.0, 5.0, 1.0], [2.0, 1.0, 5.0]]

    def told(values: list[list[float]]) -> list[tuple[str, str]]:
        svg = matrix.key(values, 720, bound="{:g}".format, short="{:g}".format, whole=True)
        return [
            (entry.find("rect").attrib["class"], entry.find("text").text)  # type: ignore[union-attr]
            for entry in parse(svg).iter("g") if entry.attrib.get("class") == "legend"
        ]  # fmt: skip

    assert told(few) == [("none", "no pair"), ("zero", "0"), ("c0", "1"), ("c3", "2"), ("c6", "5")]
    assert len({scales.place(value, scales.classes([1, 2, 5], 7, whole=True)) for value in (1, 2, 5)}) == 3
    # Nine numbers, by twos: 1, 2-3, 4-5, 6-7 and 8-9.
    many = [[float(3 * row + column + 1) for column in range(3)] for row in range(3)]
    assert [said for _, said in told(many)] == ["1", "2\u20133", "4\u20135", "6\u20137", "8\u20139"]


def test_short_numbers_stand_in_cells_of_many_groups() -> None:
    """With 24 groups a number of three characters has room in a cell, one of nine has not."""
    for value, shown in ((2.0, True), (1_234_567.0, False)):
        groups = [f"G{number}" for number in range(24)]
        svg = square(groups, [[value] * 24] * 24)
        assert any(text.attrib["class"].startswith("in ") for text in svg.iter("text")) is shown


@given(st.lists(NUMBERS, max_size=30), st.booleans())
def test_classes_are_few_and_in_order(values: list[float], whole: bool) -> None:
    """Whatever the numbers, there are one to seven classes, their bounds ascend, and each number has one."""
    bounds = scales.classes(values, 7, whole=whole)
    assert 1 <= len(bounds) <= 7
    assert all(one < two for one, two in pairwise(bounds))
    assert all(0 <= scales.place(value, bounds) < 7 for value in values if math.isfinite(value))


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.booleans())
def test_ticks_are_round_and_hold_all(one: float, two: float, whole: bool) -> None:
    """Ticks hold nought and, to a millionth of a step, both numbers; they ascend, and are a handful."""
    marks = scales.ticks(min(one, two), max(one, two), 5, whole=whole)
    slack = 1e-6 * (marks[1] - marks[0])
    assert marks[0] <= min(one, two, 0) + slack
    assert marks[-1] >= max(one, two, 0) - slack
    assert 2 <= len(marks) <= 8
    assert all(a < b for a, b in pairwise(marks))


def test_ticks_by_hand() -> None:
    """Up to 73 in at most five steps is by 20; up to 2 of what is counted is by 1; up to 0.9 is by 0.2."""
    assert scales.ticks(0, 73) == [0, 20, 40, 60, 80]
    assert scales.ticks(0, 2, whole=True) == [0, 1, 2]
    assert scales.ticks(0, 0.9) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert scales.ticks(-0.3, 0.3) == [-0.4, -0.2, 0, 0.2, 0.4]
    assert scales.powers(7, 2300) == [5, 10, 100, 1000, 5000]


def moves(before: Sequence[float], after: Sequence[float], width: int = 720) -> ET.Element:
    """Draw changes of one-letter names, whose numbers are told in one letter."""
    labels = [chr(65 + place) for place in range(len(before))]
    return parse(changes.draw(labels, before, after, width, label="name", say=lambda _a, _b: "x", bound=str))


def heads(picture: ET.Element, css: str) -> list[float]:
    """Return where the arrowheads of a class point to; the legend's apart."""
    rows = [group for group in picture.iter("g") if group.find("title") is not None]
    return [float(path.attrib["d"][1:].split(" ")[0]) for g in rows for path in g.iter("path")
            if path.attrib["class"] == css]  # fmt: skip


def test_moves_are_to_scale() -> None:
    """From 0 to 100 on 664.8 px right of 24.9: 50 is at 357.3, where what rises from 0 ends; what falls from 100 to 0
    ends at 24.9; what stays has no arrow.
    """  # noqa: D205 - one sentence
    picture = moves((0.0, 100.0, 50.0), (50.0, 0.0, 50.0))
    assert heads(picture, "gain") == [pytest.approx(357.3, abs=0.1)]
    assert heads(picture, "loss") == [pytest.approx(24.9, abs=0.1)]
    rings = [float(ring.attrib["cx"]) for ring in picture.iter("circle") if ring.attrib["class"] == "before"]
    assert rings[:3] == [pytest.approx(place, abs=0.1) for place in (24.9, 689.7, 357.3)]
    assert sum(circle.attrib["class"] == "same" for circle in picture.iter("circle")) == 1


def test_gains_and_losses_differ_in_shape() -> None:
    """A gain's head lies right of its shaft and a loss's left, whatever the colours."""
    for css, way in (("gain", 1), ("loss", -1)):
        (path,) = [p for g in moves((50.0,), (50.0 + way * 20,)).iter("g") if g.find("title") is not None
                   for p in g.iter("path") if p.attrib["class"] == css]  # fmt: skip
        tip, back = re.findall(r"[ML]([\d.]+) ", path.attrib["d"])
        assert (float(tip) - float(back)) * way == pytest.approx(8, abs=0.2)


def test_sizes_over_decades_stand_on_powers() -> None:
    """From 10 to 100,000, a tenfold rise is as long wherever it begins, and the picture says so."""
    picture = moves((10.0, 10_000.0), (100.0, 100_000.0))
    rings = [float(ring.attrib["cx"]) for ring in picture.iter("circle") if ring.attrib["class"] == "before"]
    ends = heads(picture, "gain")
    assert ends[0] - rings[0] == pytest.approx(ends[1] - rings[1], abs=0.2)
    assert "Equal distances are equal ratios." in "".join(picture.itertext())
    assert "Equal distances" not in "".join(moves((10.0, 20.0), (20.0, 10.0)).itertext())


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), st.integers(300, 900))
def test_moves_stay_inside(pairs: list[tuple[float, float]], width: int) -> None:
    """Whatever the numbers, every ring and head is inside the picture, and each row is there."""
    picture = moves([one for one, _ in pairs], [two for _, two in pairs], width)
    assert sum(group.find("title") is not None for group in picture.iter("g")) == len(pairs)
    places = [float(ring.attrib["cx"]) for ring in picture.iter("circle")]
    assert all(0 <= x <= width for x in (*places, *heads(picture, "gain"), *heads(picture, "loss")))


def steps(values: Sequence[float], width: int = 720) -> list[float]:
    """Draw a curve and return how far right it is at each step."""
    labels = [chr(65 + place % 26) for place in range(len(values))]
    picture = parse(curve.draw(labels, values, width, label="name", say=lambda _: "x", added=lambda _: "y", bound=str))
    paths = [path.attrib["d"] for path in picture.iter("path") if path.attrib["class"] == "steps"]
    return [float(place) for path in paths for place in re.findall(r"H([\d.]+)", path)]


def test_steps_are_to_scale() -> None:
    """From 0 to 100 on 616.9 px right of 45.6: 50 is at 354.05, 100 at 662.5; and the curve begins at nought."""
    assert steps((50.0, 100.0)) == [pytest.approx(354.05, abs=0.1), pytest.approx(662.5, abs=0.1)]


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=60).map(sorted), st.sampled_from([340, 720]))
def test_what_grows_is_drawn_growing(values: list[float], width: int) -> None:
    """Sums that never fall give a curve that never turns back, inside the picture, with a place for each."""
    places = steps(values, width)
    assert len(places) == len(values)
    assert places == sorted(places)
    assert all(0 <= place <= width for place in places)


def test_each_step_has_its_name_and_its_numbers() -> None:
    """A step is named and numbered, has its sum, and after the first what it adds."""
    svg = curve.draw(("US", "GB"), (50.0, 80.0), 720, label="x", say="{:g}".format, added="+{:g}".format, bound=str)
    texts = [text.text for text in parse(svg).iter("text") if text.attrib["class"] in ("name", "value")]
    assert texts == ["1. US", "50", "2. GB", "80 (+30)"]


def test_text_is_escaped_and_seen() -> None:
    """Hostile text neither breaks a picture nor adds an element to it, and what cannot be seen is spelt out."""
    words = {"label": HOSTILE, "bound": lambda _: "<b>"}
    numbers = [[1.0, 2.0]] * 2
    drawn = [
        matrix.draw([HOSTILE] * 2, numbers, label=HOSTILE, say=lambda _r, _c: HOSTILE, short=lambda _: "<i>"),
        changes.draw([HOSTILE] * 2, [1.0, 2.0], [2.0, 1.0], 720, say=lambda _a, _b: HOSTILE, **words),
        curve.draw([HOSTILE] * 2, [1.0, 2.0], 340, say=lambda _: HOSTILE, added=lambda _: HOSTILE, **words),
    ]
    for svg in drawn:
        picture = parse(svg)
        assert {part.tag for part in picture.iter()} <= {"svg", "g", "rect", "path", "circle", "text", "title"}
        assert "<script>" in "".join(picture.itertext())
        assert {c for c in svg if not c.isprintable()} == set()
        assert (picture.attrib["role"], '"><script>' in picture.attrib["aria-label"]) == ("img", True)


def test_labels_of_an_axis_keep_apart() -> None:
    """Of marks that lie too close, those whose numbers would touch have none; every mark has its line."""
    svg = f"<svg>{axis.draw([0, 1, 2, 3], [10, 14, 18, 200], 100, lambda mark: f'number {mark}')}</svg>"
    picture = parse(svg)
    assert sum(1 for _ in picture.iter("path")) == 4
    assert [text.text for text in picture.iter("text")] == ["number 0", "number 3"]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_scale_is_one_of_lightness() -> None:
    """In the light, in the dark and on paper each class is further from the ground than the one before, by enough to be
    told apart in grey, and numbers in cells keep a contrast of 4.5 to 1.
    """  # noqa: D205 - one sentence
    style = (files("crossline.impact.formats") / "templates" / "impact.css").read_text()
    blocks = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", re.sub(r"(#)(\w)(\w)(\w);", r"#\2\2\3\3\4\4;", block)))
              for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)]  # fmt: skip
    assert len(blocks) == 3
    for block in blocks:
        lights = [luminance(block[f"c{number}"]) for number in range(matrix.CLASSES)]
        ratios = [(max(a, b) + 0.05) / (min(a, b) + 0.05) for a, b in pairwise(lights)]
        assert lights in (sorted(lights), sorted(lights, reverse=True))
        assert min(ratios) > 1.2
        for number, light in enumerate(lights):
            ink = luminance(block["in-low" if number < 4 else "in-high"])
            assert (max(ink, light) + 0.05) / (min(ink, light) + 0.05) >= 4.5, (number, block)
