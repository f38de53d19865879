"""Make a world of a folder of files: each is read by the source that claims it.

Nothing in the folder is trusted. It is walked to a stated depth and number of files, links are not followed, and a
file that cannot be used, or that no source takes, is listed. The shipped facts go in first, and last come the makers
that a registry of numbers names in words that the facts explain (:mod:`crossline.world.registrants`); signatures of
classes in the name space of another maker are left out then (:mod:`crossline.world.namespaces`).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import SCHEMAS, World, editions, namespaces, packed, registrants, sources, store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEPTH_MOST: Final = 8
FILES_MOST: Final = 100_000


@dataclass(frozen=True)
class FileReport:
    """What became of one file. ``path`` is relative to the folder; ``rows`` counts by table."""

    path: str
    source: str
    rows: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True)
class BuildReport:
    """What a world was made of. ``untaken`` are files no source claims; ``rows`` are those written, by table."""

    output: Path
    files: tuple[FileReport, ...]
    untaken: tuple[str, ...]
    skipped: tuple[Reject, ...]
    rows: dict[str, int]


def build(
    origin: Path,
    output: Path,
    progress: Callable[[str, float], None] | None = None,
    dates: Path | None = None,
) -> BuildReport:
    """Read the files under ``origin`` and write a world folder to ``output``.

    ``progress`` is told what is being done and what part of the whole is done, 0 to 1. ``dates`` is a file of the form
    of ``editions.csv`` that names files by their paths under ``origin``. Raises
    :class:`~crossline.world.store.WorldError` if ``origin`` is no folder, ``output`` cannot be written, or ``dates``
    cannot be used.
    """
    if not origin.is_dir():
        raise store.WorldError(f"{origin}: no such folder")
    say = progress or (lambda _what, _part: None)
    say("looking through the folder", 0.0)
    found, skipped = _walk(origin)
    dated = _dated(dates, origin, found)
    claimed, untaken = _claims(origin, found, skipped)
    done = 0.0
    whole = sum(size for _, _, size in claimed) or 1
    files, parts = [], _Parts()
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        jobs = [pool.submit(_read, origin / path, path, name, dated.get(path)) for path, name, _ in claimed]
        for (path, _, size), job in zip(claimed, jobs, strict=True):
            report, tables = job.result()
            files.append(report)
            parts.add(tables)
            done += size
            say(f"read {path}", 0.8 * done / whole)
    say("writing the world", 0.85)
    facts = store.shipped()
    world, foreign = namespaces.own(registrants.named(parts.world(facts)), facts)
    skipped += foreign
    store.save(world, output, facts=store.facts_version())
    say("done", 1.0)
    rows = {name: len(table) for name, table in world.tables.items()}
    return BuildReport(output, tuple(files), tuple(untaken), tuple(skipped), rows)


def _walk(origin: Path) -> tuple[list[str], list[Reject]]:  # noqa: C901, PLR0912 - a case for each kind of entry
    """Return the files under a folder as relative paths, sorted, and what was left out and why."""
    found: list[str] = []
    skipped: list[Reject] = []
    folders: list[tuple[str, int]] = [("", 0)]
    while folders:
        folder, depth = folders.pop()
        here = origin / folder if folder else origin
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Reject(folder or ".", f"cannot be read: {error.strerror}"))
            continue
        if folder and any(entry.name == store.MANIFEST for entry in entries) and _is_world(here):
            skipped.append(Reject(folder, "a world folder"))
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                skipped.append(Reject(path, "a link: links are not followed"))
            elif entry.is_dir(follow_symlinks=False):
                if depth + 1 > DEPTH_MOST:
                    skipped.append(Reject(path, f"deeper than {DEPTH_MOST} folders"))
                else:
                    folders.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                if len(found) == FILES_MOST:
                    skipped.append(Reject(path, f"more than {FILES_MOST:,} files: this and all after it left out"))
                    return sorted(found), skipped
                if entry.name.endswith((".part", ".part.json")):
                    skipped.append(Reject(path, "a file that has not been fetched to its end"))
                elif entry.name != editions.NAME:
                    found.append(path)
            else:
                skipped.append(Reject(path, "neither a file nor a folder"))
    return sorted(found), skipped


def _is_world(folder: Path) -> bool:
    try:
        store.manifest(folder)
    except store.WorldError:
        return False
    return True


def _claims(origin: Path, found: list[str], skipped: list[Reject]) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Return the files that a source takes, with its name and their size, and those that none takes."""
    claimed, untaken = [], []
    for path in found:
        try:
            with (origin / path).open("rb") as file:
                head = file.read(sources.HEAD_BYTES)
                size = os.fstat(file.fileno()).st_size
            name = sources.claimant(origin / path, head)
        except OSError as error:
            skipped.append(Reject(path, f"cannot be read: {error.strerror}"))
            continue
        if name is None:
            untaken.append(path)
        else:
            claimed.append((path, name, size))
    return claimed, untaken


