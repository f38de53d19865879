"""``crossline audit``: judge an estate by regimes, and write reports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from crossline import console
from crossline.commands import (
    as_of_option,
    complete_formats,
    formats,
    needs_folder,
    nothing_read,
    open_world,
    parse_settings,
    regimes_option,
    settings_option,
    world_option,
)
from crossline.console import NOTHING_APPLIES, OK, VIOLATIONS

if TYPE_CHECKING:
    from datetime import date

    from crossline.reports import Audit, Options

_SEVERITIES: Final = {"high": ("high",), "medium": ("high", "medium"), "low": ("high", "medium", "low"), "none": ()}
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("audit")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@regimes_option
@as_of_option
@world_option
@settings_option
@click.option(
    "--format",
    "form",
    default=None,
    metavar="FORMAT",
    shell_complete=complete_formats,
    help=f"What to print, one of {', '.join(formats())}; default table.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=_FILE,
    help="Write a report to a file, its format by the suffix; may repeat.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_SEVERITIES)),
    default="low",
    help="Least severity of a violation that makes the exit status 1.",
)
@click.option("--fail-on-unknown", is_flag=True, help="Make the exit status 1 if anything is unknown.")
@click.option("--baseline", type=_FILE, help="An earlier report in JSON: only what is new since makes the status 1.")
@click.option(
    "--waivers", "waivers_file", type=_FILE, help="A YAML file that says what is let stand, by whom, how long."
)
@click.option("--suppose", type=_FILE, help="A YAML file of statements that are laid over the world for this run.")
@click.option("--accept-stale", is_flag=True, help="Let identifiers seen at another time speak for this one.")
@click.option("--all", "everything", is_flag=True, help="List every judgement singly, not violations alone.")
@click.pass_obj
def audit(
    today: date, paths: tuple[Path, ...], regimes: tuple[str, ...], as_of: date | None, world_folder: Path | None,
    settings: tuple[str, ...], form: str | None, outputs: tuple[Path, ...], fail_on: str, fail_on_unknown: bool,
    baseline: Path | None, waivers_file: Path | None, suppose: Path | None, accept_stale: bool, everything: bool,
) -> None:  # fmt: skip
    """Judge the assets found in PATHS, files or folders, by regimes.

    Exit status: 0 no violation; 1 violations; 2 wrong usage or nothing could be read; 3 no rule applied to anything.
    """
    from crossline import comparing, gather, reports, waivers
    from crossline import regimes as known
    from crossline.auditing import audit as judge
    from crossline.evaluate.binding import bind
    from crossline.world.suppose import lay

    for path in outputs:
        _format_of(path)
        needs_folder(path, "--output")
    shown = _printed(form)
    given = parse_settings(settings)
    with console.told(), console.progress("auditing") as say:
        chosen = [known.load(name) for name in dict.fromkeys(regimes or known.DEFAULT)]
        ids = [regime.id for regime in chosen]
        if len(set(ids)) < len(ids):
            raise click.BadParameter(f"{max(ids, key=ids.count)!r} is asked for twice", param_hint="--regime")
        # What a person wrote is read before what takes long, so that a mistake in it is told at once.
        waived = waivers.load(waivers_file) if waivers_file else None
        world = open_world(world_folder)
        supposed = lay(world, suppose) if suppose else None
        asked = supposed.world if supposed else world
        when = as_of or today
        say("reading", 0.0)
        estate, who = gather.gather(paths, when, progress=say, world=asked)
        why = nothing_read(estate)
        if why:
            raise gather.NothingReadError(f"nothing could be read: {why}")
        bindings = bind(chosen, when, who, given)
        earlier = comparing.load(baseline, say) if baseline else None
        result = judge(
            estate, asked, bindings, accept_stale=accept_stale, everything=everything,
            waivers=waived, baseline=earlier, supposed=supposed, progress=say,
        )  # fmt: skip
        for path in outputs:
            say(f"writing {path.name}", 1.0)
            path.write_bytes(_bytes(result, _format_of(path), reports.Options()))
        say("writing", 1.0)
        made = _bytes(result, shown, console.options())
    with console.told():
        console.output(made if reports.load(shown).BINARY else made.rstrip(b"\n") + b"\n")
    sys.exit(_status(result, fail_on, fail_on_unknown=fail_on_unknown))


def _printed(form: str | None) -> str:
    """Return the format to print; fails for one that is not known, or that makes bytes, on a terminal."""
    from crossline import reports

    if form is None:
        return "table"
    if form not in reports.names():
        raise click.BadParameter(f"{form!r} is not one of {', '.join(reports.names())}", param_hint="--format")
    module = reports.load(form)
    if module.BINARY and console.on_terminal():
        suffix = module.SUFFIXES[0] if module.SUFFIXES else ""
        message = f"{form} is not for a terminal; use --output FILE{suffix}, or send it into a file"
        raise click.BadParameter(message, param_hint="--format")
    return form


def _format_of(path: Path) -> str:
    from crossline import reports

    try:
        return reports.for_suffix(path.suffix)
    except KeyError:
        known = ", ".join(suffix for name in reports.names() for suffix in reports.load(name).SUFFIXES)
        raise click.BadParameter(f"{path}: the suffix is none of {known}", param_hint="--output") from None


def _bytes(result: Audit, form: str, options: Options) -> bytes:
    """Write a report as bytes, without a text in between where the format can do without."""
    from crossline import reports

    module = reports.load(form)
    if hasattr(module, "encode"):
        made: str | bytes = module.encode(result)
    else:
        made = module.render(result, options)
    return made if isinstance(made, bytes) else made.encode()


def _status(result: Audit, fail_on: str, *, fail_on_unknown: bool) -> int:
    import polars as pl

    if _fails(result, _SEVERITIES[fail_on]):
        return VIOLATIONS
    baseline = result.header.get("baseline")
    unknown = baseline["new_unknown"] if baseline else int(result.tally["unknown"].sum())
    if fail_on_unknown and unknown:
        return VIOLATIONS
    # Clauses that nothing can decide are unknown of any estate: they do not make a rule apply.
    judged = result.tally.filter(pl.col("kind") != "estate")
    decided = judged.select(pl.col("violation", "compliant", "unknown", "exempt").sum()).row(0)
    return OK if any(decided) else NOTHING_APPLIES


def _fails(result: Audit, severities: tuple[str, ...]) -> bool:
    """Return whether there is a violation severe enough; against a baseline, one that it did not have."""
    import polars as pl

    if result.header.get("baseline"):
        new = result.findings.filter((pl.col("verdict") == "violation") & (pl.col("baseline") == "new"))
        return bool(new["severity"].is_in(severities).any())
    severity = {(rule["regime"], rule["rule"]): rule["severity"] for rule in result.header["rules"]}
    violated = result.tally.filter(pl.col("violation") > 0).select("regime", "rule").rows()
    return any(severity[pair] in severities for pair in violated)
