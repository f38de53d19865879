"""The MRT reader on files made field by field from the RFCs. Expected values stand here, or come of the twin."""

# ruff: noqa: D401, TC001 - builders are named by what they build; hypothesis looks at annotations

from __future__ import annotations

import bz2
import gzip
import os
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path

import mrt_naive as naive
import mrt_writer as w
import pytest
from mrt_results import Outcome

from crossline.readers import mrt
from crossline.tables import Limits

A, B, SIX = w.Peer("192.0.2.1", 64501), w.Peer("192.0.2.2", 64502), w.Peer("2001:db8::2", 64503)


def seq(*members: int) -> list[w.Segment]:
    """An AS path of one sequence."""
    return [(w.SEQUENCE, list(members))]


def table(width: int = 4, **paths: list[w.Segment]) -> bytes:
    """A TABLE_DUMP_V2 file: for each keyword a prefix 10.n.0.0/16 from peer A with that path."""
    return w.peer_index_table([A, B, SIX]) + b"".join(
        w.rib(f"10.{number}.0.0/16", [(0, w.attributes(path, width))]) for number, path in enumerate(paths.values())
    )


def outcome(tmp_path: Path, data: bytes, limits: Limits | None = None, name: str = "file.mrt") -> Outcome:
    """Read these bytes, and hold the routes and sessions against the naive decoder."""
    file = tmp_path / name
    file.write_bytes(data)
    return Outcome(file, limits)


def same(found: Outcome, data: bytes) -> Outcome:
    """Hold what was found against the twin."""
    state = naive.decode(data)
    assert found.routes() == naive.assets(state)
    assert found.sessions() == naive.sessions(state)
    return found


def test_a_table_yields_routes_and_sessions(tmp_path: Path) -> None:
    """A TABLE_DUMP_V2 entry becomes a route with the path's ties, and each listed peer a session."""
    data = table(one=seq(64501, 3356, 3356, 15169))
    found = same(outcome(tmp_path, data), data)
    assert list(found.sessions()) == [
        "session:192.0.2.1|AS64501",
        "session:192.0.2.2|AS64502",
        "session:2001:db8::2|AS64503",
    ]
    (row,) = found.batches["route"].assets.to_dicts()
    assert row == {
        "asset": "route:192.0.2.1|10.0.0.0/16",
        "name": "10.0.0.0/16 from AS64501 (192.0.2.1)",
        "observed_at": date(2014, 5, 23),
        "locator": f"byte {len(w.peer_index_table([A, B, SIX]))}",
        "bundle": 0,
        "vantage": None,
        "prefix": "10.0.0.0/16",
        "peer_address": "192.0.2.1",
        "selected": None,
    }
    (route,) = found.routes().values()
    assert route.ties == {"neighbour": [(0, 64501)], "transit": [(0, 64501), (1, 3356)], "origin": [(2, 15169)]}
    assert route.extents == {"neighbour": "all", "transit": "all", "origin": "all"}
    assert found.rejects == []
    assert found.notes == []


def test_the_neighbour_is_the_first_network_of_the_path(tmp_path: Path) -> None:
    """Behind a route server the first AS on the path is not the peer's, and it is the neighbour."""
    (route,) = outcome(tmp_path, table(one=seq(3257, 1103))).routes().values()
    assert route.ties == {"neighbour": [(0, 3257)], "transit": [(0, 3257)], "origin": [(1, 1103)]}


def test_one_network_is_neighbour_and_origin(tmp_path: Path) -> None:
    """A path of one network, however often prepended, has no transit."""
    (route,) = outcome(tmp_path, table(one=seq(64501, 64501, 64501))).routes().values()
    assert route.ties == {"neighbour": [(0, 64501)], "transit": [], "origin": [(0, 64501)]}
    assert route.extents["transit"] == "all"


