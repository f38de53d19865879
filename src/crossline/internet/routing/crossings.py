"""The fault line between two blocs of ASes: links between them, and how many paths cross it that share no AS.

What is counted are paths in the graph, and not routes: a maximum flow knows no export policy. A set of valley-free
paths is a set of paths, so each number is an upper bound of what routing could use; how many valley-free paths share no
AS is NP-hard to say (Erlebach, Hall, Panconesi, Vukadinović, "Cuts and disjoint paths in the valley-free path model",
Internet Mathematics 3(3), 2007). :attr:`Crossing.valley_free` is a smaller upper bound, often by far. By Menger's
theorem (1927) the greatest number of paths that share no AS is the least number of ASes that cut all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from crossline.compiled import inner, kernel
from crossline.internet.routing import rows as rowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.internet.graph.topology import Mask, Topology
    from crossline.internet.routing.rows import Ints

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
_NONE: Final = -1
_FLOORS: Final = 2


@dataclass(frozen=True)
class Crossing:
    """How many paths lead from one bloc to the other and share no AS, and ASes that cut all of them.

    A least cut is seldom the only one. ``near`` is the one nearest to bloc a, ``far`` the one nearest to bloc b; both
    are positions of ASes, ascending, ``paths`` of each. An AS in both is in every least cut (:attr:`always`).
    """

    paths: int  # the greatest number of them in the graph, whatever routing would make of it
    near: Longs
    far: Longs
    enough: Longs  # ASes without which no valley-free path is left, ascending; fewer might do

    @property
    def valley_free(self) -> int:
        """An upper bound of how many of the paths can be valley-free; at most ``paths``."""
        return len(self.enough)

    @property
    def always(self) -> Longs:
        """The ASes that every least cut has, as positions."""
        return np.intersect1d(self.near, self.far)


@dataclass(frozen=True)
class Crossings:
    """What joins two blocs, each a set of ASes.

    ``anyhow``: paths of all kinds, direct links among them; the ASes at their ends count, so that a path ends in an AS
    where no other does. ``around``: the same without direct links, through at least one third AS. ``thirds``: without
    direct links, and only third ASes count: a network of a bloc may stand on any number of paths, and a cut consists of
    third ASes alone.
    """

    a: int  # ASes of bloc a
    b: int
    a_provides: int  # direct links by which an AS of a is the provider of one of b
    b_provides: int
    peers: int
    doubtful: int  # of all these, those that no table of routes shows
    a_linked: int  # ASes of a with a direct link to one of b
    b_linked: int
    anyhow: Crossing
    around: Crossing
    thirds: Crossing

    @property
    def links(self) -> int:
        """How many direct links there are."""
        return self.a_provides + self.b_provides + self.peers


@inner
def _layers(  # noqa: C901, PLR0913, PLR0917 - all ways on from a state; a kernel has no other way to be handed arrays
    start: Ints, of: Ints, source: Bytes, sink: Bytes, used: Bytes, before: Ints, level: Ints, queue: Ints
) -> int:
    """Give each state its distance from the sources in the residual graph; return that of the target, or -1.

    A state is a way into an AS, or out of it; see :func:`_most`.
    """
    n = len(source)
    tail, target = 0, -1
    for s in range(2 * n):
        level[s] = -1
    for v in range(n):
        if source[v]:
            level[v] = 0
            queue[tail] = v
            tail += 1
    head = 0
    while head < tail:
        s = queue[head]
        head += 1
        beyond = level[s] + 1
        if target >= 0 and beyond >= target:
            break
        if s < n:
            t = s + n
            if used[s]:
                t = before[s] + n if before[s] >= 0 else -1
            if t >= 0 and level[t] < 0:
                level[t] = beyond
                queue[tail] = t
                tail += 1
            continue
        v = s - n
        if sink[v]:
            target = beyond
            continue
        if used[v] and level[v] < 0:
            level[v] = beyond
            queue[tail] = v
            tail += 1
        for link in range(start[v], start[v + 1]):
            w = of[link]
            if level[w] < 0:
                level[w] = beyond
                queue[tail] = w
                tail += 1
    return target


@inner
def _found(  # noqa: PLR0913, PLR0917 - as above
    root: int, target: int, start: Ints, of: Ints, sink: Bytes, used: Bytes, before: Ints, level: Ints, stack: Ints,
    next_link: Ints,
) -> int:  # fmt: skip
    """Search for a shortest way from a source to the target; return its length in states on the stack, 0 for none.

    States that lead nowhere lose their level, so that in one phase each link is tried once.
    """
    n = len(used)
    stack[0] = root
    top = 0
    while top >= 0:
        s = stack[top]
        beyond = level[s] + 1
        t = -1
        if s < n:
            t = s + n
            if used[s]:
                t = before[s] + n if before[s] >= 0 else -1
            if t >= 0 and level[t] != beyond:
                t = -1
        else:
            v = s - n
            if sink[v] and beyond == target:
                return top + 1
            while next_link[v] < start[v + 1]:
                w = of[next_link[v]]
                if level[w] == beyond:
                    t = w
                    break
                next_link[v] += 1
            if t < 0 and used[v] and level[v] == beyond:
                t = v
        if t >= 0:
            top += 1
            stack[top] = t
        else:
            level[s] = -1
            top -= 1
    return 0


@inner
def _push(n: int, length: int, stack: Ints, used: Bytes, before: Ints) -> None:
    """Send one more path along the states on the stack, and take back what it takes back."""
    came = -1  # the AS from which the present one is entered
    for place in range(length):
        s = stack[place]
        if s >= n:
            # Out of an AS, and back into it: it is on no path any more, and what led to it is taken back next.
            v = s - n
            if place + 1 < length and stack[place + 1] == v:
                used[v] = 0
            came = v
            continue
        after = stack[place + 1]
        if after == s + n:
            used[s] = 1
            before[s] = came
        elif place > 0 and stack[place - 1] == s + n:
            before[s] = -1
        else:
            before[s] = came


@kernel
def _most(  # noqa: PLR0913, PLR0917 - as above
    start: Ints, of: Ints, source: Bytes, sink: Bytes, used: Bytes, before: Ints, level: Ints, queue: Ints,
    next_link: Ints,
) -> int:  # fmt: skip
    """Return the greatest number of paths from sources to sinks that share no AS; each link leads one way.

    Dinic (1970) where every AS has room for one path. State v is the way into AS v, state n + v the way out of it. An
    AS that is ``used`` was entered from ``before`` (-1: its path begins there).
    """
    n = len(source)
    paths = 0
    # Each phase but the last finds a path, so that there are no more than this.
    for _ in range(n + 1):
        target = _layers(start, of, source, sink, used, before, level, queue)
        if target < 0:
            break
        for v in range(n):
            next_link[v] = start[v]
        for v in range(n):
            if source[v] and level[v] == 0:
                length = _found(v, target, start, of, sink, used, before, level, queue, next_link)
                if length > 0:
                    _push(n, length, queue, used, before)
                    paths += 1
    return paths


@kernel
def _reached(  # noqa: PLR0913, PLR0917 - as above
    start: Ints, of: Ints, source: Bytes, sink: Bytes, used: Bytes, before: Ints, level: Ints, queue: Ints
) -> int:
    """Find what can be reached once no more paths can be found: ``level`` is -1 where nothing can."""
    return _layers(start, of, source, sink, used, before, level, queue)


@dataclass(frozen=True)
class _Net:
    """Ways from AS to AS, each in one direction, and where paths begin and end."""

    tail: Ints
    head: Ints
    source: Mask
    sink: Mask

    def most(self) -> tuple[int, Longs, Longs]:
        """Return how many paths share no AS, and the least cuts nearest to the sources and nearest to the sinks."""
        n = len(self.source)
        source, sink = self.source.astype(np.uint8), self.sink.astype(np.uint8)
        on = rowing.compressed(self.tail, self.head, n, n)
        used, before = np.zeros(n, np.uint8), np.full(n, _NONE, np.int32)
        level, queue = np.empty(2 * n, np.int32), np.empty(2 * n, np.int32)
        paths = _most(on.start, on.of, source, sink, used, before, level, queue, np.empty(n, np.int32))
        near = _edge(level)
        # The same graph and paths backwards: what a sink reaches there is what reaches a sink here.
        back = rowing.compressed(self.head, self.tail, n, n)
        after = np.full(n, _NONE, np.int32)
        entered = np.flatnonzero((used > 0) & (before >= 0))
        after[before[entered]] = entered
        _reached(back.start, back.of, sink, source, used, after, level, queue)
        return paths, near, _edge(level)


def _edge(level: Ints) -> Longs:
    """Return the ASes that can be reached and not left."""
    way_in, way_out = level.reshape(2, -1) >= 0
    return np.flatnonzero(way_in & ~way_out)


def _links(topology: Topology, ends: Mask, floors: int) -> tuple[Ints, Ints]:
    """Return links as ways in both directions, without ASes that can stand in the midst of no path (``ends`` stay).

    With two floors AS v stands upstairs as v and downstairs as N + v. Ways to providers lead from AS to AS upstairs,
    ways to customers downstairs, ways to peers from upstairs downstairs, and each AS has stairs down. So every walk is
    valley-free. That an AS may be used once on each floor makes what is counted a bound.
    """
    n = topology.size
    provider, customer, one, other = topology.provider, topology.customer, topology.peer_a, topology.peer_b
    # Who has no customer has nothing to pass on, valley-free, and who has one neighbour has none to pass it on to.
    links = np.bincount(provider, minlength=n)
    if floors == 1:
        links = links + sum(np.bincount(x, minlength=n) for x in (customer, one, other)) - 1
    stays = ends | (links > 0)
    kept, beside = stays[provider] & stays[customer], stays[one] & stays[other]
    provider, customer, one, other = provider[kept], customer[kept], one[beside], other[beside]
    down = np.int32(n * (floors - 1))
    tail = np.concatenate([customer, provider + down, one, other])
    head = np.concatenate([provider, customer + down, other + down, one + down])
    return tail.astype(np.int32, copy=False), head.astype(np.int32, copy=False)


def _crossing(topology: Topology, a: Mask, b: Mask, *, direct: bool) -> Crossing:
    """Count paths whose ends count. Ways into a and out of b are left out: a path that took one could be shorter."""

    def net(floors: int) -> _Net:
        tail, head = _links(topology, a | b, floors)
        in_a, in_b = np.tile(a, floors), np.tile(b, floors)
        keep = ~(in_a[head] | in_b[tail])
        if not direct:
            keep &= ~(in_a[tail] & in_b[head])
        nobody = np.zeros((floors - 1) * topology.size, np.bool_)
        source, sink = np.concatenate([a, nobody]), np.concatenate([nobody, b])
        return _Net(*_with_stairs(tail[keep], head[keep], topology.size, floors), source, sink)

    return _counted(topology, net)


def _between(topology: Topology, a: Mask, b: Mask) -> Crossing:
    """Count paths of third ASes: from those beside a to those beside b, which may be the same."""

    def net(floors: int) -> _Net:
        tail, head = _links(topology, a | b, floors)
        in_a, in_b = np.tile(a, floors), np.tile(b, floors)
        third = ~(in_a | in_b)
        source, sink = np.zeros_like(third), np.zeros_like(third)
        inward, outward = third[head], third[tail]
        source[head[in_a[tail] & inward]] = True
        sink[tail[outward & in_b[head]]] = True
        keep = inward & outward
        return _Net(*_with_stairs(tail[keep], head[keep], topology.size, floors), source, sink)

    return _counted(topology, net)


def _with_stairs(tail: Ints, head: Ints, n: int, floors: int) -> tuple[Ints, Ints]:
    if floors != _FLOORS:
        return tail, head
    stairs = np.arange(n, dtype=np.int32)
    return np.concatenate([tail, stairs]), np.concatenate([head, stairs + np.int32(n)])


def _counted(topology: Topology, net: Callable[[int], _Net]) -> Crossing:
    """Count paths, and bound those that are valley-free: by what cuts all paths, or all walks on two floors."""
    paths, near, far = net(1).most()
    _, low, high = net(_FLOORS).most()
    cuts = [near, np.unique(low % topology.size), np.unique(high % topology.size)]
    return Crossing(paths, near, far, min(cuts, key=len))


def crossings(topology: Topology, a: Mask, b: Mask, *, say: Callable[[str, float], None] | None = None) -> Crossings:
    """Return what joins two blocs of ASes, (N,) each; an AS that stands in both is taken to be of b.

    Raises ValueError for blocs of another length.
    """
    if a.shape != (topology.size,) or b.shape != (topology.size,):
        raise ValueError(f"blocs of {a.shape} and {b.shape} ASes, where the graph has {topology.size}")
    say = say or (lambda _what, _part: None)
    what = "counting crossings between the blocs"
    a = a & ~b
    say(what, 0.0)
    down, up = a[topology.provider] & b[topology.customer], b[topology.provider] & a[topology.customer]
    one, other = topology.peer_a, topology.peer_b
    beside = a[one] & b[other] | b[one] & a[other]
    linked = np.zeros(topology.size, np.bool_)
    for ends, links in ((topology.provider, down | up), (topology.customer, down | up), (one, beside), (other, beside)):
        linked[ends[links]] = True
    anyhow = _crossing(topology, a, b, direct=True)
    say(what, 0.4)
    around = _crossing(topology, a, b, direct=False)
    say(what, 0.7)
    thirds = _between(topology, a, b)
    say(what, 1.0)
    return Crossings(
        a=int(a.sum()), b=int(b.sum()),
        a_provides=int(down.sum()), b_provides=int(up.sum()), peers=int(beside.sum()),
        doubtful=int(topology.transit_doubtful[down | up].sum() + topology.peer_doubtful[beside].sum()),
        a_linked=int((linked & a).sum()), b_linked=int((linked & b).sum()),
        anyhow=anyhow, around=around, thirds=thirds,
    )  # fmt: skip
