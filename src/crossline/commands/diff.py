"""``crossline diff``: what changed between two reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crossline import console
from crossline.commands import needs_folder
from crossline.console import OK, VIOLATIONS

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("diff")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default=None, help="What to print.")
@click.option("--output", type=_FILE, default=None, help="Write it to a file instead: .json, or else a table.")
def diff(old: Path, new: Path, form: str | None, output: Path | None) -> None:
    """Compare two reports in JSON: violations that are new, gone, or rest on other evidence.

    Exit status: 0 no new violation; 1 new violations; 2 wrong usage, or a file that is no report.
    """
    from crossline import comparing
    from crossline.reports import Options

    if output:
        needs_folder(output, "--output")
    with console.told(), console.progress("reading") as say:
        found = comparing.compare(comparing.load(old, say), comparing.load(new, say))
        say("writing", 1.0)
        wanted = form or ("json" if output and output.suffix.lower() == ".json" else "table")
        options = Options() if output else console.options()
        made = comparing.as_json(found) if wanted == "json" else comparing.as_text(found, options).encode()
        if output:
            output.write_bytes(made)
    with console.told():
        if not output:
            console.output(made)
    sys.exit(VIOLATIONS if found.count("new") else OK)
