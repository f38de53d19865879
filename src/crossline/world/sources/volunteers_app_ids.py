"""Ids of apps with the names that volunteers gave them, as lists of apps to remove have them: ``chinaapps.js``.

An array of objects with ``package`` and ``name``, as a JavaScript module or as JSON. What such a list says of an id is
a name, and a claim: some names stand beside an id of another app ("WeSync" beside VeSync's), and that an app is on the
list says nothing of who is behind it. So each becomes a registration, and no party. Lists of ids without names
(``dragonapps.txt``) are taken as well, and give nothing but a reject that says so.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.identifiers import package
from crossline.tables import Reject
from crossline.world import editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "Names that volunteers' lists of apps give to ids, as they claim."
ID: Final = "volunteers-app-ids"
TITLE: Final = "A list of apps by id and name, made by volunteers in 2020 (chinaapps.js)"
ISSUER: Final = "bhartendu27"
URL: Final = "https://github.com/bhartendu27/chinaappsremover"
LICENCE: Final = "none stated"
FILES: Final[tuple[Offer, ...]] = ()

BYTES_MOST: Final = 4 << 20
_OPENS: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:\s*export\s+(?:let|const|var)\s+\w{1,80}\s*=)?\s*\[\s*\{\s*"package"\s*:\s*"[^"]{1,300}"\s*,'
    rb'\s*"name"\s*:\s*"'
)
_BARE: Final = re.compile(r"dragonapps(?:[._-].*)?\.txt", re.IGNORECASE)
_ID: Final = re.compile(rb"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+\s*", re.ASCII)


def claim(path: Path, head: bytes) -> bool:
    """Whether it begins with objects of a package and a name, or is a list of bare ids with the name of one."""
    begin = packed.opening(path, head)
    if _OPENS.match(begin):
        return True
    first = begin.split(b"\n", 1)[0]
    return _BARE.fullmatch(path.name) is not None and _ID.fullmatch(first) is not None


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type package) for each id that has a name."""
    held = packed.content(path, bytes_in=BYTES_MOST, bytes_out=BYTES_MOST)
    text = packed.text(held.data)
    if _BARE.fullmatch(path.name):
        lines = sum(bool(line.strip()) for line in text.splitlines())
        yield Reject("file", "ids without names: nothing is said of them that a world could keep", max(lines, 1))
        return
    published = editions.published(path)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    try:
        entries, end = json.JSONDecoder().raw_decode(text, text.index("["))
    except (ValueError, RecursionError) as error:
        yield Reject("file", f"not an array of apps: {str(error)[:120] or 'nested too deeply'}")
        return
    if text[end:].strip(" \t\r\n;"):
        yield Reject("file", "something follows the array; it is not read")
    rows, wrong = _apps(entries)
    yield from rejected(wrong)
    kept = pl.DataFrame(rows, schema={"value": pl.String, "name": pl.String}, orient="row").unique(maintain_order=True)
    yield "registration", shaped("registration", kept, type="package", seen=published, source=source)


def _apps(entries: list[Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return ids with names (some hundreds), and what is wrong with the others."""
    rows, wrong = [], []
    for number, entry in enumerate(entries):
        value, name = (entry.get("package"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if not isinstance(value, str) or not isinstance(name, str) or not name.strip():
            wrong.append((f"[{number}]", "no object with a package and a name"))
            continue
        try:
            rows.append((package.parse(value), " ".join(name.encode("utf-8", "replace").decode().split())[:200]))
        except ValueError as error:
            wrong.append((f"[{number}]", str(error)[:200]))
    return rows, wrong
