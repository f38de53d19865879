"""Volunteers' lists of apps: small ones written by hand, and the one of 2020 beside a reading with plain JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, build, editions, sources, store

if TYPE_CHECKING:
    import polars as pl

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps"
APPS = '[{"package": "Com.Example.One", "name": "One "}, {"package": "com.example.two", "name": "Two"}]'


def write(folder: Path, name: str, text: str) -> Path:
    """Write a list, dated by the line that its reader would write."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    (folder / editions.NAME).write_text(f"file,published\n{name},2020-09-01\n", encoding="utf-8")
    return path


def claimed(path: Path) -> bool:
    """Return whether the source takes the file."""
    return sources.claimant(path, path.read_bytes()[: sources.HEAD_BYTES]) == "volunteers_app_ids"


def read(path: Path) -> tuple[pl.DataFrame, list[Reject]]:
    """Return the registrations and the rejects."""
    items = list(sources.load("volunteers_app_ids").read(path))
    (rows,) = (item[1] for item in items if isinstance(item, tuple) and item[0] == "registration")
    assert rows.schema == SCHEMAS["registration"]
    return rows, [item for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("text", [APPS, f"export let chinaapps = {APPS}", f"\ufeffexport const apps = {APPS};\n"])
def test_a_name_is_a_registration(tmp_path: Path, text: str) -> None:
    """As a module or as JSON, each id in small letters has the name on one line, and no party and no state."""
    path = write(tmp_path, "chinaapps.js", text)
    assert claimed(path)
    rows, rejects = read(path)
    assert rows.select("type", "value", "name", "registered").rows() == [
        ("package", "com.example.one", "One", None), ("package", "com.example.two", "Two", None)
    ]  # fmt: skip
    assert rows["source"].unique().to_list() == ["volunteers-app-ids-2020-09-01"]
    assert rejects == []


def test_what_is_damaged_has_its_place(tmp_path: Path) -> None:
    """Entries that are none are rejects with their number; what follows the array, and a file that is cut, are too."""
    text = APPS[:-1] + ', 7, {"package": "no id", "name": "x"}, {"package": "a.b"}] + more'
    rows, rejects = read(write(tmp_path, "chinaapps.js", text))
    assert rows.height == 2
    assert [item.locator for item in rejects] == ["file", "[2]", "[3]", "[4]"]
    items = list(sources.load("volunteers_app_ids").read(write(tmp_path, "chinaapps.js", APPS[:-9])))
    assert isinstance(items[-1], Reject)
    deep = '[{"package": "a.b", "name": "c", "d": ' + "[" * 100_000
    assert isinstance(list(sources.load("volunteers_app_ids").read(write(tmp_path, "x.json", deep)))[-1], Reject)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("chinaapps.js", 'export let other = [{"name": "x"}]'),
        ("any.json", '[{"package": 7, "name": "x"}]'),
        ("apps.txt", "com.example.one\ncom.example.two\n"),
        ("dragonapps.txt", "no ids here\n"),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, text: str) -> None:
    """Objects without both keys, and lists of ids that are not called so, are somebody else's."""
    assert not claimed(write(tmp_path, name, text))


def test_ids_without_names_are_told(tmp_path: Path) -> None:
    """A list of bare ids gives nothing but a reject with their number."""
    path = write(tmp_path, "dragonapps.txt", "com.example.one\ncom.example.two\n")
    assert claimed(path)
    (reject,) = sources.load("volunteers_app_ids").read(path)
    assert isinstance(reject, Reject)
    assert (reject.count, reject.reason.split(":")[0]) == (2, "ids without names")


def test_a_claim_leads_to_no_party(tmp_path: Path) -> None:
    """A world with the list holds the name, and leads the id to nobody."""
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "chinaapps.js", APPS)
    build.build(folder, tmp_path / "world")
    world = store.load(tmp_path / "world")
    table = world.table("registration")
    assert table.filter(table["value"] == "com.example.one")["name"].to_list() == ["One"]
    held = world.table("identifier")
    assert held.filter(held["value"] == "com.example.one").is_empty()


def test_the_list_of_2020(tmp_path: Path) -> None:
    """Each app of the published list is there, as a plain reading of its array says; one id has two names in it."""
    path = SHARED / "chinaapps.js"
    if not path.is_file():
        pytest.skip("../shared/data/apps/chinaapps.js is absent")
    text = path.read_text(encoding="utf-8")
    plain = json.loads(text[text.index("[") :].rstrip().rstrip(";"))
    rows, rejects = read(write(tmp_path, "chinaapps.js", text))
    assert rejects == []
    assert set(rows.select("value", "name").rows()) == {
        (app["package"].strip().lower(), " ".join(app["name"].split())) for app in plain
    }
    assert len(plain) == 129
