"""Ensembles: one measurement for each seed, on rows that differ in how ties are broken and in nothing else."""

from __future__ import annotations

import naive
import numpy as np
import pytest
from graphs import topology_of

from crossline.internet.routing import rows, ties
from crossline.internet.routing.ensemble import ensemble, spread, transit_share


def test_spread_is_least_middle_and_greatest_of_each_number() -> None:
    """Each number has its own spread, over measurements; of none there is no spread."""
    low, median, high = spread([[1.0, 9.0], [3.0, 5.0], [2.0, 7.0], [10.0, 7.0]])
    assert (low.tolist(), median.tolist(), high.tolist()) == ([1.0, 5.0], [2.5, 7.0], [10.0, 9.0])
    assert [float(value) for value in spread([4.0, 2.0, 3.0])] == [2.0, 3.0, 4.0]
    with pytest.raises(ValueError, match="nothing"):
        spread([])


def test_each_seed_is_measured_once_in_its_order() -> None:
    """A measurement gets the rows that its seed makes, the same each time, and results come in the seeds' order."""
    topology, label, told = topology_of(naive.random_graph(np.random.default_rng(1), 40)), np.arange(40) % 2, []
    found = ensemble(
        topology, label, (7, 3, 7), lambda built: built.first[:5], lambda _what, part: told.append(part)
    )  # fmt: skip
    assert found.tolist() == [rows.build(topology, label, seed).first[:5].tolist() for seed in (7, 3, 7)]
    assert found[0].tolist() == found[2].tolist() != found[1].tolist()
    assert told == [0.0, 1 / 3, 2 / 3]
    with pytest.raises(ValueError, match="seed"):
        ensemble(topology, label, (), lambda built: built.first)


def test_transit_share_is_that_of_the_twins_paths_and_within_bounds() -> None:
    """The part of steps taken over some ASes is what whole paths of the twin come to; exact bounds hold each seed."""
    rng = np.random.default_rng(2)
    graph = naive.random_graph(rng, 30, 2, 1)
    topology, members = topology_of(graph), np.arange(30) == int(rng.integers(30))
    members = np.isin(np.arange(30), [graph.transit[0][0]])
    seeds = range(6)
    found = ensemble(topology, None, seeds, transit_share(members, np.ones(30)))
    expected, crossing = [], []
    for seed in seeds:
        prefer = rows.preferred(topology, seed).tolist()
        steps = [
            members[v]
            for d in range(30)
            for route in naive.routes(graph, d, prefer=prefer)
            for v in (route.path[1:-1] if route else ())
        ]
        expected.append(sum(steps) / len(steps))
        crossing.append(sum(steps))
    assert found.tolist() == pytest.approx(expected)
    assert len(set(expected)) > 1
    low, high = ties.exposure(
        rows.build(topology, members.astype(np.int64)), members[None], np.ones(30)
    ).bounds[0]  # fmt: skip
    assert low <= min(crossing) <= max(crossing) <= high
    one = np.zeros(30, np.bool_)
    assert transit_share(one, np.ones(30))(rows.build(topology)).tolist() == 0.0
