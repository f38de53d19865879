"""The server of a reader: a process that prepares it and opens no file, and is forked for each file.

It starts as ``python -I``, gives up what no reader needs, imports the reader, and lets it make once what all files
are read with (``prepare``). Each request hands over four open files by its standard input, which is a socket: the job
(JSON), where messages go, what stands for standard error, and a socket by which the server tells the status that the
child ended with, and on which it notices that the file is not wanted any more.

A fork takes along one thread. What others held, or were to do, is lost: so polars, whose threads start with the first
expression, waits for ever in a fork made after that. Before a server forks it looks for such threads, and refuses to if
there are some. What holds locks while it forks (the allocators of C and of polars) is known to prepare itself for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import re
import resource
import select
import signal
import socket
import sys
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import polars as pl

from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Callable

WRITTEN_BYTES: Final = 16 << 30  # the largest file that a child may write
OPEN_FILES: Final = 256
PROCESSES: Final = 4096  # that a child may start besides those that its user has; the kernel lets root have more
PARTS: Final = ("assets", "identifiers", "ties", "extents")

_HANDED: Final = 4
_TEXT_CHARACTERS: Final = 2000
_SWEEP_SECONDS: Final = 3.0  # less than those that are waited for a status
_POOLS: Final = re.compile(r"polars-\d+|tokio-rt|async-executor")  # names of threads that a fork cannot do without

# Linux: <linux/prctl.h>, <linux/sched.h>
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


@dataclass
class _Children:
    """Processes that read a file, by their ids, each with the socket on which its end is told."""

    watched: dict[int, socket.socket] = field(default_factory=dict)
    ending: set[int] = field(default_factory=set)
    swept: bool = True  # whether no other process is left that one of them started

    def heard(self) -> list[socket.socket]:
        """Return the sockets of those that are not ended already."""
        return [socket_ for child, socket_ in self.watched.items() if child not in self.ending]

    def look(self) -> None:
        """Tell of those that have ended, and end what they started; they are waited for last, to keep their ids."""
        over = []
        for child in list(self.watched):
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _end_group(child)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            self.ending.discard(child)
            over.append((self.watched.pop(child), status))
        self.sweep()
        for told, status in over:
            with told, contextlib.suppress(OSError):
                told.send(str(status).encode())

    def sweep(self) -> None:
        """End what has left its group: whoever has lost its parent is a child of this process, and no other is."""
        until = time.monotonic() + _SWEEP_SECONDS
        while strays := [child for child in _own_children() if child not in self.watched]:
            if time.monotonic() > until:
                break
            for stray in strays:
                with contextlib.suppress(OSError):
                    os.kill(stray, signal.SIGKILL)
                    os.waitpid(stray, os.WNOHANG)
        self.swept = not strays

    def end(self) -> None:
        """End all of them, and what they started."""
        for child in list(self.watched):
            _end_group(child)
            os.waitpid(child, 0)
            self.watched.pop(child).close()
        self.sweep()

    def unwanted(self, ready: set[int]) -> None:
        """End those whose file is not wanted any more: the socket has been closed over there."""
        for child, socket_ in self.watched.items():
            if socket_.fileno() in ready:
                self.ending.add(child)
                _end_group(child)


def serve() -> NoReturn:
    """Be the server of the reader that the command line names."""
    told = json.loads(sys.argv[2])
    if sys.platform == "linux":
        _bound(resource.RLIMIT_NPROC, _started() + PROCESSES)
    _confine()
    asked = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - its number is wanted
        os.dup2(nothing.fileno(), 0)
    if not told["forks"]:
        handed = _handed(asked)
        asked.close()
        if handed is None:
            os._exit(0)
        _read(handed, lambda: _prepared(told))
    read = _tried(told)
    gc.collect()
    gc.freeze()  # what is there now is not looked at again, and so not copied
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    children = _Children()
    while True:
        poll = select.poll()
        for one in (asked, woken, *children.heard()):
            poll.register(one, select.POLLIN)
        ready = {number for number, _ in poll.poll(None if children.swept else 100)}
        if woken.fileno() in ready:
            woken.recv(4096)
        children.unwanted(ready)
        children.look()
        if asked.fileno() in ready:
            handed = _handed(asked)
            if handed is None:
                children.end()
                os._exit(0)
            _fork(handed, read, children, (asked, woken, wake))


def _fork(
    handed: tuple[int, ...], read: Callable[[], Any], children: _Children, own: tuple[socket.socket, ...]
) -> None:
    server = os.getpid()
    try:
        child = os.fork()
    except OSError as error:  # too many processes, or too little memory
        _send(handed[1], {"what": "raised", "type": type(error).__name__, "text": str(error)})
        for number in handed:
            os.close(number)
        return
    if child:
        with contextlib.suppress(OSError):
            os.setpgid(child, child)
        *others, watched = handed
        for number in others:
            os.close(number)
        children.watched[child] = socket.socket(fileno=watched)
        return
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        _die_with_parent()
        if os.getppid() == server:
            for one in (*own, *children.watched.values()):
                one.close()
            _read(handed, read)
    finally:
        os._exit(1)


def _handed(asked: socket.socket) -> tuple[int, ...] | None:
    """Return the open files that come with a request; None if nobody is there to ask any more."""
    try:
        said, handed, _, _ = socket.recv_fds(asked, 1, _HANDED)
    except OSError:
        said, handed = b"", []
    return tuple(handed) if said and len(handed) == _HANDED else None


def _tried(told: dict[str, Any]) -> Callable[[], Any]:
    """Prepare the reader; return what gives it, or raises what was raised here, for each file that it is asked for."""
    try:
        reader = _prepared(told)
        pools = [name for name in _threads() if _POOLS.match(name)]
        if pools:
            raise RuntimeError(f"threads that no fork takes along were started before it: {', '.join(pools)}")  # noqa: TRY301
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception, and each file is to tell
        failure = error

        def failed() -> Any:  # noqa: ANN401 - it returns nothing
            raise failure

        return failed
    return lambda: reader


def _prepared(told: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Import the reader, and make what all files are read with."""
    reader = importlib.import_module(told["module"])
    options = {}
    known: Any = None
    if told["known"] is not None:  # written by whoever started this, so it is as whole as that is; starts no threads
        known = {name: pl.read_ipc_stream(Path(f"known.{name}")) for name in told["known"]}
    if hasattr(reader, "prepare"):
        known = reader.prepare(known)
    if told["known"] is not None:
        options["known"] = known
    return reader, options


