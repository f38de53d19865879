"""The audit report as text for a terminal: one screen that answers, and ends with how much is unknown."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crossline import wording
from crossline.digest import Dependence, Digest, Row, Unknowns, Violations, digest
from crossline.pages import apps, cables
from crossline.reports import Audit
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import RenderableType

    from crossline.reports import Options

SUFFIXES: Final = (".txt",)
BINARY: Final = False

_GROUPS: Final = 10
_RULES: Final = 14  # rules that are shown one by one; beyond that a row stands for a regime's whole line
_SOURCES: Final = 6
_FILES: Final = 4
_SUPPOSED: Final = 8
_KINDS: Final = 12
_APPS: Final = 3  # that are told one by one; beyond that they are counted together
_LIBRARIES: Final = 15  # told of one app
_OWNERS: Final = 8
_CABLES: Final = 8
_STYLE: Final = {"violation": "bold", "unknown": "italic"}


def render(audit: Audit, options: Options) -> str:
    """Return the report as text of ``options.width`` columns, with colour only where asked for."""
    shown = digest(audit, groups=_GROUPS, samples=1, dependences=5)
    header = audit.header
    parts: list[RenderableType] = [Text(wording.standpoint(header), style="bold")]
    parts += _supposed(header)
    parts += _question(header, options.width)
    parts += _verdicts(shown, header)
    parts += _baseline(audit) if header.get("baseline") else _violations(shown, header)
    parts += _waivers(header)
    parts += _unknowns(shown)
    parts += _apps(header)
    parts += _cables(header)
    parts += _dependences(shown)
    parts += _coverage(header)
    parts += _sources(header)
    parts += _sentences("Notes", _notes(shown, header))
    parts += _sentences("To do first", header.get("next") or ())
    parts += [Text(), Text(wording.unknown_line(shown.verdicts["unknown"], shown.judged), style="bold")]
    return to_text(Group(*parts), options)


def to_text(content: RenderableType, options: Options) -> str:
    """Print ``content`` into a string, the same whatever terminal or environment runs this."""
    out = io.StringIO()
    console = Console(
        file=out, width=max(options.width, 40), force_terminal=options.colour, no_color=not options.colour,
        color_system="standard" if options.colour else None, legacy_windows=False, markup=False, emoji=False,
        highlight=False, _environ={},
    )  # fmt: skip
    console.print(content)
    text = out.getvalue()
    return text if options.colour else "".join(line.rstrip() + "\n" for line in text.split("\n")[:-1])


def _heading(title: str, after: str = "") -> list[RenderableType]:
    return [Text(), Text.assemble((title, "bold underline"), f"  {after}" if after else "")]


def _question(header: Mapping[str, Any], width: int) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(f"Crossline {visible(str(header.get('crossline')))}, as of {visible(str(header.get('as_of')))}")
    ]
    titles = header.get("titles") or {}
    grid = _grid(2)
    for regime in header.get("regimes") or ():
        about = titles.get(regime) or {}
        words = [visible(str(about[key])) for key in ("title", "issuer") if about.get(key)]
        line = ", ".join(words) + (". " if words else "") + str(about.get("legal") or "")
        grid.add_row(Text(visible(str(regime)), style="bold"), Text(visible(line, 4 * max(width - 24, 40))))
    return [*parts, Padding(grid, (0, 0, 0, 2))]


def _grid(cells: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(cells):
        grid.add_column(overflow="fold")
    return grid


def _verdicts(shown: Digest, header: Mapping[str, Any]) -> list[RenderableType]:
    by_rule = len(shown.rules) <= _RULES
    rows = shown.rules if by_rule else shown.rows
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="")
    table.add_column("line", no_wrap=True)
    table.add_column("rule" if by_rule else "regime", overflow="fold")
    for verdict in wording.VERDICT_ORDER:
        title = "not appl." if verdict == "not-applicable" else verdict
        table.add_column(title, justify="right", no_wrap=True, style=_STYLE.get(verdict, ""))
    regime = None
    for row in sorted(rows, key=lambda row: list(shown.regimes).index(row.regime)) if by_rule else rows:
        if by_rule and row.regime != regime:
            regime = row.regime
            table.add_row("", Text(visible(regime, 24), style="bold"))
        table.add_row(visible(row.line, 12), _rule_cell(row, rows), *_counts(row.counts))
        for part in _parts(header, row) if by_rule else ():
            value = "not stated" if part["value"] is None else visible(part["value"], 24)
            table.add_row("", Text(f"  of these {value}"), *_counts(part))
    table.add_section()
    table.add_row("all", "", *_counts(shown.verdicts))
    apart = [] if by_rule else _apart(header, shown)
    return [*_heading("Verdicts by line", plural(shown.judged, "judgement")), table, *apart]


def _apart(header: Mapping[str, Any], shown: Digest) -> list[RenderableType]:
    """Return a line for each rule whose verdicts are counted apart, where the rules have no rows of their own."""
    lines: list[RenderableType] = []
    for row in shown.rules:
        told = []
        for part in _parts(header, row):
            counts = ", ".join(f"{part[verdict]:,} {verdict}" for verdict in wording.VERDICT_ORDER if part[verdict])
            told.append(f"{'not stated' if part['value'] is None else visible(part['value'], 24)} {counts}")
        if told:
            lines.append(Text(f"{visible(row.rule or '')}, counted apart: {'; '.join(told)}", style="dim"))
    return lines


def _parts(header: Mapping[str, Any], row: Row) -> list[Mapping[str, Any]]:
    """Return the verdicts of a rule by part, where its kind is counted apart by one and the rule says something."""
    mine = [p for p in header.get("parts") or () if (p["regime"], p["rule"]) == (row.regime, row.rule)]
    return mine if row.judged > row.counts["not-applicable"] else []


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"{counts[verdict]:,}" for verdict in wording.VERDICT_ORDER]


def _rule_cell(row: Row, rows: Iterable[Row]) -> Text:
    if row.rule is None:
        return Text(visible(row.regime))
    kinds = sum(other.rule == row.rule and other.regime == row.regime for other in rows)
    return Text(visible(row.rule) + (f" ({visible(row.kind or '')})" if kinds > 1 else ""))


def _violations(shown: Digest, header: Mapping[str, Any]) -> list[RenderableType]:
    total = shown.verdicts["violation"]
    if not shown.violations:
        return _heading("Violations", "none found" if not total else f"{total:,}; not listed in this report")
    after = plural(total, "finding")
    if shown.violation_groups > len(shown.violations):
        after += f"; the {len(shown.violations)} largest of {shown.violation_groups:,} groups"
    return [*_heading("Violations", after), _listed(shown, header)]


def _listed(shown: Digest, header: Mapping[str, Any]) -> Table:
    grid = _grid(3)
    rules = {(rule.get("regime"), rule.get("rule")): rule for rule in header.get("rules") or ()}
    for group in shown.violations:
        rule = rules.get((group.regime, group.rule)) or {}
        grid.add_row(_count(group.count), visible(group.severity or "", 10), _violation(group, rule))
    return grid


def _supposed(header: Mapping[str, Any]) -> list[RenderableType]:
    """Say, before anything else, what is supposed and not known."""
    supposed = header.get("supposed")
    if not supposed:
        return []
    said = [visible(str(item), STATEMENT_LIMIT) for item in supposed["statements"]]
    more = len(said) - _SUPPOSED
    lines = [Text(f"- {item}") for item in said[:_SUPPOSED]]
    lines += [Text(f"- and {plural(more, 'more statement')}")] if more > 0 else []
    title = f"Supposed, not known ({visible(str(supposed['file']), 200)}):"
    return [Text(title, style="bold"), Padding(Group(*lines), (0, 0, 0, 2))]


def _baseline(audit: Audit) -> list[RenderableType]:
    """Show the violations that an earlier report does not have, or has on other evidence; the known are counted."""
    about = audit.header["baseline"]
    counts = {word: int(about[word]) for word in ("new", "changed", "known", "gone")}
    against = f"against {visible(str(about['report']), 200)}, as of {visible(str(about['as_of']))}"
    told = f"{counts['new']:,} new, {counts['changed']:,} on other evidence, {counts['known']:,} known (not listed),"
    parts = _heading("Violations", f"{told} {counts['gone']:,} gone, {against}")
    for word, title in (("new", "New"), ("changed", "On other evidence")):
        of_word = audit.findings.filter((pl.col("verdict") == "violation") & (pl.col("baseline") == word))
        if of_word.height:
            alone = Audit(audit.header, of_word, tally=audit.tally, exposure=audit.exposure)
            some = digest(alone, groups=_GROUPS, samples=1, dependences=0)
            after = (
                f"  the {_GROUPS} largest of {some.violation_groups:,} groups"
                if some.violation_groups > _GROUPS
                else ""
            )
            parts += [Text(f"{title}: {of_word.height:,}{after}", style="bold"), _listed(some, audit.header)]
    notes = [Text("- " + visible(str(note), STATEMENT_LIMIT)) for note in about.get("notes") or ()]
    return [*parts, *([Text("Asked otherwise than then:", style="bold"), *notes] if notes else [])]


def _waivers(header: Mapping[str, Any]) -> list[RenderableType]:
    waivers = header.get("waivers")
    if not waivers:
        return []
    ordered = sorted(waivers, key=lambda item: (item["expired"], -item["used"], item["expires"]))
    grid = _grid(2)
    for item in ordered[:_GROUPS]:
        until = ("expired on " if item["expired"] else "until ") + visible(str(item["expires"]))
        said = f"{visible(item['rule'])}, {visible(item['selector'], 200)}: {visible(item['reason'], STATEMENT_LIMIT)}"
        grid.add_row(_count(item["used"]), Text.assemble(said, (f" ({visible(item['approver'])}, {until})", "dim")))
    turned = sum(item["used"] for item in waivers)
    after = f"{plural(len(waivers), 'waiver')}, {plural(turned, 'judgement')} turned"
    return [*_heading("Waivers", after), grid]


def _count(count: int) -> Text:
    return Text(f"{count:,}", style="bold", justify="right")


def _violation(group: Violations, rule: Mapping[str, Any]) -> Text:
    sample = group.samples[0]
    said = wording.sentence(group.kind, sample.name, group.role, group.identifier, group.party)
    effect = visible(str(rule.get("effect") or ""), 20)
    asks = f"{visible(group.regime)}: {visible(group.rule)}" + (f" ({effect})" if effect else "")
    # The last step decides; a holding before it says how the party on a list stands behind the one that was met.
    told = sample.why[-2:] if len(sample.why) > 1 and " holds " in sample.why[-2].statement else sample.why[-1:]
    decisive = "".join(wording.as_sentence(visible(step.statement, STATEMENT_LIMIT)) + " " for step in told)
    return Text.assemble(said + ". " + decisive, (f"{asks} [{visible(sample.id, 40)}]", "dim"))


def _unknowns(shown: Digest) -> list[RenderableType]:
    total = shown.verdicts["unknown"]
    if not shown.unknowns:
        return _heading("Unknown", "nothing" if not total else f"{total:,}; not grouped in this report")
    after = plural(total, "judgement")
    if shown.unknown_groups > len(shown.unknowns):
        after += f"; the {len(shown.unknowns)} largest of {shown.unknown_groups:,} groups: find out first"
    else:
        after += ": find out first"
    grid = _grid(2)
    for group in shown.unknowns:
        grid.add_row(_count(group.count), _unknown(group))
    return [*_heading("Unknown", after), grid]


def _unknown(group: Unknowns) -> Text:
    missing = "; ".join(visible(fact, STATEMENT_LIMIT) for fact in group.missing[:2]) or "not said what is missing"
    more = len(group.missing) - 2
    about = f"{wording.identifier(group.identifier)}: " if group.identifier else ""
    rules = ", ".join(visible(rule) for rule in group.rules[:2])
    rules += f" and {len(group.rules) - 2} more rules" if len(group.rules) > 2 else ""
    return Text.assemble(about + missing + (f"; and {more} more" if more > 0 else "") + " ", (f"({rules})", "dim"))


def _apps(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell what is in a few apps, or count what is in many."""
    told = header.get("apps") or {}
    described, count = told.get("described") or [], int(told.get("count") or 0)
    if not count:
        return []
    if count <= _APPS:
        parts = [part for app in described for part in _app(app, header)]
    else:
        parts = _heading("Apps", f"{plural(count, 'app')}; each by itself in the HTML and JSON reports")
        parts += [part for role in told["summary"]["roles"] for part in _catalogue(role, header)]
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
    grid = _grid(2)
    grid.add_column(ratio=1, overflow="fold")  # a place in a file may be long, and gives way to whose it is
    first = "code"
    for entry in app["libraries"][:_LIBRARIES]:
        grid.add_row(first, visible(str(entry["value"]), 60), _whose(entry, header, apps.evidence(entry)))
        first = ""
    left_out = int(app["library_count"]) - _LIBRARIES
    if left_out > 0:
        grid.add_row("", "", Text(f"and {plural(left_out, 'more library', 'more libraries')}", style="dim"))
    if not app["libraries"]:
        grid.add_row("code", "0", "no library was recognised")
    first = "hosts"
    for entry in hosts["owners"][:_OWNERS]:
        sample: Mapping[str, Any] = next(iter(entry["hosts"]), {})
        where = f"{visible(str(sample.get('value')), 80)}, {apps.evidence(sample)}"
        grid.add_row(first, f"{int(entry['count']):,}", _whose(entry, header, where))
        first = ""
    left_out = int(hosts["owner_count"]) - _OWNERS
    if left_out > 0:
        grid.add_row("", "", Text(f"and {plural(left_out, 'more owner')}", style="dim"))
    if hosts["unowned"]:
        some = ", ".join(visible(str(host["value"]), 60) for host in hosts["samples"][:3])
        grid.add_row(first, f"{int(hosts['unowned']):,}", Text.assemble(apps.NOBODY, (f"  {some}", "dim")))
    if app["states"]:
        grid.add_row("states", "", Text("; ".join(apps.stated(row) for row in app["states"][:_OWNERS])))
    for item in app["unseen"][:2]:
        grid.add_row("not seen", "", Text(_unseen(item)))
    return [*_heading(f"In {apps.titled(app)}", ", ".join(apps.facts(app))), grid]


