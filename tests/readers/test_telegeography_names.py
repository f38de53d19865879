"""Maps of submarine cables: how lists of owners are split into names and shares, and which state a name of one is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from cable_samples import ONE, TWO, rejected, write
from phones_told import told

from crossline.identifiers.state import CODES
from crossline.identifiers.state import names as state_names
from crossline.readers import telegeography
from crossline.readers.telegeography import names, territories
from crossline.tables import Limits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AT&T, BT", ["AT&T", "BT"]),
        ("AT&T, Orange, and OPT", ["AT&T", "Orange", "OPT"]),
        ("A;B ; C", ["A", "B", "C"]),
        (
            "Guyana Telephone and Telegraph (GT&T), C&W Networks",
            ["Guyana Telephone and Telegraph (GT&T)", "C&W Networks"],
        ),
        ("Telia Eesti (formerly Eesti Telekom, EMT, Elion)", ["Telia Eesti (formerly Eesti Telekom, EMT, Elion)"]),
        ("Seren Juno Network Co., Ltd.", ["Seren Juno Network Co., Ltd."]),
        ("Kakike, Lda., KumoxiCom, Lda.", ["Kakike, Lda.", "KumoxiCom, Lda."]),
        ("Ocean Specialists, Inc (OSI), Zayo", ["Ocean Specialists, Inc (OSI)", "Zayo"]),
        ("Inc., Zayo", ["Inc.", "Zayo"]),
        ("Tusass A/S, NOR5KE Fibre AS", ["Tusass A/S", "NOR5KE Fibre AS"]),
        ("BT, BT,, ", ["BT"]),
        ("", []),
        (
            "Libyan Post, Telecommunications and Information Technology Company (LPTIC Holding), BT",
            ["Libyan Post, Telecommunications and Information Technology Company (LPTIC Holding)", "BT"],
        ),
    ],
)
def test_the_law_of_splitting(text: str, expected: list[str]) -> None:
    """Each clause of the law, by hand."""
    found = names.split(text)
    assert (list(found.names), found.nobody, found.fault) == (expected, None, None)


@pytest.mark.parametrize("word", ["n.a.", "N/A", "Consortium", "others", "undisclosed", "TBD", "and other owners", "-"])
def test_words_that_name_nobody_leave_the_role_open(word: str, tmp_path: Path) -> None:
    """Beside names such a word makes the extent some, alone it makes it none, and it is never an owner."""
    assert names.split(f"BT, {word}").names == ("BT",)
    found = told(write(tmp_path / "a.json", [ONE | {"owners": f"BT, {word}"}, TWO | {"owners": word, "notes": None}]))
    assert [tie for tie in found.ties["cable:one"] if tie[0] == "owner"] == [("owner", "vendor:bt")]
    assert found.extents["cable:one"]["owner"] == "some"
    assert found.extents["cable:two"]["owner"] == "none"


@pytest.mark.parametrize("name", ["Consortium Ltd.", "Cable Consortium of Liberia", "Other Ocean Telecom", "Nacom"])
def test_names_that_hold_such_a_word_are_names(name: str) -> None:
    """A word that names nobody counts only where it stands alone."""
    assert names.split(name).names == (name,)


@pytest.mark.parametrize("text", ["A (B, C", "A), B", "A (B (C), D"])
def test_a_parenthesis_that_does_not_close_is_refused(text: str, tmp_path: Path) -> None:
    """Where parentheses do not match no name is made up, and the reject says where."""
    assert names.split(text).names == ()
    found = told(write(tmp_path / "one.json", ONE | {"owners": text}))
    assert rejected(found) == [("file owners", "a parenthesis is not closed", 1)]
    assert found.extents["cable:one"]["owner"] == "none"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Congo, Dem. Rep.", "CD"), ("Democratic Republic of the Congo", "CD"), ("Congo, Rep.", "CG"), ("DRC", "CD"),
        ("Congo, The Democratic Republic of the", "CD"), ("Côte d'Ivoire", "CI"), ("COTE D\u2019IVOIRE", "CI"),
        ("Ivory Coast", "CI"), ("Curaçao", "CW"), ("Curacao", "CW"), ("Réunion", "RE"), ("Taiwan", "TW"),
        ("Hong Kong, China", "HK"), ("Hong Kong SAR", "HK"), ("Macau", "MO"), ("Korea, South", "KR"),
        ("Virgin Islands (U.S.)", "VI"), ("U.S. Virgin Islands", "VI"), ("Virgin Islands (U.K.)", "VG"),
        ("Virgin Islands", None), ("Kosovo", "XK"), ("St. Lucia", "LC"), ("Saint Kitts & Nevis", "KN"),
        ("Micronesia, Federated States of", "FM"), ("Bahamas, The", "BS"), ("Trinidad & Tobago", "TT"),
        ("Korea", None), ("Atlantis", None), ("", None), ("Niger", "NE"), ("Nigeria", "NG"), ("Dominica", "DM"),
        ("X" * 5000, None),
    ],
)  # fmt: skip
def test_names_of_states_in_every_way(name: str, code: str | None) -> None:
    """By the tables of ISO 3166-1: each way of writing leads to its code, and what is none or two leads nowhere."""
    assert state_names.code(name) == code


def test_every_state_has_a_name() -> None:
    """No name stands for two codes, every code is one of the standard's, and every one of these has a name."""
    assert set(state_names._known().values()) == CODES


