"""Packages of Apple's apps: real programs in packages made here; every answer follows from how they were made."""

from __future__ import annotations

import plistlib
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import apple_writer as writer
import pytest
from apk_samples import Entry, archive
from hypothesis import given, settings
from hypothesis import strategies as st
from test_apk import app, apps, extents, notes, rejects, ties

from crossline import jail
from crossline.readers import claimant
from crossline.readers.ipa import read
from crossline.readers.ipa.tying import ENCRYPTED, NO_CODE, NO_SIGNATURES, PART_UNREAD, SOME_HOSTS
from crossline.tables import Batch, Limits, Note, Reject

HERE = Path(__file__).parent / "apple"
TOP = "Payload/Example.app/"
LEAF = (HERE / "leaf.txt").read_text().strip().rpartition("=")[2].replace(":", "").lower()


def held(package: str) -> dict[str, bytes]:
    """Return what a package of the tests holds, by its names."""
    with zipfile.ZipFile(HERE / package) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


SIGNED, STORE = held("signed.ipa"), held("store.ipa")


def zipped(files: dict[str, bytes], *more: Entry) -> bytes:
    """Return a package of files."""
    return archive([*(Entry(name.encode(), data) for name, data in files.items()), *more])


def items(folder: Path, data: bytes, name: str = "some.ipa", limits: Limits | None = None) -> list[Any]:
    """Return all that the reader yields for such a file."""
    path = folder / name
    path.write_bytes(data)
    return list(read(path, limits or Limits()))


def info(**changes: object) -> dict[str, bytes]:
    """Return the signed package with another Info.plist; None takes a key out."""
    said = {key: value for key, value in (writer.INFO | changes).items() if value is not None}
    return SIGNED | {f"{TOP}Info.plist": plistlib.dumps(said)}


def test_who_an_app_says_it_is() -> None:
    """Id, version, platform, usage descriptions and entitlements are those of Info.plist and of the signature."""
    one = app(list(read(HERE / "signed.ipa", Limits())))
    assert one["asset"] == "app:ipa:com.acme.Example"
    assert (one["name"], one["package"], one["version"], one["version_code"]) == (
        "Example",
        "com.acme.example",
        "2.1",
        37,
    )
    assert (one["min_sdk"], one["target_sdk"], one["packed"]) == (14, 17, None)
    # get-task-allow is false, and so no right; the app's own id is none either
    assert one["permissions"] == [
        "NSCameraUsageDescription", "NSLocationWhenInUseUsageDescription", "aps-environment",
        "com.apple.developer.associated-domains",
    ]  # fmt: skip
    assert one["native_libraries"] == ["Acme.framework"]
    assert one["defined_classes"] == 4  # three of the program, in both slices, and one of the library


def test_its_ties() -> None:
    """Hosts that are stated are declared, hosts of strings inferred, each with its place; the signer is its sum."""
    found = list(read(HERE / "signed.ipa", Limits()))
    assert ties(found, "signer") == [(f"signer:{LEAF}", "observed", f"{TOP}Example signature")]
    assert ties(found, "publisher") == [
        ("package:com.acme.example", "inferred", f"{TOP}Info.plist"),
        ("vendor:example gmbh", "declared", f"{TOP}embedded.mobileprovision TeamName"),
    ]
    program, library = SIGNED[f"{TOP}Example"], SIGNED[f"{TOP}Frameworks/Acme.framework/Acme"]
    named = [
        ("domain:acme-star.com", "declared", f"{TOP}Info.plist NSExceptionDomains"),
        ("domain:old.acme-plain.com", "declared", f"{TOP}Info.plist NSExceptionDomains"),
        ("domain:track.acme-ads.com", "declared",
         f"{TOP}Frameworks/Acme.framework/PrivacyInfo.xcprivacy NSPrivacyTrackingDomains"),
        ("domain:go.acme-links.com", "declared",
         "Payload/Example.app entitlement com.apple.developer.associated-domains"),
        ("domain:api.acme-reader.com", "inferred", f"{TOP}Example byte {program.index(b'https://api.acme-reader')}"),
        ("domain:upload.acme-sender.net", "inferred", f"{TOP}Example byte {program.index(b'upload.acme-sender')}"),
        ("domain:ads.acme-ads.com", "inferred",
         f"{TOP}Frameworks/Acme.framework/Acme byte {library.index(b'https://ads.acme-ads')}"),
        ("domain:cdn.acme-script.com", "inferred",
         f"{TOP}main.jsbundle byte {SIGNED[f'{TOP}main.jsbundle'].index(b'cdn.')}"),
    ]  # fmt: skip
    # The place of a host after a scheme is the host's own, and in a string that of the string.
    assert sorted(ties(found, "contacts")) == sorted(named)
    assert (ties(found, "embeds"), ties(found, "distributor")) == ([], [])


