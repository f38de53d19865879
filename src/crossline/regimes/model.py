"""What a regime's file says, as typed objects; every complaint names the file, the rule and the key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crossline.regimes.document import Reader, RegimeError

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFECTS: Final = ("prohibition", "restriction", "presumption", "aim", "pledge")
LINES: Final = ("carrier", "path", "store", "apps", "cloud", "cable", "data", "product", "coalition")
_CODE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
SEVERITIES: Final = ("high", "medium", "low")

ParameterValue = str | int | bool | tuple[str, ...] | None


@dataclass(frozen=True)
class Cite:
    """Where a rule or a doctrine is written."""

    source: str
    clause: str


@dataclass(frozen=True)
class Parameter:
    """Something that whoever runs the regime may set."""

    name: str
    default: ParameterValue
    type: str
    choices: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Selection:
    """A part of a list of the world: entries of a scope and of statuses that count.

    ``aimed_at`` is the state whose parties the list names: under another target it is not used. ``issued_by`` is the
    state whose list it is: under another home it is not used. With ``subsidiaries`` an entry names the party's group:
    parties that are certainly held by it, under the list's doctrine, are named too. ``mirror`` is a list of the world
    that stands in for it where home and target change places, ``mirror_aimed_at`` the state whose parties it names.
    """

    name: str
    list: str
    scopes: tuple[str, ...]
    statuses: tuple[str, ...] | str  # a text starting with $ names a parameter
    aimed_at: str | None
    issued_by: str | None
    doctrine: str | None
    subsidiaries: bool
    mirror: str | None = None
    mirror_aimed_at: str | None = None


@dataclass(frozen=True)
class Coalition:
    """Members of a coalition whose status counts."""

    name: str
    coalition: str
    statuses: tuple[str, ...] | str


@dataclass(frozen=True)
class Doctrine:
    """When a holder's share counts as control.

    ``indirect``: ``cascade`` takes a controlled holder's whole share, ``multiply`` the product along the chain,
    ``disputed`` the product where it reaches the line, and unknown where only a majority's whole share does, ``none``
    direct shares only. ``also``: other ways to be controlled than by shares.
    """

    name: str
    threshold_pct: float
    inclusive: bool
    aggregate: bool
    interest: str
    indirect: str
    also: tuple[str, ...]
    cite: Cite | None


@dataclass(frozen=True)
class Cover:
    """A code that a state's name covers in this regime, for a time."""

    state: str
    code: str
    since: date | None
    until: date | None
    source: str


@dataclass(frozen=True)
class Case:
    """An example that comes with a rule, and the verdict it must get."""

    given: Mapping[str, Any]
    verdict: str
    set: Mapping[str, Any]
    as_of: date | None
    observed_at: date | None
    we: Mapping[str, Any] | None


@dataclass(frozen=True)
class Rule:
    """One clause of a regime, with its expressions as text."""

    id: str
    line: str
    kind: str
    title: str
    cite: Cite
    effect: str
    since: date | None
    until: date | None
    binds: str
    reading: str
    reading_why: str | None
    decidable: str
    decidable_why: str | None
    severity: str
    defaults: Mapping[str, ParameterValue]
    applies: str
    violation: str | None
    exempt: str | None
    exempt_why: str | None
    remedy: tuple[str, ...]
    tests: tuple[Case, ...]


@dataclass(frozen=True)
class Regime:
    """Rules, lists, memberships and doctrines of one issuer."""

    id: str
    title: str
    issuer: str
    legal: str
    since: date | None
    until: date | None
    home: str
    target: str | None
    parameters: Mapping[str, Parameter]
    covers: tuple[Cover, ...]
    lists: Mapping[str, Selection]
    coalitions: Mapping[str, Coalition]
    doctrines: Mapping[str, Doctrine]
    controlled_by: str | None
    state_owned_by: str | None
    tests_as_of: date | None
    rules: tuple[Rule, ...]
    path: str = field(default="", compare=False)

    def rule(self, rule_id: str) -> Rule:
        """Return the rule of that id; raises KeyError if there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def _cite(reader: Reader) -> Cite:
    cite = Cite(reader.take("source", str), reader.take("clause", str, default=""))
    reader.done()
    return cite


def _parameter(name: str, reader: Reader) -> Parameter:
    default = reader.take("default", str, int, bool, list, default=None)
    choices = reader.texts("choices", [])
    implied = "texts" if isinstance(default, list) else "text"
    parameter = Parameter(
        name,
        tuple(default) if isinstance(default, list) else default,
        reader.take("type", str, default=implied, choices=("text", "texts", "state", "integer", "boolean")),
        choices,
        reader.take("about", str),
    )
    reader.done()
    if default is not None:
        _fits(parameter, parameter.default, f"{reader.where}: the default")
    return parameter


def _fits(parameter: Parameter, value: ParameterValue, where: str) -> None:
    """Raise unless a value has the parameter's type and is one of its choices."""
    wanted = {"texts": tuple, "integer": int, "boolean": bool}.get(parameter.type, str)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise RegimeError(f"{where} {value!r} is not of type {parameter.type}")
    for item in value if isinstance(value, tuple) else (value,):
        if parameter.choices and item not in parameter.choices:
            raise RegimeError(f"{where} {item!r} is not one of {', '.join(parameter.choices)}")


