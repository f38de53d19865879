"""The checker: names and types, parameters filled in, and complaints that say where and what was meant."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import kinds
from crossline.evaluate.binding import Binding, compile_rule
from crossline.regimes import check, terms
from crossline.regimes.document import RegimeError
from crossline.regimes.syntax import ExpressionError
from miniature import DAY, HERE, regime, rule

VALUES = {
    "home": terms.Constant("AA", "text", "home"),
    "target": terms.Constant(None, "text", "target"),
    "reading": terms.Constant("narrow", "text", "reading"),
    "limit": terms.Constant(90, "integer", "limit"),
    "strict": terms.Constant(True, "boolean", "strict"),
    "as_of": terms.Constant("2026-07-01", "date", "as_of"),
    "we.states": terms.Constant(("AA",), "texts", "we.states"),
    "we.asns": terms.Constant(None, "texts", "we.asns"),
}


def scope(kind: str = "data-store") -> check.Scope:
    """Return the scope of a rule over a kind."""
    return check.Scope(kinds.load(kind), VALUES, frozenset({"named"}), frozenset({"members"}))


def column(name: str, kind: str = "text") -> terms.Column:
    """Return a column."""
    return terms.Column(name, kind)  # type: ignore[arg-type]


CLASS = terms.Compare("==", column("data_class"), terms.Constant("secret", "text", '"secret"'))
IS_SECRET = 'data_class == "secret"'  # noqa: S105 - a class of data


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("true", True),
        ("strict", True),
        ("!strict", False),
        ('reading == "wide"', False),
        ('reading != "wide"', True),
        ('"wide" == reading', False),
        ('home in ["BB", "AA"]', True),
        ("home in we.states", True),
        ("limit > 89.5", True),
        ("limit <= -1", False),
        ('as_of >= "2026-07-01"', True),
        ('as_of < "2026-07-01"', False),
        ('"2026-06-30" < as_of', True),
        ("target == home", None),
        ("target in we.states", None),
        ("home in we.asns", None),
        ('target == home || reading == "narrow"', True),
        ('target == home && reading == "wide"', False),
        ("target == home || strict == false", None),
        ('strict ? reading == "wide" : target == home', False),
        ("target == home ? true : true", None),
    ],
)
def test_what_only_parameters_decide_is_decided_at_once(source: str, expected: bool | None) -> None:
    """Constants fold by Kleene's logic; a parameter without a value is unknown, and absorbed as an unknown is."""
    found = check.check(source, scope())
    assert isinstance(found, terms.Fixed)
    assert found.value is expected


@pytest.mark.parametrize(
    "source",
    [
        IS_SECRET,
        f'{IS_SECRET} || reading == "wide" && data_class == "other"',
        f'(reading == "narrow") && {IS_SECRET}',
        f"strict ? {IS_SECRET} : data_class == home",
        '"secret" == data_class',
    ],
)
def test_a_reading_that_is_not_asked_leaves_nothing(source: str) -> None:
    """Under the narrow reading the wide limb drops out of the term."""
    assert check.check(source, scope()) == CLASS


def test_an_unknown_constant_stays() -> None:
    """What is unknown for all is kept: another limb may absorb it, or be absorbed."""
    found = check.check(f"target == home || {IS_SECRET}", scope())
    assert isinstance(found, terms.Or)
    assert found.operands[1] == CLASS


def test_a_comparison_is_turned_round_with_its_operator() -> None:
    """A constant on the left goes to the right, and less becomes greater."""
    assert check.check("5 < disclosure_days", scope("service")) == terms.Compare(
        ">", column("disclosure_days", "integer"), terms.Constant(5, "integer", "5")
    )


