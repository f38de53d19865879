"""AS number to name and registered country: the RIPE NCC's list (`4134 CHINANET-BACKBONE …, CN`, one a line)."""

from __future__ import annotations

import hashlib
import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Reject

ABOUT: Final = "Names and registered countries of AS numbers, from all five registries."
ID: Final = "ripe-asn-names"
TITLE: Final = "AS names and countries (asn.txt)"
ISSUER: Final = "RIPE NCC"
URL: Final = "https://ftp.ripe.net/ripe/asnames/asn.txt"
LICENCE: Final = "RIPE NCC terms: free use, source to be named"
FILES: Final = (Offer(URL, "asn.txt"),)

_LINE: Final = re.compile(rb"\d{1,10} [^\n]*, [A-Z]{2}\r?")
# Editions by the sha256 of their uncompressed bytes. Only the month is known: its first day stands for it.
KNOWN: Final = {"effcf17dad51cde21ca131bd7651c2e02571d219b35babc9273dd798f902ec9c": date(2018, 7, 1)}


def claim(path: Path, head: bytes) -> bool:
    """Whether the name is a text file's and the first lines have the list's form."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".bz2")
    lines = packed.opening(path, head, 4096).split(b"\n")[:8]
    return name.endswith(".txt") and len(lines) > 1 and all(_LINE.fullmatch(line) for line in lines[:-1])


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type asn) for each line; ZZ, which stands for no country, becomes null."""
    held = packed.content(path)
    known = KNOWN.get(hashlib.sha256(held.data).hexdigest())
    published = editions.published(path, known=known)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    lines = pl.DataFrame({"line": packed.text(held.data).split("\n")}).with_row_index("row", offset=1)
    lines = lines.with_columns(pl.col("line").str.strip_chars_end()).filter(pl.col("line") != "")
    line = pl.col("line")
    cells = lines.with_columns(
        number=line.str.extract(r"^(\d{1,10}) ").cast(pl.UInt32, strict=False),
        name=line.str.extract(r"^\d+ (.*?)(?:, [A-Z]{2})?$").str.strip_chars(),
        country=line.str.extract(r", ([A-Z]{2})$"),
    )
    whole = pl.col("number").is_not_null() & pl.col("name").is_not_null()
    bad = cells.filter(~whole)
    yield from rejected(
        [(f"line {row}", f"{text[:60]!r} is not `number name, CC`") for row, text, *_ in bad.iter_rows()]
    )
    registered = pl.when(pl.col("country") != "ZZ").then(pl.col("country"))
    rows = cells.filter(whole).select(
        pl.col("number").cast(pl.String).alias("value"), "name", registered.alias("registered")
    )
    yield "registration", shaped("registration", rows, type="asn", seen=published, source=source)
