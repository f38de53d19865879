"""An audit: regimes judged over an estate against a world, as columns that every report reads."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.auditing.advice import advice
from crossline.auditing.apart import apart
from crossline.auditing.apps import apps
from crossline.auditing.baseline import against
from crossline.auditing.cables import cables
from crossline.auditing.dossiers import cited, dossiers
from crossline.auditing.exposure import resolved
from crossline.auditing.findings import findings, groups
from crossline.auditing.waiving import Waiving
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, words
from crossline.evaluate.judge import NOT_APPLICABLE, VIOLATION, WORDS
from crossline.reports import FINDING, GROUP, TALLY, VERDICTS, Audit
from crossline.text import plural, visible
from crossline.understood import coverage
from crossline.version import VERSION
from crossline.world import store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crossline.comparing import Report
    from crossline.estate import Estate
    from crossline.evaluate.judge import Judgement
    from crossline.waivers import Waivers
    from crossline.world import World
    from crossline.world.suppose import Supposed

_YEAR_DAYS: Final = 365
_NAMED: Final = 10_000  # assets that identifiers name, each told with its name


def audit(  # noqa: PLR0913 - the last three are asked by name
    estate: Estate,
    world: World,
    bindings: Sequence[Binding],
    *,
    accept_stale: bool = False,
    everything: bool = False,
    waivers: Waivers | None = None,
    baseline: Report | None = None,
    supposed: Supposed | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Audit:
    """Judge every rule of every binding over the estate; raises RegimeError for a rule that makes no sense.

    ``everything`` lists each judgement singly, whatever its verdict. All bindings ask as of one date. Raises YamlError
    for a waiver of a rule that is not there. ``baseline`` is an earlier report to compare with. ``supposed`` says what
    was laid over ``world``, which is the one that it was laid over already.
    """
    say = progress or (lambda _what, _part: None)
    say("resolving identifiers", 0.0)
    session = Session(estate, world, bindings[0], accept_stale=accept_stale)
    waiving = Waiving(waivers, session, bindings) if waivers else None
    judgements = []
    total = sum(len(binding.regime.rules) for binding in bindings)
    for judgement in session.judge(bindings, waiving):
        judgements.append(judgement)
        say(f"judging by {judgement.compiled.rule.id}", len(judgements) / max(total, 1))
    say("telling the evidence", 1.0)
    verdicts = range(len(WORDS)) if everything else (VIOLATION,)
    found = pl.concat([pl.DataFrame(schema=FINDING), *(findings(j, v) for j in judgements for v in verdicts)])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        unknown = pl.concat([pl.DataFrame(schema=GROUP), *pool.map(groups, judgements)])
    unknown = unknown.sort("count", descending=True, maintain_order=True)
    shares = resolved(session)
    header = _header(session, list(bindings), judgements, found, shares)
    # Only where a regime judged nothing is it worth saying that it binds others.
    silent = [binding.binds_nobody() for binding in bindings if not _judged(judgements, binding)]
    elsewhere = [f"{sentence}." for sentence in silent if sentence]
    header["notes"] = elsewhere + header["notes"] + (waiving.notes() if waiving else [])
    if waiving:
        header["waivers"] = waiving.header()
        header["sources"] |= _waivers_file(waiving.given, found)
    if supposed:
        header["supposed"] = supposed.header()
        header["notes"] += supposed.notes
    header["next"] = [
        *elsewhere,
        *advice(session, list(bindings), found.filter(pl.col("verdict") == "violation"), unknown, shares),
    ][:3]
    depended, described = dossiers(session, list(bindings), found, header["sources"])
    header |= described
    carried, named = apps(session, bindings, judgements, found)
    if carried:
        header["apps"] = carried
        header["sources"] |= cited(session, named - set(header["sources"]))
    laid, named, courses = cables(session, bindings, judgements, found)
    if laid:
        header["cables"] = laid
        header["sources"] |= cited(session, named - set(header["sources"]))
    parts = apart(judgements)
    if parts:
        header["parts"] = parts
    called = _called(session, found, unknown, header.get("parties") or ())
    if called:
        header["asset_names"] = called
    result = Audit(header, found, unknown, _tally(judgements), depended, courses)
    return against(result, baseline) if baseline else result


def _called(
    session: Session, found: pl.DataFrame, unknown: pl.DataFrame, parties: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Return what identifiers of findings, groups and parties are called: assets by name, others as files have them."""
    named = (
        pl.concat([found["identifier"], found["also"].explode(), unknown["identifier"]])
        .drop_nulls()
        .unique(maintain_order=True)
    )
    names, written = session.estate.names, session.estate.written
    used = (key for party in parties for row in party["depends"] for key in row["identifiers"])
    told = dict.fromkeys([*named, *used]) if written else named.filter(named.str.starts_with("asset:"))
    pairs = ((key, written.get(key) or names.get(key.removeprefix("asset:"))) for key in told)
    return dict(islice(((key, name) for key, name in pairs if name), _NAMED))


