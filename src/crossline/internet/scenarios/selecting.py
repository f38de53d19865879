"""Who the words of a scenario stand for on a graph: each selector becomes a set of ASes, with who says so.

A list, and control from a state, are asked as a regime asks: by a rule that is made for the purpose, so that there is
one way to judge, and what is not known is counted and not taken for innocence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import regimes
from crossline.internet.scenarios import naming
from crossline.internet.scenarios.naming import FRAME, Judge, bound, codes_of
from crossline.internet.scenarios.scenario import ScenarioError, Selector
from crossline.regimes import model
from crossline.regimes.document import RegimeError
from crossline.text import plural
from crossline.yamlfile import YamlError
from crossline.yamlform import hint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from crossline.evaluate.binding import Binding
    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.measures import Action
    from crossline.internet.scenarios.standing import Reading, Standing
    from crossline.world import World

Mask = npt.NDArray[np.bool_]
MEMBERS: Final = pl.Schema(
    {
        "member": pl.String, "ases": pl.Int64, "claimed_by": pl.String, "status": pl.String, "since": pl.Date,
        "source": pl.String,
    }
)  # fmt: skip
_STATED: Final = "scenario"  # the source of what the scenario itself says


@dataclass(frozen=True)
class Chosen:
    """Some ASes: a mask (N,), and why.

    ``frame``: a row for each AS (:data:`.naming.FRAME`). ``members``: a row for each statement that
    somebody belongs. ``states``: the states that the words themselves speak of. ``unstated``: ASes whose states have to
    be looked up instead.
    """

    mask: Mask
    frame: pl.DataFrame
    members: pl.DataFrame
    states: frozenset[str] = frozenset()
    parties: frozenset[int] = frozenset()
    unsure: Mask | None = None
    unstated: Mask | None = None


@dataclass
class Ground:
    """A graph and a world on which selectors are looked up. Notes gather as they are."""

    topology: Topology
    standing: Standing
    world: World
    as_of: date
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accept_stale: bool = False
    notes: list[str] = field(default_factory=list)
    bindings: dict[str, Binding] = field(default_factory=dict)  # of the regimes asked, by id

    def choose(self, selectors: tuple[Selector, ...], by: Reading, *, joining: bool) -> Chosen:
        """Return the ASes of several selectors together; ``joining``: as members, so that a regime gives its coalition.

        Raises ScenarioError with the selector's place.
        """
        size = self.topology.size
        mask, unsure, unstated = (np.zeros(size, np.bool_) for _ in range(3))
        frames, members = [pl.DataFrame(schema=FRAME)], [pl.DataFrame(schema=MEMBERS)]
        states: set[str] = set()
        parties: set[int] = set()
        for selector in selectors:
            found = self._one(selector, by, joining=joining)
            frames.append(found.frame.filter(pl.Series(~mask[found.frame["place"].to_numpy()])))
            mask |= found.mask
            members.append(found.members)
            states |= found.states
            parties |= found.parties
            if found.unsure is not None:
                unsure |= found.unsure
            if found.unstated is not None:
                unstated |= found.unstated
            if not found.mask.any() and selector.kind != "asn":
                self.notes.append(f"{selector.where}: {selector.words} stands for no network of the graph.")
        return Chosen(
            mask, pl.concat(frames).sort("place"), pl.concat(members), frozenset(states), frozenset(parties),
            unsure & ~mask, unstated,
        )  # fmt: skip

    @property
    def judge(self) -> Judge:
        """What judges the ASes of the graph; made once for all scenarios that are cast on it."""
        key = ("judge", id(self.topology), id(self.world), self.as_of, self.accept_stale)
        if key not in self.standing.kept:
            made = Judge(self.topology, self.world, self.as_of, accept_stale=self.accept_stale)
            self.standing.kept[key] = made
        found: Judge = self.standing.kept[key]
        return found

    def reach(self, selectors: tuple[Selector, ...]) -> Action | None:
        """Return the means by which the first regime among selectors refuses, or None where there is none."""
        return next((naming.reach(self.bind(one)) for one in selectors if one.kind == "regime"), None)

    def bind(self, selector: Selector) -> Binding:
        """Return the regime of a selector, bound; raises ScenarioError."""
        name = selector.values[0]
        try:
            regime = self.standing.kept.get(("regime", name)) or regimes.load(name)
        except (RegimeError, YamlError, OSError) as error:
            known = hint(name, regimes.names()) if name not in regimes.names() and not Path(name).is_file() else ""
            raise ScenarioError(
                f"{selector.where}: {f'there is no regime {name!r}{known}' if known else error}"
            ) from None
        self.standing.kept["regime", name] = regime
        given = {**selector.set, **self.settings.get(regime.id, {})}
        binding = bound(regime, self.as_of, given, selector.where)
        self.bindings[regime.id] = binding
        return binding

    # -- one selector ------------------------------------------------------------------------------------------

    def _one(self, selector: Selector, by: Reading, *, joining: bool) -> Chosen:
        find: dict[str, Callable[[Selector, Reading], Chosen]] = {
            "state": self._state, "registered": self._state, "party": self._party, "asn": self._asn,
            "coalition": self._coalition, "regime": self._members if joining else self._named,
            "list": self._list, "controlled_from": self._answering, "owned_by": self._answering,
        }  # fmt: skip
        return find[selector.kind](selector, by)

    def _plain(self, selector: Selector, mask: Mask, members: pl.DataFrame, **more: Any) -> Chosen:  # noqa: ANN401 - fields of Chosen, as they are
        """Return ASes that are chosen by what the scenario itself says."""
        place = np.flatnonzero(mask)
        frame = pl.DataFrame({"place": place}).with_columns(
            by=pl.lit(selector.words), rule=pl.lit(None, pl.String), cite=pl.lit(None, pl.String),
            why=pl.lit(selector.words), source=pl.lit(_STATED),
        )  # fmt: skip
        return Chosen(mask, frame.cast(FRAME), members, **more)

    def _stated(self, names: list[str], counts: list[int]) -> pl.DataFrame:
        """Return members that the scenario itself names, and of how many ASes each is."""
        rows = [(n, count, None, None, None, _STATED) for n, count in zip(names, counts, strict=True)]
        return pl.DataFrame(rows, schema=MEMBERS, orient="row")

    def _state(self, selector: Selector, by: Reading) -> Chosen:
        reading: Reading = "registration" if selector.kind == "registered" else by
        masks = [self.standing.of_states({code}, reading) for code in selector.values]
        members = self._stated([f"state:{code}" for code in selector.values], [int(mask.sum()) for mask in masks])
        return self._plain(selector, np.logical_or.reduce(masks), members, states=frozenset(selector.values))

    def _party(self, selector: Selector, _by: Reading) -> Chosen:
        numbers = [self._number(name, selector.where) for name in selector.values]
        masks = []
        for number in numbers:
            group = np.zeros(self.standing.holding.graph.size, np.bool_)
            group[number] = True
            masks.append(
                self.standing.of_parties(self.standing.holding.held([number]) if selector.subsidiaries else group)
            )
        mask = np.logical_or.reduce(masks)
        members = self._stated([f"party:{name}" for name in selector.values], [int(own.sum()) for own in masks])
        return self._plain(selector, mask, members, parties=frozenset(numbers), unstated=mask)

    def _number(self, party: str, where: str) -> int:
        known = self.standing.holding.graph.number
        if party not in known:
            raise ScenarioError(f"{where}: {party!r} is no party of this world{hint(party, known)}")
        return known[party]

    def _asn(self, selector: Selector, _by: Reading) -> Chosen:
        place = self.topology.index(np.array([int(value) for value in selector.values], np.int64))
        absent = [value for value, there in zip(selector.values, place >= 0, strict=True) if not there]
        if len(absent) == len(selector.values):
            what = f"AS{absent[0]} stands nowhere"
            if len(absent) > 1:
                what = f"none of {len(absent):,} AS numbers stands anywhere"
            raise ScenarioError(f"{selector.where}: {what} in the graph, which has {self.topology.size:,} ASes")
        if absent:
            shown = ", ".join(f"AS{value}" for value in absent[:5]) + (" and others" if len(absent) > 5 else "")
            self.notes.append(
                f"{selector.where}: {len(absent):,} of {plural(len(selector.values), 'AS number')} stand nowhere in "
                f"the graph: {shown}."
            )
        mask = np.zeros(self.topology.size, np.bool_)
        mask[place[place >= 0]] = True
        names = [f"asn:{value}" for value, there in zip(selector.values, place >= 0, strict=True) if there]
        return self._plain(selector, mask, self._stated(names, [1] * len(names)), unstated=mask)

    # -- memberships -------------------------------------------------------------------------------------------

    def _coalition(self, selector: Selector, by: Reading) -> Chosen:
        name, table = selector.values[0], self.world.table("membership")
        known = table["coalition"].drop_nulls().unique().to_list()
        if name not in known:
            raise ScenarioError(f"{selector.where}: the world has no coalition {name!r}{hint(name, known)}")
        statuses = self._statuses(selector, table.filter(pl.col("coalition") == name)["status"], f"coalition {name}")
        return self._belonging(selector, self._memberships(name, statuses), by, {})

    def _statuses(self, selector: Selector, column: pl.Series, what: str) -> tuple[str, ...]:
        """Return the statuses that count; where there are several, somebody has to say which."""
        there = sorted(column.drop_nulls().unique().to_list())
        for status in selector.statuses:
            if status not in there:
                raise ScenarioError(
                    f"{selector.where}: nobody in the {what} has status {status!r}{hint(status, there)}"
                )
        if not selector.statuses and len(there) > 1:
            raise ScenarioError(
                f"{selector.where}: `statuses` is missing: which of those in the {what} count? "
                f"There are {', '.join(there)}"
            )
        return selector.statuses or tuple(there)

    def _memberships(self, coalition: str, statuses: tuple[str, ...]) -> pl.DataFrame:
        return self.world.table("membership").filter(
            (pl.col("coalition") == coalition)
            & pl.col("status").is_in(statuses)
            & (pl.col("since").is_null() | (pl.col("since") <= self.as_of))
            & (pl.col("until").is_null() | (pl.col("until") > self.as_of))
        )

    def _belonging(self, selector: Selector, rows: pl.DataFrame, by: Reading, covers: Mapping[str, set[str]]) -> Chosen:
        """Return the ASes of states and parties that belong to something, by rows of the table of memberships."""
        mask = np.zeros(self.topology.size, np.bool_)
        made, frames, states, parties = [], [pl.DataFrame(schema=FRAME)], set(), set()
        found: dict[str, Mask] = {}
        for row in rows.sort("member", "since", "status", nulls_last=True).iter_rows(named=True):
            member = str(row["member"])
            if member not in found:
                kind, _, value = member.partition(":")
                if kind == "state":
                    codes = covers.get(value, {value})
                    states |= codes
                    found[member] = self.standing.of_states(codes, by)
                else:
                    number = self.standing.holding.graph.number.get(value, -1)
                    parties |= {number} - {-1}
                    found[member] = self.standing.number == number if number >= 0 else np.zeros_like(mask)
                fresh = np.flatnonzero(found[member] & ~mask)
                why = f"{member} belongs to it ({row['status']}, says {row['claimed_by'] or 'nobody named'})"
                frames.append(
                    pl.DataFrame({"place": fresh}).with_columns(
                        by=pl.lit(selector.words), rule=pl.lit(None, pl.String), cite=pl.lit(None, pl.String),
                        why=pl.lit(why), source=pl.lit(row["source"], pl.String),
                    ).cast(FRAME)
                )  # fmt: skip
                mask |= found[member]
            said = (row["claimed_by"], row["status"], row["since"], row["source"])
            made.append((member, int(found[member].sum()), *said))
        members = pl.DataFrame(made, schema=MEMBERS, orient="row")
        return Chosen(mask, pl.concat(frames), members, frozenset(states), frozenset(parties))

    def _members(self, selector: Selector, by: Reading) -> Chosen:
        """Return a regime's coalition at its date: its home, and its members where that is its own home."""
        binding = self.bind(selector)
        regime, home = binding.regime, binding.home
        parts = []
        if home == regime.home:
            parts = [
                self._memberships(coalition.coalition, binding.statuses(coalition.statuses))
                for coalition in regime.coalitions.values()
            ]
        elif regime.coalitions:
            self.notes.append(
                f"{regime.id}: its memberships are those of the coalition of {regime.home}, and are not used under "
                f"home {home}, which stands alone; --coalition says who is with it."
            )
        rows = pl.concat([self.world.table("membership").clear(), *parts])
        if f"state:{home}" not in set(rows["member"]):
            alone = {"member": f"state:{home}", "status": "home", "claimed_by": regime.issuer, "source": regime.id}
            if home != regime.home:
                alone = {"member": f"state:{home}", "status": "home", "source": _STATED}
            rows = pl.concat([pl.DataFrame([alone]), rows], how="diagonal").select(rows.columns)
        codes = {m.removeprefix("state:") for m in rows["member"] if m.startswith("state:")}
        return self._belonging(selector, rows, by, {code: codes_of(binding, code) for code in codes})

    # -- whom rules name ---------------------------------------------------------------------------------------

    def _named(self, selector: Selector, _by: Reading) -> Chosen:
        """Return whom a regime's own rules name."""
        binding = self.bind(selector)
        key = (
            "naming", id(self.topology), id(self.world), self.as_of, self.accept_stale, binding.regime.path,
            tuple(sorted((name, str(value)) for name, value in binding.set.items())),
        )  # fmt: skip
        if key not in self.standing.kept:
            self.standing.kept[key] = naming.whom(self.judge, binding, selector.where)
        found: naming.Naming = self.standing.kept[key]
        self.notes += [note for note in found.notes if note not in self.notes]
        states = frozenset(codes_of(binding, binding.target)) if binding.target else frozenset()
        return Chosen(
            found.named, found.frame, pl.DataFrame(schema=MEMBERS), states, unsure=found.unsure,
            unstated=None if binding.target else found.named,
        )  # fmt: skip

    def _list(self, selector: Selector, _by: Reading) -> Chosen:
        """Return the ASes of whom a list of the world names."""
        name, table = selector.values[0], self.world.table("listing")
        known = table["list"].drop_nulls().unique().to_list()
        if name not in known:
            raise ScenarioError(f"{selector.where}: the world has no list {name!r}{hint(name, known)}")
        rows = table.filter(pl.col("list") == name)
        scopes = rows["scope"].drop_nulls().unique().to_list()
        for scope in selector.scopes:
            if scope not in scopes:
                raise ScenarioError(f"{selector.where}: no entry of {name} has scope {scope!r}{hint(scope, scopes)}")
        if selector.scopes:
            rows = rows.filter(pl.col("scope").is_in(selector.scopes))
        statuses = self._statuses(selector, rows["status"], f"list {name}")
        selection = {
            "list": name, "scope": list(selector.scopes), "statuses": list(statuses),
            "doctrine": "held", "subsidiaries": selector.subsidiaries,
        }  # fmt: skip
        return self._asked(selector, [("listed", 't.listed("asked")', {})], {"asked": selection})

    def _answering(self, selector: Selector, _by: Reading) -> Chosen:
        """Return the ASes of whom a state controls, or owns."""
        predicate = "controlled_from" if selector.kind == "controlled_from" else "owned_by_state"
        asked = [(f"from-{code.lower()}", f"t.{predicate}(target)", {"target": code}) for code in selector.values]
        return self._asked(selector, asked, {}, states=frozenset(selector.values))

    def _asked(
        self, selector: Selector, asked: list[tuple[str, str, dict[str, Any]]], lists: dict[str, Any],
        states: frozenset[str] = frozenset(),
    ) -> Chosen:  # fmt: skip
        """Ask a rule that is made for the purpose, of each AS as of a neighbour."""
        share = {
            "threshold_pct": selector.threshold_pct, "inclusive": False, "aggregate": True, "interest": "either",
            "indirect": "cascade",
        }  # fmt: skip
        document = {
            # Closures of control are kept by the regime's id.
            "id": f"asked-{len(self.standing.kept)}", "title": selector.words, "issuer": "", "legal": "", "home": "ZZ",
            "lists": lists, "controlled_by": "control", "state_owned_by": "held",
            "doctrines": {
                "held": share | {"also": ["direction"]}, "control": share | {"also": ["domicile", "seat", "direction"]},
            },
            "rules": [
                {
                    "id": name, "line": "carrier", "kind": "session", "title": selector.words, "effect": "aim",
                    "severity": "low", "cite": {"source": _STATED}, "defaults": defaults,
                    "violation": f"neighbour.exists(t, {expression})",
                }
                for name, expression, defaults in asked
            ],
        }  # fmt: skip
        key = ("asked", id(self.topology), id(self.world), self.as_of, self.accept_stale, selector.words)
        if key not in self.standing.kept:
            regime = model.regime(document, selector.where)
            binding = bound(regime, self.as_of, {}, selector.where)
            try:
                self.standing.kept[key] = self.judge.judge(binding, regime.rules, selector.words)
            except RegimeError as error:
                raise ScenarioError(f"{selector.where}: {error}") from None
        found: naming.Naming = self.standing.kept[key]
        frame = found.frame.with_columns(rule=pl.lit(None, pl.String), cite=pl.lit(None, pl.String))
        names, of = found.frame["place"].to_numpy(), self.standing.party
        counted = pl.DataFrame({"member": "party:" + of.gather(names).fill_null("?")}).group_by("member").len("ases")
        members = counted.sort("member").with_columns(
            pl.col("ases").cast(pl.Int64), claimed_by=pl.lit(None, pl.String), status=pl.lit(None, pl.String),
            since=pl.lit(None, pl.Date), source=pl.lit(_STATED),
        ).select(MEMBERS.names())  # fmt: skip
        parties = frozenset(int(n) for n in np.unique(self.standing.number[found.named]) if n >= 0)
        unstated = None if states else found.named
        return Chosen(found.named, frame, members, states, parties, found.unsure, unstated)
