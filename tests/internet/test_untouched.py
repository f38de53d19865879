"""Untouched reach: which pairs have a path free of some ASes, beside twins that take those ASes out of the graph."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import naive
import numpy as np
import pytest
from graphs import topology_of
from hypothesis import given
from hypothesis import strategies as st

from crossline.internet.graph import asrel
from crossline.internet.routing import counting, rows
from crossline.internet.routing.measures import labels
from crossline.internet.routing.untouched import memory, untouched

GRAPH = Path(__file__).parents[3] / "shared" / "data" / "topology" / "20250901.as-rel2.txt.bz2"


def twin(graph: naive.Graph, without: set[int], group: list[int], groups: int, weight: list[float]) -> np.ndarray:
    """Return the matrix by asking, in the graph without those ASes, for the route of each AS to each."""
    free = [link for link in graph.transit if without.isdisjoint(link)]
    beside = [link for link in graph.peers if without.isdisjoint(link)]
    left, found = naive.Graph(graph.n, free, beside), np.zeros((groups, groups))
    for d in set(range(graph.n)) - without:
        for u, route in enumerate(naive.routes(left, d)):
            if u != d and route is not None:
                found[group[u], group[d]] += weight[u] * weight[d]
    return found


def algebra(graph: naive.Graph, gone: np.ndarray) -> np.ndarray:
    """Return who has a path to whom, [source, destination], as a product of truths: up*, across or not, down*."""
    up, across = np.eye(graph.n, dtype=np.float32), np.eye(graph.n, dtype=np.float32)
    for provider, customer in graph.transit:
        up[customer, provider] = 1
    for a, b in graph.peers:
        across[a, b] = across[b, a] = 1
    for step in (up, across):
        step[gone] = 0
        step[:, gone] = 0
    while True:
        further = np.minimum(up @ up, 1)
        if (further == up).all():
            break
        up = further
    found = up @ across @ up.T > 0
    np.fill_diagonal(found, val=False)
    return found


def with_alike(rng: np.random.Generator, n: int) -> naive.Graph:
    """Return a random graph with some stubs more that are alike, which rows merge."""
    graph = naive.random_graph(rng, n, 1 + rng.random(), 2 * rng.random())
    more = [(int(a), n + i) for i, a in enumerate(rng.integers(0, n, int(rng.integers(0, 12))) // 4)]
    return naive.Graph(n + len(more), graph.transit + more, graph.peers)


@given(seed=st.integers(0, 2**32), n=st.integers(2, 60), groups=st.integers(1, 6), named=st.sampled_from([0, 0.1, 0.4]))
def test_reach_is_that_of_the_graph_without_those_ases(seed: int, n: int, groups: int, named: float) -> None:
    """Over any graph, groups, weights and merging of rows, each sum is that of a twin without the ASes."""
    rng = np.random.default_rng(seed)
    graph = with_alike(rng, n)
    without, group = rng.random(graph.n) < named, rng.integers(0, groups, graph.n)
    weight = rng.integers(0, 9, graph.n).astype(np.float64)
    expected = twin(graph, set(np.flatnonzero(without).tolist()), group.tolist(), groups, weight.tolist())
    for merge in (True, False):
        built = rows.build(topology_of(graph), labels([without, group]), merge=merge)
        assert untouched(built, without, group, groups, weight).tolist() == expected.tolist()


def test_more_destinations_than_a_batch_holds() -> None:
    """Batches add up: with more destinations than bits of a row the sums are those of an algebraic twin."""
    rng = np.random.default_rng(3)
    graph = naive.random_graph(rng, counting.BITS + 70, 1.2, 0.4)
    without, group = rng.random(graph.n) < 0.1, rng.integers(0, 5, graph.n)
    weight, told = rng.integers(0, 2**10, graph.n).astype(np.float64), []
    built = rows.build(topology_of(graph), merge=False)
    found = untouched(
        built, without, group, 5, weight, threads=2, say=lambda _what, part: told.append(part)
    )  # fmt: skip
    spread = np.where(group[:, None] == np.arange(5), weight[:, None], 0)
    expected = spread.T @ algebra(graph, without).astype(np.float64) @ spread
    assert found.tolist() == expected.tolist()
    assert told == [0.0]  # 2,048 bits hold those that are not named
    whole = untouched(built, np.zeros(graph.n, np.bool_), group, 5, weight, say=lambda _what, part: told.append(part))
    expected = spread.T @ algebra(graph, np.zeros(graph.n, np.bool_)).astype(np.float64) @ spread
    assert whole.tolist() == expected.tolist()
    assert told == [0.0, 0.0, 0.5]
    assert untouched(built, np.zeros(graph.n, np.bool_), group, 5, weight, threads=3).tolist() == whole.tolist()


def test_weights_that_are_fractions() -> None:
    """Fractions are rounded by less than a part in a thousand million, and an AS does not reach itself by rounding."""
    rng = np.random.default_rng(4)
    graph = with_alike(rng, 50)
    weight, nobody = rng.random(graph.n), np.zeros(graph.n, np.bool_)
    group = np.arange(graph.n)
    found = untouched(rows.build(topology_of(graph), group), nobody, group, graph.n, weight)
    assert found == pytest.approx(twin(graph, set(), group.tolist(), graph.n, weight.tolist()), rel=1e-9)
    assert (np.diag(found) == 0).all()


def test_a_named_provider_and_a_named_top_by_hand() -> None:
    """Whoever has only named providers is cut off; peers that are left reach each other's customers, not peers'."""
    # 0 and 1 are peers at the top, 2 and 3 are their customers, 4 is a peer of 2, 5 a customer of 4.
    graph = naive.Graph(6, [(0, 2), (1, 3), (4, 5)], [(0, 1), (2, 4)])
    built = rows.build(topology_of(graph), np.arange(6))

    def pairs(named: set[int]) -> set[tuple[int, int]]:
        without = np.isin(np.arange(6), list(named))
        found = untouched(built, without, np.arange(6), 6, np.ones(6))
        return {(int(u), int(v)) for u, v in np.argwhere(found) if u < v}

    among = {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5), (4, 5)}
    assert pairs(set()) == among
    assert pairs({1}) == {(0, 2), (2, 4), (2, 5), (4, 5)}
    assert pairs({0, 1}) == {(2, 4), (2, 5), (4, 5)}
    assert pairs({2}) == {(0, 1), (0, 3), (1, 3), (4, 5)}


def test_arguments_of_other_shapes_and_rows_that_mix_are_refused() -> None:
    """Another number of ASes, groups out of range, weights below 0, and rows of ASes that differ are errors."""
    built = rows.build(topology_of(naive.Graph(3, [(0, 1), (0, 2)], [])))
    nobody, group, one = np.zeros(3, np.bool_), np.zeros(3, np.int64), np.ones(3)
    for without, of, weight in (
        (np.zeros(2, np.bool_), group, one),
        (nobody, np.zeros(4, np.int64), one),
        (nobody, group, np.ones(2)),
        (nobody, np.array([0, 0, 2]), one),
        (nobody, np.array([0, -1, 0]), one),
        (nobody, np.array([0, 0, 1]), one),
        (np.array([False, False, True]), group, one),
        (nobody, group, np.array([1, -1.0, 1])),
        (nobody, group, np.array([1, np.inf, 1])),
    ):
        with pytest.raises(ValueError, match=r"group|weight"):
            untouched(built, without, of, 2, weight)


def test_no_more_memory_than_is_said() -> None:
    """What the work takes is said beforehand, and is not far from it."""
    rng = np.random.default_rng(6)
    graph = naive.random_graph(rng, 6000, 1.4, 1)
    group = rng.integers(0, 50, graph.n)
    without = rng.random(graph.n) < 0.01
    built = rows.build(topology_of(graph), labels([without, group]))
    untouched(built, without, group, 50, np.ones(graph.n), threads=1)
    tracemalloc.start()
    untouched(built, without, group, 50, np.ones(graph.n), threads=2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= memory(built, 50, 2) + 2**18 <= 1.5 * most + 2**18


@pytest.mark.slow
@pytest.mark.skipif(not GRAPH.is_file(), reason="../shared/data/topology is absent")
def test_the_graph_of_2025() -> None:
    """With nobody named, the full graph's 6,121,121,196 pairs with a route are untouched.

    That figure was published beside this repository (ROUTING.md), found by another program.
    """
    topology = asrel.read(GRAPH)
    nobody, group = np.zeros(topology.size, np.bool_), np.zeros(topology.size, np.int64)
    found = untouched(rows.build(topology), nobody, group, 1, np.ones(topology.size))
    assert found.tolist() == [[6_121_121_196.0]]


def test_nobody_and_everybody_named() -> None:
    """No ASes, only named ones, and only ASes that weigh nothing come to a matrix of zeros."""
    graph = naive.Graph(3, [(0, 1), (0, 2)], [])
    group = np.zeros(3, np.int64)
    built = rows.build(topology_of(graph))
    assert untouched(built, np.ones(3, np.bool_), group, 1, np.ones(3)).tolist() == [[0.0]]
    assert untouched(built, np.zeros(3, np.bool_), group, 1, np.zeros(3)).tolist() == [[0.0]]
    none = rows.build(topology_of(naive.Graph(0, [], [])))
    assert untouched(none, np.zeros(0, np.bool_), np.zeros(0, np.int64), 1, np.ones(0)).tolist() == [[0.0]]
