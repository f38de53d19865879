"""A child process for readers whose library may crash, panic or never end on a file made to hurt it.

Columnar libraries promise no such survival: polars ends a broken Parquet file with ``PanicException``, which is no
``Exception``, and some files end the whole process. So a reader that says ``JAILED`` runs apart, with limits on
memory, processor time, wall-clock time and what it may write, no input, a bare environment, no core dump and, where
the kernel lets it, no network. What it read comes back as Arrow IPC files in a private folder. Such a file is opened
here only once the child has said that it is whole and its checksum agrees, because unvalidated Arrow can end a
process too, and a batch is passed on only if it has the shape that :mod:`crossline.tables` asks for. Batches that
were whole before the child fell stand; the rest is one reject.

The child starts as ``python -I``, sets its own limits, and only then imports the reader and opens the file.
docs/threat-model.md says what this does not hold against.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers, kinds, tables
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Item = Batch | Reject | Note

MEMORY_BYTES: Final = 6 << 30  # address space of a child, to which four times the file's size is added
WRITTEN_BYTES: Final = 16 << 30  # the largest file that a child may write
OPEN_FILES: Final = 256

_MESSAGE_BYTES: Final = 1 << 16
_TEXT_CHARACTERS: Final = 2000
_PARTS: Final = ("assets", "identifiers", "ties", "extents")
_START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from crossline import jail; jail.child()"

# Linux: <linux/prctl.h>, <linux/sched.h>
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def run(
    reader_name: str, path: Path, limits: Limits, known: Mapping[str, pl.DataFrame] | None = None, **options: object
) -> Iterator[Item]:
    """Yield what the reader of that name yields for the file, from a child process.

    ``options`` (JSON values) and ``known`` (tables by name) go to the reader's ``read``. Whatever becomes of the child,
    nothing raises here.
    """
    yield from run_module(f"crossline.readers.{reader_name}", path, limits, options=options, known=known)


def run_module(  # noqa: PLR0913 - the last three are asked by name
    module: str,
    path: Path,
    limits: Limits,
    *,
    options: dict[str, object] | None = None,
    known: Mapping[str, pl.DataFrame] | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Iterator[Item]:
    """Yield what ``module.read`` yields for the file; see :func:`run`."""
    folder = Path(tempfile.mkdtemp(prefix="crossline-"))
    try:
        size = path.stat().st_size if path.exists() else 0
        job = {
            "module": module,
            "path": str(path.absolute()),
            "limits": asdict(limits),
            "options": options or {},
            "known": sorted(known) if known is not None else None,
            "folder": str(folder),
            "memory_bytes": memory_bytes + 4 * size,
            "cpu_seconds": int(limits.seconds * (os.cpu_count() or 1)) + 1,
        }
        for name, table in (known or {}).items():
            table.write_ipc(folder / f"known.{name}", compression="uncompressed")
        child = _Child(job, folder, module.rpartition(".")[2], limits.seconds)
        try:
            yield from child.items()
        finally:
            child.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Broken(Exception):  # noqa: N818 - it ends one file, and is no error of the program
    """The child said something that it never says while it is sound."""


@dataclass
class _Child:
    """A running reader. ``seconds`` counts the time spent waiting for it, not the time its results are used."""

    job: dict[str, Any]
    folder: Path
    name: str
    seconds: float
    late: bool = False
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        with (self.folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own text
                [sys.executable, "-I", "-c", _START, json.dumps([p for p in sys.path if p]), json.dumps(self.job)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=self.folder,
                env={"LC_ALL": "C.UTF-8", "POLARS_MAX_THREADS": "2"},
                start_new_session=True,
            )

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
                yield self.item(what, message)
        except _Broken as broken:
            yield Reject("file", f"the reader {self.name} gave back what cannot be used: {broken}")
            return
        yield Reject("file", self.cause())

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield the child's messages, one a line, until it closes its end or the time is up."""
        pipe = self.process.stdout
        if pipe is None:
            raise _Broken("no pipe")
        pending, left = b"", self.seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                begin = time.monotonic()
                ready = left > 0 and selector.select(left)
                left -= time.monotonic() - begin
                if not ready:
                    self.late = True
                    return
                piece = os.read(pipe.fileno(), _MESSAGE_BYTES)
                if not piece:
                    return
                *lines, pending = (pending + piece).split(b"\n")
                if len(pending) > _MESSAGE_BYTES:
                    raise _Broken("a message that does not end")
                for line in lines:
                    yield _parsed(line)

    def item(self, what: object, message: dict[str, Any]) -> Item:
        """Return what a message brings; raises _Broken."""
        if what == "batch":
            return self.batch(message)
        text, locator, count = message.get("text"), message.get("locator"), message.get("count")
        if what == "note" and isinstance(text, str):
            return Note(text)
        if what == "reject" and isinstance(text, str) and isinstance(locator, str) and isinstance(count, int):
            return Reject(locator, text, count)
        raise _Broken("a message of no known form")

    def batch(self, message: dict[str, Any]) -> Batch:
        """Read the four files of a batch and delete them; raises _Broken."""
        number, kind, sums = message.get("number"), message.get("kind"), message.get("sums")
        if not (isinstance(number, int) and isinstance(kind, str) and isinstance(sums, list)):
            raise _Broken("a message of no known form")
        frames = []
        for part, expected in zip(_PARTS, sums, strict=True):
            path = self.folder / f"{number}.{part}"
            try:
                data = path.read_bytes()
                path.unlink()
                if zlib.crc32(data) != expected:
                    raise _Broken("a table that does not agree with its checksum")
                frames.append(pl.read_ipc(data))
            except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
                raise _Broken(f"a table that cannot be read ({type(error).__name__})") from None
        batch = Batch(kind, *frames)
        wrong = fault(batch)
        if wrong:
            raise _Broken(wrong)
        return batch

    def raised(self, message: dict[str, Any]) -> str:
        """Say what an exception in the child means for the user."""
        kind, text = str(message.get("type")), str(message.get("text"))
        if kind == "MemoryError":
            return self.memory()
        return f"the reader {self.name} broke off on this file: {kind}: {text}"

    def memory(self) -> str:
        """Name the limit on memory."""
        return f"reading it needs more than the limit of {self.job['memory_bytes'] >> 20} MiB of memory"

    def cause(self) -> str:
        """Say why the child ended before its time."""
        if self.late:
            return f"reading it takes longer than the limit of {self.seconds:g} seconds"
        try:
            code = self.process.wait(5)
        except subprocess.TimeoutExpired:
            return f"the reader {self.name} fell silent"
        if code == -signal.SIGXCPU:
            return f"reading it takes more than the limit of {self.job['cpu_seconds']} seconds of processor time"
        if b"memory allocation of" in self.stderr() or b"Cannot allocate memory" in self.stderr():
            return self.memory()
        if code < 0:
            return f"the reader {self.name} was ended by signal {-code} ({signal.strsignal(-code)}) on this file"
        return f"the reader {self.name} ended with status {code} before it was done"

    def stderr(self) -> bytes:
        """Return the end of what the child wrote to its standard error."""
        with (self.folder / "stderr").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _MESSAGE_BYTES))
            return file.read(_MESSAGE_BYTES)

    def kill(self) -> None:
        """End the child and whatever it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise _Broken("a message that is not JSON") from None
    if not isinstance(message, dict):
        raise _Broken("a message of no known form")
    return message


def fault(batch: Batch) -> str | None:
    """Return the first way in which a batch is not what :mod:`crossline.tables` asks for, or None."""
    if batch.kind not in kinds.names():
        return f"assets of the kind {batch.kind!r}, which does not exist"
    kind = kinds.load(batch.kind)
    assets, ties = batch.assets.schema, batch.ties.schema
    wanted = pl.Schema(dict(tables.ASSET) | {n: t for n, t in kind.schema().items() if n in assets})
    optional = pl.Schema({n: t for n, t in tables.TIE.items() if n in ties or n in tables.TIE_REQUIRED})
    wrong = (
        _schema_fault("assets", _without_extra(assets, wanted), wanted)
        or _schema_fault("identifiers", batch.identifiers.schema, tables.IDENTIFIER)
        or _schema_fault("ties", ties, optional, words=("role", "basis"))
        or _schema_fault("extents", batch.extents.schema, tables.EXTENTS)
    )
    if wrong:
        return wrong
    for name, frame in (("assets", batch.assets), ("ties", batch.ties)):
        for column in ("asset", "bundle") if name == "assets" else ("bundle", "role", "identifier"):
            if frame[column].null_count():
                return f"{name} with an empty {column}"
    bound = batch.ties["identifier"].max()
    if isinstance(bound, int) and bound >= batch.identifiers.height:
        return "ties to an identifier that is not there"
    for roles in (batch.ties["role"], batch.extents["role"]):
        strange = set(roles.cast(pl.String).unique()) - set(kind.roles)
        if strange:
            return f"a role that {batch.kind} has not: {min(str(role) for role in strange)}"
    types = set(batch.identifiers["type"].unique()) - set(identifiers.names())
    return f"an identifier of no known type: {min(str(name) for name in types)}" if types else None


def _without_extra(have: pl.Schema, want: pl.Schema) -> pl.Schema:
    """Leave out columns of text that no kind has: they are for links between files, and go no further than these."""
    texts = (pl.String(), pl.List(pl.String()))
    return pl.Schema({name: dtype for name, dtype in have.items() if name in want or dtype not in texts})


def _schema_fault(name: str, have: pl.Schema, want: pl.Schema, words: tuple[str, ...] = ()) -> str | None:
    if set(have) != set(want):
        return f"{name} with the columns {', '.join(have)} where {', '.join(want)} are due"
    for column, wanted in want.items():
        dtype = have[column]
        if dtype != wanted and not (column in words and isinstance(dtype, (pl.Categorical, pl.Enum))):
            return f"{name} whose column {column} is {dtype}, not {wanted}"
    return None


def child() -> None:
    """Be the child: read the job from the command line, read the file, send what it holds. Never returns."""
    job = json.loads(sys.argv[2])
    _confine(job["memory_bytes"], job["cpu_seconds"])
    pipe = os.dup(1)
    os.dup2(2, 1)  # what a library prints does not mix with messages
    folder = Path(job["folder"])
    try:
        reader = importlib.import_module(job["module"])
        options = job["options"]
        if job["known"] is not None:  # written by the parent, so it is as whole as the parent is
            options["known"] = {name: pl.read_ipc(folder / f"known.{name}") for name in job["known"]}
        items = reader.read(Path(job["path"]), Limits(**job["limits"]), **options)
        for number, item in enumerate(items):
            _send(pipe, _message(item, folder, number))
        _send(pipe, {"what": "end"})
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception, and this is the last stop
        text = " ".join(str(error).split())[:_TEXT_CHARACTERS]
        _send(pipe, {"what": "raised", "type": type(error).__name__, "text": text})
    os._exit(0)  # a library that crashes while it is taken down does no harm


def _message(item: Item, folder: Path, number: int) -> dict[str, object]:
    if isinstance(item, Note):
        return {"what": "note", "text": item.text[:_TEXT_CHARACTERS]}
    if isinstance(item, Reject):
        locator, reason = item.locator[:_TEXT_CHARACTERS], item.reason[:_TEXT_CHARACTERS]
        return {"what": "reject", "locator": locator, "text": reason, "count": item.count}
    sums = []
    for part in _PARTS:
        path = folder / f"{number}.{part}"
        getattr(item, part).write_ipc(path, compression="uncompressed")
        sums.append(zlib.crc32(path.read_bytes()))
    return {"what": "batch", "number": number, "kind": item.kind, "sums": sums}


def _send(pipe: int, message: dict[str, object]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


def _confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up what a reader does not need. What a kernel does not offer is left out: see docs/threat-model.md."""
    for what, amount in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        hard = resource.getrlimit(what)[1]
        least = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (least, least))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # without privilege a network namespace of one's own needs a user namespace of one's own; a process that has
        # the privilege keeps its user, because it may need it to open the file
        if libc.unshare(_CLONE_NEWNET):
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
