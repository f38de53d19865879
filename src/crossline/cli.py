"""The command line: finds the command that is asked for, and reads the clock.

Today's date is read here, once, for the default of ``--as-of``; nothing below this module knows what day it is. Which
commands there are, the files of :mod:`crossline.commands` say; only the one that is asked for is imported, and nothing
heavy before it runs.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from crossline import commands
from crossline.version import VERSION


@click.group(
    cls=commands.Verbs,
    among=commands.COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(VERSION, prog_name="crossline")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Show whose lines your network crosses.

    Audits an estate (routing tables, inventories, registers) against a regime of any state: a verdict for each
    asset, and the evidence for it, step by step, each step with its source.
    """
    ctx.obj = datetime.now(UTC).date()


if __name__ == "__main__":
    main()
