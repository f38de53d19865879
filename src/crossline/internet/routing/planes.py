"""The routes of all ASes to 256 destinations at once, before and after a scenario: three sweeps over the graph.

A plane holds a row of 256 lanes for each transit row, a lane for each destination of the batch, a byte each. One byte
orders class and length of a route: learned from a customer d, from a peer 64 + d, from a provider 128 + d, none 255; so
that to choose is to take the least. Customers export all routes to providers and peers only what their customers gave
them: a sweep *up* over customers, who stand before their providers in ``Rows.order``, finds all customer routes. Then a
sweep from the top takes, for each row, the peers' customer routes (*across*) and the providers' chosen routes (*down*).

Two planes stand for the routes: customer routes, of those rows that have any, and chosen lengths, of all.

With measures, a third carries **marks**: the sets of named ASes that stand on the *chosen* route. A row that refuses a
mark takes a marked route for none. Neighbours are tried in ascending order, and the mark is taken together with a
strictly better route: of equally good next hops the lowest one's counts. One pass is exact, since what a row takes
depends on rows before it in the sweep only. Rows none of whose inputs differ from before are copied.

Classes of stubs are not stored: whoever needs their routes computes them from those of their neighbours (``pairs``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types

from crossline.compiled import kernel
from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing.choosing import (
    LONGEST,
    NONE,
    PEER,
    PROVIDER,
    WIDTH,
    copy,
    held,
    length_of,
    longer,
    take_least,
    take_unrefused,
)
from crossline.internet.routing.vectors import U8, Lanes, Row, aligned, operation

if TYPE_CHECKING:
    from crossline.internet.routing.measures import Enacted
    from crossline.internet.routing.rows import Rows

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

# What a row's state says, by bits: its routes differ from before; some route of its own carries a mark, or it is named.
CHANGED: Final = 1
MARKED: Final = 2


class Links(NamedTuple):
    """What kernels read of :class:`.rows.Rows`: u's neighbours are ``of[start[u]:start[u + 1]]``."""

    order: Ints
    customers_start: Ints
    customers: Ints
    peers_start: Ints
    peers: Ints
    providers_start: Ints
    providers: Ints
    stub_providers_start: Ints
    stub_providers: Ints
    stub_peers_start: Ints
    stub_peers: Ints
    stub_stubs_start: Ints
    stub_stubs: Ints


def links(rows: Rows) -> Links:
    """Return the arrays of rows that kernels read."""
    held = [rows.customers, rows.peers, rows.providers, rows.stub_providers, rows.stub_peers, rows.stub_stubs]
    return Links(rows.order, *(array for one in held for array in (one.start, one.of)))


class Planes(NamedTuple):
    """The routes to one batch, (M + 2) rows of 256 bytes each plane; M is the number of transit rows.

    ``customer``: lengths of customer routes, 255 for none, of rows that are ``active`` only: the others have none.
    ``length``: of the chosen routes. ``marks``: what they carry, the row's own included; of no use before.
    Row M holds nothing (no route, no mark); row M + 1 is where a row is made ready.

    ``from_customers`` and ``state``, (M,): CHANGED and MARKED for a row's customer routes, and for its chosen ones.
    ``head``, (M,), ``event``, (3, E): lists of the row's peers that are destinations and stubs: next, lane, mark.
    ``near`` lists active neighbours: customers of the row at hand first, then the peers of row u, in a part of its own
    that ends at ``filled[u]``. Each active row enters itself with its peers, which are fewer than to ask all peers.
    """

    customer: Bytes
    length: Bytes
    marks: Bytes
    active: Bytes
    from_customers: Bytes
    state: Bytes
    head: Ints
    event: Ints
    near: Ints
    filled: Ints


def planes(rows: Rows, events: int, *, marked: bool) -> Planes:
    """Return planes for a graph, and batches with so many peers of stub destinations."""
    transit = rows.transit
    size = (transit + 2) * WIDTH
    made = Planes(
        customer=aligned(size, np.uint8),
        length=aligned(size, np.uint8),
        marks=aligned(size if marked else 0, np.uint8),
        active=np.zeros(transit + 1, np.uint8),
        from_customers=np.zeros(transit + 1, np.uint8),
        state=np.zeros(transit + 1, np.uint8),
        head=np.full(transit + 1, -1, np.int32),
        event=np.zeros((3, events + 1), np.int32),
        near=np.zeros(transit + 1 + len(rows.peers), np.int32),
        filled=np.zeros(transit + 1, np.int32),
    )
    made.customer[transit * WIDTH :] = NONE
    return made


