"""The reader of mtr's reports, on real ones, and by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traces_results import Read, read

from crossline.readers import mtr

HERE = Path(__file__).parent / "traces"
QUICK = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def of(folder: Path, *values: Any) -> Read:
    """Write reports one after the other and read them."""
    path = folder / "report.json"
    path.write_text("\n".join(v if isinstance(v, str) else json.dumps(v, indent=4) for v in values), encoding="utf-8")
    return read("mtr", path)


def report(*hubs: Any, src: Any = "vm", dst: Any = "192.0.2.9") -> dict[str, Any]:
    """Return a report."""
    return {"report": {"mtr": {"src": src, "dst": dst, "tests": 4}, "hubs": list(hubs)}}


def hub(count: Any, host: Any, sent: Any = 4) -> dict[str, Any]:
    """Return a hop."""
    return {"count": count, "host": host, "Loss%": 0.0, "Snt": sent, "Last": 0.1}


def test_a_real_report() -> None:
    """Of each hop one answer of those sent is all that is sure to come from the address that mtr prints."""
    (trace,) = read("mtr", HERE / "mtr-addresses.json").traces.values()
    third = 100 / 3
    assert trace["ties"] == {
        (1, "10.0.1.2"): (third, 100.0, "inferred"),
        (2, "10.0.3.2"): (third, 100.0, "inferred"),
        (4, "10.0.6.2"): (third, 100.0, "observed"),
    }
    wanted = {
        "name": "mtr from vm to 10.0.6.2", "source": "vm", "destination": "10.0.6.2", "tool": "mtr", "reached": True,
        "hops": 4, "silent": 1, "observed_at": None, "source_address": None, "source_inside": None,
    }  # fmt: skip
    assert {name: trace[name] for name in wanted} == wanted


def test_names_with_addresses() -> None:
    """A name with its address in brackets is that address: the report is the one without names."""
    both, plain = read("mtr", HERE / "mtr-both.json"), read("mtr", HERE / "mtr-addresses.json")
    assert both.traces == plain.traces


def test_names_alone() -> None:
    """A hop that is a name alone answered, but names nobody; whether the destination was reached is not known."""
    read_ = read("mtr", HERE / "mtr-names.json")
    (trace,) = read_.traces.values()
    assert list(trace["ties"]) == [(2, "10.0.3.2")]
    assert (trace["hops"], trace["silent"], trace["reached"]) == (4, 1, None)
    assert any("2 hops are names without addresses" in note for note in read_.notes)


def test_six_and_rings() -> None:
    """IPv6 is read, and so is a report with ASN columns of a destination that nothing leads to."""
    (trace,) = read("mtr", HERE / "mtr-six.json").traces.values()
    printed = [hub_["host"] for hub_ in json.loads((HERE / "mtr-six.json").read_text())["report"]["hubs"]]
    assert printed[2] == "???"
    assert list(trace["ties"]) == [(1, "fd00:1::2"), (2, printed[1]), (4, "fd00:6::2")]
    (trace,) = read("mtr", HERE / "mtr-loop.json").traces.values()
    assert (trace["reached"], trace["hops"], trace["looping"]) == (False, 28, False)  # nobody else answered between


def test_by_hand(tmp_path: Path) -> None:
    """A source that is an address is told by its network; a destination that is a name has none; a ring is one."""
    read_ = of(
        tmp_path,
        report(hub("1", "192.0.2.1", "4"), hub(2, "192.0.2.2"), hub(3, "192.0.2.1"), src="8.8.4.4", dst="far.example"),
        report(hub(1, "gw (x) (2001:DB8::1)"), hub(2, "(192.0.2.1)"), hub(3, "x(192.0.2.1)"), src="10.0.0.1"),
    )
    ring, other = read_.traces.values()
    assert (ring["source"], ring["source_address"], ring["name"]) == (
        "8.8.4.0/24",
        "8.8.4.4",
        "mtr from 8.8.4.0/24 to far.example",
    )
    assert (ring["destination"], ring["reached"], ring["looping"]) == (None, None, True)
    assert ring["ties"][1, "192.0.2.1"] == (25.0, 100.0, "inferred")
    assert (other["source_address"], other["source_inside"]) == (None, "10.0.0.1")
    assert list(other["ties"]) == [(1, "2001:db8::1")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"report": 1}, "no report"), ({"report": {"mtr": {}}}, "hubs"),
        ({"report": {"mtr": [], "hubs": []}}, "no report"),
        (report(3), "hubs"), (report(hub(0, "x")), "count"), (report(hub(256, "x")), "count"),
        (report(hub(1.5, "x")), "count"), (report(hub(1, 3)), "host"), (report(hub(1, "x" * 600)), "host"),
        (report({"count": 1}), "host"), (report(hub(1, "x", -1)), "Snt"), (report(hub(1, "x", [])), "Snt"),
        (report(src=3), "src or dst"), (report(dst="a\tb"), "src or dst"), ("[1]", "no object"), ("{]", "not JSON"),
    ],
)  # fmt: skip
def test_a_bad_report_takes_nothing_with_it(tmp_path: Path, value: Any, reason: str) -> None:
    """A report that cannot be read is one reject with its reason, and those around it are read."""
    read_ = of(tmp_path, report(hub(1, "192.0.2.1")), value, report(hub(1, "192.0.2.2")))
    assert len(read_.traces) == 2
    assert [reason in reject.reason for reject in read_.rejects] == [True]


def test_claimed(tmp_path: Path) -> None:
    """Reports of mtr are known by how they begin; others' files are not."""
    for path in HERE.glob("mtr-*.json"):
        assert mtr.claim(path, path.read_bytes()[:65536])
    other = tmp_path / "other.json"
    for text in (b'{"report": {"title": 1}}', b"{}", b"", b'{"crossline": "1", "report": {"mtr": 1}}'):
        other.write_bytes(text)
        assert not mtr.claim(other, text)


@QUICK
@given(st.data())
def test_cut_and_changed(tmp_path: Path, data: st.DataObject) -> None:
    """A report cut at any byte is a reject; with any byte changed it is a trace or a reject, and the next is read."""
    text = (HERE / "mtr-addresses.json").read_bytes().strip()
    place = data.draw(st.integers(1, len(text) - 1))
    path = tmp_path / "report.json"
    path.write_bytes(text[:place])
    read_ = read("mtr", path)
    assert (len(read_.traces), read_.rejected) == (0, 1)
    changed = text[:place] + bytes([data.draw(st.integers(0, 255))]) + text[place + 1 :]
    path.write_bytes(changed + b"\n" + json.dumps(report(hub(1, "192.0.2.77"))).encode())
    read_ = read("mtr", path)
    assert any(list(trace["ties"]) == [(1, "192.0.2.77")] for trace in read_.traces.values())
    assert len(read_.traces) + read_.rejected >= 2
