"""From places in the bytes to columns of numbers and text; values of another type are null, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel
from crossline.readers.netbox import walking
from crossline.readers.netbox.paths import Trie, trie

LONGEST: Final = 1000  # bytes of a text; NetBox itself keeps no wanted one longer than 200 characters
OFFSET: Final = "offset"
PARENT: Final = "parent"

_SOUND: Final = 0
_LONG: Final = 1
_GARBLED: Final = 2

Say = Callable[[str, str, Array], None]  # is told a column, a reason and offsets


@dataclass(frozen=True)
class Want:
    """A column, the paths that may hold it (the first that does counts), and its type: integer or text.

    Where a path is ``loose``, a value of another type is simply none: another column reads that form.
    """

    name: str
    paths: tuple[str, ...]
    type: str = "text"
    loose: bool = False


def integer(name: str, *paths: str, loose: bool = False) -> Want:
    """Return a column of whole numbers."""
    return Want(name, paths or (name,), "integer", loose)


def text(name: str, *paths: str, loose: bool = False) -> Want:
    """Return a column of text."""
    return Want(name, paths or (name,), "text", loose)


@dataclass(frozen=True)
class Shape:
    """The columns that are wanted of one sort of object, with the lists in it that are read as rows of their own."""

    wants: tuple[Want, ...] = ()
    lists: dict[str, Shape] = field(default_factory=dict)  # path → shape of its items
    scalar: Want | None = None  # of an item that is no object
    places: tuple[str, ...] = ()  # paths of which only the place is wanted
    paths: Trie = field(init=False)
    nodes: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the trie."""
        made, nodes = trie([path for want in self.wants for path in want.paths] + [*self.lists, *self.places])
        object.__setattr__(self, "paths", made)
        object.__setattr__(self, "nodes", nodes)

    def above(self, path: str) -> list[int]:
        """Return the nodes that a path leads through."""
        words = path.split(".")
        return [self.nodes[".".join(words[:n])] for n in range(1, len(words))]


@dataclass
class Walked:
    """Where the values of some objects lie: a row an object, a column a node of the shape's trie."""

    data: Array
    shift: int  # place of data[0] in the file
    kind: Array
    start: Array
    size: Array

    def rows(self, which: Array) -> Walked:
        """Return some of the rows."""
        return Walked(self.data, self.shift, self.kind[which], self.start[which], self.size[which])


def room(rows: int, shape: Shape) -> tuple[Array, Array, Array, Array]:
    """Return the stack, and kind, start and size for so many rows."""
    width = len(shape.nodes)
    return (
        np.zeros((walking.STACK, 2), np.int64),
        np.zeros((rows, width), np.uint8),
        np.zeros((rows, width), np.int64),
        np.zeros((rows, width), np.int64),
    )


def inside(walked: Walked, node: int, shape: Shape) -> Walked:
    """Walk the objects that stand at a node of every row."""
    stack, kind, start, size = room(len(walked.kind), shape)
    at = np.ascontiguousarray(walked.start[:, node])
    long = np.ascontiguousarray(walked.size[:, node])
    walking.members(walked.data, at, long, shape.paths, stack, kind, start, size)
    return Walked(walked.data, walked.shift, kind, start, size)


def items(walked: Walked, node: int, shape: Shape) -> tuple[Walked, Array, int]:
    """Walk the items of the lists at a node; return them, the row of each one's list, and how many are no lists."""
    rows = np.flatnonzero(walked.kind[:, node] == walking.ARRAY)
    at, long = walked.start[rows, node], walked.size[rows, node]
    counts = np.zeros(len(rows), np.int64)
    total = walking.count_items(walked.data, at, long, counts)
    stack, kind, start, size = room(total, shape)
    parent = np.zeros(total, np.int64)
    walking.spread(walked.data, at, long, counts, shape.paths, stack, kind, start, size, parent)
    odd = ~np.isin(walked.kind[:, node], (walking.ARRAY, walking.ABSENT, walking.NULL))
    return Walked(walked.data, walked.shift, kind, start, size), rows[parent], int(odd.sum() + (counts < 0).sum())


def frame(walked: Walked, shape: Shape, say: Say, offsets: Array) -> pl.DataFrame:
    """Return the wanted columns, and ``offset``: where the entry of each row begins in the file, from ``offsets``."""
    made = [pl.Series(OFFSET, offsets, dtype=pl.Int64)]
    for want in shape.wants:
        column: pl.Series | None = None
        for path in want.paths:
            node = shape.nodes[path]
            found, wrong = _column(walked, node, want.type)
            if not want.loose:
                for why, rows in wrong:
                    say(want.name, why, offsets[rows])
                for inner in shape.above(path):
                    odd = ~np.isin(walked.kind[:, inner], (walking.OBJECT, walking.ARRAY, walking.NULL, walking.ABSENT))
                    if odd.any():
                        say(want.name, "is none of the forms that NetBox gives it", offsets[odd])
            column = found if column is None else column.zip_with(column.is_not_null(), found)
        if column is not None:
            made.append(column.alias(want.name))
    if shape.scalar is not None:
        found, _ = _column(walked, 0, shape.scalar.type)
        name = shape.scalar.name
        kept = next((place for place, series in enumerate(made) if series.name == name), None)
        if kept is None:
            made.append(found.alias(name))
        else:
            made[kept] = made[kept].zip_with(made[kept].is_not_null(), found.alias(name))
    return pl.DataFrame(made)


