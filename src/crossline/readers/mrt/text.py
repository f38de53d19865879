"""Addresses and prefixes in their canonical text: dotted quads, and RFC 5952 for IPv6."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel, signed
from crossline.inet import text
from crossline.readers.mrt.columns import HIGH, KEY, LOW, Index

LONGEST: Final = text.LONGEST + 5  # with "/128" and a line end
_NEWLINE: Final = 10
_SLASH: Final = 47


@kernel
def line(out: Array, at: int, things: Array, number: int, lengths: bool) -> int:
    """Write the address of a thing at ``at``, and with ``lengths`` the prefix length too; return where it ends."""
    key = signed(things[number, KEY])
    at = text.write(out, at, key & 0xFF, things[number, HIGH], things[number, LOW])
    if lengths:
        out[at] = _SLASH
        at = text.decimal(out, at + 1, key >> 8)
    return at


@kernel
def write(things: Array, first: int, last: int, lengths: bool, out: Array) -> int:
    """Write a line for each from ``first`` to ``last``; return the end."""
    at = 0
    for number in range(first, last):
        at = line(out, at, things, number, lengths)
        out[at] = _NEWLINE
        at += 1
    return at


def texts(index: Index, first: int, last: int, *, lengths: bool) -> pl.Series:
    """Return the text of the addresses, or with ``lengths`` of the prefixes, from ``first`` to ``last``."""
    if first >= last:
        return pl.Series(dtype=pl.String)
    out = np.empty(LONGEST * (last - first), np.uint8)
    end = write(index.things, first, last, lengths, out)
    return text.lines(out, end)
