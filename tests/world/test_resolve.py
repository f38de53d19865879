"""Which party an identifier leads to, on which day, and when nobody can say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from crossline.evaluate import keys_of
from crossline.world import World, resolve
from miniature import DAY, batch, company, estate_of, regime, rule, verdicts, world

P, Q = company("p"), company("q")


def held(party: str, **when: date) -> dict[str, Any]:
    """Return a statement that AS64500 is a party's."""
    return {"type": "asn", "value": "64500", "party": party} | when


def parties(about: World, day: date, label: str = "asn:64500", *, accept_stale: bool = False) -> tuple[set[str], bool]:
    """Return the parties that an identifier leads to on a day, and whether statements exist for other days only."""
    made = estate_of(batch("session", {"s": {"neighbour": [label], "observed_at": day}}))
    keys, _ = keys_of(made, about, accept_stale=accept_stale)
    ids = about.table("party")["id"].to_list()
    found = resolve.resolve(about, {name: number for number, name in enumerate(ids)}, keys, accept_stale=accept_stale)
    return {ids[number] for number in found.parties(0)}, bool(found.stale[0])


SEEN = date(2020, 7, 1)


# DESIGN, "Dates": a snapshot speaks for one year before its date and three after. 365 days before 1 July 2020 is
# 2 July 2019 (29 February 2020 lies between); 1,095 days after it is 1 July 2023.
@pytest.mark.parametrize(
    ("day", "speaks"),
    [
        (date(2019, 7, 1), False),
        (date(2019, 7, 2), True),
        (SEEN, True),
        (date(2023, 7, 1), True),
        (date(2023, 7, 2), False),
    ],
)
def test_a_snapshot_speaks_for_a_year_before_and_three_after(day: date, speaks: bool) -> None:
    """What was seen once is taken to hold for a while, and beyond that statements exist but none speaks."""
    assert parties(world(party=[P], identifier=[held("p", seen=SEEN)]), day) == ({"p"} if speaks else set(), not speaks)
    assert resolve.covers(SEEN, day) is speaks


@pytest.mark.parametrize("seen", [date.min, date.max])
def test_a_snapshot_of_the_first_or_last_day_there_is_speaks_for_that_day(seen: date) -> None:
    """Between a snapshot and itself lie no days, wherever a calendar ends."""
    assert resolve.covers(seen, seen)
    assert not resolve.covers(seen, SEEN)


@pytest.mark.parametrize(
    ("span", "day", "speaks"),
    [
        ({"since": date(2020, 1, 1), "until": date(2021, 1, 1)}, date(2019, 12, 31), False),
        ({"since": date(2020, 1, 1), "until": date(2021, 1, 1)}, date(2020, 1, 1), True),
        ({"since": date(2020, 1, 1), "until": date(2021, 1, 1)}, date(2020, 12, 31), True),
        ({"since": date(2020, 1, 1), "until": date(2021, 1, 1)}, date(2021, 1, 1), False),
        ({"since": date(2000, 1, 1)}, date(2199, 12, 31), True),
        ({"until": date(2021, 1, 1)}, date(1999, 1, 1), True),
        ({"until": date(2021, 1, 1)}, date(2021, 1, 1), False),
        # a statement with dates speaks for its span, whenever it was seen
        ({"since": date(2000, 1, 1), "seen": date(2001, 1, 1)}, date(2026, 1, 1), True),
        ({"until": date(2021, 1, 1), "seen": date(2026, 1, 1)}, date(2026, 1, 1), False),
        # one without any date speaks always
        ({}, date(1999, 1, 1), True),
    ],
)
def test_a_dated_statement_speaks_for_its_span(span: dict[str, date], day: date, speaks: bool) -> None:
    """Since is closed, until is open, and an end that is not stated is not there."""
    assert parties(world(party=[P], identifier=[held("p", **span)]), day)[0] == ({"p"} if speaks else set())


# p seen 1 January 2010 speaks until 31 December 2012, q seen 1 January 2020 from 1 January 2019 (365 days before).
MOVED = world(party=[P, Q], identifier=[held("p", seen=date(2010, 1, 1)), held("q", seen=date(2020, 1, 1))])


