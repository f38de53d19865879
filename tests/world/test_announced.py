"""Addresses and the networks that announce them: by date, by block, against Python's own address library."""

from __future__ import annotations

import ipaddress
import random
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crossline.identifiers import address
from crossline.world.announced import networks
from crossline.world.blocks import Blocks
from miniature import world

if TYPE_CHECKING:
    from crossline.world import World


def number(text: str) -> int:
    """Return an address as an integer."""
    return int(ipaddress.ip_address(text))


def span(block: str, asn: int, seen: date) -> dict[str, object]:
    """Return a row of the IPv4 table for a whole block."""
    network = ipaddress.ip_network(block)
    return {"first": int(network[0]), "last": int(network[-1]), "asn": asn, "seen": seen}


def asked(about: World, *pairs: tuple[str, date], accept_stale: bool = False) -> list[tuple[str, str | None]]:
    """Return what stands in the place of each address on a day, and why it stands for no network."""
    frame = pl.DataFrame(
        {"type": ["address"] * len(pairs), "value": [a for a, _ in pairs], "date": [d for _, d in pairs]}
    )
    found = networks(about, frame, accept_stale=accept_stale)
    return [(f"{row['type']}:{row['value']}", row["why"]) for row in found.iter_rows(named=True)]


OLD, NEW = date(2015, 1, 1), date(2024, 1, 1)
ABOUT = world(
    address4=[span("198.41.0.0/24", 10, OLD), span("198.41.0.0/24", 20, NEW), span("80.249.208.0/21", 30, NEW)],
    exchange=[{"prefix": "80.249.208.0/21", "name": "an exchange", "seen": NEW},
              {"prefix": "2001:7f8:1::/64", "name": "an exchange", "seen": NEW}],
)  # fmt: skip


def test_the_edition_of_the_day_speaks() -> None:
    """Of two editions the one that speaks for the day answers; for a day that neither speaks for, none does."""
    days = (date(2015, 6, 1), date(2024, 6, 1), date(2020, 6, 1))
    found = [label for label, _ in asked(ABOUT, *(("198.41.0.1", day) for day in days))]
    assert found == ["asn:10", "asn:20", "address:198.41.0.1"]
    # 2020-06-01 is 3.6 years before the one and 5.4 after the other
    stale = asked(ABOUT, ("198.41.0.1", days[2]), accept_stale=True)
    assert stale == [("asn:20", None)]


@pytest.mark.parametrize("text", ["80.249.209.1", "2001:7f8:1::a501:3335:1"])
def test_an_exchange_is_nobodys_network(text: str) -> None:
    """An address on a peering LAN stays an address, whoever announces the LAN, and says why."""
    assert asked(ABOUT, (text, NEW)) == [
        (f"address:{text}", "it lies on the peering LAN of an exchange, where every member has one")
    ]


def test_special_addresses_stand_for_no_network_even_where_a_table_has_them() -> None:
    """A private address that a table of ranges happens to cover names nobody."""
    about = world(address4=[span("10.0.0.0/8", 10, NEW)])
    assert asked(about, ("10.1.2.3", NEW)) == [("address:10.1.2.3", "it is for private use (RFC 1918)")]


def test_other_identifiers_stay_as_they_are() -> None:
    """AS numbers and names pass through, in their places."""
    frame = pl.DataFrame({"type": ["asn", "address", "vendor"], "value": ["1", "198.41.0.9", "x"], "date": [NEW] * 3})
    found = networks(ABOUT, frame, accept_stale=False)
    assert found["type"].to_list() == ["asn", "asn", "vendor"]
    assert found["value"].to_list() == ["1", "20", "x"]


def test_the_longest_prefix_wins() -> None:
    """On nested random blocks of both families, the block found is the longest that Python's library says holds it."""
    random_ = random.Random(7)  # noqa: S311 - cases to try
    prefixes = [f"{random_.choice(['10.1', '10.1', '198.41'])}.{random_.randrange(4)}.0/{n}" for n in (22, 23, 24) * 5]
    prefixes = [str(ipaddress.ip_network(prefix, strict=False)) for prefix in prefixes]
    prefixes += ["10.1.1.128/25", "10.1.1.130/32", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::42/128", "::/0"]
    asked_ = [f"10.1.{random_.randrange(5)}.{random_.randrange(256)}" for _ in range(300)]
    asked_ += ["10.1.1.130", "198.41.3.255", "2001:db8:1::42", "2001:db8:1::43", "2001:db9::", "::1", "not one", ""]
    found = Blocks(prefixes).find(pl.Series(asked_))
    for text, place in zip(asked_, found.tolist(), strict=True):
        try:
            one = ipaddress.ip_address(text)
        except ValueError:
            assert place == -1
            continue
        holding = [p for p in map(ipaddress.ip_network, prefixes) if p.version == one.version and one in p]
        best = max((p.prefixlen for p in holding), default=None)
        assert (ipaddress.ip_network(prefixes[place]).prefixlen if place >= 0 else None) == best


def test_the_special_blocks_are_those_that_python_knows() -> None:
    """What the standard library calls not global has a reason here, at the ends of every block and just outside."""
    for block, _ in address.SPECIAL:
        network = ipaddress.ip_network(block)
        for one in (network[0], network[-1]):
            assert address.names_no_party(str(one)), one
            assert not one.is_global or one.is_multicast or str(one).startswith(("192.0.0.", "64:ff9b:1:", "3fff:")), (
                one
            )
    for text in (
        "8.8.8.8",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.32.0.0",
        "192.0.3.0",
        "2600::1",
        "198.20.0.0",
    ):
        assert address.names_no_party(text) is None, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1")],
)
def test_addresses_have_one_form(text: str, expected: str) -> None:
    """RFC 5952's form for IPv6, and a mapped address is the IPv4 address that it carries."""
    assert address.parse(text) == expected


@pytest.mark.parametrize("text", ["", "192.0.2", "192.0.2.256", "01.2.3.4", "fe80::1%eth0", "1::2::3", "x" * 1000])
def test_what_is_no_address_is_refused(text: str) -> None:
    """Anything else is refused with a reason, and a zone too."""
    with pytest.raises(ValueError, match=r"address|zone"):
        address.parse(text)
