"""The map of November 2022 as it was published, against its own indexes and a naive reading of its files."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from phones_told import Told, told

from crossline import audit, load_regime
from crossline.identifiers.state import names as state_names
from crossline.readers.telegeography import names, naming, parties
from crossline.readers.telegeography.edition import Placed
from crossline.world import store

MAP = Path(__file__).resolve().parents[3] / "shared" / "data" / "cables" / "telegeography-2022-11"
pytestmark = pytest.mark.skipif(not MAP.is_dir(), reason="../shared/data/cables is absent")


def files(part: str) -> list[dict[str, Any]]:
    """Return the objects of a folder of the map, without its lists and GeoJSON."""
    made = [json.loads(path.read_text("utf-8")) for path in sorted((MAP / part).glob("*.json"))]
    return [item for item in made if isinstance(item, dict) and "features" not in item]


@cache
def found() -> Told:
    """Return what the reader makes of the map."""
    return told(MAP)


def values(role: str) -> dict[str, set[str]]:
    """Return the values of a role's ties by cable."""
    return {
        asset.removeprefix("cable:"): {value.partition(":")[2] for of, value in ties if of == role}
        for asset, ties in found().of("cable").items()
    }


def test_all_of_the_map_is_read() -> None:
    """526 cables, 65 of them planned, 1,436 landing points, nothing refused: the counts of the map's own README."""
    assert (len(found().of("cable")), len(found().of("landing-point")), found().rejects) == (526, 1436, [])
    assert Counter(found().columns[asset]["status"] for asset in found().of("cable")) == {
        "in-service": 461, "planned": 65,
    }  # fmt: skip
    assert {row["observed_at"] for row in found().columns.values()} == {date(2022, 11, 10)}


def test_suppliers_against_the_index_of_suppliers() -> None:
    """The map's own 19 files of suppliers list the same cables as the split strings do; 211 cables have none."""
    indexed: dict[str, set[str]] = defaultdict(set)
    for supplier in files("supplier"):
        for cable in supplier["cables"]:
            indexed[cable["id"]].add(supplier["name"].casefold())
    assert {name: held for name, held in values("builder").items() if held} == indexed
    assert Counter(found().extents[asset]["builder"] for asset in found().of("cable")) == {"all": 315, "none": 211}


def test_landings_against_the_files_of_landing_points() -> None:
    """Seen from the other side, each landing point's own file lists the same cables, but where landing is undecided."""
    other: dict[str, set[str]] = defaultdict(set)
    for point in files("landing-point"):
        for cable in point["cables"]:
            other[cable["id"]].add(f"landing-point:{point['id']}")
    open_ones = {
        (cable["id"], f"landing-point:{point['id']}")
        for cable in files("cable") for point in cable["landing_points"] if point["is_tbd"]
    }  # fmt: skip
    ours = {(name, held) for name, points in values("landing").items() for held in points}
    assert len(open_ones) == 8
    assert ours - open_ones == {(name, held) for name, points in other.items() for held in points}


def test_states_against_the_index_of_countries() -> None:
    """Each of the 180 files of countries lists the landing points that have its code, but for undecided ones.

    The eight in Hong Kong and Macao, which the map lists under China, are those that bear the names of places there.
    """
    of_country = {country["name"]: set(country["landing_points_in_country"]) for country in files("country")}
    ours: dict[str | None, set[str]] = defaultdict(set)
    for asset in found().of("landing-point"):
        ours[found().columns[asset]["state"]].add(asset.removeprefix("landing-point:"))
    assert None not in ours
    places = (
        "chung-hom-kok",
        "lantau-island",
        "tseung-kwan-o",
        "deep-water-bay",
        "cape-daguilar",
        "hong-kong",
        "tong-fuk",
    )
    apart = {f"{place}-china": "HK" for place in places} | {"taipa-china": "MO"}
    assert {point for code in ("HK", "MO") for point in ours[code]} == apart.keys()
    listed = {(apart.get(point, state_names.code(name)), point) for name, held in of_country.items() for point in held}
    held = {(code, point) for code, points in ours.items() for point in points}
    undecided = {point["id"] for cable in files("cable") for point in cable["landing_points"] if point["is_tbd"]}
    assert listed <= held
    assert {point for _, point in held - listed} <= undecided


def test_years_against_the_index_of_years() -> None:
    """The files of years list the cables that are ready in that year."""
    indexed = {cable["id"]: int(year["id"]) for year in files("ready-for-service") for cable in year["cables"]}
    ours = {asset[6:]: found().columns[asset]["ready_year"] for asset in found().of("cable")}
    assert {name: year for name, year in ours.items() if year} == indexed


