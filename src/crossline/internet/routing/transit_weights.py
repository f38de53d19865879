"""How much passes over each transit row: the sources behind it, found by following all chosen routes at once.

Each class of stubs puts its weight on its next hop's lane; then every transit row hands what it carries, and its own
weight, to its next hop: those with a provider's or a peer's route in the order of customers before providers, those
with a customer's route the other way. What a row carries when its turn comes is what passes over it.

Lanes are whole numbers of 32 bits or fractions of 64, as the arrays of a call are; kernels are compiled for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types

from crossline.compiled import inlined, inner, signed
from crossline.internet.routing.forwarding import EVERY, LANES, NO_HOP, NONE, PEER, absent
from crossline.internet.routing.vectors import F64, U8, U16, lowest_bit, operation

if TYPE_CHECKING:
    from crossline.internet.routing.forwarding import Bytes, Graph, Ints, Plane
    from crossline.internet.routing.vectors import Lanes, Row

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
# Numbers of either kind: uint32 or float64.
Numbers = npt.NDArray[Any]
NOTHING: Final = np.uint64(0)


class Weights(NamedTuple):
    """What rows weigh, and which classes need no choice."""

    row: Numbers  # (M+K,) the sum of a row's ASes
    squares: Floats  # (M+K,) what the pairs of its ASes with themselves weigh
    plain: Bytes  # (K,) 1 for classes of one provider, no peer, that refuse nothing: they route as it does
    prior: Numbers  # (M,) the weight of a row's plain classes
    altered: Bytes  # (K,) 1 for classes whose own links or marks a scenario changes


class Chosen(NamedTuple):
    """The next hops of one class, and in which lanes, on one side; the memory of it.

    And those of all classes in which the sides differ, until what they have in common is known.
    """

    hop: Ints  # (64,)
    word: Words  # (64,)
    later: Ints  # (1,) how many wait
    later_class: Ints
    later_hop: Ints
    later_word: Words


def _where(lanes: Lanes, word: Any) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return a set of lanes, in a word, as a condition."""
    return lanes.builder.bitcast(word, ir.VectorType(ir.IntType(1), lanes.width))


def _sum(lanes: Lanes, a: Any, b: Any) -> Any:  # noqa: ANN401
    """Return sums of numbers of either kind."""
    return lanes.builder.add(a, b) if isinstance(a.type.element, ir.IntType) else lanes.builder.fadd(a, b)


def _add_where(lanes: Lanes, into: Row, word: Any, weight: Any) -> None:  # noqa: ANN401
    held = into.load(weight.type)
    into.store(lanes.select(_where(lanes, word), _sum(lanes, held, lanes.every(weight.type, weight)), held))


def _add_row_where(lanes: Lanes, into: Row, other: Row, word: Any, weight: Any) -> None:  # noqa: ANN401
    held = into.load(weight.type)
    more = _sum(lanes, other.load(weight.type), lanes.every(weight.type, weight))
    into.store(lanes.select(_where(lanes, word), _sum(lanes, held, more), held))


def _add_row(lanes: Lanes, into: Row, other: Row, word: Any, like: Any) -> None:  # noqa: ANN401
    """Add a row in some lanes; ``like`` tells the kind of number."""
    held = into.load(like.type)
    into.store(lanes.select(_where(lanes, word), _sum(lanes, held, other.load(like.type)), held))


def _copy_row(_lanes: Lanes, into: Row, other: Row, like: Any) -> None:  # noqa: ANN401
    into.store(other.load(like.type))


def _set_all(lanes: Lanes, into: Row, weight: Any) -> None:  # noqa: ANN401
    into.store(lanes.every(weight.type, weight))


def _reduction(lanes: Lanes, name: str, vector: Any, kind: Any, more: list[Any]) -> Any:  # noqa: ANN401
    """Return LLVM's function that makes one number of a vector (its language reference: vector reductions)."""
    full = f"llvm.vector.reduce.{name}.v{lanes.width}{'f' if kind == F64 else 'i'}{64 if kind == F64 else kind.width}"
    module = lanes.builder.module
    return module.globals.get(full) or ir.Function(module, ir.FunctionType(kind, [*more, vector]), full)


def _product(lanes: Lanes, carried: Row, ends: Row, word: Any, weight: Any) -> Any:  # noqa: ANN401
    """Return the sum, over some lanes, of what is carried times the weight of the destination."""
    builder, wide = lanes.builder, lanes.vector(F64)
    numbers = carried.load(weight.type)
    if isinstance(weight.type, ir.IntType):
        numbers = builder.uitofp(numbers, wide)
    times = builder.fmul(numbers, ends.load(F64))
    some = lanes.select(_where(lanes, word), times, ir.Constant(wide, [0.0] * lanes.width))
    # In any order: the sums of whole numbers below 2^53 are exact in each.
    reduce = _reduction(lanes, "fadd", wide, F64, [F64])
    return builder.call(reduce, [ir.Constant(F64, 0.0), some], fastmath=("reassoc",))


