"""Child processes for readers whose library may crash, panic or never end on a file made to hurt it.

Columnar libraries promise no such survival: polars ends a broken Parquet file with ``PanicException``, which is no
``Exception``, and some files end the whole process. So a reader that says ``JAILED`` runs apart, with limits on
memory, processor time, wall-clock time and what it may write, no input, a bare environment, no core dump and, where
the kernel lets it, no network. What it read comes back as Arrow IPC files in a private folder. Such a file is opened
here only once the child has said that it is whole and its checksum agrees, because unvalidated Arrow can end a
process too, and a batch is passed on only if it has the shape that :mod:`crossline.tables` asks for. Batches that
were whole before the child fell stand; the rest is one reject.

Each file has a process of its own. To start an interpreter, to import libraries and to prepare what a reader looks
for takes longer than most files. So one process for each reader, its *server*, does that, opens no file, and is forked
for each (docs/decisions/0011-a-server-that-is-forked.md); where forks are not sound, each file has a server that reads
it itself. Here ``starting`` starts servers, ``receiving`` takes what comes of a file, and ``shape`` looks at it;
``server`` is what runs over there. docs/threat-model.md says what this does not hold against.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from crossline.jail.receiving import Arrival
from crossline.jail.shape import fault
from crossline.jail.starting import FORKS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from crossline.jail.receiving import Item
    from crossline.tables import Limits

__all__ = ["MEMORY_BYTES", "Jail", "fault", "run", "run_module"]

MEMORY_BYTES: Final = 6 << 30  # address space of a child, to which four times the file's size is added


@dataclass
class Jail:
    """The servers of readers, one for each, from the first file on until :meth:`close`; for any number of threads.

    Linux ends a child with the *thread* that started it. A server ends with the one that read a reader's first file.
    """

    forks: bool = FORKS
    _servers: dict[tuple[str, tuple[int, ...]], Server] = field(default_factory=dict, init=False, repr=False)
    _retired: list[Server] = field(default_factory=list, init=False, repr=False)
    _one_starts: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all servers, and all that they started."""
        self.close()

    def run(
        self,
        reader_name: str,
        path: Path,
        limits: Limits,
        known: Mapping[str, pl.DataFrame] | None = None,
        **options: object,
    ) -> Iterator[Item]:
        """Yield what the reader of that name yields for the file, from a child process.

        ``options`` (JSON values) and ``known`` (tables by name) go to the reader's ``read``. Whatever becomes of the
        child, nothing raises here.
        """
        yield from self.run_module(f"crossline.readers.{reader_name}", path, limits, options=options, known=known)

    def run_module(  # noqa: PLR0913 - the last three are asked by name
        self,
        module: str,
        path: Path,
        limits: Limits,
        *,
        options: dict[str, object] | None = None,
        known: Mapping[str, pl.DataFrame] | None = None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> Iterator[Item]:
        """Yield what ``module.read`` yields for the file; see :meth:`run`."""
        folder = Path(tempfile.mkdtemp(prefix="crossline-"))
        own = None if self.forks else Server(module, known, forks=False)
        server = own
        try:
            server = own or self._server(module, known)
            arrival = Arrival(server, path, limits, options or {}, folder=folder, memory_bytes=memory_bytes)
            try:
                yield from arrival.items()
            finally:
                arrival.end()
        finally:
            if own:
                own.close()
            elif server:
                self._over(server)
            shutil.rmtree(folder, ignore_errors=True)

    def _server(self, module: str, known: Mapping[str, pl.DataFrame] | None) -> Server:
        """Return the server for a reader and these tables; one that has fallen, or fell silent, is replaced.

        Files that are read from one that fell silent may yet be read to their end, so it is ended after them.
        """
        key = (module, tuple(id(table) for table in (known or {}).values()))  # a server keeps its tables
        with self._one_starts:
            server = self._servers.get(key)
            if server is None or server.silent or server.ended():
                if server and server.files and not server.ended():
                    self._retired.append(server)
                elif server:
                    server.close()
                server = self._servers[key] = Server(module, known, forks=True)
            server.files += 1
            return server

    def _over(self, server: Server) -> None:
        """Take note that a server has a file less to read."""
        with self._one_starts:
            server.files -= 1
            if not server.files and server in self._retired:
                self._retired.remove(server)
                server.close()

    def close(self) -> None:
        """End all servers, and all that they started."""
        with self._one_starts:
            while self._servers:
                self._servers.popitem()[1].close()
            while self._retired:
                self._retired.pop().close()


def run(
    reader_name: str, path: Path, limits: Limits, known: Mapping[str, pl.DataFrame] | None = None, **options: object
) -> Iterator[Item]:
    """Yield what the reader yields for one file, from a process for it alone; see :meth:`Jail.run`."""
    yield from Jail(forks=False).run(reader_name, path, limits, known, **options)


def run_module(  # noqa: PLR0913 - the last three are asked by name
    module: str,
    path: Path,
    limits: Limits,
    *,
    options: dict[str, object] | None = None,
    known: Mapping[str, pl.DataFrame] | None = None,
    memory_bytes: int = MEMORY_BYTES,
) -> Iterator[Item]:
    """Yield what ``module.read`` yields for one file, from a process for it alone; see :meth:`Jail.run`."""
    yield from Jail(forks=False).run_module(
        module, path, limits, options=options, known=known, memory_bytes=memory_bytes
    )
