"""The audit report as one page: no request, no font and no code from anywhere else, and readable without script.

A page is for people, so it is bounded (:data:`LIMIT_BYTES`): the largest groups with a few findings each, and how
many were left out. What cannot be cut is every count, and the whole stands in the JSON report.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from crossline import wording
from crossline.digest import Digest, Row, Sample, Step, Violations, digest
from crossline.drawing import bars, chain
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".html", ".htm")
BINARY: Final = False
LIMIT_BYTES: Final = 2_000_000

_GLYPHS: Final = {"violation": "▲", "unknown": "?", "compliant": "●", "exempt": "◆", "not-applicable": "○"}
_WIDTHS: Final = {"wide": 940, "medium": 600, "narrow": 288}  # of a drawn chain, in CSS pixels
_CHAIN_STEPS: Final = 30
_ALSO: Final = 20
_RULE: Final = ("regime", "rule", "title", "reading", "decidable", "cite")


@dataclass(frozen=True)
class _Level:
    """How much a page shows; the first level that stays within the limit is taken."""

    groups: int
    samples: int
    rows: int  # of files, rejects, rules, sources and states


_LEVELS: Final = (
    _Level(40, 10, 100), _Level(20, 5, 60), _Level(10, 3, 40), _Level(5, 2, 20), _Level(3, 1, 10), _Level(1, 1, 3),
)  # fmt: skip


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the page, of at most :data:`LIMIT_BYTES` in UTF-8; raises ValueError if even the least is longer."""
    for level in _LEVELS:
        page = _page(audit, level)
        if len(page.encode()) <= LIMIT_BYTES:
            return page
    raise ValueError(f"a page of this audit exceeds {LIMIT_BYTES:,} bytes; write the JSON report instead")


