"""Who is affiliated with named parties: those that hold one of them, and all that those, or they themselves, hold.

Downwards this is the closure of :mod:`crossline.world.control`. Upwards shares multiply along a chain, or each step
has to reach the line, as the doctrine says. Only stated ties lead up: who else may hold a share that nobody states is
not asked, since that could be anybody. A state, its agencies and a dispersed rest may hold a named party themselves,
and make nobody else its affiliate: otherwise all companies of one state would be each other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.world import control
from crossline.world.control import TOLERANCE_PCT, Closure

if TYPE_CHECKING:
    from crossline.world.control import Doctrine, Floats, Graph, Ints, Mask, Shares

_ROUNDS: Final = 10_000
_NOT_IN_COMMON: Final = ("state", "agency", "dispersed")


@dataclass(frozen=True)
class Affiliates:
    """``above``: who holds a named party, or is one. ``closure``: who is affiliated; its base leads others there.

    ``above.rank`` falls along a chain down to a named party, where it is 0.
    """

    above: Closure
    closure: Closure


def affiliates(graph: Graph, doctrine: Doctrine, named: Codes) -> Affiliates:
    """Close affiliation over the graph, from named parties; ``named`` has a code for each party."""
    above = holders_of(graph, doctrine, named)
    alone = graph.places.filter(pl.col("kind").is_in(_NOT_IN_COMMON))["number"].to_numpy()
    base = above.codes.copy()
    base[alone] = np.where(named[alone] == TRUE, TRUE, FALSE)
    below = control.close(graph, doctrine, base)
    codes = np.maximum(below.codes, above.codes)
    return Affiliates(above, Closure(codes, below.rank, doctrine, base))


def holders_of(graph: Graph, doctrine: Doctrine, named: Codes) -> Closure:
    """Return who holds a named party: certainly, or by what is stated at most; all others do not."""
    channels = {"equity": [graph.equity], "voting": [graph.voting]}.get(doctrine.interest, [graph.equity, graph.voting])
    edges = [_weighed(shares, doctrine) for shares in channels]
    if "direction" in doctrine.also:
        whole = np.full(len(graph.direction.owner), 100.0)
        edges = [_beside(each, graph.direction.owner, graph.direction.owned, whole) for each in edges]
    rounds = 1 if doctrine.indirect == "none" else _ROUNDS
    rank = np.where(named == TRUE, 0, -1).astype(np.int32)
    start_low, start_high = np.where(named == TRUE, 100.0, 0.0), np.where(named != FALSE, 100.0, 0.0)
    low_by, high_by = [start_low for _ in edges], [start_high for _ in edges]
    surely = named == TRUE
    for level in range(1, rounds + 1):
        moved = 0.0
        for number, (owner, owned, least, most) in enumerate(edges):
            low, high = start_low.copy(), start_high.copy()
            np.maximum.at(low, owner, least * low_by[number][owned] / 100)
            high += np.bincount(owner, weights=most * high_by[number][owned] / 100, minlength=graph.size)
            high = np.minimum(high, 100.0)
            moved = max(moved, float(np.abs(low - low_by[number]).max(initial=0)),
                        float(np.abs(high - high_by[number]).max(initial=0)))  # fmt: skip
            low_by[number], high_by[number] = low, high
        now = surely.copy()
        for low in low_by:
            now |= _reaches(low, doctrine)
        rank[now & ~surely] = level
        surely = now
        if moved < TOLERANCE_PCT:
            break
    maybe = surely.copy()
    for high in high_by:
        maybe |= _reaches(high, doctrine)
    codes = np.where(surely, TRUE, np.where(maybe, UNKNOWN, FALSE)).astype(np.uint8)
    return Closure(codes, rank, doctrine, named)


def _weighed(shares: Shares, doctrine: Doctrine) -> tuple[Ints, Ints, Floats, Floats]:
    """Return edges with what they carry at least and at most: their shares, or all or nothing where none multiply."""
    if doctrine.indirect in ("multiply", "disputed"):
        return shares.owner, shares.owned, shares.at_least, shares.at_most
    least = np.where(_reaches(shares.at_least, doctrine), 100.0, 0.0)
    # Where holdings add up, one that does not reach the line alone may with others.
    carried = shares.at_most > 0 if doctrine.aggregate else _reaches(shares.at_most, doctrine)
    return shares.owner, shares.owned, least, np.where(carried, 100.0, 0.0)


def _beside(
    edges: tuple[Ints, Ints, Floats, Floats], owner: Ints, owned: Ints, weight: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Join further edges to some, which carry the same at least and at most."""
    return (
        np.concatenate([edges[0], owner]),
        np.concatenate([edges[1], owned]),
        np.concatenate([edges[2], weight]),
        np.concatenate([edges[3], weight]),
    )


def _reaches(share: Floats, doctrine: Doctrine) -> Mask:
    limit = doctrine.threshold_pct
    return share >= limit - TOLERANCE_PCT if doctrine.inclusive else share > limit + TOLERANCE_PCT
