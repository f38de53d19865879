"""What the MRT reader does with memory itself: numbers out of octets, and columns of text that polars takes over."""

from __future__ import annotations

import gc
import struct
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

from crossline.compiled import Array, kernel
from crossline.readers.mrt import memory
from crossline.readers.mrt.handover import Text

OCTETS = np.arange(200, 100, -1, dtype=np.uint8)


@kernel
def _numbers(data: Array, at: int, out: Array) -> None:
    out[0] = memory.two(data, at)
    out[1] = memory.four(data, at)
    out[2] = memory.eight(data, at)


@kernel
def _copied(out: Array, at: int, source: Array, start: int) -> None:
    memory.copy(out, at, source, start)


@pytest.mark.parametrize("at", [0, 1, 7, 92])
def test_numbers_out_of_octets_are_those_of_struct(at: int) -> None:
    """Numbers are in network order at any place, compiled or not, as the struct module reads them."""
    data = OCTETS.tobytes()
    expected = [struct.unpack_from(form, data, at)[0] for form in (">H", ">I", ">Q")]
    out = np.zeros(3, np.uint64)
    _numbers(OCTETS, at, out)
    assert out.tolist() == expected
    assert [int(take(OCTETS, at)) for take in (memory.two, memory.four, memory.eight)] == expected


def test_a_copy_takes_one_piece_and_touches_nothing_else() -> None:
    """Exactly PIECE octets are copied, compiled or not."""
    expected = bytes(3) + OCTETS[5 : 5 + memory.PIECE].tobytes() + bytes(33)
    for copy in (_copied, memory.copy):
        out = np.zeros(100, np.uint8)
        copy(out, 3, OCTETS, 5)
        assert out.tobytes() == expected


def _text(words: list[bytes], rest: int) -> Text:
    """Return columns `whole` and `rest` (what follows the first octets) over one text of all words."""
    content = b"".join(words)
    text = Text(("whole", "rest"), len(words), len(content))
    text.text[:] = np.frombuffer(content, np.uint8)
    at = 0
    for row, word in enumerate(words):
        for column, skipped in enumerate((0, rest)):
            part = word[skipped:]
            view = struct.pack("=I12s", len(part), part)
            if len(part) > 12:  # Columnar format, "Variable-size Binary View Layout"
                view = struct.pack("=I4sII", len(part), part[:4], 0, at + skipped)
            text.views[column, row] = np.frombuffer(view, np.uint32)
        at += len(word)
    return text


WORDS = [b"short", b"exactly twelve", b"", b"something that is longer than a view", b"0123456789ab"]


def test_columns_of_text_are_what_was_written() -> None:
    """Short and long strings that share one text come out as they went in, and polars can work on them."""
    size = sum(map(len, WORDS))
    frame = _text(WORDS, 2).frame(size)
    assert frame.to_dict(as_series=False) == {
        "whole": [word.decode() for word in WORDS],
        "rest": [word[2:].decode() for word in WORDS],
    }
    assert pl.concat([frame, frame]).filter(pl.col("whole").str.starts_with("e"))["rest"].to_list() == (
        ["actly twelve"] * 2
    )


def test_columns_of_text_live_as_long_as_any_of_them() -> None:
    """One column keeps the text after the frame and its maker are gone, and may be let go of in another thread."""
    column = _text(WORDS, 1).frame(sum(map(len, WORDS)))["whole"]
    gc.collect()
    held = [column]
    del column
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(held[0].to_list).result() == [word.decode() for word in WORDS]
        pool.submit(held.clear).result()


def test_no_rows_make_an_empty_frame() -> None:
    """A frame without rows has its columns."""
    assert Text(("whole",), 0, 0).frame(0).schema == pl.Schema({"whole": pl.String()})


def test_columns_of_text_are_given_away_once() -> None:
    """What polars owns is not handed out a second time."""
    text = _text(WORDS, 0)
    text.frame(sum(map(len, WORDS)))
    with pytest.raises(ValueError, match="given away before"):
        text.__arrow_c_array__()
