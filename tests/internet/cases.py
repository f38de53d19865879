"""Simulations and their twins: on the small Internet, by hand from what its script says, and on random graphs."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
import pytest
from places import announces, graph, held, owns, registered, state
from twin import Twin, refusal

from crossline.internet import asking
from crossline.internet.asking import Changes
from crossline.internet.graph import asrel
from miniature import company, world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.impact import Impact
    from crossline.world import World

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "small-internet"
DAY = date(2026, 1, 1)
CODES = ("XA", "XB", "XC", "XD", "XE")
EXAMPLES = ("depeer", "filter", "mirror", "sanctions", "remove", "copycat")


@dataclass(frozen=True)
class Case:
    """What was simulated, and its twin; ``others`` are the twins of the other readings, by title."""

    impact: Impact
    twin: Twin
    others: Mapping[str, Twin]

    def figure(self, name: str) -> Any:
        """Return a figure by its id."""
        return next(one for one in self.impact.figures if one.id == name)

    def table(self, name: str) -> dict[Any, dict[str, Any]]:
        """Return the rows of a table by their first column."""
        (found,) = (one for one in self.impact.tables if one.id == name)
        return {row[found.columns[0].name]: row for row in found.frame.iter_rows(named=True)}

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return all rows of a table."""
        return next((list(one.frame.iter_rows(named=True)) for one in self.impact.tables if one.id == name), [])


# -- the small Internet, by hand from what its script says ------------------------------------------------------


