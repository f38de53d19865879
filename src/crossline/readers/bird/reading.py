"""What birdc printed, its routes and neighbours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.readers.bird import lines
from crossline.routes import addresses, spans
from crossline.routes.neighbours import kept
from crossline.routes.pieces import Pieces
from crossline.routes.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.compiled import Array
    from crossline.tables import Batch, Limits, Note, Reject

_ROWS: Final = 1 << 16
_OWN: Final = "::"  # the address under which BIRD's MRT dumps list the router's own routes
_REASONS: Final = {
    lines.NO_ROUTE: "this is no unicast route of IPv4 or IPv6 as BIRD 2 and 3 print them",
    lines.NO_PREFIX: "a route stands below no prefix that is read",
    lines.CUT: "the file ends within this line, which is not read",
    lines.OTHER: "no line of show route, show protocols or show status",
}
_EPOCH: Final = date(1970, 1, 1).toordinal()


def _routes(data: Array, span: Array, numbers: Array, table: Table) -> bool:
    """Add routes; say whether there is an AS path, or no route that should have one."""
    prefixes, is_prefix = spans.canonical(data, span[:, lines.NET], addresses.PREFIX)
    peers, is_peer = spans.canonical(data, span[:, lines.FROM], addresses.ADDRESS)
    bgp = numbers[:, lines.BGP] != 0
    frame = pl.DataFrame(
        {
            "prefix": prefixes,
            "peer": peers,
            "path": spans.text(data, span[:, lines.PATH]),
            "path_id": np.where(bgp, numbers[:, lines.PATH_ID], 0),
            "selected": numbers[:, lines.SELECTED] != 0,
            "rank": numbers[:, lines.RANK].astype(np.uint8),
            "place": numbers[:, lines.LINE].copy(),  # the array is used again
        }
    ).with_columns(peer=pl.when(pl.Series(bgp)).then("peer"))
    named = ~bgp | (is_peer == addresses.GOOD)
    good = is_prefix == addresses.GOOD
    frame = kept(frame, good, table, "this is no prefix of IPv4 or IPv6")
    frame = kept(frame, named[good], table, "the route names no neighbour by its address")
    if frame.height:
        table.add_routes(frame)
    return bool(((span[:, lines.PATH, 0] >= 0) | ~bgp).all())


def _sessions(data: Array, peers: Array, table: Table) -> None:
    address, is_address = spans.canonical(data, peers[:, lines.PEER : lines.PEER + 2], addresses.ADDRESS)
    frame = pl.DataFrame(
        {
            "peer": address,
            "asn": spans.text(data, peers[:, lines.ASN : lines.ASN + 2]).cast(pl.UInt32, strict=False),
            "up": peers[:, lines.UP] != 0,
            "place": peers[:, lines.PEER_LINE].copy(),
        }
    )
    good = is_address == addresses.GOOD
    frame = kept(frame, good, table, "the neighbour has no address here")
    frame = kept(frame, frame["asn"].is_not_null().to_numpy(), table, "the neighbour has no AS number that can be one")
    if frame.height:
        table.add_sessions(frame)


def _day(data: Array, time: Array) -> int | None:
    """Return the day of ``2026-11-22`` in days since 1970-01-01."""
    start, end = time.tolist()
    if start < 0:
        return None
    try:
        return date.fromisoformat(data[start:end].tobytes().decode("ascii")).toordinal() - _EPOCH
    except ValueError:
        return None


class _Reading:
    """The reading of one file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.table = Table(limits, "line", _OWN)
        self._pieces = Pieces(path, limits, lines.TEXTS)
        self._state = np.zeros(lines.STATES, np.int64)
        self._texts = np.full((lines.TEXTS, 2), -1, np.int64)
        self._before = self._texts.copy()
        self._spans = np.zeros((_ROWS, lines.SPANS, 2), np.int64)
        self._numbers = np.zeros((_ROWS, lines.NUMBERS), np.int64)
        self._peers = np.zeros((_ROWS, lines.PEERS), np.int64)
        self._refused = np.zeros((_ROWS, 3), np.int64)
        self._whole = True

    def read(self) -> None:
        """Read all that the limits allow."""
        pieces, table = self._pieces, self.table
        for final in pieces:
            at, more = pieces.start, True
            while more and not table.full:
                at, more = self._some(at, final=final)
            if table.full:
                break
            pieces.keep(at, self._texts)
        for reject in pieces.trouble:
            table.refuse(int(self._state[lines.COUNT]) + 1, reject.reason)
        if not self._whole:
            table.notes.append("BGP routes stand here without an AS path: show route all prints them with it")

    def _some(self, at: int, *, final: bool) -> tuple[int, bool]:
        """Read on from ``at``, as far as there is room for rows; return how far it came, and whether to go on."""
        data, end = self._pieces.data, self._pieces.end
        used = lines.read(
            data,
            at,
            end,
            final,
            self._state,
            self._texts,
            self._before,
            self._spans,
            self._numbers,
            self._peers,
            self._refused,
        )
        rows, found, wrong = (int(self._state[number]) for number in (lines.ROWS, lines.FOUND, lines.REFUSED))
        if found:
            _sessions(data, self._peers[:found], self.table)
        if rows:
            self._whole &= _routes(data, self._spans[:rows], self._numbers[:rows], self.table)
        refused = self._refused[:wrong]
        for code, reason in _REASONS.items():
            if (of := refused[refused[:, 0] == code]).size:
                _refuse(of, reason, self.table)
        if self.table.day is None:
            self.table.day = _day(data, self._texts[lines.TIME])
        return used, used > at and (max(rows, found, wrong) >= _ROWS - 1 or (final and used < end))


def _refuse(rows: Array, reason: str, table: Table) -> None:
    """Refuse what was not read; a run of other lines counts as many."""
    most = table.limits.rejects
    for line, count in rows[:most, 1:].tolist():
        table.refuse(line, reason, count)
    if len(rows) > most:
        table.refuse(int(rows[most, 1]), reason, int(rows[most:, 2].sum()))


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield what the file at ``path`` says."""
    reading = _Reading(path, limits)
    reading.read()
    yield from reading.table.finish()
