"""Findings and groups as columns, made from judgements.

Evidence is told once for each distinct way in which a rule was decided, and shared by all assets that were decided
that way; a finding's own file, and the place of what decided in it, stand in its own columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import fingerprint
from crossline.estate import ROLE_NUMBER
from crossline.evaluate.binding import words
from crossline.evaluate.frames import Frame
from crossline.evaluate.judge import SAMPLES, UNDECIDED, VIOLATION, WORDS, deciding, group
from crossline.evaluate.links import expand
from crossline.evaluate.trace import Trace, Tracer
from crossline.kleene import TRUE
from crossline.regimes import terms
from crossline.reports import FINDING, GROUP

if TYPE_CHECKING:
    from crossline.evaluate.frames import Evaluator
    from crossline.evaluate.judge import Groups, Judgement

_ROLE_NAMES: Final = list(ROLE_NUMBER)
_TOLD_IN_FULL: Final = 200  # bundles of one rule and verdict whose ties are told one by one
_HOPS_IN_FULL: Final = 2000  # the same where hops or what is in apps are told


def findings(judgement: Judgement, verdict: int) -> pl.DataFrame:
    """Return the assets with a verdict as findings, in the order of the estate."""
    rows = judgement.rows(verdict)
    evaluator, rule = judgement.evaluator, judgement.compiled.rule
    if evaluator is None or not len(rows):
        return pl.DataFrame(schema=FINDING)
    regime = judgement.compiled.binding.regime.id
    assets = evaluator.holdings.assets.select("asset", "name", "file", "locator")[rows]
    told, number = _told(judgement, evaluator, rows)
    decided = _decided(judgement, evaluator, rows, verdict)
    return assets.with_columns(
        fingerprint.of_column(f"{regime}\n{rule.id}\n", evaluator.holdings.told_apart[rows]).alias("id"),
        pl.lit(regime).alias("regime"),
        pl.lit(rule.id).alias("rule"),
        pl.lit(rule.line).alias("line"),
        pl.lit(rule.kind).alias("kind"),
        pl.lit(WORDS[verdict]).alias("verdict"),
        pl.lit(rule.severity).alias("severity"),
        pl.lit(words(rule.cite)).alias("cite"),
        pl.lit(pl.Series([list(rule.remedy)], dtype=pl.List(pl.String)).first()).alias("remedy"),
        *(told[name].gather(number) for name in ("evidence_id", "limb", "why", "missing")),
        pl.lit(None, pl.String).alias("baseline"),
        *decided.drop("locator").get_columns(),
        pl.coalesce(decided["locator"], "locator").alias("locator"),
    ).select(FINDING.names())


def evidence_ids(judgement: Judgement, rows: npt.NDArray[np.int64]) -> pl.Series:
    """Return the evidence_id that the findings of these rows have, which are all rows of one verdict."""
    if judgement.evaluator is None or not len(rows):
        return pl.Series([], dtype=pl.String)
    told, number = _told(judgement, judgement.evaluator, rows)
    return told["evidence_id"].gather(number)


def _told(
    judgement: Judgement, evaluator: Evaluator, rows: npt.NDArray[np.int64]
) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
    """Explain each distinct way in which rows were decided; return the tellings and which one each row has.

    What is told where no single tie decides names the ties that were looked at, and so differs from bundle to bundle.
    Where that would be too much to tell, it is said in one sentence instead.
    """
    signature = _signature(judgement, evaluator, rows)
    bundle = evaluator.holdings.assets["bundle"].gather(rows)
    full = signature.with_columns(bundle.alias("bundle"), *_addresses(judgement, evaluator, rows))
    # Hops are told each with its address and who announces it, what is in an app each with its place in the package.
    hops = (evaluator.estate.identifiers["type"] == "address").any() or judgement.compiled.rule.kind == "app"
    brief = full.n_unique() > (_HOPS_IN_FULL if hops else _TOLD_IN_FULL)
    chosen = signature if brief else full
    distinct = chosen.with_row_index("row").unique(chosen.columns, keep="first", maintain_order=True)
    numbered = distinct.with_row_index("number")
    number = chosen.join(numbered, on=chosen.columns, how="left", maintain_order="left", nulls_equal=True)["number"]
    tracer = Tracer(judgement, brief=brief)
    traces = [tracer.explain(int(rows[place])) for place in distinct["row"]]
    return _tellings(traces), number.to_numpy().astype(np.int64)


def _tellings(traces: list[Trace]) -> pl.DataFrame:
    steps = [[{"statement": step.told, "source": step.source} for step in trace.steps] for trace in traces]
    chains = ["\n".join(f"{step.statement}\t{step.source}" for step in trace.steps) for trace in traces]
    return pl.DataFrame(
        {
            "evidence_id": [fingerprint.of(chain) for chain in chains],
            "limb": [trace.limb or None for trace in traces],
            "why": steps,
            "missing": [trace.missing for trace in traces],
        },
        schema={name: FINDING[name] for name in ("evidence_id", "limb", "why", "missing")},
    )


def _signature(judgement: Judgement, evaluator: Evaluator, rows: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Return what the telling of a row depends on: codes, deciding identifiers and the columns that are asked for."""
    columns: dict[str, pl.Series | npt.NDArray[np.generic]] = {"same": np.zeros(len(rows), np.int8)}
    if judgement.waiving is not None:
        columns["ground"] = judgement.waiving.ground[rows]
    named: dict[str, None] = {}
    ties = evaluator.estate.ties
    for place, (leaf, decision) in enumerate(judgement.decisions.items()):
        columns[f"code{place}"] = decision.code[rows]
        named.update(dict.fromkeys(terms.columns(leaf)))
        if isinstance(leaf, terms.Quantifier) and len(ties):
            tie = decision.ties(rows)
            known = tie >= 0
            columns[f"key{place}"] = np.where(known, evaluator.keys[tie], -1)
            columns[f"role{place}"] = np.where(known, ties.role[tie], 255)
            for name, column in ties.columns.items():
                if name not in ("since", "until", "locator"):
                    columns[f"{name}{place}"] = column.gather(np.where(known, tie, 0))
            if len(terms.quantifiers(leaf)) > 1:
                # A tie inside decides too, and may differ between assets with the same outer tie.
                columns[f"bundle{place}"] = evaluator.holdings.assets["bundle"].gather(rows)
    frame = pl.DataFrame(columns)
    return frame.with_columns(evaluator.holdings.assets[name].gather(rows).alias(f"column-{name}") for name in named)


