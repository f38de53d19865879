"""What a page shows of an audit is the largest groups, counted as a naive loop counts them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline.digest import digest
from crossline.kinds import ROLES
from crossline.reports import EXPOSURE, FINDING, GROUP, TALLY, Audit
from crossline.wording import VERBS, identifier, sentence, web_address

if TYPE_CHECKING:
    from collections.abc import Callable


def test_groups_against_a_naive_loop(audit: Audit) -> None:
    """The groups of violations are those that a loop over findings counts, severest first, then largest."""
    naive = Counter(
        (row["severity"], row["rule"], row["identifier"])
        for row in audit.findings.iter_rows(named=True)
        if row["verdict"] == "violation"
    )
    shown = digest(audit).violations
    assert {(group.severity, group.rule, group.identifier): group.count for group in shown} == dict(naive)
    assert [group.count for group in shown] == [1, 21_340, 6_002]
    assert [group.severity for group in shown] == ["high", "medium", "medium"]


def test_counts_speak_of_the_whole(audit: Audit) -> None:
    """However little is shown, verdicts and numbers of groups are those of the whole audit."""
    little, much = digest(audit, groups=1, samples=1), digest(audit, groups=100, samples=10)
    assert little.verdicts == much.verdicts
    assert little.violation_groups == 3
    assert len(little.violations) == 1
    assert len(little.violations[0].samples) == 1
    assert little.judged == 1 + 62 + 20 + 27_342 + 400_000 + 24_676 + 1 + 1 + 1


def test_the_same_missing_fact_is_one(audit: Audit) -> None:
    """Judgements under different rules that wait for the same fact about the same identifier stand together."""
    estate = next(group for group in digest(audit).unknowns if group.missing == ("no evidence can decide it",))
    assert estate.count == 2
    assert estate.rules == ("us-clean-network: clean-path-estate", "cn-gdsi: gdsi-7")


def test_identifiers_that_lead_to_nobody_are_one_fact() -> None:
    """Of one type under the same rules, they are summed, but for the three that decide most and more than the least."""
    every = "the party it leads to, or all package identifiers of X as of 2026-07-31"
    held = [(f"package:a.b{n}", 1, every, "r") for n in range(236)]
    held += [("package:c.d", 5, every, "other"), ("package:c.e", 1, "who controls X", "r"), ("vendor:a", 9, every, "r")]
    held += [(f"asn:{n}", n, "the party it leads to", "r") for n in (50, 40, 30, 20, 2)]
    groups = pl.DataFrame(
        [
            {"regime": "x", "rule": rule, "line": "store", "kind": "app", "verdict": "unknown", "identifier": key,
             "missing": [missing], "count": count, "samples": [f"app:{key}"]}
            for key, count, missing, rule in held
        ],
        schema=GROUP,
    )  # fmt: skip
    shown = digest(Audit(header={}, groups=groups), groups=20)
    assert shown.unknown_groups == len(shown.unknowns) == 8
    told = {group.about: group.count for group in shown.unknowns}
    assert told == {
        "236 package identifiers that lead to nobody (a.b0, a.b1, a.b2, \u2026)": 236, "package c.d": 5,
        "package c.e": 1, "vendor a": 9, "AS50": 50, "AS40": 40, "AS30": 30,
        "2 asn identifiers that lead to nobody (20, 2)": 22,
    }  # fmt: skip
    assert sum(told.values()) == groups["count"].sum()
    assert shown.unknowns[0].missing == ("the party each leads to, or all package identifiers of X as of 2026-07-31",)
    assert shown.unknowns[0].samples == ("app:package:a.b0", "app:package:a.b1", "app:package:a.b2")


def test_other_verdicts_are_no_violations(make_finding: Callable[..., dict[str, Any]]) -> None:
    """Findings that are listed singly with another verdict stand in no group of violations."""
    rows = [make_finding(1, verdict="compliant"), make_finding(2, verdict="unknown", identifier=None, party=None)]
    assert digest(Audit(header={}, findings=pl.DataFrame(rows, schema=FINDING))).violations == ()


def test_no_identifier_is_a_group(make_finding: Callable[..., dict[str, Any]]) -> None:
    """Findings that no identifier decides stand together, with their samples."""
    rows = [make_finding(n, identifier=None, party=None, role=None, severity=None) for n in range(3)]
    (group,) = digest(Audit(header={}, findings=pl.DataFrame(rows, schema=FINDING)), samples=2).violations
    assert (group.count, len(group.samples), group.identifier) == (3, 2, None)


def test_an_empty_audit_is_empty() -> None:
    """An audit of nothing has no rows and no groups."""
    shown = digest(Audit(header={}))
    assert (shown.judged, shown.rows, shown.violations, shown.unknowns, shown.dependences) == (0, (), (), (), {})


def test_lines_stand_in_their_order() -> None:
    """Lines stand in the order of the programme, whatever the order of the tally; others follow."""
    rows = [("r", f"rule-{line}", line, "kind", 1, 0, 0, 0, 0) for line in ("zeta", "product", "carrier")]
    shown = digest(Audit(header={}, tally=pl.DataFrame(rows, schema=TALLY, orient="row")))
    assert [row.line for row in shown.rows] == ["carrier", "product", "zeta"]


def test_every_role_has_its_words() -> None:
    """A role of the vocabulary has a verb whose subject is the asset."""
    assert set(VERBS) == set(ROLES)


def test_the_asset_is_the_subject() -> None:
    """A sentence begins with the asset and names the identifier before its holder."""
    said = sentence("route", "192.0.2.0/24", "transit", "asn:4134", "China Telecom")
    assert said == "route 192.0.2.0/24 is announced through AS4134 (China Telecom)"
    assert sentence("session", "session with AS1", None, None, None) == "session with AS1"
    assert sentence("app", "maps", "chaperon", "vendor:x", None) == "app maps depends, as chaperon, on vendor x"


def test_identifiers_as_people_write_them() -> None:
    """A number of a network is AS and digits; a party or state is its own name."""
    shown = [identifier(text) for text in ("asn:4134", "state:CN", "vendor:huawei", "odd", None)]
    assert shown == ["AS4134", "CN", "vendor huawei", "odd", "-"]


def test_only_the_web_is_linked() -> None:
    """An address is a link if it is http or https with a host, and nothing unseen stands in it."""
    assert web_address("https://example.org/a?b=c") == "https://example.org/a?b=c"
    bad = (
        "javascript:alert(1)", "data:text/html,x", "https:///x", "http://[::1", "https://a\u202e/", "https://a\n/",
        " https://a/", "x" * 3000, None, 7,
    )  # fmt: skip
    assert [web_address(url) for url in bad] == [None] * len(bad)


def test_schemas_are_those_of_the_contract(audit: Audit) -> None:
    """The audits of these tests have the columns that every audit has."""
    frames = (audit.findings, audit.groups, audit.tally, audit.exposure)
    assert [frame.schema for frame in frames] == [FINDING, GROUP, TALLY, EXPOSURE]
