"""What the published measurements counted, on a graph: who stands on routes, and who has no other way up."""

# ruff: noqa: INP001 - part of a script

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import walks
from ground import Ground, Table, between, pct, rows, say

from crossline.internet.routing import paths, transit
from crossline.internet.routing import rows as rowing
from crossline.internet.routing.measures import Duty, Measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.impact import Impact
    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.rows import Preference

# How many destinations stand for all, and how many of a coalition's networks for all of them.
DRAWN = 1_000
READINGS = ("as asked", "highest", "control", "seen")
ASIA = ("JP", "KR", "PH", "SG", "TW")
CENTRAL = ("US", "GB", "DE", "SE", "CN", "RU")


def _variants(ground: Ground, readings: Sequence[str]) -> list[tuple[str, Topology, walks.States, Preference]]:
    """Return the readings over which shares of routes range: the first is the one that counts."""
    stood, topology = ground.standing(), ground.topology
    by = walks.States.of(stood.state("registration"))
    found: list[tuple[str, Topology, walks.States, Preference]] = [
        ("as asked", topology, by, "lowest"), ("highest", topology, by, "highest"),
        ("control", topology, walks.States.of(stood.state("control")), "lowest"),
    ]  # fmt: skip
    if topology.peer_doubtful.any():
        found.append(("seen", topology.without_doubtful(), by, "lowest"))
    return [variant for variant in found if variant[0] in readings]


def _measures(topology: Topology, members: walks.Mask, named: walks.Mask, action: Any) -> Measures:  # noqa: ANN401
    duty = Duty(members & ~named, named, action, "the coalition")
    return Measures((duty,), np.zeros(topology.size, np.bool_))


def _positions(ground: Ground, impact: Impact) -> walks.Mask:
    mask = np.zeros(ground.topology.size, np.bool_)
    mask[ground.topology.index(np.array([row["asn"] for row in rows(impact, "named")]))] = True
    return mask


def third_states(ground: Ground) -> Table:
    """Return through whom routes between the networks of the two states go, before and after direct links are cut."""
    topology = ground.topology
    states = walks.States.of(ground.standing().state("registration"))
    us, cn = states.are("US"), states.are("CN")
    carriers = _positions(ground, ground.asked("direct-us", ranges=False))
    beside = states.are("HK", "MO")
    after = {
        "before": None,
        "direct-us": _measures(topology, us, carriers, "depeer"),
        "states-direct": _measures(topology, us, cn, "depeer"),
        "indirect-us": _measures(topology, us, carriers, "filter"),
    }
    lines = []
    for name, measures in after.items():
        say(f"routes between US and CN: {name}")
        held = paths.routing(topology, measures)
        for title, sources, wanted in (("US to CN", us, cn), ("CN to US", cn, us)):
            destinations = walks.drawn(np.flatnonzero(wanted), DRAWN)
            found = walks.walk(held, states, destinations, np.flatnonzero(sources))
            aside = walks.walk(held, states, destinations, np.flatnonzero(sources), beside)
            passing = [
                (states.codes[state], found.passing[state] / max(found.reached, 1))
                for state in np.argsort(-found.passing, kind="stable")[:8]
                if states.codes[state] not in {"US", "CN"}
            ]
            lines.append((
                name, title, pct(found.reached / found.pairs), f"{found.hops / max(found.reached, 1):.3f}",
                pct(found.share("third"), 1), pct(aside.share("third"), 1),
                ", ".join(f"{code} {pct(share, 1)}" for code, share in passing[:4]),
            ))  # fmt: skip
    heads = (
        "scenario", "routes", "pairs with a route", "hops, mean", "a third state between",
        "the same, without HK and MO", "third states that stand on most",
    )  # fmt: skip
    return Table("between", heads, tuple(lines))


def cone(ground: Ground) -> Table:
    """Return what becomes of the networks that have no way up but through the named carriers."""
    topology = ground.topology
    us = walks.States.of(ground.standing().state("registration")).are("US")
    states = walks.States.of(ground.standing().state("registration"))
    carriers = _positions(ground, ground.asked("direct-us", ranges=False))
    below = walks.only_below(topology, carriers)
    members = walks.drawn(np.flatnonzero(us & ~carriers & ~below), DRAWN)
    lines = []
    for name, action in (("before", None), ("direct-us", "depeer"), ("indirect-us", "filter")):
        say(f"the single-homed cone: {name}")
        held = paths.routing(topology, _measures(topology, us, carriers, action) if action else None)
        inward = walks.walk(held, states, np.flatnonzero(below), members)
        outward = walks.walk(held, states, members, np.flatnonzero(below))
        named = walks.walk(held, states, np.flatnonzero(carriers), members)
        shares = [pct(found.reached / max(found.pairs, 1)) for found in (inward, outward, named)]
        lines.append((name, f"{int(below.sum()):,}", *shares))
    heads = (
        "scenario", "networks that have no other way up", "US networks reach them", "they reach US networks",
        "US networks reach the named",
    )  # fmt: skip
    return Table("cone", heads, tuple(lines))


