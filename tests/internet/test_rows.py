"""Rows: every AS and every link is in them, ASes that route alike share one, and order breaks ties."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from graphs import topology_of
from naive import Graph, random_graph

from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import paths, rows

if TYPE_CHECKING:
    from crossline.internet.routing.rows import Adjacency, Rows


def graph_of(seed: int) -> Graph:
    """Return a graph of a size and shape that differ from seed to seed, some of it stubs that are alike."""
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, int(rng.integers(2, 70)), 1 + rng.random(), 2 * rng.random())
    twins = [(graph.n + i, int(a)) for i, a in enumerate(rng.integers(0, graph.n, 20) // 4)]
    return Graph(graph.n + 20, graph.transit + [(a, twin) for twin, a in twins], graph.peers)


def pairs(links: Adjacency, owners: int, others: int) -> set[tuple[int, int]]:
    """Return links as pairs of rows; each stands once, and neighbours ascend."""
    found = []
    for owner in range(len(links.start) - 1):
        of = links.of[links.start[owner] : links.start[owner + 1]].tolist()
        assert of == sorted(set(of))
        found += [(owner + owners, v + others) for v in of]
    return set(found)


def told(graph: Graph, made: Rows) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return all links that rows hold, between ASes: (provider, customer), and peers either way round."""
    held = defaultdict(list)
    for u in range(graph.n):
        held[int(made.row[u])].append(u)
    m = made.transit
    up = pairs(made.providers, 0, 0)
    assert pairs(made.customers, 0, 0) == {(b, a) for a, b in up}
    up |= pairs(made.stub_providers, m, 0)
    beside = pairs(made.peers, 0, 0) | pairs(made.stub_stubs, m, m)
    outward = pairs(made.stub_peers, m, 0)
    beside |= outward | {(b, a) for a, b in outward}

    def between(links: set[tuple[int, int]]) -> set[tuple[int, int]]:
        return {(u, v) for a, b in links for u in held[a] for v in held[b]}

    return {(v, u) for u, v in between(up)}, between(beside)


