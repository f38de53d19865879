"""What an audit tells of cables: counted by hand over small estates, each statement with who makes it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import crossline
from crossline.auditing.cables import CABLES
from crossline.reports import json as as_json
from miniature import BY_HALF, DAY, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.reports import Audit
    from crossline.world import World

ASKED = regime(
    rule("owner.exists(t, t.listed('named'))", kind="cable", line="cable"),
    lists={"named": {"list": "l", "statuses": ["listed"]}}, **BY_HALF,
)  # fmt: skip
# Maker is incorporated in KY and held from BB; who Mapper is only a registry says; of Nobody nothing is known.
ABOUT: World = world(
    source=[{"id": name, "title": name.upper(), "published": DAY} for name in ("s", "list-a", "list-b")],
    party=[company("maker", domicile="KY", source="list-a"), company("top", domicile="BB"),
           company("other", domicile="AD", seat="AD"),
           {"id": "state-bb", "name": "Beta", "kind": "state", "domicile": "BB"}],
    control=[
        {"owner": "top", "owned": "maker", "kind": "both", "share_min": 70.0, "share_max": 70.0},
        {"owner": "state-bb", "owned": "top", "kind": "both", "share_min": 100.0, "share_max": 100.0},
    ],
    identifier=[{"type": "vendor", "value": "maker", "party": "maker", "seen": DAY, "source": "list-a"}],
    registration=[{"type": "vendor", "value": "mapper", "name": "Mapper", "registered": "CC", "source": "list-b",
                   "seen": DAY}],
    listing=[{"list": "l", "party": "maker", "status": "listed"}],
)  # fmt: skip
POINTS = {
    "landing-point:a": {"state": "AA", "latitude": 1.23456789, "longitude": 2.0},
    "landing-point:b": {"state": "BB", "latitude": None, "longitude": None},
    "landing-point:c": {"state": "CC", "latitude": 5.0, "longitude": 6.0},
}
ONE: dict[str, Any] = {
    "status": "in-service", "ready_year": 2010, "length_km": 1000.0, "course": "LINESTRING (0 0, 10 10)",
    "landing": [("asset:landing-point:a", {"place": "AA"}), "asset:landing-point:b", "asset:landing-point:gone",
                "state:DE", ("vendor:station", {"place": "AA"})],
    "owner": ["vendor:nobody", ("vendor:maker", {"share_min": 40.0, "share_max": 40.0}), "vendor:mapper"],
    "builder": ["vendor:maker"],
}  # fmt: skip
WORD: dict[str, Any] = {"status": "planned", "landing": ["asset:landing-point:a"], "owner": ["vendor:nobody"]}
FINE: dict[str, Any] = {"landing": ["asset:landing-point:a"], "owner": ["party:other"], "course": "no course at all"}
EXTENTS = [
    (None, "owner", "all", None), (None, "landing", "all", None), (0, "builder", "all", None),
    (1, "builder", "none", "the map names no supplier"), (2, "builder", "none", "the map names no supplier"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Audit:
    """Return the audit of three cables, of which the last that is read is in violation."""
    cables = {"cable:fine": FINE, "cable:unknown": WORD, "cable:one": ONE}
    extents = [(None if at is None else 2 - at, *rest) for at, *rest in EXTENTS]
    return audited(ASKED, ABOUT, estate_of(batch("cable", cables, extents), batch("landing-point", POINTS)))


@pytest.fixture(scope="module")
def one(made: Audit) -> dict[str, Any]:
    """Return what is told of the cable in violation."""
    return made.header["cables"]["described"][0]  # type: ignore[no-any-return]


def test_the_gravest_verdict_stands_first(made: Audit) -> None:
    """A violation stands before what is unknown, and that before what complies; the courses stand in that order."""
    told = made.header["cables"]
    assert told["count"] == 3
    assert [(cable["asset"], cable["worst"]) for cable in told["described"]] == [
        ("cable:one", "violation"), ("cable:unknown", "unknown"), ("cable:fine", "compliant"),
    ]  # fmt: skip
    assert made.courses.select("asset", "worst", "course").rows() == [
        ("cable:one", "violation", "LINESTRING (0 0, 10 10)"), ("cable:unknown", "unknown", None),
        ("cable:fine", "compliant", "no course at all"),
    ]  # fmt: skip


def test_landings_are_told_with_their_state(one: dict[str, Any]) -> None:
    """A landing's state is its tie's place, else its landing point's, else its own; a point's name stands with it."""
    assert [(row.get("name"), row["state"], row["asset"]) for row in one["landings"]] == [
        (None, "AA", "landing-point:a"), ("vendor station", "AA", None),
        (None, "BB", "landing-point:b"), ("state DE", "DE", None),
        ("asset landing-point:gone", None, "landing-point:gone"),
    ]  # fmt: skip
    assert (one["landing_count"], one["landing_states"]) == (5, ["AA", "BB", "DE"])


def test_owners_are_told_on_whose_word(made: Audit, one: dict[str, Any]) -> None:
    """A party has the source that leads there and its states, a registry's word is a claim, nobody has neither."""
    whose = made.header["cables"]["whose"]
    told = [(row["value"], whose[f"{row['type']}:{row['value']}"]) for row in one["owners"]]
    assert [(value, row["owner"], row["party"], row["said_by"]) for value, row in told] == [
        ("maker", "MAKER", "maker", ["list-a"]), ("mapper", "Mapper", None, []), ("nobody", None, None, []),
    ]  # fmt: skip
    assert [(row.get("share_min"), row.get("share_max")) for row in one["owners"]] == [(40.0, 40.0)] + [
        (None, None)
    ] * 2
    maker, mapper = (row for _, row in told[:2])
    assert maker["states"] == [
        {"state": "BB", "as": "in-control", "source": None, "doctrine": "mini"},
        {"state": "KY", "as": "incorporated", "source": "list-a"},  # which is no control, though the doctrine counts it
    ]
    assert mapper["claims"] == [{"name": "Mapper", "registered": "CC", "source": "list-b"}]
    assert one["owner_count"] == 3