@cache
def make() -> Any:
    """Return the script of the example as a module."""
    found = importlib.util.spec_from_file_location("make_small_internet", FOLDER / "make.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    found.loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module


# From OWNERS of make.py: who is held by a state, or by a company of one; everybody else is controlled from home.
ABROAD = {"belloria-telecom": "XB", "belloria-mobile": "XB", "estwick-telecom": "XB", "delmar-global": "XA"}


def small_twin(name: str, *, doubtful: bool = True, lowest: bool = True, by: str = "state") -> Twin:
    """Return the twin of one of the scenarios, whose members are worked out by hand."""
    networks = {network.asn: network for network in make().networks()}
    links = [link for link in make().links() if doubtful or link[3] != "mlp"]
    home = {asn: network.state or "??" for asn, network in networks.items()}
    control = {asn: ABROAD.get(network.party, home[asn]) for asn, network in networks.items()}
    of = home if by == "state" else control

    def those(*codes: str) -> frozenset[int]:
        return frozenset(asn for asn in networks if of[asn] in codes)

    telecom = frozenset({64513})
    others: frozenset[int] = telecom
    removed: frozenset[int] = frozenset()
    coalition = those("XA", "XC") - telecom
    action = "filter" if name in {"filter", "mirror"} else "depeer"
    refusals = [refusal(coalition, telecom, action)]
    if name == "mirror":
        # All that Belloria owns: its carriers, and by 60 % Estwick's.
        named = frozenset({64513, 64530, 64560})
        coalition = those("XA", "XC") - named
        answering = those("XB") - coalition
        others = named | answering
        refusals = [refusal(coalition, named, action), refusal(answering, coalition, action)]
    if name == "sanctions":
        coalition = (those("XA", "XC") | {64571}) - telecom
        # Whom Arvenia and Corvale control; who buys from a member; of neither is anybody's other network bound, since
        # no party of the example has two.
        controlled = {asn for asn, n in networks.items() if n.party and control[asn] in {"XA", "XC"}}
        controlled |= {64515}
        buying = {b for a, b, kind, _ in links if kind == -1 and a in coalition}
        bound = (controlled | buying) - telecom - coalition
        # Delmar and Farholm own one network each (64550, 64570), and are not of the two sides.
        refusals = [
            refusal(coalition | bound, telecom, action), refusal(those("XF"), {64550}, action),
            refusal(those("XD"), {64570}, action),
        ]  # fmt: skip
    if name == "copycat":
        refusals += [refusal(those("XF"), {64550}, action), refusal(those("XD"), {64570}, action)]
    if name == "remove":
        coalition, others, removed, refusals = frozenset(), frozenset(), those("XE") | {64512}, []
    blocks = {asn: float(network.blocks) for asn, network in networks.items()}
    users = {asn: float(network.users) for asn, network in networks.items()}
    return Twin(
        numbers=tuple(sorted(networks)), transit=tuple((a, b) for a, b, kind, _ in links if kind == -1),
        peers=tuple((a, b) for a, b, kind, _ in links if kind == 0), refusals=tuple(refusals), state=home,
        control=control, coalition=coalition, others=others, removed=removed, lowest=lowest,
        weights={"addresses": blocks, "users": users},
    )  # fmt: skip


def small(name: str, known: World) -> Case:
    """Return a scenario on the small Internet; ``known`` is its world."""
    asked: dict[str, Any] = {"scenario_file": FOLDER / f"{name}.yaml"}
    if name == "remove":
        asked = {"changes": Changes(remove="XE,AS64512")}
    if name == "copycat":
        asked = {"scenario_file": FOLDER / "depeer.yaml", "changes": Changes(copycat=2)}
    impact = asking.simulate(
        DAY, known, topology=FOLDER / "made-up.as-rel2.txt", users_file=FOLDER / "ases.csv", **asked
    )
    others = {
        "ties broken by the highest AS number": small_twin(name, lowest=False),
        "without links that no table of routes shows": small_twin(name, doubtful=False),
        "members taken by control": small_twin(name, by="control"),
    }
    return Case(impact, small_twin(name), others)


# -- random graphs ----------------------------------------------------------------------------------------------


def random(seed: int, action: str, answer: str | None, folder: Path) -> Case:
    """Return a random graph with states, parties, addresses and a scenario of single networks and states."""
    rng = np.random.default_rng(seed)
    drawn = naive.random_graph(rng, 34, 1.6, 1.2)
    numbers = tuple(100 + i for i in range(drawn.n))
    transit = tuple((numbers[a], numbers[b]) for a, b in drawn.transit)
    peers = tuple((numbers[a], numbers[b]) for a, b in drawn.peers)
    home = {asn: CODES[int(rng.integers(5))] if rng.random() < 0.9 else "??" for asn in numbers}
    # A network of unknown state has no party either, whose domicile might stand in for it.
    held_by = {asn: CODES[int(rng.integers(5))] for asn in numbers if home[asn] != "??" and rng.random() < 0.4}
    blocks = {asn: float(rng.integers(0, 50)) for asn in numbers}
    named = frozenset(int(asn) for asn in rng.choice(numbers, 3, replace=False))
    place, ranges = 10 << 24, []
    for asn, count in blocks.items():
        if count:
            ranges.append(announces(asn, place, int(count) * 256))
            place += int(count) * 256
    known = world(
        party=[*map(state, CODES), *(company(f"p{asn}", domicile=code, seat=code) for asn, code in held_by.items())],
        control=[owns(f"state-{code.lower()}", f"p{asn}") for asn, code in held_by.items()],
        identifier=[held(asn, f"p{asn}") for asn in held_by],
        registration=[registered(asn, code) for asn, code in home.items() if code != "??"],
        address4=ranges,
    )
    yaml = folder / "scenario.yaml"
    yaml.write_text(
        f"named: [{{asn: [{', '.join(map(str, sorted(named)))}]}}]\n"
        f"coalition: [{{state: [XA, XB]}}]\naction: {action}\n"
        + (f"answer: {{coalition: [{{state: [XC]}}], action: {answer}}}\n" if answer else "")
    )
    control = {asn: held_by.get(asn, home[asn]) for asn in numbers}

    def twin(of: Mapping[int, str], *, lowest: bool) -> Twin:
        coalition = frozenset(asn for asn in numbers if of[asn] in {"XA", "XB"}) - named
        refusals, others = [refusal(coalition, named, action)], named
        if answer:
            answering = frozenset(asn for asn in numbers if of[asn] == "XC") - coalition
            others |= answering
            refusals.append(refusal(answering, coalition, answer))
        return Twin(
            numbers, transit, peers, tuple(refusals), home, control, coalition, others, lowest=lowest,
            weights={"addresses": blocks},
        )  # fmt: skip

    made = graph(numbers, transit, peers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asrel, "chosen", lambda *_, **__: made)
        impact = asking.simulate(made.edition, known, scenario_file=yaml)
    others = {
        "ties broken by the highest AS number": twin(home, lowest=False),
        "members taken by control": twin(control, lowest=True),
    }
    return Case(impact, twin(home, lowest=True), others)
