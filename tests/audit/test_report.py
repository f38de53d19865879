"""The report of an audit: its keys, and counts that agree with each other."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crossline import regimes
from crossline.reports import VERDICTS
from miniature import audited, batch, estate_of, regime, rule, world

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.reports import Audit

# DESIGN, "The command line": the audit report, read off by hand.
KEYS = {"crossline", "as_of", "regimes", "parameters", "we", "world", "summary", "coverage", "groups", "findings"}
COVERAGE = {"path", "reader", "rows", "rejected", "rejects"}
GROUP = {"regime", "rule", "verdict", "identifier", "missing", "count", "samples"}
FINDING = {"id", "evidence_id", "regime", "rule", "line", "kind", "asset", "verdict", "severity", "role", "identifier",
           "party", "why", "missing", "cite", "file", "locator", "remedy"}  # fmt: skip


def test_the_report_has_its_keys(report: dict[str, Any]) -> None:
    """Every key that DESIGN's example of a report shows is there, at every level."""
    assert set(report) >= KEYS
    assert set(report["we"]) >= {"states", "hypothetical"}
    assert report["as_of"] == "2026-11-22"
    assert report["parameters"]["us-clean-network"]["home"] == "US"
    assert all(set(item) >= COVERAGE for item in report["coverage"])
    assert all({"locator", "reason"} <= set(r) for item in report["coverage"] for r in item["rejects"])
    assert all({"source", "published"} <= set(item) for item in report["world"])
    assert all(set(item) >= GROUP for item in report["groups"])
    assert all(set(item) >= FINDING for item in report["findings"])
    assert all({"statement", "source"} == set(step) for item in report["findings"] for step in item["why"])
    assert all(set(counts) == set(VERDICTS) for counts in report["summary"].values())


def test_findings_hold_violations_and_groups_unknowns(report: dict[str, Any]) -> None:
    """Without --all findings are violations, with nothing missing, and groups are unknowns that miss something."""
    assert report["findings"]
    assert report["groups"]
    assert {item["verdict"] for item in report["findings"]} == {"violation"}
    assert {item["verdict"] for item in report["groups"]} == {"unknown"}
    assert [item["id"] for item in report["findings"] if item["missing"] or not item["why"]] == []
    assert [item for item in report["groups"] if not item["missing"]] == []


def test_the_summary_counts_what_is_listed(everything: Audit, short: Audit, report: dict[str, Any]) -> None:
    """Each regime's count of each verdict is the number of judgements with it, counted one by one."""
    counted = Counter(everything.findings.select("regime", "verdict").iter_rows())
    for name, counts in report["summary"].items():
        assert counts == {verdict: counted[name, verdict] for verdict in VERDICTS}
    violations = Counter(item["regime"] for item in report["findings"])
    assert {name: counts["violation"] for name, counts in report["summary"].items()} == {
        name: violations[name] for name in report["summary"]
    }
    assert short.header["summary"] == everything.header["summary"]


def test_the_tally_counts_what_is_listed(everything: Audit) -> None:
    """Each rule's count of each verdict is the number of its judgements with it."""
    counted = Counter(everything.findings.select("rule", "verdict").iter_rows())
    for row in everything.tally.iter_rows(named=True):
        assert {verdict: row[verdict] for verdict in VERDICTS} == {v: counted[row["rule"], v] for v in VERDICTS}, row


def test_every_judgement_is_listed_once(everything: Audit, embassy: Estate) -> None:
    """With --all each asset stands once with each rule of its kind."""
    pairs = Counter(everything.findings.select("rule", "asset").iter_rows())
    expected = {
        (each.id, asset)
        for name in regimes.names()
        for each in regimes.load(name).rules
        if each.kind in embassy.holdings
        for asset in embassy.holdings[each.kind].assets["asset"]
    }
    assert set(pairs) == expected
    assert set(pairs.values()) == {1}
    assert everything.findings["id"].is_unique().all()


def test_groups_add_up_to_the_unknowns(everything: Audit, report: dict[str, Any]) -> None:
    """The groups of a rule hold each of its unknowns once: their counts add up to it, their samples are of them."""
    unknown = everything.findings.filter(everything.findings["verdict"] == "unknown")
    counted = Counter(unknown["rule"])
    summed: Counter[str] = Counter()
    for item in report["groups"]:
        summed[item["rule"]] += item["count"]
    assert summed == counted
    assets = set(unknown.select("rule", "asset").iter_rows())
    shown = Counter((item["rule"], name) for item in report["groups"] for name in item["samples"])
    assert set(shown) <= assets
    assert set(shown.values()) == {1}
    assert all(0 < len(item["samples"]) <= item["count"] for item in report["groups"])


