"""The fault line between two blocs, held against searches that try one path after the other, and against all cuts."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crossline.internet.graph.topology import Topology
from crossline.internet.routing.crossings import Crossing, Crossings, crossings
from internet.naive import Graph, random_graph

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

KINDS = ("anyhow", "around", "thirds")
UP, PEER, DOWN = "up", "peer", "down"


def topology(graph: Graph, doubtful: bool = False) -> Topology:
    """Return a graph as kernels get it; AS number i + 1 is AS i."""
    transit = np.array(graph.transit, np.int32).reshape(-1, 2)
    peers = np.sort(np.array(graph.peers, np.int32).reshape(-1, 2), axis=1)
    return Topology(
        np.arange(1, graph.n + 1, dtype=np.uint32),
        transit[:, 0].copy(), transit[:, 1].copy(), peers[:, 0].copy(), peers[:, 1].copy(),
        np.full(len(transit), doubtful), np.full(len(peers), doubtful),
    )  # fmt: skip


def mask(graph: Graph, ases: Collection[int]) -> np.ndarray:
    """Return a set of ASes as true and false."""
    found = np.zeros(graph.n, np.bool_)
    found[list(ases)] = True
    return found


def count(graph: Graph, a: Collection[int], b: Collection[int]) -> Crossings:
    """Return what joins two blocs of a graph."""
    return crossings(topology(graph), mask(graph, a), mask(graph, b))


def ways(graph: Graph) -> Iterator[tuple[int, int, str]]:
    """Return each link in both directions, and where it leads."""
    for provider, customer in graph.transit:
        yield customer, provider, UP
        yield provider, customer, DOWN
    for one, other in graph.peers:
        yield one, other, PEER
        yield other, one, PEER


def allowed(graph: Graph, a: set[int], b: set[int], kind: str) -> list[tuple[int, int, str]]:
    """Return the ways that paths of a kind may take."""
    return [w for w in ways(graph) if kind == "anyhow" or not ({w[0], w[1]} & a and {w[0], w[1]} & b)]


def by_augmenting(graph: Graph, a: set[int], b: set[int], kind: str) -> int:  # noqa: C901 - the whole algorithm
    """Return how many paths share no AS (of "thirds": no third AS), as Ford and Fulkerson (1956) find them.

    ASes are split in two, with room for one path between the halves, or for any number where they may be shared.
    """
    many = graph.n + 1
    room: dict[tuple[object, object], int] = {}

    def add(one: object, other: object, much: int) -> None:
        room[one, other] = room.get((one, other), 0) + much
        room.setdefault((other, one), 0)

    for v in range(graph.n):
        add(("in", v), ("out", v), many if kind == "thirds" and v in a | b else 1)
    for v in a:
        add("begin", ("in", v), many)
    for v in b:
        add(("out", v), "end", many)
    for v, w, _ in allowed(graph, a, b, kind):
        add(("out", v), ("in", w), many)
    near: dict[object, list[object]] = {}
    for one, other in room:
        near.setdefault(one, []).append(other)
    found = 0
    while True:
        came: dict[object, object] = {"begin": None}
        stack: list[object] = ["begin"]
        while stack and "end" not in came:
            here = stack.pop()
            for there in near.get(here, []):
                if there not in came and room[here, there] > 0:
                    came[there] = here
                    stack.append(there)
        if "end" not in came:
            return found
        here = "end"
        while came[here] is not None:
            room[came[here], here] -= 1
            room[here, came[here]] += 1
            here = came[here]
        found += 1


def joined(graph: Graph, a: set[int], b: set[int], kind: str, gone: set[int], *, valley_free: bool = False) -> bool:
    """Return whether a path of a kind leads from a to b without some ASes."""
    near: dict[int, list[tuple[int, str]]] = {}
    for v, w, where in allowed(graph, a, b, kind):
        near.setdefault(v, []).append((w, where))
    seen = {(v, UP) for v in a - gone}
    stack = list(seen)
    while stack:
        v, phase = stack.pop()
        if v in b:
            return True
        for w, where in near.get(v, []):
            if w in gone or (valley_free and phase != UP and where != DOWN):
                continue
            after = (w, UP if where == UP or not valley_free else DOWN)
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return False


def valley_free_paths(graph: Graph, a: set[int], b: set[int], kind: str) -> list[frozenset[int]]:
    """Return the ASes of each valley-free path of a kind, from an AS of a to the first of b, each passed once."""
    near: dict[int, list[tuple[int, str]]] = {}
    for v, w, where in allowed(graph, a, b, kind):
        near.setdefault(v, []).append((w, where))
    found: set[frozenset[int]] = set()

    def walk(path: tuple[int, ...], phase: str) -> None:
        if path[-1] in b:
            found.add(frozenset(path))
            return
        for w, where in near.get(path[-1], []):
            if w not in path and w not in a and (phase == UP or where == DOWN):
                walk((*path, w), UP if where == UP else DOWN)

    for v in a:
        walk((v,), UP)
    return sorted(found, key=len)


def most_apart(paths: list[frozenset[int]], used: frozenset[int] = frozenset(), first: int = 0) -> int:
    """Return how many of some sets share nothing with each other, by trying all choices."""
    best = 0
    for place in range(first, len(paths)):
        if not paths[place] & used:
            best = max(best, 1 + most_apart(paths, used | paths[place], place + 1))
    return best


def cases(much: int, n: int, peers: float = 1.0) -> Iterator[tuple[Graph, set[int], set[int]]]:
    """Return random graphs with two blocs each, of sizes from one AS to a third of all."""
    for seed in range(much):
        rng = np.random.default_rng(seed)
        graph = random_graph(rng, n, 1.8, peers)
        order = [int(v) for v in rng.permutation(n)]
        one, two = (int(size) for size in rng.integers(1, n // 3 + 1, 2))
        yield graph, set(order[:one]), set(order[one : one + two])


def test_as_many_paths_as_the_naive_search_finds() -> None:
    """Of each kind, as many paths share no AS as augmenting one by one finds, whichever bloc is named first."""
    counts = set()
    for graph, a, b in cases(60, 40):
        there, back = count(graph, a, b), count(graph, b, a)
        for kind in KINDS:
            expected = by_augmenting(graph, a, b, kind)
            counts.add(expected)
            assert expected == getattr(there, kind).paths == getattr(back, kind).paths
    assert len(counts) > 10, "the graphs are too much alike to show anything"


def test_a_cut_is_as_large_as_the_paths_are_many_and_cuts_them() -> None:
    """Menger: without the ASes of a cut no path is left; there are as many as paths, and none is to spare."""
    for graph, a, b in cases(40, 40):
        result = count(graph, a, b)
        for kind in KINDS:
            crossing: Crossing = getattr(result, kind)
            for found in (crossing.near, crossing.far):
                cut = {int(v) for v in found}
                assert crossing.paths == len(cut) == len(found)
                assert not joined(graph, a, b, kind, cut)
                assert all(joined(graph, a, b, kind, cut - {v}) for v in cut)
                assert kind != "thirds" or not cut & (a | b)


def test_an_as_is_in_every_least_cut_or_not() -> None:
    """``always`` holds those ASes that all cuts of the least size have, which are tried one after the other."""
    decided = 0
    for graph, a, b in cases(40, 12, 0.5):
        result = count(graph, a, b)
        for kind in KINDS:
            crossing: Crossing = getattr(result, kind)
            may = [v for v in range(graph.n) if kind != "thirds" or v not in a | b]
            least = [set(cut) for cut in combinations(may, crossing.paths) if not joined(graph, a, b, kind, set(cut))]
            assert set.intersection(*least) == {int(v) for v in crossing.always}
            decided += len(least) > 1 and len(crossing.always) > 0
    assert decided > 5


def test_what_is_enough_leaves_no_valley_free_path() -> None:
    """Without the ASes of ``enough`` no valley-free path is left; there are no more of them than of a least cut."""
    fewer = 0
    for graph, a, b in cases(60, 40):
        result = count(graph, a, b)
        for kind in KINDS:
            crossing: Crossing = getattr(result, kind)
            enough = {int(v) for v in crossing.enough}
            assert not joined(graph, a, b, kind, enough, valley_free=True)
            assert crossing.valley_free == len(enough) <= crossing.paths
            assert kind != "thirds" or not enough & (a | b)
            fewer += crossing.valley_free < crossing.paths
    assert fewer > 10


def test_no_more_valley_free_paths_than_the_bound() -> None:
    """Of all valley-free paths, in all combinations, no more share no AS than ``valley_free``; often as many do."""
    reached = total = 0
    for graph, a, b in cases(40, 10, 0.6):
        result = count(graph, a, b)
        for kind in KINDS:
            paths = valley_free_paths(graph, a, b, kind)
            if kind == "thirds":
                paths = [path - a - b for path in paths]
            most = most_apart(paths)
            assert most <= getattr(result, kind).valley_free
            reached += most == getattr(result, kind).valley_free
            total += 1
    assert reached > total // 2


def test_links_by_relation() -> None:
    """Direct links are counted by who provides, with the ASes that have one, and those that no table shows.

    a is 0, 1, 2 and b is 3, 4. 0 provides 3, 4 provides 1 and 2, 0 and 4 are peers; 5 is a third, as is 0 to 1.
    """
    graph = Graph(6, [(0, 3), (4, 1), (4, 2), (0, 1), (5, 0), (5, 3)], [(0, 4)])
    result = count(graph, {0, 1, 2}, {3, 4})
    assert (result.a, result.b) == (3, 2)
    assert (result.a_provides, result.b_provides, result.peers, result.links) == (1, 2, 1, 4)
    assert (result.a_linked, result.b_linked) == (3, 2)
    assert result.doubtful == 0
    doubted = crossings(topology(graph, doubtful=True), mask(graph, {0, 1, 2}), mask(graph, {3, 4}))
    assert doubted.doubtful == 4


def test_what_is_shared_counts_once() -> None:
    """Two customers of a third AS, which serves two of the other bloc as well: one path, and that AS cuts it.

    a is 0 and 1, b is 3 and 4, and 2 is the provider of all. With a direct link from 0 to 3 there are two ways.
    """
    graph = Graph(5, [(2, 0), (2, 1), (2, 3), (2, 4)], [])
    result = count(graph, {0, 1}, {3, 4})
    for kind in KINDS:
        crossing = getattr(result, kind)
        assert (
            crossing.paths,
            *([int(v) for v in x] for x in (crossing.near, crossing.far, crossing.always)),
        ) == (1, [2], [2], [2])
    with_link = count(Graph(5, graph.transit, [(0, 3)]), {0, 1}, {3, 4})
    assert (with_link.anyhow.paths, with_link.around.paths, with_link.thirds.paths) == (2, 1, 1)


def test_paths_that_are_found_are_taken_back() -> None:
    """A first path that stands in the way of two others is undone: 0 to 5 over 2 and 3, and both kept apart.

    Shortest is 0-2-5; 1 reaches only 2, and 0 reaches 6 over 3 and 4 as well: two paths need 0-3-4-6 and 1-2-5.
    """
    graph = Graph(7, [(2, 0), (2, 1), (2, 5), (3, 0), (4, 3), (4, 6)], [])
    assert count(graph, {0, 1}, {5, 6}).anyhow.paths == 2


def chain(names: str) -> list[tuple[str, str]]:
    """Return links from each of some names to the next."""
    every = names.split()
    return list(pairwise(every))


def test_an_as_that_a_path_gave_up_serves_another() -> None:
    """The shortest path, s1-v-w-t1, gives v up for the second, and v stands on the third: three paths in all.

    They are s2-u1-u2-u3-w-t1, s1-x-y-z-t2 and s3-p1-…-p6-v-q1-…-q6-t3, the only three that share nothing.
    """
    links = [
        *chain("s1 v w t1"), *chain("s2 u1 u2 u3 w"), *chain("s1 x y z t2"), *chain("s3 p1 p2 p3 p4 p5 p6 v"),
        *chain("v q1 q2 q3 q4 q5 q6 t3"),
    ]  # fmt: skip
    names = sorted({name for link in links for name in link})
    place = {name: number for number, name in enumerate(names)}
    graph = Graph(len(names), [], [(place[one], place[other]) for one, other in links])
    assert count(graph, {place[f"s{i}"] for i in (1, 2, 3)}, {place[f"t{i}"] for i in (1, 2, 3)}).anyhow.paths == 3


def test_two_links_between_peers_make_no_route() -> None:
    """A valley-free path has one link between peers at most: one over three of them is in the graph alone."""
    one = count(Graph(2, [], [(0, 1)]), {0}, {1}).anyhow
    # Those in between have customers, so that they do have something to pass on.
    three = count(Graph(6, [(1, 4), (2, 5)], [(0, 1), (1, 2), (2, 3)]), {0}, {3}).anyhow
    assert [(found.paths, found.valley_free) for found in (one, three)] == [(1, 1), (1, 0)]


def test_a_stub_that_buys_on_both_sides_joins_them_in_the_graph_and_not_in_routing() -> None:
    """Between two providers stands a customer of both: one path, none of them valley-free."""
    graph = Graph(3, [(0, 1), (2, 1)], [])
    result = count(graph, {0}, {2})
    assert [(c.paths, c.valley_free) for c in (result.anyhow, result.around, result.thirds)] == [(1, 0)] * 3


def test_blocs_that_nothing_joins_and_blocs_of_nobody() -> None:
    """Without a way there are no paths and nothing to cut, and so there are with an empty bloc or an empty graph."""
    apart = Graph(4, [(0, 1), (2, 3)], [])
    for a, b in (({0, 1}, {2, 3}), (set(), {2}), ({0}, set()), (set(), set())):
        result = count(apart, a, b)
        assert [
            (c.paths, len(c.near), len(c.far), c.valley_free) for c in (result.anyhow, result.around, result.thirds)
        ] == [(0, 0, 0, 0)] * 3
    assert count(Graph(0, [], []), set(), set()).anyhow.paths == 0


def test_who_is_in_both_blocs_is_of_the_second() -> None:
    """An AS that stands in both is taken to be of b alone."""
    graph = Graph(3, [(0, 1), (1, 2)], [])
    both, plain = count(graph, {0, 1}, {1, 2}), count(graph, {0}, {1, 2})
    assert (both.a, both.b, both.anyhow.paths) == (1, 2, 1)
    assert both.anyhow.paths == plain.anyhow.paths
    assert both.links == plain.links == 1


def test_blocs_of_another_graph_are_refused() -> None:
    """Blocs with another number of ASes than the graph has are an error and not an answer."""
    graph = topology(Graph(3, [(0, 1)], []))
    with pytest.raises(ValueError, match="where the graph has 3"):
        crossings(graph, np.zeros(3, np.bool_), np.zeros(4, np.bool_))


def test_a_long_chain_needs_no_recursion() -> None:
    """A path of 30,000 ASes is found and cut."""
    n = 30_000
    graph = Graph(n, [(v, v + 1) for v in range(n - 1)], [])
    said: list[float] = []
    result = crossings(
        topology(graph), mask(graph, {0}), mask(graph, {n - 1}), say=lambda _what, part: said.append(part)
    )
    assert (1, 1, [0], [n - 1]) == (
        result.anyhow.paths, result.around.paths, result.anyhow.near.tolist(), result.anyhow.far.tolist()
    )  # fmt: skip
    assert (1, [1], [n - 2]) == (result.thirds.paths, result.thirds.near.tolist(), result.thirds.far.tolist())
    assert said == sorted(said)
    assert said[-1] == 1.0
