"""Two editions of a map: what is new, gone, ready, renamed, or has other landings, builders or owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.cables.network import CableMap, named

if TYPE_CHECKING:
    from crossline.cables.network import Mask
    from crossline.estate import Estate

_ROLES: Final = ("owner", "builder")


def both(earlier: CableMap, later: CableMap) -> tuple[CableMap, Mask, Mask]:
    """Return both editions in one map, and which of its cables, (C,), are of the earlier and of the later one.

    Every cable of both stands twice in it. A landing point that both have is one; where it stands the later says.
    """
    points = pl.concat([later.points, earlier.points]).unique("point", keep="first", maintain_order=True)
    number = points.select("point").with_row_index("at")
    place = earlier.points.join(number, on="point", how="left", maintain_order="left")["at"].to_numpy().astype(np.int64)
    size = earlier.cables.height
    old = np.arange(size + later.cables.height) < size
    notes = tuple(dict.fromkeys([*(f"Earlier edition: {note}" for note in earlier.notes), *later.notes]))
    # The later edition's points keep their numbers, as they stand first.
    return CableMap(
        pl.concat([earlier.cables, later.cables]), points, np.concatenate([earlier.cable, later.cable + size]),
        np.concatenate([place[earlier.point], later.point]), notes, later.left_out,
    ), old, ~old  # fmt: skip


def changed(earlier: CableMap, before: Estate, later: CableMap, after: Estate) -> pl.DataFrame:
    """Return what differs, a row for each cable and change: cable, name, change, was, is.

    Cables are matched by their ids, and what is left of them by their names.
    """
    one, other = _told(earlier, before), _told(later, after)
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
    status, status_is = pl.col("status"), pl.col("status_is")

    def row(frame: pl.DataFrame, change: str, was: pl.Expr | None, now: pl.Expr | None) -> pl.DataFrame:
        nothing = pl.lit(None, pl.String)
        name = pl.col("name_is") if "name_is" in frame.columns else pl.col("name")
        return frame.select(
            pl.col("cable"), name.alias("name"), pl.lit(change).alias("change"),
            (nothing if was is None else was.cast(pl.String)).alias("was"),
            (nothing if now is None else now.cast(pl.String)).alias("is"),
        )  # fmt: skip

    def other_than(column: str, change: str) -> pl.DataFrame:
        return row(
            matched.filter(pl.col(column).ne_missing(pl.col(f"{column}_is"))),
            change,
            pl.col(column),
            pl.col(f"{column}_is"),
        )

    rows = [
        row(new, "new", None, status),
        row(gone, "gone", status, None),
        row(
            matched.filter(status.ne_missing("in-service") & (status_is == "in-service")),
            "now in service",
            status,
            status_is,
        ),
        row(
            matched.filter((status == "in-service") & status_is.ne_missing("in-service")),
            "no longer in service",
            status,
            status_is,
        ),
        other_than("name", "renamed"),
        row(matched.filter(pl.col("cable") != pl.col("to")), "other id", pl.col("cable"), pl.col("to")),
        other_than("landings", "landings"),
        other_than("builder", "builder"),
        other_than("owner", "owners"),
    ]
    return pl.concat(rows)


def _told(charted: CableMap, estate: Estate) -> pl.DataFrame:
    """Return what an edition says of each cable in words: cable, name, status, landings, builder, owner."""
    said = charted.cables.select("cable", "name", "status").with_row_index("number")
    said = said.with_columns(named(charted, estate, role)[role] for role in _ROLES)
    landings = pl.DataFrame(
        {"number": charted.cable.astype(np.uint32), "landings": charted.points["name"].gather(charted.point)}
    )
    words = landings.group_by("number").agg(pl.col("landings").unique().sort().str.join("; "))
    return said.join(words, on="number", how="left", maintain_order="left").drop("number")
