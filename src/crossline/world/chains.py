"""The evidence for a closure: the shortest chain of statements that decides, or the first open end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.world.control import TOLERANCE_PCT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossline.world.control import Closure, Graph, Shares

_DEPTH = 32  # chains of owners longer than this are cut, and say so


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
        for owner, kinds in _deciding(graph, closure, owned):
            steps.extend(_statements(graph, owner, owned, kinds))
            climb(owner, depth + 1)

    climb(party, 0)
    return steps, roots


def down_to(graph: Graph, above: Closure, party: int) -> tuple[list[Step], int]:
    """Return the steps from a party that holds a named one down to that one, and which it is.

    ``above`` is :attr:`crossline.world.affiliates.Affiliates.above`.
    """
    steps: list[Step] = []
    at = party
    while above.rank[at] > 0:
        below = [
            (int(above.rank[owned]), -least, int(owned), kinds)
            for kinds, shares in _ties_of(graph, above)
            for owned, least in zip(
                shares.owned[shares.owner == at], shares.at_least[shares.owner == at].tolist(), strict=True
            )
            if 0 <= above.rank[owned] < above.rank[at]
        ]
        _, _, owned, kinds = min(below)
        steps.extend(_statements(graph, at, owned, kinds))
        at = owned
    return steps, at


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
                # Where holdings do not add up, a holder that is not reached itself adds nothing.
                reached = closure.codes[owner] == TRUE and 0 <= closure.rank[owner] < closure.rank[owned]
                further = (closure.doctrine.aggregate or reached) and _holders(shares, owner)
                if at_least > 0 and (closure.base[owner] == TRUE or further):
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


def _disputed(graph: Graph, closure: Closure, party: int) -> str:
    """Say which reading decides whether a party is controlled."""
    line = f"{'at least' if closure.doctrine.inclusive else 'more than'} {closure.doctrine.threshold_pct:g} %"
    return (
        f"which reading decides on {graph.names[party]}: where a holder that is held by a majority counts with its "
        f"whole share, and a majority controls, it is reached; shares multiplied along the chain do not make {line}"
    )


def open_ends(graph: Graph, closure: Closure, party: int, question: str) -> list[str]:
    """Return what to find out, nearest first, to decide whether a party is controlled (``question`` says of what)."""
    missing: list[str] = []
    seen: set[int] = set()

    def climb(owned: int, depth: int) -> None:
        if owned in seen or depth == _DEPTH or closure.codes[owned] != UNKNOWN:
            return
        seen.add(owned)
        name = graph.names[owned]
        if closure.base[owned] == UNKNOWN:
            missing.append(_place(graph, owned) if question == "place" else question)
        elif closure.widest is not None and closure.widest[owned] == TRUE:
            # All shares that matter are stated, and what they amount to is what readings differ on.
            missing.append(_disputed(graph, closure, owned))
        for interest, shares in _channels(graph, closure):
            holders = _holders(shares, owned)
            stated = sum(at_least for _, at_least, _ in holders)
            room = 100.0 - sum(at_least for owner, at_least, _ in holders if closure.codes[owner] == FALSE)
            if not _reaches(room, closure):
                continue
            if stated < 100 - TOLERANCE_PCT and not graph.ends[owned]:
                part = "who owns" if not holders else f"who holds the other {100 - stated:g} % of the {interest} of"
                missing.append(f"{part} {name}")
                break
        for _, shares in _channels(graph, closure):
            for owner, _, _ in _holders(shares, owned):
                climb(owner, depth + 1)

    climb(party, 0)
    return list(dict.fromkeys(missing))
