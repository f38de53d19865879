"""Findings in groups, for formats that would drown in a million of them; and findings and groups in one table.

Findings belong together where one identifier of one party decides them in one role under one rule. Grouping is done on
columns; only the groups that are shown, with a few findings each, become objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.reports import FINDING
from crossline.wording import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.reports import Audit

_KEYS: Final = ("regime", "rule", "line", "kind", "verdict", "role", "identifier", "party")
_SHOWN: Final = ("id", "name", "asset", "file", "locator", "also", "why", "limb", "cite", "remedy", "baseline")
BASELINES: Final = ("new", "changed", "known")  # as in FINDING; what is new stands first
# What a table of findings and groups has: a row a finding, with a count of 1, or a row a group of unknown judgements.
ROW: Final = pl.Schema({**FINDING, "count": pl.UInt64(), "samples": pl.List(pl.String())})


@dataclass(frozen=True)
class Group:
    """Judgements that were decided alike. ``samples`` are rows of FINDING; of the unknown, only ``assets`` are known.

    ``baseline`` counts findings by how they stand to an earlier report, and is empty where there was none.
    """

    regime: str
    rule: str
    line: str
    kind: str
    verdict: str
    count: int
    role: str | None = None
    identifier: str | None = None
    party: str | None = None
    severity: str | None = None
    baseline: dict[str, int] = field(default_factory=dict)
    samples: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the group is, whatever the evidence and however many belong to it: for stable ids."""
        parts = (self.regime, self.rule, self.kind, self.verdict, self.role, self.identifier, self.party)
        return "\n".join([*(part or "" for part in parts), *self.missing])


def of_findings(audit: Audit, verdicts: Sequence[str], limit: int, samples: int) -> dict[str, list[Group]]:
    """Return by regime the first ``limit`` groups of findings with these verdicts, the most severe and largest first.

    Each has its first ``samples`` findings, new ones before others.
    """
    findings = audit.findings
    rank = pl.col("severity").replace_strict(
        dict(zip(SEVERITIES, range(len(SEVERITIES)), strict=True)), default=len(SEVERITIES), return_dtype=pl.Int8
    )
    place = pl.col("baseline").replace_strict(
        dict(zip(BASELINES, range(len(BASELINES)), strict=True)), default=len(BASELINES), return_dtype=pl.Int8
    )
    compared = findings["baseline"].null_count() < findings.height
    first = pl.col("row").sort_by("place") if compared else pl.col("row")
    wanted = (
        findings.select(*_KEYS, "severity", "baseline")
        .with_row_index("row")
        .filter(pl.col("verdict").is_in(list(verdicts)))
    )
    ranked = (
        (wanted.with_columns(place.alias("place")) if compared else wanted)
        .group_by(_KEYS)
        .agg(
            pl.len().alias("count"),
            rank.min().alias("rank"),
            first.head(samples).alias("rows"),
            *((pl.col("baseline") == word).sum().alias(word) for word in BASELINES),
        )
        .sort("rank", "count", *_KEYS, descending=[False, True, *[False] * len(_KEYS)], nulls_last=True)
    )
    top = ranked.filter(pl.int_range(pl.len()).over("regime") < limit).with_row_index("group")
    taken = top.select("group", pl.col("rows")).explode("rows")
    cells = findings.select(*_SHOWN, "severity")[taken["rows"]].to_dicts()
    shown: dict[int, list[dict[str, Any]]] = {}
    for number, cell in zip(taken["group"].to_list(), cells, strict=True):
        shown.setdefault(number, []).append(cell)
    found: dict[str, list[Group]] = {}
    for row in top.iter_rows(named=True):
        of = shown[row["group"]]
        found.setdefault(row["regime"] or "", []).append(
            Group(
                **_what(row),
                **{name: row[name] for name in ("count", "role", "identifier", "party")},
                severity=of[0]["severity"],
                baseline={word: row[word] for word in BASELINES} if compared else {},
                samples=tuple(of),
            )
        )
    return found


def _what(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] or "" for name in _KEYS[:5]}


def of_unknown(audit: Audit, limit: int) -> dict[str, list[Group]]:
    """Return by regime the first ``limit`` groups of what is unknown, the largest first."""
    ranked = audit.groups.sort("count", descending=True, maintain_order=True)
    found: dict[str, list[Group]] = {}
    for row in ranked.filter(pl.int_range(pl.len()).over("regime") < limit).iter_rows(named=True):
        found.setdefault(row["regime"] or "", []).append(
            Group(
                **_what(row),
                count=row["count"] or 0,
                identifier=row["identifier"],
                missing=tuple(fact for fact in row["missing"] or () if fact is not None),
                assets=tuple(asset for asset in row["samples"] or () if asset is not None),
            )
        )
    return found


def table(audit: Audit) -> pl.DataFrame:
    """Return findings and groups as one table (:data:`ROW`), so that ``count`` adds up to the judgements listed.

    What is listed singly is left out of the groups.
    """
    listed = audit.findings.select("regime", "rule", "kind", "verdict").unique()
    groups = audit.groups.join(listed, on=["regime", "rule", "kind", "verdict"], how="anti", maintain_order="left")
    rows = pl.concat([audit.findings.with_columns(pl.lit(1, pl.UInt64).alias("count")), groups], how="diagonal")
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in ROW.items()
    )
