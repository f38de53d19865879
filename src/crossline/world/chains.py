"""The evidence for a closure: the shortest chain of statements that decides, or the first open end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.world import affiliates
from crossline.world.control import TOLERANCE_PCT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossline.world.control import Closure, Graph, Ints, Shares

_DEPTH = 32  # chains of owners longer than this are cut, and say so
# How begins what is missing where no fact decides (:data:`crossline.wording.READING`).
READING: Final = "which reading decides"
# What shares along a chain are disputed to mean, as :attr:`Closure.readings` has the first two.
_WHOLE: Final = "a holder that is held by a majority counts with its whole share"
_CONTROLS: Final = "a holder that is reached controls in turn what it has a majority of"


class Step(NamedTuple):
    """One step of evidence: what is stated, and the id of the source that states it.

    ``aside`` is told with it, and is no part of what makes two chains different: a place in a file, a count.
    """

    statement: str
    source: str
    aside: str = ""

    @property
    def told(self) -> str:
        """The statement as a reader sees it."""
        return self.statement + self.aside


def hedged(row: Mapping[str, Any]) -> str:
    """Say so where a statement was read at second hand, or takes a step beyond its source."""
    return " [at second hand]" if row.get("certainty") == "secondary" else ""


def percent(low: float | None, high: float | None) -> str:
    """Write a share or a range of shares in per cent."""
    if low is not None and high is not None and abs(high - low) < TOLERANCE_PCT:
        return f"{low:g} %"
    if low is not None and 50 < low < 50.02 and (high is None or high >= 100):
        return "a majority"  # how the facts write "more than half" where no share is stated
    if high is None or high >= 100:
        return "a share not stated" if not low else f"at least {low:g} %"
    return f"{low or 0:g} to {high:g} %"


def _reaches(share: float, closure: Closure) -> bool:
    limit = closure.doctrine.threshold_pct
    return share >= limit - TOLERANCE_PCT if closure.doctrine.inclusive else share > limit + TOLERANCE_PCT


def _channels(graph: Graph, closure: Closure) -> list[tuple[str, Shares]]:
    both = [("equity", graph.equity), ("voting", graph.voting)]
    return [channel for channel in both if closure.doctrine.interest in (channel[0], "either")]


def _holders(shares: Shares, owned: int) -> list[tuple[int, float, float]]:
    """Return (owner, at least, at most) of a party's holders, the largest first."""
    rows = (shares.owned == owned).nonzero()[0]
    found = [(int(shares.owner[row]), float(shares.at_least[row]), float(shares.at_most[row])) for row in rows]
    return sorted(found, key=lambda holder: (-holder[1], holder[0]))


def _statements(graph: Graph, owner: int, owned: int, kinds: tuple[str, ...]) -> Iterator[Step]:
    rows = graph.statements.filter(
        (pl.col("owner_number") == owner) & (pl.col("owned_number") == owned) & pl.col("kind").is_in(kinds)
    )
    for row in rows.iter_rows(named=True):
        since = f" since {row['since']}" if row["since"] else ""
        if row["kind"] == "direction":
            text = f"{graph.names[owned]} is subject to direction by {graph.names[owner]}{since}"
        else:
            share = percent(row["share_min"], row["share_max"])
            interest = {"equity": "of the equity", "voting": "of the votes"}.get(row["kind"], "of equity and votes")
            text = f"{graph.names[owner]} holds {share} {interest} of {graph.names[owned]}{since}"
        yield Step(text + (f" ({row['note']})" if row["note"] else "") + hedged(row), row["source"])


def holders(graph: Graph, closure: Closure, party: int) -> list[Step]:
    """Return what is stated of those who hold a party or direct it, the largest holders first."""
    found: dict[Step, None] = {}
    for kind, shares in (*_channels(graph, closure), ("direction", graph.direction)):
        kinds = ("direction",) if kind == "direction" else (kind, "both")
        owners = [owner for owner, _, _ in _holders(shares, party)]
        for owner in owners:
            found.update(dict.fromkeys(_statements(graph, owner, party, kinds)))
    return list(found)


