"""Under which party and state each AS stands: registration, domicile and control, read at the right dates."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from places import (
    ASNS,
    DAY,
    EDITION,
    GRAPH,
    PARTIES,
    announces,
    graph,
    held,
    lies,
    made_up,
    owns,
    registered,
    state,
)  # fmt: skip

from crossline.internet.scenarios.holding import Holding
from crossline.internet.scenarios.standing import MADE_UP, standing
from crossline.world import World, control, store
from crossline.world.sources import state_owned
from miniature import company

if TYPE_CHECKING:
    from crossline.internet.scenarios.standing import Standing


def by_asn(stood: Standing, column: str) -> dict[int, object]:
    """Return a column by AS number, without nulls."""
    return {asn: value for asn, value in zip(ASNS, stood.frame[column].to_list(), strict=True) if value is not None}


def test_each_network_has_its_party_and_its_states() -> None:
    """The registry's country, the domicile, the owning state and the top of the chain are four different things."""
    stood = standing(made_up(), GRAPH, DAY)
    assert by_asn(stood, "party") == {10: "alpha", 20: "beta", 21: "beta-abroad", 30: "gamma", 40: "delta"}
    assert by_asn(stood, "registered") == {
        10: "XA", 11: "XA", 20: "XB", 21: "XA", 22: "XB", 30: "XC", 31: "XC", 40: "XD",
    }  # fmt: skip
    assert by_asn(stood, "incorporated") == {10: "XA", 20: "XB", 21: "XA", 30: "XC", 40: "XD"}
    assert by_asn(stood, "owned") == {20: "XB", 21: "XB"}
    assert by_asn(stood, "controlled") == {10: "XA", 20: "XB", 21: "XB", 30: "XC", 40: "XA"}


def test_three_readings_of_state() -> None:
    """By domicile and control a network of which that is unknown stands where it is registered; AS 50 nowhere."""
    stood = standing(made_up(), GRAPH, DAY)
    assert stood.state("registration").to_list() == ["XA", "XA", "XB", "XA", "XB", "XC", "XC", "XD", None]
    assert stood.state("domicile").to_list() == ["XA", "XA", "XB", "XA", "XB", "XC", "XC", "XD", None]
    assert stood.state("control").to_list() == ["XA", "XA", "XB", "XB", "XB", "XC", "XC", "XA", None]
    assert [stood.state(reading).name for reading in ("registration", "control")] == ["registration", "control"]
    assert stood.own("control").sum() == 5


def test_what_is_known_is_counted_by_networks_links_and_addresses() -> None:
    """Five of nine networks have a party, with 15 of 20 links' ends, by hand, and half of the addresses."""
    ranges = [announces(10, 0, 512), announces(50, 1024, 512)]
    stood = standing(made_up(address4=ranges), GRAPH, DAY)
    degree = {10: 5, 11: 1, 20: 4, 21: 1, 22: 1, 30: 3, 31: 1, 40: 2, 50: 2}
    assert stood.known["party"] == {
        "ases": pytest.approx(5 / 9),
        "link_ends": pytest.approx(sum(degree[asn] for asn in (10, 20, 21, 30, 40)) / sum(degree.values())),
        "addresses": pytest.approx(0.5),
    }
    assert standing(made_up(), GRAPH, DAY).known["party"]["addresses"] is None


def test_addresses_count_once_and_go_to_the_most_specific() -> None:
    """Of a /23 of one network that holds a /24 of another, each has 256; both are counted in whole /24s."""
    ranges = [announces(10, 0, 512), announces(20, 256, 256), announces(99, 4096, 256), announces(30, 8192, 100)]
    stood = standing(made_up(address4=ranges), GRAPH, DAY)
    assert dict(zip(ASNS, stood.addresses.tolist(), strict=True)) == dict.fromkeys(ASNS, 0) | {
        10: 256,
        20: 256,
        30: 100,
    }
    assert stood.blocks.tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0]


def test_without_a_registry_the_state_of_most_addresses_stands_in() -> None:
    """Two thirds of its addresses are registered in XB, so it stands there; the source of that is told."""
    ranges = [announces(50, 0, 768), lies("XA", 0, 256), lies("XB", 256, 512), lies("EU", 0, 0x100)]
    stood = standing(made_up(address4=ranges), GRAPH, DAY)
    assert by_asn(stood, "country")[50] == "XB"
    assert by_asn(stood, "country_by")[50] == "addresses"
    assert by_asn(stood, "country_by")[10] == "registry"


def test_of_as_many_addresses_the_first_code_is_taken() -> None:
    """Which of two equal shares is taken does not depend on the order of rows."""
    ranges = [announces(50, 0, 512), lies("XC", 0, 256), lies("XB", 256, 256)]
    for rows in (ranges, ranges[::-1]):
        assert by_asn(standing(made_up(address4=rows), GRAPH, DAY), "country")[50] == "XB"


