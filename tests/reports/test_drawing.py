"""Pictures are well-formed, to scale, and inside their frame."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.drawing import bars, chain, layers

HOSTILE = '"><script>alert(1)</script>&\x00\u202e'


def parse(svg: str) -> ET.Element:
    """Parse a picture as XML, which HTML's own parser would forgive."""
    return ET.fromstring(svg)  # noqa: S314 - made by this package


def drawn(svg: str) -> dict[str, float]:
    """Return the width of each part in per cent, by its class."""
    return {
        rect.attrib["class"]: float(rect.attrib["width"].rstrip("%"))
        for rect in parse(svg).iter("rect")
        if rect.attrib["class"].startswith("part-")
    }


def test_parts_are_to_scale() -> None:
    """Parts are as wide as their share: 1, 1 and 2 of 4 are 25, 25 and 50 per cent."""
    widths = drawn(bars.stacked([("violation", 1), ("unknown", 1), ("compliant", 2)], "x"))
    assert widths == {"part-violation": 25.0, "part-unknown": 25.0, "part-compliant": 50.0}


@given(st.lists(st.integers(0, 10**9), min_size=5, max_size=5))
def test_parts_fill_the_bar(counts: list[int]) -> None:
    """Whatever the counts, the parts that are not nothing are seen, and fill the bar."""
    names = ("violation", "unknown", "compliant", "exempt", "not-applicable")
    widths = drawn(bars.stacked(list(zip(names, counts, strict=True)), "x"))
    assert len(widths) == sum(count > 0 for count in counts)
    if widths:
        assert abs(sum(widths.values()) - 100) < 0.1
        assert min(widths.values()) >= 0.78


def test_every_verdict_has_a_texture_or_is_plain() -> None:
    """Where a part is filled with a pattern, that pattern is defined; the others differ by being plain."""
    svg = bars.stacked([("violation", 1), ("unknown", 1), ("exempt", 1), ("not-applicable", 1)], "x")
    used = {rect.attrib["fill"] for rect in parse(svg).iter("rect") if "fill" in rect.attrib}
    defined = {f"url(#{pattern.attrib['id']})" for pattern in parse(bars.PATTERNS).iter("pattern")}
    assert used == defined


@pytest.mark.parametrize(
    ("share", "width"), [(0.0, None), (-1.0, None), (0.001, "0.80%"), (50.0, "50.00%"), (900.0, "100.00%")]
)
def test_a_single_bar(share: float, width: str | None) -> None:
    """A share is drawn within the track, a very small one so that it is seen, nothing as nothing."""
    found = [r.attrib["width"] for r in parse(bars.single(share, "x")).iter("rect") if r.attrib["class"] == "bar"]
    assert found == ([width] if width else [])


def _chain(steps: int, text: str = "China Telecom is owned by somebody else altogether") -> list[chain.Box]:
    return chain.boxes(("route", "192.0.2.0/24"), "transit", "AS4134 (x)", [text] * steps, ("rule", "violation"))


@pytest.mark.parametrize("width", [288, 600, 940])
@pytest.mark.parametrize("steps", [0, 1, 3, 12])
def test_boxes_stay_apart_and_inside(width: int, steps: int) -> None:
    """No box of a chain overlaps another or leaves the picture, however wide it is."""
    placed = chain._place(_chain(steps), width)
    assert all(box.x >= 0 and box.x + box.width <= width for box in placed)
    for number, one in enumerate(placed):
        for two in placed[number + 1 :]:
            apart = (
                one.x + one.width <= two.x or two.x + two.width <= one.x
                or one.y + one.height <= two.y or two.y + two.height <= one.y
            )  # fmt: skip
            assert apart
    frame = parse(chain.draw(_chain(steps), width, "x"))
    assert float(frame.attrib["width"]) <= width + 1


def test_a_long_chain_keeps_its_ends() -> None:
    """Of many steps the first and the last are drawn, and the picture says how many are not."""
    texts = [box.text for box in chain.boxes(("a", "b"), "r", "h", [f"step {n}" for n in range(1, 31)], ("c", "d"))]
    assert texts[2:8] == ["step 1", "step 2", "step 3", "step 4", "… 25 more steps …", "step 30"]


