"""Progress: shown on a terminal once the work has taken a second, never into a pipe, and every long step told."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from crossline import console
from invoked import AUDIT, run, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRESS = """
import sys, time
from crossline import console
with console.progress("working") as say:
    say(sys.argv[2], 0.25)
    time.sleep(float(sys.argv[1]))
print("done")
"""


@pytest.mark.parametrize(("seconds", "shown"), [("1.6", True), ("0.3", False)])
def test_progress_on_a_terminal(seconds: str, shown: bool) -> None:
    """On a terminal the bar shows after a second, though the step says nothing more; names come through harmless."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRESS, seconds, "reading\x1b[2J.csv"]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    )
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # a terminal whose other end is closed
        while part := os.read(ours, 65536):
            told += part
    os.close(ours)
    assert done.stdout == b"done\n"
    assert (b"reading\\x1b[2J.csv" in told) == shown
    assert b"\x1b[2J" not in told


def test_no_progress_into_a_pipe() -> None:
    """Into a pipe or a file no bar is written, however long it takes."""
    command = [sys.executable, "-c", PROGRESS, "1.3", "reading"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_each_long_step_is_told(stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, resolving, judging, telling and writing each say what is being done."""
    told: list[str] = []

    @contextlib.contextmanager
    def listening(_title: str) -> Iterator[Callable[[str, float], None]]:
        yield lambda what, _part: told.append(what)

    monkeypatch.setattr(console, "progress", listening)
    run(
        *AUDIT,
        stores / "bad",
        "--output",
        stores / "x.json",
        "--baseline",
        write(stores / "b.json", '{"crossline": "1"}'),
    )
    order = ["reading", "read data-store.csv", "reading b.json", "resolving", "judging by", "telling", "writing x.json"]
    places = [next(place for place, what in enumerate(told) if what.startswith(step)) for step in order]
    assert places == sorted(places)
