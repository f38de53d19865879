"""Trackers in Android apps, as Exodus Privacy describes them: the answer of its API, ``{"trackers": {…}}``.

``code_signature`` is a regular expression, searched for in the names of classes; those of three characters or fewer
are none, as in the publisher's own program. ``network_signature`` is one over host names: its plain names are taken.
Of whom a tracker belongs to, the descriptions of some say one name under the heading *Ownership*; a sentence there,
or "self-owned", is left where it is. Websites say where to read, not whose the tracker is.

The file has no date of its own. Every tracker says when it was entered, and the newest of those days is taken for the
edition's: it is no older than that.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crossline.world import documents, editions, patterns
from crossline.world.sources import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from crossline.tables import Reject

ABOUT: Final = "Which classes and hosts show that a tracker is in an app."
ID: Final = "exodus-trackers"
TITLE: Final = "Trackers in Android apps"
ISSUER: Final = "Exodus Privacy"
URL: Final = "https://reports.exodus-privacy.eu.org/en/trackers/"
LICENCE: Final = "AGPL-3.0"
FILES: Final = (Offer("https://reports.exodus-privacy.eu.org/api/trackers", "exodus_trackers.json"),)

SHORTEST: Final = 4  # characters of a signature that exodus-core looks for
_KEYS: Final = (b'"code_signature"', b'"network_signature"', b'"creation_date"')
_OWNERSHIP: Final = re.compile(r"^#+ *Ownership[ \t]*\r?\n\s*(\S[^\r\n]*)", re.MULTILINE)
_LINK: Final = re.compile(r"\s*\[[^\]]*\]\([^)]*\)")
_NAME: Final = re.compile(r"[A-Z][\w&.-]*(?: [A-Z][\w&.-]*){0,3}")  # up to four words with capitals, and no more


def claim(path: Path, head: bytes) -> bool:
    """Whether it is an object of trackers, by its first keys."""
    start = documents.start(path, head)
    return start[:40].replace(b" ", b"").startswith((b'{"trackers":{', b'{\n"trackers":{')) and any(
        key in start for key in _KEYS
    )


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and registrations of domains and of the trackers whose owner is named."""
    trackers = documents.member(documents.read(path, bytes_out=patterns.BYTES_MOST), "trackers")
    entries = {f"tracker {key}": one for key, one in trackers.items()}
    days = (_day(one.get("creation_date")) for one in entries.values() if isinstance(one, dict))
    published = editions.published(path, inside=editions.newest(days))
    yield from patterns.listing(sys.modules[__name__], published, entries, "trackers", _take)


def _take(found: patterns.Gathered, place: str, one: dict[str, Any]) -> None:
    """Take one tracker's statements."""
    name = found.library(place, one.get("name"))
    if name is None:
        return
    place = f"{place}, {name}"
    code = one.get("code_signature") or ""
    if not isinstance(code, str) or len(code) >= SHORTEST:
        found.regex(place, name, "class", code)
    elif code:
        found.refuse(place, f"a signature of fewer than {SHORTEST} characters, which the publisher does not look for")
    if one.get("network_signature"):
        found.contacts(place, name, one["network_signature"])
    owner = owned_by(one.get("description"))
    if owner:
        found.made_by(name, owner)


def owned_by(description: object) -> str | None:
    """Return the one name under the heading Ownership; None if there is none, or more than a name."""
    match = _OWNERSHIP.search(description) if isinstance(description, str) else None
    told = _LINK.sub("", match[1]).strip() if match else ""
    return told if _NAME.fullmatch(told) and told.casefold() != "self-owned" else None


def _day(text: object) -> date | None:
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return day if day and editions.possible(day) else None
