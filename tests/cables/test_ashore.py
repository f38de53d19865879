"""Which landing points stand on one piece of land, and what that does to ways: against what every atlas shows."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

import crossline
from crossline.cables import ashore, courses
from crossline.cables.asking import Without

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Impact

PLACES = {
    "Honolulu": (21.3, -157.9), "Hilo": (19.7, -155.1), "Los Angeles": (34.0, -118.4), "New York": (40.6, -73.9),
    "San Juan": (18.4, -66.1), "Punta Arenas": (-53.2, -70.9), "Ushuaia": (-54.8, -68.3), "Lisbon": (38.7, -9.1),
    "Vladivostok": (43.1, 131.9), "Provideniya": (64.4, -173.2), "Cape Town": (-33.9, 18.4), "Baku": (40.4, 49.9),
    "Aktau": (43.65, 51.15), "London": (51.5, 0.0), "Belfast": (54.6, -5.9), "Dublin": (53.3, -6.2),
    "Jakarta": (-6.1, 106.8), "Jayapura": (-2.5, 140.7), "Amsterdam": (52.4, 4.9), "Kralendijk": (12.15, -68.27),
    "Tokyo": (35.6, 139.8), "Sapporo": (43.06, 141.35), "Nowhere": (float("nan"), float("nan")), "Mid": (0.0, -30.0),
}  # fmt: skip
PIECES = (
    ("Los Angeles", "New York", "Punta Arenas"), ("Lisbon", "Vladivostok", "Provideniya", "Cape Town", "Baku", "Aktau",
    "Amsterdam"), ("Belfast", "Dublin"), ("London",), ("Honolulu",), ("Hilo",), ("San Juan",), ("Ushuaia",),
    ("Jakarta",), ("Jayapura",), ("Tokyo", "Sapporo"),
)  # fmt: skip


def test_what_is_on_one_piece_of_land() -> None:
    """Continents hang together over 180 degrees and around the Caspian Sea; islands are apart, but for bridges."""
    lat, lon = np.array(list(PLACES.values())).T
    found = dict(zip(PLACES, ashore.pieces(lat, lon).tolist(), strict=True))
    named = [{found[name] for name in piece} for piece in PIECES]
    assert [len(numbers) for numbers in named] == [1] * len(PIECES)
    assert len(set.union(*named)) == len(PIECES)
    assert {found[name] for name in ("Nowhere", "Mid", "Kralendijk")} == {ashore.UNDRAWN}


def test_every_crossing_joins_two_outlines() -> None:
    """Both ends of each bridge or tunnel lie on outlines, different ones without it, the same piece with it."""
    ends = np.array([end for _, *both in ashore.CROSSINGS for end in both])
    ring = np.empty(len(ends), np.int64)
    ashore._nearest(ends[:, 1].copy(), ends[:, 0].copy(), *ashore._rings(), ring, ashore.NEAR_KM)
    assert [name for (name, *_), (a, b) in zip(ashore.CROSSINGS, ring.reshape(-1, 2), strict=True)
            if min(a, b) < 0 or a == b] == []  # fmt: skip
    found = ashore.pieces(ends[:, 0], ends[:, 1]).reshape(-1, 2)
    assert (found[:, 0] == found[:, 1]).all()


def test_a_point_off_the_shore_belongs_to_the_nearest_land() -> None:
    """20 km off the Atlantic coast of Portugal (9.5 W, 39 N) a point is on Europe's land still, 60 km off it is not."""
    degrees = np.array([20, 60]) / (111.195 * np.cos(np.radians(39.0)))
    far = ashore.pieces(np.full(2, 39.0), -9.45 - degrees)
    (lisbon,) = ashore.pieces(np.array([38.7]), np.array([-9.1]))
    assert far.tolist() == [lisbon, ashore.UNDRAWN]


POINTS = """asset,name,state,latitude,longitude
jp,Chikura,JP,34.95,139.95
hi,Honolulu,US,21.3,-157.9
la,Los Angeles,US,34.0,-118.4
ny,New York,US,40.6,-73.9
pr,San Juan,US,18.4,-66.1
do,Punta Cana,DO,18.6,-68.4
bm,St. David's,BM,32.37,-64.66
be,Devonshire,BM,32.3,-64.76
"""
CABLES = """asset,name,status,landing
west,West,in-service,asset:landing-point:jp;asset:landing-point:hi
east,East,in-service,asset:landing-point:pr;asset:landing-point:do
main,Main,in-service,asset:landing-point:hi;asset:landing-point:la
isle,Isle,in-service,asset:landing-point:ny;asset:landing-point:pr
one,One,in-service,asset:landing-point:ny;asset:landing-point:bm
two,Two,in-service,asset:landing-point:be;asset:landing-point:do
"""


def asked(folder: Path, *without: str) -> tuple[Impact, dict[tuple[str, str], tuple[float | None, float | None]]]:
    """Return what is left without some cables, and the kilometres of each pair before and after."""
    (folder / "landing-point.csv").write_text(
        POINTS.replace("\n", "\nlanding-point:").removesuffix("landing-point:"), encoding="utf-8"
    )
    (folder / "cable.csv").write_text(CABLES, encoding="utf-8")
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[folder], without=Without(cables=list(without))
    )
    pairs = next(table.frame for table in found.tables if table.id == "pairs")
    return found, {
        (a, b): (one, other) for a, b, one, other in pairs.select("a", "b", "km_before", "km_after").iter_rows()
    }


def km(*names: str) -> float:
    """Return the great circles of a way from place to place."""
    at = {row.split(",")[0]: tuple(map(float, row.split(",")[3:])) for row in POINTS.splitlines()[1:]}
    return sum(
        float(courses.great_circle_km(*(np.array([x]) for x in (*at[a], *at[b])))[0]) for a, b in pairwise(names)
    )


def test_no_way_leads_over_the_sea_without_a_cable(tmp_path: Path) -> None:
    """From Japan to the Dominican Republic it is cable, America's land, and cable; from Honolulu nothing jumps."""
    _, found = asked(tmp_path, "one")
    cabled = km("jp", "hi") + km("hi", "la") + km("ny", "pr") + km("pr", "do")
    assert found["DO", "JP"][1] == pytest.approx(courses.DETOUR * cabled + km("la", "ny"), abs=1)
    # Bermuda is too small to be drawn: its two points, 12 km apart, are on one island all the same.
    over = courses.DETOUR * (km("jp", "hi") + km("hi", "la") + km("ny", "bm")) + km("la", "ny")
    assert found["BM", "JP"][0] == pytest.approx(over, abs=1)


def test_what_joins_by_counting_alone_has_no_kilometres(tmp_path: Path) -> None:
    """Without a cable from Hawaii to the mainland JP still reaches DO, over the one place US, but by no way; told."""
    found, pairs = asked(tmp_path, "main", "one", "two")
    rows = next(table.frame for table in found.tables if table.id == "pairs")
    (row,) = rows.filter(a="DO", b="JP").iter_rows(named=True)
    assert (row["paths_after"], row["km_after"]) == (1, None)
    assert row["km_before"] is not None
    assert pairs["DO", "US"][1] == pytest.approx(courses.DETOUR * km("pr", "do"), abs=1)
    assert any("No way could be measured between 1 pair that cables join, after" in note for note in found.notes)
    detour = next(figure for figure in found.figures if figure.id == "detour-km")
    assert any("islands are apart" in said for said in detour.biased_by)
