"""Routes of all ASes to some destinations, one destination a pass: class, length, next hop, and whole paths on demand.

Three sweeps over the transit rows, as for all pairs: up from customers, across from peers that hold a customer route,
down from providers; then the stubs, which only take. Of several equally good next hops the first row wins, whatever
order rows were built in. Keys are whole numbers here (class, then length), so that no path is too long for them.

A route carries marks with it (:mod:`.measures`): those of its next hop's route and of the next hop
itself. An AS treats a route whose marks it refuses as if it were not there.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.compiled import Array, inlined, kernel
from crossline.internet.routing import measures as enacting
from crossline.internet.routing import rows as rowing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.measures import Bytes, Measures
    from crossline.internet.routing.rows import Preference, Rows

Numbers = npt.NDArray[Any]
CLASSES: Final = ("origin", "customer", "peer", "provider")
SCHEMA: Final = pl.Schema(
    {
        "asn": pl.UInt32(),
        "destination": pl.UInt32(),
        "class": pl.Enum(CLASSES),  # from whom the route was learned
        "length": pl.UInt32(),  # links, 0 for the destination's own
        "next_hop": pl.UInt32(),  # null for the destination's own
    }
)

_CLASS: Final = 1 << 28  # a key is class * _CLASS + length; there are fewer ASes than that
_CUSTOMER, _PEER, _PROVIDER = _CLASS, 2 * _CLASS, 3 * _CLASS
_NONE: Final = 0x7FFFFFFF
_PAIRS: Final = 2_000_000  # rows of a frame that are made at a time, by all threads


@inlined
def _take(u: int, v: int, of_class: int, key: Array, step: Array, marks: Array, named: Array, refuse: Array) -> None:  # noqa: PLR0913, PLR0917
    """Let row u take the route of row v, if it may and if that is better than what it has."""
    if key[v] < _NONE:
        offered = of_class + key[v] % _CLASS + 1
        if offered < key[u] and not (marks[v] & refuse[u]):
            key[u], step[u], marks[u] = offered, v, marks[v] | named[u]


@kernel
def _sweep(  # noqa: C901, PLR0912, PLR0913, PLR0917 - a kernel takes its arrays one by one
    destination: int, transit: int, order: Array,
    up_at: Array, up: Array, down_at: Array, down: Array, beside_at: Array, beside: Array,
    stub_up_at: Array, stub_up: Array, stub_beside_at: Array, stub_beside: Array, stub_stub_at: Array, stub_stub: Array,
    named: Array, refuse: Array, key: Array, step: Array, marks: Array,
) -> None:  # fmt: skip
    """Find the routes of all rows to row ``destination``: key, next row and marks, each (M+K + 1,).

    A class that is the destination stands in the additional row, M+K, and in its own for its other ASes.
    """
    size = len(key) - 1
    for u in range(size + 1):
        key[u] = _NONE
    end = destination if destination < transit else size
    key[end], step[end], marks[end] = 0, end, named[destination]
    k = destination - transit
    if k >= 0:
        for link in range(stub_up_at[k], stub_up_at[k + 1]):
            _take(stub_up[link], end, _CUSTOMER, key, step, marks, named, refuse)
    for i in range(transit):
        u = order[i]
        for link in range(down_at[u], down_at[u + 1]):
            _take(u, down[link], _CUSTOMER, key, step, marks, named, refuse)
    if k >= 0:
        for link in range(stub_beside_at[k], stub_beside_at[k + 1]):
            _take(stub_beside[link], end, _PEER, key, step, marks, named, refuse)
        for link in range(stub_stub_at[k], stub_stub_at[k + 1]):
            _take(transit + stub_stub[link], end, _PEER, key, step, marks, named, refuse)
    for u in range(transit):
        if key[u] >= _PEER:
            for link in range(beside_at[u], beside_at[u + 1]):
                if key[beside[link]] < _PEER:
                    _take(u, beside[link], _PEER, key, step, marks, named, refuse)
    for i in range(transit - 1, -1, -1):
        u = order[i]
        if key[u] >= _PROVIDER:
            for link in range(up_at[u], up_at[u + 1]):
                _take(u, up[link], _PROVIDER, key, step, marks, named, refuse)
    for c in range(size - transit):
        u = transit + c
        for link in range(stub_beside_at[c], stub_beside_at[c + 1]):
            if key[stub_beside[link]] < _PEER:
                _take(u, stub_beside[link], _PEER, key, step, marks, named, refuse)
        if key[u] >= _PROVIDER:
            for link in range(stub_up_at[c], stub_up_at[c + 1]):
                _take(u, stub_up[link], _PROVIDER, key, step, marks, named, refuse)


@kernel
def _told(  # noqa: PLR0913, PLR0917
    destination: int, sources: Array, row: Array, first: Array, key: Array, step: Array, at: int, into: Array
) -> int:  # fmt: skip
    """Write the routes of the sources that have one, from ``at`` on: position, class, length, next hop's position."""
    size = len(key) - 1
    for i in range(len(sources)):
        s = sources[i]
        r = row[s]
        if s == destination:
            into[0, at], into[1, at], into[2, at], into[3, at] = s, 0, 0, s
            at += 1
        elif key[r] < _NONE:
            v = step[r]
            into[0, at], into[1, at], into[2, at] = s, key[r] // _CLASS, key[r] % _CLASS
            into[3, at] = destination if v == size else first[v]
            at += 1
    return at


