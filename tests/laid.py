"""What an audit tells of cables, made by hand, with one text in every place that a stranger may write."""

from __future__ import annotations

from typing import Any

import polars as pl

from carried import owner
from crossline.reports import COURSE

OVER_THE_EDGE = "MULTILINESTRING ((170 10, 178 20, -178 20, -170 10), (0 0, 1 0, 2 0))"


def entry(text: str, party: str | None = None, **cells: Any) -> dict[str, Any]:
    """Return an owner or a builder with who stands behind it."""
    share = {"share_min": None, "share_max": None}
    return {"type": text, "value": text, "basis": text, "locator": text, **share, **owner(text, party)} | cells


def profile(text: str, **cells: Any) -> dict[str, Any]:
    """Return a cable of which every text is the one given."""
    nobody = entry(text, owner=None, claims=[], states=[])
    return {
        "asset": text, "name": text, "file": text, "locator": text, "observed_at": text, "status": text,
        "ready_year": 2010, "length_km": 1234.5, "capacity_tbps": None,
        "landings": [{"name": text, "state": text, "asset": text}, {"name": text, "state": None, "asset": None}],
        "landing_count": 9, "landing_states": [text],
        "owners": [entry(text, text, share_min=10.0, share_max=20.0), entry(text), nobody], "owner_count": 9,
        "builders": [nobody], "builder_count": 1, "terminals": [entry(text)], "terminal_count": 1,
        "applicants": [], "applicant_count": 0,
        "states": [{"state": text, "as": text, "owners": 2, "builders": 0, "terminals": 1}],
        "unseen": [{"role": "terminal", "reason": text}, {"role": text, "reason": text}],
        "verdicts": {"violation": 1, "compliant": 0, "unknown": 2, "exempt": 0, "not-applicable": 0},
        "worst": "violation",
        "violations": [{"id": text, "regime": text, "rule": text, "severity": text, "role": text, "identifier": text,
                        "party": text, "why": [{"statement": text, "source": text}]}],
        "unknown": [{"regime": text, "rule": text, "missing": [text]}],
        "others": [{"regime": text, "rule": text, "verdict": "compliant"}],
    } | cells  # fmt: skip


def summary(text: str) -> dict[str, Any]:
    """Return what is counted of all cables."""
    counts = {"cables": 1, "violation": 1, "unknown": 0}
    return {
        "worst": {"violation": 1, "unknown": 0, "compliant": 0, "exempt": 0, "not-applicable": 0, "none": 0},
        "statuses": [{"status": text, "cables": 1}],
        "landing_state_count": 30,
        "landing_states": [{"state": text, **counts}],
        "states": [{"role": role, "state": text, "as": "in-control", **counts} for role in ("owner", "builder")],
        "unseen": [{"role": "builder", "reason": text, "cables": 1}],
    }


def point(text: str, **cells: Any) -> dict[str, Any]:
    """Return a landing point."""
    return {"asset": text, "name": text, "state": text, "latitude": 10.0, "longitude": 20.0, "cables": 1} | cells


def told(text: str, count: int = 1, **cells: Any) -> dict[str, Any]:
    """Return a header's ``cables``: ``count`` of them, of which at most six hundred are described."""
    described = [profile(text, **cells) for _ in range(min(count, 600))]
    return {"count": count, "described": described, "landing_point_count": 1, "landing_points": [point(text)],
            "summary": summary(text)}  # fmt: skip


def courses(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return courses; what a row leaves out is a cable in service with a violation."""
    plain = {"asset": "cable:x", "name": "X", "status": "in-service", "worst": "violation", "course": OVER_THE_EDGE}
    return pl.DataFrame([plain | row for row in rows], schema=COURSE)
