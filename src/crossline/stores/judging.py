"""The regime's own rules, asked of every shelf: a violation is taken out, what is unknown is in doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.evaluate import choosing
from crossline.evaluate.binding import Binding, We
from crossline.evaluate.judge import UNDECIDED, VIOLATION
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.regimes import terms
from crossline.stores.shelves import KINDS, Shelves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.evaluate.judge import Judgement
    from crossline.regimes.model import Regime, Rule

# What takes an app out; whatever else a rule asks for can be done to the app, which then stays.
REMOVALS: Final = frozenset({"remove-app", "withdraw-app", "end-licence"})


@dataclass(frozen=True)
class Asked:
    """One rule over all units: FALSE kept, UNKNOWN in doubt, TRUE taken out."""

    rule: Rule
    code: Codes
    judgement: Judgement | None  # None where nothing of its kind is in the catalogues


@dataclass(frozen=True)
class Run:
    """What takes apps out, and which: FALSE kept, UNKNOWN in doubt, TRUE taken out, of each unit."""

    id: str  # measure | answer | owners
    title: str
    code: Codes
    binding: Binding | None = None
    asked: tuple[Asked, ...] = ()
    notes: tuple[str, ...] = ()


def chosen(regime: Regime, only: Sequence[str]) -> Regime:
    """Return a regime with nothing but its rules on apps and offerings, or those of them that are named."""
    return choosing.chosen(regime, KINDS, only, about="apps", nothing="nothing leaves a store by it")


def judge(shelves: Shelves, binding: Binding, run: str, title: str) -> Run:
    """Ask every rule of every unit.

    Where nobody said who "we" are, the publishers that are certainly controlled from home are ours, and where it is
    unknown whether one is, what follows from it is in doubt.
    """
    bounds, notes = _whose(shelves, binding)
    rules = binding.regime.rules
    judged = []
    for bound in bounds:
        shelves.session.memo.clear()  # who "we" are is no part of what a decision is remembered by
        judged.append(list(shelves.session.judge([bound])))
    asked = []
    for place, rule in enumerate(rules):
        codes = [_spread(shelves, rule.kind, one[place]) for one in judged]
        code = codes[0] if len(codes) == 1 else np.where(codes[0] == codes[-1], codes[0], UNKNOWN).astype(np.uint8)
        first = judged[0][place]
        asked.append(Asked(rule, code, first if first.evaluator is not None else None))
    every = np.maximum.reduce([one.code for one in asked])
    return Run(run, title, every, binding, tuple(asked), tuple(notes))


def _whose(shelves: Shelves, binding: Binding) -> tuple[list[Binding], list[str]]:
    """Return the binding with who "we" are at least, and with who we are at most, where rules ask that."""
    there = shelves.session.estate.holdings
    rules = [rule for rule in binding.regime.rules if rule.kind in there]
    said = [text for rule in rules for text in (rule.binds, rule.applies, rule.violation, rule.exempt)]
    asks = any(isinstance(text, str) and ".ours" in text for text in said)
    if not asks or not binding.we.hypothetical:
        return [binding], []
    answers = shelves.session.answers
    home = terms.Predicate(0, "controlled_from", binding.home)
    closure = answers.held(home, binding, binding.regime.rules[0], None)
    if closure is None:
        return [binding], []
    least = [answers.graph.ids[number] for number in np.flatnonzero(closure.codes == TRUE)]
    most = [answers.graph.ids[number] for number in np.flatnonzero(closure.codes != FALSE)]
    note = (
        f"Nobody said whose apps are ours: all publishers controlled from {binding.home} are taken to be, by the "
        f"regime's own doctrine of control. An estate.yaml with `we` says it better."
    )
    both = [replace(binding, we=We((binding.home,), tuple(ids), (), hypothetical=False)) for ids in (least, most)]
    return both, [note]


def _spread(shelves: Shelves, kind: str, judgement: Judgement) -> Codes:
    """Return one rule's verdicts as codes of all units; other kinds of asset are not asked, and stay."""
    code = np.zeros(shelves.units.height, np.uint8)
    mine = (shelves.units["kind"] == kind).to_numpy()
    if mine.any():
        row = shelves.units.filter(pl.Series(mine))["row"].to_numpy()
        verdict = judgement.verdict[row]
        code[mine] = np.where(verdict == VIOLATION, TRUE, np.where(verdict == UNDECIDED, UNKNOWN, FALSE))
        # What is said of an offering is said of the store's listing of it.
        np.maximum.at(code, shelves.same["listing"].to_numpy(), code[shelves.same["unit"].to_numpy()])
    return code
