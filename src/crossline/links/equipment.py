"""One machine that was seen in several ways: in an inventory, over SNMP, and by its neighbours over LLDP.

Records with the same address and the same name (its first label, without regard to case, RFC 1035, 2.3.1) are one
machine. The address stays with the record that says most: the inventory's, else the machine's own, else the
neighbours'; so that an address leads to one of them, and not, as one that several machines have, to none. Records that
share an address under different names contradict each other, and keep it. No record is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crossline.links import Reading

ABOUT = "One machine seen in an inventory, over SNMP and over LLDP: its addresses lead to one record."
AFTER = ("netbox_pages",)


def join(read: Reading) -> Reading:
    """Leave each address with one of the records of the machine that has it."""
    places = [place for place in read.of("device") if "addresses" in read.batches[place][1].assets.columns]
    parts = [
        read.batches[place][1].assets.select(pl.lit(place).alias("place"), "asset", "name", "addresses")
        for place in places
    ]
    held = pl.concat(parts).explode("addresses").drop_nulls("addresses") if parts else pl.DataFrame()
    if not held.height:
        return read
    seen = pl.col("asset")
    rank = pl.when(seen.str.starts_with("device:lldp:")).then(2).when(seen.str.starts_with("device:snmp:")).then(1)
    host = pl.coalesce("name", "asset").str.to_lowercase().str.split(".").list.first()
    held = held.with_columns(rank=rank.otherwise(0), host=host)
    less = held.filter(pl.col("rank") > pl.col("rank").min().over("addresses", "host"))
    batches = list(read.batches)
    for (place,), rows in less.group_by("place"):
        file, batch = batches[int(str(place))]
        gone = rows.group_by("asset").agg(gone="addresses")
        assets = batch.assets.join(gone, on="asset", how="left", maintain_order="left")
        left = (
            pl.when(pl.col("gone").is_null())
            .then("addresses")
            .otherwise(pl.col("addresses").list.set_difference("gone"))
        )
        batches[int(str(place))] = file, replace(batch, assets=assets.with_columns(addresses=left).drop("gone"))
    return replace(read, batches=tuple(batches))
