"""What a page shows of an audit: the verdicts by line, the largest groups, and how much was left out.

Everything that grows with the estate is done on columns; only the few rows that will be shown become objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.reports import VERDICTS
from crossline.text import visible
from crossline.wording import LINES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.reports import Audit

_OF_NOBODY: Final = pl.col("id").str.contains(":", literal=True)  # ids of parties and of states have none
_SINGLY: Final = 3  # identifiers that lead to nobody that are told by themselves, of one type under the same rules
_NO_FILES: Final = frozenset({"links", "folder"})  # what stands in the coverage of several files together
NO_ASSET: Final = "estate"  # the kind of a clause that no asset is judged by
# Findings that share these are one group: the same rule, decided by the same identifier of the same party.
_KEYS: Final = ("regime", "rule", "line", "kind", "role", "identifier", "party")


@dataclass(frozen=True)
class Step:
    """A step of a chain of evidence: what is stated, and the id of the source that states it."""

    statement: str
    source: str | None


@dataclass(frozen=True)
class Sample:
    """One finding of a group."""

    id: str
    name: str
    asset: str
    file: str | None
    locator: str | None
    also: tuple[str, ...]
    why: tuple[Step, ...]


@dataclass(frozen=True)
class Violations:
    """Findings with the verdict violation that one identifier of one party decides, and a few of them."""

    regime: str
    rule: str
    line: str
    kind: str
    role: str | None
    identifier: str | None
    party: str | None
    severity: str | None
    limb: str | None
    cite: str | None
    remedy: tuple[str, ...]
    count: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Unknowns:
    """Judgements, under one rule or several, that wait for the same facts about the same identifier."""

    rules: tuple[str, ...]  # regime: rule
    identifier: str | None
    missing: tuple[str, ...]
    count: int
    samples: tuple[str, ...]
    clause: bool = False  # whether it is a clause that no evidence decides, of no asset
    name: str | None = None  # of the asset that the identifier is
    identifiers: int = 1  # that lead to nobody, where several of one type are told as one
    among: tuple[str, ...] = ()  # some of these

    @property
    def about(self) -> str:
        """What the fact is missing of, for a person to read; empty where it is of no identifier."""
        if self.identifiers == 1:
            return wording.held(self.identifier, self.name) if self.identifier else ""
        kind = (self.identifier or "").partition(":")[0]
        values = (visible(key.partition(":")[2], 100) for key in self.among)
        named = ", ".join([*values, *(["\u2026"] if self.identifiers > len(self.among) else [])])
        return f"{self.identifiers:,} {visible(kind)} identifiers that lead to nobody ({named})"


@dataclass(frozen=True)
class Row:
    """Counts by verdict for a line and a regime, or for one rule of it; ``rule`` is None for the whole regime."""

    line: str
    regime: str
    rule: str | None
    kind: str | None
    counts: dict[str, int]

    @property
    def judged(self) -> int:
        """The number of judgements in the row."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Dependence:
    """How many assets of a kind depend on a party or a state. ``what`` as in the EXPOSURE table."""

    what: str
    id: str
    name: str
    kind: str | None
    role: str | None
    assets: int
    share_pct: float | None


@dataclass(frozen=True)
class Digest:
    """The part of an audit that a page shows. The ``…_groups`` and totals speak of the whole audit."""

    verdicts: dict[str, int]
    rows: tuple[Row, ...]
    rules: tuple[Row, ...]
    violations: tuple[Violations, ...]
    violation_groups: int
    unknowns: tuple[Unknowns, ...]
    unknown_groups: int
    clauses: tuple[str, ...]  # rules that are clauses which no evidence decides
    dependences: dict[str, tuple[Dependence, ...]]
    dependence_rows: dict[str, int]

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes that judged anything, in the order of the tally."""
        return tuple(dict.fromkeys(row.regime for row in self.rules))

    @property
    def announced(self) -> bool:
        """Whether any route or session was judged, so that what is announced is to be told from what is."""
        return any(row.kind in ("route", "session") and row.judged for row in self.rules)

    @property
    def judged(self) -> int:
        """The number of judgements: assets by the rules that speak of their kind."""
        return sum(self.verdicts.values())


def digest(audit: Audit, groups: int = 10, samples: int = 3, dependences: int = 10) -> Digest:
    """Return the ``groups`` largest groups of each sort with ``samples`` each, and ``dependences`` rows a picture."""
    verdicts = {verdict: int(audit.tally[verdict].sum()) for verdict in VERDICTS}
    names = party_names(audit)
    violations, violation_groups = _violations(audit.findings, groups, samples, names)
    unknowns, unknown_groups = waiting(audit.groups, groups, samples, audit.header.get("asset_names"))
    undecided = audit.groups.filter((pl.col("verdict") == "unknown") & (pl.col("kind") == NO_ASSET))
    clauses = undecided.unique(["regime", "rule"], maintain_order=True)["rule"]
    shown, rows = _dependences(audit.exposure, dependences, audit.header.get("exposure_count") or {})
    return Digest(
        verdicts=verdicts,
        rows=_rows(audit.tally, "line", "regime"),
        rules=_rows(audit.tally, "line", "regime", "rule", "kind"),
        violations=violations,
        violation_groups=violation_groups,
        unknowns=unknowns,
        unknown_groups=unknown_groups,
        clauses=tuple(clauses),
        dependences=shown,
        dependence_rows=rows,
    )


def files_of(header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what the coverage says of each file, without what it says of several together."""
    return [item for item in header.get("coverage") or () if item.get("reader") not in _NO_FILES]


