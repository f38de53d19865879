"""What rules ask of a tie's party: lists, control, ownership, coalitions, places, and who we are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from miniature import DAY, HALF, ask, company, regime, rule, verdict, world

BAD, OK, WHO = "violation", "compliant", "unknown"
BY_ORDER = HALF | {"also": [*HALF["also"], "direction"]}
STATES = [
    {"id": f"state-{code.lower()}", "name": code, "kind": "state", "domicile": code, "seat": code}
    for code in ("AD", "BB", "BC")
]


def asking(question: str, **keys: Any) -> Any:
    """Return a regime whose one rule asks a question of the operator."""
    return regime(rule(f"operator.exists(t, {question})"), **keys)


def of(*parties: str) -> dict[str, list[str]]:
    """Return what is given of an asset that is operated by parties."""
    return {"operator": [f"party:{party}" for party in parties]}


# -- listed ----------------------------------------------------------------------------------------------------

SINCE, UNTIL = date(2020, 1, 1), date(2021, 1, 1)
LISTING = [
    {"list": "l", "party": "p", "status": "listed", "scope": "cloud", "since": date(2020, 1, 1)},
    {"list": "l", "party": "q", "status": "removed", "scope": "cloud", "since": date(2020, 1, 1)},
    {"list": "l", "party": "s", "status": "listed", "scope": "cable", "since": SINCE, "until": UNTIL},
    {"list": "other", "party": "n", "status": "listed", "scope": "cloud"},
    {"list": "l", "party": "e", "status": "listed"},
    {"list": "l", "category": "whole-class", "status": "listed", "scope": "cloud"},
]  # fmt: skip
LISTS = world(party=[company(name) for name in "pqsne"], listing=LISTING)


@pytest.mark.parametrize(
    ("party", "selection", "as_of", "expected"),
    [
        ("p", {}, DAY, BAD),
        ("n", {}, DAY, OK),  # on another list only
        ("e", {}, DAY, BAD),
        # a status counts if the selection names it
        ("q", {}, DAY, OK),
        ("q", {"statuses": ["listed", "removed"]}, DAY, BAD),
        ("p", {"statuses": ["removed"]}, DAY, OK),
        # a scope counts if the selection names it, or names none; an entry without a scope is of no scope
        ("p", {"scope": "cloud"}, DAY, BAD),
        ("p", {"scope": "cable"}, DAY, OK),
        ("p", {"scope": ["cable", "cloud"]}, DAY, BAD),
        ("e", {"scope": "cloud"}, DAY, OK),
        # since is closed, until is open
        ("p", {}, date(2019, 12, 31), OK),
        ("p", {}, SINCE, BAD),
        ("s", {}, date(2020, 12, 31), BAD),
        ("s", {}, UNTIL, OK),
        # aimed at the target, issued by the home: AD's regime is aimed at BB
        ("p", {"aimed_at": "BB"}, DAY, BAD),
        ("p", {"aimed_at": "AD"}, DAY, WHO),
        ("n", {"aimed_at": "AD"}, DAY, WHO),
        ("p", {"issued_by": "AD"}, DAY, BAD),
        ("p", {"issued_by": "BB"}, DAY, WHO),
    ],
)
def test_listed(party: str, selection: dict[str, Any], as_of: date, expected: str) -> None:
    """A party is on a list by an entry of a status and scope that count, on the day asked for, if the list is used."""
    named = {"list": "l", "statuses": ["listed"]} | selection
    asked = asking('t.listed("named")', lists={"named": named})
    assert verdict(asked, LISTS, of(party), as_of=as_of) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ('t.listed("named", "2020-06-01")', BAD),
        ('t.listed("named", "2021-01-01")', OK),
        ('t.listed("named", as_of)', OK),
        ('t.listed("named", "2020-06-01", "cable")', BAD),
        ('t.listed("named", "2020-06-01", "cloud")', OK),
    ],
)
def test_listed_on_another_day(question: str, expected: str) -> None:
    """The second argument is the day at which the list is read, the third the scope that counts."""
    asked = asking(question, lists={"named": {"list": "l", "statuses": ["listed"]}})
    assert verdict(asked, LISTS, of("s")) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2019, 12, 31), OK), (SINCE, BAD), (date(2020, 12, 31), BAD), (UNTIL, OK), (None, WHO)],
)
def test_listed_on_the_day_of_a_column(day: date | None, expected: str) -> None:
    """Each asset asks of its own day; an asset without one is unknown."""
    asked = regime(
        rule('vendor.exists(t, t.listed("named", authorised_on))', kind="device"),
        lists={"named": {"list": "l", "statuses": ["listed"]}},
    )
    given: dict[str, Any] = {"vendor": ["party:s"]} | ({} if day is None else {"authorised_on": day})
    assert verdict(asked, LISTS, given) == expected
    # A party that never was on the list was not on it on any day, but the day still has to be known.
    assert verdict(asked, LISTS, given | {"vendor": ["party:n"]}) == (WHO if day is None else OK)


# dod-1260h, 13 February 2026: two companies were posted and withdrawn within an hour (docs/facts, listing.csv).
POSTED = world(
    party=[company("p")],
    listing=[
        {"list": "l", "party": "p", "status": "posted", "since": date(2026, 2, 13), "until": date(2026, 2, 14)},
        {"list": "l", "party": "p", "status": "withdrawn", "since": date(2026, 2, 13), "until": date(2026, 6, 8)},
        {"list": "l", "party": "p", "status": "listed", "since": date(2026, 6, 8)},
    ],
)


@pytest.mark.parametrize(
    ("statuses", "day", "expected"),
    [
        (["listed"], date(2026, 2, 13), OK),
        (["posted"], date(2026, 2, 13), BAD),
        (["posted"], date(2026, 2, 14), OK),
        (["withdrawn"], date(2026, 2, 13), BAD),
        (["listed"], date(2026, 6, 7), OK),
        (["listed"], date(2026, 6, 8), BAD),
        (["withdrawn"], date(2026, 6, 8), OK),
    ],
)
def test_posted_and_withdrawn_are_not_listed(statuses: list[str], day: date, expected: str) -> None:
    """Statuses are different things: only those that the regime counts make a party listed."""
    asked = asking('t.listed("named")', lists={"named": {"list": "l", "statuses": statuses}})
    assert verdict(asked, POSTED, of("p"), as_of=day) == expected


def test_a_parameter_may_hold_the_statuses() -> None:
    """Which statuses count can be set by whoever runs the regime."""
    asked = asking(
        't.listed("named")',
        lists={"named": {"list": "l", "statuses": "$which"}},
        parameters={"which": {"default": ["listed"], "about": "which count"}},
    )
    assert verdict(asked, LISTS, of("q")) == OK
    assert verdict(asked, LISTS, of("q"), set={"which": ["removed"]}) == BAD


# -- held by a listed party ------------------------------------------------------------------------------------

# p is widely held, and holds 60 % of a, which holds 50 % of b; p holds 40 to 60 % of c, 20 % of d; f, widely held too,
# holds 80 % of d; g's owners are unsaid.
GROUP = world(
    party=[*(company(name) for name in "pabcdfg"), company("free", kind="dispersed")],
    control=[
        {"owner": "free", "owned": "p", "kind": "both", "share_min": 100, "share_max": 100},
        {"owner": "p", "owned": "a", "kind": "both", "share_min": 60, "share_max": 60, "since": SINCE},
        {"owner": "free", "owned": "a", "kind": "both", "share_min": 40, "share_max": 40},
        {"owner": "a", "owned": "b", "kind": "both", "share_min": 50, "share_max": 50},
        {"owner": "p", "owned": "c", "kind": "both", "share_min": 40, "share_max": 60},
        {"owner": "p", "owned": "d", "kind": "both", "share_min": 20, "share_max": 20},
        {"owner": "f", "owned": "d", "kind": "both", "share_min": 80, "share_max": 80},
        {"owner": "free", "owned": "f", "kind": "both", "share_min": 100, "share_max": 100},
    ],
    listing=[{"list": "l", "party": "p", "status": "listed", "since": date(2022, 1, 1), "until": date(2026, 1, 1)}],
)


@pytest.mark.parametrize(
    ("party", "as_of", "expected"),
    [
        ("p", date(2023, 1, 1), BAD),
        ("a", date(2023, 1, 1), BAD),
        ("b", date(2023, 1, 1), BAD),
        ("c", date(2023, 1, 1), WHO),
        ("d", date(2023, 1, 1), OK),
        ("g", date(2023, 1, 1), WHO),
        ("a", date(2021, 12, 31), OK),  # nobody is listed yet
        ("p", DAY, OK),
    ],
)
def test_held_by_listed(party: str, as_of: date, expected: str) -> None:
    """A holder of at least half carries the list down the chain; a range across the line, or no owners, is unknown."""
    named = {"list": "l", "statuses": ["listed"], "doctrine": "half"}
    asked = asking('t.held_by_listed("named")', lists={"named": named}, doctrines={"half": HALF | {"also": []}})
    assert verdict(asked, GROUP, of(party), as_of=as_of) == expected


@pytest.mark.parametrize(("day", "expected"), [("2025-12-31", BAD), ("2026-01-01", OK)])
def test_held_by_listed_on_another_day(day: str, expected: str) -> None:
    """The list is read at the day that is asked for."""
    named = {"list": "l", "statuses": ["listed"], "doctrine": "half"}
    asked = asking(
        f't.held_by_listed("named", "{day}")', lists={"named": named}, doctrines={"half": HALF | {"also": []}}
    )
    assert verdict(asked, GROUP, of("a")) == expected


def test_control_is_that_of_the_day_of_the_question() -> None:
    """Before p held a, a was not held by it, though the list names p."""
    named = {"list": "l", "statuses": ["listed"], "doctrine": "half"}
    asked = asking(
        't.held_by_listed("named", "2023-01-01")', lists={"named": named}, doctrines={"half": HALF | {"also": []}}
    )
    assert verdict(asked, GROUP, of("a"), as_of=date(2020, 1, 1)) == BAD
    # The day before, 60 % of a are in nobody's stated hands.
    assert verdict(asked, GROUP, of("a"), as_of=date(2019, 12, 31)) == WHO


@pytest.mark.parametrize(("party", "alone", "group"), [("p", BAD, BAD), ("a", OK, BAD), ("c", OK, OK), ("g", OK, OK)])
def test_a_list_may_name_groups(party: str, alone: str, group: str) -> None:
    """With subsidiaries a party that is certainly held is named too; one that may be is not, nor unknown."""
    for subsidiaries, expected in ((False, alone), (True, group)):
        named = {"list": "l", "statuses": ["listed"], "doctrine": "half", "subsidiaries": subsidiaries}
        asked = asking('t.listed("named")', lists={"named": named}, doctrines={"half": HALF | {"also": []}})
        assert verdict(asked, GROUP, of(party), as_of=date(2023, 1, 1)) == expected


# -- control and ownership by a state ----------------------------------------------------------------------------

# in-b is incorporated in BB and seat-b has its head office there, both widely held; of-b is half BB's; in-bc is in BC.
PLACED = world(
    party=[
        *STATES,
        company("in-b", domicile="BB", seat="AD"),
        company("seat-b", domicile="AD", seat="BB"),
        company("of-b", domicile="AD", seat="AD"),
        company("in-bc", domicile="BC", seat="BC"),
        company("in-a", domicile="AD", seat="AD"),
        company("unsaid", domicile="AD", seat="AD"),
        company("told", domicile="AD", seat="AD"),
        company("ministry", kind="agency", domicile="BB"),
        company("free", kind="dispersed"),
    ],
    control=[
        {"owner": "free", "owned": name, "kind": "both", "share_min": 100, "share_max": 100}
        for name in ("in-b", "seat-b", "in-bc", "in-a", "told")
    ]
    + [
        {"owner": "state-bb", "owned": "of-b", "kind": "both", "share_min": 50, "share_max": 50},
        {"owner": "free", "owned": "of-b", "kind": "both", "share_min": 50, "share_max": 50},
        {"owner": "ministry", "owned": "told", "kind": "direction"},
    ],
)
STATE_RULES: dict[str, Any] = {
    "doctrines": {"half": BY_ORDER},
    "controlled_by": "half",
    "state_owned_by": "half",
    "covers": [{"state": "BB", "code": "BC", "since": date(2020, 7, 14), "until": date(2025, 1, 1), "source": "s"}],
}


@pytest.mark.parametrize(
    ("party", "controlled", "owned"),
    [
        ("in-b", BAD, OK),
        ("seat-b", BAD, OK),
        ("of-b", BAD, BAD),
        ("in-a", OK, OK),
        ("told", BAD, BAD),
        ("unsaid", WHO, WHO),
        ("ministry", BAD, BAD),
        ("state-bb", BAD, BAD),
        ("state-ad", OK, OK),
        ("state-bc", OK, OK),
        ("in-bc", OK, OK),
    ],
)
def test_controlled_from_and_owned_by_differ(party: str, controlled: str, owned: str) -> None:
    """Answerable to a state's law (where it is incorporated or sits) is not the same as owned by it."""
    assert verdict(asking("t.controlled_from(target)", **STATE_RULES), PLACED, of(party)) == controlled
    assert verdict(asking("t.owned_by_state(target)", **STATE_RULES), PLACED, of(party)) == owned


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(date(2020, 7, 13), OK), (date(2020, 7, 14), BAD), (date(2024, 12, 31), BAD), (date(2025, 1, 1), OK)],
)
def test_a_states_name_covers_codes_for_a_time(as_of: date, expected: str) -> None:
    """A code is covered from since up to, and not on, until, as of the day of the question."""
    asked = asking("t.controlled_from(target)", **STATE_RULES)
    assert verdict(asked, PLACED, of("in-bc"), as_of=as_of) == expected
    assert verdict(asked, PLACED, of("in-bc"), as_of=as_of, set={"target": "BC"}) == BAD
    placed = asking("t.placed_in(target)", **STATE_RULES)
    given = {"operator": [{"id": "vendor:x", "place": "BC"}]}
    assert verdict(placed, PLACED, given, as_of=as_of) == expected


