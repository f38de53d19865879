"""Maps of submarine cables: an edition made up by hand, exports, GeoJSON, other years, and what is broken."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cable_samples import LINES, ONE, POINTS, SPOTS, THREE, TWO, collection, edition, feature, landing, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import Told, told

from crossline import readers
from crossline.gather import gather
from crossline.identifiers.state import CODES
from crossline.readers import telegeography
from crossline.readers.telegeography import geometry, names, territories
from crossline.tables import Limits

AS_OF = date(2026, 7, 31)


def rejected(found: Told) -> list[tuple[str, str, int]]:
    """Return the rejects."""
    return [(reject.locator, reject.reason, reject.count) for reject in found.rejects]


# -- an edition ------------------------------------------------------------------------------------------------------


def test_cables_of_an_edition_by_hand(tmp_path: Path) -> None:
    """Status, year, length and ties are those that stand in the three files, and the day is the edition's."""
    found = told(edition(tmp_path / "map"))
    assert found.reader == "telegeography"
    shown = ("name", "observed_at", "status", "ready_year", "length_km")
    assert {asset: tuple(row[c] for c in shown) for asset, row in found.columns.items() if asset[:6] == "cable:"} == {
        "cable:one": ("One", date(2022, 11, 10), "in-service", 2004, 1234.5),
        "cable:two": ("Two", date(2022, 11, 10), "planned", 2027, None),
        "cable:three": ("One", date(2022, 11, 10), "in-service", None, None),
    }
    assert found.of("cable") == {
        "cable:one": [
            ("landing", "asset:landing-point:alpha-congo-dem-rep-"),
            ("landing", "asset:landing-point:beta-curaçao"),
            ("owner", "vendor:ocean specialists, inc (osi)"),
            ("owner", "vendor:telia eesti (formerly eesti telekom, emt)"),
            ("owner", "vendor:china mobile"),
            ("builder", "vendor:asn"),
            ("builder", "vendor:hmn tech"),
        ],
        "cable:two": [
            ("landing", "asset:landing-point:beta-curaçao"),
            ("landing", "asset:landing-point:gamma-fiji"),
            ("owner", "vendor:kakike, lda."),
        ],
        "cable:three": [("landing", "asset:landing-point:delta-atlantis"), ("builder", "vendor:nec")],
    }


def test_extents_say_what_the_map_leaves_open(tmp_path: Path) -> None:
    """A landing to be decided, a note of more owners, no owner and no supplier are told."""
    found = told(edition(tmp_path / "map"))
    assert found.extents["cable:one"] == {"landing": "all", "owner": "all", "builder": "all"}
    assert found.extents["cable:two"] == {"landing": "some", "owner": "some", "builder": "none"}
    assert found.extents["cable:three"] == {"landing": "all", "owner": "none", "builder": "all"}
    assert found.extents["landing-point:lonely-yemen"] == {}


def test_landing_points_have_state_and_place(tmp_path: Path) -> None:
    """States are translated, one that is none is refused with its place, and a place off the globe is none."""
    found = told(edition(tmp_path / "map"))
    points = {asset: row for asset, row in found.columns.items() if asset.startswith("landing-point:")}
    shown = {asset[14:]: (row["state"], row["longitude"], row["latitude"]) for asset, row in points.items()}
    assert shown == {
        "alpha-congo-dem-rep-": ("CD", 12.5, -6.0),
        "beta-curaçao": ("CW", -69.0, 12.1),
        "delta-atlantis": (None, None, None),
        "lonely-yemen": ("YE", None, None),
        "gamma-fiji": ("FJ", None, None),
    }
    unknown = "country: 'Atlantis' is no state or territory that is known by that name"
    assert rejected(found) == [
        ("landing-point/landing-point-geo.json features[2]", "its place is none on the globe", 1),
        ("landing-point/delta-atlantis.json", unknown, 1),
    ]
    assert found.notes == ["1 cable has one landing point", "1 landing point is of no cable of this edition"]


