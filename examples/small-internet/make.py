"""A made-up Internet: writes the files of this folder, or with a folder's name as argument the world of it.

Nothing in it describes anything that exists. AS numbers are for private use (RFC 6996), addresses too (RFC 1918), and
the states have codes that ISO 3166-1 leaves to users, so that they are nobody's. There is no chance in it: each run
writes the same bytes.

    python examples/small-internet/make.py                # the files beside this one
    python examples/small-internet/make.py made-up-world  # a world folder, for --world
"""

# ruff: noqa: INP001, PLC0415 - a script; the files beside it are made without anything that has to be installed
from __future__ import annotations

import csv
import io
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
DAY = date(2026, 1, 1)
SOURCE = "made-up-internet"
MADE_UP = "made up"
STATES = {"XA": "Arvenia", "XB": "Belloria", "XC": "Corvale", "XD": "Delmar", "XE": "Estwick", "XF": "Farholm"}
EXCHANGE = 64600  # the route server of the one exchange: it is named in the graph's header and has no links


@dataclass(frozen=True)
class Network:
    """An AS: who holds it, from whom it buys, and how large it is (blocks are /24s)."""

    asn: int
    name: str
    state: str  # "" where no registry says
    party: str  # "" where nobody says
    providers: tuple[int, ...]
    blocks: int
    users: int


TOP = (
    Network(64512, "Arvenia Backbone", "XA", "arvenia-backbone", (), 128, 900),
    Network(64514, "Corvale Transit", "XC", "corvale-transit", (), 128, 700),
    Network(64515, "Delmar Global", "XD", "delmar-global", (), 128, 500),
    Network(64516, "Arvenia Long Lines", "XA", "arvenia-long-lines", (), 96, 400),
)
CARRIERS = (
    # The carrier that the scenarios name: it buys from Delmar Global alone, and peers with the rest of the top.
    Network(64513, "Belloria Telecom", "XB", "belloria-telecom", (64515,), 256, 4000),
    Network(64520, "Arvenia North", "XA", "arvenia-north", (64512, 64516), 64, 1500),
    Network(64521, "Arvenia South", "XA", "arvenia-south", (64516,), 64, 1200),
    # A network of a state that refuses the carrier, and has no other provider.
    Network(64522, "Arvenia Islands", "XA", "arvenia-islands", (64513,), 16, 100),
    Network(64523, "Arvenia Traders", "XA", "arvenia-traders", (64512, 64513), 32, 300),
    Network(64530, "Belloria Mobile", "XB", "belloria-mobile", (64513,), 128, 6000),
    # The one network of Belloria with a second way out.
    Network(64531, "Belloria Unity", "XB", "belloria-unity", (64513, 64515), 32, 800),
    Network(64532, "Belloria Academic", "XB", "", (64513,), 32, 200),
    Network(64540, "Corvale Post", "XC", "corvale-post", (64514,), 64, 2000),
    Network(64541, "Corvale Cable", "XC", "corvale-cable", (64514, 64515), 64, 1100),
    Network(64542, "Corvale East", "XC", "corvale-east", (64513, 64514), 32, 400),
    Network(64550, "Delmar Metro", "XD", "delmar-metro", (64515,), 32, 900),
    Network(64551, "Delmar Coast", "XD", "delmar-coast", (64515, 64512), 32, 600),
    # All of Estwick stands behind this one, and it behind the carrier that is named.
    Network(64560, "Estwick Telecom", "XE", "estwick-telecom", (64513,), 32, 1300),
    Network(64570, "Farholm Net", "XF", "farholm-net", (64512, 64513, 64515), 32, 700),
    Network(64571, "Farholm Ocean", "XF", "farholm-ocean", (64514, 64515), 32, 500),
)
# For each state: how many stubs, the carriers they take turns at, and every how many-th has the next carrier as well.
STUBS = {
    "XA": (20, (64520, 64521, 64512, 64522, 64523), 3),
    "XB": (16, (64513, 64530, 64532, 64531), 5),
    "XC": (12, (64540, 64541, 64542), 3),
    "XD": (9, (64550, 64551), 2),
    "XE": (7, (64560,), 2),
    "XF": (9, (64570, 64571), 2),
}
KINDS = (
    "Bank", "University", "Hosting", "Ministry", "Broadcaster", "Hospitals", "Railways", "Power", "Library", "Port",
    "Market", "Weather", "Insurance", "Schools", "Water", "Museum", "Parcels", "Cinema", "Airport", "Press",
)  # fmt: skip
# Peers that tables of routes show, and those that only the exchange's route server does.
PEERS = (
    (64512, 64513), (64513, 64514), (64513, 64516), (64520, 64540), (64520, 64551), (64550, 64551), (64570, 64571),
)  # fmt: skip
AT_THE_EXCHANGE = (
    (64523, 64551), (64531, 64550), (64531, 64570), (64531, 64571), (64541, 64550), (64541, 64571), (64542, 64551),
    (64550, 64570), (64551, 64571),
)  # fmt: skip
# Owner, share in per cent. Whoever is in no row is widely held as far as anybody knows.
OWNERS = {
    "belloria-telecom": ("state-xb", 100),
    "belloria-mobile": ("belloria-telecom", 100),
    "estwick-telecom": ("belloria-telecom", 60),
    "corvale-post": ("state-xc", 100),
    "farholm-net": ("state-xf", 51),
    "delmar-global": ("arvenia-backbone", 55),
    "delmar-metro": ("state-xd", 100),
}
PACT = ("state:XA", "state:XC", "party:farholm-ocean")


