"""Finding what matters among the path attributes of a route (RFC 4271, 4.3)."""

# ruff: noqa: C901, PLR0912, PLR0915 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from crossline.compiled import Array, inlined, signed
from crossline.readers.mrt.columns import (
    FOUR_OCTETS,
    NO_PATH,
    PATH4_AT,
    PATH4_SIZE,
    PATH_AT,
    PATH_KIND,
    PATH_SIZE,
    REACH_AT,
    REACH_SIZE,
    TWO_OCTETS,
    UNREACH_AT,
    UNREACH_SIZE,
)
from crossline.readers.mrt.layout import (
    AGGREGATOR,
    AS4_AGGREGATOR,
    AS4_PATH,
    AS_PATH,
    AS_TRANS,
    EXTENDED_LENGTH,
    MP_REACH_NLRI,
    MP_UNREACH_NLRI,
)
from crossline.readers.mrt.memory import four, two


@inlined
def path_of(data: Array, place: int, end: int) -> tuple[int, int, bool]:
    """Return where AS_PATH begins among the attributes of a table's entry, how long it is, and whether all is whole.

    The walk ends there: what follows is of no use. Without AS_PATH the place is -1.
    """
    while place < end:
        if place + 3 > end:
            return -1, 0, False
        head = four(data, place) if place + 4 <= end else two(data, place) << 16 | signed(data[place + 2]) << 8
        if head & (EXTENDED_LENGTH << 24):
            if place + 4 > end:
                return -1, 0, False
            size = head & 0xFFFF
            place += 4
        else:
            size = (head >> 8) & 0xFF
            place += 3
        if place + size > end:
            return -1, 0, False
        if (head >> 16) & 0xFF == AS_PATH:
            return place, size, True
        place += size
    return -1, 0, True


@inlined
def walk(data: Array, place: int, end: int, wide: bool, found: Array) -> bool:
    """Note in ``found`` where the attributes are that count, and return whether all of them lie within ``end``.

    ``wide`` says that AS numbers take four octets. Then AS4_PATH must not occur and is not looked at (RFC 6793, 4.1).
    Of an attribute that occurs twice the first counts (RFC 7606, 3 g). AS4_PATH is passed over where RFC 6793, 4.2.3
    has it ignored because of AGGREGATOR.
    """
    path_at = -1
    path_size = 0
    reach_at = -1
    reach_size = 0
    unreach_at = -1
    unreach_size = 0
    path4_at = -1
    path4_size = 0
    aggregator = -1
    aggregator4 = False
    whole = True
    while place < end:
        if place + 3 > end:
            whole = False
            break
        code = data[place + 1]
        if data[place] & EXTENDED_LENGTH:
            if place + 4 > end:
                whole = False
                break
            size = two(data, place + 2)
            at = place + 4
        else:
            size = signed(data[place + 2])
            at = place + 3
        if at + size > end:
            whole = False
            break
        if code == AS_PATH:
            if path_at < 0:
                path_at = at
                path_size = size
        elif code < AGGREGATOR:
            pass  # what most attributes are
        elif code == MP_REACH_NLRI:
            if reach_at < 0:
                reach_at = at
                reach_size = size
        elif code == MP_UNREACH_NLRI:
            if unreach_at < 0:
                unreach_at = at
                unreach_size = size
        elif code == AS4_PATH and not wide:
            if path4_at < 0:
                path4_at = at
                path4_size = size
        elif code == AGGREGATOR:
            if aggregator == -1:
                aggregator = two(data, at) if size == 6 else -2
        elif code == AS4_AGGREGATOR:
            aggregator4 = True
        place = at + size
    ignored = aggregator4 and aggregator >= 0 and aggregator != AS_TRANS
    if path4_at < 0 or path_at < 0 or ignored:
        path4_at = 0
        path4_size = 0
    found[PATH_AT] = max(path_at, 0)
    found[PATH_SIZE] = path_size
    found[PATH4_AT] = path4_at
    found[PATH4_SIZE] = path4_size
    found[PATH_KIND] = NO_PATH if path_at < 0 else (FOUR_OCTETS if wide else TWO_OCTETS)
    found[REACH_AT] = reach_at
    found[REACH_SIZE] = reach_size
    found[UNREACH_AT] = unreach_at
    found[UNREACH_SIZE] = unreach_size
    return whole
