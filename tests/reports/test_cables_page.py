"""What a person sees of cables: the map and pages of the HTML report, and lines on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

import laid
from crossline.pages import courses as map_of_cables
from crossline.pages.cables import joined, named
from crossline.pages.courses import Bounds
from crossline.reports import Audit, Options, load
from sections import Page

if TYPE_CHECKING:
    import polars as pl

SOURCES = {"list-a": {"title": "List A", "issuer": "Alpha", "url": "https://a.example/", "published": "2026-01-01"}}
RULES = [{"regime": "us-clean-network", "rule": "clean-cable-owner", "line": "cable", "title": "No owner of it",
          "cite": "statute, 1", "source": "list-a"}]  # fmt: skip
MANY = Bounds(10**9, 10**6)


def cable(number: int = 0, **cells: Any) -> dict[str, Any]:
    """Return a cable that lands twice, with an owner that leads to a party and one of nobody's, and no builder."""
    maker = {"owner": "Maker Ltd", "party": "maker", "said_by": ["list-a"], "claims": [],
             "states": [{"state": "KY", "as": "incorporated", "source": "list-a"},
                        {"state": "BB", "as": "in-control", "source": None,
                         "doctrine": "us-clean-network"}]}  # fmt: skip
    nobody = {"owner": None, "party": None, "said_by": [], "claims": [], "states": []}
    return laid.profile(
        "x", asset=f"cable:{number}", name=f"Cable {number}", status="planned", ready_year=2010, length_km=1000.0,
        landings=[{"name": "Ay", "state": "AA", "asset": "landing-point:ay"},
                  {"name": "Az", "state": "AA", "asset": "landing-point:az"},
                  {"name": "Nowhere", "state": None, "asset": None}],
        landing_count=3, landing_states=["AA"],
        owners=[laid.entry("maker ltd", type="vendor", share_min=40.0, share_max=40.0) | maker,
                laid.entry("nob", locator="row 7") | nobody],
        owner_count=7, builders=[], builder_count=0, terminals=[], terminal_count=0,
        states=[{"state": "BB", "as": "in-control", "owners": 1, "builders": 0, "terminals": 0}],
        unseen=[{"role": "builder", "reason": "the map names no supplier"}],
        violations=[{"id": "f1", "regime": "us-clean-network", "rule": "clean-cable-owner", "severity": "low",
                     "role": "owner", "identifier": "vendor:maker ltd", "party": "maker",
                     "why": [{"statement": "its file says so", "source": "estate"},
                             {"statement": "Maker Ltd holds 40 %", "source": "list-a"}]}],
        unknown=[{"regime": "us-clean-network", "rule": "clean-cable-builder", "missing": ["who built it"]}],
        others=[{"regime": "us-clean-network", "rule": "clean-cable-landing", "verdict": "compliant"}],
    ) | cells  # fmt: skip


def audit(*cables: dict[str, Any], courses: pl.DataFrame | None = None, **cells: Any) -> Audit:
    """Return an audit that tells of cables; unless courses are given each has one."""
    told = laid.told("AA", 0) | {"count": len(cables), "described": list(cables)} | cells
    rows = [
        {"asset": one["asset"], "name": one["name"], "status": one["status"], "worst": one["worst"]} for one in cables
    ]
    made = laid.courses(*rows) if courses is None else courses
    return Audit({"as_of": "2026-07-01", "sources": SOURCES, "rules": RULES, "cables": told}, courses=made)


def html(made: Audit) -> str:
    """Return the HTML report."""
    text: str = load("html").render(made, Options())
    return text


def picture(page: str) -> ET.Element:
    """Return the map of a page."""
    found = re.search(r'<svg class="world-map.*?</svg>', page, re.DOTALL)
    assert found is not None
    return ET.fromstring(found[0])  # noqa: S314 - our own text


def lines_of(map_: ET.Element) -> list[ET.Element]:
    """Return the lines of a map in the order in which they are drawn."""
    return [one for one in map_.iter("path") if (one.get("class") or "").startswith("line")]


def terminal(made: Audit, width: int = 200) -> str:
    """Return what a terminal shows."""
    text: str = load("table").render(made, Options(width=width))
    return text


def test_the_map_tells_verdicts_apart() -> None:
    """Each line has the class and the words of its gravest verdict, planned cables another, the gravest drawn last."""
    words = ("violation", "unknown", "compliant", "exempt", "not-applicable", None)
    cables = [cable(n, worst=word, status="in-service" if n else "planned") for n, word in enumerate(words)]
    page = html(audit(*cables))
    drawn = lines_of(picture(page))
    assert [one.get("class") for one in drawn] == [
        "line worst-not-applicable", "line worst-not-applicable", "line worst-exempt", "line worst-compliant",
        "line worst-unknown", "line worst-violation later",
    ]  # fmt: skip
    titles = [one.findtext("title") for one in drawn]
    assert titles[-1] == "Cable 0: violation, planned; lands in AA"
    assert titles[0] == "Cable 5: no rule applies; lands in AA"
    text = Page(page).text("cables")
    assert "violation: 1 unknown: 1 compliant: 1 exempt: 1 no rule applies: 2" in text
    assert "thinner: planned or retired, 1 of these" in text


