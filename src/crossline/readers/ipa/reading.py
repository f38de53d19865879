"""A file, opened: the apps in its folder ``Payload``, or, as a simulator's, at its top."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from crossline.packages import archive, directory, hosts
from crossline.packages.archive import Archive, Bounds
from crossline.packages.spending import Spending, tell
from crossline.readers.ipa import bundles, embedding, tying
from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from crossline.packages.libraries import Signatures
    from crossline.tables import Batch, Limits, Note

BYTES_MOST: Final = 4 << 30  # of a file, and of what comes from it
APPS_MOST: Final = 100  # in one file; there is one
_ROOT: Final = r"^((?:Payload/)?[^/]+\.app/)"
_MAC: Final = re.compile(r"^(?:Payload/)?[^/]+\.app/Contents/Info\.plist$")


def prepare() -> None:
    """Have the kernels there; starts no threads."""
    directory.ready()
    hosts.ready()


def read(path: Path, limits: Limits, table: pl.DataFrame | Signatures | None = None) -> Iterator[Batch | Reject | Note]:
    """Yield a batch with the apps of a file, what was refused, and notes; ``table`` has signatures of libraries."""
    size, most = path.stat().st_size, min(limits.bytes_in, BYTES_MOST)
    if size > most:
        yield Reject("file", f"larger than the limit of {most:,} bytes")
        return
    data = path.read_bytes()
    try:
        opened = Archive(data, Bounds(bytes_out=min(limits.bytes_out, BYTES_MOST)))
    except archive.Unreadable as error:
        yield Reject("file", str(error))
        return
    spending = Spending(limits)
    tell(opened, "", spending)
    roots = opened.entries["name"].str.extract(_ROOT).drop_nulls().unique(maintain_order=True).to_list()
    if any(root.startswith("Payload/") for root in roots):  # what else lies there is no app of the package
        roots = [root for root in roots if root.startswith("Payload/")]
    if len(roots) > APPS_MOST:
        spending.refuse(
            roots[APPS_MOST], f"apps from here on are not read: limit of {APPS_MOST}", len(roots) - APPS_MOST
        )
    if not roots:
        spending.refuse("file", "no folder of an app (Payload/NAME.app) stands in it")
    elif any(_MAC.match(name) for name in opened.entries["name"]):
        spending.refuse(roots[0], "an app for macOS, which is not read")
        roots = []
    apps = [bundles.read(opened, root, spending) for root in roots[:APPS_MOST]]
    if len(apps) > 1:
        spending.note(f"it holds {len(apps):,} apps")
    if apps:
        sold = bundles.sold(opened, spending) if len(apps) == 1 else None
        yield tying.batch(
            apps, path.stem, hashlib.sha256(data).hexdigest(), sold, spending, embedding.signatures(table)
        )
    yield from spending.told()
