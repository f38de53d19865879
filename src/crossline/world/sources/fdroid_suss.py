"""Code that F-Droid's build server looks for in packages: its list ``suss.json``.

The format is that which fdroidserver 2.4 reads: ``{"cache_duration": …, "version": 1, "timestamp": …, "signatures":
{id: {"code_signatures": […], "name": …, "license": …, "anti_features": […]}}}``. Signatures are regular expressions,
searched for in names of classes without regard to case. Some look ahead, which RE2 cannot do: they are rejects.
``warn_code_signatures`` are left out, being other lists' (those of Exodus); ``gradle_signatures`` are about source
code. ``timestamp`` is the edition's day.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from crossline.world import documents, editions, patterns
from crossline.world.sources import Offer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from crossline.tables import Reject

ABOUT: Final = "Which classes show that an app holds code under a licence that F-Droid does not take."
ID: Final = "fdroid-suss"
TITLE: Final = "Signatures of code that F-Droid's scanner looks for"
ISSUER: Final = "F-Droid"
URL: Final = "https://gitlab.com/fdroid/fdroid-suss"
LICENCE: Final = "AGPL-3.0"
FILES: Final = (Offer("https://fdroid.gitlab.io/fdroid-suss/suss.json", "suss.json"),)

_PLACE: Final = "signature "  # before an entry's key, where a reject names it
_KEYS: Final = (b'"signatures"', b'"code_signatures"', b'"license"')


def claim(path: Path, head: bytes) -> bool:
    """Whether it is an object with signatures of code and a time to keep it."""
    return documents.begins(path, head, b"{", _KEYS)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and registrations of domains where an entry has signatures over host names."""
    held = documents.read(path, bytes_out=patterns.BYTES_MOST)
    entries = {f"{_PLACE}{key}": one for key, one in documents.member(held, "signatures").items()}
    day = editions.day_of(held.get("timestamp")) or editions.day_of(held.get("last_updated"))
    published = editions.published(path, inside=day)
    yield from patterns.listing(sys.modules[__name__], published, entries, "entries", _take)


def _take(found: patterns.Gathered, place: str, one: dict[str, Any]) -> None:
    """Take one entry's patterns, under its name, or else under its key."""
    name = found.library(place, one.get("name") or place.removeprefix(_PLACE))
    if name is None:
        return
    for pattern in _listed(one.get("code_signatures")):
        found.regex(place, name, "class", f"(?i){pattern}" if isinstance(pattern, str) and pattern else pattern)
    for pattern in _listed(one.get("network_signatures")):
        found.contacts(place, name, pattern)


def _listed(held: object) -> list[Any]:
    """Return what should be a list as one: a single text counts for a list of it."""
    return held if isinstance(held, list) else [held] if held is not None else []
