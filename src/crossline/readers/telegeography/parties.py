"""Owners and suppliers as a map or an export states them: a text, a list of texts, or objects with names and shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.identifiers import vendor
from crossline.readers.telegeography import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.readers.telegeography.edition import Placed

MEMBERS: Final = ("owners", "suppliers")


def split(held: object, known: names.Known | None = None) -> names.Split:
    """Return the names of a string, or of a list of strings or of objects with a name, which are parted already."""
    if held is None:
        return names.Split(())
    if isinstance(held, str):
        return names.split(held, known or names.Known())
    if not isinstance(held, list):
        return names.Split((), fault="neither text nor a list")
    texts = [item.get("name") if isinstance(item, dict) else item for item in held[: names.NAMES_MOST]]
    stated = [names.shared(text.strip()) for text in texts if isinstance(text, str) and text.strip()]
    said = tuple(dict.fromkeys(name for name, _ in stated))
    nobody = next((text for text in said if names.names_nobody(text)), None)
    fault = None if all(isinstance(text, str) for text in texts) else "a name that is no text"
    if len(held) > names.NAMES_MOST:
        fault = f"more than {names.NAMES_MOST:,} names"
    shares = {name: share for name, share in stated if share is not None} | _shares(held)
    return names.Split(tuple(text for text in said if not names.names_nobody(text)), nobody, fault, shares)


def _shares(held: list[object]) -> dict[str, float]:
    """Return the shares in per cent that a list of objects states: TeleGeography's own has none."""
    return {
        names.shared(str(item["name"]).strip())[0]: float(share)
        for item in held[: names.NAMES_MOST]
        if isinstance(item, dict) and isinstance(item.get("name"), str)
        if isinstance(share := item.get("share"), (int, float)) and not isinstance(share, bool) and 0 <= share <= 100
    }


def known(cables: Iterable[Placed], facts: frozenset[str]) -> names.Known:
    """Return the names that stand alone in a map, and those that the facts know, as :func:`names.split` takes them."""
    texts = {held for placed in cables for member in MEMBERS if isinstance(held := placed.held.get(member), str)}
    alone: set[str] = set()
    for text in texts:
        for name in names.split(text).names:
            try:
                alone.add(vendor.parse(name))
            except ValueError:
                continue  # told where the cable's own names are
    return names.Known(frozenset(alone), facts)
