"""SARIF: valid, within the limits of code scanning, and a table of many routes is few results."""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import jsonschema
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crossline.reports import FINDING, GROUP, TALLY, Audit, Options, sarif
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = json.loads((Path(__file__).parent / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# What viewers take for a link in plain text: escapes are not known to them.
LINK = re.compile(r"\[([^\]]*)\]\(([^)]+)\)")


def log(audit: Audit) -> dict[str, Any]:
    """Return the report as a program reads it, valid by the schema."""
    made: dict[str, Any] = json.loads(sarif.render(audit, Options()))
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in VALIDATOR.iter_errors(made)]
    assert errors == []
    return made


def results(audit: Audit, run: int = 0) -> list[dict[str, Any]]:
    """Return the results of a run."""
    found: list[dict[str, Any]] = log(audit)["runs"][run]["results"]
    return found


def many(make_finding: Callable[..., dict[str, Any]], count: int, **columns: pl.Expr) -> pl.DataFrame:
    """Return so many findings that differ in the columns given, over ``n``."""
    one = pl.DataFrame([make_finding(0)], schema=FINDING)
    rows = one.join(pl.DataFrame({"n": pl.int_range(count, eager=True)}), how="cross")
    return rows.with_columns(pl.format("f{}", "n").alias("id"), **columns).select(FINDING.names())


def test_the_schema_refuses(audit: Audit) -> None:
    """The schema that the tests use refuses a level that does not exist and a result without a message."""
    good = log(Audit(audit.header, audit.findings.head(1)))
    for broken in ({"level": "fatal"}, {"message": {}}):
        good["runs"][0]["results"][0] |= broken
        assert not VALIDATOR.is_valid(good)


def test_an_audit_is_few_results(audit: Audit) -> None:
    """27,343 violations that three ties decide are three results, whose counts add up; so are groups of the unknown."""
    runs = log(audit)["runs"]
    fails = [r for r in runs[0]["results"] if r["kind"] == "fail"]
    assert [r["properties"]["count"] for r in fails] == [1, 21_340, 6_002]
    assert sum(r["occurrenceCount"] for r in fails) == 27_343
    assert [r["properties"]["count"] for run in runs for r in run["results"] if r["kind"] == "open"] == [
        15_556, 9_120, 20, 1, 1,
    ]  # fmt: skip
    assert [run["automationDetails"]["id"] for run in runs] == ["crossline/us-clean-network/", "crossline/cn-gdsi/"]


def test_what_is_unknown_has_no_level(audit: Audit) -> None:
    """A result whose kind is not ``fail`` has the level ``none`` (SARIF 2.1.0, 3.27.10)."""
    for run in log(audit)["runs"]:
        for result in run["results"]:
            assert (result["kind"] == "fail") == (result["level"] != "none")


def test_the_asset_is_the_subject(audit: Audit) -> None:
    """The first sentence of a result says which asset depends on whom, and how many more do."""
    text = results(audit)[1]["message"]["text"]
    assert re.match(r"route .+ is announced through AS4134 \(China Telecom\), and 21,339 more likewise\. ", text)
    assert "Rule clean-carrier-route of us-clean-network is an aim, not an obligation." in text


def test_every_result_has_a_file(audit: Audit, make_finding: Callable[..., dict[str, Any]]) -> None:
    """Code scanning refuses a whole upload in which one location has no file: every location has one."""
    nowhere = pl.DataFrame([make_finding(1, file=None, locator=None)], schema=FINDING)
    for run in log(Audit(audit.header, nowhere, audit.groups, audit.tally))["runs"]:
        for result in run["results"]:
            steps = [
                s["location"] for f in result.get("codeFlows", []) for t in f["threadFlows"] for s in t["locations"]
            ]
            assert result["locations"]
            for location in [*result["locations"], *result["relatedLocations"], *steps]:
                assert location["physicalLocation"]["artifactLocation"]["uri"]


def test_links_lead_to_examples(audit: Audit) -> None:
    """The links of a message lead to its related locations, each once."""
    for result in results(audit):
        targets = [target for _, target in LINK.findall(result["message"]["text"])]
        assert targets == [str(place["id"]) for place in result["relatedLocations"]]


def test_evidence_is_a_flow(audit: Audit) -> None:
    """Each step of the chain is a step of the flow, with title, issuer and date of its source."""
    (flow,) = results(audit)[1]["codeFlows"]
    told = [step["location"]["message"]["text"] for step in flow["threadFlows"][0]["locations"]]
    owned = "China Telecom is owned to at least 51 % by China Telecom Group"
    listing = "Announcing the Expansion of the Clean Network, US Department of State, 2020-08-05"
    assert told == [
        "AS4134 is held by China Telecom (APNIC registry, APNIC, 2020-10-01)",
        f"{owned} (Annual report 2019, China Telecom Corporation, 2020-04-01)",
        f"China Telecom is on the list us-clean-network, scope carrier, status named, since 2020-08-05 ({listing})",
    ]


def test_rules_say_what_they_are(audit: Audit) -> None:
    """Rules have what code scanning requires, the address of their source if it is one, and no score of security."""
    runs = log(audit)["runs"]
    rules = {rule["id"]: rule for run in runs for rule in run["tool"]["driver"]["rules"]}
    assert len(rules) == 4
    route = rules["us-clean-network/clean-carrier-route"]
    assert route["shortDescription"]["text"] == "No route announced through a listed carrier"
    assert route["helpUri"].startswith("https://2017-2021.state.gov/announcing")
    assert route["defaultConfiguration"] == {"level": "warning"}
    assert route["properties"]["effect"] == "aim"
    assert route["properties"]["verdicts"]["compliant"] == 400_000
    assert "an aim, not an obligation" in route["help"]["text"]
    assert "helpUri" not in rules["cn-gdsi/gdsi-7"]
    for rule in rules.values():
        assert "security-severity" not in rule["properties"]
        assert len(rule["properties"]["tags"]) <= 10
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))


