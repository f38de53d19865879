"""What the terminal and the pages say of a finding: the whole chain, assets by their names, lines without assets."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import polars as pl
import pytest

from crossline import wording
from crossline.reports import FINDING, GROUP, TALLY, Audit, Options, load

PARTY = "PCCW Limited"
WHY = [
    {"statement": "vendor:pccw is its owner, declared", "source": "estate"},
    {"statement": "vendor:pccw leads to PCCW Limited, since 2022-11-10", "source": "names"},
    {"statement": "PCCW Limited has its head office in HK", "source": "offices"},
    {"statement": "HK counts under CN in this regime since 2020-07-14", "source": "act"},
]


def finding(**cells: Any) -> dict[str, Any]:
    """Return a violation of a cable's."""
    return {
        "id": "f1", "regime": "r", "rule": "owner", "line": "cable", "kind": "cable", "asset": "cable:j",
        "name": "JUPITER", "verdict": "violation", "severity": "low", "role": "owner", "identifier": "vendor:pccw",
        "party": "pccw", "why": WHY,
    } | cells  # fmt: skip


def audit(*found: dict[str, Any], tally: list[tuple[Any, ...]] | None = None, **header: Any) -> Audit:
    """Return an audit with findings."""
    rows = [("r", "owner", "cable", "cable", len(found), 0, 0, 0, 0)] if tally is None else tally
    exposure = [{"what": "party", "id": "pccw", "name": PARTY, "kind": "cable", "role": "owner", "assets": 1}]
    made = Audit({"as_of": "2026-07-01", **header}, pl.DataFrame(list(found), schema=FINDING),
                 tally=pl.DataFrame(rows, schema=TALLY, orient="row"))  # fmt: skip
    return Audit(made.header, made.findings, made.groups, made.tally,
                 pl.DataFrame(exposure, schema=made.exposure.schema))  # fmt: skip


def shown(made: Audit, form: str = "table") -> str:
    """Return a report on one line."""
    text: str = load(form).render(made, Options(width=200))
    return " ".join((re.sub(r"<[^>]+>", "", text) if form == "html" else text).split())


def test_no_step_in_between_is_dropped() -> None:
    """From the party on to what decides, each step is told: that HK counts under CN needs the office in HK."""
    said = shown(audit(finding()))
    assert "PCCW Limited has its head office in HK. HK counts under CN in this regime since 2020-07-14." in said
    assert "leads to" not in said


def test_a_long_chain_says_what_is_left_out() -> None:
    """Of nine steps after the party six are told, and where the other three stand."""
    long = [*WHY[:2], *({"statement": f"A{n} holds 60 % of A{n + 1}", "source": "s"} for n in range(9))]
    said = shown(audit(finding(why=long)))
    assert "A5 holds 60 % of A6. And 3 more steps: crossline explain f1 tells them." in said


@pytest.mark.parametrize("form", ["table", "html"])
def test_a_maker_is_called_by_its_partys_name(form: str) -> None:
    """The party's name stands first, and beside it the folded one that the estate keeps."""
    assert "PCCW Limited (vendor pccw)" in shown(audit(finding()), form)


@pytest.mark.parametrize("form", ["table", "html"])
def test_an_asset_that_decides_is_called_by_its_name(form: str) -> None:
    """A landing point is called Chongming, China; its identifier stays what the JSON report has."""
    key = "asset:landing-point:chongming-china"
    one = finding(role="landing", identifier=key, party=None, why=[{"statement": "place is CN", "source": "estate"}])
    made = audit(one, asset_names={key: "Chongming, China"})
    said = shown(made, form)
    assert "lands at Chongming, China" in said
    assert said.count("landing-point:chongming-china") == (form == "html")  # as the key of its page
    assert '"identifier":"asset:landing-point:chongming-china"' in load("json").render(made, Options())


def test_lines_without_assets_are_one_row() -> None:
    """Lines that no asset was judged in are folded into one row with their sum, clauses of no asset among them."""
    rules = [("r", f"path-{n}", "path", "path", 0, 0, 0, 0, 0) for n in range(20)]
    clauses = [("r", "never", "coalition", "estate", 0, 0, 1, 0, 0)]
    lines = load("table").render(
        audit(finding(), tally=[*rules, *clauses, ("r", "owner", "cable", "cable", 1, 2, 3, 0, 0)]), Options()
    ).splitlines()  # fmt: skip
    assert not any(line.startswith(("path", "coalition")) for line in lines)
    assert next(line for line in lines if line.startswith("cable")).split() == ["cable", "r", "1", "3", "2", "0", "0"]
    assert next(line for line in lines if "without assets" in line).split() == [
        "2", "lines", "without", "assets", "0", "1", "0", "0", "0",
    ]  # fmt: skip


def test_clauses_that_nothing_decides_stand_last_on_one_line() -> None:
    """However many judgements wait for it, what no evidence decides stands last, and names the clauses alone."""
    long = "It is a judgement about states that no record settles. " * 5
    rows = [
        ("r", "never-1", "estate", long, 900),
        ("r", "never-2", "estate", long + "2", 900),
        ("r", "one", "app", "who", 1),
    ]
    groups = [
        {"regime": regime, "rule": rule, "line": "store", "kind": kind, "verdict": "unknown", "missing": [text],
         "count": count, "samples": []}
        for regime, rule, kind, text, count in rows
    ]  # fmt: skip
    made = audit(tally=[("r", "one", "store", "app", 0, 0, 1, 0, 0)])
    made = Audit(made.header, made.findings, pl.DataFrame(groups, schema=GROUP), made.tally, made.exposure)
    text = load("table").render(made, Options())
    assert text.index("who (r: one)") < text.index("decided by no evidence: never-1, never-2\n")
    assert "no record settles" not in text


def test_only_what_was_judged_is_noted() -> None:
    """Where no route and no session was judged, nothing is said of what routes announce."""
    for kind, count in (("route", 0), ("session", 0), ("device", 1)):
        made = audit(tally=[("r", "x", "carrier", kind, 0, 0, count, 0, 0)])
        assert not any(wording.ANNOUNCEMENT in shown(made, form) for form in ("table", "html"))
    assert wording.ANNOUNCEMENT in shown(audit(tally=[("r", "x", "carrier", "session", 0, 0, 1, 0, 0)]))


def test_a_long_name_pushes_no_column_away() -> None:
    """Cells of tables of apps and cables break a name that has no place to break at."""
    style = (files("crossline.reports") / "templates" / "page.css").read_text(encoding="utf-8")
    rule = next(line for line in style.splitlines() if line.startswith(".laid tbody :is(td, th)"))
    assert ".apps tbody :is(td, th)" in rule
    assert "overflow-wrap: anywhere" in rule
