"""Traceroutes of scamper as JSON, a record a line, as sc_warts2json writes them: docs/readers/traces.md.

Plain, gzip, bzip2 or xz. Records of other types are counted. The same measurements in warts have the same ids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.traces import content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

ABOUT: Final = "traceroutes of scamper, JSON as sc_warts2json writes it"
LIMITS: Final = (
    "A record is at most 16 MiB long, and names at most 4,096 pairs of hop and address.",
    "Multipath traces (tracelb), pings and all other measurements are counted, and not read.",
    "A further answer to the same packet makes no hop, nor does an answer from the address it was measured from.",
    "Hops before the first that was probed count as silent.",
    "Blanks, commas and brackets between records are not checked: reading goes on after a broken record.",
)
JAILED: Final = False

_TYPES: Final = (
    b"cycle-start|cycle-stop|cycle-def|list|trace|tracelb|ping|dealias|neighbourdisc|tbit|sting|sniff|host|http|"
    b"udpprobe|owamp"
)
_RECORD: Final = re.compile(
    rb'\{\s*"type"\s*:\s*"(?:' + _TYPES + rb')"\s*,\s*"(?:version|list_name|userid|id|method|src)"'
)


def claim(path: Path, head: bytes) -> bool:
    """Say whether the file begins with a record as sc_warts2json writes it."""
    begins = content.start(path, head, 4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e[,")
    return _RECORD.match(begins) is not None


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes. Never raises on data."""
    from crossline.readers.scamper import records  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    yield from records.read(path, limits)
