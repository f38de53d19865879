"""Addresses that a dex file holds as arrays in its code, written here as the Dalvik bytecode format lays them out."""

from __future__ import annotations

import os
import struct
import time

import pytest
from dex_writer import dex
from hypothesis import given
from hypothesis import strategies as st

from crossline.packages import dex as dexes
from crossline.packages import hidden_text, hosts

HEAD = struct.pack("<HH", 0x0300, 1)


def payload(data: bytes, width: int = 1) -> bytes:
    """Return a fill-array-data-payload, padded to a multiple of four."""
    out = struct.pack("<HHI", 0x0300, width, len(data) // width) + data
    return out + bytes(-len(out) % 4)


def test_an_address_in_an_array_of_bytes_or_characters() -> None:
    """A URL that code fills an array with is found, at its byte in the file, and no string of the table is needed."""
    start = dex([], [], ["zzz"])
    start += bytes(-len(start) % 4)
    data = start + payload(b"https://a.example.cn/x") + payload("https://b.example.cn/".encode("utf-16-le"), 2)
    assert hosts.in_dex(data, dexes.read(data)).is_empty()
    assert dict(hidden_text.hosts_in(data).select("host", "place").iter_rows()) == {
        "a.example.cn": data.index(b"a.example"),
        "b.example.cn": data.index("b.example".encode("utf-16-le")),
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD,
        payload(b"no address, but so.example.cn"),
        b"\0\0" + payload(b"https://a.example.cn"),  # at no multiple of four
        HEAD + struct.pack("<I", 21) + b"https://a.example.cn",  # one byte more than there is
        struct.pack("<HHI", 0x0300, 4, 5) + b"https://a.example.cn",  # numbers of 32 bits
        b"https://a.example.cn" + bytes(40),
    ],
)
def test_what_is_no_array_with_an_address(data: bytes) -> None:
    """Arrays that do not fit, bare names in them, and what stands in no array name nothing."""
    assert hidden_text.hosts_in(data + bytes(-len(data) % 4) if data[:4] != HEAD else data).is_empty()


def test_no_array_hides_another() -> None:
    """An array that claims everything behind it hides none of the arrays there, nor what begins in the next chunk."""
    far = bytes(hidden_text._CHUNK - 40)
    data = payload(payload(b"wss://a.example.cn") + far + payload(b"wss://b.example.cn") + bytes(70_000))
    found = hidden_text.hosts_in(data)
    assert dict(found.select("host", "place").iter_rows()) == {
        "a.example.cn": data.index(b"a.example"),
        "b.example.cn": data.index(b"b.example"),
    }


@given(
    st.lists(st.sampled_from([HEAD, b"\x14\0\0\0", b"https://a.example.cn", b"\0\0\0\0", b"\xff" * 4])).map(b"".join)
)
def test_any_bytes(data: bytes) -> None:
    """Whatever claims to be an array, each host is at the place that is said."""
    for host, place in hidden_text.hosts_in(data).select("host", "place").iter_rows():
        assert data[place : place + len(host)] == host.encode()


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
def test_arrays_without_end_take_a_moment() -> None:
    """Eight megabytes of heads that each claim as much as can be are read in a moment."""
    hidden_text.ready()
    data = (HEAD + b"\0\0\x08\0") * (1 << 20)
    start = time.perf_counter()
    hidden_text.hosts_in(data)
    assert time.perf_counter() - start < 5
