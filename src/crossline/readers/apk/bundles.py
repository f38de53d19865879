"""An Android App Bundle: each of its modules read as a package is, and together one app; docs/readers/aab.md."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.packages import archive, bundle_manifest, hosts, resource_table
from crossline.packages.spending import tell
from crossline.readers.apk import parts, tying
from crossline.tables import EXTENTS, Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.packages.archive import Archive
    from crossline.packages.libraries import Signatures
    from crossline.packages.manifest import Manifest
    from crossline.packages.octets import Held
    from crossline.readers.apk.parts import Budget, Part
    from crossline.tables import Batch, Note

MODULES_MOST: Final = 200  # a store takes a hundred
UPLOADER: Final = "the bundle is signed by whoever hands it to a store, which may sign its packages with another key"

_MODULE: Final = rf"^([^/]+/){re.escape(bundle_manifest.PLACE)}$"
_CONFIGURED: Final = "BundleConfig.pb"
_SHORT: Final = "AndroidManifest.xml"  # as the reader of packages calls it


def is_one(opened: Archive) -> bool:
    """Return whether an archive is a bundle: it has a module, or says how packages are made, and is no package."""
    names = opened.entries["name"]
    return not opened.rows("AndroidManifest.xml") and bool(
        (names == _CONFIGURED).any() or names.str.contains(_MODULE).any()
    )


def read(
    data: Held, opened: Archive, stem: str, budget: Budget, signatures: Signatures | None
) -> Iterator[Batch | Reject | Note]:
    """Yield a batch with the app of a bundle, what was refused, and notes."""
    tell(opened, "", budget)
    found = _modules(data, opened, budget)
    if found:
        yield _as_of_a_bundle(tying.batch([found], stem, budget, signatures))
    else:
        budget.refuse("file", f"no module (base/{bundle_manifest.PLACE}) stands in it")
    for one in budget.told():
        yield replace(one, locator=_placed(one.locator)) if isinstance(one, Reject) else one


def _modules(data: Held, opened: Archive, budget: Budget) -> list[Part]:
    """Read the modules, the base first; those of another app's id are left out."""
    names = opened.entries["name"].str.extract(_MODULE).drop_nulls().unique(maintain_order=True).to_list()
    names.sort(key=lambda name: name != "base/")
    found: list[Part] = []
    for number, name in enumerate(names):
        if number == MODULES_MOST or budget.late():
            why = f"limit of {MODULES_MOST}" if number == MODULES_MOST else "the time for one file is over"
            budget.refuse(name, f"modules from here on are not read: {why}", len(names) - number)
            break
        part = _module(data, opened, name, budget)
        first, own = tying.package_of(found[0]) if found else None, tying.package_of(part)
        if found and first != own and own is not None:
            budget.refuse(f"{name}{_SHORT}", f"a module of another app than {visible(str(first))}, which is left out")
            continue
        found.append(part)
    return found


def _module(data: Held, opened: Archive, name: str, budget: Budget) -> Part:
    """Read a module as the package that a store makes of it."""
    module = opened.folder(name)
    module.rejects, module.odd = [], ()
    part = parts.read(data, module, visible(name, 300), budget, partial(_manifest, whole=opened))
    return replace(part, hosts=pl.concat([part.hosts, *_in_texts(module, name, budget)]))


def _manifest(_data: Held, opened: Archive, whole: Archive) -> Manifest:
    return bundle_manifest.read(opened, whole)


def _in_texts(module: Archive, name: str, budget: Budget) -> Iterator[pl.DataFrame]:
    """Yield the hosts that texts of the table of resources name."""
    place = f"{visible(name, 300)}{resource_table.PLACE}"
    for row in module.rows(resource_table.PLACE)[:1]:
        if module.entries["size"][row] > parts.FILE_MOST:
            budget.refuse(place, f"no hosts are looked for; limit of {parts.FILE_MOST:,} bytes")
            continue
        try:
            texts = resource_table.read(module.read(row))
        except archive.Unreadable as error:
            budget.refuse(place, str(error))
            continue
        if texts.stopped is not None:
            budget.refuse(place, f"the table of resources is not read from byte {texts.stopped} on: it is none there")
        laid, starts = texts.laid_out()
        found = hosts.in_strings(laid, starts)
        begins = pl.Series(texts.rows[:, 0], dtype=pl.Int64)
        yield found.select(
            pl.lit(place).alias("file"),
            pl.lit(value=False).alias("in_code"),
            *(pl.col(column) for column in hosts.HOSTS if column not in {"place", "count"}),
            begins.gather(found["place"].cast(pl.UInt32)).alias("place"),
            "count",
        )


def _placed(locator: str) -> str:
    """Name the manifest as a bundle does."""
    return re.sub(rf"(?<=/){re.escape(_SHORT)}$", bundle_manifest.PLACE, locator)


def _as_of_a_bundle(batch: Batch) -> Batch:
    """Say what a bundle leaves open that a package does not; the sum of its bytes is that of no package."""
    shown = pl.col("locator").str.replace(rf"/{re.escape(_SHORT)}$", f"/{bundle_manifest.PLACE}")
    signed = (pl.col("role") == "signer") & (pl.col("extent") == "all")
    extents = batch.extents.with_columns(
        pl.when(signed).then(pl.lit("some", EXTENTS["extent"])).otherwise("extent").alias("extent"),
        pl.when(signed).then(pl.lit(UPLOADER)).otherwise("reason").alias("reason"),
    )
    assets = batch.assets.with_columns(shown, pl.lit(None, pl.String).alias("apk_sha256"))
    of_signer = pl.when(pl.col("role") == "signer").then(pl.lit("META-INF"))
    ties = batch.ties.with_columns(of_signer.otherwise(shown).alias("locator"))
    return replace(batch, assets=assets, ties=ties, extents=extents)
