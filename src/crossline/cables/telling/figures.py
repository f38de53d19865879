"""The figures of an outcome, each with its range, and what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables import courses
from crossline.cables.telling import tables
from crossline.impact import Figure, amounts
from crossline.kleene import FALSE, TRUE
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crossline.cables.cuts import Longs
    from crossline.cables.measuring import Standing
    from crossline.cables.outcome import Outcome
    from crossline.impact import Table, Unit

_SURE: Final = "what surely goes"
_LIKELY: Final = "with what some statement points at as well"
_WHOLE: Final = "with all that is in doubt as well"
_BIASED: Final = (
    "Cables are counted by one each: capacity is not public, and a thin cable counts as much as a thick one.",
    "Cables of one trench, station or owner fail together, which disjoint paths do not see: too many.",
)
_BY_SEA: Final = (
    "Lines over land between states are not on the map, so that states with borders are joined better: too few."
)
_ISLES: Final = (
    "Ways over land are great circles on one piece of land of a state, on a thinned map; islands are apart even where "
    "a bridge joins them, and pairs whose only way changes islands so are left out."
)
# Changes whose word in the table is no predicate.
_OTHER: Final = {
    "status": "another status", "ready year": "another ready year", "other id": "another id",
    "landings": "other landings", "builder": "another builder", "owners": "other owners",
    "length, km": "another length", "capacity, Tbit/s": "another capacity", "'s state": "another state",
}  # fmt: skip
_BY_LAND: Final = (
    "States that land joins are taken to reach each other over land without limit, whoever lets whom: too many."
)


def figures(outcome: Outcome) -> tuple[Figure, ...]:
    """Return the figures, the headline first."""
    before, after, least = outcome.before, outcome.after, outcome.doubtful
    here = np.flatnonzero(tables.counted(outcome))
    count = len(here)
    total = count * (count - 1) // 2
    word = "states" if not outcome.parameters.get("land_borders") else "places that land joins"
    biased = (*_BIASED, _BY_LAND if outcome.parameters.get("land_borders") else _BY_SEA)
    many = plural(int(outcome.afloat.sum()), "cable")
    joining = f"{len(before.joining):,} join two {word} or more"
    rests = (f"{many} in service, of which {joining}: {count:,} {word}, {plural(total, 'pair')}.",)

    def compared(name: str, title: str, unit: Unit, of: Callable[[Standing], float | None], *more: str) -> Figure:
        value = of(after)
        if least is None:
            return Figure(name, title, value, unit, rests_on=rests, biased_by=(*biased, *more))
        other = of(least)
        read = [(_SURE, value), *([(_LIKELY, of(outcome.likely))] if outcome.likely else []), (_WHOLE, other)]
        over = tuple(f"{said}: {amounts.exact(one, unit)}" for said, one in read)
        known = [one for one in (value, other) if one is not None]
        low, high = (min(known), max(known)) if len(known) == 2 else (None, None)
        return Figure(name, title, value, unit, low, high, over, rests, (*biased, *more))

    def plain(name: str, title: str, value: float | None, unit: Unit) -> Figure:
        return Figure(name, title, value, unit, rests_on=rests, biased_by=biased)

    def mean(paths: Longs) -> float:
        return float(paths[np.ix_(here, here)].sum()) / max(count * (count - 1), 1)

    was = before.abroad

    def lost(one: Standing) -> int:
        return int(((was > 0) & (one.abroad == 0)).sum())

    found = [plain("cables", "Cables in service before", int(outcome.afloat.sum()), "cables")]
    if outcome.now is not None:
        found.append(plain("cables-after", "Cables in service after", int(outcome.now.sum()), "cables"))
        first = int(((was == 0) & (after.abroad > 0)).sum())
        found.append(plain("first", "States that get their first cable", first, "states"))
    elif outcome.removal.asked:
        code = outcome.removal.code[outcome.afloat]
        sure, whole = int((code == TRUE).sum()), int((code != FALSE).sum())
        read = _counts(outcome, sure, whole)
        over = tuple(f"{said}: {one:,}" for said, one in read) if least else ()
        low, high = (sure, whole) if least else (None, None)
        found.insert(0, Figure("out", "Cables taken out", sure, "cables", low, high, over, rests, biased))
    found += [
        compared("lost", "States that lose every cable abroad", "states", lost),
        compared(
            "one", "States left with one cable abroad", "states", lambda one: int(((was > 1) & (one.abroad == 1)).sum())
        ),
        plain("paths-before", "Mean disjoint paths between two states, before", mean(before.paths), "paths"),
        compared("paths-after", "Mean disjoint paths between two states, after", "paths", lambda one: mean(one.paths)),
        compared(
            "pairs-parted",
            "Pairs that no cables join any more",
            "pairs",
            lambda one: int(((before.paths > 0) & (one.paths == 0))[np.ix_(here, here)].sum()) // 2,
        ),
        compared(
            "pairs-fewer",
            "Pairs with fewer disjoint paths",
            "pairs",
            lambda one: int((one.paths < before.paths)[np.ix_(here, here)].sum()) // 2,
        ),
        plain(
            "landing-paths-before",
            "Mean paths that share neither cable nor landing point, before",
            mean(before.landing_paths),
            "paths",
        ),
        compared(
            "landing-paths-after",
            "Mean paths that share neither cable nor landing point, after",
            "paths",
            lambda one: mean(one.landing_paths),
        ),
        compared("detour-km", "Largest detour of a pair still joined", "km", lambda one: _detour(before, one), _ISLES),
        compared(
            "detour-ms",
            "Largest detour one way in fibre",
            "ms",
            lambda one: _detour(before, one, courses.MS_PER_KM, 2),
            _ISLES,
        ),
    ]
    if tables.weighed(outcome):
        found += [
            plain(
                "tbps-before",
                "Mean of the most that two states can send each other, Tbit/s, before",
                mean(before.gbps) / 1000,
                "count",
            ),
            compared(
                "tbps-after",
                "Mean of the most that two states can send each other, Tbit/s, after",
                "count",
                lambda one: mean(one.gbps) / 1000,
            ),
        ]
    return tuple(found)


def _counts(outcome: Outcome, sure: int, whole: int) -> list[tuple[str, int]]:
    """Return how many cables go under each reading."""
    near = outcome.removal.near
    some = [(_LIKELY, sure + int(near[outcome.afloat].sum()))] if outcome.likely and near is not None else []
    return [(_SURE, sure), *some, (_WHOLE, whole)]


def _detour(before: Standing, after: Standing, factor: float = 1.0, places: int = 0) -> float | None:
    """Return by how much the shortest way of a pair grows at most, in km times a factor; None: none was measured."""
    both = np.triu(np.isfinite(before.km) & np.isfinite(after.km), 1)
    return round(float((after.km[both] - before.km[both]).max(initial=0.0)) * factor, places) if both.any() else None


def looking(outcome: Outcome, shown: Mapping[str, Table]) -> tuple[str, ...]:
    """Say what stands out, in a few sentences."""
    said = []
    states, pairs = shown["states"].frame, shown["pairs"].frame
    bare = states.filter((pl.col("cables_before") > 0) & (pl.col("cables_after") == 0))
    if bare.height:
        said.append(f"{_names(bare)} {'loses' if bare.height == 1 else 'lose'} every cable to another state.")
    one = states.filter((pl.col("cables_before") > 1) & (pl.col("cables_after") == 1))
    if one.height:
        said.append(f"{_names(one)} {'is' if one.height == 1 else 'are'} left with one.")
    first = states.filter((pl.col("cables_before") == 0) & (pl.col("cables_after") > 0))
    if first.height:
        said.append(f"{_names(first)} {'gets its' if first.height == 1 else 'get their'} first cable to another state.")
    hit = states.with_columns(lost=pl.col("paths_before") - pl.col("paths_after")).sort("lost", descending=True).head(1)
    if hit.height and hit["lost"][0] > 0:
        row = hit.row(0, named=True)
        said.append(
            f"{visible(row['name'])} loses most disjoint paths: on the mean {row['paths_before']:.2f} to each other "
            f"state before, {row['paths_after']:.2f} after."
        )
    far = pairs.filter(pl.col("added_ms") > 0).sort("added_ms", descending=True).head(1)
    if far.height:
        row = far.row(0, named=True)
        said.append(
            f"The shortest way between {row['a']} and {row['b']} grows most: from {row['km_before']:,.0f} to "
            f"{row['km_after']:,.0f} km, {row['added_ms']:.1f} ms one way."
        )
    if "landings" in shown:
        bare_points = shown["landings"].frame.height
        said.append(
            f"{plural(bare_points, 'landing point')} {'is' if bare_points == 1 else 'are'} left without a cable."
        )
    if outcome.changes is not None:
        tally = outcome.changes.group_by("change", maintain_order=True).len()
        words = ", ".join(_changed(change, count) for change, count in tally.iter_rows())
        drawn = f"the courses of {plural(outcome.redrawn, 'cable')}" if outcome.redrawn else ""
        if words:
            said.append(f"Between the editions: {words}" + (f"; and {drawn}." if drawn else "."))
        else:
            said.append(f"Nothing differs between the editions{f' but {drawn}' if drawn else ''}.")
    return tuple(said)


def _changed(change: str, count: int) -> str:
    """Say how often something changed: `3 cables gone`, `another status for 2 cables`."""
    head, of_point, rest = change.partition("landing point")
    what, done = ("landing point", rest.strip()) if of_point and not head else ("cable", change)
    many = plural(count, f"new {what}" if done == "new" else what)
    other = _OTHER.get(done)
    return f"{other} for {many}" if other else many if done == "new" else f"{many} {done}"


def _names(frame: pl.DataFrame) -> str:
    few = [visible(name) for name in frame["name"].head(8)]
    more = frame.height - len(few)
    if more > 0:
        return f"{', '.join(few)} and {more:,} more"
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"
