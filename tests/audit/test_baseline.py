"""An audit against an earlier report: known, changed and new, and what was asked otherwise."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import comparing, reports
from crossline.auditing import audit
from crossline.evaluate.binding import Binding
from crossline.explain import ReportError
from crossline.reports import Options
from crossline.reports.table import render
from miniature import DAY, HERE, Asset, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.reports import Audit
    from crossline.world import World

PARTIES = ("p", "q", "n")
REGIME = regime(
    rule('operator.exists(t, t.listed("named"))'),
    rule('operator.exists(t, t.listed("named"))', id="r2", severity="low"),
    lists={"named": {"list": "l", "statuses": ["listed"]}},
    parameters={"reading": {"default": "narrow", "choices": ["narrow", "wide"], "about": "made up"}},
)


def listing(since: date | None = None, *parties: str) -> World:
    """Make a world in which parties are listed since a day."""
    rows = [{"list": "l", "party": party, "status": "listed", "since": since} for party in parties or ("p", "q")]
    return world(party=[company(name) for name in PARTIES], listing=rows)


def audited(stores: dict[str, list[str]], about: World | None = None, **options: Any) -> Audit:
    """Audit data stores by name, each with its operators."""
    assets: dict[str, Asset] = {name: {"operator": [f"party:{p}" for p in them]} for name, them in stores.items()}
    binding = Binding(REGIME, options.pop("as_of", DAY), HERE, options.pop("set", {}))
    return audit(estate_of(batch("data-store", assets)), about or listing(), [binding], **options)


def kept(result: Audit, folder: Path) -> comparing.Report:
    """Write a report and read it back."""
    path = folder / "old.json"
    path.write_bytes(reports.load("json").encode(result))
    return comparing.load(path)


def told(result: Audit) -> dict[tuple[str, str], str]:
    """Return what the baseline says of each violation, by rule and asset."""
    rows = result.findings.filter(pl.col("verdict") == "violation").select("rule", "asset", "baseline").rows()
    return {(rule_id, asset): word for rule_id, asset, word in rows}


def counts(result: Audit) -> tuple[int, ...]:
    """Return the counts of the baseline: new, changed, known, gone."""
    return tuple(result.header["baseline"][word] for word in ("new", "changed", "known", "gone"))


def test_new_known_gone(tmp_path: Path) -> None:
    """A violation of the same rule and asset is known, one that was not there is new, one that is not there is gone."""
    old = kept(audited({"stays": ["p"], "goes": ["p"], "turns": ["n"]}), tmp_path)
    result = audited({"stays": ["p"], "turns": ["p"], "comes": ["p"], "fine": ["n"]}, baseline=old)
    expected = {"stays": "known", "turns": "new", "comes": "new"}
    assert told(result) == {(name, asset): word for name in ("r", "r2") for asset, word in expected.items()}
    assert counts(result) == (4, 0, 2, 2)
    assert result.header["baseline"]["report"] == str(tmp_path / "old.json")
    assert result.header["baseline"]["as_of"] == DAY.isoformat()
    assert result.header["baseline"]["notes"] == []


def test_other_evidence_is_changed(tmp_path: Path) -> None:
    """The same violation through another party, or by a listing of another day, is changed, and not new."""
    old = kept(audited({"a": ["p"], "b": ["p"]}), tmp_path)
    result = audited({"a": ["q"], "b": ["p"]}, baseline=old)
    assert told(result) == {(name, a): w for name in ("r", "r2") for a, w in (("a", "changed"), ("b", "known"))}
    later = audited({"a": ["p"], "b": ["p"]}, listing(date(2020, 1, 1)), baseline=old)
    assert set(told(later).values()) == {"changed"}


def test_without_a_baseline_nothing_is_said() -> None:
    """Without an earlier report the column is empty and the header has no such key."""
    result = audited({"a": ["p"]})
    assert result.findings["baseline"].to_list() == [None, None]
    assert "baseline" not in result.header


def test_what_is_no_violation_has_no_baseline(tmp_path: Path) -> None:
    """With every judgement listed only violations are compared, on both sides."""
    old = kept(audited({"a": ["n"], "b": ["p"]}, everything=True), tmp_path)
    result = audited({"a": ["p"], "b": ["n"]}, everything=True, baseline=old)
    by_verdict = {verdict: set(part["baseline"]) for (verdict,), part in result.findings.group_by("verdict")}
    assert by_verdict == {"violation": {"new"}, "compliant": {None}}
    assert counts(result) == (2, 0, 0, 2)


def test_new_groups_of_unknowns(tmp_path: Path) -> None:
    """A group of unknowns is new by rule, identifier and missing fact; that it grew makes it not new."""
    old = kept(audited({"a": ["stranger"]}), tmp_path)
    grown = audited({"a": ["stranger"], "b": ["stranger"]}, baseline=old)
    assert grown.header["baseline"]["new_unknown"] == 0
    other = audited({"a": ["stranger"], "b": ["someone"]}, baseline=old)
    assert other.header["baseline"]["new_unknown"] == 2  # one under each rule


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"as_of": date(2026, 7, 2)}, "as of 2026-07-01, this one as of 2026-07-02"),
        ({"set": {"reading": "wide"}}, "mini.reading is wide, was narrow"),
        ({"accept_stale": True}, "Only this one accepts identifiers known from other times"),
    ],
)
def test_what_was_asked_otherwise_is_told(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    """Another day, parameter or option than that of the earlier report is a note."""
    old = kept(audited({"a": ["p"]}), tmp_path)
    notes = audited({"a": ["p"]}, baseline=old, **options).header["baseline"]["notes"]
    assert [said in note for note in notes] == [True]


def test_another_world_is_told(tmp_path: Path) -> None:
    """Sources that the world has more, less, or of another date are named."""
    old = kept(audited({"a": ["p"]}), tmp_path)
    one = {"id": "s", "title": "x", "published": date(2026, 8, 1)}
    about = world(source=[one, {"id": "t", "title": "y"}], party=[company(name) for name in PARTIES])
    (more, moved) = audited({"a": ["n"]}, about, baseline=old).header["baseline"]["notes"]
    assert more == "The world has 1 source more: t."
    assert moved == "Of another date in this world: s."


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(PARTIES), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(PARTIES), max_size=6),
)
@settings(max_examples=25, deadline=None)
def test_against_a_naive_twin(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str], after: dict[str, str]
) -> None:
    """Of any two estates: listed then and now by the same party is known, by another changed, only now new."""
    old = kept(audited({name: [party] for name, party in before.items()}), tmp_path_factory.getbasetemp())
    result = audited({name: [party] for name, party in after.items()}, baseline=old)
    was = {name: party for name, party in before.items() if party != "n"}
    now = {name: party for name, party in after.items() if party != "n"}
    naive = {n: "new" if n not in was else "known" if was[n] == p else "changed" for n, p in now.items()}
    assert told(result) == {(name, asset): word for name in ("r", "r2") for asset, word in naive.items()}
    assert counts(result)[3] == 2 * len(was.keys() - now.keys())


def test_shown_and_written(schema: dict[str, Any], tmp_path: Path) -> None:
    """The table lists new and changed violations and counts the known; JSON has the keys of its schema."""
    old = kept(audited({"stays": ["p"], "other": ["p"]}), tmp_path)
    result = audited({"stays": ["p"], "other": ["q"], "comes": ["p"]}, baseline=old)
    page = render(result, Options())
    assert "2 new, 2 on other evidence, 2 known (not listed)" in page
    assert "data store comes is run by" in page
    assert "data store stays is run by" not in page
    written = json.loads(reports.load("json").encode(result))
    jsonschema.validate(written, schema)
    assert {finding["baseline"] for finding in written["findings"]} == {"new", "known", "changed"}


OURS = '{\n"crossline": "1",\n'  # how a report of ours begins, with a finding a line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an object was expected"),
        ("{}", "no key 'crossline'"),
        ("[]", "an object was expected"),
        ('{"crossline": "1"', "cut off|the file ends"),
        ('{"crossline": "1", "findings": [5]}', "no object"),
        ('{"crossline": "1", "findings": [{"id": 5}]}', "not of its type"),
        ('{"crossline": "1", "findings": [{"id": "a"}]}', "regime is missing"),
        ('{"crossline": "1", "groups": [{"regime": "a", "rule": "b", "missing": 5}]}', "missing is no list"),
        ('{"crossline": "1", "groups": [{"regime": "a", "rule": "b", "count": "x"}]}', "not of its type"),
        ('{"crossline": "1", "tally": [{"violation": "x"}]}', "a count is no number"),
        ('{"crossline": "1", "parameters": {"a": 5}}', "parameters has the wrong shape"),
        ('{"crossline": "1", "parameters": []}', "parameters has the wrong shape"),
        ('{"crossline": "1", "we": {"asns": 1}}', "we.asns has the wrong shape"),
        ('{"crossline": "1", "we": {"states": [[]]}}', "we.states has the wrong shape"),
        (
            r'{"crossline": "1", "findings": [{"id": "\ud800", "regime": "a", "rule": "b", "verdict": "c"}]}',
            "not of its",
        ),
        ('{"crossline": "1", "world": [5]}', "world holds something"),
        ('{"crossline": "1", "summary": {"a": {"violation": "x"}}}', "a count is no number"),
        ('{"crossline": "1", "as_of": NaN}', "no JSON number"),
        (OURS, "cut off"),
        (OURS + '"as_of": NaN}', "no JSON number"),
        (OURS + '"findings": [\n{"id": "a"}\n]\n}\n', "is missing"),
        (OURS + '"findings": [\n{"id": "a\n]\n}\n', "not JSON, or cut off"),
        (OURS + '"findings": [\n5\n]\n}\n', "findings"),
        (OURS + '"findings": [\n{"id": "a"}', "cut off"),
        (OURS + '"groups": [\n5\n]\n}\n', "no object"),
        (OURS + '"findings": [],\n"world": [5]\n}\n', "world holds something"),
        (OURS + '"as_of": null\n}\nmore', "something follows"),
        (OURS + "[" * 5000, "not JSON"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A file that is no report, is cut off or holds cells of another type is named, with what is wrong."""
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ReportError, match=said) as caught:
        comparing.load(path)
    assert "bad.json" in str(caught.value)


