"""The audit report as one file of pages: no request, no font and no code from anywhere else, readable without script.

A page for each line, party and state that matters, an overview, and what is unknown, understood and cited. Which one
is seen is the address's fragment and the style's business (``:target``); on paper, and where a browser knows no
better, all of them follow each other.

Pages are for people, so they are bounded (:data:`LIMIT_BYTES`): the largest cases, parties and states with a few
findings each, and how many were left out. What cannot be cut is every count, and the whole stands in the JSON report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from crossline import wording
from crossline.digest import bare_rows, digest, files_of
from crossline.drawing import bars
from crossline.pages import Anchors, apps, cables, courses, framing, parties, standing, states
from crossline.pages.cases import Bounds, Cases, cases
from crossline.pages.citing import source
from crossline.pages.lines import dependences, line_page, unknown_view
from crossline.pages.picturing import share_bar, stacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment

    from crossline.digest import Digest
    from crossline.reports import Audit, Options

SUFFIXES: Final = (".html", ".htm")
BINARY: Final = False
LIMIT_BYTES: Final = 2_000_000

_GLYPHS: Final = {"violation": "▲", "unknown": "?", "compliant": "●", "exempt": "◆", "not-applicable": "○"}
_RULE: Final = ("regime", "rule", "line", "title", "reading", "decidable", "cite")
_ON_OVERVIEW: Final = 8
_CABLES_AT_LEAST: Final = 40  # pages of cables, where there is room, whatever their verdicts
_MAP: Final = courses.Bounds(400_000, 2_000)


@dataclass(frozen=True)
class _Level:
    """How much a report shows; the first level that stays within the limit is taken."""

    cases: int  # of a line
    chains: int  # of a case
    samples: int
    rows: int  # of any table
    unknowns: int
    parties: int
    states: int
    lines: int = 30
    apps: int = apps.PAGES
    cables: int = 40  # pages; those with a violation or an unknown come before
    map: courses.Bounds = _MAP


_LEVELS: Final = (
    _Level(20, 3, 10, 100, 40, 40, 30, cables=600), _Level(20, 3, 10, 60, 24, 24, 20, cables=200),
    _Level(20, 3, 10, 60, 24, 24, 20), _Level(10, 2, 5, 60, 20, 24, 20, apps=24, cables=24),
    _Level(5, 1, 3, 40, 10, 12, 12, apps=12, cables=12, map=courses.Bounds(300_000, 1_000)),
    _Level(3, 1, 2, 20, 6, 6, 6, 12, apps=6, cables=6, map=courses.Bounds(200_000, 300)),
    _Level(2, 1, 1, 10, 3, 3, 3, 9, apps=3, cables=3, map=courses.Bounds(100_000, 100)),
    _Level(1, 1, 1, 3, 1, 1, 1, 3, apps=1, cables=1, map=courses.Bounds(50_000, 0)),
)  # fmt: skip


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report, of at most :data:`LIMIT_BYTES` in UTF-8; raises ValueError if even the least is longer."""
    drawn = courses.read(audit.courses, audit.header.get("cables") or {})
    for level in _LEVELS:
        page = _report(audit, drawn, level)
        if len(page.encode()) <= LIMIT_BYTES:
            return page
    raise ValueError(f"pages of this audit exceed {LIMIT_BYTES:,} bytes; write the JSON report instead")


