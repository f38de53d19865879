"""What passes over each AS, and over each state's, for all pairs of ASes: exact, strictly between a pair's ends.

A pair (source, destination) weighs the product of what its two ASes weigh, and counts where the source has a route.
The weight that passes over an AS is the sum over the pairs on whose chosen route it stands, ends not included; over a
group of ASes, a state's, the sum over the pairs on whose route at least one of the group does, each pair once.

Whole numbers that add up to less than 2^32 (counts of ASes, IPv4 addresses) are carried as whole numbers; anything
else as fractions of 64 bits. Sums are exact for whole numbers as long as they stay below 2^53, with the pairs of each
AS with itself that are taken out again; beyond, they are rounded to one part in 10^15 or so.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from crossline.internet.routing.batches import each
from crossline.internet.routing.forwarding import LANES, graph_of, plane_bytes, plane_of, too_long
from crossline.internet.routing.transit_batches import AFTER, BEFORE, BOTH, SLOTS, Side, Totals, batches
from crossline.internet.routing.transit_groups import GROUPS, groups_of, set_count
from crossline.internet.routing.transit_states import Apart, ends_of, passed_bytes, passed_of
from crossline.internet.routing.transit_weights import Chosen, Weights, chosen_of
from crossline.internet.routing.vectors import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.internet.routing.batches import Say
    from crossline.internet.routing.forwarding import Bytes, Graph
    from crossline.internet.routing.measures import Enacted
    from crossline.internet.routing.rows import Rows
    from crossline.internet.routing.transit_groups import Groups

Floats = npt.NDArray[np.float64]
# Batches that a thread takes at once, a tenth of a second: none waits long for the last, and few totals are added.
_STRIPE: Final = 16
_SUMMED: Final = ("by_row", "through", "by_source", "foreign", "counts")


@dataclass(frozen=True)
class GroupTransit:
    """What passes over groups of ASes. Group 0, of those for which none is known, is nobody's: its column is 0."""

    through: Floats  # (G, G): [group of the destination, group on the way]
    by_source: Floats | None  # (G, G): [group of the source, group on the way]; None where it was not asked for
    foreign: Floats  # (G,): of all that passes over a group, the pairs of which neither end is in it


@dataclass(frozen=True)
class Transit:
    """What passes over ASes and groups, in one state of the graph."""

    by_as: Floats  # (N,)
    by_group: tuple[GroupTransit, ...]  # one for each grouping


@dataclass(frozen=True)
class Compared:
    """The same before and after a scenario; ``batches`` of 64 destinations on which it had any effect, of ``of``."""

    before: Transit
    after: Transit
    batches: int
    of: int


def transit_by_as(  # noqa: PLR0913 - the rest are named
    rows: Rows,
    weight: Floats,
    *,
    named: Bytes | None = None,
    refuse: Bytes | None = None,
    threads: int | None = None,
    say: Say | None = None,
) -> Floats:
    """Return the weight of the pairs whose route passes each AS, (N,). ``weight``: (N,), 0 or more.

    ``named``, ``refuse``: (M+K,), marks of rows as in :class:`.measures.Enacted`. ``say`` is told
    what is done and how far it is (0 to 1), in the caller's thread. Raises TopologyError for graphs that are too large
    or have routes of 62 links or more, ValueError for weights that are none.
    """
    return _measure(rows, (named, refuse), None, (None, None), weight, (), threads, say).before.by_as


def transit_by_group(  # noqa: PLR0913 - the rest are named
    rows: Rows,
    weight: Floats,
    group: npt.NDArray[Any],
    *,
    sources: bool = False,
    named: Bytes | None = None,
    refuse: Bytes | None = None,
    threads: int | None = None,
    say: Say | None = None,
) -> GroupTransit:
    """Return the weight of the pairs whose route passes each group. ``group``: (N,), 1 to 255, or 0 for none.

    ``sources``: by the group of the source as well, which takes half as long again.
    Raises what :func:`transit_by_as` does, and ValueError for groups that are none, or that differ within a row.
    """
    return _measure(
        rows, (named, refuse), None, (None, None), weight, (group,), threads, say, sources=sources
    ).before.by_group[0]