def _selection(name: str, reader: Reader) -> Selection:
    scope = reader.choice_of_texts("scope", [])
    selection = Selection(
        name,
        reader.take("list", str),
        (scope,) if isinstance(scope, str) else scope,
        reader.choice_of_texts("statuses"),
        reader.take("aimed_at", str, default=None),
        reader.take("issued_by", str, default=None),
        reader.take("doctrine", str, default=None),
        reader.take("subsidiaries", bool, default=False),
        reader.take("mirror", str, default=None),
        _state(reader, reader.take("mirror_aimed_at", str, default=None)),
    )
    reader.done()
    if selection.subsidiaries and selection.doctrine is None:
        raise RegimeError(f"{reader.where}: subsidiaries needs a doctrine that says when a party is held")
    if (selection.mirror is None) != (selection.mirror_aimed_at is None):
        raise RegimeError(f"{reader.where}: mirror and mirror_aimed_at go together")
    return selection


def _coalition(name: str, reader: Reader) -> Coalition:
    coalition = Coalition(name, reader.take("coalition", str), reader.choice_of_texts("statuses"))
    reader.done()
    return coalition


def _doctrine(name: str, reader: Reader) -> Doctrine:
    threshold = reader.take("threshold_pct", int, float)
    if not 0 < threshold <= 100:
        raise RegimeError(f"{reader.where}: threshold_pct should lie above 0 and up to 100")
    also = reader.texts("also", [])
    if not set(also) <= {"domicile", "seat", "direction"}:
        raise RegimeError(f"{reader.where}: also holds domicile, seat and direction only")
    cite = reader.take("cite", dict, default=None)
    doctrine = Doctrine(
        name,
        float(threshold),
        reader.take("inclusive", bool),
        reader.take("aggregate", bool),
        reader.take("interest", str, choices=("equity", "voting", "either")),
        reader.take("indirect", str, choices=("multiply", "disputed", "cascade", "none")),
        also,
        None if cite is None else _cite(Reader(cite, f"{reader.where}.cite")),
    )
    reader.done()
    return doctrine


def _cover(reader: Reader) -> Cover:
    state, code, (since, until) = reader.take("state", str), reader.take("code", str), reader.span()
    cover = Cover(state, code, since, until, reader.take("source", str))
    reader.take("note", str, default=None)
    reader.done()
    return cover


def _case(reader: Reader) -> Case:
    case = Case(
        reader.take("given", dict, default={}),
        reader.take("verdict", str, choices=("violation", "compliant", "unknown", "exempt", "not-applicable")),
        reader.take("set", dict, default={}),
        reader.take("as_of", date, default=None),
        reader.take("observed_at", date, default=None),
        reader.take("we", dict, default=None),
    )
    reader.take("why", str, default=None)
    reader.done()
    return case


