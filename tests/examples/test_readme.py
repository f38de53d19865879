"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"<!-- output of `crossline (?P<command>[^`]+)`[^>]*-->\s*```text\n(?P<text>.*?)```", re.DOTALL)


def run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the README."""
    words = [sys.executable, "-c", "from crossline.cli import main; main()", *command.split()]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env={"COLUMNS": "100"})


def test_the_readme_shows_real_output() -> None:
    """Each line of the README's example stands in the output of the command named above it, in that order.

    Where lines were left out the README has a line of three dots.
    """
    match = SHOWN.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert match
    made = run(match["command"], ROOT)
    assert made.returncode == 1, made.stderr
    printed = iter(made.stdout.splitlines())
    for line in match["text"].splitlines():
        if line and line != "...":
            assert line in printed, line


def test_the_readmes_estate_is_bound_with_its_own_home_alone(tmp_path: Path) -> None:
    """The README's estate.yaml is read; the regime asks nothing of it, and with the README's --set finds violations.

    The table is the embassy's, whose sessions and routes through listed carriers examples/embassy/README.md counts.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    estate = re.search(r"```yaml\n(we: .*?)```", text, re.DOTALL)
    command = re.search(r"^crossline (audit rib\.mrt .*home=FR)$", text, re.MULTILINE)
    assert estate
    assert command
    (tmp_path / "estate.yaml").write_text(estate[1], encoding="utf-8")
    shutil.copy(ROOT / "examples" / "embassy" / "gateway.mrt", tmp_path / "rib.mrt")
    day = " --as-of 2026-11-22"
    bound = run(command[1] + day, tmp_path)
    assert (bound.returncode, bound.stdout.splitlines()[0]) == (1, "Who we are: in FR, with AS64496.")
    assert "clean-carrier-transit" in bound.stdout
    unbound = run(command[1].partition(" --set")[0] + day, tmp_path)
    assert unbound.returncode == 3
    assert "Violations  none found" in unbound.stdout
