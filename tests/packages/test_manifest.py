"""Manifests and certificates: beside aapt and apksigner on real packages, and broken ones."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from apk_writer import Entry, archive

from crossline.packages import manifest
from crossline.packages.manifest import Unreadable

APKS = sorted((Path(__file__).parents[3] / "shared" / "data" / "apks").glob("*.apk"))
real = pytest.mark.skipif(not APKS, reason="the public packages are not there")


def tool(name: str, *arguments: str) -> str:
    """Run Debian's program of that name."""
    program = shutil.which(name)
    if not program:
        pytest.skip(f"{name} is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False).stdout


@real
@pytest.mark.parametrize("path", APKS, ids=lambda path: path.name)
def test_as_aapt_reads_it(path: Path) -> None:
    """Package, version, SDKs, permissions and label are those that aapt prints."""
    told = tool("aapt", "dump", "badging", str(path))
    mine = manifest.read(path)
    (package,) = re.findall(r"^package: name='([^']*)' versionCode='([^']*)' versionName='([^']*)'", told, re.MULTILINE)
    assert (mine.package, str(mine.version_code or ""), mine.version or "") == package
    sdk = re.search(r"^sdkVersion:'(\d+)'", told, re.MULTILINE)
    target = re.search(r"^targetSdkVersion:'(\d+)'", told, re.MULTILINE)
    assert mine.min_sdk == (int(sdk[1]) if sdk else None)
    assert target is None or mine.target_sdk == int(target[1])
    implied = set(
        re.findall(r"^uses-implied-permission: name='([^']*)'", told, re.MULTILINE)
    )  # by another or an old SDK
    asked = set(re.findall(r"^uses-permission: name='([^']*)'", told, re.MULTILINE)) - implied
    assert set(mine.permissions) == asked
    label = re.search(r"^application-label:'(.*)'", told, re.MULTILINE)
    assert (mine.label or "") == (label[1] if label else "")


@real
@pytest.mark.parametrize("path", APKS, ids=lambda path: path.name)
def test_components_as_aapt_dumps_them(path: Path) -> None:
    """Activities, services, receivers and providers are those of the tree that aapt dumps, classes in full."""
    told = tool("aapt", "dump", "xmltree", str(path), "AndroidManifest.xml")
    mine = manifest.read(path)
    wanted, kind = [], None
    for line in told.splitlines():
        element = re.match(r"\s*E: (\S+)", line)
        if element:
            kind = element[1] if element[1] in {kind for kind, _ in manifest._KINDS} else None
        name = re.match(r'\s*A: android:name\(0x01010003\)="([^"]*)"', line)
        if name and kind:
            full = f"{mine.package}.{name[1].lstrip('.')}" if name[1].startswith(".") or "." not in name[1] else name[1]
            wanted.append((kind, full))
            kind = None
    assert sorted(mine.components.select("kind", "name").iter_rows()) == sorted(wanted)


@real
@pytest.mark.parametrize("path", APKS, ids=lambda path: path.name)
def test_certificates_as_apksigner_prints_them(path: Path) -> None:
    """The newest scheme's certificates are those that apksigner prints, in the canonical form of a signer."""
    told = tool("apksigner", "verify", "--print-certs", "--verbose", "--min-sdk-version", "26", str(path))
    wanted = re.findall(r"Signer #\d+ certificate SHA-256 digest: ([0-9a-f]{64})", told)
    mine = manifest.read(path)
    assert [one.sha256 for one in mine.identity] == wanted
    schemes = {f"v{n}" for n in re.findall(r"Verified using v(\d) scheme \([^)]*\): true", told)}
    assert schemes <= {one.scheme for one in mine.signers}


@real
def test_bytes_as_the_file() -> None:
    """A package that is given as bytes says what its file says."""
    path = min(APKS, key=lambda path: path.stat().st_size)
    one, other = manifest.read(path), manifest.read_bytes(path.read_bytes())
    assert one.components.equals(other.components)
    assert (one.package, one.signers, one.permissions) == (other.package, other.signers, other.permissions)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK", archive([]), archive([Entry(b"classes.dex", b"x")]), archive([Entry(b"AndroidManifest.xml", b"")]),
        archive([Entry(b"AndroidManifest.xml", b"\3\0\x08\0\xff\xff\xff\xff" + bytes(64))]),
        archive([Entry(b"AndroidManifest.xml", b"<manifest package='a.b'/>")]),
    ],
)  # fmt: skip
def test_no_manifest(data: bytes) -> None:
    """A package without a manifest that can be read is refused in a sentence, and nothing else is raised."""
    with pytest.raises(Unreadable, match=r"."):
        manifest.read_bytes(data)


def nested(depth: int) -> bytes:
    """Return a manifest of so many elements, each in the one before it: the chunks of ResourceTypes.h."""
    name = struct.pack("<H", 8) + "manifest".encode("utf-16-le") + bytes(2)
    pool = struct.pack("<HHIIIIIII", 1, 28, 32 + len(name), 1, 0, 0, 32, 0, 0) + name
    start = struct.pack("<HHIIIIIHHHHHH", 0x102, 16, 36, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0)
    end = struct.pack("<HHIIIII", 0x103, 16, 24, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    body = pool + start * depth + end * depth
    return archive([Entry(b"AndroidManifest.xml", struct.pack("<HHI", 3, 8, 8 + len(body)) + body)])


def test_what_the_library_would_not_survive() -> None:
    """Elements nested very deep, and a manifest of a gigabyte, are refused before the library sees them."""
    assert manifest.read_bytes(nested(100)).package is None
    with pytest.raises(Unreadable, match="nested more than 256 deep"):
        manifest.read_bytes(nested(257))
    with pytest.raises(Unreadable, match="nested more than 256 deep"):
        manifest.read_bytes(nested(250_000))
    with pytest.raises(Unreadable, match="1,000,000,000 bytes; limit of 16,777,216"):
        manifest.read_bytes(archive([Entry(b"AndroidManifest.xml", b"x", size=1_000_000_000)]))


@pytest.mark.parametrize(
    ("name", "full"),
    [(".A", "a.b.A"), ("A", "a.b.A"), ("c.A", "c.A"), (".c.A", "a.b.c.A"), (None, None)],
)
def test_class_names_in_full(name: str | None, full: str | None) -> None:
    """A name that begins with a dot, or has none, stands below the package (reference of android:name)."""
    assert manifest._full("a.b", name) == full
