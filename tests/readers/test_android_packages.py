"""Lists of an Android phone's packages: how each app came to the phone, and from whom."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import told

from crossline import cli, readers
from crossline.readers import android_packages
from crossline.tables import Limits

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps" / "hisense_a9_pkgs.txt"

# Written from the form of PackageManagerShellCommand.runListPackages, with getprop before it.
PHONE = """\
* daemon started successfully
[ro.product.manufacturer]: [HUAWEI]
[ro.product.model]: [ELS-NX9]
[ro.serialno]: [SERIAL0042]
[gsm.imei]: [490154203237518]
package:/system/priv-app/Files/Files.apk=com.example.files  installer=null uid:10001
package:/system/app/Cloud/Cloud.apk=com.example.cloud  installer=com.huawei.appmarket uid:10002
package:/data/app/~~a=Q==/com.example.chat-b==/base.apk=com.example.Chat versionCode:221  installer=com.android.vending
package:/data/app/x/base.apk=com.example.side  installer=com.google.android.packageinstaller uid:10124,1010124
package:/data/app/y/base.apk=com.example.cable  installer=null uid:10125
package:/data/app/z/base.apk=com.example.updated  installer=com.example.updater uid:10126
package:/system/framework/framework-res.apk=android  installer=null uid:1000
"""
FILES = ("publisher", "package:com.example.files")
CLOUD = ("publisher", "package:com.example.cloud")
CHAT = ("publisher", "package:com.example.chat")
UPDATED = ("publisher", "package:com.example.updated")
HUAWEI = ("distributor", "vendor:huawei")


def phone(folder: Path, text: str | bytes = PHONE, name: str = "phone.txt") -> Path:
    """Write a list."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_who_hands_out_an_app_is_its_installer_or_the_maker(tmp_path: Path) -> None:
    """By hand of PHONE: two apps of the firmware, two stores, one other installer; none came by hand."""
    found = told(phone(tmp_path))
    assert found.of("offering") == {
        "offering:com.example.files@pre-install:huawei": [FILES, HUAWEI],
        "offering:com.example.cloud@pre-install:huawei": [CLOUD, HUAWEI],
        "offering:com.example.cloud@com.huawei.appmarket": [CLOUD, ("distributor", "package:com.huawei.appmarket")],
        "offering:com.example.chat@com.android.vending": [CHAT, ("distributor", "package:com.android.vending")],
        "offering:com.example.updated@com.example.updater": [UPDATED, ("distributor", "package:com.example.updater")],
    }
    channels = {asset.partition("@")[2]: found.columns[asset]["channel"] for asset in found.of("offering")}
    assert channels == {
        "pre-install:huawei": "pre-install", "com.huawei.appmarket": "store", "com.android.vending": "store",
        "com.example.updater": None,
    }  # fmt: skip
    assert found.of("device") == {"device:phone:huawei/ELS-NX9": [("vendor", "vendor:huawei")]}
    assert len(found.of("app")) == 6
    assert found.columns["app:phone:com.example.chat"]["version_code"] == 221
    assert found.rejects == []


def test_an_id_that_no_store_vouches_for_may_be_anybodys(tmp_path: Path) -> None:
    """The publisher of what came by hand is seen in part, that of what a store or the maker gave is seen whole."""
    extents = told(phone(tmp_path)).extents
    seen = {asset: extent["publisher"] for asset, extent in extents.items() if asset.startswith("app:")}
    assert {asset.rpartition(".")[2]: extent for asset, extent in seen.items()} == {
        "files": "all", "cloud": "all", "chat": "all", "side": "some", "cable": "some", "updated": "some",
    }  # fmt: skip
    assert extents["app:phone:com.example.side"]["distributor"] == "all"
    assert extents["app:phone:com.example.side"]["embeds"] == "none"


def test_serial_numbers_stay_in_the_file(tmp_path: Path) -> None:
    """Of getprop only maker and model are kept."""
    assert re.findall("SERIAL0042|490154203237518|10124", told(phone(tmp_path)).shown) == []


@pytest.mark.parametrize(
    ("line", "publisher", "distributor"),
    [
        ("package:com.a.b", "some", "none"),
        ("package:/data/app/x/base.apk=com.a.b", "some", "none"),
        ("package:com.a.b  installer=null", "some", "none"),
        ("package:com.a.b  installer=com.android.vending", "all", "some"),
        ("package:/data/app/x/base.apk=com.a.b  installer=null", "some", "all"),
        ("package:/data/app/x/base.apk=com.a.b  installer=com.android.vending", "all", "all"),
        ("package:/product/app/x/base.apk=com.a.b  installer=null", "all", "none"),
    ],
)
def test_what_a_list_leaves_out_stays_unknown(tmp_path: Path, line: str, publisher: str, distributor: str) -> None:
    """Without -f nobody knows what came with the phone, without -i who installed it, without getprop who made it."""
    extents = told(phone(tmp_path, line)).extents["app:phone:com.a.b"]
    assert (extents["publisher"], extents["distributor"]) == (publisher, distributor)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_what_powershell_redirected_is_the_same(tmp_path: Path, encoding: str) -> None:
    """UTF-16 with carriage returns says what UTF-8 says."""
    other = phone(tmp_path, PHONE.replace("\n", "\r\n").encode(encoding), "other.txt")
    assert told(other).ties == told(phone(tmp_path)).ties


