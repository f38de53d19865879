"""Packages of apps: Crossline beside exodus-core on the same files, in one run: classes, trackers, and how fast.

    python benchmarks/packages.py [FILE...] [--signatures FILE]... [--growth] [--peer-python PYTHON] [--runs N]

Without files those of ../shared/data/apks are read. *classes* opens the archive and makes a table of the types of each
dex file, which is what exodus-core's get_embedded_classes is for; it runs Debian's dexdump, which has to be installed,
and finds names in its output. *everything* adds hosts in code, resources and native libraries, the manifest,
certificates and signs of a packer. Warm figures are the best of several runs in one process; a first run in a fresh
process, with and without kernels compiled before, stands apart. ``--peer-python`` names a Python that has exodus-core.

Which classes either finds and the other does not is counted. exodus-core's expression cuts a name at the first
character that is no letter, digit or underscore ($ above all), and dexdump lists no types that only code refers to; so
its names are looked for among ours cut in the same way.

With ``--signatures`` the second table is of trackers. Both programs look for the expressions over classes of the first
file named (exodus_trackers.json), compiled once: exodus-core by get_embedded_classes and detect_trackers_in_list,
Crossline from the archive's bytes to libraries, those defined and those only referred to; for that it needs the names
of classes, and no table of them. exodus-core does not part
the two, and does not see types that nothing but code names; so its trackers have to be among both of ours. What either
finds and the other does not is named. A package within a package counts, as exodus-core counts it; the reader of
packages tells it in a note. ``--growth`` shows how time grows with the classes of a package, and with the number of
signatures (of all files named).
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

from crossline.packages import archive, dex, hosts, libraries, manifest, packing
from crossline.packages.libraries import Names
from crossline.tables import Reject
from crossline.world import SCHEMAS, sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.packages.libraries import Signatures

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
TRACKERS = """
import json, logging, sys, time
from collections import namedtuple
logging.disable(logging.CRITICAL)
from exodus_core.analysis.static_analysis import StaticAnalysis
tracker = namedtuple("tracker", ("name", "code_signature"))
files, signatures = json.load(sys.stdin)
start = time.perf_counter()
one = StaticAnalysis()
one.signatures = [tracker(*row) for row in signatures]
one._compile_signatures()
compiled, out = time.perf_counter() - start, []
for path in files:
    one.classes, one.apk_path = None, path
    start = time.perf_counter()
    classes = one.get_embedded_classes()
    middle = time.perf_counter()
    found = one.detect_trackers_in_list(classes)
    end = time.perf_counter()
    out.append((sorted({t.name for t in found}), middle - start, end - middle))
print(json.dumps((compiled, out)))
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
    opened = archive.Archive(archive.mapped(path))
    found, pending = [], [opened]
    while pending:
        one = pending.pop()
        names = list(enumerate(one.names))
        pending += [one.within(row) for row, name in names if name.endswith(".apk")]
        code = [(row, name) for row, name in names if not name.endswith(".apk") and DEX.search(name)]
        for (_, name), data in zip(code, one.ahead([row for row, _ in code]), strict=True):
            if isinstance(data, archive.Unreadable):
                raise data
            found.append((name, data, dex.read(data)))
    return opened, found


def everything(path: Path) -> dict[str, Any]:
    """Read all that there is to read."""
    opened, found = classes(path)
    together = dex.merged([(name, read) for name, _, read in found])
    files = [(name, row) for row, name in enumerate(opened.names) if name.endswith(NAMING)]
    named = [hosts.in_dex(data, read)["host"] for _, data, read in found]
    named.append(hosts.in_files((name, opened.read(row)) for name, row in files)["host"])
    told = manifest.read(path, opened)
    signs = packing.signs(opened, together, told.components["name"])
    return {"hosts": pl.concat(named).n_unique(), "manifest": told, "signs": signs}


def looked_through(found: list[tuple[str, bytes, dex.Dex]]) -> tuple[list[Names], list[Names]]:
    """Return the classes that dex files define and those they do not, with slashes, as signatures speak of them."""
    defined, named = (
        [Names(*read.lines(defined=which)[:1], name) for name, _, read in found] for which in (True, False)
    )
    return defined, named


def libraries_of(path: Path, signatures: Signatures) -> tuple[set[str], set[str]]:
    """Return the libraries that a package defines, and those that it only refers to: from its bytes on."""
    defined, named = looked_through(classes(path)[1])
    has = set(signatures.find({"class": defined}).libraries["library"])
    return has, set(signatures.find({"class": named}).libraries["library"]) - has


def known(paths: list[Path]) -> list[pl.DataFrame]:
    """Return the expressions over classes that each file of signatures has, as its source reads it."""
    tables = []
    for path in paths:
        with path.open("rb") as file:
            name = sources.claimant(path, file.read(sources.HEAD_BYTES))
        if name is None:
            sys.exit(f"{path}: no source of the world reads it")
        items = [item for item in sources.load(name).read(path) if not isinstance(item, Reject)]
        rows = [rows for table, rows in items if table == "signature"]
        tables.append(pl.concat([pl.DataFrame(schema=SCHEMAS["signature"]), *rows]).filter(of="class", form="regex"))
    return tables


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