def test_names_of_states_against_the_shipped_facts() -> None:
    """The facts name states as the IANA's tz database does, another list than ours: each name leads to its code."""
    facts = Path(state_names.__file__).parents[2] / "world" / "facts" / "party.csv"
    rows = pl.read_csv(facts, infer_schema=False).filter(pl.col("kind") == "state")
    wrong = {row["name"] for row in rows.iter_rows(named=True) if state_names.code(row["name"]) != row["domicile"]}
    assert wrong == set()


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("VN", "VN"), ("VNM", "VN"), ("DEU", "DE"), ("ZWE", "ZW"), ("AFG", "AF"), ("UK", "GB"), ("XK", "XK"),
        ({"code": "US", "name": "United States"}, "US"), ({"name": "Fiji"}, "FJ"), ("vn", None), ("ZZ", None),
        (7, None), ({}, None),
    ],
)  # fmt: skip
def test_countries_by_code(stated: object, code: str | None) -> None:
    """Codes of ISO 3166-1 of two and three letters are states, alone or in an object; small letters are none."""
    assert state_names.stated(stated) == code


def test_a_code_at_the_end_of_a_place_is_no_state() -> None:
    """In Los Angeles, CA the letters mean no Canada."""
    assert territories.of_place("Los Angeles, CA") is None


def test_a_country_that_is_no_text_is_shown(tmp_path: Path) -> None:
    """What is refused stands in the reject."""
    found = told(write(tmp_path / "a.json", ONE | {"landing_points": [{"id": "x", "name": "X", "country": ["US"]}]}))
    assert any("\"['US']\"" in why or "['US']" in why for _, why, _ in rejected(found))


@pytest.mark.parametrize(
    ("text", "expected", "nobody", "shares"),
    [
        ("Huawei Marine (50%), Google (12.5 %)", ["Huawei Marine", "Google"], None,
         {"Huawei Marine": 50, "Google": 12.5}),
        ("Verizon & others", ["Verizon"], "& others", {}), ("BT, Orange and several others", ["BT", "Orange"],
         "and several others", {}),
        ("Consortium of 12 carriers", [], "Consortium of 12 carriers", {}), ("Google/Meta", ["Google/Meta"], None, {}),
        ("A (101%)", ["A (101%)"], None, {}), ("MTN (JV of X, Y) (5%)", ["MTN (JV of X, Y)"], None,
         {"MTN (JV of X, Y)": 5}),
    ],
)  # fmt: skip
def test_shares_and_others_are_no_part_of_a_name(
    text: str, expected: list[str], nobody: str | None, shares: dict[str, float]
) -> None:
    """A percentage at the end is a share; others, and a consortium of so many, leave the role open."""
    found = names.split(text)
    assert (list(found.names), found.nobody, dict(found.shares)) == (expected, nobody, shares)


