"""The estate: batches of many files joined into columns, ordered, dated and with their extents."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import estate
from crossline.tables import Batch
from miniature import DAY, batch, estate_of


def ties(made: estate.Estate, kind: str) -> dict[str, list[tuple[str, int, str]]]:
    """Return role, sequence and identifier of each asset's ties, in their order."""
    names = list(estate.ROLE_NUMBER)
    labels = made.identifiers.select(pl.format("{}:{}", "type", "value")).to_series().to_list()
    shown = {}
    for asset, bundle in made.holdings[kind].assets.select("asset", "bundle").iter_rows():
        places = range(made.ties.start[bundle], made.ties.start[bundle + 1])
        shown[asset] = [
            (names[made.ties.role[at]], int(made.ties.seq[at]), labels[made.ties.identifier[at]]) for at in places
        ]
    return shown


def test_ties_come_by_sequence_then_identifier() -> None:
    """Within a bundle the order is that of sequence, then type and value as text, then role."""
    roles: dict[str, Any] = {
        "operator": ["vendor:z", "asn:9", "vendor:a"],
        "owner": ["vendor:y", "asn:10"],
        "host": ["vendor:z"],
    }
    made = estate_of(batch("data-store", {"a": roles, "b": {"operator": ["vendor:a"]}}))
    expected = [
        ("owner", 0, "vendor:y"), ("operator", 0, "vendor:z"), ("host", 0, "vendor:z"),
        ("owner", 1, "asn:10"), ("operator", 1, "asn:9"), ("operator", 2, "vendor:a"),
    ]  # fmt: skip
    assert ties(made, "data-store") == {"a": expected, "b": [("operator", 0, "vendor:a")]}


def test_kinds_and_files_keep_their_own() -> None:
    """Batches in any order, kinds mixed: each asset has its file and its ties, a kind's bundles lie together."""
    parts = [
        ("2.csv", batch("device", {"d": {"vendor": ["vendor:x"]}})),
        ("1.csv", batch("data-store", {"a": {"operator": ["vendor:x"]}, "b": {}})),
        ("3.csv", batch("device", {"e": {"vendor": ["vendor:y", "vendor:x"]}})),
        ("4.csv", batch("data-store", {"c": {"owner": ["vendor:y"]}})),
    ]
    made = estate_of(*parts)
    assert ties(made, "device") == {
        "d": [("vendor", 0, "vendor:x")],
        "e": [("vendor", 0, "vendor:y"), ("vendor", 1, "vendor:x")],
    }
    assert ties(made, "data-store") == {
        "a": [("operator", 0, "vendor:x")], "b": [], "c": [("owner", 0, "vendor:y")],
    }  # fmt: skip
    files = {a: f for h in made.holdings.values() for a, f in h.assets.select("asset", "file").iter_rows()}
    assert files == {"a": "1.csv", "b": "1.csv", "c": "4.csv", "d": "2.csv", "e": "3.csv"}
    for holdings in made.holdings.values():
        assert holdings.assets["bundle"].is_between(holdings.first, holdings.last - 1).all()
    assert made.identifiers.height == 2


def test_an_asset_without_a_date_is_seen_on_the_day_of_the_question() -> None:
    """Where no file says when a thing was observed, the question's own day stands in."""
    made = estate_of(
        batch("data-store", {"a": {"observed_at": None}, "b": {"observed_at": date(2020, 1, 1)}}), as_of=DAY
    )
    assert dict(made.holdings["data-store"].assets.select("asset", "observed_at").iter_rows()) == {
        "a": DAY, "b": date(2020, 1, 1),
    }  # fmt: skip
    assert made.dates == [date(2020, 1, 1), DAY]


def test_a_bundle_is_of_one_day() -> None:
    """Assets of one bundle that were seen on two days get a bundle for each, with the same ties."""
    days = {"a": date(2020, 1, 1), "b": date(2021, 1, 1), "c": date(2020, 1, 1)}
    assets = {name: {"bundle": 0, "operator": ["vendor:x"], "observed_at": day} for name, day in days.items()}
    made = estate_of(batch("data-store", assets))
    holdings = made.holdings["data-store"]
    bundle = dict(holdings.assets.select("asset", "bundle").iter_rows())
    assert bundle["a"] == bundle["c"] != bundle["b"]
    assert {name: made.dates[made.date_of[number]] for name, number in bundle.items()} == days
    assert set(map(tuple, ties(made, "data-store").values())) == {(("operator", 0, "vendor:x"),)}


