"""What a terminal shows of apps and of cables: whose they are, with where each was read, and what was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from crossline.pages import apps, cables
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

_APPS: Final = 3  # that are told one by one; beyond that they are counted together
_LIBRARIES: Final = 15  # told of one app
_OWNERS: Final = 8
_CABLES: Final = 8


def heading(title: str, after: str = "") -> list[RenderableType]:
    """Return the title of a section, after an empty line."""
    return [Text(), Text.assemble((title, "bold underline"), f"  {after}" if after else "")]


def grid_of(cells: int) -> Table:
    """Return a table without lines, whose columns fold."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(cells):
        grid.add_column(overflow="fold")
    return grid


def in_apps(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell what is in a few apps, or count what is in many."""
    told = header.get("apps") or {}
    described, count = told.get("described") or [], int(told.get("count") or 0)
    if not count:
        return []
    if count <= _APPS:
        parts = [part for app in described for part in _app(app, header)]
    else:
        parts = heading("Apps", f"{plural(count, 'app')}; each by itself in the HTML and JSON reports")
        parts += [part for role in told["summary"]["roles"] for part in _catalogue(role, header, count)]
        for column in told["summary"]["columns"]:
            said = [f"{visible(str(row['value']), 60)} {row['apps']:,}" for row in column["values"][:_OWNERS]]
            title = apps.COLUMNS.get(column["column"], "")
            parts += [Text.assemble((title, "bold"), f"  {', '.join(said)}")] if said else []
        for item in told["summary"]["unseen"][:_APPS]:
            parts.append(Text(f"Not seen of {plural(item['apps'], 'app')}: {_unseen(item)}"))
    return [*parts, Text(apps.WHERE, style="dim")]


def _app(app: Mapping[str, Any], header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell whose code an app carries and whose hosts it names, with where each was seen, and what was not."""
    hosts = app["hosts"]
    grid = grid_of(2)
    grid.add_column(ratio=1, overflow="fold")  # a place in a file may be long, and gives way to whose it is
    first = "code"
    for entry in app["libraries"][:_LIBRARIES]:
        grid.add_row(first, visible(str(entry["value"]), 60), _whose(entry, header, apps.evidence(entry)))
        first = ""
    left_out = int(app["library_count"] or 0) - _LIBRARIES
    if left_out > 0:
        grid.add_row("", "", Text(f"and {plural(left_out, 'more library', 'more libraries')}", style="dim"))
    if not app["libraries"]:
        why = apps.unlooked(app, "embeds")
        grid.add_row("code", *(("0", "no library was recognised") if why is None else ("", _not_looked(why))))
    first = "hosts"
    for entry in hosts["owners"][:_OWNERS]:
        sample: Mapping[str, Any] = next(iter(entry["hosts"]), {})
        where = f"{visible(str(sample.get('value')), 80)}, {apps.evidence(sample)}"
        grid.add_row(first, f"{int(entry['count']):,}", _whose(entry, header, where))
        first = ""
    if (why := apps.unlooked(app, "contacts")) is not None:
        grid.add_row("hosts", "", _not_looked(why))
    left_out = int(hosts["owner_count"] or 0) - _OWNERS
    if left_out > 0:
        grid.add_row("", "", Text(f"and {plural(left_out, 'more owner')}", style="dim"))
    if hosts["unowned"]:
        some = ", ".join(visible(str(host["value"]), 60) for host in hosts["samples"][:3])
        grid.add_row(first, f"{int(hosts['unowned']):,}", Text.assemble(apps.NOBODY, (f"  {some}", "dim")))
    if app["states"]:
        grid.add_row("states", "", Text("; ".join(apps.stated(row) for row in app["states"][:_OWNERS])))
    for item in [it for it in app["unseen"] if apps.unlooked(app, it["role"]) is None or it["role"] not in apps.NOUNS][
        :2
    ]:
        grid.add_row("not seen", "", Text(_unseen(item)))
    return [*heading(f"In {apps.titled(app)}", ", ".join(apps.facts(app))), grid]


def _not_looked(why: str) -> Text:
    return Text.assemble("not looked into", (f"  {why}", "dim"))


def _unseen(item: Mapping[str, Any]) -> str:
    return f"{apps.ROLES.get(item['role'], '')}: {visible(str(item['reason']), STATEMENT_LIMIT)}"


def _whose(entry: Mapping[str, Any], header: Mapping[str, Any], where: str) -> Text:
    return Text.assemble(apps.owned(entry, header), (f"  {where}", "dim"))


def _catalogue(role: Mapping[str, Any], header: Mapping[str, Any], total: int) -> list[RenderableType]:
    """Count apps by the owners of the code that they carry, or of the hosts that they name, and by these's states."""
    if not role["apps"] and role["role"] not in apps.NOUNS:
        return []
    after = (
        f"{plural(role['apps'], 'app')}, {plural(role['identifiers'], *apps.NOUNS.get(role['role'], ('identifier',)))}"
    )
    after += f"; of {role['unowned']:,} nobody is known" if role["identifiers"] else ""
    looked = apps.looked_into(role, total)
    after = (f"{after}; {looked}" if role["identifiers"] or role.get("looked_into") else looked) if looked else after
    parts: list[RenderableType] = [Text.assemble((apps.TOGETHER[role["role"]], "bold"), f"  {after}")]
    grid = grid_of(3)
    grid.columns[0].justify = grid.columns[1].justify = "right"
    for entry in role["owners"][:_OWNERS]:
        grid.add_row(f"{entry['apps']:,}", f"{entry['share_pct']:.1f} %", Text(apps.owned(entry, header)))
    states = [f"{visible(str(row['state']), 12)} {row['apps']:,} ({apps.how(row)})" for row in role["states"][:_OWNERS]]
    if states:
        grid.add_row("", "", Text("apps by state: " + ", ".join(states), style="dim"))
    return [*parts, grid] if grid.row_count else parts


def on_cables(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell of the cables with a violation where they land and whose they are, and count all by state."""
    told = header.get("cables") or {}
    if not told.get("count"):
        return []
    grid = grid_of(2)
    grid.columns[0].ratio, grid.columns[1].ratio = 1, 3
    mine = [cable for cable in told["described"] if cable["worst"] == "violation"]
    for cable in mine[:_CABLES]:
        grid.add_row(cables.titled(cable, 60), Text(cables.outline(cable)))
    for title, said in cables.counted(told["summary"], left_out=len(mine) - _CABLES):
        grid.add_row(Text(title, style="dim"), Text(said, style="dim"))
    return [*heading("Cables", plural(int(told["count"]), "cable")), grid]
