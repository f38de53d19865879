"""The page stands alone, is bounded, can be read by everybody, and shows hostile names as text."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pytest

from crossline.reports import EXPOSURE, FINDING, GROUP, TALLY, VERDICTS, Audit, Options, load
from crossline.text import visible
from html_page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

_ELEMENTS = (
    "html head meta title style body script header nav main footer section p h1 h2 h3 h4 dl div dt dd bdi code span ul"
    " ol li strong small table caption thead tbody tr th td details summary figure cite a em time input label"
    " svg defs pattern rect circle path polygon g text"
)
_ATTRIBUTES = (
    "lang charset http-equiv content name class id role scope colspan tabindex hidden open for type autocomplete href"
    " rel referrerpolicy aria-labelledby aria-label aria-hidden focusable data-label"
    " width height x y d cx cy r rx points fill viewbox patternunits patterntransform text-anchor"
)
ELEMENTS: Final = set(_ELEMENTS.split())
ATTRIBUTES: Final = set(_ATTRIBUTES.split())


def render(audit: Audit) -> str:
    """Return the page of an audit."""
    page: str = load("html").render(audit, Options())
    return page


def hostile_audit(name: str, finding: dict[str, Any], audit: Audit) -> Audit:
    """Return an audit in which every cell that a stranger may write holds the name."""
    holder = {"id": name, "name": name, "kinds": [{"kind": name, "assets": 1}]}
    part = {"kinds": [{"kind": name, "assets": 1, "share_pct": 1.0}], "holders": [holder], "holder_count": 9}
    header = {
        **audit.header, "crossline": name, "as_of": name, "regimes": [name], "next": [name], "notes": [name],
        "titles": {name: {"title": name, "issuer": name, "legal": name}},
        "parameters": {name: {name: name, "home": name, "list": [name]}},
        "sources": {name: {"title": name, "issuer": name, "published": name, "url": name, "licence": name}},
        "rules": [{"regime": name, "rule": name, "title": name, "effect": name, "reading": name, "cite": name,
                   "source": name, "decidable": name}],
        "coverage": [{"path": name, "reader": name, "rejected": 1, "rejects": [{"reason": name, "locator": name}],
                      "notes": [name]}],
        "resolved": {name: {"total": 1, "named": 1, "held": 0, "by_sources": [name]}},
        "we": {"states": [name], "parties": [name], "asns": [name], "hypothetical": False},
        "baseline": {"report": name, "as_of": name, "new": 1, "changed": 0, "known": 2, "gone": 3, "notes": [name]},
        "waivers": [{"id": name, "rule": name, "selector": name, "reason": name, "approver": name, "expires": name,
                     "expired": True, "used": 1}],
        "supposed": {"file": name, "rows": 1, "statements": [name]},
        "parts": [{"regime": name, "rule": name, "column": name, "value": name, "violation": 1, "unknown": 0}],
        "parties": [{"id": name, "name": name, "kind": name, "domicile": [name], "seat": [name], "registered": [name],
                     "who": [{"statement": name, "source": name}], "identifier_count": 1, "beside": [holder],
                     "identifiers": [{"statement": name, "source": name}],
                     "named": [{"statement": name, "source": name, "list": name, "regimes": [name]}],
                     "controlled": [{"state": name, "regime": name, "steps": [{"statement": name, "source": name}]}],
                     "depends": [{"kind": name, "role": name, "assets": 1, "share_pct": 1.0, "identifiers": [name],
                                  "identifier_count": 1}]}],
        "edges": [{"owner": name + "o", "owner_name": name, "owner_kind": name, "owner_domicile": name, "owned": name,
                   "owned_name": name, "kind": name, "held": name, "since": name, "until": name, "note": name,
                   "source": name}],
        "states": [{"code": name, "name": name, "why": [name], "who": [{"statement": name, "source": name}],
                    "doctrine": name, "registered": part, "controlled": part}],
    }  # fmt: skip
    return Audit(
        header,
        pl.DataFrame([finding], schema=FINDING),
        pl.DataFrame([(name, name, name, name, "unknown", name, [name], 1, [name])], schema=GROUP, orient="row"),
        pl.DataFrame([(name, name, name, name, 1, 0, 1, 0, 0)], schema=TALLY, orient="row"),
        pl.DataFrame([("party", name, name, name, name, 1, 1.0)], schema=EXPOSURE, orient="row"),
    )


def test_names_are_text(
    make_finding: Callable[..., dict[str, Any]], audit: Audit, hostile_names: tuple[str, ...]
) -> None:
    """No name, in whatever cell, becomes an element, an attribute, a link or a character that is not seen."""
    plain = Page(render(hostile_audit("plain", make_finding(1, name="plain", identifier="plain", rule="plain"), audit)))
    for name in (*hostile_names, "</title></style></script><b>", "{{ 7*7 }}", "javascript:alert(1)"):
        finding = make_finding(
            1, name=name, asset=name, kind=name, role=name, identifier=name, party=name, rule=name, regime=name,
            why=[{"statement": name, "source": name}], file=name, locator=name, id=name, also=[name], cite=name,
            limb=name, remedy=[name], severity=name,
        )  # fmt: skip
        page = render(hostile_audit(name, finding, audit))
        parsed = Page(page)
        assert {tag for tag, _ in parsed.elements} <= ELEMENTS, name
        assert {key for _, attrs in parsed.elements for key in attrs} <= ATTRIBUTES, name
        assert [tag for tag, _ in parsed.elements].count("script") == 1
        assert all(re.fullmatch(r"#[a-z0-9-]+", href) for href in parsed.values("href"))
        assert {href[1:] for href in parsed.values("href")} <= set(parsed.values("id"))
        assert parsed.unbalanced == []
        assert parsed.content == plain.content
        # A line break is markup; nothing else unseen stands in the page.
        assert all(line.isprintable() for line in page.split("\n")), name
        assert visible(name, 40).rstrip("…")[:30].split()[0] in parsed.text


def test_nothing_is_fetched(audit: Audit) -> None:
    """The page asks for nothing: no element or style that loads, and addresses only in links to sources."""
    page = render(audit)
    parsed = Page(page)
    assert not {tag for tag, _ in parsed.elements} & {"link", "img", "iframe", "object", "embed", "base", "form", "use"}
    assert {key for _, attrs in parsed.elements for key in attrs} <= ATTRIBUTES  # neither src nor style nor on…
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []
    links = [attrs for tag, attrs in parsed.elements if "href" in attrs and tag == "a"]
    assert len(links) == len(parsed.values("href"))
    assert links
    outside = [attrs for attrs in links if not (attrs["href"] or "").startswith("#")]
    assert outside
    assert all((attrs["href"] or "").startswith(("http://", "https://")) for attrs in outside)
    assert all({"noopener", "noreferrer"} <= set((attrs["rel"] or "").split()) for attrs in outside)
    assert "javascript:" not in page


def test_the_policy_allows_what_is_there_and_nothing_else(audit: Audit) -> None:
    """The Content Security Policy names the digest of the one style and the one script, and forbids the rest."""
    parsed = Page(render(audit))
    policy = next(a["content"] or "" for t, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    digests = {
        kind: "'sha256-" + base64.b64encode(hashlib.sha256(parsed.content[kind].encode()).digest()).decode() + "'"
        for kind in ("style", "script")
    }
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'none'", "style-src": digests["style"], "script-src": digests["script"], "img-src": "data:",
        "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip


def test_counts_are_the_audits(audit: Audit) -> None:
    """Every count of the tally stands under its rule, on the page of its line."""
    page = render(audit)
    for row in audit.tally.iter_rows(named=True):
        line = page[page.index(f'id="line-{row["line"]}"') :]
        ruling = line[line.index(f"<h4><code>{row['rule']}</code>") :].split('<p class="about">')[0]
        found = {
            verdict: int(count.replace(",", ""))
            for count, verdict in re.findall(r'"tally">([\d,]+) <span class="chip chip-([a-z-]+)"', ruling)
        }
        assert found == {verdict: row[verdict] for verdict in VERDICTS if row[verdict]}


def test_the_page_says_hypothetical_first_and_unknown_last(audit: Audit) -> None:
    """The first sentence says that the question is hypothetical, the last how many are unknown."""
    text = Page(render(audit)).text.removeprefix("Crossline audit as of 2020-11-01").strip()
    assert text.startswith("Hypothetical: no estate.yaml says who we are")
    assert text.endswith("Unknown: 24,698 of 452,104 judgements (5.5 %).")


def test_every_step_has_its_source(audit: Audit) -> None:
    """Each step of each chain that is shown stands in the page with title, issuer, date and link of its source."""
    page = render(audit)
    text = Page(page).text
    listing = "Announcing the Expansion of the Clean Network, US Department of State, 2020-08-05"
    for asn, holder in ((4134, "China Telecom"), (4837, "China Unicom")):
        for said in (
            f"AS{asn} is held by {holder} APNIC registry, APNIC, 2020-10-01",
            f"{holder} is on the list us-clean-network, scope carrier, status named, since 2020-08-05 {listing}",
        ):
            assert said in text
    assert 'href="https://2017-2021.state.gov/announcing-the-expansion-of-the-clean-network/"' in page


def test_a_rules_title_is_no_quotation(audit: Audit) -> None:
    """A title is Crossline's paraphrase: it follows the citation as that, and no mark of quotation stands around it."""
    text = Page(render(audit)).text
    title = "No session with a listed carrier"
    assert f"( Clean Carrier ). As Crossline puts it: {title} . How the clause is to be read is contested." in text
    assert not re.search(rf"[\"'\u2018\u201c\u00ab]\s*{title}", text)


