"""Apps as columns: what an app's folder says becomes assets, ties, and how much of each role was seen."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers, kinds
from crossline.identifiers import package as packages
from crossline.identifiers import vendor
from crossline.packages import root_zone
from crossline.readers.ipa import bundles, embedding
from crossline.tables import Batch, Extent, encode_ties, extent_rows
from crossline.text import visible

if TYPE_CHECKING:
    from crossline.packages.libraries import Signatures
    from crossline.packages.spending import Spending
    from crossline.readers.ipa.bundles import App
    from crossline.readers.ipa.embedding import Embedded

CONTACTS_MOST: Final = 20_000  # hosts of one app
LIST_MOST: Final = 2000  # permissions, libraries
TEXT_MOST: Final = 1000
FAIRPLAY: Final = "FairPlay"  # what Apple calls the encryption of its stores
NO_SIGNATURES: Final = "no signatures for Apple's code were given, so whose code it carries cannot be told"
ENCRYPTED: Final = "its code is encrypted by the store, and cannot be seen in its package"
NO_ORIGIN: Final = "a package does not say where it came from, and outside a store an id may be anybody's"
NO_SIGNER: Final = "no certificate was found in the package"
NO_DISTRIBUTOR: Final = "a package does not say who hands it out"
NO_ID: Final = "the package names no id of its own that can be read"
NO_CODE: Final = "the app's program could not be read"
PART_UNREAD: Final = "a part of its code could not be read"
SYMBOLS_UNREAD: Final = "a part of its symbols, which may name classes, could not be read"
SOME_HOSTS: Final = "hosts that are put together while it runs, or fetched, cannot be seen in its package"
FROM_STORE: Final = "a file beside it says that it came from the App Store; others may hand it out as well"

STORE: Final = "com.apple.appstore"  # as readers of phones name it
_STORE_SIGNS: Final = "Apple iPhone OS Application Signing"  # the certificate that the App Store signs every app with
_USAGE: Final = "UsageDescription"
# Who an app is, and no right of its own.
_IDENTITY: Final = frozenset(("application-identifier", "com.apple.application-identifier",
                              "com.apple.developer.team-identifier"))  # fmt: skip
_TIES: Final = pl.Schema(
    {
        "bundle": pl.UInt32(), "seq": pl.UInt32(), "role": pl.String(), "type": pl.String(), "value": pl.String(),
        "basis": pl.String(), "locator": pl.String(),
    }
)  # fmt: skip


def batch(  # noqa: PLR0913, PLR0917 - what is known of a package and of the world
    apps: list[App],
    stem: str,
    sha256: str,
    sold: dict[str, Any] | None,
    spending: Spending,
    known: Signatures | None = None,
) -> Batch:
    """Return apps as a batch, a bundle each; what is odd about them is told in the spending."""
    own = kinds.load("app").schema()
    carried = [embedding.look(app, known, spending) for app in apps]
    rows = [
        _row(app, stem, sha256, number, spending)
        | {"referenced_libraries": _referenced(carried[number].referenced, spending)}
        for number, app in enumerate(apps)
    ]
    types: dict[str, pl.DataType] = {"asset": pl.String(), "name": pl.String(), "locator": pl.String()}
    types |= {name: own[name] for name in rows[0] if name in own}
    assets = pl.DataFrame(rows, schema=types).with_row_index("bundle")
    ties = [
        _ties(bundle, app, carried[bundle], rows[bundle]["package"], sold, spending) for bundle, app in enumerate(apps)
    ]
    names, encoded = encode_ties(pl.concat(ties))
    extents = [
        row
        for bundle, app in enumerate(apps)
        for row in _extents(bundle, app, carried[bundle], rows[bundle]["package"] is not None, sold is not None)
    ]
    assets = assets.with_columns(pl.lit(None, pl.Date).alias("observed_at"))
    return Batch("app", assets, names, encoded, extent_rows(extents))


def _row(app: App, stem: str, sha256: str, number: int, spending: Spending) -> dict[str, Any]:
    info = app.info or {}
    written = (_text(info, "CFBundleIdentifier") or "").strip()
    package = None
    with contextlib.suppress(ValueError):
        package = packages.parse(written)
    if app.info is not None and package is None:
        spending.refuse(f"{app.root}Info.plist", "names no id that an app can have")
    name = _text(info, "CFBundleDisplayName") or _text(info, "CFBundleName")
    code = _text(info, "CFBundleVersion") or ""
    entitlements = [
        key for key, value in bundles.rights(app).items() if key not in _IDENTITY and value not in (False, None)
    ]
    usages = [key for key in info if key.startswith("NS") and key.endswith(_USAGE)]
    asks = sorted({*usages, *entitlements})
    version = _text(info, "CFBundleShortVersionString") or _text(info, "CFBundleVersion")
    nameless = f"sha256-{sha256[:16]}" + (f"-{number}" if number else "")
    return {
        "asset": f"app:ipa:{written if package else nameless}",
        "name": visible(name) if name else package or visible(stem),
        "locator": visible(f"{app.root}Info.plist" if app.info is not None else app.root, 300),
        "package": package,
        "version": visible(version, TEXT_MOST) if version else None,
        "version_code": int(code) if code.isascii() and code.isdigit() and len(code) < 19 else None,
        "permissions": _short(asks, "permissions", spending) if app.info is not None else None,
        "min_sdk": _major(info, "MinimumOSVersion"),
        "target_sdk": _major(info, "DTPlatformVersion"),
        "defined_classes": app.defined,
        "native_libraries": _short(_names(app.beside), "native libraries", spending),
        "packed": FAIRPLAY if app.encrypted else None,
    }


def _text(held: dict[str, Any], key: str) -> str | None:
    value = held.get(key)
    return value if isinstance(value, str) and value else None


def _major(info: dict[str, Any], key: str) -> int | None:
    """Return the first number of a version."""
    number = (_text(info, key) or "").partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None


def _short(texts: list[str], what: str, spending: Spending) -> list[str]:
    """Return a list that is not endless, of texts that are not."""
    if len(texts) > LIST_MOST:
        spending.refuse("file", f"limit of {LIST_MOST:,} {what}", len(texts) - LIST_MOST)
    return [visible(text, TEXT_MOST) for text in texts[:LIST_MOST]]


def _names(places: list[str]) -> list[str]:
    """Return what files are called, each name once."""
    return sorted({place.rpartition("/")[2] for place in places})


def _referenced(names: list[str] | None, spending: Spending) -> list[str] | None:
    return None if names is None else _short(names, "referenced libraries", spending)


def _ties(  # noqa: PLR0913, PLR0917 - what is known of an app
    bundle: int, app: App, carried: Embedded, package: str | None, sold: dict[str, Any] | None, spending: Spending
) -> pl.DataFrame:
    made = [("publisher", "package", package, "inferred", f"{app.root}Info.plist")] if package else []
    made += [("publisher", "vendor", name, "declared", place) for name, place in _makers(app, sold)]
    place = f"{app.main} signature"
    signers = app.signature.signers if app.signature else ()
    made += [("signer", "signer", one.sha256, "observed", place) for one in signers]
    if sold is not None:
        made.append(("distributor", "package", STORE, "declared", "iTunesMetadata.plist"))
    _tell(app, spending)
    schema = ["role", "type", "value", "basis", "locator"]
    own = pl.DataFrame(made, schema=dict.fromkeys(schema, pl.String), orient="row")
    embeds = carried.ties.select(
        pl.lit("embeds").alias("role"), pl.lit("library").alias("type"), "value", "basis", "locator"
    )
    stated = app.declared.select(
        pl.lit("contacts").alias("role"), "type", "value", pl.lit("declared").alias("basis"), "locator"
    )
    named = _contacts(app, spending).join(app.declared, on=["type", "value"], how="anti", maintain_order="left")
    rows = pl.concat([own, embeds.select(schema), stated, named.select(schema)])
    return rows.with_row_index("seq").with_columns(bundle=pl.lit(bundle, pl.UInt32)).select(*_TIES).cast(_TIES)


def _makers(app: App, sold: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return names of organisations that are said to make the app. Those of persons, as many are, are not kept."""
    said = [(_text(app.profile or {}, "TeamName"), f"{app.root}embedded.mobileprovision TeamName")]
    said += [
        (one.subject.get("O"), f"{app.main} signature")
        for one in (app.signature.signers if app.signature else ())
        if one.subject.get("CN") != _STORE_SIGNS
    ]
    said.append((_text(sold or {}, "artistName"), "iTunesMetadata.plist artistName"))
    found: dict[str, str] = {}
    for name, place in said:
        if name and vendor.is_organisation(name):
            try:
                found.setdefault(vendor.parse(name), visible(place, 300))
            except ValueError:
                continue
    return list(found.items())


