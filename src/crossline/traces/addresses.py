"""Addresses of machines on a path, as traceroutes tell them.

An IPv4 address that is mapped into IPv6 becomes that IPv4 address, as in identifiers.address.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline.compiled import Array, inner
from crossline.identifiers.address import SPECIAL
from crossline.inet.parse import FOUR, SIX, address, unmapped
from crossline.inet.text import texts

if TYPE_CHECKING:
    from collections.abc import Sequence


@inner
def parse(text: Array, start: int, end: int) -> tuple[int, np.uint64, np.uint64]:
    """Return the family (0 where ``text[start:end]`` is no address), and the high and low 64 bits."""
    family, high, low = address(text, start, end)
    return unmapped(family, high, low)


def networks(family: Array, high: Array, low: Array) -> pl.Series:
    """Return the /24 or /48 that each address lies in, as text: what may be told of a client."""
    four = family == FOUR
    upper = high & np.uint64(0xFFFFFFFFFFFF0000)
    lower = np.where(four, low & np.uint64(0xFFFFFF00), np.uint64(0))
    return texts(family, upper, lower) + pl.Series(np.where(four, "/24", "/48"), dtype=pl.String)


def special(family: Array, high: Array, low: Array) -> Array:
    """Return whether each address lies in a block that belongs to nobody on the Internet."""
    found = np.zeros(len(family), np.bool_)
    for block in _blocks(SPECIAL):
        value, mask = int(block.network_address), int(block.netmask)
        if block.version == FOUR:
            found |= (family == FOUR) & ((low & np.uint64(mask)) == np.uint64(value))
        else:
            upper, lower = np.uint64(mask >> 64), np.uint64(mask & (1 << 64) - 1)
            same = (high & upper) == np.uint64(value >> 64)
            found |= (family == SIX) & same & ((low & lower) == np.uint64(value & (1 << 64) - 1))
    return found


def _blocks(named: Sequence[tuple[str, str]]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(block) for block, _ in named]
