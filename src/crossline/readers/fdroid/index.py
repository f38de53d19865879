"""Indexes of F-Droid repositories, versions 1 and 2, walked app by app: what stood before broken bytes is read.

https://f-droid.org/docs/All_our_APIs/ describes both. The C scanner of Python's library reads one app at a time.
"""

from __future__ import annotations

import gc
import json
import re
import time
import zipfile
import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from crossline.readers.fdroid import authors, versions
from crossline.readers.fdroid.apps import App, Catalogue, Fields, Rejects, batch, is_package, whole
from crossline.tables import Batch, Limits, Note, Reject
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BYTES_MOST: Final = 512 << 20
_DIGITS_MOST: Final = 19
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)
_UNSIGNED: Final = "the index names no certificate that it was signed with"
_HOST_OF_MANY: Final = "the repository lies on a host of many users, which does not tell who runs it"
_NO_ADDRESS: Final = "the index states no address of its repository"


class _Odd:
    """A number that no field of an index can be: NaN, an infinity, one of more digits than 64 bits have."""


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the apps of an index, or of an archive that holds one."""
    most = min(limits.bytes_in, BYTES_MOST)
    if path.stat().st_size > most:
        yield Reject("file", f"larger than the limit of {most:,} bytes")
        return
    with path.open("rb") as file:
        archived = file.read(4) == b"PK\x03\x04"
    data: bytes | Reject | Note = _unpacked(path, limits) if archived else path.read_bytes()
    if not isinstance(data, bytes):
        yield data
        return
    rejects = Rejects(limits)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rejects.add(f"byte {error.start}", "bytes that are not UTF-8; U+FFFD stands for them")
        text = data.decode("utf-8-sig", "replace")
    del data
    index = _Index(text, limits, rejects)
    # A document holds no rings, and looking for them takes longer than reading it where it has millions of parts.
    collects = gc.isenabled()
    gc.disable()
    try:
        index.walk()
    finally:
        if collects:
            gc.enable()
    yield from index.results()
    yield from rejects.take()


def _unpacked(path: Path, limits: Limits) -> bytes | Reject | Note:
    """Return the index inside a signed archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            held = [entry for entry in archive.infolist() if entry.filename == "index-v1.json"]
            if not held:
                return Note("it holds no apps: the index that it names is a file of its own, index-v2.json")
            most = min(BYTES_MOST, limits.bytes_out, max(64 << 20, limits.ratio * path.stat().st_size))
            with archive.open(held[0]) as file:
                data = file.read(most + 1)
            return data if len(data) <= most else Reject("index-v1.json", f"unpacks to more than {most:,} bytes")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        return Reject("file", f"cannot be unpacked: {str(error)[:120] or type(error).__name__}")


class _Cursor:
    """A place in a JSON text (RFC 8259). Whatever is wrong raises ValueError or RecursionError."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.decode = json.JSONDecoder(parse_int=_integer, parse_constant=lambda _: _Odd()).raw_decode

    def peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def take(self, wanted: str) -> str:
        """Step over one of some characters."""
        found = self.peek()
        if not found or found not in wanted:
            raise ValueError(f"{' or '.join(wanted)} is due here" if found else "the file ends here")
        self.at += 1
        return found

    def value(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the value that stands here, and step over it."""
        if not self.peek():
            raise ValueError("the file ends here")
        value, self.at = self.decode(self.text, self.at)
        return value

    def keys(self) -> Iterator[str]:
        """Step into an object, and yield its keys; each value has to be taken before the next."""
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() != '"':
                raise ValueError("a key is due here" if self.peek() else "the file ends here")
            yield whole(self.value_of_key())
            if self.take(",}") == "}":
                return

    def value_of_key(self) -> str:
        """Return the key that stands here, and step over its colon."""
        key = self.value()
        self.take(":")
        return str(key)

    def items(self) -> Iterator[int]:
        """Step into a list, and yield the number of each item, which has to be taken before the next."""
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return
        number = 0
        while True:
            yield number
            number += 1
            if self.take(",]") == "]":
                return


def _integer(digits: str) -> object:
    return int(digits) if len(digits) <= _DIGITS_MOST else _Odd()