def _rule(reader: Reader) -> Rule:
    rule_id: str = reader.take("id", str)
    reader.where = f"{reader.where.rpartition(': ')[0]}: rule {rule_id}"
    decidable = reader.take("decidable", str, bool, default="yes")
    decidable = "yes" if decidable is True else decidable
    if decidable not in ("yes", "proxy", "never"):
        raise RegimeError(f"{reader.where}: decidable is {decidable!r}, not one of yes, proxy, never")
    never = decidable == "never"
    defaults = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in reader.take("defaults", dict, default={}).items()
    }
    since, until = reader.span()
    rule = Rule(
        id=rule_id,
        line=reader.take("line", str, choices=LINES),
        kind=reader.take("kind", str),
        title=reader.take("title", str),
        cite=_cite(Reader(reader.take("cite", dict), f"{reader.where}: cite")),
        effect=reader.take("effect", str, choices=EFFECTS),
        since=since,
        until=until,
        binds=reader.take("binds", str, bool, default="true"),
        reading=reader.take("reading", str, default="settled", choices=("settled", "contested")),
        reading_why=reader.take("reading_why", str, default=None),
        decidable=decidable,
        decidable_why=reader.take("decidable_why", str, default=None),
        severity=reader.take("severity", str, choices=SEVERITIES),
        defaults=defaults,
        applies=reader.take("applies", str, bool, default="true"),
        violation=reader.take("violation", str, default=None) if never else reader.take("violation", str),
        exempt=reader.take("exempt", str, default=None),
        exempt_why=reader.take("exempt_why", str, default=None),
        remedy=reader.texts("remedy", []),
        tests=tuple(_case(item) for item in reader.items("tests")),
    )
    reader.done()
    if rule.reading == "contested" and not rule.reading_why:
        raise RegimeError(f"{reader.where}: a contested reading needs reading_why")
    if rule.decidable != "yes" and not rule.decidable_why:
        raise RegimeError(f"{reader.where}: decidable: {rule.decidable} needs decidable_why")
    if never and rule.kind != "estate":
        raise RegimeError(f"{reader.where}: a rule that nothing can decide is of kind estate")
    return rule


def regime(document: object, path: str) -> Regime:
    """Make a regime of a parsed document; raises RegimeError."""
    reader = Reader(document, path)
    rules = []
    for item in reader.items("rules"):
        item.where = item.where.replace(": rules[", ": rules: [")
        rules.append(_rule(item))
    since, until = reader.span()
    result = Regime(
        id=_id(reader),
        title=reader.take("title", str),
        issuer=reader.take("issuer", str),
        legal=reader.take("legal", str),
        since=since,
        until=until,
        home=_state(reader, reader.take("home", str)),
        target=_state(reader, reader.take("target", str, default=None)),
        parameters={name: _parameter(name, item) for name, item in reader.mappings("parameters")},
        covers=tuple(_cover(item) for item in reader.items("covers")),
        lists={name: _selection(name, item) for name, item in reader.mappings("lists")},
        coalitions={name: _coalition(name, item) for name, item in reader.mappings("coalitions")},
        doctrines={name: _doctrine(name, item) for name, item in reader.mappings("doctrines")},
        controlled_by=reader.take("controlled_by", str, default=None),
        state_owned_by=reader.take("state_owned_by", str, default=None),
        tests_as_of=reader.take("tests_as_of", date, default=None),
        rules=tuple(rules),
        path=path,
    )
    reader.done()
    _consistent(result)
    return result


def _id(reader: Reader) -> str:
    value: str = reader.take("id", str)
    if not _ID.fullmatch(value):
        raise RegimeError(f"{reader.where}: id is {value!r}: small letters, digits and single hyphens are wanted")
    return value


def _state(reader: Reader, value: Any) -> Any:  # noqa: ANN401 - a text, or None where None is allowed
    if value is not None and not _CODE.fullmatch(value):
        raise RegimeError(f"{reader.where}: {value!r} is not a two-letter code of ISO 3166-1, in capitals")
    return value


def _consistent(regime: Regime) -> None:
    seen: set[str] = set()
    for rule in regime.rules:
        if rule.id in seen:
            raise RegimeError(f"{regime.path}: rule {rule.id} stands twice")
        seen.add(rule.id)
        for name, value in rule.defaults.items():
            if name in regime.parameters:
                _fits(regime.parameters[name], value, f"{regime.path}: rule {rule.id}: defaults.{name}")
            elif name not in ("home", "target"):
                raise RegimeError(f"{regime.path}: rule {rule.id}: defaults.{name} is no parameter")
    wanted = [regime.controlled_by, regime.state_owned_by, *(s.doctrine for s in regime.lists.values())]
    for doctrine in wanted:
        if doctrine is not None and doctrine not in regime.doctrines:
            raise RegimeError(f"{regime.path}: there is no doctrine {doctrine!r}")
    groups: list[Selection | Coalition] = [*regime.lists.values(), *regime.coalitions.values()]
    for group in groups:
        if isinstance(group.statuses, str) and group.statuses.removeprefix("$") not in regime.parameters:
            raise RegimeError(f"{regime.path}: {group.name}: {group.statuses!r} names no parameter")
