"""Answers to what rules ask of a tie's party: a Kleene code once for each distinct identifier and date.

Why an answer is what it is, and what is missing where there is none, is told in :mod:`crossline.evaluate.reasons`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.evaluate import traversal
from crossline.kleene import FALSE, TRUE, UNKNOWN, Codes
from crossline.world import affiliates, control, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crossline.estate import Estate
    from crossline.evaluate.binding import Binding
    from crossline.regimes.model import Doctrine, Rule, Selection
    from crossline.regimes.terms import Predicate
    from crossline.world import World


@dataclass(frozen=True)
class Entries:
    """The entries of a list that a predicate asks about: which list, which scopes and statuses, and when."""

    selection: Selection
    statuses: tuple[str, ...]
    scopes: tuple[str, ...]
    when: date
    doctrine: Doctrine | None


class Answers:
    """The world, asked about the keys of one estate."""

    def __init__(
        self, world: World, as_of: date, keys: resolve.Keys, *, accept_stale: bool = False,
        written: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.world = world
        self.as_of = as_of
        self.accept_stale = accept_stale
        self.graph = control.graph(world, as_of)
        self.resolution = resolve.resolve(world, self.graph.number, keys, accept_stale=accept_stale)
        # Where identifiers that lead to nobody were taken to be none of a list's: list, type, source of that.
        self.excluded: set[tuple[str, str, str]] = set()
        self.written = written or {}
        self._codes: dict[object, Codes] = {}
        self._closures: dict[object, control.Closure] = {}
        self._affiliates: dict[Entries, affiliates.Affiliates] = {}

    # -- keys ----------------------------------------------------------------------------------------------

    def label(self, key: int) -> str:
        """Return the identifier of a key as ``type:value``, the value as a file writes it: ``vendor:KDDI``."""
        label = str(self.labels[key])
        kind, _, value = label.partition(":")
        return f"{kind}:{self.written.get(label, value)}"

    @cached_property
    def labels(self) -> pl.Series:
        """The identifier of each key, as ``type:value``."""
        frame = self.resolution.keys.frame
        return frame["type"] + ":" + frame["value"]

    @cached_property
    def labels_or_none(self) -> pl.Series:
        """The labels, and after them a null for where no key decides."""
        return self.labels.extend_constant(None, 1)

    @cached_property
    def alike(self) -> npt.NDArray[np.int64]:
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
        numbered = frame.join(distinct, on=on, how="left", maintain_order="left", nulls_equal=True)
        return numbered["number"].to_numpy().astype(np.int64)

    def traversed(self, estate: Estate, keys: npt.NDArray[np.int64]) -> Codes:
        """Return for each tie whether traffic surely ran through its network (:mod:`crossline.evaluate.traversal`)."""
        if "traversed" not in self._codes:
            self._codes["traversed"] = traversal.traversed(estate, self.resolution, self.graph.size, keys)
        return self._codes["traversed"]

    def _single(self, of_party: npt.NDArray[np.int64], none: int) -> npt.NDArray[np.int64]:
        """Carry a number for each party to the keys that lead to exactly one; the others get ``none``."""
        one = np.diff(self.resolution.start) == 1
        result = np.full(len(one), none, np.int64)
        result[one] = of_party[self.resolution.party[self.resolution.start[:-1][one]]]
        return result

    @cached_property
    def party_ids(self) -> pl.Series:
        """The id of each key's party, where it leads to exactly one."""
        number = self._single(np.arange(self.graph.size), self.graph.size)
        return pl.Series("party", [*self.graph.ids, None], pl.String).gather(number)

    @cached_property
    def states(self) -> pl.Series:
        """The state of each key: where its party is a state or an agency of one, its code."""
        places = self.graph.places.filter(
            pl.col("kind").is_in(["state", "agency"]) & pl.col("domicile").is_not_null()
        ).select("number", "domicile")
        codes = places["domicile"].unique(maintain_order=True).to_list()
        number = {code: index for index, code in enumerate(codes)}
        of_party = np.full(self.graph.size, len(codes), np.int64)
        for party, code in places.iter_rows():
            of_party[party] = number[code]
        return pl.Series("state", [*codes, None], pl.String).gather(self._single(of_party, len(codes)))

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

    # -- predicates ----------------------------------------------------------------------------------------

    def codes(self, predicate: Predicate, binding: Binding, rule: Rule, when: date | None = None) -> Codes:
        """Return the answer for each key; ``when`` is the date a list is read at, by default ``as_of``."""
        if predicate.name == "listed":
            return self._listed(self.entries(predicate, binding, rule, when))
        if predicate.name == "member":
            return self._member(binding, rule, str(predicate.subject))
        if predicate.name == "ours":
            return self._ours(binding)
        closure = self.held(predicate, binding, rule, when)
        return np.full(len(self.resolution.keys), UNKNOWN, np.uint8) if closure is None else self.agree(closure.codes)

    def entries(self, predicate: Predicate, binding: Binding, rule: Rule, when: date | None) -> Entries:
        """Return which entries of a list a predicate asks about."""
        selection = binding.regime.lists[str(predicate.subject)]
        return Entries(
            selection,
            binding.statuses(selection.statuses, rule),
            (predicate.scope,) if predicate.scope else selection.scopes,
            when or self.as_of,
            None if selection.doctrine is None else binding.regime.doctrines[selection.doctrine],
        )

    def rows(self, entries: Entries) -> pl.DataFrame:
        """Return the rows of the world's listing table that count."""
        rows = self.world.table("listing").filter(
            (pl.col("list") == entries.selection.list)
            & pl.col("status").is_in(entries.statuses)
            & (pl.col("since").is_null() | (pl.col("since") <= entries.when))
            & (pl.col("until").is_null() | (pl.col("until") > entries.when))
        )
        return rows.filter(pl.col("scope").is_in(entries.scopes)) if entries.scopes else rows

    def _on(self, entries: Entries) -> Codes:
        """Return which parties are on the list themselves."""
        result = np.zeros(self.graph.size, np.uint8)
        named = self.rows(entries)["party"].drop_nulls().unique()
        result[[self.graph.number[party] for party in named if party in self.graph.number]] = TRUE
        return result

    def named(self, entries: Entries) -> Codes:
        """Return which parties a list names: never unknown, since who is known and not on a list is not on it."""
        if not entries.selection.subsidiaries:
            return self._on(entries)
        # A group is named with what it certainly holds; who is not known to be held is not named.
        held = self._held_by(entries).codes
        return np.where(held == TRUE, TRUE, FALSE).astype(np.uint8)

    def _held_by(self, entries: Entries) -> control.Closure:
        if entries.doctrine is None:
            raise ValueError("a list without a doctrine holds nobody")
        memo = ("held", entries)
        if memo not in self._closures:
            self._closures[memo] = control.close(self.graph, entries.doctrine, self._on(entries))
        return self._closures[memo]

    def affiliated(self, entries: Entries) -> affiliates.Affiliates:
        """Return who is affiliated with the parties on a list, under the list's doctrine."""
        if entries.doctrine is None:
            raise ValueError("a list without a doctrine has no affiliates")
        if entries not in self._affiliates:
            self._affiliates[entries] = affiliates.affiliates(self.graph, entries.doctrine, self._on(entries))
        return self._affiliates[entries]

    def _listed(self, entries: Entries) -> Codes:
        if entries not in self._codes:
            result = self.agree(self.named(entries))
            nobody = np.diff(self.resolution.start) == 0
            if nobody.any():
                result[nobody & self._outside(entries)] = FALSE
            self._codes[entries] = result
        return self._codes[entries]

    def _outside(self, entries: Entries) -> npt.NDArray[np.bool_]:
        """Find the keys that are nobody's of the list, because all identifiers of its parties are stated."""
        frame = self.resolution.keys.frame
        result = np.zeros(len(frame), np.bool_)
        kinds = frame.select("type", "date").unique().rows()
        for kind, seen in kinds:
            if not self.gaps(entries, kind, seen):
                named = [self.graph.ids[party] for party in np.flatnonzero(self.named(entries) == TRUE)]
                said = self.complete(kind, seen).filter(pl.col("party").is_in(named))
                self.excluded |= {(entries.selection.list, kind, source) for source in said["source"]}
                result |= ((frame["type"] == kind) & (frame["date"] == seen)).to_numpy()
        # A number that anybody may use, or that at another time was a named party's, is not excluded by a list.
        result[list(self.resolution.nameless)] = False
        mentioned = self.resolution.mentioned
        once = self.named(entries)[mentioned["number"].to_numpy()] == TRUE
        result[mentioned["key"].to_numpy()[once]] = False
        return result

    def gaps(self, entries: Entries, kind: str, seen: date) -> list[str]:
        """Return the named parties whose identifiers of a type are not stated to be complete at a date."""
        complete = self.complete(kind, seen)["party"].to_list()
        named = np.flatnonzero(self.named(entries) == TRUE)
        return [self.graph.ids[party] for party in named if self.graph.ids[party] not in set(complete)]

    def complete(self, kind: str, seen: date) -> pl.DataFrame:
        """Return the statements that all identifiers of a type of some party are known, that speak for a date."""
        table = self.world.table("completeness").filter(pl.col("type") == kind)
        if self.accept_stale:
            return table
        return table.filter(pl.Series([resolve.covers(as_of, seen) for as_of in table["as_of"]], dtype=pl.Boolean))

    def held(self, predicate: Predicate, binding: Binding, rule: Rule, when: date | None) -> control.Closure | None:
        """Return the closure that a predicate asks about, or None where the question has no object.

        Lists are read at ``when``, by default ``as_of``; control is always that of ``as_of``.
        """
        regime = binding.regime
        if predicate.name in ("held_by_listed", "affiliated_with_listed", "listed"):
            entries = self.entries(predicate, binding, rule, when)
            if entries.doctrine is None:
                return None
            both_ways = predicate.name == "affiliated_with_listed"
            return self.affiliated(entries).closure if both_ways else self._held_by(entries)
        owned = predicate.name == "owned_by_state"
        name = regime.state_owned_by if owned else regime.controlled_by
        if name is None or predicate.subject is None:
            return None
        memo = (predicate.name, predicate.subject, regime.id, name)
        if memo not in self._closures:
            doctrine, codes = regime.doctrines[name], self.codes_of(predicate.subject, binding)
            base = control.located(self.graph, codes, () if owned else doctrine.also)
            base[self.organs(codes)] = TRUE
            self._closures[memo] = control.close(self.graph, doctrine, base)
        return self._closures[memo]

    def organs(self, codes: set[str]) -> npt.NDArray[np.int64]:
        """Return the numbers of the states of these codes, and of their agencies."""
        places = self.graph.places
        organs = places.filter(pl.col("kind").is_in(["state", "agency"]) & pl.col("domicile").is_in(sorted(codes)))
        return organs["number"].to_numpy().astype(np.int64)

    def codes_of(self, subject: str | tuple[str, ...], binding: Binding) -> set[str]:
        """Return the ISO codes that a state, or several together, cover in the regime at the date asked for."""
        states = {subject} if isinstance(subject, str) else set(subject)
        return states | {
            cover.code
            for cover in binding.regime.covers
            if cover.state in states
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
        members = self.members(binding, rule, name)["member"].unique().to_list()
        by_party = np.zeros(self.graph.size, np.uint8)
        numbers = [self.graph.number.get(party_of_member(member), -1) for member in members]
        by_party[[number for number in numbers if number >= 0]] = TRUE
        return self.agree(by_party)

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


def party_of_member(member: str) -> str:
    """Return the party's id of a membership's member, ``state:CZ`` or ``party:orange``."""
    kind, _, value = member.partition(":")
    return f"state-{value.lower()}" if kind == "state" else value


def member_of_party(party: str) -> str:
    """Return how memberships call a party."""
    return f"state:{party.removeprefix('state-').upper()}" if party.startswith("state-") else f"party:{party}"
