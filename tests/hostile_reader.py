"""A reader for the tests of the jail: it does whatever harm its ``act`` names."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

import polars as pl

from crossline import kinds
from crossline.tables import ASSET, IDENTIFIER, TIE, Batch, Limits, Note, Reject, extent_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def batch(name: str = "s1", **changes: pl.DataFrame) -> Batch:
    """Return a sound batch of one session, with any part exchanged."""
    own = dict.fromkeys(kinds.load("session").schema())
    row = dict.fromkeys(ASSET) | own | {"asset": name, "name": name, "bundle": 0}
    parts = {
        "assets": pl.DataFrame([row], schema=dict(ASSET) | dict(kinds.load("session").schema())),
        "identifiers": pl.DataFrame({"type": ["asn"], "value": ["64496"]}, schema=IDENTIFIER),
        "ties": pl.DataFrame(
            {"bundle": [0], "role": ["neighbour"], "identifier": [0], "seq": [0]},
            schema={n: TIE[n] for n in ("bundle", "role", "identifier", "seq")},
        ),
        "extents": extent_rows([(0, "neighbour", "all", None)]),
    }
    return Batch("session", **(parts | changes))


def spin() -> None:
    """Never end."""
    while True:
        pass


def panic() -> None:
    """End as polars does when it panics: with an exception that is no Exception."""
    raise pl.exceptions.PanicException("made to panic")


def babble() -> None:
    """Print what looks like a message, and bytes that are no text."""
    sys.stdout.write('{"what": "end"}\n' * 5)
    os.write(1, b"\xff\xfe")


def stray() -> int:
    """Start a process that leaves its group and its session, and whose parent ends; return its id."""
    there, told = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(told, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    return int(os.read(there, 20))


def bomb() -> str:
    """Start 200 processes, each of a session of its own; return their ids."""
    started = []
    for _ in range(200):
        started.append(os.fork())
        if started[-1] == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)
    return " ".join(map(str, started))


HARM = {
    "behave": lambda: None,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "panic": panic,
    "exit": lambda: sys.exit(0),
    "vanish": lambda: os._exit(0),
    "spin": spin,
    "sleep": lambda: time.sleep(600),
    "wait": lambda: time.sleep(600),
    "allocate": lambda: bytearray(64 << 30),
    "allocate in rust": lambda: pl.int_range(0, 4 << 30, eager=True),
    "print": babble,
    "stray and fall": lambda: (stray(), os._exit(3)),
    "stop": lambda: os.kill(os.getppid(), signal.SIGSTOP),
}
# what is told of
TOLD = {
    "stray": stray,
    "stray and wait": stray,
    "bomb": bomb,
    "processes": lambda: resource.getrlimit(resource.RLIMIT_NPROC),
}


def prepare(known: dict[str, pl.DataFrame] | None) -> dict[str, list[str]]:
    """Return the tables as lists, and who made them; a table of another name does harm."""
    tables = known or {}
    if "raise" in tables:
        raise ValueError("made to raise")
    if "threads" in tables:
        tables["threads"].select(pl.all().sort())
    return {name: table["name"].to_list() for name, table in tables.items()} | {"by": [str(os.getpid())]}


def read(
    path: Path, limits: Limits, act: str = "behave", known: dict[str, list[str]] | None = None
) -> Iterator[Batch | Reject | Note]:
    """Yield a batch, a reject and a note, then do the act."""
    yield batch()
    yield Reject("line 2", "a bad row", 3)
    yield Note("a note")
    if act in HARM:
        HARM[act]()
    elif act in TOLD:
        yield Note(str(TOLD[act]()))
        if act == "stray and wait":
            time.sleep(600)
    elif act == "tell":
        yield Note(f"{known} {os.getpid()} {os.getppid()}")
    elif act == "leave":
        if os.fork() == 0:
            time.sleep(600)
        yield Note(str(os.getpid()))
    elif act == "lie":
        yield batch("s2", identifiers=pl.DataFrame({"type": ["asn"], "value": [1]}))
    elif act == "limits":
        yield Note(f"{path.name} {limits.seconds:g} {resource.getrlimit(resource.RLIMIT_CORE)} {sys.stdin.read()!r}")
        yield Note(" ".join(sorted(os.environ)))
    elif act == "network":
        with socket.socket() as probe:
            probe.settimeout(1)
            yield Note(f"connect {probe.connect_ex(('127.0.0.1', int(path.read_text())))}")
