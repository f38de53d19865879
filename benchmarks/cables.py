"""Disjoint paths between all pairs of states, before and after some cables are gone; beside NetworkX.

    python benchmarks/cables.py [MAP] [--supplier NAME] [--pairs N | --all] [--runs N]

MAP is a map of cables; by default the edition in ../shared/data. What goes is what one supplier built, as the map names
it. Crossline counts all pairs, before and after, with kernels warm; the first run, in which they may be compiled, is
printed beside. NetworkX finds a maximum flow for each pair on the same graph, in the same process, on a residual
network that it builds once; each of its algorithms does a few pairs, and the fastest of them the rest. By default it
does a sample of pairs, and its time for all of them is extrapolated from that, which is said; ``--all`` does all. On
the pairs that it did, both have to agree.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
import polars as pl
from networkx.algorithms import flow

from crossline.cables import network
from crossline.gather import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crossline.cables.cuts import Hypergraph, Longs

HERE = Path(__file__).resolve()
SHARED = HERE.parents[2] / "shared" / "data" / "cables" / "telegeography-2022-11"
TARGET: Final = 50
TRIED: Final = 40  # pairs by which NetworkX's algorithms are compared
ALGORITHMS: Final = ("edmonds_karp", "shortest_augmenting_path", "preflow_push", "dinitz")
AS_OF: Final = date(2022, 12, 1)


def graphs(folder: Path, supplier: str) -> tuple[tuple[str, ...], dict[str, Hypergraph]]:
    """Return the states, and what joins them before and after, by cables alone and with landing points."""
    estate, _ = gather([folder], AS_OF)
    charted = network.chart(estate)
    afloat, _ = network.afloat(charted, AS_OF, planned=False)
    built = network.named(charted, estate, "builder")["builder"].str.split(", ").list.contains(supplier.lower())
    left = afloat & ~built.fill_null(value=False).to_numpy()
    grouping = network.by_state(charted)
    found = {}
    for word, mask in (("before", afloat), ("after", left)):
        landings = charted.landings_of(mask)
        found[f"cable-disjoint, {word}"] = network.of_cables(charted, grouping, landings)
        found[f"landing-disjoint, {word}"] = network.of_landings(charted, grouping, landings)
        print(f"{word}: {int(mask.sum())} cables in service")
    return grouping.labels, found


def directed(graph: Hypergraph) -> nx.DiGraph:
    """Return the same graph for NetworkX: a hyperedge is a way in and a way out, with room for one between them."""
    made = nx.DiGraph()
    made.add_nodes_from(("node", number) for number in range(graph.nodes))
    made.add_edges_from((("in", edge), ("out", edge), {"capacity": 1}) for edge in range(len(graph.room)))
    for edge, node in zip(graph.edge.tolist(), graph.node.tolist(), strict=True):
        made.add_edge(("node", node), ("in", edge))
        made.add_edge(("out", edge), ("node", node))
    return made


def ours(found: dict[str, Hypergraph], ends: Longs, runs: int) -> tuple[dict[str, Longs], dict[str, float], float]:
    """Return all pairs of each graph, the fastest run's seconds, and those of the first run of all."""
    told, best, first = {}, {}, time.perf_counter()
    for name, graph in found.items():
        told[name] = graph.all_pairs(ends)
    first = time.perf_counter() - first
    for name, graph in found.items():
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            graph.all_pairs(ends)
            times.append(time.perf_counter() - start)
        best[name] = min(times)
    return told, best, first


def theirs(graph: Hypergraph, pairs: Sequence[tuple[int, int]]) -> tuple[str, list[int], float]:
    """Return NetworkX's fastest algorithm here, its flows, and its seconds for the pairs."""
    made = directed(graph)
    residual = flow.build_residual_network(made, "capacity")

    def asked(algorithm: Callable[..., Any], some: Sequence[tuple[int, int]]) -> tuple[list[int], float]:
        start = time.perf_counter()
        values = []
        for a, b in some:
            done = algorithm(made, ("node", a), ("node", b), residual=residual, value_only=True)
            values.append(done.graph["flow_value"])
        return values, time.perf_counter() - start

    tried = {name: asked(getattr(flow, name), pairs[:TRIED])[1] for name in ALGORITHMS}
    name = min(tried, key=lambda one: tried[one])
    values, seconds = asked(getattr(flow, name), pairs)
    return name, values, seconds


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--supplier", default="HMN Tech")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    labels, found = graphs(given.map, given.supplier)
    first_graph = next(iter(found.values()))
    joining = np.bincount(first_graph.edge, minlength=len(first_graph.room)) > 1
    ends = np.unique(first_graph.node[joining[first_graph.edge]])
    every = [(int(a), int(b)) for place, a in enumerate(ends) for b in ends[:place]]
    pairs = (
        every if given.all else [every[at] for at in np.random.default_rng(7).permutation(len(every))[: given.pairs]]
    )
    told, best, first = ours(found, ends, given.runs)
    at = {int(node): place for place, node in enumerate(ends)}
    print(f"{len(ends)} of {len(labels)} states with a cable to another, {len(every):,} pairs")
    print(f"NetworkX {nx.__version__}")
    print(f"first run of all, kernels read or compiled: {first:.2f} s")
    rows = []
    for name, graph in found.items():
        algorithm, values, seconds = theirs(graph, pairs)
        differ = sum(told[name][at[a], at[b]] != value for (a, b), value in zip(pairs, values, strict=True))
        if differ:
            raise SystemExit(f"{name}: {differ} of {len(pairs)} pairs differ from NetworkX")
        whole = seconds * len(every) / len(pairs)
        rows.append((name, best[name], algorithm, len(pairs), seconds, whole, whole / best[name]))
    total_ours, total_theirs = sum(row[1] for row in rows), sum(row[5] for row in rows)
    print(
        pl.DataFrame(
            rows, orient="row", schema=["what", "crossline s", "networkx by", "pairs", "their s", "for all s", "times"]
        )
    )
    how = "measured over all pairs" if given.all else f"extrapolated from {len(pairs)} pairs each"
    times = total_theirs / total_ours
    print(f"all: crossline {total_ours:.3f} s, NetworkX {total_theirs:,.0f} s, {how}")
    print(f"{times:,.0f} times as fast; target {TARGET}")
    if times < TARGET:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
