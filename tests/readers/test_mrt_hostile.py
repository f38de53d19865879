"""The MRT reader on what is cut, damaged, endless or absurd. It yields what was whole, and names the rest."""

# ruff: noqa: TC003 - builders are named by what they build; hypothesis looks at annotations

from __future__ import annotations

import bz2
import gzip
import struct
import zlib
from pathlib import Path

import mrt_naive as naive
import mrt_writer as w
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mrt_results import Outcome

from crossline.readers.mrt import reading, stream
from crossline.tables import Limits, Reject

PEERS = [w.Peer("192.0.2.1", 64501), w.Peer("198.51.100.7", 3356), w.Peer("2001:db8::2", 64503), w.Peer("192.0.2.1", 9)]
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def attrs(*path: int, width: int = 4) -> bytes:
    """Attributes with a path of one sequence."""
    return w.attributes([(w.SEQUENCE, list(path))], width)


def outcome(tmp_path: Path, data: bytes, limits: Limits | None = None) -> Outcome:
    """Read these bytes."""
    file = tmp_path / "file.mrt"
    file.write_bytes(data)
    return Outcome(file, limits)


def small_table() -> bytes:
    """Two prefixes, three entries, some messages."""
    return (
        w.peer_index_table(PEERS)
        + w.rib("10.0.0.0/8", [(0, attrs(1, 2)), (1, attrs(3, 2))])
        + w.rib("2001:db8::/32", [(2, attrs(5))])
        + w.table_dump("12.0.0.0/8", PEERS[0], attrs(1, 2, width=2))
        + w.bgp4mp(PEERS[0], 4, w.update_body(w.nlri("10.0.0.0/8"), attrs(7), w.nlri("11.0.0.0/8")))
    )


def test_a_file_cut_anywhere_gives_all_whole_records(tmp_path: Path) -> None:
    """Cut at every byte: the records before the cut are read, and one reject says where the file ends."""
    data = small_table()
    ends, place = {0}, 0
    while place < len(data):
        place += 12 + struct.unpack_from(">I", data, place + 8)[0]
        ends.add(place)
    for cut in range(1, len(data)):
        found = outcome(tmp_path, data[:cut])
        assert found.routes() == naive.assets(naive.decode(data[:cut])), cut
        start = max(end for end in ends if end <= cut)
        assert [reject.locator for reject in found.rejects] == ([] if cut in ends else [f"byte {start}"]), cut


def test_a_gzip_cut_anywhere_gives_what_can_be_had(tmp_path: Path) -> None:
    """A gzip file that ends early yields as many records as zlib can give of it, and says that it ends."""
    data = small_table() * 30
    packed = gzip.compress(data, 1)
    for cut in range(20, len(packed) - 1, 37):
        had = zlib.decompressobj(wbits=31).decompress(packed[:cut])
        found = outcome(tmp_path, packed[:cut])
        assert found.routes() == naive.assets(naive.decode(had)), cut
        assert any("ends early" in reject.reason for reject in found.rejects)


def test_damaged_compression_keeps_what_came_before(tmp_path: Path) -> None:
    """A flipped byte in the middle of gzip or bzip2 ends the reading there, with the place and the reason."""
    noise = bytes(range(256))
    table = w.peer_index_table(PEERS) + b"".join(
        w.rib(f"10.{n}.0.0/16", [(0, attrs(n + 1, 2 + n * n) + w.attribute(99, noise[n:] + noise[:n]))])
        for n in range(250)
    )
    for packed in (bytearray(gzip.compress(table, 0)), bytearray(bz2.compress(table * 40))):
        middle = len(packed) * 2 // 3
        packed[middle : middle + 40] = b"\xff" * 40
        found = outcome(tmp_path, bytes(packed))
        assert found.rows("route") > 100
        assert any("damaged" in reject.reason for reject in found.rejects)
    found = outcome(tmp_path, gzip.compress(table) + b"something else")
    assert found.rows("route") == 250
    assert [(reject.locator, reject.count) for reject in found.rejects] == [(f"byte {len(table)}", 1)]


