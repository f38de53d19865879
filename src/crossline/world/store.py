"""Worlds on disk: the facts that ship with the package, and world folders.

A world folder holds one Parquet file a table and ``manifest.json``, which names the format, its version, the sources,
and for each file the rows, bytes and SHA-256. It contains the shipped facts as they were when it was built: a folder
answers the same way whatever version of Crossline reads it, and :func:`notes` says when its facts have been overtaken.

Loading reads the manifest and checks that every file is there with the stated size. A table is read, and its
SHA-256 checked, when it is first asked for: hashing runs at over a gigabyte a second, which a world's largest table
does not notice. A folder is written beside its place and moved there whole, so that nobody sees half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.mistakes import Mistake
from crossline.world import SCHEMAS, World

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "crossline-world"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
# The tables that facts fill; the others come from sources only.
FACTS: Final = (
    "source",
    "party",
    "control",
    "identifier",
    "completeness",
    "listing",
    "membership",
    "exchange",
    "signature",
)
_MANIFEST_BYTES: Final = 16 << 20
_FILE_BYTES: Final = 16 << 30


class WorldError(Mistake):
    """A world that cannot be read or written; the message names the file and what to do."""


def _facts_folder() -> Any:  # noqa: ANN401 - importlib's Traversable, whose home moved between versions
    return resources.files("crossline.world") / "facts"


def _fact_bytes() -> dict[str, bytes]:
    folder = _facts_folder()
    return {name: file.read_bytes() for name in FACTS if (file := folder / f"{name}.csv").is_file()}


def shipped() -> World:
    """Return the facts that ship with the package; raises WorldError where a row does not fit its table."""
    return World({name: _fact_table(name, held) for name, held in _fact_bytes().items()})


def facts_version() -> str:
    """Return a hash that changes whenever the shipped facts do."""
    digest = hashlib.sha256()
    for name, held in sorted(_fact_bytes().items()):
        digest.update(f"{name}:{len(held)}:".encode() + held)
    return digest.hexdigest()[:16]


def _fact_table(name: str, held: bytes) -> pl.DataFrame:
    schema = SCHEMAS[name]
    where = f"facts/{name}.csv"
    header = held.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split(",")
    if header != schema.names():
        raise WorldError(f"{where}: the first line must be {','.join(schema.names())}")
    try:
        return pl.read_csv(held, schema=schema)
    except pl.exceptions.PolarsError as error:
        raise WorldError(f"{where}: {_misfit(held, schema) or str(error).splitlines()[0]}") from error


def _misfit(held: bytes, schema: pl.Schema) -> str | None:
    """Name the first cell that does not have its column's type."""
    cells = pl.read_csv(held, infer_schema=False, truncate_ragged_lines=True)
    for column, kind in schema.items():
        if column in cells.columns:
            text = cells[column]
            typed = text.str.to_date("%Y-%m-%d", strict=False) if kind == pl.Date else text.cast(kind, strict=False)
            wrong = (typed.is_null() & cells[column].is_not_null()).arg_true()
            if len(wrong):
                value = cells[column][int(wrong[0])]
                return f"row {int(wrong[0]) + 1}, column {column}: {value!r} is not of type {kind}"
    return None


