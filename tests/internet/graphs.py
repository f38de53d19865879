"""Graphs of the naive twin, as kernels get them, and as an as-rel file says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crossline.internet.graph.topology import Topology

if TYPE_CHECKING:
    from naive import Graph


def topology_of(graph: Graph) -> Topology:
    """Return a graph with AS 100 + i at position i, no link doubtful."""
    transit = np.array(graph.transit, np.int32).reshape(-1, 2)
    peers = np.sort(np.array(graph.peers, np.int32).reshape(-1, 2), axis=1)
    return Topology(
        asn=np.arange(100, 100 + graph.n, dtype=np.uint32),
        provider=transit[:, 0].copy(), customer=transit[:, 1].copy(),
        peer_a=peers[:, 0].copy(), peer_b=peers[:, 1].copy(),
        transit_doubtful=np.zeros(len(transit), np.bool_), peer_doubtful=np.zeros(len(peers), np.bool_),
    )  # fmt: skip


def links_of(topology: Topology) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return a graph's links by AS number: (provider, customer), and peers with the lower number first."""
    asn = topology.asn.tolist()
    transit = zip(topology.provider.tolist(), topology.customer.tolist(), strict=True)
    peers = zip(topology.peer_a.tolist(), topology.peer_b.tolist(), strict=True)
    return {(asn[a], asn[b]) for a, b in transit}, {(asn[a], asn[b]) for a, b in peers}