def test_limits_are_named_when_they_are_hit(tmp_path: Path) -> None:
    """Each limit stops the reading at its place and says its name; what was read before stands."""
    table = w.peer_index_table(PEERS) + b"".join(w.rib(f"10.{n}.0.0/16", [(0, attrs(1, 2))]) for n in range(256))
    cases = {
        "bytes_in": (table, Limits(bytes_in=1000)),
        "bytes_out": (gzip.compress(table), Limits(bytes_out=2000)),
        "rows": (table, Limits(rows=100)),
        "seconds": (table * 200, Limits(seconds=0.0)),
    }
    assert outcome(tmp_path, table, Limits(rows=100)).rows("route") == 100
    for name, (data, limits) in cases.items():
        found = outcome(tmp_path, data, limits)
        assert any(f"limit {name} of" in reject.reason for reject in found.rejects), name
    assert outcome(tmp_path, table, Limits(bytes_in=2000)).rows("route") > 10


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path, pack: object) -> None:
    """Much content out of few bytes is stopped, once it is more than 64 MiB."""
    data = w.record(0, 0, b"\0" * (1 << 20)) * 100
    found = outcome(tmp_path, pack(data), Limits(ratio=500))  # type: ignore[operator]
    assert any("limit ratio of 500 to one" in reject.reason for reject in found.rejects)


def test_rejects_are_capped_and_counted(tmp_path: Path) -> None:
    """Beyond Limits.rejects only a number is kept, and the numbers add up."""
    bad = w.rib("10.0.0.0/8", [(99, attrs(1))])
    data = w.peer_index_table(PEERS) + bad * 500
    found = outcome(tmp_path, data, Limits(rejects=20))
    assert len(found.rejects) == 21
    assert sum(reject.count for reject in found.rejects) == 500
    assert found.rejects[0].locator == f"byte {len(w.peer_index_table(PEERS)) + 12 + 4 + 2 + 2}"
    assert "limit rejects of 20" in found.rejects[-1].reason


ODD = {
    "empty": (b"", "byte 0", "the file is empty"),
    "too short for a header": (b"\0" * 5, "byte 0", "5 of 12 bytes"),
    "not MRT": (b"x" * 100, "byte 0", "no record's header"),
    "before BGP-4": (w.record(13, 1, b"", 600_000_000), "byte 0", "1989-01-05"),
    "year 1970": (w.record(13, 1, b"", 0), "byte 0", "1970-01-01"),
    "absurd length": (w.record(13, 2, b"", size=0xFFFFFFFF), "byte 0", "length 4,294,967,295"),
    "no peers yet": (w.rib("10.0.0.0/8", [(0, attrs(1))]), "byte 0", "no peer index table"),
    "OSPF": (w.record(11, 0, b"abc"), "byte 0", "type 11, subtype 0"),
    "multicast": (w.peer_index_table(PEERS) + w.record(13, 3, b"abcdefg"), "", "type 13, subtype 3"),
    "generic additional paths": (w.peer_index_table(PEERS) + w.record(13, 12, b"abcdefg"), "", "type 13, subtype 12"),
    "vpn": (
        w.peer_index_table(PEERS) + w.record(13, 6, struct.pack(">IHB", 0, 1, 128)),
        "",
        "family 1, subsequent family 128",
    ),
    "vpn message": (
        w.bgp4mp(PEERS[0], 4, w.update_body(b"", w.mp_reach(b"\0", 1, 128))),
        "",
        "family 1, subsequent family 128",
    ),
    "a prefix of 33 bits": (
        w.table_dump("10.0.0.0/8", PEERS[0], b"").replace(b"\x08\x01", b"\x21\x01"),
        "byte 16",
        "33 bits",
    ),
    "no marker": (w.record(16, 4, w.between(PEERS[0], 4) + b"\0" * 19), "byte 32", "marker"),
    "a peer of family 3": (
        w.record(16, 4, w.between(PEERS[0], 4).replace(b"\0\0\0\1\xc0", b"\0\0\0\3\xc0") + b"\0" * 40),
        "byte 0",
        "family 3",
    ),
    "a lying message": (
        w.record(16, 4, w.between(PEERS[0], 4) + w.message(2, b"\0" * 8) + b"zz"),
        "byte 32",
        "says it has 27 bytes",
    ),
    "an unknown message": (w.record(16, 4, w.between(PEERS[0], 4) + w.message(9, b"")), "byte 32", "type 9"),
    "a short body": (w.record(16, 4, b"abc"), "byte 0", "3 bytes, too few"),
    "too many peers": (w.record(13, 1, b"\0\0\0\0\0\0\0\5" + b"\0" * 11), "byte 0", "4 peers"),
}


