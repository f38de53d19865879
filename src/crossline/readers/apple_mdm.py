"""What an Apple device answers its management server: ``InstalledApplicationList`` and ``DeviceInformation``.

https://developer.apple.com/documentation/devicemanagement/installedapplicationlistresponse: a property list, as XML or
binary. Read are each app's identifier and name, whether the App Store sells it, and who distributed it; of a device its
model. ``UDID``, serial number, IMEI, the device's name and its phone number are not looked at.
"""

from __future__ import annotations

import plistlib
import re
from typing import TYPE_CHECKING, Any, Final
from xml.parsers.expat import ExpatError

import polars as pl

from crossline.phones import documents, installed, naming
from crossline.tables import Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits

ABOUT = "an Apple device's answer to its management server: installed apps (property list, XML or binary)"
LIMITS = (
    "One answer a file; a property list that declares entities is refused.",
    "An app that the App Store sells is taken to come from there, unless the answer names another distributor.",
    "Of apps that came with the device the answer says nothing before iOS 26, and does not tell them apart after.",
    "A file of more than 128 MiB is not read.",
)
JAILED = True  # a parser of whole documents, whose memory only a child process can bound

_BINARY: Final = b"bplist0"
_XML: Final = re.compile(rb"<plist[\s>]")
_KEYS: Final = (b"InstalledApplicationList", b"QueryResponses")
_ENTITY: Final = re.compile(r"<!ENTITY\b")
_APPLE: Final = "apple"  # who makes every device that speaks this protocol
_STORE: Final = "com.apple.appstore"  # as DistributorIdentifier has it, in small letters
_BETA: Final = "com.apple.testflight"


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its keys
    """Return whether it is a property list with one of the two keys."""
    plain = head.replace(b"\0", b"") if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head
    return (plain.startswith(_BINARY) or _XML.search(plain[:4096]) is not None) and any(key in plain for key in _KEYS)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield apps, who hands them out, and the device."""
    data = documents.content(path, limits)
    if isinstance(data, Reject):
        yield data
        return
    answer = _parsed(data)
    if isinstance(answer, Reject):
        yield answer
        return
    stem = str(naming.shown(documents.column("stem", [path.stem]))[0] or "device")
    listed, told = answer.get("InstalledApplicationList"), answer.get("QueryResponses")
    if not isinstance(listed, list) and not isinstance(told, dict):
        yield Note(f"the device answered with neither apps nor its model (status {_status(answer)})")
        return
    objects = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if isinstance(listed, list) and len(objects) < len(listed):
        yield Reject("InstalledApplicationList", "an entry that is no dictionary", len(listed) - len(objects))
    apps, places = _apps(objects, limits)
    yield from naming.refused(places, "an app without an identifier", limits)
    yield from installed.batches(apps, _phone(told if isinstance(told, dict) else {}), stem)


def _parsed(data: bytes) -> dict[Any, Any] | Reject:
    """Return the dictionary at the top. Entities are refused before a parser sees them, and by the parser as well."""
    if not data.startswith(_BINARY):
        text = documents.decoded(data)
        if _ENTITY.search(text):
            return Reject("file", "a property list that declares entities, which none of a device does: not read")
        # What a declaration says of the encoding no longer holds.
        data = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text, count=1).encode("utf-8", "replace")
    try:
        found = plistlib.loads(data, fmt=plistlib.FMT_BINARY if data.startswith(_BINARY) else plistlib.FMT_XML)
    except (ValueError, ExpatError, RecursionError, OverflowError, LookupError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())[:120]
        return Reject("file", f"not whole as a property list: {said or type(error).__name__}")
    return found if isinstance(found, dict) else Reject("file", "a property list without a dictionary at its top")


def _status(answer: dict[Any, Any]) -> str:
    held = answer.get("Status")
    return str(naming.shown(documents.column("status", [held if type(held) is str else None]))[0] or "not stated")


def _apps(objects: list[dict[str, Any]], limits: Limits) -> tuple[pl.DataFrame, pl.Series]:
    """Return apps (:data:`installed.INSTALLED`), and where those without an identifier stand."""
    raw = documents.texts(objects, "Identifier")
    package, _ = naming.canonical(raw, "package")
    distributor, _ = naming.canonical(documents.texts(objects, "DistributorIdentifier"), "package")
    sold = documents.flags(objects, "AppStoreVendable")
    frame = pl.DataFrame(
        {
            "raw": raw, "package": package, "name": naming.shown(documents.texts(objects, "Name")),
            "distributor": distributor, "sold": sold,
            "version": naming.shown(documents.texts(objects, "ShortVersion")),
            "beta": documents.flags(objects, "BetaApp").fill_null(value=False),
        }
    ).with_row_index("number")  # fmt: skip
    frame = frame.with_columns(locator=pl.format("InstalledApplicationList[{}]", "number"))
    by_store = (pl.col("sold") & ~pl.col("beta")).fill_null(value=False)
    installer = (
        pl.when(pl.col("distributor").is_not_null() & (pl.col("distributor") != _BETA)).then("distributor")
        .when(pl.col("distributor").is_null() & by_store).then(pl.lit(_STORE))
    )  # fmt: skip
    made = frame.drop_nulls("package").unique("package", keep="first", maintain_order=True).head(limits.rows)
    told = made.with_columns(
        phone=pl.lit(0, pl.UInt32), app="package", installer=installer,
        preinstalled=pl.when(installer.is_not_null() | ~pl.col("sold")).then(pl.lit(value=False)),
        told=pl.col("sold").is_not_null() | pl.col("distributor").is_not_null(),
    )  # fmt: skip
    return installed.completed(told), frame.filter(pl.col("package").is_null())["locator"]


def _phone(told: dict[Any, Any]) -> pl.DataFrame:
    held = [value for key in ("ModelName", "ProductName", "Model") if type(value := told.get(key)) is str]
    model = naming.shown(documents.column("model", held[:1])).first()
    row = (0, _APPLE, model, "inferred", "QueryResponses" if held else "file", None)
    return pl.DataFrame([row], schema=installed.PHONES, orient="row")
