"""Run a scenario on a graph: routes before and after, under each reading, and all that is counted on them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.internet import room, sides
from crossline.internet.graph.topology import TopologyError
from crossline.internet.groups import COALITION, NEITHER, OTHER_SIDE, UNKNOWN_STATE, Groups, group
from crossline.internet.routing import pairs, readiness, ties, transit, untouched
from crossline.internet.routing.forwarding import NO_HOP
from crossline.internet.routing.measures import enact
from crossline.internet.routing.transit import GroupTransit
from crossline.internet.scenarios.casting import cast
from crossline.internet.scenarios.standing import standing
from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.crossings import Crossings
    from crossline.internet.routing.measures import Enacted
    from crossline.internet.routing.pairs import PairTables
    from crossline.internet.routing.rows import Preference
    from crossline.internet.scenarios.casting import Cast
    from crossline.internet.scenarios.scenario import Scenario
    from crossline.internet.scenarios.standing import Reading, Standing
    from crossline.internet.sides import Joining, Within
    from crossline.world import World

    Say = Callable[[str, float], None]

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
READINGS: Final[tuple[Reading, ...]] = ("registration", "control")
_EXPOSED: Final = 8
# Transit is weighed for so many states at once, beside that of the networks of which none is known.
_STATES: Final = 254


@dataclass(frozen=True)
class Question:
    """What is asked. ``users``: people behind each AS, (N,), where somebody stated them.

    ``parameters``: what else was asked, for the report, as JSON.
    """

    topology: Topology
    world: World
    scenario: Scenario
    as_of: date
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accept_stale: bool = False
    prefer: Preference = "lowest"
    ranges: bool = True
    transit: bool = True
    ensemble: int = 0
    users: Floats | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Weighting:
    """What each AS weighs, (N,): a pair of ASes weighs the product."""

    id: str
    weight: Floats


@dataclass(frozen=True)
class Asked:
    """The question under one reading: the graph, who does what on it, and which of equal next hops is taken."""

    title: str
    topology: Topology
    cast: Cast
    prefer: Preference


@dataclass(frozen=True)
class Variant:
    """What the question comes to under one reading."""

    title: str
    tables: PairTables
    groups: Groups
    line: tuple[Crossings, Crossings] | None
    within: Within | None


@dataclass(frozen=True)
class Carried:
    """Transit before and after: by AS, (N,), and by state in each reading."""

    ases: tuple[Floats, Floats]
    states: Mapping[Reading, tuple[tuple[str, ...], GroupTransit, GroupTransit]]


@dataclass(frozen=True)
class Outcome:
    """Everything that was computed; :mod:`..telling.impact` turns it into an Impact.

    ``lots``: of ties broken by lot, the least, the middle and the greatest of each figure; by the figure's id.
    """

    question: Question
    standing: Standing
    cast: Cast
    weightings: tuple[Weighting, ...]
    enacted: Enacted
    main: Variant
    variants: tuple[Variant, ...]
    carried: Carried | None
    exposure: tuple[tuple[str, ...], ties.Exposure] | None
    joining: Joining | None
    lots: Mapping[str, tuple[float, float, float]]


def run(question: Question, say: Say | None = None) -> Outcome:
    """Answer a question; ``say`` is told what is being done and how much of it.

    Raises TopologyError or ScenarioError with a message for the user, before anything takes long.
    """
    say = say or (lambda _what, _part: None)
    say("placing networks under states and parties", 0.0)
    topology = question.topology
    stood = standing(question.world, topology, question.as_of, accept_stale=question.accept_stale)
    main = Asked("as asked", topology, _cast(question, question.scenario, stood), question.prefer)
    others = _readings(question, stood, main.cast) if question.ranges else []
    running = _Running(question, stood, main, say)
    running.make_room()
    joining = sides.joining(topology, question.world, stood, main.cast, question.scenario.members_by, say)
    line = sides.line(topology, main.cast, say)
    found = running.variant(main, line, joining.within if joining else None)
    return Outcome(
        question=question,
        standing=stood,
        cast=main.cast,
        weightings=running.weightings,
        enacted=running.enacted,
        main=found,
        variants=tuple(running.other(asked, found) for asked in others),
        carried=running.carried() if question.transit else None,
        exposure=running.exposed() if question.transit and question.ranges else None,
        joining=joining,
        lots=running.lots() if question.ensemble else {},
    )


def _cast(question: Question, scenario: Scenario, stood: Standing) -> Cast:
    return cast(
        scenario, question.topology, stood, question.world, question.as_of, question.settings,
        accept_stale=question.accept_stale,
    )  # fmt: skip


def _readings(question: Question, stood: Standing, chosen: Cast) -> list[Asked]:
    """Return each other reading of the question that can make a difference."""
    topology = question.topology
    found = [
        Asked(f"ties broken by the {way} AS number", topology, chosen, way)
        for way in ("highest", "lowest")
        if way != question.prefer and (way == "highest" or question.prefer != "lowest")
    ]
    if topology.transit_doubtful.any() or topology.peer_doubtful.any():
        seen = topology.without_doubtful()
        found.append(Asked("without links that no table of routes shows", seen, chosen, question.prefer))
    other_by: Reading = "registration" if question.scenario.members_by == "control" else "control"
    try:
        recast = _cast(question, replace(question.scenario, members_by=other_by), stood)
    except Mistake:
        # Under that reading there is nobody to refuse anybody; the note on what is known of control says why.
        return found
    if not _same(recast, chosen):
        found.append(Asked(f"members taken by {other_by}", topology, recast, question.prefer))
    return found


def _same(a: Cast, b: Cast) -> bool:
    """Return whether two casts do the same."""
    one, two = a.measures, b.measures
    return (
        len(one.duties) == len(two.duties)
        and bool((one.removed == two.removed).all())
        and all(
            (x.members == y.members).all() and (x.named == y.named).all()
            for x, y in zip(one.duties, two.duties, strict=True)
        )
    )


class _Running:
    """A question being answered, reading by reading."""

    def __init__(self, question: Question, stood: Standing, main: Asked, say: Say) -> None:
        self.question, self.stood, self.say = question, stood, say
        self.weightings = _weightings(question, stood)
        self.measures = main.cast.measures
        self.groups = self._grouped(main.cast)
        self.enacted = enact(main.topology, main.cast.measures, self.groups.number, main.prefer)

    def make_room(self) -> None:
        """Refuse what needs more memory than there is, before anything takes long."""
        rows, question = self.enacted.before, self.question
        if question.transit and rows.transit >= NO_HOP:
            raise TopologyError(
                f"{rows.transit:,} ASes have customers, and transit is weighed for {NO_HOP - 1:,} at most: "
                "--without-transit does without"
            )
        room.make(pairs.memory(self.enacted, len(self.weightings), self.groups.size), "counting all pairs")
        room.make(untouched.memory(rows, self.groups.size), "looking for untouched paths")
        if question.transit:
            _, numbers = self._folded()
            wanted = transit.memory_bytes(rows, numbers, paired=True)
            room.make(wanted, "weighing transit", "--without-transit does without")
            if question.ranges:
                room.make(ties.memory(rows), "bounding ties", "--without-transit or --no-ranges does without")

    def variant(self, asked: Asked, line: tuple[Crossings, Crossings] | None, within: Within | None) -> Variant:
        """Count all pairs under a reading; crossings and untouched reach were counted before."""
        grouped, enacted = self.groups, self.enacted
        if asked.title != "as asked":
            grouped = self._grouped(asked.cast)
            enacted = enact(asked.topology, asked.cast.measures, grouped.number, asked.prefer)
        self.say(f"{readiness.begun(readiness.PAIRS)}: {asked.title}", 0.0)

        def say(_what: str, part: float) -> None:
            if part > 0:
                self.say(f"{readiness.PAIRS}: {asked.title}", part)

        weights = np.stack([weighting.weight for weighting in self.weightings])
        return Variant(asked.title, pairs.measure(enacted, weights, grouped.size, say=say), grouped, line, within)

    def other(self, asked: Asked, main: Variant) -> Variant:
        """Answer under another reading. How ties are broken is nothing to crossings and untouched reach."""
        if asked.prefer != self.question.prefer:
            return self.variant(asked, main.line, main.within)
        line = sides.line(asked.topology, asked.cast, self.say)
        return self.variant(asked, line, sides.within(asked.topology, asked.cast, self.say))

    def carried(self) -> Carried:
        """Weigh transit before and after."""
        labels, numbers = self._folded()
        self.say(readiness.begun("weighing transit"), 0.0)
        found = transit.compare(self.enacted, np.ones(self.question.topology.size), numbers, say=self.say)

        def only(carried: GroupTransit, size: int) -> GroupTransit:
            return GroupTransit(carried.through[:size, :size], None, carried.foreign[:size])

        states = {
            reading: (
                labels[place],
                only(found.before.by_group[place], len(labels[place])),
                only(found.after.by_group[place], len(labels[place])),
            )
            for place, reading in enumerate(READINGS)
        }
        return Carried((found.before.by_as, found.after.by_as), states)

    def exposed(self) -> tuple[tuple[str, ...], ties.Exposure] | None:
        """Bound, over all ways to break ties, how many pairs of others cross each state of the most networks."""
        state = self.stood.state("registration")
        most = (
            pl.DataFrame({"state": state}).drop_nulls().group_by("state").len()
            .sort("len", "state", descending=[True, False]).head(_EXPOSED)["state"].to_list()
        )  # fmt: skip
        if not most:
            return None
        self.say(readiness.begun("bounding ties"), 0.0)
        sets = np.stack([(state == code).fill_null(value=False).to_numpy() for code in most])
        return tuple(most), ties.exposure(self.enacted.before, sets, np.ones(len(state)), say=self.say)

    def lots(self) -> Mapping[str, tuple[float, float, float]]:
        """Break ties by lot, as often as asked, and return the low, middle and high of what is lost and added."""
        drawn: dict[str, list[float]] = {"pairs-lost": [], "length-added": []}
        weight = np.ones((1, self.question.topology.size))
        for seed in range(self.question.ensemble):
            made = self._lot(weight, seed)
            left = float(made.after_reached[0].sum())
            drawn["pairs-lost"].append(float(made.lost[0].sum()))
            drawn["length-added"].append(float(made.added[0].sum()) / left if left else 0.0)
        return {name: (min(v), float(np.median(v)), max(v)) for name, v in drawn.items()}

    def _lot(self, weight: Floats, seed: int) -> PairTables:
        title = f"{readiness.PAIRS}: ties broken by lot, {seed + 1} of {self.question.ensemble}"
        enacted = enact(self.question.topology, self.measures, self.groups.number, seed)
        return pairs.measure(enacted, weight, self.groups.size, say=lambda _what, part: self.say(title, part))

    def _grouped(self, chosen: Cast) -> Groups:
        """Group ASes by state in each reading, and by side: those who refuse, who are named or answer, and the rest."""
        side = np.full(self.question.topology.size, NEITHER, object)
        side[chosen.blocs["coalition"]] = COALITION
        side[chosen.blocs["named"] | chosen.blocs["other"]] = OTHER_SIDE
        columns = [self.stood.state(reading).rename(reading) for reading in READINGS]
        return group([*columns, pl.Series("side", side.tolist(), pl.String)])

    def _folded(self) -> tuple[list[tuple[str, ...]], list[Numbers]]:
        """Return the states in each reading and which of them each AS is of; 0 is that of those not known."""
        labels, numbers = [], []
        for reading in READINGS:
            count = np.bincount(self.groups.number, minlength=self.groups.size)
            sized = (
                pl.DataFrame({"state": self.groups.frame[reading], "count": count}).drop_nulls()
                .group_by("state").agg(pl.col("count").sum())
                .sort("count", "state", descending=[True, False]).head(_STATES)
            )  # fmt: skip
            known = sorted(sized["state"].to_list())
            place = {state: number for number, state in enumerate(known, 1)}
            of = np.array([place.get(state or "", 0) for state in self.groups.frame[reading]], np.int64)
            labels.append((UNKNOWN_STATE, *known))
            numbers.append(of[self.groups.number])
        return labels, numbers


def _weightings(question: Question, stood: Standing) -> tuple[Weighting, ...]:
    found = [Weighting("ases", np.ones(question.topology.size))]
    if stood.blocks.sum() > 0:
        found.append(Weighting("addresses", stood.blocks))
    if question.users is not None:
        found.append(Weighting("users", question.users))
    return tuple(found)
