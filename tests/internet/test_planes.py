"""The sweeps, lane for lane, against the naive twin's routes: lengths, customer routes, and marks."""

from __future__ import annotations

import naive
import numpy as np
import pytest
from graphs import topology_of

from crossline.internet.routing import measures, planes, rows
from crossline.internet.routing.choosing import NONE, WIDTH
from crossline.internet.routing.planes import CHANGED
from crossline.internet.routing.vectors import aligned


def swept(enacted: measures.Enacted, batch: np.ndarray) -> tuple[planes.Planes, planes.Planes]:
    """Return the routes to a batch before and after."""
    events = len(enacted.before.stub_peers)
    before = planes.planes(enacted.before, events, marked=False)
    after = planes.planes(enacted.before, events, marked=True)
    most = aligned(WIDTH, np.uint8)
    planes.sweep(planes.links(enacted.before), batch, before, most)
    planes.sweep_after(
        planes.links(enacted.after), batch, before, after, enacted.named, enacted.refuse, planes.touched(enacted), most
    )
    return before, after


def lane(plane: np.ndarray, transit: int, j: int) -> np.ndarray:
    """Return a lane of a plane, without the spare rows."""
    return plane[: transit * WIDTH].reshape(transit, WIDTH)[:, j].astype(int)


@pytest.mark.parametrize("seed", range(40))
def test_routes_and_marks_are_those_of_the_naive_twin(seed: int) -> None:
    """Every transit row's length, customer route and mark is that of the path that the twin chose, before and after."""
    rng = np.random.default_rng(seed)
    graph = naive.random_graph(rng, int(rng.integers(4, 60)), 1 + rng.random(), 2 * rng.random())
    duties = [
        measures.Duty(rng.random(graph.n) < 0.4, rng.random(graph.n) < 0.2, "filter", "") for _ in range(1 + seed % 8)
    ]
    enacted = measures.enact(
        topology_of(graph), measures.Measures(tuple(duties), np.zeros(graph.n, np.bool_)), np.arange(graph.n)
    )
    made = enacted.before
    batch = np.full(WIDTH, -1, np.int32)
    lanes = rng.permutation(WIDTH)[: made.size]
    batch[lanes] = np.arange(made.size)
    before, after = swept(enacted, batch)
    held = [
        naive.Duty(set(np.flatnonzero(d.members & ~d.named).tolist()), set(np.flatnonzero(d.named).tolist()))
        for d in duties
    ]
    for row, j in enumerate(lanes):
        for plane, refused in ((before, []), (after, held)):
            routes = naive.routes(graph, int(made.first[row]), refused)
            chosen = [routes[made.first[u]] for u in range(made.transit)]
            expected = [NONE if route is None else len(route.path) - 1 for route in chosen]
            assert expected == lane(plane.length, made.transit, j).tolist()
            from_customers = [
                n if n != NONE and route.learned in (naive.ORIGIN, naive.CUSTOMER) else NONE
                for n, route in zip(expected, chosen, strict=True)
            ]
            active = plane.active[: made.transit] != 0
            assert from_customers == np.where(active, lane(plane.customer, made.transit, j), NONE).tolist()
        marks = lane(after.marks, made.transit, j)
        for u, route in enumerate(chosen):
            if route is not None:
                stands = sum(1 << bit for bit, d in enumerate(duties) if d.named[list(route.path)].any())
                # A destination's own lane has no path; what stands under a mark there is itself.
                assert stands == marks[u]


@pytest.mark.parametrize("seed", range(10))
def test_rows_whose_state_says_unchanged_are_unchanged(seed: int) -> None:
    """A row is CHANGED just if a length of its own differs from before: that is what spares looking further."""
    rng = np.random.default_rng(seed)
    graph = naive.random_graph(rng, 80, 1.5, 1.0)
    duties = (
        measures.Duty(rng.random(80) < 0.1, rng.random(80) < 0.05, "filter", ""),
        measures.Duty(rng.random(80) < 0.1, rng.random(80) < 0.05, "depeer", ""),
    )
    enacted = measures.enact(
        topology_of(graph), measures.Measures(duties, np.arange(80) == seed), np.zeros(80, np.int64)
    )
    batch = np.full(WIDTH, -1, np.int32)
    batch[: enacted.before.size] = np.arange(enacted.before.size)
    before, after = swept(enacted, batch)
    m = enacted.before.transit
    differs = (before.length[: m * WIDTH] != after.length[: m * WIDTH]).reshape(m, WIDTH).any(axis=1)
    assert differs.any()
    np.testing.assert_array_equal(differs, after.state[:m] & CHANGED != 0)


def test_planes_can_be_used_again() -> None:
    """A batch's routes do not depend on what planes held before."""
    rng = np.random.default_rng(3)
    made = rows.build(topology_of(naive.random_graph(rng, 200, 1.5, 1.5)))
    graph, most = planes.links(made), aligned(WIDTH, np.uint8)
    fresh, used = (planes.planes(made, len(made.stub_peers), marked=False) for _ in range(2))
    first, second = (np.full(WIDTH, -1, np.int32) for _ in range(2))
    first[:100], second[:50] = made.destinations[:100], made.destinations[-50:]
    planes.sweep(graph, first, used, most)
    planes.sweep(graph, second, used, most)
    planes.sweep(graph, second, fresh, most)
    np.testing.assert_array_equal(fresh.length, used.length)


def test_how_much_memory_planes_take_is_known() -> None:
    """The figure is that of the arrays."""
    made = rows.build(topology_of(naive.random_graph(np.random.default_rng(3), 200, 1.5, 1.5)))
    for marked in (False, True):
        held = planes.planes(made, 77, marked=marked)
        assert planes.plane_bytes(made, 77, marked=marked) == sum(array.nbytes for array in held)
