"""The map as columns: which cable comes ashore at which landing point, and in which state that stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.cables.cuts import Hypergraph, Longs
from crossline.estate import ROLE_NUMBER
from crossline.mistakes import Mistake
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crossline.estate import Estate

Mask = npt.NDArray[np.bool_]

MOST_LANDINGS: Final = 50_000  # of all cables together; the whole world has about 3,000
MOST_OF_CABLE: Final = 300  # landings; the largest cable there is has 48. One with more is left out
MOST_STATES: Final = 300  # ISO 3166-1 has 249 codes
MOST_TBPS: Final = 100_000.0  # of one cable, as its kind bounds it: what is beyond is not known
_GBPS: Final = 1000  # capacities are weighed in whole Gbit/s


class CablesError(Mistake):
    """Something is wrong with what was asked of cables, or with their map."""


@dataclass(frozen=True)
class CableMap:
    """What a map of cables says.

    ``cables`` has a row a cable: cable (its id), name, status, ready_year, length_km, capacity_tbps, course, bundle,
    file.
    ``points`` has a row a landing point: point (its id), name, state (null: not known), latitude, longitude.
    Landing i is of cable ``cable[i]`` at point ``point[i]``, (L,) each.
    """

    cables: pl.DataFrame
    points: pl.DataFrame
    cable: Longs
    point: Longs
    notes: tuple[str, ...] = ()

    def landings_of(self, cables: Mask) -> Mask:
        """Return the landings, (L,), of some cables, (C,)."""
        return cables[self.cable]


def chart(estate: Estate) -> CableMap:
    """Return the cables and landing points of an estate; raises CablesError where there is no cable, or too many."""
    held = estate.holdings.get("cable")
    if held is None or not held.assets.height:
        raise CablesError(f"no cable among what was read: {_why(estate)}")
    # Of two rows that call a cable the same the first counts, as everywhere.
    asked = held.assets.unique("asset", keep="first", maintain_order=True)
    cables = asked.select(
        pl.col("asset").alias("cable"), "name", "status", "ready_year", "length_km",
        pl.when(pl.col("capacity_tbps").is_between(0, MOST_TBPS)).then("capacity_tbps").alias("capacity_tbps"),
        "course", "bundle", "file",
    ).with_row_index("number")  # fmt: skip
    ties, first, last = estate.ties, held.first, held.last
    here = slice(int(ties.start[first]), int(ties.start[last]))
    landing = ties.role[here] == ROLE_NUMBER["landing"]
    bundle = np.repeat(np.arange(first, last), np.diff(ties.start[first : last + 1]))[landing].astype(np.uint32)
    named = estate.identifiers[ties.identifier[here][landing]]
    said = pl.DataFrame({"bundle": bundle, "type": named["type"], "value": named["value"],
                         "place": ties.column("place")[here].filter(pl.Series(landing))})  # fmt: skip
    if said.height > MOST_LANDINGS:
        raise CablesError(f"{said.height:,} landings, more than {MOST_LANDINGS:,}: give a smaller map")
    own = pl.col("type") == "asset"
    # A state, or the party that runs a station, is a landing point that nobody has given a name.
    point = pl.when(own).then("value").otherwise(
        pl.concat_str([pl.col("type"), pl.lit(":"), pl.col("value"), pl.when(pl.col("type") != "state").then("place")
                       .fill_null("")], separator="")
    )  # fmt: skip
    said = said.with_columns(point=point, place=pl.coalesce("place", pl.when(pl.col("type") == "state").then("value")))
    broad, large = _broad(cables, said)
    cables = cables.filter(~pl.col("bundle").is_in(broad.implode())).drop("number").with_row_index("number")
    said = said.join(cables.select("bundle", "number"), on="bundle", maintain_order="left_right")
    points, differing = _points(estate, said)
    landings = said.select("number", "point").unique(maintain_order=True).join(
        points.select("point", at="number"), on="point", maintain_order="left"
    )  # fmt: skip
    cable, at = landings["number"].to_numpy().astype(np.int64), landings["at"].to_numpy().astype(np.int64)
    said_of = _said(held.assets.height - len(broad), cables, points, cable, at)
    return CableMap(cables.drop("number"), points.drop("number"), cable, at, (*large, *differing, *said_of))


def _broad(cables: pl.DataFrame, said: pl.DataFrame) -> tuple[pl.Series, tuple[str, ...]]:
    """Return the bundles of cables with more landings than are measured, and what is to be said of them."""
    many = said.select("bundle", "point").unique().group_by("bundle").len().filter(pl.col("len") > MOST_OF_CABLE)
    broad = cables.join(many, on="bundle", how="semi", maintain_order="left")
    if not broad.height:
        return broad["bundle"], ()
    if broad.height == cables.height:
        raise CablesError(f"{first(broad['name'])}: more than {MOST_OF_CABLE:,} landings of one cable")
    word = f"{plural(broad.height, 'cable')} with more than {MOST_OF_CABLE:,} landings left out"
    return broad["bundle"], (f"{word}: {first(broad['name'])}.",)


def _points(estate: Estate, said: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the landing points that some cable, or the map itself, names, and what is to be said of their states.

    Where the landing of a cable and the point itself name different states, the landing's counts: rules ask it too.
    """
    held = estate.holdings.get("landing-point")
    columns = {
        "point": pl.String,
        "name": pl.String,
        "state": pl.String,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
    }
    own = (
        held.assets.select(pl.col("asset").alias("point"), "name", "state", "latitude", "longitude")
        if held is not None else pl.DataFrame(schema=columns)
    ).unique("point", keep="first", maintain_order=True)  # fmt: skip
    places = said.group_by("point", maintain_order=True).agg(pl.col("place").drop_nulls().first())
    sound = pl.col("latitude").is_between(-90, 90) & pl.col("longitude").is_between(-180, 180)
    joined = (
        pl.concat([own.select("point"), places.select("point")]).unique(maintain_order=True)
        .join(own, on="point", how="left", maintain_order="left")
        .join(places, on="point", how="left", maintain_order="left")
    )  # fmt: skip
    # Two cables may differ as well: the first counts.
    words = pl.concat([said.select("point", "place"), own.select("point", place="state")]).drop_nulls().unique()
    differing = (
        words.group_by("point").agg(pl.col("place").sort().str.join(", "), pl.len()).filter(pl.col("len") > 1)
        .join(joined.select("point", "name"), on="point").sort("point")
    )  # fmt: skip
    shown = pl.Series([f"{name or point} ({place})" for point, name, place in
                       differing.select("point", "name", "place").iter_rows()], dtype=pl.String)  # fmt: skip
    many = plural(len(shown), "landing point")
    note = f"{many} of which different states are named, of which the first cable's counts: {first(shown)}."
    notes = (note,) if len(shown) else ()
    return (
        joined.select(
            "point",
            pl.coalesce("name", pl.col("point").str.replace("^landing-point:", "")).alias("name"),
            pl.coalesce("place", "state").alias("state"),
            pl.when(sound).then("latitude").alias("latitude"),
            pl.when(sound).then("longitude").alias("longitude"),
        )
        .with_row_index("number")
    ), notes  # fmt: skip


