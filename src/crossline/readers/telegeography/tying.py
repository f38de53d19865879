"""Cables and landing points as assets: their columns, their ties, and how much the map shows of each role."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.identifiers import vendor
from crossline.identifiers.state import names as state_names
from crossline.kinds import load
from crossline.readers.telegeography import geometry, landings, parties, territories
from crossline.readers.telegeography.edition import Placed
from crossline.readers.telegeography.landings import LANDINGS_MOST
from crossline.readers.telegeography.naming import identity
from crossline.tables import ASSET, TIE, UNREAD, Batch, Note, Reject, encode_ties, extent_rows
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.readers.telegeography.edition import Edition, Object
    from crossline.readers.telegeography.names import Known
    from crossline.tables import Extent, Limits

_SHOWN: Final = 100  # characters of what is refused
_LENGTH: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7})(?:\.([0-9]{1,6}))?\s*km", re.IGNORECASE)
_KM_MOST: Final = 100_000  # as the kind bounds it
_YEAR: Final = re.compile(r"(?:(?:19|20)[0-9]{2}|2100)(?![0-9])")
_UNSTATED: Final = re.compile(r"\s*(?:n\s*[./]?\s*a\.?|tb[acd]|unknown|-*)\s*", re.IGNORECASE)
_MORE_OWNERS: Final = re.compile(r"\b(?:other|additional|further|more) owners\b", re.IGNORECASE)
_MEMBER: Final = {"owner": "owners", "builder": "suppliers"}
_NO_SUPPLIER: Final = "the map names no supplier"
_NO_OWNER: Final = "the map names no owner"
_NO_LANDING: Final = "the map names no landing point"
_SEVERAL: Final = "a list parted by commas, which stand within names: part it by semicolons"
_WRONG_LANDINGS: Final = "what the map says of landing points was not understood"

Tie = tuple[int, str, str, str, int, str | None, float | None, str, str | None]
_SPELT: Final = ("bundle", "role", "type", "value", "seq", "place", "share_min", "locator", "written")


@dataclass
class _Columns:
    """Columns of a batch while its rows are made."""

    limits: Limits
    rows: list[dict[str, Any]] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    extents: list[tuple[int | None, str, Extent, str | None]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    thinned: int = 0  # courses of which positions were left out, and how many of these
    fewer: int = 0
    apart: int = 0  # landing points in a territory with a code of its own, of which the map names the state

    def refuse(self, locator: str, reason: str) -> None:
        """Count what was not understood."""
        self.rejects.append(Reject(visible(locator, 300), reason))

    def batch(self, kind: str) -> Batch:
        """Return the batch of these columns."""
        own = {name: dtype for name, dtype in load(kind).schema().items() if any(name in row for row in self.rows)}
        schema = dict(ASSET) | own | (UNREAD if any(row.get("unread") for row in self.rows) else {})
        assets = pl.DataFrame([{name: row.get(name) for name in schema} for row in self.rows], schema=schema)
        spelt = pl.DataFrame(self.ties, schema={name: TIE.get(name, pl.String()) for name in _SPELT}, orient="row")
        identifiers, ties = encode_ties(spelt.with_columns(share_max="share_min", basis=pl.lit("declared")))
        ties = ties.select(pl.col(name).cast(TIE[name]) for name in TIE if name in ties.columns)
        return Batch(kind, assets, identifiers, ties, extent_rows(self.extents))


def told(found: Edition, limits: Limits, facts: frozenset[str] = frozenset()) -> Iterator[Batch | Reject | Note]:
    """Yield the landing points and cables of an edition, what was refused, and what is to be said of it.

    ``facts`` are names of companies in their one form, which tell what parts of a name are names.
    """
    everything = landings.settled(found)
    points, states = _points(found, everything, limits)
    cables = _cables(found, everything, states, limits, parties.known(everything.values(), facts))
    if points.rows:
        yield points.batch("landing-point")
    if cables.rows:
        yield cables.batch("cable")
    yield from _kept([*found.rejects, *points.rejects, *cables.rejects], limits)
    yield from _notes(found, cables)
    if points.apart:
        many = _counted(points.apart, "landing point stands", "landing points stand")
        yield Note(f"{many} in Hong Kong or Macao, which the map counts to China: HK and MO have codes of their own")


def _kept(rejects: list[Reject], limits: Limits) -> Iterator[Reject]:
    yield from rejects[: limits.rejects]
    if more := sum(reject.count for reject in rejects[limits.rejects :]):
        yield Reject("the rest", "more of these, not listed one by one", more)


def _notes(found: Edition, cables: _Columns) -> Iterator[Note]:
    if not found.cables and not found.points and not found.drawn and not found.pinned:
        yield Note("there is neither a cable nor a landing point in it" + (": an index" if found.indexes else ""))
        return
    if cables.thinned:
        many = _counted(cables.thinned, "course has", "courses have")
        most = f"{geometry.POSITIONS_KEPT:,}"
        yield Note(f"{many} more than {most} positions: {cables.fewer:,} of them left out")
    if found.operators:
        many = _counted(found.operators, "feature names", "features name")
        yield Note(f"{many} who operates the cable, who need not own it: not kept")
    if found.numbered:
        yield Note("ids are numbers in it: they are exchanged for those that later editions make of names")
    yield from _disagreements(found)


def _disagreements(found: Edition) -> Iterator[Note]:
    """Say where indexes list other cables than there are, or other suppliers than the cables' own files."""
    if not found.cables:
        return
    listed = found.listed.union(*(ids for files in found.indexes.values() for ids in files.values()))
    if missing := len(listed - found.cables.keys()):
        yield Note(f"{_counted(missing, 'cable stands', 'cables stand')} in indexes alone, without a file of its own")
    if "supplier" in found.indexes:
        said: dict[str, set[str]] = {}
        for stem, ids in found.indexes["supplier"].items():
            for name in ids:
                said.setdefault(name, set()).add(_letters(stem))
        wrong = sum(
            {_letters(own) for own in parties.split(placed.held.get("suppliers")).names} != said.get(name, set())
            for name, placed in found.cables.items()
        )
        if wrong:
            yield Note(
                f"{_counted(wrong, 'cable has', 'cables have')} other suppliers in the index: its own file counts"
            )


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


