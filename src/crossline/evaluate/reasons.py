"""Why an answer is what it is: the statements behind it, each with its source, or what is missing."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crossline.evaluate.answers import Answers, Entries, member_of_party
from crossline.kleene import FALSE, TRUE
from crossline.world import chains
from crossline.world.addresses import statements
from crossline.world.chains import Step, hedged
from crossline.world.resolve import covers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crossline.evaluate.binding import Binding
    from crossline.regimes.model import Rule
    from crossline.regimes.terms import Predicate
    from crossline.world.control import Closure

_MOST = 3  # things named before "and more"


def _when(row: dict[str, Any]) -> str:
    """Say since when a statement holds, or when it was seen; a name that stands for itself has no date."""
    if row.get("since"):
        return f", since {row['since']}"
    return f", as seen on {row['seen']}" if row.get("seen") else ""


def _since(row: dict[str, Any]) -> str:
    return f" since {row['since']}" if row["since"] else ""


@dataclass(frozen=True)
class Reasons:
    """Tells of one rule's predicates."""

    answers: Answers
    binding: Binding
    rule: Rule

    def identity(self, key: int) -> list[Step]:
        """Return who the identifier leads to, and on whose word; failing that, what registries call its holder."""
        resolution, label = self.answers.resolution, self.answers.label(key)
        steps = []
        for place in range(int(resolution.start[key]), int(resolution.start[key + 1])):
            number = int(resolution.statement[place])
            if number < 0:
                continue
            statement = self.answers.world.table("identifier").row(number, named=True)
            name = self.answers.graph.names[resolution.party[place]]
            said = f"{label} leads to {name}{_when(statement)}{self._gap(key, statement)}{hedged(statement)}"
            steps.append(Step(said, statement["source"]))
        if steps:
            return steps
        rows = resolution.registration.filter(pl.col("key") == key)
        for row in rows.iter_rows(named=True):
            said = f"under the name {row['name']!r}" if row["name"] else f"in {row['registered']}"
            steps.append(Step(f"{label} is registered {said}{_when(row)}", row["source"]))
        return steps

    def _gap(self, key: int, statement: Mapping[str, Any]) -> str:
        """Say so where a sighting was taken for a day that it does not speak for."""
        day, seen = self.answers.resolution.keys.frame["date"][key], statement.get("seen")
        if not seen or statement.get("since") or statement.get("until") or covers(seen, day):
            return ""
        return f", the sighting nearest to {day}"

    def announced(self, address: str, key: int) -> Step:
        """Say who says that an address is in a range of the AS number of a key, and as of when."""
        number, day = self.answers.resolution.keys.frame.select("value", "date").row(key)
        rows = statements(self.answers.world, ipaddress.ip_address(address)).filter(pl.col("asn") == int(number))
        nearest = rows.sort((pl.col("seen") - pl.lit(day)).abs(), maintain_order=True).row(0, named=True)
        said = f"{address} lies in a range announced by asn:{number}, as seen on {nearest['seen']}"
        return Step(said + self._gap(key, nearest), nearest["source"])

    def evidence(self, predicate: Predicate, key: int, when: date | None = None) -> list[Step]:
        """Return the steps that make a predicate true or false for a key, after its identity."""
        parties = [int(party) for party in self.answers.resolution.parties(key)]
        if predicate.name == "listed":
            return self._listed(predicate, key, parties, when)
        if predicate.name == "member":
            return self._member(predicate, key, parties)
        if predicate.name == "ours":
            return [Step(f"{self.answers.label(key)} is one of our own", "estate")]
        return self._held(predicate, parties, when)

    def _listed(self, predicate: Predicate, key: int, parties: list[int], when: date | None) -> list[Step]:
        graph = self.answers.graph
        entries = self.answers.entries(predicate, self.binding, self.rule, when)
        rows = self.answers.rows(entries)
        own = rows.filter(pl.col("party").is_in([graph.ids[party] for party in parties]))
        if own.height:
            return [self._entry(row) for row in own.iter_rows(named=True)]
        if parties and (self.answers.named(entries)[parties] == TRUE).all():
            return self._held(predicate, parties, when)
        if parties:
            names = entries.selection.list
            return [
                Step(f"{graph.names[party]} is not on the list {names} as of {entries.when}", "") for party in parties
            ]
        return self._outside(entries, key, self.answers.label(key))

    def whose_word(self, predicate: Predicate, key: int, when: date | None = None) -> list[Step]:
        """Return on whose word identifiers like this one, that lead to nobody, are none of a listed party's."""
        if predicate.name != "listed" or len(self.answers.resolution.parties(key)):
            return []
        return self._outside(
            self.answers.entries(predicate, self.binding, self.rule, when), key, "what leads to nobody"
        )

    def _outside(self, entries: Entries, key: int, subject: str) -> list[Step]:
        kind, _, seen = self.answers.resolution.keys.frame.row(key)[1:4]
        named = [self.answers.graph.ids[party] for party in np.flatnonzero(self.answers.named(entries) == TRUE)]
        said = self.answers.complete(kind, seen).filter(pl.col("party").is_in(named))
        return [
            Step(
                f"{subject} is none of those stated to be all {kind} identifiers of the parties on"
                f" {entries.selection.list}, as of {as_of}",
                source,
            )
            for source, as_of in said.group_by("source", maintain_order=True).agg(pl.col("as_of").max()).iter_rows()
        ]

    def _entry(self, row: dict[str, Any]) -> Step:
        graph = self.answers.graph
        name = graph.names[graph.number[row["party"]]] if row["party"] in graph.number else row["party"]
        scope = f", scope {row['scope']}" if row["scope"] else ""
        return Step(
            f"{name} is on the list {row['list']} ({row['status']}{scope}){_since(row)}{hedged(row)}", row["source"]
        )

    def _member(self, predicate: Predicate, key: int, parties: list[int]) -> list[Step]:
        forms = [member_of_party(self.answers.graph.ids[party]) for party in parties]
        rows = self.answers.members(self.binding, self.rule, str(predicate.subject)).filter(
            pl.col("member").is_in(forms)
        )
        told = [
            Step(
                f"{r['claimed_by']} counts {r['member']} to {r['coalition']} ({r['status']}){_since(r)}{hedged(r)}",
                r["source"],
            )
            for r in rows.iter_rows(named=True)
        ]
        return told or [
            Step(f"nobody counts {self.answers.label(key)} to {predicate.subject} with a status that counts", "")
        ]

    def _held(self, predicate: Predicate, parties: list[int], when: date | None) -> list[Step]:
        closure = self.answers.held(predicate, self.binding, self.rule, when)
        if closure is None:
            return []
        above = self._above(predicate, when)
        steps: list[Step] = []
        for party in parties:
            if above is not None and above.codes[party] == TRUE:
                steps += self._root(predicate, party, when)
                continue
            if closure.codes[party] == FALSE:
                name = self.answers.graph.names[party]
                steps.append(Step(f"{name} {self._not_held(predicate, closure)}", ""))
                steps += chains.holders(self.answers.graph, closure, party)[:_MOST]
                continue
            chain, roots = chains.held_by(self.answers.graph, closure, party)
            steps += chain
            for root in roots:
                steps += self._root(predicate, root, when)
        return list(dict.fromkeys(steps))

    def under_reading(self, predicate: Predicate, key: int, when: date | None = None) -> list[Step]:
        """Return the chain that makes a predicate true of a key under the reading that decides, where one does."""
        parties = [int(party) for party in self.answers.resolution.parties(key)]
        closure = self.answers.held(predicate, self.binding, self.rule, when) if len(parties) == 1 else None
        if closure is None or not closure.readings:
            return []
        steps, roots = chains.under_reading(self.answers.graph, closure, parties[0])
        for root in roots:
            steps += self._root(predicate, root, when)
        return list(dict.fromkeys(steps))

    def _above(self, predicate: Predicate, when: date | None) -> Closure | None:
        """Return who holds parties on the list, where a predicate asks that too."""
        if predicate.name != "affiliated_with_listed":
            return None
        return self.answers.affiliated(self.answers.entries(predicate, self.binding, self.rule, when)).above

    def _not_held(self, predicate: Predicate, closure: Closure) -> str:
        """Say what would make a party held, as the doctrine that was asked counts it."""
        doctrine = closure.doctrine
        share = f"{'at least' if doctrine.inclusive else 'more than'} {doctrine.threshold_pct:g} %"
        or_directed = ", nor directed by one" if "direction" in doctrine.also else ""
        if predicate.name in ("held_by_listed", "affiliated_with_listed", "listed"):
            named = self.binding.regime.lists[str(predicate.subject)].list
            if predicate.name == "affiliated_with_listed":
                return (
                    f"is no affiliate of parties on the list {named}: it is not stated to hold {share} of one, and is"
                    f" not held to that by one, or by one that holds one{or_directed}"
                )
            return f"is not held to {share} by parties on the list {named}{or_directed}"
        states = predicate.subject if isinstance(predicate.subject, tuple) else (str(predicate.subject),)
        return f"is not controlled from {' or '.join(states)}: no chain of {share} leads there{or_directed}"

    def _root(self, predicate: Predicate, root: int, when: date | None) -> list[Step]:
        """Say why a party counts without any owner: it is listed, or holds one that is, or is placed in the state."""
        graph = self.answers.graph
        if predicate.name in ("held_by_listed", "affiliated_with_listed", "listed"):
            entries = self.answers.entries(predicate, self.binding, self.rule, when)
            above = self._above(predicate, when)
            held, listed = ([], root) if above is None else chains.down_to(graph, above, root)
            rows = self.answers.rows(entries).filter(pl.col("party") == graph.ids[listed])
            return [*held, *(self._entry(row) for row in rows.iter_rows(named=True))]
        codes = self.answers.codes_of(predicate.subject or (), self.binding)
        steps = []
        for row in graph.places.filter(pl.col("number") == root).iter_rows(named=True):
            if row["kind"] in ("state", "agency"):
                continue
            for column, verb in (("domicile", "is incorporated in"), ("seat", "has its head office in")):
                if row[column] in codes:
                    stands = "is domiciled in" if row["kind"] == "person" else verb
                    steps.append(Step(f"{graph.names[root]} {stands} {row[column]}{hedged(row)}", row["source"]))
                    steps += self.cover(row[column], predicate.subject or ())
        return steps

    def cover(self, code: str, subject: str | tuple[str, ...]) -> list[Step]:
        """Say on whose word a code counts under a state that was asked about, where it is not the state's own."""
        states = (subject,) if isinstance(subject, str) else subject
        covers = [cover for cover in self.binding.regime.covers if cover.code == code and cover.state in states]
        return [
            Step(f"{c.code} counts under {c.state} in this regime{_since({'since': c.since})}", c.source)
            for c in covers
        ]

    def missing(  # noqa: PLR0911 - one return a reason
        self, predicate: Predicate, key: int, when: date | None = None
    ) -> list[str]:
        """Return what to find out so that a predicate that is unknown for a key can be decided."""
        answers, graph = self.answers, self.answers.graph
        parties = [int(party) for party in answers.resolution.parties(key)]
        if predicate.name == "ours":
            return ["which parties and AS numbers are ours: say so in estate.yaml"]
        kind, _, seen = answers.resolution.keys.frame.row(key)[1:4]
        if kind == "address" and key not in answers.resolution.nameless:
            return [f"which network announced the address on {seen}: no range that is known then has it"]
        if key in answers.resolution.nameless:
            return [f"whose network it is: {answers.resolution.nameless[key]}"]
        if len(parties) > 1:
            names = ", ".join(graph.names[party] for party in parties)
            return [f"which of {names} it leads to: sources disagree"]
        if parties:
            closure = self.answers.held(predicate, self.binding, self.rule, when)
            if closure is None:
                return [f"a state or a doctrine to ask {predicate.name} about"]
            named = self.binding.regime.lists.get(str(predicate.subject))
            both_ways = predicate.name == "affiliated_with_listed" and named is not None
            asked = f"how much of a party on the list {named.list} they hold" if both_ways and named else "place"
            ends = chains.open_ends(graph, closure, parties[0], asked)
            return ends[:_MOST] or [f"who controls {graph.names[parties[0]]}"]
        if answers.resolution.stale[key] and answers.accept_stale:
            return ["who holds it at that date: a registry's record is nearer to it than any statement of who that is"]
        if answers.resolution.stale[key]:
            return ["who holds it at that date: no statement speaks for it (--accept-stale takes the nearest)"]
        if predicate.name == "listed":
            gaps = answers.gaps(answers.entries(predicate, self.binding, self.rule, when), kind, seen)
            names = ", ".join(graph.names[graph.number[party]] for party in gaps[:_MOST])
            more = f" and {len(gaps) - _MOST} more" if len(gaps) > _MOST else ""
            return [f"the party it leads to, or all {kind} identifiers of {names}{more} as of {seen}"]
        return ["the party it leads to"]
