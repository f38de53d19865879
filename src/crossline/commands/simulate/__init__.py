"""``crossline simulate``: one file for each thing that is simulated, found by its name, and options that they share.

A module here has a click command of its own name, and imports nothing heavy before that runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crossline import console
from crossline.commands import Verbs, needs_folder
from crossline.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from crossline.impact import Impact
    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.rows import Preference

_SEED_DIGITS: Final = 18
_SHOWN: Final = 3
_SIMULATIONS: Final = Registry(__name__, dashed=True)
names = _SIMULATIONS.names


@click.group(cls=Verbs, among=_SIMULATIONS)
def simulate() -> None:
    """Show what rules would do to the Internet, to app stores, to submarine cables."""


format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json", "html"]), default=None, help="What to print."
)
output_option = click.option(
    "--output", "outputs", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="Write a file, its format by the suffix; may repeat.",
)  # fmt: skip


def check_outputs(outputs: tuple[Path, ...]) -> None:
    """Fail, before any work is done, for a file whose suffix is unknown or that cannot be written."""
    for path in outputs:
        _format_of(path)
        needs_folder(path, "--output")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise click.BadParameter(f"{path}: nothing can be written there", param_hint="--output")


def report(ask: Callable[[Callable[[str, float], None]], Impact], form: str | None, outputs: tuple[Path, ...]) -> None:
    """Ask, with progress; write the answer into files, and print it in a format, or as a table."""
    from crossline.impact import formats
    from crossline.reports import Options

    with console.told(), console.progress("simulating") as say:
        found = ask(say)
        failed: list[OSError] = []
        for path in outputs:
            say(f"writing {path.name}", 1.0)
            made = _bytes(formats.load(_format_of(path)).render(found, Options()))
            try:
                path.write_bytes(made)
            except OSError as error:
                # What was found is told all the same, before the mistake is.
                error.filename = error.filename or str(path)
                failed.append(error)
        say("writing", 1.0)
        made = _bytes(formats.load(form or "table").render(found, console.options()))
    with console.told():
        console.output(made.rstrip(b"\n") + b"\n")
        if failed:
            raise failed[0]


def _bytes(made: str | bytes) -> bytes:
    return made if isinstance(made, bytes) else made.encode()


def _format_of(path: Path) -> str:
    from crossline.impact import formats

    try:
        return formats.for_suffix(path.suffix)
    except KeyError:
        known = ", ".join(suffix for name in formats.names() for suffix in formats.load(name).SUFFIXES)
        raise click.BadParameter(f"{path}: the suffix is none of {known}", param_hint="--output") from None


class Tie(click.ParamType["Preference"]):
    """Which of several equally good next hops is taken: ``lowest``, ``highest``, or by lot with a seed."""

    name = "lowest|highest|SEED"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Preference:  # noqa: ANN401
        """Read the word or the number, or fail as click does."""
        text = str(value)
        if text == "lowest":
            return "lowest"
        if text == "highest":
            return "highest"
        if not (text.isascii() and text.isdigit() and len(text) <= _SEED_DIGITS):
            self.fail(f"{text!r} is neither lowest nor highest, nor a seed: a whole number from 0", param, ctx)
        return int(text)


topology_option = click.option(
    "--topology", type=click.Path(path_type=Path), default=None, metavar="FILE",
    help="A graph of ASes: CAIDA's as-rel, serial 1 or 2, packed or not. Default: the world's.",
)  # fmt: skip
tie_option = click.option(
    "--tie", type=Tie(), default="lowest", show_default=True, metavar="lowest|highest|SEED",
    help="The AS number that is taken of several equally good next hops; a number draws lots with that seed.",
)  # fmt: skip
doubtful_option = click.option(
    "--without-doubtful", is_flag=True,
    help="Leave out links that no table of routes shows, such as peers of a route server that serial 2 infers.",
)  # fmt: skip
cycles_option = click.option(
    "--without-cycles", is_flag=True, help="Leave out provider-customer links that make an AS its own provider."
)


def open_topology(
    topology: Path | None, world_folder: Path | None, as_of: date, say: Callable[[str, float], None],
    *, without_doubtful: bool, without_cycles: bool,
) -> Topology:  # fmt: skip
    """Read the graph that was asked for; raises TopologyError where there is none."""
    from crossline.commands import open_world
    from crossline.internet.graph import asrel

    return asrel.chosen(
        topology, lambda: open_world(world_folder), as_of, say,
        drop_cycles=without_cycles, without_doubtful=without_doubtful,
    )  # fmt: skip


def tell(topology: Topology) -> None:
    """Say on standard error what was not understood of a graph, and what else is to be known of it."""
    from crossline.text import plural, visible

    rejects = topology.rejects
    if rejects:
        some = "; ".join(f"{reject.locator}: {reject.reason}" for reject in rejects[:_SHOWN])
        count = sum(reject.count for reject in rejects)
        more = "" if count <= _SHOWN else f"; and {count - _SHOWN:,} more"
        click.echo(
            visible(f"crossline: {topology.source}: {plural(count, 'line')} not used: {some}{more}", 1000), err=True
        )
    for note in topology.notes:
        click.echo(visible(f"crossline: {note}", 1000), err=True)