def test_groups_differ(report: dict[str, Any]) -> None:
    """Two groups of one rule differ in the deciding identifier or in what is missing."""
    keys = Counter((item["rule"], item["identifier"], *item["missing"]) for item in report["groups"])
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_larger_group_stands_first(report: dict[str, Any]) -> None:
    """Groups come by their size."""
    counts = [item["count"] for item in report["groups"]]
    assert counts == sorted(counts, reverse=True)


def test_a_group_says_what_its_unknowns_miss(everything: Audit, short: Audit) -> None:
    """Each sample of a group, explained singly, misses what the group misses, and waits for the same identifier."""
    singly = {(row["rule"], row["asset"]): row for row in everything.findings.iter_rows(named=True)}
    for item in short.groups.iter_rows(named=True):
        for sample in item["samples"]:
            alone = singly[item["rule"], sample]
            assert alone["missing"] == item["missing"], item
            assert alone["identifier"] == item["identifier"], item


def test_every_file_is_covered(report: dict[str, Any]) -> None:
    """Each file of the folder stands in the coverage once, with the reader that took it or null."""
    names = [item["path"].rpartition("/")[2] for item in report["coverage"]]
    assert Counter(names) == Counter(
        ["README.md", "make.sh", "embassy.conf", "routes.txt", "gateway.mrt", "app.csv", "cable.csv", "component.csv",
         "data-set.csv", "data-store.csv", "device.csv", "offering.csv", "path.csv", "service.csv"]
    )  # fmt: skip
    readers = {item["path"].rpartition("/")[2]: item["reader"] for item in report["coverage"]}
    assert readers["gateway.mrt"] == "mrt"
    assert readers["README.md"] is None
    assert readers["data-set.csv"] == "table"


def test_rows_are_counted_for_each_kind(report: dict[str, Any], embassy: Estate) -> None:
    """What files hold is what the estate holds: their rows by kind add up to its assets."""
    rows: Counter[str] = Counter()
    for item in report["coverage"]:
        rows.update(item["kinds"])
        assert sum(item["kinds"].values()) == item["rows"]
    assert rows == {kind: h.assets.height for kind, h in embassy.holdings.items() if kind != "estate"}


def test_groups_add_up_where_several_limbs_are_unknown() -> None:
    """An asset that is unknown by both sides of a disjunction, one of them a conjunction, is in one group."""
    source = '(vantage == "ours" && neighbour.exists(t, t.place == "X")) || transit.exists(t, t.place == "X")'
    assets = {f"r{n}": {"neighbour": ["vendor:a"], "transit": ["vendor:b"]} for n in range(4)}
    assets |= {f"s{n}": {"vantage": "ours", "neighbour": ["vendor:a"], "transit": ["vendor:b"]} for n in range(3)}
    asked = regime(rule(source, kind="route", line="carrier"))
    made = audited(asked, world(), estate_of(batch("route", assets)))
    assert made.header["summary"]["mini"]["unknown"] == 7
    assert made.groups["count"].to_list() == [4, 3]
    assert made.groups["identifier"].to_list() == [None, "vendor:a"]


def test_a_regime_that_nothing_applies_to_gives_an_empty_report() -> None:
    """An estate without assets is a report with zeros."""
    made = audited(regime(rule("true")), world(), estate_of(batch("estate", {"estate": {}})))
    assert made.header["summary"] == {"mini": dict.fromkeys(VERDICTS, 0)}
    assert made.findings.height == made.groups.height == 0


@pytest.mark.parametrize(
    ("published", "told"), [(date.max, False), (date(2023, 1, 1), True), (date(2026, 11, 21), False)]
)
def test_a_question_beyond_what_the_world_knows_is_told(published: date, told: bool) -> None:
    """A day more than a year after the newest source is told of; a source of the last day there is ends no audit."""
    about = world(source=[{"id": "s", "title": "A made-up source", "published": published}])
    made = audited(regime(rule()), about, estate_of(batch("data-store", {"a": {}})), as_of=date(2026, 11, 22))
    assert any("The newest source of this world is of" in note for note in made.header["notes"]) is told
