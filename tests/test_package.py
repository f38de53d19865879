"""What is shipped is whole, may be shipped, and works where it is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "crossline"

# The licence of everything that the wheel holds, by what it is; a file that fits no row fails the test. Facts are
# written here row by row from the sources that each names (NOTICE); no table of others is carried.
LICENCES = (
    (r"crossline/.+\.py", "Apache-2.0", "program"),
    (r"crossline/py\.typed", "Apache-2.0", "program"),
    (r"crossline/world/facts/[a-z]+\.csv", "Apache-2.0", "facts, written here"),
    (r"crossline/world/facts/README\.md", "Apache-2.0", "how facts are kept"),
    (r"crossline/regimes/[a-z_0-9]+\.yaml", "Apache-2.0", "regimes, written here; law and speeches quoted briefly"),
    (r"crossline/(reports/|impact/formats/)?schema/[a-z-]+\.json", "Apache-2.0", "schemas"),
    (r"crossline/(reports|impact/formats)/templates/[a-z.]+\.(j2|css|js|svg)", "Apache-2.0", "templates of reports"),
    (r"crossline/cables/borders\.csv", "Apache-2.0", "land borders, listed here"),
    (r"crossline/packages/root_zone\.txt", "Apache-2.0", "names of top-level domains, facts: NOTICE"),
    (r"crossline/drawing/land\.txt", "Apache-2.0", "outlines of land, made of a map in the public domain: NOTICE"),
    (r"crossline-[^/]+\.dist-info/licenses/(LICENSE|NOTICE)", "Apache-2.0", "licence"),
    (r"crossline-[^/]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt)", "Apache-2.0", "made by the build"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the wheel's contents and nothing else, as an installer would lay it out."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the wheel's own command, far from the source tree."""
    start = "import sys; from crossline.cli import main; sys.argv[0] = 'crossline'; main()"
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-c", start, *arguments],
        check=False, capture_output=True, text=True, cwd=installed, env=environment,
    )  # fmt: skip


def test_every_file_of_the_source_is_shipped(wheel: Path) -> None:
    """Program, facts, regimes, templates and schemas are all in the wheel; nothing that a build left behind is."""
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("crossline/")}
    source = {
        f"crossline/{path.relative_to(SOURCE)}"
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert source == shipped
    for needed in ("py.typed", "schema/estate.json", "world/facts/source.csv", "regimes/us_clean_network.yaml"):
        assert f"crossline/{needed}" in shipped
    assert any(name.endswith(".j2") for name in shipped)


def test_every_shipped_file_has_a_licence(wheel: Path) -> None:
    """Each file of the wheel is of a known kind, and every kind is under the licence of the project."""
    names = zipfile.ZipFile(wheel).namelist()
    strange = [name for name in names if not any(re.fullmatch(form, name) for form, _, _ in LICENCES)]
    assert strange == []
    assert {licence for _, licence, _ in LICENCES} == {"Apache-2.0"}


def test_nothing_of_the_public_data_sets_is_shipped_or_committed(wheel: Path) -> None:
    """No file of ../shared/data stands in the wheel or in the repository, whatever it is called."""
    data = ROOT.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("../shared/data is absent")
    sizes = {path.stat().st_size: path for path in data.rglob("*") if path.is_file() and path.stat().st_size > 64}
    skipped = {".git", ".venv", "build", "__pycache__"}
    ours = [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)]
    same = [path for path in ours if path.stat().st_size in sizes]
    assert [path for path in same if path.read_bytes() == sizes[path.stat().st_size].read_bytes()] == []
    for info in zipfile.ZipFile(wheel).infolist():
        if info.file_size in sizes:
            assert zipfile.ZipFile(wheel).read(info) != sizes[info.file_size].read_bytes()


def test_the_licence_is_that_of_the_standard_text() -> None:
    """LICENSE is the Apache License 2.0, and the package says so."""
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()


def test_what_it_runs_on_is_permissive(wheel: Path) -> None:
    """The package asks for nothing but what stands in this table, each under a permissive licence."""
    permissive = {
        "apk-info": "Apache-2.0", "click": "BSD-3-Clause", "deflate": "MIT",
        "google-re2": "BSD-3-Clause", "jinja2": "BSD-3-Clause",
        "llvmlite": "BSD-2-Clause",
        "markupsafe": "BSD-3-Clause", "numba": "BSD-2-Clause",
        "numpy": "BSD-3-Clause", "polars": "MIT", "pyyaml": "MIT", "rich": "MIT",
    }  # fmt: skip
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    asked = re.findall(r"^Requires-Dist: ([A-Za-z0-9-]+)[^;\n]*$", archive.read(name).decode(), re.MULTILINE)
    assert set(permissive) == {package.lower() for package in asked}


def test_the_installed_command_works(installed: Path) -> None:
    """From the wheel alone, the command says what it can do and knows its regimes."""
    shown = run(installed, "--help")
    assert shown.returncode == 0, shown.stderr
    assert "audit" in shown.stdout
    regimes = run(installed, "regime", "list")
    assert regimes.returncode == 0, regimes.stderr
    assert "us-clean-network" in regimes.stdout
    assert "cn-gdsi" in regimes.stdout


def test_the_installed_command_audits_the_example(installed: Path, tmp_path: Path) -> None:
    """From the wheel alone, the example is audited, and the report is written (status 1: there are violations)."""
    report = tmp_path / "out.json"
    shown = run(installed, "audit", str(ROOT / "examples" / "embassy"), "--output", str(report))
    assert shown.returncode == 1, shown.stderr
    assert report.stat().st_size > 1000
    assert "Traceback" not in shown.stderr


def test_help_comes_at_once(installed: Path) -> None:
    """`crossline --help` takes about 0.3 s; on a busy machine, less than three times that."""
    run(installed, "--help")
    times = []
    for _ in range(5):
        begin = time.monotonic()
        run(installed, "--help")
        times.append(time.monotonic() - begin)
    assert min(times) < 0.9
