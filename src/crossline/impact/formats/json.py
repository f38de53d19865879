"""An impact as JSON: every figure with its range, every row of every table, for programs to read.

The shape is `schema/impact-report.json` beside this file. Text stands in it as it was given, hostile or not: a program
that shows it is responsible for making it safe. Whole numbers are written as such; what is not a number is null.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.impact import Changes, Curve, Map, Matrix, telling
from crossline.impact.amounts import COUNTED
from crossline.reports.json import rows, scalar
from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.impact import Column, Figure, Impact, Picture, Table, Unit
    from crossline.reports import Options

SUFFIXES: Final = (".json",)
BINARY: Final = False

KINDS: Final[dict[type[Picture], str]] = {Matrix: "matrix", Changes: "changes", Curve: "curve", Map: "map"}
_EXACT: Final = 2**53  # beyond it a 64-bit float no longer has every whole number


def render(impact: Impact, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report; dates as ISO 8601, what is not known as null."""
    return encode(impact).decode()


def encode(impact: Impact) -> bytes:
    """Return the report in UTF-8; raises ValueError where two tables have one id, or a column is missing."""
    ids = [table.id for table in impact.tables]
    if len(set(ids)) < len(ids):
        raise ValueError(f"two tables have the same id, of {ids}")
    parts = [
        b'{\n"crossline": ', scalar(VERSION),
        *_keyed(
            as_of=impact.as_of, subject=impact.subject, title=impact.title, labelled=impact.labelled,
            asked=_plain(impact.asked), basis=_plain(impact.basis),
        ),
        b',\n"figures": ', _listed([_figure(figure) for figure in impact.figures]),
        *_keyed(look_at=list(impact.look_at)), b',\n"tables": {',
    ]  # fmt: skip
    for place, table in enumerate(impact.tables):
        parts += [b",\n" if place else b"\n", scalar(table.id), b": ", *_table(table)]
    parts += [
        b'},\n"pictures": ', _listed([_picture(picture, ids) for picture in impact.pictures]),
        *_keyed(names=_plain(impact.names), notes=list(impact.notes)),
        b',\n"world": ', _listed([_plain(source) for source in impact.sources]), b"\n}\n",
    ]  # fmt: skip
    return b"".join(parts)


def _keyed(**values: object) -> list[bytes]:
    return [f',\n"{key}": '.encode() + scalar(value) for key, value in values.items()]


def _listed(items: Sequence[object]) -> bytes:
    return b"[" + b",".join(b"\n" + scalar(item) for item in items) + (b"\n]" if items else b"]")


def _figure(figure: Figure) -> dict[str, Any]:
    numbers = {key: number(getattr(figure, key), figure.unit) for key in ("value", "low", "high")}
    said = {key: list(getattr(figure, key)) for key in ("over", "rests_on", "biased_by")}
    return {"id": figure.id, "title": figure.title, **numbers, "unit": figure.unit, **said}


def _table(table: Table) -> list[bytes]:
    columns = [{"name": column.name, "title": column.title, "unit": column.unit} for column in table.columns]
    said = {"title": table.title, "about": table.about, "shown": table.shown, "columns": columns}
    made = telling.frame(table)
    made = made.select(_written(made[column.name], column) for column in table.columns)
    return [scalar(said)[:-1], b', "rows": ', *rows(made), b"}"]


def _written(values: pl.Series, column: Column) -> pl.Series:
    """Return a column as JSON can have it: what is not finite as null, counts as whole numbers where they all are."""
    if values.dtype == pl.Decimal:
        values = values.cast(pl.Float64)
    if not values.dtype.is_float():
        return values
    finite = values.to_frame().select(pl.when(pl.col(column.name).is_finite()).then(pl.col(column.name))).to_series()
    whole = column.unit in COUNTED and bool(((finite == finite.round()) & (finite.abs() <= _EXACT)).all())
    return finite.cast(pl.Int64) if whole else finite


def _picture(picture: Picture, tables: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": picture.id, "kind": KINDS[type(picture)], "title": picture.title, "about": picture.about,
        "unit": picture.unit,
    }  # fmt: skip
    if isinstance(picture, Map):
        return said | _map(picture)
    if picture.table in tables:
        return {**said, "table": picture.table}
    said["labels"] = list(picture.labels)
    unit = picture.unit
    if isinstance(picture, Matrix):
        said["values"] = [[number(value, unit) for value in row] for row in picture.values]
        if picture.shares:
            said["shares"] = [[number(value, "share") for value in row] for row in picture.shares]
        if picture.word:
            said["word"] = picture.word
        if picture.below:
            said["below"] = picture.below
    elif isinstance(picture, Changes):
        said |= {key: [number(value, unit) for value in getattr(picture, key)] for key in ("before", "after")}
    else:
        said["values"] = [number(value, unit) for value in picture.values]
    return said


def _map(picture: Map) -> dict[str, Any]:
    """Return how many lines and points a map has; where they run and stand is the input's, and not repeated."""
    counts = Counter(picture.looks)
    said: dict[str, Any] = {
        "classes": [{"look": look, "title": title, "count": counts[look]} for look, title in picture.words]
    }
    return said | ({"points": {"title": picture.point, "count": len(picture.points)}} if picture.points else {})


def number(value: float | None, unit: Unit) -> float | None:
    """Return a number for JSON: whole where its unit counts one by one and it is; null where it is none."""
    if value is None or not math.isfinite(value):
        return None
    value = float(value) if not isinstance(value, int) else value
    return int(value) if unit in COUNTED and value == int(value) else value


def _plain(value: object) -> object:
    """Return mappings as dictionaries, and numbers of numpy as those of Python."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    return value.item() if hasattr(value, "dtype") and hasattr(value, "item") else value
