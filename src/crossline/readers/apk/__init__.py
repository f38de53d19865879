"""Android packages: APK, archives of packages that make one app (XAPK, APKS), bundles (AAB); docs/readers/apk.md.

Each app is an asset of kind ``app``. ``parts`` opens an archive and reads each package in it by
:mod:`crossline.packages`, ``bundles`` each module of a bundle, and ``tying`` makes columns, ties and extents of what
was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crossline.packages.head import MAGIC, first_names
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from crossline.packages.libraries import Signatures
    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "packages of Android apps: APK, XAPK, APKS, AAB; signer, permissions, libraries in code, hosts"
LIMITS: Final = (
    "Signatures are not verified: a certificate is what the package carries, and a phone that installs it checks.",
    "Libraries are told by the signatures of the world alone, and where an obfuscator renamed classes, hardly at all.",
    "That a library's code is in a package does not say that it runs; a signature may fit what another wrote.",
    "A host that is named need not be contacted, and hosts that are put together while an app runs are not seen.",
    "Hosts that are IPv6 literals, or are written with characters outside ASCII, are not looked for.",
    "A package, or an archive with code, within another is told in a note; what is in it is not read.",
    "Of a bundle (AAB) a store makes packages, may sign them with another key, and may leave modules out.",
    "Of files in META-INF no hosts are looked for, nor in those of more than 256 MiB.",
    "A file of more than 4 GiB is not read; from it come at most 4 GiB, 1,000 dex files and 20,000 hosts an app.",
)
KNOWS: Final = ("signature",)
JAILED: Final = True  # apk-info, a library of Rust, may panic on a file made to hurt it

SUFFIXES: Final = frozenset((".apk", ".xapk", ".apks", ".apkm"))
_JANUS: Final = b"dex\n"  # a package that starts as a dex file (CVE-2017-13156); Android 8 and newer refuse it
_BUNDLE: Final = ".aab"
ARCHIVES: Final = SUFFIXES | {_BUNDLE}
# First entries of a package, and of a bundle.
_MANIFESTS: Final = frozenset(("AndroidManifest.xml", "BundleConfig.pb", "base/manifest/AndroidManifest.xml"))


def claim(path: Path, head: bytes) -> bool:
    """Return whether it is an archive with the name of a package, or one whose first entries hold a manifest."""
    if path.suffix.lower() in SUFFIXES:
        return head.startswith((MAGIC, _JANUS))
    if path.suffix.lower() == _BUNDLE:
        return head.startswith(MAGIC)
    return path.suffix.lower() != ".aar" and not _MANIFESTS.isdisjoint(first_names(head))


def prepare(known: Mapping[str, pl.DataFrame] | None) -> dict[str, Signatures]:
    """Return the world's signatures as a matcher, for :func:`read`; and have there what reading needs, once."""
    from crossline.readers.apk import reading  # noqa: PLC0415 - as below

    return reading.prepare(known or {})


def read(
    path: Path, limits: Limits, known: Mapping[str, pl.DataFrame | Signatures] | None = None
) -> Iterator[Batch | Reject | Note]:
    """Yield the app of a package, or of an archive of packages. Never raises on data.

    ``known`` may have the world's table ``signature``, or what :func:`prepare` made of it; without it no libraries are
    looked for.
    """
    from crossline.readers.apk import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    try:
        yield from reading.read(path, limits, (known or {}).get("signature"))
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
