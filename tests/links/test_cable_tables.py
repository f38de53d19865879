"""A cable of a map and the row of a table with its id are one: each law by two small files that a person can join."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

import crossline
from crossline.estate import ROLE_NUMBER, Estate
from crossline.gather import gather

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 7, 31)
MAP = """[{"id": "one", "name": "One", "length": "100 km", "rfs_year": 2004, "is_planned": false,
 "owners": "Google, KDDI", "suppliers": "NEC", "landing_points": [{"id": "a-japan", "name": "A, Japan",
 "country": "Japan"}, {"id": "b-fiji", "name": "B, Fiji", "country": "Fiji"}]},
 {"id": "two", "name": "Two", "owners": "BT", "suppliers": null, "is_planned": false, "landing_points": []}]"""
ROW = (
    "asset,status,length_km,capacity_tbps,applied_on,landing,owner,owner.share_min,owner.share_max,terminal,applicant\n"
    "cable:one,planned,100,60,2026-02-01,state:JP|state:US,vendor:GOOGLE|vendor:Zayo,40|5,40|5,vendor:Ciena,none\n"
    "cable:other,planned,,,,,,,,,\n"
)


def read(folder: Path, table: str = ROW) -> Estate:
    """Read the map and a table beside it."""
    (folder / "map.json").write_text(MAP)
    (folder / "cable.csv").write_text(table)
    return gather([folder], AS_OF)[0]


def ties(made: Estate, asset: str) -> list[tuple[str, Any, Any, Any, Any]]:
    """Return role, identifier, place, share and locator of the ties of a cable, in their order."""
    (bundle,) = made.holdings["cable"].assets.filter(pl.col("asset") == asset)["bundle"]
    held = range(made.ties.start[bundle], made.ties.start[bundle + 1])
    names = {number: role for role, number in ROLE_NUMBER.items()}
    value = made.identifiers["value"]
    columns = [made.ties.column(name) for name in ("place", "share_min", "locator")]
    return [(names[made.ties.role[n]], value[int(made.ties.identifier[n])], *(c[n] for c in columns)) for n in held]


def test_the_cable_is_one_and_keeps_the_order_of_what_it_is(tmp_path: Path) -> None:
    """Three cables: of the map's two one is completed, and the table's other row is a cable of its own."""
    made = read(tmp_path)
    assert sorted(made.holdings["cable"].assets["asset"]) == ["cable:one", "cable:other", "cable:two"]


def test_empty_cells_are_filled_and_others_stand(tmp_path: Path) -> None:
    """Capacity and the day of the application are the table's; the map's status stands, and the difference is told."""
    made = read(tmp_path)
    row = made.holdings["cable"].assets.row(by_predicate=pl.col("asset") == "cable:one", named=True)
    assert (row["capacity_tbps"], row["applied_on"], row["length_km"]) == (60.0, date(2026, 2, 1), 100.0)
    assert (row["status"], row["name"], row["locator"]) == ("in-service", "One", "[0]; cable.csv: line 2")
    notes = [note for covered in made.coverage if covered.reader == "links" for note in covered.notes]
    assert notes == [
        "1 cable of maps completed by tables, by id",
        "tables add to roles of which the map names others: 1 landing, 1 owner",
        "cable:one: status: the map says in-service, which stands, and cable.csv, line 2, planned",
    ]


def test_ties_of_both_stand_once_and_say_where_they_are_from(tmp_path: Path) -> None:
    """A share goes to the owner whom the map has, by its folded name; a landing in a state that the map has is none."""
    assert sorted(ties(read(tmp_path), "cable:one")) == [
        ("builder", "nec", None, None, "[0]"),
        ("landing", "US", None, None, "cable.csv: line 2"),
        ("landing", "landing-point:a-japan", "JP", None, "[0] landing_points[0]"),
        ("landing", "landing-point:b-fiji", "FJ", None, "[0] landing_points[1]"),
        ("owner", "google", None, 40.0, "[0]; cable.csv: line 2"),
        ("owner", "kddi", None, None, "[0]"),
        ("owner", "zayo", None, 5.0, "cable.csv: line 2"),
        ("terminal", "ciena", None, None, "cable.csv: line 2"),
    ]


def test_of_each_role_the_larger_extent_counts(tmp_path: Path) -> None:
    """What the table saw whole is whole, `none` as well; what it does not speak of stays the map's."""
    made = read(tmp_path)
    rows = dict(made.holdings["cable"].assets.select("asset", "bundle").iter_rows())
    whole = {role: bool(flags[rows["cable:one"]]) for role, flags in made.extents.whole.items()}
    assert {role for role, seen in whole.items() if seen} == {"landing", "owner", "builder", "terminal", "applicant"}
    assert not made.extents.whole["terminal"][rows["cable:two"]]


def test_nothing_is_joined_without_the_same_id(tmp_path: Path) -> None:
    """A table with other ids is left alone, and nothing is told of joining."""
    made = read(tmp_path, "asset,status\ncable:none,planned\n")
    assert made.holdings["cable"].assets.height == 3
    assert all(covered.reader != "links" for covered in made.coverage)


def test_a_landing_point_is_completed_too(tmp_path: Path) -> None:
    """Who runs the station, and where it stands, are the table's to say; its state is the map's."""
    text = "asset,state,latitude,longitude,operator\nlanding-point:a-japan,US,35,139,asn:1\n"
    (tmp_path / "landing-point.csv").write_text(text)
    made = read(tmp_path)
    row = made.holdings["landing-point"].assets.row(by_predicate=pl.col("asset") == "landing-point:a-japan", named=True)
    assert (row["state"], row["latitude"], made.holdings["landing-point"].assets.height) == ("JP", 35.0, 2)


def test_what_was_not_understood_of_either_is_known_as_such(tmp_path: Path) -> None:
    """A table's day that is none, and a map's year that is none, stay marked where both are joined to one cable."""
    points = [{"id": "a-x", "name": "A", "country": "Japan"}, {"id": "b-x", "name": "B", "country": "France"}]
    cable = {"id": "one", "name": "One", "rfs": "soon", "is_planned": False, "owners": "N", "landing_points": points}
    (tmp_path / "map.json").write_text(json.dumps([cable]), encoding="utf-8")
    (tmp_path / "cable.csv").write_text("asset,applied_on\ncable:one,2026-02-31\n", encoding="utf-8")
    held = crossline.read([tmp_path], date(2026, 7, 31)).holdings["cable"]
    assert held.assets.height == 1
    assert [held.misread(name).tolist() for name in ("applied_on", "ready_year", "status")] == [[True], [True], [False]]
