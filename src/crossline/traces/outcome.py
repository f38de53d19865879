"""From a book to a batch of kind ``trace``, and to what a report says of the file as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline import fingerprint
from crossline.compiled import Array, kernel
from crossline.inet.text import lines
from crossline.inet.text import texts as written
from crossline.kinds import trace
from crossline.tables import ASSET, IDENTIFIER, TIE, Batch, Note, Reject, extent_rows
from crossline.text import plural
from crossline.traces import addresses, book
from crossline.traces.book import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crossline.traces.driving import Reading

SOME_HOPS: Final = "a traceroute shows the machines that answered: others may hide, be silent, or work below IP"
_TIE: Final = ("bundle", "role", "identifier", "seq", "share_min", "share_max", "basis")


@dataclass(frozen=True)
class Named:
    """What a format says of its measurements, as columns of text: ``asset`` without null, ``name``, ``source``."""

    asset: pl.Series
    name: pl.Series
    source: pl.Series
    public: pl.Series | None = None  # the address that it was measured from, as the Internet sees it


class Columns:
    """The columns of a book's measurements, made of numbers when they are asked for."""

    def __init__(self, kept: book.Book) -> None:
        self.kept = kept
        self.count = int(kept.counters[book.TRACES])
        self._small = kept.small[: self.count]
        self._numbers = kept.numbers[: self.count]
        known = int(kept.counters[book.ADDRESSES])
        self.known = kept.family[:known], kept.high[:known], kept.low[:known]
        self.texts = written(*self.known)

    def small(self, column: int) -> pl.Series:
        """Return a small column; NONE is null."""
        values = pl.Series(self._small[:, column].copy())
        return values.set(values == NONE, None)

    def number(self, column: int) -> pl.Series:
        """Return a column of numbers; -1 is null."""
        values = pl.Series(self._numbers[:, column].copy())
        return values.set(values < 0, None)

    def address(self, column: int, texts: pl.Series | None = None) -> pl.Series:
        """Return the addresses that a small column names, or other texts of addresses."""
        texts = self.texts if texts is None else texts
        if not len(texts):
            return pl.Series([None], dtype=pl.String).new_from_index(0, self.count)
        return texts.gather(self.small(column))

    def network(self, *columns: int) -> pl.Series:
        """Return the /24 or /48 of the first of the small columns that names an address."""
        places = pl.DataFrame([self.small(column).alias(str(column)) for column in columns])
        place = places.select(pl.coalesce(pl.all())).to_series()
        used = place.drop_nulls().unique().sort()
        if not len(used):
            return pl.Series([None], dtype=pl.String).new_from_index(0, self.count)
        rows = used.to_numpy()
        family, high, low = self.known
        texts = addresses.networks(family[rows], high[rows], low[rows])
        return place.replace_strict(used, texts, default=None, return_dtype=pl.String)

    def public(self, column: int) -> pl.Series:
        """Return whether the address in a small column is one that somebody on the Internet has."""
        somebody = pl.Series(~addresses.special(*self.known))
        if not len(somebody):
            return pl.Series([False]).new_from_index(0, self.count)
        return somebody.gather(self.small(column)).fill_null(value=False)

    def spelt_hops(self) -> pl.Series:
        """Return the hops as text, such as ``1=192.0.2.1 2=198.51.100.7``, for an id."""
        kept = self.kept
        bundles, ties = int(kept.counters[book.BUNDLES]), int(kept.counters[book.TIES])
        if not ties:
            return pl.Series([""]).new_from_index(0, self.count)
        frame = pl.DataFrame(
            {
                "bundle": np.repeat(np.arange(bundles), np.diff(kept.bundles[: bundles + 1])),
                "hop": pl.Series(kept.ties[:ties, book.TTL].copy()),
                "who": self.texts.gather(kept.ties[:ties, book.WHO].copy()),
            }
        )
        ordered = frame.sort("bundle", "hop", "who", maintain_order=True)
        spelt = ordered.group_by("bundle", maintain_order=True).agg(pl.format("{}={}", "hop", "who").str.join(" "))
        every = pl.DataFrame({"bundle": np.arange(bundles)}).join(spelt, on="bundle", how="left", maintain_order="left")
        return every["hop"].fill_null("").gather(self.small(book.BUNDLE))

    def text(self, column: int) -> pl.Series:
        """Return a text that was taken down; ``column`` holds its place times 65536, and its length."""
        spans = self._numbers[:, column]
        texts = _texts(self.kept.text, spans) if self.count else pl.Series([], dtype=pl.String)
        return texts.set(pl.Series(spans < 0), None)


