"""Answers to what rules ask of a tie's party, once for each distinct identifier and date.

``codes`` gives a Kleene code a key; ``evidence`` and ``missing`` tell, for one key, why.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.world import chains, control, resolve
from crossline.world.chains import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.evaluate.binding import Binding
    from crossline.regimes.model import Rule, Selection
    from crossline.regimes.terms import Predicate
    from crossline.world import World


class Answers:
    """The world, asked about the keys of one estate."""

    def __init__(self, world: World, as_of: date, keys: resolve.Keys, *, accept_stale: bool = False) -> None:
        self.world = world
        self.as_of = as_of
        self.accept_stale = accept_stale
        self.graph = control.graph(world, as_of)
        self.resolution = resolve.resolve(world, self.graph.number, keys, accept_stale=accept_stale)
        self._codes: dict[tuple[object, ...], Codes] = {}
        self._closures: dict[tuple[object, ...], control.Closure] = {}

    def label(self, key: int) -> str:
        """Return the identifier of a key, as ``type:value``."""
        return str(self.labels[key])

    @cached_property
    def labels(self) -> pl.Series:
        """The identifier of each key, as ``type:value``."""
        frame = self.resolution.keys.frame
        return frame["type"] + ":" + frame["value"]

    @cached_property
    def alike(self) -> np.typing.NDArray[np.int64]:
        """A number for each key; keys with one number lead to the same party, or are unknown in the same way."""
        resolution = self.resolution
        count = np.diff(resolution.start)
        party = np.full(len(count), -1, np.int64)
        party[count == 1] = resolution.party[resolution.start[:-1][count == 1]]
        several = np.flatnonzero(count > 1)
        party[several] = self.graph.size + several
        reasons = {reason: place for place, reason in enumerate(dict.fromkeys(resolution.nameless.values()), 1)}
        nameless = np.zeros(len(count), np.int64)
        nameless[list(resolution.nameless)] = [reasons[reason] for reason in resolution.nameless.values()]
        frame = resolution.keys.frame.select("type", "date").with_columns(
            pl.Series("party", party), pl.Series("stale", resolution.stale), pl.Series("nameless", nameless)
        )
        # A party says it all; type, date and staleness matter only where there is none.
        frame = frame.with_columns(
            pl.when(pl.col("party") < 0).then(pl.col(name)).alias(name) for name in ("type", "date", "stale")
        )
        distinct = frame.unique(maintain_order=True).with_row_index("number")
        on = ["type", "date", "party", "stale", "nameless"]
        return frame.join(distinct, on=on, how="left", maintain_order="left", nulls_equal=True)["number"].to_numpy().astype(np.int64)

    @cached_property
    def party_ids(self) -> pl.Series:
        """The id of each key's party, where it leads to exactly one."""
        single = np.diff(self.resolution.start) == 1
        number = np.full(len(single), len(self.graph.ids), np.int64)
        number[single] = self.resolution.party[self.resolution.start[:-1][single]]
        return pl.Series("party", [*self.graph.ids, None], pl.String).gather(number)

    @cached_property
    def states(self) -> pl.Series:
        """The state of each key: where its party is a state or an agency of one, its code."""
        places = self.graph.places.filter(pl.col("kind").is_in(["state", "agency"]) & pl.col("domicile").is_not_null())
        of_party = np.full(self.graph.size, -1, np.int64)
        codes = places["domicile"].unique(maintain_order=True).to_list()
        number = {code: index for index, code in enumerate(codes)}
        for party, code in places.select("number", "domicile").iter_rows():
            of_party[party] = number[code]
        single = np.diff(self.resolution.start) == 1
        result = np.full(len(single), -1, np.int64)
        result[single] = of_party[self.resolution.party[self.resolution.start[:-1][single]]]
        named = pl.Series("state", codes + [None], pl.String)
        return named.gather(np.where(result < 0, len(codes), result))

    # -- codes ---------------------------------------------------------------------------------------------

    def codes(self, predicate: Predicate, binding: Binding, rule: Rule, when: date | None = None) -> Codes:
        """Return the answer for each key; ``when`` is the date that ``listed`` asks about, by default ``as_of``."""
        name, subject = predicate.name, predicate.subject
        if name == "listed":
            selection = binding.regime.lists[str(subject)]
            return self._listed(selection, binding, rule, when or self.as_of, predicate.scope)
        if name == "held_by_listed":
            return self._spread(self.held(predicate, binding, rule, when))
        if name in ("controlled_from", "owned_by_state"):
            closure = self.held(predicate, binding, rule)
            return np.full(len(self.resolution.keys), UNKNOWN, np.uint8) if closure is None else self._spread(closure)
        if name == "member":
            return self._member(binding, rule, str(subject))
        return self._ours(binding)

    def _spread(self, closure: control.Closure | None) -> Codes:
        """Carry a code for each party to the keys: unknown without a party, or where its parties disagree."""
        keys = len(self.resolution.keys)
        if closure is None:
            return np.full(keys, UNKNOWN, np.uint8)
        return self.agree(closure.codes)

    def agree(self, party_codes: Codes) -> Codes:
        """Return the code of each key: that of its parties where they all have the same, else unknown."""
        start, party = self.resolution.start, self.resolution.party
        result = np.full(len(start) - 1, UNKNOWN, np.uint8)
        some = np.flatnonzero(np.diff(start) > 0)
        if len(some):
            own = party_codes[party]
            low = np.minimum.reduceat(own, start[:-1][some])
            high = np.maximum.reduceat(own, start[:-1][some])
            result[some] = np.where(low == high, low, UNKNOWN)
        return result

    def selected(self, selection: Selection, binding: Binding, rule: Rule, when: date, scope: str | None) -> pl.DataFrame:
        """Return the rows of the world's listing table that a selection takes at a date."""
        statuses = binding.statuses(selection.statuses, rule)
        rows = self.world.table("listing").filter(
            (pl.col("list") == selection.list)
            & pl.col("status").is_in(statuses)
            & (pl.col("since").is_null() | (pl.col("since") <= when))
            & (pl.col("until").is_null() | (pl.col("until") > when))
        )
        scopes = (scope,) if scope else selection.scopes
        return rows.filter(pl.col("scope").is_in(scopes)) if scopes else rows

    def _listed_parties(self, selection: Selection, binding: Binding, rule: Rule, when: date, scope: str | None) -> Codes:
        rows = self.selected(selection, binding, rule, when, scope)
        result = np.zeros(self.graph.size, np.uint8)
        numbers = [self.graph.number[p] for p in rows["party"].drop_nulls().unique() if p in self.graph.number]
        result[numbers] = TRUE
        return result

    def _listed(self, selection: Selection, binding: Binding, rule: Rule, when: date, scope: str | None) -> Codes:
        memo = ("listed", selection, binding.statuses(selection.statuses, rule), when, scope, binding.regime.id)
        if memo in self._codes:
            return self._codes[memo]
        listed = self._listed_parties(selection, binding, rule, when, scope)
        if selection.subsidiaries:
            # A group is named with what it certainly holds; who is not known to be held is not named.
            held = control.close(self.graph, binding.regime.doctrines[str(selection.doctrine)], listed).codes
            listed = np.where(held == TRUE, TRUE, FALSE).astype(np.uint8)
        result = self.agree(listed)
        nobody = np.diff(self.resolution.start) == 0
        if nobody.any():
            result[nobody] = UNKNOWN
            result[nobody & self._outside(selection, binding, rule, when, scope)] = FALSE
        self._codes[memo] = result
        return result

    def _outside(
        self, selection: Selection, binding: Binding, rule: Rule, when: date, scope: str | None
    ) -> np.typing.NDArray[np.bool_]:
        """Find the keys that are nobody's of the list, because all identifiers of its parties are stated."""
        frame = self.resolution.keys.frame
        result = np.zeros(len(frame), np.bool_)
        for (kind, seen), rows in frame.select("key", "type", "date").group_by(["type", "date"]):
            if not self.gaps(selection, binding, rule, when, scope, str(kind), seen):  # type: ignore[arg-type]  # a date column
                result[rows["key"].to_numpy()] = True
        # A number that anybody may use, or that once was a party's, is not excluded by a list of numbers.
        result[list(self.resolution.nameless)] = False
        result[self.resolution.stale] = False
        return result

    def gaps(
        self, selection: Selection, binding: Binding, rule: Rule, when: date, scope: str | None, kind: str, seen: date
    ) -> list[str]:
        """Return the listed parties whose identifiers of a type are not stated to be complete at a date."""
        listed = self.selected(selection, binding, rule, when, scope)["party"].drop_nulls().unique(maintain_order=True)
        complete = self.world.table("completeness").filter(pl.col("type") == kind)
        covered = {
            party
            for party, as_of in complete.select("party", "as_of").iter_rows()
            if self.accept_stale or resolve.covers(as_of, seen)
        }
        return [party for party in listed.to_list() if party not in covered]

    def held(self, predicate: Predicate, binding: Binding, rule: Rule, when: date | None = None) -> control.Closure | None:
        """Return the closure that a predicate asks about, or None where the question has no object.

        Lists are read at ``when``, by default ``as_of``; control is always that of ``as_of``.
        """
        regime = binding.regime
        if predicate.name in ("held_by_listed", "listed"):
            selection = regime.lists[str(predicate.subject)]
            if selection.doctrine is None:
                return None
            memo = ("held", selection, binding.statuses(selection.statuses, rule), regime.id, when, predicate.scope)
            if memo not in self._closures:
                base = self._listed_parties(selection, binding, rule, when or self.as_of, predicate.scope)
                self._closures[memo] = control.close(self.graph, regime.doctrines[selection.doctrine], base)
            return self._closures[memo]
        if predicate.subject is None:
            return None
        owned = predicate.name == "owned_by_state"
        name = regime.state_owned_by if owned else regime.controlled_by
        if name is None:
            return None
        memo = (predicate.name, predicate.subject, regime.id, name)
        if memo not in self._closures:
            doctrine = regime.doctrines[name]
            codes = self.codes_of(predicate.subject, binding)
            if owned:
                base = np.zeros(self.graph.size, np.uint8)
            else:
                base = control.located(self.graph, codes, doctrine.also)
            states = self.graph.places.filter(
                pl.col("kind").is_in(["state", "agency"]) & pl.col("domicile").is_in(sorted(codes))
            )
            base[states["number"].to_numpy()] = TRUE
            self._closures[memo] = control.close(self.graph, doctrine, base)
        return self._closures[memo]

    def codes_of(self, state: str, binding: Binding) -> set[str]:
        """Return the ISO codes that a state covers in the regime at the date asked for."""
        return {state} | {
            cover.code
            for cover in binding.regime.covers
            if cover.state == state
            and (cover.since is None or cover.since <= self.as_of)
            and (cover.until is None or cover.until > self.as_of)
        }

    def members(self, binding: Binding, rule: Rule, name: str) -> pl.DataFrame:
        """Return the memberships that count for a coalition of the regime."""
        coalition = binding.regime.coalitions[name]
        return self.world.table("membership").filter(
            (pl.col("coalition") == coalition.coalition)
            & pl.col("status").is_in(binding.statuses(coalition.statuses, rule))
            & (pl.col("since").is_null() | (pl.col("since") <= self.as_of))
            & (pl.col("until").is_null() | (pl.col("until") > self.as_of))
        )

    def _member(self, binding: Binding, rule: Rule, name: str) -> Codes:
        memo = ("member", name, binding.regime.id, binding.statuses(binding.regime.coalitions[name].statuses, rule))
        if memo not in self._codes:
            members = self.members(binding, rule, name)["member"].unique().to_list()
            ids = {m.removeprefix("party:") if m.startswith("party:") else f"state-{m.removeprefix('state:').lower()}" for m in members}
            by_party = np.zeros(self.graph.size, np.uint8)
            by_party[[self.graph.number[party] for party in ids if party in self.graph.number]] = TRUE
            self._codes[memo] = self.agree(by_party)
        return self._codes[memo]

    def _ours(self, binding: Binding) -> Codes:
        we, frame = binding.who(), self.resolution.keys.frame
        if binding.we.hypothetical:
            return np.full(len(frame), UNKNOWN, np.uint8)
        by_party = np.zeros(self.graph.size, np.uint8)
        by_party[[self.graph.number[party] for party in we.parties if party in self.graph.number]] = TRUE
        result = self.agree(by_party)
        numbers = frame.filter((pl.col("type") == "asn") & pl.col("value").is_in(list(we.asns)))["key"].to_numpy()
        result[numbers] = TRUE
        return result

    # -- reasons -------------------------------------------------------------------------------------------

    def identity(self, key: int) -> list[Step]:
        """Return who the identifier leads to, and on whose word."""
        resolution, label = self.resolution, self.label(key)
        steps = []
        for place in range(int(resolution.start[key]), int(resolution.start[key + 1])):
            name = self.graph.names[resolution.party[place]]
            row = int(resolution.statement[place])
            if row < 0:
                continue
            statement = self.world.table("identifier").row(row, named=True)
            when = f"since {statement['since']}" if statement["since"] else f"as seen on {statement['seen']}"
            steps.append(Step(f"{label} leads to {name}, {when}", statement["source"]))
        if not steps:
            steps = [
                Step(f"{label} is registered under the name {row['name']!r}" if row["name"] else f"{label} is registered in {row['registered']}", row["source"])
                for row in resolution.registration.filter(pl.col("key") == key).iter_rows(named=True)
            ]
        return steps

    def evidence(self, predicate: Predicate, binding: Binding, rule: Rule, key: int, when: date | None = None) -> list[Step]:
        """Return the steps that make a predicate true or false for a key, after its identity."""
        name = predicate.name
        parties = [int(p) for p in self.resolution.parties(key)]
        if name == "listed":
            return self._why_listed(predicate, binding, rule, key, parties, when or self.as_of)
        if name in ("held_by_listed", "controlled_from", "owned_by_state"):
            return self._why_held(predicate, binding, rule, parties, when)
        if name == "member":
            ids = [self.graph.ids[party] for party in parties]
            forms = [f"state:{p.removeprefix('state-').upper()}" if p.startswith("state-") else f"party:{p}" for p in ids]
            rows = self.members(binding, rule, str(predicate.subject)).filter(pl.col("member").is_in(forms))
            return [
                Step(
                    f"{r['claimed_by']} counts {r['member']} to {r['coalition']} ({r['status']}), since {r['since'] or 'a date not stated'}",
                    r["source"],
                )
                for r in rows.iter_rows(named=True)
            ] or [Step(f"nobody counts {self.label(key)} to {predicate.subject} with a status that counts", "")]
        return [Step(f"{self.label(key)} is one of our own", "estate")]

    def _why_listed(
        self, predicate: Predicate, binding: Binding, rule: Rule, key: int, parties: Sequence[int], when: date
    ) -> list[Step]:
        selection = binding.regime.lists[str(predicate.subject)]
        rows = self.selected(selection, binding, rule, when, predicate.scope)
        ids = [self.graph.ids[party] for party in parties]
        steps = []
        for row in rows.filter(pl.col("party").is_in(ids)).iter_rows(named=True):
            scope = f", scope {row['scope']}" if row["scope"] else ""
            since = f" since {row['since']}" if row["since"] else ""
            name = self.graph.names[self.graph.number[row["party"]]]
            steps.append(Step(f"{name} is on the list {row['list']} ({row['status']}{scope}){since}", row["source"]))
        if steps:
            return steps
        if parties and selection.subsidiaries:
            closure = self.held(predicate, binding, rule, when)
            if closure is not None and all(closure.codes[p] == TRUE for p in parties):
                return self._why_held(predicate, binding, rule, parties, when)
        if parties:
            return [Step(f"{self.graph.names[p]} is not on the list {selection.list} as of {when}", "") for p in parties]
        kind, _, seen = self.resolution.keys.frame.row(key)[1:4]
        on_list = rows["party"].drop_nulls().unique().to_list()
        complete = self.world.table("completeness").filter((pl.col("type") == kind) & pl.col("party").is_in(on_list))
        complete = complete.filter(pl.Series([self.accept_stale or resolve.covers(d, seen) for d in complete["as_of"]], dtype=pl.Boolean))
        words = [
            Step(f"{self.label(key)} is none of the {kind} identifiers stated to be all that the parties on {selection.list} have, as of {as_of}", source)
            for source, as_of in complete.group_by("source", maintain_order=True).agg(pl.col("as_of").max()).iter_rows()
        ]
        return words

    def _why_held(
        self, predicate: Predicate, binding: Binding, rule: Rule, parties: Sequence[int], when: date | None
    ) -> list[Step]:
        closure = self.held(predicate, binding, rule, when)
        if closure is None:
            return []
        steps: list[Step] = []
        for party in parties:
            name = self.graph.names[party]
            if closure.codes[party] == FALSE:
                steps.append(Step(f"every chain of owners of {name} ends outside {predicate.subject}", ""))
                continue
            chain, roots = chains.held_by(self.graph, closure, party)
            steps += chain
            for root in roots:
                steps += self._root(predicate, binding, rule, root, when or self.as_of)
        return list(dict.fromkeys(steps))

    def _root(self, predicate: Predicate, binding: Binding, rule: Rule, root: int, when: date) -> list[Step]:
        """Say why a party counts without any owner: it is listed, or placed in the state."""
        if predicate.name in ("held_by_listed", "listed"):
            selection = binding.regime.lists[str(predicate.subject)]
            rows = self.selected(selection, binding, rule, when, predicate.scope).filter(pl.col("party") == self.graph.ids[root])
            return [
                Step(f"{self.graph.names[root]} is on the list {r['list']} ({r['status']}), since {r['since'] or 'a date not stated'}", r["source"])
                for r in rows.iter_rows(named=True)
            ]
        codes = self.codes_of(str(predicate.subject), binding)
        steps = []
        for row in self.graph.places.filter(pl.col("number") == root).iter_rows(named=True):
            if row["kind"] in ("state", "agency"):
                continue
            for column, verb in (("domicile", "is incorporated in"), ("seat", "has its head office in")):
                if row[column] in codes:
                    steps.append(Step(f"{self.graph.names[root]} {verb} {row[column]}", row["source"]))
                    cover = next((c for c in binding.regime.covers if c.code == row[column] and c.state == predicate.subject), None)
                    if cover is not None:
                        steps.append(Step(f"{cover.code} counts under {cover.state} in this regime", cover.source))
        return steps

    def missing(self, predicate: Predicate, binding: Binding, rule: Rule, key: int, when: date | None = None) -> list[str]:
        """Return what to find out so that a predicate that is unknown for a key can be decided."""
        label, parties = self.label(key), self.resolution.parties(key)
        name = predicate.name
        if name == "ours":
            return ["which parties and AS numbers are ours: say so in estate.yaml"]
        if key in self.resolution.nameless:
            return [f"whose network it is: {self.resolution.nameless[key]}"]
        if len(parties) > 1:
            return [f"which of {', '.join(self.graph.names[int(p)] for p in parties)} holds {label}: sources disagree"]
        if len(parties) == 1 and name in ("controlled_from", "owned_by_state", "held_by_listed"):
            closure = self.held(predicate, binding, rule, when)
            if closure is None:
                return [f"a state or a doctrine to ask {name} about"]
            return chains.open_ends(self.graph, closure, int(parties[0]), "place")[:3] or [f"who controls {self.graph.names[int(parties[0])]}"]
        if len(parties) == 1:
            return [f"an answer on {self.graph.names[int(parties[0])]}"]
        if self.resolution.stale[key]:
            return ["who holds it at that date: statements exist, but none speaks for it (--accept-stale takes the nearest)"]
        if name == "listed":
            kind, _, seen = self.resolution.keys.frame.row(key)[1:4]
            selection = binding.regime.lists[str(predicate.subject)]
            gaps = self.gaps(selection, binding, rule, when or self.as_of, predicate.scope, kind, seen)
            if gaps:
                named = ", ".join(self.graph.names[self.graph.number[p]] if p in self.graph.number else p for p in gaps[:3])
                more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
                return [f"the party it leads to, or all {kind} identifiers of {named}{more} as of {seen}"]
        return ["the party it leads to"]