def test_states_behind_a_cable_are_counted(one: dict[str, Any]) -> None:
    """Maker owns and built it, from KY and BB; Mapper owns it, registered in CC."""
    found = {(row["state"], row["as"]): (row["owners"], row["builders"], row["terminals"]) for row in one["states"]}
    assert found == {
        ("KY", "incorporated"): (1, 1, 0), ("BB", "in-control"): (1, 1, 0),
        ("CC", "registered"): (1, 0, 0),
    }  # fmt: skip


def test_violations_are_the_findings(made: Audit, one: dict[str, Any]) -> None:
    """A cable's violation is the finding of that id, with the tie that decided."""
    assert [row["id"] for row in one["violations"]] == made.findings["id"].to_list()
    assert [(row["rule"], row["role"], row["party"]) for row in one["violations"]] == [("r", "owner", "maker")]
    assert one["verdicts"] == {"violation": 1, "compliant": 0, "unknown": 0, "exempt": 0, "not-applicable": 0}


def test_what_is_not_known_is_told(made: Audit) -> None:
    """An undecided rule stands with what is missing, as the report's group of it says; roles unseen with the reason."""
    told = made.header["cables"]["described"][1]
    assert [(row["rule"], row["missing"]) for row in told["unknown"]] == [("r", made.groups["missing"][0].to_list())]
    assert {row["role"]: row["reason"] for row in told["unseen"]} == {
        "builder": "the map names no supplier", "terminal": "not seen",
        "landing": "a cable has two ends, and no more than one landing is stated",
    }  # fmt: skip


def test_landing_points_count_their_cables(made: Audit) -> None:
    """Three cables land at the first point, one at the second, none at the third; no place is made up."""
    told = made.header["cables"]
    assert [(row["asset"], row["cables"], row["latitude"]) for row in told["landing_points"]] == [
        ("landing-point:a", 3, 1.2346), ("landing-point:b", 1, None), ("landing-point:c", 0, 5.0),
    ]  # fmt: skip
    assert told["landing_point_count"] == 3


