"""Violations that stand together on a page: under one rule, decided by one party, through whatever identifiers.

Half a million findings are grouped as columns; only the few that are shown become objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.wording import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS: Final = ("regime", "rule", "line", "kind", "who")
_IDENTIFIERS: Final = 12
_BASELINE: Final = ("new", "changed", "known")


@dataclass(frozen=True)
class Chain:
    """One way in which findings of a case were decided: by which identifier in which role, and the steps."""

    role: str | None
    identifier: str | None
    count: int
    name: str  # of the first asset
    limb: str | None
    why: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Case:
    """Findings with the verdict violation under one rule that one party decides. ``who`` is its key, or ""."""

    regime: str
    rule: str
    line: str
    kind: str
    who: str
    party: str | None
    name: str | None
    count: int
    severity: str | None
    cite: str | None
    remedy: tuple[str, ...]
    identifiers: tuple[tuple[str, int], ...]
    identifier_count: int
    chains: tuple[Chain, ...]
    chain_count: int
    samples: tuple[dict[str, Any], ...]
    baseline: dict[str, int]  # new, changed, known: empty where there was nothing to compare with

    @property
    def key(self) -> str:
        """What tells it from other cases."""
        return key_of(self.regime, self.rule, self.kind, self.who)


def key_of(regime: str, rule: str, kind: str, who: str) -> str:
    """Return what tells a case from others."""
    return f"{regime}\n{rule}\n{kind}\n{who}"


@dataclass(frozen=True)
class Cases:
    """The cases shown, by line, and all of them as a table: the keys, ``party``, ``count``, most severe first."""

    shown: dict[str, tuple[Case, ...]]
    every: pl.DataFrame


@dataclass(frozen=True)
class Bounds:
    """How much is shown: ``lines``, ``cases`` of a line, ``chains`` and ``samples`` of a case."""

    lines: int
    cases: int
    chains: int
    samples: int


def cases(findings: pl.DataFrame, names: Mapping[str, str], bounds: Bounds) -> Cases:
    """Return the most severe and largest cases of each line, as far as the bounds go."""
    violations = (
        findings.select("regime", "rule", "line", "kind", "party", "identifier", "severity", "verdict")
        .with_row_index("row")
        .filter(pl.col("verdict") == "violation")
        .with_columns(who=pl.coalesce("party", "identifier", pl.lit("")))
    )
    rank = pl.col("severity").replace_strict(
        dict(zip(SEVERITIES, range(len(SEVERITIES)), strict=True)), default=len(SEVERITIES), return_dtype=pl.Int8
    )
    every = (
        violations.group_by(_KEYS)
        .agg(pl.len().alias("count"), rank.min().alias("rank"), pl.col("party").first(), pl.col("row").first())
        .sort("rank", "count", *_KEYS, descending=[False, True, *([False] * len(_KEYS))])
    )
    largest = every.group_by("line", maintain_order=True).agg(pl.col("count").sum()).head(bounds.lines)["line"]
    top = every.filter(pl.col("line").is_in(largest.to_list())).group_by("line", maintain_order=True).head(bounds.cases)
    numbered = top.select(*_KEYS).with_row_index("case")
    rows = violations.join(numbered, on=list(_KEYS), nulls_equal=True).select("case", "row")
    found = [
        _case(row, findings, rows.filter(pl.col("case") == place)["row"], names, bounds)
        for place, row in enumerate(top.iter_rows(named=True))
    ]
    shown: dict[str, list[Case]] = {}
    for case in found:
        shown.setdefault(case.line, []).append(case)
    return Cases({line: tuple(some) for line, some in shown.items()}, every)


def _case(
    row: dict[str, Any], findings: pl.DataFrame, rows: pl.Series, names: Mapping[str, str], bounds: Bounds
) -> Case:
    rows = rows.sort()
    light = findings.select("identifier", "role", "evidence_id", "limb", "baseline")[rows].with_columns(row=rows)
    identifiers = light.drop_nulls("identifier").group_by("identifier").len("count")
    identifiers = identifiers.sort("count", "identifier", descending=[True, False])
    ways = (
        light.group_by("role", "identifier", "evidence_id", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("row").first(), pl.col("limb").first())
        .sort("count", descending=True, maintain_order=True)
    )
    head = findings.row(int(rows[0]), named=True)
    baseline = {word: int(light["baseline"].eq(word).sum() or 0) for word in _BASELINE}
    return Case(
        **{key: row[key] or "" for key in _KEYS},
        party=row["party"],
        name=names.get(row["party"] or row["who"] or "") or row["party"],
        count=row["count"],
        severity=head["severity"],
        cite=head["cite"],
        remedy=tuple(head["remedy"] or ()),
        identifiers=tuple((str(wording.written(k, names)), n) for k, n in identifiers.head(_IDENTIFIERS).iter_rows()),
        identifier_count=identifiers.height,
        chains=tuple(_chain(way, findings, names) for way in ways.head(bounds.chains).iter_rows(named=True)),
        chain_count=ways.height,
        samples=tuple(_sample(findings.row(int(number), named=True)) for number in rows.head(bounds.samples)),
        baseline=baseline if any(baseline.values()) else {},
    )


def _chain(way: dict[str, Any], findings: pl.DataFrame, names: Mapping[str, str]) -> Chain:
    first = findings.row(int(way["row"]), named=True)
    return Chain(
        role=way["role"],
        identifier=wording.written(way["identifier"], names),
        count=way["count"],
        name=first["name"] or first["asset"] or "",
        limb=way["limb"],
        why=tuple(step for step in first["why"] or () if step),
    )


def _sample(cell: dict[str, Any]) -> dict[str, Any]:
    wanted = ("id", "asset", "file", "locator", "identifier", "role", "baseline", "evidence_id")
    return {**{name: cell[name] for name in wanted}, "name": cell["name"] or cell["asset"] or "",
            "also": tuple(cell["also"] or ())}  # fmt: skip