@kernel
def _walked(destination: int, hops: Array, row: Array, first: Array, step: Array, out: Array) -> None:  # noqa: PLR0913, PLR0917
    """Write the positions of the ASes on each path one after the other; ``hops``: (2, n) source, length."""
    at = 0
    for i in range(hops.shape[1]):
        out[at] = hops[0, i]
        v = row[hops[0, i]]
        for hop in range(1, hops[1, i] + 1):
            v = step[v]
            out[at + hop] = destination if hop == hops[1, i] else first[v]
        at += hops[1, i] + 1


@dataclass(frozen=True)
class Routing:
    """A graph that is ready to be asked for routes.

    ``named`` and ``refuse``: the marks of each row, and those that it refuses, (M+K,), as in
    :class:`.measures.Enacted`.
    """

    topology: Topology
    rows: Rows
    named: Bytes
    refuse: Bytes

    def buffers(self) -> tuple[Numbers, Numbers, Bytes]:
        """Return key, next row and marks for one thread."""
        size = self.rows.size + 1
        return np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint8)

    def sweep(self, destination: int, key: Numbers, step: Numbers, marks: Bytes) -> None:
        """Find the routes of all rows to an AS, given by its position."""
        r = self.rows
        links = (r.providers, r.customers, r.peers, r.stub_providers, r.stub_peers, r.stub_stubs)
        flat = [array for adjacency in links for array in (adjacency.start, adjacency.of)]
        given: list[Any] = [int(r.row[destination]), r.transit, r.order, *flat, self.named, self.refuse]
        given += [key, step, marks]
        _sweep(*given)


def routing(topology: Topology, measures: Measures | None = None, prefer: Preference = "lowest") -> Routing:
    """Make a graph ready, as it is or with a scenario's measures laid over it.

    ``prefer``: the next hop that is taken of several equally good ones. Raises TopologyError where ASes are their own
    providers, and for more filters than a route can carry marks.
    """
    if measures is None:
        rows = rowing.build(topology, prefer=prefer)
        nothing = np.zeros(rows.size, np.uint8)
        return Routing(topology, rows, nothing, nothing)
    enacted = enacting.enact(topology, measures, np.zeros(topology.size, np.int64), prefer)
    return Routing(topology, enacted.after, enacted.named, enacted.refuse)


def columns(*, path: bool) -> pl.Schema:
    """Return the columns of routes, with whole paths or without."""
    return pl.Schema({**SCHEMA, "path": pl.List(pl.UInt32)}) if path else SCHEMA


