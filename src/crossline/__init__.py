"""Crossline shows whose lines your network crosses.

An **estate** (assets and their ties to others, read from files) is judged by a **regime** (rules, lists and
memberships, as data) against the **world** (what is known of parties and who controls them). The outcome is a
finding for each asset and rule: a verdict and the evidence for it, step by step, each step with its source.

Data moves one way, as columns::

    files -> readers -> estate -+
                                +-> evaluate -> audit -> reports
    open data -> sources -> world
                  regime -------+

The public verbs are below; each imports what it needs when it is called. ``docs/architecture.md`` shows the house.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossline.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crossline.estate import Estate
    from crossline.impact import Impact
    from crossline.regimes.model import Regime
    from crossline.reports import Audit
    from crossline.world import World

__version__ = VERSION
__all__ = ["audit", "load_regime", "load_world", "read", "report", "simulate"]


def read(paths: Sequence[Path], as_of: date, world: World | None = None) -> Estate:
    """Read files and folders into an estate.

    ``as_of`` stands in where a file does not say when its assets were observed. ``world`` is what readers look up what
    they find in, such as signatures of libraries; without it, the facts that ship. Raises ValueError with a message
    for the user if none of the paths could be opened, or an ``estate.yaml`` is not valid; bad data never raises, but
    is counted in the estate's coverage.
    """
    from crossline.gather import gather  # noqa: PLC0415

    return gather(paths, as_of, world=world)[0]


def load_world(path: Path | None = None) -> World:
    """Open a world folder, or without a path the facts that ship; raises ValueError for a folder that is none."""
    from crossline.world import store  # noqa: PLC0415

    return store.load(path) if path else store.shipped()


def load_regime(name: str) -> Regime:
    """Load a regime by its id, or from a YAML file; raises ValueError that names the place of what is wrong."""
    from crossline import regimes  # noqa: PLC0415

    return regimes.load(name)


def audit(  # noqa: PLR0913 - all but the first four are asked by name
    paths: Sequence[Path],
    regimes: Sequence[Regime],
    as_of: date,
    world: World,
    *,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    accept_stale: bool = False,
    everything: bool = False,
    waivers: Path | None = None,
    baseline: Path | None = None,
    suppose: Path | None = None,
) -> Audit:
    """Read paths and judge them by regimes as of a date.

    ``settings`` maps a regime's id to parameters, as ``--set`` does; ``waivers`` and ``suppose`` are YAML files and
    ``baseline`` an earlier JSON report, as the options of those names. Raises ValueError with a message for the user.
    """
    from crossline import comparing  # noqa: PLC0415
    from crossline import waivers as waiving  # noqa: PLC0415
    from crossline.auditing import audit as judge  # noqa: PLC0415
    from crossline.evaluate.binding import bind  # noqa: PLC0415
    from crossline.gather import gather  # noqa: PLC0415
    from crossline.world.suppose import lay  # noqa: PLC0415

    waived = waiving.load(waivers) if waivers else None
    supposed = lay(world, suppose) if suppose else None
    earlier = comparing.load(baseline) if baseline else None
    asked = supposed.world if supposed else world
    estate, who = gather(paths, as_of, world=asked)
    bindings = bind(regimes, as_of, who, settings or {})
    return judge(
        estate, asked, bindings, accept_stale=accept_stale, everything=everything,
        waivers=waived, baseline=earlier, supposed=supposed,
    )  # fmt: skip


def simulate(subject: str, as_of: date, world: World, **asked: Any) -> Impact:  # noqa: ANN401 - each subject's own
    """Find out what a regime or a scenario would do: ``subject`` is ``cables``, ``internet`` or ``stores``.

    ``asked`` is what :func:`crossline.cables.asking.simulate`, :func:`crossline.internet.asking.simulate` and
    :func:`crossline.stores.asking.simulate` take. Raises ValueError with a message for the user.
    """
    if subject == "cables":
        from crossline.cables import asking as cables  # noqa: PLC0415

        return cables.simulate(as_of, world, **asked)
    if subject == "internet":
        from crossline.internet import asking  # noqa: PLC0415

        return asking.simulate(as_of, world, **asked)
    if subject == "stores":
        from crossline.stores import asking as stores  # noqa: PLC0415

        return stores.simulate(as_of, world, **asked)
    raise ValueError(f"nothing simulates {subject!r}; there are cables, internet and stores")


def report(result: Audit | Impact, form: str = "json", *, width: int = 100) -> str | bytes:
    """Write an audit, or the outcome of a simulation, in a format; raises KeyError for one that is not known."""
    from crossline import reports  # noqa: PLC0415
    from crossline.impact import Impact, formats  # noqa: PLC0415

    writer = formats.load(form) if isinstance(result, Impact) else reports.load(form)
    made: str | bytes = writer.render(result, reports.Options(width=width))
    return made