def test_a_network_that_comes_again_later_keeps_both_places(tmp_path: Path) -> None:
    """Only direct repetitions collapse: a path that passes a network twice says so twice."""
    (route,) = outcome(tmp_path, table(one=seq(1, 2, 1, 3))).routes().values()
    assert route.ties["transit"] == [(0, 1), (1, 2), (2, 1)]


SETS = {
    "a set at the end hides the origin": (
        [(w.SEQUENCE, [1, 2]), (w.SET, [3, 4])],
        {"neighbour": [(0, 1)], "transit": [(0, 1), (1, 2)], "origin": []},
        {"neighbour": "all", "transit": "some", "origin": "none"},
    ),
    "even a set of one": (
        [(w.SEQUENCE, [1, 2]), (w.SET, [3])],
        {"neighbour": [(0, 1)], "transit": [(0, 1), (1, 2)], "origin": []},
        {"neighbour": "all", "transit": "some", "origin": "none"},
    ),
    "a set on the way takes no place, and parts equals": (
        [(w.SEQUENCE, [1, 2]), (w.SET, [9]), (w.SEQUENCE, [2, 3])],
        {"neighbour": [(0, 1)], "transit": [(0, 1), (1, 2), (2, 2)], "origin": [(3, 3)]},
        {"neighbour": "all", "transit": "some", "origin": "all"},
    ),
    "a set first hides the neighbour": (
        [(w.SET, [8, 9]), (w.SEQUENCE, [1, 2])],
        {"neighbour": [], "transit": [(0, 1)], "origin": [(1, 2)]},
        {"neighbour": "none", "transit": "some", "origin": "all"},
    ),
    "a set alone hides all": (
        [(w.SET, [8, 9])],
        {"neighbour": [], "transit": [], "origin": []},
        {"neighbour": "none", "transit": "some", "origin": "none"},
    ),
    "a confederation before the path": (
        [(w.CONFED_SEQUENCE, [65001, 65002]), (w.SEQUENCE, [1, 2])],
        {"neighbour": [(0, 1)], "transit": [(0, 1)], "origin": [(1, 2)]},
        {"neighbour": "all", "transit": "some", "origin": "all"},
    ),
    "a confederation's set after the path decides no origin": (
        [(w.SEQUENCE, [1, 2]), (w.CONFED_SET, [65001])],
        {"neighbour": [(0, 1)], "transit": [(0, 1)], "origin": [(1, 2)]},
        {"neighbour": "all", "transit": "some", "origin": "all"},
    ),
    "a path within a confederation": (
        [(w.CONFED_SEQUENCE, [65001])],
        {"neighbour": [], "transit": [], "origin": []},
        {"neighbour": "none", "transit": "some", "origin": "none"},
    ),
    "an empty path": (
        [],
        {"neighbour": [], "transit": [], "origin": []},
        {"neighbour": "none", "transit": "all", "origin": "none"},
    ),
    "several sequences are one": (
        [(w.SEQUENCE, [1, 2]), (w.SEQUENCE, [2, 3])],
        {"neighbour": [(0, 1)], "transit": [(0, 1), (1, 2)], "origin": [(2, 3)]},
        {"neighbour": "all", "transit": "all", "origin": "all"},
    ),
    "an unknown kind of segment": (
        [(w.SEQUENCE, [1, 2]), (7, [3])],
        {"neighbour": [(0, 1)], "transit": [(0, 1)], "origin": []},
        {"neighbour": "all", "transit": "some", "origin": "none"},
    ),
    "a segment of nobody": (
        [(w.SEQUENCE, []), (w.SEQUENCE, [3])],
        {"neighbour": [], "transit": [], "origin": []},
        {"neighbour": "none", "transit": "some", "origin": "none"},
    ),
}


