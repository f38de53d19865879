"""Providers above customers: whether that is an order at all, and the part of a graph that is nearest to its top.

Routes settle where no AS is, at any distance, its own provider's provider (Gao and Rexford 2001, DOI
10.1109/90.974523).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from crossline.compiled import kernel
from crossline.internet.routing.rows import compressed

if TYPE_CHECKING:
    from crossline.internet.graph.topology import Topology

Ints = npt.NDArray[np.int32]
NO_CYCLE: Final = -1


@kernel
def _components(  # noqa: C901, PLR0913, PLR0917 - one loop over a stack
    at: Ints, end: Ints, of: Ints, index: Ints, low: Ints, stack: Ints, work: Ints, component: Ints
) -> None:  # fmt: skip
    """Find strongly connected components (Tarjan 1972, DOI 10.1137/0201010), with a stack in the place of recursion.

    ``at``: the next link of each AS, which moves up to its ``end``. ``index``: the order of discovery from 1; has to
    come as zeros. Components of one AS are left at -1.
    """
    found, order, held = 0, 0, 0
    for root in range(len(index)):
        if index[root]:
            continue
        depth = 0
        work[0] = root
        while depth >= 0:
            u = work[depth]
            if index[u] == 0:
                order += 1
                index[u] = order
                low[u] = order
                stack[held] = u
                held += 1
                component[u] = -2  # on the stack
            descends = False
            while at[u] < end[u]:
                v = of[at[u]]
                if index[v] == 0:
                    # The same link is looked at again once v is done, and then takes over what v found.
                    depth += 1
                    work[depth] = v
                    descends = True
                    break
                if component[v] == -2:
                    low[u] = min(low[u], low[v])
                at[u] += 1
            if descends:
                continue
            if low[u] == index[u]:
                several = stack[held - 1] != u
                v = -1
                while v != u:
                    held -= 1
                    v = stack[held]
                    component[v] = found if several else -1
                found += several
            depth -= 1


def cycles(provider: Ints, customer: Ints, size: int) -> Ints:
    """Return, for each AS, (N,), the number of the cyclic part it is in, or :data:`NO_CYCLE`.

    Two ASes are in the same part where each is the other's provider at some distance. Links name ASes by position, and
    none leads from an AS to itself. Linear in ASes and links.
    """
    below = compressed(provider, customer, size, size)
    component = np.full(size, NO_CYCLE, np.int32)
    index, low, stack, work = (np.zeros(size, np.int32) for _ in range(4))
    _components(below.start[:-1].copy(), below.start[1:].copy(), below.of, index, low, stack, work, component)
    return component


@kernel
def _round(start: Ints, of: Ints, component: Ints, first: int, came: Ints, queue: Ints) -> int:  # noqa: PLR0913, PLR0917
    """Go breadth-first from ``first`` within its part; returns the AS from which it is first reached again, or -1.

    ``came``: the AS before each on the way, -1 where not reached.
    """
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for link in range(start[u], start[u + 1]):
            v = of[link]
            if v == first:
                return int(u)
            if component[v] == component[first] and came[v] < 0:
                came[v] = u
                queue[tail] = v
                tail += 1
    return -1


def shortest_cycle(provider: Ints, customer: Ints, component: Ints) -> list[int]:
    """Return the positions of a shortest cycle through the first AS that is in one, each the provider of the next."""
    inside = np.flatnonzero(component >= 0)
    if not len(inside):
        return []
    first, size = int(inside[0]), len(component)
    below = compressed(provider, customer, size, size)
    came = np.full(size, -1, np.int32)
    at = _round(below.start, below.of, component, first, came, np.empty(size, np.int32))
    way = []
    while at != first:
        way.append(at)
        at = int(came[at])
    return [first, *reversed(way)]


def largest(topology: Topology, most: int) -> Topology:
    """Return the part of a graph that is nearest to its top: ``most`` ASes, and all links between them.

    Breadth-first down from the ASes that have customers and no provider, those at the same depth by AS number; ASes
    that are below none of them come last. For measuring how work grows: a smaller Internet of the same shape.
    """
    n = topology.size
    has_provider = np.bincount(topology.customer, minlength=n) > 0
    depth = np.full(n, n, np.int64)
    reached = topology.has_customers() & ~has_provider
    level = 0
    while reached.any():
        depth[reached] = level
        below = np.zeros(n, np.bool_)
        below[topology.customer[reached[topology.provider]]] = True
        reached = below & (depth == n)
        level += 1
    chosen = np.sort(np.argsort(depth, kind="stable")[:most])
    place = np.full(n, -1, np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    transit = (place[topology.provider] >= 0) & (place[topology.customer] >= 0)
    peers = (place[topology.peer_a] >= 0) & (place[topology.peer_b] >= 0)
    kept = topology.without_links(~transit, ~peers)
    return replace(
        kept,
        asn=topology.asn[chosen],
        provider=place[kept.provider], customer=place[kept.customer],
        peer_a=place[kept.peer_a], peer_b=place[kept.peer_b],
        notes=(*topology.notes, f"The {len(chosen):,} ASes nearest to the top, of {n:,}."),
    )  # fmt: skip
