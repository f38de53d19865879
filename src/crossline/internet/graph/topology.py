"""The AS graph: who is whose provider, and who are peers, at a date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from datetime import date

    from crossline.tables import Reject

Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


class TopologyError(Mistake):
    """An AS graph that cannot be used; the message says where and why, and what to do."""


@dataclass(frozen=True)
class Topology:
    """ASes and the links between them.

    ``asn``: AS numbers (RFC 6793), ascending, shape (N,). Links name ASes by their position in it. Each pair of ASes
    has one link at most, and no AS is its own provider's provider, at any distance.
    """

    asn: npt.NDArray[np.uint32]
    provider: Ints  # (T,) the provider of link i
    customer: Ints  # (T,) its customer
    peer_a: Ints  # (P,) peers: peer_a < peer_b
    peer_b: Ints  # (P,)
    transit_doubtful: Mask  # (T,) links that no table of routes shows: seen by another method only (serial 2)
    peer_doubtful: Mask  # (P,)
    edition: date | None = None  # the day it describes
    source: str = ""  # the id of the world's source, or the file's name
    title: str = ""  # how a report names it
    clique: tuple[int, ...] = ()  # AS numbers that the inference took as its top, from the file's header
    exchanges: tuple[int, ...] = ()  # AS numbers of Internet exchanges' route servers, from the file's header
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        """How many ASes there are."""
        return len(self.asn)

    @property
    def links(self) -> int:
        """How many links there are."""
        return len(self.provider) + len(self.peer_a)

    def index(self, asns: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the position of each AS number, -1 for those that stand nowhere in the graph."""
        wanted = np.asarray(asns, np.int64)
        place = np.minimum(np.searchsorted(self.asn, wanted), max(self.size - 1, 0))
        found = self.asn[place] == wanted if self.size else np.zeros(len(wanted), np.bool_)
        return np.where(found, place, -1)

    def without_links(self, transit: Mask, peers: Mask) -> Topology:
        """Return the graph without some links (true: gone); every AS stays, if with no link at all."""
        return replace(
            self,
            provider=self.provider[~transit], customer=self.customer[~transit],
            transit_doubtful=self.transit_doubtful[~transit],
            peer_a=self.peer_a[~peers], peer_b=self.peer_b[~peers], peer_doubtful=self.peer_doubtful[~peers],
        )  # fmt: skip

    def without_doubtful(self) -> Topology:
        """Return the graph with those links only that tables of routes show."""
        return self.without_links(self.transit_doubtful, self.peer_doubtful)

    def has_customers(self) -> Mask:
        """Return which ASes have customers, (N,): the transit ASes; the others are stubs."""
        held: Mask = np.bincount(self.provider, minlength=self.size) > 0
        return held

    def about(self) -> dict[str, Any]:
        """Return what the graph is and how large, as JSON has it."""
        transit = int(self.has_customers().sum())
        return {
            "title": self.title,
            "source": self.source,
            "edition": self.edition.isoformat() if self.edition else None,
            "ases": self.size,
            "transit_ases": transit,
            "stubs": self.size - transit,
            "links": self.links,
            "transit_links": len(self.provider),
            "peer_links": len(self.peer_a),
            "doubtful_transit_links": int(self.transit_doubtful.sum()),
            "doubtful_peer_links": int(self.peer_doubtful.sum()),
            "clique": list(self.clique),
            "exchanges": list(self.exchanges),
            "rejected": sum(reject.count for reject in self.rejects),
            "notes": list(self.notes),
        }
