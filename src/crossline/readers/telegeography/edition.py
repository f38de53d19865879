"""The objects of an edition: cables, landing points, courses, and what its indexes list.

Objects are known by their members, not by where they stand, so that the folders of an edition, the exports of all
cables in one file and GeoJSON are read alike, and editions of other years by the members they have.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crossline.phones import documents
from crossline.readers.telegeography import exports, geometry
from crossline.readers.telegeography.layout import CONFIG, INDEXES, LIST
from crossline.readers.telegeography.naming import identity
from crossline.tables import Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crossline.tables import Limits

BYTES_MOST: Final = 512 << 20  # of one edition; the real one has 7 MB
_FIRST, _LAST = 1990, 2199
_OF_A_CABLE: Final = ("owners", "suppliers", "landing_points", "length")
_OF_A_POINT: Final = ("country", "latlon", "latitude")

Object = dict[str, Any]


@dataclass
class Placed:
    """An object and the place in the edition that it was read from."""

    locator: str
    held: Object


@dataclass
class Edition:
    """What was found: objects by id, in the order in which they were found."""

    day: date | None = None
    cables: dict[str, Placed] = field(default_factory=dict)
    points: dict[str, Placed] = field(default_factory=dict)
    courses: dict[str, geometry.Course] = field(default_factory=dict)
    spots: dict[str, geometry.Position] = field(default_factory=dict)
    drawn: dict[str, Placed] = field(default_factory=dict)  # cables and points that GeoJSON names
    pinned: dict[str, Placed] = field(default_factory=dict)
    indexes: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # folder: name of a file: ids of cables
    listed: set[str] = field(default_factory=set)  # ids in the list of all cables
    numbered: int = 0  # objects whose id is a number
    operators: int = 0  # cables of which an export names who runs them
    rejects: list[Reject] = field(default_factory=list)

    def place(self, at: str, point: Object) -> None:
        """Keep where a landing point stands, by members of its own; the first place counts."""
        own, spot = identity(point), _stated(point)
        if own and spot and own not in self.spots:
            _pin(own, spot, at, self)

    def refuse(self, locator: str, reason: str) -> None:
        """Count what was not understood."""
        self.rejects.append(Reject(visible(locator, 300), reason))


def of_tree(folder: Path, names: Sequence[str], limits: Limits) -> Edition:
    """Return what the files and folders of an edition hold."""
    found = Edition()
    if CONFIG in names:
        _config(documents.document(folder / CONFIG, limits), found)
    paths = [place for name in names if (folder / name).is_dir() for place in _json_files(folder, name, found)]
    return _all(folder, paths, limits, found)


def of_files(folder: Path, names: Sequence[str], limits: Limits) -> Edition:
    """Return what files of one folder hold."""
    return _all(folder, list(names), limits, Edition())


def _json_files(folder: Path, name: str, found: Edition) -> Iterator[str]:
    for entry in sorted((folder / name).iterdir()):
        if entry.is_symlink() or not entry.is_file():
            found.refuse(f"{name}/{entry.name}", "neither a file nor part of an edition: passed over")
        elif entry.suffix == ".json":
            yield f"{name}/{entry.name}"
        elif not entry.name.startswith("."):
            found.refuse(f"{name}/{entry.name}", "not JSON by its name: passed over")


def _all(folder: Path, paths: Sequence[str], limits: Limits, found: Edition) -> Edition:
    deadline = time.monotonic() + limits.seconds * 0.9
    left = min(limits.bytes_in, BYTES_MOST)
    several = len(paths) > 1
    for done, place in enumerate(paths):
        path = folder / place
        try:
            left -= path.stat().st_size
        except OSError as error:
            found.refuse(place, f"cannot be read: {error.strerror or error}")
            continue
        if left < 0 or time.monotonic() > deadline or len(found.cables) + len(found.points) > limits.rows:
            found.rejects.append(
                Reject(f"{place} and after", "past a limit of the edition; not read", len(paths) - done)
            )
            break
        document = documents.document(path, limits)
        if isinstance(document, Reject):
            found.refuse(place if several else "file", document.reason)
            continue
        part = place.partition("/")[0]
        if part in INDEXES:
            _index(part, path.stem, document, found, place)
        elif path.name == LIST and several:
            found.listed |= {name for item in _objects(document) if (name := identity(item, found))}
        else:
            _sort(document, place if several else "", found)
    return found


def _config(document: object, found: Edition) -> None:
    text = document.get("creation_time") if isinstance(document, dict) else None
    try:
        day = date.fromisoformat(str(text)[:10])
    except ValueError:
        day = None
    if day is None or not _FIRST <= day.year <= _LAST:
        found.refuse(CONFIG, "it states no day of the edition (creation_time)")
    else:
        found.day = day


def _index(part: str, stem: str, document: object, found: Edition, place: str) -> None:
    held = document.get("cables") if isinstance(document, dict) else None
    if not isinstance(held, list):
        found.refuse(place, "an index that lists no cables")
        return
    names = {name for item in held if isinstance(item, dict) and (name := identity(item, found))}
    found.indexes.setdefault(part, {})[stem] = names


def _objects(document: object) -> list[Object]:
    return [item for item in document if isinstance(item, dict)] if isinstance(document, list) else []


def _sort(document: object, at: str, found: Edition) -> None:
    """Take the objects of a document, whichever form it has."""
    if isinstance(document, list):
        places = [(f"{at}[{number}]", item) for number, item in enumerate(document)]
    elif isinstance(document, dict) and isinstance(document.get("features"), list):
        places = [(f"{at}features[{number}]" if not at else f"{at} features[{number}]", item)
                  for number, item in enumerate(document["features"])]  # fmt: skip
    elif isinstance(document, dict) and not {"id", "name"} & document.keys():
        places = [
            (f"{at}{key}[{number}]", item)
            for key in ("cables", "landing_points")
            for number, item in enumerate(document[key] if isinstance(document.get(key), list) else [])
        ]
    else:
        places = [(at or "file", document)]
    for place, item in places:
        take(place, item, found)


def take(place: str, item: object, found: Edition) -> None:
    """Take an object as what its members say it is."""
    if not isinstance(item, dict):
        found.refuse(place, "no object")
        return
    if item.get("type") == "Feature":
        _feature(place, item, found)
        return
    cable = "cables" not in item and any(key in item for key in _OF_A_CABLE)
    point = not cable and any(key in item for key in _OF_A_POINT)
    if not cable and not point:
        if "cables" not in item:  # the files of an index say again what the cables' own say
            found.refuse(place, "neither a cable nor a landing point")
        return
    name = identity(item, found)
    if name is None:
        found.refuse(place, "it has no id that can be one")
        return
    if cable and not {"id", "cable_id"} & item.keys() and "name" not in item:
        found.refuse(place, "it has neither an id nor a name")
        return
    into = found.cables if cable else found.points
    if name in into:
        what = "cable" if cable else "landing point"
        found.refuse(place, f"the {what} {visible(name)} stands a second time: the first counts")
        return
    into[name] = Placed(place, item)
    spot = _stated(item) if point else None
    if spot is not None:
        _pin(name, spot, place, found)


def _feature(place: str, feature: Object, found: Edition) -> None:
    properties = exports.of_feature(feature)
    shape = feature.get("geometry")
    if isinstance(properties, str):
        found.refuse(place, properties)
        return
    name = identity(properties, found)
    if name is None:
        found.refuse(place, "a feature without an id that can be one")
        return
    found.operators += exports.OPERATOR in properties
    if isinstance(shape, dict) and shape.get("type") == "Point":
        if name in found.pinned:
            found.refuse(place, f"the landing point {visible(name)} stands a second time: the first counts")
            return
        found.pinned[name] = Placed(place, properties)
        _pin(name, shape, place, found)
        return
    course = found.courses.setdefault(name, geometry.Course())
    outside, short = course.outside, course.short
    if shape is not None and not geometry.add(course, shape):
        found.refuse(place, "its geometry is neither a point nor a line")
    if course.outside > outside:
        found.rejects.append(
            Reject(place, "a position outside the globe: the line is cut there", course.outside - outside)
        )
    if course.short > short:
        found.rejects.append(
            Reject(place, "a line of fewer than two positions (RFC 7946, 3.1.4)", course.short - short)
        )
    found.drawn.setdefault(name, Placed(place, properties))


def _stated(item: Object) -> Object | None:
    """Return the place that an object states in members of its own, as other editions do."""
    both = item.get("latlon")
    if isinstance(both, str):
        numbers = both.split(",")
        try:
            spot: list[Any] = [float(number) for number in reversed(numbers)]
        except ValueError:
            spot = []
        return {"type": "Point", "coordinates": spot}
    if "latitude" in item or "longitude" in item:
        return {"type": "Point", "coordinates": [item.get("longitude"), item.get("latitude")]}
    return None


def _pin(name: str, shape: Object, place: str, found: Edition) -> None:
    spot, wrong = geometry.point(shape)
    if wrong:
        found.refuse(place, "its place is none on the globe")
    if spot is not None:
        found.spots.setdefault(name, spot)
