"""F-Droid: a repository's index (versions 1 and 2), and the metadata that apps are built from; docs/readers/fdroid.md.

Each app is an asset of kind ``app``. ``index`` walks an index app by app, ``metadata`` reads one YAML file an app,
``versions`` chooses the version that a repository suggests, ``authors`` says what of an author's words may be kept,
and ``apps`` makes columns of it all.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crossline.tables import Batch, Limits, Note

ABOUT: Final = "apps of F-Droid: a repository's index-v2.json, index-v1.json or index-v1.jar, and a folder of metadata"
LIMITS: Final = (
    "The signature of an index-v1.jar is not verified; entry.jar and differences between indexes hold no apps.",
    "One version of each app is looked at: the one that the repository suggests; the others are counted.",
    "Names of authors are kept where a word in them tells an organisation, web sites where they are not a person's.",
    "Of an index after bytes that are no JSON the rest is not read; one of more than 512 MiB is not read at all.",
    "Metadata is read as F-Droid's tools write it: keys of the first level start their line, without quotation marks.",
    "Of metadata's keys that are not wanted, and of builds but the current one, only where they begin is looked at.",
)
JAILED: Final = True  # a parser of whole documents, and a C library for YAML

_START: Final = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{\s*"(?:repo|packages|apps)"\s*:\s*[\[{]')
_NAME: Final = re.compile(r"index-v[12](?:[_.-].*)?\.json", re.IGNORECASE)  # what F-Droid calls an index
_REPOSITORY: Final = (
    re.compile(rb'"address"\s*:\s*"[^"]{1,2000}"'),
    re.compile(rb'"(?:timestamp|added|lastUpdated)"\s*:\s*[0-9]{1,16}'),
)
# The first entries of a signed archive, by their local file headers (APPNOTE.TXT, 4.3.7).
_ENTRY: Final = re.compile(rb"PK\x03\x04.{22}(?:\x0d\0|\x0a\0)..(index-v1\.json|entry\.json)", re.DOTALL)
_FILE: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+\.yml", re.ASCII)
_KEY: Final = re.compile(
    rb"^(Categories|License|AutoName|RepoType|Repo|Builds|AutoUpdateMode|UpdateCheckMode|CurrentVersion|"
    rb"CurrentVersionCode|AntiFeatures|SourceCode|IssueTracker|AuthorName|AllowedAPKSigningKeys|Summary|Description):",
    re.MULTILINE,
)
_HEAD_BYTES: Final = 4096
_CLAIM_BYTES: Final = 65536  # that a claim is given, at most
_FEWEST: Final = 2  # files that a folder is read as a whole for


def claim(path: Path, head: bytes) -> bool:
    """Return whether it is an index, an archive that holds one, or one app's metadata."""
    if head.startswith(b"PK\x03\x04"):
        return _ENTRY.search(head) is not None
    if _START.match(head):
        return _NAME.fullmatch(path.name) is not None or all(mark.search(head) for mark in _REPOSITORY)
    return _FILE.fullmatch(path.name) is not None and is_metadata(head)


def resembles(path: Path, head: bytes) -> str | None:
    """Say of a file that is not taken why not, if it begins as an index does, or has the name of one."""
    if _START.match(head):
        return f"looks like an F-Droid index, but {_not_json(head) or 'names no address and no time of its repository'}"
    if not _NAME.fullmatch(path.name):
        return None
    what = _not_json(head) or "does not begin with `repo`, `packages` or `apps`"
    return f"named like an F-Droid index, but {what}"


def _not_json(head: bytes) -> str | None:
    """Say where a file is no JSON, if these are all its bytes: what is cut off at their end is none either."""
    try:
        json.loads(head.decode("utf-8-sig", "replace"))
    except json.JSONDecodeError as error:
        return f"is not JSON at character {error.pos + 1:,}: {error.msg}" if len(head) < _CLAIM_BYTES else None
    except (RecursionError, ValueError):
        return "is nested too deeply, or holds a number that is too long"
    return None


def is_metadata(head: bytes) -> bool:
    """Return whether at least three keys that metadata has start a line."""
    return len(set(_KEY.findall(head))) >= 3


def together(folder: Path, names: Sequence[str]) -> frozenset[str]:
    """Return the files of a folder that are metadata; links, and files that are something else, are left alone."""
    found = frozenset(name for name in names if _FILE.fullmatch(name) and _holds_metadata(folder / name))
    return found if len(found) >= _FEWEST else frozenset()


def _holds_metadata(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            return is_metadata(file.read(_HEAD_BYTES))
    except OSError:
        return False


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield the apps of an index, of a folder of metadata, or of one file of it. Never raises on data."""
    from crossline.readers.fdroid import index, metadata  # noqa: PLC0415 - polars and YAML are loaded for a file

    try:
        if path.is_dir():
            names = together(path, sorted(entry.name for entry in path.iterdir()))
            yield from metadata.read(path, sorted(names), limits)
        elif path.suffix == ".yml":
            yield from metadata.read(path.parent, [path.name], limits)
        else:
            yield from index.read(path, limits)
    except OSError as error:
        yield Reject("file", f"cannot be read: {error.strerror or error}")
