"""Metadata of apps as F-Droid's tools write it: one YAML file an app, named after the app's id.

https://f-droid.org/docs/Build_Metadata_Reference/. Most of a file are the steps of its builds, which say nothing of
who stands behind the app. So the file is cut where keys of the first level begin, which in a block mapping is where
a line does not begin with a space (YAML 1.2.2, 8.2.2), and the C parser is given the wanted pieces alone. Values are
taken as they are written: version 1.10 is no number.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from pathlib import Path  # noqa: TC003 - named in a signature that is read at run time
from typing import TYPE_CHECKING, Any, Final

import yaml

from crossline.readers.fdroid import authors
from crossline.readers.fdroid.apps import App, Catalogue, Fields, Rejects, batch, is_package
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BYTES_MOST: Final = 16 << 20  # of one file; the largest of F-Droid's has 1.4 MB
WANTED_MOST: Final = 256 << 10  # of the pieces that are parsed
_DEPTH_MOST: Final = 8
_NODES_MOST: Final = 20_000
_TRIES: Final = 4  # builds that are parsed to find the current one: its code may stand in a command of another
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TOP: Final = re.compile(r"^[^ \n\r#].*", re.MULTILINE)
_KEY: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,60}):(?=[ \t\r]|$)")
_ITEM: Final = re.compile(r"^( {0,40})- ", re.MULTILINE)
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_WANTED: Final = frozenset(
    (
        "Name", "AutoName", "Categories", "License", "AuthorName", "AuthorWebSite", "SourceCode", "AntiFeatures",
        "AllowedAPKSigningKeys", "CurrentVersion", "CurrentVersionCode", "NoSourceSince", "Disabled",
    )
)  # fmt: skip

_NO_REPOSITORY: Final = "metadata does not say which repository offers the app"
_UNSIGNED: Final = "metadata names no certificate; F-Droid signs what it builds with keys of its own"
_ALLOWED: Final = "these keys may sign the author's own package; F-Droid may sign one with a key of its own"


class _StrangeError(ValueError):
    """A piece that is no YAML as metadata has it; the message says why, without what stands there."""


def read(folder: Path, names: Sequence[str], limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the apps of files of one folder, and what was not understood."""
    rejects = Rejects(limits)
    deadline = time.monotonic() + limits.seconds * 0.9
    most = min(limits.bytes_in, BYTES_MOST)
    left = limits.bytes_in
    apps: list[App] = []
    disabled = 0
    for done, name in enumerate(names):
        if len(apps) >= limits.rows or left < 0 or time.monotonic() > deadline:
            yield Reject(f"{name} and after", "past a limit of the folder; not read", len(names) - done)
            break
        try:
            with (folder / name).open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            rejects.add(name, f"cannot be read: {error.strerror or error}")
            continue
        left -= len(data)
        if len(data) > most:
            rejects.add(name, f"larger than the limit of {most:,} bytes")
            continue
        app = _app(name, data, rejects)
        if isinstance(app, App):
            apps.append(app)
        elif app is None:
            disabled += 1
    if apps:
        catalogue = Catalogue("fdroid-metadata:", None, None, _NO_REPOSITORY, "some", _ALLOWED, _UNSIGNED)
        yield batch(apps, catalogue)
    if disabled:
        yield Note(f"{disabled:,} apps are disabled, and left out")
    yield from rejects.take()


def _app(name: str, data: bytes, rejects: Rejects) -> App | bool | None:
    """Return the app of a file, None if it is disabled, False if it was rejected."""
    package = name.rpartition(".")[0]
    if not is_package(package):
        rejects.add(name, "its name is not an app's id")
        return False
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        rejects.add(f"{name}, line {line}", "a byte that is not UTF-8")
        return False
    pieces = _pieces(text, name, rejects)
    if pieces is None:
        return False
    said = _values(pieces, name, rejects)
    if said.get("Disabled"):
        return None
    fields = Fields(rejects, f"{name}, ")
    app = App(package, name)
    stated = fields.author(
        app, said.get("AuthorName"), said.get("AuthorWebSite"), ("AuthorName", "AuthorWebSite")
    )  # the name goes no further than these lines
    source = fields.text("SourceCode", said.get("SourceCode"))
    app.source_host = authors.source_host(source, stated) if source else None
    app.name = fields.text("Name", said.get("Name")) or fields.text("AutoName", said.get("AutoName"))
    app.categories = fields.texts("Categories", said.get("Categories"))
    app.licence = fields.text("License", said.get("License"))
    app.version = fields.text("CurrentVersion", said.get("CurrentVersion"))
    app.version_code = fields.integer("CurrentVersionCode", said.get("CurrentVersionCode"))
    app.signers = fields.signers("AllowedAPKSigningKeys", said.get("AllowedAPKSigningKeys"))
    app.anti_features = fields.words("AntiFeatures", said.get("AntiFeatures")) or []
    if said.get("NoSourceSince"):
        app.anti_features.append("NoSourceSince")
    if "Builds" in pieces:
        builds = pieces["Builds"][0]
        app.versions, current = _builds(builds, app.version_code, fields)
        app.anti_features += fields.words("Builds, antifeatures", current.get("antifeatures")) or []
    app.anti_features = list(dict.fromkeys(app.anti_features))
    return app


