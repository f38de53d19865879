"""Which neighbour every transit row takes its route from: sweeps over 64 destinations at once that keep next hops.

Three sweeps, in the order of Gao and Rexford (2001, DOI 10.1109/90.974523): up from customers, across from peers that
have a customer's route, down from providers. What a row has chosen is a byte that orders class and length together,

    d            from a customer (0: the destination itself), d links away
    64 + d       from a peer
    128 + d      from a provider
    255          no route

so that choosing is taking the least. Neighbours are asked in ascending order, and a later one has to be better (a
strict <): of equals the lowest row is taken. A route carries a byte of marks, those of all ASes on it, the end's and
the holder's own included; a row that refuses one of them treats the candidate as absent, before it chooses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba.core import types

from crossline.compiled import inlined, inner, kernel, signed
from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing.vectors import U8, U16, aligned, operation

if TYPE_CHECKING:
    from crossline.internet.routing.rows import Rows
    from crossline.internet.routing.vectors import Lanes, Row

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
# Destinations that are worked on at once: as many as a word has bits, so that a set of them is one number.
LANES: Final = 64
PEER: Final = 64
PROVIDER: Final = 128
NONE: Final = 255
# In place of a next hop: the route is the destination's own word for it, or there is none.
NO_HOP: Final = 0xFFFF
# Six bits hold the length. A row with a route of 62 links is as far as it goes: its neighbours' have 63.
LONGEST: Final = 62
# The most bits that a set of destinations in a word has.
EVERY: Final = np.uint64(0xFFFFFFFFFFFFFFFF)


class Graph(NamedTuple):
    """A graph as kernels take it: the links of :class:`.rows.Rows`, and the marks of a scenario."""

    transit: int
    order: Ints
    destinations: Ints
    provider_start: Ints
    provider_of: Ints
    customer_start: Ints
    customer_of: Ints
    peer_start: Ints
    peer_of: Ints
    stub_provider_start: Ints
    stub_provider_of: Ints
    stub_peer_start: Ints
    stub_peer_of: Ints
    stub_stub_start: Ints
    stub_stub_of: Ints
    named: Bytes  # (M+K,) the marks under which each row stands
    refuse: Bytes  # (M+K,) the marks each refuses
    marked: bool  # whether any row refuses one


class Plane(NamedTuple):
    """What all transit rows have chosen, for one batch: row u's lanes begin at 64 u. Memory, used again and again."""

    key: Bytes  # class and length
    hop: npt.NDArray[np.uint16]  # the next hop's row
    length: Bytes  # 255 where there is no route
    mark: Bytes  # of scenarios that filter only
    active: Bytes  # (M,) whether the row has a customer's route, or is a destination
    best: Bytes  # one row each, of what is being compared
    best_hop: npt.NDArray[np.uint16]
    best_mark: Bytes
    near: Ints  # (M+1,) neighbours that have something to offer
    direct: npt.NDArray[np.uint64]  # (K,) the destinations that are a class's own peers


def graph_of(rows: Rows, named: Bytes | None = None, refuse: Bytes | None = None) -> Graph:
    """Return rows as kernels take them.

    ``named``, ``refuse``: (M+K,), see :class:`.measures.Enacted`.

    Raises TopologyError where there are more transit rows than a next hop's 16 bits can name, and ValueError for marks
    of another length.
    """
    if rows.transit >= NO_HOP:
        raise TopologyError(
            f"{rows.transit:,} ASes have customers; next hops are kept in 16 bits, which name {NO_HOP - 1:,} at most. "
            "Leave out a part of the graph, or ask for classes and lengths alone"
        )
    nothing = np.zeros(rows.size, np.uint8)
    named = nothing if named is None else np.ascontiguousarray(named, np.uint8)
    refuse = nothing if refuse is None else np.ascontiguousarray(refuse, np.uint8)
    if named.shape != (rows.size,) or refuse.shape != (rows.size,):
        raise ValueError(f"marks are wanted for {rows.size:,} rows, not for {named.shape} and {refuse.shape}")
    marked = bool(np.bitwise_or.reduce(named, initial=0) & np.bitwise_or.reduce(refuse, initial=0))
    return Graph(
        rows.transit, rows.order, rows.destinations, rows.providers.start, rows.providers.of,
        rows.customers.start, rows.customers.of, rows.peers.start, rows.peers.of,
        rows.stub_providers.start, rows.stub_providers.of, rows.stub_peers.start, rows.stub_peers.of,
        rows.stub_stubs.start, rows.stub_stubs.of, named, refuse, marked,
    )  # fmt: skip


