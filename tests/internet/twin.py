"""The naive twin of a whole simulation: from whole paths of all pairs, before and after, to every sum of an impact.

Nothing here is quick and nothing is shared with the kernels: a pair is a pair of AS numbers, and a sum is a loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import naive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Pair = tuple[int, int]
Paths = dict[Pair, tuple[int, ...]]


@dataclass(frozen=True)
class Refusal:
    """Members refuse named networks, by AS number, as a measure does."""

    members: frozenset[int]
    named: frozenset[int]
    action: str


def refusal(members: Iterable[int], named: Iterable[int], action: str) -> Refusal:
    """Return a refusal; a named network is never a member."""
    return Refusal(frozenset(members) - frozenset(named), frozenset(named), action)


@dataclass(frozen=True)
class Twin:
    """A graph, and what is done to it. ``state`` and ``control``: of each AS number, "??" where unknown."""

    numbers: tuple[int, ...]
    transit: tuple[Pair, ...]  # (provider, customer)
    peers: tuple[Pair, ...]
    refusals: tuple[Refusal, ...]
    state: Mapping[int, str]
    control: Mapping[int, str]
    coalition: frozenset[int]
    others: frozenset[int] = frozenset()  # named, or answering
    removed: frozenset[int] = frozenset()
    lowest: bool = True
    weights: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def routes(self, links: Callable[[int, int], bool], refusals: Iterable[Refusal]) -> Paths:
        """Return the paths of all pairs with a route, over links that stay, under refusals on routes."""
        place = {number: at for at, number in enumerate(self.numbers)}
        graph = naive.Graph(
            len(self.numbers),
            [(place[a], place[b]) for a, b in self.transit if links(a, b)],
            [(place[a], place[b]) for a, b in self.peers if links(a, b)],
        )
        duties = [naive.Duty({place[a] for a in one.members}, {place[a] for a in one.named}) for one in refusals]
        prefer = list(range(graph.n)) if self.lowest else list(range(graph.n, 0, -1))
        found = {}
        for destination in range(graph.n):
            for source, route in enumerate(naive.routes(graph, destination, duties, prefer)):
                if route and source != destination:
                    path = tuple(self.numbers[at] for at in route.path)
                    found[path[0], path[-1]] = path
        return found

    @cached_property
    def before(self) -> Paths:
        """All routes before."""
        return self.routes(lambda _a, _b: True, ())

    @cached_property
    def after(self) -> Paths:
        """All routes after."""
        cuts = [one for one in self.refusals if one.action == "depeer"]

        def stays(a: int, b: int) -> bool:
            return not {a, b} & self.removed and not any(self.between(one, a, b) for one in cuts)

        return self.routes(stays, [one for one in self.refusals if one.action == "filter"])

    @staticmethod
    def between(one: Refusal, a: int, b: int) -> bool:
        """Say whether a link joins a member and a named network."""
        return (a in one.members and b in one.named) or (b in one.members and a in one.named)

    @cached_property
    def lost(self) -> set[Pair]:
        """Pairs with a route before and none after; none is gained."""
        assert set(self.after) <= set(self.before)
        return set(self.before) - set(self.after)

    @cached_property
    def refused(self) -> frozenset[int]:
        """Networks that are named by anybody, or gone."""
        return self.removed.union(*(one.named for one in self.refusals))

    def added(self, pair: Pair) -> int:
        """Return by how many links a route grew that is still there."""
        return len(self.after[pair]) - len(self.before[pair])

    def weigh(self, pairs: Iterable[Pair], by: str = "") -> float:
        """Return what pairs weigh: their number, or the sum of the products of what both ends weigh."""
        if not by:
            return float(len(list(pairs)))
        return float(sum(self.weights[by][a] * self.weights[by][b] for a, b in pairs))

    def within(self, of: Mapping[int, str], code: str) -> Callable[[Pair], bool]:
        """Return whether a pair has an end in a state."""
        return lambda pair: code in {of[pair[0]], of[pair[1]]}

    # -- transit ------------------------------------------------------------------------------------------------

    @staticmethod
    def through(paths: Paths, of: Mapping[int, str], code: str) -> set[Pair]:
        """Return the pairs with a network of a state strictly between their ends."""
        return {pair for pair, path in paths.items() if any(of[a] == code for a in path[1:-1])}

    def foreign(self, paths: Paths, of: Mapping[int, str], code: str) -> set[Pair]:
        """Return those of them of which neither end is in the state."""
        return {(a, b) for a, b in self.through(paths, of, code) if code not in {of[a], of[b]}}

    # -- the coalition's reach ----------------------------------------------------------------------------------

    @cached_property
    def untouched(self) -> set[Pair]:
        """Pairs with a valley-free path that none of those named, or gone, stands on, its ends included."""
        named = self.removed.union(*[one.named for one in self.refusals[:1]])
        left = self.routes(lambda a, b: not {a, b} & named, ())
        return {pair for pair in left if not set(pair) & named}

    def reach(self, members: Iterable[int]) -> int:
        """Return how many untouched pairs there are within some networks."""
        inside = frozenset(members)
        return sum(a in inside and b in inside for a, b in self.untouched)
