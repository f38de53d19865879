"""``crossline simulate cables``: its options, the forms of its answer, one line for each mistake, and its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

import invoked
from crossline.commands.simulate.cables import cables
from crossline.impact import formats
from page_blocks import blocks, commands, same

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "simulate-cables.md"
MAP = ROOT / "examples" / "cables"
REAL = ROOT.parent / "shared" / "data" / "cables" / "telegeography-2022-11"
SCHEMA = Path(formats.__file__).parent / "schema" / "impact-report.json"


def run(*arguments: str | Path) -> Result:
    """Ask it; whatever happens it ends by an exit status and shows no traceback."""
    return invoked.run("simulate", "cables", *arguments)


def test_every_form_says_the_same(tmp_path: Path) -> None:
    """JSON of the stated shape, a page and a table are written by their suffixes, and JSON is printed."""
    outputs = [tmp_path / name for name in ("a.json", "a.html", "a.txt")]
    given = [part for path in outputs for part in ("--output", path)]
    result = run(
        "--map", MAP, "--without-supplier", "anders marine", "--as-of", "2026-10-01", "--format", "json", *given
    )
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert json.loads(outputs[0].read_text(encoding="utf-8")) == report
    assert (report["subject"], report["asked"]["without_supplier"]) == ("cables", ["anders marine"])
    assert len(report["tables"]["pairs"]["rows"]) == 15
    for path in outputs[1:]:
        text = path.read_text(encoding="utf-8")
        assert "Greenland" in text
        assert "Arctic Express" not in text  # planned, and in none of the figures


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no map was given"),
        (("--map", "nowhere"), "no such file or folder"),
        (("--map", MAP, "--without", "Wesst Run"), "did you mean 'west run'"),
        (("--map", MAP, "--before", MAP, "--without", "west-run"), "compared as they are"),
        (("--map", MAP, "--output", "a.pdf"), "the suffix is none of"),
        (("--map", MAP, "--output", "nowhere/a.json"), "nowhere"),
        (("--map", MAP, "--regime", "us-pafaca"), "no rule on cables"),
        (("--map", MAP, "--as-of", "1980-01-01"), "no cable is in service in 1980"),
    ],
)
def test_a_mistake_is_told_in_a_line(arguments: tuple[str | Path, ...], words: str) -> None:
    """Wrong usage, a map that is none and names that nobody knows end with status 2 and say what to do."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_commands_print_what_the_page_shows() -> None:
    """Each command with output on the page, run from the root of the repository, prints that."""
    ran = 0
    for block in blocks(PAGE, "console"):
        for command, shown in commands(block):
            words = [sys.executable, "-c", "from crossline.cli import main; main()", *_words(command)]
            done = subprocess.run(
                words, capture_output=True, text=True, check=True, cwd=ROOT, env={"COLUMNS": "120", "LC_ALL": "C.UTF-8"}
            )
            assert same(shown, done.stdout), done.stdout
            ran += 1
    assert ran


def _words(command: str) -> list[str]:
    return [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)][1:]


def test_every_option_of_the_command_is_on_the_page() -> None:
    """The page names each option of `crossline simulate cables`."""
    text = PAGE.read_text(encoding="utf-8")
    for option in cables.params:
        assert any(re.search(rf"{re.escape(name)}\b", text) for name in option.opts), option.opts


@pytest.mark.skipif(not REAL.exists(), reason="the map of November 2022 is not beside the repository")
def test_the_map_of_2022_against_a_crude_run() -> None:
    """A crude run without this code took out 47 of 461 cables, three states lost all, 2.59 fell to 2.16 on a sample."""
    owners = "China Mobile,China Telecom,China Unicom,CITIC Telecom International"
    given = ("--without-supplier", "HMN Tech", "--without-owner", owners, "--as-of", "2022-12-01", "--format", "json")
    figures = {figure["id"]: figure["value"] for figure in json.loads(run("--map", REAL, *given).stdout)["figures"]}
    # It counted Macao and Hong Kong to China, as the map does: apart, Macao is the fourth to lose all.
    assert (figures["out"], figures["cables"], figures["lost"]) == (47, 461, 3 + 1)
    # The crude run's pairs were a sample: 0.03 is twice its error. Two states of 180 more change means by 0.02 at most.
    assert figures["paths-before"] == pytest.approx(2.59, abs=0.03)
    assert figures["paths-after"] == pytest.approx(2.16, abs=0.03 + 0.02)
