"""A result of RIPE Atlas, key by key, into a book.

The keys are those that https://atlas.ripe.net/docs/apis/result-format/ lists for traceroute, of firmwares since 4460.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, SIM109, SIM110
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.compiled import Array, inner, kernel
from crossline.inet.parse import SIX
from crossline.traces import book as books
from crossline.traces import document, outcome
from crossline.traces.addresses import parse
from crossline.traces.book import NONE, Book
from crossline.traces.document import ARRAY, DONE, END, FALSE, KIND, NULL, OBJECT, after, key, named
from crossline.traces.driving import Json, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

_LATEST: Final = 1 << 36  # seconds since 1970: the year 4147

# What comes of a result; those of document are the first.
(_TYPELESS, _KEYLESS, _TIMELESS, _NO_LIST, _NO_HOP, _NO_ADDRESS, _TOO_MANY, _OTHER, _UNRESOLVED, _FAILED) = range(6, 16)
REASONS: Final = (
    "",
    "",
    "",
    "not JSON, or cut off",
    "nested deeper than the limit depth",
    "stands where a result should, and is no object",
    "no result of RIPE Atlas: it has no type",
    "msm_id and prb_id are not both whole numbers",
    "timestamp is no time, or endtime is none",
    "result is no list of hops",
    "an entry of result is no hop from 1 to 255 with a list of answers",
    "an address is none",
    "more than 4,096 pairs of hop and address",
    "not a traceroute, but another type of measurement; not read",
    "failed: the destination has no address, since its name was not resolved",
    "failed: no packet was sent",
)

_TYPE, _MSM, _PRB, _TIME, _END = (named(word) for word in ("type", "msm_id", "prb_id", "timestamp", "endtime"))
_FROM, _SRC, _DST, _RESULT = (named(word) for word in ("from", "src_addr", "dst_addr", "result"))
_HOP, _ERROR, _LATE, _DUP, _ERR, _EDST = (named(word) for word in ("hop", "error", "late", "dup", "err", "edst"))
_EXT, _OBJ, _MPLS = (named(word) for word in ("icmpext", "obj", "mpls"))
_TRACEROUTE: Final = np.frombuffer(b"traceroute", np.uint8)

_WRONG: Final = -2
_ABSENT: Final = -1


@inner
def _is_traceroute(data: Array, tape: Array, row: int, scratch: Array) -> bool:
    size = document.copied(data, tape, row, scratch)
    if size != len(_TRACEROUTE):
        return False
    for place in range(size):
        if scratch[place] != _TRACEROUTE[place]:
            return False
    return True


@inner
def _address(data: Array, tape: Array, row: int, scratch: Array, kept: Book) -> int:
    """Return the number of an address, or that it is absent (not there, null, empty) or none."""
    if row == _ABSENT or tape[row, KIND] == NULL:
        return _ABSENT
    if not document.is_text(tape[row, KIND]):
        return _WRONG
    size = document.copied(data, tape, row, scratch)
    if size == 0:
        return _ABSENT
    family, high, low = parse(scratch, 0, size) if size > 0 else (0, np.uint64(0), np.uint64(0))
    return books.address(kept, family, high, low) if family else _WRONG


@inner
def _labelled(data: Array, tape: Array, row: int, scratch: Array) -> bool:
    """Say whether an ICMP extension (RFC 4884) has an object with MPLS labels (RFC 4950)."""
    if tape[row, KIND] != OBJECT:
        return False
    objects = _ABSENT
    place = row + 1
    while place < tape[row, END]:
        if key(data, tape, place, scratch) == _OBJ:
            objects = place + 1
        place = after(tape, place + 1)
    if objects == _ABSENT or tape[objects, KIND] != ARRAY:
        return False
    found = False
    place = objects + 1
    while place < tape[objects, END]:
        if tape[place, KIND] == OBJECT:
            labels = _ABSENT
            member = place + 1
            while member < tape[place, END]:
                if key(data, tape, member, scratch) == _MPLS:
                    labels = member + 1
                member = after(tape, member + 1)
            if labels != _ABSENT and tape[labels, KIND] == ARRAY and tape[labels, END] > labels + 1:
                found = True
        place = after(tape, place)
    return found


@inner
def _answer(data: Array, tape: Array, row: int, scratch: Array, kept: Book, ttl: int, here: int, inside: int) -> int:
    """Take down one entry of a hop's answers; return 0, or the reason of a refusal."""
    if tape[row, KIND] != OBJECT:
        return _NO_HOP
    who = late = double = error = unreachable = rewritten = extension = _ABSENT
    place = row + 1
    while place < tape[row, END]:
        word, value = key(data, tape, place, scratch), place + 1
        if word == _FROM:
            who = value
        elif word == _LATE:
            late = value
        elif word == _DUP:
            double = value
        elif word == _ERROR:
            error = value
        elif word == _ERR:
            unreachable = value
        elif word == _EDST:
            rewritten = value
        elif word == _EXT:
            extension = value
        place = after(tape, value)
    address = _address(data, tape, who, scratch, kept)
    if address == _WRONG:
        return _NO_ADDRESS
    counters = kept.counters
    if late != _ABSENT and tape[late, KIND] != FALSE and tape[late, KIND] != NULL:
        counters[books.LATE] += 1
        return 0
    if double != _ABSENT and tape[double, KIND] != FALSE and tape[double, KIND] != NULL:
        counters[books.DOUBLE] += 1
        return 0
    if error != _ABSENT:
        counters[books.UNSENT] += 1
        return 0
    hop = kept.hops[ttl]
    hop[books.PACKETS] += 1
    if address == _ABSENT:
        return 0
    if address == here or address == inside:
        counters[books.OWN] += 1
        return 0
    if unreachable != _ABSENT:
        counters[books.UNREACHABLE] += 1
    if rewritten != _ABSENT:
        counters[books.REWRITTEN] += 1
    if extension != _ABSENT and _labelled(data, tape, extension, scratch):
        hop[books.TUNNEL] = 1
    return 0 if books.answered(kept, ttl, address) else _TOO_MANY


