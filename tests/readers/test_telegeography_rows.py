"""Tables of cables in the words of maps: a row a cable, a row a landing, in whichever dialect of CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from cable_samples import rejected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import Told, told

from crossline import jail
from crossline.readers import telegeography
from crossline.tables import Batch, Limits

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["name", "length", "owners", "suppliers", "rfs", "landing_points"]
ROW = ["One", "11,629 km", "China Mobile, Google", "NEC", "2016 June", "Chikura, Japan; Bandon, OR, United States"]


def table(path: Path, rows: list[list[str]], mark: str = ",", encoding: str = "utf-8") -> Told:
    """Write rows and read them by whoever claims them."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return told(path)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_row_a_cable(tmp_path: Path, mark: str) -> None:
    """What a map would say of the cable is said of it, and the ids are those that the map makes of names."""
    found = table(tmp_path / "cable.csv", [HEADER, ROW], mark, "utf-8-sig")
    assert (found.reader, found.rejects) == ("telegeography", [])
    assert found.ties["cable:one"] == [
        ("landing", "asset:landing-point:chikura-japan"), ("landing", "asset:landing-point:bandon-or-united-states"),
        ("owner", "vendor:china mobile"), ("owner", "vendor:google"), ("builder", "vendor:nec"),
    ]  # fmt: skip
    row = found.columns["cable:one"]
    assert (row["ready_year"], row["length_km"], row["locator"]) == (2016, 11629.0, "line 2")
    assert found.columns["landing-point:bandon-or-united-states"]["state"] == "US"


def test_a_row_a_landing(tmp_path: Path) -> None:
    """Rows with one name are one cable; each has its place, a state written in any way, and a status in other words."""
    header = ["cable", "landing point", "country", "latitude", "longitude", "owner", "status"]
    rows = [
        ["One", "Chikura", "Japan", "34.9", "140", "Google", "active"],
        ["One", "Bandon", "USA", "43.1", "235.6", "Meta", "active"],
        ["Two", "Suva", "Atlantis", "x", "1", "", "Retired"],
    ]
    found = table(tmp_path / "landings.csv", [header, *rows])
    assert found.ties["cable:one"] == [
        ("landing", "asset:landing-point:chikura-japan"), ("landing", "asset:landing-point:bandon-usa"),
        ("owner", "vendor:google"),
    ]  # fmt: skip
    point = found.columns["landing-point:bandon-usa"]
    assert (point["state"], round(point["longitude"], 4)) == ("US", -124.4)
    assert [found.columns[f"cable:{name}"]["status"] for name in ("one", "two")] == ["in-service", "retired"]
    assert rejected(found) == [
        ("line 3", "owners: another than in line 2, which counts", 1),
        ("line 4", "its place is none on the globe", 1),
        ("line 4 landing_points[0]",
         "country: 'Atlantis' is no state or territory that is known by that name", 1),
    ]  # fmt: skip


def test_rows_that_are_none_are_told(tmp_path: Path) -> None:
    """A second cable of a name, a row that is too short, and one without a name have their rejects."""
    rows = [HEADER, ROW, ROW, ["Two"], ["", *ROW[1:]], [], ["Three", *ROW[1:]]]
    found = table(tmp_path / "c.csv", rows)
    assert list(found.of("cable")) == ["cable:one", "cable:three"]
    assert [(where, why) for where, why, _ in rejected(found)] == [
        ("line 3", "the cable one stands a second time: the first counts"),
        ("line 4", "1 cells where the header has 6"),
        ("line 5", "it has no id or name that can be one"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "asset,name,owners,rfs",
        "kind,name,owners,rfs",
        "name,owners",
        "name,status,owner,ready_year",
        "owners,rfs",
        "name,length,owners",
        "cable name,cable,landing_point",
    ],
)
def test_other_tables_are_not_claimed(tmp_path: Path, header: str) -> None:
    """Tables of assets, and headers with too little of a map, are left to others."""
    assert not telegeography.claim(tmp_path / "cable.csv", header.encode() + b"\nx,y\n")


@pytest.mark.parametrize("header", ["name,owners,rfs", "cable,length,owners", "cable,landing point,country"])
def test_a_word_of_cables_makes_it_one(tmp_path: Path, header: str) -> None:
    """A year of service, landing points, or the word cable with one more: such a header is a map's."""
    assert telegeography.claim(tmp_path / "x.csv", header.encode() + b"\nx,y,z\n")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_rows_or_rejects(tmp_path: Path, junk: bytes) -> None:
    """Whatever follows the header, nothing is raised, and the batches keep to the contract."""
    path = tmp_path / "x.csv"
    path.write_bytes(",".join(HEADER).encode() + b"\n" + junk)
    for item in telegeography.read(path, Limits()):
        assert not isinstance(item, Batch) or jail.fault(item) is None
