"""Devices as assets: who made each machine and its parts, and which part of a network it is.

Used for an export, for one page of the API, and for pages that were joined (crossline.links.netbox_pages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from crossline import kinds
from crossline.readers.netbox import naming, words
from crossline.readers.netbox.tying import EXTENTS, ROW, TIES, bundled

if TYPE_CHECKING:
    from crossline.readers.netbox.refusals import Refusals
    from crossline.tables import Batch, Extent

# A device as an export or a page says it; `maker`, `role` and others are texts as they stand there.
FORM: Final = pl.Schema(
    {
        "netbox_id": pl.Int64(),
        "offset": pl.Int64(),
        "unit": pl.String(),
        "site": pl.String(),
        "site_name": pl.String(),
        "tenant": pl.String(),
        "role": pl.String(),
        "role_name": pl.String(),
        "maker": pl.String(),
        "product": pl.String(),
    }
)
# A module or an inventory item: the device that it is in, who made it, and what it is called ("module X").
PART: Final = pl.Schema({"netbox_id": pl.Int64(), "offset": pl.Int64(), "maker": pl.String(), "what": pl.String()})
ADDRESS: Final = pl.Schema({"netbox_id": pl.Int64(), "address": pl.String()})

NOT_HERE: Final = ("planned", "inventory")  # statuses of what is in no network
NO_ITEMS: Final = "the export holds no inventory items"
NO_MODULES: Final = "the export holds no modules"
NO_MAKER: Final = "its type names no manufacturer"
UNMADE: Final = "modules or inventory items without a manufacturer"

GENERAL: Final[list[tuple[int | None, str, Extent, str | None]]] = [
    (None, "operator", "none", "NetBox says whom a device serves (its tenant), not who runs it"),
    (None, "producer", "none", "NetBox does not say where a device was made"),
    (None, "embeds", "none", "NetBox does not say whose code a device carries"),
]


class Beside(NamedTuple):
    """What is known of devices beside themselves; ``missing`` says why parts could not be seen, if they could not."""

    parts: pl.DataFrame  # PART
    addresses: pl.DataFrame  # ADDRESS
    radios: pl.Series  # ids of devices that have a cellular interface
    missing: str | None


def told(devices: pl.DataFrame, addresses: pl.DataFrame, radios: pl.Series) -> pl.DataFrame:
    """Return devices (:data:`FORM`) with the columns of their assets; ``radios`` are ids of those with a cellular one.

    ``addresses`` (:data:`ADDRESS`, canonical), ``site`` and ``site_name`` are for links alone.
    """
    lists = addresses.drop_nulls().unique().sort("netbox_id", "address")
    lists = lists.group_by("netbox_id", maintain_order=True).agg(pl.col("address").alias("addresses"))
    joined = naming.identified(devices).join(lists, on="netbox_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.lit(None, pl.Date).alias("observed_at"),
        pl.format("byte {}", "offset").alias("locator"),
        pl.lit(0, pl.UInt32).alias("bundle"),
        words.network_part(pl.col("netbox_id").is_in(radios.unique().implode())).alias("network_part"),
        words.product_class().alias("product_class"),
        pl.col("addresses").fill_null([]),
    )


def vendor_ties(
    devices: pl.DataFrame, parts: pl.DataFrame, missing: str | None, refused: Refusals | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ties and extents of the role vendor, by ``row`` of ``devices`` (row, netbox_id, offset, maker).

    The device's own maker has sequence 0; those of its parts (:data:`PART`) come after it, once each. ``missing`` says
    why parts could not be seen at all, None where they could.
    """
    parts = parts.join(devices.select("netbox_id", ROW), on="netbox_id", how="inner", maintain_order="left")
    named = pl.concat([devices.select("maker", "offset"), parts.select("maker", "offset")])
    known = naming.vendors(named["maker"])
    if refused is not None:
        naming.refuse_vendors(known, named, refused)
    own = devices.select(ROW, "maker", pl.lit(None, pl.String).alias("locator"))
    both = pl.concat([own, parts.select(ROW, "maker", pl.col("what").alias("locator"))])
    both = both.join(known, on="maker", how="left", maintain_order="left")
    ties = both.drop_nulls("value").unique([ROW, "value"], keep="first", maintain_order=True)
    first = pl.col("locator").is_null()
    ties = ties.with_columns(seq=pl.int_range(pl.len()).over(ROW) + (~first.any().over(ROW)).cast(pl.Int64))
    unmade = both.filter(pl.col("value").is_null() & pl.col("locator").is_not_null())[ROW]
    valued = both.filter(first).select(ROW, "value").join(
        ties.group_by(ROW).len("count"), on=ROW, how="left", maintain_order="left"
    )  # fmt: skip
    nameless, shown = pl.col("value").is_null(), pl.lit(missing, pl.String)
    reason = (
        pl.when(nameless).then(pl.lit(NO_MAKER))
        .when(pl.lit(missing is not None)).then(shown)
        .when(pl.col(ROW).is_in(unmade.unique().implode())).then(pl.lit(UNMADE))
    )  # fmt: skip
    extents = valued.with_columns(reason=reason).select(
        ROW,
        pl.lit("vendor").alias("role"),
        pl.when(nameless & pl.col("count").is_null()).then(pl.lit("none"))
        .when(pl.col("reason").is_null()).then(pl.lit("all")).otherwise(pl.lit("some")).alias("extent"),
        "reason",
    )  # fmt: skip
    ties = ties.select(
        ROW,
        pl.lit("vendor").alias("role"),
        pl.lit("vendor").alias("type"),
        "value",
        pl.col("seq").cast(pl.UInt32),
        "locator",
    )
    return ties.cast(TIES), extents.cast(EXTENTS)


def columns() -> list[str]:
    """Return the columns that a batch of devices has, those for links alone at the end."""
    return ["asset", "name", "observed_at", "locator", "bundle", *_own(), "addresses", "site", "site_name"]


def _own() -> list[str]:
    return [name for name in ("product_class", "network_part") if name in kinds.load("device").schema()]


def batch(devices: pl.DataFrame, beside: Beside, refused: Refusals, more: tuple[str, ...] = ()) -> Batch:
    """Return devices (:data:`FORM`) as a batch; ``more`` are columns to keep for links."""
    devices = devices.with_row_index(ROW)
    ties, extents = vendor_ties(devices, beside.parts, beside.missing, refused)
    assets = told(devices, beside.addresses, beside.radios).select(ROW, *columns(), *more)
    return bundled("device", assets, ties, extents, GENERAL)
