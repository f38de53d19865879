"""What passes over ASes and groups, against whole paths of the naive twin, one pair after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import naive
import numpy as np
import pytest
from graphs import topology_of

from crossline.internet.graph import asrel
from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import measures, rows, transit

SHARED = Path(__file__).parents[3] / "shared" / "data" / "topology"


@dataclass
class Told:
    """What the twin's paths add up to."""

    by_as: np.ndarray
    through: np.ndarray
    by_source: np.ndarray
    foreign: np.ndarray
    links: float  # the sum over pairs of what they weigh times (length - 1)


def twin(
    graph: naive.Graph, weight: np.ndarray, group: np.ndarray, duties: list[naive.Duty], prefer: list[int] | None = None
) -> Told:
    """Follow the path of each pair."""
    told = Told(np.zeros(graph.n), np.zeros((256, 256)), np.zeros((256, 256)), np.zeros(256), 0.0)
    for d in range(graph.n):
        for route in naive.routes(graph, d, duties, prefer):
            if route is None or len(route.path) == 1:
                continue
            s, *between, _ = route.path
            pair = weight[s] * weight[d]
            told.links += pair * len(between)
            for u in between:
                told.by_as[u] += pair
            for g in {int(group[u]) for u in between} - {0}:
                told.through[group[d], g] += pair
                told.by_source[group[s], g] += pair
                if g not in (group[s], group[d]):
                    told.foreign[g] += pair
    return told


def same(found: transit.GroupTransit, told: Told) -> None:
    """All three tables are equal, exactly."""
    np.testing.assert_array_equal(found.through, told.through)
    np.testing.assert_array_equal(found.by_source, told.by_source)
    np.testing.assert_array_equal(found.foreign, told.foreign)


def drawn(rng: np.random.Generator, size: int = 70) -> tuple[naive.Graph, np.ndarray, np.ndarray]:
    """Return a random graph, weights (some 0) and a few groups (some ASes in none): paths come back to them."""
    graph = naive.random_graph(rng, int(rng.integers(4, size)), providers=1 + rng.random() * 2, peers=rng.random() * 2)
    group = rng.integers(0, (3, 5, 40)[int(rng.integers(3))], graph.n)
    return graph, rng.integers(0, 9, graph.n).astype(np.float64), group


@pytest.mark.parametrize("seed", range(30))
def test_sums_are_those_of_the_naive_twins_paths(seed: int) -> None:
    """By AS and by group, whatever next hop is preferred, stubs merged or not; over ASes they sum to links less 1."""
    rng = np.random.default_rng(seed)
    graph, weight, group = drawn(rng)
    topology, prefer = topology_of(graph), ("lowest", "highest", 3)[seed % 3]
    made = rows.build(topology, group, prefer, merge=seed % 4 != 0)
    told = twin(graph, weight, group, [], rows.preferred(topology, prefer).tolist())
    by_as = transit.transit_by_as(made, weight)
    np.testing.assert_array_equal(by_as, told.by_as)
    assert by_as.sum() == told.links
    same(transit.transit_by_group(made, weight, group, sources=True), told)


def scenario(rng: np.random.Generator, n: int) -> measures.Measures:
    """Return random duties of both kinds, and ASes that are gone."""
    duties = []
    for _ in range(int(rng.integers(0, 4))):
        members, named = rng.random(n) < rng.choice([0.1, 0.5]), rng.random(n) < rng.choice([0.05, 0.2])
        duties.append(measures.Duty(members, named, str(rng.choice(["filter", "depeer"])), "test"))  # type: ignore[arg-type]
    return measures.Measures(tuple(duties), rng.random(n) < rng.choice([0.0, 0.0, 0.1]))


def after(graph: naive.Graph, taken: measures.Measures) -> tuple[naive.Graph, list[naive.Duty]]:
    """Return the twin's graph without the links that are gone, and its duties."""

    def cut(a: int, b: int) -> bool:
        if taken.removed[a] or taken.removed[b]:
            return True
        return any(
            duty.members[x] and not duty.named[x] and duty.named[y]
            for duty in taken.duties
            if duty.action == "depeer"
            for x, y in ((a, b), (b, a))
        )

    duties = [
        naive.Duty(set(np.flatnonzero(d.members & ~d.named).tolist()), set(np.flatnonzero(d.named).tolist()))
        for d in taken.filters
    ]
    links = [link for link in graph.transit if not cut(*link)], [link for link in graph.peers if not cut(*link)]
    return naive.Graph(graph.n, *links), duties


