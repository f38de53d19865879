"""JSON (RFC 8259) of routers, walked once: objects that are rows, and where the cells of each row stand.

What is a row is said by a :class:`Shape`. The walk goes on from piece to piece of a file, may begin again after what
is no JSON, and nothing of it grows with the document: a stack of at most `Limits.depth` levels is all that it keeps.
"""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from crossline.compiled import Array, kernel
from crossline.routes.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crossline.routes.table import Table

# What a key says of its value.
NOTHING: Final = 0
SKIPPED: Final = 1  # no rows are in it
ROWS: Final = 2  # an array of objects that are rows
MEMBERS: Final = 3  # an object whose members are rows, or arrays of rows, or objects that hold such arrays
# Texts outside rows that rows refer to.
LABEL: Final = 0  # the key of a member, or a text beside ROWS that says the same
NAMED: Final = 1  # a name that stands beside what holds the rows
OWN: Final = 2  # the last key on the outer two levels
TEXTS: Final = 3

# What stands in a cell.
NONE: Final = 0
STRING: Final = 1
NUMBER: Final = 2
TRUE: Final = 3
FALSE: Final = 4
NULL: Final = 5

# Columns of `Rows.about`.
KIND: Final = 0
PLACE: Final = 1
TEXT: Final = 2  # spans of the texts above

# State of a walk.
_DEPTH: Final = 0
_EXPECT: Final = 1
_KEY: Final = 2  # the one last read
_ROW: Final = 3  # depth of the row that is open, or 0
_SKIP: Final = 4  # depth of what is skipped, or 0
_KIND: Final = 5
_STATE: Final = 6
# What may come next.
_VALUE: Final = 0
_VALUE_OR_END: Final = 1
_KEY_OR_END: Final = 2
_NEXT_KEY: Final = 3
_COLON: Final = 4
_COMMA_OR_END: Final = 5

# Why a walk ended.
MORE: Final = 0  # the piece did
FULL: Final = 1  # there is no room for more rows
BAD: Final = 2  # this is no JSON
DEEP: Final = 3
CUT: Final = 4  # the file ends before the document does

_AT_ONCE: Final = 1 << 15


class Shape(NamedTuple):
    """Keys (bytes, one after the other), what each says, and the column of the row that its value goes to."""

    text: Array  # uint8
    ends: Array  # int64
    says: Array  # int64
    kind: Array  # int64: of the rows that it holds
    field: Array  # int64 [outer key + 1, key]: -1 if none
    named: int  # the key of the text `NAMED`
    label: int  # the key beside ROWS that is their `LABEL`
    by_address: int  # the kind of row of a member of an outer object whose key is an address, or 0
    depth: int
    fields: int


class Rows(NamedTuple):
    """Rows that were found."""

    about: Array  # int64 [row, KIND, PLACE, start and end of each text]
    cells: Array  # int64 [row, field, what and start and end]

    def where(self, mask: Array) -> Rows:
        """Return some of the rows."""
        return Rows(self.about[mask], self.cells[mask])


def shape(
    fields: Sequence[str],
    holders: Mapping[str, tuple[int, int]],
    *,
    named: str = "",
    label: str = "",
    by_address: int = 0,
    depth: int,
) -> Shape:
    """Describe documents: ``fields`` are paths of keys below a row, the same number for those joined by ``|``.

    ``holders`` gives for a key what it says, and the kind of rows that it holds.
    """
    paths = [(alternative, column) for column, field in enumerate(fields) for alternative in field.split("|")]
    words = sorted({key for path, _ in paths for key in path.split(".")} | set(holders) | {named, label} - {""})
    number = {word: place for place, word in enumerate(words)}
    says, kind = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
    for word, (meaning, of) in holders.items():
        says[number[word]], kind[number[word]] = meaning, of
    field_of = np.full((len(words) + 1, len(words)), -1, np.int64)
    for path, column in paths:
        outer, _, inner = path.rpartition(".")
        field_of[number[outer] + 1 if outer else 0, number[inner]] = column
    return Shape(
        np.frombuffer("".join(words).encode(), np.uint8),
        np.cumsum([len(word) for word in words]),
        says,
        kind,
        field_of,
        number.get(named, -1),
        number.get(label, -1),
        by_address,
        depth,
        len(fields),
    )


@kernel
def _key_of(data: Array, start: int, end: int, text: Array, ends: Array) -> int:
    """Return which key stands there, or -1."""
    first = 0
    for key in range(len(ends)):
        if ends[key] - first == end - start and text[first] == data[start]:
            place = 1
            while place < end - start and text[first + place] == data[start + place]:
                place += 1
            if place == end - start:
                return key
        first = ends[key]
    return -1


