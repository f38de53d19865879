"""Verdicts of one rule counted apart by a column of its kind, such as core and radio equipment.

A rule's verdict on an asset stays one; this only says how many of each verdict there are in each part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crossline.evaluate.judge import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.evaluate.judge import Judgement


def apart(judgements: Iterable[Judgement]) -> list[dict[str, Any]]:
    """Return a row for each rule and each word of a column that is counted apart; a null word was not stated.

    Rules that judged nothing, or nothing but assets whose column is not stated, have no rows.
    """
    rows: list[dict[str, Any]] = []
    for judgement in judgements:
        evaluator = judgement.evaluator
        if evaluator is None:
            continue
        holdings = evaluator.holdings
        for column in (column.name for column in holdings.kind.columns if column.apart):
            if holdings.assets[column].null_count() == holdings.assets.height:
                continue
            counted = (
                pl.DataFrame({"value": holdings.assets[column], "verdict": judgement.verdict})
                .group_by("value")
                .agg((pl.col("verdict") == number).sum().alias(word) for number, word in enumerate(WORDS))
                .sort("value", nulls_last=True)
            )
            compiled = judgement.compiled
            rows += [
                {"regime": compiled.binding.regime.id, "rule": compiled.rule.id, "column": column, **row}
                for row in counted.iter_rows(named=True)
            ]
    return rows
