"""The BIRD reader on what BIRD 2.0.12 printed (make-route-tables.sh), beside that daemon's own MRT dump."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
import route_laws as laws
from hypothesis import given
from route_expected import ANNOUNCED, CONFEDERATION, INSIDE_SESSION, NONE, SESSIONS, own
from route_results import Outcome, Route

from crossline import readers
from crossline.readers import bird
from crossline.routes import pieces
from crossline.tables import Limits

TABLES = Path(__file__).parent / "tables"
CUT = "route:192.0.2.1|10.2.0.0/16"  # a path of 122 AS numbers, which BIRD cuts after some 80
OWN = {
    name: route
    for prefix in ("192.0.2.0/24", "192.0.2.32/27", "192.0.2.64/26", "192.0.2.128/25", "2001:db8:1::/64")
    for name, route in own(prefix, "::", NONE).items()
}
EXPECTED = {
    **ANNOUNCED,
    **CONFEDERATION,
    **OWN,
    CUT: Route(
        "10.2.0.0/16",
        "192.0.2.1",
        True,
        {"neighbour": [64501], "transit": [64501], "origin": []},
        {"neighbour": "all", "transit": "some", "origin": "none"},
    ),
}


@pytest.mark.parametrize("name", ["bird", "bird-restricted", "bird-codes", "bird-socket", "bird-with-protocols"])
def test_a_table_is_what_was_announced(name: str) -> None:
    """Whichever way the same table is asked for, it gives the routes that were announced, and which ones are in use."""
    found = Outcome("bird", TABLES / f"{name}.txt")
    assert found.routes() == EXPECTED
    assert found.rejects == []


def test_routes_are_those_of_the_mrt_dump() -> None:
    """BIRD's MRT dump of the same tables gives the same ids, ties and extents.

    But for a path that the text cuts, and routes of interfaces, whose number only the dump shows, as if it were a path
    identifier.
    """
    dump, found = Outcome("mrt", TABLES / "bird.mrt").routes(), Outcome("bird", TABLES / "bird.txt").routes()
    dump = {name.removesuffix("|2"): route for name, route in dump.items()}
    assert found.keys() == dump.keys()
    for name, route in found.items():
        if name != CUT:
            assert route._replace(selected=None) == dump[name]


def test_sessions_are_those_of_the_mrt_dump() -> None:
    """The neighbours of show protocols all are those of the MRT dump; one that is not up is only declared."""
    found = Outcome("bird", TABLES / "bird-protocols.txt")
    assert found.sessions() == SESSIONS | INSIDE_SESSION
    assert found.sessions().keys() == Outcome("mrt", TABLES / "bird.mrt").sessions().keys()
    assert found.routes() == {}


def test_names_are_those_of_the_mrt_dump_where_neighbours_are_listed() -> None:
    """With show protocols all in the same file a route's name says the neighbour's AS, as in MRT."""
    dump, found = Outcome("mrt", TABLES / "bird.mrt"), Outcome("bird", TABLES / "bird-with-protocols.txt")
    names = dict(dump.batches["route"].assets.select("asset", "name").iter_rows())
    for asset, name in found.batches["route"].assets.select("asset", "name").iter_rows():
        assert asset + "|2" in names or name == names[asset]


def test_the_date_is_what_show_status_says() -> None:
    """The router's own clock dates what is in the same file; without it there is no date."""
    assert Outcome("bird", TABLES / "bird.txt").days("route") == {None}
    dump = Outcome("mrt", TABLES / "bird.mrt").days("route")
    dated = Outcome("bird", TABLES / "bird-with-protocols.txt")
    assert dated.days("route") == dated.days("session") == dump
    assert isinstance(dump.pop(), dt.date)


def test_primary_shows_what_is_in_use() -> None:
    """By show route primary one gets the routes that are in use, and no others."""
    found = Outcome("bird", TABLES / "bird-primary.txt").routes()
    assert found == {name: route for name, route in EXPECTED.items() if route.selected}


def test_one_neighbour_s_routes_keep_their_marks() -> None:
    """By show route protocol one gets one neighbour's routes, each in use or not as in the whole table."""
    found = Outcome("bird", TABLES / "bird-protocol.txt").routes()
    assert found == {name: route for name, route in EXPECTED.items() if route.peer == "192.0.2.2"}


def test_a_route_in_two_tables_is_one() -> None:
    """What a pipe copied to another table is no second route, and the note says how many there are."""
    found = Outcome("bird", TABLES / "bird-all-tables.txt")
    assert found.routes() == EXPECTED | own("10.9.0.0/16", "::", NONE)
    assert [note for note in found.notes if note.startswith("2 routes are listed again")]


