"""Domains to which devices of a maker send data by themselves: NextDNS's native tracking domains, a file a maker.

A file is a list of domains, one a line; whose they are stands in its name only (``nextdns_huawei.txt``, or
``native-tracking-domains/domains/huawei``), and that name is taken as it is written.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.world import domains, editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Reject

ABOUT: Final = "Domains that devices of a maker send data to, by maker."
ID: Final = "nextdns-native-tracking"
TITLE: Final = "Native tracking domains"
ISSUER: Final = "NextDNS"
URL: Final = "https://github.com/nextdns/native-tracking-domains"
LICENCE: Final = "MIT"
_MAKERS: Final = ("apple", "huawei", "lgwebos", "oneplus", "oppo", "realme", "roku", "samsung", "windows", "xiaomi")
FILES: Final = tuple(
    Offer(
        f"https://raw.githubusercontent.com/nextdns/native-tracking-domains/main/domains/{maker}",
        f"nextdns_{maker}.txt",
        bytes_most=4 << 20,
    )
    for maker in _MAKERS
)

BYTES_MOST: Final = 4 << 20
_NAME: Final = re.compile(r"nextdns[_-]([a-z0-9][a-z0-9-]{0,40}?)(?:[_-]\d{4}-?\d{2}-?\d{2})?(?:\.txt)?", re.IGNORECASE)
_FOLDER: Final = re.compile(r"native-tracking-domains(?:-.*)?", re.IGNORECASE)
_BARE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.IGNORECASE)
_LINE: Final = re.compile(rb"\s*(?:(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\.?)?\s*(?:#.*)?", re.ASCII)


def _maker(path: Path) -> str | None:
    """Return the maker that a file's name states."""
    found = _NAME.fullmatch(path.name)
    if found:
        return found[1].lower()
    inside = path.parent.name == "domains" and _FOLDER.fullmatch(path.parent.parent.name)
    return path.name.lower() if inside and _BARE.fullmatch(path.name) else None


def claim(path: Path, head: bytes) -> bool:
    """Whether the lines are domains, and the name says whose."""
    if _maker(path) is None:
        return False
    lines = packed.opening(path, head).split(b"\n")
    whole = lines[:-1] if len(head) >= packed.OPENING else lines
    return any(line.strip() for line in whole) and all(len(line) < 300 and _LINE.fullmatch(line) for line in whole)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type domain) for each line, under the maker's name."""
    held = packed.content(path, bytes_in=BYTES_MOST, bytes_out=BYTES_MOST)
    published = editions.published(path)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    lines = pl.DataFrame({"line": packed.text(held.data).replace("\0", "\ufffd").split("\n")})
    rows = lines.with_row_index("number", offset=1).with_columns(
        text=pl.col("line").str.replace("#.*$", "").str.strip_chars().str.strip_prefix("*.")
    )
    rows = rows.filter(pl.col("text") != "")
    rows = rows.with_columns(value=domains.canonical(rows["text"]))
    bad = rows.filter(pl.col("value").is_null()).select("number", pl.col("text").str.slice(0, 80)).rows()
    yield from rejected([(f"line {number}", f"{text!r} is no domain name") for number, text in bad])
    kept = rows.drop_nulls("value").unique("value", keep="first", maintain_order=True)
    yield (
        "registration",
        shaped("registration", kept, type="domain", name=_maker(path), seen=published, source=source),
    )
