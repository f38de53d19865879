"""Sums of bits, two thousand at a time: how much those rows weigh together in which a bit is set.

Rows are added one by one to counters of one bit for each power of two (by carry-save addition: Knuth, The Art of
Computer Programming, volume 4A, 7.1.3). Level k has a row of sums, and a row that waits for a second one; whether one
waits is bit k of all weights so far. So a row costs about one addition of three rows for each bit that is set in its
weight, which is some forty vector instructions; to keep 2,048 numbers and add to each would take many times as many.

Weights have to be whole numbers, at some scale: :func:`scaled`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from numba.core import types

from crossline.compiled import inlined
from crossline.internet.routing.vectors import U64, aligned, lowest_bit, operation

if TYPE_CHECKING:
    from crossline.internet.routing.vectors import Lanes, Row

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
WORDS: Final = 32  # of 64 bits, in a row
BITS: Final = 64 * WORDS
LEVELS: Final = 64
# Weights that are no whole numbers are rounded so that their sum has this many bits: a sum is off by less than one part
# in 2 ** 44 for each AS. The fewer bits, the fewer additions.
_PRECISION: Final = 44
# Below this whole numbers are exact as fractions of 64 bits.
_EXACT: Final = 2.0**53
_HALF: Final = 32
_FULL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE: Final = np.uint64(1)


def scaled(weight: Floats) -> tuple[Floats, float]:
    """Return weights, rounded where they have to be, and by what they are multiplied to be whole numbers.

    Whole numbers stay as they are. Raises ValueError for weights that are negative or not finite.
    """
    weight = np.asarray(weight, np.float64)
    with np.errstate(over="ignore"):
        total = float(weight.sum())
    if not math.isfinite(total) or (len(weight) and float(weight.min()) < 0):
        raise ValueError("weights have to be finite numbers, and none negative")
    if total < _EXACT and bool((weight == np.floor(weight)).all()):
        return weight, 1.0
    scale = 2.0 ** max(-900, min(900, _PRECISION - math.frexp(total)[1]))
    return np.rint(weight * scale) / scale, scale


def counters(number: int) -> Words:
    """Return the memory of so many counters, each :data:`SIZE` words from the last."""
    made: Words = aligned(number * SIZE, np.uint64)
    return made


SIZE: Final = LEVELS * 2 * WORDS


def _together(lanes: Lanes, total: Row, waiting: Row, more: Row, carry: Row) -> None:
    a, b, c = total.load(U64), waiting.load(U64), more.load(U64)
    different = lanes.builder.xor(a, b)
    total.store(lanes.builder.xor(different, c))
    carry.store(lanes.either(lanes.both(a, b), lanes.both(different, c)))


def _copy(_lanes: Lanes, into: Row, other: Row) -> None:
    into.store(other.load(U64))


def _clear(lanes: Lanes, into: Row) -> None:
    into.store(lanes.constant(U64, 0))


def _population(lanes: Lanes, word: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    return lanes.builder.ctpop(word)


together = operation(WORDS, _together)
copy = operation(WORDS, _copy)
clear = operation(WORDS, _clear)
population = operation(64, _population, types.uint64)


@inlined
def add(  # noqa: PLR0913, PLR0917
    sums: Words, at: int, so_far: int, weight: int, row: Words, row_at: int, carry: Words, carry_at: int
) -> None:
    """Add a row to the counter that begins at ``at``; all rows before weigh ``so_far``. ``carry`` is spare."""
    level = 0
    while weight >> level:
        if (weight >> level) & 1:
            place = at + 2 * WORDS * level
            if (so_far >> level) & 1:
                together(sums, place, sums, place + WORDS, row, row_at, carry, carry_at)
                place += 2 * WORDS
                up = level + 1
                while (so_far >> up) & 1:
                    together(sums, place, sums, place + WORDS, carry, carry_at, carry, carry_at)
                    place += 2 * WORDS
                    up += 1
                copy(sums, place + WORDS, carry, carry_at)
            else:
                copy(sums, place + WORDS, row, row_at)
            so_far += 1 << level
        level += 1


@inlined
def read(sums: Words, at: int, total: int, value: Floats, full: Floats) -> None:
    """Write what each bit's rows weigh, and empty the counter. ``value``: (BITS,); ``full``: (WORDS,), spare."""
    value[:] = 0.0
    full[:] = 0.0
    level = 0
    while total >> level:
        place = at + 2 * WORDS * level
        unit = np.float64(1 << level)
        for which in range(2 if (total >> level) & 1 else 1):
            for word in range(WORDS):
                bits = sums[place + WORDS * which + word]
                amount = unit
                # Mostly all bits of a word are set, or none.
                if population(bits) > _HALF:
                    full[word] += unit
                    bits ^= _FULL
                    amount = -unit
                while bits:
                    value[64 * word + lowest_bit(bits)] += amount
                    bits &= bits - _ONE
        clear(sums, place)
        level += 1
    for bit in range(BITS):
        value[bit] += full[bit >> 6]
