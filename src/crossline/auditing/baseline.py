"""An audit against an earlier report: what is new, what is known, what rests on other evidence, and what is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline.comparing import asking
from crossline.comparing.difference import UNKNOWN_BY, compared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.comparing import Report
    from crossline.reports import Audit


def against(result: Audit, earlier: Report) -> Audit:
    """Return the audit with the ``baseline`` of each violation and in the header.

    A finding is known by its id: the same rule and asset. Where its evidence differs it is ``changed``, which asks for
    a look and is no new violation.
    """
    old = earlier.violations
    violates = result.findings["verdict"] == "violation"
    now = result.findings.filter(violates)
    change = compared(old, now)
    told = pl.Series("baseline", [None], pl.String).new_from_index(0, result.findings.height)
    if now.height:
        told = told.scatter(violates.arg_true(), change)
    counts = {word: int((change == word).sum()) for word in ("new", "changed", "known")}
    gone = old.join(now.select("id"), on="id", how="anti")["id"].n_unique()
    about: dict[str, Any] = {
        "report": earlier.path,
        "as_of": earlier.header.get("as_of"),
        **counts,
        "gone": gone,
        "new_unknown": _new_groups(result.groups, earlier.groups).height,
        "notes": _notes(result.header, earlier),
    }
    header = {**result.header, "baseline": about}
    return replace(result, header=header, findings=result.findings.with_columns(told))


def _new_groups(now: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Return the groups of unknowns that the earlier report did not have, whatever their size."""
    named = now.filter(pl.col("verdict") == "unknown").with_columns(pl.col("missing").list.join("\n"))
    return named.join(old, on=UNKNOWN_BY, how="anti", nulls_equal=True)


def _notes(header: Mapping[str, Any], earlier: Report) -> list[str]:
    return asking.differences(earlier.header, header)