def _unseen(item: Mapping[str, Any]) -> str:
    return f"{apps.ROLES.get(item['role'], '')}: {visible(str(item['reason']), STATEMENT_LIMIT)}"


def _whose(entry: Mapping[str, Any], header: Mapping[str, Any], where: str) -> Text:
    return Text.assemble(apps.owned(entry, header), (f"  {where}", "dim"))


def _catalogue(role: Mapping[str, Any], header: Mapping[str, Any]) -> list[RenderableType]:
    """Count apps by the owners of the code that they carry, or of the hosts that they name, and by these's states."""
    if not role["apps"] and role["role"] not in apps.NOUNS:
        return []
    after = (
        f"{plural(role['apps'], 'app')}, {plural(role['identifiers'], *apps.NOUNS.get(role['role'], ('identifier',)))}"
    )
    after += f"; of {role['unowned']:,} nobody is known" if role["identifiers"] else ""
    parts: list[RenderableType] = [Text.assemble((apps.TOGETHER[role["role"]], "bold"), f"  {after}")]
    grid = _grid(3)
    grid.columns[0].justify = grid.columns[1].justify = "right"
    for entry in role["owners"][:_OWNERS]:
        grid.add_row(f"{entry['apps']:,}", f"{entry['share_pct']:.1f} %", Text(apps.owned(entry, header)))
    states = [f"{visible(str(row['state']), 12)} {row['apps']:,} ({apps.how(row)})" for row in role["states"][:_OWNERS]]
    if states:
        grid.add_row("", "", Text("apps by state: " + ", ".join(states), style="dim"))
    return [*parts, grid] if grid.row_count else parts


