"""Addresses: from text to integers, and from an address to AS number and country."""

from __future__ import annotations

import ipaddress
import os
import random
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossline.inet.parse import parse
from crossline.world import SCHEMAS, World
from crossline.world.addresses import AddressIndex, statements

EARLY, LATE = date(2024, 1, 1), date(2026, 1, 1)


def twin_parse(text: str | None) -> tuple[int, int]:
    """Parse one address with the standard library, which allows zone indices where inet_pton does not."""
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return 0, 0
    return (0, 0) if "%" in (text or "") else (found.version, int(found))


def parsed(texts: list[str | None]) -> list[tuple[int, int]]:
    """Parse a column with the code under test."""
    family, high, low = parse(pl.Series(texts, dtype=pl.String))
    return [(int(f), int(h) << 64 | int(lower)) for f, h, lower in zip(family, high, low, strict=True)]


FORMS = [
    "0.0.0.1", "255.255.255.255", "256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4", "1..3.4",
    "::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1", "1:", ":::", "12345::", "g::", "::1.2.3.4",
    "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.256", "::01.2.3.4", "1.2.3.4::",
    "fe80::1%eth0", "1.2.3.4/24", "2001:DB8::A", "", None, "\u0661.2.3.4", "1.2.3.4\n", "1.2.3.4\0",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8",
]  # fmt: skip


def test_forms_of_addresses_are_parsed_as_the_standard_library_does() -> None:
    """What `ipaddress` takes is taken with the same value, and what it refuses is refused."""
    assert [twin_parse(text) for text in FORMS] == parsed(FORMS)


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789abF.:% ", max_size=45))
@example("1:2:3:4:5:6:7:8")
def test_any_text_is_parsed_as_the_standard_library_does(text: str) -> None:
    """For any string of the characters of addresses, both parsers agree."""
    assert [twin_parse(text)] == parsed([text])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)), max_size=20))
