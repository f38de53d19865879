"""Tell who loses what: tables by state and by network, and from state to state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.impact import Column, Matrix, Table
from crossline.internet.telling.directory import COLUMNS, described, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.internet.groups import Folding
    from crossline.internet.routing.pairs import PairTables
    from crossline.internet.scenarios.standing import Reading
    from crossline.internet.simulation import Outcome, Variant

Floats = npt.NDArray[np.float64]
_LOSERS: Final = 1000
_SQUARE: Final = 40


def share(part: Floats, whole: Floats) -> Floats:
    """Divide, with no number where there is nothing to divide by."""
    shares: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)
    return shares


def _ends(fold: Folding, sums: Floats) -> Floats:
    """Return sums over the pairs that have an end in each label, those with both ends there once."""
    folded = fold.matrix(sums)
    both: Floats = folded.sum(axis=0) + folded.sum(axis=1) - np.diag(folded)
    return both


def by_state(outcome: Outcome, reading: Reading) -> Table:
    """Sum up what each state's networks lose, as sources and as destinations."""
    tables = outcome.main.tables
    fold = outcome.main.groups.by(reading)

    def ends(name: str, place: int = 0) -> Floats:
        return _ends(fold, getattr(tables, name)[place])

    count = np.bincount(fold.place[outcome.main.groups.number], minlength=len(fold.labels))
    lost, reached, left = ends("lost"), ends("reached"), ends("after_reached")
    columns: dict[str, Any] = {
        "state": list(fold.labels), "ases": count, "reached": reached, "lost": lost, "lost_share": share(lost, reached),
    }  # fmt: skip
    heads = [
        Column("state", "state"), Column("ases", "networks", "ases"), Column("reached", "pairs with a route", "pairs"),
        Column("lost", "lost", "pairs"), Column("lost_share", "share lost", "share"),
    ]  # fmt: skip
    weighed = list(enumerate(outcome.weightings))[1:]
    for place, weighting in weighed:
        columns[f"lost_share_{weighting.id}"] = share(ends("lost", place), ends("reached", place))
        heads.append(Column(f"lost_share_{weighting.id}", f"share lost, by {weighting.id}", "share"))
    spread = _spread(outcome.variants, fold.labels, reading, lost)
    if spread is not None:
        columns |= {"lost_low": spread[0], "lost_high": spread[1]}
        heads += [Column("lost_low", "lost, at least", "pairs"), Column("lost_high", "at most", "pairs")]
    columns |= {
        "lost_others": lost - ends("lost_ends"), "added_mean": share(ends("added"), left),
        "mean_length": share(ends("length"), reached), "longer_share": share(ends("longer"), left),
    }  # fmt: skip
    heads += [
        Column("lost_others", "lost, neither end refused", "pairs"), Column("added_mean", "length added", "hops"),
        Column("mean_length", "length before", "hops"), Column("longer_share", "share longer", "share"),
    ]  # fmt: skip
    for place, weighting in weighed:
        columns[f"added_mean_{weighting.id}"] = share(ends("added", place), ends("after_reached", place))
        heads.append(Column(f"added_mean_{weighting.id}", f"length added, by {weighting.id}", "hops"))
    frame = pl.DataFrame(columns).fill_nan(None).sort("lost", "state", descending=[True, False])
    about = f"Ordered pairs of networks of which at least one is the state's; {where(outcome, reading)}."
    if reading == "registration":
        return Table("states", "What each state loses", tuple(heads), frame, about, shown=12)
    return Table("states_by_control", "What each state loses, by control", tuple(heads), frame, about, shown=5)


def _spread(
    variants: Sequence[Variant], labels: tuple[str, ...], reading: Reading, lost: Floats
) -> tuple[Floats, Floats] | None:
    """Return the least and the most that each state loses over all readings, or None without another reading."""
    if not variants:
        return None
    every = [lost, *(_ends(variant.groups.by(reading, labels), variant.tables.lost[0]) for variant in variants)]
    return np.min(every, axis=0), np.max(every, axis=0)


