"""Archives: beside zipfile, by hand where Android reads what zipfile refuses, cut at every byte, and hostile ones."""

from __future__ import annotations

import io
import os
import struct
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from apk_writer import Entry, archive
from hypothesis import given
from hypothesis import strategies as st

from crossline.packages import archive as archives
from crossline.packages import directory
from crossline.packages.archive import Archive, Bounds, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.packages.octets import Held

quick = pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
TEXT = b"some text, some text, some text"
PLAIN = archive(
    [Entry(b"a.txt", TEXT), Entry(b"dir/b.bin", b"stored", 0), Entry(b"empty", b""), Entry(b"dir/", b"", 0)]
)


def contents(data: Held, bounds: Bounds | None = None) -> dict[str, bytes | str]:
    """Return what each entry holds, or why it cannot be read."""
    opened = Archive(data, bounds or Bounds())
    found: dict[str, bytes | str] = {}
    for row, name in enumerate(opened.entries["name"]):
        try:
            found[name] = bytes(opened.read(row))
        except Unreadable as error:
            found[name] = str(error)
    return found


def odd(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return what is odd about each entry."""
    return {name: archives.words(bits) for name, bits in Archive(data).entries.select("name", "odd").iter_rows()}


def test_what_zipfile_writes() -> None:
    """What Python's zipfile writes is read as it reads it, data descriptors, comments and zip64 included."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", TEXT * 99)
        file.writestr("dir/ü", b"", zipfile.ZIP_STORED)
        with file.open("wide", "w", force_zip64=True) as entry:
            entry.write(TEXT)
        file.comment = b"a comment"
    data = out.getvalue()
    with zipfile.ZipFile(out) as file:
        assert contents(data) == {name: file.read(name) for name in file.namelist()}
    assert set(odd(data).values()) == {()}
    assert (Archive(data).odd, Archive(data).rejects) == ((), [])


def test_a_folder_is_what_lies_in_it() -> None:
    """A folder of an archive has the entries whose names begin with it, and they hold what they held."""
    data = archive([Entry(b"b/x", b"1"), Entry(b"base/a", TEXT), Entry(b"base/b/c", b"2", 0), Entry(b"base", b"3")])
    whole = Archive(data)
    found = whole.folder("base/")
    assert {name: bytes(found.read(row)) for row, name in enumerate(found.names)} == {"a": TEXT, "b/c": b"2"}
    assert found.entries["name"].to_list() == ["a", "b/c"]
    assert whole.names == whole.entries["name"].to_list() == ["b/x", "base/a", "base/b/c", "base"]


def test_a_mapped_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    """A file that is mapped holds what it holds in memory, and an empty one is no archive."""
    (tmp_path / "a.zip").write_bytes(PLAIN)
    (tmp_path / "empty.zip").write_bytes(b"")
    assert contents(archives.mapped(tmp_path / "a.zip")) == contents(PLAIN)
    with pytest.raises(Unreadable):
        Archive(archives.mapped(tmp_path / "empty.zip"))


def test_what_is_unpacked_ahead_is_what_is_read() -> None:
    """Entries that are unpacked several at a time come in order, and what may be spent ends at the same one."""
    held = [bytes([number]) * 1000 for number in range(20)]
    data = archive([Entry(b"%d" % number, one) for number, one in enumerate(held)])
    assert [bytes(one) for one in Archive(data).ahead(range(20)) if not isinstance(one, Unreadable)] == held
    some = list(Archive(data, Bounds(bytes_out=7500)).ahead(range(20)))
    assert [isinstance(one, Unreadable) for one in some] == [False] * 7 + [True] * 13


def test_entries_by_hand() -> None:
    """Stored, deflated and empty entries come out as they went in; a directory is none; a name leads to its rows."""
    assert contents(PLAIN) == {"a.txt": TEXT, "dir/b.bin": b"stored", "empty": b""}
    opened = Archive(PLAIN)
    assert opened.rows("dir/b.bin") == [1]
    assert [opened.head(row, 4) for row in range(3)] == [b"some", b"stor", b""]


def test_what_android_reads_and_zipfile_does_not() -> None:
    """Encryption bits and unknown methods are read past, and local headers ignored, as Android does, and told."""
    data = archive(
        [
            Entry(b"AndroidManifest.xml", TEXT, 8, flags=1),
            Entry(b"resources.arsc", TEXT, 0x1234, packed=99999),
            Entry(b"classes.dex", TEXT, 8, local_name=b"classes.dey", local_method=77),
        ]
    )
    with zipfile.ZipFile(io.BytesIO(data)) as file, pytest.raises(Exception, match="encrypted"):
        file.read("AndroidManifest.xml")
    assert contents(data) == dict.fromkeys(("AndroidManifest.xml", "resources.arsc", "classes.dex"), TEXT)
    assert {name: len(told) for name, told in odd(data).items()} == {
        "AndroidManifest.xml": 1, "resources.arsc": 1, "classes.dex": 1
    }  # fmt: skip
    assert "unknown method" in odd(data)["resources.arsc"][0]


def test_truly_encrypted() -> None:
    """Where the bit is set and the bytes are no deflate, the entry is told to be encrypted."""
    data = archive([Entry(b"classes.dex", TEXT, 8, flags=1, raw=b"\xff\xfe\xfd" * 20)])
    assert contents(data) == {"classes.dex": "encrypted"}


@pytest.mark.parametrize("name", [b"../x", b"a/../../x", b"/etc/x", b"\\x", b"C:x", b"", b"a\\..\\x", b"zero\0x"])
def test_names_that_lead_out(name: bytes) -> None:
    """Such a name is a reject, and the rest is read."""
    opened = Archive(archive([Entry(name, TEXT), Entry(b"a..b/..c", TEXT)]))
    assert opened.entries["name"].to_list() == ["a..b/..c"]
    assert len(opened.rejects) == 1


def test_links() -> None:
    """A symbolic link, as Unix archives mark it, is a reject; the same number from elsewhere is no link."""
    data = archive([Entry(b"link", b"/etc/passwd", 0, made_by=3, mode=0o120777), Entry(b"b", TEXT, mode=0o120777)])
    opened = Archive(data)
    assert opened.entries["name"].to_list() == ["b"]
    assert opened.rejects[0].reason == "a symbolic link"


def test_names_that_come_twice() -> None:
    """Entries of one name are all kept, and the later ones say so."""
    opened = Archive(archive([Entry(b"classes.dex", b"one"), Entry(b"classes.dex", b"two")]))
    assert [bytes(opened.read(row)) for row in opened.rows("classes.dex")] == [b"one", b"two"]
    assert [archives.words(bits) for bits in opened.entries["odd"]] == [(), ("several entries have this name",)]


def test_wild_places() -> None:
    """An entry that points outside, or to no local header, is a reject with its name."""
    wild = [Entry(b"far", TEXT, local_place=1 << 31), Entry(b"off", TEXT, local_place=3), Entry(b"good", TEXT)]
    long = Entry(b"long", TEXT, packed=1 << 30, size=5)
    opened = Archive(archive([*wild, long]))
    assert opened.entries["name"].to_list() == ["good"]
    assert {(reject.locator, reject.count) for reject in opened.rejects} == {("far", 2), ("long", 1)}


def test_sizes_are_bounds_and_not_believed() -> None:
    """Bytes that come to more or less than the directory says are told, and nothing is made of them."""
    assert "more comes of it" in str(contents(archive([Entry(b"a", TEXT * 9, size=30)]))["a"])
    assert "more comes of it" in str(contents(archive([Entry(b"a", TEXT, size=0)]))["a"])
    assert "31 bytes come of it" in str(contents(archive([Entry(b"a", TEXT, size=50)]))["a"])
    assert "cannot come of" in str(contents(archive([Entry(b"a", TEXT, size=1 << 28)]))["a"])
    assert "limit of 536,870,912" in str(contents(archive([Entry(b"a", TEXT, size=1 << 30)]))["a"])


def test_bombs() -> None:
    """Many entries over the same bytes end at the limit for all, and are told to lie over one another."""
    first = Entry(b"0", bytes(1 << 20))
    entries = [first] + [
        Entry(b"%d" % n, bytes(1 << 20), raw=b"", packed=len(first.bytes_in()), local_place=0) for n in range(1, 99)
    ]
    found = contents(archive(entries), Bounds(bytes_out=5 << 20))
    assert sum(isinstance(text, bytes) for text in found.values()) == 5
    assert "limit of 5,242,880 bytes" in str(found["50"])
    assert odd(archive(entries))["7"][-1] == "lies over another entry"


def test_archives_within() -> None:
    """An archive in an archive is opened, shares what may be spent, and ends at the limit of depth."""
    data = PLAIN
    for _ in range(6):
        data = archive([Entry(b"inner.apk", data, 0)])
    opened = Archive(data)
    for _ in range(4):
        opened = opened.within(0)
    with pytest.raises(Unreadable, match="within more than 4"):
        opened.within(0)
    outer = Archive(archive([Entry(b"x", PLAIN, 0)]), Bounds(bytes_out=len(PLAIN) + 3))
    inner = outer.within(0)
    with pytest.raises(Unreadable, match="limit of"):
        inner.read(0)


def test_bytes_around() -> None:
    """Bytes before an archive shift it, a comment is no matter, and bytes behind it are none either."""
    entries = [Entry(b"a", TEXT)]
    for data in (
        archive(entries, comment=b"x" * 65535),
        archive(entries, comment=b"with PK\5\6 and more than twenty bytes"),
        archive(entries, after=b"x" * 9),
        archive(entries, before=b"MZ"),
    ):
        assert contents(data) == {"a": TEXT}
    assert Archive(archive(entries, before=b"MZ")).odd == ("2 bytes stand before the archive",)


def test_a_directory_before_where_its_end_says() -> None:
    """The end says that the directory begins five bytes further on than where, by its size, it lies."""
    data = bytearray(archive([Entry(b"a", TEXT)]))
    place = struct.unpack_from("<I", data, len(data) - 6)[0]
    struct.pack_into("<I", data, len(data) - 6, place + 5)
    assert Archive(bytes(data)).odd == ("the directory begins 5 bytes before where its end says",)


def test_heads_are_those_of_each_entry() -> None:
    """The first bytes of all entries are what reading each whole begins with, or nothing where that is damaged."""
    entries = [
        Entry(b"a", b"dex\n035", 0), Entry(b"b", b"PK\3\4" * 99), Entry(b"c", b""), Entry(b"d", b"xy"),
        Entry(b"e", os.urandom(9999)),
    ]  # fmt: skip
    opened = Archive(archive(entries))
    assert opened.heads() == [bytes(opened.read(row)[:4]) for row in range(5)]
    damaged = bytearray(archive([Entry(b"a", TEXT)]))
    damaged[31] = 0xFF  # 30 bytes of header, a name of one: a block of the type that there is not (RFC 1951, 3.2.3)
    assert Archive(bytes(damaged)).heads() == [b""]


def test_the_end_lies_about_the_count() -> None:
    """The directory is read as far as it goes, whatever number its end says, and that is told."""
    data = bytearray(PLAIN)
    struct.pack_into("<HH", data, len(data) - 14, 1, 1)
    assert len(contents(bytes(data))) == 3
    assert Archive(bytes(data)).odd == ("the end of the directory tells of 1 entries, and 4 are there",)


def test_more_entries_than_are_read() -> None:
    """Past the limit of entries the rest is one reject."""
    opened = Archive(archive([Entry(b"%d" % n) for n in range(50)]), Bounds(entries=20))
    assert len(opened.entries) == 20
    assert "limit of 20 entries" in opened.rejects[-1].reason


def test_cut_anywhere() -> None:
    """Cut at every byte an archive has no end, which is said; nothing else raises."""
    for cut in range(len(PLAIN)):
        with pytest.raises(Unreadable, match="no central directory"):
            Archive(PLAIN[:cut])


def test_no_archive() -> None:
    """What is none says so; an archive of nothing is one."""
    with pytest.raises(Unreadable):
        Archive(os.urandom(500).replace(b"PK", b"__"))
    assert contents(archive([])) == {}


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_change(changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed: an archive or none, and each entry its bytes or a reason."""
    data = bytearray(PLAIN)
    for at, byte in changes:
        data[at] = byte
    try:
        found = contents(bytes(data))
    except Unreadable:
        return
    assert all(isinstance(text, (bytes, str)) for text in found.values())


@quick
def test_a_large_directory_is_quick() -> None:
    """A hundred thousand entries are listed in a second or two."""
    data = archive([Entry(b"", b"", 0)])
    one = data[30:76]  # the entry of the directory, whose name has no bytes
    many = data[:30] + one * 100_000
    many += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0, 0, 46 * 100_000, 30, 0)
    start = time.perf_counter()
    opened = Archive(many)
    assert time.perf_counter() - start < 5
    assert (len(opened.entries), opened.rejects[0].count) == (0, 100_000)
    assert directory.BAD_NAME
