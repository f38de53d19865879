"""One small repository, written by hand in index versions 1 and 2 as F-Droid documents them, and one app's metadata.

https://f-droid.org/docs/All_our_APIs/ and https://f-droid.org/docs/Build_Metadata_Reference/
"""

from __future__ import annotations

import copy
from typing import Any

SIGNER = "a1" * 32
STAMP = 1709164800000  # 2024-02-29T00:00:00Z, by hand: 19782 days of 86,400,000 ms
IDS = ["coop.meadow.notes", "org.example2.Tool"]


def copied(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document that a test may change."""
    return copy.deepcopy(document)


def version_2(code: int, name: str, signer: str = SIGNER, **more: object) -> dict[str, Any]:
    """Return a version as index version 2 has it."""
    return {
        "added": STAMP,
        "file": {"name": f"/x_{code}.apk", "sha256": f"{code:064x}", "size": 9},
        "manifest": {
            "versionName": name,
            "versionCode": code,
            "usesSdk": {"minSdkVersion": 21, "targetSdkVersion": 34},
            "signer": {"sha256": [signer]},
            "usesPermission": [
                {"name": "android.permission.INTERNET"},
                {"name": "android.permission.CAMERA", "maxSdkVersion": 28},
            ],
            "usesPermissionSdk23": [{"name": "android.permission.READ_CONTACTS"}],
        },
        "antiFeatures": {"NonFreeNet": {"en-US": "talks to a service"}, "Tracking": {}},
    } | more


def version_1(code: int, name: str) -> dict[str, Any]:
    """Return a version as index version 1 has it."""
    return {
        "added": STAMP,
        "apkName": f"x_{code}.apk",
        "hash": f"{code:064x}",
        "hashType": "sha256",
        "packageName": "coop.meadow.notes",
        "sig": "0" * 32,
        "signer": SIGNER,
        "size": 9,
        "uses-permission": [["android.permission.INTERNET", None], ["android.permission.CAMERA", 28]],
        "uses-permission-sdk-23": [["android.permission.READ_CONTACTS", None]],
        "antiFeatures": ["NonFreeNet", "Tracking"],
        "versionCode": code,
        "versionName": name,
    }


_AUTHOR = {
    "authorName": "Meadow Software GmbH",
    "authorEmail": "office@meadow.coop",
    "authorWebSite": "https://www.meadow.coop/",
    "sourceCode": "https://codeberg.org/meadow/notes",
    "license": "GPL-3.0-or-later",
    "categories": ["Writing", "Internet"],
}
_PERSON = {
    "authorName": "Erika Mustermann",
    "authorEmail": "erika@mustermann.de",
    "authorWebSite": "https://mustermann.de",
    "sourceCode": "https://git.mustermann.de/tool",
    "license": "MIT",
    "categories": ["System"],
}

INDEX_2: dict[str, Any] = {
    "repo": {
        "name": {"en-US": "Meadow"},
        "address": "https://apps.meadow.coop/repo",
        "mirrors": [{"url": "https://mirror.example.net/repo"}],
        "timestamp": STAMP,
    },
    "packages": {
        "coop.meadow.notes": {
            "metadata": _AUTHOR | {"name": {"de": "Notizen", "en-US": "Notes"}, "preferredSigner": SIGNER},
            "versions": {"1" * 64: version_2(20, "2.0"), "2" * 64: version_2(21, "2.1")},
        },
        "org.example2.Tool": {
            "metadata": _PERSON | {"name": {"en-US": "Tool"}},
            "versions": {"3" * 64: {"added": STAMP, "manifest": {"versionName": "1", "versionCode": 1}}},
        },
    },
}

INDEX_1: dict[str, Any] = {
    "repo": {
        "timestamp": STAMP,
        "version": 20002,
        "name": "Meadow",
        "address": "https://apps.meadow.coop/repo",
        "mirrors": ["https://mirror.example.net/repo"],
    },
    "requests": {"install": [], "uninstall": []},
    "apps": [
        _AUTHOR
        | {
            "packageName": "coop.meadow.notes",
            "antiFeatures": ["NonFreeNet", "Tracking"],
            "suggestedVersionCode": "21",
            "suggestedVersionName": "2.1",
            "localized": {"de": {"name": "Notizen"}, "en-US": {"name": "Notes"}},
        },
        _PERSON | {"packageName": "org.example2.Tool", "name": "Tool", "suggestedVersionCode": "1"},
    ],
    "packages": {
        "coop.meadow.notes": [version_1(21, "2.1"), version_1(20, "2.0")],
        "org.example2.Tool": [{"versionName": "1", "versionCode": 1}],
    },
}

# What an index says of the first app, by hand.
NOTES = {
    "name": "Notes",
    "package": "coop.meadow.notes",
    "version": "2.1",
    "version_code": 21,
    "versions": 2,
    "permissions": [
        "android.permission.INTERNET",
        "android.permission.CAMERA",
        "android.permission.READ_CONTACTS",
    ],
    "anti_features": ["NonFreeNet", "Tracking"],
    "categories": ["Writing", "Internet"],
    "licence": "GPL-3.0-or-later",
    "source_host": "codeberg.org",
    "offered_in": None,
    "monthly_users": None,
    "apk_sha256": f"{21:064x}",
}

METADATA = """\
AntiFeatures:
  NonFreeNet:
    en-US: Talks to a service.
Categories:
  - Writing
  - Internet
License: GPL-3.0-or-later
AuthorName: Meadow Software GmbH
AuthorEmail: office@meadow.coop
AuthorWebSite: https://www.meadow.coop/
SourceCode: https://codeberg.org/meadow/notes

# a comment at the start of a line
AutoName: "Notes: \\u2764"
Description: |-
  Notes for the meadow.

  CurrentVersion: 7

Builds:
  - versionName: '1.9'
    versionCode: 19
    build:
      - |
        versionCode: 110
    antifeatures:
      - Ads

  - versionName: '1.10'
    versionCode: 110
    antifeatures:
      Tracking:
        en-US: Counts visits.

AllowedAPKSigningKeys: A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1

NoSourceSince: '1.9'
CurrentVersion: 1.10
CurrentVersionCode: 110
"""

# What the metadata says, by hand.
OF_METADATA = {
    "name": "Notes: \u2764",
    "version": "1.10",
    "version_code": 110,
    "versions": 2,
    "permissions": None,
    "anti_features": ["NonFreeNet", "NoSourceSince", "Tracking"],
    "categories": ["Writing", "Internet"],
    "licence": "GPL-3.0-or-later",
    "source_host": "codeberg.org",
    "observed_at": None,
    "apk_sha256": None,
}
