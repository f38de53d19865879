"""People behind each AS, as somebody stated them: a CSV file with a line for each AS number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline import csvfile
from crossline.internet.graph.topology import TopologyError
from crossline.text import plural

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from crossline.internet.graph.topology import Topology

_MOST_BYTES: Final = 64 << 20
# More than there are people, a hundred times over: a line that says so is no number of users.
_MOST_BEHIND: Final = 1e12
# Sums over pairs are products of two totals; this keeps them whole numbers in double precision's 53 bits.
_MOST_USERS: Final = 2.0**26


def read(path: Path, topology: Topology) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Read columns ``asn`` and ``users`` of a CSV file into (N,), and say in notes what was left aside.

    Raises TopologyError for a file that has no such columns, or of which no line fits the graph or has anybody. Users
    are rounded to units, if need be of more than one person, of which there are at most 2^26: the notes say so.
    """
    frame = csvfile.read(path, TopologyError, bytes_most=_MOST_BYTES, header=True)
    if not {"asn", "users"} <= set(frame.columns):
        raise TopologyError(f"{path}: the first line has to name the columns asn and users, as in `asn,users`")
    stated = frame.select(
        asn=pl.col("asn").str.strip_chars().str.replace("(?i)^AS", "").cast(pl.UInt32, strict=False),
        users=pl.col("users").str.strip_chars().cast(pl.Float64, strict=False),
    ).with_row_index("line", offset=2)
    sound = stated.filter(pl.col("asn").is_not_null() & pl.col("users").is_between(0, _MOST_BEHIND))
    if not sound.height:
        raise TopologyError(f"{path}: none of its {stated.height:,} lines has an AS number and a number of users")
    notes = []
    if sound.height < stated.height:
        bad = stated.join(sound, on="line", how="anti")["line"]
        notes.append(
            f"{path.name}: {plural(len(bad), 'line')} without an AS number and a number of users; the first is line "
            f"{bad[0]}."
        )
    summed = sound.group_by("asn", maintain_order=True).agg(pl.col("users").sum())
    place = topology.index(summed["asn"].to_numpy())
    here = place >= 0
    if not here.any():
        raise TopologyError(f"{path}: none of its AS numbers stands in the graph")
    users = np.zeros(topology.size)
    users[place[here]] = summed["users"].to_numpy()[here]
    if not users.any():
        raise TopologyError(f"{path}: nobody is behind any AS of the graph, so that no pair weighs anything")
    if not here.all():
        notes.append(f"{path.name}: {plural(int((~here).sum()), 'AS number')} of it nowhere in the graph.")
    unit = max(1.0, np.ceil(users.sum() / _MOST_USERS))
    if unit > 1:
        notes.append(f"{path.name}: users are counted in units of {unit:,.0f}.")
    rounded = np.round(users / unit)
    if not rounded.any():
        raise TopologyError(f"{path}: rounded to whole users, nobody is behind any AS of the graph")
    return rounded, notes
