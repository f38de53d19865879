"""Addresses to their one form, a column at a time: dotted decimal, and RFC 5952 for IPv6."""

# ruff: noqa: C901 - kernels: one loop each

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.identifiers import address
from crossline.readers.netbox.compiled import Array, kernel

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"^{_OCTET}(?:\.{_OCTET}){{3}}$"
_LONGEST: Final = 40  # eight groups of four digits, seven colons, a line's end
_COLON: Final = 0x3A
_LINE: Final = 0x0A


def canonical(texts: pl.Series) -> pl.Series:
    """Return addresses with or without a prefix length (``192.0.2.1/24``) in canonical form, null for what is none.

    The few that mix both forms (``::ffff:192.0.2.1``) are parsed one by one.
    """
    frame = pl.DataFrame({"text": texts.str.strip_chars().str.replace(r"/[0-9]{1,3}$", "")})
    text = pl.col("text")
    kinds = frame.select(
        old=text.str.contains(_IPV4).fill_null(value=False),
        new=text.str.contains(r"^[0-9A-Fa-f:]{2,39}$").fill_null(value=False),
        mixed=text.str.contains(r"^[0-9A-Fa-f:]{1,30}:[0-9.]{7,15}$").fill_null(value=False),
    )
    new = frame.filter(kinds["new"])["text"]
    made = pl.Series("made", [None], dtype=pl.String).new_from_index(0, frame.height)
    if new.len():
        made = made.scatter(kinds["new"].arg_true(), _sixes(new))
    odd = frame.filter(kinds["mixed"])["text"].unique().to_list()
    parsed = {one: _parsed(one) for one in odd}
    return frame.select(
        pl.when(kinds["old"])
        .then(text)
        .when(kinds["mixed"])
        .then(text.replace_strict(parsed, default=None, return_dtype=pl.String))
        .otherwise(made)
    ).to_series()


def _parsed(text: str) -> str | None:
    try:
        return address.parse(text)
    except ValueError:
        return None


def _sixes(texts: pl.Series) -> pl.Series:
    """Return texts of hexadecimal digits and colons as IPv6 addresses in canonical form, null for what is none.

    What is mapped from IPv4 (RFC 4291, 2.5.5.2) in hexadecimal digits is that IPv4 address.
    """
    joined = np.frombuffer(("\n".join(texts.to_list()) + "\n").encode("ascii"), np.uint8)
    out = np.zeros(texts.len() * _LONGEST, np.uint8)
    end = _lines(joined, out, np.zeros(8, np.int64))
    lines = pl.Series([out[: end - 1].tobytes().decode("ascii")]).str.split("\n").explode()
    return pl.select(pl.when(lines != "").then(lines)).to_series()


@kernel
def _lines(data: Array, out: Array, groups: Array) -> int:
    """Write each line's address and a line's end; nothing before it where the line holds none."""
    begin = at = 0
    for i in range(len(data)):
        if data[i] == _LINE:
            if _groups(data, begin, i, groups):
                at = _write(out, at, groups)
            out[at] = _LINE
            at += 1
            begin = i + 1
    return at


@kernel
def _groups(data: Array, i: int, end: int, groups: Array) -> bool:
    """Read the eight groups of an address (RFC 4291, 2.2); return whether it is one."""
    count = 0
    gap = -1
    if i + 1 < end and data[i] == _COLON and data[i + 1] == _COLON:
        gap = 0
        i += 2
    while i < end:
        value = digits = 0
        while i < end and data[i] != _COLON:
            c = int(data[i])
            # "0" to "9", "A" to "F", "a" to "f": nothing else is in these lines
            value = value << 4 | (c - 0x30 if c < 0x3A else (c | 0x20) - 0x57)
            digits += 1
            i += 1
        if digits == 0 or digits > 4 or count == 8:
            return False
        groups[count] = value
        count += 1
        if i < end:
            i += 1
            if i == end:
                return False
            if data[i] == _COLON:
                if gap >= 0:
                    return False
                gap = count
                i += 1
    if gap < 0:
        return count == 8
    if count == 8:
        return False
    for k in range(count - gap):
        groups[7 - k] = groups[count - 1 - k]
    for k in range(gap, 8 - (count - gap)):
        groups[k] = 0
    return True


@kernel
def _decimal(out: Array, at: int, value: int) -> int:
    if value >= 100:
        out[at] = 0x30 + value // 100
        at += 1
    if value >= 10:
        out[at] = 0x30 + value // 10 % 10
        at += 1
    out[at] = 0x30 + value % 10
    return at + 1


@kernel
def _write(out: Array, at: int, groups: Array) -> int:
    """Write an address: the longest run of two or more zero groups, the first of equals, is "::" (RFC 5952, 4.2)."""
    best = -1
    longest = 1
    run = 0
    for k in range(8):
        run = run + 1 if groups[k] == 0 else 0
        if run > longest:
            longest = run
            best = k - run + 1
    if best == 0 and longest == 5 and groups[5] == 0xFFFF:
        for k in range(4):
            if k:
                out[at] = 0x2E
                at += 1
            at = _decimal(out, at, groups[6 + k // 2] >> (0 if k % 2 else 8) & 255)
        return at
    k = 0
    while k < 8:
        if k == best:
            out[at] = _COLON
            out[at + 1] = _COLON
            at += 2
            k += longest
            continue
        if k and k != best + longest:
            out[at] = _COLON
            at += 1
        begun = False
        for shift in (12, 8, 4, 0):
            digit = groups[k] >> shift & 15
            if digit or begun or shift == 0:
                out[at] = digit + (0x30 if digit < 10 else 0x57)
                at += 1
                begun = True
        k += 1
    return at
