"""The cases that come with a rule: small made-up estates, and the verdicts that they must get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline import estate, identifiers, kinds
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, We, compile_rule, parse_setting
from crossline.evaluate.judge import WORDS
from crossline.evaluate.trace import Tracer
from crossline.regimes.document import RegimeError
from crossline.tables import EXTENTS, TIE, Batch, encode_ties

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crossline.regimes.model import Case, Regime, Rule
    from crossline.world import World


@dataclass(frozen=True)
class Outcome:
    """A case, the verdict it got, and why."""

    rule: str
    number: int
    expected: str
    verdict: str
    why: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether the verdict is the one expected."""
        return self.expected == self.verdict


def check(regime: Regime, world: World) -> list[Outcome]:
    """Run every rule's cases; raises RegimeError where a rule lacks one of the three verdicts, or a case is amiss."""
    outcomes = []
    for rule in regime.rules:
        shown = {case.verdict for case in rule.tests}
        needed = {"unknown"} if rule.decidable == "never" else {"violation", "compliant", "unknown"}
        if not needed <= shown:
            lacking = ", ".join(sorted(needed - shown))
            raise RegimeError(f"{regime.path}: rule {rule.id}: tests: no case for {lacking}")
        outcomes += [run(regime, rule, number, case, world) for number, case in enumerate(rule.tests)]
    return outcomes


def undescribed(regime: Regime, world: World) -> list[str]:
    """Return, for each rule that cites a source the world does not describe, a sentence that says so."""
    sources = set(world.table("source")["id"])
    return [
        f"rule {rule.id} cites {rule.cite.source}, which this world does not describe"
        for rule in regime.rules
        if rule.cite.source not in sources
    ]


def run(regime: Regime, rule: Rule, number: int, case: Case, world: World) -> Outcome:
    """Judge one case."""
    where = f"{regime.path}: rule {rule.id}: tests[{number}]"
    as_of = case.as_of or regime.tests_as_of
    if as_of is None:
        raise RegimeError(f"{where}: as_of is missing, and the regime has no tests_as_of")
    compile_rule(Binding(regime, as_of, We()), rule)  # a kind that does not exist is told before cases are made
    settings = {name: parse_setting(regime, name, value) for name, value in case.set.items()}
    try:
        binding = Binding(regime, as_of, _we(case, settings.get("home", regime.home)), settings)
        batches = list(_batches(case.given, rule.kind, case.observed_at or as_of))
    except ValueError as error:
        raise RegimeError(f"{where}: {error}") from None
    made = estate.assemble([("case", batch) for batch in batches], as_of)
    alone = replace(regime, rules=(rule,))
    compile_rule(replace(binding, regime=alone), rule)
    session = Session(made, world, binding)
    judgement = next(iter(session.judge([replace(binding, regime=alone)])))
    row = made.holdings[rule.kind].assets["asset"].to_list().index("case")
    verdict = WORDS[judgement.verdict[row]]
    why: tuple[str, ...] = ()
    if judgement.evaluator is not None:
        trace = Tracer(judgement).explain(row)
        why = (*(step.told for step in trace.steps), *(f"missing: {item}" for item in trace.missing))
    return Outcome(rule.id, number, case.verdict, verdict, why)


def _we(case: Case, home: object) -> We:
    if case.we is None:
        return We(states=(str(home),))
    for key, items in case.we.items():
        if key not in ("states", "parties", "asns") or not isinstance(items, list):
            raise ValueError(f"we.{key}: we holds lists of states, parties and asns")
    parts = {key: tuple(str(item) for item in case.we.get(key, ())) for key in ("states", "parties", "asns")}
    return We(parts["states"], parts["parties"], parts["asns"], hypothetical=False)


def _batches(given: Mapping[str, Any], kind: str, seen: date) -> list[Batch]:
    others = given.get("others", {})
    mine = {key: value for key, value in given.items() if key != "others"}
    described = [("case", kind, mine)]
    if not isinstance(others, dict):
        raise ValueError("others holds assets by name")  # noqa: TRY004 - told as a mistake in the case
    for name, other in others.items():
        if not isinstance(other, dict) or other.get("kind") not in kinds.names():
            raise ValueError(f"others.{name} needs a kind, one of {', '.join(kinds.names())}")
        described.append((str(name), str(other["kind"]), {k: v for k, v in other.items() if k != "kind"}))
    return [_batch(name, kinds.load(of), values, seen) for name, of, values in described]


def _batch(name: str, kind: kinds.Kind, values: Mapping[str, Any], seen: date) -> Batch:
    cells: dict[str, Any] = {"asset": [name], "name": [name], "observed_at": [seen], "locator": [None], "bundle": [0]}
    ties: list[dict[str, object]] = []
    extents: list[tuple[int | None, str, str, str | None]] = []
    for key, value in values.items():
        column = kind.column(key)
        if column:
            cells[key] = _cell(value, column)
        elif key in kind.roles:
            if not isinstance(value, list):
                raise ValueError(f"{key} is a role: a list of ties was expected, not {value!r}")
            items = list(value)
            partial = bool(items) and items[-1] == "..."
            extents.append((None, key, "some" if partial else "all", None))
            ties += [_tie(item, key, seq) for seq, item in enumerate(items[:-1] if partial else items)]
        else:
            raise ValueError(f"{key!r} is no column and no role of {kind.name}")
    schema = {"type": pl.String, "value": pl.String} | {k: v for k, v in TIE.items() if k != "identifier"}
    named, encoded = encode_ties(pl.DataFrame(ties, schema=schema, orient="row"))
    return Batch(
        kind.name,
        pl.DataFrame(cells, schema_overrides={"bundle": pl.UInt32, "locator": pl.String}),
        named,
        encoded,
        pl.DataFrame(extents, schema=EXTENTS, orient="row"),
    )


def _cell(value: object, column: kinds.Column) -> pl.Series:
    wrong = ValueError(f"{column.name} is {value!r}, which is not of type {column.type}")
    if isinstance(value, list) != (column.type == "texts") and value is not None:
        raise wrong
    try:
        return pl.Series([value], dtype=kinds.POLARS_TYPE[column.type], strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        raise wrong from None


def _tie(item: object, role: str, seq: int) -> dict[str, object]:
    fields: dict[str, object] = dict(item) if isinstance(item, dict) else {"id": item}
    label = str(fields.pop("id", ""))
    kind, value = identifiers.parse(label)
    unknown = set(fields) - set(TIE)
    if unknown:
        raise ValueError(f"{min(map(str, unknown))!r} is no field of a tie")
    for name, cell in fields.items():
        try:
            pl.Series([cell], dtype=TIE[name], strict=True)
        except (TypeError, pl.exceptions.PolarsError):
            raise ValueError(f"{name} of {label} is {cell!r}, which does not fit") from None
    return {"bundle": 0, "role": role, "seq": seq, "type": kind, "value": value, **fields}
