"""The syntax of rule expressions: a subset of CEL, parsed into a tree whose nodes know their column.

The grammar is that of the Common Expression Language (https://github.com/google/cel-spec, langdef.md, "Syntax"),
without arithmetic on numbers, maps, messages, bytes and macros other than ``exists``, ``all`` and ``has``, which here
asks for a column or a field of a tie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 4096  # characters of one expression
MAX_DEPTH: Final = 64  # nested brackets and operators


class ExpressionError(ValueError):
    """An expression that cannot be read or makes no sense, and the column (from 1) where that shows."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


@dataclass(frozen=True)
class Node:
    """A node of the tree. ``column`` counts characters from 1."""

    column: int


@dataclass(frozen=True)
class Literal(Node):
    """A text, number, boolean, or None for ``null`` (which the checker refuses)."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class ListLiteral(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True)
class Member(Node):
    """``base.name``."""

    base: Node
    name: str


@dataclass(frozen=True)
class Has(Node):
    """``has(operand)``."""

    operand: Node


@dataclass(frozen=True)
class Call(Node):
    """``base.name(arguments)``."""

    base: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Unary(Node):
    """``!operand`` or ``-operand``."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    """``left operator right``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Conditional(Node):
    """``condition ? then : otherwise``."""

    condition: Node
    then: Node
    otherwise: Node


_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      |(?P<number>\d+\.\d+(?:[eE][+-]?\d+)?|\d+)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<operator>\|\||&&|==|!=|<=|>=|[-!<>?:.,+()\[\]])""",
    re.VERBOSE,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_KEYWORDS: Final = {"true": True, "false": False, "null": None}
_LEVELS: Final = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+",))


@dataclass(frozen=True)
class _Token:
    kind: str
    value: str
    column: int


def _tokens(source: str) -> list[_Token]:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters", 1)
    tokens, place = [], 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise ExpressionError(f"{source[place]!r} is not understood here", place + 1)
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(_Token(kind, match[0], place + 1))
        place = match.end()
    tokens.append(_Token("end", "", len(source) + 1))
    return tokens


def _unquote(token: _Token) -> str:
    def escape(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise ExpressionError(f"the escape \\{match[1]} is not known", token.column + match.start() + 1)
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", escape, token.value[1:-1])


class _Parser:
    def __init__(self, source: str) -> None:
        self.tokens = _tokens(source)
        self.at = 0
        self.depth = 0

    def peek(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def accept(self, *values: str) -> _Token | None:
        token = self.peek()
        if token.kind in ("operator", "name") and token.value in values:
            return self.take()
        return None

    def expect(self, value: str) -> _Token:
        token = self.accept(value)
        if token is None:
            found = self.peek()
            raise ExpressionError(f"{value!r} was expected, not {found.value or 'the end'!r}", found.column)
        return token

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep", self.peek().column)
        condition = self.level(0)
        mark = self.accept("?")
        if mark:
            then = self.level(0)
            self.expect(":")
            condition = Conditional(mark.column, condition, then, self.expression())
        self.depth -= 1
        return condition

    def level(self, depth: int) -> Node:
        if depth == len(_LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while token := self.accept(*_LEVELS[depth]):
            left = Binary(token.column, token.value, left, self.level(depth + 1))
        return left

    def unary(self) -> Node:
        operators = []
        while token := self.accept("!", "-"):
            operators.append(token)
            if len(operators) > MAX_DEPTH:
                raise ExpressionError(f"nested more than {MAX_DEPTH} deep", token.column)
        node = self.member()
        for token in reversed(operators):
            node = Unary(token.column, token.value, node)
        return node

    def member(self) -> Node:
        node = self.primary()
        while self.accept("."):
            name = self.take()
            if name.kind != "name":
                raise ExpressionError("a name was expected after the dot", name.column)
            if self.accept("("):
                node = Call(name.column, node, name.value, self.arguments(")"))
            else:
                node = Member(name.column, node, name.value)
        return node

    def arguments(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self.accept(closing):
            if items:
                self.expect(",")
            items.append(self.expression())
        return tuple(items)

    def primary(self) -> Node:  # noqa: PLR0911 - one return a sort of node
        token = self.take()
        if token.kind == "text":
            return Literal(token.column, _unquote(token))
        if token.kind == "number":
            return Literal(token.column, float(token.value) if "." in token.value else int(token.value))
        if token.kind == "name" and token.value in _KEYWORDS:
            return Literal(token.column, _KEYWORDS[token.value])
        if token.kind == "name" and token.value == "has" and self.accept("("):
            operand = self.expression()
            self.expect(")")
            return Has(token.column, operand)
        if token.kind == "name" and token.value != "in":
            return Name(token.column, token.value)
        if token.value == "(":
            node = self.expression()
            self.expect(")")
            return node
        if token.value == "[":
            return ListLiteral(token.column, self.arguments("]"))
        raise ExpressionError(f"{token.value or 'the end'!r} is not understood here", token.column)


def parse(source: str) -> Node:
    """Parse an expression; raises ExpressionError with the column."""
    parser = _Parser(source)
    node = parser.expression()
    rest = parser.peek()
    if rest.kind != "end":
        raise ExpressionError(f"{rest.value!r} was not expected here", rest.column)
    return node