def test_owners_against_commas() -> None:
    """Splitting at each ", " gives 414 pieces; the law joins what it says it joins, and leaves 406 names."""
    pieces = Counter(piece for cable in files("cable") for piece in (cable["owners"] or "").split(", ") if piece)
    split = Counter(name for cable in files("cable") for name in names.split(cable["owners"] or "").names)
    assert (len(pieces), len(split)) == (414, 406)
    joined = sorted(set(split) - set(pieces))
    assert joined == [
        "Blackburn Technologies, LLC.", "Kakike, Lda.", "KumoxiCom, Lda.",
        "Libyan Post, Telecommunications and Information Technology Company (LPTIC Holding)",
        "Ocean Specialists, Inc (OSI)", "Seren Juno Network Co., Ltd.",
        "Telia Eesti (formerly Eesti Telekom, EMT, Elion)", "Virgin Islands Next Generation Networks, Inc.",
    ]  # fmt: skip
    assert all(split[name] == pieces[name] for name in split if name not in joined)


def test_what_is_known_parts_no_name_of_the_map() -> None:
    """With all names of the map and of the facts known, the same 406 owners and 19 suppliers stay as they are."""
    facts = store.shipped().table("identifier").filter(pl.col("type") == "vendor")["value"]
    cables = [Placed("", cable) for cable in files("cable")]
    known = parties.known(cables, frozenset(facts))
    for member, count in (("owners", 406), ("suppliers", 19)):
        texts = {cable.held[member] or "" for cable in cables}
        held = {text: names.split(text) for text in texts}
        assert {text: names.split(text, known) for text in texts} == held
        assert len({name for found in held.values() for name in found.names}) == count


def test_ids_are_what_the_map_makes_of_names() -> None:
    """The rule for ids of editions that have numbers gives every one of 1,961 ids of this edition."""
    held = [*files("cable"), *files("landing-point")]
    assert [(item["id"], naming.slug(item["name"])) for item in held if item["id"] != naming.slug(item["name"])] == []


def test_courses_hold_every_position_of_the_map() -> None:
    """As many positions as the GeoJSON has, none of them moved by more than half of the fourth decimal."""
    features = json.loads((MAP / "cable" / "cable-geo.json").read_text("utf-8"))["features"]
    theirs: dict[str, list[list[float]]] = defaultdict(list)
    for item in features:
        for line in item["geometry"]["coordinates"]:
            theirs[item["properties"]["id"]] += [spot for n, spot in enumerate(line) if n == 0 or spot != line[n - 1]]
    for name, distinct in theirs.items():
        text = found().columns[f"cable:{name}"]["course"]
        ours = [tuple(map(float, pair.split())) for pair in re.findall(r"-?[0-9.]+ -?[0-9.]+", text)]
        assert len(ours) == len(distinct), name
        pairs = zip(ours, distinct, strict=True)
        assert all(abs(a - b) <= 5.1e-5 for near, far in pairs for a, b in zip(near, far, strict=True))


def test_verdicts_on_the_map_against_a_naive_reading() -> None:
    """Landing in home and in the target state, or owned by one of its carriers there: read off the files by name."""
    home = {"United States", "Guam", "American Samoa", "Northern Mariana Islands", "Virgin Islands (U.S.)"}
    carriers = re.compile(r"China (?:Mobile|Telecom|Unicom)|PCCW|CITIC Telecom|\bCTM\b")  # incorporated or seated there
    landed = [c for c in files("cable") if home & {point["country"] for point in c["landing_points"]}]
    both = {c["id"] for c in landed if "China" in {point["country"] for point in c["landing_points"]}}
    owned = {c["id"] for c in landed if carriers.search(c["owners"] or "")}
    built = {c["id"] for c in landed if "HMN" in (c["suppliers"] or "")}
    assert (len(landed), len(both), len(owned), len(built)) == (100, 3, 5, 0)
    report = audit([MAP], [load_regime("us-clean-network")], date(2026, 7, 31), store.shipped())
    ours: dict[str, set[str]] = defaultdict(set)
    for finding in report.findings.iter_rows(named=True):
        ours[finding["rule"]].add(finding["asset"].removeprefix("cable:"))
    assert ours == {"clean-cable-landing": both, "clean-cable-owner": owned}


def test_names_that_stand_often_lead_to_a_party() -> None:
    """Each name on three cables or more, and each supplier, leads to one party by the shipped facts, but for OPT."""
    facts = store.shipped().table("identifier").filter(pl.col("type") == "vendor").group_by("value")
    parties = dict(facts.agg(pl.col("party").n_unique()).iter_rows())
    counts = Counter(value for held in values("owner").values() for value in held)
    often = {value for value, count in counts.items() if count >= 3}
    assert (len(often), {value for value in often if parties.get(value) != 1}) == (120, {"opt"})
    assert {value for held in values("builder").values() for value in held if parties.get(value) != 1} == set()
