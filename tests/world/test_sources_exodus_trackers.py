"""Exodus Privacy's trackers: made-up files by its API's format, and the real one beside the repository."""

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
from crossline.world.sources import exodus_trackers

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "apps" / "exodus_trackers.json"


def tracker(**differs: Any) -> dict[str, Any]:
    """Return a tracker with all the fields of the API's answer."""
    return {
        "id": 1, "name": "Acme Ads", "description": "", "creation_date": "2020-01-02", "code_signature": "com.acme.ads",
        "network_signature": "", "website": "https://acme.example", "categories": [], "documentation": [], **differs,
    }  # fmt: skip


def read(path: Path, trackers: object) -> tuple[dict[str, pl.DataFrame], list[Reject]]:
    """Write a file, let it be claimed and read, and return its tables and rejects."""
    path.write_text(json.dumps({"trackers": trackers}), encoding="utf-8")
    assert sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES]) == "exodus_trackers"
    parts = list(exodus_trackers.read(path))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    assert all(frame.schema == SCHEMAS[name] for name, frame in tables.items())
    return tables, [part for part in parts if isinstance(part, Reject)]


def test_signatures_are_the_files_and_the_newest_entry_dates_it(tmp_path: Path) -> None:
    """A signature is kept as it stands; three characters are none, as in exodus-core; an empty one is no mistake."""
    tables, rejects = read(
        tmp_path / "t.json",
        {
            "1": tracker(code_signature="com.acme.|.AcmeManager"),
            "2": tracker(name="Short", code_signature="a.b", creation_date="2021-03-04"),
            "3": tracker(name="Network only", code_signature="", network_signature="acme\\.com"),
            "4": tracker(name="Far", code_signature="", creation_date="9999-12-31"),  # no day of an edition
        },
    )
    source = "exodus-trackers-2021-03-04"
    assert tables["signature"].rows() == [
        ("Acme Ads", "class", "regex", "com.acme.|.AcmeManager", date(2021, 3, 4), source)
    ]
    assert [reject.locator for reject in rejects] == ["tracker 2, Short"]
    assert tables["source"]["licence"].to_list() == ["AGPL-3.0"]


@pytest.mark.parametrize(
    ("pattern", "names", "others"),
    [
        (r"krxd\.net", ["krxd.net"], 0),
        (r"a4\.tl|accengage\.com", ["a4.tl", "accengage.com"], 0),
        (r"\.facebook\.com", ["facebook.com"], 0),
        (r".*\.jiguang\.cn", ["jiguang.cn"], 0),
        (r"mobile\.mng\-ads\.com", ["mobile.mng-ads.com"], 0),
        ("heapanalytics.com", ["heapanalytics.com"], 0),
        ("fidzup", [], 1),
        (r"\.exacttarget\.", [], 1),
        (r"54\.243\.73\.253:8080/SilverPush/", [], 1),
        (r"203\.107\.1\.97", [], 1),
        (r"adservice\.google\..*|ads\.google\.com", ["ads.google.com"], 1),
        (r"mst[0-9]*\.is\.autonavi\.com", [], 1),
        (r"data.\altbeacon\.org", [], 1),
        (r"a\.test|localhost", ["a.test"], 1),
    ],
)
def test_hosts_that_are_plain_names_are_registered(tmp_path: Path, pattern: str, names: list[str], others: int) -> None:
    """By hand: an alternative that is but a name, or any sub-domain of one, gives that name; the others are counted."""
    tables, rejects = read(tmp_path / "t.json", {"7": tracker(network_signature=pattern)})
    rows = tables["registration"].select("type", "value", "name", "registered").rows()
    assert rows == [("domain", name, "Acme Ads", None) for name in names]
    assert len(rejects) == others


@pytest.mark.parametrize(
    ("description", "owner"),
    [
        ("## About\r\nx\r\n\r\n## Ownership\r\nSalesforce\r\n\r\n## Y", "Salesforce"),
        ("## Ownership\nAdobe Systems Incorporated\n", "Adobe Systems Incorporated"),
        ("## Ownership\nGoogle [Recode, 01](https://www.recode.net/2017/1/18/x)", "Google"),
        ("## Ownership\nSelf-owned", None),
        ("## Ownership\n\nUmeng is owned by the Alibaba Group.  Alibaba is listed", None),
        ("## Ownership\n## Documentation\nhttps://x.example", None),
        ("Owned by Google", None),
        (None, None),
    ],
)
def test_an_owner_is_a_name_and_no_sentence(description: str | None, owner: str | None) -> None:
    """Only what stands alone under the heading is taken for the owner's name."""
    assert exodus_trackers.owned_by(description) == owner


