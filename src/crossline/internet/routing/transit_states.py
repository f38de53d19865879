"""Which groups of ASes, states say, stand on each chosen route: once a route, however many of their ASes it passes.

For each transit row the sets (see :mod:`.transit_groups`) that it and the rows after it belong to,
the end left out, each with the lanes in which that is so: a short list, since destinations of one batch lie beside each
other. A row is counted for its group where none after it belongs to the same: that is one row on each route that
passes the group. Of rows that few sets are asked of, which most are, the list holds those alone.

Lists of all rows lie behind each other in one pool, those of the side before first. A row whose routes a scenario
leaves alone has one list for both sides; of the others what is the same is taken over, lane by lane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import types

from crossline.compiled import inlined, inner, signed
from crossline.internet.routing.forwarding import EVERY, LANES, NO_HOP, PROVIDER
from crossline.internet.routing.transit_groups import GROUPS
from crossline.internet.routing.transit_weights import NOTHING, Words, by_customer, by_others, same_hop
from crossline.internet.routing.vectors import F64, U16, U64, aligned, lowest_bit, operation

if TYPE_CHECKING:
    from crossline.internet.routing.forwarding import Graph, Ints, Plane
    from crossline.internet.routing.transit_groups import Groups, Shorts
    from crossline.internet.routing.transit_weights import Floats, Numbers
    from crossline.internet.routing.vectors import Lanes, Row

FOUND_AT_ONCE: Final = 32
COUNTED_AT_ONCE: Final = 16
# Beyond as many bits a table of sums is quicker.
SLICES: Final = 8


class Passed(NamedTuple):
    """The lists of one side, and what is summed over them in one batch. Sides share the pool."""

    group: Shorts  # the pool: sets
    lanes: Words  # and where they stand
    used: Ints  # (1,) how far the pool is filled
    up_start: Ints  # (M+1,) lists over lanes with a customer's route, known first
    up_end: Ints
    start: Ints  # lists over all lanes
    end: Ints
    again: Words  # (readings * (M+1),) lanes in which a row's own group stands after it too
    tally: Words  # (sets+1,)
    touched: Ints
    inside: Numbers  # ((sets+1) * 64,) weight of sources whose route passes the set
    own: Numbers  # (slots * 64,) of those, the ones that are of the group themselves


class Apart(NamedTuple):
    """In which lanes the sides' routes differ: at a row, and at or after it."""

    here: Words  # (M,) the next hop, or whether it is a customer
    up: Words  # (M,) of a customer's routes
    all: Words  # (M,)


def passed_of(graph: Graph, groups: Groups, kind: np.dtype[Any], sides: int) -> list[Passed]:
    """Return the memory for the sides of a comparison."""
    m, sets = graph.transit, groups.sets
    slots = int(groups.slot_of.max(initial=0)) + 1
    pool = pool_of(m, sets, sides)
    group, lanes, used = np.zeros(pool, np.uint16), np.zeros(pool, np.uint64), np.zeros(1, np.int32)
    return [
        Passed(
            group, lanes, used,
            up_start=np.zeros(m + 1, np.int32), up_end=np.zeros(m + 1, np.int32),
            start=np.zeros(m + 1, np.int32), end=np.zeros(m + 1, np.int32),
            again=np.zeros(max(groups.readings, 1) * (m + 1), np.uint64),
            tally=np.zeros(sets + 1, np.uint64), touched=np.zeros(2 * sets + GROUPS, np.int32),
            inside=aligned((sets + 1) * LANES, kind), own=aligned(slots * LANES, kind),
        )
        for _ in range(sides)
    ]  # fmt: skip


def pool_of(transit: int, sets: int, sides: int) -> int:
    """Return how long a pool can become: two lists a row and side, no set twice in any; and what is read beyond."""
    return 2 * (transit + 1) * sets * sides + FOUND_AT_ONCE


def passed_bytes(transit: int, readings: int, sets: int, kind: np.dtype[Any], sides: int) -> int:
    """Return how much memory :func:`passed_of` takes at most; lists of real graphs fill a twentieth of it."""
    sums = (sets + readings * GROUPS + 2) * LANES * kind.itemsize
    rows = (transit + 1) * (16 + 8 * max(readings, 1))
    return pool_of(transit, sets, sides) * 10 + sides * (rows + sums + 16 * sets + 4 * GROUPS)


