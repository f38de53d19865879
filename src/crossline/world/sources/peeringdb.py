"""Peering LANs of Internet exchanges: PeeringDB's objects ``ix``, ``ixlan`` and ``ixpfx`` (its API documentation).

Two shapes: a dump with all objects, each as ``{"data": […]}`` under its name, as CAIDA archives them day by day; and
one answer of the API, ``{"data": […], "meta": {…}}``, for ``ixpfx`` alone or for ``ixlan`` with its prefixes. People,
addresses and telephone numbers in a dump are not looked at.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.identifiers import address
from crossline.tables import Reject
from crossline.world import documents, editions
from crossline.world.sources import Offer, edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT: Final = "Which address ranges are the peering LANs of Internet exchanges."
ID: Final = "peeringdb"
TITLE: Final = "Exchanges and their peering LANs"
ISSUER: Final = "PeeringDB"
URL: Final = "https://www.peeringdb.com/"
LICENCE: Final = "PeeringDB acceptable use policy; CAIDA's daily copies under CAIDA's public-data terms"
FILES: Final = (
    Offer("https://www.peeringdb.com/api/ixpfx", "peeringdb-ixpfx.json", terms="PeeringDB acceptable use policy"),
)

BYTES_MOST: Final = 1 << 30
_DAY: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})_(\d{2})_(\d{2})(?!\d)")
_PREFIX: Final = (b'"ixlan_id"', b'"prefix"', b'"protocol"')


def claim(path: Path, head: bytes) -> bool:
    """Whether the file is a dump by its name and first character, or an answer by the keys of its first object."""
    start = documents.start(path, head)
    if not start.startswith(b"{"):
        return False
    answer = start[:200].replace(b" ", b"").startswith((b'{"data":[', b'{"meta":{'))
    if answer:
        return all(key in start for key in _PREFIX) or b'"ixpfx_set"' in start
    return "peeringdb" in path.name.lower() or b'"ixpfx"' in start


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield a row of the table exchange for each prefix in use."""
    document = documents.read(path, bytes_out=BYTES_MOST)
    published = editions.published(path, inside=_day(path.name) or _generated(document))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    rows, wrong = _prefixes(document)
    yield from rejected(wrong)
    if not rows and not wrong:
        yield Reject("file", "no prefix of an exchange in it")
    frame = pl.DataFrame(rows, schema={"prefix": pl.String, "name": pl.String}, orient="row")
    yield "exchange", shaped("exchange", frame.unique(maintain_order=True), seen=published, source=source)


def _day(name: str) -> date | None:
    match = _DAY.search(name)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _generated(document: object) -> date | None:
    """Return the day of an answer that says when it was made."""
    meta = document.get("meta") if isinstance(document, dict) else None
    stamp = meta.get("generated") if isinstance(meta, dict) else None
    if isinstance(stamp, bool) or not isinstance(stamp, int | float) or not 1e9 < stamp < 4e9:
        return None
    return datetime.fromtimestamp(stamp, UTC).date()


def _objects(document: object, name: str) -> list[dict[str, Any]]:
    """Return the objects of a name in a dump; an answer's own objects stand under no name."""
    held = document.get(name) if isinstance(document, dict) else None
    held = held.get("data") if isinstance(held, dict) else held
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _prefixes(document: object) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (prefix, name of the exchange), and (place, reason) of what is none. There are some three thousand."""
    names = {one.get("id"): one.get("name") for one in _objects(document, "ix")}
    lans = {one.get("id"): one.get("ix_id") for one in _objects(document, "ixlan")}
    answer = _objects(document, "data")
    found = [(f"ixpfx {n}", one, one.get("ixlan_id")) for n, one in enumerate(_objects(document, "ixpfx"))]
    found += [(f"data {n}", one, one.get("ixlan_id")) for n, one in enumerate(answer) if "prefix" in one]
    for number, network in enumerate(answer):
        held = network.get("ixpfx_set")
        inside = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
        found += [(f"data {number}", one, network.get("ix_id")) for one in inside]
    rows, wrong = [], []
    for place, one, lan in found:
        if one.get("status", "ok") != "ok":
            continue
        try:
            block = ipaddress.ip_network(str(one.get("prefix")))
        except ValueError:
            wrong.append((place, f"{str(one.get('prefix'))[:50]!r} is no prefix, or has bits beyond its length"))
            continue
        if address.names_no_party(str(block.network_address)):
            wrong.append((place, f"{block} is no public range"))
            continue
        exchange = lans.get(lan, lan)
        name = names.get(exchange)
        rows.append((str(block), name if isinstance(name, str) and name else f"exchange {exchange} of PeeringDB"))
    return rows, wrong
