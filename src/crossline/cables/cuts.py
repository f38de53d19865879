"""Disjoint paths and least cuts between all pairs of places, exact, where each cable has room for so much.

A cable joins several places at once: it is a hyperedge. How many paths between two places share no cable is a maximum
flow, and by Menger's theorem (1927) the least number of cables that part the two. How many hyperedges a set of nodes
shares with the rest is a symmetric and submodular function of the set, for which a tree on the nodes exists that has
the least cut of every pair (Gomory and Hu, J. SIAM 9(4), 1961; for such functions at large: Goemans and Ramakrishnan,
"Minimizing submodular functions over families of sets", Combinatorica 15(4), 1995). So n places need n - 1 flows, and
not n (n - 1) / 2. The tree is built as in Gusfield, "Very simple methods for all pairs network flow analysis", SIAM J.
Comput. 19(1), 1990, which never contracts nodes.

A landing point that may be used once is a hyperedge as well: of the cables' ends that come ashore there and its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from crossline.compiled import inner, kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_NOWHERE: Final = -1


@inner
def _found(  # noqa: C901, PLR0912, PLR0913, PLR0917 - all ways on from a vertex; arrays are handed to kernels one by one
    source: int, sink: int, room: Longs, node_start: Longs, node_edge: Longs, edge_start: Longs, edge_node: Longs,
    edge_place: Longs, into: Longs, out: Longs, through: Longs, came: Longs, over: Longs, queue: Longs,
) -> bool:  # fmt: skip
    """Search, breadth first, for a way from source to sink in the residual graph; return whether there is one.

    Vertex v is a node, n + e the way into hyperedge e, n + m + e the way out of it. ``came`` is the vertex before, or
    -1 where a vertex was not reached; ``over`` the place of the node's tie to the hyperedge that was taken.
    """
    n, m = len(node_start) - 1, len(room)
    for vertex in range(n + 2 * m):
        came[vertex] = -1
    came[source] = source
    queue[0] = source
    head, tail = 0, 1
    while head < tail:
        x = queue[head]
        head += 1
        if x < n:
            for place in range(node_start[x], node_start[x + 1]):
                e = node_edge[place]
                if came[n + e] < 0:
                    came[n + e], over[n + e] = x, place
                    queue[tail] = n + e
                    tail += 1
                if out[place] > 0 and came[n + m + e] < 0:
                    came[n + m + e], over[n + m + e] = x, place
                    queue[tail] = n + m + e
                    tail += 1
        elif x < n + m:
            e = x - n
            if through[e] < room[e] and came[x + m] < 0:
                came[x + m], over[x + m] = x, -1
                queue[tail] = x + m
                tail += 1
            for at in range(edge_start[e], edge_start[e + 1]):
                v = edge_node[at]
                if came[v] < 0 and into[edge_place[at]] > 0:
                    came[v], over[v] = x, edge_place[at]
                    queue[tail] = v
                    tail += 1
        else:
            e = x - n - m
            if through[e] > 0 and came[x - m] < 0:
                came[x - m], over[x - m] = x, -1
                queue[tail] = x - m
                tail += 1
            for at in range(edge_start[e], edge_start[e + 1]):
                v = edge_node[at]
                if came[v] < 0:
                    came[v], over[v] = x, edge_place[at]
                    if v == sink:
                        return True
                    queue[tail] = v
                    tail += 1
    return False


@inner
def _spare(  # noqa: PLR0913, PLR0917 - as above
    source: int, sink: int, n: int, m: int, most: int, room: Longs, into: Longs, out: Longs, through: Longs,
    came: Longs, over: Longs,
) -> int:  # fmt: skip
    """Return how much the way that was found has room for."""
    spare = most
    y = sink
    while y != source:
        x = came[y]
        limit = most
        if x < n:
            if y >= n + m:
                limit = out[over[y]]
        elif x < n + m:
            limit = into[over[y]] if y < n else room[x - n] - through[x - n]
        elif y >= n:
            limit = through[x - n - m]
        spare = min(spare, limit)
        y = x
    return spare


@inner
def _sent(  # noqa: PLR0913, PLR0917 - as above
    source: int, sink: int, n: int, m: int, spare: int, into: Longs, out: Longs, through: Longs, came: Longs,
    over: Longs,
) -> None:  # fmt: skip
    """Send so much along the way that was found, and take back what it takes back."""
    y = sink
    while y != source:
        x = came[y]
        if x < n:
            if y < n + m:
                into[over[y]] += spare
            else:
                out[over[y]] -= spare
        elif x < n + m:
            if y < n:
                into[over[y]] -= spare
            else:
                through[x - n] += spare
        elif y < n:
            out[over[y]] += spare
        else:
            through[x - n - m] -= spare
        y = x


@kernel
def _flow(  # noqa: PLR0913, PLR0917 - as above
    source: int, sink: int, room: Longs, node_start: Longs, node_edge: Longs, edge_start: Longs, edge_node: Longs,
    edge_place: Longs, into: Longs, out: Longs, through: Longs, came: Longs, over: Longs, queue: Longs,
) -> int:  # fmt: skip
    """Return the maximum flow between two nodes; afterwards ``came`` has what the source still reaches.

    Shortest ways first (Edmonds and Karp, J. ACM 19(2), 1972), so that the number of rounds has a bound.
    """
    n, m = len(node_start) - 1, len(room)
    into[:] = 0
    out[:] = 0
    through[:] = 0
    most = 0
    for e in range(m):
        most += room[e]
    total = 0
    while _found(
        source,
        sink,
        room,
        node_start,
        node_edge,
        edge_start,
        edge_node,
        edge_place,
        into,
        out,
        through,
        came,
        over,
        queue,
    ):
        spare = _spare(source, sink, n, m, most, room, into, out, through, came, over)
        _sent(source, sink, n, m, spare, into, out, through, came, over)
        total += spare
    return total


@kernel
def _tree(  # noqa: PLR0913, PLR0917 - as above
    ends: Longs, parent: Longs, least: Longs, room: Longs, node_start: Longs, node_edge: Longs, edge_start: Longs,
    edge_node: Longs, edge_place: Longs, into: Longs, out: Longs, through: Longs, came: Longs, over: Longs,
    queue: Longs,
) -> None:  # fmt: skip
    """Build the tree over the nodes ``ends``: ``least[k]`` is the least cut between end k and its parent, before it."""
    for k in range(1, len(ends)):
        least[k] = _flow(
            ends[k], ends[parent[k]], room, node_start, node_edge, edge_start, edge_node, edge_place, into, out,
            through, came, over, queue,
        )  # fmt: skip
        for j in range(k + 1, len(ends)):
            if parent[j] == parent[k] and came[ends[j]] >= 0:
                parent[j] = k


@kernel
def _pairs(parent: Longs, least: Longs, result: Longs) -> None:
    """Spread a tree over all pairs: the least cut of two ends is the least on the tree's way between them."""
    for k in range(1, len(parent)):
        p = parent[k]
        for j in range(k):
            value = least[k] if j == p else min(least[k], result[p, j])
            result[k, j] = value
            result[j, k] = value


