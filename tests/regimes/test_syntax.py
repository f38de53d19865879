"""The syntax of expressions: precedence as in CEL, errors where they are, and limits that hold."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.regimes import syntax
from crossline.regimes.syntax import ExpressionError, parse


def shape(node: syntax.Node) -> str:  # noqa: PLR0911 - one for each kind of node
    """Write a tree with a bracket around every operation."""
    match node:
        case syntax.Literal():
            return repr(node.value)
        case syntax.Name():
            return node.name
        case syntax.ListLiteral():
            return "[" + ", ".join(map(shape, node.items)) + "]"
        case syntax.Member():
            return f"{shape(node.base)}.{node.name}"
        case syntax.Has():
            return f"has({shape(node.operand)})"
        case syntax.Call():
            return f"{shape(node.base)}.{node.name}({', '.join(map(shape, node.arguments))})"
        case syntax.Unary():
            return f"({node.operator}{shape(node.operand)})"
        case syntax.Binary():
            return f"({shape(node.left)} {node.operator} {shape(node.right)})"
        case syntax.Conditional():
            return f"({shape(node.condition)} ? {shape(node.then)} : {shape(node.otherwise)})"
    raise AssertionError(node)


# By hand from the grammar in CEL's langdef.md, "Syntax": Expr = ConditionalOr ["?" ConditionalOr ":" Expr], and the
# table of precedence there: member, unary, addition, relations and `in`, &&, ||, conditional (grouped to the right).
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a || b && c", "(a || (b && c))"),
        ("a && b || c", "((a && b) || c)"),
        ("a && b && c", "((a && b) && c)"),
        ("!a && b", "((!a) && b)"),
        ("!a.b(c)", "(!a.b(c))"),
        ("!!a", "(!(!a))"),
        ("a == b && c != d", "((a == b) && (c != d))"),
        ("a + b == c", "((a + b) == c)"),
        ("a + b + c", "((a + b) + c)"),
        ("-1 < a", "((-1) < a)"),
        ('a in ["x", "y"] || b', "((a in ['x', 'y']) || b)"),
        ("!a in b", "((!a) in b)"),
        ("a || b ? c || d : e || f", "((a || b) ? (c || d) : (e || f))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("(a || b) && c", "((a || b) && c)"),
        ("(a + b).exists(t, t.x && !t.y)", "(a + b).exists(t, (t.x && (!t.y)))"),
        ('a.via("b").all(t, t.x)', "a.via('b').all(t, t.x)"),
        ("a.b.c", "a.b.c"),
        ("1.5e3 == 10", "(1500.0 == 10)"),
        ("true && false || null", "((True && False) || None)"),
        (r'"a\"b\\" == ' + r"'\n\t'", "('a\"b\\\\' == '\\n\\t')"),
        ("a // a comment\n && b", "(a && b)"),
        ("index == inner", "(index == inner)"),
        ("a<=b", "(a <= b)"),
        ("!has(a) && has(t.b)", "((!has(a)) && has(t.b))"),
        ("has", "has"),
    ],
)
def test_operators_bind_as_in_cel(source: str, expected: str) -> None:
    """A tree is the one that CEL's grammar gives."""
    assert shape(parse(source)) == expected


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("", 1),
        ("   ", 4),
        ("a &&", 5),
        ("a & b", 3),
        ("a && && b", 6),
        ("(a || b", 8),
        ("a || b)", 7),
        ("a b", 3),
        ("a ? b", 6),
        ("a.", 3),
        ("a.(b)", 3),
        ("a.exists(t t.x)", 12),
        ('["x", ]', 7),
        ('"never ends', 1),
        (r'x == "a\qb"', 8),
        ("a = b", 3),
        ("a % 2", 3),
        ("in", 1),
        ("a\n &&\n ~b", 8),
        ("\u00e4 == 1", 1),
    ],
)
def test_an_error_stands_at_its_column(source: str, column: int) -> None:
    """The column counts characters from 1, over line breaks too, and one past the end where something is missing."""
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert column == caught.value.column


def test_length_is_limited() -> None:
    """An expression of 4,096 characters is read, one more is not."""
    text = '"' + "x" * 4094 + '"'
    assert shape(parse(text)) == repr("x" * 4094)
    with pytest.raises(ExpressionError, match="longer than 4096"):
        parse(text + " ")


@pytest.mark.parametrize("opening", ["(", "[", "a.b("])
def test_depth_is_limited(opening: str) -> None:
    """64 levels are read (the whole expression is the first), and the bracket that opens the 65th is named."""
    closing = {"(": ")", "[": "]", "a.b(": ")"}[opening]
    assert parse(opening * 63 + "a" + closing * 63)
    with pytest.raises(ExpressionError, match="nested more than 64 deep") as caught:
        parse(opening * 64 + "a" + closing * 64)
    assert caught.value.column == 64 * len(opening) + 1


def test_signs_are_limited() -> None:
    """64 signs before a name are read, 65 are not."""
    assert parse("!" * 64 + "a")
    with pytest.raises(ExpressionError, match="nested more than 64 deep"):
        parse("!" * 65 + "a")


WORDS = ["a", "t", "in", "true", "null", "(", ")", "[", "]", ".", ",", "?", ":", "!", "-", "+", "&&", "||", "==", "<=",
         '"x"', "'", '"', "1", "1.5", "\\", "//", "\n", "exists", "\u0661", "\ud800", "\x00"]  # fmt: skip


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join), st.lists(st.sampled_from(WORDS)).map("".join))
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, parse returns a tree or raises ExpressionError with a column in the text or just past it."""
    try:
        assert isinstance(parse(text), syntax.Node)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017 - both outcomes are lawful


@pytest.mark.parametrize("text", ["a" + ".b" * 2000, "a||" * 1300 + "a", "a?b:" * 1000 + "a", "(" * 4000, "1" * 4096])
def test_long_texts_end_in_a_tree_or_an_error(text: str) -> None:
    """What is long in another way than by brackets overflows no stack."""
    with contextlib.suppress(ExpressionError):
        parse(text)
