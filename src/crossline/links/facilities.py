"""Which of our facilities machines, measurements and circuits are in: by address, or by what inventories call a site.

A device gets the facility's columns where its own file leaves them open. Measurements and circuits get columns for
links alone, ``facility_a`` and ``facility_b``, that the joins after this one read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline.links import Reading, text_column
from crossline.world.blocks import Blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.estate_file import EstateFile, Facility
    from crossline.tables import Batch

ABOUT = "Machines, measurements and circuits, and the facilities they are in."
AFTER = ("netbox_pages",)


def join(read: Reading) -> Reading:
    """Say of each device, trace and circuit which facilities it is in, where estate.yaml lets us know."""
    about = read.about
    if about is None or not about.facilities:
        return read
    work = {"device": _device, "trace": _trace, "circuit": _circuit}
    batches = tuple(
        (file, work[batch.kind](batch, about) if batch.kind in work else batch) for file, batch in read.batches
    )
    return replace(read, batches=batches)


def _sites(about: EstateFile) -> dict[str, int]:
    """Return the facility of each word that inventories have for a site; of several that claim one, the first."""
    found: dict[str, int] = {}
    for number, facility in enumerate(about.facilities):
        for word in (*facility.sites, facility.id):
            found.setdefault(word.casefold(), number)
    return found


def _named(about: EstateFile, *columns: pl.Series) -> pl.Series:
    """Return the facility that the first of several columns of site names leads to."""
    words = _sites(about)
    found = [column.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Int64) for column in columns]
    return pl.select(pl.coalesce(found)).to_series().alias("facility")


def _inside(about: EstateFile, addresses: pl.Series) -> pl.Series:
    """Return the facility whose prefixes hold each address."""
    owners = [number for number, facility in enumerate(about.facilities) for _ in facility.prefixes]
    prefixes = [prefix for facility in about.facilities for prefix in facility.prefixes]
    found = Blocks(prefixes).find(addresses)
    return pl.Series("facility", [*owners, None], dtype=pl.Int64).gather(np.where(found < 0, len(owners), found))


def _device(batch: Batch, about: EstateFile) -> Batch:
    assets = batch.assets
    number = _named(about, text_column(assets, "site"), text_column(assets, "site_name"))
    said = pl.DataFrame({name: _say(about.facilities, name) for name in ("facility", "facility_state")})
    filled = [
        pl.coalesce(
            pl.col(name) if name in assets.columns else pl.lit(None, pl.String), pl.lit(said[name]).gather(number)
        ).alias(name)
        for name in said.columns
    ]
    return replace(batch, assets=assets.with_columns(filled))


def _say(facilities: Sequence[Facility], name: str) -> pl.Series:
    return pl.Series(name, [facility.columns().get(name) for facility in facilities], dtype=pl.String)


def _trace(batch: Batch, about: EstateFile) -> Batch:
    assets = batch.assets
    source = [_inside(about, text_column(assets, name)) for name in ("source_inside", "source_address")]
    ids = pl.Series([facility.id for facility in about.facilities], dtype=pl.String)
    return replace(
        batch,
        assets=assets.with_columns(
            ids.gather(pl.select(pl.coalesce(source)).to_series()).alias("facility_a"),
            ids.gather(_inside(about, text_column(assets, "destination"))).alias("facility_b"),
        ),
    )


def _circuit(batch: Batch, about: EstateFile) -> Batch:
    assets = batch.assets
    sites = assets["sites"] if "sites" in assets.columns else assets["ends"]
    ids = pl.Series([facility.id for facility in about.facilities], dtype=pl.String)
    ends = [ids.gather(_named(about, sites.list.get(place, null_on_oob=True))) for place in (0, 1)]
    return replace(batch, assets=assets.with_columns(ends[0].alias("facility_a"), ends[1].alias("facility_b")))
