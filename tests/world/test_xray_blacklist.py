"""X-Ray's owners of domains: each entry of a small file, written by hand, against what stands in it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, editions, sources

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps" / "xray-blacklist.json"
SOURCE = "xray-blacklist-2026-05-01"


def owner(name: object, *domains: object, country: object = "us", parent: object = None, root: object = None) -> Any:
    """Return an entry with the keys of the format."""
    return {"owner_name": name, "country": country, "doms": list(domains), "parent": parent, "root_parent": root}


ENTRIES = [
    owner("AdSense", "adsense.example", parent="Google", root="Alphabet"),
    owner("Google", "google.example", "Googleapis.EXAMPLE", parent="Alphabet", root="Alphabet"),
    owner("Alphabet", country=""),
    owner("Old Ads", "old.example", country="uk", parent="Sold On", root="Whoever Bought"),
    owner("Nowhere", "a.example", country="EU"),
    owner("Strange", "124.17.1.253", 7, "b.example'", "b.example", country="usa"),
    owner("", "c.example"),
    "no object",
]


def write(folder: Path, entries: object = ENTRIES, name: str = "xray-20260501.json") -> Path:
    """Write the entries as the list is written."""
    path = folder / name
    path.write_text(json.dumps(entries, indent=4), encoding="utf-8")
    return path


def read(path: Path) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the registrations and the rejects of a file that the source claims."""
    assert sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES]) == "xray_blacklist"
    items = list(sources.load("xray_blacklist").read(path))
    rows = [item[1] for item in items if isinstance(item, tuple) and item[0] == "registration"]
    assert all(part.schema == SCHEMAS["registration"] for part in rows)
    return pl.concat(rows), [item for item in items if isinstance(item, Reject)]


def test_each_domain_has_its_owners_name_and_country(tmp_path: Path) -> None:
    """The name is the owner's, never the parent's; uk is GB in ISO 3166-1, and EU is no state."""
    rows, _ = read(write(tmp_path))
    found = rows.filter(pl.col("type") == "domain").select("value", "name", "registered").rows()
    assert found == [
        ("adsense.example", "AdSense", "US"),
        ("google.example", "Google", "US"),
        ("googleapis.example", "Google", "US"),
        ("old.example", "Old Ads", "GB"),
        ("a.example", "Nowhere", None),
        ("b.example", "Strange", None),
    ]
    assert rows.select("seen", "source").unique().rows() == [(date(2026, 5, 1), SOURCE)]


def test_a_parent_is_the_lists_word_on_a_name(tmp_path: Path) -> None:
    """The parent is the next outer name; the root parent is that of a parent which says none itself."""
    rows, _ = read(write(tmp_path))
    found = rows.filter(pl.col("type") == "vendor").select("value", "name", "registered").rows()
    assert found == [
        ("adsense", "Google", None),
        ("google", "Alphabet", None),
        ("old ads", "Sold On", None),
        ("sold on", "Whoever Bought", None),
    ]


def test_what_is_no_owner_or_domain_is_a_reject_with_its_place(tmp_path: Path) -> None:
    """Of the entries above six things are wrong: two entries, one country, one number and two texts."""
    _, rejects = read(write(tmp_path))
    assert sorted(item.locator for item in rejects) == ["[5]", "[5]", "[5]", "[5]", "[6]", "[7]"]


@pytest.mark.parametrize("text", ["[", '[{"owner_name": "x", "doms": ["a.b"], "root_parent": ' + "[" * 100_000, "[]"])
def test_a_broken_file_ends_in_a_message(tmp_path: Path, text: str) -> None:
    """What is no JSON is one reject; an empty array gives nothing."""
    path = tmp_path / "xray-20260501.json"
    path.write_text(text, encoding="utf-8")
    items = list(sources.load("xray_blacklist").read(path))
    assert sum(isinstance(item, Reject) for item in items) == (text != "[]")


def test_without_a_date_the_file_is_refused(tmp_path: Path) -> None:
    """The list has no date; the message says what to write."""
    with pytest.raises(editions.UndatedError, match=r"editions\.csv"):
        list(sources.load("xray_blacklist").read(write(tmp_path, name="xray-blacklist.json")))


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    """An object, and an array of other things, are left to others."""
    claim = sources.load("xray_blacklist").claim
    for text in ('{"owner_name": 1, "doms": 2, "root_parent": 3}', '[{"owner_name": 1}]'):
        assert not claim(tmp_path / "x.json", text.encode())


@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is absent")
def test_the_published_list_is_read_whole(tmp_path: Path) -> None:
    """Every domain of the list is a row or a reject: counted with the standard library alone."""
    text = SHARED.read_text(encoding="utf-8")
    path = tmp_path / "xray-20260501.json"
    path.write_text(text, encoding="utf-8")
    rows, rejects = read(path)
    listed = {
        (entry["owner_name"], name) for entry in json.loads(text) if entry["owner_name"] for name in entry["doms"]
    }
    bad = [item for item in rejects if "no domain name" in item.reason]
    assert rows.filter(pl.col("type") == "domain").height == len(listed) - len(bad)
    assert ("tiktok.com", "ByteDance", "CN") in rows.select("value", "name", "registered").rows()
