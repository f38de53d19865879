"""A regime as it is asked: its parameters filled in, a date, and who "we" are."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crossline import kinds
from crossline.regimes import check, terms
from crossline.regimes.document import RegimeError
from crossline.regimes.syntax import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crossline.estate_file import EstateFile
    from crossline.regimes.model import Cite, Parameter, ParameterValue, Regime, Rule, Selection


@dataclass(frozen=True)
class We:
    """Who asks: parties, states and AS numbers. ``hypothetical`` when nobody said, and the home is assumed."""

    states: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    asns: tuple[str, ...] = ()
    hypothetical: bool = True


@dataclass(frozen=True)
class Binding:
    """One regime with the parameters that were set, as of a date."""

    regime: Regime
    as_of: date
    we: We
    set: Mapping[str, ParameterValue] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)  # where a parameter was set, as a mistake in it is told

    @property
    def home(self) -> str:
        """Return the state whose regime it is taken to be."""
        return str(self.set.get("home", self.regime.home))

    @property
    def target(self) -> str | None:
        """Return the state that the regime is taken to be aimed at."""
        value = self.set.get("target", self.regime.target)
        return None if value is None else str(value)

    def who(self) -> We:
        """Return who "we" are: as stated; where nobody said in which states, taken to be in the home."""
        return self.we if self.we.states else replace(self.we, states=(self.home,))

    def binds_nobody(self) -> str | None:
        """Return that rules of the regime bind its home's own and we are elsewhere, or None where no rule says so."""
        states = self.who().states
        rules = [rule for rule in self.regime.rules if rule.decidable != "never"]
        bound = (compile_rule(self, rule).binds for rule in rules)
        if not any(isinstance(binds, terms.Fixed) and binds.value is False for binds in bound):
            return None
        return (
            f"{self.regime.id} binds those in {self.home}, and we are in {', '.join(states)}:"
            f" --set {self.regime.id}.home={states[0]} asks the same rules of us"
        )

    def parameters(self, rule: Rule | None = None) -> dict[str, ParameterValue]:
        """Return every parameter: as set by the user, else the rule's default, else the regime's."""
        values: dict[str, ParameterValue] = {"home": self.regime.home, "target": self.regime.target}
        values |= {name: parameter.default for name, parameter in self.regime.parameters.items()}
        return values | dict(rule.defaults if rule else {}) | dict(self.set)

    def scope(self, rule: Rule) -> check.Scope:
        """Return what the rule's expressions may speak of."""
        values: dict[str, terms.Constant] = {}
        for name, value in self.parameters(rule).items():
            values[name] = terms.Constant(value, _type(self.regime.parameters.get(name), value), name)
        we = self.who()
        for name, items in (("states", we.states), ("parties", we.parties), ("asns", we.asns)):
            # Nobody said which parties or numbers are ours: that is not the same as none.
            known = items or None
            values[f"we.{name}"] = terms.Constant(known, "texts", f"we.{name}")
        values["as_of"] = terms.Constant(self.as_of.isoformat(), "date", "as_of")
        return check.Scope(
            kinds.load(rule.kind), values, frozenset(self.regime.lists), frozenset(self.regime.coalitions)
        )

    def in_force(self, rule: Rule) -> bool:
        """Return whether the rule, and its regime, are in force at the date asked for."""
        since = [d for d in (rule.since, self.regime.since) if d is not None]
        until = [d for d in (rule.until, self.regime.until) if d is not None]
        return all(d <= self.as_of for d in since) and all(d > self.as_of for d in until)

    def unused(self, selection: Selection, rule: Rule | None = None) -> str | None:
        """Return why a list is not used under the home and target asked for, or None."""
        values = self.parameters(rule)
        if selection.aimed_at is not None and selection.aimed_at != values["target"]:
            aimed = selection.aimed_at
            return f"the list {selection.list} is aimed at {aimed} and is not used under target {values['target']}"
        if selection.issued_by is not None and selection.issued_by != values["home"]:
            issuer = selection.issued_by
            return f"the list {selection.list} is that of {issuer} and is not used under home {values['home']}"
        return None

    def statuses(self, names: tuple[str, ...] | str, rule: Rule | None = None) -> tuple[str, ...]:
        """Return the statuses that count, which a parameter may hold."""
        if not isinstance(names, str):
            return names
        value = self.parameters(rule)[names.removeprefix("$")]
        return value if isinstance(value, tuple) else (str(value),)


