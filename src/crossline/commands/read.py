"""``crossline read``: what was understood of files, before anything is judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crossline import console
from crossline.commands import as_of_option, nothing_read, open_world, world_option
from crossline.console import WRONG

if TYPE_CHECKING:
    from datetime import date


@click.command("read")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "parquet"]),
    default="table",
    help="What to print, or write.",
)
@click.option("--output", type=click.Path(path_type=Path), default=None, help="A file, or for parquet a folder.")
@as_of_option
@world_option
@click.pass_obj
def read(
    today: date, paths: tuple[Path, ...], form: str, output: Path | None, as_of: date | None, world_folder: Path | None
) -> None:
    """Show what was understood of PATHS: assets, ties, extents and rejects."""
    from crossline import gather, understood
    from crossline.text import visible

    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs --output FOLDER")
    text: bytes | None = None
    with console.told(), console.progress("reading") as say:
        world = open_world(world_folder) if world_folder else None
        estate, _ = gather.gather(paths, as_of or today, progress=say, world=world)
        say("writing", 1.0)
        if form == "parquet" and output is not None:
            understood.parquet(estate, output)
        else:
            text = understood.json(estate) if form == "json" else understood.table(estate)
            if output:
                output.write_bytes(text)
    with console.told():
        if text is not None and not output:
            console.output(text)
    why = nothing_read(estate)
    if why:
        click.echo(f"crossline: nothing could be read: {visible(why, 1000)}", err=True)
        sys.exit(WRONG)
