"""Kinds of asset: one file each, found by its name (``data_store.py`` is the kind ``data-store``).

A kind says which typed columns its assets have and which roles its ties may play. Rules are checked against it
when they are compiled, and readers when they yield.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import polars as pl

from crossline.registry import Registry

ColumnType = Literal["text", "texts", "integer", "number", "boolean", "date"]

POLARS_TYPE: Final[dict[ColumnType, pl.DataType]] = {
    "text": pl.String(),
    "texts": pl.List(pl.String()),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
}

# How to say whose table a file is; see docs/estate-file.md.
VANTAGE: Final = "say in estate.yaml, `files: [{path: FILE, vantage: ours}]`, or collector"

FACILITY: Final = "say in estate.yaml, `facilities: [{id: …, state: XX, diplomatic: true, prefixes: […], sites: […]}]`"

# The whole vocabulary of roles. A new one is a deliberate change: it is used by rules of many kinds.
ROLES: Final[dict[str, str]] = {
    "operator": "runs the asset",
    "owner": "owns it, in whole or with a share",
    "neighbour": "the other end of a session, or the first network of a path",
    "transit": "carries the traffic on its way: every network of a path that is not its end",
    "origin": "where a path ends: the network that announces the prefix",
    "hop": "a network or machine that a packet was seen at",
    "vendor": "made the equipment",
    "builder": "built the cable or the site",
    "terminal": "made or runs the terminal equipment of a cable",
    "publisher": "publishes the app",
    "signer": "signed the package",
    "embeds": "wrote code that the app carries",
    "contacts": "is contacted over the network",
    "distributor": "runs the store or the phone on which the app is offered",
    "host": "runs the machines or the cloud that the data lies on",
    "landing": "the state, or the party, where a cable lands",
    "recipient": "is given the data",
    "exporter": "gives the data away",
    "demanded_by": "demanded the data or the access",
    "device": "equipment that the asset rests on",
    "part": "a measurement, a circuit or a session that shows a piece of the asset",
    "producer": "made the component",
    "applicant": "applies for, or holds, the licence",
}


@dataclass(frozen=True)
class Column:
    """A typed column of a kind. ``unit`` is None for text, dates and counts of things."""

    name: str
    type: ColumnType
    about: str
    unit: str | None = None
    choices: tuple[str, ...] = ()
    hint: str | None = None  # where to find it out, or how to say it, where a file leaves it open
    tells: str | None = None  # how evidence tells it, with {} for the value, where it says how much was seen
    apart: bool = False  # whether reports count a rule's verdicts apart by this column as well
    least: float | None = None  # of a number: what is less, or more, cannot be, and is refused where a file states it
    most: float | None = None

    @property
    def bounds(self) -> str:
        """What its numbers lie between, in words: ``0 to 100``."""
        return " to ".join(_number(bound) for bound in (self.least, self.most) if bound is not None)

    also: tuple[tuple[str, str], ...] = ()  # other words that files have for a choice, and which it is

    def chosen(self, word: str) -> str | None:
        """Return the choice that a word means, without regard to case, blanks for hyphens or not; None for none."""
        plain = "-".join(word.lower().replace("-", " ").replace("_", " ").split())
        return plain if plain in self.choices else dict(self.also).get(plain)

    @property
    def is_state(self) -> bool:
        """Whether its words are country codes, which have one canonical spelling."""
        return "ISO 3166-1 alpha-2" in self.about


def _number(bound: float) -> str:
    """Return a bound as people read it; a year has no separators."""
    return f"{bound:,}" if abs(bound) >= 10_000 else f"{bound}"


@dataclass(frozen=True)
class Kind:
    """A kind of asset, the line of effort it belongs to, its columns and roles."""

    name: str
    line: str
    about: str
    columns: tuple[Column, ...]
    roles: tuple[str, ...]
    fewest: tuple[tuple[str, int, str], ...] = ()  # a role, how many ties it has at least, and why that is so

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def schema(self) -> pl.Schema:
        """Return the polars types of the kind's own columns."""
        return pl.Schema({column.name: POLARS_TYPE[column.type] for column in self.columns})


_KINDS: Final = Registry(__name__, dashed=True)
names = _KINDS.names


@cache
def load(name: str) -> Kind:
    """Return the kind of that name; raises KeyError if there is none."""
    kind: Kind = _KINDS.load(name).KIND
    return kind
