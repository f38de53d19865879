"""Two editions of a map: which cables and landing points differ, in what, and for which states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables import courses
from crossline.cables.network import CableMap, named

if TYPE_CHECKING:
    from crossline.cables.network import Mask
    from crossline.estate import Estate

_ROLES: Final = ("owner", "builder")
_PLACED: Final = ("state", "latitude", "longitude")
MOVED_KM: Final = 0.1  # a landing point that stands less far off has not moved
CHANGES: Final = pl.Schema({
    "name": pl.String(), "change": pl.String(), "was": pl.String(), "is": pl.String(),
    "states": pl.List(pl.String()), "cable": pl.String(), "landing_point": pl.String(),
})  # fmt: skip


def both(earlier: CableMap, later: CableMap) -> tuple[CableMap, Mask, Mask]:
    """Return both editions in one map, and which of its cables, (C,), are of the earlier and of the later one.

    Every cable of both stands twice in it. A landing point that both put in one place is one; one that they put in
    different states, or at different positions, stands twice as well, each edition's cables at its own.
    """
    on = ["point", *_PLACED]
    points = pl.concat([later.points, earlier.points]).unique(on, keep="first", maintain_order=True)
    number = points.select(on).with_row_index("at")
    place = earlier.points.select(on).join(number, on=on, how="left", maintain_order="left", nulls_equal=True)["at"]
    size = earlier.cables.height
    old = np.arange(size + later.cables.height) < size
    said = [f"Earlier edition: {note}" for note in earlier.notes if note not in later.notes]
    shared = [f"Both editions: {note}" for note in earlier.notes if note in later.notes]
    own = [f"Later edition: {note}" for note in later.notes if note not in earlier.notes]
    # The later edition's points keep their numbers, as they stand first.
    return CableMap(
        pl.concat([earlier.cables, later.cables]), points, np.concatenate([earlier.cable, later.cable + size]),
        np.concatenate([place.to_numpy().astype(np.int64)[earlier.point], later.point]), (*shared, *said, *own),
    ), old, ~old  # fmt: skip


def changed(  # noqa: PLR0913, PLR0917 - of each edition the map, the estate, and what counts in it
    earlier: CableMap, before: Estate, counted: Mask, later: CableMap, after: Estate, counts: Mask
) -> pl.DataFrame:
    """Return what differs, a row for each cable or landing point and change: :data:`CHANGES`.

    Cables are matched by their ids, and what is left of them by their names; landing points by their ids. ``counted``
    and ``counts`` are the cables, (C,), that carry traffic in the one and the other. ``states`` are those that the
    cable lands in, in either edition, or the landing point stands in.
    """
    one, other = _told(earlier, before, counted, later), _told(later, after, counts, earlier)
    by_id = one.select("cable").join(other.select("cable"), on="cable").with_columns(to="cable")
    rest_one = one.join(by_id, on="cable", how="anti", maintain_order="left")
    rest_other = other.join(by_id, left_on="cable", right_on="to", how="anti", maintain_order="left")
    folded = pl.col("name").str.to_lowercase()
    lone = [part.with_columns(key=folded).filter(pl.col("key").is_unique()) for part in (rest_one, rest_other)]
    by_name = lone[0].select("cable", "key").join(lone[1].select("key", to="cable"), on="key").select("cable", "to")
    pairs = pl.concat([by_id.select("cable", "to"), by_name])
    matched = (
        pairs.join(one, on="cable", maintain_order="left")
        .join(other, left_on="to", right_on="cable", suffix="_is", maintain_order="left")
    )  # fmt: skip
    gone = one.join(pairs, on="cable", how="anti", maintain_order="left")
    new = other.join(pairs, left_on="cable", right_on="to", how="anti", maintain_order="left")

    def said(frame: pl.DataFrame, column: str | None) -> pl.Expr:
        words = (pl.lit(None) if column is None else pl.col(column)).cast(pl.String)
        return words.str.strip_suffix(".0") if column and frame.schema[column].is_float() else words

    def row(frame: pl.DataFrame, change: str, was: str | None, now: str | None) -> pl.DataFrame:
        columns = frame.columns
        states = pl.col("states")
        if "states_is" in columns:
            states = pl.concat_list(pl.col("states", "states_is").fill_null([])).list.unique().list.sort()
        return frame.select(
            pl.coalesce("name_is", "name").alias("name") if "name_is" in columns else pl.col("name"),
            pl.lit(change).alias("change"),
            said(frame, was).alias("was"), said(frame, now).alias("is"),
            states.fill_null([]), pl.col("cable"), pl.lit(None, pl.String).alias("landing_point"),
        )  # fmt: skip

    def other_than(column: str, change: str, by: str = "") -> pl.DataFrame:
        differs = pl.col(by or column).ne_missing(pl.col(f"{by or column}_is"))
        return row(matched.filter(differs), change, column, f"{column}_is")

    begins, ends = ~pl.col("counts") & pl.col("counts_is"), pl.col("counts") & ~pl.col("counts_is")
    same = pl.col("counts") == pl.col("counts_is")
    rows = [
        row(new, "new", None, "stands"),
        row(gone, "gone", "stands", None),
        row(matched.filter(begins), "now in service", "stands", "stands_is"),
        row(matched.filter(ends), "no longer in service", "stands", "stands_is"),
        row(matched.filter(same & pl.col("status").ne_missing(pl.col("status_is"))), "status", "stands", "stands_is"),
        other_than("ready_year", "ready year"),
        other_than("name", "renamed"),
        row(matched.filter(pl.col("cable") != pl.col("to")), "other id", "cable", "to"),
        other_than("landings", "landings", "of_landings"),
        other_than("builder", "builder", "of_builder"),
        other_than("owner", "owners", "of_owner"),
        other_than("length_km", "length, km"),
        other_than("capacity_tbps", "capacity, Tbit/s"),
        _of_points(earlier.points, later.points),
    ]
    return pl.concat(rows).select(CHANGES.names()).cast(CHANGES)


def redrawn(earlier: CableMap, later: CableMap) -> int:
    """Return of how many cables, by their ids, the two editions draw different courses."""
    told = [part.cables.select("cable", "course") for part in (earlier, later)]
    return told[0].join(told[1], on="cable").filter(pl.col("course").ne_missing(pl.col("course_right"))).height


def _of_points(earlier: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Return the changes of landing points that both editions have: name, state and position."""
    matched = earlier.join(later, on="point", suffix="_is", maintain_order="left")
    spots = [matched[column].to_numpy().astype(np.float64) for column in ("latitude", "longitude")]
    spots_is = [matched[f"{column}_is"].to_numpy().astype(np.float64) for column in ("latitude", "longitude")]
    km = courses.great_circle_km(*spots, *spots_is)
    known, known_is = np.isfinite(spots[0] + spots[1]), np.isfinite(spots_is[0] + spots_is[1])
    moved = (known != known_is) | (known & known_is & (km >= MOVED_KM))
    words = [_spot(*both) for both in (spots, spots_is)]
    far = [f", {length:,.1f} km off" if np.isfinite(length) else "" for length in km]
    matched = matched.with_columns(
        pl.Series("moved", moved), pl.Series("spot", words[0], dtype=pl.String),
        pl.Series("spot_is", [word and word + off for word, off in zip(words[1], far, strict=True)], dtype=pl.String),
    )  # fmt: skip
    states = pl.concat_list("state", "state_is").list.drop_nulls().list.unique().list.sort()

    def row(differs: pl.Expr, change: str, was: str) -> pl.DataFrame:
        return matched.filter(differs).select(
            pl.col("name_is").alias("name"), pl.lit(change).alias("change"), pl.col(was).alias("was"),
            pl.col(f"{was}_is").alias("is"), states.alias("states"), pl.lit(None, pl.String).alias("cable"),
            pl.col("point").alias("landing_point"),
        )  # fmt: skip

    return pl.concat([
        row(pl.col("state").ne_missing(pl.col("state_is")), "landing point's state", "state"),
        row(pl.col("moved"), "landing point moved", "spot"),
        row(pl.col("name").ne_missing(pl.col("name_is")), "landing point renamed", "name"),
    ])  # fmt: skip