def _why(estate: Estate) -> str:
    """Say, of the first files, what was found in them instead."""
    said = []
    for item in [item for item in estate.coverage if item.of_a_file][:5]:
        found = ", ".join(plural(count, kind) for kind, count in item.kinds.items() if count)
        reasons = (*item.notes, *(reject.reason for reject in item.rejects), "no reader takes it")
        said.append(f"{item.path}: {found or ('nothing' if item.reader and not item.rejected else reasons[0])}")
    return "; ".join(said) or "there are no files"


def _said(assets: int, cables: pl.DataFrame, points: pl.DataFrame, cable: Longs, at: Longs) -> tuple[str, ...]:
    """Say what does not fit: cables with one landing, points without a cable, names that two share."""
    said = []
    ends = np.bincount(cable, minlength=cables.height)
    if assets > cables.height:
        said.append(f"{plural(assets - cables.height, 'cable')} stood in the map more than once; the first counts.")
    for count, words in ((0, "no landing point"), (1, "a single landing point")):
        some = cables["name"].filter(pl.Series(ends == count))
        if len(some):
            said.append(f"{plural(len(some), 'cable')} with {words}, which joins nothing: {first(some)}.")
    bare = points["name"].filter(pl.Series(np.bincount(at, minlength=points.height) == 0))
    if len(bare):
        said.append(f"{plural(len(bare), 'landing point')} without a cable: {first(bare)}.")
    nowhere = points["name"].filter(points["state"].is_null())
    if len(nowhere):
        said.append(f"{plural(len(nowhere), 'landing point')} of no known state, not counted: {first(nowhere)}.")
    same = cables["name"].filter(cables["name"].is_duplicated()).unique(maintain_order=True)
    if len(same):
        said.append(f"Cables that share a name are told apart by their ids: {first(same)}.")
    return tuple(said)