def extents(made: estate.Estate, role: str) -> list[tuple[bool, str]]:
    """Return whether a role is whole, and else the reason, for each asset in order."""
    bundle = made.holdings["data-store"].assets["bundle"]
    if role not in made.extents.whole:
        return [(False, "not seen")] * len(bundle)
    whole, reason = made.extents.whole[role], made.extents.reason[role]
    return [(bool(whole[b]), made.extents.reasons[reason[b]] if not whole[b] else "") for b in bundle]


def test_a_bundles_own_extent_goes_before_the_general_one() -> None:
    """A row without a bundle speaks for the bundles that have none of their own, wherever it stands."""
    rows = [(1, "operator", "some", "cut short"), (None, "operator", "all", None), (2, "operator", "none", None)]
    for order in (rows, rows[::-1]):
        made = estate_of(batch("data-store", {"a": {}, "b": {}, "c": {}}, extents=order))
        assert extents(made, "operator") == [(True, ""), (False, "cut short"), (False, "not seen")]
        assert extents(made, "owner") == [(False, "not seen")] * 3


def test_a_general_extent_speaks_for_its_own_batch() -> None:
    """What one file saw whole says nothing about another file's assets."""
    one = batch("data-store", {"a": {}}, extents=[(None, "operator", "all", None)])
    two = batch("data-store", {"b": {}}, extents=[(None, "owner", "some", None)])
    made = estate_of(("1", one), ("2", two))
    assert extents(made, "operator") == [(True, ""), (False, "not seen")]
    assert extents(made, "owner") == [(False, "not seen"), (False, "only some were seen")]


def test_no_files_make_an_empty_estate() -> None:
    """Nothing read is an estate with nothing in it."""
    made = estate.assemble([], DAY)
    assert made.holdings == {}
    assert len(made.ties) == 0
    assert made.dates == []


def test_a_batch_without_assets_takes_no_place() -> None:
    """A table with a header and no rows leaves the others as they are."""
    empty = batch("data-store", {})
    made = estate_of(("0", empty), ("1", batch("data-store", {"a": {"operator": ["vendor:x"]}})), ("2", empty))
    assert ties(made, "data-store") == {"a": [("operator", 0, "vendor:x")]}


@given(st.data())
def test_whatever_the_files_each_asset_keeps_its_ties(data: st.DataObject) -> None:
    """A naive twin: each asset's ties, sorted by sequence and identifier, are those it was given."""
    label = st.sampled_from(["vendor:a", "vendor:b", "asn:1", "asn:10", "asn:9"])
    role = st.sampled_from(["operator", "owner", "host"])
    parts: list[tuple[str, Batch]] = []
    expected: dict[str, list[tuple[int, str, str, int]]] = {}
    for file in range(data.draw(st.integers(0, 3))):
        assets = {}
        for number in range(data.draw(st.integers(0, 3))):
            roles = data.draw(st.dictionaries(role, st.lists(label, max_size=3)))
            assets[f"{file}-{number}"] = roles
            flat = [(seq, *tie.split(":"), tied) for tied, listed in roles.items() for seq, tie in enumerate(listed)]
            # Of one sequence number and identifier the roles come in the order of the vocabulary.
            expected[f"{file}-{number}"] = sorted((s, t, v, estate.ROLE_NUMBER[r]) for s, t, v, r in flat)
        parts.append((str(file), batch("data-store", assets)))
    made = estate.assemble(parts, DAY)
    if "data-store" not in made.holdings:
        assert not expected
        return
    got = {
        asset: [(seq, *label.split(":"), estate.ROLE_NUMBER[role]) for role, seq, label in listed]
        for asset, listed in ties(made, "data-store").items()
    }
    assert got == expected
    assert np.array_equal(np.sort(made.ties.start), made.ties.start)


@pytest.mark.parametrize("column", ["place", "share_min", "since"])
def test_an_optional_column_is_null_where_no_file_fills_it(column: str) -> None:
    """One file's ties state a place, another's do not."""
    value: dict[str, Any] = {"place": "NO", "share_min": 12.5, "since": DAY}
    one = batch("data-store", {"a": {"operator": [("vendor:x", {column: value[column]})]}})
    two = batch("data-store", {"b": {"operator": ["vendor:x"]}})
    bare = Batch(two.kind, two.assets, two.identifiers, two.ties.drop(column), two.extents)
    made = estate_of(("2", bare), ("1", one))
    assert made.ties.column(column).to_list() == [None, value[column]]
    assert estate_of(bare).ties.column(column).to_list() == [None]
