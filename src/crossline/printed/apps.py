"""What a terminal shows of apps: whose code and hosts are in them, where each was read, and what was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from crossline import wording
from crossline.pages import apps, standing
from crossline.pages.citing import brief
from crossline.printed import grid_of, heading
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.table import Table

_APPS: Final = 3  # that are told one by one; beyond that they are counted together
_LIBRARIES: Final = 15  # told of one app
_OWNERS: Final = 8


def in_apps(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell what is in a few apps, or count what is in many."""
    told = header.get("apps") or {}
    described, count = told.get("described") or [], int(told.get("count") or 0)
    if not count:
        return []
    if count <= _APPS:
        parts = [part for app in described for part in _app(app, header)]
    else:
        told_singly = f"one by one: up to {apps.PAGES} in the HTML report, {len(described):,} in the JSON report"
        parts = heading("Apps", f"{plural(count, 'app')}; {told_singly}")
        parts += [part for role in told["summary"]["roles"] for part in _catalogue(role, header, count)]
        for column in told["summary"]["columns"]:
            said = [f"{visible(str(row['value']), 60)} {row['apps']:,}" for row in column["values"][:_OWNERS]]
            title = apps.COLUMNS.get(column["column"], "")
            parts += [Text.assemble((title, "bold"), f"  {', '.join(said)}")] if said else []
        for item in told["summary"]["unseen"][:_APPS]:
            what, why = apps.unseen([item])[0]
            parts.append(Text(f"Not seen of {plural(item['apps'], 'app')}: {what}: {why}"))
        placed = (told["summary"].get("standing") or {}).get("states") or ()
        said = [f"{standing.called(header, row['state'])} {row['apps']:,}" for row in placed[:_OWNERS]]
        title = "Apps with a host whose address is registered in"
        parts += [Text.assemble((title, "bold"), f"  {', '.join(said)}")] if said else []
    return [*parts, Text(standing.whereabouts(header, apps.WHERE), style="dim")]


def _app(app: Mapping[str, Any], header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell whose code an app carries and whose hosts it names, with where each was seen, and what was not."""
    hosts = app["hosts"]
    grid = grid_of(2)
    grid.add_column(ratio=1, overflow="fold")  # a place in a file may be long, and gives way to whose it is
    first = "code"
    for entry in app["libraries"][:_LIBRARIES]:
        grid.add_row(first, visible(str(entry["value"]), 60), _whose(entry, header, standing.evidence(entry)))
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
        where = f"{visible(str(sample.get('value')), 80)}, {standing.evidence(sample)}"
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
    if behind := standing.behind(app):
        grid.add_row("states", "", Text("; ".join(apps.stated(row, header) for row in behind[:_OWNERS])))
    _standing(grid, app, header)
    left = [
        item for item in app["unseen"] if item["role"] not in apps.NOUNS or apps.unlooked(app, item["role"]) is None
    ]
    left = [item for item in left if item["role"] != "host" or standing.answered(app)]
    for what, why in apps.unseen(left)[:2]:
        grid.add_row("not seen", "", Text(f"{what}: {visible(why, STATEMENT_LIMIT)}"))
    return [*heading(f"In {apps.titled(app)}", ", ".join(apps.facts(app))), grid]


def _standing(grid: Table, app: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    """Add where the hosts stand, by the registries' word on their addresses and by who announces these."""
    said = standing.answered(app)
    if said is None:
        return
    grid.add_row("stand", "", Text(said))
    for row in standing.placed(app)[:_OWNERS]:
        where = f"{standing.sampled(row)}, says {brief(header, row.get('source'))}"
        grid.add_row("", f"{int(row['hosts']):,}", Text.assemble(
            f"address registered in {standing.called(header, row['state'])}", (f"  {where}", "dim")
        ))  # fmt: skip
    for entry in (app["hosts"].get("networks") or ())[:_OWNERS]:
        where = f"{visible(str(entry['network']), 40)}, {standing.sampled(entry)}"
        network = Text.assemble("on a network of ", _whose(entry, header, where))
        grid.add_row("", f"{int(entry['count']):,}", network)


def _not_looked(why: str) -> Text:
    return Text.assemble("not looked into", (f"  {why}", "dim"))


def _whose(entry: Mapping[str, Any], header: Mapping[str, Any], where: str) -> Text:
    return Text.assemble(apps.owned(entry, header), (f"  {where}", "dim"))


def _catalogue(role: Mapping[str, Any], header: Mapping[str, Any], total: int) -> list[RenderableType]:
    """Count apps by the owners of the code that they carry, or of the hosts that they name, and by these's states."""
    if not role["apps"] and role["role"] not in apps.NOUNS:
        return []
    after = (
        f"{plural(role['apps'], 'app')}, {plural(role['identifiers'], *apps.NOUNS.get(role['role'], ('identifier',)))}"
    )
    after += f"; of {role['unowned']:,} nobody is known" if role["unowned"] else ""
    looked = apps.looked_into(role, total)
    after = (f"{after}; {looked}" if role["identifiers"] or role.get("looked_into") else looked) if looked else after
    parts: list[RenderableType] = [Text.assemble((apps.TOGETHER[role["role"]], "bold"), f"  {after}")]
    grid = grid_of(3, right=2)
    for entry in role["owners"][:_OWNERS]:
        grid.add_row(f"{entry['apps']:,}", wording.percent(entry["share_pct"]), Text(apps.owned(entry, header)))
    for said in apps.by_way(role["states"], header):
        grid.add_row("", "", Text(f"apps by state, {said}", style="dim"))
    return [*parts, grid] if grid.row_count else parts
