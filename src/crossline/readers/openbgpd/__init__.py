"""OpenBGPD: what ``bgpctl -j show rib`` and ``bgpctl -j show neighbor`` print. docs/readers/openbgpd.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "OpenBGPD's routes and neighbours as JSON (bgpctl -j show rib, show neighbor, show summary)"
LIMITS: Final = (
    "Routes that the router announced to a neighbour (show rib out) are rejects: nobody announced them to it.",
    "A part of a table in which no route is best (show rib neighbor) looks like show rib out, and is not read.",
    "Where no route is marked best (show rib in) the output cannot say which ones are in use: `selected` is absent.",
    "show rib names a neighbour by address alone: sessions are read from show neighbor or show summary.",
    "The output has no date: the question's own is used, unless estate.yaml says one.",
    "Only IPv4 and IPv6 unicast prefixes are read; a route of more than 16 MiB ends the reading, and so does a gzip.",
)
JAILED: Final = False

_BEGINS: Final = re.compile(rb'\{\s*"(?:rib|neighbors)"\s*:\s*\[')


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins with a document of bgpctl."""
    del path
    return _BEGINS.match(head.lstrip(b" \t\r\n")) is not None


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield a batch of sessions and one of routes, what was rejected, and notes. Never raises on data."""
    from crossline.readers.openbgpd import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from reading.read(path, limits)