def _page(audit: Audit, level: _Level) -> str:
    header = {"crossline": None, "as_of": None, **audit.header}
    shown = digest(audit, groups=level.groups, samples=level.samples, dependences=min(level.rows, 12))
    style, script = _resource("page.css"), _resource("page.js")
    rules = {(rule.get("regime"), rule.get("rule")): rule for rule in header.get("rules") or ()}
    return _environment().get_template("page.html.j2").render(
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        patterns=Markup(bars.PATTERNS),  # noqa: S704
        standpoint=wording.standpoint(header),
        hypothetical=bool((header.get("we") or {}).get("hypothetical")),
        header=header,
        regimes=_regimes(header, level),
        shown=shown,
        glyphs=_GLYPHS,
        order=wording.VERDICT_ORDER,
        overall=_stacked(shown.verdicts, "All verdicts"),
        lines=[_row(row, {}) for row in islice(shown.rows, level.rows)],
        rows=[_row(row, rules) for row in islice(_telling(shown), level.rows)],
        row_count=len(_telling(shown)),
        silent=_silent(shown),
        violations=[_violation(group, rules, header) for group in shown.violations],
        unknowns=[_unknown(group, shown) for group in shown.unknowns],
        dependences=[_dependence(what, title, shown) for what, title in wording.EXPOSURES.items()],
        resolved=[_resolved(kind, counts) for kind, counts in islice((header.get("resolved") or {}).items(), 40)],
        coverage=_coverage(header, level),
        rules=[_rule(rule, header) for rule in islice(header.get("rules") or (), level.rows)],
        rule_count=len(header.get("rules") or ()),
        sources=[_source(header, key) for key in islice(header.get("sources") or {}, level.rows)],
        source_count=len(header.get("sources") or {}),
        notes=_notes(shown, header),
        next=list(islice(header.get("next") or (), 10)),
        last=wording.unknown_line(shown.verdicts["unknown"], shown.judged),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    """Return the templates' environment: everything is escaped unless this module made it."""
    environment = Environment(
        loader=FunctionLoader(_resource), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["text"] = lambda value, limit=120: visible(str(value if value is not None else ""), limit)
    environment.filters["setting"] = _setting
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["identifier"] = wording.identifier
    environment.globals["plural"] = plural
    return environment


def _setting(value: object) -> str:
    if isinstance(value, list | tuple):
        return visible(", ".join(str(item) for item in value)) or "none"
    return "not set" if value is None else visible(str(value).lower() if isinstance(value, bool) else str(value))


def _resource(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return the Content Security Policy source for inline content (W3C CSP 3, 8.3)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _stacked(counts: Mapping[str, int], label: str) -> Markup:
    said = ", ".join(f"{verdict} {counts[verdict]:,}" for verdict in wording.VERDICT_ORDER if counts[verdict])
    drawn = bars.stacked(
        [(verdict, counts[verdict]) for verdict in wording.VERDICT_ORDER], f"{visible(label)}: {said or 'none'}"
    )
    return Markup(drawn)  # noqa: S704 - drawing/ escapes its labels


def _regimes(header: Mapping[str, Any], level: _Level) -> list[dict[str, Any]]:
    titles, parameters = header.get("titles") or {}, header.get("parameters") or {}
    return [
        {
            "id": regime,
            "about": titles.get(regime) or {},
            "parameters": list(islice((parameters.get(regime) or {}).items(), 20)),
        }
        for regime in islice(header.get("regimes") or (), level.rows)
    ]


def _telling(shown: Digest) -> list[Row]:
    return [row for row in shown.rules if row.judged > row.counts["not-applicable"]]


def _silent(shown: Digest) -> list[str]:
    """Return the rules that said nothing of any asset but that they do not apply."""
    return [f"{row.regime}: {row.rule}" for row in shown.rules if row.judged == row.counts["not-applicable"]][:100]


def _row(row: Row, rules: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
    title = (rules.get((row.regime, row.rule)) or {}).get("title") or ""
    return {"row": row, "title": title, "bar": _stacked(row.counts, f"{row.line}, {row.rule or row.regime}")}


def _violation(group: Violations, rules: Mapping[Any, Mapping[str, Any]], header: Mapping[str, Any]) -> dict[str, Any]:
    first = group.samples[0]
    rule = {"title": None, "reading": None, **(rules.get((group.regime, group.rule)) or {})}
    said = wording.sentence(group.kind, first.name, group.role, group.identifier, group.party)
    held = wording.held(group.identifier, group.party) if group.identifier or group.party else ""
    drawn = chain.boxes(
        (group.kind, first.name), group.role or "", held, [step.statement for step in first.why],
        (f"rule of {group.regime}", f"{group.rule}: violation"),
    )  # fmt: skip
    label = f"Chain of evidence: {said}"
    pictures = "".join(chain.draw(drawn, width, label, name) for name, width in _WIDTHS.items())
    return {
        "group": group,
        "rule": rule,
        "effect": wording.EFFECTS.get(str(rule.get("effect")), ""),
        "sentence": said,
        "verb": wording.VERBS.get(group.role or "", "depends on"),
        "held": held,
        "chain": Markup(pictures),  # noqa: S704 - drawing/ escapes its labels
        "steps": _steps(first.why, header),
        "more_steps": max(len(first.why) - _CHAIN_STEPS, 0),
        "samples": [_sample(sample, first, header) for sample in group.samples],
    }


def _sample(sample: Sample, first: Sample, header: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sample": sample,
        "also": [wording.identifier(name) for name in sample.also[:_ALSO]],
        "more": max(len(sample.also) - _ALSO, 0),
        "steps": _steps(sample.why, header) if sample.why != first.why else [],
    }


def _steps(why: tuple[Step, ...], header: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"statement": visible(step.statement, STATEMENT_LIMIT), "source": _source(header, step.source)}
        for step in why[:_CHAIN_STEPS]
    ]


def _source(header: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    source = (header.get("sources") or {}).get(key)
    return {
        "key": key,
        "text": wording.citation(source, key),
        "url": wording.web_address(source.get("url")) if source else None,
        "licence": (source or {}).get("licence"),
    }


def _unknown(group: Any, shown: Digest) -> dict[str, Any]:  # noqa: ANN401 - Unknowns
    share = 100 * group.count / max(shown.verdicts["unknown"], group.count, 1)
    label = f"{share:.1f} % of what is unknown"
    return {"group": group, "share": share, "bar": Markup(bars.single(share, label))}  # noqa: S704


def _dependence(what: str, title: str, shown: Digest) -> dict[str, Any]:
    rows = shown.dependences.get(what, ())
    return {
        "what": what,
        "title": title,
        "rows": [
            {
                "row": row,
                "name": name,
                "how": how,
                "bar": Markup(bars.single(row.share_pct or 0, f"{name}: {row.assets:,} assets")),  # noqa: S704
            }
            for row in rows
            for name, how in [wording.dependence(row.name, row.id, row.kind, row.role)]
        ],
        "left_out": shown.dependence_rows.get(what, 0) - len(rows),
    }


def _resolved(kind: str, counts: Mapping[str, Any]) -> dict[str, Any]:
    total, named, held = (int(counts.get(key) or 0) for key in ("total", "named", "held"))
    outer, inner = (100 * part / total if total else 0.0 for part in (named, held))
    label = f"of {total:,}, {named:,} have a registered name and {held:,} a party in the facts"
    return {
        "kind": kind,
        "total": total,
        "named": named,
        "held": held,
        "nameless": int(counts.get("nameless") or 0),
        "stale": int(counts.get("stale") or 0),
        "by": [str(source) for source in islice(counts.get("by_sources") or (), 20)],
        "bar": Markup(bars.single(outer, label, inner)),  # noqa: S704 - numbers only
    }


def _coverage(header: Mapping[str, Any], level: _Level) -> dict[str, Any]:
    listed = header.get("coverage") or []
    worst = sorted(listed, key=lambda file: (file.get("reader") is not None, -int(file.get("rejected") or 0)))
    return {
        "files": [
            {**file, "rejects": list(islice(file.get("rejects") or (), 5)), "notes": list(file.get("notes") or ())[:5]}
            for file in worst[: level.rows]
        ],
        "count": len(listed),
        "rows": sum(int(file.get("rows") or 0) for file in listed),
        "rejected": sum(int(file.get("rejected") or 0) for file in listed),
        "unread": sum(file.get("reader") is None for file in listed),
    }


def _rule(rule: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    effect = wording.EFFECTS.get(str(rule.get("effect")), rule.get("effect") or "")
    return {**dict.fromkeys(_RULE), **rule, "effect": effect, "source": _source(header, rule.get("source"))}


def _notes(shown: Digest, header: Mapping[str, Any]) -> list[str]:
    notes = [str(note) for note in islice(header.get("notes") or (), 30)]
    return [*notes, wording.ANNOUNCEMENT] if any(row.kind == "route" for row in shown.rules) else notes
