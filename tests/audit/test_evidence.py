"""Chains of evidence: every step of every violation of the example is a row of the world, and they link up."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crossline.world.chains import percent
from miniature import DAY, HALF, audited, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.evaluate.binding import Binding
    from crossline.world import World

DATE = r"(\d{4}-\d{2}-\d{2})"
AS_OF = date(2026, 11, 22)

SECOND = " [at second hand]"
LEADS = re.compile(rf"(\w+):(.+) leads to (.+?)(?:, since {DATE}|, as seen on {DATE})?")
HOLDS = re.compile(
    rf"(.+) holds (.+?) of (the equity|the votes|equity and votes) of (.+?)(?: since {DATE})?(?: \((.*)\))?"
)
DIRECTS = re.compile(rf"(.+) is subject to direction by (.+?)(?: since {DATE})?(?: \((.*)\))?")
LISTED = re.compile(rf"(.+) is on the list (\S+) \(([\w-]+)(?:, scope ([\w-]+))?\)(?:,? since {DATE})?")
PLACED = re.compile(r"(.+) (is incorporated in|has its head office in) ([A-Z]{2})")
COVERED = re.compile(rf"([A-Z]{{2}}) counts under ([A-Z]{{2}}) in this regime(?: since {DATE})?")
COUNTED = re.compile(rf"(.+) counts (\w+:\S+) to (\S+) \(([\w-]+)\)(?:,? since {DATE})?")


def day(text: str | None) -> date | None:
    """Return the date that a step names, or None."""
    return date.fromisoformat(text) if text else None


class Facts:
    """The world's tables, asked whether a row says what a step says."""

    def __init__(self, world: World) -> None:
        self.rows = {
            name: world.table(name).to_dicts() for name in ("identifier", "control", "listing", "party", "membership")
        }
        self.second = False
        self.ids: dict[str, set[str]] = {}
        for row in self.rows["party"]:
            self.ids.setdefault(row["name"], set()).add(row["id"])

    def found(self, table: str, source: str, **wanted: object) -> list[dict[str, Any]]:
        """Return the rows of a source that have the wanted values; a set means one of them."""
        return [
            row
            for row in self.rows[table]
            if row["source"] == source
            and (row["certainty"] == "secondary") == self.second
            and all(row[k] in v if isinstance(v, set) else row[k] == v for k, v in wanted.items())
        ]

    def party(self, name: str) -> set[str]:
        """Return the parties that go by a name."""
        assert name in self.ids, f"nobody is called {name}"
        return self.ids[name]

    def supports(  # noqa: PLR0911 - one for each kind of statement
        self, statement: str, source: str, covers: set[tuple[str, str, date | None, str]]
    ) -> bool:
        """Return whether a row of the world, or of what the regime covers, says what a step says."""
        # What was read at second hand says so, and nothing else does.
        self.second = statement.endswith(SECOND)
        statement = statement.removesuffix(SECOND)
        if m := LEADS.fullmatch(statement):
            when: dict[str, object] = {"since": day(m[4])} if m[4] else {"since": None, "seen": day(m[5])}
            return bool(self.found("identifier", source, type=m[1], value=m[2], party=self.party(m[3]), **when))
        if m := LISTED.fullmatch(statement):
            wanted: dict[str, object] = {"party": self.party(m[1]), "list": m[2], "status": m[3]}
            wanted |= {"scope": m[4]} if m[4] else {}
            rows = self.found("listing", source, since=day(m[5]), **wanted)
            return any(row["until"] is None or row["until"] > AS_OF for row in rows)
        if m := DIRECTS.fullmatch(statement):
            wanted = {"owned": self.party(m[1]), "owner": self.party(m[2]), "kind": "direction", "note": m[4]}
            rows = self.found("control", source, since=day(m[3]), **wanted)
            return any(row["until"] is None or row["until"] > AS_OF for row in rows)
        if m := HOLDS.fullmatch(statement):
            kind = {"the equity": "equity", "the votes": "voting", "equity and votes": "both"}[m[3]]
            wanted = {"owner": self.party(m[1]), "owned": self.party(m[4]), "kind": kind, "note": m[6]}
            rows = self.found("control", source, since=day(m[5]), **wanted)
            return any(
                percent(row["share_min"], row["share_max"]) == m[2] and (row["until"] is None or row["until"] > AS_OF)
                for row in rows
            )
        if m := PLACED.fullmatch(statement):
            column = "domicile" if m[2] == "is incorporated in" else "seat"
            return bool(self.found("party", source, id=self.party(m[1]), **{column: m[3]}))
        if m := COVERED.fullmatch(statement):
            return (m[2], m[1], day(m[3]), source) in covers
        if m := COUNTED.fullmatch(statement):
            wanted = {"claimed_by": m[1], "member": m[2], "coalition": m[3], "status": m[4], "since": day(m[5])}
            return bool(self.found("membership", source, **wanted))
        return False


