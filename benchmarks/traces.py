"""Traceroutes of RIPE Atlas: Crossline beside ripe.atlas.sagan on the same file, in one run.

    python benchmarks/traces.py [--results N] [--peer-python PYTHON] [--runs N] [FILE]

The file is made of the real results in ../shared/data/traces, with other probes, times and addresses, a result a line;
without those, of results that look like them. Crossline's figure is that of a whole `read`: assets, ties, bundles,
extents and notes, ids and names as text included, one process. sagan's is `Result.get` for each line, which makes
objects of hops and packets; it is slow, and gets the first lines only. ``--peer-python`` names a Python that has
ripe.atlas.sagan, if the one that runs this has not. Peak memory is that of a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from crossline.readers import atlas
from crossline.tables import Batch, Limits

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "traces" / "atlas_sagan_traceroutes.json"
TARGET = 30_000  # traceroutes a second
SAGAN = """
import itertools, sys, time, warnings
warnings.simplefilter("ignore")
from ripe.atlas.sagan import Result
lines = list(itertools.islice(open(sys.argv[1]), int(sys.argv[2])))
start = time.perf_counter()
hops = 0
for line in lines:
    result = Result.get(line, on_error=Result.ACTION_IGNORE, on_malformation=Result.ACTION_IGNORE)
    hops += len(result.hops)
print(len(lines), time.perf_counter() - start)
"""
FRESH = """
import resource, sys, time
from pathlib import Path
start = time.perf_counter()
from crossline.readers import atlas
from crossline.tables import Limits
items = list(atlas.read(Path(sys.argv[1]), Limits()))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def invented() -> list[dict[str, Any]]:
    """Return results that look like real ones: 12 hops of three answers."""
    hops = [
        {"hop": h, "result": [{"from": f"192.{h}.2.1", "rtt": 10.125 + h, "size": 56, "ttl": 255 - h}] * 3}
        for h in range(1, 13)
    ]
    about = {"fw": 5080, "af": 4, "msm_id": 1000157, "proto": "UDP", "type": "traceroute", "size": 40, "paris_id": 2}
    ends = {
        "from": "216.66.30.82",
        "src_addr": "192.168.1.107",
        "dst_addr": "121.244.76.25",
        "timestamp": 1_600_000_000,
    }
    return [{**about, **ends, "prb_id": 1, "dst_name": "121.244.76.25", "endtime": 1_600_000_018, "result": hops}]


def make(file: Path, count: int) -> None:
    """Write as many results, from a fixed seed."""
    real = json.loads(REAL.read_text(encoding="utf-8")) if REAL.exists() else invented()
    chance = random.Random(1)  # noqa: S311 - no secret
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            value = dict(real[number % len(real)])
            value["prb_id"] = chance.randint(1, 60_000)
            value["timestamp"] += number
            value["endtime"] = value.get("endtime", value["timestamp"]) + number
            line = json.dumps(value)
            line = line.replace("216.66.30.", f"{chance.randint(1, 99)}.{chance.randint(0, 255)}.30.")
            line = line.replace("192.168.1.", f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.")
            line = line.replace("64.86.", f"{chance.randint(1, 99)}.86.")
            line = line.replace("2001:470:", f"2001:{chance.randint(1, 65535):x}:")
            out.write(line + "\n")


def read(file: Path) -> tuple[float, list[Any]]:
    """Return how long a whole read took, and what it yielded."""
    start = time.perf_counter()
    items = list(atlas.read(file, Limits()))
    return time.perf_counter() - start, items


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--results", type=int, default=100_000)
    parser.add_argument("--peer-results", type=int, default=5_000)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if os.getloadavg()[0] > 0.5:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): figures are rough")
    with tempfile.TemporaryDirectory() as folder:
        file = options.file or Path(folder) / "results.json"
        if not options.file:
            make(file, options.results)
        first, items = read(file)
        runs = [read(file)[0] for _ in range(options.runs)]
        count = sum(1 for _ in file.open("rb"))
        (batch,) = (item for item in items if isinstance(item, Batch))
        size = file.stat().st_size
        print(
            f"{count:,} results, {size / 1e6:,.0f} MB: {batch.assets.height:,} traces, {batch.ties.height:,} ties in "
            f"{batch.assets['bundle'].n_unique():,} bundles, {batch.identifiers.height:,} addresses"
        )
        pace = count / min(runs)
        verdict = "met" if pace >= TARGET else "missed"
        print(f"  crossline  first {first:6.2f} s, then {min(runs):6.2f} s  {pace:10,.0f} results/s")
        print(f"             {size / min(runs) / 1e6:,.0f} MB/s (target ≥ {TARGET:,} results/s: {verdict})")
        ran = subprocess.run(
            [options.peer_python, "-c", SAGAN, str(file), str(options.peer_results)],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            print("  sagan      skipped: --peer-python has no ripe.atlas.sagan (pip install ripe.atlas.sagan)")
        else:
            lines, seconds = ran.stdout.split()
            peer = int(lines) / float(seconds)
            print(f"  sagan      {float(seconds):6.2f} s for {int(lines):,}      {peer:10,.0f} results/s")
            print(f"             crossline is {pace / peer:,.0f} times as fast")
        fresh = subprocess.run([sys.executable, "-c", FRESH, str(file)], capture_output=True, text=True, check=True)
        seconds, peak = fresh.stdout.split()
        print(f"  fresh process, kernels compiled: {float(seconds):.2f} s, peak memory {int(peak) / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
