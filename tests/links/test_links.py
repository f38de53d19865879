"""Joins between assets that different readers saw: each law by a small estate that a person can join by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from crossline import links
from crossline.estate_file import EstateFile, Facility
from crossline.links import Reading
from crossline.tables import Batch
from miniature import batch

HOME = Facility("hq", "Headquarters", "US", False, ("198.41.0.0/24", "10.1.0.0/16"), ("site-1",), "fixed")
MISSION = Facility("mission", "The mission", "US", True, ("198.41.1.0/24", "10.1.9.0/24"), ("site-9",), "5g-standalone")
ABOUT = EstateFile("estate.yaml", facilities=(HOME, MISSION))


def trace(name: str, hops: list[str], **columns: Any) -> dict[str, Any]:
    """Return a trace that began at a probe, with the columns that links read."""
    base = {"source": "probe 1", "destination": "198.41.1.7", "tool": "atlas", "hops": len(hops), "silent": 0}
    return {
        name: base
        | columns
        | {"hop": [(f"address:{hop}", {"seq": n, "basis": "inferred"}) for n, hop in enumerate(hops)]}
    }


def of(kind: str, assets: dict[str, Any], **extra: list[Any]) -> Batch:
    """Make a batch with columns for links alone."""
    made = batch(kind, assets)
    types = {"addresses": pl.List(pl.String), "sites": pl.List(pl.String)}
    columns = [pl.Series(name, values, dtype=types.get(name, pl.String())) for name, values in extra.items()]
    return Batch(made.kind, made.assets.with_columns(columns), made.identifiers, made.ties, made.extents)


def joined(*batches: Batch, about: EstateFile | None = ABOUT) -> Reading:
    """Join batches of one file each."""
    return links.apply(Reading(tuple((f"file-{n}", made) for n, made in enumerate(batches)), about))


def rows(read: Reading, kind: str) -> list[dict[str, Any]]:
    """Return the assets of a kind."""
    return [row for place in read.of(kind) for row in read.batches[place][1].assets.iter_rows(named=True)]


def ties(read: Reading, kind: str) -> set[tuple[str, str, str]]:
    """Return asset, role and identifier of every tie of a kind."""
    found = set()
    for place in read.of(kind):
        made = read.batches[place][1]
        named = made.ties.join(made.identifiers.with_row_index("identifier"), on="identifier")
        for row in named.join(made.assets.select("asset", "bundle"), on="bundle").iter_rows(named=True):
            found.add((row["asset"], row["role"], f"{row['type']}:{row['value']}"))
    return found


def test_two_directions_are_one_path() -> None:
    """Measurements there and back, in two files, are parts of one path; the narrowest prefix says the facility."""
    there = of("trace", trace("t1", ["9.9.9.9"], silent=0), source_inside=["10.1.2.3"], source_address=[None])
    back = of(
        "trace", trace("t2", ["9.9.9.9", "8.8.8.8"], silent=1, destination="198.41.0.1"),
        source_inside=["10.1.9.9"], source_address=["198.41.0.200"],
    )  # fmt: skip
    read = joined(there, back)
    (path,) = rows(read, "path")
    assert path["asset"] == "path:facility/hq|facility/mission"
    assert path["name"] == "between Headquarters and The mission"
    assert (path["measurements"], path["circuits"]) == (2, 0)
    # three hops in all, one of them silent
    assert round(path["hops_seen_pct"], 3) == 66.667
    assert (path["facility"], path["facility_state"], path["access"]) == ("diplomatic", "US", "5g-standalone")
    assert path["file"] == "file-0"
    assert {tie for tie in ties(read, "path") if tie[1] == "part"} == {
        (path["asset"], "part", "asset:t1"), (path["asset"], "part", "asset:t2"),
    }  # fmt: skip


def test_an_end_that_nobody_knows_keeps_its_label_and_leaves_the_facility_open() -> None:
    """A probe is no facility, though it be called like one, and what kind the other end is may not be guessed."""
    read = joined(of("trace", trace("t1", ["9.9.9.9"], source="hq", destination="198.41.0.9")))
    (path,) = rows(read, "path")
    assert path["asset"] == "path:facility/hq|hq"
    assert path["facility"] is None
    mission = joined(of("trace", trace("t1", ["9.9.9.9"])))
    assert rows(mission, "path")[0]["facility"] == "diplomatic"


def between(one: Facility, other: Facility) -> dict[str, Any]:
    """Return the path between two facilities, as a measurement from the one to the other shows it."""
    about = EstateFile("estate.yaml", facilities=(one, other))
    made = of("trace", trace("t1", ["9.9.9.9"], destination="198.41.1.7"), source_inside=["10.1.2.3"])
    (path,) = rows(joined(made, about=about), "path")
    return path


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((True, "US", "5g-standalone"), (True, "US", "fixed"), ("diplomatic", "US", "5g-standalone")),
        ((True, "US", "fixed"), (True, "US", None), ("diplomatic", "US", None)),
        ((True, "US", "fixed"), (True, "FR", "fixed"), ("diplomatic", None, "fixed")),
        ((True, "US", "fixed"), (False, "FR", "5g-standalone"), ("diplomatic", "US", "fixed")),
        ((False, "US", "fixed"), (False, "US", "other-mobile"), ("other", "US", "other-mobile")),
        ((None, "US", "fixed"), (False, "US", "fixed"), (None, "US", "fixed")),
    ],
    ids=["one has 5G", "one may have 5G", "two states", "a mission speaks first", "no mission", "one may be a mission"],
)
def test_what_two_facilities_say_does_not_hang_on_their_names(
    ids: tuple[str, str], one: tuple[Any, ...], other: tuple[Any, ...], expected: tuple[Any, ...]
) -> None:
    """Whichever id comes first, a path is of a mission, of a state and of an access by what both of its ends say."""
    blocks = (("10.1.0.0/16",), ("198.41.1.0/24",))
    ends = [
        Facility(name, name, state, diplomatic, block, (), access)
        for name, (diplomatic, state, access), block in zip(ids, (one, other), blocks, strict=True)
    ]
    path = between(*ends)
    assert (path["facility"], path["facility_state"], path["access"]) == expected


def test_a_line_that_is_not_in_use_is_part_of_no_path() -> None:
    """A retired or planned line is told of, and makes no path; one whose status nobody stated does."""
    lines = {
        name: {"operator": ["vendor:a carrier"], "ends": ["One", "Nine"], "status": status}
        for name, status in (("c1", "retired"), ("c2", "planned"), ("c3", None))
    }
    read = joined(of("circuit", lines, sites=[["site-1", "site-9"]] * 3))
    assert [path["circuits"] for path in rows(read, "path")] == [1]
    assert read.notes == ("2 declared lines planned or retired: part of no path",)


def test_a_measurement_in_two_files_is_one() -> None:
    """The same trace read twice is counted once."""
    read = joined(of("trace", trace("t1", ["9.9.9.9"])), of("trace", trace("t1", ["9.9.9.9"])))
    assert [path["measurements"] for path in rows(read, "path")] == [1]


def test_a_circuit_is_a_part_of_the_path_between_its_sites() -> None:
    """A line between two sites of ours joins what was measured between them, whatever case their names are in."""
    line = of(
        "circuit", {"c1": {"operator": ["vendor:a carrier"], "ends": ["One", "Nine"]}}, sites=[["SITE-1", "site-9"]]
    )
    read = joined(line, of("trace", trace("t1", ["9.9.9.9"], destination="198.41.0.1"), source_inside=["10.1.9.1"]))
    (path,) = rows(read, "path")
    assert (path["measurements"], path["circuits"]) == (1, 1)


def test_a_hop_is_the_machine_that_has_its_address() -> None:
    """A public address leads to the machine of the inventory, one that two machines have leads to neither."""
    machines = of(
        "device", {"d1": {}, "d2": {}, "d3": {}}, addresses=[["9.9.9.9", "7.7.7.7"], ["7.7.7.7"], ["10.1.0.1"]]
    )
    read = joined(machines, of("trace", trace("t1", ["9.9.9.9", "7.7.7.7", "10.1.0.1"])))
    assert {tie for tie in ties(read, "trace") if tie[1] == "device"} == {("t1", "device", "asset:d1")}
    assert read.notes == ("1 addresses stand at more than one machine of the inventory, and lead to none",)


def test_a_private_address_is_ours_only_where_we_measured() -> None:
    """10.1.0.1 in a stranger's network is a stranger's machine; measured from a facility of ours it is ours."""
    machines = of("device", {"d3": {}}, addresses=[["10.1.0.1"]])
    outside = joined(machines, of("trace", trace("t1", ["10.1.0.1"])))
    inside = joined(machines, of("trace", trace("t1", ["10.1.0.1"]), source_inside=["10.1.2.3"]))
    assert not {tie for tie in ties(outside, "trace") if tie[1] == "device"}
    assert {tie for tie in ties(inside, "trace") if tie[1] == "device"} == {("t1", "device", "asset:d3")}


def test_a_machine_stands_where_its_site_is() -> None:
    """A device takes the facility's columns where its own are open, by slug or by name, and keeps its own."""
    machines = of(
        "device", {"d1": {}, "d2": {"facility": "other"}, "d3": {}},
        site=["site-9", "site-9", "nowhere"], site_name=[None, None, "Mission"],
    )  # fmt: skip
    told = {row["asset"]: (row["facility"], row["facility_state"]) for row in rows(joined(machines), "device")}
    assert told == {"d1": ("diplomatic", "US"), "d2": ("other", "US"), "d3": ("diplomatic", "US")}


