"""Two editions of a map: what changed, and for whom."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.cables.network import CablesError

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Impact

HEAD = "asset,name,status,observed_at,landing,landing.place,builder,owner\n"
EARLIER = (
    HEAD
    + """c1,One,in-service,2020-01-01,state:FO;state:IS,FO;IS,vendor:huawei marine,vendor:a
c2,Two,planned,2020-01-01,state:IS;state:GB,IS;GB,,vendor:b
c3,Three,in-service,2020-01-01,state:IS;state:IE,IS;IE,,vendor:b
"""
)
LATER = (
    HEAD
    + """c1,One,in-service,2022-01-01,state:FO;state:IS;state:NO,FO;IS;NO,vendor:hmn tech,vendor:a
c2,Two (II),in-service,2022-01-01,state:IS;state:GB,IS;GB,,vendor:b;vendor:c
c4,Four,in-service,2022-01-01,state:FO;state:GB,FO;GB,,vendor:b
"""
)


@pytest.fixture
def editions(tmp_path: Path) -> tuple[Path, Path]:
    """Return the folders of two editions."""
    for name, text in (("earlier", EARLIER), ("later", LATER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cable.csv").write_text(text, encoding="utf-8")
    return tmp_path / "earlier", tmp_path / "later"


def test_what_changed_is_told_cable_by_cable(editions: tuple[Path, Path]) -> None:
    """New and gone cables, ones that came into service, names, landings, builders and owners are told."""
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[0]
    )
    changes = next(table.frame for table in found.tables if table.id == "changes")
    assert set(changes.select("cable", "change", "was", "is").iter_rows()) == {
        ("c4", "new", None, "in-service"), ("c3", "gone", "in-service", None),
        ("c2", "now in service", "planned", "in-service"), ("c2", "renamed", "Two", "Two (II)"),
        ("c1", "landings", "state:FO; state:IS", "state:FO; state:IS; state:NO"),
        ("c1", "builder", "huawei marine", "hmn tech"), ("c2", "owners", "b", "b, c"),
    }  # fmt: skip


def test_what_changed_is_a_sentence(editions: tuple[Path, Path]) -> None:
    """Each sort of change is told with what it counts, so that none reads as a bare word beside a number."""
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[0]
    )
    (said,) = [line for line in found.look_at if line.startswith("Between the editions: ")]
    parts = said.removeprefix("Between the editions: ").rstrip(".").split(", ")
    assert set(parts) == {
        "1 new cable", "1 cable gone", "1 cable now in service", "1 cable renamed", "other landings for 1 cable",
        "another builder for 1 cable", "other owners for 1 cable",
    }  # fmt: skip
    assert found.data_of == "maps of 2020-01-01 and 2022-01-01"


def test_for_whom_is_told_state_by_state(editions: tuple[Path, Path]) -> None:
    """IE loses its cable, GB and NO get their first, and FO and GB have two ways where they had none."""
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[0]
    )
    figures = {figure.id: figure.value for figure in found.figures}
    assert (figures["cables"], figures["cables-after"], figures["lost"], figures["first"]) == (2, 3, 1, 2)
    pairs = next(table.frame for table in found.tables if table.id == "pairs")
    told = {
        (a, b): (one, other) for a, b, one, other in pairs.select("a", "b", "paths_before", "paths_after").iter_rows()
    }
    # FO to GB: Four, and One with Two.
    assert told["FO", "GB"] == (0, 2)
    assert told["FO", "IS"] == (1, 2)
    assert told["IE", "IS"] == (1, 0)


def test_the_same_edition_twice_differs_in_nothing(editions: tuple[Path, Path]) -> None:
    """An edition compared with itself has no changes, and says so."""
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[1]
    )
    assert "Nothing differs between the editions." in found.look_at


def test_editions_are_compared_as_they_are(editions: tuple[Path, Path]) -> None:
    """Nothing is taken out of two editions that are compared."""
    with pytest.raises(CablesError, match="compared as they are"):
        crossline.simulate(
            "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[0],
            without=Without(cables=["c1"]),
        )  # fmt: skip


def test_a_cable_under_another_id_is_the_same(tmp_path: Path) -> None:
    """Its name says that it is the same one: neither gone nor new, but with another id."""
    row = ",in-service,2020-01-01,state:FO;state:IS,FO;IS,,\n"
    for folder, name in (("earlier", "c1"), ("later", "c9")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cable.csv").write_text(f"{HEAD}{name},One{row}", encoding="utf-8")
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[tmp_path / "later"], before=tmp_path / "earlier"
    )
    changes = next(table.frame for table in found.tables if table.id == "changes")
    assert changes.select("name", "change", "was", "is").rows() == [("One", "other id", "c1", "c9")]


POINT = "kind,asset,name,state,latitude,longitude\n"
LINES = "kind,asset,name,status,ready_year,length_km,observed_at,landing\n"


def edition(folder: Path, points: str, cables: str) -> Path:
    """Write an edition of landing points and cables with their own columns."""
    folder.mkdir()
    (folder / "points.csv").write_text(POINT + points, encoding="utf-8")
    (folder / "cables.csv").write_text(LINES + cables, encoding="utf-8")
    return folder


@pytest.fixture
def moved(tmp_path: Path) -> Impact:
    """Compare two editions: one landing point changes its state, one moves; a year, a length and a status differ."""
    one = ["landing-point,landing-point:a,A,SR,5.9,-55.2", "landing-point,landing-point:b,B,TT,10.6,-61.5",
           "landing-point,landing-point:c,C,GY,6.8,-58.1"]  # fmt: skip
    lines = ["cable,cable:x,X,in-service,2010,100,2022-01-01,asset:landing-point:a|asset:landing-point:b",
             "cable,cable:y,Y,planned,2023,200,2022-01-01,asset:landing-point:b|asset:landing-point:c",
             "cable,cable:z,Z,planned,2024,,2022-01-01,asset:landing-point:b|asset:landing-point:c"]  # fmt: skip
    earlier = edition(tmp_path / "earlier", "\n".join(one), "\n".join(lines))
    one[0], one[1] = one[0].replace(",SR,", ",GY,"), one[1].replace("10.6", "11.6")
    lines[0] = lines[0].replace(",100,", ",150,")
    lines[1] = lines[1].replace("planned,2023", "in-service,2026")
    lines[2] = lines[2].replace("planned", "retired")
    later = edition(tmp_path / "later", "\n".join(one), "\n".join(lines))
    world = crossline.load_world()
    return crossline.simulate("cables", date(2026, 1, 1), world, maps=[later], before=earlier)


def test_a_landing_point_of_another_state_counts_for_each_edition_where_it_stood(moved: Impact) -> None:
    """Suriname loses its only cable where its landing point is put into Guyana, which gets its first."""
    figures = {figure.id: figure.value for figure in moved.figures}
    assert (figures["lost"], figures["first"], figures["pairs-parted"]) == (1, 1, 1)
    states = next(table.frame for table in moved.tables if table.id == "states")
    told = states.select("state", "cables_before", "cables_after").rows()
    assert set(told) == {("SR", 1, 0), ("GY", 0, 1), ("TT", 1, 1)}


def test_every_difference_is_told_with_the_states_that_it_concerns(moved: Impact) -> None:
    """State, position, year, length and status have a row each; one degree of latitude is 111.2 km."""
    changes = next(table.frame for table in moved.tables if table.id == "changes")
    told = {(row["name"], row["change"]): (row["was"], row["is"], row["states"]) for row in changes.to_dicts()}
    assert told == {
        ("X", "length, km"): ("100", "150", ["GY", "SR", "TT"]),
        ("Y", "status"): ("planned (2023)", "in-service (2026)", ["GY", "TT"]),
        ("Y", "ready year"): ("2023", "2026", ["GY", "TT"]),
        ("Z", "status"): ("planned (2024)", "retired", ["GY", "TT"]),
        ("A", "landing point's state"): ("SR", "GY", ["GY", "SR"]),
        ("B", "landing point moved"): ("10.600 N 61.500 W", "11.600 N 61.500 W, 111.2 km off", ["TT"]),
    }


def test_each_edition_has_a_basis_of_its_own(moved: Impact) -> None:
    """What it was computed on is told of the earlier and the later edition, and not of both together."""
    assert set(moved.basis) == {"earlier", "later"}
    keys = ("cables", "in_service", "planned", "landing_points", "states_with_landing_points")
    told = [[moved.basis[one][key] for key in keys] for one in ("earlier", "later")]
    assert told == [[3, 1, 2, 3, 3], [3, 1, 0, 3, 2]]


def test_what_is_gained_is_told_from_what_is_lost(editions: tuple[Path, Path]) -> None:
    """Of the picture of paths lost, what is below 0 is gained, in classes of another hue and without its sign."""
    found = crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[editions[1]], before=editions[0]
    )
    page = crossline.report(found, "html")
    assert isinstance(page, str)
    # FO to GB had no way and has two; IE to FO had one, over IS.
    assert "FO → GB: 2 paths gained</title>" in page
    assert "IE → FO: 1 path lost</title>" in page
    matrix = page.partition('<svg class="matrix')[2].partition("</svg>")[0]
    said = dict(re.findall(r'class="([cn])[0-9]"[^>]*><title>[^<]*(lost|gained)</title>', matrix))
    assert said == {"c": "lost", "n": "gained"}
