"""Check an expression against a kind and a regime's parameters, and turn it into terms.

Parameters are filled in here, so that a rule's narrow and wide readings cost nothing where they are not asked,
and a comparison of two constants is decided at once.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, cast

from crossline.regimes import syntax, terms
from crossline.regimes.syntax import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crossline.kinds import Kind

TIE_FIELDS: Final[dict[str, terms.ScalarType]] = {
    "identifier": "text",
    "type": "text",
    "value": "text",
    "place": "text",
    "registered": "text",
    "state": "text",
    "basis": "text",
    "share_min": "number",
    "share_max": "number",
    "share": "number",  # where it is known exactly: the least and the greatest are one
}
# The questions that can be asked of a tie, and how many arguments each takes at most.
_PREDICATES: Final = {
    "listed": 3, "held_by_listed": 2, "affiliated_with_listed": 2, "controlled_from": 1, "owned_by_state": 1,
    "placed_in": 1, "member": 1, "traversed": 0,
}  # fmt: skip
_OF_STATES: Final = ("controlled_from", "owned_by_state", "placed_in")  # each takes one state, or several
_FLIP: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_INT64: Final = 1 << 63  # CEL's int (langdef.md, "Numeric Values")
_CODE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Scope:
    """What an expression may speak of.

    ``values`` maps parameters, ``as_of`` and ``we.…`` to constants; a regime's lists and coalitions are the
    words that predicates take.
    """

    kind: Kind
    values: Mapping[str, terms.Constant]
    lists: frozenset[str]
    coalitions: frozenset[str]
    variables: dict[str, int] = field(default_factory=dict)


def check(source: str, scope: Scope) -> terms.Term:
    """Parse and check an expression that must be true or false; raises ExpressionError with the column."""
    return _Checker(scope).condition(syntax.parse(source))


def _suggest(word: str, words: Iterable[str]) -> str:
    known = sorted(words)
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known) or 'none'}"


def _operands(node: syntax.Binary) -> list[syntax.Node]:
    """Return what a run of one operator joins, in order; a long run nests deeply on its left."""
    sides: list[syntax.Node] = []
    left: syntax.Node = node
    while isinstance(left, syntax.Binary) and left.operator == node.operator:
        sides.append(left.right)
        left = left.left
    return [left, *reversed(sides)]


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def condition(self, node: syntax.Node) -> terms.Term:  # noqa: PLR0911 - one return a sort of node
        """Turn a node into a term; raises where it is no condition."""
        if isinstance(node, syntax.Unary) and node.operator == "!":
            operand = self.condition(node.operand)
            if isinstance(operand, terms.Fixed):
                return terms.Fixed(None if operand.value is None else not operand.value, operand.reason)
            return terms.Not(operand)
        if isinstance(node, syntax.Binary) and node.operator in ("||", "&&"):
            return self.connective(node)
        if isinstance(node, syntax.Conditional):
            condition = self.condition(node.condition)
            then, otherwise = self.condition(node.then), self.condition(node.otherwise)
            if isinstance(condition, terms.Fixed):
                return condition if condition.value is None else (then if condition.value else otherwise)
            return terms.Choice(condition, then, otherwise)
        if isinstance(node, syntax.Binary) and node.operator == "in":
            return self.within(node)
        if isinstance(node, syntax.Binary) and node.operator != "+":
            return self.compare(node)
        if isinstance(node, syntax.Call):
            return self.call(node)
        if isinstance(node, syntax.Has):
            return self.stated(node)
        return self.truth(node)

    def connective(self, node: syntax.Binary) -> terms.Term:
        disjunction = node.operator == "||"
        operands: list[terms.Term] = []
        for side in _operands(node):
            term = self.condition(side)
            same = isinstance(term, terms.Or if disjunction else terms.And)
            operands += terms.children(term) if same else (term,)
        # What is fixed either decides or drops out; an unknown stays, since another operand may absorb it.
        if any(isinstance(term, terms.Fixed) and term.value is disjunction for term in operands):
            return terms.Fixed(disjunction, node.operator)
        rest = [t for t in operands if not (isinstance(t, terms.Fixed) and t.value is not None)]
        if not rest:
            return terms.Fixed(not disjunction, node.operator)
        if len(rest) == 1:
            return rest[0]
        return terms.Or(tuple(rest)) if disjunction else terms.And(tuple(rest))

    def truth(self, node: syntax.Node) -> terms.Term:
        if isinstance(node, syntax.Member) and isinstance(node.base, syntax.Name) and node.name == "ours":
            variable = self.scope.variables.get(node.base.name)
            if variable is not None:
                return terms.Predicate(variable, "ours", None)
        scalar = self.scalar(node)
        if scalar.type != "boolean":
            raise ExpressionError(f"a condition was expected, not a value of type {scalar.type}", node.column)
        if isinstance(scalar, terms.Constant):
            return terms.Fixed(cast("bool | None", scalar.value), scalar.label)
        return terms.Truth(scalar)

    def stated(self, node: syntax.Has) -> terms.Term:
        scalar = self.scalar(node.operand)
        if isinstance(scalar, terms.Constant):
            raise ExpressionError("has asks whether a column or a field of a tie is stated", node.operand.column)
        return terms.Stated(scalar)

    def compare(self, node: syntax.Binary) -> terms.Term:
        left, right = self.scalar(node.left), self.scalar(node.right)
        left, right = self.dated(left, right, node), self.dated(right, left, node)
        numeric = {"integer", "number"}
        if left.type != right.type and not {left.type, right.type} <= numeric:
            raise ExpressionError(
                f"{self.words(left)} of type {left.type} cannot be compared"
                f" with {self.words(right)} of type {right.type}",
                node.column,
            )
        if left.type == "texts" or (left.type == "boolean" and node.operator not in ("==", "!=")):
            raise ExpressionError(f"{node.operator!r} does not compare values of type {left.type}", node.column)
        if isinstance(left, terms.Constant) and isinstance(right, terms.Constant):
            return self.fold(node.operator, left, right)
        operator = node.operator
        if isinstance(left, terms.Constant):
            left, right, operator = right, left, _FLIP[operator]
        return terms.Compare(operator, left, right)  # type: ignore[arg-type]  # the grammar has no others

    def fold(self, operator: str, left: terms.Constant, right: terms.Constant) -> terms.Fixed:
        a, b = left.value, right.value
        if a is None or b is None:
            missing = left if a is None else right
            return terms.Fixed(None, f"{missing.label} has no value")
        # A text of a date orders as the date does (ISO 8601).
        order = (a > b) - (a < b)  # type: ignore[operator]  # both are of one type, checked above
        value = {"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}
        return terms.Fixed(value[operator], f"{left.label} {operator} {right.label}")

    def dated(self, one: terms.Scalar, other: terms.Scalar, node: syntax.Node) -> terms.Scalar:
        """Read a text constant as a date where it is compared with one."""
        if other.type == "date" and one.type == "text" and isinstance(one, terms.Constant):
            return self.as_date(one, node)
        return one

    def as_date(self, constant: terms.Constant, node: syntax.Node) -> terms.Constant:
        text = constant.value
        try:
            date.fromisoformat(text if isinstance(text, str) and _DATE.fullmatch(text) else "")
        except ValueError:
            raise ExpressionError(f"{text!r} is not a date of the form YYYY-MM-DD", node.column) from None
        return terms.Constant(text, "date", constant.label)

    def within(self, node: syntax.Binary) -> terms.Term:
        item, texts = self.scalar(node.left), self.scalar(node.right)
        if texts.type != "texts" or item.type != "text":
            raise ExpressionError(
                f"'in' asks for a text in a list of texts, not {item.type} in {texts.type}", node.column
            )
        if isinstance(item, terms.Constant) and isinstance(texts, terms.Constant):
            if item.value is None or texts.value is None:
                return terms.Fixed(None, f"{(item if item.value is None else texts).label} has no value")
            found = item.value in cast("tuple[str, ...]", texts.value)
            return terms.Fixed(found, f"{item.label} in {texts.label}")
        return terms.Within(item, texts)

    def scalar(self, node: syntax.Node) -> terms.Scalar:
        """Turn a node into a scalar; raises where it is none."""
        if isinstance(node, syntax.Literal):
            return self.literal(node)
        if isinstance(node, syntax.Unary) and node.operator == "-" and isinstance(node.operand, syntax.Literal):
            inner = self.literal(node.operand)
            if inner.type in ("integer", "number"):
                return terms.Constant(-inner.value, inner.type, f"-{inner.label}")  # type: ignore[operator]
        if isinstance(node, syntax.ListLiteral):
            items = [self.scalar(item) for item in node.items]
            for item, place in zip(items, node.items, strict=True):
                if item.type != "text" or not isinstance(item, terms.Constant) or item.value is None:
                    raise ExpressionError("a list holds texts", place.column)
            values = tuple(str(item.value) for item in items if isinstance(item, terms.Constant))
            return terms.Constant(values, "texts", "[" + ", ".join(values) + "]")
        if isinstance(node, syntax.Name):
            return self.name(node)
        if isinstance(node, syntax.Member) and isinstance(node.base, syntax.Name):
            return self.member(node, node.base.name)
        raise ExpressionError("a column, a parameter or a literal was expected", node.column)

    def literal(self, node: syntax.Literal) -> terms.Constant:
        value = node.value
        if value is None:
            raise ExpressionError("null is not a value here: a missing cell is absent, never null", node.column)
        if isinstance(value, int) and not isinstance(value, bool) and not -_INT64 <= value < _INT64:
            raise ExpressionError(f"{value} does not fit into 64 bits", node.column)
        types: dict[type, terms.ScalarType] = {bool: "boolean", int: "integer", float: "number", str: "text"}
        return terms.Constant(value, types[type(value)], f'"{value}"' if isinstance(value, str) else str(value).lower())

    def name(self, node: syntax.Name) -> terms.Scalar:
        if node.name in self.scope.variables:
            raise ExpressionError(f"{node.name!r} is a tie: ask for one of its fields", node.column)
        column = self.scope.kind.column(node.name)
        if column:
            return terms.Column(column.name, column.type)
        if node.name in self.scope.values:
            return self.scope.values[node.name]
        if node.name in self.scope.kind.roles:
            raise ExpressionError(f"{node.name!r} is a role: ask with exists or all", node.column)
        known = (
            {column.name for column in self.scope.kind.columns} | set(self.scope.values) | set(self.scope.kind.roles)
        )
        kind = self.scope.kind.name
        raise ExpressionError(
            f"{node.name!r} is no column of {kind} and no parameter{_suggest(node.name, known)}", node.column
        )

    def member(self, node: syntax.Member, base: str) -> terms.Scalar:
        if base in self.scope.variables:
            if node.name not in TIE_FIELDS:
                raise ExpressionError(
                    f"{node.name!r} is no field of a tie{_suggest(node.name, TIE_FIELDS)}", node.column
                )
            return terms.TieField(self.scope.variables[base], node.name, TIE_FIELDS[node.name])
        value = self.scope.values.get(f"{base}.{node.name}")
        if value is None:
            dotted = {name for name in self.scope.values if "." in name}
            raise ExpressionError(
                f"'{base}.{node.name}' is not known{_suggest(f'{base}.{node.name}', dotted)}", node.column
            )
        return value

    def call(self, node: syntax.Call) -> terms.Term:
        if node.name in ("exists", "all"):
            return self.quantifier(node)
        if isinstance(node.base, syntax.Name) and node.base.name in self.scope.variables:
            return self.predicate(node, self.scope.variables[node.base.name])
        raise ExpressionError(f"{node.name!r} is not a question that can be asked here", node.column)

    def quantifier(self, node: syntax.Call) -> terms.Term:
        if len(node.arguments) != 2 or not isinstance(node.arguments[0], syntax.Name):
            raise ExpressionError(f"{node.name} takes a variable and a condition", node.column)
        variable = node.arguments[0].name
        values = {name.partition(".")[0] for name in self.scope.values}
        taken = self.scope.variables.keys() | values | set(self.scope.kind.roles)
        if variable in taken or self.scope.kind.column(variable):
            raise ExpressionError(f"{variable!r} already means something else here", node.arguments[0].column)
        depth = len(self.scope.variables)
        inner = Scope(
            self.scope.kind,
            self.scope.values,
            self.scope.lists,
            self.scope.coalitions,
            self.scope.variables | {variable: depth},
        )
        body = _Checker(inner).condition(node.arguments[1])
        return terms.Quantifier(node.name == "all", tuple(dict.fromkeys(self.paths(node.base))), depth, body)

    def paths(self, node: syntax.Node) -> tuple[terms.TiePath, ...]:
        """Return the tie paths that a node stands for; raises where it stands for none."""
        if isinstance(node, syntax.Name):
            if node.name not in self.scope.kind.roles:
                roles = self.scope.kind.roles
                raise ExpressionError(
                    f"{node.name!r} is no role of {self.scope.kind.name}{_suggest(node.name, roles)}", node.column
                )
            return (terms.TiePath((node.name,)),)
        if isinstance(node, syntax.Binary) and node.operator == "+":
            return tuple(path for side in _operands(node) for path in self.paths(side))
        if isinstance(node, syntax.Call) and node.name == "via":
            from crossline.kinds import ROLES  # noqa: PLC0415 - kept out of the way of --help

            role = node.arguments[0] if len(node.arguments) == 1 else None
            if not isinstance(role, syntax.Literal) or role.value not in ROLES:
                raise ExpressionError(
                    f"via takes one role{_suggest(str(getattr(role, 'value', '')), ROLES)}", node.column
                )
            return tuple(terms.TiePath((*path.roles, str(role.value))) for path in self.paths(node.base))
        raise ExpressionError("ties of roles were expected", node.column)

    def predicate(self, node: syntax.Call, variable: int) -> terms.Term:
        if node.name not in _PREDICATES:
            raise ExpressionError(
                f"{node.name!r} is no question about a tie{_suggest(node.name, _PREDICATES)}", node.column
            )
        most = _PREDICATES[node.name]
        if not most:
            if node.arguments:
                raise ExpressionError(f"{node.name} takes no argument", node.column)
            return terms.Predicate(variable, node.name, None)
        if not 1 <= len(node.arguments) <= most:
            raise ExpressionError(f"{node.name} takes 1{f' to {most}' if most > 1 else ''} arguments", node.column)
        if node.name in _OF_STATES:
            return terms.Predicate(variable, node.name, self.states(node.arguments[0]))
        subject = self.text(node.arguments[0])
        words = dict.fromkeys(("listed", "held_by_listed", "affiliated_with_listed"), self.scope.lists)
        words["member"] = self.scope.coalitions
        if node.name in words and subject.value not in words[node.name]:
            hint = _suggest(str(subject.value), words[node.name])
            raise ExpressionError(f"{subject.value!r} is not declared by the regime{hint}", node.arguments[0].column)
        when: terms.Scalar | None = None
        if len(node.arguments) > 1:
            when = self.scalar(node.arguments[1])
            if isinstance(when, terms.Constant) and when.type == "text":
                when = self.as_date(when, node.arguments[1])
            if when.type != "date":
                raise ExpressionError("the second argument is a date", node.arguments[1].column)
        scope = str(self.text(node.arguments[2]).value) if len(node.arguments) > 2 else None
        value = None if subject.value is None else str(subject.value)
        return terms.Predicate(variable, node.name, value, when, scope)

    def states(self, node: syntax.Node) -> str | tuple[str, ...] | None:
        """Return the state that a question is about, or the several that are asked about together."""
        scalar = self.scalar(node)
        if not isinstance(scalar, terms.Constant) or scalar.type != "texts":
            value = self.text(node).value
            return None if value is None else str(value)
        codes = cast("tuple[str, ...]", scalar.value or ())
        for code in codes:
            if not _CODE.fullmatch(code):
                raise ExpressionError(
                    f"{code!r} is not a two-letter code of ISO 3166-1, in capitals ({self.words(scalar)})", node.column
                )
        return codes or None

    def text(self, node: syntax.Node) -> terms.Constant:
        scalar = self.scalar(node)
        if not isinstance(scalar, terms.Constant) or scalar.type != "text":
            raise ExpressionError("a literal or a parameter of type text was expected", node.column)
        return scalar

    def words(self, scalar: terms.Scalar) -> str:
        return scalar.label if isinstance(scalar, terms.Constant) else repr(scalar.name)
