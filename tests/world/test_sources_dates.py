"""When a file was published, and bytes of packed files."""

from __future__ import annotations

import bz2
import gzip
import hashlib
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline.world import editions, packed

if TYPE_CHECKING:
    from pathlib import Path


def test_dates_are_taken_in_the_stated_order(tmp_path: Path) -> None:
    """What a person states wins over what the file says, that over its name, that over a known edition."""
    path = tmp_path / "x-20200102.csv"
    path.write_text("x")
    inside, known = date(2019, 1, 1), date(2018, 1, 1)
    assert known == editions.published(tmp_path / "x.csv", known=known)
    assert date(2020, 1, 2) == editions.published(path, known=known)
    assert inside == editions.published(path, inside=inside, known=known)
    (tmp_path / "editions.csv").write_text("file,published\nx-20200102.csv,2021-05-06\n")
    assert date(2021, 5, 6) == editions.published(path, inside=inside, known=known)


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(2200, 1, 1), date(1899, 12, 31), date.min])
def test_a_date_that_no_edition_can_have_is_refused(tmp_path: Path, day: date) -> None:
    """A file dated outside 1900 to 2199, by itself or by whoever states it, has no date that anything rests on."""
    path = tmp_path / "x.csv"
    path.write_text("x")
    with pytest.raises(editions.UndatedError, match=f"dated {day}, and editions are of 1900 to 2199"):
        editions.published(path, inside=day)
    (tmp_path / "editions.csv").write_text(f"file,published\nx.csv,{day}\n")
    with pytest.raises(editions.UndatedError, match=f"dated {day}"):
        editions.published(path)


def test_a_time_stamp_is_no_date(tmp_path: Path) -> None:
    """However a file is stamped, without a statement of its date it has none."""
    path = tmp_path / "x.csv"
    path.write_text("x")
    with pytest.raises(editions.UndatedError, match="no date"):
        editions.published(path)


def test_a_stated_date_counts_only_for_the_bytes_it_was_stated_of(tmp_path: Path) -> None:
    """Where the row has a SHA-256, another file under the same name is refused."""
    path = tmp_path / "x.csv"
    path.write_text("old")
    row = editions.Edition("x.csv", date(2020, 1, 1), "https://example.org/x", hashlib.sha256(b"old").hexdigest(), "e")
    editions.write(tmp_path, [row])
    assert {"x.csv": row} == editions.read(tmp_path)
    assert date(2020, 1, 1) == editions.published(path)
    path.write_text("new")
    with pytest.raises(editions.UndatedError, match="sha256 differs"):
        editions.published(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [("a,b\n", "first line"), ("file,published\nx.csv,soon\n", "line 2"), ("file,published\nx.csv\n", "line 2")],
)
def test_a_wrong_list_of_dates_names_the_place(tmp_path: Path, text: str, told: str) -> None:
    """The message names the file and the line."""
    (tmp_path / "editions.csv").write_text(text)
    with pytest.raises(editions.UndatedError, match=f"editions.csv.*{told}"):
        editions.stated(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("20250901.as-rel2.txt.bz2", date(2025, 9, 1)), ("a-2018-07-01.gz", date(2018, 7, 1)), ("x-20251301.txt", None),
        ("x-120250901.txt", None), ("2.3.2026061719.tgz", None), ("v20991332-20200101", date(2020, 1, 1)),
    ],
)  # fmt: skip
def test_dates_in_names(name: str, found: date | None) -> None:
    """Eight digits that stand alone and make a day are a date; others are not."""
    assert found == editions.from_name(name)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4), st.sampled_from(["gzip", "bzip2"]))
def test_packed_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], form: str) -> None:
    """Several members one after the other are one content, as gzip and bzip2 themselves read them."""
    pack = gzip.compress if form == "gzip" else bz2.compress
    path = tmp_path_factory.mktemp("p") / "f"
    path.write_bytes(b"".join(pack(part) for part in parts))
    held = packed.content(path)
    assert (b"".join(parts), None) == (held.data, held.cut)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_large_content_comes_whole(tmp_path: Path, pack: object) -> None:
    """Content of many steps, in input and in output, is the same byte for byte."""
    data = b"".join(hashlib.sha256(bytes([n % 256, n // 256 % 256, n // 65536])).digest() for n in range(100_000))
    data += bytes(30_000_000)
    path = tmp_path / "f"
    path.write_bytes(pack(data))  # type: ignore[operator]  # either of two functions
    held = packed.content(path)
    assert held.data == data
    assert held.cut is None


def test_a_bomb_stops_at_the_ratio(tmp_path: Path) -> None:
    """A file that unpacks to more than the stated ratio is cut off there, and the limit is named."""
    path = tmp_path / "f.bz2"
    path.write_bytes(bz2.compress(bytes(200 << 20)))
    held = packed.content(path)
    assert len(held.data) < 120 << 20
    assert held.cut is not None
    assert "limit on compression ratio" in held.cut.reason
    held = packed.content(path, bytes_out=1 << 20)
    assert held.cut is not None
    assert "limit on decompressed size" in held.cut.reason


@pytest.mark.parametrize("held", [b"\x1f\x8b", b"\x1f\x8b\x08" + bytes(50), b"BZh9" + bytes(50), b"BZh"])
def test_a_packed_file_that_gives_nothing_is_unreadable(tmp_path: Path, held: bytes) -> None:
    """No content at all is an error with a reason, never an empty answer."""
    path = tmp_path / "f"
    path.write_bytes(held)
    with pytest.raises(packed.Unreadable):
        packed.content(path)
    assert packed.opening(path, held) == b""


def test_what_follows_the_end_is_told(tmp_path: Path) -> None:
    """Bytes behind a whole stream are not content, and are mentioned."""
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(b"x") + b"junk")
    held = packed.content(path)
    assert held.data == b"x"
    assert held.cut is not None
    assert "follow the end" in held.cut.reason
    path.write_bytes(gzip.compress(b"x") + bytes(512))  # padding, as on tapes
    assert packed.content(path).cut is None


@pytest.mark.parametrize(
    ("stamp", "per_second", "day"),
    [
        (1_600_000_000, 1, date(2020, 9, 13)),  # 12:26:40 UTC, as `date -u -d @1600000000` says
        (1_600_000_000.5, 1, date(2020, 9, 13)),
        (1_600_000_000_000, 1000, date(2020, 9, 13)),
        (1_600_000_000_000, 1, None),
        (1_600_000_000, 1000, None),
        (10**400, 1000, None),
        (float("nan"), 1, None),
        (True, 1, None),
        ("1600000000", 1, None),
        (None, 1, None),
    ],
)
def test_the_day_of_a_stamp(stamp: object, per_second: int, day: date | None) -> None:
    """Seconds since 1970, or parts of them, are a day where an edition can be of it; all else is none."""
    assert editions.day_of(stamp, per_second) == day


def test_stamps_that_differ_are_a_copys() -> None:
    """Only a stamp that all members share is the edition's; of entries the newest day is taken."""
    assert editions.day_shared({1.6e9}) == date(2020, 9, 13)
    assert editions.day_shared({1.6e9, 1.6e9 + 1}) is editions.day_shared(set()) is None
    assert editions.newest([None, date(2020, 1, 2), date(2021, 1, 1), None]) == date(2021, 1, 1)
    assert editions.newest([None]) is None
