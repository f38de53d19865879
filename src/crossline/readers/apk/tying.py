"""Apps as columns: what their packages say becomes assets, ties, and how much of each role was seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers, kinds
from crossline.identifiers import package as packages
from crossline.packages import root_zone
from crossline.packages.spending import several
from crossline.readers.apk import embedding
from crossline.readers.apk.embedding import NO_CODE, PART_UNREAD
from crossline.tables import Batch, Extent, encode_ties, extent_rows
from crossline.text import visible, word

if TYPE_CHECKING:
    from crossline.packages.libraries import Signatures
    from crossline.readers.apk.embedding import Embedded
    from crossline.readers.apk.parts import Budget, Part

CONTACTS_MOST: Final = 20_000  # hosts of one app
LIST_MOST: Final = 2000  # permissions, libraries; Android itself has some hundreds
TEXT_MOST: Final = 1000
_UNRESOLVED: Final = re.compile(r"@(?:0x)?[0-9A-Fa-f]{8}")  # a number of a resource that no table has
UNNAMED: Final = "unnamed"
OBFUSCATED: Final = 0.5  # share of classes with names of one or two letters, from which on it is told

NO_ORIGIN: Final = "a package does not say where it came from, and outside a store an id may be anybody's"
NO_ID: Final = "the package names no id of its own that can be read"
NO_SIGNER: Final = "no certificate was found in the package"
NO_MANIFEST: Final = "the manifest could not be read, and the certificates not with it"
NO_DISTRIBUTOR: Final = "a package does not say who hands it out"
SOME_HOSTS: Final = "hosts that are put together while it runs, or fetched, cannot be seen in its package"

_TIES: Final = pl.Schema(
    {
        "bundle": pl.UInt32(), "seq": pl.UInt32(), "role": pl.String(), "type": pl.String(), "value": pl.String(),
        "basis": pl.String(), "locator": pl.String(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class App:
    """The packages of one app, its base first, and what they say together."""

    parts: list[Part]
    package: str | None
    packed: str | None
    renamed: bool
    signers: list[str]
    defined: int
    embedded: Embedded
    contacts: pl.DataFrame  # type, value, locator

    @property
    def base(self) -> Part:
        """The package that the others add to."""
        return self.parts[0]


def package_of(part: Part) -> str | None:
    """Return the app's id as the manifest has it, in canonical form; None if there is none that is one."""
    try:
        return packages.parse(part.manifest.package or "") if part.manifest else None
    except ValueError:
        return None


def batch(groups: list[list[Part]], stem: str, budget: Budget, signatures: Signatures | None = None) -> Batch:
    """Return apps as a batch, a bundle each; what is odd about them is told in the budget."""
    apps = [_app(group, signatures, budget) for group in groups]
    own = kinds.load("app").schema()
    rows = [_row(app, stem, budget) for app in apps]
    types: dict[str, pl.DataType] = {
        "asset": pl.String(),
        "name": pl.String(),
        "locator": pl.String(),
        "apk_sha256": pl.String(),
    }
    types |= {name: own[name] for name in rows[0] if name in own}
    assets = pl.DataFrame(rows, schema=types).with_row_index("bundle")
    names, ties = encode_ties(pl.concat([_ties(bundle, app) for bundle, app in enumerate(apps)]))
    extents = [row for bundle, app in enumerate(apps) for row in _extents(bundle, app)]
    assets = assets.with_columns(pl.lit(None, pl.Date).alias("observed_at"))
    return Batch("app", assets, names, ties, extent_rows(extents))


def _app(group: list[Part], signatures: Signatures | None, budget: Budget) -> App:
    defined = pl.concat(
        [pl.Series("name", [], pl.String), *(one.defined for part in group for _, one in part.types)]
    ).unique()
    app = App(
        parts=group,
        package=package_of(group[0]),
        packed=_packed(group, defined, budget),
        renamed=_renamed(group, budget),
        signers=list(dict.fromkeys(one.sha256 for part in group if part.manifest for one in _identity(part, budget))),
        defined=len(defined),
        embedded=embedding.look(group, signatures, budget),
        contacts=_contacts(group, budget),
    )
    if app.package is None and group[0].manifest:
        budget.refuse(f"{group[0].where}AndroidManifest.xml", "names no id that an app can have")
    if app.signers:
        budget.note("the certificate is the one that the package carries; its signature is not verified")
    if len(app.signers) > 1:
        budget.note(f"its packages carry {len(app.signers):,} certificates as that of their signer")
    return app