def bare_rows(shown: Digest) -> tuple[list[Row], list[Row]]:
    """Return the lines of regimes that judged any asset, and those that judged none."""
    held = {(row.line, row.regime) for row in shown.rules if row.judged and row.kind != NO_ASSET}
    every = [((row.line, row.regime) in held, row) for row in shown.rows]
    return [row for has, row in every if has], [row for has, row in every if not has]


def party_names(audit: Audit) -> dict[str, str]:
    """Return the names of parties that the estate depends on or that decide something, and of assets that do, by id."""
    rows = audit.exposure.filter((pl.col("what") == "party") & pl.col("name").is_not_null()).unique("id")
    described = {party["id"]: party["name"] for party in audit.header.get("parties") or () if party.get("name")}
    described |= audit.header.get("asset_names") or {}
    return dict(zip(rows["id"].to_list(), rows["name"].to_list(), strict=True)) | described


def steps(why: list[dict[str, Any]] | None) -> tuple[Step, ...]:
    """Return the chain of a ``why`` cell."""
    return tuple(Step(step["statement"] or "", step["source"]) for step in why or () if step)


def _rows(tally: pl.DataFrame, *keys: str) -> tuple[Row, ...]:
    position = {line: index for index, line in enumerate(LINES)}
    summed = tally.group_by(keys, maintain_order=True).agg(pl.col(VERDICTS).sum())
    found = [
        Row(
            line=row["line"],
            regime=row["regime"],
            rule=row.get("rule"),
            kind=row.get("kind"),
            counts={verdict: int(row[verdict]) for verdict in VERDICTS},
        )
        for row in summed.iter_rows(named=True)
    ]
    return tuple(sorted(found, key=lambda row: (position.get(row.line, len(LINES)), row.line)))


def _violations(
    findings: pl.DataFrame, groups: int, samples: int, names: dict[str, str]
) -> tuple[tuple[Violations, ...], int]:
    # Only what is grouped by is carried through the grouping: chains are looked up for the few rows that are shown.
    violations = (
        findings.select(*_KEYS, "severity", "verdict").with_row_index("row").filter(pl.col("verdict") == "violation")
    )
    rank = pl.col("severity").replace_strict(
        dict(zip(SEVERITIES, range(len(SEVERITIES)), strict=True)), default=len(SEVERITIES), return_dtype=pl.Int8
    )
    ranked = (
        violations.group_by(_KEYS)
        .agg(pl.len().alias("count"), rank.min().alias("rank"), pl.col("row").head(samples))
        .sort("rank", "count", "rule", "identifier", "party", descending=[False, True, False, False, False])
    )
    top = ranked.head(groups).with_row_index("group")
    taken = top.select("group", "row").explode("row")
    cells = findings[taken["row"]].with_columns(taken["group"])
    one = pl.struct("id", "name", "asset", "file", "locator", "also", "why")
    told = cells.group_by("group").agg(pl.col("severity", "limb", "cite", "remedy").first(), one.alias("samples"))
    shown = top.join(told, on="group").sort("group")
    return tuple(
        Violations(
            **{key: row[key] for key in ("regime", "rule", "line", "kind", "role", "severity", "limb")},
            identifier=wording.written(row["identifier"], names),
            party=names.get(row["party"] or row["identifier"], row["party"]),
            cite=row["cite"],
            remedy=tuple(row["remedy"] or ()),
            count=row["count"],
            samples=tuple(_sample(cell) for cell in row["samples"]),
        )
        for row in shown.iter_rows(named=True)
    ), ranked.height


