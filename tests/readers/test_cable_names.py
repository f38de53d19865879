"""Names of owners and builders as their files write them: kept for people, and compared in one form."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from crossline import audit, load_regime, load_world
from crossline.cables.editions import changed
from crossline.cables.network import chart, named
from crossline.gather import gather
from crossline.readers.telegeography import territories
from crossline.reports import Options, load

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.estate import Estate
    from crossline.reports import Audit

DAY = date(2026, 10, 1)
SPARKLE = "vendor:telecom italia sparkle"


def landing(name: str, country: str) -> dict[str, Any]:
    """Return a landing point of a cable."""
    return {"id": name, "name": name, "country": country, "is_tbd": False}


def a_map(folder: Path, owners: str) -> Path:
    """Write a map of one cable."""
    folder.mkdir()
    cable = {"id": "x", "name": "X", "owners": owners, "suppliers": "HMN Tech", "rfs_year": 2010, "is_planned": False,
             "landing_points": [landing("ay", "United States"), landing("be", "Japan")]}  # fmt: skip
    (folder / "x.json").write_text(json.dumps(cable), encoding="utf-8")
    return folder


def read(path: Path) -> Estate:
    """Return what is read of a map."""
    return gather([path], DAY)[0]


def asked(path: Path) -> Audit:
    """Return the audit of a map."""
    return audit([path], [load_regime("us-clean-network")], DAY, load_world())


def test_an_estate_knows_how_names_are_written(tmp_path: Path) -> None:
    """The identifier is in small letters, and beside it stands the name with its capitals, single-spaced."""
    estate = read(a_map(tmp_path / "m", "Telecom Italia  Sparkle, du"))
    assert estate.written == {SPARKLE: "Telecom Italia Sparkle", "vendor:hmn tech": "HMN Tech"}
    assert set(estate.identifiers.filter(type="vendor")["value"]) == {"telecom italia sparkle", "du", "hmn tech"}


def test_tables_keep_names_as_well(tmp_path: Path) -> None:
    """A cell ``vendor:KDDI`` is compared as ``kddi`` and called KDDI."""
    path = tmp_path / "cable.csv"
    path.write_text("asset,name,owner\ncable:x,X,vendor:KDDI|vendor: Orange \n", encoding="utf-8")
    assert read(path).written == {"vendor:kddi": "KDDI", "vendor:orange": "Orange"}


def test_another_writing_is_no_change(tmp_path: Path) -> None:
    """Editions that differ in capitals alone name the same owners; what differs is told as the maps write it."""
    one, same, other = (
        read(a_map(tmp_path / name, owners)) for name, owners in (("a", "KDDI"), ("b", "Kddi"), ("c", "Kddi, BT"))
    )
    every = np.ones(1, np.bool_)
    assert not changed(chart(one), one, every, chart(same), same, every).height
    assert changed(chart(one), one, every, chart(other), other, every).select("change", "was", "is").rows() == [
        ("owners", "KDDI", "BT, Kddi"),
    ]  # fmt: skip
    assert named(chart(other), other, "owner")["owner"].to_list() == ["BT, Kddi"]


@pytest.mark.parametrize("form", ["table", "html", "sarif", "junit"])
def test_reports_show_names_as_files_write_them(tmp_path: Path, form: str) -> None:
    """No report that is made for people calls an owner in small letters whom the map writes with capitals."""
    made = asked(a_map(tmp_path / "m", "Zq Nobody Cables"))
    text = str(load(form).render(made, Options(width=200)))
    assert "Zq Nobody Cables" in text
    # An identifier that is meant for machines keeps its one form.
    assert "zq nobody cables" not in text.replace("vendor:zq nobody cables", "")


def test_the_report_keeps_the_identifier_and_the_name(tmp_path: Path) -> None:
    """JSON has the identifier in its one form, and the name beside it."""
    made = asked(a_map(tmp_path / "m", "Zq Nobody Cables"))
    header = made.header
    assert header["cables"]["whose"]["vendor:zq nobody cables"]["name"] == "Zq Nobody Cables"
    assert header["asset_names"]["vendor:zq nobody cables"] == "Zq Nobody Cables"
    assert "vendor:zq nobody cables" in made.groups["identifier"].to_list()


@pytest.mark.parametrize(
    ("state", "spot", "code"),
    [
        ("CN", (114.2587, 22.3183), "HK"),  # Tseung Kwan O
        ("CN", (113.561, 22.1561), "MO"),  # Taipa
        ("CN", (113.5767, 22.2707), "CN"),  # Zhuhai
        ("CN", (113.9, 22.48), "CN"),  # Shekou, in Shenzhen
        ("CN", (113.80, 22.41), "CN"),  # Nei Lingding, an island of Zhuhai
        ("CN", None, "CN"),
        ("TW", (114.2587, 22.3183), "TW"),  # what a map says otherwise is left as it is
    ],
)
def test_territories_with_codes_of_their_own(state: str, spot: tuple[float, float] | None, code: str) -> None:
    """A point that a map puts under China has the code of Hong Kong or Macao where it surely stands in one of them."""
    assert territories.finer(state, spot) == code
