"""FRR: what ``vtysh -c "show bgp ... json"`` prints of routes and neighbours. docs/readers/frr.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "FRR's BGP routes and neighbours as JSON (show bgp ipv4 unicast json, show bgp neighbors json, ...)"
LIMITS: Final = (
    "Routes that were advertised to a neighbour, or received from one before its filters, are not read.",
    "A table names a neighbour by address alone: sessions are read from show bgp summary or show bgp neighbors.",
    "A neighbour without an address (BGP unnumbered) is a reject in show bgp summary; show bgp neighbors has it.",
    "A table has no date: the question's own is used, unless estate.yaml says one; an established session has one.",
    "Only IPv4 and IPv6 unicast prefixes are read; a route of more than 16 MiB ends the reading, and so does a gzip.",
)
JAILED: Final = False

_MARKS: Final = re.compile(
    rb'"(?:routes"\s*:\s*\{|paths"\s*:\s*\[|peers"\s*:\s*\{|bgpState"\s*:|remoteAs"\s*:|bgpNeighborAddr"\s*:)'
)
_OWN_KEYS: Final = re.compile(
    rb'"(?:vrfId|routerId|tableVersion|localAS|advertisedTo|peerId|nbrExternalLink|nbrInternalLink|bgpVersion|'
    rb'bgpNeighborAddr|nbrConfedExternalLink|nbrConfedInternalLink)"\s*:'
)


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins with a document of FRR's bgpd, or with a line that says that there is none."""
    del path
    begins = head.lstrip(b" \t\r\n")
    if begins.startswith(b"%"):  # what vtysh prints where one of several commands cannot be done
        begins = begins[begins.find(b"\n{") + 1 :]
    return begins.startswith(b"{") and bool(_MARKS.search(begins)) and bool(_OWN_KEYS.search(begins))


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield a batch of sessions and one of routes, what was rejected, and notes. Never raises on data."""
    from crossline.readers.frr import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from reading.read(path, limits)
