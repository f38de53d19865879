"""Whether traffic surely ran through the network that a tie leads to, where a measurement only shows hops.

A router may answer from an address of the network at the other end of a link, or of a third one that it would send
the answer through, so one address in a network is no proof that packets crossed it (Y. Hyun, A. Broido, k. claffy,
"On third-party addresses in traceroute paths", PAM 2003). It is taken as sure where

- the tie is declared, or observed itself (the destination's own answer), or says nothing of how it was come by;
- two consecutive hops answered from the same network, from different addresses, and at one of the two every packet
  was answered from there: where a load balancer spreads packets over several ways, one hop each on two different
  ways are not two hops of one.

Two AS numbers of one party are one network here. An address that stands for no network crosses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.estate import ROLE_NUMBER
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.world.resolve import Resolution

_ALL_PCT: Final = 99.99  # shares are fractions of a few packets


def network_of_keys(resolution: Resolution, parties: int) -> npt.NDArray[np.int64]:
    """Return a number for the network of each key, -1 where it is not known: that of its party, else its AS number.

    ``parties`` is how many there are; AS numbers are counted on from there.
    """
    start = resolution.start
    network = np.full(len(start) - 1, -1, np.int64)
    one = np.flatnonzero(np.diff(start) == 1)
    network[one] = resolution.party[start[:-1][one]]
    frame = resolution.keys.frame
    asn = frame.select(pl.when(pl.col("type") == "asn").then(pl.col("value").cast(pl.Int64, strict=False))).to_series()
    alone = (network < 0) & asn.is_not_null().to_numpy()
    network[alone] = parties + asn.fill_null(0).to_numpy()[alone]
    network[list(resolution.nameless)] = -1
    return network


def traversed(estate: Estate, resolution: Resolution, parties: int, keys: npt.NDArray[np.int64]) -> Codes:
    """Return for each tie of the estate whether traffic surely ran through its network: true, unknown or false."""
    code = np.full(len(estate.ties), TRUE, np.uint8)
    basis = estate.ties.column("basis")
    inferred = (basis == "inferred").fill_null(value=False).to_numpy()
    hop = np.flatnonzero((estate.ties.role == ROLE_NUMBER["hop"]) & inferred)
    code[inferred] = UNKNOWN
    if len(hop):
        code[hop] = _consecutive(estate, hop, network_of_keys(resolution, parties)[keys[hop]])
    special = np.zeros(len(resolution.start) - 1, np.bool_)
    special[list(resolution.nameless)] = True
    code[special[keys]] = FALSE
    return code


def beside(estate: Estate, network: npt.NDArray[np.int64], tie: int) -> list[tuple[int, str]]:
    """Return the hops next to one, as number and address, that make it sure; ``network`` is that of each tie's key."""
    bundle = int(np.searchsorted(estate.ties.start, tie, side="right")) - 1
    around = np.arange(estate.ties.start[bundle], estate.ties.start[bundle + 1])
    around = around[(estate.ties.role[around] == ROLE_NUMBER["hop"]) & (network[around] == network[tie])]
    seq, own = estate.ties.seq[around].astype(np.int64), int(estate.ties.seq[tie])
    near = around[(np.abs(seq - own) == 1) & (estate.ties.identifier[around] != estate.ties.identifier[tie])]
    share = estate.ties.column("share_min").gather(around).fill_null(100.0).to_numpy()
    whole = {int(number): share[seq == number].sum() >= _ALL_PCT for number in np.unique(seq)}
    names = estate.identifiers["value"]
    return [
        (int(estate.ties.seq[place]), str(names[int(estate.ties.identifier[place])]))
        for place in near
        if whole[own] or whole[int(estate.ties.seq[place])]
    ]


def _consecutive(estate: Estate, hop: npt.NDArray[np.int64], network: npt.NDArray[np.int64]) -> Codes:
    bundle = np.searchsorted(estate.ties.start, hop, side="right") - 1
    seen = pl.DataFrame(
        {
            "bundle": bundle,
            "seq": estate.ties.seq[hop].astype(np.int64),
            "network": network,
            "address": estate.ties.identifier[hop],
            "share": estate.ties.column("share_min").gather(hop),
        }
    )
    alone = pl.len().over("bundle", "seq") == 1
    # A file that does not say how many packets were sent shows a hop whole where one address answered.
    seen = seen.with_columns(share=pl.col("share").fill_null(pl.when(alone).then(100.0).otherwise(0.0)))
    at = ["bundle", "seq", "network"]
    hops = (
        seen.filter(pl.col("network") >= 0)
        .group_by(at)
        .agg(
            pl.col("share").sum(),
            pl.col("address").min().alias("low"),
            pl.col("address").max().alias("high"),
        )
    )
    after = hops.with_columns(pl.col("seq") - 1)
    pairs = hops.join(after, on=at, suffix="_after").filter(
        # Not one and the same address on both sides: a machine that answers twice is one hop.
        ~(
            (pl.col("low") == pl.col("high"))
            & (pl.col("low_after") == pl.col("high_after"))
            & (pl.col("low") == pl.col("low_after"))
        )
        & (pl.max_horizontal("share", "share_after") >= _ALL_PCT)
    )
    sure = pl.concat([pairs.select(at), pairs.select(at).with_columns(pl.col("seq") + 1)]).unique()
    found = seen.select(at).join(sure.with_columns(sure=pl.lit(value=True)), on=at, how="left", maintain_order="left")[
        "sure"
    ]
    return np.where(found.is_not_null().to_numpy(), TRUE, UNKNOWN).astype(np.uint8)
