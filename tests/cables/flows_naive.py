"""Paths and cuts by trying every set: what the kernels are held against. Slow, and written without them."""

from __future__ import annotations

from itertools import combinations

Joins = dict[str, set[str]]  # of each hyperedge, the nodes that it joins


def least_cut(joins: Joins, room: dict[str, int], source: str, sink: str) -> int:
    """Return the least room of hyperedges that join both sides, over every way to put the nodes on two sides."""
    others = sorted(set().union(*joins.values()) - {source, sink})
    best = None
    for count in range(len(others) + 1):
        for chosen in combinations(others, count):
            side = {source, *chosen}
            crossing = sum(room[edge] for edge, nodes in joins.items() if nodes & side and nodes - side)
            best = crossing if best is None else min(best, crossing)
    return best or 0


def together(joins: Joins, source: str, sink: str, without: set[str] | frozenset[str] = frozenset()) -> bool:
    """Return whether one node reaches another over hyperedges that are not left out."""
    reached, found = {source}, True
    while found:
        found = False
        for edge, nodes in joins.items():
            if edge not in without and nodes & reached and nodes - reached:
                reached |= nodes
                found = True
    return sink in reached


def fewest(joins: Joins, source: str, sink: str) -> int:
    """Return how few hyperedges have to go until one node no longer reaches another."""
    for count in range(len(joins) + 1):
        if any(not together(joins, source, sink, set(gone)) for gone in combinations(sorted(joins), count)):
            return count
    raise AssertionError


def fewest_with_points(cables: dict[str, list[tuple[str, str]]], source: str, sink: str) -> int:
    """Return how few cables and landing points have to go until one state no longer reaches another.

    ``cables`` has of each cable its landings, as pairs of landing point and state. Points that go take their landings
    with them.
    """
    points = sorted({point for landings in cables.values() for point, _ in landings})
    things = [("cable", name) for name in sorted(cables)] + [("point", name) for name in points]
    for count in range(len(things) + 1):
        for gone in combinations(things, count):
            left: Joins = {}
            for name, landings in cables.items():
                if ("cable", name) not in gone:
                    # A landing point is a node of its own, joined to its state.
                    ends = [(point, state) for point, state in landings if ("point", point) not in gone]
                    left[name] = {point for point, _ in ends}
                    left |= {f"ashore {point}": {point, f"state {state}"} for point, state in ends}
            if not together(left, f"state {source}", f"state {sink}"):
                return count
    raise AssertionError
