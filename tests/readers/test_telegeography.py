"""Maps of submarine cables: an edition made up by hand, exports, GeoJSON, and editions of other years."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from cable_samples import LINES, ONE, POINTS, SPOTS, THREE, TWO, edition, rejected, write
from phones_told import told

from crossline import readers
from crossline.gather import gather
from crossline.readers import telegeography
from crossline.tables import Limits

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 7, 31)


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
    assert found.notes == []  # a simulation tells of cables that join nothing, and of points without a cable


def test_landings_have_a_place_and_are_declared(tmp_path: Path) -> None:
    """The place of a landing is the code of the country that the cable's file names, null where it is no state."""
    batches = [b for b in telegeography.read(edition(tmp_path), Limits()) if hasattr(b, "kind") and b.kind == "cable"]
    ties = batches[0].ties.filter(pl.col("role") == "landing")
    assert ties["place"].to_list() == ["CD", "CW", None, "CW", "FJ"]
    assert ties["basis"].unique().to_list() == ["declared"]
    assert ties["share_min"].null_count() == ties.height


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


def test_the_reader_is_asked_for_its_files(tmp_path: Path) -> None:
    """Of all readers this one takes each form of the map."""
    root = edition(tmp_path)
    points = root / "landing-point"
    files = (root / "cable" / "one.json", root / "cable" / "cable-geo.json", points / "lonely-yemen.json")
    for path in (root, root / "cable", points, *files, points / "landing-point-geo.json"):
        assert readers.claimant(path) == "telegeography", path
