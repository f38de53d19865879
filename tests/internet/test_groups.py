"""Groups of ASes and sums folded by them, against loops over pairs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.internet.groups import UNKNOWN_STATE, group

STATES = st.sampled_from(["XA", "XB", None])


@given(st.lists(st.tuples(STATES, STATES, st.booleans()), min_size=1, max_size=30))
def test_ases_share_a_group_if_they_agree_in_all(rows: list[tuple[str | None, str | None, bool]]) -> None:
    """Two ASes have one number exactly if all their columns agree, unknown with unknown too; the frame says which."""
    columns = [pl.Series(name, values, dtype) for name, values, dtype in zip(
        ("one", "two", "flag"), zip(*rows, strict=True), (pl.String, pl.String, pl.Boolean), strict=True
    )]  # fmt: skip
    made = group(columns)
    assert made.size == len(set(rows))
    assert [made.frame.row(int(number)) for number in made.number] == rows


def test_sums_fold_by_label() -> None:
    """Sums by pair of groups fold into sums by pair of labels, by group into those by label; null is ``??``."""
    made = group([pl.Series("state", ["XB", None, "XA", "XB"]), pl.Series("side", ["a", "a", "b", "b"])])
    fold = made.by("state")
    assert fold.labels == (UNKNOWN_STATE, "XA", "XB")
    sums = np.arange(made.size**2, dtype=np.float64).reshape(made.size, made.size)
    of = [row[0] or UNKNOWN_STATE for row in made.frame.iter_rows()]
    for i, one in enumerate(fold.labels):
        for j, two in enumerate(fold.labels):
            wanted = sum(sums[a, b] for a in range(made.size) for b in range(made.size) if (of[a], of[b]) == (one, two))
            assert fold.matrix(sums)[i, j] == wanted
            assert fold.matrix(np.stack([sums, 2 * sums]))[1, i, j] == 2 * wanted
    assert fold.vector(np.ones(made.size)).tolist() == [of.count(label) for label in fold.labels]


def test_labels_may_be_ordered_from_outside() -> None:
    """Labels in an order that is asked for keep it; one that nobody has gets nothing, one that lacks is an error."""
    made = group([pl.Series("state", ["XB", "XA"])])
    fold = made.by("state", ["XC", "XB", "XA"])
    assert fold.vector(np.array([5.0, 7.0])).tolist() == [0.0, 7.0, 5.0]
    with pytest.raises(KeyError):
        made.by("state", ["XA"])
