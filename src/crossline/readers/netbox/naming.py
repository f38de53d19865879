"""Ids, names and identifiers in their one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crossline.identifiers import vendor

if TYPE_CHECKING:
    from crossline.readers.netbox.refusals import Refusals


def vendors(names: pl.Series) -> pl.DataFrame:
    """Return ``maker`` and ``value``, its form as an identifier, of each distinct name; null for what is none."""
    distinct = names.unique(maintain_order=True).drop_nulls()
    return pl.DataFrame(
        {"maker": distinct, "value": [_vendor(name) for name in distinct]},
        schema={"maker": pl.String, "value": pl.String},
    )


def _vendor(name: str) -> str | None:
    try:
        return vendor.parse(name)
    except ValueError:
        return None


def refuse_vendors(known: pl.DataFrame, named: pl.DataFrame, refused: Refusals) -> None:
    """Count the rows of ``named`` (maker, offset) whose maker's name is none."""
    none = known.filter(pl.col("value").is_null())["maker"]
    odd = named.filter(pl.col("maker").is_in(none.implode()))
    refused.add(
        "a maker's or provider's name that is none: empty, of more than 200 characters, or with control characters",
        odd["offset"].to_numpy(),
    )


def identified(devices: pl.DataFrame) -> pl.DataFrame:
    """Add ``asset`` and ``name`` to devices (netbox_id, unit, site, tenant, product).

    NetBox holds names unique within a site and tenant, so the tenant is told only where two machines of a site have
    one name. A machine without a name, which an inventory may well have, goes by NetBox's number.
    """
    unit = pl.when(pl.col("unit").str.strip_chars() != "").then(pl.col("unit"))
    number = pl.format("#{}", "netbox_id")
    short = pl.format("device:netbox:{}/{}", pl.col("site").fill_null("?"), unit.fill_null(number))
    tenanted = pl.coalesce(pl.format("{}@{}", "asset", "tenant"), "asset")
    whose = pl.when(pl.col("asset").is_duplicated()).then(tenanted).otherwise("asset")
    single = pl.when(pl.col("asset").is_duplicated()).then(pl.format("{}{}", "asset", number)).otherwise("asset")
    unnamed = pl.format("{} ({})", pl.col("product").fill_null("a device"), number)
    return (
        devices.with_columns(asset=short, name=unit.fill_null(unnamed))
        .with_columns(asset=whose)
        .with_columns(asset=single)
    )


def part_name(what: str, name: pl.Expr) -> pl.Expr:
    """Return how a tie names the part that it comes from; controls are left out, and 120 characters are kept."""
    shown = name.str.replace_all(r"[\x00-\x1f\x7f]", " ").str.slice(0, 120)
    return pl.coalesce(pl.format(what + " {}", shown), pl.lit(what))
