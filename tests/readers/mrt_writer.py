"""Writes MRT, field by field as RFC 6396, RFC 8050 and RFC 4271 list them. For tests only."""

# ruff: noqa: D401 - one function a record, named by what it writes or reads

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

NOON = 1_400_839_200  # 2014-05-23T10:00:00Z

Segment = tuple[int, list[int]]
SET, SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4


class Peer(NamedTuple):
    """A neighbour, by address and AS number."""

    address: str
    asn: int


def record(kind: int, subtype: int, body: bytes, time: int = NOON, size: int | None = None) -> bytes:
    """RFC 6396, 2; ``size`` states a length that is not the body's."""
    return struct.pack(">IHHI", time, kind, subtype, len(body) if size is None else size) + body


def extended(subtype: int, body: bytes, time: int = NOON, microseconds: int = 250_000) -> bytes:
    """A BGP4MP_ET record: RFC 6396, 3."""
    return record(17, subtype, struct.pack(">I", microseconds) + body, time)


def address(text: str) -> bytes:
    """The octets of an address."""
    return ipaddress.ip_address(text).packed


def nlri(prefix: str, path_id: int | None = None) -> bytes:
    """A prefix as RFC 4271, 4.3 writes it, with RFC 7911's path identifier before it if there is one."""
    network = ipaddress.ip_network(prefix)
    octets = network.network_address.packed[: (network.prefixlen + 7) // 8]
    before = b"" if path_id is None else struct.pack(">I", path_id)
    return before + bytes([network.prefixlen]) + octets


def attribute(code: int, value: bytes, *, long: bool = False) -> bytes:
    """A path attribute: RFC 4271, 4.3."""
    if long or len(value) > 255:
        return struct.pack(">BBH", 0x50, code, len(value)) + value
    return struct.pack(">BBB", 0x40, code, len(value)) + value


def path(segments: list[Segment], width: int) -> bytes:
    """The value of AS_PATH, with AS numbers of ``width`` octets."""
    form = ">I" if width == 4 else ">H"
    return b"".join(
        bytes([kind, len(members)]) + b"".join(struct.pack(form, member) for member in members)
        for kind, members in segments
    )


def attributes(segments: list[Segment], width: int, *more: bytes) -> bytes:
    """ORIGIN, AS_PATH, NEXT_HOP, and whatever else is given."""
    return attribute(1, b"\0") + attribute(2, path(segments, width)) + attribute(3, b"\xc0\0\2\1") + b"".join(more)


def as4_path(segments: list[Segment]) -> bytes:
    """AS4_PATH: RFC 6793, 3."""
    return attribute(17, path(segments, 4))


def entry_v1(prefix: str, peer: Peer, attrs: bytes, time: int = NOON) -> bytes:
    """An entry of TABLE_DUMP, from its prefix on: RFC 6396, 4.2."""
    network = ipaddress.ip_network(prefix)
    return (
        network.network_address.packed
        + bytes([network.prefixlen, 1])
        + struct.pack(">I", time)
        + address(peer.address)
        + struct.pack(">HH", peer.asn, len(attrs))
        + attrs
    )


def table_dump(prefix: str, peer: Peer, attrs: bytes, time: int = NOON) -> bytes:
    """A TABLE_DUMP record: RFC 6396, 4.2."""
    subtype = ipaddress.ip_network(prefix).version == 6
    return record(12, 2 if subtype else 1, struct.pack(">HH", 0, 0) + entry_v1(prefix, peer, attrs), time)


def peer_index_table(peers: list[Peer], time: int = NOON, *, wide: bool = True) -> bytes:
    """RFC 6396, 4.3.1."""
    body = b"\xc0\0\2\xfe" + struct.pack(">H", 4) + b"test" + struct.pack(">H", len(peers))
    for peer in peers:
        octets = address(peer.address)
        body += bytes([(len(octets) == 16) | (2 if wide else 0)]) + b"\0\0\0\1" + octets
        body += struct.pack(">I" if wide else ">H", peer.asn)
    return record(13, 1, body, time)


def rib(
    prefix: str, entries: list[tuple[int, bytes] | tuple[int, bytes, int]], time: int = NOON, *, generic: bool = False
) -> bytes:
    """A RIB record of TABLE_DUMP_V2 (RFC 6396, 4.3.2 and 4.3.3): entries of (peer index, attributes[, path id])."""
    version = ipaddress.ip_network(prefix).version
    several = bool(entries) and len(entries[0]) == 3
    body = struct.pack(">I", 0)
    if generic:
        body += struct.pack(">HB", 1 if version == 4 else 2, 1)
    body += nlri(prefix) + struct.pack(">H", len(entries))
    for entry in entries:
        body += struct.pack(">HI", entry[0], time)
        if several:
            body += struct.pack(">I", entry[2])
        body += struct.pack(">H", len(entry[1])) + entry[1]
    subtype = (2 if version == 4 else 4) + (6 if several else 0)
    return record(13, 6 if generic else subtype, body, time)


def message(kind: int, body: bytes) -> bytes:
    """A BGP message: RFC 4271, 4.1."""
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def update_body(withdrawn: bytes = b"", attrs: bytes = b"", announced: bytes = b"") -> bytes:
    """The body of an UPDATE: RFC 4271, 4.3."""
    return struct.pack(">H", len(withdrawn)) + withdrawn + struct.pack(">H", len(attrs)) + attrs + announced


def mp_reach(prefixes: bytes, afi: int = 2, safi: int = 1) -> bytes:
    """MP_REACH_NLRI: RFC 4760, 3."""
    return attribute(14, struct.pack(">HBB", afi, safi, 16) + address("2001:db8::1") + b"\0" + prefixes)


def mp_unreach(prefixes: bytes, afi: int = 2, safi: int = 1) -> bytes:
    """MP_UNREACH_NLRI: RFC 4760, 4."""
    return attribute(15, struct.pack(">HB", afi, safi) + prefixes)


def between(peer: Peer, subtype: int) -> bytes:
    """What stands before a message in BGP4MP: peer AS, local AS, interface, family, addresses (RFC 6396, 4.4)."""
    octets = address(peer.address)
    form = ">II" if subtype in (4, 5, 7, 9, 11) else ">HH"
    local = b"\xc0\0\2\xfe" if len(octets) == 4 else address("2001:db8::fe")
    return struct.pack(form, peer.asn, 64500) + struct.pack(">HH", 0, 1 if len(octets) == 4 else 2) + octets + local


def bgp4mp(peer: Peer, subtype: int, body: bytes, time: int = NOON) -> bytes:
    """A BGP4MP record with an UPDATE of that body."""
    return record(16, subtype, between(peer, subtype) + message(2, body), time)


def state_change(peer: Peer, old: int, new: int, *, wide: bool = True) -> bytes:
    """RFC 6396, 4.4.1."""
    subtype = 5 if wide else 0
    return record(16, subtype, between(peer, subtype) + struct.pack(">HH", old, new))


def retired(subtype: int, peer: Peer, body: bytes, time: int = NOON) -> bytes:
    """A record of the retired type BGP (RFC 6396, B.2.1); a change of state has no local side."""
    local = b"" if subtype == 3 else struct.pack(">H", 64500) + b"\xc0\0\2\xfe"
    return record(5, subtype, struct.pack(">H", peer.asn) + address(peer.address) + local + body, time)
