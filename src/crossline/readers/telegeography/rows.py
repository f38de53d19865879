"""Tables of cables in the words of maps: a row a cable (name, owners, rfs), or a row a landing.

What a row says is read as an object of a map is: lists are split by the same law, states are known by the same names.
Crossline's own tables have columns ``asset`` or ``kind`` and other words; see :mod:`crossline.readers.table`.
"""

from __future__ import annotations

import csv
import io
import re
import time
from typing import TYPE_CHECKING, Any, Final

from crossline.readers.telegeography import exports, territories
from crossline.tables import Reject
from crossline.text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.readers.telegeography.edition import Edition
    from crossline.tables import Limits

ROWS_MOST: Final = 200_000
_FEWEST: Final = 2
_MARKS: Final = ",;\t|"
_NOT_OURS: Final = frozenset({"asset", "kind"})  # of a table of assets
_OF_A_MAP: Final = frozenset(
    {"owners", "suppliers", "rfs", "rfs_year", "ready_for_service", "landing_points", "length", "is_planned"}
)
# Of these one is needed: of length and owners lists of anything may speak.
_OF_CABLES: Final = frozenset({"rfs", "rfs_year", "landing_points"})
_CABLE: Final = re.compile(r"(?:^|[\W_])cables?(?:$|[\W_])")
_OF_A_POINT: Final = ("country", "latitude", "longitude")
_OF_A_LANDING: Final = "landing_point"
_OF_A_ROW: Final = frozenset({*_OF_A_POINT, *_OF_CABLES, "owners", "suppliers", "length", "length_km", "status"})
_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def claimed(head: bytes) -> bool:
    """Return whether the first line has the columns of such a table."""
    return _mark(head.partition(b"\n")[0].decode("utf-8-sig", "replace")) is not None


def _mark(line: str) -> str | None:
    """Return what parts the cells of a header that is one of these, or None."""
    return next((mark for mark in _MARKS if _fits(_cells(line, mark))), None)


def _cells(line: str, mark: str) -> list[str]:
    try:
        rows = list(csv.reader([line.strip("\r\n")], delimiter=mark, strict=True))
    except csv.Error:
        return []
    return rows[0] if rows else []


def _fits(header: list[str]) -> bool:
    plain = {cell.strip().lower() for cell in header}
    written = {"_".join(cell.replace("_", " ").split()) for cell in plain}
    members = {exports.member(cell) for cell in header}
    if "name" not in members or written & _NOT_OURS:
        return False
    cable = any(_CABLE.search(cell) for cell in written)
    if len(written & _OF_A_MAP) >= _FEWEST and (cable or members & _OF_CABLES):
        return True
    return cable and _OF_A_LANDING in written and bool(members & _OF_A_ROW)


def read(path: Path, limits: Limits) -> Edition:
    """Return what a table says, as an edition of a map."""
    from crossline.phones import documents  # noqa: PLC0415 - polars is loaded for a file
    from crossline.readers.telegeography.edition import Edition  # noqa: PLC0415 - as above

    found = Edition()
    data = documents.content(path, limits)
    if isinstance(data, Reject):
        found.refuse(data.locator, data.reason)
        return found
    text = documents.decoded(data)
    mark = _mark(text.partition("\n")[0])
    if mark is None:
        found.refuse("line 1", "no columns of a table of cables")
    else:
        _rows(text, mark, limits, found)
    return found


def _rows(text: str, mark: str, limits: Limits, found: Edition) -> None:
    """Take the rows of a table as objects of an edition."""
    deadline = time.monotonic() + limits.seconds * 0.9
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    header = [exports.member(cell) for cell in next(rows)]
    a_landing = _OF_A_LANDING in header and "landing_points" not in header
    for number in range(ROWS_MOST + 1):
        begins = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            found.refuse(f"line {begins}", f"no row of CSV: {visible(str(error), 100)}")
            continue
        if row is None:
            return
        if number >= min(ROWS_MOST, limits.rows) or time.monotonic() > deadline:
            found.refuse(f"line {begins} and after", "past a limit on rows or seconds; not read")
            return
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            found.refuse(f"line {begins}", f"{len(row)} cells where the header has {len(header)}")
            continue
        # Of two columns that are one the first that says something counts.
        held: dict[str, Any] = {}
        for name, cell in zip(header, row, strict=True):
            if cell.strip():
                held.setdefault(name, cell.strip())
        (_landing if a_landing else _cable)(f"line {begins}", held, found)


def _cable(at: str, held: dict[str, Any], found: Edition) -> bool:
    """Take a row as a cable; returns whether it is one that was not there."""
    from crossline.readers.telegeography.edition import Placed  # noqa: PLC0415 - as above
    from crossline.readers.telegeography.naming import identity  # noqa: PLC0415

    if "is_planned" in held:
        held["is_planned"] = _TRUTH.get(held["is_planned"].lower(), held["is_planned"])
    if "length_km" in held:
        held["length_km"] = _number(held["length_km"].replace(",", ""))
    own = identity(held, found)
    if own is None:
        found.refuse(at, "it has no id or name that can be one")
        return False
    if own in found.cables:
        found.refuse(at, f"the cable {visible(own)} stands a second time: the first counts")
        return False
    found.cables[own] = Placed(at, held)
    return True


def _landing(at: str, held: dict[str, Any], found: Edition) -> None:
    """Take a row as a landing of a cable, which is made of the first row that names it."""
    from crossline.readers.telegeography.naming import identity, slug  # noqa: PLC0415 - as above

    of_cable = {name: cell for name, cell in held.items() if name not in (*_OF_A_POINT, _OF_A_LANDING)}
    own = identity(of_cable)
    first = found.cables.get(own or "")
    if first is None:
        if not _cable(at, of_cable | {"landing_points": []}, found):
            return
        first = found.cables[own or ""]
    elif other := sorted(name for name in of_cable if name in first.held and first.held[name] != of_cable[name]):
        found.refuse(at, f"{', '.join(other)}: another than in {first.locator}, which counts")
    if _OF_A_LANDING not in held:
        return
    title, country = held[_OF_A_LANDING], held.get("country")
    if country and territories.of_place(title) is None:
        title = f"{title}, {country}"
    point: dict[str, Any] = {"id": slug(title), "name": title}
    if country:
        point["country"] = country
    if "latitude" in held or "longitude" in held:
        point |= {name: _number(held.get(name, "")) for name in ("latitude", "longitude")}
        found.place(at, point)
    first.held["landing_points"].append(point)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
