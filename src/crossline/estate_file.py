"""``estate.yaml``: who "we" are, where our facilities are, and what files cannot say of themselves.

docs/estate-file.md describes it, ``schema/estate.json`` lets an editor check it. What a file says of itself stands;
this only fills in what is missing. A mistake is named with its line, a misspelt key with the one that is meant.
"""

from __future__ import annotations

import difflib
import ipaddress
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, NoReturn

from crossline import identifiers, kinds, readers, yamlfile
from crossline.yamlfile import Route, YamlError
from crossline.yamlform import Form, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

NAME: Final = "estate.yaml"
VANTAGES: Final = ("ours", "collector")

_TOP: Final = ("we", "facilities", "files", "parameters")
_WE: Final = ("parties", "states", "asns")
_FACILITY: Final = ("id", "name", "state", "diplomatic", "access", "prefixes", "sites")
_FILE: Final = ("path", "vantage", "observed_at", "reader", "kind", "facility", "columns")

Value = str | int | float | bool | date | list[str]


class EstateFileError(YamlError):
    """An estate.yaml that cannot be used: where, and what to put right."""


@dataclass(frozen=True)
class We:
    """Those who ask: party ids, ISO 3166-1 alpha-2 codes, AS numbers in plain decimal."""

    parties: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    asns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facility:
    """A building or site of ours. ``state`` is whose facility it is, not where it stands.

    ``prefixes`` are the addresses inside it, ``sites`` what inventories call it, ``access`` how traffic reaches it.
    """

    id: str
    name: str
    state: str | None = None
    diplomatic: bool | None = None
    prefixes: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    access: str | None = None

    def columns(self) -> dict[str, Value]:
        """Return what the facility says in the columns of a device or a path."""
        found: dict[str, Value] = {}
        if self.diplomatic is not None:
            found["facility"] = "diplomatic" if self.diplomatic else "other"
        if self.state is not None:
            found["facility_state"] = self.state
        return found


@dataclass(frozen=True)
class FileRule:
    """What the files that match a pattern leave unsaid, by column.

    Besides columns, ``kind`` is that of the rows of a table, and ``reader`` the reader that takes the file.
    """

    pattern: str
    says: dict[str, Value]

    def matches(self, relative: str) -> bool:
        """Return whether it speaks of the file; a pattern without a slash is matched with the file's name alone."""
        return fnmatchcase(relative if "/" in self.pattern else relative.rpartition("/")[2], self.pattern)


@dataclass(frozen=True)
class EstateFile:
    """What an estate.yaml says. ``we`` is None where it does not say who we are."""

    path: str
    we: We | None = None
    facilities: tuple[Facility, ...] = ()
    files: tuple[FileRule, ...] = ()
    parameters: dict[str, dict[str, Value]] = field(default_factory=dict)

    def stated(self, relative: str) -> dict[str, Any]:
        """Return column → value for a file, by its path from the folder (with ``/``); of several rules the first."""
        found: dict[str, Any] = {}
        for rule in self.files:
            if rule.matches(relative):
                found = rule.says | found
        return found


def load(path: Path) -> EstateFile:
    """Read an estate.yaml; raises EstateFileError, or OSError where it cannot be opened."""
    try:
        return _Reader(yamlfile.load_document(path)).read(str(path))
    except EstateFileError:
        raise
    except YamlError as error:
        raise EstateFileError(error.path, error.line, error.column, error.message) from None


