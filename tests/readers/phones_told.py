"""What a reader of phones yields, held to the contract and spelt out for the tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from crossline import jail, readers
from crossline.tables import Batch, Limits, Reject

if TYPE_CHECKING:
    from pathlib import Path

Tie = tuple[str, str]


@dataclass
class Told:
    """Assets by id, with their ties (role, identifier) in sequence, extents by role, and columns."""

    reader: str
    ties: dict[str, list[Tie]] = field(default_factory=dict)
    extents: dict[str, dict[str, str]] = field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shown: str = ""  # everything that was yielded, as text

    def of(self, kind: str) -> dict[str, list[Tie]]:
        """Return the ties of the assets of a kind."""
        return {asset: ties for asset, ties in self.ties.items() if asset.startswith(f"{kind}:")}


def told(path: Path, limits: Limits | None = None, **options: object) -> Told:
    """Read a file by the reader that claims it, in this process, and hold each batch to the contract."""
    name = readers.claimant(path)
    assert name is not None
    made = Told(name)
    for item in readers.load(name).read(path, limits or Limits(), **options):
        made.shown += repr(item)
        if isinstance(item, Batch):
            assert jail.fault(item) is None
            _batch(item, made)
        elif isinstance(item, Reject):
            made.rejects.append(item)
        else:
            made.notes.append(item.text)
    return made


def _batch(batch: Batch, made: Told) -> None:
    frames = (batch.assets, batch.identifiers, batch.ties, batch.extents)
    made.shown += "".join(str(frame.rows()) for frame in frames)
    spelt = batch.identifiers.select(id=pl.format("{}:{}", "type", "value")).with_row_index("identifier")
    ties = batch.ties.join(spelt, on="identifier").sort("bundle", "seq")
    general = {role: extent for bundle, role, extent, _ in batch.extents.iter_rows() if bundle is None}
    for row in batch.assets.iter_rows(named=True):
        asset, bundle = row["asset"], row["bundle"]
        assert asset not in made.ties, f"{asset} stands twice"
        made.ties[asset] = ties.filter(pl.col("bundle") == bundle).select("role", "id").rows()
        own = batch.extents.filter(pl.col("bundle") == bundle).select("role", "extent").rows()
        made.extents[asset] = general | dict(own)
        made.columns[asset] = row
