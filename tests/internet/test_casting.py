"""A scenario on a graph: who refuses whom, both ways round, and each mistake before anything takes long."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from places import (
    CONTROL,
    DAY,
    GRAPH,
    HELD,
    LINKS,
    MEMBERS,
    PARTIES,
    PLACES,
    graph,
    held,
    made_up,
    owns,
    registered,
    state,
)  # fmt: skip

from crossline.internet.scenarios.casting import Cast, cast
from crossline.internet.scenarios.scenario import Scenario, ScenarioError, load, of_regime
from crossline.internet.scenarios.standing import standing
from crossline.world import store
from miniature import company

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.measures import Duty
    from crossline.world import World

REGIME = """
id: mini
title: A made-up regime
issuer: XA
legal: It binds nobody.
home: XA
target: XB
parameters:
  reading: {default: narrow, choices: [narrow, wide], about: how far}
  reach: {default: direct, choices: [direct, indirect], about: how deep}
  statuses: {type: texts, default: [signed], about: who belongs}
covers: [{state: XB, code: XD, source: s}]
lists: {carriers: {list: refused, statuses: [named], aimed_at: XB}}
coalitions: {members: {coalition: pact, statuses: $statuses}}
doctrines:
  control:
    {threshold_pct: 50, inclusive: false, aggregate: true, interest: either, indirect: cascade, also: [domicile, seat]}
controlled_by: control
rules:
- id: on-session
  line: carrier
  kind: session
  title: No session with a carrier on the list
  cite: {source: s, clause: '1'}
  effect: aim
  severity: high
  violation: 'neighbour.exists(t, t.listed("carriers") || reading == "wide" && t.controlled_from(target))'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a regime's file."""
    (tmp_path / "mini.yaml").write_text(REGIME)
    return tmp_path


def scenario(folder: Path, text: str) -> Scenario:
    """Read a scenario."""
    path = folder / "scenario.yaml"
    path.write_text(text)
    return load(path)


def casting(
    made: Scenario, world: World | None = None, topology: Topology = GRAPH, as_of: date = DAY, **settings: Any
) -> Cast:
    """Cast a scenario on the made-up world."""
    about = world or made_up()
    return cast(made, topology, standing(about, topology, as_of), about, as_of, settings)


def duties(found: Cast, topology: Topology = GRAPH) -> list[tuple[str, set[int], set[int]]]:
    """Return action, members and named of each duty, by AS number."""

    def told(duty: Duty) -> tuple[str, set[int], set[int]]:
        return duty.action, set(topology.asn[duty.members].tolist()), set(topology.asn[duty.named].tolist())

    return [told(duty) for duty in found.measures.duties]


@pytest.mark.parametrize(
    ("reading", "members"),
    [("registration", {10, 11, 21}), ("domicile", {10, 11, 21}), ("control", {10, 11, 40})],
)
def test_members_by_reading(folder: Path, reading: str, members: set[int]) -> None:
    """XA's networks are those registered there; by control its company's holding in XD is, and XB's in XA is not."""
    made = scenario(folder, f"named: [{{party: beta}}]\ncoalition: [{{state: XA}}]\nmembers_by: {reading}\n")
    assert duties(casting(made)) == [("depeer", members, {20})]


def test_members_by_domicile_are_those_of_the_party(folder: Path) -> None:
    """A network registered in one state whose party is incorporated in another is the latter's by domicile."""
    world = made_up(registration=[registered(asn, code) for asn, code in (PLACES | {30: "XA"}).items()])
    made = scenario(folder, "named: [{party: beta}]\ncoalition: [{state: XC}]\nmembers_by: domicile\n")
    assert duties(casting(made, world)) == [("depeer", {30, 31}, {20})]