def _addresses(judgement: Judgement, evaluator: Evaluator, rows: npt.NDArray[np.int64]) -> list[pl.Series]:
    """Return what the telling of a tie to an address names beside its network: which address, at which hop."""
    ties, columns = evaluator.estate.ties, []
    for place, (leaf, decision) in enumerate(judgement.decisions.items()):
        if isinstance(leaf, terms.Quantifier) and len(ties):
            tie = decision.ties(rows)
            for name, values in (("identifier", ties.identifier), ("seq", ties.seq)):
                columns.append(pl.Series(f"{name}{place}", np.where(tie >= 0, values[tie], 0)))
            if any(len(path.roles) > 1 for path in leaf.paths):
                columns.append(pl.Series(f"tie{place}", tie))
    return columns


def _decided(judgement: Judgement, evaluator: Evaluator, rows: npt.NDArray[np.int64], verdict: int) -> pl.DataFrame:
    """Return role, identifier, party and place of the deciding tie, and the other identifiers that decide alike."""
    tie = np.full(len(rows), -1, np.int64)
    others = [pl.DataFrame(schema={"row": pl.Int64, "also": pl.List(pl.String)})]
    for leaf, mask in deciding(judgement, verdict) if verdict in (VIOLATION, UNDECIDED) else ():
        here = np.flatnonzero(mask[rows])
        tie[here] = judgement.decisions[leaf].ties(rows[here])
    for leaf in _accusing(judgement.compiled.violation) if verdict == VIOLATION else ():
        here = np.flatnonzero(judgement.decisions[leaf].code[rows] == TRUE)
        if len(here):
            others.append(_others(evaluator, leaf, rows[here], tie[here], here))
    nobody = pl.lit(pl.Series([[]], dtype=pl.List(pl.String)).first())
    every = pl.DataFrame({"row": np.arange(len(rows))})
    listed = (
        pl.concat(others)
        .explode("also")
        .group_by("row", maintain_order=True)
        .agg(pl.col("also").unique(maintain_order=True))
    )
    also = every.join(listed, on="row", how="left", maintain_order="left")["also"]
    also = also.to_frame().select(pl.col("also").fill_null(nobody)).to_series()
    known = tie >= 0
    key = np.where(known, evaluator.keys[tie], 0) if len(evaluator.keys) else np.zeros(len(rows), np.int64)
    answers = evaluator.answers
    labels = answers.labels
    roles = pl.Series(_ROLE_NAMES, dtype=pl.String)
    if not known.any():
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        return pl.DataFrame(
            [*(nothing.alias(name) for name in ("role", "identifier", "party", "locator")), also.alias("also")]
        )
    return pl.DataFrame(
        {
            "role": roles.gather(np.where(known, evaluator.estate.ties.role[tie], 0)),
            "identifier": labels.gather(key),
            "party": answers.party_ids.gather(key),
            "locator": evaluator.estate.ties.column("locator").gather(np.where(known, tie, 0)),
            "also": also,
            "known": pl.Series(known),
        }
    ).select(
        *(pl.when("known").then(pl.col(name)).alias(name) for name in ("role", "identifier", "party", "locator")),
        "also",
    )


