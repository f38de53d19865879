"""An impact as one page: its figures with what has to be quoted with them, pictures, tables; printed as it is seen.

No request, no font and no code from anywhere else; readable without script, which only sorts tables. Pages are for
people, so they are bounded (:data:`LIMIT_BYTES`): what is left out of a table is counted, and stands in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from crossline import wording
from crossline.drawing import matrix
from crossline.impact import amounts, picturing, telling
from crossline.pages import framing
from crossline.text import visible
from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from crossline.drawing.courses import Courses
    from crossline.impact import Figure, Impact, Table
    from crossline.reports import Options

SUFFIXES: Final = (".html", ".htm")
BINARY: Final = False
LIMIT_BYTES: Final = 2_000_000
_READINGS: Final = 12  # columns of a table
_WORD: Final = 12  # characters of a word that is not broken


@dataclass(frozen=True)
class _Level:
    """How much a page shows; the first level that stays within the limit is taken."""

    rows: int  # of a table
    drawn: int  # groups, rows or steps of a picture
    listed: int  # tables, pictures, notes, sources, lines of what was asked


_LEVELS: Final = (
    _Level(1000, 100, 200), _Level(300, 60, 100), _Level(250, 40, 60), _Level(100, 24, 40), _Level(25, 12, 20),
    _Level(3, 4, 8),
)  # fmt: skip


def render(impact: Impact, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the page, of at most :data:`LIMIT_BYTES` in UTF-8; raises ValueError if even the least is longer."""
    courses = [picturing.courses(picture) for picture in impact.pictures]
    for level in _LEVELS:
        page = _page(impact, level, courses)
        if len(page.encode()) <= LIMIT_BYTES:
            return page
    raise ValueError(f"a page of this impact exceeds {LIMIT_BYTES:,} bytes; write the JSON report instead")


def _page(impact: Impact, level: _Level, courses: Sequence[Courses | None]) -> str:
    # The report's own style first: what a page of ours looks like is said once.
    tables = [_table(table, level.rows, impact.names) for table in impact.tables[: level.listed]]
    style = _resource("page.css") + _resource("impact.css") + _labels(impact.tables[: level.listed])
    script = _resource("impact.js")
    grounds = telling.grounds(impact.figures)
    asked, asked_more = telling.settings(impact.asked, level.listed)
    basis, basis_more = telling.settings(impact.basis, level.listed)
    return _environment().get_template("impact.html.j2").render(
        policy=framing.policy(style, script),
        style=Markup(style),  # noqa: S704 - files of this package, and headings of which every mark is escaped
        script=Markup(script),  # noqa: S704
        patterns=Markup(matrix.PATTERNS),  # noqa: S704
        impact=impact,
        dated=telling.dated(impact),
        version=VERSION,
        figures=[
            _figure(figure, grounds.own_rests_on[place], grounds.own_biased_by[place])
            for place, figure in enumerate(impact.figures[: level.listed])
        ],
        grounds=grounds,
        readings=_readings(impact.figures[: level.listed]),
        pictures=[
            picturing.view(picture, level.drawn, read)
            for picture, read in list(zip(impact.pictures, courses, strict=True))[: level.listed]
        ],
        tables=tables,
        notes=impact.notes[: level.listed],
        settings=[("What was asked", asked, asked_more), ("What it was computed on", basis, basis_more)],
        sources=[_source(source) for source in impact.sources[: level.listed]],
        left_out={
            name: max(len(getattr(impact, name)) - level.listed, 0)
            for name in ("figures", "pictures", "tables", "notes", "sources")
        },
    )  # fmt: skip


def _figure(figure: Figure, rests_on: tuple[str, ...], biased_by: tuple[str, ...]) -> dict[str, Any]:
    value, said = amounts.quoted(figure)
    number, _, rest = value.partition(" ")
    known = amounts.known(figure.value)
    return {
        "title": figure.title,
        "number": number if known else amounts.UNKNOWN,
        "rest": rest if known else "",
        "exact": amounts.spoken(figure.value, figure.unit),
        "in_full": amounts.exact(figure.value, figure.unit) != amounts.short(figure.value, figure.unit),
        "range": said,
        "rests_on": rests_on,
        "biased_by": biased_by,
    }


def _readings(figures: Sequence[Figure]) -> dict[str, Any]:
    """Return each figure's value under each reading that its range spans, as a table."""
    titles = telling.readings(figures)[:_READINGS]
    rows = []
    for figure in figures:
        told = dict(map(telling.reading, figure.over))
        if told:
            rows.append((figure.title, [told.get(title, telling.NOTHING) for title in titles]))
    return {"titles": titles, "rows": rows}


def _table(table: Table, most: int, names: Mapping[str, str]) -> dict[str, Any]:
    rows = list(telling.rows(table, most, names))
    shown = max(table.shown, 1)
    number = [column.unit is not None for column in table.columns]
    return {
        "title": table.title,
        "about": table.about,
        "columns": [
            {"title": column.title, "css": "number" if number[place] else "long" if _is_long(place, rows) else ""}
            for place, column in enumerate(table.columns)
        ],
        "rows": rows,
        "shown": shown,
        "folded": max(len(rows) - shown, 0),
        "left_out": table.frame.height - len(rows),
        "total": table.frame.height,
    }


def _is_long(place: int, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a column of text has words, such as ids, that have to be broken."""
    return any(len(word) > _WORD for row in rows for word in row[place].split())


def _labels(tables: Sequence[Table]) -> str:
    """Return the style that writes each column's heading before its cells, where rows stand one below another."""
    rules = [
        f".t{number} tbody {f'td:nth-child({place})' if place > 1 else 'th'}"
        f'{{--label:"{_css_text(visible(column.title, 80))}"}}'
        for number, table in enumerate(tables, 1)
        for place, column in enumerate(table.columns, 1)
        if place > 1 or column.unit is not None
    ]
    return f"@media screen and (max-width: 560px) {{\n{chr(10).join(rules)}\n}}\n" if rules else ""


def _css_text(text: str) -> str:
    """Return text for a string of CSS: all but ASCII letters, digits and blanks by their numbers."""
    return "".join(
        char if char == " " or (char.isascii() and char.isalnum()) else f"\\{ord(char):06x}" for char in text
    )


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    key = str(source.get("source") or source.get("id") or "")
    return {
        "key": key,
        "cite": {"text": wording.citation(source, key or "source"), "url": wording.web_address(source.get("url"))},
        "terms": [visible(str(source[name]), 400) for name in ("licence", "terms") if source.get(name)],
    }


@cache
def _environment() -> Environment:
    return framing.environment(_resource)


def _resource(name: str) -> str:
    """Return a file of this page, or one that it shares with the audit's."""
    own = files(__package__) / "templates" / name
    return (own if own.is_file() else files("crossline.reports") / "templates" / name).read_text(encoding="utf-8")