def _cables(header: Mapping[str, Any]) -> list[RenderableType]:
    """Tell of the cables with a violation where they land and whose they are, and count all by state."""
    told = header.get("cables") or {}
    if not told.get("count"):
        return []
    grid = _grid(2)
    grid.columns[0].ratio, grid.columns[1].ratio = 1, 3
    mine = [cable for cable in told["described"] if cable["worst"] == "violation"]
    for cable in mine[:_CABLES]:
        grid.add_row(cables.titled(cable, 60), Text(cables.outline(cable)))
    for title, said in cables.counted(told["summary"], left_out=len(mine) - _CABLES):
        grid.add_row(Text(title, style="dim"), Text(said, style="dim"))
    return [*_heading("Cables", plural(int(told["count"]), "cable")), grid]


def _dependences(shown: Digest) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for what, title in wording.EXPOSURES.items():
        rows = shown.dependences.get(what)
        if not rows:
            continue
        grid = _grid(3)
        grid.columns[0].justify = grid.columns[1].justify = "right"
        for row in rows:
            grid.add_row(f"{row.assets:,}", _share(row), Text(_depended(row)))
        count = shown.dependence_rows[what]
        parts += [*_heading(title, f"first {len(rows)} of {count:,}" if count > len(rows) else ""), grid]
    return parts


