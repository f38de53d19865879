"""``crossline simulate internet``: what a regime, or a scenario, does to the routes between all networks."""

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
from crossline.commands.simulate import (
    check_outputs,
    cycles_option,
    doubtful_option,
    format_option,
    output_option,
    report,
    tie_option,
    topology_option,
)
from crossline.console import OK

if TYPE_CHECKING:
    from datetime import date

    from crossline.internet.routing.measures import Action
    from crossline.internet.routing.rows import Preference
    from crossline.internet.scenarios.standing import Reading

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("internet")
@topology_option
@click.option("--scenario", "scenario_file", type=_FILE, help="A YAML file: who refuses whom, and how.")
@click.option(
    "--regime", metavar="ID|FILE", shell_complete=complete_regimes,
    help="Take from a regime who is named, and who is in the coalition; default: us-clean-network.",
)  # fmt: skip
@click.option("--coalition", metavar="CC,CC…", help="Who refuses instead: states, party ids, or AS numbers.")
@click.option(
    "--action", type=click.Choice(["depeer", "filter"]),
    help="depeer: no direct link; filter: no route with a named network on it. Default: what the regime's reach says.",
)  # fmt: skip
@click.option("--mirror", is_flag=True, help="The other side does the same in return.")
@click.option(
    "--sanctions", is_flag=True, help="Bind all that the coalition's states control, or its networks sell to."
)
@click.option("--copycat", type=click.IntRange(0, 7), help="So many further states do the same to each other.")
@click.option(
    "--remove", metavar="CC,ASN…",
    help="Take networks out altogether: of states, of parties, or single ones. By itself it is all that is asked.",
)  # fmt: skip
@click.option(
    "--members-by", type=click.Choice(["registration", "domicile", "control"]),
    help="Which networks are a state's; default registration.",
)  # fmt: skip
@settings_option
@as_of_option
@world_option
@click.option("--accept-stale", is_flag=True, help="Let identifiers seen at another time speak for the graph's.")
@click.option("--users", "users_file", type=_FILE, help="A CSV file with columns asn and users, to weigh pairs by.")
@tie_option
@click.option("--ensemble", type=click.IntRange(0, 1000), default=0, help="Break ties by lot as often as this, too.")
@click.option("--ranges/--no-ranges", default=True, help="Whether to ask again under each other reading.")
@click.option("--transit/--without-transit", default=True, help="Whether to weigh who stands between whom.")
@doubtful_option
@cycles_option
@format_option
@output_option
@click.pass_obj
def internet(
    today: date, topology: Path | None, scenario_file: Path | None, regime: str | None, coalition: str | None,
    action: Action | None, mirror: bool, sanctions: bool, copycat: int | None, remove: str | None, members_by:
    Reading | None, settings: tuple[str, ...], as_of: date | None, world_folder: Path | None, accept_stale:
    bool, users_file: Path | None, tie: Preference, ensemble: int, ranges: bool, transit: bool,
    without_doubtful: bool, without_cycles: bool, form: str | None, outputs: tuple[Path, ...],
) -> None:  # fmt: skip
    """Route between all networks before and after a coalition refuses others, and compare the same pairs.

    Exit status: 0 done; 2 wrong usage, or nothing to simulate.
    """
    from crossline.internet.asking import Changes, simulate

    if scenario_file and regime:
        raise click.BadParameter("takes the place of --scenario: give one of the two", param_hint="--regime")
    check_outputs(outputs)
    changes = Changes(
        coalition=coalition, action=action, mirror=mirror, sanctions=sanctions, copycat=copycat, remove=remove,
        members_by=members_by,
    )  # fmt: skip
    given = parse_settings(settings)
    report(
        lambda say: simulate(
            as_of or today, open_world(world_folder), topology=topology, scenario_file=scenario_file, regime=regime,
            settings=given, changes=changes, accept_stale=accept_stale, users_file=users_file, tie=tie,
            ensemble=ensemble, ranges=ranges, transit=transit, without_doubtful=without_doubtful,
            without_cycles=without_cycles, say=say,
        ),
        form, outputs,
    )  # fmt: skip
    sys.exit(OK)
