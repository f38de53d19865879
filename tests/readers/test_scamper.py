"""The reader of scamper's JSON, by hand, and broken in every place."""

from __future__ import annotations

import bz2
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traces_results import Read, read

from crossline.readers import scamper

HERE = Path(__file__).parent / "traces"
LINES = (HERE / "routers.json").read_text(encoding="utf-8").splitlines()
QUICK = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def of(folder: Path, *values: Any) -> Read:
    """Write records, one a line, and read them."""
    path = folder / "traces.json"
    path.write_text("\n".join(v if isinstance(v, str) else json.dumps(v) for v in values), encoding="utf-8")
    return read("scamper", path)


def record(*hops: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a trace with those answers."""
    return {
        "type": "trace", "version": "0.1", "src": "198.51.100.9", "dst": "192.0.2.9", "attempts": 2, "firsthop": 1,
        "start": {"sec": 1_700_006_390, "usec": 5}, "hop_count": 4, "probe_count": 5, "hops": list(hops), **more,
    }  # fmt: skip


def hop(ttl: int, address: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """Return an answer."""
    return {"addr": address, "probe_ttl": ttl, "probe_id": number, "icmp_type": 11, "icmp_code": 0, **more}


def test_a_record_by_hand(tmp_path: Path) -> None:
    """Columns and ties of one record, each calculated by hand: the day is that of the last packet, in UTC."""
    read_ = of(
        tmp_path,
        record(
            hop(1, "198.51.100.1", tx={"sec": 1_700_006_391, "usec": 0}),
            hop(2, "2001:DB8::1", 2, icmpext=[{"ie_cn": 1, "ie_ct": 1, "mpls_labels": []}]),
            hop(4, "192.0.2.9", icmp_type=3, icmp_code=3, tx={"sec": 1_700_006_400, "usec": 0}),
        ),
    )
    (trace,) = read_.traces.values()
    assert trace["ties"] == {
        (1, "198.51.100.1"): (100.0, 100.0, "inferred"),
        (2, "2001:db8::1"): (50.0, 100.0, "inferred"),
        (4, "192.0.2.9"): (100.0, 100.0, "observed"),
    }
    wanted = {
        "name": "scamper in 198.51.100.0/24 to 192.0.2.9", "source": "198.51.100.0/24", "destination": "192.0.2.9",
        "tool": "scamper", "reached": True, "hops": 4, "silent": 1, "tunnels": 1, "looping": False,
        "observed_at": date(2023, 11, 15), "source_inside": "198.51.100.9", "source_address": None,
    }  # fmt: skip
    assert {name: trace[name] for name in wanted} == wanted  # 198.51.100.0/24 is for documentation: nobody's


def test_where_it_was_measured(tmp_path: Path) -> None:
    """A public address is one the Internet sees; a private one lies inside; only the network is in the name."""
    read_ = of(tmp_path, record(src="8.8.4.4"), record(src="10.1.2.3"), record(src="2001:4860:1:2::3"))
    assert [(t["source"], t["source_address"], t["source_inside"]) for t in read_.traces.values()] == [
        ("8.8.4.0/24", "8.8.4.4", "8.8.4.4"),
        ("10.1.2.0/24", None, "10.1.2.3"),
        ("2001:4860:1::/48", "2001:4860:1:2::3", "2001:4860:1:2::3"),
    ]


def test_an_id_is_made_of_what_was_measured(tmp_path: Path) -> None:
    """Where from, where to, when and the hops make an id: a change in one is another, and the order of keys is not."""
    one = record(hop(1, "192.0.2.1"))
    read_ = of(
        tmp_path,
        one,
        dict(reversed(one.items())),
        record(hop(1, "192.0.2.2")),
        one | {"dst": "192.0.2.8"},
        one | {"src": "198.51.100.8"},
        one | {"start": {"sec": 1_700_006_390, "usec": 6}},
    )
    assert (len(read_.traces), read_.rejected) == (5, 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (record(dst=None), "no dst"), (record(dst="far.example"), "an address is none"),
        (record(src=7), "an address is none"), (record(start=1), "no time"),
        (record(start={"sec": "1", "usec": 1}), "no time"), (record(start={"sec": 1}), "no time"),
        (record(hops={}), "hops is no list"), (record(3), "hops is no list"),
        (record(hop(0, "192.0.2.1")), "probe_ttl"), (record(hop(256, "192.0.2.1")), "probe_ttl"),
        (record({"addr": "192.0.2.1"}), "probe_ttl"), (record(hop(1, "192.0.2")), "an address is none"),
        (record(hop(1, "192.0.2.1", -1)), "no number that fits"), (record(attempts="2"), "no number that fits"),
        (record(hop(1, "192.0.2.1", tx={})), "no time"), (record(probe_count=1.5), "no number that fits"),
        ({"version": "0.1"}, "no type"), (record(type=3), "no type"), (record(type="ping"), "not a traceroute"),
        ([3], "no object"), ("{'a':1}", "not JSON"), ('{"type":"trace"', "not JSON"),
    ],
)  # fmt: skip
def test_a_bad_record_takes_nothing_with_it(tmp_path: Path, value: Any, reason: str) -> None:
    """A record that cannot be read is one reject with its place and reason, and those around it are read."""
    good = json.dumps(record(hop(1, "192.0.2.1")))
    read_ = of(tmp_path, good, value, record(hop(1, "192.0.2.2")))
    assert len(read_.traces) == 2
    (reject,) = read_.rejects
    assert reason in reject.reason
    assert int(reject.locator.removeprefix("byte ")) in range(len(good), len(good) + 3)


def test_claimed(tmp_path: Path) -> None:
    """Every line that sc_warts2json writes is known as the first of a file, packed as well; others' files are not."""
    path = tmp_path / "traces.json"
    for line in LINES:
        path.write_text(line, encoding="utf-8")
        assert scamper.claim(path, path.read_bytes())
    path.write_bytes(bz2.compress((HERE / "routers.json").read_bytes()))
    assert scamper.claim(path, path.read_bytes())
    assert len(read("scamper", path).traces) == 8
    for other in (
        b'{"type":"traceroute","msm_id":1}',
        b'{"type": "FeatureCollection"}',
        b'{"report":{"mtr":{}}}',
        b"",
        b"[",
    ):
        path.write_bytes(other)
        assert not scamper.claim(path, other)


@QUICK
@given(st.data())
def test_one_byte_changed(tmp_path: Path, data: st.DataObject) -> None:
    """With any byte of a line changed nothing is raised, and all other lines are still read."""
    whole = of(tmp_path, *LINES)
    number = data.draw(st.integers(0, len(LINES) - 1))
    line = LINES[number].encode()
    place = data.draw(st.integers(0, len(line) - 1))
    changed = line[:place] + bytes([data.draw(st.integers(0, 255))]) + line[place + 1 :]
    path = tmp_path / "traces.json"
    path.write_bytes(
        b"\n".join([*(t.encode() for t in LINES[:number]), changed, *(t.encode() for t in LINES[number + 1 :])])
    )
    assert len(set(whole.traces) - set(read("scamper", path).traces)) <= 1


@QUICK
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(["type", "src", "dst", "hops", "start", "addr", "probe_ttl", "sec", "icmpext"]), v
            )
        ),
        max_leaves=9,
    )
)
def test_anything_anywhere(tmp_path: Path, value: Any) -> None:
    """Anything in the place of any value ends in one trace or one reject."""
    for name in ("src", "dst", "start", "hops", "attempts", "hop_count"):
        read_ = of(tmp_path, record(hop(1, "192.0.2.1")) | {name: value})
        assert len(read_.traces) + read_.rejected == 1
