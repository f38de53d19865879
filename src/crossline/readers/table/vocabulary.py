"""The columns that a table may have: those of any asset, the kind's own, and one or more for each role."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Final

import polars as pl

from crossline import kinds

GENERAL: Final = ("kind", "asset", "name", "observed_at")
# Columns of ours whose names too many other tables have for a table of assets to be told by them.
_COMMON: Final = frozenset(
    {
        "status",
        "source",
        "destination",
        "ends",
        "package",
        "version",
        "versions",
        "permissions",
        "categories",
        "licence",
    }
)
# Two of these, and no asset: a table in the words of maps of cables, which another reader takes.
_OF_MAPS: Final = frozenset({"owners", "suppliers", "rfs", "rfs_year", "landing_points", "length", "is_planned"})
_FEWEST: Final = 2
OF_A_TIE: Final = ("place", "registered", "share_min", "share_max")


@cache
def kind_names() -> tuple[str, ...]:
    """Return the kinds whose assets a table can list: all but the estate itself."""
    return tuple(name for name in kinds.names() if name != "estate")


@cache
def role_columns(kind: str) -> tuple[str, ...]:
    """Return the columns that speak of ties: ``operator``, ``operator.place`` and so on."""
    return tuple(
        column for role in kinds.load(kind).roles for column in (role, *(f"{role}.{part}" for part in OF_A_TIE))
    )


@cache
def own_columns(kind: str) -> tuple[str, ...]:
    """Return every column of a kind but the general ones."""
    return tuple(column.name for column in kinds.load(kind).columns) + role_columns(kind)


@cache
def every_column() -> frozenset[str]:
    """Return every column that some kind has, but the general ones."""
    return frozenset(column for kind in kind_names() for column in own_columns(kind))


def kind_of_file(stem: str) -> str | None:
    """Return the kind that a file's name states, or None."""
    name = stem.lower().replace("_", "-")
    return name if name in kind_names() else None


def fits(columns: list[str], stem: str) -> bool:
    """Return whether a header with these columns is that of a table of assets."""
    have = set(columns)
    if not have & {"asset", "kind"} and len(have & _OF_MAPS) >= _FEWEST:
        return False
    stated = kind_of_file(stem)
    own = have & (frozenset(own_columns(stated)) if stated else every_column() - _COMMON)
    named = "asset" in have or ("name" in have and bool(own))
    if "kind" in have or stated:
        return named and len(have) > 1
    rest = have - set(GENERAL)
    return "asset" in have and bool(own) and any(rest <= set(own_columns(kind)) for kind in kind_names())


def close(word: str, words: tuple[str, ...] | list[str]) -> str:
    """Return `; did you mean …?` for the nearest of the words, or what there is to choose from."""
    near = difflib.get_close_matches(word, words, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(words)}" if len(words) <= 12 else ""


def hints(column: str, words: pl.Series, choices: tuple[str, ...]) -> pl.DataFrame:
    """Return a ``reason`` for each distinct word that is none of the choices: what it may have been meant to be."""
    distinct = words.unique(maintain_order=True).drop_nulls()
    near = [close(word, choices) if place < 1000 else "" for place, word in enumerate(distinct.to_list())]
    return pl.DataFrame({column: distinct, "reason": pl.Series(near, dtype=pl.String)})
