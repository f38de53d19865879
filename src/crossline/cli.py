"""The command line: one thin command per verb. Nothing heavy is imported before a command runs.

The clock is read here, once, for the default of ``--as-of``; nothing below this module knows what day it is.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crossline import console
from crossline.console import NOTHING_APPLIES, OK, VIOLATIONS, WRONG
from crossline.version import VERSION

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.reports import Audit, Options
    from crossline.world import World

_SEVERITIES: Final = {"high": ("high",), "medium": ("high", "medium"), "low": ("high", "medium", "low"), "none": ()}


class _Date(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        if isinstance(value, date):
            return value
        text = str(value)
        try:
            # ISO 8601 also has 20200805 and 2020-W32-3, which are not taken here.
            return date.fromisoformat(text if text[4:5] == text[7:8] == "-" else "")
        except ValueError:
            self.fail(f"{value!r} is not a date of the form YYYY-MM-DD", param, ctx)


def _world(folder: Path | None) -> World:
    from crossline.world import store

    return store.load(folder) if folder else store.shipped()


def _settings(pairs: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Read ``regime.key=value`` pairs."""
    result: dict[str, dict[str, str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        regime, dot, key = name.rpartition(".")
        if not equals or not dot or not regime or not key:
            raise click.BadParameter(f"{pair!r} is not of the form regime.key=value", param_hint="--set")
        result.setdefault(regime, {})[key] = value
    return result


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="crossline")
def main() -> None:
    """Show whose lines your network crosses.

    Audits an estate (routing tables, inventories, registers) against a regime of any state: a verdict for each
    asset, and the evidence for it, step by step, each step with its source.
    """


_world_option = click.option(
    "--world", "world_folder", type=click.Path(path_type=Path, file_okay=False), envvar="CROSSLINE_WORLD",
    help="A folder made by 'crossline world build' or 'pull'; without it, the facts that ship with Crossline.",
)  # fmt: skip
_as_of_option = click.option(
    "--as-of", type=_Date(), default=None, help="The date the question is asked for; default today."
)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--regime",
    "regimes",
    multiple=True,
    metavar="ID|FILE",
    help="Whose rules; may repeat. Default: us-clean-network and cn-gdsi.",
)
@_as_of_option
@_world_option
@click.option(
    "--set", "settings", multiple=True, metavar="REGIME.KEY=VALUE", help="Set a parameter of a regime; may repeat."
)
@click.option("--format", "form", default=None, metavar="table|json|html", help="What to print; default table.")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report to a file, its format by the suffix; may repeat.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_SEVERITIES)),
    default="low",
    help="Least severity of a violation that makes the exit status 1.",
)
@click.option("--fail-on-unknown", is_flag=True, help="Make the exit status 1 if anything is unknown.")
@click.option("--accept-stale", is_flag=True, help="Let identifiers seen at another time speak for this one.")
@click.option("--all", "everything", is_flag=True, help="List every judgement singly, not violations alone.")
def audit(
    paths: tuple[Path, ...], regimes: tuple[str, ...], as_of: date | None, world_folder: Path | None,
    settings: tuple[str, ...], form: str | None, outputs: tuple[Path, ...], fail_on: str, fail_on_unknown: bool,
    accept_stale: bool, everything: bool,
) -> None:  # fmt: skip
    """Judge the assets found in PATHS, files or folders, by regimes.

    Exit status: 0 no violation; 1 violations; 2 wrong usage or nothing could be read; 3 no rule applied to anything.
    """
    from crossline import gather, reports
    from crossline import regimes as known
    from crossline.auditing import audit as judge
    from crossline.evaluate.binding import bind

    for path in outputs:
        _format_of(path)
        if not path.parent.is_dir():
            raise click.BadParameter(f"{path.parent}: no such folder", param_hint="--output")
    if form is not None and form not in reports.names():
        raise click.BadParameter(f"{form!r} is not one of {', '.join(reports.names())}", param_hint="--format")
    given = _settings(settings)
    with console.told(), console.progress("auditing") as say:
        chosen = [known.load(name) for name in dict.fromkeys(regimes or known.DEFAULT)]
        ids = [regime.id for regime in chosen]
        if len(set(ids)) < len(ids):
            raise click.BadParameter(f"{max(ids, key=ids.count)!r} is asked for twice", param_hint="--regime")
        when = as_of or datetime.now(UTC).date()
        world = _world(world_folder)
        estate, who = gather.gather(paths, when, progress=say)
        why = _nothing_read(estate)
        if why:
            raise gather.NothingReadError(f"nothing could be read: {why}")
        bindings = bind(chosen, when, who, given)
        result = judge(estate, world, bindings, accept_stale=accept_stale, everything=everything, progress=say)
    with console.told():
        _write(result, form or "table", outputs)
    sys.exit(_status(result, fail_on, fail_on_unknown=fail_on_unknown))


def _format_of(path: Path) -> str:
    from crossline import reports

    try:
        return reports.for_suffix(path.suffix)
    except KeyError:
        known = ", ".join(suffix for name in reports.names() for suffix in reports.load(name).SUFFIXES)
        raise click.BadParameter(f"{path}: the suffix is none of {known}", param_hint="--output") from None


def _write(result: Audit, form: str, outputs: tuple[Path, ...]) -> None:
    import shutil

    from crossline import reports

    for path in outputs:
        path.write_bytes(_bytes(result, _format_of(path), reports.Options()))
    width = shutil.get_terminal_size((100, 24)).columns
    options = reports.Options(width=max(60, min(width, 140)), colour=bool(sys.stdout and sys.stdout.isatty()))
    console.output(_bytes(result, form, options).rstrip(b"\n") + b"\n")


