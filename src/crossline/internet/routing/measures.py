"""What a scenario does to the graph: who refuses whom, by which means, and who is gone.

Scenarios are written in words of states and parties (:mod:`..scenarios.scenario`); here they have become sets of
ASes, and then links that are cut and marks that routes carry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from crossline.internet.graph.topology import TopologyError
from crossline.internet.routing import rows as rowing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.internet.graph.topology import Mask, Topology
    from crossline.internet.routing.rows import Preference, Rows

Bytes = npt.NDArray[np.uint8]
Action = Literal["depeer", "filter"]
# A route carries one byte of marks, a bit for each set of named ASes that members refuse on routes.
MARKS: Final = 8


@dataclass(frozen=True)
class Duty:
    """Members refuse named ASes; (N,) each. An AS that is named by a duty is never its member.

    ``depeer``: no link between a member and a named AS. ``filter``: a member takes no route on which a named AS stands,
    at any place, its end included; the mark follows the route that the next hop has chosen.
    """

    members: Mask
    named: Mask
    action: Action
    why: str  # who has it, in a few words: the coalition, those it obliges, the answer


@dataclass(frozen=True)
class Measures:
    """All that a scenario does: duties, and ASes that are gone with all their links, (N,)."""

    duties: tuple[Duty, ...]
    removed: Mask

    @property
    def filters(self) -> tuple[Duty, ...]:
        """The duties whose marks routes carry: bit b is the b-th of them."""
        return tuple(duty for duty in self.duties if duty.action == "filter")


@dataclass(frozen=True)
class Enacted:
    """The graph before and after, in the same rows.

    Row r stands under mark ``named[r]`` (a bit for each filter that names it) and refuses routes that carry any bit of
    ``refuse[r]``. ``ends[r]``: whether it is itself named by a duty, or gone. ``group[r]``: the group it was given.
    """

    before: Rows
    after: Rows
    named: Bytes
    refuse: Bytes
    ends: Mask
    group: npt.NDArray[np.int64]


def labels(columns: Sequence[npt.NDArray[np.generic]]) -> npt.NDArray[np.int64]:
    """Return a number for each AS, the same for those that agree in every column."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, own = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (int(own.max(initial=0)) + 1) + own, return_inverse=True)
    return number.astype(np.int64)


def enact(
    topology: Topology, measures: Measures, group: npt.NDArray[np.int64], prefer: Preference = "lowest"
) -> Enacted:
    """Lay measures over a graph. ``group``: (N,) numbers from 0; ASes of different groups are not merged.

    Raises TopologyError for more filters than a route can carry marks.
    """
    filters = measures.filters
    if len(filters) > MARKS:
        raise TopologyError(f"{len(filters)} sets of networks are refused on routes, and routes carry {MARKS} marks")
    marks = [np.uint8(1 << bit) for bit in range(len(filters))]
    named, refuse = np.zeros(topology.size, np.uint8), np.zeros(topology.size, np.uint8)
    for mark, duty in zip(marks, filters, strict=True):
        named |= np.where(duty.named, mark, 0).astype(np.uint8)
        refuse |= np.where(duty.members & ~duty.named, mark, 0).astype(np.uint8)
    cuts = [duty for duty in measures.duties if duty.action == "depeer"]
    ends = measures.removed.copy()
    for duty in measures.duties:
        ends |= duty.named
    sets = [mask for duty in cuts for mask in (duty.members, duty.named)]
    rows = rowing.build(topology, labels([group, named, refuse, ends, measures.removed, *sets]), prefer)
    gone = measures.removed[rows.first]
    held = [((duty.members & ~duty.named)[rows.first], duty.named[rows.first]) for duty in cuts]

    def keep(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> Mask:
        cut: Mask = gone[a] | gone[b]
        for members, refused in held:
            cut = cut | members[a] & refused[b] | refused[a] & members[b]
        return ~cut

    return Enacted(
        rows, rows.kept(keep) if cuts or gone.any() else rows,
        named[rows.first], refuse[rows.first], ends[rows.first], group[rows.first],
    )  # fmt: skip
