"""Disjoint paths and least cuts, against every way to part the nodes, and against Menger's theorem."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from flows_naive import fewest, fewest_with_points, least_cut, together
from hypothesis import given
from hypothesis import strategies as st

from crossline.cables import network
from crossline.cables.cuts import Hypergraph
from crossline.cables.network import CableMap

NODES = "abcdef"


def hypergraph(joins: list[set[str]], room: list[int] | None = None) -> Hypergraph:
    """Return the hypergraph of hyperedges over the letters of NODES."""
    edge = [number for number, nodes in enumerate(joins) for _ in nodes]
    node = [NODES.index(name) for nodes in joins for name in sorted(nodes)]
    rooms = np.array(room if room is not None else [1] * len(joins), np.int64)
    return Hypergraph(len(NODES), rooms, np.array(edge, np.int64), np.array(node, np.int64))


hyperedges = st.lists(st.sets(st.sampled_from(NODES), min_size=1, max_size=5), min_size=1, max_size=9)


@given(hyperedges, st.data())
def test_all_pairs_are_the_least_over_all_sides(joins: list[set[str]], data: st.DataObject) -> None:
    """Of every pair, the tree has the least room of hyperedges over every way to put the nodes on two sides."""
    room = data.draw(st.lists(st.integers(0, 5), min_size=len(joins), max_size=len(joins)))
    found = hypergraph(joins, room).all_pairs(range(len(NODES)))
    named = {str(number): nodes for number, nodes in enumerate(joins)}
    rooms = {str(number): value for number, value in enumerate(room)}
    for a, one in enumerate(NODES):
        for b, other in enumerate(NODES[:a]):
            assert found[a, b] == found[b, a] == least_cut(named, rooms, one, other)


@given(hyperedges)
def test_paths_are_as_many_as_hyperedges_part_the_two(joins: list[set[str]]) -> None:
    """With room for one each, the flow is how few hyperedges part the two (Menger), and so many are named."""
    graph = hypergraph(joins)
    named = {str(number): nodes for number, nodes in enumerate(joins)}
    for a, b in ((0, 1), (2, 5), (4, 3)):
        cut = graph.cut(a, b)
        assert cut.flow == fewest(named, NODES[a], NODES[b])
        for parted in (cut.near, cut.far):
            assert len(parted) == cut.flow
            assert not together(named, NODES[a], NODES[b], {str(edge) for edge in parted})
        assert a in cut.side
        assert b not in cut.side


def test_the_cuts_are_the_nearest_to_each_end() -> None:
    """On a chain of equal links, one cut is at each end, and the source stays alone."""
    chain = hypergraph([{"a", "b"}, {"b", "c"}, {"c", "d"}])
    cut = chain.cut(0, 3)
    assert (cut.flow, cut.near.tolist(), cut.far.tolist(), cut.side.tolist()) == (1, [0], [2], [0])


def test_one_cable_serves_one_pair_of_its_landings_at_a_time() -> None:
    """A cable with four landings is one path between any two of them, and not two."""
    assert hypergraph([set("abcd")]).all_pairs(range(4)).tolist() == (1 - np.eye(4, dtype=int)).tolist()


def test_capacity_is_weighed() -> None:
    """Room adds up along hyperedges side by side, and the least counts along a chain."""
    found = hypergraph([{"a", "b"}, {"a", "b"}, {"b", "c"}], [3, 4, 5]).all_pairs(range(3))
    assert (found[0, 1], found[0, 2], found[1, 2]) == (7, 5, 5)


def test_a_node_is_not_parted_from_itself() -> None:
    """Who asks for a cut between a node and itself is told."""
    with pytest.raises(ValueError, match="itself"):
        hypergraph([{"a", "b"}]).cut(0, 0)


def test_nothing_joins_nothing() -> None:
    """Without hyperedges every pair has none; without two nodes there is no pair."""
    bare = hypergraph([])
    assert not bare.all_pairs(range(6)).any()
    assert bare.all_pairs([2]).tolist() == [[0]]
    assert bare.all_pairs([]).shape == (0, 0)


def charted(cables: dict[str, list[tuple[str, str]]]) -> CableMap:
    """Return a map of cables with landings as pairs of landing point and state."""
    points = sorted({landing for landings in cables.values() for landing in landings})
    frame = pl.DataFrame(
        {"point": [p for p, _ in points], "name": [p for p, _ in points], "state": [s for _, s in points]}
    )
    pairs = [(c, points.index(x)) for c, landings in enumerate(cables.values()) for x in sorted(set(landings))]
    empty = pl.DataFrame({"cable": list(cables), "capacity_tbps": [None] * len(cables)})
    return CableMap(empty, frame, *np.array(pairs, np.int64).reshape(-1, 2).T)


places = st.sampled_from([("p", "A"), ("q", "A"), ("r", "B"), ("s", "B"), ("t", "C"), ("u", "D")])


@given(st.lists(st.lists(places, min_size=1, max_size=3, unique=True), min_size=1, max_size=4))
def test_landing_disjoint_paths_are_as_few_as_cables_and_points_part(lands: list[list[tuple[str, str]]]) -> None:
    """Paths that share neither cable nor landing point are how few of both part two states."""
    cables = {f"c{number}": landings for number, landings in enumerate(lands)}
    made = charted(cables)
    grouping = network.by_state(made)
    found = network.of_landings(made, grouping, np.ones(len(made.cable), np.bool_)).all_pairs(
        range(len(grouping.labels))
    )
    for a, one in enumerate(grouping.labels):
        for b, other in enumerate(grouping.labels[:a]):
            assert found[a, b] == fewest_with_points(cables, one, other)