def plane_of(graph: Graph) -> Plane:
    """Return the memory that one batch takes."""
    cells, stubs = (graph.transit + 1) * LANES, len(graph.stub_provider_start) - 1
    return Plane(
        key=aligned(cells, np.uint8), hop=aligned(cells, np.uint16), length=aligned(cells, np.uint8),
        mark=aligned(cells if graph.marked else LANES, np.uint8), active=np.zeros(graph.transit + 1, np.uint8),
        best=aligned(LANES, np.uint8), best_hop=aligned(LANES, np.uint16), best_mark=aligned(LANES, np.uint8),
        near=np.zeros(graph.transit + 1, np.int32), direct=np.zeros(stubs + 1, np.uint64),
    )  # fmt: skip


def plane_bytes(rows: Rows, *, marked: bool) -> int:
    """Return how much memory :func:`plane_of` takes."""
    return (rows.transit + 1) * (LANES * (4 + marked) + 5) + 8 * rows.stubs + 8 * LANES


def _absent(lanes: Lanes, key: Row, hop: Row) -> None:
    key.store(lanes.constant(U8, NONE))
    hop.store(lanes.constant(U16, NO_HOP))


def _zero(lanes: Lanes, mark: Row) -> None:
    mark.store(lanes.constant(U8, 0))


