"""The audit report as text for a terminal: short, with the answer, and at its end how much is unknown."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crossline import wording
from crossline.digest import NO_ASSET, Dependence, Digest, Row, Step, Unknowns, Violations, digest, files_of
from crossline.printed import grid_of, heading, to_text
from crossline.printed.apps import in_apps
from crossline.printed.cables import on_cables
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
_STEPS: Final = 6  # of the chain of one finding
_APPS: Final = {"app", "offering"}
_STYLE: Final = {"violation": "bold", "unknown": "italic"}


def render(audit: Audit, options: Options) -> str:
    """Return the report as text of ``options.width`` columns, with colour only where asked for."""
    shown = digest(audit, groups=_GROUPS, samples=1, dependences=5)
    header = audit.header
    parts: list[RenderableType] = [Text(wording.standpoint(header), style="bold")]
    parts += _supposed(header)
    parts += _question(header, options.width)
    parts += _verdicts(shown, header)
    alone = _apps_alone(header)
    parts += in_apps(header) if alone else []
    parts += _baseline(audit) if header.get("baseline") else _violations(shown, header)
    parts += _waivers(header)
    parts += _unknowns(shown)
    parts += [] if alone else in_apps(header)
    parts += on_cables(header)
    parts += _dependences(shown)
    parts += _coverage(header)
    parts += _sources(header)
    parts += _sentences("Notes", _notes(shown, header))
    parts += _sentences("To do first", header.get("next") or ())
    parts += [Text(), Text(wording.unknown_line(shown.verdicts["unknown"], shown.judged), style="bold")]
    return to_text(Group(*parts), options)


def _question(header: Mapping[str, Any], width: int) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(f"Crossline {visible(str(header.get('crossline')))}, as of {visible(str(header.get('as_of')))}")
    ]
    titles = header.get("titles") or {}
    grid = grid_of(2)
    for regime in header.get("regimes") or ():
        about = titles.get(regime) or {}
        words = [visible(str(about[key])) for key in ("title", "issuer") if about.get(key)]
        line = ", ".join(words) + (". " if words else "") + str(about.get("legal") or "")
        grid.add_row(Text(visible(str(regime)), style="bold"), Text(visible(line, 4 * max(width - 24, 40))))
    return [*parts, Padding(grid, (0, 0, 0, 2))]


def _verdicts(shown: Digest, header: Mapping[str, Any]) -> list[RenderableType]:
    by_rule = len(shown.rules) <= _RULES
    every = shown.rules if by_rule else shown.rows
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="")
    table.add_column("line", no_wrap=True)
    table.add_column("rule" if by_rule else "regime", overflow="fold")
    for verdict in wording.VERDICT_ORDER:
        title = "not appl." if verdict == "not-applicable" else verdict
        table.add_column(title, justify="right", no_wrap=True, style=_STYLE.get(verdict, ""))
    regime = None
    held = {_held_by(row, by_rule=by_rule) for row in shown.rules if row.judged and row.kind != NO_ASSET}
    bare = [row for row in every if _held_by(row, by_rule=by_rule) not in held]
    rows = [row for row in every if _held_by(row, by_rule=by_rule) in held]
    for row in sorted(rows, key=lambda row: list(shown.regimes).index(row.regime)) if by_rule else rows:
        if by_rule and row.regime != regime:
            regime = row.regime
            table.add_row("", Text(visible(regime, 24), style="bold"))
        table.add_row(visible(row.line, 12), _rule_cell(row, rows), *_counts(row.counts))
        for part in _parts(header, row) if by_rule else ():
            value = "not stated" if part["value"] is None else visible(part["value"], 24)
            table.add_row("", Text(f"  of these {value}"), *_counts(part))
    if bare:
        summed = {verdict: sum(row.counts[verdict] for row in bare) for verdict in wording.VERDICT_ORDER}
        folded = Text(plural(len(bare), "rule" if by_rule else "line"), style="dim")
        table.add_row(folded, Text("without assets", style="dim"), *_counts(summed))
    table.add_section()
    table.add_row("all", "", *_counts(shown.verdicts))
    apart = [] if by_rule else _apart(header, shown)
    return [*heading("Verdicts by line", plural(shown.judged, "judgement")), table, *apart]


def _held_by(row: Row, *, by_rule: bool) -> tuple[str | None, ...]:
    """Return what a row of the table stands for: a rule of a kind, or a line of a regime."""
    return (row.line, row.regime, *((row.rule, row.kind) if by_rule else ()))


def _apps_alone(header: Mapping[str, Any]) -> bool:
    """Return whether nothing but apps was read, so that what is in them is what a reader looks for."""
    kinds = {
        kind for file in header.get("coverage") or () for kind, count in (file.get("kinds") or {}).items() if count
    }
    return bool(kinds) and kinds <= _APPS


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
        return heading("Violations", "none found" if not total else f"{total:,}; not listed in this report")
    after = plural(total, "finding")
    if shown.violation_groups > len(shown.violations):
        after += f"; the {len(shown.violations)} largest of {shown.violation_groups:,} groups"
    return [*heading("Violations", after), _listed(shown, header)]


def _listed(shown: Digest, header: Mapping[str, Any]) -> Table:
    grid = grid_of(3)
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
    parts = heading("Violations", f"{told} {counts['gone']:,} gone, {against}")
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
    grid = grid_of(2)
    for item in ordered[:_GROUPS]:
        until = ("expired on " if item["expired"] else "until ") + visible(str(item["expires"]))
        said = f"{visible(item['rule'])}, {visible(item['selector'], 200)}: {visible(item['reason'], STATEMENT_LIMIT)}"
        grid.add_row(_count(item["used"]), Text.assemble(said, (f" ({visible(item['approver'])}, {until})", "dim")))
    turned = sum(item["used"] for item in waivers)
    after = f"{plural(len(waivers), 'waiver')}, {plural(turned, 'judgement')} turned"
    return [*heading("Waivers", after), grid]


def _count(count: int) -> Text:
    return Text(f"{count:,}", style="bold", justify="right")


def _violation(group: Violations, rule: Mapping[str, Any]) -> Text:
    sample = group.samples[0]
    said = wording.sentence(group.kind, sample.name, group.role, group.identifier, group.party)
    effect = visible(str(rule.get("effect") or ""), 20)
    asks = f"{visible(group.regime)}: {visible(group.rule)}" + (f" ({effect})" if effect else "")
    told = _chain(sample.why)
    decisive = "".join(wording.as_sentence(visible(step.statement, STATEMENT_LIMIT)) + " " for step in told[:_STEPS])
    more = len(told) - _STEPS
    decisive += (
        f"And {plural(more, 'more step')}: crossline explain {visible(sample.id, 40)} tells them. " if more > 0 else ""
    )
    return Text.assemble(said + ". " + decisive, (f"{asks} [{visible(sample.id, 40)}]", "dim"))


def _chain(why: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps from the party that an identifier leads to on to what decides, where that is no tie itself.

    The ones before say what the sentence said already: as what the asset is tied to whom.
    """
    end = len(why)
    while end and why[end - 1].source == wording.OWN_FILES:
        end -= 1
    start = end
    while start and why[start - 1].source != wording.OWN_FILES and " leads to " not in why[start - 1].statement:
        start -= 1
    return why[start:end] or why[-1:]