def _identity(part: Part, budget: Budget) -> tuple[Any, ...]:
    told = part.manifest
    if told is None:
        return ()
    if told.unsigned_why:
        budget.refuse(f"{part.where}signatures", told.unsigned_why)
    others = {one.sha256 for one in told.signers} - {one.sha256 for one in told.identity} if told.signers else set()
    if others:
        budget.note(
            f"{part.where or 'it '}carries {len(others):,} more certificates in older signature schemes than the "
            f"{told.signers[0].scheme} that current phones go by"
        )
    return told.identity if told.signers else ()


def _packed(group: list[Part], defined: pl.Series, budget: Budget) -> str | None:
    """Return the packer that files or classes show, and tell why; without a name, where only what is missing tells."""
    shown = list(dict.fromkeys(sign for part in group for sign in part.signs.packers))
    for packer, value, source in shown:
        budget.note(f"packed with {packer}, by {visible(value)} ({source})")
    missing = pl.Series("name", list(dict.fromkeys(name for part in group for name in part.signs.undefined)), pl.String)
    missing = missing.filter(~missing.is_in(defined.implode()))
    started = sum(part.signs.components for part in group)
    unnamed = not shown and any(part.types for part in group) and 2 * len(missing) > started
    if len(missing):
        budget.note(
            f"{len(missing):,} of the {started:,} classes that its manifest starts are defined nowhere in it, as "
            f"{visible(missing[0])}{': some of its code is not in its package' if unnamed else ''}"
        )
    for part in group:
        dense = part.signs.dense
        if dense:
            budget.note(
                f"{part.where}{several(dense[0][0], len(dense))}: large, of no known format, and encrypted or "
                "compressed by the look of its bytes"
            )
    return shown[0][0] if shown else UNNAMED if unnamed else None


def _renamed(group: list[Part], budget: Budget) -> bool:
    """Say whether most classes of the largest part have names that tell nothing, and tell it."""
    share = max(group, key=lambda part: part.signs.defined).signs.short_classes or 0.0
    if share >= OBFUSCATED:
        budget.note(f"{share:.0%} of its classes have names of one or two letters, as obfuscators make them")
    return share >= OBFUSCATED


def _contacts(group: list[Part], budget: Budget) -> pl.DataFrame:
    """Return each host once, with the place where it is named first: in code if it is, and as a URL if it is."""
    found = pl.concat([part.hosts for part in group]).filter(~pl.col("namespace"))
    ranked = found.with_columns(
        pl.col("form").replace_strict({"url": 0, "template": 1, "bare": 2}, return_dtype=pl.Int8).alias("rank")
    ).sort("rank", "in_code", descending=[False, True], maintain_order=True)
    hosts = ranked.unique(["host", "kind"], keep="first", maintain_order=True).sort("host")
    hosts = hosts.with_columns(type=pl.col("kind"))
    nobody = [
        identifiers.names_no_party(kind, host) is not None for kind, host in hosts.select("type", "host").iter_rows()
    ]
    hosts, left_out = root_zone.apart(hosts.filter(~pl.Series(nobody, dtype=pl.Boolean)))
    if left_out:
        budget.note(left_out)
    if hosts.height > CONTACTS_MOST:
        budget.refuse(
            group[0].where or "file", f"limit of {CONTACTS_MOST:,} hosts of an app", hosts.height - CONTACTS_MOST
        )
    unit = pl.when("in_code").then(pl.lit("string")).otherwise(pl.lit("byte"))
    hosts = hosts.head(CONTACTS_MOST).with_columns(unit=unit)
    named = {file: word(file, 300) for file in hosts["file"].unique()}
    file = pl.col("file").replace_strict(named, return_dtype=pl.String)
    return hosts.select(
        "type", pl.col("host").alias("value"), pl.format("{} {} {}", file, "unit", "place").alias("locator")
    )


