"""An impact as text for a terminal: its figures with their ranges, the head of each table, and what to know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from crossline import wording
from crossline.impact import amounts, telling
from crossline.printed import heading, to_text
from crossline.text import STATEMENT_LIMIT, columns, plural, visible, wrap
from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from crossline.impact import Column, Impact, Table
    from crossline.reports import Options

SUFFIXES: Final = (".txt",)
BINARY: Final = False

_AMOUNT: Final = 48  # columns of a terminal that a value and its range are given
_ASKED: Final = 24  # lines of what was asked, and of the basis
_SENTENCES: Final = 12  # of one sort
_NARROWEST: Final = 12  # columns of a terminal that a column of text is given
_WIDEST: Final = 60
_GAP: Final = 2  # columns of a terminal between two columns of a table
_SOURCES: Final = 8
_LINES: Final = 4  # of a cell that is a list
_HEADING: Final = 12  # lines of a heading, which is not cut
_WORD: Final = 20  # columns of the longest word of a list that its column has room for


def render(impact: Impact, options: Options) -> str:
    """Return the report as text of ``options.width`` columns, with colour only where asked for."""
    width = max(options.width, 40)
    parts: list[RenderableType] = []
    if impact.labelled:
        parts += [Text(f"! {visible(impact.labelled, STATEMENT_LIMIT)}", style="bold reverse"), Text()]
    parts += [
        Text(visible(impact.title, STATEMENT_LIMIT), style="bold"),
        Text(f"{telling.dated(impact)}. Crossline {VERSION}.", style="dim"),
    ]
    parts += _figures(impact, width) + _look_at(impact) + _grounds(impact)
    for table in impact.tables:
        parts += _table(table, width, impact.names)
    if impact.pictures:
        titles = "; ".join(visible(picture.title) for picture in impact.pictures)
        parts += heading("Pictures")
        parts += [Text(f"On the page (--output FILE.html): {titles}.")]
    parts += _sentences("Notes", impact.notes)
    parts += _settings("What was asked", impact.asked) + _settings("What it was computed on", impact.basis)
    parts += _sources(impact)
    return to_text(Group(*parts), options)


def _figures(impact: Impact, width: int) -> list[RenderableType]:
    if not impact.figures:
        return []
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", max_width=max(width - _AMOUNT, width // 2))
    grid.add_column(overflow="fold")
    for figure in impact.figures:
        grid.add_row(Text(visible(figure.title, 200)), Text(amounts.with_range(figure), style="bold"))
    readings = [visible(one, 200) for one in telling.readings(impact.figures)]
    spans = [Text(f"Ranges span: {'; '.join(readings)}. Each reading's own value is in JSON and on the page.",
                  style="dim")] if readings else []  # fmt: skip
    return [*heading("Figures"), grid, *spans]


def _look_at(impact: Impact) -> list[RenderableType]:
    lines = [Text(f"- {visible(sentence, STATEMENT_LIMIT)}") for sentence in impact.look_at[:_SENTENCES]]
    return [*heading("What to look at"), *lines] if lines else []


def _grounds(impact: Impact) -> list[RenderableType]:
    """Say once what all figures rest on and are biased by; what one has beside that is in JSON and on the page."""
    grounds = telling.grounds(impact.figures)
    own = (grounds.own_rests_on[0], grounds.own_biased_by[0]) if len(impact.figures) == 1 else ((), ())
    rests, biased = (*grounds.rests_on, *own[0]), (*grounds.biased_by, *own[1])
    if not (rests or biased):
        return []
    return [*heading("What the figures rest on"), *_list("", rests), *_list("They are biased by", biased)]


def _list(title: str, sentences: Sequence[str]) -> list[RenderableType]:
    if not sentences:
        return []
    lines: list[RenderableType] = [
        Text(f"- {visible(sentence, STATEMENT_LIMIT)}") for sentence in sentences[:_SENTENCES]
    ]
    more = len(sentences) - _SENTENCES
    lines += [Text(f"- and {more} more in JSON")] if more > 0 else []
    return [Text(f"{title}:"), Padding(Group(*lines), (0, 0, 0, 2))] if title else lines


def _sentences(title: str, sentences: Iterable[str]) -> list[RenderableType]:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for number, sentence in enumerate(sentences, 1):
        grid.add_row(f"{number}.", Text(visible(sentence, STATEMENT_LIMIT)))
    return [*heading(title), grid] if grid.row_count else []


def _table(table: Table, width: int, names: Mapping[str, str]) -> list[RenderableType]:
    shown = max(table.shown, 0)
    rows = list(telling.rows(table, shown, names))
    lists = list(telling.items(table, shown, names))
    total = table.frame.height
    parts = heading(visible(table.title, 200), plural(total, "row") if total else "no rows")
    if table.about:
        parts.append(Text(visible(table.about, STATEMENT_LIMIT), style="dim"))
    if not rows:
        return parts
    widths = [_wanted(place, table, rows, lists) for place in range(len(table.columns))]
    kept = _fitting(widths, width)
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="")
    wide = _shared(table, rows, {place: widths[place] for place in kept}, width)
    for place in kept:
        column = table.columns[place]
        number = column.unit is not None
        head = visible(column.title, 60)
        grid.add_column(
            Text("\n".join(wrap(head, wide[place], _HEADING))), justify="right" if number else "left",
            no_wrap=True, overflow="fold" if number else "ellipsis", width=wide[place],
        )  # fmt: skip
    for row, items in zip(rows, lists, strict=True):
        grid.add_row(*(Text(_cell(row[place], items[place], wide[place])) for place in kept))
    parts.append(grid)
    left_out = [_named(column, table) for place, column in enumerate(table.columns) if place not in kept]
    if total > len(rows):
        parts.append(Text(f"… and {total - len(rows):,} more in JSON", style="dim"))
    if left_out:
        parts.append(Text(f"Columns that find no room here, in JSON: {', '.join(left_out)}", style="dim"))
    return parts


def _cell(text: str, items: str | list[str], width: int) -> str:
    """Return a cell; of a list the first names, whole, in about two lines, and how many more there are."""
    if isinstance(items, str) or columns(text) <= width:
        return text
    return "\n".join(wrap(telling.listed(items, 2 * width - 4), width, _LINES))


def _named(column: Column, table: Table) -> str:
    """Return the heading of a column; where others have the same, such as "After", with its name in JSON."""
    shared = sum(other.title == column.title for other in table.columns) > 1
    return visible(column.title, 60) + (f" ({visible(column.name, 60)})" if shared else "")


def _wanted(place: int, table: Table, rows: list[list[str]], lists: list[list[str | list[str]]]) -> int:
    """Return the least width of a column: numbers, and the longest word of a heading and of lists; of text a part."""
    column = table.columns[place]
    head = max((columns(word) for word in visible(column.title, 60).split()), default=1)
    cells = max(columns(row[place]) for row in rows)
    if column.unit is not None:
        return max(cells, min(head, 16))
    words = [
        columns(word) for row in lists if isinstance(row[place], list) for item in row[place] for word in item.split()
    ]
    return max(min(cells, _NARROWEST), min(head, 16), min(max(words, default=0), _WORD))


def _shared(table: Table, rows: list[list[str]], least: dict[int, int], width: int) -> dict[int, int]:
    """Return the widths of columns: the room that is left goes to columns of text, to those first that want least."""
    wide, left = dict(least), width - sum(least.values()) - _GAP * (len(least) - 1)
    wanted = {
        place: min(max(columns(table.columns[place].title), *(columns(row[place]) for row in rows)), _WIDEST)
        for place in least
        if table.columns[place].unit is None
    }
    for number, place in enumerate(sorted(wanted, key=lambda place: wanted[place] - least[place])):
        more = max(min(wanted[place] - least[place], left // (len(wanted) - number)), 0)
        wide[place] += more
        left -= more
    return wide


def _fitting(widths: list[int], width: int) -> list[int]:
    """Return the columns that fit, from the left; the first always does."""
    kept, taken = [0], widths[0]
    for place in range(1, len(widths)):
        if taken + _GAP + widths[place] > width:
            break
        kept.append(place)
        taken += _GAP + widths[place]
    return kept


def _settings(title: str, asked: Mapping[str, Any]) -> list[RenderableType]:
    lines, more = telling.settings(asked, _ASKED)
    if not lines:
        return []
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", max_width=36)
    grid.add_column(overflow="fold")
    for name, value in lines:
        grid.add_row(Text(visible(name, 80), style="dim"), Text(visible(value, 600)))
    return [*heading(title), grid, *([Text(f"… and {more:,} more in JSON", style="dim")] if more else [])]


def _sources(impact: Impact) -> list[RenderableType]:
    if not impact.sources:
        return []
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for source in impact.sources[:_SOURCES]:
        terms = [visible(str(source[key]), 200) for key in ("licence", "terms") if source.get(key)]
        cited = wording.citation(source, str(source.get("source") or source.get("id") or "source"))
        grid.add_row(Text(cited + (f" ({'; '.join(terms)})" if terms else "")))
    more = len(impact.sources) - _SOURCES
    return [*heading("Sources", f"{more:,} more in JSON" if more > 0 else ""), grid]
