"""What readers of traceroutes yield, as plain Python, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crossline import readers
from crossline.kinds import trace
from crossline.tables import ASSET, IDENTIFIER, TIE, Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Read:
    """The outcome of a file."""

    traces: dict[str, dict[str, Any]]  # by asset; `ties` is {(seq, address): (least, most, basis)}
    rejects: list[Reject]
    notes: list[str]
    bundles: int

    @property
    def rejected(self) -> int:
        """How many pieces were not understood."""
        return sum(reject.count for reject in self.rejects)


def read(name: str, path: Path, limits: Limits | None = None) -> Read:
    """Read a file and check that what comes is as a batch has to be."""
    out = Read({}, [], [], 0)
    for item in readers.load(name).read(path, limits or Limits()):
        if isinstance(item, Reject):
            out.rejects.append(item)
        elif isinstance(item, Note):
            out.notes.append(item.text)
        else:
            check(item)
            out.bundles += item.assets["bundle"].n_unique()
            out.traces |= rows(item)
    return out


def check(batch: Batch) -> None:
    """Check types, and that every tie has an identifier that is used."""
    assert batch.kind == "trace"
    wanted = dict(ASSET) | dict(trace.KIND.schema())
    assert {name: batch.assets.schema[name] for name in wanted} == wanted
    assert set(batch.assets.columns) - set(wanted) == {"source_address", "source_inside"}
    assert batch.assets["asset"].is_unique().all()
    assert batch.identifiers.schema == IDENTIFIER
    assert batch.identifiers.is_unique().all()
    assert {name: batch.ties.schema[name] for name in batch.ties.columns} == {n: TIE[n] for n in batch.ties.columns}
    assert set(batch.ties["identifier"]) == set(range(batch.identifiers.height))
    assert set(batch.ties["bundle"]) <= set(batch.assets["bundle"])
    assert batch.extents.rows()[0][:3] == (None, "hop", "some")


def rows(batch: Batch) -> dict[str, dict[str, Any]]:
    """Return the assets of a batch with their ties."""
    names = batch.identifiers["value"].to_list()
    ties: dict[int, dict[tuple[int, str], tuple[float, float, str]]] = {}
    for tie in batch.ties.iter_rows(named=True):
        key = tie["seq"], names[tie["identifier"]]
        mine = ties.setdefault(tie["bundle"], {})
        assert key not in mine
        mine[key] = tie["share_min"], tie["share_max"], tie["basis"]
    found = batch.assets.iter_rows(named=True)
    return {row["asset"]: row | {"ties": ties.get(row["bundle"], {})} for row in found}