def test_without_all_the_paths_are_unknown() -> None:
    """A terse listing gives the same routes, nothing of their ways, and says what to ask for."""
    found = Outcome("bird", TABLES / "bird-terse.txt")
    nothing = {"neighbour": [], "transit": [], "origin": []}
    assert found.routes() == {name: route._replace(ties=nothing, extents=NONE) for name, route in EXPECTED.items()}
    assert any("show route all" in note for note in found.notes)


# In the form of nest/rt-show.c of BIRD 3 (no such daemon at hand): other names of attributes, identifiers at the end.
BIRD3 = """BIRD 3.1.2 ready.
Table master4:
198.51.100.0/24      unicast [up1 07:31:58.426] * (100) [AS64505i]
\tvia 192.0.2.1 on eth0
\tpreference: 100
\tfrom: 192.0.2.1
\tsource: BGP
\tbgp_origin: IGP
\tbgp_path: 64501 64505
\tbgp_next_hop: 192.0.2.1
\tInternal route handling values: 7L 8G 0S id 2
                     recursive [up1 07:31:58.426 from 192.0.2.1] (100) [AS64506i]
\tfrom: 192.0.2.1
\tsource: BGP
\tbgp_path: 64501 64506
\tbgp_unknown_0x80 [t]: 01 02
\tInternal route handling values: 9L 8G 0S id 3
0.0.0.0/0            blackhole [static1 07:31:28.285] ! (110)
\tpreference: 110
\tsource: static
\tInternal route handling values: 3L 4G 0S id 1
"""


def test_bird_3_and_its_path_identifiers(tmp_path: Path) -> None:
    """BIRD 3 shows the identifier of an additional path, which ends the id as it does in MRT."""
    found = laws.outcome("bird", tmp_path, BIRD3.encode())
    assert {name: (route.selected, route.ties["origin"]) for name, route in found.routes().items()} == {
        "route:192.0.2.1|198.51.100.0/24|7": (True, [64505]),
        "route:192.0.2.1|198.51.100.0/24|9": (False, [64506]),
        "route:::|0.0.0.0/0": (True, []),
    }
    assert found.rejects == []


def test_additional_paths_without_identifiers_stay_apart(tmp_path: Path) -> None:
    """Two routes of one neighbour to one prefix along different ways are two, whatever BIRD 2 leaves out."""
    text = BIRD3.replace("7L", "0L").replace("9L", "0L")
    found = laws.outcome("bird", tmp_path, text.encode())
    assert sorted(found.routes()) == [
        "route:192.0.2.1|198.51.100.0/24|along 64501 64505",
        "route:192.0.2.1|198.51.100.0/24|along 64501 64506",
        "route:::|0.0.0.0/0",
    ]


def test_an_unreachable_route_names_its_neighbour_after_from(tmp_path: Path) -> None:
    """Where there is no way to the next hop, the neighbour stands in the brackets."""
    line = b"Table master4:\n10.0.0.0/8 unreachable [a 17:43:58 from fe80::1%eth0] * (100) [AS1i]\n\tBGP.as_path: 1\n"
    assert set(laws.outcome("bird", tmp_path, line).routes()) == {"route:fe80::1|10.0.0.0/8"}


def test_other_families_are_refused_with_their_line(tmp_path: Path) -> None:
    """What is no unicast prefix is counted, with its line, and takes nothing from what stands beside it."""
    text = (
        b"BIRD 2.0.12 ready.\nTable t:\n"
        b"flow4 { dst 10.0.0.0/8; }  [up 10:00:00] * (100) [i]\n\tType: BGP univ\n"
        b"10.0.0.0/24-24 AS65000  [rpki1 10:00:00] * (100)\n"
        b"65000:1 10.0.0.0/8 unicast [up 10:00:00] * (100) [i]\n"
        b"2001:db8::/32 from ::/0 unicast [up 10:00:00] * (100) [i]\n"
        b"10.0.0.0/99          unicast [up 10:00:00] * (100) [i]\n"
        b"10.0.0.1/8           unicast [up 10:00:00] * (100) [i]\n"
        b"10.0.0.0/8           via 192.0.2.1 on eth0 [up 10:00:00] * (100) [i]\n"
        b"                     unicast [up 10:00:00] * (100) [i]\n"
        b"11.0.0.0/8           unicast [up 10:00:00] * (100) [AS7i]\n\tvia 192.0.2.1 on e\n\tBGP.as_path: 7\n"
    )
    found = laws.outcome("bird", tmp_path, text)
    assert set(found.routes()) == {"route:192.0.2.1|11.0.0.0/8"}
    assert sorted(reject.locator for reject in found.rejects) == [f"line {n}" for n in (10, 11, 3, 5, 6, 7, 8, 9)]


