"""What docs/simulate-stores.md shows is what is printed, and what it says of options is so."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.testing import CliRunner

import crossline
from crossline.cli import main
from crossline.commands.simulate.stores import stores
from page_blocks import blocks, commands, same

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "simulate-stores.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_command_on_the_page_prints_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with output on the page, run from the root of the repository, prints that."""
    monkeypatch.chdir(ROOT)
    ((command, shown),) = (found for block in blocks(PAGE, "console") for found in commands(block))
    made = CliRunner(env={"COLUMNS": "120"}).invoke(main, command.split()[1:])
    assert same(shown, made.output), made.output


def test_the_python_on_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of the page ends with a data frame of apps."""
    monkeypatch.chdir(ROOT)
    (block,) = blocks(PAGE, "python")
    space: dict[str, Any] = {"crossline": crossline, "date": date, "Path": Path}
    exec(compile(block, "the page", "exec"), space)  # noqa: S102 - a page of this repository
    assert "com.tencent.mm" in space["apps"]["app"].to_list()


def test_every_option_is_on_the_page() -> None:
    """The page names every option of the command, and no other in its table of options."""
    there = {option for parameter in stores.params if isinstance(parameter, click.Option) for option in parameter.opts}
    table = TEXT.partition("## Options")[2].partition("##")[0]
    assert there <= set(re.findall(r"--[a-z][a-z-]+", TEXT))
    assert set(re.findall(r"--[a-z][a-z-]+", table)) <= there
