"""The reader of RIPE Atlas, beside a naive twin, and beside ripe.atlas.sagan."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from atlas_naive import results
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from traces_results import Read, read

from crossline.readers import atlas
from crossline.tables import Limits

SHARED = Path(__file__).parents[3] / "shared" / "data" / "traces" / "atlas_sagan_traceroutes.json"
QUICK = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answers(*addresses: str | None, **more: Any) -> list[dict[str, Any]]:
    """Return the answers of a hop; None is a packet that nobody answered."""
    return [{"x": "*"} if a is None else {"from": a, "rtt": 1.5, "size": 28, "ttl": 60, **more} for a in addresses]


def result(*hops: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a result with those hops, from 1 on."""
    return {
        "fw": 5080, "af": 4, "msm_id": 5001, "prb_id": 7, "type": "traceroute", "timestamp": 1700000000,
        "endtime": 1700000009, "from": "198.51.100.9", "src_addr": "192.168.0.9", "dst_addr": "203.0.113.5",
        "dst_name": "far.example", "proto": "ICMP", "size": 48, "paris_id": 1, "msm_name": "Traceroute",
        "result": [{"hop": ttl, "result": hop} for ttl, hop in enumerate(hops, 1)], **more,
    }  # fmt: skip


def of(folder: Path, *values: Any, limits: Limits | None = None) -> Read:
    """Write results, one a line (bytes as they are), and read them."""
    path = folder / "results.json"
    path.write_bytes(b"\n".join(v if isinstance(v, bytes) else json.dumps(v).encode() for v in values))
    return read("atlas", path, limits)


def one(folder: Path, value: dict[str, Any]) -> dict[str, Any]:
    """Read a file with one result."""
    (trace,) = of(folder, value).traces.values()
    return trace


def test_a_result_by_hand(tmp_path: Path) -> None:
    """Columns and ties of one result, each calculated by hand."""
    hops = [
        answers("192.168.0.1", "192.168.0.1", "192.168.0.1"),
        answers("192.0.2.1", "192.0.2.2", None),
        answers(None, None, None),
        answers("203.0.113.5", "203.0.113.5", None),
    ]
    trace = one(tmp_path, result(*hops))
    third = 100 / 3
    assert trace["ties"] == {
        (1, "192.168.0.1"): (100.0, 100.0, "inferred"),
        (2, "192.0.2.1"): (third, 200 / 3, "inferred"),
        (2, "192.0.2.2"): (third, 200 / 3, "inferred"),
        (4, "203.0.113.5"): (200 / 3, 100.0, "observed"),
    }
    wanted = {
        "asset": "trace:atlas:5001:7:1700000000", "name": "Atlas probe 7 to 203.0.113.5", "source": "Atlas probe 7",
        "destination": "203.0.113.5", "tool": "atlas", "reached": True, "hops": 4, "silent": 1, "tunnels": 0,
        "looping": False, "observed_at": date(2023, 11, 14), "locator": "byte 0", "source_address": "198.51.100.9",
        "source_inside": "192.168.0.9",
    }  # fmt: skip
    assert {name: trace[name] for name in wanted} == wanted


def test_the_day_is_that_of_the_end(tmp_path: Path) -> None:
    """A measurement that runs over midnight was observed on the day it ended, in UTC; without an end, it began."""
    night = 1700006400  # 2023-11-15 00:00 UTC
    assert one(tmp_path, result(answers("192.0.2.1"), timestamp=night - 5, endtime=night + 5))["observed_at"] == date(
        2023, 11, 15
    )
    without = result(answers("192.0.2.1"), timestamp=night - 5)
    del without["endtime"]
    assert one(tmp_path, without)["observed_at"] == date(2023, 11, 14)


