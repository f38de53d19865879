"""Rows that a walk through JSON found, as columns: routes and neighbours."""

# ruff: noqa: PLR0913, PLR0917 - columns that belong together are handed over together

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.routes import addresses, spans
from crossline.routes.document import NUMBER, PLACE, STRING, TEXT, TRUE, Rows

if TYPE_CHECKING:
    from crossline.compiled import Array
    from crossline.routes.table import Table

_LARGEST_ASN: Final = 0xFFFFFFFF


class Cells:
    """The cells of some rows by field."""

    def __init__(self, data: Array, rows: Rows, base: int) -> None:
        self._data, self._rows, self._base = data, rows, base
        self.place = pl.Series("place", rows.about[:, PLACE] + base)

    def where(self, mask: pl.Series) -> Cells:
        """Return those of some of the rows."""
        return Cells(self._data, self._rows.where(mask.to_numpy()), self._base)

    def is_true(self, field: int) -> pl.Series:
        """Return whether the cell is ``true``."""
        return pl.Series(self._rows.cells[:, field, 0] == TRUE)

    def spans(self, field: int) -> Array:
        """Return where a text stands; a negative start where none does."""
        cell = self._rows.cells[:, field]
        return np.where(cell[:, :1] == STRING, cell[:, 1:], -1)

    def outer(self, text: int) -> Array:
        """Return where a text outside the rows stands."""
        return self._rows.about[:, TEXT + 2 * text : TEXT + 2 * text + 2]

    def text(self, where: Array) -> pl.Series:
        """Return the texts at ``where``; what is not printable ASCII becomes a question mark."""
        return spans.text(self._data, where, escaped=True)

    def says(self, where: Array, word: bytes) -> pl.Series:
        """Return at which of ``where`` a word stands."""
        return pl.Series(spans.same(self._data, where, word))

    def outer_text(self, text: int) -> pl.Series:
        """Return a text outside the rows, which many of them share."""
        where = self.outer(text)
        _, first, of = np.unique(where[:, 0], return_index=True, return_inverse=True)
        return self.text(where[first]).gather(pl.Series(of.astype(np.uint32)))

    def _figures(self, field: int) -> Array:
        cell = self._rows.cells[:, field]
        return np.where((cell[:, :1] == STRING) | (cell[:, :1] == NUMBER), cell[:, 1:], -1)

    def number(self, field: int) -> pl.Series:
        """Return whole numbers; null where there is none, or none that fits."""
        where = self._figures(field)
        if (where < 0).all():
            return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(where))
        return self.text(where).cast(pl.Int64, strict=False)

    def asn(self, field: int) -> pl.Series:
        """Return AS numbers, in plain decimal or with a dot (RFC 5396); null where there is none."""
        text = self.text(self._figures(field)).alias("text")
        high, low = (
            pl.col("text").str.extract(r"^(\d{1,5})\.\d{1,5}$").cast(pl.Int64),
            pl.col("text").str.extract(r"^(?:\d{1,5}\.)?(\d{1,10})$").cast(pl.Int64),
        )
        value = pl.when(high.is_null()).then(low).when((high < 65536) & (low < 65536)).then(high * 65536 + low)
        return pl.select(pl.lit(text).alias("text")).select(
            pl.when(value <= _LARGEST_ASN).then(value).cast(pl.UInt32).alias("asn")
        )["asn"]

    def canonical(self, where: Array, form: int) -> tuple[pl.Series, Array]:
        """Return addresses or prefixes, and of each what it is (see `addresses.canonical`)."""
        data, where = spans.unescaped(self._data, where)
        return spans.canonical(data, where, form)


def kept(rows: pl.DataFrame, good: Array, table: Table, reason: str) -> pl.DataFrame:
    """Return the rows that are ``good``; the others are refused."""
    if good.all():
        return rows
    mask = pl.Series(good)
    table.refuse_rows(rows["place"].filter(~mask), reason)
    return rows.filter(mask)


def routes(
    cells: Cells, prefix: Array, peer: Array, path: Array, own: Array, columns: dict[str, pl.Series], table: Table
) -> None:
    """Add the routes at ``prefix``, ``peer`` and ``path`` (spans) to ``table``; ``own`` are the router's own."""
    prefixes, is_prefix = cells.canonical(prefix, addresses.PREFIX)
    peers, is_peer = cells.canonical(peer, addresses.ADDRESS)
    own = own | (is_peer == addresses.NOBODY)
    frame = pl.DataFrame({"prefix": prefixes, "peer": peers, "path": cells.text(path), "place": cells.place, **columns})
    frame = frame.with_columns(peer=pl.when(~pl.Series(own)).then("peer"))
    good = is_prefix == addresses.GOOD
    named = own | (is_peer == addresses.GOOD)
    frame = kept(frame, good, table, "this is no prefix of IPv4 or IPv6, and no unicast route")
    frame = kept(frame, named[good], table, "the route names no neighbour by its address")
    if frame.height:
        table.add_routes(frame)


def sessions(cells: Cells, peer: Array, columns: dict[str, pl.Series], table: Table) -> None:
    """Add the neighbours at ``peer`` (spans) to ``table``; ``columns`` has their AS numbers."""
    peers, is_peer = cells.canonical(peer, addresses.ADDRESS)
    frame = pl.DataFrame({"peer": peers, "place": cells.place, **columns})
    good = is_peer == addresses.GOOD
    frame = kept(frame, good, table, "the neighbour has no address here")
    frame = kept(frame, frame["asn"].is_not_null().to_numpy(), table, "the neighbour has no AS number that can be one")
    if frame.height:
        table.add_sessions(frame)
