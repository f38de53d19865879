"""Ties: bounds over all ways to choose between equally good next hops, beside twins that try or enumerate them."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from pathlib import Path

import naive
import numpy as np
import pytest
from graphs import topology_of
from hypothesis import given
from hypothesis import strategies as st

from crossline.internet.graph import asrel
from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import rows, ties
from crossline.internet.routing.measures import labels

GRAPH = Path(__file__).parents[3] / "shared" / "data" / "topology" / "20250901.as-rel2.txt.bz2"


def equals(graph: naive.Graph, destination: int) -> list[list[int] | None]:
    """Return the equally good next hops of each AS, none for the destination; None where there is no route."""
    near, best = graph.neighbours(), naive.routes(graph, destination)
    found: list[list[int] | None] = []
    for u in range(graph.n):
        mine = best[u]
        if mine is None or u == destination:
            found.append([] if mine else None)
            continue
        hops = {
            v
            for v, learned in near[u]
            if learned == mine.learned
            and (theirs := best[v]) is not None
            and len(theirs.path) == len(mine.path) - 1
            and (theirs.learned in {naive.ORIGIN, naive.CUSTOMER} or learned == naive.PROVIDER)
        }
        found.append(sorted(hops))
    return found


def crosses(choice: list[int | None], u: int, destination: int, members: set[int]) -> bool:
    """Return whether the route along chosen next hops has a member strictly between its ends."""
    v = choice[u]
    while v != destination:
        if v in members:
            return True
        v = choice[v]
    return False


def twin(graph: naive.Graph, sets: list[set[int]], weight: list[float]) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return bounds, pairs between others, pairs with several next hops, pairs with a route: one AS at a time."""
    bounds, between = np.zeros((len(sets), 2)), np.zeros(len(sets))
    several = reached = 0.0
    for d in range(graph.n):
        hops = equals(graph, d)
        length = [len(route.path) if route else 0 for route in naive.routes(graph, d)]
        nearest = sorted((u for u in range(graph.n) if hops[u]), key=lambda u: length[u])
        several += sum(weight[u] * weight[d] for u in nearest if len(hops[u]) > 1)
        reached += sum(weight[u] * weight[d] for u in nearest)
        for q, members in enumerate(sets):
            can, must = {d: False}, {d: False}
            for u in nearest:
                can[u] = any((v != d and v in members) or can[v] for v in hops[u])
                must[u] = all((v != d and v in members) or must[v] for v in hops[u])
                if u not in members and d not in members:
                    bounds[q] += weight[u] * weight[d] * np.array([must[u], can[u]])
                    between[q] += weight[u] * weight[d]
    return bounds, between, several, reached


def masks(sets: list[set[int]], n: int) -> np.ndarray:
    """Return sets as rows of truth values."""
    found = np.zeros((len(sets), n), np.bool_)
    for q, members in enumerate(sets):
        found[q, sorted(members)] = True
    return found


