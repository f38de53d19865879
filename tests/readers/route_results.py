"""What a reader of a router's routes yielded, row by row, in words that tests compare."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from crossline.kinds import load
from crossline.tables import ASSET, EXTENTS, Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

ROLES = ("neighbour", "transit", "origin")


class Route(NamedTuple):
    """A route: its ties as AS numbers by role, in order, and each role's extent."""

    prefix: str
    peer: str | None
    selected: bool | None
    ties: dict[str, list[int]]
    extents: dict[str, str]


class Outcome:
    """Everything that one call of ``read`` yielded, held against the contract of `crossline.tables`."""

    def __init__(self, reader: str, path: Path, limits: Limits | None = None) -> None:
        self.rejects: list[Reject] = []
        self.notes: list[str] = []
        self.batches: dict[str, Batch] = {}
        for item in importlib.import_module(f"crossline.readers.{reader}").read(path, limits or Limits()):
            if isinstance(item, Batch):
                assert item.kind not in self.batches
                self.batches[item.kind] = checked(item)
            elif isinstance(item, Note):
                self.notes.append(item.text)
            else:
                assert isinstance(item, Reject)
                self.rejects.append(item)

    @property
    def rejected(self) -> int:
        """How many pieces were refused."""
        return sum(reject.count for reject in self.rejects)

    def routes(self) -> dict[str, Route]:
        """Return the routes by id."""
        if "route" not in self.batches:
            return {}
        batch = self.batches["route"]
        ties, extents = ties_of(batch), extents_of(batch)
        return {
            row["asset"]: Route(
                row["prefix"],
                row["peer_address"],
                row["selected"],
                {role: ties.get((row["bundle"], role), []) for role in ROLES},
                {role: extents.get((row["bundle"], role), extents[None, role]) for role in ROLES},
            )
            for row in batch.assets.to_dicts()
        }

    def sessions(self) -> dict[str, tuple[int, str]]:
        """Return the AS number and the basis of each session, by id."""
        if "session" not in self.batches:
            return {}
        batch = self.batches["session"]
        ties, basis = ties_of(batch), dict(batch.ties.select("bundle", "basis").iter_rows())
        return {
            row["asset"]: (ties[row["bundle"], "neighbour"][0], basis[row["bundle"]]) for row in batch.assets.to_dicts()
        }

    def days(self, kind: str) -> set[date | None]:
        """Return the dates of observation."""
        return set(self.batches[kind].assets["observed_at"])


def checked(batch: Batch) -> Batch:
    """Hold a batch against the contract."""
    kind = load(batch.kind)
    schema = {**ASSET, **kind.schema()}
    assert {name: schema[name] for name in batch.assets.columns} == dict(batch.assets.schema)
    assert batch.assets["asset"].is_unique().all()
    assert not batch.assets.select("asset", "name", "locator", "bundle").null_count().sum_horizontal().item()
    assert batch.extents.schema == EXTENTS
    assert set(batch.ties["role"].cast(pl.String)) <= set(kind.roles)
    assert batch.ties.is_empty() or batch.ties["identifier"].max() < batch.identifiers.height
    assert batch.identifiers.is_unique().all()
    if batch.kind == "route":
        assert set(batch.assets["bundle"]) == set(range(batch.assets["bundle"].n_unique()))
        assert set(batch.ties["bundle"]) | set(batch.extents["bundle"].drop_nulls()) <= set(batch.assets["bundle"])
    return batch


def ties_of(batch: Batch) -> dict[tuple[int, str], list[int]]:
    """Return AS numbers by bundle and role."""
    values = batch.identifiers["value"].to_list()
    found: dict[tuple[int, str], list[int]] = {}
    for row in batch.ties.sort("bundle", "role", "seq").to_dicts():
        found.setdefault((row["bundle"], row["role"]), []).append(int(values[row["identifier"]]))
    return found


def extents_of(batch: Batch) -> dict[tuple[int | None, str], str]:
    """Return extents by bundle, or None for all, and role."""
    return {(row["bundle"], row["role"]): row["extent"] for row in batch.extents.to_dicts()}
