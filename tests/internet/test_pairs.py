"""Sums over all pairs, against sums over the naive twin's routes before and after, and against themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import naive
import numpy as np
import pytest
from graphs import topology_of

from crossline.internet.graph.topology import Topology, TopologyError
from crossline.internet.routing import choosing, measures, pairs, rows

SHARED = Path(__file__).parents[3] / "shared" / "data" / "topology"
TABLES = ("pairs", "reached", "length", "after_reached", "lost", "lost_ends", "added", "longer", "shorter")
SIDES = ("reached_from", "reached_to", "lost_from", "lost_to", "added_from", "added_to")


@dataclass
class Case:
    """A graph, what is done to it, and how ASes are grouped and weighed."""

    graph: naive.Graph
    duties: list[measures.Duty]
    removed: np.ndarray
    group: np.ndarray
    groups: int
    weights: np.ndarray

    def enacted(self, *, merge: bool = True) -> measures.Enacted:
        """Return what kernels get; without merging, each AS is a group of its own while rows are made."""
        graph = topology_of(self.graph)
        taken = measures.Measures(tuple(self.duties), self.removed)
        if merge:
            return measures.enact(graph, taken, self.group)
        apart = measures.enact(graph, taken, np.arange(self.graph.n))
        group = self.group[apart.before.first]
        return measures.Enacted(apart.before, apart.after, apart.named, apart.refuse, apart.ends, group)

    def cut(self) -> naive.Graph:
        """Return the twin's graph without the links that are gone."""

        def stays(a: int, b: int) -> bool:
            if self.removed[a] or self.removed[b]:
                return False
            cuts = [duty for duty in self.duties if duty.action == "depeer"]
            members = [(duty.members & ~duty.named, duty.named) for duty in cuts]
            return not any((m[a] and n[b]) or (m[b] and n[a]) for m, n in members)

        return naive.Graph(
            self.graph.n,
            [link for link in self.graph.transit if stays(*link)],
            [link for link in self.graph.peers if stays(*link)],
        )

    def lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """Return hops from source to destination before and after, -1 for none, (N, N) each, by the naive twin."""
        filters = [
            naive.Duty(
                set(np.flatnonzero(duty.members & ~duty.named).tolist()), set(np.flatnonzero(duty.named).tolist())
            )
            for duty in self.duties
            if duty.action == "filter"
        ]
        found = []
        for graph, duties in ((self.graph, []), (self.cut(), filters)):
            each = [naive.routes(graph, d, duties) for d in range(graph.n)]
            found.append(
                np.array(
                    [[len(each[d][s].path) - 1 if each[d][s] else -1 for d in range(graph.n)] for s in range(graph.n)]
                )
            )
        return found[0], found[1]


def random_case(seed: int, size: tuple[int, int] = (5, 60), weightings: int = 2) -> Case:
    """Return a random graph with random duties, groups and weights."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(*size))
    graph = naive.random_graph(rng, n, 1 + rng.random(), rng.random() * 2)
    # Some stubs that are alike, in all that is drawn below too, for classes to stand for several ASes.
    above = rng.integers(0, n, n // 3) // 4
    graph = naive.Graph(n + len(above), graph.transit + [(int(p), n + i) for i, p in enumerate(above)], graph.peers)
    like = np.concatenate([np.arange(n), above])
    n, groups = graph.n, int(rng.integers(1, 6))

    def duty(action: str) -> measures.Duty:
        return measures.Duty(
            (rng.random(n) < rng.random())[like], (rng.random(n) < 0.5 * rng.random())[like], action, "test"
        )

    actions = [(), ("filter",), ("filter",) * 3, ("depeer",), ("filter", "depeer"), ("filter", "filter")][seed % 6]
    removed = (rng.random(n) < 0.2)[like] if seed % 4 == 3 else np.zeros(n, np.bool_)
    weights = np.stack([np.ones(n), *(np.floor(rng.pareto(0.5, n)).clip(0, 100_000) for _ in range(weightings - 1))])
    return Case(graph, [duty(a) for a in actions], removed, rng.integers(0, groups, n)[like], groups, weights)


def sums(case: Case, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """Return every table, and every figure by AS, as plain sums over pairs."""
    n = case.graph.n
    ends = case.removed.copy()
    for duty in case.duties:
        ends |= duty.named
    other = ~np.eye(n, dtype=np.bool_)
    had, has = (before >= 0) & other, (after >= 0) & other
    both, change = had & has, np.where((before >= 0) & (after >= 0), after - before, 0)
    lost = had & ~has
    values = {
        "pairs": other, "reached": had, "length": np.where(had, before, 0), "after_reached": has, "lost": lost,
        "lost_ends": lost & (ends[:, None] | ends[None, :]), "added": change, "longer": both & (change > 0),
        "shorter": both & (change < 0),
    }  # fmt: skip
    found: dict[str, np.ndarray] = {}
    belongs = np.eye(case.groups)[case.group]
    for name, value in values.items():
        found[name] = np.stack([belongs.T @ (w[:, None] * value * w[None, :]) @ belongs for w in case.weights])
    for name in ("reached", "lost", "added"):
        found[f"{name}_from"] = case.weights @ values[name].T
        found[f"{name}_to"] = case.weights @ values[name]
    return found


@pytest.mark.parametrize("seed", range(48))
def test_every_sum_is_that_over_the_routes_of_the_naive_twin(seed: int) -> None:
    """Tables, and figures of each AS, are exact: filters of several marks, cut links, removed ASes, groups, weights."""
    case = random_case(seed)
    expected = sums(case, *case.lengths())
    enacted = case.enacted()
    found = pairs.measure(enacted, case.weights, case.groups, threads=1)
    for name in TABLES:
        np.testing.assert_array_equal(expected[name], getattr(found, name), name)
    for name in SIDES:
        np.testing.assert_array_equal(expected[name], found.each(name, enacted.before, case.weights), name)


def test_the_random_cases_have_something_to_find() -> None:
    """In many of the cases above pairs are lost, also within classes, grow and shrink: to do nothing would not pass."""
    seen = dict.fromkeys(("lost", "lost_ends", "longer", "shorter", "within_lost", "added_to"), 0)
    for seed in range(48):
        case = random_case(seed)
        enacted = case.enacted()
        found = pairs.measure(enacted, case.weights, case.groups)
        several = enacted.before.count > 1
        for name in seen:
            value = getattr(found, name)
            seen[name] += bool((value * several if name.startswith("within") else value).any())
    assert min(seen.values()) >= 5, seen


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_more_destinations_than_a_batch_holds(seed: int) -> None:
    """With several batches, the last of them not full, sums are still those over the naive twin's routes."""
    case = random_case(seed, (220, 230))
    expected = sums(case, *case.lengths())
    enacted = case.enacted(merge=False)
    found = pairs.measure(enacted, case.weights, case.groups, threads=2)
    for name in TABLES:
        np.testing.assert_array_equal(expected[name], getattr(found, name), name)
    for name in SIDES:
        np.testing.assert_array_equal(expected[name], found.each(name, enacted.before, case.weights), name)


