"""Dex files: beside a naive decoder, dexdump, and by hand; cut at every byte; hostile ones."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from typing import TYPE_CHECKING

import dex_naive
import numpy as np
import polars as pl
import pytest
from dex_writer import container, dex, uleb128
from hypothesis import given
from hypothesis import strategies as st

from crossline.packages import dex as dexes

if TYPE_CHECKING:
    from pathlib import Path

quick = pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
DEFINED = ["Lcom/example/App;", "Lcom/example/App$Inner;", "La/b;", "Lä/😀;"]
REFERENCED = ["Landroid/app/Activity;", "[Lcom/google/ads/AdView;", "[[Lcom/example/App;", "I", "[J", "V"]
SMALL = dex(DEFINED, REFERENCED, ["https://a.example.com/x", "", "zero\0within", "😀"])
NAMES = {
    "com.example.App": True, "com.example.App$Inner": True, "a.b": True, "ä.😀": True,
    "android.app.Activity": False, "com.google.ads.AdView": False, "java.lang.Object": False,
}  # fmt: skip


def of(data: bytes) -> dict[str, bool]:
    """Return the classes that were read."""
    return dict(dexes.read(data).types.select("name", "defined").iter_rows())


def test_classes_by_hand() -> None:
    """A type with a definition is defined, any other class referenced; arrays are their elements, I is nothing."""
    read = dexes.read(SMALL)
    assert of(SMALL) == NAMES == dex_naive.types(SMALL)
    assert set(read.defined) == {name for name, defined in NAMES.items() if defined}
    assert set(read.referenced) == {name for name, defined in NAMES.items() if not defined}
    assert (read.version, read.odd) == (35, ())


@pytest.mark.parametrize("version", [35, 41])
def test_lines_are_the_names_with_slashes(version: int) -> None:
    """Lines are classes that are defined, or are not, or are those of an array; what breaks a line is counted."""
    defined, named = [*DEFINED, "Lcom/bro\nken;", "Lx/\n;"], [*REFERENCED, "La/n\nd;"]
    data = dex(defined, named) if version < 41 else container([(defined, named, [])])
    told = {
        name.replace(".", "/"): own for name, own in dex_naive.types(dex(defined, named)).items() if "\n" not in name
    }
    own, other = (dexes.read(data).lines(defined=which) for which in (True, False))
    assert set(own[0].decode().split("\n")) == {name for name, is_own in told.items() if is_own}
    wanted = {name for name, is_own in told.items() if not is_own}
    assert set(other[0].decode().split("\n")) == wanted | {"com/example/App"}  # of which there is an array
    assert (own[1], other[1]) == (2, 1)
    assert dexes.read(dex([], [])).lines(defined=True) == (b"", 0)


def test_evidence_leads_to_the_string() -> None:
    """The number of a string leads to the descriptor, and to any other text, with zeros and pairs of surrogates."""
    read = dexes.read(SMALL)
    for name, string in read.types.select("name", "string").iter_rows():
        assert dexes.text(SMALL, read, string).strip("[L;").replace("/", ".") == name
    texts = {dexes.text(SMALL, read, number) for number in range(len(read.places))}
    assert texts >= {"https://a.example.com/x", "", "zero\0within", "😀"}


def test_a_written_file_as_dexdump_reads_it(tmp_path: Path) -> None:
    """Debian's dexdump reads what the tests' writer makes, and tells of the same defined classes."""
    dexdump = shutil.which("dexdump")
    if not dexdump:
        pytest.skip("dexdump is not installed")
    path = tmp_path / "classes.dex"
    path.write_bytes(dex(DEFINED[:3], REFERENCED))
    told = subprocess.run([dexdump, path], check=True, capture_output=True, text=True).stdout
    assert {line.split("'")[1] for line in told.splitlines() if "Class descriptor" in line} == set(DEFINED[:3])


@pytest.mark.parametrize("version", range(35, 41))
def test_versions(version: int) -> None:
    """Versions 035 to 040 differ in nothing that is read."""
    read = dexes.read(dex(DEFINED, REFERENCED, version=version))
    assert (read.version, read.odd, len(read.defined)) == (version, (), 4)


def test_a_container_has_several_headers() -> None:
    """Of version 041, each header is read: defined in any part is defined; strings count on."""
    data = container([(["La/A;"], ["Lb/B;"], []), (["Lb/B;"], ["Lc/C;"], [])])
    read = dexes.read(data)
    assert dict(read.types.select("name", "defined").iter_rows()) == {
        "a.A": True, "b.B": True, "c.C": False, "java.lang.Object": False
    }  # fmt: skip
    assert read.odd == ()
    for name, string in read.types.select("name", "string").iter_rows():
        assert dexes.text(data, read, string) == f"L{name.replace('.', '/')};"


@pytest.mark.parametrize("data", [SMALL, dex([]), container([(DEFINED, [], []), (["Lx/Y;"], [], [])])])
def test_a_file_cut_anywhere(data: bytes) -> None:
    """Cut at every byte: what lies before the cut is read, as the naive decoder has it, and something odd is told."""
    single = data[4:7] != b"041"
    whole = of(data)
    for cut in range(len(data)):
        read = dexes.read(data[:cut])
        assert read.odd, cut
        found = dict(read.types.select("name", "defined").iter_rows())
        assert found.keys() <= whole.keys(), cut
        if single:
            assert found == dex_naive.types(data[:cut]), cut


@given(st.data())
def test_any_bytes_end_in_a_reading(draw: st.DataObject) -> None:
    """Whatever four bytes anywhere are changed to, nothing raises, and no name is longer than the file."""
    data = bytearray(SMALL)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 4))
        value = draw.draw(st.sampled_from([0, 1, 0x70, len(data) - 1, len(data), 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
        struct.pack_into("<I", data, at, value)
    read = dexes.read(bytes(data))
    assert sum(read.types["name"].str.len_bytes()) <= len(data) * 3
    assert np.all(read.places < len(data))


def test_what_is_not_read_says_why() -> None:
    """Optimised, compact, reversed and unknown files are told, and are no file without classes."""
    reversed_ = bytearray(SMALL)
    reversed_[40:44] = reversed_[40:44][::-1]
    for data, word in (
        (b"dey\n036\0" + bytes(200), "an optimised dex"),
        (b"cdex001\0" + bytes(200), "a compact dex"),
        (bytes(reversed_), "reversed"),
        (SMALL[:4] + b"099\0" + SMALL[8:], "no known version"),
        (SMALL[:4] + b"\xff\xb2\0\0" + SMALL[8:], "no known version"),
        (SMALL[:0x6F], "ends within its header"),
        (b"PK\3\4", "no dex file"),
        (b"", "no dex file"),
    ):
        read = dexes.read(data)
        assert read.version is None
        assert word in read.odd[0]


def test_a_wrong_checksum_is_told_and_the_file_read() -> None:
    """Neither the checksum nor the size in the header is trusted."""
    wrong = SMALL[:8] + b"\0\0\0\0" + SMALL[12:]
    assert dexes.read(wrong).odd == ("the checksum does not agree",)
    longer = dexes.read(SMALL + b"more")
    assert longer.odd == (f"the header tells of {len(SMALL):,} bytes, and the file has {len(SMALL) + 4:,}",)
    assert of(wrong) == of(SMALL + b"more") == NAMES


def overlaid(count: int, size: int) -> bytes:
    """Return a dex file whose many types all point to one long name."""
    strings, types, data = 0x70, 0x70 + 4, 0x70 + 4 + 4 * count
    name = b"L" + b"a" * size + b";"
    body = struct.pack("<I", data) + bytes(4 * count) + uleb128(size + 2) + name + b"\0"
    header = bytearray(SMALL[:0x70])
    struct.pack_into("<IIII", header, 0x38, 1, strings, count, types)
    struct.pack_into("<II", header, 0x60, 0, 0)
    return bytes(header) + body


@quick
def test_names_that_lie_over_one_another_cost_no_more_than_the_file() -> None:
    """Sixty thousand types of one name of a megabyte are told, not written sixty thousand times."""
    dexes.read(SMALL)
    start = time.perf_counter()
    read = dexes.read(overlaid(60_000, 1_000_000))
    assert time.perf_counter() - start < 2
    assert read.types["name"].str.len_bytes().to_list() == [1_000_000]
    assert any("types are not read" in odd for odd in read.odd)


@quick
def test_many_headers_do_not_multiply_a_table() -> None:
    """A container whose 256 headers all point to one large table of strings is read once as far as strings go."""
    count = 200_000
    header = bytearray(container([([], [], [])])[:0x78])
    header[:8] = b"dex\n041\0"
    struct.pack_into("<I", header, 0x20, 0x78)
    struct.pack_into("<IIII", header, 0x38, count, 300 * 0x78, 0, 0)
    struct.pack_into("<II", header, 0x60, 0, 0)
    read = dexes.read(bytes(header) * 300 + bytes(4 * count))
    assert len(read.places) <= count + 300 * 0x78 // 4
    assert any("more than 256 dex files" in odd for odd in read.odd)


def test_several_files_together() -> None:
    """A class that one file refers to and another defines is defined, and the file that defines it is named."""
    one, two = dexes.read(dex(["La/A;"], ["Lb/B;"])), dexes.read(dex(["Lb/B;"]))
    together = dexes.merged([("classes.dex", one), ("classes2.dex", two)])
    assert together.filter(pl.col("name") == "b.B").select("file", "defined").row(0) == ("classes2.dex", True)
    assert together["name"].is_unique().all()
    assert dexes.merged([]).is_empty()
