"""Which pairs of ASes have a path left on which no named AS stands: valley-free, whether or not routes take it.

A path is valley-free if it goes up from customers to providers, then across one link between peers at most, then down
(Gao and Rexford 2001, DOI 10.1109/90.974523). Without marks an AS has a route to another if, and only if, there is such
a path, so that this is also what is left where named ASes are gone from the graph.

Rows are sets of destinations, a bit each, and a path's steps are unions of sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.compiled import kernel
from crossline.internet.routing import batches, counting
from crossline.internet.routing.counting import BITS, WORDS, clear, copy
from crossline.internet.routing.planes import Links, links
from crossline.internet.routing.vectors import U64, aligned, operation

if TYPE_CHECKING:
    from crossline.internet.graph.topology import Mask
    from crossline.internet.routing.batches import Say
    from crossline.internet.routing.counting import Floats, Words
    from crossline.internet.routing.rows import Rows
    from crossline.internet.routing.vectors import Lanes, Row

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_ONE = np.uint64(1)


def untouched(  # noqa: PLR0913 - a matrix of sums needs its groups and weights
    rows: Rows, without: Mask, group: npt.NDArray[np.int64], groups: int, weight: Floats,
    *, threads: int | None = None, say: Say | None = None,
) -> Floats:  # fmt: skip
    """Return what the ordered pairs weigh that have a valley-free path free of some ASes: [of source, of destination].

    ``without``: (N,) the ASes on no path, at its ends neither. ``group``: (N,) numbers below ``groups``, for sources
    and destinations. ``weight``: (N,), not negative; a pair weighs the product. Pairs of an AS with itself count
    nothing. The result has the shape (groups, groups). Weights that are no whole numbers are rounded
    (:mod:`.counting`).

    Raises ValueError for other shapes, for groups out of range, and where ASes of one row differ in ``without`` or
    ``group``.
    """
    size = len(rows.row)
    if without.shape != (size,) or group.shape != (size,) or weight.shape != (size,):
        raise ValueError(f"without, group and weight are needed for each of the {size:,} ASes of the rows")
    if size and not 0 <= int(group.min()) <= int(group.max()) < groups:
        raise ValueError(f"groups are numbered from 0 to {groups - 1}")
    gone, of = without[rows.first].astype(np.bool_), group[rows.first].astype(np.int64)
    if (gone[rows.row] != without).any() or (of[rows.row] != group).any():
        raise ValueError("the rows put ASes together that differ in group or in whether paths may cross them")
    weight, scale = counting.scaled(weight)
    sums = rows.sums(weight)
    left = rows.kept(lambda a, b: ~(gone[a] | gone[b])) if gone.any() else rows
    counts = ~gone & (sums > 0)
    ends = left.destinations[counts[left.destinations]]
    asked = _Asked(
        left, ends, ends[np.argsort(of[ends], kind="stable")], of, groups, sums, np.rint(sums * scale).astype(np.int64)
    )
    total = np.zeros((groups, groups))
    for found in batches.each(
        -(-len(ends) // BITS), threads, lambda: _buffers(left), asked.batch,
        "looking for paths free of named networks", say,
    ):  # fmt: skip
        total += found
    total /= scale
    # An AS reaches itself, and a class its own ASes by any provider that is left: peers pass it on to customers only.
    m = rows.transit
    itself = counts.copy()
    itself[m:] &= np.diff(left.stub_providers.start) > 0
    alone = np.bincount(of[itself], rows.squares(weight)[itself], groups)
    total[np.arange(groups), np.arange(groups)] -= alone
    return total


def memory(rows: Rows, groups: int, threads: int | None = None) -> int:
    """Return how many bytes :func:`untouched` takes beside the rows, at most."""
    each = rows.transit * (16 * WORDS + 1) + 4 * rows.size + 8 * counting.SIZE
    shared = 8 * (sum(len(links) for links in (rows.peers, rows.stub_peers, rows.stub_providers)) + 6 * rows.size)
    number = -(-rows.size // BITS)
    return shared + batches.workers(number, threads) * each + 8 * groups**2 * (number + 1)


@dataclass(frozen=True)
class _Asked:
    """The same for all batches."""

    rows: Rows  # links that are left
    ends: Ints  # rows that are destinations
    sources: Ints  # the same by group
    group: Longs
    groups: int
    weight: Floats  # of rows
    units: Longs  # the same as whole numbers

    def batch(self, number: int, buffers: _Buffers) -> Floats:
        """Return what the sources of all groups reach of a batch of destinations, (G, G)."""
        out, ends = np.zeros((self.groups, self.groups)), self.ends[BITS * number : BITS * (number + 1)]
        graph, transit = links(self.rows), self.rows.transit
        _batch(graph, transit, ends, self.sources, self.group, self.weight, self.units, buffers, out)
        return out


class _Buffers(NamedTuple):
    """What a thread writes to."""

    active: Bytes  # (M,) whether a customer, at any distance, is a destination
    lane: Ints  # (M+K,) the bit of a destination, -1 for other rows
    below: Words  # (M, WORDS) what customers pass on
    reach: Words  # (M, WORDS)
    spare: Words
    sums: Words
    value: Floats
    full: Floats


def _buffers(rows: Rows) -> _Buffers:
    m = rows.transit
    return _Buffers(
        np.zeros(m, np.uint8), np.full(rows.size, -1, np.int32), aligned(m * WORDS, np.uint64),
        aligned(m * WORDS, np.uint64), aligned(2 * WORDS, np.uint64), counting.counters(1), np.zeros(BITS),
        np.zeros(WORDS),
    )  # fmt: skip


def _unite(lanes: Lanes, into: Row, other: Row) -> None:
    into.store(lanes.either(into.load(U64), other.load(U64)))


unite = operation(WORDS, _unite)


@kernel
def _batch(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one sweep: to hand over arrays costs more
    graph: Links, transit: int, ends: Ints, sources: Ints, group: Longs, weight: Floats, units: Longs,
    buffers: _Buffers, out: Floats,
) -> None:  # fmt: skip
    active, lane, below, reach, spare, sums, value, full = buffers
    active[:] = 0
    for bit in range(len(ends)):
        row = ends[bit]
        lane[row] = bit
        word, set_bit = bit >> 6, _ONE << np.uint64(bit & 63)
        if row < transit:
            if not active[row]:
                active[row] = 1
                clear(below, WORDS * row)
            below[WORDS * row + word] |= set_bit
        else:
            for link in range(graph.stub_providers_start[row - transit], graph.stub_providers_start[row - transit + 1]):
                provider = graph.stub_providers[link]
                if not active[provider]:
                    active[provider] = 1
                    clear(below, WORDS * provider)
                below[WORDS * provider + word] |= set_bit
    # Up: what customers reach below them.
    for place in range(transit):
        row = graph.order[place]
        if active[row]:
            for link in range(graph.providers_start[row], graph.providers_start[row + 1]):
                provider = graph.providers[link]
                if active[provider]:
                    unite(below, WORDS * provider, below, WORDS * row)
                else:
                    active[provider] = 1
                    copy(below, WORDS * provider, below, WORDS * row)
    # Across, to a peer that is a stub itself.
    for row in range(transit):
        if active[row]:
            copy(reach, WORDS * row, below, WORDS * row)
        else:
            clear(reach, WORDS * row)
    for bit in range(len(ends)):
        row = ends[bit]
        if row >= transit:
            for link in range(graph.stub_peers_start[row - transit], graph.stub_peers_start[row - transit + 1]):
                reach[WORDS * graph.stub_peers[link] + (bit >> 6)] |= _ONE << np.uint64(bit & 63)
    # Across to others, and down.
    for place in range(transit - 1, -1, -1):
        row = graph.order[place]
        for link in range(graph.peers_start[row], graph.peers_start[row + 1]):
            if active[graph.peers[link]]:
                unite(reach, WORDS * row, below, WORDS * graph.peers[link])
        for link in range(graph.providers_start[row], graph.providers_start[row + 1]):
            unite(reach, WORDS * row, reach, WORDS * graph.providers[link])
    # Sources come by group: one is counted, then its sums are written.
    total = 0
    for place in range(len(sources)):
        row = sources[place]
        if row < transit:
            counting.add(sums, 0, total, units[row], reach, WORDS * row, spare, WORDS)
        else:
            stub = row - transit
            clear(spare, 0)
            for link in range(graph.stub_providers_start[stub], graph.stub_providers_start[stub + 1]):
                unite(spare, 0, reach, WORDS * graph.stub_providers[link])
            for link in range(graph.stub_peers_start[stub], graph.stub_peers_start[stub + 1]):
                if active[graph.stub_peers[link]]:
                    unite(spare, 0, below, WORDS * graph.stub_peers[link])
            for link in range(graph.stub_stubs_start[stub], graph.stub_stubs_start[stub + 1]):
                bit = lane[transit + graph.stub_stubs[link]]
                if bit >= 0:
                    spare[bit >> 6] |= _ONE << np.uint64(bit & 63)
            counting.add(sums, 0, total, units[row], spare, 0, spare, WORDS)
        total += units[row]
        if place + 1 == len(sources) or group[sources[place + 1]] != group[row]:
            counting.read(sums, 0, total, value, full)
            total = 0
            for bit in range(len(ends)):
                if value[bit] != 0:
                    out[group[row], group[ends[bit]]] += value[bit] * weight[ends[bit]]
    for bit in range(len(ends)):
        lane[ends[bit]] = -1