def _unknowns(shown: Digest) -> list[RenderableType]:
    total = shown.verdicts["unknown"]
    if not shown.unknowns:
        return heading("Unknown", "nothing" if not total else f"{total:,}; not grouped in this report")
    after = plural(total, "judgement")
    listed = [group for group in shown.unknowns if not group.clause]
    if shown.unknown_groups > len(shown.unknowns) and len(listed) == len(shown.unknowns):
        after += f"; the {len(listed)} largest of {shown.unknown_groups:,} groups: find out first"
    else:
        after += ": find out first"
    grid = grid_of(2)
    for group in listed:
        grid.add_row(_count(group.count), _unknown(group))
    if shown.clauses:
        # One line, whatever their number: nobody can find out what no evidence decides.
        said = Text("decided by no evidence: " + ", ".join(map(visible, shown.clauses)), style="dim", no_wrap=True)
        said.overflow = "ellipsis"
        grid.add_row(_count(len(shown.clauses)), said)
    return [*heading("Unknown", after), grid]


def _unknown(group: Unknowns) -> Text:
    missing = "; ".join(visible(fact, STATEMENT_LIMIT) for fact in group.missing[:2]) or "not said what is missing"
    more = len(group.missing) - 2
    about = f"{group.about}: " if group.about else ""
    rules = ", ".join(visible(rule) for rule in group.rules[:2])
    rules += f" and {plural(len(group.rules) - 2, 'more rule')}" if len(group.rules) > 2 else ""
    return Text.assemble(about + missing + (f"; and {more} more" if more > 0 else "") + " ", (f"({rules})", "dim"))