@dataclass(frozen=True)
class Hypergraph:
    """Nodes that hyperedges join, each hyperedge with room for so much.

    ``edge`` and ``node``, (I,) each, name which hyperedge joins which node, each pair once; ``room``, (E,), is at
    least 0.
    """

    nodes: int
    room: Longs
    edge: Longs
    node: Longs

    @cached_property
    def _ties(self) -> tuple[Longs, Longs, Longs, Longs, Longs]:
        """Return ties by node, and by hyperedge with the place of each among those by node."""
        by_node = np.lexsort((self.edge, self.node))
        place = np.empty(len(by_node), np.int64)
        place[by_node] = np.arange(len(by_node))
        by_edge = np.lexsort((self.node, self.edge))
        node_start = np.searchsorted(self.node[by_node], np.arange(self.nodes + 1)).astype(np.int64)
        edge_start = np.searchsorted(self.edge[by_edge], np.arange(len(self.room) + 1)).astype(np.int64)
        return node_start, self.edge[by_node], edge_start, self.node[by_edge], place[by_edge]

    @cached_property
    def _work(self) -> tuple[Longs, ...]:
        """Return arrays for flows, and for what a search remembers."""
        size = self.nodes + 2 * len(self.room)
        ties, edges = len(self.edge), len(self.room)
        return tuple(np.zeros(length, np.int64) for length in (ties, ties, edges, size, size, size))

    def all_pairs(self, ends: Sequence[int] | Longs) -> Longs:
        """Return the maximum flow between every two of the nodes ``ends``, (n, n); 0 from a node to itself."""
        of = np.asarray(ends, np.int64)
        result = np.zeros((len(of), len(of)), np.int64)
        if len(of) < 2:
            return result
        parent, least = np.zeros(len(of), np.int64), np.zeros(len(of), np.int64)
        _tree(of, parent, least, self.room, *self._ties, *self._work)
        _pairs(parent, least, result)
        return result

    def cut(self, source: int, sink: int) -> Cut:
        """Return the maximum flow between two nodes, and the least cuts nearest to each of them."""
        flow, near, side = self._cut(source, sink)
        _, far, _ = self._cut(sink, source)
        return Cut(flow, near, far, side)

    def _cut(self, source: int, sink: int) -> tuple[int, Longs, Longs]:
        if source == sink:
            raise ValueError("a node is not parted from itself")
        flow = int(_flow(source, sink, self.room, *self._ties, *self._work))
        n, m = self.nodes, len(self.room)
        reached = self._work[3] > _NOWHERE
        cut = np.flatnonzero(reached[n : n + m] & ~reached[n + m :] & (self.room > 0))
        return flow, cut, np.flatnonzero(reached[:n])


@dataclass(frozen=True)
class Cut:
    """How much two nodes can send each other, and hyperedges that part them; both cuts are least, perhaps the same."""

    flow: int
    near: Longs  # the least cut nearest to the source
    far: Longs  # that nearest to the sink
    side: Longs  # the nodes that stay with the source when the near cut is gone
