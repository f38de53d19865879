"""JSON (RFC 8259) walked in place: where the wanted values of each object lie, without making any of them.

A :class:`~crossline.readers.netbox.paths.Trie` says which paths are wanted. For each object and each path the walk
notes what kind of value stands there, where it begins and how long it is. Everything else is passed over: of it only
strings and brackets are looked at. Nothing recurses. Of two members with one name the later counts, as in Python.

A walk returns the position behind what it walked; :data:`MORE` where the bytes end before it does; or, where the
bytes are no JSON at a position p, ``BAD - p``.
"""

# ruff: noqa: C901, PLR0911, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crossline.compiled import Array, kernel

if TYPE_CHECKING:
    from crossline.readers.netbox.paths import Trie

MORE: Final = -1
BAD: Final = -2

ABSENT: Final = 0
TEXT: Final = 1
NUMBER: Final = 2
TRUE: Final = 3
FALSE: Final = 4
NULL: Final = 5
OBJECT: Final = 6
ARRAY: Final = 7

# Why `elements` returned.
STARVED: Final = 0  # what comes next is not whole yet
FULL: Final = 1  # there is no room for more
CLOSED: Final = 2  # the list has ended
BROKEN: Final = 3  # what comes next is not JSON

STACK: Final = 16  # deeper than any wanted path

_QUOTE: Final = 0x22
_COMMA: Final = 0x2C
_MINUS: Final = 0x2D
_COLON: Final = 0x3A
_OPEN_LIST: Final = 0x5B
_BACKSLASH: Final = 0x5C
_CLOSE_LIST: Final = 0x5D
_OPEN: Final = 0x7B
_CLOSE: Final = 0x7D

# What to stop at: within a value that is passed over, and within a string.
_SPEAKS: Final = np.isin(np.arange(256), (_QUOTE, _OPEN, _OPEN_LIST, _CLOSE, _CLOSE_LIST))
_ENDS: Final = np.isin(np.arange(256), (_QUOTE, _BACKSLASH))


@kernel
def blank(data: Array, i: int, end: int) -> int:
    """Return the first position from ``i`` on that holds no white space, ``end`` where all does."""
    while i < end:
        c = data[i]
        if c not in (0x20, 0x0A, 0x0D, 0x09):
            return i
        i += 1
    return end


@kernel
def string_end(data: Array, i: int, end: int) -> int:
    """Return the position behind the string that opens at ``i``."""
    i += 1
    while i < end:
        c = data[i]
        if not _ENDS[c]:
            i += 1
            continue
        if c == _QUOTE:
            return i + 1
        i += 2
    return MORE


@kernel
def kind_at(c: int) -> int:
    """Return what kind of value begins with a byte; ABSENT for none."""
    if c == _QUOTE:
        return TEXT
    if c == _OPEN:
        return OBJECT
    if c == _OPEN_LIST:
        return ARRAY
    if c == _MINUS or 0x30 <= c <= 0x39:
        return NUMBER
    if c == 0x74:
        return TRUE
    if c == 0x66:
        return FALSE
    return NULL if c == 0x6E else ABSENT


@kernel
def _literal(data: Array, i: int, end: int) -> int:
    """Return the position behind a number, ``true``, ``false`` or ``null``."""
    kind = kind_at(data[i])
    if kind == ABSENT:
        return BAD - i
    j = i + 1
    while j < end:
        c = data[j]
        if c in (_COMMA, _CLOSE, _CLOSE_LIST, 0x20, 0x0A, 0x0D, 0x09):
            break
        if kind == NUMBER:
            # digits, "+", "-", ".", "E", "e"
            if not (0x30 <= c <= 0x39 or c in (0x2B, 0x2D, 0x2E, 0x45, 0x65)):
                return BAD - i
        elif not 0x61 <= c <= 0x7A or j - i > 5:
            return BAD - i
        j += 1
    if j >= end:
        return MORE
    if kind != NUMBER and j - i != (5 if kind == FALSE else 4):
        return BAD - i
    return j


