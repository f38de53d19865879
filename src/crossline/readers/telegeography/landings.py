"""Landing points of a cable as exports state them: a text, a list of texts, names instead of ids.

A text that is an id of the edition, or the name of one of its landing points, is that one. Another that looks like a
name is made a landing point of that name, with the state that ends it; what looks like an id is left one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crossline.identifiers.state import names as state_names
from crossline.readers.telegeography import territories
from crossline.readers.telegeography.edition import Placed
from crossline.readers.telegeography.naming import identity, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.readers.telegeography.edition import Edition, Object

LANDINGS_MOST: Final = 1000  # of one cable; the largest real one has 48
UNPARTED: Final = "unparted"  # a member of what is no landing point: several, with nothing but commas between them
_TEXT_MOST: Final = 100_000
_PARTING: Final = re.compile(r"\s*[;|\n]\s*")
_NAMED: Final = re.compile(r"[\s,A-Z]")  # what an id has none of


def settled(found: Edition) -> dict[str, Placed]:
    """Return the cables of an edition, or those that GeoJSON draws where there are no others, with objects as landings.

    What cannot be told is refused, and left as it is for what comes after.
    """
    cables = found.cables or found.drawn
    if not any(_stated(placed.held.get("landing_points")) for placed in cables.values()):
        return cables
    by_name = _names(found, cables.values())
    return {name: _told(placed, by_name, found) for name, placed in cables.items()}


def _stated(held: object) -> bool:
    return isinstance(held, str) or (isinstance(held, list) and any(isinstance(item, str) for item in held))


def _names(found: Edition, cables: Iterable[Placed]) -> dict[str, str]:
    """Return the ids of the edition's landing points by id and by name in small letters."""
    objects = [placed.held | {"id": own} for part in (found.points, found.pinned) for own, placed in part.items()]
    for placed in cables:
        held = placed.held.get("landing_points")
        objects += [item for item in (held if isinstance(held, list) else ()) if isinstance(item, dict)]
    known: dict[str, str] = {}
    for item in objects:
        own, name = identity(item), item.get("name")
        if own:
            known.setdefault(own, own)
            if isinstance(name, str):
                known.setdefault(_form(name), own)
    return known


def _form(name: str) -> str:
    return " ".join(name.casefold().split())


def _told(placed: Placed, known: dict[str, str], found: Edition) -> Placed:
    held: Any = placed.held.get("landing_points")
    if not _stated(held):
        return placed
    items = _parted(held, placed.locator, found) if isinstance(held, str) else list(held)
    objects = [_object(item, known) if isinstance(item, str) else item for item in items]
    return Placed(placed.locator, placed.held | {"landing_points": objects})


def _parted(text: str, at: str, found: Edition) -> list[str | Object]:
    """Return the names that semicolons, bars or line breaks part; commas stand within names."""
    if len(text) > _TEXT_MOST:
        found.refuse(f"{at} landing_points", f"longer than {_TEXT_MOST:,} characters")
        return []
    pieces = [piece for piece in _PARTING.split(text) if piece]
    return [{UNPARTED: piece} if _several(piece) else piece for piece in pieces]


def _several(text: str) -> bool:
    """Return whether a state is named before the words that end a text, as in "Chikura, Japan, Bandon, Fiji"."""
    words = [word.strip() for word in text.split(",")[1:40]]
    own = territories.of_place(text)
    return any(
        (code := state_names.code(word)) and code != own and not state_names.code(",".join(words[at:]))
        for at, word in enumerate(words[:-1])
    )


def _object(text: str, known: dict[str, str]) -> Object:
    text = text.strip()
    own = known.get(text) or known.get(_form(text))
    if own:
        return {"id": own}
    return {"id": slug(text), "name": text} if _NAMED.search(text) else {"id": text}
