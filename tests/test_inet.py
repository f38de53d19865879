"""Addresses between text and integers, against Python's own parser and writer, and the C library's."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossline.compiled import Array, kernel
from crossline.inet import parse, text

LOW = (1 << 64) - 1
QUIET = settings(max_examples=300, deadline=None)
PARTS = st.lists(
    st.sampled_from(["0", "00", "1", "f00d", "ABCD", "", "", "1.2.3.4", "255.255.255.255", "1.2.3", "12345", "g"]),
    max_size=10,
).map(":".join)
OCTETS = st.lists(
    st.sampled_from(["0", "1", "9", "99", "255", "0", "7", "01", "256", "1000", ""]), min_size=3, max_size=5
).map(".".join)
FORMS = st.one_of(
    PARTS, OCTETS, st.text("0123456789abF.:% /", max_size=48), st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()), st.text(max_size=8),
)  # fmt: skip
# Groups of few values, so that runs of zeros of all lengths, and equal ones, come about.
SPARSE = st.lists(st.sampled_from([0, 0, 0, 1, 0x10, 0xFFFF]), min_size=8, max_size=8).map(
    lambda groups: sum(group << (112 - 16 * place) for place, group in enumerate(groups))
)


def standard(one: str) -> tuple[int, int]:
    """Return family and value as the C library's inet_pton gives them, (0, 0) for what it refuses."""
    for version, family in ((4, socket.AF_INET), (6, socket.AF_INET6)):
        try:
            return version, int.from_bytes(socket.inet_pton(family, one))
        except (OSError, ValueError):
            continue
    return 0, 0


def written(value: int, version: int) -> str:
    """Return the canonical text by `ipaddress`; what is mapped in digits, as Python did before 3.13."""
    if version == 6 and value >> 32 == 0xFFFF:
        return f"::ffff:{value >> 16 & 0xFFFF:x}:{value & 0xFFFF:x}"
    return str(ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value))


def numbers(found: tuple[Array, Array, Array]) -> list[tuple[int, int]]:
    """Return families and values."""
    return [(int(f), int(high) << 64 | int(low)) for f, high, low in zip(*found, strict=True)]


def arrays(addresses: list[tuple[int, int]]) -> tuple[Array, Array, Array]:
    """Return families and values as the arrays of the package."""
    return (
        np.array([version for version, _ in addresses], np.uint8),
        np.array([value >> 64 for _, value in addresses], np.uint64),
        np.array([value & LOW for _, value in addresses], np.uint64),
    )


@kernel
def one(data: Array, start: int, end: int, out: Array) -> None:
    """Parse a span with the kernels that readers call."""
    family, high, low = parse.address(data, start, end)
    out[0] = family
    out[1] = high
    out[2] = low


@QUIET
@given(st.lists(FORMS, max_size=6))
@example(["1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9"])
@example(["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1:2:3:4:5:1.2.3.4", "1::2:3:4:5:6:1.2.3.4", "1.2.3.4::"])
@example(
    [
        "1:::2",
        "12345::",
        "::12345",
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:",
        "256.0.0.1",
        "1.2.3.256",
        "1.2.3.4.",
        "1.2.3.04",
    ]
)
@example(["1:2:3:4:5:6:7:8:1.2.3.4", "1:2:3:4::5:6:7:8", "1:2:3:4::6:7:8", "1:2:3::5:6:7:8", "1:2:3:4:5::", "::1::"])
@example(["::", ":::", ":", "1:", ":1", "1::", "::1.2.3.4", "1.2.3.4", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"])
def test_a_column_is_parsed_as_inet_pton_does(texts: list[str]) -> None:
    """What inet_pton takes is taken with the same value, and what it refuses is refused, whatever stands beside it."""
    assert [standard(form) for form in texts] == numbers(parse.parse(pl.Series(texts, dtype=pl.String)))


@QUIET
@given(FORMS, st.text("0123456789abcdef:.", max_size=4), st.integers(0, 3))
def test_a_span_is_parsed_without_what_surrounds_it(form: str, before: str, cut: int) -> None:
    """A span at the very end of its buffer, or within more digits, is the address that its own text is."""
    data = form.encode()
    end = max(len(data) - cut, 0)
    expected = standard(data[:end].decode("utf-8", "replace"))
    for around in (data, data[:end]):
        buffer = np.frombuffer(before.encode() + around or b" ", np.uint8)
        out = np.zeros(3, np.uint64)
        one(buffer, len(before), len(before) + end, out)
        assert expected == (int(out[0]), int(out[1]) << 64 | int(out[2]))


@QUIET
@given(st.lists(st.one_of(st.integers(0, (1 << 128) - 1), SPARSE, st.integers(0, 1 << 49)), max_size=6))
def test_text_of_ipv6_is_that_of_the_standard_library(values: list[int]) -> None:
    """An IPv6 address is written as `ipaddress` writes it (RFC 5952), and read again it is itself."""
    addresses = [(6, value) for value in values]
    made = text.texts(*arrays(addresses))
    assert [written(value, 6) for value in values] == made.to_list()
    assert addresses == numbers(parse.parse(made))


@QUIET
@given(st.lists(st.integers(0, (1 << 32) - 1), max_size=6))
def test_text_of_ipv4_is_that_of_the_standard_library(values: list[int]) -> None:
    """An IPv4 address is written as `ipaddress` writes it, in a column and alone."""
    expected = [written(value, 4) for value in values]
    assert expected == text.texts(*arrays([(4, value) for value in values])).to_list()
    assert expected == [text.text4(value) for value in values]


def test_no_address_is_null() -> None:
    """Null and what is no address are family 0, which is written as null, at the column's begin, middle and end."""
    column = pl.Series([None, "192.0.2.1", "", "x", "::1", None])
    found = parse.parse(column)
    assert found[0].tolist() == [0, 4, 0, 0, 6, 0]
    assert text.texts(*found).to_list() == [None, "192.0.2.1", None, None, "::1", None]
    for empty in ([], [None], ["", None]):
        found = parse.parse(pl.Series(empty, dtype=pl.String))
        assert text.texts(*found).to_list() == [None] * len(empty)


@pytest.mark.parametrize(
    ("form", "mapped"),
    [("::ffff:192.0.2.1", True), ("::FFFF:c000:201", True), ("::192.0.2.1", False), ("::1:ffff:c000:201", False),
     ("192.0.2.1", False), ("1::ffff:192.0.2.1", False), ("no", False)],
)  # fmt: skip
def test_a_mapped_address_becomes_ipv4_where_it_is_asked_for(form: str, mapped: bool) -> None:
    """Addresses of ::ffff:0:0/96 (RFC 4291, 2.5.5.2), and no others, are IPv4 with ``unmap``, and IPv6 without."""
    column = pl.Series([form])
    assert numbers(parse.parse(column)) == [standard(form)]
    assert numbers(parse.parse(column, unmap=True)) == [(4, 0xC0000201) if mapped else standard(form)]


def test_the_longest_text_fits() -> None:
    """The longest of both families fill their room, to the byte."""
    v6 = "ffff:" * 7 + "ffff"
    assert len(v6) == text.LONGEST
    assert text.texts(*arrays([(6, (1 << 128) - 1)] * 3)).to_list() == [v6] * 3
    assert len("ffff:" * 6 + "255.255.255.255") == parse.LONGEST


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
def test_the_same_holds_without_the_compiler() -> None:
    """As plain Python, where numpy checks every index, the kernels pass the same tests: no byte beyond is touched."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", __file__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert "13 passed" in run.stdout
