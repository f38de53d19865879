"""All-pairs routing and a what-if over the AS graph: time, memory, growth; beside BGPy and matrix-bgpsim.

    python benchmarks/routing.py [FILE] [--world DIR] [--peer-python PYTHON] [--sizes N,N…] [--runs N] [--threads N]

FILE is an as-rel file; by default that of ../shared/data/topology. ASes are grouped by the state that the world's
registrations give them, or, without ``--world``, by AS number into 240 groups. The what-if: networks of US, GB and JP
(without a world: three tenths of all) refuse every route on which one of some Chinese carriers stands.

Each size is a process of its own, so that its peak memory is its own: first with nothing compiled, then several runs
with kernels warm, the fastest of which counts. Smaller graphs are the ASes with the most links, and what links them.
CPU is that of all threads; on a machine that does other work too it says more than the clock.

``--peer-python`` names a Python that has `bgpy-pkg` and `matrix-bgpsim`. BGPy routes to a few origins. matrix-bgpsim
works on dense matrices, a byte for each pair of its core (all but single-homed ASes): what the whole graph would take
is measured as its inner loop over some rows of one destination, times rows, times the rounds that a small graph needs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from crossline.internet.graph.topology import Topology

HERE = Path(__file__).resolve()
SHARED = HERE.parents[2] / "shared" / "data" / "topology" / "20250901.as-rel2.txt.bz2"
TARGETS = {"all pairs": "0.5 s, 600 MB", "a what-if": "2 s (the whole command: 5 s)"}
CARRIERS = [4134, 4809, 23724, 4837, 9929, 10099, 9808, 58453, 4812, 4808, 17621, 17622, 17623]
MATRIX = """
import builtins, json, sys, time
import numpy as np
from matrix_bgpsim import RMatrix

def once(link1, link2, state):
    # One round of RMatrix.__iterate_state_cpu__ over some rows of one destination.
    start = time.process_time()
    left = state & 0b11_000000
    right = ((left << 1) | (left >> 1)) & 0b11_000000
    left &= right
    right |= state
    for row1, row2 in zip(link1, link2):
        np.max((row1 & left) | (row2 & right)) - 1
    return time.process_time() - start

neighbours = RMatrix(sys.argv[1]).__idx2ngbrs__
core, whole, few = len(neighbours), len(RMatrix(sys.argv[2]).__idx2ngbrs__), 400
nothing = np.full(whole, 0b00_111111, np.uint8)
link1, link2 = np.zeros((few, whole), np.uint8), np.tile(nothing, (few, 1))
a_round = min(once(link1, link2, nothing) for _ in range(3)) / few * whole

state = np.full((core, core), 0b00_111111, np.uint8, order="F")
link1, link2 = np.zeros((core, core), np.uint8), np.full((core, core), 0b00_111111, np.uint8)
for i, near in enumerate(neighbours):
    state[near.C2P, i], state[near.P2P, i], state[near.P2C, i] = 0b11_111110, 0b10_111110, 0b01_111110
    link1[i, near.P2C], link1[i, near.P2P], link1[i, near.C2P] = 0b11_000000, 0b10_000000, 0b01_000000
    link2[i, near.C2P] = 0b01_111111
