"""Addresses to their one form, a column at a time: dotted decimal, and RFC 5952 for IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossline.inet.parse import parse
from crossline.inet.text import texts as written

if TYPE_CHECKING:
    import polars as pl


def canonical(texts: pl.Series) -> pl.Series:
    """Return addresses with or without a prefix length (``192.0.2.1/24``) in canonical form, null for what is none.

    What is mapped from IPv4 (RFC 4291, 2.5.5.2) is that IPv4 address, as in `identifiers.address`.
    """
    return written(*parse(texts.str.strip_chars().str.replace(r"/[0-9]{1,3}$", ""), unmap=True))
