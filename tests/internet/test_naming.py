"""Whom a regime names: its own rules judge every network, and nothing that is unknown is named."""

from __future__ import annotations

import csv
import json
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from places import ASNS, DAY, EDITION, GRAPH, graph, held, made_up

import crossline
from crossline import regimes
from crossline.internet.scenarios import naming
from crossline.internet.scenarios.naming import Judge, Naming, bound, codes_of, whom
from crossline.internet.scenarios.scenario import ScenarioError
from crossline.world import store
from miniature import regime, rule

if TYPE_CHECKING:
    from crossline.internet.graph.topology import Topology
    from crossline.regimes.model import Regime
    from crossline.world import World

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
ON_LIST = 't.listed("carriers")'
WIDE = f'{ON_LIST} || reading == "wide" && t.controlled_from(target)'
DOCTRINE = {
    "threshold_pct": 50, "inclusive": False, "aggregate": True, "interest": "either", "indirect": "cascade",
    "also": ["domicile", "seat", "direction"],
}  # fmt: skip


def refusing(*rules: dict[str, Any], **keys: Any) -> Regime:
    """Return a regime of XA aimed at XB, with a list and two readings of it."""
    session = rule(f"neighbour.exists(t, {WIDE})", id="on-session", kind="session", line="carrier")
    base: dict[str, Any] = {
        "home": "XA", "target": "XB", "since": date(2025, 1, 1),
        "parameters": {
            "reading": {"default": "narrow", "choices": ["narrow", "wide"], "about": "how far"},
            "reach": {"default": "direct", "choices": ["direct", "indirect"], "about": "how deep"},
        },
        "lists": {"carriers": {"list": "refused", "statuses": ["named"], "aimed_at": "XB"}},
        "doctrines": {"control": DOCTRINE}, "controlled_by": "control",
    }  # fmt: skip
    return regime(*(rules or (session,)), **(base | keys))


def judged(
    asked: Regime, world: World | None = None, topology: Topology = GRAPH, as_of: date = DAY, **settings: Any
) -> Naming:
    """Judge every network of the made-up graph."""
    return whom(Judge(topology, world or made_up(), as_of), bound(asked, as_of, settings, "here"), "here")


def numbers(mask: Any, topology: Topology = GRAPH) -> set[int]:
    """Return the AS numbers of a mask."""
    return set(topology.asn[mask].tolist())


def test_the_narrow_reading_names_who_is_listed() -> None:
    """The carrier on the list is named; who is known and not on it is not; nobody knows whose the others are."""
    found = judged(refusing())
    assert numbers(found.named) == {20}
    assert numbers(found.unsure) == {11, 22, 31, 50}


def test_the_wide_reading_names_who_is_controlled() -> None:
    """The carrier's company abroad is controlled from the target; one whose owners nobody states may be."""
    found = judged(refusing(), reading="wide")
    assert numbers(found.named) == {20, 21}
    assert {10, 30, 40} <= numbers(found.unsure)


def test_a_list_whose_numbers_are_complete_shuts_the_others_out() -> None:
    """Where all numbers of those listed are stated, a number outside them is none of theirs."""
    world = made_up(completeness=[{"party": "beta", "type": "asn", "as_of": EDITION}])
    found = judged(refusing(), world)
    assert numbers(found.named) == {20}
    assert not found.unsure.any()


def test_the_evidence_names_rule_clause_and_sources() -> None:
    """A row for each network named: whose it is, why that is refused, on whose word."""
    row = judged(refusing()).frame.row(0, named=True)
    assert (row["place"], row["by"], row["rule"], row["cite"]) == (ASNS.index(20), "regime mini", "on-session", "s, 1")
    assert "asn:20 leads to BETA" in row["why"]
    assert "BETA is on the list refused" in row["why"]
    assert row["source"] == "s"