@pytest.mark.parametrize(("segments", "ties", "extents"), SETS.values(), ids=SETS)
def test_only_sequences_decide_order_and_ends(
    tmp_path: Path, segments: list[w.Segment], ties: dict[str, list[tuple[int, int]]], extents: dict[str, str]
) -> None:
    """RFC 4271, 5.1.2 and RFC 5065: what has no order gives none, and the extent says so. By hand."""
    data = table(one=segments)
    found = same(outcome(tmp_path, data), data)
    ((name, route),) = found.routes().items()
    assert route.ties == ties
    assert route.extents == extents
    assert {role for role, reason in found.reasons(name).items() if reason} == {
        role for role, extent in extents.items() if extent != "all"
    }


# RFC 6793, 4.2.3, worked by hand: AS_PATH, AS4_PATH, other attributes, and the networks that result.
T = 23456
MERGES = {
    "the tail is replaced": (seq(10, T, T), seq(70000, 80000), b"", [10, 70000, 80000]),
    "as many as there are": (seq(T, T), seq(70000, 80000), b"", [70000, 80000]),
    "a longer AS4_PATH is ignored": (seq(10, T), seq(1, 70000, 80000), b"", [10, T]),
    "prepends count one by one": (seq(10, 10, T), seq(70000), b"", [10, 70000]),
    "a set counts as one": (
        [(w.SEQUENCE, [10, T]), (w.SET, [T, 20, 30])],
        [(w.SEQUENCE, [70000]), (w.SET, [80000, 20, 30])],
        b"",
        [10, 70000],
    ),
    "a leading confederation stays and counts as none": (
        [(w.CONFED_SEQUENCE, [65001]), (w.SEQUENCE, [10, T])],
        seq(70000),
        b"",
        [10, 70000],
    ),
    "a confederation in AS4_PATH is dropped": (
        seq(10, T),
        [(w.CONFED_SEQUENCE, [65001, 65002]), (w.SEQUENCE, [70000])],
        b"",
        [10, 70000],
    ),
    "AGGREGATOR with another AS than 23456 has AS4_PATH ignored": (
        seq(10, T),
        seq(70000),
        w.attribute(7, struct.pack(">H4s", 99, b"\1\2\3\4")) + w.attribute(18, struct.pack(">I4s", 70000, b"\1\2\3\4")),
        [10, T],
    ),
    "AGGREGATOR with 23456 does not": (
        seq(10, T),
        seq(70000),
        w.attribute(7, struct.pack(">H4s", T, b"\1\2\3\4")) + w.attribute(18, struct.pack(">I4s", 70000, b"\1\2\3\4")),
        [10, 70000],
    ),
    "AGGREGATOR alone does not": (
        seq(10, T),
        seq(70000),
        w.attribute(7, struct.pack(">H4s", 99, b"\1\2\3\4")),
        [10, 70000],
    ),
}


@pytest.mark.parametrize(("wire", "wire4", "more", "expected"), MERGES.values(), ids=MERGES)
def test_as4_path_is_merged(
    tmp_path: Path, wire: list[w.Segment], wire4: list[w.Segment], more: bytes, expected: list[int]
) -> None:
    """RFC 6793, 4.2.3: as many leading numbers of AS_PATH are kept as AS4_PATH is short of it."""
    data = w.table_dump("10.0.0.0/8", A, w.attributes(wire, 2, w.as4_path(wire4), more))
    found = same(outcome(tmp_path, data), data)
    (route,) = found.routes().values()
    line = route.ties["transit"] + route.ties["origin"]
    assert [asn for _, asn in line] == expected


def test_a_malformed_as4_path_is_discarded(tmp_path: Path) -> None:
    """RFC 6793, 6: AS_PATH is then taken as it is, with 23456 on it."""
    broken = w.attribute(17, b"\2\2\0\1\x11\x70")
    data = w.table_dump("10.0.0.0/8", A, w.attributes(seq(10, T), 2, broken))
    (route,) = same(outcome(tmp_path, data), data).routes().values()
    assert route.ties["origin"] == [(1, T)]
    assert route.extents["origin"] == "all"


