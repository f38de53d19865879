"""domain-list-community: small archives made with Python's tarfile, their lists against the grammar of its README."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, editions, sources
from crossline.world.sources import domain_list_community

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps" / "domain-list-community.tar.xz"
STAMP = int(datetime(2026, 8, 19, 12, tzinfo=UTC).timestamp())

LISTS = {
    "bytedance": "include:tiktok\ninclude:feishu @cn\nbytedance.example # the company\nshared.example\n",
    "tiktok": "tiktok.example\nfull:www.tiktok.example @ads\nshared.example\nregexp:^tt[0-9]+\\.example$\nkeyword:tt\n",
    "feishu": "domain:Feishu.example\n",
    "brand": "brand\nbrand.example\nbad_.-x.example\n",
    "category-news": "news.example\nregexp:.*\ninclude:brand\n",
    "cn": "include:geolocation-cn\ncollected.example\n",
    "geolocation-cn": "geo.example\n",
    "deep": "include:cn\ndeep.example\n",
    "private": "router.example\n",
    "a": "include:b\nboth.example\n",
    "b": "include:a\nboth.example\n",
}


def pack(folder: Path, lists: dict[str, str] = LISTS, name: str = "dlc.tar.xz", stamps: int = 0) -> Path:
    """Write lists as an archive of the repository; ``stamps`` sets the stamps of files that many seconds apart."""
    path = folder / name
    with tarfile.open(path, f"w:{path.suffix[1:]}") as tar:  # type: ignore[call-overload]  # xz, gz and bz2 are known
        tar.addfile(folder_entry("domain-list-community-master/"))
        for number, (title, text) in enumerate(lists.items()):
            entry = tarfile.TarInfo(f"domain-list-community-master/data/{title}")
            entry.size, entry.mtime = len(text.encode()), STAMP + number * stamps
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


def folder_entry(name: str) -> tarfile.TarInfo:
    """Return a folder of an archive."""
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    return entry


def claimed(path: Path) -> bool:
    """Return whether the source takes the file."""
    with path.open("rb") as file:
        return sources.claimant(path, file.read(sources.HEAD_BYTES)) == "domain_list_community"


def read(path: Path) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the registrations and the rejects of a file that the source claims."""
    assert claimed(path)
    items = list(sources.load("domain_list_community").read(path))
    rows = [item[1] for item in items if isinstance(item, tuple) and item[0] == "registration"]
    assert all(part.schema == SCHEMAS["registration"] for part in rows)
    return pl.concat(rows), [item for item in items if isinstance(item, Reject)]


def of(rows: pl.DataFrame, kind: str) -> set[tuple[str, str]]:
    """Return value and name of the registrations of a type."""
    return set(rows.filter(pl.col("type") == kind).select("value", "name").rows())


@pytest.mark.parametrize("name", ["dlc.tar.xz", "dlc.tar.gz"])
def test_a_domain_has_the_name_of_the_innermost_list(tmp_path: Path, name: str) -> None:
    """By hand: shared stands in tiktok and in bytedance, which holds tiktok; a and b hold each other, so both stay."""
    rows, _ = read(pack(tmp_path, name=name))
    assert of(rows, "domain") == {
        ("bytedance.example", "bytedance"), ("tiktok.example", "tiktok"), ("www.tiktok.example", "tiktok"),
        ("shared.example", "tiktok"), ("feishu.example", "feishu"), ("brand.example", "brand"),
        ("both.example", "a"), ("both.example", "b"),
    }  # fmt: skip


def test_a_list_included_whole_is_part_of_the_other(tmp_path: Path) -> None:
    """An include by an attribute takes some of a list only; a category that holds brand owns nothing."""
    rows, _ = read(pack(tmp_path))
    assert of(rows, "vendor") == {("tiktok", "bytedance"), ("a", "b"), ("b", "a")}


def test_lists_that_name_nobody_are_left_out_and_counted(tmp_path: Path) -> None:
    """category-news, geolocation-cn, cn and deep (which hold one) and private: six of their lines are no include."""
    _, rejects = read(pack(tmp_path))
    (left,) = (item for item in rejects if "name no owner" in item.reason)
    assert (left.count, "5 of them" in left.reason) == (6, True)


def test_patterns_and_top_level_domains_are_counted_and_bad_names_listed(tmp_path: Path) -> None:
    """The list tiktok has two patterns, brand a whole top-level domain and a label that begins with a hyphen."""
    _, rejects = read(pack(tmp_path))
    told = {item.locator: item.count for item in rejects if "name no owner" not in item.reason}
    assert told == {"data/tiktok, line 4": 2, "data/brand, line 1": 1, "data/brand, line 3": 1}


def test_the_day_is_that_of_the_commit_or_else_has_to_be_stated(tmp_path: Path) -> None:
    """An archive of git gives all files the commit's stamp; stamps that differ are a copy's, and say nothing."""
    rows, _ = read(pack(tmp_path))
    assert rows.select("seen", "source").unique().rows() == [(date(2026, 8, 19), "domain-list-community-2026-08-19")]
    with pytest.raises(editions.UndatedError):
        read(pack(tmp_path, stamps=1))