def _customers(lanes: Lanes, key: Any, step: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return what a neighbour's routes are worth if it passes on its customers' only, ``step`` added."""
    passed_on = lanes.less(key, lanes.constant(U8, PEER))
    return lanes.select(passed_on, lanes.add(key, lanes.every(U8, step)), lanes.constant(U8, NONE))


def _refused(lanes: Lanes, candidate: Any, mark: Any, refuse: Any) -> Any:  # noqa: ANN401
    """Return candidates, without those that carry a refused mark."""
    carried = lanes.unequal(lanes.both(mark, lanes.every(U8, refuse)), lanes.constant(U8, 0))
    return lanes.select(carried, lanes.constant(U8, NONE), candidate)


def _better(lanes: Lanes, candidate: Any, key: Row, hop: Row, number: Any) -> Any:  # noqa: ANN401
    """Keep the candidate and its number where it is less; return where."""
    held = key.load(U8)
    less = lanes.less(candidate, held)
    key.store(lanes.select(less, candidate, held))
    hop.store(lanes.select(less, lanes.every(U16, number), hop.load(U16)))
    return less


def _take_across(lanes: Lanes, key: Row, hop: Row, theirs: Row, number: Any, step: Any) -> None:  # noqa: ANN401, PLR0913, PLR0917
    _better(lanes, _customers(lanes, theirs.load(U8), step), key, hop, number)


def _take_across_marked(  # noqa: PLR0913, PLR0917
    lanes: Lanes, key: Row, hop: Row, mark: Row, theirs: Row, their_mark: Row, number: Any, step: Any, refuse: Any  # noqa: ANN401
) -> None:  # fmt: skip
    marks = their_mark.load(U8)
    candidate = _refused(lanes, _customers(lanes, theirs.load(U8), step), marks, refuse)
    less = _better(lanes, candidate, key, hop, number)
    mark.store(lanes.select(less, marks, mark.load(U8)))


def _take_down(lanes: Lanes, best: Row, hop: Row, theirs: Row, number: Any) -> None:  # noqa: ANN401
    _better(lanes, theirs.load(U8), best, hop, number)


def _take_down_marked(  # noqa: PLR0913, PLR0917
    lanes: Lanes, best: Row, hop: Row, mark: Row, theirs: Row, their_mark: Row, number: Any, refuse: Any  # noqa: ANN401
) -> None:  # fmt: skip
    marks = their_mark.load(U8)
    less = _better(lanes, _refused(lanes, theirs.load(U8), marks, refuse), best, hop, number)
    mark.store(lanes.select(less, marks, mark.load(U8)))


def _add_marks(lanes: Lanes, mark: Row, named: Any) -> None:  # noqa: ANN401
    mark.store(lanes.either(mark.load(U8), lanes.every(U8, named)))


def _from_provider(lanes: Lanes, key: Row, hop: Row, best: Row, best_hop: Row) -> Any:  # noqa: ANN401
    """Take the best provider's route where there is no better one; return where that is so."""
    shortest, held = best.load(U8), key.load(U8)
    none = lanes.constant(U8, NONE)
    one_more = lanes.add(shortest, lanes.constant(U8, PROVIDER + 1))
    candidate = lanes.select(lanes.equal(shortest, none), none, one_more)
    less = lanes.less(candidate, held)
    key.store(lanes.select(less, candidate, held))
    hop.store(lanes.select(less, best_hop.load(U16), hop.load(U16)))
    return less


def _to_length(lanes: Lanes, key: Row, length: Row) -> Any:  # noqa: ANN401
    """Set lengths from keys; return whether one is as long as can be told."""
    chosen, none = key.load(U8), lanes.constant(U8, NONE)
    links = lanes.select(lanes.equal(chosen, none), none, lanes.both(chosen, lanes.constant(U8, PEER - 1)))
    length.store(links)
    above = lanes.builder.sub(links, lanes.constant(U8, LONGEST))
    return lanes.any(lanes.less(above, lanes.constant(U8, NONE - LONGEST)))


def _settle(lanes: Lanes, key: Row, hop: Row, length: Row, best: Row, best_hop: Row) -> Any:  # noqa: ANN401, PLR0913, PLR0917
    _from_provider(lanes, key, hop, best, best_hop)
    return _to_length(lanes, key, length)


def _settle_marked(  # noqa: PLR0913, PLR0917
    lanes: Lanes, key: Row, hop: Row, mark: Row, length: Row, best: Row, best_hop: Row, best_mark: Row, named: Any  # noqa: ANN401
) -> Any:  # noqa: ANN401 # fmt: skip
    less = _from_provider(lanes, key, hop, best, best_hop)
    marks = lanes.select(less, best_mark.load(U8), mark.load(U8))
    mark.store(lanes.either(marks, lanes.every(U8, named)))
    return _to_length(lanes, key, length)


absent = operation(LANES, _absent)
zero = operation(LANES, _zero)
take_across = operation(LANES, _take_across)
take_across_marked = operation(LANES, _take_across_marked)
take_down = operation(LANES, _take_down)
take_down_marked = operation(LANES, _take_down_marked)
add_marks = operation(LANES, _add_marks)
settle = operation(LANES, _settle, types.uint8)
settle_marked = operation(LANES, _settle_marked, types.uint8)


@inlined
def wake(graph: Graph, plane: Plane, u: int) -> None:
    """Let a row have no route yet, unless it has some already."""
    if plane.active[u] == 0:
        plane.active[u] = 1
        absent(plane.key, u * LANES, plane.hop, u * LANES)
        if graph.marked:
            zero(plane.mark, u * LANES)


@inner
def up(graph: Graph, plane: Plane, first: int, count: int) -> None:  # noqa: C901 - a sweep in one piece
    """Give routes to the destinations' providers, theirs, and so on."""
    plane.active[:] = 0
    for lane in range(count):
        d = signed(graph.destinations[first + lane])
        if d < graph.transit:
            wake(graph, plane, d)
            plane.key[d * LANES + lane] = 0
            continue
        for link in range(
            graph.stub_provider_start[d - graph.transit], graph.stub_provider_start[d - graph.transit + 1]
        ):
            p = signed(graph.stub_provider_of[link])
            if graph.named[d] & graph.refuse[p]:
                continue
            wake(graph, plane, p)
            plane.key[p * LANES + lane] = 1
            if graph.marked:
                plane.mark[p * LANES + lane] = graph.named[d]
    for place in range(graph.transit):
        u = signed(graph.order[place])
        at = u * LANES
        for link in range(graph.customer_start[u], graph.customer_start[u + 1]):
            c = signed(graph.customer_of[link])
            if plane.active[c] == 0:
                continue
            wake(graph, plane, u)
            if graph.marked:
                take_across_marked(
                    plane.key, at, plane.hop, at, plane.mark, at, plane.key, c * LANES, plane.mark, c * LANES,
                    c, 1, graph.refuse[u],
                )  # fmt: skip
            else:
                take_across(plane.key, at, plane.hop, at, plane.key, c * LANES, c, 1)
        if graph.marked and plane.active[u]:
            add_marks(plane.mark, at, graph.named[u])


@inner
def across(graph: Graph, plane: Plane, first: int, count: int) -> None:  # noqa: C901, PLR0912 - a sweep in one piece
    """Give routes to peers of those that have a customer's."""
    for u in range(graph.transit):
        if plane.active[u] == 0:
            absent(plane.key, u * LANES, plane.hop, u * LANES)
            if graph.marked:
                zero(plane.mark, u * LANES)
    for lane in range(count):
        d = signed(graph.destinations[first + lane])
        k = d - graph.transit
        if k < 0:
            continue
        for link in range(graph.stub_peer_start[k], graph.stub_peer_start[k + 1]):
            x = signed(graph.stub_peer_of[link])
            # A peer that is the destination: nothing is better but a customer's route.
            if graph.named[d] & graph.refuse[x] == 0 and plane.key[x * LANES + lane] > PEER + 1:
                plane.key[x * LANES + lane] = PEER + 1
                if graph.marked:
                    plane.mark[x * LANES + lane] = graph.named[d]
        for link in range(graph.stub_stub_start[k], graph.stub_stub_start[k + 1]):
            s = signed(graph.stub_stub_of[link])
            if graph.named[d] & graph.refuse[graph.transit + s] == 0:
                plane.direct[s] |= np.uint64(1) << np.uint64(lane)
    near = plane.near
    for u in range(graph.transit):
        at, found = u * LANES, 0
        for link in range(graph.peer_start[u], graph.peer_start[u + 1]):
            x = graph.peer_of[link]
            near[found] = x
            found += plane.active[x]  # without a branch: which neighbours are active is hard to foretell
        for place in range(found):
            x = signed(near[place])
            if graph.marked:
                take_across_marked(
                    plane.key, at, plane.hop, at, plane.mark, at, plane.key, x * LANES, plane.mark, x * LANES,
                    x, PEER + 1, graph.refuse[u],
                )  # fmt: skip
            else:
                take_across(plane.key, at, plane.hop, at, plane.key, x * LANES, x, PEER + 1)


@inner
def down(graph: Graph, plane: Plane) -> int:
    """Give routes to customers; return how many rows have one that is as long as can be told."""
    long = 0
    for place in range(graph.transit - 1, -1, -1):
        u = signed(graph.order[place])
        at = u * LANES
        absent(plane.best, 0, plane.best_hop, 0)
        if graph.marked:
            zero(plane.best_mark, 0)
            for link in range(graph.provider_start[u], graph.provider_start[u + 1]):
                p = signed(graph.provider_of[link])
                take_down_marked(
                    plane.best, 0, plane.best_hop, 0, plane.best_mark, 0, plane.length, p * LANES,
                    plane.mark, p * LANES, p, graph.refuse[u],
                )  # fmt: skip
            long += settle_marked(
                plane.key, at, plane.hop, at, plane.mark, at, plane.length, at, plane.best, 0, plane.best_hop, 0,
                plane.best_mark, 0, graph.named[u],
            )  # fmt: skip
        else:
            for link in range(graph.provider_start[u], graph.provider_start[u + 1]):
                p = signed(graph.provider_of[link])
                take_down(plane.best, 0, plane.best_hop, 0, plane.length, p * LANES, p)
            long += settle(plane.key, at, plane.hop, at, plane.length, at, plane.best, 0, plane.best_hop, 0)
    return long


@inner
def forget(graph: Graph, plane: Plane, first: int, count: int) -> None:
    """Undo what a batch left in ``direct``."""
    for lane in range(count):
        k = signed(graph.destinations[first + lane]) - graph.transit
        if k >= 0:
            for link in range(graph.stub_stub_start[k], graph.stub_stub_start[k + 1]):
                plane.direct[graph.stub_stub_of[link]] = 0


@inner
def forward(graph: Graph, plane: Plane, first: int, count: int) -> int:
    """Choose all transit rows' routes to ``count`` destinations, in lanes from 0. Returns what :func:`down` does."""
    up(graph, plane, first, count)
    across(graph, plane, first, count)
    return down(graph, plane)


@kernel
def _batch(graph: Graph, plane: Plane, first: int, count: int) -> int:
    long = forward(graph, plane, first, count)
    forget(graph, plane, first, count)
    return long


def too_long() -> TopologyError:
    """Return what is said of a graph whose routes do not fit in six bits."""
    return TopologyError(f"the graph has routes of {LONGEST} links or more; real ones have fewer than 30")


class Forwarding:
    """All transit rows' choices, batch by batch: batch b has the destinations ``rows.destinations[64 b:64 b + 64]``."""

    def __init__(self, rows: Rows, named: Bytes | None = None, refuse: Bytes | None = None) -> None:
        self.rows = rows
        self.graph = graph_of(rows, named, refuse)
        self.plane = plane_of(self.graph)
        self.batches = -(-rows.size // LANES)

    def batch(self, number: int) -> tuple[Bytes, npt.NDArray[np.uint16], Bytes]:
        """Return keys, next hops and marks, (M, destinations) each, of one batch; marks are 0 where nobody refuses any.

        The next call writes over them. Raises TopologyError for routes of 62 links or more.
        """
        first = number * LANES
        count = min(LANES, self.rows.size - first)
        if _batch(self.graph, self.plane, first, count):
            raise too_long()
        cells, shape = self.rows.transit * LANES, (self.rows.transit, LANES)
        key, hop = self.plane.key[:cells].reshape(shape), self.plane.hop[:cells].reshape(shape)
        mark = self.plane.mark[:cells].reshape(shape) if self.graph.marked else np.zeros(shape, np.uint8)
        return key[:, :count], hop[:, :count], mark[:, :count]