def _threads() -> list[str]:
    """Return the names of this process's threads, where the system tells them."""
    with contextlib.suppress(OSError):
        return [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return []


def _read(handed: tuple[int, ...], prepared: Callable[[], Any]) -> NoReturn:
    """Read the file that a request is about, send what it holds, and end."""
    job_file, pipe, stderr, watched = handed
    os.dup2(stderr, 2)
    os.dup2(stderr, 1)  # what a library prints does not mix with messages
    with open(job_file, "rb") as file:  # noqa: PTH123 - it is open
        job = json.load(file)
    os.close(stderr)
    os.close(watched)
    folder = Path(job["folder"])
    try:
        _limit(job["memory_bytes"], job["cpu_seconds"])
        reader, options = prepared()
        os.chdir(folder)
        items = reader.read(Path(job["path"]), Limits(**job["limits"]), **job["options"], **options)
        for number, item in enumerate(items):
            _send(pipe, _message(item, folder, number))
        _send(pipe, {"what": "end"})
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception, and this is the last stop
        text = " ".join(str(error).split())[:_TEXT_CHARACTERS]
        _send(pipe, {"what": "raised", "type": type(error).__name__, "text": text})
    os._exit(0)  # a library that crashes while it is taken down does no harm


def _message(item: Batch | Reject | Note, folder: Path, number: int) -> dict[str, object]:
    if isinstance(item, Note):
        return {"what": "note", "text": item.text[:_TEXT_CHARACTERS]}
    if isinstance(item, Reject):
        locator, reason = item.locator[:_TEXT_CHARACTERS], item.reason[:_TEXT_CHARACTERS]
        return {"what": "reject", "locator": locator, "text": reason, "count": item.count}
    sums = []
    for part in PARTS:
        path = folder / f"{number}.{part}"
        getattr(item, part).write_ipc(path, compression="uncompressed")
        sums.append(zlib.crc32(path.read_bytes()))
    return {"what": "batch", "number": number, "kind": item.kind, "sums": sums}


def _send(pipe: int, message: dict[str, object]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


def _own_children() -> list[int]:
    """Return the processes whose parent this one is, where the system tells them."""
    own = os.getpid()
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):  # a kernel without CONFIG_PROC_CHILDREN
        with contextlib.suppress(OSError, ValueError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == own:
                found.append(int(path.parent.name))
    return found


def _started() -> int:
    """Return how many processes and threads this one's user has, which is what the kernel counts against its limit."""
    count, own = 0, os.getuid()
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if path.stat().st_uid == own:
                count += len(os.listdir(path / "task"))  # noqa: PTH208 - they are only counted
    return count


def _end_group(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _bound(what: int, amount: int) -> None:
    hard = resource.getrlimit(what)[1]
    least = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (least, least))


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound what reading one file may take. What a system does not offer is left out: see docs/threat-model.md."""
    for what, amount in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _bound(what, amount)


def _confine() -> None:
    """Give up what no reader needs; what is forked has it no more."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what loses its parent becomes a child of this process
        # without privilege a network namespace of one's own needs a user namespace of one's own; a process that has
        # the privilege keeps its user, because it may need it to open the file
        if libc.unshare(_CLONE_NEWNET):
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    _die_with_parent()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
