"""Libraries of Android apps, as App Manager's list describes them (``libs.json`` of android-libraries).

Signatures are regular expressions: ``code`` over paths of classes, where the slash that a path begins with stands for
the root or for the slash before a part of the name; ``solib`` over the names of machine code files; ``network`` over
host names, whose plain names are taken. The list says what a library is, and not who makes it.

Each entry says when it was last changed, and the newest of those days is taken for the edition's.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

from crossline.world import documents, editions, packed, patterns
from crossline.world.sources import Offer

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
    return documents.begins(path, head, b"[", _KEYS)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and registrations of domains."""
    held = documents.read(path, bytes_out=patterns.BYTES_MOST)
    if not isinstance(held, list):
        raise packed.Unreadable("no array of libraries")
    entries = {f"library {number}": one for number, one in enumerate(held, 1)}
    days = (editions.day_of(one.get("last_update"), 1000) for one in held if isinstance(one, dict))
    published = editions.published(path, inside=editions.newest(days))
    yield from patterns.listing(sys.modules[__name__], published, entries, "libraries", _take)


def _take(found: patterns.Gathered, place: str, one: dict[str, Any]) -> None:
    """Take the signatures of one library."""
    place = f"{place}, {one.get('id')}"
    name = found.library(place, one.get("label"))
    if name is None:
        return
    told = one.get("signatures")
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