def test_how_much_was_seen() -> None:
    """Whose code it carries is unknown where no signatures are given; hosts are some, the signer is all."""
    seen = extents(list(read(HERE / "signed.ipa", Limits())))
    assert {role: extent for role, (extent, _) in seen.items()} == {
        "publisher": "some", "signer": "all", "embeds": "none", "contacts": "some", "distributor": "none",
    }  # fmt: skip
    assert (seen["embeds"][1], seen["contacts"][1]) == (NO_SIGNATURES, SOME_HOSTS)


def test_an_app_that_the_store_encrypted() -> None:
    """Of code that is encrypted nothing is seen, and that is what is said; what lies beside it is read."""
    found = list(read(HERE / "store.ipa", Limits()))
    one, seen = app(found), extents(found)
    assert (one["packed"], one["defined_classes"]) == ("FairPlay", None)
    assert (seen["embeds"], seen["contacts"]) == (("none", ENCRYPTED), ("none", ENCRYPTED))
    assert "domain:cdn.acme-script.com" in [value for value, _, _ in ties(found, "contacts")]
    assert not any("acme-reader" in value for value, _, _ in ties(found, "contacts"))
    assert ties(found, "signer")[0][0] == f"signer:{LEAF}"
    assert ties(found, "distributor") == [("package:com.apple.appstore", "declared", "iTunesMetadata.plist")]


def test_what_stays_in_the_package() -> None:
    """Whose account bought an app, and which devices it may be put on, is told nowhere."""
    for name in ("signed.ipa", "store.ipa"):
        found = list(read(HERE / name, Limits()))
        text = repr([item if not isinstance(item, Batch) else [part.to_dicts() for part in (
            item.assets, item.ties, item.identifiers, item.extents)] for item in found])  # fmt: skip
        assert "00008020" not in text
        assert "buyer.net" not in text
    assert "names 2 devices" in notes(list(read(HERE / "signed.ipa", Limits())))


def test_a_maker_who_is_a_person(tmp_path: Path) -> None:
    """The name of a team that has no legal form is not kept."""
    profile = SIGNED[f"{TOP}embedded.mobileprovision"].replace(b"Example GmbH", b"Jane Q Roe  ")
    found = items(tmp_path, zipped(SIGNED | {f"{TOP}embedded.mobileprovision": profile}))
    assert "jane" not in repr(ties(found, "publisher"))


def test_a_simulators_app() -> None:
    """A zipped .app without a folder Payload is an app as well; what is signed ad hoc has no signer."""
    path = HERE / "watch.zip"
    assert claimant(path) == "ipa"
    found = list(read(path, Limits()))
    assert (app(found)["defined_classes"], ties(found, "signer"), extents(found)["signer"][0]) == (3, [], "none")


