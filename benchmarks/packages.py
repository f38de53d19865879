"""Packages of apps: Crossline beside exodus-core on the same files, in one run: their classes, and how fast.

    python benchmarks/packages.py [FILE...] [--peer-python PYTHON] [--runs N]

Without files those of ../shared/data/apks are read. *classes* opens the archive and reads the types of all dex files,
which is what exodus-core's get_embedded_classes is for; it runs Debian's dexdump, which has to be installed, and finds
names in its output. *everything* adds hosts in code, resources and native libraries, the manifest, certificates and
signs of a packer. Warm figures are the best of several runs in one process; a first run in a fresh process, with and
without kernels compiled before, stands apart. ``--peer-python`` names a Python that has exodus-core.

Which classes either finds and the other does not is counted. exodus-core's expression cuts a name at the first
character that is no letter, digit or underscore ($ above all), and dexdump lists no types that only code refers to; so
its names are looked for among ours cut in the same way.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline.packages import archive, dex, hosts, manifest, packing

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "apks"
TARGET = 30  # times exodus-core
DEX = re.compile(r"classes.*\.dex")  # as exodus-core looks for them
NAMING = (".arsc", ".so", ".js", ".html", ".json", ".properties", ".txt", ".xml")
PEER = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from exodus_core.analysis.static_analysis import StaticAnalysis
out = []
for path in sys.argv[1:]:
    start = time.perf_counter()
    found = StaticAnalysis._get_embedded_classes(path)
    out.append((sorted(found), time.perf_counter() - start))
print(json.dumps(out))
"""
FRESH = """
import sys, time
start = time.perf_counter()
sys.path.insert(0, sys.argv[1])
import packages
imported = time.perf_counter() - start
for path in sys.argv[2:]:
    packages.everything(packages.Path(path))
print(imported, time.perf_counter() - start)
"""


def classes(path: Path) -> tuple[archive.Archive, list[tuple[str, bytes, dex.Dex]]]:
    """Read the types of all dex files of a package, those of packages within it too."""
    opened = archive.Archive(path.read_bytes())
    found, pending = [], [opened]
    while pending:
        one = pending.pop()
        for row, name in enumerate(one.entries["name"]):
            if name.endswith(".apk"):
                pending.append(one.within(row))
            elif DEX.search(name):
                data = one.read(row)
                found.append((name, data, dex.read(data)))
    return opened, found


def everything(path: Path) -> dict[str, Any]:
    """Read all that there is to read."""
    opened, found = classes(path)
    together = dex.merged([(name, read) for name, _, read in found])
    files = [(name, row) for row, name in enumerate(opened.entries["name"]) if name.endswith(NAMING)]
    named = [hosts.in_dex(data, read)["host"] for _, data, read in found]
    named.append(hosts.in_files((name, opened.read(row)) for name, row in files)["host"])
    told = manifest.read(path, opened)
    signs = packing.signs(opened, together, told.components["name"])
    return {"hosts": pl.concat(named).n_unique(), "manifest": told, "signs": signs}


def best(call: Callable[[], Any], runs: int) -> float:
    """Return the shortest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def fresh(files: list[Path], cache: str) -> tuple[float, float]:
    """Return the seconds that a new process takes to import, and for all files with that, and kernels cached there."""
    run = subprocess.run(
        [sys.executable, "-c", FRESH, str(Path(__file__).parent), *map(str, files)],
        check=True, capture_output=True, text=True, env={**os.environ, "NUMBA_CACHE_DIR": cache},
    )  # fmt: skip
    imported, whole = map(float, run.stdout.split())
    return imported, whole


def main() -> None:
    """Print a row a file, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--peer-python", metavar="PYTHON")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    files = options.files or sorted(SHARED.glob("*.apk"))
    if not files:
        sys.exit("no packages: name some")
    peer: list[tuple[list[str], float]] = []
    if options.peer_python:
        command = [options.peer_python, "-c", PEER, *map(str, files)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        peer = json.loads(run.stdout.splitlines()[-1])
    print(f"{'package':44} {'MB':>6} {'dex MB':>7} {'classes':>9} {'ms':>8} {'all, ms':>8} {'dex MB/s':>9}", end="")
    print(f" {'peer, s':>8} {'times':>7} {'theirs':>7} {'not ours':>9}" if peer else "")
    sums = [0.0] * 6
    for number, path in enumerate(files):
        opened, found = classes(path)
        everything(path)
        seconds = best(lambda p=path: classes(p), options.runs)
        all_seconds = best(lambda p=path: everything(p), options.runs)
        read_seconds = best(lambda f=found: [dex.read(data) for _, data, _ in f], options.runs)
        size, dex_size = len(opened.data) / 1e6, sum(len(data) for _, data, _ in found) / 1e6
        names = dex.merged([(name, read) for name, _, read in found])
        row = f"{path.name[:44]:44} {size:6.2f} {dex_size:7.2f} {names['defined'].sum():9,} {1e3 * seconds:8.1f}"
        row += f" {1e3 * all_seconds:8.1f} {dex_size / read_seconds:9.0f}"
        sums = [a + b for a, b in zip(sums, (size, dex_size, seconds, all_seconds, read_seconds, 0), strict=True)]
        if peer:
            theirs, peer_seconds = peer[number]
            cut = set(names["name"].str.extract(r"^([\w.]+)", 1).str.replace_all(".", "/", literal=True))
            tails = {re.split(r"[^\w/]", name.replace(".", "/"))[0] for name in names["name"]}
            missing = [name for name in theirs if name not in cut and name not in tails]
            row += f" {peer_seconds:8.2f} {peer_seconds / seconds:7.0f} {len(theirs):7,} {len(missing):9,}"
            sums[5] += peer_seconds
            if missing:
                row += "   " + ", ".join(missing[:3])
        print(row)
    print(f"{'sum':44} {sums[0]:6.2f} {sums[1]:7.2f} {'':9} {1e3 * sums[2]:8.1f} {1e3 * sums[3]:8.1f}", end="")
    print(f" {sums[1] / sums[4]:9.0f}", end="")
    print(f" {sums[5]:8.2f} {sums[5] / sums[2]:7.0f}   (target {TARGET})" if peer else "")
    with tempfile.TemporaryDirectory() as cache:
        for what in ("compiling", "compiled"):
            imported, whole = fresh(files, cache)
            print(f"new process, {what}: import {imported:.2f} s, everything of all files {whole:.2f} s")


if __name__ == "__main__":
    main()
