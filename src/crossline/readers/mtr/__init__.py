"""Reports of mtr as JSON (``mtr --json``): docs/readers/traces.md. Several may stand one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.traces import content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "reports of mtr, JSON (mtr --json)"
LIMITS: Final = (
    "A report says of a hop only the address that answered first: that it answered once is all that is sure.",
    "A hop that is a name without an address names nobody; mtr prints addresses with --no-dns or --show-ips.",
    "A destination that is a name has no address: whether it was reached is unknown.",
    "A report has no date: the question's own is used, unless estate.yaml says one.",
    "A report is at most 16 MiB long, and its hops at most 4,096.",
)
JAILED: Final = False

_REPORT: Final = re.compile(rb'\{\s*"report"\s*:\s*\{\s*"(?:mtr|hubs)"\s*:')


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins with a report of mtr."""
    begins = content.start(path, head, 4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e[,")
    return _REPORT.match(begins) is not None


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes. Never raises on data."""
    from crossline.readers.mtr import reports  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from reports.read(path, limits)