def test_nothing_is_known_of_facilities_without_an_estate_file() -> None:
    """Without an estate.yaml paths go from what the measurement says to what it says."""
    (path,) = rows(joined(of("trace", trace("t1", ["9.9.9.9"])), about=None), "path")
    assert path["asset"] == "path:198.41.1.7|probe 1"
    assert path["facility"] is None


def route(name: str, peer: str, **columns: Any) -> dict[str, Any]:
    """Return a route of a neighbour."""
    return {name: {"prefix": name, "peer_address": peer} | columns}


def test_a_session_counts_its_neighbours_routes() -> None:
    """Routes are counted by the neighbour's address; in use only where every table says which are."""
    sessions = batch("session", {"s1": {"peer_address": "192.0.2.1"}, "s2": {"peer_address": "192.0.2.2"}})
    first = batch("route", route("a", "192.0.2.1", selected=True) | route("b", "192.0.2.1", selected=False))
    second = batch("route", route("c", "192.0.2.2") | route("d", "192.0.2.2", selected=True))
    told = {r["asset"]: (r["routes"], r["routes_in_use"]) for r in rows(joined(sessions, first, second), "session")}
    assert told == {"s1": (2, 1), "s2": (2, None)}


def test_a_route_that_two_files_show_is_counted_once() -> None:
    """One table read twice has as many routes as it has, and one in use is in use though the other file be silent."""
    sessions = batch("session", {"s1": {"peer_address": "192.0.2.1"}})
    first = batch("route", route("a", "192.0.2.1", selected=True) | route("b", "192.0.2.1", selected=False))
    second = batch("route", route("a", "192.0.2.1") | route("b", "192.0.2.1"))
    (told,) = rows(joined(sessions, first, second), "session")
    assert (told["routes"], told["routes_in_use"]) == (2, 1)


def test_whose_table_it_is_carries_over_where_all_agree() -> None:
    """A session that is ours makes its neighbour's routes ours; where two disagree, neither carries over."""
    sessions = batch(
        "session", {"s1": {"peer_address": "192.0.2.1", "vantage": "ours"},
                    "s2": {"peer_address": "192.0.2.2", "vantage": "ours"},
                    "s3": {"peer_address": "192.0.2.2", "vantage": "collector"}},
    )  # fmt: skip
    routes = batch(
        "route", route("a", "192.0.2.1") | route("b", "192.0.2.2") | route("c", "192.0.2.1", vantage="collector")
    )
    told = {row["asset"]: row["vantage"] for row in rows(joined(sessions, routes), "route")}
    assert told == {"a": "ours", "b": None, "c": "collector"}


def test_links_run_after_those_they_need() -> None:
    """Facilities are known before paths are made, and machines before that."""
    names = links.names()
    assert names.index("facilities") < names.index("hop_devices") < names.index("paths")
