"""From the addresses of an estate to the networks that announce them, at the date of each.

An address on an exchange's peering LAN is a router's of any member, so it stands for no network, whoever announces
the LAN. Nor do special-purpose addresses (:mod:`crossline.identifiers.address`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline.identifiers import address
from crossline.world import SNAPSHOT_AFTER_DAYS, SNAPSHOT_BEFORE_DAYS
from crossline.world.addresses import AddressIndex
from crossline.world.blocks import Blocks

if TYPE_CHECKING:
    from datetime import date

    from crossline.world import World


def networks(world: World, frame: pl.DataFrame, *, accept_stale: bool) -> pl.DataFrame:
    """Put an AS number in the place of each address that one announces.

    ``frame`` has columns type, value and date; the result has as many rows, and ``why``: why an address stands for no
    network, null otherwise. An address that nobody is known to announce at its date stays as it is.
    """
    asked = frame.with_row_index("row").filter(pl.col("type") == "address")
    if not asked.height:
        return frame.with_columns(why=pl.lit(None, pl.String))
    asked = asked.with_columns(_nobody(world, asked["value"]))
    public = asked.filter(pl.col("why").is_null())
    nothing = pl.DataFrame(schema={"row": pl.get_index_type(), "asn": pl.UInt32})
    parts = [_announcers(world, part, accept_stale=accept_stale) for part in _by_edition(world, public)]
    found = (
        frame.with_row_index("row")
        .join(asked.select("row", "why"), on="row", how="left")
        .join(pl.concat([nothing, *parts]), on="row", how="left")
        .sort("row")
    )
    known = pl.col("asn").is_not_null()
    return found.select(
        pl.when(known).then(pl.lit("asn")).otherwise("type").alias("type"),
        pl.when(known).then(pl.col("asn").cast(pl.String)).otherwise("value").alias("value"),
        "date",
        "why",
    )


def countries(world: World, frame: pl.DataFrame, *, accept_stale: bool) -> pl.Series:
    """Return in which country each address's range is registered at its date, null where that is not known.

    ``frame`` has columns type (``address``), value and date. The country is a registry's word on who holds the range,
    and no place. An address that stands for no network has none.
    """
    asked = frame.with_row_index("row")
    public = asked.with_columns(_nobody(world, asked["value"])).filter(pl.col("why").is_null())
    found = [pl.DataFrame(schema={"row": pl.get_index_type(), "registered": pl.String})]
    for part in _by_edition(world, public):
        index = AddressIndex(world, part["date"][0], accept_stale=accept_stale)
        found.append(part.select("row").with_columns(index.lookup(part["value"])["registered"]))
    return asked.select("row").join(pl.concat(found), on="row", how="left", maintain_order="left")["registered"]


def _by_edition(world: World, asked: pl.DataFrame) -> list[pl.DataFrame]:
    """Divide the rows so that within each part the same editions speak, in the same order of nearness.

    An index is made for each part, and there are far fewer orders of editions than days.
    """
    editions = pl.concat([world.table("address4")["seen"], world.table("address6")["seen"]]).drop_nulls().unique()
    days = asked["date"].unique().to_list()
    orders = {day: _order(day, editions.to_list()) for day in days}
    numbered = {order: place for place, order in enumerate(dict.fromkeys(orders.values()))}
    of_day = pl.DataFrame(
        {"date": days, "order": [numbered[orders[day]] for day in days]}, schema={"date": pl.Date, "order": pl.Int64}
    )
    return asked.join(of_day, on="date", maintain_order="left").partition_by("order", maintain_order=True)


def _order(day: date, editions: list[date]) -> tuple[tuple[date, bool], ...]:
    """Return the editions by distance from a day, the later of two first, and whether each speaks for it."""

    def distance(seen: date) -> int:
        ahead = (day - seen).days
        return abs(ahead) * 2 + (ahead > 0)

    return tuple(
        (seen, -SNAPSHOT_BEFORE_DAYS <= (day - seen).days <= SNAPSHOT_AFTER_DAYS)
        for seen in sorted(editions, key=distance)
    )


def _announcers(world: World, part: pl.DataFrame, *, accept_stale: bool) -> pl.DataFrame:
    index = AddressIndex(world, part["date"][0], accept_stale=accept_stale)
    return part.select("row").with_columns(index.lookup(part["value"])["asn"])


def _nobody(world: World, values: pl.Series) -> pl.Series:
    """Say of each address that stands for no network why that is: it is special, or on the LAN of an exchange."""
    exchanges = world.table("exchange").select("prefix", "name").rows()
    blocks = [block for block, _ in address.SPECIAL] + [prefix for prefix, _ in exchanges]
    words = [f"it {why}" for _, why in address.SPECIAL]
    words += [f"it lies on the peering LAN of {name}, where every member has one" for _, name in exchanges]
    number = Blocks(blocks).find(values)
    return pl.Series("why", [*words, None], dtype=pl.String).gather(np.where(number < 0, len(words), number))
