"""Finding what matters among the path attributes of a route (RFC 4271, 4.3)."""

# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - kernels: one loop each, over arrays taken one by one

from __future__ import annotations

from crossline.readers.mrt.columns import (
    FOUND,
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
from crossline.readers.mrt.compiled import Array, inlined
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
from crossline.readers.mrt.octets import signed, two


@inlined
def walk(data: Array, place: int, end: int, wide: bool, brief: bool, found: Array) -> bool:
    """Note in ``found`` where the attributes are that count, and return whether all of them lie within ``end``.

    ``wide`` says that AS numbers take four octets. Then AS4_PATH must not occur and is not looked at (RFC 6793, 4.1).
    With ``brief`` the walk ends where all is found that a table's entry can hold for us. Of an attribute that
    occurs twice the first counts (RFC 7606, 3 g). AS4_PATH is passed over where RFC 6793, 4.2.3 has it ignored
    because of AGGREGATOR.
    """
    for field in range(FOUND):
        found[field] = 0
    found[PATH_KIND] = NO_PATH
    found[REACH_AT] = -1
    found[UNREACH_AT] = -1
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
            if found[PATH_KIND] == NO_PATH:
                found[PATH_AT] = at
                found[PATH_SIZE] = size
                found[PATH_KIND] = FOUR_OCTETS if wide else TWO_OCTETS
                if wide and brief:
                    return True
        elif code == MP_REACH_NLRI:
            if found[REACH_AT] < 0:
                found[REACH_AT] = at
                found[REACH_SIZE] = size
        elif code == MP_UNREACH_NLRI:
            if found[UNREACH_AT] < 0:
                found[UNREACH_AT] = at
                found[UNREACH_SIZE] = size
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
    if path4_at >= 0 and found[PATH_KIND] == TWO_OCTETS and not ignored:
        found[PATH4_AT] = path4_at
        found[PATH4_SIZE] = path4_size
    return whole
