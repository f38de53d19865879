"""The central directory of a zip archive, as columns, read as Android reads it.

Android goes by the central directory (APPNOTE.TXT, 4.3.12, 4.3.16) and of a local header takes only how long its name
and its extra field are. It ignores that an entry is marked as encrypted, and takes any method but deflate for stored;
archives are made that other programs refuse and phones install (https://unit42.paloaltonetworks.com/
apk-badpack-malware-tampered-headers/). So are they read here, and what was odd is told.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from crossline.compiled import Array, inner, kernel, signed
from crossline.packages.octets import four, two

# Columns of the rows that `entries` writes, and what is odd about a row, as bits.
(METHOD, PACKED, SIZE, LOCAL, PLACE, ATTRIBUTES, NAME, NAME_END, ODD, COLUMNS) = range(10)
(ENCRYPTED, UNKNOWN_METHOD, LOCAL_DIFFERS, NO_LOCAL, CUT, ZERO_IN_NAME, DUPLICATE, OVERLAP, LINK, BAD_NAME) = (
    1 << bit for bit in range(10)
)
WORDS: Final = {
    ENCRYPTED: "marked as encrypted",
    UNKNOWN_METHOD: "of an unknown method, which Android takes for stored",
    LOCAL_DIFFERS: "its local header differs from the directory",
    NO_LOCAL: "no local header where the directory points to",
    CUT: "its bytes do not lie within the archive",
    ZERO_IN_NAME: "a zero byte in its name",
    DUPLICATE: "several entries have this name",
    OVERLAP: "lies over another entry",
    LINK: "a symbolic link",
    BAD_NAME: "a name that leads out of the archive",
}
STORED: Final = 0
DEFLATED: Final = 8

_END: Final = 22  # bytes of the end of central directory record, at least (4.3.16)
_COMMENT_MOST: Final = 65535
_ENTRY: Final = 46  # of an entry of the directory, without its name, extra field and comment (4.3.12)
_LOCAL: Final = 30  # of a local header (4.3.7)
_END_MAGIC: Final = b"PK\5\6"
_ENTRY_MAGIC: Final = 0x02014B50
_LOCAL_MAGIC: Final = 0x04034B50
_WIDE: Final = 0xFFFFFFFF
_ZIP64: Final = 1  # header id of the extra field (4.5.3)
_UNIX: Final = 3  # 4.4.2: made by
_LINK_MODE: Final = 0o120000


class End(NamedTuple):
    """Where the directory lies: its place, its end, how many entries it tells of, and what every place in it lacks."""

    place: int
    end: int
    entries: int
    shift: int


def find(data: Array) -> End | None:
    """Find the directory by the last end record of the file; None if there is none that leads to one."""
    from_ = max(0, len(data) - _END - _COMMENT_MOST)
    tail = data[from_:].tobytes()
    at = tail.rfind(_END_MAGIC, 0, max(0, len(tail) - _END + len(_END_MAGIC)))
    while at >= 0:
        end = _leads(data, from_ + at)
        if end is not None:
            return end
        at = tail.rfind(_END_MAGIC, 0, at)
    return None


def _leads(data: Array, at: int) -> End | None:
    """Return where the end record at ``at`` leads, if a directory, or nothing at all, stands there."""
    count, size, place = _little(data, at + 10, 2), _little(data, at + 12, 4), _little(data, at + 16, 4)
    end = at
    if at >= 20 and data[at - 20 : at - 16].tobytes() == b"PK\6\7":  # 4.3.15
        wide = _little(data, at - 12, 8)
        if wide + 56 <= at and data[wide : wide + 4].tobytes() == b"PK\6\6":  # 4.3.14
            count, size, place = (_little(data, wide + number, 8) for number in (32, 40, 48))
            end = wide
    # Bytes before the archive, as a self-extracting one has, shift it all.
    for shift in (0, end - size - place):
        start = place + shift
        if 0 <= start <= end and (
            (start + 4 <= end and _little(data, start, 4) == _ENTRY_MAGIC) or (count == size == 0 and start == end)
        ):
            return End(start, end, count, shift)
    return None


def _little(data: Array, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size].tobytes(), "little")


@inner
def _eight(data: Array, at: int) -> int:
    high = four(data, at + 4)
    return four(data, at) | high << 32 if high < 1 << 30 else 1 << 62


@inner
def _zip64(data: Array, at: int, end: int, row: Array) -> None:
    """Take sizes and the place from the extra field for wide ones, those that the entry itself has no room for."""
    while at + 4 <= end:
        size = two(data, at + 2)
        if two(data, at) == _ZIP64:
            last = min(end, at + 4 + size)
            at += 4
            for column in (SIZE, PACKED, LOCAL):
                if row[column] == _WIDE and at + 8 <= last:
                    row[column] = _eight(data, at)
                    at += 8
            return
        at += 4 + size


@inner
def _local(data: Array, row: Array, shift: int) -> int:
    """Find where the bytes of an entry begin; return what is odd."""
    at = row[LOCAL] + shift
    row[PLACE] = 0
    if at < 0 or at + _LOCAL > len(data) or four(data, at) != _LOCAL_MAGIC:
        return NO_LOCAL
    length = two(data, at + 26)
    row[PLACE] = at + _LOCAL + length + two(data, at + 28)
    odd = 0
    same = length == row[NAME_END] - row[NAME] and at + _LOCAL + length <= len(data)
    if same:
        for number in range(length):
            same = same and data[at + _LOCAL + number] == data[row[NAME] + number]
    told_later = two(data, at + 6) & 8  # sizes stand behind the bytes (4.4.4)
    sizes = four(data, at + 18) == min(row[PACKED], _WIDE) and four(data, at + 22) == min(row[SIZE], _WIDE)
    wide = four(data, at + 18) == _WIDE or four(data, at + 22) == _WIDE
    if not same or two(data, at + 8) != row[METHOD] or not (told_later or sizes or wide):
        odd = LOCAL_DIFFERS
    length = row[PACKED] if row[METHOD] == DEFLATED else row[SIZE]
    if row[PLACE] > len(data) or length > len(data) - row[PLACE]:
        odd |= CUT
    return odd


@inner
def _name(data: Array, at: int, end: int) -> int:
    """Say what is odd about a name: absolute, empty, with a zero byte, or with a part that leads upwards."""
    odd = 0
    if at == end or data[at] == 47 or data[at] == 92 or (end - at > 1 and data[at + 1] == 58):  # / \ C:
        odd = BAD_NAME
    first = at
    for place in range(at, end + 1):
        if place == end or data[place] == 47 or data[place] == 92:
            if place - first == 2 and data[first] == 46 and data[first + 1] == 46:
                odd |= BAD_NAME
            first = place + 1
        elif data[place] == 0:
            odd |= ZERO_IN_NAME
    return odd


@kernel
def entries(data: Array, place: int, end: int, shift: int, rows: Array) -> tuple[int, int]:
    """Write a row for each entry of the directory; return how many there are, and where reading ended."""
    at = place
    count = 0
    while count < len(rows) and at + _ENTRY <= end and four(data, at) == _ENTRY_MAGIC:
        name_end = at + _ENTRY + two(data, at + 28)
        extra_end = name_end + two(data, at + 30)
        if name_end > end:
            break
        row = rows[count]
        row[METHOD], row[PACKED], row[SIZE] = two(data, at + 10), four(data, at + 20), four(data, at + 24)
        row[ATTRIBUTES], row[LOCAL] = four(data, at + 38), four(data, at + 42)
        row[NAME], row[NAME_END] = at + _ENTRY, name_end
        odd = _name(data, row[NAME], name_end)
        _zip64(data, name_end, min(extra_end, end), row)
        if two(data, at + 8) & 1:
            odd |= ENCRYPTED
        if row[METHOD] not in (STORED, DEFLATED):
            odd |= UNKNOWN_METHOD
        elif row[METHOD] == STORED and row[PACKED] != row[SIZE]:
            odd |= LOCAL_DIFFERS
        if signed(data[at + 5]) == _UNIX and row[ATTRIBUTES] >> 16 & 0o170000 == _LINK_MODE:
            odd |= LINK
        row[ODD] = odd | _local(data, row, shift)
        count += 1
        at = extra_end + two(data, at + 32)
    return count, at


@kernel
def names(data: Array, rows: Array, out: Array) -> int:
    """Write the names, each with a zero behind it; return the end."""
    to = 0
    for row in rows:
        for place in range(row[NAME], row[NAME_END]):
            out[to] = data[place] or 0x1A
            to += 1
        out[to] = 0
        to += 1
    return to


def overlapping(rows: Array) -> Array:
    """Say of each row whether its bytes lie over those of the row before it in the file."""
    length = np.where(rows[:, METHOD] == DEFLATED, rows[:, PACKED], rows[:, SIZE])
    length[rows[:, ODD] & (NO_LOCAL | CUT) != 0] = 0  # they lie nowhere
    order = np.argsort(rows[:, PLACE], kind="stable")
    start, size = rows[order, PLACE], length[order]
    furthest = np.maximum.accumulate(start + size)
    found = np.zeros(len(rows), np.bool_)
    found[order[1:]] = (start[1:] < furthest[:-1]) & (size[1:] > 0)
    return found


def ready() -> None:
    """Have the kernels there, so that a process that is forked need not load them."""
    none, rows = np.frombuffer(b"\0", np.uint8), np.zeros((1, COLUMNS), np.int64)
    entries(none, 0, 0, 0, rows)
    names(none, rows[:0], np.zeros(1, np.uint8))
