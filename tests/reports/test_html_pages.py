"""The report's pages: each line, party and state has one, every link leads somewhere, and each says whence it knows."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.pages import Anchors
from crossline.reports import EXPOSURE, FINDING, Audit, Options, load
from html_page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

STEP = {"statement": "China Telecom is incorporated in CN", "source": "apnic-2020"}
PARTIES: list[dict[str, Any]] = [
    {
        "id": "china-telecom", "name": "China Telecom", "kind": "company", "domicile": ["CN"], "seat": ["HK"],
        "registered": ["CN"], "who": [STEP], "identifier_count": 1,
        "identifiers": [{"statement": "asn:4134 leads to China Telecom", "source": "apnic-2020"}],
        "named": [
            {"statement": "on the list us-clean-network (named) since 2020-08-05", "source": "us-state-2020-08-05",
             "list": "us-clean-network", "regimes": ["us-clean-network"]},
            {"statement": "on the list elsewhere (listed)", "source": None, "list": "elsewhere", "regimes": []},
        ],
        "controlled": [{"state": "CN", "regime": "us-clean-network", "steps": [STEP]}],
        "depends": [
            {"kind": "route", "role": "transit", "assets": 21_340, "share_pct": 4.72, "identifiers": ["asn:4134"],
             "identifier_count": 1},
        ],
        "beside": [{"id": "lumen", "name": "Lumen", "kinds": [{"kind": "route", "assets": 12}]}],
    },
]  # fmt: skip
EDGES = [
    {"owner": "sasac", "owner_name": "SASAC", "owner_kind": "agency", "owner_domicile": "CN", "owned": "china-telecom",
     "owned_name": "China Telecom", "kind": "equity", "held": "70 % of the equity", "since": "2003-04-06",
     "until": None, "note": None, "source": "filing-2019"},
]  # fmt: skip
STATES = [
    {
        "code": "CN", "name": "China", "why": ["target of us-clean-network"], "who": [], "doctrine": "us-clean-network",
        "registered": {"kinds": [{"kind": "route", "assets": 27_342, "share_pct": 6.05}], "holders": [],
                       "holder_count": 0},
        "controlled": {"kinds": [{"kind": "route", "assets": 21_340, "share_pct": 4.72}], "holder_count": 3,
                       "holders": [{"id": "china-telecom", "name": "China Telecom",
                                    "kinds": [{"kind": "route", "assets": 21_340}]}]},
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def told(audit: Audit) -> Audit:
    """Return the audit with a dossier of a party, of who holds it, and of a state."""
    header = {**audit.header, "parties": PARTIES, "edges": EDGES, "states": STATES}
    return Audit(header, audit.findings, audit.groups, audit.tally, audit.exposure)


def render(audit: Audit) -> str:
    """Return the report of an audit."""
    page: str = load("html").render(audit, Options())
    return page


def words(page: str, name: str) -> str:
    """Return the text of one page, without what only a pointer on a picture shows."""
    (found,) = re.findall(rf'<section class="page [a-z-]+" id="{re.escape(name)}".*?</section>', page, re.DOTALL)
    return re.sub(r" ([.,;:])", r"\1", Page(re.sub("<title>.*?</title>", "", found)).text)


@given(st.lists(st.tuples(st.sampled_from(["line", "party", "case"]), st.text(max_size=80)), max_size=30))
def test_ids_are_safe_and_tell_keys_apart(keys: list[tuple[str, str]]) -> None:
    """Whatever a key is, its id has letters, digits and hyphens alone, is its own, and stays the same."""
    anchors = Anchors()
    made = {key: anchors.add(*key) for key in keys}
    assert len(set(made.values())) == len(set(keys))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in made.values())
    assert {key: anchors.of(*key) for key in keys} == made


def test_a_digest_cannot_be_taken_by_another_key() -> None:
    """A key that looks like another's id, digest and all, gets an id of its own."""
    anchors = Anchors()
    first = anchors.add("party", "Acme!")
    second = anchors.add("party", first.removeprefix("party-"))
    assert first != second


def test_readable_keys_are_their_own_address() -> None:
    """A party's id stands in its address, so that a link can be written by hand."""
    assert Anchors().add("party", "china-telecom") == "party-china-telecom"


def test_every_link_inside_leads_somewhere(told: Audit) -> None:
    """Each link within the file leads to an element of it, and the seven areas can be reached from every page."""
    parsed = Page(render(told))
    inside = [href for href in parsed.values("href") if href.startswith("#")]
    assert {href[1:] for href in inside} <= set(parsed.values("id"))
    areas = ["overview", "lines", "parties", "states", "unknown", "coverage", "sources"]
    assert inside[: len(areas)] == [f"#{area}" for area in areas]
    for name in (
        "line-carrier",
        "line-path",
        "line-product",
        "party-china-telecom",
        "party-lumen",
        "state-cn",
        "state-us",
    ):
        assert f"#{name}" in inside


