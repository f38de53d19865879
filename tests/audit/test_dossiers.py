"""What a report states of parties and states: bounded, sourced, and counted as a person would count."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from crossline.auditing.dossiers import PARTIES
from crossline.digest import digest
from miniature import BY_HALF, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from crossline.reports import Audit
    from crossline.world import World

LISTS = {"named": {"list": "l", "statuses": ["listed"], "doctrine": "half", "subsidiaries": True}}
ASKED = regime(rule("operator.exists(t, t.listed('named'))"), lists=LISTS, **BY_HALF)
STATES = [
    {"id": f"state-{c}", "name": n, "kind": "state", "domicile": c.upper()} for c, n in (("bb", "Beta"), ("cc", "Ce"))
]
ABOUT: World = world(
    party=[
        company("sub"),
        company("top", domicile="BB", seat="CC"),
        company("other", domicile="AD", seat="CC"),
        *STATES,
    ],
    control=[
        {
            "owner": "top",
            "owned": "sub",
            "kind": "equity",
            "share_min": 60.0,
            "share_max": 60.0,
            "since": date(2020, 1, 2),
        },
        {"owner": "state-bb", "owned": "top", "kind": "both", "share_min": 100.0, "share_max": 100.0},
        {
            "owner": "other",
            "owned": "top",
            "kind": "equity",
            "share_min": 1.0,
            "share_max": 1.0,
            "until": date(2021, 1, 1),
        },
    ],
    listing=[
        {"list": "l", "party": "top", "status": "listed", "since": date(2021, 5, 6)},
        {"list": "elsewhere", "party": "top", "status": "listed"},
        {"list": "gone", "party": "top", "status": "listed", "until": date(2022, 1, 1)},
    ],
)
STORES: dict[str, dict[str, Any]] = {
    "a": {"operator": ["party:sub"], "host": ["party:other"]},
    "b": {"operator": ["party:sub"], "host": ["party:sub"]},
    "c": {"operator": ["party:other"], "owner": ["party:top"]},
    "d": {"operator": ["party:other"], "bundle": 2},
}


@pytest.fixture(scope="module")
def made() -> Audit:
    """Return the audit of four data stores, of which two are run by a subsidiary of a listed party."""
    return audited(ASKED, ABOUT, estate_of(batch("data-store", STORES)))


def party(audit: Audit, name: str) -> dict[str, Any]:
    """Return what the report states of a party."""
    return next(one for one in audit.header["parties"] if one["id"] == name)


def test_the_accused_come_first_and_states_have_no_dossier_of_a_party(made: Audit) -> None:
    """Who decides a violation is described first, then who most assets depend on; a state is none of them."""
    assert [one["id"] for one in made.header["parties"]] == ["sub", "other", "top"]


def test_assets_are_counted_by_kind_and_role(made: Audit) -> None:
    """An asset counts once for each role in which it depends on a party, as going through them by hand counts."""
    naive = Counter(
        (name.removeprefix("party:"), role)
        for key, store in STORES.items()
        for role in ("operator", "host", "owner")
        for name in (STORES["c"] if key == "d" else store).get(role, [])
    )
    for one in made.header["parties"]:
        told = {(one["id"], row["role"]): row["assets"] for row in one["depends"]}
        assert told == {key: count for key, count in naive.items() if key[0] == one["id"]}
    assert next(row["share_pct"] for row in party(made, "sub")["depends"] if row["role"] == "operator") == 50.0


def test_others_on_the_same_assets(made: Audit) -> None:
    """Beside a party stand those that some asset depends on as well, with the number of such assets."""
    assert [(one["id"], one["kinds"]) for one in party(made, "other")["beside"]] == [
        ("top", [{"kind": "data-store", "assets": 2}]), ("sub", [{"kind": "data-store", "assets": 1}]),
    ]  # fmt: skip


def test_only_statements_in_force_are_told(made: Audit) -> None:
    """Lists and shares that had ended by the date of the question are left out, and each statement has its source."""
    assert [(step["list"], step["regimes"]) for step in party(made, "top")["named"]] == [
        ("l", ["mini"]),
        ("elsewhere", []),
    ]
    edges = {(edge["owner"], edge["owned"]): edge for edge in made.header["edges"]}
    assert set(edges) == {("top", "sub"), ("state-bb", "top")}
    assert edges["top", "sub"]["held"] == "60 % of the equity"
    assert edges["top", "sub"]["since"] == "2020-01-02"
    assert {edge["source"] for edge in edges.values()} == {"s"}
    assert made.header["sources"]["s"]["title"] == "A made-up source"


def test_where_a_party_is_and_who_controls_it_are_two_things(made: Audit) -> None:
    """A party incorporated in one state and seated in another is said to be so; its subsidiary has no place of its own,
    and is controlled from where its owner has its head office, and by whoever holds that: not from where it was set up.
    """  # noqa: D205 - one sentence
    assert (party(made, "top")["domicile"], party(made, "top")["seat"]) == (["BB"], ["CC"])
    assert (party(made, "sub")["domicile"], party(made, "sub")["seat"]) == ([], [])
    controlled = {
        one["state"]: [step["statement"] for step in one["steps"]] for one in party(made, "sub")["controlled"]
    }
    assert set(controlled) == {"BB", "CC"}
    assert controlled["BB"][0] == "TOP holds 60 % of the equity of SUB since 2020-01-02"
    assert controlled["BB"][-1] == "Beta holds 100 % of equity and votes of TOP"
    assert controlled["CC"][-1] == "TOP has its head office in CC"


def test_states_say_why_they_are_told(made: Audit) -> None:
    """The states that the question names come first, with their part in it; control counts where one state has it."""
    states = {one["code"]: one for one in made.header["states"]}
    assert list(states)[:2] == ["AD", "BB"]
    assert states["AD"]["why"] == ["home of mini", "where we are"]
    assert states["BB"]["why"] == ["target of mini"]
    # `top` and `sub` answer to two states by this doctrine: only what `other` runs or hosts counts, which is a, c, d.
    assert states["CC"]["controlled"]["kinds"] == [{"kind": "data-store", "assets": 3, "share_pct": 75.0}]
    assert [one["id"] for one in states["CC"]["controlled"]["holders"]] == ["other"]
    assert states["BB"]["controlled"]["kinds"] == []


def test_a_tie_to_our_own_asset_is_no_dependence_on_somebody() -> None:
    """What an asset of ours rests on is told as that asset's own, not as a party."""
    devices = batch("device", {"gw-1": {"vendor": ["party:other"]}})
    paths = batch("path", {"p": {"device": ["asset:gw-1"]}})
    made = audited(ASKED, ABOUT, estate_of(paths, devices))
    assert "asset:gw-1" not in made.exposure["id"].to_list()
    assert [one["id"] for one in made.header["parties"]] == ["other"]