def family(rng: np.random.Generator, n: int) -> naive.Graph:
    """Return a random graph with some stubs more that are alike, which rows merge."""
    graph = naive.random_graph(rng, n, 1 + rng.random(), 2 * rng.random())
    more = [(int(a), n + i) for i, a in enumerate(rng.integers(0, n, int(rng.integers(0, 8))) // 3)]
    beside = [(n + i, int(b)) for i, b in enumerate(rng.integers(0, n, len(more)) // 5) if b // 5 != more[i][0]]
    return naive.Graph(n + len(more), graph.transit + more, graph.peers + [(b, a) for a, b in beside])


def drawn(rng: np.random.Generator, n: int, count: int) -> list[set[int]]:
    """Return sets that may overlap, of a fifth of all ASes each."""
    return [set(np.flatnonzero(rng.random(n) < 0.2).tolist()) for _ in range(count)]


def asked(graph: naive.Graph, sets: list[set[int]], weight: np.ndarray, **how: object) -> ties.Exposure:
    """Return what the kernel finds, over rows that merge what they may."""
    within = masks(sets, graph.n)
    return ties.exposure(rows.build(topology_of(graph), labels(list(within)), **how), within, weight)


@given(seed=st.integers(0, 2**32), n=st.integers(2, 45), count=st.integers(1, 8), prefer=st.integers(0, 99))
def test_bounds_are_those_of_a_twin_that_goes_from_as_to_as(seed: int, n: int, count: int, prefer: int) -> None:
    """Over any graph, sets, weights and merging of rows, all sums are those over single ASes."""
    rng = np.random.default_rng(seed)
    graph = family(rng, n)
    sets, weight = drawn(rng, graph.n, count), rng.integers(0, 9, graph.n).astype(np.float64)
    bounds, between, several, reached = twin(graph, sets, weight.tolist())
    for merge in (True, False):
        found = asked(graph, sets, weight, prefer=prefer, merge=merge)
        assert found.bounds.tolist() == bounds.tolist()
        assert found.between.tolist() == between.tolist()
        assert (found.several, found.reached) == (several, reached)


def test_twin_and_kernel_do_not_agree_about_nothing() -> None:
    """The graphs of these tests have ties, and sets that are crossed by some ways and avoided by others."""
    rng = np.random.default_rng(1)
    graph = naive.random_graph(rng, 45, 2, 1)
    bounds, _, several, _ = twin(graph, drawn(rng, 45, 4), [1.0] * 45)
    assert several > 50
    assert (bounds[:, 0] > 0).all()
    assert (bounds[:, 1] > bounds[:, 0] + 20).all()


@pytest.mark.parametrize("seed", range(30))
def test_bounds_are_reached_and_never_passed(seed: int) -> None:
    """Of all ways in which each AS and destination can choose by itself, the least and the greatest are the bounds."""
    rng = np.random.default_rng(seed)
    graph = naive.random_graph(rng, 9, 1.9, 1.3)
    sets = [{int(u)} for u in rng.permutation(9)[:3]] + drawn(rng, 9, 2)
    least, most = np.zeros(len(sets)), np.zeros(len(sets))
    for d in range(9):
        hops = equals(graph, d)
        if math.prod(len(own) for own in hops if own) > 3000:
            pytest.skip("too many ways to try them all")
        counts = [
            [
                sum(u != d and choice[u] is not None and {u, d}.isdisjoint(members) and crosses(choice, u, d, members)
                    for u in range(9))
                for members in sets
            ]
            for choice in (list(way) for way in itertools.product(*(own or [None] for own in hops)))
        ]  # fmt: skip
        least += np.min(counts, axis=0)
        most += np.max(counts, axis=0)
    found = asked(graph, sets, np.ones(9))
    assert found.bounds.tolist() == np.stack([least, most], axis=1).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_every_order_of_preference_stays_within_bounds(seed: int) -> None:
    """Whomever all ASes prefer among equals, the routes of the naive twin cross no less and no more than the bounds."""
    rng = np.random.default_rng(100 + seed)
    graph = naive.random_graph(rng, 6, 2, 1)
    sets = [{int(u)} for u in range(6)]
    found = asked(graph, sets, np.ones(6))
    counts = []
    for order in itertools.permutations(range(6)):
        crossing = [0] * 6
        for d in range(6):
            for route in naive.routes(graph, d, prefer=list(order)):
                for v in route.path[1:-1] if route else ():
                    crossing[v] += 1
        counts.append(crossing)
    assert (np.min(counts, axis=0) >= found.bounds[:, 0]).all()
    assert (np.max(counts, axis=0) <= found.bounds[:, 1]).all()


def test_a_diamond_by_hand() -> None:
    """An AS with two providers below one top can cross either, has to cross one of them, and no other pair does."""
    # 0 is the top, 1 and 2 are its customers, 3 is the customer of both.
    graph = naive.Graph(4, [(0, 1), (0, 2), (1, 3), (2, 3)], [])
    found = asked(graph, [{1}, {2}, {1, 2}, {0}], np.ones(4))
    # 3 to 0 and back go by 1 or by 2: each of them can be avoided, both together cannot. 1 to 2 and back have to cross
    # 0, because 3, a customer, passes on to them nothing of what it learned from a provider.
    assert found.bounds.tolist() == [[0.0, 2.0], [0.0, 2.0], [2.0, 2.0], [2.0, 2.0]]
    assert found.between.tolist() == [6.0, 6.0, 2.0, 6.0]
    assert (found.several, found.reached) == (2.0, 12.0)


def test_more_destinations_than_a_batch_holds() -> None:
    """Batches add up: several of them, the last one not full, come to the same as calls for some of the pairs each."""
    rng = np.random.default_rng(5)
    graph = naive.random_graph(rng, 2 * ties.LANES + 20, 1.4, 0.5)
    within, weight = masks(drawn(rng, graph.n, 2), graph.n), np.ones(graph.n)
    built = rows.build(topology_of(graph), merge=False)
    whole = ties.exposure(built, within, weight, threads=2)
    # Calls with a third or two thirds of all ASes at weight 1; the others stay on the way, and make no destination.
    parts = [np.arange(graph.n) % 3 == k for k in range(3)]
    one = {k: ties.exposure(built, within, np.where(parts[k], weight, 0)) for k in range(3)}
    two = {k: ties.exposure(built, within, np.where(parts[k], 0, weight)) for k in range(3)}
    for value in ("bounds", "between", "several", "reached"):
        summed = sum(getattr(two[k], value) - getattr(one[k], value) for k in range(3))
        assert np.array(getattr(whole, value)).tolist() == np.array(summed).tolist(), value


def test_weights_that_are_fractions() -> None:
    """Weights that are no whole numbers are rounded by less than a millionth of a millionth of their sum."""
    rng = np.random.default_rng(8)
    graph = naive.random_graph(rng, 40, 1.8, 1)
    sets, weight = drawn(rng, 40, 3), 1e-3 * rng.random(40)
    bounds, between, several, reached = twin(graph, sets, weight.tolist())
    found = asked(graph, sets, weight)
    assert found.bounds == pytest.approx(bounds, rel=1e-10)
    assert found.between == pytest.approx(between, rel=1e-10)
    assert (found.several, found.reached) == pytest.approx((several, reached), rel=1e-10)


def test_threads_and_progress() -> None:
    """Sums come out the same for any number of threads, and progress runs from 0 to below 1, in order."""
    rng = np.random.default_rng(9)
    graph = naive.random_graph(rng, 600, 1.5, 0.5)
    built, within = rows.build(topology_of(graph), merge=False), masks(drawn(rng, 600, 8), 600)
    weight, told = rng.random(600), []
    one = ties.exposure(built, within, weight, threads=1)
    three = ties.exposure(built, within, weight, threads=3, say=lambda what, part: told.append((what, part)))
    assert one.bounds.tolist() == three.bounds.tolist()
    assert [part for _, part in told] == [0.0, 1 / 3, 2 / 3]


def test_sets_and_weights_of_other_shapes_are_refused() -> None:
    """Nine sets, none, another number of ASes, weights below 0, and rows that put members beside others are errors."""
    graph = naive.Graph(3, [(0, 1), (0, 2)], [])
    built = rows.build(topology_of(graph))
    for sets, weight in (
        (np.zeros((9, 3), np.bool_), np.ones(3)),
        (np.zeros((0, 3), np.bool_), np.ones(3)),
        (np.zeros((1, 4), np.bool_), np.ones(3)),
        (np.zeros((1, 3), np.bool_), np.ones(4)),
        (np.zeros((1, 3), np.bool_), np.array([1.0, -1, 1])),
        (np.zeros((1, 3), np.bool_), np.array([1.0, np.nan, 1])),
        (np.array([[False, True, False]]), np.ones(3)),
    ):
        with pytest.raises(ValueError, match=r"sets|weights"):
            ties.exposure(built, sets, weight)


def test_routes_too_long_for_a_byte_are_refused() -> None:
    """A chain of 249 links is counted; with one more the graph is refused, not counted wrongly."""
    sets = np.zeros((1, 251), np.bool_)
    sets[0, 5] = True
    chain = naive.Graph(251, [(i, i + 1) for i in range(249)], [])
    found = ties.exposure(rows.build(topology_of(chain)), sets, np.ones(251))
    # The sixth from the top stands between the five above it and the 244 below.
    assert found.bounds.tolist() == [[2 * 5 * 244.0] * 2]
    longer = naive.Graph(251, [(i, i + 1) for i in range(250)], [])
    with pytest.raises(TopologyError, match="250 hops"):
        ties.exposure(rows.build(topology_of(longer)), sets, np.ones(251))


def test_no_more_memory_than_is_said() -> None:
    """What the work takes is said beforehand, and is not far from it."""
    rng = np.random.default_rng(6)
    graph = naive.random_graph(rng, 3000, 1.4, 0.5)
    built, sets = rows.build(topology_of(graph), merge=False), np.zeros((1, graph.n), np.bool_)
    ties.exposure(built, sets, np.ones(graph.n), threads=1)
    tracemalloc.start()
    ties.exposure(built, sets, np.ones(graph.n), threads=2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= ties.memory(built, 2) + 2**18 <= 1.5 * most + 2**18


@pytest.mark.slow
@pytest.mark.skipif(not GRAPH.is_file(), reason="../shared/data/topology is absent")
def test_the_graph_of_2025() -> None:
    """Of the full graph's 6,121,121,196 pairs with a route, 23 % have two or more equally good next hops.

    Both were published beside this repository (ROUTING.md), found by another program.
    """
    topology = asrel.read(GRAPH)
    found = ties.exposure(rows.build(topology), np.zeros((1, topology.size), np.bool_), np.ones(topology.size))
    assert found.reached == found.between[0] == 6_121_121_196
    assert round(100 * found.several / found.reached) == 23
    assert found.bounds.tolist() == [[0.0, 0.0]]


def test_no_ases_and_no_links() -> None:
    """A graph without links has no pairs, and one without ASes neither."""
    for n in (0, 3):
        found = asked(naive.Graph(n, [], []), [set()], np.ones(n))
        assert (found.bounds.tolist(), found.several, found.reached) == ([[0.0, 0.0]], 0.0, 0.0)
