"""Devices of the Android Management API: phones by make and model, apps by who installed them, and nobody's name."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING, Any

from phones_told import told

from crossline import jail
from crossline.tables import Batch, Limits

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = "AB:" * 31 + "AB"


def device(number: int, maker: str, model: str, *apps: dict[str, Any]) -> dict[str, Any]:
    """Return a device as enterprises.devices has it, with what is nobody's business in it."""
    return {
        "name": f"enterprises/LC01/devices/SECRET{number}",
        "userName": "enterprises/LC01/users/SECRETUSER",
        "managementMode": "DEVICE_OWNER",
        "lastStatusReportTime": f"2026-05-0{number}T10:00:00.123456789Z",
        "hardwareInfo": {"brand": "X", "manufacturer": maker, "model": model, "serialNumber": "SECRETSERIAL"},
        "networkInfo": {"imei": "490154203237518"},
        "applicationReports": list(apps),
    }


def app(package: object, source: str | None = None, installer: str | None = None, **more: object) -> dict[str, Any]:
    """Return an application report."""
    held = {"packageName": package, "applicationSource": source, "installerPackageName": installer, **more}
    return {key: value for key, value in held.items() if value is not None}


DEVICES = [
    device(
        1, "HUAWEI", "P30",
        app("com.example.word", "CUSTOM", "com.huawei.appmarket", displayName="Word",
            signingKeyCertFingerprints=["aa" * 20]),
        app("com.example.shipped", "SYSTEM_APP_FACTORY_VERSION", signingKeyCertFingerprints=[SHA256]),
        app("com.example.gone", state="REMOVED"),
        app("com.example.loaded", "CUSTOM"),
        app(7), app("android"),
    ),
    device(2, "HUAWEI", "P30", app("com.example.word", "INSTALLED_FROM_PLAY_STORE")),
    device(3, "Google", "Pixel 8", app("com.example.word", "INSTALLED_FROM_PLAY_STORE", "com.android.vending")),
]  # fmt: skip


def write(folder: Path, document: object) -> Path:
    """Write a page."""
    path = folder / "page.json"
    path.write_text(json.dumps(document))
    return path


def test_apps_are_counted_by_whoever_installed_them(tmp_path: Path) -> None:
    """By hand of DEVICES: Word from one maker's store once and from Play twice, one app of the firmware, one loaded."""
    found = told(write(tmp_path, {"devices": DEVICES, "nextPageToken": "x"}))
    assert found.reader == "android_management"
    counts = {
        asset: (found.columns[asset]["channel"], found.columns[asset]["devices"]) for asset in found.of("offering")
    }
    assert counts == {
        "offering:com.example.word@com.huawei.appmarket": ("store", 1),
        "offering:com.example.word@com.android.vending": ("store", 2),
        "offering:com.example.shipped@pre-install:huawei": ("pre-install", 1),
        "offering:com.example.loaded@page": (None, 1),
    }
    assert [(r.locator, r.count) for r in found.rejects] == [("devices[0]", 1)]


def test_phones_are_one_asset_for_each_make_and_model(tmp_path: Path) -> None:
    """Two phones of one model are one asset that counts two, as of the last report of either."""
    found = told(write(tmp_path, {"devices": DEVICES}))
    assert {a: (found.columns[a]["units"], found.columns[a]["observed_at"]) for a in found.of("device")} == {
        "device:phone:huawei/P30": (2, date(2026, 5, 2)),
        "device:phone:google/Pixel 8": (1, date(2026, 5, 3)),
    }


def test_only_sha_256_makes_a_signer(tmp_path: Path) -> None:
    """The API documents SHA-1, which leads to nobody: the signer is then not seen."""
    found = told(write(tmp_path, DEVICES))
    assert ("signer", "signer:" + "ab" * 32) in found.ties["app:phone:com.example.shipped"]
    assert found.extents["app:phone:com.example.word"]["signer"] == "none"


def test_nobody_is_told_apart(tmp_path: Path) -> None:
    """No device, user, serial number or IMEI is in what is yielded, one device alone included."""
    for document in ({"devices": DEVICES}, DEVICES, DEVICES[0], [{"devices": DEVICES[:1]}, {"devices": DEVICES[1:]}]):
        shown = told(write(tmp_path, document)).shown
        assert [word for word in ("SECRET", "LC01", "490154203237518") if word in shown] == []


def test_pages_in_a_list_say_what_one_page_says(tmp_path: Path) -> None:
    """How devices are cut into pages changes nothing."""
    one = told(write(tmp_path, {"devices": DEVICES})).ties
    assert told(write(tmp_path, [{"devices": DEVICES[:1]}, {"devices": DEVICES[1:]}])).ties == one
    assert told(write(tmp_path, DEVICES)).ties == one


def test_it_runs_in_the_jail(tmp_path: Path) -> None:
    """What a child process sends is what is read here."""
    path = write(tmp_path, {"devices": DEVICES})
    batches = [item for item in jail.run("android_management", path, Limits()) if isinstance(item, Batch)]
    assert sum(len(batch.assets) for batch in batches) == len(told(path).ties)


def test_values_of_any_type_end_in_rows_or_rejects(tmp_path: Path) -> None:
    """Any member may hold anything: nothing raises, and no asset stands twice."""
    odd = [None, -1, 10**30, 1.5, True, [], {}, [{}], "", "\ud800", "x\u202ey" * 50, "a" * 70_000]
    draw = random.Random(7)  # noqa: S311 - no secret

    def spoilt(value: Any) -> Any:
        made = value
        if draw.random() < 0.1:
            made = draw.choice(odd)
        elif isinstance(value, dict):
            made = {key: spoilt(item) for key, item in value.items()}
        elif isinstance(value, list):
            made = [spoilt(item) for item in value]
        return made

    for _ in range(80):
        path = write(tmp_path, {"applicationReports": [], "devices": spoilt(DEVICES)})
        told(path)


def test_what_is_no_whole_document_is_a_reject(tmp_path: Path) -> None:
    """Cut JSON, nesting without end and a file above the limit are one reject each."""
    whole = json.dumps({"devices": DEVICES})
    path = tmp_path / "bad.json"
    for text, limits in (
        (whole[:-20], Limits()),
        ('{"applicationReports":' * 100_000, Limits()),
        (whole, Limits(bytes_in=100)),
    ):
        path.write_text(text)
        found = told(path, limits)
        assert (found.ties, len(found.rejects)) == ({}, 1)
