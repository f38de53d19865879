"""One package, read: who it says it is, the classes of its dex files, the hosts that it names, signs of a packer."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.packages import archive, dex, hidden_text, hosts, manifest, packing
from crossline.packages.manifest import COMPONENTS
from crossline.packages.spending import Spending, tell
from crossline.readers.apk import hidden
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crossline.packages.archive import Archive
    from crossline.packages.dex import Dex
    from crossline.packages.manifest import Manifest
    from crossline.packages.octets import Held
    from crossline.packages.packing import Signs

DEX_MOST: Final = 1000  # dex files of one file that is read; the largest apps have some dozens
FILE_MOST: Final = 256 << 20  # bytes of a file that hosts are looked for in
NAMING: Final = (
    ".arsc", ".so", ".js", ".mjs", ".bundle", ".html", ".htm", ".json", ".properties", ".txt", ".xml", ".yml", ".yaml",
    ".ini", ".conf", ".cfg", ".lua", ".luac", ".py", ".sh",
)  # fmt: skip
# Where a bare name is taken for a host besides code. A list in a text may be one of hosts that the app blocks.
BARE_IN: Final = r"\.(?:arsc|xml|json)$"
_ODD_TOLD: Final = 20  # dex files whose oddities are told one by one

HOSTS: Final = pl.Schema({"file": pl.String(), "in_code": pl.Boolean(), **hosts.HOSTS})


@dataclass
class Budget(Spending):
    """What may still be spent on a file of packages."""

    odd_left: int = _ODD_TOLD
    dex_left: int = field(init=False)

    def __post_init__(self) -> None:
        """Set how many dex files may be read."""
        super().__post_init__()
        self.dex_left = DEX_MOST


@dataclass(frozen=True)
class Part:
    """A package: ``where`` it lies in the file, empty for the file itself."""

    where: str
    manifest: Manifest | None
    types: tuple[tuple[str, Dex], ...]
    hosts: pl.DataFrame  # HOSTS
    libraries: tuple[str, ...]
    signs: Signs
    unread: int  # dex files that could not be read, or not whole, and archives within that may hold code
    sha256: str  # of its bytes
    files: pl.Series = field(default_factory=lambda: pl.Series("name", [], pl.String))  # names of all its entries


def packages(opened: Archive) -> list[int]:
    """Return the rows of packages that lie in an archive which is none itself, but for those in folders of assets."""
    names = opened.entries["name"]
    return [row for row, name in enumerate(names) if hidden.PACKAGE.search(name)]


def read(
    data: Held,
    opened: Archive,
    where: str,
    budget: Budget,
    manifest_of: Callable[[Held, Archive], Manifest] = manifest.read_bytes,
) -> Part:
    """Read a package; what cannot be read is a reject of the budget. ``manifest_of`` reads who it says it is."""
    tell(opened, where, budget)
    told = None
    try:
        told = manifest_of(data, opened)
    except manifest.Unreadable as error:
        budget.refuse(f"{where}AndroidManifest.xml", str(error))
    names = opened.entries["name"]
    heads = opened.heads()
    code = hidden.dex_rows(opened, heads, where, budget)
    found = [pl.DataFrame(schema=HOSTS)]
    read_dex: list[tuple[str, Dex]] = []
    damaged = 0
    for place, one, data_of in _dex_files(opened, code, where, budget):
        if one.version is None or (one.odd and not one.types.height):
            budget.refuse(place, "; ".join(one.odd))
            continue
        damaged += bool(one.odd)
        if one.odd and budget.odd_left:
            budget.odd_left -= 1
            budget.note(f"{place}: {'; '.join(one.odd)}")
        named = hosts.in_dex(data_of, one)
        found.append(named.select(pl.lit(place).alias("file"), pl.lit(value=True).alias("in_code"), *hosts.HOSTS))
        in_arrays = hidden_text.hosts_in(data_of)
        found.append(in_arrays.select(pl.lit(place).alias("file"), pl.lit(value=False).alias("in_code"), *hosts.HOSTS))
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
    closed = hidden.archives(opened, heads, where, budget)  # last, since to look into them takes of what may be spent
    return Part(
        where=where,
        manifest=told,
        types=tuple(read_dex),
        hosts=pl.concat(found),
        libraries=tuple(libraries.drop_nulls()),
        signs=packing.signs(opened, dex.merged(read_dex), components),
        unread=len(code) - len(read_dex) + damaged + closed,
        sha256=hashlib.sha256(data).hexdigest(),
        files=names,
    )


def _dex_files(
    opened: Archive, rows: list[tuple[int, str]], where: str, budget: Budget
) -> Iterator[tuple[str, Dex, bytes | bytearray]]:
    unpacked = opened.ahead([row for row, _ in rows[: budget.dex_left]])
    for number, (_, name) in enumerate(rows):
        if not budget.dex_left or budget.late():
            why = f"limit of {DEX_MOST:,} dex files" if not budget.dex_left else "the time for one file is over"
            budget.refuse(f"{where}{name}", f"dex files from here on are not read: {why}", len(rows) - number)
            return
        budget.dex_left -= 1
        data = next(unpacked)
        if isinstance(data, archive.Unreadable):
            budget.refuse(f"{where}{name}", str(data))
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
