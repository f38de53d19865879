"""Accession: what each further member adds, beside sums over the matrix taken one pair of groups at a time."""

from __future__ import annotations

import itertools
import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.internet import accession


def within(matrix: np.ndarray, members: set[int]) -> float:
    """Return the pairs of a coalition, one pair of groups at a time."""
    return float(sum(matrix[a, b] for a, b in itertools.product(members, members)))


def drawn(seed: int, groups: int, count: int) -> tuple[np.ndarray, set[int], dict[str, tuple[int, ...]]]:
    """Return a matrix that is not symmetric, members, and candidates that overlap with them and each other."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 50, (groups, groups)).astype(np.float64)
    members = set(np.flatnonzero(rng.random(groups) < 0.2).tolist())
    sizes = rng.integers(0, 4, count)
    candidates = {
        f"c{i}": tuple(rng.choice(groups, min(size, groups), replace=False).tolist()) for i, size in enumerate(sizes)
    }
    return matrix, members, candidates


@given(seed=st.integers(0, 2**32), groups=st.integers(1, 12), count=st.integers(0, 9))
def test_a_gain_is_what_the_larger_coalition_has_more(seed: int, groups: int, count: int) -> None:
    """What a candidate adds are the pairs within the coalition with it, less those without it, each group once."""
    matrix, members, candidates = drawn(seed, groups, count)
    found = accession.gains(matrix, members, candidates, pairs=matrix + 1)
    expected = {name: within(matrix, members | {*own}) - within(matrix, members) for name, own in candidates.items()}
    assert dict(zip(found["candidate"], found["adds"], strict=True)) == expected
    assert list(found["candidate"]) == sorted(expected, key=lambda name: (-expected[name], name))
    for name, share in zip(found["candidate"], found["share"], strict=True):
        larger = members | {*candidates[name]}
        possible = within(matrix + 1, larger)
        assert share == pytest.approx(within(matrix, larger) / possible if possible else 0.0)


@given(
    seed=st.integers(0, 2**32), groups=st.integers(1, 12), count=st.integers(0, 9), rounds=st.none() | st.integers(0, 5)
)
def test_each_to_join_adds_no_less_than_any_other(seed: int, groups: int, count: int, rounds: int | None) -> None:
    """Step by step the candidate joins that adds most at that point, equals by name, until nobody new is left."""
    matrix, members, candidates = drawn(seed, groups, count)
    found = accession.greedy(matrix, members, candidates, rounds, pairs=matrix + 1)
    joined, expected = set(members), []
    while len(expected) < (len(candidates) if rounds is None else rounds):
        adds = {
            name: within(matrix, joined | {*own}) - within(matrix, joined)
            for name, own in sorted(candidates.items())
            if not joined.issuperset(own)
        }
        if not adds:
            break
        best = max(adds, key=lambda name: adds[name])
        joined |= {*candidates[best]}
        total = within(matrix, joined)
        expected.append((len(expected) + 1, best, adds[best], total, total / within(matrix + 1, joined)))
    assert found.rows() == [pytest.approx(row) for row in expected] or found.rows() == expected
    assert found.schema == {
        "rank": pl.Int64, "candidate": pl.String, "adds": pl.Float64, "total": pl.Float64, "share": pl.Float64
    }  # fmt: skip


def test_a_company_and_its_state_by_hand() -> None:
    """A state of two groups, one a company's: the company alone adds its own pairs, its state then only the rest."""
    # Group 0 is a member; 1 a state's company, 2 the rest of that state, 3 another state.
    matrix = np.array([[6.0, 4, 3, 5], [4, 2, 7, 0], [3, 7, 0, 1], [5, 0, 1, 2]])
    candidates = {"company": (1,), "state": (1, 2), "other": (3,)}
    alone = accession.gains(matrix, {0}, candidates)
    # company 4 + 4 + 2; state those, 3 + 3 + 0, and 7 + 7 between its two; other 5 + 5 + 2.
    assert alone.rows() == [("state", 30.0), ("other", 12.0), ("company", 10.0)]
    order = accession.greedy(matrix, {0}, candidates)
    # After the state the company is in; other then adds 12, and 1 + 1 with the rest of the state.
    assert order.rows() == [(1, "state", 30.0, 36.0), (2, "other", 14.0, 50.0)]
    first = accession.greedy(matrix, {0}, {"company": (1,), "state": (2,)}, 1)
    assert first.rows() == [(1, "company", 10.0, 16.0)]


def test_groups_out_of_range_and_other_matrices_are_refused() -> None:
    """A matrix that is not square, and members or candidates that it does not have, are errors."""
    square = np.ones((2, 2))
    for matrix, members, candidates in (
        (np.ones((2, 3)), {0}, {"a": (1,)}),
        (square, {2}, {"a": (1,)}),
        (square, {0}, {"a": (-1,)}),
    ):
        for asked in (accession.gains, accession.greedy):
            with pytest.raises(ValueError, match=r"square|numbered"):
                asked(matrix, members, candidates)


def test_sixty_candidates_in_ten_rounds_take_milliseconds() -> None:
    """The order of ten among sixty states, of two hundred and forty groups, is a matter of milliseconds."""
    rng = np.random.default_rng(1)
    matrix = rng.random((240, 240))
    candidates = {f"c{i}": (i,) for i in range(60)}
    accession.greedy(matrix, {100}, candidates, 10)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        accession.greedy(matrix, {100}, candidates, 10)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
