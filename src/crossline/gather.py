"""From paths to an estate: find the files, let each be read by the reader that claims it, and count what was not."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import estate, estate_file, jail, kinds, readers
from crossline.tables import ASSET, EXTENTS, IDENTIFIER, TIE, TIE_REQUIRED, Batch, Coverage, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from crossline.estate import Estate
    from crossline.estate_file import EstateFile

MOST_FILES: Final = 100_000
_DEPTH: Final = 32


class NothingReadError(ValueError):
    """None of the paths could be read; the message says why for each."""


def files(path: Path) -> Iterator[Path]:
    """Yield the files at or below a path, in order of name; hidden ones and links that lead outside are passed over."""
    if path.is_file():
        yield path
        return
    top = path.resolve()
    for folder, below, names in os.walk(path):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if len(Path(folder).relative_to(path).parts) >= _DEPTH:
            below.clear()
        for name in sorted(names):
            file = Path(folder) / name
            if not name.startswith(".") and file.is_file() and file.resolve().is_relative_to(top):
                yield file


def gather(
    paths: Sequence[Path],
    as_of: date,
    limits: Limits | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Estate, EstateFile | None]:
    """Read all paths into one estate; raises NothingReadError, or estate_file.EstateFileError for a bad estate.yaml.

    ``as_of`` stands in where a file does not say when it was observed. The first ``estate.yaml`` found at the top of
    a path says who "we" are.
    """
    limits = limits or Limits()
    missing = [str(path) for path in paths if not path.exists()]
    if len(missing) == len(paths):
        raise NothingReadError("; ".join(f"{path}: no such file or folder" for path in missing))
    who: EstateFile | None = None
    batches: list[tuple[str, Batch]] = []
    coverage = [Coverage(path, None, notes=("no such file or folder",)) for path in missing]
    taken: set[Path] = set()
    for path in paths:
        about = _about(path)
        who = who or about
        found = list(itertools.islice(files(path), MOST_FILES + 1)) if path.exists() else []
        if len(found) > MOST_FILES:
            coverage.append(
                Coverage(str(path), None, notes=(f"more than {MOST_FILES:,} files: the rest was not read",))
            )
        # A file that two of the paths lead to is read once.
        wanted = [f for f in found[:MOST_FILES] if f.name != estate_file.NAME and f.resolve() not in taken]
        taken |= {file.resolve() for file in wanted}
        # Most of the time is spent in child processes and in code that lets other threads run.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            reading = pool.map(lambda file, top=path, said=about: read_file(file, top, said, limits, as_of), wanted)
            for place, (made, covered) in enumerate(reading):
                if progress:
                    progress(f"read {wanted[place].name}", (place + 1) / len(wanted))
                batches += made
                coverage.append(covered)
    batches.append(("", _whole()))
    return estate.assemble(batches, as_of, coverage), who


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


def read_file(
    file: Path, top: Path, about: EstateFile | None, limits: Limits, as_of: date
) -> tuple[list[tuple[str, Batch]], Coverage]:
    """Read one file by the reader that claims it. Nothing that it contains makes this raise."""
    shown = os.fsencode(file).decode("utf-8", "replace")  # a name need not be text (PEP 383)
    relative = file.relative_to(top).as_posix() if top.is_dir() else file.name
    stated: dict[str, Any] = about.stated(relative) if about else {}
    try:
        if file.stat().st_size == 0:
            return [], Coverage(shown, None, notes=("the file is empty",))
        name = readers.claimant(file, stated)
    except OSError as error:
        return [], Coverage(shown, None, notes=(f"cannot be opened: {error.strerror}",))
    if name is None:
        return [], Coverage(shown, None)
    reader = readers.load(name)
    options = {key: stated[key] for key in getattr(reader, "OPTIONS", ()) if key in stated}
    items = jail.run(name, file, limits, **options) if reader.JAILED else reader.read(file, limits, **options)
    made: list[tuple[str, Batch]] = []
    rejects: list[Reject] = []
    notes: list[str] = []
    counts: dict[str, int] = {}
    rejected = undated = 0
    for item in items:
        if isinstance(item, Reject):
            rejected += item.count
            if len(rejects) < limits.rejects:
                rejects.append(item)
        elif isinstance(item, Note):
            notes.append(item.text)
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
        notes.append(f"{undated:,} assets without a date of observation are taken as of {as_of}")
    return made, Coverage(shown, name, sum(counts.values()), rejected, tuple(rejects), tuple(notes), counts)


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
