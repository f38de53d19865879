"""Commands: one file each, found by its name (``audit.py`` is ``crossline audit``), and the options that several share.

A module here has a click command or group of its own name, and imports nothing heavy before that runs: all of them are
imported to list what there is. The clock is not read here: a command gets today's date as click's ``obj``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crossline.registry import Registry
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.shell_completion import CompletionItem

    from crossline.estate import Estate
    from crossline.world import World

_DATE_LENGTH: Final = len("2020-08-05")


COMMANDS: Final = Registry(__name__, dashed=True)
names = COMMANDS.names
formats = Registry("crossline.reports").names  # those of a report, without importing column code


def load(name: str, among: Registry = COMMANDS) -> click.Command:
    """Return the command of that name; raises KeyError if there is none."""
    command: click.Command = getattr(among.load(name), name.replace("-", "_"))
    return command


class Verbs(click.Group):
    """Commands found by file name: those of one package's modules."""

    def __init__(self, among: Registry, **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(**attributes)
        self._among = among

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(self._among.names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of that name, or None."""
        return load(cmd_name, self._among) if cmd_name in self._among.names() else None


class Day(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401
        """Read the day, or fail as click does."""
        if isinstance(value, date):
            return value
        text = str(value)
        try:
            # ISO 8601 also has 20200805 and 2020-W32-3, which are not taken here.
            return date.fromisoformat(text if text[4:5] == text[7:8] == "-" and len(text) == _DATE_LENGTH else "")
        except ValueError:
            self.fail(f"{value!r} is not a date of the form YYYY-MM-DD", param, ctx)


def complete_regimes(_ctx: click.Context, _param: click.Parameter | None, begun: str) -> list[CompletionItem]:
    """Complete the id of a regime that ships, or else a file."""
    from click.shell_completion import CompletionItem

    from crossline import regimes

    found = [CompletionItem(name) for name in regimes.names() if name.startswith(begun)]
    return found or [CompletionItem(begun, type="file")]


def complete_formats(_ctx: click.Context, _param: click.Parameter | None, begun: str) -> list[CompletionItem]:
    """Complete the name of a format of a report."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in formats() if name.startswith(begun)]


def complete_settings(ctx: click.Context, _param: click.Parameter | None, begun: str) -> list[CompletionItem]:
    """Complete ``regime.key=value``: parameters of the regimes asked for, and the values that a parameter may have."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(text) for text in _settings_of(ctx, begun) if text.startswith(begun)]


def _settings_of(ctx: click.Context, begun: str) -> Iterator[str]:
    from crossline import regimes

    for name in ctx.params.get("regimes") or regimes.DEFAULT:
        # A regime that cannot be loaded has nothing to complete; running the command says what is wrong with it.
        try:
            regime = regimes.load(name)
        except (OSError, ValueError):
            continue
        if "=" not in begun:
            yield from (f"{regime.id}.{key}=" for key in ("home", "target", *regime.parameters))
            continue
        for parameter in regime.parameters.values():
            choices = ("true", "false") if parameter.type == "boolean" else parameter.choices
            yield from (f"{regime.id}.{parameter.name}={choice}" for choice in choices)


world_option = click.option(
    "--world", "world_folder", type=click.Path(path_type=Path, file_okay=False), envvar="CROSSLINE_WORLD",
    help="A folder made by 'crossline world build' or 'pull'; without it, the facts that ship with Crossline.",
)  # fmt: skip
as_of_option = click.option(
    "--as-of", type=Day(), default=None, help="The date the question is asked for; default today."
)
regimes_option = click.option(
    "--regime", "regimes", multiple=True, metavar="ID|FILE", shell_complete=complete_regimes,
    help="Whose rules; may repeat. Default: us-clean-network and cn-gdsi.",
)  # fmt: skip
settings_option = click.option(
    "--set", "settings", multiple=True, metavar="REGIME.KEY=VALUE", shell_complete=complete_settings,
    help="Set a parameter of a regime; may repeat.",
)  # fmt: skip


def open_world(folder: Path | None) -> World:
    """Open a world folder, or without one the facts that ship."""
    from crossline.world import store

    return store.load(folder) if folder else store.shipped()


def parse_settings(pairs: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Read ``regime.key=value`` pairs."""
    result: dict[str, dict[str, str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        regime, dot, key = name.rpartition(".")
        if not equals or not dot or not regime or not key:
            meant = f"us-clean-network.{pair}" if equals and name and not dot else "us-clean-network.home=FR"
            raise click.BadParameter(
                f"{visible(pair)!r} is not of the form regime.key=value, such as {visible(meant)}", param_hint="--set"
            )
        result.setdefault(regime, {})[key] = value
    return result


def nothing_read(estate: Estate) -> str | None:
    """Return why nothing could be read, file by file, or None where something was, if only that a file is empty."""
    files = [item for item in estate.coverage if item.of_a_file]
    if any(item.rows or item.fragments or (item.reader and not item.rejected) for item in files):
        return None
    told = [
        f"{item.path}: {(*item.notes, *(reject.reason for reject in item.rejects), 'no reader takes it')[0]}"
        for item in files[:5]
    ]
    return "; ".join(told) or "there are no files"


def needs_folder(path: Path, option: str) -> None:
    """Fail, before any work is done, where a file is to be written into a folder that is not there."""
    if not path.parent.is_dir():
        raise click.BadParameter(f"{path.parent}: no such folder", param_hint=option)
