"""``crossline simulate routes``: the routes that ASes choose to some others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crossline import console
from crossline.commands import as_of_option, needs_folder, world_option
from crossline.commands.simulate import (
    cycles_option,
    doubtful_option,
    open_topology,
    tell,
    tie_option,
    topology_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from crossline.internet.graph.topology import Topology
    from crossline.internet.routing.rows import Preference

_FORMATS = ("table", "json", "csv", "parquet")


def _numbers(texts: tuple[str, ...], option: str) -> list[int]:
    """Return the AS numbers that are written with commas between them, each once."""
    from crossline.identifiers import asn

    found: dict[int, None] = {}
    for word in (word for text in texts for word in text.replace(",", " ").split()):
        try:
            found[int(asn.parse(word))] = None
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from None
    if not found:
        raise click.BadParameter("names no AS number", param_hint=option)
    return list(found)


def _positions(topology: Topology, numbers: list[int], option: str) -> list[int]:
    """Return where AS numbers stand in the graph."""
    places: list[int] = topology.index(numbers).tolist()
    absent = [f"AS{number}" for number, place in zip(numbers, places, strict=True) if place < 0]
    if absent:
        some = ", ".join(absent[:5]) + (f" and {len(absent) - 5:,} more" if len(absent) > 5 else "")
        raise click.BadParameter(
            f"{some}: nowhere in the graph ({topology.title}: {topology.size:,} ASes); no route is known to or from "
            "an AS without any link",
            param_hint=option,
        )
    return places


@click.command("routes")
@topology_option
@click.option("--to", "to", multiple=True, required=True, metavar="ASN,ASN…", help="Destinations; may repeat.")
@click.option("--from", "origins", multiple=True, metavar="ASN,ASN…", help="Whose routes; default: of all ASes.")
@click.option("--path", is_flag=True, help="Give whole AS paths too.")
@tie_option
@doubtful_option
@cycles_option
@world_option
@as_of_option
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default=None,
    help="What to print, or write. Default: as the output's suffix says, or a table.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write to a file instead."
)
@click.pass_obj
def routes(
    today: date, topology: Path | None, to: tuple[str, ...], origins: tuple[str, ...], path: bool, tie: Preference,
    without_doubtful: bool, without_cycles: bool, world_folder: Path | None, as_of: date | None,
    form: str | None, output: Path | None,
) -> None:  # fmt: skip
    """Give the routes of ASes to some others: class, length in links, next hop.

    Class says from whom a route was learned: origin (its own), customer, peer or provider. Customer over peer over
    provider, then the shorter, then the lower next hop (--tie); what came from a peer or a provider goes to customers
    only.
    """
    destinations, sources = _numbers(to, "--to"), _numbers(origins, "--from") if origins else None
    if output:
        needs_folder(output, "--output")
        by_suffix = output.suffix.lower().removeprefix(".")
        form = form or (by_suffix if by_suffix in _FORMATS else "table")
    form = form or "table"
    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs --output FILE")
    with console.told(), console.progress("preparing") as say:
        import numpy as np

        from crossline.internet import listing
        from crossline.internet.graph import asrel
        from crossline.internet.routing import paths

        # What is compiled at first use is used here, so that nobody takes the compiler's time for the work's.
        say("preparing: compiled the first time, for some seconds", 0.0)
        paths.routes(paths.routing(asrel.parse(b"1|2|-1\n2|3|-1\n2|4|0\n", "a graph of 2025-09-01")), [0], path=True)
        graph = open_topology(
            topology,
            world_folder,
            as_of or today,
            say,
            without_doubtful=without_doubtful,
            without_cycles=without_cycles,
        )
        wanted = _positions(graph, destinations, "--to")
        whose = np.array(_positions(graph, sources, "--from")) if sources else np.arange(graph.size)
        say("ordering the graph", 0.0)
        held = paths.routing(graph, prefer=tie)
        asked = len(wanted) * len(whose)
        frames = listing.followed(paths.batches(held, wanted, whose, path=path), asked, say)
        if form == "parquet" and output:
            listing.parquet(frames, output, path=path)
            pieces: Iterator[bytes] = iter(())
        else:
            pieces = listing.WRITERS[form](frames, graph, tie, asked)
            if output:
                with output.open("wb") as file:
                    file.writelines(pieces)
            elif console.on_terminal():
                # On a terminal the bar goes before the routes come; elsewhere they are written as they are found.
                pieces = iter(list(pieces))
            else:
                _print(pieces)
    with console.told():
        _print(pieces)
    tell(graph)


def _print(pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        console.output(piece)
