"""Address ranges to AS numbers or registered countries: `@ip-location-db` asn and asn-country.

Lines are ``first,last,asn,"name"`` or ``first,last,CC``, addresses of either family, ranges inclusive. Read from
the package as it is published (a gzipped tar) or from its CSV files in a folder. The tables with addresses as
numbers (``-num.csv``) repeat the same ranges and are passed over.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numba import njit

from crossline.inet import parse
from crossline.tables import Reject
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    U8 = npt.NDArray[np.uint8]

ABOUT: Final = "Address ranges to AS number, and to the country they are registered in."
ID: Final = "ip-location-db"
TITLE: Final = "ip-location-db (asn, asn-country)"
ISSUER: Final = "ip-location-db"
URL: Final = "https://github.com/sapics/ip-location-db"
LICENCE: Final = "asn: CC BY 4.0 (RouteViews, DB-IP, NRO); asn-country: CC0-1.0"
_FROM: Final = "https://cdn.jsdelivr.net/npm/@ip-location-db/"
FILES: Final = tuple(
    Offer(f"{_FROM}{table}/{table}-ipv{family}.csv", f"{table}-ipv{family}.csv")
    for table in ("asn", "asn-country")
    for family in (4, 6)
)

_ASN: Final = {
    "id": "ip-location-db-asn",
    "title": "ip-location-db: AS numbers (RouteViews, DB-IP, the registries)",
    "licence": "CC BY 4.0",
}
_COUNTRY: Final = {
    "id": "ip-location-db-asn-country",
    "title": "ip-location-db: registered countries (the five registries)",
    "licence": "CC0-1.0 (its registry file says CC BY 4.0)",
}
_CSV: Final = re.compile(r"asn(-country)?-ipv[46]\.csv(?:\.gz)?")
_MEMBER: Final = re.compile(r"package/asn(-country)?-ipv[46]\.csv")
_VERSION: Final = re.compile(r"\d+\.\d+\.(\d{4})(\d{2})(\d{2})\d{2}")
_LINE: Final = re.compile(rb"\"?[0-9a-fA-F.:]+\"?,\"?[0-9a-fA-F.:]+\"?,\"?[0-9A-Z]+")
_REASONS: Final = (
    "",
    "the first field is not an address",
    "the second field is not an address",
    "the two addresses are of different families",
    "the range ends before it begins",
    "the third field is neither an AS number nor a country code",
)


def claim(path: Path, head: bytes) -> bool:
    """Whether it is one of the CSV files by name and first line, or the package by its first members."""
    start = packed.opening(path, head)
    if _CSV.fullmatch(path.name):
        return bool(_LINE.match(start))
    return start[257:262] == b"ustar" and start.startswith(b"package/") and b"package/asn-" in start


def _version_day(package: bytes) -> date | None:
    """Return the day in the version of the package, such as 2.3.2026061719."""
    try:
        about = json.loads(package)
        match = _VERSION.fullmatch(about["version"])
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _parts(path: Path, data: bytes) -> tuple[list[tuple[str, bytes]], date | None, Reject | None]:
    """Return the tables in the file by name, the date inside, and a reject where the package ends early."""
    if _CSV.fullmatch(path.name):
        return [(path.name, data)], None, None
    parts, day, cut = [], None, None
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                if not member.isreg() or not (member.name == "package/package.json" or _MEMBER.fullmatch(member.name)):
                    continue
                held = data[member.offset_data : member.offset_data + member.size]
                if member.name == "package/package.json":
                    day = _version_day(held)
                else:
                    parts.append((member.name.removeprefix("package/"), held))
                    if len(held) < member.size:
                        cut = Reject(member.name, "the package ends within this file; what came before was read")
    except (tarfile.TarError, EOFError) as error:
        cut = Reject("package", f"the tar archive is damaged: {error}")
    return parts, day, cut


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield address ranges; the country is where the range is registered, which says nothing of a place."""
    held = packed.content(path)
    parts, day, cut = _parts(path, held.data)
    if not parts:
        raise packed.Unreadable("the package holds no table that is known (asn-ipv4.csv, asn-country-ipv6.csv, …)")
    published = editions.published(path, inside=day)
    for reject in (held.cut, cut):
        if reject:
            yield reject
    for name, data in parts:
        country = name.startswith("asn-country")
        source, row = edition(sys.modules[__name__], published, **(_COUNTRY if country else _ASN))
        yield "source", row
        table = _ranges(data, country=country)
        yield from rejected(
            [(f"{name} line {line}", _REASONS[why]) for line, why in table.pop("bad")], table.pop("total")
        )
        for family, rows in table.items():
            if len(rows):
                yield family, shaped(family, rows, seen=published, source=source)