@pytest.mark.parametrize(
    ("day", "strict", "stale"),
    [
        (date(2012, 12, 31), {"p"}, {"p"}),
        (date(2013, 1, 1), set(), {"p"}),
        (date(2015, 12, 31), set(), {"p"}),  # 1,095 days after p's last, 1,097 before q's first
        (date(2016, 1, 1), set(), {"p", "q"}),  # 1,096 days from both
        (date(2016, 1, 2), set(), {"q"}),
        (date(2018, 12, 31), set(), {"q"}),
        (date(2019, 1, 1), {"q"}, {"q"}),
    ],
)
def test_the_nearest_sighting_speaks_if_stale_ones_may(day: date, strict: set[str], stale: set[str]) -> None:
    """With --accept-stale the statement whose span lies nearest speaks; of two equally near, both."""
    assert parties(MOVED, day)[0] == strict
    assert parties(MOVED, day, accept_stale=True)[0] == stale


@pytest.mark.parametrize(("source", "expected"), [("trackers-2024-01-01", {"p"}), ("owners-2024-01-01", set())])
def test_the_name_of_a_library_is_no_record_of_a_holder(source: str, expected: set[str]) -> None:
    """A record of the day beats a sighting of years before; the name of a library that contacts a host does not."""
    about = world(
        party=[P],
        identifier=[{"type": "domain", "value": "p.example", "party": "p", "seen": date(2010, 1, 1)}],
        registration=[
            {"type": "domain", "value": "p.example", "name": "Ads", "seen": date(2024, 1, 1), "source": source}
        ],
        signature=[{"library": "L", "of": "class", "form": "exact", "pattern": "a/B", "source": "trackers-2020-01-01"}],
    )
    assert parties(about, date(2024, 1, 1), "domain:p.example", accept_stale=True)[0] == expected


LISTED = regime(
    rule('neighbour.exists(t, t.listed("named"))', kind="session", line="carrier"),
    lists={"named": {"list": "l", "statuses": ["listed"]}},
)


def session(label: str, about: World, *, day: date = SEEN, **options: Any) -> str:
    """Return the verdict on a session with a neighbour, under a list."""
    made = estate_of(batch("session", {"s": {"neighbour": [label], "observed_at": day}}))
    return verdicts(LISTED, about, made, as_of=date(2021, 1, 1), **options)["s"]


def listing(*names: str) -> list[dict[str, Any]]:
    """Return entries of a list."""
    return [{"list": "l", "party": name, "status": "listed"} for name in names]


@pytest.mark.parametrize(
    ("on_list", "expected"), [((), "compliant"), (("p",), "unknown"), (("q",), "unknown"), (("p", "q"), "violation")]
)
def test_where_sources_disagree_an_answer_must_hold_under_each(on_list: tuple[str, ...], expected: str) -> None:
    """Two sources name two holders: the answer stands if both are on the list or neither is, else it is unknown."""
    one, other = held("p", seen=SEEN) | {"source": "one"}, held("q", seen=SEEN) | {"source": "other"}
    about = world(party=[P, Q], identifier=[one, other], listing=listing(*on_list))
    assert parties(about, SEEN)[0] == {"p", "q"}
    assert session("asn:64500", about) == expected


def test_sources_that_agree_are_one_answer() -> None:
    """Two statements on one party are no dispute."""
    about = world(party=[P], identifier=[held("p", seen=SEEN), held("p", since=SEEN)], listing=listing("p"))
    assert session("asn:64500", about) == "violation"


def test_a_name_in_a_registry_makes_no_party() -> None:
    """A registrant that is called exactly like a listed party is not that party."""
    registered = [{"type": "asn", "value": "64500", "name": "P", "registered": "BB", "seen": SEEN}]
    about = world(party=[P], registration=registered, listing=listing("p"))
    assert parties(about, SEEN) == (set(), False)
    assert session("asn:64500", about) == "unknown"


# -- completeness ------------------------------------------------------------------------------------------------


def complete(*parties: str, as_of: date = SEEN, kind: str = "asn") -> list[dict[str, Any]]:
    """Return statements that all identifiers of a type are known of parties."""
    return [{"party": name, "type": kind, "as_of": as_of} for name in parties]