def _frame(held: Routing, destinations: Sequence[int] | Numbers, sources: Numbers, *, path: bool) -> pl.DataFrame:
    """Return the routes to some destinations, one after the other."""
    rows, asn = held.rows, held.topology.asn
    key, step, marks = held.buffers()
    into = np.empty((4, len(destinations) * len(sources)), np.int32)
    ends, ways, at = np.zeros(len(destinations) + 1, np.int64), [], 0
    for i, destination in enumerate(destinations):
        held.sweep(destination, key, step, marks)
        before, at = at, _told(destination, sources, rows.row, rows.first, key, step, at, into)
        ends[i + 1] = at
        if path:
            hops = into[0:3:2, before:at]
            out = np.empty(int(hops[1].sum()) + at - before, np.int32)
            _walked(destination, hops, rows.row, rows.first, step, out)
            ways.append(out)
    into = into[:, :at]
    to = np.repeat(asn[np.asarray(destinations, np.int64)], np.diff(ends))
    frame = pl.DataFrame(
        {
            "asn": asn[into[0]],
            "destination": to,
            "class": pl.Series(into[1].astype(np.uint8)).cat.to(SCHEMA["class"]),
            "length": into[2].astype(np.uint32),
            "next_hop": asn[into[3]],
        },
        schema=SCHEMA,
    ).with_columns(pl.when(pl.col("length") > 0).then("next_hop").alias("next_hop"))
    if not path:
        return frame
    number = np.repeat(np.arange(at), into[2] + 1)
    steps = pl.DataFrame({"route": number, "path": asn[np.concatenate([*ways, np.zeros(0, np.int32)])]})
    return frame.with_columns(steps.group_by("route", maintain_order=True).agg("path")["path"])


def batches(
    held: Routing, destinations: Sequence[int] | Numbers, sources: Numbers | None = None, *, path: bool = False
) -> Iterator[pl.DataFrame]:
    """Yield the routes to some destinations (positions) in their order, several destinations a frame.

    A row for each AS of ``sources`` (positions; all by default) that has a route, in their order, with the columns of
    :data:`SCHEMA`; with ``path`` also the AS numbers from that AS to the destination. Memory does not grow with the
    number of destinations.
    """
    wanted = (np.arange(held.topology.size) if sources is None else np.asarray(sources)).astype(np.int32)
    threads = min(os.cpu_count() or 1, max(len(destinations), 1))
    most = max(1, _PAIRS // (threads * max(len(wanted), 1)))
    width = min(most, max(1, -(-len(destinations) // threads)))
    some = (destinations[i : i + width] for i in range(0, len(destinations), width))
    with ThreadPoolExecutor(threads) as pool:
        begun = deque(pool.submit(_frame, held, batch, wanted, path=path) for batch in islice(some, threads))
        while begun:
            yield begun.popleft().result()
            begun.extend(pool.submit(_frame, held, batch, wanted, path=path) for batch in islice(some, 1))


def routes(
    held: Routing, destinations: Sequence[int] | Numbers, sources: Numbers | None = None, *, path: bool = False
) -> pl.DataFrame:
    """Return the routes to some destinations in one frame; see :func:`batches`."""
    frames = list(batches(held, destinations, sources, path=path))
    return pl.concat(frames) if frames else pl.DataFrame(schema=columns(path=path))


def paths(held: Routing, destination: int, sources: Numbers) -> list[list[int] | None]:
    """Return the AS numbers from each source (a position) to a destination, both included; None without a route."""
    wanted = np.asarray(sources, np.int64)
    found = routes(held, [destination], wanted, path=True)
    asked = pl.DataFrame({"asn": held.topology.asn[wanted]})
    ways: list[list[int] | None] = asked.join(found.unique("asn"), on="asn", how="left", maintain_order="left")[
        "path"
    ].to_list()
    return ways
