"""The outlines of land that world maps are drawn on: ``land.txt`` beside this file, made by tools/land.py.

Land is that of Natural Earth (1:50m, public domain), thinned to a tenth of a degree, without islands smaller than 0.02
square degrees.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@cache
def outlines() -> tuple[Points, ...]:
    """Return rings, (n, 2) longitude and latitude in degrees each, not closed; some are parted at 180 degrees."""
    # A ring a line of the file, in tenths of degrees, each point less the one before.
    told = (resources.files("crossline.drawing") / "land.txt").read_text(encoding="ascii")
    rings = (np.array(line.split(), np.int64).reshape(-1, 2) for line in told.splitlines())
    return tuple(np.cumsum(ring, axis=0) / 10.0 for ring in rings)
