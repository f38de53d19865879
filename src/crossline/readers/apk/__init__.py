"""Android packages: APK, and archives of the packages that make one app (XAPK, APKS); docs/readers/apk.md.

Each app is an asset of kind ``app``. ``parts`` opens an archive and reads each package in it by
:mod:`crossline.packages`, and ``tying`` makes columns, ties and extents of what was found.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "packages of Android apps: APK, XAPK, APKS; signer, permissions, classes, hosts in code and resources"
LIMITS: Final = (
    "Signatures are not verified: a certificate is what the package carries, and a phone that installs it checks.",
    "No signatures of libraries are known to this version: whose code an app carries is unknown, never nobody's.",
    "A host that is named need not be contacted, and hosts that are put together while an app runs are not seen.",
    "A package among the assets of another is told in a note; what is in it is not read. AAB and IPA are not read.",
    "Of files in META-INF no hosts are looked for, nor in those of more than 256 MiB.",
    "A file of more than 4 GiB is not read; from it come at most 4 GiB, 1,000 dex files and 20,000 hosts an app.",
)
JAILED: Final = True  # apk-info, a library of Rust, may panic on a file made to hurt it

SUFFIXES: Final = frozenset((".apk", ".xapk", ".apks", ".apkm"))
_MAGIC: Final = b"PK\x03\x04"
_JANUS: Final = b"dex\n"  # a package that starts as a dex file (CVE-2017-13156); Android 8 and newer refuse it
_ENTRIES: Final = 64  # that are looked at in the head
_LOCAL: Final = 30  # bytes of a local header without its name (APPNOTE.TXT, 4.3.7)


def claim(path: Path, head: bytes) -> bool:
    """Return whether it is an archive with the name of a package, or one whose first entries hold a manifest."""
    if path.suffix.lower() in SUFFIXES:
        return head.startswith((_MAGIC, _JANUS))
    return path.suffix.lower() != ".aar" and "AndroidManifest.xml" in _first(head)


def _first(head: bytes) -> list[str]:
    """Return the names of the first entries, by local headers from the file's first byte on."""
    found: list[str] = []
    at = 0
    while head.startswith(_MAGIC, at) and at + _LOCAL <= len(head) and len(found) < _ENTRIES:
        packed, _, name, extra = struct.unpack_from("<IIHH", head, at + 18)
        found.append(head[at + _LOCAL : at + _LOCAL + name].decode("utf-8", "replace"))
        behind = at + _LOCAL + name + extra
        # Bit 3: the size stands behind the bytes (4.4.4), so the next header is looked for.
        at = head.find(_MAGIC, behind) if head[at + 6] & 8 and not packed else behind + packed
        if at < 0:
            break
    return found


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the app of a package, or of an archive of packages. Never raises on data."""
    from crossline.readers.apk import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    try:
        yield from reading.read(path, limits)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
