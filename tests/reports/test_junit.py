"""JUnit XML: what CI systems read, and a violation fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.reports import FINDING, GROUP, TALLY, Audit, Options, junit

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = Path(__file__).parent / "schema" / "junit-10.xsd"


def suites(audit: Audit) -> list[ET.Element]:
    """Return the suites of the report, as a program reads it."""
    return list(ET.fromstring(junit.render(audit, Options()).encode()))  # noqa: S314 - our own output


def case(suite: ET.Element, name: str) -> ET.Element:
    """Return the case with that name."""
    (found,) = [item for item in suite.findall("testcase") if item.get("name") == name]
    return found


def test_it_is_valid(audit: Audit) -> None:
    """The report is valid by the schema of Jenkins' xUnit plugin."""
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is absent: pip install xmlschema")
    schema = xmlschema.XMLSchema(SCHEMA)
    for made in (audit, Audit({}), Audit(audit.header, tally=audit.tally)):
        schema.validate(junit.render(made, Options()))
    assert not schema.is_valid("<testsuites><testsuite/></testsuites>")


def test_another_reader_counts_the_same(audit: Audit, tmp_path: Path) -> None:
    """Another program, junitparser, finds the failures and skipped cases that the report says it has."""
    junitparser = pytest.importorskip("junitparser", reason="junitparser is absent: pip install junitparser")
    path = tmp_path / "report.xml"
    path.write_bytes(junit.encode(audit))
    read = junitparser.JUnitXml.fromfile(str(path))
    told = [(suite.name, suite.tests, suite.failures, suite.skipped) for suite in read]
    read.update_statistics()
    assert [(suite.name, suite.tests, suite.failures, suite.skipped) for suite in read] == told
    assert told[0][2] == 3