def test_landings_have_a_place_and_are_declared(tmp_path: Path) -> None:
    """The place of a landing is the code of the country that the cable's file names, null where it is no state."""
    batches = [b for b in telegeography.read(edition(tmp_path), Limits()) if hasattr(b, "kind") and b.kind == "cable"]
    ties = batches[0].ties.filter(pl.col("role") == "landing")
    assert ties["place"].to_list() == ["CD", "CW", None, "CW", "FJ"]
    assert ties["basis"].unique().to_list() == ["declared"]
    assert ties["share_min"].null_count() == ties.height


def test_courses_are_well_known_text(tmp_path: Path) -> None:
    """Four decimals at most, several features of a cable together, and a line cut at the antimeridian by hand."""
    found = told(edition(tmp_path))
    assert found.columns["cable:one"]["course"] == ("MULTILINESTRING((10.1235 1,11 2),(-1 -1,-2 -2),(5 5,6 6))")
    assert found.columns["cable:two"]["course"] == "MULTILINESTRING((179 0,180 5),(-180 5,-179 10))"
    assert found.columns["cable:three"]["course"] is None


def test_an_edition_is_one_in_coverage(tmp_path: Path) -> None:
    """Gathered, the tree is read once, by whichever path; what else lies in its folder is looked at on its own."""
    root = edition(tmp_path / "map")
    (root / "LICENSE").write_text("words")
    (root / "estate.yaml").write_text("we: {states: [FJ]}\n")
    made, who = gather([root, root / "cable", root / "cable" / "one.json"], AS_OF)
    assert [(c.path, c.reader, c.kinds) for c in made.coverage if c.of_a_file] == [
        (str(root / "LICENSE"), None, {}),
        (str(root), "telegeography", {"landing-point": 5, "cable": 3}),
    ]
    assert who is not None


def test_two_editions_beside_each_other_are_two(tmp_path: Path) -> None:
    """Trees below one folder are found where they grow, and a folder of cables alone is read as one."""
    edition(tmp_path / "2021")
    edition(tmp_path / "old" / "2022")
    write(tmp_path / "alone" / "a.json", ONE)
    write(tmp_path / "alone" / "b.json", TWO)
    made, _ = gather([tmp_path], AS_OF)
    assert [(c.path[len(str(tmp_path)) :], c.kinds["cable"]) for c in made.coverage if c.reader] == [
        ("/2021", 3), ("/alone", 2), ("/old/2022", 3),
    ]  # fmt: skip


def test_a_link_to_elsewhere_makes_no_edition(tmp_path: Path) -> None:
    """A folder of cables that is a link is not followed, and a link beside files of cables is left alone."""
    root = edition(tmp_path / "map")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "cable").symlink_to(root / "cable")
    (tmp_path / "other" / "landing-point").symlink_to(root / "landing-point")
    assert telegeography.tree(tmp_path / "other", ["cable", "landing-point"]) == frozenset()
    (root / "cable" / "link.json").symlink_to(root / "config.json")
    found = told(root)
    assert ("cable/link.json", "neither a file nor part of an edition: passed over", 1) in rejected(found)


def test_indexes_that_disagree_are_told(tmp_path: Path) -> None:
    """A cable that only an index has, another supplier and another status are told; the cable's own file counts."""
    root = edition(tmp_path)
    write(root / "supplier" / "nec.json", {"id": "nec", "name": "NEC", "cables": [{"id": "gone"}]})
    write(root / "status" / "planned.json", {"id": "planned", "cables": [{"id": "two"}, {"id": "one"}]})
    write(root / "status" / "in-service.json", {"id": "in-service", "cables": [{"id": "three"}]})
    write(root / "country" / "fiji.json", ["no index"])
    found = told(root)
    assert "1 cable stands in indexes alone, without a file of its own" in found.notes
    assert "1 cable has other suppliers in the index: its own file counts" in found.notes
    said = "status: the index says planned and its own file in-service, which counts"
    assert [entry for entry in rejected(found) if entry[0] in ("cable/one.json", "country/fiji.json")] == [
        ("country/fiji.json", "an index that lists no cables", 1), ("cable/one.json", said, 1),
    ]  # fmt: skip
    assert found.columns["cable:one"]["status"] == "in-service"