def test_as4_path_counts_only_beside_numbers_of_two_octets(tmp_path: Path) -> None:
    """RFC 6793, 4.1: from a speaker of four octets AS4_PATH is discarded; TABLE_DUMP_V2 always has four."""
    attrs = w.attributes(seq(10, 20), 4, w.as4_path(seq(70000)))
    data = w.peer_index_table([A]) + w.rib("10.0.0.0/8", [(0, attrs)])
    (route,) = same(outcome(tmp_path, data), data).routes().values()
    assert route.ties["origin"] == [(1, 20)]


def test_every_kind_of_table_record(tmp_path: Path) -> None:
    """TABLE_DUMP and TABLE_DUMP_V2, both families, RIB_GENERIC and additional paths, mixed in a file."""
    one = w.attributes(seq(1, 2), 4)
    data = (
        w.table_dump("10.0.0.0/8", A, w.attributes(seq(1, 2), 2))
        + w.table_dump("2001:db8::/32", SIX, w.attributes(seq(1, 3), 2))
        + w.peer_index_table([A, B, SIX])
        + w.rib("11.0.0.0/8", [(0, one), (1, one)])
        + w.rib("2001:db8:1::/48", [(2, one)])
        + w.rib("12.0.0.0/8", [(0, one)], generic=True)
        + w.rib("2001:db8:2::/48", [(2, one)], generic=True)
        + w.rib("13.0.0.0/8", [(0, one, 7), (0, one, 8), (1, one, 0)])
        + w.rib("2001:db8:3::/48", [(2, one, 4294967295)])
    )
    found = same(outcome(tmp_path, data), data)
    assert sorted(found.routes()) == [
        "route:192.0.2.1|10.0.0.0/8",
        "route:192.0.2.1|11.0.0.0/8",
        "route:192.0.2.1|12.0.0.0/8",
        "route:192.0.2.1|13.0.0.0/8|7",
        "route:192.0.2.1|13.0.0.0/8|8",
        "route:192.0.2.2|11.0.0.0/8",
        "route:192.0.2.2|13.0.0.0/8|0",
        "route:2001:db8::2|2001:db8:1::/48",
        "route:2001:db8::2|2001:db8:2::/48",
        "route:2001:db8::2|2001:db8:3::/48|4294967295",
        "route:2001:db8::2|2001:db8::/32",
    ]
    assert "13.0.0.0/8 from AS64501 (192.0.2.1), path 7" in set(found.batches["route"].assets["name"])


def test_many_entries_packed_in_one_record(tmp_path: Path) -> None:
    """Collectors of 2000 packed entries, and left view and sequence number out of the length."""
    entries = b"".join(
        w.entry_v1(f"10.{number}.0.0/16", peer, w.attributes(seq(peer.asn, number + 1), 2))
        for number in range(20)
        for peer in (A, B)
    )
    body = struct.pack(">HH", 0, 0) + entries
    after = w.table_dump("11.0.0.0/8", A, w.attributes(seq(1), 2))
    for size in (len(entries), len(body)):
        data = w.record(12, 1, body, size=size) * 1 + after
        found = same(outcome(tmp_path, data), data)
        assert found.rows("route") == 41
        assert found.rejects == []


ANNOUNCE = {
    "two octets": (1, 2, None),
    "four octets": (4, 4, None),
    "two octets, additional paths": (8, 2, 5),
    "four octets, additional paths": (9, 4, 5),
}