def test_violations_fail_and_the_unknown_is_skipped(audit: Audit) -> None:
    """A group of violations is a failure with count, chain and example; a group of the unknown is skipped."""
    suite, other = suites(audit)
    assert [suite.get(name) for name in ("name", "failures", "errors")] == ["us-clean-network", "3", "0"]
    assert other.get("failures") == "0"
    failure = case(suite, "route is announced through AS4134 (china-telecom)").find("failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith("21,340 routes, for example: route ")
    text = failure.text or ""
    assert "1. AS4134 is held by China Telecom (APNIC registry, APNIC, 2020-10-01)" in text
    assert "and 21,335 more" in text
    skipped = case(suite, "route unknown: AS64500: which party holds AS64500").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "15,556 judgements unknown: AS64500: which party holds AS64500"


def test_counts_are_the_audits(audit: Audit) -> None:
    """Every count of the tally is a property of its suite."""
    found = {p.get("name"): p.get("value") for suite in suites(audit) for p in suite.iter("property")}
    for row in audit.tally.iter_rows(named=True):
        for verdict in ("violation", "unknown", "compliant", "exempt", "not-applicable"):
            assert found[f"{row['rule']}.{row['kind']}.{verdict}"] == str(row[verdict])


def test_attributes_are_what_stands_there(audit: Audit) -> None:
    """The attributes of a suite and of the whole are the numbers of elements in it."""
    root = ET.fromstring(junit.encode(audit))  # noqa: S314 - our own output
    for suite in root:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
    assert int(root.get("tests", "")) == len(root.findall("testsuite/testcase"))


def test_what_is_known_does_not_fail(make_finding: Callable[..., dict[str, Any]]) -> None:
    """Against a baseline a group fails if something of it is new; what is known or changed is skipped, and counted."""
    rows = [
        make_finding(number, baseline=word, identifier=f"asn:{asn}", party=None)
        for number, (asn, word) in enumerate([(1, "new"), (1, "known"), (2, "known"), (2, "changed"), (3, "known")])
    ]
    (suite,) = suites(Audit({}, pl.DataFrame(rows, schema=FINDING)))
    failing = {item.get("name") for item in suite.findall("testcase") if item.find("failure") is not None}
    assert failing == {"route is announced through AS1"}
    skipped = case(suite, "route is announced through AS2").find("skipped")
    assert skipped is not None
    assert (skipped.get("message") or "").endswith("(baseline: 1 changed, 1 known)")


def test_names_of_cases_stay(make_finding: Callable[..., dict[str, Any]]) -> None:
    """A case has the same class and name when other assets, more of them, or other evidence stand behind it."""
    names = set()
    for rows in ([make_finding(1)], [make_finding(2, why=[]), make_finding(3, file="elsewhere")]):
        (suite,) = suites(Audit({}, pl.DataFrame(rows, schema=FINDING)))
        names |= {(item.get("classname"), item.get("name")) for item in suite.findall("testcase")}
    assert names == {("us-clean-network.clean-carrier-route", "route is announced through AS4134 (china-telecom)")}


def test_a_rule_without_groups_has_a_case() -> None:
    """What is compliant passes; exempt and not applicable are skipped; violations that are not listed still fail."""
    rows = [("r", "a", "carrier", "route", 0, 5, 0, 2, 0), ("r", "b", "carrier", "route", 0, 0, 0, 0, 9),
            ("r", "c", "carrier", "route", 7, 0, 3, 0, 0)]  # fmt: skip
    (suite,) = suites(Audit({}, tally=pl.DataFrame(rows, schema=TALLY, orient="row")))
    found = {
        (item.get("classname"), item.get("name")): [(part.tag, part.get("message")) for part in item]
        for item in suite.findall("testcase")
    }
    assert found == {
        ("r.a", "route compliant"): [],
        ("r.a", "route exempt"): [("skipped", "2 routes exempt, by the rule or a waiver")],
        ("r.b", "route not applicable"): [("skipped", "the rule applies to none of 9 routes")],
        ("r.c", "route violation: further"): [
            ("failure", "7 more of 7 with the verdict violation; JSON has them"),
        ],
        ("r.c", "route unknown: further"): [("skipped", "3 more of 3 with the verdict unknown; JSON has them")],
    }


def test_size_is_limited(make_finding: Callable[..., dict[str, Any]]) -> None:
    """However many groups there are, and however long their names, a suite has a bounded number of cases and bytes."""
    one = pl.DataFrame([make_finding(0, name="<&\"'>" * 2000, also=["x" * 9_000], limb="y" * 9_000)], schema=FINDING)
    rows = one.join(pl.DataFrame({"n": pl.int_range(20_000, eager=True)}), how="cross")
    findings = rows.with_columns(pl.format("asn:{}", "n").alias("identifier")).select(FINDING.names())
    groups = pl.DataFrame(
        [("us-clean-network", "clean-carrier-route", "carrier", "route", "unknown", "x" * 999, ["y" * 9_000], 1, [])],
        schema=GROUP, orient="row",
    )  # fmt: skip
    tally = [("us-clean-network", "clean-carrier-route", "carrier", "route", 20_000, 0, 900, 0, 0)]
    made = Audit({}, findings, pl.concat([groups] * 900), pl.DataFrame(tally, schema=TALLY, orient="row"))
    data = junit.encode(made)
    (suite,) = suites(made)
    assert len(suite.findall("testcase")) == 1_000 + 200 + 2
    assert len(data) < 10_000_000
    further = case(suite, "route violation: further").find("failure")
    assert further is not None
    assert (further.get("message") or "").startswith("19,000 more of 20,000")


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_name_gives_xml(name: str) -> None:
    """Whatever a name is made of, no character that XML 1.0 (2.2) forbids comes out, and no element is added."""
    row = dict.fromkeys(FINDING.names()) | dict.fromkeys(("regime", "rule", "kind", "name", "role", "file"), name)
    row |= {"verdict": "violation", "why": [{"statement": name, "source": name}], "identifier": f"asn:{name}"}
    text = junit.render(Audit({"notes": [name]}, pl.DataFrame([row], schema=FINDING)), Options())
    assert re.fullmatch("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", text)
    (suite,) = suites(Audit({"notes": [name]}, pl.DataFrame([row], schema=FINDING)))
    assert [part.tag for part in suite] == ["properties", "testcase", "system-out"]
