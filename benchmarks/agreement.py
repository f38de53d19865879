"""Routes of all ASes to some origins: Crossline beside BGPy on the same graph, route by route.

    python benchmarks/agreement.py [FILE] --peer-python PYTHON [--origins ASN,ASN…]

PYTHON is an interpreter that has `bgpy-pkg` (MIT licence), in an environment of its own. FILE is an as-rel file; by
default that of ../shared/data/topology. Without ``--origins`` thirteen are taken from the graph: those with the most
customers, and the most peers; transit ASes in the middle; stubs with one provider, with the most, with peers.

BGPy gets the graph's links, one announcement for each origin, and its policy `BGP`: local preference, path length,
lowest neighbouring AS number. What each AS then holds is compared with our class, length and next hop. Times are of
one process each and CPU; BGPy's does not count the building of its graph.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from crossline.internet.graph import asrel
from crossline.internet.graph.topology import Topology, TopologyError
from crossline.internet.routing import paths

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "topology" / "20250901.as-rel2.txt.bz2"
FIELDS = ["asn", "destination", "class", "length", "next_hop"]
# What BGPy is asked to do: its graph, engine and policy, without its framework of scenarios and trials.
BGPY = """
import sys, time
from bgpy.as_graphs import ASGraph, ASGraphInfo, CustomerProviderLink, PeerLink
from bgpy.shared.enums import Relationships
from bgpy.simulation_engine import BGP, Announcement, SimulationEngine

links, origins, output = sys.argv[1:4]
transit, peers = [], []
for line in open(links):
    a, b, relation = map(int, line.split("|"))
    if relation:
        transit.append(CustomerProviderLink(customer_asn=b, provider_asn=a))
    else:
        peers.append(PeerLink(a, b))
info = ASGraphInfo(customer_provider_links=frozenset(transit), peer_links=frozenset(peers))
graph = ASGraph(info, store_customer_cone_size=False)
engine = SimulationEngine(graph)
classes = {
    Relationships.ORIGIN: "origin", Relationships.CUSTOMERS: "customer", Relationships.PEERS: "peer",
    Relationships.PROVIDERS: "provider",
}
prefix = "192.0.2.0/24"
with open(output, "w") as out:
    print("asn,destination,class,length,next_hop", file=out)
    for origin in map(int, origins.split(",")):
        for as_ in graph:
            as_.policy = BGP(as_=as_)
        start = time.process_time()
        graph.as_dict[origin].policy.seed_ann(Announcement(prefix=prefix, as_path=(origin,), seed_asn=origin))
        engine.ready_to_run_round = 0
        engine.run(0, scenario=object())
        print(origin, time.process_time() - start, flush=True)
        for as_ in graph:
            held = as_.policy.local_rib.get(prefix)
            if held is not None:
                path = held.as_path
                after = path[1] if len(path) > 1 else ""
                print(as_.asn, origin, classes[held.recv_relationship], len(path) - 1, after, sep=",", file=out)
