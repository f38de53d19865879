"""App Manager's list of libraries: made-up entries by its format, and the real list beside the repository."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, packed, sources
from crossline.world.sources import app_manager_libs

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "apps" / "am_libs.json"


def entry(**differs: Any) -> dict[str, Any]:
    """Return an entry with the fields that all have."""
    return {
        "version": 1, "id": "acme", "label": "Acme", "type": "Utility", "signatures": {"code": "/com/acme/"},
        "last_update": 1659674016239, **differs,
    }  # fmt: skip


def read(path: Path, entries: object) -> tuple[dict[str, pl.DataFrame], list[Reject]]:
    """Write a list, let it be claimed and read, and return its tables and rejects."""
    path.write_text(json.dumps(entries), encoding="utf-8")
    assert sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES]) == "app_manager_libs"
    parts = list(app_manager_libs.read(path))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    assert all(frame.schema == SCHEMAS[name] for name, frame in tables.items())
    return tables, [part for part in parts if isinstance(part, Reject)]


def test_each_kind_of_signature_has_its_row(tmp_path: Path) -> None:
    """Code, machine code files and hosts; 1667465622563 ms is 2022-11-03 (by ``date -u -d @1667465622``)."""
    tables, rejects = read(
        tmp_path / "l.json",
        [
            entry(signatures={"code": "/com/acme/|/com/acme2/x", "solib": r"libacme\.so", "network": r"acme\.com"}),
            entry(id="two", label="Two  words", last_update=1667465622563),
        ],
    )
    held = tables["signature"].select("library", "of", "form", "pattern").rows()
    assert held == [
        ("Acme", "class", "regex", "(?:^|/)com/acme/|(?:^|/)com/acme2/x"),
        ("Acme", "native", "regex", r"libacme\.so"),
        ("Two words", "class", "regex", "(?:^|/)com/acme/"),
    ]
    assert tables["registration"].select("type", "value", "name").rows() == [("domain", "acme.com", "Acme")]
    assert set(tables["signature"]["seen"]) == {date(2022, 11, 3)}
    assert set(tables["signature"]["source"]) == {"app-manager-libs-2022-11-03"}
    assert not rejects


def test_a_leading_slash_is_the_root_or_a_part_of_a_name(tmp_path: Path) -> None:
    """``/com/acme/`` is found in com/acme/A, with or without a slash before it, and not in xcom/acme/A."""
    tables, _ = read(tmp_path / "l.json", [entry()])
    pattern = tables["signature"]["pattern"][0]
    names = ["com/acme/A", "/com/acme/A", "shaded/com/acme/A", "xcom/acme/A", "com/acme2/A"]
    assert [bool(re.search(pattern, name)) for name in names] == [True, True, True, False, False]


def test_bad_entries_are_rejects_with_their_place(tmp_path: Path) -> None:
    """No object, no label, no signatures, a pattern that is no text, one that finds everything."""
    tables, rejects = read(
        tmp_path / "l.json",
        [
            1, entry(label=""), entry(signatures={}), entry(signatures={"code": 5}), entry(signatures={"solib": ".*"}),
            entry(signatures="x"), entry(label="Good"),
        ],
    )  # fmt: skip
    assert tables["signature"]["library"].to_list() == ["Good"]
    assert [reject.locator.split(",")[0] for reject in rejects] == [f"library {n}" for n in range(1, 7)]


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    """A list without a date, one cut short, and an object."""
    with pytest.raises(ValueError, match="no date"):
        read(tmp_path / "l.json", [entry(last_update=True), entry(last_update=5)])
    path = tmp_path / "m.json"
    for text in (json.dumps([entry()])[:-2], "{}"):
        path.write_text(text)
        with pytest.raises(packed.Unreadable):
            list(app_manager_libs.read(path))
    assert not app_manager_libs.claim(path, b'{"label": 1, "signatures": 2, "last_update": 3}')


def test_the_real_list_is_accounted_for() -> None:
    """3,380 entries by the publisher's count, 3,208 of them with code: each is a row, or repeats another's."""
    if not SHARED.is_file():
        pytest.skip("../shared/data/apps/am_libs.json is absent")
    entries = json.loads(SHARED.read_text("utf-8"))
    parts = list(app_manager_libs.read(SHARED))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    rejects = [part for part in parts if isinstance(part, Reject)]
    assert len(entries) == 3380
    assert not [reject for reject in rejects if "host" not in reject.reason]
    code = {
        (" ".join(one["label"].split()), one["signatures"]["code"]) for one in entries if "code" in one["signatures"]
    }
    held = tables["signature"].filter(pl.col("of") == "class")
    assert {
        (library, pattern.replace("(?:^|/)", "/")) for library, pattern in held.select("library", "pattern").rows()
    } == code
