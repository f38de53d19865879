"""Assigned parts of hardware addresses: the public listings of the IEEE Registration Authority.

Three registries, one for each size of block (IEEE Std 802-2014, 8.2): MA-L (24 bits, ``oui``), MA-M (28 bits, ``mam``)
and MA-S (36 bits, ``oui36``, and its forerunner ``iab``), each as CSV and as text. A prefix of 24 bits that the
Registration Authority shares out in smaller blocks stands under its own name, so that it leads to no maker.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import csvfile
from crossline.tables import Reject
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

ABOUT: Final = "To whom the IEEE has assigned the first part of hardware (MAC) addresses."
ID: Final = "ieee-oui"
TITLE: Final = "MAC address block assignments (MA-L, MA-M, MA-S, IAB), public listing"
ISSUER: Final = "IEEE Registration Authority"
URL: Final = "https://standards-oui.ieee.org/"
LICENCE: Final = "public listing; the IEEE asserts no copyright in it"
FILES: Final = (
    Offer("https://standards-oui.ieee.org/oui/oui.csv", "oui.csv"),
    Offer("https://standards-oui.ieee.org/oui28/mam.csv", "mam.csv"),
    Offer("https://standards-oui.ieee.org/oui36/oui36.csv", "oui36.csv"),
)

_CSV: Final = b"Registry,Assignment,Organization Name"
_TEXT: Final = re.compile(rb"^\s*(?:OUI|OUI/MA-[LMS]|IAB Range|OUI-36)[^\n]*Organization", re.IGNORECASE)
# A block in the text form: the first six digits stand above; here the last of each smaller block, or all six.
_BLOCK: Final = r"^([0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2})\s+\(hex\)\s*(.*)$"
_RANGE: Final = r"^([0-9A-F]{6})-([0-9A-F]{6})\s+\(base 16\)\s*(.*)$"
_DIGITS: Final = {"MA-L": 6, "MA-M": 7, "MA-S": 9, "IAB": 9}


def claim(path: Path, head: bytes) -> bool:
    """Whether the file is one of the listings, as CSV or as text."""
    start = packed.opening(path, head, 256).lstrip(b"\xef\xbb\xbf")
    return start.startswith(_CSV) or bool(_TEXT.match(start))


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type oui) for each assignment; the listing's country of an address is not taken."""
    held = packed.content(path, bytes_in=packed.BYTES_OF_LINES, bytes_out=packed.BYTES_OF_LINES)
    published = editions.published(path)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    text = packed.text(held.data).replace("\0", "\ufffd")
    yield from (_csv if text.startswith(_CSV.decode()) else _listing)(text, published, source)


def _csv(text: str, published: date, source: str) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    try:
        cells = csvfile.cells(text, header=False, skip=1)
    except csvfile.NoTableError as error:
        yield Reject("line 2", f"not a CSV table: {error}")
        return
    if len(cells.columns) < 3:
        yield Reject("line 2", "fewer than three columns")
        return
    rows = cells.select(registry=pl.nth(0), value=pl.nth(1), name=pl.nth(2)).with_row_index("row", offset=2)
    due = pl.col("registry").str.strip_chars().replace_strict(_DIGITS, default=None, return_dtype=pl.UInt32)
    yield from _rows(rows.with_columns(due=due), "row", published, source)


def _listing(text: str, published: date, source: str) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Read the text form: a line of six digits, and for a smaller block a line with its first and last address."""
    lines = pl.DataFrame({"line": text.splitlines()}).with_row_index("row", offset=1)
    lines = lines.with_columns(
        block=pl.col("line").str.extract(_BLOCK, 1).str.replace_all("-", "", literal=True),
        low=pl.col("line").str.extract(_RANGE, 1),
        high=pl.col("line").str.extract(_RANGE, 2),
    ).with_columns(above=pl.col("block").forward_fill())
    ranges = lines.drop_nulls("low").with_columns(name=pl.col("line").str.extract(_RANGE, 3))
    # The digits that the first and the last address of a block share are its own: one more than six, or three.
    medium = (pl.col("low").str.tail(5) == "00000") & (pl.col("high").str.tail(5) == "FFFFF")
    size = pl.when(medium).then(1).otherwise(3)
    ranges = ranges.with_columns(value=pl.col("above") + pl.col("low").str.head(size))
    shared = lines.with_columns(after=pl.col("low").shift(-1)).filter(pl.col("after").is_not_null())["row"]
    blocks = lines.drop_nulls("block").filter(~pl.col("row").is_in(shared.implode()))
    blocks = blocks.with_columns(name=pl.col("line").str.extract(_BLOCK, 2), value=pl.col("block"))
    rows = pl.concat([part.select("row", "value", "name") for part in (blocks, ranges)]).sort("row")
    if not len(rows):
        yield Reject("line 1", "no assignment could be read")
        return
    rows = rows.with_columns(due=pl.col("value").str.len_chars())
    yield from _rows(rows, "line", published, source)


def _rows(rows: pl.DataFrame, place: str, published: date, source: str) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield the registrations among rows with ``value``, ``name`` and how many digits are ``due``."""
    rows = rows.with_columns(
        value=pl.col("value").str.strip_chars().str.to_lowercase(), name=pl.col("name").str.strip_chars()
    )
    sound = (
        pl.col("value").str.contains(r"^[0-9a-f]+$") & (pl.col("value").str.len_chars() == pl.col("due"))
    ).fill_null(value=False)
    strange = rows.filter(~sound)
    yield from rejected(
        [
            (f"{place} {row}", f"{str(value)[:40]!r} is no assignment of a registry that is known")
            for row, value in strange.select("row", "value").head(1000).iter_rows()
        ],
        len(strange),
    )
    # "Private" is no name: the holder asked not to be shown.
    named = pl.when(~pl.col("name").str.to_lowercase().is_in(["", "private"])).then(pl.col("name")).alias("name")
    good = rows.filter(sound).select("value", named)
    yield "registration", shaped("registration", good, type="oui", seen=published, source=source)
