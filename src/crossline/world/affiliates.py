"""Who is affiliated with named parties: those that hold one of them, and all that those, or they themselves, hold.

Downwards this is the closure of :mod:`crossline.world.control`. Upwards shares multiply along a chain and add up over
one holder's chains, or each step has to reach the line, as the doctrine says. Only stated ties lead up: who else may
hold a share that nobody states is not asked, since that could be anybody. A state, its agencies and a dispersed rest
may hold a named party themselves, and make nobody else its affiliate: otherwise all companies of one state would be
each other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.world import control, worklists
from crossline.world.control import Closure

if TYPE_CHECKING:
    from crossline.world.control import Doctrine, Floats, Graph, Ints, Shares

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
    return Affiliates(above, Closure(codes, below.rank, doctrine, base, below.by))


def holders_of(graph: Graph, doctrine: Doctrine, named: Codes) -> Closure:
    """Return who holds a named party: certainly, or by what is stated at most; all others do not.

    What somebody holds of one named party along several chains adds up; holdings of several named parties do not.
    ``by`` says of whom the line is reached.
    """
    edges = [each for _, each in ties(graph, doctrine)]
    rounds = 1 if doctrine.indirect == "none" else _ROUNDS
    surely, maybe = named == TRUE, named != FALSE
    rank, by = np.where(surely, 0, -1).astype(np.int32), np.full(graph.size, -1, np.int32)
    targets, possible = np.flatnonzero(surely), np.flatnonzero(maybe)
    for owner, owned, least, most in edges:
        start, order = control.ordered(owned, graph.size)
        line = (doctrine.threshold_pct, doctrine.inclusive, rounds)
        reached, level, whom = worklists.apart(start, owner[order], least[order], targets, *line, False)
        sooner = reached & ((rank < 0) | (level < rank))
        rank[sooner], by[sooner] = level[sooner], whom[sooner]
        surely = surely | reached
        maybe = maybe | worklists.apart(start, owner[order], most[order], possible, *line, True)[0]
    codes = np.where(surely, TRUE, np.where(maybe, UNKNOWN, FALSE)).astype(np.uint8)
    return Closure(codes, rank, doctrine, named, by)


def ties(graph: Graph, doctrine: Doctrine) -> list[tuple[tuple[str, ...], tuple[Ints, Ints, Floats, Floats]]]:
    """Return the ties that lead up, by interest: kinds of statements; owner, owned, what is carried at least, at most.

    Direction carries all.
    """
    both = (("equity", graph.equity), ("voting", graph.voting))
    edges: list[tuple[tuple[str, ...], tuple[Ints, Ints, Floats, Floats]]] = []
    for name, shares in both:
        if doctrine.interest in (name, "either"):
            edges.append(((name, "both"), _weighed(shares, doctrine)))
    if "direction" not in doctrine.also:
        return edges
    whole = np.full(len(graph.direction.owner), 100.0)
    beside = (graph.direction.owner, graph.direction.owned, whole)
    return [((*kinds, "direction"), _beside(each, *beside)) for kinds, each in edges]


def _weighed(shares: Shares, doctrine: Doctrine) -> tuple[Ints, Ints, Floats, Floats]:
    """Return edges with what they carry at least and at most: their shares, or all or nothing where none multiply."""
    if doctrine.indirect in ("multiply", "disputed"):
        return shares.owner, shares.owned, shares.at_least, shares.at_most
    least = np.where(control.reaches(shares.at_least, doctrine), 100.0, 0.0)
    # Where holdings add up, one that does not reach the line alone may with others.
    carried = shares.at_most > 0 if doctrine.aggregate else control.reaches(shares.at_most, doctrine)
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
