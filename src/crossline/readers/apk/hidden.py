"""Code of a package that its names do not show: dex files of any name, by their first bytes, and archives with such.

An app may load code from any of its files. What begins as a dex file is read as one; into an archive within only a look
is taken: whether there is code, since then a part of the app's code was not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crossline.packages import archive
from crossline.packages.head import MAGIC
from crossline.packages.spending import several

if TYPE_CHECKING:
    from crossline.packages.archive import Archive
    from crossline.packages.spending import Spending

DEX: Final = re.compile(r"(?:^|/)[^/]+\.dex$")
PACKAGE: Final = re.compile(r"\.(?:apk|xapk|apks|apkm)$", re.IGNORECASE)
BEGINS: Final = (b"dex\n", b"dey\n", b"cdex")  # plain, optimised, compact
ARCHIVES_MOST: Final = 100  # within one package, that are looked into
ARCHIVE_MOST: Final = 64 << 20  # bytes of one

_ANY_DEX: Final = re.compile(r"\.dex$", re.IGNORECASE)


def dex_rows(opened: Archive, heads: list[bytes], where: str, budget: Spending) -> list[tuple[int, str]]:
    """Return row and name of each dex file, by its name or by how it begins; tell of those with another name."""
    names = opened.entries["name"]
    found, others = [], []
    for row, (name, head) in enumerate(zip(names, heads, strict=True)):
        if DEX.search(name):
            found.append((row, name))
        elif head in BEGINS:
            others.append((row, name))
    if others:
        first = several(others[0][1], len(others))
        budget.note(f"{where}{first}: dex files under other names, which the app may load; their classes count")
    return found + others


def archives(opened: Archive, heads: list[bytes], where: str, budget: Spending) -> int:
    """Tell of archives within; return how many may hold code that is not read."""
    names = opened.entries["name"]
    sizes = opened.entries["size"]
    packages = [name for name in names if PACKAGE.search(name)]
    if packages:
        budget.note(f"{where}{several(packages[0], len(packages))}: packages within the package, which are not read")
    rows = [row for row, head in enumerate(heads) if head == MAGIC and not PACKAGE.search(names[row])]
    with_code, closed = [], [names[row] for row in rows[ARCHIVES_MOST:]]
    for row in rows[:ARCHIVES_MOST]:
        if budget.late() or sizes[row] > ARCHIVE_MOST:
            closed.append(names[row])
            continue
        try:
            inner = opened.within(row)
        except archive.Unreadable:
            closed.append(names[row])
            continue
        if any(_ANY_DEX.search(name) or PACKAGE.search(name) for name in inner.entries["name"]) or any(
            head == MAGIC or head in BEGINS for head in inner.heads()
        ):
            with_code.append(names[row])
    for found, what in (
        (with_code, "archives within the package with dex files or archives in them, which are not read"),
        (closed, "archives within the package that could not be looked into"),
    ):
        if found:
            budget.note(f"{where}{several(found[0], len(found))}: {what}")
    return len(packages) + len(with_code) + len(closed)