def test_an_archive_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    """Half of the archive, unpacked, ends within a list; the lists before it are read, and one reject says where."""
    whole = pack(tmp_path, {f"owner{n}": f"a{n}.example\n" * 200 for n in range(20)}, "whole.tar.gz")
    with tarfile.open(whole) as tar:
        offset = tar.getmember("domain-list-community-master/data/owner12").offset_data
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(gzip.compress(gzip.decompress(whole.read_bytes())[: offset + 100]))
    rows, rejects = read(cut)
    assert of(rows, "domain") == {(f"a{n}.example", f"owner{n}") for n in range(12)}
    assert any("owner12" in item.locator for item in rejects)


def test_a_bomb_of_lists_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More lists than the limit are not read, and lists that hold each other in rings come to an end."""
    monkeypatch.setattr(domain_list_community, "LISTS_MOST", 3)
    _, rejects = read(pack(tmp_path, {f"l{n}": f"include:l{(n + 1) % 9}\nx.example\n" for n in range(9)}))
    assert any("more than 3 lists" in item.reason for item in rejects)


def test_lists_that_all_hold_each_other_cost_no_more_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 50 lists that include all others 50 x 49 x 49 = 120,050 ways lead two steps up: none is followed, and told."""
    monkeypatch.setattr(domain_list_community, "CHAIN_MOST", 120_049)
    lists = {f"l{n}": "x.example\n" + "".join(f"include:l{m}\n" for m in range(50) if m != n) for n in range(50)}
    rows, rejects = read(pack(tmp_path, lists))
    assert of(rows, "domain") == {("x.example", f"l{n}") for n in range(50)}
    (told,) = rejects
    assert told.reason.startswith("lists hold each other in more than 120,049 ways, or deeper than 16: ")
    monkeypatch.setattr(domain_list_community, "CHAIN_MOST", 120_050)
    assert read(pack(tmp_path, lists))[1] == []


@pytest.mark.parametrize(("deep", "names"), [(16, {"l16"}), (18, {"l0", "l18"})])
def test_the_innermost_list_is_told_through_as_many_as_the_limit(tmp_path: Path, deep: int, names: set[str]) -> None:
    """A domain of two lists is the inner one's where 16 lead to it; where more do, it keeps both names."""
    lists = {f"l{n}": f"include:l{n + 1}\nonly{n}.example\n" for n in range(deep)} | {f"l{deep}": "x.example\n"}
    lists["l0"] += "x.example\n"
    rows, rejects = read(pack(tmp_path, lists))
    assert {name for value, name in of(rows, "domain") if value == "x.example"} == names
    assert bool(rejects) is (deep > 16)


def test_links_and_paths_lead_nowhere(tmp_path: Path) -> None:
    """A link called like a list, and a name with .. in it, are passed over; the link is told."""
    path = tmp_path / "dlc.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("x/data/owner", "x/data/../../etc/passwd", "../data/escaped/deeper"):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = 12, STAMP
            tar.addfile(entry, io.BytesIO(b"one.example\n"))
        link = tarfile.TarInfo("x/data/link")
        link.type, link.linkname, link.mtime = tarfile.SYMTYPE, "/etc/hostname", STAMP
        tar.addfile(link)
    rows, rejects = read(path)
    assert of(rows, "domain") == {("one.example", "owner")}
    told = Reject("x/data/link", "links, devices and sparse files in an archive are not read")
    assert rejects == [told]


def test_other_archives_are_not_claimed(tmp_path: Path) -> None:
    """Archives of other things, and lists of other lines, are left to others."""
    assert not claimed(pack(tmp_path, {"a.json": "{}"}))
    assert not claimed(pack(tmp_path, {"words": "these are words, not a list\n"}))


@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is absent")
def test_the_published_lists_are_read_whole() -> None:
    """Every plain line of an owner's list is a row or a reject, counted here line by line with regular expressions."""
    rows, rejects = read(SHARED)
    expected = set()
    theme = domain_list_community.THEMES | {"cn", "archive"}  # the two that hold a category, seen by eye
    with tarfile.open(SHARED) as tar:
        for member in tar:
            name = member.name.rpartition("/")[2]
            if not member.isfile() or name in theme or re.match("(category|geolocation|tld)-", name):
                continue
            for line in tar.extractfile(member).read().decode().splitlines():  # type: ignore[union-attr]  # a file
                text = line.split("#")[0].split()
                if text and not re.match("(regexp|keyword|include):", text[0]):
                    value = text[0].removeprefix("domain:").removeprefix("full:").lower()
                    expected |= {value} if "." in value else set()
    listed = [item for item in rejects if "is no domain name" in item.reason]
    found = set(rows.filter(pl.col("type") == "domain")["value"])
    assert found <= expected
    assert len(expected) - len(found) == len({item.reason for item in listed})
    assert ("tiktok", "bytedance") in of(rows, "vendor")
