"""A plain table of assets, CSV or Parquet, for any kind: docs/readers/table.md describes its columns.

What a table does not say stays unknown: a missing column and an empty cell alike. ``none`` says that there is none.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import kinds
from crossline.readers.table import cells, vocabulary
from crossline.readers.table.records import RECORD_BYTES, REST, Records, header_cells, read_records
from crossline.readers.table.rejects import PLACE, Rejects
from crossline.readers.table.roles import Parser, read_roles
from crossline.tables import ASSET, Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

ABOUT = "a plain table, CSV or Parquet, of assets of any kind"
LIMITS = (
    "CSV is UTF-8 as RFC 4180 describes it, parted by commas, semicolons or tabs; the first line names the columns.",
    "A record is at most 1 MiB long, a cell 64 KiB; a thousand records may break off before a file is given up.",
    "In CSV an identifier cannot hold a '|' or ';'.",
    "Of two rows with the same asset the first counts.",
    "Where bytes are not UTF-8, a row that has U+FFFD of its own near them is rejected as well.",
)
JAILED = True
OPTIONS = ("kind",)  # what estate.yaml may say of a file that the reader itself needs

_PARQUET: Final = b"PAR1"
_PARQUET_ROWS: Final = 500_000  # read at a time
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def claim(path: Path, head: bytes) -> bool:
    """Return whether the file is Parquet, or CSV whose header has the columns of a table of assets."""
    if head.startswith(_PARQUET):
        return True
    return _separator(path, head) is not None


def _separator(path: Path, head: bytes) -> str | None:
    """Return what the header's cells are separated by, ``utf-16`` if that is the trouble, or None for no table."""
    if head[:2] in _UTF16:
        words = head[2:].replace(b"\0", b"").splitlines()[:1]
        return "utf-16" if words and vocabulary.fits(header_cells(words[0]), path.stem) else None
    line = head.partition(b"\n")[0]
    found = (mark for mark in ",;\t" if vocabulary.fits(header_cells(line, mark), path.stem))
    return next(found, None)


def read(path: Path, limits: Limits, *, kind: str | None = None) -> Iterator[Batch | Reject | Note]:
    """Yield the assets of a table. ``kind`` is that of rows that name none; without it, the file's name says it."""
    kind = kind or vocabulary.kind_of_file(path.stem)
    if kind is not None and kind not in vocabulary.kind_names():
        yield Reject("file", f"there is no kind {kind!r}{vocabulary.close(kind, vocabulary.kind_names())}")
        return
    try:
        size = path.stat().st_size
        if size > limits.bytes_in:
            yield Reject("file", f"larger than the limit of {limits.bytes_in} bytes")
            return
        with path.open("rb") as file:
            parquet = file.read(4) == _PARQUET
        yield from _Table(path, limits, kind).parquet() if parquet else _Table(path, limits, kind).csv()
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")


