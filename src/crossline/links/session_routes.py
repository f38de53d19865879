"""A session, and the routes that its neighbour announced: how many there are, and whose table both stand in.

Both are known by the neighbour's address. Whose session it is carries over to routes of that neighbour in a file that
leaves it open, and the other way round, where all that say it say the same.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from crossline.links import Reading, text_column

ABOUT = "A session, and the routes that its neighbour announced."
AFTER = ()


def join(read: Reading) -> Reading:
    """Count each session's routes, and let sessions and routes of one neighbour say whose table it is."""
    sessions, routes = read.of("session"), read.of("route")
    if not sessions or not routes:
        return read
    batches = list(read.batches)
    asked = [_asked(batches[place][1].assets) for place in routes]
    in_use = pl.when(pl.col("selected").null_count() == 0).then(pl.col("selected").sum())
    counted = (
        pl.concat(asked)
        .drop_nulls("peer_address")
        # A route that two files show is one; which of them says that it is in use does not matter.
        .group_by("asset", "peer_address")
        .agg(pl.col("selected").max())
        .group_by("peer_address")
        .agg(pl.len().cast(pl.Int64).alias("routes"), in_use.cast(pl.Int64).alias("routes_in_use"))
    )
    said = {kind: _vantages([batches[place][1].assets for place in places])
            for kind, places in (("session", sessions), ("route", routes))}  # fmt: skip
    for place in (*sessions, *routes):
        file, batch = batches[place]
        if "peer_address" not in batch.assets.columns:
            continue
        other = said["route" if batch.kind == "session" else "session"]
        assets = batch.assets
        if batch.kind == "session":
            assets = assets.drop("routes", "routes_in_use", strict=False)
            assets = assets.join(counted, on="peer_address", how="left", maintain_order="left")
        assets = assets.with_columns(text_column(assets, "vantage"))
        if other.height and assets["vantage"].null_count():
            assets = assets.join(other, on="peer_address", how="left", maintain_order="left")
            assets = assets.with_columns(pl.coalesce("vantage", "said").alias("vantage")).drop("said")
        batches[place] = file, replace(batch, assets=assets)
    return replace(read, batches=tuple(batches))


def _asked(assets: pl.DataFrame) -> pl.DataFrame:
    """Return the neighbour of each route, and whether the router uses it."""
    used = assets["selected"] if "selected" in assets.columns else pl.lit(None, pl.Boolean).alias("selected")
    return assets.select("asset", text_column(assets, "peer_address").alias("peer_address"), used)


def _vantages(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return peer_address and what is said of whose table it is, where all who say it say the same."""
    stated = [
        frame.select("peer_address", "vantage").drop_nulls().unique()
        for frame in frames
        if {"peer_address", "vantage"} <= set(frame.columns)
    ]
    if not stated:
        return pl.DataFrame(schema={"peer_address": pl.String, "said": pl.String})
    return (
        pl.concat(stated)
        .unique()
        .group_by("peer_address")
        .agg(pl.col("vantage").first().alias("said"), pl.len().alias("voices"))
        .filter(pl.col("voices") == 1)
        .drop("voices")
    )