def _centrality(topology: Topology, states: walks.States, prefer: Preference, weight: Any) -> dict[str, float]:  # noqa: ANN401
    """Return, by state, the share of the pairs of others that pass it, and Brazil's routes that touch the US."""
    order = np.argsort(-np.bincount(states.number, minlength=len(states.codes))[1:], kind="stable")[:250] + 1
    place = np.zeros(len(states.codes), np.int64)
    place[order] = np.arange(1, len(order) + 1)
    group = place[states.number]
    built = rowing.build(topology, group, prefer)
    found = {}
    whole = transit.transit_by_group(built, weight, group)
    for code in CENTRAL:
        if code in states.codes:
            own = states.are(code)
            rest = weight * ~own
            pairs = rest.sum() ** 2 - (rest**2).sum()
            found[f"pairs of others that pass {code}"] = (
                float(whole.foreign[place[states.codes.index(code)]]) / pairs if pairs else float("nan")
            )
    if "BR" in states.codes and "US" in states.codes:
        us, br = states.are("US"), states.are("BR")
        others = weight * ~us
        passed = transit.transit_by_group(built, others, group, sources=True)
        through = float(passed.by_source[place[states.codes.index("BR")], place[states.codes.index("US")]])
        home = weight[br].sum()
        found["from Brazil to others than the US: passes a US network"] = through / (
            home * (others.sum()) - (weight[br] ** 2).sum()
        )
        found["from Brazil: passes or ends at a US network"] = (through + home * weight[us].sum()) / (
            home * weight.sum() - (weight[br] ** 2).sum()
        )
    return found


def _abroad(topology: Topology, states: walks.States, prefer: Preference, weight: Any, code: str) -> float:  # noqa: ANN401
    """Return the share of the pairs within a state, weighed, whose route passes a network of another one."""
    own = states.are(code)
    group = np.where(own | (states.number == walks.UNKNOWN), 0, 1)
    within = weight * own
    # Networks of the state are apart in rows, since they weigh something.
    built = rowing.build(topology, group + 2 * own, prefer)
    passed = transit.transit_by_group(built, within, group).through.sum(axis=0)[1]
    pairs = within.sum() ** 2 - (within**2).sum()
    return float(passed / pairs) if pairs else float("nan")


def studies(ground: Ground, title: str, readings: Sequence[str] = READINGS) -> list[tuple[str, ...]]:
    """Return what measurements of who stands on routes come to on this graph, over some readings of it."""
    stood = ground.standing()
    blocks = stood.blocks
    told: dict[str, list[float]] = {}

    def keep(name: str, value: float) -> None:
        told.setdefault(name, []).append(value)

    for reading, topology, states, prefer in _variants(ground, readings):
        say(f"who stands on routes, {title}: {reading}")
        held = paths.routing(topology, prefer=prefer)
        every = np.arange(topology.size)
        cn, us = states.are("CN"), states.are("US")
        into = walks.walk(held, states, np.flatnonzero(cn), np.flatnonzero(~cn & ~us))
        keep(
            "into China (sources outside CN and US): a US network stands between",
            into.passing[_at(states, "US")] / max(into.reached, 1),
        )
        inside = walks.walk(held, states, np.flatnonzero(cn), np.flatnonzero(cn))
        keep("within China: a network of another state stands between, by networks", inside.share("foreign"))
        asia = walks.walk(held, states, np.flatnonzero(states.are(*ASIA)), np.flatnonzero(us))
        for code in ("CN", "HK"):
            keep(
                f"from the US to {', '.join(ASIA)}: a {code} network stands between",
                asia.passing[_at(states, code)] / max(asia.reached, 1),
            )
        some = walks.walk(held, states, walks.drawn(every, DRAWN), every)
        keep("all pairs: a third state stands between", some.share("third"))
        weightings = [("networks", np.ones(topology.size))]
        if reading in {"as asked", "control"} and blocks.sum():
            weightings.append(("addresses", blocks))
            share = _abroad(topology, states, prefer, blocks, "CN")
            keep("within China: a network of another state stands between, by addresses", share)
        for of, weight in weightings:
            for what, value in _centrality(topology, states, prefer, weight).items():
                keep(f"{what}, by {of}", value)
    return [(name, title, between(values)) for name, values in told.items()]


def _at(states: walks.States, code: str) -> int:
    return states.codes.index(code) if code in states.codes else 0


def graphs(grounds: Sequence[Ground]) -> Table:
    """Return what the figures rest on."""
    lines = []
    for ground in grounds:
        stood, graph = ground.standing(), ground.topology
        by = stood.country_by.value_counts().drop_nulls()
        ways = ", ".join(f"{row[0]} {row[1]:,}" for row in by.sort("country_by", descending=True).iter_rows())
        share = {name: stood.known[name]["ases"] or 0.0 for name in ("country", "party", "controlled")}
        lines.append((
            f"{graph.edition}", "yes" if ground.stale else "no", f"{graph.size:,}", f"{graph.links:,}",
            f"{int(graph.peer_doubtful.sum() + graph.transit_doubtful.sum()):,}", pct(share["country"], 1), ways,
            pct(share["party"], 1), pct(stood.known["party"]["addresses"] or 0.0, 1),
        ))  # fmt: skip
    heads = (
        "graph", "stale statements", "networks", "links", "of these inferred at route servers", "state known",
        "by which", "party known", "by addresses",
    )  # fmt: skip
    return Table("graphs", heads, tuple(lines))
