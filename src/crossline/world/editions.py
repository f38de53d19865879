"""When a file was published, for formats that do not say so themselves.

A date is taken, in this order, from

1. ``editions.csv`` beside the file (columns ``file,published`` and, where :mod:`crossline.world.pull` wrote it,
   ``url,sha256,validator``), or, before it, one that lies elsewhere and names the file by its path
   (:func:`beside`), for folders that nobody may write in; the row counts only while its sha256, if it has one, is
   that of the file;
2. the file itself or its name, where the format has a place for a date;
3. the sha256 of an edition that is known to the source.

The time stamp of a file is never taken: it says when a copy was made. Without a date a file is rejected, and the
message says what to write into ``editions.csv``. Nor is a date taken of years that no edition is of (:data:`YEARS`).
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

NAME: Final = "editions.csv"
FIELDS: Final = ("file", "published", "url", "sha256", "validator")
YEARS: Final = (1900, 2199)  # a source knows no clock, so this is as much as it can tell of a date that cannot be
_STAMPS: Final = (1e9, 4e9)  # seconds since 1970 in which an edition can have been made: 2001 to 2096
_LIMIT: Final = 4 << 20
_ELSEWHERE: ContextVar[Edition | None] = ContextVar("edition stated elsewhere", default=None)
_EIGHT_DIGITS: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})-?(\d{2})-?(\d{2})(?!\d)")


@dataclass(frozen=True)
class Edition:
    """A file, its date, and where it came from."""

    file: str
    published: date
    url: str = ""
    sha256: str = ""
    validator: str = ""  # what the server said that identifies these bytes: an ETag or a Last-Modified


class UndatedError(ValueError):
    """No date could be found; the message says how to state one."""


def read(folder: Path) -> dict[str, Edition]:
    """Return the rows of ``editions.csv`` in that folder by file name; raises ValueError with the place."""
    path = folder / NAME
    return read_file(path) if path.is_file() else {}


def read_file(path: Path) -> dict[str, Edition]:
    """Return the rows of such a file by what they name; raises ValueError with the place."""
    if path.stat().st_size > _LIMIT:
        raise ValueError(f"{path}: larger than {_LIMIT:,} bytes")
    rows: dict[str, Edition] = {}
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig", errors="replace")))
    if reader.fieldnames is None or not {"file", "published"} <= set(reader.fieldnames):
        raise ValueError(f"{path}: the first line must name the columns file and published")
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in FIELDS}
        try:
            published = date.fromisoformat(cells["published"])
        except ValueError:
            place = f"{path}, line {reader.line_num}"
            raise ValueError(f"{place}: published {cells['published']!r} is no date YYYY-MM-DD") from None
        rows[cells["file"]] = Edition(cells["file"], published, cells["url"], cells["sha256"], cells["validator"])
    return rows


def write(folder: Path, rows: Iterable[Edition]) -> None:
    """Write ``editions.csv``, one row a file, in the order of their names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in sorted(rows, key=lambda row: row.file):
        writer.writerow([row.file, row.published.isoformat(), row.url, row.sha256, row.validator])
    part = folder / f"{NAME}.part"
    part.write_text(out.getvalue(), encoding="utf-8")
    part.replace(folder / NAME)


@contextlib.contextmanager
def beside(edition: Edition | None) -> Iterator[None]:
    """Let this row speak for the one file that is read meanwhile, before what ``editions.csv`` beside it says."""
    token = _ELSEWHERE.set(edition)
    try:
        yield
    finally:
        _ELSEWHERE.reset(token)


def stated(path: Path) -> date | None:
    """Return the date that ``editions.csv`` gives the file; raises UndatedError if it cannot be trusted."""
    try:
        row = _ELSEWHERE.get() or read(path.parent).get(path.name)
    except ValueError as error:
        raise UndatedError(str(error)) from error
    if row is None:
        return None
    if row.sha256 and row.sha256.lower() != hashlib.sha256(path.read_bytes()).hexdigest():
        raise UndatedError(f"{path.name} is not the file that {NAME} speaks of: its sha256 differs")
    return row.published


def from_name(name: str) -> date | None:
    """Return the first date, YYYYMMDD or YYYY-MM-DD, in a file's name."""
    for match in _EIGHT_DIGITS.finditer(name):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def published(path: Path, *, inside: date | None = None, known: date | None = None) -> date:
    """Return the date of a file by the order above; raises UndatedError if nothing gives one."""
    found = stated(path) or inside or from_name(path.name) or known
    if found is None:
        raise UndatedError(
            f"no date: the format has none, and neither has the name; put a line `{path.name},YYYY-MM-DD` into "
            f"{NAME} beside it (first line `file,published`), or the same into a file given with --editions, or the "
            "date into its name"
        )
    if not possible(found):
        raise UndatedError(
            f"it is dated {found}, and editions are of {YEARS[0]} to {YEARS[1]}; put a line `{path.name},YYYY-MM-DD` "
            f"into {NAME} beside it (first line `file,published`) or into a file given with --editions"
        )
    return found


def day_of(stamp: object, per_second: int = 1) -> date | None:
    """Return the day of a stamp, seconds or parts of them since 1970; None for what is none, or not of 2001 to 2096."""
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    earliest, latest = _STAMPS
    if not earliest * per_second < stamp < latest * per_second:
        return None
    return datetime.fromtimestamp(stamp / per_second, UTC).date()


def day_shared(stamps: Collection[float]) -> date | None:
    """Return the day of the stamp that all members of an archive share; stamps that differ are a copy's."""
    return day_of(next(iter(stamps))) if len(stamps) == 1 else None


def newest(days: Iterable[date | None]) -> date | None:
    """Return the newest of the days of an edition's entries, which is no older than that; None without any."""
    return max((day for day in days if day), default=None)


def possible(day: date) -> bool:
    """Return whether an edition, or a row of one, can be of that day."""
    return YEARS[0] <= day.year <= YEARS[1]