def test_what_was_late_or_double_or_not_sent_makes_no_hop(tmp_path: Path) -> None:
    """Late and double answers and packets that were not sent count in notes, and not among packets."""
    hop = [
        *answers("192.0.2.1"),
        {"from": "192.0.2.8", "late": 2, "size": 28},
        {"from": "192.0.2.1", "dup": True, "rtt": 2},
        {"error": "sendto failed: Network is unreachable"},
    ]
    read_ = of(tmp_path, result(hop))
    (trace,) = read_.traces.values()
    assert trace["ties"] == {(1, "192.0.2.1"): (100.0, 100.0, "inferred")}
    assert read_.notes[1:] == [
        "1 packet was late, after its hop: no hop is made of it",
        "1 packet was answered twice, and counts once",
        "1 packet could not be sent",
    ]


def test_the_probe_itself_is_no_hop(tmp_path: Path) -> None:
    """An answer from the probe, or from the address that it is seen from, is none, so that neither becomes a tie."""
    read_ = of(tmp_path, result(answers("192.168.0.9", "198.51.100.9", err="H"), answers("192.0.2.1")))
    (trace,) = read_.traces.values()
    assert list(trace["ties"]) == [(2, "192.0.2.1")]
    assert trace["silent"] == 1
    assert "2 answers came from where they were measured: no hops" in read_.notes


def test_hop_255_is_no_distance(tmp_path: Path) -> None:
    """After silent hops a probe tries TTL 255: the destination is then one hop further than was tried, at least."""
    value = result(answers("192.0.2.1"), answers(None), answers(None))
    value["result"].append({"hop": 255, "result": answers("203.0.113.5", None)})
    trace = one(tmp_path, value)
    assert (trace["hops"], trace["silent"], trace["reached"]) == (4, 2, True)
    assert trace["ties"][255, "203.0.113.5"] == (50.0, 100.0, "observed")
    value["result"][-1]["result"] = answers(None)
    trace = one(tmp_path, value)
    assert (trace["hops"], trace["silent"], trace["reached"]) == (1, 0, False)


def test_loops_and_labels_and_families(tmp_path: Path) -> None:
    """A loop needs another address between two answers of one; labels count once a hop; addresses are canonical."""
    label = {"version": 2, "rfc4884": 1, "obj": [{"class": 1, "type": 1, "mpls": [{"label": 3, "ttl": 1}]}]}
    a, b = "2001:DB8:0:0:0:0:0:1", "::ffff:192.0.2.1"
    read_ = of(
        tmp_path,
        result(answers(a, a, icmpext=label), answers(b), answers(a)),
        result(answers(a), answers(a), answers(None), answers(a), prb_id=8),
    )
    ring, line = read_.traces.values()
    assert set(ring["ties"]) == {(1, "2001:db8::1"), (2, "192.0.2.1"), (3, "2001:db8::1")}
    assert (ring["looping"], ring["tunnels"], line["looping"]) == (True, 1, False)


def test_measurements_with_the_same_hops_share_a_bundle(tmp_path: Path) -> None:
    """Two measurements have one bundle if and only if their ties are the same, shares and basis included."""
    hop = answers("192.0.2.1", "192.0.2.1")
    read_ = of(
        tmp_path,
        result(hop),
        result(answers("192.0.2.1"), prb_id=8),  # 1 of 1, as 2 of 2
        result(answers("192.0.2.1", None), prb_id=9),  # other shares
        result(hop, prb_id=10, dst_addr="192.0.2.1"),  # another basis
        result(answers(None), hop, prb_id=11),  # another hop
    )
    assert [trace["bundle"] for trace in read_.traces.values()] == [0, 0, 1, 2, 3]


def test_other_types_and_failures_are_counted(tmp_path: Path) -> None:
    """A ping, a name that did not resolve and a measurement that sent nothing are rejects with a reason and a count."""
    ping = {"type": "ping", "msm_id": 1, "prb_id": 2, "timestamp": 3, "result": [{"rtt": 1}]}
    unresolved = result(dst_name="x.example")
    del unresolved["dst_addr"]
    unresolved["result"] = [{"error": "name resolution failed: non-recoverable failure in name resolution (1)"}]
    unsent = result()
    unsent["result"] = [{"hop": 1, "error": "connect failed: Network is unreachable"}]
    read_ = of(tmp_path, ping, ping, unresolved, unsent, result(answers("192.0.2.1")))
    assert len(read_.traces) == 1
    assert [(reject.reason.partition(":")[0], reject.count) for reject in read_.rejects] == [
        ("not a traceroute, but another type of measurement; not read (2 results)", 2),
        ("failed", 1),
        ("failed", 1),
    ]


