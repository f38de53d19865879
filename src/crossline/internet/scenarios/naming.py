"""Whom a regime names: every AS of a graph is judged by the regime's own rules, as a neighbour of home would be.

For each AS there is a made-up session of one of our routers in the regime's home with it; and, where the regime asks
about whatever stands on a way (``reach`` is ``indirect``), a made-up route in use on which it stands. A violation means
that the regime names it, compliance that it does not, and an unknown that it may. No list, state or party stands in
this file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import estate
from crossline.evaluate import Session
from crossline.evaluate.binding import Binding, We, parse_setting, words
from crossline.evaluate.judge import UNDECIDED, VIOLATION
from crossline.evaluate.trace import OWN, Tracer
from crossline.internet.scenarios.scenario import ScenarioError
from crossline.regimes.document import RegimeError
from crossline.tables import Batch, extent_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from crossline.evaluate.judge import Judgement
    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.measures import Action
    from crossline.regimes.model import Regime, Rule
    from crossline.world import World
    from crossline.world.chains import Step

Mask = npt.NDArray[np.bool_]
FRAME: Final = pl.Schema(
    {"place": pl.Int64, "by": pl.String, "rule": pl.String, "cite": pl.String, "why": pl.String, "source": pl.String}
)
_KINDS: Final = ("session", "route")
_REACH: Final = "reach"
_INDIRECT: Final = "indirect"
_ROLES: Final[dict[str, tuple[str, ...]]] = {"session": ("neighbour",), "route": ("neighbour", "transit", "origin")}


@dataclass(frozen=True)
class Naming:
    """Whom a regime names. Masks are (N,), over the ASes of the graph."""

    named: Mask
    unsure: Mask  # ASes that it may name: something about them is not known
    frame: pl.DataFrame  # FRAME: a row for each AS named, with the first rule that does
    notes: tuple[str, ...]


class Judge:
    """The ASes of one graph as assets, judged by any number of regimes: the world is asked about them once."""

    def __init__(self, topology: Topology, world: World, as_of: date, *, accept_stale: bool = False) -> None:
        self.topology, self.world, self.as_of, self.accept_stale = topology, world, as_of, accept_stale
        self._sessions: dict[str, Session] = {}

    def judge(self, binding: Binding, rules: tuple[Rule, ...], by: str) -> Naming:
        """Judge all ASes by some rules of a regime, of one kind or the other; raises RegimeError."""
        size = self.topology.size
        named, unsure = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        parts = [pl.DataFrame(schema=FRAME)]
        for kind in _KINDS:
            asked = tuple(rule for rule in rules if rule.kind == kind)
            if not asked:
                continue
            alone = replace(binding, regime=replace(binding.regime, rules=asked))
            for judgement in self._session(kind, alone).judge([alone]):
                found = judgement.verdict == VIOLATION
                fresh = np.flatnonzero(found & ~named)
                if len(fresh):
                    parts.append(self._evidence(judgement, fresh, by))
                named |= found
                unsure |= judgement.verdict == UNDECIDED
        return Naming(named, unsure & ~named, pl.concat(parts).sort("place"), ())

    def _session(self, kind: str, binding: Binding) -> Session:
        if kind not in self._sessions:
            made = estate.assemble([("", self._batch(kind))], self.topology.edition or self.as_of)
            self._sessions[kind] = Session(made, self.world, binding, accept_stale=self.accept_stale)
        return self._sessions[kind]

    def _batch(self, kind: str) -> Batch:
        """Make an asset for each AS, whose ties all lead to it."""
        size, roles = self.topology.size, _ROLES[kind]
        number = pl.Series(self.topology.asn, dtype=pl.UInt32).cast(pl.String)
        bundle = np.arange(size, dtype=np.uint32)
        assets = pl.DataFrame(
            {"asset": "AS" + number, "bundle": bundle, "vantage": pl.Series(["ours"]).new_from_index(0, size)}
        ).with_columns(observed_at=pl.lit(self.topology.edition or self.as_of, pl.Date))
        if kind == "route":
            assets = assets.with_columns(selected=pl.lit(value=True))
        ties = pl.DataFrame(
            {
                "bundle": np.repeat(bundle, len(roles)), "role": pl.Series(roles * size, dtype=pl.String),
                "identifier": np.repeat(bundle, len(roles)),
                "seq": np.tile(np.arange(len(roles), dtype=np.uint32), size),
            }
        )  # fmt: skip
        identifiers = pl.DataFrame({"value": number}).select(type=pl.lit("asn"), value="value")
        return Batch(kind, assets, identifiers, ties, extent_rows([(None, role, "all", None) for role in roles]))

    def _evidence(self, judgement: Judgement, places: npt.NDArray[np.int64], by: str) -> pl.DataFrame:
        """Tell why each AS is named; what is said of a party is worked out once for all of its numbers."""
        tracer, rule = Tracer(judgement, brief=True), judgement.compiled.rule
        evaluator = tracer.evaluator
        resolution = evaluator.answers.resolution
        told: dict[int, list[Step]] = {}
        rows = []
        for place in places.tolist():
            key = int(evaluator.keys[self._tie(judgement, place)])
            parties = resolution.parties(key)
            whose = tracer.reasons.identity(key)
            steps = told.get(int(parties[0])) if len(parties) == 1 else None
            if steps is None:
                steps = [step for step in tracer.explain(place).steps if step.source != OWN and step not in whose]
                if len(parties) == 1:
                    told[int(parties[0])] = steps
            every = [*whose, *steps]
            sources = dict.fromkeys(step.source for step in every if step.source)
            rows.append((place, by, rule.id, words(rule.cite), "; ".join(s.told for s in every), ", ".join(sources)))
        return pl.DataFrame(rows, schema=FRAME, orient="row")

    def _tie(self, judgement: Judgement, place: int) -> int:
        """Return a tie of the asset at a place: they all lead to its AS."""
        kind = judgement.compiled.rule.kind
        holdings = self._sessions[kind].estate.holdings[kind]
        return int(self._sessions[kind].estate.ties.start[holdings.first + place])

    def reasons(self, unsure: Mask) -> dict[str, int]:
        """Say of ASes that may be named what is not known of them: how many, by how far their numbers lead."""
        if not unsure.any():
            return {}
        resolution = next(iter(self._sessions.values())).answers.resolution
        count = np.diff(resolution.start)
        nameless = np.zeros(len(count), np.bool_)
        nameless[list(resolution.nameless)] = True
        sorts = {
            "whose number it is, is stated for another time only": resolution.stale,
            "a number of a range that anybody may use": nameless,
            "whose number it is, is not known": count == 0,
            "the number leads to several parties": count > 1,
            "who controls its holder is not known to the end": count == 1,
        }
        left, found = unsure.copy(), {}
        for reason, sort in sorts.items():
            if (left & sort).any():
                found[reason] = int((left & sort).sum())
            left &= ~sort
        return found


def bound(regime: Regime, as_of: date, settings: Mapping[str, Any], where: str) -> Binding:
    """Bind a regime to a date and to parameters, as one whom nobody told who we are: in its home.

    Raises ScenarioError.
    """
    try:
        values = {name: parse_setting(regime, name, value) for name, value in settings.items()}
    except RegimeError as error:
        raise ScenarioError(f"{where}: {error}") from None
    return Binding(regime, as_of, We(), values)


def reach(binding: Binding) -> Action:
    """Return by which means a regime refuses: its parameter ``reach``, or failing that what its rules speak of."""
    value = binding.parameters().get(_REACH)
    if value is None:
        return "depeer" if any(rule.kind == "session" for rule in binding.regime.rules) else "filter"
    return "filter" if value == _INDIRECT else "depeer"


def whom(judge: Judge, binding: Binding, where: str) -> Naming:
    """Return whom a regime names at its date; raises ScenarioError where its rules say nothing of networks."""
    regime, by = binding.regime, f"regime {binding.regime.id}"
    rules = [rule for rule in regime.rules if rule.kind in _KINDS and rule.decidable != "never"]
    if not rules:
        kinds = sorted({rule.kind for rule in regime.rules})
        raise ScenarioError(
            f"{where}: {regime.id} has no rule on sessions or routes, so it names no network; its rules are about "
            f"{', '.join(kinds)}. A scenario file can say who is named: `named: [{{list: …}}]` (docs/scenario-file.md)"
        )
    force = [rule for rule in rules if binding.in_force(rule)]
    if not force:
        days = ", ".join(_span(rule, regime) for rule in rules)
        raise ScenarioError(f"{where}: no rule of {regime.id} on networks is in force on {judge.as_of}: {days}")
    sessions = tuple(rule for rule in force if rule.kind == "session")
    routes = tuple(rule for rule in force if rule.kind == "route")
    asked = (*sessions, *routes) if reach(binding) == "filter" or not sessions else sessions
    try:
        found = judge.judge(binding, asked, by)
    except RegimeError as error:
        raise ScenarioError(f"{where}: {error}") from None
    return replace(found, notes=tuple(_unused(binding)))


def _span(rule: Rule, regime: Regime) -> str:
    since, until = rule.since or regime.since, rule.until or regime.until
    return f"{rule.id} from {since or 'ever'}" + (f" to {until}" if until else "")


def _unused(binding: Binding) -> Iterator[str]:
    """Say which of the lists that rules on networks ask about are left out under the home and target asked for."""
    asked = " ".join(str(rule.violation) for rule in binding.regime.rules if rule.kind in _KINDS)
    for selection in binding.regime.lists.values():
        why = binding.unused(selection)
        if why and f'"{selection.name}"' in asked:
            yield f"{binding.regime.id}: {why}."


def codes_of(binding: Binding, state: str) -> set[str]:
    """Return the codes that a state covers in a regime at its date, its own among them."""
    return {state} | {
        cover.code
        for cover in binding.regime.covers
        if cover.state == state
        and (cover.since is None or cover.since <= binding.as_of)
        and (cover.until is None or cover.until > binding.as_of)
    }