def networks(outcome: Outcome) -> Table:
    """Tell which networks lose most."""
    tables, rows = outcome.main.tables, outcome.enacted.before
    weights = np.stack([weighting.weight for weighting in outcome.weightings])
    lost, reached, added = (
        _both_ways(tables, name, outcome, weights) for name in ("lost", "reached", "added")
    )  # fmt: skip
    worst = np.argsort(-lost[0], kind="stable")[:_LOSERS]
    worst = worst[lost[0][worst] > 0]
    frame = described(outcome, worst).with_columns(
        reached=pl.Series(reached[0][worst]), lost=pl.Series(lost[0][worst]),
        lost_share=pl.Series(share(lost[0][worst], reached[0][worst])),
        added_mean=pl.Series(share(added[0][worst], (reached - lost)[0][worst])),
        refused=pl.Series(outcome.enacted.ends[rows.row[worst]]),
        **{
            f"lost_share_{weighting.id}": pl.Series(share(lost[place][worst], reached[place][worst]))
            for place, weighting in enumerate(outcome.weightings[1:], 1)
        },
    ).fill_nan(None)  # fmt: skip
    heads = [
        *COLUMNS, Column("lost", "lost", "pairs"), Column("lost_share", "share lost", "share"),
        Column("refused", "refused itself"), Column("reached", "pairs with a route", "pairs"),
        Column("added_mean", "length added", "hops"), Column("controlled", "controlled from"),
    ]  # fmt: skip
    heads += [
        Column(f"lost_share_{weighting.id}", f"share lost, by {weighting.id}", "share")
        for weighting in outcome.weightings[1:]
    ]
    losers = int((lost[0] > 0).sum())
    about = f"Of {losers:,} networks that lose a pair, as source or destination, the {len(worst):,} that lose most."
    if len(outcome.weightings) > 1:
        about += " A share by addresses, or users, is of those at the other ends."
    return Table("networks", "Which networks lose most", tuple(heads), frame, about, shown=10)


def _both_ways(tables: PairTables, name: str, outcome: Outcome, weights: Floats) -> Floats:
    rows = outcome.enacted.before
    both: Floats = tables.each(f"{name}_from", rows, weights) + tables.each(f"{name}_to", rows, weights)
    return both


def between(outcome: Outcome) -> Table:
    """Tell what is lost from each state to each other."""
    tables, fold = outcome.main.tables, outcome.main.groups.by("registration")
    reached, lost, added, left = (
        fold.matrix(getattr(tables, name)[0]) for name in ("reached", "lost", "added", "after_reached")
    )
    at = np.nonzero((lost > 0) | (added != 0))
    labels = np.array(fold.labels)
    columns: dict[str, Any] = {
        "source": labels[at[0]], "destination": labels[at[1]], "reached": reached[at], "lost": lost[at],
        "lost_share": share(lost[at], reached[at]), "added_mean": share(added[at], left[at]), "added": added[at],
    }  # fmt: skip
    heads = [
        Column("source", "from"), Column("destination", "to"), Column("reached", "pairs with a route", "pairs"),
        Column("lost", "lost", "pairs"), Column("lost_share", "share lost", "share"),
        Column("added_mean", "length added", "hops"), Column("added", "length added in all", "count"),
    ]  # fmt: skip
    for place, weighting in enumerate(outcome.weightings[1:], 1):
        weighed = (fold.matrix(getattr(tables, name)[place])[at] for name in ("lost", "reached"))
        columns[f"lost_share_{weighting.id}"] = share(*weighed)
        heads.append(Column(f"lost_share_{weighting.id}", f"share lost, by {weighting.id}", "share"))
    frame = pl.DataFrame(columns).fill_nan(None)
    frame = frame.sort("lost", "source", "destination", descending=[True, False, False])
    about = "Pairs of states, by registration, between which anything changes."
    return Table("state_pairs", "From state to state", tuple(heads), frame, about, shown=10)


def square(outcome: Outcome, states: Table) -> Matrix | None:
    """Draw what is lost between the states that lose most."""
    tables, fold = outcome.main.tables, outcome.main.groups.by("registration")
    lost, reached = fold.matrix(tables.lost[0]), fold.matrix(tables.reached[0])
    worst = [state for state in states.frame.filter(pl.col("lost") > 0)["state"] if state != "??"][:_SQUARE]
    if not worst:
        return None
    at = np.ix_(*(2 * [[fold.labels.index(state) for state in worst]]))
    which = "All states that lose any" if len(worst) < _SQUARE else f"The {len(worst)} states that lose most"
    return Matrix(
        "lost", "Pairs of networks that lose their route, from state to state", tuple(worst), _cells(lost[at]), "pairs",
        f"{which}, by registration. Rows are where routes start, columns where they lead.",
        shares=_cells(share(lost[at], reached[at])), word="lost", table="state_pairs",
    )  # fmt: skip


def _cells(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(cell) for cell in row) for row in values)
