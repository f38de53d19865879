"""A page for a line: its rules, its violations with their chains, whom it depends on, and what is unknown in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.digest import waiting
from crossline.drawing import chain
from crossline.pages.citing import CHAIN_STEPS, brief, source, steps
from crossline.pages.picturing import markup, share_bar, stacked
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crossline.digest import Row, Unknowns
    from crossline.pages import Anchors
    from crossline.pages.cases import Case, Cases, Chain
    from crossline.reports import Audit

_WIDTHS: Final = {"wide": 900, "medium": 600, "narrow": 288}  # of a drawn chain, in CSS pixels
_ALSO: Final = 12
_LIMBS: Final = 4
_KINDS: Final = 4


def line_page(  # noqa: PLR0913 - what the whole report knows, by name
    audit: Audit,
    line: str,
    *,
    rows: Sequence[Row],
    found: Cases,
    anchors: Anchors,
    entries: int,
    unknowns: int,
) -> dict[str, Any]:
    """Return what the page of a line shows, with at most ``entries`` rows a table and ``unknowns`` missing facts."""
    header = audit.header
    mine = [row for row in rows if row.line == line]
    kinds = list(dict.fromkeys(row.kind for row in mine if row.kind and row.kind != "estate"))
    counts = {verdict: sum(row.counts[verdict] for row in mine) for verdict in wording.VERDICT_ORDER}
    told = [row for row in mine if row.judged > row.counts["not-applicable"]]
    shown = found.shown.get(line, ())
    waits, groups = waiting(audit.groups.filter(pl.col("line") == line), unknowns, 3, audit.header.get("asset_names"))
    return {
        "id": anchors.of("line", line),
        "line": line,
        "question": wording.QUESTIONS.get(line, ""),
        "kinds": kinds,
        "counts": counts,
        "bar": stacked(counts, f"Line {line}"),
        "rules": [_rule(row, header, audit.findings) for row in told[:entries]],
        "rule_count": len(told),
        "silent": [f"{row.regime}: {row.rule}" for row in mine if row not in told][:entries],
        "cases": [case_view(case, header, anchors) for case in shown],
        "case_count": found.every.filter(pl.col("line") == line).height,
        "unknowns": [unknown_view(group, counts["unknown"]) for group in waits],
        "unknown_groups": groups,
        "depends": [
            {"kind": kind, "what": what, "title": title, "rows": rows_of}
            for kind in kinds
            for what, title in wording.EXPOSURES.items()
            if (rows_of := dependences(audit, anchors, what, kind, min(entries, 8)))
        ],
        "files": _files(header.get("coverage") or (), kinds, entries),
    }


def _rule(row: Row, header: Mapping[str, Any], findings: pl.DataFrame) -> dict[str, Any]:
    about = _about(header, row.regime, row.rule)
    effect = str(about.get("effect") or "")
    parts = [
        part for part in header.get("parts") or () if (part.get("regime"), part.get("rule")) == (row.regime, row.rule)
    ]
    limbs = (
        findings.filter(
            (pl.col("regime") == row.regime) & (pl.col("rule") == row.rule) & (pl.col("verdict") == "violation")
        )
        .drop_nulls("limb")
        .group_by("limb")
        .len("count")
        .sort("count", "limb", descending=[True, False])
        .head(_LIMBS)
    )
    return {
        "row": row,
        "title": about.get("title") or "",
        "effect": wording.EFFECTS.get(effect, effect),
        "reading": about.get("reading"),
        "reading_why": about.get("reading_why"),
        "severity": about.get("severity"),
        "decidable": about.get("decidable"),
        "decidable_why": about.get("decidable_why"),
        "in_force": about.get("in_force", True),
        "cite": about.get("cite"),
        "source": source(header, about.get("source")),
        "bar": stacked(row.counts, str(row.rule)),
        "limbs": list(limbs.iter_rows()),
        "parts": [_part(part) for part in parts[:12]],
    }


def _about(header: Mapping[str, Any], regime: str, rule: str | None) -> Mapping[str, Any]:
    """Return what the header says of a rule."""
    for about in header.get("rules") or ():
        if (about.get("regime"), about.get("rule")) == (regime, rule):
            found: Mapping[str, Any] = about
            return found
    return {}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    counts = {verdict: int(part.get(verdict) or 0) for verdict in wording.VERDICT_ORDER}
    value = part.get("value")
    said = f"{part.get('column')} {value}" if value is not None else f"{part.get('column')} not stated"
    return {"said": said, "counts": counts, "bar": stacked(counts, said)}


def case_view(case: Case, header: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    """Return a case with its sentence, its drawn chains, its steps and its samples."""
    rule = _about(header, case.regime, case.rule)
    first = case.chains[0]
    return {
        "id": anchors.of("case", case.key),
        "case": case,
        "rule": {"title": rule.get("title"), "reading": rule.get("reading")},
        "effect": wording.EFFECTS.get(str(rule.get("effect")), ""),
        "verb": _verb(case) if first.role or case.who else "",
        "held": wording.held(case.who, case.name) if ":" in case.who else visible(case.name or ""),
        "page": page_of(anchors, case.who),
        "chains": [_chain(case, one, header) for one in case.chains],
        "more_chains": case.chain_count - len(case.chains),
        "samples": [_sample(sample, header.get("asset_names") or {}) for sample in case.samples],
    }


def _verb(case: Case) -> str:
    """Return how the assets depend on the party, where all do so in one way."""
    verbs = {wording.verb(case.kind, chain.role) for chain in case.chains}
    return verbs.pop() if len(verbs) == 1 and len(case.chains) == case.chain_count else "depends on"


def _chain(case: Case, one: Chain, header: Mapping[str, Any]) -> dict[str, Any]:
    said = wording.sentence(case.kind, one.name, one.role, one.identifier, case.name)
    held = wording.held(one.identifier, case.name) if one.identifier or case.name else ""
    drawn = chain.boxes(
        (case.kind, one.name), one.role or "", held, [step.get("statement") or "" for step in one.why],
        (f"rule of {case.regime}", f"{case.rule}: violation"),
        [brief(header, step.get("source")) for step in one.why],
    )  # fmt: skip
    pictures = (chain.draw(drawn, width, f"Chain of evidence: {said}", name) for name, width in _WIDTHS.items())
    return {
        "one": one,
        "sentence": said,
        "picture": markup("".join(pictures)),
        "steps": steps(header, one.why),
        "more": max(len(one.why) - CHAIN_STEPS, 0),
    }


def _sample(sample: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    also, key = sample["also"], sample["identifier"]
    return {
        **sample,
        "decider": wording.held(wording.written(key, names), names.get(key)) if key else "",
        "also": [wording.held(wording.written(name, names), names.get(name)) for name in also[:_ALSO]],
        "more": max(len(also) - _ALSO, 0),
    }


def unknown_view(group: Unknowns, total: int) -> dict[str, Any]:
    """Return a missing fact with its share of what is unknown."""
    share = 100 * group.count / max(total, group.count, 1)
    return {"group": group, "bar": share_bar(share, f"{share:.1f} % of what is unknown")}


def dependences(audit: Audit, anchors: Anchors, what: str, kind: str | None, limit: int) -> list[dict[str, Any]]:
    """Return whom assets depend on, the most first, of one kind or of every kind, with a bar and a page each."""
    exposure = audit.exposure
    states = {str(state.get("code")): state.get("name") for state in audit.header.get("states") or ()}
    rows = exposure.filter(pl.col("what") == what)
    rows = rows if kind is None else rows.filter(pl.col("kind") == kind)
    top = rows.sort("assets", "id", descending=[True, False]).head(limit)
    return [
        {
            "name": name,
            "how": how if kind is None else "",
            "page": page_of(anchors, row["id"]) if what == "party" else anchors.of("state", state_key(row["id"])),
            "assets": row["assets"],
            "share": row["share_pct"],
            "bar": share_bar(row["share_pct"] or 0, f"{name}: {row['assets']:,} assets"),
        }
        for row in top.iter_rows(named=True)
        for name, how in [
            wording.dependence(row["name"] or states.get(row["id"]) or "", row["id"] or "", row["kind"], row["role"])
        ]
    ]


def state_key(name: str | None) -> str:
    """Return how pages call a state: its code in small letters, whether a code or the state's party is given."""
    return (name or "").removeprefix("state-").removeprefix("state:").lower()


