"""The tutorial works from nothing: its files are written, its commands run, and they print what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from page_blocks import commands, same, steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"


@pytest.mark.slow
def test_every_step_prints_what_the_page_shows(tmp_path: Path) -> None:
    """In an empty folder, each block that names a file makes it, and each command prints what stands below it."""
    bins, folder = tmp_path / "bin", tmp_path / "work"
    bins.mkdir()
    folder.mkdir()
    start = f"#!/bin/sh\nexec {sys.executable} -c 'from crossline.cli import main; main()' \"$@\"\n"
    (bins / "crossline").write_text(start)
    (bins / "crossline").chmod(0o755)
    environment = {"PATH": f"{bins}:{os.environ['PATH']}", "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    ran = 0
    for form, name, text in steps(PAGE):
        if name:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if form != "console":
            continue
        for command, shown in commands(text):
            made = subprocess.run(
                ["bash", "-c", command],
                cwd=folder, env=environment, check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            assert same(shown, made.stdout), f"{command}\nshould print\n{shown}\nand prints\n{made.stdout}"
            ran += 1
    assert ran >= 14


def test_every_command_of_the_tutorial_names_its_day() -> None:
    """Whatever day the page is read on, it shows the same: each audit and reading says as of when."""
    asked = [
        command
        for form, _, text in steps(PAGE)
        if form == "console"
        for command, _ in commands(text)
        if command.startswith(("crossline audit", "crossline read"))
    ]
    assert len(asked) >= 9
    assert [command for command in asked if "--as-of 20" not in command] == []
