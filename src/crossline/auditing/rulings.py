"""What each rule says of assets that are described one by one: the steps that decide, what is missing, or a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from crossline.evaluate.judge import NOT_APPLICABLE, UNDECIDED, VIOLATION, WORDS
from crossline.evaluate.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crossline.evaluate.judge import Judgement

RULES: Final = 20  # violations, what is unknown, and other verdicts, of one asset
TEXT_MOST: Final = 1000  # characters of a text that is told
_MISSING: Final = 6  # facts of one unknown judgement
_STEPS: Final = 12  # of one violation
_EXPLAINED: Final = 1200  # judgements of a verdict of which it is told why, the same number of each rule

By = dict[int, dict[tuple[str, str], list[Any]]]


@dataclass(frozen=True)
class Rulings:
    """What rules say, by row of the assets."""

    because: By
    lacking: By
    rest: dict[int, list[dict[str, str]]]

    def of(self, row: int, violated: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """Return what stands in a report of one asset; ``violated`` has its violations, which are given their steps."""
        because = self.because.get(row, {})
        return {
            "violations": [{**item, "why": because.get((item["regime"], item["rule"]), [])} for item in violated],
            "unknown": [
                {"regime": regime, "rule": rule, "missing": facts}
                for (regime, rule), facts in self.lacking.get(row, {}).items()
            ],
            "others": self.rest.get(row, []),
        }


def missing(judgements: Sequence[Judgement], order: npt.NDArray[np.int64]) -> By:
    """Return, by row of the assets and by regime and rule, what would have to be known for each that is undecided."""
    return _traced(judgements, order, UNDECIDED, _facts)


def why(judgements: Sequence[Judgement], order: npt.NDArray[np.int64]) -> By:
    """Return, by row of the assets and by regime and rule, the steps that make it a violation, each with its source."""
    return _traced(judgements, order, VIOLATION, _steps)


def others(judgements: Sequence[Judgement], order: npt.NDArray[np.int64]) -> dict[int, list[dict[str, str]]]:
    """Return, by row of the assets, the rules with another verdict; of an asset that no rule applies to none."""
    told: dict[int, list[dict[str, str]]] = {}
    asked = [one.verdict[order] for one in judgements]
    some = np.maximum.reduce(asked) > NOT_APPLICABLE if asked else np.zeros(len(order), np.bool_)
    for judgement, verdict in zip(judgements, asked, strict=True):
        regime, rule = _named(judgement)
        for place in np.flatnonzero(some & (verdict != VIOLATION) & (verdict != UNDECIDED)).tolist():
            mine = told.setdefault(int(order[place]), [])
            if len(mine) < RULES:
                mine.append({"regime": regime, "rule": rule, "verdict": WORDS[verdict[place]]})
    return told


def told(judgements: Sequence[Judgement], order: npt.NDArray[np.int64]) -> Rulings:
    """Return all of it for the assets in these rows, which are those of one kind."""
    return Rulings(why(judgements, order), missing(judgements, order), others(judgements, order))


def _traced(
    judgements: Sequence[Judgement],
    order: npt.NDArray[np.int64],
    verdict: int,
    tell: Callable[[Tracer, int], list[Any]],
) -> By:
    told: By = {}
    asked = [one for one in judgements if one.evaluator is not None and (one.verdict[order] == verdict).any()]
    for judgement in asked:
        tracer = Tracer(judgement, brief=verdict == UNDECIDED)
        for place, row in enumerate(order[judgement.verdict[order] == verdict].tolist()):
            mine = told.setdefault(row, {})
            if len(mine) < RULES:
                mine[_named(judgement)] = tell(tracer, row) if place < _EXPLAINED // len(asked) else []
    return told


def _facts(tracer: Tracer, row: int) -> list[str]:
    return [_cut(fact) for fact in tracer.explain(row).missing[:_MISSING]]


def _steps(tracer: Tracer, row: int) -> list[dict[str, str]]:
    steps = tracer.explain(row).steps
    told = [{"statement": _cut(step.told), "source": step.source} for step in steps[:_STEPS]]
    left = len(steps) - _STEPS
    return [*told, {"statement": f"and {left} more steps", "source": ""}] if left > 0 else told


def _named(judgement: Judgement) -> tuple[str, str]:
    return judgement.compiled.binding.regime.id, judgement.compiled.rule.id


def _cut(text: str) -> str:
    return text[:TEXT_MOST]
