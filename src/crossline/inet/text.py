"""Addresses as integers to their canonical text: dotted decimal, and RFC 5952 for IPv6.

An IPv4 address that is mapped into IPv6 is written in hexadecimal digits, as any other IPv6 address.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, inner, kernel, signed
from crossline.inet.parse import FOUR, NONE

LONGEST: Final = 39  # characters: eight groups of four digits, seven colons
_NEWLINE: Final = 10
_DOT: Final = 46
_ZERO: Final = 48
_COLON: Final = 58
_LETTERS: Final = 87  # "a" less ten


@inner
def decimal(out: Array, at: int, value: int) -> int:
    """Write a number below 1000 at ``at``, and return where it ends."""
    if value >= 100:
        out[at] = _ZERO + value // 100
        at += 1
    if value >= 10:
        out[at] = _ZERO + value // 10 % 10
        at += 1
    out[at] = _ZERO + value % 10
    return at + 1


@inner
def _group(high: np.uint64, low: np.uint64, group: int) -> int:
    if group < 4:
        return signed((high >> np.uint64(48 - 16 * group)) & np.uint64(0xFFFF))
    return signed((low >> np.uint64(112 - 16 * group)) & np.uint64(0xFFFF))


@inner
def _hexadecimal(out: Array, at: int, value: int) -> int:
    begun = False
    for shift in (12, 8, 4, 0):
        digit = (value >> shift) & 15
        if digit or begun or shift == 0:
            out[at] = digit + (_ZERO if digit < 10 else _LETTERS)
            at += 1
            begun = True
    return at


@inner
def _six(out: Array, at: int, high: np.uint64, low: np.uint64) -> int:
    # RFC 5952, 4.2: the longest run of two or more groups of zeros, the first of equals, becomes "::".
    best = -1
    longest = 1
    run = 0
    for group in range(8):
        run = run + 1 if _group(high, low, group) == 0 else 0
        if run > longest:
            longest = run
            best = group - run + 1
    group = 0
    while group < 8:
        if group == best:
            out[at] = _COLON
            out[at + 1] = _COLON
            at += 2
            group += longest
            continue
        if group > 0 and group != best + longest:
            out[at] = _COLON
            at += 1
        at = _hexadecimal(out, at, _group(high, low, group))
        group += 1
    return at


@inner
def write(out: Array, at: int, family: int, high: np.uint64, low: np.uint64) -> int:
    """Write an address at ``at``, and return where it ends; ``out`` has room for `LONGEST` bytes there."""
    if family != FOUR:
        return _six(out, at, high, low)
    value = signed(low)
    at = decimal(out, at, (value >> 24) & 255)
    for shift in (16, 8, 0):
        out[at] = _DOT
        at = decimal(out, at + 1, (value >> shift) & 255)
    return at


@kernel
def _write_all(family: Array, high: Array, low: Array, out: Array) -> int:
    at = 0
    for row in range(len(family)):
        if family[row]:
            at = write(out, at, family[row], high[row], low[row])
        out[at] = _NEWLINE
        at += 1
    return at


def texts(family: Array, high: Array, low: Array) -> pl.Series:
    """Return addresses in canonical form, null where the family is 0."""
    if not len(family):
        return pl.Series([], dtype=pl.String)
    out = np.empty((LONGEST + 1) * len(family), np.uint8)
    return lines(out, _write_all(family, high, low, out)).set(pl.Series(family == NONE), None)


def lines(out: Array, end: int) -> pl.Series:
    """Return the lines of UTF-8 in ``out[:end]``, each of which has its line end, as a column; bad bytes are U+FFFD."""
    return pl.Series([out[: end - 1].tobytes().decode("utf-8", "replace")]).str.split("\n").explode()


def text4(value: int) -> str:
    """Write an IPv4 address."""
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