def _tell(app: App, spending: Spending) -> None:
    """Tell what of a signature a reader of the report should know."""
    signature, profile = app.signature, app.profile or {}
    if signature and signature.signers:
        spending.note("the certificate is the one that the package carries; its signature is not verified")
        if any(one.subject.get("CN") == _STORE_SIGNS for one in signature.signers):
            spending.note(
                "the certificate is that which the App Store signs every app with, and tells none from another"
            )
    held = profile.get("TeamIdentifier")
    team = (signature.team if signature else None) or (held[0] if isinstance(held, list) and held else None)
    if isinstance(team, str):
        spending.note(f"signed for the team {visible(team)}, as it says")
    devices = profile.get("ProvisionedDevices")
    if profile.get("ProvisionsAllDevices") is True:
        spending.note("its provisioning profile lets it onto any device, as those for one organisation's own use do")
    elif isinstance(devices, list):
        spending.note(f"its provisioning profile names {len(devices):,} devices that it may be put on")
    if app.encrypted:
        spending.note("its code is encrypted by the store: neither classes nor hosts in it can be seen")


def _contacts(app: App, spending: Spending) -> pl.DataFrame:
    """Return each host once, with the place where it is named first: as a URL if it is, and in code if it is."""
    ranked = (
        app.hosts.filter(~pl.col("namespace"))
        .with_columns(rank=pl.col("form").replace_strict({"url": 0, "template": 1, "bare": 2}, return_dtype=pl.Int8))
        .sort("rank", "in_code", descending=[False, True], maintain_order=True)
    )
    found = ranked.unique(["host", "kind"], keep="first", maintain_order=True).sort("host")
    nobody = [
        identifiers.names_no_party(kind, host) is not None for kind, host in found.select("kind", "host").iter_rows()
    ]
    found, left_out = root_zone.apart(found.filter(~pl.Series(nobody, dtype=pl.Boolean)))
    if left_out:
        spending.note(left_out)
    if found.height > CONTACTS_MOST:
        spending.refuse(app.root, f"limit of {CONTACTS_MOST:,} hosts of an app", found.height - CONTACTS_MOST)
    return found.head(CONTACTS_MOST).select(
        pl.lit("contacts").alias("role"), pl.col("kind").alias("type"), pl.col("host").alias("value"),
        pl.lit("inferred").alias("basis"), pl.format("{} byte {}", "file", "place").alias("locator"),
    )  # fmt: skip


