"""Groups of ASes that sums are kept by: by state, in two readings, and by side of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

NEITHER: Final = "neither"
COALITION: Final = "coalition"
OTHER_SIDE: Final = "other side"
UNKNOWN_STATE: Final = "??"


@dataclass(frozen=True)
class Groups:
    """``number``: the group of each AS, (N,), from 0; ``frame``: a row a group, with the values its ASes share."""

    number: npt.NDArray[np.int64]
    frame: pl.DataFrame

    @property
    def size(self) -> int:
        """How many groups there are."""
        return self.frame.height

    def by(self, column: str, labels: Sequence[str] | None = None) -> Folding:
        """Return how sums by group are folded into sums by the values of a column; null stands as ``??``.

        ``labels``: the values, in the order wanted, each of the column's among them; by default sorted.
        """
        values = self.frame[column].cast(pl.String).fill_null(UNKNOWN_STATE)
        order = list(labels) if labels is not None else values.unique().sort().to_list()
        places = {label: place for place, label in enumerate(order)}
        return Folding(tuple(order), np.array([places[value] for value in values], np.int64))


@dataclass(frozen=True)
class Folding:
    """Which of ``labels`` each group belongs to."""

    labels: tuple[str, ...]
    place: npt.NDArray[np.int64]

    def matrix(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Fold sums by pair of groups, (…, G, G), into sums by pair of labels, (…, L, L)."""
        spread = np.zeros((len(self.place), len(self.labels)))
        spread[np.arange(len(self.place)), self.place] = 1.0
        folded: npt.NDArray[np.float64] = spread.T @ sums @ spread
        return folded

    def vector(self, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Fold sums by group, (G,), into sums by label, (L,)."""
        return np.bincount(self.place, sums, len(self.labels)).astype(np.float64)


def group(columns: Sequence[pl.Series]) -> Groups:
    """Put ASes into one group that agree in every column, each of them (N,)."""
    frame = pl.DataFrame(list(columns))
    distinct = frame.unique(maintain_order=True).sort(frame.columns, nulls_last=True).with_row_index("group")
    joined = frame.join(distinct, on=frame.columns, how="left", maintain_order="left", nulls_equal=True)
    return Groups(joined["group"].to_numpy().astype(np.int64), distinct.drop("group"))
