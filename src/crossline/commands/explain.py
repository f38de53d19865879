"""``crossline explain``: the chain of evidence behind a finding, out of a report in JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crossline import console


@click.command()
@click.argument("what", metavar="FINDING|ASSET")
@click.option("--report", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A report in JSON.")
def explain(what: str, report: Path) -> None:
    """Tell the chain of evidence of a finding, or of all findings on an asset, each step with its source."""
    from crossline import explain as explaining
    from crossline.reports import Options

    with console.told():
        told = explaining.explain(report, what)
        console.output(explaining.render(told, Options(colour=sys.stdout.isatty())))
