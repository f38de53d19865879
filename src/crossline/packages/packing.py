"""Signs that a package's code is not to be seen in it: what a packer leaves, as facts and numbers, without a verdict.

A packer ships an app's classes encrypted and a small stub that decrypts them on the phone. Then what the dex files
define says little of what the app runs, and "no such library" would be false. The strongest sign is none of a list:
components that the manifest starts and that no dex file defines. An obfuscator renames classes; a library whose names
were shortened is there and cannot be told by name. Both are told as numbers; what follows from them the reader says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.packages.archive import Unreadable

if TYPE_CHECKING:
    from crossline.packages.archive import Archive

# Name of the packer, which names tell of it (regular expressions), and who says so. LibChecker: rules for native
# libraries and providers of the LibChecker project (Apache-2.0). APKiD: apkid/rules/apk/packers.yara at commit 005e53a
# names these files. Names are facts about other people's products; products change them.
LIBRARIES: Final = (
    ("360 Jiagu", r"^libjiagu(?:_vip|_art|_a64|_x64|_x86|_vip_x64)*\.so$", "LibChecker libjiagu.so; APKiD jiagu"),
    ("Tencent Legu", r"^libshell(?:a|x|-super)[-.][0-9.v-]+\.so$", "LibChecker regex_tencent_legu"),
    ("Bangcle", r"^lib(?:SecShell|DexHelper|secexe|secmain)(?:-x86|-x86_64)?\.so$", "LibChecker libSecShell.so; APKiD"),
    ("Ijiami", r"^lib(?:execmain|ijmDataEncryption)(?:_x86|_x86_64|_arm64)?\.so$", "LibChecker libexecmain.so"),
    ("Baidu", r"^libbaiduprotect(?:_art|_x86|_sec_jni)?\.so$", "LibChecker libbaiduprotect.so; APKiD baidu"),
    ("Alibaba", r"^libmobisecy?\.so$", "APKiD alibaba"),
    ("AppGuard", r"^libAppGuard(?:-x86)?\.so$", "APKiD appguard_new"),
    ("AppSealing", r"^libcovault(?:-appsec)?\.so$", "APKiD appsealing"),
)
FILES: Final = (
    ("Ijiami", r"^assets/ijiami\.dat$|ijiami\.ajm$|^assets/ijm_lib/", "APKiD ijiami"),
    ("DexProtector", r"^assets/(?:classes\.dex\.dat|dp\.[a-z0-9_.-]+\.so(?:\.dat)?)$", "APKiD dexprotector"),
    ("Bangcle", r"(?:^|/)bangcle_?classes\.jar$|^assets/(?:bangcleplugin/|secData0\.jar$)", "APKiD bangcle"),
    ("LIAPP", r"/LIAPPEgg|LIAPPClient\.sc$", "APKiD liapp"),
)
CLASSES: Final = (
    ("Tencent Legu", r"^com\.tencent\.StubShell\.", "APKiD tencent"),
    ("Bangcle", r"^com\.secneo\.apkwrapper\.", "LibChecker com.secneo.apkwrapper.CP"),
    ("NetEase Yidun", r"^com\.netease\.nis\.wrapper\.", "APKiD yidun"),
)
LARGE: Final = 64 << 10  # bytes of an entry that may hold code
DENSE: Final = 7.9  # bits a byte of encrypted or compressed bytes, at least; eight are most
_SAMPLE: Final = 1 << 20  # bytes that are counted at most
_SAMPLED: Final = 64  # entries that are looked into at most, the largest
# First bytes of formats that are dense by their nature: PNG, JPEG, GIF, zip, gzip, Ogg, RIFF (WebP), MP3, xz, WOFF,
# bzip2, zstd. Whatever is no such format, and dense, is encrypted or compressed in a way of its own.
_DENSE_FORMATS: Final = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\3\4", b"\x1f\x8b", b"OggS", b"RIFF", b"ID3", b"\xff\xfb", b"\xfd7zXZ",
    b"wOF", b"BZh", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


@dataclass(frozen=True)
class Signs:
    """What speaks for a packer or an obfuscator.

    ``packers`` names each known packer whose files or classes are there, with the file or class and who says so.
    ``undefined`` are components of the manifest (classes) that no dex file defines, of ``components`` in all.
    ``dense`` are large entries whose bytes look encrypted and have no known format: name and bytes. ``short_classes``
    and ``short_packages`` are the shares, from 0 to 1, of defined classes and of their packages whose last name has
    one or two letters; null without any.
    """

    packers: tuple[tuple[str, str, str], ...]
    defined: int
    components: int
    undefined: tuple[str, ...]
    dense: tuple[tuple[str, int], ...]
    short_classes: float | None
    short_packages: float | None


def signs(archive: Archive, classes: pl.DataFrame, components: pl.Series) -> Signs:
    """Return what speaks for a packer: of the classes as :func:`crossline.packages.dex.merged` has them.

    ``components`` are class names that the manifest starts, the application's own included.
    """
    defined = classes.filter("defined")["name"]
    names = archive.entries["name"]
    libraries = names.filter(names.str.ends_with(".so")).str.extract(r"([^/]+)$").unique(maintain_order=True)
    started = components.drop_nulls().unique(maintain_order=True)
    outer = pl.DataFrame({"name": defined}).select(
        package=pl.col("name").str.extract(r"^(?:.*\.)?([^.]+)\.[^.]+$"),
        whole=pl.col("name").str.extract(r"^(.*)\.[^.]+$"),
        own=pl.col("name").str.extract(r"([^.$]+)(?:\$[^.]*)?$"),
    )
    packages = outer.unique("whole").drop_nulls("whole")
    return Signs(
        packers=tuple(
            dict.fromkeys(
                (packer, value, source)
                for table, column in ((LIBRARIES, libraries), (FILES, names), (CLASSES, classes["name"]))
                for packer, form, source in table
                for value in column.filter(column.str.contains(form)).head(1)
            )
        ),
        defined=len(defined),
        components=len(started),
        undefined=tuple(started.filter(~started.is_in(defined.implode()))),
        dense=_dense(archive),
        short_classes=_share(outer["own"]),
        short_packages=_share(packages["package"]),
    )


def density(data: bytes | bytearray) -> float:
    """Return the entropy of the first mebibyte, in bits a byte (Shannon 1948), counting single bytes."""
    view = np.frombuffer(data, np.uint8)[:_SAMPLE]
    if not len(view):
        return 0.0
    share = np.bincount(view, minlength=256) / len(view)
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def _dense(archive: Archive) -> tuple[tuple[str, int], ...]:
    """Look into the largest entries that are no known dense format. Deflating them gained next to nothing either."""
    rows = (
        archive.entries.with_row_index("row")
        .filter((pl.col("size") >= LARGE) & (pl.col("packed") >= 0.9 * pl.col("size")))
        .sort("size", descending=True)
        .head(_SAMPLED)
    )
    found = []
    for row, name, size in rows.select("row", "name", "size").iter_rows():
        try:
            if not archive.head(row).startswith(_DENSE_FORMATS) and density(archive.read(row)) >= DENSE:
                found.append((name, size))
        except Unreadable:
            continue
    return tuple(found)


def _share(names: pl.Series) -> float | None:
    return int((names.str.len_chars() <= 2).sum()) / len(names) if len(names) else None
