"""Apple's packages: an IPA, or a zipped ``.app`` as a simulator takes it; docs/readers/ipa.md.

Each app is an asset of kind ``app``. ``reading`` opens the archive and finds the apps in it, ``bundles`` reads what
lies in each by :mod:`crossline.packages`, ``embedding`` looks for libraries in it, and ``tying`` makes columns, ties
and extents of what was found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.packages.head import MAGIC, first_names
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from crossline.packages.libraries import Signatures
    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "packages of Apple's apps: IPA, zipped .app; signer, usage descriptions, entitlements, classes, hosts"
LIMITS: Final = (
    "Signatures are not verified: a certificate is what the package carries, and a device that installs it checks.",
    "What a store has encrypted is not seen: of an app fetched from there neither classes nor hosts in its code.",
    "Libraries are told by the signatures of the world alone: by names of classes, and of libraries beside the code.",
    "Code of C, and code of Swift without classes, that was linked into a program shows no library.",
    "Classes are those that Objective-C can see, those of Swift by their mangled names; categories are not counted.",
    "A host that is named need not be contacted, and hosts that are put together while an app runs are not seen.",
    "Hosts that are IPv6 literals, or are written with characters outside ASCII, are not looked for.",
    "A package among the files of another is told in a note; what is in it is not read, and no app for macOS is.",
    "A file of more than 4 GiB is not read; from it come at most 4 GiB, 1,000 files of code and 20,000 hosts an app.",
)
KNOWS: Final = ("signature",)
JAILED: Final = True  # whole documents and kernels over files of strangers

SUFFIX: Final = ".ipa"
ARCHIVES: Final = frozenset((SUFFIX,))
_INSIDE: Final = re.compile(r"(?:Payload/)?[^/]+\.app/(?!Contents/).+")


def claim(path: Path, head: bytes) -> bool:
    """Return whether it is an archive with the name of a package, or one whose first entries lie in an app's folder."""
    if not head.startswith(MAGIC):
        return False
    return path.suffix.lower() == SUFFIX or any(_INSIDE.fullmatch(name) for name in first_names(head))


def read(
    path: Path, limits: Limits, known: Mapping[str, pl.DataFrame | Signatures] | None = None
) -> Iterator[Batch | Reject | Note]:
    """Yield the apps of a package. Never raises on data.

    ``known`` may have the world's table ``signature``; without it no libraries are looked for.
    """
    from crossline.readers.ipa import reading  # noqa: PLC0415 - the compiler is loaded for a file, not for a claim

    try:
        yield from reading.read(path, limits, (known or {}).get("signature"))
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
