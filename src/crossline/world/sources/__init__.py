"""Open data sets: one file per data set, found by its name.

A module here has

- ``ABOUT``: what it holds, in one sentence;
- ``ID``: short name; an edition's source id is ``ID-YYYY-MM-DD``, with its date of publication;
- ``TITLE``, ``ISSUER``, ``URL``, ``LICENCE``: of the data set, as shown beside each statement taken from it;
- ``FILES``: what the publisher offers for ``crossline world pull``, as :class:`Offer` objects;
- ``claim(path, head) -> bool``: whether the file at ``path``, whose first bytes are ``head``, is of this data set;
- ``read(path) -> Iterator[tuple[str, polars.DataFrame] | Reject]``: rows of the world's tables, each with the
  table's schema and an id in ``source`` that is also yielded in the table ``source``.

Sources are pure: bytes in and tables out, no network, no writes, no clock. Rows that make no sense become rejects
with their place. ``read`` may raise :class:`~crossline.world.packed.Unreadable` or
:class:`~crossline.world.editions.UndatedError` before it yields anything, for a file that cannot be used at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.registry import Registry
from crossline.tables import Reject
from crossline.world import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from types import ModuleType

HEAD_BYTES: Final = 65536
REJECTS: Final = 200  # rejects of one file that are given one by one; the rest are one reject with a count


@dataclass(frozen=True)
class Offer:
    """A file that a publisher offers.

    ``url`` may hold ``{month}``, which stands for a month as YYYYMM (the last that has ended). ``checksum`` is the
    address of the publisher's own checksums, ``algorithm`` the hash it uses. ``terms`` names what must be accepted
    before the file may be fetched; None where the licence asks for no consent. ``fixed``: the address always leads
    to the same bytes.
    """

    url: str
    name: str
    checksum: str | None = None
    algorithm: str = "sha256"
    terms: str | None = None
    fixed: bool = False
    bytes_most: int = 512 << 20


_SOURCES: Final = Registry(__name__)
names, load, claimant = _SOURCES.names, _SOURCES.load, _SOURCES.claimant


def edition(module: ModuleType, published: date, **differs: str) -> tuple[str, pl.DataFrame]:
    """Return the id of an edition of a source, and its row of the table ``source``.

    ``differs`` overrides ``id``, ``title``, ``issuer``, ``url`` or ``licence``, where files of one format are of
    several data sets.
    """
    about = [differs.get(name.lower(), getattr(module, name)) for name in ("ID", "TITLE", "ISSUER", "URL", "LICENCE")]
    source = f"{about[0]}-{published.isoformat()}"
    row = (source, about[1], about[2], about[3], published, about[4])
    return source, pl.DataFrame([row], schema=SCHEMAS["source"], orient="row")


def shaped(table: str, rows: pl.DataFrame, **constant: object) -> pl.DataFrame:
    """Give the rows the schema of a table: constants added, missing columns null, columns in order."""
    schema = SCHEMAS[table]
    columns = [
        pl.col(name).cast(kind, strict=True)
        if name in rows.columns
        else pl.lit(constant.get(name), dtype=kind).alias(name)
        for name, kind in schema.items()
    ]
    return rows.select(columns) if len(rows) else pl.DataFrame(schema=schema)


def rejected(places: list[tuple[str, str]], total: int | None = None) -> Iterator[Reject]:
    """Yield rejects for (locator, reason) pairs, the first :data:`REJECTS` singly and the rest as one."""
    for place, reason in places[:REJECTS]:
        yield Reject(place, reason)
    rest = (len(places) if total is None else total) - min(len(places), REJECTS)
    if rest > 0:
        yield Reject(f"after {places[REJECTS - 1][0]}", "more rows of this kind, not listed one by one", rest)
