"""The vector instructions of :mod:`.ties`, and where what they work on lies in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba.core import cgutils, types

from crossline.internet.routing.vectors import U8, U64, Row, operation

if TYPE_CHECKING:
    from collections.abc import Callable

from crossline.internet.routing.vectors import Lanes

LANES: Final = 256  # destinations in a batch
# Lengths of routes are bytes; none is 255, and 254 is a length that no neighbour has.
NONE: Final = 255
NEVER: Final = 254
LONGEST: Final = 250
# Bytes of sets.
ALL: Final = 255
# What is kept of a row, beside each other in memory: the length of its route by a customer, and of its route; the sets
# that routes by it, itself included, can cross, and those that they can avoid.
BELOW, LENGTH, CAN, AVOID = (LANES * plane for plane in range(4))
ROW: Final = 4 * LANES
# Spare rows, of the row at hand: the best lengths by customers or peers and by providers, which of them are wanted,
# whether one was met, whether two were, and the lengths of its new routes.
BESIDE, ABOVE, WANT_BESIDE, WANT_ABOVE, SEEN, TIED, FRESH = (LANES * row for row in range(7))
SPARE: Final = 7 * LANES
# Counters, and the rows that are added to them: three bytes of sets, and a byte with two bits.
CAN_CROSS, MUST_CROSS, BETWEEN, PAIRS = range(4)
COUNTERS: Final = 4
ROUTED, SEVERAL = 1, 2


def _at(row: Row, place: int) -> Row:
    """Return the row that begins so many bytes further."""
    return Row(row.lanes, row.lanes.builder.gep(row.pointer, [U64(place)]))


def _fill(lanes: Lanes, row: Row, places: tuple[int, ...], number: int) -> None:
    for place in places:
        _at(row, place).store(lanes.constant(U8, number))


def _begin(lanes: Lanes, here: Row) -> None:
    _fill(lanes, here, (BELOW,), NONE)
    _fill(lanes, here, (CAN, AVOID), 0)


def _begin_beside(lanes: Lanes, here: Row) -> None:
    _fill(lanes, here, (LENGTH,), NONE)


def _empty(lanes: Lanes, here: Row) -> None:
    _fill(lanes, here, (CAN, AVOID), 0)


def _turn(lanes: Lanes, spare: Row) -> None:
    _fill(lanes, spare, (SEEN, TIED), 0)


def _each(lanes: Lanes, numbers: Row, count: Any, planes: Row, body: Callable[[Row], None]) -> None:  # noqa: ANN401
    """Emit ``body`` as a loop over the rows of some numbers."""
    builder = lanes.builder
    with cgutils.for_range(builder, count) as loop:
        number = builder.zext(builder.load(builder.gep(numbers.pointer, [loop.index])), U64)
        body(Row(lanes, builder.gep(planes.pointer, [builder.mul(number, U64(ROW))])))


def _least(lanes: Lanes, numbers: Row, count: Any, planes: Row, plane: int, into: Row) -> None:  # noqa: ANN401, PLR0913, PLR0917
    """Find the best lengths that neighbours pass on. A variable stays in registers where memory would not."""
    best = cgutils.alloca_once(lanes.builder, lanes.vector(U8))  # type: ignore[no-untyped-call]  # numba has few types

    def take(there: Row) -> None:
        lanes.builder.store(lanes.least(lanes.builder.load(best), _at(there, plane).load(U8)), best)

    lanes.builder.store(lanes.constant(U8, NONE), best)
    _each(lanes, numbers, count, planes, take)
    into.store(lanes.builder.load(best))


def _least_beside(lanes: Lanes, near: Row, known: Any, planes: Row, spare: Row) -> None:  # noqa: ANN401
    _least(lanes, near, known, planes, BELOW, _at(spare, BESIDE))


def _least_above(lanes: Lanes, upper: Row, above: Any, planes: Row, spare: Row) -> None:  # noqa: ANN401
    _least(lanes, upper, above, planes, LENGTH, _at(spare, ABOVE))


def _one_more(lanes: Lanes, length: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    none = lanes.constant(U8, NONE)
    return lanes.select(lanes.equal(length, none), none, lanes.add(length, lanes.constant(U8, 1)))


def _climb(lanes: Lanes, here: Row, spare: Row) -> Any:  # noqa: ANN401
    """Take routes of customers where they are shorter; returns whether one is too long."""
    old, best = _at(here, BELOW).load(U8), _at(spare, BESIDE).load(U8)
    length = _one_more(lanes, best)
    better = lanes.less(length, old)
    _at(spare, WANT_BESIDE).store(lanes.select(better, best, lanes.constant(U8, NEVER)))
    _at(here, BELOW).store(lanes.select(better, length, old))
    return lanes.any(lanes.both(better, lanes.equal(length, lanes.constant(U8, LONGEST))))


def _choose(lanes: Lanes, below: Row, beside: Row, here: Row, spare: Row) -> Any:  # noqa: ANN401
    """Take routes of peers where there is none of a customer, then of providers; returns whether one is too long.

    ``beside``: where routes to peers that are stubs have been put already.
    """
    none, never = lanes.constant(U8, NONE), lanes.constant(U8, NEVER)
    customer, own = _at(below, BELOW).load(U8), _at(beside, LENGTH).load(U8)
    across, down = _at(spare, BESIDE).load(U8), _at(spare, ABOVE).load(U8)
    is_open = lanes.equal(customer, none)
    crossing = _one_more(lanes, across)
    by_peer = lanes.both(is_open, lanes.less(crossing, own))
    _at(spare, WANT_BESIDE).store(lanes.select(by_peer, across, never))
    best = lanes.least(crossing, own)
    by_provider = lanes.both(lanes.both(is_open, lanes.equal(best, none)), lanes.unequal(down, none))
    _at(spare, WANT_ABOVE).store(lanes.select(by_provider, down, never))
    best = lanes.select(by_provider, _one_more(lanes, down), best)
    _at(here, LENGTH).store(lanes.select(is_open, best, customer))
    _at(spare, FRESH).store(lanes.select(is_open, best, lanes.constant(U8, 0)))
    return lanes.any(lanes.both(is_open, lanes.equal(best, lanes.constant(U8, LONGEST))))


def _gather(lanes: Lanes, hit: Any, here: Row, there: Row, spare: Row) -> None:  # noqa: ANN401
    """Unite with what a neighbour can cross and avoid, where its routes are as good as any."""
    nothing = lanes.constant(U8, 0)
    for plane in (CAN, AVOID):
        into = _at(here, plane)
        into.store(lanes.either(into.load(U8), lanes.select(hit, _at(there, plane).load(U8), nothing)))
    seen, tied = _at(spare, SEEN), _at(spare, TIED)
    before = seen.load(U8)
    tied.store(lanes.either(tied.load(U8), lanes.select(hit, before, nothing)))
    seen.store(lanes.select(hit, lanes.constant(U8, ALL), before))


def _unite_beside(lanes: Lanes, near: Row, known: Any, planes: Row, here: Row, spare: Row) -> None:  # noqa: ANN401, PLR0913, PLR0917
    """Unite with those customers or peers that pass on the best; most peers have nothing that is wanted."""
    want = _at(spare, WANT_BESIDE).load(U8)

    def take(there: Row) -> None:
        hit = lanes.equal(want, _at(there, BELOW).load(U8))
        with lanes.builder.if_then(lanes.builder.icmp_unsigned("!=", lanes.any(hit), ir.Constant(U8, 0))):
            _gather(lanes, hit, here, there, spare)

    _each(lanes, near, known, planes, take)


def _unite_above(lanes: Lanes, upper: Row, above: Any, planes: Row, here: Row, spare: Row) -> None:  # noqa: ANN401, PLR0913, PLR0917
    """Unite with those providers that pass on the best."""
    want = _at(spare, WANT_ABOVE).load(U8)

    def take(there: Row) -> None:
        _gather(lanes, lanes.equal(want, _at(there, LENGTH).load(U8)), here, there, spare)

    _each(lanes, upper, above, planes, take)


def _pass_on(lanes: Lanes, length: Row, here: Row, spare: Row, bits: Row, own: Any) -> None:  # noqa: ANN401, PLR0913, PLR0917
    """Write what is counted of a source where its length is 1 and more, then add the row itself to its routes."""
    every = lanes.constant(U8, ALL)
    one = lanes.constant(U8, 1)
    routed = lanes.less(lanes.builder.sub(length.load(U8), one), lanes.constant(U8, LONGEST - 1))
    inside = lanes.every(U8, own)
    outside = lanes.builder.xor(inside, every)
    crossing, avoiding = _at(here, CAN).load(U8), _at(here, AVOID).load(U8)
    can = lanes.both(crossing, outside)
    flags = lanes.either(lanes.both(_at(spare, TIED).load(U8), lanes.constant(U8, SEVERAL)), lanes.constant(U8, ROUTED))
    shown = {
        CAN_CROSS: can,
        MUST_CROSS: lanes.both(can, lanes.builder.xor(avoiding, every)),
        BETWEEN: outside,
        PAIRS: flags,
    }
    for counter, value in shown.items():
        _at(bits, LANES * counter).store(lanes.select(routed, value, lanes.constant(U8, 0)))
    _at(here, CAN).store(lanes.select(routed, lanes.either(crossing, inside), crossing))
    _at(here, AVOID).store(lanes.select(routed, lanes.both(avoiding, outside), avoiding))


begin, begin_beside, empty, turn = (operation(LANES, emit) for emit in (_begin, _begin_beside, _empty, _turn))
least_beside, least_above = operation(LANES, _least_beside), operation(LANES, _least_above)
climb, choose = operation(LANES, _climb, types.uint8), operation(LANES, _choose, types.uint8)
unite_beside, unite_above = operation(LANES, _unite_beside), operation(LANES, _unite_above)
pass_on = operation(LANES, _pass_on)