def _extents(
    bundle: int, app: App, carried: Embedded, named: bool, sold: bool
) -> list[tuple[int | None, str, Extent, str | None]]:
    signed = bool(app.signature and app.signature.signers)
    unseen = ENCRYPTED if app.encrypted else None if app.seen else NO_CODE
    return [
        (bundle, "publisher", "some" if named else "none", NO_ORIGIN if named else NO_ID),
        (bundle, "signer", "all" if signed else "none", None if signed else NO_SIGNER),
        (bundle, "embeds", *_carried(app, carried, unseen)),
        (
            bundle, "contacts", "none" if unseen else "some",
            unseen or (PART_UNREAD if app.hidden else SOME_HOSTS),
        ),
        (bundle, "distributor", "some" if sold else "none", FROM_STORE if sold else NO_DISTRIBUTOR),
    ]  # fmt: skip


def _carried(app: App, carried: Embedded, unseen: str | None) -> tuple[Extent, str]:
    """Return how much of the libraries was seen, never all, and why not: what is seen beside hidden code stays seen."""
    if not carried.asked:
        return "none", unseen or NO_SIGNATURES
    if unseen and app.symbols_unread:
        unseen = f"{unseen}; {SYMBOLS_UNREAD}"
    if unseen:
        return "some" if carried.ties.height else "none", unseen
    return "some", PART_UNREAD if app.hidden else embedding.UNDESCRIBED