class _Tables(Mapping[str, pl.DataFrame]):
    """The tables of a folder, each read when it is first asked for."""

    def __init__(self, folder: Path, files: dict[str, dict[str, Any]]) -> None:
        self._folder, self._files = folder, files
        self._held: dict[str, pl.DataFrame] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> pl.DataFrame:
        with self._lock:
            if name not in self._held:
                self._held[name] = _read_table(self._folder, name, self._files[name])
            return self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _read_table(folder: Path, name: str, about: dict[str, Any]) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != about["sha256"]:
            raise WorldError(f"{path}: the SHA-256 is not the one in {MANIFEST}; build the world again")
        table = pl.read_parquet(path, use_statistics=False, memory_map=False)
    except OSError as error:
        raise WorldError(f"{path}: {error.strerror or error}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise WorldError(f"{path}: not a readable Parquet file: {str(error).splitlines()[0][:200]}") from error
    if table.schema != SCHEMAS[name]:
        raise WorldError(f"{path}: the columns are not those of the table {name}; build the world again")
    if len(table) != about["rows"]:
        raise WorldError(f"{path}: {len(table):,} rows, where {MANIFEST} says {about['rows']:,}")
    return table


def manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a world folder; raises WorldError if it is none, or of another version."""
    file = path / MANIFEST
    if not path.is_dir():
        raise WorldError(f"{path}: no such folder; `crossline world build --from DIR --output {path}` makes one")
    if not file.is_file():
        raise WorldError(f"{path}: not a world folder (it has no {MANIFEST})")
    if file.stat().st_size > _MANIFEST_BYTES:
        raise WorldError(f"{file}: larger than {_MANIFEST_BYTES:,} bytes")
    try:
        about = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise WorldError(f"{file}: not JSON: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise WorldError(f"{file}: not the manifest of a world")
    if about.get("version") != VERSION:
        raise WorldError(f"{file}: version {about.get('version')!r}; this Crossline reads {VERSION}: build it again")
    return about


def _checked_files(path: Path, about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    tables = about.get("tables")
    if not isinstance(tables, dict):
        raise WorldError(f"{path / MANIFEST}: no list of tables")
    for name, told in tables.items():
        if name not in SCHEMAS:
            raise WorldError(f"{path / MANIFEST}: no world has a table {name[:60]!r}")
        sound = isinstance(told, dict) and all(type(told.get(field)) is int for field in ("rows", "bytes"))
        if not sound or not isinstance(told.get("sha256"), str):
            raise WorldError(f"{path / MANIFEST}: table {name}: rows, bytes or sha256 missing")
        file = path / f"{name}.parquet"
        size = file.stat().st_size if file.is_file() else None
        if size is None:
            raise WorldError(f"{file}: missing; build the world again")
        if size != told["bytes"] or size > _FILE_BYTES:
            raise WorldError(f"{file}: {size:,} bytes, where {MANIFEST} says {told['bytes']:,}; build the world again")
    return tables


def load(path: Path) -> World:
    """Open a world folder; its tables are read as they are asked for. Raises WorldError with the file at fault."""
    about = manifest(path)
    return World(_Tables(path, _checked_files(path, about)), path)


def notes(path: Path) -> list[str]:
    """Return what a reader of a report should know about the folder, as sentences."""
    if manifest(path).get("facts") != facts_version():
        return [f"The world in {path} was built with other facts than those that ship now; build it again to use them."]
    return []


def save(world: World, path: Path, *, facts: str | None = None) -> None:
    """Write a world folder in one step; an older world in its place is replaced, anything else is left alone.

    ``facts`` is the version of the shipped facts in it (:func:`facts_version`). Raises WorldError.
    """
    replaced = path.exists() and not (path.is_dir() and not any(path.iterdir()))
    if replaced:
        if not (path / MANIFEST).is_file():
            raise WorldError(f"{path}: exists, and is not a world folder; choose another place")
        _is_a_world(path)
    part = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
        _write(world, part, facts)
        if replaced:
            old = path.parent / f".{path.name}.{os.getpid()}.old"
            path.rename(old)
            part.rename(path)
            shutil.rmtree(old)
        else:
            if path.exists():
                path.rmdir()
            part.rename(path)
    except OSError as error:
        raise WorldError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_a_world(path: Path) -> None:
    """Raise WorldError unless every file in the folder is one that a world has: only those may be replaced."""
    expected = {MANIFEST, *(f"{name}.parquet" for name in SCHEMAS)}
    other = sorted(entry.name for entry in path.iterdir() if entry.name not in expected)
    if other:
        raise WorldError(f"{path}: holds {other[0]!r}, which is no part of a world; choose another place")


def _write(world: World, folder: Path, facts: str | None) -> None:
    tables: dict[str, dict[str, Any]] = {}
    for name in SCHEMAS:
        table = world.table(name)
        if not len(table) and name not in world.tables:
            continue
        if table.schema != SCHEMAS[name]:
            raise WorldError(f"the table {name} does not have its columns: {table.schema}")
        file = folder / f"{name}.parquet"
        table.write_parquet(file, compression="zstd", compression_level=3)
        with file.open("rb+") as held:
            digest = hashlib.file_digest(held, "sha256").hexdigest()
            os.fsync(held.fileno())
        tables[name] = {"rows": len(table), "bytes": file.stat().st_size, "sha256": digest}
    sources = world.table("source").sort("id").with_columns(pl.col("published").cast(pl.String)).to_dicts()
    about = {"format": FORMAT, "version": VERSION, "facts": facts, "tables": tables, "sources": sources}
    (folder / MANIFEST).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
