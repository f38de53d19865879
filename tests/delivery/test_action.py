"""The GitHub Action does what its description says; its steps are run as the runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from page_blocks import blocks

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
EMBASSY = ROOT / "examples" / "embassy"


@dataclass
class Run:
    """What a step did: its status, what it printed, and what it handed on."""

    status: int
    printed: str
    outputs: dict[str, str]
    summary: str


def run(step: str, folder: Path, **given: str) -> Run:
    """Run a step as the runner does: inputs and contexts put into its environment, then bash with -e and pipefail."""
    inputs = {name: about.get("default", "") for name, about in ACTION["inputs"].items()} | given
    context = {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
    context["github.action_path"] = str(ROOT)
    environment = {
        name: re.sub(r"\$\{\{ *([^ }]+) *\}\}", lambda match: context[match[1]], value)
        for name, value in STEPS[step]["env"].items()
    }
    for name in ("out", "summary"):
        (folder / name).touch()
    environment |= {
        "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "out"), "PATH": os.environ["PATH"],
        "GITHUB_STEP_SUMMARY": str(folder / "summary"), "COLUMNS": "100",
    }  # fmt: skip
    script = folder / "step.sh"
    script.write_text(STEPS[step]["run"], encoding="utf-8")
    made = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    outputs = dict(line.partition("=")[::2] for line in (folder / "out").read_text(encoding="utf-8").splitlines())
    return Run(made.returncode, made.stdout + made.stderr, outputs, (folder / "summary").read_text(encoding="utf-8"))


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """Return a runner's temporary folder in which the install step has put this source tree's command."""
    folder = tmp_path / "crossline" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    start = f"#!/bin/sh\nexec {sys.executable} -c 'from crossline.cli import main; main()' \"$@\"\n"
    (folder / "crossline").write_text(start)
    (folder / "crossline").chmod(0o755)
    return tmp_path


def test_no_script_holds_an_expression() -> None:
    """What a workflow gives never becomes a part of a script: expressions stand in `env` alone, one for each input."""
    used = set()
    for step in STEPS.values():
        assert "${{" not in step["run"]
        used |= {re.fullmatch(r"\$\{\{ ([^ ]+) \}\}", value)[1] for value in step["env"].values()}  # type: ignore[index]
    assert {f"inputs.{name}" for name in ACTION["inputs"]} | {"github.action_path"} == used


def test_an_audit_hands_on_status_paths_and_counts(runner: Path) -> None:
    """Outputs are the counts of the JSON report that was written, and the step fails as the audit does."""
    made = run("Audit", runner, paths=str(EMBASSY), as_of="2026-11-22", regime="us-clean-network\n")
    assert made.status == 1, made.printed
    report = json.loads(Path(made.outputs["report"]).read_text(encoding="utf-8"))
    assert report["as_of"] == "2026-11-22"
    assert report["regimes"] == ["us-clean-network"]
    assert made.outputs["status"] == "1"
    assert int(made.outputs["violations"]) == len(report["findings"]) > 0
    assert int(made.outputs["unknown"]) == report["summary"]["us-clean-network"]["unknown"]
    assert made.outputs["new"] == ""
    assert json.loads(Path(made.outputs["sarif"]).read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert all(line.startswith("    ") for line in made.summary.splitlines())
    assert set(made.outputs) == set(ACTION["outputs"])


def test_what_is_known_does_not_fail(runner: Path) -> None:
    """With the report of the run before as baseline nothing is new, so the step passes."""
    (runner / "device.csv").write_text("name,network_part,vendor\ncore1,core,vendor:Huawei\n")
    (runner / "core-rules.yaml").write_text(blocks(ROOT / "docs" / "adding-a-regime.md", "yaml")[0])
    given = {"paths": "device.csv", "as_of": "2026-07-31", "regime": "core-rules.yaml"}
    first = run("Audit", runner, report=str(runner / "before.json"), **given)
    assert first.status == 1, first.printed
    (runner / "out").unlink()
    again = run("Audit", runner, baseline=str(runner / "before.json"), **given)
    assert (again.status, again.outputs["new"], again.outputs["status"]) == (0, "0", "0"), again.printed
    assert again.outputs["violations"] == first.outputs["violations"]


HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "x; touch pwned; #",
    '"; touch pwned; "',
    "'; touch pwned; '",
    "x | tee pwned",
    "x > pwned",
    "* ? ~ $HOME ${IFS}",
    "--output=pwned.json",
    "a b",
)
FORMS = {
    "paths": "{}", "regime": "--regime={}", "as_of": "--as-of={}", "set": "--set={}", "world": "--world={}",
    "baseline": "--baseline={}", "waivers": "--waivers={}", "fail_on": "--fail-on={}", "sarif": "--output={}.sarif",
    "report": "--output={}.json",
}  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_reaches_the_command_as_one_word(tmp_path: Path, value: str) -> None:
    """Whatever stands in an input, the shell runs nothing of it: it is one word of the command, as it was given."""
    folder = tmp_path / "crossline" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    (folder / "crossline").write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" >words\n")
    (folder / "crossline").chmod(0o755)
    given = {name: form.partition("{}")[2].join([value, ""]) for name, form in FORMS.items()}
    made = run("Audit", tmp_path, **given)
    assert made.status == 0, made.printed
    words = (tmp_path / "words").read_bytes().decode().split("\0")[:-1]
    assert sorted([*(form.format(value) for form in FORMS.values()), "audit", "--"]) == sorted(words)
    assert words[-2:] == ["--", value]
    assert not list(tmp_path.glob("pwned*"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sarif", "a\nstatus=0\n.sarif"),
        ("report", "a.json\nviolations=0"),
        ("report", "a.txt"),
        ("sarif", "a.json"),
        ("fail_on_unknown", "yes"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(runner: Path, name: str, value: str) -> None:
    """A path of two lines, another suffix, or neither true nor false ends the step before anything is handed on."""
    made = run("Audit", runner, **({"paths": str(EMBASSY)} | {name: value}))
    assert (made.status, made.outputs) == (2, {})
    assert made.printed.startswith("::error::")


def test_names_of_strangers_are_no_commands_of_the_runner(runner: Path) -> None:
    """While the report is printed the runner's own commands are stopped, by a mark that differs each time."""
    table = runner / "device.csv"
    table.write_text("name,vendor\n::error::forged,vendor:Huawei\n")
    marks = []
    for _ in range(2):
        made = run("Audit", runner, paths=str(table))
        lines = made.printed.splitlines()
        stopped = next(place for place, line in enumerate(lines) if line.startswith("::stop-commands::"))
        mark = lines[stopped].removeprefix("::stop-commands::")
        started = lines.index(f"::{mark}::")
        assert len(mark) == 32
        assert not [line for line in lines[:stopped] + lines[started + 1 :] if "forged" in line]
        assert not [line for line in lines[stopped + 1 : started] if mark in line]
        marks.append(mark)
    assert marks[0] != marks[1]