def test_every_combination_of_options_names_the_same_apps(tmp_path: Path) -> None:
    """-f, -i, -U and --show-versioncode add words to a line, and take none away."""
    for path in ("", "/data/app/a=b=/base.apk="):
        for code in ("", " versionCode:7"):
            for installer in ("", "  installer=com.android.vending", "  installer=null"):
                for uid in ("", " uid:10001", " uid:10001,1010001"):
                    line = f"package:{path}com.example.app{code}{installer}{uid}"
                    assert list(told(phone(tmp_path, line)).of("app")) == ["app:phone:com.example.app"], line


def test_what_is_no_package_is_a_reject_with_its_line(tmp_path: Path) -> None:
    """A line of something else, and names that are none, are told by line; the rest is read."""
    found = told(phone(tmp_path, "package:com.a.b\nerror: closed\npackage:one\npackage:a..b\npackage:\npackage:c.d\n"))
    assert list(found.of("app")) == ["app:phone:com.a.b", "app:phone:c.d"]
    assert [(r.locator, r.count) for r in found.rejects] == [
        ("line 2", 1), ("line 3", 1), ("line 4", 1), ("line 5", 1)
    ]  # fmt: skip


def test_rejects_are_listed_up_to_the_limit_and_counted(tmp_path: Path) -> None:
    """Five bad lines with a limit of two are two rejects and one of three."""
    path = phone(tmp_path, "package:com.a.b\n" + "nonsense\n" * 5)
    assert [r.count for r in told(path, Limits(rejects=2)).rejects] == [1, 1, 3]


def test_a_plain_list_says_nothing_of_its_source_unless_estate_yaml_does(tmp_path: Path) -> None:
    """Its offerings are of unknown channel; with channel and maker stated, they are the maker's."""
    path = phone(tmp_path, "# firmware\nandroid\ncom.android.phone\ncom.example.app\n", "fw.txt")
    assert readers.claimant(path) == "android_packages"
    bare = told(path)
    assert bare.columns["offering:com.example.app@fw"]["channel"] is None
    assert bare.extents["offering:com.example.app@fw"]["distributor"] == "none"
    assert "estate.yaml" in bare.notes[0]
    stated = told(path, maker="Hisense", channel="pre-install")
    assert stated.of("offering")["offering:com.example.app@pre-install:hisense"] == [
        ("publisher", "package:com.example.app"), ("distributor", "vendor:hisense"),
    ]  # fmt: skip
    assert stated.of("device") == {"device:phone:hisense/fw": [("vendor", "vendor:hisense")]}


@pytest.mark.parametrize(
    "text",
    [
        "metrics.example.com\nwww.example.org\n",  # domains
        "com.example.app\ncom.example.other\n",  # packages, perhaps: no platform's own among them
        "com.android.phone\nmetrics-1.example.com\n",
        "asset,name\ncom.android.phone,x\n",
        "a list of package: names\n",
    ],
)
def test_other_lists_are_not_taken(tmp_path: Path, text: str) -> None:
    """A list of domains, or of anything that is not all packages, is nobody's phone."""
    assert readers.claimant(phone(tmp_path, text, "x.txt")) != "android_packages"


def test_the_list_of_a_real_phone_is_read_whole() -> None:
    """Every line of the Hisense A9's list is an app but for the platform itself, by a count of its lines."""
    if not SHARED.exists():
        pytest.skip("needs ../shared/data/apps")
    lines = set(SHARED.read_text().split())
    found = told(SHARED)
    assert len(found.of("app")) == len(lines - {"android"}) == 236
    assert found.rejects == []


def test_the_line_apps_asks_who_distributes_ours_and_not_whose_apps_we_carry(tmp_path: Path) -> None:
    """Our app in a named maker's store and on its phones is a violation; a named publisher's app in Play is none."""
    text = """\
[ro.product.manufacturer]: [HUAWEI]
package:/system/app/F/F.apk=com.facebook.appmanager  installer=null
package:/data/app/f/base.apk=com.facebook.katana  installer=com.huawei.appmarket
package:/data/app/l/base.apk=com.facebook.lite  installer=com.android.vending
package:/data/app/m/base.apk=com.tencent.mm  installer=com.android.vending
"""
    phone(tmp_path, text)
    (tmp_path / "estate.yaml").write_text("we: {states: [US], parties: [meta]}\n")
    command = ["audit", str(tmp_path), "--regime", "us-clean-network", "--as-of", "2026-07-31", "--format", "json"]
    report = json.loads(CliRunner().invoke(cli.main, command).stdout)
    found = {
        (f["asset"], f["rule"])
        for f in report["findings"]
        if f["verdict"] == "violation" and f["rule"].startswith("clean-apps")
    }
    assert found == {
        ("offering:com.facebook.appmanager@pre-install:huawei", "clean-apps-pre-install"),
        ("offering:com.facebook.katana@com.huawei.appmarket", "clean-apps-store"),
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*PHONE.encode().splitlines(), b"package:", b"package:=", b"package:/=", b"com.android.a"]),
            st.binary(max_size=60),
        ),
        max_size=8,
    )
)
def test_any_bytes_end_in_rows_rejects_or_notes(tmp_path: Path, pieces: list[bytes]) -> None:
    """Nothing raises, and no asset stands twice."""
    path = phone(tmp_path, b"\n".join([b"package:com.a.b", *pieces]), "any.txt")
    list(android_packages.read(path, Limits()))
    if readers.claimant(path) == "android_packages":
        told(path)
