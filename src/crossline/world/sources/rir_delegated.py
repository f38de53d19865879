"""What the five registries have given out: the delegated-extended statistics files.

Lines are ``registry|cc|type|start|value|date|status|opaque-id`` (NRO extended allocation and assignment reports,
https://www.nro.net/wp-content/uploads/nro-extended-stats-readme5.txt): for ipv4 the value is a number of
addresses, not always a power of two; for ipv6 a prefix length; for asn a number of AS numbers. Only what is
allocated or assigned is registered to anybody. EU, AP and ZZ stand for no country and become null.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.inet.parse import FOUR, SIX, parse
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from crossline.tables import Reject

ABOUT: Final = "Address ranges and AS numbers to the country they are registered in, from the registries themselves."
ID: Final = "rir-delegated"
TITLE: Final = "Delegated-extended statistics"
ISSUER: Final = "NRO"
URL: Final = "https://www.nro.net/about/rirs/statistics/"
LICENCE: Final = "registry statistics, free use (CC BY 4.0 where the NRO states one)"
_AT: Final = {
    "afrinic": "https://ftp.afrinic.net/pub/stats/afrinic/",
    "apnic": "https://ftp.apnic.net/stats/apnic/",
    "arin": "https://ftp.arin.net/pub/stats/arin/",
    "lacnic": "https://ftp.lacnic.net/pub/stats/lacnic/",
    "ripencc": "https://ftp.ripe.net/pub/stats/ripencc/",
}
FILES: Final = tuple(
    Offer(
        f"{folder}delegated-{registry}-extended-latest",
        f"delegated-{registry}-extended-latest",
        checksum=f"{folder}delegated-{registry}-extended-latest.md5",
        algorithm="md5",
    )
    for registry, folder in _AT.items()
)
_ISSUERS: Final = {
    "afrinic": "AFRINIC",
    "apnic": "APNIC",
    "arin": "ARIN",
    "lacnic": "LACNIC",
    "ripencc": "RIPE NCC",
    "nro": "NRO",
}

_HEADER: Final = re.compile(rb"[\d.]+\|(?:afrinic|apnic|arin|lacnic|ripencc|nro|iana)\|\d{8}\|\d+\|")
_FIELDS: Final = ("registry", "cc", "type", "start", "value", "date", "status", "rest")
_NO_COUNTRY: Final = ("ZZ", "EU", "AP", "")
_ASNS_MOST: Final = 1 << 20  # AS numbers of one file; all five registries together have about 400,000


def claim(path: Path, head: bytes) -> bool:
    """Whether the first line that is no comment is the header of such a file."""
    start = packed.opening(path, head)
    lines = (line for line in start.split(b"\n") if line and not line.startswith(b"#"))
    return bool(_HEADER.match(next(lines, b"")))


def _header(text: str) -> tuple[str, date | None]:
    """Return the registry, and the last day that the file covers."""
    line = next((line for line in text[:65536].split("\n") if line and not line.startswith("#")), "")
    cells = line.split("|")
    days = [editions.from_name(cell) for cell in (cells[5:6] + cells[2:3]) if len(cell) == 8]
    return cells[1], next((day for day in days if day), None)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield address ranges with their registered country, and a registration for each AS number."""
    held = packed.content(path)
    text = packed.text(held.data)
    registry, day = _header(text)
    published = editions.published(path, inside=day)
    issuer = _ISSUERS.get(registry, registry)
    differs = {"id": f"{ID}-{registry}", "title": f"{TITLE} of {issuer}", "issuer": issuer}
    source, row = edition(sys.modules[__name__], published, **differs)
    yield "source", row
    if held.cut:
        yield held.cut
    rows, bad = _rows(text)
    for kind, table in (("ipv4", "address4"), ("ipv6", "address6"), ("asn", "registration")):
        good, wrong = _EXPAND[kind](rows.filter(pl.col("type") == kind))
        bad += wrong
        if len(good):
            yield table, shaped(table, good, type="asn", seen=published, source=source)
    bad.sort()
    yield from rejected([(f"line {line}", reason) for line, reason in bad])


