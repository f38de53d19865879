"""Lines on the globe as well-known text (OGC 06-103r4, 7): what the column ``course`` of a cable holds.

Only ``LINESTRING`` and ``MULTILINESTRING`` of longitude and latitude in degrees (WGS 84) are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

MAX_LENGTH: Final = 4 << 20  # characters of one text
_WHOLE: Final = re.compile(r"\s*(MULTI)?LINESTRING\s*(EMPTY|\(.*\))\s*", re.IGNORECASE | re.DOTALL)
_LINE: Final = re.compile(r"\(([-+0-9.eE,\s]*)\)")


def lines(text: str) -> list[npt.NDArray[np.float64]]:
    """Return the lines of a text, each with a row (longitude, latitude) a point; raises ValueError for another form."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a course of {len(text):,} characters, more than {MAX_LENGTH:,}")
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise ValueError(f"not a LINESTRING or MULTILINESTRING: {text[:60]!r}")
    if whole[2].upper() == "EMPTY":
        return []
    held = []
    for part in _LINE.findall(whole[2]):
        numbers = np.array(part.replace(",", " ").split(), np.float64)
        if len(numbers) != 2 * (part.count(",") + 1) or len(numbers) < 4:
            raise ValueError("a line is two or more points of two numbers each, parted by commas")
        points = numbers.reshape(-1, 2)
        if not (np.isfinite(points).all() and (np.abs(points) <= (180.0, 90.0)).all()):
            raise ValueError("a point lies outside the globe")
        held.append(points)
    if not held:
        raise ValueError("it holds no line")
    return held


def text(parts: Sequence[npt.NDArray[np.float64]], decimals: int = 4) -> str:
    """Return lines as a MULTILINESTRING, with so many decimals (four are eleven metres)."""
    if not len(parts):
        return "MULTILINESTRING EMPTY"
    told = (", ".join(f"{_short(x, decimals)} {_short(y, decimals)}" for x, y in part.tolist()) for part in parts)
    return "MULTILINESTRING (" + ", ".join(f"({line})" for line in told) + ")"


def _short(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
