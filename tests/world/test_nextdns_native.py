"""NextDNS's domains by maker: small files written by hand, whose maker stands in their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, editions, sources

if TYPE_CHECKING:
    import polars as pl

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps"
TEXT = (
    "# what it is\nmetrics.data.example.com\n\n*.Log.Example.COM # a remark\n"
    "b\u00fccher.example\nmetrics.data.example.com\n"
)


def write(folder: Path, name: str, text: str = TEXT) -> Path:
    """Write a list, dated by the line that pull would write."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (path.parent / editions.NAME).write_text(f"file,published\n{path.name},2026-03-01\n", encoding="utf-8")
    return path


def claimed(path: Path) -> bool:
    """Return whether the source takes the file."""
    return sources.claimant(path, path.read_bytes()) == "nextdns_native"


def read(path: Path) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the registrations and the rejects."""
    items = list(sources.load("nextdns_native").read(path))
    (rows,) = (item[1] for item in items if isinstance(item, tuple) and item[0] == "registration")
    assert rows.schema == SCHEMAS["registration"]
    return rows, [item for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("nextdns_huawei.txt", "huawei"), ("nextdns-Xiaomi-2026-03-01.txt", "xiaomi"),
        ("native-tracking-domains-main/domains/samsung", "samsung"),
    ],
)  # fmt: skip
def test_the_name_of_the_file_says_whose(tmp_path: Path, name: str, maker: str) -> None:
    """Lines are domains in small letters, once each; the maker is that of the file's name."""
    path = write(tmp_path, name, TEXT.replace("b\u00fccher.example\n", ""))
    assert claimed(path)
    rows, rejects = read(path)
    assert rows.select("type", "value", "name").rows() == [
        ("domain", "metrics.data.example.com", maker), ("domain", "log.example.com", maker)
    ]  # fmt: skip
    assert rows["source"].unique().to_list() == ["nextdns-native-tracking-2026-03-01"]
    assert rejects == []


def test_an_international_name_is_its_a_label_and_other_lines_are_rejects(tmp_path: Path) -> None:
    """The A-label is that of Python's own codec (RFC 3490); line 2 has a space, and line 3 one label."""
    rows, rejects = read(write(tmp_path, "nextdns_x.txt", "b\u00fccher.example\nno name\nlocalhost\n"))
    assert rows["value"].to_list() == ["b\u00fccher.example".encode("idna").decode()]
    assert [item.locator for item in rejects] == ["line 2", "line 3"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("huawei.txt", TEXT),  # nobody's name
        ("nextdns_huawei.txt", "file,published\n"),
        ("nextdns_huawei.txt", "0.0.0.0 ads.example.com\n"),  # a hosts file
        ("nextdns_huawei.txt", "\n\n"),
        ("domains/huawei", TEXT),
    ],
)
def test_other_files_are_not_claimed(tmp_path: Path, name: str, text: str) -> None:
    """A list without a maker in its name, and a file of other lines, are left to others."""
    assert not claimed(write(tmp_path, name, text))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_the_published_lists_are_read_whole(tmp_path: Path) -> None:
    """Every line that is not blank is a domain: counted by splitting."""
    for maker in ("huawei", "samsung", "xiaomi"):
        text = (SHARED / f"nextdns_{maker}.txt").read_text(encoding="utf-8")
        path = write(tmp_path, f"nextdns_{maker}.txt", text)
        assert claimed(path)
        rows, rejects = read(path)
        assert set(rows["value"]) == set(text.split())
        assert rejects == []