def _accusing(term: terms.Term) -> list[terms.Quantifier]:
    """Return the quantifiers of which one true tie is enough, in the order written."""
    if isinstance(term, terms.Quantifier):
        return [] if term.every else [term]
    return [] if isinstance(term, terms.Not) else [q for part in terms.children(term) for q in _accusing(part)]


def _others(
    evaluator: Evaluator, leaf: terms.Quantifier, rows: npt.NDArray[np.int64], first: npt.NDArray[np.int64],
    number: npt.NDArray[np.int64],
) -> pl.DataFrame:  # fmt: skip
    """Return, for the rows that have some, the identifiers of the other ties that make the quantifier true."""
    bundle = evaluator.holdings.assets["bundle"].gather(rows).to_numpy().astype(np.int64)
    tie, start = expand(evaluator.links.links(leaf.paths), bundle)
    row = np.repeat(np.arange(len(rows)), np.diff(start))
    codes = evaluator.codes(leaf.body, Frame(bundle[row], rows[row], (tie,)))
    shown = np.where(first >= 0, evaluator.keys[first], -1)
    hit = (codes == TRUE) & (evaluator.keys[tie] != shown[row])
    labels = evaluator.answers.labels.gather(evaluator.keys[tie[hit]])
    return (
        pl.DataFrame({"row": number[row[hit]], "also": labels})
        .group_by("row", maintain_order=True)
        .agg(pl.col("also").unique(maintain_order=True))
    )


