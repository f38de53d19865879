"""What lies between the two sides of a scenario, and within the one that refuses: crossings, and untouched reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.internet import accession
from crossline.internet.groups import UNKNOWN_STATE, group
from crossline.internet.routing import crossings, untouched
from crossline.internet.routing import rows as rowing
from crossline.internet.routing.readiness import begun

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.internet.graph.topology import Mask, Topology
    from crossline.internet.routing.crossings import Crossings
    from crossline.internet.scenarios.casting import Cast
    from crossline.internet.scenarios.standing import Reading, Standing
    from crossline.world import World

    Say = Callable[[str, float], None]

Floats = npt.NDArray[np.float64]
# How many parties with the most customers below them stand as candidates for joining, beside every state and whoever
# some statement of membership speaks of.
_CARRIERS: Final = 40


@dataclass(frozen=True)
class Within:
    """Pairs within the coalition: those with a possible path that no named network stands on, of all there are."""

    untouched: float
    pairs: float


@dataclass(frozen=True)
class Joining:
    """What each further member would add to the coalition's untouched reach: alone, and one after another.

    Columns as of :mod:`crossline.internet.accession`, and of each candidate its ``kind`` (state, carrier) and ``name``.
    """

    within: Within
    alone: pl.DataFrame
    order: pl.DataFrame


def within(topology: Topology, chosen: Cast, say: Say) -> Within | None:
    """Count the coalition's untouched pairs; None where nobody is a member."""
    coalition, named = chosen.blocs["coalition"], chosen.blocs["named"] | chosen.measures.removed
    if not coalition.any():
        return None
    say(begun("looking for untouched paths"), 0.0)
    grouped = group([pl.Series("member", coalition), pl.Series("named", named)])
    matrix = untouched.untouched(
        rowing.build(topology, grouped.number), named, grouped.number, grouped.size, np.ones(topology.size), say=say
    )
    inside = grouped.frame["member"].to_numpy()
    count = int(coalition.sum())
    return Within(float(matrix[np.ix_(inside, inside)].sum()), float(count * (count - 1)))


def joining(topology: Topology, world: World, stood: Standing, chosen: Cast, by: Reading, say: Say) -> Joining | None:  # noqa: PLR0913, PLR0917
    """Work out what each state, and each large or listed carrier, would add by joining; None without a coalition.

    ``by``: which networks are a state's. A carrier is listed if the world states of any coalition that it belongs to
    it, was asked to, or declined.
    """
    coalition, named = chosen.blocs["coalition"], chosen.blocs["named"] | chosen.measures.removed
    if not coalition.any():
        return None
    say(begun("looking for untouched paths"), 0.0)
    state = stood.state(by).fill_null(UNKNOWN_STATE).rename("state")
    carriers = _carriers(topology, world, stood)
    carrier = stood.party.set(~stood.party.is_in(carriers.implode()).fill_null(value=False), None).rename("carrier")
    grouped = group([state, carrier, pl.Series("member", coalition), pl.Series("named", named)])
    rows = rowing.build(topology, grouped.number)
    matrix = untouched.untouched(rows, named, grouped.number, grouped.size, np.ones(topology.size), say=say)
    frame = grouped.frame.with_row_index("group")
    members = set(frame.filter(pl.col("member"))["group"].to_list())
    free = frame.filter(~pl.col("member") & ~pl.col("named"))
    candidates: dict[str, tuple[int, ...]] = {
        f"state:{code}": tuple(own["group"].to_list())
        for (code,), own in free.filter(~pl.col("state").is_in([UNKNOWN_STATE, *chosen.other_states])).group_by(
            "state", maintain_order=True
        )
    }
    candidates |= {
        f"party:{party}": tuple(own["group"].to_list())
        for (party,), own in free.drop_nulls("carrier").group_by("carrier", maintain_order=True)
    }
    count = np.bincount(grouped.number, minlength=grouped.size).astype(np.float64)
    possible = np.outer(count, count) - np.diag(count)
    inside = np.array(sorted(members), np.int64)
    return Joining(
        Within(*(float(sums[np.ix_(inside, inside)].sum()) for sums in (matrix, possible))),
        _told(accession.gains(matrix, members, candidates, pairs=possible), world),
        _told(accession.greedy(matrix, members, candidates, pairs=possible), world),
    )


def _carriers(topology: Topology, world: World, stood: Standing) -> pl.Series:
    """Return the parties that stand as candidates by themselves."""
    customers = np.bincount(topology.provider, minlength=topology.size)
    largest = (
        pl.DataFrame({"party": stood.party, "customers": customers})
        .drop_nulls()
        .group_by("party")
        .agg(pl.col("customers").sum())
        .sort("customers", "party", descending=[True, False])
        .head(_CARRIERS)["party"]
    )
    stated = world.table("membership")["member"]
    listed = stated.filter(stated.str.starts_with("party:")).str.strip_prefix("party:")
    return pl.concat([largest, listed.unique().sort()]).unique(maintain_order=True)


def _told(found: pl.DataFrame, world: World) -> pl.DataFrame:
    """Add of each candidate what it is, and what it is called."""
    names = world.table("party").select(candidate=pl.lit("party:") + pl.col("id"), called="name").unique("candidate")
    return found.join(names, on="candidate", how="left", maintain_order="left").with_columns(
        kind=pl.when(pl.col("candidate").str.starts_with("state:")).then(pl.lit("state")).otherwise(pl.lit("carrier")),
        name=pl.coalesce("called", pl.col("candidate").str.replace("^(state|party):", "")),
    )


def line(topology: Topology, chosen: Cast, say: Say) -> tuple[Crossings, Crossings] | None:
    """Count the ways across between the two sides, before and after; None where there are no two."""
    one, two = chosen.blocs["coalition"], chosen.blocs["named"] | chosen.blocs["other"]
    if not (one.any() and two.any()):
        return None
    say(begun("counting crossings"), 0.0)
    gone = chosen.measures.removed
    before = crossings.crossings(topology, one, two)
    say("counting crossings", 0.5)
    return before, crossings.crossings(_left(topology, chosen), one & ~gone, two & ~gone)


def _left(topology: Topology, chosen: Cast) -> Topology:
    """Return the graph without links that are refused: between a member and whom it refuses, whatever the action.

    A member that filters takes nothing from a named neighbour, so that no route of its own crosses that link.
    """

    def cut(a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Mask:
        gone: Mask = chosen.measures.removed[a] | chosen.measures.removed[b]
        for duty in chosen.measures.duties:
            gone = gone | duty.members[a] & duty.named[b] | duty.named[a] & duty.members[b]
        return gone

    return topology.without_links(cut(topology.provider, topology.customer), cut(topology.peer_a, topology.peer_b))
