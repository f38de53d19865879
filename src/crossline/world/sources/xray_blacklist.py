"""Owners of domains that apps contact, with their country and the company above them, as X-Ray's list has them.

An array of objects with ``owner_name``, ``country``, ``doms``, ``parent`` and ``root_parent``. The owner is what the
list calls it. That a name is part of another (``AdSense``, of ``Google``, of ``Alphabet``) is kept as its word on the
name, type ``vendor``; :mod:`crossline.world.registrants` follows it where no fact explains the owner itself.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import documents, domains, editions, packed
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "Owners of domains that apps contact, with country and parent company."
ID: Final = "xray-blacklist"
TITLE: Final = "X-Ray's list of tracking domains by owner (xray-blacklist.json)"
ISSUER: Final = "X-Ray and TrackerControl"
URL: Final = "https://github.com/TrackerControl/tracker-control-android"
LICENCE: Final = "GPL-3.0"
FILES: Final = (
    Offer(
        "https://raw.githubusercontent.com/TrackerControl/tracker-control-android/master/app/src/main/assets/xray-blacklist.json",
        "xray-blacklist.json",
        bytes_most=16 << 20,
    ),
)

BYTES_MOST: Final = 16 << 20
_KEYS: Final = (b'"owner_name"', b'"doms"', b'"root_parent"')
_NO_STATE: Final = ("EU", "AP", "ZZ")
_UK: Final = "UK"  # exceptionally reserved in ISO 3166-1, where the state's code is GB
_CODE: Final = re.compile(r"[A-Za-z]{2}", re.ASCII)


def claim(path: Path, head: bytes) -> bool:
    """Whether it is an array of objects with the keys of this list."""
    return documents.begins(path, head, b"[", _KEYS)


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a registration (type domain) for each domain, and one (type vendor) for each owner that has a parent."""
    held = packed.content(path, bytes_in=BYTES_MOST, bytes_out=BYTES_MOST)
    published = editions.published(path)
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    if held.cut:
        yield held.cut
    try:
        entries = json.loads(packed.text(held.data))
    except (ValueError, RecursionError) as error:
        yield Reject("file", f"not JSON: {str(error)[:120] or 'nested too deeply'}")
        return
    if not isinstance(entries, list):
        yield Reject("file", "not an array of owners")
        return
    owners, wrong = _owners(entries)
    rows = owners.explode("doms").drop_nulls("doms")
    rows = rows.with_columns(value=domains.canonical(rows["doms"]))
    bad = rows.filter(pl.col("value").is_null()).select("at", pl.col("doms").str.slice(0, 80)).rows()
    yield from rejected([*wrong, *((at, f"{text!r} is no domain name") for at, text in bad)])
    kept = rows.drop_nulls("value").unique(["value", "name"], keep="first", maintain_order=True)
    constant = {"seen": published, "source": source}
    yield "registration", shaped("registration", kept, type="domain", **constant)
    yield "registration", shaped("registration", _part_of(owners), type="vendor", **constant)


def _owners(entries: list[Any]) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """Return a row for each owner that has a name (some hundreds), and what is wrong with the others."""
    rows, wrong = [], []
    for number, entry in enumerate(entries):
        at = f"[{number}]"
        name = _text(entry.get("owner_name")) if isinstance(entry, dict) else None
        listed = entry.get("doms") if isinstance(entry, dict) else None
        if name is None or not isinstance(listed, list):
            wrong.append((at, "no object with an owner_name and a list doms"))
            continue
        country = _text(entry.get("country"))
        code = country.upper() if country and _CODE.fullmatch(country) else None
        if country and code is None:
            wrong.append((at, f"{country[:20]!r} is no code of a state"))
        code = None if code in _NO_STATE else "GB" if code == _UK else code
        strange = sum(not isinstance(item, str) for item in listed)
        wrong += [(at, "a domain that is no text")] * strange
        texts = [item.encode("utf-8", "replace").decode() for item in listed if isinstance(item, str)]
        rows.append((at, name, code, texts, _text(entry.get("parent")), _text(entry.get("root_parent"))))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "at": pl.String, "name": pl.String, "registered": pl.String, "doms": pl.List(pl.String),
        "parent": pl.String, "root": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row"), wrong


def _text(value: object) -> str | None:
    """Return a name on one line; None where there is none."""
    if not isinstance(value, str):
        return None
    return " ".join(value.encode("utf-8", "replace").decode().split())[:200] or None


def _part_of(owners: pl.DataFrame) -> pl.DataFrame:
    """Return which name is part of which: an owner's parent; of a parent that says none itself, its root parent."""
    stated = owners.select(inner="name", name="parent").drop_nulls()
    above = owners.select(inner="parent", name="root").drop_nulls()
    pairs = pl.concat([stated, above.join(stated, on="inner", how="anti")])
    names = list(dict.fromkeys(itertools.chain(pairs["inner"], pairs["name"])))
    forms = domains.vendors(pl.Series("inner", names, dtype=pl.String))
    of = pl.DataFrame({"inner": names, "value": forms}, schema={"inner": pl.String, "value": pl.String})
    told = pairs.join(of, on="inner", how="left", maintain_order="left").drop_nulls("value")
    outer = of.rename({"inner": "name", "value": "outer"})
    told = told.join(outer, on="name", how="left", maintain_order="left").filter(
        pl.col("value").ne_missing(pl.col("outer"))
    )
    return told.select("value", "name").unique(maintain_order=True)