state[np.arange(core), np.arange(core)] = 0b11_111111
RMatrix.__shared_matrix__.update(
    state=state.ravel("F"), link1=link1.ravel(), link2=link2.ravel(), shape=state.shape
)
rounds, say = [], print
builtins.print = rounds.append  # it prints a line a round
start = time.process_time()
RMatrix.__iterate_state_cpu__(0, core // 2, core // 2 + 2, 100)
small = (time.process_time() - start) / 2
say(json.dumps({"small": small, "small_core": core, "core": whole, "rounds": len(rounds), "a_round": a_round}))
"""


def largest(graph: Topology, count: int) -> Topology:
    """Return the ASes with the most links, and the links between them."""
    import numpy as np  # noqa: PLC0415 - the parent process needs none

    ends = [graph.provider, graph.customer, graph.peer_a, graph.peer_b]
    degree = sum(np.bincount(side, minlength=graph.size) for side in ends)
    kept = np.sort(np.argsort(-np.asarray(degree), kind="stable")[:count])
    place = np.full(graph.size, -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    transit = (place[graph.provider] >= 0) & (place[graph.customer] >= 0)
    peers = (place[graph.peer_a] >= 0) & (place[graph.peer_b] >= 0)
    return replace(
        graph, asn=graph.asn[kept], provider=place[graph.provider[transit]], customer=place[graph.customer[transit]],
        peer_a=place[graph.peer_a[peers]], peer_b=place[graph.peer_b[peers]],
        transit_doubtful=graph.transit_doubtful[transit], peer_doubtful=graph.peer_doubtful[peers],
    )  # fmt: skip


def states(graph: Topology, world: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the group of each AS, and who is in the coalition."""
    import numpy as np  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    if world is None:
        return np.arange(graph.size) * 240 // graph.size, np.random.default_rng(1).random(graph.size) < 0.3
    from crossline.world import store  # noqa: PLC0415

    stated = store.load(Path(world)).table("registration").filter(pl.col("type") == "asn").drop_nulls("registered")
    stated = stated.select(pl.col("value").cast(pl.UInt32).alias("asn"), "registered").unique("asn", keep="first")
    found = pl.DataFrame({"asn": graph.asn}).join(stated, on="asn", how="left", maintain_order="left")["registered"]
    names, group = np.unique(found.fill_null("??").to_numpy().astype(str), return_inverse=True)
    return group.astype(np.int64), np.isin(names, ["US", "GB", "JP"])[group]


def timed(call: Callable[[], Any], runs: int) -> tuple[Any, list[list[float]]]:
    """Return what the last run gave, and clock and CPU seconds of each, the first run first."""
    found, times = None, []
    for _ in range(runs + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        found = call()
        times.append([time.perf_counter() - wall, time.process_time() - cpu])
    return found, times


def child(given: argparse.Namespace) -> None:
    """Measure one size in this process, and print it as JSON."""
    import numpy as np  # noqa: PLC0415

    from crossline.internet.graph import asrel  # noqa: PLC0415
    from crossline.internet.routing import measures, pairs, rows  # noqa: PLC0415

    graph, read = timed(lambda: asrel.read(given.file), 1)
    graph = largest(graph, given.child) if given.child < graph.size else graph
    group, members = states(graph, given.world)
    groups, ones = int(group.max()) + 1, np.ones((1, graph.size))
    made, built = timed(lambda: rows.build(graph, group), 1)
    told: dict[str, Any] = {"ases": graph.size, "links": graph.links, "rows": made.size, "read": read, "built": built}
    base, told["all pairs"] = timed(
        lambda: pairs.baseline(made, ones, group[made.first], groups, threads=given.threads), given.runs
    )
    told["memory"] = {"all pairs": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    told["reached"], told["pairs"] = base.reached.sum(), base.pairs.sum()
    told["hops"] = base.length.sum() / base.reached.sum()
    duty = measures.Duty(members, np.isin(graph.asn, CARRIERS), "filter", "the coalition")
    taken = measures.Measures((duty,), np.zeros(graph.size, np.bool_))
    enacted = measures.enact(graph, taken, group)
    after, told["a what-if"] = timed(lambda: pairs.measure(enacted, ones, groups, threads=given.threads), given.runs)
    told["memory"]["a what-if"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told["lost"], told["added"] = after.lost.sum(), after.added.sum()
    print(json.dumps(told))


def measured(given: argparse.Namespace, size: int, cache: str) -> dict[str, Any]:
    """Return what a process of its own measured."""
    asked = [sys.executable, str(HERE), str(given.file), "--child", str(size), "--runs", str(given.runs)]
    asked += ["--world", given.world] if given.world else []
    asked += ["--threads", str(given.threads)] if given.threads else []
    done = subprocess.run(
        asked, capture_output=True, text=True, check=False, env={**os.environ, "NUMBA_CACHE_DIR": cache}
    )
    if done.returncode:
        sys.exit(done.stderr.strip() or f"{size:,} ASes: no answer")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def shown(told: dict[str, Any], first: dict[str, Any] | None) -> None:
    """Print one size's figures."""
    print(f"\n{told['ases']:,} ASes, {told['links']:,} links, {told['rows']:,} rows: "
          f"{told['reached']:,.0f} pairs reached ({told['reached'] / told['pairs']:.2%}), {told['hops']:.2f} hops; "
          f"what-if: {told['lost']:,.0f} lost, {told['added']:+,.0f} hops")  # fmt: skip
    print(f"{'':20}{'warm, s':>9}{'CPU, s':>9}{'first, s':>10}{'nothing compiled, s':>21}{'peak, MB':>10}")
    for what in ("read", "built", *TARGETS):
        warm = min(told[what][1:])
        cold = f"{first[what][0][0]:>21.2f}" if first else f"{'':>21}"
        peak = f"{told['memory'][what]:.0f}" if what in TARGETS else ""
        target = f"target {TARGETS[what]}" if what in TARGETS else ""
        print(f"{what:20}{warm[0]:>9.3f}{warm[1]:>9.3f}{told[what][0][0]:>10.2f}{cold}"
              f"{peak:>10}  {target}")  # fmt: skip


def written(graph: Topology, path: Path) -> str:
    """Write a graph as an as-rel file, and return its path."""
    ends = [graph.asn[side].tolist() for side in (graph.provider, graph.customer, graph.peer_a, graph.peer_b)]
    with path.open("w", encoding="ascii") as out:
        out.writelines(f"{a}|{b}|-1\n" for a, b in zip(ends[0], ends[1], strict=True))
        out.writelines(f"{a}|{b}|0\n" for a, b in zip(ends[2], ends[3], strict=True))
    return str(path)


def peers(given: argparse.Namespace, ours_s: float, folder: Path) -> None:
    """Measure the peers, and print how many times as long they take for a destination."""
    import numpy as np  # noqa: PLC0415

    import agreement  # noqa: PLC0415 - the script beside this one
    from crossline.internet.graph import asrel  # noqa: PLC0415

    graph = asrel.read(given.file)
    origins = np.random.default_rng(1).choice(graph.asn, 3, replace=False).tolist()
    _, seconds = agreement.bgpy(given.peer_python, graph, origins, folder)
    theirs = sum(seconds.values()) / len(seconds)
    print(f"{'BGPy':16}{theirs:8.2f} s a destination (CPU): {theirs / ours_s:,.0f} times ours")
    files = [written(largest(graph, 3000), folder / "small"), written(graph, folder / "whole")]
    asked = [given.peer_python, "-c", MATRIX, *files]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{'matrix-bgpsim':16}not run: {(done.stderr.strip().splitlines() or ['no output'])[-1]}")
        return
    told = json.loads(done.stdout.splitlines()[-1])
    # ASes outside its core have the routes of those inside, at no cost.
    theirs = told["a_round"] * told["rounds"] * told["core"] / graph.size
    print(f"{'matrix-bgpsim':16}{theirs:8.2f} s a destination (CPU, {told['rounds']} rounds over a core of "
          f"{told['core']:,}, extrapolated): {theirs / ours_s:,.0f} times ours; "
          f"{told['small']:.3f} s measured on a core of {told['small_core']:,}")  # fmt: skip


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", nargs="?", type=Path, default=SHARED)
    options.add_argument("--world")
    options.add_argument("--peer-python")
    options.add_argument("--sizes", default="5000,20000,1000000", help="ASes, parted by commas; at most all")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--threads", type=int)
    options.add_argument("--child", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(given)
        return
    if not given.file.is_file():
        sys.exit(f"{given.file} is absent: name an as-rel file")
    with tempfile.TemporaryDirectory() as folder:
        sizes = [int(size) for size in given.sizes.split(",")]
        print(f"{given.threads or os.cpu_count()} threads")
        first = measured(given, sizes[0], folder)
        told = {}
        for size in sizes:
            told = measured(given, size, folder)
            shown(told, first if size == sizes[0] else None)
        ours = min(cpu for _, cpu in told["all pairs"][1:]) / told["ases"]
        print(f"\nper destination of {told['ases']:,}: {ours * 1e6:.1f} µs (CPU)")
        if given.peer_python:
            peers(given, ours, Path(folder))


if __name__ == "__main__":
    main()