@pytest.mark.parametrize("seed", range(60))
def test_before_and_after_are_those_of_the_naive_twin(seed: int) -> None:
    """One sweep over both sides gives what each alone gives, under refusals, cut links and ASes that are gone."""
    rng = np.random.default_rng(1000 + seed)
    graph, weight, group = drawn(rng, 90 if seed % 5 == 0 else 50)
    other, taken = rng.integers(0, 4, graph.n), scenario(rng, graph.n)
    # A reading that differs from the first in numbers throughout, and in who is of a group here and there.
    nearly = np.where((group > 0) & (rng.random(graph.n) < (0.0, 0.05)[seed % 2]), 1, group) + 7 * (group > 0)
    readings = [group, other, nearly]
    label = measures.labels(readings)
    enacted = measures.enact(topology_of(graph), taken, label)
    found = transit.compare(enacted, weight, readings, sources=True)
    without = transit.compare(enacted, weight, readings)
    later, duties = after(graph, taken)
    for state, bare, its, those in (
        (found.before, without.before, graph, []),
        (found.after, without.after, later, duties),
    ):
        for reading, numbers in enumerate(readings):
            told = twin(its, weight, numbers, those)
            same(state.by_group[reading], told)
            np.testing.assert_array_equal(bare.by_group[reading].through, told.through)
            np.testing.assert_array_equal(bare.by_group[reading].foreign, told.foreign)
        np.testing.assert_array_equal(state.by_as, told.by_as)
        assert state.by_as.sum() == told.links
    alone = transit.transit_by_as(enacted.after, weight, named=enacted.named, refuse=enacted.refuse)
    np.testing.assert_array_equal(alone, found.after.by_as)
    one = transit.transit_by_group(enacted.after, weight, group, named=enacted.named, refuse=enacted.refuse)
    np.testing.assert_array_equal(one.through, found.after.by_group[0].through)
    np.testing.assert_array_equal(one.foreign, found.after.by_group[0].foreign)
    assert one.by_source is None
    np.testing.assert_array_equal(transit.compare(enacted, weight).after.by_as, found.after.by_as)


def ladder(n: int) -> naive.Graph:
    """Return a chain of providers with a stub under each: paths of many different ASes."""
    return naive.Graph(2 * n, [(i, i + 1) for i in range(n - 1)] + [(i, n + i) for i in range(n)], [])


@pytest.mark.parametrize("groups", [2, 7, 9, 17, 33, 40, 255])
def test_paths_with_many_groups_are_counted_once_a_pair(groups: int) -> None:
    """Along a chain of 45 ASes, paths pass up to 45 groups, or the same few over and over; each counts once."""
    graph = ladder(45)
    group = np.arange(graph.n) % groups + 1
    group[::13] = 0
    weight = np.arange(graph.n) % 5.0
    made = rows.build(topology_of(graph), group)
    same(transit.transit_by_group(made, weight, group, sources=True), twin(graph, weight, group, []))


@pytest.mark.parametrize(
    ("scale", "exact"), [(1.0, True), (1e6, True), (1e9, False), (1 / 64, True), (2.0**40, True), (1 / 3, False)]
)
def test_weights_of_any_size(scale: float, exact: bool) -> None:
    """Numbers whose sums fit in 53 bits come out to the last bit, above 2^32 too; others to rounding."""
    rng = np.random.default_rng(5)
    graph, weight, group = drawn(rng, 60)
    weight *= scale
    made = rows.build(topology_of(graph), group)
    told, found = twin(graph, weight, group, []), transit.transit_by_group(made, weight, group, sources=True)
    by_as = transit.transit_by_as(made, weight)
    if exact:
        same(found, told)
        np.testing.assert_array_equal(by_as, told.by_as)
    np.testing.assert_allclose(by_as, told.by_as, rtol=1e-12)
    np.testing.assert_allclose(found.through, told.through, rtol=1e-12)


