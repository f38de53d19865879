"""Of which day a map is, where that is another than the day asked about."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.impact.formats import Options, load

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Impact

HEAD = "asset,name,status,observed_at,landing,landing.place,builder,owner\n"
ROW = "c1,One,in-service,{},state:FO;state:IS,FO;IS,vendor:a,vendor:a\n"


def asked(folder: Path, day: date, observed: str = "2022-11-10") -> Impact:
    """Ask of a map of one cable."""
    folder.mkdir(exist_ok=True)
    (folder / "cable.csv").write_text(HEAD + ROW.format(observed), encoding="utf-8")
    return crossline.simulate("cables", day, crossline.load_world(), maps=[folder], without=Without(cables=["c1"]))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 22), "map of 2022-11-10, 4 years before"),
        (date(2026, 11, 9), "map of 2022-11-10, 3 years before"),
        (date(2024, 10, 20), "map of 2022-11-10, 23 months before"),
        (date(2022, 12, 9), "map of 2022-11-10, 29 days before"),
        (date(2022, 11, 10), ""),
        (date(2022, 11, 1), "map of 2022-11-10"),
    ],
)
def test_the_age_of_a_map_is_told(tmp_path: Path, day: date, said: str) -> None:
    """The second line says of which day a map is, and how long before the question, counted by the calendar."""
    assert asked(tmp_path, day).data_of == said


def test_it_stands_under_the_title_and_among_the_notes(tmp_path: Path) -> None:
    """Page and terminal have it under the title; more than a year is the first note, less is none."""
    found = asked(tmp_path / "old", date(2026, 11, 22))
    for name in ("table", "html"):
        text = load(name).render(found, Options(width=120))
        assert "Simulation of cables, as of 2026-11-22; map of 2022-11-10, 4 years before." in text
    assert found.notes[0].startswith("The map is of 2022-11-10, 4 years before 2026-11-22: ")
    assert not any("The map is of" in note for note in asked(tmp_path / "new", date(2023, 11, 10)).notes)


def test_notes_of_files_say_which_and_end_as_sentences(tmp_path: Path) -> None:
    """What a reader of a file has to say names the file, and ends in a full stop."""
    notes = asked(tmp_path, date(2026, 11, 22), observed="").notes
    (said,) = [note for note in notes if "without a date of observation" in note]
    assert "cable.csv: " in said
    assert all(note.endswith(".") for note in notes)