def _pieces(text: str, name: str, rejects: Rejects) -> dict[str, tuple[str, int]] | None:
    """Cut a file where keys of the first level begin: key → the piece with its key, and where it begins."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    found: list[tuple[str, int]] = []
    for match in _TOP.finditer(text):
        line = match[0]
        begun = _KEY.match(line)
        if begun:
            found.append((begun[1], match.start()))
        elif not line.startswith("- ") and line != "-" and not (line == "---" and not found):
            rejects.add(f"{name}, line {_line(text, match.start())}", "starts no key that metadata has")
            return None
    pieces: dict[str, tuple[str, int]] = {}
    for number, (key, start) in enumerate(found):
        end = found[number + 1][1] if number + 1 < len(found) else len(text)
        if key in pieces:
            rejects.add(f"{name}, line {_line(text, start)}", f"{key} stands twice; the first counts")
        elif key in _WANTED or key == "Builds":
            pieces[key] = (text[start:end], start)
    return pieces


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _values(pieces: dict[str, tuple[str, int]], name: str, rejects: Rejects) -> dict[str, Any]:
    """Return the values of wanted keys. What is wrong in one piece takes no other with it."""
    wanted = {key: piece for key, (piece, _) in pieces.items() if key != "Builds"}
    size = sum(map(len, wanted.values()))
    if size <= WANTED_MOST:
        try:
            value = _parse("".join(wanted.values()))
            if isinstance(value, dict) and len(value) == len(wanted):
                return value
        except _StrangeError:
            pass  # which piece it is in is found below
    found: dict[str, Any] = {}
    for key, piece in wanted.items():
        try:
            value = _parse(piece)
        except _StrangeError as error:
            rejects.add(f"{name}, {key}", str(error))
            continue
        if isinstance(value, dict) and set(value) == {key}:
            found[key] = value[key]
        else:
            rejects.add(f"{name}, {key}", "is more than one key")
    return found


def _builds(piece: str, code: int | None, fields: Fields) -> tuple[int | None, dict[str, Any]]:
    """Return how many builds a list has, and what the current one says."""
    first = _ITEM.search(piece)
    if not first:
        return (None if piece.partition(":")[2].strip() else 0), {}
    indent = first[1]
    starts = [match.start() for match in re.finditer(rf"^{indent}- ", piece, re.MULTILINE)]
    if code is None:
        return len(starts), {}
    bounds = [*starts, len(piece)]
    line = re.compile(rf"^(?:{indent}- | *)versionCode: *['\"]?{code}['\"]? *$", re.MULTILINE)
    likely = dict.fromkeys(bisect_right(starts, match.start()) for match in line.finditer(piece, starts[0]))
    for number in list(likely)[:_TRIES]:
        try:
            value = _parse(piece[bounds[number - 1] : bounds[number]])
        except _StrangeError as error:
            fields.refuse("Builds", f"the current build {error}")
            continue
        item = value[0] if isinstance(value, list) and value else None
        if isinstance(item, dict) and item.get("versionCode") == str(code):
            return len(starts), item
    return len(starts), {}


def _parse(text: str) -> Any:  # noqa: ANN401 - whatever the YAML holds
    """Return lists, mappings and texts of a piece of YAML, scalars as they are written; raises _StrangeError."""
    if len(text) > WANTED_MOST:
        raise _StrangeError(f"is longer than {WANTED_MOST} characters")
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[str | None] = [None]
    nodes = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
                if nodes > _NODES_MOST or len(stack) > _DEPTH_MOST:
                    raise _StrangeError(f"has more than {_NODES_MOST} values, or is nested deeper than {_DEPTH_MOST}")
                _put(stack, keys, _node(event))
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                stack.pop()
                keys.pop()
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "a character that YAML has not"
        raise _StrangeError(f"is no YAML: {problem}") from None
    return root[0] if root else None


def _node(event: Any) -> Any:  # noqa: ANN401 - PyYAML's stubs do not tell events of the two parsers apart
    """Return the text of a scalar, None for null, or an empty list or mapping; raises _StrangeError."""
    if event.anchor is not None or getattr(event, "tag", None) not in (None, "!"):
        raise _StrangeError("has an anchor, an alias or a tag")
    if isinstance(event, yaml.ScalarEvent):
        return None if event.implicit[0] and event.value in _NULL else event.value
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _put(stack: list[Any], keys: list[str | None], value: Any) -> None:  # noqa: ANN401 - as above
    """Put a value where it belongs; a list or mapping becomes the place for what follows."""
    top = stack[-1]
    if isinstance(top, list):
        top.append(value)
    elif keys[-1] is None:
        if not isinstance(value, str):
            raise _StrangeError("has a key that is no text")
        if value in top:
            raise _StrangeError("has a key that stands twice")
        keys[-1] = value
        return
    else:
        top[keys[-1]] = value
        keys[-1] = None
    if isinstance(value, (dict, list)):
        stack.append(value)
        keys.append(None)
