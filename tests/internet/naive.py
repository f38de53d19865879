"""The naive twin of all routing kernels: one destination at a time, whole paths, until nothing changes.

Every AS picks, of what its neighbours export to it, the route learned from a customer, else from a peer, else from a
provider; then the shortest; then that of the neighbour it prefers, which ``prefer`` ranks (Gao and Rexford 2001, DOI
10.1109/90.974523). What was learned from a customer, and what is its own, it exports to all; the rest to customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ORIGIN, CUSTOMER, PEER, PROVIDER = 0, 1, 2, 3


@dataclass
class Graph:
    """ASes 0 … n-1 and their links, as pairs."""

    n: int
    transit: list[tuple[int, int]]  # (provider, customer)
    peers: list[tuple[int, int]]

    def neighbours(self) -> list[list[tuple[int, int]]]:
        """Return, for each AS, its neighbours and the class of a route learned from each."""
        found: list[list[tuple[int, int]]] = [[] for _ in range(self.n)]
        for provider, customer in self.transit:
            found[provider].append((customer, CUSTOMER))
            found[customer].append((provider, PROVIDER))
        for a, b in self.peers:
            found[a].append((b, PEER))
            found[b].append((a, PEER))
        return found


@dataclass
class Duty:
    """Members refuse every route on which a named AS stands."""

    members: set[int]
    named: set[int]


@dataclass
class Route:
    """A chosen route: from whom it was learned, and the ASes from the holder to the destination."""

    learned: int
    path: tuple[int, ...]


def candidates(
    best: list[Route | None], u: int, duties: list[Duty], near: list[list[tuple[int, int]]]
) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """Return what u can choose from, as (class, length, neighbour, path)."""
    found = []
    for v, learned in near[u]:
        route = best[v]
        if route is None or u in route.path:
            continue
        exported_to_all = route.learned in (ORIGIN, CUSTOMER)
        if not exported_to_all and learned != PROVIDER:
            continue
        if any(u in duty.members and duty.named.intersection(route.path) for duty in duties):
            continue
        found.append((learned, len(route.path), v, route.path))
    return found


def routes(
    graph: Graph, destination: int, duties: list[Duty] = (), prefer: list[int] | None = None
) -> list[Route | None]:
    """Return the chosen route of every AS to one destination, None where there is none."""
    prefer = prefer if prefer is not None else list(range(graph.n))
    near = graph.neighbours()
    best: list[Route | None] = [None] * graph.n
    best[destination] = Route(ORIGIN, (destination,))
    for _ in range(10 * graph.n + 10):
        chosen: list[Route | None] = [None] * graph.n
        chosen[destination] = best[destination]
        for u in range(graph.n):
            if u == destination:
                continue
            found = candidates(best, u, list(duties), near)
            if found:
                learned, _, _, path = min(found, key=lambda c: (c[0], c[1], prefer[c[2]]))
                chosen[u] = Route(learned, (u, *path))
        if chosen == best:
            return best
        best = chosen
    raise AssertionError("the routes never settled")


def random_graph(rng: np.random.Generator, n: int, providers: float = 1.5, peers: float = 1.0) -> Graph:
    """Return a graph without cycles of providers, its numbers shuffled, with a few ASes that have no link at all."""
    number = rng.permutation(n)
    seen: set[tuple[int, int]] = set()
    transit, beside = [], []
    for i in range(1, n):
        for _ in range(1 + int(rng.poisson(providers - 1)) if rng.random() < 0.95 else 0):
            j = int(i * rng.random() ** 2)
            if (j, i) not in seen:
                seen.add((j, i))
                transit.append((int(number[j]), int(number[i])))
    for _ in range(int(n * peers)):
        i, j = sorted(int(x) for x in rng.integers(0, n, 2))
        if i != j and (i, j) not in seen:
            seen.add((i, j))
            beside.append((int(number[i]), int(number[j])))
    return Graph(n, transit, beside)
