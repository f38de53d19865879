"""Regimes on the command line: listed, shown, and checked, with the place of whatever is wrong in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossline import regimes
from invoked import CASES, mini, run, write

if TYPE_CHECKING:
    from pathlib import Path


def test_regime_list_and_show() -> None:
    """Every regime that ships is listed, and shown with each of its rules."""
    listed = run("regime", "list")
    assert listed.exit_code == 0
    for name in regimes.names():
        assert name in listed.stdout
        shown = run("regime", "show", name)
        assert shown.exit_code == 0
        assert all(each.id in shown.stdout for each in regimes.load(name).rules)
    assert run("regime", "show", "nothing").exit_code == 2


def test_regime_check_counts_cases(tmp_path: Path) -> None:
    """A regime whose cases come out as they say passes; one case that does not fails, and is told with why."""
    good = run("regime", "check", mini(tmp_path))
    assert good.exit_code == 0, good.output
    assert "1 rules, 3 cases, 0 with another verdict" in good.stdout.replace("1 rule,", "1 rules,")
    wrong = [*CASES, {"given": {"data_class": "other"}, "verdict": "violation"}]
    bad = run("regime", "check", mini(tmp_path, tests=wrong))
    assert bad.exit_code == 1
    assert "rule r, case 3: not-applicable, not violation" in bad.stdout


@pytest.mark.parametrize("lacking", ["violation", "compliant", "unknown"])
def test_regime_check_refuses_a_rule_without_its_cases(tmp_path: Path, lacking: str) -> None:
    """A rule needs cases for violation, compliant and unknown; which it lacks is said."""
    cases = [case for case in CASES if case["verdict"] != lacking]
    result = run("regime", "check", mini(tmp_path, tests=cases))
    assert result.exit_code == 2
    assert f"rule r: tests: no case for {lacking}" in result.stderr
    assert "mini.yaml" in result.stderr


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"violation": "operater.exists(t, t.ours)"}, "rule r: violation, column 1: 'operater' is no role"),
        ({"violation": "data_clas == home"}, "rule r: violation, column 1: 'data_clas' is no column of data-store"),
        ({"kind": "data-stor"}, "rule r: there is no kind 'data-stor'"),
        ({"tests": [{"given": {"opeator": []}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]: 'opeator'"),
        ({"tests": [{"given": {"operator": ["nobody"]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]: 'nobody'"),
        ({"tests": [{"given": {"operator": "party:x"}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": [5]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": None}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": [{"id": "party:x", "ort": "X"}]}, "verdict": "unknown"}, *CASES]}, "'ort'"),
        ({"tests": [{"given": {"operator": [{"id": "party:x", "place": 5}]}, "verdict": "unknown"}, *CASES]}, "[0]"),
        ({"tests": [{"given": {"operator": [{"place": "X"}]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"subjects": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": []}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": {"x": {}}}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": {"x": {"kind": "x"}}}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "we": {"states": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "we": {"stats": ["US"]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "set": {"raeding": "x"}, "verdict": "unknown"}, *CASES]}, "'raeding'"),
        ({"violation": "true || " * 400 + "true"}, "mini"),
        ({"violation": "(" * 100}, "nested more than 64 deep"),
    ],
)  # fmt: skip
def test_regime_check_names_what_is_wrong(tmp_path: Path, keys: dict[str, object], said: str) -> None:
    """Whatever is wrong in a regime's file ends with status 2 (or a counted case), one message and its place."""
    result = run("regime", "check", mini(tmp_path, **keys))
    assert result.exit_code in (1, 2) if said == "mini" else result.exit_code == 2, result.output
    assert said in result.output


def test_yaml_that_explodes(tmp_path: Path) -> None:
    """Aliases that stand for more and more are refused with file and line, not expanded."""
    text = "a: &a [x, x]\n" + "".join(
        f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    result = run("regime", "check", write(tmp_path / "bomb.yaml", text))
    assert result.exit_code == 2
    assert "bomb.yaml" in result.stderr
