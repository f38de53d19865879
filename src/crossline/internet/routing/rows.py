"""The AS graph as routing kernels work on it: a row for each AS that has customers, and for each class of stubs.

Most ASes have no customers: stubs. They pass on no routes, so that those with the same providers and peers, and the
same label, route alike; they are merged into one class. A row is a transit AS (numbers 0 to M-1) or a class (M to
M+K-1). Transit rows are numbered in the order in which ties are broken: of several equally good next hops the lowest
is taken.

A class stands for several ASes, and its own lane, where it is the destination, for the pairs inside it: they do not
include the pairs of an AS with itself, which every sum has to leave out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from crossline.compiled import kernel
from crossline.internet.graph.topology import TopologyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.internet.graph.topology import Mask, Topology

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Preference = Literal["lowest", "highest"] | int
NO_LABEL: Final = 0


@dataclass(frozen=True)
class Adjacency:
    """Neighbours as compressed rows: those of row r are ``of[start[r]:start[r + 1]]``, ascending."""

    start: Ints
    of: Ints

    def __len__(self) -> int:
        """Return how many links there are."""
        return len(self.of)


@dataclass(frozen=True)
class Rows:
    """A graph in rows; M = ``transit`` rows with customers, K = ``stubs`` classes of ASes without."""

    transit: int
    stubs: int
    row: Ints  # (N,) the row of each AS of the topology
    first: Ints  # (M+K,) one AS of each row, as its position in the topology
    count: npt.NDArray[np.int64]  # (M+K,) how many ASes a row stands for
    order: Ints  # (M,) transit rows, every customer before its providers
    providers: Adjacency  # transit rows of transit rows
    customers: Adjacency
    peers: Adjacency
    stub_providers: Adjacency  # transit rows of classes: class k is row M+k
    stub_peers: Adjacency
    stub_stubs: Adjacency  # classes (k, not M+k) that are peers of classes
    destinations: Ints  # (M+K,) all rows, those that are reached alike beside each other: the order of batches

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.transit + self.stubs

    def sums(self, weight: Floats) -> Floats:
        """Return the sum of what the ASes of each row weigh, (M+K,), from (N,)."""
        return np.bincount(self.row, weight, self.size).astype(np.float64)

    def squares(self, weight: Floats) -> Floats:
        """Return, for each row, the sum of the squares: what its ASes' pairs with themselves weigh, (M+K,)."""
        return np.bincount(self.row, weight * weight, self.size).astype(np.float64)

    def of_first(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return a property of ASes, (N,), for rows, (M+K,): all ASes of a row have to have the same."""
        return values[self.first]

    def kept(self, keep: Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], Mask]) -> Rows:
        """Return the same rows with those links only for which ``keep`` holds, given both ends' rows in either order.

        Rows that lose their last customer stay transit rows, and routes to a class stay alike, if ``keep`` depends on
        nothing but properties that all ASes of a row share.
        """

        def some(links: Adjacency, holder: int, held: int) -> Adjacency:
            owner = np.repeat(np.arange(len(links.start) - 1), np.diff(links.start))
            stays = keep(owner + holder, links.of.astype(np.int64) + held)
            ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(stays)])
            return Adjacency(ends[links.start].astype(np.int32), links.of[stays])

        m = self.transit
        return replace(
            self, providers=some(self.providers, 0, 0), customers=some(self.customers, 0, 0),
            peers=some(self.peers, 0, 0), stub_providers=some(self.stub_providers, m, 0),
            stub_peers=some(self.stub_peers, m, 0), stub_stubs=some(self.stub_stubs, m, m),
        )  # fmt: skip


@kernel
def _compress(owner: Ints, of: Ints, start: Ints, spare: Ints, first: Ints, second: Ints, into: Ints) -> None:  # noqa: PLR0913, PLR0917
    """Sort links by owner, then neighbour: counted twice, the less significant first.

    ``start`` and ``spare`` have to come as zeros, one more than there are owners and neighbours.
    """
    for link in range(len(of)):
        spare[of[link] + 1] += 1
        start[owner[link] + 1] += 1
    for row in range(len(spare) - 1):
        spare[row + 1] += spare[row]
    for row in range(len(start) - 1):
        start[row + 1] += start[row]
    for link in range(len(of)):
        place = spare[of[link]]
        spare[of[link]] = place + 1
        first[place], second[place] = owner[link], of[link]
    for link in range(len(of)):
        place = start[first[link]]
        start[first[link]] = place + 1
        into[place] = second[link]
    for row in range(len(start) - 1, 0, -1):
        start[row] = start[row - 1]
    start[0] = 0


def compressed(owner: Ints, of: Ints, owners: int, others: int) -> Adjacency:
    """Return links as compressed rows, neighbours ascending."""
    start, into = np.zeros(owners + 1, np.int32), np.empty(len(of), np.int32)
    first, second = np.empty(len(of), np.int32), np.empty(len(of), np.int32)
    _compress(owner.astype(np.int32), of.astype(np.int32), start, np.zeros(others + 1, np.int32), first, second, into)
    return Adjacency(start, into)


@kernel
def _chains(start: Ints, providers: Ints, left: Ints, longest: Ints, queue: Ints) -> int:
    """Find the longest chain of customers below each AS; returns how many ASes are in no cycle and above none."""
    head, tail = 0, 0
    for u in range(len(left)):
        if left[u] == 0:
            queue[tail] = u
            tail += 1
    while head < tail:
        u = queue[head]
        head += 1
        for link in range(start[u], start[u + 1]):
            p = providers[link]
            longest[p] = max(longest[p], longest[u] + 1)
            left[p] -= 1
            if left[p] == 0:
                queue[tail] = p
                tail += 1
    return tail


def _mixed(neighbour: npt.NDArray[np.uint64], salt: int) -> npt.NDArray[np.uint64]:
    """Scramble numbers, so that their sum tells sets of them apart.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014, DOI 10.1145/2660193.2660195).
    """
    x = neighbour + np.uint64(salt)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _alike(topology: Topology, stub: Mask, label: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return, for each stub in order, a number that it shares with those of the same neighbours and label.

    Sets of neighbours are told apart by two sums of 64 bits over scrambled numbers.
    """
    owner = np.concatenate([topology.customer, topology.peer_a, topology.peer_b])
    of = np.concatenate([topology.provider, topology.peer_b, topology.peer_a]).astype(np.uint64) << np.uint64(1)
    of[len(topology.customer) :] |= np.uint64(1)
    mine = stub[owner]
    owner, of = owner[mine], of[mine]
    place = np.cumsum(stub) - 1
    sums = np.zeros((2, int(stub.sum())), np.uint64)
    with np.errstate(over="ignore"):
        for i, salt in enumerate((0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)):
            np.add.at(sums[i], place[owner], _mixed(of, salt))
    keys = np.stack([sums[0], sums[1], label[stub].astype(np.uint64)])
    order = np.lexsort(keys)
    new = np.concatenate([[False], (keys[:, order[1:]] != keys[:, order[:-1]]).any(axis=0)])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new)
    return number


