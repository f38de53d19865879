"""Servers, from outside: a process for each reader, which is started, asked to read files, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

# Elsewhere libraries of the system start threads, which a fork does not take along.
FORKS: Final = sys.platform == "linux"

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from crossline.jail import server; server.serve()"
)
_CLOSE_SECONDS: Final = 2.0  # that a server has to end those that it started
# Besides the alphabet: how many threads polars may have, and that libraries start none while they are imported.
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "POLARS_MAX_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "_RJEM_MALLOC_CONF": "background_thread:false",
}


class Server:
    """A process that prepares a reader, and then forks for each file, or, if it may not, reads one file itself."""

    def __init__(self, module: str, known: Mapping[str, pl.DataFrame] | None, *, forks: bool) -> None:
        self.reader = module.rpartition(".")[2]
        self.forks = forks
        self.files = 0  # that are being read
        self.silent = False  # whether it no longer says what became of a file
        self.known = known  # kept, so that no other table gets the identity of one of these
        self.folder = Path(tempfile.mkdtemp(prefix="crossline-"))
        for name, table in (known or {}).items():
            table.write_ipc_stream(self.folder / f"known.{name}", compression="uncompressed")
        told = {"module": module, "known": None if known is None else sorted(known), "forks": forks}
        self._asking, asked = socket.socketpair()
        with asked, (self.folder / "stderr").open("wb") as stderr:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own interpreter, our own text
                [sys.executable, "-I", "-c", _START, json.dumps([p for p in sys.path if p]), json.dumps(told)],
                stdin=asked.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                cwd=self.folder,
                env=_ENVIRONMENT,
                start_new_session=True,
            )

    def wake(self) -> None:
        """Let it go on if somebody has stopped it."""
        with contextlib.suppress(OSError):
            self.process.send_signal(signal.SIGCONT)

    def ask(self, handed: Sequence[int]) -> None:
        """Ask it to read a file: see :func:`crossline.jail.server.serve` for what is handed over."""
        self.wake()
        with contextlib.suppress(OSError):  # one that has fallen is noticed by what does not come
            socket.send_fds(self._asking, [b"?"], list(handed))

    def ended(self) -> bool:
        """Return whether it has."""
        return self.process.poll() is not None

    def status(self, seconds: float) -> int | None:
        """Return the status that it ended with, or None if it does not end within some seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End it: it ends those that it started, or they end with it."""
        with contextlib.suppress(OSError):
            self._asking.shutdown(socket.SHUT_RDWR)
        self._asking.close()
        if self.forks and not self.silent:
            self.wake()
            self.status(_CLOSE_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
