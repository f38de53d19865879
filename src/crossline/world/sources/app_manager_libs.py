"""Libraries of Android apps, as App Manager's list describes them (``libs.json`` of android-libraries).

Signatures are regular expressions: ``code`` over paths of classes, where the slash that a path begins with stands for
the root or for the slash before a part of the name; ``solib`` over the names of machine code files; ``network`` over
host names, whose plain names are taken. The list says what a library is, and not who makes it.

Each entry says when it was last changed, and the newest of those days is taken for the edition's.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from crossline.world import editions, packed, patterns
from crossline.world.sources import Offer, edition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from crossline.tables import Reject

ABOUT: Final = "Which classes, machine code files and hosts show that a library is in an app."
ID: Final = "app-manager-libs"
TITLE: Final = "Android libraries"
ISSUER: Final = "Muntashir Akon, App Manager"
URL: Final = "https://github.com/MuntashirAkon/android-libraries"
LICENCE: Final = "AGPL-3.0"
FILES: Final = (
    Offer("https://raw.githubusercontent.com/MuntashirAkon/android-libraries/master/libs.json", "am_libs.json"),
)

_KEYS: Final = (b'"label"', b'"signatures"', b'"last_update"')
_ROOT: Final = re.compile(r"(^|\|)/")


def claim(path: Path, head: bytes) -> bool:
    """Whether it is an array whose first objects have a label, signatures and the time of their last change."""
    start = packed.opening(path, head).lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"[") and all(key in start for key in _KEYS)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and registrations of domains."""
    held = patterns.document(path)
    if not isinstance(held, list):
        raise packed.Unreadable("no array of libraries")
    if len(held) > patterns.ENTRIES_MOST:
        raise packed.Unreadable(f"{len(held):,} libraries; the limit is {patterns.ENTRIES_MOST:,}")
    days = [day for one in held if isinstance(one, dict) and (day := _day(one.get("last_update")))]
    published = editions.published(path, inside=max(days, default=None))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    found = patterns.Gathered()
    for number, one in enumerate(held, 1):
        if not isinstance(one, dict):
            found.refuse(f"library {number}", "it is no object")
            continue
        place = f"library {number}, {one.get('id')}"
        name = found.library(place, one.get("label"))
        if name is not None:
            _take(found, place, name, one.get("signatures"))
    yield from found.tables(published, source)


def _take(found: patterns.Gathered, place: str, name: str, told: object) -> None:
    """Take the signatures of one library."""
    signatures: dict[str, Any] = told if isinstance(told, dict) else {}
    if not signatures:
        found.refuse(place, "it has no signatures")
    code = signatures.get("code")
    if code:
        found.regex(place, name, "class", _ROOT.sub(r"\1(?:^|/)", code) if isinstance(code, str) else code)
    if signatures.get("solib"):
        found.regex(place, name, "native", signatures["solib"])
    if signatures.get("network"):
        found.contacts(place, name, signatures["network"])


def _day(milliseconds: object) -> date | None:
    """Return the day of a time stamp; None for what is none."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not 1e12 < milliseconds < 4e12:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()