def _share(row: Dependence) -> str:
    return "" if row.share_pct is None else f"{row.share_pct:.1f} %"


def _depended(row: Dependence) -> str:
    name, how = wording.dependence(row.name, row.id, row.kind, row.role)
    return f"{name}, {how}" if how else name


def _coverage(header: Mapping[str, Any]) -> list[RenderableType]:
    files = header.get("coverage") or []
    unread = [file for file in files if file.get("reader") is None]
    rejecting = sorted((file for file in files if file.get("rejected")), key=lambda file: -int(file["rejected"]))
    rows = sum(int(file.get("rows") or 0) for file in files)
    rejected = sum(int(file.get("rejected") or 0) for file in files)
    after = f"{plural(len(files), 'file')}, {plural(rows, 'row')}; not understood: "
    after += f"{plural(rejected, 'piece')}, {plural(len(unread), 'file')}"
    grid = _grid(1)
    for file in rejecting[:_FILES]:
        first: Mapping[str, Any] = next(iter(file.get("rejects") or ()), {})
        place = f" at {visible(str(first['locator']))}" if first.get("locator") else ""
        reason = f": {visible(str(first.get('reason')), STATEMENT_LIMIT)}{place}" if first else ""
        grid.add_row(Text(f"{visible(str(file.get('path')))}: {file['rejected']:,} rejected{reason}"))
    if unread:
        listed = ", ".join(visible(str(file.get("path"))) for file in unread[:_FILES])
        more = len(unread) - _FILES
        grid.add_row(Text(f"No reader took {listed}" + (f" and {more:,} more" if more > 0 else "")))
    resolved = [_resolved(str(kind), counts) for kind, counts in (header.get("resolved") or {}).items()]
    if resolved:
        grid.add_row(Text("Led to a party: " + "; ".join(resolved[:_KINDS]) + "."))
    return [*_heading("Coverage", after), *([grid] if grid.row_count else [])]