def held_by(graph: Graph, closure: Closure, party: int) -> tuple[list[Step], list[int]]:
    """Return the steps from a controlled party up, and the parties of the base at which the chains end."""
    steps: list[Step] = []
    roots: list[int] = []
    seen: set[int] = set()

    def climb(owned: int, depth: int) -> None:
        if owned in seen:
            return
        seen.add(owned)
        if closure.base[owned] == TRUE:
            roots.append(owned)
            return
        if depth == _DEPTH:
            steps.append(Step(f"the chain goes on beyond {_DEPTH} owners and is cut here", ""))
            return
        deciding = _deciding(graph, closure, owned)
        if closure.by is not None and closure.by[owned] >= 0 and not any("direction" in of for _, of in deciding):
            source = int(closure.by[owned])
            ties = [(kinds, each) for kinds, each in _ties_of(graph, closure) if kinds != ("direction",)]
            edges = [(kinds, each.owner, each.owned, each.at_least) for kinds, each in ties]
            steps.extend(_along(graph, closure, edges, source, owned, int(closure.rank[owned]))[::-1])
            climb(source, depth)
            return
        for owner, kinds in deciding:
            steps.extend(_statements(graph, owner, owned, kinds))
            climb(owner, depth + 1)

    climb(party, 0)
    return steps, roots


def down_to(graph: Graph, above: Closure, party: int) -> tuple[list[Step], int]:
    """Return the steps from a party that holds a named one down to that one, and which it is.

    ``above`` is :attr:`crossline.world.affiliates.Affiliates.above`.
    """
    if above.by is None or above.rank[party] <= 0:
        return [], party
    named = int(above.by[party])
    edges = [(kinds, owner, owned, least) for kinds, (owner, owned, least, _) in affiliates.ties(graph, above.doctrine)]
    return _along(graph, above, edges, party, named, int(above.rank[party])), named


def _along(  # noqa: PLR0913, PLR0917 - two ends, and what lies between them
    graph: Graph,
    closure: Closure,
    channels: list[tuple[tuple[str, ...], Ints, Ints, npt.NDArray[np.float64]]],
    top: int,
    bottom: int,
    length: int,
) -> list[Step]:
    """Return the steps of all chains from one party down to another, the highest first, of the interest that decides.

    ``length`` is that of the longest chain that it takes. Chains that lead through either end again are not told.
    """
    steps: list[Step] = []
    for kinds, owner, owned, least in channels:
        kept = (least > 0) & (owned != top) & (owner != bottom)
        edges = (owner[kept], owned[kept], least[kept])
        amount = np.zeros(graph.size)
        for _ in range(length):
            amount[top] = 100.0
            amount = np.minimum(
                np.bincount(edges[1], weights=edges[2] * amount[edges[0]] / 100, minlength=graph.size), 100
            )
        if not _reaches(float(amount[bottom]), closure):
            # What leads through either end again may be missing here; another interest may decide without.
            continue
        down, up = _distances(edges[0], edges[1], top, graph.size), _distances(edges[1], edges[0], bottom, graph.size)
        of_chain = (down[edges[0]] >= 0) & (up[edges[1]] >= 0) & (down[edges[0]] + 1 + up[edges[1]] <= length)
        rows = sorted((int(down[edges[0][row]]), -float(edges[2][row]), int(row)) for row in np.flatnonzero(of_chain))
        for _, _, row in rows:
            steps.extend(_statements(graph, int(edges[0][row]), int(edges[1][row]), kinds))
        break
    if length > _DEPTH:
        steps = [*steps[:_DEPTH], Step(f"the chain goes on beyond {_DEPTH} owners and is cut here", "")]
    return list(dict.fromkeys(steps))


def _distances(start: Ints, to: Ints, source: int, size: int) -> Ints:
    """Return the number of edges from a party to each other one, -1 where none lead there."""
    found = np.full(size, -1, np.int32)
    front = np.zeros(size, np.bool_)
    front[source] = True
    level = 0
    while front.any():
        found[front] = level
        further = np.zeros(size, np.bool_)
        further[to[front[start]]] = True
        front = further & (found < 0)
        level += 1
    return found


def _ties_of(graph: Graph, closure: Closure) -> list[tuple[tuple[str, ...], Shares]]:
    """Return the ties that a doctrine counts, each with the kinds of the statements behind them."""
    ties: list[tuple[tuple[str, ...], Shares]] = [((name, "both"), each) for name, each in _channels(graph, closure)]
    return [*ties, (("direction",), graph.direction)] if "direction" in closure.doctrine.also else ties


def _deciding(graph: Graph, closure: Closure, owned: int) -> list[tuple[int, tuple[str, ...]]]:
    """Return the owners that make a party controlled: the fewest that reach the threshold."""
    if "direction" in closure.doctrine.also:
        for owner, _, _ in _holders(graph.direction, owned):
            if closure.codes[owner] == TRUE and closure.rank[owner] < closure.rank[owned]:
                return [(owner, ("direction",))]
    multiply = closure.doctrine.indirect in ("multiply", "disputed")
    best: list[tuple[int, tuple[str, ...]]] = []
    for name, shares in _channels(graph, closure):
        chosen: list[tuple[int, tuple[str, ...]]] = []
        total = 0.0
        for owner, at_least, _ in _holders(shares, owned):
            if multiply:
                if at_least > 0 and (closure.base[owner] == TRUE or _holders(shares, owner)):
                    chosen.append((owner, (name, "both")))
                continue
            if closure.codes[owner] != TRUE or closure.rank[owner] >= closure.rank[owned]:
                continue
            chosen.append((owner, (name, "both")))
            total += at_least
            if _reaches(total, closure):
                return chosen
        best = best or chosen
    return best