@kernel
def _string_end(data: Array, place: int, end: int) -> int:
    """Return the place of the quotation mark that ends a string, or ``end``."""
    while place < end and data[place] != 34:
        place += 2 if data[place] == 92 else 1
    return min(place, end)


@kernel
def _is_address(data: Array, start: int, end: int) -> bool:
    """Say whether a key may be an address."""
    found = False
    for place in range(max(start, 0), end):
        found |= data[place] in (46, 58)
    return found


@kernel
def _scalar(data: Array, place: int, end: int) -> tuple[int, int]:
    """Return what a word or a number is, and where it ends."""
    after = place
    while after < end and (48 <= data[after] <= 57 or 97 <= data[after] <= 122 or data[after] in (43, 45, 46, 69)):
        after += 1
    first = data[place]
    size = after - place
    if first == 116 and size == 4 and data[place + 3] == 101:
        return TRUE, after
    if first == 102 and size == 5 and data[place + 4] == 101:
        return FALSE, after
    if first == 110 and size == 4 and data[place + 3] == 108:
        return NULL, after
    if size and (48 <= first <= 57 or first == 45):
        return NUMBER, after
    return NONE, after


@kernel
def walk(
    data: Array, begin: int, end: int, final: bool, like: Shape, state: Array, stack: Array, texts: Array,
    about: Array, cells: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """Walk ``data[begin:end]``; return how many rows were found, how far it came, and why it ended.

    ``stack`` (int64, [level, what and key]) and ``texts`` (int64, [text, start and end]) belong to ``state``. A row
    that is open at the end is walked again with the next piece.
    """
    depth = state[_DEPTH]
    expect = state[_EXPECT]
    key = state[_KEY]
    skip = state[_SKIP]
    row = 0
    rows = 0
    kind = 0
    row_start = begin
    row_expect = expect
    why = MORE
    place = begin
    while place < end:
        character = data[place]
        if character in (32, 10, 13, 9):
            place += 1
            continue
        if depth == 0:
            if character not in (123, 91):
                why = BAD
                break
            expect = _VALUE
            key = -1
            for text in range(TEXTS):
                texts[text, 0] = -1
        if character == 34:
            after = _string_end(data, place + 1, end)
            if after >= end:
                break
            if expect in (_KEY_OR_END, _NEXT_KEY):
                key = _key_of(data, place + 1, after, like.text, like.ends)
                if row == 0:
                    holder = stack[depth - 1, 1]
                    if holder >= 0 and like.says[holder] == MEMBERS:
                        texts[LABEL, 0] = place + 1
                        texts[LABEL, 1] = after
                    if depth <= 2:
                        texts[OWN, 0] = place + 1
                        texts[OWN, 1] = after
                expect = _COLON
                place = after + 1
                continue
            if expect not in (_VALUE, _VALUE_OR_END):
                why = BAD
                break
            what = STRING
            first = place + 1
            last = after
            place = after + 1
        elif character in (123, 91):
            if expect not in (_VALUE, _VALUE_OR_END):
                why = BAD
                break
            if depth >= like.depth:
                why = DEEP
                break
            if row == 0 and skip == 0:
                if key >= 0 and like.says[key] == SKIPPED:
                    skip = depth + 1
                elif character == 123 and depth > 0:
                    above = stack[depth - 1, 1]
                    over = stack[depth - 2, 1] if depth > 1 else -1
                    kind = 0
                    if stack[depth - 1, 0] == 91:
                        if above >= 0 and like.says[above] == ROWS:
                            kind = like.kind[above]
                        elif over >= 0 and like.says[over] == MEMBERS:
                            kind = like.kind[over]
                    elif above >= 0 and like.says[above] == MEMBERS and like.kind[above] < 0:
                        kind = -like.kind[above]
                    elif depth <= 2 and above < 0 and key < 0 and _is_address(data, texts[OWN, 0], texts[OWN, 1]):
                        kind = like.by_address
                    if kind:
                        if rows == len(about):
                            why = FULL
                            break
                        row = depth + 1
                        row_start = place
                        row_expect = expect
                        about[rows, KIND] = kind
                        about[rows, PLACE] = place
                        for text in range(TEXTS):
                            about[rows, TEXT + 2 * text] = texts[text, 0]
                            about[rows, TEXT + 2 * text + 1] = texts[text, 1]
                        for field in range(like.fields):
                            cells[rows, field, 0] = NONE
                            cells[rows, field, 1] = -1
                            cells[rows, field, 2] = -1
            stack[depth, 0] = character
            stack[depth, 1] = key
            depth += 1
            expect = _KEY_OR_END if character == 123 else _VALUE_OR_END
            key = -1
            place += 1
            continue
        elif character in (125, 93):
            fits = expect in (_COMMA_OR_END, _KEY_OR_END if character == 125 else _VALUE_OR_END)
            if not fits or stack[depth - 1, 0] != character - 2:
                why = BAD
                break
            if row == depth:
                row = 0
                rows += 1
            if skip == depth:
                skip = 0
            depth -= 1
            key = -1
            expect = _COMMA_OR_END
            place += 1
            continue
        elif character == 44:
            if expect != _COMMA_OR_END:
                why = BAD
                break
            expect = _NEXT_KEY if stack[depth - 1, 0] == 123 else _VALUE
            place += 1
            continue
        elif character == 58:
            if expect != _COLON:
                why = BAD
                break
            expect = _VALUE
            place += 1
            continue
        else:
            if expect not in (_VALUE, _VALUE_OR_END):
                why = BAD
                break
            what, after = _scalar(data, place, end)
            if after >= end and not final:
                break
            if what == NONE:
                why = BAD
                break
            first = place
            last = after
            place = after

        # A value that is neither object nor array
        expect = _COMMA_OR_END
        if key < 0:
            continue
        if row:
            field = -1
            if depth == row and stack[depth - 1, 0] == 123:
                field = like.field[0, key]
            elif depth == row + 1 and stack[depth - 1, 0] == 123 and stack[depth - 1, 1] >= 0:
                field = like.field[stack[depth - 1, 1] + 1, key]
            if field >= 0:
                cells[rows, field, 0] = what
                cells[rows, field, 1] = first
                cells[rows, field, 2] = last
        elif what == STRING and skip == 0:
            if key == like.named:
                texts[NAMED, 0] = first
                texts[NAMED, 1] = last
            elif key == like.label:
                texts[LABEL, 0] = first
                texts[LABEL, 1] = last
        key = -1

    if row:  # not whole: it is walked again, or left out
        used = row_start
        state[_DEPTH] = row - 1
        state[_EXPECT] = row_expect
        state[_KEY] = stack[row - 1, 1]
        state[_SKIP] = 0
    else:
        used = place
        state[_DEPTH] = depth
        state[_EXPECT] = expect
        state[_KEY] = key
        state[_SKIP] = skip
    if why == MORE and final and (row or depth or used < end):
        why = CUT
    return rows, place if why in (BAD, DEEP) else used, why


def found(path: Path, like: Shape, table: Table) -> Iterator[tuple[Array, Rows, int]]:
    """Yield rows, the buffer that they stand in, and the byte of the file at which it begins.

    What is no JSON goes to ``table``.
    """
    pieces = Pieces(path, table.limits, TEXTS)
    state, stack = np.zeros(_STATE, np.int64), np.zeros((like.depth + 1, 2), np.int64)
    texts = np.full((TEXTS, 2), -1, np.int64)
    about = np.zeros((_AT_ONCE, TEXT + 2 * TEXTS), np.int64)
    cells = np.zeros((_AT_ONCE, like.fields, 3), np.int64)
    wrong = 0
    lost = False  # what follows is no part of a document, up to a line that begins with one
    for final in pieces:
        at, why = pieces.start, FULL
        while why not in (MORE, CUT) and not table.full:
            if lost:
                at, lost = _next(pieces.data, at, pieces.end)
                if lost:
                    break
            rows, at, why = walk(pieces.data, at, pieces.end, final, like, state, stack, texts, about, cells)
            if rows:
                yield pieces.data, Rows(about[:rows], cells[:rows]), pieces.place(0)
            if why in (BAD, DEEP):
                deep = f"limit depth of {like.depth}: what is nested deeper is not read, nor what follows it here"
                table.refuse(pieces.place(at), deep if why == DEEP else _wrong(state, pieces.data, at, pieces.end))
                state[:], texts[:], lost = 0, -1, True
                wrong += 1
                if wrong > table.limits.rejects:
                    table.refuse(pieces.place(at), f"limit rejects of {table.limits.rejects:,}: the rest is not read")
                    return
            elif why == CUT:
                table.refuse(pieces.place(at), "the file ends within the document; what was whole before is read")
        if table.full:
            return
        pieces.keep(at, texts)
    for reject in pieces.trouble:
        table.refuse(int(reject.locator.rpartition(" ")[2]), reject.reason)


def _wrong(state: Array, data: Array, at: int, end: int) -> str:
    if not state[_DEPTH]:
        return "text that is no JSON; reading goes on at the next line that begins with { or ["
    shown = bytes(data[at : min(at + 1, end)]).decode("latin-1")
    return f"no JSON from here on ({shown!a} is not expected here); the rest of this document is not read"


def _next(data: Array, at: int, end: int) -> tuple[int, bool]:
    """Return where the next line that begins a document does, and whether there is none."""
    text = data[at:end].tobytes()
    places = [place for place in (text.find(b"\n{"), text.find(b"\n[")) if place >= 0]
    if places:
        return at + min(places) + 1, False
    return max(end - 1, at), True
