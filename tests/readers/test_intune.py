"""Intune's detected apps and managed devices: publishers as it names them, phones by make and model, nobody's name."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from phones_told import told

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = "https://graph.microsoft.com/v1.0/$metadata#deviceManagement/"
APPS = [
    {"displayName": name, "version": f"8.{number}", "deviceCount": 1, "publisher": by, "platform": on}
    for number, (name, by, on) in enumerate([
        ("WeChat", "Tencent", "ios"), ("WeChat", "Tencent", "ios"), ("Notes", "", "androidWorkProfile"),
        ("Reader", "One Ltd", "windows"), ("Reader", "Two Ltd", "windows"), ("  ", "Two Ltd", "windows"),
    ])
]  # fmt: skip
DEVICES = [
    {"id": "SECRET", "userId": "SECRET", "deviceName": "SECRET-phone", "operatingSystem": "Android", "imei": "SECRET",
     "manufacturer": "HUAWEI", "model": "P30", "lastSyncDateTime": "2026-05-02T00:00:00Z", "emailAddress": "SECRET@x"},
    {"deviceName": "SECRET", "operatingSystem": "iOS", "manufacturer": "Apple", "model": "iPhone 15"},
    {"deviceName": "SECRET", "operatingSystem": "iOS", "manufacturer": "Apple", "model": "iPhone 15"},
    {"deviceName": "SECRET", "operatingSystem": "iOS", "manufacturer": "", "model": ""},
    {"deviceName": "SECRET", "operatingSystem": "iOS", "manufacturer": "a\u202eb", "model": "x\u202ey"},
]  # fmt: skip


def write(folder: Path, of: str, items: object) -> Path:
    """Write a page of a collection of Graph."""
    path = folder / f"{of}.json"
    path.write_text(json.dumps({"@odata.context": GRAPH + of, "value": items}))
    return path


def test_an_app_is_known_by_platform_name_and_publisher(tmp_path: Path) -> None:
    """Versions of an app are one app; two publishers' apps of one name are two; a blank publisher is not seen."""
    found = told(write(tmp_path, "detectedApps", APPS))
    assert found.reader == "intune"
    assert found.ties == {
        "app:phone:ios/WeChat": [("publisher", "vendor:tencent")],
        "app:phone:androidWorkProfile/Notes": [],
        "app:phone:windows/Reader (one ltd)": [("publisher", "vendor:one ltd")],
        "app:phone:windows/Reader (two ltd)": [("publisher", "vendor:two ltd")],
    }
    assert found.columns["app:phone:ios/WeChat"]["version"] is None  # two versions
    assert found.columns["app:phone:androidWorkProfile/Notes"]["version"] == "8.2"
    assert found.extents["app:phone:androidWorkProfile/Notes"]["publisher"] == "none"
    assert found.extents["app:phone:ios/WeChat"]["distributor"] == "none"
    assert "not asked" in found.notes[0]
    assert [r.locator for r in found.rejects] == ["value[5]"]


def test_devices_are_counted_by_make_and_model(tmp_path: Path) -> None:
    """By hand of DEVICES: one HUAWEI, two of Apple, two that name nobody; and nobody's name or number."""
    found = told(write(tmp_path, "managedDevices", DEVICES))
    assert {asset: (ties, found.columns[asset]["units"]) for asset, ties in found.ties.items()} == {
        "device:phone:huawei/P30": ([("vendor", "vendor:huawei")], 1),
        "device:phone:apple/iPhone 15": ([("vendor", "vendor:apple")], 2),
        "device:phone:?/managedDevices": ([], 1),
        "device:phone:?/x\\u202ey": ([], 1),
    }
    assert found.columns["device:phone:huawei/P30"]["observed_at"] == date(2026, 5, 2)
    assert found.extents["device:phone:huawei/P30"]["vendor"] == "some"
    assert "SECRET" not in found.shown
    assert [r.locator for r in found.rejects] == ["value[4]"]


@pytest.mark.parametrize(
    "text", ['{"@odata.context": "x/detectedApps"', "[" * 90_000 + '"@odata.context": "/detectedApps"']
)
def test_what_is_no_whole_document_is_a_reject(tmp_path: Path, text: str) -> None:
    """Cut JSON and nesting without end are one reject."""
    path = tmp_path / "bad.json"
    path.write_text(text if text.startswith("{") else '{"@odata.context": "/detectedApps", "value":' + text)
    found = told(path)
    assert (found.ties, len(found.rejects)) == ({}, 1)


def test_other_objects_are_counted(tmp_path: Path) -> None:
    """An object that is neither an app nor a device is a reject with their count."""
    found = told(write(tmp_path, "detectedApps", [*APPS[:1], {"id": "9"}, {"id": "10"}]))
    assert [r.count for r in found.rejects] == [2]
