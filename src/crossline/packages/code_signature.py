"""The signature of Apple's code, as a file carries it: whose team, which entitlements, whose certificate.

A *super blob* (https://github.com/apple-oss-distributions/xnu, osfmk/kern/cs_blobs.h) is a table of slots, each a blob
with a magic and a length: the code directory, the entitlements as a property list, and a signed message (CMS). Numbers
have the most significant byte first. Nothing is verified here: a certificate is what the file *carries*.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, Final

from crossline.packages import cms, plist

SLOTS_MOST: Final = 64  # real ones have some six

_SUPER, _DIRECTORY, _ENTITLEMENTS, _WRAPPER = 0xFADE0CC0, 0xFADE0C02, 0xFADE7171, 0xFADE0B01
_WITH_TEAM: Final = 0x20200  # version of a code directory from which on it has a team
_NAME_MOST: Final = 255


@dataclass(frozen=True)
class Signature:
    """What a signature says; ``odd`` is what of it could not be read."""

    identifier: str | None = None
    team: str | None = None
    entitlements: dict[str, Any] = field(default_factory=dict)
    signers: tuple[cms.Certificate, ...] = ()
    odd: tuple[str, ...] = ()


def read(data: bytes) -> Signature:
    """Read a signature; never raises on what it says."""
    if len(data) < 12 or struct.unpack_from(">I", data)[0] != _SUPER:
        return Signature(odd=("a code signature that is none",))
    count = struct.unpack_from(">I", data, 8)[0]
    odd: list[str] = []
    if count > SLOTS_MOST:
        odd.append(f"a code signature of {count:,} slots, of which {SLOTS_MOST} are read")
    identifier = team = None
    entitlements: dict[str, Any] = {}
    signers: tuple[cms.Certificate, ...] = ()
    for number in range(min(count, SLOTS_MOST, (len(data) - 12) // 8)):
        at = struct.unpack_from(">I", data, 16 + 8 * number)[0]
        magic, size = struct.unpack_from(">II", data, at) if at + 8 <= len(data) else (0, 0)
        if size < 8 or at + size > len(data):
            odd.append("a code signature with a slot that does not lie in it")
            continue
        blob = data[at : at + size]
        try:
            if magic == _DIRECTORY and identifier is None:
                identifier, team = _directory(blob)
            elif magic == _ENTITLEMENTS and not entitlements:
                entitlements = plist.read(blob[8:])
            elif magic == _WRAPPER and len(blob) > 8 and not signers:  # empty where it is signed ad hoc
                signers = cms.read(blob[8:]).signers
        except (plist.Unreadable, cms.Unreadable) as error:
            odd.append(f"its code signature: {error}")
    return Signature(identifier, team, entitlements, signers, tuple(dict.fromkeys(odd)))


def _directory(blob: bytes) -> tuple[str | None, str | None]:
    """Return the identifier and the team of a code directory."""
    if len(blob) < 44:
        return None, None
    version, named = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 20)[0]
    at = struct.unpack_from(">I", blob, 48)[0] if version >= _WITH_TEAM and len(blob) >= 52 else 0
    return _text(blob, named), _text(blob, at)


def _text(blob: bytes, at: int) -> str | None:
    end = blob.find(b"\0", at, at + _NAME_MOST + 1) if 44 <= at < len(blob) else -1
    return (blob[at:end].decode("utf-8", "replace") or None) if end > 0 else None
