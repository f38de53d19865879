"""What may still be spent on a file of packages, what was left out because of it, and what is to be told of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from crossline.packages import archive
from crossline.tables import Note, Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.packages.archive import Archive
    from crossline.tables import Limits


@dataclass
class Spending:
    """Rejects and notes of one file, and its time: a third of it is kept for what comes after reading."""

    limits: Limits
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    more: int = 0
    end: float = field(init=False)

    def __post_init__(self) -> None:
        """Set when the time for reading is over."""
        self.end = time.monotonic() + self.limits.seconds * 2 / 3

    def refuse(self, place: str, reason: str, count: int = 1) -> None:
        """Keep a reject, or count it."""
        if len(self.rejects) < self.limits.rejects:
            self.rejects.append(Reject(visible(place, 300), reason, count))
        else:
            self.more += count

    def note(self, text: str) -> None:
        """Keep a note about the whole file, once."""
        if Note(text) not in self.notes:
            self.notes.append(Note(text))

    def late(self) -> bool:
        """Say whether the time for reading is over."""
        return time.monotonic() > self.end

    def told(self) -> Iterator[Reject | Note]:
        """Yield rejects and notes."""
        yield from self.rejects
        if self.more:
            yield Reject("the rest", "more of this kind, not listed one by one", self.more)
        yield from self.notes


def several(first: str, count: int) -> str:
    """Name the first of several things, and how many more there are."""
    return f"{visible(first)} and {count - 1:,} more" if count > 1 else visible(first)


def tell(opened: Archive, where: str, spending: Spending) -> None:
    """Tell what an archive's directory holds that is no entry, or an odd one."""
    for one in opened.rejects:
        spending.refuse(f"{where}{one.locator}", one.reason, one.count)
    for text in opened.odd:
        spending.note(f"{where or 'archive: '}{text}")
    odd = opened.entries.filter(pl.col("odd") != 0)
    for bits, first, count in odd.group_by("odd", maintain_order=True).agg(pl.first("name"), pl.len()).iter_rows():
        said = "; ".join(archive.words(bits))
        spending.note(f"{where}{several(first, count)}: {said}")
