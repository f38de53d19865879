"""A document of bgpd, its routes and neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.routes import document
from crossline.routes.document import KIND, LABEL, MEMBERS, NAMED, OWN, ROWS, SKIPPED
from crossline.routes.neighbours import Cells, routes, sessions
from crossline.routes.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

_ROUTE: Final = 1
_SESSION: Final = 2
_NEIGHBOUR: Final = 3  # a session under its own key
_HOLDERS: Final = {
    "routes": (MEMBERS, _ROUTE),
    "paths": (ROWS, _ROUTE),
    "peers": (MEMBERS, -_SESSION),
    "advertisedTo": (SKIPPED, 0),
    "advertisedRoutes": (SKIPPED, 0),
    "receivedRoutes": (SKIPPED, 0),
}
_FIELDS: Final = (
    "path|aspath.string",
    "bestpath",
    "bestpath.overall",
    "multipath",
    "peerId|peer.peerId",
    "addpathRxId",
    "remoteAs",
    "state|bgpState",
    "peerUptimeMsec|bgpTimerUpMsec",
    "peerUptimeEstablishedEpoch|bgpTimerUpEstablishedEpoch",
    "bgpNeighborAddr",
    "removed",
    "history|dampingHistory",
)
_PATH, _BEST, _OVERALL, _MULTI, _PEER, _PATH_ID, _ASN, _UP, _SINCE, _EPOCH, _ADDRESS, _REMOVED, _HISTORY = range(
    len(_FIELDS)
)
_GONE: Final = "the route was withdrawn, and is only kept for its history"
_DAY: Final = 86400
_LAST: Final = 1 << 33  # seconds; the year 2242


def _vrf(cells: Cells) -> pl.Series:
    name = cells.outer_text(NAMED)
    return pl.select(pl.when(name != "default").then(name)).to_series()


def _routes(cells: Cells, table: Table) -> None:
    path = cells.spans(_PATH)
    empty = cells.says(path, b"Local").to_numpy()  # so it says of a path without networks
    path[empty, 1] = path[empty, 0]
    peer = cells.spans(_PEER)
    own = cells.says(peer, b"(unspec)").to_numpy()
    columns = {
        "selected": cells.is_true(_BEST) | cells.is_true(_OVERALL) | cells.is_true(_MULTI),
        "path_id": cells.number(_PATH_ID),
        "vrf": _vrf(cells),
    }
    routes(cells, cells.outer(LABEL), peer, path, own, columns, table)


def _sessions(cells: Cells, key: int, table: Table) -> pl.Series:
    """Add sessions; return the days on which the output was made, from how long each was up, and since when."""
    stated = cells.spans(_ADDRESS)
    up = cells.says(cells.spans(_UP), b"Established")
    seconds = cells.number(_EPOCH) + cells.number(_SINCE) // 1000
    day = pl.select(pl.when(up & (seconds > 0) & (seconds < _LAST)).then(seconds // _DAY)).to_series()
    columns = {"asn": cells.asn(_ASN), "up": up, "day": day, "vrf": _vrf(cells)}
    sessions(cells, np.where(stated[:, :1] >= 0, stated, cells.outer(key)), columns, table)
    return day.drop_nulls().unique()


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield what the file at ``path`` says."""
    table = Table(limits, "byte", own="0.0.0.0")  # noqa: S104 - an address in text, which nothing is bound to
    shape = document.shape(
        _FIELDS, _HOLDERS, named="vrfName", label="prefix", by_address=_NEIGHBOUR, depth=limits.depth
    )
    days = pl.Series(dtype=pl.Int64)
    for data, rows, base in document.found(path, shape, table):
        for kind in (_SESSION, _NEIGHBOUR):
            chosen = rows.about[:, KIND] == kind
            if chosen.any():
                found = _sessions(Cells(data, rows.where(chosen), base), LABEL if kind == _SESSION else OWN, table)
                days = days.append(found).unique()
        chosen = rows.about[:, KIND] == _ROUTE
        if chosen.any():
            cells = Cells(data, rows.where(chosen), base)
            gone = cells.is_true(_REMOVED) | cells.is_true(_HISTORY)
            if gone.any():
                table.refuse_rows(cells.place.filter(gone), _GONE)
                cells = cells.where(~gone)
            if len(cells.place):
                _routes(cells, table)
    if len(days) == 1:  # what says nothing of its own was printed along with what does
        table.day = int(days[0])
    yield from table.finish()