def test_each_number_of_a_party_has_evidence_of_its_own() -> None:
    """What is said of a party is worked out once, whose each number is for each of them."""
    world = made_up(identifier=[held(20, "beta"), held(22, "beta")])
    found = judged(refusing(), world).frame
    assert [text.split(";")[0] for text in found["why"]] == [
        f"asn:{n} leads to BETA, as seen on {EDITION}" for n in (20, 22)
    ]


def test_dates_of_the_list_and_of_the_rule_are_honoured() -> None:
    """The day before the entry nobody is named, the day before the regime there is nothing to ask."""
    asked = refusing(since=date(2024, 1, 1))
    assert numbers(judged(asked, as_of=date(2025, 1, 1)).named) == {20}
    assert numbers(judged(asked, as_of=date(2024, 12, 31)).named) == set()
    with pytest.raises(
        ScenarioError, match="no rule of mini on networks is in force on 2023-12-31: on-session from 2024"
    ):
        judged(asked, as_of=date(2023, 12, 31))


def test_numbers_are_read_at_the_graphs_day() -> None:
    """A number that changed hands after the graph was made is the former holder's."""
    world = made_up(
        identifier=[held(30, "beta", since=date(2020, 1, 1), until=DAY), held(30, "gamma", since=DAY)],
    )
    assert numbers(judged(refusing(), world).named) == {30}
    later = graph(transit=((10, 30),), edition=DAY)
    assert numbers(judged(refusing(), world, later).named, later) == set()


def test_routes_are_asked_about_where_reach_is_indirect() -> None:
    """A rule about what stands on a way names nobody while only neighbours are asked about."""
    session = rule('neighbour.exists(t, t.listed("none"))', id="on-session", kind="session", line="carrier")
    way = rule(f"transit.exists(t, {ON_LIST}) && selected", id="on-way", kind="route", line="carrier")
    lists = {
        "carriers": {"list": "refused", "statuses": ["named"]},
        "none": {"list": "refused", "statuses": ["proposed"]},
    }
    asked = refusing(session, way, lists=lists)
    listing = [
        {"list": "refused", "party": "beta", "status": "named"},
        {"list": "refused", "party": "gamma", "status": "proposed"},
    ]
    assert numbers(judged(asked, made_up(listing=listing)).named) == {30}
    assert numbers(judged(asked, made_up(listing=listing), reach="indirect").named) == {20, 30}
    alone = refusing(way, lists=lists)
    assert numbers(judged(alone, made_up(listing=listing)).named) == {20}


def test_reach_decides_the_means() -> None:
    """Direct reach parts neighbours, indirect reach refuses routes; without it the rules' own subject decides."""
    assert naming.reach(bound(refusing(), DAY, {}, "")) == "depeer"
    assert naming.reach(bound(refusing(), DAY, {"reach": "indirect"}, "")) == "filter"
    way = rule("true", id="w", kind="route", line="carrier")
    assert naming.reach(bound(refusing(way, parameters={}), DAY, {}, "")) == "filter"
    assert naming.reach(bound(regime(rule("true", kind="session", line="carrier")), DAY, {}, "")) == "depeer"


def test_the_other_way_round_runs_through_the_same_rules() -> None:
    """With home and target exchanged the list drops out, and who is controlled from the former home is named."""
    narrow = judged(refusing(), home="XB", target="XA")
    assert numbers(narrow.named) == set()
    assert narrow.notes == ("mini: the list refused is aimed at XB and is not used under target XA.",)
    # alpha and delta are XA's by domicile and by holding; beta abroad is incorporated there, though XB owns it.
    assert numbers(judged(refusing(), home="XB", target="XA", reading="wide").named) == {10, 21, 40}


def test_a_regime_without_rules_on_networks_says_what_to_do() -> None:
    """It names no network, and the message leads to a scenario file."""
    for name in ("cn-gdsi", "us-covered-list"):
        with pytest.raises(ScenarioError, match=rf"here: {name} has no rule on sessions or routes.*named: \[\{{list"):
            judged(regimes.load(name))


