"""From files and options to an answer: what the command line and the public verb both do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline import regimes as known
from crossline.cables import editions, judging, land, network, removing
from crossline.cables.measuring import Standing, ways
from crossline.cables.network import CableMap, CablesError
from crossline.cables.outcome import Edition, Outcome
from crossline.cables.telling.impact import tell
from crossline.evaluate import Session
from crossline.evaluate.binding import bind
from crossline.evaluate.mirroring import mirrored
from crossline.gather import gather
from crossline.kleene import FALSE, TRUE, UNKNOWN
from crossline.text import plural
from crossline.world.suppose import lay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crossline.estate import Estate
    from crossline.estate_file import EstateFile
    from crossline.evaluate.binding import Binding
    from crossline.evaluate.judge import Judgement
    from crossline.impact import Impact
    from crossline.kleene import Codes
    from crossline.world import World
    from crossline.world.suppose import Supposed

    Say = Callable[[str, float], None]


_SUPPOSED: Final = 3  # statements that are told over everything; all stand in what was asked


@dataclass(frozen=True)
class Without:
    """What is taken out by name, each a list of texts that may have commas in them."""

    cables: Sequence[str] = ()
    suppliers: Sequence[str] = ()
    owners: Sequence[str] = ()
    landings: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Return whether anything was named."""
        return any((self.cables, self.suppliers, self.owners, self.landings))


@dataclass(frozen=True)
class _Read:
    estate: Estate
    who: EstateFile | None
    charted: CableMap


def simulate(  # noqa: PLR0913 - all but the first two are asked by name
    as_of: date,
    world: World,
    *,
    maps: Sequence[Path],
    regime: str | None = None,
    rules: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, str]] | None = None,
    mirror: bool = False,
    without: Without | None = None,
    before: Path | None = None,
    land_borders: bool = False,
    with_planned: bool = False,
    accept_stale: bool = False,
    suppose: Path | None = None,
    say: Say | None = None,
) -> Impact:
    """Count paths between all states before and after some cables go, or in two editions of a map.

    ``suppose`` is a YAML file of statements that are laid over the world, of which the answer then warns.
    Without a regime and without anything named it is the first of the regimes that are asked by default. Raises
    ValueError with a message for the user, OSError for a file that cannot be opened.
    """
    without = without or Without()
    if before is not None and (regime or rules or mirror or without):
        raise CablesError("two editions of a map are compared as they are: leave out what is to be taken out")
    tell_of = say or (lambda _what, _part: None)
    wanted = before is None and bool(regime or rules or mirror or not without)
    # What a person wrote is read before what takes long, so that a mistake in it is told at once.
    supposed = lay(world, suppose) if suppose else None
    world = supposed.world if supposed else world
    loaded = known.load(regime or known.DEFAULT[0])
    chosen = judging.chosen(loaded, rules) if wanted else loaded
    first = bind([chosen], as_of, None, settings or {})[0]
    if mirror:
        mirrored(first)
    parameters: dict[str, Any] = {
        "map": [path.name or str(path) for path in maps], "before": before.name if before else None,
        "rules": [rule.id for rule in chosen.rules] if wanted else [], "mirror": mirror,
        "without": list(without.cables), "without_supplier": list(without.suppliers),
        "without_owner": list(without.owners), "without_landing": list(without.landings),
        "land_borders": land_borders, "with_planned": with_planned, "accept_stale": accept_stale,
        "world": world.path.name if world.path else None,
    }  # fmt: skip
    if supposed:
        parameters["supposed"] = list(supposed.statements)

    def opened(paths: Sequence[Path], part: float) -> _Read:
        tell_of("reading the map", part)
        estate, who = gather(paths, as_of, progress=lambda what, done: tell_of(what, part + 0.3 * done), world=world)
        return _Read(estate, who, network.chart(estate))

    read = opened(maps, 0.0)
    if before is not None:
        outcome = _editions(as_of, world, opened([before], 0.3), read, parameters, say=tell_of,
                            land_borders=land_borders, with_planned=with_planned)  # fmt: skip
        return _warned(tell(outcome), supposed)
    (binding,) = bind([chosen], as_of, read.who, settings or {})
    tell_of("finding what goes", 0.5)
    outcome = answer(
        as_of, world, read.estate, mirrored(binding) if mirror else binding, parameters, judged=wanted, without=without,
        land_borders=land_borders, with_planned=with_planned, accept_stale=accept_stale, say=tell_of,
    )  # fmt: skip
    return _warned(tell(outcome), supposed)


def _warned(impact: Impact, supposed: Supposed | None) -> Impact:
    """Say over everything what is supposed, and not known."""
    if supposed is None:
        return impact
    more = len(supposed.statements) - _SUPPOSED
    said = "; ".join(supposed.statements[:_SUPPOSED]) + (f"; and {plural(more, 'more', 'more')}" if more > 0 else "")
    return replace(impact, labelled=f"Supposed, not known: {said}", notes=(*supposed.notes, *impact.notes))


