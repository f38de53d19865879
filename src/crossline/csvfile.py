"""CSV files: their cells as text, whose types nobody guesses, and those that a person named, bounded in size."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.mistakes import Mistake

# How gzip, zlib, Zstandard, bzip2 and xz begin (RFC 1952, 1950, 8878; the last two by their formats' descriptions).
_PACKED: Final = (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")
_REASON: Final = 200  # characters of what the column library says


class NoTableError(ValueError):
    """Text is no CSV table; the message says why."""


def cells(content: bytes | str, *, header: bool, skip: int = 0) -> pl.DataFrame:
    """Return the cells as text, named by the first line or by numbers; lines may be short; raises NoTableError."""
    try:
        return pl.read_csv(
            io.StringIO(content) if isinstance(content, str) else content,
            has_header=header, infer_schema=False, skip_rows=skip, truncate_ragged_lines=True,
        )  # fmt: skip
    except pl.exceptions.PolarsError as error:
        raise NoTableError(str(error).splitlines()[0][:_REASON]) from error


def read(path: Path, mistake: type[Mistake], *, bytes_most: int, header: bool) -> pl.DataFrame:
    """Return the cells of a file; raises ``mistake`` for one that is too large, packed or no CSV, or OSError.

    Without ``header`` the first line is a row like any other, wherever in the file it stands.
    """
    # A pipe nobody writes to would be waited for, and the column library unpacks by itself, however much comes out.
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise mistake(f"{path}: not a regular file")
    with path.open("rb") as file:
        content = file.read(bytes_most + 1)
    if len(content) > bytes_most:
        raise mistake(f"{path}: larger than {bytes_most >> 20} MiB")
    if content.startswith(_PACKED):
        raise mistake(f"{path}: packed; unpack it first")
    try:
        return cells(content if header else content.lstrip(b"\r\n"), header=header)
    except NoTableError as error:
        raise mistake(f"{path}: not a CSV file: {error}") from error
