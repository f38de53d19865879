"""Checked expressions: what a rule says, with names resolved, types known and parameters filled in.

Every term that can be true or false evaluates to a Kleene code (:mod:`crossline.kleene`). Scalars stand only
inside comparisons, so a missing cell turns one comparison unknown and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScalarType = Literal["text", "integer", "number", "boolean", "date", "texts"]
Value = str | int | float | bool | tuple[str, ...] | None


@dataclass(frozen=True)
class Constant:
    """A literal or the value of a parameter, with the words it came from. A value of None is absent."""

    value: Value
    type: ScalarType
    label: str


@dataclass(frozen=True)
class Column:
    """A column of the asset's kind."""

    name: str
    type: ScalarType


@dataclass(frozen=True)
class TieField:
    """A field of the tie that a quantifier's variable stands for; ``variable`` is its depth, from 0."""

    variable: int
    name: str
    type: ScalarType


Scalar = Constant | Column | TieField


@dataclass(frozen=True)
class Compare:
    """``left operator right`` of two scalars of one type, or of two numbers."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Scalar
    right: Scalar


@dataclass(frozen=True)
class Within:
    """``item in texts``."""

    item: Scalar
    texts: Scalar


@dataclass(frozen=True)
class Truth:
    """A boolean scalar used as a condition."""

    scalar: Scalar


@dataclass(frozen=True)
class Stated:
    """``has(scalar)``: whether a cell holds anything; unknown only where it holds what was not understood."""

    scalar: Scalar


@dataclass(frozen=True)
class Predicate:
    """A question about the party that a tie leads to.

    ``name`` is listed, held_by_listed, affiliated_with_listed, controlled_from, owned_by_state, placed_in, member, ours
    or traversed; ``subject`` the list, coalition or state asked about, or several states that are asked about together.
    ``date`` is when the list is read, ``scope`` which of its entries count.
    """

    variable: int
    name: str
    subject: str | tuple[str, ...] | None
    date: Scalar | None = None
    scope: str | None = None


@dataclass(frozen=True)
class TiePath:
    """Ties of a role, or, with more than one role, of the assets that those ties lead to (``via``)."""

    roles: tuple[str, ...]


@dataclass(frozen=True)
class Quantifier:
    """``exists`` or ``all`` over the ties of several paths; ``depth`` numbers its variable."""

    every: bool
    paths: tuple[TiePath, ...]
    depth: int
    body: Term


@dataclass(frozen=True)
class Not:
    """Negation."""

    operand: Term


@dataclass(frozen=True)
class And:
    """Conjunction, in the order written."""

    operands: tuple[Term, ...]


@dataclass(frozen=True)
class Or:
    """Disjunction, in the order written."""

    operands: tuple[Term, ...]


@dataclass(frozen=True)
class Choice:
    """``condition ? then : otherwise``; an unknown condition makes the whole unknown, as an error does in CEL."""

    condition: Term
    then: Term
    otherwise: Term


@dataclass(frozen=True)
class Fixed:
    """A truth value known before any asset is looked at, or unknown for all (None)."""

    value: bool | None
    reason: str = ""


Leaf = Compare | Within | Truth | Stated | Predicate | Quantifier | Fixed
Term = Leaf | Not | And | Or | Choice


def children(term: Term) -> tuple[Term, ...]:
    """Return the terms that a connective joins; none for a leaf, whatever stands inside a quantifier."""
    if isinstance(term, Not):
        return (term.operand,)
    if isinstance(term, And | Or):
        return term.operands
    if isinstance(term, Choice):
        return (term.condition, term.then, term.otherwise)
    return ()


def leaves(term: Term) -> list[Leaf]:
    """Return the leaves of a term in the order written, each once."""
    found: dict[Leaf, None] = {}

    def walk(node: Term) -> None:
        below = children(node)
        if not below and not isinstance(node, Not | And | Or | Choice):
            found[node] = None
        for child in below:
            walk(child)

    walk(term)
    return list(found)


def scalars(term: Term) -> list[Scalar]:
    """Return every scalar used anywhere in the term, inside quantifiers too, in the order written."""
    found: dict[Scalar, None] = {}

    def walk(node: Term) -> None:
        if isinstance(node, Compare):
            found.update({node.left: None, node.right: None})
        elif isinstance(node, Within):
            found.update({node.item: None, node.texts: None})
        elif isinstance(node, Truth | Stated):
            found[node.scalar] = None
        elif isinstance(node, Predicate) and node.date is not None:
            found[node.date] = None
        elif isinstance(node, Quantifier):
            walk(node.body)
        for child in children(node):
            walk(child)

    walk(term)
    return list(found)


def columns(term: Term) -> list[str]:
    """Return the names of the asset's columns that the term uses, inside quantifiers too."""
    return [scalar.name for scalar in scalars(term) if isinstance(scalar, Column)]


def quantifiers(term: Term) -> list[Quantifier]:
    """Return every quantifier of the term, outer before inner."""
    found: list[Quantifier] = []

    def walk(node: Term) -> None:
        if isinstance(node, Quantifier):
            found.append(node)
            walk(node.body)
        for child in children(node):
            walk(child)

    walk(term)
    return found
