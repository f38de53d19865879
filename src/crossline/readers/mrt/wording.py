"""Rows of numbers, worded: ids, names, prefixes and places of routes, written side by side into one text.

A row's text is ``route:ADDRESS|PREFIX from ASn (ADDRESS)``: its id, its name and its prefix are parts of that. Only
where a path identifier ends both the id and the name does each stand alone.
"""

# ruff: noqa: PLR0913, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from crossline.compiled import Array, inlined, kernel, signed
from crossline.readers.mrt.columns import PATH, PATH_ID, PREFIX, RECORD, Records
from crossline.readers.mrt.columns import PEER as PEER_COLUMN
from crossline.readers.mrt.handover import INLINE, Text
from crossline.readers.mrt.memory import PIECE, copy, four
from crossline.readers.mrt.text import LONGEST, line

if TYPE_CHECKING:
    import polars as pl

COLUMNS: Final = "asset", "name", "prefix", "locator"
ASSET: Final = 0
NAME: Final = 1
PREFIX_TEXT: Final = 2
LOCATOR: Final = 3

_SECONDS: Final = 86400
_DIGITS: Final = 20  # of a number of 64 bits
_BEFORE: Final = np.frombuffer(b"byte |, path ", np.uint8)
_BYTE: Final = 0  # where words begin in that, and end
_BAR: Final = 5
_PATH: Final = 6
_PATH_END: Final = 13


class Words(NamedTuple):
    """The beginnings, or the ends, of texts by peer, each in :data:`PIECE` bytes."""

    text: Array  # uint8
    sizes: Array  # int64


def words(column: pl.Series) -> Words:
    """Return a column of ASCII text of at most :data:`PIECE` characters each as a kernel takes it."""
    padded = column.str.pad_end(PIECE).str.join("").item() or ""
    return Words(np.frombuffer(padded.encode("ascii"), np.uint8), column.str.len_bytes().to_numpy().astype(np.int64))


@inlined
def _some(out: Array, at: int, source: Array, start: int, end: int) -> int:
    for place in range(start, end):
        out[at + place - start] = source[place]
    return at + end - start


@inlined
def _number(out: Array, at: int, value: int) -> int:
    size = 1
    power = 10
    while size < _DIGITS - 1 and value >= power:
        size += 1
        power *= 10
    for place in range(at + size - 1, at - 1, -1):
        out[place] = 48 + value % 10
        value //= 10
    return at + size


@inlined
def _view(views: Array, column: int, row: int, text: Array, at: int, size: int) -> None:
    """Point to ``size`` bytes at ``at``, after which there must be room for a view."""
    views[column, row, 0] = size
    if size > INLINE:
        views[column, row, 1] = _word(text, at)
        views[column, row, 2] = 0
        views[column, row, 3] = at
        return
    for word in range(3):
        views[column, row, 1 + word] = _word(text, at + 4 * word) & ((1 << (8 * min(max(size - 4 * word, 0), 4))) - 1)


@inlined
def _word(text: Array, at: int) -> int:
    """Return four bytes as the number that lies in memory as they do here."""
    word = four(text, at)
    return (word >> 24) | ((word >> 8) & 0xFF00) | ((word & 0xFF00) << 8) | ((word & 0xFF) << 24)


@kernel
def write(
    rows: Array, things: Array, records: Records, ways: Array, heads: Words, tails: Words, before: Array,
    scratch: Array, views: Array, text: Array, day: Array, bundle: Array,
) -> int:  # fmt: skip
    """Word all ``rows`` into ``text``, of which ``views`` are parts; return how many bytes of it were used.

    ``things`` are the prefixes, ``ways`` the way of each path; ``before`` is `_BEFORE`, and ``scratch`` (uint8) holds
    the prefix at hand. A row's date goes to ``day``, in days since 1970-01-01, and its way to ``bundle``.
    """
    at = 0
    last_prefix = -1
    last_record = -1
    prefix_size = 0
    today = 0
    several = False
    for row in range(rows.shape[1]):
        record = signed(rows[RECORD, row])
        if record == last_record:
            for word in range(4):
                views[LOCATOR, row, word] = views[LOCATOR, row - 1, word]
        else:
            last_record = record
            end = _some(text, at, before, _BYTE, _BAR)
            end = _number(text, end, records.offset[record])
            _view(views, LOCATOR, row, text, at, end - at)
            at = end
            today = records.time[record] // _SECONDS
            several = records.paths[record]
        day[row] = today
        bundle[row] = ways[rows[PATH, row]]

        prefix = signed(rows[PREFIX, row])
        if prefix != last_prefix:
            prefix_size = line(scratch, 0, things, prefix, True)
            last_prefix = prefix
        peer = signed(rows[PEER_COLUMN, row])
        copy(text, at, heads.text, peer * PIECE)
        named = at + heads.sizes[peer]
        end = named + prefix_size
        copy(text, named, scratch, 0)
        if several:
            end = _number(text, _some(text, end, before, _BAR, _PATH), signed(rows[PATH_ID, row]))
        _view(views, ASSET, row, text, at, end - at)
        _view(views, PREFIX_TEXT, row, text, named, prefix_size)
        if several:
            named = end
            copy(text, named, scratch, 0)
            end = named + prefix_size
        copy(text, end, tails.text, peer * PIECE)
        end += tails.sizes[peer]
        if several:
            end = _number(text, _some(text, end, before, _PATH, _PATH_END), signed(rows[PATH_ID, row]))
        _view(views, NAME, row, text, named, end - named)
        at = end
    return at


def worded(
    rows: Array, things: Array, records: Records, ways: Array, heads: Words, tails: Words
) -> tuple[pl.DataFrame, Array, Array]:
    """Return the columns of text of ``rows``, the day of each, and its way."""
    count = rows.shape[1]
    longest = int(heads.sizes.max(initial=0) + tails.sizes.max(initial=0)) + LONGEST + _BAR + _DIGITS
    if records.paths[rows[RECORD]].any():
        longest += LONGEST + 2 * _DIGITS + _PATH_END - _BAR
    text = Text(COLUMNS, count, count * longest + 3 * PIECE)
    day, bundle = np.empty(count, np.int32), np.empty(count, np.uint32)
    scratch = np.zeros(PIECE, np.uint8)
    used = write(rows, things, records, ways, heads, tails, _BEFORE, scratch, text.views, text.text, day, bundle)
    return text.frame(used), day, bundle
