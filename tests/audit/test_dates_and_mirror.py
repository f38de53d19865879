"""The same estate on two days that differ by one listing, and asked the other way round."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from crossline import regimes
from crossline.auditing import audit
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, We
from crossline.evaluate.judge import WORDS
from crossline.kleene import TRUE
from crossline.world import control
from miniature import HALF, HERE, Asset, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.regimes.model import Regime
    from crossline.reports import Audit
    from crossline.world import World

DATED = ("control", "listing", "membership")


def in_force(about: World, name: str, day: date) -> pl.DataFrame:
    """Return the rows of a table that speak on a day."""
    since, until = pl.col("since"), pl.col("until")
    return about.table(name).filter((since.is_null() | (since <= day)) & (until.is_null() | (until > day)))


# The FCC's list gained one company on 7 July 2026, and nothing else in the world's tables changed that day.
BEFORE, AFTER, LISTED = date(2026, 7, 6), date(2026, 7, 7), "digitalsystem-technology"


def test_the_two_days_differ_by_one_listing(shipped: World) -> None:
    """What the next test rests on: between the two days the world's dated tables differ by that row alone."""
    for name in DATED:
        one, other = (set(map(repr, in_force(shipped, name, day).rows())) for day in (BEFORE, AFTER))
        assert one - other == set()
        assert len(other - one) == (1 if name == "listing" else 0), name
    rows = in_force(shipped, "listing", AFTER).filter(pl.col("since") == AFTER)
    assert rows.select("list", "party", "status").rows() == [("fcc-covered-list", LISTED, "listed")]


@pytest.mark.parametrize("name", regimes.names())
def test_one_listing_changes_the_findings_on_that_party_alone(name: str, shipped: World) -> None:
    """Of services of a hundred parties those of the newly listed company change, and no other judgement does."""
    parties = shipped.table("party").filter(pl.col("kind") == "company")["id"].unique(maintain_order=True).to_list()
    assert LISTED in parties
    common: Asset = {"service_class": "common-carrier", "international": True, "ends": ["US", "FR"]}
    services = {p: common | {"operator": [f"party:{p}"], "owner": []} for p in parties}
    devices: dict[str, Asset] = {
        f"device-{p}": {"vendor": [f"party:{p}"], "producer": [], "embeds": [], "operator": [],
                        "product_class": "telecommunications"} for p in parties
    }  # fmt: skip
    made = estate_of(batch("service", services), batch("device", devices), as_of=BEFORE)
    asked = regimes.load(name)
    before, after = (judged(asked, shipped, made, day) for day in (BEFORE, AFTER))
    assert set(before) == set(after)
    changed = {pair for pair in before if before[pair] != after[pair]}
    assert {asset for _, asset in changed} <= {LISTED, f"device-{LISTED}"}
    assert "violation" not in {before[pair] for pair in changed}
    if name == "us-covered-list":
        assert "violation" in {after[pair] for pair in changed}


def judged(asked: Regime, about: World, made: Estate, day: date) -> dict[tuple[str, str], str]:
    """Return the verdict of each rule on each asset."""
    binding = Binding(asked, day, We())
    return {
        (judgement.compiled.rule.id, asset): WORDS[code]
        for judgement in Session(made, about, binding).judge([binding])
        if judgement.compiled.rule.kind in made.holdings
        for asset, code in zip(
            made.holdings[judgement.compiled.rule.kind].assets["asset"], judgement.verdict, strict=True
        )
    }


def test_one_listing_in_a_small_world() -> None:
    """The same by hand: p is listed on 2 January, q was before; only p's asset changes, its evidence names the day."""
    about = world(
        party=[company(name) for name in "pqn"],
        listing=[
            {"list": "l", "party": "p", "status": "listed", "since": date(2026, 1, 2)},
            {"list": "l", "party": "q", "status": "listed", "since": date(2026, 1, 1)},
        ],
    )
    asked = regime(
        rule('operator.exists(t, t.listed("named"))'), lists={"named": {"list": "l", "statuses": ["listed"]}}
    )
    made = estate_of(batch("data-store", {name: {"operator": [f"party:{name}"]} for name in "pqn"}))
    one, two = (audited(asked, about, made, as_of=date(2026, 1, day)).findings for day in (1, 2))
    assert one["asset"].to_list() == ["q"]
    assert two["asset"].to_list() == ["p", "q"]
    assert one.rows() == two.filter(pl.col("asset") == "q").rows()
    assert two["why"][0][-1]["statement"] == "P is on the list l (listed) since 2026-01-02"


# -- mirror --------------------------------------------------------------------------------------------------------

SWAPPED = {"home": "CN", "target": "US"}
ASIDE = We()  # nobody says who we are: the question is asked by the home, whichever that is


def mirrored(embassy: Estate, shipped: World, **settings: Any) -> Audit:
    """Audit the example by the programme, asked the other way round."""
    binding = Binding(regimes.load("us-clean-network"), date(2026, 11, 22), ASIDE, SWAPPED | settings)
    return audit(embassy, shipped, [binding])