def test_verdicts_differ_without_colour() -> None:
    """The style gives each verdict another pattern of dashes or another width, and planned ones less of it."""
    style = html(audit(cable()))
    looks = {}
    for word in map_of_cables.WORDS:
        for later in ("", ".later"):
            found = re.findall(rf"\.worst-{word}{later} {{([^}}]*)}}", style)
            look = dict(part.split(":") for part in ";".join(found).replace(" ", "").split(";") if part)
            looks[word + later] = look
    plain = [(looks[word].get("stroke-dasharray"), looks[word]["stroke-width"]) for word in map_of_cables.WORDS]
    assert len(set(plain)) == len(plain)
    assert all(
        float(looks[f"{word}.later"]["stroke-width"]) < float(looks[word]["stroke-width"])
        for word in map_of_cables.WORDS
    )


def test_a_line_leads_to_the_page_of_its_cable() -> None:
    """A line whose cable has a page links to it, others do not; every link of the page leads somewhere."""
    page = html(audit(*(cable(number) for number in range(50))))
    links = [one.get("href") for one in picture(page).iter("a")]
    read = Page(page)
    assert len(links) == 50
    assert {(link or "")[1:] for link in links} == {name for name in read.sections if name.startswith("cable-")}
    assert {lead[1:] for lead in read.leads if lead.startswith("#")} <= set(read.ids)
    assert "A page of its own" not in read.text("cables")


def test_what_cannot_be_drawn_is_counted() -> None:
    """A cable without a course, one with a course that is none and a point without a place are counted, not drawn."""
    given = [{"course": None}, {"course": "POINT (1 1)"}, {"course": "LINESTRING (500 1, 2 2)"}, {}]
    points = [laid.point("a"), laid.point("b", latitude=None), laid.point("c", longitude=999.0),
              laid.point("d", latitude=-80.0)]  # fmt: skip
    made = audit(*(cable(n) for n in range(4)), courses=laid.courses(*given), landing_points=points,
                 landing_point_count=4)  # fmt: skip
    page = html(made)
    drawn = picture(page)
    assert (len(lines_of(drawn)), len(list(drawn.iter("circle")))) == (1, 1)
    text = Page(page).text("cables")
    assert "1 cable with no course in any file, nor places of two of its landing points" in text
    assert "2 cables with a course that is no line on the globe" in text
    assert "3 landing points without a place on the map" in text


def test_nothing_to_draw_is_said() -> None:
    """Where no course and no point has a place there is no map, and the page says so."""
    page = html(audit(cable(), courses=laid.courses({"course": None}), landing_points=[], landing_point_count=0))
    assert "world-map cables" not in page
    assert "No course and no place is known to be drawn." in Page(page).text("cables")


def test_a_thinned_course_looks_the_same() -> None:
    """Of a thousand points on a straight line two are drawn, and over the antimeridian it is still parted."""
    straight = ", ".join(f"{n / 100} 0" for n in range(1000))
    made = laid.courses({"course": f"LINESTRING ({straight})"}, {"course": "LINESTRING (170 0, 178 0, -178 0, -170 0)"})
    drawn = map_of_cables.draw(laid.told("x"), map_of_cables.read(made, {}), {}, MANY)
    over, plain = [one.get("d") or "" for one in lines_of(ET.fromstring(str(drawn.picture)))]  # noqa: S314
    assert (plain.count("M"), plain.count("L")) == (1, 1)
    assert over.count("M") == 2
    edges = [float(x) for x in re.findall(r"([\d.]+),", over)]
    assert (min(edges), max(edges)) == (0.0, 1040.0)


def test_the_least_grave_are_left_out_first() -> None:
    """Where not all find room, those that stand last are left out, and counted."""
    made = laid.courses(*({"worst": "violation" if n == 0 else "not-applicable"} for n in range(100)))
    drawn = map_of_cables.draw(laid.told("x", 100), map_of_cables.read(made, {}), {}, Bounds(1000, 10))
    shown = sum(key["count"] for key in drawn.legend)
    assert drawn.legend[0] == {"word": "violation", "said": "violation", "count": 1}
    assert 1 < shown < 100
    assert drawn.notes[0].startswith(f"{100 - shown} cables left out")


