"""Where a party was incorporated, where its head office is, and from where it is controlled are three things."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from miniature import DAY, HALF, audited, batch, company, estate_of, regime, rule, world

LISTS = {"named": {"list": "l", "statuses": ["listed"]}}
# By this doctrine a body answers to where it was set up as well; ZZ counts under BB.
DOCTRINE: dict[str, Any] = {
    "doctrines": {"half": HALF | {"also": ["domicile", "seat"]}}, "controlled_by": "half",
    "covers": [{"state": "BB", "code": "ZZ", "source": "s"}],
}  # fmt: skip
ASKED = regime(rule("embeds.exists(t, t.listed('named'))", kind="app", line="store"), lists=LISTS, **DOCTRINE)
# Parent was set up in KY, has its head office in ZZ, and holds Maker, which no place is stated of. Paper is of KY.
ABOUT = world(
    source=[{"id": name, "title": name, "published": DAY} for name in ("s", "list-a")],
    party=[company("maker"), company("parent", domicile="KY", seat="ZZ", source="list-a"),
           company("paper", domicile="KY")],
    control=[{"owner": "parent", "owned": "maker", "kind": "both", "share_min": 100.0, "share_max": 100.0}],
    identifier=[{"type": "library", "value": name.title(), "party": name, "seen": DAY}
                for name in ("maker", "parent", "paper")],
    registration=[{"type": "vendor", "value": "oneplus", "name": "oppo", "seen": DAY}],
)  # fmt: skip
APP = {"embeds": ["library:Maker", "library:Parent", "library:Paper"], "distributor": ["vendor:oneplus"]}


@pytest.fixture(scope="module")
def made() -> Any:
    """Return the audit of one app that carries code of the three."""
    return audited(ASKED, ABOUT, estate_of(("one.apk", batch("app", {"app:one": APP}, []))))


def test_nobody_is_in_control_by_incorporation(made: Any) -> None:
    """A party that is merely set up in a state has that state as such; a head office stands apart from both."""
    told = {row["owner"]: row["states"] for row in made.header["apps"]["described"][0]["libraries"]}
    held = {"state": "BB", "as": "in-control", "source": None, "doctrine": "mini", "covered": ["ZZ"]}
    seated = {**held, "source": "list-a"}  # one statement decides: the head office, and of its subsidiary it takes two
    assert told == {
        "MAKER": [held],
        "PARENT": [seated, {"state": "ZZ", "as": "seat", "source": "list-a"},
                   {"state": "KY", "as": "incorporated", "source": "list-a"}],
        "PAPER": [{"state": "KY", "as": "incorporated", "source": "s"}],
    }  # fmt: skip


def test_control_stands_first_and_under_the_state_that_a_code_counts_under(made: Any) -> None:
    """Of the app and of all apps: two libraries controlled from BB through ZZ, before one seat and two set up in KY."""
    rows = made.header["apps"]["described"][0]["states"]
    assert [(row["state"], row["as"], row["libraries"], row.get("covered")) for row in rows] == [
        ("BB", "in-control", 2, ["ZZ"]), ("ZZ", "seat", 1, None), ("KY", "incorporated", 2, None),
    ]  # fmt: skip
    carried = next(part for part in made.header["apps"]["summary"]["roles"] if part["role"] == "embeds")
    assert [(row["state"], row["as"], row["apps"], row.get("covered")) for row in carried["states"]] == [
        ("BB", "in-control", 1, ["ZZ"]), ("ZZ", "seat", 1, None), ("KY", "incorporated", 1, None),
    ]  # fmt: skip


def test_what_is_depended_on_counts_by_control_and_not_by_incorporation(made: Any) -> None:
    """The states that control a party depended on are BB alone: neither KY, nor ZZ apart from BB."""
    controlled = made.exposure.filter(pl.col("what") == "state-controlled")
    assert controlled.select("id", "assets").rows() == [("BB", 1)]


def test_a_party_says_by_which_statement_it_is_controlled(made: Any) -> None:
    """The chain ends at the head office, and at the word that its code counts under the state."""
    maker = next(one for one in made.header["parties"] if one["id"] == "maker")
    (control,) = maker["controlled"]
    assert control["state"] == "BB"
    assert [step["statement"] for step in control["steps"]] == [
        "PARENT holds 100 % of equity and votes of MAKER", "PARENT has its head office in ZZ",
        "ZZ counts under BB in this regime",
    ]  # fmt: skip


def test_a_name_is_not_hidden_behind_what_a_list_calls_its_holder(made: Any) -> None:
    """A store that is known by its name alone keeps it, whatever a list takes to be behind it."""
    assert made.exposure.filter(pl.col("id") == "vendor:oneplus")["name"].to_list() == ["oneplus"]
    assert next(one["name"] for one in made.header["parties"] if one["id"] == "vendor:oneplus") == "oneplus"


def test_names_of_numbers_are_still_those_of_registries() -> None:
    """A number says nothing, so that a registry's name for it stands."""
    about = world(registration=[{"type": "asn", "value": "64500", "name": "Net Ltd", "seen": DAY}])
    tied = estate_of(batch("data-store", {"a": {"operator": ["asn:64500"]}}))
    made = audited(ASKED, about, tied)
    assert made.exposure.filter(pl.col("id") == "asn:64500")["name"].to_list() == ["Net Ltd"]