# -- landing points -----------------------------------------------------------------------------------------------


def _points(found: Edition, cables: dict[str, Placed], limits: Limits) -> tuple[_Columns, dict[str, tuple[str, str]]]:
    """Return the columns of landing points, and the state of each whose state is known, and where that stands."""
    made = _Columns(limits)
    states: dict[str, tuple[str, str]] = {}
    for name, placed in _all_points(found, cables).items():
        if len(made.rows) >= limits.rows:
            made.refuse(placed.locator, f"past the limit of {limits.rows:,} landing points; not read")
            break
        title = _name(placed, name, made)
        stated = _state(placed, title, made)
        spot = found.spots.get(name)
        code = territories.finer(stated, spot) if stated else None
        made.apart += code != stated
        if code:
            states[name] = code, placed.locator
        made.rows.append(
            {
                "asset": f"landing-point:{name}", "name": title, "observed_at": found.day,
                "locator": visible(placed.locator, 300), "bundle": 0, "state": code,
                "longitude": spot and spot[0], "latitude": spot and spot[1],
            }
        )  # fmt: skip
    return made, states


def _all_points(found: Edition, cables: dict[str, Placed]) -> dict[str, Placed]:
    """Return landing points by id: of files of their own, then of GeoJSON, then as cables name them."""
    points = dict(found.points)
    for name, placed in found.pinned.items():
        points.setdefault(name, placed)
    for placed in cables.values():
        held = placed.held.get("landing_points")
        for number, landing in enumerate(held[:LANDINGS_MOST] if isinstance(held, list) else []):
            if isinstance(landing, dict) and (own := identity(landing)):
                points.setdefault(own, Placed(f"{placed.locator} landing_points[{number}]", landing))
    return points


def _name(placed: Placed, other: str, made: _Columns) -> str:
    held = placed.held
    if held.get("name") is not None and not isinstance(held["name"], str):
        made.refuse(placed.locator, "name: no text")
    name = next((held[key] for key in ("name", "location_name") if isinstance(held.get(key), str)), "")
    return visible(name.strip()) or other


