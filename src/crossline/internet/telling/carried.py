"""Tell who stands between whom: transit by state and by network, before and after, and its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.impact import Changes, Column, Table
from crossline.internet.groups import UNKNOWN_STATE
from crossline.internet.simulation import READINGS
from crossline.internet.telling.directory import COLUMNS, described, where
from crossline.internet.telling.losses import share

if TYPE_CHECKING:
    from crossline.internet.scenarios.standing import Reading
    from crossline.internet.simulation import Carried, Outcome

Floats = npt.NDArray[np.float64]
_CARRIERS: Final = 300
_WATCHED: Final = 5000
_BARS: Final = 20


def transit(outcome: Outcome) -> list[Table]:
    """Tell all tables of transit; none where it was not weighed."""
    carried = outcome.carried
    if carried is None:
        return []
    by_state = [_states(outcome, carried, reading) for reading in READINGS]
    return [
        *by_state, _carriers(outcome, carried), *(_watching(outcome, carried, reading) for reading in READINGS),
        *_exposure(outcome, carried),
    ]  # fmt: skip


def _routes(outcome: Outcome) -> tuple[float, float]:
    """Return how many pairs have a route before, and after."""
    tables = outcome.main.tables
    return max(float(tables.reached[0].sum()), 1.0), max(float(tables.after_reached[0].sum()), 1.0)


def _states(outcome: Outcome, carried: Carried, reading: Reading) -> Table:
    labels, before, after = carried.states[reading]
    was, now = before.through.sum(axis=0), after.through.sum(axis=0)
    total, left = _routes(outcome)
    frame = pl.DataFrame({
        "state": list(labels), "before": was, "after": now, "change": now - was,
        "share_before": was / total, "share_after": now / left,
        "foreign_before": before.foreign, "foreign_after": after.foreign,
    }).filter((pl.col("state") != UNKNOWN_STATE) & ((pl.col("before") > 0) | (pl.col("after") > 0)))  # fmt: skip
    heads = [
        Column("state", "state"), Column("before", "pairs before", "pairs"), Column("after", "after", "pairs"),
        Column("change", "change", "pairs"), Column("share_before", "share before", "share"),
        Column("share_after", "share after", "share"),
        Column("foreign_before", "between two others, before", "pairs"), Column("foreign_after", "after", "pairs"),
    ]  # fmt: skip
    if reading == "registration" and outcome.exposure is not None:
        states, found = outcome.exposure
        bounds = pl.DataFrame({
            "state": list(states), "foreign_least": found.bounds[:, 0], "foreign_most": found.bounds[:, 1],
        })  # fmt: skip
        frame = frame.join(bounds, on="state", how="left", maintain_order="left")
        heads += [
            Column("foreign_least", "before, however ties are broken: at least", "pairs"),
            Column("foreign_most", "at most", "pairs"),
        ]
    about = (
        "Pairs whose route has a network of the state strictly between its ends, each pair once; "
        f"{where(outcome, reading)}."
    )
    return Table(
        f"transit_by_{reading}", f"Transit states, by {reading}", tuple(heads),
        frame.sort("before", "state", descending=[True, False]), about, shown=10 if reading == "registration" else 5,
    )  # fmt: skip


def _carriers(outcome: Outcome, carried: Carried) -> Table:
    was, now = carried.ases
    total, left = _routes(outcome)
    most = np.argsort(-np.maximum(was, now), kind="stable")[:_CARRIERS]
    most = most[np.maximum(was, now)[most] > 0]
    frame = described(outcome, most).with_columns(
        before=pl.Series(was[most]), after=pl.Series(now[most]), change=pl.Series((now - was)[most]),
        share_before=pl.Series(was[most] / total), share_after=pl.Series(now[most] / left),
    )  # fmt: skip
    heads = (
        *COLUMNS, Column("controlled", "controlled from"),
        Column("before", "pairs before", "pairs"), Column("after", "after", "pairs"),
        Column("change", "change", "pairs"), Column("share_before", "share before", "share"),
        Column("share_after", "share after", "share"), Column("party", "party"),
    )  # fmt: skip
    about = f"Pairs whose route has the network strictly between its ends; the {len(most):,} of most."
    return Table("carriers", "Carriers", heads, frame, about, shown=10)


def _watching(outcome: Outcome, carried: Carried, reading: Reading) -> Table:
    """Say who stands on the routes to whom: states between, by state of the destination."""
    labels, before, after = carried.states[reading]
    fold = outcome.main.groups.by(reading)
    # The states of the sums over pairs, in the order of those that transit was weighed for.
    place = [fold.labels.index(label) if label in fold.labels else -1 for label in labels]
    reached, left = (
        np.append(fold.matrix(getattr(outcome.main.tables, name)[0]).sum(axis=0), 0.0)[place]
        for name in ("reached", "after_reached")
    )
    watched, watcher = np.nonzero((before.through > 0) | (after.through > 0))
    names = np.array(labels)
    frame = pl.DataFrame({
        "destination": names[watched], "through": names[watcher], "before": before.through[watched, watcher],
        "after": after.through[watched, watcher],
        "share_before": share(before.through[watched, watcher], reached[watched]),
        "share_after": share(after.through[watched, watcher], left[watched]),
    }).fill_nan(None)  # fmt: skip
    frame = frame.filter(
        (pl.col("through") != UNKNOWN_STATE)
        & (pl.col("destination") != UNKNOWN_STATE)
        & (pl.col("destination") != pl.col("through"))
    )
    heads = (
        Column("destination", "routes to"), Column("through", "through"), Column("before", "pairs before", "pairs"),
        Column("after", "after", "pairs"), Column("share_before", "share before", "share"),
        Column("share_after", "share after", "share"),
    )  # fmt: skip
    frame = frame.sort("before", "destination", "through", descending=[True, False, False])
    largest = f"; the {_WATCHED:,} largest" if frame.height > _WATCHED else ""
    about = (
        "Of the pairs that reach a state's networks from anywhere, those with a network of another state between the "
        f"ends{largest}; {where(outcome, reading)}."
    )
    if reading == "registration":
        return Table("through", "Who stands on the routes to whom", heads, frame.head(_WATCHED), about, shown=8)
    title = "Who stands on the routes to whom, by control"
    return Table("through_by_control", title, heads, frame.head(_WATCHED), about, shown=3)


def _exposure(outcome: Outcome, carried: Carried) -> list[Table]:
    if outcome.exposure is None:
        return []
    states, found = outcome.exposure
    labels, before, _ = carried.states["registration"]
    frame = pl.DataFrame({
        "state": list(states), "least": found.bounds[:, 0],
        "taken": [float(before.foreign[labels.index(state)]) for state in states],
        "most": found.bounds[:, 1], "between": found.between,
    }).sort("most", "state", descending=[True, False])  # fmt: skip
    several = found.several / max(found.reached, 1)
    heads = (
        Column("state", "state"), Column("least", "pairs at least", "pairs"), Column("taken", "as asked", "pairs"),
        Column("most", "at most", "pairs"), Column("between", "of pairs between two others", "pairs"),
    )  # fmt: skip
    return [
        Table(
            "exposure", "Pairs of others that cross a state, however ties are broken", heads, frame,
            f"Before the measures, the {len(states)} states of most networks, by registration; exact over all choices "
            f"among equally good next hops, which {100 * several:.1f} % of the pairs have.",
        )
    ]  # fmt: skip


def moved(carried: Carried) -> list[Changes]:
    """Draw the states whose transit changes most, those that gain most first."""
    found: list[Changes] = []
    for reading in READINGS:
        labels, before, after = carried.states[reading]
        was, now = before.through.sum(axis=0), after.through.sum(axis=0)
        by_change = np.argsort(-np.abs(now - was), kind="stable")
        order = [i for i in by_change if labels[i] != UNKNOWN_STATE and now[i] != was[i]]
        order = sorted(order[:_BARS], key=lambda i: was[i] - now[i])
        if order:
            found.append(
                Changes(
                    f"transit-{reading}", f"States that gain and lose transit, by {reading}",
                    tuple(labels[i] for i in order), tuple(float(was[i]) for i in order),
                    tuple(float(now[i]) for i in order), "pairs",
                    "Pairs of networks whose route has a network of the state strictly between its ends; the "
                    f"{len(order)} that change most. What a network's state is, the table says.",
                    table=f"transit_by_{reading}",
                )
            )  # fmt: skip
    return found
