"""us-fcc-cables: who applies, from which day, and lines of ownership that shares are tried at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crossline import regimes
from crossline.evaluate import cases
from crossline.regimes.model import Case
from crossline.world import World, store, suppose

if TYPE_CHECKING:
    from pathlib import Path

RULES = regimes.load("us-fcc-cables")
NOW = date(2026, 7, 31)
IN_FORCE = date(2025, 11, 26)
PRESUMPTIONS = ("fcc-cable-applicant-control", "fcc-cable-applicant-listed", "fcc-cable-applicant-refused")


@pytest.fixture(scope="module")
def shipped() -> World:
    """Return the facts that ship."""
    return store.shipped()


def judged(about: World, rule_id: str, fields: dict[str, Any], as_of: date = NOW, **settings: Any) -> str:
    """Judge one cable."""
    case = Case(fields, "unknown", settings, as_of, None, None)
    return cases.run(RULES, RULES.rule(rule_id), 0, case, about).verdict


def applied(*applicants: str, on: date = date(2026, 2, 1), **more: Any) -> dict[str, Any]:
    """Return a cable that lands in home, for which these parties applied."""
    return {
        "applied_on": on, "landing": [{"id": "state:US", "place": "US"}, {"id": "state:JP", "place": "JP"}],
        "applicant": [f"party:{name}" for name in applicants],
    } | more  # fmt: skip


def test_the_states_are_those_of_15_cfr_791_4() -> None:
    """China, Cuba, Iran, North Korea and Russia; of Venezuela the section names a person's government alone."""
    assert set(RULES.parameters["states"].default or ()) == {"CN", "CU", "IR", "KP", "RU"}
    assert RULES.target is None


def test_the_three_conditions_are_rules_of_their_own() -> None:
    """1.70004(a)(1)(i), (ii) and (iii) are presumptions, each cited, and the certifications are not among them."""
    presumptions = [rule for rule in RULES.rules if rule.effect == "presumption"]
    assert tuple(rule.id for rule in presumptions) == PRESUMPTIONS
    assert [rule.cite.clause for rule in presumptions] == [
        "1.70004(a)(1)(i)",
        "1.70004(a)(1)(ii)",
        "1.70004(a)(1)(iii)",
    ]


@pytest.mark.parametrize(
    ("days", "expected"), [(-1, "not-applicable"), (0, "not-applicable"), (1, "violation"), (200, "violation")]
)
def test_an_application_counts_from_the_day_after(days: int, expected: str, shipped: World) -> None:
    """Text: "filed after November 26, 2025": the 26th does not count, and the 27th does."""
    on = IN_FORCE + timedelta(days)
    assert judged(shipped, PRESUMPTIONS[0], applied("china-telecom", on=on)) == expected
    assert judged(shipped, PRESUMPTIONS[2], applied("china-telecom-americas", on=on)) == expected
    assert judged(shipped, PRESUMPTIONS[1], applied("huawei", on=on)) == expected


@pytest.mark.parametrize(
    ("share", "majority", "tenth"),
    [(9.9, "compliant", "compliant"), (10, "compliant", "violation"), (50, "compliant", "violation"),
     (50.1, "violation", "violation")],
)  # fmt: skip
def test_the_two_lines_of_ownership(share: float, majority: str, tenth: str, shipped: World, tmp_path: Path) -> None:
    """More than half by default and at least 10 per cent on demand, tried from both sides of each."""
    path = tmp_path / "what-if.yaml"
    path.write_text(
        "party: [{id: made-up, name: Made-up, kind: company, domicile: AQ, seat: AQ}]\n"
        f"control: [{{owner: state-ru, owned: made-up, kind: both, share: {share}}},"
        f" {{owner: dispersed, owned: made-up, kind: both, share: {100 - share:.1f}}}]\n"
    )
    about = suppose.lay(shipped, path).world
    found = [judged(about, PRESUMPTIONS[0], applied("made-up"), line=line) for line in ("majority", "tenth")]
    assert found == [majority, tenth]


def test_shares_of_several_states_add_up(shipped: World, tmp_path: Path) -> None:
    """30 per cent of one state and 30 of another are more than half together; of one alone they are not."""
    path = tmp_path / "what-if.yaml"
    path.write_text(
        "party: [{id: made-up, name: Made-up, kind: company, domicile: AQ, seat: AQ}]\n"
        "control: [{owner: state-ru, owned: made-up, kind: both, share: 30},"
        " {owner: state-ir, owned: made-up, kind: both, share: 30},"
        " {owner: dispersed, owned: made-up, kind: both, share: 40}]\n"
    )
    about = suppose.lay(shipped, path).world
    assert judged(about, PRESUMPTIONS[0], applied("made-up")) == "violation"
    assert judged(about, PRESUMPTIONS[0], applied("made-up"), states=["IR"]) == "compliant"


@pytest.mark.parametrize("rule_id", PRESUMPTIONS)
def test_owners_are_asked_only_where_somebody_wants_it(rule_id: str, shipped: World) -> None:
    """Of a carrier's cable, for which a state applies, the owner is by default not asked about."""
    cable = applied(owner=["party:china-telecom-americas"]) | {"applicant": ["state:JP"]}
    assert judged(shipped, rule_id, cable) == "compliant"
    assert judged(shipped, rule_id, cable, applicants="owners") == "violation"