def test_text_is_escaped() -> None:
    """Hostile text neither breaks the picture nor adds an element to it."""
    boxes = chain.boxes((HOSTILE, HOSTILE), HOSTILE, HOSTILE.replace("\x00", ""), [HOSTILE] * 3, (HOSTILE, HOSTILE))
    tags = {element.tag for element in parse(chain.draw(boxes, 600, HOSTILE.replace("\x00", ""), "wide")).iter()}
    assert tags == {"svg", "path", "text", "g", "title", "rect", "polygon"}


def test_pictures_have_a_name() -> None:
    """A picture says what it shows to those who do not see it."""
    for svg in (bars.stacked([("unknown", 1)], "one"), bars.single(1, "one"), chain.draw(_chain(1), 600, "one")):
        assert (parse(svg).attrib["role"], parse(svg).attrib["aria-label"]) == ("img", "one")


def layered(assets: int, text: str, width: int) -> ET.Element:
    """Draw so many assets above a party, and a state below."""
    ours = [layers.Node(f"a{n}", "asset", text, text) for n in range(assets)]
    rows = [ours, [layers.Node("p", "party", "", text)], [layers.Node("s", "state", "state", text)]]
    edges = [layers.Edge(node.key, "p", (text, "since 2020")) for node in ours]
    return parse(layers.draw(rows, [*edges, layers.Edge("p", "s", (text,))], width, text))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200), st.integers(1, 9), st.integers(200, 1000))
def test_rows_stay_inside_their_frame(text: str, assets: int, width: int) -> None:
    """Whatever the text and the width, every box is inside the picture, and none lies over another of its row."""
    picture = layered(assets, text.replace("\ufffe", "").replace("\uffff", ""), width)
    height = float(picture.attrib["height"])
    boxes = [g.find("rect").attrib for g in picture.iter("g")]  # type: ignore[union-attr]  # every box has one
    spans = [(float(b["y"]), float(b["x"]), float(b["x"]) + float(b["width"]), float(b["y"]) + float(b["height"]))
             for b in boxes]  # fmt: skip
    assert all(
        left >= 0 and right <= width + 0.1 and top >= 0 and bottom <= height for top, left, right, bottom in spans
    )
    for one, two in pairwise(sorted(spans)):
        assert two[0] > one[0] or two[1] >= one[2]


def test_rows_show_names_as_text() -> None:
    """A hostile name is text in every box and label of rows."""
    picture = layered(2, HOSTILE.replace("\x00", ""), 600)
    assert {part.tag for part in picture.iter()} <= {"svg", "g", "rect", "path", "text", "title"}
    assert "<script>" in "".join(picture.itertext())


def test_what_finds_no_room_in_a_row_is_counted() -> None:
    """Four assets in a picture 300 px wide, where two boxes fit, are one and three more."""
    assert "and 3 more" in "".join(layered(4, "x", 300).itertext())
    assert "more" not in "".join(layered(4, "x", 900).itertext())


def test_an_edge_joins_neighbouring_rows_alone() -> None:
    """An edge whose ends are not in neighbouring rows is not drawn: one line for each that is, and its head."""
    rows = [[layers.Node(name, "party", "", name)] for name in "abc"]
    edges = [layers.Edge("a", "b", ("one",)), layers.Edge("b", "c", ("two",)), layers.Edge("a", "c", ("far",))]
    picture = parse(layers.draw(rows, edges, 400, "x"))
    assert sum(path.attrib["class"] == "line" for path in picture.iter("path")) == 2
    assert [text.text for text in picture.iter("text") if text.attrib["class"] == "edge"] == ["one", "two"]


def test_steps_say_who_states_them() -> None:
    """A step's box is headed by its number and, where it is known, by who states it and when."""
    made = chain.boxes(("route", "r"), "", "", ["one", "two"], ("rule", "x"), ["APNIC, 2020-10-01", ""])
    assert [box.caption for box in made if box.shape == "step"] == ["1 · APNIC, 2020-10-01", "step 2"]