SELECTORS = [
    ("{registered: [XB, XD]}", {20, 22, 40}),
    ("{state: XB}", {20, 22}),
    ("{asn: [50, 22]}", {22, 50}),
    ("{party: [beta, gamma]}", {20, 30}),
    ("{party: beta, subsidiaries: true}", {20, 21}),
    ("{list: refused}", {20}),
    ("{list: refused, scope: carrier, statuses: [named], subsidiaries: true}", {20, 21}),
    ("{controlled_from: XB}", {20, 21}),
    ("{controlled_from: [XA]}", {10, 21, 40}),
    ("{owned_by: [XB]}", {20, 21}),
    ("{owned_by: [XB], threshold_pct: 60}", set()),
    ("{owned_by: [XB], threshold_pct: 59}", {20, 21}),
    ("{coalition: pact, statuses: [hinted]}", {40}),
    ("{regime: mini.yaml}", {20}),
    ("{regime: mini.yaml, set: {reading: wide}}", {20, 21, 40}),
]


@pytest.mark.parametrize(("selector", "expected"), SELECTORS, ids=[text for text, _ in SELECTORS])
def test_whom_a_selector_names(folder: Path, selector: str, expected: set[int]) -> None:
    """Each selector stands for the networks that can be read off the made-up world by hand."""
    made = scenario(folder, f"named: [{selector}, {{asn: 31}}]\ncoalition: [{{asn: 11}}]\n")
    world = (
        made_up(control=CONTROL) if "wide" not in selector else made_up(control=[*CONTROL, owns("state-xb", "delta")])
    )
    found = casting(made, world)
    assert duties(found)[0][2] == expected | {31}
    assert set(found.named["asn"]) == expected | {31}


def test_a_named_network_is_never_a_member(folder: Path) -> None:
    """Neither of the duty that names it, nor of the answer that names the other side's members."""
    made = scenario(folder, "named: [{asn: 10}, {registered: XB}]\ncoalition: [{state: [XA, XB]}]\n")
    found = casting(made)
    assert duties(found) == [("depeer", {11, 21}, {10, 20, 22})]
    assert not (found.blocs["coalition"] & found.blocs["named"]).any()


def test_the_sides_exchanged_give_the_exchanged_duties(folder: Path) -> None:
    """One state against another, and the other against the one, come out of the same code as mirror images."""
    text = "named: [{{registered: {1}}}]\ncoalition: [{{state: {0}}}]\nanswer: mirror\naction: filter\n"
    one = casting(scenario(folder, text.format("XA", "XB")))
    other = casting(scenario(folder, text.format("XB", "XA")))
    assert duties(one) == [("filter", {10, 11, 21}, {20, 22}), ("filter", {20, 22}, {10, 11, 21})]
    assert duties(other) == duties(one)[::-1]
    assert (one.other_states, other.other_states) == (("XB",), ("XA",))


def test_a_regime_the_other_way_round(folder: Path) -> None:
    """With home and target exchanged, the same rules name the other side, and the former target stands alone."""
    made = of_regime(str(folder / "mini.yaml"))
    there = casting(made, mini={"reading": "wide"})
    back = casting(made, mini={"home": "XB", "target": "XA", "reading": "wide"})
    # XA and, from June, XC against those whom XB controls, with XD, which it covers; XB against those whom XA does.
    assert duties(there) == [("depeer", {10, 11, 30, 31}, {20, 21, 40})]
    assert duties(back) == [("depeer", {20, 22}, {10, 21, 40})]
    assert any("stands alone" in note for note in back.notes)
    assert any("not used under target XA" in note for note in back.notes)


def test_a_regime_names_and_joins(folder: Path) -> None:
    """A regime's coalition is its home and its members on the day, with what each claimer says."""
    made = of_regime(str(folder / "mini.yaml"))
    found = casting(made)
    assert duties(found) == [("depeer", {10, 11, 21, 30, 31}, {20})]
    assert found.members.rows() == [
        ("state:XA", 3, "xa", "signed", date(2026, 1, 1), "s"),
        ("state:XC", 2, None, "signed", date(2026, 6, 1), "s"),
    ]
    assert (found.coalition_states, found.other_states) == (("XA", "XC"), ("XB", "XD"))
    assert found.named.row(0, named=True)["rule"] == "on-session"
    assert found.sources == ("s",)


