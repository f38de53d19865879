"""Private enterprise numbers, as IANA writes them (RFC 9371): a number, then its holder, a contact and an address.

Only the number and the holder are taken; contacts are people.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "To whom IANA has assigned private enterprise numbers, which stand in sysObjectID."
ID: Final = "iana-enterprise-numbers"
TITLE: Final = "Private Enterprise Numbers (SMI network management private enterprise codes)"
ISSUER: Final = "Internet Assigned Numbers Authority"
URL: Final = "https://www.iana.org/assignments/enterprise-numbers"
LICENCE: Final = "public registry (CC0 1.0 where rights exist)"
FILES: Final = (Offer("https://www.iana.org/assignments/enterprise-numbers.txt", "enterprise-numbers.txt"),)

_TITLE: Final = b"PRIVATE ENTERPRISE NUMBERS"
_UPDATED: Final = re.compile(r"\(last updated (\d{4})-(\d{2})-(\d{2})\)")
_MOST: Final = (1 << 32) - 1


def claim(path: Path, head: bytes) -> bool:
    """Whether the file begins as IANA's list does."""
    return packed.opening(path, head, 256).lstrip(b"\xef\xbb\xbf \r\n").startswith(_TITLE)


def _inside(text: str) -> date | None:
    found = _UPDATED.search(text[:2000])
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type enterprise) for each number; the line after a number is its holder's name."""
    held = packed.content(path, bytes_in=packed.BYTES_OF_LINES, bytes_out=packed.BYTES_OF_LINES)
    text = packed.text(held.data).replace("\0", "\ufffd")
    published = editions.published(path, inside=_inside(text))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    lines = pl.DataFrame({"line": text.split("\n")}).with_row_index("row", offset=1)
    lines = lines.with_columns(pl.col("line").str.strip_chars_end()).with_columns(
        # A holder's name stands indented by two, contact and address by more; only a number stands at the margin.
        value=pl.col("line").str.extract(r"^(\d+)$"),
        name=pl.col("line").shift(-1).str.extract(r"^  (\S.*)$"),
    )
    rows = lines.drop_nulls("value")
    number = pl.col("value").str.to_integer(strict=False, dtype=pl.Int64)
    sound = (number.is_not_null() & (number <= _MOST) & pl.col("name").is_not_null()).fill_null(value=False)
    strange = rows.filter(~sound)
    yield from rejected(
        [
            (f"line {row}", f"{value[:20]!r} is followed by no holder, or is no enterprise number")
            for row, value in strange.select("row", "value").head(1000).iter_rows()
        ],
        len(strange),
    )
    if not len(rows):
        yield Reject("line 1", "no number could be read")
    good = rows.filter(sound).select(number.cast(pl.String).alias("value"), pl.col("name"))
    yield "registration", shaped("registration", good, type="enterprise", seen=published, source=source)
