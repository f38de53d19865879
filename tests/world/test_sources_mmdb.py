"""MaxMind DB files."""

from __future__ import annotations

import ipaddress
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sources_names import taken
from write_mmdb import MARKER, database, encode

from crossline.world import World, mmdb_format, packed
from crossline.world.addresses import AddressIndex

if TYPE_CHECKING:
    from pathlib import Path

ASNS: dict[str, Any] = {
    "1.0.0.0/24": {"autonomous_system_number": 13335, "autonomous_system_organization": "Cloudflare"},
    "1.0.4.0/22": {"autonomous_system_number": 38803},
    "1.0.5.0/25": {"autonomous_system_number": 4200000000},
    "2001:200::/32": {"autonomous_system_number": 2500},
    "2001:200:1ba::/48": {"asn": "AS24047"},
    "2001:4:112:1::/70": {"autonomous_system_number": 112},
    "2001:4:112:1::5/128": {"autonomous_system_number": 113},
}


@pytest.mark.parametrize("size", [24, 28, 32])
@pytest.mark.parametrize("alias", [False, True])
def test_ranges_against_the_maxminddb_reader(tmp_path: Path, size: int, alias: bool) -> None:
    """Every address, at and beside each edge, has the AS number that MaxMind's own reader gives."""
    path = tmp_path / "x.mmdb"
    path.write_bytes(database(ASNS, size=size, alias=alias))
    name, tables, rejects = taken(path)
    assert (name, rejects) == ("mmdb", [])
    day = datetime.fromtimestamp(1_750_000_000, UTC).date()
    assert [f"mmdb-test-asn-{day}"] == tables["source"]["id"].to_list()
    edges = [e for text in ASNS for n in [ipaddress.ip_network(text)] for e in (n[0] - 1, n[0], n[-1], n[-1] + 1)]
    found = AddressIndex(World(tables)).lookup(_column(edges))["asn"].to_list()
    with maxminddb.open_database(path) as peer:
        expected = [_number(peer.get(str(edge))) for edge in edges]
    assert expected == found
    assert {None, 13335, 4200000000, 24047, 112, 113} <= set(expected)


def _column(addresses: list[Any]) -> Any:
    import polars as pl  # noqa: PLC0415 - only here

    return pl.Series([str(address) for address in addresses])


def _number(record: Any) -> int | None:
    told = (record or {}).get("autonomous_system_number", (record or {}).get("asn"))
    return int(str(told).removeprefix("AS")) if told is not None else None