@pytest.mark.parametrize(("subtype", "width", "path_id"), ANNOUNCE.values(), ids=ANNOUNCE)
def test_messages_are_replayed(tmp_path: Path, subtype: int, width: int, path_id: int | None) -> None:
    """What was announced last and not withdrawn stands, in both families; other peers' routes are not touched."""

    def n(prefix: str) -> bytes:
        return w.nlri(prefix, path_id)

    six = w.mp_reach(n("2001:db8:a::/48") + n("2001:db8:b::/48"))
    data = (
        w.bgp4mp(A, subtype, w.update_body(b"", w.attributes(seq(1, 2), width, six), n("10.0.0.0/8") + n("11.0.0.0/8")))
        + w.bgp4mp(B, subtype, w.update_body(b"", w.attributes(seq(9, 2), width), n("10.0.0.0/8")))
        + w.bgp4mp(A, subtype, w.update_body(n("10.0.0.0/8"), w.mp_unreach(n("2001:db8:a::/48"))))
        + w.bgp4mp(A, subtype, w.update_body(b"", w.attributes(seq(1, 3), width), n("11.0.0.0/8")), w.NOON + 86400)
        + w.bgp4mp(A, subtype, w.update_body(n("12.0.0.0/8"), w.attributes(seq(4), width), n("12.0.0.0/8")))
    )
    found = same(outcome(tmp_path, data), data)
    tail = "" if path_id is None else f"|{path_id}"
    routes = found.routes()
    assert {name: route.ties["origin"] for name, route in routes.items()} == {
        f"route:192.0.2.1|2001:db8:b::/48{tail}": [(1, 2)],
        f"route:192.0.2.2|10.0.0.0/8{tail}": [(1, 2)],
        f"route:192.0.2.1|11.0.0.0/8{tail}": [(1, 3)],
        f"route:192.0.2.1|12.0.0.0/8{tail}": [(0, 4)],
    }
    assert routes[f"route:192.0.2.1|11.0.0.0/8{tail}"].observed_at == date(2014, 5, 24)
    assert found.rejects == []
    assert found.notes == []


def test_extended_timestamps_and_the_retired_type(tmp_path: Path) -> None:
    """BGP4MP_ET has four bytes more before its body (RFC 6396, 3); type 5 has no BGP header (appendix B.2.1)."""
    attrs = w.attributes(seq(1, 70000), 4)
    body = w.between(SIX, 4) + w.message(2, w.update_body(b"", attrs, w.nlri("10.0.0.0/8")))
    old = w.update_body(w.nlri("12.0.0.0/8"), w.attributes(seq(1, 3), 2), w.nlri("11.0.0.0/8"))
    data = w.extended(4, body) + w.retired(7, B, b"") + w.retired(1, A, old)
    found = same(outcome(tmp_path, data), data)
    assert {name: route.ties["origin"][0][1] for name, route in found.routes().items()} == {
        "route:2001:db8::2|10.0.0.0/8": 70000,
        "route:192.0.2.1|11.0.0.0/8": 3,
    }
    assert len(found.sessions()) == 3


