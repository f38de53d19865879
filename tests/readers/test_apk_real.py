"""Real packages: versions by aapt, certificates by apksigner, classes by dexdump, hosts by Python's re."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from crossline.readers import claimant
from crossline.readers.apk import read
from crossline.tables import Batch, Limits, Reject

APKS = Path(__file__).parents[3] / "shared" / "data" / "apks"
pytestmark = pytest.mark.skipif(not APKS.is_dir(), reason="needs ../shared/data/apks")

# File: package, versionCode, versionName, sdkVersion, targetSdkVersion, permissions (aapt dump badging); certificate
# (apksigner verify --print-certs); classes (count of "Class descriptor" in what dexdump prints for all dex files).
TOLD = {
    "XposedInstaller_3.1.5.apk": (
        "de.robv.android.xposed.installer",
        43,
        "3.1.5",
        15,
        25,
        6,
        "8094fb5b3b02a09fa8875bd255ccd3f73902207be8241155c36a0fda06e8c3ae",
        1566,
    ),
    "a2dp.Vol_137.apk": (
        "a2dp.Vol",
        137,
        "2.12.9.2",
        15,
        25,
        17,
        "1e3bf46f964d494c9094cbf1a7ebec99b63d4acf6ae7519287d94faf5ea6871b",
        1353,
    ),
    "blooddonation.apk": (
        "fr.mobdev.blooddonation",
        13,
        "3.4",
        17,
        26,
        6,
        "1947b382c1ad9b3978c98a59d1f6fb67d5c04b199ff46dd403c8154c28e4df48",
        4359,
    ),
    "com.teleca.jamendo_35.apk": (
        "com.teleca.jamendo",
        35,
        "1.0.4 [BETA]",
        4,
        8,
        5,
        "ebd3cc3f8c36a4503838b0610103c8b919245c3ee2c4600f6646502e3875a4ac",
        224,
    ),
    "hello-world.apk": (
        "de.rhab.helloworld",
        1,
        "1.0",
        21,
        25,
        0,
        "6e566427da36dd913639b1112f747b77408851b4857a1d63ebf91e02b06f2088",
        2119,
    ),
    "instapaper.apk": (
        "com.olivierpayen.leaninstapaper",
        1804011545,
        "0.9.1804011545",
        15,
        25,
        7,
        "910307c754887cc9d9c4f7c189ae750a0a415b6895467185644c4cb6a67aebca",
        4249,
    ),
    "nearby_snippet.apk": (
        "com.google.android.nearby.mobly.snippet",
        None,
        None,
        26,
        28,
        12,
        "103938ee4537e59e8ee792f654504fb8346fc6b346d0bbc4415fc339fcfc8ec1",
        22141,
    ),
    "partialsignature.apk": (
        "a2dp.Vol",
        137,
        "2.12.9.2",
        15,
        25,
        17,
        "1e3bf46f964d494c9094cbf1a7ebec99b63d4acf6ae7519287d94faf5ea6871b",
        1353,
    ),
}
URL = re.compile(rb"\bhttps?://((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})(?=[/:?#\s\0\"'<])")
NOBODY = {
    "schemas.android.com",
    "www.w3.org",
    "xmlpull.org",
    "ns.adobe.com",
    "xml.org",
    "example.com",
    "www.example.com",
}


@pytest.mark.parametrize("name", TOLD)
def test_as_other_programs_read_it(name: str) -> None:
    """Identity, signer and classes are what Android's tools print; every URL of the code is a tie with its place."""
    path = APKS / name
    assert claimant(path) == "apk"
    found = list(read(path, Limits()))
    (batch,) = [item for item in found if isinstance(item, Batch)]
    assert [item for item in found if isinstance(item, Reject)] == []
    (one,) = batch.assets.to_dicts()
    package, code, version, low, target, permissions, certificate, classes = TOLD[name]
    assert one["asset"] == f"app:package:{package}"
    assert (one["package"], one["version_code"], one["version"]) == (package.lower(), code, version)
    assert (one["min_sdk"], one["target_sdk"], len(one["permissions"])) == (low, target, permissions)
    assert (one["defined_classes"], one["packed"], one["native_libraries"]) == (classes, None, [])
    ties = batch.ties.join(batch.identifiers.with_row_index("identifier"), on="identifier", maintain_order="left")
    assert ties.filter(role="signer")["value"].to_list() == [certificate]
    contacts = ties.filter(role="contacts")
    with zipfile.ZipFile(path) as file:
        held = file.namelist()
        code_files = [file.read(entry) for entry in held if re.fullmatch(r"classes\d*\.dex", entry)]
    urls = {host.decode().lower() for data in code_files for host in URL.findall(data)}
    assert {host for host in urls if host not in NOBODY} <= set(contacts["value"]) | NOBODY
    assert set(contacts["locator"].str.extract(r"^(.*) (?:string|byte) \d+$")) <= set(held)
    assert contacts["locator"].null_count() == 0
    assert batch.extents.filter((pl.col("extent") == "all") & (pl.col("role") != "signer")).is_empty()
