"""Android App Bundles: one that Google's tools wrote, beside what they say of it; real packages turned into bundles."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from apk_samples import Entry, archive
from hypothesis import given, settings
from hypothesis import strategies as st
from test_apk import app, apps, extents, rejects, ties

from crossline import jail
from crossline.packages import protobuf, resource_table
from crossline.readers import claimant
from crossline.readers.apk import read
from crossline.readers.apk.bundles import UPLOADER
from crossline.tables import Batch, Limits, Note, Reject

HERE = Path(__file__).parent / "bundle"
EXAMPLE = HERE / "example.aab"
APKS = Path(__file__).parents[3] / "shared" / "data" / "apks"
MANIFEST = "base/manifest/AndroidManifest.xml"
with zipfile.ZipFile(EXAMPLE) as _opened:
    FILES = {name: _opened.read(name) for name in _opened.namelist()}


def items(folder: Path, files: dict[str, bytes], *more: Entry) -> list[Any]:
    """Return all that the reader yields for a bundle of files."""
    path = folder / "some.aab"
    path.write_bytes(archive([*(Entry(name.encode(), data) for name, data in files.items()), *more]))
    return list(read(path, Limits()))


def varint(number: int) -> bytes:
    """Write a number as protocol buffers do."""
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number: int, content: bytes | int) -> bytes:
    """Write a field of a protocol buffer."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def test_who_a_bundle_says_it_is() -> None:
    """Id, version, platform and permissions are those that aapt2 dumps, and that its sources were written with."""
    one = app(list(read(EXAMPLE, Limits())))
    told = (HERE / "base.xmltree.txt").read_text()
    dumped = dict(re.findall(r"A: (?:http\S+/android:)?(\w+)(?:\(0x[0-9a-f]+\))?=\"?([^\" ]+)", told)[:4])
    assert dumped["package"] == one["asset"].removeprefix("app:package:") == "com.acme.Bundle"
    assert (str(one["version_code"]), one["version"]) == (dumped["versionCode"], dumped["versionName"]) == ("41", "4.1")
    assert (one["name"], one["min_sdk"], one["target_sdk"]) == ("Example", 24, 33)
    assert one["permissions"] == [
        "android.permission.CAMERA", "android.permission.INTERNET", "android.permission.VIBRATE",
    ]  # fmt: skip
    assert (one["defined_classes"], one["native_libraries"], one["packed"]) == (4, ["libacme.so"], None)
    assert (one["locator"], one["apk_sha256"]) == (MANIFEST, None)  # it has the sum of no package


def test_hosts_of_all_modules() -> None:
    """Hosts are found in code of base and feature, machine code, and texts of resources of any language and kind."""
    found = {value: place for value, _, place in ties(list(read(EXAMPLE, Limits())), "contacts")}
    assert set(found) == {
        "domain:api.acme-code.com", "domain:api.acme-extra.com", "domain:native.acme-native.com",
        "domain:bundle.acme-home.com", "domain:bundle.acme-heim.com", "domain:bare.acme-bare.com",
        "domain:one.acme-mirrors.com", "domain:two.acme-mirrors.com", "domain:one.acme-plural.com",
    }  # fmt: skip
    at = FILES["base/resources.pb"].index(b"https://bundle.acme-heim.com")
    assert found["domain:bundle.acme-heim.com"] == f"base/resources.pb byte {at}"
    assert found["domain:api.acme-extra.com"].startswith("extra/dex/classes.dex string ")


def test_the_signer_is_the_uploader() -> None:
    """The certificate is the one that keytool tells; a store may sign with another, so it is not all."""
    found = list(read(EXAMPLE, Limits()))
    told = re.search(r"SHA256: ([0-9A-F:]+)", (HERE / "signer.txt").read_text())
    assert told
    assert ties(found, "signer") == [(f"signer:{told[1].replace(':', '').lower()}", "observed", "META-INF")]
    assert extents(found)["signer"] == ("some", UPLOADER)


def test_an_unsigned_bundle(tmp_path: Path) -> None:
    """Without a signature there is no signer; with one that is damaged the reject says so."""
    bare = {name: data for name, data in FILES.items() if not name.startswith("META-INF/")}
    assert extents(items(tmp_path, bare))["signer"][0] == "none"
    found = items(tmp_path, bare | {"META-INF/A.RSA": b"\x30\x82\xff"})
    assert "signed message" in dict(rejects(found))["base/signatures"]


