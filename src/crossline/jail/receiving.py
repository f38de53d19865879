"""What comes of one file: the messages of the process that reads it, and why it ended if it ended too soon."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import termios
import time
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import polars as pl

from crossline.jail.server import PARTS
from crossline.jail.shape import fault
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.jail.starting import Server

    Item = Batch | Reject | Note

_MESSAGE_BYTES: Final = 1 << 16
_END_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 1.0  # between looks at whether the server goes on
_COUNT_MOST: Final = 1 << 48  # of a reject; no file has as many parts


class Broken(Exception):  # noqa: N818 - it ends one file, and is no error of the program
    """The child said something that it never says while it is sound."""


class Arrival:
    """A file that is being read. Its seconds are those spent waiting, not those in which its results are used."""

    def __init__(  # noqa: PLR0913 - what a file is read with
        self,
        server: Server,
        path: Path,
        limits: Limits,
        options: dict[str, object],
        *,
        folder: Path,
        memory_bytes: int,
    ) -> None:
        self.server, self.folder, self.seconds = server, folder, limits.seconds
        self.late = False
        size = path.stat().st_size if path.exists() else 0
        self.job: dict[str, Any] = {
            "path": str(path.absolute()),
            "limits": asdict(limits),
            "options": options,
            "folder": str(folder),
            "memory_bytes": memory_bytes + 4 * size,
            "cpu_seconds": int(limits.seconds * (os.cpu_count() or 1)) + 1,
        }
        (folder / "job").write_text(json.dumps(self.job), "utf-8")
        self.pipe, told = os.pipe()
        self.watch, watched = socket.socketpair()
        with (folder / "job").open("rb") as job, (folder / "stderr").open("wb") as stderr, watched:
            server.ask((job.fileno(), told, stderr.fileno(), watched.fileno()))
        os.close(told)

    def items(self) -> Iterator[Item]:
        """Yield what the child sends, and one reject if it does not come to its end."""
        try:
            for message in self.messages():
                what = message.get("what")
                if what == "end":
                    return
                if what == "raised":
                    yield Reject("file", self.raised(message))
                    return
                yield item_of(message, self.folder)
        except Broken as broken:
            yield Reject("file", f"the reader {self.server.reader} gave back what cannot be used: {broken}")
            return
        yield Reject("file", self.cause())

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the child's messages, one a line, until it closes its end, has ended, or the time is up."""
        pending = b""
        for piece in self.pieces():
            *lines, pending = (pending + piece).split(b"\n")
            if len(pending) > _MESSAGE_BYTES:
                raise Broken("a message that does not end")
            for line in lines:
                yield parsed(line)

    def pieces(self) -> Iterator[bytes]:
        """Yield what the child sends. What it started may keep the pipe open, so the server's word counts as well."""
        left = self.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            if self.server.forks:
                selector.register(self.watch, selectors.EVENT_READ)
            while left > 0:
                begin = time.monotonic()
                ready = {key.fd for key, _ in selector.select(min(left, _LOOK_SECONDS))}
                left -= time.monotonic() - begin
                alone = not ready and not self.server.forks and self.server.ended()
                if alone or self.watch.fileno() in ready:
                    yield from self.rest()
                    return
                if ready:
                    piece = os.read(self.pipe, _MESSAGE_BYTES)
                    if not piece:
                        return
                    yield piece
                else:
                    self.server.wake()
        self.late = True

    def rest(self) -> Iterator[bytes]:
        """Yield what lies in the pipe now that the child has ended, and no more."""
        left = int.from_bytes(fcntl.ioctl(self.pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
        while left > 0 and (piece := os.read(self.pipe, min(left, _MESSAGE_BYTES))):
            left -= len(piece)
            yield piece

    def raised(self, message: dict[str, Any]) -> str:
        """Say what an exception in the child means for the user."""
        kind, text = str(message.get("type")), str(message.get("text"))
        if kind == "MemoryError":
            return self.memory()
        return f"the reader {self.server.reader} broke off on this file: {kind}: {text}"

    def memory(self) -> str:
        """Name the limit on memory."""
        return f"reading it needs more than the limit of {self.job['memory_bytes'] >> 20} MiB of memory"

    def cause(self) -> str:
        """Say why the child ended before its time."""
        if self.late:
            return f"reading it takes longer than the limit of {self.seconds:g} seconds"
        reader, code = self.server.reader, self.status()
        if code is None:
            return f"the reader {reader} fell silent"
        if code == -signal.SIGXCPU:
            return f"reading it takes more than the limit of {self.job['cpu_seconds']} seconds of processor time"
        said = _end(self.folder / "stderr") + _end(self.server.folder / "stderr")
        if b"memory allocation of" in said or b"Cannot allocate memory" in said:
            return self.memory()
        if code < 0:
            return f"the reader {reader} was ended by signal {-code} ({signal.strsignal(-code)}) on this file"
        return f"the reader {reader} ended with status {code} before it was done"

    def status(self) -> int | None:
        """Return the status that the child ended with, as the server tells it; that of the server if it fell too."""
        self.watch.settimeout(_END_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            if said := self.watch.recv(64):
                return int(said)
        return self.server.status(_END_SECONDS)

    def end(self) -> None:
        """End the child and whatever it started, and wait until it is so; a server that says nothing is told of."""
        if self.server.forks:
            self.server.wake()
            self.watch.settimeout(_END_SECONDS)
            try:
                self.watch.shutdown(socket.SHUT_WR)
                while self.watch.recv(64):
                    pass
            except TimeoutError:
                self.server.silent = True
            except OSError:
                pass
        self.watch.close()
        os.close(self.pipe)


def _end(path: Path) -> bytes:
    """Return the end of what was written to a file."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _MESSAGE_BYTES))
        return file.read(_MESSAGE_BYTES)
    return b""


def parsed(line: bytes) -> dict[str, Any]:
    """Return a message; raises Broken."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken("a message that is not JSON") from None
    if not isinstance(message, dict):
        raise Broken("a message of no known form")
    return message


def item_of(message: dict[str, Any], folder: Path) -> Item:
    """Return what a message brings; raises Broken."""
    what, text, locator, count = (message.get(name) for name in ("what", "text", "locator", "count"))
    if what == "batch":
        return _batch(message, folder)
    if what == "note" and isinstance(text, str):
        return Note(text)
    if what == "reject" and isinstance(text, str) and isinstance(locator, str) and _is_count(count):
        return Reject(locator, text, count)
    raise Broken("a message of no known form")


def _is_count(value: object) -> TypeGuard[int]:
    """Whether it is a whole number of things; a truth value, which is one to Python, is not."""
    return type(value) is int and 0 <= value <= _COUNT_MOST


def _batch(message: dict[str, Any], folder: Path) -> Batch:
    """Read the four files of a batch and delete them; raises Broken."""
    number, kind, sums = message.get("number"), message.get("kind"), message.get("sums")
    if not (isinstance(number, int) and isinstance(kind, str) and isinstance(sums, list) and len(sums) == len(PARTS)):
        raise Broken("a message of no known form")
    frames = []
    for part, expected in zip(PARTS, sums, strict=True):
        path = folder / f"{number}.{part}"
        try:
            data = path.read_bytes()
            path.unlink()
            if zlib.crc32(data) != expected:
                raise Broken("a table that does not agree with its checksum")
            frames.append(pl.read_ipc(data))
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise Broken(f"a table that cannot be read ({type(error).__name__})") from None
    batch = Batch(kind, *frames)
    wrong = fault(batch)
    if wrong:
        raise Broken(wrong)
    return batch