# -- one file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [[ONE, TWO, THREE], {"cables": [ONE, TWO, THREE]}])
def test_an_export_of_all_cables_in_one_file(document: object, tmp_path: Path) -> None:
    """An array of cables, bare or in an object, gives the ties of the files; landing points are those they name."""
    found = told(write(tmp_path / "cables.json", document))
    assert found.of("cable") == told(edition(tmp_path / "map")).of("cable")
    assert len(found.of("landing-point")) == 4
    assert {row["observed_at"] for row in found.columns.values()} == {None}


def test_an_export_of_landing_points_in_one_file(tmp_path: Path) -> None:
    """An array of landing points gives landing points, with the place that another export states."""
    held = [POINTS[0], POINTS[3] | {"latitude": 15.5, "longitude": 45.25}]
    found = told(write(tmp_path / "points.json", held))
    assert {asset: (row["state"], row["latitude"]) for asset, row in found.columns.items()} == {
        "landing-point:alpha-congo-dem-rep-": ("CD", None), "landing-point:lonely-yemen": ("YE", 15.5),
    }  # fmt: skip
    assert found.notes == []


def test_geojson_alone_gives_courses_and_places(tmp_path: Path) -> None:
    """GeoJSON of cables gives cables of which no role was seen; that of landing points gives their places."""
    found = told(write(tmp_path / "cable-geo.json", LINES))
    assert list(found.columns) == ["cable:one", "cable:two"]
    assert found.extents == {"cable:one": {}, "cable:two": {}}
    assert found.columns["cable:one"]["name"] == "One"
    found = told(write(tmp_path / "landing-point-geo.json", SPOTS))
    assert found.columns["landing-point:beta-curaçao"]["latitude"] == 12.1


@pytest.mark.parametrize("part", ["supplier", "country"])
def test_a_folder_of_an_index_has_no_assets(part: str, tmp_path: Path) -> None:
    """An index alone is told to be one, and makes nothing of its cables' names."""
    listed = [{"id": "one", "name": "One", "rfs_year": 2004, "is_planned": False}]
    for name in ("a", "b"):
        write(tmp_path / part / f"{name}.json", {"id": name, "name": name, "cables": listed, "landing_points": []})
    found = told(tmp_path / part)
    assert found.columns == {}
    assert found.notes[0].startswith("there is neither a cable nor a landing point in it")


def test_a_table_of_cables(tmp_path: Path) -> None:
    """The columns of the page on cables are read from CSV: shares, places, dates and landing points."""
    (tmp_path / "cable.csv").write_text(
        "asset,name,status,ready_year,length_km,applied_on,landing,landing.place,owner,owner.share_min,builder\n"
        "cable:x,X,planned,2027,1200,2026-02-01,asset:landing-point:a|state:US,JP|US,vendor:KDDI|vendor:Google,40|60,"
        "vendor:NEC\n"
    )
    made, _ = gather([tmp_path / "cable.csv"], AS_OF)
    row = made.holdings["cable"].assets.row(0, named=True)
    assert (row["status"], row["length_km"], row["applied_on"]) == ("planned", 1200.0, date(2026, 2, 1))
    assert made.ties.column("place").drop_nulls().to_list() == ["JP", "US"]
    assert made.ties.column("share_min").drop_nulls().to_list() == [40.0, 60.0]


# -- editions of other years -----------------------------------------------------------------------------------------