class _Table:
    """One file on its way to batches."""

    def __init__(self, path: Path, limits: Limits, kind: str | None) -> None:
        """Remember what the file is read by."""
        self.path, self.limits, self.kind = path, limits, kind
        self.parser = Parser()
        self.rejects = Rejects(limits.rejects, "line")
        self.deadline = time.monotonic() + limits.seconds
        self.rows = 0
        self.seen = pl.Series("asset", [], pl.String)

    def csv(self) -> Iterator[Batch | Reject | Note]:
        """Read the file as CSV."""
        with self.path.open("rb") as file:
            head = file.readline(RECORD_BYTES)
            separator = _separator(self.path, head)
            if separator == "utf-16":
                yield Reject("line 1", "the file is UTF-16; save it as UTF-8")
                return
            separator = separator or ","
            columns = header_cells(head, separator)
            if not head.strip() or len(columns) < 2:
                yield Reject("line 1", "there is no header of at least two columns, separated by commas")
                return
            wrong = self.header(columns)
            yield from self.rejects.take()
            if wrong:
                yield Reject("line 1", wrong)
                return
            unique = [name or f"unnamed column {n}" for n, name in enumerate(columns)]
            for piece in read_records(file, unique, separator):
                if isinstance(piece, Reject) and piece.locator == REST:
                    yield piece
                elif isinstance(piece, Reject):
                    self.rejects.add(piece)
                else:
                    yield from self.batches(self.known(piece, unique))
                if (yield from self.exhausted()):
                    break
        yield from self.end()

    def known(self, records: Records, columns: list[str]) -> pl.DataFrame:
        """Return the columns that a table can have, and where each row stands."""
        every = vocabulary.every_column() | set(vocabulary.GENERAL)
        frame = records.frame.select(name for name in columns if name in every)
        return frame.with_columns(pl.Series(PLACE, records.lines))

    def parquet(self) -> Iterator[Batch | Reject | Note]:
        """Read the file as Parquet."""
        self.rejects.unit = "row"
        try:
            scan = pl.scan_parquet(self.path, glob=False, hive_partitioning=False)
            schema = scan.collect_schema()
            height = int(scan.select(pl.len()).collect().item())
        except pl.exceptions.PolarsError as error:
            yield Reject("file", f"is not whole as Parquet: {' '.join(str(error).split())[:200]}")
            return
        names = {name: name.strip().lower() for name in schema}
        wrong = self.header(list(names.values()))
        if wrong:
            yield from self.rejects.take()
            yield Reject("the schema", wrong)
            return
        every = vocabulary.every_column() | set(vocabulary.GENERAL)
        texts, untold = [], []
        for name, column in names.items():
            text = _as_text(pl.col(name), schema[name]) if column in every else None
            if text is not None:
                texts.append(text.alias(column))
            elif column in every:
                reason = f"its type {schema[name]} is none that a table has"
                self.rejects.add(Reject(f"the schema, column {column}", reason))
                untold.append(column)
        if untold:
            texts.append(pl.lit(untold, pl.List(pl.String())).alias(cells.UNREAD))
        for first in range(0, height, _PARQUET_ROWS):
            try:
                frame = scan.slice(first, _PARQUET_ROWS).select(texts).collect()
            except pl.exceptions.PolarsError as error:
                reason = f"is not whole as Parquet: {' '.join(str(error).split())[:200]}"
                yield Reject(f"rows from {first + 1}", reason, min(_PARQUET_ROWS, height - first))
                break
            places = pl.int_range(first + 1, first + 1 + frame.height, eager=True).alias(PLACE)
            yield from self.batches(frame.with_columns(places))
            if (yield from self.exhausted()):
                break
        yield from self.end()

    def header(self, columns: list[str]) -> str | None:
        """Check the columns' names; return why the whole file cannot be read, or None."""
        twice = {name for name in columns if name and columns.count(name) > 1} if len(columns) < 1000 else set()
        if twice or len(columns) >= 1000:
            return f"the column {min(twice)!r} stands twice" if twice else "a thousand columns or more"
        if "kind" not in columns and self.kind is None:
            return (
                "the kind of its assets is not stated: call the file after it (device.csv), add a column kind, or "
                f"say it in estate.yaml; kinds are {', '.join(vocabulary.kind_names())}"
            )
        if "asset" not in columns and "name" not in columns:
            return "there is neither a column asset nor a column name"
        single = self.kind if "kind" not in columns else None
        own = vocabulary.own_columns(single) if single else sorted(vocabulary.every_column())
        allowed = [*vocabulary.GENERAL, *own]
        for name in columns:
            if name not in allowed:
                whose = f"of {single}" if single else "of any kind"
                near = vocabulary.close(name, allowed) if name else ""
                reason = f"{name[:60]!r} is no column {whose}, and is not read{near}"
                self.rejects.add(Reject("the header", reason))
        return None

    def batches(self, frame: pl.DataFrame) -> Iterator[Batch | Reject]:
        """Yield a batch for each kind among the rows."""
        frame = self.with_ids(self.with_kinds(cells.trimmed(frame, self.rejects)))
        self.rows += frame.height
        for (kind,), rows in frame.group_by(["kind"], maintain_order=True):
            yield self.batch(str(kind), rows)
        yield from self.rejects.take()

    def with_kinds(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Fill in the kind, and reject rows that have none or one that does not exist."""
        stated = pl.col("kind") if "kind" in frame.columns else pl.lit(None, pl.String)
        frame = frame.with_columns(kind=stated.fill_null(pl.lit(self.kind, pl.String)))
        self.rejects.rows(frame.filter(pl.col("kind").is_null()), "no kind is stated", "kind")
        frame = frame.filter(pl.col("kind").is_not_null())
        exists = pl.col("kind").is_in(vocabulary.kind_names())
        strange = frame.filter(~exists)
        hints = vocabulary.hints("kind", strange["kind"], vocabulary.kind_names())
        strange = strange.join(hints, on="kind", how="left", maintain_order="left")
        self.rejects.rows(strange, "there is no kind {}", "kind")
        return frame.filter(exists)

    def with_ids(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give each row an id and a name, and reject rows with neither and rows whose asset was there before."""
        for column in ("asset", "name", "observed_at"):
            if column not in frame.columns:
                frame = frame.with_columns(pl.lit(None, pl.String).alias(column))
        frame = frame.with_columns(asset=pl.col("asset").fill_null(pl.format("{}:{}", "kind", "name")))
        self.rejects.rows(frame.filter(pl.col("asset").is_null()), "neither an asset nor a name is stated")
        frame = frame.filter(pl.col("asset").is_not_null())
        again = ~pl.col("asset").is_first_distinct() | pl.col("asset").is_in(self.seen.implode())
        self.rejects.rows(frame.filter(again), "the asset {} stands in the table already", "asset")
        frame = frame.filter(~again).with_columns(pl.col("name").fill_null(pl.col("asset")))
        self.seen = pl.concat([self.seen, frame["asset"]])
        return frame

    def batch(self, name: str, rows: pl.DataFrame) -> Batch:
        """Return rows of one kind as a batch."""
        kind = kinds.load(name)
        allowed = {*vocabulary.own_columns(name), *vocabulary.GENERAL, PLACE, cells.UNREAD}
        for column in rows.columns:
            if column not in allowed and (self.kind is None or "kind" in rows.columns):
                strange = rows.filter(pl.col(column).is_not_null())
                self.rejects.rows(strange, f"{name} has no such column", column)
        observed = kinds.Column("observed_at", "date", "")
        ties = read_roles(rows, name, self.parser, self.rejects)
        own = [cells.typed(rows, column, self.rejects) for column in kind.columns if column.name in rows.columns]
        unread = cells.unread(rows, own)
        empty = [
            pl.lit(None, dtype).alias(column) for column, dtype in kind.schema().items() if column not in rows.columns
        ]
        assets = rows.select(
            "asset", "name", cells.typed(rows, observed, self.rejects),
            pl.format(f"{self.rejects.unit} {{}}", PLACE).alias("locator"), ties.bundle.alias("bundle"), *own, *empty,
            *([] if unread is None else [unread]),
        )  # fmt: skip
        marks = [] if unread is None else [unread.name]
        return Batch(name, assets.select(*ASSET, *kind.schema(), *marks), ties.identifiers, ties.ties, ties.extents)

    def exhausted(self) -> Generator[Reject, None, bool]:
        """Yield a reject and return True if a limit on the file as a whole was met."""
        yield from self.rejects.take()
        if self.rows > self.limits.rows:
            yield Reject(REST, f"past the limit of {self.limits.rows} assets; not read")
            return True
        if time.monotonic() > self.deadline:
            yield Reject(REST, f"past the limit of {self.limits.seconds:g} seconds; not read")
            return True
        return False

    def end(self) -> Iterator[Reject | Note]:
        """Yield what is left to say."""
        yield from self.rejects.last()
        if not self.rows and not self.rejects.kept:
            yield Note("the table has a header and no rows")


def _as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    """Return a Parquet column as the text that would stand in CSV, or None for a type that a table has not."""
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date)) or dtype.is_numeric():
        return column.cast(pl.String)
    if isinstance(dtype, pl.Datetime):
        return column.cast(pl.Date).cast(pl.String)
    if isinstance(dtype, pl.Null):
        return pl.lit(None, pl.String)
    if isinstance(dtype, pl.List) and isinstance(dtype.inner, (pl.String, pl.Categorical, pl.Enum)):
        joined = column.cast(pl.List(pl.String)).list.join("|")
        return pl.when(column.list.len() == 0).then(pl.lit(cells.NONE)).otherwise(joined)
    return None
