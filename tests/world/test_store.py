"""Worlds on disk: shipped facts and world folders."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crossline.world import SCHEMAS, World, store

if TYPE_CHECKING:
    from pathlib import Path

SEEN = date(2026, 1, 1)


def small() -> World:
    """Make a world with a few rows."""
    return World(
        {
            "source": pl.DataFrame([("s", "T", "I", "u", SEEN, "L")], schema=SCHEMAS["source"], orient="row"),
            "address4": pl.DataFrame([(1, 2, 3, "CN", SEEN, "s")], schema=SCHEMAS["address4"], orient="row"),
            "adjacency": pl.DataFrame([(1, 2, -1, "bgp", SEEN, "s")], schema=SCHEMAS["adjacency"], orient="row"),
        }
    )


def test_facts_have_their_tables_columns_and_sources() -> None:
    """Every shipped table has its schema, and every row names a source that is shipped too."""
    world = store.shipped()
    named = set(world.table("source")["id"])
    assert len(world.table("party")) > 0
    for name in store.FACTS:
        table = world.table(name)
        assert SCHEMAS[name] == table.schema
        if name != "source":
            assert set() == set(table["source"].drop_nulls()) - named
            assert table["source"].null_count() == 0


def test_a_world_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """Every table has the same rows after a round trip, and those that were empty are empty."""
    store.save(small(), tmp_path / "w", facts="v")
    world = store.load(tmp_path / "w")
    for name in SCHEMAS:
        assert small().table(name).equals(world.table(name))
    assert tmp_path / "w" == world.path
    about = store.manifest(tmp_path / "w")
    assert (about["facts"], [source["id"] for source in about["sources"]]) == ("v", ["s"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["w"]  # nothing is left beside it


def test_tables_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    """A damaged table harms only who asks for it."""
    store.save(small(), tmp_path)
    file = tmp_path / "adjacency.parquet"
    held = bytearray(file.read_bytes())
    held[10] ^= 255
    file.write_bytes(held)
    world = store.load(tmp_path)
    assert len(world.table("address4")) == 1
    assert "adjacency" in world.tables
    with pytest.raises(store.WorldError, match=r"adjacency\.parquet: the SHA-256"):
        world.table("adjacency")


def test_folders_that_are_no_worlds_are_refused_with_a_reason(tmp_path: Path) -> None:
    """Missing, empty, of another format or version, with foreign tables or sizes: each has its message."""
    with pytest.raises(store.WorldError, match=r"no such folder.*world build"):
        store.load(tmp_path / "none")
    with pytest.raises(store.WorldError, match="not a world folder"):
        store.load(tmp_path)
    store.save(small(), tmp_path)
    for text, told in (("{", "not JSON"), ("[]", "not the manifest"), ("[" * 100_000, "not JSON"), ("{}", "not the")):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(store.WorldError, match=told):
            store.load(tmp_path)
    about = {"format": store.FORMAT, "version": store.VERSION}
    for changes, told in (
        ({"version": 99}, "version 99; this Crossline reads 1"),
        ({"version": "1"}, "version '1'"),
        ({"tables": []}, "no list of tables"),
        ({"tables": {"../x": {}}}, "no world has a table"),
        ({"tables": {"address4": {"rows": 1}}}, "rows, bytes or sha256 missing"),
        ({"tables": {"address4": {"rows": 1, "bytes": True, "sha256": ""}}}, "missing"),
        ({"tables": {"address4": {"rows": 1, "bytes": 5, "sha256": ""}}}, "bytes, where manifest.json says 5"),
        ({"tables": {"party": {"rows": 1, "bytes": 5, "sha256": ""}}}, r"party\.parquet: missing"),
    ):
        (tmp_path / "manifest.json").write_text(json.dumps({**about, **changes}))
        with pytest.raises(store.WorldError, match=told):
            store.load(tmp_path)


@pytest.mark.parametrize("how", ["text", "columns", "rows", "cut"])
def test_tables_that_only_pretend_are_refused(tmp_path: Path, how: str) -> None:
    """Even where the manifest agrees with the bytes, a table must be Parquet with its own columns and rows."""
    import hashlib  # noqa: PLC0415 - only here

    store.save(small(), tmp_path)
    file = tmp_path / "address4.parquet"
    if how == "text":
        file.write_text("PAR1 no PAR1")
    elif how == "columns":
        pl.DataFrame({"first": [1]}).write_parquet(file)
    elif how == "cut":
        held = file.read_bytes()
        file.write_bytes(held[: len(held) // 2] + held[-8:])
    about = json.loads((tmp_path / "manifest.json").read_text())
    told = about["tables"]["address4"]
    told |= {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    if how == "rows":
        told["rows"] = 7
    (tmp_path / "manifest.json").write_text(json.dumps(about))
    with pytest.raises(store.WorldError, match=r"address4\.parquet"):
        store.load(tmp_path).table("address4")


def test_only_a_world_is_replaced(tmp_path: Path) -> None:
    """An older world gives way; a folder with anything else in it is left as it is."""
    target = tmp_path / "w"
    store.save(small(), target)
    store.save(World(), target)
    assert len(store.load(target).table("address4")) == 0
    (target / "notes.txt").write_text("mine")
    with pytest.raises(store.WorldError, match=r"notes\.txt"):
        store.save(small(), target)
    assert (target / "notes.txt").read_text() == "mine"
    other = tmp_path / "o"
    other.mkdir()
    (other / "x").write_text("")
    with pytest.raises(store.WorldError, match="not a world folder"):
        store.save(small(), other)
    assert {"w", "o"} == {entry.name for entry in tmp_path.iterdir()}


def test_a_table_without_its_columns_is_not_saved(tmp_path: Path) -> None:
    """A mistake in the program does not become a folder."""
    with pytest.raises(store.WorldError, match="address4"):
        store.save(World({"address4": pl.DataFrame({"first": [1]})}), tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_a_world_with_older_facts_says_so(tmp_path: Path) -> None:
    """A folder keeps the facts it was built with; a note tells when others ship."""
    store.save(small(), tmp_path, facts="old")
    assert "build it again" in store.notes(tmp_path)[0]
    store.save(small(), tmp_path, facts=store.facts_version())
    assert store.notes(tmp_path) == []


def test_a_fact_that_does_not_fit_its_column_is_named() -> None:
    """The message has the table, the row, the column and the value."""
    header = ",".join(SCHEMAS["completeness"].names())
    with pytest.raises(store.WorldError, match=r"facts/completeness.csv: row 2, column as_of: '2020-13-01'"):
        store._fact_table("completeness", f"{header}\na,asn,2020-01-01,s,\na,asn,2020-13-01,s,\n".encode())
    with pytest.raises(store.WorldError, match="the first line must be"):
        store._fact_table("completeness", b"a,b\n1,2\n")
