"""Who an Android package says it is, what it asks for, and whose certificates it carries, by the library apk-info.

apk-info (Rust, Apache-2.0) reads binary XML, resources and signing blocks, of archives that were tampered with too. It
takes files and no bytes. It does not verify signatures, and neither is it done here: a certificate is what the package
*carries*. Anybody can put another's certificate into a package; a phone that installs it checks.

The library ends the whole process on a manifest whose elements are nested a million deep, and takes as much memory
as manifest and resources have bytes. So both are looked at first, through :mod:`crossline.packages.archive`. That
holds for what is read there alone; a reader that uses this runs in the jail.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apk_info
import polars as pl

from crossline.compiled import Array, kernel
from crossline.identifiers import signer
from crossline.packages import archive, octets
from crossline.packages.archive import Archive
from crossline.packages.octets import four, two

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COMPONENTS: Final = pl.Schema(
    {
        "kind": pl.String(),  # activity | activity-alias | service | receiver | provider
        "name": pl.String(),  # of its class, in full
        "exported": pl.Boolean(),  # null if the manifest does not say
        "permission": pl.String(),
    }
)
MANIFEST_MOST: Final = 16 << 20  # bytes; the largest that anybody writes are some hundred thousand
RESOURCES_MOST: Final = 256 << 20
DEPTH_MOST: Final = 256  # of elements; manifests have six
# https://source.android.com/docs/security/features/apksigning: newest first; a phone goes by the newest it knows
SCHEMES: Final = ("v3.1", "v3", "v2", "v1")
_KINDS: Final = (
    ("activity", "get_activities"),
    ("activity-alias", "get_activity_aliases"),
    ("service", "get_services"),
    ("receiver", "get_receivers"),
    ("provider", "get_providers"),
)


class Unreadable(Exception):  # noqa: N818 - it ends one package, and is no error of the program
    """A package whose manifest cannot be read: why."""


@dataclass(frozen=True)
class Signer:
    """A certificate that a package carries: in which signature scheme, its SHA-256 (canonical), whom it names."""

    scheme: str
    sha256: str
    subject: str


@dataclass(frozen=True)
class Manifest:
    """What a manifest says. A null was not said, or could not be resolved."""

    package: str | None
    version: str | None  # versionName
    version_code: int | None
    label: str | None
    application: str | None  # class that starts first, in full
    min_sdk: int | None
    target_sdk: int | None
    permissions: tuple[str, ...]
    components: pl.DataFrame
    signers: tuple[Signer, ...]  # of all schemes, newest first
    stamps: tuple[str, ...]  # certificates of source stamps: who distributed it, as they say
    split: str | None = None  # which part of an app it is, where that came in several packages
    unsigned_why: str | None = None  # why its signatures could not be read

    @property
    def identity(self) -> tuple[Signer, ...]:
        """The certificates of the newest scheme: what a current phone takes for the app's signer."""
        return tuple(one for one in self.signers if one.scheme == self.signers[0].scheme)


def ready() -> None:
    """Have the kernel there, so that a process that is forked need not load it."""
    _depth(octets.view(b"\0"))


def read(path: Path, opened: Archive | None = None) -> Manifest:
    """Read the manifest and the certificates of a package; raises :class:`Unreadable`.

    ``opened`` is the same file, if it was opened before. Of an archive of packages (XAPK, APKS) none is chosen: open
    the one that is meant.
    """
    try:
        _check(opened or Archive(path.read_bytes()))
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    except archive.Unreadable as error:
        raise Unreadable(str(error)) from None
    apk = _survive(lambda: apk_info.APK(path))
    signatures: list[Any] = []
    damaged = None
    try:
        signatures = list(_survive(apk.get_signatures))
    except Unreadable as error:
        damaged = str(error)
    package = _text(apk.get_package_name)
    return Manifest(
        package=package,
        version=_text(apk.get_version_name),
        version_code=_number(apk.get_version_code),
        label=_text(apk.get_application_label),
        application=_full(package, _text(apk.get_application_name)),
        min_sdk=_number(apk.get_min_sdk_version),
        target_sdk=_number(apk.get_target_sdk_version),
        permissions=tuple(sorted({*_survive(apk.get_permissions), *_survive(apk.get_permissions_sdk23)})),
        components=_components(apk, package),
        signers=_signers(signatures),
        stamps=tuple(
            signer.parse(one.certificate.sha256_fingerprint)
            for one in signatures
            if type(one).__name__.rpartition("_")[2].startswith("StampBlock")
        ),
        split=_text(lambda: apk.get_attribute_value("manifest", "split")),
        unsigned_why=damaged,
    )