def test_which_files_are_taken(tmp_path: Path) -> None:
    """A package is known by its name, or by its first entries; an app for macOS and other archives are left alone."""
    for name, data, expected in (
        ("a.ipa", zipped({"x": b"y"}), "ipa"),
        ("a.zip", zipped(SIGNED), "ipa"),
        ("a.zip", zipped({"Some.app/Contents/Info.plist": b"x"}), None),
        ("a.zip", zipped({"x.app": b"y"}), None),
        ("a.ipa", b"no archive", None),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert claimant(path) == expected


def test_it_runs_in_the_jail() -> None:
    """The child process gives back what the reader gives here."""
    path = HERE / "signed.ipa"
    inside, outside = list(jail.run("ipa", path, Limits())), list(read(path, Limits()))
    assert app(inside) == app(outside)
    assert ties(inside, "contacts") == ties(outside, "contacts")
    assert extents(inside) == extents(outside)


# ---- what is not as it should be


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"CFBundleIdentifier": "nodots"}, "names no id"),
        ({"CFBundleIdentifier": None}, "names no id"),
        ({"CFBundleIdentifier": ["a.b"]}, "names no id"),
        ({"CFBundleIdentifier": "../../etc"}, "names no id"),
    ],
)
def test_a_list_without_an_id(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    """An id that no app can have is a reject; the app is named by its bytes, and has no publisher by id."""
    found = items(tmp_path, zipped(info(**changes)))
    assert app(found)["asset"].startswith("app:ipa:sha256-")
    assert why in dict(rejects(found))[f"{TOP}Info.plist"]
    assert not any(value.startswith("package:") for value, _, _ in ties(found, "publisher"))


@pytest.mark.parametrize(
    "data",
    [b"", b"bplist00" + bytes(40), b"<plist><dict>", b'<!DOCTYPE plist [<!ENTITY a "b">]><plist><dict/></plist>'],
)
def test_an_info_list_that_is_none(tmp_path: Path, data: bytes) -> None:
    """Without Info.plist code and hosts are read all the same, and the place of what is wrong is told."""
    found = items(tmp_path, zipped(SIGNED | {f"{TOP}Info.plist": data}))
    assert f"{TOP}Info.plist" in dict(rejects(found))
    assert (app(found)["package"], app(found)["defined_classes"]) == (None, 4)
    assert extents(found)["publisher"][0] == "none"


def test_a_list_that_lies(tmp_path: Path) -> None:
    """A program that Info.plist names and that is not there is told, and then nothing says what the code holds."""
    found = items(tmp_path, zipped(info(CFBundleExecutable="../Other")))
    assert (extents(found)["embeds"], extents(found)["contacts"]) == (("none", NO_CODE), ("none", NO_CODE))
    assert "not there" in dict(rejects(found))[f"{TOP}../Other"]
    assert extents(found)["signer"][0] == "none"


def test_values_of_other_types(tmp_path: Path) -> None:
    """Keys of Info.plist that hold what they never hold are unknown, or a reject with its place; nothing is raised."""
    said = info(CFBundleVersion=7, MinimumOSVersion=[1], NSAppTransportSecurity="x", CFBundleDisplayName={"a": 1})
    found = items(tmp_path, zipped(said))
    one = app(found)
    assert (one["version_code"], one["min_sdk"], one["name"]) == (None, None, "com.acme.example")
    odd = {"NSExceptionDomains": {"not a host": 1, "": 1, "10.0.0.1": 1, "8.8.8.8": 1}}
    found = items(tmp_path, zipped(info(NSAppTransportSecurity=odd)))
    stated = [value for value, basis, place in ties(found, "contacts") if "NSException" in place]
    assert stated == ["address:8.8.8.8"]
    assert [why for place, why in rejects(found) if "NSException" in place] == ["a host that none can be"] * 2


def test_a_program_that_is_cut(tmp_path: Path) -> None:
    """A cut program is a note with what is wrong, its part is read, and the rest of the app stands."""
    program = SIGNED[f"{TOP}Example"]
    (first,) = struct.unpack_from(">I", program, 16)
    found = items(tmp_path, zipped(SIGNED | {f"{TOP}Example": program[first : first + 0x9000]}))
    assert "does not lie in the file" in notes(found)
    assert extents(found)["contacts"] == ("some", PART_UNREAD)
    found = items(tmp_path, zipped(SIGNED | {f"{TOP}Example": program[first : first + 20]}))
    assert extents(found)["contacts"] == ("none", NO_CODE)
    assert "domain:ads.acme-ads.com" in [value for value, _, _ in ties(found, "contacts")]


def test_a_library_that_alone_is_encrypted(tmp_path: Path) -> None:
    """Where the program can be seen and a library cannot, hosts are some, and why not all is told."""
    name = f"{TOP}Frameworks/Acme.framework/Acme"
    found = items(tmp_path, zipped(SIGNED | {name: STORE[name]}))
    assert (app(found)["packed"], app(found)["defined_classes"]) == (None, 3)
    assert extents(found)["contacts"] == ("some", PART_UNREAD)


def test_links_and_names_that_lead_out(tmp_path: Path) -> None:
    """A symbolic link and a name that leads upwards are rejects with their names; the app is read."""
    link = Entry(f"{TOP}link".encode(), b"/etc/passwd", 0, made_by=3, mode=0o120777)
    up = Entry(b"Payload/Example.app/../../x", b"y")
    found = items(tmp_path, zipped(SIGNED, link, up))
    assert {"a symbolic link", "a name that leads out of the archive"} <= {why for _, why in rejects(found)}
    assert app(found)["defined_classes"] == 4


def test_a_package_in_a_package(tmp_path: Path) -> None:
    """An IPA among the files of another is told, and not read."""
    found = items(tmp_path, zipped(SIGNED | {f"{TOP}inner.ipa": zipped(STORE)}))
    assert "inner.ipa: packages within the package" in notes(found)
    assert len(apps(found)) == 1


def test_several_apps(tmp_path: Path) -> None:
    """Each folder of an app is an asset of its own."""
    other = {name.replace("Example.app", "Other.app"): data for name, data in SIGNED.items()}
    found = items(tmp_path, zipped(SIGNED | other))
    assert len(apps(found)) == 2
    assert "it holds 2 apps" in notes(found)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"x": b"y"}, "no folder of an app"),
        ({"Payload/A.app/Contents/Info.plist": b"x"}, "macOS"),
    ],
)
def test_no_app(tmp_path: Path, files: dict[str, bytes], why: str) -> None:
    """An archive without an app for a device is a reject, and no asset."""
    found = items(tmp_path, zipped(files))
    assert (apps(found) if any(isinstance(one, Batch) for one in found) else [], len(rejects(found))) == ([], 1)
    assert why in rejects(found)[0][1]


