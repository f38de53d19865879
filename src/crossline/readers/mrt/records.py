"""Where each record lies (RFC 6396, sections 2 and 3)."""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from crossline.compiled import Array, kernel
from crossline.readers.mrt import refusals
from crossline.readers.mrt.layout import (
    AFI_IPV4,
    AFI_IPV6,
    ASSIGNED,
    BGP,
    BGP4MP,
    BGP4MP_ET,
    EARLIEST,
    HEADER,
    LAST_CONTROL_TYPE,
    LATEST,
    MAX_RECORD,
    TABLE_DUMP,
    TABLE_DUMP_V2,
)
from crossline.readers.mrt.memory import four, two
from crossline.readers.mrt.refusals import refuse

# Why `split` returned.
MORE: Final = 0  # it has used all that it can of these bytes
FULL: Final = 1  # the frames are full
STOP: Final = 2  # what comes next is no record; nothing after it can be found

# What an entry of TABLE_DUMP has before its attributes, without the view and sequence number: prefix, its length,
# status, originated time, peer address, peer AS, length of the attributes (4.2).
ENTRY4: Final = 4 + 1 + 1 + 4 + 4 + 2 + 2
ENTRY6: Final = 16 + 1 + 1 + 4 + 16 + 2 + 2


class Frames(NamedTuple):
    """The records of one buffer: ``start`` and ``end`` of each body in it, and what its header says."""

    offset: Array  # int64: of the header, in the decompressed stream
    start: Array  # int64
    end: Array  # int64
    time: Array  # int64
    type: Array  # int64; BGP4MP_ET is given as BGP4MP, its microseconds taken off
    subtype: Array  # int64


def frames(size: int) -> Frames:
    """Return room for ``size`` records."""
    return Frames(*(np.zeros(size, np.int64) for _ in Frames._fields))


@kernel
def table_dump_size(data: Array, start: int, size: int, have: int, fixed: int) -> int:
    """Return how long the body of a TABLE_DUMP record is whose header says ``size``.

    RFC 6396 has one entry a record. Collectors of 2000 packed many into one, behind a single view and sequence
    number, and left those four bytes out of the length: their entries add up to four bytes more than it says.
    """
    place = 4
    while place < size:
        if place + fixed > size + 4 or start + place + fixed > have:
            return size
        place += fixed + two(data, start + place + fixed - 2)
    return size + 4 if place == size + 4 else size


@kernel
def _is_assigned(kind: int) -> bool:
    for known in ASSIGNED:  # noqa: SIM110 - numba compiles no generators
        if kind == known:
            return True
    return False


@kernel
def split(
    data: Array, have: int, last: bool, base: int, counters: Array, rejects: Array, out: Frames
) -> tuple[int, int, int]:
    """Find the records in the first ``have`` bytes of ``data``, which stand at byte ``base`` of the stream.

    ``last`` says that nothing follows. Returns how many records were found, how many bytes they take, and why it
    returned. Only records of types that are read are among them; the others are skipped or noted as rejects.
    """
    offset, start, end, time, kinds, subtypes = out
    count = 0
    place = 0
    while True:
        if count == len(offset):
            return count, place, FULL
        left = have - place
        if left == 0:
            return count, place, MORE
        if left < HEADER:
            if last:
                refuse(counters, rejects, base + place, refusals.CUT_HEADER, left, 0, 1)
                place = have
            return count, place, MORE
        stamp = four(data, place)
        kind = two(data, place + 4)
        subtype = two(data, place + 6)
        size = four(data, place + 8)
        body = place + HEADER
        if size > MAX_RECORD:
            refuse(counters, rejects, base + place, refusals.NO_HEADER, kind, size, 1)
            return count, place, STOP
        if not _is_assigned(kind):
            # One unknown record may be stepped over if another record's header follows, or the end.
            after = body + size
            if after > have and not last:
                return count, place, MORE
            follows = after == have if last else False
            if after + HEADER <= have:
                follows = _is_assigned(two(data, after + 4)) and four(data, after + 8) <= MAX_RECORD
            elif not last:
                return count, place, MORE
            if not follows:
                refuse(counters, rejects, base + place, refusals.NO_HEADER, kind, size, 1)
                return count, place, STOP
            refuse(counters, rejects, base + place, refusals.TYPE, kind, subtype, 1)
            place = after
            continue
        if kind == TABLE_DUMP and (subtype in (AFI_IPV4, AFI_IPV6)):
            if body + size + 4 > have and not last:
                return count, place, MORE
            size = table_dump_size(data, body, size, have, ENTRY4 if subtype == AFI_IPV4 else ENTRY6)
        if body + size > have:
            if last:
                refuse(counters, rejects, base + place, refusals.CUT_RECORD, body + size - have, size, 1)
                place = have
            return count, place, MORE
        if stamp < EARLIEST or stamp >= LATEST:
            refuse(counters, rejects, base + place, refusals.DATE, stamp, 0, 1)
        elif kind in (BGP, TABLE_DUMP, TABLE_DUMP_V2, BGP4MP):
            offset[count] = base + place
            start[count] = body
            end[count] = body + size
            time[count] = stamp
            kinds[count] = kind
            subtypes[count] = subtype
            count += 1
        elif kind == BGP4MP_ET:
            # Section 3: four bytes of microseconds, counted in the length, stand before the body.
            if size < 4:
                refuse(counters, rejects, base + place, refusals.SHORT, size, 4, 1)
            else:
                offset[count] = base + place
                start[count] = body + 4
                end[count] = body + size
                time[count] = stamp
                kinds[count] = BGP4MP
                subtypes[count] = subtype
                count += 1
        elif kind > LAST_CONTROL_TYPE:
            refuse(counters, rejects, base + place, refusals.TYPE, kind, subtype, 1)
        place = body + size
