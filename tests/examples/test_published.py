"""The scenarios of examples/published do what their titles say; what is counted on routes is counted right."""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from crossline.internet import simulation
from crossline.internet.graph import asrel
from crossline.internet.routing import paths
from crossline.internet.scenarios import scenario
from crossline.world import SCHEMAS, World, store
from internet import graphs, naive
from miniature import table

if TYPE_CHECKING:
    from types import ModuleType

    from crossline.internet.graph.topology import Topology

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "published"
PAGE = FOLDER.parents[1] / "docs" / "explanations" / "consequences.md"
FILES = sorted(FOLDER.glob("*.yaml"))
DAY = date(2025, 9, 1)
# Networks with the states under which their numbers stand. Above them all AS3320 and AS6453; two carriers of each of
# three states below; the four companies; and who buys from one of them alone.
PLACED = {
    3320: "DE", 6453: "IN", 174: "US", 3356: "US", 4134: "CN", 4837: "CN", 36678: "US", 12389: "RU", 31133: "RU",
    2856: "GB", 714: "US", 15169: "US", 32934: "US", 13414: "US", 64496: "CN", 64497: "US", 64498: "RU", 64499: "BR",
    2119: "NO", 5384: "AE", 7473: "SG", 64500: "KR",
}  # fmt: skip
TRANSIT = [
    (3320, 174), (6453, 174), (3320, 3356), (6453, 4134), (3320, 4837), (6453, 4837), (4134, 36678), (3320, 12389),
    (6453, 31133), (3356, 31133), (3320, 2856), (174, 714), (3356, 15169), (174, 32934), (3356, 13414), (4134, 64496),
    (174, 64497), (12389, 64498), (3356, 64499), (3320, 2119), (6453, 5384), (6453, 7473), (4134, 64500),
]  # fmt: skip
PEERS = [(3320, 6453), (174, 4134), (174, 4837), (174, 12389), (2856, 12389), (15169, 4837)]