def test_indices_lead_to_rules(audit: Audit) -> None:
    """``ruleIndex`` leads to the rule whose id the result has, also where the header does not tell of the rule."""
    for made in (audit, Audit({}, audit.findings, audit.groups, audit.tally), Audit({}, audit.findings)):
        for run in log(made)["runs"]:
            rules = run["tool"]["driver"]["rules"]
            assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_fingerprints_are_of_the_tie(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """A fingerprint stays if evidence, places, names and counts change; another tie or rule has another."""

    def prints(*rows: dict[str, Any]) -> set[str]:
        found = results(Audit(audit.header, pl.DataFrame(list(rows), schema=FINDING)))
        return {result["partialFingerprints"]["primaryLocationLineHash"] for result in found}

    one = prints(make_finding(1))
    assert len(one) == 1
    assert one == prints(make_finding(2, why=[], evidence_id="e2", file="other", locator="line 2"), make_finding(3))
    for other in ({"rule": "r"}, {"identifier": "asn:1"}, {"role": "origin"}, {"party": "p"}, {"kind": "session"}):
        assert one.isdisjoint(prints(make_finding(1, **other)))


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("new", "new"), "new"), (("known", "known"), "unchanged"), (("changed",), "updated"),
        (("known", "new"), "updated"), ((None,), None),
    ],
)  # fmt: skip
def test_the_baseline_is_shown(
    make_finding: Callable[..., dict[str, Any]], audit: Audit, words: tuple[str | None, ...], state: str | None
) -> None:
    """A group is new if all of it is, unchanged if all of it is known, and updated otherwise."""
    rows = [make_finding(number, baseline=word) for number, word in enumerate(words)]
    (result,) = results(Audit(audit.header, pl.DataFrame(rows, schema=FINDING)))
    assert result.get("baselineState") == state


