"""An Apple device's answers to its management server, as XML and binary, and property lists made to hurt."""

from __future__ import annotations

import plistlib
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import told

from crossline.readers import apple_mdm
from crossline.tables import Limits, Reject

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = {
    "CommandUUID": "0001", "Status": "Acknowledged", "UDID": "SECRET",
    "InstalledApplicationList": [
        {"Identifier": "com.tencent.xin", "Name": "WeChat", "ShortVersion": "8.0", "AppStoreVendable": True},
        {"Identifier": "com.example.Corp", "Name": "Corp", "AppStoreVendable": False, "AdHocCodeSigned": True},
        {"Identifier": "com.example.game", "Name": "Game", "DistributorIdentifier": "com.example.market"},
        {"Identifier": "com.example.beta", "AppStoreVendable": True, "BetaApp": True},
        {"Identifier": "com.apple.mobilesafari", "Name": "Safari"},
        {"Name": "without"}, "no dictionary",
    ],
}  # fmt: skip
INFORMATION = {
    "Status": "Acknowledged", "UDID": "SECRET",
    "QueryResponses": {"ModelName": "iPhone", "ProductName": "iPhone15,4", "SerialNumber": "SECRET", "IMEI": "SECRET",
                       "DeviceName": "SECRET's phone"},
}  # fmt: skip
BOTH = [plistlib.FMT_XML, plistlib.FMT_BINARY]
STORE = ("distributor", "package:com.apple.appstore")


def write(folder: Path, answer: object, form: plistlib.PlistFormat = plistlib.FMT_XML) -> Path:
    """Write an answer."""
    path = folder / "phone.plist"
    path.write_bytes(answer if isinstance(answer, bytes) else plistlib.dumps(answer, fmt=form))
    return path


@pytest.mark.parametrize("form", BOTH)
def test_an_app_comes_from_the_store_that_sells_it_or_the_distributor_named(
    tmp_path: Path, form: plistlib.PlistFormat
) -> None:
    """By hand of ANSWER: one of the App Store, one of another distributor, one that nobody sells, two left open."""
    found = told(write(tmp_path, ANSWER, form))
    assert found.reader == "apple_mdm"
    assert {asset: ties[1:] for asset, ties in found.of("app").items()} == {
        "app:phone:com.tencent.xin": [STORE],
        "app:phone:com.example.corp": [],
        "app:phone:com.example.game": [("distributor", "package:com.example.market")],
        "app:phone:com.example.beta": [],
        "app:phone:com.apple.mobilesafari": [],
    }
    assert found.columns["offering:com.tencent.xin@com.apple.appstore"]["channel"] == "store"
    assert found.extents["app:phone:com.example.corp"]["publisher"] == "some"
    assert found.extents["app:phone:com.apple.mobilesafari"]["distributor"] == "none"
    assert found.of("device") == {"device:phone:apple/phone": [("vendor", "vendor:apple")]}
    assert sorted((r.locator, r.count) for r in found.rejects) == [
        ("InstalledApplicationList", 1), ("InstalledApplicationList[5]", 1)
    ]  # fmt: skip
    assert "SECRET" not in found.shown


@pytest.mark.parametrize("form", BOTH)
def test_a_device_is_its_model_and_nothing_else(tmp_path: Path, form: plistlib.PlistFormat) -> None:
    """Names, serial numbers and IMEIs stay in the file."""
    found = told(write(tmp_path, INFORMATION, form))
    assert found.ties == {"device:phone:apple/iPhone": [("vendor", "vendor:apple")]}
    assert "SECRET" not in found.shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_they_are_expanded(tmp_path: Path, encoding: str) -> None:
    """A billion laughs is one reject within a second, whatever the encoding."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY l0 "ha">{laughs}]><plist version="1.0"><dict>'
        "<key>InstalledApplicationList</key><array><dict><key>Name</key><string>&l9;</string></dict></array></dict></plist>"
    )
    path = write(tmp_path, text.encode(encoding))
    begin = time.monotonic()
    found = told(path)
    assert time.monotonic() - begin < 1
    assert (found.ties, [r.reason for r in found.rejects]) == (
        {}, ["a property list that declares entities, which none of a device does: not read"],
    )  # fmt: skip


def test_nesting_without_end_is_a_reject(tmp_path: Path) -> None:
    """A hundred thousand lists in one another are read into one reject or nothing, in XML and binary."""
    deep = b"<plist><dict><key>InstalledApplicationList</key>" + b"<array>" * 100_000
    assert len(told(write(tmp_path, deep)).rejects) == 1
    held = b"InstalledApplicationList"
    # An array whose only item is itself: object 0 is a dictionary of key 1 and value 2, and 2 holds 2.
    objects = [b"\xd1\x01\x02", b"\x5f\x10" + bytes([len(held)]) + held, b"\xa1\x02"]
    offsets, body = [], b"bplist00"
    for one in objects:
        offsets.append(len(body))
        body += one
    trailer = bytes(6) + b"\x01\x01" + (3).to_bytes(8) + (0).to_bytes(8) + len(body).to_bytes(8)
    found = told(write(tmp_path, body + bytes(offsets) + trailer))
    assert found.of("app") == {}


def test_an_answer_without_apps_is_a_note(tmp_path: Path) -> None:
    """A device that says NotNow says so."""
    path = write(tmp_path, {"Status": "NotNow", "InstalledApplicationList": "none"})
    assert told(path).notes == ["the device answered with neither apps nor its model (status NotNow)"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(BOTH), st.data())
def test_spoilt_bytes_end_in_rows_rejects_or_notes(
    tmp_path: Path, form: plistlib.PlistFormat, data: st.DataObject
) -> None:
    """Cut anywhere and with any bytes exchanged, nothing raises."""
    whole = bytearray(plistlib.dumps(ANSWER, fmt=form))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = write(tmp_path, bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    items = list(apple_mdm.read(path, Limits()))
    assert items or not isinstance(items, Reject)