def test_an_older_edition_is_read_by_the_members_it_has(tmp_path: Path) -> None:
    """Ids that are numbers become those made of names; places stand in latlon; a state ends a landing point's name."""
    cable = {
        "cable_id": 1503, "id": 1503, "name": "Almería-Melilla (ALME)", "length": "197 km", "rfs": "1990 July",
        "owners": [{"name": "Telefonica", "share": 60}, {"name": "Orange"}], "url": "", "notes": None,
        "landing_points": [
            {"id": 1, "landing_point_id": 1, "name": "Muanda, Congo, Dem. Rep.", "latlon": "-5.9,12.35"},
            {"id": 2, "landing_point_id": 2, "name": "Melilla", "latlon": "35.3,-2.9"},
        ],
    }  # fmt: skip
    found = told(write(tmp_path / "1503.json", cable))
    assert found.of("cable") == {
        "cable:almera-melilla-alme": [
            ("landing", "asset:landing-point:muanda-congo-dem-rep-"), ("landing", "asset:landing-point:melilla"),
            ("owner", "vendor:telefonica"), ("owner", "vendor:orange"),
        ]
    }  # fmt: skip
    row = found.columns["cable:almera-melilla-alme"]
    assert (row["status"], row["ready_year"], row["length_km"]) == (None, 1990, 197.0)
    assert found.columns["landing-point:muanda-congo-dem-rep-"]["state"] == "CD"
    assert found.columns["landing-point:melilla"]["state"] is None
    assert "ids are numbers in it: they are exchanged for those that later editions make of names" in found.notes
    batch = next(b for b in telegeography.read(tmp_path / "1503.json", Limits()) if getattr(b, "kind", "") == "cable")
    assert batch.ties["share_min"].to_list() == batch.ties["share_max"].to_list() == [None, None, 60.0, None]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("Retired", "retired"), ("In Service", "in-service"), ("planned", "planned"), ("sunk", None)],
)
def test_a_status_of_another_edition(stated: str, expected: str | None, tmp_path: Path) -> None:
    """A status in words counts; one of another word is refused."""
    held = {key: value for key, value in ONE.items() if key != "is_planned"} | {"status": stated}
    found = told(write(tmp_path / "one.json", held))
    assert found.columns["cable:one"]["status"] == expected
    assert len(found.rejects) == (expected is None)


# -- names -----------------------------------------------------------------------------------------------------------


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
    assert territories.code(name) == code


def test_every_state_has_a_name() -> None:
    """No name stands for two codes, every code is one of the standard's, and every one of these has a name."""
    assert set(territories._known().values()) == CODES


def test_names_of_states_against_the_shipped_facts() -> None:
    """The facts name states as the IANA's tz database does, another list than ours: each name leads to its code."""
    facts = Path(territories.__file__).parents[2] / "world" / "facts" / "party.csv"
    rows = pl.read_csv(facts, infer_schema=False).filter(pl.col("kind") == "state")
    wrong = {row["name"] for row in rows.iter_rows(named=True) if territories.code(row["name"]) != row["domicile"]}
    assert wrong == set()


# -- geometry --------------------------------------------------------------------------------------------------------


def course(*line: list[float]) -> geometry.Course:
    """Return the course of one line."""
    made = geometry.Course()
    assert geometry.add(made, {"type": "LineString", "coordinates": list(line)})
    return made


def test_a_line_is_cut_at_the_antimeridian_by_hand() -> None:
    """From 170 to -170 the middle of the way is at 180; from -175 to 165 a quarter of it."""
    assert course([170, 0], [-170, 10]).lines == [[(170, 0), (180, 5)], [(-180, 5), (-170, 10)]]
    assert course([-175, 0], [165, 8]).lines == [[(-175, 0), (-180, 2)], [(180, 2), (165, 8)]]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=12))
