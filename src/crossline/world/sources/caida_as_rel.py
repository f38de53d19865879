"""Relationships between ASes as CAIDA infers them: as-rel serial 1 (`a|b|relation`) and 2 (`a|b|relation|method`).

The relation is -1 where a is the provider of b, and 0 where both are peers
(https://publicdata.caida.org/datasets/as-relationships/README.txt).
"""

from __future__ import annotations

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

ABOUT: Final = "Provider-customer and peer links between ASes, inferred from BGP."
ID: Final = "caida-as-rel"
TITLE: Final = "CAIDA AS relationships"
ISSUER: Final = "CAIDA, UC San Diego"
URL: Final = "https://publicdata.caida.org/datasets/as-relationships/"
LICENCE: Final = "CAIDA public-data terms (https://www.caida.org/about/legal/aua/public_aua/)"
FILES: Final = (
    Offer(
        URL + "serial-2/{month}01.as-rel2.txt.bz2",
        "{month}01.as-rel2.txt.bz2",
        terms="CAIDA's Acceptable Use Agreement for public data: https://www.caida.org/about/legal/aua/public_aua/",
        fixed=True,
    ),
)

_LINE: Final = re.compile(rb"\d{1,10}\|\d{1,10}\|(?:-1|0)(?:\|[\w-]+)?\r?", re.ASCII)
_COMMENT: Final = re.compile(rb"# ?(?:source:|input clique:|IXP ASes:|inferred clique:|step )")
_DAY: Final = re.compile(rb"^# ?source:[^|\n]*\|[^|\n]*\|(\d{4})(\d{2})(\d{2})\|", re.MULTILINE)


def claim(path: Path, head: bytes) -> bool:
    """Whether the first line is one of CAIDA's comments, or the name is theirs and the first line a link."""
    first = packed.opening(path, head, 4096).split(b"\n", 1)[0]
    return bool(_COMMENT.match(first)) or ("as-rel" in path.name and bool(_LINE.fullmatch(first)))


def day(data: bytes) -> date | None:
    """Return the earliest day of the BGP tables that the comments name."""
    days = set()
    for year, month, day in set(_DAY.findall(data)):
        try:
            days.add(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return min(days, default=None)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield an adjacency for each link; `seen` is the day in the file's name, or in its comments."""
    held = packed.content(path)
    named = editions.from_name(path.name)
    published = editions.published(path, inside=named or day(held.data))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    lines = pl.DataFrame({"line": held.data.decode("utf-8", "replace").split("\n")}).with_row_index("row", offset=1)
    lines = lines.filter((pl.col("line") != "") & ~pl.col("line").str.starts_with("#"))
    cells = lines.with_columns(
        pl.col("line")
        .str.strip_chars_end("\r")
        .str.splitn("|", 5)
        .struct.rename_fields(["a", "b", "relation", "method", "rest"])
    ).unnest("line")
    cells = cells.with_columns(
        pl.col("a", "b").cast(pl.UInt32, strict=False),
        pl.col("relation").cast(pl.Int8, strict=False),
        pl.col("method").replace("", None),
    )
    known = pl.col("a").is_not_null() & pl.col("b").is_not_null() & pl.col("relation").is_in([-1, 0])
    sound = (known & (pl.col("a") != pl.col("b"))).fill_null(value=False)
    bad = cells.filter(~sound)["row"].to_list()
    yield from rejected([(f"line {row}", "not `a|b|-1` or `a|b|0` with two different AS numbers") for row in bad])
    yield "adjacency", shaped("adjacency", cells.filter(sound), seen=published, source=source)
