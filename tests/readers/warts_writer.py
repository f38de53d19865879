"""Writes warts, for tests: records as warts(5) has them, the forms that scamper writes no more included."""

from __future__ import annotations

import ipaddress
import struct

Fields = dict[int, bytes]


def record(kind: int, body: bytes) -> bytes:
    """Return a record: magic, type, length, body."""
    return struct.pack(">HHI", 0x1205, kind, len(body)) + body


def fields(values: Fields) -> bytes:
    """Return flags, the length of all fields, and the fields; flags are numbered from 1."""
    if not values:
        return b"\0"
    last = (max(values) - 1) // 7
    flags = bytearray(0x80 if n < last else 0 for n in range(last + 1))
    for number in values:
        flags[(number - 1) // 7] |= 1 << (number - 1) % 7
    body = b"".join(values[number] for number in sorted(values))
    return bytes(flags) + struct.pack(">H", len(body)) + body


def address(text: str) -> bytes:
    """Return an address as it stands within a record the first time."""
    packed = ipaddress.ip_address(text).packed
    return bytes([len(packed), 1 if len(packed) == 4 else 2]) + packed


def again(number: int) -> bytes:
    """Return an address that stood in the record before."""
    return b"\0" + struct.pack(">I", number)


def old_address(number: int, text: str) -> bytes:
    """Return a record of an address, as scamper wrote them before 2009; numbers begin with 1."""
    packed = ipaddress.ip_address(text).packed
    return record(5, bytes([number % 255, 1 if len(packed) == 4 else 2]) + packed)


def lists() -> bytes:
    """Return a list and the start of a cycle, which sc_warts2json wants before a trace."""
    return record(1, struct.pack(">II", 1, 0) + b"default\0\0") + record(2, struct.pack(">IIII", 1, 1, 0, 1) + b"\0")


def trace(head: Fields, *hops: Fields) -> bytes:
    """Return a trace with those fields, and answers with those."""
    usual = {1: struct.pack(">I", 1), 2: struct.pack(">I", 1), 5: struct.pack(">II", 1_600_000_000, 250_000)}
    usual |= {6: b"\1", 9: b"\2", 11: b"\3", 12: struct.pack(">H", 44), 15: b"\1", 19: struct.pack(">H", 3)}
    usual[23] = struct.pack(">H", 4)
    body = fields(usual | head) + struct.pack(">H", len(hops)) + b"".join(fields(hop) for hop in hops)
    return record(6, body + b"\0\0")


def hop(ttl: int, who: bytes | None, attempt: int = 0, **more: bytes) -> Fields:
    """Return an answer: an ICMP time exceeded from an address within the record."""
    usual = {2: bytes([ttl]), 3: b"\x40", 4: b"\x10", 5: bytes([attempt]), 6: struct.pack(">I", 900), 7: b"\x0b\0"}
    usual |= {8: struct.pack(">H", 44), 9: struct.pack(">H", 56)}
    if who is not None:
        usual[18] = who
    return usual | {int(name[1:]): value for name, value in more.items()}


def labels(*values: int) -> bytes:
    """Return ICMP extension data with one MPLS label stack: its length, class 1, type 1 (RFC 4950, 3)."""
    stack = b"".join(struct.pack(">I", value << 12 | 0x1FF) for value in values)
    data = struct.pack(">HBB", len(stack), 1, 1) + stack
    return struct.pack(">H", len(data)) + data
