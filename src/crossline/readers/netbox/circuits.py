"""Circuits as assets: who runs each line, which sites it joins, and which of our machines stand on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from crossline.readers.netbox import naming
from crossline.readers.netbox.tying import EXTENTS, ROW, TIES, bundled

if TYPE_CHECKING:
    from crossline.readers.netbox.refusals import Refusals
    from crossline.tables import Batch, Extent

# A circuit as an export or a page says it; `status` is NetBox's word. Without `provider` it is a cable of our own.
FORM: Final = pl.Schema(
    {
        "netbox_id": pl.Int64(),
        "offset": pl.Int64(),
        "asset": pl.String(),
        "name": pl.String(),
        "status": pl.String(),
        "provider": pl.Int64(),
        "provider_name": pl.String(),
    }
)
END: Final = pl.Schema({"netbox_id": pl.Int64(), "site": pl.String(), "site_name": pl.String()})
NUMBER: Final = pl.Schema({"provider": pl.Int64(), "asn": pl.Int64()})
MACHINE: Final = pl.Schema({"netbox_id": pl.Int64(), "asset": pl.String()})

# circuits/choices.py, CircuitStatusChoices; dcim/choices.py, LinkStatusChoices
_STATUS: Final = {
    "active": "active",
    "connected": "active",
    "planned": "planned",
    "provisioning": "planned",
    "decommissioned": "retired",
}

OURS_ONLY: Final = "the inventory shows our own machines on it, and not the provider's"
NO_PROVIDER: Final = "a cable of which the inventory names no provider"
NO_NAME: Final = "its provider has no name that could be read"


class Beside(NamedTuple):
    """What is known of circuits beside themselves."""

    ends: pl.DataFrame  # END
    numbers: pl.DataFrame  # NUMBER
    machines: pl.DataFrame  # MACHINE


def named(circuits: pl.DataFrame) -> pl.DataFrame:
    """Add ``asset`` and ``name`` to circuits (netbox_id, cid, provider_slug): NetBox holds the pair unique."""
    cid = pl.when(pl.col("cid").str.strip_chars() != "").then(pl.col("cid")).fill_null(pl.format("#{}", "netbox_id"))
    return circuits.with_columns(
        asset=pl.format("circuit:netbox:{}/{}", pl.col("provider_slug").fill_null("?"), cid), name=cid
    )


def told(circuits: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Return circuits (:data:`FORM`) with the columns of their assets; ``sites`` (slugs) is for links alone."""
    lists = ends.drop_nulls("netbox_id").unique(maintain_order=True).sort("netbox_id", "site", maintain_order=True)
    lists = lists.group_by("netbox_id", maintain_order=True).agg(
        pl.coalesce("site_name", "site").drop_nulls().alias("ends"), pl.col("site").drop_nulls().alias("sites")
    )
    joined = circuits.join(lists, on="netbox_id", how="left", maintain_order="left")
    status = pl.col("status").replace_strict(_STATUS, default="other", return_dtype=pl.String)
    return joined.with_columns(
        pl.lit(None, pl.Date).alias("observed_at"),
        pl.format("byte {}", "offset").alias("locator"),
        pl.lit(0, pl.UInt32).alias("bundle"),
        pl.when(pl.col("status").is_not_null()).then(status).alias("status"),
        pl.col("sites").fill_null([]),
    )


