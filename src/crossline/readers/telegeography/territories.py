"""States of places: the one that ends a place's name, and territories within one that have codes of their own."""

from __future__ import annotations

from typing import Final

from crossline.identifiers.state.names import code


def of_place(name: str) -> str | None:
    """Return the code of the state that ends the name of a place, as in "Muanda, Congo, Dem. Rep.", or None.

    The longest end counts, so that what is said last of a place is not cut short. A name without a comma is a place's
    own, and tells no state.
    """
    pieces = name[:1000].split(",")[1:6]
    return next((found for start in range(len(pieces)) if (found := code(",".join(pieces[start:]).strip()))), None)


# Degrees west, south, east, north, wholly within a territory that has a code of its own and that maps count to another.
_WITHIN: Final = {
    "CN": {"HK": (113.83, 22.15, 114.45, 22.44), "MO": (113.553, 22.11, 113.6, 22.21)},
}


def finer(code: str, spot: tuple[float, float] | None) -> str:
    """Return the code of the territory that a position (longitude, latitude) stands in, where the state has such ones.

    ISO 3166-1 has codes of their own for Hong Kong and Macao, and what covers them is for each regime to say.
    """
    for own, (west, south, east, north) in _WITHIN.get(code, {}).items() if spot else ():
        if spot and west <= spot[0] <= east and south <= spot[1] <= north:
            return own
    return code


def counted_to(code: str | None, other: str | None) -> bool:
    """Return whether a map that says ``other`` may mean the territory ``code``."""
    return code in _WITHIN.get(other or "", {})
