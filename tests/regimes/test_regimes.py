"""The regimes that ship: neutral, sourced, complete, and each with cases that hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossline import identifiers, kinds, regimes
from crossline.regimes import check, model, syntax
from crossline.world import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.regimes.model import Regime, Rule

_DOCS = Path(__file__).parents[2] / "docs"
_LOADED = {name: regimes.load(name) for name in regimes.names()}
_RULES = [pytest.param(regime, rule, id=rule.id) for regime in _LOADED.values() for rule in regime.rules]
_OF_PARTIES = ("listed", "held_by_listed", "affiliated_with_listed", "controlled_from", "owned_by_state")


def _nodes(node: syntax.Node) -> Iterator[syntax.Node]:
    yield node
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, syntax.Node):
                yield from _nodes(item)


def _expressions(rule: Rule) -> list[syntax.Node]:
    sources = (rule.binds, rule.applies, rule.violation, rule.exempt)
    return [syntax.parse(str(source)) for source in sources if source is not None]


def _said(regime: Regime) -> Iterator[tuple[str, str]]:
    """Yield every piece of prose of a regime, and where it stands."""
    yield "title", regime.title
    yield "legal", regime.legal
    for parameter in regime.parameters.values():
        yield parameter.name, parameter.about
    for rule in regime.rules:
        for key in ("title", "reading_why", "decidable_why", "exempt_why"):
            yield f"{rule.id}.{key}", getattr(rule, key) or ""
        yield f"{rule.id}.cite", rule.cite.clause
        for word in rule.remedy:
            yield f"{rule.id}.remedy", word


def test_the_regimes_of_the_first_issue_ship() -> None:
    """A policy of one side, an initiative of the other, and a law in force."""
    assert {"us-clean-network", "cn-gdsi", "us-covered-list"} <= set(_LOADED)
    assert set(regimes.DEFAULT) <= set(_LOADED)


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_a_regime_is_named_after_its_file(regime: Regime) -> None:
    """The file us_covered_list.yaml holds us-covered-list, and says its legal nature in one sentence."""
    assert regime.id == _LOADED[regime.id].id
    assert regime.path.replace("_", "-") == f"{regime.id}.yaml"
    assert regime.legal.count(". ") == 0
    assert regime.tests_as_of is not None


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_a_regimes_own_words_stand_in_quotation_marks(regime: Regime) -> None:
    """Words of praise and blame are the issuer's, quoted, and never the project's."""
    loaded = re.compile(r"\b(clean|dirty|trusted|untrusted|trustworthy|suspicious|malign|adversar\w+)\b", re.IGNORECASE)
    for where, text in _said(regime):
        ours = re.sub(r'"[^"]*"', "", text)
        assert loaded.findall(ours) == [], f"{where}: {text}"


def test_the_wording_check_can_fail() -> None:
    """The check above finds such a word outside quotation marks, and lets it pass inside."""
    assert re.sub(r'"[^"]*"', "", 'the "Clean" line') == "the  line"


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_every_source_exists(regime: Regime) -> None:
    """What a rule, a doctrine or a covered code cites is a source of the world."""
    sources = set(store.shipped().table("source")["id"])
    cited = {rule.cite.source for rule in regime.rules}
    cited |= {cover.source for cover in regime.covers}
    cited |= {doctrine.cite.source for doctrine in regime.doctrines.values() if doctrine.cite}
    assert set() == cited - sources


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_lists_and_coalitions_name_something(regime: Regime) -> None:
    """A selection of a list, and a coalition under its default statuses, has entries in the world."""
    world = store.shipped()
    listing = world.table("listing")
    for selection in regime.lists.values():
        scopes = list(selection.scopes) or listing["scope"].unique().to_list()  # left out, any scope, and none
        rows = listing.filter(
            (listing["list"] == selection.list)
            & listing["scope"].is_in(scopes, nulls_equal=True)
            & listing["status"].is_in(selection.statuses)
        )
        assert rows["party"].drop_nulls().len() > 0, selection.name
    membership = world.table("membership")
    for coalition in regime.coalitions.values():
        statuses = coalition.statuses
        if isinstance(statuses, str):
            statuses = regime.parameters[statuses.removeprefix("$")].default
        known = set(membership.filter(membership["coalition"] == coalition.coalition)["status"])
        assert set(statuses) <= known, coalition.name


def test_rule_ids_are_unique_across_regimes() -> None:
    """A finding's rule can be told by its id alone."""
    ids = [rule.id for regime in _LOADED.values() for rule in regime.rules]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("regime", "rule"), _RULES)
def test_a_rule_says_why_it_is_contested_or_cannot_decide(regime: Regime, rule: Rule) -> None:
    """A contested reading, a proxy and a clause that nothing decides each come with a reason, and only these."""
    assert (rule.reading == "contested") == bool(rule.reading_why), regime.id
    assert (rule.decidable != "yes") == bool(rule.decidable_why), regime.id
    assert bool(rule.exempt) == bool(rule.exempt_why), regime.id


@pytest.mark.parametrize(("regime", "rule"), _RULES)
def test_no_party_or_state_stands_in_an_expression(regime: Regime, rule: Rule) -> None:
    """Every text in an expression is a choice, a role, a list, a coalition, a type of identifier or a date."""
    words = set(regime.lists) | set(regime.coalitions) | set(kinds.ROLES) | set(identifiers.names())
    words |= {choice for parameter in regime.parameters.values() for choice in parameter.choices}
    words |= {choice for column in kinds.load(rule.kind).columns for choice in column.choices}
    for node in (found for tree in _expressions(rule) for found in _nodes(tree)):
        if isinstance(node, syntax.Literal) and isinstance(node.value, str):
            assert node.value in words or re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.value), node.value


