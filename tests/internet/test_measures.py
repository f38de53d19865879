"""What a scenario does to the graph: marks, refusals and cut links, in rows that stay the same before and after."""

from __future__ import annotations

import numpy as np
import pytest

from crossline.internet.graph.topology import Topology, TopologyError
from crossline.internet.routing.measures import Duty, Measures, enact


def small() -> Topology:
    """Return AS 10 with customers 20 and 30, stubs 40 and 50 under both, and 20 a peer of 30."""
    number = {10: 0, 20: 1, 30: 2, 40: 3, 50: 4}
    transit = [(10, 20), (10, 30), (20, 40), (30, 40), (20, 50), (30, 50)]
    provider, customer = (np.array([number[x[i]] for x in transit], np.int32) for i in (0, 1))
    nothing = np.zeros(len(transit), np.bool_)
    return Topology(
        np.array(list(number), np.uint32), provider, customer, np.array([1], np.int32), np.array([2], np.int32),
        nothing, np.zeros(1, np.bool_),
    )  # fmt: skip


def mask(*places: int) -> np.ndarray:
    """Return a mask over the five ASes."""
    result = np.zeros(5, np.bool_)
    result[list(places)] = True
    return result


def links(adjacency: object, holder: int = 0) -> set[tuple[int, int]]:
    """Return an adjacency's links as pairs of (row, neighbour)."""
    start, of = adjacency.start, adjacency.of  # type: ignore[attr-defined]
    return {(row + holder, int(n)) for row in range(len(start) - 1) for n in of[start[row] : start[row + 1]]}


def test_stubs_with_different_duties_are_kept_apart() -> None:
    """Two stubs with the same providers are one row until a duty names one of them."""
    same = enact(small(), Measures((), mask()), np.zeros(5, np.int64))
    assert same.before.stubs == 1
    duty = Duty(mask(0), mask(4), "filter", "test")
    apart = enact(small(), Measures((duty,), mask()), np.zeros(5, np.int64))
    assert apart.before.stubs == 2
    assert sorted(apart.named[apart.before.row].tolist()) == [0, 0, 0, 0, 1]
    assert apart.refuse[apart.before.row].tolist() == [1, 0, 0, 0, 0]


def test_groups_are_kept_apart() -> None:
    """Stubs of different groups are different rows, and each row knows its group."""
    made = enact(small(), Measures((), mask()), np.array([0, 0, 0, 1, 2]))
    assert made.group[made.before.row].tolist() == [0, 0, 0, 1, 2]


def test_a_named_as_is_no_member() -> None:
    """Who is named by a duty refuses nobody by it, though a mask of members has it."""
    duty = Duty(mask(0, 1), mask(1), "filter", "test")
    made = enact(small(), Measures((duty,), mask()), np.zeros(5, np.int64))
    assert made.refuse[made.before.row].tolist() == [1, 0, 0, 0, 0]


def test_depeering_cuts_links_between_member_and_named_alone() -> None:
    """Of AS 10's links, that to the named AS 20 goes, either way round; all others stay."""
    made = enact(small(), Measures((Duty(mask(0), mask(1), "depeer", "test"),), mask()), np.zeros(5, np.int64))
    assert links(made.before.customers) == {(0, 1), (0, 2)}
    assert links(made.after.customers) == {(0, 2)}
    assert links(made.after.providers) == {(2, 0)}
    assert links(made.after.peers) == {(1, 2), (2, 1)}
    assert not made.refuse.any()
    assert made.ends[made.before.row].tolist() == [False, True, False, False, False]


def test_the_removed_have_no_links() -> None:
    """An AS that is gone keeps its row, and has no link to anybody."""
    made = enact(small(), Measures((), mask(1)), np.zeros(5, np.int64))
    row = int(made.before.row[1])
    for adjacency in (made.after.customers, made.after.providers, made.after.peers):
        assert all(row not in pair for pair in links(adjacency))
    assert links(made.after.stub_providers) == {(0, 2)}
    assert made.before.size == made.after.size


def test_each_filter_has_a_mark_and_there_are_eight() -> None:
    """The b-th filter is bit b; a ninth has no bit, and that is said."""
    duties = tuple(Duty(mask(0), mask(1), "filter", str(b)) for b in range(8))
    made = enact(small(), Measures(duties, mask()), np.zeros(5, np.int64))
    assert int(made.named.max()) == 255
    with pytest.raises(TopologyError, match="9 sets"):
        enact(small(), Measures((*duties, duties[0]), mask()), np.zeros(5, np.int64))