@dataclass(frozen=True)
class Compiled:
    """A rule with its expressions checked."""

    rule: Rule
    binding: Binding
    binds: terms.Term
    applies: terms.Term
    violation: terms.Term
    exempt: terms.Term

    def terms(self) -> tuple[terms.Term, ...]:
        """Return all expressions, the violation first, as evidence is told in that order."""
        return (self.violation, self.binds, self.applies, self.exempt)


def _used(term: terms.Term, binding: Binding, rule: Rule) -> terms.Term:  # noqa: PLR0911 - one return a sort of term
    """Leave lists that are not used out of a term.

    Beside another limb such a list names nobody. Where it is all that is asked, the answer is unknown: a list that is
    not used accuses nobody, and acquits nobody either.
    """
    if isinstance(term, terms.Not):
        return terms.Not(_used(term.operand, binding, rule))
    if isinstance(term, terms.And):
        return terms.And(tuple(_used(operand, binding, rule) for operand in term.operands))
    if isinstance(term, terms.Choice):
        condition, then, otherwise = (_used(part, binding, rule) for part in terms.children(term))
        return terms.Choice(condition, then, otherwise)
    if isinstance(term, terms.Quantifier):
        return replace(term, body=_used(term.body, binding, rule))
    if _of_list(term) and isinstance(term, terms.Predicate):
        why = binding.unused(binding.regime.lists[str(term.subject)], rule)
        return terms.Fixed(None, why) if why else term
    if isinstance(term, terms.Or):
        pairs = [(operand, _used(operand, binding, rule)) for operand in term.operands]
        left = tuple(used for operand, used in pairs if not (_of_list(operand) and isinstance(used, terms.Fixed)))
        return (left[0] if len(left) == 1 else terms.Or(left)) if left else pairs[0][1]
    return term


def _of_list(term: terms.Term) -> bool:
    return isinstance(term, terms.Predicate) and term.name in ("listed", "held_by_listed", "affiliated_with_listed")


def compile_rule(binding: Binding, rule: Rule) -> Compiled:
    """Check a rule's expressions; raises RegimeError that names file, rule, key and column."""
    if rule.kind not in kinds.names():
        close = difflib.get_close_matches(rule.kind, kinds.names(), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(kinds.names())}"
        raise RegimeError(f"{binding.regime.path}: rule {rule.id}: there is no kind {rule.kind!r}{hint}")
    scope = binding.scope(rule)

    def term(key: str, source: str | bool | None, otherwise: terms.Term) -> terms.Term:
        if source is None:
            return otherwise
        try:
            return _used(check.check(str(source).lower() if isinstance(source, bool) else source, scope), binding, rule)
        except ExpressionError as error:
            name = _mistaken(binding, rule, str(source))
            if name is not None:
                parameter = binding.regime.parameters.get(name)
                listed = parameter is not None and parameter.type == "texts"
                hint = f"; write {' or '.join(_written(parameter.default))}" if parameter and listed else ""
                where = f"{binding.origin.get(name, '')}{binding.regime.id}.{name}"
                raise RegimeError(f"{where}: {error.message}{hint}") from None
            raise RegimeError(
                f"{binding.regime.path}: rule {rule.id}: {key}, column {error.column}: {error.message}"
            ) from None

    return Compiled(
        rule,
        binding,
        term("binds", rule.binds, terms.Fixed(True)),
        term("applies", rule.applies, terms.Fixed(True)),
        term("violation", rule.violation, terms.Fixed(None, rule.decidable_why or "")),
        term("exempt", rule.exempt, terms.Fixed(False)),
    )


def _mistaken(binding: Binding, rule: Rule, source: str) -> str | None:
    """Return the parameter that was set to what an expression cannot take, or None where none alone is the reason."""
    for name in binding.set:
        without = replace(binding, set={other: value for other, value in binding.set.items() if other != name})
        try:
            check.check(source, without.scope(rule))
        except ExpressionError:
            continue
        return name
    return None


