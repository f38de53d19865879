"""The command line: exit statuses, options, and one clear line where a user can put something right."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import polars as pl
import pytest
import yaml
from click.testing import CliRunner

from crossline import commands, console, regimes, reports
from crossline.cli import main
from miniature import rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

ROOT = Path(__file__).parents[1]
EMBASSY = ROOT / "examples" / "embassy"
DAY = "2026-11-22"


def run(*arguments: str | Path) -> Result:
    """Run crossline in this process; whatever happens it ends by an exit status and shows no traceback."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"crossline {' '.join(map(str, arguments))} raised") from result.exception
    assert "Traceback" not in result.output
    return result


def write(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


BAD = "asset,data_class,subjects,operator,owner,host\nstore,sensitive,US,party:alibaba,none,none\n"
GOOD = BAD.replace("alibaba", "microsoft")
UNKNOWN = BAD.replace("party:alibaba", "")
OTHER = BAD.replace("sensitive,US", "other,US")
AUDIT = ("audit", "--regime", "us-clean-network", "--as-of", DAY)


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    """Return a folder with a file for each outcome of one rule."""
    for name, text in (("bad", BAD), ("good", GOOD), ("unknown", UNKNOWN), ("other", OTHER)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "data-store.csv", text)
    return tmp_path


MINI = {
    "id": "mini",
    "title": "A made-up regime",
    "issuer": "AA",
    "legal": "It binds nobody.",
    "home": "US",
    "tests_as_of": None,
    "lists": {"clouds": {"list": "us-clean-network", "scope": "cloud", "statuses": ["named"]}},
}
CASES = [
    {"given": {"operator": ["party:baidu"]}, "verdict": "violation"},
    {"given": {"operator": ["party:microsoft"]}, "verdict": "compliant"},
    {"given": {}, "verdict": "unknown"},
]


def mini(path: Path, *, file: str = "mini.yaml", **keys: object) -> Path:
    """Write a regime of one rule about data stores, with the rule's keys changed."""
    one = rule('operator.exists(t, t.listed("clouds"))', tests=CASES, applies='data_class != "other"')
    for case in one["tests"]:
        case["given"] = {"data_class": "secret"} | case["given"]
    document = MINI | {"tests_as_of": None, "rules": [one | keys]}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True).replace(
        "tests_as_of: null", "tests_as_of: 2026-07-31"
    )
    return write(path / file, text)


# -- exit statuses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estate", "options", "status"),
    [
        ("good", [], 0),
        ("bad", [], 1),
        ("unknown", [], 0),
        ("unknown", ["--fail-on-unknown"], 1),
        ("good", ["--fail-on-unknown"], 0),
        ("other", [], 3),
        ("other", ["--fail-on-unknown"], 3),
        ("bad", ["--fail-on", "none"], 0),
        ("bad", ["--fail-on", "high"], 1),
        ("bad", ["--as-of", "2020-08-04"], 3),  # the day before the programme named anybody
    ],
)
def test_exit_statuses(stores: Path, estate: str, options: list[str], status: int) -> None:
    """0 without a violation, 1 with one, 3 where no rule applies; --fail-on and --fail-on-unknown move the line."""
    regime = mini(stores)
    result = run("audit", stores / estate, "--regime", regime, "--as-of", DAY, *options)
    expected = 0 if options[-1:] == ["2020-08-04"] else status  # this regime has no day from which it is in force
    assert result.exit_code == expected, result.output


def test_a_regime_that_is_not_in_force_yet_applies_to_nothing(stores: Path) -> None:
    """The programme's rule on clouds is of 5 August 2020: the day before, nothing applies and the status is 3."""
    assert run("audit", stores / "bad", "--regime", "us-clean-network", "--as-of", "2020-04-28").exit_code == 3
    assert run("audit", stores / "bad", "--regime", "us-clean-network", "--as-of", "2020-08-05").exit_code == 1