@pytest.mark.parametrize("seed", range(4))
def test_random_trees_against_the_maxminddb_reader(tmp_path: Path, seed: int) -> None:
    """Nested networks of any length, in a tree for IPv4 alone, resolve as in MaxMind's reader."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    sizes = sorted(draw.randrange(2, 33) for _ in range(80))
    nets = {
        ipaddress.IPv4Network((draw.randrange(1 << 32), n), strict=False): draw.randrange(1, 1 << 32) for n in sizes
    }
    path = tmp_path / "x.mmdb"
    path.write_bytes(database({str(n): {"autonomous_system_number": a} for n, a in nets.items()}, version=4))
    _, tables, rejects = taken(path)
    assert rejects == []
    asked = [n[0] for n in nets] + [n[-1] for n in nets]
    asked += [ipaddress.IPv4Address(draw.randrange(1 << 32)) for _ in range(300)]
    with maxminddb.open_database(path) as peer:
        expected = [_number(peer.get(str(address))) for address in asked]
    assert expected == AddressIndex(World(tables)).lookup(_column(asked))["asn"].to_list()


def test_registered_country_is_taken_and_country_is_not(tmp_path: Path) -> None:
    """`country` says where a range is used; only `registered_country` is a registration."""
    path = tmp_path / "x.mmdb"
    both = {"country": {"iso_code": "US"}, "registered_country": {"iso_code": "CN"}}
    path.write_bytes(database({"1.0.0.0/24": both}, kind="GeoLite2-Country"))
    _, tables, _ = taken(path)
    assert tables["address4"]["registered"].to_list() == ["CN"]
    assert tables["source"]["issuer"].to_list() == ["MaxMind"]
    path.write_bytes(database({"1.0.0.0/24": {"country": {"iso_code": "US"}}}, kind="GeoLite2-Country"))
    with pytest.raises(packed.Unreadable, match="thought to be used"):
        taken(path)
    path.write_bytes(database({"1.0.0.0/24": {"country_code": "AU"}}, kind="asn-country-ipv4"))
    assert taken(path)[1]["address4"]["registered"].to_list() == ["AU"]


@pytest.mark.parametrize(
    "value",
    [
        "x" * 30, "x" * 300, "x" * 70000, 0, 255, 1 << 31, (1 << 64) - 1, True, False, {"a": ["b", {"c": 1}]}, [], {},
        {"key": "v" * 5000}, [1] * 40,
    ],
)  # fmt: skip
def test_values_against_the_maxminddb_decoder(value: Any) -> None:
    """Values of every type and size class that databases use decode as MaxMind's decoder decodes them."""
    held = encode(value)
    from maxminddb.decoder import Decoder  # noqa: PLC0415 - the pure one

    assert value == Decoder(held, 0).decode(0)[0]
    assert value == mmdb_format.Decoder(held, 0, len(held)).decode(0)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_pointers_of_every_size_lead_where_they_say(size: int) -> None:
    """The offsets 0, 2048 and 526336 are added for the first three sizes (section "pointer - 1")."""
    target = (5, 2048 + 5, 526336 + 5, 5)[size]
    body = bytearray(target) + encode("there")
    offset = target - (0, 2048, 526336, 0)[size]
    held = offset.to_bytes(size + 1, "big") if size == 3 else offset.to_bytes(size + 2, "big")
    pointer = bytes([1 << 5 | size << 3 | (0 if size == 3 else held[0])]) + (held if size == 3 else held[1:])
    raw = bytes(body) + pointer
    assert mmdb_format.Decoder(raw, 0, len(raw)).decode(len(body)) == "there"


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (b"\x20\x00", "pointer to a pointer"), (b"\x20\xff", "beyond the end"), (b"\x44ab", "beyond the end"),
        (b"\xff\xff\xff\xff", "beyond the end"), (b"\xe1\xa1\x01", "not text"), (b"\x00\xff", "type"),
        (b"", "beyond the end"), (b"\x00\x05", "type 12"), (b"\x61x", "type 3"),
        (b"\x1f\x04\xff\xff\xff" + b"\x00\x07" * 5000, "more than"), (b"\x01\x04" * 40, "nested"),
    ],
)  # fmt: skip
def test_broken_values_say_what_is_wrong(held: bytes, told: str) -> None:
    """A pointer loop, a length past the end, a wrong type, too many values and too deep ones are refused."""
    with pytest.raises(ValueError, match=told):
        mmdb_format.Decoder(held, 0, len(held)).decode(0)


def _with(**metadata: Any) -> bytes:
    whole = database(ASNS)
    mark = whole.rfind(MARKER)
    about = mmdb_format.Decoder(whole, mark + len(MARKER), len(whole)).decode(0)
    return whole[: mark + len(MARKER)] + encode({**about, **metadata})


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "no MaxMind DB metadata"), (database(ASNS)[:-200], "no MaxMind DB metadata"),
        (_with(node_count=1 << 30), "do not fit"), (_with(node_count=0), "do not fit"),
        (_with(record_size=20), "20 bits"), (_with(ip_version=5), "version 5"), (_with(ip_version=True), "ip_version"),
        (_with(binary_format_major_version=3), "format version 3"), (MARKER + b"\x41", "cannot be decoded"),
        (MARKER + encode("x"), "not a map"), (MARKER + encode({}), "node_count"),
    ],
)  # fmt: skip
def test_broken_files_say_what_is_wrong(raw: bytes, told: str) -> None:
    """Metadata that is missing, cut or absurd is a message, not a crash."""
    with pytest.raises(packed.Unreadable, match=told):
        mmdb_format.open_database(raw)


def test_a_tree_that_leads_back_into_itself_ends() -> None:
    """A node is visited once: a loop and a shared subtree are counted, and the walk stays short."""
    count = 40
    for left, right in ((0, 0), (1, 1), (count - 1, 0)):
        tree = b"".join(
            (left if n else 1).to_bytes(4, "big") + (right if n else 2).to_bytes(4, "big") for n in range(count)
        )
        about = {"node_count": count, "record_size": 32, "ip_version": 6, "binary_format_major_version": 2}
        leaves = mmdb_format.open_database(tree + bytes(16) + MARKER + encode(about)).leaves()
        assert len(leaves.high) == 0
        assert leaves.again > 0


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """With any few bytes changed a file gives ranges and rejects, or a message; never another error."""
    raw = bytearray(database(ASNS))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("m") / "x.mmdb"
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))] if data.draw(st.booleans()) else raw)
    try:
        _, tables, _ = taken(path)
    except packed.Unreadable:
        return
    AddressIndex(World(tables))
