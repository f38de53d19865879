"""``crossline simulate cables``: what is left of the paths between states when some cables are gone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crossline.commands import (
    as_of_option,
    complete_regimes,
    open_world,
    parse_settings,
    settings_option,
    world_option,
)
from crossline.commands.simulate import check_outputs, format_option, output_option, report
from crossline.console import OK

if TYPE_CHECKING:
    from datetime import date

_FILE = click.Path(path_type=Path, dir_okay=False)
_ANY = click.Path(path_type=Path)


@click.command("cables")
@click.option(
    "--map", "maps", type=_ANY, multiple=True, metavar="DIR|FILE",
    help="A map of cables: the folders of an edition, an export, or tables of cables and landing points; may repeat.",
)  # fmt: skip
@click.option(
    "--before", type=_ANY, metavar="DIR|FILE", help="An earlier edition of the map: tell what changed, and for whom."
)
@click.option(
    "--regime", metavar="ID|FILE", shell_complete=complete_regimes,
    help="Take out the cables that a regime's rules on cables find in violation; default: us-clean-network.",
)  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Ask this rule of the regime only; may repeat.")
@click.option("--mirror", is_flag=True, help="Ask the same rules with home and target exchanged.")
@click.option("--without", "cables_", multiple=True, metavar="CABLE,…", help="Take out cables, by id or name.")
@click.option(
    "--without-supplier", "suppliers", multiple=True, metavar="NAME|PARTY|STATE,…",
    help="Take out what these built: a name as the map has it, a party and all it holds, a state and all it controls.",
)  # fmt: skip
@click.option(
    "--without-owner",
    "owners",
    multiple=True,
    metavar="NAME|PARTY|STATE,…",
    help="Take out what these own, in part or whole.",
)
@click.option(
    "--without-landing", "landings", multiple=True, metavar="POINT|STATE,…",
    help="Take out landing points, or all of a state; cables go on between the others.",
)  # fmt: skip
@click.option(
    "--land-borders",
    is_flag=True,
    help="Count states that land, a bridge or a tunnel joins as one, which needs no cable within.",
)
@click.option(
    "--with-planned", is_flag=True, help="Count planned cables as well, from the year that they are promised for."
)
@settings_option
@as_of_option
@world_option
@click.option("--suppose", type=_FILE, help="A YAML file of statements that are laid over the world for this run.")
@click.option("--accept-stale", is_flag=True, help="Let identifiers seen at another time speak for the map's.")
@format_option
@output_option
@click.pass_obj
def cables(
    today: date, maps: tuple[Path, ...], before: Path | None, regime: str | None, rules: tuple[str, ...], mirror: bool,
    cables_: tuple[str, ...], suppliers: tuple[str, ...], owners: tuple[str, ...], landings: tuple[str, ...],
    land_borders: bool, with_planned: bool, settings: tuple[str, ...], as_of: date | None, world_folder: Path | None,
    suppose: Path | None, accept_stale: bool, form: str | None, outputs: tuple[Path, ...],
) -> None:  # fmt: skip
    """Count paths between all pairs of states that share no cable, before and after some cables are gone.

    Cables go by a regime's rules, or by name; with both, by either. What a rule cannot decide is in doubt.

    Exit status: 0 done; 2 wrong usage, or nothing to simulate.
    """
    from crossline.cables.asking import Without, simulate

    if not maps:
        raise click.UsageError("no map was given: --map DIR")
    check_outputs(outputs)
    given = parse_settings(settings)
    without = Without(cables_, suppliers, owners, landings)
    report(
        lambda say: simulate(
            as_of or today, open_world(world_folder), maps=maps, before=before, regime=regime, rules=rules,
            settings=given, mirror=mirror, without=without, land_borders=land_borders, with_planned=with_planned,
            accept_stale=accept_stale, suppose=suppose, say=say,
        ),
        form, outputs,
    )  # fmt: skip
    sys.exit(OK)
