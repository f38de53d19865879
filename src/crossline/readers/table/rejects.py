"""Rejects of one file, kept one by one up to the limit and counted after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

PLACE = "place of the row"  # a column that no header can have: headers are trimmed words, and this one is ours
_SHOWN = 60


@dataclass
class Rejects:
    """Collects rejects until they are taken. ``unit`` is how a place is called: line or row."""

    limit: int
    unit: str
    kept: int = 0
    more: int = 0
    waiting: list[Reject] = field(default_factory=list)

    def add(self, reject: Reject) -> None:
        """Keep a reject, or count it once the limit is reached."""
        if self.kept < self.limit:
            self.kept += 1
            self.waiting.append(reject)
        else:
            self.more += reject.count

    def rows(self, rows: pl.DataFrame, reason: str, column: str | None = None, count: str | None = None) -> None:
        """Add one reject for each row.

        ``reason`` may name the cell as ``{}``; a row's own ``reason`` follows it. ``count`` is a column of counts.
        """
        room = self.limit - self.kept
        where = f", column {column}" if column else ""
        shown = column if column in rows.columns else None
        for row in rows.head(room).iter_rows(named=True):
            cell = repr(str(row[shown])[:_SHOWN]) if shown else ""
            text = reason.replace("{}", cell) + (row.get("reason") or "")
            self.add(Reject(f"{self.unit} {row[PLACE]}{where}", text, row[count] if count else 1))
        rest = rows.slice(max(room, 0))
        self.more += int(rest[count].sum()) if count else rest.height

    def take(self) -> Iterator[Reject]:
        """Yield what has gathered."""
        yield from self.waiting
        self.waiting.clear()

    def last(self) -> Iterator[Reject]:
        """Yield what is left, and the number of those that were only counted."""
        yield from self.take()
        if self.more:
            reason = f"past the limit of {self.limit} that are listed one by one"
            yield Reject("the rest of the file", reason, self.more)