ENDS = {
    "down": w.state_change(A, 6, 1),
    "down, two octets": w.state_change(A, 6, 1, wide=False),
    "up again": w.state_change(A, 5, 6),
    "notification": w.record(16, 4, w.between(A, 4) + w.message(3, b"\6\2")),
    "retired type, down": w.retired(3, A, b"\0\6\0\1"),
    "retired type, notification": w.retired(6, A, b"\6\2"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_session_that_ends_takes_its_routes_along(tmp_path: Path, end: bytes) -> None:
    """RFC 4271, 8.2.2: whoever leaves Established loses all routes; those of others, and later ones, stand."""

    def announce(peer: w.Peer, prefix: str) -> bytes:
        return w.bgp4mp(peer, 4, w.update_body(b"", w.attributes(seq(1), 4), w.nlri(prefix)))

    data = announce(A, "10.0.0.0/8") + announce(B, "10.0.0.0/8") + end + announce(A, "11.0.0.0/8")
    found = same(outcome(tmp_path, data), data)
    assert sorted(found.routes()) == ["route:192.0.2.1|11.0.0.0/8", "route:192.0.2.2|10.0.0.0/8"]


@pytest.mark.parametrize("subtype", [6, 7, 10, 11])
def test_what_the_router_itself_sent_is_no_route_of_its_neighbour(tmp_path: Path, subtype: int) -> None:
    """The _LOCAL subtypes (RFC 6396, 4.4.3) are messages to the peer: they name the session, and nothing else."""
    width = 4 if subtype in (7, 11) else 2
    body = w.update_body(b"", w.attributes(seq(64500), width), w.nlri("10.0.0.0/8", 1 if subtype > 7 else None))
    found = outcome(tmp_path, w.bgp4mp(A, subtype, body))
    assert found.routes() == {}
    assert list(found.sessions()) == ["session:192.0.2.1|AS64501"]
    assert found.notes == ["1 updates were sent by the router itself; they are not routes that it heard"]


def test_updates_go_on_from_a_table(tmp_path: Path) -> None:
    """A file may hold a table and the messages after it: they are replayed on it."""
    data = table(one=seq(1, 2), two=seq(1, 3)) + w.bgp4mp(A, 4, w.update_body(w.nlri("10.0.0.0/16")))
    found = same(outcome(tmp_path, data), data)
    assert list(found.routes()) == ["route:192.0.2.1|10.1.0.0/16"]


def test_the_last_of_equal_entries_counts(tmp_path: Path) -> None:
    """An entry that comes again takes the first one's place, and a note says how often that was so."""
    one, two = w.attributes(seq(1, 2), 4), w.attributes(seq(1, 3), 4)
    data = w.peer_index_table([A]) + w.rib("10.0.0.0/8", [(0, one)]) + w.rib("10.0.0.0/8", [(0, one), (0, two)])
    found = same(outcome(tmp_path, data), data)
    assert [route.ties["origin"] for route in found.routes().values()] == [[(1, 3)]]
    (note,) = found.notes
    assert note.startswith("2 table entries repeat an earlier one with the same peer, prefix and path identifier")


def test_peers_that_share_an_address_are_told_apart(tmp_path: Path) -> None:
    """Where two AS numbers stand at one address, ids of routes name the AS too."""
    data = w.peer_index_table([A, w.Peer(A.address, 7)]) + w.rib(
        "10.0.0.0/8", [(i, w.attributes(seq(1), 4)) for i in (0, 1)]
    )
    found = same(outcome(tmp_path, data), data)
    assert sorted(found.routes()) == ["route:192.0.2.1|AS64501|10.0.0.0/8", "route:192.0.2.1|AS7|10.0.0.0/8"]


def test_the_routers_own_routes_are_no_session(tmp_path: Path) -> None:
    """Routers write their own routes under 0.0.0.0 and AS 0: a route without a neighbour, and no session."""
    own = w.Peer("0.0.0.0", 0)  # noqa: S104 - the placeholder, not a socket
    data = w.peer_index_table([own, A]) + w.rib("10.0.0.0/8", [(0, w.attributes([], 4))])
    found = same(outcome(tmp_path, data), data)
    assert list(found.sessions()) == ["session:192.0.2.1|AS64501"]
    (row,) = found.batches["route"].assets.to_dicts()
    assert (row["peer_address"], row["name"]) == (None, "10.0.0.0/8, the router's own")
    assert found.notes == ["peer 0.0.0.0 with AS 0 stands for the router itself; it is no session"]


def test_addresses_are_canonical(tmp_path: Path) -> None:
    """RFC 5952: the standard's own examples, and bits beyond the length cleared (RFC 4271, 4.3)."""
    cases = {
        "2001:db8::1/128": "2001:0db8:0:0:0:0:0:1/128",
        "2001:db8:0:1:1:1:1:1/128": "2001:db8:0:1:1:1:1:1/128",  # 4.2.2: one group of zeros is not shortened
        "2001:0:0:1::1/128": "2001:0:0:1:0:0:0:1/128",  # 4.2.3: the longest run is
        "2001:db8::1:0:0:1/128": "2001:db8:0:0:1:0:0:1/128",  # 4.2.3: of equals the first is
        "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1/128": "2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:0001/128",  # 4.3
        "::/0": "::/0",
        "::1/128": "::1/128",
        "fe80::/10": "fe80::/10",
    }
    attrs = w.attributes(seq(1), 4)
    unclear = w.record(
        13, 4, struct.pack(">I", 0) + b"\x0c\x20\x1f" + struct.pack(">HHIH", 1, 2, 0, len(attrs)) + attrs
    )
    data = w.peer_index_table([A, B, SIX]) + b"".join(w.rib(text, [(2, attrs)]) for text in cases.values()) + unclear
    found = same(outcome(tmp_path, data), data)
    assert list(found.batches["route"].assets["prefix"]) == [*cases, "2010::/12"]


def test_compression_is_told_by_content(tmp_path: Path) -> None:
    """gzip, bzip2 and none give the same, whatever the name says, and members put end to end are one stream."""
    data = table(one=seq(1, 2), two=seq(1, 3))
    half = len(data) // 2
    plain = outcome(tmp_path, data).routes()
    assert len(plain) == 2
    for packed in (
        gzip.compress(data),
        bz2.compress(data),
        gzip.compress(data[:half]) + gzip.compress(data[half:]) + b"\0" * 512,
        bz2.compress(data[:half]) + bz2.compress(data[half:]),
    ):
        found = outcome(tmp_path, packed, name="table.txt")
        assert found.routes() == plain
        assert found.rejects == []
        assert mrt.claim(tmp_path / "table.txt", packed[:65536])


def test_only_mrt_is_claimed(tmp_path: Path) -> None:
    """Text, JSON, other binary formats, and gzip of them are left to others; an empty .mrt file is ours."""
    for number, data in enumerate(
        (b"", b'{"a": 1}', b"PK\3\4" + b"\0" * 40, b"prefix,path\n10.0.0.0/8,1 2\n", b"\0" * 64)
    ):
        file = tmp_path / f"{number}.dat"
        assert not mrt.claim(file, data)
        file.write_bytes(gzip.compress(data))
        assert not mrt.claim(file, gzip.compress(data))
        file.write_bytes(bz2.compress(data))
        assert not mrt.claim(file, bz2.compress(data))
    assert mrt.claim(tmp_path / "empty.mrt.gz", b"")
    assert mrt.claim(tmp_path / "other", w.peer_index_table([A]))


def test_kernels_stay_within_their_bounds(tmp_path: Path) -> None:
    """Run as plain Python, where numpy checks every index, kernels raise nothing on whole, cut and damaged files."""
    data = table(one=seq(1, 2), two=[(w.SEQUENCE, [1]), (w.SET, [2, 3])])
    data += w.rib("2001:db8::/32", [(2, w.attributes(seq(4, 5), 4), 9)])
    data += w.table_dump("11.0.0.0/8", A, w.attributes(seq(T), 2, w.as4_path(seq(70000))))
    data += w.bgp4mp(A, 4, w.update_body(w.nlri("10.0.0.0/16"), w.attributes(seq(6), 4, w.mp_reach(w.nlri("::/0")))))
    data += w.retired(1, B, w.update_body(b"", w.attributes(seq(7), 2), w.nlri("12.0.0.0/8")))
    for number in range(40):
        damaged = bytearray(data)
        for step in range(5):
            damaged[(number * 7919 + step * 104729) % len(data)] ^= 1 << (number + step) % 8
        (tmp_path / f"{number}.mrt").write_bytes(damaged if number % 2 else data[: len(data) * number // 40])
    (tmp_path / "whole.mrt").write_bytes(data)
    script = """
import pathlib, sys, warnings
import numpy as np
np.seterr(over="ignore")  # hashes wrap around, as they do in compiled code
sys.path.insert(0, sys.argv[2])
from mrt_results import Outcome
import mrt_naive
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.mrt")):
    assert Outcome(path).routes() == mrt_naive.assets(mrt_naive.decode(path.read_bytes())), path
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parent)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
