"""One package, read: who it says it is, the classes of its dex files, the hosts that it names, signs of a packer."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.packages import archive, dex, hosts, manifest, packing
from crossline.packages.manifest import COMPONENTS
from crossline.tables import Note, Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.packages.archive import Archive
    from crossline.packages.dex import Dex
    from crossline.packages.manifest import Manifest
    from crossline.packages.packing import Signs
    from crossline.tables import Limits

DEX_MOST: Final = 1000  # dex files of one file that is read; the largest apps have some dozens
FILE_MOST: Final = 256 << 20  # bytes of a file that hosts are looked for in
NAMING: Final = (
    ".arsc", ".so", ".js", ".mjs", ".bundle", ".html", ".htm", ".json", ".properties", ".txt", ".xml", ".yml", ".yaml",
    ".ini", ".conf", ".cfg",
)  # fmt: skip
# Where a bare name is taken for a host besides code. A list in a text may be one of hosts that the app blocks.
BARE_IN: Final = r"\.(?:arsc|xml|json)$"
_DEX: Final = re.compile(r"(?:^|/)[^/]+\.dex$")
_PACKAGE: Final = re.compile(r"\.(?:apk|xapk|apks|apkm)$", re.IGNORECASE)
_ODD_TOLD: Final = 20  # dex files whose oddities are told one by one

HOSTS: Final = pl.Schema({"file": pl.String(), "in_code": pl.Boolean(), **hosts.HOSTS})


@dataclass
class Budget:
    """What may still be spent on a file, and what was left out because of it."""

    limits: Limits
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    more: int = 0
    odd_left: int = _ODD_TOLD
    dex_left: int = field(init=False)
    end: float = field(init=False)

    def __post_init__(self) -> None:
        """Keep a third of the time for what comes after reading, and for the process to start."""
        self.dex_left = DEX_MOST
        self.end = time.monotonic() + self.limits.seconds * 2 / 3

    def refuse(self, place: str, reason: str, count: int = 1) -> None:
        """Keep a reject, or count it."""
        if len(self.rejects) < self.limits.rejects:
            self.rejects.append(Reject(visible(place, 300), reason, count))
        else:
            self.more += count

    def note(self, text: str) -> None:
        """Keep a note about the whole file, once."""
        if Note(text) not in self.notes:
            self.notes.append(Note(text))

    def late(self) -> bool:
        """Say whether the time for reading is over."""
        return time.monotonic() > self.end


@dataclass(frozen=True)
class Part:
    """A package: ``where`` it lies in the file, empty for the file itself."""

    where: str
    manifest: Manifest | None
    types: tuple[tuple[str, Dex], ...]
    hosts: pl.DataFrame  # HOSTS
    libraries: tuple[str, ...]
    signs: Signs
    unread: int  # dex files that could not be read, or not whole
    sha256: str  # of its bytes


def packages(opened: Archive) -> list[int]:
    """Return the rows of packages that lie in an archive which is none itself, but for those in folders of assets."""
    names = opened.entries["name"]
    return [row for row, name in enumerate(names) if _PACKAGE.search(name)]


def several(first: str, count: int) -> str:
    """Name the first of several things, and how many more there are."""
    return f"{visible(first)} and {count - 1:,} more" if count > 1 else visible(first)


def read(data: bytes | bytearray, opened: Archive, where: str, budget: Budget) -> Part:
    """Read a package; what cannot be read is a reject of the budget."""
    tell(opened, where, budget)
    told = None
    try:
        told = manifest.read_bytes(data, opened)
    except manifest.Unreadable as error:
        budget.refuse(f"{where}AndroidManifest.xml", str(error))
    names = opened.entries["name"]
    inside = [name for name in names if _PACKAGE.search(name)]
    if inside:
        budget.note(f"{where}{several(inside[0], len(inside))}: packages within the package, which are not read")
    found = [pl.DataFrame(schema=HOSTS)]
    read_dex: list[tuple[str, Dex]] = []
    damaged = 0
    for place, one, data_of in _dex_files(opened, where, budget):
        if one.version is None or (one.odd and not one.types.height):
            budget.refuse(place, "; ".join(one.odd))
            continue
        damaged += bool(one.odd)
        if one.odd and budget.odd_left:
            budget.odd_left -= 1
            budget.note(f"{place}: {'; '.join(one.odd)}")
        named = hosts.in_dex(data_of, one)
        found.append(named.select(pl.lit(place).alias("file"), pl.lit(value=True).alias("in_code"), *hosts.HOSTS))
        read_dex.append((place, replace(one, places=np.empty(0, np.int64))))
    in_files = hosts.in_files(_files(opened, where, budget))
    in_files = in_files.filter((pl.col("form") != "bare") | pl.col("file").str.to_lowercase().str.contains(BARE_IN))
    found.append(in_files.select("file", pl.lit(value=False).alias("in_code"), *hosts.HOSTS))
    # An alias is a name of another activity, and no class.
    started = told.components.filter(pl.col("kind") != "activity-alias") if told else pl.DataFrame(schema=COMPONENTS)
    components = started["name"]
    if told and told.application:
        components = pl.concat([components, pl.Series("name", [told.application])])
    libraries = names.filter(names.str.ends_with(".so")).str.extract(r"([^/]+)$").unique().sort()
    return Part(
        where=where,
        manifest=told,
        types=tuple(read_dex),
        hosts=pl.concat(found),
        libraries=tuple(libraries.drop_nulls()),
        signs=packing.signs(opened, dex.merged(read_dex), components),
        unread=sum(_DEX.search(name) is not None for name in names) - len(read_dex) + damaged,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def tell(opened: Archive, where: str, budget: Budget) -> None:
    """Tell what an archive's directory holds that is no entry, or an odd one."""
    for one in opened.rejects:
        budget.refuse(f"{where}{one.locator}", one.reason, one.count)
    for text in opened.odd:
        budget.note(f"{where or 'archive: '}{text}")
    odd = opened.entries.filter(pl.col("odd") != 0)
    for bits, first, count in odd.group_by("odd", maintain_order=True).agg(pl.first("name"), pl.len()).iter_rows():
        said = "; ".join(archive.words(bits))
        budget.note(f"{where}{several(first, count)}: {said}")


