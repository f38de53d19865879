"""Walk along chosen routes, and count who stands on them: what the published studies counted, on a graph of networks.

A route's states are those of the networks strictly between its ends. A network has no place: its state is where its
number stands in a registry, or where most of its addresses do.
"""

# ruff: noqa: INP001 - part of a script

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import polars as pl

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.paths import Routing

Numbers = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
UNKNOWN = 0
# As crossline.internet.routing.paths has them: what is above a route's length in its key, and the key of no route.
_CLASS, _NONE = 1 << 28, 0x7FFFFFFF


@dataclass(frozen=True)
class States:
    """The state of each AS, (N,), as a number; ``codes[number]`` is its code, ``codes[0]`` stands for unknown."""

    codes: tuple[str, ...]
    number: npt.NDArray[np.int32]

    @classmethod
    def of(cls, series: pl.Series) -> States:
        """Return the states of a series as numbers, null for unknown."""
        codes = ("??", *series.drop_nulls().unique().sort().to_list())
        place = {code: number for number, code in enumerate(codes)}
        return cls(codes, np.array([place.get(code or "??", UNKNOWN) for code in series], np.int32))

    def are(self, *codes: str) -> Mask:
        """Return which ASes stand under one of some codes."""
        wanted = [number for number, code in enumerate(self.codes) if code in codes]
        return np.isin(self.number, wanted)


@dataclass
class Counts:
    """Sums over pairs of a source and a destination that are not the same AS.

    ``pairs`` there are, ``reached`` of them, ``hops`` of those; ``third``: those with a network of a known state that
    is neither end's strictly between; ``foreign``: those with a network of a known state that is not the source's;
    ``known``: those with both ends' states known; ``passing``: by state, those with a network of it strictly between.
    """

    pairs: int = 0
    reached: int = 0
    hops: int = 0
    known: int = 0
    third: int = 0
    foreign: int = 0
    passing: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, other: Counts) -> None:
        """Add the sums of other pairs."""
        for name in ("pairs", "reached", "hops", "known", "third", "foreign"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.passing = self.passing + other.passing if len(self.passing) else other.passing

    def share(self, name: str) -> float:
        """Return ``third`` or ``foreign`` as a share of the routes of which both ends' states are known."""
        return getattr(self, name) / self.known if self.known else float("nan")


@dataclass(frozen=True)
class _Met:
    """What stands on the way from each transit row to one destination, that row counted and the destination not.

    ``several``: states other than those left out: none, one, or more (2); ``one``: which, where it is one. ``bits``:
    all states, as bits of four words. The last row stands for the destination: nothing is on the way.
    """

    several: Numbers
    one: Numbers
    bits: Numbers

    @classmethod
    def nothing(cls, size: int) -> _Met:
        """Return one in which nothing is met."""
        return cls(np.zeros(size, np.int8), np.zeros(size, np.int32), np.zeros((size, 4), np.uint64))

    def meet(self, at: Numbers, after: Numbers, state: Numbers, counts: Mask) -> None:
        """Let rows meet their own state and what the rows after them met; a state counts where ``counts`` says so."""
        several, one = self.several[after], self.one[after]
        new = counts & ((several == 0) | (one != state))
        self.several[at] = np.minimum(several + new, 2)
        self.one[at] = np.where(new & (several == 0), state, one)
        bits = self.bits[after]
        bits[np.arange(len(at)), state // 64] |= np.uint64(1) << (state % 64).astype(np.uint64)
        self.bits[at] = bits

    def beside(self, rows: Numbers, home: Numbers) -> Mask:
        """Return from which rows a state is met that is not the source's own."""
        several = self.several[rows]
        found: Mask = (several > 1) | ((several == 1) & (self.one[rows] != home))
        return found


def _walk(routing: Routing, states: States, destinations: Numbers, sources: Numbers, ignored: Mask) -> Counts:
    """Count along the routes from all sources to some destinations."""
    total = Counts(passing=np.zeros(len(states.codes), np.int64))
    transit, size = routing.rows.transit, routing.rows.size
    key, step, _ = buffers = routing.buffers()
    state = states.number[routing.rows.first[:transit]]
    counts = (state != UNKNOWN) & ~ignored[routing.rows.first[:transit]]
    for destination in destinations:
        routing.sweep(int(destination), *buffers)
        row = int(routing.rows.row[destination])
        end = row if row < transit else size
        there = states.number[destination]
        length = np.where(key[:transit] < _NONE, key[:transit] % _CLASS, 0)
        # What is met is kept for transit rows, and in one more place for the destination; nobody's is after it.
        third, foreign = _Met.nothing(transit + 1), _Met.nothing(transit + 1)
        for hops in range(1, int(length.max(initial=0)) + 1):
            at = np.flatnonzero(length == hops)
            after = np.where(step[at] == end, transit, step[at])
            third.meet(at, after, state[at], counts[at] & (state[at] != there))
            foreign.meet(at, after, state[at], counts[at])
        own = sources[sources != destination]
        rows = routing.rows.row[own]
        reached = key[rows] < _NONE
        own, rows = own[reached], rows[reached]
        home, following = states.number[own], np.where(step[rows] == end, transit, step[rows])
        known = (home != UNKNOWN) & (there != UNKNOWN)
        by_third = third.beside(following, home) & known
        passed = np.bincount(following, minlength=transit + 1)
        some = np.flatnonzero(passed[:transit])
        flags = np.unpackbits(third.bits[some].view(np.uint8), axis=1, bitorder="little")[:, : len(states.codes)]
        found = passed[some] @ flags.astype(np.int64)
        found[UNKNOWN] = 0
        total.passing += found
        total.pairs += len(reached)
        total.reached += len(own)
        total.hops += int((key[rows] % _CLASS).sum())
        total.known += int(known.sum())
        total.third += int(by_third.sum())
        total.foreign += int((foreign.beside(following, home) & known).sum())
    return total


def walk(
    routing: Routing, states: States, destinations: Numbers, sources: Numbers, beside: Mask | None = None
) -> Counts:
    """Count along the routes from ``sources`` to ``destinations`` (positions).

    ``beside``: ASes, (N,), that are not counted as a third state's nor as foreign ones.
    """
    aside = np.zeros(len(states.number), np.bool_) if beside is None else beside
    threads = min(os.cpu_count() or 1, max(len(destinations), 1))
    total = Counts(passing=np.zeros(len(states.codes), np.int64))
    with ThreadPoolExecutor(threads) as pool:
        parts = [destinations[part::threads] for part in range(threads)]
        for found in pool.map(lambda part: _walk(routing, states, part, sources, aside), parts):
            total.add(found)
    return total


def only_below(topology: Topology, named: Mask) -> Mask:
    """Return the ASes, (N,), that have providers, all of them named or such ASes themselves: the single-homed cone.

    Nobody else carries them further up. A peer may still take some of what is theirs to its own customers.
    """
    held = named.copy()
    has = np.bincount(topology.customer, minlength=topology.size) > 0
    while True:
        others = np.zeros(topology.size, np.bool_)
        others[topology.customer[~held[topology.provider]]] = True
        more = has & ~others & ~held
        if not more.any():
            return held & ~named
        held |= more


def drawn(places: Numbers, count: int) -> Numbers:
    """Return some of the places, by a lot that is the same each time; all where there are not more."""
    if len(places) <= count:
        return places
    return np.sort(np.random.default_rng(2025).choice(places, count, replace=False))
