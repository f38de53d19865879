"""The evaluator against Google's CEL runtime (cel-expr-python), cell by cell."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from cel_rules import ABSENT, KIND, PREDICATES, Writer, make

from crossline import estate, kinds
from crossline.evaluate import keys_of
from crossline.evaluate.binding import Binding, Compiled, We
from crossline.evaluate.frames import Evaluator, whole_frame
from crossline.evaluate.judge import judge, skeleton
from crossline.evaluate.links import LinkIndex
from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.regimes import check, model, terms
from crossline.world import World

cel = pytest.importorskip("cel_expr_python.cel", reason="needs cel-expr-python, the oracle")

DAY = date(2026, 1, 1)
ROWS, RULES = 20_000, 50


class StubAnswers:
    """Answers that are made up, one code an identifier."""

    def __init__(self, codes: dict[str, np.ndarray], keys: int) -> None:
        self._codes = {name: np.concatenate([c, np.ones(keys - len(c), np.uint8)]) for name, c in codes.items()}

    def codes(self, predicate: terms.Predicate, *_: object) -> np.ndarray:
        """Return the code of each key."""
        return self._codes[str(predicate.subject)]


def _regime() -> tuple[model.Regime, model.Rule]:
    rule = {
        "id": "r", "line": "data", "kind": "made-up", "title": "t", "cite": {"source": "s"}, "effect": "aim",
        "severity": "low", "violation": "true",
    }  # fmt: skip
    regime = model.regime({"id": "g", "title": "t", "issuer": "i", "legal": "l", "home": "US", "rules": [rule]}, "test")
    return regime, regime.rules[0]


@pytest.fixture(scope="module")
def both() -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Evaluate the same random rules over the same random estate by both; codes of shape (rules, rows)."""
    patch = pytest.MonkeyPatch()
    load = kinds.load
    patch.setattr(kinds, "load", lambda name: KIND if name == "made-up" else load(name))
    made = make(ROWS, seed=1)
    rules = [Writer(seed).condition(4) for seed in range(1000, 1000 + RULES)]
    whole = estate.assemble([("f", batch) for batch in made.batches], as_of=DAY)
    keys, key = keys_of(whole, World(), accept_stale=False)
    regime, rule = _regime()
    binding = Binding(regime, DAY, We(("US",)))
    scope = check.Scope(KIND, {}, frozenset(PREDICATES), frozenset())
    links, memo = LinkIndex(whole, key), {}
    ours = np.empty((RULES, ROWS), np.uint8)
    for number, pair in enumerate(rules):
        term = check.check(pair.ours, scope)
        compiled = Compiled(rule, binding, terms.Fixed(True), terms.Fixed(True), term, terms.Fixed(False))
        evaluator = Evaluator(
            whole,
            whole.holdings["made-up"],
            whole_frame(whole.holdings["made-up"]),
            links,
            StubAnswers(made.answers, len(keys)),
            compiled,
            memo,
        )  # type: ignore[arg-type]
        ours[number] = skeleton(term, judge(compiled, evaluator, ROWS).decisions)
    patch.undo()
    environment = cel.NewEnv(variables={"a": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})
    programs = [environment.compile(pair.cel) for pair in rules]
    theirs = np.empty((RULES, ROWS), np.uint8)
    for row, shown in enumerate(made.maps):
        activation = environment.Activation({"a": shown})
        for number, program in enumerate(programs):
            value = program.eval(activation).value()
            if not isinstance(value, bool):
                # Only an absent cell may be unknown: any other error would be a mistake of this test's.
                assert "not found" in str(value).lower(), value
            theirs[number, row] = (TRUE if value else FALSE) if isinstance(value, bool) else UNKNOWN
    assets = whole.holdings["made-up"].assets
    empty = {name: assets[name].null_count() / ROWS for name in KIND.schema()}
    empty |= {name: whole.ties.column(name).null_count() / len(whole.ties) for name in ("place", "share_min")}
    return ours, theirs, empty


def test_evaluator_equals_cel_on_a_million_cells(both: tuple[np.ndarray, np.ndarray, dict[str, float]]) -> None:
    """Every cell of rule and asset has the value that CEL gives it, an error counting as unknown."""
    ours, theirs, _ = both
    assert ours.size == 1_000_000
    differ = np.argwhere(ours != theirs)
    assert not len(differ), f"{len(differ)} cells differ, the first at rule {differ[0][0]}, row {differ[0][1]}"


def test_a_third_of_the_cells_is_absent(both: tuple[np.ndarray, np.ndarray, dict[str, float]]) -> None:
    """The comparison is made where it is hard: over a third of every column is absent, and all values occur."""
    ours, _, empty = both
    assert min(empty.values()) > 1 / 3
    assert ABSENT > 1 / 3
    shares = np.bincount(ours.ravel(), minlength=3) / ours.size
    assert shares.min() > 0.1
    assert pl.Series(list(empty)).n_unique() == len(empty)
