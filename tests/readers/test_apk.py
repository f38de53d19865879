"""Packages of apps: small ones made here, whose every answer follows from how they were made."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from apk_samples import Entry, apk, archive, dex, manifest

from crossline import jail
from crossline.readers import claimant
from crossline.readers.apk import claim, read
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from pathlib import Path

MAIN = dex(["Lcom/example/Main;"], ["Landroid/app/Activity;"], ["https://api.acme.com/v1"])


def items(folder: Path, data: bytes, name: str = "some.apk", limits: Limits | None = None) -> list[Any]:
    """Return all that the reader yields for such a file."""
    path = folder / name
    path.write_bytes(data)
    return list(read(path, limits or Limits()))


def apps(found: list[Any]) -> list[dict[str, Any]]:
    """Return the assets as records."""
    return [row for item in found if isinstance(item, Batch) for row in item.assets.to_dicts()]


def app(found: list[Any]) -> dict[str, Any]:
    """Return the only asset."""
    (only,) = apps(found)
    return only


def ties(found: list[Any], role: str) -> list[tuple[str, str, str]]:
    """Return type and value, basis and place of the ties of a role."""
    (batch,) = [item for item in found if isinstance(item, Batch)]
    named = batch.ties.join(batch.identifiers.with_row_index("identifier"), on="identifier", maintain_order="left")
    rows = named.filter(pl.col("role") == role).select(pl.format("{}:{}", "type", "value"), "basis", "locator")
    return list(rows.iter_rows())


def extents(found: list[Any]) -> dict[str, tuple[str, str | None]]:
    """Return how much of each role was seen of the only asset, and why not all."""
    (batch,) = [item for item in found if isinstance(item, Batch)]
    return {role: (extent, reason) for _, role, extent, reason in batch.extents.iter_rows()}


def notes(found: list[Any]) -> str:
    """Return the notes, a line each."""
    return "\n".join(item.text for item in found if isinstance(item, Note))


def rejects(found: list[Any]) -> list[tuple[str, str]]:
    """Return places and reasons of rejects."""
    return [(item.locator, item.reason) for item in found if isinstance(item, Reject)]


def test_a_package(tmp_path: Path) -> None:
    """Each column is what the manifest and the files were made to say, and nothing is refused."""
    asked = ("android.permission.INTERNET", "android.permission.CAMERA")
    library = Entry(b"lib/arm64-v8a/libacme.so", b"\x7fELF"), Entry(b"lib/x86/libacme.so", b"\x7fELF")
    found = items(tmp_path, apk("com.Example.App", *library, code=MAIN, permissions=asked, activities=(".x",)))
    one = app(found)
    assert one["asset"] == "app:package:com.Example.App"
    assert (one["name"], one["package"], one["locator"]) == ("An app", "com.example.app", "AndroidManifest.xml")
    assert (one["version"], one["version_code"], one["min_sdk"], one["target_sdk"]) == ("1.2", 7, 21, 34)
    assert (one["permissions"], one["native_libraries"]) == (sorted(asked), ["libacme.so"])
    assert (one["defined_classes"], rejects(found)) == (1, [])
    assert ties(found, "publisher") == [("package:com.example.app", "inferred", "AndroidManifest.xml")]


def test_what_is_not_seen_is_never_nothing(tmp_path: Path) -> None:
    """No role but a signer's is ever seen whole, so that no answer can rest on what a package does not show."""
    told = extents(items(tmp_path, apk("com.example.app")))
    assert {role: extent for role, (extent, _) in told.items()} == {
        "publisher": "some", "signer": "none", "embeds": "none", "contacts": "some", "distributor": "none",
    }  # fmt: skip
    assert "no signatures of libraries were given" in str(told["embeds"][1])
    assert all(reason for _, reason in told.values())


def test_hosts_have_their_places(tmp_path: Path) -> None:
    """A host is tied once, in code before resources, by the string or the byte that names it."""
    code = dex(["Lcom/example/Main;"], strings=["https://api.acme.com/v1", "http://schemas.android.com/apk"])
    more = [
        Entry(b"res/raw/settings.json", b'{"a":"https://api.acme.com", "b": "wss://push.acme.com/x"}'),
        Entry(b"assets/blocked.txt", b"ads.acme.net\nhttps://list.acme.org/l\n"),
        Entry(b"META-INF/NOTICE.txt", b"https://notice.acme.org/"),
        Entry(b"assets/own.json", b'"https://127.0.0.1/ https://a.example.com/ http://198.41.0.4/"'),
    ]
    found = items(tmp_path, apk("com.example.app", *more, code=code))
    assert ties(found, "contacts") == [
        # Strings are sorted: L…Main; Ljava…; http://schemas…; https://api… by their first letters L, L, h, h
        # 1 + 19 + 23 + 7 bytes stand before the address.
        ("address:198.41.0.4", "inferred", "assets/own.json byte 50"),
        ("domain:api.acme.com", "inferred", "classes.dex string 3"),
        ("domain:list.acme.org", "inferred", "assets/blocked.txt byte 21"),
        ("domain:push.acme.com", "inferred", "res/raw/settings.json byte 41"),
    ]