def _waivers_file(given: Waivers, found: pl.DataFrame) -> dict[str, dict[str, str | None]]:
    """Return the description of a waivers file as a source, where a finding names it."""
    if not (found["verdict"] == "exempt").any():
        return {}
    about = {"title": f"Waivers in {given.path}", "issuer": None, "url": None, "published": None, "licence": None}
    return {given.source: about}


def _judged(judgements: list[Judgement], binding: Binding) -> bool:
    """Return whether a regime has a verdict on any asset; clauses that nothing decides are of no asset."""
    own = [j for j in judgements if j.compiled.binding is binding and j.compiled.rule.kind != "estate"]
    return any(bool((j.verdict != NOT_APPLICABLE).any()) for j in own)


def _tally(judgements: list[Judgement]) -> pl.DataFrame:
    rows = [
        {
            "regime": j.compiled.binding.regime.id,
            "rule": j.compiled.rule.id,
            "line": j.compiled.rule.line,
            "kind": j.compiled.rule.kind,
            **j.tally,
        }
        for j in judgements
    ]
    return pl.DataFrame(rows, schema=TALLY)


def _header(
    session: Session, bindings: list[Binding], judgements: list[Judgement], found: pl.DataFrame, shares: dict[str, Any]
) -> dict[str, Any]:
    tally = _tally(judgements)
    summary = {
        binding.regime.id: {
            verdict: int(tally.filter(pl.col("regime") == binding.regime.id)[verdict].sum()) for verdict in VERDICTS
        }
        for binding in bindings
    }
    we = bindings[0].who()
    states = list(dict.fromkeys(state for binding in bindings for state in binding.who().states))
    sources = session.answers.world.table("source")
    told = set(
        found.select(pl.col("why").list.eval(pl.element().struct.field("source")).explode()).to_series().drop_nulls()
    )
    told |= {judgement.compiled.rule.cite.source for judgement in judgements}
    told |= {source for _, _, source in session.answers.excluded}
    return {
        "crossline": VERSION,
        "as_of": bindings[0].as_of.isoformat(),
        "regimes": [binding.regime.id for binding in bindings],
        "parameters": {binding.regime.id: _plain(binding.parameters()) for binding in bindings},
        "accept_stale": session.answers.accept_stale,
        "we": {"states": states, "parties": list(we.parties), "asns": list(we.asns), "hypothetical": we.hypothetical},
        "world": [
            {"source": row["id"], "published": row["published"].isoformat() if row["published"] else None}
            for row in sources.sort("id").iter_rows(named=True)
        ],
        "summary": summary,
        "coverage": [coverage(item) for item in session.estate.coverage],
        "titles": {
            b.regime.id: {"title": b.regime.title, "issuer": b.regime.issuer, "legal": b.regime.legal} for b in bindings
        },
        "rules": [_rule(judgement) for judgement in judgements],
        "notes": _notes(session, bindings),
        "sources": {
            row["id"]: {
                "title": row["title"],
                "issuer": row["issuer"],
                "url": row["url"],
                "published": row["published"].isoformat() if row["published"] else None,
                "licence": row["licence"],
            }
            for row in sources.filter(pl.col("id").is_in(sorted(told))).unique("id").sort("id").iter_rows(named=True)
        },
        "resolved": shares,
    }


