"""Disjoint paths of all pairs, against NetworkX's maximum flow on the same graph."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from crossline.cables.cuts import Hypergraph


def directed(graph: Hypergraph) -> nx.DiGraph:
    """Return the graph in which every hyperedge is a way in and a way out, with its room between them."""
    found = nx.DiGraph()
    found.add_nodes_from(("node", number) for number in range(graph.nodes))
    for edge, room in enumerate(graph.room.tolist()):
        found.add_edge(("in", edge), ("out", edge), capacity=room)
    for edge, node in zip(graph.edge.tolist(), graph.node.tolist(), strict=True):
        found.add_edge(("node", node), ("in", edge))
        found.add_edge(("out", edge), ("node", node))
    return found


@pytest.mark.parametrize("most", [1, 9])
def test_all_pairs_against_networkx(most: int) -> None:
    """On 24 places that 60 cables join, every pair has the flow that NetworkX finds, with capacities too."""
    lots = np.random.default_rng(11)
    joins = [np.unique(lots.integers(0, 24, lots.integers(2, 6))) for _ in range(60)]
    edge = np.repeat(np.arange(60), [len(nodes) for nodes in joins])
    graph = Hypergraph(24, lots.integers(1, most + 1, 60), edge, np.concatenate(joins).astype(np.int64))
    found, oracle = graph.all_pairs(range(24)), directed(graph)
    told = {
        (a, b): nx.maximum_flow_value(oracle, ("node", a), ("node", b)) for a in range(24) for b in range(a)
    }  # fmt: skip
    assert told == {(a, b): found[a, b] for a, b in told}
