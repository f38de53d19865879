"""Maps of submarine cables as TeleGeography publishes them; docs/readers/cables.md.

The map is a tree of JSON files: ``cable/`` and ``landing-point/`` hold one file each, ``country/``, ``supplier/``,
``status/`` and ``ready-for-service/`` are indexes of what the cables' own files say, ``config.json`` has the day of the
edition. A cable is an asset of kind ``cable``, a place where cables come ashore one of kind ``landing-point``.

``edition`` finds the objects of a tree, a folder or a file, ``names`` splits lists of owners, ``territories`` knows
states by their names, ``geometry`` checks courses, ``tying`` makes columns of it all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.readers.telegeography.layout import FOLDERS, LIST, OF_AN_EDITION
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "maps of submarine cables in TeleGeography's form: the folders of an edition, JSON exports, GeoJSON"
LIMITS: Final = (
    "A map is no register: it does not state shares, and who owns a cable is the map's word.",
    "Who makes or runs the terminal equipment, who applies for a licence, and capacity do not stand in the map.",
    "A course is drawn for the eye; nothing is measured along it, and its decimals after the fourth are dropped.",
    "A list is split at commas; a name that holds one is known only where it ends in a legal form, or is listed.",
    "Notes, colours and addresses of web sites are not kept; a note that says there are more owners is heeded.",
    "The state of a landing point is the one the map names: editions count Hong Kong and Macao to China.",
    "Editions with numbers for ids are given the ids of later ones, which are made of names: a renamed cable differs.",
    "A file of more than 128 MiB is not read, nor what comes after 512 MiB of one edition.",
)
JAILED: Final = True  # a parser of whole documents, whose memory only a child process can bound

_HEAD_BYTES: Final = 65536
_SAMPLE: Final = 8  # files of a folder that are opened to see whether it is one of these
_FEWEST: Final = 2

_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[\[{]")
_CABLE: Final = re.compile(rb'"(?:owners|suppliers|rfs|length)"\s*:')
_LANDINGS: Final = re.compile(rb'"landing_points"\s*:\s*\[')
_CABLES: Final = re.compile(rb'"cables"\s*:\s*\[')
_WHEN: Final = re.compile(rb'"(?:rfs|rfs_year|is_planned)"\s*:')
_TBD: Final = re.compile(rb'"is_tbd"\s*:')
_FEATURES: Final = re.compile(rb'"FeatureCollection"')
_OF_CABLES: Final = re.compile(
    rb'"feature_id"\s*:|"(?:submarine[_ ]cables|landing[_ ]points)"|"is_tbd"\s*:', re.IGNORECASE
)


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its members
    """Return whether it is JSON with the members of cables, landing points or an index of them, or such GeoJSON."""
    if not _START.match(head):
        return False
    if _FEATURES.search(head):
        return _OF_CABLES.search(head) is not None
    if _LANDINGS.search(head) and (_CABLE.search(head) or _CABLES.search(head)):
        return True
    if _TBD.search(head):
        return b'"country"' in head
    return bool(_CABLES.search(head) and _WHEN.search(head))


def tree(folder: Path, names: Sequence[str]) -> frozenset[str]:
    """Return the files and folders of an edition, where the folder holds one."""
    if not set(FOLDERS) <= set(names):
        return frozenset()
    if any((folder / name).is_symlink() or not (folder / name).is_dir() for name in FOLDERS):
        return frozenset()
    if not any(_claimed(folder / name, _some(folder / name)) for name in FOLDERS):
        return frozenset()
    return frozenset(name for name in names if name in OF_AN_EDITION and not (folder / name).is_symlink())


def together(folder: Path, names: Sequence[str]) -> frozenset[str]:
    """Return the files of a folder that hold cables or landing points, one each; links are left alone."""
    held = [name for name in names if name.endswith(".json")]
    if len(held) < _FEWEST or not _claimed(folder, held[:_SAMPLE]):
        return frozenset()
    found = _claimed(folder, held)
    return frozenset({*found, *({LIST} & set(held))}) if len(found) >= _FEWEST else frozenset()


def _some(folder: Path) -> list[str]:
    names = (entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return [name for name, _ in zip(names, range(_SAMPLE), strict=False)]


def _claimed(folder: Path, names: Sequence[str]) -> list[str]:
    """Return those of the files that are claimed; one that cannot be opened is none."""
    return [name for name in names if _opens_so(folder / name)]


def _opens_so(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            return claim(path, file.read(_HEAD_BYTES))
    except OSError:
        return False


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the cables and landing points of an edition, of one of its folders, or of a file. Never raises on data."""
    from crossline.readers.telegeography import edition, tying  # noqa: PLC0415 - polars is loaded for a file

    try:
        if not path.is_dir():
            found = edition.of_files(path.parent, [path.name], limits)
        elif taken := tree(path, sorted(entry.name for entry in path.iterdir())):
            found = edition.of_tree(path, sorted(taken), limits)
        else:
            names = together(path, sorted(entry.name for entry in path.iterdir()))
            found = edition.of_files(path, sorted(names), limits)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    yield from tying.told(found, limits)