@inner
def _hop(data: Array, tape: Array, row: int, scratch: Array, kept: Book, here: int, inside: int) -> tuple[int, int]:
    """Take down a hop; return the reason of a refusal, or 0, and how many packets were sent or answered."""
    if tape[row, KIND] != OBJECT:
        return _NO_HOP, 0
    ttl = answers = error = _ABSENT
    place = row + 1
    while place < tape[row, END]:
        word, value = key(data, tape, place, scratch), place + 1
        if word == _HOP:
            ttl = document.whole(data, tape, value, 255)
            if ttl < 1:
                return _NO_HOP, 0
        elif word == _RESULT:
            answers = value
        elif word == _ERROR:
            error = value
        place = after(tape, value)
    if answers == _ABSENT:
        if error == _ABSENT:
            return _NO_HOP, 0
        kept.counters[books.UNSENT] += 1
        return 0, 0
    if ttl < 1 or tape[answers, KIND] != ARRAY:
        return _NO_HOP, 0
    hop = kept.hops[ttl]
    before = hop[books.PACKETS]
    hop[books.PROBED] = 1
    place = answers + 1
    while place < tape[answers, END]:
        reason = _answer(data, tape, place, scratch, kept, ttl, here, inside)
        if reason:
            return reason, 0
        place = after(tape, place)
    return 0, hop[books.PACKETS] - before