class _Index:
    """One index on its way to a batch."""

    def __init__(self, text: str, limits: Limits, rejects: Rejects) -> None:
        self.cursor, self.limits, self.rejects = _Cursor(text), limits, rejects
        self.deadline = time.monotonic() + limits.seconds * 0.9
        self.repository: dict[str, Any] = {}
        self.apps: dict[str, App] = {}
        self.codes: dict[str, int | None] = {}  # of version 1: what is suggested
        self.held: dict[str, list[versions.Version]] = {}  # of version 1
        self.broken: str | None = None  # where it is no JSON any more

    def walk(self) -> None:
        """Read the text to its end, or to where it is no JSON."""
        cursor = self.cursor
        try:
            for key in cursor.keys():  # noqa: SIM118 - no dictionary: a walk over a text
                self.walk_part(key)
            if cursor.peek():
                self.rejects.add(f"character {cursor.at + 1}", "something follows the index; it is not read")
        except RecursionError:
            self.broken = f"character {cursor.at + 1:,}, where it is nested too deeply"
            self.rejects.add(f"after character {cursor.at + 1}", "nested too deeply; not read from here on")
        except TimeoutError as error:
            self.rejects.add(f"after character {cursor.at + 1}", str(error))
        except ValueError as error:
            place = getattr(error, "pos", cursor.at) + 1
            said = getattr(error, "msg", str(error))[:100]
            self.broken = f"character {place:,}, where it is not JSON"
            self.rejects.add(f"character {place}", f"not JSON: {said}; not read from here on")

    def walk_part(self, key: str) -> None:
        """Read what stands at a key of the first level."""
        cursor = self.cursor
        if key == "packages" and cursor.peek() == "{":
            self.walk_packages()
        elif key == "apps" and cursor.peek() == "[":
            for number in cursor.items():
                self.app_of_1(number, cursor.value())
        elif key == "repo":
            self.repository = Fields(self.rejects, "").mapping("repo", cursor.value())
        elif cursor.value() is not None and key in ("packages", "apps"):
            self.rejects.add(key, "is no list or object of apps")

    def walk_packages(self) -> None:
        """Read the packages: in version 2 the apps, in version 1 their versions."""
        seen = set()
        for package in self.cursor.keys():  # noqa: SIM118 - as above
            value = self.cursor.value()
            where = f"packages.{package[:200]}"
            if package in seen:
                self.rejects.add(where, "stands twice; the first counts")
                continue
            seen.add(package)
            self.check()
            if not is_package(package):
                self.rejects.add(where, "is not an app's id")
            elif isinstance(value, list):
                self.held[package] = versions.of_index_1(Fields(self.rejects, where), value)
            elif isinstance(value, dict):
                self.app_of_2(package, value, where)
            else:
                self.rejects.add(where, "is neither an app nor a list of versions")

    def check(self) -> None:
        """Stop at a limit; raises TimeoutError."""
        if len(self.apps) >= self.limits.rows:
            raise TimeoutError(f"past the limit of {self.limits.rows:,} apps; not read from here on")
        if time.monotonic() > self.deadline:
            raise TimeoutError(f"past the limit of {self.limits.seconds:g} seconds; not read from here on")

    def app_of_2(self, package: str, value: dict[str, Any], where: str) -> None:
        """Read an app of index version 2."""
        fields = Fields(self.rejects, f"{where}.")
        about = fields.mapping("metadata", value.get("metadata"))
        app = self.described(App(package, where), about, Fields(self.rejects, f"{where}.metadata."))
        app.name = _localised(fields, "metadata.name", about.get("name"))
        held = versions.of_index_2(fields, value.get("versions"))
        preferred = fields.text("metadata.preferredSigner", about.get("preferredSigner"))
        _settle(app, held, versions.suggested(held, None, preferred))
        self.apps[package] = app

    def app_of_1(self, number: int, value: object) -> None:
        """Read an app of index version 1; its versions stand elsewhere."""
        where = f"apps[{number}]"
        self.check()
        if not isinstance(value, dict):
            self.rejects.add(where, "is no object")
            return
        package = value.get("packageName")
        if not isinstance(package, str) or not is_package(package):
            self.rejects.add(f"{where}.packageName", "is not an app's id")
            return
        package = whole(package)
        if package in self.apps:
            self.rejects.add(where, f"the app {package[:200]} stands twice; the first counts")
            return
        fields = Fields(self.rejects, f"{where}.")
        app = self.described(App(package, f"{where}, {package}"), value, fields)
        localised = fields.mapping("localized", value.get("localized"))
        names = {tag: part.get("name") for tag, part in localised.items() if isinstance(part, dict)}
        app.name = fields.text("name", value.get("name")) or _localised(fields, "localized", names)
        app.anti_features = fields.words("antiFeatures", value.get("antiFeatures")) or []
        app.version = fields.text("suggestedVersionName", value.get("suggestedVersionName"))
        self.codes[package] = fields.integer("suggestedVersionCode", value.get("suggestedVersionCode"))
        self.apps[package] = app

    @staticmethod
    def described(app: App, about: dict[str, Any], fields: Fields) -> App:
        """Take what both versions of the index call by one name."""
        author = fields.author(
            app, about.get("authorName"), about.get("authorWebSite"), ("authorName", "authorWebSite")
        )
        source = fields.text("sourceCode", about.get("sourceCode"))
        app.source_host = authors.source_host(source, author) if source else None
        app.categories = fields.texts("categories", about.get("categories"))
        app.licence = fields.text("license", about.get("license"))
        return app

    def results(self) -> Iterator[Batch | Note]:
        """Yield the apps, and notes on what was counted only."""
        for package, held in self.held.items():
            app = self.apps.setdefault(package, App(package, f"packages.{package}"))
            _settle(app, held, versions.suggested(held, self.codes.get(package), None))
        fields = Fields(self.rejects, "repo.")
        address = fields.text("address", self.repository.get("address"))
        place = authors.host(address) if address else None
        if address and place is None:
            self.rejects.add("repo.address", "names no host")
        observed = _day(fields, self.repository.get("timestamp"))
        if not self.apps:
            yield Note(f"there is no app in it{f' before {self.broken}' if self.broken else ''}")
            return
        apps = list(self.apps.values())
        below = f"/{place[1].strip('/')}" if place and place[1].strip("/") else ""
        many = place is not None and authors.of_many(place[0]) is not None
        run_by = None if place is None or many else place[0]
        known = f"fdroid:{place[0]}{below[:200]}/" if place else "fdroid:"
        yield batch(
            apps,
            Catalogue(known, observed, run_by, _HOST_OF_MANY if many else _NO_ADDRESS, "all", None, _UNSIGNED),
        )
        others = sum((app.versions or 1) - 1 for app in apps)
        if others:
            yield Note(f"{plural(others, 'version')} besides those that are suggested were counted, and not looked at")
        mirrors = self.repository.get("mirrors")
        if isinstance(mirrors, list) and mirrors:
            yield Note(f"its {len(mirrors):,} mirrors are not taken for distributors")


