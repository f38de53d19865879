"""``crossline world``: build the world from open data, fetch it, and look things up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crossline import console
from crossline.commands import open_world, world_option
from crossline.console import NOTHING_APPLIES, OK, WRONG

if TYPE_CHECKING:
    from datetime import date


@click.group()
def world() -> None:
    """Build the world from open data, fetch it, and look things up."""


@world.command("build")
@click.option(
    "--from",
    "origin",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of files as their publishers wrote them.",
)
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write.")
@click.option(
    "--editions",
    "dates",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A CSV file (file,published) that says when files were published that do not say so, by their paths there.",
)
def world_build(origin: Path, output: Path, dates: Path | None) -> None:
    """Build a world from files that are there, without a network."""
    from crossline import understood
    from crossline.world import build

    with console.told(), console.progress("building") as say:
        report = build.build(origin, output, say, dates)
    console.output(understood.built(report))


@world.command("pull")
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to keep the publishers' files in; 'world build --from' makes a world of it.",
)
@click.option("--source", "names", multiple=True, help="Fetch this source only; may repeat. Default: all.")
@click.option(
    "--accept", multiple=True, metavar="SOURCE", help="Accept the terms of a source that asks for it; may repeat."
)
@click.pass_obj
def world_pull(today: date, output: Path, names: tuple[str, ...], accept: tuple[str, ...]) -> None:
    """Fetch open data from its publishers, with checksums; a transfer that broke off is resumed.

    The licence or terms of each source are shown first. What asks for acceptance is fetched only with --accept.
    """
    from crossline.text import visible
    from crossline.world import pull, sources

    unknown = set(names) - set(sources.names())
    if unknown:
        raise click.BadParameter(f"{min(unknown)!r} is not one of {', '.join(sources.names())}", param_hint="--source")
    with console.told(), console.progress("fetching") as say:
        files = pull.wanted(today, names or None)
        asked = pull.terms(files)
        for name, licence in {file.source: file.licence for file in files}.items():
            click.echo(f"{name}: {visible(licence, 300)}")
        for name, text in asked.items():
            click.echo(
                f"{name} asks to be accepted: {visible(text, 600)}" + ("" if name in accept else f" (--accept {name})")
            )
        fetched = pull.pull(
            output,
            files,
            today=today,
            accept=accept,
            progress=lambda name, done, size: say(f"fetching {name}", done / max(size, 1)),
        )
    for item in fetched:
        told = ", ".join(part for part in (item.state, item.checked_by, item.reason) if part)
        click.echo(visible(f"{item.wanted.offer.name}: {told}", 400))
    sys.exit(WRONG if any(item.state == "failed" for item in fetched) else OK)


@world.command("show")
@world_option
def world_show(world_folder: Path | None) -> None:
    """Show what a world holds, and from which sources."""
    from crossline import understood

    with console.told():
        console.output(understood.world(open_world(world_folder)))


@world.command("lookup")
@click.argument("value")
@world_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@click.option("--all", "every", is_flag=True, help="Cut no answer; without it ten identifiers of each type are told.")
def world_lookup(value: str, world_folder: Path | None, form: str, every: bool) -> None:
    """Show every statement about VALUE: an address, an AS number, a party, a name, an identifier."""
    import json

    from crossline.world import lookup, statements

    with console.told():
        answer = lookup.lookup(open_world(world_folder), value, every=every)
        text = (
            json.dumps(answer.as_json(), ensure_ascii=False, indent=1)
            if form == "json"
            else "\n".join(statements.lines(answer))
        )
        console.output(text + "\n")
    sys.exit(OK if answer.questions else NOTHING_APPLIES)