def test_an_older_report_is_read(tmp_path: Path) -> None:
    """A report of before the keys were added, laid out by another program, compares like any other."""
    result = audited({"a": ["p"]})
    report = json.loads(reports.load("json").encode(result))
    for finding in report["findings"]:
        del finding["baseline"]
    del report["accept_stale"]
    path = tmp_path / "older.json"
    path.write_text(json.dumps(report, indent=3))
    assert set(told(audited({"a": ["p"]}, baseline=comparing.load(path))).values()) == {"known"}


def test_both_ways_of_reading_agree(tmp_path: Path) -> None:
    """A report as it was written and the same laid out anew are read alike, strange names and all."""
    names = {"plain": ["p"], "a\nb\u2028": ["p"], '"}, {"id": "x"': ["q"], "é漢🙂\x1b": ["stranger"]}
    result = audited(names, everything=True)
    ours = kept(result, tmp_path)
    path = tmp_path / "anew.json"
    path.write_text(json.dumps(json.loads(reports.load("json").encode(result)), indent=1, ensure_ascii=False))
    anew = comparing.load(path)
    assert ours.findings.rows() == anew.findings.rows()
    assert ours.groups.rows() == anew.groups.rows()
    assert (ours.header, ours.coverage, ours.everything) == (anew.header, anew.coverage, True)