def _resolved(kind: str, counts: Mapping[str, Any]) -> str:
    text = f"{visible(kind)} {int(counts.get('held') or 0):,} of {int(counts.get('total') or 0):,}"
    more = [
        f"{int(counts[key]):,} {what}"
        for key, what in (
            ("named", "named by a registry"),
            ("nameless", "nobody's"),
            ("stale", "known from other times"),
        )
        if counts.get(key)
    ]
    return f"{text} ({', '.join(more)})" if more else text


def _sentences(title: str, sentences: Iterable[Any]) -> list[RenderableType]:
    grid = _grid(2)
    for number, sentence in enumerate(sentences, 1):
        grid.add_row(f"{number}.", Text(visible(str(sentence), STATEMENT_LIMIT)))
    return [*_heading(title), grid] if grid.row_count else []


def _notes(shown: Digest, header: Mapping[str, Any]) -> list[str]:
    notes = [str(note) for note in header.get("notes") or ()]
    return [*notes, wording.ANNOUNCEMENT] if any(row.kind == "route" for row in shown.rules) else notes


def _sources(header: Mapping[str, Any]) -> list[RenderableType]:
    described = header.get("sources") or {}
    world = header.get("world") or []
    if not described:
        return _heading("Sources", f"none is cited; the world holds {plural(len(world), 'source')}")
    grid = _grid(1)
    for key, source in islice(described.items(), _SOURCES):
        grid.add_row(Text(wording.citation(source, str(key))))
    after = f"{min(_SOURCES, len(described))} of {len(described):,} cited; all stand in the JSON report"
    return [*_heading("Sources", after if len(described) > _SOURCES else ""), grid]