@pytest.mark.parametrize(
    ("as_of", "members"),
    [(date(2025, 12, 31), {"state:XA"}), (date(2026, 5, 31), {"state:XA"}), (DAY, {"state:XA", "state:XC"})],
)
def test_memberships_have_dates(folder: Path, as_of: date, members: set[str]) -> None:
    """Before it joined a state is no member; the home is one without any membership."""
    found = casting(of_regime(str(folder / "mini.yaml")), as_of=as_of)
    assert set(found.members["member"]) == members


def test_a_membership_ends(folder: Path) -> None:
    """On the day of its end it counts no more."""
    rows = [{"coalition": "pact", "member": "state:XC", "status": "signed", "until": DAY}]
    made = scenario(folder, "named: [{asn: 20}]\ncoalition: [{coalition: pact}, {asn: 10}]\n")
    assert duties(casting(made, made_up(membership=rows)))[0][1] == {10}
    assert duties(casting(made, made_up(membership=rows), as_of=date(2026, 6, 30)))[0][1] == {10, 30, 31}


def test_statuses_of_the_regime_are_a_parameter(folder: Path) -> None:
    """Which statuses make a member is asked with --set."""
    found = casting(of_regime(str(folder / "mini.yaml")), mini={"statuses": "hinted"})
    assert set(found.members["member"]) == {"state:XA", "party:delta"}
    assert duties(found)[0][1] == {10, 11, 21, 40}


@pytest.mark.parametrize(
    ("own", "settings", "action"),
    [("", {}, "depeer"), ("", {"reach": "indirect"}, "filter"), ("action: filter\n", {}, "filter")],
)
def test_the_means_are_the_regimes_unless_the_scenario_says(
    folder: Path, own: str, settings: dict[str, str], action: str
) -> None:
    """A regime's reach decides where the scenario is silent."""
    made = scenario(folder, f"named: [{{regime: mini.yaml}}]\ncoalition: [{{state: XA}}]\n{own}")
    assert duties(casting(made, mini=settings))[0][0] == action


MIRRORS = [
    ("{party: beta}", "registration", {20, 22}),
    ("{party: beta}", "control", {20, 21, 22}),
    ("{asn: 21}", "registration", {20, 22}),  # registered in XA, but XB owns its holder
    ("{asn: 22}", "registration", {20, 22}),  # nobody knows its holder: where it is registered
    ("{owned_by: XB}", "registration", {20, 22}),
    ("{regime: mini.yaml}", "registration", {20, 22, 40}),  # the target with what it covers
    ("{list: refused}", "registration", {20, 22}),
]


@pytest.mark.parametrize(("named", "reading", "answering"), MIRRORS)
def test_who_answers(folder: Path, named: str, reading: str, answering: set[int]) -> None:
    """The networks of the states to which those named answer, taken as members are, refuse the coalition's."""
    made = scenario(
        folder,
        f"named: [{named}]\ncoalition: [{{asn: [11, 30]}}]\nanswer: mirror\nmembers_by: {reading}\naction: filter\n",
    )
    found = casting(made)
    assert duties(found)[1] == ("filter", answering, {11, 30})
    assert set(GRAPH.asn[found.blocs["other"]].tolist()) == answering


def test_the_coalitions_own_states_do_not_answer(folder: Path) -> None:
    """Where one of those named answers to a state of the coalition, that state does not refuse itself."""
    made = scenario(folder, "named: [{party: [alpha, beta]}]\ncoalition: [{state: XA}]\nanswer: mirror\n")
    found = casting(made)
    assert found.other_states == ("XB",)
    assert duties(found)[1] == ("depeer", {20, 22}, {11, 21})


def test_an_answer_written_out(folder: Path) -> None:
    """Each part of an answer may differ; what is left out is mirrored."""
    text = "named: [{asn: 20}]\ncoalition: [{state: XA}]\nanswer: "
    full = scenario(folder, text + "{coalition: [{state: XC}], named: [{party: delta}], action: filter}\n")
    assert duties(casting(full))[1] == ("filter", {30, 31}, {40})
    part = scenario(folder, text + "{action: filter}\n")
    assert duties(casting(part))[1] == ("filter", {20, 22}, {10, 11, 21})
    assert casting(part).asked["answer"] == {"action": "filter"}


