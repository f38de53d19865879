"""The audit report as a Parquet file: findings and groups in one typed table, the rest as JSON in its metadata.

For programs: text stands in it as it was read, hostile or not, and lists stay lists.
"""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING, Final

from crossline.grouping import table
from crossline.reports import EXPOSURE, FINDING, GROUP, json

if TYPE_CHECKING:
    from crossline.reports import Audit, Options

SUFFIXES: Final = (".parquet",)
BINARY: Final = True
METADATA: Final = "crossline"  # the key of the file's metadata under which the header stands
_ROWS: Final = 131_072  # of a row group, which readers read as a whole


def render(audit: Audit, options: Options) -> bytes:  # noqa: ARG001 - every format takes options
    """Return the file."""
    return encode(audit)


def encode(audit: Audit) -> bytes:
    """Return the file: rows as :data:`crossline.grouping.ROW`, compressed with Zstandard.

    The metadata holds the JSON report without findings, groups and exposure, which would make it grow.
    """
    head = dataclasses.replace(
        audit, findings=FINDING.to_frame(), groups=GROUP.to_frame(), exposure=EXPOSURE.to_frame()
    )
    out = io.BytesIO()
    table(audit).write_parquet(
        out, compression="zstd", row_group_size=_ROWS, metadata={METADATA: json.encode(head).decode()}
    )
    return out.getvalue()