def _report(audit: Audit, drawn: courses.Courses, level: _Level) -> str:
    header = {"crossline": None, "as_of": None, **audit.header}
    shown = digest(audit, groups=level.unknowns, samples=3, dependences=_ON_OVERVIEW)
    held, bare = bare_rows(shown)
    names = parties_named(audit)
    found = cases(audit.findings, names, Bounds(level.lines, level.cases, level.chains, level.samples))
    lines = list(islice(dict.fromkeys(row.line for row in shown.rules), level.lines))
    every_party = parties.described(header, found, audit.exposure)
    every_state = states.described(header, found, audit.exposure)
    every_app = list(apps.keyed((header.get("apps") or {}).get("described") or ()))[: level.apps]
    anchors = _anchors(lines, found, every_party[: level.parties], every_state[: level.states])
    for key, _ in every_app:
        anchors.add("app", key)
    laid = header.get("cables") or {}
    every_cable = cables.with_pages(laid, level.cables, _CABLES_AT_LEAST)
    cable_ids = {place: anchors.add("cable", key) for place, (key, _) in enumerate(every_cable)}
    chart = courses.draw(laid, drawn, cable_ids, level.map) if laid.get("count") else None
    landed = courses.landed(laid, level.rows)
    line_pages = [
        line_page(audit, line, rows=shown.rules, found=found, anchors=anchors, entries=level.rows,
                  unknowns=max(level.unknowns // 3, 1))
        for line in lines
    ]  # fmt: skip
    party_pages = [
        parties.party_page(party, header, found, audit.exposure, anchors) for party in every_party[: level.parties]
    ]
    state_pages = [
        states.state_page(state, header, shown.rules, found, anchors) for state in every_state[: level.states]
    ]
    app_pages = [apps.app_page(key, app, header, anchors, level.rows) for key, app in every_app]
    style, script = _resource("page.css"), _resource("page.js")
    return _environment().get_template("page.html.j2").render(
        policy=framing.policy(style, script),
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        patterns=Markup(bars.PATTERNS),  # noqa: S704
        standpoint=wording.standpoint(header),
        hypothetical=bool((header.get("we") or {}).get("hypothetical")),
        header=header,
        regimes=_regimes(header, level),
        shown=shown,
        overall=stacked(shown.verdicts, "All verdicts"),
        lines=line_pages,
        line_count=len({row.line for row in shown.rules}),
        line_rows=[{"row": row, "bar": stacked(row.counts, f"{row.line}, {row.regime}"),
                    "page": anchors.of("line", row.line)} for row in islice(held or bare, level.rows)],
        bare={"rows": bare, "counts": {verdict: sum(row.counts[verdict] for row in bare)
                                       for verdict in wording.VERDICT_ORDER}} if held and bare else None,
        parties=party_pages,
        party_count=len(every_party),
        states=state_pages,
        state_count=len(every_state),
        apps=apps.catalogue(header, anchors, min(level.rows, 10)),
        app_pages=app_pages,
        twins=_twins(app_pages),
        unplaced=standing.unplaced(header),
        apps_where=standing.whereabouts(header, apps.WHERE),
        cables=cables.catalogue(header, anchors, level.rows),
        cable_map=chart,
        cable_pages=[
            cables.cable_page(key, cable, header, anchors, level.rows)
            | {"map": chart.parts.get(place) if chart else None, "landed": landed.get(place, ())}
            for place, (key, cable) in enumerate(every_cable)
        ],
        cables_where=cables.WHERE,
        foremost=_foremost(line_pages),
        dependences=[
            {"what": what, "title": title, "rows": dependences(audit, anchors, what, None, _ON_OVERVIEW),
             "left_out": max(shown.dependence_rows.get(what, 0) - _ON_OVERVIEW, 0)}
            for what, title in wording.EXPOSURES.items()
        ],
        unknowns=[unknown_view(group, shown.verdicts["unknown"]) for group in shown.unknowns],
        resolved=[_resolved(kind, counts) for kind, counts in islice((header.get("resolved") or {}).items(), 40)],
        coverage=_coverage(header, level),
        rules=[_rule(rule, header) for rule in islice(header.get("rules") or (), level.rows)],
        rule_count=len(header.get("rules") or ()),
        sources=[source(header, key) for key in islice(header.get("sources") or {}, level.rows)],
        source_count=len(header.get("sources") or {}),
        notes=_notes(shown, header),
        next=list(islice(header.get("next") or (), 10)),
        baseline=header.get("baseline"),
        waivers=list(islice(header.get("waivers") or (), level.rows)),
        waiver_count=len(header.get("waivers") or ()),
        supposed=header.get("supposed"),
        last=wording.unknown_line(shown.verdicts["unknown"], shown.judged),
    )  # fmt: skip


def _twins(app_pages: Iterable[Mapping[str, Any]]) -> set[tuple[str, str | None]]:
    """Return the names and packages that several apps have, which only their files tell apart."""
    counted = Counter((page["name"], page["package"]) for page in app_pages)
    return {one for one, count in counted.items() if count > 1}


def parties_named(audit: Audit) -> dict[str, str]:
    """Return the names of parties by id, as the report's dossiers and its exposure have them, and of assets."""
    rows = audit.exposure.filter(audit.exposure["what"] == "party").drop_nulls("name").unique("id", keep="first")
    named = dict(rows.select("id", "name").iter_rows())
    described = ((str(party.get("id")), party.get("name")) for party in audit.header.get("parties") or ())
    return named | {key: str(name) for key, name in described if name} | (audit.header.get("asset_names") or {})


def _anchors(
    lines: list[str], found: Cases, shown_parties: list[dict[str, Any]], shown_states: list[dict[str, Any]]
) -> Anchors:
    anchors = Anchors()
    for line in lines:
        anchors.add("line", line)
    for party in shown_parties:
        anchors.add("party", str(party["id"]))
    for state in shown_states:
        anchors.add("state", str(state["key"]))
    for line in lines:
        for case in found.shown.get(line, ()):
            anchors.add("case", case.key)
    return anchors


@cache
def _environment() -> Environment:
    """Return the templates' environment."""
    environment = framing.environment(_resource)
    environment.globals |= {"glyphs": _GLYPHS, "order": wording.VERDICT_ORDER}
    return environment


def _resource(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _foremost(line_pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the most severe and largest cases of all lines."""
    order = {severity: place for place, severity in enumerate(wording.SEVERITIES)}
    every = [view for page in line_pages for view in page["cases"]]
    every.sort(key=lambda view: (order.get(view["case"].severity or "", len(order)), -view["case"].count))
    return every[:_ON_OVERVIEW]


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
        "by": [str(name) for name in islice(counts.get("by_sources") or (), 20)],
        "bar": share_bar(outer, label, inner),
    }


def _coverage(header: Mapping[str, Any], level: _Level) -> dict[str, Any]:
    listed = header.get("coverage") or []
    worst = sorted(listed, key=lambda file: (file.get("reader") is not None, -int(file.get("rejected") or 0)))
    return {
        "files": [
            {"kinds": {}, **file, "rejects": list(islice(file.get("rejects") or (), 5)),
             "notes": list(file.get("notes") or ())[:5]}
            for file in worst[: level.rows]
        ],
        "count": len(files_of(header)),
        "listed": len(listed),
        "rows": sum(int(file.get("rows") or 0) for file in listed),
        "rejected": sum(int(file.get("rejected") or 0) for file in listed),
        "unread": sum(file.get("reader") is None for file in listed),
    }  # fmt: skip


def _rule(rule: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    effect = wording.EFFECTS.get(str(rule.get("effect")), rule.get("effect") or "")
    return {**dict.fromkeys(_RULE), **rule, "effect": effect, "source": source(header, rule.get("source"))}


def _notes(shown: Digest, header: Mapping[str, Any]) -> list[str]:
    notes = [str(note) for note in islice(header.get("notes") or (), 30)]
    return [*notes, wording.ANNOUNCEMENT] if shown.announced else notes
