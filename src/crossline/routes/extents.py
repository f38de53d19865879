"""How much of a route's path could be seen: one law for every reader of routes, so that one route has one extent.

A reader that collapses a path sets flags for what it had to leave out (RFC 4271, 4.3 and 5.1.2; RFC 5065).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.tables import EXTENT, EXTENTS, Extent, extent_rows

if TYPE_CHECKING:
    from crossline.compiled import Array

# Flags of a path.
HAS_SET: Final = 1
HAS_CONFEDERATION: Final = 2
BROKEN: Final = 4  # from some place on it cannot be read
BEGINS_WITH_SET: Final = 8
ENDS_WITH_SET: Final = 16
MISSING: Final = 32  # nothing is said of the path

ROLE: Final = pl.Enum(["neighbour", "transit", "origin"])

_EMPTY: Final = "the AS path is empty: the route begins in the network of the session itself (RFC 4271, 5.1.2)"
_UNREADABLE: Final = "the AS path cannot be read from some place on"
_SET: Final = "an AS_SET stands on the AS path, and does not say in what order its members come"
_SET_FIRST: Final = "the AS path begins with an AS_SET"
_SET_LAST: Final = "the AS path ends in an AS_SET, any member of which may be the origin"
_CONFEDERATION: Final = "part of the AS path lies within a confederation (RFC 5065)"


def extents(flags: Array, size: Array, no_path: str) -> pl.DataFrame:
    """Return how much of each role paths show, by their flags and how many networks are left of each.

    ``no_path`` is the reason where a path is missing; it differs between formats.
    """
    parts = [extent_rows([(None, role, "all", None) for role in ROLE.categories])]
    shape = flags.astype(np.uint16) << 1 | (size == 0)
    for value in np.unique(shape).tolist():
        bundle = np.flatnonzero(shape == value).astype(np.uint32)
        for role, extent, reason in _seen(value >> 1, no_path, empty=bool(value & 1)):
            parts.append(
                pl.DataFrame({"bundle": bundle}).select(
                    "bundle",
                    pl.lit(role).alias("role"),
                    pl.lit(extent, EXTENT).alias("extent"),
                    pl.lit(reason).alias("reason"),
                )
            )
    return pl.concat(parts).match_to_schema(EXTENTS)


def _seen(flags: int, no_path: str, *, empty: bool) -> list[tuple[str, Extent, str]]:
    """Return the roles of which a path with these flags does not show all, how much it shows, and why."""
    if flags & MISSING:
        return [(role, "none", no_path) for role in ROLE.categories]
    parts = (HAS_SET, _SET), (HAS_CONFEDERATION, _CONFEDERATION), (BROKEN, _UNREADABLE)
    hidden = [reason for flag, reason in parts if flags & flag]
    seen: list[tuple[str, Extent, str]] = []
    if flags & BEGINS_WITH_SET:
        seen.append(("neighbour", "none", _SET_FIRST))
    elif empty:
        seen.append(("neighbour", "none", hidden[0] if hidden else _EMPTY))
    if hidden:
        seen.append(("transit", "some", "; ".join(hidden)))
    if flags & BROKEN:
        seen.append(("origin", "none", _UNREADABLE))
    elif flags & ENDS_WITH_SET:
        seen.append(("origin", "none", _SET_LAST))
    elif empty:
        seen.append(("origin", "none", hidden[0] if hidden else _EMPTY))
    return seen
