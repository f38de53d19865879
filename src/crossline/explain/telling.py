"""An explanation as text: who said what, since when and where, step by step."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crossline import wording
from crossline.printed import to_text
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from crossline.explain.search import Explanation
    from crossline.reports import Options

_STEPS: Final = 60
_ITEMS: Final = 20


def render(explanation: Explanation, options: Options) -> str:
    """Return the explanation as text of ``options.width`` columns."""
    header = explanation.header
    parts: list[RenderableType] = [Text(wording.standpoint(header), style="bold")]
    for finding in explanation.findings:
        parts += _finding(finding, header)
    parts += _left_out(explanation.finding_count - len(explanation.findings), "finding")
    for group in explanation.groups:
        parts += _group(group, header)
    parts += _left_out(explanation.group_count - len(explanation.groups), "group")
    return to_text(Group(*parts), options)


def _left_out(count: int, what: str) -> list[RenderableType]:
    return [Text(), Text(f"{plural(count, f'more {what}')} of that name in the report.")] if count > 0 else []


def _finding(finding: Mapping[str, Any], header: Mapping[str, Any]) -> list[RenderableType]:
    said = wording.sentence(
        finding.get("kind") or "asset", finding.get("name") or finding.get("asset") or "?", finding.get("role"),
        wording.written(finding.get("identifier"), header.get("asset_names")),
        finding.get("party") or _asset(finding, header),
    )  # fmt: skip
    verdict = visible(finding.get("verdict") or "no verdict")
    parts: list[RenderableType] = [Text(), Text.assemble((said, "bold"), ": ", (verdict, "bold underline"))]
    rows: list[tuple[str, RenderableType]] = [("rule", Text(_rule(finding, header)))]
    rows += [("asks", Text(text)) for text in _asks(finding, header)]
    if finding.get("limb"):
        rows.append(("decided by", Text(visible(finding["limb"], 200))))
    rows += _facts(finding, header)
    place = ", ".join(visible(finding[key], 200) for key in ("file", "locator") if finding.get(key))
    rows += [("read from", Text(place))] if place else []
    if finding.get("remedy"):
        rows.append(("what would change it", Text(_listed(finding["remedy"]))))
    rows.append(("finding", Text(visible(finding.get("id") or "no id"))))
    return [*parts, _grid(rows), *_steps(finding.get("why") or (), header), *_find_out(finding)]


def _group(group: Mapping[str, Any], header: Mapping[str, Any]) -> list[RenderableType]:
    count = int(group.get("count") or 0)
    named = (
        wording.held(wording.written(group["identifier"], header.get("asset_names")), _asset(group, header))
        if group.get("identifier")
        else "no single identifier"
    )
    verdict = visible(group.get("verdict") or "no verdict")
    title = f"{plural(count, 'judgement')} on {named}"
    rows: list[tuple[str, RenderableType]] = [("rule", Text(_rule(group, header)))]
    rows += [("asks", Text(text)) for text in _asks(group, header)]
    rows += _facts(group, header)
    if group.get("samples"):
        rows.append(("for example", Text(_listed(group["samples"]))))
    return [Text(), Text.assemble((title, "bold"), ": ", (verdict, "bold underline")), _grid(rows), *_find_out(group)]


def _asset(row: Mapping[str, Any], header: Mapping[str, Any]) -> str | None:
    """Return what the asset is called that decides, where one does."""
    name = (header.get("asset_names") or {}).get(str(row.get("identifier")))
    return str(name) if name else None


def _grid(rows: Sequence[tuple[str, RenderableType]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, content in rows:
        grid.add_row(name, content)
    return Padding(grid, (0, 0, 0, 2))


def _of_rule(row: Mapping[str, Any], header: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = header.get("rules") or ()
    wanted = (row.get("regime"), row.get("rule"))
    return next((rule for rule in rules if (rule.get("regime"), rule.get("rule")) == wanted), {})


def _rule(row: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    rule = _of_rule(row, header)
    text = f"{visible(row.get('rule') or '?')} of {visible(row.get('regime') or '?')}"
    effect = wording.EFFECTS.get(str(rule.get("effect")))
    text += f", {effect}" if effect else ""
    cite = row.get("cite") or rule.get("cite")
    source = rule.get("source")
    where = [visible(str(cite), 200)] if cite else []
    if source:
        described = (header.get("sources") or {}).get(str(source))
        address = wording.web_address((described or {}).get("url"))
        where.append(wording.citation(described, str(source)) + (f" <{address}>" if address else ""))
    return text + (f" ({'; '.join(where)})" if where else "")


def _asks(row: Mapping[str, Any], header: Mapping[str, Any]) -> list[str]:
    rule = _of_rule(row, header)
    # The title is ours: beside a citation it must not be taken for the clause's own words.
    texts = [f"as Crossline puts it: {rule['title']}"] if rule.get("title") else []
    if rule.get("reading") == "contested":
        why = rule.get("reading_why")
        texts.append("How the clause is to be read is contested" + (f": {why}" if why else "."))
    if rule.get("decidable") in ("proxy", "never"):
        texts.append(str(rule.get("decidable_why") or ""))
    return [visible(text, STATEMENT_LIMIT * 2) for text in texts if text]


def _facts(row: Mapping[str, Any], header: Mapping[str, Any]) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = []
    if row.get("also"):
        also = [wording.identifier(wording.written(key, header.get("asset_names"))) for key in row["also"]]
        rows.append(("violates as well", Text(_listed(also))))
    rows += [("missing", Text(visible(fact, STATEMENT_LIMIT))) for fact in (row.get("missing") or ())[:_ITEMS]]
    return rows


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _ITEMS
    return ", ".join(visible(item) for item in items[:_ITEMS]) + (f" and {more:,} more" if more > 0 else "")


def _steps(why: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> list[RenderableType]:
    if not why:
        return [Padding(Text("The report names no step."), (0, 0, 0, 2))]
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    sources = header.get("sources") or {}
    for number, step in enumerate(why[:_STEPS], 1):
        key = step.get("source")
        described = sources.get(key) if key else None
        address = wording.web_address((described or {}).get("url"))
        grid.add_row(f"{number}.", Text(visible(step["statement"], STATEMENT_LIMIT * 2)))
        grid.add_row("", Text(wording.citation(described, key), style="dim"))
        if address:
            grid.add_row("", Text(address, style="dim"))
    if len(why) > _STEPS:
        grid.add_row("", f"and {len(why) - _STEPS:,} more steps")
    return [Padding(grid, (0, 0, 0, 2))]


def _find_out(row: Mapping[str, Any]) -> list[RenderableType]:
    """Say how to go on where the verdict is unknown."""
    if row.get("verdict") != "unknown":
        return []
    missing = row.get("missing") or ()
    if missing and all(str(fact).startswith(wording.READING) for fact in missing):
        said = "No fact decides this. How the clause is to be read does: whoever relies on the answer has to say."
        return [Padding(Text(said), (0, 0, 0, 2))]
    ways = []
    if row.get("identifier"):
        look = f"crossline world lookup {shlex.quote(visible(row['identifier']))}"
        ways.append(f"{look} shows every statement about it, with date and source.")
    ways.append("A fact of your own goes into a world's tables or, about your own assets, into estate.yaml.")
    return [Padding(Text("How to find out: " + " ".join(ways)), (0, 0, 0, 2))]
