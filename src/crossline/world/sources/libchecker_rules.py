"""LibChecker's rules: a tar archive of one JSON file for each class or machine code file that shows a library.

``native-libs/libBugly.so.json`` speaks of the file ``libBugly.so``, ``activities-libs/a.b.C.json`` (``providers-``,
``receivers-``, ``services-``) of the class ``a.b.C``; ``label`` is the library's name and ``team`` who makes it, both
in the words of the rules' authors. The files under ``regex/`` hold everything but the pattern, which is elsewhere: they
are counted, and cannot be used. A single file of an unpacked archive has no place for a date; pack the folder.

An archive that ``git archive`` made stamps all files with the moment of the commit. Where every rule has the same
stamp, its day is the edition's; stamps that differ are those of a copy and are not taken.

Of some rules the ``team`` is not who made what the file or class is: of the C++ runtime of GNU, of another's binding,
of software that bears a word of a maker's. These teams are left out, with a reject each, and the library stays
nobody's; so is a class that is another's than the library's team's.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from crossline.identifiers import library
from crossline.tables import Reject
from crossline.text import visible
from crossline.world import documents, editions, packed, patterns
from crossline.world.sources import Offer, edition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

ABOUT: Final = "Which classes and machine code files show that a library is in an app, and who makes it."
ID: Final = "libchecker-rules"
TITLE: Final = "LibChecker rules"
ISSUER: Final = "LibChecker"
URL: Final = "https://github.com/LibChecker/LibChecker-Rules"
LICENCE: Final = "Apache-2.0"
FILES: Final = (
    Offer("https://github.com/LibChecker/LibChecker-Rules/archive/refs/heads/master.tar.gz", "libchecker-rules.tar.gz"),
)

# Labels whose team is not, or not plainly, who makes the file that the rule is about.
NOT_THE_MAKERS: Final = frozenset(
    {"C++ 共享库", "NativeAudio", "PCDN SDK", "Rust", "bspatch", "ion", "libdevinfo"},
)
# Classes of the community's packages for React Native, which are filed under Facebook's React Native.
OTHERS: Final = ("com.reactnativecommunity.",)

BYTES_OF_A_RULE: Final = 1 << 16
_RULE: Final = re.compile(r"(?:.*/)?(activities|native|providers|receivers|services)-libs/(regex/)?([^/]+)\.json")
_MEMBER: Final = re.compile(rb"(?:activities|native|providers|receivers|services)-libs/[^\0]*\.json\0")
_CLASS: Final = re.compile(r"[^\s./;\[]+(?:\.[^\s./;\[]+)*")  # JVMS 4.2.1 and 4.2.2, with dots between the parts


def claim(path: Path, head: bytes) -> bool:
    """Whether it is a tar archive, packed or not, among whose first members are rules."""
    start = packed.opening(path, head)
    return start[257:262] == b"ustar" and bool(_MEMBER.search(start))


def read(path: Path) -> Iterator[tuple[str, pl.DataFrame] | Reject]:
    """Yield signatures, and a registration for each library whose team is named."""
    held = packed.content(path, bytes_out=patterns.BYTES_MOST * 4)
    found = patterns.Gathered()
    stamps: set[float] = set()
    rules, without, cuts = 0, 0, [held.cut] if held.cut else []
    for one in packed.members(held.data):
        if isinstance(one, Reject):
            cuts.append(one)
            continue
        match = _RULE.fullmatch(one.name)
        if match is None:
            continue
        rules += 1
        stamps.add(one.stamp)
        if match[2]:
            without += 1
        else:
            _take(found, match, one)
    if not rules:
        raise packed.Unreadable(cuts[0].reason if cuts else "the archive holds no rules")
    published = editions.published(path, inside=editions.day_shared(stamps))
    source, row = edition(sys.modules[__name__], published)
    yield "source", row
    yield from cuts
    if without:
        yield Reject("regex/", "rules whose pattern is not in the archive", without)
    yield from found.tables(published, source)


def _take(found: patterns.Gathered, match: re.Match[str], one: packed.Member) -> None:
    """Take one rule: the library of its label, shown by what the file is named after."""
    where, _, named = match.groups()
    place = f"{where}-libs/{named}.json"
    if len(one.data) > BYTES_OF_A_RULE:
        found.refuse(place, f"{len(one.data):,} bytes; the limit for a rule is {BYTES_OF_A_RULE:,}")
        return
    try:
        rule = documents.parsed(one.data)
    except packed.Unreadable as error:
        found.refuse(place, str(error))
        return
    if not isinstance(rule, dict):
        found.refuse(place, "it is no object")
        return
    name = found.library(place, rule.get("label"))
    if name is None:
        return
    if where == "native":
        found.exact(name, "native", named)
    elif _CLASS.fullmatch(named) and not named.startswith(OTHERS):
        found.exact(name, "class", named.replace(".", "/"))
    else:
        another = named.startswith(OTHERS)
        found.refuse(
            place, "the class is another's than the library" if another else "the file is not named after a class"
        )
        return
    _take_team(found, place, name, rule.get("team"))


def _take_team(found: patterns.Gathered, place: str, name: str, team: object) -> None:
    """Take who makes a library, where that is told and not in doubt."""
    if name in NOT_THE_MAKERS:
        found.refuse(place, "its team is not plainly who makes it, and is left out")
    elif isinstance(team, str) and team.strip():
        try:
            found.made_by(name, library.parse(team))
        except ValueError as error:
            found.refuse(place, f"its team: {visible(str(error))}")