def _row(app: App, stem: str, budget: Budget) -> dict[str, Any]:
    told = app.base.manifest
    written = told.package.strip() if told and told.package and app.package else None
    permissions = sorted({one for part in app.parts if part.manifest for one in part.manifest.permissions})
    libraries = sorted({one for part in app.parts for one in part.libraries})
    referenced = app.embedded.referenced
    label = visible(told.label) if told and told.label and not _UNRESOLVED.fullmatch(told.label) else None
    return {
        "asset": f"app:package:{written or f'sha256-{app.base.sha256[:16]}'}",
        "name": label or written or visible(stem),
        "locator": f"{app.base.where}AndroidManifest.xml" if told else (app.base.where or "file"),
        "apk_sha256": app.base.sha256,
        "package": app.package,
        "version": visible(told.version, TEXT_MOST) if told and told.version else None,
        "version_code": told.version_code if told else None,
        "permissions": _short(permissions, "permissions", budget) if told else None,
        "min_sdk": told.min_sdk if told else None,
        "target_sdk": told.target_sdk if told else None,
        "defined_classes": app.defined if any(part.types for part in app.parts) else None,
        "native_libraries": _short(libraries, "native libraries", budget),
        "referenced_libraries": None if referenced is None else _short(referenced, "referenced libraries", budget),
        "packed": app.packed,
    }


def _short(texts: list[str], what: str, budget: Budget) -> list[str]:
    """Return a list that is not endless, of texts that are not."""
    if len(texts) > LIST_MOST:
        budget.refuse("file", f"limit of {LIST_MOST:,} {what}", len(texts) - LIST_MOST)
    return [visible(text, TEXT_MOST) for text in texts[:LIST_MOST]]


def _ties(bundle: int, app: App) -> pl.DataFrame:
    manifest = f"{app.base.where}AndroidManifest.xml"
    made = [("publisher", "package", app.package, "inferred", manifest)] if app.package else []
    made += [("signer", "signer", value, "observed", f"{app.base.where}signature") for value in app.signers]
    own = pl.DataFrame(made, schema=["role", "type", "value", "basis", "locator"], orient="row") if made else None
    embeds = app.embedded.libraries.select(
        pl.lit("embeds").alias("role"),
        pl.lit("library").alias("type"),
        "value",
        "basis",
        "locator",
    )
    contacts = app.contacts.select(
        pl.lit("contacts").alias("role"), "type", "value", pl.lit("inferred").alias("basis"), "locator"
    )
    rows = pl.concat([embeds, contacts] if own is None else [own, embeds, contacts])
    return rows.with_row_index("seq").with_columns(bundle=pl.lit(bundle, pl.UInt32)).select(*_TIES).cast(_TIES)


def _extents(bundle: int, app: App) -> list[tuple[int | None, str, Extent, str | None]]:
    read = any(part.types for part in app.parts)
    unread = any(part.unread for part in app.parts)
    packed = None
    if app.packed:
        packed = (
            "some of its code is not in its package, which does not define most of the classes that its manifest starts"
            if app.packed == UNNAMED
            else f"its code is packed with {app.packed}, and what it runs is not to be seen in its package"
        )
    unsigned = NO_SIGNER if any(part.manifest for part in app.parts) else NO_MANIFEST
    return [
        (bundle, "publisher", "some" if app.package else "none", NO_ORIGIN if app.package else NO_ID),
        (bundle, "signer", "all" if app.signers else "none", None if app.signers else unsigned),
        (bundle, "embeds", *embedding.extent(app.embedded, app.parts, packed, app.renamed)),
        (
            bundle, "contacts", "some" if read else "none",
            packed or (NO_CODE if not read else PART_UNREAD if unread else SOME_HOSTS),
        ),
        (bundle, "distributor", "none", NO_DISTRIBUTOR),
    ]  # fmt: skip
