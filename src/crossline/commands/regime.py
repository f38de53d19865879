"""``crossline regime``: look at regimes, and check one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crossline import console
from crossline.commands import complete_regimes, open_world, world_option
from crossline.console import OK, VIOLATIONS

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def regime() -> None:
    """Look at regimes, and check one."""


@regime.command("list")
def regime_list() -> None:
    """List the regimes that ship with Crossline."""
    from crossline import regimes as known

    with console.told():
        for name in known.names():
            loaded = known.load(name)
            click.echo(f"{name}: {loaded.title} ({loaded.issuer}); {len(loaded.rules)} rules")


@regime.command("show")
@click.argument("name", metavar="ID|FILE", shell_complete=complete_regimes)
def regime_show(name: str) -> None:
    """Show a regime's rules, their sources, and what cannot be decided."""
    from crossline import regimes as known
    from crossline import understood

    with console.told():
        console.output(understood.regime(known.load(name)))


@regime.command("check")
@click.argument("name", metavar="ID|FILE", shell_complete=complete_regimes)
@world_option
def regime_check(name: str, world_folder: Path | None) -> None:
    """Check a regime's file, and run every rule's own cases; exit status 1 if one gets another verdict."""
    from crossline import regimes as known
    from crossline.evaluate import cases

    with console.told():
        loaded = known.load(name)
        known_world = open_world(world_folder)
        outcomes = cases.check(loaded, known_world)
        for line in cases.undescribed(loaded, known_world):
            click.echo(line)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        click.echo(f"rule {outcome.rule}, case {outcome.number}: {outcome.verdict}, not {outcome.expected}")
        for line in outcome.why:
            click.echo(f"    {line}")
    click.echo(f"{loaded.id}: {len(loaded.rules)} rules, {len(outcomes)} cases, {len(failed)} with another verdict")
    sys.exit(VIOLATIONS if failed else OK)
