"""Readers: one file (or folder) per input format, found by its name.

A module here has

- ``ABOUT``: what it reads, in one line;
- ``LIMITS``: what it does not understand, a tuple of sentences;
- ``JAILED``: whether it runs in a child process, because the library it uses may crash or panic;
- ``OPTIONS``, optional: what of ``estate.yaml``'s words on a file it wants to know, as keywords of ``read``;
- ``KNOWS``, optional: names of the world's tables that it wants to look into, such as ``signature``; ``read`` is then
  given them as the keyword ``known``, a mapping of name to table;
- ``ARCHIVES``, optional: endings of names, in small letters, that stand for a ZIP archive of its own;
- ``together(folder, names) -> set of names``, optional: of files in one folder those that it reads as one; ``read``
  is then given the folder;
- ``tree(folder, names) -> set of names``, optional: of the files and folders in a folder those that it reads as one,
  with everything below them; ``read`` is then given the folder;
- ``claim(path, head) -> bool``: whether the file at ``path``, whose first bytes are ``head``, is its own;
- ``read(path, limits, **options) -> Iterator[Batch | Reject | Note]``.

Readers are pure: bytes in, tables out, no network, no writes, no clock but for their own time limit, and they
never raise on data.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

HEAD_BYTES: Final = 65536


@cache
def names() -> tuple[str, ...]:
    """Return the names of all readers, sorted, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def load(name: str) -> ModuleType:
    """Return the reader of that name; raises KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}")


def claimant(path: Path, stated: Mapping[str, object] | None = None) -> str | None:
    """Return the name of the reader that takes the file, or None; ``stated`` is what estate.yaml says of it."""
    wanted = (stated or {}).get("reader")
    if isinstance(wanted, str) and wanted in names():
        return wanted
    if path.is_dir():
        held = sorted(file.name for file in path.iterdir())
        return next(iter(_trees(path, held) or _together(path, held)), None)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((name for name in names() if load(name).claim(path, head)), None)


def misnamed(path: Path) -> str | None:
    """Say of a file that no reader takes that it has the name of one's archive, and is none; None otherwise."""
    ending = path.suffix.lower()
    reader = next((name for name in names() if ending in getattr(load(name), "ARCHIVES", ())), None)
    return f"named like a package ({ending}, reader {reader}), but no ZIP archive" if reader else None


def gathered(files: Sequence[Path]) -> list[Path]:
    """Return the files, and in the place of those of one folder that a reader takes together that folder."""
    files = _below_trees(files)
    whole = frozenset(files)
    folders: dict[Path, list[str]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file.name)
    taken = {
        folder: frozenset().union(*_together(folder, held).values())
        for folder, held in folders.items()
        if len(held) > 1 and folder not in whole
    }
    kept = (file.parent if file.name in taken.get(file.parent, ()) else file for file in files)
    return list(dict.fromkeys(kept))


def _below_trees(files: Sequence[Path]) -> list[Path]:
    """Put in the place of all files that a reader takes as a tree the folder that the tree grows from."""
    held: dict[Path, set[str]] = {}
    for file in files:
        for below, folder in pairwise((file, *file.parents)):
            names = held.setdefault(folder, set())
            if below.name in names:
                break
            names.add(below.name)
    taken = {
        folder / name: folder
        for folder, names in held.items()
        for found in _trees(folder, sorted(names)).values()
        for name in found
    }
    if not taken:
        return list(files)
    roots = (next((taken[place] for place in (file, *file.parents) if place in taken), file) for file in files)
    return list(dict.fromkeys(roots))


def _trees(folder: Path, held: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return which of the names the first reader that takes some of them as a tree takes."""
    for name in names():
        tree = getattr(load(name), "tree", None)
        found = frozenset(tree(folder, held)) if tree else frozenset()
        if found:
            return {name: found}
    return {}


def _together(folder: Path, held: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return which of the names the first reader that takes some of them together takes."""
    for name in names():
        together = getattr(load(name), "together", None)
        found = frozenset(together(folder, held)) if together else frozenset()
        if found:
            return {name: found}
    return {}
