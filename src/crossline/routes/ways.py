"""AS paths as routers print them: each distinct one is read once and collapsed, and ties are made of what is left.

What becomes of a path is what readers.mrt makes of the same path's octets (RFC 4271, 4.3 and 5.1.2): a network that
prepends itself stands once; members of an AS_SET ``{1 2}`` and of a confederation ``(1 2)``, ``[1 2]`` (RFC 5065) are
not put in an order that nobody stated: they are left out, and flags say so.
"""

# ruff: noqa: C901, PLR0912, PLR0915 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel, signed
from crossline.routes import extents as shown
from crossline.routes.extents import BEGINS_WITH_SET, BROKEN, ENDS_WITH_SET, HAS_CONFEDERATION, HAS_SET, MISSING, ROLE

_NO_PATH: Final = "no AS path stands with the route"

_NEWLINE: Final = 10
_BLANK: Final = 32
_COMMA: Final = 44
_DOT: Final = 46
_ZERO: Final = 48
_NINE: Final = 57
_OPEN: Final = 40, 91, 123  # ( [ {
_CLOSE: Final = 41, 93, 125
_NOWHERE: Final = 0
_ROUND: Final = 1
_SQUARE: Final = 2
_CURLY: Final = 3
_CURLY_IN_ROUND: Final = 4  # BIRD writes the set of a confederation so
_LARGEST: Final = 0xFFFFFFFF


class Ways(NamedTuple):
    """Distinct collapsed paths: ``asn[start[n]:start[n + 1]]``, nearest network first, and flags."""

    start: Array  # int64; one more than there are ways
    flags: Array  # uint8
    asn: Array  # uint32


@kernel
def _number(text: Array, place: int, end: int) -> int:
    """Return the AS number, in plain decimal or with a dot (RFC 5396), or -1."""
    if place == end:
        return -1
    value = 0
    high = -1
    digits = 0
    while place < end:
        character = text[place]
        if character == _DOT:
            if high >= 0 or digits == 0 or value > 0xFFFF:
                return -1
            high = value
            value = 0
            digits = 0
        elif _ZERO <= character <= _NINE and digits < 10:
            value = value * 10 + (signed(character) - _ZERO)
            digits += 1
        else:
            return -1
        place += 1
    if digits == 0 or value > (_LARGEST if high < 0 else 0xFFFF):
        return -1
    return value if high < 0 else high * 65536 + value


@kernel
def _read(text: Array, starts: Array, flags: Array, ends: Array, asn: Array) -> int:
    """Read a path for each pair of neighbouring ``starts``; return how many AS numbers were written to ``asn``."""
    at = 0
    for path in range(len(starts) - 1):
        place = starts[path]
        end = starts[path + 1] - 1  # before the line end
        first = at
        flag = 0
        where = _NOWHERE
        after_set = False
        members = 0
        while place < end:
            character = text[place]
            if character in (_BLANK, _COMMA):
                place += 1
                continue
            if character in _OPEN:
                members = 0
                if where == _NOWHERE:
                    where = _ROUND if character == 40 else _SQUARE if character == 91 else _CURLY
                elif where == _ROUND and character == 123:
                    where = _CURLY_IN_ROUND
                else:
                    flag |= BROKEN
                    break
                if where == _CURLY:
                    if at == first and not flag & HAS_SET:
                        flag |= BEGINS_WITH_SET
                    flag |= HAS_SET
                else:
                    flag |= HAS_CONFEDERATION
                place += 1
                continue
            if character in _CLOSE:
                fits = (
                    (character == 41 and where == _ROUND)
                    or (character == 93 and where == _SQUARE)
                    or (character == 125 and where in (_CURLY, _CURLY_IN_ROUND))
                )
                if not fits or members == 0:
                    flag |= BROKEN
                    break
                if where == _CURLY:
                    after_set = True
                where = _ROUND if where == _CURLY_IN_ROUND else _NOWHERE
                place += 1
                continue
            begin = place
            while place < end and not (
                text[place] in (_BLANK, _COMMA) or text[place] in _OPEN or text[place] in _CLOSE
            ):
                place += 1
            number = _number(text, begin, place)
            if number < 0:
                flag |= BROKEN
                break
            members += 1
            # A network that prepends itself follows itself directly; what a set parts stays apart.
            if where == _NOWHERE:
                if at == first or after_set or asn[at - 1] != number:
                    asn[at] = number
                    at += 1
                after_set = False
        if where != _NOWHERE:
            flag |= BROKEN
        if after_set:
            flag |= ENDS_WITH_SET
        flags[path] = flag
        ends[path] = at
    return at


