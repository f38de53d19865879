"""Property lists: beside Python's plistlib on whole ones; bombs, cut and damaged ones are refused in time."""

from __future__ import annotations

import plistlib
import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.packages import plist

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=30) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(TEXTS, inner, max_size=20),
    max_leaves=30,
)


def binary(objects: list[bytes], top: int = 0, width: int = 2, reference: int = 2, count: int | None = None) -> bytes:
    """Write a binary list of objects that are written by hand."""
    body, table = b"bplist00", b""
    for one in objects:
        table += len(body).to_bytes(width, "big")
        body += one
    trailer = struct.pack(">6xBBQQQ", width, reference, len(objects) if count is None else count, top, len(body))
    return body + table + trailer


@given(st.dictionaries(TEXTS, VALUES, max_size=20), st.sampled_from([plistlib.FMT_BINARY, plistlib.FMT_XML]))
def test_as_plistlib_reads_them(value: dict[str, Any], form: plistlib.PlistFormat) -> None:
    """What plistlib writes is read as it was, in both forms."""
    data = plistlib.dumps(value, fmt=form)
    assert plist.read(data) == plistlib.loads(data)


def test_a_bomb_of_references() -> None:
    """Sixty lists, each of two references to the next, would be 2**60 values: refused, at once."""
    lists = [b"\xa2" + struct.pack(">HH", n + 2, n + 2) for n in range(60)]
    start = time.monotonic()
    with pytest.raises(plist.Unreadable, match="values"):
        plist.read(binary([b"\xd1\0\x3d\0\x01", *lists, b"\x51a"]))
    assert time.monotonic() - start < 5


def test_a_text_that_is_referred_to_often() -> None:
    """A text of a mebibyte that a hundred references lead to is not kept a hundred times."""
    text = b"\x5f\x12" + struct.pack(">I", 1 << 20) + b"x" * (1 << 20)
    listed = b"\xaf\x10\x64" + b"\0\0\0\x02" * 100
    with pytest.raises(plist.Unreadable, match="too many"):
        plist.read(binary([b"\xd1\0\0\0\x03\0\0\0\x01", listed, text, b"\x51a"], width=4, reference=4))


def test_nesting() -> None:
    """Lists within lists are read sixty deep, and refused a hundred deep; one that holds itself is refused."""
    for depth, ends in ((50, False), (100, True)):
        value: Any = "x"
        for _ in range(depth):
            value = [value]
        data = plistlib.dumps({"a": value}, fmt=plistlib.FMT_BINARY)
        if ends:
            with pytest.raises(plist.Unreadable, match="deep"):
                plist.read(data)
        else:
            assert plist.read(data) == {"a": value}
    with pytest.raises(plist.Unreadable, match="deep"):
        plist.read(binary([b"\xd1\0\x01\0\0", b"\x51a"]))


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_entities(coding: str) -> None:
    """A list in XML that declares entities is refused, in whatever encoding."""
    bomb = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]><plist><dict><key>&a;</key><true/></dict></plist>'
    with pytest.raises(plist.Unreadable, match="entities"):
        plist.read(bomb.encode(coding))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"bplist00", b"x" * 40, b"<plist><array/></plist>", b"<plist><dict><key>a</key></plist>",
        binary([b"\xd1\0\x01\0\x02", b"\x51a"]), binary([b"\x51a"]), binary([], width=0, count=1),
        binary([b"\xd0"], count=1 << 60), binary([b"\xd0"], top=9), binary([b"\xdf\x14\xff\xff\xff\xff"]),
        binary([b"\xd1\0\x01\0\x01", b"\x5f\x13\xff\xff\xff\xff\xff\xff\xff\xff"]), binary([b"\xf1"]),
        b"<plist><dict><key>a</key><integer>" + b"9" * 5000 + b"</integer></dict></plist>",
        b" " * (plist.BYTES_MOST + 1),
    ],
)  # fmt: skip
def test_what_is_no_list(data: bytes) -> None:
    """What is cut, has no dictionary at its top, or refers to what is not there, is refused with a reason."""
    with pytest.raises(plist.Unreadable):
        plist.read(data)


@given(st.data())
def test_damaged_lists(data: st.DataObject) -> None:
    """Whatever bytes of a binary list are changed or cut, it is read or refused, and nothing else is raised."""
    whole = plistlib.dumps({"a": [1, 2.5, "text", b"data", {"b": True}], "c": "\u00e4"}, fmt=plistlib.FMT_BINARY)
    made = bytearray(whole[: data.draw(st.integers(8, len(whole)))])
    for _ in range(data.draw(st.integers(0, 5))):
        made[data.draw(st.integers(8, len(made) - 1)) if len(made) > 8 else 7] = data.draw(st.integers(0, 255))
    try:
        plist.read(bytes(made))
    except plist.Unreadable:
        return
