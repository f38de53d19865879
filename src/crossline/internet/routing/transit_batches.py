"""One batch of destinations after the other: what passes over each AS and each group, before and after a scenario.

Both sides of a comparison are worked on together, since most of what they do is the same. What both have is summed
once, in slot 0; what only one has in its own, 1 before and 2 after. A batch on which a scenario has no effect is
worked on once; of the others, those classes of stubs choose twice whose neighbours' routes differ, and what they choose
is counted twice in those lanes alone where it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.compiled import inlined, inner, kernel, signed
from crossline.internet.routing.forwarding import EVERY, LANES, NO_HOP, PEER, forget, forward
from crossline.internet.routing.transit_groups import GROUPS
from crossline.internet.routing.transit_states import lane_sum, list_again, list_groups, meet, own_lanes, slice_ends
from crossline.internet.routing.transit_weights import (
    NOTHING,
    add_row,
    add_where,
    all_marks,
    by_customer,
    by_others,
    choices,
    copy_row,
    differ,
    equal_bytes,
    hand_on,
    other_hops,
    product,
    put_off,
    start,
    within,
)

if TYPE_CHECKING:
    from crossline.internet.routing.forwarding import Bytes, Graph, Plane
    from crossline.internet.routing.transit_groups import Groups
    from crossline.internet.routing.transit_states import Apart, Ends, Passed
    from crossline.internet.routing.transit_weights import Chosen, Floats, Numbers, Weights

BOTH: Final = 0
BEFORE: Final = 1
AFTER: Final = 2
SLOTS: Final = 3
OFFER_TO_CUSTOMERS: Final = 1  # any route, by its length
OFFER_TO_PEERS: Final = 2  # customers' routes


class Side(NamedTuple):
    """The graph as it is on one side of a comparison, and its memory."""

    graph: Graph
    plane: Plane
    passed: Passed
    carried: Numbers  # ((M+1) * 64,)


class Totals(NamedTuple):
    """What is summed over all batches, for one thread; slot by slot, and reading by reading within."""

    by_row: Floats  # (3 * M,)
    through: Floats  # (3 * readings * 256 * 256,) group of the destination, group on the way
    by_source: Floats  # the same by group of the source
    foreign: Floats  # (3 * readings * 256,)
    ends: Ends
    changed: Bytes  # (M+1,) whether what the row offers differs between the sides: to customers, to peers
    apart: Apart
    carries: Bytes  # (M+1,) any mark a row's routes carry after
    counts: npt.NDArray[np.int64]  # batches that differ; classes that choose on both sides


@inlined
def _count(  # noqa: PLR0913, PLR0917 - inlined
    side: Side, groups: Groups, totals: Totals, source: int, h: int, word: np.uint64, weight: float, number: Any,  # noqa: ANN401 - a whole number or a fraction
    slot: int,
) -> None:  # fmt: skip
    """Count the groups on the routes over a row, in some lanes, for a class of stubs behind it.

    ``number``: its weight as well, as the kind of number that lanes are.
    """
    size = len(side.graph.named)
    if groups.sources:
        above = slot * groups.readings * GROUPS
        meet(side.passed, groups, h, word, weight, totals.ends, totals.by_source, above, source, size, False)
    for reading in range(groups.readings):
        place = signed(groups.slot[reading * size + source])
        if place:
            own = own_lanes(side.passed, h, groups.asked[reading * size + source]) & word
            if own:
                add_where(side.passed.own, place * LANES, own, number)


@inlined
def _put(  # noqa: PLR0913, PLR0917 - inlined
    side: Side, weights: Weights, groups: Groups, totals: Totals, k: int, h: int, word: np.uint64, slot: int
) -> None:  # fmt: skip
    """Put a class of stubs on a next hop, in some lanes."""
    source = side.graph.transit + k
    weight = weights.row[source]
    add_where(side.carried, h * LANES, word, weight)
    if groups.readings:
        _count(side, groups, totals, source, h, word, np.float64(weight), weight, slot)


@inlined
def _may_differ(a: Side, b: Side, weights: Weights, totals: Totals, k: int) -> bool:
    """Return whether a class may have other next hops after than before."""
    graph = a.graph
    refuse = b.graph.refuse[graph.transit + k] if b.graph.marked else np.uint8(0)
    may: bool = weights.altered[k] != 0 or a.plane.direct[k] != b.plane.direct[k]
    for link in range(graph.stub_provider_start[k], graph.stub_provider_start[k + 1]):
        p = graph.stub_provider_of[link]
        may |= totals.changed[p] & OFFER_TO_CUSTOMERS != 0 or totals.carries[p] & refuse != 0
    for link in range(graph.stub_peer_start[k], graph.stub_peer_start[k + 1]):
        x = graph.stub_peer_of[link]
        may |= totals.changed[x] & OFFER_TO_PEERS != 0 or totals.carries[x] & refuse != 0
    return may


@inner
def _serve(  # noqa: C901, PLR0913, PLR0917
    a: Side, b: Side, paired: bool, weights: Weights, groups: Groups, first: Chosen, second: Chosen, totals: Totals
) -> None:  # fmt: skip
    """Put all classes that have a choice on their next hops, where the sides agree; put off where they do not."""
    first.later[0], second.later[0] = 0, 0
    for k in range(len(a.graph.stub_provider_start) - 1):
        if weights.plain[k]:
            continue
        found = choices(a.graph, a.plane, k, first)
        others = 0
        may = paired and _may_differ(a, b, weights, totals, k)
        if may:
            totals.counts[1] += 1
            others = choices(b.graph, b.plane, k, second)
        for i in range(found):
            h, word = signed(first.hop[i]), first.word[i]
            both = word & ~totals.apart.all[h]
            if may:
                also = NOTHING
                for j in range(others):
                    if second.hop[j] == h:
                        also = both & second.word[j]
                        second.word[j] &= ~also
                both = also
            elif both != word:
                put_off(second, k, h, word & ~both)
            put_off(first, k, h, word & ~both)
            if both:
                _put(a, weights, groups, totals, k, h, both, signed(BOTH))
        for j in range(others):
            put_off(second, k, signed(second.hop[j]), second.word[j])


@inner
def _serve_rest(side: Side, weights: Weights, groups: Groups, chosen: Chosen, totals: Totals, slot: int) -> None:  # noqa: PLR0913, PLR0917
    """Put those that were put off on their next hops."""
    for i in range(chosen.later[0]):
        k, h = signed(chosen.later_class[i]), signed(chosen.later_hop[i])
        _put(side, weights, groups, totals, k, h, chosen.later_word[i], slot)


@inner
def _plain(side: Side, weights: Weights, groups: Groups, totals: Totals, slot: int) -> None:
    """Count groups for sources that have no choice, and for transit rows, in the lanes where sides differ or do not.

    What plain classes put on their provider stands in ``prior``.
    """
    m, size, passed = side.graph.transit, len(side.graph.named), side.passed
    all_but = EVERY if slot == BOTH else NOTHING
    for i in range(len(groups.plain_row)):
        p = signed(groups.plain_provider[i])
        word = totals.apart.all[p] ^ all_but
        if word:
            source = signed(groups.plain_row[i])
            _count(side, groups, totals, source, p, word, groups.plain_weight[i], groups.plain_number[i], slot)
    for u in range(m):
        word = totals.apart.all[u] ^ all_but
        if word == NOTHING:
            continue
        weight = np.float64(weights.row[u])
        if groups.sources:
            # The list counts the row itself, the source here: its own group is counted where it comes again.
            above = slot * groups.readings * GROUPS
            meet(passed, groups, u, word, weight, totals.ends, totals.by_source, above, u, size, True)
        for reading in range(groups.readings):
            again = passed.again[reading * (m + 1) + u] & word
            c = signed(groups.of[reading * size + u])
            if again and c:
                if groups.sources:
                    row = ((slot * groups.readings + reading) * GROUPS + c) * GROUPS
                    totals.by_source[row + c] += weight * lane_sum(totals.ends, again)
                place = signed(groups.slot[reading * size + u])
                if place:
                    add_where(passed.own, place * LANES, again, weights.row[u])


@inlined
def _pass(side: Side, weights: Weights, groups: Groups, totals: Totals, u: int, word: np.uint64, slot: int) -> None:  # noqa: PLR0913, PLR0917
    """Count what a row carries in some lanes, now that nothing more comes, and hand it on."""
    m, like = side.graph.transit, weights.row[u]
    totals.by_row[slot * m + u] += product(side.carried, u * LANES, totals.ends.lane, 0, word, like)
    for reading in range(groups.readings):
        g = signed(groups.fresh[reading * m + u])
        if g:
            fresh = word & ~side.passed.again[reading * (m + 1) + u]
            if fresh:
                add_row(side.passed.inside, g * LANES, side.carried, u * LANES, fresh, like)
    hand_on(side.plane, u, word, side.carried, weights.row)


@inner
def _push(side: Side, weights: Weights, groups: Groups, totals: Totals, slot: int) -> None:
    """Hand all weights on, to the ends of the routes."""
    graph, plane = side.graph, side.plane
    for place in range(graph.transit):
        u = signed(graph.order[place])
        word = by_others(plane, u)
        if word:
            _pass(side, weights, groups, totals, u, word, slot)
    for place in range(graph.transit - 1, -1, -1):
        u = signed(graph.order[place])
        if plane.active[u]:
            word = by_customer(plane, u)
            if word:
                _pass(side, weights, groups, totals, u, word, slot)


@inner
def _diagonal(  # noqa: PLR0913, PLR0917
    side: Side, weights: Weights, groups: Groups, chosen: Chosen, totals: Totals, first: int, count: int, slot: int
) -> None:  # fmt: skip
    """Take out the pairs of an AS with itself, which a class's own lane has counted."""
    m, size, plane, passed = side.graph.transit, len(side.graph.named), side.plane, side.passed
    for lane in range(count):
        d = signed(side.graph.destinations[first + lane])
        squares, bit = weights.squares[d], np.uint64(1) << np.uint64(lane)
        if d < m or squares == 0.0:
            continue
        for i in range(choices(side.graph, plane, d - m, chosen)):
            if chosen.word[i] & bit == NOTHING:
                continue
            u = signed(chosen.hop[i])
            while u != NO_HOP and plane.key[u * LANES + lane] != 0:
                totals.by_row[slot * m + u] -= squares
                for reading in range(groups.readings):
                    c, g = signed(groups.of[reading * size + d]), signed(groups.of[reading * size + u])
                    if g and passed.again[reading * (m + 1) + u] & bit == NOTHING:
                        above = (slot * groups.readings + reading) * GROUPS
                        totals.through[(above + c) * GROUPS + g] -= squares
                        totals.by_source[(above + c) * GROUPS + g] -= squares
                        if g != c:
                            totals.foreign[above + g] -= squares
                u = signed(plane.hop[u * LANES + lane])


