"""Waivers: who let what stand, why, and until when; read from YAML.

docs/waivers.md describes the file, ``schema/waivers.json`` lets an editor check it. Reading checks the form alone;
which assets a waiver selects, and whether its rule exists, is asked where rules are judged
(:mod:`crossline.auditing.waiving`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crossline import identifiers, yamlfile
from crossline.regimes import syntax
from crossline.yamlform import Form

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crossline.yamlfile import Document, Route

KEYS: Final = (
    "id", "rule", "asset", "file", "identifier", "party", "where", "evidence_id", "reason", "approver", "since",
    "expires",
)  # fmt: skip
_RULE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/(?:\*|[a-z0-9]+(?:-[a-z0-9]+)*)", re.ASCII)
_LONGEST: Final = 500  # characters of a pattern
_EVIDENCE: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True)
class Waiver:
    """One waiver. All the selectors that it has must hold; one that has none selects every asset of the rule.

    ``keys`` are identifiers, as type and value; parties are among them with the type ``party``. ``where`` is an
    expression in the language of rules, over the columns and ties of the rule's kind. From ``expires`` on it no longer
    holds.
    """

    id: str
    regime: str
    rule: str  # "*" for every rule of the regime
    reason: str
    approver: str
    expires: date
    since: date | None = None
    asset: str | None = None
    file: str | None = None
    keys: tuple[tuple[str, str], ...] = ()
    where: str | None = None
    evidence_id: str | None = None
    route: Route = ()

    @property
    def selector(self) -> str:
        """The selectors in words."""
        of_type = [label for kind, value in self.keys if (label := f"{kind}:{value}")]
        parts = [f"{name} {value}" for name, value in (("asset", self.asset), ("file", self.file)) if value]
        parts += [" or ".join(of_type)] if of_type else []
        parts += [f"where {self.where}"] if self.where else []
        parts += [f"evidence {self.evidence_id}"] if self.evidence_id else []
        return ", ".join(parts) or "every asset"

    def expired(self, as_of: date) -> bool:
        """Return whether it no longer holds at a date."""
        return self.expires <= as_of

    def holds(self, as_of: date) -> bool:
        """Return whether it holds at a date."""
        return not self.expired(as_of) and (self.since is None or self.since <= as_of)

    def speaks_of(self, regime: str, rule: str) -> bool:
        """Return whether it is a waiver of a rule."""
        return self.regime == regime and self.rule in (rule, "*")


@dataclass(frozen=True)
class Waivers:
    """What a file of waivers says; ``document`` knows the place of each."""

    path: str
    items: tuple[Waiver, ...]
    document: Document

    @property
    def source(self) -> str:
        """What steps of evidence name as their source."""
        return f"waivers ({self.path})"


def load(path: Path) -> Waivers:
    """Read a file of waivers; raises YamlError with the place of a mistake, or OSError."""
    document = yamlfile.load_document(path)
    form = Form(document)
    top = form.mapping((), document.value, ("waivers",), ("waivers",))
    items = tuple(
        _waiver(form, route, item, number) for number, (route, item) in enumerate(form.items(("waivers",), top))
    )
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        if first.setdefault(item.id, number) != number:
            form.fail(("waivers", number), f"the waiver {item.id!r} stands twice")
    return Waivers(str(path), items, document)


def _waiver(form: Form, route: Route, value: object, number: int) -> Waiver:
    part = form.mapping(route, value, KEYS, ("rule", "reason", "approver", "expires"))
    regime, _, rule = form.parsed((*route, "rule"), part["rule"], _rule).partition("/")
    since, expires = form.span(route, part, "expires")
    assert expires is not None  # noqa: S101 - it is among the keys that are needed
    return Waiver(
        id=form.text((*route, "id"), part["id"]) if part.get("id") is not None else f"#{number + 1}",
        regime=regime,
        rule=rule,
        reason=form.text((*route, "reason"), part["reason"]),
        approver=form.text((*route, "approver"), part["approver"]),
        expires=expires,
        since=since,
        asset=_pattern(form, route, part, "asset"),
        file=_pattern(form, route, part, "file"),
        keys=_identifiers(form, route, part),
        where=_expression(form, route, part),
        evidence_id=_evidence(form, route, part),
        route=route,
    )


def _rule(text: str) -> str:
    if not _RULE.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is not regime/rule, or regime/* for every rule of a regime")
    return text


def _text(form: Form, route: Route, part: dict[str, Any], key: str) -> str | None:
    return None if part.get(key) is None else form.text((*route, key), part[key])


def _pattern(form: Form, route: Route, part: dict[str, Any], key: str) -> str | None:
    text = _text(form, route, part, key)
    if text is not None and len(text) > _LONGEST:
        form.fail((*route, key), f"a pattern of more than {_LONGEST} characters")
    return text


def _identifiers(form: Form, route: Route, part: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    named: list[tuple[str, str]] = []
    if part.get("identifier") is not None:
        way = (*route, "identifier")
        labels = form.texts(way, part["identifier"], lambda text: ":".join(identifiers.parse(text)))
        named += [(kind, found) for kind, _, found in (label.partition(":") for label in labels)]
    if part.get("party") is not None:
        parties = form.texts((*route, "party"), part["party"], identifiers.load("party").parse)
        named += [("party", party) for party in parties]
    return tuple(dict.fromkeys(named))


def _expression(form: Form, route: Route, part: dict[str, Any]) -> str | None:
    text = _text(form, route, part, "where")
    if text is not None:
        # Whether its names exist is asked for each rule; that it is an expression at all can be said here.
        try:
            syntax.parse(text)
        except syntax.ExpressionError as error:
            form.fail((*route, "where"), f"column {error.column} of the expression: {error.message}")
    return text


def _evidence(form: Form, route: Route, part: dict[str, Any]) -> str | None:
    text = _text(form, route, part, "evidence_id")
    if text is not None and not _EVIDENCE.fullmatch(text):
        form.fail((*route, "evidence_id"), f"{text[:60]!r} is not the evidence_id of a finding: 16 hexadecimal digits")
    return text