def _dependences(shown: Digest) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for what, title in wording.EXPOSURES.items():
        rows = shown.dependences.get(what)
        if not rows:
            continue
        grid = grid_of(3, right=2)
        for row in rows:
            grid.add_row(f"{row.assets:,}", _share(row), Text(_depended(row)))
        count = shown.dependence_rows[what]
        parts += [*heading(title, f"first {len(rows)} of {count:,}" if count > len(rows) else ""), grid]
    return parts


def _share(row: Dependence) -> str:
    return wording.percent(row.share_pct)


def _depended(row: Dependence) -> str:
    name, how = wording.dependence(row.name, row.id, row.kind, row.role)
    return f"{name}, {how}" if how else name


def _coverage(header: Mapping[str, Any]) -> list[RenderableType]:
    files = header.get("coverage") or []
    unread = [file for file in files if file.get("reader") is None]
    rejecting = sorted((file for file in files if file.get("rejected")), key=lambda file: -int(file["rejected"]))
    rows = sum(int(file.get("rows") or 0) for file in files)
    rejected = sum(int(file.get("rejected") or 0) for file in files)
    after = f"{plural(len(files_of(header)), 'file')}, {plural(rows, 'row')}; not understood: "
    after += f"{plural(rejected, 'piece')}, {plural(len(unread), 'file')}"
    grid = grid_of(1)
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
    return [*heading("Coverage", after), *([grid] if grid.row_count else [])]


def _resolved(kind: str, counts: Mapping[str, Any]) -> str:
    text = f"{visible(kind)} {int(counts.get('held') or 0):,} of {int(counts.get('total') or 0):,}"
    more = [
        f"{int(counts[key]):,} {what}"
        for key, what in (
            ("named", "named by a list" if kind in ("library", "vendor") else "named by a registry"),
            ("nameless", "nobody's"),
            ("stale", "known from other times"),
        )
        if counts.get(key)
    ]
    # Names below a domain that is known count as that one, so that there are fewer of these than of hosts.
    more += ["hosts under the one that is known above them"] if kind == "domain" else []
    return f"{text} ({', '.join(more)})" if more else text


def _sentences(title: str, sentences: Iterable[Any]) -> list[RenderableType]:
    grid = grid_of(2)
    for number, sentence in enumerate(sentences, 1):
        grid.add_row(f"{number}.", Text(visible(str(sentence), STATEMENT_LIMIT)))
    return [*heading(title), grid] if grid.row_count else []


def _notes(shown: Digest, header: Mapping[str, Any]) -> list[str]:
    notes = [str(note) for note in header.get("notes") or ()]
    return [*notes, wording.ANNOUNCEMENT] if shown.announced else notes


def _sources(header: Mapping[str, Any]) -> list[RenderableType]:
    described = header.get("sources") or {}
    world = header.get("world") or []
    if not described:
        return heading("Sources", f"none is cited; the world holds {plural(len(world), 'source')}")
    grid = grid_of(1)
    for key, source in islice(described.items(), _SOURCES):
        grid.add_row(Text(wording.citation(source, str(key))))
    after = f"{min(_SOURCES, len(described))} of {len(described):,} cited; all stand in the JSON report"
    return [*heading("Sources", after if len(described) > _SOURCES else ""), grid]
