"""Delegated-extended statistics of the registries."""

from __future__ import annotations

import ipaddress
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from test_sources_names import taken

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# In the form of the NRO's description of extended statistics files; made by hand.
FILE = (
    "# a comment\n2|ripencc|20250618|8|19830705|20250617|+0200\n"
    "ripencc|*|ipv4|*|4|summary\nripencc|*|asn|*|2|summary\n"
    "ripencc|FR|ipv4|2.0.0.0|1048576|20100712|allocated|aaaa\n"
    "ripencc|GB|ipv4|31.24.0.0|768|20110303|assigned|bbbb\n"  # not a power of two
    "ripencc||ipv4|2.59.0.0|256||available\n"
    "ripencc|EU|ipv4|62.40.96.0|8192|20000101|allocated|cccc\n"
    "ripencc|DE|ipv6|2001:600::|32|19990826|allocated|dddd\n"
    "ripencc|SE|ipv6|2a00:801::|65|20100101|assigned|eeee|e-stats\n"
    "ripencc|NL|asn|28|3|19930901|allocated|ffff\n"
    "ripencc||asn|400|2||reserved\n"
)


def test_ranges_and_numbers_with_their_country(tmp_path: Path) -> None:
    """Counts and prefix lengths become ranges; what is available or reserved is registered to nobody."""
    path = tmp_path / "delegated-ripencc-extended-latest"
    path.write_text(FILE)
    name, tables, rejects = taken(path)
    assert (name, rejects) == ("rir_delegated", [])
    assert tables["source"]["id"].to_list() == ["rir-delegated-ripencc-2025-06-17"]
    assert tables["source"]["issuer"].to_list() == ["RIPE NCC"]

    def ip(text: str) -> int:
        return int(ipaddress.ip_address(text))

    four = [(row[0], row[1], row[3]) for row in tables["address4"].rows()]
    assert [
        (ip("2.0.0.0"), ip("2.15.255.255"), "FR"),
        (ip("31.24.0.0"), ip("31.24.2.255"), "GB"),
        (ip("62.40.96.0"), ip("62.40.127.255"), None),  # EU is no country
    ] == four
    six = [(row[0] << 64 | row[1], row[2] << 64 | row[3], row[5]) for row in tables["address6"].rows()]
    for text, code, found in (("2001:600::/32", "DE", six[0]), ("2a00:801::/65", "SE", six[1])):
        network = ipaddress.ip_network(text)
        assert (int(network[0]), int(network[-1]), code) == found
    numbers = tables["registration"].select("type", "value", "name", "registered").rows()
    assert [("asn", n, None, "NL") for n in ("28", "29", "30")] == numbers
    assert [date(2025, 6, 17)] * 3 == tables["registration"]["seen"].to_list()


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 128), st.integers(0, (1 << 128) - 1))
def test_any_prefix_length_gives_the_range_of_the_network(
    tmp_path_factory: pytest.TempPathFactory, length: int, address: int
) -> None:
    """First and last address of an IPv6 prefix are those that `ipaddress` computes."""
    network = ipaddress.IPv6Network((address, length), strict=False)
    path = tmp_path_factory.mktemp("r") / "delegated"
    path.write_text(
        f"2|apnic|20250618|1|19830705|20250617|+1000\napnic|JP|ipv6|{network[0]}|{length}|20100101|assigned|x\n"
    )
    _, tables, rejects = taken(path)
    row = tables["address6"].row(0)
    assert (int(network[0]), int(network[-1])) == (row[0] << 64 | row[1], row[2] << 64 | row[3])
    assert rejects == []


def test_lines_that_register_nothing_sensible_are_rejected(tmp_path: Path) -> None:
    """Each is named by its line: bad addresses, ranges past the end, host bits, missing fields, too many numbers."""
    lines = [
        "apnic|JP|ipv4|1.0.0.0|0|20100101|assigned|x", "apnic|JP|ipv4|255.255.255.0|257|20100101|assigned|x",
        "apnic|JP|ipv4|1.0.0|256|20100101|assigned|x", "apnic|JP|ipv6|2001:db8::1|32|20100101|assigned|x",
        "apnic|JP|ipv6|2001:db8::|129|20100101|assigned|x", "apnic|JP|ipv6|1.0.0.0|32|20100101|assigned|x",
        "apnic|JP|asn|4294967295|2|20100101|assigned|x", "apnic|JP|asn|x|1|20100101|assigned|x",
        "apnic|JP|asn|1|4000000000|20100101|assigned|x", "apnic|Japan|asn|1|1|20100101|assigned|x",
        "apnic|JP|ipv5|1|1|20100101|assigned|x", "apnic|JP", "||||||||||", "apnic|JP|asn|5|1|20100101|assigned|x",
    ]  # fmt: skip
    path = tmp_path / "delegated"
    path.write_text("2|apnic|20250618|1|19830705|20250617|+1000\n" + "\n".join(lines))
    _, tables, rejects = taken(path)
    assert tables["registration"]["value"].to_list() == ["5"]
    assert "address4" not in tables
    assert "address6" not in tables
    assert sorted(f"line {n}" for n in range(2, 15)) == sorted(reject.locator for reject in rejects)


def test_other_pipe_separated_files_are_not_claimed(tmp_path: Path) -> None:
    """The header decides: without a registry in its second field the file is another's."""
    path = tmp_path / "delegated-x"
    path.write_text("2|somebody|20250618|1|19830705|20250617|+1000\n")
    assert taken(path)[0] is None