def load(name: str) -> ModuleType:
    """Return a script of the folder as a module, and leave nothing beside it."""
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    found = importlib.util.spec_from_file_location(f"published_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    path = list(sys.path)
    found.loader.exec_module(module)
    sys.dont_write_bytecode, sys.path[:] = kept, path
    return module


@pytest.fixture(scope="module")
def run() -> Any:
    """Return the script that runs everything."""
    return load("run")


@pytest.fixture(scope="module")
def walks() -> Any:
    """Return what counts along routes."""
    return load("walks")


def tiny() -> Topology:
    """Return the tiny graph, of the day of the later real one."""
    number = {asn: place for place, asn in enumerate(sorted(PLACED))}
    graph = naive.Graph(
        len(number), [(number[a], number[b]) for a, b in TRANSIT], [(number[a], number[b]) for a, b in PEERS]
    )
    return replace(graphs.topology_of(graph), asn=np.array(sorted(PLACED), np.uint32), edition=DAY)


def world() -> World:
    """Return the facts that ship, and a registry's word for each network of the tiny graph."""
    shipped = store.shipped()
    held = [{"type": "asn", "value": str(asn), "registered": code, "seen": DAY} for asn, code in PLACED.items()]
    tables = {name: shipped.table(name) for name in SCHEMAS}
    tables["registration"] = pl.concat([tables["registration"], table("registration", held)])
    return World(tables)


def answered(name: str) -> simulation.Outcome:
    """Return what a scenario of the folder does to the tiny graph."""
    return simulation.run(
        simulation.Question(
            tiny(), world(), scenario.load(FOLDER / f"{name}.yaml"), DAY, ranges=False, transit=False, accept_stale=True
        )
    )


def naive_routes(graph: naive.Graph) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return the path from each source to each destination, by the naive twin."""
    found = {}
    for destination in range(graph.n):
        for source, route in enumerate(naive.routes(graph, destination)):
            if route and source != destination:
                found[source, destination] = route.path
    return found


@pytest.mark.parametrize("seed", range(12))
def test_what_is_counted_on_routes_against_naive_routes(walks: Any, seed: int) -> None:
    """Routes, hops, third states, foreign ones and who is passed are as on the naive twin's whole paths."""
    rng = np.random.default_rng(seed)
    graph = naive.random_graph(rng, 40)
    code = [None if rng.random() < 0.15 else "ABCD"[int(rng.integers(4))] for _ in range(graph.n)]
    beside = rng.random(graph.n) < 0.2
    sources, destinations = rng.permutation(graph.n)[:25], rng.permutation(graph.n)[:15]
    states = walks.States.of(pl.Series(code, dtype=pl.String))
    found = walks.walk(paths.routing(graphs.topology_of(graph)), states, destinations, sources, beside)
    routes = naive_routes(graph)
    wanted = {"pairs": 0, "reached": 0, "hops": 0, "known": 0, "third": 0, "foreign": 0}
    passing = dict.fromkeys("ABCD", 0)
    for source, destination in itertools.product(sources.tolist(), destinations.tolist()):
        if source == destination:
            continue
        wanted["pairs"] += 1
        if (source, destination) not in routes:
            continue
        path = routes[source, destination]
        wanted["reached"] += 1
        wanted["hops"] += len(path) - 1
        for state in {code[a] for a in path[1:-1]} - {None}:
            passing[state] += 1
        if code[source] and code[destination]:
            met = {code[a] for a in path[1:-1] if not beside[a]} - {None}
            wanted["known"] += 1
            wanted["third"] += bool(met - {code[source], code[destination]})
            wanted["foreign"] += bool(met - {code[source]})
    assert wanted == {name: getattr(found, name) for name in wanted}
    assert passing == {name: int(found.passing[states.codes.index(name)]) for name in passing if name in states.codes}


def test_the_single_homed_cone_of_a_hand_made_graph(walks: Any) -> None:
    """Below AS0: 2 buys from it alone, 3 from 2; 4 buys from another too, 5 from 4, and neither is in the cone."""
    graph = naive.Graph(7, [(0, 2), (2, 3), (0, 4), (1, 4), (4, 5), (0, 6), (3, 6)], [(2, 1)])
    named = np.zeros(7, np.bool_)
    named[0] = True
    found = np.flatnonzero(walks.only_below(graphs.topology_of(graph), named)).tolist()
    assert found == [2, 3, 6]


def test_draws_are_the_same_each_time(walks: Any) -> None:
    """A draw is of distinct places, in order, the same at each call, and of all where there are few."""
    some = walks.drawn(np.arange(1000), 50)
    assert some.tolist() == walks.drawn(np.arange(1000), 50).tolist() == sorted(set(some.tolist()))
    assert len(some) == 50
    assert walks.drawn(np.arange(7), 50).tolist() == list(range(7))


def test_every_file_is_run_and_told_of(run: Any) -> None:
    """Each scenario file is run by the script, stands in the README, and has a comment and a title of its own."""
    ran = {*run.SCENARIOS, *run.RUSSIA, *run.REMOVED, *run.SWEPT}
    assert ran == {file.stem for file in FILES}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    titles = set()
    for file in FILES:
        assert f"[{file.name}]({file.name})" in readme
        assert file.read_text(encoding="utf-8").startswith("# ")
        titles.add(scenario.load(file).title)
    assert len(titles) == len(FILES)


def test_mirrors_are_the_same_with_sides_exchanged() -> None:
    """Each mirror file is its twin with those who refuse and those refused exchanged, and nothing else."""
    for action in ("direct", "indirect"):
        one, other = (scenario.load(FOLDER / f"{name}-{action}.yaml") for name in ("states", "mirror"))
        assert one.action == other.action
        assert [s.values for s in one.named] == [s.values for s in other.coalition]
        assert [s.values for s in one.coalition] == [s.values for s in other.named]


def test_direct_and_indirect_differ_in_the_action_alone() -> None:
    """Each file that bans indirect links is the one that bans direct ones with `filter` in the place of `depeer`."""
    pairs = [(f"direct-{name}", f"indirect-{name}") for name in ("us", "dated", "all")]
    pairs += [(f"{name}-direct", f"{name}-indirect") for name in ("states", "mirror", "four-companies", "russia-west")]
    pairs += [("western-firewall-direct", "western-firewall")]
    for direct, indirect in pairs:
        one, other = scenario.load(FOLDER / f"{direct}.yaml"), scenario.load(FOLDER / f"{indirect}.yaml")
        assert (one.action, other.action) == ("depeer", "filter")
        for side in ("named", "coalition"):
            told = [[s.words for s in getattr(read, side)] for read in (one, other)]
            assert told[0] == told[1]
        assert one.sanctions == other.sanctions


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_scenario_runs_on_a_tiny_internet(file: Path) -> None:
    """On a tiny graph of the networks meant each names somebody, binds somebody, and gains no pair."""
    found = answered(file.stem)
    tables = found.main.tables
    assert found.cast.measures.removed.any() or (
        found.cast.blocs["named"].any() and found.cast.blocs["coalition"].any()
    )
    assert tables.after_reached[0].sum() == tables.reached[0].sum() - tables.lost[0].sum()
    assert tables.reached[0].sum() > 0


@pytest.mark.slow
def test_a_direct_cut_and_its_mirror_are_one_cut_and_lose_what_naive_routes_lose() -> None:
    """State against state and the reverse cut the same links: both lose the pairs that naive routes lose."""
    asn = sorted(PLACED)
    place = {number: at for at, number in enumerate(asn)}
    sides = {"US", "CN"}

    def left(links: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(place[a], place[b]) for a, b in links if {PLACED[a], PLACED[b]} != sides]

    whole = naive.Graph(len(asn), [(place[a], place[b]) for a, b in TRANSIT], [(place[a], place[b]) for a, b in PEERS])
    lost = len(naive_routes(whole)) - len(naive_routes(naive.Graph(len(asn), left(TRANSIT), left(PEERS))))
    assert lost > 0
    for name in ("states-direct", "mirror-direct"):
        assert lost == answered(name).main.tables.lost[0].sum()


@pytest.mark.slow
def test_the_indirect_ban_takes_the_cone_that_the_direct_one_leaves() -> None:
    """AS64500 has no way up but AS4134: with direct links cut US networks reach it, with a filter none does."""
    for name, reached in (("direct-us", 7), ("indirect-us", 0)):
        found = answered(name)
        asn = found.question.topology.asn.tolist()
        held = paths.routing(found.question.topology, found.cast.measures)
        us = [asn.index(number) for number, code in PLACED.items() if code == "US" and number != 36678]
        ways = paths.paths(held, asn.index(64500), np.array(us))
        assert reached == sum(way is not None for way in ways)


def table_names(page: str) -> list[str]:
    """Return the names of the tables that a page has places for."""
    return re.findall(r"^<!-- table (\S+) -->$", page, re.MULTILINE)


@pytest.fixture(scope="module")
def tables(run: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return all tables of the tiny graph, as of the later real one and as of the earlier."""
    file = tmp_path_factory.mktemp("graph") / "20250901.as-rel2.txt"
    lines = [f"{a}|{b}|-1|bgp" for a, b in TRANSIT] + [f"{a}|{b}|0|{'mlp' if a == 2856 else 'bgp'}" for a, b in PEERS]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    graph, known = asrel.read(file), world()
    later, stale = (run.Ground(file, graph, known, given) for given in (False, True))
    made = [
        run.graphs([later, stale]), run.sides(later, stale, run.SCENARIOS), run.cone(later), run.third_states(later),
        run.scenarios(later, stale, run.SCENARIOS, "scenarios"), run.scenarios(later, stale, run.RUSSIA, "russia"),
        run.scenarios(later, None, run.RUSSIA, "earlier"), run.removed(later, stale), run.swept(stale),
        run.losers(later, stale, run.RUSSIA),
        run.side_by_side(run.studies(later, "2025-09-01")),
    ]  # fmt: skip
    return {table.name: table for table in made}


@pytest.mark.slow
def test_all_tables_are_made_and_have_the_heads_of_the_page(run: Any, tables: dict[str, Any]) -> None:
    """Every table comes out on the tiny graph, each line as wide as its heads, which are those of the page."""
    page = PAGE.read_text(encoding="utf-8")
    assert set(run.TABLES) == set(tables)
    for name, made in tables.items():
        assert {len(line) for line in made.lines} == {len(made.heads)}
        heads = made.markdown().splitlines()[0]
        if name == "studies":  # the page has a column for each graph
            heads = heads.removesuffix(" |")
        assert f"<!-- table {name} -->\n\n{heads}" in page


@pytest.mark.slow
def test_figures_of_the_tiny_internet(tables: dict[str, Any]) -> None:
    """What can be counted by hand on the tiny graph stands in its tables."""
    rows = {line[0]: dict(zip(tables["cone"].heads, line, strict=True)) for line in tables["cone"].lines}
    # AS64500 and AS64496 buy from AS4134 alone; US networks keep their way to both around, and lose it by a filter.
    assert {row["networks that have no other way up"] for row in rows.values()} == {"2"}
    reach = "US networks reach them"
    assert [rows[name][reach] for name in ("before", "direct-us", "indirect-us")] == ["100.00 %", "100.00 %", "0.00 %"]
    (whole, direct, states, _) = [line for line in tables["between"].lines if line[1] == "US to CN"]
    third = tables["between"].heads.index("a third state between")
    # Before, only AS36678's own way up (to AS4134) and AS174's peers are direct; with all direct links cut none is.
    assert states[third] == "100.0 %"
    assert float(whole[third].split()[0]) < float(direct[third].split()[0]) <= 100


def test_tables_are_put_where_the_page_has_them(run: Any) -> None:
    """A table takes the place of the one below its comment, to the byte, and of no other; a missing place is told."""
    page = "Text\n\n<!-- table a -->\n\n| x |\n| --- |\n| 1 |\n\nMore\n\n<!-- table b -->\n\n| y |\n| --- |\n| 2 |\n"
    a = run.Table("a", ("x", "z"), (("3", "4"),))
    put = run.placed(page, [a])
    assert put == page.replace("| x |\n| --- |\n| 1 |", "| x | z |\n| --- | --- |\n| 3 | 4 |")
    assert run.placed(put, [a]) == put
    with pytest.raises(SystemExit, match="'c'"):
        run.placed(page, [run.Table("c", ("x",), ())])


def test_the_page_has_a_row_for_each_scenario(run: Any) -> None:
    """Each table on the page is full, and each scenario that the script runs has its row there."""
    page = PAGE.read_text(encoding="utf-8")
    assert set(run.TABLES) == set(table_names(page))
    for name in table_names(page):
        rows = page.partition(f"<!-- table {name} -->\n\n")[2].partition("\n\n")[0].splitlines()
        assert len(rows) > 2, name
        assert len({row.count("|") for row in rows}) == 1, name
    for name in (*run.SCENARIOS, *run.RUSSIA):
        assert f"| [{name}](../../examples/published/{name}.yaml) |" in page
    for name in (*run.REMOVED, *run.SWEPT):
        assert f"| {name} |" in page