def test_all_cables_are_counted(made: Audit) -> None:
    """By gravest verdict, by status, by state of landing, by state behind owners, and by what was not seen."""
    summary = made.header["cables"]["summary"]
    assert summary["worst"] == {
        "violation": 1, "unknown": 1, "compliant": 1, "exempt": 0, "not-applicable": 0, "none": 0,
    }  # fmt: skip
    assert {row["status"]: row["cables"] for row in summary["statuses"]} == {"in-service": 1, "planned": 1, None: 1}
    assert [(row["state"], row["cables"], row["violation"], row["unknown"]) for row in summary["landing_states"]] == [
        ("AA", 3, 1, 1), ("BB", 1, 1, 0), ("DE", 1, 1, 0),
    ]  # fmt: skip
    behind = {(row["role"], row["state"], row["as"]): row["cables"] for row in summary["states"]}
    assert behind[("owner", "BB", "in-control")] == behind[("builder", "BB", "in-control")] == 1
    assert behind[("owner", "AD", "incorporated")] == 1
    assert summary["unseen"] == [
        {"role": "terminal", "reason": "not seen", "cables": 3},
        {"role": "builder", "reason": "the map names no supplier", "cables": 2},
        {"role": "landing", "reason": "a cable has two ends, and no more than one landing is stated", "cables": 2},
    ]


def test_the_report_fits_the_schema(made: Audit, schema: dict[str, Any]) -> None:
    """The report is valid by its schema, names each source, has no course, and what is no cable is refused."""
    report = json.loads(as_json.encode(made))
    jsonschema.validate(report, schema)
    assert {"list-a", "list-b"} <= report["sources"].keys()
    assert "LINESTRING" not in json.dumps(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report | {"cables": {"count": 1}}, schema)


def test_an_estate_without_cables_tells_of_none() -> None:
    """Where there is no cable the report has no such part, landing points or not."""
    other = audited(ASKED, ABOUT, estate_of(batch("landing-point", POINTS)))
    assert "cables" not in other.header
    assert other.courses.height == 0


def test_one_cable_that_no_rule_asks_about() -> None:
    """A cable without landing points that no rule judges has no verdict, and is told all the same."""
    asked = regime(rule("true", kind="data-store"))
    told = audited(asked, ABOUT, estate_of(batch("cable", {"cable:x": {"owner": ["vendor:maker"]}}))).header["cables"]
    assert (told["landing_points"], told["summary"]["worst"]["none"]) == ([], 1)
    assert (told["described"][0]["worst"], told["described"][0]["unknown"]) == (None, [])


def test_cables_that_share_ties_are_each_counted() -> None:
    """Two cables of one bundle are two, at their landing point too."""
    cables = {f"cable:{n}": ONE | {"bundle": 0} for n in range(2)}
    told = audited(ASKED, ABOUT, estate_of(batch("cable", cables), batch("landing-point", POINTS))).header["cables"]
    assert told["landing_points"][0]["cables"] == 2
    assert told["summary"]["landing_states"][0]["cables"] == 2


def test_what_is_told_is_bounded() -> None:
    """Of more cables than the bound that many are described, the violation among them, and all are counted."""
    cables = {f"cable:{n}": WORD if n < CABLES + 20 else ONE for n in range(CABLES + 21)}
    made = audited(ASKED, ABOUT, estate_of(batch("cable", cables)))
    told = made.header["cables"]
    assert (told["count"], len(told["described"]), made.courses.height) == (CABLES + 21, CABLES, CABLES + 21)
    assert told["described"][0]["worst"] == "violation"
    assert told["summary"]["worst"]["unknown"] == CABLES + 20


@pytest.mark.parametrize("day", ["2026-02-31", "Q1 2026", "01/02/2026"])
def test_a_filing_that_was_not_understood_is_no_acquittal(tmp_path: Path, day: str) -> None:
    """In service since 1999 with a filing whose day cannot be read: unknown, and the reason says so; empty: let be."""
    rows = [f"cable:{name},in-service,1999,{cell},state:US|state:JP,US|JP,party:china-mobile"
            for name, cell in (("read", day), ("empty", ""))]  # fmt: skip
    head = "asset,status,ready_year,applied_on,landing,landing.place,applicant"
    (tmp_path / "cable.csv").write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    found = crossline.audit(
        [tmp_path], [crossline.load_regime("us-fcc-cables")], date(2026, 7, 31), crossline.load_world()
    )
    told = {cable["asset"]: cable for cable in found.header["cables"]["described"]}
    missing = {row["rule"]: row["missing"] for row in told["cable:read"]["unknown"]}
    assert missing["fcc-cable-applicant-control"] == ["applied_on: what is stated was not understood"]
    assert told["cable:empty"]["worst"] == "not-applicable"