def _less(lanes: Lanes, a: Row, b: Row) -> Any:  # noqa: ANN401
    return lanes.bits(lanes.less(a.load(U8), b.load(U8)))


def _reached(lanes: Lanes, key: Row) -> Any:  # noqa: ANN401
    return lanes.bits(lanes.unequal(key.load(U8), lanes.constant(U8, NONE)))


def _within(lanes: Lanes, key: Row, low: Any, count: Any) -> Any:  # noqa: ANN401
    above = lanes.builder.sub(key.load(U8), lanes.every(U8, low))
    return lanes.bits(lanes.less(above, lanes.every(U8, count)))


def _same_hop(lanes: Lanes, hop: Row, number: Any) -> Any:  # noqa: ANN401
    return lanes.bits(lanes.equal(hop.load(U16), lanes.every(U16, number)))


def _offer(lanes: Lanes, theirs: Row, mark: Row, step: Any, below: Any, refuse: Any) -> Any:  # noqa: ANN401, PLR0913, PLR0917
    """Return a neighbour's lengths with ``step`` added, those of at least ``below`` and those refused taken out."""
    key, none = theirs.load(U8), lanes.constant(U8, NONE)
    passed_on = lanes.less(key, lanes.every(U8, below))
    carried = lanes.unequal(lanes.both(mark.load(U8), lanes.every(U8, refuse)), lanes.constant(U8, 0))
    offered = lanes.builder.and_(passed_on, lanes.builder.not_(carried))
    return lanes.select(offered, lanes.add(key, lanes.every(U8, step)), none)


def _take_least(lanes: Lanes, into: Row, theirs: Row, mark: Row, step: Any, below: Any, refuse: Any) -> None:  # noqa: ANN401, PLR0913, PLR0917
    into.store(lanes.least(into.load(U8), _offer(lanes, theirs, mark, step, below, refuse)))


def _offers(lanes: Lanes, best: Row, theirs: Row, mark: Row, step: Any, below: Any, refuse: Any) -> Any:  # noqa: ANN401, PLR0913, PLR0917
    return lanes.bits(lanes.equal(best.load(U8), _offer(lanes, theirs, mark, step, below, refuse)))


def _plain_least(lanes: Lanes, into: Row, theirs: Row) -> None:
    into.store(lanes.least(into.load(U8), theirs.load(U8)))


def _equal_bytes(lanes: Lanes, a: Row, b: Row) -> Any:  # noqa: ANN401
    return lanes.bits(lanes.equal(a.load(U8), b.load(U8)))


def _all_marks(lanes: Lanes, mark: Row) -> Any:  # noqa: ANN401
    """Return the marks that any lane has."""
    marks = mark.load(U8)
    return lanes.builder.call(_reduction(lanes, "or", marks.type, U8, []), [marks])


def _differ(lanes: Lanes, a: Row, b: Row) -> Any:  # noqa: ANN401
    return lanes.any(lanes.unequal(a.load(U8), b.load(U8)))


def _other_hops(lanes: Lanes, a: Row, b: Row) -> Any:  # noqa: ANN401
    return lanes.bits(lanes.unequal(a.load(U16), b.load(U16)))


add_where = operation(LANES, _add_where)
add_row_where = operation(LANES, _add_row_where)
add_row = operation(LANES, _add_row)
copy_row = operation(LANES, _copy_row)
set_all = operation(LANES, _set_all)
product = operation(LANES, _product, types.float64)
less = operation(LANES, _less, types.uint64)
reached = operation(LANES, _reached, types.uint64)
within = operation(LANES, _within, types.uint64)
same_hop = operation(LANES, _same_hop, types.uint64)
take_least = operation(LANES, _take_least)
offers = operation(LANES, _offers, types.uint64)
plain_least = operation(LANES, _plain_least)
equal_bytes = operation(LANES, _equal_bytes, types.uint64)
all_marks = operation(LANES, _all_marks, types.uint8)
differ = operation(LANES, _differ, types.uint8)
other_hops = operation(LANES, _other_hops, types.uint64)


def chosen_of(links: int) -> Chosen:
    """Return the memory for one side; there are as many choices at most as classes have links."""
    return Chosen(
        np.zeros(LANES, np.int32), np.zeros(LANES, np.uint64), np.zeros(1, np.int32), np.zeros(links, np.int32),
        np.zeros(links, np.int32), np.zeros(links, np.uint64),
    )  # fmt: skip


