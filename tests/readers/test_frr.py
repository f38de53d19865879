"""The FRR reader on what FRR 8.4.4 printed (make-route-tables.sh), beside that daemon's own MRT dump."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import route_laws as laws
from hypothesis import given
from route_expected import ANNOUNCED, CONFEDERATION, EMPTY_PATH, INSIDE_SESSION, SESSIONS, four, own
from route_results import Outcome

from crossline import readers
from crossline.readers import frr
from crossline.tables import Limits

TABLES = Path(__file__).parent / "tables"
OWN = own("192.0.2.128/25", "0.0.0.0", EMPTY_PATH)  # noqa: S104 - an address in text
EXPECTED4 = four(ANNOUNCED) | CONFEDERATION | OWN
EXPECTED6 = {name: route for name, route in ANNOUNCED.items() if name not in EXPECTED4}


def routes_of(name: str) -> dict[str, Any]:
    """Return what the reader makes of one of the tables."""
    found = Outcome("frr", TABLES / name)
    assert found.rejects == []
    return found.routes()


def test_a_table_is_what_was_announced() -> None:
    """A table gives the routes that were announced, and which ones are in use."""
    assert routes_of("frr-ipv4.json") == routes_of("frr-ip-bgp.json") == EXPECTED4
    assert routes_of("frr-ipv6.json") == EXPECTED6


def test_routes_and_sessions_are_those_of_the_mrt_dump() -> None:
    """FRR's MRT dump of the same tables gives the same ids, ties and extents."""
    dump = Outcome("mrt", TABLES / "frr.mrt")
    found = routes_of("frr-ipv4.json") | routes_of("frr-ipv6.json")
    assert {name: route._replace(selected=None) for name, route in found.items()} == dump.routes()
    assert Outcome("frr", TABLES / "frr-summary.json").sessions().keys() == dump.sessions().keys()


@pytest.mark.parametrize("name", ["frr-summary.json", "frr-neighbors.json"])
def test_sessions(name: str) -> None:
    """Neighbours are sessions, one that is not up only a declared one, and how long they are up dates the output."""
    found = Outcome("frr", TABLES / name)
    assert found.sessions() == SESSIONS | INSIDE_SESSION
    stated = json.loads((TABLES / "frr-summary.json").read_text())["ipv4Unicast"]["peers"]["192.0.2.1"]
    made = stated["peerUptimeEstablishedEpoch"] + stated["peerUptimeMsec"] // 1000
    assert found.days("session") == {dt.datetime.fromtimestamp(made, dt.UTC).date()}
    assert found.rejects == []


def test_every_way_of_a_multipath_is_in_use() -> None:
    """With maximum-paths the router uses two equal routes at once; all others stay as they were."""
    used = {name for name, route in routes_of("frr-multipath-all.json").items() if route.selected}
    assert used - {name for name, route in EXPECTED4.items() if route.selected} == {"route:192.0.2.2|10.7.0.0/16"}
    assert {route.selected for route in routes_of("frr-multipath.json").values()} == {True}


def test_documents_one_after_the_other_are_all_read() -> None:
    """Several prefixes asked for one by one give their routes, as the whole table does."""
    found = routes_of("frr-prefixes.json")
    prefixes = {"10.0.0.0/8", "10.5.0.0/16", "192.0.2.128/25", "203.0.113.0/24"}
    assert found == {name: route for name, route in EXPECTED4.items() if route.prefix in prefixes}


def test_a_vrf_s_routes_are_its_own() -> None:
    """In the output for all VRFs, what stands in another VRF has ids of its own, and the rest keeps its ids."""
    red = own("192.0.2.32/27", "0.0.0.0", EMPTY_PATH)  # noqa: S104 - an address in text
    assert routes_of("frr-vrf-all.json") == EXPECTED4 | {f"{name}|vrf red": route for name, route in red.items()}


