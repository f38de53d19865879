"""The regime's own rules on cables, asked of every cable: a violation goes, what is unknown is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables.removing import WHY, Removal
from crossline.evaluate import choosing
from crossline.evaluate.judge import UNDECIDED, VIOLATION
from crossline.evaluate.trace import OWN, Tracer
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.cables.cuts import Longs
    from crossline.cables.network import CableMap, Mask
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.evaluate.judge import Judgement
    from crossline.regimes.model import Regime

_MOST_TOLD: Final = 2_000  # verdicts that are explained one by one


def chosen(regime: Regime, only: Sequence[str]) -> Regime:
    """Return a regime with nothing but its rules on cables, or those of them that are named."""
    return choosing.chosen(regime, ("cable",), only, about="cables", nothing="none goes by it")


def judge(
    charted: CableMap, session: Session, binding: Binding, afloat: Mask
) -> tuple[Removal, list[tuple[Judgement, Codes]]]:
    """Ask every rule of every cable; only those ``afloat``, (C,), are told of."""
    judgements = list(session.judge([binding]))
    assets = session.estate.holdings["cable"].assets.with_row_index("row")
    rows = charted.cables.select("cable").join(
        assets.unique("asset", keep="first", maintain_order=True).select("row", cable="asset"), on="cable",
        maintain_order="left",
    )["row"].to_numpy()  # fmt: skip
    codes, told = [], []
    # What is presumed against whoever applies for a licence takes out nothing that runs under one.
    licensed = (charted.cables["status"] == "in-service").fill_null(value=False).to_numpy()
    spared = np.zeros(len(licensed), np.bool_)
    for judgement in judgements:
        verdict = judgement.verdict[rows]
        code = np.where(verdict == VIOLATION, TRUE, np.where(verdict == UNDECIDED, UNKNOWN, FALSE)).astype(np.uint8)
        if judgement.compiled.rule.effect == "presumption":
            spared |= licensed & afloat & (code != FALSE)
            code = np.where(licensed, FALSE, code).astype(np.uint8)
        codes.append(code)
        told += _told(judgement, rows, np.where(afloat, code, FALSE))
    every = np.maximum.reduce(codes)
    notes = []
    if spared.any():
        notes.append(
            f"{plural(int(spared.sum()), 'cable')} in service of which {binding.regime.id} presumes, or may, something"
            " against whoever applies for a licence: a presumption takes out nothing that runs under one."
        )
    if binding.we.hypothetical and any("we." in str(rule.binds) for rule in binding.regime.rules):
        notes.append(
            f"Nobody said who asks: {binding.regime.id} is asked as by those in {binding.home}, whom it binds."
        )
    if note := binding.binds_nobody():
        notes.append(note)
    why = pl.DataFrame(told, schema=WHY, orient="row")
    return Removal(every, np.zeros(charted.points.height, np.bool_), why, (named(binding),), tuple(notes)), list(
        zip(judgements, codes, strict=True)
    )


def _told(judgement: Judgement, rows: Longs, code: Codes) -> list[tuple[object, ...]]:
    """Return what decides each cable that goes, and what is missing of each in doubt."""
    if judgement.evaluator is None:
        return []
    tracer, rule = Tracer(judgement), judgement.compiled.rule
    asked = np.concatenate([np.flatnonzero(code == TRUE), np.flatnonzero(code == UNKNOWN)])
    told: list[tuple[object, ...]] = []
    for number in asked[:_MOST_TOLD]:
        trace = tracer.explain(int(rows[number]))
        sources = dict.fromkeys(step.source for step in trace.steps if step.source not in ("", OWN))
        sources[rule.cite.source] = None
        what = None
        if trace.ties and code[number] == TRUE:
            estate = judgement.evaluator.estate
            kind, value = estate.identifiers.row(int(estate.ties.identifier[trace.ties[-1]]))
            what = estate.written.get(f"{kind}:{value}") or estate.names.get(value, value)
        said = [step.statement for step in trace.steps] if code[number] == TRUE else trace.missing
        told.append((int(number), int(code[number]), rule.id, what, "; ".join(dict.fromkeys(said)), ", ".join(sources)))
    left = len(asked) - _MOST_TOLD
    if left > 0:
        told.append(
            (
                int(asked[_MOST_TOLD]),
                UNKNOWN,
                rule.id,
                None,
                f"and {plural(left, 'more verdict')} not told one by one",
                "",
            )
        )
    return told


def named(binding: Binding) -> str:
    """Return a regime's title, and what was set."""
    said = [f"{key}={', '.join(v) if isinstance(v, tuple) else v}" for key, v in binding.set.items()]
    return f"{binding.regime.title} ({', '.join(said)})" if said else binding.regime.title