@pytest.mark.parametrize("seed", range(6))
def test_merging_stubs_and_sharing_work_change_nothing(seed: int) -> None:
    """Merged and unmerged rows, one thread and several, give the same tables and the same figures for each AS."""
    case = random_case(seed + 100, (400, 800), 3)
    merged, apart = case.enacted(), case.enacted(merge=False)
    first = pairs.measure(merged, case.weights, case.groups, threads=1)
    for enacted, threads in ((merged, 2), (apart, 1), (apart, 3)):
        again = pairs.measure(enacted, case.weights, case.groups, threads=threads)
        for name in TABLES:
            np.testing.assert_array_equal(getattr(first, name), getattr(again, name), name)
        for name in SIDES:
            np.testing.assert_array_equal(
                first.each(name, merged.before, case.weights), again.each(name, enacted.before, case.weights), name
            )


def test_the_baseline_alone_is_the_baseline_of_a_scenario() -> None:
    """Sums over a graph as it is are those that a scenario starts from, and nothing is lost or added."""
    case = random_case(4, (50, 60))
    enacted = case.enacted()
    paired = pairs.measure(enacted, case.weights, case.groups)
    alone = pairs.baseline(enacted.before, case.weights, enacted.group, case.groups)
    for name in ("pairs", "reached", "length", "reached_from", "reached_to", "within_reached"):
        np.testing.assert_array_equal(getattr(paired, name), getattr(alone, name), name)
    np.testing.assert_array_equal(alone.reached, alone.after_reached)
    assert not alone.lost.any()
    assert not alone.added.any()


def test_great_whole_weights_are_exact() -> None:
    """Weights of 5 billion in all, in digits, give whole sums: computed by hand over a path of three ASes."""
    graph = Topology(
        np.array([1, 2, 3], np.uint32), np.array([0, 0], np.int32), np.array([1, 2], np.int32), np.empty(0, np.int32),
        np.empty(0, np.int32), np.zeros(2, np.bool_), np.zeros(0, np.bool_),
    )  # fmt: skip
    weights = np.array([[3.0, 4_999_999_999.0, 1.0]])
    found = pairs.baseline(made := rows.build(graph), weights, pairs.ungrouped(made), 1)
    one, two = 3 * 4_999_999_999 + 3 * 1, 4_999_999_999 * 1
    assert found.pairs.item() == 2 * (one + two)
    assert found.length.item() == 2 * (one + 2 * two)


def test_weights_that_are_no_whole_numbers_are_close() -> None:
    """Fractions are rounded to 2^-45 of the greatest: ten digits of every sum hold."""
    case = random_case(2, (50, 60))
    case.weights = np.random.default_rng(5).random(case.weights.shape) * [[1], [1e-6]]
    expected = sums(case, *case.lengths())
    enacted = case.enacted()
    found = pairs.measure(enacted, case.weights, case.groups)
    for name in TABLES:
        scale = expected["pairs"].max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(getattr(found, name) / scale, expected[name] / scale, atol=1e-10)