@pytest.mark.parametrize(
    ("source", "at", "message"),
    [
        ("data_clas == 1", 1, "did you mean 'data_class'?"),
        ("data_class == 1", 12, "'data_class' of type text cannot be compared with 1 of type integer"),
        ("data_class", 1, "a condition was expected, not a value of type text"),
        ("data_class && strict", 1, "a condition was expected"),
        ("null == data_class", 1, "null is not a value here"),
        ("data_class == null", 15, "null is not a value here"),
        ("data_class in home", 12, "'in' asks for a text in a list of texts, not text in text"),
        ("limit in subjects", 7, "not integer in texts"),
        ('data_class in ["a", 1]', 21, "a list holds texts"),
        ('data_class in ["a", home, data_class]', 27, "a list holds texts"),
        ("subjects == subjects", 10, "'==' does not compare values of type texts"),
        ("strict < true", 8, "'<' does not compare values of type boolean"),
        ("operator", 1, "'operator' is a role: ask with exists or all"),
        ("operator == home", 1, "'operator' is a role"),
        ("hop.exists(t, strict)", 1, "'hop' is no role of data-store"),
        ("opertor.exists(t, strict)", 1, "did you mean 'operator'?"),
        ("data_class.exists(t, strict)", 1, "'data_class' is no role of data-store"),
        ("operator.exists(t)", 10, "exists takes a variable and a condition"),
        ("operator.exists(t.x, strict)", 10, "exists takes a variable and a condition"),
        ("operator.some(t, strict)", 10, "'some' is not a question that can be asked here"),
        ("operator.exists(t, t)", 20, "'t' is a tie: ask for one of its fields"),
        ("operator.exists(t, u.place == home)", 22, "'u.place' is not known"),
        ('operator.exists(t, t.plase == "AA")', 22, "did you mean 'place'?"),
        ('operator.exists(t, t.share_min == "AA")', 32, "of type number cannot be compared with"),
        ('operator.exists(t, t.listd("named"))', 22, "did you mean 'listed'?"),
        ("operator.exists(t, t.listed())", 22, "listed takes 1 to 3 arguments"),
        ('operator.exists(t, t.controlled_from("AA", as_of))', 22, "controlled_from takes 1 arguments"),
        ('operator.exists(t, t.listed("name"))', 29, "'name' is not declared by the regime; did you mean 'named'?"),
        ('operator.exists(t, t.held_by_listed("nobody"))', 37, "'nobody' is not declared by the regime"),
        ('operator.exists(t, t.member("named"))', 29, "'named' is not declared by the regime; there are members"),
        ("operator.exists(t, t.listed(data_class))", 29, "a literal or a parameter of type text was expected"),
        ('operator.exists(t, t.listed("named", data_class))', 38, "the second argument is a date"),
        ('operator.exists(t, t.listed("named", "2020-02-30"))', 38, "is not a date of the form YYYY-MM-DD"),
        ('operator.via("vendr").exists(t, strict)', 10, "did you mean 'vendor'?"),
        ("operator.via(home).exists(t, strict)", 10, "via takes one role"),
        ("operator.via().exists(t, strict)", 10, "via takes one role"),
        ("(operator + home).exists(t, strict)", 13, "'home' is no role of data-store"),
        ("(operator || host).exists(t, strict)", 11, "ties of roles were expected"),
        ("we.state == home", 4, "did you mean 'we.states'?"),
        ("strict + strict", 8, "a column, a parameter or a literal was expected"),
        ("(strict == true) == true", 9, "a column, a parameter or a literal was expected"),
    ],
)
def test_a_mistake_is_named_where_it_stands(source: str, at: int, message: str) -> None:
    """The complaint says what is wrong at which column, and where a close word exists, which was meant."""
    with pytest.raises(ExpressionError) as caught:
        check.check(source, scope())
    assert message in caught.value.message
    assert at == caught.value.column


@pytest.mark.parametrize("text", ["2020-13-01", "2020-1-1", "20200101", "2020-02-30", "soon", "", "2020-01-01 "])
def test_a_date_is_a_day_of_the_calendar(text: str) -> None:
    """Beside a column of dates a text must be a date as ISO 8601 writes it, with hyphens."""
    with pytest.raises(ExpressionError, match="is not a date of the form YYYY-MM-DD"):
        check.check(f'authorised_on == "{text}"', scope("device"))