def test_libraries_by_signatures() -> None:
    """Signatures of the world are looked for in a bundle's classes and native libraries as in a package's."""
    rows = [("Acme", "class", "regex", "^com/acme/extra/"), ("Native", "native", "exact", "libacme.so")]
    table = pl.DataFrame(
        [(*row, None, "made-up") for row in rows],
        schema={"library": pl.String, "of": pl.String, "form": pl.String, "pattern": pl.String, "seen": pl.Date,
                "source": pl.String},
        orient="row",
    )  # fmt: skip
    found = list(read(EXAMPLE, Limits(), {"signature": table}))
    embedded = {value: place for value, _, place in ties(found, "embeds")}
    assert set(embedded) == {"library:Acme", "library:Native"}
    assert embedded["library:Acme"].startswith("extra/dex/classes.dex class com/acme/extra/Extra")
    assert extents(found)["embeds"][0] == "some"


def test_which_files_are_taken(tmp_path: Path) -> None:
    """A bundle is known by its name, or by what stands first in it."""
    for name, data, expected in (
        ("a.aab", archive([Entry(b"x", b"y")]), "apk"),
        ("a.zip", archive([Entry(b"BundleConfig.pb", b"y")]), "apk"),
        ("a.zip", archive([Entry(MANIFEST.encode(), b"y")]), "apk"),
        ("a.zip", archive([Entry(b"AndroidManifest.xml", b"y")]), "apk"),
        ("a.aab", b"none", None),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert claimant(path) == expected


def test_it_runs_in_the_jail() -> None:
    """The child process gives back what the reader gives here."""
    inside, outside = list(jail.run("apk", EXAMPLE, Limits())), list(read(EXAMPLE, Limits()))
    assert (app(inside), ties(inside, "contacts")) == (app(outside), ties(outside, "contacts"))


@pytest.mark.skipif(not APKS.is_dir() or not shutil.which("aapt2"), reason="needs ../shared/data/apks and aapt2")
@pytest.mark.parametrize(
    ("name", "differing"),
    [
        ("blooddonation.apk", set()),
        # "... while on the jamendo.com web site": in an arsc file a word counts, in a bundle only a whole text
        ("com.teleca.jamendo_35.apk", {"domain:jamendo.com"}),
        # in the arsc file its two lengths stand before it, which have the form of letters (HH): so it is no bare name
        ("instapaper.apk", {"domain:517408942575-utf40vc8hdlanv3ekgh12obookgkofn7.apps.googleusercontent.com"}),
    ],
)
def test_a_bundle_of_a_real_package_says_what_the_package_says(tmp_path: Path, name: str, differing: set[str]) -> None:
    """A package that aapt2 turns into protocol buffers, laid out as a bundle, is read as the package itself is."""
    converted = tmp_path / "converted.apk"
    call = ["aapt2", "convert", "--output-format", "proto", "-o", str(converted), str(APKS / name)]
    subprocess.run(call, check=True, capture_output=True)
    files = {}
    with zipfile.ZipFile(converted) as opened:
        for entry in (one for one in opened.namelist() if not one.startswith("META-INF/")):
            folder = "manifest/" if entry == "AndroidManifest.xml" else "dex/" if entry.endswith(".dex") else ""
            files[f"base/{folder}{entry}"] = opened.read(entry)
    found, expected = items(tmp_path, files), list(read(APKS / name, Limits()))
    left = {"locator", "apk_sha256"}
    assert {k: v for k, v in app(found).items() if k not in left} == {
        k: v for k, v in app(expected).items() if k not in left
    }
    hosts, others = ({value for value, _, _ in ties(one, "contacts")} for one in (found, expected))
    assert hosts ^ others == differing


# ---- what is not as it should be


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"", "no manifest"),
        (b"\xff" * 40, "does not end"),
        (field(1, field(3, b"resources")), "no manifest"),
        (field(1, b"\x1a\x7f"), "does not lie in its message"),
        (b"\x0b", "no message has"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, told: bytes, why: str) -> None:
    """A manifest that cannot be read is a reject with its place; the code of the bundle is read."""
    found = items(tmp_path, {name: data for name, data in FILES.items() if "extra/" not in name} | {MANIFEST: told})
    assert why in dict(rejects(found))[MANIFEST]
    assert (app(found)["package"], app(found)["defined_classes"]) == (None, 3)


def test_elements_without_end(tmp_path: Path) -> None:
    """A manifest of elements within elements, and one of a million of them, are refused."""
    deep = b""
    for _ in range(400):
        deep = field(1, field(3, b"a") + (field(5, deep) if deep else b""))
    wide = field(1, field(3, b"manifest") + field(5, field(1, field(3, b"a"))) * 250_000)
    for told, why in ((deep, "nested more than 256"), (wide, "more than 200,000")):
        found = items(tmp_path, FILES | {MANIFEST: told})
        assert why in dict(rejects(found))[MANIFEST]