def _state(placed: Placed, title: str, made: _Columns) -> str | None:
    """Return the code of the state that the map names for a place; one that is not known is refused."""
    stated = placed.held.get("country")
    if stated is None:
        return territories.of_place(title)
    code = state_names.stated(stated)
    if code is None:
        shown = visible(stated if isinstance(stated, str) else repr(stated)[:_SHOWN], _SHOWN)
        made.refuse(placed.locator, f"country: {shown!r} is no state or territory that is known by that name")
    return code


# -- cables -------------------------------------------------------------------------------------------------------


def _cables(
    found: Edition, everything: dict[str, Placed], states: dict[str, tuple[str, str]], limits: Limits, known: Known
) -> _Columns:
    made = _Columns(limits)
    for name, placed in found.drawn.items():
        if name not in everything:
            made.refuse(placed.locator, f"a course of {visible(name)}, of which there is no cable: not read")
    indexed = {name: stem for stem, ids in found.indexes.get("status", {}).items() for name in ids}
    for bundle, (name, placed) in enumerate(everything.items()):
        if bundle >= limits.rows:
            made.refuse(placed.locator, f"past the limit of {limits.rows:,} cables; not read")
            break
        held, at = placed.held, placed.locator
        course = found.courses.get(name)
        if course and (fewer := course.thinned()):
            made.thinned += 1
            made.fewer += fewer
        values: dict[str, object] = {"name": _name(placed, name, made)}
        unread = []
        for column, reading in (
            ("status", partial(_status, held, indexed.get(name))),
            ("ready_year", partial(_ready, held)),
            ("length_km", partial(_length, held)),
        ):
            before = len(made.rejects)
            values[column] = reading(at, made)
            unread += [column] if len(made.rejects) > before else []
        made.rows.append(
            {
                "asset": f"cable:{name}", "observed_at": found.day,
                "locator": visible(at, 300), "bundle": bundle, "course": course and course.text(), **values,
                "unread": unread or None,
            }
        )  # fmt: skip
        seq = _landings(bundle, placed, states, made)
        if "owners" in held:
            open_ended = bool(_MORE_OWNERS.search(str(held.get("notes") or "")[:5000]))
            seq = _parties((bundle, seq, at), "owner", held["owners"], made, known, open_ended=open_ended)
        if "suppliers" in held:
            _parties((bundle, seq, at), "builder", held["suppliers"], made, known)
    return made


def _word(stated: str) -> str | None:
    """Return the status that a word means, of those of the kind."""
    column = load("cable").column("status")
    return column.chosen(stated) if column else None


def _status(held: Object, indexed: str | None, at: str, made: _Columns) -> str | None:
    planned = held.get("is_planned")
    stated = held.get("status")
    own = _word(stated) if isinstance(stated, str) else None
    if isinstance(stated, str) and own is None:
        made.refuse(at, f"status: {visible(stated)!r} is none of in service, planned, retired")
    elif stated is not None and not isinstance(stated, str):
        made.refuse(at, "status: no text")
    if isinstance(planned, bool):
        if own is not None and planned != (own == "planned"):
            made.refuse(at, f"is_planned: {str(planned).lower()}, and status {own}, which counts")
        own = own or ("planned" if planned else "in-service")
    elif planned is not None:
        made.refuse(at, "is_planned: neither true nor false")
    other = _word(indexed) if indexed else None
    if own and other and own != other:
        made.refuse(at, f"status: the index says {other} and its own file {own}, which counts")
    return own or other


def _ready(held: Object, at: str, made: _Columns) -> int | None:
    year = held.get("rfs_year")
    if type(year) in (int, str) and _YEAR.fullmatch(str(year).strip()):
        return int(year)  # type: ignore[arg-type]  # a number or text, as was just asked
    if year is not None and not (isinstance(year, str) and _UNSTATED.fullmatch(year)):
        made.refuse(at, "rfs_year: not a year")
    text = held.get("rfs")
    if text is None or (isinstance(text, str) and _UNSTATED.fullmatch(text)):
        return None
    found = _YEAR.match(str(text).strip()) if isinstance(text, (str, int)) else None
    if found is None:
        made.refuse(at, "rfs: it begins with no year")
        return None
    return int(found[0])


