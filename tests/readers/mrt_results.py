"""What the reader yielded, in the words of the naive decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from mrt_naive import Asset

from crossline.kinds import load
from crossline.readers import mrt
from crossline.tables import ASSET, EXTENTS, Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from pathlib import Path


class Outcome:
    """Everything that one call of ``read`` yielded."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.rejects: list[Reject] = []
        self.notes: list[str] = []
        self.batches: dict[str, Batch] = {}
        for item in mrt.read(path, limits or Limits()):
            if isinstance(item, Batch):
                assert item.kind not in self.batches
                self.batches[item.kind] = checked(item)
            elif isinstance(item, Note):
                self.notes.append(item.text)
            else:
                self.rejects.append(item)

    def rows(self, kind: str) -> int:
        """Return how many assets of a kind there are."""
        return self.batches[kind].assets.height if kind in self.batches else 0

    def routes(self) -> dict[str, Asset]:
        """Return the routes by id, in the form of the naive decoder."""
        if "route" not in self.batches:
            return {}
        batch = self.batches["route"]
        ties = ties_of(batch)
        return {
            row["asset"]: Asset(
                row["prefix"],
                row["peer_address"],
                row["observed_at"],
                row["locator"],
                {role: ties.get((row["bundle"], role), []) for role in ("neighbour", "transit", "origin")},
                extents_of(batch, row["bundle"]),
            )
            for row in batch.assets.to_dicts()
        }

    def reasons(self, asset: str) -> dict[str, str | None]:
        """Return why an asset's roles are not seen whole."""
        batch = self.batches["route"]
        (bundle,) = batch.assets.filter(pl.col("asset") == asset)["bundle"]
        return {row["role"]: row["reason"] for row in batch.extents.filter(pl.col("bundle") == bundle).to_dicts()}

    def sessions(self) -> dict[str, tuple[str, object, str]]:
        """Return the sessions by id, in the form of the naive decoder."""
        if "session" not in self.batches:
            return {}
        batch = self.batches["session"]
        ties = ties_of(batch)
        return {
            row["asset"]: (
                "".join(str(asn) for _, asn in ties[row["bundle"], "neighbour"]),
                row["observed_at"],
                row["locator"],
            )
            for row in batch.assets.to_dicts()
        }


def checked(batch: Batch) -> Batch:
    """Hold a batch against the contract of `crossline.tables`."""
    kind = load(batch.kind)
    # What only a link between files can know is not the reader's to yield.
    own = {name: dtype for name, dtype in kind.schema().items() if name not in ("routes", "routes_in_use")}
    assert batch.assets.schema == pl.Schema({**ASSET, **own})
    assert batch.assets["asset"].is_unique().all()
    assert not batch.assets["bundle"].is_null().any()
    assert batch.extents.schema == EXTENTS
    assert set(batch.ties["role"].cast(pl.String)) <= set(kind.roles)
    assert batch.ties["identifier"].is_empty() or batch.ties["identifier"].max() < batch.identifiers.height
    assert batch.identifiers.is_unique().all()
    bundles = set(batch.assets["bundle"])
    assert set(batch.extents["bundle"].drop_nulls()) <= bundles
    if batch.kind == "route":
        assert bundles == set(range(len(bundles)))
    return batch


def ties_of(batch: Batch) -> dict[tuple[int, str], list[tuple[int, int]]]:
    """Return (seq, AS number) by bundle and role."""
    values = batch.identifiers["value"].to_list()
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for row in batch.ties.sort("bundle", "role", "seq").to_dicts():
        assert row["basis"] == "observed"
        found.setdefault((row["bundle"], row["role"]), []).append((row["seq"], int(values[row["identifier"]])))
    return found


def extents_of(batch: Batch, bundle: int) -> dict[str, str]:
    """Return the extent of each role: a bundle's own row, or the one for all."""
    known: dict[str, str] = {}
    for row in batch.extents.filter(pl.col("bundle").is_null() | (pl.col("bundle") == bundle)).to_dicts():
        if row["bundle"] is not None or row["role"] not in known:
            known[row["role"]] = row["extent"]
    return known