def read_bytes(data: octets.Held, opened: Archive | None = None) -> Manifest:
    """Read a package that lies in memory; raises :class:`Unreadable`. ``opened`` is the same, if it was opened before.

    The library takes files only: it is given one that lies in memory where there are such (Linux), and else a
    temporary one.
    """
    with _as_file(data) as path:
        return read(path, opened or _opened(data))


def _opened(data: octets.Held) -> Archive:
    try:
        return Archive(data)
    except archive.Unreadable as error:
        raise Unreadable(str(error)) from None


@contextlib.contextmanager
def _as_file(data: octets.Held) -> Iterator[Path]:
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("package"), "wb", buffering=0) as memory:
            rest = memoryview(data)
            while rest:
                rest = rest[memory.write(rest) :]
            yield Path(f"/proc/self/fd/{memory.fileno()}")
    else:
        with tempfile.NamedTemporaryFile(suffix=".apk") as file:
            file.write(data)
            file.flush()
            yield Path(file.name)


def _check(opened: Archive) -> None:
    """Refuse what the library would not survive; raises :class:`Unreadable`, this one or the archive's."""
    rows = opened.rows("AndroidManifest.xml")
    if not rows:
        raise Unreadable("no AndroidManifest.xml")
    for name, most in (("AndroidManifest.xml", MANIFEST_MOST), ("resources.arsc", RESOURCES_MOST)):
        for row in opened.rows(name):
            if opened.entries["size"][row] > most:
                raise Unreadable(f"{name} has {opened.entries['size'][row]:,} bytes; limit of {most:,}")
    for row in rows:
        if _depth(octets.view(opened.read(row))) > DEPTH_MOST:
            raise Unreadable(f"elements of AndroidManifest.xml are nested more than {DEPTH_MOST} deep")


@kernel
def _depth(data: Array) -> int:
    """Return how deep elements are nested in binary XML: a chunk for each start (0x0102) and each end (0x0103).

    The format is that of frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h: a header of type, length
    of the header, and length of the chunk. What does not follow it ends the count.
    """
    depth = deepest = 0
    at = two(data, 2) if len(data) >= 8 else 0
    while at >= 8 and at + 8 <= len(data):
        kind, size = two(data, at), four(data, at + 4)
        if kind == 0x0102:
            depth += 1
            deepest = max(deepest, depth)
        elif kind == 0x0103:
            depth -= 1
        if size < 8:
            break
        at += size
    return deepest


def _survive(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the library returns
    """Call the library; whatever it does on a broken file, a panic of Rust included, is one sentence."""
    try:
        return call()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic is no Exception
        raise Unreadable(" ".join(str(error).split())[:300] or type(error).__name__) from None


def _text(call: Callable[[], Any]) -> str | None:
    value = _survive(call)
    return str(value) if value not in {None, ""} else None


def _number(call: Callable[[], Any]) -> int | None:
    """Return a number that is written in decimal digits; Android's own are below 2**63."""
    value = str(_survive(call))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _full(package: str | None, name: str | None) -> str | None:
    """Return a class name in full: one that begins with a dot, or has none, stands below the package."""
    if name is None or package is None or "." in name.removeprefix("."):
        below = name is not None and package is not None and name.startswith(".")
        return f"{package}{name}" if below else name
    return f"{package}.{name.removeprefix('.')}"


def _signers(signatures: Iterable[Any]) -> tuple[Signer, ...]:
    found = []
    for signature in signatures:
        scheme = type(signature).__name__.rpartition("_")[2].lower().replace("v31", "v3.1")
        if scheme in SCHEMES:
            found += [
                Signer(scheme, signer.parse(one.sha256_fingerprint), one.subject) for one in signature.certificates
            ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: SCHEMES.index(one.scheme)))


def _components(apk: Any, package: str | None) -> pl.DataFrame:  # noqa: ANN401 - the library has no common type
    rows = [
        (kind, _full(package, one.name), {"true": True, "false": False}.get(one.exported), one.permission)
        for kind, call in _KINDS
        for one in _survive(getattr(apk, call))
    ]
    return pl.DataFrame(rows, schema=COMPONENTS, orient="row")
