"""The tables of an estate: what a reader yields, and what the evaluator judges.

A reader yields :class:`Batch` objects, each of one kind of asset, and :class:`Reject` objects. Within a batch

- ``assets`` has a row an asset: the columns of :data:`ASSET` and the kind's own;
- ``ties`` has a row a tie, and belongs to a *bundle*: assets that carry the same ties share one, so that half a
  million routes over thirty thousand paths are judged thirty thousand times;
- ``identifiers`` has a row for each distinct identifier of the batch, which ties point to;
- ``extents`` says how much of a role's ties the reader could see.

``assets["bundle"]``, ``ties["bundle"]`` and ``extents["bundle"]`` are numbers local to the batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

Extent = Literal["all", "some", "none"]
Basis = Literal["declared", "observed", "inferred"]

EXTENT: Final = pl.Enum(["none", "some", "all"])
BASIS: Final = pl.Enum(["declared", "observed", "inferred"])

ASSET: Final = pl.Schema(
    {
        "asset": pl.String(),  # an id made of what the asset is, never of its place in a file
        "name": pl.String(),  # what a person calls it
        "observed_at": pl.Date(),  # null: not stated; the question's own date is used, and coverage says so
        "locator": pl.String(),  # the place in the file: a byte offset, a line, a path into a document
        "bundle": pl.UInt32(),
    }
)
# An optional column of assets: the columns whose cell holds something that was not understood. They are null, and
# whether they are stated is unknown.
UNREAD: Final = pl.Schema({"unread": pl.List(pl.String())})
IDENTIFIER: Final = pl.Schema({"type": pl.String(), "value": pl.String()})
# An optional third column of identifiers: the value as its file writes it, for people to read ("KDDI" of `kddi`).
WRITTEN: Final = pl.Schema({"written": pl.String()})
# Only the first four columns of a tie must be there; a missing optional column is null throughout.
TIE: Final = pl.Schema(
    {
        "bundle": pl.UInt32(),
        "role": pl.String(),  # or any categorical type over the same words
        "identifier": pl.UInt32(),  # row of `identifiers`
        "seq": pl.UInt32(),
        "place": pl.String(),  # ISO 3166-1 alpha-2: where the thing is
        "registered": pl.String(),  # ISO 3166-1 alpha-2: where the number or name is registered
        "share_min": pl.Float64(),  # per cent
        "share_max": pl.Float64(),
        "basis": pl.String(),  # declared | observed | inferred
        "since": pl.Date(),
        "until": pl.Date(),
        "locator": pl.String(),
    }
)
TIE_REQUIRED: Final = ("bundle", "role", "identifier", "seq")
# A null bundle speaks for every bundle of the batch that has no row of its own for that role.
# A role without any row was not seen at all: extent none.
EXTENTS: Final = pl.Schema({"bundle": pl.UInt32(), "role": pl.String(), "extent": EXTENT, "reason": pl.String()})


@dataclass(frozen=True)
class Batch:
    """Assets of one kind from one file, with their ties and extents."""

    kind: str
    assets: pl.DataFrame
    identifiers: pl.DataFrame
    ties: pl.DataFrame
    extents: pl.DataFrame


@dataclass(frozen=True)
class Reject:
    """A piece of input that was not understood, and why. ``count`` pieces at ``locator`` and after it."""

    locator: str
    reason: str
    count: int = 1


@dataclass(frozen=True)
class Note:
    """Something about the whole file that the reader of a report should know."""

    text: str


@dataclass(frozen=True)
class Limits:
    """What a reader may spend on one file. A reader that stops at one names it in a reject."""

    bytes_in: int = 8 << 30  # of the file as it lies on disk
    bytes_out: int = 64 << 30  # after decompression
    ratio: int = 1000  # decompressed bytes for each compressed byte, once past 64 MiB
    rows: int = 200_000_000  # assets
    depth: int = 64  # nesting of documents
    rejects: int = 1000  # rejects that are kept one by one; the rest are counted
    seconds: float = 600.0


@dataclass(frozen=True)
class Coverage:
    """What was understood of one file, or, where not ``of_a_file``, what is to be said of several together."""

    path: str
    reader: str | None
    rows: int = 0
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()
    notes: tuple[str, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    of_a_file: bool = True
    fragments: int = 0  # records that are no assets themselves, which a link joins to assets of other files


def encode_ties(ties: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split ties that spell out ``type`` and ``value`` into identifiers and ties that point to them.

    Identifiers come in order of first appearance. A column ``written`` goes with them, each as it is first written.
    """
    identifiers = ties.select("type", "value", *(name for name in WRITTEN if name in ties.columns)).unique(
        ["type", "value"], keep="first", maintain_order=True
    )
    numbered = identifiers.select("type", "value").with_row_index("identifier")
    encoded = ties.join(numbered, on=["type", "value"], how="left", maintain_order="left", nulls_equal=True)
    return identifiers, encoded.drop("type", "value", *WRITTEN, strict=False)


def extent_rows(rows: list[tuple[int | None, str, Extent, str | None]]) -> pl.DataFrame:
    """Make an extents table of ``(bundle, role, extent, reason)`` rows."""
    return pl.DataFrame(rows, schema=EXTENTS, orient="row")