def _bytes(result: Audit, form: str, options: Options) -> bytes:
    """Write a report as bytes, without a text in between where the format can do without."""
    from crossline import reports

    module = reports.load(form)
    if hasattr(module, "encode"):
        made: str | bytes = module.encode(result)
    else:
        made = module.render(result, options)
    return made if isinstance(made, bytes) else made.encode()


def _nothing_read(estate: Estate) -> str | None:
    """Return why nothing could be read, file by file, or None where something was, if only that a file is empty."""
    if any(item.rows or (item.reader and not item.rejected) for item in estate.coverage):
        return None
    told = [
        f"{item.path}: {(*item.notes, *(reject.reason for reject in item.rejects), 'no reader takes it')[0]}"
        for item in estate.coverage[:5]
    ]
    return "; ".join(told) or "there are no files"


def _status(result: Audit, fail_on: str, *, fail_on_unknown: bool) -> int:
    import polars as pl

    severity = {(rule["regime"], rule["rule"]): rule["severity"] for rule in result.header["rules"]}
    violated = result.tally.filter(pl.col("violation") > 0).select("regime", "rule").rows()
    if any(severity[pair] in _SEVERITIES[fail_on] for pair in violated):
        return VIOLATIONS
    if fail_on_unknown and int(result.tally["unknown"].sum()):
        return VIOLATIONS
    # Clauses that nothing can decide are unknown of any estate: they do not make a rule apply.
    judged = result.tally.filter(pl.col("kind") != "estate")
    decided = judged.select(pl.col("violation", "compliant", "unknown", "exempt").sum()).row(0)
    return OK if any(decided) else NOTHING_APPLIES


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "parquet"]),
    default="table",
    help="What to print, or write.",
)
@click.option("--output", type=click.Path(path_type=Path), default=None, help="A file, or for parquet a folder.")
@_as_of_option
def read(paths: tuple[Path, ...], form: str, output: Path | None, as_of: date | None) -> None:
    """Show what was understood of PATHS: assets, ties, extents and rejects."""
    from crossline import gather, understood
    from crossline.text import visible

    if form == "parquet" and output is None:
        raise click.UsageError("--format parquet needs --output FOLDER")
    with console.told(), console.progress("reading") as say:
        estate, _ = gather.gather(paths, as_of or datetime.now(UTC).date(), progress=say)
        if form == "parquet" and output is not None:
            understood.parquet(estate, output)
            return
        text = understood.json(estate) if form == "json" else understood.table(estate)
        if output:
            output.write_bytes(text)
        else:
            console.output(text)
    why = _nothing_read(estate)
    if why:
        click.echo(f"crossline: nothing could be read: {visible(why, 1000)}", err=True)
        sys.exit(WRONG)


@main.command()
@click.argument("what", metavar="FINDING|ASSET")
@click.option("--report", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A report in JSON.")
def explain(what: str, report: Path) -> None:
    """Tell the chain of evidence of a finding, or of all findings on an asset, each step with its source."""
    from crossline import explain as explaining
    from crossline.reports import Options

    with console.told():
        told = explaining.explain(report, what)
        console.output(explaining.render(told, Options(colour=sys.stdout.isatty())))


@main.group()
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
@click.argument("name", metavar="ID|FILE")
def regime_show(name: str) -> None:
    """Show a regime's rules, their sources, and what cannot be decided."""
    from crossline import regimes as known
    from crossline import understood

    with console.told():
        console.output(understood.regime(known.load(name)))


@regime.command("check")
@click.argument("name", metavar="ID|FILE")
@_world_option
def regime_check(name: str, world_folder: Path | None) -> None:
    """Check a regime's file, and run every rule's own cases; exit status 1 if one gets another verdict."""
    from crossline import regimes as known
    from crossline.evaluate import cases

    with console.told():
        loaded = known.load(name)
        known_world = _world(world_folder)
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


@main.group()
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
def world_build(origin: Path, output: Path) -> None:
    """Build a world from files that are there, without a network."""
    from crossline import understood
    from crossline.world import build

    with console.told(), console.progress("building") as say:
        report = build.build(origin, output, say)
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
def world_pull(output: Path, names: tuple[str, ...], accept: tuple[str, ...]) -> None:
    """Fetch open data from its publishers, with checksums; a transfer that broke off is resumed.

    The licence or terms of each source are shown first. What asks for acceptance is fetched only with --accept.
    """
    from crossline.text import visible
    from crossline.world import pull, sources

    today = datetime.now(UTC).date()
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
@_world_option
def world_show(world_folder: Path | None) -> None:
    """Show what a world holds, and from which sources."""
    from crossline import understood

    with console.told():
        console.output(understood.world(_world(world_folder)))


@world.command("lookup")
@click.argument("value")
@_world_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def world_lookup(value: str, world_folder: Path | None, form: str) -> None:
    """Show every statement about VALUE: an address, an AS number, a party, a name, an identifier."""
    import json

    from crossline.world import lookup

    with console.told():
        answer = lookup.lookup(_world(world_folder), value)
        text = (
            json.dumps(answer.as_json(), ensure_ascii=False, indent=1)
            if form == "json"
            else "\n".join(lookup.lines(answer))
        )
        console.output(text + "\n")
    sys.exit(OK if answer.questions else NOTHING_APPLIES)
