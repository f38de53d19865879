"""A scenario cast on a graph: its words of states and parties become sets of ASes, and those become duties.

A named AS is never a member of the duty that names it. Both sides go through the same code, so that a scenario with its
sides exchanged gives the exchanged measures.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.internet.routing.measures import MARKS, Duty, Measures
from crossline.internet.scenarios.scenario import ScenarioError
from crossline.internet.scenarios.selecting import MEMBERS, Chosen, Ground
from crossline.text import plural
from crossline.world import resolve
from crossline.yamlform import hint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.measures import Action
    from crossline.internet.scenarios.scenario import Scenario, Selector
    from crossline.internet.scenarios.standing import Standing
    from crossline.world import World

Mask = npt.NDArray[np.bool_]
_PER_AS: Final = ("asn", "party", "state", "by", "rule", "cite", "why", "source")


@dataclass(frozen=True)
class Cast:
    """Who does what to whom on a graph.

    ``blocs``: masks (N,) of ``coalition`` (its members, without those named), ``named``, ``other`` (those who answer)
    and ``obliged`` (whom sanctions reach). ``named``: a row for each AS named: asn, party, state (by control where that
    is known), by which selector, rule, cite, why, source. ``members``: a row for each statement of membership: member,
    ases, claimed_by, status, since, source. ``unsure``: how many ASes may be named; ``unsure_by``: how many
    of them by what is not known.
    """

    title: str
    measures: Measures
    blocs: Mapping[str, Mask]
    named: pl.DataFrame
    members: pl.DataFrame
    unsure: int
    unsure_by: Mapping[str, int]
    coalition_states: tuple[str, ...]  # the codes that the coalition's words speak of
    other_states: tuple[str, ...]  # the states to which those named answer
    notes: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)  # the scenario and the parameters, as JSON
    sources: tuple[str, ...] = ()  # ids of the world's sources behind who is named and who is a member


def cast(  # noqa: PLR0913, PLR0917 - what a scenario is cast on
    scenario: Scenario, topology: Topology, standing: Standing, world: World, as_of: date,
    settings: Mapping[str, Mapping[str, Any]] | None = None, *, accept_stale: bool = False,
) -> Cast:  # fmt: skip
    """Work out who a scenario's words stand for, and what they do; raises ScenarioError, before anything takes long.

    ``settings``: regime → parameter → value, as ``--set`` gives them. Lists, memberships and rules are read at
    ``as_of``.
    """
    ground = Ground(topology, standing, world, as_of, settings or {}, accept_stale)
    return _Casting(scenario, ground).cast()


class _Casting:
    """One scenario being cast."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        self.scenario, self.ground = scenario, ground
        self.topology, self.standing, self.by = ground.topology, ground.standing, scenario.members_by
        self.nobody = np.zeros(ground.topology.size, np.bool_)
        self.removed = self.nobody
        self.duties: list[Duty] = []

    def cast(self) -> Cast:
        """Cast it."""
        scenario, ground = self.scenario, self.ground
        named = ground.choose(scenario.named, self.by, joining=False)
        joined = ground.choose(scenario.coalition, self.by, joining=True)
        removed = ground.choose(scenario.remove, self.by, joining=False)
        self.removed = removed.mask
        self._check_settings()
        if scenario.remove and not removed.mask.any():
            raise ScenarioError(f"{scenario.where('remove')}: it removes no network of the graph")
        coalition = joined.mask & ~named.mask
        action = scenario.action or ground.reach(scenario.named) or "depeer"
        states = self._answerable(named, joined)
        obliged, other = self.nobody, self.nobody
        if scenario.named or scenario.coalition:
            self._check_sides(named, joined, coalition)
            obliged = self._obliged(joined, coalition) & ~named.mask & ~coalition if scenario.sanctions else self.nobody
            why = "the coalition and those it obliges" if obliged.any() else "the coalition"
            self.duties.append(Duty(coalition | obliged, named.mask, action, why))
            other = self._answer(coalition, states, action)
        if scenario.copycat:
            self._copy(joined.states | states, action)
        self._check_marks()
        self._describe_reading(joined)
        blocs = {"coalition": coalition, "named": named.mask, "other": other, "obliged": obliged}
        unsure = self.nobody if named.unsure is None else named.unsure
        reasons = ground.judge.reasons(unsure) if unsure.any() else {}
        return Cast(
            title=scenario.title, measures=Measures(tuple(self.duties), removed.mask), blocs=blocs,
            named=self._listed(named), members=joined.members.cast(MEMBERS),
            unsure=int(unsure.sum()), unsure_by=reasons,
            coalition_states=tuple(sorted(joined.states)), other_states=tuple(sorted(states)),
            notes=tuple(dict.fromkeys(ground.notes)), asked=self._asked(action),
            sources=self._sources(named, joined),
        )  # fmt: skip

    # -- what has to hold --------------------------------------------------------------------------------------

    def _check_settings(self) -> None:
        """Refuse parameters of a regime that the scenario does not ask."""
        for name in self.ground.settings:
            if name not in self.ground.bindings:
                raise ScenarioError(
                    f"--set {name}.…: {name!r} is not a regime of this scenario{hint(name, self.ground.bindings)}"
                )

    def _check_sides(self, named: Chosen, joined: Chosen, coalition: Mask) -> None:
        scenario, size = self.scenario, self.topology.size
        if not joined.mask.any():
            raise ScenarioError(
                f"{self._whose('coalition', scenario.coalition)}: an empty coalition: none of its members "
                f"({_some(joined.members['member'].to_list())}) has one of the {size:,} networks of the graph"
                + self._unknown_states()
            )
        if not named.mask.any():
            unsure = int(named.unsure.sum()) if named.unsure is not None else 0
            may = f"; {unsure:,} may be, for all that is known" if unsure else ""
            notes = " ".join(note for note in self.ground.notes if "the list " in note and " not used under " in note)
            wider = [name for name, bound in self.ground.bindings.items() if "reading" in bound.regime.parameters]
            hints = (
                f" `--set {wider[0]}.reading=wide` asks who is controlled from the target." if wider and notes else ""
            )
            raise ScenarioError(
                f"{self._whose('named', scenario.named)}: it names nobody: none of the {size:,} networks of the graph "
                f"is certainly meant{may}" + (f". {notes}" if notes else "") + hints + self._unknown_states()
            )
        if not coalition.any():
            raise ScenarioError(
                f"{self._whose('coalition', scenario.coalition)}: all {int(joined.mask.sum()):,} networks of the "
                f"coalition are named themselves, and a named network is never a member"
            )

    def _whose(self, key: str, selectors: tuple[Selector, ...]) -> str:
        """Return where the selectors of a side stand: an option of the command line, or a key of the file."""
        places = {selector.where for selector in selectors}
        return places.pop() if len(places) == 1 else self.scenario.where(key)

    def _unknown_states(self) -> str:
        return "" if self.standing.country.is_not_null().any() else f". {self.standing.notes[-1]}"

    def _check_marks(self) -> None:
        filters = [duty for duty in self.duties if duty.action == "filter"]
        if len(filters) > MARKS:
            raise ScenarioError(
                f"{self.scenario.where('copycat')}: {len(filters)} sets of networks would be refused on routes, and a "
                f"route carries {MARKS} marks: one for the coalition, one for an answer that filters, one for each "
                f"copycat. Use fewer, or `action: depeer`, which needs none"
            )

    # -- the other side ----------------------------------------------------------------------------------------

    def _answerable(self, named: Chosen, joined: Chosen) -> frozenset[str]:
        """Return the states to which those named answer, but for the coalition's own.

        As the words say it (a regime's target, ``controlled_from``, ``owned_by``, ``registered``); else, for each AS,
        who controls its party, else where that is incorporated; where no party is known, where its number is.
        """
        states = set(named.states)
        if named.unstated is not None and named.unstated.any():
            stood = self.standing
            first = stood.controlled.zip_with(stood.controlled.is_not_null(), stood.incorporated)
            nobody = pl.Series(stood.number < 0)
            found = first.zip_with(~nobody, stood.country).filter(pl.Series(named.unstated))
            states |= set(found.drop_nulls().unique().to_list())
        return frozenset(states - joined.states)

    def _answer(self, coalition: Mask, states: frozenset[str], action: Action) -> Mask:
        """Return who answers, and add their duty."""
        answer = self.scenario.answer
        if answer is None:
            return self.nobody
        refused = coalition
        if answer.named is not None:
            refused = self.ground.choose(answer.named, self.by, joining=False).mask
            if not refused.any():
                raise ScenarioError(f"{self.scenario.where('answer')}: it names nobody on this graph")
        if answer.coalition is not None:
            answering = self.ground.choose(answer.coalition, self.by, joining=True).mask
        else:
            answering = self.standing.of_states(set(states), self.by)
            which = ", ".join(sorted(states)) or "no state that is known"
            self.ground.notes.append(f"Those named answer to {which}; networks there, taken by {self.by}, answer.")
        answering &= ~refused & ~coalition
        if not answering.any():
            raise ScenarioError(
                f"{self.scenario.where('answer')}: nobody answers: no network of the graph stands in "
                f"{', '.join(sorted(states)) or 'a state to which those named are known to answer'}"
            )
        self.duties.append(Duty(answering, refused, answer.action or action, "the answer"))
        return answering

    # -- sanctions and copycats --------------------------------------------------------------------------------

    def _obliged(self, joined: Chosen, coalition: Mask) -> Mask:
        """Return whom sanctions reach: parties controlled from the coalition, and its direct customers.

        A customer's other networks are reached with it, where its party is known.
        """
        holding, stood = self.standing.holding, self.standing
        held = np.zeros(holding.graph.size, np.bool_)
        for code in sorted(joined.states):
            held |= holding.controlled(code)
        if joined.parties:
            held |= holding.held(sorted(joined.parties))
        buyers = self.nobody.copy()
        buyers[self.topology.customer[coalition[self.topology.provider]]] = True
        buying = np.zeros(holding.graph.size, np.bool_)
        numbers = stood.number[buyers]
        buying[numbers[numbers >= 0]] = True
        return stood.of_parties(held) | buyers | stood.of_parties(buying)

    def _copy(self, taken: frozenset[str], action: Action) -> None:
        """Add the duties of the next states, each of which refuses the networks that the others own."""
        count, where = self.scenario.copycat, self.scenario.where("copycat")
        if count < 2:
            raise ScenarioError(f"{where}: copycats do the same to each other, so that it takes two at least")
        owner, dates = self._owners()
        order = (
            pl.DataFrame({"state": owner})
            .filter(~pl.Series(self.removed))
            .drop_nulls()
            .filter(~pl.col("state").is_in(sorted(taken)))
            .group_by("state")
            .len()
            .sort("len", "state", descending=[True, False])
        )
        if order.height < count:
            raise ScenarioError(
                f"{where}: {count} states are wanted, and as far as this world knows {order.height} beside the two "
                f"sides own networks of the graph{': ' + ', '.join(order['state']) if order.height else ''}"
            )
        states = order["state"].head(count).to_list()
        theirs = {code: self.standing.of_states({code}, self.by) for code in states}
        for code in states:
            owned = (owner == code).fill_null(value=False).to_numpy()
            others = np.logical_or.reduce([theirs[other] for other in states if other != code])
            why = f"copycats: the others of {', '.join(states)} refuse the networks that {code} owns"
            self.duties.append(Duty(others & ~owned, owned, action, why))
        told = ", ".join(f"{code} ({number:,})" for code, number in order.head(count).iter_rows())
        self.ground.notes.append(
            f"Copycats, by the networks of the graph that each owns: {told}, as stated on {dates}, whoever's number it "
            f"is said to be since."
        )

    def _owners(self) -> tuple[pl.Series, str]:
        """Return the state that owns each AS by the statement nearest to the graph's day, and the days of those."""
        holding, day = self.standing.holding, self.standing.day
        owners = pl.DataFrame({"party": holding.graph.ids, "state": holding.named(holding.owner)}).drop_nulls()
        stated = self.ground.world.table("identifier").filter(pl.col("type") == "asn").join(owners, on="party")
        place = self.topology.index(stated["value"].cast(pl.UInt32, strict=False).fill_null(0).to_numpy())
        here = stated.with_columns(key=pl.Series(place), date=pl.lit(day, pl.Date)).filter(pl.col("key") >= 0)
        found = resolve.nearest(resolve.spans(here), accept_stale=True)
        one = found.group_by("key").agg(pl.col("state").first(), n=pl.col("state").n_unique()).filter(pl.col("n") == 1)
        result = pl.Series([None], dtype=pl.String).new_from_index(0, self.topology.size)
        days = sorted(str(seen) for seen in found["seen"].drop_nulls().unique())
        if one.height:
            result = result.scatter(one["key"].to_numpy(), one["state"])
        return result, f"{days[0]} to {days[-1]}" if len(days) > 1 else "".join(days) or "no day that is told"

    # -- what is told ------------------------------------------------------------------------------------------

    def _describe_reading(self, joined: Chosen) -> None:
        """Say how many members stand in a state by registration because the reading asked for knows nothing of them."""
        if self.by == "registration" or not joined.states:
            return
        mask = self.standing.of_states(set(joined.states), self.by)
        own = self.standing.own(self.by).to_numpy()
        self.ground.notes.append(
            f"Members are taken by {self.by}, which is known of {int((mask & own).sum()):,} of "
            f"{plural(int(mask.sum()), 'network')} in the coalition's states; the others are taken by registration."
        )

    def _listed(self, named: Chosen) -> pl.DataFrame:
        """Return a row for each AS named."""
        place = named.frame["place"].to_numpy()
        state = self.standing.state("control")
        return named.frame.with_columns(
            asn=pl.Series(self.topology.asn[place], dtype=pl.UInt32),
            party=self.standing.party.gather(place), state=state.gather(place),
        ).select(_PER_AS)  # fmt: skip

    def _sources(self, *sides: Chosen) -> tuple[str, ...]:
        """Return the sources behind what is told of both sides, and of the rules that were asked."""
        told = {
            one for side in sides for text in side.frame["source"].drop_nulls().unique() for one in text.split(", ")
        }
        told |= {source for side in sides for source in side.members["source"].drop_nulls()}
        for binding in self.ground.bindings.values():
            told |= {rule.cite.source for rule in binding.regime.rules if rule.kind in ("session", "route")}
            told |= {cover.source for cover in binding.regime.covers}
        return tuple(sorted(told & set(self.ground.world.table("source")["id"])))

    def _asked(self, action: Action) -> dict[str, Any]:
        scenario = self.scenario
        answer: Any = "none"
        if scenario.answer is not None:
            sides = {"coalition": scenario.answer.coalition, "named": scenario.answer.named}
            given: dict[str, Any] = {
                key: [one.words for one in side] for key, side in sides.items() if side is not None
            }
            answer = (given | ({"action": scenario.answer.action} if scenario.answer.action else {})) or "mirror"
        return {
            "title": scenario.title,
            "named": [one.words for one in scenario.named],
            "coalition": [one.words for one in scenario.coalition],
            "members_by": scenario.members_by,
            "action": action,
            "answer": answer,
            "sanctions": scenario.sanctions,
            "copycat": scenario.copycat,
            "remove": [one.words for one in scenario.remove],
            "parameters": {
                name: {key: _json(value) for key, value in binding.parameters().items()}
                for name, binding in self.ground.bindings.items()
            },
        }


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _some(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return ", ".join(distinct[:8]) + (" and others" if len(distinct) > 8 else "") if distinct else "none"
