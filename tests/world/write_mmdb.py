"""A writer of small MaxMind DB files, for tests: plain, and wrong in stated ways.

Written from the MaxMind DB File Format Specification 2.0. That its files are sound is checked with the reader of the
``maxminddb`` package.
"""

from __future__ import annotations

import ipaddress
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"


# The types that section "Database Metadata" asks for, where they are not the smallest that fits.
_KINDS = {
    "record_size": 5,
    "ip_version": 5,
    "binary_format_major_version": 5,
    "binary_format_minor_version": 5,
    "build_epoch": 9,
}


def encode(value: Any, kind: int | None = None) -> bytes:
    """Encode a value of the data section (section "Data Field Format")."""
    if isinstance(value, str):
        held = value.encode()
        return _control(2, len(held)) + held
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, int):
        held = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(kind or (6 if value < 1 << 32 else 9), len(held)) + held
    if isinstance(value, dict):
        items = (encode(key) + encode(item, _KINDS.get(key)) for key, item in value.items())
        return _control(7, len(value)) + b"".join(items)
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(encode(item) for item in value)
    raise TypeError(type(value))


def _control(kind: int, size: int) -> bytes:
    steps = ((0, 0), (29, 1), (285, 2), (65821, 3))
    start, length = next(step for step in reversed(steps) if size >= step[0])
    first = 28 + length if length else size
    extra = (size - start).to_bytes(length, "big") if length else b""
    return bytes([kind << 5 | first]) + extra if kind < 8 else bytes([first, kind - 7]) + extra


def database(
    networks: dict[str, Any],
    *,
    size: int = 28,
    version: int = 6,
    kind: str = "Test-ASN",
    epoch: int = 1_750_000_000,
    alias: bool = False,
) -> bytes:
    """Return a database; networks are inserted in the order given, later ones inside earlier ones."""
    bits = 128 if version == 6 else 32
    data = b""
    offsets: dict[bytes, int] = {}
    nodes: list[list[Any]] = [[None, None]]

    for text, value in networks.items():
        network = ipaddress.ip_network(text)
        shift = 96 if version == 6 and network.version == 4 else 0
        path, length = int(network.network_address), network.prefixlen + shift
        held = encode(value)
        if held not in offsets:
            offsets[held] = len(data)
            data += held
        _insert(nodes, [(path >> (bits - 1 - depth)) & 1 for depth in range(length)], ("data", offsets[held]))
    if alias:  # as MaxMind's databases do, 2002::/16 leads to the IPv4 part
        node = 0
        for _ in range(96):
            node = nodes[node][0]
        _insert(nodes, [(0x2002 >> (15 - depth)) & 1 for depth in range(16)], node)
    count = len(nodes)
    tree = b"".join(_node(count, left, right, size) for left, right in nodes)
    metadata = {
        "node_count": count,
        "record_size": size,
        "ip_version": version,
        "database_type": kind,
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": epoch,
        "languages": ["en"],
        "description": {"en": "made for a test"},
    }
    return tree + bytes(16) + data + MARKER + encode(metadata)


def _insert(nodes: list[list[Any]], path: list[int], leaf: Any) -> None:
    node = 0
    for bit in path[:-1]:
        below = nodes[node][bit]
        if not isinstance(below, int):  # empty, or a wider network that is divided now
            nodes.append([below, below])
            nodes[node][bit] = len(nodes) - 1
        node = nodes[node][bit]
    nodes[node][path[-1]] = leaf


def _node(count: int, left: Any, right: Any, size: int) -> bytes:
    a, b = (count if r is None else r if isinstance(r, int) else count + 16 + r[1] for r in (left, right))
    if size == 28:
        middle = (a >> 24 & 15) << 4 | (b >> 24 & 15)
        return (a & 0xFFFFFF).to_bytes(3, "big") + bytes([middle]) + (b & 0xFFFFFF).to_bytes(3, "big")
    return a.to_bytes(size // 8, "big") + b.to_bytes(size // 8, "big")
