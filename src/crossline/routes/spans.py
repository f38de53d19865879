"""From places in a piece of text to columns: canonical prefixes and addresses, and plain text."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel
from crossline.inet.text import lines
from crossline.routes import addresses

_NEWLINE: Final = 10
_BLANK: Final = 32
_TILDE: Final = 126
_QUESTION: Final = 63
_BACKSLASH: Final = 92
_ESCAPES: Final = (34, 47, 92)  # a quotation mark, a slash, a backslash: what an escape stands for as it is
_U: Final = 117


@kernel
def _copy(data: Array, spans: Array, escaped: bool, out: Array) -> int:
    """Write a line for each span; return the end. What is not printable ASCII becomes a question mark."""
    at = 0
    for row in range(len(spans)):
        place = spans[row, 0]
        end = spans[row, 1]
        while 0 <= place < end:
            character = data[place]
            if escaped and character == _BACKSLASH and place + 1 < end:
                place += 1
                character = data[place]
                if character not in _ESCAPES:
                    place += 4 if character == _U else 0
                    character = _QUESTION
            out[at] = character if _BLANK <= character <= _TILDE else _QUESTION
            at += 1
            place += 1
        out[at] = _NEWLINE
        at += 1
    return at


@kernel
def _same(data: Array, spans: Array, word: Array, same: Array) -> None:
    for row in range(len(spans)):
        start = spans[row, 0]
        same[row] = start >= 0 and spans[row, 1] - start == len(word)
        if same[row]:
            for place in range(len(word)):
                same[row] &= data[start + place] == word[place]


@kernel
def _any_escape(data: Array, spans: Array) -> bool:
    found = False
    for row in range(len(spans)):
        for place in range(max(spans[row, 0], 0), max(spans[row, 1], 0)):
            found |= data[place] == _BACKSLASH
    return found


def same(data: Array, spans: Array, word: bytes) -> Array:
    """Return (bool) where ``word`` stands."""
    found = np.zeros(len(spans), np.bool_)
    _same(data, spans, np.frombuffer(word, np.uint8), found)
    return found


def text(data: Array, spans: Array, *, escaped: bool = False) -> pl.Series:
    """Return what stands at ``spans`` (int64, [row, start and end]), null where a start is negative.

    With ``escaped`` a backslash begins an escape of JSON (RFC 8259, 7).
    """
    if not len(spans):
        return pl.Series(dtype=pl.String)
    sizes = np.maximum(spans[:, 1] - spans[:, 0], 0)
    out = np.empty(int(sizes.sum()) + len(spans), np.uint8)
    column = lines(out, _copy(data, spans, escaped, out))
    missing = pl.Series(spans[:, 0] < 0)
    return pl.select(pl.when(~missing).then(column)).to_series() if missing.any() else column


def canonical(data: Array, spans: Array, form: int) -> tuple[pl.Series, Array]:
    """Return addresses or prefixes in canonical text, and of each whether it is one (see `addresses.canonical`)."""
    kinds = np.zeros(len(spans), np.uint8)
    if not len(spans):
        return pl.Series(dtype=pl.String), kinds
    out = np.empty(addresses.LONGEST * len(spans), np.uint8)
    end = addresses.canonical(data, spans, form, out, kinds)
    return lines(out, end), kinds


def unescaped(data: Array, spans: Array) -> tuple[Array, Array]:
    """Return the same spans without escapes of JSON: as they are where none has any, else in a buffer of their own."""
    if not _any_escape(data, spans):
        return data, spans
    column = text(data, spans, escaped=True).fill_null("")
    sizes = column.str.len_bytes().to_numpy().astype(np.int64)
    ends = np.cumsum(sizes)
    buffer = np.frombuffer(column.str.join("").item().encode("ascii") + b"\0", np.uint8)
    return buffer, np.stack([ends - sizes, ends], axis=1)
