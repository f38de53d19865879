"""The same measurement with ties broken by lot, again and again: how much a figure depends on them, as a distribution.

Each seed ranks all ASes anew, so that everybody prefers the same of two next hops. That spans less than every AS and
destination choosing by itself; :mod:`.ties` bounds that exactly, for what it can bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from crossline.internet.routing import rows as rowing
from crossline.internet.routing import transit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crossline.internet.graph.topology import Mask, Topology
    from crossline.internet.routing.rows import Rows

Floats = npt.NDArray[np.float64]


class Spread(NamedTuple):
    """The least, the middle and the greatest of each number that was measured."""

    low: Floats
    median: Floats
    high: Floats


def spread(values: npt.ArrayLike) -> Spread:
    """Return the spread of measurements, (n, …) for n of them, as three arrays (…). Raises ValueError for none."""
    measured = np.asarray(values, np.float64)
    if measured.ndim == 0 or len(measured) == 0:
        raise ValueError("nothing was measured")
    return Spread(measured.min(axis=0), np.median(measured, axis=0), measured.max(axis=0))


def ensemble(
    topology: Topology, label: npt.NDArray[np.int64] | None, seeds: Iterable[int],
    measure: Callable[[Rows], npt.ArrayLike], say: Callable[[str, float], None] | None = None,
) -> Floats:  # fmt: skip
    """Measure rows built with ties broken by each seed; returns (n, …), in the order of the seeds.

    ``label`` as :func:`.rows.build` takes it. ``say`` is told what is done and how far it is, from 0
    to 1. Raises ValueError without a seed.
    """
    asked = list(seeds)
    if not asked:
        raise ValueError("an ensemble needs a seed for each of its members")
    found = []
    for done, seed in enumerate(asked):
        if say is not None:
            say(f"ties broken by lot, {done + 1} of {len(asked)}", done / len(asked))
        found.append(np.asarray(measure(rowing.build(topology, label, seed)), np.float64))
    return np.stack(found)


def transit_share(members: Mask, weight: Floats) -> Callable[[Rows], Floats]:
    """Return a measurement: the part of all steps between ASes that is taken over members, from 0 to 1.

    ``members`` and ``weight``: (N,). A pair of ASes counts once for each AS strictly between its ends.
    """

    def measure(rows: Rows) -> Floats:
        passing = transit.transit_by_as(rows, weight)
        total = float(passing.sum())
        return np.array(float(passing[members].sum()) / total if total else 0.0)

    return measure
