"""Traceroutes of scamper in its own binary format, warts: docs/readers/traces.md.

Plain, gzip, bzip2 or xz. Records of other types are counted. sc_warts2json makes JSON of the same measurements, which
have the same ids there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.traces import content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "traceroutes of scamper, warts"
LIMITS: Final = (
    "A record is at most 16 MiB long, and a trace names at most 4,096 pairs of hop and address.",
    "Multipath traces (tracelb), pings and all other measurements are counted, and not read.",
    "After bytes that are no record's header the rest of the file is not read: warts has no mark to resume at.",
    "A further answer to the same packet makes no hop, nor does an answer from the address it was measured from.",
    "Hops before the first that was probed count as silent; path MTU and doubletree data are passed over.",
)
JAILED: Final = False

_MAGIC: Final = b"\x12\x05"


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins with the header of a record of warts."""
    begins = content.start(path, head, 64)
    return len(begins) >= 8 and begins.startswith(_MAGIC) and 1 <= int.from_bytes(begins[2:4]) <= 255


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes. Never raises on data."""
    from crossline.readers.warts import records  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from records.read(path, limits)