"""


def chosen(graph: Topology) -> dict[int, str]:
    """Return origins of every kind that a graph has, and what each is, from the graph alone."""
    n = graph.size
    customers, providers = np.bincount(graph.provider, minlength=n), np.bincount(graph.customer, minlength=n)
    peers = np.bincount(graph.peer_a, minlength=n) + np.bincount(graph.peer_b, minlength=n)
    stub, found = customers == 0, {}

    def take(what: str, of: np.ndarray, order: np.ndarray, count: int, middle: bool = False) -> None:
        ranked = np.flatnonzero(of)[np.argsort(-order[of], kind="stable")]
        first = len(ranked) // 2 if middle else 0
        for at in ranked[first : first + count].tolist():
            told = f"{what} ({customers[at]} customers, {providers[at]} providers, {peers[at]} peers)"
            found.setdefault(int(graph.asn[at]), told)

    take("most customers", ~stub, customers, 3)
    take("most peers", ~stub, peers, 2)
    take("transit, in the middle", ~stub, customers, 2, middle=True)
    take("stub with most providers", stub, providers, 2)
    take("stub with one provider", stub & (providers == 1) & (peers == 0), n - np.arange(n), 2)
    take("stub with most peers", stub & (providers > 0), peers, 1)
    take("stub with two providers", stub & (providers == 2), peers, 1, middle=True)
    return found


def bgpy(python: str, graph: Topology, origins: list[int], folder: Path) -> tuple[pl.DataFrame, dict[int, float]]:
    """Return BGPy's routes, and its seconds for each origin."""
    ends = [graph.asn[side] for side in (graph.provider, graph.customer, graph.peer_a, graph.peer_b)]
    with (folder / "links").open("w", encoding="ascii") as out:
        for a, b, relation in ((ends[0], ends[1], -1), (ends[2], ends[3], 0)):
            out.writelines(f"{x}|{y}|{relation}\n" for x, y in zip(a.tolist(), b.tolist(), strict=True))
    asked = [python, "-c", BGPY, str(folder / "links"), ",".join(map(str, origins)), str(folder / "routes.csv")]
    run = subprocess.run(asked, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"BGPy failed:\n{run.stderr[-2000:]}")
    seconds = {int(line.split()[0]): float(line.split()[1]) for line in run.stdout.splitlines()}
    kinds = {name: pl.String() if name == "class" else pl.UInt32() for name in FIELDS}
    return pl.read_csv(folder / "routes.csv", schema=kinds), seconds


def main() -> None:
    """Compare, and print how many routes agree; exit status 1 where any differs."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", nargs="?", type=Path, default=SHARED)
    asked.add_argument("--peer-python", required=True)
    asked.add_argument("--origins", help="AS numbers, parted by commas")
    given = asked.parse_args()
    try:
        graph = asrel.read(given.file)
    except TopologyError as error:
        sys.exit(str(error))
    kinds = dict.fromkeys(map(int, given.origins.split(",")), "as asked") if given.origins else chosen(graph)
    places = graph.index(list(kinds))
    if (places < 0).any():
        sys.exit(f"AS{list(kinds)[int(np.argmin(places))]} is not in the graph")
    print(f"{graph.title}: {graph.size:,} ASes, {graph.links:,} links, {len(kinds)} origins")

    start = time.perf_counter()
    held = paths.routing(graph)
    paths.routes(held, places)
    first = time.perf_counter() - start
    start, cpu = time.perf_counter(), time.process_time()
    ours = paths.routes(held, places).with_columns(pl.col("class").cast(pl.String))
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    with tempfile.TemporaryDirectory() as folder:
        theirs, seconds = bgpy(given.peer_python, graph, list(kinds), Path(folder))

    both = ours.join(theirs, on=["asn", "destination"], how="full", suffix="_peer", coalesce=True)
    same = [pl.col(name).eq_missing(pl.col(f"{name}_peer")) for name in FIELDS[2:]]
    told = (
        both.with_columns(
            pl.all_horizontal(same).alias("agrees"),
            *(s.alias(f"same_{n}") for n, s in zip(FIELDS[2:], same, strict=True)),
        )
        .group_by("destination")
        .agg(pl.len(), pl.col("agrees", "same_class", "same_length", "same_next_hop").sum())
    )
    rows = {row["destination"]: row for row in told.to_dicts()}
    print(f"{'origin':>10} {'routes':>8} {'class':>8} {'length':>8} {'next hop':>8} {'BGPy, s':>8}")
    for origin, kind in kinds.items():
        row = rows[origin]
        counts = " ".join(f"{row[name]:>8,}" for name in ("len", "same_class", "same_length", "same_next_hop"))
        print(f"{origin:>10} {counts} {seconds[origin]:>8.2f}  {kind}")
    total, agreeing = int(told["len"].sum()), int(told["agrees"].sum())
    mine, peer = cpu / len(kinds), sum(seconds.values()) / len(kinds)
    print(f"{agreeing:,} of {total:,} routes agree in class, length and next hop")
    print(f"per origin, CPU: Crossline {mine * 1000:.2f} ms, BGPy {peer:.2f} s: {peer / mine:,.0f} x")
    print(f"Crossline, all {len(kinds)}: {wall:.3f} s; first, with kernels loaded and the graph ordered: {first:.2f} s")
    sys.exit(0 if agreeing == total else 1)


if __name__ == "__main__":
    main()
