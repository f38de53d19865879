"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"<!-- output of `crossline (?P<command>[^`]+)`[^>]*-->\s*```text\n(?P<text>.*?)```", re.DOTALL)


def test_the_readme_shows_real_output() -> None:
    """Each line of the README's example stands in the output of the command named above it, in that order.

    Where lines were left out the README has a line of three dots.
    """
    match = SHOWN.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert match
    command = [sys.executable, "-c", "from crossline.cli import main; main()", *match["command"].split()]
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env={"COLUMNS": "100"})
    assert made.returncode == 1, made.stderr
    printed = iter(made.stdout.splitlines())
    for line in match["text"].splitlines():
        if line and line != "...":
            assert line in printed, line