def test_only_a_screen_that_can_turn_pages_hides_any() -> None:
    """Pages are hidden on screens whose browser knows `:has` and `:target`, and nowhere else: paper has them all."""
    style = (files("crossline.reports") / "templates" / "page.css").read_text(encoding="utf-8")
    hiding = [place.start() for place in re.finditer(r"\.page:not\([^{]*\{ display: none", style)]
    assert len(hiding) == 2
    opened = style.index("@media screen {\n  @supports selector(:has(:target)) {")
    closed = style.index("\n}\n", opened)
    assert all(opened < place < closed for place in hiding)


def test_each_page_is_a_named_region(told: Audit) -> None:
    """Each page is a section whose name is its own heading, and takes the focus when it is turned to."""
    parsed = Page(render(told))
    pages = [attrs for tag, attrs in parsed.elements if tag == "section"]
    assert len(pages) == 7 + 3 + 3 + 2
    assert all(attrs["aria-labelledby"] == f"h-{attrs['id']}" and attrs["tabindex"] == "-1" for attrs in pages)
    assert {f"h-{attrs['id']}" for attrs in pages} <= set(parsed.values("id"))


def test_a_line_says_what_was_asked_found_and_not_found(told: Audit) -> None:
    """A line's page has its rules with clause and source, its violations by party, whom it depends on, what is unknown
    by missing fact, and the files that it was read from; and nothing of other lines.
    """  # noqa: D205 - one sentence
    text = words(render(told), "line-carrier")
    assert "No session with a listed carrier. It is an aim, not an obligation." in text
    assert "Clean Carrier Announcing the Expansion of the Clean Network, US Department of State, 2020-08-05" in text
    assert "21,340 \u00d7 route is announced through China Telecom" in text
    assert "6,002 \u00d7 route is announced through China Unicom" in text
    assert "15,556 AS64500: which party holds AS64500" in text
    assert "mrt/bview.20201101.0000.gz mrt: 83 sessions, 452,018 routes" in text
    assert "What decided the violations: narrow 27,342." in text
    assert "gdsi-7" not in text


def test_a_party_is_told_with_its_sources(told: Audit) -> None:
    """A party's page says where it is incorporated and seated, on whose word; which lists name it, and which of these
    are asked about; who holds what share since when; what depends on it; and who else stands on the same assets.
    """  # noqa: D205 - one sentence
    page = render(told)
    text = words(page, "party-china-telecom")
    assert "company; incorporated in CN; head office in HK; its numbers or names are registered in CN" in text
    assert "China Telecom is incorporated in CN APNIC registry, APNIC, 2020-10-01" in text
    assert "(named) since 2020-08-05 asked about by us-clean-network" in text
    assert "on the list elsewhere (listed) no regime of this report asks about it" in text
    assert "SASAC 70 % of the equity China Telecom since 2003-04-06 Annual report 2019" in text
    assert "route is announced through AS4134 21,340 4.7 %" in text
    assert "27,342" not in text
    assert "21,340 clean-carrier-route" in text
    assert "Lumen 12 routes" in text
    assert 'href="#party-lumen"' in page


def test_the_picture_joins_what_is_ours_to_who_holds_it(told: Audit) -> None:
    """The picture of a party has our assets, the party, its owner and the state as boxes of their own; an edge carries
    the share, the date and the source.
    """  # noqa: D205 - one sentence
    page = render(told)
    (found,) = re.findall(r'id="party-china-telecom".*?</figure>', page, re.DOTALL)
    wide = found[found.index('class="layers wide"') : found.index("</svg>")]
    boxes = re.findall(r'<g class="node node-(\w+)">.*?</g>', wide)
    assert boxes == ["asset", "party", "owner", "state"]
    labels = re.findall(r'<text class="edge"[^>]*>([^<]*)</text>', wide)
    assert labels == [
        "is announced through", "AS4134", "held: 70 % of the equity", "since 2003-04-06",
        "China Telecom Corporation, 2020-04-01",
        "agency of",
    ]  # fmt: skip


