"""Straight lines for what has ends and no course: the fewest kilometres that join all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def spanned(lat: Floats, lon: Floats) -> list[tuple[int, int]]:
    """Return the pairs that join points with the fewest kilometres in all (R. C. Prim 1957), those joined first ahead.

    Positions are degrees. DOI 10.1002/j.1538-7305.1957.tb01515.x. Chords are compared: the longer has the longer arc.
    """
    north, east = np.radians(lat), np.radians(lon)
    spot = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    outside = np.arange(len(spot)) > 0
    far = ((spot - spot[:1]) ** 2).sum(axis=1)
    by = np.zeros(len(spot), np.int64)
    pairs: list[tuple[int, int]] = []
    while outside.any():
        nearest = int(np.where(outside, far, np.inf).argmin())
        pairs.append((int(by[nearest]), nearest))
        outside[nearest] = False
        gap = ((spot - spot[nearest]) ** 2).sum(axis=1)
        by[gap < far] = nearest
        far = np.minimum(far, gap)
    return pairs