def _texts(text: Array, spans: Array) -> pl.Series:
    out = np.empty(int(np.sum(np.maximum(spans, 0) & 0xFFFF)) + len(spans), np.uint8)
    return lines(out, _write_lines(text, spans, out))


@kernel
def _write_lines(text: Array, spans: Array, out: Array) -> int:
    place = 0
    for row in range(len(spans)):
        if spans[row] >= 0:
            start = spans[row] >> 16
            for byte in range(start, start + (spans[row] & 0xFFFF)):
                out[place] = text[byte]
                place += 1
        out[place] = 10
        place += 1
    return place


def fingerprinted(tool: str, columns: Columns, source: pl.Series, destination: pl.Series, time: pl.Series) -> pl.Series:
    """Return ids made of what a measurement is: from where, to where, when, and the hops."""
    spelt = pl.select(
        pl.format(
            "{} {} {} {}",
            pl.lit(source).fill_null("?"),
            pl.lit(destination).fill_null("?"),
            pl.lit(time).cast(pl.String).fill_null("?"),
            pl.lit(columns.spelt_hops()),
        )
    ).to_series()
    return "trace:" + tool + ":" + fingerprint.of_column(f"trace:{tool} ", spelt)


def items(
    reading: Reading, tool: str, named: Callable[[Columns], Named], limit: int
) -> Iterator[Batch | Reject | Note]:
    """Yield the batch of a book that has measurements, then what was not understood, then notes.

    ``limit`` is how many measurements that stand twice are told one by one.
    """
    kept = reading.book
    again = 0
    if reading.empty and not reading.trouble:
        yield Reject("byte 0", "the file is empty")
        return
    if kept.counters[book.TRACES]:
        batch, twice = _batch(Columns(kept), tool, named)
        yield batch
        again = len(twice)
        for offset in twice[:limit].to_list():
            yield Reject(f"byte {offset}", "the same measurement stands in the file already")
        if again > limit:
            yield Reject(f"byte {twice[limit]}", "more that stand in the file already", again - limit)
    refused = list(reading.refusals())
    yield from refused
    told = list(notes(kept, again))
    yield from told
    if not (kept.counters[book.TRACES] or refused or told):
        yield Note("there is no result in the file")


def _batch(columns: Columns, tool: str, named: Callable[[Columns], Named]) -> tuple[Batch, pl.Series]:
    says = named(columns)
    flags = columns.small(book.FLAGS)
    reached = (flags & book.REACHED) > 0
    unsure = columns.small(book.TO).is_null() | (~reached & ((flags & book.UNSURE) > 0))
    reached = reached.set(unsure, None)
    assets = pl.DataFrame(
        {
            "asset": says.asset,
            "name": says.name,
            "observed_at": pl.from_epoch(columns.number(book.ENDED_S), "s").cast(pl.Date),
            "bundle": columns.small(book.BUNDLE),
            "source": says.source,
            "destination": columns.address(book.TO),
            "reached": reached,
            "hops": columns.small(book.HOPS),
            "silent": columns.small(book.QUIET),
            "tunnels": columns.small(book.TUNNELS),
            "looping": (flags & book.LOOPS) > 0,
            "source_address": columns.address(book.FROM) if says.public is None else says.public,
            "source_inside": columns.address(book.INSIDE),
            "offset": columns.number(book.OFFSET),
        }
    )
    first = assets["asset"].is_first_distinct()
    twice = assets.filter(~first)["offset"]
    own = trace.KIND.schema()
    assets = assets.filter(first).with_columns(
        pl.format("byte {}", "offset").alias("locator"),
        pl.lit(tool).alias("tool"),
        *(pl.col(name).cast(own[name]) for name in ("hops", "silent", "tunnels")),
    )
    there = np.zeros(int(columns.kept.counters[book.BUNDLES]), np.bool_)
    there[assets["bundle"].to_numpy()] = True
    renumbered = (np.cumsum(there) - 1).astype(np.uint32)  # measurements that are left out may leave bundles empty
    assets = assets.with_columns(bundle=pl.Series(renumbered[assets["bundle"].to_numpy()]))
    identifiers, ties = _ties(columns, there, renumbered)
    wanted = assets.select(*ASSET, *own, "source_address", "source_inside")
    return Batch("trace", wanted, identifiers, ties, extent_rows([(None, "hop", "some", SOME_HOPS)])), twice


