"""A small made-up world of networks, for tests of who stands where: every answer can be read off by hand.

XA and XC are neighbours; XB owns its carrier (AS 20), which holds a company incorporated in XA (AS 21).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from crossline.internet.graph.topology import Topology
from miniature import company, world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.world import World

EDITION = date(2025, 9, 1)
DAY = date(2026, 7, 1)
ASNS = (10, 11, 20, 21, 22, 30, 31, 40, 50)


def graph(
    asns: Sequence[int] = ASNS, transit: Sequence[tuple[int, int]] = (), peers: Sequence[tuple[int, int]] = (),
    edition: date | None = EDITION,
) -> Topology:  # fmt: skip
    """Return a graph of AS numbers; links name their ends by number, the provider first."""
    number = {asn: place for place, asn in enumerate(sorted(asns))}

    def ends(pairs: Sequence[tuple[int, int]], side: int) -> Any:
        return np.array([number[pair[side]] for pair in pairs], np.int32)

    none = [np.zeros(len(links), np.bool_) for links in (transit, peers)]
    return Topology(
        np.array(sorted(asns), np.uint32), ends(transit, 0), ends(transit, 1), ends(peers, 0), ends(peers, 1), *none,
        edition=edition,
    )  # fmt: skip


def registered(asn: int, state: str, seen: date = EDITION) -> dict[str, object]:
    """Return a registry's record of a number."""
    return {"type": "asn", "value": str(asn), "name": f"AS{asn}", "registered": state, "seen": seen}


def held(asn: int, party: str, seen: date = EDITION, **more: object) -> dict[str, object]:
    """Return a statement of whose a number is."""
    return {"type": "asn", "value": str(asn), "party": party, "seen": seen} | more


def announces(asn: int, first: int, count: int, seen: date = EDITION) -> dict[str, object]:
    """Return a range that a network announces."""
    return {"first": first, "last": first + count - 1, "asn": asn, "seen": seen}


def lies(state: str, first: int, count: int, seen: date = EDITION) -> dict[str, object]:
    """Return a range that is registered in a state."""
    return {"first": first, "last": first + count - 1, "registered": state, "seen": seen}


def owns(owner: str, owned: str, share: float = 100.0, **more: object) -> dict[str, object]:
    """Return a holding of equity and votes."""
    return {"owner": owner, "owned": owned, "kind": "both", "share_min": share, "share_max": share} | more


def state(code: str) -> dict[str, object]:
    """Return the party that is a state."""
    own = {"id": f"state-{code.lower()}", "name": code, "kind": "state", "domicile": code, "seat": code}
    return dict(own)


PLACES: Mapping[int, str] = {10: "XA", 11: "XA", 20: "XB", 21: "XA", 22: "XB", 30: "XC", 31: "XC", 40: "XD"}
PARTIES = [
    *(state(code) for code in ("XA", "XB", "XC", "XD")),
    company("alpha", domicile="XA", seat="XA"),
    company("beta", domicile="XB", seat="XB"),
    company("beta-abroad", domicile="XA", seat="XA"),
    company("gamma", domicile="XC", seat="XC"),
    company("delta", domicile="XD", seat="XD"),
]
CONTROL = [owns("state-xb", "beta", 60), owns("beta", "beta-abroad"), owns("alpha", "delta", 70)]
HELD = [held(10, "alpha"), held(20, "beta"), held(21, "beta-abroad"), held(30, "gamma"), held(40, "delta")]
LISTING = [{"list": "refused", "party": "beta", "scope": "carrier", "status": "named", "since": date(2025, 1, 1)}]
MEMBERS = [
    {"coalition": "pact", "member": "state:XA", "status": "signed", "claimed_by": "xa", "since": date(2026, 1, 1)},
    {"coalition": "pact", "member": "state:XC", "status": "signed", "since": date(2026, 6, 1)},
    {"coalition": "pact", "member": "party:delta", "status": "hinted"},
]


def made_up(**more: Sequence[Mapping[str, object]]) -> World:
    """Return the world; tables in ``more`` take the place of its own."""
    tables: dict[str, Any] = {
        "party": PARTIES, "control": CONTROL, "identifier": HELD, "listing": LISTING, "membership": MEMBERS,
        "registration": [registered(asn, code) for asn, code in PLACES.items()],
    }  # fmt: skip
    return world(**(tables | more))


LINKS: Sequence[tuple[int, int]] = ((10, 11), (10, 40), (20, 22), (20, 21), (30, 31), (40, 50), (10, 50))
GRAPH = graph(transit=LINKS, peers=((10, 20), (10, 30), (20, 30)))
