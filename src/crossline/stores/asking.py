"""From files and options to an answer: what the command line and the public verb both do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crossline import regimes as known
from crossline.evaluate.binding import bind
from crossline.evaluate.mirroring import mirrored, stand_ins
from crossline.gather import gather
from crossline.stores import audience, counting, judging, owners, shelves
from crossline.stores.audience import StoresError
from crossline.stores.outcome import Outcome
from crossline.stores.telling.impact import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crossline.evaluate.binding import Binding
    from crossline.impact import Impact
    from crossline.stores.judging import Run
    from crossline.stores.shelves import Shelves
    from crossline.world import World

    Say = Callable[[str, float], None]


def simulate(  # noqa: PLR0913 - all but the first two are asked by name
    as_of: date,
    world: World,
    *,
    catalogues: Sequence[Path],
    regime: str | None = None,
    rules: Sequence[str] = (),
    audience_file: Path | None = None,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    mirror: bool = False,
    answer: bool = False,
    without_sdk_owner: Sequence[str] = (),
    accept_stale: bool = False,
    say: Say | None = None,
) -> Impact:
    """Ask the rules of a regime of every app in each storefront, and count what is taken out.

    ``mirror`` asks the same rules with home and target exchanged; ``answer`` asks both, side by side.
    ``without_sdk_owner`` takes out what carries code of these parties; without a regime it is all that is asked.
    Raises ValueError with a message for the user, OSError for a file that cannot be opened.
    """
    if mirror and answer:
        raise StoresError("an answer in kind is the mirror beside the measure itself: ask for one of the two")
    tell_of = say or (lambda _what, _part: None)
    # What a person wrote is read before what takes long, so that a mistake in it is told at once.
    only_owners = bool(without_sdk_owner) and not (regime or rules or mirror or answer)
    loaded = known.load(regime or known.DEFAULT[0])
    chosen = loaded if only_owners else judging.chosen(loaded, rules)
    people = audience.read(audience_file) if audience_file else None
    bind([chosen], as_of, None, settings or {})
    if mirror or answer:
        mirrored(bind([chosen], as_of, None, settings or {})[0])
    tell_of("reading catalogues", 0.0)
    estate, who = gather(catalogues, as_of, progress=lambda what, part: tell_of(what, 0.6 * part), world=world)
    (binding,) = bind([chosen], as_of, who, settings or {})
    tell_of("finding out who publishes what", 0.6)
    stock = shelves.stock(estate, world, binding, catalogues, accept_stale=accept_stale)
    tell_of("asking the rules", 0.7)
    runs = [] if only_owners else _runs(stock, binding, mirror=mirror, answer=answer)
    tell_of("looking for whose code apps carry", 0.8)
    code = owners.carried(stock, binding)
    if without_sdk_owner:
        runs.append(owners.without(stock, binding, code, list(dict.fromkeys(without_sdk_owner))))
    cells, notes = counting.cells(stock, people)
    tell_of("counting", 0.9)
    parameters: dict[str, Any] = {
        "catalogues": [path.name or str(path) for path in catalogues],
        "audience": audience_file.name if audience_file else None,
        "rules": [rule.id for rule in chosen.rules] if not only_owners else [],
        "mirror": mirror, "answer": answer, "without_sdk_owner": list(without_sdk_owner),
        "accept_stale": accept_stale, "world": world.path.name if world.path else None,
    }  # fmt: skip
    return tell(
        Outcome(
            as_of, world, estate, binding, stock, tuple(runs), cells, people, code, parameters,
            (*(people.notes if people else ()), *notes),
        )
    )  # fmt: skip


def _runs(stock: Shelves, binding: Binding, *, mirror: bool, answer: bool) -> list[Run]:
    """Judge by the measure, by its mirror, or by both."""
    runs = []
    if not mirror:
        runs.append(judging.judge(stock, binding, "measure", _named(binding)))
    if mirror or answer:
        swapped = mirrored(binding)
        run = judging.judge(stock, swapped, "answer" if answer else "measure", _named(swapped))
        who = f"asked by {swapped.home} of {swapped.target}"
        notes = [f"{_named(swapped)} is the regime's own rules {who}; nobody issued it so."]
        wide = f"all parties controlled from {swapped.target}"
        more = (
            f"{wide} are asked beside it"
            if swapped.parameters().get("reading") == "wide"
            else f"the wide mirror, of {wide}, is --set {swapped.regime.id}.reading=wide"
        )
        notes += [
            f"In the mirror the list {one} stands in for {' and '.join(names)}; {more}."
            for one, names in stand_ins(swapped).items()
        ]
        runs.append(replace(run, notes=(*notes, *run.notes)))
    return runs


def _named(binding: Binding) -> str:
    """Return a regime's title, and what was set."""
    said = [f"{name}={', '.join(value) if isinstance(value, tuple) else value}" for name, value in binding.set.items()]
    return f"{binding.regime.title} ({', '.join(said)})" if said else binding.regime.title