@inlined
def put_off(chosen: Chosen, k: int, h: int, word: np.uint64) -> None:
    """Keep a choice for when the sides are worked on by themselves."""
    if word:
        place = chosen.later[0]
        chosen.later_class[place], chosen.later_hop[place], chosen.later_word[place] = k, h, word
        chosen.later[0] = place + 1


@inlined
def choices(graph: Graph, plane: Plane, k: int, chosen: Chosen) -> int:  # noqa: C901, PLR0912, PLR0915 - inlined, in one piece
    """Find the next hops of a class: fills ``chosen``, returns how many. Peers that are the destination are none."""
    found = 0
    best = plane.best
    first, last = signed(graph.stub_provider_start[k]), signed(graph.stub_provider_start[k + 1])
    refuse = graph.refuse[graph.transit + k] if graph.marked else np.uint8(0)
    free = EVERY & ~plane.direct[k]
    if graph.stub_peer_start[k + 1] > graph.stub_peer_start[k]:
        count = 0
        for link in range(graph.stub_peer_start[k], graph.stub_peer_start[k + 1]):
            x = graph.stub_peer_of[link]
            plane.near[count] = x
            count += plane.active[x]
        if count:
            absent(best, 0, plane.best_hop, 0)
            # Without marks a key row stands for them: nothing is refused then.
            for place in range(count):
                at = signed(plane.near[place]) * LANES
                if refuse:
                    take_least(best, 0, plane.key, at, plane.mark, at, 1, PEER, refuse)
                else:
                    take_least(best, 0, plane.key, at, plane.key, at, 1, PEER, 0)
            open_ = reached(best, 0) & free
            free &= ~open_
            for place in range(count):
                if open_ == NOTHING:
                    break
                x = signed(plane.near[place])
                at = x * LANES
                if refuse:
                    word = offers(best, 0, plane.key, at, plane.mark, at, 1, PEER, refuse) & open_
                else:
                    word = offers(best, 0, plane.key, at, plane.key, at, 1, PEER, 0) & open_
                if word:
                    chosen.hop[found], chosen.word[found] = x, word
                    found += 1
                    open_ &= ~word
    if refuse == 0 and last - first == 1:
        p = signed(graph.stub_provider_of[first])
        word = reached(plane.length, p * LANES) & free
        if word:
            chosen.hop[found], chosen.word[found] = p, word
            found += 1
    elif refuse == 0 and last - first == 2:
        p, q = signed(graph.stub_provider_of[first]), signed(graph.stub_provider_of[first + 1])
        second = less(plane.length, q * LANES, plane.length, p * LANES)
        word = reached(plane.length, p * LANES) & free & ~second
        if word:
            chosen.hop[found], chosen.word[found] = p, word
            found += 1
        word = second & free
        if word:
            chosen.hop[found], chosen.word[found] = q, word
            found += 1
    elif last > first:
        absent(best, 0, plane.best_hop, 0)
        for link in range(first, last):
            at = signed(graph.stub_provider_of[link]) * LANES
            if refuse:
                take_least(best, 0, plane.length, at, plane.mark, at, 1, NONE, refuse)
            else:
                plain_least(best, 0, plane.length, at)
        open_ = reached(best, 0) & free
        for link in range(first, last):
            if open_ == NOTHING:
                break
            p = signed(graph.stub_provider_of[link])
            at = p * LANES
            if refuse:
                word = offers(best, 0, plane.length, at, plane.mark, at, 1, NONE, refuse) & open_
            else:
                word = equal_bytes(best, 0, plane.length, at) & open_
            if word:
                chosen.hop[found], chosen.word[found] = p, word
                found += 1
                open_ &= ~word
    return found


@inlined
def by_customer(plane: Plane, u: int) -> np.uint64:
    """Return the lanes in which a row has a customer's route: not its own."""
    word: np.uint64 = within(plane.key, u * LANES, 1, PEER - 1)
    return word


@inlined
def by_others(plane: Plane, u: int) -> np.uint64:
    """Return the lanes in which a row has a peer's or a provider's route."""
    word: np.uint64 = within(plane.key, u * LANES, PEER, NONE - PEER)
    return word


@inlined
def hand_on(plane: Plane, u: int, word: np.uint64, carried: Numbers, weight: Numbers) -> None:
    """Add what a row carries in some lanes, and its own weight, to its next hops."""
    at = u * LANES
    word &= ~same_hop(plane.hop, at, NO_HOP)
    while word:
        h = signed(plane.hop[at + signed(lowest_bit(word))])
        some = same_hop(plane.hop, at, h) & word
        add_row_where(carried, h * LANES, carried, at, some, weight[u])
        word &= ~some


@inner
def start(graph: Graph, weights: Weights, carried: Numbers) -> None:
    """Let rows carry their plain classes."""
    for u in range(graph.transit):
        set_all(carried, u * LANES, weights.prior[u])
