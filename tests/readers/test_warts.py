"""The reader of warts, beside scamper's own sc_warts2json, and by hand."""

from __future__ import annotations

import gzip
import json
import struct
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traces_results import Read, read
from warts_writer import address, again, fields, hop, labels, lists, old_address, record, trace

from crossline.readers import warts

if TYPE_CHECKING:
    from crossline.tables import Limits

HERE = Path(__file__).parent / "traces"
QUICK = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

# sc_warts2json (scamper 20211212) made labels.json of these bytes.
LABELS = lists() + trace(
    {26: address("10.0.0.1"), 27: address("192.0.2.9")},
    hop(1, address("10.0.0.254")),
    hop(2, address("198.51.100.1"), f17=labels(16001, 3)),
    hop(3, again(1), f7=b"\x03\x03"),
)
ENDS = {26: address("10.0.0.1"), 27: address("192.0.2.9")}


def of(folder: Path, data: bytes, limits: Limits | None = None) -> Read:
    """Write bytes and read them."""
    path = folder / "traces.warts"
    path.write_bytes(data)
    return read("warts", path, limits)


def same(one: Read, other: Read) -> None:
    """Check that two readings have the same traces, but for their places."""
    assert list(one.traces) == list(other.traces)
    for asset, mine in one.traces.items():
        assert mine | {"locator": ""} == other.traces[asset] | {"locator": ""}


def test_real_traces_as_sc_warts2json_tells_them() -> None:
    """Traces that scamper made over six machines come to the same, ids included, from warts and from its JSON."""
    mine, its = read("warts", HERE / "routers.warts"), read("scamper", HERE / "routers.json")
    same(mine, its)
    assert (len(mine.traces), mine.rejected, its.rejected) == (8, 2, 2)  # a ping and a tracelb
    assert mine.notes[:-1] == its.notes[:-1]


def test_real_traces_counted() -> None:
    """Where all three attempts were made at each hop, shares are what a count of scamper's own JSON gives."""
    records = [json.loads(line) for line in (HERE / "routers.json").read_text(encoding="utf-8").splitlines()]
    (record_,) = [r for r in records if r["type"] == "trace" and r["attempts"] == 3 and r["dst"] == "10.0.6.2"]
    counts = Counter((hop_["probe_ttl"], hop_["addr"]) for hop_ in record_["hops"])
    place = [r for r in records if r["type"] == "trace"].index(record_)  # traces stand in the same order
    trace_ = list(read("warts", HERE / "routers.warts").traces.values())[place]
    assert trace_["ties"] == {
        (ttl, who): (100 * n / 3, 100 * n / 3, "observed" if who == "10.0.6.2" else "inferred")
        for (ttl, who), n in counts.items()
    }
    wanted = {"source": "10.0.1.0/24", "hops": 4, "silent": 1, "source_inside": "10.0.1.1", "source_address": None}
    assert {name: trace_[name] for name in wanted} == wanted


def test_labels_and_references_as_sc_warts2json_tells_them(tmp_path: Path) -> None:
    """MPLS labels in ICMP extensions, and an address that is told by its number, come to the same as in its JSON."""
    mine = of(tmp_path, LABELS)
    same(mine, read("scamper", HERE / "labels.json"))
    (trace_,) = mine.traces.values()
    assert list(trace_["ties"]) == [(1, "10.0.0.254"), (2, "198.51.100.1"), (3, "192.0.2.9")]
    assert (trace_["tunnels"], trace_["reached"]) == (1, True)


def test_addresses_in_records_of_their_own(tmp_path: Path) -> None:
    """In files from before 2009 addresses are numbered from 1 throughout the file, modulo 255 in their records."""
    numbered = [f"10.1.{n >> 8}.{n & 255}" for n in range(300)]
    data = lists() + b"".join(old_address(n, text) for n, text in enumerate(numbered, 1))
    data += old_address(301, "2001:db8::9")
    number = struct.Struct(">I").pack
    data += trace({3: number(1), 4: number(299)}, {**hop(2, None, 1), 1: number(299)}, {**hop(1, None), 1: number(2)})
    data += trace({3: number(1), 4: number(301)}, {**hop(1, None), 1: number(302)})
    read_ = of(tmp_path, data)
    (trace_,) = read_.traces.values()
    assert (trace_["source_inside"], trace_["destination"]) == ("10.1.0.0", numbered[298])
    assert trace_["ties"] == {
        (1, "10.1.0.1"): (100.0, 100.0, "inferred"),
        (2, numbered[298]): (50.0, 100.0, "observed"),
    }
    assert [reject.reason for reject in read_.rejects] == [
        "an address is of no version of IP, or is not defined before it is used"
    ]


def test_an_address_out_of_order_is_told(tmp_path: Path) -> None:
    """If the numbers of addresses do not fit, no trace is given addresses that may not be its own."""
    number = struct.Struct(">I").pack
    data = old_address(1, "10.0.0.1") + old_address(3, "10.0.0.2") + trace({3: number(1), 4: number(2)})
    read_ = of(tmp_path, data + trace(ENDS))
    assert [trace_["destination"] for trace_ in read_.traces.values()] == ["192.0.2.9"]
    assert len(read_.rejects) == 2