def groups(judgement: Judgement) -> pl.DataFrame:
    """Return what is unknown by rule, deciding identifier and missing fact, the largest group first."""
    evaluator, rule = judgement.evaluator, judgement.compiled.rule
    found = group(judgement, UNDECIDED)
    size = len(found.leaf)
    if evaluator is None or not size:
        return pl.DataFrame(schema=GROUP)
    answers = evaluator.answers
    keys = len(answers.resolution.keys)
    key = np.where((found.payload > 0) & (found.payload <= keys), found.payload - 1, -1)
    labels = answers.labels_or_none.gather(np.where(key < 0, keys, key))
    # What is missing is told once for groups that miss the same: ten thousand unknown numbers miss one thing.
    alike = _alike(evaluator, found, key)
    first = alike.with_row_index("first").unique(alike.columns, keep="first", maintain_order=True)
    which = alike.join(first.with_row_index("which"), on=alike.columns, how="left", maintain_order="left")["which"]
    tracer = Tracer(judgement)
    told = [tracer.explain(int(found.samples[place, 0])).missing for place in first["first"]]
    missing = pl.Series(told, dtype=pl.List(pl.String)).gather(which)
    # The samples of a group are its first rows; a short group repeats its first one, and is cut to its length.
    shown = np.where(found.samples < 0, found.samples[:, :1], found.samples).ravel()
    samples = evaluator.holdings.assets["asset"].gather(shown).reshape((size, SAMPLES)).arr.to_list()
    frame = pl.DataFrame(
        {"identifier": labels, "missing": missing, "count": found.count.astype(np.uint64), "all": samples}
    )
    return frame.select(
        pl.lit(judgement.compiled.binding.regime.id).alias("regime"),
        pl.lit(rule.id).alias("rule"),
        pl.lit(rule.line).alias("line"),
        pl.lit(rule.kind).alias("kind"),
        pl.lit(WORDS[UNDECIDED]).alias("verdict"),
        "identifier",
        "missing",
        "count",
        pl.col("all").list.head(pl.col("count")).alias("samples"),
    )


def _alike(evaluator: Evaluator, found: Groups, key: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Return, for each group, a row of numbers; groups with equal rows miss the same.

    They are the leaf, what is known of the identifier (:attr:`Answers.alike`), the reason where no tie decides, and
    which of the cells that the leaf looks at are absent.
    """
    known = np.where(key >= 0, evaluator.answers.alike[np.maximum(key, 0)], -1) if len(evaluator.answers.alike) else key
    absent = np.zeros(len(key), np.int64)
    sample = found.samples[:, 0]
    for place, leaf in enumerate(found.leaves):
        here = np.flatnonzero(found.leaf == place)
        bits = np.zeros(len(here), np.int64)
        for name in terms.columns(leaf):
            bits = bits * 2 + evaluator.holdings.assets[name].gather(sample[here]).is_null().to_numpy()
        fields = {s.name for s in terms.scalars(leaf) if isinstance(s, terms.TieField)}
        asked = sorted((fields | ({"place"} if _asks_place(leaf) else set())) & set(evaluator.estate.ties.columns))
        if isinstance(leaf, terms.Quantifier) and asked:
            tie = _sampled_tie(evaluator, leaf, key[here], sample[here])
            for name in asked:
                bits = bits * 2 + evaluator.estate.ties.column(name).gather(tie).is_null().to_numpy()
        absent[here] = bits
    reason = np.where(key < 0, found.payload, 0)
    return pl.DataFrame({"leaf": found.leaf, "known": known, "reason": reason, "absent": absent})


def _asks_place(leaf: terms.Leaf) -> bool:
    bodies = [q.body for q in terms.quantifiers(leaf)]
    return any(isinstance(t, terms.Predicate) and t.name == "placed_in" for body in bodies for t in terms.leaves(body))


def _sampled_tie(
    evaluator: Evaluator, leaf: terms.Quantifier, key: npt.NDArray[np.int64], sample: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return a tie of each sampled asset with the group's key, or its first tie."""
    bundle = evaluator.whole.bundle[sample]
    tie, start = expand(evaluator.links.links(leaf.paths), bundle)
    row = np.repeat(np.arange(len(sample)), np.diff(start))
    result = np.zeros(len(sample), np.int64)
    fits = np.flatnonzero(evaluator.keys[tie] == key[row])[::-1]
    result[row[fits]] = tie[fits]
    return result