def _column(walked: Walked, node: int, wanted: str) -> tuple[pl.Series, list[tuple[str, Array]]]:
    kind = np.ascontiguousarray(walked.kind[:, node])
    start = np.ascontiguousarray(walked.start[:, node])
    size = np.ascontiguousarray(walked.size[:, node])
    empty = (kind == walking.ABSENT) | (kind == walking.NULL)
    if wanted == "integer":
        values, sound = np.zeros(len(kind), np.int64), np.zeros(len(kind), np.bool_)
        _integers(walked.data, kind, start, size, values, sound)
        odd = ~empty & ~sound
        series = pl.Series(values).set(pl.Series(~sound), None) if not sound.all() else pl.Series(values)
        return series, [("is no whole number", odd)] if odd.any() else []
    is_text = kind == walking.TEXT
    series, state = texts(walked.data, is_text, start, size)
    wrong = [
        (f"is longer than {LONGEST} bytes", state == _LONG),
        ("is not UTF-8", state == _GARBLED),
        ("is no text", ~empty & ~is_text),
    ]
    return series, [(why, rows) for why, rows in wrong if rows.any()]


def texts(data: Array, is_text: Array, start: Array, size: Array) -> tuple[pl.Series, Array]:
    """Return the strings at some places, null where there is none or where it is too long or not UTF-8."""
    short = is_text & (size <= LONGEST + 2)
    out = np.zeros(int(size[short].sum()) + 1, np.uint8)
    first, count = np.zeros(len(start), np.int64), np.zeros(len(start), np.int64)
    state = np.where(is_text & ~short, _LONG, _SOUND).astype(np.uint8)
    _copy(data, short, start, size, out, first, count, state)
    null = pl.Series(~short | (state != _SOUND))
    literal = pl.lit(out.tobytes(), pl.Binary)
    cut = pl.select(
        literal.bin.slice(pl.lit(pl.Series(first, dtype=pl.Int64)), pl.lit(pl.Series(count, dtype=pl.Int64)))
    ).to_series()
    made = cut.cast(pl.String) if len(start) else pl.Series([], dtype=pl.String)
    return made.set(null, None) if null.any() else made, state


@kernel
def _integers(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    data: Array, kind: Array, start: Array, size: Array, values: Array, sound: Array
) -> None:
    for row in range(len(kind)):
        if kind[row] != 2 or size[row] > 18:  # walking.NUMBER; eighteen digits fit into 64 bits
            continue
        i = start[row]
        end = i + size[row]
        negative = data[i] == 0x2D
        if negative:
            i += 1
        value = 0
        good = i < end
        while i < end:
            c = int(data[i])
            if c < 0x30 or c > 0x39:
                good = False
                break
            value = value * 10 + (c - 0x30)
            i += 1
        if good:
            values[row] = -value if negative else value
            sound[row] = True


class Words:
    """Words that texts are compared with in place, without making any."""

    def __init__(self, words: Iterable[str]) -> None:
        """Lay the words out one behind the other."""
        self.words = tuple(words)
        coded = [word.encode() for word in self.words]
        self.bytes = np.frombuffer(b"".join(coded) + b"\0", np.uint8)
        self.ends = np.cumsum([len(word) for word in coded], dtype=np.int64)

    def numbers(self, walked: Walked, node: int) -> Array:
        """Return the number of the word that stands at a node of each row: -1 for another text, -2 for no text."""
        found = np.zeros(len(walked.kind), np.int64)
        _which(
            walked.data, walked.kind[:, node], walked.start[:, node], walked.size[:, node], self.bytes, self.ends, found
        )
        return found


@kernel
def _which(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    data: Array, kind: Array, start: Array, size: Array, words: Array, ends: Array, found: Array
) -> None:
    for row in range(len(kind)):
        found[row] = -1 if kind[row] == 1 else -2  # walking.TEXT
        if kind[row] != 1:
            continue
        begin = 0
        for word in range(len(ends)):
            if ends[word] - begin == size[row] - 2:
                same = True
                for k in range(size[row] - 2):
                    if data[start[row] + 1 + k] != words[begin + k]:
                        same = False
                        break
                if same:
                    found[row] = word
                    break
            begin = ends[word]


