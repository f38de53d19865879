"""Maps of submarine cables as TeleGeography publishes them; docs/readers/cables.md.

The map is a tree of JSON files: ``cable/`` and ``landing-point/`` hold one file each, ``country/``, ``supplier/``,
``status/`` and ``ready-for-service/`` are indexes of what the cables' own files say, ``config.json`` has the day of the
edition. A cable is an asset of kind ``cable``, a place where cables come ashore one of kind ``landing-point``.

``edition`` finds the objects of a tree, a folder or a file, ``exports`` knows what others call their members, and
``naming`` makes ids; ``names`` splits lists of owners, ``parties`` takes them in other forms; ``landings`` finds
landing points that are named in words, ``territories`` knows states by their names, ``geometry`` checks courses;
``rows`` reads tables in the words of maps, ``tying`` makes columns of it all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.readers.telegeography import exports, rows
from crossline.readers.telegeography.layout import FOLDERS, LIST, OF_AN_EDITION
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "maps of submarine cables in TeleGeography's form: its folders, JSON exports; GeoJSON, CSV of others"
LIMITS: Final = (
    "A map is no register: it does not state shares, and who owns a cable is the map's word.",
    "Who makes or runs the terminal equipment, who applies for a licence, and capacity do not stand in the map.",
    "A course is drawn for the eye; nothing is measured along it, and its decimals after the fourth are dropped.",
    "A list is split at commas; a name that holds one is known only where it ends in a legal form, or is listed.",
    "Notes, colours and addresses of web sites are not kept; a note that says there are more owners is heeded.",
    "The state of a landing point is the one the map names: editions count Hong Kong and Macao to China.",
    "Editions with numbers for ids are given the ids of later ones, which are made of names: a renamed cable differs.",
    "Of CSV with a row a landing the first row of a cable counts for the cable; after 200,000 rows nothing is read.",
    "A file of more than 128 MiB is not read, nor what comes after 512 MiB of one edition.",
)
KNOWS: Final = ("identifier",)
JAILED: Final = True  # a parser of whole documents, whose memory only a child process can bound

_HEAD_BYTES: Final = 65536
_SAMPLE: Final = 8  # files of a folder that are opened to see whether it is one of these
_FEWEST: Final = 2

_START: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[\[{]")
_CABLE: Final = re.compile(rb'"(?:owners|suppliers|rfs|length)"\s*:')
_LANDINGS: Final = re.compile(rb'"landing_points"\s*:')
_CABLES: Final = re.compile(rb'"cables"\s*:\s*\[')
_WHEN: Final = re.compile(rb'"(?:rfs|rfs_year|is_planned)"\s*:')
_TBD: Final = re.compile(rb'"is_tbd"\s*:')
_FEATURES: Final = re.compile(rb'"FeatureCollection"')
_OF_CABLES: Final = re.compile(
    rb'"feature_id"\s*:|"(?:submarine[_ ]cables?|landing[_ ]points|cable_submarine)"|"is_tbd"\s*:'
    rb'|"location"\s*:\s*"underwater"',
    re.IGNORECASE,
)
_MEMBERS: Final = re.compile(
    rb'"(owners?|suppliers?|rfs|ready[_ ]for[_ ]service|landing[_ ]points)"\s*:', re.IGNORECASE
)


# The word cable in the name of a member, or in the file's own name, which stands before its features.
_CABLE_MEMBER: Final = re.compile(rb'"(?:[^"\\]{0,60}[^"\\a-z])?cables?(?:[^"\\a-z][^"\\]{0,60})?"\s*:', re.IGNORECASE)
_CABLE_FILE: Final = re.compile(rb'"name"\s*:\s*"(?:[^"\\]{0,100}[^"\\a-z])?cables?(?:[^"\\a-z]|")', re.IGNORECASE)


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its members
    """Return whether it is JSON, GeoJSON or CSV with the members of cables, landing points or an index of them."""
    if not _START.match(head):
        return rows.claimed(head)
    if _FEATURES.search(head):
        return _OF_CABLES.search(head) is not None or _members_of_cables(head)
    if _LANDINGS.search(head) and (_CABLE.search(head) or _CABLES.search(head)):
        return True
    if _TBD.search(head):
        return b'"country"' in head
    return bool(_CABLES.search(head) and _WHEN.search(head))


def _members_of_cables(head: bytes) -> bool:
    """Return whether two members of cables are there, of which owner and supplier alone may be those of anything."""
    found = {exports.member(member.decode()) for member in _MEMBERS.findall(head)}
    if len(found) < _FEWEST:
        return False
    marked = _CABLE_MEMBER.search(head) or _CABLE_FILE.search(head.partition(b'"features"')[0])
    return bool(found & {"rfs", "landing_points"} or marked)


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


def _is_table(path: Path) -> bool:
    if path.is_dir():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return not _START.match(head) and rows.claimed(head)


def prepare(known: Mapping[str, pl.DataFrame] | None) -> frozenset[str]:
    """Return the names of companies that the world knows, for :func:`read`."""
    table = (known or {}).get("identifier")
    if table is None:
        return frozenset()
    pairs = zip(table["type"].to_list(), table["value"].to_list(), strict=True)
    return frozenset(value for kind, value in pairs if kind == "vendor")


def read(
    path: Path, limits: Limits, known: Mapping[str, pl.DataFrame] | frozenset[str] | None = None
) -> Iterator[Batch | Reject | Note]:
    """Yield the cables and landing points of an edition, of one of its folders, or of a file. Never raises on data.

    ``known`` may have the world's table ``identifier``, or what :func:`prepare` made of it: names of companies, by
    which "Google and Meta" is known to be two.
    """
    from crossline.readers.telegeography import edition, tying  # noqa: PLC0415 - polars is loaded for a file

    try:
        if _is_table(path):
            found = rows.read(path, limits)
        elif not path.is_dir():
            found = edition.of_files(path.parent, [path.name], limits)
        elif taken := tree(path, sorted(entry.name for entry in path.iterdir())):
            found = edition.of_tree(path, sorted(taken), limits)
        else:
            names = together(path, sorted(entry.name for entry in path.iterdir()))
            found = edition.of_files(path, sorted(names), limits)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
        return
    yield from tying.told(found, limits, known if isinstance(known, frozenset) else prepare(known))