def networks() -> list[Network]:
    """Return all ASes, stubs last."""
    found = [*TOP, *CARRIERS]
    asn = EXCHANGE
    for state, (count, carriers, second) in STUBS.items():
        for i in range(count):
            asn += 1
            own = [carriers[i % len(carriers)]]
            if i % second == second - 1 and len(carriers) > 1:
                own.append(carriers[(i + 1) % len(carriers)])
            # The last one of some states is in no register.
            registered = "" if state in {"XD", "XF"} and i == count - 1 else state
            name = f"{STATES[state]} {KINDS[i]}"
            found.append(Network(asn, name, registered, "", tuple(own), 4, 50 + 10 * (i % 5)))
    return found


def links() -> list[tuple[int, int, int, str]]:
    """Return all links as CAIDA's serial 2 has them: a, b, -1 (a is the provider of b) or 0 (peers), and a method."""
    found = [(provider, network.asn, -1, "bgp") for network in networks() for provider in network.providers]
    top = [network.asn for network in TOP]
    found += [(a, b, 0, "bgp") for place, a in enumerate(top) for b in top[place + 1 :]]
    found += [(a, b, 0, "bgp") for a, b in PEERS]
    found += [(a, b, 0, "mlp") for a, b in AT_THE_EXCHANGE]
    return sorted(found)


def graph() -> str:
    """Return the graph in the form of CAIDA's AS relationships, serial 2."""
    head = (
        f"# source:made-up|no measurement|{DAY:%Y%m%d}|made by make.py",
        "# title: A made-up Internet (examples/small-internet), which describes nothing that exists",
        f"# input clique: {' '.join(str(network.asn) for network in TOP)}",
        f"# IXP ASes: {EXCHANGE}",
    )
    return "\n".join([*head, *("|".join(map(str, link)) for link in links())]) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def files() -> dict[str, str]:
    """Return the files of this folder that are made, by name."""
    ases = [(n.asn, n.name, n.state, n.party, n.blocks, n.users, MADE_UP) for n in networks()]
    named = {n.party: n for n in networks() if n.party}
    parties: list[tuple[object, ...]] = [
        (f"state-{code.lower()}", name, "state", code, "", "", MADE_UP) for code, name in STATES.items()
    ]
    parties += [(p, n.name, "company", n.state, *OWNERS.get(p, ("", "")), MADE_UP) for p, n in sorted(named.items())]
    return {
        "made-up.as-rel2.txt": graph(),
        "ases.csv": table(("asn", "name", "state", "party", "blocks", "users", "note"), ases),
        "parties.csv": table(("id", "name", "kind", "domicile", "owner", "share_pct", "note"), parties),
    }


def world(folder: Path) -> None:
    """Write a world of this Internet, with the facts that ship, so that every command takes it."""
    import polars as pl

    from crossline.world import SCHEMAS, World, store
    from crossline.world.sources import shaped

    source = f"{SOURCE}-{DAY.isoformat()}"
    about = {"id": source, "title": "A made-up Internet (examples/small-internet)", "issuer": "nobody", "url": "",
             "published": DAY, "licence": "Apache-2.0"}  # fmt: skip
    every, place, addresses = networks(), 10 << 24, []
    for network in every:
        addresses.append((place, place + 256 * network.blocks - 1, network.asn, network.state or None))
        place += 256 * network.blocks
    parties = list(csv.DictReader(io.StringIO(files()["parties.csv"])))
    held = [
        {"owner": owner, "owned": party, "kind": "both", "share_min": share, "share_max": share}
        for party, (owner, part) in OWNERS.items()
        for owner, share in ((owner, float(part)), *([("dispersed", 100.0 - part)] if part < 100 else []))
    ]
    held += [
        {"owner": "dispersed", "owned": row["id"], "kind": "both", "share_min": 100.0, "share_max": 100.0}
        for row in parties
        if row["kind"] == "company" and row["id"] not in OWNERS
    ]
    made = {
        "source": pl.DataFrame([about]),
        "party": pl.DataFrame(parties).select("id", "name", "kind", "domicile"),
        "control": pl.DataFrame(held),
        "identifier": pl.DataFrame([{"value": str(n.asn), "party": n.party} for n in every if n.party]),
        "registration": pl.DataFrame(
            [{"value": str(n.asn), "name": n.name, "registered": n.state or None} for n in every]
        ),
        "membership": pl.DataFrame([{"member": member} for member in PACT]),
        "adjacency": pl.DataFrame(links(), schema=["a", "b", "relation", "method"], orient="row"),
        "address4": pl.DataFrame(addresses, schema=["first", "last", "asn", "registered"], orient="row"),
    }
    told = {"type": "asn", "seen": DAY, "source": source, "certainty": "seen", "note": MADE_UP,
            "coalition": "made-up-pact", "status": "signed", "claimed_by": "nobody"}  # fmt: skip
    shipped = store.shipped()
    tables = {
        name: pl.concat([shipped.table(name), shaped(name, made[name], **told)])
        if name in made
        else shipped.table(name)
        for name in SCHEMAS
    }
    store.save(World(tables), folder, facts=store.facts_version())


def main(arguments: list[str]) -> None:
    """Write the files of this folder, or a world."""
    if arguments:
        world(Path(arguments[0]))
        return
    for name, text in files().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
