"""What to look at first in an outcome: a few sentences, each of what stands out in one of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.impact import amounts
from crossline.internet.groups import COALITION, UNKNOWN_STATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.impact import Table
    from crossline.internet.simulation import Outcome

# A state with fewer networks does not stand out by a share.
_FEW: Final = 5
# So few networks are named where most of the loss is theirs.
_HANDFUL: Final = 3


def look_at(outcome: Outcome, tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Return what stands out; of tables that are not there, nothing. ``tables``: by id."""
    lost = float(outcome.main.tables.lost[0].sum())
    said = _unsure(outcome)
    if not lost:
        said += ["No pair loses its route."]
    else:
        said += [*_states(tables["states"].frame), *_pair(tables["state_pairs"].frame), *_direction(outcome, lost)]
    said += _transit(tables.get("transit_by_registration"))
    said += _joining(tables.get("accession"))
    return (*said, *_network(tables["networks"].frame), *_few(tables["networks"].frame, lost)) if lost else tuple(said)


def _pairs(value: float) -> str:
    return amounts.headline(value, "pairs")


def _percent(value: float | None) -> str:
    return amounts.exact(value, "share")


def _states(frame: pl.DataFrame) -> list[str]:
    known = frame.filter((pl.col("state") != UNKNOWN_STATE) & (pl.col("lost") > 0))
    if not known.height:
        return []
    first = known.row(0, named=True)
    said = f"{first['state']} loses most pairs: {_pairs(first['lost'])}, {_percent(first['lost_share'])} of its own"
    most = known.filter(pl.col("ases") >= _FEW).sort("lost_share", "state", descending=[True, False], nulls_last=True)
    if most.height and most["state"][0] != first["state"]:
        said += f". Of states with {_FEW} networks or more, {most['state'][0]} loses the greatest share: "
        said += _percent(most["lost_share"][0])
    return [f"{said}."]


def _pair(frame: pl.DataFrame) -> list[str]:
    known = frame.filter((pl.col("source") != UNKNOWN_STATE) & (pl.col("destination") != UNKNOWN_STATE))
    if not known.height or not known["lost"][0]:
        return []
    row = known.row(0, named=True)
    said = (
        f"Most is lost from {row['source']} to {row['destination']}: {_pairs(row['lost'])}, "
        f"{_percent(row['lost_share'])} of those with a route."
    )
    return [said]


def _direction(outcome: Outcome, lost: float) -> list[str]:
    sides = outcome.main.groups.by("side")
    if COALITION not in sides.labels:
        return []
    folded, at = sides.matrix(outcome.main.tables.lost[0]), sides.labels.index(COALITION)
    out, back = float(folded[at].sum() - folded[at, at]), float(folded[:, at].sum() - folded[at, at])
    said = (
        f"Of the pairs lost, {_percent(out / lost)} lead from the coalition to others, {_percent(back / lost)} from "
        f"others to it, {_percent(float(folded[at, at]) / lost)} stay within it, and the rest is between others."
    )
    return [said]


def _network(frame: pl.DataFrame) -> list[str]:
    others = frame.filter(~pl.col("refused"))
    if not others.height:
        return []
    row = others.row(0, named=True)
    name = f" ({row['name']}, {row['state'] or UNKNOWN_STATE})" if row["name"] else ""
    said = (
        f"Of networks neither refused nor removed, AS{row['asn']}{name} loses most: {_percent(row['lost_share'])} of "
        f"its pairs."
    )
    return [said]


def _unsure(outcome: Outcome) -> list[str]:
    """Say first where it is not known of most networks whether they are named."""
    unsure, size = outcome.cast.unsure, outcome.question.topology.size
    if 2 * unsure < size:
        return []
    why = "who holds or controls them is not known"
    return [f"{unsure:,} of {size:,} networks may be named, and are taken not to be: {why}."]


def _few(frame: pl.DataFrame, lost: float) -> list[str]:
    """Say so where a handful of networks, neither refused nor removed, has an end in most of the pairs lost."""
    first = frame.filter(~pl.col("refused")).head(_HANDFUL)
    # A pair between two of these stands in the losses of both: the share is one at most.
    share = min(float(first["lost"].sum()) / lost, 1.0)
    if first.height < 2 or 2 * share < 1:
        return []
    names = ", ".join(f"AS{asn}" for asn in first["asn"])
    return [f"These few have an end in {_percent(share)} of the pairs lost, or nearly: {names}."]


def _transit(table: Table | None) -> list[str]:
    if table is None or not table.frame.height:
        return []
    moved = table.frame.sort("change", "state", descending=[True, False])
    gain, loss = moved.row(0, named=True), moved.row(-1, named=True)
    told = []
    if gain["change"] > 0:
        told.append(f"{gain['state']} gains most transit: {_change(gain)}")
    if loss["change"] < 0:
        told.append(f"{loss['state']} loses most{'' if told else ' transit'}: {_change(loss)}")
    return [f"{'; '.join(told)}. By registration."] if told else []


def _change(row: Mapping[str, float]) -> str:
    return amounts.change(row["before"], row["after"], "pairs").replace(" (", " pairs (")


def _joining(table: Table | None) -> list[str]:
    if table is None or not table.frame.height:
        return []
    first = table.frame.head(3)
    then = f"; then {' and '.join(first['name'][1:])}" if first.height > 1 else ""
    adds = _pairs(first["adds"][0])
    return [f"Who would add most to the coalition's untouched reach is {first['name'][0]}, {adds}{then}."]
