"""Dex files: which classes they define, and which they only refer to.

The format is https://source.android.com/docs/core/runtime/dex-format, versions 035 to 041. A dex file has a table of
strings, a table of types (each a string) and a table of class definitions (each a type). A type that has no
definition is *referenced*: its code is elsewhere, in another dex file, in the platform, or nowhere. From version 041
several headers may share one file; offsets are from the start of the file in each.

Checksums and sizes in a header are compared, and never believed. What lies outside the file is left out and told in
:attr:`Dex.odd`, and the rest is read. Optimised (``dey``) and compact (``cdex``) files, which a phone makes and no
package holds, and files with the bytes of numbers reversed, which no Android reads, are told and not read.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0917
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import deflate
import numpy as np
import polars as pl

from crossline.compiled import Array, inner, kernel, signed
from crossline.packages import octets
from crossline.packages.octets import four

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSIONS: Final = range(35, 42)
TYPES: Final = pl.Schema({"name": pl.String(), "defined": pl.Boolean(), "type_id": pl.UInt32(), "string": pl.UInt32()})
TYPES_MOST: Final = 1 << 16  # in a table: type_ids_size is at most 65,535
HEADERS_MOST: Final = 256  # in a file of version 041

_HEADER: Final = 0x70
_HEADER_41: Final = 0x78
_LITTLE: Final = 0x12345678
_REVERSED: Final = 0x78563412
_CLASS_DEF: Final = 32  # bytes
_SLASH, _DOT, _L, _BRACKET, _SEMICOLON, _LINE_BREAK = b"/.L[;\n"
_PRIMITIVE: Final = np.zeros(256, np.uint8)
_PRIMITIVE[list(b"VZBSCIJFD")] = 1
(_USED, _MALFORMED, _OUTSIDE, _NO_ROOM, _BAD_CLASS, _TOLD) = range(6)
(_DEFINED, _TYPE, _STRING, _COLUMNS) = range(4)  # of the rows of classes


@dataclass(frozen=True)
class Dex:
    """What a dex file says.

    ``types`` (:data:`TYPES`) has a row for each class that the file defines or refers to, once: its binary name (as
    ``Class.getName`` has it, ``com.example.Outer$Inner``), whether it is defined here, and the numbers of its type
    and of its string. An array stands for the class of its elements; primitive types are left out. ``places`` has
    where each string of the table begins in the file, or -1. ``version`` is null for what was not read.
    """

    version: int | None
    places: Array
    odd: tuple[str, ...] = ()
    names: bytes = field(default=b"", repr=False)  # of the rows of `rows`, with a zero between two
    rows: Array = field(default_factory=lambda: np.empty((0, _COLUMNS), np.uint32), repr=False)

    @cached_property
    def types(self) -> pl.DataFrame:
        """The classes, as a table."""
        names = pl.Series("name", [self.names.decode("utf-8", "replace")]).str.split("\0").explode()
        frame = pl.DataFrame(
            {
                "name": names if len(self.rows) else pl.Series(dtype=pl.String),
                "defined": self.rows[:, _DEFINED] == 1,
                "type_id": self.rows[:, _TYPE],
                "string": self.rows[:, _STRING],
            },
            schema=TYPES,
        )
        if frame["name"].n_unique() == frame.height:
            return frame
        return frame.group_by("name", maintain_order=True).agg(
            pl.col("defined").any(), pl.col("type_id", "string").sort_by("defined", descending=True).first()
        )

    def lines(self, *, defined: bool) -> tuple[bytes, int]:
        """Return the classes that the file defines, or refers to and does not, one a line, ``com/example/Outer$Inner``.

        And how many are left out because they hold a line break. Some may stand there several times, and a class may be
        among both: if there are arrays of it, or another header refers to it.
        """
        names = octets.view(self.names)
        out = np.empty(len(names) + 1, np.uint8)
        used, broken = _lines(names, self.rows, int(defined), out)
        text = out[: max(0, used - 1)].tobytes()
        return text if text.isascii() else text.decode("utf-8", "replace").encode(), broken

    @property
    def defined(self) -> pl.Series:
        """Names of the classes that the file defines."""
        return self.types.filter("defined")["name"]

    @property
    def referenced(self) -> pl.Series:
        """Names of the classes that the file refers to and does not define."""
        return self.types.filter(~pl.col("defined"))["name"]


@inner
def _string(data: Array, strings: int, count: int, number: int) -> int:
    """Return where the bytes of a string begin, or -1: behind its length in UTF-16 units, as ULEB128."""
    if number >= count:
        return -1
    at = four(data, strings + 4 * number)
    last = min(at + 5, len(data))
    while at < last:
        at += 1
        if data[at - 1] < 0x80:
            return at if at < len(data) else -1
    return -1


@kernel
def _places(data: Array, strings: int, count: int, places: Array) -> int:
    """Write where each string begins; return how many lie outside the file."""
    outside = 0
    for number in range(count):
        places[number] = _string(data, strings, count, number)
        if places[number] < 0:
            outside += 1
    return outside


@inner
def _surrogate(data: Array, at: int, end: int) -> int:
    """Return the half of a surrogate pair that stands at ``at`` in three bytes, or -1."""
    if at + 3 > end or data[at] != 0xED or data[at + 1] & 0xE0 != 0xA0 or data[at + 2] & 0xC0 != 0x80:
        return -1
    return 0xD000 | (signed(data[at + 1]) & 0x3F) << 6 | (signed(data[at + 2]) & 0x3F)


@kernel
def _utf8(data: Array, at: int, end: int, out: Array, to: int, dotted: bool) -> int:
    """Copy modified UTF-8 as UTF-8: pairs of surrogates become one character. Return the end; never longer."""
    while at < end:
        byte = data[at]
        if byte == 0xED:
            high, low = _surrogate(data, at, end), _surrogate(data, at + 3, end)
            if 0xD800 <= high < 0xDC00 <= low < 0xE000:
                point = 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF)
                out[to] = 0xF0 | point >> 18
                out[to + 1] = 0x80 | (point >> 12 & 0x3F)
                out[to + 2] = 0x80 | (point >> 6 & 0x3F)
                out[to + 3] = 0x80 | (point & 0x3F)
                at += 6
                to += 4
                continue
        out[to] = _DOT if dotted and byte == _SLASH else byte
        at += 1
        to += 1
    return to


@kernel
def _types(
    data: Array,
    places: Array,
    table: int,
    count: int,
    classes: int,
    definitions: int,
    primitive: Array,
    out: Array,
    state: Array,
    string: Array,
    told: Array,
) -> None:
    """Write the names of the types, each with a zero behind it, and what each is: 0 none, 1 referenced, 2 defined."""
    for row in range(definitions):
        number = four(data, classes + _CLASS_DEF * row)
        if number < count:
            state[number] = 2
        else:
            told[_BAD_CLASS] += 1
    to = 0
    for number in range(count):
        was = state[number]
        state[number] = 0
        named = four(data, table + 4 * number)
        if named >= len(places) or places[named] < 0:
            told[_OUTSIDE] += 1
            continue
        string[number] = named
        at = places[named]
        while at < len(data) and data[at] == _BRACKET and at - places[named] < 255:  # dimensions, at most
            at += 1
        arrayed = at > places[named]
        end = at
        while end < len(data) and data[end] != 0:
            end += 1
            if end - places[named] > len(out) - told[_USED]:  # names that lie over one another
                told[_NO_ROOM] = count - number
                break
        if told[_NO_ROOM]:
            break
        told[_USED] += end - places[named]
        if end == at + 1 and primitive[data[at]] and end < len(data):
            if was == 2:
                told[_BAD_CLASS] += 1
            continue
        if end >= len(data) or end < at + 3 or data[at] != _L or data[end - 1] != _SEMICOLON:
            told[_MALFORMED] += 1
            continue
        if was == 2 and arrayed:
            told[_BAD_CLASS] += 1
            was = 0
        to = _utf8(data, at + 1, end - 1, out, to, True)
        out[to] = 0
        to += 1
        state[number] = 2 if was == 2 else 1
    told[_TOLD] = to


@kernel
def _lines(names: Array, rows: Array, wanted: int, out: Array) -> tuple[int, int]:
    """Copy the names of rows that are defined, or are not, with slashes, one a line.

    Return the end, and how many are not copied because they hold a line break.
    """
    at = to = broken = 0
    for row in range(len(rows)):
        first = to
        whole = True
        while at < len(names) and names[at] != 0:
            if rows[row, _DEFINED] == wanted:
                whole = whole and names[at] != _LINE_BREAK
                out[to] = _SLASH if names[at] == _DOT else names[at]
                to += 1
            at += 1
        at += 1
        if not whole:
            broken += 1
            to = first
        elif rows[row, _DEFINED] == wanted:
            out[to] = _LINE_BREAK
            to += 1
    return to, broken


def ready() -> None:
    """Have the kernels there, so that a process that is forked need not load them."""
    none, some = octets.view(b"\0"), np.zeros(1, np.int64)
    _places(none, 0, 0, some)
    told = np.zeros(_TOLD + 1, np.int64)
    out, string = np.zeros(1, np.uint8), np.zeros(1, np.uint32)
    _types(none, some, 0, 0, 0, 0, _PRIMITIVE, out, out, string, told)
    Dex(None, some).lines(defined=True)


def read(data: bytes | bytearray) -> Dex:
    """Read a dex file; never raises on what it says."""
    view = octets.view(data)
    why = _unreadable(bytes(view[:44]), len(view))
    if why:
        return Dex(None, np.empty(0, np.int64), (why,))
    version = int(bytes(view[4:7]))
    odd: list[str] = []
    headers = [0] if version < VERSIONS[-1] else _headers(view, odd)
    room, strings = len(view), len(view) // 4  # bytes of names, and strings, that all headers may have together
    names: list[bytes] = []
    rows: list[Array] = []
    places: list[Array] = []
    before = 0
    for start in headers:
        named, found, there, used = _table(view, start, room, strings, odd)
        found[:, _STRING] += np.uint32(before)
        if len(found):
            names.append(named)
        rows.append(found)
        places.append(there)
        before += len(there)
        room -= used
        strings -= len(there)
    if version < VERSIONS[-1]:
        _compare(view, odd)
    return Dex(version, np.concatenate(places), tuple(dict.fromkeys(odd)), b"\0".join(names), np.concatenate(rows))


def merged(files: Iterable[tuple[str, Dex]]) -> pl.DataFrame:
    """Return the classes of several dex files, each once: name, defined in any of them, and the file that says so."""
    frames = [dex.types.select(pl.lit(name).alias("file"), *TYPES) for name, dex in files]
    if not frames:
        return pl.DataFrame(schema={"file": pl.String(), **TYPES})
    first = pl.col("file", "type_id", "string").sort_by("defined", descending=True, maintain_order=True).first()
    together = pl.concat(frames).group_by("name", maintain_order=True).agg(pl.col("defined").any(), first)
    return together.select("file", *TYPES)


def text(data: bytes | bytearray, dex: Dex, string: int, most: int = 1000) -> str:
    """Return a string of the table, of at most ``most`` bytes; bytes that are no text become U+FFFD."""
    place = int(dex.places[string])
    if place < 0:
        return ""
    end = data.find(b"\0", place, place + most)
    raw = bytes(data[place : end if end >= 0 else place + most]).replace(b"\xc0\x80", b"\0")
    out = np.empty(len(raw), np.uint8)
    used = _utf8(octets.view(raw), 0, len(raw), out, 0, False)
    return out[:used].tobytes().decode("utf-8", "replace")


def _unreadable(head: bytes, size: int) -> str | None:
    """Say why a file is not read, or return None."""
    magic = head[:4]
    if magic in {b"dey\n", b"cdex"}:
        return f"{'a compact' if magic == b'cdex' else 'an optimised'} dex file, which is not read"
    if magic != b"dex\n":
        return "no dex file"
    if not (head[4:7].isdigit() and int(head[4:7]) in VERSIONS):
        return f"a dex file of no known version: {head[4:7]!r}"
    if size < (_HEADER_41 if int(head[4:7]) == VERSIONS[-1] else _HEADER):
        return "the dex file ends within its header"
    tag = int.from_bytes(head[40:44], "little")
    if tag == _REVERSED:
        return "a dex file with the bytes of numbers reversed, which is not read"
    return None


def _headers(view: Array, odd: list[str]) -> list[int]:
    """Return where the headers of a file of version 041 begin: each names the distance to the next."""
    found: list[int] = []
    at = 0
    while at + _HEADER_41 <= len(view) and bytes(view[at : at + 4]) == b"dex\n":
        if len(found) == HEADERS_MOST:
            odd.append(f"more than {HEADERS_MOST} dex files in one; the rest is not read")
            break
        found.append(at)
        size = _number(view, at + 0x20)
        if size < _HEADER_41:
            break
        at += size
    if _number(view, 0x70) != len(view):
        odd.append(f"the header tells of {_number(view, 0x70):,} bytes, and the file has {len(view):,}")
    elif at != len(view):
        odd.append("the headers of a container of dex files do not lead to its end")
    return found


def _number(view: Array, at: int) -> int:
    return int.from_bytes(bytes(view[at : at + 4]), "little")


def _fitted(view: Array, at: int, width: int, most: int, what: str, odd: list[str]) -> tuple[int, int]:
    """Return the place and the count of a table, as many rows as lie in the file."""
    count, place = _number(view, at), _number(view, at + 4)
    if not count:
        return 0, 0
    fits = max(0, min(count, most, (len(view) - place) // width))
    if fits < count:
        odd.append(f"a table of {count:,} {what}, of which {fits:,} are read: the rest does not fit")
    return place if fits else 0, fits


def _table(view: Array, start: int, room: int, most: int, odd: list[str]) -> tuple[bytes, Array, Array, int]:
    """Read the tables of one header; return names, rows, where strings begin, and how many bytes the names took."""
    strings, string_count = _fitted(view, start + 0x38, 4, most, "strings", odd)
    table, count = _fitted(view, start + 0x40, 4, TYPES_MOST, "types", odd)
    classes, definitions = _fitted(view, start + 0x60, _CLASS_DEF, TYPES_MOST, "class definitions", odd)
    places = np.empty(string_count, np.int64)
    lost = _places(view, strings, string_count, places)
    out = np.empty(max(0, room), np.uint8)
    state, string, told = np.zeros(count, np.uint8), np.zeros(count, np.uint32), np.zeros(_TOLD + 1, np.int64)
    _types(view, places, table, count, classes, definitions, _PRIMITIVE, out, state, string, told)
    for number, what in (
        (lost, "strings lie outside the file"),
        (int(told[_OUTSIDE]), "types have no string"),
        (int(told[_MALFORMED]), "types have a name that is none of a class"),
        (int(told[_NO_ROOM]), "types are not read, because names lie over one another"),
        (int(told[_BAD_CLASS]), "definitions are of no class"),
    ):
        if number:
            odd.append(f"{number:,} {what}")
    here = np.flatnonzero(state)
    rows = np.empty((len(here), _COLUMNS), np.uint32)
    rows[:, _DEFINED], rows[:, _TYPE], rows[:, _STRING] = state[here] == 2, here, string[here]
    return out[: max(0, int(told[_TOLD]) - 1)].tobytes(), rows, places, int(told[_USED])


def _compare(view: Array, odd: list[str]) -> None:
    """Compare what a header says of the whole file with the file."""
    size = _number(view, 0x20)
    if size != len(view):
        odd.append(f"the header tells of {size:,} bytes, and the file has {len(view):,}")
    elif _number(view, 8) != deflate.adler32(view[12:].data, 1):
        odd.append("the checksum does not agree")