def test_the_second_answer_to_a_packet_makes_no_hop(tmp_path: Path) -> None:
    """Of two answers to one packet the first is its hop; an attempt without an answer counts against it."""
    read_ = of(
        tmp_path,
        trace(ENDS, hop(1, address("10.0.0.2"), 1), hop(1, address("10.0.0.3"), 1), hop(2, again(0)), hop(2, None, 1)),
    )
    (trace_,) = read_.traces.values()
    assert trace_["ties"] == {(1, "10.0.0.2"): (50.0, 100.0, "inferred")}
    assert "1 packet was answered twice, and counts once" in read_.notes
    assert "1 answer came from where it was measured: no hop" in read_.notes


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (trace({26: address("10.0.0.1")}), "without a destination"),
        (trace(ENDS, hop(0, address("10.0.0.1"))), "without a TTL"),
        (trace(ENDS, hop(1, again(7))), "not defined before"),
        (trace(ENDS, hop(1, b"\6\3abcdef")), "no version of IP"),
        (trace(ENDS, hop(1, b"\5\1abcde")), "no version of IP"),
        (record(6, b"\x81"), "do not fit"),
        (record(6, b"\x01\xff\xff\0"), "do not fit"),
        (record(6, fields(ENDS) + b"\xff\xff"), "do not fit"),
        (record(6, fields(ENDS)), "do not fit"),
        (record(6, b"\0\0\0"), "without a destination"),
        (record(6, b""), "do not fit"),
        (record(5, b""), "not the next one"),
        (record(12, b"abc"), "not a traceroute"),
    ],
)
def test_a_bad_record_takes_nothing_with_it(tmp_path: Path, bad: bytes, reason: str) -> None:
    """A record that cannot be read is a reject with its place and reason, and the next is read."""
    read_ = of(tmp_path, lists() + bad + trace(ENDS, hop(1, address("10.0.0.254"))))
    assert len(read_.traces) == 1
    (reject,) = read_.rejects
    assert (reject.locator, reason in reject.reason) == (f"byte {len(lists())}", True)


def test_fields_that_are_not_known_are_stepped_over(tmp_path: Path) -> None:
    """Fields of later versions, in traces and answers, change nothing."""
    plain = trace(ENDS, hop(1, address("10.0.0.254")))
    later = trace({**ENDS, 33: b"12345", 80: b"7"}, hop(1, address("10.0.0.254"), f20=b"a.example\0", f33=b"xyz"))
    same(of(tmp_path, plain), of(tmp_path, later))


def test_what_is_no_record_ends_the_reading(tmp_path: Path) -> None:
    """After bytes that are no header nothing is read, and a reject says where."""
    one = trace(ENDS)
    read_ = of(tmp_path, one + b"garbage!" + trace(ENDS, hop(1, address("10.0.0.2"))))
    assert (len(read_.traces), read_.rejects[0].locator) == (1, f"byte {len(one)}")
    assert "rest of the file" in read_.rejects[0].reason


def test_long_records(tmp_path: Path) -> None:
    """A record longer than the limit is a reject, and the next is read; a length past the end of the file is one."""
    long = record(6, bytes(17 << 20))
    read_ = of(tmp_path, trace(ENDS) + long + trace(ENDS, hop(1, address("10.0.0.2"))))
    assert (len(read_.traces), [reject.count for reject in read_.rejects]) == (2, [1])
    read_ = of(tmp_path, trace(ENDS) + struct.pack(">HHI", 0x1205, 6, 0xFFFFFFFF))
    assert (len(read_.traces), [reject.reason for reject in read_.rejects]) == (1, ["the file ends within a record"])
    many = [hop(n // 256 % 250 + 1, address(f"10.0.{n >> 8}.{n & 255}"), n % 250) for n in range(5000)]
    assert "more than 4,096" in of(tmp_path, trace(ENDS, *many)).rejects[0].reason


def test_compressed_and_claimed(tmp_path: Path) -> None:
    """Warts is known by its first record, under gzip as well; MRT and others are left to others."""
    path = tmp_path / "traces.gz"
    path.write_bytes(gzip.compress(LABELS))
    assert warts.claim(path, path.read_bytes())
    assert len(read("warts", path).traces) == 1
    for other in (b"", b"\x12\x05", b"\x12\x05\0\0\0\0\0\0", b"[{}]", struct.pack(">IHHI", 1_600_000_000, 13, 1, 40)):
        path.write_bytes(other)
        assert not warts.claim(path, other)


@QUICK
@given(st.integers(0, len(LABELS)))
def test_cut_at_any_byte(tmp_path: Path, size: int) -> None:
    """A file that ends anywhere gives its whole records, and one reject for the one that is cut."""
    head = len(trace(ENDS))
    data = trace(ENDS) + LABELS[len(lists()) :]
    size = min(size, len(data))
    read_ = of(tmp_path, data[:size])
    assert len(read_.traces) == (size >= head) + (size >= len(data))
    assert read_.rejected == (size not in (head, len(data)))


@QUICK
@given(st.data())
def test_any_byte_changed(tmp_path: Path, data: st.DataObject) -> None:
    """With any bytes changed nothing is raised, and something is said of what was read."""
    bad = bytearray(LABELS * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    read_ = of(tmp_path, bytes(bad))
    assert len(read_.traces) + read_.rejected + sum("describe" in note for note in read_.notes) >= 1


@QUICK
@given(st.binary(max_size=300))
def test_any_body(tmp_path: Path, body: bytes) -> None:
    """Any bytes as a trace end in a trace or a reject, and take nothing with them."""
    read_ = of(tmp_path, record(6, body) + trace(ENDS, hop(1, address("10.0.0.2"))))
    assert len(read_.traces) + read_.rejected == 2