def test_a_share_in_a_list_of_names_is_the_tie_s(tmp_path: Path) -> None:
    """Both ends of the share are the percentage that the list states."""
    path = write(tmp_path / "a.json", ONE | {"owners": "Huawei Marine (50%), Google"})
    (cables,) = [batch for batch in telegeography.read(path, Limits()) if getattr(batch, "kind", None) == "cable"]
    owners = cables.ties.filter(pl.col("role") == "owner")
    assert owners.select("share_min", "share_max").rows() == [(50.0, 50.0), (None, None)]


KNOWN = names.Known(
    frozenset({"google", "china telecom", "at&t"}), frozenset({"meta", "china unicom", "black and white"})
)


@pytest.mark.parametrize(
    ("text", "expected", "nobody"),
    [
        ("Google and Meta", ["Google", "Meta"], None), ("China Telecom/China Unicom", ["China Telecom", "China Unicom"],
         None), ("Google | Meta / AT&T", ["Google", "Meta", "AT&T"], None),
        ("Google and Zayo", ["Google and Zayo"], None),
        ("Black and White", ["Black and White"], None), ("Tusass A/S", ["Tusass A/S"], None),
        ("joint venture of BT and Zayo", ["BT", "Zayo"], "joint venture"),
        ("PLCN consortium: Google, BT", ["Google", "BT"], "PLCN consortium"),
        ("Trans-Pacific Express consortium (China Telecom, Verizon, KT)", ["China Telecom", "Verizon", "KT"],
         "Trans-Pacific Express consortium"),
        ("Consortium of 12 carriers (Orange, BT & others)", ["Orange", "BT"], "Consortium"),
        ("Cable Consortium of Liberia", ["Cable Consortium of Liberia"], None),
        ("Coast Consortium (ACE)", ["Coast Consortium (ACE)"], None), ("consortium of 12 carriers", [],
         "consortium of 12 carriers"), ("Orange 50%", ["Orange"], None),
    ],
)  # fmt: skip
def test_known_names_and_named_members_are_parted(text: str, expected: list[str], nobody: str | None) -> None:
    """Signs part what is known on both sides; a consortium's named members are owners, and leave the rest open."""
    found = names.split(text, KNOWN)
    assert (list(found.names), found.nobody) == (expected, nobody)


def test_a_share_without_parentheses_is_one() -> None:
    """The percentage that ends a name is its share, and no part of it."""
    found = names.split("Orange 50%, BT: 12.5 %, Telecom 2000")
    assert (found.names, dict(found.shares)) == (("Orange", "BT", "Telecom 2000"), {"Orange": 50, "BT": 12.5})


def test_names_of_the_map_and_of_the_facts_part_others(tmp_path: Path) -> None:
    """A name that stands alone on another cable is known, and one that the world has; a group leaves its role some."""
    cables = [
        ONE | {"id": "a", "owners": "KDDI and Zq Cables"}, ONE | {"id": "b", "owners": "KDDI"},
        ONE | {"id": "c", "owners": "KDDI consortium (Orange, BT)"},
    ]  # fmt: skip
    path = write(tmp_path / "a.json", cables)
    assert told(path).ties["cable:a"][-3:-2] == [("owner", "vendor:kddi and zq cables")]
    world = {"identifier": pl.DataFrame({"type": ["vendor"], "value": ["zq cables"]})}
    found = told(path, known=world)
    owners = {asset: [value for role, value in ties if role == "owner"] for asset, ties in found.of("cable").items()}
    assert owners["cable:a"] == ["vendor:kddi", "vendor:zq cables"]
    assert owners["cable:c"] == ["vendor:orange", "vendor:bt"]
    assert [found.extents[f"cable:{name}"]["owner"] for name in "abc"] == ["all", "all", "some"]