def plane_bytes(rows: Rows, events: int, *, marked: bool) -> int:
    """Return how much memory :func:`planes` takes."""
    lanes = (rows.transit + 2) * WIDTH * (3 if marked else 2)
    return lanes + 15 * (rows.transit + 1) + 4 * len(rows.peers) + 12 * (events + 1)


def touched(enacted: Enacted) -> Bytes:
    """Return which transit rows, (M,), have other neighbours than before: CHANGED, and the named ones MARKED."""
    m = enacted.before.transit
    found = np.where(enacted.named[:m] != 0, MARKED, 0).astype(np.uint8)
    for name in ("customers", "peers", "providers"):
        was, is_now = getattr(enacted.before, name), getattr(enacted.after, name)
        found[np.diff(was.start) != np.diff(is_now.start)] |= CHANGED
    was, is_now = (np.bincount(rows.stub_peers.of, minlength=m) for rows in (enacted.before, enacted.after))
    found[was != is_now] |= CHANGED
    return found


def check_length(longest: int) -> None:
    """Raise TopologyError where the byte of a route has no room for its length."""
    if longest > LONGEST:
        raise TopologyError(f"routes of more than {LONGEST} hops: the graph is no graph of ASes, or lacks their peers")


# Vector instructions; see `choosing` for what they are made of.


def _none(lanes: Lanes, into: Row) -> None:
    into.store(lanes.constant(U8, NONE))


def _unmarked(lanes: Lanes, into: Row) -> None:
    into.store(lanes.constant(U8, 0))


def _most(lanes: Lanes, most: Row, length: Row) -> None:
    found, known = length.load(U8), most.load(U8)
    found = lanes.select(lanes.equal(found, lanes.constant(U8, NONE)), known, found)
    most.store(lanes.select(lanes.less(known, found), found, known))


def _up(lanes: Lanes, own: Row, customer: Row, numbers: Row, count: Any) -> None:  # noqa: ANN401
    best = held(lanes, own.load(U8))
    take_least(lanes, best, numbers, count, customer, 1)
    own.store(lanes.builder.load(best))


def _up_marked(  # noqa: PLR0913, PLR0917
    lanes: Lanes, own: Row, own_mark: Row, customer: Row, marks: Row, numbers: Row, count: Any, refuse: Any  # noqa: ANN401
) -> None:  # fmt: skip
    best, mark = held(lanes, own.load(U8)), held(lanes, own_mark.load(U8))
    take_unrefused(lanes, best, mark, numbers, count, customer, marks, refuse, 1)
    own.store(lanes.builder.load(best))
    own_mark.store(lanes.builder.load(mark))


def _named(lanes: Lanes, own: Row, mark: Row, was: Row, named: Any) -> Any:  # noqa: ANN401
    """Add the row's own mark; returns the row's state, its routes compared with those that were."""
    carried = lanes.either(mark.load(U8), lanes.every(U8, named))
    mark.store(carried)
    return _state(lanes, own.load(U8), was.load(U8), carried)


def _state(lanes: Lanes, routes: Any, were: Any, carried: Any) -> Any:  # noqa: ANN401
    changed = lanes.any(lanes.unequal(routes, were))
    marked = lanes.any(lanes.unequal(carried, lanes.constant(U8, 0)))
    return lanes.builder.or_(changed, lanes.builder.shl(marked, ir.Constant(U8, 1)))


def _down(  # noqa: PLR0913, PLR0917
    lanes: Lanes, into: Row, own: Row, customer: Row, near: Row, peers: Any, length: Row, providers: Row, count: Any  # noqa: ANN401
) -> None:  # fmt: skip
    best = held(lanes, own.load(U8))
    take_least(lanes, best, near, peers, customer, PEER + 1)
    above = held(lanes, lanes.constant(U8, NONE))
    take_least(lanes, above, providers, count, length, 0)
    route = lanes.least(lanes.builder.load(best), longer(lanes, lanes.builder.load(above), PROVIDER + 1))
    into.store(length_of(lanes, route))


