"""The tables of an outcome: states, pairs, landing points, and what goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables import courses
from crossline.cables.network import named
from crossline.impact import Column, Table
from crossline.kleene import FALSE, TRUE, UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

    from crossline.cables.cuts import Longs
    from crossline.cables.measuring import Standing
    from crossline.cables.outcome import Outcome

_ISLANDS: Final = 12  # names of states of one place that are told


def counted(outcome: Outcome) -> npt.NDArray[np.bool_]:
    """Return which places have a cable to another, before or after, (G,): the others are in no figure."""
    here: npt.NDArray[np.bool_] = (outcome.before.abroad > 0) | (outcome.after.abroad > 0)
    return here


def names(outcome: Outcome) -> tuple[str, ...]:
    """Return what places are called: a state's name, and of how many others land joins it to."""
    known = dict(outcome.world.table("party").filter(pl.col("kind") == "state").select("domicile", "name").iter_rows())
    found = []
    for label, members in zip(outcome.grouping.labels, outcome.grouping.members, strict=True):
        name = known.get(members[0]) or members[0]
        found.append(name if len(members) == 1 else f"{name} and {label.partition(' and ')[2]} that land joins to it")
    return tuple(found)


def hub(outcome: Outcome) -> int:
    """Return the place that has most disjoint paths to all others before, and most cables: it stands for the world."""
    before = outcome.before
    return int(np.lexsort((-before.abroad, -before.paths.sum(axis=1)))[0])