def test_more_code_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code beyond the limit is a reject that says so, and hosts are then not all that there are."""
    monkeypatch.setattr("crossline.readers.ipa.bundles.CODE_MOST", 1)
    found = items(tmp_path, zipped(SIGNED))
    assert any("limit of 1 files" in why for _, why in rejects(found))
    assert (app(found)["defined_classes"], extents(found)["contacts"][1]) == (3, PART_UNREAD)


def test_an_archive_that_grows(tmp_path: Path) -> None:
    """An entry that says it is 4 GiB is refused without being made."""
    start = time.monotonic()
    found = items(tmp_path, zipped(SIGNED, Entry(f"{TOP}big.js".encode(), b"x" * 99, size=1 << 32 - 1)))
    assert any(place.endswith("big.js") for place, _ in rejects(found))
    assert time.monotonic() - start < 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for many packages, one after the other."""
    return tmp_path_factory.mktemp("damaged")


@settings(max_examples=40)
@given(data=st.data())
def test_damaged_packages(folder: Path, data: st.DataObject) -> None:
    """Whatever bytes of whatever file of a package are changed, what comes is assets, rejects or notes."""
    files = dict(data.draw(st.sampled_from([SIGNED, STORE])))
    name = data.draw(st.sampled_from(sorted(files)))
    made = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 6))):
        if made:
            made[data.draw(st.integers(0, min(len(made), 4000) - 1))] = data.draw(st.integers(0, 255))
    files[name] = bytes(made)[: data.draw(st.integers(0, len(made)) | st.just(len(made)))]
    for one in items(folder, zipped(files)):
        assert isinstance(one, (Batch, Reject, Note))
        if isinstance(one, Batch):
            assert jail.fault(one) is None


def test_strings_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strings of a program that are more than the limit are a reject, and hosts are then not all that there are."""
    monkeypatch.setattr("crossline.readers.ipa.bundles.FILE_MOST", 60)
    found = items(tmp_path, zipped(SIGNED))
    assert any("limit of 60" in why for place, why in rejects(found) if place == f"{TOP}Example")
    assert extents(found)["contacts"][1] == PART_UNREAD