def documents() -> list[dict[str, Any]]:
    """Return the documents of frr-prefixes.json."""
    text, found, at = (TABLES / "frr-prefixes.json").read_text(), [], 0
    while at < len(text):
        one, at = json.JSONDecoder().raw_decode(text, at)
        found.append(one)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


@pytest.mark.parametrize("shape", ["list", "object"])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_detail(tmp_path: Path, shape: str, slash: str) -> None:
    """``detail json``, as newer versions have it, gives the same: under each prefix its paths, or an object with them.

    Put together from the documents of single prefixes, since FRR 8.4 has no such command; older ones escape slashes.
    """
    single = documents()
    routes = {one["prefix"]: one["paths"] if shape == "list" else one for one in single}
    whole = {"vrfId": 0, "vrfName": "default", "routerId": "192.0.2.9", "routes": routes}
    found = laws.outcome("frr", tmp_path, json.dumps(whole).replace("/", slash).encode())
    assert found.routes() == routes_of("frr-prefixes.json")


def test_path_identifiers_end_the_id(tmp_path: Path) -> None:
    """An additional path's identifier, where it is shown, ends the id as it does in MRT."""
    one = documents()[0]
    for number, route in enumerate(one["paths"], 5):
        route["addpathRxId"] = number
        route["peer"]["peerId"] = "192.0.2.1"
    found = laws.outcome("frr", tmp_path, json.dumps(one).encode())
    assert list(found.routes()) == ["route:192.0.2.1|10.0.0.0/8|5", "route:192.0.2.1|10.0.0.0/8|6"]


def test_what_is_no_route_any_more_is_refused(tmp_path: Path) -> None:
    """A route that is kept for its history, or was removed, is counted and not read."""
    one = documents()[0]
    one["paths"][0]["removed"] = True
    found = laws.outcome("frr", tmp_path, json.dumps(one).encode())
    assert list(found.routes()) == [f"route:{one['paths'][1]['peer']['peerId']}|10.0.0.0/8"]
    assert [reject.reason for reject in found.rejects] == ["the route was withdrawn, and is only kept for its history"]


def test_wrong_types_are_refused_with_their_byte(tmp_path: Path) -> None:
    """Numbers for texts, prefixes that are none, neighbours without address: each is refused, or its path unknown."""
    good = '{"peerId":"192.0.2.1","path":"1 2","bestpath":true}'
    bad = ["10.0.0.0/33", "10.0.0.1/8", "x", "10.0.0.0", "2001:db8::/129", "10.0.0.0/08", "", "::1.2.3/64"]
    text = ",".join(f'"{prefix}":[{good}]' for prefix in bad)
    rest = '"11.0.0.0/8":[{"peerId":5,"path":"1"},{"peerId":"x","path":"1"},{"peerId":"192.0.2.1","path":[1]}]'
    data = f'{{"vrfId":0,"vrfName":"default","routes":{{{text},{rest},"12.0.0.0/8":[{good},7,null]}}}}'
    found = laws.outcome("frr", tmp_path, data.encode())
    assert set(found.routes()) == {"route:192.0.2.1|11.0.0.0/8", "route:192.0.2.1|12.0.0.0/8"}
    assert set(found.routes()["route:192.0.2.1|11.0.0.0/8"].extents.values()) == {"none"}
    assert len(found.rejects) == len(bad) + 2
    assert {data[int(reject.locator.removeprefix("byte "))] for reject in found.rejects} == {"{"}


@pytest.mark.parametrize(
    ("asn", "number"),
    [
        ("65001", 65001),
        ('"1.10"', 65546),
        ("4294967295", 4294967295),
        ("4294967296", None),
        ("-1", None),
        ('"x"', None),
    ],
)
def test_numbers_of_neighbours(tmp_path: Path, asn: str, number: int | None) -> None:
    """A neighbour's AS number may have a dot (RFC 5396); one that can be none is refused."""
    data = f'{{"routerId":"192.0.2.9","peers":{{"192.0.2.1":{{"remoteAs":{asn},"state":"Established"}}}}}}'
    found = laws.outcome("frr", tmp_path, data.encode())
    assert [of for of, _ in found.sessions().values()] == ([] if number is None else [number])
    assert found.rejected == (number is None)


