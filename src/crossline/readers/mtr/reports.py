"""A report of mtr in JSON, key by key, into a book.

Of a hop that several addresses answered, mtr's JSON gives the first (``net_process_ping`` keeps it, and ``json_close``
prints no other; mtr 0.95), so one answer is all that is sure to be its. Versions before 0.94 write ``count`` as a text.
"""

# ruff: noqa: PLR0911, PLR0913, PLR0917, PLR1714
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.compiled import Array, inner, kernel
from crossline.inet.parse import SIX
from crossline.traces import book as books
from crossline.traces import document, outcome
from crossline.traces.addresses import parse
from crossline.traces.book import NONE, Book
from crossline.traces.document import ARRAY, DONE, END, KIND, OBJECT, after, key, named
from crossline.traces.driving import Json, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note, Reject

(_NO_REPORT, _NO_HUBS, _NO_HOP, _NO_HOST, _NO_COUNT, _TOO_MANY, _NO_ENDS) = range(6, 13)
REASONS: Final = (
    "",
    "",
    "",
    "not JSON, or cut off",
    "nested deeper than the limit depth",
    "stands where a report should, and is no object",
    "no report of mtr",
    "hubs is no list of objects",
    "the count of a hub is no number from 1 to 255",
    "the host of a hub is no text of at most 512 bytes",
    "Snt is no whole number",
    "more than 4,096 hops",
    "src or dst is no text of at most 512 bytes",
)

_REPORT, _MTR, _HUBS, _SRC, _DST = (named(word) for word in ("report", "mtr", "hubs", "src", "dst"))
_COUNT, _HOST, _SENT = (named(word) for word in ("count", "host", "Snt"))
_MOST: Final = 1 << 40
_WRONG, _ABSENT = -2, -1


@inner
def _child(data: Array, tape: Array, row: int, word: int, scratch: Array) -> int:
    """Return the row of a member of an object, the last of that name, or that it is absent."""
    if row == _ABSENT or tape[row, KIND] != OBJECT:
        return _ABSENT
    found = _ABSENT
    place = row + 1
    while place < tape[row, END]:
        if key(data, tape, place, scratch) == word:
            found = place + 1
        place = after(tape, place + 1)
    return found


@inner
def _whole(data: Array, tape: Array, row: int, most: int, scratch: Array) -> int:
    """Return a whole number, or a text of one, or -1."""
    if row == _ABSENT:
        return -1
    if not document.is_text(tape[row, KIND]):
        return document.whole(data, tape, row, most)
    size = document.copied(data, tape, row, scratch)
    if size < 1 or size > 12:
        return -1
    value = 0
    for place in range(size):
        if not 48 <= scratch[place] <= 57:
            return -1
        value = value * 10 + scratch[place] - 48
    return value if value <= most else -1


@inner
def _address(scratch: Array, size: int, kept: Book) -> int:
    """Return the number of an address in a text that is one, or ends in one in brackets; -1 for a name."""
    family, high, low = parse(scratch, 0, size)
    if not family and size > 2 and scratch[size - 1] == 41:
        start = size - 1
        while start > 0 and scratch[start - 1] != 40:
            start -= 1
        if start > 1 and scratch[start - 2] == 32:
            family, high, low = parse(scratch, start, size - 1)
    return books.address(kept, family, high, low) if family else -1


@inner
def _is_silent(scratch: Array, size: int) -> bool:
    return size == 3 and scratch[0] == 63 and scratch[1] == 63 and scratch[2] == 63


@inner
def _text(data: Array, tape: Array, row: int, scratch: Array, kept: Book) -> tuple[int, int]:
    """Take down a text; return where it stands in the book (its place times 65536, and its length), and its address.

    Both are -1 where there is none, and -2 where it is no text that is read.
    """
    if row == _ABSENT:
        return -1, -1
    if not document.is_text(tape[row, KIND]):
        return _WRONG, _WRONG
    size = document.copied(data, tape, row, scratch)
    if size < 0:
        return _WRONG, _WRONG
    for place in range(size):
        if scratch[place] < 32:
            return _WRONG, _WRONG
    start = kept.counters[books.TEXT]
    for place in range(size):
        kept.text[start + place] = scratch[place]
    kept.counters[books.TEXT] = start + size
    return start << 16 | size, _address(scratch, size, kept)