def test_registered_and_controlled_are_two_things(told: Audit) -> None:
    """A state's page counts what depends on parties that it controls apart from what is registered there."""
    text = words(render(told), "state-cn")
    assert "target of us-clean-network" in text
    controlled, registered = text.split("On numbers or names registered there")
    assert "route 21,340 4.7 %" in controlled
    assert "27,342" not in controlled
    assert "route 27,342 6.0 %" in registered or "route 27,342 6.1 %" in registered
    assert "A registry's country is no place, and says nothing of control." in registered
    assert "China Telecom 21,340 routes" in controlled
    assert "and 2 more" in controlled


def test_a_state_that_decides_has_its_violations_on_its_page(
    make_finding: Callable[..., dict[str, Any]], audit: Audit
) -> None:
    """Where a state itself decides a violation, its page says so: a state is no party with a page of its own."""
    finding = make_finding(1, party="state-hk", identifier="state:HK", rule="clean-cable-landing", line="carrier")
    page = render(Audit(audit.header, pl.DataFrame([finding], schema=FINDING), tally=audit.tally))
    assert 'id="party-state' not in page
    assert "clean-cable-landing" in words(page, "state-hk")
    assert 'href="#state-hk"' in page


def test_what_is_supposed_waived_or_new_is_said(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """Supposed rows and the comparison with an earlier report stand on top; waivers with reason, approver and expiry on
    the overview; findings are marked.
    """  # noqa: D205 - one sentence
    header = {
        **audit.header,
        "supposed": {"file": "what-if.yaml", "rows": 1, "statements": ["ACME holds 49 % of China Telecom"]},
        "baseline": {"report": "old.json", "as_of": "2020-10-01", "new": 1, "changed": 0, "known": 2, "gone": 4,
                     "notes": ["The rules are those of then."]},
        "waivers": [
            {"id": "w1", "rule": "clean-carrier-route", "selector": "name: 10.*", "reason": "contract ends",
             "approver": "N. N.", "expires": "2020-12-31", "expired": False, "used": 7},
            {"id": "w2", "rule": "clean-carrier-route", "selector": None, "reason": "old", "approver": "N. N.",
             "expires": "2019-12-31", "expired": True, "used": 0},
        ],
    }  # fmt: skip
    findings = pl.DataFrame(
        [make_finding(n, baseline=word) for n, word in enumerate(("new", "known", "known"))], schema=FINDING
    )
    page = render(Audit(header, findings, tally=audit.tally))
    text = Page(page).text
    head = text[: text.index("Whose lines this estate crosses")]
    assert "This report supposes 1 row that the world does not state, from what-if.yaml" in head
    assert "ACME holds 49 % of China Telecom" in head
    assert "Against old.json as of 2020-10-01: 1 new 0 changed 2 known and 4 gone." in head
    overview = words(page, "overview")
    assert "w1 clean-carrier-route name: 10.* contract ends N. N. 2020-12-31 7" in overview
    assert "old N. N. 2019-12-31 expired 0" in overview
    assert "The rules are those of then." in overview
    assert "\u00d7 route is announced through china-telecom 1 new 2 known" in overview


def test_parts_of_a_rule_are_counted_apart(audit: Audit) -> None:
    """Verdicts of one rule that are counted apart by a column stand under the rule, each part with its own."""
    parts = [
        {"regime": "us-clean-network", "rule": "clean-carrier-session", "column": "network_part", "value": value,
         "violation": violation, "compliant": 0, "unknown": unknown, "exempt": 0, "not-applicable": 0}
        for value, violation, unknown in (("core", 1, 5), ("radio", 0, 15), (None, 0, 62))
    ]  # fmt: skip
    text = words(render(Audit({**audit.header, "parts": parts}, tally=audit.tally)), "line-carrier")
    assert "network_part core 1 ▲ violation 5 ? unknown" in text
    assert "network_part radio 15 ? unknown" in text
    assert "network_part not stated 62 ? unknown" in text


def test_what_is_left_out_is_said(audit: Audit) -> None:
    """However many parties and states there are, so many have a page, and how many there are is said."""
    rows = [("party", f"p{n}", f"Party {n}", "route", None, n, 1.0) for n in range(500)]
    rows += [("state-registered", f"{a}{b}", None, "route", None, 1, 1.0) for a in "ABCDEFGHIJ" for b in "KLMNOPQRST"]
    page = render(Audit(audit.header, tally=audit.tally, exposure=pl.DataFrame(rows, schema=EXPOSURE, orient="row")))
    assert "Shown are 40 of 500; the rest stand in the JSON report." in words(page, "parties")
    assert page.count('<p class="crumb"><a href="#parties">') == 40
    # Of the states of the question, CN is one of the hundred and US is not.
    assert "Shown are 30 of 101 states" in words(page, "states")
    assert page.count('<p class="crumb"><a href="#states">') == 30
    assert "Party 499" in words(page, "parties")
