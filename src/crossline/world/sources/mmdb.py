"""Address ranges from MaxMind DB files (.mmdb): AS numbers, and the country a range is registered in.

Taken are ``autonomous_system_number`` (GeoLite2-ASN, DB-IP and others) or ``asn``, and the ISO code of
``registered_country``. ``country`` is where a range is thought to be used, which is a place and no registration: a
database that has nothing else is refused, saying so. The one exception is a database whose type names it
asn-country, where ``country_code`` is the registered country.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.tables import Reject
from crossline.world import editions, mmdb_format, packed
from crossline.world.sources import edition, rejected, shaped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from crossline.world.sources import Offer

ABOUT: Final = "Address ranges to AS number or registered country, from a MaxMind DB file."
ID: Final = "mmdb"
TITLE: Final = "MaxMind DB file"
ISSUER: Final = "not stated in the file"
URL: Final = "https://maxmind.github.io/MaxMind-DB/"
LICENCE: Final = "not stated in the file"
FILES: Final[tuple[Offer, ...]] = ()  # the databases in wide use need an account with their publisher

_MAXMIND: Final = {"issuer": "MaxMind", "licence": "MaxMind's terms (GeoLite2 EULA, or the GeoIP2 contract)"}
_DB_IP: Final = {"issuer": "DB-IP", "licence": "CC BY 4.0 (lite editions), or the publisher's contract"}
_PUBLISHERS: Final = (("GeoLite2", _MAXMIND), ("GeoIP2", _MAXMIND), ("DBIP", _DB_IP), ("DB-IP", _DB_IP))
_ASN: Final = re.compile(r"(?:AS)?(\d{1,10})", re.IGNORECASE | re.ASCII)
_CODE: Final = re.compile(r"[A-Z]{2}", re.ASCII)


def claim(path: Path, head: bytes) -> bool:
    """Whether the suffix says so: the format's mark stands at the end of a file."""
    return path.name.lower().endswith((".mmdb", ".mmdb.gz")) and len(head) > 0


def _day(metadata: dict[str, Any]) -> date | None:
    epoch = metadata.get("build_epoch")
    if not isinstance(epoch, int) or not 0 < epoch < 1 << 33:
        return None
    return datetime.fromtimestamp(epoch, UTC).date()


def _about(metadata: dict[str, Any]) -> dict[str, str]:
    """Return what the metadata says of the data set, as an edition's overrides."""
    kind = str(metadata.get("database_type") or "unnamed")[:80]
    description = metadata.get("description")
    words = description.get("en") if isinstance(description, dict) else None
    slug = re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-") or "unnamed"
    publisher = next((told for start, told in _PUBLISHERS if kind.startswith(start)), {})
    return {"id": f"{ID}-{slug}", "title": kind + (f": {str(words)[:120]}" if words else ""), **publisher}


def _facts(datum: Any, *, flat_country: bool) -> tuple[int | None, str | None]:  # noqa: ANN401 - whatever it holds
    """Return the AS number and the registered country of a datum, each None where not stated."""
    if not isinstance(datum, dict):
        return None, None
    stated = datum.get("autonomous_system_number", datum.get("asn"))
    match = _ASN.fullmatch(str(stated)) if isinstance(stated, int | str) and not isinstance(stated, bool) else None
    asn = int(match[1]) if match and int(match[1]) <= 0xFFFFFFFF else None
    country = datum.get("registered_country")
    code = country.get("iso_code") if isinstance(country, dict) else None
    if code is None and flat_country:
        code = datum.get("country_code")
    return asn, code if isinstance(code, str) and _CODE.fullmatch(code) and code != "ZZ" else None


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield address ranges; IPv4 ranges of a tree for both families are taken from ``::/96``."""
    held = packed.content(path)
    database = mmdb_format.open_database(held.data)
    leaves = database.leaves()
    offsets, which = np.unique(leaves.offset, return_inverse=True)
    flat = "asn-country" in str(database.metadata.get("database_type", "")).lower().replace("_", "-")
    bad: list[tuple[str, str]] = []
    facts: list[tuple[int | None, str | None]] = []
    for offset in offsets.tolist():  # distinct data, of which there are few beside ranges
        try:
            facts.append(_facts(database.datum(offset), flat_country=flat))
        except ValueError as error:
            bad.append((f"datum at {offset}", str(error)))
            facts.append((None, None))
    if facts and not bad and all(asn is None and code is None for asn, code in facts):
        raise packed.Unreadable(
            "no datum has autonomous_system_number or registered_country; a plain `country` is where a range is "
            "thought to be used, and is not taken for its registration"
        )
    published = editions.published(path, inside=_day(database.metadata))
    source, row = edition(sys.modules[__name__], published, **_about(database.metadata))
    yield "source", row
    told = pl.DataFrame(facts, schema={"asn": pl.UInt32, "registered": pl.String}, orient="row")[which]
    for table, rows in _tables(leaves, told, database.bits):
        yield table, shaped(table, rows, seen=published, source=source)
    yield from rejected(bad)
    if leaves.astray:
        yield Reject("search tree", "records that lead nowhere", leaves.astray)
    # ::ffff:0:0/96, 2002::/16 and a few more lead to the IPv4 part again; a damaged tree has other such places.
    if leaves.again > _ALIASES:
        yield Reject("search tree", "subtrees that are reached in more than one way were read once", leaves.again)


_ALIASES: Final = 4


def _tables(leaves: mmdb_format.Leaves, told: pl.DataFrame, bits: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Split prefixes by family and turn them into ranges."""
    stated = (told["asn"].is_not_null() | told["registered"].is_not_null()).to_numpy()
    length = leaves.length.astype(np.int64)
    if bits == 32:
        four, prefix = stated, length
    else:
        four, prefix = stated & (length >= 96) & (leaves.high == 0) & (leaves.low >> np.uint64(32) == 0), length - 96
    first = leaves.low[four]
    last = first | _ones(32 - prefix[four])
    yield "address4", told.filter(pl.Series(four)).with_columns(first=pl.Series(first), last=pl.Series(last))
    six = stated & ~four
    high, low = leaves.high[six], leaves.low[six]
    bounds = {
        "first_high": high,
        "first_low": low,
        "last_high": high | _ones(64 - length[six]),
        "last_low": low | _ones(128 - length[six]),
    }
    yield "address6", told.filter(pl.Series(six)).with_columns(pl.Series(name, held) for name, held in bounds.items())


def _ones(bits: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Return integers whose lowest bits are one: none for a negative number, 64 at most."""
    shift = np.clip(64 - np.clip(bits, 0, 64), 0, 63).astype(np.uint64)
    full = np.uint64(0xFFFFFFFFFFFFFFFF) >> shift
    return np.where(bits <= 0, np.uint64(0), full)
