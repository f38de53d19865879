"""in-app-bans: five dated lists of apps, by their ids, as far as these are known."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crossline import identifiers, regimes
from crossline.evaluate import cases
from crossline.regimes.model import Case
from crossline.world import store

ROOT = Path(__file__).parents[2]
ORDERS = regimes.load("in-app-bans")
FILE = ROOT / "src" / "crossline" / "regimes" / "in_app_bans.yaml"
APPS = ROOT.parent / "shared" / "data" / "apps"
# Days of the orders: releases of 2020-06-29, 09-02 and 11-24; the press on 2020-07-24 (the order's day) and 2022-02-14.
DAYS = {
    "first_order": date(2020, 6, 29),
    "second_order": date(2020, 7, 24),
    "third_order": date(2020, 9, 2),
    "fourth_order": date(2020, 11, 24),
    "fifth_order": date(2022, 2, 14),
}


def listed(name: str) -> tuple[str, ...]:
    """Return the ids of an order."""
    default = ORDERS.parameters[name].default
    assert isinstance(default, tuple)
    return default


def names(name: str) -> set[str]:
    """Return the names of apps that stand beside an order's ids in the file."""
    block = FILE.read_text("utf-8").split(f"  {name}:\n", 1)[1].split("    about:", 1)[0]
    return {part[1].split(",")[0].strip() for part in re.finditer(r"# (.+)", block)}


def judged(rule_id: str, as_of: date, **fields: Any) -> str:
    """Judge one app by an order."""
    case = Case(fields, "unknown", {}, as_of, None, None)
    return cases.run(ORDERS, ORDERS.rule(rule_id), 0, case, store.shipped()).verdict


def test_each_order_is_a_dated_rule() -> None:
    """A rule is named after its order's day, and in force from it."""
    assert [f"in-apps-{day}" for day in DAYS.values()] == [r.id for r in ORDERS.rules if r.kind == "app"]
    assert list(DAYS.values()) == [r.since for r in ORDERS.rules if r.kind == "app"]
    asked = [f'package in {name} || "{day}" in named_in_orders' for name, day in DAYS.items()]
    assert asked == [r.violation for r in ORDERS.rules if r.kind == "app"]


@pytest.mark.parametrize("name", DAYS)
def test_ids_are_apps_ids(name: str) -> None:
    """Each id is one that the type package reads, stands once, and in small letters too where it has capitals."""
    ids = listed(name)
    assert len(set(ids)) == len(ids)
    assert sorted(ids, key=str.lower) == list(ids)
    for value in ids:
        assert identifiers.load("package").parse(value) in ids


@pytest.mark.parametrize("name", DAYS)
def test_every_id_comes_from_a_source(name: str) -> None:
    """Each id stands in one of the two volunteers' lists, or in the facts that ship."""
    if not APPS.is_dir():
        pytest.skip("../shared/data/apps is absent")
    known = set(re.findall(r'"package": "([^"]+)"', (APPS / "chinaapps.js").read_text("utf-8")))
    known |= set((APPS / "dragonapps.txt").read_text("utf-8").split())
    facts = store.shipped().table("identifier")
    known = {value.lower() for value in known} | set(facts.filter(facts["type"] == "package")["value"])
    assert {value.lower() for value in listed(name)} - known == set()


@pytest.mark.parametrize("name", DAYS)
def test_the_page_counts_the_names_with_an_id(name: str) -> None:
    """The page says, of each order, how many of its names have an id here: no reader takes a part for the whole."""
    page = (ROOT / "docs" / "regimes" / "in-app-bans.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {DAYS[name]}"))
    assert row.split("|")[4].strip() == str(len(names(name)))


@pytest.mark.parametrize("name", DAYS)
def test_the_rule_says_of_how_many_names_ids_are_known(name: str) -> None:
    """What decides the least is said where a verdict is explained: ids of N of the M names, as on the page."""
    page = (ROOT / "docs" / "regimes" / "in-app-bans.md").read_text("utf-8")
    _, _, total, _, known, *_ = next(line for line in page.splitlines() if line.startswith(f"| {DAYS[name]}")).split(
        "|"
    )
    why = ORDERS.rule(f"in-apps-{DAYS[name]}").decidable_why or ""
    assert f"ids of {known.strip()} of the {total.strip()} names are known" in " ".join(why.split())


@pytest.mark.parametrize("name", DAYS)
def test_an_id_that_is_not_listed_decides_nothing(name: str) -> None:
    """An order names apps, most of them without an id here: to take no id for no name would acquit in ignorance."""
    day, rule_id = DAYS[name], f"in-apps-{DAYS[name]}"
    app = {"package": "org.fdroid.fdroid", "offered_in": ["IN"]}
    assert judged(rule_id, day, **app) == "unknown"
    assert judged(rule_id, day, **app, named_in_orders=[]) == "compliant"
    assert judged(rule_id, day, **app, named_in_orders=["1999-01-01"]) == "compliant"
    assert judged(rule_id, day, **app, named_in_orders=["1999-01-01", str(day)]) == "violation"
    # A listed id stays one, whatever somebody found by its name.
    assert judged(rule_id, day, package=listed(name)[0], offered_in=["IN"], named_in_orders=[]) == "violation"


@pytest.mark.parametrize("name", DAYS)
def test_an_app_is_found_from_the_orders_day(name: str) -> None:
    """Every id of an order, on its day; none on the day before; and nothing in another state's stores."""
    day, rule_id = DAYS[name], f"in-apps-{DAYS[name]}"
    for value in listed(name)[:3]:
        assert judged(rule_id, day, package=value, offered_in=["IN"]) == "violation"
        assert judged(rule_id, day - timedelta(days=1), package=value, offered_in=["IN"]) == "not-applicable"
        assert judged(rule_id, day, package=value, offered_in=["US"]) == "not-applicable"


def test_a_publisher_alone_neither_accuses_nor_acquits() -> None:
    """An order names an app: of an app that is told by its publisher only, nothing is known."""
    found = judged("in-apps-2020-06-29", date(2026, 7, 31), publisher=["party:bytedance"], offered_in=["IN"])
    assert found == "unknown"


def test_the_orders_name_no_state_and_no_party() -> None:
    """The releases give reasons and apps: no target, no list of parties, and no question about any."""
    assert ORDERS.target is None
    assert ORDERS.lists == {}
    assert not any("controlled_from" in (r.violation or "") for r in ORDERS.rules)