def _rule(judgement: Judgement) -> dict[str, Any]:
    rule, binding = judgement.compiled.rule, judgement.compiled.binding
    return {
        "regime": binding.regime.id,
        "rule": rule.id,
        "line": rule.line,
        "kind": rule.kind,
        "title": rule.title,
        "effect": rule.effect,
        "reading": rule.reading,
        "reading_why": rule.reading_why,
        "parameters": _plain({name: binding.parameters(rule)[name] for name in rule.defaults}),
        "severity": rule.severity,
        "cite": words(rule.cite),
        "source": rule.cite.source,
        "decidable": rule.decidable,
        "decidable_why": rule.decidable_why,
        "remedy": list(rule.remedy),
        "in_force": binding.in_force(rule),
    }


def _answers_alone(session: Session) -> list[str]:
    """Say so where answers of the DNS were read, and no app whose hosts these could be of."""
    answers = [item.path for item in session.estate.coverage if item.reader == "dns_answers"]
    if not answers or "app" in session.estate.holdings:
        return []
    said = f"Answers of the DNS ({visible(answers[0])}) say where the hosts of an app stand"
    return [f"{said}: give its package beside them, as in `crossline audit app.apk answers.json --world WORLD`."]


def _seen(session: Session) -> list[str]:
    """Say how much of the paths was seen, all together; each one's evidence says it of that one."""
    held = session.estate.holdings.get("path")
    if held is None or held.assets["measurements"].null_count() == held.assets.height:
        return []
    whole = held.assets.select(pl.col("measurements", "circuits").sum(), pl.col("hops_seen_pct").mean()).row(0)
    seen = f"; on average {whole[2]:.1f} % of the hops up to the last that answered did" if whole[2] is not None else ""
    parts = f"{plural(whole[0], 'measurement')} and {plural(whole[1], 'declared line')}"
    return [f"{plural(held.assets.height, 'path')} rest on {parts}{seen}. What did not answer stays unseen."]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _notes(session: Session, bindings: list[Binding]) -> list[str]:
    notes = []
    for binding in bindings:
        for selection in binding.regime.lists.values():
            why = binding.unused(selection)
            if why:
                notes.append(f"{binding.regime.id}: {why}.")
        if not binding.we.hypothetical and not binding.we.states:
            notes.append(
                f"estate.yaml does not say which states we are in; for {binding.regime.id} we are taken to be in"
                f" {binding.home}."
            )
    for name, kind, source in sorted(session.answers.excluded):
        notes.append(
            f"Identifiers of type {kind} that lead to nobody are taken to be none of those of the parties on {name}:"
            f" {source} says that it knows all of theirs."
        )
    notes += [said for binding in bindings if (said := _not_in_force(binding))]
    notes += _beyond(session, bindings[0].as_of)
    notes += _answers_alone(session)
    notes += _seen(session)
    if session.answers.world.path is not None:
        notes += store.notes(session.answers.world.path)
    strangers = sorted(set(bindings[0].we.parties) - set(session.answers.graph.number))
    if strangers:
        notes.append(f"estate.yaml says that we are {', '.join(strangers)}: the world knows nobody of that id.")
    if session.answers.accept_stale:
        notes.append("Identifiers known from other times only were resolved by the nearest sighting (--accept-stale).")
    return list(dict.fromkeys(notes))


def _beyond(session: Session, as_of: date) -> list[str]:
    """Say so where the question is asked of a day that lies beyond what the world knows."""
    newest = session.answers.world.table("source")["published"].max()
    if not isinstance(newest, date) or (as_of - newest).days <= _YEAR_DAYS:
        return []
    said = f"The newest source of this world is of {newest}: what changes between that day and {as_of} is not in it"
    return [f"{said}, and statements without an end are taken to hold on."]


def _not_in_force(binding: Binding) -> str | None:
    """Return how many rules of a regime are not in force on the day that is asked for, or None where all are."""
    rules = binding.regime.rules
    resting = [rule for rule in rules if not binding.in_force(rule)]
    if not resting:
        return None
    later = [max(day for day in (rule.since, binding.regime.since, date.min) if day) for rule in resting]
    coming = [day for day in later if day > binding.as_of]
    first = f"; the next is from {min(coming)} on" if coming else ""
    none = "none of its" if len(resting) == len(rules) else f"{len(resting)} of its"
    state = "is in force" if len(resting) == len(rules) else "are not in force"
    return f"{binding.regime.id}: {none} {plural(len(rules), 'rule')} {state} on {binding.as_of}{first}."
