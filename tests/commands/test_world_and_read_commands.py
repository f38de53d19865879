"""Worlds and files on the command line: built, shown, looked up, and read in three formats."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import polars as pl
import pytest

from invoked import AUDIT, BAD, audited, run, write

if TYPE_CHECKING:
    from pathlib import Path


def test_world_build_show_lookup_and_audit(stores: Path) -> None:
    """A world built without any files holds the shipped facts, is shown and looked up, and audits alike."""
    (stores / "sources").mkdir()
    built = run("world", "build", "--from", stores / "sources", "--output", stores / "W")
    assert built.exit_code == 0, built.output
    shown = run("world", "show", "--world", stores / "W")
    assert shown.exit_code == 0
    assert shown.stdout == run("world", "show").stdout
    found = run("world", "lookup", "AS4134", "--world", stores / "W")
    assert found.exit_code == 0
    assert "China Telecom" in found.stdout
    as_json = run("world", "lookup", "huawei", "--world", stores / "W", "--format", "json")
    assert json.loads(as_json.stdout)
    one, two = (audited(*AUDIT[1:], stores / "bad", *extra) for extra in ((), ("--world", stores / "W")))
    assert one["findings"] == two["findings"]


def test_world_lookup_of_nothing() -> None:
    """What no statement is about is said to be so, with a status of its own."""
    found = run("world", "lookup", "zzzz no such thing")
    assert found.exit_code in (0, 3)
    assert found.stdout.strip()


def test_world_build_of_what_is_not_there(tmp_path: Path) -> None:
    """A missing folder, and a place that is taken by something else, are refused; what lies there stays."""
    assert run("world", "build", "--from", tmp_path / "nothing", "--output", tmp_path / "W").exit_code == 2
    write(tmp_path / "mine.txt", "mine")
    (tmp_path / "empty").mkdir()
    assert run("world", "build", "--from", tmp_path / "empty", "--output", tmp_path).exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_read_in_three_formats(stores: Path) -> None:
    """What was understood is printed as a page or JSON, and written as Parquet; DESIGN's keys are there."""
    page = run("read", stores / "bad")
    assert page.exit_code == 0
    assert "party:alibaba" in page.stdout
    shown = json.loads(run("read", stores / "bad", "--format", "json").stdout)
    assert set(shown) == {"assets", "ties", "extents", "coverage"}
    assert [asset["asset"] for asset in shown["assets"]] == ["store"]
    assert run("read", stores / "bad", "--format", "parquet", "--output", stores / "P").exit_code == 0
    ties = pl.read_parquet(stores / "P" / "tie-data-store.parquet")
    assert ties.select("asset", "role", "type", "value").rows() == [("store", "operator", "party", "alibaba")]
    assert run("read", stores / "bad", "--format", "json", "--output", stores / "r.json").exit_code == 0
    assert json.loads((stores / "r.json").read_text())["assets"] == shown["assets"]


@pytest.mark.parametrize(
    "arguments",
    [["{}/nothing"], ["{}/notes"], ["{}/bad", "--format", "parquet"], ["{}/bad", "--format", "xml"], [],
     ["{}/bad", "--format", "json", "--output", "{}/bad"],
     ["{}/bad", "--format", "parquet", "--output", "{}/bad/data-store.csv"]],
)  # fmt: skip
def test_read_of_what_cannot_be_read_or_written(stores: Path, arguments: list[str]) -> None:
    """Status 2 where no path could be read or the output cannot be written."""
    (stores / "notes").mkdir()
    write(stores / "notes" / "notes.txt", "nothing")
    assert run("read", *(a.format(stores) for a in arguments)).exit_code == 2


def test_a_file_name_that_is_no_utf_8(stores: Path) -> None:
    """Bytes of a name that are no text are shown somehow: they break neither a report nor what was read."""
    strange = stores / "strange"
    strange.mkdir()
    (strange / os.fsdecode(b"\xff\xfe.csv")).write_text("kind," + BAD.replace("\nstore", "\ndata-store,store"))
    for form in ("table", "json"):
        assert run(*AUDIT, strange, "--format", form).exit_code == 1
        assert run("read", strange, "--format", form).exit_code == 0
    assert run("read", strange, "--format", "parquet", "--output", stores / "P").exit_code == 0