def _ranges(data: bytes, *, country: bool) -> dict[str, Any]:
    """Parse a table: rows of both families, and which lines made no sense."""
    text = np.frombuffer(data, np.uint8)
    lines = int(np.count_nonzero(text == 10)) + 1
    bounds = np.zeros((4, lines), np.uint64)
    value, family, status = np.zeros(lines, np.uint32), np.zeros(lines, np.uint8), np.zeros(lines, np.uint8)
    _parse(text, country, bounds, value, family, status)
    bad = np.flatnonzero(status)
    out: dict[str, Any] = {"bad": [(int(line) + 1, int(status[line])) for line in bad[:1000]], "total": len(bad)}
    for version, columns in ((4, ("first", "last")), (6, ("first_high", "first_low", "last_high", "last_low"))):
        chosen = (family == version) & (status == 0)
        kept = bounds[:, chosen]
        pick = (1, 3) if version == 4 else (0, 1, 2, 3)
        rows = pl.DataFrame({name: kept[place] for name, place in zip(columns, pick, strict=True)})
        number = pl.Series("value", value[chosen])
        out[f"address{version}"] = rows.with_columns(_codes(number) if country else number.alias("asn"))
    return out


def _codes(number: pl.Series) -> pl.Series:
    """Turn codes packed into two bytes into text; ZZ, which stands for no country, into null."""
    distinct = number.unique()
    names = [chr(code >> 8) + chr(code & 255) for code in distinct.to_list()]
    codes = [None if name == "ZZ" else name for name in names]
    return number.replace_strict(distinct, pl.Series(codes, dtype=pl.String), return_dtype=pl.String).alias(
        "registered"
    )


@njit(cache=True, nogil=True)
def _field(text: U8, place: int, end: int) -> tuple[int, int, int]:
    """Return where a field's content begins and ends, without quotes, and where the next field begins."""
    if place < end and text[place] == 34:
        stop = place + 1
        while stop < end and text[stop] != 34:
            stop += 1
        after = stop + 1
        while after < end and text[after] != 44:
            after += 1
        return place + 1, stop, after + 1
    stop = place
    while stop < end and text[stop] != 44:
        stop += 1
    return place, stop, stop + 1


@njit(cache=True, nogil=True)
def _parse(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one automaton over arrays
    text: U8, country: bool, bounds: npt.NDArray[np.uint64], value: npt.NDArray[np.uint32], family: U8, status: U8
) -> None:
    start = 0
    line = -1
    size = len(text)
    while start < size:
        line += 1
        end = start
        while end < size and text[end] != 10:
            end += 1
        following = end + 1
        if end > start and text[end - 1] == 13:
            end -= 1
        if end == start:
            start = following
            continue
        place = start
        for side in range(2):
            begin, stop, place = _field(text, place, end)
            version, high, low = parse.address(text, begin, stop)
            if version == parse.NONE:
                status[line] = 1 + side
                break
            if side == 1 and version != family[line]:
                status[line] = 3
                break
            family[line] = version
            bounds[2 * side, line] = high
            bounds[2 * side + 1, line] = low
        start = following
        if status[line]:
            continue
        if bounds[0, line] > bounds[2, line] or (
            bounds[0, line] == bounds[2, line] and bounds[1, line] > bounds[3, line]
        ):
            status[line] = 4
            continue
        begin, stop, place = _field(text, place, end)
        if country:
            if stop - begin == 2 and 65 <= text[begin] <= 90 and 65 <= text[begin + 1] <= 90:
                value[line] = np.uint32(int(text[begin]) << 8 | int(text[begin + 1]))
            else:
                status[line] = 5
            continue
        number = 0
        for index in range(begin, stop):
            digit = int(text[index]) - 48
            if digit < 0 or digit > 9:
                number = 1 << 40
                break
            number = number * 10 + digit
        if stop == begin or stop - begin > 10 or number > 0xFFFFFFFF:
            status[line] = 5
        else:
            value[line] = np.uint32(number)
