"""From files and options to an answer: what the command line and the public verb both do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crossline import regimes as known
from crossline.internet import simulation, users
from crossline.internet.graph import asrel
from crossline.internet.scenarios import scenario
from crossline.internet.scenarios.scenario import Answer, Scenario, ScenarioError, coalition_of
from crossline.internet.telling.impact import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from crossline.impact import Impact
    from crossline.internet.routing.measures import Action
    from crossline.internet.routing.rows import Preference
    from crossline.internet.scenarios.standing import Reading
    from crossline.world import World

    Say = Callable[[str, float], None]


@dataclass(frozen=True)
class Changes:
    """What is laid over a scenario, in the words of the command line; None and false leave it as it is.

    ``coalition`` and ``remove``: states, party ids and AS numbers, with commas between.
    """

    coalition: str | None = None
    action: Action | None = None
    mirror: bool = False
    sanctions: bool = False
    copycat: int | None = None
    remove: str | None = None
    members_by: Reading | None = None

    @property
    def words(self) -> str:
        """Return what a person would have written on the command line for it; "" where nothing is changed."""
        given = {name.replace("_", "-"): v for name, v in vars(self).items() if v is not None and v is not False}
        return " ".join(f"--{name}" if value is True else f"--{name} {value}" for name, value in given.items())


def simulate(  # noqa: PLR0913 - all but the first two are asked by name
    as_of: date,
    world: World,
    *,
    topology: Path | None = None,
    scenario_file: Path | None = None,
    regime: str | None = None,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    changes: Changes | None = None,
    accept_stale: bool = False,
    users_file: Path | None = None,
    tie: Preference = "lowest",
    ensemble: int = 0,
    ranges: bool = True,
    transit: bool = True,
    without_doubtful: bool = False,
    without_cycles: bool = False,
    say: Say | None = None,
) -> Impact:
    """Route between all networks before and after what a scenario file, or a regime, asks for.

    Without both it is the first of the regimes that are asked by default, but if ``changes`` do no more than to remove
    networks. Raises ValueError with a message for the user, OSError
    for a file that cannot be opened.
    """
    if scenario_file and regime:
        raise ScenarioError("a scenario file takes the place of a regime: give one of the two")
    changes = changes or Changes()
    # What a person wrote is read before what takes long, so that a mistake in it is told at once.
    asked = _changed(_scenario(scenario_file, regime, changes), changes)
    if say:
        say("reading the graph", 0.0)
    read = asrel.chosen(
        topology, lambda: world, as_of, say, drop_cycles=without_cycles, without_doubtful=without_doubtful
    )
    weights, notes = users.read(users_file, read) if users_file else (None, [])
    parameters: dict[str, Any] = {
        "changed": changes.words or None, "scenario": scenario_file.name if scenario_file else None,
        "world": world.path.name if world.path else None, "users": users_file.name if users_file else None,
        "tie": tie, "ensemble": ensemble,
        "ranges": ranges, "transit": transit, "without_doubtful": without_doubtful, "without_cycles": without_cycles,
        "accept_stale": accept_stale,
    }  # fmt: skip
    question = simulation.Question(
        topology=read, world=world, scenario=asked, as_of=as_of, settings=settings or {}, accept_stale=accept_stale,
        prefer=tie, ranges=ranges, transit=transit, ensemble=ensemble, users=weights, parameters=parameters,
    )  # fmt: skip
    return tell(simulation.run(question, say), notes)


def _scenario(scenario_file: Path | None, regime: str | None, changes: Changes) -> Scenario:
    """Return what changes are laid over."""
    if scenario_file:
        return scenario.load(scenario_file)
    if regime is None and changes.remove and not (changes.coalition or changes.action or changes.copycat):
        # Whoever only takes networks out asks for nothing else.
        return Scenario(f"Without the networks of {changes.remove}", path="--remove")
    return scenario.of_regime(regime or known.DEFAULT[0])


def _changed(asked: Scenario, changes: Changes) -> Scenario:
    """Lay what the command line says over a scenario; what it leaves out stays."""
    bare = not (asked.named or asked.coalition)
    for option, given in (("--mirror", changes.mirror), ("--sanctions", changes.sanctions)):
        if given and bare:
            raise ScenarioError(f"{option}: the scenario has no coalition that it could follow")
    if changes.coalition is not None:
        if bare:
            raise ScenarioError("--coalition: the scenario names nobody whom a coalition could refuse")
        asked = asked.with_coalition(changes.coalition)
    said = {name: getattr(changes, name) for name in ("action", "copycat", "members_by")}
    options = {"remove": changes.remove, "copycat": changes.copycat, "answer": changes.mirror or None}
    return replace(
        asked,
        # Messages about what an option says name the option.
        places={
            **asked.places,
            **{key: "--mirror" if key == "answer" else f"--{key}" for key, v in options.items() if v is not None},
        },
        # What a file or a regime calls itself may be wrong about what has been laid over it.
        title=f"{asked.title}, changed" if changes.words and asked.path != "--remove" else asked.title,
        answer=Answer() if changes.mirror else asked.answer,
        sanctions=asked.sanctions or changes.sanctions,
        remove=coalition_of(changes.remove, "--remove") if changes.remove is not None else asked.remove,
        **{name: value for name, value in said.items() if value is not None},
    )
