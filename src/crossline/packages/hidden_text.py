"""Texts that a dex file holds as arrays of bytes or characters in its code, and not in its table of strings.

An array that code fills from constants stands behind the code that does so, as a ``fill-array-data-payload`` (Dalvik
bytecode, "fill-array-data-payload format"): 0x0300, the width of an element, their number, and the elements, from a
place that is a multiple of four. Whoever hides an address from a look into the table of strings writes it so.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel, signed
from crossline.packages import hosts, octets

_BYTES, _CHARACTERS = 0x0001_0300, 0x0002_0300  # 0x0300 and the width of an element, as one number of 32 bits
_SHORTEST: Final = len("ws://a.cn")
_MARKS: Final = (b"://", b":\0/\0/\0")  # behind a scheme, in characters of one byte and of two
_LONGEST: Final = 1 << 16  # bytes of an array that are looked at; a Java method, which fills it, has no more
_CHUNK: Final = 4 << 20  # bytes of a file that are looked through together, a multiple of four


@kernel
def _lay_out(data: Array, heads: Array, done: int, out: Array, pieces: Array) -> int:
    """Write the elements of arrays one behind the other, zeros between them, and where each begins in both.

    What lies before ``done``, or in an array before, is not written again, so that ``out`` need not be longer than what
    is looked through. Return how many pieces there are; behind them stand the ends of both.
    """
    to = count = 0
    for head in heads:
        at = signed(head)
        size = octets.four(data, at + 4) * signed(data[at + 2])
        start = max(at + 8, done)
        end = at + 8 + min(size, _LONGEST)
        if at + 8 + size > len(data) or end - start < _SHORTEST:
            continue
        to += (start - to) & 1  # so that a place is even or odd in both
        pieces[count, 0], pieces[count, 1] = to, start
        count += 1
        for place in range(start, end):
            out[to] = data[place]
            to += 1
        to += 2
        done = end
    pieces[count, 0], pieces[count, 1] = to, done
    return count


def ready() -> None:
    """Have the kernel there, so that a process that is forked need not load it."""
    _lay_out(octets.view(bytes(8)), np.zeros(1, np.int64), 0, np.zeros(8, np.uint8), np.zeros((2, 2), np.int64))


def hosts_in(data: bytes | bytearray) -> pl.DataFrame:
    """Return the hosts (:data:`crossline.packages.hosts.HOSTS`) of addresses in such arrays; ``place`` is a byte."""
    view, done, found = octets.view(data), 0, [pl.DataFrame(schema=hosts.HOSTS)]
    for first in range(0, len(data) - 8, _CHUNK):
        words = np.frombuffer(data, "<u4", min(_CHUNK, len(data) - 8 - first) // 4, first)
        heads = np.flatnonzero((words == _BYTES) | (words == _CHARACTERS)).astype(np.int64) * 4 + first
        if not len(heads):
            continue
        out = np.zeros(_CHUNK + _LONGEST + 4 * len(heads), np.uint8)
        pieces = np.zeros((len(heads) + 1, 2), np.int64)
        count = _lay_out(view, heads, done, out, pieces)
        end, done = pieces[count].tolist()
        texts = out[:end].tobytes()
        if not any(mark in texts for mark in _MARKS):  # most arrays of code are tables of numbers
            continue
        named = hosts.in_bytes(texts).filter(pl.col("form") != "bare")
        place = named["place"].to_numpy()
        piece = pieces[np.searchsorted(pieces[:count, 0], place, "right") - 1]
        found.append(named.with_columns(place=pl.Series(place - piece[:, 0] + piece[:, 1], dtype=pl.Int64)))
    return pl.concat(found)