def trackers(files: list[Path], table: pl.DataFrame, options: argparse.Namespace) -> None:
    """Print a row a file: trackers and times of both programs, and what only one of them finds; and the sums."""
    signatures = libraries.compiled(table)
    compiled = best(lambda: libraries.compiled(table), options.runs)
    theirs: list[tuple[list[str], float, float]] = []
    print(f"\ntrackers, by {signatures.count:,} signatures; compiled once in {1e3 * compiled:.1f} ms", end="")
    if options.peer_python:
        given = json.dumps([[str(path) for path in files], table.select("library", "pattern").rows()])
        command = [options.peer_python, "-c", TRACKERS]
        run = subprocess.run(command, input=given, check=True, capture_output=True, text=True)
        peer_compiled, theirs = json.loads(run.stdout.splitlines()[-1])
        print(f", by the peer in {1e3 * peer_compiled:.1f} ms", end="")
    print(f"\n{'package':44} {'ms':>8} {'defined':>8} {'named':>6}", end="")
    print(f" {'peer, s':>8} {'its find':>8} {'times':>7} {'theirs':>7}" if theirs else "")
    ours_sum = peer_sum = 0.0
    with_some = [0, 0]
    equal = 0
    for number, path in enumerate(files):
        has, names = libraries_of(path, signatures)
        seconds = best(lambda p=path: libraries_of(p, signatures), options.runs)
        ours_sum += seconds
        with_some[0] += bool(has)
        row = f"{path.name[:44]:44} {1e3 * seconds:8.1f} {len(has):8,} {len(names):6,}"
        if theirs:
            found, reading, finding = theirs[number]
            peer_sum += reading + finding
            with_some[1] += bool(found)
            row += f" {reading + finding:8.2f} {finding:8.2f} {(reading + finding) / seconds:7.0f} {len(found):7,}"
            missed, more = sorted(set(found) - has - names), sorted(has - set(found))
            only_named, more_named = sorted(set(found) & names), sorted(names - set(found))
            equal += not (missed or more or only_named or more_named)
            for what, which in (
                ("theirs alone", missed), ("ours alone, defined", more), ("ours alone, named", more_named),
                ("theirs, here only named", only_named),
            ):  # fmt: skip
                row += f"   {what}: {', '.join(which)}" if which else ""
        print(row)
    print(f"{'sum':44} {1e3 * ours_sum:8.1f} {'':15}", end="")
    print(f" {peer_sum:8.2f} {'':8} {peer_sum / ours_sum:7.0f}   (target {TARGET})" if theirs else "")
    print(f"{len(files):,} packages, {with_some[0]:,} define trackers", end="")
    print(f"; the peer finds some in {with_some[1]:,}; the same in {equal:,}" if theirs else "")
    if theirs:
        again = peer_sum / (ours_sum + len(files) * compiled)
        print(f"with signatures compiled anew for each package, as for one file alone: {again:.0f} times")


def growth(files: list[Path], tables: list[pl.DataFrame], options: argparse.Namespace) -> None:
    """Print how time grows with classes, and with signatures: of the package with the most classes."""
    every = pl.concat(tables)
    signatures = libraries.compiled(every)
    rows = []
    for path in files:
        found = classes(path)[1]
        defined, named = looked_through(found)
        rows.append(
            (sum(len(read.rows) for _, _, read in found), sum(len(data) for _, data, _ in found), path, defined, named)
        )
    rows.sort(key=lambda row: row[:2])
    print(f"\ntime by classes, with {signatures.count:,} signatures")
    print(f"{'package':44} {'classes':>9} {'dex MB':>7} {'read, ms':>9} {'find, ms':>9} {'µs/class':>9}")
    for count, size, path, defined, named in rows:
        read = best(lambda p=path: looked_through(classes(p)[1]), options.runs)
        find = best(lambda d=defined, n=named: [signatures.find({"class": x}) for x in (d, n)], options.runs)
        each = 1e6 * (read + find) / max(count, 1)
        print(f"{path.name[:44]:44} {count:9,} {size / 1e6:7.2f} {1e3 * read:9.1f} {1e3 * find:9.1f} {each:9.2f}")
    classes_most, _, path, defined, named = rows[-1]
    print(f"\ntime by signatures, {path.name}, {classes_most:,} classes")
    print(f"{'signatures':>10} {'compile, ms':>12} {'first, ms':>10} {'find, ms':>9} {'libraries':>10}")
    shuffled = every.sample(fraction=1.0, shuffle=True, seed=1)
    for count in (100, 400, 1600, every.height):
        some = shuffled.head(count)
        compiled = best(lambda t=some: libraries.compiled(t), options.runs)
        made = libraries.compiled(some)
        start = time.perf_counter()
        found = [made.find({"class": x}) for x in (defined, named)]
        first = time.perf_counter() - start
        find = best(lambda m=made: [m.find({"class": x}) for x in (defined, named)], options.runs)
        told = len({name for one in found for name in one.libraries["library"]})
        print(f"{some.height:10,} {1e3 * compiled:12.1f} {1e3 * first:10.1f} {1e3 * find:9.1f} {told:10,}")


def beside(files: list[Path], options: argparse.Namespace) -> None:
    """Print a row a file, classes and times, and the sums."""
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
        seconds = best(lambda p=path: [read.types for _, _, read in classes(p)[1]], options.runs)
        all_seconds = best(lambda p=path: everything(p), options.runs)
        read_seconds = best(lambda f=found: [dex.read(data).types for _, data, _ in f], options.runs)
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


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--signatures", action="append", type=Path, default=[], metavar="FILE")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--peer-python", metavar="PYTHON")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    files = options.files or sorted(SHARED.glob("*.apk"))
    if not files:
        sys.exit("no packages: name some")
    if os.getloadavg()[0] > 0.5:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): figures are rough")
    tables = known(options.signatures)
    beside(files, options)
    if tables:
        trackers(files, tables[0], options)
        if options.growth:
            growth(files, tables, options)
    elif options.growth:
        sys.exit("--growth needs --signatures")
    with tempfile.TemporaryDirectory() as cache:
        for what in ("compiling", "compiled"):
            imported, whole = fresh(files, cache)
            print(f"new process, {what}: import {imported:.2f} s, everything of all files {whole:.2f} s")


if __name__ == "__main__":
    main()
