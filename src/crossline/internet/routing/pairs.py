"""What all pairs of ASes gain and lose: sums over every source and every destination, before and after a scenario.

Destinations come in batches of 256 lanes (:mod:`.planes`); for each batch, the routes before and
after are found, and every row (transit rows, then classes of stubs) is looked at once as a source. Its lengths, as
bytes, are multiplied by the destinations' weights and added up, within the batch, over **columns** of 16 lanes whose
destinations are of one group. So sums by group of source and group of destination need one row of 16 numbers a source,
not 256. The scenario is looked at only where a row's own or a neighbour's routes differ from before.

Exactness. A weight is cut into digits of 15 bits, multiplied with bytes and added as whole numbers of 32 bits, which
hold them: 4 + 15 + 6 bits for 16 lanes. All further sums are float64. So sums are exact for weights that are whole
numbers (below 2^45 a row) while they stay below 2^53: always for counts of ASes and of blocks of 256 addresses. Greater
sums carry float64's rounding (2^-53 of a sum at each step), so that their last digits may differ with the order in
which threads get their batches; weights that are no whole numbers are rounded to 2^-45 of the greatest row's.

A class of stubs stands for several ASes, and its own lane for the pairs inside the class. An AS is no pair with itself:
that is taken out of every sum.
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.internet.routing import planes as routing
from crossline.internet.routing import tallies
from crossline.internet.routing.choosing import NONE, WIDTH
from crossline.internet.routing.measures import Enacted
from crossline.internet.routing.tallies import COLUMNS, DIGIT_BITS, QUANTITIES, Plan, Totals
from crossline.internet.routing.vectors import aligned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crossline.internet.routing.rows import Rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.int8]

MOST_DIGITS: Final = 3
_SECONDS_BETWEEN_WORDS: Final = 0.2


@dataclass(frozen=True)
class PairTables:
    """Sums over ordered pairs of different ASes; a pair weighs its source's weight times its destination's.

    By weighting, group of the source and group of the destination, (W, G, G): ``pairs`` there are; ``reached`` before;
    ``length``, hops of those, before; ``after_reached``; ``lost``, reached before and not after; ``lost_ends``, those
    of them of which an end is itself named or gone; over pairs that are reached before and after: ``added``, hops after
    less hops before, and ``longer`` and ``shorter``, the pairs whose routes grew and shrank.

    By weighting and row, (W, M+K), for *one* AS of the row, what the ASes of other rows weigh: ``reached_from``, those
    that it reaches before; ``reached_to``, those that reach it; ``lost_from`` and ``lost_to``; ``added_from`` and
    ``added_to``, times hops. Of the other ASes of its own row, ``within_reached`` and ``within_lost`` say 1 or 0, and
    ``within_added`` hops, (M+K,), the same for each pair of them: :meth:`each` puts both together.
    """

    pairs: Floats
    reached: Floats
    length: Floats
    after_reached: Floats
    lost: Floats
    lost_ends: Floats
    added: Floats
    longer: Floats
    shorter: Floats
    reached_from: Floats
    reached_to: Floats
    lost_from: Floats
    lost_to: Floats
    added_from: Floats
    added_to: Floats
    within_reached: Flags
    within_lost: Flags
    within_added: Flags

    def each(self, what: str, rows: Rows, weights: Floats) -> Floats:
        """Return ``lost_from`` (or another of those by row) of each AS, (W, N), given the weights measured with."""
        own = getattr(self, f"within_{what.partition('_')[0]}").astype(np.float64)[rows.row]
        others = np.stack([rows.sums(weight)[rows.row] - weight for weight in weights])
        found: Floats = getattr(self, what)[:, rows.row] + own * others
        return found


class _Weights(NamedTuple):
    """Weights of rows, and the digits that stand for them as destinations'."""

    row: Floats  # (W, M+K)
    inner: Floats  # (W, M+K) what the pairs of different ASes within a row weigh
    digits: npt.NDArray[np.int16]  # (D, M+K+1), of no row last
    of: Ints  # (D,) which weighting the digit is of
    unit: Floats  # (D,) what 1 of it stands for


