"""Audits run daily: waivers, an earlier report, suppositions, and the difference of two reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from invoked import DAY, mini, run, write

if TYPE_CHECKING:
    from pathlib import Path

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