def test_each_way_of_deciding_is_told(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """Findings of one party under one rule that other evidence decided are told with that evidence, and counted."""
    why = [{"statement": "held otherwise", "source": "apnic-2020"}]
    other = make_finding(2, name="z", why=why, evidence_id="e2", identifier="asn:4809")
    findings = pl.DataFrame([make_finding(0, name="b"), make_finding(1, name="a"), other], schema=FINDING)
    text = Page(render(Audit(audit.header, findings, tally=audit.tally))).text
    assert "Through AS4134 (2), AS4809 (1)." in text
    assert "Way 1: 2 findings" in text
    assert "Way 2: 1 finding route z is announced through AS4809 (china-telecom)" in text
    assert "held otherwise APNIC registry, APNIC, 2020-10-01" in text


@pytest.mark.parametrize("identifiers", [2, 500_000])
def test_half_a_million_findings_give_a_page(
    make_finding: Callable[..., dict[str, Any]], audit: Audit, identifiers: int
) -> None:
    """However many findings and groups there are, and however long their names, the page is below two megabytes,
    and says what it leaves out.
    """  # noqa: D205 - one sentence
    count = 500_000
    long = "<&\"'>" * 2000
    one = pl.DataFrame(
        [make_finding(0, why=[{"statement": long, "source": "apnic-2020"}] * 3, also=[long] * 2, remedy=[long])],
        schema=FINDING,
    )
    number = pl.DataFrame({"number": pl.int_range(count, eager=True)})
    findings = (
        one.join(number, how="cross")
        .with_columns(
            pl.format("asn:{}", pl.col("number") % identifiers).alias("identifier"),
            pl.format("party-{}", pl.col("number") % identifiers).alias("party"),
            pl.format("{} {}", pl.lit(long[:300]), "number").alias("name"),
            pl.format("f{}", "number").alias("id"),
        )
        .drop("number")
    )
    tally = pl.DataFrame(
        [("us-clean-network", "clean-carrier-route", "carrier", "route", count, 0, 0, 0, 0)], schema=TALLY, orient="row"
    )
    many = {**audit.header, "notes": [long] * 5000, "next": [long] * 500, "rules": audit.header["rules"] * 3000}
    many["coverage"] = [
        {"path": long, "reader": None, "rows": 1, "rejected": 9, "rejects": [{"reason": long, "locator": long}] * 99}
    ] * 3000
    many["sources"] = {**audit.header["sources"], **{f"s{n}": {"title": long, "url": None} for n in range(3000)}}
    page = render(Audit(many, findings, tally=tally))
    text = Page(page).text
    assert len(page.encode()) <= 2_000_000
    assert "500,000" in text
    if identifiers > 2:
        assert re.search(r"Shown are \d+ of 500,000 groups; all findings stand in the JSON report", text)
    else:
        assert re.search(r"\d+ of 250,000 findings", text)


def test_an_empty_audit_is_a_page() -> None:
    """An audit without a row, and without anything said, is a page that says so."""
    text = Page(render(Audit({}))).text
    assert "No rule said anything of any asset." in text
    assert text.endswith("Unknown: 0 of 0 judgements.")


def test_tables_and_pictures_are_named(audit: Audit) -> None:
    """Column heads have a scope, each picture that is no decoration a name, each region a label, ids are unique."""
    parsed = Page(render(audit))
    assert all("scope" in attrs for tag, attrs in parsed.elements if tag == "th")
    for tag, attrs in parsed.elements:
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or (attrs["role"] == "img" and attrs["aria-label"])
        if attrs.get("role") == "region":
            assert attrs.get("aria-label") or attrs.get("aria-labelledby") in parsed.values("id")
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in parsed.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(two - one <= 1 for one, two in pairwise(levels))


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of an sRGB colour written #rrggbb or #rgb."""
    digits = colour.lstrip("#")
    pairs = [digits[n : n + 2] for n in (0, 2, 4)] if len(digits) == 6 else [digit * 2 for digit in digits]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (int(pair, 16) / 255 for pair in pairs)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_can_be_read(scheme: int) -> None:
    """Text has a contrast of 4.5 to 1 and bars of 3 to 1 in every scheme (WCAG 2.2, 1.4.3 and 1.4.11)."""
    style = (files("crossline.reports") / "templates" / "page.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]))
    assert _contrast("#fff", "#767676") == pytest.approx(4.54, abs=0.01)  # the example of WebAIM's checker
    text = (
        "ink",
        "soft",
        "link",
        "violation-ink",
        "unknown-text",
        "compliant-ink",
        "exempt-text",
        "not-applicable-text",
    )
    for name in text:
        for ground in ("paper", "ground") if scheme < 2 else ("paper",):
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert _contrast(colours["ink"], colours["notice"]) >= 4.5
    for name in ("violation", "compliant", "unknown-ink", "exempt-ink", "bar"):
        assert _contrast(colours[name], colours["paper"]) >= 3, name


def test_both_schemes_name_the_same_colours() -> None:
    """No colour is forgotten in the dark, or on paper."""
    style = (files("crossline.reports") / "templates" / "page.css").read_text(encoding="utf-8")
    light, dark, paper = (
        set(re.findall(r"--([\w-]+):", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    )
    assert light == dark
    assert light - paper == {"notice-rule"}
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) <= light