def means(paths: Longs, here: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the mean number of disjoint paths from each place to all others that are counted, (G,)."""
    found: npt.NDArray[np.float64] = paths[:, here].sum(axis=1) / max(int(here.sum()) - 1, 1)
    return found


def states(outcome: Outcome) -> Table:
    """Return a row for each place with a cable to another, those that lose most first."""
    before, after, least = outcome.before, outcome.after, outcome.doubtful
    here = counted(outcome)
    center = hub(outcome)
    single = len(outcome.grouping.labels) == sum(map(len, outcome.grouping.members))
    frame = pl.DataFrame({
        "state": list(outcome.grouping.labels), "name": list(names(outcome)),
        "cables_before": before.abroad, "cables_after": after.abroad,
        "cables_least": (least or after).abroad,
        "domestic_before": before.domestic, "domestic_after": after.domestic,
        "landings_before": before.points, "landings_after": after.points,
        "reached_before": (before.paths > 0).sum(axis=1), "reached_after": (after.paths > 0).sum(axis=1),
        "paths_before": means(before.paths, here), "paths_after": means(after.paths, here),
        "world_before": before.paths[:, center], "world_after": after.paths[:, center],
        "states": [len(members) for members in outcome.grouping.members],
    }).filter(pl.Series(here))  # fmt: skip
    lost = pl.col("cables_before") - pl.col("cables_after")
    frame = frame.sort(
        [(pl.col("cables_after") == 0) & (pl.col("cables_before") > 0), lost / pl.col("cables_before").clip(1), lost,
         pl.col("paths_before") - pl.col("paths_after"), pl.col("state")],
        descending=[True, True, True, True, False],
    )  # fmt: skip
    # The hub is not parted from itself.
    own = pl.col("state") == outcome.grouping.labels[center]
    frame = frame.with_columns(pl.when(~own).then(pl.col("world_before", "world_after")))
    columns = [
        Column("state", "State"), Column("name", "Name"), Column("cables_before", "Cables abroad", "cables"),
        Column("cables_after", "After", "cables"),
    ]  # fmt: skip
    columns += [Column("cables_least", "At least", "cables")] if least else []
    columns += [
        Column("paths_before", "Mean disjoint paths", "paths"), Column("paths_after", "After", "paths"),
        Column("reached_before", "States reached", "states"), Column("reached_after", "After", "states"),
        Column("world_before", f"Cables that part it from {outcome.grouping.labels[center]}", "cables"),
        Column("world_after", "After", "cables"),
        Column("landings_before", "Landing points of these", "count"), Column("landings_after", "After", "count"),
        Column("domestic_before", "Cables within it", "cables"), Column("domestic_after", "After", "cables"),
    ]  # fmt: skip
    columns += [] if single else [Column("states", "States on the map that land joins", "states")]
    about = (
        "A row is a state that a cable joins to another"
        + ("" if single else ", or several that land joins, named by the one with most landing points")
        + ". A cable counts once for each state it lands in. Paths are disjoint where they share no cable; their mean "
        "is over all other states, those that cannot be reached as 0."
        + (" At least: if all cables in doubt were gone as well." if least else "")
    )
    return Table(
        "states", "States that lose most" if outcome.changes is None else "States", tuple(columns), frame, about
    )


def pairs(outcome: Outcome) -> Table:
    """Return a row for every pair of places, those that lose most first."""
    before, after = outcome.before, outcome.after
    here = np.flatnonzero(counted(outcome))
    low, high = np.triu_indices(len(here), 1)
    a, b = here[low], here[high]
    label = np.array(outcome.grouping.labels, dtype=object)
    # The alphabet says which of two comes first.
    swap = label[a] > label[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)

    def km(standing: Standing) -> pl.Series:
        far = standing.km[a, b]
        return pl.Series(np.where(np.isfinite(far), far, np.nan)).fill_nan(None).round(0)

    frame = pl.DataFrame({
        "a": label[a].astype(str), "b": label[b].astype(str),
        "paths_before": before.paths[a, b], "paths_after": after.paths[a, b],
        "landing_paths_before": before.landing_paths[a, b], "landing_paths_after": after.landing_paths[a, b],
        "km_before": km(before), "km_after": km(after),
    }).with_columns(added_km=pl.col("km_after") - pl.col("km_before"))  # fmt: skip
    frame = frame.with_columns(added_ms=(pl.col("added_km") * courses.MS_PER_KM).round(2))
    columns = [
        Column("a", "State"), Column("b", "State"),
        Column("paths_before", "Disjoint paths", "paths"), Column("paths_after", "After", "paths"),
        Column("landing_paths_before", "That share no landing point either", "paths"),
        Column("landing_paths_after", "After", "paths"),
        Column("km_before", "Shortest way, km", "km"), Column("km_after", "After", "km"),
        Column("added_km", "Longer by, km", "km"), Column("added_ms", "Later by, ms one way", "ms"),
    ]  # fmt: skip
    if weighed(outcome):
        frame = frame.with_columns(
            tbps_before=pl.Series(before.gbps[a, b] / 1000), tbps_after=pl.Series(after.gbps[a, b] / 1000)
        )
        columns += [Column("tbps_before", "Most between them, Tbit/s"), Column("tbps_after", "After")]
    lost = pl.col("paths_before") - pl.col("paths_after")
    frame = frame.sort(
        [(pl.col("paths_after") == 0) & (lost > 0), lost, lost / pl.col("paths_before").clip(1),
         pl.col("added_ms").fill_null(0), "a", "b"],
        descending=[True, True, True, True, False, False],
    )  # fmt: skip
    return Table(
        "pairs", "Pairs of states", tuple(columns), frame,
        "A row is a pair of states; all pairs stand in JSON. Ways are from the nearest shore of one to that of the "
        "other, along cables as drawn, and over land on one piece of land of a state: empty where there is none.",
    )  # fmt: skip


def weighed(outcome: Outcome) -> bool:
    """Return whether the capacity of every cable that joins two states is known."""
    joining = np.union1d(outcome.before.joining, outcome.after.joining)
    return bool(len(joining)) and not outcome.charted.cables["capacity_tbps"].gather(joining).is_null().any()


def landings(outcome: Outcome) -> Table:
    """Return the landing points that no cable is left at."""
    point = outcome.charted.point
    size = outcome.charted.points.height
    was, now = (np.bincount(point[s.landings], minlength=size) for s in (outcome.before, outcome.after))
    # Of two editions one point may stand in two places: it is bare only if no cable is left at either.
    left = outcome.charted.points["point"].filter(pl.Series(now > 0))
    kept = outcome.charted.points["point"].is_in(left.implode()).to_numpy()
    bare = np.flatnonzero((was > 0) & ~kept)
    frame = (
        outcome.charted.points[bare.tolist()].select("point", "name", "state").with_columns(cables=pl.Series(was[bare]))
    )
    frame = frame.sort("cables", "state", "name", descending=[True, False, False], nulls_last=True)
    return Table(
        "landings", "Landing points left without a cable",
        (Column("name", "Landing point"), Column("state", "State"), Column("cables", "Cables before", "cables"),
         Column("point", "Id")),
        frame, "An island of a state that has others is seen here, and not in the table of states.",
    )  # fmt: skip


def removed(outcome: Outcome) -> Table:
    """Return the cables that go and those in doubt, with why."""
    code = np.where(outcome.afloat, outcome.removal.code, FALSE)
    why = outcome.removal.why.with_columns(pl.col("number").cast(pl.Int64))
    # What is in doubt by one reason and goes by another goes.
    kept = why.filter(pl.col("code") == pl.Series(code)[why["number"].to_list()] if why.height else pl.lit(value=True))
    told = kept.group_by("number", maintain_order=True).agg(
        pl.col("by").unique(maintain_order=True),
        pl.col("what").drop_nulls().unique(maintain_order=True),
        pl.col("why").filter(pl.col("why") != "").unique(maintain_order=True).str.join("; "),
        pl.col("sources").str.split(", ").list.explode(keep_nulls=False, empty_as_null=False)
        .unique(maintain_order=True),
    ).with_columns(pl.col("sources").list.eval(pl.element().filter(pl.element() != "")))  # fmt: skip
    numbers, near = np.flatnonzero(code != FALSE), outcome.removal.near
    frame = pl.DataFrame({
        "number": numbers, "verdict": np.where(code[numbers] == TRUE, "taken out", "in doubt"),
        "near": np.zeros(len(numbers), np.bool_) if near is None else near[numbers],
    }).join(described(outcome), on="number", how="left", maintain_order="left")  # fmt: skip
    frame = frame.join(told, on="number", how="left", maintain_order="left")
    frame = frame.sort([pl.col("verdict") == "in doubt", ~pl.col("near"), pl.col("name")])
    pointed = () if near is None else (Column("near", "In doubt, and some statement points there"),)
    return Table(
        "removed", "Cables taken out, and in doubt",
        (Column("name", "Cable"), Column("verdict", "Verdict"), Column("by", "By"), Column("what", "What decides"),
         Column("states", "Lands in"), Column("ready_year", "Ready"), Column("builder", "Builder"),
         Column("owner", "Owners"),
         Column("why", "What is stated, or missing"), Column("sources", "Sources"), Column("cable", "Id"), *pointed),
        frame, "A row is a cable that was in service. What is in doubt stays in, but for the range of each figure.",
    )  # fmt: skip


def described(outcome: Outcome) -> pl.DataFrame:
    """Return of each cable: number, cable, name, ready_year (as text), states (a list), builder and owner.

    The last two are names as the map writes them.
    """
    charted = outcome.charted
    point = charted.points["state"].gather(charted.point)
    lands = pl.DataFrame({"number": charted.cable, "state": point}).drop_nulls().unique().sort("state")
    frame = charted.cables.select("cable", "name", pl.col("ready_year").cast(pl.String)).with_row_index("number")
    frame = frame.with_columns(pl.col("number").cast(pl.Int64)).join(
        lands.group_by("number").agg(pl.col("state").sort().alias("states")), on="number", how="left",
        maintain_order="left",
    ).with_columns(pl.col("states").fill_null([]))  # fmt: skip
    return frame.with_columns(named(charted, outcome.estate, role)[role] for role in ("builder", "owner"))


def rules(outcome: Outcome) -> Table:
    """Return what each rule says of the cables that were in service."""
    rows = []
    for judgement, code in outcome.judged:
        rule, here = judgement.compiled.rule, code[outcome.afloat]
        out, doubt = int((here == TRUE).sum()), int((here == UNKNOWN).sum())
        rows.append((rule.id, rule.title, out, doubt, rule.effect, rule.decidable))
    frame = pl.DataFrame(
        rows, schema={"rule": pl.String, "title": pl.String, "out": pl.Int64, "doubt": pl.Int64, "effect": pl.String,
                      "decidable": pl.String}, orient="row",
    )  # fmt: skip
    return Table(
        "rules", "By which rule",
        (Column("rule", "Rule"), Column("out", "Cables taken out", "cables"), Column("doubt", "In doubt", "cables"),
         Column("title", "What it asks"), Column("effect", "Effect"), Column("decidable", "Decidable")),
        frame, "A cable may go by several rules. A rule that is a proxy tests what can be known in place of what is "
        "asked.",
    )  # fmt: skip


def changes(outcome: Outcome) -> Table:
    """Return what differs between two editions."""
    frame = outcome.changes if outcome.changes is not None else pl.DataFrame()
    return Table(
        "changes", "What changed between the editions",
        (Column("name", "Cable or landing point"), Column("change", "Change"), Column("was", "Was"),
         Column("is", "Is"), Column("states", "For whom: states it lands in"), Column("cable", "Cable's id"),
         Column("landing_point", "Landing point's id")),
        frame, "Cables are matched by their ids, and what is left of them by their names; landing points by their ids. "
        "Where a name differs, it may be its writing alone. States are those of either edition.",
    )  # fmt: skip
