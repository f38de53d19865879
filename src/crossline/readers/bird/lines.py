"""Lines of birdc, told apart: where the fields of routes and of neighbours stand.

Lines may carry the codes of BIRD's control protocol (``1007-``, or blanks where the code is the one before), as the
socket and ``birdc -v`` show them.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import Final

import numpy as np

from crossline.compiled import Array, kernel, signed

# Texts that later lines rest on: `texts` is int64 [text, start and end], a start of -1 says that there is none.
PREFIX: Final = 0
ADDRESS: Final = 1
TIME: Final = 2
TEXTS: Final = 3

# Spans of a route: `spans` is int64 [row, span, start and end].
NET: Final = 0
FROM: Final = 1
PATH: Final = 2
SPANS: Final = 3
# Numbers of a route: `numbers` is int64 [row, number].
LINE: Final = 0
SELECTED: Final = 1
BGP: Final = 2
RANK: Final = 3
PATH_ID: Final = 4
NUMBERS: Final = 5
# Of a neighbour: `peers` is int64 [row, number].
PEER: Final = 0  # start and end of the address
ASN: Final = 2  # start and end of the AS number
UP: Final = 4
PEER_LINE: Final = 5
PEERS: Final = 6
# What was refused: `refused` is int64 [row, code and line and count].
NO_ROUTE: Final = 0  # looks like a route and is none that is read
NO_PREFIX: Final = 1  # a route that follows on no prefix
OTHER: Final = 2
CUT: Final = 3  # the last line, which the file ends in
# State, and what is returned in it.
COUNT: Final = 0  # lines before the one at hand
TABLE: Final = 1  # whether the table at hand is another than master4 and master6
LISTING: Final = 2  # whether protocols are being listed
STATE_UP: Final = 3
ROWS: Final = 4
FOUND: Final = 5  # neighbours
REFUSED: Final = 6
STATES: Final = 7

_WORDS: Final = (
    b"BGP.as_path:", b"bgp_path:", b"Type:", b"source:", b"from:", b"via ", b"Table ", b"BIRD ", b"Internal route ",
    b"BGP state:", b"Neighbor address:", b"Neighbor AS:", b"Current server time is ", b"Access restricted",
    b"Name ", b"Router ID is ", b"Hostname is ", b"Last re", b"Daemon is ", b"master4:", b"master6:", b"Established",
    b"BGP", b"from ",
)  # fmt: skip
(
    _AS_PATH, _BGP_PATH, _TYPE, _SOURCE, _FROM, _VIA, _TABLE, _BIRD, _INTERNAL, _STATE, _NEIGHBOUR, _AS, _CLOCK,
    _ACCESS, _NAME, _ROUTER, _HOST, _LAST, _DAEMON, _MASTER4, _MASTER6, _ESTABLISHED, _BGP, _FROM_WORD,
) = range(len(_WORDS))  # fmt: skip
_TEXT: Final = np.frombuffer(b"".join(_WORDS), np.uint8)
_ENDS: Final = np.cumsum([len(word) for word in _WORDS])

_TAB: Final = 9
_NEWLINE: Final = 10
_RETURN: Final = 13
_BLANK: Final = 32
_COLON: Final = 58
_SLASH: Final = 47
_OPEN: Final = 91
_CLOSE: Final = 93


@kernel
def _is(data: Array, at: int, end: int, word: int) -> bool:
    """Say whether a word of `_WORDS` stands at ``at``."""
    first = _ENDS[word - 1] if word else 0
    size = _ENDS[word] - first
    if end - at < size:
        return False
    same = True
    for place in range(size):
        same &= data[at + place] == _TEXT[first + place]
    return same


@kernel
def _digit(character: int) -> bool:
    return 48 <= character <= 57


@kernel
def _past_blanks(data: Array, at: int, end: int) -> int:
    while at < end and data[at] in (_BLANK, _TAB):
        at += 1
    return at


@kernel
def _word_end(data: Array, at: int, end: int) -> int:
    while at < end and data[at] not in (_BLANK, _TAB):
        at += 1
    return at


@kernel
def _after_code(data: Array, at: int, end: int) -> int:
    """Return where a line begins after a code of the control protocol."""
    coded = end - at >= 5 and data[at + 4] in (45, _BLANK)
    for place in range(4 if coded else 0):
        coded = coded and _digit(data[at + place])
    return at + 5 if coded else at


@kernel
def _header(data: Array, at: int, end: int) -> tuple[int, int, int]:
    """Read ``PREFIX DEST [PROTOCOL TIME from ADDRESS]``, of which the first two may lack.

    Return where the prefix ends (``at`` where there is none), and where brackets open and close; the last is 0 where
    this is no route.
    """
    word = _word_end(data, at, end)
    slash = False
    for place in range(at, word):
        slash = slash or data[place] == _SLASH
    net = word if slash else at
    place = _past_blanks(data, net, end)
    first = place
    while place < end and 97 <= data[place] <= 122:
        place += 1
    if place > first:
        after = _past_blanks(data, place, end)
        if after == place:
            return net, place, 0
        place = after
    if place >= end or data[place] != _OPEN:
        return net, place, 0
    opened = place
    blank = False
    while place < end and data[place] != _CLOSE:
        blank = blank or data[place] == _BLANK
        place += 1
    # "[t]" after the name of an attribute that BIRD does not know has no blank in it
    return net, opened, place if place < end and blank else 0


@kernel
def _marked(data: Array, at: int, end: int) -> int:
    """Return what stands after a route's brackets: 1 for the mark of the route in use, 2 for BGP's own brackets."""
    found = 0
    place = _past_blanks(data, at, end)
    if place < end and data[place] in (33, 42):
        found = 1
    while place < end and data[place] != _OPEN:
        place += 1
    # [AS64501i], [i], [e], [?]; other protocols write an address there
    if place + 2 < end and (data[place + 2] == _CLOSE or (data[place + 1] == 65 and data[place + 2] == 83)):
        found |= 2
    return found


@kernel
def _close(spans: Array, numbers: Array, row: int) -> None:
    """Take the neighbour from a route that is none of BGP's: then it is the router's own."""
    if not numbers[row, BGP]:
        spans[row, FROM, 0] = -1
        spans[row, FROM, 1] = -1


@kernel
def _trimmed(data: Array, at: int, end: int) -> int:
    while end > at and data[end - 1] in (_BLANK, _TAB):
        end -= 1
    return end


@kernel
def _refuse(refused: Array, state: Array, code: int) -> None:
    row = state[REFUSED]
    if code == OTHER and row and refused[row - 1, 0] == OTHER:
        refused[row - 1, 2] += 1
        return
    refused[row, 0] = code
    refused[row, 1] = state[COUNT] + 1
    refused[row, 2] = 1
    state[REFUSED] = row + 1


@kernel
def read(
    data: Array, begin: int, end: int, final: bool, state: Array, texts: Array, before: Array, spans: Array,
    numbers: Array, peers: Array, refused: Array,
) -> int:  # fmt: skip
    """Read the lines of ``data[begin:end]``; return how far it came.

    A route whose end is not seen is left for the next piece, and ``texts`` and ``state`` stay as before it; ``before``
    (as ``texts``) is room. All arrays of rows have room for as many; when one is full the reading ends.
    """
    state[ROWS] = 0
    state[FOUND] = 0
    state[REFUSED] = 0
    room = min(len(spans), len(peers), len(refused)) - 1
    open_row = False
    row = 0
    mark = begin
    mark_line = state[COUNT]
    place = begin
    while place < end:
        after = place
        while after < end and data[after] != _NEWLINE:
            after += 1
        if after == end and not final:
            break
        if max(state[ROWS], state[FOUND], state[REFUSED]) >= room:
            break
        stop = after - 1 if after > place and data[after - 1] == _RETURN else after
        start = _after_code(data, place, stop)
        at = _past_blanks(data, start, stop)
        indented = at > start
        if after == end:  # what it would have said is not known
            if at < stop:
                _refuse(refused, state, CUT)
        elif at == stop:
            pass
        elif _is(data, at, stop, _AS_PATH) or _is(data, at, stop, _BGP_PATH):
            if open_row:
                at = _past_blanks(data, at + (12 if data[at] == 66 else 9), stop)
                spans[row, PATH, 0] = at
                spans[row, PATH, 1] = _trimmed(data, at, stop)
        elif _is(data, at, stop, _TYPE) or _is(data, at, stop, _SOURCE):
            if open_row:
                at = _past_blanks(data, at + (5 if data[at] == 84 else 7), stop)
                numbers[row, BGP] = _is(data, at, stop, _BGP)
        elif _is(data, at, stop, _VIA):
            if open_row and spans[row, FROM, 0] < 0:
                at += 4
                spans[row, FROM, 0] = at
                spans[row, FROM, 1] = _word_end(data, at, stop)
        elif _is(data, at, stop, _FROM):
            if open_row:
                at = _past_blanks(data, at + 5, stop)
                spans[row, FROM, 0] = at
                spans[row, FROM, 1] = _trimmed(data, at, stop)
        elif _is(data, at, stop, _INTERNAL):
            # "Internal route handling values: 3L 4G 0S id 1": the first is the path identifier of a BGP route
            while at < stop and data[at] != _COLON:
                at += 1
            at = _past_blanks(data, min(at + 1, stop), stop)
            value = 0
            first = at
            while at < stop and _digit(data[at]) and at - first < 10:
                value = value * 10 + (signed(data[at]) - 48)
                at += 1
            if open_row and at < stop and data[at] == 76:
                numbers[row, PATH_ID] = value
        elif _is(data, at, stop, _TABLE) or _is(data, at, stop, _BIRD):
            if open_row:
                _close(spans, numbers, row)
                state[ROWS] += 1
                open_row = False
            texts[PREFIX, 0] = -1
            state[LISTING] = 0
            if data[at] == 84:
                at += 6
                state[TABLE] = not (_is(data, at, stop, _MASTER4) or _is(data, at, stop, _MASTER6))
        elif _is(data, at, stop, _STATE):
            at = _past_blanks(data, at + 10, stop)
            state[STATE_UP] = _is(data, at, stop, _ESTABLISHED)
            texts[ADDRESS, 0] = -1
        elif _is(data, at, stop, _NEIGHBOUR):
            at = _past_blanks(data, at + 17, stop)
            texts[ADDRESS, 0] = at
            texts[ADDRESS, 1] = _word_end(data, at, stop)
        elif _is(data, at, stop, _AS):
            if open_row:
                _close(spans, numbers, row)
                state[ROWS] += 1
                open_row = False
            at = _past_blanks(data, at + 12, stop)
            found = state[FOUND]
            peers[found, PEER] = texts[ADDRESS, 0]
            peers[found, PEER + 1] = texts[ADDRESS, 1]
            peers[found, ASN] = at
            peers[found, ASN + 1] = _word_end(data, at, stop)
            peers[found, UP] = state[STATE_UP]
            peers[found, PEER_LINE] = state[COUNT] + 1
            state[FOUND] = found + 1
        elif _is(data, at, stop, _CLOCK):
            texts[TIME, 0] = at + 23
            texts[TIME, 1] = _word_end(data, at + 23, stop)
        elif _is(data, at, stop, _NAME):
            state[LISTING] = 1
        else:
            net, opened, closed = _header(data, at, stop)
            if closed:
                if open_row:
                    _close(spans, numbers, row)
                    state[ROWS] += 1
                    open_row = False
                mark = place
                mark_line = state[COUNT]
                for text in range(TEXTS):
                    before[text, 0] = texts[text, 0]
                    before[text, 1] = texts[text, 1]
                state[LISTING] = 0
                if net > at:
                    texts[PREFIX, 0] = at
                    texts[PREFIX, 1] = net
                if texts[PREFIX, 0] < 0:
                    _refuse(refused, state, NO_PREFIX)
                else:
                    open_row = True
                    row = state[ROWS]
                    spans[row, NET, 0] = texts[PREFIX, 0]
                    spans[row, NET, 1] = texts[PREFIX, 1]
                    spans[row, FROM, 0] = -1
                    spans[row, FROM, 1] = -1
                    spans[row, PATH, 0] = -1
                    spans[row, PATH, 1] = -1
                    for word in range(opened, closed - 5):
                        if data[word] == _BLANK and _is(data, word + 1, closed, _FROM_WORD):
                            spans[row, FROM, 0] = word + 6
                            spans[row, FROM, 1] = closed
                    marks = _marked(data, closed + 1, stop)
                    numbers[row, LINE] = state[COUNT] + 1
                    numbers[row, SELECTED] = marks & 1
                    numbers[row, BGP] = marks >> 1
                    numbers[row, RANK] = state[TABLE]
                    numbers[row, PATH_ID] = 0
            else:
                brackets = False
                for word in range(at, stop - 1):
                    brackets = brackets or (data[word] == _BLANK and data[word + 1] == _OPEN)
                known = _is(data, at, stop, _ROUTER) or _is(data, at, stop, _HOST)
                known = known or _is(data, at, stop, _LAST) or _is(data, at, stop, _DAEMON)
                known = known or _is(data, at, stop, _ACCESS)
                # What is indented says more of what stands before it
                if not indented and not known and not state[LISTING]:
                    if open_row:
                        _close(spans, numbers, row)
                        state[ROWS] += 1
                        open_row = False
                    texts[PREFIX, 0] = -1  # routes that follow are of whatever this is
                    _refuse(refused, state, NO_ROUTE if brackets else OTHER)
        state[COUNT] += 1
        place = after + 1
    if open_row and final and place >= end:
        _close(spans, numbers, row)
        state[ROWS] += 1
    elif open_row:  # it is read again
        state[COUNT] = mark_line
        for text in range(TEXTS):
            texts[text, 0] = before[text, 0]
            texts[text, 1] = before[text, 1]
        return mark
    return min(place, end)