def steps(report: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield each finding with each of its steps that is not the estate's own word."""
    for item in report["findings"]:
        for step in item["why"]:
            if step["source"] != "estate":
                yield item, step


def test_every_source_that_a_step_names_is_described(report: dict[str, Any], shipped: World) -> None:
    """A step rests on the estate's own files or on a source of the world, whose title the report carries."""
    world = {row["id"]: row for row in shipped.table("source").iter_rows(named=True)}
    named = {step["source"] for _, step in steps(report)}
    assert named
    assert named <= set(report["sources"])
    for name in named:
        assert report["sources"][name]["title"] == world[name]["title"]
    cited = {entry["source"] for entry in report["rules"]}
    assert cited <= set(report["sources"])
    assert {entry["source"] for entry in report["world"]} == set(world)


def test_every_step_is_a_row_of_the_world(report: dict[str, Any], shipped: World, bindings: list[Binding]) -> None:
    """Who follows a violation's chain by hand finds each statement in the tables, from that source, with that date."""
    facts = Facts(shipped)
    covers = {b.regime.id: {(c.state, c.code, c.since, c.source) for c in b.regime.covers} for b in bindings}
    seen = {(item["regime"], step["statement"], step["source"]) for item, step in steps(report)}
    assert len(seen) > 10
    unsupported = [
        (statement, source)
        for regime_id, statement, source in sorted(seen)
        if not facts.supports(statement, source, covers[regime_id])
    ]
    assert unsupported == []


def test_the_check_of_steps_can_fail(shipped: World) -> None:
    """A step with another date, source, share or party is supported by no row."""
    facts = Facts(shipped)
    true = ("China Telecom Group Co., Ltd. is on the list us-clean-network (named, scope carrier), since 2020-08-05",
            "us-state-2020-08-05-speech")  # fmt: skip
    assert facts.supports(*true, set())
    assert not facts.supports(true[0].replace("08-05", "08-06"), true[1], set())
    assert not facts.supports(true[0].replace("carrier", "cable"), true[1], set())
    assert not facts.supports(true[0], "us-state-2020-08-05", set())
    assert not facts.supports("it is so", "us-state-2020-08-05", set())


def test_chains_link_up(report: dict[str, Any], shipped: World) -> None:
    """From the party that an identifier leads to, holders lead to a party that is listed, or placed in the state."""
    facts = Facts(shipped)
    names = {row["id"]: row["name"] for row in facts.rows["party"]}
    linked = 0
    for item in report["findings"]:
        told = [step["statement"].removesuffix(SECOND) for step in item["why"] if step["source"] != "estate"]
        ends = {m[1] for t in told if (m := LISTED.fullmatch(t) or PLACED.fullmatch(t))}
        if not ends or item["party"] is None:
            continue
        holders = {m[4]: m[1] for t in told if (m := HOLDS.fullmatch(t))}
        holders |= {m[1]: m[2] for t in told if (m := DIRECTS.fullmatch(t))}
        at, seen = names[item["party"]], set[str]()
        while at not in ends:
            assert at in holders, (item["id"], at, told)
            assert at not in seen
            seen.add(at)
            at = holders[at]
        linked += 1
    assert linked > 40


# Roles of which "X is its role" is no sentence.
VERBS = {
    "publisher": ["it is published by"], "signer": ["it is signed with"], "embeds": ["it embeds"],
    "contacts": ["it names"], "landing": ["it lands at"], "distributor": ["it is offered by"],
    "demanded_by": ["it was demanded by"],
}  # fmt: skip


def test_the_deciding_tie_is_told(report: dict[str, Any]) -> None:
    """A finding that names an identifier says which tie of the asset it is, and who it leads to."""
    for item in report["findings"]:
        if item["identifier"] is not None:
            told = [step["statement"] for step in item["why"]]
            kind, _, value = item["identifier"].partition(":")
            named = {"domain": "host", "signer": "certificate"}.get(kind, kind)
            said = (
                f"{item['identifier']} is its {item['role']}",
                *(f"{verb} {named} {value}" for verb in VERBS.get(item["role"], ())),
            )
            assert any(t.startswith(said) for t in told), item


def test_other_violating_identifiers_are_listed(report: dict[str, Any], embassy: Any) -> None:
    """Of a route through two named networks one is shown, and the other is in `also`."""
    both = [item for item in report["findings"] if item["also"]]
    assert both
    for item in both:
        assert item["identifier"] not in item["also"]
        assert len(set(item["also"])) == len(item["also"])
    holdings = embassy.holdings["route"]
    bundle = dict(holdings.assets.select("asset", "bundle").iter_rows())
    for item in both:
        if item["kind"] != "route":
            continue
        start = embassy.ties.start
        tie = slice(start[bundle[item["asset"]]], start[bundle[item["asset"]] + 1])
        named = embassy.identifiers[embassy.ties.identifier[tie]]
        labels = set(named.select(pl.format("{}:{}", "type", "value")).to_series())
        assert {item["identifier"], *item["also"]} <= labels


# -- what is missing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "every operator of it: "),
        ({"operator": ["party:p"]}, "who owns P"),
        ({"operator": ["vendor:nobody"]}, "the party it leads to"),
        ({"operator": ["vendor:two"]}, "sources disagree"),
        ({"operator": ["asn:0"]}, "AS0 is reserved (RFC 7607)"),
    ],
)
def test_an_unknown_says_what_to_find_out(given: dict[str, Any], expected: str) -> None:
    """What is missing is the nearest fact that nobody states."""
    asked = regime(
        rule("operator.exists(t, t.controlled_from(target))"),
        doctrines={"half": HALF | {"also": ["domicile"]}},
        controlled_by="half",
    )
    about = world(
        party=[
            company("p", domicile="AD"),
            company("q", domicile="AD"),
            {"id": "state-bb", "kind": "state", "domicile": "BB"},
        ],
        identifier=[{"type": "vendor", "value": "two", "party": name, "seen": DAY} for name in "pq"],
    )
    groups = audited(asked, about, estate_of(batch("data-store", {"a": given}))).groups
    assert groups.height == 1
    assert expected in groups["missing"][0][0]


def test_a_list_that_may_hold_a_stranger_names_whose_identifiers_are_missing() -> None:
    """A number that leads nowhere stays unknown until the numbers of these parties are all stated."""
    asked = regime(
        rule('neighbour.exists(t, t.listed("named"))', kind="session", line="carrier"),
        lists={"named": {"list": "l", "statuses": ["listed"]}},
    )
    about = world(
        party=[company("p"), company("q")],
        listing=[{"list": "l", "party": name, "status": "listed"} for name in "pq"],
        completeness=[{"party": "p", "type": "asn", "as_of": DAY}],
    )
    groups = audited(asked, about, estate_of(batch("session", {"s": {"neighbour": ["asn:1"]}}))).groups
    assert groups["missing"].to_list() == [["the party it leads to, or all asn identifiers of Q as of 2026-07-01"]]
