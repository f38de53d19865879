"""What a table says of a network beside its AS number: its name, and the states under which it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import Column

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from crossline.internet.simulation import Outcome
    from crossline.world import World

COLUMNS: Final = (Column("asn", "AS"), Column("name", "name"), Column("state", "state"))


def described(outcome: Outcome, places: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Return AS number, name, state (by registration), ``controlled`` (by control) and party of some ASes."""
    stood = outcome.standing
    frame = pl.DataFrame({
        "asn": outcome.question.topology.asn[places],
        "state": stood.state("registration").gather(places),
        "controlled": stood.state("control").gather(places),
        "party": stood.party.gather(places),
    })  # fmt: skip
    return frame.join(_names(outcome.question.world, frame["asn"]), on="asn", how="left", maintain_order="left")


def _names(world: World, asns: pl.Series) -> pl.DataFrame:
    """Return what the latest registry or directory calls the holders of AS numbers; of several alike, the first."""
    wanted = asns.cast(pl.String)
    held = world.table("registration").filter((pl.col("type") == "asn") & pl.col("value").is_in(wanted.implode()))
    latest = held.drop_nulls("name").sort("seen", "name", descending=[True, False], nulls_last=True)
    return latest.unique("value", keep="first", maintain_order=True).select(
        pl.col("value").cast(pl.UInt32).alias("asn"), "name"
    )
