"""YAML that strangers wrote, read without surprises.

What is understood is the part of YAML 1.2 (https://yaml.org/spec/1.2.2/) that JSON knows: mappings with text keys,
lists, text, numbers, ``true``/``false``, ``null``, and ISO 8601 dates as :class:`datetime.date`. Plain scalars follow
the core schema (10.3.2), so ``NO`` is Norway and ``on`` is a word, with two differences: a whole number that starts
with a zero stays text, because YAML 1.1 and 1.2 read it differently, and ``.inf`` and ``.nan`` stay text.

Anchors, aliases, merge keys, tags, a second document and a key that stands twice are refused, each with its line:
an alias lets a small file unfold without bound, and the rest means one thing to one program and something else to
the next.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int]  # line and column, both counted from 1
Route = tuple[str | int, ...]  # keys and positions that lead from the root to a value

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DIGITS: Final = 18  # any number of that many digits fits a signed 64-bit integer


class YamlError(Mistake):
    """A file that is not YAML as it is understood here: where, and why. Line and column count from 1."""

    def __init__(self, path: str | None, line: int, column: int, message: str) -> None:
        """Keep the place and the message apart, for those who show them in their own way."""
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        super().__init__(f"{path or 'YAML'}:{line}:{column}: {message}")


@dataclass(frozen=True)
class Limits:
    """What one document may spend."""

    bytes_in: int = 4 << 20
    depth: int = 32
    nodes: int = 200_000  # scalars, lists and mappings


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Document:
    """A value, and where each part of it stands: a mapping's value at its key, a list's item where it begins."""

    value: object
    places: dict[Route, Place]
    path: str | None = None

    def error(self, route: Route, message: str) -> YamlError:
        """Make an error that points at the value, or at the nearest thing around it that has a place."""
        while route and route not in self.places:
            route = route[:-1]
        line, column = self.places.get(route, (1, 1))
        return YamlError(self.path, line, column, message)


def load(data: bytes | Path, *, limits: Limits = DEFAULT_LIMITS, path: str | None = None) -> object:
    """Return the value of a YAML document; raises YamlError, or OSError where a file cannot be read.

    ``path`` is how errors call the document; for a Path it is the path itself.
    """
    return load_document(data, limits=limits, path=path).value


def load_document(data: bytes | Path, *, limits: Limits = DEFAULT_LIMITS, path: str | None = None) -> Document:
    """Return the value together with the place of each part of it; raises as :func:`load` does."""
    if isinstance(data, Path):
        path = path or str(data)
        with data.open("rb") as file:
            data = file.read(limits.bytes_in + 1)
    if len(data) > limits.bytes_in:
        raise YamlError(path, 1, 1, f"the file is larger than the limit of {limits.bytes_in} bytes")
    builder = _Builder(path, limits)
    text = _decode(data, path)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, path) from None
    except yaml.YAMLError as error:
        line, column = _place_of_index(text, getattr(error, "position", 0))
        raise YamlError(path, line, column, "a control character or another one that YAML does not allow") from None
    if not builder.documents:
        raise YamlError(path, 1, 1, "there is nothing in it")
    return Document(builder.root, builder.places, path)


def _events(text: str) -> Iterator[Any]:
    return cast("Iterator[Any]", yaml.parse(text, Loader=_LOADER))


def _decode(data: bytes, path: str | None) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        hint = "; it looks like UTF-16, save it as UTF-8" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise YamlError(path, line, column, f"a byte that is not UTF-8{hint}") from None


def _place_of_index(text: str, index: object) -> Place:
    before = text[: index if isinstance(index, int) else 0]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _syntax_error(error: yaml.MarkedYAMLError, text: str, path: str | None) -> YamlError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    at = lines[line - 1] if line <= len(lines) else ""
    if "\t" in at[: len(at) - len(at.lstrip())] or at[column - 1 : column] == "\t":
        return YamlError(path, line, column, "a tab where YAML wants spaces")
    message = " ".join(part for part in (error.context, error.problem) if part)
    return YamlError(path, line, column, message or "this is not YAML")


@dataclass
class _Frame:
    """A list or mapping that is still open."""

    value: dict[str, object] | list[object]
    route: Route
    key: str | None = None
    key_place: Place = (1, 1)


@dataclass
class _Builder:
    """Builds a value from the parser's events without recursion, so that depth costs no stack."""

    path: str | None
    limits: Limits
    root: object = None
    documents: int = 0
    nodes: int = 0
    places: dict[Route, Place] = field(default_factory=dict)
    stack: list[_Frame] = field(default_factory=list)

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's stubs do not tell events of the two parsers apart
        """Take the next event of the parser; raises YamlError."""
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            raise self.error(place, f"an alias (*{event.anchor}): write the value out")
        if isinstance(event, yaml.NodeEvent):
            self.check_node(event, place)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.error(place, "a second document begins; one file holds one")
        elif isinstance(event, yaml.ScalarEvent):
            self.scalar(event, place)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self.open({} if isinstance(event, yaml.MappingStartEvent) else [], place)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.stack.pop()

    def error(self, place: Place, message: str) -> YamlError:
        """Make an error at a place."""
        return YamlError(self.path, place[0], place[1], message)

    def check_node(self, event: Any, place: Place) -> None:  # noqa: ANN401 - as above
        """Refuse what a node may not carry; raises YamlError."""
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise self.error(place, f"more than the limit of {self.limits.nodes} values")
        if event.anchor is not None:
            raise self.error(place, f"an anchor (&{event.anchor}): anchors and aliases are not used here")
        if event.tag not in (None, "!"):
            raise self.error(place, f"a tag ({event.tag[:60]}): tags are not used here")

    def open(self, value: dict[str, object] | list[object], place: Place) -> None:
        """Begin a list or mapping."""
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise self.error(place, "a key is a list or mapping; a key is text")
        if len(self.stack) >= self.limits.depth:
            raise self.error(place, f"nested deeper than the limit of {self.limits.depth}")
        self.stack.append(_Frame(value, self.put(value, place)))

    def scalar(self, event: Any, place: Place) -> None:  # noqa: ANN401 - as above
        """Take a scalar, as a key or as a value."""
        text: str = event.value
        plain = bool(event.implicit[0])
        if "\0" in text or not _encodes(text):
            raise self.error(place, "a NUL or half of a surrogate pair in a text")
        frame = self.stack[-1] if self.stack else None
        if frame is None or not isinstance(frame.value, dict) or frame.key is not None:
            self.put(self.resolve(text, place) if plain else text, place)
            return
        if plain and text == "<<":
            raise self.error(place, "a merge key (<<): write the values out")
        if plain and not isinstance(self.resolve(text, place), str):
            raise self.error(place, f"the key {text[:60] or '(empty)'} is not text: put it in quotation marks")
        if text in frame.value:
            raise self.error(place, f"the key {text[:60]!r} stands twice; first on line {self._first(frame, text)}")
        frame.key, frame.key_place = text, place

    def _first(self, frame: _Frame, key: str) -> int:
        return self.places[(*frame.route, key)][0]

    def put(self, value: object, place: Place) -> Route:
        """Put a value where it belongs, and return the way to it."""
        if not self.stack:
            self.root = value
            self.places[()] = place
            return ()
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            route: Route = (*frame.route, len(frame.value))
            frame.value.append(value)
        else:
            key = cast("str", frame.key)
            route, place = (*frame.route, key), frame.key_place
            frame.value[key] = value
            frame.key = None
        self.places[route] = place
        return route

    def resolve(self, text: str, place: Place) -> object:
        """Return what a plain scalar stands for (YAML 1.2.2, 10.3.2); raises YamlError for what it cannot be."""
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise self.error(place, f"{text} is no day of the calendar") from None
        if _INTEGER.fullmatch(text) or _BASED.fullmatch(text):
            if len(text.lstrip("+-")) > _DIGITS:
                raise self.error(place, f"a number of more than {_DIGITS} digits")
            return int(text, 0)
        if _NUMBER.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                raise self.error(place, f"{text[:60]} is too large a number")
            return number
        return text


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
