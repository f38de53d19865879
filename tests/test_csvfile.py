"""CSV files that a person named: bounded, never unpacked, never waited for, and every cell a text."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import zlib
from typing import TYPE_CHECKING

import pytest

from crossline import csvfile
from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class AskedError(Mistake):
    """What the one who asks calls a mistake."""


def read(path: Path, *, header: bool = True, bytes_most: int = 1 << 20) -> list[tuple[str | None, ...]]:
    """Return the rows of a file, below the line of names if there is one."""
    return csvfile.read(path, AskedError, bytes_most=bytes_most, header=header).rows()


def test_cells_are_texts_as_they_stand(tmp_path: Path) -> None:
    """Numbers, dates and blanks stay text; a short line lacks cells, and what a long one has more of is left out."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n007, 1e3\n2020-01-01\nx,y,z\n")
    assert read(path) == [("007", " 1e3"), ("2020-01-01", None), ("x", "y")]


def test_without_names_the_first_line_is_a_row(tmp_path: Path) -> None:
    """Of two columns of one name both are kept as they stand, and empty lines before them do not count."""
    path = tmp_path / "a.csv"
    path.write_text("\n\r\na,a\n1,2\n")
    assert read(path, header=False) == [("a", "a"), ("1", "2")]


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_refused_before_it_is_unpacked(
    tmp_path: Path, pack: Callable[[bytes], bytes], header: bool
) -> None:
    """However small it is, nobody knows what comes out of it; the column library would unpack it by itself."""
    path = tmp_path / "a.csv"
    path.write_bytes(pack(b"asn,users\n10,5\n" * 10_000))
    with pytest.raises(AskedError, match=f"^{re.escape(str(path))}: packed; unpack it first$"):
        read(path, header=header)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_huge_file_is_not_read(tmp_path: Path, more: int, fits: bool) -> None:
    """As many bytes as the limit are read, and one more is refused with the limit in MiB."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n" + b"x" * ((2 << 20) - 2 + more))
    if fits:
        assert len(read(path, bytes_most=2 << 20)[0][0] or "") == (2 << 20) - 2
    else:
        with pytest.raises(AskedError, match="larger than 2 MiB"):
            read(path, bytes_most=2 << 20)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(AskedError, match="not a regular file"):
        read(tmp_path / "a.csv")


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A folder, or a file that is not there, is the system's error, which names it."""
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(OSError, match=re.escape(str(path))):
            read(path)


def test_what_is_no_table_is_a_mistake_in_one_line(tmp_path: Path) -> None:
    """An empty file is the asker's own mistake, on one line that names the file."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    with pytest.raises(AskedError, match=r"^[^\n]*a\.csv: not a CSV file: [^\n]+$"):
        read(path)