@pytest.mark.parametrize(
    ("label", "statements", "expected"),
    [
        ("asn:65000000", complete("p", "q"), "compliant"),
        ("asn:65000000", complete("p"), "unknown"),  # q may hold it
        ("asn:65000000", complete("p", "q", kind="vendor"), "unknown"),
        ("asn:65000000", [], "unknown"),
        ("asn:64500", complete("p", "q"), "violation"),
    ],
)
def test_an_identifier_outside_complete_ones_is_nobodys_of_the_list(
    label: str, statements: list[dict[str, Any]], expected: str
) -> None:
    """A number that leads to no party is off the list only if every listed party's numbers are all stated."""
    about = world(party=[P, Q], identifier=[held("p", seen=SEEN)], listing=listing("p", "q"), completeness=statements)
    assert session(label, about) == expected


# RFC 7607 (0), RFC 6793 (23456), RFC 6996 (private use), RFC 5398 (documentation), RFC 7300 (last numbers).
@pytest.mark.parametrize("number", [0, 23456, 64512, 65534, 65535, 4200000000, 4294967294, 4294967295, 64496, 65551])
def test_numbers_that_name_nobody_stay_unknown(number: int) -> None:
    """Numbers that anybody may use lead to no party, and complete statements do not exclude whoever uses them."""
    about = world(party=[P], listing=listing("p"), completeness=complete("p"))
    assert session(f"asn:{number}", about) == "unknown"
    assert session("asn:65000000", about) == "compliant"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2019, 7, 1), "unknown"),
        (date(2019, 7, 2), "compliant"),
        (date(2023, 7, 1), "compliant"),
        (date(2023, 7, 2), "unknown"),
    ],
)
def test_completeness_speaks_for_as_long_as_a_snapshot(day: date, expected: str) -> None:
    """That all identifiers are known was so when it was said: it speaks a year before and three after."""
    about = world(party=[P], listing=listing("p"), completeness=complete("p"))
    assert session("asn:65000000", about, day=day) == expected
    assert session("asn:65000000", about, day=day, accept_stale=True) == "compliant"


def test_a_stale_number_is_not_excluded() -> None:
    """A number that a party held at another time may still be its own: complete statements do not clear it."""
    about = world(
        party=[P, Q],
        identifier=[held("q", seen=SEEN - timedelta(days=4000))],
        listing=listing("p"),
        completeness=complete("p"),
    )
    assert session("asn:64500", about) == "unknown"
    assert session("asn:64500", about, accept_stale=True) == "compliant"


def test_an_empty_list_names_nobody() -> None:
    """Where nobody is on the list no identifier is anybody's of it."""
    assert session("asn:65000000", world(party=[P])) == "compliant"


# -- registered country -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "accept_stale", "expected"),
    [
        ([("BB", SEEN)], False, "violation"),
        ([("AD", SEEN)], False, "compliant"),
        ([("BB", SEEN), ("BB", DAY)], False, "violation"),
        ([("BB", SEEN), ("AD", SEEN)], False, "unknown"),
        ([("BB", date(2010, 1, 1))], False, "unknown"),
        ([("BB", date(2010, 1, 1))], True, "violation"),
        ([(None, SEEN)], False, "unknown"),
        ([], False, "unknown"),
    ],
)
def test_a_registered_country_is_what_registries_agree_on(
    rows: list[tuple[str | None, date]], accept_stale: bool, expected: str
) -> None:
    """Where a number is registered is known if the statements that speak for its day agree."""
    registered = [{"type": "asn", "value": "65000000", "registered": code, "seen": seen} for code, seen in rows]
    asked = regime(rule('neighbour.exists(t, t.registered == "BB")', kind="session", line="carrier"))
    made = estate_of(batch("session", {"s": {"neighbour": ["asn:65000000"], "observed_at": SEEN}}))
    assert verdicts(asked, world(registration=registered), made, accept_stale=accept_stale) == {"s": expected}


def test_what_a_file_says_of_its_tie_goes_before_the_registry() -> None:
    """A tie that states where its number is registered is believed about itself."""
    registered = [{"type": "asn", "value": "65000000", "registered": "AD", "seen": SEEN}]
    asked = regime(rule('neighbour.exists(t, t.registered == "BB")', kind="session", line="carrier"))
    tie = ("asn:65000000", {"registered": "BB"})
    made = estate_of(batch("session", {"s": {"neighbour": [tie], "observed_at": SEEN}}))
    assert verdicts(asked, world(registration=registered), made) == {"s": "violation"}
