"""Rows out of table dumps: TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396, 4.2 and 4.3; RFC 8050, 4)."""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final

import numpy as np

from crossline.compiled import Array, inlined, kernel, signed
from crossline.readers.mrt import refusals
from crossline.readers.mrt.attributes import path_of, walk
from crossline.readers.mrt.columns import (
    FOUR_OCTETS,
    HIGH,
    KEY,
    LAST_PREFIX,
    LISTED,
    LOW,
    NO_PATH,
    PATH,
    PATH4_AT,
    PATH4_SIZE,
    PATH_AT,
    PATH_ID,
    PATH_KIND,
    PATH_SIZE,
    PEER,
    PREFIX,
    PREFIXES,
    RECORD,
    REPEATS,
    ROWS,
    RUN,
    Book,
)
from crossline.readers.mrt.interning import has_room, path_number, peer_number, prefix_number
from crossline.readers.mrt.layout import (
    AFI_IPV4,
    AFI_IPV6,
    GEO_PEER_TABLE,
    PEER_INDEX_TABLE,
    RIB_GENERIC,
    RIB_GENERIC_ADDPATH,
    RIB_IPV4_UNICAST,
    RIB_IPV4_UNICAST_ADDPATH,
    RIB_IPV6_UNICAST,
    RIB_IPV6_UNICAST_ADDPATH,
    SAFI_UNICAST,
    TABLE_DUMP,
    TABLE_DUMP_V2,
)
from crossline.readers.mrt.memory import eight, four, two
from crossline.readers.mrt.octets import leading
from crossline.readers.mrt.records import ENTRY4, ENTRY6, Frames
from crossline.readers.mrt.refusals import refuse

_SMALLEST_PEER: Final = 1 + 4 + 4 + 2  # 4.3.1: type, BGP identifier, IPv4 address, AS number of two octets
_SMALLEST_ENTRY: Final = 2 + 4 + 2  # 4.3.4: peer index, originated time, attribute length


@inlined
def _add(
    counters: Array, rows: Array, seen: Array, record: int, peer: int, prefix: int, path: int, path_id: int
) -> None:
    if seen[peer] == counters[RUN]:
        counters[REPEATS] = 1
    seen[peer] = counters[RUN]
    at = counters[ROWS]
    rows[RECORD, at] = record
    rows[PEER, at] = peer
    rows[PREFIX, at] = prefix
    rows[PATH, at] = path
    rows[PATH_ID, at] = path_id
    counters[ROWS] = at + 1