def first(names: pl.Series) -> str:
    """Return the first three names, and how many more there are."""
    more = len(names) - 3
    return ", ".join(names.head(3)) + (f" and {more:,} more" if more > 0 else "")


def afloat(charted: CableMap, as_of: date, *, planned: bool) -> tuple[Mask, tuple[str, ...]]:
    """Return which cables, (C,), carry traffic at a date, and what is to be said of the others.

    A cable that the map has in service is there from its year on. A planned one is never, or with ``planned`` from the
    year that it was promised for. One of which nobody says whether it is in service is not.
    """
    year = pl.col("ready_year")
    status = charted.cables["status"]
    not_yet = charted.cables.select((year > as_of.year).fill_null(value=False)).to_series().to_numpy()
    undated = charted.cables["ready_year"].is_null().to_numpy()
    future = (status == "planned").fill_null(value=False).to_numpy()
    retired = (status == "retired").fill_null(value=False).to_numpy()
    unsaid = status.is_null().to_numpy()
    here = ~retired & ~unsaid & ~not_yet & (~future | (planned & ~undated))
    said = []
    late = int((not_yet & ~future & ~retired & ~unsaid).sum())
    if late:
        said.append(f"{plural(late, 'cable')} ready for service after {as_of.year} left out.")
    if future.any():
        said.append(_of_planned(int(future.sum()), int((here & future).sum()), as_of.year, taken=planned))
    if retired.any():
        said.append(f"{plural(int(retired.sum()), 'retired cable')} left out.")
    if unsaid.any():
        some = charted.cables["name"].filter(pl.Series(unsaid))
        said.append(f"{plural(len(some), 'cable')} left out of which no status is known: {first(some)}.")
    return here, tuple(said)


def _of_planned(count: int, used: int, year: int, *, taken: bool) -> str:
    many = plural(count, "planned cable")
    if taken:
        return f"{many}: {used:,} taken to be ready by {year} as their map promised, the others left out."
    return f"{many} left out; --with-planned takes in those promised for {year} or before."


def named(charted: CableMap, estate: Estate, role: str) -> pl.DataFrame:
    """Return the identifiers of a role that an estate's map names for each of its cables, as the map writes them.

    The columns are bundle, the role with the names, and ``of_`` the role with their one form, to compare by.
    """
    held, ties = estate.holdings["cable"], estate.ties
    first, last = int(ties.start[held.first]), int(ties.start[held.last])
    bundle = np.repeat(np.arange(held.first, held.last), np.diff(ties.start[held.first : held.last + 1]))
    mine = ties.role[first:last] == ROLE_NUMBER[role]
    forms = estate.identifiers[ties.identifier[first:last][mine]]
    label = forms.select(pl.format("{}:{}", "type", "value")).to_series()
    written = label.replace_strict(estate.written, default=forms["value"], return_dtype=pl.String)
    names = pl.DataFrame({"bundle": bundle[mine].astype(np.uint32), f"of_{role}": forms["value"], role: written})
    names = names.unique(["bundle", f"of_{role}"], keep="first").sort(f"of_{role}")
    words = names.group_by("bundle").agg(pl.col(role, f"of_{role}").str.join(", "))
    return charted.cables.select("bundle").join(words, on="bundle", how="left", maintain_order="left")