def _down_marked(  # noqa: PLR0913, PLR0917
    lanes: Lanes, into: Row, into_mark: Row, was: Row, own: Row, own_mark: Row, customer: Row, marks: Row, near: Row,
    peers: Any, length: Row, providers: Row, count: Any, refuse: Any, named: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401  # fmt: skip
    builder = lanes.builder
    best, mark = held(lanes, own.load(U8)), held(lanes, own_mark.load(U8))
    take_unrefused(lanes, best, mark, near, peers, customer, marks, refuse, PEER + 1)
    above, carried = held(lanes, lanes.constant(U8, NONE)), held(lanes, lanes.constant(U8, 0))
    take_unrefused(lanes, above, carried, providers, count, length, marks, refuse, 0)
    route, given = builder.load(best), longer(lanes, builder.load(above), PROVIDER + 1)
    better = lanes.less(given, route)
    taken = length_of(lanes, lanes.select(better, given, route))
    along = lanes.either(lanes.select(better, builder.load(carried), builder.load(mark)), lanes.every(U8, named))
    into.store(taken)
    into_mark.store(along)
    return _state(lanes, taken, was.load(U8), along)


_clear = operation(WIDTH, _none)
_clear_marks = operation(WIDTH, _unmarked)
_take_most = operation(WIDTH, _most)
_pull_up = operation(WIDTH, _up)
_pull_up_marked = operation(WIDTH, _up_marked)
_add_named = operation(WIDTH, _named, types.uint8)
_pull_down = operation(WIDTH, _down)
_pull_down_marked = operation(WIDTH, _down_marked, types.uint8)


@kernel
def sweep(graph: Links, batch: Ints, into: Planes, most: Bytes) -> None:  # noqa: C901, PLR0912, PLR0915
    """Compute the routes to a batch, (256,) rows, -1 for no destination; ``most``, (256,): the longest route so far."""
    m = len(graph.order)
    customer, length, active, head, near = into.customer, into.length, into.active, into.head, into.near
    active[:] = 0
    events = 0
    for lane in range(WIDTH):
        d = batch[lane]
        if d < 0:
            continue
        if d < m:
            if active[d] == 0:
                active[d] = 1
                _clear(customer, d * WIDTH)
            customer[d * WIDTH + lane] = 0
            continue
        for link in range(graph.stub_providers_start[d - m], graph.stub_providers_start[d - m + 1]):
            p = graph.stub_providers[link]
            if active[p] == 0:
                active[p] = 1
                _clear(customer, p * WIDTH)
            customer[p * WIDTH + lane] = 1
        for link in range(graph.stub_peers_start[d - m], graph.stub_peers_start[d - m + 1]):
            p = graph.stub_peers[link]
            into.event[0, events] = head[p]
            into.event[1, events] = lane
            head[p] = events
            events += 1
    for i in range(m):
        u = graph.order[i]
        count = 0
        for link in range(graph.customers_start[u], graph.customers_start[u + 1]):
            near[count] = graph.customers[link]
            count += active[graph.customers[link]]
        if count > 0:
            if active[u] == 0:
                active[u] = 1
                _clear(customer, u * WIDTH)
            _pull_up(customer, u * WIDTH, customer, 0, near, 0, count)
    for u in range(m):
        into.filled[u] = m + graph.peers_start[u]
    for x in range(m):
        if active[x] != 0:
            for link in range(graph.peers_start[x], graph.peers_start[x + 1]):
                u = graph.peers[link]
                near[into.filled[u]] = x
                into.filled[u] += 1
    for i in range(m - 1, -1, -1):
        u = graph.order[i]
        beside = m + graph.peers_start[u]
        own = u if active[u] != 0 else m
        if head[u] >= 0:
            copy(customer, (m + 1) * WIDTH, customer, own * WIDTH)
            own = m + 1
            while head[u] >= 0:
                place = own * WIDTH + into.event[1, head[u]]
                customer[place] = min(customer[place], PEER + 1)
                head[u] = into.event[0, head[u]]
        first = graph.providers_start[u]
        _pull_down(
            length, u * WIDTH, customer, own * WIDTH, customer, 0, near, beside,
            into.filled[u] - beside, length, 0, graph.providers, first, graph.providers_start[u + 1] - first,
        )  # fmt: skip
        _take_most(most, 0, length, u * WIDTH)


@kernel
def sweep_after(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
    graph: Links, batch: Ints, was: Planes, into: Planes, named: Bytes, refuse: Bytes, differs: Bytes, most: Bytes
) -> None:
    """Compute the routes to a batch in the graph after, with marks; ``was``: those to the same batch before.

    ``named`` and ``refuse``: (M+K,), see :class:`.measures.Enacted`; ``differs``: :func:`touched`.
    """
    m = len(graph.order)
    customer, length, marks, active, near = into.customer, into.length, into.marks, into.active, into.near
    head, event, state, given = into.head, into.event, into.state, into.from_customers
    active[:] = 0
    for u in range(m):
        state[u] = differs[u]
    events = 0
    for lane in range(WIDTH):
        d = batch[lane]
        if d < 0:
            continue
        if d < m:
            if active[d] == 0:
                active[d] = 1
                _clear(customer, d * WIDTH)
                _clear_marks(marks, d * WIDTH)
            customer[d * WIDTH + lane] = 0
            continue
        for link in range(graph.stub_providers_start[d - m], graph.stub_providers_start[d - m + 1]):
            p = graph.stub_providers[link]
            if named[d] & refuse[p] != 0:
                continue
            if active[p] == 0:
                active[p] = 1
                _clear(customer, p * WIDTH)
                _clear_marks(marks, p * WIDTH)
            customer[p * WIDTH + lane] = 1
            marks[p * WIDTH + lane] = named[d]
        for link in range(graph.stub_peers_start[d - m], graph.stub_peers_start[d - m + 1]):
            p = graph.stub_peers[link]
            if named[d] & refuse[p] != 0:
                state[p] |= CHANGED
                continue
            if named[d] != 0:
                state[p] |= MARKED
            event[0, events] = head[p]
            event[1, events] = lane
            event[2, events] = named[d]
            head[p] = events
            events += 1
    for i in range(m):
        u = graph.order[i]
        count = 0
        for link in range(graph.customers_start[u], graph.customers_start[u + 1]):
            near[count] = graph.customers[link]
            count += active[graph.customers[link]]
        if count > 0:
            if active[u] == 0:
                active[u] = 1
                _clear(customer, u * WIDTH)
                _clear_marks(marks, u * WIDTH)
            _pull_up_marked(customer, u * WIDTH, marks, u * WIDTH, customer, 0, marks, 0, near, 0, count, refuse[u])
        if active[u] == 0:
            given[u] = was.active[u]  # CHANGED if there were customer routes
            continue
        before = u if was.active[u] != 0 else m
        given[u] = _add_named(customer, u * WIDTH, marks, u * WIDTH, was.customer, before * WIDTH, named[u])
    for u in range(m):
        into.filled[u] = m + graph.peers_start[u]
    for x in range(m):
        if active[x] != 0 or given[x] != 0:
            for link in range(graph.peers_start[x], graph.peers_start[x + 1]):
                u = graph.peers[link]
                state[u] |= given[x]
                near[into.filled[u]] = x
                into.filled[u] += active[x]
    for i in range(m - 1, -1, -1):
        u = graph.order[i]
        beside = m + graph.peers_start[u]
        differing = state[u] | given[u]
        first = graph.providers_start[u]
        above = graph.providers_start[u + 1] - first
        for link in range(first, first + above):
            differing |= state[graph.providers[link]]
        if differing == 0:
            while head[u] >= 0:
                head[u] = event[0, head[u]]
            copy(length, u * WIDTH, was.length, u * WIDTH)
            _clear_marks(marks, u * WIDTH)
            state[u] = 0
            continue
        own = u if active[u] != 0 else m
        if head[u] >= 0:
            copy(customer, (m + 1) * WIDTH, customer, own * WIDTH)
            copy(marks, (m + 1) * WIDTH, marks, own * WIDTH)
            own = m + 1
            while head[u] >= 0:
                place = own * WIDTH + event[1, head[u]]
                if customer[place] > PEER + 1:
                    customer[place] = PEER + 1
                    marks[place] = event[2, head[u]]
                head[u] = event[0, head[u]]
        state[u] = _pull_down_marked(
            length, u * WIDTH, marks, u * WIDTH, was.length, u * WIDTH, customer, own * WIDTH, marks, own * WIDTH,
            customer, 0, marks, 0, near, beside, into.filled[u] - beside,
            length, 0, graph.providers, first, above, refuse[u], named[u],
        )  # fmt: skip
        _take_most(most, 0, length, u * WIDTH)
