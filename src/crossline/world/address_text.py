"""Addresses as text to addresses as integers: whole columns at once, compiled.

The forms are those that ``inet_pton`` takes (POSIX.1-2017; RFC 4291 section 2.2 for IPv6): four decimal octets
without leading zeros; groups of one to four hexadecimal digits, one ``::`` at most, which stands for at least one
group, and an IPv4 address in the place of the last two groups. Zone indices, prefix lengths and blanks are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    U8 = npt.NDArray[np.uint8]
    U64 = npt.NDArray[np.uint64]

NONE: Final = 0
FOUR: Final = 4
SIX: Final = 6

_compiled = njit(cache=True, nogil=True)


@_compiled
def four(text: U8, start: int, end: int) -> tuple[bool, np.uint64]:
    """Parse ``text[start:end]`` as an IPv4 address: whether it is one, and its value."""
    value = np.uint64(0)
    octets = 0
    place = start
    while True:
        first = place
        octet = 0
        while place < end and 48 <= text[place] <= 57:
            octet = octet * 10 + int(text[place]) - 48
            place += 1
            if place - first > 3:
                return False, np.uint64(0)
        digits = place - first
        if digits == 0 or octet > 255 or (digits > 1 and text[first] == 48):
            return False, np.uint64(0)
        value = (value << np.uint64(8)) | np.uint64(octet)
        octets += 1
        if octets == 4:
            return place == end, value
        if place >= end or text[place] != 46:
            return False, np.uint64(0)
        place += 1


@_compiled
def _hex(character: int) -> int:
    if 48 <= character <= 57:
        return character - 48
    if 97 <= character <= 102:
        return character - 87
    if 65 <= character <= 70:
        return character - 55
    return -1


@_compiled
def six(text: U8, start: int, end: int) -> tuple[bool, np.uint64, np.uint64]:  # noqa: C901, PLR0911, PLR0912 - one automaton
    """Parse ``text[start:end]`` as an IPv6 address: whether it is one, and its high and low 64 bits."""
    no = (False, np.uint64(0), np.uint64(0))
    if end - start < 2 or end - start > 45:
        return no
    high = np.uint64(0)  # groups before `::`, or all
    low = np.uint64(0)
    groups = 0
    gap = -1  # how many groups stood before `::`
    place = start
    if text[place] == 58:
        if text[place + 1] != 58:
            return no
        gap = 0
        place += 2
    while place < end:
        first = place
        group = 0
        while place < end:
            digit = _hex(int(text[place]))
            if digit < 0:
                break
            group = (group << 4) | digit
            place += 1
            if place - first > 4:
                return no
        if place < end and text[place] == 46:  # the rest is an IPv4 address
            good, value = four(text, first, end)
            if not good or groups > 6:
                return no
            high = (high << np.uint64(32)) | (low >> np.uint64(32))
            low = (low << np.uint64(32)) | value
            groups += 2
            place = end
            break
        if place == first or groups == 8:
            return no
        high = (high << np.uint64(16)) | (low >> np.uint64(48))
        low = (low << np.uint64(16)) | np.uint64(group)
        groups += 1
        if place == end:
            break
        if text[place] != 58:
            return no
        place += 1
        if place < end and text[place] == 58:
            if gap >= 0:
                return no
            gap = groups
            place += 1
        elif place == end:
            return no
    if gap < 0:
        return groups == 8, high, low
    if groups > 7:
        return no
    # The groups lie at the right end; those before `::` have to go to the left end.
    behind = groups - gap
    head_high, head_low = _shift_right(high, low, 16 * behind)
    tail_high, tail_low = _keep_right(high, low, 16 * behind)
    head_high, head_low = _shift_left(head_high, head_low, 16 * (8 - gap))
    return True, head_high | tail_high, head_low | tail_low


@_compiled
def _shift_right(high: np.uint64, low: np.uint64, bits: int) -> tuple[np.uint64, np.uint64]:
    if bits == 0:
        return high, low
    if bits >= 128:
        return np.uint64(0), np.uint64(0)
    if bits >= 64:
        return np.uint64(0), high >> np.uint64(bits - 64)
    return high >> np.uint64(bits), (high << np.uint64(64 - bits)) | (low >> np.uint64(bits))


@_compiled
def _shift_left(high: np.uint64, low: np.uint64, bits: int) -> tuple[np.uint64, np.uint64]:
    if bits == 0:
        return high, low
    if bits >= 128:
        return np.uint64(0), np.uint64(0)
    if bits >= 64:
        return low << np.uint64(bits - 64), np.uint64(0)
    return (high << np.uint64(bits)) | (low >> np.uint64(64 - bits)), low << np.uint64(bits)


@_compiled
def _keep_right(high: np.uint64, low: np.uint64, bits: int) -> tuple[np.uint64, np.uint64]:
    if bits == 0:
        return np.uint64(0), np.uint64(0)
    if bits >= 128:
        return high, low
    if bits >= 64:
        if bits == 64:
            return np.uint64(0), low
        return high & ((np.uint64(1) << np.uint64(bits - 64)) - np.uint64(1)), low
    return np.uint64(0), low & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1))


@_compiled
def _column(text: U8, ends: npt.NDArray[np.int64], family: U8, high: U64, low: U64) -> None:
    start = 0
    for row in range(len(ends)):
        end = ends[row]
        good, value = four(text, start, end)
        if good:
            family[row] = FOUR
            low[row] = value
        else:
            good, upper, lower = six(text, start, end)
            if good:
                family[row] = SIX
                high[row] = upper
                low[row] = lower
        start = end


def parse(
    column: pl.Series,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Parse a column of text.

    Returns three arrays of the column's length: the family (4, 6, or 0 where the text is null or no address), and
    the high and low 64 bits of the address (an IPv4 address lies in the low 32).
    """
    text = column.cast(pl.String).fill_null("")
    ends = text.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    joined = np.frombuffer((text.str.join("").item() or "").encode(), dtype=np.uint8)
    rows = len(text)
    family = np.zeros(rows, np.uint8)
    high = np.zeros(rows, np.uint64)
    low = np.zeros(rows, np.uint64)
    if rows and joined.size:
        _column(joined, ends, family, high, low)
    return family, high, low


def text4(value: int) -> str:
    """Write an IPv4 address."""
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