def _length(held: Object, at: str, made: _Columns) -> float | None:
    text = held.get("length")
    if text is None or (isinstance(text, str) and _UNSTATED.fullmatch(text)):
        stated = held.get("length_km")
        if stated is not None and not (type(stated) in (int, float) and 0 <= stated <= _KM_MOST):
            made.refuse(at, "length_km: not a number of kilometres")
            return None
        return None if stated is None else float(stated)
    found = _LENGTH.fullmatch(text.strip()) if isinstance(text, str) else None
    km = float(f"{found[1].replace(',', '')}.{found[2] or 0}") if found else None
    if km is None or km > _KM_MOST:
        made.refuse(at, "length: not a number of kilometres (45,000 km)")
        return None
    return km


def _landings(  # noqa: C901 - each way in which a landing may be no landing
    bundle: int, placed: Placed, states: dict[str, tuple[str, str]], made: _Columns
) -> int:
    """Add the landings of a cable; returns the next place in its sequence."""
    held = placed.held.get("landing_points")
    if held is None and "landing_points" not in placed.held:
        return 0  # a course of GeoJSON: landings were not seen
    if not isinstance(held, list):
        made.refuse(f"{placed.locator} landing_points", "neither text nor a list")
    seen: set[str] = set()
    undecided = wrong = 0
    for number, landing in enumerate(held if isinstance(held, list) else ()):
        at = f"{placed.locator} landing_points[{number}]"
        if number >= LANDINGS_MOST:
            made.refuse(at, f"more than {LANDINGS_MOST:,} landing points of one cable; not read")
            wrong += 1
            break
        item: Object = landing if isinstance(landing, dict) else {"id": landing}
        name = identity(item)
        if name is None:
            several = landings.UNPARTED in item
            made.refuse(at, _SEVERAL if several else "a landing point without an id that can be one")
            wrong += 1
            continue
        undecided += item.get("is_tbd") is True
        if name in seen:
            continue
        stated = item.get("country")
        # The landing point's own file says why a country is refused.
        code = state_names.stated(stated)
        own, where = states.get(name, (None, ""))
        if code and own and code != own and not territories.counted_to(own, code):
            made.refuse(at, f"country: {code} here, and {own} at {visible(where, 200)}, which counts")
        code = own or code
        made.ties.append(
            (bundle, "landing", "asset", f"landing-point:{name}", len(seen), code, None, visible(at, 300), None)
        )
        seen.add(name)
    if not seen:
        said = _NO_LANDING if isinstance(held, list) and not wrong else _WRONG_LANDINGS
        made.extents.append((bundle, "landing", "none", said))
    elif undecided:
        are = "is" if undecided == 1 else "are"
        made.extents.append((bundle, "landing", "some", f"{undecided} of its landing points {are} to be decided"))
    elif wrong:
        made.extents.append((bundle, "landing", "some", "the map names landing points that were not understood"))
    else:
        made.extents.append((bundle, "landing", "all", None))
    return len(seen)


def _parties(  # noqa: PLR0913 - a list, its place and what is known of names
    where: tuple[int, int, str], role: str, held: object, made: _Columns, known: Known, *, open_ended: bool = False
) -> int:
    """Add the names of a list at a bundle, a place in its sequence and a locator; returns the next place in it."""
    bundle, seq, at = where
    found = parties.split(held, known)
    none = _NO_OWNER if role == "owner" else _NO_SUPPLIER
    reason = "a note of the map says that there are more owners" if open_ended else None
    if found.nobody:
        reason = f"the map says {visible(found.nobody)!r}"
    if found.fault:
        reason = f"not every name of the list was understood: {found.fault}"
        made.refuse(f"{at} {_MEMBER[role]}", found.fault)
    seen: set[str] = set()
    for name in found.names:
        try:
            value = vendor.parse(name)
        except ValueError as error:
            reason = "not every name of the list was understood"
            made.refuse(f"{at} {_MEMBER[role]}", visible(str(error), 200))
            continue
        if value not in seen:
            written, share = visible(" ".join(name.split()), vendor.MAX_LENGTH), found.shares.get(name)
            made.ties.append((bundle, role, "vendor", value, seq + len(seen), None, share, visible(at, 300), written))
            seen.add(value)
    extent: Extent = "none" if not seen else "some" if reason else "all"
    made.extents.append((bundle, role, extent, reason or (none if not seen else None)))
    return seq + len(seen)
