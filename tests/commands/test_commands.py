"""The commands there are: each a file, which no other place names, and one of them alone reads the clock."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from crossline import commands, reports
from invoked import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


def clocks(path: Path) -> list[str]:
    """Return what a file asks the clock: datetime.now and the like, and time.time; monotonic clocks time limits."""
    asked = []
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (of in ("datetime", "date") and node.attr in ("now", "today", "utcnow")) or (
                of == "time"
                and "time" in imported  # and is no column of that name
                and node.attr not in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
            ):
                asked.append(f"{path.name}:{node.lineno}: {of}.{node.attr}")
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            asked += [f"{path.name}: from time import {alias.name}" for alias in node.names]
    return asked


def test_the_clock_is_read_in_one_place() -> None:
    """Only the command line knows what day it is; elsewhere a clock is used for limits of time alone."""
    folder = ROOT / "src" / "crossline"
    found = {path.relative_to(folder).as_posix(): clocks(path) for path in folder.rglob("*.py")}
    assert found.pop("cli.py")
    assert [line for lines in found.values() for line in lines] == []


def test_each_command_is_a_file() -> None:
    """Each file or folder of commands/ has a command of its own name, and --help lists them all with a line each."""
    folder = ROOT / "src" / "crossline" / "commands"
    found = [*folder.glob("[a-z]*.py"), *(path.parent for path in folder.glob("[a-z]*/__init__.py"))]
    files = {path.stem.replace("_", "-") for path in found}
    assert set(commands.names()) == files
    shown = run("--help").stdout
    for name in commands.names():
        assert commands.load(name).name == name
        assert f"  {name} " in shown


def test_the_formats_that_help_names_are_those_there_are() -> None:
    """Without importing them, the command line knows the formats of a report by the same names."""
    assert commands.formats() == reports.names()
