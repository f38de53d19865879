"""MRT: what a router or a collector heard over BGP, as RFC 6396 and RFC 8050 write it down.

A table dump is read as it stands; a record of messages is replayed, and what stands at its end is yielded. Each
neighbour that the file names is an asset of kind ``session``, and each route that stands is one of kind ``route``.

Bytes run one way through this package: ``stream`` decompresses, ``records`` finds where each record lies,
``tabledump`` and ``messages`` turn records into columns of numbers (``columns``), ``replay`` decides which rows
stand, ``paths`` reads each distinct AS path once, ``wording`` writes ids and names, ``tying`` makes ties of paths, and
``tables`` puts the outcome into batches. ``reading`` drives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.readers.mrt import claims

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "MRT routing tables and BGP messages (RFC 6396, RFC 8050); plain, gzip or bzip2."
LIMITS: Final = (
    "Only unicast IPv4 and IPv6 are read: multicast, VPN, labelled and other families are counted as rejects.",
    "Of TABLE_DUMP_V2, RIB_GENERIC_ADDPATH is not read: writers disagree on where its path identifier stands.",
    "Of the types that RFC 6396 retires, only BGP (5) is read; BGP4PLUS, and OSPF, IS-IS and RIP, are not.",
    "A record that is cut, or whose frame is damaged, is left out whole; its place is given.",
    "After bytes that cannot be a record's header the rest of the file is not read: MRT has no mark to resume at.",
    "A record of more than 16 MiB is taken for a damaged header.",
    "Messages that the router itself sent (the _LOCAL subtypes) name a session, and are not replayed as routes.",
    "ADD-PATH is taken from the record's subtype, as RFC 8050 has it, for every family of the message.",
    "MRT does not say which route a router uses, nor whose table it is: `selected` and `vantage` are absent.",
)
JAILED: Final = False


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file is MRT: by its first record's header, under gzip or bzip2 if need be."""
    return claims.is_mrt(path, head)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of sessions and one of routes, what was rejected, and notes. Never raises on data."""
    from crossline.readers.mrt import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from reading.read(path, limits)