def _settle(app: App, held: list[versions.Version], chosen: versions.Version | None) -> None:
    """Take from the suggested version what belongs to a version."""
    app.versions = len(held)
    if chosen is None:
        return
    app.version, app.version_code, app.apk_sha256 = chosen.name or app.version, chosen.code, chosen.sha256
    app.permissions, app.signers = chosen.permissions, chosen.signers
    app.anti_features = list(dict.fromkeys([*(app.anti_features or []), *chosen.anti_features]))


def _localised(fields: Fields, name: str, value: object) -> str | None:
    """Return an English text of several, or the first; some indexes write one text alone."""
    if value is None or isinstance(value, str):
        return fields.text(name, value)
    held = fields.mapping(name, value)
    for tag in ("en-US", "en", "en-GB", *list(held)[:1]):
        if held.get(tag) is not None:
            return fields.text(f"{name}.{tag}", held[tag])
    return None


def _day(fields: Fields, value: object) -> date | None:
    """Return the day of a time in milliseconds since 1970, in UTC."""
    number = fields.integer("timestamp", value)
    if number is None:
        return None
    days = number // 86_400_000
    if days > (_LAST - date(1970, 1, 1)).days or (day := date(1970, 1, 1) + timedelta(days)) < _FIRST:
        fields.refuse("timestamp", "is no time in milliseconds of the years 2000 to 2199")
        return None
    return day
