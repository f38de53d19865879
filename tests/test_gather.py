"""From paths to an estate: what one file does to others, what estate.yaml fills in, and what cannot be read."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crossline import gather, regimes
from crossline.auditing import audit
from crossline.estate_file import EstateFileError
from crossline.evaluate.binding import Binding, We
from crossline.tables import Limits
from crossline.world import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from crossline.estate import Estate
    from crossline.tables import Coverage

EMBASSY = Path(__file__).parents[1] / "examples" / "embassy"
AS_OF = date(2026, 11, 22)
LIMITS = Limits(seconds=60)
DEVICES = "asset,name,facility,facility_state,vendor\nm-1,a router,diplomatic,US,vendor:huawei\n"


def read(*paths: Path, limits: Limits = LIMITS) -> Estate:
    """Read paths into an estate."""
    return gather.gather(paths, AS_OF, limits)[0]


def covered(made: Estate) -> dict[str, Coverage]:
    """Return the coverage by file name."""
    return {Path(item.path).name: item for item in made.coverage}


def findings(made: Estate) -> set[tuple[str, str]]:
    """Return id and evidence id of what violates the programme."""
    binding = Binding(regimes.load("us-clean-network"), AS_OF, We(("US",), hypothetical=False))
    return set(audit(made, store.shipped(), [binding]).findings.select("id", "evidence_id").iter_rows())


# -- hostile files ---------------------------------------------------------------------------------------------


def garbage(folder: Path) -> None:
    """Write bytes that are nothing, under names that readers might take."""
    for name in ("a.mrt", "b.csv", "c.parquet", "device.csv", "d.gz"):
        (folder / name).write_bytes(bytes(range(256)) * 50)


def cut_mrt(folder: Path) -> None:
    """Write the example's table dump, cut in the midst of a record."""
    (folder / "cut.mrt").write_bytes((EMBASSY / "gateway.mrt").read_bytes()[:70])


def cut_gzip(folder: Path) -> None:
    """Write the beginning of a gzip member that ends early."""
    (folder / "cut.mrt.gz").write_bytes(bytes.fromhex("1f8b0800000000000003"))


def broken_parquet(folder: Path) -> None:
    """Write Parquet's marks at both ends of nothing, and a footer length past the beginning."""
    (folder / "one.parquet").write_bytes(b"PAR1" + b"\xff" * 1000 + b"\xff\xff\xff\x7fPAR1")
    (folder / "two.parquet").write_bytes(b"PAR1\0\0\0\0PAR1")


def long_line(folder: Path) -> None:
    """Write a table whose only row is a line of three megabytes, and one that never ends its quotation."""
    (folder / "device.csv").write_text("asset,vendor\n" + "x" * 3_000_000 + ",vendor:huawei\n")
    (folder / "cable.csv").write_text('asset,owner\n"never ends' + "y" * 100_000)


def empty(folder: Path) -> None:
    """Write files with nothing in them, or nothing but a header."""
    for name in ("device.csv", "a.mrt", "b.parquet"):
        (folder / name).touch()
    (folder / "cable.csv").write_text("asset,owner\n")


def strange_names(folder: Path) -> None:
    """Write files whose names are no UTF-8, hold line breaks and signs, or are hidden."""
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.csv"))).write_bytes(b"asset,kind\nx,device\n")
    (folder / "a\nb\x1b[31m.csv").write_text("asset,kind\ny,device\n")
    (folder / ".hidden.csv").write_text(DEVICES)


def loops(folder: Path) -> None:
    """Make links to themselves, to the folder above and to a file outside of it."""
    (folder / "self").symlink_to(folder / "self")
    (folder / "above").symlink_to(folder, target_is_directory=True)
    (folder / "outside.csv").symlink_to("/etc/passwd")
    (folder / "gone.csv").symlink_to(folder / "nothing")


def unreadable(folder: Path) -> None:
    """Make a file that may not be opened, and one that is no file at all."""
    (folder / "device.csv").write_text(DEVICES.replace("m-1", "m-2").replace("huawei", "cisco"))
    (folder / "device.csv").chmod(0)
    os.mkfifo(folder / "pipe.csv")


def deep(folder: Path) -> None:
    """Make folders within folders, past what is walked into."""
    below = folder
    for _ in range(60):
        below = below / "d"
    below.mkdir(parents=True)
    (below / "device.csv").write_text(DEVICES.replace("m-1", "m-3"))