def test_progress_is_told_to_the_end() -> None:
    """The one who waits hears parts between 0 and 1, the last of them the whole."""
    case = random_case(1, (400, 401))
    heard: list[float] = []
    pairs.measure(case.enacted(), case.weights, case.groups, say=lambda _, part: heard.append(part))
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert heard[0] >= 0


def test_routes_too_long_for_a_byte_are_refused() -> None:
    """A chain of ASes longer than six bits count raises, one that fits does not: never a wrong answer."""

    def chain(n: int) -> Topology:
        up = np.arange(n - 1, dtype=np.int32)
        none, no = np.empty(0, np.int32), np.zeros(0, np.bool_)
        return Topology(np.arange(1, n + 1, dtype=np.uint32), up, up + 1, none, none, np.zeros(n - 1, np.bool_), no)

    for n in (3, choosing.LONGEST, choosing.LONGEST + 1):
        made = rows.build(chain(n))
        found = pairs.baseline(made, np.ones((1, n)), pairs.ungrouped(made), 1)
        assert found.length.item() == sum(abs(i - j) for i in range(n) for j in range(n))
    for n in (64, 65, 66, 67, 100, 300):
        made = rows.build(chain(n))
        with pytest.raises(TopologyError, match="hops"):
            pairs.baseline(made, np.ones((1, n)), pairs.ungrouped(made), 1)


@pytest.mark.parametrize(
    "weights", [np.ones((1, 3)), np.ones(5), -np.ones((1, 5)), np.full((1, 5), np.nan), np.ones((0, 5))]
)
def test_weights_of_another_shape_or_below_nothing_are_refused(weights: np.ndarray) -> None:
    """What cannot be a weight of each AS raises before the work begins."""
    made = rows.build(topology_of(naive.Graph(5, [(0, 1), (0, 2)], [(3, 4)])))
    with pytest.raises(ValueError, match=r"weigh|network"):
        pairs.baseline(made, weights, pairs.ungrouped(made), 1)


def test_groups_beyond_their_number_are_refused() -> None:
    """A row of a group that the tables have no place for raises."""
    made = rows.build(topology_of(naive.Graph(3, [(0, 1), (0, 2)], [])))
    with pytest.raises(ValueError, match="groups"):
        pairs.baseline(made, np.ones((1, 3)), pairs.ungrouped(made) + 1, 1)


@pytest.mark.parametrize("graph", [naive.Graph(1, [], []), naive.Graph(4, [], []), naive.Graph(2, [], [(0, 1)])])
def test_graphs_without_customers(graph: naive.Graph) -> None:
    """Graphs of nothing but stubs, with or without peers, have sums too."""
    made = rows.build(topology_of(graph))
    found = pairs.baseline(made, np.ones((1, graph.n)), pairs.ungrouped(made), 1)
    assert found.pairs.item() == graph.n * (graph.n - 1)
    assert found.reached.item() == 2 * len(graph.peers) == found.length.item()


def test_it_is_known_whether_kernels_are_compiled() -> None:
    """Once all pairs have been measured, before and after, nobody has to wait for a compiler."""
    case = random_case(1)
    pairs.measure(case.enacted(), case.weights, case.groups)
    assert pairs.compiled()


def test_memory_is_told_beforehand() -> None:
    """What is foretold grows with threads and weightings, and covers the planes."""
    enacted = random_case(1, (400, 401)).enacted()
    one = pairs.memory(enacted, 1, 5, 1)
    assert one > enacted.before.transit * choosing.WIDTH * 5
    assert pairs.memory(enacted, 1, 5, 2) > 1.9 * one - 5 * 7 * 25 * 8 - 1_000_000
    assert pairs.memory(enacted, 3, 5, 1) > one


def test_fields_of_the_tables_are_of_the_shapes_they_say() -> None:
    """(W, G, G), (W, M+K), and (M+K,) in the order of the description."""
    case = random_case(1, (30, 60), 3)
    enacted = case.enacted()
    found = pairs.measure(enacted, case.weights, case.groups)
    for field in fields(found):
        shape = getattr(found, field.name).shape
        wanted = (3, case.groups, case.groups) if field.name in TABLES else (3, enacted.before.size)
        assert shape == (wanted[1:] if field.name.startswith("within") else wanted)


@pytest.mark.slow
def test_the_baseline_of_the_graph_of_2025_09() -> None:
    """6,121,121,196 pairs are reachable, 98.97 % of all, at 4.51 hops: counted by another program on the same file."""
    path = SHARED / "20250901.as-rel2.txt.bz2"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    asrel = pytest.importorskip("crossline.internet.graph.asrel")
    graph = asrel.read(path)
    made = rows.build(graph)
    found = pairs.baseline(made, np.ones((1, graph.size)), pairs.ungrouped(made), 1)
    assert found.reached.item() == 6_121_121_196
    assert round(100 * found.reached.item() / found.pairs.item(), 2) == 98.97
    assert round(found.length.item() / found.reached.item(), 2) == 4.51
