"""Devices of an enterprise, as the Android Management API lists them, with the apps that each of them reports.

https://developers.google.com/android/management/reference/rest/v1/enterprises.devices: a page of
``enterprises.devices.list``, several pages in a list, or one device. Of a device its maker, brand and model are read,
the day of its last report, and ``applicationReports``. Its name, serial number, IMEI, user and networks are not
looked at: phones are counted by make and model.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.phones import documents, installed, naming
from crossline.tables import Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits

ABOUT = "devices and their apps of the Android Management API, JSON"
LIMITS = (
    "signingKeyCertFingerprints are SHA-1 as the API documents them, and lead to nobody; only SHA-256 makes a signer.",
    "An app that a policy removed (`state: REMOVED`) is left out.",
    "A device is known by maker and model: two of a sort are one asset with a count.",
    "A file of more than 128 MiB is not read; ask for smaller pages (pageSize).",
)
JAILED = True  # a parser of whole documents, whose memory only a child process can bound

_APPS: Final = 10_000  # reports of one device; a phone has some hundreds
_SYSTEM: Final = ("SYSTEM_APP_FACTORY_VERSION", "SYSTEM_APP_UPDATED_VERSION")
_LATER: Final = ("INSTALLED_FROM_PLAY_STORE", "CUSTOM")
_PLAY: Final = "INSTALLED_FROM_PLAY_STORE"
_PLAY_STORE: Final = "com.android.vending"


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its members
    """Return whether the document has members that only this API's devices have."""
    squeezed = head.replace(b"\0", b"")
    if squeezed.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] not in {b"{", b"["}:
        return False
    return b'"applicationReports"' in squeezed or (
        b'"hardwareInfo"' in squeezed and (b'"managementMode"' in squeezed or b'"enterprises/' in squeezed)
    )


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield apps, who hands them out, and phones by make and model."""
    found = documents.document(path, limits)
    if isinstance(found, Reject):
        yield found
        return
    held = documents.pages(found, "devices")
    devices = [(place, item) for place, item in held if "hardwareInfo" in item or "applicationReports" in item]
    if len(devices) < len(held):
        yield Reject("file", "a device with neither hardwareInfo nor applicationReports", len(held) - len(devices))
    if not devices:
        yield Note("there is no device in it")
        return
    places = documents.column("locator", [place for place, _ in devices])
    phones, odd = _phones([item for _, item in devices], places)
    yield from naming.refused(places.filter(odd), "a maker's name that is none", limits)
    apps, rejects = _reports(devices, limits)
    yield from rejects
    stem = str(naming.shown(documents.column("stem", [path.stem]))[0] or "devices")
    yield from installed.batches(apps, phones, stem)


def _phones(devices: list[dict[str, Any]], places: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    hardware = [item if isinstance(item := device.get("hardwareInfo"), dict) else {} for device in devices]
    maker, odd = naming.canonical(documents.texts(hardware, "manufacturer"), "vendor")
    brand, _ = naming.canonical(documents.texts(hardware, "brand"), "vendor")
    frame = pl.DataFrame(
        {
            "maker": maker.zip_with(maker.is_not_null(), brand.alias("maker")),
            "model": naming.shown(documents.texts(hardware, "model")),
            "locator": places,
            "observed_at": documents.day(documents.texts(devices, "lastStatusReportTime")),
        }
    )
    return frame.with_row_index("phone").with_columns(basis=pl.lit("observed")).select(*installed.PHONES), odd


def _reports(devices: list[tuple[str, dict[str, Any]]], limits: Limits) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the apps of all devices (:data:`installed.INSTALLED`), and what was not understood of them."""
    lists = [held if isinstance(held := item.get("applicationReports"), list) else [] for _, item in devices]
    rejects = [
        Reject(f"{place}.applicationReports", f"past the limit of {_APPS:,} apps of a device", len(held) - _APPS)
        for (place, _), held in zip(devices, lists, strict=True)
        if len(held) > _APPS
    ]
    reports = list(itertools.chain.from_iterable(held[:_APPS] for held in lists))
    phone = pl.Series("phone", range(len(lists)), dtype=pl.UInt32)
    counts = pl.Series([min(len(held), _APPS) for held in lists], dtype=pl.Int64)
    number = pl.select(pl.lit(phone).repeat_by(pl.lit(counts)).explode().alias("phone")).to_series().drop_nulls()
    place = documents.column("place", [place for place, _ in devices])
    objects: list[dict[str, Any]] = [item if isinstance(item, dict) else {} for item in reports]
    name = documents.texts(objects, "packageName")
    package, _ = naming.canonical(name, "package")
    installer, _ = naming.canonical(documents.texts(objects, "installerPackageName"), "package")
    source, state = documents.texts(objects, "applicationSource"), documents.texts(objects, "state")
    frame = pl.DataFrame(
        {
            "phone": number,
            "raw": name,
            "package": package,
            "name": naming.shown(documents.texts(objects, "displayName")),
            "installer": installer,
            "told": pl.Series([type(item.get("installerPackageName")) is str for item in objects], dtype=pl.Boolean),
            "source": source,
            "state": state,
            "signers": _signers(objects),
            "version": naming.shown(documents.texts(objects, "versionName")),
            "version_code": documents.whole(objects, "versionCode"),
        },
        schema_overrides={"phone": pl.UInt32},
    )
    frame = frame.with_columns(locator=pl.col("phone").replace_strict(phone, place, default="file"))
    frame = frame.filter((pl.col("state") != "REMOVED").fill_null(value=True))
    itself = (pl.col("raw") == "android").fill_null(value=False)  # the framework, which is no app
    wrong = frame.filter(pl.col("package").is_null() & ~itself)
    rejects += naming.refused(wrong["locator"], "an app without a name of a package", limits)
    from_play = (pl.col("source") == _PLAY) & pl.col("installer").is_null()
    made = frame.drop_nulls("package").head(limits.rows).with_columns(
        app="package",
        preinstalled=pl.when(pl.col("source").is_in(_SYSTEM)).then(pl.lit(value=True))
        .when(pl.col("source").is_in(_LATER)).then(pl.lit(value=False)),
        installer=pl.when(from_play).then(pl.lit(_PLAY_STORE)).otherwise("installer"),
        told=pl.col("told") | from_play.fill_null(value=False),
    )  # fmt: skip
    return installed.completed(made), rejects


def _signers(objects: list[dict[str, Any]]) -> pl.Series:
    """Return the fingerprints of each report that are SHA-256; those of SHA-1 lead to nobody."""
    held = [
        "\n".join([text for text in prints[:16] if type(text) is str]) if type(prints) is list else None
        for prints in (item.get("signingKeyCertFingerprints") for item in objects)
    ]  # one text each: a column of lists is far slower to make
    plain = documents.column("signers", held).str.replace_all("[: ]", "").str.to_lowercase().str.split("\n")
    return plain.list.eval(pl.element().filter(pl.element().str.contains("^[0-9a-f]{64}$")))