def test_nothing_read_hands_on_no_report(runner: Path) -> None:
    """Where nothing could be read the step says why, fails with 2, and names no report, not even an older one."""
    (runner / "crossline-report.json").write_text("{}")
    made = run("Audit", runner, paths="there-is-no-such-file")
    assert made.status == 2
    assert made.outputs == {"status": "2"}
    assert "no such file" in made.printed


def test_packages_are_installed_by_hash(tmp_path: Path) -> None:
    """The install step asks for the locked versions with their hashes, then for the action's own tree alone."""
    said = tmp_path / "said"
    fake = tmp_path / "python3"
    fake.write_text(
        f'#!/bin/sh\necho "$@" >>{said}\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp {fake} "$3/bin/python"; fi\n'
    )
    fake.chmod(0o755)
    made = run("Install Crossline", tmp_path, python=str(fake))
    assert made.status == 0, made.printed
    lines = said.read_text(encoding="utf-8").splitlines()
    assert lines[1] == f"-m venv {tmp_path}/crossline"
    first, second = (line.removeprefix("-m pip --disable-pip-version-check --quiet install ") for line in lines[2:])
    assert first == f"--require-hashes --only-binary :all: -r {ROOT}/requirements.txt"
    assert second == f"--no-deps --no-build-isolation {ROOT}"


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    """A Python older than 3.11 ends the install step with a sentence, before anything is made."""
    fake = tmp_path / "python3"
    fake.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = -c ] && exec {sys.executable} -c "import sys; sys.version_info = (3, 9); exec(sys.argv[1])" "$2"\n'
    )
    fake.chmod(0o755)
    made = run("Install Crossline", tmp_path, python=str(fake))
    assert made.status == 1
    assert "3.11 or newer" in made.printed
    assert not (tmp_path / "crossline").exists()


def test_the_example_workflow_uses_what_there_is() -> None:
    """Inputs and outputs that examples/ci/github.yml names are the action's, and it may write nothing but findings."""
    text = (ROOT / "examples" / "ci" / "github.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["audit"]
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    (step,) = [step for step in job["steps"] if step.get("id") == "crossline"]
    assert set(step["with"]) <= set(ACTION["inputs"])
    named = set(re.findall(r"steps\.crossline\.outputs\.([a-z]+)", text))
    assert named <= set(ACTION["outputs"])
    assert named
