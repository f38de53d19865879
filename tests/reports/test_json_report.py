"""The JSON report has the shape of its schema, and every cell of the audit as it is."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest

from crossline.reports import FINDING, Audit, Options, load
from strict_json import strict

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = json.loads((files("crossline.reports") / "schema" / "audit-report.json").read_text(encoding="utf-8"))
# The keys of the report as the design lists them, then those that were added.
KEYS = [
    "crossline", "as_of", "regimes", "parameters", "we", "world", "summary", "coverage", "groups", "findings",
    "titles", "rules", "notes", "sources", "resolved", "next", "tally", "exposure",
]  # fmt: skip


def render(audit: Audit) -> str:
    """Return the report of an audit."""
    text: str = load("json").render(audit, Options())
    return text


def test_the_schema_is_one() -> None:
    """The schema is itself valid JSON Schema of 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_report_fits_the_schema(audit: Audit) -> None:
    """A report is valid by the schema."""
    small = Audit(audit.header, audit.findings.head(200), audit.groups, audit.tally, audit.exposure)
    jsonschema.validate(strict(render(small)), SCHEMA)


def test_the_schema_refuses(audit: Audit) -> None:
    """A verdict that does not exist, a count below zero and a missing key are refused."""
    good = strict(render(Audit(audit.header, audit.findings.head(1), audit.groups, audit.tally, audit.exposure)))
    bad = [
        {**good, "findings": [{**good["findings"][0], "verdict": "dirty"}]},
        {**good, "groups": [{**good["groups"][0], "count": -1}]},
        {key: value for key, value in good.items() if key != "coverage"},
    ]
    refused = [not jsonschema.Draft202012Validator(SCHEMA).is_valid(report) for report in bad]
    assert refused == [True, True, True]


def test_keys_stand_in_their_order(audit: Audit) -> None:
    """The keys of the design come first, in its order."""
    assert list(strict(render(Audit(audit.header)))) == KEYS
    assert list(SCHEMA["required"]) == KEYS


def test_cells_are_as_they_were(audit: Audit) -> None:
    """Every finding, group, tally and exposure is written as polars itself gives it, hostile names and all."""
    few = Audit(audit.header, audit.findings.head(3000), audit.groups, audit.tally, audit.exposure)
    report = strict(render(few))
    for key in ("findings", "groups", "tally", "exposure"):
        assert report[key] == getattr(few, key).to_dicts(), key


def test_all_rows_are_there(audit: Audit) -> None:
    """No finding is lost where the rows are written in slices."""
    ids = [finding["id"] for finding in strict(render(audit))["findings"]]
    assert ids == audit.findings["id"].to_list()


def test_slices_join(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written in slices of any size, the report is the same."""
    few = Audit(audit.header, audit.findings.head(10))
    whole = render(few)
    for rows in (1, 3, 10):
        monkeypatch.setattr(load("json"), "_SLICE", rows)
        assert render(few) == whole


def test_a_finding_is_a_line(audit: Audit) -> None:
    """Each finding stands on a line of its own, so that line tools and diffs can work on reports."""
    lines = render(Audit(audit.header, audit.findings.head(50))).split("\n")
    assert sum(line.startswith('{"id":') for line in lines) == 50


def test_missing_lists_are_empty(make_finding: Callable[..., dict[str, Any]]) -> None:
    """A list that is not there is empty, and a text that is not there is null."""
    lists = dict.fromkeys(("also", "why", "missing", "remedy"))
    row = make_finding(1, **lists, party=None)
    (finding,) = strict(render(Audit({}, pl.DataFrame([row], schema=FINDING))))["findings"]
    assert (finding["also"], finding["why"], finding["missing"], finding["remedy"]) == ([], [], [], [])
    assert finding["party"] is None


def test_an_empty_audit_is_a_report() -> None:
    """An audit without a row, and without anything said, is valid JSON with every key."""
    report = strict(render(Audit({})))
    assert (list(report), report["findings"], report["sources"]) == (KEYS, [], {})


def test_values_of_the_header() -> None:
    """Dates are ISO 8601, tuples and sets are arrays, what is no number is null."""
    header = {"as_of": date(2020, 8, 5), "regimes": ("a",), "resolved": {"x": float("nan")}, "next": {"b", "a"}}
    report = strict(render(Audit(header)))
    assert (report["as_of"], report["regimes"], report["resolved"]) == ("2020-08-05", ["a"], {"x": None})
    assert report["next"] == ["a", "b"]


def test_a_name_that_is_not_utf8_is_written() -> None:
    """A file name with bytes that are not UTF-8 does not keep the report from being written."""
    report = render(Audit({"notes": ["caf\udce9 é 🙂"]}))
    assert strict(report.encode().decode())["notes"] == ["caf\ufffd é 🙂"]


def test_what_has_no_meaning_is_refused() -> None:
    """An object of a program is an error of the program, not text in a report."""
    with pytest.raises(TypeError, match="object cannot stand in a report"):
        render(Audit({"notes": [object()]}))


def test_the_page_about_reports_names_every_key() -> None:
    """Each key of the schema, and each of a finding, is described in docs/reports.md."""
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    keys = {*SCHEMA["properties"], *SCHEMA["properties"]["findings"]["items"]["properties"]}
    assert {key for key in keys if f"`{key}`" not in page} == set()
