"""How much depends on which of several equally good next hops an AS takes.

A quarter of all pairs have two or more of them, and nobody knows which is taken. Equally good routes have the same
class and length, so that a choice never changes what others can choose from. So the pairs that can cross a set of ASes
bound those that do from above, and the pairs that cannot avoid it from below. Both bounds are exact where each AS
chooses for each destination by itself, because one AS's choice to cross, or to avoid, is never in the way of another's.
They hold for any narrower rule.

For each pair two bytes say of eight sets whether its route can cross and can avoid them; both are unions over the next
hops that are equally good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.compiled import inlined, kernel
from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import batches, counting
from crossline.internet.routing.planes import Links, links
from crossline.internet.routing.ties_vectors import (
    ALL,
    AVOID,
    BELOW,
    BETWEEN,
    CAN_CROSS,
    COUNTERS,
    FRESH,
    LANES,
    LENGTH,
    LONGEST,
    MUST_CROSS,
    NONE,
    PAIRS,
    ROUTED,
    ROW,
    SEVERAL,
    SPARE,
    begin,
    begin_beside,
    choose,
    climb,
    empty,
    least_above,
    least_beside,
    pass_on,
    turn,
    unite_above,
    unite_beside,
)
from crossline.internet.routing.vectors import aligned

if TYPE_CHECKING:
    from crossline.internet.routing.batches import Say
    from crossline.internet.routing.counting import Floats, Words
    from crossline.internet.routing.rows import Rows

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
SETS: Final = 8
# What a batch writes: the sums of the first three counters by set, then single ones.
_OUT_SEVERAL, _OUT_REACHED, _OUT_TOO_LONG, _OUT = 24, 25, 26, 27


@dataclass(frozen=True)
class Exposure:
    """What ordered pairs of ASes weigh, over all ways to break ties.

    ``bounds``: (S, 2) the least and the greatest that crosses each set, of the pairs neither end of which is in it;
    ``between``: (S,) all of these that have a route. ``several``: pairs with two or more equally good next hops, of
    ``reached``, all that have a route.
    """

    bounds: Floats
    between: Floats
    several: float
    reached: float


def exposure(
    rows: Rows, sets: npt.NDArray[np.bool_], weight: Floats, *, threads: int | None = None, say: Say | None = None
) -> Exposure:
    """Bound what the pairs weigh whose route crosses a set of ASes that neither end is in.

    ``sets``: (S, N), eight at most. ``weight``: (N,), not negative; a pair weighs the product. Weights that are no
    whole numbers are rounded (:mod:`.counting`). Whom ``rows`` prefer among equals makes no difference.

    Without filters only: where members refuse routes by what stands on them, a choice among equals decides what others
    can choose from, and the bounds would not hold.

    Raises ValueError for other shapes and where ASes of one row differ in the sets they are in; TopologyError for
    routes of more than 249 hops.
    """
    size = len(rows.row)
    if sets.ndim != 2 or not 1 <= len(sets) <= SETS or sets.shape[1] != size or weight.shape != (size,):
        raise ValueError(f"one to {SETS} sets, and weights, are needed, of the {size:,} ASes of the rows")
    own = np.zeros(size, np.uint8)
    for bit, members in enumerate(sets):
        own |= np.where(members, np.uint8(1 << bit), np.uint8(0))
    inside = own[rows.first]
    if (inside[rows.row] != own).any():
        raise ValueError("the rows put ASes together that differ in the sets they are in")
    weight, scale = counting.scaled(weight)
    sums = rows.sums(weight)
    asked = _Asked(
        rows, rows.destinations[sums[rows.destinations] > 0], inside, sums, np.rint(sums * scale).astype(np.int64),
        rows.squares(weight) * scale,
    )  # fmt: skip
    total = np.zeros(_OUT)
    for found in batches.each(
        -(-len(asked.ends) // LANES), threads, lambda: _buffers(rows), asked.batch, "bounding ties", say
    ):
        total += found
    if total[_OUT_TOO_LONG]:
        raise TopologyError(f"the graph has routes of {LONGEST} hops and more")
    total /= scale
    by_set = total[: 3 * SETS].reshape(3, SETS)[:, : len(sets)]
    bounds = np.stack([by_set[MUST_CROSS], by_set[CAN_CROSS]], axis=1)
    return Exposure(bounds, by_set[BETWEEN], float(total[_OUT_SEVERAL]), float(total[_OUT_REACHED]))


@dataclass(frozen=True)
class _Asked:
    """The same for all batches."""

    rows: Rows
    ends: Ints
    own: Bytes  # (M+K,) the sets of a row, a bit each
    weight: Floats
    units: Longs  # the same as whole numbers
    squares: Floats  # of an AS with itself, at the scale of the units

    def batch(self, number: int, buffers: _Buffers) -> Floats:
        """Return the sums over all pairs with a batch of destinations."""
        out, ends = np.zeros(_OUT), self.ends[LANES * number : LANES * (number + 1)]
        counted = (self.own, self.weight, self.units, self.squares)
        _batch(links(self.rows), self.rows.transit, self.rows.stubs, ends, *counted, buffers, out)
        return out


def memory(rows: Rows, threads: int | None = None) -> int:
    """Return how many bytes :func:`exposure` takes beside the rows."""
    each = (rows.transit + 1) * ROW + 10 * rows.transit + 4 * rows.size + 8 * COUNTERS * counting.SIZE
    return 26 * rows.size + batches.workers(-(-rows.size // LANES), threads) * each


class _Buffers(NamedTuple):
    """What a thread writes to."""

    active: Bytes  # (M,) whether a destination is reached by a customer
    beside: Bytes  # (M,) whether a stub among the destinations is a peer
    lane: Ints  # (M+K,) the lane of a destination, -1 for other rows
    near: Ints  # customers or peers of the row at hand that have routes to pass on
    upper: Ints  # its providers
    planes: Bytes  # (M+1, 4, LANES) of transit rows, then of the stub at hand
    spare: Bytes
    bits: Bytes  # (COUNTERS, LANES)
    words: Words  # the same memory
    sums: Words
    carry: Words
    value: Floats
    full: Floats


def _buffers(rows: Rows) -> _Buffers:
    m, bits = rows.transit, aligned(COUNTERS * LANES, np.uint8)
    return _Buffers(
        np.zeros(m, np.uint8), np.zeros(m, np.uint8), np.full(rows.size, -1, np.int32), np.zeros(m, np.int32),
        np.zeros(m, np.int32), aligned((m + 1) * ROW, np.uint8), aligned(SPARE, np.uint8), bits, bits.view(np.uint64),
        counting.counters(COUNTERS), aligned(counting.WORDS, np.uint64), np.zeros(counting.BITS),
        np.zeros(counting.WORDS),
    )  # fmt: skip


@inlined
def _add(sums: Words, so_far: int, weight: int, words: Words, carry: Words) -> None:
    for counter in range(COUNTERS):
        counting.add(sums, counting.SIZE * counter, so_far, weight, words, counting.WORDS * counter, carry, 0)


@kernel
def _batch(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one sweep: to hand over arrays costs more
    graph: Links, transit: int, stubs: int, ends: Ints, own: Bytes, weight: Floats, units: Longs, squares: Floats,
    buffers: _Buffers, out: Floats,
) -> None:  # fmt: skip
    active, beside, lane, near, upper, planes, spare, bits, words, sums, carry, value, full = buffers
    active[:] = 0
    beside[:] = 0
    so_far = 0
    too_long = 0
    stub_here = ROW * transit
    begin(planes, stub_here)
    begin_beside(planes, stub_here)
    for end in range(len(ends)):
        row = ends[end]
        lane[row] = end
        if row < transit:
            if not active[row]:
                active[row] = 1
                begin(planes, ROW * row)
            planes[ROW * row + BELOW + end] = 0
            planes[ROW * row + AVOID + end] = ALL
        else:
            stub = row - transit
            for link in range(graph.stub_providers_start[stub], graph.stub_providers_start[stub + 1]):
                there = graph.stub_providers[link]
                if not active[there]:
                    active[there] = 1
                    begin(planes, ROW * there)
                planes[ROW * there + BELOW + end] = 1
                planes[ROW * there + AVOID + end] = ALL
    # Up: routes of customers.
    for place in range(transit):
        row = graph.order[place]
        here = ROW * row
        known = 0
        # Each is put down, and stays if it has anything: a branch would be mispredicted too often.
        for link in range(graph.customers_start[row], graph.customers_start[row + 1]):
            near[known] = graph.customers[link]
            known += active[graph.customers[link]]
        if known == 0 and not active[row]:
            continue
        if not active[row]:
            active[row] = 1
            begin(planes, here)
        turn(spare, 0)
        if known:
            least_beside(near, 0, known, planes, 0, spare, 0)
            too_long |= climb(planes, here, spare, 0)
            unite_beside(near, 0, known, planes, 0, planes, here, spare, 0)
        pass_on(planes, here + BELOW, planes, here, spare, 0, bits, 0, own[row])
        if units[row]:
            _add(sums, so_far, units[row], words, carry)
            so_far += units[row]
    # Across, to a peer that is a stub itself.
    for end in range(len(ends)):
        if ends[end] >= transit:
            stub = ends[end] - transit
            for link in range(graph.stub_peers_start[stub], graph.stub_peers_start[stub + 1]):
                there = graph.stub_peers[link]
                here = ROW * there
                if not beside[there]:
                    beside[there] = 1
                    begin_beside(planes, here)
                    if not active[there]:
                        empty(planes, here)
                if not active[there] or planes[here + BELOW + end] == NONE:
                    planes[here + LENGTH + end] = 1
                    planes[here + AVOID + end] = ALL
    # Across to others, and down; stubs last.
    for place in range(transit + stubs):
        known, above = 0, 0
        if place < transit:
            row = np.int64(graph.order[transit - 1 - place])
            here = ROW * row
            from_below = here if active[row] else stub_here
            from_beside = here if beside[row] else stub_here
            if not active[row] and not beside[row]:
                empty(planes, here)
            for link in range(graph.peers_start[row], graph.peers_start[row + 1]):
                near[known] = graph.peers[link]
                known += active[graph.peers[link]]
            for link in range(graph.providers_start[row], graph.providers_start[row + 1]):
                upper[above] = graph.providers[link]
                above += 1
        else:
            row, stub = np.int64(place), np.int64(place - transit)
            if not units[row]:
                continue
            here, from_below, from_beside = stub_here, stub_here, stub_here
            begin_beside(planes, here)
            empty(planes, here)
            for link in range(graph.stub_stubs_start[stub], graph.stub_stubs_start[stub + 1]):
                end = lane[transit + graph.stub_stubs[link]]
                if end >= 0:
                    planes[here + LENGTH + end] = 1
                    planes[here + AVOID + end] = ALL
            for link in range(graph.stub_peers_start[stub], graph.stub_peers_start[stub + 1]):
                near[known] = graph.stub_peers[link]
                known += active[graph.stub_peers[link]]
            for link in range(graph.stub_providers_start[stub], graph.stub_providers_start[stub + 1]):
                upper[above] = graph.stub_providers[link]
                above += 1
        turn(spare, 0)
        least_beside(near, 0, known, planes, 0, spare, 0)
        least_above(upper, 0, above, planes, 0, spare, 0)
        too_long |= choose(planes, from_below, planes, from_beside, planes, here, spare, 0)
        unite_beside(near, 0, known, planes, 0, planes, here, spare, 0)
        unite_above(upper, 0, above, planes, 0, planes, here, spare, 0)
        pass_on(spare, FRESH, planes, here, spare, 0, bits, 0, own[row])
        if units[row]:
            _add(sums, so_far, units[row], words, carry)
            so_far += units[row]
        if place >= transit and lane[row] >= 0:
            _leave_out(bits, lane[row], squares[row], out)
    for counter in range(COUNTERS):
        counting.read(sums, counting.SIZE * counter, so_far, value, full)
        for end in range(len(ends)):
            if counter == PAIRS:
                out[_OUT_REACHED] += value[8 * end] * weight[ends[end]]
                out[_OUT_SEVERAL] += value[8 * end + 1] * weight[ends[end]]
            else:
                for bit in range(SETS):
                    if not (own[ends[end]] >> bit) & 1:
                        out[SETS * counter + bit] += value[8 * end + bit] * weight[ends[end]]
    out[_OUT_TOO_LONG] = too_long
    for end in range(len(ends)):
        lane[ends[end]] = -1


@inlined
def _leave_out(bits: Bytes, end: int, square: float, out: Floats) -> None:
    """Take back the pairs of each AS of a class with itself."""
    for counter in range(PAIRS):
        for bit in range(SETS):
            if (bits[LANES * counter + end] >> bit) & 1:
                out[SETS * counter + bit] -= square
    if bits[LANES * PAIRS + end] & ROUTED:
        out[_OUT_REACHED] -= square
    if bits[LANES * PAIRS + end] & SEVERAL:
        out[_OUT_SEVERAL] -= square