def under(shipped: World, code: str) -> set[str]:
    """Return the parties that are domiciled in a state, or controlled from it under the programme's doctrine."""
    asked = regimes.load("us-clean-network")
    graph = control.graph(shipped, date(2026, 11, 22))
    doctrine = asked.doctrines[str(asked.controlled_by)]
    codes = {code} | {cover.code for cover in asked.covers if cover.state == code}
    base = control.located(graph, codes, doctrine.also)
    own = graph.places.filter(pl.col("kind").is_in(["state", "agency"]) & pl.col("domicile").is_in(sorted(codes)))
    base[own["number"].to_numpy()] = TRUE
    closure = control.close(graph, doctrine, base)
    controlled = {graph.ids[int(number)] for number in np.flatnonzero(closure.codes == TRUE)}
    party = shipped.table("party")
    return controlled | set(party.filter(pl.col("domicile").is_in(sorted(codes)))["id"])


@pytest.mark.parametrize("reading", ["narrow", "wide"])
def test_the_other_way_round_accuses_nobody_of_the_new_home(reading: str, embassy: Estate, shipped: World) -> None:
    """With home and target swapped no asset violates because of a party of the new home, whoever else decides alike."""
    made = mirrored(embassy, shipped, reading=reading, reach="indirect")
    home = under(shipped, "CN")
    assert {"china-telecom", "huawei", "tencent"} <= home
    assert set(made.findings["party"].drop_nulls()) & home == set()
    labels = {label for also in made.findings["also"] for label in also} | set(made.findings["identifier"].drop_nulls())
    held = shipped.table("identifier").select(pl.format("{}:{}", "type", "value").alias("label"), "party")
    parties = set(held.filter(pl.col("label").is_in(sorted(labels)))["party"])
    assert parties & home == set()
    assert {f"party:{party}" for party in home} & labels == set()


def test_the_other_way_round_finds_the_other_side(embassy: Estate, shipped: World) -> None:
    """The wide reading finds parties controlled from the new target; the narrow one names nobody of a list."""
    wide = mirrored(embassy, shipped, reading="wide", reach="indirect").findings
    assert wide.height
    assert set(wide["party"].drop_nulls()) <= under(shipped, "US")
    # What is left under the narrow reading rests on no list: a landing that lies in the target.
    narrow = mirrored(embassy, shipped, reading="narrow").findings
    assert set(narrow["identifier"]) <= {"state:US"}
    assert not [step for why in narrow["why"] for step in why if "on the list" in step["statement"]]


def test_lists_that_are_not_used_are_named(embassy: Estate, shipped: World) -> None:
    """The report says which list is not used under the new target, once."""
    notes = mirrored(embassy, shipped).header["notes"]
    aimed = {s.list for s in regimes.load("us-clean-network").lists.values() if s.aimed_at == "CN"}
    assert aimed
    for name in aimed:
        assert notes.count(f"us-clean-network: the list {name} is aimed at CN and is not used under target US.") == 1
    binding = Binding(regimes.load("us-clean-network"), date(2026, 11, 22), ASIDE)
    assert not [note for note in audit(embassy, shipped, [binding]).header["notes"] if "not used" in note]


@pytest.mark.parametrize("reading", ["narrow", "wide"])
def test_nothing_raises_under_any_pair_of_states(reading: str, embassy: Estate, shipped: World) -> None:
    """Every regime runs under any home and target, also one that no party is in, and one aimed at itself."""
    for name in regimes.names():
        asked = regimes.load(name)
        own = {"reading": reading} if "reading" in asked.parameters else {}
        for home, target in (("CN", "US"), ("US", "US"), ("ZZ", "QQ"), ("FR", None)):
            settings = {"home": home, "target": target} | own
            made = audit(embassy, shipped, [Binding(asked, date(2026, 11, 22), ASIDE, settings)])
            assert made.header["parameters"][name]["home"] == home


def test_a_list_that_is_not_used_acquits_nobody() -> None:
    """Under another target a listed party is neither accused nor compliant; beside another limb the list drops out."""
    about = world(
        party=[company("p", domicile="BB"), company("q", domicile="AD"),
               *({"id": f"state-{c.lower()}", "kind": "state", "domicile": c} for c in ("AD", "BB"))],
        listing=[{"list": "l", "party": "p", "status": "listed"}],
        control=[{"owner": "free", "owned": name, "kind": "both", "share_min": 100, "share_max": 100} for name in "pq"],
    )  # fmt: skip
    keys: dict[str, Any] = {
        "lists": {"named": {"list": "l", "statuses": ["listed"], "aimed_at": "BB"}},
        "doctrines": {"half": HALF | {"also": ["domicile"]}},
        "controlled_by": "half",
    }
    made = estate_of(batch("data-store", {name: {"operator": [f"party:{name}"]} for name in "pq"}))
    alone = regime(rule('operator.exists(t, t.listed("named"))'), **keys)
    beside = regime(rule('operator.exists(t, t.listed("named") || t.controlled_from(target))'), **keys)
    swap = {"home": "BB", "target": "AD"}

    def found(asked: Any, settings: dict[str, str]) -> dict[str, str]:
        binding = Binding(asked, date(2026, 7, 1), HERE, settings)
        listed = audit(made, about, [binding], everything=True).findings
        return dict(listed.select("asset", "verdict").iter_rows())

    assert found(alone, {}) == {"p": "violation", "q": "compliant"}
    assert found(alone, swap) == {"p": "unknown", "q": "unknown"}
    assert found(beside, {})["p"] == "violation"
    assert found(beside, swap)["q"] == "violation"
    assert found(beside, swap)["p"] != "violation"
