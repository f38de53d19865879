"""Prefixes of hardware addresses and enterprise numbers: one form for each, and nothing that could tell one card."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.identifiers import enterprise, oui

SPELT = [
    "00:25:9E:0a:00:01",
    "00-25-9e-0A-00-01",
    "0025.9e0a.0001",
    "00259e0a0001",
    "0:25:9e:a:0:1",
    " 00 25 9E 0A 00 01 ",
]


def prefix(text: str) -> str | None:
    """Return the prefix of one address."""
    held: str | None = pl.select(oui.prefix(pl.lit(text, pl.String))).item()
    return held


@pytest.mark.parametrize("text", SPELT)
def test_an_address_has_one_prefix_however_it_is_spelt(text: str) -> None:
    """Colons, hyphens, Cisco's dots, net-snmp's short octets and blanks: the same six digits, and no more."""
    assert prefix(text) == "00259e"


@pytest.mark.parametrize(
    "text",
    [
        "02:00:00:00:00:01",
        "01:00:5e:00:00:01",
        "33:33:00:00:00:01",
        "00:00:5e:00:01:01",
        "00:00:00:00:00:00",
        "",
        "x",
        "00:25:9e",
        "00:25:9e:00:00:00:00:01",
    ],
)
def test_what_names_no_maker_has_no_prefix(text: str) -> None:
    """Local and group addresses, IANA's, zeros, and what is no address of 48 bits (IEEE Std 802-2014, 8; RFC 9542)."""
    assert prefix(text) is None


@given(st.integers(0, 2**48 - 1))
def test_a_prefix_by_arithmetic(number: int) -> None:
    """The first three octets, unless one of the two low bits of the first is set: worked out with integers."""
    octets = number.to_bytes(6, "big")
    named = octets[0] & 3 == 0 and number and octets[:3] != b"\0\0\x5e"
    assert prefix(":".join(f"{octet:x}" for octet in octets)) == (octets[:3].hex() if named else None)


def test_a_prefix_says_why_it_names_nobody() -> None:
    """IANA's prefix and locally administered ones lead to nobody, and the quick test misses neither."""
    values = ["00005e", "020000", "aa1234", "00259e", "fe0000", "70b3d5"]
    reasons = {value: oui.names_no_party(value) for value in values}
    assert [value for value, reason in reasons.items() if reason] == ["00005e", "020000", "aa1234", "fe0000"]
    quick = pl.Series("v", values).to_frame().filter(oui.special(pl.col("v")))["v"].to_list()
    assert {value for value, reason in reasons.items() if reason} <= set(quick)


@pytest.mark.parametrize("text", ["2011", ".1.3.6.1.4.1.2011", "1.3.6.1.4.1.2011.2.62.2.9", " 02011 "])
def test_an_enterprise_number_has_one_form(text: str) -> None:
    """The number alone, or any object below it, is the number in plain decimal."""
    assert enterprise.parse(text) == "2011"


@pytest.mark.parametrize("text", ["", "4294967296", "1.3.6.1.2.1.1", "-1", "2011.", "٢٠١١", "1.3.6.1.4.1."])
def test_what_is_no_enterprise_number_is_refused(text: str) -> None:
    """Other branches of the tree, numbers beyond 32 bits and other digits are none."""
    with pytest.raises(ValueError, match="enterprise number"):
        enterprise.parse(text)
