"""Routes to some destinations, beside the naive twin: class, length, next hop and path, whatever ties and duties."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from graphs import topology_of
from naive import Duty as Refusal
from naive import Graph, Route, random_graph, routes

from crossline.internet.routing import paths
from crossline.internet.routing.measures import Action, Duty, Measures
from crossline.internet.routing.rows import preferred

CLASSES = ("origin", "customer", "peer", "provider")


def expected(found: list[list[Route | None]]) -> list[tuple[int, int, str, int, int | None, list[int]]]:
    """Return the naive twin's routes, by destination, as rows of a frame; AS number 100 + i is AS i."""
    return [
        (100 + u, 100 + to, CLASSES[route.learned], len(route.path) - 1,
         100 + route.path[1] if len(route.path) > 1 else None, [100 + v for v in route.path])
        for to, best in enumerate(found) for u, route in enumerate(best) if route
    ]  # fmt: skip


def graph_of(rng: np.random.Generator) -> Graph:
    """Return a graph of a size and shape that differ from one to the next, some of it stubs that are alike."""
    graph = random_graph(rng, int(rng.integers(1, 35)), 1 + rng.random(), 2 * rng.random())
    twins = [(int(a), graph.n + i) for i, a in enumerate(rng.integers(0, graph.n, 6) // 3)]
    return Graph(graph.n + 6, graph.transit + twins, graph.peers)


@pytest.mark.parametrize("seed", range(60))
def test_routes_are_those_of_the_naive_twin(seed: int) -> None:
    """Each AS to each: class, length, next hop and path, with ties broken by lowest, highest, or lot."""
    rng = np.random.default_rng(seed)
    graph = graph_of(rng)
    topology = topology_of(graph)
    prefer = ("lowest", "highest", seed)[seed % 3]
    rank = {"lowest": list(range(graph.n)), "highest": [-i for i in range(graph.n)]}
    order = rank.get(str(prefer)) or preferred(topology, prefer).tolist()
    held = paths.routing(topology, prefer=prefer)
    found = paths.routes(held, range(graph.n), path=True)
    assert found.rows() == expected([routes(graph, to, prefer=order) for to in range(graph.n)])


def without(graph: Graph, gone: set[int], cut: list[Refusal]) -> Graph:
    """Return a graph without the links of some ASes, and without those between members and whom they refuse."""

    def stays(a: int, b: int) -> bool:
        held = any((a in d.members and b in d.named) or (b in d.members and a in d.named) for d in cut)
        return not (held or a in gone or b in gone)

    return Graph(graph.n, [x for x in graph.transit if stays(*x)], [x for x in graph.peers if stays(*x)])


@pytest.mark.parametrize("seed", range(60))
def test_measures_do_what_they_do_to_the_naive_twin(seed: int) -> None:
    """Filters, cut links and removed ASes, several at once: the twin looks at whole paths for named ASes."""
    rng = np.random.default_rng(1000 + seed)
    graph = graph_of(rng)
    duties, filters, cuts = [], [], []
    for i in range(int(rng.integers(1, 5))):
        draw = rng.random(graph.n)
        named, members = draw < 0.15, draw > rng.random()
        action: Action = "filter" if i % 2 == seed % 2 else "depeer"
        duties.append(Duty(members & ~named, named, action, "a test"))
        refusal = Refusal(set(np.flatnonzero(members & ~named).tolist()), set(np.flatnonzero(named).tolist()))
        (filters if action == "filter" else cuts).append(refusal)
    removed = rng.random(graph.n) < 0.05 * (seed % 3)
    after = without(graph, set(np.flatnonzero(removed).tolist()), cuts)
    held = paths.routing(topology_of(graph), Measures(tuple(duties), removed))
    found = paths.routes(held, range(graph.n), path=True)
    assert found.rows() == expected([routes(after, to, filters) for to in range(graph.n)])


def test_a_path_longer_than_a_byte_of_links_is_whole() -> None:
    """A chain of 3,000 ASes: from the lowest to the top are 2,999 links, each next hop one up."""
    graph = Graph(3000, [(i, i + 1) for i in range(2999)], [])
    held = paths.routing(topology_of(graph))
    found = paths.routes(held, [0, 2999], np.array([2999, 0]), path=True)
    assert found["length"].to_list() == [2999, 0, 0, 2999]
    assert found["class"].to_list() == ["provider", "origin", "origin", "customer"]
    assert found["path"][0].to_list() == list(range(3099, 99, -1))


def test_sources_are_told_in_their_order_and_those_without_a_route_left_out() -> None:
    """AS 2 has no link: no route to AS 0, and its own to itself."""
    held = paths.routing(topology_of(Graph(3, [(0, 1)], [])))
    found = paths.routes(held, [2, 0], np.array([2, 1, 0]))
    assert found.rows() == [
        (102, 102, "origin", 0, None), (101, 100, "provider", 1, 100), (100, 100, "origin", 0, None),
    ]  # fmt: skip
    assert paths.paths(held, 0, np.array([2, 1, 1, 0])) == [None, [101, 100], [101, 100], [100]]


def test_no_destination_gives_no_rows_and_the_same_columns() -> None:
    """An empty question has an empty answer."""
    held = paths.routing(topology_of(Graph(3, [(0, 1)], [])))
    assert paths.routes(held, []).schema == paths.SCHEMA
    assert paths.routes(held, [], path=True).schema == {**paths.SCHEMA, "path": pl.List(pl.UInt32)}
    assert paths.routes(held, [0], np.zeros(0, np.int64), path=True).schema == {
        **paths.SCHEMA,
        "path": pl.List(pl.UInt32),
    }


def test_batches_come_in_order_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few routes a frame may have, together they are what one frame would be."""
    graph = random_graph(np.random.default_rng(3), 40)
    held = paths.routing(topology_of(graph))
    whole = paths.routes(held, range(40))
    monkeypatch.setattr(paths, "_PAIRS", 1)
    parts = list(paths.batches(held, range(40)))
    assert len(parts) == 40
    assert pl.concat(parts).equals(whole)
