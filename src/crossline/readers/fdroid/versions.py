"""Which of an app's versions a repository suggests: https://f-droid.org/docs/All_our_APIs/ and the client's rules.

Index version 1 names it by ``suggestedVersionCode``. Of version 2 a client takes, of the versions in no release
channel (``Beta``) and signed by the preferred signer, the one with the highest version code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.readers.fdroid.apps import Fields

VERSIONS_MOST: Final = 20_000  # of one app; F-Droid's own archive has some hundreds


@dataclass(slots=True)
class Version:
    """What an index says of one version."""

    code: int | None
    name: str | None
    signers: list[str]
    permissions: list[str]
    anti_features: list[str]
    channels: list[str]
    sha256: str | None


def of_index_2(fields: Fields, value: object) -> list[Version]:
    """Return the versions of an app in index version 2: an object by the package's SHA-256."""
    held = fields.mapping("versions", value)
    if len(held) > VERSIONS_MOST:
        fields.refuse("versions", f"more than {VERSIONS_MOST} versions; the rest is not read")
    found = []
    for key, entry in list(held.items())[:VERSIONS_MOST]:
        where = f"versions.{key[:64]}"
        content = fields.mapping(where, entry)
        manifest = fields.mapping(f"{where}.manifest", content.get("manifest"))
        signer = fields.mapping(f"{where}.manifest.signer", manifest.get("signer"))
        file = fields.mapping(f"{where}.file", content.get("file"))
        asked = [
            name
            for part in ("usesPermission", "usesPermissionSdk23")
            for name in _names(fields, f"{where}.manifest.{part}", manifest.get(part))
        ]
        found.append(
            Version(
                fields.integer(f"{where}.manifest.versionCode", manifest.get("versionCode")),
                fields.text(f"{where}.manifest.versionName", manifest.get("versionName")),
                fields.signers(f"{where}.manifest.signer.sha256", signer.get("sha256")),
                list(dict.fromkeys(asked)),
                fields.words(f"{where}.antiFeatures", content.get("antiFeatures")) or [],
                fields.texts(f"{where}.releaseChannels", content.get("releaseChannels")) or [],
                fields.text(f"{where}.file.sha256", file.get("sha256")),
            )
        )
    return found


def of_index_1(fields: Fields, value: object) -> list[Version]:
    """Return the versions of an app in index version 1: a list of objects."""
    if not isinstance(value, list):
        fields.refuse("", "is no list of versions")
        return []
    if len(value) > VERSIONS_MOST:
        fields.refuse("", f"more than {VERSIONS_MOST} versions; the rest is not read")
    found = []
    for number, entry in enumerate(value[:VERSIONS_MOST]):
        where = f"[{number}]"
        content = fields.mapping(where, entry)
        asked = [
            name
            for part in ("uses-permission", "uses-permission-sdk-23")
            for name in _names(fields, f"{where}.{part}", content.get(part))
        ]
        found.append(
            Version(
                fields.integer(f"{where}.versionCode", content.get("versionCode")),
                fields.text(f"{where}.versionName", content.get("versionName")),
                fields.signers(f"{where}.signer", content.get("signer")),
                list(dict.fromkeys(asked)),
                fields.words(f"{where}.antiFeatures", content.get("antiFeatures")) or [],
                [],
                fields.text(f"{where}.hash", content.get("hash"))
                if content.get("hashType") in (None, "sha256")
                else None,
            )
        )
    return found


def _names(fields: Fields, where: str, value: object) -> list[str]:
    """Return names of permissions: each an object with a name, or in version 1 a list of name and highest SDK."""
    if value is None:
        return []
    if not isinstance(value, list):
        fields.refuse(where, "is no list")
        return []
    names: list[Any] = [
        item.get("name") if isinstance(item, dict) else item[0] if isinstance(item, list) and item else item
        for item in value
    ]
    if any(not isinstance(name, str) for name in names):
        fields.refuse(where, "a permission without a name")
        names = [name for name in names if isinstance(name, str)]
    return fields.texts(where, names) or []


def suggested(held: Sequence[Version], code: int | None, signer: str | None) -> Version | None:
    """Return the version that is suggested: by its code, or by the client's rules; None where there is none.

    Of two with one code the first counts.
    """
    stated = [version for version in held if version.code == code] if code else []
    if not stated:
        signed = [version for version in held if signer and signer in version.signers] or held
        stated = [version for version in signed if not version.channels] or list(signed)
    return max(stated, key=lambda version: -1 if version.code is None else version.code, default=None)
