"""Lines with fewer points that look the same: Douglas and Peucker, all lines at once.

D. H. Douglas and T. K. Peucker 1973, doi:10.3138/FM57-6770-U75U-7727. Every point that is left out lies within the
tolerance of what is drawn instead. A level of the division is one pass over all points, whatever the number of lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def kept(points: npt.NDArray[np.float64], start: npt.NDArray[np.int64], tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which points stay. Line i has the rows ``start[i]:start[i + 1]``, at least one; its ends stay."""
    keep = np.zeros(len(points), np.bool_)
    keep[start[:-1]] = keep[start[1:] - 1] = True
    first, last = start[:-1], start[1:] - 1
    while True:
        wide = last - first > 1
        first, last = first[wide], last[wide]
        if not len(first):
            return keep
        inner = last - first - 1
        edge = np.r_[0, np.cumsum(inner)[:-1]]  # where the points within each span begin
        span = np.repeat(np.arange(len(first)), inner)
        row = np.arange(inner.sum()) - edge[span] + first[span] + 1
        away = _distance(points[row], points[first][span], points[last][span])
        most = np.maximum.reduceat(away, edge)
        at = np.flatnonzero(away == most[span])
        # The first of the points that lie furthest from the chord of their span.
        furthest = row[at[np.unique(span[at], return_index=True)[1]]]
        parted = most > tolerance
        keep[furthest[parted]] = True
        first, last = (
            np.concatenate([first[parted], furthest[parted]]), np.concatenate([furthest[parted], last[parted]]),
        )  # fmt: skip


def _distance(
    points: npt.NDArray[np.float64], begin: npt.NDArray[np.float64], end: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how far each point lies from its chord, whose ends belong to it."""
    along, off = end - begin, points - begin
    length = (along**2).sum(axis=1)
    part = np.divide((off * along).sum(axis=1), length, out=np.zeros(len(points)), where=length > 0)
    rest = off - np.clip(part, 0.0, 1.0)[:, None] * along
    distance: npt.NDArray[np.float64] = np.hypot(rest[:, 0], rest[:, 1])
    return distance