@pytest.mark.parametrize(("severity", "fail_on", "status"), [
    ("high", "high", 1), ("medium", "high", 0), ("medium", "medium", 1), ("low", "medium", 0), ("low", "low", 1),
    ("low", None, 1), ("high", "none", 0),
])  # fmt: skip
def test_fail_on_is_a_least_severity(stores: Path, severity: str, fail_on: str | None, status: int) -> None:
    """Violations below the severity that is named do not fail; the default is low."""
    regime = mini(stores, severity=severity)
    options = [] if fail_on is None else ["--fail-on", fail_on]
    assert run("audit", stores / "bad", "--regime", regime, "--as-of", DAY, *options).exit_code == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'PATHS...'"),
        (["{}/nothing"], "no such file or folder"),
        (["{}/notes"], "nothing could be read"),
        (["{}/empty"], "nothing could be read"),
        (["{}/bad", "--as-of", "2020-02-30"], "is not a date of the form YYYY-MM-DD"),
        (["{}/bad", "--as-of", "yesterday"], "is not a date of the form YYYY-MM-DD"),
        (["{}/bad", "--as-of", "20200805"], "is not a date of the form YYYY-MM-DD"),
        (["{}/bad", "--regime", "us-clean-netwrk"], "no such regime or file; there are cn-gdsi"),
        (["{}/bad", "--regime", "{}/bad"], "no such regime or file"),
        (["{}/bad", "--regime", "{}/bad/data-store.csv"], "data-store.csv"),
        (["{}/bad", "--set", "home=CN"], "is not of the form regime.key=value"),
        (["{}/bad", "--set", "us-clean-network.home"], "is not of the form regime.key=value"),
        (["{}/bad", "--set", ".home=CN"], "is not of the form regime.key=value"),
        (["{}/bad", "--set", "us-covered-list.home=CN"], "'us-covered-list' is not among the regimes asked for"),
        (["{}/bad", "--set", "us-clean-network.raeding=wide"], "did you mean 'reading'?"),
        (["{}/bad", "--set", "us-clean-network.reading=broad"], "'broad' is not one of narrow, wide"),
        (["{}/bad", "--set", "us-clean-network.home="], "home"),
        (["{}/bad", "--set", "us-clean-network.home=Narnia"], "home"),
        (["{}/bad", "--set", "us-clean-network.target=C"], "target"),
        (["{}/bad", "--world", "{}/bad"], "not a world folder (it has no manifest.json)"),
        (["{}/bad", "--world", "{}/nothing"], "no such folder"),
        (["{}/bad", "--world", "{}/bad/data-store.csv"], "is a file"),
        (["{}/bad", "--format", "docx"], "'docx' is not one of"),
        (["{}/bad", "--output", "{}/report.docx"], "the suffix is none of"),
        (["{}/bad", "--output", "{}/report"], "the suffix is none of"),
        (["{}/bad", "--output", "{}"], "is a directory"),
        (["{}/bad", "--output", "{}/bad/data-store.csv/x.json"], "data-store.csv"),
        (["{}/bad", "--fail-on", "dire"], "'dire' is not one of"),
        (["{}/bad", "--frobnicate"], "No such option"),
        (["{}/unsound"], "estate.yaml"),
    ],
)
def test_wrong_usage_is_one_clear_message(stores: Path, arguments: list[str], said: str) -> None:
    """What a user can put right ends with status 2 and names what is wrong; no report is printed."""
    for name in ("notes", "empty", "unsound"):
        (stores / name).mkdir()
    write(stores / "notes" / "notes.txt", "nothing to see")
    write(stores / "unsound" / "estate.yaml", "we: {states: [Narnia]}\n")
    write(stores / "unsound" / "data-store.csv", BAD)
    result = run("audit", *(a.format(stores) for a in arguments))
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""


def test_an_unreadable_part_is_a_warning(stores: Path) -> None:
    """Beside a path that is read, one that is not there and a file that no reader takes are told, not fatal."""
    result = run(*AUDIT, stores / "bad", stores / "nothing", "--format", "json")
    assert result.exit_code == 1
    coverage = {Path(item["path"]).name: item["reader"] for item in json.loads(result.stdout)["coverage"]}
    assert coverage == {"data-store.csv": "table", "nothing": None}


# -- what is asked ------------------------------------------------------------------------------------------------


