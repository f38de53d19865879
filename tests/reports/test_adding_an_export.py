"""The page on adding an export shows one that works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossline import reports
from crossline.reports import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.reports import Audit

PAGE = (Path(__file__).parents[2] / "docs" / "adding-an-export.md").read_text(encoding="utf-8")
FORMAT, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lay the page's format beside those that there are, for one test."""
    file = tmp_path / "tsv.py"
    file.write_text(FORMAT, encoding="utf-8")
    monkeypatch.setattr(reports, "__path__", [*reports.__path__, str(tmp_path)])
    yield file
    sys.modules.pop("crossline.reports.tsv", None)
    vars(reports).pop("tsv", None)


@pytest.mark.usefixtures("added")
def test_the_format_is_found() -> None:
    """What lies in the folder exists: its name and its suffix lead to it, beside all others."""
    assert {"tsv", "json", "table"} <= set(reports.names())
    assert reports.for_suffix(".tsv") == "tsv"
    assert reports.for_suffix(".json") == "json"


@pytest.mark.usefixtures("added")
def test_the_test_of_the_page_passes(audit: Audit) -> None:
    """The page's own test holds for the page's own format."""
    scope: dict[str, object] = {}
    exec(compile(TEST, "docs/adding-an-export.md", "exec"), scope)  # noqa: S102 - our own page
    (test,) = [value for name, value in scope.items() if name.startswith("test_")]
    assert callable(test)
    test(audit)


@pytest.mark.usefixtures("added")
def test_the_report_begins_as_the_page_says(audit: Audit) -> None:
    """The line that the page shows is the first of the report."""
    (shown,) = re.findall(r"```\n(regime.*?)\n```", PAGE)
    assert reports.load("tsv").render(audit, Options()).split("\n")[0] == shown


def test_the_example_keeps_the_rules_of_the_house(added: Path) -> None:
    """The page's format passes strict type checks, as every module has to."""
    pytest.importorskip("mypy", reason="mypy is absent")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--follow-imports=silent", str(added)],
        check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_left_behind() -> None:
    """After the tests above, the formats are those of the package."""
    assert "tsv" not in reports.names()