@pytest.mark.parametrize(
    ("party", "target", "expected"), [("in-b", "AD", BAD), ("in-a", "AD", BAD), ("in-bc", "AD", OK), ("in-b", "CC", OK)]
)
def test_the_state_asked_about_is_a_parameter(party: str, target: str, expected: str) -> None:
    """The same rule asks of any state."""
    assert (
        verdict(asking("t.controlled_from(target)", **STATE_RULES), PLACED, of(party), set={"target": target})
        == expected
    )


def test_without_a_target_nothing_is_controlled_from_it() -> None:
    """A regime that is aimed at nobody leaves the question without an object: unknown."""
    asked = asking("t.controlled_from(target)", **(STATE_RULES | {"target": None}))
    assert verdict(asked, PLACED, of("in-b")) == WHO
    assert any("missing" in line for line in ask(asked, PLACED, of("in-b")).why)
    aimed = asking("t.controlled_from(target)", **STATE_RULES)
    assert verdict(aimed, PLACED, of("in-b"), set={"target": None}) == WHO


def test_without_a_doctrine_control_is_unknown() -> None:
    """A regime that does not say when a party is controlled gets no answer."""
    assert verdict(asking("t.controlled_from(target)"), PLACED, of("in-b")) == WHO
    assert verdict(asking("t.owned_by_state(target)"), PLACED, of("of-b")) == WHO


