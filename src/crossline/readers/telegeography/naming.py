"""Ids of cables and landing points: the map's own, or those that its later editions make of names."""

from __future__ import annotations

import re
from typing import Any, Final, Protocol

from crossline.text import visible

_ID_MOST: Final = 200
_DROPPED: Final = re.compile(r"[()/'`\"&+]|[^\x00-\x7f]")
_GAP: Final = re.compile(r"[^a-z0-9-]+")
_IDS: Final = ("id", "cable_id", "landing_point_id", "feature_id")


class Counting(Protocol):
    """Counts the objects whose id is a number."""

    numbered: int


def identity(item: dict[str, Any], found: Counting | None = None) -> str | None:
    """Return an object's id: the map's own, or, where that is a number, the one that later editions make of a name."""
    own = next((item[key] for key in _IDS if item.get(key) is not None), None)
    if isinstance(own, bool) or not isinstance(own, (str, int, type(None))):
        return None
    if own is None or isinstance(own, int) or own.isdecimal():
        name = next((item[key] for key in ("name", "location_name") if isinstance(item.get(key), str)), "")
        if found is not None and own is not None:
            found.numbered += 1
        own = slug(name) or None
    if own is None or not 0 < len(own) <= _ID_MOST or visible(own, _ID_MOST) != own or own != own.strip():
        return None
    return own


def slug(name: str) -> str:
    """Return the id that the map makes of a name.

    Signs and letters beyond ASCII are dropped, hyphens stay, what else parts words becomes one.
    """
    return _GAP.sub("-", _DROPPED.sub("", name[:_ID_MOST].lower()).strip(" "))
