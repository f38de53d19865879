"""From paths to an estate: find the files, let each be read by the reader that claims it, and count what was not."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import estate, estate_file, jail, kinds, links, readers
from crossline.mistakes import Mistake
from crossline.tables import ASSET, EXTENTS, IDENTIFIER, TIE, TIE_REQUIRED, Batch, Coverage, Limits, Note, Reject
from crossline.text import plural
from crossline.world import sources, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from types import ModuleType

    from crossline.estate import Estate
    from crossline.estate_file import EstateFile
    from crossline.world import World

MOST_FILES: Final = 100_000
_DEPTH: Final = 32


class NothingReadError(Mistake):
    """None of the paths could be read; the message says why for each."""


def files(path: Path, passed_over: Counter[str] | None = None) -> Iterator[Path]:
    """Yield the files at or below a path, in order of name; what is passed over is counted, by why."""
    counts = Counter[str]() if passed_over is None else passed_over
    if path.is_file():
        yield path
        return
    top = path.resolve()
    for folder, below, names in os.walk(path):
        counts["hidden"] += sum(name.startswith(".") for name in (*below, *names))
        below[:] = sorted(name for name in below if not name.startswith("."))
        # The walk follows no link to a folder.
        counts["links to folders"] += sum((Path(folder) / name).is_symlink() for name in below)
        if len(Path(folder).relative_to(path).parts) >= _DEPTH:
            counts[f"folders more than {_DEPTH} deep"] += len(below)
            below.clear()
        for name in sorted(name for name in names if not name.startswith(".")):
            file = Path(folder) / name
            if not file.is_file():
                counts["neither files nor folders"] += 1
            elif not file.resolve().is_relative_to(top):
                counts["links that lead outside"] += 1
            else:
                yield file


def gather(
    paths: Sequence[Path],
    as_of: date,
    limits: Limits | None = None,
    progress: Callable[[str, float], None] | None = None,
    world: World | None = None,
) -> tuple[Estate, EstateFile | None]:
    """Read all paths into one estate; raises NothingReadError, or estate_file.EstateFileError for a bad estate.yaml.

    ``as_of`` stands in where a file does not say when it was observed. The first ``estate.yaml`` found at the top of
    a path says who "we" are. Readers that look into the world's tables are given those of ``world``, or of the facts
    that ship.
    """
    limits, lore = limits or Limits(), Lore(world)
    missing = [str(path) for path in paths if not path.exists()]
    if len(missing) == len(paths):
        raise NothingReadError("; ".join(f"{path}: no such file or folder" for path in missing))
    who: EstateFile | None = None
    batches: list[tuple[str, Batch]] = []
    coverage = [Coverage(path, None, notes=("no such file or folder",)) for path in missing]
    taken: set[Path] = set()
    # Most of the time is spent in child processes and in code that lets other threads run.
    with jail.Jail() as apart, ThreadPoolExecutor(os.cpu_count()) as pool:
        for path in paths:
            about = _about(path)
            who = who or about
            passed_over = Counter[str]()
            found = list(itertools.islice(files(path, passed_over), MOST_FILES + 1)) if path.exists() else []
            over = len(found) > MOST_FILES
            found = readers.gathered(found[:MOST_FILES])
            said = _remarks(path, found, passed_over, about)
            if said:
                coverage.append(Coverage(str(path), "folder", notes=said, of_a_file=False))
            if over:
                coverage.append(
                    Coverage(str(path), None, notes=(f"more than {MOST_FILES:,} files: the rest was not read",))
                )
            # A file that two of the paths lead to is read once, and so is one of a folder that was read as a whole.
            wanted = [f for f in found if f.name != estate_file.NAME and taken.isdisjoint(_places(f))]
            taken |= {file.resolve() for file in wanted}
            reading = pool.map(
                lambda file, top=path, said=about: read_file(file, top, said, limits, as_of, lore=lore, apart=apart),
                wanted,
            )
            for place, (made, covered) in enumerate(reading):
                if progress:
                    progress(f"read {wanted[place].name}", (place + 1) / len(wanted))
                batches += made
                coverage.append(covered)
    joined = links.apply(links.Reading(tuple(batches), who))
    if joined.notes:
        coverage.append(Coverage("what was read, joined", "links", notes=joined.notes, of_a_file=False))
    return estate.assemble([*joined.batches, ("", _whole())], as_of, coverage), who


def _places(file: Path) -> set[Path]:
    """Return where a file may have been read: as itself, and with a folder that it lies in."""
    place = file.resolve()
    return {place, *place.parents}


def _remarks(path: Path, found: Sequence[Path], passed_over: Counter[str], about: EstateFile | None) -> tuple[str, ...]:
    """Return what of a folder was not looked at, and what estate.yaml says of files that are not there."""
    notes = [f"{count:,} {what}: passed over" for what, count in passed_over.items() if count]
    if about and path.is_dir():
        names = [file.relative_to(path).as_posix() for file in found]
        unmatched = [rule.pattern for rule in about.files if not any(rule.matches(name) for name in names)]
        notes += [f"estate.yaml speaks of {pattern!r}, which matches no file here" for pattern in unmatched]
    return tuple(notes)


def _about(path: Path) -> EstateFile | None:
    folder = path if path.is_dir() else path.parent
    file = folder / estate_file.NAME
    return estate_file.load(file) if file.is_file() else None


def _whole() -> Batch:
    """Return the estate as an asset of its own, for clauses that nothing in it can decide."""
    empty = pl.DataFrame(schema={name: TIE[name] for name in TIE_REQUIRED})
    assets = pl.DataFrame(
        {"asset": ["estate"], "name": ["the estate as a whole"], "bundle": [0]}, schema_overrides={"bundle": pl.UInt32}
    )
    return Batch("estate", assets, pl.DataFrame(schema=IDENTIFIER), empty, pl.DataFrame(schema=EXTENTS))


@dataclass(frozen=True)
class Lore:
    """The world for readers: ``None`` stands for the facts that ship, opened once somebody asks."""

    world: World | None = None

    @cached_property
    def _opened(self) -> World:
        return store.shipped() if self.world is None else self.world

    def of(self, reader: ModuleType) -> dict[str, Any]:
        """Return the keyword ``known`` for a reader that asks for it."""
        wanted = getattr(reader, "KNOWS", None)
        return {} if wanted is None else {"known": {name: self._opened.table(name) for name in wanted}}


def read_file(  # noqa: PLR0913 - what a file is read with
    file: Path,
    top: Path,
    about: EstateFile | None,
    limits: Limits,
    as_of: date,
    *,
    lore: Lore | None = None,
    apart: jail.Jail | None = None,
) -> tuple[list[tuple[str, Batch]], Coverage]:
    """Read one file by the reader that claims it. Nothing that it contains makes this raise."""
    shown = os.fsencode(file).decode("utf-8", "replace")  # a name need not be text (PEP 383)
    relative = file.relative_to(top).as_posix() if top.is_dir() else file.name
    stated: dict[str, Any] = about.stated(relative) if about else {}
    try:
        if file.is_file() and file.stat().st_size == 0:
            return [], Coverage(shown, None, notes=("the file is empty",))
        name = readers.claimant(file, stated)
    except OSError as error:
        return [], Coverage(shown, None, notes=(f"cannot be opened: {error.strerror}",))
    if name is None:
        return [], Coverage(shown, None, notes=_why_not(file))
    reader = readers.load(name)
    options: dict[str, Any] = {key: stated[key] for key in getattr(reader, "OPTIONS", ()) if key in stated}
    options |= (lore or Lore()).of(reader)
    jailed = apart or jail.Jail(forks=False)
    items = jailed.run(name, file, limits, **options) if reader.JAILED else reader.read(file, limits, **options)
    made: list[tuple[str, Batch]] = []
    rejects: list[Reject] = []
    notes: list[str] = []
    counts: dict[str, int] = {}
    rejected = undated = fragments = 0
    for item in _guarded(items):
        if isinstance(item, Reject):
            rejected += item.count
            if len(rejects) < limits.rejects:
                rejects.append(item)
        elif isinstance(item, Note):
            notes.append(item.text)
        elif "fragment" in item.assets.columns:
            made.append((shown, item))  # records that a link joins to assets of other files; they are none themselves
            fragments += item.assets.height
        else:
            batch, filled = _fill(item, stated)
            undated += (
                batch.assets["observed_at"].null_count()
                if "observed_at" in batch.assets.columns
                else batch.assets.height
            )
            made.append((shown, batch))
            counts[batch.kind] = counts.get(batch.kind, 0) + batch.assets.height
            notes += [text for text in filled if text not in notes]
    if undated:
        many = plural(undated, "asset")
        verb = "is" if undated == 1 else "are"
        notes.append(f"{many} without a date of observation {verb} taken as of {as_of}")
    return made, Coverage(
        shown, name, sum(counts.values()), rejected, tuple(rejects), tuple(notes), counts, fragments=fragments
    )


def _why_not(file: Path) -> tuple[str, ...]:
    """Say so where a file that no reader takes has the name of what one takes, or is one that a world is made of."""
    if not file.is_file():
        return ()
    if said := readers.misnamed(file):
        return (said,)
    with file.open("rb") as opened:
        source = sources.claimant(file, opened.read(sources.HEAD_BYTES))
    if source:
        return (f"a source of the world ({source}): give it to `crossline world build`",)
    said = readers.unopened(file)
    return (said,) if said else ()


def _guarded(items: Iterable[Batch | Reject | Note]) -> Iterator[Batch | Reject | Note]:
    """Yield what a reader yields. Readers never raise on data; one that does ends its file, and no other."""
    try:
        yield from items
    except (Exception, pl.exceptions.PanicException) as error:
        if isinstance(error, MemoryError):
            raise
        said = " ".join(str(error).split())[:200]
        yield Reject(
            "file", f"this reader failed on it, which is a mistake in the reader: {type(error).__name__} {said}"
        )


def _fill(batch: Batch, stated: dict[str, Any]) -> tuple[Batch, list[str]]:
    """Fill in what the file cannot say and estate.yaml does; what the file says stands."""
    kind = kinds.load(batch.kind)
    types = kind.schema() | {"observed_at": ASSET["observed_at"]}
    assets, notes = batch.assets, []
    for name, value in stated.items():
        if name not in types:
            continue
        fixed = pl.lit(value, types[name])
        if name in assets.columns:
            if not assets[name].null_count():
                continue
            fixed = pl.coalesce(name, fixed)
        assets = assets.with_columns(fixed.alias(name))
        notes.append(f"{name} is {value}, as estate.yaml says")
    return Batch(batch.kind, assets, batch.identifiers, batch.ties, batch.extents), notes