# -- places, states, coalitions, ourselves -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tie", "question", "expected"),
    [
        ({"place": "BB"}, "t.placed_in(target)", BAD),
        ({"place": "AD"}, "t.placed_in(target)", OK),
        ({}, "t.placed_in(target)", WHO),
        ({"registered": "BB"}, "t.placed_in(target)", WHO),  # a registry's country is never a place
        ({"registered": "BB"}, 't.registered == "BB"', BAD),
        ({}, 't.registered == "BB"', WHO),
        ({"share_min": 10.0, "share_max": 20.0}, "t.share_min >= 10 && t.share_max <= 20", BAD),
        ({"share_min": 9.99}, "t.share_min >= 10", OK),
        ({"basis": "observed"}, 't.basis == "observed"', BAD),
        ({"place": "BB"}, 't.identifier == "vendor:x" && t.type == "vendor" && t.value == "x"', BAD),
    ],
)
def test_fields_of_a_tie(tie: dict[str, Any], question: str, expected: str) -> None:
    """What a tie says of itself can be asked; what it does not say is unknown."""
    given = {"operator": [{"id": "vendor:x"} | tie]}
    assert verdict(asking(question, **STATE_RULES), PLACED, given) == expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [("state:BB", BAD), ("state:AD", OK), ("party:ministry", BAD), ("party:in-b", WHO), ("vendor:nobody", WHO)],
)
def test_the_state_of_a_tie(identifier: str, expected: str) -> None:
    """A state, and an agency of one, has the state's code; a company has none."""
    assert verdict(asking("t.state == target"), PLACED, {"operator": [identifier]}) == expected