def _written(default: ParameterValue) -> list[str]:
    """Return how a list is written on a command line: of one of the default's texts, and of two."""
    texts = default if isinstance(default, tuple) else ()
    return [",".join(texts[:count]) for count in (1, 2) if len(texts) >= count]


def compile_expression(binding: Binding, rule: Rule, source: str) -> terms.Term:
    """Check an expression that is not the rule's own, over the rule's kind; raises ExpressionError with the column."""
    return _used(check.check(source, binding.scope(rule)), binding, rule)


def bind(
    regimes: Sequence[Regime], as_of: date, who: EstateFile | None, settings: Mapping[str, Mapping[str, Any]]
) -> list[Binding]:
    """Bind regimes to a date, to who an ``estate.yaml`` says that we are, and to parameters: its own, then those set.

    Raises RegimeError for a parameter that a regime does not have, or a regime that is not among those asked for.
    """
    stray = set(settings) - {regime.id for regime in regimes}
    if stray:
        raise RegimeError(f"{min(stray)!r} is not among the regimes asked for")
    we = We(who.we.states, who.we.parties, who.we.asns, hypothetical=False) if who and who.we else We()
    bindings = []
    for regime in regimes:
        stated = who.parameters.get(regime.id, {}) if who else {}
        given = {**stated, **settings.get(regime.id, {})}
        values = {name: parse_setting(regime, name, value) for name, value in given.items()}
        origin = dict.fromkeys(stated, "estate.yaml, parameters: ")
        origin |= {name: "--set " if isinstance(v, str) else "" for name, v in settings.get(regime.id, {}).items()}
        bindings.append(Binding(regime, as_of, we, values, origin))
    return bindings


def parse_setting(regime: Regime, name: str, text: Any) -> ParameterValue:  # noqa: ANN401 - YAML or command line
    """Read the value of a parameter as the user wrote it; raises RegimeError."""
    if name in ("home", "target"):
        if text is None or not str(text).strip():
            if name == "home":
                raise RegimeError(f"{regime.id}.home: a state is needed")
            return None
        return _state(text, f"{regime.id}.{name}")
    parameter = regime.parameters.get(name)
    if parameter is None:
        known = ["home", "target", *regime.parameters]
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}"
        raise RegimeError(f"{regime.id} has no parameter {name!r}{hint}")
    value = _value(parameter, text, f"{regime.id}.{name}")
    if parameter.choices:
        for item in value if isinstance(value, tuple) else (value,):
            if item not in parameter.choices:
                raise RegimeError(f"{regime.id}.{name}: {item!r} is not one of {', '.join(parameter.choices)}")
    return value


def _value(parameter: Parameter, text: Any, where: str) -> ParameterValue:  # noqa: ANN401 - YAML or command line
    if isinstance(text, list | tuple):
        return tuple(str(item) for item in text)
    if parameter.type == "state":
        return _state(text, where)
    if parameter.type == "texts":
        return tuple(part.strip() for part in str(text).split(",") if part.strip())
    if parameter.type == "integer":
        try:
            return int(text)
        except ValueError:
            raise RegimeError(f"{where}: {text!r} is not a whole number") from None
    if parameter.type == "boolean":
        if str(text).lower() not in ("true", "false"):
            raise RegimeError(f"{where}: {text!r} is not true or false")
        return str(text).lower() == "true"
    return str(text)


def _state(text: object, where: str) -> str:
    code = str(text).strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise RegimeError(f"{where}: {text!r} is not a two-letter code of ISO 3166-1")
    return code


def _type(parameter: Parameter | None, value: ParameterValue) -> terms.ScalarType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, tuple):
        return "texts"
    declared: dict[str, terms.ScalarType] = {"texts": "texts", "integer": "integer", "boolean": "boolean"}
    return declared.get(parameter.type if parameter else "text", "text")


def words(cite: Cite) -> str:
    """Write a citation."""
    return f"{cite.source}, {cite.clause}" if cite.clause else cite.source
