"""Reports: one file per format, found by its name.

A module here has

- ``SUFFIXES``: the file suffixes that ask for it with ``--output``;
- ``BINARY``: whether it makes bytes for a file only, never for a terminal;
- ``render(audit: Audit, options: Options) -> str | bytes``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from crossline.registry import Registry

VERDICTS: Final = ("violation", "compliant", "unknown", "exempt", "not-applicable")

WHY: Final = pl.List(pl.Struct({"statement": pl.String(), "source": pl.String()}))

FINDING: Final = pl.Schema(
    {
        "id": pl.String(),
        "evidence_id": pl.String(),
        "regime": pl.String(),
        "rule": pl.String(),
        "line": pl.String(),
        "kind": pl.String(),
        "asset": pl.String(),
        "name": pl.String(),
        "verdict": pl.String(),
        "severity": pl.String(),
        "role": pl.String(),
        "identifier": pl.String(),
        "party": pl.String(),
        "also": pl.List(pl.String()),
        "limb": pl.String(),
        "why": WHY,
        "missing": pl.List(pl.String()),
        "cite": pl.String(),
        "file": pl.String(),
        "locator": pl.String(),
        "remedy": pl.List(pl.String()),
        "baseline": pl.String(),  # new | changed | known, against an earlier report; null where none was given
    }
)
GROUP: Final = pl.Schema(
    {
        "regime": pl.String(),
        "rule": pl.String(),
        "line": pl.String(),
        "kind": pl.String(),
        "verdict": pl.String(),
        "identifier": pl.String(),
        "missing": pl.List(pl.String()),
        "count": pl.UInt64(),
        "samples": pl.List(pl.String()),
    }
)
# one row a rule: how its assets were judged
TALLY: Final = pl.Schema(
    {"regime": pl.String(), "rule": pl.String(), "line": pl.String(), "kind": pl.String()}
    | {verdict: pl.UInt64() for verdict in VERDICTS}
)
# whom the estate depends on, whatever any rule says of it. what: party | state-registered | state-controlled
EXPOSURE: Final = pl.Schema(
    {
        "what": pl.String(),
        "id": pl.String(),
        "name": pl.String(),
        "kind": pl.String(),
        "role": pl.String(),
        "assets": pl.UInt64(),
        "share_pct": pl.Float64(),
    }
)
# one row a cable, the gravest verdict first: what a map draws. It stands in no report as it is.
COURSE: Final = pl.Schema(
    {
        "asset": pl.String(),
        "name": pl.String(),
        "status": pl.String(),
        "worst": pl.String(),  # its gravest verdict; null where no rule is of cables
        "course": pl.String(),  # well-known text as its file has it
    }
)


@dataclass(frozen=True)
class Audit:
    """Everything a report may show.

    ``header`` has the scalar parts of the JSON report, in its words:

    crossline, as_of, regimes, parameters, we, world, summary, coverage, plus ``titles`` (regime id → title, issuer,
    legal nature), ``rules`` (list of dicts: regime, rule, line, kind, title, effect, reading, severity, cite,
    source, remedy, decidable), ``notes`` (list of sentences: hypothetical question, unused lists, …), ``sources``
    (source id → title, issuer, url, published, licence; every source that a `why` names), ``resolved`` (identifier
    type → {"total": n, "named": n, "held": n, "by_sources": […]}) and ``next`` (list of sentences: the two or three
    things to do first). Where the question had them also ``baseline`` ({"report", "as_of", "new", "changed", "known",
    "gone"}: counts of violations against an earlier report, plus ``notes``), ``waivers`` (list of {"id", "rule",
    "selector", "reason", "approver", "expires", "expired", "used"}; ``used`` counts the judgements it turned) and
    ``supposed`` ({"file", "rows", "statements"}: what was laid over the world, in words).
    ``parties``, ``edges`` and ``states`` say what the world states of those that the estate depends on most: see
    docs/reports-html.md and :mod:`crossline.auditing.dossiers`. ``apps``, where the estate has some, says what is in
    them: see docs/reports.md and :mod:`crossline.auditing.apps`. ``cables`` likewise says where they land and whose
    they are: see :mod:`crossline.auditing.cables`; ``asset_names`` has the names of the assets that are identifiers of
    findings and groups; ``courses`` is for the map of them.
    """

    header: dict[str, Any]
    findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDING))
    groups: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=GROUP))
    tally: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TALLY))
    exposure: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXPOSURE))
    courses: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COURSE))


@dataclass(frozen=True)
class Options:
    """How a report is wanted: ``width`` in columns for text, ``colour`` whether a terminal shows it."""

    width: int = 100
    colour: bool = False


_FORMATS: Final = Registry(__name__)
names, load, for_suffix = _FORMATS.names, _FORMATS.load, _FORMATS.for_suffix
