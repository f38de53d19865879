"""Whether a batch from a child has the shape that :mod:`crossline.tables` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crossline import identifiers, kinds, tables

if TYPE_CHECKING:
    from crossline.tables import Batch


def fault(batch: Batch) -> str | None:
    """Return the first way in which a batch is not what :mod:`crossline.tables` asks for, or None."""
    if batch.kind not in kinds.names():
        return f"assets of the kind {batch.kind!r}, which does not exist"
    kind = kinds.load(batch.kind)
    assets, ties = batch.assets.schema, batch.ties.schema
    own = {n: t for n, t in [*kind.schema().items(), *tables.UNREAD.items()] if n in assets}
    wanted = pl.Schema(dict(tables.ASSET) | own)
    optional = pl.Schema({n: t for n, t in tables.TIE.items() if n in ties or n in tables.TIE_REQUIRED})
    named = pl.Schema(dict(tables.IDENTIFIER) | {n: t for n, t in tables.WRITTEN.items() if n in batch.identifiers})
    wrong = (
        _schema_fault("assets", _without_extra(assets, wanted), wanted)
        or _schema_fault("identifiers", batch.identifiers.schema, named)
        or _schema_fault("ties", ties, optional, words=("role", "basis"))
        or _schema_fault("extents", batch.extents.schema, tables.EXTENTS)
    )
    if wrong:
        return wrong
    for name, frame in (("assets", batch.assets), ("ties", batch.ties)):
        for column in ("asset", "bundle") if name == "assets" else ("bundle", "role", "identifier"):
            if frame[column].null_count():
                return f"{name} with an empty {column}"
    bound = batch.ties["identifier"].max()
    if isinstance(bound, int) and bound >= batch.identifiers.height:
        return "ties to an identifier that is not there"
    for roles in (batch.ties["role"], batch.extents["role"]):
        strange = set(roles.cast(pl.String).unique()) - set(kind.roles)
        if strange:
            return f"a role that {batch.kind} has not: {min(str(role) for role in strange)}"
    types = set(batch.identifiers["type"].unique()) - set(identifiers.names())
    return f"an identifier of no known type: {min(str(name) for name in types)}" if types else None


def _without_extra(have: pl.Schema, want: pl.Schema) -> pl.Schema:
    """Leave out columns of text that no kind has: they are for links between files, and go no further than these."""
    texts = (pl.String(), pl.List(pl.String()))
    return pl.Schema({name: dtype for name, dtype in have.items() if name in want or dtype not in texts})


def _schema_fault(name: str, have: pl.Schema, want: pl.Schema, words: tuple[str, ...] = ()) -> str | None:
    if set(have) != set(want):
        return f"{name} with the columns {', '.join(have)} where {', '.join(want)} are due"
    for column, wanted in want.items():
        dtype = have[column]
        if dtype != wanted and not (column in words and isinstance(dtype, (pl.Categorical, pl.Enum))):
            return f"{name} whose column {column} is {dtype}, not {wanted}"
    return None
