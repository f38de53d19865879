"""What differs between two reports: violations that are new, gone or rest on other evidence, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.comparing import asking
from crossline.comparing.report import rules_of
from crossline.reports import VERDICTS

if TYPE_CHECKING:
    from crossline.comparing.report import Report

CHANGES: Final = ("new", "changed", "gone")
# How a group of unknowns is the same in two reports.
UNKNOWN_BY: Final = ("regime", "rule", "identifier", "missing")
SILENT: Final = "not said: only reports made with --all list what is no violation"


@dataclass(frozen=True)
class Difference:
    """Two reports compared.

    ``violations`` has the findings with ``change`` (new, changed, gone) and ``other``: how the other report judges the
    same asset by the same rule, or why it does not. ``verdicts`` counts judgements that differ and that neither report
    calls a violation, where both list every judgement. ``unknown`` has groups whose count differs, ``old`` and ``new``.
    """

    old: Report
    new: Report
    violations: pl.DataFrame
    known: int
    verdicts: pl.DataFrame  # regime, rule, old, new, count
    unknown: pl.DataFrame  # regime, rule, identifier, missing, old, new
    summary: dict[str, dict[str, tuple[int, int]]]
    coverage: tuple[dict[str, Any], ...]
    asked: tuple[str, ...]

    def count(self, change: str) -> int:
        """Return how many violations changed in one way."""
        return self.violations.filter(pl.col("change") == change).height


def compared(old: pl.DataFrame, new: pl.DataFrame) -> pl.Series:
    """Return ``new``, ``changed`` or ``known`` for each row of ``new``, by id and evidence_id of ``old``."""
    ids = old.select("id").unique().with_columns(pl.lit(value=True).alias("there"))
    pairs = old.select("id", "evidence_id").unique().with_columns(pl.lit(value=True).alias("same"))
    joined = (
        new.select("id", "evidence_id")
        .join(ids, on="id", how="left", maintain_order="left")
        .join(pairs, on=["id", "evidence_id"], how="left", maintain_order="left", nulls_equal=True)
    )
    here = pl.when(pl.col("same").is_null()).then(pl.lit("changed")).otherwise(pl.lit("known"))
    change = pl.when(pl.col("there").is_null()).then(pl.lit("new")).otherwise(here)
    return joined.select(change.alias("change"))["change"]


def compare(old: Report, new: Report) -> Difference:
    """Compare two reports."""
    before, after = old.violations, new.violations
    change = compared(before, after)
    gone = before.join(after.select("id"), on="id", how="anti", maintain_order="left")
    come = after.with_columns(change).filter(pl.col("change") != "known")
    both = [
        come.with_columns(_elsewhere(come, old, pl.col("change") == "changed", "before")),
        gone.with_columns(pl.lit("gone").alias("change")).with_columns(
            _elsewhere(gone, new, pl.lit(value=False), "now")
        ),
    ]
    return Difference(
        old=old,
        new=new,
        violations=pl.concat(both),
        known=int((change == "known").sum()),
        verdicts=_verdicts(old, new),
        unknown=_unknown(old, new),
        summary=_summary(old, new),
        coverage=_coverage(old, new),
        asked=tuple(asking.differences(old.header, new.header)),
    )


def _elsewhere(found: pl.DataFrame, other: Report, same: pl.Expr, when: str) -> pl.Series:
    """Return how another report judges what ``found`` holds: a verdict, or why there is none."""
    asked = pl.DataFrame(sorted(set(rules_of(other.header))), schema=["regime", "rule"], orient="row").cast(pl.String)
    others = other.findings.filter(pl.col("verdict") != "violation").select("id", "verdict")
    others = others.rename({"verdict": "their"}).unique("id")
    joined = found.join(others, on="id", how="left", maintain_order="left").join(
        asked.with_columns(pl.lit(value=True).alias("asked")), on=["regime", "rule"], how="left", maintain_order="left"
    )
    absent = f"its asset was not there {when}" if when == "before" else "its asset is not there any more"
    told = (
        pl.when(same).then(pl.lit("violation"))
        .when(pl.col("their").is_not_null()).then(pl.col("their"))
        .when(pl.col("asked").is_null()).then(pl.lit(f"the rule is not asked {when}"))
        .otherwise(pl.lit(absent if other.everything else SILENT))
    )  # fmt: skip
    return joined.select(told.alias("other"))["other"]


def _verdicts(old: Report, new: Report) -> pl.DataFrame:
    if not (old.everything and new.everything):
        return pl.DataFrame(schema=dict.fromkeys(("regime", "rule", "old", "new"), pl.String) | {"count": pl.UInt32})
    columns = ["id", "regime", "rule", "verdict"]
    one, other = old.findings.select(columns).unique("id"), new.findings.select("id", "verdict").unique("id")
    return (
        one.join(other, on="id", suffix="_new")
        .filter(
            (pl.col("verdict") != pl.col("verdict_new"))
            & (pl.col("verdict") != "violation")
            & (pl.col("verdict_new") != "violation")
        )
        .group_by("regime", "rule", pl.col("verdict").alias("old"), pl.col("verdict_new").alias("new"))
        .agg(pl.len().alias("count"))
        .sort("count", "regime", "rule", "old", "new", descending=[True, False, False, False, False])
    )


def _unknown(old: Report, new: Report) -> pl.DataFrame:
    one, other = (
        report.groups.group_by(UNKNOWN_BY, maintain_order=True).agg(pl.col("count").sum()) for report in (old, new)
    )
    return (
        one.join(other, on=UNKNOWN_BY, how="full", coalesce=True, nulls_equal=True, suffix="_new")
        .select(*UNKNOWN_BY, pl.col("count").fill_null(0).alias("old"), pl.col("count_new").fill_null(0).alias("new"))
        .filter(pl.col("old") != pl.col("new"))
        .sort((pl.col("new") - pl.col("old")).abs(), *UNKNOWN_BY, descending=[True, False, False, False, False])
    )


def _summary(old: Report, new: Report) -> dict[str, dict[str, tuple[int, int]]]:
    one, other = old.header.get("summary") or {}, new.header.get("summary") or {}
    return {
        regime: {
            verdict: (int(one.get(regime, {}).get(verdict) or 0), int(other.get(regime, {}).get(verdict) or 0))
            for verdict in VERDICTS
        }
        for regime in dict.fromkeys((*one, *other))
    }


def _coverage(old: Report, new: Report) -> tuple[dict[str, Any], ...]:
    """Return files that only one of the reports read, or of which it understood something else."""
    one, other = ({str(item.get("path")): item for item in report.coverage} for report in (old, new))
    found = []
    for path in dict.fromkeys((*one, *other)):
        told = {
            key: (one.get(path, {}).get(key), other.get(path, {}).get(key)) for key in ("reader", "rows", "rejected")
        }
        if path not in one or path not in other or any(pair[0] != pair[1] for pair in told.values()):
            found.append({"path": path, "old": path in one, "new": path in other, **told})
    return tuple(found)
