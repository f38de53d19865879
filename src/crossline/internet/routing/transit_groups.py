"""The groupings of a call, as kernels take them: what is the same under several is numbered, and done, once.

Two readings of whose an AS is, by registration and by control, agree about nearly all ASes. A group of one and a group
of the other that have the same transit rows are on the same routes, whatever they are called: they are one set, with
one number. So are those that also have the same stubs, when it comes to who sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.compiled import inner, kernel, signed
from crossline.internet.routing.vectors import lowest_bit

if TYPE_CHECKING:
    from crossline.internet.routing.forwarding import Bytes, Ints
    from crossline.internet.routing.rows import Rows
    from crossline.internet.routing.transit_weights import Floats, Numbers, Weights, Words

Shorts = npt.NDArray[np.uint16]
# A group is a byte; 0 is no group.
GROUPS: Final = 256
# Rows with more sets than this behind them, their customers', know all sets on their routes; others theirs alone.
FEW: Final = 8


class Groups(NamedTuple):
    """The groupings of a call. Arrays of several readings lie behind each other."""

    readings: int
    sources: bool  # whether to tell sources apart by their group, which takes a third of all time
    sets: int  # the highest number of a set; 0 is none
    of: Bytes  # (readings * (M+K),) the group of each row
    asked: Shorts  # (readings * (M+K),) the set of transit rows that its group is
    slot: Shorts  # (readings * (M+K),) under which number to count it as a source; 0 where an earlier reading does
    fresh: Shorts  # (readings * M,) ``asked``, 0 where an earlier reading says the same
    set_of: Ints  # (readings * 256,) the set of each group
    slot_of: Ints  # (readings * 256,) the number under which its sources are counted
    group_of: Bytes  # (readings * (sets+1),) the group that a set is, 0 where it is none
    few: Bytes  # (M,) 1 for rows that only know of some sets
    need_start: Ints  # (M+1,)
    need: Shorts  # which
    # Plain classes route as their provider does; those of one provider and the same groups are one.
    plain_row: Ints  # the row of one of them
    plain_provider: Ints
    plain_weight: Floats
    plain_number: Numbers  # the same, as the kind of number that lanes are


def numbered(of: list[Bytes]) -> tuple[npt.NDArray[np.int32], int]:
    """Return a number for each group of each reading, (readings, 256), the same for the same rows; and the highest.

    0 for groups that have none, and for group 0.
    """
    numbers, highest = np.zeros((len(of), GROUPS), np.int32), 0
    for reading, given in enumerate(of):
        mine = np.bincount(given, minlength=GROUPS)
        for earlier in range(reading):
            both = np.bincount(of[earlier].astype(np.int64) * GROUPS + given, minlength=GROUPS * GROUPS)
            both = both.reshape(GROUPS, GROUPS)
            same = (both > 0) & (both == mine) & (both == both.sum(axis=1)[:, None])
            same[0], same[:, 0] = False, False
            theirs, ours = np.nonzero(same)
            numbers[reading, ours] = numbers[earlier, theirs]
        new = (mine > 0) & (numbers[reading] == 0)
        new[0] = False
        numbers[reading, new] = highest + 1 + np.arange(int(new.sum()))
        highest += int(new.sum())
    return numbers, highest


def set_count(rows: Rows, groups: list[npt.NDArray[Any]]) -> int:
    """Return how many sets of transit rows groups are."""
    return numbered([np.asarray(group)[rows.first[: rows.transit]].astype(np.uint8) for group in groups])[1]


def groups_of(rows: Rows, of: list[Bytes], weights: Weights, *, sources: bool) -> Groups:
    """Prepare groupings of rows, (M+K,) each."""
    m, readings = rows.transit, len(of)
    set_of, sets = numbered([group[:m] for group in of])
    slot_of, _ = numbered(of)
    slot_of[set_of == 0] = 0
    group_of = np.zeros((readings, sets + 1), np.uint8)
    for reading in range(readings):
        group_of[reading, set_of[reading]] = np.arange(GROUPS)
    group_of[:, 0] = 0
    empty = np.empty(0, np.uint16)
    asked = [set_of[reading][group].astype(np.uint16) for reading, group in enumerate(of)]
    slot = [slot_of[reading][group].astype(np.uint16) for reading, group in enumerate(of)]
    few, start, need = _needs(rows, asked, sets, sources=sources)
    plain, label = np.flatnonzero(weights.plain), np.zeros(int(weights.plain.sum()), np.int64)
    provider = rows.stub_providers.of[rows.stub_providers.start[plain]]
    for group in of:
        _, label = np.unique(label * GROUPS + group[m + plain], return_inverse=True)
    _, first, label = np.unique(label * m + provider, return_index=True, return_inverse=True)
    total = np.bincount(label, weights.row[m + plain], len(first)).astype(np.float64)
    return Groups(
        readings=readings, sources=sources, sets=sets, of=np.concatenate([np.empty(0, np.uint8), *of]),
        asked=np.concatenate([empty, *asked]), slot=np.concatenate([empty, *_once(slot)]),
        fresh=np.concatenate([empty, *_once([numbers[:m] for numbers in asked])]),
        set_of=set_of.ravel(), slot_of=slot_of.ravel(), group_of=group_of.ravel(),
        few=few, need_start=start, need=need,
        plain_row=(m + plain[first]).astype(np.int32), plain_provider=provider[first].astype(np.int32),
        plain_weight=total, plain_number=total.astype(weights.row.dtype),
    )  # fmt: skip


def _once(numbers: list[Shorts]) -> list[Shorts]:
    """Return the same, with 0 where an earlier one says so too."""
    left = [given.copy() for given in numbers]
    for later, given in enumerate(left):
        for earlier in range(later):
            given[numbers[later] == numbers[earlier]] = 0
    return left


def _needs(rows: Rows, asked: list[Shorts], sets: int, *, sources: bool) -> tuple[Bytes, Ints, Shorts]:
    """Return the rows that few sets are asked of, and which those are."""
    m, width = rows.transit, sets // 64 + 1
    held = np.zeros(m * width, np.uint64)
    few, start, need = np.zeros(m, np.uint8), np.zeros(m + 1, np.int32), np.zeros(m * FEW + 1, np.uint16)
    if sources or not asked:
        return few, start, need
    for numbers in asked:
        _own_needs(numbers, held, width, rows.stub_providers.start, rows.stub_providers.of, m)
        _own_needs(numbers, held, width, rows.stub_peers.start, rows.stub_peers.of, m)
    _all_needs(rows.order, rows.providers.start, rows.providers.of, held, width, few, start, need)
    return few, start, need


@inner
def _set_bit(held: Words, at: int, number: int) -> None:
    if number:
        held[at + (number >> 6)] |= np.uint64(1) << np.uint64(number & 63)


@kernel
def _own_needs(asked: Shorts, held: Words, width: int, link_start: Ints, link_of: Ints, transit: int) -> None:  # noqa: PLR0913, PLR0917
    """Put down what rows and the classes beside them ask for."""
    for u in range(transit):
        _set_bit(held, u * width, signed(asked[u]))
    for k in range(len(link_start) - 1):
        for link in range(link_start[k], link_start[k + 1]):
            _set_bit(held, signed(link_of[link]) * width, signed(asked[transit + k]))


@kernel
def _all_needs(  # noqa: PLR0913, PLR0917
    order: Ints, provider_start: Ints, provider_of: Ints, held: Words, width: int, few: Bytes, start: Ints, need: Shorts
) -> None:  # fmt: skip
    """Add what customers ask for, and write the sets of rows that have no more than a few."""
    for place in range(len(order)):
        u = signed(order[place])
        for link in range(provider_start[u], provider_start[u + 1]):
            p = signed(provider_of[link])
            for i in range(width):
                held[p * width + i] |= held[u * width + i]
    used = 0
    for u in range(len(order)):
        start[u] = used
        count = 0
        for i in range(width):
            word = held[u * width + i]
            while word:
                if count < FEW:
                    need[used + count] = 64 * i + signed(lowest_bit(word))
                count += 1
                word &= word - np.uint64(1)
        if count <= FEW:
            few[u] = 1
            used += count
    start[len(order)] = used
