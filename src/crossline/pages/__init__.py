"""The pages of the HTML report: what each shows, as plain values that a template lays out.

A page stands for a line, a party or a state. Whatever a stranger named is a key here, never part of an address: the
:class:`Anchors` give each page an id of its own, made of letters, digits and hyphens.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_SAFE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 48


class Anchors:
    """Ids of pages and of what stands on them, by sort and key: unique, and the same for the same key."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def add(self, sort: str, key: str) -> str:
        """Return the id of a key: the key itself where it is one, else what is left of it and a digest of it."""
        if (sort, key) in self._ids:
            return self._ids[sort, key]
        slug = re.sub(r"[^a-z0-9]+", "-", key.lower()[:_LONGEST]).strip("-")
        plain = _SAFE.fullmatch(key) and len(key) <= _LONGEST
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        found = f"{sort}-{slug}" if plain else "-".join(part for part in (sort, slug, digest) if part)
        if found in self._taken:
            found = f"{found}-{len(self._taken)}x"
        self._taken.add(found)
        self._ids[sort, key] = found
        return found

    def of(self, sort: str, key: str | None) -> str | None:
        """Return the id of a key that was added, or None: there is nothing to lead to."""
        return self._ids.get((sort, key or ""))
