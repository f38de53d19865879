"""What cables give: paths between all pairs of places, cables of each place, and the shortest ways.

All of it for one choice of landings, so that the same is asked before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from crossline.cables import ashore, courses
from crossline.cables.network import Grouping, Mask, of_cables, of_landings

if TYPE_CHECKING:
    from crossline.cables.courses import Floats
    from crossline.cables.cuts import Hypergraph, Longs
    from crossline.cables.network import CableMap

MOST_LAND_LINKS: Final = 4_000_000


@dataclass(frozen=True)
class Ways:
    """Links that light can take: along cables, and over land.

    The first join two landings, the others two landing points of one place on one piece of land.
    """

    one: Longs  # landings, (H,)
    other: Longs
    km: Floats
    undrawn: int  # hops along cables of which the map draws no course
    land_one: Longs  # landing points
    land_other: Longs
    land_km: Floats
    unmeasured: bool = False  # too many landing points on one piece of land to measure between all of them


def ways(charted: CableMap, grouping: Grouping) -> Ways:
    """Measure a map's links once; which of them are there is asked later."""
    one, other, km, undrawn = courses.hops(charted)
    known = np.isfinite(km)
    place = grouping.of_point
    lat, lon = (charted.points[name].to_numpy().astype(np.float64) for name in ("latitude", "longitude"))
    used = np.zeros(len(place), np.bool_)
    used[charted.point] = True
    there = used & np.isfinite(lat) & np.isfinite(lon) & (place >= 0)
    # Light goes over land where there is some: between islands of one state it takes a cable, as between states.
    piece = ashore.pieces(lat, lon)
    ground, of = np.unique(np.stack([place, piece], 1)[there], axis=0, return_inverse=True)
    sizes = np.bincount(of.ravel()).astype(np.int64)
    if (sizes * sizes).sum() > 2 * MOST_LAND_LINKS:
        nothing = np.zeros(0, np.int64)
        return Ways(one[known], other[known], km[known], undrawn, nothing, nothing, np.zeros(0), unmeasured=True)
    a, b = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    points = np.flatnonzero(there)
    for at in range(len(ground)):
        mine = points[of.ravel() == at]
        low, high = np.triu_indices(len(mine), 1)
        a.append(mine[low])
        b.append(mine[high])
    land_a, land_b = np.concatenate(a), np.concatenate(b)
    land = courses.great_circle_km(lat[land_a], lon[land_a], lat[land_b], lon[land_b])
    # Of islands that are not drawn no outline says which points stand on one: those that are near each other.
    kept = (piece[land_a] != ashore.UNDRAWN) | (land <= ashore.NEAR_KM)
    land_a, land_b, land = land_a[kept], land_b[kept], land[kept]
    return Ways(one[known], other[known], km[known], undrawn, land_a, land_b, land)


@dataclass(frozen=True)
class Standing:
    """How places stand with some of the landings, (L,)."""

    charted: CableMap
    grouping: Grouping
    landings: Mask
    links: Ways

    @cached_property
    def by_cable(self) -> Hypergraph:
        """Return places joined by cables."""
        return of_cables(self.charted, self.grouping, self.landings)

    @cached_property
    def by_landing(self) -> Hypergraph:
        """Return places joined by paths that share neither a cable nor a landing point."""
        return of_landings(self.charted, self.grouping, self.landings)

    @cached_property
    def paths(self) -> Longs:
        """Return how many paths between every two places share no cable, (G, G)."""
        return self.by_cable.all_pairs(np.arange(len(self.grouping.labels)))

    @cached_property
    def landing_paths(self) -> Longs:
        """Return how many paths between every two places share neither a cable nor a landing point, (G, G)."""
        return self.by_landing.all_pairs(np.arange(len(self.grouping.labels)))

    @cached_property
    def gbps(self) -> Longs:
        """Return how much every two places could send each other by the capacities that are known, (G, G), Gbit/s."""
        graph = of_cables(self.charted, self.grouping, self.landings, weighed=True)
        return graph.all_pairs(np.arange(len(self.grouping.labels)))

    @cached_property
    def abroad(self) -> Longs:
        """Return how many cables lead from each place to another, (G,)."""
        return self._cables(domestic=False)

    @cached_property
    def domestic(self) -> Longs:
        """Return how many cables join landing points of each place and no other, (G,)."""
        return self._cables(domestic=True)

    @cached_property
    def points(self) -> Longs:
        """Return at how many landing points of each place a cable to another comes ashore, (G,)."""
        leads = np.zeros(self.charted.cables.height, np.bool_)
        leads[self.joining] = True
        here = self.landings & leads[self.charted.cable]
        place = self.grouping.of_point[np.unique(self.charted.point[here])]
        return np.bincount(place[place >= 0], minlength=len(self.grouping.labels)).astype(np.int64)

    @cached_property
    def joining(self) -> Longs:
        """Return the numbers of the cables that join two places or more."""
        graph = self.by_cable
        return np.flatnonzero(np.bincount(graph.edge, minlength=len(graph.room)) > 1)

    def _cables(self, *, domestic: bool) -> Longs:
        graph, ends = self.by_cable, self.charted
        places = np.bincount(graph.edge, minlength=len(graph.room))
        landings = np.bincount(ends.cable[self.landings], minlength=len(graph.room))
        wanted = (places == 1) & (landings > 1) if domestic else places > 1
        return np.bincount(graph.node[wanted[graph.edge]], minlength=graph.nodes).astype(np.int64)

    @cached_property
    def km(self) -> npt.NDArray[np.float64]:
        """Return the shortest way between every two places, (G, G): from the nearest shore of one to that of the other.

        Along cables as drawn, and by great circles between landing points of one place that stand on one piece of land;
        infinite where there is no way, or where landing points stand nobody knows where. Islands of a state are one
        place and several shores: a way may begin and end at any of them, but leads from one to the other by cable.
        """
        links, place = self.links, self.grouping.of_point
        here = self.landings[links.one] & self.landings[links.other]
        tail = np.concatenate([self.charted.point[links.one[here]], links.land_one])
        head = np.concatenate([self.charted.point[links.other[here]], links.land_other])
        far = np.concatenate([links.km[here], links.land_km])
        size, groups = len(place), len(self.grouping.labels)
        start, to, length = courses.compressed(tail, head, far, size)
        ashore = np.zeros(size, np.bool_)
        ashore[self.charted.point[self.landings]] = True
        result = np.full((groups, groups), np.inf)
        heap, where = np.empty(size, np.int64), np.empty(size, np.int64)
        known = np.flatnonzero(place >= 0)
        for at in range(groups):
            key = np.where((place == at) & ashore, 0.0, np.inf)
            if np.isfinite(key).any():
                courses.shortest(start, to, length, key, heap, where)
                np.minimum.at(result[at], place[known], key[known])
        return result