def _place(graph: Graph, party: int) -> str:
    """Say what to find out of where a party is; a natural person is not incorporated anywhere."""
    kinds = graph.places.filter(pl.col("number") == party)["kind"]
    if "person" in kinds:
        return f"where {graph.names[party]} is domiciled"
    return f"where {graph.names[party]} is incorporated and has its head office"


def readings(closure: Closure, party: int) -> list[int]:
    """Return which of a closure's readings decide on a party that is unknown: of the first two, or both at once."""
    if closure.codes[party] != UNKNOWN:
        return []
    reach = [place for place, each in enumerate(closure.readings) if each[-1].codes[party] == TRUE]
    return [place for place in reach if place < 2] or reach


def under_reading(graph: Graph, closure: Closure, party: int) -> tuple[list[Step], list[int]]:
    """Return the steps from a party up, and where they end, under the first reading that makes it controlled."""
    decide = readings(closure, party)
    steps: list[Step] = []
    ends = [party] if decide else []
    for each in reversed(closure.readings[decide[0]] if decide else ()):
        below, ends = ends, []
        for one in below:
            more, roots = held_by(graph, each, one)
            steps += more
            ends += roots
    return list(dict.fromkeys(steps)), list(dict.fromkeys(ends))


def _disputed(graph: Graph, closure: Closure, party: int, decide: list[int]) -> str:
    """Say which reading decides whether a party is controlled."""
    line = f"{'at least' if closure.doctrine.inclusive else 'more than'} {closure.doctrine.threshold_pct:g} %"
    said = {
        (0,): f"if {_WHOLE}",
        (1,): f"if {_CONTROLS}",
        (0, 1): f"if {_WHOLE}, and also if {_CONTROLS}",
    }.get(tuple(decide), f"only if both {_WHOLE} and {_CONTROLS}")
    return (
        f"{READING} on {graph.names[party]}: it is reached {said}; shares multiplied along the chain do not make {line}"
    )


def _unstated(graph: Graph, closure: Closure, owned: int) -> list[str]:
    """Return which shares of a party are not stated, of the first interest in which they may decide."""
    name = graph.names[owned]
    for interest, shares in _channels(graph, closure):
        holders = _holders(shares, owned)
        room = 100.0 - sum(at_least for owner, at_least, _ in holders if closure.codes[owner] == FALSE)
        if graph.ends[owned] or not _reaches(room, closure):
            continue
        # Of a holder that may count the share itself may be what is not known; the rest is then a range as well.
        loose = [
            (owner, low, high)
            for owner, low, high in holders
            if closure.codes[owner] != FALSE and high - low > TOLERANCE_PCT and not _reaches(low, closure)
        ]
        missing = []
        for owner, low, high in loose:
            known = "its share is not known" if low <= 0 and high >= 100 else f"{percent(low, high)} is stated"
            missing.append(f"how much of the {interest} of {name} {graph.names[owner]} holds: {known}")
        most = 100.0 - sum(at_least for _, at_least, _ in holders)
        least = most - sum(high - low for _, low, high in loose)
        if least > TOLERANCE_PCT:
            part = f"who holds the other {percent(least, most)} of the {interest} of" if holders else "who owns"
            missing.append(f"{part} {name}")
        if missing:
            return missing
    return []


def open_ends(graph: Graph, closure: Closure, party: int, question: str) -> list[str]:
    """Return what to find out, nearest first, to decide whether a party is controlled (``question`` says of what)."""
    missing: list[str] = []
    seen: set[int] = set()

    def climb(owned: int, depth: int) -> None:
        if owned in seen or depth == _DEPTH or closure.codes[owned] != UNKNOWN:
            return
        seen.add(owned)
        if closure.base[owned] == UNKNOWN:
            missing.append(_place(graph, owned) if question == "place" else question)
        elif decide := readings(closure, owned):
            # All shares that matter are stated, and what they amount to is what readings differ on.
            missing.append(_disputed(graph, closure, owned, decide))
        missing.extend(_unstated(graph, closure, owned))
        for _, shares in _channels(graph, closure):
            for owner, _, _ in _holders(shares, owned):
                climb(owner, depth + 1)

    climb(party, 0)
    return list(dict.fromkeys(missing))