def _ties(columns: Columns, there: Array, renumbered: Array) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the identifiers that ties of those bundles point to, and no others, and the ties."""
    kept = columns.kept
    bundles, count = int(kept.counters[book.BUNDLES]), int(kept.counters[book.TIES])
    bundle = np.repeat(np.arange(bundles), np.diff(kept.bundles[: bundles + 1]))
    wanted = np.flatnonzero(there[bundle])
    ties, shares = kept.ties[:count][wanted], kept.shares[:count][wanted]
    who = ties[:, book.WHO]
    named = np.zeros(int(kept.counters[book.ADDRESSES]), np.bool_)
    named[who] = True
    used = np.flatnonzero(named)
    number = np.cumsum(named) - 1
    values = columns.texts.gather(used) if len(used) else pl.Series([], dtype=pl.String)
    identifiers = pl.DataFrame(
        {"type": pl.Series(["address"]).new_from_index(0, len(used)), "value": values}, schema=IDENTIFIER
    )
    observed = pl.lit(pl.Series(ties[:, book.OBSERVED] > 0))
    frame = pl.DataFrame(
        {
            "bundle": renumbered[bundle[wanted]],
            "role": pl.Series(["hop"]).new_from_index(0, len(wanted)),
            "identifier": number[who].astype(np.uint32),
            "seq": np.ascontiguousarray(ties[:, book.TTL]),
            "share_min": np.ascontiguousarray(shares[:, 0]),
            "share_max": np.ascontiguousarray(shares[:, 1]),
            "basis": pl.select(pl.when(observed).then(pl.lit("observed")).otherwise(pl.lit("inferred"))).to_series(),
        },
        schema={name: TIE[name] for name in _TIE},
    )
    return identifiers, frame


_NOTES: Final = (
    (book.UNREACHED, "measurement", "did not reach its destination", "did not reach their destinations"),
    (book.SILENT, "hop", "before the last that answered was silent", "before the last that answered were silent"),
    (book.BALANCED, "hop", "was answered by more than one address", "were answered by more than one address"),
    (book.LOOPING, "measurement", "shows an address again after another", "show an address again after another"),
    (book.LABELLED, "hop", "showed an MPLS label", "showed MPLS labels"),
    (
        book.UNREACHABLE,
        "answer",
        "says that the destination cannot be reached",
        "say that their destinations cannot be reached",
    ),
    (book.LATE, "packet", "was late, after its hop: no hop is made of it", "were late: no hops are made of them"),
    (book.DOUBLE, "packet", "was answered twice, and counts once", "were answered twice, and count once"),
    (book.UNSENT, "packet", "could not be sent", "could not be sent"),
    (book.OWN, "answer", "came from where it was measured: no hop", "came from where they were measured: no hops"),
    (
        book.JUMPS,
        "measurement",
        "gave up after silent hops and tried TTL 255, which says nothing of the distance",
        "gave up after silent hops and tried TTL 255, which says nothing of the distance",
    ),
    (
        book.REWRITTEN,
        "answer",
        "quotes another destination: the packet was translated on its way",
        "quote other destinations: the packets were translated on their way",
    ),
    (
        book.NAMES,
        "hop",
        "is a name without an address, which names nobody; let mtr print addresses (--no-dns, or --show-ips)",
        "are names without addresses, which name nobody; let mtr print addresses (--no-dns, or --show-ips)",
    ),
    (book.VERSION_SIX, "measurement", "is over IPv6", "are over IPv6"),
    (book.LISTS, "record", "describes lists, cycles or addresses", "describe lists, cycles or addresses"),
)


def notes(kept: book.Book, again: int) -> Iterator[Note]:
    """Yield what a report should say of the file, where there is something to say."""
    for counter, what, one, many in _NOTES:
        if count := int(kept.counters[counter]):
            yield Note(f"{plural(count, what)} {one if count == 1 else many}")
    if again:
        yield Note("counts in these notes include measurements that stand in the file twice")