@kernel
def skip(data: Array, i: int, end: int) -> int:
    """Return the position behind the value at ``i``, whatever it is and however deeply it nests."""
    c = data[i]
    if c == _QUOTE:
        return string_end(data, i, end)
    if c not in (_OPEN, _OPEN_LIST):
        return _literal(data, i, end)
    depth = 0
    shape = 0  # the innermost brackets, a bit each: 1 for an object; those beyond 60 are only counted
    while i < end:
        c = data[i]
        if not _SPEAKS[c]:
            i += 1
            continue
        if c == _QUOTE:
            i = string_end(data, i, end)
            if i < 0:
                return MORE
            continue
        if c in (_OPEN, _OPEN_LIST):
            if depth < 60:
                shape = shape << 1 | (1 if c == _OPEN else 0)
            depth += 1
        else:
            depth -= 1
            if depth < 60:
                if (shape & 1) != (1 if c == _CLOSE else 0):
                    return BAD - i
                shape >>= 1
            if depth == 0:
                return i + 1
        i += 1
    return MORE


@kernel
def _member(trie: Trie, node: int, data: Array, start: int, end: int) -> int:
    """Return the node for the member whose name lies at ``start:end``, or -1."""
    for edge in range(trie.first[node], trie.last[node]):
        if trie.item[edge] < 0 and trie.key_size[edge] == end - start:
            at = trie.key_at[edge]
            same = True
            for k in range(end - start):
                if trie.keys[at + k] != data[start + k]:
                    same = False
                    break
            if same:
                return int(trie.target[edge])
    return -1


@kernel
def _item(trie: Trie, node: int, index: int) -> int:
    """Return the node for an item of a list, or -1."""
    for edge in range(trie.first[node], trie.last[node]):
        if trie.item[edge] == index:
            return int(trie.target[edge])
    return -1


@kernel
def walk(data: Array, i: int, end: int, trie: Trie, stack: Array, kind: Array, start: Array, size: Array) -> int:
    """Walk the object or list at ``i``; set ``kind``, ``start`` and ``size`` of each path (node of the trie)."""
    for node in range(len(kind)):
        kind[node] = ABSENT
    kind[0] = kind_at(data[i])
    start[0] = i
    depth = 0
    node = 0
    index = 0
    is_object = data[i] == _OPEN
    i += 1
    due = 0  # 0: a member, or the end; 1: a comma, or the end; 2: a member
    while True:
        i = blank(data, i, end)
        if i >= end:
            return MORE
        c = data[i]
        if c == (_CLOSE if is_object else _CLOSE_LIST):
            if due == 2:
                return BAD - i
            i += 1
            size[node] = i - start[node]
            if depth == 0:
                return i
            depth -= 1
            node = stack[depth, 0]
            index = stack[depth, 1]
            is_object = kind[node] == OBJECT
            due = 1
            continue
        if due == 1:
            if c != _COMMA:
                return BAD - i
            due = 2
            i += 1
            continue
        if is_object:
            if c != _QUOTE:
                return BAD - i
            j = string_end(data, i, end)
            if j < 0:
                return j
            child = _member(trie, node, data, i + 1, j - 1)
            i = blank(data, j, end)
            if i >= end:
                return MORE
            if data[i] != _COLON:
                return BAD - i
            i = blank(data, i + 1, end)
            if i >= end:
                return MORE
        else:
            child = _item(trie, node, index)
            index += 1
        due = 1
        if child >= 0:
            for below in range(child, trie.past[child]):
                kind[below] = ABSENT
            what = kind_at(data[i])
            kind[child] = what
            start[child] = i
            if trie.first[child] < trie.last[child] and what in (OBJECT, ARRAY):
                stack[depth, 0] = node
                stack[depth, 1] = index
                depth += 1
                node = child
                index = 0
                is_object = what == OBJECT
                i += 1
                due = 0
                continue
        j = skip(data, i, end)
        if j < 0:
            return j
        if child >= 0:
            size[child] = j - i
        i = j


