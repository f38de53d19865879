"""Packages that are broken, or made to hurt: what can be read is read, the rest is told with its place, in time."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from apk_samples import Entry, apk, archive, dex, manifest
from hypothesis import given
from hypothesis import strategies as st
from test_apk import MAIN, app, apps, extents, items, notes, rejects, ties
from test_apk_libraries import TABLE

from crossline.readers.apk import parts, read
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = apk("com.example.app", Entry(b"assets/a.json", b'"https://b.acme.com/"'), code=MAIN, activities=(".Main",))
MANIFEST = Entry(b"AndroidManifest.xml", manifest("com.example.app"))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([], "no AndroidManifest.xml"),
        ([Entry(b"AndroidManifest.xml", b"<manifest package='a.b'/>")], "."),
        ([Entry(b"AndroidManifest.xml", b"\xff\xfe\xfd" * 20, 8, flags=1, raw=b"\xff\xfe\xfd" * 20)], "encrypted"),
        ([Entry(b"AndroidManifest.xml", b"x", size=1 << 30)], "limit of 16,777,216"),
    ],
)
def test_no_manifest(tmp_path: Path, told: list[Entry], why: str) -> None:
    """Without a manifest that can be read code and hosts still are; the app is named by its bytes, and has no id."""
    found = items(tmp_path, archive([*told, Entry(b"classes.dex", MAIN)]))
    one = app(found)
    assert (one["package"], one["version"], one["permissions"], one["defined_classes"]) == (None, None, None, 1)
    assert one["asset"] == f"app:package:sha256-{one['apk_sha256'][:16]}"
    assert [value for value, _, _ in ties(found, "contacts")] == ["domain:api.acme.com"]
    assert [place for place, _ in rejects(found)] == ["AndroidManifest.xml"]
    assert why in rejects(found)[0][1]
    assert (extents(found)["publisher"][0], extents(found)["signer"][0]) == ("none", "none")


@pytest.mark.parametrize("lie", ["nodots", "", "../../etc", "a b.c", "x" * 300 + ".y", "a.b\u202e"])
def test_a_manifest_with_no_id(tmp_path: Path, lie: str) -> None:
    """An id that no app can have is a reject, leads to no publisher and gets into no asset's id."""
    found = items(tmp_path, apk(lie, code=MAIN))
    assert app(found)["asset"].startswith("app:package:sha256-")
    assert ("AndroidManifest.xml", "names no id that an app can have") in rejects(found)
    assert ties(found, "publisher") == []


def test_names_that_repaint_a_terminal(tmp_path: Path) -> None:
    """What is written in a manifest or a name of a file and cannot be seen is spelt out."""
    found = items(
        tmp_path, apk("com.example.app", Entry(b"res/\x1b[2J.json", b"https://a.acme.com/"), label="\x1b[2J\u202e")
    )
    assert app(found)["name"] == "\\x1b[2J\\u202e"
    assert ("domain:a.acme.com", "inferred", "res/\\x1b[2J.json byte 8") in ties(found, "contacts")


def test_damaged_code(tmp_path: Path) -> None:
    """Of several dex files those that are damaged are rejects with their place, and the others are read."""
    more = [
        Entry(b"classes2.dex", MAIN[:50]),
        Entry(b"classes3.dex", b"no dex at all"),
        Entry(b"classes4.dex", b"x", raw=b"\xff" * 9),
        Entry(b"classes5.dex", dex(["Lcom/example/Five;"])),
        Entry(b"classes6.dex", MAIN[:-40]),
        Entry(b"classes.dex.dat", b"x"),
    ]
    found = items(tmp_path, apk("com.example.app", *more, code=MAIN))
    assert app(found)["defined_classes"] == 2
    assert [place for place, _ in rejects(found)] == ["classes2.dex", "classes3.dex", "classes4.dex"]
    assert "classes6.dex: the header tells of" in notes(found)
    assert extents(found)["contacts"] == ("some", "a part of its code could not be read")


@pytest.mark.parametrize("code", [b"dey\n036\0", b"dex\n035\0" + b"a" * 500, MAIN[:0x70]])
def test_no_code_at_all(tmp_path: Path, code: bytes) -> None:
    """An app whose only dex file cannot be read has no number of classes, and its contacts are not seen."""
    found = items(tmp_path, apk("com.example.app", code=code))
    assert app(found)["defined_classes"] is None
    assert extents(found)["contacts"] == ("none", "no code of it could be read")
    assert [place for place, _ in rejects(found)] == ["classes.dex"]


def test_entries_that_lead_nowhere(tmp_path: Path) -> None:
    """Wild places, links, names that lead out and encrypted entries are rejects; what is good is read."""
    wild = [
        Entry(b"res/far.json", b"x", local_place=1 << 31),
        Entry(b"../../etc/x.json", b"x"),
        Entry(b"link", b"/etc/passwd", 0, made_by=3, mode=0o120777),
        Entry(b"res/secret.json", b"x", 8, flags=1, raw=b"\xff\xfe\xfd" * 20),
        Entry(b"res/good.json", b"https://good.acme.com"),
    ]
    found = items(tmp_path, apk("com.example.app", *wild))
    assert {place for place, _ in rejects(found)} == {"res/far.json", "../../etc/x.json", "link", "res/secret.json"}
    assert "domain:good.acme.com" in {value for value, _, _ in ties(found, "contacts")}