@pytest.mark.parametrize(("data", "locator", "reason"), ODD.values(), ids=ODD)
def test_what_is_odd_is_rejected_with_place_and_reason(tmp_path: Path, data: bytes, locator: str, reason: str) -> None:
    """One reject, at its byte, saying what is wrong."""
    (reject,) = outcome(tmp_path, data).rejects
    assert isinstance(reject, Reject)
    assert reject.locator == locator or not locator
    assert reason in reject.reason


def test_an_entry_without_a_path_is_kept(tmp_path: Path) -> None:
    """A route whose attributes cannot be read is still a route; none of its roles is seen, and both places say so."""
    broken = w.attribute(1, b"\0") + b"\x40\x02\xff\x02\x01"
    data = w.peer_index_table(PEERS) + w.rib("10.0.0.0/8", [(0, broken), (1, b"")])
    found = outcome(tmp_path, data)
    assert [route.extents for route in found.routes().values()] == [
        {"neighbour": "none", "transit": "none", "origin": "none"}
    ] * 2
    assert ["overrun" in reject.reason for reject in found.rejects] == [True]


def test_unknown_records_are_stepped_over_only_between_records(tmp_path: Path) -> None:
    """A record of an unknown type is left out if the next header is sound; else nothing after it is trusted."""
    table = w.peer_index_table(PEERS) + w.rib("10.0.0.0/8", [(0, attrs(1))])
    odd = w.record(999, 1, b"abc")
    found = outcome(tmp_path, table + odd + w.rib("11.0.0.0/8", [(0, attrs(1))]))
    assert found.rows("route") == 2
    assert [reject.locator for reject in found.rejects] == [f"byte {len(table)}"]
    found = outcome(tmp_path, table + odd + b"y" * 50)
    assert found.rows("route") == 1
    assert "not read" in found.rejects[-1].reason


_number = st.one_of(st.integers(1, 5), st.integers(0, 65535), st.just(23456))
_segment = st.tuples(st.sampled_from([1, 2, 2, 2, 3, 4]), st.lists(_number, min_size=1, max_size=4))
_path = st.lists(_segment, max_size=4)
_prefix = st.one_of(
    st.tuples(st.integers(0, 3), st.integers(8, 10)).map(lambda x: f"{x[0] << 6}.0.0.0/{x[1]}"),
    st.integers(0, 3).map(lambda x: f"2001:db8:{x}::/48"),
)
_four = _prefix.filter(lambda prefix: ":" not in prefix)


@st.composite
def _attrs(draw: st.DrawFn, width: int, *more: bytes) -> bytes:
    path = draw(_path)
    extra = b"".join(more)
    if width == 2 and draw(st.booleans()):
        extra += w.as4_path([(kind, [member + 70000 for member in members]) for kind, members in draw(_path)])
    return w.attributes(path, width, extra)


