"""What a table says of a network beside its AS number: its name, and the states under which it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import Column

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from crossline.internet.scenarios.standing import Reading
    from crossline.internet.simulation import Outcome
    from crossline.world import World


def where(outcome: Outcome, reading: Reading) -> str:
    """Say by what each network is put under a state in a reading, and of what share of networks that is known."""
    stood = outcome.standing
    count = max(stood.size, 1)
    by = {name: 100 * int((stood.country_by == name).sum()) / count for name in ("registry", "addresses", "domicile")}
    words = {
        "registry": "where its AS number is registered", "addresses": "where most of its addresses are registered",
        "domicile": "where its holder is incorporated",
    }  # fmt: skip
    known = [f"{words[name]} ({share:.1f} % of networks)" for name, share in by.items() if share]
    if reading == "control":
        share = 100 * (stood.known["controlled"]["ases"] or 0)
        known = [f"from where its holder is controlled ({share:.1f} %)", *known]
    said = ", else ".join(known) or "not known"
    return f"a network's state is {said}; where none of these is known, it is left out or stands under ??"


COLUMNS: Final = (Column("asn", "AS"), Column("name", "name"), Column("state", "state"))


def described(outcome: Outcome, places: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Return AS number, name, state, ``controlled`` (null where it is not known) and party of some ASes."""
    stood = outcome.standing
    frame = pl.DataFrame({
        "asn": outcome.question.topology.asn[places],
        "state": stood.state("registration").gather(places),
        "controlled": stood.controlled.gather(places),
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