def test_no_step_goes_half_around_the_globe(line: list[tuple[float, float]]) -> None:
    """Once cut, no two neighbours lie more than 180 degrees apart, and all stay on the globe."""
    for part in course(*map(list, line)).lines:
        assert all(abs(a[0] - b[0]) <= 180 for a, b in pairwise(part))
        assert all(abs(x) <= 180 and abs(y) <= 90 for x, y in part)


def test_a_position_off_the_globe_cuts_the_line() -> None:
    """What stands before and after it is kept, and no line is drawn across."""
    made = course([0, 0], [1, 1], [500, 1], [2, 2], [3, 3], [float("nan"), 0], [4, 4])
    assert made.lines == [[(0, 0), (1, 1)], [(2, 2), (3, 3)]]
    assert (made.outside, made.short) == (2, 0)


def test_refused_geometry_is_counted(tmp_path: Path) -> None:
    """Positions off the globe, lines of one position, other shapes and features without an id have their rejects."""
    document = collection(
        feature("LineString", "one", [[0, 0], [0, 95], [1, "x"]]),
        feature("MultiLineString", "two", [[[1, 1]], "no line"]),
        feature("Polygon", "three", [[[0, 0], [1, 1], [2, 2], [0, 0]]]),
        feature("LineString", "", [[0, 0], [1, 1]]),
    )
    found = told(write(tmp_path / "geo.json", document))
    outside, short = "a position outside the globe: the line is cut there", "a line of fewer than two positions"
    assert [(where, why.split(" (RFC")[0], count) for where, why, count in rejected(found)] == [
        ("features[0]", outside, 2), ("features[0]", short, 1), ("features[1]", short, 2),
        ("features[2]", "its geometry is neither a point nor a line", 1),
        ("features[3]", "a feature without an id that can be one", 1),
    ]  # fmt: skip


# -- what is broken --------------------------------------------------------------------------------------------------


def test_duplicates_and_strange_members_are_refused(tmp_path: Path) -> None:
    """The first of two with one id counts; two of one name are two; wrong types are refused where they stand."""
    again = ONE | {"name": "Again"}
    strange = {
        "id": "strange", "name": 7, "length": "long", "rfs": "soon", "owners": 5, "suppliers": {"a": 1},
        "landing_points": [None, {"id": ["x"]}, "", "beta-curaçao", landing("Beta, Curaçao", "Curaçao")],
    }  # fmt: skip
    found = told(write(tmp_path / "all.json", [ONE, again, THREE, strange, 4, {"hello": 1}]))
    assert {a: r["name"] for a, r in found.columns.items() if a.startswith("cable:")} == {
        "cable:one": "One", "cable:three": "One", "cable:strange": "strange",
    }  # fmt: skip
    assert found.ties["cable:strange"] == [("landing", "asset:landing-point:beta-curaçao")]
    assert found.extents["cable:strange"] == {"landing": "some", "owner": "none", "builder": "none"}
    assert [(where, why) for where, why, _ in rejected(found) if where.startswith("[3]")] == [
        ("[3]", "rfs: it begins with no year"), ("[3]", "length: not a number of kilometres (45,000 km)"),
        *((f"[3] landing_points[{n}]", "a landing point without an id that can be one") for n in range(3)),
        ("[3] owners", "neither text nor a list"), ("[3] suppliers", "neither text nor a list"),
    ]  # fmt: skip
    assert ("[1]", "the cable one stands a second time: the first counts", 1) in rejected(found)
    assert [where for where, _, _ in rejected(found)][1:3] == ["[4]", "[5]"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = (*ONE, "latlon", "latitude", "longitude", "country", "cables", "status", "properties", "geometry", "type")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), JUNK, max_size=6), max_size=4), st.booleans())