def audited(*arguments: str | Path) -> dict[str, object]:
    """Return the report of an audit in JSON."""
    result = run("audit", *arguments, "--format", "json")
    assert result.exit_code in (0, 1, 3), result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_two_regimes_by_default(stores: Path) -> None:
    """Without --regime the programme and the initiative are asked, and the question is hypothetical."""
    report = audited(stores / "bad")
    assert report["regimes"] == ["us-clean-network", "cn-gdsi"]
    assert report["we"]["hypothetical"] is True  # type: ignore[index]
    assert set(report["we"]["states"]) == {"US", "CN"}  # type: ignore[index]


def test_set_reaches_the_report(stores: Path) -> None:
    """Parameters are in the report as they were set, states in capitals, and statuses as a list."""
    report = audited(stores / "bad", "--set", "us-clean-network.home=cn", "--set", "us-clean-network.target=US",
                     "--set", "us-clean-network.statuses=us-named, mou-signed")  # fmt: skip
    asked = report["parameters"]["us-clean-network"]  # type: ignore[index]
    assert (asked["home"], asked["target"], asked["statuses"]) == ("CN", "US", ["us-named", "mou-signed"])
    assert (
        audited(stores / "bad", "--set", "us-clean-network.target=")["parameters"]["us-clean-network"]["target"] is None
    )  # type: ignore[index]


def test_estate_yaml_sets_parameters_and_the_command_line_goes_before(stores: Path) -> None:
    """What estate.yaml says of a regime is taken, brought to its type, and overridden by --set."""
    write(
        stores / "bad" / "estate.yaml",
        "parameters:\n  us-clean-network: {reading: wide, statuses: [us-named], home: cn}\n",
    )
    asked = audited(*AUDIT[1:], stores / "bad")["parameters"]["us-clean-network"]  # type: ignore[index]
    assert (asked["reading"], asked["statuses"], asked["home"]) == ("wide", ["us-named"], "CN")
    again = audited(*AUDIT[1:], stores / "bad", "--set", "us-clean-network.reading=narrow")
    assert again["parameters"]["us-clean-network"]["reading"] == "narrow"  # type: ignore[index]


@pytest.mark.parametrize("said", ["raeding: wide", "reading: broad", "reading: 5", "statuses: [a, b]\n    reach: up"])
def test_estate_yaml_with_an_unknown_parameter(stores: Path, said: str) -> None:
    """A parameter or value that the regime does not have is an error there too, not passed over in silence."""
    write(stores / "bad" / "estate.yaml", f"parameters:\n  us-clean-network:\n    {said}\n")
    result = run(*AUDIT, stores / "bad")
    assert result.exit_code == 2, result.output
    assert "us-clean-network" in result.stderr


def test_a_regime_is_asked_once(stores: Path) -> None:
    """A regime named twice is either refused or judged once: its summary does not count everything double."""
    result = run(*AUDIT, "--regime", "us-clean-network", stores / "bad", "--format", "json")
    if result.exit_code != 2:
        assert json.loads(result.stdout)["summary"] == audited(*AUDIT[1:], stores / "bad")["summary"]


def test_output_may_repeat(stores: Path) -> None:
    """Each --output is written in the format of its suffix, beside what is printed; a folder has to be there."""
    one, two = stores / "one.json", stores / "two.JSON"
    assert run(*AUDIT, stores / "bad", "--output", stores / "nowhere" / "one.json").exit_code == 2
    assert not (stores / "nowhere").exists()
    result = run(*AUDIT, stores / "bad", "--output", one, "--output", two, "--format", "table")
    assert result.exit_code == 1
    assert one.read_bytes() == two.read_bytes()
    report = json.loads(one.read_text(encoding="utf-8"))
    assert report["summary"]["us-clean-network"]["violation"] == 1
    assert result.stdout.strip()
    assert not result.stdout.lstrip().startswith("{")


def test_all_lists_every_judgement(stores: Path) -> None:
    """With --all what complies is listed too."""
    few = audited(*AUDIT[1:], stores / "good")
    every = audited(*AUDIT[1:], stores / "good", "--all")
    assert few["findings"] == []
    assert "compliant" in {item["verdict"] for item in every["findings"]}  # type: ignore[attr-defined]
    assert few["summary"] == every["summary"]