def test_the_whole_of_32_bits_is_carried() -> None:
    """Weights that add up to one less than 2^32 pass in whole numbers without a loss."""
    graph = naive.Graph(4, [(0, 1), (1, 2), (0, 3)], [])
    weight = np.array([2.0**32 - 2, 0.0, 1.0, 0.0])
    assert transit.transit_by_as(rows.build(topology_of(graph)), weight).tolist() == [0.0, 2.0**33 - 4, 0.0, 0.0]


def test_threads_change_nothing() -> None:
    """Sums of fractions are the same to the last bit with one thread and with three."""
    rng = np.random.default_rng(9)
    graph = naive.random_graph(rng, 3000, providers=1.6, peers=1.0)
    made = rows.build(topology_of(graph), np.arange(graph.n))
    weight = rng.random(graph.n)
    one, three = (transit.transit_by_as(made, weight, threads=count) for count in (1, 3))
    assert (one == three).all()
    assert one.max() > 0


def test_a_scenario_that_changes_nothing_is_seen() -> None:
    """Where no member and no named AS stands, no batch is worked on twice, and after is before."""
    graph = naive.random_graph(np.random.default_rng(2), 300)
    nobody = np.zeros(graph.n, np.bool_)
    enacted = measures.enact(
        topology_of(graph),
        measures.Measures((measures.Duty(nobody, nobody, "filter", "test"),), nobody),
        np.zeros(300, int),
    )
    found = transit.compare(enacted, np.ones(graph.n))
    assert (found.batches, found.of) == (0, -(-enacted.before.size // 64))
    np.testing.assert_array_equal(found.before.by_as, found.after.by_as)


def test_what_cannot_be_done_is_said() -> None:
    """Weights and groups that are none, rows of mixed groups and graphs with too long routes each get a message."""
    graph = naive.Graph(3, [(0, 1), (0, 2)], [])
    made = rows.build(topology_of(graph))
    ones = np.ones(3)
    with pytest.raises(ValueError, match="as many weights"):
        transit.transit_by_as(made, np.ones(4))
    with pytest.raises(ValueError, match="below 0"):
        transit.transit_by_as(made, np.array([1.0, -1.0, 1.0]))
    with pytest.raises(ValueError, match="below 0"):
        transit.transit_by_as(made, np.array([1.0, np.nan, 1.0]))
    with pytest.raises(ValueError, match="from 0 to 255"):
        transit.transit_by_group(made, ones, np.array([0, 256, 256]))
    with pytest.raises(ValueError, match="in one row"):
        transit.transit_by_group(made, ones, np.array([1, 1, 2]))
    with pytest.raises(ValueError, match="whole numbers"):
        transit.transit_by_group(made, ones, np.array([1.0, 1.5, 2.0]))
    long = rows.build(topology_of(naive.Graph(90, [(i, i + 1) for i in range(89)], [])))
    with pytest.raises(TopologyError, match="62 links"):
        transit.transit_by_as(long, np.ones(90))


def test_progress_is_told_and_memory_is_foreseen() -> None:
    """The caller hears what is done, from 0 to 1, never back; more sides, groupings and threads want more memory."""
    heard: list[tuple[str, float]] = []
    graph = naive.random_graph(np.random.default_rng(4), 4000)
    made = rows.build(topology_of(graph), np.arange(graph.n))
    transit.transit_by_as(made, np.ones(graph.n), say=lambda what, part: heard.append((what, part)))
    parts = [part for _, part in heard]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    group = np.ones(graph.n, np.int64)
    one = transit.memory_bytes(made, threads=1)
    assert 0 < one < transit.memory_bytes(made, threads=2) < transit.memory_bytes(made, threads=2, paired=True)
    assert transit.memory_bytes(made, [group], threads=1) < transit.memory_bytes(made, [group, group], threads=1)


@pytest.mark.slow
def test_the_full_graph_of_2025_adds_up() -> None:
    """Over all ASes, what passes is the sum over all pairs reached of links less one, 21,461,983,532."""
    file = SHARED / "20250901.as-rel2.txt.bz2"
    if not file.is_file():
        pytest.skip("../shared/data/topology is absent")
    made = rows.build(asrel.read(file))
    assert transit.transit_by_as(made, np.ones(len(made.row))).sum() == 21_461_983_532