def ties(
    circuits: pl.DataFrame, numbers: pl.DataFrame, machines: pl.DataFrame, refused: Refusals | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return ties and extents by ``row`` of ``circuits``: the operator by name and AS numbers, and our machines."""
    named = circuits.select(pl.col("provider_name").alias("maker"), "offset")
    known = naming.vendors(named["maker"])
    if refused is not None:
        naming.refuse_vendors(known, named, refused)
    held = circuits.join(known, left_on="provider_name", right_on="maker", how="left", maintain_order="left")
    by_name = held.drop_nulls("value").select(
        ROW, pl.lit("operator").alias("role"), pl.lit("vendor").alias("type"), "value",
        pl.lit(0, pl.UInt32).alias("seq"), pl.lit(None, pl.String).alias("locator"),
    )  # fmt: skip
    sound = numbers.filter(pl.col("asn").is_between(1, 0xFFFFFFFF)).unique().sort("provider", "asn")
    by_number = circuits.join(sound, on="provider", how="inner", maintain_order="left").select(
        ROW, pl.lit("operator").alias("role"), pl.lit("asn").alias("type"),
        pl.col("asn").cast(pl.String).alias("value"), pl.lit(1, pl.UInt32).alias("seq"),
        pl.lit(None, pl.String).alias("locator"),
    )  # fmt: skip
    at_ends = machines.drop_nulls().unique(maintain_order=True).rename({"asset": "value"})
    at_ends = circuits.select(ROW, "netbox_id").join(at_ends, on="netbox_id", how="inner", maintain_order="left_right")
    at_ends = at_ends.select(
        ROW, pl.lit("device").alias("role"), pl.lit("asset").alias("type"), "value",
        pl.int_range(pl.len()).over(ROW).cast(pl.UInt32).alias("seq"), pl.lit(None, pl.String).alias("locator"),
    )  # fmt: skip
    has = pl.col(ROW).is_in(pl.concat([by_name[ROW], by_number[ROW]]).unique().implode())
    ours = pl.col("provider").is_null() & pl.col("provider_name").is_null()
    extents = circuits.select(
        ROW,
        pl.lit("operator").alias("role"),
        pl.when(has).then(pl.lit("all")).otherwise(pl.lit("none")).alias("extent"),
        pl.when(~has).then(pl.when(ours).then(pl.lit(NO_PROVIDER)).otherwise(pl.lit(NO_NAME))).alias("reason"),
    )
    return pl.concat([part.cast(TIES) for part in (by_name, by_number, at_ends)]), extents.cast(EXTENTS)


GENERAL: Final[list[tuple[int | None, str, Extent, str | None]]] = [(None, "device", "some", OURS_ONLY)]


def batch(circuits: pl.DataFrame, beside: Beside, refused: Refusals, more: tuple[str, ...] = ()) -> Batch:
    """Return circuits (:data:`FORM`), each id once, as a batch; ``more`` are columns to keep for links."""
    again = circuits.filter(~pl.col("asset").is_first_distinct())
    refused.add("a circuit whose provider and number stand in the file already", again["offset"].to_numpy())
    circuits = circuits.filter(pl.col("asset").is_first_distinct()).with_row_index(ROW)
    made, extents = ties(circuits, beside.numbers, beside.machines, refused)
    wanted = ["asset", "name", "observed_at", "locator", "bundle", "status", "ends", "sites", *more]
    return bundled("circuit", told(circuits, beside.ends).select(ROW, *wanted), made, extents, GENERAL)


def cables(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return cables between machines of two sites as circuits (:data:`FORM`), one for each pair of machines.

    ``pairs``: netbox_id (of the cable), offset, status, and of both ends ``a`` (asset), ``a_name``, ``b``, ``b_name``.
    """
    turned = pl.col("a") > pl.col("b")
    swap = {
        name: pl.when(turned).then(pl.col(other)).otherwise(pl.col(name))
        for name, other in (("a", "b"), ("b", "a"), ("a_name", "b_name"), ("b_name", "a_name"))
    }
    ordered = pairs.with_columns(**swap).unique(["a", "b"], keep="first", maintain_order=True)
    return ordered.with_columns(
        asset=pl.format("circuit:netbox:cable:{}--{}", pl.col("a").str.strip_prefix("device:netbox:"),
                        pl.col("b").str.strip_prefix("device:netbox:")),
        name=pl.format("cable between {} and {}", "a_name", "b_name"),
        provider=pl.lit(None, pl.Int64),
        provider_name=pl.lit(None, pl.String),
    ).select(FORM.names())  # fmt: skip