def test_the_answer_does_not_depend_on_the_folder(stores: Path) -> None:
    """The same files elsewhere give the same findings and evidence."""
    shutil.copytree(stores / "bad", stores / "elsewhere" / "deep")
    pairs = [
        [(item["id"], item["evidence_id"]) for item in audited(*AUDIT[1:], path)["findings"]]  # type: ignore[attr-defined]
        for path in (stores / "bad", stores / "elsewhere", stores / "bad" / "data-store.csv")
    ]
    assert pairs[0] == pairs[1] == pairs[2] != []


def test_the_installed_command_runs(stores: Path) -> None:
    """As a process of its own, into a pipe that is closed early, it writes its files and shows no traceback."""
    script = Path(sys.executable).with_name("crossline")
    if not script.exists():
        pytest.skip("crossline is not installed beside this interpreter")
    kept = stores / "kept.json"
    command = [script, "audit", EMBASSY, "--as-of", DAY, "--all", "--format", "json", "--output", kept]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(10).startswith("{")
        process.stdout.close()
        assert process.stderr.read() == ""
    assert json.loads(kept.read_text(encoding="utf-8"))["we"]["hypothetical"] is False


# -- regimes -----------------------------------------------------------------------------------------------------


def test_regime_list_and_show() -> None:
    """Every regime that ships is listed, and shown with each of its rules."""
    listed = run("regime", "list")
    assert listed.exit_code == 0
    for name in regimes.names():
        assert name in listed.stdout
        shown = run("regime", "show", name)
        assert shown.exit_code == 0
        assert all(each.id in shown.stdout for each in regimes.load(name).rules)
    assert run("regime", "show", "nothing").exit_code == 2


def test_regime_check_counts_cases(tmp_path: Path) -> None:
    """A regime whose cases come out as they say passes; one case that does not fails, and is told with why."""
    good = run("regime", "check", mini(tmp_path))
    assert good.exit_code == 0, good.output
    assert "1 rules, 3 cases, 0 with another verdict" in good.stdout.replace("1 rule,", "1 rules,")
    wrong = [*CASES, {"given": {"data_class": "other"}, "verdict": "violation"}]
    bad = run("regime", "check", mini(tmp_path, tests=wrong))
    assert bad.exit_code == 1
    assert "rule r, case 3: not-applicable, not violation" in bad.stdout