def test_bad_entries_are_rejects_with_their_place(tmp_path: Path) -> None:
    """No object, no name, a name that cannot be shown, patterns that RE2 refuses or that find everything."""
    tables, rejects = read(
        tmp_path / "t.json",
        {
            "1": "text",
            "2": tracker(name=None),
            "3": tracker(name="a\u202eb"),
            "4": tracker(name="Look ahead", code_signature="com.acme(?!ads)"),
            "5": tracker(name="Back", code_signature=r"(com)\.\1"),
            "6": tracker(name="All", code_signature="com.acme.|"),
            "7": tracker(name="Huge", code_signature="(a{1000}){1000}"),
            "8": tracker(name="Number", code_signature=12345),
            "9": tracker(name="Long", code_signature="a" * 30_000),
            "10": tracker(name="Good"),
        },
    )
    assert tables["signature"]["library"].to_list() == ["Good"]
    assert [reject.locator.split(",")[0] for reject in rejects] == [f"tracker {n}" for n in range(1, 10)]


@pytest.mark.parametrize(
    "pattern",
    ["[a-z]{1}", "a|b|c|/", r"\b\w{1}", r"[\x00-\x{10FFFF}]{4}", "^[a-z]+/", "lib.*[.]so", "(?i)COM/", ".{20,}"],
)
def test_what_finds_names_that_are_nobodys_is_refused(tmp_path: Path, pattern: str) -> None:
    """An expression that Python's re finds in a name of a class or file that was made up, one in hundreds, is none."""
    made_up = ("a", "com/zqj/Xk9", "wvqk/zxj/Kd7Qpzw/Hxj9wQ$1", "lib0.so")
    assert any(re.search(pattern.replace("x{10FFFF}", "U0010FFFF"), name) for name in made_up)
    tables, rejects = read(tmp_path / "t.json", {"1": tracker(code_signature=pattern), "2": tracker(name="Good")})
    assert tables["signature"]["library"].to_list() == ["Good"]
    assert ["found in everything" in item.reason for item in rejects] == [True]


def test_a_file_without_any_date_or_trackers_is_refused(tmp_path: Path) -> None:
    """No entry says when it was made: the message says what to write. A file that ends early is not used."""
    with pytest.raises(ValueError, match="no date"):
        read(tmp_path / "t.json", {"1": tracker(creation_date="soon")})
    cut = tmp_path / "cut.json"
    cut.write_bytes(json.dumps({"trackers": {"1": tracker()}}).encode()[:-3])
    with pytest.raises(packed.Unreadable, match="not JSON"):
        list(exodus_trackers.read(cut))
    deep = tmp_path / "deep.json"
    deep.write_text('{"trackers":' + "[" * 100_000)
    with pytest.raises(packed.Unreadable, match="not JSON"):
        list(exodus_trackers.read(deep))


def test_other_files_are_not_claimed(tmp_path: Path) -> None:
    """An object of other things, and an array, are left to others."""
    for text in ('{"trackers": 1}', '{"signatures": {}}', '[{"code_signature": "x"}]', ""):
        assert not exodus_trackers.claim(tmp_path / "x.json", text.encode())


def test_the_real_file_against_pythons_own_expressions() -> None:
    """Of 432 trackers 428 have a signature, and each finds in made-up names what Python's engine finds."""
    if not SHARED.is_file():
        pytest.skip("../shared/data/apps/exodus_trackers.json is absent")
    trackers = json.loads(SHARED.read_text("utf-8"))["trackers"].values()
    parts = list(exodus_trackers.read(SHARED))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    expected = {(one["name"], one["code_signature"]) for one in trackers if len(one["code_signature"]) > 3}
    assert set(tables["signature"].select("library", "pattern").rows()) == expected
    assert tables["signature"].height == 428
    assert set(tables["signature"]["source"]) == {"exodus-trackers-2023-12-05"}
    names = [
        "com/facebook/ads/AdView",
        "com/google/android/gms/ads/AdView",
        "a/LigatusManager",
        "com/umeng/a/B",
        "x/y/Z",
    ]
    for name in names:
        python = {library for library, pattern in expected if re.search(pattern, name)}
        held = tables["signature"].filter(
            pl.lit(name).str.contains(pl.col("pattern")),  # polars has a third engine, that of Rust
        )
        assert set(held["library"]) == python
