"""Stable ids of texts: the same on every machine, in every version, for columns of any length.

FNV-1a with 64 bits (https://www.rfc-editor.org/rfc/rfc9923), over UTF-8, written as sixteen hexadecimal digits. It
is an id and no seal: it does not keep anybody from making two texts with one id.
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

_OFFSET: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3
_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)


def of(text: str) -> str:
    """Return the id of one text."""
    value = _OFFSET
    for byte in text.encode():
        value = ((value ^ byte) * _PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def of_column(prefix: str, texts: pl.Series) -> pl.Series:
    """Return the ids of ``prefix`` followed by each text; a null has none and must not be there."""
    start = _OFFSET
    for byte in prefix.encode():
        start = ((start ^ byte) * _PRIME) & 0xFFFFFFFFFFFFFFFF
    joined = texts.str.join("").item() if len(texts) else ""
    ends = texts.str.len_bytes().cum_sum().to_numpy().astype(np.int64)
    out = np.empty((len(texts), 16), np.uint8)
    _fingerprints(np.frombuffer(joined.encode(), np.uint8), ends, np.uint64(start), _DIGITS, out)
    return pl.Series(out.view("S16").ravel().astype("U16"), dtype=pl.String)


@numba.njit(cache=True, nogil=True)
def _fingerprints(
    data: npt.NDArray[np.uint8],
    ends: npt.NDArray[np.int64],
    start: np.uint64,
    digits: npt.NDArray[np.uint8],
    out: npt.NDArray[np.uint8],
) -> None:
    first = 0
    for row in range(len(ends)):
        value = start
        for place in range(first, ends[row]):
            value = (value ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
        first = ends[row]
        for digit in range(16):
            out[row, 15 - digit] = digits[np.int64(value & np.uint64(15))]
            value = value >> np.uint64(4)