@pytest.mark.parametrize("lacking", ["violation", "compliant", "unknown"])
def test_regime_check_refuses_a_rule_without_its_cases(tmp_path: Path, lacking: str) -> None:
    """A rule needs cases for violation, compliant and unknown; which it lacks is said."""
    cases = [case for case in CASES if case["verdict"] != lacking]
    result = run("regime", "check", mini(tmp_path, tests=cases))
    assert result.exit_code == 2
    assert f"rule r: tests: no case for {lacking}" in result.stderr
    assert "mini.yaml" in result.stderr


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"violation": "operater.exists(t, t.ours)"}, "rule r: violation, column 1: 'operater' is no role"),
        ({"violation": "data_clas == home"}, "rule r: violation, column 1: 'data_clas' is no column of data-store"),
        ({"kind": "data-stor"}, "rule r: there is no kind 'data-stor'"),
        ({"tests": [{"given": {"opeator": []}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]: 'opeator'"),
        ({"tests": [{"given": {"operator": ["nobody"]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]: 'nobody'"),
        ({"tests": [{"given": {"operator": "party:x"}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": [5]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": None}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"operator": [{"id": "party:x", "ort": "X"}]}, "verdict": "unknown"}, *CASES]}, "'ort'"),
        ({"tests": [{"given": {"operator": [{"id": "party:x", "place": 5}]}, "verdict": "unknown"}, *CASES]}, "[0]"),
        ({"tests": [{"given": {"operator": [{"place": "X"}]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"subjects": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": []}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": {"x": {}}}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {"others": {"x": {"kind": "x"}}}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "we": {"states": 5}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "we": {"stats": ["US"]}, "verdict": "unknown"}, *CASES]}, "rule r: tests[0]"),
        ({"tests": [{"given": {}, "set": {"raeding": "x"}, "verdict": "unknown"}, *CASES]}, "'raeding'"),
        ({"violation": "true || " * 400 + "true"}, "mini"),
        ({"violation": "(" * 100}, "nested more than 64 deep"),
    ],
)  # fmt: skip
def test_regime_check_names_what_is_wrong(tmp_path: Path, keys: dict[str, object], said: str) -> None:
    """Whatever is wrong in a regime's file ends with status 2 (or a counted case), one message and its place."""
    result = run("regime", "check", mini(tmp_path, **keys))
    assert result.exit_code in (1, 2) if said == "mini" else result.exit_code == 2, result.output
    assert said in result.output


def test_yaml_that_explodes(tmp_path: Path) -> None:
    """Aliases that stand for more and more are refused with file and line, not expanded."""
    text = "a: &a [x, x]\n" + "".join(
        f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    result = run("regime", "check", write(tmp_path / "bomb.yaml", text))
    assert result.exit_code == 2
    assert "bomb.yaml" in result.stderr


# -- worlds ------------------------------------------------------------------------------------------------------


def test_world_build_show_lookup_and_audit(stores: Path) -> None:
    """A world built without any files holds the shipped facts, is shown and looked up, and audits alike."""
    (stores / "sources").mkdir()
    built = run("world", "build", "--from", stores / "sources", "--output", stores / "W")
    assert built.exit_code == 0, built.output
    shown = run("world", "show", "--world", stores / "W")
    assert shown.exit_code == 0
    assert shown.stdout == run("world", "show").stdout
    found = run("world", "lookup", "AS4134", "--world", stores / "W")
    assert found.exit_code == 0
    assert "China Telecom" in found.stdout
    as_json = run("world", "lookup", "huawei", "--world", stores / "W", "--format", "json")
    assert json.loads(as_json.stdout)
    one, two = (audited(*AUDIT[1:], stores / "bad", *extra) for extra in ((), ("--world", stores / "W")))
    assert one["findings"] == two["findings"]


def test_world_lookup_of_nothing() -> None:
    """What no statement is about is said to be so, with a status of its own."""
    found = run("world", "lookup", "zzzz no such thing")
    assert found.exit_code in (0, 3)
    assert found.stdout.strip()


def test_world_build_of_what_is_not_there(tmp_path: Path) -> None:
    """A missing folder, and a place that is taken by something else, are refused; what lies there stays."""
    assert run("world", "build", "--from", tmp_path / "nothing", "--output", tmp_path / "W").exit_code == 2
    write(tmp_path / "mine.txt", "mine")
    (tmp_path / "empty").mkdir()
    assert run("world", "build", "--from", tmp_path / "empty", "--output", tmp_path).exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"


# -- read --------------------------------------------------------------------------------------------------------


def test_read_in_three_formats(stores: Path) -> None:
    """What was understood is printed as a page or JSON, and written as Parquet; DESIGN's keys are there."""
    page = run("read", stores / "bad")
    assert page.exit_code == 0
    assert "party:alibaba" in page.stdout
    shown = json.loads(run("read", stores / "bad", "--format", "json").stdout)
    assert set(shown) == {"assets", "ties", "extents", "coverage"}
    assert [asset["asset"] for asset in shown["assets"]] == ["store"]
    assert run("read", stores / "bad", "--format", "parquet", "--output", stores / "P").exit_code == 0
    ties = pl.read_parquet(stores / "P" / "tie-data-store.parquet")
    assert ties.select("asset", "role", "type", "value").rows() == [("store", "operator", "party", "alibaba")]
    assert run("read", stores / "bad", "--format", "json", "--output", stores / "r.json").exit_code == 0
    assert json.loads((stores / "r.json").read_text())["assets"] == shown["assets"]


@pytest.mark.parametrize(
    "arguments",
    [["{}/nothing"], ["{}/notes"], ["{}/bad", "--format", "parquet"], ["{}/bad", "--format", "xml"], [],
     ["{}/bad", "--format", "json", "--output", "{}/bad"],
     ["{}/bad", "--format", "parquet", "--output", "{}/bad/data-store.csv"]],
)  # fmt: skip
def test_read_of_what_cannot_be_read_or_written(stores: Path, arguments: list[str]) -> None:
    """Status 2 where no path could be read or the output cannot be written."""
    (stores / "notes").mkdir()
    write(stores / "notes" / "notes.txt", "nothing")
    assert run("read", *(a.format(stores) for a in arguments)).exit_code == 2


def test_a_file_name_that_is_no_utf_8(stores: Path) -> None:
    """Bytes of a name that are no text are shown somehow: they break neither a report nor what was read."""
    strange = stores / "strange"
    strange.mkdir()
    (strange / os.fsdecode(b"\xff\xfe.csv")).write_text("kind," + BAD.replace("\nstore", "\ndata-store,store"))
    for form in ("table", "json"):
        assert run(*AUDIT, strange, "--format", form).exit_code == 1
        assert run("read", strange, "--format", form).exit_code == 0
    assert run("read", strange, "--format", "parquet", "--output", stores / "P").exit_code == 0


# -- the clock -----------------------------------------------------------------------------------------------------


def clocks(path: Path) -> list[str]:
    """Return what a file asks the clock: datetime.now and the like, and time.time; monotonic clocks time limits."""
    asked = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (of in ("datetime", "date") and node.attr in ("now", "today", "utcnow")) or (
                of == "time"
                and node.attr not in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
            ):
                asked.append(f"{path.name}:{node.lineno}: {of}.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            asked += [f"{path.name}: from time import {alias.name}" for alias in node.names]
    return asked


def test_the_clock_is_read_in_one_place() -> None:
    """Only the command line knows what day it is; elsewhere a clock is used for limits of time alone."""
    found = {path.name: clocks(path) for path in (ROOT / "src" / "crossline").rglob("*.py")}
    assert found.pop("cli.py")
    assert [line for lines in found.values() for line in lines] == []


# -- daily use: waivers, baseline, suppose, diff -------------------------------------------------------------------

WAIVER = """\
waivers:
- rule: mini/r
  party: alibaba
  reason: Moved by spring.
  approver: somebody
  expires: 2027-01-01
"""


def test_waivers_change_the_status(stores: Path) -> None:
    """A waived violation no longer fails; when the waiver has expired it does again, and the report says so."""
    regime, file = mini(stores), write(stores / "waivers.yaml", WAIVER)
    command = ("audit", stores / "bad", "--regime", regime, "--waivers", file)
    waived = run(*command, "--as-of", DAY)
    assert waived.exit_code == 0
    assert "Moved by spring" in waived.stdout
    late = run(*command, "--as-of", "2027-01-01")
    assert late.exit_code == 1
    assert "expired on 2027-01-01" in late.stdout


def test_a_baseline_changes_the_status(stores: Path) -> None:
    """Known violations do not fail, a new one at or above --fail-on does; unknowns only where their group is new."""
    regime = mini(stores)
    command = ("audit", "--regime", regime, "--as-of", DAY, "--format", "json")
    old, none = stores / "old.json", stores / "none.json"
    assert run(*command, stores / "bad", "--output", old).exit_code == 1
    assert run(*command, stores / "good", "--output", none).exit_code == 0
    assert run(*command, stores / "bad", "--baseline", old).exit_code == 0
    assert run(*command, stores / "bad", "--baseline", none).exit_code == 1
    assert run(*command, stores / "bad", "--baseline", none, "--fail-on", "none").exit_code == 0
    assert run(*command, stores / "unknown", "--baseline", old, "--fail-on-unknown").exit_code == 1
    unknown = stores / "unknown.json"
    assert run(*command, stores / "unknown", "--output", unknown).exit_code == 0
    assert run(*command, stores / "unknown", "--baseline", unknown, "--fail-on-unknown").exit_code == 0
    report = json.loads(run(*command, stores / "good", "--baseline", old).stdout)
    assert (report["baseline"]["gone"], report["baseline"]["new"]) == (1, 0)


def test_a_supposition_is_told_first(stores: Path) -> None:
    """A report that supposes says so at its top, and a supposed listing makes a violation."""
    text = "listing: [{list: us-clean-network, scope: cloud, party: microsoft, status: named}]\n"
    file = write(stores / "what-if.yaml", text)
    result = run("audit", stores / "good", "--regime", mini(stores), "--as-of", DAY, "--suppose", file)
    assert result.exit_code == 1
    assert "Supposed, not known" in " ".join(result.stdout.splitlines()[:3])
    assert "microsoft is on the list us-clean-network" in result.stdout


def test_diff_of_two_reports(stores: Path) -> None:
    """Diff ends with 1 where there are new violations, 0 where none are, and writes what it prints."""
    bad, good = stores / "bad.json", stores / "good.json"
    for name, path in (("bad", bad), ("good", good)):
        run("audit", stores / name, "--regime", mini(stores), "--as-of", DAY, "--output", path)
    assert run("diff", good, bad).exit_code == 1
    assert run("diff", bad, bad).exit_code == 0
    gone = run("diff", bad, good)
    assert gone.exit_code == 0
    assert "1 gone" in gone.stdout.splitlines()[-1]
    assert run("diff", good, bad, "--output", stores / "d.json").exit_code == 1
    assert json.loads((stores / "d.json").read_text())["counts"]["new"] == 1
    assert json.loads(run("diff", good, bad, "--format", "json").stdout)["counts"]["new"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "{}/bad", "--waivers", "{}/none.yaml"], "No such file"),
        (["audit", "{}/bad", "--waivers", "{}/bad/data-store.csv"], "data-store.csv:1:1"),
        (["audit", "{}/bad", "--suppose", "{}/none.yaml"], "No such file"),
        (["audit", "{}/bad", "--suppose", "{}/wrong.yaml"], "wrong.yaml:1:1: unknown key 'listings'"),
        (["audit", "{}/bad", "--baseline", "{}/none.json"], "No such file"),
        (["audit", "{}/bad", "--baseline", "{}/wrong.yaml"], "no audit report in JSON"),
        (["diff", "{}/none.json", "{}/none.json"], "No such file"),
        (["diff", "{}/wrong.yaml", "{}/wrong.yaml"], "no audit report in JSON"),
        (["diff", "{}/wrong.yaml"], "Missing argument 'NEW'"),
        (["diff", "{}/wrong.yaml", "{}/wrong.yaml", "--output", "{}/no/where.json"], "no such folder"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["odit"], "No such command 'odit'"),
    ],
)
def test_wrong_usage_of_other_commands(stores: Path, arguments: list[str], said: str) -> None:
    """A file that is not there or is no such file ends with status 2 and one message."""
    write(stores / "wrong.yaml", "listings: []\n")
    result = run(*(argument.format(stores) for argument in arguments))
    assert result.exit_code == 2, result.output
    assert said in result.stderr


# -- commands, completion, progress --------------------------------------------------------------------------------


def test_each_command_is_a_file() -> None:
    """Each file or folder of commands/ has a command of its own name, and --help lists them all with a line each."""
    folder = ROOT / "src" / "crossline" / "commands"
    found = [*folder.glob("[a-z]*.py"), *(path.parent for path in folder.glob("[a-z]*/__init__.py"))]
    files = {path.stem.replace("_", "-") for path in found}
    assert set(commands.names()) == files
    shown = run("--help").stdout
    for name in commands.names():
        assert commands.load(name).name == name
        assert f"  {name} " in shown


def test_the_formats_that_help_names_are_those_there_are() -> None:
    """Without importing them, the command line knows the formats of a report by the same names."""
    assert commands.formats() == reports.names()


def test_bytes_are_not_for_a_terminal(stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that makes bytes is refused on a terminal, and written into a pipe."""
    binary = [name for name in reports.names() if reports.load(name).BINARY]
    for name in binary:
        assert run(*AUDIT, stores / "bad", "--format", name).exit_code == 1
    monkeypatch.setattr(console, "on_terminal", lambda: True)
    for name in binary:
        refused = run(*AUDIT, stores / "bad", "--format", name)
        assert refused.exit_code == 2
        assert "is not for a terminal" in refused.stderr


def completed(words: str, tmp_path: Path) -> list[str]:
    """Let a real bash complete a line, with the script that the command prints."""
    bash, script = shutil.which("bash"), Path(sys.executable).with_name("crossline")
    if bash is None or not script.exists():
        pytest.skip("bash, or the installed command, is not here")
    made = write(tmp_path / "completion.bash", run("completion", "bash").stdout)
    parts = words.split(" ")
    program = f"""
source {shlex.quote(str(made))}
COMP_WORDS=({" ".join(map(shlex.quote, parts))}); COMP_CWORD={len(parts) - 1}
_crossline_completion crossline
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    environment = os.environ | {"PATH": f"{script.parent}:{os.environ['PATH']}"}
    done = subprocess.run([bash, "-c", program], check=True, capture_output=True, text=True, env=environment)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("crossline au", {"audit"}),
        ("crossline audit --regime us-cl", {"us-clean-network"}),
        ("crossline audit --format js", {"json"}),
        ("crossline audit --set us-clean-network.rea", {"us-clean-network.reading=", "us-clean-network.reach="}),
        ("crossline regime show cn", {"cn-gdsi"}),
        ("crossline audit --fail-on h", {"high"}),
        ("crossline completion f", {"fish"}),
        ("crossline audit --wa", {"--waivers"}),
    ],
)
def test_completion_in_bash(words: str, expected: set[str], tmp_path: Path) -> None:
    """A real bash completes commands, options, regimes, formats and parameters."""
    assert expected <= set(completed(words, tmp_path))


def test_values_of_a_parameter_are_completed() -> None:
    """After the sign of equality the values that a parameter may have are offered, of the regimes asked for alone."""
    context = click.Context(commands.load("audit"))
    context.params = {"regimes": ("us-clean-network", "no-such-regime")}
    found = [item.value for item in commands.complete_settings(context, None, "us-clean-network.reading=")]
    assert found == ["us-clean-network.reading=narrow", "us-clean-network.reading=wide"]
    assert commands.complete_settings(context, None, "cn-gdsi.") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    """A script is printed for each shell, which asks crossline itself."""
    made = run("completion", shell)
    assert made.exit_code == 0
    assert "_CROSSLINE_COMPLETE" in made.stdout


PROGRESS = """
import sys, time
from crossline import console
with console.progress("working") as say:
    say(sys.argv[2], 0.25)
    time.sleep(float(sys.argv[1]))
print("done")
"""


@pytest.mark.parametrize(("seconds", "shown"), [("1.6", True), ("0.3", False)])
def test_progress_on_a_terminal(seconds: str, shown: bool) -> None:
    """On a terminal the bar shows after a second, though the step says nothing more; names come through harmless."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRESS, seconds, "reading\x1b[2J.csv"]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    )
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # a terminal whose other end is closed
        while part := os.read(ours, 65536):
            told += part
    os.close(ours)
    assert done.stdout == b"done\n"
    assert (b"reading\\x1b[2J.csv" in told) == shown
    assert b"\x1b[2J" not in told


def test_no_progress_into_a_pipe() -> None:
    """Into a pipe or a file no bar is written, however long it takes."""
    command = [sys.executable, "-c", PROGRESS, "1.3", "reading"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_each_long_step_is_told(stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, resolving, judging, telling and writing each say what is being done."""
    told: list[str] = []

    @contextlib.contextmanager
    def listening(_title: str) -> Iterator[Callable[[str, float], None]]:
        yield lambda what, _part: told.append(what)

    monkeypatch.setattr(console, "progress", listening)
    run(
        *AUDIT,
        stores / "bad",
        "--output",
        stores / "x.json",
        "--baseline",
        write(stores / "b.json", '{"crossline": "1"}'),
    )
    order = ["reading", "read data-store.csv", "reading b.json", "resolving", "judging by", "telling", "writing x.json"]
    places = [next(place for place, what in enumerate(told) if what.startswith(step)) for step in order]
    assert places == sorted(places)


# -- the day -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2020-04-28", "us-clean-network: none of its {} rules is in force on 2020-04-28; the next is from 2020-04-29"),
        ("2020-08-04", "rules are not in force on 2020-08-04; the next is from 2020-08-05 on."),
        ("2041-01-01", "what changes between that day and 2041-01-01 is not in it"),
        (DAY, None),
    ],
)
def test_a_day_in_the_past_or_the_future_is_told(stores: Path, day: str, said: str | None) -> None:
    """Notes say which rules are not in force yet, and that the world does not know what is to come."""
    found = audited(stores / "good", "--regime", "us-clean-network", "--as-of", day)["notes"]
    notes = [note for note in found if "in force" in note or "is not in it" in note]  # type: ignore[attr-defined]
    rules = len(regimes.load("us-clean-network").rules)
    assert [said.format(rules) in note for note in notes] == [True] if said else notes == []
