"""From address to AS number and registered country: Crossline beside pyasn and maxminddb, in one run.

    python benchmarks/addresses.py [--from DIR | --world DIR] [--peer-python PYTHON] [--queries N]

All answer for the same addresses from the same statements: the ranges of the world are flattened once, given to
pyasn as prefixes and to maxminddb as a database (its C extension, where that is installed), and the answers compared.
Crossline gives AS number and country, the peers the AS number only. The peers take one address as text, as their
interfaces are made; Crossline takes arrays of integers, and columns of text for comparison.

``--peer-python`` names a Python that has pyasn and maxminddb, if the one that runs this has not. Times are the best
of several runs in one process (warm); the first run of a fresh process is printed apart.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.world.addresses import AddressIndex

HERE = Path(__file__).resolve()
SHARED = HERE.parents[2] / "shared" / "data" / "ip"
TARGETS = {"rate": {4: 100.0, 6: 8.0}, "ratio": {4: 100.0, 6: 4.0}}  # millions a second; times the fastest peer


def best(call: Callable[[], Any], runs: int) -> float:
    """Return the shortest time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def as_peer(name: str, folder: Path) -> None:
    """Answer the queries with a peer; print rates, and write the answers. Runs under the peers' Python."""
    if name == "pyasn":
        import pyasn  # noqa: PLC0415 - only in this process

        table = pyasn.pyasn(str(folder / "prefixes"))
        version = pyasn.__version__

        def ask(text: str) -> int:
            return table.lookup(text)[0] or 0
    else:
        import maxminddb  # noqa: PLC0415 - only in this process

        reader = maxminddb.open_database(str(folder / "asn.mmdb"))
        version = f"{maxminddb.__version__} ({type(reader).__module__})"

        def ask(text: str) -> int:
            return (reader.get(text) or {}).get("autonomous_system_number", 0)

    rates = {}
    for family in (4, 6):
        texts = (folder / f"queries{family}").read_text().split()
        answers = [ask(text) for text in texts]
        (folder / f"{name}{family}").write_text(json.dumps(answers))
        rates[family] = len(texts) / best(lambda texts=texts: [ask(text) for text in texts], 2) / 1e6
    print(json.dumps({"version": version, "rates": rates}))


def prefixes(index: AddressIndex) -> dict[str, int]:
    """Return the flattened ranges that have an AS number as prefixes."""
    found = {}
    for family, kind in ((4, ipaddress.IPv4Address), (6, ipaddress.IPv6Address)):
        *starts, numbers = (index.flat(family)[name].to_list() for name in _COLUMNS[family])
        first = starts[0] if family == 4 else [high << 64 | low for high, low in zip(*starts, strict=True)]
        ends = [*first[1:], 1 << (32 if family == 4 else 128)]
        start = 0
        for place, asn in enumerate(numbers):
            if place + 1 == len(numbers) or numbers[place + 1] != asn:  # ranges that differ in country only are one
                if asn is not None:
                    for net in ipaddress.summarize_address_range(kind(first[start]), kind(ends[place] - 1)):
                        found[str(net)] = asn
                start = place + 1
    return found


_COLUMNS = {4: ("first", "asn"), 6: ("first_high", "first_low", "asn")}


