"""A record of scamper in JSON, key by key, into a book.

The keys are those of scamper's own writer (sc_warts2json of version 20211212, and read since 20110803).
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0917, PLR1714, SIM110
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.compiled import Array, inner, kernel
from crossline.traces import book as books
from crossline.traces import document, outcome, scamper
from crossline.traces.addresses import parse
from crossline.traces.document import ARRAY, DONE, END, KIND, NULL, OBJECT, after, key, named, whole
from crossline.traces.driving import Json, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject
    from crossline.traces.book import Book

_LATEST: Final = 1 << 36  # seconds since 1970: the year 4147

(_TYPELESS, _TIMELESS, _NO_HOP, _NO_ADDRESS, _NO_TARGET, _NO_NUMBER, _TOO_MANY, _OTHER) = range(6, 14)
_CYCLE: Final = -1
REASONS: Final = (
    "",
    "",
    "",
    "not JSON, or cut off",
    "nested deeper than the limit depth",
    "stands where a record should, and is no object",
    "no record of scamper: it has no type",
    "start is no time, or tx is none",
    "hops is no list of objects with a probe_ttl from 1 to 255",
    "an address is none",
    "there is no dst",
    "attempts, firsthop, hop_count, probe_count or probe_id is no number that fits",
    "more than 4,096 pairs of hop and address",
    "not a traceroute, but another type of measurement; not read",
)

_TYPE, _SRC, _DST, _START, _HOPS = (named(word) for word in ("type", "src", "dst", "start", "hops"))
_ATTEMPTS, _FIRST, _COUNT, _TX = (named(word) for word in ("attempts", "firsthop", "hop_count", "tx"))
_SEC, _USEC, _ADDR, _TTL, _ID = (named(word) for word in ("sec", "usec", "addr", "probe_ttl", "probe_id"))
_EXT, _CLASS, _KIND = (named(word) for word in ("icmpext", "ie_cn", "ie_ct"))
_ICMP_TYPE, _ICMP_CODE = (named(word) for word in ("icmp_type", "icmp_code"))
_TRACE, _CYCLE_DEF = named("trace"), named("cycle-def")
# Longer than what has a number.
_PROBES = np.frombuffer(b"probe_count", np.uint8)
_CYCLE_START = np.frombuffer(b"cycle-start", np.uint8)
_CYCLE_STOP = np.frombuffer(b"cycle-stop", np.uint8)
_WRONG, _ABSENT = -2, -1


@inner
def _spells(scratch: Array, size: int, word: Array) -> bool:
    if size != len(word):
        return False
    for place in range(size):
        if scratch[place] != word[place]:
            return False
    return True


@inner
def _address(data: Array, tape: Array, row: int, scratch: Array, kept: Book) -> int:
    """Return the number of an address, or that it is absent (not there, null) or none."""
    if row == _ABSENT or tape[row, KIND] == NULL:
        return _ABSENT
    if not document.is_text(tape[row, KIND]):
        return _WRONG
    size = document.copied(data, tape, row, scratch)
    if size <= 0:
        return _WRONG
    family, high, low = parse(scratch, 0, size)
    return books.address(kept, family, high, low) if family else _WRONG


@inner
def _time(data: Array, tape: Array, row: int, scratch: Array) -> int:
    """Return the microseconds since 1970 of an object of sec and usec, or -1."""
    if tape[row, KIND] != OBJECT:
        return -1
    seconds = micros = -1
    place = row + 1
    while place < tape[row, END]:
        word, value = key(data, tape, place, scratch), place + 1
        if word == _SEC:
            seconds = whole(data, tape, value, _LATEST)
        elif word == _USEC:
            micros = whole(data, tape, value, 999_999)
        place = after(tape, value)
    return seconds * 1_000_000 + micros if seconds >= 0 and micros >= 0 else -1


@inner
def _labelled(data: Array, tape: Array, row: int, scratch: Array) -> bool:
    """Say whether a list of ICMP extension objects has MPLS labels: class 1, type 1 (RFC 4950, 3)."""
    if tape[row, KIND] != ARRAY:
        return False
    found = False
    place = row + 1
    while place < tape[row, END]:
        if tape[place, KIND] == OBJECT:
            number = kind = -1
            member = place + 1
            while member < tape[place, END]:
                word = key(data, tape, member, scratch)
                if word == _CLASS:
                    number = whole(data, tape, member + 1, 255)
                elif word == _KIND:
                    kind = whole(data, tape, member + 1, 255)
                member = after(tape, member + 1)
            found |= number == 1 and kind == 1
        place = after(tape, place)
    return found


@inner
def _hops(data: Array, tape: Array, row: int, scratch: Array, kept: Book, source: int) -> tuple[int, int, bool]:
    """Take down the answers.

    Returns the reason of a refusal or 0, when the last packet was sent, and whether one hop answered several packets.
    """
    latest = -1
    several = False
    last_ttl = last_id = -1
    if tape[row, KIND] != ARRAY:
        return _NO_HOP, latest, several
    place = row + 1
    while place < tape[row, END]:
        if tape[place, KIND] != OBJECT:
            return _NO_HOP, latest, several
        who = ttl = sent = extension = icmp_type = icmp_code = _ABSENT
        number = 1
        member = place + 1
        while member < tape[place, END]:
            word, value = key(data, tape, member, scratch), member + 1
            if word == _ADDR:
                who = value
            elif word == _TTL:
                ttl = whole(data, tape, value, 255)
            elif word == _ID:
                number = whole(data, tape, value, 256)
            elif word == _TX:
                sent = value
            elif word == _EXT:
                extension = value
            elif word == _ICMP_TYPE:
                icmp_type = whole(data, tape, value, 255)
            elif word == _ICMP_CODE:
                icmp_code = whole(data, tape, value, 255)
            member = after(tape, value)
        place = after(tape, place)
        if ttl < 1:
            return _NO_HOP, latest, several
        if number < 0:
            return _NO_NUMBER, latest, several
        if sent != _ABSENT:
            time = _time(data, tape, sent, scratch)
            if time < 0:
                return _TIMELESS, latest, several
            latest = max(latest, time)
        address = _address(data, tape, who, scratch, kept)
        if address == _WRONG:
            return _NO_ADDRESS, latest, several
        labelled = extension != _ABSENT and _labelled(data, tape, extension, scratch)
        double = ttl == last_ttl and number == last_id
        if not scamper.answer(kept, ttl, number, address, source, double, labelled, icmp_type, icmp_code):
            return _TOO_MANY, latest, several
        several |= ttl == last_ttl and number != last_id
        last_ttl, last_id = ttl, number
    return 0, latest, several


@inner
def _record(data: Array, tape: Array, scratch: Array, kept: Book, offset: int) -> int:
    """Take down a record; return 0, the reason of a refusal, or that it describes a cycle."""
    kind = source = to = start = hops = attempts = first = count = probes = _ABSENT
    place = 1
    while place < tape[0, END]:
        word, value = key(data, tape, place, scratch), place + 1
        if word == _TYPE:
            kind = value
        elif word == _SRC:
            source = value
        elif word == _DST:
            to = value
        elif word == _START:
            start = value
        elif word == _HOPS:
            hops = value
        elif word == _ATTEMPTS:
            attempts = value
        elif word == _FIRST:
            first = value
        elif word == _COUNT:
            count = value
        elif word < 0 and _spells(scratch, document.copied(data, tape, place, scratch), _PROBES):
            probes = value
        place = after(tape, value)
    if kind == _ABSENT or not document.is_text(tape[kind, KIND]):
        return _TYPELESS
    word = key(data, tape, kind, scratch)
    if word != _TRACE:
        size = document.copied(data, tape, kind, scratch)
        if word == _CYCLE_DEF or _spells(scratch, size, _CYCLE_START) or _spells(scratch, size, _CYCLE_STOP):
            return _CYCLE
        return _OTHER
    began = -1
    if start != _ABSENT and tape[start, KIND] != NULL:
        began = _time(data, tape, start, scratch)
        if began < 0:
            return _TIMELESS
    source, to = _address(data, tape, source, scratch, kept), _address(data, tape, to, scratch, kept)
    if source == _WRONG or to == _WRONG:
        return _NO_ADDRESS
    if to == _ABSENT:
        return _NO_TARGET
    attempts = whole(data, tape, attempts, 255) if attempts != _ABSENT else 1
    first = whole(data, tape, first, 255) if first != _ABSENT else 1
    count = whole(data, tape, count, 0xFFFF) if count != _ABSENT else 0
    probes = whole(data, tape, probes, 0xFFFF) if probes != _ABSENT else 0
    if attempts < 0 or first < 0 or count < 0 or probes < 0:
        return _NO_NUMBER
    books.begin(kept)
    latest, several = -1, False
    if hops != _ABSENT and tape[hops, KIND] != NULL:
        reason, latest, several = _hops(data, tape, hops, scratch, kept, source)
        if reason:
            return reason
    scamper.finish(kept, offset, began, latest, source, to, several, attempts, max(first, 1), count, probes)
    return 0


@kernel
def _take(
    data: Array, last: bool, offset: int, tape: Array, stack: Array, state: Array, scratch: Array, kept: Book
) -> int:
    place, n = 0, len(data)
    if offset == 0 and n >= 3 and data[0] == 0xEF and data[1] == 0xBB and data[2] == 0xBF:
        place = 3  # a byte order mark
    while True:
        status, start, again, trouble = document.advance(data, place, n, last, tape, stack, state)
        if status < DONE:
            return start
        if status == DONE:
            # What is counted while a record is taken down is taken back if it is refused.
            counters = kept.counters
            double, own, unreachable = counters[books.DOUBLE], counters[books.OWN], counters[books.UNREACHABLE]
            reason = _record(data, tape, scratch, kept, offset + start)
            if reason > 0:
                counters[books.DOUBLE], counters[books.OWN], counters[books.UNREACHABLE] = double, own, unreachable
            if reason == _CYCLE:
                counters[books.LISTS] += 1
            elif reason >= _OTHER:
                books.tally(kept, offset + start, reason)
            elif reason:
                books.refuse(kept, offset + start, reason, offset + start)
        else:
            books.refuse(kept, offset + start, status, offset + trouble)
        place = again


class _Records(Json):
    REASONS: tuple[str, ...] = REASONS

    def take(self, data: Array, last: bool, offset: int, kept: Book) -> int:
        self.room(len(data))
        return _take(data, last, offset, self.tape, self.stack, self.state, self.scratch, kept)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes."""
    reading = Reading(path, limits, _Records(limits))
    reading.run()
    yield from outcome.items(reading, "scamper", scamper.named, limits.rejects)
