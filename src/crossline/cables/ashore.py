"""Which landing points stand on one piece of land, so that light can go between them without any cable.

Land is what world maps are drawn on (:mod:`crossline.drawing.land`): outlines thinned to a tenth of a degree, without
the smallest islands. So a point belongs to the outline that it lies in, else to the nearest within :data:`NEAR_KM`;
one that is farther from all stands on an island that is not drawn. Bridges and tunnels, along which fibre lies, join
islands: those of :data:`CROSSINGS`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.compiled import kernel
from crossline.drawing.land import outlines

if TYPE_CHECKING:
    from crossline.cables.courses import Floats
    from crossline.cables.cuts import Longs

NEAR_KM: Final = 30.0
UNDRAWN: Final = -1
# Bridges, causeways and tunnels that join outlines on which one state has landing points: a place on either side,
# latitude and longitude. Between states it is the table of land borders that says which land joins.
CROSSINGS: Final = (
    ("East River bridges, Long Island", (40.85, -72.9), (41.2, -73.7)),
    ("Canso Causeway, Cape Breton", (46.2, -60.8), (45.3, -62.5)),
    ("Rivière Salée bridges, Guadeloupe", (16.15, -61.7), (16.35, -61.4)),
    ("Great Belt Bridge, Zealand to Funen", (55.5, 11.8), (55.3, 10.4)),
    ("Little Belt bridges, Funen to Jutland", (55.3, 10.4), (55.7, 9.2)),
    ("Storstrøm Bridge, Falster to Zealand", (54.8, 11.4), (55.5, 11.8)),
    ("Fehmarnsund Bridge", (54.45, 11.15), (54.2, 10.7)),
    ("Hindenburgdamm, Sylt", (54.9, 8.4), (54.8, 9.1)),
    ("Menai bridges, Anglesey", (53.3, -4.4), (52.9, -3.6)),
    ("Skye Bridge", (57.3, -6.2), (57.2, -4.8)),
    ("Kanmon tunnels, Honshu to Kyushu", (34.2, 131.3), (33.5, 130.9)),
    ("Seto Bridge, Honshu to Shikoku", (34.8, 133.8), (33.8, 133.6)),
    ("Seikan Tunnel, Honshu to Hokkaido", (40.6, 140.8), (43.2, 142.5)),
    ("Geoje Bridge", (34.87, 128.63), (35.3, 128.5)),
    ("San Juanico Bridge, Samar to Leyte", (11.8, 125.1), (10.8, 124.9)),
    ("Suramadu Bridge, Java to Madura", (-7.5, 112.6), (-7.05, 113.3)),
    ("Causeway of Johor and Singapore", (1.3, 103.82), (1.7, 103.5)),
)
_DEGREE_KM: Final = 111.195  # of a great circle of the Earth's mean radius


@kernel
def _nearest(  # noqa: C901, PLR0913, PLR0917 - arrays are handed to kernels one by one
    x: Floats, y: Floats, vx: Floats, vy: Floats, start: Longs, box: Floats, ring: Longs, most_km: float
) -> None:
    """Find, for each point, the ring that it lies in, else the nearest one within so many kilometres, else -1.

    Ring r has the vertices ``start[r]`` to ``start[r + 1]``, and lies within ``box[4 * r:]``: least and greatest
    longitude, least and greatest latitude. Around a point degrees are taken to be straight.
    """
    for p in range(len(x)):
        ring[p] = -1
        if not (abs(y[p]) <= 90.0 and abs(x[p]) <= 360.0):
            continue
        narrow = max(np.cos(y[p] * np.pi / 180.0), 0.02)
        high, wide = most_km / _DEGREE_KM, most_km / _DEGREE_KM / narrow
        best, inside = most_km * most_km, False
        for r in range(len(start) - 1):
            if y[p] < box[4 * r + 2] - high or y[p] > box[4 * r + 3] + high:
                continue
            for turn in range(-1, 2):
                at = x[p] + 360.0 * turn
                if at < box[4 * r] - wide or at > box[4 * r + 1] + wide:
                    continue
                odd = False
                for v in range(start[r], start[r + 1]):
                    w = v - 1 if v > start[r] else start[r + 1] - 1
                    if (vy[v] > y[p]) != (vy[w] > y[p]):
                        odd ^= at < vx[v] + (y[p] - vy[v]) / (vy[w] - vy[v]) * (vx[w] - vx[v])
                    ax, ay = (vx[v] - at) * narrow * _DEGREE_KM, (vy[v] - y[p]) * _DEGREE_KM
                    bx, by = (vx[w] - vx[v]) * narrow * _DEGREE_KM, (vy[w] - vy[v]) * _DEGREE_KM
                    length = bx * bx + by * by
                    part = min(max(-(ax * bx + ay * by) / length, 0.0), 1.0) if length > 0 else 0.0
                    gx, gy = ax + part * bx, ay + part * by
                    gap = gx * gx + gy * gy
                    if gap <= best and not inside:
                        best = gap
                        ring[p] = r
                if odd and not inside:
                    inside = True
                    ring[p] = r
            if inside:
                break


@cache
def _rings() -> tuple[Floats, Floats, Longs, Floats]:
    """Return the outlines as the kernel wants them: longitudes, latitudes, where each ring starts, and boxes."""
    rings = outlines()
    whole = np.concatenate(rings)
    start = np.cumsum([0, *map(len, rings)]).astype(np.int64)
    box = np.array([[r[:, 0].min(), r[:, 0].max(), r[:, 1].min(), r[:, 1].max()] for r in rings])
    return whole[:, 0].copy(), whole[:, 1].copy(), start, box.ravel()


@cache
def _piece() -> Longs:
    """Return of each ring the ring that names its piece of land.

    An outline within another is the shore of a lake in it (the Caspian Sea), what the antimeridian parts is one
    (Chukotka), and what crossings join counts as one.
    """
    rings = outlines()
    piece = np.arange(len(rings))
    x, y, start, box = _rings()
    for r in np.lexsort((np.diff(start),))[::-1]:  # the largest first
        west, east, south, north = box[4 * r : 4 * r + 4]
        low, tall = box[0::4], box[2::4]
        others = np.flatnonzero((low > west) & (box[1::4] < east) & (tall > south) & (box[3::4] < north))
        if len(others):
            found = np.empty(len(others), np.int64)
            cut = slice(int(start[r]), int(start[r + 1]))
            first = start[others]
            _nearest(x[first], y[first], x[cut].copy(), y[cut].copy(), np.array([0, len(rings[r])]),
                     box[4 * r : 4 * r + 4].copy(), found, 0.0)  # fmt: skip
            piece[others[(found == 0) & (piece[others] == others)]] = piece[r]
    edges = [
        [(r, ys.min(), ys.max()) for r, ring in enumerate(rings) if len(ys := ring[ring[:, 0] == side, 1])]
        for side in (180.0, -180.0)
    ]
    for r, low_y, high_y in edges[0]:
        for s, low_s, high_s in edges[1]:
            if low_s <= high_y and low_y <= high_s:
                piece[piece == piece[s]] = piece[r]
    ends = np.array([end for _, *both in CROSSINGS for end in both])
    sides = np.empty(len(ends), np.int64)
    _nearest(ends[:, 1].copy(), ends[:, 0].copy(), *_rings(), sides, NEAR_KM)
    for one, other in sides.reshape(-1, 2):
        if min(one, other) >= 0:
            piece[piece == piece[one]] = piece[other]
    return piece


def pieces(latitude: Floats, longitude: Floats) -> Longs:
    """Return the number of the piece of land that each point stands on, :data:`UNDRAWN` where none is near."""
    ring = np.empty(len(latitude), np.int64)
    _nearest(np.nan_to_num(longitude, nan=999.0), np.nan_to_num(latitude, nan=999.0), *_rings(), ring, NEAR_KM)
    found: Longs = np.where(ring >= 0, _piece()[ring], UNDRAWN)
    return found