@inner
def _result(data: Array, tape: Array, scratch: Array, kept: Book, offset: int) -> int:
    """Take down a result; return 0, or the reason of a refusal."""
    kind = msm = probe = time = ended = here = inside = to = hops = _ABSENT
    place = 1
    while place < tape[0, END]:
        word, value = key(data, tape, place, scratch), place + 1
        if word == _TYPE:
            kind = value
        elif word == _MSM:
            msm = value
        elif word == _PRB:
            probe = value
        elif word == _TIME:
            time = value
        elif word == _END:
            ended = value
        elif word == _FROM:
            here = value
        elif word == _SRC:
            inside = value
        elif word == _DST:
            to = value
        elif word == _RESULT:
            hops = value
        place = after(tape, value)
    if kind == _ABSENT or not document.is_text(tape[kind, KIND]):
        return _TYPELESS
    if not _is_traceroute(data, tape, kind, scratch):
        return _OTHER
    if msm == _ABSENT or probe == _ABSENT:
        return _KEYLESS
    msm, probe = document.whole(data, tape, msm, 1 << 62), document.whole(data, tape, probe, 1 << 62)
    if msm < 0 or probe < 0:
        return _KEYLESS
    began = document.whole(data, tape, time, _LATEST) if time != _ABSENT else -1
    end = began
    if ended != _ABSENT and tape[ended, KIND] != NULL:
        end = document.whole(data, tape, ended, _LATEST)
    if began < 0 or end < 0:
        return _TIMELESS
    here, inside = _address(data, tape, here, scratch, kept), _address(data, tape, inside, scratch, kept)
    to = _address(data, tape, to, scratch, kept)
    if here == _WRONG or inside == _WRONG or to == _WRONG:
        return _NO_ADDRESS
    if hops == _ABSENT or tape[hops, KIND] != ARRAY:
        return _NO_LIST
    books.begin(kept)
    place = hops + 1
    packets = 0
    while place < tape[hops, END]:
        reason, more = _hop(data, tape, place, scratch, kept, here, inside)
        if reason:
            return reason
        packets += more
        place = after(tape, place)
    if packets == 0:
        return _UNRESOLVED if to == _ABSENT else _FAILED
    row = kept.counters[books.TRACES]
    numbers, small = kept.numbers[row], kept.small[row]
    numbers[books.OFFSET], numbers[books.BEGAN_US], numbers[books.ENDED_S] = offset, began, end
    numbers[books.FIRST], numbers[books.SECOND], numbers[books.THIRD] = msm, probe, began
    small[books.FROM] = here if here >= 0 else NONE
    small[books.INSIDE] = inside if inside >= 0 else NONE
    if to >= 0 and kept.family[to] == SIX:
        kept.counters[books.VERSION_SIX] += 1
    books.finish(kept, to if to >= 0 else NONE)
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
            # What is counted while a result is taken down is taken back if it is refused.
            counters = kept.counters
            late, double, unreachable = counters[books.LATE], counters[books.DOUBLE], counters[books.UNREACHABLE]
            unsent, own, rewritten = counters[books.UNSENT], counters[books.OWN], counters[books.REWRITTEN]
            reason = _result(data, tape, scratch, kept, offset + start)
            if reason:
                counters[books.LATE], counters[books.DOUBLE], counters[books.UNREACHABLE] = late, double, unreachable
                counters[books.UNSENT], counters[books.OWN], counters[books.REWRITTEN] = unsent, own, rewritten
            if reason >= _OTHER:
                books.tally(kept, offset + start, reason)
            elif reason:
                books.refuse(kept, offset + start, reason, offset + start)
        else:
            books.refuse(kept, offset + start, status, offset + trouble)
        place = again


class _Results(Json):
    REASONS: tuple[str, ...] = REASONS

    def take(self, data: Array, last: bool, offset: int, kept: Book) -> int:
        self.room(len(data))
        return _take(data, last, offset, self.tape, self.stack, self.state, self.scratch, kept)


def _named(columns: outcome.Columns) -> outcome.Named:
    probe, to = columns.number(books.SECOND), columns.address(books.TO)
    frame = pl.DataFrame(
        {"msm": columns.number(books.FIRST), "probe": probe, "time": columns.number(books.THIRD), "to": to}
    )
    told = frame.select(
        asset=pl.format("trace:atlas:{}:{}:{}", "msm", "probe", "time"),
        name=pl.format("Atlas probe {} to {}", "probe", pl.col("to").fill_null("an address not told")),
        source=pl.format("Atlas probe {}", "probe"),
    )
    return outcome.Named(told["asset"], told["name"], told["source"])


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes."""
    reading = Reading(path, limits, _Results(limits))
    reading.run()
    yield from outcome.items(reading, "atlas", _named, limits.rejects)