HOSTILE = [garbage, cut_mrt, cut_gzip, broken_parquet, long_line, empty, strange_names, loops, unreadable, deep]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, str]]]:
    """Return a folder of good files, and what is found in it."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copy(EMBASSY / "gateway.mrt", folder)
    shutil.copy(EMBASSY / "estate.yaml", folder)
    (folder / "more.device.csv").write_text("kind," + DEVICES.replace("\nm-1", "\ndevice,m-1"))
    found = findings(read(folder))
    assert len(found) > 40
    return folder, found


@pytest.mark.parametrize("harm", HOSTILE, ids=lambda harm: harm.__name__)
def test_one_hostile_file_changes_no_finding(
    harm: Callable[[Path], None], good: tuple[Path, set[tuple[str, str]]], tmp_path: Path
) -> None:
    """Beside files made to hurt the good ones give the same findings and evidence, and each file is covered."""
    folder, expected = good
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    below = tmp_path / "hostile"
    below.mkdir()
    harm(below)
    made = read(tmp_path)
    assert findings(made) == expected
    shown = covered(made)
    assert shown["gateway.mrt"].reader == "mrt"
    assert len([item for item in made.coverage if item.path.startswith(str(below))]) == len(list(gather.files(below)))


def test_hostile_files_are_named_and_counted(tmp_path: Path) -> None:
    """What cannot be read stands in the coverage with a reason: a note or a reject, or no reader at all."""
    for harm in (broken_parquet, empty, long_line):
        folder = tmp_path / harm.__name__
        folder.mkdir()
        harm(folder)
        for item in read(folder).coverage:
            assert item.reader is None or item.rejected or item.notes or item.rows, item
        assert all(item.rows == 0 for item in read(folder).coverage if "device" not in item.path)


def test_a_name_of_an_archive_without_one_is_told(tmp_path: Path) -> None:
    """Of a file named like a package that is none the coverage says what is amiss, and of others nothing new."""
    for name in ("a.apk", "b.AAB", "c.ipa", "d.xapk", "e.bin"):
        (tmp_path / name).write_bytes(b"no archive at all, whatever its name")
    (tmp_path / "device.csv").write_text(DEVICES)
    told = {name: item.notes for name, item in covered(read(tmp_path)).items()}
    assert told["a.apk"] == ("named like a package (.apk, reader apk), but no ZIP archive",)
    assert told["b.AAB"] == ("named like a package (.aab, reader apk), but no ZIP archive",)
    assert told["c.ipa"] == ("named like a package (.ipa, reader ipa), but no ZIP archive",)
    assert told["d.xapk"] == ("named like a package (.xapk, reader apk), but no ZIP archive",)
    assert told["e.bin"] == ()


def test_what_is_packed_is_told(tmp_path: Path) -> None:
    """Of an archive that nobody takes the coverage says that it is to be unpacked."""
    (tmp_path / "one.yml").write_text("a: b\n")
    for kind, mode in (("tar", "w:"), ("tar.xz", "w:xz"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2")):
        with tarfile.open(tmp_path / f"metadata.{kind}", mode) as archive:
            archive.add(tmp_path / "one.yml", "one.yml")
    with zipfile.ZipFile(tmp_path / "metadata.zip", "w") as zipped:
        zipped.write(tmp_path / "one.yml", "one.yml")
    (tmp_path / "device.csv").write_text(DEVICES)
    told = {name: item.notes for name, item in covered(read(tmp_path)).items() if name.startswith("metadata")}
    said = ("an archive, or compressed, and no reader opens it: unpack it, and give the folder",)
    assert told == {f"metadata.{kind}": said for kind in ("tar", "tar.xz", "tar.gz", "tar.bz2", "zip")}


def test_links_that_lead_outside_are_passed_over(tmp_path: Path) -> None:
    """A folder is read as far as itself: not through links to what lies elsewhere, and no link twice."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text(DEVICES)
    (folder / "device.csv").write_text(DEVICES)
    (folder / "leads.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "round").symlink_to(folder, target_is_directory=True)
    assert [file.name for file in gather.files(folder)] == ["device.csv"]


def test_files_come_in_order_of_name(tmp_path: Path) -> None:
    """The order does not depend on the file system; hidden files and folders are passed over."""
    for name in ("b/2.csv", "a/9.csv", "b/10.csv", "c.csv", ".git/x.csv", ".x.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    shown = [file.relative_to(tmp_path).as_posix() for file in gather.files(tmp_path)]
    assert shown == ["c.csv", "a/9.csv", "b/10.csv", "b/2.csv"]


def test_a_file_named_itself_is_read(tmp_path: Path) -> None:
    """A path may be a file, and its estate.yaml lies beside it."""
    (tmp_path / "device.csv").write_text(DEVICES)
    (tmp_path / "estate.yaml").write_text("we: {states: [FR]}\n")
    made, who = gather.gather([tmp_path / "device.csv"], AS_OF, LIMITS)
    assert made.holdings["device"].assets["asset"].to_list() == ["m-1"]
    assert who is not None
    assert who.we is not None
    assert who.we.states == ("FR",)


def test_a_path_named_twice_is_read_once(tmp_path: Path) -> None:
    """Neither the same file twice, nor a file and its folder, makes an asset of it twice."""
    (tmp_path / "device.csv").write_text(DEVICES)
    for paths in ((tmp_path, tmp_path), (tmp_path, tmp_path / "device.csv")):
        assert read(*paths).holdings["device"].assets.height == 1


# -- paths that are not there ------------------------------------------------------------------------------------


def test_a_path_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    """Of two paths one is missing: the other is read, and the coverage says so."""
    (tmp_path / "device.csv").write_text(DEVICES)
    made = read(tmp_path, tmp_path / "nothing")
    assert made.holdings["device"].assets.height == 1
    assert covered(made)["nothing"].notes == ("no such file or folder",)
    assert covered(made)["nothing"].reader is None


def test_no_path_is_there(tmp_path: Path) -> None:
    """Where none of the paths exists there is nothing to answer, and each is named."""
    with pytest.raises(gather.NothingReadError, match=r"one: no such file or folder; .*two: no such"):
        read(tmp_path / "one", tmp_path / "two")


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of more files than the limit is read as far as it goes, and the coverage names the limit."""
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text("x")
    monkeypatch.setattr(gather, "MOST_FILES", 3)
    made = read(tmp_path)
    notes = [note for item in made.coverage for note in item.notes]
    assert "more than 3 files: the rest was not read" in notes
    assert len(made.coverage) == 4


# -- estate.yaml -------------------------------------------------------------------------------------------------


def test_estate_yaml_fills_in_what_a_file_leaves_unsaid(tmp_path: Path) -> None:
    """Whose table a dump is stands in estate.yaml; what the file itself says of an asset stands."""
    shutil.copy(EMBASSY / "gateway.mrt", tmp_path)
    (tmp_path / "device.csv").write_text(
        "asset,facility,facility_state\nsaid,other,FR\nunsaid,,\nhalf,other,\n", encoding="utf-8"
    )
    (tmp_path / "estate.yaml").write_text(
        "facilities: [{id: f, state: US, diplomatic: true}]\n"
        "files:\n- {path: '*.mrt', vantage: ours}\n- {path: device.csv, facility: f, observed_at: 2020-02-03}\n"
    )
    made = read(tmp_path)
    assert set(made.holdings["session"].assets["vantage"]) == {"ours"}
    assert set(made.holdings["route"].assets["vantage"]) == {"ours"}
    columns = made.holdings["device"].assets.select("asset", "facility", "facility_state", "observed_at")
    day = date(2020, 2, 3)
    assert columns.rows() == [
        ("said", "other", "FR", day), ("unsaid", "diplomatic", "US", day), ("half", "other", "US", day),
    ]  # fmt: skip
    assert "vantage is ours, as estate.yaml says" in covered(made)["gateway.mrt"].notes
    assert not [note for note in covered(made)["gateway.mrt"].notes if "facility" in note]


def test_without_estate_yaml_the_vantage_is_not_known(tmp_path: Path) -> None:
    """An MRT file does not say whose it is, and nobody is taken to have said so."""
    shutil.copy(EMBASSY / "gateway.mrt", tmp_path)
    made, who = gather.gather([tmp_path], AS_OF, LIMITS)
    assert who is None
    assert set(made.holdings["session"].assets["vantage"]) == {None}


def test_a_bad_estate_yaml_is_named(tmp_path: Path) -> None:
    """A mistake in it stops the audit with file, line and what is meant: half an answer to who we are is none."""
    (tmp_path / "device.csv").write_text(DEVICES)
    (tmp_path / "estate.yaml").write_text("we:\n  states: [US]\n  partys: [x]\n")
    with pytest.raises(EstateFileError, match=r"estate\.yaml.*3.*did you mean 'parties'"):
        read(tmp_path)


def test_the_estate_itself_is_always_an_asset(tmp_path: Path) -> None:
    """For clauses that nothing decides the estate stands as one asset, however little was read."""
    (tmp_path / "note.txt").write_text("x")
    assert read(tmp_path).holdings["estate"].assets.height == 1


def test_undated_assets_are_counted(tmp_path: Path) -> None:
    """That the day of the question stands in for a day of observation is said, with how often."""
    (tmp_path / "device.csv").write_text(DEVICES + "m-2,another,,,\n")
    notes = covered(read(tmp_path))["device.csv"].notes
    assert "2 assets without a date of observation are taken as of 2026-11-22" in notes
    (tmp_path / "device.csv").write_text(DEVICES)
    notes = covered(read(tmp_path))["device.csv"].notes
    assert "1 asset without a date of observation is taken as of 2026-11-22" in notes


def test_no_file_makes_another_estate(tmp_path: Path) -> None:
    """A table cannot add assets of the kind that stands for the whole: a clause that nothing decides is one unknown."""
    (tmp_path / "estate.csv").write_text("asset,name\nmine,another estate\n")
    (tmp_path / "mixed.csv").write_text("kind,asset\nestate,a second one\ndevice,m-1\n")
    assert read(tmp_path).holdings["estate"].assets["asset"].to_list() == ["estate"]


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    """Hidden files, links that lead outside and pipes are counted, each by why, and none of them is read."""
    (tmp_path / "outside.csv").write_text(DEVICES, encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "machines.csv").write_text(DEVICES, encoding="utf-8")
    (inside / ".hidden.csv").write_text(DEVICES, encoding="utf-8")
    (inside / "link.csv").symlink_to(tmp_path / "outside.csv")
    os.mkfifo(inside / "pipe")
    notes = covered(read(inside))["inside"].notes
    assert set(notes) == {
        "1 hidden: passed over", "1 links that lead outside: passed over", "1 neither files nor folders: passed over",
    }  # fmt: skip


def test_an_estate_file_that_speaks_of_no_file_is_told(tmp_path: Path) -> None:
    """A pattern that matches nothing is most likely misspelt, and is named; one that matches is not."""
    (tmp_path / "machines.csv").write_text(DEVICES, encoding="utf-8")
    said = "files:\n- {path: 'machine*.csv', kind: device}\n- {path: 'tabels/*.csv', kind: device}\n"
    (tmp_path / "estate.yaml").write_text(said, encoding="utf-8")
    assert covered(read(tmp_path))[tmp_path.name].notes == (
        "estate.yaml speaks of 'tabels/*.csv', which matches no file here",
    )
    alone = covered(read(tmp_path / "machines.csv"))
    assert set(alone) == {"machines.csv"}


def test_a_reader_that_fails_ends_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a reader is a reject that names it; what it yielded before, and other files, are kept."""
    (tmp_path / "a.json").write_text('{"lldp": {}}', encoding="utf-8")
    (tmp_path / "device.csv").write_text(DEVICES, encoding="utf-8")

    def failing(*_: object, **__: object) -> object:
        yield from ()
        raise RuntimeError("a mistake")

    lldp = gather.readers.load("lldp")
    monkeypatch.setattr(lldp, "JAILED", False)
    monkeypatch.setattr(lldp, "read", failing)
    found = covered(read(tmp_path))
    assert (found["a.json"].rejected, found["device.csv"].rows) == (1, 1)
    assert "RuntimeError a mistake" in found["a.json"].rejects[0].reason


def test_a_file_name_need_not_be_text(tmp_path: Path) -> None:
    """A name that is no UTF-8 (PEP 383) keeps no file from being read."""
    name = os.fsdecode(b"\xff.json")
    chassis = {"id": {"type": "mac", "value": "00:e0:fc:11:22:33"}}
    document = {"lldp": {"interface": [{"e2": {"chassis": chassis}}]}}
    (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    assert [item.rows for item in read(tmp_path).coverage] == [1]
