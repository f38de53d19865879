"""Groups are what a count by hand finds, and a table of findings and groups counts every judgement once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import grouping
from crossline.reports import FINDING, GROUP, Audit

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = ("regime", "rule", "line", "kind", "verdict", "role", "identifier", "party")
FEW = {
    "regime": ("r", "s"), "rule": ("a", "b"), "kind": ("route",), "verdict": ("violation", "exempt", "unknown"),
    "role": ("transit", None), "identifier": ("asn:1", "asn:2", None), "party": ("p", None),
    "severity": ("high", "low", None), "baseline": ("new", "changed", "known", None),
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FEW.items()}), max_size=30)


@given(ROWS, st.integers(1, 4), st.integers(1, 3))
def test_groups_are_counted_as_by_hand(rows: list[dict[str, Any]], limit: int, samples: int) -> None:
    """Counts, baselines and order of groups are those that a loop over the findings gives."""
    numbered = [{**row, "line": "carrier", "id": str(number)} for number, row in enumerate(rows)]
    wanted = [row for row in numbered if row["verdict"] in ("violation", "exempt")]
    found = grouping.of_findings(
        Audit({}, pl.DataFrame(numbered, schema=FINDING)), ("violation", "exempt"), limit, samples
    )
    counts = Counter(tuple(row[key] for key in KEYS) for row in wanted)
    for regime in ("r", "s"):
        groups = found.get(regime, [])
        assert len(groups) == min(limit, sum(key[0] == regime for key in counts))
        rank = {"high": 0, "low": 2, None: 3}
        worst = []
        for group in groups:
            key = tuple(getattr(group, name) for name in KEYS)
            members = [row for row in wanted if tuple(row[name] for name in KEYS) == key]
            assert group.count == counts[key]
            assert len(group.samples) == min(samples, len(members))
            if group.baseline:
                of = Counter(row["baseline"] for row in members)
                assert group.baseline == {word: of[word] for word in ("new", "changed", "known")}
            order = {"new": 0, "changed": 1, "known": 2, None: 3}
            first = sorted(members, key=lambda row: (order[row["baseline"]], int(row["id"])))[:samples]
            assert [sample["id"] for sample in group.samples] == [row["id"] for row in first]
            worst.append((min(rank[row["severity"]] for row in members), -len(members)))
        assert worst == sorted(worst)


def test_a_group_is_what_it_was(make_finding: Callable[..., dict[str, Any]]) -> None:
    """The key of a group does not hold its count, its evidence or its severity."""
    keys = set()
    for rows in ([make_finding(1)], [make_finding(2, severity="low", why=[]), make_finding(3)]):
        (group,) = grouping.of_findings(Audit({}, pl.DataFrame(rows, schema=FINDING)), ("violation",), 9, 9)[
            "us-clean-network"
        ]
        keys.add(group.key)
    assert len(keys) == 1


@pytest.mark.parametrize("everything", [False, True])
def test_a_table_counts_each_judgement_once(make_finding: Callable[..., dict[str, Any]], *, everything: bool) -> None:
    """What is listed singly is not counted again in a group; with its groups or without, the counts add up."""
    rows = [make_finding(1), make_finding(2)]
    rows += [make_finding(number, verdict="unknown") for number in range(3, 8)] if everything else []
    group = ("us-clean-network", "clean-carrier-route", "carrier", "route", "unknown", "asn:1", ["who"], 5, ["a"])
    made = grouping.table(
        Audit({}, pl.DataFrame(rows, schema=FINDING), pl.DataFrame([group], schema=GROUP, orient="row"))
    )
    assert made.schema == grouping.ROW
    assert dict(made.group_by("verdict").agg(pl.col("count").sum()).rows()) == {"violation": 2, "unknown": 5}