def either_way(links: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return pairs in both orders."""
    return {*links, *((b, a) for a, b in links)}


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_rows_hold_every_as_and_every_link_and_no_other(seed: int, merge: bool) -> None:
    """Taken apart again, rows give the links that the graph was made of."""
    graph = graph_of(seed)
    made = rows.build(topology_of(graph), merge=merge)
    assert told(graph, made) == (set(graph.transit), either_way(graph.peers))
    assert np.bincount(made.row, minlength=made.size).tolist() == made.count.tolist()
    assert made.row[made.first].tolist() == list(range(made.size))
    assert sorted(made.destinations.tolist()) == list(range(made.size))
    assert {u for u in range(graph.n) if made.row[u] < made.transit} == {a for a, _ in graph.transit}


@pytest.mark.parametrize("seed", range(25))
def test_ases_share_a_row_exactly_where_they_have_no_customers_and_the_same_neighbours_and_label(seed: int) -> None:
    """Neighbours and relations are compared as sets here, with three labels dealt at random."""
    graph = graph_of(seed)
    label = np.random.default_rng(seed).integers(0, 3, graph.n)
    made = rows.build(topology_of(graph), label)
    near = [(int(label[u]), frozenset(found)) for u, found in enumerate(graph.neighbours())]
    transit = {a for a, _ in graph.transit}
    for u in range(graph.n):
        for v in range(graph.n):
            alike = u == v or (u not in transit and v not in transit and near[u] == near[v])
            assert alike == (made.row[u] == made.row[v])
    assert made.of_first(label).tolist() == [int(label[u]) for u in made.first]


@pytest.mark.parametrize("seed", range(25))
def test_customers_come_before_their_providers(seed: int) -> None:
    """In the order of sweeps each transit row stands once, after all its customers."""
    graph = graph_of(seed)
    made = rows.build(topology_of(graph))
    place = {row: i for i, row in enumerate(made.order.tolist())}
    assert sorted(place) == list(range(made.transit))
    assert all(place[below] < place[above] for above in place for below in made.customers.of[
        made.customers.start[above] : made.customers.start[above + 1]].tolist())  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_transit_rows_are_numbered_as_ties_are_broken(seed: int) -> None:
    """Lowest: ascending AS numbers; highest: descending; a seed: another order, the same one each time."""
    topology = topology_of(graph_of(seed))
    lowest, highest = (rows.build(topology, prefer=prefer) for prefer in ("lowest", "highest"))
    transit = np.flatnonzero(topology.has_customers()).tolist()
    assert lowest.first[: lowest.transit].tolist() == transit
    assert highest.first[: highest.transit].tolist() == transit[::-1]
    by_lot = rows.build(topology, prefer=seed)
    assert sorted(by_lot.first[: by_lot.transit].tolist()) == transit
    assert by_lot.first.tolist() == rows.build(topology, prefer=seed).first.tolist()


def test_a_lot_is_drawn_for_each_as() -> None:
    """Of a hundred ASes, seeds give different orders, and the first place goes to many of them."""
    topology = topology_of(Graph(100, [], []))
    orders = [rows.preferred(topology, seed).tolist() for seed in range(50)]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert len({order.index(0) for order in orders}) > 25


@pytest.mark.parametrize("seed", range(25))
def test_what_is_kept_is_what_was_asked_for_in_the_same_rows(seed: int) -> None:
    """Links between ASes of two colours go, in the graph and in rows labelled by colour alike."""
    graph = graph_of(seed)
    colour = np.random.default_rng(seed).integers(0, 2, graph.n)
    made = rows.build(topology_of(graph), colour)
    of_row = colour[made.first]
    kept = made.kept(lambda a, b: of_row[a] == of_row[b])
    same = Graph(
        graph.n, *([(a, b) for a, b in links if colour[a] == colour[b]] for links in (graph.transit, graph.peers))
    )
    assert told(graph, kept) == (set(same.transit), either_way(same.peers))
    assert (kept.row.tolist(), kept.transit) == (made.row.tolist(), made.transit)
    assert told(graph, made) == (set(graph.transit), either_way(graph.peers))


@pytest.mark.parametrize("seed", range(15))
def test_merged_rows_route_like_unmerged_ones(seed: int) -> None:
    """Every route of every AS to every other is the same, whether stubs share rows or not."""
    topology = topology_of(graph_of(seed))
    found = []
    for merge in (True, False):
        made = rows.build(topology, prefer=("lowest", "highest", seed)[seed % 3], merge=merge)
        nothing = np.zeros(made.size, np.uint8)
        found.append(paths.routes(paths.Routing(topology, made, nothing, nothing), range(topology.size)))
    assert found[0].equals(found[1])


def test_weights_of_a_row_are_those_of_its_ases() -> None:
    """By hand: stubs 1, 2 and 3 below AS 0 weigh 2, 3 and 5; together 10, and their squares 38."""
    made = rows.build(topology_of(Graph(4, [(0, 1), (0, 2), (0, 3)], [])))
    weight = np.array([7.0, 2.0, 3.0, 5.0])
    assert (made.transit, made.stubs, made.count.tolist()) == (1, 1, [1, 3])
    assert (made.sums(weight).tolist(), made.squares(weight).tolist()) == ([7, 10], [49, 38])


def test_a_graph_without_links_has_one_row() -> None:
    """ASes without any neighbour are alike."""
    made = rows.build(topology_of(Graph(3, [], [])))
    assert (made.transit, made.stubs, len(made.peers)) == (0, 1, 0)


def test_a_cycle_of_providers_is_refused() -> None:
    """An AS that is its own provider's provider has no place in the order; what stands above it has none either."""
    with pytest.raises(TopologyError, match="3 ASes are their own providers"):
        rows.build(topology_of(Graph(4, [(0, 1), (1, 0), (2, 0), (1, 3)], [])))
