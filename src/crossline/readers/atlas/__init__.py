"""Traceroutes of RIPE Atlas, as its API and its daily dumps give them: docs/readers/traces.md.

One array of results, a result a line, or a single one; plain, gzip, bzip2 or xz. Results of other types of measurement
are counted. A measurement in which nothing was sent is counted as one that failed, and is no asset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.traces import content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "traceroutes of RIPE Atlas, JSON"
LIMITS: Final = (
    "A result is at most 16 MiB long, and names at most 4,096 pairs of hop and address.",
    "Results in firmware's form before 4460 are read if they have the keys of later ones.",
    "An answer from the probe itself, or from the address that it is seen from, is no hop: that packet has no answer.",
    "Packets that were answered late or twice make no hops; round-trip times, sizes and options are not read.",
    "Of two results with the same measurement, probe and time the first counts.",
    "Blanks, commas and brackets between results are not checked: reading goes on after a broken result.",
)
JAILED: Final = False


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file holds results of RIPE Atlas: the first bytes name a measurement and a probe."""
    begins = content.start(path, head).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e[,")
    return begins.startswith(b"{") and b'"msm_id"' in begins and b'"prb_id"' in begins


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes. Never raises on data."""
    from crossline.readers.atlas import results  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from results.read(path, limits)
