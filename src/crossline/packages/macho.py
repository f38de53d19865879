"""Mach-O, the form of Apple's programs and libraries: what is linked, what is encrypted, which classes are defined.

Load commands by ``mach-o/loader.h`` and ``mach-o/fat.h``, classes of Objective-C by ``objc-runtime-new.h``, chained
pointers by ``mach-o/fixup-chains.h`` (all in https://github.com/apple-oss-distributions: xnu, objc4, dyld). A *fat*
file holds a slice for each processor. An app's store encrypts the pages of a program's text (``LC_ENCRYPTION_INFO``),
names and strings among them; what lies there is told and never looked at. The table of symbols is not encrypted, and
names classes as ``_OBJC_CLASS_$_NAME``: those that others may use, and those that it takes from others.

No offset is believed. What lies outside the file is left out and told in :attr:`Slice.odd`; each byte is given to the
search for hosts once, however many slices and sections lie over it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.compiled import Array, kernel
from crossline.packages import octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SLICES_MOST: Final = 16  # of a fat file; real ones have up to five
COMMANDS_MOST: Final = 10_000  # of a slice; real ones have some hundreds
SECTIONS_MOST: Final = 10_000  # of a slice
CLASSES_MOST: Final = 1 << 20  # of a slice
NAME_MOST: Final = 1024  # bytes of a class name
SYMBOLS_MOST: Final = 1 << 22  # of a slice; the largest have some hundreds of thousands
TEXTS_MOST: Final = 1 << 28  # bytes of names of classes that are taken from a slice; no app has a tenth of that
CLASS_SYMBOL: Final = "_OBJC_CLASS_$_"  # before the name of a class, as linkers know it
MAGICS: Final = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")

Ranges = list[tuple[int, int]]

_CPUS: Final = {7: "i386", 12: "arm", 0x01000007: "x86_64", 0x0100000C: "arm64", 0x0200000C: "arm64_32"}
_SEGMENT, _SYMBOL_TABLE, _SEGMENT_64, _SIGNATURE = 0x1, 0x2, 0x19, 0x1D
_ENCRYPTION: Final = (0x21, 0x2C)
_LOADS: Final = (0xC, 0x20, 0x80000018, 0x8000001F, 0x80000023)  # plain, lazy, weak, re-exported, upward
_C_STRINGS, _ZERO_FILL = 2, (1, 12, 18)  # types of sections
_LOW_36: Final = np.uint64((1 << 36) - 1)
_LOW_32: Final = np.uint64((1 << 32) - 1)


@dataclass
class Slice:
    """The program or library for one processor. Places are those of the file."""

    cpu: str
    first: int
    last: int
    encrypted: tuple[int, int] | None = None
    libraries: list[str] = field(default_factory=list)  # that it links, by their paths
    signature: tuple[int, int] | None = None
    odd: list[str] = field(default_factory=list)
    segments: list[tuple[int, int, int]] = field(default_factory=list)  # address, place, bytes
    base: int = 0
    strings: Ranges = field(default_factory=list)  # sections of C strings
    rest: Ranges = field(default_factory=list)  # segments, but for the one that links
    listed: Ranges = field(default_factory=list)  # lists of pointers to classes
    symbols: tuple[tuple[int, int], tuple[int, int]] | None = None  # the table of symbols, and the texts that it names
    symbols_beyond: int = 0  # how many symbols are told of and not looked at
    sections: int = 0

    @property
    def wide(self) -> bool:
        """Whether addresses have 64 bits."""
        return self.cpu not in {"i386", "arm", "arm64_32"}


def is_one(head: bytes) -> bool:
    """Return whether first bytes are those of a Mach-O file; a Java class, which has one of the magics, is none."""
    if head[:4] in MAGICS[2:]:
        return len(head) >= 8 and 0 < int.from_bytes(head[4:8], "big") < 40
    return head[:4] in MAGICS


def read(data: bytes | bytearray) -> tuple[list[Slice], list[str]]:
    """Return the slices of a file, and what is odd about the whole; never raises on what it says."""
    if data[:4] not in MAGICS[2:]:
        one = _slice(data, 0, len(data))
        return ([one], []) if one else ([], ["no Mach-O file for a processor that Apple's devices have"])
    form, width = (">IIIII", 20) if data[:4] == MAGICS[2] else (">IIQQII", 32)
    count = int.from_bytes(data[4:8], "big")
    odd, found = [], []
    if count > SLICES_MOST:
        odd.append(f"a fat file of {count:,} slices, of which {SLICES_MOST} are looked at")
    for number in range(min(count, SLICES_MOST)):
        at = 8 + number * width
        if at + width > len(data):
            odd.append("a fat file that ends within its table of slices")
            break
        _, _, first, size = struct.unpack_from(form, data, at)[:4]
        one = _slice(data, first, first + size) if first + size <= len(data) else None
        if one:
            found.append(one)
        else:
            odd.append(f"slice {number} of a fat file is no Mach-O file, or does not lie in it")
    return found, odd


def _slice(data: bytes | bytearray, first: int, last: int) -> Slice | None:
    """Read one slice; None if none stands there."""
    if last - first < 28 or data[first : first + 4] not in MAGICS[:2]:
        return None
    cpu, _, _, count, size = struct.unpack_from("<iiIII", data, first + 4)
    one = Slice(_CPUS.get(cpu & 0xFFFFFFFF, f"processor {cpu}"), first, last)
    at = first + (32 if data[first : first + 4] == MAGICS[0] else 28)
    end = at + size
    if end > last:
        one.odd.append("load commands that do not lie in the file")
        end = last
    if count > COMMANDS_MOST:
        one.odd.append(f"{count:,} load commands, of which {COMMANDS_MOST:,} are read")
    for _ in range(min(count, COMMANDS_MOST)):
        if at + 8 > end:
            one.odd.append("fewer load commands than the header tells of")
            break
        kind, length = struct.unpack_from("<II", data, at)
        if length < 8 or at + length > end:
            one.odd.append("a load command that does not lie among them")
            break
        _command(data, one, kind, at, at + length)
        at += length
    one.odd = list(dict.fromkeys(one.odd))
    return one


def _command(data: bytes | bytearray, one: Slice, kind: int, at: int, end: int) -> None:
    """Take what a load command says."""
    room = end - at
    if kind in (_SEGMENT, _SEGMENT_64):
        _segment(data, one, at, end, wide=kind == _SEGMENT_64)
    elif kind in _ENCRYPTION and room >= 20:
        place, size, how = struct.unpack_from("<III", data, at + 8)
        if how and size:
            inside = _within(one, place, size)
            one.encrypted = inside or (one.first, one.last)
            if not inside:
                one.odd.append("encrypted bytes that do not lie in the file; all of it is taken for encrypted")
    elif kind == _SIGNATURE and room >= 16:
        one.signature = _within(one, *struct.unpack_from("<II", data, at + 8))
        if one.signature is None:
            one.odd.append("a code signature that does not lie in the file")
    elif kind == _SYMBOL_TABLE and room >= 24:
        _symbols(one, *struct.unpack_from("<IIII", data, at + 8))
    elif kind in _LOADS and room >= 24:
        name = at + struct.unpack_from("<I", data, at + 8)[0]
        if name < end:
            one.libraries.append(bytes(data[name:end]).split(b"\0")[0].decode("utf-8", "replace"))


def _symbols(one: Slice, place: int, count: int, texts: int, size: int) -> None:
    """Take the table of symbols and its texts, if both lie in the slice."""
    table = _within(one, place, min(count, SYMBOLS_MOST) * (16 if one.wide else 12))
    named = _within(one, texts, size)
    if table and named:
        one.symbols, one.symbols_beyond = (table, named), max(0, count - SYMBOLS_MOST)
        if one.symbols_beyond:
            one.odd.append(f"{count:,} symbols, of which {SYMBOLS_MOST:,} are looked at")
    else:
        one.symbols_beyond = count
        one.odd.append("a table of symbols that does not lie in the file")


def _within(one: Slice, place: int, size: int) -> tuple[int, int] | None:
    """Return a range of a slice as one of the file; None if it does not lie in the slice."""
    first, last = one.first + place, one.first + place + size
    return (first, last) if last <= one.last else None


def _segment(data: bytes | bytearray, one: Slice, at: int, end: int, *, wide: bool) -> None:
    """Take a segment and its sections."""
    head, form, width = (72, "<16s16sQQIIIIIIII", 80) if wide else (56, "<16s16sIIIIIIIII", 68)
    if at + head > end:
        one.odd.append("a segment that is cut")
        return
    name, address, _, place, size = struct.unpack_from("<16sQQQQ" if wide else "<16sIIII", data, at + 8)
    count = struct.unpack_from("<I", data, at + head - 8)[0]
    name = name.rstrip(b"\0")
    inside = _within(one, place, size)
    if size and inside is None:
        one.odd.append(f"a segment that does not lie in the file: {name.decode('ascii', 'replace')[:16]!r}")
    elif size and inside:
        one.segments.append((address, inside[0], size))
        if name != b"__LINKEDIT":
            one.rest.append(inside)
    if name == b"__TEXT":
        one.base = address
    fits = min(count, (end - at - head) // width, SECTIONS_MOST - one.sections)
    if fits < count:
        one.odd.append("more sections than there is room for")
    one.sections += fits
    for number in range(fits):
        row = struct.unpack_from(form, data, at + head + number * width)
        _section(one, row[0], row[3], row[4], row[8] & 0xFF)


def _section(one: Slice, name: bytes, size: int, place: int, kind: int) -> None:
    """Take a section, if it is one that matters."""
    held = _within(one, place, size)
    if kind in _ZERO_FILL or not size:
        return
    if held is None:
        one.odd.append("a section that does not lie in the file")
    elif kind == _C_STRINGS:
        one.strings.append(held)
    elif name.startswith(b"__objc_classlist"):
        one.listed.append(held)


@kernel
def _ends(data: Array, places: Array, ends: Array) -> None:
    """Write where the texts at ``places``, which ascend, have their zero: in one walk, however many lie in one text."""
    end = 0
    for number in range(len(places)):
        end = max(end, places[number])
        while end < len(data) and data[end] != 0:
            end += 1
        ends[number] = end


@kernel
def _joined(data: Array, places: Array, ends: Array, out: Array) -> None:
    """Write texts one after another, each with a zero behind it, which is there already."""
    to = 0
    for number in range(len(places)):
        for place in range(max(0, places[number]), min(ends[number], len(data))):
            if to < len(out):
                out[to] = data[place]
            to += 1
        to += 1


def classes(data: bytes | bytearray, one: Slice) -> tuple[pl.Series, int]:
    """Return the names of the classes that a slice defines, and how many of them cannot be seen or read.

    Of Swift those that Objective-C can see, by their mangled names. A pointer may be one of a chain, with the address,
    or the distance from the first, in its lower bits.
    """
    view = octets.view(data)
    width, kind = (8, "<u8") if one.wide else (4, "<u4")
    step, low = ((32, 24), 7) if one.wide else ((16, 16), 3)  # class_t.data, class_ro_t.name; FAST_DATA_MASK
    lists = [np.frombuffer(view[a : b - (b - a) % width], kind) for a, b in _union(one.listed)]
    listed = np.concatenate([*lists, np.empty(0, np.uint64)]).astype(np.uint64)
    beyond = max(0, len(listed) - CLASSES_MOST)
    listed = listed[:CLASSES_MOST]
    places = _places(one, listed)
    for number, distance in enumerate(step):
        found = _pointers(view, np.where(places >= 0, places + distance, -1), width)
        # The lower bits of the pointer to what a class holds say whether it is one of Swift.
        found = found & ~np.uint64(low) if number == 0 else found
        places = np.where(found > 0, _places(one, found), -1)
    names, lost = _texts(view, places, one.encrypted)
    return names, lost + beyond


def _texts(view: Array, places: Array, hidden: tuple[int, int] | None) -> tuple[pl.Series, int]:
    """Return the texts at ``places``, each once, and of how many places there is none to be had.

    Those that are nowhere (-1), empty, without an end, or longer than a name; that lie in hidden bytes; and what is
    more than may be taken, of which the longest are left out.
    """
    at, first, count = np.unique(places, return_index=True, return_counts=True)
    ends = np.empty(len(at), np.int64)
    _ends(view, at, ends)
    size = ends - at
    fits = (at >= 0) & (ends < len(view)) & (size > 0) & (size <= NAME_MOST)
    if hidden:
        fits &= (ends <= hidden[0]) | (at >= hidden[1])
    kept = np.flatnonzero(fits)
    kept = kept[np.argsort(size[kept], kind="stable")]
    kept = kept[np.cumsum(size[kept] + 1) <= TEXTS_MOST]
    lost = int(count.sum() - count[kept].sum())
    kept = kept[np.argsort(first[kept])]  # as they came
    out = np.zeros(int((size[kept] + 1).sum()), np.uint8)
    _joined(view, at[kept], ends[kept], out)
    names = pl.Series("name", [out[:-1].tobytes().decode("utf-8", "replace")]).str.split("\0").explode()
    return names.filter(names != "").unique(maintain_order=True), lost


def class_symbols(data: bytes | bytearray, one: Slice) -> tuple[pl.Series, pl.Series, int]:
    """Return the names of classes that a slice lets others use, and of those that it takes from others.

    By its symbols (``nlist`` of ``mach-o/nlist.h``), which a program may have none of, and a library has for its users.
    Besides, of how many symbols it cannot be told whether they name a class, or which.
    """
    none = pl.Series("name", [], pl.String)
    if one.symbols is None:
        return none, none, one.symbols_beyond
    view, ((first, last), (texts, end)) = octets.view(data), one.symbols
    rows = view[first:last].reshape(-1, 16 if one.wide else 12)
    kinds = rows[:, 4]
    text = np.ascontiguousarray(rows[:, :4]).view("<u4")[:, 0].astype(np.int64) + texts
    start = np.frombuffer(CLASS_SYMBOL.encode(), np.uint8)
    # Neither of a debugger (N_STAB) nor private (N_EXT is not set).
    outer = ((kinds & 0xE0) == 0) & ((kinds & 1) == 1)
    # Names that begin behind the last zero of their table have no end in it; shorter ones are whole, and of no class.
    tail = max(texts, end - len(start))
    zeros = np.flatnonzero(view[tail:end] == 0)
    unread = text > (tail + zeros[-1] if len(zeros) else tail - 1)
    if one.encrypted:
        unread |= (text + len(start) > one.encrypted[0]) & (text < one.encrypted[1])
    lost = int(np.count_nonzero(outer & unread)) + one.symbols_beyond
    held = np.flatnonzero(outer & ~unread & (text + len(start) < end))
    for number, byte in enumerate(start):
        held = held[view[text[held] + number] == byte]
    undefined, places = (kinds[held] & 0x0E) == 0, text[held] + len(start)
    given, lost_given = _texts(view, places[~undefined], one.encrypted)
    taken, lost_taken = _texts(view, places[undefined], one.encrypted)
    return given, taken, lost + lost_given + lost_taken


def _places(one: Slice, raw: Array) -> Array:
    """Return where in the file addresses lie, -1 for nowhere."""
    place = np.full(len(raw), -1, np.int64)
    if not one.segments:
        return place
    start, first, size = (np.array(column, np.uint64) for column in zip(*sorted(one.segments), strict=True))
    for form in (raw, raw & _LOW_36, (raw & _LOW_36) + np.uint64(one.base), (raw & _LOW_32) + np.uint64(one.base)):
        number = np.searchsorted(start, form, "right") - 1
        inside = form - start[number]
        hit = (place < 0) & (raw != 0) & (number >= 0) & (inside < size[number])
        place[hit] = (inside + first[number])[hit].astype(np.int64)
    return place


def _pointers(view: Array, places: Array, width: int) -> Array:
    """Return the numbers at ``places``; 0 where none can be read."""
    fits = (places >= 0) & (places + width <= len(view))
    at = np.where(fits, places, 0)
    value = np.zeros(len(places), np.uint64)
    if fits.any():
        for byte in range(width):
            value |= view[at + byte].astype(np.uint64) << np.uint64(8 * byte)
    return np.where(fits, value, np.uint64(0))


def searched(slices: Iterable[Slice]) -> tuple[Ranges, Ranges]:
    """Return the ranges of C strings, and those of all else, that can be seen: each byte of the file once."""
    held = list(slices)
    hidden = _union([one.encrypted for one in held if one.encrypted])
    strings = _without(_union([part for one in held for part in one.strings]), hidden)
    rest = _without(_union([part for one in held for part in one.rest]), _union(hidden + strings))
    return strings, rest


def _union(ranges: Ranges) -> Ranges:
    """Return ranges in order, those that touch joined."""
    made: Ranges = []
    for first, last in sorted(ranges):
        if made and first <= made[-1][1]:
            made[-1] = made[-1][0], max(last, made[-1][1])
        elif last > first:
            made.append((first, last))
    return made


def _without(ranges: Ranges, holes: Ranges) -> Ranges:
    """Return ranges, in order and apart, without the holes, which are so too."""
    return list(_left(ranges, holes))


def _left(ranges: Ranges, holes: Ranges) -> Iterator[tuple[int, int]]:
    number = 0
    for begin, end in ranges:
        first = begin
        while number < len(holes) and holes[number][1] <= first:
            number += 1
        at = number
        while at < len(holes) and holes[at][0] < end:
            if holes[at][0] > first:
                yield first, holes[at][0]
            first = max(first, holes[at][1])
            at += 1
        if first < end:
            yield first, end
