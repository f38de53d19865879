"""What passes over each AS and each state, exactly, for all pairs: time and memory, alone and before and after.

    python benchmarks/transit.py [FILE] [--world DIR] [--runs N] [--threads N]

FILE is an as-rel file; by default that of ../shared/data/topology. ASes are grouped by the state that the world's
registrations give them, or, without ``--world``, by AS number into 240 groups. The scenario: networks of US (without a
world: one in seven) refuse every route on which one of some Chinese carriers stands.

The first run is in a fresh process with nothing compiled, the second in one that finds the compiled kernels; then come
several warm runs, the fastest of which counts. Peak memory is that of the process that ran them, graph and all. CPU is
that of all threads: on a machine that does other work too it says more than the clock. No other program does this.
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
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crossline.internet.graph import asrel
from crossline.internet.routing import measures, rows, transit

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.internet.graph.topology import Topology

HERE = Path(__file__).resolve()
SHARED = HERE.parents[2] / "shared" / "data" / "topology" / "20250901.as-rel2.txt.bz2"
CARRIERS = [4134, 4809, 23724, 4837, 9929, 10099, 9808, 58453]
TARGETS = {"by AS": 3.0, "by state": 6.0}
LINKS_LESS_ONE = 21_461_983_532  # over all pairs of the default file's graph


def states(topology: Topology, world: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Return a group for each AS, and who has the duty."""
    if world is None:
        return topology.asn.astype(np.int64) % 240 + 1, topology.asn % 7 == 0
    from crossline.world import store  # noqa: PLC0415 - only where one is named

    table = store.load(world).table("registration")
    known = table.filter((table["type"] == "asn") & table["registered"].is_not_null())
    of = dict(zip(known["value"].cast(int).to_list(), known["registered"].to_list(), strict=True))
    names, group = np.unique([of.get(number, "") for number in topology.asn.tolist()], return_inverse=True)
    return group.astype(np.int64), names[group] == "US"


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return how long a call takes, by the clock and of the processors, in seconds."""
    clock, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - clock, time.process_time() - cpu


def run(given: argparse.Namespace) -> None:
    """Measure, and print the times of each piece of work as JSON; stops after the first with ``--first``."""
    topology = asrel.read(given.file)
    group, members = states(topology, given.world)
    weight = np.ones(topology.size)
    alike, apart = rows.build(topology), rows.build(topology, group)
    if given.file == SHARED:
        total = (
            transit.transit_by_as(rows.build(topology), weight, threads=given.threads).sum() if not given.first else 0
        )
        if total not in {0, LINKS_LESS_ONE}:
            sys.exit(f"the sum over ASes is {total:,.0f}, not {LINKS_LESS_ONE:,}")
    named = np.isin(topology.asn, CARRIERS)
    duty = measures.Duty(members, named, "filter", "the benchmark's scenario")
    enacted = measures.enact(topology, measures.Measures((duty,), np.zeros(topology.size, np.bool_)), group)
    how = {"threads": given.threads}
    work: dict[str, Callable[[], object]] = {
        "by AS": lambda: transit.transit_by_as(alike, weight, **how),
        "by state": lambda: transit.transit_by_group(apart, weight, group, **how),
        "by state, sources told apart": lambda: transit.transit_by_group(apart, weight, group, sources=True, **how),
        "before and after, by AS": lambda: transit.compare(enacted, weight, **how),
        "before and after, by state": lambda: transit.compare(enacted, weight, [group], **how),
        "before and after, two readings": lambda: transit.compare(enacted, weight, [group, group], **how),
    }
    if given.first:
        print(json.dumps({"by AS": timed(work["by AS"])}))
        return
    told = {}
    for name, call in work.items():
        call()
        told[name] = min(timed(call) for _ in range(given.runs))
    told["MB"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0.0)
    print(json.dumps(told))


def main() -> None:
    """Run the benchmark in processes of its own and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--world", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--first", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.file.is_file():
        sys.exit(f"{given.file} is absent: name an as-rel file")
    if given.inside:
        run(given)
        return
    if os.getloadavg()[0] > 0.5:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): figures are rough")
    command = [sys.executable, str(HERE), *sys.argv[1:], "--inside"]
    with tempfile.TemporaryDirectory() as cache:
        surroundings = {**os.environ, "NUMBA_CACHE_DIR": cache}

        def told(*more: str) -> dict[str, list[float]]:
            """Run in a process of its own."""
            done = subprocess.run([*command, *more], env=surroundings, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            return json.loads(done.stdout)

        first, second, warm = told("--first")["by AS"], told("--first")["by AS"], told()
    print(f"first run, by AS: {first[0]:.1f} s with nothing compiled, {second[0]:.2f} s with kernels from the cache")
    print(f"{'':32}{'clock s':>10}{'cpu s':>10}{'target s':>10}")
    memory = warm.pop("MB")[0]
    for name, (clock, cpu) in warm.items():
        print(f"{name:32}{clock:10.2f}{cpu:10.2f}{TARGETS.get(name, ''):>10}")
    print(f"peak memory of all of these: {memory:.0f} MB")


if __name__ == "__main__":
    main()
