"""Writing reports of large estates: every format on an audit of 10^5 and 10^6 findings.

    python benchmarks/reports.py [--findings N,N…] [--formats NAME,NAME…] [--identifiers N]

The audit is made up: routes of which each is announced through one of ``--identifiers`` AS numbers, with a chain of
three steps, one in a hundred of them new against a baseline. Times are of the format alone; the first run of a process
includes imports.
"""

from __future__ import annotations

import argparse
import gzip
import time
from datetime import UTC, datetime

import polars as pl

from crossline import reports
from crossline.reports import FINDING, GROUP, TALLY, Audit, Options


def audit(count: int, identifiers: int) -> Audit:
    """Make an audit with so many violations."""
    why = [
        {"statement": "the number is held by a carrier", "source": "registry-2026"},
        {"statement": "the carrier is owned to at least 51 % by its group", "source": "filing-2025"},
        {"statement": "the group is on the list us-clean-network since 2020-08-05", "source": "us-state-2020-08-05"},
    ]
    number = pl.int_range(count, eager=True)
    asn = number % identifiers
    prefix = pl.format("{}.{}.{}.0/24", pl.col("n") // 65536, pl.col("n") // 256 % 256, pl.col("n") % 256)
    cells = {
        "id": pl.format("{}", pl.col("n").hash(1).cast(pl.String)),
        "evidence_id": pl.format("e{}", "asn"),
        "regime": pl.lit("us-clean-network"),
        "rule": pl.lit("clean-carrier-transit"),
        "line": pl.lit("carrier"),
        "kind": pl.lit("route"),
        "asset": pl.format("route:192.0.2.1|{}", prefix),
        "name": pl.format("{} from AS64500", prefix),
        "verdict": pl.lit("violation"),
        "severity": pl.lit("medium"),
        "role": pl.lit("transit"),
        "identifier": pl.format("asn:{}", "asn"),
        "party": pl.format("carrier-{}", pl.col("asn") % 50),
        "also": pl.lit(pl.Series([[]], dtype=pl.List(pl.String)).first()),
        "limb": pl.lit("transit"),
        "why": pl.lit(pl.Series([why], dtype=FINDING["why"]).first()),
        "missing": pl.lit(pl.Series([[]], dtype=pl.List(pl.String)).first()),
        "cite": pl.lit('us-state-2020-08-05, "Clean Carrier"'),
        "file": pl.lit("mrt/rib.20260701.0000.bz2"),
        "locator": pl.format("byte {}", pl.col("n") * 90),
        "remedy": pl.lit(pl.Series([["other-carrier"]], dtype=pl.List(pl.String)).first()),
        "baseline": pl.when(pl.col("n") % 100 == 0).then(pl.lit("new")).otherwise(pl.lit("known")),
    }  # fmt: skip
    findings = pl.DataFrame({"n": number, "asn": asn}).select(
        cells[n].cast(kind).alias(n) for n, kind in FINDING.items()
    )
    groups = pl.DataFrame(
        {
            "regime": ["us-clean-network"] * 10_000, "rule": ["clean-carrier-transit"] * 10_000,
            "line": ["carrier"] * 10_000, "kind": ["route"] * 10_000, "verdict": ["unknown"] * 10_000,
            "identifier": [f"asn:{n}" for n in range(10_000)], "missing": [["which party holds it"]] * 10_000,
            "count": list(range(1, 10_001)), "samples": [["route:1"]] * 10_000,
        },
        schema=GROUP,
    )  # fmt: skip
    tally = pl.DataFrame(
        [("us-clean-network", "clean-carrier-transit", "carrier", "route", count, 0, int(groups["count"].sum()), 0, 0)],
        schema=TALLY, orient="row",
    )  # fmt: skip
    rule = {
        "regime": "us-clean-network", "rule": "clean-carrier-transit", "title": "No route through a listed carrier",
        "effect": "aim", "severity": "medium", "source": "us-state-2020-08-05", "kind": "route", "line": "carrier",
        "reading": "contested", "decidable": "yes", "cite": "Clean Carrier", "remedy": ["other-carrier"],
    }  # fmt: skip
    header = {"crossline": "0", "as_of": "2026-07-01", "regimes": ["us-clean-network"], "rules": [rule]}
    header["titles"] = {"us-clean-network": {"title": "Clean Network", "issuer": "US Department of State", "legal": ""}}
    return Audit(header, findings.rechunk(), groups, tally)


def main() -> None:
    """Print a line for each format and size: seconds, megabytes, and those compressed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", default="100000,1000000")
    parser.add_argument("--formats", default=",".join(reports.names()))
    parser.add_argument("--identifiers", type=int, default=2_000)
    asked = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, polars {pl.__version__}, {pl.thread_pool_size()} threads")
    print(f"{'findings':>10} {'format':>8} {'first s':>8} {'again s':>8} {'MB':>8} {'gzip MB':>8}")
    for count in (int(text) for text in asked.findings.split(",")):
        made = audit(count, asked.identifiers)
        for name in asked.formats.split(","):
            module = reports.load(name)
            times = []
            for _ in range(2):
                begin = time.perf_counter()
                written = module.encode(made) if hasattr(module, "encode") else module.render(made, Options())
                times.append(time.perf_counter() - begin)
            data = written if isinstance(written, bytes) else written.encode()
            small = len(gzip.compress(data, 1))
            sizes = f"{len(data) / 1e6:8.1f} {small / 1e6:8.1f}"
            print(f"{count:>10,} {name:>8} {times[0]:8.2f} {times[1]:8.2f} {sizes}", flush=True)


if __name__ == "__main__":
    main()