def compare(  # noqa: PLR0913 - the rest are named
    enacted: Enacted,
    weight: Floats,
    groups: Sequence[npt.NDArray[Any]] = (),
    *,
    sources: bool = False,
    threads: int | None = None,
    say: Say | None = None,
) -> Compared:
    """Return what passes over each AS and each group, before and after, in one sweep that does only once what is alike.

    ``groups``: any number of groupings, (N,) each, as for :func:`transit_by_group`; they share all but their counting.
    """
    after = (enacted.named, enacted.refuse)
    given = tuple(groups)
    return _measure(enacted.before, (None, None), enacted.after, after, weight, given, threads, say, sources=sources)


def memory_bytes(
    rows: Rows, groups: Sequence[npt.NDArray[Any]] = (), *, paired: bool = False, threads: int | None = None
) -> int:
    """Return how much memory the work takes at most, beside the rows themselves."""
    kind = np.dtype(np.float64)
    sides, sets = 2 if paired else 1, set_count(rows, list(groups))
    side = plane_bytes(rows, marked=True) + (rows.transit + 1) * LANES * kind.itemsize
    lists = passed_bytes(rows.transit, len(groups), sets, kind, sides)
    totals = SLOTS * 8 * (rows.transit + len(groups) * GROUPS * (2 * GROUPS + 1)) + 26 * rows.transit
    totals += 32 * (len(rows.stub_providers) + len(rows.stub_peers))
    readied = 40 * rows.size + len(groups) * 5 * rows.size + rows.transit * (sets // 8 + 32)
    return _threads(threads, rows) * (sides * side + lists + totals) + readied


def _threads(threads: int | None, rows: Rows) -> int:
    wanted = threads if threads is not None else os.cpu_count() or 1
    return max(1, min(wanted, -(-rows.size // (LANES * _STRIPE))))


def _kind(weight: Floats) -> np.dtype[Any]:
    """Return the kind of number in which weights are carried without loss."""
    whole = bool((weight == np.floor(weight)).all()) and float(weight.sum()) < 2**32
    return np.dtype(np.uint32) if whole else np.dtype(np.float64)


def _checked(rows: Rows, weight: Floats, groups: Sequence[npt.NDArray[Any]]) -> tuple[Floats, list[Bytes]]:
    weight = np.asarray(weight, np.float64)
    if weight.shape != rows.row.shape:
        raise ValueError(f"{len(rows.row):,} ASes want as many weights, not {weight.shape}")
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError("weights have to be numbers, and none below 0")
    checked = []
    for group in groups:
        given = np.asarray(group)
        if given.shape != rows.row.shape or not np.issubdtype(given.dtype, np.integer):
            raise ValueError(f"{len(rows.row):,} ASes want as many whole numbers of groups, not {given.shape}")
        if len(given) and not 0 <= int(given.min()) <= int(given.max()) < GROUPS:
            raise ValueError(f"groups are numbered from 0 to {GROUPS - 1}")
        of = given[rows.first].astype(np.uint8)
        if (of[rows.row] != given).any():
            raise ValueError(
                "ASes of different groups stand in one row: build the rows with labels that tell them apart"
            )
        checked.append(of)
    return weight, checked


def _altered(before: Graph, after: Graph) -> Bytes:
    """Return which classes' links differ, (K,): 1 or 0. A scenario only takes links away."""
    counts = [
        np.diff(a.astype(np.int64)) != np.diff(b.astype(np.int64))
        for a, b in (
            (before.stub_provider_start, after.stub_provider_start),
            (before.stub_peer_start, after.stub_peer_start),
            (before.stub_stub_start, after.stub_stub_start),
        )
    ]
    altered: Bytes = (counts[0] | counts[1] | counts[2]).astype(np.uint8)
    return altered


def _weights(rows: Rows, sides: list[Graph], weight: Floats, kind: np.dtype[Any]) -> Weights:
    m = rows.transit
    altered = _altered(sides[0], sides[-1])
    choice = np.diff(rows.stub_providers.start) != 1
    choice |= (np.diff(rows.stub_peers.start) > 0) | (np.diff(rows.stub_stubs.start) > 0) | (altered != 0)
    for side in sides:
        choice |= (side.refuse[m:] != 0) & side.marked
    plain = ~choice
    row = rows.sums(weight)
    provider = rows.stub_providers.of[rows.stub_providers.start[:-1][plain]]
    return Weights(
        row=row.astype(kind), squares=rows.squares(weight), plain=plain.astype(np.uint8),
        prior=np.bincount(provider, row[m:][plain], m).astype(kind), altered=altered,
    )  # fmt: skip


def _sides(graphs: list[Graph], groups: Groups, kind: np.dtype[Any]) -> list[Side]:
    cells = (graphs[0].transit + 1) * LANES
    passed = passed_of(graphs[0], groups, kind, len(graphs))
    return [Side(graph, plane_of(graph), its, aligned(cells, kind)) for graph, its in zip(graphs, passed, strict=True)]


def _totals(rows: Rows, readings: int) -> Totals:
    matrix = SLOTS * readings * GROUPS * GROUPS
    return Totals(
        by_row=np.zeros(SLOTS * rows.transit), through=np.zeros(matrix), by_source=np.zeros(matrix),
        foreign=np.zeros(SLOTS * readings * GROUPS), ends=ends_of(),
        changed=np.zeros(rows.transit + 1, np.uint8),
        apart=Apart(*(np.zeros(rows.transit + 1, np.uint64) for _ in range(3))),
        carries=np.zeros(rows.transit + 1, np.uint8), counts=np.zeros(2, np.int64),
    )  # fmt: skip


Marks = tuple["Bytes | None", "Bytes | None"]
Memory = tuple[list[Side], tuple[Chosen, Chosen]]


def _measure(  # noqa: PLR0913, PLR0917 - the one place that all of the above lead to
    before: Rows,
    before_marks: Marks,
    after: Rows | None,
    after_marks: Marks,
    weight: Floats,
    given: Sequence[npt.NDArray[Any]],
    threads: int | None,
    say: Say | None,
    *,
    sources: bool = False,
) -> Compared:
    weight, of = _checked(before, weight, given)
    graphs = [graph_of(before, *before_marks)]
    if after is not None:
        graphs.append(graph_of(after, *after_marks))
    kind = _kind(weight)
    weights = _weights(before, graphs, weight, kind)
    groups = groups_of(before, of, weights, sources=sources)
    count = -(-before.size // LANES)
    stripes, links = -(-count // _STRIPE), len(before.stub_providers) + len(before.stub_peers)

    def make() -> Memory:
        # Two even of one side: kernels name both.
        return _sides(graphs, groups, kind), (chosen_of(links), chosen_of(links))

    def work(stripe: int, memory: Memory) -> Totals:
        sides, chosen = memory
        totals, low = _totals(before, len(of)), stripe * _STRIPE
        high = min(low + _STRIPE, count)
        if batches(sides[0], sides[-1], after is not None, weights, groups, *chosen, totals, low, high):
            raise too_long()
        return totals

    total = _totals(before, len(of))
    # In the order of stripes: sums of fractions come out the same however many threads there are.
    for found in each(stripes, threads, make, work, "following routes", say):
        for name in _SUMMED:
            getattr(total, name)[:] += getattr(found, name)
    if say is not None:
        say("following routes", 1.0)
    return Compared(
        _transit(before, total, groups, (BOTH, BEFORE)), _transit(before, total, groups, (BOTH, AFTER)),
        int(total.counts[0]), count,
    )  # fmt: skip


def _transit(rows: Rows, total: Totals, groups: Groups, slots: tuple[int, int]) -> Transit:
    """Add up what both sides have and what one has."""
    by_as = np.zeros(len(rows.row))
    by_as[rows.first[: rows.transit]] = total.by_row.reshape(SLOTS, -1)[list(slots)].sum(axis=0)
    readings = groups.readings
    matrix, vector = (SLOTS, readings, GROUPS, GROUPS), (SLOTS, readings, GROUPS)
    through, by_source, foreign = (
        sums.reshape(shape)[list(slots)].sum(axis=0)
        for sums, shape in ((total.through, matrix), (total.by_source, matrix), (total.foreign, vector))
    )
    return Transit(
        by_as,
        tuple(GroupTransit(through[r], by_source[r] if groups.sources else None, foreign[r]) for r in range(readings)),
    )
