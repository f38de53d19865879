"""Addresses and prefixes as routers print them, brought into canonical text: dotted quads, and RFC 5952 for IPv6."""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final

from crossline.routes.compiled import Array, kernel, signed

LONGEST: Final = 56  # eight groups of four digits, seven colons, "/128", a line end, and room
BAD: Final = 0
GOOD: Final = 1
NOBODY: Final = 2  # the unspecified address
ADDRESS: Final = 0
PREFIX: Final = 1
_NEWLINE: Final = 10
_PERCENT: Final = 37
_DOT: Final = 46
_SLASH: Final = 47
_ZERO: Final = 48
_NINE: Final = 57
_COLON: Final = 58
_LETTERS: Final = 87  # "a" less ten


@kernel
def _four(text: Array, start: int, end: int) -> int:
    """Return the number that a dotted quad stands for, or -1."""
    value = 0
    place = start
    for octet in range(4):
        if octet:
            if place >= end or text[place] != _DOT:
                return -1
            place += 1
        first = place
        number = 0
        while place < end and _ZERO <= text[place] <= _NINE and place - first < 3:
            number = number * 10 + (signed(text[place]) - _ZERO)
            place += 1
        if place == first or number > 255 or (place - first > 1 and text[first] == _ZERO):
            return -1
        value = value * 256 + number
    return value if place == end else -1


@kernel
def _digit(character: int) -> int:
    if _ZERO <= character <= _NINE:
        return character - _ZERO
    if 97 <= character <= 102:
        return character - _LETTERS
    if 65 <= character <= 70:
        return character - 55
    return -1


@kernel
def _six(text: Array, start: int, end: int, groups: Array) -> bool:
    """Read the eight groups of an IPv6 address (RFC 4291, 2.2) into ``groups``; say whether it is one."""
    for group in range(8):
        groups[group] = 0
    place = start
    count = 0
    gap = -1
    if place + 1 < end and text[place] == _COLON and text[place + 1] == _COLON:
        gap = 0
        place += 2
    while place < end:
        if count == 8:
            return False
        first = place
        number = 0
        while place < end and place - first < 4 and _digit(signed(text[place])) >= 0:
            number = number * 16 + _digit(signed(text[place]))
            place += 1
        if place < end and text[place] == _DOT:
            quad = _four(text, first, end)
            if quad < 0 or count > 6:
                return False
            groups[count] = quad >> 16
            groups[count + 1] = quad & 0xFFFF
            count += 2
            break
        if place == first:
            return False
        groups[count] = number
        count += 1
        if place == end:
            break
        if text[place] != _COLON:
            return False
        place += 1
        if place < end and text[place] == _COLON:
            if gap >= 0:
                return False
            gap = count
            place += 1
        elif place == end:
            return False
    if gap < 0:
        return count == 8
    if count == 8:
        return False
    for moved in range(count - gap):  # what follows "::" goes to the end
        groups[7 - moved] = groups[count - 1 - moved]
    for group in range(gap, 8 - (count - gap)):
        groups[group] = 0
    return True


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
def _write_four(out: Array, at: int, value: int) -> int:
    at = _decimal(out, at, value >> 24)
    for shift in (16, 8, 0):
        out[at] = _DOT
        at = _decimal(out, at + 1, (value >> shift) & 255)
    return at


@kernel
def _write_six(out: Array, at: int, groups: Array) -> int:
    # RFC 5952, 4.2: the longest run of two or more groups of zeros, the first of equals, becomes "::".
    best = -1
    longest = 1
    run = 0
    for group in range(8):
        run = run + 1 if groups[group] == 0 else 0
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
        begun = False
        for shift in (12, 8, 4, 0):
            digit = (groups[group] >> shift) & 15
            if digit or begun or shift == 0:
                out[at] = digit + (_ZERO if digit < 10 else _LETTERS)
                at += 1
                begun = True
        group += 1
    return at


@kernel
def _beyond(groups: Array, bits: int) -> bool:
    """Say whether an IPv6 address has bits set beyond the first ``bits``."""
    for group in range(8):
        kept = min(max(bits - 16 * group, 0), 16)
        if groups[group] & (0xFFFF >> kept):
            return True
    return False


@kernel
def _one(text: Array, start: int, end: int, form: int, groups: Array, out: Array, at: int) -> tuple[int, int]:
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
    if slash - start > 45:
        return at, BAD
    value = _four(text, start, slash)
    if value >= 0:
        if bits > 32 or (bits >= 0 and value & ((1 << (32 - bits)) - 1)):
            return at, BAD
        at = _write_four(out, at, value)
        kind = NOBODY if value == 0 else GOOD
    elif _six(text, start, slash, groups):
        if bits > 128 or (bits >= 0 and _beyond(groups, bits)):
            return at, BAD
        at = _write_six(out, at, groups)
        kind = GOOD if _beyond(groups, 0) else NOBODY
    else:
        return at, BAD
    if form == PREFIX:
        out[at] = _SLASH
        at = _decimal(out, at + 1, bits)
        kind = GOOD
    return at, kind


@kernel
def canonical(data: Array, spans: Array, form: int, groups: Array, out: Array, kinds: Array) -> int:
    """Write a line for each of ``spans`` (int64, [row, start and end]); return the end.

    ``form`` is `ADDRESS` or `PREFIX`; ``kinds`` (uint8) says of each whether it is one; where not the line is empty.
    A prefix with bits beyond its length is none. ``groups`` (int64, 8) is room. The end of ``data`` is never passed.
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
                after, kind = _one(data, start, end, form, groups, out, at)
                kinds[row] = kind
                if kind != BAD:
                    at = after
        last_end = at
        out[at] = _NEWLINE
        at += 1
    return at
