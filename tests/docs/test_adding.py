"""The pages on adding something show whole things that work: each is put where its page says, and run."""

from __future__ import annotations

import importlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from crossline import cli
from page_blocks import blocks, commands, same

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Return how to put a module into a package, as if its file lay in that folder; it is taken out again."""

    def put(package: str, name: str, text: str) -> None:
        folder = tmp_path / package
        folder.mkdir()
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        module = importlib.import_module(package)
        monkeypatch.setattr(module, "__path__", [*module.__path__, str(folder)])
        assert name in module.names()
        monkeypatch.setitem(sys.modules, f"{package}.{name}", None)
        del sys.modules[f"{package}.{name}"]

    return put


def consoles(page: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Run every command of a page in a folder, and hold what it prints against what the page shows."""
    monkeypatch.chdir(folder)
    shown_any = False
    for block in blocks(page, "console"):
        for command, shown in commands(block):
            first, *words = shlex.split(command)
            assert first == "crossline"
            made = CliRunner(env={"COLUMNS": "100"}).invoke(cli.main, words)
            assert same(shown, made.output), f"{command}\n{made.output}"
            shown_any = True
    assert shown_any


def the_test(text: str, **known: Any) -> Callable[..., None]:
    """Return the one test function of a page's block."""
    space: dict[str, Any] = dict(known)
    exec(compile(text, "the page", "exec"), space)  # noqa: S102 - a page of this repository
    (function,) = [value for name, value in space.items() if name.startswith("test_")]
    return function


def test_the_reader_of_the_page_reads(
    add: Callable[[str, str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader on docs/adding-a-reader.md is found by its name, shows what the page shows, and passes its test."""
    page = DOCS / "adding-a-reader.md"
    module, test = blocks(page, "python")
    (file,) = blocks(page, "text")
    add("crossline.readers", "gobgp", module)
    (tmp_path / "neighbours.txt").write_text(file)
    consoles(page, monkeypatch, tmp_path)
    the_test(test, NEIGHBOURS=file)(tmp_path)


def test_the_source_of_the_page_is_built(
    add: Callable[[str, str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source on docs/adding-a-source.md is found by its name, a world is built with it, and its test passes."""
    page = DOCS / "adding-a-source.md"
    module, test = blocks(page, "python")
    lans, editions = blocks(page, "text")
    add("crossline.world.sources", "exchange_lans", module)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "lans.csv").write_text(lans)
    (folder / "editions.csv").write_text(editions)
    consoles(page, monkeypatch, tmp_path)
    the_test(test)(folder)


def test_the_regime_of_the_page_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The regime on docs/adding-a-regime.md passes its own check, and judges the four devices of the page."""
    page = DOCS / "adding-a-regime.md"
    (regime,) = blocks(page, "yaml")
    (devices,) = blocks(page, "text")
    (tmp_path / "core-rules.yaml").write_text(regime)
    (tmp_path / "device.csv").write_text(devices)
    consoles(page, monkeypatch, tmp_path)


@pytest.mark.parametrize("name", ["adding-a-reader", "adding-a-source", "adding-a-regime"])
def test_a_how_to_is_one_page(name: str) -> None:
    """A how-to fits what a person reads in one go: at most 150 lines."""
    assert len((DOCS / f"{name}.md").read_text(encoding="utf-8").splitlines()) <= 150
