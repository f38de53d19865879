"""One batch's sums: each row as a source, weighed, by its group and the batch's column (``pairs`` says why)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types

from crossline.compiled import kernel, signed
from crossline.internet.routing.choosing import (
    NONE,
    PEER,
    PROVIDER,
    WIDTH,
    copy,
    held,
    length_of,
    longer,
    take_least,
    take_unrefused,
)
from crossline.internet.routing.planes import CHANGED, MARKED, Links, Planes
from crossline.internet.routing.vectors import F64, U8, U16, U32, U64, Lanes, Row, aligned, operation

if TYPE_CHECKING:
    from crossline.internet.routing.measures import Enacted
    from crossline.internet.routing.rows import Rows

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

COLUMNS: Final = 16
DIGIT_BITS: Final = 15
QUANTITIES: Final = ("length", "missed", "lost", "lost_ends", "added", "longer", "shorter")
_LENGTH, _MISSED, _LOST, _LOST_ENDS, _ADDED, _LONGER, _SHORTER = range(7)
_EACH: Final = len(QUANTITIES)


class Plan(NamedTuple):
    """What is asked; R = M+K rows, W weightings, D digits of weights."""

    group: Ints  # (R,)
    weight: Floats  # (W, R) of rows as sources
    digits: npt.NDArray[np.int16]  # (D, R+1) of rows as destinations
    of: Ints  # (D,) the digit's weighting
    unit: Floats  # (D,) what 1 of it stands for
    ends: Bytes  # (R,) 1: named or gone
    named: Bytes  # (R,)
    refuse: Bytes  # (R,)
    differs: Bytes  # (K,) 1: other neighbours than before


class Totals(NamedTuple):
    """Where a thread adds up."""

    sums: Floats  # (G, quantities, D, 16) of the batch at hand, by column
    missed_from: Floats  # (W, R)
    lost_from: Floats
    added_from: Floats
    lost_to: Floats
    added_to: Floats
    own: Bytes  # (R,) the length of routes inside the row, 255 for none
    own_after: Bytes
    gained: npt.NDArray[np.int64]  # (1,) rows with pairs gained: none, by law
    lane: Ints  # (R,) the lane in which the row is a destination, or -1
    spare: Bytes  # rows to work on
    digits: npt.NDArray[np.int16]  # (D, 256) the batch's
    lanes: Floats  # (W, 2, 256) lost and added, by destination


# Rows of `spare`, as places.
_ONE, _TWO, _ZEROED, _MISS, _GONE, _MORE, _GREW, _SHRANK, _REAL, _ENDED, _CUT, _FIRST, _UNMARKED = (
    256 * number for number in range(13)
)
_SPARE: Final = 13 * 256


def totals(rows: Rows, plan: Plan, groups: int) -> Totals:
    """Return what one thread adds up in."""
    weightings, digits = len(plan.weight), len(plan.of)
    sides = [np.zeros((weightings, rows.size)) for _ in range(5)]
    return Totals(
        aligned(groups * _EACH * digits * COLUMNS, np.float64), sides[0], sides[1], sides[2], sides[3], sides[4],
        np.full(rows.size, NONE, np.uint8), np.full(rows.size, NONE, np.uint8), np.zeros(1, np.int64),
        np.full(rows.size, -1, np.int32), aligned(_SPARE, np.uint8), aligned(digits * WIDTH, np.int16),
        aligned(2 * weightings * WIDTH, np.float64),
    )  # fmt: skip


def total_bytes(size: int, weightings: int, digits: int) -> int:
    """Return how much memory :func:`totals` takes beside the sums by group."""
    return 5 * weightings * size * 8 + 6 * size + digits * WIDTH * 2 + 2 * weightings * WIDTH * 8 + _SPARE


def classes_touched(enacted: Enacted) -> Bytes:
    """Return which classes, (K,), have other neighbours than before."""
    found = np.zeros(enacted.before.stubs, np.uint8)
    for name in ("stub_providers", "stub_peers", "stub_stubs"):
        was, is_now = getattr(enacted.before, name), getattr(enacted.after, name)
        found[np.diff(was.start) != np.diff(is_now.start)] = 1
    return found


def _part(lanes: Lanes, row: Row, kind: Any, first: int, count: int) -> Any:  # noqa: ANN401
    """Load some lanes of a row."""
    builder = lanes.builder
    begin = builder.gep(row.pointer, [ir.Constant(U64, first)])
    loaded = builder.load(builder.bitcast(begin, ir.PointerType(ir.VectorType(kind, count))))
    loaded.align = 16
    return loaded


def _weigh(lanes: Lanes, into: Row, row: Row, digits: Row, factor: Any) -> Any:  # noqa: ANN401
    """Add products of signed bytes, digits and a factor to 16 columns; returns the sum of bytes times digits.

    Products of neighbouring lanes are added in pairs, which is one instruction on most machines (PMADDWD on x86).
    """
    builder = lanes.builder
    wide, pair = ir.VectorType(U32, 32), ir.VectorType(U32, 16)
    nothing = ir.Constant(wide, ir.Undefined)
    even, odd = (ir.Constant(pair, list(range(first, 32, 2))) for first in (0, 1))
    total: Any = None
    for first in range(0, WIDTH, 32):
        number = builder.sext(_part(lanes, row, U8, first, 32), wide)
        product = builder.mul(number, builder.sext(_part(lanes, digits, U16, first, 32), wide))
        both = builder.add(
            builder.shuffle_vector(product, nothing, even), builder.shuffle_vector(product, nothing, odd)
        )
        total = both if total is None else builder.add(total, both)
    narrow = Lanes(builder, COLUMNS)
    place = Row(narrow, into.pointer)
    as_fraction = builder.sitofp(total, narrow.vector(F64))
    place.store(builder.fadd(place.load(F64), builder.fmul(as_fraction, narrow.every(F64, factor))))
    count = COLUMNS
    while count > 1:
        count //= 2
        halves = (ir.Constant(ir.VectorType(U32, count), list(range(half, half + count))) for half in (0, count))
        total = builder.add(
            *(builder.shuffle_vector(total, ir.Constant(total.type, ir.Undefined), one) for one in halves)
        )
    return builder.sitofp(builder.extract_element(total, ir.Constant(U32, 0)), F64)


def _add_lanes(lanes: Lanes, into: Row, row: Row, factor: Any) -> None:  # noqa: ANN401
    """Add signed bytes times a factor to 256 sums, one for each lane."""
    builder, narrow = lanes.builder, Lanes(lanes.builder, COLUMNS)
    every = narrow.every(F64, factor)
    for first in range(0, WIDTH, COLUMNS):
        number = builder.sext(_part(lanes, row, U8, first, COLUMNS), ir.VectorType(U32, COLUMNS))
        place = Row(narrow, builder.gep(into.pointer, [ir.Constant(U64, first)]))
        product = builder.fmul(builder.sitofp(number, narrow.vector(F64)), every)
        place.store(builder.fadd(place.load(F64), product))


def _lacks(lanes: Lanes, row: Row, real: Row) -> Any:  # noqa: ANN401
    """Say whether a destination, where there is one, has no route."""
    none = lanes.equal(row.load(U8), lanes.constant(U8, NONE))
    return lanes.any(lanes.both(none, lanes.unequal(real.load(U8), lanes.constant(U8, 0))))


def _split(lanes: Lanes, zeroed: Row, miss: Row, row: Row) -> None:
    length = row.load(U8)
    none, zero = lanes.equal(length, lanes.constant(U8, NONE)), lanes.constant(U8, 0)
    zeroed.store(lanes.select(none, zero, length))
    miss.store(lanes.select(none, lanes.constant(U8, 1), zero))


def _common(lanes: Lanes, into: Row, row: Row, mask: Row) -> None:
    into.store(lanes.both(row.load(U8), mask.load(U8)))


def _stub(lanes: Lanes, into: Row, length: Row, providers: Row, count: Any) -> None:  # noqa: ANN401
    above = held(lanes, lanes.constant(U8, NONE))
    take_least(lanes, above, providers, count, length, 0)
    into.store(longer(lanes, lanes.builder.load(above), 1))


def _stub_with_peers(  # noqa: PLR0913, PLR0917
    lanes: Lanes, into: Row, own: Row, customer: Row, near: Row, peers: Any, length: Row, providers: Row, count: Any  # noqa: ANN401
) -> None:  # fmt: skip
    best, above = held(lanes, own.load(U8)), held(lanes, lanes.constant(U8, NONE))
    take_least(lanes, best, near, peers, customer, PEER + 1)
    take_least(lanes, above, providers, count, length, 0)
    given = longer(lanes, lanes.builder.load(above), PROVIDER + 1)
    into.store(length_of(lanes, lanes.least(lanes.builder.load(best), given)))


def _stub_after(  # noqa: PLR0913, PLR0917
    lanes: Lanes, into: Row, was: Row, own: Row, customer: Row, marks: Row, near: Row, peers: Any, length: Row,  # noqa: ANN401
    providers: Row, count: Any, refuse: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401  # fmt: skip
    best, above = held(lanes, own.load(U8)), held(lanes, lanes.constant(U8, NONE))
    take_unrefused(lanes, best, None, near, peers, customer, marks, refuse, PEER + 1)
    take_unrefused(lanes, above, None, providers, count, length, marks, refuse, 0)
    given = longer(lanes, lanes.builder.load(above), PROVIDER + 1)
    found = length_of(lanes, lanes.least(lanes.builder.load(best), given))
    into.store(found)
    return lanes.any(lanes.unequal(found, was.load(U8)))


def _compare(  # noqa: PLR0913, PLR0917
    lanes: Lanes, gone: Row, more: Row, grew: Row, shrank: Row, was: Row, now: Row
) -> Any:  # noqa: ANN401
    """Set 1 where a pair is lost, grew or shrank, and by how much; returns bits: any lost, gained, grown, shrunk."""
    builder = lanes.builder
    old, new, none = was.load(U8), now.load(U8), lanes.constant(U8, NONE)
    zero, one = lanes.constant(U8, 0), lanes.constant(U8, 1)
    had, has = lanes.less(old, none), lanes.less(new, none)
    lost, gained = lanes.both(had, builder.not_(has)), lanes.both(has, builder.not_(had))
    both = lanes.both(had, has)
    up, down = lanes.both(both, lanes.less(old, new)), lanes.both(both, lanes.less(new, old))
    gone.store(lanes.select(lost, one, zero))
    more.store(lanes.select(both, builder.sub(new, old), zero))
    grew.store(lanes.select(up, one, zero))
    shrank.store(lanes.select(down, one, zero))
    said = ir.Constant(U8, 0)
    for bit, where in enumerate((lost, gained, up, down)):
        said = builder.or_(said, builder.shl(lanes.any(where), ir.Constant(U8, bit)))
    return said


_add_weighed = operation(WIDTH, _weigh, types.float64)
_add_to_lanes = operation(WIDTH, _add_lanes)
_some_lacking = operation(WIDTH, _lacks, types.uint8)
_without_none = operation(WIDTH, _split)
_in_common = operation(WIDTH, _common)
_route_stub = operation(WIDTH, _stub)
_route_stub_with_peers = operation(WIDTH, _stub_with_peers)
_route_stub_after = operation(WIDTH, _stub_after, types.uint8)
_differences = operation(WIDTH, _compare, types.uint8)


@kernel
def tally(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
    graph: Links, graph_after: Links, batch: Ints, was: Planes, now: Planes, paired: bool, plan: Plan, into: Totals
) -> None:
    """Add up one batch; ``was`` and ``now``: its routes before and after (not read unless ``paired``)."""
    m, size = len(graph.order), len(plan.group)
    weightings, digits = plan.weight.shape[0], plan.digits.shape[0]
    spare, lane, near, sums = into.spare, into.lane, was.near, into.sums
    into.lanes[:] = 0
    for j in range(WIDTH):
        d = batch[j]
        spare[_REAL + j] = 0 if d < 0 else NONE
        spare[_ENDED + j] = NONE if d >= 0 and plan.ends[d] != 0 else 0
        if d >= 0:
            lane[d] = j
        for digit in range(digits):
            into.digits[digit * WIDTH + j] = plan.digits[digit, d if d >= 0 else size]
    for r in range(size):
        differs = 0
        if r < m:
            copy(spare, _ONE, was.length, r * WIDTH)
            if paired and now.state[r] & CHANGED != 0:
                differs = 1
                copy(spare, _TWO, now.length, r * WIDTH)
        else:
            k = r - m
            looked_at = CHANGED | MARKED if plan.refuse[r] != 0 else CHANGED
            first, last = graph.stub_providers_start[k], graph.stub_providers_start[k + 1]
            beside, end = graph.stub_peers_start[k], graph.stub_peers_start[k + 1]
            beneath, bottom = graph.stub_stubs_start[k], graph.stub_stubs_start[k + 1]
            if end == beside and bottom == beneath:
                _route_stub(spare, _ONE, was.length, 0, graph.stub_providers, first, last - first)
            else:
                copy(spare, _FIRST, was.customer, m * WIDTH)
                for link in range(beneath, bottom):
                    j = lane[m + graph.stub_stubs[link]]
                    if j >= 0:
                        spare[_FIRST + j] = PEER + 1
                        if plan.named[m + graph.stub_stubs[link]] & plan.refuse[r] != 0:
                            differs = 1
                count = 0
                for link in range(beside, end):
                    near[count] = graph.stub_peers[link]
                    count += was.active[graph.stub_peers[link]]
                _route_stub_with_peers(
                    spare, _ONE, spare, _FIRST, was.customer, 0, near, 0, count,
                    was.length, 0, graph.stub_providers, first, last - first,
                )  # fmt: skip
            if paired:
                differs |= signed(plan.differs[k])
                for link in range(first, last):
                    differs |= signed(now.state[graph.stub_providers[link]]) & looked_at
                for link in range(beside, end):
                    differs |= signed(now.from_customers[graph.stub_peers[link]]) & looked_at
            if paired and differs != 0:
                copy(spare, _FIRST, was.customer, m * WIDTH)
                for link in range(graph_after.stub_stubs_start[k], graph_after.stub_stubs_start[k + 1]):
                    other = m + graph_after.stub_stubs[link]
                    if lane[other] >= 0 and plan.named[other] & plan.refuse[r] == 0:
                        spare[_FIRST + lane[other]] = PEER + 1
                count = 0
                for link in range(graph_after.stub_peers_start[k], graph_after.stub_peers_start[k + 1]):
                    near[count] = graph_after.stub_peers[link]
                    count += now.active[graph_after.stub_peers[link]]
                first = graph_after.stub_providers_start[k]
                last = graph_after.stub_providers_start[k + 1]
                differs = signed(_route_stub_after(
                    spare, _TWO, spare, _ONE, spare, _FIRST, now.customer, 0, now.marks, 0, near, 0, count,
                    now.length, 0, graph_after.stub_providers, first, last - first, plan.refuse[r],
                ))  # fmt: skip
        if lane[r] >= 0:
            into.own[r] = spare[_ONE + lane[r]]
            into.own_after[r] = spare[(_TWO if paired and differs != 0 else _ONE) + lane[r]]
            # What is within a row is added by the caller, who knows how many ASes it is; here it counts for nothing.
            spare[_ONE + lane[r]] = 0
            spare[_TWO + lane[r]] = 0
        column = plan.group[r] * _EACH * digits * COLUMNS
        step = digits * COLUMNS
        lengths = _ONE
        if _some_lacking(spare, _ONE, spare, _REAL) != 0:
            lengths = _ZEROED
            _without_none(spare, _ZEROED, spare, _MISS, spare, _ONE)
            for digit in range(digits):
                w, unit = plan.of[digit], plan.unit[digit]
                into.missed_from[w, r] += unit * _add_weighed(
                    sums, column + _MISSED * step + digit * COLUMNS, spare, _MISS, into.digits, digit * WIDTH,
                    unit * plan.weight[w, r],
                )  # fmt: skip
        for digit in range(digits):
            _add_weighed(
                sums, column + _LENGTH * step + digit * COLUMNS, spare, lengths, into.digits, digit * WIDTH,
                plan.unit[digit] * plan.weight[plan.of[digit], r],
            )  # fmt: skip
        if not paired or differs == 0:
            continue
        found = _differences(spare, _GONE, spare, _MORE, spare, _GREW, spare, _SHRANK, spare, _ONE, spare, _TWO)
        if found & 2 != 0:
            into.gained[0] += 1
        if found & 1 != 0:
            ended = _GONE
            if plan.ends[r] == 0:
                ended = _CUT
                _in_common(spare, _CUT, spare, _GONE, spare, _ENDED)
            for digit in range(digits):
                w, unit = plan.of[digit], plan.unit[digit]
                factor = unit * plan.weight[w, r]
                into.lost_from[w, r] += unit * _add_weighed(
                    sums, column + _LOST * step + digit * COLUMNS, spare, _GONE, into.digits, digit * WIDTH, factor
                )
                _add_weighed(
                    sums, column + _LOST_ENDS * step + digit * COLUMNS, spare, ended, into.digits, digit * WIDTH, factor
                )
            for w in range(weightings):
                _add_to_lanes(into.lanes, 2 * w * WIDTH, spare, _GONE, plan.weight[w, r])
        if found & 12 != 0:
            for digit in range(digits):
                w, unit = plan.of[digit], plan.unit[digit]
                factor = unit * plan.weight[w, r]
                into.added_from[w, r] += unit * _add_weighed(
                    sums, column + _ADDED * step + digit * COLUMNS, spare, _MORE, into.digits, digit * WIDTH, factor
                )
                if found & 4 != 0:
                    _add_weighed(
                        sums,
                        column + _LONGER * step + digit * COLUMNS,
                        spare,
                        _GREW,
                        into.digits,
                        digit * WIDTH,
                        factor,
                    )
                if found & 8 != 0:
                    _add_weighed(
                        sums, column + _SHORTER * step + digit * COLUMNS, spare, _SHRANK, into.digits, digit * WIDTH,
                        factor,
                    )  # fmt: skip
            for w in range(weightings):
                _add_to_lanes(into.lanes, (2 * w + 1) * WIDTH, spare, _MORE, plan.weight[w, r])
    for j in range(WIDTH):
        d = batch[j]
        if d >= 0:
            lane[d] = -1
            for w in range(weightings):
                into.lost_to[w, d] += into.lanes[2 * w * WIDTH + j]
                into.added_to[w, d] += into.lanes[(2 * w + 1) * WIDTH + j]


@kernel
def collect(sums: Floats, of: Ints, columns: Ints, tables: Floats) -> None:
    """Move a batch's sums by column, (G, quantities, D, 16), to tables (W, quantities, G, G)."""
    digits = len(of)
    place = 0
    for g in range(tables.shape[2]):
        for q in range(_EACH):
            for digit in range(digits):
                for c in range(COLUMNS):
                    tables[of[digit], q, g, columns[c]] += sums[place]
                    sums[place] = 0
                    place += 1