def test_sanctions_reach_the_controlled_and_the_customers(folder: Path) -> None:
    """What alpha holds is reached, and who buys from alpha's network; not who buys from those."""
    made = scenario(folder, "named: [{asn: 20}]\ncoalition: [{party: alpha}]\nsanctions: true\n")
    assert duties(casting(made)) == [("depeer", {10, 11, 40, 50}, {20})]
    assert set(GRAPH.asn[casting(made).blocs["obliged"]].tolist()) == {11, 40, 50}
    states = scenario(folder, "named: [{asn: 20}]\ncoalition: [{state: XA}]\nsanctions: true\n")
    assert set(GRAPH.asn[casting(states).blocs["obliged"]].tolist()) == {40, 50}


def test_a_customer_is_bound_with_its_other_networks(folder: Path) -> None:
    """A company buys with one of its networks: both are reached, unless named."""
    world = made_up(identifier=[*HELD, held(31, "gamma")])
    topology = graph(transit=[*LINKS, (10, 31)])
    made = scenario(folder, "named: [{asn: 20}]\ncoalition: [{asn: 10}]\nsanctions: true\n")
    found = casting(made, world, topology)
    assert set(topology.asn[found.blocs["obliged"]].tolist()) == {11, 30, 31, 40, 50}
    named = scenario(folder, "named: [{asn: [20, 30]}]\ncoalition: [{asn: 10}]\nsanctions: true\n")
    assert set(topology.asn[casting(named, world, topology).blocs["obliged"]].tolist()) == {11, 31, 40, 50}


OWNED = [owns("state-xb", "beta"), owns("state-xc", "gamma"), owns("state-xd", "delta"), owns("state-xa", "alpha")]


def test_copycats_refuse_what_the_others_own(folder: Path) -> None:
    """Of the states that own networks, the two sides' left out, those with most come first; a tie goes by code."""
    made = scenario(folder, "named: [{asn: 22}]\ncoalition: [{asn: 50}]\ncopycat: 2\naction: filter\n")
    world = made_up(control=OWNED, identifier=[*HELD, held(31, "gamma", date(2021, 1, 1))])
    found = casting(made, world)
    # XC owns 30 and 31, then XA and XD one each; XB is the state of the network that is named.
    assert duties(found)[1:] == [("filter", {10, 11, 21}, {30, 31}), ("filter", {30, 31}, {10})]
    note = next(note for note in found.notes if note.startswith("Copycats"))
    assert "XC (2), XA (1), as stated on 2021-01-01 to 2025-09-01" in note


def test_copycats_leave_the_coalitions_states_out(folder: Path) -> None:
    """A state that is in it already does not join again."""
    made = scenario(folder, "named: [{asn: 22}]\ncoalition: [{state: XA}]\ncopycat: 2\n")
    assert duties(casting(made, made_up(control=OWNED)))[1:] == [("depeer", {40}, {30}), ("depeer", {30, 31}, {40})]


def many() -> tuple[World, Topology]:
    """Return a world in which nine states own a network each, and its graph."""
    codes = [f"X{letter}" for letter in "ABCDEFGHI"]
    parties = [*(state(code) for code in codes), *(company(f"c{code.lower()}", domicile=code) for code in codes)]
    numbers = dict(enumerate(codes, 101))
    world = made_up(
        party=parties, control=[owns(f"state-{code.lower()}", f"c{code.lower()}") for code in codes],
        identifier=[held(asn, f"c{code.lower()}") for asn, code in numbers.items()],
        registration=[registered(asn, code) for asn, code in numbers.items()],
    )  # fmt: skip
    return world, graph((*numbers, 200, 201), ((200, 201),))