def test_of_many_parties_fifty_are_listed_and_all_are_counted() -> None:
    """Sixty routes of sixty origins: fifty rows, and the count says sixty, also to whoever shows the first few."""
    routes = {f"route:{n}": {"origin": [f"asn:{n + 1}"]} for n in range(60)}
    made = audited(ASKED, world(), estate_of(batch("route", routes)))
    assert made.exposure.filter(made.exposure["what"] == "party").height == 50
    assert made.header["exposure_count"]["party"] == 60
    assert digest(made).dependence_rows["party"] == 60


def test_a_state_that_is_a_place_is_no_party() -> None:
    """A cable that lands at `state:US` and is owned by a maker depends on the maker alone."""
    cables = {"cable:a": {"landing": ["state:US"], "owner": ["vendor:acme"]}}
    made = audited(ASKED, world(), estate_of(batch("cable", cables)))
    assert made.exposure.filter(made.exposure["what"] == "party")["id"].to_list() == ["vendor:acme"]


def test_dossiers_are_bounded() -> None:
    """However many parties there are, so many are described as the module says, the largest first."""
    many = {f"s{n}": {"operator": [f"party:p{n}", "party:sub"]} for n in range(3 * PARTIES)}
    made = audited(ASKED, ABOUT, estate_of(batch("data-store", many)))
    assert len(made.header["parties"]) == PARTIES - 10  # the exposure itself names 50
    assert made.header["parties"][0]["id"] == "sub"
    assert len(party(made, "sub")["beside"]) == 8


def test_a_report_with_dossiers_fits_the_schema(report: dict[str, Any], schema: dict[str, Any]) -> None:
    """The example's report, which has dossiers of each sort, is valid by the schema that ships."""
    jsonschema.validate(report, schema)
    assert report["parties"]
    assert report["edges"]
    assert report["states"]
    named = {step["source"] for one in report["parties"] for step in (*one["who"], *one["named"], *one["identifiers"])}
    named |= {edge["source"] for edge in report["edges"]}
    assert named <= set(report["sources"])
