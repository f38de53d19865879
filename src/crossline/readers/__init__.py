"""Readers: one file (or folder) per input format, found by its name.

A module here has

- ``ABOUT``: what it reads, in one line;
- ``LIMITS``: what it does not understand, a tuple of sentences;
- ``JAILED``: whether it runs in a child process, because the library it uses may crash or panic;
- ``OPTIONS``, optional: what of ``estate.yaml``'s words on a file it wants to know, as keywords of ``read``;
- ``KNOWS``, optional: names of the world's tables that it wants to look into, such as ``signature``; ``read`` is then
  given them as the keyword ``known``, a mapping of name to table;
- ``prepare(known) -> object``, optional, of one that is jailed: what ``read`` is then given as ``known`` in place of
  tables, made once for many files; ``known`` is None where it asks for none, and it may start no threads, as
  expressions of polars do;
- ``ARCHIVES``, optional: endings of names, in small letters, that stand for a ZIP archive of its own;
- ``resembles(path, head) -> str | None``, optional: of a file that no reader takes, what makes it look like one of its
  own, and why it is none, for a person to read;
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

from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from crossline.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HEAD_BYTES: Final = 65536
# How xz, gzip, bzip2, zip, zstd and 7z files begin, and what a tar has at a place (POSIX.1-2017, pax, "ustar").
_PACKED: Final = (b"\xfd7zXZ\0", b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c")
_TAR: Final = (257, b"ustar")
_READERS: Final = Registry(__name__)
names, load = _READERS.names, _READERS.load


def claimant(path: Path, stated: Mapping[str, object] | None = None) -> str | None:
    """Return the name of the reader that takes the file, or None; ``stated`` is what estate.yaml says of it."""
    wanted = (stated or {}).get("reader")
    if isinstance(wanted, str) and wanted in names():
        return wanted
    if path.is_dir():
        held = sorted(file.name for file in path.iterdir())
        return next(iter(_taken("tree", path, held) or _taken("together", path, held)), None)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return _READERS.claimant(path, head)


def misnamed(path: Path) -> str | None:
    """Say of a file that no reader takes that it has the name or the beginning of what one takes; None otherwise."""
    ending = path.suffix.lower()
    reader = next((name for name in names() if ending in getattr(load(name), "ARCHIVES", ())), None)
    if reader:
        return f"named like a package ({ending}, reader {reader}), but no ZIP archive"
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    tried = (getattr(load(name), "resembles", None) for name in names())
    return next((said for resembles in tried if resembles and (said := resembles(path, head))), None)


def unopened(path: Path) -> str | None:
    """Say of a file that nobody takes that it is an archive, or compressed, and has to be unpacked; None otherwise."""
    with path.open("rb") as file:
        head = file.read(_TAR[0] + len(_TAR[1]))
    packed = head.startswith(_PACKED) or head[_TAR[0] :] == _TAR[1]
    return "an archive, or compressed, and no reader opens it: unpack it, and give the folder" if packed else None


def gathered(files: Sequence[Path]) -> list[Path]:
    """Return the files, and in the place of those of one folder that a reader takes together that folder."""
    files = _below_trees(files)
    whole = frozenset(files)
    folders: dict[Path, list[str]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file.name)
    taken = {
        folder: frozenset().union(*_taken("together", folder, held).values())
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
        for found in _taken("tree", folder, sorted(names)).values()
        for name in found
    }
    if not taken:
        return list(files)
    roots = (next((taken[place] for place in (file, *file.parents) if place in taken), file) for file in files)
    return list(dict.fromkeys(roots))


def _taken(way: Literal["tree", "together"], folder: Path, held: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return which of the names the first reader that takes some of them in that way takes."""
    for name in names():
        takes = getattr(load(name), way, None)
        found = frozenset(takes(folder, held)) if takes else frozenset()
        if found:
            return {name: found}
    return {}