def _find(lanes: Lanes, groups: Row, wanted: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return which of the next 32 entries are of a set. Lists begin anywhere."""
    held = groups.load(U16)
    held.align = 2
    return lanes.builder.zext(lanes.bits(lanes.equal(held, lanes.every(U16, wanted))), U64)


find = operation(FOUND_AT_ONCE, _find, types.uint64)


@inlined
def _lanes_of(passed: Passed, first: int, last: int, group: int) -> np.uint64:
    """Return the lanes in which a list has a set."""
    while first < last:
        hits = find(passed.group, first, group)
        if last - first < FOUND_AT_ONCE:
            hits &= (np.uint64(1) << np.uint64(last - first)) - np.uint64(1)
        if hits:
            word: np.uint64 = passed.lanes[first + signed(lowest_bit(hits))]
            return word
        first += FOUND_AT_ONCE
    return NOTHING


@inlined
def own_lanes(passed: Passed, place: int, group: int) -> np.uint64:
    """Return the lanes in which a set stands on a row's routes, the row included."""
    return _lanes_of(passed, signed(passed.start[place]), signed(passed.end[place]), group)


@inlined
def _gather(passed: Passed, first: int, last: int, word: np.uint64, found: int) -> int:
    """Add a list to the tally, in some lanes. Without branches: which sets meet is hard to foretell."""
    for place in range(first, last):
        some = passed.lanes[place] & word
        g = passed.group[place]
        known = passed.tally[g]
        passed.touched[found] = g
        passed.tally[g] = known | some
        found += (some != NOTHING) & (known == NOTHING)
    return found


@inlined
def _ask(passed: Passed, first: int, last: int, word: np.uint64, found: int) -> None:
    """Add to the tally what a list says, in some lanes, of the sets that are touched."""
    for i in range(found):
        g = passed.touched[i]
        passed.tally[g] |= _lanes_of(passed, first, last, g) & word


@inlined
def _write(passed: Passed, used: int, found: int) -> int:
    """Write the tally as a list, and clear it. What is touched twice is written once."""
    for i in range(found):
        g = passed.touched[i]
        word = passed.tally[g]
        passed.group[used], passed.lanes[used] = g, word
        passed.tally[g] = NOTHING
        used += word != NOTHING
    return used


@inlined
def _begin(groups: Groups, passed: Passed, u: int) -> int:
    """Touch the sets that a row is asked about, if those are few; return how many."""
    found = 0
    if groups.few[u]:
        for i in range(groups.need_start[u], groups.need_start[u + 1]):
            passed.touched[found] = signed(groups.need[i])
            found += 1
    return found


@inlined
def _own(groups: Groups, passed: Passed, u: int, size: int, word: np.uint64, found: int) -> int:  # noqa: PLR0913, PLR0917
    """Add a row's own sets to the tally."""
    if word:
        for reading in range(groups.readings):
            g = signed(groups.asked[reading * size + u])
            if g:
                passed.touched[found] = g
                found += passed.tally[g] == NOTHING
                passed.tally[g] |= word
    return found


@inlined
def _after(plane: Plane, groups: Groups, passed: Passed, u: int, word: np.uint64, found: int) -> int:  # noqa: PLR0913, PLR0917
    """Add what stands after a row to the tally, in lanes with a peer's or a provider's route."""
    rest = word & ~same_hop(plane.hop, u * LANES, NO_HOP)
    while rest:
        lane = signed(lowest_bit(rest))
        h = signed(plane.hop[u * LANES + lane])
        some = same_hop(plane.hop, u * LANES, h) & rest
        first, last = signed(passed.start[h]), signed(passed.end[h])
        # A peer passes on its customers' routes; the list over all its lanes may not be known yet.
        if plane.key[u * LANES + lane] < PROVIDER:
            first, last = signed(passed.up_start[h]), signed(passed.up_end[h])
        if groups.few[u]:
            _ask(passed, first, last, some, found)
        else:
            found = _gather(passed, first, last, some, found)
        rest &= ~some
    return found


@inlined
def _after_up(plane: Plane, passed: Passed, u: int, word: np.uint64) -> int:
    """Add what stands after a row to the tally, in lanes with a customer's route; return how many sets."""
    rest, found = word & ~same_hop(plane.hop, u * LANES, NO_HOP), 0
    while rest:
        h = signed(plane.hop[u * LANES + signed(lowest_bit(rest))])
        some = same_hop(plane.hop, u * LANES, h) & rest
        found = _gather(passed, signed(passed.up_start[h]), signed(passed.up_end[h]), some, found)
        rest &= ~some
    return found


@inner
def list_groups(graph: Graph, plane: Plane, groups: Groups, passed: Passed) -> None:
    """Make the lists of all transit rows."""
    used, m, size = 0, graph.transit, len(graph.named)
    for place in range(m):
        u = signed(graph.order[place])
        passed.up_start[u] = used
        word, found = NOTHING, 0
        if plane.active[u]:
            word = by_customer(plane, u)
            found = _after_up(plane, passed, u, word)
        for reading in range(groups.readings):
            passed.again[reading * (m + 1) + u] = passed.tally[groups.asked[reading * size + u]] & word
        found = _own(groups, passed, u, size, word, found)
        used = _write(passed, used, found)
        passed.up_end[u] = used
    for place in range(m - 1, -1, -1):
        u = signed(graph.order[place])
        first, last = signed(passed.up_start[u]), signed(passed.up_end[u])
        word = by_others(plane, u)
        if word == NOTHING:
            passed.start[u], passed.end[u] = first, last
            continue
        found = _after(plane, groups, passed, u, word, _begin(groups, passed, u))
        for reading in range(groups.readings):
            passed.again[reading * (m + 1) + u] |= passed.tally[groups.asked[reading * size + u]] & word
        if groups.few[u]:
            _ask(passed, first, last, EVERY, found)
        else:
            found = _gather(passed, first, last, EVERY, found)
        found = _own(groups, passed, u, size, word, found)
        passed.start[u] = used
        used = _write(passed, used, found)
        passed.end[u] = used
    passed.used[0] = used


@inner
def list_again(  # noqa: C901, PLR0913, PLR0915, PLR0917 - two sweeps, in one piece
    graph: Graph, a: Plane, b: Plane, groups: Groups, one: Passed, two: Passed, apart: Apart
) -> None:  # fmt: skip
    """Make the lists of the side after from those before: only rows and lanes whose routes differ are looked at anew.

    ``graph``: after. ``apart.here`` has to be filled; fills the rest of it.
    """
    used, m, size, any_ = signed(one.used[0]), graph.transit, len(graph.named), NOTHING
    for place in range(m):
        u = signed(graph.order[place])
        word, was = by_customer(b, u), by_customer(a, u)
        new = (word ^ was) | (apart.here[u] & word)
        rest = word & any_ & ~new & ~same_hop(b.hop, u * LANES, NO_HOP)
        while rest:
            h = signed(b.hop[u * LANES + signed(lowest_bit(rest))])
            some = same_hop(b.hop, u * LANES, h) & rest
            new |= some & apart.up[h]
            rest &= ~some
        apart.up[u] = new
        any_ |= new
        if new == NOTHING:
            two.up_start[u], two.up_end[u] = one.up_start[u], one.up_end[u]
            continue
        found = _after_up(b, two, u, word & new)
        for reading in range(groups.readings):
            two.again[reading * (m + 1) + u] = two.tally[groups.asked[reading * size + u]] & word & new
        found = _gather(two, signed(one.up_start[u]), signed(one.up_end[u]), ~new, found)
        found = _own(groups, two, u, size, word, found)
        two.up_start[u] = used
        used = _write(two, used, found)
        two.up_end[u] = used
    for place in range(m - 1, -1, -1):
        u = signed(graph.order[place])
        word, was, up = by_others(b, u), by_others(a, u), apart.up[u]
        new = (word ^ was) | (apart.here[u] & word)
        rest = word & any_ & ~new & ~same_hop(b.hop, u * LANES, NO_HOP)
        while rest:
            lane = signed(lowest_bit(rest))
            h = signed(b.hop[u * LANES + lane])
            some = same_hop(b.hop, u * LANES, h) & rest
            new |= some & (apart.up[h] if b.key[u * LANES + lane] < PROVIDER else apart.all[h])
            rest &= ~some
        apart.all[u] = new | up
        any_ |= new
        if new | up == NOTHING:
            two.start[u], two.end[u] = one.start[u], one.end[u]
            for reading in range(groups.readings):
                two.again[reading * (m + 1) + u] = one.again[reading * (m + 1) + u]
            continue
        found = _after(b, groups, two, u, word & new, _begin(groups, two, u))
        for reading in range(groups.readings):
            at = reading * (m + 1) + u
            fresh = two.tally[groups.asked[reading * size + u]] & word & new
            if up:
                fresh |= two.again[at] & up
            two.again[at] = fresh | (one.again[at] & ~(new | up))
        first, last = signed(one.start[u]), signed(one.end[u])
        up_first, up_last = signed(two.up_start[u]), signed(two.up_end[u])
        if groups.few[u]:
            _ask(two, first, last, ~(new | up), found)
            _ask(two, up_first, up_last, up, found)
        else:
            found = _gather(two, first, last, ~(new | up), found)
            found = _gather(two, up_first, up_last, up, found)
        found = _own(groups, two, u, size, word, found)
        two.start[u] = used
        used = _write(two, used, found)
        two.end[u] = used


def _counted(lanes: Lanes, sets: Row, word: Any, times: Any) -> Any:  # noqa: ANN401
    """Return how many lanes of some are in each of the next sets, multiplied."""
    held = sets.load(U64)
    held.align = 8
    some = lanes.both(held, lanes.every(U64, word))
    name, module = f"llvm.ctpop.v{lanes.width}i64", lanes.builder.module
    bits = module.globals.get(name) or ir.Function(module, ir.FunctionType(some.type, [some.type]), name)
    number = lanes.builder.uitofp(lanes.builder.call(bits, [some]), lanes.vector(F64))
    return lanes.builder.fmul(number, lanes.every(F64, times))


def _count(lanes: Lanes, sets: Row, into: Row, word: Any, times: Any) -> None:  # noqa: ANN401
    into.store(_counted(lanes, sets, word, times))


def _count_more(lanes: Lanes, sets: Row, into: Row, word: Any, times: Any) -> None:  # noqa: ANN401
    into.store(lanes.builder.fadd(into.load(F64), _counted(lanes, sets, word, times)))


count = operation(COUNTED_AT_ONCE, _count)
count_more = operation(COUNTED_AT_ONCE, _count_more)


class Ends(NamedTuple):
    """What the destinations of a batch weigh, for sums over sets of lanes."""

    lane: Floats  # (64,)
    table: Floats  # (8 * 256,): table[256 b + s] is what set s of the eight lanes from 8 b weighs
    # Whole weights below 2^SLICES, bit by bit: the sum over a set is that of 2^b times its lanes in slice b. The last
    # element is how many slices there are, 0 where weights are larger or no whole numbers, and the table is used.
    slices: Words  # (SLICES + 1,)
    sums: Floats  # (COUNTED_AT_ONCE,), of what is being counted


def ends_of() -> Ends:
    """Return the memory for one thread."""
    return Ends(
        aligned(LANES, np.float64), np.zeros(LANES // 8 * 256), np.zeros(SLICES + 1, np.uint64),
        aligned(COUNTED_AT_ONCE, np.float64),
    )  # fmt: skip


@inner
def slice_ends(ends: Ends) -> None:
    """Prepare sums over the destinations whose weights stand in ``lane``."""
    top, whole = 0.0, True
    for lane in range(LANES):
        top = max(top, ends.lane[lane])
        whole &= ends.lane[lane] == np.floor(ends.lane[lane])
    if whole and top < 1 << SLICES:
        count_of = 0
        while top >= 1 << count_of:
            ends.slices[count_of] = 0
            for lane in range(LANES):
                ends.slices[count_of] |= np.uint64((signed(ends.lane[lane]) >> count_of) & 1) << np.uint64(lane)
            count_of += 1
        ends.slices[SLICES] = max(count_of, 1)
        if count_of == 0:
            ends.slices[0] = 0
        return
    ends.slices[SLICES] = 0
    for byte in range(LANES // 8):
        ends.table[256 * byte] = 0.0
        for members in range(1, 256):
            low = signed(lowest_bit(np.uint64(members)))
            rest = ends.table[256 * byte + (members & (members - 1))]
            ends.table[256 * byte + members] = rest + ends.lane[8 * byte + low]


@inlined
def weight_of(ends: Ends, word: np.uint64) -> float:
    """Return the summed weight of the destinations in a set of lanes."""
    total = 0.0
    for byte in range(LANES // 8):
        total += ends.table[256 * byte + signed((word >> np.uint64(8 * byte)) & np.uint64(255))]
    return total


@inner
def lane_sum(ends: Ends, word: np.uint64) -> float:
    """Return the same without the table."""
    total = 0.0
    while word:
        total += ends.lane[signed(lowest_bit(word))]
        word &= word - np.uint64(1)
    return total


@inner
def meet(  # noqa: PLR0913, PLR0917
    passed: Passed, groups: Groups, place: int, word: np.uint64, weight: float, ends: Ends, by_source: Floats,
    above: int, source: int, size: int, without: bool,
) -> None:  # fmt: skip
    """Count the groups that stand on routes over a row, in some lanes, for sources behind it.

    ``above``: where the slot begins in ``by_source``, in rows. ``source``: their row, whose own groups are left out
    where it says ``without``.
    """
    first, last = signed(passed.start[place]), signed(passed.end[place])
    slices = signed(ends.slices[SLICES])
    for begin in range(first, last, COUNTED_AT_ONCE):
        if slices:
            count(passed.lanes, begin, ends.sums, 0, word & ends.slices[0], weight)
            for b in range(1, slices):
                count_more(passed.lanes, begin, ends.sums, 0, word & ends.slices[b], weight * np.float64(1 << b))
        for i in range(min(COUNTED_AT_ONCE, last - begin)):
            many = ends.sums[i] if slices else weight * weight_of(ends, passed.lanes[begin + i] & word)
            for reading in range(groups.readings):
                g = signed(groups.group_of[reading * (groups.sets + 1) + signed(passed.group[begin + i])])
                c = signed(groups.of[reading * size + source])
                if g and not (without and g == c):
                    by_source[(above + reading * GROUPS + c) * GROUPS + g] += many
