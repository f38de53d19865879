"""What an impact says in words: what all figures have in common, what was asked, and the cells of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from crossline.impact import amounts
from crossline.text import columns, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from crossline.impact import Column, Figure, Impact, Table

SUBJECTS: Final = {"internet": "the Internet", "cables": "cables", "stores": "app stores"}
NOTHING: Final = "\u2013"  # a cell without a value
_CELL: Final = 160  # characters of a cell
_ITEMS: Final = 60  # of a list that is told in one line
_DEPTH: Final = 6


@dataclass(frozen=True)
class Grounds:
    """What figures rest on and are biased by: once what all of them have in common, and each one's own."""

    rests_on: tuple[str, ...]
    biased_by: tuple[str, ...]
    own_rests_on: tuple[tuple[str, ...], ...]
    own_biased_by: tuple[tuple[str, ...], ...]


def grounds(figures: Sequence[Figure]) -> Grounds:
    """Part what every figure says (if there are two or more) from what only some say."""
    rests, own_rests = _parted([figure.rests_on for figure in figures])
    biases, own_biases = _parted([figure.biased_by for figure in figures])
    return Grounds(rests, biases, own_rests, own_biases)


def reading(said: str) -> tuple[str, str]:
    """Part what a range spans into the reading and its value, as ``over`` has both; the value may be lacking."""
    title, _, value = said.rpartition(": ")
    return (title, value) if title else (said, "")


def readings(figures: Sequence[Figure]) -> tuple[str, ...]:
    """Return the readings that ranges span, each once and without its value."""
    return tuple(dict.fromkeys(reading(one)[0] for figure in figures for one in figure.over))


def _parted(said: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    if len(said) < 2:
        return (), tuple(said)
    every = tuple(item for item in dict.fromkeys(said[0]) if all(item in one for one in said))
    return every, tuple(tuple(item for item in one if item not in every) for one in said)


def frame(table: Table) -> pl.DataFrame:
    """Return the columns of a table in their order; raises ValueError if its frame lacks one."""
    names = [column.name for column in table.columns]
    missing = [name for name in names if name not in table.frame.columns]
    if missing or len(set(names)) < len(names) or not names:
        raise ValueError(f"table {table.id}: columns {names} are not those of its frame, {table.frame.columns}")
    return table.frame.select(names)


def rows(table: Table, most: int, names: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield the cells of at most ``most`` rows, ready to be seen; in lists ``names`` stand for ids."""
    for row in items(table, most, names):
        yield [value if isinstance(value, str) else listed(value, _CELL) for value in row]


def items(table: Table, most: int, names: Mapping[str, str]) -> Iterator[list[str | list[str]]]:
    """Yield the cells of at most ``most`` rows as :func:`rows` does, a list as its items."""
    for row in frame(table).head(most).iter_rows():
        yield [
            [visible(str(names.get(item, item)), _CELL) for item in value] if isinstance(value, list)
            else cell(value, column)
            for value, column in zip(row, table.columns, strict=True)
        ]  # fmt: skip


def listed(names: Sequence[str], most: int) -> str:
    """Return the first of several names, whole and at least one, in about ``most`` columns, and how many there are.

    A semicolon parts them.
    """
    text = "; ".join(names)
    if columns(text) <= most or len(names) < 2:
        return text or NOTHING
    kept = 1
    while columns("; ".join(names[: kept + 1])) + columns(f"; {len(names) - kept - 1:,} more") <= most:
        kept += 1
    return f"{'; '.join(names[:kept])}; {len(names) - kept:,} more"


def cell(value: object, column: Column) -> str:
    """Return one cell: a number as its unit is written, anything else as text."""
    if value is None or (isinstance(value, float) and not amounts.known(value)):
        return NOTHING
    if column.unit is not None and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return amounts.exact(float(value) if isinstance(value, Decimal) else value, column.unit)
    return visible(_plain(value), _CELL) or NOTHING


def settings(asked: Mapping[str, Any], most: int) -> tuple[list[tuple[str, str]], int]:
    """Return what was asked as lines of a name and a value, and how many lines were left out."""
    lines = list(islice(_flat(asked, (), 0), 10 * most)) if asked else []
    return lines[:most], max(len(lines) - most, 0)


def _flat(value: object, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and depth < _DEPTH and not (depth > 1 and _of_numbers(value)):
        for key, item in value.items():
            yield from _flat(item, (*path, visible(str(key), 60).replace("_", " ")), depth + 1)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        for number, item in enumerate(value, 1):
            name = f"{path[-1] if path else ''} {number}".strip()
            yield from _flat(item, (*path[:-1], name), depth + 1)
    else:
        yield " / ".join(path), _plain(value)


def _of_numbers(value: Mapping[Any, Any]) -> bool:
    """Return whether a mapping has numbers alone, which are told in one line."""
    return all(item is None or isinstance(item, int | float) for item in value.values())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not stated"
    if isinstance(value, Mapping):
        return ", ".join(f"{_item(key)} {_item(item)}" for key, item in islice(value.items(), _ITEMS)) or "none"
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        more = len(items) - _ITEMS
        text = ", ".join(_item(item) for item in islice(items, _ITEMS)) or "none"
        return text + (f" and {more:,} more" if more > 0 else "")
    return _item(value)


def _item(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.4g}" if amounts.known(value) else NOTHING
    return visible(str(value), 300)


def dated(impact: Impact) -> str:
    """Return the line under a title: what was simulated, as of when, and of which day the data is if of another."""
    said = f"Simulation of {visible(SUBJECTS.get(impact.subject, impact.subject))}, as of {impact.as_of.isoformat()}"
    return f"{said}; {visible(impact.data_of, 200)}" if impact.data_of else said