def test_new_findings_are_the_examples(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """Where there is a baseline, what is new is shown before what is known."""
    rows = [make_finding(number, baseline="new" if number == 30 else "known") for number in range(40)]
    (result,) = results(Audit(audit.header, pl.DataFrame(rows, schema=FINDING)))
    assert result["properties"]["findings"][:2] == ["f0000030", "f0000000"]


def test_waived_findings_are_suppressed(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """An exempt finding that is listed is a suppressed result; its waiver stands in the properties of the run."""
    waiver = {"id": "w1", "rule": "clean-carrier-route", "reason": "until the contract ends", "approver": "A. Person"}
    rows = pl.DataFrame([make_finding(1, verdict="exempt")], schema=FINDING)
    run = log(Audit({**audit.header, "waivers": [waiver]}, rows))["runs"][0]
    (result,) = run["results"]
    assert [(s["kind"], s["status"]) for s in result["suppressions"]] == [("external", "accepted")]
    assert run["properties"]["waivers"] == [waiver]


def test_many_groups_stay_within_the_limits(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """30,000 groups become at most 5,000 results, the largest first, and what is left out is counted."""
    findings = many(make_finding, 60_000, identifier=pl.format("asn:{}", pl.col("n") % 30_000))
    groups = pl.concat([audit.groups.head(1)] * 3_000).with_columns(count=pl.lit(2, pl.UInt64))
    tally = pl.DataFrame(
        [("us-clean-network", "clean-carrier-route", "carrier", "route", 60_000, 0, 6_000, 0, 0)],
        schema=TALLY, orient="row",
    )  # fmt: skip
    data = sarif.encode(Audit(audit.header, findings, groups, tally))
    (run,) = json.loads(data)["runs"][:1]
    kinds = [result["kind"] for result in run["results"]]
    assert len(kinds) <= 5_000
    assert kinds.count("open") == 200
    shown = sum(result["properties"]["count"] for result in run["results"] if result["kind"] == "fail")
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert any(note.startswith(f"{60_000 - shown:,} of 60,000 judgements") for note in notes)
    assert any(note.startswith("5,600 of 6,000 judgements") for note in notes)
    assert max(len(result["relatedLocations"]) for result in run["results"]) <= 100


def test_many_regimes_are_twenty_runs(make_finding: Callable[..., dict[str, Any]]) -> None:
    """Code scanning takes 20 runs a file: the last one holds what is beyond, and no finding is lost."""
    findings = many(make_finding, 45, regime=pl.format("regime-{}", "n"))
    runs = log(Audit({}, findings))["runs"]
    assert len(runs) == 20
    assert sum(result["properties"]["count"] for run in runs for result in run["results"]) == 45
    assert len({run["automationDetails"]["id"] for run in runs}) == 20


def test_size_is_limited(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that would be too large when compressed tells less, and if that is too much, none is written."""
    few = Audit(audit.header, audit.findings, audit.groups, audit.tally)
    whole = sarif.encode(few)
    monkeypatch.setattr(sarif, "LIMIT_GZIP", len(gzip.compress(whole, 6, mtime=0)) - 1)
    assert len(sarif.encode(few)) < len(whole)
    monkeypatch.setattr(sarif, "LIMIT_GZIP", 1_000)
    with pytest.raises(ValueError, match="exceeds 1,000 bytes"):
        sarif.encode(few)


def test_an_empty_audit_is_a_log() -> None:
    """An audit of nothing is a valid log with a run and no result."""
    (run,) = log(Audit({}))["runs"]
    assert run["results"] == []


def test_what_was_not_understood_is_told(audit: Audit) -> None:
    """Rejects and files that no reader took are notifications, with the file."""
    run = log(audit)["runs"][0]
    told = {
        n["message"]["text"]: n["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for n in run["invocations"][0]["toolExecutionNotifications"]
        if "locations" in n
    }
    assert told == {
        "3 pieces not understood, the first: the record ends after 12 of 40 bytes at byte 1048576":
            "mrt/bview.20201101.0000.gz",
        "No reader took the file": "mrt/README.pdf",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("mrt/rib 1.gz", "mrt/rib%201.gz"), ("a:b", "a%3Ab"), ("./x/../y", "y"), ("../x", "../x"), ("/a b", "file:///a%20b"),
        ("//host/x", "file:///host/x"), ("C:\\a b\\c", "file:///C:/a%20b/c"), ("é%?#", "%C3%A9%25%3F%23"), ("", None),
        (None, None), ("x" * 20_000, None), ("\udcff", "%3F"),
    ],
)  # fmt: skip
def test_file_names_are_references(path: str | None, uri: str | None) -> None:
    """A file name becomes a URI reference of RFC 3986, relative unless it is absolute, and never names a host."""
    assert sarif.address(path) == uri


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30))
def test_references_lead_back(path: str) -> None:
    """Taken apart as RFC 3986 has it, a reference is a path alone, and decoded it is the file's name in normal form."""
    uri = sarif.address(path)
    assert uri is not None
    parts = urlsplit(uri)
    assert (parts.netloc, parts.query, parts.fragment) == ("", "", "")
    assert re.fullmatch(r"[A-Za-z0-9._~/%:-]*", uri)
    if not re.match(r"[A-Za-z]:[\\/]", path):
        assert parts.scheme == ("file" if path.startswith("/") else "")
        assert unquote(parts.path) == re.sub("^//", "/", posixpath.normpath(path))


@pytest.mark.parametrize(
    ("locator", "uri", "place"),
    [
        ("line 7", "a.csv", {"startLine": 7}), ("line 0", "a.csv", None), ("line 99999999999", "a.csv", None),
        ("offset 123", "a.mrt", {"byteOffset": 123, "byteLength": 0}),
        ("byte 5, entry 2", "a", {"byteOffset": 5, "byteLength": 0}),
        ("byte 5", "a.gz", None), ("row 3", "a.csv", None), ("$.x[3]", "a.json", None), ("line ٣", "a.csv", None),
        ("byte " + "9" * 40, "a", None),
    ],
)  # fmt: skip
def test_places_in_files(locator: str, uri: str, place: dict[str, int] | None) -> None:
    """A line or an offset is a region, unless the file is packed and the offset is of what was unpacked."""
    assert sarif.region(locator, uri) == place


@given(st.text())
def test_text_stays_text(text: str) -> None:
    """No viewer finds a link in a text, and Python's rule for doubled braces (3.11.5 has the same) gives it again."""
    made = sarif._text(text)
    assert LINK.search(made) is None
    assert made.format() == text.replace("](", "] (")


@given(st.text(alphabet="[]()<>*_`~#!|\\&;:/.@-+=1a wtphs$\"'", max_size=60))
def test_markdown_shows_the_text(text: str) -> None:
    """Rendered by another program (markdown-it), the text is itself: no link, image, emphasis or element."""
    shown = visible(text)
    made = MarkdownIt("gfm-like", {"linkify": False}).renderInline(f"x {sarif._markdown(shown)}")
    assert set(re.findall(r"</?\w+", made)) <= {"<code", "</code"}
    assert "href" not in re.sub("<code>.*?</code>", "", made)
    plain = re.sub("</?code>", "", made)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    assert plain.split() == ["x", *(w.replace("`", "'") if sarif._BY_ITSELF.search(w) else w for w in shown.split())]


def test_groups_without_findings_are_told() -> None:
    """A group of the unknown without identifier, samples or facts is a result with a message."""
    row = ("r", "s", "carrier", "route", "unknown", None, [], 3, [])
    coverage = [{"path": "a", "reader": "mrt", "kinds": {"route": 1}}]
    (result,) = results(Audit({"coverage": coverage}, groups=pl.DataFrame([row], schema=GROUP, orient="row")))
    assert result["message"]["text"].startswith("Unknown for 3 judgements on route; missing: not said what.")
