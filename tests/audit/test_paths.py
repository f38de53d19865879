"""A path from its measurements to its finding: what the evidence says, step by step, as a person would tell it."""

from __future__ import annotations

from typing import Any

import polars as pl

from crossline import links
from crossline.links import Reading
from miniature import DAY, audited, batch, company, estate_of, regime, rule, world

# 198.41.0.0/24 is announced by AS201000, which leads to a listed party; 198.41.1.0/24 by AS201001, which does not.
ABOUT = world(
    party=[company("listed"), company("other")],
    identifier=[
        {"type": "asn", "value": "201000", "party": "listed", "since": DAY},
        {"type": "asn", "value": "201001", "party": "other", "since": DAY},
    ],
    address4=[
        {"first": 0xC6290000, "last": 0xC62900FF, "asn": 201000, "seen": DAY},
        {"first": 0xC6290100, "last": 0xC62901FF, "asn": 201001, "seen": DAY},
    ],
    listing=[{"list": "l", "party": "listed", "status": "named", "since": DAY}],
)
ASKED = regime(
    rule(
        '(hop + part.via("hop") + part.via("operator")).exists(t, t.listed("l") && t.traversed())',
        kind="path", line="path",
    ),
    lists={"l": {"list": "l", "statuses": ["named"]}},
)  # fmt: skip


def trace(name: str, *hops: str, source: str = "probe 1") -> dict[str, Any]:
    """Return a measurement whose hops answered in a row."""
    ties = [(f"address:{hop}", {"seq": n, "basis": "inferred"}) for n, hop in enumerate(hops, 1)]
    return {name: {"source": source, "destination": "203.0.113.9", "hops": len(hops), "silent": 0, "hop": ties}}


def findings(*traces: dict[str, Any]) -> list[dict[str, Any]]:
    """Audit the paths that some measurements show."""
    assets = {name: asset for one in traces for name, asset in one.items()}
    made = batch("trace", assets)
    made.assets.replace_column(made.assets.columns.index("locator"), pl.Series("locator", ["line 1"] * len(assets)))
    read = links.apply(Reading((("traces.json", made),)))
    return list(audited(ASKED, ABOUT, estate_of(*read.batches)).findings.iter_rows(named=True))


def test_a_finding_names_the_measurement_the_hops_and_the_listing() -> None:
    """The evidence leads from the measurement over both hops and the announced range to the party and its listing."""
    (found,) = findings(trace("t1", "10.0.0.1", "198.41.1.1", "198.41.0.1", "198.41.0.2"))
    assert (found["asset"], found["name"]) == ("path:203.0.113.9|probe 1", "between 203.0.113.9 and probe 1")
    assert (found["role"], found["identifier"], found["party"]) == ("hop", "asn:201000", "listed")
    assert (found["file"], found["locator"]) == ("traces.json", "line 1")
    assert [step["statement"] for step in found["why"]] == [
        "how much of it was seen: measurements 1, declared lines 0, 100.0 % of the hops up to the last that answered",
        f"by way of the trace t1 of {DAY}, traces.json at line 1",
        "198.41.0.1 is its hop, inferred",
        f"198.41.0.1 lies in a range announced by asn:201000, as seen on {DAY}",
        f"asn:201000 leads to LISTED, since {DAY}",
        f"LISTED is on the list l (named) since {DAY}",
        "two consecutive hops answered from that network: hops 3 and 4, the other being 198.41.0.2",
    ]


def test_each_path_is_told_by_its_own_measurement() -> None:
    """Two paths through one network have one rule and one party, and each its own hops in its evidence."""
    both = findings(
        trace("t1", "198.41.0.1", "198.41.0.2"), trace("t2", "198.41.0.7", "198.41.0.8", source="probe 2"),
    )  # fmt: skip
    told = {found["name"]: [step["statement"] for step in found["why"]] for found in both}
    assert any("198.41.0.1 is its hop" in line for line in told["between 203.0.113.9 and probe 1"])
    assert any("198.41.0.7 is its hop" in line for line in told["between 203.0.113.9 and probe 2"])
    assert both[0]["evidence_id"] != both[1]["evidence_id"]


