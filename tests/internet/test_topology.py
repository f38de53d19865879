"""The AS graph, cycles of providers in it, and parts of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from graphs import links_of, topology_of
from naive import Graph, random_graph

from crossline.internet.graph import asrel
from crossline.internet.graph.hierarchy import cycles, largest, shortest_cycle


def test_positions_of_as_numbers_are_found_and_absent_ones_are_minus_one() -> None:
    """Each number stands at its place in ascending order; what is not in the graph has none."""
    graph = asrel.parse(b"30|10|-1\n30|4294967295|0\n", "x")
    assert graph.asn.tolist() == [10, 30, 4294967295]
    assert graph.index([30, 10, 4294967295, 0, 11, 4294967296, -1]).tolist() == [1, 0, 2, -1, -1, -1, -1]


def test_a_graph_without_ases_has_no_positions() -> None:
    """Asking an empty graph for an AS finds nothing, and fails nowhere."""
    assert topology_of(Graph(0, [], [])).index([1, 2]).tolist() == [-1, -1]


def test_links_are_left_out_and_ases_stay() -> None:
    """Without doubtful links, the others and every AS are there."""
    graph = asrel.parse(b"1|2|-1|bgp\n1|3|-1|mlp\n2|3|0|mlp\n2|4|0|bgp,mlp\n", "x")
    kept = graph.without_doubtful()
    assert links_of(kept) == ({(1, 2)}, {(2, 4)})
    assert kept.asn.tolist() == [1, 2, 3, 4]
    assert links_of(graph) == ({(1, 2), (1, 3)}, {(2, 3), (2, 4)})


def test_a_graph_tells_what_it_is() -> None:
    """Counted by hand: AS 1 and 2 have customers, 3 and 4 have none; one link of each kind is doubtful."""
    told = asrel.parse(b"# input clique: 1\n1|2|-1|bgp\n2|3|-1|mlp\n3|4|0|mlp\n1|4|0|bgp\n", "20250901.txt").about()
    assert told == {
        "title": "AS graph in 20250901.txt", "source": "20250901.txt", "edition": "2025-09-01",
        "ases": 4, "transit_ases": 2, "stubs": 2, "links": 4, "transit_links": 2, "peer_links": 2,
        "doubtful_transit_links": 1, "doubtful_peer_links": 1,
        "clique": [1], "exchanges": [], "rejected": 0, "notes": [],
    }  # fmt: skip


def reached(size: int, links: list[tuple[int, int]]) -> np.ndarray:
    """Return who reaches whom over at least one link: the closure, by Warshall's triple loop."""
    reach = np.zeros((size, size), np.bool_)
    for a, b in links:
        reach[a, b] = True
    for k in range(size):
        for i in range(size):
            if reach[i, k]:
                reach[i] |= reach[k]
    return reach


@pytest.mark.parametrize("seed", range(60))
def test_cyclic_parts_are_those_of_the_closure(seed: int) -> None:
    """Two ASes are in one part exactly where each reaches the other in the transitive closure."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 25))
    pairs = rng.integers(0, size, (int(rng.integers(0, 2 * size + 1)), 2))
    links = sorted({(int(a), int(b)) for a, b in pairs if a != b})
    provider, customer = np.array(links, np.int32).reshape(-1, 2).T.copy()
    part = cycles(provider, customer, size)
    reach = reached(size, links)
    both = reach & reach.T
    assert both.any(axis=1).tolist() == (part >= 0).tolist()
    for i in range(size):
        for j in range(size):
            assert both[i, j] == (part[i] >= 0 and part[i] == part[j])
    around = shortest_cycle(provider, customer, part)
    if both.any():
        assert around[0] == np.flatnonzero(both.any(axis=1))[0]
        assert all(link in links for link in pairwise([*around, around[0]]))
        assert len(set(around)) == len(around)
    else:
        assert around == []


def test_the_cycle_that_is_named_is_a_shortest_one() -> None:
    """Of the cycles 0-1-2-3 and 0-3 through AS 0 the second is named, and a long chain needs no deep stack."""
    links = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (0, 3)], np.int32)
    assert shortest_cycle(links[:, 0], links[:, 1], cycles(links[:, 0], links[:, 1], 4)) == [0, 3]
    ring = np.arange(200_000, dtype=np.int32)
    part = cycles(ring, np.roll(ring, -1), len(ring))
    assert set(part.tolist()) == {0}
    assert shortest_cycle(ring, np.roll(ring, -1), part) == ring.tolist()


@pytest.mark.parametrize("seed", range(10))
def test_a_part_of_the_graph_is_what_is_nearest_to_the_top_with_all_links_inside(seed: int) -> None:
    """Depth is the fewest links down from an AS with customers and no provider, counted here with a queue."""
    graph = random_graph(np.random.default_rng(seed), 60)
    whole = topology_of(graph)
    below: dict[int, list[int]] = {i: [b for a, b in graph.transit if a == i] for i in range(graph.n)}
    tops = [i for i in range(graph.n) if below[i] and all(b != i for _, b in graph.transit)]
    depth = dict.fromkeys(tops, 0)
    queue = list(tops)
    for u in queue:
        for v in below[u]:
            if v not in depth:
                depth[v] = depth[u] + 1
                queue.append(v)
    expected = sorted(sorted(range(graph.n), key=lambda i: (depth.get(i, graph.n), i))[:25])
    part = largest(whole, 25)
    assert part.asn.tolist() == [100 + i for i in expected]
    transit, peers = links_of(whole)
    inside = set(part.asn.tolist())
    assert links_of(part) == ({p for p in transit if set(p) <= inside}, {p for p in peers if set(p) <= inside})
    assert largest(whole, 1000).size == whole.size
