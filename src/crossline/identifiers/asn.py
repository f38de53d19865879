"""Autonomous system numbers, written in plain decimal as RFC 5396 asks (asplain)."""

from __future__ import annotations

import re

import polars as pl

ABOUT = "An autonomous system number, which leads to the party that holds it."

_FORM = re.compile(r"(?:AS)?(\d{1,10})(?:\.(\d{1,5}))?", re.IGNORECASE | re.ASCII)
_LONG = re.compile(r"(?:AS)?\d{11,}", re.IGNORECASE | re.ASCII)


def parse(text: str) -> str:
    """Return the number in plain decimal, from ``4134``, ``AS4134`` or ``1.10`` (asdot)."""
    match = _FORM.fullmatch(text.strip())
    if not match:
        if _LONG.fullmatch(text.strip()):
            raise ValueError(f"{text!r} is not an AS number: above 4294967295")
        raise ValueError(f"{text!r} is not an AS number")
    number = int(match[1])
    if match[2] is not None:
        if number > 0xFFFF or int(match[2]) > 0xFFFF:
            raise ValueError(f"{text!r} is not an AS number: a half above 65535")
        number = (number << 16) + int(match[2])
    if number > 0xFFFFFFFF:
        raise ValueError(f"{text!r} is not an AS number: above 4294967295")
    return str(number)


def names_no_party(value: str) -> str | None:
    """Say why this number is nobody's: the IANA registry of special-purpose AS numbers."""
    number = int(value)
    if number == 0:
        return "AS0 is reserved (RFC 7607)"
    if number == 23456:
        return "AS23456 stands in for a number that an old router could not carry (RFC 6793)"
    if 64512 <= number <= 65534 or 4200000000 <= number <= 4294967294:
        return "numbers of its range are for private use (RFC 6996)"
    if 64496 <= number <= 64511 or 65536 <= number <= 65551:
        return "numbers of its range are for documentation (RFC 5398)"
    if number in (65535, 4294967295):
        return "the last number of a range is reserved (RFC 7300)"
    return None


def special(value: pl.Expr) -> pl.Expr:
    """Select the values that :func:`names_no_party` may have something to say on."""
    number = value.cast(pl.UInt32, strict=False)
    return (
        number.is_in([0, 23456, 65535, 4294967295])
        | number.is_between(64496, 65551)
        | number.is_between(4200000000, 4294967294)
    )