def page_of(anchors: Anchors, party: str | None) -> str | None:
    """Return the page of a party; that of the state where the party is a state."""
    if (party or "").startswith(("state-", "state:")):
        return anchors.of("state", state_key(party))
    return anchors.of("party", party)


def _files(coverage: Iterable[Mapping[str, Any]], kinds: Sequence[str], limit: int) -> dict[str, Any]:
    """Return the files that gave assets of the kinds, those with most first."""
    fed: list[dict[str, Any]] = []
    for file in coverage:
        held = file.get("kinds") or {}
        given = {kind: int(held.get(kind) or 0) for kind in kinds if held.get(kind)}
        if given:
            fed.append({"path": file.get("path"), "reader": file.get("reader"), "given": given})
    fed.sort(key=lambda file: -sum(file["given"].values()))
    return {"rows": fed[:limit], "left_out": max(len(fed) - limit, 0)}


def called(holder: Mapping[str, Any]) -> str:
    """Return how a holder is called: a party's name, or an identifier with the name a registry has for it."""
    return wording.dependence(holder.get("name") or "", str(holder["id"]), None, None)[0]


def counted_kinds(row: Mapping[str, Any]) -> str:
    """Say how many assets of which kinds: ``42 routes, 1 service``."""
    kinds = list(row.get("kinds") or ())
    said = [plural(int(kind["assets"]), visible(str(kind["kind"]).replace("-", " "), 30)) for kind in kinds[:_KINDS]]
    return ", ".join([*said, "…"] if len(kinds) > _KINDS else said)
