"""``crossline simulate stores``: what a regime takes out of app stores, and what an answer in kind would."""

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


@click.command("stores")
@click.option(
    "--catalogue", "catalogues", type=_ANY, multiple=True, metavar="PATH",
    help="What stores offer: an index, a folder of metadata, a store's export, packages, lists of phones; may repeat.",
)  # fmt: skip
@click.argument("more", type=_ANY, nargs=-1, metavar="[PATH]...")
@click.option(
    "--regime", metavar="ID|FILE", shell_complete=complete_regimes,
    help="Whose rules on apps are asked; default: us-clean-network.",
)  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Ask this rule of the regime only; may repeat.")
@click.option(
    "--audience", "audience_file", type=_FILE,
    help="A CSV file with columns package and users, and, where known, store, country and source.",
)  # fmt: skip
@click.option("--mirror", is_flag=True, help="Ask the same rules with home and target exchanged.")
@click.option("--answer", is_flag=True, help="Ask both, side by side: what an answer in kind takes out as well.")
@click.option(
    "--without-sdk-owner", "owners", multiple=True, metavar="PARTY,…",
    help="Take out what carries code of these parties. By itself it is all that is asked.",
)  # fmt: skip
@settings_option
@as_of_option
@world_option
@click.option("--accept-stale", is_flag=True, help="Let identifiers seen at another time speak for the catalogue's.")
@format_option
@output_option
@click.pass_obj
def stores(
    today: date, catalogues: tuple[Path, ...], more: tuple[Path, ...], regime: str | None, rules: tuple[str, ...],
    audience_file: Path | None, mirror: bool, answer: bool, owners: tuple[str, ...], settings: tuple[str, ...],
    as_of: date | None, world_folder: Path | None, accept_stale: bool, form: str | None, outputs: tuple[Path, ...],
) -> None:  # fmt: skip
    """Ask a regime's rules of every app that catalogues offer, storefront by storefront, and count what is taken out.

    A rule's violation takes an app out; what a rule cannot decide is in doubt. Where users are not known, apps are
    counted.

    Exit status: 0 done; 2 wrong usage, or nothing to simulate.
    """
    from crossline.stores.asking import simulate

    paths = [*catalogues, *more]
    if not paths:
        raise click.UsageError("no catalogue was given: --catalogue PATH")
    if mirror and answer:
        raise click.BadParameter("is the mirror beside the measure itself: give one of the two", param_hint="--answer")
    check_outputs(outputs)
    given = parse_settings(settings)
    named = [one.strip() for text in owners for one in text.split(",") if one.strip()]
    if owners and not named:
        raise click.BadParameter("names nobody", param_hint="--without-sdk-owner")
    report(
        lambda say: simulate(
            as_of or today, open_world(world_folder), catalogues=paths, regime=regime, rules=rules,
            audience_file=audience_file, settings=given, mirror=mirror, answer=answer, without_sdk_owner=named,
            accept_stale=accept_stale, say=say,
        ),
        form, outputs,
    )  # fmt: skip
    sys.exit(OK)