@dataclass(frozen=True)
class Grouping:
    """Which landing points are one place: by state, or, with land borders, by what is joined by land.

    ``of_point``, (P,), is the number of each point's place, -1 where its state is not known; ``labels`` names places.
    """

    of_point: Longs
    labels: tuple[str, ...]
    members: tuple[tuple[str, ...], ...] = field(default=())  # the states of each place


def by_state(charted: CableMap, joined: Sequence[Sequence[str]] = ()) -> Grouping:
    """Group landing points by state; states that ``joined`` names together are one place."""
    # The state with most landing points speaks for its group.
    found = charted.points.group_by("state").len().drop_nulls("state").sort(["len", "state"], descending=[True, False])
    states = found["state"].to_list()
    rank = {state: at for at, state in enumerate(states)}
    place = {state: tuple(sorted({*group} & {*states}, key=rank.__getitem__)) for group in joined for state in group}
    groups = sorted({place.get(state, (state,)) for state in states}, key=lambda group: (-len(group), group))
    if len(groups) > MOST_STATES:
        raise CablesError(f"{len(groups):,} states, more than {MOST_STATES:,}")
    number = {state: at for at, group in enumerate(groups) for state in group}
    of_point = charted.points["state"].replace_strict(number, default=-1, return_dtype=pl.Int64)
    return Grouping(of_point.fill_null(-1).to_numpy().astype(np.int64), tuple(map(_label, groups)), tuple(groups))


def landed(charted: CableMap, grouping: Grouping) -> None:
    """Raise CablesError where no cable lands in a state that is known, so that there is nothing to count."""
    if (grouping.of_point[charted.point] >= 0).any():
        return
    what = "has a landing point" if not len(charted.point) else "lands in a state that is known"
    raise CablesError(f"no cable of the map {what}, so that nothing can be counted: {' '.join(charted.notes)}")


def _label(group: tuple[str, ...]) -> str:
    return group[0] if len(group) == 1 else f"{group[0]} and {len(group) - 1:,} more"


def of_cables(charted: CableMap, grouping: Grouping, landings: Mask, *, weighed: bool = False) -> Hypergraph:
    """Return places joined by cables, of the landings that are there, (L,); ``weighed`` by capacity in Gbit/s."""
    place = grouping.of_point[charted.point]
    pairs = np.unique(np.stack([charted.cable, place], 1)[landings & (place >= 0)], axis=0)
    room = np.ones(charted.cables.height, np.int64)
    if weighed:
        room = (charted.cables["capacity_tbps"].fill_null(0.0).to_numpy() * _GBPS).round().astype(np.int64)
    return Hypergraph(len(grouping.labels), room, pairs[:, 0], pairs[:, 1])


def of_landings(charted: CableMap, grouping: Grouping, landings: Mask) -> Hypergraph:
    """Return places joined by paths that share neither a cable nor a landing point.

    The first nodes are the places, then stand the landings themselves; the first hyperedges are the cables, then stand
    the landing points.
    """
    here = np.flatnonzero(landings & (grouping.of_point[charted.point] >= 0))
    places, cables, points = len(grouping.labels), charted.cables.height, charted.points.height
    ends = places + np.arange(len(here))
    ashore = np.unique(charted.point[here])
    edge = np.concatenate([charted.cable[here], cables + charted.point[here], cables + ashore])
    node = np.concatenate([ends, ends, grouping.of_point[ashore]])
    return Hypergraph(places + len(here), np.ones(cables + points, np.int64), edge, node)
