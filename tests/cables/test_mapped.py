"""The map of a simulation of cables: which go, which are in doubt and which stay, and landing points left bare."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from datetime import date
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import crossline
from crossline.cables.asking import Without
from crossline.cables.courses import great_circle_km
from crossline.cables.telling.mapped import spanned
from crossline.impact import Impact, Map
from crossline.impact.formats import Options, load

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = ROOT / "examples" / "cables"
REAL = ROOT.parent / "shared" / "data" / "cables" / "telegeography-2022-11"
DAY = date(2026, 10, 1)


def the_map(impact: Impact) -> Map:
    """Return the one map of an impact."""
    (found,) = (picture for picture in impact.pictures if isinstance(picture, Map))
    return found


def asked(maps: Path, **more: object) -> Impact:
    """Return what a simulation of a map of cables found."""
    return crossline.simulate("cables", DAY, crossline.load_world(), maps=[maps], **more)


def test_cables_have_the_look_of_what_becomes_of_them() -> None:
    """Of six cables in service three are built by the one named, of one nobody says who built it; the planned one is
    not there. Three landing points are left bare, those of the table.
    """  # noqa: D205 - one sentence and what is left
    impact = asked(MADE_UP, without=Without(suppliers=["anders marine"]))
    found = the_map(impact)
    gone = {name for name, look in zip(found.labels, found.looks, strict=True) if look == "gone"}
    removed = next(table.frame for table in impact.tables if table.id == "removed")
    assert gone == set(removed.filter(removed["verdict"] == "taken out")["name"])
    assert Counter(found.looks) == {"gone": 3, "doubt": 1, "stays": 2}
    assert "Arctic Express" not in found.labels
    bare = next(table.frame for table in impact.tables if table.id == "landings")
    assert [point.name for point in found.points] == bare["name"].to_list()
    assert all(point.latitude is not None for point in found.points)
    assert dict(zip(found.labels, found.details, strict=True))["Green Line"] == "lands in GL, IS"


def test_without_courses_straight_lines_stand_for_them() -> None:
    """A cable of three landings has two straight lines, and the picture says that no course is stated."""
    found = the_map(asked(MADE_UP, without=Without(suppliers=["anders marine"])))
    ring = dict(zip(found.labels, found.courses, strict=True))["North Ring"]
    assert ring is not None
    assert ring.count("(") == 1 + 2
    assert {tuple(pair.split()) for pair in re.findall(r"[-\d.]+ [-\d.]+", ring)} >= {("-22.5", "64"), ("-6.9", "61.9")}
    assert "No course is stated" in found.about


def test_cables_as_they_are_stay() -> None:
    """Where nothing goes by a rule every cable is drawn as one that stays, and two editions alike have no other."""
    found = the_map(asked(MADE_UP, before=MADE_UP))
    assert Counter(found.looks) == {"stays": 6}
    assert found.points == ()


def test_editions_are_told_apart(tmp_path: Path) -> None:
    """A cable with another id and name is in the earlier and another in the later only; a renamed one is in both."""
    for name in ("cable.csv", "landing-point.csv"):
        shutil.copy(MADE_UP / name, tmp_path)
    text = (tmp_path / "cable.csv").read_text(encoding="utf-8")
    text = text.replace("cable:fjord-link,Fjord Link", "cable:other,Other").replace(",Green Line,", ",Greener Line,")
    (tmp_path / "cable.csv").write_text(text, encoding="utf-8")
    found = the_map(asked(tmp_path, before=MADE_UP))
    looks = dict(zip(found.labels, found.looks, strict=True))
    assert (looks.pop("Fjord Link"), looks.pop("Other")) == ("gone", "new")
    assert set(looks.values()) == {"stays"}
    assert "Greener Line" in looks
    assert "Green Line" not in looks


@pytest.mark.parametrize("seed", range(5))
def test_landing_points_are_joined_as_networkx_joins_them(seed: int) -> None:
    """The pairs join all points with as few kilometres as networkx finds (Kruskal)."""
    random = np.random.default_rng(seed)
    lat, lon = random.uniform(-60, 70, 12), random.uniform(-180, 180, 12)
    graph = nx.Graph()
    for a in range(12):
        for b in range(a):
            graph.add_edge(a, b, weight=float(great_circle_km(lat[a], lon[a], lat[b], lon[b])))
    best = nx.minimum_spanning_tree(graph, algorithm="kruskal").size("weight")
    pairs = spanned(lat, lon)
    assert sum(graph[a][b]["weight"] for a, b in pairs) == pytest.approx(best)
    assert nx.is_connected(nx.Graph(pairs))


def test_a_real_map_is_drawn_in_time() -> None:
    """Each of 461 cables in service is drawn, within two seconds, on a page of less than 1.3 million bytes."""
    if not REAL.exists():
        pytest.skip("../shared/data/cables is not here")
    impact = asked(REAL, without=Without(suppliers=["HMN Tech"]))
    begun = time.process_time()
    page = load("html").render(impact, Options())
    assert time.process_time() - begun < 2
    assert len(page.encode()) < 1_300_000
    counts = Counter(re.findall(r'<path class="line look-(\w+)" d="M\d+', page.split('<ul class="keys">')[0]))
    assert counts == Counter(the_map(impact).looks)
    assert sum(counts.values()) == int(impact.basis["in_service"])
