"""The first part of a hardware address, which the IEEE assigns to a maker (IEEE Std 802-2014, 8.2).

Six hexadecimal digits for a large block (MA-L), seven for a medium one (MA-M), nine for a small one (MA-S); small
letters, no separators.

Of a whole address only the first six digits are kept (:func:`prefix`): nine would leave four thousand cards in the
world that it can be. A prefix that is shared out in smaller blocks stands in the registry under the IEEE Registration
Authority's own name, so that its six digits lead to no maker.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

ABOUT = "The assigned part of a hardware (MAC) address, which leads to the assignee."

_LENGTHS: Final = (6, 7, 9)
_IANA: Final = "00005e"


def parse(text: str) -> str:
    """Return the digits, from any common spelling; raises ValueError with a reason."""
    digits = re.sub(r"[-:. ]", "", text.strip().lower())
    if not re.fullmatch(r"[0-9a-f]+", digits) or len(digits) not in _LENGTHS:
        raise ValueError(f"{text[:60]!r} is not an assigned prefix of 6, 7 or 9 hexadecimal digits")
    return digits


def prefix(addresses: pl.Expr) -> pl.Expr:
    """Return the first six digits of whole addresses, in any common spelling; null where they say nothing of a maker.

    That is: no address of 48 bits, one of a group, one administered locally (IEEE Std 802-2014, 8.2.2), nothing but
    zeros, or one of IANA's own (RFC 9542, 2.1), which protocols such as VRRP make up.
    """
    tidy = (
        addresses.str.strip_chars()
        .str.to_lowercase()
        .str.replace_all(r"[- ]", ":")
        .str.replace_all(".", "", literal=True)
    )
    octets = tidy.str.replace_all(r"(^|:)([0-9a-f])(:|$)", "${1}0${2}${3}").str.replace_all(
        r"(^|:)([0-9a-f])(:|$)", "${1}0${2}${3}"
    )
    digits = octets.str.replace_all(":", "", literal=True)
    sound = digits.str.contains("^[0-9a-f][048c][0-9a-f]{10}$") & (digits != "000000000000")
    return pl.when(sound & ~digits.str.starts_with(_IANA)).then(digits.str.head(6))


def names_no_party(value: str) -> str | None:
    """Return why a prefix can lead to nobody, or None: the bit of local administration is set, or it is IANA's."""
    if value.startswith(_IANA):
        return f"{value} is IANA's, for addresses that protocols make up (RFC 9542, 2.1)"
    if int(value[1], 16) & 2:
        return f"{value} is administered locally, and assigned to nobody (IEEE Std 802-2014, 8.4)"
    return None


def special(values: pl.Expr) -> pl.Expr:
    """Select the values that :func:`names_no_party` may have something to say on."""
    return values.str.contains("^.[2367abef]|^00005e")
