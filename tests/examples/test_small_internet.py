"""The small Internet is made up, is what its script makes, and shows what its README says, by naive routes."""

from __future__ import annotations

import csv
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crossline import yamlfile
from crossline.identifiers import asn as asns
from crossline.identifiers import state
from crossline.internet import asking
from crossline.world import control, store
from internet import naive

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "small-internet"
SCENARIOS = ("depeer", "filter", "mirror", "sanctions")
ISLANDS = 64522
BELLORIA, DELMAR, ESTWICK, UNITY = 64513, 64515, 64560, 64531
FARHOLM_NET, FARHOLM_OCEAN = 64570, 64571


@pytest.fixture(scope="module")
def make() -> Any:
    """Return the script as a module."""
    found = importlib.util.spec_from_file_location("make_small_internet", FOLDER / "make.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    # Nothing is to be left in the example's folder.
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    found.loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module


class Small:
    """The graph for the naive twin, and the routes of all to all under some measures."""

    def __init__(self, make: Any) -> None:
        self.networks = {network.asn: network for network in make.networks()}
        self.numbers = sorted(self.networks)
        self.place = {number: place for place, number in enumerate(self.numbers)}
        self.links = make.links()
        self.members = {n.asn for n in self.networks.values() if n.state in {"XA", "XC"}}
        self.before = self.routes()

    def routes(
        self, cut: Callable[[int, int], bool] = lambda _a, _b: False, duties: list[naive.Duty] | None = None
    ) -> dict[tuple[int, int], tuple[int, ...]]:
        """Return the paths of all pairs that have a route, from source to destination, as AS numbers."""
        left = [(a, b, relation) for a, b, relation, _ in self.links if not cut(a, b)]
        graph = naive.Graph(
            len(self.numbers),
            [(self.place[a], self.place[b]) for a, b, relation in left if relation == -1],
            [(self.place[a], self.place[b]) for a, b, relation in left if relation == 0],
        )
        found = {}
        for destination in range(graph.n):
            for source, route in enumerate(naive.routes(graph, destination, duties or [])):
                if route and source != destination:
                    path = tuple(self.numbers[place] for place in route.path)
                    found[path[0], path[-1]] = path
        return found

    def refused(self, members: set[int], named: set[int]) -> naive.Duty:
        """Return that members take no route on which a named network stands."""
        return naive.Duty({self.place[a] for a in members - named}, {self.place[a] for a in named})

    def states(self, ends: tuple[int, int]) -> tuple[str, str]:
        """Return the states of both ends."""
        return self.networks[ends[0]].state, self.networks[ends[1]].state

    def through(self, routes: dict[tuple[int, int], tuple[int, ...]], code: str) -> int:
        """Return how many pairs have a network of a state strictly between their ends."""
        return sum(any(self.networks[a].state == code for a in path[1:-1]) for path in routes.values())


@pytest.fixture(scope="module")
def small(make: Any) -> Small:
    """Return the small Internet with its routes."""
    return Small(make)


def test_the_files_are_what_the_script_makes(make: Any) -> None:
    """Each file that is made is there, byte for byte."""
    made = make.files()
    assert {"made-up.as-rel2.txt", "ases.csv", "parties.csv"} == set(made)
    for name, text in made.items():
        assert text.encode() == (FOLDER / name).read_bytes(), f"run examples/small-internet/make.py again: {name}"


def test_nothing_in_it_is_anybodys(make: Any) -> None:
    """AS numbers are for private use (RFC 6996), states are none of ISO 3166-1, and every file says it is made up."""
    numbers = {network.asn for network in make.networks()} | {make.EXCHANGE}
    assert all(64512 <= number <= 65534 and "RFC 6996" in asns.names_no_party(str(number)) for number in numbers)
    assert all(re.fullmatch("X[A-Z]", code) and code not in state.CODES for code in make.STATES)
    for path in sorted(FOLDER.iterdir()):
        if path.is_dir():
            continue
        text = path.read_text(encoding="utf-8")
        assert re.search("made[- ]up", text, re.IGNORECASE), path.name
        if path.suffix == ".csv":
            assert {"made up"} == {row["note"] for row in csv.DictReader(text.splitlines())}


def test_numbers_of_the_readme(make: Any) -> None:
    """The README counts networks, links, states and doubtful links as they are."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    links = make.links()
    assert f"{len(make.networks())} networks, {len(links)} links, six states" in text
    assert len(make.STATES) == 6
    assert f"{make.networks()[0].asn} to {make.networks()[-1].asn}" in text
    assert sum(method == "mlp" for *_, method in links) == 9
    assert len({frozenset(link[:2]) for link in links}) == len(links)


def test_everybody_reaches_everybody_before(small: Small) -> None:
    """Before any measure all pairs have a route."""
    n = len(small.numbers)
    assert n * (n - 1) == len(small.before)


def test_direct_links_hardly_matter_but_to_who_has_no_other(small: Small) -> None:
    """Without direct links only Arvenia Islands, and who buys from it alone, lose pairs; Delmar's transit doubles.

    They keep each other, and who else buys from it.
    """

    def cut(a: int, b: int) -> bool:
        return BELLORIA in {a, b} and bool(small.members & {a, b})

    after = small.routes(cut)
    behind = {ISLANDS} | {n.asn for n in small.networks.values() if n.providers == (ISLANDS,)}
    lost = set(small.before) - set(after)
    kept = {n.asn for n in small.networks.values() if ISLANDS in n.providers}
    assert lost == {ends for ends in small.before if len(behind & set(ends)) == 1 and not kept >= set(ends) - behind}
    assert len(behind) == 4
    assert small.through(after, "XD") > 2 * small.through(small.before, "XD")


def test_indirect_refusal_takes_the_cone(small: Small) -> None:
    """With a filter none of Arvenia or Corvale has a route to Estwick, while Estwick keeps most of its own to them."""
    after = small.routes(duties=[small.refused(small.members, {BELLORIA})])
    to_estwick = [
        ends for ends in small.before if small.states(ends)[0] in {"XA", "XC"} and small.states(ends)[1] == "XE"
    ]
    assert to_estwick
    assert not any(ends in after for ends in to_estwick)
    back = [(b, a) for a, b in to_estwick]
    assert sum(ends in after for ends in back) > 0.8 * len(back)
    belloria = {b for a, b in after if a in small.members and small.networks[b].state == "XB"}
    assert belloria == {UNITY} | {n.asn for n in small.networks.values() if n.state == "XB" and UNITY in n.providers}


def test_an_answer_takes_the_other_direction(small: Small, make: Any) -> None:
    """Where Belloria answers, Estwick has no route to Arvenia or Corvale either."""
    owned = {
        n.asn for n in small.networks.values() if make.OWNERS.get(n.party, ("",))[0] in {"state-xb", "belloria-telecom"}
    }
    assert {BELLORIA, 64530, ESTWICK} == owned
    home = {n.asn for n in small.networks.values() if n.state == "XB"}
    duties = [small.refused(small.members, owned), small.refused(home, small.members)]
    after = small.routes(duties=duties)
    for one, other in (("XE", "XA"), ("XE", "XC"), ("XA", "XE"), ("XC", "XE")):
        assert not any(small.states(ends) == (one, other) for ends in after)


def test_without_the_way_around_only_those_below_are_left(small: Small) -> None:
    """If those refuse it too whom the pact holds or sells to, Belloria Telecom reaches nobody but who is below it."""
    bound = {DELMAR, FARHOLM_NET, FARHOLM_OCEAN} | small.members
    after = small.routes(lambda a, b: BELLORIA in {a, b} and bool(bound & {a, b}))
    below = {BELLORIA}
    while True:
        more = {n.asn for n in small.networks.values() if below & set(n.providers)} - below - bound
        if not more:
            break
        below |= more
    assert below - {BELLORIA} == {b for a, b in after if a == BELLORIA}
    assert {"XB", "XE"} == {small.networks[number].state for number in below}


@pytest.mark.slow
def test_the_simulation_loses_the_pairs_that_naive_routes_lose(small: Small, make: Any, tmp_path: Path) -> None:
    """Of each scenario file but the last, as many pairs are lost as by the naive twin, and as much length is added."""
    make.world(tmp_path / "world")
    world = store.load(tmp_path / "world")
    home = {n.asn for n in small.networks.values() if n.state == "XB"}
    owned = {BELLORIA, 64530, ESTWICK}
    expected = {
        "depeer": small.routes(lambda a, b: BELLORIA in {a, b} and bool(small.members & {a, b})),
        "filter": small.routes(duties=[small.refused(small.members, {BELLORIA})]),
        "mirror": small.routes(duties=[small.refused(small.members, owned), small.refused(home, small.members)]),
    }
    for name, after in expected.items():
        found = asking.simulate(
            make.DAY, world, topology=FOLDER / "made-up.as-rel2.txt", scenario_file=FOLDER / f"{name}.yaml",
            ranges=False, transit=False,
        )  # fmt: skip
        figures = {figure.id: figure.value for figure in found.figures}
        assert len(small.before) - len(after) == figures["pairs-lost"]
        added = sum(len(path) - len(small.before[ends]) for ends, path in after.items())
        assert figures["length-added"] == pytest.approx(added / len(after))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_are_plain_yaml(name: str) -> None:
    """Each scenario file is read by the form of all our files, and names somebody, members and an action."""
    told = yamlfile.load_document(FOLDER / f"{name}.yaml").value
    assert {"title", "named", "coalition", "action"} <= set(told)


def test_the_world_is_one(make: Any, tmp_path: Path) -> None:
    """The script makes a world that opens, with the facts that ship, in which Belloria holds Estwick's carrier."""
    target = tmp_path / "world"
    subprocess.run([sys.executable, "-B", str(FOLDER / "make.py"), str(target)], check=True)
    world = store.load(target)
    assert store.notes(target) == []
    held = {row["value"]: row["registered"] for row in world.table("registration").iter_rows(named=True)}
    assert held == {str(n.asn): n.state or None for n in make.networks()}
    assert world.table("adjacency").height == len(make.links())
    above = control.graph(world, make.DAY).statements.filter(owned="estwick-telecom")
    assert {"belloria-telecom", "dispersed"} == set(above["owner"])
    assert set(store.shipped().table("party")["id"]) < set(world.table("party")["id"])
    assert set((FOLDER / "README.md").parent.iterdir()) == {FOLDER / name for name in (
        "README.md", "make.py", "made-up.as-rel2.txt", "ases.csv", "parties.csv", *(f"{s}.yaml" for s in SCENARIOS)
    )}  # fmt: skip
