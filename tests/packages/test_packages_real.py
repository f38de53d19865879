"""Real packages beside dexdump, zipfile and each other: classes that they define, and that they are all read."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import polars as pl
import pytest

from crossline.packages import archive, dex, hosts, manifest, packing

APKS = sorted((Path(__file__).parents[3] / "shared" / "data" / "apks").glob("*.apk"))
pytestmark = pytest.mark.skipif(not APKS, reason="the public packages are not there")
by_name = pytest.mark.parametrize("path", APKS, ids=lambda path: path.name)
QUICK = [path for path in APKS if path.stat().st_size < 4 << 20]
DEX = re.compile(r"classes\d*\.dex")


def files(path: Path) -> dict[str, bytes]:
    """Return the dex files of a package."""
    opened = archive.Archive(path.read_bytes())
    return {name: bytes(opened.read(row)) for row, name in enumerate(opened.entries["name"]) if DEX.fullmatch(name)}


@by_name
def test_archives_as_zipfile_reads_them(path: Path) -> None:
    """Names and bytes of all entries are those that Python's zipfile reads, and nothing is odd."""
    opened = archive.Archive(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        entries = [entry for entry in file.infolist() if not entry.is_dir()]
        assert opened.entries["name"].to_list() == [entry.filename for entry in entries]
        for row, entry in enumerate(entries):
            if entry.file_size < 1 << 20:
                assert opened.read(row) == file.read(entry)
    assert (opened.rejects, opened.odd, set(opened.entries["odd"])) == ([], (), {0})


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.name)
def test_defined_classes_as_dexdump_lists_them(path: Path, tmp_path: Path) -> None:
    """Classes with a definition are those that Debian's dexdump lists, and all others it names are referenced."""
    dexdump = shutil.which("dexdump")
    if not dexdump:
        pytest.skip("dexdump is not installed")
    for name, data in files(path).items():
        (tmp_path / name).write_bytes(data)
        told = subprocess.run([dexdump, tmp_path / name], check=True, capture_output=True).stdout.decode(
            "utf-8", "replace"
        )
        read = dex.read(data)
        wanted = re.findall(r"Class descriptor  : 'L(.*);'", told)
        assert sorted(read.defined) == sorted(text.replace("/", ".") for text in wanted)
        named = re.findall(r"(?:Superclass|#\d+) +: 'L([^']*);'", told)
        assert {text.replace("/", ".") for text in named} <= set(read.types["name"])
        assert read.odd == ()


@by_name
def test_hosts_as_a_regular_expression_finds_them(path: Path) -> None:
    """Whatever Python's re finds behind http:// or https:// in a dex file is found, and no bare name is a class's."""
    form = re.compile(rb"\bhttps?://((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})(?=[/:?#\s\0\"'<])")
    for data in files(path).values():
        read = dex.read(data)
        found = hosts.in_dex(data, read)
        assert {name.decode().lower() for name in form.findall(data)} <= set(found["host"])
        bare = found.filter(pl.col("form") == "bare")["host"]
        packages = {".".join(name.split(".")[:2]) for name in read.types["name"]}
        assert not set(bare) & (packages | set(read.types["name"]))


@by_name
def test_none_is_packed(path: Path) -> None:
    """No packer is known to have been here, and all that manifests start is defined, but for one service."""
    opened, told = archive.Archive(path.read_bytes()), manifest.read(path)
    classes = dex.merged([(name, dex.read(data)) for name, data in files(path).items()])
    signs = packing.signs(opened, classes, told.components["name"])
    assert (signs.packers, signs.dense) == ((), ())
    aliases = told.components.filter(pl.col("kind") == "activity-alias")["name"]
    gone = {"com.google.android.gms.nearby.exposurenotification.WakeUpService"} | set(aliases)
    assert set(signs.undefined) <= gone
