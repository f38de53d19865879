"""Code that F-Droid's build server looks for in packages: its list ``suss.json``.

The format is that which fdroidserver 2.4 reads: ``{"cache_duration": …, "version": 1, "timestamp": …, "signatures":
{id: {"code_signatures": […], "name": …, "license": …, "anti_features": […]}}}``. Signatures are regular expressions,
searched for in names of classes without regard to case. Some look ahead, which RE2 cannot do: they are rejects.
``warn_code_signatures`` are left out, being other lists' (those of Exodus); ``gradle_signatures`` are about source
code. ``timestamp`` is the edition's day.
"""

from __future__ import annotations

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

ABOUT: Final = "Which classes show that an app holds code under a licence that F-Droid does not take."
ID: Final = "fdroid-suss"
TITLE: Final = "Signatures of code that F-Droid's scanner looks for"
ISSUER: Final = "F-Droid"
URL: Final = "https://gitlab.com/fdroid/fdroid-suss"
LICENCE: Final = "AGPL-3.0"
FILES: Final = (Offer("https://fdroid.gitlab.io/fdroid-suss/suss.json", "suss.json"),)


def claim(path: Path, head: bytes) -> bool:
    """Whether it is an object with signatures of code and a time to keep it."""
    start = packed.opening(path, head).lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and all(key in start for key in (b'"signatures"', b'"code_signatures"', b'"license"'))


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and registrations of domains where an entry has signatures over host names."""
    held = patterns.document(path)
    entries = held.get("signatures") if isinstance(held, dict) else None
    if not isinstance(entries, dict):
        raise packed.Unreadable("no object of signatures in it")
    if len(entries) > patterns.ENTRIES_MOST:
        raise packed.Unreadable(f"{len(entries):,} entries; the limit is {patterns.ENTRIES_MOST:,}")
    published = editions.published(path, inside=_day(held.get("timestamp")) or _day(held.get("last_updated")))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    found = patterns.Gathered()
    for key, one in entries.items():
        place = f"signature {key}"
        if not isinstance(one, dict):
            found.refuse(place, "it is no object")
            continue
        name = found.library(place, one.get("name") or key)
        if name is None:
            continue
        for pattern in _listed(one.get("code_signatures")):
            found.regex(place, name, "class", f"(?i){pattern}" if isinstance(pattern, str) and pattern else pattern)
        for pattern in _listed(one.get("network_signatures")):
            found.contacts(place, name, pattern)
    yield from found.tables(published, source)


def _listed(held: object) -> list[Any]:
    """Return what should be a list as one: a single text counts for a list of it."""
    return held if isinstance(held, list) else [held] if held is not None else []


def _day(seconds: object) -> date | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1e9 < seconds < 4e9:
        return None
    return datetime.fromtimestamp(seconds, UTC).date()