@pytest.mark.parametrize("code", ["EU", "AP", "ZZ", "UK", "", "xa"])
def test_what_is_no_state_is_unknown(code: str) -> None:
    """Registries write more than states: none of it becomes one."""
    world = made_up(registration=[registered(10, code)], address4=[announces(10, 0, 256), lies(code, 0, 256)])
    stood = standing(world, GRAPH, DAY)
    assert not stood.country_by.is_in(["registry", "addresses"]).any()
    assert stood.country.drop_nulls().to_list() == stood.incorporated.drop_nulls().to_list()


def test_codes_of_users_are_states() -> None:
    """XA to XZ and QM to QZ are left to users (ISO 3166-1, 8.1.3); ZZ is what registries write for unknown."""
    assert len(MADE_UP) == 26 + 14
    assert {"XA", "XZ", "QM", "QZ"} <= MADE_UP
    assert not {"ZZ", "AA", "QA"} & MADE_UP


def test_a_snapshot_speaks_for_a_year_before_and_three_after() -> None:
    """A registry's file of 2018 does not speak for a graph of 2025; the note says what accepting it would give."""
    world = made_up(registration=[registered(asn, "XC", date(2018, 7, 1)) for asn in (10, 11)])
    stood = standing(world, GRAPH, DAY)
    assert stood.registered.null_count() == GRAPH.size
    note = next(note for note in stood.notes if "registry" in note)
    assert "2 of 9 networks is stated only as of 2018-07-01" in note
    assert "--accept-stale" in note
    accepted = standing(world, GRAPH, DAY, accept_stale=True)
    assert by_asn(accepted, "registered") == {10: "XC", 11: "XC"}
    assert not any("--accept-stale" in note for note in accepted.notes)


def test_numbers_are_read_at_the_graphs_day_and_control_at_the_question() -> None:
    """Whose a number was on the day of the graph, and who owned that party on the day asked about."""
    sold = date(2026, 1, 1)
    world = made_up(
        identifier=[held(20, "gamma", since=date(2020, 1, 1), until=EDITION), held(20, "beta", since=EDITION)],
        control=[owns("state-xb", "beta", 60, until=sold), owns("state-xd", "beta", 60, since=sold)],
    )
    assert by_asn(standing(world, GRAPH, DAY), "party") == {20: "beta"}
    assert by_asn(standing(world, GRAPH, DAY), "controlled") == {20: "XD"}
    assert by_asn(standing(world, GRAPH, date(2025, 12, 31)), "controlled") == {20: "XB"}
    before = graph(transit=((20, 22),), edition=date(2025, 8, 31))
    assert by_asn(standing(world, before, DAY), "party") == {20: "gamma"}


def test_a_number_of_two_parties_is_neithers() -> None:
    """Statements that lead to two parties at once leave the network without one, and are counted."""
    stood = standing(made_up(identifier=[held(10, "alpha"), held(10, "gamma")]), GRAPH, DAY)
    assert by_asn(stood, "party") == {}
    assert stood.ambiguous == 1
    assert any("1 number" in note and "several" in note for note in stood.notes)


def test_registries_that_differ_leave_the_country_unknown() -> None:
    """Two records of the day with two countries are no answer."""
    stood = standing(made_up(registration=[registered(10, "XA"), registered(10, "XB")]), GRAPH, DAY)
    assert by_asn(stood, "registered") == {}


def tops(parties: list[dict[str, object]], rows: list[dict[str, object]]) -> dict[str, str | None]:
    """Return the state at the top of each company's chain."""
    holding = Holding(control.graph(made_up(party=[*PARTIES[:4], *parties], control=rows), DAY))
    names = holding.named(holding.top)
    return {str(one["id"]): names[holding.graph.number[str(one["id"])]] for one in parties}