def alike(walked: Walked, node: int) -> Array:
    """Return, for each row, the first of the rows next to it whose text at a node differs in its last number alone."""
    first = np.zeros(len(walked.kind), np.int64)
    _alike(walked.data, walked.kind[:, node], walked.start[:, node], walked.size[:, node], first)
    return first


@kernel
def _alike(data: Array, kind: Array, start: Array, size: Array, first: Array) -> None:
    before = -1
    for row in range(len(kind)):
        long = 0
        if kind[row] == 1:  # walking.TEXT
            long = size[row] - 1
            # "/" at the end, and digits before it
            if long > 1 and data[start[row] + long - 1] == 0x2F:
                long -= 1
            while long > 1 and 0x30 <= data[start[row] + long - 1] <= 0x39:
                long -= 1
        same = row > 0 and long == before
        if same:
            other = start[first[row - 1]]
            for k in range(long):
                if data[start[row] + k] != data[other + k]:
                    same = False
                    break
        first[row] = first[row - 1] if same else row
        before = long


@kernel
def _hex(data: Array, i: int, end: int) -> int:
    """Return the value of four hexadecimal digits, -1 where there are none."""
    if i + 4 > end:
        return -1
    value = 0
    for k in range(4):
        c = int(data[i + k])
        if 0x30 <= c <= 0x39:
            digit = c - 0x30
        elif 0x41 <= c <= 0x46:
            digit = c - 0x37
        elif 0x61 <= c <= 0x66:
            digit = c - 0x57
        else:
            return -1
        value = value << 4 | digit
    return value


@kernel
def _encode(out: Array, at: int, code: int) -> int:
    """Write a code point as UTF-8 (RFC 3629); return the position behind it."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | code >> 6
        out[at + 1] = 0x80 | code & 63
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | code >> 12
        out[at + 1] = 0x80 | code >> 6 & 63
        out[at + 2] = 0x80 | code & 63
        return at + 3
    out[at] = 0xF0 | code >> 18
    out[at + 1] = 0x80 | code >> 12 & 63
    out[at + 2] = 0x80 | code >> 6 & 63
    out[at + 3] = 0x80 | code & 63
    return at + 4


@kernel
def _sequence(data: Array, i: int, end: int) -> int:
    """Return how many bytes the UTF-8 character at ``i`` has, 0 where it is none (RFC 3629, section 4)."""
    c = int(data[i])
    if c < 0xC2 or c > 0xF4:
        return 0
    count = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
    if i + count > end:
        return 0
    for k in range(1, count):
        if data[i + k] & 0xC0 != 0x80:
            return 0
    second = int(data[i + 1])
    short = (c == 0xE0 and second < 0xA0) or (c == 0xF0 and second < 0x90)
    beyond = (c == 0xED and second > 0x9F) or (c == 0xF4 and second > 0x8F)
    return 0 if short or beyond else count


@kernel
def _escape(c: int) -> int:
    """Return the character that a letter behind a backslash stands for, -1 for none (RFC 8259, section 7)."""
    if c in (0x22, 0x5C, 0x2F):
        return c
    if c == 0x62:
        return 8
    if c == 0x66:
        return 12
    if c == 0x6E:
        return 10
    if c == 0x72:
        return 13
    return 9 if c == 0x74 else -1


@kernel
def _copy(  # noqa: C901, PLR0912, PLR0913, PLR0917 - a kernel: one loop, over arrays taken one by one
    data: Array, wanted: Array, start: Array, size: Array, out: Array, first: Array, count: Array, state: Array
) -> None:
    """Copy strings without their quotation marks and escapes; half a surrogate pair becomes U+FFFD."""
    at = 0
    for row in range(len(start)):
        first[row] = at
        if not wanted[row]:
            continue
        i = start[row] + 1
        end = start[row] + size[row] - 1
        begin = at
        while i < end:
            c = int(data[i])
            if c == 0x5C:
                if i + 1 >= end:
                    state[row] = 2
                    break
                code = _escape(int(data[i + 1]))
                i += 2
                if code < 0:
                    code = _hex(data, i, end) if data[i - 1] == 0x75 else -1
                    if code < 0:
                        state[row] = 2  # _GARBLED
                        break
                    i += 4
                    if 0xD800 <= code < 0xDC00 and i + 6 <= end and data[i] == 0x5C and data[i + 1] == 0x75:
                        low = _hex(data, i + 2, end)
                        if 0xDC00 <= low < 0xE000:
                            code = 0x10000 + (code - 0xD800 << 10) + low - 0xDC00
                            i += 6
                    if 0xD800 <= code < 0xE000:
                        code = 0xFFFD
                at = _encode(out, at, code)
            elif c < 0x80:
                out[at] = c
                at += 1
                i += 1
            else:
                step = _sequence(data, i, end)
                if step == 0:
                    state[row] = 2
                    break
                for k in range(step):
                    out[at + k] = data[i + k]
                at += step
                i += step
        if state[row] == 2:
            at = begin
        count[row] = at - begin