def test_a_route_carries_eight_marks(folder: Path) -> None:
    """Seven copycats beside a coalition can filter, an eighth is one too many; links are cut without limit."""
    world, topology = many()
    text = "named: [{{asn: 200}}]\ncoalition: [{{asn: 201}}]\ncopycat: {}\naction: {}\n"
    assert len(duties(casting(scenario(folder, text.format(7, "filter")), world, topology), topology)) == 8
    assert len(duties(casting(scenario(folder, text.format(8, "depeer")), world, topology), topology)) == 9
    with pytest.raises(ScenarioError, match=r"3:1: copycat: 9 sets of networks .* a route carries 8 marks"):
        casting(scenario(folder, text.format(8, "filter")), world, topology)


@pytest.mark.parametrize(("count", "message"), [(1, "takes two at least"), (5, "5 states are wanted, .* 2 beside")])
def test_copycats_that_are_not_there(folder: Path, count: int, message: str) -> None:
    """One alone has nobody to do the same to, and more than there are cannot follow."""
    made = scenario(folder, f"named: [{{asn: 22}}]\ncoalition: [{{state: XA}}]\ncopycat: {count}\n")
    with pytest.raises(ScenarioError, match=f"copycat: .*{message}"):
        casting(made, made_up(control=OWNED))


def test_networks_are_removed(folder: Path) -> None:
    """Removing takes no coalition; states are read as members are."""
    found = casting(scenario(folder, "remove: [{state: XA}, {asn: 50}]\nmembers_by: control\n"))
    assert set(GRAPH.asn[found.measures.removed].tolist()) == {10, 11, 40, 50}
    assert found.measures.duties == ()


def test_another_coalition_from_the_command_line(folder: Path) -> None:
    """--coalition takes the place of the regime's, whatever its members are."""
    made = of_regime(str(folder / "mini.yaml")).with_coalition("XC,delta,AS11")
    found = casting(made)
    assert duties(found) == [("depeer", {11, 30, 31, 40}, {20})]
    assert found.members["member"].to_list() == ["state:XC", "asn:11", "party:delta"]


def test_some_numbers_of_several_are_missing(folder: Path) -> None:
    """Numbers that stand nowhere in the graph are counted, with their place."""
    made = scenario(folder, "named: [{asn: [20, 77, 78]}]\ncoalition: [{state: XA}]\n")
    assert any(
        "1:10: named[0].asn: 2 of 3 AS numbers stand nowhere in the graph: AS77, AS78." in n
        for n in casting(made).notes
    )


def test_a_side_that_nobody_stands_for_is_told(folder: Path) -> None:
    """A selector without networks is a note as long as others have some."""
    made = scenario(folder, "named: [{asn: 20}, {state: XZ}]\ncoalition: [{state: XA}]\n")
    assert any("state XZ stands for no network of the graph" in note for note in casting(made).notes)


WITH_XA = "\ncoalition: [{state: XA}]\n"
OF_20 = "named: [{asn: 20}]\n"
WRONG = [
    ("named: [{asn: 77}]" + WITH_XA, "1:10: named[0].asn: AS77 stands nowhere in the graph, which has 9 ASes"),
    ("named: [{asn: [77, 78]}]" + WITH_XA, "none of 2 AS numbers stands anywhere in the graph"),
    ("named: [{party: bet}]" + WITH_XA, "named[0].party: 'bet' is no party of this world; did you mean 'beta'"),
    ("named: [{list: refusd}]" + WITH_XA, "no list 'refusd'; did you mean 'refused'"),
    ("named: [{list: refused, scope: carier}]" + WITH_XA, "has scope 'carier'; did you mean 'carrier'"),
    ("named: [{list: refused, statuses: nmed}]" + WITH_XA, "has status 'nmed'; did you mean 'named'"),
    (
        OF_20 + "coalition: [{coalition: pakt}]\n",
        "2:14: coalition[0].coalition: the world has no coalition 'pakt'",
    ),
    (OF_20 + "coalition: [{coalition: pact}]\n", "`statuses` is missing: which of those in the coalition pact count? "),
    (OF_20 + "coalition: [{coalition: pact, statuses: sign}]\n", "has status 'sign'; did you mean 'signed'"),
    ("named: [{regime: us-clean-netwrk}]" + WITH_XA, "there is no regime 'us-clean-netwrk'; did you mean 'us-clean-"),
    ("named: [{regime: mini.yaml, set: {reading: wid}}]" + WITH_XA, "not one of narrow, wide"),
    (
        OF_20 + "coalition: [{state: XZ}]\n",
        "2:14: coalition[0].state: an empty coalition: none of its members",
    ),
    ("named: [{state: XZ}]" + WITH_XA, "it names nobody: none of the 9 networks"),
    ("named: [{asn: [10, 11, 21]}]" + WITH_XA, "all 3 networks of the coalition are named themselves"),
    ("named: [{asn: 50}]" + WITH_XA + "answer: mirror\n", "3:1: answer: nobody answers"),
    ("remove: [{state: XZ}]\n", "1:1: remove: it removes no network"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:50] for text, _ in WRONG])
