"""The house keeps its order: imports point one way, files are about one thing, and words take no side."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "crossline"
FILES = sorted(SOURCE.rglob("*.py"))

# Low to high; a module may import from its own layer and from those below. docs/development.md shows the same table.
LAYERS = (
    (
        "version",
        "kleene",
        "mistakes",
        "text",
        "fingerprint",
        "yamlfile",
        "yamlform",
        "tables",
        "compiled",
        "registry",
        "csvfile",
        "inet",
        "wkt",
        "identifiers",
        "kinds",
    ),
    ("readers", "traces", "routes", "phones", "packages", "jail", "estate_file"),
    ("estate", "world", "links"),
    ("gather", "regimes", "waivers"),
    ("evaluate",),
    ("wording", "digest", "drawing", "understood", "grouping", "pages", "printed", "reports", "impact"),
    ("auditing", "explain", "comparing", "internet", "stores", "cables"),
    ("console",),
    ("commands",),
    ("cli", "__main__"),
)
LAYER = {name: height for height, names in enumerate(LAYERS) for name in names}


def module_of(path: Path) -> str:
    """Return the top module below crossline that a file belongs to; "" for the package's own file."""
    first = path.relative_to(SOURCE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever in it, relative ones resolved."""
    package = ["crossline", *path.relative_to(SOURCE).parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = package[: len(package) - node.level + 1] if node.level else []
            origin += [node.module] if node.module else []
            found |= {".".join([*origin, alias.name]) for alias in node.names}
    return found


def test_every_module_has_a_layer() -> None:
    """A new module is put in a layer before it goes in, and no layer names one that is gone."""
    there = {module_of(path) for path in FILES} - {""}
    assert there <= set(LAYER)
    assert {"kleene", "readers", "evaluate", "cli"} <= there


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    """No file imports from a layer above its own, at its top or inside a function."""
    module = module_of(path)
    if not module:
        pytest.skip("the package's own file may offer what is above it")
    above = {
        name
        for name in imports(path)
        if name.startswith("crossline.") and LAYER.get(name.split(".")[1], -1) > LAYER[module]
    }
    assert above == set()


def test_files_import_each_other_in_no_ring() -> None:
    """No file imports, over however many others, itself."""
    names = {
        ".".join(("crossline", *p.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__"): p
        for p in FILES
    }
    uses = {}
    for name, path in names.items():
        found = {full if full in names else full.rpartition(".")[0] for full in imports(path)}
        uses[name] = (found & set(names)) - {name}
    while True:
        leaves = {name for name, others in uses.items() if not others & set(uses)}
        if not leaves:
            break
        uses = {name: others for name, others in uses.items() if name not in leaves}
    assert sorted(uses) == []


def test_readers_do_not_know_each_other() -> None:
    """A format's reader imports nothing of another format's."""
    for path in FILES:
        parts = path.relative_to(SOURCE).parts
        if parts[0] == "readers" and len(parts) > 1 and parts[1] != "__init__.py":
            own = f"crossline.readers.{parts[1].removesuffix('.py')}"
            others = {name for name in imports(path) if name.startswith("crossline.readers.")}
            assert {name for name in others if not name.startswith(own)} == set(), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_stays_readable(path: Path) -> None:
    """A source file has fewer than 450 lines and begins with what it is about."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 450
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("word", ["utils", "util", "helpers", "helper", "common", "base", "manager", "misc"])
def test_no_module_is_named_after_nothing(word: str) -> None:
    """A module is named after what it holds."""
    assert [path for path in SOURCE.rglob("*") if path.stem == word] == []


# In the regimes' own files these words are quotations; facts quote as well. "Clean Network" and its lines are names.
_NAMES = re.compile(
    r"(?:The )?clean[ -](?:Network|Carriers?|Store|Apps?|Cloud|Cable|Path|Standard)\w*|\"[^\"]*\"|'[^']*'",
    re.IGNORECASE,
)
_SIDES = re.compile(
    r"\b(?:untrusted|untrustworthy|clean|dirty|suspicious|malign|adversar\w+|high-risk)\b", re.IGNORECASE
)
PROSE = [
    *FILES,
    *SOURCE.rglob("*.j2"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "readers").glob("*.md"),
    *(ROOT / "examples").rglob("*.md"),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_words_take_no_side(path: Path) -> None:
    """Neither code nor prose calls a party or an asset by one side's words."""
    said = [
        f"{number}: {match[0]}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in _SIDES.finditer(_NAMES.sub("", line))
    ]
    assert said == []


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after some code."""
    program = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(run.stdout.splitlines()[-1].split())


HEAVY = {"polars", "numba", "numpy", "jinja2", "rich"}
HELP = """
import contextlib
from crossline.cli import main
with contextlib.suppress(SystemExit):
    main(%s)
"""
CODE = ["import crossline", HELP % "['--help']", HELP % "['audit', '--help']"]


@pytest.mark.parametrize("code", CODE, ids=["import crossline", "--help", "audit --help"])
def test_what_needs_no_columns_loads_none(code: str) -> None:
    """Importing the package, and asking for help, loads neither polars nor numba."""
    assert loaded_by(code) & HEAVY == set()


def test_the_layers_in_the_documentation_are_these() -> None:
    """docs/development.md shows the layers that this test holds."""
    text = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    for height, names in enumerate(LAYERS, 1):
        assert f"| {height} | {', '.join(names)} |" in text


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """A link from one page to another file of the repository leads to a file that is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8")) if path.suffix == ".md" else []
    assert [link for link in links if not (path.parent / link).exists()] == []
