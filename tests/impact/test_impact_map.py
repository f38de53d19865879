"""A map tells lines apart without colour, counts what it cannot draw, is bounded, and shows hostile names as text."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import numpy as np
import pytest
from invented import small

from crossline import wkt
from crossline.drawing import courses, world_map
from crossline.impact import Map, Point, mapping, picturing
from crossline.impact.formats import Options, load
from crossline.impact.formats.html import LIMIT_BYTES

WORDS = (("gone", "taken out"), ("doubt", "in doubt"), ("new", "in the later only"), ("stays", "stays"))
LOOKS = tuple(look for look, _ in WORDS)
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}&\x1b\u202e'


def chart(**changed: Any) -> Map:
    """Return a map of four lines, one of each look, the one that stays given first, and of a point."""
    given: dict[str, Any] = {
        "id": "map", "title": "Where they run", "words": WORDS, "labels": ("D", "B", "C", "A"),
        "looks": ("stays", "doubt", "new", "gone"),
        "courses": tuple(f"LINESTRING (0 {y}, 10 {y})" for y in (0, 10, 20, 30)), "unit": "cables",
        "details": ("lands in AA", "", "", "lands in BB"), "points": (Point("Here", 5.0, 5.0),),
        "point": "landing point left without a cable",
    }  # fmt: skip
    return Map(**(given | changed))


def drawn(picture: Map, most: int = 100) -> tuple[ET.Element, mapping.Legend]:
    """Return the picture, parsed as XML, and its legend."""
    view = picturing.view(picture, most)
    assert view.legend is not None
    return ET.fromstring(str(view.drawn)), view.legend  # noqa: S314 - our own text


def lines_of(svg: ET.Element) -> list[ET.Element]:
    """Return the lines in the order in which they are drawn."""
    return [one for one in svg.iter("path") if (one.get("class") or "").startswith("line")]


def page(*pictures: Map) -> str:
    """Return the page of an impact with these pictures."""
    text: str = load("html").render(small(pictures=pictures), Options())
    return text


def test_what_matters_most_lies_on_top() -> None:
    """Lines are drawn from what stays to what is gone, each with its name, what becomes of it, and its detail."""
    svg, legend = drawn(chart())
    assert [(one.get("class"), one.findtext("title")) for one in lines_of(svg)] == [
        ("line look-stays", "D: stays; lands in AA"), ("line look-new", "C: in the later only"),
        ("line look-doubt", "B: in doubt"), ("line look-gone", "A: taken out; lands in BB"),
    ]  # fmt: skip
    assert svg.findtext("circle/title") == "Here: landing point left without a cable"
    assert [(key.look, key.count) for key in legend.keys] == [(look, 1) for look in LOOKS]
    assert (legend.point, legend.notes) == ("landing point left without a cable: 1", ())


def test_a_course_stands_where_it_runs() -> None:
    """On the equator, 1,040 px of 360 degrees: from 0 to 10 degrees east is from the middle 28.9 px to the right."""
    far = "MULTILINESTRING ((-179 70, -170 70), (170 -50, 179 -50))"  # so that the whole world is shown
    courses = ("LINESTRING (0 0, 10 0)", far)
    svg, _ = drawn(chart(labels=("A", "B"), looks=("gone", "stays"), courses=courses, details=(), points=()))
    (line,) = (one for one in lines_of(svg) if str(one.findtext("title")).startswith("A"))
    numbers = [float(x) for x in re.findall(r"[\d.]+", line.attrib["d"])]
    assert [numbers[0], numbers[2]] == pytest.approx([520.0, 520 + 1040 / 36], abs=0.05)
    assert numbers[1] == numbers[3]


def test_looks_differ_without_colour() -> None:
    """The style gives each look another pattern of dashes or width, and what is gone the greatest, narrow or wide."""
    style = (files("crossline.impact.formats") / "templates" / "impact.css").read_text(encoding="utf-8")
    wide, narrow = {}, {}
    for look in LOOKS:
        for found in re.findall(rf"([^{{}}]*)\.look-{look}[^{{}}]*{{([^}}]*)}}", style):
            parts = dict(part.split(":", 1) for part in found[1].replace(" ", "").split(";") if part)
            if "stroke-width" not in parts:
                continue
            looks = narrow if look in wide else wide  # the narrow page's rules follow
            was = wide.get(look, (None, 0.0))
            looks[look] = (parts.get("stroke-dasharray", was[0]), float(parts["stroke-width"]))
    for looks in (wide, wide | narrow):
        assert len(set(looks.values())) == len(LOOKS)
        assert looks["gone"][1] == max(width for _, width in looks.values())
        assert looks["stays"][1] == min(width for _, width in looks.values())
    assert narrow


def test_what_cannot_be_drawn_is_counted() -> None:
    """The legend counts every line, drawn or not; without a course, with a wrong one, and points without a place."""
    points = (Point("a", None, None), Point("b", 999.0, 0.0), Point("c", 0.0, -80.0), Point("d", 1.0, 1.0))
    given = (None, "POINT (1 1)", "MULTILINESTRING EMPTY", "LINESTRING (0 0, 1 1)")
    svg, legend = drawn(chart(courses=given, points=points))
    assert (len(lines_of(svg)), len(list(svg.iter("circle")))) == (1, 1)
    assert sum(key.count for key in legend.keys) == 4
    assert legend.notes == (
        "2 not drawn (1 in the later only, 1 stays): no course is known",
        "1 not drawn (1 in doubt): what is stated is no line on the globe in well-known text",
        "3 points not drawn: of no known place on the map, or without room",
    )


def test_what_stays_gives_way_first() -> None:
    """Where not all find room, what is gone is drawn, what stays is left out and counted."""
    many = 200
    looks = ("stays",) * many + ("gone",) * 10
    one = wkt.text([np.stack([np.arange(40) * 2.0, np.arange(40) % 2 * 20.0], axis=1)])
    picture = chart(labels=("x",) * (many + 10), looks=looks, courses=(one,) * (many + 10), details=())
    svg, legend = drawn(picture, 4)
    kept = [one.get("class") for one in lines_of(svg)]
    assert kept.count("line look-gone") == 10
    assert 0 < kept.count("line look-stays") < many
    assert legend.notes[0].startswith(f"{many + 10 - len(kept)} not drawn ({many + 10 - len(kept)} stays)")
    assert {key.look: key.count for key in legend.keys} == {"gone": 10, "stays": many}
    assert sum(map(len, map(ET.tostring, lines_of(svg)))) < 2 * 4 * mapping.CHARACTERS


def test_a_page_with_a_map_is_bounded() -> None:
    """5,000 courses that nothing can be left out of, with long names, stay within the limit of a page."""
    one = wkt.text([np.stack([np.arange(90) * 2.0, np.arange(90) % 2 * 40.0], axis=1)])
    names, looks = tuple("<" * 300 for _ in range(5000)), tuple(LOOKS[n % 4] for n in range(5000))
    points = tuple(Point("<" * 300, 1.0, 1.0) for _ in range(5000))
    text = page(chart(labels=names, looks=looks, courses=(one,) * 5000, details=names, points=points))
    assert len(text.encode()) <= LIMIT_BYTES
    assert "there are more than a map is made of" in text
    assert "no room on this page" in text


def test_courses_are_read_once() -> None:
    """What is read once serves every size of page: drawn from it the picture is the same."""
    picture = chart()
    read = picturing.courses(picture)
    assert read is not None
    assert picturing.view(picture, 100, read) == picturing.view(picture, 100)
    assert courses.length(world_map.Line([np.zeros((3, 2))], "abc", link="#a")) == 36 + 3 + 2 + 60


def test_the_page_has_the_legend() -> None:
    """Below the map stands a key for each look that there is, with its count; a look without lines has none."""
    text = page(chart(labels=("A", "B"), looks=("gone", "gone"), courses=(None, "LINESTRING (0 0, 1 1)"), details=()))
    keys = re.search(r'<ul class="keys">.*?</ul>', text, re.DOTALL)
    assert keys is not None
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", keys[0])).strip()
    assert told == "taken out: 2 landing point left without a cable: 1"
    assert 'class="line look-gone"' in keys[0]
    assert "1 not drawn (1 taken out): no course is known" in text


def test_nothing_to_draw_is_said() -> None:
    """Without a course and a point there is no picture, and the page says what is not drawn."""
    text = page(chart(courses=(None,) * 4, points=()))
    assert "There is nothing to draw. <bdi>4 not drawn" in text
    assert '<svg class="world-map' not in text


def test_json_has_counts_and_no_courses() -> None:
    """The report fits its schema and counts lines and points; no course stands in it. One without them fits not."""
    text = load("json").render(small(pictures=(chart(),)), Options())
    report = json.loads(text)
    schema = json.loads((files("crossline.impact.formats") / "schema" / "impact-report.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)
    (told,) = report["pictures"]
    assert (told["kind"], told["unit"]) == ("map", "cables")
    assert told["classes"] == [{"look": look, "title": title, "count": 1} for look, title in WORDS]
    assert told["points"] == {"title": "landing point left without a cable", "count": 1}
    assert "LINESTRING" not in text
    del told["classes"]
    assert not jsonschema.Draft202012Validator(schema).is_valid(report)


def test_a_terminal_names_the_map() -> None:
    """A table says that the map stands on the page."""
    assert "On the page (--output FILE.html): Where they run." in load("table").render(
        small(pictures=(chart(),)), Options(width=100)
    )


def test_no_name_of_a_line_acts() -> None:
    """Names, details, words and points become text: no element, no control character, and well-formed XML."""
    words = tuple((look, HOSTILE) for look in LOOKS)
    picture = chart(title=HOSTILE, about=HOSTILE, words=words, labels=(HOSTILE,) * 4, details=(HOSTILE,) * 4,
                    points=(Point(HOSTILE, 1.0, 1.0),), point=HOSTILE)  # fmt: skip
    svg, _ = drawn(picture)
    assert {one.tag for one in svg.iter()} == {"svg", "path", "title", "circle"}
    text = page(picture)
    assert "<script>alert" not in text
    assert "49" not in (svg.findtext("circle/title") or "")
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    json.loads(load("json").render(small(pictures=(picture,)), Options()))