def fresh(world: Path) -> None:
    """Print what the first index and the first look-up of a process cost, beside the second."""
    start = time.perf_counter()
    import numpy as np  # noqa: PLC0415 - its import is part of what is measured

    from crossline.world import store  # noqa: PLC0415
    from crossline.world.addresses import AddressIndex  # noqa: PLC0415

    loaded = store.load(world)
    imported = time.perf_counter()
    index = AddressIndex(loaded)
    built = time.perf_counter()
    index.lookup4(np.arange(1000, dtype=np.uint32))
    index.lookup6(np.arange(1000, dtype=np.uint64), np.arange(1000, dtype=np.uint64))
    print(json.dumps([imported - start, built - imported, time.perf_counter() - built]))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--from", dest="origin", type=Path, default=SHARED)
    options.add_argument("--world", type=Path)
    options.add_argument("--peer-python", default=sys.executable)
    options.add_argument("--queries", type=int, default=20_000_000)
    options.add_argument("--as-peer", nargs=2, help=argparse.SUPPRESS)
    options.add_argument("--fresh", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.as_peer:
        as_peer(given.as_peer[0], Path(given.as_peer[1]))
        return
    if given.fresh:
        fresh(given.fresh)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(given, Path(folder))


def measure(given: argparse.Namespace, folder: Path) -> None:
    """Build, ask and compare."""
    import numpy as np  # noqa: PLC0415 - peers' processes need none of these
    import polars as pl  # noqa: PLC0415

    from crossline.world import build, store  # noqa: PLC0415
    from crossline.world.addresses import AddressIndex, threads  # noqa: PLC0415

    world = given.world
    if world is None:
        if not given.origin.is_dir():
            sys.exit(f"{given.origin} is absent: name a folder with address data (--from) or a world (--world)")
        world = folder / "world"
        build.build(given.origin, world)
    done = subprocess.run(
        [sys.executable, str(HERE), "--fresh", str(world)], capture_output=True, text=True, check=True
    )
    imports, first_build, first_ask = json.loads(done.stdout)
    loaded = store.load(world)
    index = AddressIndex(loaded)
    warm_build = best(lambda: AddressIndex(loaded), 3)
    print(f"{threads()} threads; index of {len(loaded.table('address4')):,} IPv4 and "
          f"{len(loaded.table('address6')):,} IPv6 ranges, {index.nbytes / 2**20:.0f} MiB")  # fmt: skip
    print(f"first in a fresh process: imports {imports:.2f} s, index {first_build:.2f} s, look-up {first_ask:.2f} s; "
          f"index again {warm_build:.2f} s")  # fmt: skip

    draw = np.random.default_rng(20260617)
    four = draw.integers(0, 1 << 32, given.queries, dtype=np.uint32)
    ranges = loaded.table("address6")
    chosen = draw.integers(0, len(ranges), given.queries // 4)
    high = ranges["first_high"].to_numpy()[chosen]
    low = draw.integers(0, 1 << 63, len(high), dtype=np.uint64)
    ours = {
        4: len(four) / best(lambda: index.lookup4(four), 7) / 1e6,
        6: len(high) / best(lambda: index.lookup6(high, low), 7) / 1e6,
    }
    asked = {
        4: [str(ipaddress.IPv4Address(value)) for value in four[:500_000].tolist()],
        6: [
            str(ipaddress.IPv6Address(upper << 64 | lower))
            for upper, lower in zip(high[:200_000].tolist(), low[:200_000].tolist(), strict=True)
        ],
    }
    columns = {family: pl.Series(texts) for family, texts in asked.items()}
    from_text = {
        f: len(column) / best(lambda column=column: index.lookup(column), 5) / 1e6 for f, column in columns.items()
    }
    answers = {f: index.lookup(column)["asn"].fill_null(0).to_list() for f, column in columns.items()}
    print(f"{'':28}{'IPv4 M/s':>12}{'IPv6 M/s':>12}")
    goal = TARGETS["rate"]
    print(f"{'crossline, arrays':28}{ours[4]:12.1f}{ours[6]:12.1f}   targets {goal[4]:g}, {goal[6]:g}")
    print(f"{'crossline, text':28}{from_text[4]:12.1f}{from_text[6]:12.1f}")

    nets = prefixes(index)
    (folder / "prefixes").write_text("".join(f"{net}\t{asn}\n" for net, asn in nets.items()))
    sys.path.insert(0, str(HERE.parents[1] / "tests" / "world"))
    from write_mmdb import database  # noqa: PLC0415

    (folder / "asn.mmdb").write_bytes(database({net: {"autonomous_system_number": asn} for net, asn in nets.items()}))
    for family, texts in asked.items():
        (folder / f"queries{family}").write_text("\n".join(texts))
    for name in ("pyasn", "maxminddb"):
        command = [given.peer_python, str(HERE), "--as-peer", name, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:28}not run: {(done.stderr.strip().splitlines() or ['no output'])[-1]}")
            continue
        told = json.loads(done.stdout)
        rates = {int(family): rate for family, rate in told["rates"].items()}
        same = {f: _same(answers[f], json.loads((folder / f"{name}{f}").read_text())) for f in (4, 6)}
        print(f"{name + ' ' + told['version']:28.28}{rates[4]:12.2f}{rates[6]:12.2f}   ratio "
              f"{ours[4] / rates[4]:.0f}, {ours[6] / rates[6]:.0f} (targets {TARGETS['ratio'][4]:g}, "
              f"{TARGETS['ratio'][6]:g}); the same answer to {same[4]:.4%}, {same[6]:.4%}")  # fmt: skip


def _same(ours: list[int], theirs: list[int]) -> float:
    return sum(one == two for one, two in zip(ours, theirs, strict=True)) / len(ours)


if __name__ == "__main__":
    main()
