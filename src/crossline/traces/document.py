"""JSON, one value at a time, checked against RFC 8259 and laid out as a tape of numbers.

A tape has a row for each object, array, text, number, ``true``, ``false`` and ``null``, in the order in which they
begin, keys as texts before their values. A text's row says where it stands between its quotation marks; a
container's, the row after its last, so that it can be stepped over.

Around the values that :func:`advance` finds, brackets, commas, blanks and line breaks are passed over: one array of
results, a result a line, several arrays one after the other, and a single object are the same to it. What is no value
is told with its place, and reading goes on where the broken object closes, or at the next line that begins with ``{``.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, SIM109
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import Final

from crossline.compiled import Array, inner, kernel, signed

OBJECT: Final = 1
ARRAY: Final = 2
TEXT: Final = 3
ESCAPED: Final = 4  # a text with a backslash in it
NUMBER: Final = 5
TRUE: Final = 6
FALSE: Final = 7
NULL: Final = 8
KIND, START, END = 0, 1, 2  # columns of a tape

# What came of an attempt. Those from DONE on are told as well as positions in tuples of reasons.
NOTHING: Final = 0  # nothing is left but blanks
MORE: Final = 1  # the bytes end before the value does
DONE: Final = 2
BROKEN: Final = 3  # no JSON
DEEP: Final = 4  # nested deeper than is allowed
STRAY: Final = 5  # JSON, but no object

_VALUE, _VALUE_OR_END, _KEY, _KEY_OR_END, _COLON, _AFTER = range(6)

SCRATCH: Final = 512  # bytes of a text that are looked at: no key, address or host name is longer


@inner
def _utf8(data: Array, start: int, end: int) -> bool:
    """Say whether the bytes are UTF-8 (RFC 3629, 4)."""
    place = start
    while place < end:
        c = data[place]
        place += 1
        if c < 0x80:
            continue
        if c < 0xC2 or c > 0xF4:
            return False
        more = 1 if c < 0xE0 else 2 if c < 0xF0 else 3
        if place + more > end:
            return False
        d = data[place]
        if (c == 0xE0 and d < 0xA0) or (c == 0xED and d > 0x9F) or (c == 0xF0 and d < 0x90) or (c == 0xF4 and d > 0x8F):
            return False
        for _ in range(more):
            if data[place] & 0xC0 != 0x80:
                return False
            place += 1
    return True


@inner
def hexadecimal(c: int) -> int:
    """Return the value of a hexadecimal digit, or -1."""
    if 48 <= c <= 57:
        return c - 48
    if 97 <= c <= 102:
        return c - 87
    if 65 <= c <= 70:
        return c - 55
    return -1


@inner
def _string(data: Array, place: int, n: int) -> tuple[int, int, int]:
    """Step over a text from behind its first quotation mark.

    Returns DONE, TEXT or ESCAPED, and where its last one stands; or MORE or BROKEN, and the place of the trouble.
    """
    start = place
    kind = TEXT
    long = False
    while place < n:
        c = data[place]
        if c == 34:
            if long and not _utf8(data, start, place):
                return BROKEN, kind, start
            return DONE, kind, place
        if c < 32:
            return BROKEN, kind, place
        if c == 92:
            kind = ESCAPED
            place += 1
            if place >= n:
                break
            c = data[place]
            if c == 117:
                for _ in range(4):
                    place += 1
                    if place >= n:
                        return MORE, kind, place
                    if hexadecimal(signed(data[place])) < 0:
                        return BROKEN, kind, place
            elif not (c == 34 or c == 92 or c == 47 or c == 98 or c == 102 or c == 110 or c == 114 or c == 116):
                return BROKEN, kind, place
        elif c >= 128:
            long = True
        place += 1
    return MORE, kind, n


@inner
def _digits(data: Array, place: int, n: int) -> int:
    while place < n and 48 <= data[place] <= 57:
        place += 1
    return place


@inner
def _number(data: Array, place: int, n: int) -> tuple[int, int]:
    """Step over a number (RFC 8259, 6); one that ends with the bytes may go on."""
    if data[place] == 45:
        place += 1
        if place >= n:
            return MORE, place
    first = place
    place = _digits(data, place, n)
    if place == first:
        return BROKEN, place
    if data[first] == 48 and place - first > 1:
        return BROKEN, first + 1
    if place < n and data[place] == 46:
        first = place + 1
        place = _digits(data, first, n)
        if place == first:
            return (MORE if place >= n else BROKEN), place
    if place < n and (data[place] == 101 or data[place] == 69):
        place += 1
        if place < n and (data[place] == 43 or data[place] == 45):
            place += 1
        first = place
        place = _digits(data, first, n)
        if place == first:
            return (MORE if place >= n else BROKEN), place
    return DONE, place


@inner
def _word(data: Array, place: int, n: int) -> tuple[int, int, int]:
    """Step over ``true``, ``false`` or ``null``."""
    c = data[place]
    if c == 116:
        letters, length, kind = 0x74727565, 4, TRUE
    elif c == 110:
        letters, length, kind = 0x6E756C6C, 4, NULL
    elif c == 102:
        letters, length, kind = 0x66616C7365, 5, FALSE
    else:
        return BROKEN, 0, place
    for letter in range(length):
        if place >= n:
            return MORE, kind, place
        if data[place] != letters >> 8 * (length - 1 - letter) & 0xFF:
            return BROKEN, 0, place
        place += 1
    return DONE, kind, place


@inner
def parse(data: Array, place: int, n: int, tape: Array, stack: Array) -> tuple[int, int]:
    """Lay the value that begins at ``place`` out on ``tape``, which has room for a row a byte.

    Returns DONE and the place after it, or MORE, BROKEN or DEEP and the place of the trouble. ``stack`` has as many
    places as containers may be nested.
    """
    count = depth = 0
    want = _VALUE
    while True:
        while place < n and (data[place] == 32 or data[place] == 10 or data[place] == 13 or data[place] == 9):
            place += 1
        if place >= n:
            return MORE, place
        c = data[place]
        if want == _AFTER:
            top = stack[depth - 1]
            inside = tape[top, KIND]
            if c == 44:
                want = _KEY if inside == OBJECT else _VALUE
                place += 1
                continue
            if c != (125 if inside == OBJECT else 93):
                return BROKEN, place
            place += 1
            tape[top, END] = count
            depth -= 1
        elif want == _COLON:
            if c != 58:
                return BROKEN, place
            place += 1
            want = _VALUE
            continue
        elif c == 34:
            status, kind, end = _string(data, place + 1, n)
            if status != DONE:
                return status, end
            tape[count, KIND] = kind
            tape[count, START] = place + 1
            tape[count, END] = end
            count += 1
            place = end + 1
            if want == _KEY or want == _KEY_OR_END:
                want = _COLON
                continue
        elif want == _KEY:
            return BROKEN, place
        elif (want == _KEY_OR_END and c == 125) or (want == _VALUE_OR_END and c == 93):
            place += 1
            tape[stack[depth - 1], END] = count
            depth -= 1
        elif want == _KEY_OR_END:
            return BROKEN, place
        elif c == 123 or c == 91:
            if depth == len(stack):
                return DEEP, place
            tape[count, KIND] = OBJECT if c == 123 else ARRAY
            tape[count, START] = place
            stack[depth] = count
            depth += 1
            count += 1
            place += 1
            want = _KEY_OR_END if c == 123 else _VALUE_OR_END
            continue
        else:
            if c == 45 or 48 <= c <= 57:
                kind = NUMBER
                status, end = _number(data, place, n)
            else:
                status, kind, end = _word(data, place, n)
            if status != DONE:
                return status, end
            tape[count, KIND] = kind
            tape[count, START] = place
            tape[count, END] = end
            count += 1
            place = end
        if depth == 0:
            return DONE, place
        want = _AFTER


@kernel
def resume(data: Array, place: int, n: int, trouble: int, state: Array) -> int:
    """Return where to go on after a broken object, or -1 if that is not within the bytes.

    That is where it closes, braces in texts apart, or the next line, from ``trouble`` on, that begins with ``{``.
    ``state`` keeps depth, whether in a text, and whether behind a backslash and a line break, over several calls.
    """
    depth, quoted, escaped, broke = state[0], state[1], state[2], state[3]
    while place < n:
        c = data[place]
        if c == 10:
            quoted = escaped = 0
            broke = 1
            place += 1
            continue
        if broke and c == 123 and place >= trouble:
            return place
        broke = 0
        if quoted:
            if escaped:
                escaped = 0
            elif c == 92:
                escaped = 1
            elif c == 34:
                quoted = 0
        elif c == 34:
            quoted = 1
        elif c == 123 or c == 91:
            depth += 1
        elif c == 125 or c == 93:
            depth -= 1
            if depth <= 0:
                return place + 1
        place += 1
    state[0], state[1], state[2], state[3] = depth, quoted, escaped, broke
    return -1


@inner
def advance(
    data: Array, place: int, n: int, last: bool, tape: Array, stack: Array, state: Array
) -> tuple[int, int, int, int]:
    """Find the next value and lay it out.

    Returns what came of it, where it begins, where to go on, and where the trouble is, if there is. After MORE and
    NOTHING the bytes from where it begins are wanted again, with more behind them.
    """
    while place < n:
        c = data[place]
        if not (c == 32 or 9 <= c <= 10 or c == 13 or c == 44 or c == 91 or c == 93 or c == 30):
            break  # RFC 7464 puts a byte of 30 before each text
        place += 1
    if place >= n:
        return NOTHING, n, n, n
    status, end = parse(data, place, n, tape, stack)
    if status == DONE:
        if tape[0, KIND] == NUMBER and end == n and not last:
            return MORE, place, place, n
        return (DONE if tape[0, KIND] == OBJECT else STRAY), place, end, place
    if status == MORE:
        if not last:
            return MORE, place, place, n
        status = BROKEN
    if data[place] == 123:
        for cell in range(4):
            state[cell] = 0
        again = resume(data, place, n, end, state)
        if again < 0:
            if not last:
                return MORE, place, place, n
            again = n
        return status, place, again, end
    again = place + 1  # stray bytes
    while again < n and not (data[again] == 10 or data[again] == 44 or data[again] == 123 or data[again] == 91):
        again += 1
    if again >= n and not last and n - place < 256:
        return MORE, place, place, n
    return status, place, again, end


@inner
def _unescaped(data: Array, start: int, end: int, scratch: Array) -> int:
    """Write a text with its escapes undone into ``scratch`` as UTF-8; return its length, or -1 if it is too long."""
    size = 0
    place = start
    while place < end:
        if size + 4 > len(scratch):
            return -1
        c = signed(data[place])
        place += 1
        if c == 92:
            c = signed(data[place])
            place += 1
            if c == 117:
                c = 0
                for _ in range(4):
                    c = c << 4 | hexadecimal(signed(data[place]))
                    place += 1
                if c >= 0x80:  # no key and no address has one: it need not be exact, only different
                    scratch[size] = scratch[size + 1] = 255
                    size += 2
                    continue
            elif c == 98:
                c = 8
            elif c == 102:
                c = 12
            elif c == 110:
                c = 10
            elif c == 114:
                c = 13
            elif c == 116:
                c = 9
        scratch[size] = c
        size += 1
    return size


@inner
def copied(data: Array, tape: Array, row: int, scratch: Array) -> int:
    """Copy a text into ``scratch``, escapes undone; return its length, or -1 if it is too long for a key or address."""
    start, end = signed(tape[row, START]), signed(tape[row, END])
    if tape[row, KIND] == ESCAPED:
        return _unescaped(data, start, end, scratch)
    if end - start > len(scratch):
        return -1
    for place in range(start, end):
        scratch[place - start] = data[place]
    return end - start


@inner
def _packed(text: Array, start: int, end: int) -> int:
    if end - start > 9:
        return -1
    word = 0
    for place in range(start, end):
        if text[place] == 0 or text[place] >= 128:
            return -1
        word = word << 7 | signed(text[place])
    return word


@inner
def key(data: Array, tape: Array, row: int, scratch: Array) -> int:
    """Return the number of a text of at most nine ASCII characters, that of :func:`named`; -1 for any other."""
    if tape[row, KIND] == TEXT:
        return _packed(data, tape[row, START], tape[row, END])
    return _packed(scratch, 0, max(0, _unescaped(data, tape[row, START], tape[row, END], scratch)))


def named(word: str) -> int:
    """Return the number that :func:`key` gives to a text: no two texts have one."""
    packed = 0
    for byte in word.encode("ascii"):
        packed = packed << 7 | byte
    return packed


@inner
def is_text(kind: int) -> bool:
    """Say whether a row of a tape is a text."""
    return kind == TEXT or kind == ESCAPED


@inner
def after(tape: Array, row: int) -> int:
    """Return the row after a value."""
    return signed(tape[row, END]) if tape[row, KIND] <= ARRAY else row + 1


@inner
def whole(data: Array, tape: Array, row: int, most: int) -> int:
    """Return a whole number from 0 to ``most``, or -1 for anything else."""
    if tape[row, KIND] != NUMBER:
        return -1
    start, end = tape[row, START], tape[row, END]
    if end - start > 18:
        return -1
    value = 0
    for place in range(start, end):
        c = signed(data[place])
        if c < 48 or c > 57:
            return -1
        value = value * 10 + c - 48
    return value if value <= most else -1
