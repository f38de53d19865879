"""Addresses and prefixes as routers print them, brought into canonical text: dotted quads, and RFC 5952 for IPv6."""

# ruff: noqa: PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final

import numpy as np

from crossline.compiled import Array, inner, kernel, signed
from crossline.inet import parse
from crossline.inet import text as inet_text

LONGEST: Final = inet_text.LONGEST + 5  # with "/128" and a line end
BAD: Final = 0
GOOD: Final = 1
NOBODY: Final = 2  # the unspecified address
ADDRESS: Final = 0
PREFIX: Final = 1
_NEWLINE: Final = 10
_PERCENT: Final = 37
_SLASH: Final = 47
_ZERO: Final = 48
_NINE: Final = 57
_ALL: Final = np.uint64(0xFFFFFFFFFFFFFFFF)


@inner
def _beyond(high: np.uint64, low: np.uint64, bits: int) -> bool:
    """Say whether an address has bits set beyond the first ``bits`` of 128."""
    if bits < 64:
        return bool(low != 0 or high & (_ALL >> np.uint64(bits)) != 0)
    return bits < 128 and bool(low & (_ALL >> np.uint64(bits - 64)) != 0)


@inner
def _one(text: Array, start: int, end: int, form: int, out: Array, at: int) -> tuple[int, int]:
    """Write one address or prefix at ``at``; return where it ends and what it is."""
    slash = end
    bits = -1
    if form == PREFIX:
        slash = start
        while slash < end and text[slash] != _SLASH:
            slash += 1
        digits = end - slash - 1
        if digits < 1 or digits > 3 or (digits > 1 and text[slash + 1] == _ZERO):
            return at, BAD
        bits = 0
        for place in range(slash + 1, end):
            if not _ZERO <= text[place] <= _NINE:
                return at, BAD
            bits = bits * 10 + (signed(text[place]) - _ZERO)
    else:  # a link-local address names its link after "%" (RFC 4007, 11)
        slash = start
        while slash < end and text[slash] != _PERCENT:
            slash += 1
    family, high, low = parse.address(text, start, slash)
    ahead = 96 if family == parse.FOUR else 0  # an IPv4 address has the last 32 of the 128 bits
    if family == parse.NONE or ahead + bits > 128 or (bits >= 0 and _beyond(high, low, ahead + bits)):
        return at, BAD
    at = inet_text.write(out, at, family, high, low)
    if form == PREFIX:
        out[at] = _SLASH
        return inet_text.decimal(out, at + 1, bits), GOOD
    return at, GOOD if _beyond(high, low, 0) else NOBODY


@kernel
def canonical(data: Array, spans: Array, form: int, out: Array, kinds: Array) -> int:
    """Write a line for each of ``spans`` (int64, [row, start and end]); return the end.

    ``form`` is `ADDRESS` or `PREFIX`; ``kinds`` (uint8) says of each whether it is one; where not the line is empty.
    A prefix with bits beyond its length is none. The end of ``data`` is never passed.
    """
    at = 0
    last_start = 0  # of the row before, in `out`
    last_end = 0
    for row in range(len(spans)):
        start = spans[row, 0]
        end = spans[row, 1]
        if row and start == spans[row - 1, 0] and end == spans[row - 1, 1]:
            size = last_end - last_start
            for place in range(size):
                out[at + place] = out[last_start + place]
            last_start = at
            at += size
            kinds[row] = kinds[row - 1]
        else:
            last_start = at
            kinds[row] = BAD
            if start >= 0 and end > start:
                after, kind = _one(data, start, end, form, out, at)
                kinds[row] = kind
                if kind != BAD:
                    at = after
        last_end = at
        out[at] = _NEWLINE
        at += 1
    return at