@inner
def _sum_groups(side: Side, groups: Groups, totals: Totals, first: int, count: int, slot: int) -> None:  # noqa: PLR0913, PLR0917
    """Add a batch's groups to the totals, by the group of the destination."""
    size, passed = len(side.graph.named), side.passed
    for reading in range(groups.readings):
        above = (slot * groups.readings + reading) * GROUPS
        for g in range(1, GROUPS):
            at = signed(groups.set_of[reading * GROUPS + g]) * LANES
            own = signed(groups.slot_of[reading * GROUPS + g]) * LANES
            if at == 0:
                continue
            for lane in range(count):
                inside = np.float64(passed.inside[at + lane])
                if inside == 0.0:
                    continue
                c = signed(groups.of[reading * size + side.graph.destinations[first + lane]])
                weight = totals.ends.lane[lane]
                totals.through[(above + c) * GROUPS + g] += inside * weight
                if c != g:
                    totals.foreign[above + g] += (inside - np.float64(passed.own[own + lane])) * weight


@inner
def _compare(a: Side, b: Side, totals: Totals) -> bool:
    """Find the rows whose routes differ, and in which lanes their next hops do; return whether any does."""
    some, apart = False, totals.apart
    for u in range(a.graph.transit):
        at = u * LANES
        routes = ~equal_bytes(a.plane.key, at, b.plane.key, at)
        of_customers = within(a.plane.key, at, 0, PEER) | within(b.plane.key, at, 0, PEER)
        totals.changed[u] = OFFER_TO_PEERS if routes & of_customers else 0
        if differ(a.plane.length, at, b.plane.length, at):
            totals.changed[u] |= OFFER_TO_CUSTOMERS
        apart.here[u] = other_hops(a.plane.hop, at, b.plane.hop, at)
        apart.up[u], apart.all[u] = NOTHING, NOTHING
        if routes | apart.here[u]:
            some = True
        totals.carries[u] = 0
        if b.graph.marked:
            totals.carries[u] = all_marks(b.plane.mark, at)
    return some


