"""The OpenBGPD reader on what OpenBGPD 7.7 printed (make-route-tables.sh), beside that daemon's own MRT dump."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import route_laws as laws
from hypothesis import given
from route_expected import ANNOUNCED, EMPTY_PATH, SESSIONS, own
from route_results import Outcome

from crossline import readers
from crossline.readers import openbgpd
from crossline.tables import Limits

TABLES = Path(__file__).parent / "tables"
OWN = own("192.0.2.128/25", "0.0.0.0", EMPTY_PATH)  # noqa: S104 - an address in text
EXPECTED = ANNOUNCED | OWN


@pytest.mark.parametrize("name", ["openbgpd-rib.json", "openbgpd-rib-detail.json"])
def test_a_table_is_what_was_announced(name: str) -> None:
    """A table gives the routes that were announced, and which ones are in use."""
    found = Outcome("openbgpd", TABLES / name)
    assert found.routes() == EXPECTED
    assert (found.rejects, found.notes) == ([], [])


def test_routes_are_those_of_the_mrt_dump() -> None:
    """OpenBGPD's MRT dump gives the same ids, ties and extents; it lists the router itself as a neighbour."""
    dump = Outcome("mrt", TABLES / "openbgpd.mrt")
    found = Outcome("openbgpd", TABLES / "openbgpd-rib.json").routes()
    assert found.keys() == dump.routes().keys()
    for name, route in dump.routes().items():
        assert found[name]._replace(selected=None) == route._replace(peer=None if name in OWN else route.peer)
    itself = {"session:0.0.0.0|AS64496"}
    absent = {"session:192.0.2.77|AS64511"}
    sessions = Outcome("openbgpd", TABLES / "openbgpd-summary.json").sessions()
    assert sessions.keys() - absent == dump.sessions().keys() - itself


@pytest.mark.parametrize("name", ["openbgpd-neighbor.json", "openbgpd-summary.json"])
def test_sessions(name: str) -> None:
    """Neighbours are sessions, and one that is not up only a declared one."""
    found = Outcome("openbgpd", TABLES / name)
    assert found.sessions() == SESSIONS
    assert found.rejects == []


def test_what_came_in_is_not_said_to_be_in_use() -> None:
    """The routes of show rib in are the same, before they were compared: whether they are in use is unknown."""
    found = Outcome("openbgpd", TABLES / "openbgpd-rib-in.json")
    assert found.routes() == {name: route._replace(selected=None) for name, route in EXPECTED.items()}
    assert any("show rib can" in note for note in found.notes)


def test_what_went_out_was_announced_by_nobody_else() -> None:
    """No route of show rib out is taken for one that the neighbour announced."""
    found = Outcome("openbgpd", TABLES / "openbgpd-rib-out.json")
    assert found.routes() == {}
    assert found.rejected == len(json.loads((TABLES / "openbgpd-rib-out.json").read_text())["rib"])


def test_what_went_out_of_older_versions(tmp_path: Path) -> None:
    """Without dmetric a table of valid routes of which none is best may be show rib out, and is refused whole."""
    rib = json.loads((TABLES / "openbgpd-rib-out.json").read_text())["rib"]
    for route in rib:
        del route["dmetric"]
    found = laws.outcome("openbgpd", tmp_path, json.dumps({"rib": rib}).encode())
    assert (found.routes(), found.rejected) == ({}, len(rib))


def test_path_identifiers_end_the_id(tmp_path: Path) -> None:
    """An additional path's identifier ends the id as it does in MRT."""
    rib = json.loads((TABLES / "openbgpd-rib.json").read_text())["rib"][:1]
    rib[0]["path_id"] = 7
    found = laws.outcome("openbgpd", tmp_path, json.dumps({"rib": rib}).encode())
    assert list(found.routes()) == ["route:192.0.2.1|10.0.0.0/8|7"]


def test_wrong_types_are_refused_with_their_byte(tmp_path: Path) -> None:
    """Prefixes and neighbours that are none are refused, one by one, and the route beside them is read."""
    data = (
        '{"rib":[{"prefix":7},{"prefix":"10.0.0.0/8","neighbor":"192.0.2.1"},{"prefix":"10.0.0.0/8","neighbor":'
        '{"remote_addr":"192.0.2.256"},"aspath":"1"},5,null,[],{"prefix":"10.0.0.0/8","aspath":"1 99999999999 2",'
        '"neighbor":{"remote_addr":"192.0.2.1"},"valid":true,"best":true}]}'
    )
    found = laws.outcome("openbgpd", tmp_path, data.encode())
    (route,) = found.routes().values()
    assert (route.ties["transit"], route.extents["origin"]) == ([], "none")
    assert [reject.locator for reject in found.rejects] == [
        f"byte {data.index(text)}"
        for text in ('{"prefix":7', '{"prefix":"10.0.0.0/8","neighbor":"', '{"prefix":"10.0.0.0/8","neighbor":{')
    ]


def test_a_file_cut_anywhere(tmp_path: Path) -> None:
    """Cut anywhere, a table gives no route that the whole does not give, and says where it ends."""
    laws.cut_anywhere("openbgpd", tmp_path, (TABLES / "openbgpd-rib.json").read_bytes().rstrip(), 41)


@laws.QUIET
@given(laws.CHANGES)
@pytest.mark.parametrize("name", ["openbgpd-rib.json", "openbgpd-summary.json"])
def test_whatever_the_bytes(tmp_path: Path, name: str, changes: list[tuple[float, bytes, bool]]) -> None:
    """Documents with bytes put in and changed raise nothing, and what comes out is sound."""
    laws.sound(laws.outcome("openbgpd", tmp_path, laws.altered((TABLES / name).read_bytes(), changes)))


@pytest.mark.parametrize("name", ["openbgpd-rib.json", "openbgpd-neighbor.json"])
def test_whatever_the_pieces(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document gives the same however it comes in pieces."""
    laws.whatever_the_pieces("openbgpd", TABLES / name, monkeypatch)


def test_limits_are_named() -> None:
    """Each limit stops the reading and says its name."""
    table = TABLES / "openbgpd-rib.json"
    for limits, name in ((Limits(rows=5), "rows"), (Limits(bytes_in=1000), "bytes_in"), (Limits(seconds=0), "seconds")):
        found = Outcome("openbgpd", table, limits)
        assert any(f"limit {name} of" in reject.reason for reject in found.rejects), name


def test_claims(tmp_path: Path) -> None:
    """Documents of bgpctl are claimed by their content, and other JSON is not."""
    for file in TABLES.glob("openbgpd*.json"):
        assert readers.claimant(file) == "openbgpd"
    assert not openbgpd.claim(tmp_path, b'{"ribs": []}')