def _rows(text: str) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return the rows that register something, and the lines that are no rows."""
    lines = pl.DataFrame({"line": text.split("\n")}).with_row_index("row", offset=1)
    lines = lines.with_columns(pl.col("line").str.strip_chars_end("\r"))
    lines = lines.filter((pl.col("line") != "") & ~pl.col("line").str.starts_with("#"))
    # The header has a version in front, and the summaries end in that word.
    lines = lines.filter(
        ~pl.col("line").str.contains(r"^[\d.]+\|[a-z]+\|\d{8}\|") & ~pl.col("line").str.ends_with("|summary")
    )
    cells = lines.with_columns(pl.col("line").str.splitn("|", 8).struct.rename_fields(list(_FIELDS))).unnest("line")
    whole = (
        pl.col("status").is_not_null()
        & pl.col("type").is_in(["ipv4", "ipv6", "asn"])
        & (pl.col("cc").str.contains(r"^[A-Z]{2}$") | (pl.col("cc") == ""))
        & pl.col("value").str.contains(r"^[0-9]{1,10}$")
    ).fill_null(value=False)
    bad = [(row, "not `registry|cc|type|start|value|date|status`") for row in cells.filter(~whole)["row"]]
    cells = cells.filter(whole & pl.col("status").is_in(["allocated", "assigned"]))
    country = pl.when(~pl.col("cc").is_in(_NO_COUNTRY)).then(pl.col("cc"))
    return cells.with_columns(registered=country, value=pl.col("value").cast(pl.Int64)), bad


def _ipv4(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    family, _, low = parse(rows["start"])
    last = pl.Series("last", low.astype(np.int64)) + rows["value"] - 1
    sound = pl.Series(family == FOUR) & (rows["value"] > 0) & (last < 1 << 32)
    bad = [(row, "not an IPv4 range") for row in rows.filter(~sound)["row"]]
    return rows.with_columns(first=pl.Series(low), last=last).filter(sound), bad


def _ipv6(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    family, high, low = parse(rows["start"])
    length = rows["value"].to_numpy()
    ones = np.uint64(0xFFFFFFFFFFFFFFFF)
    in_high = np.clip(length, 0, 64).astype(np.uint64)
    in_low = np.clip(length - 64, 0, 64).astype(np.uint64)
    # A shift by 64 is not defined for 64 bits, so that a full half is written out.
    free_high = np.where(in_high == 64, np.uint64(0), ones >> np.minimum(in_high, np.uint64(63)))
    free_low = np.where(in_low == 64, np.uint64(0), ones >> np.minimum(in_low, np.uint64(63)))
    sound = (family == SIX) & (length > 0) & (length <= 128)
    sound &= (high & free_high == 0) & (low & free_low == 0)
    bad = [(row, "not an IPv6 prefix") for row in rows.filter(~pl.Series(sound))["row"]]
    bounds = {"first_high": high, "first_low": low, "last_high": high | free_high, "last_low": low | free_low}
    return rows.with_columns(pl.Series(name, values) for name, values in bounds.items()).filter(pl.Series(sound)), bad


def _asn(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    number = pl.col("start").str.extract(r"^(\d{1,10})$").cast(pl.Int64)
    rows = rows.with_columns(number=number)
    sound = (
        (pl.col("number") >= 0)
        & pl.col("value").is_between(1, _ASNS_MOST)
        & (pl.col("number") + pl.col("value") <= 1 << 32)
    ).fill_null(value=False)
    sound &= pl.when(sound).then(pl.col("value")).otherwise(0).cum_sum() <= _ASNS_MOST
    bad = [(row, "not a run of AS numbers (or too many)") for row in rows.filter(~sound)["row"]]
    runs = rows.filter(sound).with_columns(
        value=pl.int_ranges(pl.col("number"), pl.col("number") + pl.col("value")).cast(pl.List(pl.String))
    )
    return runs.explode("value").select("value", "registered"), bad


_EXPAND: Final = {"ipv4": _ipv4, "ipv6": _ipv6, "asn": _asn}