def test_one_hop_accuses_nobody_and_says_what_would() -> None:
    """A single hop in a listed network is unknown, by that network, and what is missing is a second one."""
    made = batch("trace", trace("t1", "198.41.1.1", "198.41.0.1", "198.41.1.2"))
    read = links.apply(Reading((("traces.json", made),)))
    result = audited(ASKED, ABOUT, estate_of(*read.batches))
    assert result.findings.height == 0
    (group,) = result.groups.iter_rows(named=True)
    assert (group["identifier"], group["count"]) == ("asn:201000", 1)
    assert group["missing"] == [
        "whether traffic ran through that network: no two consecutive hops surely answered from it"
    ]


def test_no_report_of_whom_we_depend_on_has_an_address() -> None:
    """Addresses that nobody is known to announce are no parties, and stand in no table of dependences."""
    made = batch("trace", trace("t1", "198.41.0.1", "8.8.8.8", "10.0.0.1"))
    read = links.apply(Reading((("traces.json", made),)))
    exposure = audited(ASKED, ABOUT, estate_of(*read.batches)).exposure
    assert exposure.filter(pl.col("what") == "party")["id"].to_list() == ["listed"]


def test_of_measurements_with_the_same_hops_the_paths_own_is_named() -> None:
    """Two probes saw the same hops on one day: each path's chain names its own measurement, and not the other's."""
    both = findings(
        trace("t1", "198.41.0.1", "198.41.0.2"), trace("t2", "198.41.0.1", "198.41.0.2", source="probe 2"),
    )  # fmt: skip
    told = {found["name"]: found["why"][1]["statement"] for found in both}
    assert told == {
        "between 203.0.113.9 and probe 1": f"by way of the trace t1 of {DAY}, traces.json at line 1",
        "between 203.0.113.9 and probe 2": f"by way of the trace t2 of {DAY}, traces.json at line 1",
    }


def test_where_a_measurement_stands_makes_no_other_chain() -> None:
    """The same measurement at another place of another file has the same evidence_id; another hop has not."""
    (first,) = findings(trace("t1", "198.41.0.1", "198.41.0.2"))
    made = batch("trace", trace("t1", "198.41.0.1", "198.41.0.2"))
    read = links.apply(Reading((("moved.json", made),)))
    (moved,) = audited(ASKED, ABOUT, estate_of(*read.batches)).findings.iter_rows(named=True)
    (other,) = findings(trace("t1", "198.41.0.1", "198.41.0.3"))
    assert first["why"] != moved["why"]
    assert first["evidence_id"] == moved["evidence_id"] != other["evidence_id"]


def test_a_machine_behind_a_hop_is_named_with_the_measurement_that_shows_it() -> None:
    """Over two joins, from the path over a trace to a machine, the chain names both, and the right machine."""
    asked = regime(
        rule(
            '(vendor + part.via("device").via("vendor")).exists(t, t.listed("l"))', kind="path", line="path",
        ),
        lists={"l": {"list": "l", "statuses": ["named"]}},
    )  # fmt: skip
    # Two machines of one maker carry the same ties, and so share a bundle once they are read from one file.
    machines = batch("device", {"in the basement": {"vendor": ["party:listed"]}, "on the way": {"bundle": 0}})
    addresses = pl.Series("addresses", [["198.41.7.7"], ["198.41.1.1"]], dtype=pl.List(pl.String))
    machines = type(machines)(
        machines.kind, machines.assets.with_columns(addresses), machines.identifiers, machines.ties, machines.extents
    )
    read = links.apply(Reading((("t.json", batch("trace", trace("t1", "198.41.1.1"))), ("d.json", machines))))
    (found,) = audited(asked, ABOUT, estate_of(*read.batches)).findings.iter_rows(named=True)
    told = [step["statement"] for step in found["why"]]
    assert told[1].startswith(f"by way of the trace t1 of {DAY}")
    assert told[2].startswith("by way of the device on the way")
