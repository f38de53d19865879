"""Addresses, from text to two numbers of 64 bits and back, in the canonical form of identifiers.address.

Text is taken as ``inet_pton`` takes it (POSIX.1-2017; RFC 4291, 2.2): four decimal octets without leading zeros;
groups of one to four hexadecimal digits, one ``::`` at most, and dotted decimal in the place of the last two groups.
Zones, prefix lengths and blanks are refused. An IPv4 address that is mapped into IPv6 becomes that IPv4 address.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0915
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.identifiers.address import SPECIAL
from crossline.traces.compiled import Array, inner, kernel, wide

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE: Final = 0
FOUR: Final = 4
SIX: Final = 6
LONGEST: Final = 45  # characters of an address


@inner
def _four(text: Array, start: int, end: int) -> tuple[int, int]:
    """Return 4 and the value, or 0."""
    value = octets = 0
    place = start
    while True:
        first = place
        octet = 0
        while place < end and 48 <= text[place] <= 57:
            octet = octet * 10 + wide(text[place]) - 48
            place += 1
            if place - first > 3:
                return 0, 0
        if place == first or octet > 255 or (place - first > 1 and text[first] == 48):
            return 0, 0
        value = value << 8 | octet
        octets += 1
        if octets == 4:
            return (4, value) if place == end else (0, 0)
        if place >= end or text[place] != 46:
            return 0, 0
        place += 1


@inner
def _put(high: np.uint64, low: np.uint64, position: int, group: int) -> tuple[np.uint64, np.uint64]:
    """Return an address with one more group, whose bits are zero so far."""
    bits = np.uint64(group) << np.uint64(16 * (3 - position % 4))
    return (high | bits, low) if position < 4 else (high, low | bits)


@inner
def parse(text: Array, start: int, end: int) -> tuple[int, np.uint64, np.uint64]:
    """Return the family (0 where ``text[start:end]`` is no address), and the high and low 64 bits."""
    zero = np.uint64(0)
    family, value = _four(text, start, end)
    if family:
        return family, zero, np.uint64(value)
    if end - start < 2 or end - start > 45:
        return 0, zero, zero
    high = low = zero  # groups before `::`, from the left
    tail_high = tail_low = zero  # groups after it, from the left as well: they are moved at the end
    groups, gap = 0, -1
    place = start
    if text[place] == 58:
        if text[place + 1] != 58:
            return 0, zero, zero
        gap = 0
        place += 2
    while place < end:
        first = place
        group = 0
        while place < end:
            c = text[place]
            if 48 <= c <= 57:
                digit = wide(c) - 48
            elif 97 <= c <= 102:
                digit = wide(c) - 87
            elif 65 <= c <= 70:
                digit = wide(c) - 55
            else:
                break
            group = group << 4 | digit
            place += 1
            if place - first > 4:
                return 0, zero, zero
        dotted = 0
        if place < end and text[place] == 46:  # the rest is an IPv4 address
            dotted, value = _four(text, first, end)
            if not dotted or groups > 6:
                return 0, zero, zero
            group = value >> 16
            place = end
        if place == first or groups > 7:
            return 0, zero, zero
        position = groups if gap < 0 else groups - gap
        for _ in range(2 if dotted else 1):
            if gap < 0:
                high, low = _put(high, low, position, group)
            else:
                tail_high, tail_low = _put(tail_high, tail_low, position, group)
            position += 1
            groups += 1
            group = value & 0xFFFF
        if place == end:
            break
        if text[place] != 58:
            return 0, zero, zero
        place += 1
        if place < end and text[place] == 58:
            if gap >= 0:
                return 0, zero, zero
            gap = groups
            place += 1
        elif place == end:
            return 0, zero, zero
    if gap < 0:
        if groups != 8:
            return 0, zero, zero
    else:
        if groups > 7:
            return 0, zero, zero
        shift = 16 * (8 - (groups - gap))
        if shift >= 64:
            if shift < 128:
                low |= tail_high >> np.uint64(shift - 64)
        elif shift:
            high |= tail_high >> np.uint64(shift)
            low |= (tail_low >> np.uint64(shift)) | (tail_high << np.uint64(64 - shift))
        else:
            high |= tail_high
            low |= tail_low
    if high == 0 and low >> np.uint64(32) == np.uint64(0xFFFF):  # RFC 4291, 2.5.5.2
        return 4, zero, low & np.uint64(0xFFFFFFFF)
    return 6, high, low


@inner
def _decimal(value: int, out: Array, place: int) -> int:
    if value >= 100:
        out[place] = 48 + value // 100
        place += 1
    if value >= 10:
        out[place] = 48 + value // 10 % 10
        place += 1
    out[place] = 48 + value % 10
    return place + 1


@inner
def _group(high: np.uint64, low: np.uint64, position: int) -> int:
    word = high if position < 4 else low
    return wide((word >> np.uint64(16 * (3 - position % 4))) & np.uint64(0xFFFF))


@inner
def write(family: int, high: np.uint64, low: np.uint64, out: Array, place: int) -> int:
    """Write an address as RFC 5952 has it, and return where it ends; ``out`` has room for 45 bytes."""
    if family == 4:
        for octet in range(4):
            if octet:
                out[place] = 46
                place += 1
            place = _decimal(wide((low >> np.uint64(24 - 8 * octet)) & np.uint64(255)), out, place)
        return place
    longest = first = 0  # of the runs of zero groups, the first of the longest, if it has two (RFC 5952, 4.2)
    run = 0
    for position in range(8):
        run = run + 1 if _group(high, low, position) == 0 else 0
        if run > longest:
            longest, first = run, position - run + 1
    if longest < 2:
        first = 8
    position = 0
    while position < 8:
        if position == first:
            out[place] = out[place + 1] = 58
            place += 2
            position += longest
            continue
        if position and position != first + longest:
            out[place] = 58
            place += 1
        group = _group(high, low, position)
        begun = False
        for shift in (12, 8, 4, 0):
            digit = group >> shift & 15
            if digit or begun or shift == 0:
                out[place] = 48 + digit if digit < 10 else 87 + digit
                place += 1
                begun = True
        position += 1
    return place


@kernel
def _write_all(family: Array, high: Array, low: Array, out: Array) -> int:
    place = 0
    for row in range(len(family)):
        if family[row]:
            place = write(family[row], high[row], low[row], out, place)
        out[place] = 10
        place += 1
    return place


def texts(family: Array, high: Array, low: Array) -> pl.Series:
    """Return addresses in canonical form, null where the family is 0."""
    if not len(family):
        return pl.Series([], dtype=pl.String)
    out = np.empty((LONGEST + 1) * len(family), np.uint8)
    size = _write_all(family, high, low, out)
    return lines(out[: size - 1]).set(pl.Series(family == NONE), None)


def lines(text: Array) -> pl.Series:
    """Return the lines of UTF-8 as a column; what is none is replaced."""
    return pl.Series([text.tobytes().decode("utf-8", "replace")]).str.split("\n").explode()


def networks(family: Array, high: Array, low: Array) -> pl.Series:
    """Return the /24 or /48 that each address lies in, as text: what may be told of a client."""
    four = family == FOUR
    upper = high & np.uint64(0xFFFFFFFFFFFF0000)
    lower = np.where(four, low & np.uint64(0xFFFFFF00), np.uint64(0))
    return texts(family, upper, lower) + pl.Series(np.where(four, "/24", "/48"), dtype=pl.String)


def special(family: Array, high: Array, low: Array) -> Array:
    """Return whether each address lies in a block that belongs to nobody on the Internet."""
    found = np.zeros(len(family), np.bool_)
    for block in _blocks(SPECIAL):
        value, mask = int(block.network_address), int(block.netmask)
        if block.version == FOUR:
            found |= (family == FOUR) & ((low & np.uint64(mask)) == np.uint64(value))
        else:
            upper, lower = np.uint64(mask >> 64), np.uint64(mask & (1 << 64) - 1)
            same = (high & upper) == np.uint64(value >> 64)
            found |= (family == SIX) & same & ((low & lower) == np.uint64(value & (1 << 64) - 1))
    return found


def _blocks(named: Sequence[tuple[str, str]]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(block) for block, _ in named]