def _sample(cell: dict[str, Any]) -> Sample:
    return Sample(
        id=cell["id"] or "",
        name=cell["name"] or cell["asset"] or "",
        asset=cell["asset"] or "",
        file=cell["file"],
        locator=cell["locator"],
        also=tuple(cell["also"] or ()),
        why=steps(cell["why"]),
    )


def waiting(
    groups: pl.DataFrame, limit: int, samples: int, names: Mapping[str, str] | None = None
) -> tuple[tuple[Unknowns, ...], int]:
    """Return the ``limit`` missing facts that most judgements wait for, and how many missing facts there are.

    Identifiers of one type that lead to nobody are one fact, where each decides little: none of a phone's packages is
    the one to look up first. Clauses that no evidence decides stand last. ``names`` are those of assets, by identifier.
    """
    missing = (
        groups.filter(pl.col("verdict") == "unknown")
        .group_by("identifier", "missing", maintain_order=True)
        .agg(
            pl.col("count").sum(),
            pl.format("{}: {}", "regime", "rule").unique(maintain_order=True).alias("rules"),
            pl.col("samples").head(samples),
            (pl.col("kind") == NO_ASSET).all().alias("clause"),
        )
    )
    missing = _summed(missing, samples).sort("clause", "count", descending=[False, True], maintain_order=True)
    return tuple(
        Unknowns(
            rules=tuple(row["rules"]),
            identifier=wording.written(row["identifier"], names),
            missing=tuple(_of_each(fact) if row["identifiers"] > 1 else fact for fact in row["missing"] or ()),
            count=row["count"],
            samples=tuple(islice((name for some in row["samples"] for name in some or ()), samples)),
            clause=row["clause"],
            name=(names or {}).get(row["identifier"] or ""),
            identifiers=row["identifiers"],
            among=tuple(wording.written(key, names) or "" for key in row["among"]),
        )
        for row in missing.head(limit).iter_rows(named=True)
    ), missing.height


def _of_each(fact: str) -> str:
    return fact.replace("it leads", "each leads", 1) if fact.startswith(wording.WHOSE) else fact


def _summed(missing: pl.DataFrame, samples: int) -> pl.DataFrame:
    """Sum what waits, under the same rules, for whose the identifiers of one type are, but for those that decide most.

    The first :data:`_SINGLY` stand by themselves if they decide more than the least does.
    """
    kind = pl.col("identifier").str.extract("^([a-z-]+):")
    alike = (kind, "missing", "rules")
    nobody = pl.col("missing").list.first().str.starts_with(wording.WHOSE) & kind.is_not_null()
    first = pl.col("count").rank("ordinal", descending=True).over(alike) <= _SINGLY
    little = nobody & ~(first & (pl.col("count") > pl.col("count").min().over(alike)))
    key = pl.when(little & (little.sum().over(alike) > 1)).then(kind).otherwise("identifier")
    summed = missing.group_by(key.alias("one"), "missing", "rules", maintain_order=True).agg(
        pl.col("identifier").first(),
        pl.col("identifier").head(_SINGLY).alias("among"),
        pl.len().alias("identifiers"),
        pl.col("count").sum(),
        pl.col("samples").explode().head(samples),
        pl.col("clause").first(),
    )
    return summed.with_columns(pl.when(pl.col("identifiers") > 1).then("among").otherwise(pl.lit([])).alias("among"))


def _dependences(
    exposure: pl.DataFrame, limit: int, counted: Mapping[str, int]
) -> tuple[dict[str, tuple[Dependence, ...]], dict[str, int]]:
    # A report lists no more than so many rows: ``counted`` has how many there are.
    shown: dict[str, tuple[Dependence, ...]] = {}
    rows: dict[str, int] = {}
    for what in exposure["what"].unique().sort().to_list():
        of = exposure.filter(pl.col("what") == what)
        rows[what] = max(of.height, int(counted.get(what) or 0))
        # Of two on which as much depends, a party says more than an identifier that leads to none.
        top = of.sort("assets", _OF_NOBODY, "name", "role", descending=[True, False, False, False]).head(limit)
        shown[what] = tuple(
            Dependence(
                what, **{key: row[key] for key in ("id", "kind", "role", "assets", "share_pct")}, name=row["name"] or ""
            )
            for row in top.iter_rows(named=True)
        )
    return shown, rows