def test_any_members_end_in_rows_or_rejects(tmp_path: Path, items: list[dict[str, Any]], wrapped: bool) -> None:
    """Whatever the members hold, nothing is raised, batches keep to the contract, and a sound cable beside is read."""
    document = {"features": [*items, feature("LineString", "ok", [[0, 0], [1, 1]])]} if wrapped else [ONE, *items]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document), encoding="utf-8", errors="replace")
    found = Told("telegeography")
    for item in telegeography.read(path, Limits()):
        if hasattr(item, "kind"):
            from crossline import jail  # noqa: PLC0415

            assert jail.fault(item) is None
            found.columns |= {row["asset"]: row for row in item.assets.iter_rows(named=True)}
    assert ("cable:ok" if wrapped else "cable:one") in found.columns


def test_cut_anywhere_it_is_refused(tmp_path: Path) -> None:
    """A file that ends early is one reject, and the files beside it are read."""
    root = edition(tmp_path)
    whole = (root / "cable" / "one.json").read_bytes()
    for end in range(0, len(whole), 37):
        (root / "cable" / "one.json").write_bytes(whole[:end])
        found = told(root)
        assert {"cable:two", "cable:three"} <= found.columns.keys()
        assert [where for where, why, _ in rejected(found) if why.startswith("not JSON")] == ["cable/one.json"]


def test_deep_nesting_and_wide_lists_are_bounded(tmp_path: Path) -> None:
    """A hundred thousand brackets are no JSON here; a cable of ten thousand landings is cut at the limit."""
    (tmp_path / "deep.json").write_text('{"owners": ' + "[" * 100_000)
    assert [r.reason for r in telegeography.read(tmp_path / "deep.json", Limits()) if hasattr(r, "reason")] != []
    many = [landing(f"P{n}, Fiji", "Fiji") for n in range(10_000)]
    owners = ", ".join(f"Owner {n}" for n in range(3_000))
    found = told(write(tmp_path / "wide.json", ONE | {"landing_points": many, "owners": owners}))
    assert len(found.ties["cable:one"]) == 1000 + 1000 + 2
    assert found.extents["cable:one"] | {"builder": "all"} == {"landing": "some", "owner": "some", "builder": "all"}


def test_limits_name_themselves(tmp_path: Path) -> None:
    """Bytes, rows and rejects beyond a limit are counted."""
    root = edition(tmp_path)
    few = [item for item in telegeography.read(root, Limits(bytes_in=2000)) if getattr(item, "count", 0) > 1]
    assert [item.reason for item in few] == ["past a limit of the edition; not read"]
    bad = write(tmp_path / "bad.json", [ONE, *({"owners": 1, "id": [n]} for n in range(30))])
    kept = [item for item in telegeography.read(bad, Limits(rejects=5)) if hasattr(item, "count")]
    assert [item.count for item in kept] == [1] * 5 + [25]


@pytest.mark.parametrize(
    "text",
    ['[{"id":"x","name":"X"}]', '{"cables": 5}', '{"type":"FeatureCollection","features":[]}', "owners,landing_points",
     '{"repo":{"name":"x"},"packages":{}}', '[{"country":"x","name":"y"}]', ""],
)  # fmt: skip
def test_other_files_are_not_claimed(text: str, tmp_path: Path) -> None:
    """JSON without the members of cables, other GeoJSON, and text are left to others."""
    assert not telegeography.claim(tmp_path / "x.json", text.encode())


def test_claims_are_quick_on_any_head() -> None:
    """Sixty-four thousand spaces or quotation marks are looked at in no time, since nothing backtracks."""
    for head in (b"[" + b" " * 65000, b"{" + b'"' * 65000, b'{"landing_points"' * 4000):
        telegeography.claim(Path("x"), head)


def test_the_reader_is_asked_for_its_files(tmp_path: Path) -> None:
    """Of all readers this one takes each form of the map."""
    root = edition(tmp_path)
    points = root / "landing-point"
    files = (root / "cable" / "one.json", root / "cable" / "cable-geo.json", points / "lonely-yemen.json")
    for path in (root, root / "cable", points, *files, points / "landing-point-geo.json"):
        assert readers.claimant(path) == "telegeography", path


