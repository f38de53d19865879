"""Counters of bits: what rows weigh in which a bit is set, beside numpy; and weights as whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.compiled import kernel
from crossline.internet.routing import counting
from crossline.internet.routing.vectors import aligned


@kernel
def _count(  # noqa: PLR0917 - kernels get their memory
    rows: np.ndarray, weight: np.ndarray, sums: np.ndarray, carry: np.ndarray, value: np.ndarray, full: np.ndarray
) -> None:
    total = 0
    for row in range(len(weight)):
        counting.add(sums, counting.SIZE, total, weight[row], rows, counting.WORDS * row, carry, 0)
        total += weight[row]
    counting.read(sums, counting.SIZE, total, value, full)


class Counter:
    """A counter with its memory, the second of two, which has to be empty again after each use."""

    def __init__(self) -> None:
        self.sums, self.carry = counting.counters(2), aligned(counting.WORDS, np.uint64)
        self.value, self.full = np.ones(counting.BITS), np.ones(counting.WORDS)

    def of(self, bits: np.ndarray, weight: list[int]) -> np.ndarray:
        """Return what rows of bits, (n, BITS), weigh."""
        rows = aligned(max(1, len(bits)) * counting.WORDS, np.uint64)
        rows[: len(bits) * counting.WORDS] = np.packbits(bits, axis=1, bitorder="little").reshape(-1).view("<u8")
        _count(rows, np.array(weight, np.int64), self.sums, self.carry, self.value, self.full)
        assert not self.sums[: counting.SIZE].any()
        return self.value


COUNTER = Counter()


@given(
    seed=st.integers(0, 2**32), density=st.sampled_from([0.0, 0.02, 0.5, 0.97, 1.0]),
    weight=st.lists(st.integers(0, 2**34) | st.integers(0, 3), max_size=40),
)  # fmt: skip
def test_each_bit_weighs_what_its_rows_weigh(seed: int, density: float, weight: list[int]) -> None:
    """However many rows, weights and bits, each bit's sum is that of the rows that have it, use after use."""
    bits = np.random.default_rng(seed).random((len(weight), counting.BITS)) < density
    expected = np.array(weight, np.float64) @ bits if weight else np.zeros(counting.BITS)
    assert COUNTER.of(bits, weight).tolist() == expected.tolist()


def test_whole_weights_stay_and_others_are_whole_at_their_scale() -> None:
    """Whole numbers are kept as they are; fractions become whole at a power of two, and add up to nearly the same."""
    whole = np.array([0.0, 1.0, 2.0**40])
    assert counting.scaled(whole)[0].tolist() == whole.tolist()
    assert counting.scaled(whole)[1] == 1.0
    for size in (1e-200, 1e-9, 1.0, 1e250):
        given_weight = np.random.default_rng(1).random(1000) * size
        rounded, scale = counting.scaled(given_weight)
        units = rounded * scale
        assert (units == np.floor(units)).all()
        assert units.sum() < 2**45
        assert rounded == pytest.approx(given_weight, abs=2.0**-43 * given_weight.sum())
        assert np.log2(scale) % 1 == 0


def test_weights_that_are_none_are_refused() -> None:
    """Weights below 0, without end, or no numbers are an error; no weights at all are none."""
    for weight in ([-1.0, 5.0], [np.inf], [np.nan], [1e308, 1e308]):
        with pytest.raises(ValueError, match="weights"):
            counting.scaled(np.array(weight))
    assert counting.scaled(np.zeros(0))[1] == 1.0