@pytest.mark.parametrize(("regime", "rule"), _RULES)
def test_a_rule_ships_its_cases(regime: Regime, rule: Rule) -> None:
    """Violation, compliant and unknown, or unknown alone where nothing can decide."""
    shown = {case.verdict for case in rule.tests}
    if rule.decidable == "never":
        assert {"unknown"} == shown, regime.id
    else:
        assert {"violation", "compliant", "unknown"} <= shown, regime.id
    assert not rule.exempt or "exempt" in shown


@pytest.mark.parametrize(("regime", "rule"), _RULES)
def test_a_rule_about_parties_ships_a_mirrored_case(regime: Regime, rule: Rule) -> None:
    """Home and target swapped: what was named is accused of nothing, and a wide reading finds the other side's."""
    asked = {node.name for tree in _expressions(rule) for node in _nodes(tree) if isinstance(node, syntax.Call)}
    if not asked & set(_OF_PARTIES):
        pytest.skip("asks about no party")
    mirrored = [case for case in rule.tests if case.set.get("home") not in {None, regime.home}]
    if regime.target is not None:
        assert all((case.set["home"], case.set.get("target")) == (regime.target, regime.home) for case in mirrored)
    assert any(case.verdict != "violation" for case in mirrored)
    if "controlled_from" in asked:
        assert any(case.verdict == "violation" for case in mirrored)


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_every_case_gets_its_verdict(regime: Regime) -> None:
    """Each rule's own cases, thought out by hand, come out of the evaluator as they say."""
    from crossline.evaluate import cases  # noqa: PLC0415 - the evaluator is heavy, and only this test needs it

    outcomes = cases.check(regime, store.shipped())
    assert outcomes
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_store_and_apps_point_in_opposite_directions() -> None:
    """One line asks which apps a store carries, the other which stores carry our app (statement of 2020-08-05)."""
    roles = {}
    for name in ("clean-store-app", "clean-apps-store"):
        violation = syntax.parse(_LOADED["us-clean-network"].rule(name).violation or "")
        roles[name] = {n.base.name for n in _nodes(violation) if isinstance(n, syntax.Call) and n.name == "exists"}
    assert {"clean-store-app": {"publisher"}, "clean-apps-store": {"distributor"}} == roles


def test_the_initiative_depends_on_neither_home_nor_target() -> None:
    """It names no party and no state: no expression uses home, target or a list, and its regime has neither list."""
    regime = _LOADED["cn-gdsi"]
    assert regime.target is None
    assert regime.lists == {}
    names = {
        n.name
        for rule in regime.rules
        for tree in _expressions(rule)
        for n in _nodes(tree)
        if isinstance(n, syntax.Name)
    }
    assert set() == names & {"home", "target"}
    commitments = {rule.cite.clause.removeprefix("commitment ") for rule in regime.rules}
    assert {str(number) for number in range(1, 9)} == commitments


def test_all_six_lines_and_the_coalition_are_there() -> None:
    """The programme has six lines of effort, and a coalition (statements of 2020-04-29 and 2020-08-05)."""
    lines = {rule.line for rule in _LOADED["us-clean-network"].rules}
    assert {"carrier", "path", "store", "apps", "cloud", "cable", "coalition"} == lines


@pytest.mark.parametrize("regime", _LOADED.values(), ids=_LOADED)
def test_every_rule_and_parameter_is_documented(regime: Regime) -> None:
    """The regime's page names each of its rules and parameters, and each source that its rules cite."""
    page = (_DOCS / "regimes" / f"{regime.id}.md").read_text(encoding="utf-8")
    for word in [rule.id for rule in regime.rules] + list(regime.parameters):
        assert word in page, word
    for source in {rule.cite.source for rule in regime.rules} | {cover.source for cover in regime.covers}:
        assert f"`{source}`" in page, source


def test_the_worked_example_holds(tmp_path: Path) -> None:
    """The example of the page on writing regimes loads, and its cases get their verdicts."""
    from crossline.evaluate import cases  # noqa: PLC0415 - as above

    blocks = re.findall(r"```yaml\n(.*?)```", (_DOCS / "regimes.md").read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "house-rules.yaml"
    file.write_text(blocks[0], encoding="utf-8")
    outcomes = cases.check(regimes.load(str(file)), store.shipped())
    assert [outcome.expected for outcome in outcomes] == [outcome.verdict for outcome in outcomes]


def test_every_key_is_documented() -> None:
    """The page on writing regimes names every key of a regime, a rule, a doctrine and a case, and every question."""
    page = (_DOCS / "regimes.md").read_text(encoding="utf-8")
    keys = {field for of in (model.Regime, model.Rule, model.Doctrine) for field in of.__dataclass_fields__}
    keys |= set(model.Selection.__dataclass_fields__) - {"scopes"} | {"scope"}
    keys |= {"given", "set", "we", "why", "others", *check.TIE_FIELDS, "ours", *check._PREDICATES}
    assert set() == {key for key in keys - {"name", "path"} if f"`{key}" not in page and f"t.{key}" not in page}
