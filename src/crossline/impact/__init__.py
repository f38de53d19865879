"""What a simulation found: figures with their ranges, tables and pictures; the same shape whatever was simulated.

A simulation (of routes, cables, stores) makes an :class:`Impact`; the writers of :mod:`crossline.impact.formats` show
it as a table, JSON or a page. They know nothing of what was simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

# How a line of a map is drawn: what goes, what may, what comes, and what stays as it is.
Look = Literal["gone", "doubt", "new", "stays"]
# What a number counts, and how it is written: whole numbers with separators, a share in per cent, lengths to 0.01.
Unit = Literal[
    "pairs", "ases", "addresses", "users", "hops", "share", "links", "paths", "states", "cables", "km", "ms", "count"
]


@dataclass(frozen=True)
class Figure:
    """A number that a reader will quote, and what has to be quoted with it.

    ``low`` and ``high`` bound it over the readings in ``over`` (how ties are broken, doubtful links, how a network's
    country is read …); they are None where nothing was varied. ``share`` is a fraction from 0 to 1.
    """

    id: str
    title: str
    value: float | None
    unit: Unit
    low: float | None = None
    high: float | None = None
    over: tuple[str, ...] = ()  # the readings that the range spans, one sentence each with its value
    rests_on: tuple[str, ...] = ()  # what it was computed from
    biased_by: tuple[str, ...] = ()  # what is known to bend it, and in which direction where that is known


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in the frame and in JSON, its heading, and what its numbers count (None: text)."""

    name: str
    title: str
    unit: Unit | None = None


@dataclass(frozen=True)
class Table:
    """A table; ``shown`` rows stand in a terminal and first on a page, all in JSON."""

    id: str
    title: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    about: str = ""  # one or two sentences: what a row is, what is left out
    shown: int = 15


@dataclass(frozen=True)
class Matrix:
    """A square picture of numbers between groups (states): rows are sources, columns destinations; NaN is no pair."""

    id: str
    title: str
    labels: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    unit: Unit
    about: str = ""
    shares: tuple[tuple[float, ...], ...] = ()  # of the same shape: each as a fraction of what it could have been
    word: str = ""  # what happened to them, said after the unit: "lost"
    below: str = ""  # what happened to those below nought, which then stand without their sign: "gained"
    table: str | None = None  # id of the table that has these numbers as well: JSON then leaves them there


@dataclass(frozen=True)
class Changes:
    """A picture of what each of some gains or loses: one bar each, from before to after."""

    id: str
    title: str
    labels: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    unit: Unit
    about: str = ""
    table: str | None = None  # as of a matrix


@dataclass(frozen=True)
class Curve:
    """A picture of a sum that grows step by step, each step with a name: what each next member adds."""

    id: str
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: Unit
    about: str = ""
    table: str | None = None  # as of a matrix


@dataclass(frozen=True)
class Point:
    """A place of a map, in degrees (WGS 84)."""

    name: str
    longitude: float | None
    latitude: float | None


@dataclass(frozen=True)
class Map:
    """A picture of lines on the globe, told apart by what becomes of them, with points that are marked.

    ``words`` says what each look stands for, the most important first: those lines lie on top, and are kept where not
    all find room. A course is WKT, or None where nobody states one.
    """

    id: str
    title: str
    words: tuple[tuple[Look, str], ...]
    labels: tuple[str, ...]  # of each line: its name
    looks: tuple[Look, ...]
    courses: tuple[str | None, ...]
    unit: Unit
    about: str = ""
    details: tuple[str, ...] = ()  # of each line: what is told after its name
    points: tuple[Point, ...] = ()
    point: str = ""  # what a point is called, and what became of it: "landing point left without a cable"


Picture = Matrix | Changes | Curve | Map


@dataclass(frozen=True)
class Impact:
    """The outcome of a simulation. Dates and names as in an audit's report (docs/reports.md)."""

    subject: str  # internet, cables, stores
    title: str  # one sentence: what was asked
    as_of: date
    asked: Mapping[str, Any]  # scenario and parameters, as JSON
    basis: Mapping[str, Any]  # what it was computed on: the graph, its date and size, what is known of it, as JSON
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    look_at: tuple[str, ...] = ()  # what stands out, a sentence each
    notes: tuple[str, ...] = ()  # what a reader has to know, the most important first
    data_of: str = (
        ""  # of which day the data is, where it is another than ``as_of``: "map of 2022-11-10, 4 years before"
    )
    labelled: str | None = None  # a warning over everything: a made-up Internet, a world without facts
    sources: tuple[Mapping[str, Any], ...] = field(default=())  # source, title, published, licence …
    names: Mapping[str, str] = field(default_factory=dict)  # what ids in cells that are lists are called
