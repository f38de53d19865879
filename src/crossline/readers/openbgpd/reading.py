"""A document of bgpctl, its routes and neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.routes import document
from crossline.routes.document import KIND, ROWS
from crossline.routes.neighbours import Cells, routes, sessions
from crossline.routes.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from crossline.tables import Batch, Limits, Note, Reject

_ROUTE: Final = 1
_SESSION: Final = 2
_HOLDERS: Final = {"rib": (ROWS, _ROUTE), "neighbors": (ROWS, _SESSION)}
_FIELDS: Final = (
    "prefix",
    "aspath",
    "neighbor.remote_addr|remote_addr",
    "neighbor.description",
    "best",
    "announced",
    "path_id",
    "remote_as",
    "state",
    "valid",
    "dmetric",
)
_PREFIX, _PATH, _PEER, _DESCRIPTION, _BEST, _ANNOUNCED, _PATH_ID, _ASN, _UP, _VALID, _METRIC = range(len(_FIELDS))
_NO_ADDRESS: Final = b"???"  # what stands in place of the address of the router itself
_ANNOUNCED_ROUTE: Final = "the router announced this route to the neighbour, which did not announce it (show rib out)"
_UNCLEAR: Final = (
    "routes are valid and none is best: this may be what the router announced (show rib out), or a part of its table "
    "(show rib neighbor); give the whole of show rib"
)


def _own(cells: Cells) -> pl.Series:
    """Return which routes are the router's own."""
    peer = cells.spans(_PEER)
    local = cells.says(peer, _NO_ADDRESS) & cells.says(cells.spans(_DESCRIPTION), b"LOCAL")
    return local | cells.says(peer, b"0.0.0.0") | cells.says(peer, b"::")


def _out(cells: Cells) -> pl.Series:
    """Return which routes the router announced to the neighbour that they name.

    Where such a route is its own network the output says so; all others were never compared
    (PREFIX_DMETRIC_NONE) although they are valid, unlike those of a table, and those that came in.
    """
    uncompared = (cells.number(_METRIC) == 0).fill_null(value=False)
    return ~_own(cells) & (cells.is_true(_ANNOUNCED) | (uncompared & cells.is_true(_VALID)))


def _routes(cells: Cells, table: Table) -> None:
    columns = {"selected": cells.is_true(_BEST), "path_id": cells.number(_PATH_ID)}
    own = _own(cells).to_numpy()
    routes(cells, cells.spans(_PREFIX), cells.spans(_PEER), cells.spans(_PATH), own, columns, table)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield what the file at ``path`` says."""
    table = Table(limits, "byte", own="0.0.0.0")  # noqa: S104 - an address in text, which nothing is bound to
    shape = document.shape(_FIELDS, _HOLDERS, depth=limits.depth)
    some = best = valid = False
    for data, rows, base in document.found(path, shape, table):
        sessions_of = rows.about[:, KIND] == _SESSION
        if sessions_of.any():
            cells = Cells(data, rows.where(sessions_of), base)
            up = cells.says(cells.spans(_UP), b"Established")
            sessions(cells, cells.spans(_PEER), {"asn": cells.asn(_ASN), "up": up}, table)
        if sessions_of.all():
            continue
        cells = Cells(data, rows.where(~sessions_of), base)
        out = _out(cells)
        if out.any():
            table.refuse_rows(cells.place.filter(out), _ANNOUNCED_ROUTE)
            cells = cells.where(~out)
        if len(cells.place):
            some = True
            best |= bool(cells.is_true(_BEST).any())
            valid |= bool(cells.is_true(_VALID).any())
            _routes(cells, table)
    if some and not best and valid:
        table.forget_routes(_UNCLEAR)
    elif some and not best:
        table.unsaid = True
        table.notes.append("no route is marked best: the output cannot say which ones are in use (show rib can)")
    yield from table.finish()