def test_the_same_measurement_counts_once(tmp_path: Path) -> None:
    """Of two results with one measurement, probe and time the first counts, and the other is a reject at its place."""
    line = json.dumps(result(answers("192.0.2.1")))
    read_ = of(tmp_path, line.encode(), result(answers("192.0.2.2")))
    assert [list(trace["ties"]) for trace in read_.traces.values()] == [[(1, "192.0.2.1")]]
    assert [reject.locator for reject in read_.rejects] == [f"byte {len(line) + 1}"]


@pytest.mark.parametrize(
    "shape",
    [
        lambda a, b: f"{a}\n{b}\n", lambda a, b: f"{a}\r\n{b}", lambda a, b: f"[{a},{b}]",
        lambda a, b: f"\ufeff[{a},\n {b}]\n", lambda a, b: f"{a}{b}", lambda a, b: f"[{a}]\n[{b}]",
        lambda a, b: json.dumps([json.loads(a), json.loads(b)], indent=2),
        lambda a, b: json.dumps([json.loads(a), json.loads(b)], separators=(",", ":")),
        lambda a, b: f"\x1e{a}\n\x1e{b}\n",
    ],
)  # fmt: skip
def test_shapes_of_a_file(tmp_path: Path, shape: Any) -> None:
    """An array, a result a line, two on a line, spread over lines: the same two results."""
    a, b = json.dumps(result(answers("192.0.2.1"))), json.dumps(result(answers("192.0.2.1"), prb_id=8))
    path = tmp_path / "results.json"
    path.write_bytes(shape(a, b).encode())
    assert atlas.claim(path, path.read_bytes()[:65536])
    read_ = read("atlas", path)
    assert (len(read_.traces), read_.rejected) == (2, 0)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed(tmp_path: Path, pack: Any) -> None:
    """gzip, bzip2 and xz are read and claimed, and a cut file gives what stands before the cut, and a reject."""
    lines = b"\n".join(json.dumps(result(answers("192.0.2.1"), prb_id=n)).encode() for n in range(3000))
    path = tmp_path / "results.packed"
    path.write_bytes(pack(lines))
    assert atlas.claim(path, path.read_bytes()[:65536])
    assert len(read("atlas", path).traces) == 3000
    path.write_bytes(pack(lines)[:-40])
    cut = read("atlas", path)
    assert cut.rejected >= 1
    assert "ends early" in cut.rejects[-1].reason


@pytest.mark.parametrize(
    "text",
    [
        b'{"type":"trace","version":"0.1"}', b'{"report":{"mtr":{}}}', b"[]", b"", b"asset,name\n", b'{"msm_id": 1}',
        b'[{"model": "dcim.device", "pk": 1}]', b'{"vrfId":0,"routes":{}}', b"\x1f\x8b\x00", b"BZh9garbage",
    ],
)  # fmt: skip
def test_what_is_not_claimed(tmp_path: Path, text: bytes) -> None:
    """Files of other formats are left to others."""
    path = tmp_path / "file"
    path.write_bytes(text)
    assert not atlas.claim(path, text)


