"""Maps of submarine cables as others export them: GIS programs, OpenStreetMap, landing points in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cable_samples import ONE, POINTS, collection, rejected, write
from phones_told import told

from crossline.readers import telegeography

if TYPE_CHECKING:
    from pathlib import Path

LINE = [[-124.4, 43.1], [-180, 40], [-200, 38], [-220, 34.9]]


def drawn(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a feature with a line."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": LINE}} | more


def test_a_feature_with_the_members_of_a_cable_is_one(tmp_path: Path) -> None:
    """An export without ids has those of names, and its lists are split as in a map."""
    properties = {
        "Name": "Faster", "Owners": "China Mobile, Google", "suppliers": "NEC", "RFS": "2016 June",
        "length": "11,629 km",
        "status": "In Service", "Landing Points": "Chikura, Japan; Bandon, OR, United States",
    }  # fmt: skip
    found = told(write(tmp_path / "x.geojson", collection(drawn(properties))))
    assert found.ties["cable:faster"] == [
        ("landing", "asset:landing-point:chikura-japan"), ("landing", "asset:landing-point:bandon-or-united-states"),
        ("owner", "vendor:china mobile"), ("owner", "vendor:google"), ("builder", "vendor:nec"),
    ]  # fmt: skip
    row = found.columns["cable:faster"]
    assert (row["ready_year"], row["length_km"], row["status"], found.rejects) == (2016, 11629.0, "in-service", [])
    assert row["course"] == "MULTILINESTRING((-124.4 43.1,-180 40),(180 40,160 38,140 34.9))"
    assert found.columns["landing-point:chikura-japan"]["state"] == "JP"


def test_numbers_of_a_database_are_no_ids(tmp_path: Path) -> None:
    """An older export has numbers and another word for the year."""
    properties = {"cable_id": "1", "cartodb_id": 5, "name": "Faster", "ready_for_service": "2016", "owners": "BT"}
    found = told(write(tmp_path / "x.geojson", collection(drawn(properties))))
    assert (list(found.columns), found.columns["cable:faster"]["ready_year"]) == (["cable:faster"], 2016)


@pytest.mark.parametrize(
    ("more", "ours"),
    [({}, False), ({"cable": "A"}, True), ({"rfs": "2016"}, True), ({"owners": "x"}, False), ({"cabled": "A"}, False)],
)
def test_owner_and_supplier_alone_make_no_cable(tmp_path: Path, more: dict[str, str], ours: bool) -> None:
    """Pipes have owners and suppliers too: a year of service, landing points, or the word cable is needed."""
    features = [drawn({"owner": "x", "supplier": "y", "name": "Pipe"} | more)]
    path = write(tmp_path / "x.geojson", {"type": "FeatureCollection", "features": features})
    assert telegeography.claim(path, path.read_bytes()) == ours
    named = write(tmp_path / "y.geojson", {"type": "FeatureCollection", "name": "sea cables", "features": features})
    assert telegeography.claim(named, named.read_bytes())


def test_openstreetmap_is_read_by_its_tags(tmp_path: Path) -> None:
    """A cable has the id of OpenStreetMap; who operates it is no owner; cables for power and points are none."""
    sea = {"@id": "way/1", "name": "Faster", "operator": "Google", "man_made": "submarine_cable"}
    features = [
        drawn(sea, id="way/1"),
        drawn({"@id": "way/2", "communication": "line", "location": "underwater", "owner": "BT"}),
        drawn({"@id": "way/3", "seamark:type": "cable_submarine", "power": "cable"}),
        drawn({"@id": "way/4", "communication": "line"}),
        {
            "type": "Feature",
            "properties": sea | {"@id": "node/5"},
            "geometry": {"type": "Point", "coordinates": [1, 2]},
        },
    ]
    document = {"type": "FeatureCollection", "features": features}
    found = told(write(tmp_path / "osm.geojson", document))
    assert found.ties == {"cable:way/1": [], "cable:way/2": [("owner", "vendor:bt")]}
    assert [found.columns[f"cable:way/{n}"]["name"] for n in (1, 2)] == ["Faster", "way/2"]
    assert [where for where, _, _ in rejected(found)] == [f"features[{n}]" for n in (2, 3, 4)]
    assert found.notes == ["1 feature names who operates the cable, who need not own it: not kept"]


@pytest.mark.parametrize(
    ("held", "points"),
    [
        (["Beta, Curaçao", "Alpha, Congo, Dem. Rep."], ["beta-curaçao", "alpha-congo-dem-rep-"]),
        ("beta, CURAÇAO; lonely-yemen", ["beta-curaçao", "lonely-yemen"]),
        (["New Town, Fiji", "by-id"], ["new-town-fiji", "by-id"]),
    ],
)
def test_landing_points_in_words_are_those_of_the_edition(held: object, points: list[str], tmp_path: Path) -> None:
    """A name or an id leads to the edition's landing point where there is one; else a name is made one."""
    found = told(write(tmp_path / "x.json", {"cables": [ONE | {"landing_points": held}], "landing_points": POINTS}))
    landed = [value for role, value in found.ties["cable:one"] if role == "landing"]
    assert landed == [f"asset:landing-point:{point}" for point in points]
    if "new-town-fiji" in points:
        assert found.columns["landing-point:new-town-fiji"]["state"] == "FJ"


def test_a_list_of_places_parted_by_commas_is_refused(tmp_path: Path) -> None:
    """Commas stand within names of places: where two states are named no place is made up."""
    found = told(write(tmp_path / "x.json", [ONE | {"landing_points": "Chikura, Japan, Bandon, OR, United States"}]))
    assert [where for where, _, _ in rejected(found)] == ["[0] landing_points[0]"]
    assert [value for role, value in found.ties["cable:one"] if role == "landing"] == []
    assert "was not understood" in found.shown
