"""Addresses and AS paths as routers print them, against Python's own parser and a naive twin."""

from __future__ import annotations

import ipaddress
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline.routes import addresses, spans, ways

QUIET = settings(max_examples=300, deadline=None)
CHARACTERS = st.text(alphabet="0123456789abcdefABCDEF:./%", max_size=24)
ADDRESSES = st.one_of(
    st.ip_addresses().map(str), st.ip_addresses(v=6).map(lambda a: a.exploded.upper()), CHARACTERS,
    st.integers(0, (1 << 32) - 1).map(lambda n: f"::ffff:{ipaddress.IPv4Address(n)}"),
    st.lists(st.sampled_from(["0", "00", "1", "f00d", "", "::", "1.2.3.4", "12345"]), max_size=9).map(":".join),
)  # fmt: skip


def canonical(texts: list[str], form: int) -> tuple[list[str], list[int]]:
    """Return what the kernel makes of some texts."""
    ends = np.cumsum([len(text) for text in texts])
    where = np.stack([ends - [len(text) for text in texts], ends], axis=1).astype(np.int64)
    column, kinds = spans.canonical(np.frombuffer("".join(texts).encode() + b"\0", np.uint8), where, form)
    return column.to_list(), kinds.tolist()


@QUIET
@given(st.lists(ADDRESSES, min_size=1, max_size=5))
def test_addresses_against_ipaddress(texts: list[str]) -> None:
    """An address is one where Python says so, and its canonical text stands for the same one."""
    for text, found, kind in zip(texts, *canonical(texts, addresses.ADDRESS), strict=True):
        try:
            expected = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            assert (found, kind) == ("", addresses.BAD), text
        else:
            assert ipaddress.ip_address(found) == expected
            assert kind == (addresses.NOBODY if expected.is_unspecified else addresses.GOOD)
            assert canonical([found], addresses.ADDRESS)[0] == [found]


@QUIET
@given(st.lists(st.tuples(ADDRESSES, st.sampled_from(["/0", "/8", "/24", "/32", "/33", "/64", "/128", "/129", "/08", "/", ""])), min_size=1, max_size=5))  # fmt: skip  # noqa: E501
def test_prefixes_against_ipaddress(parts: list[tuple[str, str]]) -> None:
    """A prefix is one where Python's strict parser says so: its length fits, and no bit is set beyond it."""
    texts = [address + length for address, length in parts]
    for text, found, kind in zip(texts, *canonical(texts, addresses.PREFIX), strict=True):
        try:
            expected = ipaddress.ip_network(text)
            told = re.search(r"/(0|[1-9]\d*)$", text) and "%" not in text
        except ValueError:
            told = None
        assert kind == (addresses.GOOD if told else addresses.BAD), text
        assert not told or ipaddress.ip_network(found) == expected


PIECES = st.lists(
    st.one_of(
        st.integers(0, 5).map(str),
        st.sampled_from(["{1 2}", "{3}", "{1,2}", "(7 8)", "[7 8]", "({7 8})", "(7 {8} 9)", "1.1", "4294967295"]),
        st.sampled_from(["4294967296", "{}", "{1", "(", "]", "x", "...", "6...", "1.65536", "(1]", "{{1}}", "-1"]),
    ),
    max_size=6,
)


def twin(text: str) -> tuple[list[int], int]:
    """Read a path segment by segment, as a person would; return the networks and the flags."""
    networks: list[int] = []
    flags, after_set = 0, False
    part = re.compile(r"[ ,]*(?:(\{[\d ,.]+\})|(\((?:[\d ,.]|\{[\d ,.]+\})+\)|\[[\d ,.]+\])|([^\s,{}()\[\]]+)|(.))")
    at = 0
    while match := part.match(text, at):
        one_set, confederation, word, _ = match.groups()
        numbers = [number(one) for one in re.findall(r"[\d.]+", one_set or confederation or word or "")]
        if not numbers or None in numbers or (word and not re.fullmatch(r"[\d.]+", word)):
            # What stands before the place that cannot be read is read; a set that is begun is one.
            opened = match[0].lstrip(" ,")[:1]
            flags |= ways.BROKEN
            if opened in ("(", "["):
                flags |= ways.HAS_CONFEDERATION
            if opened == "{":
                flags |= ways.HAS_SET | (0 if networks or flags & ways.HAS_SET else ways.BEGINS_WITH_SET)
            break
        if one_set:
            flags |= ways.HAS_SET | (0 if networks or flags & ways.HAS_SET else ways.BEGINS_WITH_SET)
            after_set = True
        elif confederation:
            flags |= ways.HAS_CONFEDERATION
        else:
            if not networks or after_set or networks[-1] != numbers[0]:
                networks.append(numbers[0] or 0)
            after_set = False
        at = match.end()
    return networks, flags | (ways.ENDS_WITH_SET if after_set else 0)


def number(text: str) -> int | None:
    """Return an AS number (RFC 5396)."""
    if re.fullmatch(r"\d{1,10}", text) and int(text) < 1 << 32:
        return int(text)
    if match := re.fullmatch(r"(\d{1,5})\.(\d{1,5})", text):
        high, low = int(match[1]), int(match[2])
        return high * 65536 + low if max(high, low) < 65536 else None
    return None


@QUIET
@given(st.lists(PIECES.map(" ".join), min_size=1, max_size=6, unique=True))
def test_paths_against_a_naive_twin(texts: list[str]) -> None:
    """Each path gives the networks and the flags that reading it by hand gives, and equal ways are one."""
    found, way = ways.read(pl.Series(texts))
    for text, of in zip(texts, way.tolist(), strict=True):
        assert (found.asn[found.start[of] : found.start[of + 1]].tolist(), int(found.flags[of])) == twin(text), text
    assert len({(tuple(networks), flags) for networks, flags in map(twin, texts)}) == len(found.flags)


@pytest.mark.parametrize(
    ("path", "neighbours", "transit", "origins"),
    [
        ("1 1 2 3 3", [1], [1, 2], [3]), ("1", [1], [], [1]), ("1 {2 3}", [1], [1], []), ("{2} 1", [], [], [1]),
        ("", [], [], []),
    ],
)  # fmt: skip
def test_ties_by_hand(path: str, neighbours: list[int], transit: list[int], origins: list[int]) -> None:
    """The first network is the neighbour, the last the origin, and those before it carry, unless a set hides which."""
    identifiers, ties = ways.ties(ways.read(pl.Series([path]))[0])
    values = identifiers["value"].cast(pl.Int64).to_list()
    found = {role: [values[n] for n in ties.filter(role=role)["identifier"]] for role in ways.ROLE.categories}
    assert list(found.values()) == [neighbours, transit, origins]