def _dated(dates: Path | None, origin: Path, found: list[str]) -> dict[str, editions.Edition]:
    """Return the rows of the file of dates by path; a path that is no file of the folder is a mistake in it."""
    if dates is None:
        return {}
    try:
        dated = editions.read_file(dates)
    except OSError as error:
        raise store.WorldError(f"{dates}: {error.strerror}") from None
    except ValueError as error:
        raise store.WorldError(str(error)) from None
    strange = dated.keys() - set(found)
    if strange:
        raise store.WorldError(f"{dates}: {min(strange)!r} is the path of no file that was found in {origin}")
    return dated


def _read(
    path: Path, shown: str, name: str, edition: editions.Edition | None
) -> tuple[FileReport, list[tuple[str, pl.DataFrame]]]:
    """Read one file. Whatever goes wrong becomes a reject of that file; what was yielded before stays."""
    tables: list[tuple[str, pl.DataFrame]] = []
    rejects: list[Reject] = []
    try:
        with editions.beside(edition):
            for part in sources.load(name).read(path):
                if isinstance(part, Reject):
                    rejects.append(part)
                else:
                    tables.append(part)
    except (packed.Unreadable, editions.UndatedError) as error:
        rejects.append(Reject("file", str(error)))
    except OSError as error:
        rejects.append(Reject("file", f"cannot be read: {error.strerror}"))
    except MemoryError:
        rejects.append(Reject("file", "too large for the memory of this machine"))
    # polars panics on some malformed input, and PanicException is no Exception.
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - one file must not take others along
        rejects.append(Reject("file", f"{type(error).__name__} in source {name}: {str(error).splitlines()[:1]}"[:300]))
    tables, wrong = _sound(tables)
    rejects += wrong
    rows: dict[str, int] = {}
    for table, held in tables:
        if table != "source":
            rows[table] = rows.get(table, 0) + len(held)
    return FileReport(shown, name, rows, sum(reject.count for reject in rejects), tuple(rejects)), tables


def _sound(tables: list[tuple[str, pl.DataFrame]]) -> tuple[list[tuple[str, pl.DataFrame]], list[Reject]]:
    """Hold each table to its schema, and each row to a source that was named."""
    named = {source for table, rows in tables if table == "source" for source in rows["id"].to_list()}
    good, wrong = [], []
    for table, rows in tables:
        if table not in SCHEMAS or rows.schema != SCHEMAS[table]:
            wrong.append(Reject(f"table {table}", "the source did not give the table its columns", len(rows)))
        elif table != "source" and not set(rows["source"].unique().to_list()) <= named:
            wrong.append(Reject(f"table {table}", "rows of a source that was not named", len(rows)))
        else:
            good.append((table, rows))
    return good, wrong


class _Parts:
    """Tables of many files, gathered by name."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pl.DataFrame]] = {}

    def add(self, tables: list[tuple[str, pl.DataFrame]]) -> None:
        for name, rows in tables:
            self._parts.setdefault(name, []).append(rows)

    def world(self, facts: World) -> World:
        """Join facts and parts; a row that comes a second time, from a copy of the same file, is dropped."""
        joined = {}
        for name, schema in SCHEMAS.items():
            parts = self._parts.get(name, [])
            rows = pl.concat([facts.table(name), *parts], rechunk=True)
            if name == "source":
                rows = rows.unique("id", keep="first", maintain_order=True)
            elif _repeats(parts):
                rows = rows.unique(maintain_order=True)
            joined[name] = rows.select(schema.names())
        return World(joined)


def _repeats(parts: list[pl.DataFrame]) -> bool:
    """Whether two parts are of the same source, so that rows may come twice."""
    held = [name for part in parts for name in part["source"].unique().to_list()]
    return len(held) != len(set(held))
