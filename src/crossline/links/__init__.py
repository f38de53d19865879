"""Links: one file per join between assets that different readers saw, found by its name.

A module here has

- ``ABOUT``: what it joins, in one line;
- ``AFTER``: the names of the links whose work it needs, a tuple;
- ``join(read: Reading) -> Reading``: the same batches, or more of them, or with more ties; it never raises on data.

Links see what readers yield, before it is assembled. A batch's assets may have columns that their kind has not, such
as ``source_address`` of a trace or ``addresses`` of a device: they are for links alone, and go no further, so that no
report shows them. A batch with the column ``fragment`` holds no assets at all, only records that a link joins to
assets of other files and then takes out: the pages of an interface, say. What is left of them is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.registry import Registry

if TYPE_CHECKING:
    from crossline.estate_file import EstateFile
    from crossline.tables import Batch


@dataclass(frozen=True)
class Reading:
    """What all readers yielded, as pairs of file and batch, with what estate.yaml says; ``notes`` are for reports."""

    batches: tuple[tuple[str, Batch], ...]
    about: EstateFile | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)

    def of(self, kind: str) -> list[int]:
        """Return the places of the batches of a kind."""
        return [place for place, (_, batch) in enumerate(self.batches) if batch.kind == kind]


def text_column(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of text, null throughout where the frame does not have it."""
    if name in frame.columns:
        return frame[name]
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, frame.height)


_LINKS: Final = Registry(__name__)
load = _LINKS.load


@cache
def names() -> tuple[str, ...]:
    """Return the names of all links, each after those it needs, otherwise sorted."""
    found = _LINKS.names()
    # A link that is not there, such as one for a format that was taken out, is waited for by nobody.
    order = TopologicalSorter({name: [other for other in load(name).AFTER if other in found] for name in found})
    return tuple(order.static_order())


def apply(read: Reading) -> Reading:
    """Run every link, in order."""
    for name in names():
        read = load(name).join(read)
    return read
