"""Verdicts: what DESIGN calls a finding, as one byte for each asset and rule.

The order of cases is that of docs/explanations (verdicts): scope first, then the violation, then exemptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numba
import numpy as np
import numpy.typing as npt

from crossline.evaluate.frames import Decision, Evaluator, Frame, chosen
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.regimes import terms

if TYPE_CHECKING:
    from crossline.evaluate.binding import Compiled
    from crossline.world.chains import Step

NOT_APPLICABLE: Final = 0
COMPLIANT: Final = 1
UNDECIDED: Final = 2
VIOLATION: Final = 3
EXEMPT: Final = 4
WORDS: Final = ("not-applicable", "compliant", "unknown", "violation", "exempt")
SAMPLES: Final = 3


@dataclass(frozen=True)
class Waiving:
    """What waivers turned: for each asset the position in ``told`` of who let it stand, -1 for none."""

    ground: npt.NDArray[np.int32]
    told: tuple[tuple[Step, ...], ...]
    before: Codes  # the verdicts without them


@dataclass(frozen=True)
class Judgement:
    """How one rule judges every asset of its kind."""

    compiled: Compiled
    evaluator: Evaluator | None  # None where nothing was looked at: no assets, or the rule is not in force
    verdict: Codes
    decisions: dict[terms.Leaf, Decision] = field(default_factory=dict)
    waiving: Waiving | None = None

    @property
    def tally(self) -> dict[str, int]:
        """Return how many assets got each verdict."""
        counts = np.bincount(self.verdict, minlength=len(WORDS))
        return {word: int(counts[number]) for number, word in enumerate(WORDS)}

    def rows(self, verdict: int) -> npt.NDArray[np.int64]:
        """Return the rows of the assets with a verdict."""
        return np.flatnonzero(self.verdict == verdict)


@dataclass(frozen=True)
class Groups:
    """Assets with one verdict, by what decided: for each group its leaf, key or reason, count and first rows."""

    leaves: list[terms.Leaf]
    leaf: npt.NDArray[np.int64]  # position in ``leaves``
    payload: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int64]  # shape (groups, SAMPLES); -1 where there are fewer


def judge(compiled: Compiled, evaluator: Evaluator | None, assets: int) -> Judgement:
    """Judge all assets of a kind by one rule."""
    if evaluator is None or not compiled.binding.in_force(compiled.rule):
        return Judgement(compiled, None, np.full(assets, NOT_APPLICABLE, np.uint8))
    decisions: dict[terms.Leaf, Decision] = {}

    def codes(term: terms.Term) -> Codes:
        for leaf in terms.leaves(term):
            if leaf not in decisions:
                decisions[leaf] = evaluator.decide(leaf)
        return skeleton(term, decisions)

    scope = np.minimum(codes(compiled.binds), codes(compiled.applies))
    # Where the rule is silent nobody needs to know more.
    if not scope.any():
        return Judgement(compiled, evaluator, np.full(assets, NOT_APPLICABLE, np.uint8), decisions)
    return Judgement(compiled, evaluator, verdicts(scope, codes(compiled.violation), codes(compiled.exempt)), decisions)


def waive(judgement: Judgement, ground: npt.NDArray[np.int32], told: tuple[tuple[Step, ...], ...]) -> Judgement:
    """Return the judgement with waived assets exempt; ``ground`` and ``told`` as in :class:`Waiving`."""
    verdict = exempted(judgement.verdict, ground >= 0)
    return replace(judgement, verdict=verdict, waiving=Waiving(ground, told, judgement.verdict))


def skeleton(term: terms.Term, decisions: dict[terms.Leaf, Decision]) -> Codes:
    """Combine the codes of decided leaves."""
    if isinstance(term, terms.Not):
        return (TRUE - skeleton(term.operand, decisions)).astype(np.uint8)
    if isinstance(term, terms.And | terms.Or):
        combine = np.minimum if isinstance(term, terms.And) else np.maximum
        result = skeleton(term.operands[0], decisions)
        for operand in term.operands[1:]:
            result = combine(result, skeleton(operand, decisions))
        return result
    if isinstance(term, terms.Choice):
        return chosen(*(skeleton(part, decisions) for part in terms.children(term)))
    return decisions[term].code


# The verdict for scope (false, unknown, true) x violation x exemption, as a table of 27 bytes.
def _table() -> Codes:
    table = np.zeros((3, 3, 3), np.uint8)
    for scope in (FALSE, UNKNOWN, TRUE):
        for violation in (FALSE, UNKNOWN, TRUE):
            if scope == FALSE or (scope == UNKNOWN and violation == FALSE):
                verdict = NOT_APPLICABLE
            elif UNKNOWN in (scope, violation):
                verdict = UNDECIDED
            else:
                verdict = VIOLATION if violation == TRUE else COMPLIANT
            for exempt in (FALSE, UNKNOWN, TRUE):
                final = verdict
                if exempt == TRUE and verdict in (VIOLATION, UNDECIDED):
                    final = EXEMPT
                elif exempt == UNKNOWN and verdict == VIOLATION:
                    final = UNDECIDED
                table[scope, violation, exempt] = final
    return table.reshape(-1)


TABLE: Final = _table()


@numba.njit(cache=True, nogil=True)
def _looked_up(table: Codes, scope: Codes, violation: Codes, exempt: Codes, out: Codes) -> None:
    for row in range(len(scope)):
        out[row] = table[scope[row] * 9 + violation[row] * 3 + exempt[row]]


def verdicts(scope: Codes, violation: Codes, exempt: Codes, waived: npt.NDArray[np.bool_] | None = None) -> Codes:
    """Return verdicts from the codes of scope (``binds && applies``), violation and exemption."""
    result = np.empty(len(scope), np.uint8)
    _looked_up(TABLE, scope, violation, exempt, result)
    return result if waived is None else exempted(result, waived)


def exempted(verdict: Codes, waived: npt.NDArray[np.bool_]) -> Codes:
    """Return the verdicts with violation and unknown turned into exempt where they are waived."""
    return np.where(waived & ((verdict == VIOLATION) | (verdict == UNDECIDED)), EXEMPT, verdict).astype(np.uint8)


def wanted(compiled: Compiled, codes: tuple[int, int, int, int], verdict: int) -> list[tuple[terms.Term, int]]:
    """Return which expressions explain a verdict, given the codes of violation, binds, applies and exempt."""
    violation, binds, applies, exempt = codes
    if verdict == NOT_APPLICABLE:
        for term, code in ((compiled.binds, binds), (compiled.applies, applies)):
            if code == FALSE:
                return [(term, FALSE)]
        return [(compiled.violation, FALSE)]
    if verdict == EXEMPT:
        return [(compiled.exempt, TRUE)]
    if verdict == UNDECIDED:
        order = (
            (compiled.violation, violation),
            (compiled.binds, binds),
            (compiled.applies, applies),
            (compiled.exempt, exempt),
        )
        return [next((term, UNKNOWN) for term, code in order if code == UNKNOWN)]
    return [(compiled.violation, TRUE if verdict == VIOLATION else FALSE)]


def deciding(judgement: Judgement, verdict: int) -> list[tuple[terms.Leaf, npt.NDArray[np.bool_]]]:
    """Return which leaf decides each asset with a verdict (unknown or violation), as leaves and masks of assets."""
    decisions, compiled = judgement.decisions, judgement.compiled
    want = UNKNOWN if verdict == UNDECIDED else TRUE
    rest = judgement.verdict == verdict
    found: list[tuple[terms.Leaf, npt.NDArray[np.bool_]]] = []
    for term in compiled.terms() if verdict == UNDECIDED else (compiled.violation,):
        # A rule that applies to nothing has left its other expressions undecided.
        if not rest.any():
            break
        here = rest & (skeleton(term, decisions) == want)
        if here.any():
            _blame(term, want, here, decisions, found)
            rest &= ~here
    return found


def _blame(
    term: terms.Term, want: int, rows: npt.NDArray[np.bool_], decisions: dict[terms.Leaf, Decision],
    found: list[tuple[terms.Leaf, npt.NDArray[np.bool_]]],
) -> None:  # fmt: skip
    """Find, for each of the rows, the leaf that makes the term what it is.

    Where one part is enough it is the first that is so. Where it takes all of them it is the first that looks at ties,
    since a reader wants to know whom an asset depends on.
    """
    if isinstance(term, terms.Not):
        _blame(term.operand, TRUE - want, rows, decisions, found)
    elif isinstance(term, terms.Choice):
        for condition, side in ((TRUE, term.then), (FALSE, term.otherwise), (UNKNOWN, term.condition)):
            here = rows & (skeleton(term.condition, decisions) == condition)
            if here.any():
                _blame(side, want, here, decisions, found)
    elif isinstance(term, terms.And | terms.Or):
        by_all = want == (TRUE if isinstance(term, terms.And) else FALSE)
        parts = sorted(term.operands, key=_looks_at_no_tie) if by_all else term.operands
        rest = rows
        for part in parts:
            here = rest & (skeleton(part, decisions) == want)
            if here.any():
                _blame(part, want, here, decisions, found)
                # A new mask each time: the one passed in is the caller's.
                rest = rest & ~here
    else:
        found.append((term, rows))


def _looks_at_no_tie(term: terms.Term) -> bool:
    return not terms.quantifiers(term)


def group(judgement: Judgement, verdict: int) -> Groups:
    """Group the assets with a verdict (unknown or violation) by the leaf and the identifier that decide.

    A group's ``payload`` is 0 where its leaf has no tie, 1 + key where a tie decides, and past the keys the code of
    the reason why not all ties were seen.
    """
    nothing = np.zeros(0, np.int64)
    leaves: list[terms.Leaf] = []
    numbers, payloads, counts, samples = [nothing], [nothing], [nothing], [np.zeros((0, SAMPLES), np.int64)]
    evaluator = judgement.evaluator
    for leaf, mask in deciding(judgement, verdict) if evaluator is not None else ():
        rows = np.flatnonzero(mask)
        payload = np.zeros(len(rows), np.int64)
        if isinstance(leaf, terms.Quantifier) and evaluator is not None:
            payload = _payload(evaluator, leaf, judgement.decisions[leaf].ties(rows), rows)
        every, shown = tally(rows, payload, int(payload.max(initial=0)) + 1)
        found = np.flatnonzero(every)
        numbers.append(np.full(len(found), len(leaves), np.int64))
        leaves.append(leaf)
        payloads.append(found)
        counts.append(every[found])
        samples.append(shown[found])
    return Groups(leaves, *(np.concatenate(part) for part in (numbers, payloads, counts, samples)))


def _payload(
    evaluator: Evaluator, leaf: terms.Quantifier, tie: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    if isinstance(leaf.body, terms.Fixed):
        # The same for every tie: none of them is to blame.
        return np.zeros(len(rows), np.int64)
    decided = tie >= 0
    if decided.all():
        return evaluator.keys[tie] + 1
    payload = np.empty(len(rows), np.int64)
    payload[decided] = evaluator.keys[tie[decided]] + 1
    reason = evaluator.links.links(leaf.paths).reason[evaluator.whole.bundle[rows[~decided]]]
    payload[~decided] = len(evaluator.answers.resolution.keys) + 1 + reason.astype(np.int64)
    return payload


@numba.njit(cache=True, nogil=True)
def tally(
    rows: npt.NDArray[np.int64], payload: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count the rows of each payload, and keep the first few of them."""
    count = np.zeros(size, np.int64)
    samples = np.full((size, 3), np.int64(-1))
    for place in range(len(rows)):
        value = payload[place]
        if count[value] < 3:
            samples[value, count[value]] = rows[place]
        count[value] += 1
    return count, samples


def one(evaluator: Evaluator, row: int) -> Frame:
    """Return the frame of a single asset."""
    whole = evaluator.whole
    assert whole.asset is not None  # noqa: S101 - a frame of assets
    return Frame(whole.bundle[row : row + 1], whole.asset[row : row + 1])
