"""A file, opened: one package, or the packages that an archive holds; those of one app become one asset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.packages import archive, dex, directory, hidden_text, hosts, libraries, manifest, spending
from crossline.packages.archive import Archive, Bounds
from crossline.readers.apk import bundles, parts, tying
from crossline.tables import Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from crossline.packages.libraries import Signatures
    from crossline.packages.octets import Held
    from crossline.readers.apk.parts import Budget, Part
    from crossline.tables import Batch, Limits, Note

BYTES_MOST: Final = 4 << 30  # of a file, and of what comes from it
PACKAGES_MOST: Final = 1000  # in one archive


def prepare(known: Mapping[str, pl.DataFrame]) -> dict[str, Signatures]:
    """Make a matcher of signatures of libraries, and have the kernels there; starts no threads."""
    directory.ready()
    dex.ready()
    hosts.ready()
    hidden_text.ready()
    manifest.ready()
    return {name: libraries.compiled(table) for name, table in known.items()}


def read(path: Path, limits: Limits, known: pl.DataFrame | Signatures | None = None) -> Iterator[Batch | Reject | Note]:
    """Yield a batch with the apps of a file, what was refused, and notes; ``known`` are signatures of libraries."""
    size, most = path.stat().st_size, min(limits.bytes_in, BYTES_MOST)
    if size > most:
        yield Reject("file", f"larger than the limit of {most:,} bytes")
        return
    data = archive.mapped(path)
    try:
        opened = Archive(data, Bounds(bytes_out=min(limits.bytes_out, BYTES_MOST)))
    except archive.Unreadable as error:
        yield Reject("file", str(error))
        return
    budget = parts.Budget(limits)
    signatures = libraries.compiled(known) if isinstance(known, pl.DataFrame) else known
    if bundles.is_one(opened):
        yield from bundles.read(data, opened, path.stem, budget, signatures)
        return
    found = _parts(data, opened, budget)
    groups = _apps(found)
    if len(groups) > 1:
        budget.note(f"it holds packages of {len(groups):,} apps")
    if groups:
        yield tying.batch(groups, path.stem, budget, signatures)
    elif not budget.rejects:
        budget.refuse("file", "neither a manifest nor a dex file nor a package stands in it")
    yield from budget.told()


def _parts(data: Held, opened: Archive, budget: Budget) -> list[Part]:
    """Read the package that the file is, or those that it holds."""
    rows = [] if opened.rows("AndroidManifest.xml") else parts.packages(opened)
    if not rows:
        return [parts.read(data, opened, "", budget)]
    spending.tell(opened, "", budget)
    found = []
    for number, row in enumerate(rows):
        name = visible(opened.entries["name"][row], 300)
        if number == PACKAGES_MOST or budget.late():
            why = f"limit of {PACKAGES_MOST:,}" if number == PACKAGES_MOST else "the time for one file is over"
            budget.refuse(name, f"packages from here on are not read: {why}", len(rows) - number)
            break
        try:
            part = opened.read(row)
            inner = Archive(part, opened.bounds, opened.depth + 1, opened.spent)
        except archive.Unreadable as error:
            budget.refuse(name, str(error))
            continue
        found.append(parts.read(part, inner, f"{name}!/", budget))
    return found


def _apps(found: list[Part]) -> list[list[Part]]:
    """Put the packages of one app together, its base first; what has neither manifest nor code is no app."""
    named: dict[str, list[Part]] = {}
    nameless = []
    for part in found:
        package = tying.package_of(part)
        if package:
            named.setdefault(package, []).append(part)
        elif part.manifest or part.types:
            nameless.append([part])
    groups = [sorted(group, key=_is_split) for group in named.values()]
    if len(groups) == 1:  # a part whose manifest cannot be read is one of the only app that there is
        return [groups[0] + [part for group in nameless for part in group]]
    return groups + nameless


def _is_split(part: Part) -> bool:
    return part.manifest is not None and part.manifest.split is not None