def answer(  # noqa: PLR0913 - all but the first five are asked by name
    as_of: date,
    world: World,
    estate: Estate,
    binding: Binding,
    parameters: Mapping[str, Any],
    *,
    judged: bool = True,
    without: Without | None = None,
    land_borders: bool = False,
    with_planned: bool = False,
    accept_stale: bool = False,
    say: Say | None = None,
) -> Outcome:
    """Find what goes of an estate's cables, by the regime's rules if ``judged`` and by name; measure what is left."""
    without, tell_of = without or Without(), say or (lambda _what, _part: None)
    charted = network.chart(estate)
    grouping = network.by_state(charted, land.joined() if land_borders else ())
    network.landed(charted, grouping)
    afloat, said = network.afloat(charted, as_of, planned=with_planned)
    if not afloat.any():
        raise CablesError(f"no cable is in service in {as_of.year}: {' '.join(said)}")
    parts = [removing.nothing(charted)]
    judged_by: list[tuple[Judgement, Codes]] = []
    if without.cables:
        parts.append(removing.of_cables(charted, without.cables))
    if without.landings:
        parts.append(removing.of_landings(charted, without.landings, removing.states_by_name(world)))
    if judged or without.suppliers or without.owners:
        session = Session(estate, world, binding, accept_stale=accept_stale)
        for role, texts in (("builder", without.suppliers), ("owner", without.owners)):
            if texts:
                parts.append(removing.of_parties(charted, session, binding, role, texts))
        if judged:
            found, judged_by = judging.judge(charted, session, binding, afloat)
            parts.append(found)
    removal = removing.together(parts)
    tell_of("measuring cables", 0.7)
    links = ways(charted, grouping)
    whole = charted.landings_of(afloat)
    kept = whole & ~removal.points[charted.point]
    after = kept & charted.landings_of(removal.code != TRUE)
    surely = charted.landings_of(removal.code == FALSE)
    tell_of("counting paths", 0.8)
    standings = [Standing(charted, grouping, mask, links) for mask in (whole, after, kept & surely)]
    doubtful = standings[2] if bool((removal.code[afloat] == UNKNOWN).any()) else None
    likely = None
    if doubtful is not None and removal.near is not None:
        stays = charted.landings_of((removal.code != TRUE) & ~removal.near)
        likely = Standing(charted, grouping, kept & stays, links)
    idle = charted.cables["name"].filter(pl.Series((removal.code == TRUE) & ~afloat))
    if without and len(idle):
        verb = "is" if len(idle) == 1 else "are"
        beside = f"Besides, {plural(len(idle), 'cable')} that would go {verb} not in service, and in none of the counts"
        said = (*said, f"{beside}: {network.first(idle)}.")
    title = ", ".join(removal.titles)
    title = title[:1].upper() + title[1:]
    return Outcome(
        as_of,
        world,
        estate,
        charted,
        grouping,
        afloat,
        removal,
        standings[0],
        standings[1],
        doubtful,
        links,
        parameters,
        title or "Cables as they are",
        (*said, *removal.notes),
        tuple(judged_by),
        binding if judged else None,
        likely=likely,
    )


def _editions(  # noqa: PLR0913 - what two editions are compared by
    as_of: date, world: World, earlier: _Read, later: _Read, parameters: Mapping[str, Any], *, say: Say,
    land_borders: bool, with_planned: bool,
) -> Outcome:  # fmt: skip
    """Compare two editions as they are, each at its own day, the later at the day of the question if that is before."""
    charted, old, new = editions.both(earlier.charted, later.charted)
    notes, told = [], []
    for read, word in ((earlier, "Earlier edition"), (later, "Later edition")):
        days: list[date] = read.estate.holdings["cable"].assets["observed_at"].drop_nulls().to_list()
        day = min(max(days, default=as_of), as_of)
        here, said = network.afloat(read.charted, day, planned=with_planned)
        told.append(Edition(read.estate, read.charted, here, day))
        notes += [f"{word}, as of {day}: {text[0].lower()}{text[1:]}" for text in said]
    one_told, other_told = told
    counted = np.concatenate([one_told.afloat, other_told.afloat])
    grouping = network.by_state(charted, land.joined() if land_borders else ())
    network.landed(charted, grouping)
    say("measuring cables", 0.7)
    links = ways(charted, grouping)
    say("counting paths", 0.8)
    one, other = (Standing(charted, grouping, charted.landings_of(counted & mine), links) for mine in (old, new))
    return Outcome(
        as_of,
        world,
        later.estate,
        charted,
        grouping,
        counted & old,
        removing.nothing(charted),
        one,
        other,
        None,
        links,
        parameters,
        "Cables in two editions of a map",
        tuple(notes),
        changes=editions.changed(
            earlier.charted, earlier.estate, one_told.afloat, later.charted, later.estate, other_told.afloat
        ),
        now=counted & new,
        editions=(one_told, other_told),
        redrawn=editions.redrawn(earlier.charted, later.charted),
    )