@pytest.mark.parametrize(
    ("label", "name"), [("@7f070022", "com.example.app"), ("@0x7F070022", "com.example.app"), ("@home", "@home")]
)
def test_a_name_that_no_table_resolves_is_none(tmp_path: Path, label: str, name: str) -> None:
    """A number of a resource is no name: the app is called by its id."""
    assert app(items(tmp_path, apk("com.example.app", label=label)))["name"] == name


def test_hosts_in_arrays_and_scripts_and_no_classes(tmp_path: Path) -> None:
    """An address in an array of code and one in a script are hosts; a class behind a scheme is counted in a note."""
    code = MAIN + bytes(-len(MAIN) % 4) + struct.pack("<HHI", 0x0300, 1, 24) + b"https://hid.acme.com/abc"
    script = Entry(b"assets/backup.lua", b"\x1bLua\x04\x16http://lua.acme.com/x\x04")
    found = items(
        tmp_path, apk("com.example.app", script, Entry(b"a.xml", b"http://javax.xml.XMLConstants/f"), code=code)
    )
    assert ties(found, "contacts") == [
        ("domain:api.acme.com", "inferred", "classes.dex string 3"),
        ("domain:hid.acme.com", "inferred", f"classes.dex byte {code.index(b'hid.')}"),
        ("domain:lua.acme.com", "inferred", "assets/backup.lua byte 13"),
    ]
    assert "a name behind a scheme ends with no top-level domain of the DNS, as javax.xml.xmlconstants" in notes(found)


def test_splits_are_one_app(tmp_path: Path) -> None:
    """The packages of an XAPK are one asset: its base names it, and code and hosts of all parts are its own."""
    split = dex(["Lcom/example/More;"], strings=["https://more.acme.com/"])
    parts = [
        Entry(b"config.x86.apk", apk("com.example.app", Entry(b"lib/x86/liba.so", b"x"), code=split, split="x86"), 0),
        Entry(b"com.example.app.apk", apk("com.example.app", label="Base"), 0),
        Entry(b"manifest.json", b"{}"),
        Entry(b"icon.png", b"x"),
    ]
    found = items(tmp_path, archive(parts), "some.xapk")
    one = app(found)
    assert (one["asset"], one["name"]) == ("app:package:com.example.app", "Base")
    assert (one["defined_classes"], one["native_libraries"]) == (2, ["liba.so"])
    assert one["locator"] == "com.example.app.apk!/AndroidManifest.xml"
    assert [value for value, _, _ in ties(found, "contacts")] == ["domain:api.acme.com", "domain:more.acme.com"]
    assert ties(found, "contacts")[1][2].startswith("config.x86.apk!/classes.dex string ")
    assert rejects(found) == []


def test_packages_of_several_apps(tmp_path: Path) -> None:
    """Packages of two apps in an archive are two assets, and the file says so."""
    parts = [Entry(b"a.apk", apk("com.example.a")), Entry(b"splits/b.apk", apk("com.example.b"))]
    found = items(tmp_path, archive(parts), "some.apks")
    assert [one["package"] for one in apps(found)] == ["com.example.a", "com.example.b"]
    assert "packages of 2 apps" in notes(found)


def test_a_package_within_a_package(tmp_path: Path) -> None:
    """A package among the assets of another is told, and is no asset."""
    found = items(tmp_path, apk("com.example.app", Entry(b"assets/inner.apk", apk("com.example.inner"))))
    assert app(found)["package"] == "com.example.app"
    assert "assets/inner.apk: packages within the package, which are not read" in notes(found)


def test_a_packer_with_a_name(tmp_path: Path) -> None:
    """A packed app says which packer shows, by which file and on whose word, and its code is not to be seen."""
    found = items(tmp_path, apk("com.example.app", Entry(b"assets/classes.dex.dat", b"x" * 99)))
    assert app(found)["packed"] == "DexProtector"
    assert "packed with DexProtector, by assets/classes.dex.dat (APKiD dexprotector)" in notes(found)
    told = extents(found)
    assert told["embeds"] == (
        "none",
        "its code is packed with DexProtector, and what it runs is not to be seen in its package",
    )
    assert told["contacts"][0] == "some"
    assert rejects(found) == []


