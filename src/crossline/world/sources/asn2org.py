"""AS number to name: asn2org, made of PeeringDB, the registries' databases and DB-IP (CSV: asn, name, source)."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import csvfile
from crossline.tables import Reject
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "Names of AS numbers, from PeeringDB, the registries' databases and DB-IP."
ID: Final = "asn2org"
TITLE: Final = "AS numbers to organization names (asn2org)"
ISSUER: Final = "Vincent Bernat"
URL: Final = "https://vincentbernat.github.io/asn2org/asns.csv"
LICENCE: Final = "none stated; made of PeeringDB, registry and DB-IP (CC BY 4.0) data"
FILES: Final = (Offer(URL, "asns.csv"),)

_HEADER: Final = b'"asn","name","source"'
_BARE: Final = b"asn,name,source"
# Editions by the sha256 of their uncompressed bytes. Only the month is known: its first day stands for it.
KNOWN: Final = {"d266de73d02b2bf98107ba33ec3f77301690019e20689de852ec3b5a47c63f5a": date(2026, 7, 1)}


def claim(path: Path, head: bytes) -> bool:
    """Whether the first line is that of asn2org."""
    return packed.opening(path, head, 64).lstrip(b"\xef\xbb\xbf").startswith((_HEADER, _BARE))


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type asn) for each AS number, without a country: the data set has none."""
    held = packed.content(path)
    known = KNOWN.get(hashlib.sha256(held.data).hexdigest())
    published = editions.published(path, known=known)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    text = packed.text(held.data).replace("\0", "\ufffd")
    try:
        cells = csvfile.cells(text, header=False, skip=1)
    except csvfile.NoTableError as error:
        yield Reject("line 2", f"not a CSV table: {error}")
        return
    if len(cells.columns) < 2:
        yield Reject("line 2", "fewer than two columns")
        return
    cells = cells.select(pl.nth(0).alias("asn"), pl.nth(1).alias("name")).with_row_index("row", offset=2)
    number = pl.col("asn").str.extract(r"^\s*(\d{1,10})\s*$").cast(pl.UInt32, strict=False)
    cells = cells.with_columns(number=number)
    bad = cells.filter(pl.col("number").is_null())
    yield from rejected([(f"row {row}", f"{str(asn)[:40]!r} is not an AS number") for row, asn, *_ in bad.iter_rows()])
    good = cells.filter(pl.col("number").is_not_null())
    rows = good.select(pl.col("number").cast(pl.String).alias("value"), pl.col("name").str.strip_chars())
    yield "registration", shaped("registration", rows, type="asn", seen=published, source=source)
