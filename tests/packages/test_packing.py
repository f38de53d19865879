"""Signs of a packer: by hand, on small packages that look packed, obfuscated, or like nothing of the kind."""

from __future__ import annotations

import math
import random
import re

import polars as pl
import pytest
from apk_writer import Entry, archive
from dex_writer import dex

from crossline.packages import dex as dexes
from crossline.packages import packing
from crossline.packages.archive import Archive

NOISE = random.Random(1).randbytes(200_000)  # noqa: S311 - no secret
NONE = pl.Series(dtype=pl.String)


def signs(entries: list[Entry], defined: list[str], components: pl.Series = NONE) -> packing.Signs:
    """Return the signs of a package that defines these classes."""
    classes = dexes.merged([("classes.dex", dexes.read(dex(defined)))])
    return packing.signs(Archive(archive(entries)), classes, components)


@pytest.mark.parametrize(
    ("name", "packer"),
    [
        (b"lib/arm64-v8a/libjiagu_a64.so", "360 Jiagu"), (b"lib/armeabi/libshell-super.2019.so", "Tencent Legu"),
        (b"lib/armeabi/libshella-4.1.0.15.so", "Tencent Legu"), (b"lib/x86/libSecShell-x86.so", "Bangcle"),
        (b"lib/x86/libDexHelper-x86_64.so", "Bangcle"), (b"assets/classes.dex.dat", "DexProtector"),
        (b"assets/ijiami.dat", "Ijiami"), (b"lib/x86/libbaiduprotect_x86.so", "Baidu"),
    ],
)  # fmt: skip
def test_files_of_known_packers(name: bytes, packer: str) -> None:
    """A file that rules of LibChecker or APKiD name tells of that packer, and whose word it is."""
    ((found, _, source),) = signs([Entry(name, b"x")], ["La/A;"]).packers
    assert found == packer
    assert re.match("LibChecker|APKiD", source)


def test_other_files_tell_of_none() -> None:
    """Names that only resemble those are nothing."""
    names = [
        b"lib/x86/libjiagudang.so",
        b"lib/x86/libshell.so",
        b"assets/classes.dex",
        b"lib/x86/libexec.so",
        b"a/x.dat",
    ]
    assert signs([Entry(name, b"x") for name in names], ["Lcom/tencent/Stub;"]).packers == ()


def test_components_that_nothing_defines() -> None:
    """What the manifest starts and no dex file defines is named; what it starts twice counts once."""
    started = pl.Series(["com.example.Main", "com.example.Gone", "com.example.Gone", None])
    found = signs([], ["Lcom/example/Main;", "Lcom/stub/StubApp;"], started)
    assert (found.undefined, found.components, found.defined) == (("com.example.Gone",), 2, 2)


def test_entries_that_look_encrypted() -> None:
    """A large entry of dense bytes and no known format is named; pictures, small and plain ones are not."""
    entries = [
        Entry(b"assets/payload.bin", NOISE), Entry(b"assets/stored.bin", NOISE, 0),
        Entry(b"res/a.png", b"\x89PNG" + NOISE, 0),
        Entry(b"assets/small.bin", NOISE[:9999]), Entry(b"assets/text.txt", b"text " * 50_000, 0),
    ]  # fmt: skip
    assert signs(entries, []).dense == (("assets/payload.bin", 200_000), ("assets/stored.bin", 200_000))


def test_density() -> None:
    """One value has no entropy, two have a bit, each byte once has eight: Shannon's formula by hand."""
    assert packing.density(b"") == packing.density(b"aaaa") == 0
    assert packing.density(b"ab" * 9) == 1
    assert packing.density(bytes(range(256))) == 8
    assert math.isclose(packing.density(b"aaab"), 0.25 * 2 + 0.75 * math.log2(4 / 3))


def test_short_names() -> None:
    """Shares of classes and of packages whose last name has one or two letters; inner classes count by their outer."""
    found = signs([], ["La/b;", "La/b$1;", "Lcom/example/Main;", "Lcom/zz/Other;", "LRoot;"])
    assert found.short_classes == 2 / 5
    assert found.short_packages == 2 / 3
    empty = signs([], [])
    assert (empty.short_classes, empty.short_packages) == (None, None)
