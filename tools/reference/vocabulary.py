"""Pages on the vocabulary: kinds, roles, identifiers, readers, sources, formats."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crossline import identifiers, kinds, links, readers, regimes, reports
from crossline.world import sources
from reference.markdown import code, first, page, said, table, text

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"


def kinds_page() -> str:
    """Show every kind of asset, its columns, roles, and the rules that speak of it."""
    parts = [
        "What an asset can be. A column that is left empty is not known; nor is a role that nothing is said of.",
    ]
    asked: dict[str, list[str]] = {}
    for name in regimes.names():
        for rule in regimes.load(name).rules:
            asked.setdefault(rule.kind, []).append(f"[{name}/{rule.id}](regime-{name}.md#{rule.id})")
    for name in kinds.names():
        kind = kinds.load(name)
        parts += [f"## {name}", f"{said(kind.about)} Line: {kind.line}."]
        if kind.columns:
            head = ("column", "type", "choices", "about", "where it is not known")
            parts.append(table(head, map(_column, kind.columns)))
        if kind.roles:
            parts.append("Roles: " + ", ".join(f"[{code(role)}](roles.md)" for role in kind.roles) + ".")
        if asked.get(name):
            parts.append("Rules: " + ", ".join(asked[name]) + ".")
    return page("Kinds of asset", *parts)


def _column(column: kinds.Column) -> list[str]:
    about = text(column.about) + (f" ({column.unit})" if column.unit else "")
    choices = ", ".join(code(choice) for choice in column.choices)
    return [code(column.name), column.type, choices, about, text(column.hint or "")]


def roles_page() -> str:
    """Show every role that a tie may play, and the kinds that have it."""
    having = {role: [name for name in kinds.names() if role in kinds.load(name).roles] for role in kinds.ROLES}
    rows = [
        [code(role), text(about), ", ".join(f"[{name}](kinds.md#{name})" for name in having[role])]
        for role, about in kinds.ROLES.items()
    ]
    about = "A tie says how an asset depends on somebody: a role, and the identifier that leads there."
    return page("Roles", about, table(("role", "the party or asset that", "kinds"), rows))


def identifiers_page() -> str:
    """Show every type of identifier."""
    rows = []
    for name in identifiers.names():
        module = identifiers.load(name)
        never = "some values" if hasattr(module, "names_no_party") else ""
        rows.append([code(f"{name}:…"), said(module.ABOUT), said(first(module.__doc__)), never])
    about = "An identifier is written `type:value`, its value in one canonical form, and leads to a party."
    return page("Types of identifier", about, table(("written", "about", "form", "leads to nobody"), rows))


def readers_page() -> str:
    """Show every reader, what it understands and what not, and the joins between what they read."""
    parts = ["The first reader, in the order of this page, that knows a file by its first bytes takes it."]
    for name in readers.names():
        module = readers.load(name)
        where = "in a child process of its own" if module.JAILED else "in the process itself"
        options = ", ".join(code(option) for option in getattr(module, "OPTIONS", ()))
        parts += [f"## {name}", said(module.ABOUT)]
        parts.append(f"Runs {where}." + (f" Asks `estate.yaml` for {options}." if options else ""))
        if module.LIMITS:
            parts.append("What it does not understand, and where it stops:")
            parts.append("\n".join(f"- {said(limit)}" for limit in module.LIMITS))
        if (DOCS / "readers" / f"{name}.md").is_file():
            parts.append(f"More: [readers/{name}.md](../readers/{name}.md).")
    parts += [
        "## Joins",
        "What different readers saw of one thing is put together, in this order, before anything is judged.",
        table(("join", "of"), [[code(name), said(links.load(name).ABOUT)] for name in links.names()]),
    ]
    return page("Readers", *parts)


def sources_page() -> str:
    """Show every source of open data that a world can be built from."""
    parts = ["What `crossline world build` knows. None of this data ships with the program."]
    for name in sources.names():
        module = sources.load(name)
        offers = [code(offer.url) for offer in module.FILES]
        rows = [
            ["title", text(module.TITLE)],
            ["issuer", text(module.ISSUER)],
            ["where", text(module.URL)],
            ["licence", text(module.LICENCE)],
            ["fetched by `world pull`", ", ".join(offers) or "no: put the file into the folder yourself"],
        ]
        parts += [f"## {name}", said(module.ABOUT), table(("", ""), rows)]
    return page("Sources of open data", *parts)


def reports_page() -> str:
    """Show every format of a report."""
    rows = []
    for name in reports.names():
        module = reports.load(name)
        suffixes = ", ".join(code(suffix) for suffix in module.SUFFIXES)
        where = "a file alone" if module.BINARY else "terminal and file"
        rows.append([code(name), suffixes, where, said(first(module.__doc__))])
    about = (
        "`--format NAME` prints a report; `--output FILE` writes one, its format by the suffix.\n"
        "[reports.md](../reports.md) says what they show."
    )
    return page("Formats of reports", about, table(("format", "suffixes", "for", "about"), rows))