@kernel
def table_dumps(data: Array, frames: Frames, first: int, last: int, base: int, row: int, book: Book) -> int:
    """Read the TABLE_DUMP records among ``first`` to ``last``; return the first that is none, or wants room.

    ``data`` stands at byte ``base`` of the stream; ``row`` is the row of `Records` of the frame numbered 0.
    """
    count = book.counters
    rejects = book.rejects
    rows = book.rows
    peer_slots, peer_things, seen, named_by, last_path = book.peers
    prefix_slots = book.prefixes.slots
    prefix_things = book.prefixes.things
    path_slots, path_hashes, spans, arena = book.paths
    found = book.found
    for number in range(first, last):
        if frames.type[number] != TABLE_DUMP:
            return number
        start = frames.start[number]
        end = frames.end[number]
        subtype = frames.subtype[number]
        if subtype not in (AFI_IPV4, AFI_IPV6):
            refuse(count, rejects, frames.offset[number], refusals.TYPE, TABLE_DUMP, subtype, 1)
            continue
        version = 4 if subtype == AFI_IPV4 else 6
        octets = 4 if subtype == AFI_IPV4 else 16
        fixed = ENTRY4 if subtype == AFI_IPV4 else ENTRY6
        if end - start < 4 + fixed:
            refuse(count, rejects, frames.offset[number], refusals.SHORT, end - start, 4 + fixed, 1)
            continue
        most = (end - start) // fixed + 1
        if not has_room(book, most, most, most, most, end - start, 0):
            return number
        at = start + 4
        while at < end:
            if at + fixed > end:
                refuse(count, rejects, base + at, refusals.TRAILING, end - at, 0, 1)
                break
            bits = signed(data[at + octets])
            peer_at = at + octets + 6
            size = two(data, at + fixed - 2)
            attributes = at + fixed
            if attributes + size > end:
                refuse(count, rejects, base + at, refusals.ENTRIES_CUT, 1, 0, 1)
                break
            if bits > 8 * octets:
                refuse(count, rejects, base + at, refusals.PREFIX_LENGTH, bits, 8 * octets, 1)
                at = attributes + size
                continue
            whole = walk(data, attributes, attributes + size, False, found)
            if not whole and found[PATH_KIND] == NO_PATH:
                refuse(count, rejects, base + at, refusals.ATTRIBUTES, 0, 0, 1)
            high, low = leading(data, at, octets, bits, version)
            prefix = count[LAST_PREFIX]
            key = (np.uint64(bits) << np.uint64(8)) | np.uint64(version)
            if (
                prefix < 0
                or prefix_things[prefix, LOW] != low
                or prefix_things[prefix, HIGH] != high
                or prefix_things[prefix, KEY] != key
            ):
                before = count[PREFIXES]
                prefix = prefix_number(count, prefix_slots, prefix_things, high, low, version, bits)
                count[RUN] += 1
                count[LAST_PREFIX] = prefix
                if prefix != before:
                    count[REPEATS] = 1
            if version == 4:
                peer_high = np.uint64(0)
                peer_low = np.uint64(four(data, peer_at))
            else:
                peer_high = eight(data, peer_at)
                peer_low = eight(data, peer_at + 8)
            peer = peer_number(
                count, peer_slots, peer_things, seen, named_by, last_path,
                peer_high, peer_low, version, two(data, peer_at + octets), row + number,
            )  # fmt: skip
            path = path_number(
                count, path_slots, path_hashes, spans, arena,
                data, found[PATH_AT], found[PATH_SIZE], found[PATH4_AT], found[PATH4_SIZE], found[PATH_KIND],
                last_path, peer,
            )  # fmt: skip
            _add(count, rows, seen, row + number, peer, prefix, path, 0)
            at = attributes + size
    return last


