"""MRT tables: Crossline beside bgpdump and mrtparse on uncompressed input, and beside decompression alone, in one run.

    python benchmarks/mrt.py [FILE...] [--peer-python PYTHON] [--runs N]

Without files those of ../shared/data/mrt are read. Two depths of Crossline are timed: *parse* makes columns of numbers
and distinct AS paths, which is about what the peers do less their text; *read* makes the assets, ties and extents of
an audit, ids and names as text included. bgpdump prints a line an entry (`-m`) to /dev/null. mrtparse makes its
dictionaries; it is slow, and gets the first megabyte only.

"decompression alone" is the same decompressor fed the same way (Python's zlib or bz2, one thread, output dropped).
Warm figures are the best of several runs in one process; a first run in a fresh process, with and without kernels
compiled before, stands apart. ``--peer-python`` names a Python that has mrtparse, if the one that runs this has not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossline.readers import mrt
from crossline.readers.mrt import reading
from crossline.readers.mrt.columns import ROWS
from crossline.readers.mrt.stream import Stream
from crossline.tables import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "mrt"
TARGETS = {"rate": 6.0, "bgpdump": 20.0, "mrtparse": 100.0, "whole": 1.3}
MRTPARSE = """
import sys, time
from mrtparse import Reader
start, entries = time.perf_counter(), 0
for record in Reader(sys.argv[1]):
    if record.err:
        continue
    entries += len(record.data.get("rib_entries", ())) or ("prefix" in record.data)
print(entries, time.perf_counter() - start)
"""
FRESH = """
import sys, time
from pathlib import Path
start = time.perf_counter()
from crossline.readers import mrt
from crossline.tables import Limits
for _ in mrt.read(Path(sys.argv[1]), Limits()):
    pass
print(time.perf_counter() - start)
"""


def best(call: Callable[[], Any], runs: int) -> float:
    """Return the shortest time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def drain(file: Path) -> int:
    """Decompress a file as the reader does, and drop it; return its size."""
    return sum(len(piece) for piece in Stream(file, Limits()).pieces())


def read(file: Path) -> None:
    """Make everything that an audit asks of a file."""
    for _ in mrt.read(file, Limits()):
        pass


def whole_records(content: bytes, limit: int) -> bytes:
    """Return the whole records of at most ``limit`` bytes, so that every program reads the same."""
    place = 0
    while place + 12 <= len(content):
        after = place + 12 + int.from_bytes(content[place + 8 : place + 12])
        if after > min(limit, len(content)):
            break
        place = after
    return content[:place]


def mark(value: float, target: float, *, least: bool) -> str:
    """Say how a figure stands to its target."""
    return f"(target {'≥' if least else '≤'} {target:g}: {'met' if (value >= target) == least else 'missed'})"


def first_runs(file: Path) -> None:
    """Time a fresh process, import included, before and after the kernels were compiled."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        times = [
            float(
                subprocess.run(
                    [sys.executable, "-c", FRESH, str(file)],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(2)
        ]
    print(
        f"  fresh process, kernels not compiled {times[0]:8.2f} s\n"
        f"  fresh process, kernels compiled     {times[1]:8.2f} s"
    )


def beside_peers(name: str, content: bytes, folder: Path, options: argparse.Namespace) -> None:
    """Time all programs on the same uncompressed bytes."""
    file = folder / "table.mrt"
    whole = whole_records(content, len(content))
    peers = len(whole) > 0.9 * len(content)  # else lengths in the file are wrong, as in those of RIS from 2000
    file.write_bytes(whole if peers else content)
    entries = reading.parse(file).columns.count(ROWS)
    print(f"\n{name}, uncompressed: {file.stat().st_size:,} bytes, {entries:,} entries")
    parse, full = best(lambda: reading.parse(file), options.runs), best(lambda: read(file), options.runs)
    rate = entries / parse
    print(f"  parse     {parse:8.3f} s {rate / 1e6:8.2f} M entries/s {mark(rate / 1e6, TARGETS['rate'], least=True)}")
    print(f"  read      {full:8.3f} s {entries / full / 1e6:8.2f} M entries/s")
    if not peers:
        print("  bgpdump, mrtparse: skipped, the lengths in this file are four short, and they cannot read it")
        return
    if shutil.which("bgpdump"):
        peer = best(
            lambda: subprocess.run(["bgpdump", "-m", "-O", os.devnull, str(file)], capture_output=True, check=False),
            min(3, options.runs),
        )
        print(
            f"  bgpdump   {peer:8.3f} s {entries / peer / 1e6:8.2f} M entries/s; parse is {peer / parse:.1f} times "
            f"as fast {mark(peer / parse, TARGETS['bgpdump'], least=True)}, read {peer / full:.1f} times"
        )
    else:
        print("  bgpdump   skipped: not installed (Debian: apt-get install bgpdump)")
    file.write_bytes(whole_records(content, 1 << 20))
    ran = subprocess.run([options.peer_python, "-c", MRTPARSE, str(file)], capture_output=True, text=True, check=False)
    if ran.returncode:
        print("  mrtparse  skipped: --peer-python has no mrtparse (pip install mrtparse)")
    else:
        count, seconds = ran.stdout.split()
        pace = int(count) / float(seconds)
        print(
            f"  mrtparse  {float(seconds):8.3f} s {pace / 1e6:8.4f} M entries/s (of {int(count):,}); "
            f"parse is {rate / pace:.0f} times as fast {mark(rate / pace, TARGETS['mrtparse'], least=True)}, "
            f"read {entries / full / pace:.0f} times"
        )


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    files = options.files or sorted(SHARED.glob("*"))
    if not files:
        sys.exit("no files: name some, or put them in ../shared/data/mrt")
    if os.getloadavg()[0] > 0.5:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): figures are rough")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in files:
            content = b"".join(Stream(file, Limits()).pieces())
            if len(content) > 1 << 20:
                beside_peers(file.name, content, folder, options)
        print("\nwhole compressed files, against decompression alone")
        for file in files:
            alone = best(lambda file=file: drain(file), options.runs)
            parse = best(lambda file=file: reading.parse(file), options.runs)
            full = best(lambda file=file: read(file), options.runs)
            print(
                f"  {file.name[:30]:30} alone {alone:6.3f} s  parse {parse:6.3f} s = {parse / alone:4.2f}  "
                f"read {full:7.3f} s = {full / alone:4.2f} {mark(full / alone, TARGETS['whole'], least=False)}"
            )
        print(f"\nfirst run, {files[0].name}")
        first_runs(files[0])


if __name__ == "__main__":
    main()
