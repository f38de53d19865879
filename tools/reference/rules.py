"""Pages on rules: the language, and one page for each regime."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from crossline import regimes, yamlfile
from crossline.regimes import check, model
from crossline.world import store
from reference.markdown import block, code, page, prose, sentence, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"

# What can be asked of a tie. A question that is not here, or one here that the language has not, stops the run.
QUESTIONS: Final = {
    "listed": (
        ("t.listed(LIST)", "is on the list, as of the question"),
        ("t.listed(LIST, DATE)", "was on it on that date"),
        ("t.listed(LIST, DATE, SCOPE)", "was on it then, by an entry of that scope"),
    ),
    "held_by_listed": (
        ("t.held_by_listed(LIST)", "is on the list, or held by one that is, under the list's doctrine"),
        ("t.held_by_listed(LIST, DATE)", "the same, of the list as it was on that date"),
    ),
    "affiliated_with_listed": (
        (
            "t.affiliated_with_listed(LIST)",
            "is on the list, holds one that is, or is held by one that is or that holds one, under the list's doctrine",
        ),
        ("t.affiliated_with_listed(LIST, DATE)", "the same, of the list as it was on that date"),
    ),
    "controlled_from": (("t.controlled_from(STATE)", "answers to that state, under the doctrine `controlled_by`"),),
    "owned_by_state": (("t.owned_by_state(STATE)", "is owned by that state, under the doctrine `state_owned_by`"),),
    "member": (("t.member(COALITION)", "is a member of the coalition, with a status that counts"),),
    "ours": (("t.ours", "is one of ours"),),
    "placed_in": (("t.placed_in(STATE)", "(the tie itself:) its place lies in that state, or in what it covers"),),
    "traversed": (("t.traversed()", "(the tie itself:) traffic surely ran through the network it leads to"),),
}


def language_page() -> str:
    """Show the words of the rule language; raises ValueError where a question has no words here."""
    known = set(check._PREDICATES) | {"ours"}  # noqa: SLF001 - the language's own table of questions
    if known != set(QUESTIONS):
        raise ValueError(f"QUESTIONS of {__file__} should have exactly {', '.join(sorted(known))}")
    asked = [[code(form), prose(about)] for forms in QUESTIONS.values() for form, about in forms]
    quantifiers = (
        ("ROLE.exists(t, CONDITION)", "some tie of the role meets the condition"),
        ("ROLE.all(t, CONDITION)", "every tie of the role does"),
        ("(ROLE + ROLE).exists(…)", "some tie of either"),
        ('ROLE.via("ROLE").exists(…)', "some tie of the assets that the ties of the role lead to"),
    )
    words = {
        "effect": model.EFFECTS,
        "line": model.LINES,
        "severity": model.SEVERITIES,
        "decidable": ("yes", "proxy", "never"),
        "reading": ("settled", "contested"),
    }
    return page(
        "The language of rules",
        "Expressions are a part of CEL; [regimes.md](../regimes.md#the-language-of-rules) explains it, and\n"
        "[traceroutes.md](../explanations/traceroutes.md) what `traversed` means. Its words: columns and roles of the\n"
        "rule's [kind](kinds.md), parameters, `home`, `target`, `as_of`, `we.states`, `we.parties`, `we.asns`.",
        "## Questions about a tie",
        table(("question", "true where the party"), asked),
        "## Fields of a tie",
        table(("field", "type"), [[code(f"t.{name}"), kind] for name, kind in check.TIE_FIELDS.items()]),
        "## Quantifiers",
        table(("form", "true where"), [[code(form), about] for form, about in quantifiers]),
        "## Words of a rule",
        table(("key", "one of"), [[key, ", ".join(map(code, choices))] for key, choices in words.items()]),
    )


def shipped_page(name: str) -> str:
    """Show a regime that ships."""
    path = resources.files("crossline.regimes").joinpath(name.replace("-", "_") + ".yaml")
    with resources.as_file(path) as file:
        return regime_page(regimes.load(name), cast("dict[str, Any]", yamlfile.load(file)))


def regime_page(regime: model.Regime, document: Mapping[str, Any]) -> str:
    """Show a regime: parameters, lists, coalitions, doctrines, every rule with its cases, and the sources cited.

    ``document`` is its file as parsed, which has the words beside each case.
    """
    parts = [sentence(regime.title), sentence(regime.legal), table(("", ""), _head(regime))]
    if (DOCS / "regimes" / f"{regime.id}.md").is_file():
        where = f"[regimes/{regime.id}.md](../regimes/{regime.id}.md)"
        parts.append(f"Where it comes from, and where its reading is contested: {where}.")
    for title, head, rows in _tables(regime):
        parts += [f"## {title}", table(head, rows)] if rows else []
    parts.append("## Rules")
    for rule, words in zip(regime.rules, document["rules"], strict=True):
        parts += _rule(rule, words)
    parts += ["## Sources", table(("id", "title", "issuer", "published", "where"), _sources(regime))]
    return page(f"Regime {code(regime.id)}", *parts)


def _head(regime: model.Regime) -> list[list[str]]:
    return [
        ["issuer", text(regime.issuer)],
        ["in force", _span(regime.since, regime.until) or "no day is stated"],
        ["home, target", f"{regime.home}, {regime.target or 'none'}"],
        ["doctrine of `controlled_from`", _value(regime.controlled_by) if regime.controlled_by else "none"],
        ["doctrine of `owned_by_state`", _value(regime.state_owned_by) if regime.state_owned_by else "none"],
        ["its cases are judged as of", str(regime.tests_as_of or "the date of each")],
    ]


def _tables(regime: model.Regime) -> list[tuple[str, tuple[str, ...], list[list[str]]]]:
    parameters = [
        [code(p.name), _value(p.default), _value(p.choices) if p.choices else p.type, text(p.about)]
        for p in regime.parameters.values()
    ]
    covers = [[c.state, c.code, _span(c.since, c.until), code(c.source)] for c in regime.covers]
    lists = [
        [
            code(s.name), code(s.list), _value(s.scopes) if s.scopes else "any", _value(s.statuses), s.aimed_at or "",
            s.issued_by or "", code(s.doctrine or ""), "yes" if s.subsidiaries else "",
        ]
        for s in regime.lists.values()
    ]  # fmt: skip
    coalitions = [[code(c.name), code(c.coalition), _value(c.statuses)] for c in regime.coalitions.values()]
    doctrines = [
        [
            code(d.name), f"{'at least' if d.inclusive else 'more than'} {d.threshold_pct:g} %", d.interest,
            "added up" if d.aggregate else "each alone", d.indirect, _value(d.also) if d.also else "",
            f"{code(d.cite.source)} {text(d.cite.clause)}" if d.cite else "",
        ]
        for d in regime.doctrines.values()
    ]  # fmt: skip
    of_lists = ("name", "list", "scopes", "statuses", "aimed at", "issued by", "doctrine", "with subsidiaries")
    of_doctrines = ("name", "threshold", "interest", "shares", "indirect", "also", "where it is written")
    return [
        ("Parameters", ("parameter", "default", "values", "about"), parameters),
        ("What a state's name covers", ("state", "code", "when", "source"), covers),
        ("Lists", of_lists, lists),
        ("Coalitions", ("name", "coalition", "statuses"), coalitions),
        ("Doctrines", of_doctrines, doctrines),
    ]


def _rule(rule: model.Rule, words: Mapping[str, Any]) -> list[str]:
    rows = [
        ["asks of", f"[{text(rule.kind)}](kinds.md#{text(rule.kind)}), line {rule.line}"],
        ["cited", f"{code(rule.cite.source)} {text(rule.cite.clause)}".strip()],
        ["effect, severity", f"{rule.effect}, {rule.severity}"],
        ["in force", _span(rule.since, rule.until)],
        ["reading", rule.reading + (f": {text(rule.reading_why)}" if rule.reading_why else "")],
        ["decidable", rule.decidable + (f": {text(rule.decidable_why)}" if rule.decidable_why else "")],
        ["defaults", ", ".join(f"{code(name)} {_value(value)}" for name, value in rule.defaults.items())],
        ["exempt", text(rule.exempt_why or "")],
        ["remedies", ", ".join(code(word) for word in rule.remedy)],
    ]
    parts = [f"### {rule.id}", sentence(rule.title), table(("", ""), [row for row in rows if row[1]])]
    for name in ("binds", "applies", "violation", "exempt"):
        expression = getattr(rule, name)
        if expression and expression != "true":
            parts += [f"{name}:", block(expression)]
    cases = [
        [case.verdict, _value(case.given), _asked(case), text(spoken.get("why") or "")]
        for case, spoken in zip(rule.tests, words.get("tests") or (), strict=True)
    ]
    return [*parts, table(("case", "given", "asked", "because"), cases)]


def _asked(case: model.Case) -> str:
    parts = [f"{code('set')} {_value(case.set)}"] if case.set else []
    parts += [f"as of {case.as_of}"] if case.as_of else []
    parts += [f"observed {case.observed_at}"] if case.observed_at else []
    parts += [f"we {_value(case.we)}"] if case.we else []
    return "; ".join(parts)


def _sources(regime: model.Regime) -> list[list[str]]:
    cited = {rule.cite.source for rule in regime.rules} | {cover.source for cover in regime.covers}
    cited |= {doctrine.cite.source for doctrine in regime.doctrines.values() if doctrine.cite}
    known = {row["id"]: row for row in store.shipped().table("source").iter_rows(named=True)}
    rows = []
    for source in sorted(cited):
        row = known.get(source, {})
        told = [text(row.get(name) or "") for name in ("title", "issuer", "published", "url")]
        rows.append([code(source), *told])
    return rows


def _span(since: object, until: object) -> str:
    told = [f"since {since}" if since else "", f"until {until}" if until else ""]
    return ", ".join(part for part in told if part)


def _value(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(code(item) for item in value) or "none"
    return code(_raw(value))


def _raw(value: object) -> str:
    """Return a value as YAML would have it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_raw(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_raw(item) for item in value) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