def test_a_course_without_a_cable_makes_none(tmp_path: Path) -> None:
    """Where cables are read, one that only geometry knows is a reject with its place; GeoJSON alone makes cables."""
    root = edition(tmp_path / "map")
    (root / "cable" / "two.json").unlink()
    found = told(root)
    assert {asset for asset in found.columns if asset.startswith("cable:")} == {"cable:one", "cable:three"}
    assert ("cable/cable-geo.json features[2]", "a course of two, of which there is no cable: not read", 1) in rejected(
        found
    )
    alone = told(write(tmp_path / "geo.json", LINES))
    assert {asset: row["status"] for asset, row in alone.columns.items()} == {"cable:one": None, "cable:two": None}


def test_a_plan_that_is_no_boolean_is_refused(tmp_path: Path) -> None:
    """Text and numbers in is_planned say nothing and are refused; nothing at all is no mistake; status counts first."""
    stated = ["true", 1, None, True]
    cables = [ONE | {"id": f"c{n}", "is_planned": value} for n, value in enumerate(stated)]
    cables.append(ONE | {"id": "c4", "is_planned": True, "status": "in service"})
    found = told(write(tmp_path / "all.json", cables))
    assert [found.columns[f"cable:c{n}"]["status"] for n in range(5)] == [None, None, None, "planned", "in-service"]
    assert [(where, why) for where, why, _ in rejected(found) if "is_planned" in why] == [
        ("[0]", "is_planned: neither true nor false"), ("[1]", "is_planned: neither true nor false"),
        ("[4]", "is_planned: true, and status in-service, which counts"),
    ]  # fmt: skip


def test_two_states_of_a_landing_point_are_told(tmp_path: Path) -> None:
    """The cable's file says China and the landing point's own Japan: its own counts, and a reject names both."""
    write(tmp_path / "cable" / "a.json", ONE | {"landing_points": [landing("P, China", "China")]})
    write(tmp_path / "landing-point" / "p.json", landing("P, China", "Japan") | {"cables": []})
    batches = list(telegeography.read(tmp_path, Limits()))
    (cables,) = [batch for batch in batches if getattr(batch, "kind", None) == "cable"]
    assert cables.ties["place"].drop_nulls().to_list() == ["JP"]
    (reject,) = [one for one in batches if "which counts" in getattr(one, "reason", "")]
    assert reject.reason == "country: CN here, and JP at landing-point/p.json, which counts"


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
    assert territories.stated(stated) == code


def test_a_code_at_the_end_of_a_place_is_no_state() -> None:
    """In Los Angeles, CA the letters mean no Canada."""
    assert territories.of_place("Los Angeles, CA") is None


def test_a_country_that_is_no_text_is_shown(tmp_path: Path) -> None:
    """What is refused stands in the reject."""
    found = told(write(tmp_path / "a.json", ONE | {"landing_points": [{"id": "x", "name": "X", "country": ["US"]}]}))
    assert any("\"['US']\"" in why or "['US']" in why for _, why, _ in rejected(found))


def test_numbers_in_other_members_are_read_or_refused(tmp_path: Path) -> None:
    """length_km is a number and rfs_year may be text; what is neither is a reject."""
    other = {"length": None, "rfs": None}
    cables = [
        ONE | other | {"id": "a", "length_km": 12000, "rfs_year": "2024"},
        ONE | other | {"id": "b", "length_km": "far", "rfs_year": "soon"},
    ]
    found = told(write(tmp_path / "all.json", cables))
    shown = [(row["length_km"], row["ready_year"]) for row in found.columns.values() if "length_km" in row]
    assert shown[-2:] == [(12000.0, 2024), (None, None)]
    assert {why for _, why, _ in rejected(found)} == {"length_km: not a number of kilometres", "rfs_year: not a year"}


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