@pytest.mark.parametrize("lie", ["nodots", "../../etc", "a b.c"])
def test_a_manifest_that_lies(tmp_path: Path, lie: str) -> None:
    """An id that no app can have gets into no asset's id, and leads to no publisher."""
    said = field(4, field(2, b"package") + field(3, lie.encode()))
    said += field(
        4, field(1, b"http://schemas.android.com/apk/res/android") + field(2, b"versionCode") + field(3, b"9" * 99)
    )
    files = {name: data for name, data in FILES.items() if "extra/" not in name}
    found = items(tmp_path, files | {MANIFEST: field(1, field(3, b"manifest") + said)})
    assert app(found)["asset"].startswith("app:package:sha256-")
    assert (app(found)["version_code"], ties(found, "publisher")) == (None, [])
    assert (MANIFEST, "names no id that an app can have") in rejects(found)


def test_a_module_of_another_app(tmp_path: Path) -> None:
    """A module with another id than the base is a reject, and its code is not the app's."""
    found = items(tmp_path, FILES | {"extra/manifest/AndroidManifest.xml": FILES[
        "extra/manifest/AndroidManifest.xml"].replace(b"com.acme.Bundle", b"com.acme.Bungle")})  # fmt: skip
    assert "a module of another app" in dict(rejects(found))["extra/manifest/AndroidManifest.xml"]
    assert (len(apps(found)), app(found)["defined_classes"]) == (1, 3)


def test_no_module(tmp_path: Path) -> None:
    """A bundle without a module is a reject that says what is missing."""
    found = items(tmp_path, {"BundleConfig.pb": b"x"})
    assert [why for _, why in rejects(found)] == [f"no module ({MANIFEST}) stands in it"]


def test_links_and_names_that_lead_out(tmp_path: Path) -> None:
    """A symbolic link and a name that leads upwards are rejects, told once for the whole bundle."""
    link = Entry(b"base/assets/link", b"/etc/passwd", 0, made_by=3, mode=0o120777)
    found = items(tmp_path, FILES, link, Entry(b"base/../../x", b"y"))
    assert sorted(why for _, why in rejects(found)) == ["a name that leads out of the archive", "a symbolic link"]


def test_a_table_of_resources_that_is_none(tmp_path: Path) -> None:
    """A table that ends early gives what stands before, and a reject with the byte from which on it is none."""
    table = FILES["base/resources.pb"]
    found = items(tmp_path, FILES | {"base/resources.pb": table + b"\x0b"})
    assert f"from byte {len(table)} on" in dict(rejects(found))["base/resources.pb"]
    assert "domain:bundle.acme-home.com" in [value for value, _, _ in ties(found, "contacts")]


def naive(message: bytes, path: tuple[int | tuple[int, ...], ...]) -> list[bytes]:
    """Return what stands at the end of a path of fields, by the reader of messages."""
    if not path:
        return [message]
    wanted = path[0] if isinstance(path[0], tuple) else (path[0],)
    return [
        text
        for number, part in protobuf.fields(memoryview(message))
        if number in wanted and not isinstance(part, int)
        for text in naive(bytes(part), path[1:])
    ]


def test_texts_of_a_table_beside_a_naive_walk() -> None:
    """The kernel finds the texts that a walk by the published numbers finds: of values, of arrays, of plurals."""
    table = FILES["base/resources.pb"]
    values, item = (2, 3, 3, 6, 2), ((2, 3, 4), 1)
    expected = [
        *naive(table, (*values, 4, *item)), *naive(table, (*values, 5, 4, 1, 3, *item)),
        *naive(table, (*values, 5, 5, 1, 4, *item)),
    ]  # fmt: skip
    texts = resource_table.read(table)
    laid, starts = texts.laid_out()
    assert sorted(laid[at:].split(b"\0")[0] for at in starts) == sorted(expected)
    assert (len(expected), texts.stopped) == (10, None)


@settings(max_examples=60)
@given(st.data())
def test_damaged_tables(data: st.DataObject) -> None:
    """Whatever bytes of a table are changed or cut, no text lies outside it, and nothing is raised."""
    made = bytearray(FILES["base/resources.pb"])
    for _ in range(data.draw(st.integers(0, 8))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(made[: data.draw(st.integers(0, len(made)))])
    texts = resource_table.read(cut)
    assert all(0 <= first <= last <= len(cut) for first, last, _ in texts.rows.tolist())
    texts.laid_out()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for many bundles, one after the other."""
    return tmp_path_factory.mktemp("damaged")


@settings(max_examples=30)
@given(data=st.data())
def test_damaged_bundles(folder: Path, data: st.DataObject) -> None:
    """Whatever bytes of whatever file of a bundle are changed, what comes is assets, rejects or notes."""
    name = data.draw(st.sampled_from(sorted(FILES)))
    made = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    for one in items(folder, FILES | {name: bytes(made)}):
        assert isinstance(one, (Batch, Reject, Note))
        if isinstance(one, Batch):
            assert jail.fault(one) is None
