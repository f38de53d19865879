"""Why: the statements that take apps out, each with its source, and what is missing where apps are in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.auditing.findings import groups
from crossline.evaluate.judge import VIOLATION, group
from crossline.evaluate.trace import OWN, Tracer
from crossline.impact import Column, Table

if TYPE_CHECKING:
    from crossline.evaluate.judge import Judgement
    from crossline.stores.telling.tables import Counts

_MOST: Final = 200  # groups of one rule that are told
_NO_SOURCE: Final = frozenset({"", OWN})


def grounds(counts: Counts) -> tuple[Table, list[str]]:
    """Return what decided that apps are taken out, rule by rule, and the ids of the sources that say so."""
    rows, sources = [], dict[str, None]()
    for count in counts.runs:
        for asked in count.run.asked:
            sources[asked.rule.cite.source] = None
            if asked.judgement is not None:
                rows += [(asked.rule.id, *told) for told in _told(asked.judgement, sources)]
    frame = pl.DataFrame(
        rows,
        schema={
            "rule": pl.String, "identifier": pl.String, "party": pl.String, "offers": pl.Int64, "why": pl.String,
            "sources": pl.String,
        },
        orient="row",
    ).sort("offers", descending=True, maintain_order=True)  # fmt: skip
    table = Table(
        "grounds", "On whose word",
        (Column("rule", "Rule"), Column("identifier", "What decides"),
         Column("offers", "Apps in storefronts", "count"), Column("why", "What is stated"),
         Column("sources", "Sources"), Column("party", "Party")),
        frame,
        f"A row is one rule and the identifier that decides, for one app of those; of a rule {_MOST} at most. "
        "An app counts once for each storefront.",
        shown=8,
    )  # fmt: skip
    return table, list(sources)


def _told(judgement: Judgement, sources: dict[str, None]) -> list[tuple[str, str | None, int, str, str]]:
    """Return identifier, party, how many, statements and sources of the largest groups of what a rule takes out."""
    evaluator = judgement.evaluator
    if evaluator is None or not (judgement.verdict == VIOLATION).any():
        return []
    found, answers = group(judgement, VIOLATION), evaluator.answers
    tracer, keys = Tracer(judgement), len(answers.resolution.keys)
    rows = []
    for place in np.argsort(-found.count, kind="stable")[:_MOST]:
        payload = int(found.payload[place])
        key = payload - 1 if 0 < payload <= keys else -1
        steps = tracer.explain(int(found.samples[place, 0])).steps
        named = dict.fromkeys(step.source for step in steps if step.source not in _NO_SOURCE)
        sources.update(named)
        said = "; ".join(dict.fromkeys(step.statement for step in steps))
        rows.append((
            answers.label(key) if key >= 0 else "the app itself", answers.party_ids[key] if key >= 0 else None,
            int(found.count[place]), said, ", ".join(named),
        ))  # fmt: skip
    return rows


def missing(counts: Counts) -> Table:
    """Say what is not known where apps are in doubt, the most wanted first."""
    schema = {"rule": pl.String, "missing": pl.String, "identifiers": pl.Int64, "offers": pl.Int64}
    parts = [pl.DataFrame(schema=schema)]
    judged = [asked.judgement for count in counts.runs for asked in count.run.asked if asked.judgement is not None]
    for judgement in judged:
        found = groups(judgement).with_columns(pl.col("missing").list.first().fill_null("not stated"))
        # Ten thousand names that lead to nobody miss one thing, which is told once.
        parts.append(
            found.group_by("rule", "missing", maintain_order=True).agg(
                pl.col("identifier").n_unique().cast(pl.Int64).alias("identifiers"),
                pl.col("count").sum().cast(pl.Int64).alias("offers"),
            )
        )
    frame = pl.concat(parts).group_by("rule", "missing", maintain_order=True).agg(pl.col("identifiers", "offers").sum())
    return Table(
        "missing", "What is not known",
        (Column("offers", "Apps in storefronts", "count"), Column("missing", "Missing"), Column("rule", "Rule"),
         Column("identifiers", "Identifiers", "count")),
        frame.sort("offers", descending=True, maintain_order=True),
        "A row is what would have to be found out first, and for how many apps, once for each storefront.",
        shown=8,
    )  # fmt: skip