@inner
def _report(data: Array, tape: Array, scratch: Array, kept: Book, offset: int) -> int:
    """Take down a report; return 0, or the reason of a refusal."""
    report = _child(data, tape, 0, _REPORT, scratch)
    about, hubs = _child(data, tape, report, _MTR, scratch), _child(data, tape, report, _HUBS, scratch)
    if about == _ABSENT or tape[about, KIND] != OBJECT:
        return _NO_REPORT
    if hubs == _ABSENT or tape[hubs, KIND] != ARRAY:
        return _NO_HUBS
    here, source = _text(data, tape, _child(data, tape, about, _SRC, scratch), scratch, kept)
    there, to = _text(data, tape, _child(data, tape, about, _DST, scratch), scratch, kept)
    if here == _WRONG or there == _WRONG:
        return _NO_ENDS
    books.begin(kept)
    place = hubs + 1
    while place < tape[hubs, END]:
        reason = _hub(data, tape, place, scratch, kept, source)
        if reason:
            return reason
        place = after(tape, place)
    row = kept.counters[books.TRACES]
    numbers, small = kept.numbers[row], kept.small[row]
    numbers[books.OFFSET], numbers[books.ENDED_S] = offset, -1
    numbers[books.TEXT_A], numbers[books.TEXT_B] = here, there
    small[books.FROM] = NONE
    small[books.INSIDE] = source if source >= 0 else NONE
    if to >= 0 and kept.family[to] == SIX:
        kept.counters[books.VERSION_SIX] += 1
    books.finish(kept, to if to >= 0 else NONE)
    return 0


@inner
def _hub(data: Array, tape: Array, row: int, scratch: Array, kept: Book, source: int) -> int:
    """Take down a hop; return 0, or the reason of a refusal."""
    if tape[row, KIND] != OBJECT:
        return _NO_HUBS
    ttl = _whole(data, tape, _child(data, tape, row, _COUNT, scratch), 255, scratch)
    if ttl < 1:
        return _NO_HOP
    sent = _child(data, tape, row, _SENT, scratch)
    packets = 1
    if sent != _ABSENT:
        packets = _whole(data, tape, sent, _MOST, scratch)
        if packets < 0:
            return _NO_COUNT
    host = _child(data, tape, row, _HOST, scratch)
    if host == _ABSENT or not document.is_text(tape[host, KIND]):
        return _NO_HOST
    size = document.copied(data, tape, host, scratch)
    if size < 0:
        return _NO_HOST
    kept.hops[ttl, books.PROBED] = 1
    kept.hops[ttl, books.PACKETS] += packets
    if size == 0 or _is_silent(scratch, size):
        return 0
    address = _address(scratch, size, kept)
    if address < 0:
        kept.counters[books.NAMES] += 1
        kept.hops[ttl, books.UNTOLD] = 1
        return 0
    if address == source:
        kept.counters[books.OWN] += 1
        return 0
    return 0 if books.answered(kept, ttl, address) else _TOO_MANY


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
            # What is counted while a report is taken down is taken back if it is refused.
            counters = kept.counters
            own, names = counters[books.OWN], counters[books.NAMES]
            reason = _report(data, tape, scratch, kept, offset + start)
            if reason:
                counters[books.OWN], counters[books.NAMES] = own, names
                books.refuse(kept, offset + start, reason, offset + start)
        else:
            books.refuse(kept, offset + start, status, offset + trouble)
        place = again


class _Reports(Json):
    REASONS: tuple[str, ...] = REASONS

    def take(self, data: Array, last: bool, offset: int, kept: Book) -> int:
        self.room(len(data))
        return _take(data, last, offset, self.tape, self.stack, self.state, self.scratch, kept)


def _named(columns: outcome.Columns) -> outcome.Named:
    network = columns.network(books.INSIDE)
    source, to = columns.text(books.TEXT_A), columns.text(books.TEXT_B)
    frame = pl.DataFrame({"here": network, "source": source, "address": columns.address(books.TO), "to": to})
    told = frame.select(
        source=pl.coalesce("here", pl.col("source").replace("", None)),
        to=pl.coalesce("address", pl.col("to").replace("", None)),
    )
    name = told.select(
        pl.format(
            "mtr from {} to {}",
            pl.col("source").fill_null("a place not told"),
            pl.col("to").fill_null("an address not told"),
        )
    ).to_series()
    asset = outcome.fingerprinted("mtr", columns, source, to, columns.number(books.ENDED_S))
    public = columns.address(books.INSIDE).set(~columns.public(books.INSIDE), None)
    return outcome.Named(asset, name, told["source"], public)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield one batch of traces, what was rejected, and notes."""
    reading = Reading(path, limits, _Reports(limits))
    reading.run()
    yield from outcome.items(reading, "mtr", _named, limits.rejects)
