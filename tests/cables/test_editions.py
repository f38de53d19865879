"""Two editions of a map: what changed, and for whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.cables.network import CablesError

if TYPE_CHECKING:
    from pathlib import Path

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
