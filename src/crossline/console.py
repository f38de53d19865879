"""What every command does alike: write, tell of mistakes in one line, show progress."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Final

import click

from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crossline.reports import Options

OK: Final = 0
VIOLATIONS: Final = 1
WRONG: Final = 2
NOTHING_APPLIES: Final = 3
_PATIENCE_SECONDS: Final = 1.0


def output(text: bytes | str) -> None:
    """Write to standard output, which may be closed."""
    if sys.stdout is None:
        raise OSError("standard output is closed; use --output FILE")
    sys.stdout.flush()
    sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
    sys.stdout.flush()


def on_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return bool(sys.stdout and sys.stdout.isatty())


def options() -> Options:
    """Return how a report is wanted on standard output: as wide as the terminal, with colour if it is one."""
    import shutil

    from crossline.reports import Options

    width = shutil.get_terminal_size((100, 24)).columns
    return Options(width=max(60, min(width, 140)), colour=on_terminal())


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what a user can put right into one line on standard error and exit status 2."""
    from crossline.text import visible

    try:
        yield
    except Mistake as error:
        click.echo(f"crossline: {visible(str(error), 1000)}", err=True)
        sys.exit(WRONG)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(OK)
    except OSError as error:
        where = f"{visible(str(error.filename), 300)}: " if error.filename else ""
        click.echo(f"crossline: {where}{error.strerror or error}", err=True)
        sys.exit(WRONG)
    except MemoryError:
        click.echo("crossline: not enough memory for this input", err=True)
        sys.exit(WRONG)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """Show progress on standard error, on a terminal, once the work has taken longer than a second.

    What is yielded takes what is being done and which part of it is done, from 0 to 1. The bar appears when the time
    has come, even while one long step says nothing.
    """
    if not (sys.stderr and sys.stderr.isatty()):
        yield lambda _what, _part: None
        return
    import threading

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from crossline.text import visible

    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task(title, total=1.0)
    starting = threading.Lock()
    over = False

    def begin() -> None:
        with starting:
            if not over:
                bar.start()

    timer = threading.Timer(_PATIENCE_SECONDS, begin)
    timer.daemon = True
    timer.start()

    def say(what: str, part: float) -> None:
        bar.update(task, description=visible(what, 60), completed=part)

    try:
        yield say
    finally:
        timer.cancel()
        with starting:
            over = True
        bar.stop()
