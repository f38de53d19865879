"""What lies in a package's folder exists, by its name; nothing is imported before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crossline.registry import Registry

FIRST = 'SUFFIXES = (".aa", ".a")\n\n\ndef claim(path, head):\n    return head.startswith(b"A")\n'
SECOND = 'SUFFIXES = (".b", ".a")\n\n\ndef claim(path, head):\n    return path.suffix == ".b" or head == b"AB"\n'


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a package of two modules, beside a folder of texts that is none."""
    name = f"shelf_{tmp_path.name.rpartition('-')[2]}".replace("-", "_")
    folder = tmp_path / name
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "page.txt").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "one_first.py").write_text(FIRST)
    (folder / "second.py").write_text(SECOND)
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


def test_what_lies_there_has_a_name_and_is_not_imported(shelf: str) -> None:
    """The names are the files', with hyphens where that is asked for; neither they nor the package are imported."""
    assert Registry(shelf).names() == ("one_first", "second")
    assert Registry(shelf, dashed=True).names() == ("one-first", "second")
    assert [name for name in sys.modules if name.startswith(shelf)] == []


@pytest.mark.parametrize("dashed", [False, True])
def test_a_name_leads_to_its_module_and_no_other(shelf: str, dashed: bool) -> None:
    """A name loads its file; one that is not listed raises KeyError, even where a file would be found for it."""
    registry = Registry(shelf, dashed=dashed)
    good, bad = ("one-first", "one_first") if dashed else ("one_first", "one-first")
    assert Path(registry.load(good).__file__ or "").name == "one_first.py"
    for name in (bad, "templates", "third", "", "__init__"):
        with pytest.raises(KeyError):
            registry.load(name)


def test_the_first_that_takes_it_is_asked(shelf: str) -> None:
    """Of two modules that take a file, or a suffix, the first by name has it; a suffix's capitals say nothing."""
    registry = Registry(shelf)
    assert registry.claimant(Path("x.c"), b"AB") == "one_first"
    assert registry.claimant(Path("x.b"), b"B") == "second"
    assert registry.claimant(Path("x.c"), b"B") is None
    assert [registry.for_suffix(suffix) for suffix in (".aa", ".A", ".b")] == ["one_first", "one_first", "second"]
    with pytest.raises(KeyError):
        registry.for_suffix(".c")


def test_a_folder_that_is_added_later_is_seen(shelf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an imported package is given one more folder, what lies in it exists at once, and is gone with it."""
    registry = Registry(shelf)
    registry.load("second")
    more = tmp_path / "more"
    more.mkdir()
    (more / "third.py").write_text("")
    with monkeypatch.context() as patched:
        package = sys.modules[shelf]
        patched.setattr(package, "__path__", [*package.__path__, str(more)])
        assert registry.names() == ("one_first", "second", "third")
        assert registry.load("third").__name__ == f"{shelf}.third"
    assert registry.names() == ("one_first", "second")


def test_listing_the_reports_formats_loads_no_columns() -> None:
    """A registry of a package that is not imported leaves it so: the command line lists formats without polars."""
    program = (
        "import sys; from crossline.registry import Registry; print(*Registry('crossline.reports').names());"
        "print(*{'polars', 'crossline.reports'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    listed, loaded = run.stdout.split("\n")[:2]
    assert {"json", "html", "table"} <= set(listed.split())
    assert loaded == ""