def test_what_a_state_covers_has_dates() -> None:
    """The codes of a state are those that the regime gives it on the day."""
    covers = [{"state": "XB", "code": "XD", "since": date(2026, 1, 1), "source": "s"}]
    asked = refusing(covers=covers)
    assert codes_of(bound(asked, DAY, {}, ""), "XB") == {"XB", "XD"}
    assert codes_of(bound(asked, date(2025, 12, 31), {}, ""), "XB") == {"XB"}


def test_why_networks_may_be_named_is_counted() -> None:
    """Each of those that may be named is counted under the first thing that is not known of it."""
    world = made_up(
        identifier=[held(10, "alpha"), held(10, "gamma"), held(20, "beta"), held(30, "gamma", date(2010, 1, 1))],
    )
    judge = Judge(GRAPH, world, DAY)
    found = whom(judge, bound(refusing(), DAY, {"reading": "wide"}, ""), "")
    assert judge.reasons(found.unsure) == {
        "whose number it is, is stated for another time only": 1,
        "whose number it is, is not known": 6,
        "the number leads to several parties": 1,
    }


def test_numbers_that_anybody_may_use_are_nobodys() -> None:
    """AS 64512 is for private use (RFC 6996): a list neither names it nor shuts it out."""
    made = graph((20, 64512), ((20, 64512),))
    world = made_up(completeness=[{"party": "beta", "type": "asn", "as_of": EDITION}])
    judge = Judge(made, world, DAY)
    found = whom(judge, bound(refusing(), DAY, {}, ""), "")
    assert numbers(found.unsure, made) == {64512}
    assert judge.reasons(found.unsure) == {"a number of a range that anybody may use": 1}


def test_a_setting_that_does_not_exist_is_told() -> None:
    """A parameter's name and value are checked by the regime."""
    for settings, message in (({"rech": "direct"}, "did you mean 'reach'"), ({"reach": "far"}, "not one of direct")):
        with pytest.raises(ScenarioError, match=f"place: .*{message}"):
            bound(refusing(), DAY, settings, "place")


def test_all_networks_are_judged_at_once() -> None:
    """Fifty thousand networks take well under three seconds of this processor."""
    large = graph(range(1, 50_001), ((1, 2),))
    asked = bound(refusing(), DAY, {}, "")
    whom(Judge(large, made_up(), DAY), asked, "")
    begin = time.process_time()
    assert numbers(whom(Judge(large, made_up(), DAY), asked, "").named, large) == {20}
    assert time.process_time() - begin < 3


def test_it_names_whom_an_audit_of_sessions_finds(tmp_path: Path) -> None:
    """On the whole graph, those named are exactly the neighbours for whom `audit` finds a violation, at one date."""
    path = SHARED / "topology" / "20250901.as-rel2.txt.bz2"
    if not path.is_file():
        pytest.skip("../shared/data/topology is absent")
    from crossline.internet.graph import asrel  # noqa: PLC0415 - what only this test needs

    topology, world, today = asrel.read(path), store.shipped(), date(2026, 7, 31)
    with (tmp_path / "session.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("asset", "vantage", "neighbour", "observed_at"))
        writer.writerows((f"s{asn}", "ours", f"asn:{asn}", str(topology.edition)) for asn in topology.asn.tolist())
    asked = regimes.load("us-clean-network")
    made = crossline.audit([tmp_path / "session.csv"], [asked], today, world)
    report = json.loads(crossline.report(made))
    violating = {
        int(finding["identifier"].removeprefix("asn:"))
        for finding in report["findings"]
        if finding["rule"] == "clean-carrier-session"
    }
    found = whom(Judge(topology, world, today), bound(asked, today, {}, ""), "")
    assert numbers(found.named, topology) == violating
    assert {4134, 4809, 36678} <= violating
    assert int(found.unsure.sum()) == sum(
        group["count"]
        for group in report["groups"]
        if group["rule"] == "clean-carrier-session" and group["verdict"] == "unknown"
    )
    assert np.count_nonzero(found.named) == found.frame.height