def test_a_cables_page_tells_where_and_whose() -> None:
    """Landings stand by state, owners with share, party, states and who says so, builders as not known, with reason."""
    page = Page(html(audit(cable())))
    text = page.text("cable-0")
    assert "planned , ready for service 2010 , 1,000 km" in text
    assert "AA : Ay ; Az" in text
    assert "state not known : Nowhere" in text
    assert "States Maker Ltd (40 %) List A, Alpha, 2026-01-01 leads to this party" in text
    assert "says: incorporated in KY maker ltd maker ltd incorporated in KY, controlled from BB" in text
    assert "nob , nobody known nob row 7 not known" in text
    assert "5 more." in text
    assert "Built by 0 None is known." in text
    assert "the map names no supplier its builder" in text
    assert "clean-cable-owner us-clean-network decided by Maker Ltd, as owner low severity" in text
    assert "? unknown clean-cable-builder us-clean-network to find out: who built it" in text
    assert "low severity No owner of it ( statute, 1 ) its file says so" in text
    assert "● compliant clean-cable-landing us-clean-network" in text
    assert text.index("Maker Ltd holds 40 %") < text.index("clean-cable-builder")


def test_the_catalogue_lists_violations_then_unknown() -> None:
    """Cables with a violation stand in one table, those to be decided in the next, and all others in the last."""
    made = audit(cable(1), cable(2, worst="unknown"), cable(3, worst="compliant"))
    made.header["cables"]["summary"]["worst"] |= {"violation": 1, "unknown": 1, "compliant": 1}
    text = Page(html(made)).text("cables")
    assert "With a violation 1 Cable Lands in Owners Built by Verdicts Cable 1 planned" in text
    assert "To be decided 1 Cable Lands in Owners Built by Verdicts Cable 2 planned" in text
    assert "All others 1 Cable Lands in Owners Built by Verdicts Cable 3 planned" in text


def test_cables_of_which_no_rule_speaks_are_listed() -> None:
    """Where no rule is of cables each stands by name, leads to its page, and no bar is said to have a thin line."""
    made = audit(*(cable(number, worst=None, violations=[], unknown=[]) for number in range(2)))
    made.header["cables"]["summary"]["worst"] = {"none": 2}
    page = html(made)
    text = Page(page).text("cables")
    assert "All 2 Cable Lands in Owners Built by Verdicts Cable 0 planned" in text
    assert "thin line" not in text
    assert page.count('href="#cable-1"') == 2  # from the map and from the list


@pytest.mark.parametrize(("days", "said"), [
    (["2022-11-10", "2022-11-10"], "map of 2022-11-10, 3.6 years before 2026-07-01"),
    (["2022-11-10", "2026-06-01"], "map of 2022-11-10, 3.6 years before 2026-07-01, for 1 of 2 cables"),
    (["2025-07-01", None], ""),
])  # fmt: skip
def test_an_old_map_says_of_which_day_it_is(days: list[str | None], said: str) -> None:
    """A map of more than a year (365 days) before the day asked about says so beside the title, a younger one not."""
    made = audit(*(cable(number, observed_at=day) for number, day in enumerate(days)))
    for text in (Page(html(made)).text("cables"), terminal(made)):
        assert (said or "2 cables\n") in text or not said
        assert ("years before" in text) == bool(said)


def test_pages_of_cables_are_bounded() -> None:
    """However long names and courses are, the page stays below two megabytes."""
    long = "<&\"'>" * 400
    zigzag = ", ".join(f"{n % 360 - 180} {(n * 37) % 100 - 50}" for n in range(400))
    cables = [laid.profile(long, asset=f"cable:{n}", owners=[laid.entry(long, long)] * 30) for n in range(600)]
    rows = [{"name": long, "course": f"LINESTRING ({zigzag})"} for _ in cables]
    points = [laid.point(long) for _ in range(4000)]
    page = html(audit(*cables, courses=laid.courses(*rows), landing_points=points, landing_point_count=4000))
    assert len(page.encode()) <= 2_000_000
    assert len(lines_of(picture(page))) > 0


def test_no_cable_no_page() -> None:
    """Without cables there is neither page nor link, and a terminal says nothing of them."""
    made = Audit({"as_of": "2026-07-01"})
    page = Page(html(made))
    assert "cables" not in page.sections
    assert "#cables" not in page.leads
    assert "Cables" not in terminal(made)


def test_a_terminal_tells_cables_with_a_violation() -> None:
    """A terminal shows where a cable in violation lands, whose it is, by what it violates which rule, and counts."""
    made = audit(cable(1), cable(2, worst="unknown"))
    text = " ".join(terminal(made).split())
    assert "Cables 2 cables" in text
    assert "Cable 1 lands in AA; owned by Maker Ltd, incorporated in KY, controlled from BB; nob (nobody known)" in text
    assert "and 5 more; built by nobody known; violates clean-cable-owner (Maker Ltd)" in text
    assert "Cable 2" not in text
    assert "by state of landing AA 1 (1 with a violation)" in text
    assert "by state that controls an owner AA 1" in text
    assert "not seen 1 cable: its builder: AA" in text


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_kept(width: int) -> None:
    """No line is longer than the terminal is wide, however long a name is."""
    made = audit(cable(name="x" * 500, landing_states=["Y" * 300] * 90))
    assert max(len(line) for line in terminal(made, width).splitlines()) <= width