def _dex_files(opened: Archive, where: str, budget: Budget) -> Iterator[tuple[str, Dex, bytes | bytearray]]:
    rows = [(row, name) for row, name in enumerate(opened.entries["name"]) if _DEX.search(name)]
    for number, (row, name) in enumerate(rows):
        if not budget.dex_left or budget.late():
            why = f"limit of {DEX_MOST:,} dex files" if not budget.dex_left else "the time for one file is over"
            budget.refuse(f"{where}{name}", f"dex files from here on are not read: {why}", len(rows) - number)
            return
        budget.dex_left -= 1
        try:
            data = opened.read(row)
        except archive.Unreadable as error:
            budget.refuse(f"{where}{name}", str(error))
            continue
        yield f"{where}{visible(name, 300)}", dex.read(data), data


def _files(opened: Archive, where: str, budget: Budget) -> Iterator[tuple[str, bytes | bytearray]]:
    """Yield the files that may name hosts and are no dex files."""
    wanted = opened.entries.with_row_index("row").filter(
        (pl.col("name").str.to_lowercase().str.contains(rf"(?:{'|'.join(re.escape(end) for end in NAMING)})$"))
        & ~pl.col("name").str.starts_with("META-INF/")
    )
    for number, (row, name, size) in enumerate(wanted.select("row", "name", "size").iter_rows()):
        if budget.late():
            why = "no hosts are looked for from here on: the time for one file is over"
            budget.refuse(f"{where}{name}", why, wanted.height - number)
            return
        told = name == "AndroidManifest.xml"  # whoever read it as a manifest told what is wrong with it
        if size > FILE_MOST:
            if not told:
                budget.refuse(f"{where}{name}", f"no hosts are looked for in {size:,} bytes; limit of {FILE_MOST:,}")
            continue
        try:
            yield f"{where}{visible(name, 300)}", opened.read(row)
        except archive.Unreadable as error:
            if not told:
                budget.refuse(f"{where}{name}", str(error))
