"""The dump of Android's package service: what a maker shipped, what came later, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import told

from crossline import readers
from crossline.readers import android_dumpsys
from crossline.tables import Limits

if TYPE_CHECKING:
    from pathlib import Path

# Written from the form of Settings.dumpVersionLPr and dumpPackageLPr.
DUMP = """\
Database versions:
  Internal:
    sdkVersion=30 databaseVersion=3
    fingerprint=HONOR/YAL-L21/YAL:10/HUAWEIYAL/101:user/release-keys

Packages:
  Package [com.example.chat] (1a2b3c):
    userId=10123
    pkg=Package{4d5e6f com.example.chat}
    codePath=/data/app/~~aa==/com.example.chat-bb==
    versionCode=221 minSdk=21 targetSdk=33
    versionName=2.22 [beta]
    installerPackageName=com.huawei.appmarket
    signatures=PackageSignatures{77 version:2, signatures:[aab1d69d], past signatures:[]}
    pkgFlags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ]
    requested permissions:
      android.permission.INTERNET
      android.permission.READ_CONTACTS: restricted=true
    install permissions:
      android.permission.VIBRATE: granted=true
    User 0: ceDataInode=1 installed=true
      gids=[3003]
  Package [com.example.updated] (2a2b3c):
    codePath=/data/app/~~aa==/com.example.updated-bb==
    installerPackageName=com.android.vending
    pkgFlags=[ SYSTEM HAS_CODE UPDATED_SYSTEM_APP ]
  Package [com.example.preload] (2a2b3d):
    codePath=/data/app/com.example.preload
    pkgFlags=[ SYSTEM HAS_CODE ]
  Package [com.example.brought] (3a2b3c):
    codePath=/data/app/com.example.brought
    installerPackageName=com.example.filemanager
    packageSource=3
    pkgFlags=[ HAS_CODE ]

Hidden system packages:
  Package [com.example.updated] (9a2b3c):
    codePath=/system/app/Updated
    pkgFlags=[ SYSTEM HAS_CODE ]
  Package [com.example.removed] (9a2b3d):
    codePath=/system/app/Removed

Shared users:
  SharedUser [android.uid.system] (abc):
    installerPackageName=com.example.nobody
"""
HONOR = ("distributor", "vendor:honor")


def dump(folder: Path, text: str = DUMP) -> Path:
    """Write a dump."""
    path = folder / "dump.txt"
    path.write_text(text)
    return path


def test_each_app_has_those_who_handed_it_over(tmp_path: Path) -> None:
    """By hand of DUMP: flags and hidden packages are the maker's, installers a store's, a local file nobody's."""
    found = told(dump(tmp_path))
    assert found.reader == "android_dumpsys"
    handed = {asset.removeprefix("offering:"): ties[-1] for asset, ties in found.of("offering").items()}
    assert handed == {
        "com.example.chat@com.huawei.appmarket": ("distributor", "package:com.huawei.appmarket"),
        "com.example.updated@com.android.vending": ("distributor", "package:com.android.vending"),
        "com.example.updated@pre-install:honor": HONOR,
        "com.example.preload@pre-install:honor": HONOR,
        "com.example.removed@pre-install:honor": HONOR,
    }
    assert len(found.of("app")) == 5
    assert found.extents["app:phone:com.example.brought"]["publisher"] == "some"
    assert found.of("device") == {"device:phone:honor/dump": [("vendor", "vendor:honor")]}


def test_permissions_are_those_asked_for(tmp_path: Path) -> None:
    """Two stand below "requested permissions"; those granted are another list, and no list is not an empty one."""
    columns = told(dump(tmp_path)).columns
    chat = columns["app:phone:com.example.chat"]
    assert chat["permissions"] == ["android.permission.INTERNET", "android.permission.READ_CONTACTS"]
    assert (chat["version"], chat["version_code"]) == ("2.22 [beta]", 221)
    assert columns["app:phone:com.example.preload"]["permissions"] is None


def test_the_brand_is_inferred_and_estate_yaml_goes_first(tmp_path: Path) -> None:
    """The maker of a phone sold under another name is what its owner says it is."""
    assert told(dump(tmp_path), maker="Huawei").of("device") == {
        "device:phone:huawei/dump": [("vendor", "vendor:huawei")]
    }


def test_a_whole_dump_is_known_by_its_first_lines(tmp_path: Path) -> None:
    """The packages of a whole dump begin far below the bytes that a claim sees."""
    filler = "Activity Resolver Table:\n" + "  com.example.x:\n" * 6000
    assert told(dump(tmp_path, DUMP.replace("\nPackages:", f"\n{filler}\nPackages:"))).ties == told(dump(tmp_path)).ties
    assert readers.claimant(dump(tmp_path, "Packages:\n  nothing here\n")) is None


def test_a_dump_without_packages_says_what_to_do(tmp_path: Path) -> None:
    """Cut before its packages, it is a note."""
    found = told(dump(tmp_path, DUMP[: DUMP.index("Packages:")]))
    assert found.ties == {}
    assert "dumpsys package packages" in found.notes[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(DUMP.splitlines()), st.text(max_size=40)), max_size=25))
def test_any_lines_end_in_rows_rejects_or_notes(tmp_path: Path, lines: list[str]) -> None:
    """Nothing raises, and no asset stands twice, whatever the order of lines."""
    path = tmp_path / "any.txt"
    path.write_bytes("\n".join(["Packages:", "  Package [a.b] (1):", *lines]).encode("utf-8", "replace"))
    told(path)
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    list(android_dumpsys.read(path, Limits()))
