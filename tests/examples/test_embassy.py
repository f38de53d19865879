"""The example's table dump is what a routing daemon wrote of the routes beside it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crossline import estate_file, jail, readers
from crossline.tables import Batch, Limits, Reject

EMBASSY = Path(__file__).parents[2] / "examples" / "embassy"


def announced() -> set[tuple[str, str]]:
    """Return prefix and AS path of every route that the carriers announce."""
    lines = (EMBASSY / "bird" / "routes.txt").read_text().splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {(prefix, " ".join([carrier, *path])) for carrier, prefix, *path in rows}


def test_the_dump_holds_the_announced_routes_as_bgpdump_reads_it() -> None:
    """Bgpdump finds every announced route in the dump, with its path, and besides only the router's own two."""
    if not shutil.which("bgpdump"):
        pytest.skip("bgpdump is not installed")
    shown = subprocess.run(
        ["bgpdump", "-m", str(EMBASSY / "gateway.mrt")], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split("|") for line in shown.splitlines() if line.startswith("TABLE_DUMP2")]
    learned = {(row[5], row[6]) for row in rows if row[6]}
    own = {row[5] for row in rows if not row[6]}
    assert announced() == learned
    assert own == {"198.51.100.0/24", "2001:db8:6449::/48"}


def test_every_row_of_the_register_is_understood() -> None:
    """Each table of the example is read without a reject, all its rows."""
    tables = sorted((EMBASSY / "register").glob("*.csv"))
    assert tables
    for path in tables:
        assert readers.claimant(path) == "table"
        items = list(jail.run("table", path, Limits(seconds=60)))
        assert [item for item in items if isinstance(item, Reject)] == []
        rows = sum(item.assets.height for item in items if isinstance(item, Batch))
        assert rows == len(path.read_text().splitlines()) - 1


def test_the_estate_file_speaks_of_files_that_are_there() -> None:
    """Each entry of estate.yaml matches a file of the example."""
    estate = estate_file.load(EMBASSY / "estate.yaml")
    files = [str(path.relative_to(EMBASSY)) for path in EMBASSY.rglob("*") if path.is_file()]
    for rule in estate.files:
        assert any(rule.matches(name) for name in files), rule.pattern
