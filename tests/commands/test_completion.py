"""Completion in shells: by a real bash, of commands, options and the values of parameters."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from crossline import commands
from invoked import run, write


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