def test_a_file_cut_anywhere(tmp_path: Path) -> None:
    """Cut anywhere, a table gives no route and no network that the whole does not give."""
    laws.cut_anywhere("bird", tmp_path, (TABLES / "bird.txt").read_bytes(), 23)


@laws.QUIET
@given(laws.CHANGES)
def test_whatever_the_bytes(tmp_path: Path, changes: list[tuple[float, bytes, bool]]) -> None:
    """A table with bytes put in and changed raises nothing, and what comes out is sound."""
    laws.sound(laws.outcome("bird", tmp_path, laws.altered((TABLES / "bird.txt").read_bytes(), changes)))


def test_whatever_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table gives the same however it comes in pieces."""
    laws.whatever_the_pieces("bird", TABLES / "bird-with-protocols.txt", monkeypatch)


def test_lines_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a megabyte, NULs, a path of a thousand networks and escapes of a terminal are read or refused."""
    head = (
        b"BIRD 2.0.12 ready.\nTable master4:\n10.0.0.0/8 unicast [up 10:00:00] * (100) [AS1i]\n\tvia 192.0.2.1 on e\n"
    )
    path = b" ".join(b"%d" % number for number in range(1, 1001))
    found = laws.outcome("bird", tmp_path, head + b"\tBGP.as_path: " + path + b"\n")
    assert found.routes()["route:192.0.2.1|10.0.0.0/8"].ties["transit"] == list(range(1, 1000))
    found = laws.outcome("bird", tmp_path, head + b"\tBGP.as_path: 1 \0 2\n" + b"x" * (1 << 20) + b"\n\x1b[2J\n")
    assert found.routes()["route:192.0.2.1|10.0.0.0/8"].extents == NONE | {"neighbour": "all", "transit": "some"}
    assert found.rejected == 2
    monkeypatch.setattr(pieces, "_AT_ONCE", 1 << 16)
    monkeypatch.setattr(pieces, "LONGEST", 1 << 20)
    found = laws.outcome("bird", tmp_path, head + b"x" * (3 << 20))
    assert ["more than 1 MiB" in reject.reason for reject in found.rejects] == [True]


def test_many_neighbours_below_a_route_end(tmp_path: Path) -> None:
    """Neighbours without number below a route that is not closed are read once, and the reading ends."""
    text = b"Table master4:\n10.0.0.0/8 unicast [a 1:1:1] * (1) [i]\n\tNeighbor address: 192.0.2.1\n"
    found = laws.outcome("bird", tmp_path, text + b"\tNeighbor AS: 1\n" * 70_000)
    assert found.sessions() == {"session:192.0.2.1|AS1": (1, "declared")}


def test_limits_are_named(tmp_path: Path) -> None:
    """Each limit stops the reading and says its name; what was read before stands."""
    table = TABLES / "bird.txt"
    for limits, name in ((Limits(rows=5), "rows"), (Limits(bytes_in=1000), "bytes_in"), (Limits(seconds=0), "seconds")):
        found = Outcome("bird", table, limits)
        assert any(f"limit {name} of" in reject.reason for reject in found.rejects), name
    file = tmp_path / "file"
    file.write_bytes(b"BIRD 2.0.12 ready.\n" + b"x [y]\n" * 500)
    found = Outcome("bird", file, Limits(rejects=10))
    assert (found.rejected, len(found.rejects)) == (500, 11)


def test_claims(tmp_path: Path) -> None:
    """BIRD's output is claimed by its content, whatever its name; other text is not, and the claim is quick."""
    for file in TABLES.glob("bird*.txt"):
        assert readers.claimant(file) == "bird"
    for text in (b"BIRD 2.0.12 ready.\nuptime 3 days\n", b"prefix,peer\n10.0.0.0/8,192.0.2.1\n", b"", b"Table 1: x\n"):
        assert not bird.claim(tmp_path, text)
    started = time.perf_counter()
    assert not bird.claim(tmp_path, b"1/1" + b" " * 65000)
    assert not bird.claim(tmp_path, b"BIRD 2" + b"a" * 65000)
    assert time.perf_counter() - started < 2
