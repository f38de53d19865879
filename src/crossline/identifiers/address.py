"""Addresses of the Internet Protocol, which lead to the network that announces them, and so to a party.

The form is that of RFC 5952 for IPv6 and dotted decimal for IPv4; an IPv4 address that is mapped into IPv6
(RFC 4291, 2.5.5.2) is that IPv4 address. Zones (RFC 4007) are refused: they mean something on one machine alone.
"""

from __future__ import annotations

import ipaddress
from typing import Final

ABOUT = "An IP address, which leads to the network that announces it."

# Blocks that belong to nobody on the Internet (IANA special-purpose address registries, RFC 6890, RFC 8190).
SPECIAL: Final = (
    ("0.0.0.0/8", "stands for the network itself (RFC 791, 3.2)"),
    ("10.0.0.0/8", "is for private use (RFC 1918)"),
    ("100.64.0.0/10", "is shared by carriers behind their translators (RFC 6598)"),
    ("127.0.0.0/8", "is a machine's own loopback (RFC 1122, 3.2.1.3)"),
    ("169.254.0.0/16", "is for one link alone (RFC 3927)"),
    ("172.16.0.0/12", "is for private use (RFC 1918)"),
    ("192.0.0.0/24", "is kept for protocols (RFC 6890, 2.1)"),
    ("192.0.2.0/24", "is for documentation (RFC 5737)"),
    ("192.168.0.0/16", "is for private use (RFC 1918)"),
    ("198.18.0.0/15", "is for tests of equipment (RFC 2544)"),
    ("198.51.100.0/24", "is for documentation (RFC 5737)"),
    ("203.0.113.0/24", "is for documentation (RFC 5737)"),
    ("224.0.0.0/4", "is for groups of receivers (RFC 5771)"),
    ("240.0.0.0/4", "is kept for the future (RFC 1112, 4)"),
    ("::/127", "stands for no address, or for the machine itself (RFC 4291)"),
    ("64:ff9b:1::/48", "is for translators of one network (RFC 8215)"),
    ("100::/64", "is thrown away (RFC 6666)"),
    ("2001:db8::/32", "is for documentation (RFC 3849)"),
    ("3fff::/20", "is for documentation (RFC 9637)"),
    ("fc00::/7", "is for private use (RFC 4193)"),
    ("fe80::/10", "is for one link alone (RFC 4291, 2.5.6)"),
    ("ff00::/8", "is for groups of receivers (RFC 4291, 2.7)"),
)
_NETWORKS: Final = tuple((ipaddress.ip_network(block), why) for block, why in SPECIAL)


def parse(text: str) -> str:
    """Return the address in canonical form; raises ValueError with a reason."""
    stripped = text.strip()
    try:
        address = ipaddress.ip_address(stripped)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is not an IP address") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise ValueError(f"{text[:60]!r} has a zone, which means something on one machine alone")
        address = address.ipv4_mapped or address
    return str(address)


def names_no_party(value: str) -> str | None:
    """Return why an address can lead to nobody, or None."""
    address = ipaddress.ip_address(value)
    why = next((why for block, why in _NETWORKS if address.version == block.version and address in block), None)
    return f"it {why}" if why else None