@kernel
def _peer_index_table(data: Array, place: int, end: int, offset: int, record: int, book: Book) -> bool:
    """Read a PEER_INDEX_TABLE (4.3.1); return whether there was room."""
    count = book.counters
    rejects = book.rejects
    if end - place < 8:
        refuse(count, rejects, offset, refusals.SHORT, end - place, 8, 1)
        return True
    place += 6 + two(data, place + 4)  # the collector's BGP identifier, and the name of the view
    if place + 2 > end:
        refuse(count, rejects, offset, refusals.SHORT, end - place, 2, 1)
        return True
    said = two(data, place)
    place += 2
    most = min(said, (end - place) // _SMALLEST_PEER)
    if not has_room(book, 0, most, 0, 0, 0, most):
        return False
    slots, things, seen, named_by, last_path = book.peers
    count[LISTED] = 0
    for number in range(said):
        if place + 1 > end:
            refuse(count, rejects, offset, refusals.PEERS_CUT, said - number, 0, said - number)
            return True
        octets = 16 if data[place] & 1 else 4
        width = 4 if data[place] & 2 else 2
        at = place + 5
        place = at + octets + width
        if place > end:
            refuse(count, rejects, offset, refusals.PEERS_CUT, said - number, 0, said - number)
            return True
        asn = four(data, at + octets) if width == 4 else two(data, at + octets)
        if octets == 4:
            peer = peer_number(
                count, slots, things, seen, named_by, last_path, np.uint64(0), np.uint64(four(data, at)), 4, asn, record
            )
        else:
            peer = peer_number(
                count, slots, things, seen, named_by, last_path, eight(data, at), eight(data, at + 8), 6, asn, record
            )
        book.listed[number] = peer
        count[LISTED] = number + 1
    return True


@kernel
def tables_v2(data: Array, frames: Frames, first: int, last: int, base: int, row: int, book: Book) -> int:
    """Read the TABLE_DUMP_V2 records among ``first`` to ``last``, as :func:`table_dumps` does the older ones."""
    count = book.counters
    rejects = book.rejects
    rows = book.rows
    seen = book.peers.seen
    last_path = book.peers.path
    prefix_slots = book.prefixes.slots
    prefix_things = book.prefixes.things
    path_slots, path_hashes, spans, arena = book.paths
    peer_of = book.listed
    for number in range(first, last):
        if frames.type[number] != TABLE_DUMP_V2:
            return number
        place = frames.start[number]
        end = frames.end[number]
        offset = frames.offset[number]
        subtype = frames.subtype[number]
        if subtype == PEER_INDEX_TABLE:
            if not _peer_index_table(data, place, end, offset, row + number, book):
                return number
            continue
        if subtype == GEO_PEER_TABLE:
            continue
        version = 0
        if subtype in (RIB_IPV4_UNICAST, RIB_IPV4_UNICAST_ADDPATH):
            version = 4
        elif subtype in (RIB_IPV6_UNICAST, RIB_IPV6_UNICAST_ADDPATH):
            version = 6
        place += 4  # the sequence number
        if subtype == RIB_GENERIC:
            if end - place < 3:
                refuse(count, rejects, offset, refusals.SHORT, end - place + 4, 7, 1)
                continue
            family = two(data, place)
            if data[place + 2] != SAFI_UNICAST or family not in (AFI_IPV4, AFI_IPV6):
                refuse(count, rejects, offset, refusals.FAMILY, family, signed(data[place + 2]), 1)
                continue
            version = 4 if family == AFI_IPV4 else 6
            place += 3
        if version == 0 or subtype == RIB_GENERIC_ADDPATH:
            refuse(count, rejects, offset, refusals.TYPE, TABLE_DUMP_V2, subtype, 1)
            continue
        addpath = subtype in (RIB_IPV4_UNICAST_ADDPATH, RIB_IPV6_UNICAST_ADDPATH)
        if count[LISTED] == 0:
            refuse(count, rejects, offset, refusals.NO_PEERS, 0, 0, 1)
            continue
        if place + 1 > end:
            refuse(count, rejects, offset, refusals.SHORT, end - frames.start[number], 7, 1)
            continue
        bits = signed(data[place])
        octets = (bits + 7) // 8
        limit = 32 if version == 4 else 128
        if bits > limit:
            refuse(count, rejects, offset, refusals.PREFIX_LENGTH, bits, limit, 1)
            continue
        if place + 1 + octets + 2 > end:
            refuse(count, rejects, offset, refusals.SHORT, end - frames.start[number], 7 + octets, 1)
            continue
        entries = two(data, place + 1 + octets)
        most = min(entries, (end - place) // _SMALLEST_ENTRY)
        if not has_room(book, most, 0, 1, most, end - place, 0):
            return number
        high, low = leading(data, place + 1, octets, bits, version)
        place += 1 + octets + 2
        fixed = _SMALLEST_ENTRY + (4 if addpath else 0)
        prefix = -1
        read = 0
        while read < entries:
            if place + fixed > end:
                break
            size = two(data, place + fixed - 2)
            attributes = place + fixed
            if attributes + size > end:
                break
            listed = two(data, place)
            if listed >= count[LISTED]:
                refuse(count, rejects, base + place, refusals.PEER, listed, count[LISTED], 1)
            else:
                if prefix < 0:
                    before = count[PREFIXES]
                    prefix = prefix_number(count, prefix_slots, prefix_things, high, low, version, bits)
                    count[RUN] += 1
                    count[LAST_PREFIX] = prefix
                    if prefix != before:
                        count[REPEATS] = 1
                # 4.3.4: AS numbers take four octets here, whatever the peer spoke.
                path_at, path_size, whole = path_of(data, attributes, attributes + size)
                if not whole:
                    refuse(count, rejects, base + place, refusals.ATTRIBUTES, 0, 0, 1)
                path_id = four(data, place + 6) if addpath else 0
                peer = signed(peer_of[listed])
                path = path_number(
                    count, path_slots, path_hashes, spans, arena,
                    data, max(path_at, 0), path_size, 0, 0, FOUR_OCTETS if path_at >= 0 else NO_PATH,
                    last_path, peer,
                )  # fmt: skip
                _add(count, rows, seen, row + number, peer, prefix, path, path_id)
            place = attributes + size
            read += 1
        if read < entries:
            refuse(count, rejects, base + place, refusals.ENTRIES_CUT, entries - read, 0, entries - read)
        elif place < end:
            refuse(count, rejects, base + place, refusals.TRAILING, end - place, 0, 1)
    return last