@st.composite
def _record(draw: st.DrawFn) -> bytes:
    peer = draw(st.sampled_from(PEERS))
    kind = draw(st.integers(0, 6))
    if kind == 0:
        six = [other for other in PEERS if ":" in other.address]
        prefix = draw(_prefix)
        return w.table_dump(prefix, six[0] if ":" in prefix else PEERS[0], draw(_attrs(2)))
    if kind in (1, 2):
        several = draw(st.booleans())
        entries = [
            (draw(st.integers(0, len(PEERS))), draw(_attrs(4)), *([draw(st.integers(0, 2))] if several else []))
            for _ in range(draw(st.integers(0, 3)))
        ]
        return w.rib(draw(_prefix), entries, generic=not several and draw(st.booleans()))
    if kind == 3:
        return draw(st.sampled_from([w.state_change(peer, 6, 1), w.state_change(PEERS[0], 6, 1, wide=False)]))
    if kind == 4:
        body = w.update_body(w.nlri(draw(_four)), draw(_attrs(2)), w.nlri(draw(_four)))
        return w.retired(1, PEERS[0], body)
    subtype = draw(st.sampled_from([1, 4, 4, 6, 8, 9]))
    path_id = draw(st.integers(0, 2)) if subtype >= 8 else None
    more = w.mp_reach(w.nlri("2001:db8:1::/48", path_id)) if draw(st.booleans()) else b""
    more += w.mp_unreach(w.nlri("2001:db8:2::/48", path_id)) if draw(st.booleans()) else b""
    gone = w.nlri(draw(_four), path_id) if draw(st.booleans()) else b""
    come = w.nlri(draw(_four), path_id) if draw(st.booleans()) else b""
    body = w.update_body(gone, draw(_attrs(4 if subtype in (4, 9) else 2, more)), come)
    made = w.bgp4mp(peer, subtype, body)
    return w.extended(subtype, made[12:]) if draw(st.booleans()) else made


_files = st.lists(_record(), max_size=12).map(lambda records: w.peer_index_table(PEERS) + b"".join(records))


def test_long_replays_are_settled_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces that cut records anywhere, rows that are worded early, and settling on the way change nothing."""
    monkeypatch.setattr(stream, "PIECE", 777)
    monkeypatch.setattr(reading, "_AT_ONCE", 1)
    monkeypatch.setattr(reading, "_WORDED_AT_ONCE", 3)
    monkeypatch.setattr(reading, "_COMPACT_FROM", 40)
    data = w.peer_index_table(PEERS) + b"".join(
        w.rib(f"10.{n}.0.0/16", [(0, attrs(1, n + 2)), (1, attrs(3, n + 2))]) for n in range(50)
    )
    path = tmp_path / "table.mrt"
    path.write_bytes(data)
    assert Outcome(path).routes() == naive.assets(naive.decode(data))
    for n in range(600):
        peer, prefix = PEERS[n % 3], w.nlri(f"10.{n * 7 % 60}.0.0/16")
        update = w.update_body(prefix) if n % 5 == 0 else w.update_body(b"", attrs(n % 11 + 1, n % 7 + 20), prefix)
        data += w.state_change(peer, 6, 1) if n % 97 == 96 else w.bgp4mp(peer, 4, update, w.NOON + n * 600)
    path.write_bytes(data)
    found, state = Outcome(path), naive.decode(data)
    assert found.routes() == naive.assets(state)
    assert found.sessions() == naive.sessions(state)


@QUIET
@given(data=_files)
def test_reader_equals_the_naive_decoder_on_random_records(tmp_path: Path, data: bytes) -> None:
    """Routes, sessions, ties, extents, dates and places are those of a decoder written on its own from the RFCs."""
    found, state = outcome(tmp_path, data), naive.decode(data)
    assert found.routes() == naive.assets(state)
    assert found.sessions() == naive.sessions(state)


@QUIET
@given(
    data=_files,
    damage=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 10**6),
)
def test_reader_equals_the_naive_decoder_on_damaged_files(
    tmp_path: Path, data: bytes, damage: list[tuple[int, int]], cut: int
) -> None:
    """Nothing that damage makes of a file yields a row that the naive decoder does not, or loses one that it does."""
    broken = bytearray(data)
    for place, value in damage:
        broken[place % len(broken)] = value
    data = bytes(broken[: len(broken) - cut % 40])
    found, state = outcome(tmp_path, data), naive.decode(data)
    assert found.routes() == naive.assets(state)
    assert found.sessions() == naive.sessions(state)


@QUIET
@given(data=st.binary(max_size=300))
def test_noise_is_never_a_crash(tmp_path: Path, data: bytes) -> None:
    """Any bytes at all end in routes, rejects or nothing, never in an exception."""
    found = outcome(tmp_path, data)
    assert found.routes() == naive.assets(naive.decode(data))
    assert found.rejects