def test_two_manifests(tmp_path: Path) -> None:
    """Two entries of one name, of which programs take either, are told."""
    found = items(tmp_path, archive([MANIFEST, MANIFEST, Entry(b"classes.dex", MAIN)]))
    assert "AndroidManifest.xml: several entries have this name" in notes(found)
    assert len(apps(found)) == 1


def test_a_bomb(tmp_path: Path) -> None:
    """Entries that come to more than may be made of an archive are refused; what was read before stands."""
    zeros = bytes(20 << 20)
    more = [Entry(b"assets/%d.json" % number, zeros) for number in range(9)]
    found = items(tmp_path, apk("com.example.app", *more), limits=Limits(bytes_out=60 << 20))
    assert app(found)["package"] == "com.example.app"
    assert "limit of 62,914,560 bytes" in rejects(found)[0][1]


def test_thousands_of_dex_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the limit on dex files are counted and not read, and the reject says how many and from where."""
    monkeypatch.setattr(parts, "DEX_MOST", 10)
    code = [Entry(b"classes%d.dex" % number, dex([f"Lcom/example/C{number};"])) for number in range(2, 2002)]
    path = tmp_path / "some.apk"
    path.write_bytes(apk("com.example.app", *code))
    found = list(read(path, Limits()))
    assert app(found)["defined_classes"] == 10
    (refused,) = [item for item in found if isinstance(item, Reject)]
    assert (refused.locator, refused.count) == ("classes11.dex", 1991)
    assert extents(found)["contacts"][1] == "a part of its code could not be read"


def test_time_is_up(tmp_path: Path) -> None:
    """A reader that has no time left says from where on it did not read, and still names the app."""
    found = items(tmp_path, WHOLE, limits=Limits(seconds=0))
    assert app(found)["package"] == "com.example.app"
    assert [place for place, _ in rejects(found)] == ["classes.dex", "AndroidManifest.xml"]
    assert all("time" in why for _, why in rejects(found))


def test_rejects_are_bounded(tmp_path: Path) -> None:
    """No more rejects are kept than the limit has; the rest are counted."""
    bad = [Entry(b"classes%d.dex" % number, b"no dex") for number in range(2, 52)]
    found = list(items(tmp_path, apk("com.example.app", *bad), limits=Limits(rejects=5)))
    kept = [item for item in found if isinstance(item, Reject)]
    assert (len(kept), sum(item.count for item in kept)) == (6, 50)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04", archive([]), archive([Entry(b"readme.md", b"x")]), b"PK\x03\x04" + bytes(5000),
        WHOLE[: len(WHOLE) // 2],
    ],
)  # fmt: skip
def test_no_package_at_all(tmp_path: Path, data: bytes) -> None:
    """A file with neither manifest nor code is a reject, and no asset."""
    found = items(tmp_path, data)
    assert apps(found) == []
    assert len(rejects(found)) == 1


def test_parts_without_a_manifest(tmp_path: Path) -> None:
    """In an archive of packages a damaged one is a reject; one without a manifest is a part of the only app."""
    inner = archive([Entry(b"classes.dex", dex(["Lcom/example/Part;"]))])
    held = [Entry(b"base.apk", WHOLE), Entry(b"half.apk", WHOLE[:100]), Entry(b"part.apk", inner)]
    found = items(tmp_path, archive(held), "some.apks")
    assert app(found)["defined_classes"] == 2
    assert {place for place, _ in rejects(found)} == {"half.apk", "part.apk!/AndroidManifest.xml"}


def test_larger_than_the_limit(tmp_path: Path) -> None:
    """A file above the limit is not opened."""
    assert rejects(items(tmp_path, WHOLE, limits=Limits(bytes_in=100))) == [
        ("file", "larger than the limit of 100 bytes")
    ]


def test_many_hosts_in_time(tmp_path: Path) -> None:
    """A hundred thousand hosts are read in seconds, and no more than the limit become ties; the rest are counted."""
    text = b"\n".join(b"https://h%d.acme.com/" % number for number in range(100_000))
    start = time.monotonic()
    found = items(tmp_path, apk("com.example.app", Entry(b"assets/a.txt", text)))
    assert time.monotonic() - start < 20
    assert len(ties(found, "contacts")) == 20_000
    assert [item.count for item in found if isinstance(item, Reject)] == [80_001]


@given(st.integers(0, len(WHOLE)), st.integers(0, 2**32))
def test_whatever_the_bytes(tmp_path_factory: pytest.TempPathFactory, cut: int, seed: int) -> None:
    """A package that is cut or has bytes changed ends in batches, rejects and notes, and raises nothing."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    data = bytearray(WHOLE[:cut] if seed % 2 else WHOLE)
    for _ in range(min(len(data), chance.randrange(8))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path = tmp_path_factory.getbasetemp() / "some.apk"
    path.write_bytes(data)
    found = list(read(path, Limits(), known={"signature": TABLE}))
    assert all(isinstance(item, (Batch, Reject, Note)) for item in found)
    assert found