@kernel
def _keys(ends: Array, flags: Array, asn: Array, out: Array) -> int:
    """Write a line for each path that is the same for paths that collapse to one; return the end."""
    at = 0
    place = 0
    for path in range(len(ends)):
        out[at] = 64 + flags[path]
        at += 1
        while place < ends[path]:
            value = signed(asn[place])
            for _ in range(6):  # six bits each, none of which is a line end
                out[at] = 64 + (value & 63)
                value >>= 6
                at += 1
            place += 1
        out[at] = _NEWLINE
        at += 1
    return at


def read(paths: pl.Series) -> tuple[Ways, Array]:
    """Read distinct ``paths`` (null where there is none); return ways, and the way (uint32) of each."""
    count = len(paths)
    whole = paths.fill_null("")
    text = np.frombuffer((whole.str.join("\n").item() + "\n").encode("ascii", "replace"), np.uint8)
    sizes = whole.str.len_chars().to_numpy().astype(np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes + 1)])
    asn = np.empty(len(text) // 2 + 1, np.uint32)
    flags, ends = np.zeros(count, np.uint8), np.zeros(count, np.int64)
    used = _read(text, starts, flags, ends, asn)
    flags[paths.is_null().to_numpy()] |= MISSING
    out = np.empty(6 * used + 2 * count + 1, np.uint8)
    end = _keys(ends, flags, asn, out)
    keys = pl.Series([out[:end].tobytes().decode("ascii")]).str.split("\n").explode().head(count)
    distinct = keys.to_frame("key").with_row_index("first").unique("key", keep="first", maintain_order=True)
    way = keys.to_frame("key").join(
        distinct.with_row_index("way").select("key", "way"), on="key", how="left", maintain_order="left"
    )["way"]
    first = distinct["first"].to_numpy()
    begins = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    size = (ends - begins)[first]
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
    places = np.repeat(begins[first] - start[:-1], size) + np.arange(start[-1])
    return Ways(start, flags[first], asn[places]), way.to_numpy().astype(np.uint32)


def ties(ways: Ways) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers on the ways, and the ties: neighbours first, then transit, then origins."""
    size = np.diff(ways.start)
    numbers, identifier = np.unique(ways.asn, return_inverse=True)
    bundle = np.repeat(np.arange(len(size)), size)
    seq = np.arange(len(ways.asn)) - np.repeat(ways.start[:-1], size)
    flags = np.repeat(ways.flags, size)
    last = seq == np.repeat(size, size) - 1
    # Before a set that ends the path everybody is on the way; before what cannot be read the last one may not be.
    chosen = (
        np.flatnonzero((seq == 0) & (flags & BEGINS_WITH_SET == 0)),
        np.flatnonzero(~last | (flags & ENDS_WITH_SET != 0)),
        np.flatnonzero(last & (flags & (ENDS_WITH_SET | BROKEN) == 0)),
    )
    every = np.concatenate(chosen)
    role = np.repeat(np.arange(len(chosen), dtype=np.uint32), [len(part) for part in chosen])
    frame = pl.DataFrame(
        {
            "bundle": bundle[every].astype(np.uint32),
            "role": pl.Series(ROLE.categories, dtype=ROLE).gather(pl.Series(role)),
            "identifier": identifier[every].astype(np.uint32),
            "seq": seq[every].astype(np.uint32),
        }
    ).with_columns(pl.lit("observed").alias("basis"))
    return named(numbers), frame


def named(numbers: Array) -> pl.DataFrame:
    """Return identifiers for AS numbers."""
    return pl.DataFrame({"value": numbers}).select(pl.lit("asn").alias("type"), pl.col("value").cast(pl.String))


def extents(ways: Ways) -> pl.DataFrame:
    """Return how much of each role the ways show."""
    return shown.extents(ways.flags, np.diff(ways.start), _NO_PATH)
