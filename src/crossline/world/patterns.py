r"""What sources of signatures have in common: patterns that can be searched for, and host names inside patterns.

A pattern comes from a stranger and will be searched for in every package. So it is tried here: RE2, which takes time
in proportion to what it reads whatever the pattern is, must take it, and it must find neither the empty text nor any of
:data:`UNLIKELY`, names that are nobody's, since it would then be found in everything or nearly so.

Regular expressions over host names are mostly names in disguise: ``krxd\.net|\.chartboost\.com``. Where an
alternative is no more than a name, with or without something that stands for any sub-domain before it, the name is
taken; nothing is guessed from any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import re2

from crossline.identifiers import domain, library
from crossline.text import visible
from crossline.world import packed
from crossline.world.sources import edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from types import ModuleType

    from crossline.tables import Reject

BYTES_MOST: Final = 16 << 20  # of a list of signatures: those known have two megabytes
ENTRIES_MOST: Final = 200_000
CHARACTERS_MOST: Final = 20_000  # of one pattern
# Names of classes and files that belong to no library: what finds one of them finds others of any app.
UNLIKELY: Final = (
    "a", "zqj/Xk9", "com/zqj/Xk9", "org/zqj/Xk9", "net/zqj/Xk9", "io/zqj/Xk9", "de/zqj/Xk9",
    "wvqk/zxj/Kd7Qpzw/Hxj9wQ$1", "lib0.so", "libzqj.so", "assets/zqj9.bin",
)  # fmt: skip
_MEMORY: Final = 4 << 20  # bytes that RE2 may use for one pattern
_SIGNATURE: Final = dict.fromkeys(("library", "of", "form", "pattern"), pl.String)
_REGISTRATION: Final = dict.fromkeys(("type", "value", "name", "registered"), pl.String)
# Labels joined by dots, escaped or not, after what stands for any sub-domain; a hyphen may be escaped too.
_HOST: Final = re.compile(r"(?:\.\*)?\\?\.?((?:[A-Za-z0-9_]|\\?-)+(?:\\?\.(?:[A-Za-z0-9_]|\\?-)+)*\\?\.[A-Za-z]{2,})")


def refused(pattern: str) -> str | None:
    """Say why a pattern cannot be searched for; None if it can."""
    if len(pattern) > CHARACTERS_MOST:
        return f"the pattern has {len(pattern):,} characters; the limit is {CHARACTERS_MOST:,}"
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, ValueError) as error:
        told = error.args[0] if error.args else b""
        reason = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        return f"RE2 does not take the pattern: {visible(reason)}"
    if any(compiled.search(name) for name in ("", *UNLIKELY)):
        return "the pattern would be found in everything"
    return None


def hosts(pattern: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the domain names that are alternatives of a pattern, and (alternative, reason) for the others."""
    names, others = [], []
    for part in dict.fromkeys(pattern.split("|")):
        match = _HOST.fullmatch(part)
        if not part:
            continue
        if match is None:
            others.append((part, "a pattern over host names that is no plain domain name"))
            continue
        try:
            names.append(domain.parse(match[1].replace("\\", "")))
        except ValueError as error:
            others.append((part, visible(str(error))))
    return names, others


class Gathered:
    """Signatures and registrations as a source tells them, and what could not be used with its place."""

    def __init__(self) -> None:
        self.wrong: list[tuple[str, str]] = []
        self._signatures: dict[tuple[str, str, str, str], None] = {}
        self._registrations: dict[tuple[str, str, str, str | None], None] = {}

    def refuse(self, place: str, reason: str) -> None:
        """Note what could not be used."""
        self.wrong.append((visible(place), reason))

    def library(self, place: str, name: object) -> str | None:
        """Return a library's name in canonical form; None, and a reject, if it is none."""
        try:
            if isinstance(name, str):
                return library.parse(name)
            self.refuse(place, "it has no name")
        except ValueError as error:
            self.refuse(place, str(error))
        return None

    def exact(self, name: str, of: str, value: str) -> None:
        """Take a name of a class or file that shows the library."""
        self._signatures[name, of, "exact", value] = None

    def regex(self, place: str, name: str, of: str, pattern: object) -> None:
        """Take a pattern that shows the library, if it can be searched for."""
        reason = refused(pattern) if isinstance(pattern, str) else "a pattern that is no text"
        if reason:
            self.refuse(place, f"{reason} ({visible(str(pattern), 60)})")
        else:
            self._signatures[name, of, "regex", str(pattern)] = None

    def contacts(self, place: str, name: str, pattern: object) -> None:
        """Take the domain names in a pattern over hosts, as registered under the library's name."""
        if not isinstance(pattern, str) or len(pattern) > CHARACTERS_MOST:
            self.refuse(place, "a pattern over host names that is no text, or too long")
            return
        names, others = hosts(pattern)
        for value in names:
            self._registrations["domain", value, name, None] = None
        for part, reason in others:
            self.refuse(place, f"{reason}: {visible(part, 60)}")

    def made_by(self, name: str, developer: str) -> None:
        """Take what the source calls the maker of a library."""
        self._registrations["library", name, developer, None] = None

    def tables(self, published: date, source: str) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
        """Yield the rejects and the two tables."""
        yield from rejected(self.wrong)
        for table, rows, schema in (
            ("signature", list(self._signatures), _SIGNATURE),
            ("registration", list(self._registrations), _REGISTRATION),
        ):
            frame = pl.DataFrame(rows, schema=schema, orient="row")
            yield table, shaped(table, frame, seen=published, source=source)


def listing(
    module: ModuleType,
    published: date,
    entries: Mapping[str, object],
    of: str,
    take: Callable[[Gathered, str, dict[str, Any]], None],
) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield an edition of a source that lists libraries: its row, its signatures and registrations, and rejects.

    ``entries`` are by the places that rejects name, ``of`` is what the list calls them, and ``take`` takes one of them.
    Raises Unreadable for too many.
    """
    if len(entries) > ENTRIES_MOST:
        raise packed.Unreadable(f"{len(entries):,} {of}; the limit is {ENTRIES_MOST:,}")
    source, row = edition(module, published)
    yield "source", row
    found = Gathered()
    for place, one in entries.items():
        if isinstance(one, dict):
            take(found, place, one)
        else:
            found.refuse(place, "it is no object")
    yield from found.tables(published, source)