MEMBERS = world(
    party=[*STATES, company("p"), company("q"), company("n")],
    membership=[
        {"coalition": "c", "member": "state:AD", "status": "signed", "since": SINCE},
        {"coalition": "c", "member": "party:p", "status": "named", "since": SINCE, "until": UNTIL},
        {"coalition": "d", "member": "party:n", "status": "signed", "since": SINCE},
        {"coalition": "c", "member": "party:q", "status": "signed"},
    ],
)


@pytest.mark.parametrize(
    ("identifier", "statuses", "as_of", "expected"),
    [
        ("state:AD", ["signed"], DAY, BAD),
        ("state:AD", ["signed"], date(2019, 12, 31), OK),
        ("state:BB", ["signed"], DAY, OK),
        ("party:p", ["signed"], date(2020, 6, 1), OK),
        ("party:p", ["signed", "named"], date(2020, 6, 1), BAD),
        ("party:p", ["named"], UNTIL, OK),
        ("party:n", ["signed"], DAY, OK),
        ("party:q", ["signed"], DAY, BAD),
        ("vendor:nobody", ["signed"], DAY, WHO),
    ],
)
def test_members(identifier: str, statuses: list[str], as_of: date, expected: str) -> None:
    """A member has a status that counts in the coalition asked about, on the day of the question."""
    for held, settings in ((statuses, {}), ("$which", {"which": statuses})):
        asked = asking(
            't.member("us")',
            coalitions={"us": {"coalition": "c", "statuses": held}},
            parameters={"which": {"default": ["none"], "about": "which count"}},
        )
        assert verdict(asked, MEMBERS, {"operator": [identifier]}, as_of=as_of, set=settings) == expected