BROKEN = {
    "NaN": b'{"type":"traceroute","msm_id":NaN}', "Infinity": b'{"a":-Infinity}', "cut": b'{"type":"traceroute","ms',
    "word": b"hello, world", "quotes": b"{'a': 1}", "comma": b'{"a":1,}', "key": b"{a:1}", "control": b'{"a":"\x01"}',
    "escape": b'{"a":"\\x41"}', "surrogate": b'{"a":"\\ud8"}', "utf-8": b'{"a":"\xff\xfe"}', "zero": b'{"a":01}',
    "plus": b'{"a":+1}', "point": b'{"a":1.}', "deep": b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
    "number": b"17", "text": b'"traceroute"', "null": b"null", "overlong": b'{"a":"\xc0\x80"}',
    "colon": b'{"a" 1}', "two": b'{"a":1 "b":2}', "close": b'{"a":[1}', "literal": b'{"a":nul}',
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_takes_nothing_with_it(tmp_path: Path, name: str) -> None:
    """What is no JSON, or no object, is a reject at its place; the results around it are read."""
    good = json.dumps(result(answers("192.0.2.1"))).encode()
    read_ = of(tmp_path, good, BROKEN[name], json.dumps(result(answers("192.0.2.1"), prb_id=8)).encode())
    assert len(read_.traces) == 2
    assert read_.rejects[0].locator == f"byte {len(good) + 1}"
    in_array = tmp_path / "array.json"
    if name not in ("cut", "word", "close"):
        in_array.write_bytes(
            b"[" + b",".join([good, BROKEN[name], good.replace(b'"prb_id": 7', b'"prb_id": 9')]) + b"]"
        )
        assert len(read("atlas", in_array).traces) == 2


def test_nesting_stops_at_the_limit(tmp_path: Path) -> None:
    """Objects nested as deep as the limit are read, and one level more is a reject that says so."""
    limits = Limits(depth=10)
    for levels, taken in ((9, 1), (10, 0)):
        value = result(answers("192.0.2.1"))
        value["more"] = json.loads("[" * levels + "]" * levels)
        read_ = of(tmp_path, value, limits=limits)
        assert len(read_.traces) == taken
    assert "nested deeper" in read_.rejects[0].reason


def test_a_hop_list_of_a_million(tmp_path: Path) -> None:
    """A result of a million hops is a reject, in little time and memory; the results around it are read."""
    hop = b'{"hop":3,"result":[{"from":"192.0.2.1"}]},'
    long = b'{"type":"traceroute","msm_id":1,"prb_id":2,"timestamp":3,"result":[' + hop * 1_000_000
    long = long[:-1] + b"]}"
    good = result(answers("192.0.2.1"))
    read_ = of(tmp_path, good, long, good | {"prb_id": 8})
    assert len(read_.traces) == 2
    assert [reject.reason for reject in read_.rejects] == ["longer than 16,777,216 bytes: one result; not read"]


def test_more_addresses_than_are_read(tmp_path: Path) -> None:
    """A result with more than 4,096 pairs of hop and address is a reject, and one with as many is read."""
    many = [f"10.0.{n >> 8}.{n & 255}" for n in range(4096)]
    assert len(one(tmp_path, result(answers(*reversed(many))))["ties"]) == 4096
    read_ = of(tmp_path, result(answers(*many, "10.1.0.0")))
    assert (len(read_.traces), read_.rejects[0].reason) == (0, "more than 4,096 pairs of hop and address")


def test_limits_are_named(tmp_path: Path) -> None:
    """Reading stops at each limit, and a reject names it."""
    good = [result(answers("192.0.2.1"), prb_id=n) for n in range(20)]
    assert len(of(tmp_path, *good, limits=Limits(rows=5)).traces) == 5
    assert "limit rows of 5" in of(tmp_path, *good, limits=Limits(rows=5)).rejects[-1].reason
    assert "limit bytes_in" in of(tmp_path, *good, limits=Limits(bytes_in=900)).rejects[-1].reason
    assert "limit seconds" in of(tmp_path, *good, limits=Limits(seconds=-1)).rejects[-1].reason
    told = of(tmp_path, *([b"x"] * 50), limits=Limits(rejects=5))
    assert (len(told.rejects), told.rejected) == (6, 50)


def agrees(read_: Read, text: str) -> None:
    """Check a reading against the twin's."""
    traces, refused = results(text)
    assert set(read_.traces) == set(traces)
    assert read_.rejected == refused
    for asset, trace in traces.items():
        mine = read_.traces[asset]
        columns = {
            "observed_at": trace.day, "destination": trace.destination, "reached": trace.reached, "hops": trace.hops,
            "silent": trace.silent, "tunnels": trace.tunnels, "looping": trace.looping, "source_address": trace.here,
            "source_inside": trace.inside,
        }  # fmt: skip
        assert {name: mine[name] for name in columns} == columns
        assert set(mine["ties"]) == set(trace.ties)
        for tie, (least, most, basis) in trace.ties.items():
            assert mine["ties"][tie] == (pytest.approx(float(least)), pytest.approx(float(most)), basis)


GOOD = ["192.0.2.1", "192.0.2.2", "203.0.113.5", "198.51.100.9", "192.168.0.9", "2001:db8::1", "2001:DB8:0::1"]
BAD = ["fe80::1%eth0", "1.2.3", "01.2.3.4", "far.example", "192.0.2.1 ", "192.0.2.256", ":::", "1::2::3"]
ADDRESSES = st.sampled_from([*GOOD, "::ffff:192.0.2.1", "", "::", *GOOD] * 16 + BAD)
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 300), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=4),
    st.just([]), st.just({}), st.just(10**30), st.lists(st.none(), max_size=2),
)  # fmt: skip


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return mostly what should be there, now and then anything."""
    return st.integers(0, 99).flatmap(lambda n: WRONG if n == 50 else values)


LABELS = st.sampled_from(
    [{"obj": [{"class": 1, "mpls": [{"label": 1}]}]}, {"obj": []}, {"obj": [{"mpls": []}, 3]}, [], 1]
)
ANSWER = maybe(
    st.fixed_dictionaries(
        {},
        optional={
            "from": maybe(ADDRESSES), "x": maybe(st.just("*")), "rtt": maybe(st.just(1.25)), "icmpext": maybe(LABELS),
        },
    )
    | st.fixed_dictionaries({"from": ADDRESSES}, optional={"late": maybe(st.just(3)), "dup": maybe(st.just(True)),
                                                           "error": maybe(st.just("no")), "err": maybe(st.just("H"))})
)  # fmt: skip
HOP = maybe(
    st.fixed_dictionaries(
        {"hop": maybe(st.sampled_from([1, 2, 3, 4, 5, 254, 255])), "result": maybe(st.lists(ANSWER, max_size=4))},
        optional={"error": maybe(st.just("no"))},
    )
    | st.fixed_dictionaries({"error": st.just("no")}, optional={"hop": maybe(st.just(1))})
)  # fmt: skip
RESULT = maybe(
    st.fixed_dictionaries(
        {
            "type": maybe(st.sampled_from(["traceroute"] * 6 + ["ping", "traceroutes"])), "msm_id": maybe(st.just(5)),
            "prb_id": maybe(st.integers(1, 9)), "timestamp": maybe(st.integers(1_600_000_000, 1_600_000_900)),
            "result": maybe(st.lists(HOP, max_size=6)),
        },
        optional={
            "endtime": maybe(st.integers(1_600_000_900, 1_600_100_000)), "from": maybe(ADDRESSES), "fw": WRONG,
            "src_addr": maybe(ADDRESSES), "dst_addr": maybe(ADDRESSES), "more": WRONG,
        },
    )
)  # fmt: skip


@QUICK
@given(
    st.lists(RESULT, min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from([(", ", ": "), (",", ":"), (" ,\t", " :  ")]),
)
def test_against_the_naive_twin(tmp_path: Path, values: list[Any], ascii_only: bool, marks: tuple[str, str]) -> None:
    """Results with anything at any place come to what a reader with json, ipaddress and loops makes of them."""
    assume(not any(isinstance(value, list) for value in values))  # an array is as many results as it holds
    text = "\n".join(json.dumps(value, ensure_ascii=ascii_only, separators=marks) for value in values)
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    agrees(read("atlas", path), text)


@QUICK
@given(st.data())
def test_one_byte_changed(tmp_path: Path, data: st.DataObject) -> None:
    """With any byte of a line changed nothing is raised, and all other lines are still read."""
    lines = [
        json.dumps(result(answers("192.0.2.1", None), answers("203.0.113.5"), prb_id=n)).encode() for n in range(4)
    ]
    place = data.draw(st.integers(0, len(lines[1]) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = lines[1][:place] + bytes([byte]) + lines[1][place + 1 :]
    read_ = of(tmp_path, lines[0], changed, lines[2], lines[3])
    kept = {f"trace:atlas:5001:{n}:1700000000" for n in (0, 2, 3)}
    assert kept <= set(read_.traces)
    assert len(read_.traces) + read_.rejected >= 4


@QUICK
@given(st.integers(0, 2200))
def test_cut_at_any_byte(tmp_path: Path, size: int) -> None:
    """A file that ends anywhere gives its whole results, and one reject for the one that is cut."""
    lines = [
        json.dumps(result(answers("192.0.2.1", None), answers("203.0.113.5"), prb_id=n)).encode() for n in range(4)
    ]
    text = b"[" + b",".join(lines) + b"]"
    path = tmp_path / "results.json"
    path.write_bytes(text[:size] or b" ")
    ends = [1 + sum(map(len, lines[: n + 1])) + n for n in range(4)]
    begins = [1, *(end + 1 for end in ends)]
    read_ = read("atlas", path)
    assert len(read_.traces) == sum(end <= size for end in ends)
    assert read_.rejected == sum(begin < size < end for begin, end in zip(begins, ends, strict=False))


@QUICK
@given(st.binary(max_size=200) | st.text('{}[]",:\\ \n0trueabc-.', max_size=200).map(str.encode))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    """Any bytes end in rejects, or in nothing at all."""
    path = tmp_path / "any"
    path.write_bytes(data)
    assert read("atlas", path).traces == {}


# What ripe.atlas.sagan 2.0.1 makes of the 22 results, in their order: probe, time, whether the destination answered
# (destination_ip_responded), and how many distinct pairs of hop and origin its packets have, late ones left out.
SAGAN = [
    (190, 1340329190, False, 1), (426, 1344429586, False, 12), (426, 1349840391, False, 13),
    (319, 1361435986, False, 12), (426, 1365381585, False, 8), (190, 1378186793, False, 13),
    (426, 1380595186, False, 12), (426, 1392240112, False, 9), (319, 1392240124, False, 11),
    (319, 1395833036, False, 11), (394, 1398334547, True, 20), (82, 1399388940, False, 1),
    (82, 1398180530, False, 0), (2463, 1400582538, False, 2), (14748, 1400087690, False, 8),
    (6021, 1400589951, True, 5), (319, 1406561027, False, 11), (4978, 1414685926, False, 11),
    (10834, 1447330668, False, 0), (14468, 1449152831, False, 1), (14468, 1449152831, False, 1),
    (22586, 1446563590, False, 0),
]  # fmt: skip
SAID_BY_THE_PROBE = {(82, 1399388940): 1, (2463, 1400582538): 2}  # its own kernel said "unreachable"
FAILED = {(82, 1398180530), (22586, 1446563590)}  # nothing was sent; no name


@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/data/traces beside the repository")
def test_real_results_as_sagan_reads_them() -> None:
    """Real results have as many pairs of hop and address as ripe.atlas.sagan finds, and are reached where it says so.

    Answers of probes to themselves are apart: sagan counts them among hops.
    """
    read_ = read("atlas", SHARED)
    mine = {tuple(map(int, asset.split(":")[3:])): trace for asset, trace in read_.traces.items()}
    assert set(mine) == {(probe, time) for probe, time, *_ in SAGAN} - FAILED
    assert read_.rejected == 3  # the two that failed, and one that stands twice
    for probe, time, reached, pairs in SAGAN:
        if (probe, time) in mine:
            trace = mine[probe, time]
            assert (trace["reached"], len(trace["ties"])) == (
                reached,
                pairs - SAID_BY_THE_PROBE.get((probe, time), 0),
            )


@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/data/traces beside the repository")
def test_real_results_as_the_twin_reads_them() -> None:
    """Real results come to what the naive twin makes of them, every column and tie."""
    text = "\n".join(json.dumps(value) for value in json.loads(SHARED.read_text(encoding="utf-8")))
    agrees(read("atlas", SHARED), text)