def test_unnumbered_neighbours(tmp_path: Path) -> None:
    """A neighbour under an interface's name has the address that is stated; without one it is refused."""
    stated = b'{"192.0.2.7":{"bgpNeighborAddr":"fe80::1","remoteAs":65001,"bgpState":"Established"}}'
    assert list(laws.outcome("frr", tmp_path, stated).sessions()) == ["session:fe80::1|AS65001"]
    summary = b'{"routerId":"192.0.2.9","peers":{"swp1":{"remoteAs":65001,"state":"Established"}}}'
    assert [r.reason for r in laws.outcome("frr", tmp_path, summary).rejects] == ["the neighbour has no address here"]


def test_text_between_documents(tmp_path: Path) -> None:
    """What vtysh prints where a command is unknown is refused, and the document after it is read."""
    data = b"% Unknown command: show x\n" + (TABLES / "frr-ipv6.json").read_bytes() + b"\n% BGP instance not found\n"
    found = laws.outcome("frr", tmp_path, data)
    assert found.routes() == EXPECTED6
    assert found.rejects[0].locator == "byte 0"
    assert found.rejected == 2


def test_nesting_without_end(tmp_path: Path) -> None:
    """What is nested deeper than the limit ends its document, and the one after it is read."""
    deep = b'{"vrfId":0,"routes":' + b'{"a":[' * 100_000
    found = laws.outcome("frr", tmp_path, deep + b"\n" + (TABLES / "frr-ipv6.json").read_bytes())
    assert found.routes() == EXPECTED6
    assert [reject.reason.partition(":")[0] for reject in found.rejects] == ["limit depth of 64"]


def test_a_file_cut_anywhere(tmp_path: Path) -> None:
    """Cut anywhere, a table gives no route that the whole does not give, and says where it ends."""
    laws.cut_anywhere("frr", tmp_path, (TABLES / "frr-ipv4.json").read_bytes().rstrip(), 23)


@laws.QUIET
@given(laws.CHANGES)
@pytest.mark.parametrize("name", ["frr-vrf-all.json", "frr-prefixes.json", "frr-summary.json"])
def test_whatever_the_bytes(tmp_path: Path, name: str, changes: list[tuple[float, bytes, bool]]) -> None:
    """Documents with bytes put in and changed raise nothing, and what comes out is sound."""
    laws.sound(laws.outcome("frr", tmp_path, laws.altered((TABLES / name).read_bytes(), changes)))


@pytest.mark.parametrize("name", ["frr-vrf-all.json", "frr-prefixes.json", "frr-summary.json", "frr-neighbors.json"])
def test_whatever_the_pieces(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document gives the same however it comes in pieces."""
    laws.whatever_the_pieces("frr", TABLES / name, monkeypatch)


def test_limits_are_named() -> None:
    """Each limit stops the reading and says its name."""
    table = TABLES / "frr-ipv4.json"
    for limits, name in ((Limits(rows=5), "rows"), (Limits(bytes_in=1000), "bytes_in"), (Limits(seconds=0), "seconds")):
        found = Outcome("frr", table, limits)
        assert any(f"limit {name} of" in reject.reason for reject in found.rejects), name
    assert len(Outcome("frr", table, Limits(rows=5)).routes()) == 5


def test_claims(tmp_path: Path) -> None:
    """FRR's documents are claimed by their content; what was advertised, and other JSON, is not."""
    for file in TABLES.glob("frr*.json"):
        assert readers.claimant(file) == (None if file.name == "frr-advertised.json" else "frr"), file
    assert not frr.claim(tmp_path, b'{"routes": {"a": 1}}')
    assert not frr.claim(tmp_path, b'[{"paths": []}]')