OURS = world(
    party=[company("p"), company("q")],
    identifier=[
        {"type": "asn", "value": "64500", "party": "p", "seen": DAY},
        {"type": "asn", "value": "64501", "party": "q", "seen": DAY},
    ],
)


@pytest.mark.parametrize(
    ("identifier", "we", "expected"),
    [
        ("party:p", {"states": ["AD"], "parties": ["p"], "asns": []}, BAD),
        ("asn:64500", {"states": ["AD"], "parties": ["p"], "asns": []}, BAD),
        ("asn:64501", {"states": ["AD"], "parties": ["p"], "asns": []}, OK),
        ("asn:64501", {"states": ["AD"], "parties": [], "asns": ["64501"]}, BAD),
        ("asn:64502", {"states": ["AD"], "parties": [], "asns": ["64502"]}, BAD),
        ("asn:64503", {"states": ["AD"], "parties": ["p"], "asns": ["64502"]}, WHO),
        ("asn:64500", None, WHO),  # nobody said who we are
        ("asn:64500", {"states": ["AD"], "parties": [], "asns": []}, OK),
    ],
)
def test_ours(identifier: str, we: dict[str, list[str]] | None, expected: str) -> None:
    """A tie is ours by our number or our party; while nobody says who we are it is unknown, and so is a stranger's."""
    assert verdict(asking("t.ours"), OURS, {"operator": [identifier]}, we=we) == expected


@pytest.mark.parametrize(
    ("we", "expected"),
    [
        (None, BAD),
        ({"states": ["AD"]}, BAD),
        ({"states": ["BB"]}, "not-applicable"),
        ({"states": []}, BAD),  # not said: taken to be in the home
    ],
)
def test_who_asks(we: dict[str, list[str]] | None, expected: str) -> None:
    """A rule that binds the home's own binds us where we are of it; unsaid, we are taken to be."""
    asked = regime(rule("true", binds="home in we.states"))
    assert verdict(asked, world(), {}, we=we) == expected
    swapped = verdict(asked, world(), {}, we=we, set={"home": "CC"})
    assert swapped == ("not-applicable" if we and we["states"] else BAD)