def test_every_address_comes_back_as_its_integer(found: list[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> None:
    """Addresses written by `ipaddress`, short and long, have their integer value."""
    texts = [str(address) for address in found] + [address.exploded for address in found]
    assert [(address.version, int(address)) for address in found] * 2 == parsed(texts)


def table(rows: list[tuple[int, int, int | None, str | None, date, str]], version: int) -> pl.DataFrame:
    """Make an address table of (first, last, asn, registered, seen, source) rows."""
    schema = SCHEMAS[f"address{version}"]
    if version == 4:
        return pl.DataFrame(rows, schema=schema, orient="row")
    mask = 0xFFFFFFFFFFFFFFFF
    wide = [(f >> 64, f & mask, last >> 64, last & mask, *rest) for f, last, *rest in rows]
    return pl.DataFrame(wide, schema=schema, orient="row")


def twin_lookup(rows: list, address: int, column: int) -> object:
    """Scan all rows: the latest statement, the narrowest range, the source's id, the lower number and code."""
    best = None
    for row in rows:
        first, last, seen, source = row[0], row[1], row[4], row[5]
        if first <= address <= last and row[column] is not None:
            rank = (-seen.toordinal(), last - first, source, first, row[2] or 1 << 32, row[3] or "~")
            best = min(best, (rank, row[column])) if best else (rank, row[column])
    return best[1] if best else None


def scattered(bits: int, count: int, seed: int) -> list:
    """Make overlapping ranges: wide and narrow, aligned and not, at both ends of the space."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    top = (1 << bits) - 1
    near = [draw.randrange(top) for _ in range(4)]
    rows = []
    for _ in range(count):
        first = draw.choice([0, top, draw.randrange(top), draw.choice(near) & ~0xFF, draw.choice(near)])
        size = 1 << draw.randrange(bits)
        last = min(top, first + draw.choice([0, 1, 255, size - 1, size, draw.randrange(size)]))
        asn = draw.choice([None, draw.randrange(1, 1 << 32), 64500])
        code = draw.choice([None, "CN", "US", "DE"])
        rows.append((first, last, asn, code, draw.choice([EARLY, LATE]), draw.choice(["a", "b"])))
    return rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("version", [4, 6])
def test_index_against_a_linear_scan(version: int, seed: int) -> None:
    """Bulk look-up gives what a scan of all statements gives, at and beside every edge of a range."""
    bits = 32 if version == 4 else 128
    rows = scattered(bits, 120, seed)
    index = AddressIndex(World({f"address{version}": table(rows, version)}))
    edges = {edge + step for first, last, *_ in rows for edge in (first, last) for step in (-1, 0, 1)}
    asked = sorted(edge for edge in edges if 0 <= edge < 1 << bits)
    asked += [random.Random(seed).randrange(1 << bits) for _ in range(200)]  # noqa: S311 - reproducible, not secret
    if version == 4:
        asn, country = index.lookup4(np.array(asked, np.uint32))
    else:
        halves = np.array([(a >> 64, a & 0xFFFFFFFFFFFFFFFF) for a in asked], np.uint64)
        asn, country = index.lookup6(halves[:, 0], halves[:, 1])
    assert [twin_lookup(rows, address, 2) or 0 for address in asked] == asn.tolist()
    assert [twin_lookup(rows, address, 3) for address in asked] == [index.codes[code] for code in country]


def test_index_of_nothing_answers_nothing() -> None:
    """A world without addresses has no AS number and no country for any."""
    index = AddressIndex(World())
    asn, country = index.lookup4(np.array([0, 1 << 31, (1 << 32) - 1], np.uint32))
    assert [0, 0, 0] == asn.tolist() == country.tolist()
    asn, country = index.lookup6(np.array([0, 1 << 63], np.uint64), np.array([0, 5], np.uint64))
    assert [0, 0] == asn.tolist() == country.tolist()
    empty = np.empty(0, np.uint64)
    assert [len(part) for part in index.lookup6(empty, empty)] == [0, 0]


def test_day_decides_which_statement_speaks() -> None:
    """The statement nearest to the day answers; beyond a year before and three after, none does unless accepted."""
    rows = [(0, 255, 1, None, date(2018, 7, 1), "a"), (0, 255, 2, None, date(2026, 6, 17), "b")]
    world = World({"address4": table(rows, 4)})

    def at(day: date | None, *, stale: bool = False) -> int:
        return int(AddressIndex(world, day, accept_stale=stale).lookup4(np.array([7], np.uint32))[0][0])

    days = [None, date(2019, 1, 1), date(2026, 1, 1), date(2017, 8, 1), date(2000, 1, 1)]
    assert [at(day) for day in days] == [2, 1, 2, 1, 0]
    assert at(date(2000, 1, 1), stale=True) == 1


def test_ranges_that_end_before_they_begin_are_no_ranges() -> None:
    """A reversed range in a world's table neither answers nor disturbs the others."""
    rows = [(9, 3, 1, None, LATE, "a"), (0, 10, 2, None, LATE, "a")]
    for version in (4, 6):
        found = AddressIndex(World({f"address{version}": table(rows, version)}))
        texts = pl.Series(["0.0.0.5", "::5"])
        assert found.lookup(texts)["asn"].drop_nulls().to_list() == [2]


def test_text_is_looked_up_in_both_families_at_once() -> None:
    """A column of mixed addresses gives an AS number and a country a row, and null for what is no address."""
    world = World(
        {"address4": table([(1, 5, 10, "CN", LATE, "a")], 4), "address6": table([(1, 5, 20, "US", LATE, "a")], 6)}
    )
    found = AddressIndex(world).lookup(pl.Series(["0.0.0.1", "::1", "::9", "no", None]))
    assert found.rows() == [(10, "CN"), (20, "US"), (None, None), (None, None), (None, None)]


def test_all_statements_about_an_address_are_given_narrowest_first() -> None:
    """Nothing is decided where statements are asked for: those that disagree all come."""
    rows = [(0, 255, 1, None, EARLY, "a"), (0, 15, 2, None, EARLY, "a"), (0, 255, 3, None, LATE, "b")]
    world = World({"address4": table(rows, 4), "address6": table(rows, 6)})
    for asked in (ipaddress.ip_address("0.0.0.3"), ipaddress.ip_network("::/120")):
        assert statements(world, asked)["asn"].to_list() == [2, 3, 1]
    assert statements(world, ipaddress.ip_address("0.0.0.16"))["asn"].to_list() == [3, 1]


def test_order_of_rows_does_not_matter() -> None:
    """The same statements in another order make the same index."""
    rows = scattered(32, 80, 99)
    asked = np.array([row[0] for row in rows], np.uint32)
    one = AddressIndex(World({"address4": table(rows, 4)})).lookup4(asked)
    two = AddressIndex(World({"address4": table(rows[::-1], 4)})).lookup4(asked)
    assert one[0].tolist() == two[0].tolist()
    assert one[1].tolist() == two[1].tolist()


def test_longest_prefix_against_pyasn(tmp_path: Path) -> None:
    """On prefixes of one source the index answers as pyasn does."""
    pyasn = pytest.importorskip("pyasn", reason="pyasn is not installed")
    draw = random.Random(3)  # noqa: S311 - reproducible, not secret
    nets = {ipaddress.ip_network((draw.randrange(1 << 32), draw.randrange(8, 30)), strict=False) for _ in range(400)}
    rows = [(int(n[0]), int(n[-1]), draw.randrange(1, 65000), None, LATE, "a") for n in sorted(nets)]
    file = tmp_path / "prefixes"
    file.write_text("".join(f"{n}\t{row[2]}\n" for n, row in zip(sorted(nets), rows, strict=True)))
    peer = pyasn.pyasn(str(file))
    asked = [draw.randrange(1 << 32) for _ in range(2000)] + [row[0] for row in rows]
    asn, _ = AddressIndex(World({"address4": table(rows, 4)})).lookup4(np.array(asked, np.uint32))
    assert [peer.lookup(str(ipaddress.IPv4Address(a)))[0] or 0 for a in asked] == asn.tolist()


def test_kernels_give_the_same_without_the_compiler() -> None:
    """Parsing and look-up hold as plain Python too, so that they can be read and covered."""
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_addresses as t\n"
        "t.test_forms_of_addresses_are_parsed_as_the_standard_library_does()\n"
        "t.test_text_is_looked_up_in_both_families_at_once()\n"
        "t.test_ranges_that_end_before_they_begin_are_no_ranges()\n"
    )
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)], env=env, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
