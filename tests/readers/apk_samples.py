"""Writes packages of apps, for tests: binary manifests by ResourceTypes.h, in archives with dex files."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "packages"))

from apk_writer import Entry, archive
from dex_writer import dex

__all__ = ["Entry", "apk", "archive", "dex", "manifest"]

# Attributes by their numbers in the framework's public.xml.
_NUMBERS = {
    "label": 0x01010001, "name": 0x01010003, "minSdkVersion": 0x0101020C, "versionCode": 0x0101021B,
    "versionName": 0x0101021C, "targetSdkVersion": 0x01010270,
}  # fmt: skip
_ANDROID = "http://schemas.android.com/apk/res/android"
_NONE = 0xFFFFFFFF
Value = str | int


class _Pool:
    """The strings of a document; those of numbered attributes come first."""

    def __init__(self) -> None:
        self.texts = [*_NUMBERS, _ANDROID]

    def __call__(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def chunk(self) -> bytes:
        places, body = b"", b""
        for text in self.texts:
            places += struct.pack("<I", len(body))
            coded = text.encode("utf-16-le")
            body += struct.pack("<H", len(coded) // 2) + coded + bytes(2)
        body += bytes(-len(body) % 4)
        start = 28 + len(places)
        return struct.pack("<HHIIIIII", 1, 28, start + len(body), len(self.texts), 0, 0, start, 0) + places + body


def _element(pool: _Pool, name: str, attributes: dict[str, Value], inside: bytes = b"") -> bytes:
    rows = b""
    for key, value in attributes.items():
        space = pool(_ANDROID) if key in _NUMBERS else _NONE
        raw, kind, data = (pool(value), 3, pool(value)) if isinstance(value, str) else (_NONE, 0x10, value)
        rows += struct.pack("<IIIHBBI", space, pool(key), raw, 8, 0, kind, data)
    tag = pool(name)
    start = struct.pack("<HHIII", 0x102, 16, 36 + len(rows), 1, _NONE)
    start += struct.pack("<IIHHHHHH", _NONE, tag, 20, 20, len(attributes), 0, 0, 0)
    return start + rows + inside + struct.pack("<HHIIIII", 0x103, 16, 24, 1, _NONE, _NONE, tag)


def manifest(
    package: str,
    activities: tuple[str, ...] = (),
    permissions: tuple[str, ...] = (),
    split: str | None = None,
    label: str = "An app",
) -> bytes:
    """Return a binary manifest, version 7 named 1.2, for API levels 21 to 34."""
    pool = _Pool()
    inside = _element(pool, "uses-sdk", {"minSdkVersion": 21, "targetSdkVersion": 34})
    for name in permissions:
        inside += _element(pool, "uses-permission", {"name": name})
    below = b"".join(_element(pool, "activity", {"name": name}) for name in activities)
    inside += _element(pool, "application", {"label": label}, below)
    said: dict[str, Value] = {"versionCode": 7, "versionName": "1.2", "package": package}
    said |= {"split": split} if split else {}
    body = _element(pool, "manifest", said, inside)
    space = struct.pack("<HHIIIII", 0x100, 16, 24, 1, _NONE, _NONE, pool(_ANDROID))
    end = struct.pack("<HHIIIII", 0x101, 16, 24, 1, _NONE, _NONE, pool(_ANDROID))
    numbers = struct.pack(f"<HHI{len(_NUMBERS)}I", 0x180, 8, 8 + 4 * len(_NUMBERS), *_NUMBERS.values())
    whole = pool.chunk() + numbers + space + body + end
    return struct.pack("<HHI", 3, 8, 8 + len(whole)) + whole


def apk(package: str, *more: Entry, code: bytes | None = None, **said: object) -> bytes:
    """Return a package with a manifest, a dex file and what else it is to hold."""
    told = manifest(package, **said)  # type: ignore[arg-type]  # as `manifest` has them
    code = dex(["Lcom/example/Main;"], strings=["https://api.acme.com/v1"]) if code is None else code
    return archive([Entry(b"AndroidManifest.xml", told), Entry(b"classes.dex", code), *more])