def preferred(topology: Topology, prefer: Preference) -> npt.NDArray[np.int64]:
    """Return the rank of each AS as a next hop among equals: the lowest AS number first, the highest, or by lot.

    A number is the seed of a drawing of lots (numpy's PCG64), the same one on every machine.
    """
    if prefer == "lowest":
        return np.arange(topology.size)
    if prefer == "highest":
        return np.arange(topology.size)[::-1].copy()
    return np.random.default_rng(prefer).permutation(topology.size).astype(np.int64)


def build(
    topology: Topology,
    label: npt.NDArray[np.int64] | None = None,
    prefer: Preference = "lowest",
    *,
    merge: bool = True,
) -> Rows:
    """Build rows; stubs are merged where they have the same ``label``, (N,) (0 for all by default), and neighbours.

    Raises TopologyError where ASes are their own providers.
    """
    n = topology.size
    label = np.full(n, NO_LABEL, np.int64) if label is None else label.astype(np.int64)
    # First in the order in which ties are broken, so that `ascending` means that everywhere.
    rank = preferred(topology, prefer)
    above = compressed(topology.customer, topology.provider, n, n)
    customers = np.bincount(topology.provider, minlength=n).astype(np.int32)
    longest = np.zeros(n, np.int32)
    done = _chains(above.start, above.of, customers.copy(), longest, np.empty(n, np.int32))
    if done != n:
        raise TopologyError(f"{n - done:,} ASes are their own providers, at some distance, or above such a cycle")
    is_transit = customers > 0
    transit = np.flatnonzero(is_transit)[np.argsort(rank[is_transit], kind="stable")].astype(np.int32)
    m = len(transit)
    stub = ~is_transit
    number = _alike(topology, stub, label) if merge else np.arange(int(stub.sum()))
    members = np.flatnonzero(stub)
    _, lead = np.unique(number, return_index=True)
    lead = members[lead]
    row = np.full(n, -1, np.int32)
    row[transit] = np.arange(m, dtype=np.int32)

    # Classes beside each other where they are reached alike: same label, same first and second provider.
    up = compressed(topology.customer, np.argsort(np.argsort(rank)).astype(np.int32)[topology.provider], n, n)
    near = np.full((2, len(lead)), n, np.int64)
    for i in range(2):
        some = up.start[lead + 1] - up.start[lead] > i
        near[i, some] = up.of[up.start[lead[some]] + i]
    sorted_lead = np.lexsort((near[1], near[0], label[lead]))
    place = np.empty(len(lead), np.int64)
    place[sorted_lead] = np.arange(len(lead))
    k = len(lead)
    row[members] = (m + place[number]).astype(np.int32)
    first = np.concatenate([transit, lead[sorted_lead].astype(np.int32)])

    def between(owner: Ints, of: Ints, *, owners: tuple[int, int], others: tuple[int, int]) -> Adjacency:
        """Links between two ranges of rows, each named from the range's first; of a class its first AS's only."""
        a, b = row[owner], row[of]
        inside = (a >= owners[0]) & (a < owners[1]) & (b >= others[0]) & (b < others[1]) & (first[a] == owner)
        found = compressed(a[inside] - owners[0], b[inside] - others[0], owners[1] - owners[0], others[1] - others[0])
        return _once(found)

    low, high = (0, m), (m, m + k)
    either = np.concatenate([topology.peer_a, topology.peer_b])
    other = np.concatenate([topology.peer_b, topology.peer_a])
    nearest = np.concatenate([np.arange(m), near[0, sorted_lead]])
    further = np.concatenate([np.full(m, -1), near[1, sorted_lead]])
    return Rows(
        transit=m,
        stubs=k,
        row=row,
        first=first,
        count=np.bincount(row, minlength=m + k).astype(np.int64),
        order=np.argsort(longest[transit], kind="stable").astype(np.int32),
        providers=between(topology.customer, topology.provider, owners=low, others=low),
        customers=between(topology.provider, topology.customer, owners=low, others=low),
        peers=between(either, other, owners=low, others=low),
        stub_providers=between(topology.customer, topology.provider, owners=high, others=low),
        stub_peers=between(either, other, owners=high, others=low),
        stub_stubs=between(either, other, owners=high, others=high),
        destinations=np.lexsort((further, nearest, label[first])).astype(np.int32),
    )


def _once(links: Adjacency) -> Adjacency:
    """Leave out neighbours that stand twice in a row: several ASes of one class."""
    owner = np.repeat(np.arange(len(links.start) - 1), np.diff(links.start))
    again = np.zeros(len(links.of), np.bool_)
    again[1:] = (links.of[1:] == links.of[:-1]) & (owner[1:] == owner[:-1])
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(~again)])
    return Adjacency(ends[links.start].astype(np.int32), links.of[~again])