def _weights(rows: Rows, weights: Floats) -> _Weights:
    sums = np.stack([rows.sums(weight) for weight in weights])
    inner = np.stack(
        [rows.sums(weight * (total[rows.row] - weight)) for weight, total in zip(weights, sums, strict=True)]
    )
    digits, of, unit = [], [], []
    for w, weight in enumerate(sums):
        most = float(weight.max(initial=0))
        bits = int(np.ceil(np.log2(most + 1)))
        whole = bool((weight == np.rint(weight)).all()) and bits <= DIGIT_BITS * MOST_DIGITS
        shift = 0 if whole or not most else DIGIT_BITS * MOST_DIGITS - 1 - int(np.ceil(np.log2(most)))
        left = np.rint(np.ldexp(weight, shift)).astype(np.int64)
        place = 0
        while place == 0 or left.any():
            digits.append(np.append(left & (1 << DIGIT_BITS) - 1, 0).astype(np.int16))
            of.append(w)
            unit.append(float(np.ldexp(1.0, DIGIT_BITS * place - shift)))
            left >>= DIGIT_BITS
            place += 1
    return _Weights(sums, inner, np.stack(digits), np.array(of, np.int32), np.array(unit))


def _laid_out(rows: Rows, group: npt.NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Return batches, (B, 256) rows, -1 for none, and the group of each of their columns, (B, 16).

    A column's lanes are those that the sums of neighbouring pairs of 16-bit products, 32 lanes apart, bring together.
    """
    order = rows.destinations[np.argsort(group[rows.destinations], kind="stable")]
    own = group[order]
    deep = WIDTH // COLUMNS
    _, first, count = np.unique(own, return_index=True, return_counts=True)
    columns = -(-count // deep)
    begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(columns)])
    batches = -(-int(begins[-1]) // COLUMNS)
    place = np.repeat(begins[:-1] * deep - first, count) + np.arange(len(order))
    lanes = np.full(batches * WIDTH, -1, np.int32)
    lanes[place] = order
    of = np.zeros(batches * COLUMNS, np.int32)
    of[: begins[-1]] = np.repeat(own[first], columns)
    held = lanes.reshape(batches, COLUMNS, deep // 2, 2).transpose(0, 2, 1, 3).reshape(batches, WIDTH)
    return np.ascontiguousarray(held), of.reshape(batches, COLUMNS)


def _is_paired(enacted: Enacted) -> bool:
    return enacted.after is not enacted.before or bool(enacted.named.any() and enacted.refuse.any())


def _events(rows: Rows, batches: Ints) -> int:
    """Return how many peers the stub destinations of a batch have at most."""
    peers = np.zeros(rows.size + 1, np.int64)
    peers[rows.transit : -1] = np.diff(rows.stub_peers.start)
    return int(peers[batches].sum(axis=1).max(initial=0))


def memory(enacted: Enacted, weightings: int, groups: int, threads: int | None = None) -> int:
    """Return how many bytes :func:`measure` takes at most, beside the graph and what it returns."""
    rows, paired = enacted.before, _is_paired(enacted)
    digits = weightings * MOST_DIGITS
    events = _events(rows, _laid_out(rows, enacted.group)[0])
    planes = routing.plane_bytes(rows, events, marked=False) + paired * routing.plane_bytes(rows, events, marked=True)
    own = groups * len(QUANTITIES) * digits * COLUMNS * 8 + tallies.total_bytes(rows.size, weightings, digits)
    shared = weightings * len(QUANTITIES) * groups * groups * 8 + digits * rows.size * 2
    return (threads or os.cpu_count() or 1) * (planes + own) + shared


def compiled() -> bool:
    """Return whether the kernels' machine code is there, from this run or an earlier one; else it takes a while."""
    return all(_at_hand(one) for one in (routing.sweep, routing.sweep_after, tallies.tally, tallies.collect))


def _at_hand(kernel: object) -> bool:
    """Return whether numba has compiled a kernel for this machine; false if it does not say."""
    if getattr(kernel, "signatures", None):
        return True
    try:
        cache = kernel._cache  # type: ignore[attr-defined]  # noqa: SLF001 - numba has no other way to ask
        return bool(cache._cache_file._load_index())  # noqa: SLF001
    except (AttributeError, OSError):
        return False


class _Thread:
    """What one thread works on and adds to."""

    def __init__(self, plan: Plan, enacted: Enacted, groups: int, events: int, *, paired: bool) -> None:
        rows = enacted.before
        self.before = routing.planes(rows, events, marked=False)
        self.after = routing.planes(rows, events, marked=True) if paired else self.before
        self.totals = tallies.totals(rows, plan, groups)
        self.most = aligned(WIDTH, np.uint8)


def measure(
    enacted: Enacted,
    weights: Floats,
    groups: int,
    *,
    threads: int | None = None,
    say: Callable[[str, float], None] | None = None,
) -> PairTables:
    """Return sums over all pairs before and after measures.

    ``weights``: (W, N), not negative, what each AS weighs; ``groups``: how many there are, each of ``Enacted.group``.
    ``say`` is called now and then, by the thread that called, with what is done and its share of the whole.

    Raises ValueError for weights or groups of another shape, TopologyError for routes too long for a byte.
    """
    rows = enacted.before
    weights = np.ascontiguousarray(weights, np.float64)
    if weights.ndim != 2 or weights.shape[1] != len(rows.row) or not len(weights):
        raise ValueError(f"weights of shape {weights.shape} for {len(rows.row)} networks")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("a network weighs less than nothing, or no number")
    if len(enacted.group) and not 0 <= enacted.group.min() <= enacted.group.max() < groups:
        raise ValueError(f"groups are numbered from 0 to {groups - 1}")
    weighed = _weights(rows, weights)
    paired = _is_paired(enacted)
    plan = Plan(
        group=enacted.group.astype(np.int32), weight=weighed.row, digits=weighed.digits, of=weighed.of,
        unit=weighed.unit, ends=enacted.ends.astype(np.uint8), named=enacted.named, refuse=enacted.refuse,
        differs=tallies.classes_touched(enacted),
    )  # fmt: skip
    tables = np.zeros((len(weights), len(QUANTITIES), groups, groups))
    batches, columns = _laid_out(rows, enacted.group)
    count = max(1, min(threads or os.cpu_count() or 1, len(batches)))
    events = _events(rows, batches)
    workers = [_Thread(plan, enacted, groups, events, paired=paired) for _ in range(count)]
    graphs = routing.links(enacted.before), routing.links(enacted.after)
    differs = routing.touched(enacted)
    lock, stop = threading.Lock(), threading.Event()
    queue = iter(range(len(batches)))
    done = itertools.count(1)
    progress = [0]

    def work(own: _Thread) -> None:
        for number in _shared(queue, lock, stop):
            batch = batches[number]
            routing.sweep(graphs[0], batch, own.before, own.most)
            if paired:
                routing.sweep_after(graphs[1], batch, own.before, own.after, plan.named, plan.refuse, differs, own.most)
            routing.check_length(int(own.most.max()))
            tallies.tally(graphs[0], graphs[1], batch, own.before, own.after, paired, plan, own.totals)
            with lock:
                tallies.collect(own.totals.sums, plan.of, columns[number], tables)
                progress[0] = next(done)

    with ThreadPoolExecutor(count) as pool:
        running = {pool.submit(work, own) for own in workers}
        try:
            while running:
                ended, running = wait(running, _SECONDS_BETWEEN_WORDS if say else None, FIRST_COMPLETED)
                for one in ended:
                    one.result()
                if say:
                    say("all pairs, before and after" if paired else "all pairs", progress[0] / max(len(batches), 1))
        finally:
            stop.set()
    return _tables(enacted, weighed, groups, tables, [own.totals for own in workers])


def _shared(numbers: Iterator[int], lock: threading.Lock, stop: threading.Event) -> Iterator[int]:
    """Yield numbers that no other thread has been given, until there is a reason to stop."""
    while not stop.is_set():
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number


def _by_group(group: npt.NDArray[np.int64], values: Floats, groups: int) -> Floats:
    return np.bincount(group, values, groups).astype(np.float64)


def _tables(enacted: Enacted, weighed: _Weights, groups: int, tables: Floats, parts: list[Totals]) -> PairTables:
    """Put together what the threads found, without the pairs of ASes with themselves."""
    group, row = enacted.group, weighed.row
    gained = sum(int(part.gained[0]) for part in parts)
    if gained:
        raise AssertionError(f"{gained} pairs were reached after a scenario and not before: cutting never adds a route")
    own = np.minimum.reduce([part.own for part in parts]), np.minimum.reduce([part.own_after for part in parts])
    here, stays = own[0] != NONE, own[1] != NONE
    change = own[1].astype(np.int16) - own[0].astype(np.int16)
    both = here & stays
    within = {
        "length": np.where(here, own[0], 0), "missed": ~here, "lost": here & ~stays,
        "lost_ends": here & ~stays & enacted.ends, "added": np.where(both, change, 0),
        "longer": both & (change > 0), "shorter": both & (change < 0),
    }  # fmt: skip
    found = {quantity: tables[:, q] for q, quantity in enumerate(QUANTITIES)}
    for quantity, table in found.items():
        for w, inner in enumerate(weighed.inner):
            np.einsum("gg->g", table[w])[:] += _by_group(group, inner * within[quantity], groups)
    held: Floats = np.stack([_by_group(group, weight, groups) for weight in row])
    pairs: Floats = held[:, :, None] * held[:, None, :]
    for w, inner in enumerate(weighed.inner):
        # Between rows of one group, and within rows: without the squares, whose difference would lose digits.
        np.einsum("gg->g", pairs[w])[:] = _by_group(group, row[w] * (held[w][group] - row[w]) + inner, groups)
    sides = {
        name: np.sum([getattr(totals, name) for totals in parts], axis=0)
        for name in ("missed_from", "lost_from", "added_from", "lost_to", "added_to")
    }
    reached_from = row.sum(axis=1, keepdims=True) - row - sides.pop("missed_from")
    reached = pairs - found.pop("missed")
    return PairTables(
        **found, **sides, pairs=pairs, reached=reached, after_reached=reached - found["lost"],
        reached_from=reached_from,
        # A valley-free path is one backwards too, and before the measures whoever has such a path has a route.
        reached_to=reached_from.copy(), within_reached=here.astype(np.int8), within_lost=within["lost"].astype(np.int8),
        within_added=within["added"].astype(np.int8),
    )  # fmt: skip


def baseline(  # noqa: PLR0913 - keywords
    rows: Rows,
    weights: Floats,
    group: npt.NDArray[np.int64],
    groups: int,
    *,
    threads: int | None = None,
    say: Callable[[str, float], None] | None = None,
) -> PairTables:
    """Return sums over all pairs of a graph as it is; ``group``: (M+K,), of each row. Else as :func:`measure`."""
    nobody = np.zeros(rows.size, np.uint8)
    return measure(
        Enacted(rows, rows, nobody, nobody, nobody.astype(np.bool_), group), weights, groups, threads=threads, say=say
    )


def ungrouped(rows: Rows) -> npt.NDArray[np.int64]:
    """Return the one group that all rows are of: for sums over the whole."""
    return np.zeros(rows.size, np.int64)