def test_what_cannot_be_cast_is_told_with_its_place(folder: Path, text: str, message: str) -> None:
    """Nobody meant, nobody left, or a name that the world does not know: file, place and what there is."""
    made = scenario(folder, text)
    with pytest.raises(ScenarioError) as caught:
        casting(made)
    assert str(caught.value).startswith(made.path)
    assert message in str(caught.value)


def test_a_narrow_reading_the_other_way_round_says_what_to_ask(folder: Path) -> None:
    """A list that is aimed at another names nobody; the message says why, and how the wide reading is asked for."""
    with pytest.raises(
        ScenarioError, match=r"names nobody.*9 may be.*not used under target XA.*--set mini.reading=wide"
    ):
        casting(of_regime(str(folder / "mini.yaml")), mini={"home": "XB", "target": "XA"})


def test_a_setting_of_another_regime_is_told(folder: Path) -> None:
    """--set for a regime that the scenario does not ask would do nothing in silence."""
    with pytest.raises(ScenarioError, match="'mine' is not a regime of this scenario; did you mean 'mini'"):
        casting(of_regime(str(folder / "mini.yaml")), mine={"home": "XB"})


def test_a_world_without_states_says_how_to_get_them(folder: Path) -> None:
    """With shipped facts alone a coalition of states is empty, and the message says what is missing."""
    made = scenario(folder, "named: [{asn: 20}]\ncoalition: [{state: US}]\n")
    with pytest.raises(ScenarioError, match=r"an empty coalition.*crossline world build"):
        casting(made, store.shipped())


def test_what_was_asked_is_json(folder: Path) -> None:
    """The scenario and its regime's parameters, in words."""
    made = replace(of_regime(str(folder / "mini.yaml")), sanctions=True)
    asked = casting(made, mini={"reach": "indirect"}).asked
    assert json.loads(json.dumps(asked)) == asked
    assert (asked["action"], asked["answer"], asked["sanctions"]) == ("filter", "none", True)
    assert asked["parameters"]["mini"] == {
        "home": "XA", "target": "XB", "reading": "narrow", "reach": "indirect", "statuses": ["signed"],
    }  # fmt: skip


def test_who_may_be_named_is_counted_and_not_named(folder: Path) -> None:
    """Four networks of unknown holders may be the list's; the cast says how many, by what is not known."""
    found = casting(scenario(folder, "named: [{list: refused}]\ncoalition: [{state: XA}]\n"))
    assert found.unsure == 4
    assert found.unsure_by == {"whose number it is, is not known": 4}


def test_rows_of_both_tables(folder: Path) -> None:
    """Who is named, with party and state by control; who is a member, with whose word that is."""
    made = scenario(
        folder, "named: [{party: beta, subsidiaries: true}]\ncoalition: [{coalition: pact, statuses: signed}]\n"
    )
    found = casting(made, made_up(membership=MEMBERS, party=PARTIES))
    assert found.named.columns == ["asn", "party", "state", "by", "rule", "cite", "why", "source"]
    assert found.named.select("asn", "party", "state", "source").rows() == [
        (20, "beta", "XB", "scenario"), (21, "beta-abroad", "XB", "scenario"),
    ]  # fmt: skip
    assert found.members.columns == ["member", "ases", "claimed_by", "status", "since", "source"]