class _Reader(Form):
    """Turns a document into an EstateFile, part by part."""

    def fail(self, route: Route, message: str) -> NoReturn:
        """Raise an error that points at a part of the document."""
        error = self.document.error(route, message)
        raise EstateFileError(error.path, error.line, error.column, error.message)

    def read(self, path: str) -> EstateFile:
        """Read the whole."""
        top = self.mapping((), self.document.value, _TOP)
        facilities = tuple(self.facility(route, item) for route, item in self.items(("facilities",), top))
        known = {facility.id: facility for facility in facilities}
        if len(known) < len(facilities):
            first = {facility.id: number for number, facility in reversed(list(enumerate(facilities)))}
            twice = next(number for number, facility in enumerate(facilities) if first[facility.id] < number)
            self.fail(("facilities", twice, "id"), f"the facility {facilities[twice].id!r} stands twice")
        return EstateFile(
            path,
            self.we(top["we"]) if top.get("we") is not None else None,
            facilities,
            tuple(self.file(route, item, known) for route, item in self.items(("files",), top)),
            self.parameters(top.get("parameters")),
        )

    def listed(self, route: Route, part: dict[str, Any], parse: Callable[[str], str]) -> tuple[str, ...]:
        """Return the words at the route's last key, each brought to its form; none where it is left out."""
        value = part.get(str(route[-1]))
        return () if value is None else self.texts(route, value, parse)

    def word(self, route: Route, value: object, choices: Collection[str]) -> str:
        """Check that a value is one of some words; there are few enough here to list them all."""
        if value not in choices:
            near = difflib.get_close_matches(str(value), choices, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            self.fail(route, f"{str(value)[:60]!r} is none of {', '.join(choices)}{meant}")
        return str(value)

    def we(self, value: object) -> We:
        """Read who we are."""
        part = self.mapping(("we",), value, _WE)
        parse = {name: identifiers.load(name).parse for name in ("party", "state", "asn")}
        return We(
            self.listed(("we", "parties"), part, parse["party"]),
            self.listed(("we", "states"), part, parse["state"]),
            self.listed(("we", "asns"), part, parse["asn"]),
        )

    def facility(self, route: Route, value: object) -> Facility:
        """Read a facility."""
        part = self.mapping(route, value, _FACILITY, ("id",))
        name, state, diplomatic = part.get("name"), part.get("state"), part.get("diplomatic")
        if diplomatic is not None and not isinstance(diplomatic, bool):
            self.fail((*route, "diplomatic"), f"expected true or false, not {kind_of(diplomatic)}")
        identity = self.text((*route, "id"), part["id"])
        return Facility(
            identity,
            self.text((*route, "name"), name) if name is not None else identity,
            self.parsed((*route, "state"), state, identifiers.load("state").parse) if state is not None else None,
            diplomatic,
            self.listed((*route, "prefixes"), part, lambda text: str(ipaddress.ip_network(text))),
            self.listed((*route, "sites"), part, str.strip),
            self.word((*route, "access"), part["access"], _access()) if part.get("access") is not None else None,
        )

    def file(self, route: Route, value: object, facilities: dict[str, Facility]) -> FileRule:
        """Read what is said of some files."""
        part = self.mapping(route, value, _FILE, ("path",))
        says: dict[str, Value] = {}
        if part.get("facility") is not None:
            at = (*route, "facility")
            says |= facilities[self.word(at, part["facility"], tuple(facilities))].columns()
        if part.get("vantage") is not None:
            says["vantage"] = self.word((*route, "vantage"), part["vantage"], VANTAGES)
        if part.get("reader") is not None:
            says["reader"] = self.word((*route, "reader"), part["reader"], readers.names())
        if part.get("kind") is not None:
            says["kind"] = self.word((*route, "kind"), part["kind"], kinds.names())
        if part.get("observed_at") is not None:
            says["observed_at"] = self.day((*route, "observed_at"), part["observed_at"])
        says |= self.columns((*route, "columns"), part.get("columns"), says.get("kind"))
        pattern = self.text((*route, "path"), part["path"])
        if pattern.startswith(("/", "./", "../")):
            self.fail((*route, "path"), f"{pattern!r} is not a path from this folder, such as tables/*.csv")
        return FileRule(pattern, says)

    def columns(self, route: Route, value: object, kind: Value | None) -> dict[str, Value]:
        """Read values for columns of a kind, or where none is stated of any kind."""
        if value is None:
            return {}
        among = [kinds.load(name) for name in ([kind] if isinstance(kind, str) else kinds.names())]
        known = {column.name: column for one in among for column in one.columns}
        part = self.mapping(route, value, tuple(sorted(known)))
        return {name: self.cell((*route, name), item, known[name]) for name, item in part.items()}

    def cell(self, route: Route, value: object, column: kinds.Column) -> Value:
        """Check a value against its column."""
        if column.type == "date":
            return self.day(route, value)
        if column.type == "texts":
            if not isinstance(value, list):
                self.fail(route, f"expected a list of words, not {kind_of(value)}")
            return [self.one_text((*route, number), item, column) for number, item in enumerate(value)]
        if column.type == "text":
            return self.one_text(route, value, column)
        wanted = {"integer": (int,), "number": (int, float), "boolean": (bool,)}[column.type]
        if not isinstance(value, wanted) or (isinstance(value, bool) and column.type != "boolean"):
            self.fail(route, f"expected a {column.type}, not {kind_of(value)}")
        if column.least is not None and column.most is not None and not column.least <= value <= column.most:
            self.fail(route, f"{value} is not within {column.bounds}")
        return value

    def one_text(self, route: Route, value: object, column: kinds.Column) -> str:
        """Check a text against its column."""
        if column.choices:
            return self.word(route, value, column.choices)
        if column.is_state:
            return self.parsed(route, value, identifiers.load("state").parse)
        return self.text(route, value)

    def parameters(self, value: object) -> dict[str, dict[str, Value]]:
        """Read parameters of regimes: whether they exist, the regime itself says."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail(("parameters",), "expected the ids of regimes, each with its parameters")
        found: dict[str, dict[str, Value]] = {}
        for regime, pairs in value.items():
            if not isinstance(pairs, dict):
                self.fail(("parameters", regime), "expected parameters and their values")
            for key, item in pairs.items():
                if not isinstance(item, (str, int, bool)) and not (
                    isinstance(item, list) and all(isinstance(word, str) for word in item)
                ):
                    self.fail(
                        ("parameters", regime, key),
                        f"expected a word, a number or a list of words, not {kind_of(item)}",
                    )
            found[regime] = dict(pairs)
        return found


def _access() -> tuple[str, ...]:
    return next(column.choices for column in kinds.load("path").columns if column.name == "access")
