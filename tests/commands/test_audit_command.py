"""Audits on the command line: exit statuses, what is asked, and one clear line where a user can put something right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crossline import console, regimes, reports
from invoked import AUDIT, BAD, DAY, ROOT, audited, mini, run, write

EMBASSY = ROOT / "examples" / "embassy"


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
        (["{}/bad", "--set", "home=FR"], "such as us-clean-network.home=FR"),
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
