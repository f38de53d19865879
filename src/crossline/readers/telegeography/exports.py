"""What exports of maps of cables call the members that TeleGeography's own has: GIS programs, OpenStreetMap, tables.

Names of members are compared in small letters, with an underscore for what parts words. OpenStreetMap's tags are those
of its pages on man_made=submarine_cable, communication=line and seamark:type=cable_submarine; who operates a cable
there (``operator``) need not own it, and is not kept.
"""

from __future__ import annotations

import re
from typing import Any, Final

OPERATOR: Final = "operator"
# Each member, and what else it is called.
_CALLED: Final = {
    "name": ("cable_name", "cable", "cablename", "cable_system", "system"),
    "owners": ("owner", "cable_owners"),
    "suppliers": ("supplier", "cable_suppliers"),
    "rfs": ("ready_for_service", "rfs_date", "start_date"),
    "rfs_year": ("ready_year",),
    "length": ("cable_length",),
    "length_km": ("length_(km)",),
    "landing_points": ("landings", "landing_stations"),
    "landing_point": ("landing", "landing_station"),
    "latitude": ("lat",),
    "longitude": ("lon", "lng", "long"),
}
_MEMBER: Final = {other: member for member, others in _CALLED.items() for other in others}
_OSM: Final = re.compile(r"(?:node|way|relation)/[0-9]{1,15}")
_OF_OSM: Final = frozenset({"@id", "@type", "man_made", "seamark:type", "communication", "osm_id"})
_GAP: Final = re.compile(r"[\s_-]+")


def member(name: str) -> str:
    """Return what the map itself calls a member of that name."""
    plain = _GAP.sub("_", name[:100].strip().lower())
    return _MEMBER.get(plain, plain)


def translated(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the map's own names of members: of two that are one, the map's own counts."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        own = member(name)
        if own == name or own not in found:
            found[own] = value
    return found


def of_feature(feature: dict[str, Any]) -> dict[str, Any] | str:
    """Return the members of a feature of GeoJSON, or why it is no cable and no landing point."""
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return "a feature without properties"
    if own := _osm_id(feature, properties):
        if not _osm_cable(properties):
            return "no tag of OpenStreetMap says that it is a submarine cable for communication"
        shape = feature.get("geometry")
        if isinstance(shape, dict) and shape.get("type") == "Point":
            return "a point of OpenStreetMap, which is no landing point by its tags"
        return {"name": own} | translated(properties) | {"id": own}
    found = translated(properties)
    stated = feature.get("id")
    if isinstance(stated, str) and "id" not in found and "cable_id" not in found and "name" not in found:
        found["id"] = stated
    return found


def _osm_id(feature: dict[str, Any], properties: dict[str, Any]) -> str | None:
    if _OF_OSM.isdisjoint(properties):
        return None
    held = (properties.get("@id"), feature.get("id"), properties.get("id"))
    return next((own for own in held if isinstance(own, str) and _OSM.fullmatch(own)), None)


def _osm_cable(tags: dict[str, Any]) -> bool:
    """Return whether tags are those of a submarine cable that does not carry power."""
    if "power" in tags or tags.get("seamark:cable_submarine:category") == "power":
        return False
    under = tags.get("location") in ("underwater", "submarine", "seabed") or tags.get("submarine") == "yes"
    return (
        tags.get("man_made") == "submarine_cable"
        or tags.get("seamark:type") == "cable_submarine"
        or (tags.get("communication") in ("line", "cable") and under)
    )
