"""Least cuts by name: which cables have to go until two states are parted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.cables.telling import tables
from crossline.impact import Column, Table

if TYPE_CHECKING:
    from crossline.cables.cuts import Longs
    from crossline.cables.outcome import Outcome

_PAIRS: Final = 25
_OF_ONE: Final = 3  # pairs of one state among these


def hardest(outcome: Outcome, pairs: pl.DataFrame) -> Table:
    """Return the cuts of the pairs that lose most, of each state at most three."""
    number = {label: at for at, label in enumerate(outcome.grouping.labels)}
    times: dict[str, int] = {}
    rows = []
    for row in pairs.filter(pl.col("paths_after") < pl.col("paths_before")).iter_rows(named=True):
        a, b = row["a"], row["b"]
        if times.get(a, 0) >= _OF_ONE or times.get(b, 0) >= _OF_ONE:
            continue
        times[a], times[b] = times.get(a, 0) + 1, times.get(b, 0) + 1
        rows.append({"a": a, "b": b, **_both(outcome, number[a], number[b])})
        if len(rows) == _PAIRS:
            break
    columns = (
        Column("a", "State"), Column("b", "State"), Column("size_before", "Least cut", "cables"),
        Column("size_after", "After", "cables"), Column("cut_after", "Cables that would do, after"),
        Column("cut_before", "Before"), Column("always_before", "In every least cut, before"),
        Column("landing_cut_after", "Cables and landing points that would do, after"),
    )  # fmt: skip
    return Table(
        "cuts", "Least cuts of the pairs that lose most", columns, _frame(rows, columns),
        f"A row is a pair, of one state at most {_OF_ONE}. A least cut is the smallest number of cables without which "
        "no way is left, seldom the only one: shown is that nearest to the first state.",
    )  # fmt: skip


def by_state(outcome: Outcome, states: pl.DataFrame) -> Table:
    """Return, for each state, the cut between it and the state that is joined best."""
    number = {label: at for at, label in enumerate(outcome.grouping.labels)}
    center = tables.hub(outcome)
    label = outcome.grouping.labels[center]
    rows = [
        {"a": state, "b": label, **_both(outcome, number[state], center)}
        for state in states["state"].to_list() if number[state] != center
    ]  # fmt: skip
    frame = pl.DataFrame(rows, infer_schema_length=None) if rows else None
    columns = (
        Column("a", "State"), Column("b", "From"), Column("size_before", "Least cut", "cables"),
        Column("size_after", "After", "cables"), Column("with_after", "Cut off with it, after"),
        Column("cut_after", "Cables that would do, after"), Column("cut_before", "Before"),
        Column("always_before", "In every least cut, before"),
    )  # fmt: skip
    found = _frame(rows, columns) if frame is None else frame
    lost = (pl.col("size_before") - pl.col("size_after")) / pl.col("size_before").clip(1)
    found = found.sort([lost, pl.col("size_before"), pl.col("a")], descending=[True, True, False])
    return Table(
        "exits", f"Least cuts between each state and {label}", columns, found,
        f"{label} has most disjoint paths to all others and stands for the rest of the world. Others may be cut "
        "off along with a state.",
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: tuple[Column, ...]) -> pl.DataFrame:
    if rows:
        return pl.DataFrame(rows, infer_schema_length=None)
    texts = pl.List(pl.String())
    kinds = {column.name: pl.Int64() if column.unit else texts for column in columns}
    return pl.DataFrame(schema=kinds | {"a": pl.String(), "b": pl.String()})


def _both(outcome: Outcome, a: int, b: int) -> dict[str, Any]:
    before = outcome.before.by_cable.cut(a, b)
    after = outcome.after.by_cable.cut(a, b)
    landing = outcome.after.by_landing.cut(a, b)
    beside = [outcome.grouping.labels[at] for at in after.side if at != a]
    return {
        "size_before": before.flow, "size_after": after.flow,
        "cut_before": _named(outcome, before.near),
        "cut_after": _named(outcome, after.near),
        "always_before": _named(outcome, np.intersect1d(before.near, before.far)),
        "landing_cut_after": _named(outcome, landing.near),
        "with_after": sorted(beside),
    }  # fmt: skip


def _named(outcome: Outcome, edges: Longs) -> list[str]:
    """Return the ids of hyperedges: cables first, then landing points where the graph has them."""
    cables = outcome.charted.cables.height
    names: list[str] = outcome.charted.cables["cable"].gather(edges[edges < cables]).to_list()
    return names + outcome.charted.points["point"].gather(edges[edges >= cables] - cables).to_list()