def test_one_of_several_applicants_is_enough(shipped: World) -> None:
    """Text: "any applicant": one that meets a condition decides, whoever else applies."""
    for rule_id in PRESUMPTIONS:
        assert judged(shipped, rule_id, applied("no-such-party", "china-telecom-americas", "google")) == "violation"


def test_equipment_is_asked_of_the_list_of_the_day_it_was_filed(shipped: World) -> None:
    """A maker listed on 2025-12-22 is not on the list of the day before; of an assumed filing today's list counts."""
    cable = applied(builder=["party:dji"], terminal=[])
    before, after = date(2025, 12, 21), date(2025, 12, 22)
    assert judged(shipped, "fcc-cable-equipment", cable | {"applied_on": before}) == "compliant"
    assert judged(shipped, "fcc-cable-equipment", cable | {"applied_on": after}) == "violation"
    assert judged(shipped, "fcc-cable-equipment", cable | {"applied_on": before}, filing="assumed") == "violation"


def test_a_cable_that_lands_elsewhere_is_not_asked_about(shipped: World) -> None:
    """Every rule on cables is not applicable without a landing in home, and unknown where a landing is open."""
    elsewhere = applied("huawei", landing=[{"id": "state:JP", "place": "JP"}, {"id": "state:SG", "place": "SG"}])
    somewhere = applied("huawei", landing=[{"id": "state:JP", "place": "JP"}, "..."])
    for rule in RULES.rules:
        if rule.kind == "cable":
            assert judged(shipped, rule.id, elsewhere) == "not-applicable"
    assert judged(shipped, PRESUMPTIONS[1], somewhere) == "unknown"


def test_what_is_yet_to_be_filed_is_not_asked_about(shipped: World) -> None:
    """On the day before the filing no rule on cables speaks; on the day itself they do."""
    filed = applied("huawei", on=NOW)
    for rule in RULES.rules:
        if rule.kind == "cable":
            assert judged(shipped, rule.id, filed, NOW - timedelta(days=1)) == "not-applicable"
    assert judged(shipped, PRESUMPTIONS[1], filed) == "violation"


@pytest.mark.parametrize("party", ["china-mobile", "china-mobile-limited", "china-telecom", "china-unicom", "cmpak"])
def test_whoever_holds_a_refused_company_is_its_affiliate(shipped: World, party: str) -> None:
    """47 CFR 2.903: an affiliate owns, is owned by, or is under common ownership with, from more than 10 per cent."""
    assert judged(shipped, "fcc-cable-applicant-refused", applied(party)) == "violation"


def test_a_state_makes_nobody_an_affiliate(shipped: World, tmp_path: Path) -> None:
    """Two agencies of one state hold a refused company and another one: the other is none of its affiliates."""
    path = tmp_path / "sup.yaml"
    path.write_text(
        "party:\n- {id: rail, name: Rail, kind: company, domicile: CN, seat: CN}\n"
        "control:\n- {owner: sasac, owned: rail, kind: both, share: 100}\n",
        encoding="utf-8",
    )
    about = suppose.lay(shipped, path).world
    assert judged(about, "fcc-cable-applicant-refused", applied("rail")) == "compliant"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"status": "in-service", "ready_year": 1999}, "not-applicable"),
        ({"status": "in-service", "ready_year": 2024}, "not-applicable"),
        ({"status": "in-service", "ready_year": 2025}, "unknown"),
        ({"status": "in-service"}, "unknown"),
        ({"status": "retired"}, "not-applicable"),
        ({"status": "planned", "ready_year": 2024}, "unknown"),
        ({"status": "in-service", "ready_year": 1999, "applied_on": date(2026, 2, 1)}, "violation"),
    ],
)
def test_a_cable_that_runs_under_a_licence_is_not_asked(shipped: World, cells: dict[str, Any], expected: str) -> None:
    """Text: applications filed after 2025-11-26, renewals too; else who goes on running it is not addressed."""
    cable = {key: cell for key, cell in applied("china-telecom-americas").items() if key != "applied_on"} | cells
    for rule_id in PRESUMPTIONS:
        assert judged(shipped, rule_id, cable) == expected


@pytest.mark.parametrize(
    ("places", "cells", "expected"),
    [
        (("US", "US"), {"wholly_continental": True}, "exempt"),
        (("US", "US"), {"wholly_continental": False}, "violation"),
        (("US", "US"), {}, "unknown"),
        (("US", "GU"), {}, "violation"),
        (("US", "JP"), {"wholly_continental": True}, "violation"),
    ],
)
def test_no_licence_within_the_continent(shipped: World, places: tuple[str, str], cells: Any, expected: str) -> None:
    """47 USC 34 leaves out cables all of which, both terminals included, lie within the continental United States."""
    ends = [{"id": f"asset:{number}", "place": place} for number, place in enumerate(places)]
    cable = {"landing": ends, "owner": ["party:china-mobile"]} | cells
    settings = {"filing": "assumed", "applicants": "owners"}
    assert judged(shipped, "fcc-cable-applicant-control", cable, **settings) == expected
