"""What scamper's two formats, warts and the JSON that sc_warts2json makes of it, say in the same way."""

# ruff: noqa: PLR0913, PLR0917
# Kernels: what is compiled takes its arrays one by one, tests bytes one by one, and is one automaton where it can be.
from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crossline.compiled import inner
from crossline.inet.parse import SIX
from crossline.traces import book, outcome

if TYPE_CHECKING:
    from crossline.traces.book import Book


@inner
def answer(
    kept: Book,
    ttl: int,
    number: int,
    who: int,
    source: int,
    double: bool,
    labelled: bool,
    icmp_type: int,
    icmp_code: int,
) -> bool:
    """Take down an answer of the address ``who`` (negative: not told) to the packet of that number, from 1.

    Returns False if the measurement has more answers than are read.
    """
    if double:
        kept.counters[book.DOUBLE] += 1
        return True
    hop = kept.hops[ttl]
    hop[book.PROBED] = 1
    hop[book.PACKETS] = max(hop[book.PACKETS], number)
    if who < 0:
        return True
    if who == source:
        kept.counters[book.OWN] += 1
        return True
    # Destination unreachable, but for a port, which is what reaching it looks like (RFC 792, RFC 4443 3.1).
    six = kept.family[who] == SIX
    if (icmp_type == 1 and icmp_code != 4) if six else (icmp_type == 3 and icmp_code != 3):
        kept.counters[book.UNREACHABLE] += 1
    if labelled:
        hop[book.TUNNEL] = 1
    return book.answered(kept, ttl, who)


@inner
def finish(
    kept: Book,
    offset: int,
    began_us: int,
    latest_us: int,
    source: int,
    to: int,
    every: bool,
    attempts: int,
    first: int,
    hops: int,
    packets: int,
) -> None:
    """Make a row of a measurement whose answers were taken down.

    ``every`` says that all attempts were made at each hop; that shows as well in how many packets were sent in all.
    """
    all_made = every or (attempts > 1 and hops >= first and packets >= attempts * (hops - first + 1))
    if all_made:
        for ttl in range(1, 256):
            if kept.hops[ttl, book.ANSWERED] > 0:
                kept.hops[ttl, book.PACKETS] = max(attempts, kept.hops[ttl, book.PACKETS])
    row = kept.counters[book.TRACES]
    numbers, small = kept.numbers[row], kept.small[row]
    numbers[book.OFFSET], numbers[book.BEGAN_US] = offset, began_us
    numbers[book.ENDED_S] = max(began_us, latest_us) // 1_000_000 if began_us >= 0 or latest_us >= 0 else -1
    small[book.FROM] = book.NONE
    small[book.INSIDE] = source if source >= 0 else book.NONE
    if kept.family[to] == SIX:
        kept.counters[book.VERSION_SIX] += 1
    book.finish(kept, to)


def named(columns: outcome.Columns) -> outcome.Named:
    """Name measurements of scamper, so that a file has the same ids in either format."""
    source, to = columns.address(book.INSIDE), columns.address(book.TO)
    network = columns.network(book.INSIDE)
    frame = pl.DataFrame({"network": network.fill_null("a place not told"), "to": to.fill_null("an address not told")})
    name = frame.select(pl.format("scamper in {} to {}", "network", "to")).to_series()
    asset = outcome.fingerprinted("scamper", columns, source, to, columns.number(book.BEGAN_US))
    return outcome.Named(asset, name, network, source.set(~columns.public(book.INSIDE), None))
