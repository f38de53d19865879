"""A hop's address and the machine that an inventory says has it.

An address that several machines have (a shared one, or an old entry) leads to none of them. A private address means
one machine only inside the network that uses it, so it leads to a machine of ours only in measurements that all
began in a facility of ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crossline.identifiers import address
from crossline.tables import EXTENTS
from crossline.world.blocks import Blocks

if TYPE_CHECKING:
    from crossline.links import Reading
    from crossline.tables import Batch

ABOUT = "A hop's address, and the machine that has it."
AFTER = ("equipment", "facilities", "netbox_pages")

_EXTENT = "the machine behind a hop is known only where an inventory has its address"


def join(read: Reading) -> Reading:
    """Tie each trace to the machines whose addresses its hops have."""
    devices = [
        batch.assets for _, batch in read.batches if batch.kind == "device" and "addresses" in batch.assets.columns
    ]
    if not devices or not read.of("trace"):
        return read
    held = (
        pl.concat([assets.select("asset", "addresses") for assets in devices])
        .explode("addresses")
        .drop_nulls()
        .unique()
        .rename({"addresses": "value", "asset": "device"})
    )
    shared = held.group_by("value").len().filter(pl.col("len") > 1)
    held = held.join(shared, on="value", how="anti")
    batches = list(read.batches)
    for place in read.of("trace"):
        file, batch = batches[place]
        batches[place] = file, _tied(batch, held)
    note = f"{shared.height:,} addresses stand at more than one machine of the inventory, and lead to none"
    return replace(read, batches=tuple(batches), notes=(*read.notes, note) if shared.height else read.notes)


def _tied(batch: Batch, held: pl.DataFrame) -> Batch:
    known = (
        batch.identifiers.with_row_index("identifier")
        .filter(pl.col("type") == "address")
        .join(held, on="value", how="inner", maintain_order="left")
        .select("identifier", "value", "device")
    )
    private = Blocks([block for block, _ in address.SPECIAL]).find(known["value"]) >= 0
    known = known.with_columns(private=pl.Series(private, dtype=pl.Boolean))
    ours = (
        batch.assets.group_by("bundle").agg(pl.col("facility_a").is_not_null().all().alias("ours"))
        if "facility_a" in batch.assets.columns
        else batch.assets.select("bundle", ours=pl.lit(value=False)).unique()
    )
    found = (
        batch.ties.filter(pl.col("role") == "hop")
        .select("bundle", "seq", "identifier")
        .join(known, on="identifier", how="inner", maintain_order="left")
        .join(ours, on="bundle", how="left", maintain_order="left")
        .filter(~pl.col("private") | pl.col("ours"))
    )
    extents = pl.DataFrame([(None, "device", "some", _EXTENT)], schema=EXTENTS, orient="row")
    extents = pl.concat([batch.extents.filter(pl.col("role") != "device").select(EXTENTS.names()), extents])
    if not found.height:
        return replace(batch, extents=extents)
    machines = found.select(type=pl.lit("asset"), value="device").unique(maintain_order=True)
    numbered = machines.with_row_index("number", offset=batch.identifiers.height)
    ties = (
        found.unique(["bundle", "device"], keep="first", maintain_order=True)
        .join(numbered, left_on="device", right_on="value", how="left", maintain_order="left")
        .select(
            "bundle",
            pl.lit("device").cast(batch.ties.schema["role"], strict=False).alias("role")
            if batch.ties.schema["role"] == pl.String
            else pl.lit("device").alias("role"),
            pl.col("number").cast(pl.UInt32).alias("identifier"),
            "seq",
            pl.lit("inferred").alias("basis"),
        )
    )
    return replace(
        batch,
        identifiers=pl.concat([batch.identifiers.select("type", "value"), machines]),
        ties=pl.concat(
            [batch.ties.with_columns(pl.col("role", "basis").cast(pl.String)), ties], how="diagonal_relaxed"
        ),
        extents=extents,
    )
