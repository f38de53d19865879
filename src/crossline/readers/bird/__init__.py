"""BIRD: what ``birdc show route all`` and ``birdc show protocols all`` print. docs/readers/bird.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "BIRD 2 and 3 routes and BGP neighbours as text (birdc show route all, show protocols all)"
LIMITS: Final = (
    "BIRD 2 cuts a line of some 500 characters short: the rest of a longer AS path is not seen.",
    "Without `all` BIRD shows no AS paths: the routes are read, their ways are unknown.",
    "A table names a neighbour by address alone: sessions are read from show protocols all.",
    "BIRD 2 does not show path identifiers: additional paths of a neighbour are told apart by their AS path.",
    "Other families (flow, VPN, MPLS, ROA, source-specific) and the format of BIRD 1 are counted as rejects.",
    "What `show route filtered` prints is no table that is in use, and looks like one: do not give it.",
    "The output has no date unless show status stands in it too: the question's own is used, or what estate.yaml says.",
)
JAILED: Final = False

_MARKS: Final = re.compile(
    rb"^(?:\d{4}[- ])?(?:BIRD \d[^\n]* ready\.|(?: {5})?Table [^\s:]+:\r?$"
    rb"|(?: {5})?[0-9a-fA-F.:]+/\d+ +(?:[a-z]+ +)?\[[^\]\n]+\]( [*!])? \()",
    re.MULTILINE,
)
_ROUTES: Final = re.compile(
    rb"Table [^\s:]+:|^(?:\d{4}[- ])? *[0-9a-fA-F.:]+/\d+ +(?:[a-z]+ +)?\[[^\]\n]+\]( [*!])? \(|Neighbor AS: ",
    re.MULTILINE,
)


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins as birdc's output does, and has routes or neighbours in it."""
    del path
    return b"\0" not in head[:512] and bool(_MARKS.search(head[:4096])) and bool(_ROUTES.search(head))


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield a batch of sessions and one of routes, what was rejected, and notes. Never raises on data."""
    from crossline.readers.bird import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from reading.read(path, limits)