@kernel
def elements(
    data: Array, i: int, end: int, trie: Trie, stack: Array, kind: Array, start: Array, size: Array, state: Array
) -> int:
    """Walk the elements of a list, the first or next of which is at ``i``; return how many were walked.

    ``state[0]`` says whether an element came before; afterwards it stands for the next call, ``state[1]`` says why the
    walk ended and ``state[2]`` where. An element that is no object has kind 0 set to what it is, and no paths.
    """
    count = 0
    while True:
        i = blank(data, i, end)
        state[2] = i
        if i >= end:
            state[1] = STARVED
            return count
        c = data[i]
        if c == _CLOSE_LIST and state[0] != 2:
            state[1] = CLOSED
            state[2] = i + 1
            return count
        if state[0] == 1:
            if c != _COMMA:
                state[1] = BROKEN
                return count
            state[0] = 2
            i += 1
            continue
        if count == len(kind):
            state[1] = FULL
            return count
        if c == _OPEN:
            j = walk(data, i, end, trie, stack, kind[count], start[count], size[count])
        else:
            for node in range(kind.shape[1]):
                kind[count, node] = ABSENT
            kind[count, 0] = kind_at(c)
            start[count, 0] = i
            j = skip(data, i, end)
        if j < 0:
            state[1] = STARVED if j == MORE else BROKEN
            if j != MORE:
                state[2] = BAD - j
            return count
        size[count, 0] = j - i
        count += 1
        state[0] = 1
        i = j


@kernel
def members(
    data: Array, at: Array, long: Array, trie: Trie, stack: Array, kind: Array, start: Array, size: Array
) -> None:
    """Walk one object a row, at ``at`` and ``long`` bytes long. A row that is no JSON inside has kind 0 ABSENT."""
    for row in range(len(at)):
        past = walk(data, at[row], at[row] + long[row], trie, stack, kind[row], start[row], size[row])
        if past < 0:
            kind[row, 0] = ABSENT


@kernel
def count_items(data: Array, at: Array, long: Array, counts: Array) -> int:
    """Set how many items each list has, -1 for one that is not JSON inside; return their sum."""
    total = 0
    for row in range(len(at)):
        end = at[row] + long[row]
        i = blank(data, at[row] + 1, end)
        count = 0
        while i < end and data[i] != _CLOSE_LIST:
            i = skip(data, i, end)
            if i < 0:
                break
            count += 1
            i = blank(data, i, end)
            if i < end and data[i] == _COMMA:
                i = blank(data, i + 1, end)
        counts[row] = -1 if i < 0 or i >= end else count
        total += max(counts[row], 0)
    return total


@kernel
def spread(
    data: Array, at: Array, long: Array, counts: Array, trie: Trie, stack: Array,
    kind: Array, start: Array, size: Array, parent: Array,
) -> None:  # fmt: skip
    """Walk every item of every list; ``parent`` is the row of its list. Lists with a count of -1 are passed over."""
    n = 0
    for row in range(len(at)):
        end = at[row] + long[row]
        i = blank(data, at[row] + 1, end)
        for _ in range(counts[row]):
            for node in range(kind.shape[1]):
                kind[n, node] = ABSENT
            past = skip(data, i, end)
            if data[i] == _OPEN and walk(data, i, past, trie, stack, kind[n], start[n], size[n]) < 0:
                kind[n, 0] = ABSENT
            elif data[i] != _OPEN:
                kind[n, 0] = kind_at(data[i])
                start[n, 0] = i
                size[n, 0] = past - i
            parent[n] = row
            n += 1
            i = blank(data, past, end)
            if i < end and data[i] == _COMMA:
                i = blank(data, i + 1, end)
