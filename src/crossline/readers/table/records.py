"""The records of a CSV file (RFC 4180), a stretch of the file at a time, with the line that each begins on.

A record that cannot be trusted to be one (its quotation marks do not match, or it has too few or too many cells)
is a reject and takes nothing else with it: reading goes on at the next line. polars then only sees records that
are sound. Bytes are searched as whole arrays: no loop over rows.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

STRETCH_BYTES: Final = 16 << 20  # read at a time
RECORD_BYTES: Final = 1 << 20  # the longest record
REST: Final = "the rest of the file"
_SHORT_STRETCH_BYTES: Final = 2 * RECORD_BYTES  # read again after a record that broke off
LISTED_RECORDS: Final = 1000  # records that are no rows, listed one by one in a stretch
BROKEN_RECORDS: Final = 1000  # records with mismatched quotation marks in a file, after which it is given up

_NEWLINE, _QUOTE, _RETURN, _NUL = b'\n"\r\0'
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """Cells as text, a column for each of the header; ``lines`` says where each record begins."""

    frame: pl.DataFrame
    lines: Positions


@dataclass(frozen=True)
class _Split:
    """How far a stretch could be split: ``starts`` and ``ends`` of sound records, and what stopped it, if anything."""

    starts: Positions
    ends: Positions
    stop: int  # everything before this offset is accounted for
    trouble: str | None = None


def header_cells(line: bytes, separator: str = ",") -> list[str]:
    """Return the cells of a header line, trimmed, in small letters; empty if it is no header."""
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        rows = list(csv.reader([text], delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return []
    return [cell.strip().lower() for cell in rows[0]] if rows else []


def read_records(file: IO[bytes], columns: list[str], separator: str = ",") -> Iterator[Records | Reject]:
    """Yield the records after the header of a file that is positioned behind its header line."""
    comma = ord(separator)
    carried, line, broken, skipping, stretch = b"", 2, 0, False, STRETCH_BYTES
    while True:
        if len(carried) < stretch:
            carried += file.read(stretch - len(carried))
        window = carried[:stretch]
        final = len(carried) < stretch
        if not window:
            return
        if skipping:  # the rest of a line that is too long
            cut = window.find(b"\n") + 1
            skipping = cut == 0
            carried = b"" if skipping else carried[cut:]
            line += not skipping
            continue
        split = _split(np.frombuffer(window, np.uint8), comma, final=final)
        yield from _sound(window, split, columns, line, comma)
        line += window.count(b"\n", 0, split.stop)
        carried = carried[split.stop :]
        stretch = min(stretch * 2, STRETCH_BYTES) if split.stop else stretch * 2
        if split.trouble:
            broken += 1
            if broken > BROKEN_RECORDS:
                yield Reject(REST, f"not read from line {line} on: past the limit of {BROKEN_RECORDS} that break off")
                return
            yield Reject(f"line {line}", split.trouble)
            cut = window.find(b"\n", split.stop) + 1
            skipping = cut == 0
            carried = b"" if skipping else carried[cut - split.stop :]
            line += not skipping
            stretch = _SHORT_STRETCH_BYTES
        elif final:
            return


def _split(data: npt.NDArray[np.uint8], comma: int, *, final: bool) -> _Split:
    """Find the records of a stretch up to the first that breaks off, or to the last that is whole."""
    quotes = np.flatnonzero(data == _QUOTE)
    ends = np.flatnonzero(data == _NEWLINE)
    ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    starts = np.concatenate([[0], ends + 1])
    unended = int(starts[-1])
    if final and unended < len(data) and len(quotes) % 2 == 0:
        ends = np.append(ends, len(data))
    else:
        starts = starts[:-1]
    stop = int(ends[-1]) + 1 if len(ends) else 0

    long = starts[ends - starts > RECORD_BYTES]
    marks = {int(long[0]): f"longer than the limit of {RECORD_BYTES} bytes for a record"} if len(long) else {}
    wrong = _misplaced(data, quotes, comma)
    if wrong is not None:
        before = np.searchsorted(starts, wrong, side="right") - 1
        first = int(starts[before]) if before >= 0 and wrong < stop else stop
        marks.setdefault(first, "a quotation mark where none belongs; cells with commas go between two of them")
    if not marks and unended < len(data) and stop <= unended:
        if final:
            marks[unended] = "a quotation mark that is never closed"
        elif len(data) - unended > RECORD_BYTES:
            marks[unended] = f"longer than the limit of {RECORD_BYTES} bytes for a record"
    if not marks:
        return _Split(starts, ends, min(stop, len(data)))
    at = min(marks)
    sound = starts < at
    return _Split(starts[sound], ends[sound], at, marks[at])


def _misplaced(data: npt.NDArray[np.uint8], quotes: Positions, comma: int) -> int | None:
    """Return the first quotation mark that neither opens nor closes a cell, nor stands for itself, or None."""
    if not len(quotes):
        return None
    opening, closing = quotes[0::2], quotes[1::2]
    before = data[np.maximum(opening - 1, 0)]
    fine = (opening == 0) | (before == comma) | (before == _NEWLINE)
    fine[1:] |= opening[1:] - closing[: len(opening) - 1] == 1  # the second half of a doubled mark
    after = data[np.minimum(closing + 1, len(data) - 1)]
    good = (closing == len(data) - 1) | np.isin(after, np.array([comma, _NEWLINE, _RETURN, _QUOTE], np.uint8))
    wrong = np.concatenate([opening[~fine], closing[~good]])
    return int(wrong.min()) if len(wrong) else None


def _sound(window: bytes, split: _Split, columns: list[str], first_line: int, comma: int) -> Iterator[Records | Reject]:
    """Yield the records of a split that have as many cells as the header, and a reject for each of the others."""
    if not len(split.starts):
        return
    data = np.frombuffer(window, np.uint8)[: min(int(split.ends[-1]) + 1, len(window))]
    quotes, newlines = np.flatnonzero(data == _QUOTE), np.flatnonzero(data == _NEWLINE)
    commas = np.flatnonzero(data == comma)
    commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    count = len(split.starts)
    cells = np.bincount(np.searchsorted(split.ends, commas), minlength=count) + 1
    has_nul = np.bincount(np.searchsorted(split.ends, np.flatnonzero(data == _NUL)), minlength=count) > 0
    last = data[np.maximum(split.ends - 1, 0)] == _RETURN
    blank = split.ends - split.starts - last <= 0
    lines = first_line + np.searchsorted(newlines, split.starts)
    keep = ~blank & ~has_nul & (cells == len(columns))
    bad = np.flatnonzero(~blank & ~keep)
    for record in bad[:LISTED_RECORDS].tolist():
        reason = "a NUL byte" if has_nul[record] else f"{cells[record]} cells where the header has {len(columns)}"
        yield Reject(f"line {lines[record]}", reason)
    if len(bad) > LISTED_RECORDS:
        more = f"more such records after the first {LISTED_RECORDS}"
        yield Reject(f"line {lines[bad[LISTED_RECORDS]]}", more, len(bad) - LISTED_RECORDS)
    if not keep.any():
        return
    if keep.all():
        text = window[: len(data)]
    else:
        text = data[np.repeat(keep, np.diff(np.append(split.starts, len(data))))].tobytes()
    yield from _parsed(text, columns, lines[keep], chr(comma))


def _parsed(text: bytes, columns: list[str], lines: Positions, separator: str) -> Iterator[Records | Reject]:
    try:
        text.decode()
        encoding = "utf8"
    except UnicodeDecodeError:
        encoding = "utf8-lossy"
    frame = pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        separator=separator,
        schema=dict.fromkeys(columns, pl.String),
        infer_schema=False,
        encoding=encoding,
    )
    if frame.height != len(lines):
        yield Reject(f"line {lines[0]}", "records that cannot be told apart", len(lines))
        return
    if encoding != "utf8":  # what could not be decoded has become U+FFFD
        bad = frame.select(pl.any_horizontal(pl.all().str.contains("\ufffd", literal=True).fill_null(value=False)))
        mask = bad.to_series().to_numpy()
        strange = lines[mask]
        for line in strange[:LISTED_RECORDS].tolist():
            yield Reject(f"line {line}", "bytes that are not UTF-8")
        if len(strange) > LISTED_RECORDS:
            yield Reject(f"line {strange[LISTED_RECORDS]}", "more such records", len(strange) - LISTED_RECORDS)
        frame, lines = frame.filter(~mask), lines[~mask]
    if len(lines):
        yield Records(frame, lines)