def test_a_packer_without_a_name(tmp_path: Path) -> None:
    """An app whose manifest starts mostly classes that nothing defines is taken for packed; one of three is not."""
    stub = dex(["Lcom/stub/Stub;", "Lcom/example/A;", "Lcom/example/B;"])
    gone = apk("com.example.app", code=stub, activities=("com.example.A", ".Gone", ".Away"))
    found = items(tmp_path, gone)
    assert app(found)["packed"] == "unnamed"
    assert "2 of the 3 classes that its manifest starts are defined nowhere in it, as com.example.app." in notes(found)
    assert "2 of the 3 classes that its manifest starts are defined nowhere in it, as com.example.app.A" not in notes(
        found
    )
    fewer = apk("com.example", code=stub, activities=(".A", ".B", ".Gone"))
    assert app(items(tmp_path, fewer))["packed"] is None


def test_an_obfuscated_app(tmp_path: Path) -> None:
    """Where most classes have names of a letter or two, a note says so with the share."""
    found = items(tmp_path, apk("com.example.app", code=dex(["La/a;", "La/b;", "Lcom/example/Main;"])))
    assert "67% of its classes have names of one or two letters" in notes(found)
    assert extents(found)["embeds"][0] == "none"


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("a.apk", apk("com.example.app"), True),
        ("a.XAPK", archive([Entry(b"x", b"x")]), True),
        ("a.apk", b"dex\n035\0", True),
        ("a.apk", b"%PDF-1.4", False),
        ("a.bin", apk("com.example.app"), True),
        ("a.zip", archive([Entry(b"META-INF/MANIFEST.MF", b"x"), Entry(b"AndroidManifest.xml", b"x")]), True),
        ("a.aar", archive([Entry(b"AndroidManifest.xml", b"<manifest/>")]), False),
        ("a.xlsx", archive([Entry(b"[Content_Types].xml", b"x"), Entry(b"xl/workbook.xml", b"x")]), False),
        ("a.zip", archive([Entry(b"backup/AndroidManifest.xml", b"x")]), False),
        ("a.zip", archive([Entry(b"one.apk", apk("com.example.app"), 0)]), False),
        ("index-v1.jar", archive([Entry(b"index-v1.json", b"{}")]), False),
        ("a.parquet", b"PAR1 AndroidManifest.xml", False),
        ("a.bin", b"PK\x03\x04" + b"\xff" * 60, False),
        ("a.bin", b"PK\x03\x04", False),
    ],
)
def test_whose_file_it_is(tmp_path: Path, name: str, data: bytes, taken: bool) -> None:
    """An archive is taken by the name of a package or a manifest among its first entries, and no other is."""
    assert claim(tmp_path / name, data[:65536]) is taken


def test_every_reader_leaves_it_to_this_one(tmp_path: Path) -> None:
    """A package is claimed by this reader, though others are asked as well."""
    (tmp_path / "some.apk").write_bytes(apk("com.example.app"))
    assert claimant(tmp_path / "some.apk") == "apk"


def test_through_the_jail(tmp_path: Path) -> None:
    """The child process gives back what the reader yields here, and its batch has the form that is due."""
    path = tmp_path / "some.apk"
    path.write_bytes(apk("com.example.app", code=MAIN))
    here, there = list(read(path, Limits())), list(jail.run("apk", path, Limits()))
    assert app(here) == app(there)
    assert ties(here, "contacts") == ties(there, "contacts")
    assert jail.fault(here[0]) is None


def test_the_same_package_has_the_same_id(tmp_path: Path) -> None:
    """An id follows from what the app is, whatever its file is called and wherever it lies in an archive."""
    one = app(items(tmp_path, apk("com.example.app"), "a.apk"))
    other = app(items(tmp_path, archive([Entry(b"z.apk", apk("com.example.app"))]), "b.apks"))
    assert one["asset"] == other["asset"]
    assert one["apk_sha256"] == other["apk_sha256"]


def test_manifests_by_hand_are_manifests() -> None:
    """The writer of manifests makes the header that ResourceTypes.h has: type 3, 8 bytes, and its own length."""
    told = manifest("com.example.app")
    assert told[:8] == b"\3\0\x08\0" + len(told).to_bytes(4, "little")
