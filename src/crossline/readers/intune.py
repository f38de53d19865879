"""What Intune tells through Microsoft Graph: ``detectedApps`` and ``managedDevices``, JSON.

https://learn.microsoft.com/graph/api/resources/intune-devices-detectedapp and …/intune-devices-manageddevice: a page of
a collection (``value``), several pages in a list, or one object. Of a device its maker, model and system are read and
the day of its last contact; its name, user, address, serial number, IMEI and phone number are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.phones import documents, installed, naming
from crossline.tables import Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits

ABOUT = "Intune's detected apps and managed devices, pages of Microsoft Graph, JSON"
LIMITS = (
    "A detected app has a name and a publisher's name, and no package: it is matched with nothing else.",
    "Who installed an app is not in it, so there is no offering; versions of one app are counted together.",
    "The apps of one device (`managedDevices/ID/detectedApps`) are read as a list of detected apps.",
    "A device is known by maker and model: two of a sort are one asset with a count.",
    "A file of more than 128 MiB is not read; ask for smaller pages ($top).",
)
JAILED = True  # a parser of whole documents, whose memory only a child process can bound

_CONTEXTS: Final = (
    b"deviceManagement/detectedApps", b"deviceManagement/managedDevices", b"#microsoft.graph.detectedApp",
    b"#microsoft.graph.managedDevice", b"/detectedApps", b"#managedDevices", b"#detectedApps",
)  # fmt: skip


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its members
    """Return whether the document names these collections of Graph, or has the members of their objects."""
    squeezed = head.replace(b"\0", b"")
    if squeezed.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] not in {b"{", b"["}:
        return False
    if b'"@odata.' in squeezed and any(context in squeezed for context in _CONTEXTS):
        return True
    return (b'"sizeInByte"' in squeezed and b'"deviceCount"' in squeezed) or (
        b'"managedDeviceOwnerType"' in squeezed and b'"operatingSystem"' in squeezed
    )


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield apps, and devices by make and model."""
    found = documents.document(path, limits)
    if isinstance(found, Reject):
        yield found
        return
    held = documents.pages(found, "value")
    apps = [(place, item) for place, item in held if "displayName" in item and not _is_device(item)]
    devices = [(place, item) for place, item in held if _is_device(item)]
    other = len(held) - len(apps) - len(devices)
    if other:
        yield Reject("file", "neither a detected app nor a managed device", other)
    if not apps and not devices:
        yield Note("there is neither a detected app nor a managed device in it")
        return
    made, places = _apps(apps)
    yield from naming.refused(places, "an app without a name", limits)
    phones, places = _devices(devices)
    yield from naming.refused(places, "a maker's name that is none", limits)
    if made.height:
        yield Note("who installed an app is not in it: that question is not asked of these apps")
    stem = str(naming.shown(documents.column("stem", [path.stem]))[0] or "devices")
    yield from installed.batches(made.head(limits.rows), phones, stem, offered=False)


def _is_device(item: dict[str, Any]) -> bool:
    return "operatingSystem" in item or "manufacturer" in item


def _apps(held: list[tuple[str, dict[str, Any]]]) -> tuple[pl.DataFrame, pl.Series]:
    """Return detected apps (:data:`installed.INSTALLED`), and where those without a name stand."""
    objects = [item for _, item in held]
    publisher, _ = naming.canonical(documents.texts(objects, "publisher"), "vendor")
    frame = pl.DataFrame(
        {
            "locator": documents.column("locator", [place for place, _ in held]),
            "name": naming.shown(documents.texts(objects, "displayName")),
            "platform": naming.shown(documents.texts(objects, "platform")),
            "publisher": publisher,
            "devices": documents.whole(objects, "deviceCount"),
            "version": naming.shown(documents.texts(objects, "version")),
        }
    )
    named = frame.drop_nulls("name").with_columns(
        app=pl.format("{}/{}", pl.coalesce("platform", pl.lit("unknown")), "name")
    )
    # Two publishers' apps of one name are two apps.
    named = named.with_columns(
        app=pl.when(pl.col("publisher").n_unique().over("app") > 1)
        .then(pl.format("{} ({})", "app", pl.coalesce("publisher", pl.lit("no publisher"))))
        .otherwise("app")
    )
    return installed.completed(named), frame.filter(pl.col("name").is_null())["locator"]


def _devices(held: list[tuple[str, dict[str, Any]]]) -> tuple[pl.DataFrame, pl.Series]:
    """Return devices (:data:`installed.PHONES`), and where those whose maker's name is none stand."""
    objects = [item for _, item in held]
    places = documents.column("locator", [place for place, _ in held])
    maker, odd = naming.canonical(documents.texts(objects, "manufacturer"), "vendor")
    frame = pl.DataFrame(
        {
            "maker": maker,
            "model": naming.shown(documents.texts(objects, "model")),
            "locator": places,
            "observed_at": documents.day(documents.texts(objects, "lastSyncDateTime")),
        }
    )
    frame = frame.with_row_index("phone").with_columns(basis=pl.lit("observed")).select(*installed.PHONES)
    return frame, places.filter(odd)
