"""Addresses as text to addresses as integers.

The forms are those that ``inet_pton`` takes (POSIX.1-2017; RFC 4291, 2.2 for IPv6): four decimal octets without
leading zeros; groups of one to four hexadecimal digits, one ``::`` at most, which stands for at least one group, and
an IPv4 address in the place of the last two groups. Zone indices, prefix lengths and blanks are refused.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - kernels: each is one automaton
from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, inner, kernel, signed

NONE: Final = 0
FOUR: Final = 4
SIX: Final = 6
LONGEST: Final = 45  # characters: six groups of four digits, six colons, and an IPv4 address
_DOT: Final = 46
_ZERO: Final = 48
_NINE: Final = 57
_COLON: Final = 58


@inner
def _four(text: Array, start: int, end: int) -> int:
    """Return the number that ``text[start:end]`` stands for as an IPv4 address, or -1."""
    value = octets = 0
    place = start
    while True:
        first = place
        octet = 0
        while place < end and _ZERO <= text[place] <= _NINE:
            octet = octet * 10 + signed(text[place]) - _ZERO
            place += 1
            if place - first > 3:
                return -1
        if place == first or octet > 255 or (place - first > 1 and text[first] == _ZERO):
            return -1
        value = value << 8 | octet
        octets += 1
        if octets == 4:
            return value if place == end else -1
        if place >= end or text[place] != _DOT:
            return -1
        place += 1


@inner
def _digit(character: int) -> int:
    if _ZERO <= character <= _NINE:
        return character - _ZERO
    if 97 <= character <= 102:
        return character - 87
    if 65 <= character <= 70:
        return character - 55
    return -1


@inner
def _left(high: np.uint64, low: np.uint64, bits: int) -> tuple[np.uint64, np.uint64]:
    """Shift 128 bits to the left, by 1 to 128."""
    if bits >= 128:
        return np.uint64(0), np.uint64(0)
    if bits >= 64:
        return low << np.uint64(bits - 64), np.uint64(0)
    return (high << np.uint64(bits)) | (low >> np.uint64(64 - bits)), low << np.uint64(bits)


@inner
def _six(text: Array, start: int, end: int) -> tuple[int, np.uint64, np.uint64]:
    none = (NONE, np.uint64(0), np.uint64(0))
    if end - start < 2 or end - start > LONGEST:
        return none
    high = low = np.uint64(0)  # the groups since the text's begin, or since `::`: they come in from the right
    head_high = head_low = np.uint64(0)  # the groups before `::`, at the left end
    groups = 0
    gap = False
    place = start
    if text[place] == _COLON:
        if text[place + 1] != _COLON:
            return none
        gap = True
        place += 2
    while place < end:
        first = place
        group = 0
        while place < end:
            digit = _digit(signed(text[place]))
            if digit < 0:
                break
            group = group << 4 | digit
            place += 1
            if place - first > 4:
                return none
        if place < end and text[place] == _DOT:  # the rest is an IPv4 address
            value = _four(text, first, end)
            if value < 0:
                return none
            high = (high << np.uint64(32)) | (low >> np.uint64(32))
            low = (low << np.uint64(32)) | np.uint64(value)
            groups += 2
            break
        if place == first:
            return none
        high = (high << np.uint64(16)) | (low >> np.uint64(48))
        low = (low << np.uint64(16)) | np.uint64(group)
        groups += 1
        if place == end:
            break
        if text[place] != _COLON:
            return none
        place += 1
        if place < end and text[place] == _COLON:
            if gap or groups > 7:  # there would be nothing for it to stand for
                return none
            gap = True
            place += 1
            head_high, head_low = _left(high, low, 16 * (8 - groups))
            high = low = np.uint64(0)
        elif place == end:
            return none
    if groups != 8 if not gap else groups > 7:
        return none
    return SIX, head_high | high, head_low | low


@inner
def address(text: Array, start: int, end: int) -> tuple[int, np.uint64, np.uint64]:
    """Return the family (0 where ``text[start:end]`` is no address), and the high and low 64 bits.

    No byte at or beyond ``end`` is read.
    """
    value = _four(text, start, end)
    if value >= 0:
        return FOUR, np.uint64(0), np.uint64(value)
    return _six(text, start, end)


@inner
def unmapped(family: int, high: np.uint64, low: np.uint64) -> tuple[int, np.uint64, np.uint64]:
    """Return an IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) as itself, any other as it is."""
    if family == SIX and high == 0 and low >> np.uint64(32) == np.uint64(0xFFFF):
        return FOUR, high, low & np.uint64(0xFFFFFFFF)
    return family, high, low


@kernel
def _parse_all(text: Array, ends: Array, unmap: bool, family: Array, high: Array, low: Array) -> None:  # noqa: PLR0913, PLR0917 - a kernel takes arrays
    start = 0
    for row in range(len(ends)):
        end = ends[row]
        version, upper, lower = address(text, start, end)
        if unmap:
            version, upper, lower = unmapped(version, upper, lower)
        family[row] = version
        high[row] = upper
        low[row] = lower
        start = end


def parse(column: pl.Series, *, unmap: bool = False) -> tuple[Array, Array, Array]:
    """Parse a column of text.

    Returns three arrays of the column's length: the family (uint8: 4, 6, or 0 where the text is null or no address),
    and the high and low 64 bits of the address (uint64; an IPv4 address lies in the low 32). With ``unmap`` an IPv4
    address that is mapped into IPv6 is that IPv4 address.
    """
    text = column.cast(pl.String).fill_null("")
    ends = text.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    joined = np.frombuffer((text.str.join("").item() or "").encode(), dtype=np.uint8)
    rows = len(text)
    family = np.zeros(rows, np.uint8)
    high = np.zeros(rows, np.uint64)
    low = np.zeros(rows, np.uint64)
    if rows and joined.size:
        _parse_all(joined, ends, unmap, family, high, low)
    return family, high, low
