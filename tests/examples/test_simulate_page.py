"""What docs/simulate.md shows of the small Internet is what is printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from crossline.commands.simulate.internet import internet
from crossline.internet.scenarios import scenario
from page_blocks import blocks, commands, same

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "simulate.md"


def test_commands_print_what_the_page_shows() -> None:
    """Each command with output on the page, run from the root of the repository, prints that."""
    ran = 0
    for block in blocks(PAGE, "console"):
        for command, shown in commands(block):
            words = [sys.executable, "-c", "from crossline.cli import main; main()", *command.split()[1:]]
            run = subprocess.run(
                words, capture_output=True, text=True, check=True, cwd=ROOT, env={"COLUMNS": "120", "LC_ALL": "C.UTF-8"}
            )
            assert same(shown, run.stdout), run.stdout
            ran += 1
    assert ran


def test_the_scenario_on_the_page_is_read(tmp_path: Path) -> None:
    """The scenario that the page shows is one, with two groups on each side, and a filter."""
    (shown,) = blocks(PAGE, "yaml")
    file = tmp_path / "scenario.yaml"
    file.write_text(shown, encoding="utf-8")
    read = scenario.load(file)
    assert (read.action, len(read.named), len(read.coalition)) == ("filter", 2, 2)


def test_every_option_of_the_command_is_on_the_page() -> None:
    """The page names each option of `crossline simulate internet`, one of each pair that says yes and no."""
    text = PAGE.read_text(encoding="utf-8")
    for option in internet.params:
        names = [*option.opts, *option.secondary_opts]
        assert any(re.search(rf"{re.escape(name)}\b", text) for name in names), names