@inner
def _finish(  # noqa: PLR0913, PLR0917
    side: Side, weights: Weights, groups: Groups, chosen: Chosen, totals: Totals, first: int, count: int, slot: int
) -> None:  # fmt: skip
    _push(side, weights, groups, totals, slot)
    _diagonal(side, weights, groups, chosen, totals, first, count, slot)
    _sum_groups(side, groups, totals, first, count, slot)


@inner
def _copy(a: Side, b: Side, weights: Weights) -> None:
    """Let the side after go on from what both sides have."""
    for u in range(a.graph.transit):
        copy_row(b.carried, u * LANES, a.carried, u * LANES, weights.row[u])
    b.passed.inside[:] = 0
    for row in range(len(b.passed.own) // LANES):
        copy_row(b.passed.own, row * LANES, a.passed.own, row * LANES, weights.row[0])


@kernel
def batches(  # noqa: C901, PLR0913, PLR0917
    a: Side, b: Side, paired: bool, weights: Weights, groups: Groups, ones: Chosen, others: Chosen, totals: Totals,
    low: int, high: int,
) -> int:  # fmt: skip
    """Work on batches ``low`` to ``high``; returns how many rows have a route too long to be told."""
    # No literals in calls: a function is compiled for each that it is called with.
    graph, long, zero = a.graph, 0, signed(BOTH)
    for batch in range(low, high):
        first = batch * LANES
        count = min(LANES, len(graph.destinations) - first)
        totals.ends.lane[:] = 0.0
        for lane in range(count):
            totals.ends.lane[lane] = np.float64(weights.row[graph.destinations[first + lane]])
        long += forward(graph, a.plane, first, count)
        different = False
        if paired:
            long += forward(b.graph, b.plane, first, count)
            different = _compare(a, b, totals)
        if groups.readings:
            slice_ends(totals.ends)
            a.passed.inside[:] = 0
            a.passed.own[:] = 0
            list_groups(graph, a.plane, groups, a.passed)
            if different:
                list_again(b.graph, a.plane, b.plane, groups, a.passed, b.passed, totals.apart)
        start(graph, weights, a.carried)
        _serve(a, b, paired, weights, groups, ones, others, totals)
        if groups.readings:
            _plain(a, weights, groups, totals, zero)
        if ones.later[0] == 0 and others.later[0] == 0 and not different:
            _finish(a, weights, groups, ones, totals, first, count, zero)
        else:
            if groups.readings and not different:
                list_again(b.graph, a.plane, b.plane, groups, a.passed, b.passed, totals.apart)
            totals.counts[0] += 1
            _copy(a, b, weights)
            for slot in range(BEFORE, AFTER + 1):
                side, chosen = (a, ones) if slot == BEFORE else (b, others)
                if groups.readings:
                    _plain(side, weights, groups, totals, slot)
                _serve_rest(side, weights, groups, chosen, totals, slot)
                _finish(side, weights, groups, chosen, totals, first, count, slot)
        forget(graph, a.plane, first, count)
        if paired:
            forget(b.graph, b.plane, first, count)
    return long
