"""A small map of cables in TeleGeography's form, made up by hand for the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from phones_told import Told


def landing(name: str, country: str | None, **more: Any) -> dict[str, Any]:
    """Return a landing point as a cable's file names it."""
    slug = name.lower().replace(", ", "-").replace(". ", "-").replace(" ", "-").replace(".", "-")
    return {"id": slug, "name": name, "country": country, "is_tbd": None} | more


ONE = {
    "id": "one", "name": "One", "length": "1,234.5 km", "rfs": "2004 June", "rfs_year": 2004, "is_planned": False,
    "owners": "Ocean Specialists, Inc (OSI), Telia Eesti (formerly Eesti Telekom, EMT), China Mobile",
    "suppliers": "ASN, HMN Tech", "url": "https://example.org", "notes": None,
    "landing_points": [landing("Alpha, Congo, Dem. Rep.", "Congo, Dem. Rep."), landing("Beta, Curaçao", "Curaçao")],
}  # fmt: skip
TWO = {
    "id": "two", "name": "Two", "length": None, "rfs": "2027 Q4", "rfs_year": 2027, "is_planned": True,
    "owners": "Kakike, Lda.", "suppliers": None, "url": None, "notes": "It has other owners besides these.",
    "landing_points": [landing("Beta, Curaçao", "Curaçao"), landing("Gamma, Fiji", "Fiji", is_tbd=True)],
}  # fmt: skip
THREE = {
    "id": "three", "name": "One", "length": "n.a.", "rfs": "n.a.", "rfs_year": None, "is_planned": False,
    "owners": "", "suppliers": "NEC", "url": None, "notes": None,
    "landing_points": [landing("Delta, Atlantis", "Atlantis")],
}  # fmt: skip


def point(name: str, country: str, *cables: str) -> dict[str, Any]:
    """Return a landing point's own file."""
    held = landing(name, country)
    listed = [{"id": cable, "name": cable, "rfs_year": 2004, "is_planned": False} for cable in cables]
    return {"id": held["id"], "name": name, "country": country, "cables": listed, "landing_points": []}


POINTS = [
    point("Alpha, Congo, Dem. Rep.", "Congo, Dem. Rep.", "one"),
    point("Beta, Curaçao", "Curaçao", "one", "two"),
    point("Delta, Atlantis", "Atlantis", "three"),
    point("Lonely, Yemen", "Yemen"),
]


def feature(kind: str, name: str, coordinates: object, **more: Any) -> dict[str, Any]:
    """Return a feature of GeoJSON."""
    return {
        "type": "Feature",
        "properties": {"id": name, "name": name.title(), "feature_id": f"{name}-0"} | more,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    """Return a collection of features."""
    return {"type": "FeatureCollection", "name": "submarine_cables", "features": list(features)}


LINES = collection(
    feature("MultiLineString", "one", [[[10.123456, 1], [11, 2.00004]], [[-1, -1], [-2, -2]]]),
    feature("LineString", "one", [[5, 5], [6, 6]]),
    feature("MultiLineString", "two", [[[179, 0], [-179, 10]]]),
)
SPOTS = collection(
    feature("Point", "alpha-congo-dem-rep-", [12.5, -6], is_tbd=False),
    feature("Point", "beta-curaçao", [-69, 12.1], is_tbd=False),
    feature("Point", "lonely-yemen", [400, 12], is_tbd=False),
)


def write(path: Path, document: object) -> Path:
    """Write a document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def edition(folder: Path) -> Path:
    """Write a whole edition, and return its folder."""
    cables = [ONE, TWO, THREE]
    for cable in cables:
        write(folder / "cable" / f"{cable['id']}.json", cable)
    write(folder / "cable" / "all.json", [{"id": cable["id"], "name": cable["name"]} for cable in cables])
    write(folder / "cable" / "cable-geo.json", LINES)
    for held in POINTS:
        write(folder / "landing-point" / f"{held['id']}.json", held)
    write(folder / "landing-point" / "landing-point-geo.json", SPOTS)
    write(folder / "country" / "fiji.json", {"id": "fiji", "name": "Fiji", "cables": [{"id": "two"}]})
    write(folder / "supplier" / "asn.json", {"id": "asn", "name": "ASN", "cables": [{"id": "one"}]})
    write(folder / "supplier" / "hmn-tech.json", {"id": "hmn-tech", "name": "HMN Tech", "cables": [{"id": "one"}]})
    write(folder / "supplier" / "nec.json", {"id": "nec", "name": "NEC", "cables": [{"id": "three"}]})
    write(folder / "status" / "in-service.json", {"id": "in-service", "cables": [{"id": "one"}, {"id": "three"}]})
    write(folder / "status" / "planned.json", {"id": "planned", "cables": [{"id": "two"}]})
    write(folder / "search.json", [{"url": "/cable/one", "value": "One"}])
    write(folder / "config.json", {"creation_time": "2022-11-10T20:10:40-05:00"})
    return folder


def rejected(found: Told) -> list[tuple[str, str, int]]:
    """Return the rejects."""
    return [(reject.locator, reject.reason, reject.count) for reject in found.rejects]