@pytest.mark.parametrize("name", ["data_class", "home", "operator", "as_of", "t", "we"])
def test_a_variable_hides_nothing(name: str) -> None:
    """A quantifier's variable is no column, parameter, role, other variable, nor a word of the question."""
    source = f'operator.exists(t, host.exists({name}, {name}.place == "AA"))'
    with pytest.raises(ExpressionError, match="already means something else here") as caught:
        check.check(source, scope())
    assert caught.value.column == 32


def test_variables_of_quantifiers_side_by_side_are_free_again() -> None:
    """A variable lives as long as its quantifier."""
    found = check.check('operator.exists(t, t.place == "AA") || host.all(t, t.place == "AA")', scope())
    assert [part.depth for part in terms.quantifiers(found)] == [0, 0]


def test_via_goes_through_every_role_of_a_sum() -> None:
    """(a + b).via(c) is a's and b's c; the same path counts once."""
    found = check.check('(vendor + device + device).via("vendor").all(t, t.place == "AA")', scope("path"))
    assert isinstance(found, terms.Quantifier)
    assert found.paths == (terms.TiePath(("vendor", "vendor")), terms.TiePath(("device", "vendor")))
    assert found.every


@pytest.mark.parametrize("key", ["binds", "applies", "violation", "exempt"])
def test_a_rule_names_file_rule_key_and_column(key: str) -> None:
    """Whoever wrote the regime is told the place, down to the column."""
    asked = regime(rule(**{"violation": "true", key: "home == data_clss"}))
    with pytest.raises(RegimeError) as caught:
        compile_rule(Binding(asked, DAY, HERE), asked.rules[0])
    start = f"mini.yaml: rule r: {key}, column 9: 'data_clss' is no column of data-store and no parameter"
    assert str(caught.value) == f"{start}; did you mean 'data_class'?"


def test_an_unknown_kind_is_named() -> None:
    """A kind that does not exist is named with the one that is meant."""
    asked = regime(rule(kind="data-stor"))
    with pytest.raises(
        RegimeError, match=r"mini\.yaml: rule r: there is no kind 'data-stor'; did you mean 'data-store'"
    ):
        compile_rule(Binding(asked, DAY, HERE), asked.rules[0])


@pytest.mark.parametrize(
    "source",
    ["strict||" * 500 + "strict", f"({IS_SECRET})||" * 100 + IS_SECRET, "a||" * 1300 + "a",
     "data_class&&" * 300 + "strict",
     "(" + "operator+" * 400 + "operator).exists(t, strict)", "strict?" * 30 + "strict" + ":strict" * 30],
    ids=["or of parameters", "or of columns", "or of nothing", "and", "roles", "choices"],
)  # fmt: skip
def test_long_expressions_are_checked_or_refused(source: str) -> None:
    """Within the limit on length no expression overflows the stack."""
    with contextlib.suppress(ExpressionError):
        check.check(source, scope())


@pytest.mark.parametrize("number", ["9223372036854775808", "99999999999999999999", "-9223372036854775809"])
def test_a_whole_number_fits_into_64_bits(number: str) -> None:
    """CEL's int has 64 bits (langdef.md, "Numeric Values"): a larger literal is an error, not a crash later."""
    with pytest.raises(ExpressionError):
        check.check(f"disclosure_days < {number}", scope("service"))


PIECES = ["strict", "home", "data_class", "subjects", "operator", "operator.exists(t, ", "host.all(t, ", "t.place",
          "t.ours",
          't.listed("named")', '"AA"', "1", "==", "<", "&&", "||", "!", "in", "?", ":", "(", ")", "[", "]", "+", "null",
          "as_of", "we.states", '.via("vendor")', ",", "-"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
def test_any_expression_is_checked_or_refused(source: str) -> None:
    """Whatever pieces an expression is made of, it becomes a term or an ExpressionError."""
    try:
        check.check(source, scope())
    except ExpressionError as error:
        assert 1 <= error.column <= len(source) + 1  # noqa: PT017 - both outcomes are lawful
