"""Rows out of BGP messages: BGP4MP (RFC 6396, 4.4; RFC 8050, 3) and the retired type BGP (appendix B.2.1).

A row is what a peer announced, what it withdrew, or that its session ended. `replay` puts them together.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

import numpy as np

from crossline.compiled import Array, kernel, signed
from crossline.readers.mrt import refusals
from crossline.readers.mrt.attributes import walk
from crossline.readers.mrt.columns import (
    CLOSED,
    NO_PATH,
    OWN_MESSAGES,
    PATH,
    PATH4_AT,
    PATH4_SIZE,
    PATH_AT,
    PATH_ID,
    PATH_KIND,
    PATH_SIZE,
    PEER,
    PREFIX,
    REACH_AT,
    REACH_SIZE,
    RECORD,
    REPEATS,
    ROWS,
    UNREACH_AT,
    UNREACH_SIZE,
    WITHDRAWN,
    Book,
)
from crossline.readers.mrt.interning import has_room, path_number, peer_number, prefix_number
from crossline.readers.mrt.layout import (
    AFI_IPV4,
    AFI_IPV6,
    BGP,
    BGP4MP,
    BGP_KEEPALIVE,
    BGP_NOTIFY,
    BGP_OPEN,
    BGP_STATE_CHANGE,
    BGP_UPDATE,
    LAST_MESSAGE,
    MARKER,
    MESSAGE,
    MESSAGE_ADDPATH,
    MESSAGE_AS4,
    MESSAGE_AS4_ADDPATH,
    MESSAGE_AS4_LOCAL,
    MESSAGE_AS4_LOCAL_ADDPATH,
    MESSAGE_HEADER,
    MESSAGE_LOCAL,
    MESSAGE_LOCAL_ADDPATH,
    NOTIFICATION,
    SAFI_UNICAST,
    STATE_CHANGE,
    STATE_CHANGE_AS4,
    UPDATE,
)
from crossline.readers.mrt.memory import eight, four, two
from crossline.readers.mrt.octets import leading
from crossline.readers.mrt.records import Frames  # noqa: TC001 - beside the other wire modules
from crossline.readers.mrt.refusals import refuse


@kernel
def _peer(book: Book, high: np.uint64, low: np.uint64, version: int, asn: int, record: int) -> int:
    peers = book.peers
    return peer_number(
        book.counters, peers.slots, peers.things, peers.seen, peers.record, peers.path, high, low, version, asn, record
    )


@kernel
def _add(book: Book, record: int, peer: int, prefix: int, path: int, path_id: int) -> None:
    count = book.counters
    rows = book.rows
    at = count[ROWS]
    rows[RECORD, at] = record
    rows[PEER, at] = peer
    rows[PREFIX, at] = prefix
    rows[PATH, at] = path
    rows[PATH_ID, at] = path_id
    count[ROWS] = at + 1
    count[REPEATS] = 1


@kernel
def _prefixes(
    data: Array,
    place: int,
    end: int,
    version: int,
    addpath: bool,
    base: int,
    record: int,
    peer: int,
    path: int,
    book: Book,
) -> None:
    """Add a row for each prefix from ``place`` to ``end`` (RFC 4271, 4.3; with ``addpath`` RFC 7911, 3)."""
    before = 4 if addpath else 0
    limit = 32 if version == 4 else 128
    while place < end:
        if place + before + 1 > end:
            refuse(book.counters, book.rejects, base + place, refusals.PREFIX_CUT, before + 1, end - place, 1)
            return
        bits = signed(data[place + before])
        octets = (bits + 7) // 8
        if bits > limit:
            refuse(book.counters, book.rejects, base + place, refusals.PREFIX_LENGTH, bits, limit, 1)
            return
        if place + before + 1 + octets > end:
            refuse(book.counters, book.rejects, base + place, refusals.PREFIX_CUT, before + 1 + octets, end - place, 1)
            return
        high, low = leading(data, place + before + 1, octets, bits, version)
        path_id = four(data, place) if addpath else 0
        prefixes = book.prefixes
        prefix = prefix_number(book.counters, prefixes.slots, prefixes.things, high, low, version, bits)
        _add(book, record, peer, prefix, path, path_id)
        place += before + 1 + octets


@kernel
def _update(
    data: Array,
    place: int,
    end: int,
    wide: bool,
    addpath: bool,
    base: int,
    record: int,
    peer: int,
    found: Array,
    book: Book,
) -> None:
    """Add the rows of an UPDATE message without its header (RFC 4271, 4.3; RFC 4760)."""
    count = book.counters
    rejects = book.rejects
    if end - place < 4:
        refuse(count, rejects, base + place, refusals.SHORT, end - place, 4, 1)
        return
    size = two(data, place)
    withdrawn = place + 2
    if withdrawn + size + 2 > end:
        refuse(count, rejects, base + place, refusals.WITHDRAWN_CUT, size, end - place, 1)
        return
    attributes = withdrawn + size + 2
    size = two(data, attributes - 2)
    announced = attributes + size
    if announced > end:
        refuse(count, rejects, base + place, refusals.ATTRIBUTES_CUT, size, end - place, 1)
        return
    if not walk(data, attributes, announced, wide, found) and found[PATH_KIND] == NO_PATH:
        refuse(count, rejects, base + attributes, refusals.ATTRIBUTES, 0, 0, 1)

    # What is both withdrawn and announced stands (RFC 4271, 4.3), so withdrawals come first.
    _prefixes(data, withdrawn, attributes - 2, 4, addpath, base, record, peer, WITHDRAWN, book)
    if found[UNREACH_AT] >= 0:
        at = found[UNREACH_AT]
        size = found[UNREACH_SIZE]
        if size < 3:
            refuse(count, rejects, base + at, refusals.MP_CUT, size, 0, 1)
        else:
            family = two(data, at)
            if data[at + 2] != SAFI_UNICAST or family not in (AFI_IPV4, AFI_IPV6):
                refuse(count, rejects, base + at, refusals.FAMILY, family, signed(data[at + 2]), 1)
            else:
                version = 4 if family == AFI_IPV4 else 6
                _prefixes(data, at + 3, at + size, version, addpath, base, record, peer, WITHDRAWN, book)
    if announced == end and found[REACH_AT] < 0:
        return
    path = path_number(
        count, book.paths.slots, book.paths.hashes, book.paths.spans, book.paths.arena,
        data, found[PATH_AT], found[PATH_SIZE], found[PATH4_AT], found[PATH4_SIZE], found[PATH_KIND],
        book.peers.path, peer,
    )  # fmt: skip
    if found[REACH_AT] >= 0:
        at = found[REACH_AT]
        size = found[REACH_SIZE]
        # RFC 4760, 3: family, subsequent family, length of the next hop, next hop, a reserved octet, prefixes
        if size < 5 or 5 + signed(data[at + 3]) > size:
            refuse(count, rejects, base + at, refusals.MP_CUT, size, 0, 1)
        else:
            family = two(data, at)
            if data[at + 2] != SAFI_UNICAST or family not in (AFI_IPV4, AFI_IPV6):
                refuse(count, rejects, base + at, refusals.FAMILY, family, signed(data[at + 2]), 1)
            else:
                version = 4 if family == AFI_IPV4 else 6
                first = at + 5 + signed(data[at + 3])
                _prefixes(data, first, at + size, version, addpath, base, record, peer, path, book)
    _prefixes(data, announced, end, 4, addpath, base, record, peer, path, book)


@kernel
def bgp(data: Array, frames: Frames, first: int, last: int, base: int, row: int, book: Book) -> int:
    """Read the records of the retired type BGP among ``first`` to ``last``; return the first that is none."""
    count = book.counters
    found = book.found
    for number in range(first, last):
        if frames.type[number] != BGP:
            return number
        place = frames.start[number]
        end = frames.end[number]
        offset = frames.offset[number]
        subtype = frames.subtype[number]
        if subtype not in (BGP_UPDATE, BGP_STATE_CHANGE, BGP_OPEN, BGP_NOTIFY, BGP_KEEPALIVE):
            refuse(count, book.rejects, offset, refusals.TYPE, BGP, subtype, 1)
            continue
        # Peer AS and address; then local AS and address, or old and new state.
        body = 10 if subtype == BGP_STATE_CHANGE else 12
        if end - place < body:
            refuse(count, book.rejects, offset, refusals.SHORT, end - place, body, 1)
            continue
        if not has_room(book, end - place, 1, end - place, 1, end - place, 0):
            return number
        peer = _peer(book, np.uint64(0), np.uint64(four(data, place + 2)), 4, two(data, place), row + number)
        if subtype == BGP_UPDATE:
            _update(data, place + body, end, False, False, base, row + number, peer, found, book)
        elif subtype in (BGP_STATE_CHANGE, BGP_NOTIFY):
            _add(book, row + number, peer, 0, CLOSED, 0)
    return last


@kernel
def bgp4mp(data: Array, frames: Frames, first: int, last: int, base: int, row: int, book: Book) -> int:
    """Read the records of type BGP4MP among ``first`` to ``last``; return the first that is none, or wants room."""
    count = book.counters
    rejects = book.rejects
    found = book.found
    for number in range(first, last):
        if frames.type[number] != BGP4MP:
            return number
        place = frames.start[number]
        end = frames.end[number]
        offset = frames.offset[number]
        subtype = frames.subtype[number]
        wide = subtype in (
            MESSAGE_AS4, STATE_CHANGE_AS4, MESSAGE_AS4_LOCAL, MESSAGE_AS4_ADDPATH, MESSAGE_AS4_LOCAL_ADDPATH
        )  # fmt: skip
        own = subtype in (MESSAGE_LOCAL, MESSAGE_AS4_LOCAL, MESSAGE_LOCAL_ADDPATH, MESSAGE_AS4_LOCAL_ADDPATH)
        addpath = subtype in (
            MESSAGE_ADDPATH, MESSAGE_AS4_ADDPATH, MESSAGE_LOCAL_ADDPATH, MESSAGE_AS4_LOCAL_ADDPATH
        )  # fmt: skip
        state = subtype in (STATE_CHANGE, STATE_CHANGE_AS4)
        if not (wide or own or addpath or state or subtype == MESSAGE):
            refuse(count, rejects, offset, refusals.TYPE, BGP4MP, subtype, 1)
            continue
        # 4.4.1: peer AS, local AS, interface, family, peer address, local address
        width = 4 if wide else 2
        fixed = 2 * width + 4
        if end - place < fixed:
            refuse(count, rejects, offset, refusals.SHORT, end - place, fixed, 1)
            continue
        family = two(data, place + fixed - 2)
        if family not in (AFI_IPV4, AFI_IPV6):
            refuse(count, rejects, offset, refusals.ADDRESS_FAMILY, family, 0, 1)
            continue
        octets = 4 if family == AFI_IPV4 else 16
        body = place + fixed + 2 * octets
        need = body - place + (4 if state else MESSAGE_HEADER)
        if end - place < need:
            refuse(count, rejects, offset, refusals.SHORT, end - place, need, 1)
            continue
        if not has_room(book, end - place, 1, end - place, 1, end - place, 0):
            return number
        asn = four(data, place) if wide else two(data, place)
        at = place + fixed
        if octets == 4:
            peer = _peer(book, np.uint64(0), np.uint64(four(data, at)), 4, asn, row + number)
        else:
            peer = _peer(book, eight(data, at), eight(data, at + 8), 6, asn, row + number)
        if state:
            # Routes stand only in the state Established. Whoever leaves it has just lost them, and whoever enters
            # it has none yet (RFC 4271, 8.2.2).
            _add(book, row + number, peer, 0, CLOSED, 0)
            continue
        marked = True
        for octet in range(MARKER):
            if data[body + octet] != 0xFF:
                marked = False
        if not marked:
            refuse(count, rejects, base + body, refusals.NO_MARKER, 0, 0, 1)
            continue
        size = two(data, body + MARKER)
        if size != end - body:
            refuse(count, rejects, base + body, refusals.MESSAGE_LENGTH, size, end - body, 1)
            continue
        kind = signed(data[body + MARKER + 2])
        if kind == NOTIFICATION:
            _add(book, row + number, peer, 0, CLOSED, 0)
        elif kind == UPDATE:
            if own:
                count[OWN_MESSAGES] += 1
            else:
                _update(data, body + MESSAGE_HEADER, end, wide, addpath, base, row + number, peer, found, book)
        elif kind == 0 or kind > LAST_MESSAGE:
            refuse(count, rejects, base + body, refusals.MESSAGE_TYPE, kind, 0, 1)
    return last
