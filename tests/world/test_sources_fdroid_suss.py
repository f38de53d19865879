"""F-Droid's list of code its scanner looks for: made-up files by the format that fdroidserver 2.4 reads."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, packed, sources
from crossline.world.sources import fdroid_suss

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

ABOUT: dict[str, Any] = {"cache_duration": 86400, "version": 1, "timestamp": 1747829076.7}


def read(path: Path, signatures: object, **about: Any) -> tuple[dict[str, pl.DataFrame], list[Reject]]:
    """Write a list, let it be claimed and read, and return its tables and rejects."""
    path.write_text(json.dumps({**ABOUT, **about, "signatures": signatures}), encoding="utf-8")
    assert sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES]) == "fdroid_suss"
    parts = list(fdroid_suss.read(path))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    assert all(frame.schema == SCHEMAS[name] for name, frame in tables.items())
    return tables, [part for part in parts if isinstance(part, Reject)]


def test_signatures_are_searched_for_without_regard_to_case(tmp_path: Path) -> None:
    """The scanner's ``.*`` before each, and its flag; 1747829076 s is 2025-05-21 (by ``date -u``)."""
    tables, rejects = read(
        tmp_path / "suss.json",
        {
            "com.acme": {"code_signatures": ["com/acme/ads", "com/acme/Ad"], "license": "NonFree", "name": "Acme Ads"},
            "com.other": {
                "code_signatures": ["com/other"], "license": "NonFree", "gradle_signatures": ["com.other:x"],
                "network_signatures": [r"other\.example\.org"], "anti_features": ["Ads"],
            },
            "warned": {"warn_code_signatures": ["com/warned"], "license": "NonFree"},
        },
    )  # fmt: skip
    assert tables["signature"].select("library", "of", "form", "pattern").rows() == [
        ("Acme Ads", "class", "regex", "(?i)com/acme/ads"),
        ("Acme Ads", "class", "regex", "(?i)com/acme/Ad"),
        ("com.other", "class", "regex", "(?i)com/other"),
    ]
    assert tables["registration"].select("type", "value", "name").rows() == [
        ("domain", "other.example.org", "com.other")
    ]
    assert set(tables["signature"]["seen"]) == {date(2025, 5, 21)}
    assert set(tables["signature"]["source"]) == {"fdroid-suss-2025-05-21"}
    assert not rejects


def test_what_cannot_be_searched_for_is_a_reject(tmp_path: Path) -> None:
    """RE2 cannot look ahead, as five of the published signatures do; an empty one would find everything."""
    tables, rejects = read(
        tmp_path / "suss.json",
        {
            "a": {"code_signatures": ["com/a/(?!b)"], "license": "x"},
            "b": {"code_signatures": [""], "license": "x"},
            "c": {"code_signatures": [7], "license": "x"},
            "d": "text",
            "e": {"code_signatures": "com/one", "license": "x"},
        },
    )
    assert tables["signature"]["pattern"].to_list() == ["(?i)com/one"]
    assert [reject.locator for reject in rejects] == [f"signature {key}" for key in "abcd"]


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    """A list without a date, one cut short, and other objects."""
    with pytest.raises(ValueError, match="no date"):
        read(tmp_path / "suss.json", {"a": {"code_signatures": ["com/a"], "license": "x"}}, timestamp=None)
    path = tmp_path / "x.json"
    for text in ('{"signatures": {', '{"signatures": []}'):
        path.write_text(text)
        with pytest.raises(packed.Unreadable):
            list(fdroid_suss.read(path))
    assert not fdroid_suss.claim(path, b'{"trackers": {"code_signatures": 1}}')
