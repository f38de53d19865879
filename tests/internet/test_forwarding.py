"""Next hops, classes, lengths and marks of all transit rows, against the naive twin's whole paths."""

from __future__ import annotations

import naive
import numpy as np
import pytest
from graphs import topology_of

from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import forwarding, measures, rows

CLASS = {naive.CUSTOMER: 0, naive.PEER: forwarding.PEER, naive.PROVIDER: forwarding.PROVIDER}


def held(made: rows.Rows, named: np.ndarray | None = None, refuse: np.ndarray | None = None) -> dict:
    """Return (key, next hop's AS or None, marks) of each transit AS to each AS, as the sweeps say."""
    told = forwarding.Forwarding(made, named, refuse)
    found = {}
    for number in range(told.batches):
        ends = made.destinations[64 * number : 64 * number + 64]
        key, hop, mark = (part.tolist() for part in told.batch(number))
        for lane, row in enumerate(ends.tolist()):
            for d in np.flatnonzero(made.row == row).tolist():
                for u in range(made.transit):
                    via = hop[u][lane]
                    at = None if via == forwarding.NO_HOP else int(made.first[via])
                    found[int(made.first[u]), d] = (key[u][lane], at, mark[u][lane])
    return found


def expected(graph: naive.Graph, transit: list[int], duties: list[naive.Duty], prefer: list[int] | None = None) -> dict:
    """Return the same from the twin; the last hop to a stub is none, since stubs are no transit rows."""
    found = {}
    for d in range(graph.n):
        best = naive.routes(graph, d, duties, prefer)
        for u in transit:
            route = best[u]
            if route is None:
                found[u, d] = (255, None, 0)
                continue
            length = len(route.path) - 1
            marks = sum(1 << b for b, duty in enumerate(duties) if duty.named.intersection(route.path))
            key = 0 if length == 0 else CLASS[route.learned] + length
            via = route.path[1] if length and route.path[1] in transit else None
            found[u, d] = (key, via, marks)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_the_sweeps_choose_what_the_naive_twin_does(seed: int) -> None:
    """Class, length and next hop of every AS with customers to every AS, merged or not, lowest, highest and by lot."""
    rng = np.random.default_rng(seed)
    graph = naive.random_graph(rng, int(rng.integers(4, 90)), providers=1 + rng.random() * 2, peers=rng.random() * 2)
    topology = topology_of(graph)
    prefer = ("lowest", "highest", 7)[seed % 3]
    made = rows.build(topology, prefer=prefer, merge=seed % 2 == 0)
    rank = rows.preferred(topology, prefer).tolist()
    transit = sorted({provider for provider, _ in graph.transit})
    assert held(made) == expected(graph, transit, [], rank)


@pytest.mark.parametrize("seed", range(24))
def test_marks_travel_with_the_chosen_route(seed: int) -> None:
    """With members that refuse named ASes, by several duties at once, routes and marks are those of the twin."""
    rng = np.random.default_rng(100 + seed)
    graph = naive.random_graph(rng, int(rng.integers(4, 70)), providers=1.8, peers=1.5)
    drawn = [(rng.random(graph.n) < 0.4, rng.random(graph.n) < 0.15) for _ in range(1 + seed % 3)]
    duties = tuple(measures.Duty(members, named, "filter", "test") for members, named in drawn)
    taken = measures.Measures(duties, np.zeros(graph.n, np.bool_))
    enacted = measures.enact(topology_of(graph), taken, np.zeros(graph.n, np.int64))
    twin = [
        naive.Duty(set(np.flatnonzero(members & ~named).tolist()), set(np.flatnonzero(named).tolist()))
        for members, named in drawn
    ]
    transit = sorted({provider for provider, _ in graph.transit})
    found = held(enacted.after, enacted.named, enacted.refuse)
    marked = forwarding.graph_of(enacted.after, enacted.named, enacted.refuse).marked
    wanted = expected(graph, transit, twin)
    assert {at: (key, hop) for at, (key, hop, _) in found.items()} == {
        at: (key, hop) for at, (key, hop, _) in wanted.items()
    }
    if marked:
        reached = {at for at, (key, _, _) in wanted.items() if key != 255}
        assert {at: found[at][2] for at in reached} == {at: wanted[at][2] for at in reached}


def chain(length: int) -> naive.Graph:
    """Return ASes that are each the next one's provider."""
    return naive.Graph(length, [(i, i + 1) for i in range(length - 1)], [])


def test_a_route_too_long_for_a_byte_is_said() -> None:
    """61 links are told right; where a row has a route of 62, the graph is refused, not routed wrongly."""
    longest = held(rows.build(topology_of(chain(62))))
    assert longest[0, 61] == (61, 1, 0)
    assert longest[60, 0] == (128 + 60, 59, 0)
    for more in (63, 64, 65, 66, 90, 130, 300):
        with pytest.raises(TopologyError, match="62 links or more"):
            held(rows.build(topology_of(chain(more))))


def test_too_many_transit_rows_are_said() -> None:
    """A graph with 65,535 ASes that have customers cannot be told in 16 bits, and the message says what to do."""
    n = 65_537
    graph = naive.Graph(n, [(max(0, i - 2), i) for i in range(1, n)] + [(n - 2, n - 1)], [])
    made = rows.build(topology_of(graph))
    assert made.transit >= forwarding.NO_HOP
    with pytest.raises(TopologyError, match="16 bits"):
        forwarding.Forwarding(made)


def test_marks_of_another_length_are_refused() -> None:
    """Marks are one byte a row."""
    made = rows.build(topology_of(chain(5)))
    with pytest.raises(ValueError, match="5 rows"):
        forwarding.Forwarding(made, np.zeros(4, np.uint8))