def _spot(latitude: courses.Floats, longitude: courses.Floats) -> list[str | None]:
    return [
        f"{abs(y):.3f} {'N' if y >= 0 else 'S'} {abs(x):.3f} {'E' if x >= 0 else 'W'}" if np.isfinite(x + y) else None
        for y, x in zip(latitude, longitude, strict=True)
    ]


def _told(charted: CableMap, estate: Estate, counts: Mask, other: CableMap) -> pl.DataFrame:
    """Return what an edition says of each cable.

    The columns are cable, name, status, counts, stands (the status, with the year from which it holds where that is
    yet to come), ready_year, length_km, capacity_tbps, landings, states, builder and owner. ``of_landings`` has the ids
    of landing points that both editions have, and the names of others; ``of_builder`` and ``of_owner`` the names in
    their one form: another writing is no change.
    """
    later = pl.col("ready_year").is_not_null() & ~pl.col("counts") & (pl.col("status") != "retired")
    said = charted.cables.select(
        "cable", "name", "status", "ready_year", "length_km", "capacity_tbps", pl.Series("counts", counts)
    ).with_columns(
        stands=pl.when(later).then(pl.format("{} ({})", "status", "ready_year")).otherwise("status")
    ).with_row_index("number")  # fmt: skip
    for role in _ROLES:
        said = said.with_columns(named(charted, estate, role).select(role, f"of_{role}"))
    points = charted.points.select(
        "name", "state",
        of=pl.when(pl.col("point").is_in(other.points["point"].implode())).then("point")
        .otherwise(pl.col("name").str.to_lowercase()),
    )  # fmt: skip
    landings = points[charted.point.tolist()].with_columns(number=pl.Series(charted.cable, dtype=pl.UInt32))
    words = landings.group_by("number").agg(
        pl.col("name").unique().sort().str.join("; ").alias("landings"),
        pl.col("of").unique().sort().str.join("\n").alias("of_landings"),
        pl.col("state").drop_nulls().unique().sort().alias("states"),
    )
    return said.join(words, on="number", how="left", maintain_order="left").drop("number")
