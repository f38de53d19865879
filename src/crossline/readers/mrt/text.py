"""Addresses and prefixes in their canonical text: dotted quads, and RFC 5952 for IPv6."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.readers.mrt.columns import HIGH, KEY, LOW, Index
from crossline.readers.mrt.compiled import Array, kernel
from crossline.readers.mrt.octets import signed

LONGEST: Final = 44  # eight groups of four digits, seven colons, "/128", a line end
_NEWLINE: Final = 10
_DOT: Final = 46
_SLASH: Final = 47
_ZERO: Final = 48
_COLON: Final = 58
_LETTERS: Final = 87  # "a" less ten


@kernel
def _decimal(out: Array, at: int, value: int) -> int:
    if value >= 100:
        out[at] = _ZERO + value // 100
        at += 1
    if value >= 10:
        out[at] = _ZERO + value // 10 % 10
        at += 1
    out[at] = _ZERO + value % 10
    return at + 1


@kernel
def _hexadecimal(out: Array, at: int, value: int) -> int:
    begun = False
    for shift in (12, 8, 4, 0):
        digit = (value >> shift) & 15
        if digit or begun or shift == 0:
            out[at] = digit + (_ZERO if digit < 10 else _LETTERS)
            at += 1
            begun = True
    return at


@kernel
def _group(high: np.uint64, low: np.uint64, group: int) -> int:
    if group < 4:
        return signed((high >> np.uint64(48 - 16 * group)) & np.uint64(0xFFFF))
    return signed((low >> np.uint64(112 - 16 * group)) & np.uint64(0xFFFF))


@kernel
def _address6(out: Array, at: int, high: np.uint64, low: np.uint64) -> int:
    # RFC 5952, 4.2: the longest run of two or more groups of zeros, the first of equals, becomes "::".
    best = -1
    best_size = 1
    run = 0
    for group in range(8):
        run = run + 1 if _group(high, low, group) == 0 else 0
        if run > best_size:
            best_size = run
            best = group - run + 1
    group = 0
    while group < 8:
        if group == best:
            out[at] = _COLON
            out[at + 1] = _COLON
            at += 2
            group += best_size
            continue
        if group > 0 and group != best + best_size:
            out[at] = _COLON
            at += 1
        at = _hexadecimal(out, at, _group(high, low, group))
        group += 1
    return at


@kernel
def line(out: Array, at: int, things: Array, number: int, lengths: bool) -> int:
    """Write the address of a thing at ``at``, and with ``lengths`` the prefix length too; return where it ends."""
    key = things[number, KEY]
    if (key & np.uint64(0xFF)) == np.uint64(4):
        address = signed(things[number, LOW])
        at = _decimal(out, at, (address >> 24) & 255)
        for shift in (16, 8, 0):
            out[at] = _DOT
            at = _decimal(out, at + 1, (address >> shift) & 255)
    else:
        at = _address6(out, at, things[number, HIGH], things[number, LOW])
    if lengths:
        out[at] = _SLASH
        at = _decimal(out, at + 1, signed(key >> np.uint64(8)))
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
    return pl.Series([out[: end - 1].tobytes().decode("ascii")]).str.split("\n").explode()