def test_the_top_of_a_chain() -> None:
    """Up over majorities; a minority, a person without a place and a scattered rest leave a company where it is."""
    parties = [
        company("top", domicile="XA", seat="XA"), company("middle", domicile="XB"), company("low", domicile="XC"),
        company("minority", domicile="XC"), company("family", domicile="XD"), company("wide", domicile="XD"),
        {"id": "somebody", "name": "S", "kind": "person"}, {"id": "dispersed", "name": "D", "kind": "dispersed"},
        company("shell", domicile="XA", seat="XB"), company("below-shell", domicile="XC"),
        company("nowhere"), company("below-nowhere", domicile="XC"),
        company("one", domicile="XA"), company("two", domicile="XA"), company("torn", domicile="XC"),
    ]  # fmt: skip
    rows = [
        owns("top", "middle"), owns("middle", "low", 51), owns("top", "minority", 50), owns("somebody", "family", 80),
        owns("dispersed", "wide"), owns("shell", "below-shell"), owns("nowhere", "below-nowhere"),
        owns("one", "two"), owns("two", "one"),
        {"owner": "top", "owned": "torn", "kind": "direction"}, owns("minority", "torn", 60),
    ]  # fmt: skip
    found = tops(parties, rows)
    assert {name: found[name] for name in ("top", "middle", "low")} == dict.fromkeys(("top", "middle", "low"), "XA")
    assert (found["minority"], found["family"], found["wide"]) == ("XC", "XD", "XD")
    assert (found["shell"], found["below-shell"], found["below-nowhere"], found["torn"]) == (None, None, None, None)
    assert (found["one"], found["two"]) == (None, None)


def test_a_state_comes_before_a_domicile_and_two_states_are_none() -> None:
    """Ownership by a state counts through agencies and companies; two owning states leave it open."""
    agency = {"id": "fund", "name": "Fund", "kind": "agency", "domicile": "XB", "seat": "XB"}
    parties = [company("a", domicile="XA"), company("b", domicile="XA"), company("both", domicile="XA")]
    rows = [
        owns("fund", "a", 40), owns("state-xb", "a", 20), owns("a", "b", 51),
        {"owner": "state-xb", "owned": "both", "kind": "direction"},
        {"owner": "state-xd", "owned": "both", "kind": "direction"},
    ]  # fmt: skip
    assert tops([*parties, agency], rows) == {"a": "XB", "b": "XB", "both": None, "fund": "XB"}


def test_more_than_half_by_definition_is_more_than_half() -> None:
    """What a data set holds for a majority without saying the share is ownership, whatever sums may be off by."""
    row = owns("state-xb", "a", state_owned.ABOVE_HALF) | {"share_max": 100.0}
    assert tops([company("a", domicile="XA")], [row]) == {"a": "XB"}
    assert tops([company("a", domicile="XA")], [owns("state-xb", "a", 50)]) == {"a": "XA"}


def test_a_world_without_registries_says_how_to_get_them() -> None:
    """With shipped facts alone a network stands where its holder is incorporated, else nowhere; a note says why."""
    stood = standing(store.shipped(), graph((174, 4134, 64496), ((174, 4134), (174, 64496))), DAY)
    assert stood.party.to_list() == ["cogent", "china-telecom", None]
    assert stood.country.to_list() == ["US", "CN", None]
    assert stood.country_by.to_list() == ["domicile", "domicile", None]
    assert any("1 of 3 networks are unknown" in note and "crossline world build" in note for note in stood.notes)


def test_an_empty_graph_and_an_empty_world() -> None:
    """Nothing to place is no mistake."""
    assert standing(World(), GRAPH, DAY).country.null_count() == GRAPH.size
    assert standing(made_up(), graph(()), DAY).size == 0


def test_hostile_numbers_are_passed_over() -> None:
    """What a table holds in the place of an AS number is not taken for one."""
    rows = [{"type": "asn", "value": value, "party": "alpha", "seen": EDITION} for value in ("x", "-1", "99999999999")]
    assert by_asn(standing(made_up(identifier=rows), GRAPH, DAY), "party") == {}


def test_sources_are_those_that_spoke() -> None:
    """A source of another time is not among those that an answer rests on."""
    rows = [registered(10, "XA") | {"source": "now"}, registered(11, "XA", date(2010, 1, 1)) | {"source": "once"}]
    found = standing(made_up(registration=rows), GRAPH, DAY).sources
    assert "now" in found
    assert "once" not in found


def test_agencies_are_their_states() -> None:
    """The networks of a state and of its agencies are its own."""
    agency = {"id": "fund", "name": "Fund", "kind": "agency", "domicile": "XB", "seat": "XB"}
    stood = standing(made_up(party=[*PARTIES, agency], identifier=[held(10, "fund"), held(30, "state-xd")]), GRAPH, DAY)
    assert by_asn(stood, "owned") == {10: "XB", 30: "XD"}
    assert state("XD")["kind"] == "state"


def test_many_networks_are_placed_at_once() -> None:
    """Fifty thousand networks take well under three seconds of this processor: nothing goes row by row."""
    asns = range(1, 50_001)
    world = made_up(
        registration=[registered(asn, "XA") for asn in asns],
        address4=[announces(asn, asn * 256, 256) for asn in asns],
    )
    large = graph(asns, ((1, 2),))
    standing(world, large, DAY)
    begin = time.process_time()
    stood = standing(world, large, DAY)
    assert time.process_time() - begin < 3
    assert int(np.sum(stood.blocks)) == 50_000
