"""The cables of an outcome on a map: which go, which are in doubt and which stay, and landing points left bare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline import wkt
from crossline.cables.telling import tables
from crossline.drawing.spanning import spanned
from crossline.impact import Map, Point
from crossline.kleene import TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from crossline.cables.cuts import Longs
    from crossline.cables.network import CableMap, Mask
    from crossline.cables.outcome import Outcome
    from crossline.impact import Look

_STATES: Final = 6  # told of one cable


def mapped(outcome: Outcome, bare: pl.DataFrame) -> Map | None:
    """Return the cables that count, before or after, as lines, or None without any; ``bare`` has the points left."""
    words, looks = _editions(outcome) if outcome.now is not None else _removal(outcome)
    numbers = np.flatnonzero(looks != "")
    if not len(numbers):
        return None
    known = tables.described(outcome).select("number", "name", "states")
    here = known.join(pl.DataFrame({"number": numbers}), on="number", how="semi", maintain_order="left")
    course, straight = _courses(outcome.charted, numbers)
    about = "Cables in service, along their courses as the map draws them."
    if straight == len(numbers):
        about = "Cables in service. No course is stated: straight lines between their landing points stand for it."
    elif straight:
        about += f" Of {straight:,} no course is stated: straight lines between their landing points stand for it."
    placed = bare.select("point", "name").join(
        outcome.charted.points.unique("point", keep="last").select("point", "longitude", "latitude"),
        on="point", how="left", maintain_order="left"
    )  # fmt: skip
    return Map(
        "map", "Where they run" if outcome.now is None else "Where they run, by edition", words,
        tuple(here["name"].fill_null("").to_list()), tuple(looks[numbers].tolist()), tuple(course), "cables", about,
        tuple(_lands(states) for states in here["states"].to_list()),
        tuple(Point(*row) for row in placed.select("name", "longitude", "latitude").iter_rows()),
        "landing point left without a cable",
    )  # fmt: skip


def _courses(charted: CableMap, numbers: Longs) -> tuple[list[str | None], int]:
    """Return the courses of some cables as WKT, and of how many straight lines stand for one that nobody states."""
    told: list[str | None] = charted.cables["course"].gather(numbers).to_list()
    lat, lon = (charted.points[name].to_numpy().astype(np.float64) for name in ("latitude", "longitude"))
    order = np.argsort(charted.cable, kind="stable")
    first, last = (np.searchsorted(charted.cable[order], numbers, side=side) for side in ("left", "right"))
    straight = 0
    for place in [place for place, course in enumerate(told) if course is None]:
        at = charted.point[order[first[place] : last[place]]]
        at = at[np.isfinite(lat[at]) & np.isfinite(lon[at])]
        if len(at) > 1:
            ends = np.stack([lon[at], lat[at]], axis=1)
            told[place] = wkt.text([ends[list(pair)] for pair in spanned(lat[at], lon[at])])
            straight += 1
    return told, straight


def _removal(outcome: Outcome) -> tuple[tuple[tuple[Look, str], ...], npt.NDArray[np.str_]]:
    code = outcome.removal.code
    looks = np.select([~outcome.afloat, code == TRUE, code == UNKNOWN], ["", "gone", "doubt"], "stays")
    if not outcome.removal.asked:
        return (("stays", "in service"),), looks
    return (("gone", "taken out"), ("doubt", "in doubt"), ("stays", "stays")), looks


def _editions(outcome: Outcome) -> tuple[tuple[tuple[Look, str], ...], npt.NDArray[np.str_]]:
    """Tell two editions apart: a cable of both is one line, where the later draws it."""
    now = outcome.now if outcome.now is not None else outcome.afloat
    cables = outcome.charted.cables.select("cable", name=pl.col("name").str.to_lowercase())

    def among(mask: Mask) -> Mask:
        """Return which cables have the id or the name of one of these."""
        of = cables.filter(pl.Series(mask))
        same = [pl.col(key).is_in(of[key].drop_nulls().implode()).fill_null(value=False) for key in ("cable", "name")]
        return cables.select(same[0] | same[1]).to_series().to_numpy()

    earlier, later = among(outcome.afloat), among(now)
    looks = np.select([now & earlier, now, outcome.afloat & ~later], ["stays", "new", "gone"], "")
    return (("gone", "in the earlier only"), ("new", "in the later only"), ("stays", "in both")), looks


def _lands(states: Sequence[str]) -> str:
    if not states:
        return ""
    more = len(states) - _STATES
    return f"lands in {', '.join(states[:_STATES])}" + (f" and {more} more" if more > 0 else "")
