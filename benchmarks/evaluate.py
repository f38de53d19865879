"""Evaluating rules: a million assets with distinct ties by fifty rules, beside cedarpy and CEL, in one run.

    python benchmarks/evaluate.py [--assets N] [--growth] [--peer-python PYTHON]

``--growth`` measures how time and memory grow from 10^5 to 10^7 ties instead. Peers that are absent are named. Peers
judge a few thousand cells, one at a time, as they are made to; the ratio is per asset and rule.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from crossline import estate as estates
from crossline.auditing.findings import groups
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, We
from crossline.evaluate.judge import UNDECIDED
from crossline.regimes import model
from crossline.tables import Batch, extent_rows
from crossline.world import SCHEMAS, World

DAY = date(2026, 7, 1)
IDENTIFIERS, PARTIES, LISTS, RULES = 80_000, 20_000, 10, 50


def world(known: float, rng: np.random.Generator) -> World:
    """Make a world in which a share of the identifiers leads to a party."""
    held = np.flatnonzero(rng.random(IDENTIFIERS) < known)

    def table(called: str, /, **columns: object) -> pl.DataFrame:
        frame = pl.DataFrame(columns)
        schema = SCHEMAS[called]
        return frame.select(
            (pl.col(c).cast(t) if c in frame.columns else pl.lit(None, t)).alias(c) for c, t in schema.items()
        )

    listed = rng.choice(PARTIES, (LISTS, 300))
    return World(
        {
            "party": table(
                "party", id=[f"p{n}" for n in range(PARTIES)], name=[f"P{n}" for n in range(PARTIES)],
                kind=["company"] * PARTIES, domicile=rng.choice(["CN", "US", "NO"], PARTIES).tolist(),
                seat=["US"] * PARTIES, source=["s"] * PARTIES,
            ),
            "identifier": table(
                "identifier", type=["asn"] * len(held), value=[str(n + 1) for n in held],
                party=[f"p{n}" for n in rng.integers(0, PARTIES, len(held))], seen=[DAY] * len(held),
                source=["s"] * len(held),
            ),
            "listing": table(
                "listing", list=np.repeat([f"l{n}" for n in range(LISTS)], 300).tolist(),
                party=[f"p{n}" for n in listed.ravel()], status=["named"] * listed.size, source=["s"] * listed.size,
            ),
        }
    )  # fmt: skip


def estate(assets: int, absent: float, rng: np.random.Generator) -> estates.Estate:
    """Make data stores whose three ties each lead somewhere, no two alike by design."""
    classes = np.array(["personal", "sensitive", "public", None], dtype=object)
    gone = (1 - absent) / 3
    frame = pl.DataFrame(
        {
            "asset": pl.select(pl.format("store-{}", pl.int_range(assets))).to_series(),
            "observed_at": pl.Series([DAY]).new_from_index(0, assets),
            "bundle": np.arange(assets, dtype=np.uint32),
            "data_class": pl.Series(list(classes)).gather(rng.choice(4, assets, p=[gone, gone, gone, absent])),
        }
    )
    bundle = np.repeat(np.arange(assets, dtype=np.uint32), 3)
    ties = pl.DataFrame(
        {
            "bundle": bundle,
            "role": pl.Series(["operator", "owner", "host"] * assets, dtype=pl.Enum(["operator", "owner", "host"])),
            "identifier": rng.integers(0, IDENTIFIERS, 3 * assets).astype(np.uint32),
            "seq": np.tile(np.arange(3, dtype=np.uint32), assets),
        }
    )
    named = pl.DataFrame({"type": ["asn"] * IDENTIFIERS, "value": [str(n + 1) for n in range(IDENTIFIERS)]})
    extents = extent_rows([(None, role, "all", None) for role in ("operator", "owner", "host")])
    return estates.assemble([("made", Batch("data-store", frame, named, ties, extents))], DAY)


def regime() -> model.Regime:
    """Fifty rules over ten lists: which roles are asked, and of which data, changes from rule to rule."""
    roles = ("operator", "owner", "host", "operator + owner", "operator + owner + host")
    rules = []
    for number in range(RULES):
        asked = roles[number % len(roles)]
        rules.append(
            {
                "id": f"r{number}", "line": "cloud", "kind": "data-store", "title": "t", "cite": {"source": "s"},
                "effect": "aim", "severity": "low", "binds": "home in we.states",
                "applies": ['data_class in ["personal", "sensitive"]', 'data_class != "public"'][number // 5 % 2],
                "violation": f'({asked}).exists(t, t.listed("l{number // 5}"))',
            }
        )  # fmt: skip
    lists = {f"l{n}": {"list": f"l{n}", "statuses": ["named"]} for n in range(LISTS)}
    document = {"id": "bench", "title": "t", "issuer": "i", "legal": "l", "home": "US", "lists": lists, "rules": rules}
    return model.regime(document, "bench")


def once(whole: estates.Estate, known: World, folder: Path) -> tuple[float, float, float, np.ndarray]:
    """Judge, group and write; return seconds to resolve, to judge, and in all, and how verdicts fall."""
    binding = Binding(regime(), DAY, We(("US",)))
    begun = time.perf_counter()
    session = Session(whole, known, binding)
    resolved = time.perf_counter()
    judgements = list(session.judge([binding]))
    judged = time.perf_counter()
    verdicts = pl.DataFrame({j.compiled.rule.id: j.verdict for j in judgements})
    verdicts.write_parquet(folder / "verdicts.parquet", compression="lz4", statistics=False)
    with ThreadPoolExecutor() as pool:
        grouped = pl.concat(pool.map(groups, judgements))
    grouped.write_parquet(folder / "groups.parquet", compression="lz4", statistics=False)
    done = time.perf_counter()
    fall = sum(np.bincount(j.verdict, minlength=5) for j in judgements)
    return resolved - begun, judged - resolved, done - begun, fall


CEDAR = """
forbid(principal, action, resource) when {
  ["personal", "sensitive"].contains(resource.c) &&
  (resource.operator in Group::"l0" || resource.owner in Group::"l0" || resource.host in Group::"l0")
};
"""


def cedar(cells: int) -> float:
    """Return cells a second of cedarpy: one policy asked about one store at a time."""
    import cedarpy  # noqa: PLC0415 - a peer, which may be absent

    group = {"type": "Group", "id": "l0"}

    def party(number: int) -> dict[str, object]:
        return {"__entity": {"type": "Party", "id": f"p{number % 300}"}}

    entities: list[dict[str, object]] = [{"uid": group, "attrs": {}, "parents": []}]
    entities += [
        {"uid": {"type": "Party", "id": f"p{n}"}, "attrs": {}, "parents": [] if n % 60 else [group]} for n in range(300)
    ]
    for n in range(cells):
        attributes = {"c": "personal", "operator": party(n), "owner": party(n * 7), "host": party(n * 11)}
        entities.append({"uid": {"type": "Store", "id": str(n)}, "attrs": attributes, "parents": []})
    asked = {"principal": 'User::"u"', "action": 'Action::"a"', "context": {}}
    requests = [asked | {"resource": f'Store::"{n}"'} for n in range(cells)]
    text = json.dumps(entities)
    begun = time.perf_counter()
    cedarpy.is_authorized_batch(requests, CEDAR, text)
    return cells / (time.perf_counter() - begun)


def common(cells: int) -> float:
    """Return cells a second of Google's CEL runtime."""
    from cel_expr_python import cel  # noqa: PLC0415 - a peer, which may be absent

    environment = cel.NewEnv(variables={"a": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    program = environment.compile('a.c in ["personal", "sensitive"] && (a.operator + a.owner + a.host).exists(t, t.l0)')
    maps = [
        {"c": "personal", "operator": [{"l0": n % 60 == 0}], "owner": [{"l0": n % 7 == 9}], "host": [{}]}
        for n in range(cells)
    ]
    begun = time.perf_counter()
    for shown in maps:
        program.eval(environment.Activation({"a": shown})).value()
    return cells / (time.perf_counter() - begun)


PEERS = {"cedarpy": cedar, "cel-expr-python": common}


def peer(name: str, python: str) -> float | None:
    """Measure a peer with another interpreter, or this one; None where it is absent."""
    command = [python, __file__, "--peer", name]
    path = ":".join(p for p in sys.path if p.endswith(("site-packages", "src")))
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": path if python != sys.executable else ""},
    )
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    """Run the benchmark and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=1_000_000)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--peer", choices=list(PEERS))
    asked = parser.parse_args()
    if asked.peer:
        print(PEERS[asked.peer](5_000))
        return
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        once(estate(1000, 0.5, rng), world(0.5, rng), folder)  # compiles the kernels, or loads them
        if asked.growth:
            print("ties        assemble s  judge s   in all s   peak MB")
            for ties in (10**5, 10**6, 10**7):
                begun = time.perf_counter()
                whole = estate(ties // 3, 0.3, rng)
                made = time.perf_counter() - begun
                _, judging, total, _ = once(whole, world(0.7, rng), folder)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"{ties:>10,}  {made:10.2f}  {judging:7.3f}  {total:9.2f}  {peak:8.0f}")
            return
        rate = 0.0
        for label, known, absent in (("1 %", 0.994, 0.01), ("50 %", 0.66, 0.25), ("99 %", 0.02, 0.45)):
            whole, facts = estate(asked.assets, absent, rng), world(known, rng)
            runs = [once(whole, facts, folder) for _ in range(3)]
            resolve, judging, total, fall = sorted(runs, key=lambda run: run[2])[1]
            cells = asked.assets * RULES
            rate = cells / judging if label == "50 %" else rate
            applies = int(fall.sum() - fall[0])
            share, rate_m = 100 * fall[UNDECIDED] / applies, cells / judging / 1e6
            print(
                f"{share:5.1f} % unknown (aimed at {label}): {rate_m:4.0f} million asset x rule a second;"
                f" resolve {resolve:.2f} s, judge {judging:.2f} s, with Parquet and groups {total:.2f} s"
            )
        for name in PEERS:
            theirs = peer(name, asked.peer_python)
            print(
                f"{name}: "
                + (f"{theirs:,.0f} a second; ours is {rate / theirs:,.0f} times that" if theirs else "absent, skipped")
            )
        print("regorus: absent, skipped (no build of it in the registries that were used)")


if __name__ == "__main__":
    main()