def test_what_stands_once_is_joined() -> None:
    """An owner's party and a landing point's name, which the report tells once, stand on the cable's page."""
    told = laid.told("x", 0) | {
        "count": 1,
        "described": [cable(landings=[{"asset": "landing-point:ay", "state": "AA"}],
                            owners=[{"type": "vendor", "value": "maker ltd"}])],
        "whose": {"vendor:maker ltd": {"name": "Maker LTD", "owner": "Maker Limited", "party": "maker", "said_by": [],
                                       "claims": [], "states": []}},
        "landing_points": [laid.point("AA", asset="landing-point:ay", name="Ay-on-Sea")],
    }  # fmt: skip
    (one,) = joined(told)
    assert (one["owners"][0]["owner"], named(one["owners"][0])) == ("Maker Limited", "Maker LTD")
    assert one["landings"] == [{"name": "Ay-on-Sea", "asset": "landing-point:ay", "state": "AA"}]


def test_a_map_shows_the_part_where_cables_are() -> None:
    """Cables within ten degrees fill the picture, and a landing point on the other side of the globe is not on it."""
    made = laid.courses({"course": "LINESTRING (0 50, 10 50)"})
    points = [
        laid.point("a", longitude=5.0, latitude=51.0),
        laid.point("b", longitude=-150.0, latitude=-20.0, cables=0),
    ]
    told = laid.told("x") | {"landing_points": points}
    drawn = map_of_cables.draw(told, map_of_cables.read(made, told), {}, MANY)
    (line,) = lines_of(ET.fromstring(str(drawn.picture)))  # noqa: S314 - our own text
    x = [float(x) for x in re.findall(r"([\d.]+),", line.get("d") or "")]
    assert max(x) - min(x) > 0.4 * 1040  # a twentieth of the world is the least that is shown: 18 degrees of longitude
    assert drawn.points == 1


def test_what_has_no_course_runs_straight_between_its_landing_points() -> None:
    """Three places on a line without a course: the two shorter of three stretches are drawn, dashed, and it is said."""
    places = {"a": (10.0, 50.0), "b": (30.0, 52.0), "c": (20.0, 51.0)}
    points = [
        laid.point(f"landing-point:{name}", longitude=east, latitude=north) for name, (east, north) in places.items()
    ]
    landings = [{"name": name, "state": "AA", "asset": f"landing-point:{name}"} for name in places]
    made = audit(cable(landings=landings), courses=laid.courses({"course": None}), landing_points=points)
    page = html(made)
    line = lines_of(picture(page))[0]
    assert "straight" in (line.get("class") or "").split()
    assert ((line.get("d") or "").count("M"), (line.get("d") or "").count("L")) == (2, 2)
    assert "no course is stated" in "".join(line.itertext())
    assert "dashed evenly: no course is stated, straight lines between landing points, 1 of these" in Page(page).text(
        "cables"
    )


def test_a_page_shows_its_part_of_the_map_without_a_copy() -> None:
    """What a cable's page draws refers to the land and the line of the large one, and to both as they stand there."""
    spot = {"asset": "landing-point:ay", "name": "Ay", "state": "AA", "latitude": 1.0, "longitude": 2.0, "cables": 2}
    page = html(audit(cable(0), cable(1), landing_points=[spot], landing_point_count=1))
    assert "landing points: Ay" in Page(page).text("cable-0")
    for number in range(2):
        start = page.index(f'id="cable-{number}"')
        shown = re.search(r'<svg class="course".*?</svg>', page[start:], re.DOTALL)
        assert shown is not None
        assert "<path" not in shown.group()
        referred = re.findall(r'href="#([^"]+)"', shown.group())
        assert len(referred) == 2
        assert shown.group().count("<circle") == 1  # of three landings one has coordinates
        assert all(page.count(f'id="{name}"') == 1 for name in referred)


def test_every_cable_with_a_violation_or_an_unknown_has_a_page() -> None:
    """Of 60 cables 50 are undecided and 10 are not asked about: the fifty have a page each, the ten none."""
    made = [cable(n, worst="unknown" if n < 50 else "not-applicable") for n in range(60)]
    sections = Page(html(audit(*made))).sections
    assert {name for name in sections if re.fullmatch(r"cable-\d+", name)} == {f"cable-{n}" for n in range(50)}
