"""Building a world from a folder of files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl
import pytest
from test_sources_names import SHARED

from crossline.world import SCHEMAS, build, sources, store

if TYPE_CHECKING:
    from pathlib import Path

NAMES = '"asn","name","source"\n4134,"China Telecom","x"\n'
LINKS = "# source:topology|BGP|20250901|ripe|rrc00\n1|2|-1\n2|2|0\n"
NAME, LINK = "asns-20260701.csv", "20250901.as-rel.txt"


def test_each_file_is_read_by_its_source_and_facts_go_in(tmp_path: Path) -> None:
    """Rows, rejects with their place and files that nobody takes are all in the report."""
    origin = tmp_path / "in" / "deep"
    origin.mkdir(parents=True)
    (origin / NAME).write_text(NAMES)
    (origin.parent / LINK).write_text(LINKS)
    (origin / "other.bin").write_bytes(b"\0\1")
    (origin / "empty").write_bytes(b"")
    told: list[tuple[str, float]] = []
    report = build.build(tmp_path / "in", tmp_path / "w", lambda what, part: told.append((what, part)))
    by_path = {file.path: file for file in report.files}
    assert {f"deep/{NAME}", LINK} == set(by_path)
    assert tuple(vars(by_path[f"deep/{NAME}"]).values())[1:4] == ("asn2org", {"registration": 1}, 0)
    assert tuple(vars(by_path[LINK]).values())[1:4] == ("caida_as_rel", {"adjacency": 1}, 1)
    assert [reject.locator for reject in by_path[LINK].rejects] == ["line 3"]
    assert report.untaken == ("deep/empty", "deep/other.bin")
    assert sorted(part for _, part in told) == [part for _, part in told]
    assert (told[0][1], told[-1][1]) == (0.0, 1.0)

    world, facts = store.load(tmp_path / "w"), store.shipped()
    assert len(world.table("registration")) == 1
    assert len(facts.table("party")) == len(world.table("party"))
    assert {"asn2org-2026-07-01", "caida-as-rel-2025-09-01"} <= set(world.table("source")["id"])
    for name in SCHEMAS:
        if name != "source":
            assert set(world.table(name)["source"]) <= set(world.table("source")["id"])


def test_one_bad_file_changes_nothing_for_the_others(tmp_path: Path) -> None:
    """A broken database and an undated list are rejected; what stands beside them is read as without them."""
    origin = tmp_path / "in"
    origin.mkdir()
    (origin / LINK).write_text(LINKS)
    build.build(origin, tmp_path / "one")
    (origin / "asns.csv").write_text(NAMES)
    (origin / "x.mmdb").write_bytes(os.urandom(5000))
    (origin / "state_owned_ases-20220211.csv").write_text(
        "asn,conglomerate,org_id,org_name,ownership_cc,ownership_country_name,target_cc\n\0\0"
    )
    (origin / "20250901.as-rel2.txt.bz2").write_bytes(b"BZh9\0\0\0")
    report = build.build(origin, tmp_path / "two")
    assert {"asns.csv", "x.mmdb"} <= {file.path for file in report.files if file.rejected}
    for name in SCHEMAS:
        one, two = (store.load(tmp_path / folder).table(name) for folder in ("one", "two"))
        if name not in ("source", "party"):
            assert one.equals(two)


def test_a_source_that_fails_is_a_reject_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a source raises, panics of polars too, and whatever it yields that it may not, is counted."""
    origin = tmp_path / "in"
    origin.mkdir()
    (origin / LINK).write_text(LINKS)
    module = sources.load("caida_as_rel")

    def raising(_path: Path) -> object:
        raise pl.exceptions.PanicException("oh")

    def unnamed(_path: Path) -> object:
        yield "adjacency", pl.DataFrame([(1, 2, 0, None, None, "nobody")], schema=SCHEMAS["adjacency"], orient="row")
        yield "adjacency", pl.DataFrame({"a": [1]})

    for wrong, told in ((raising, "PanicException"), (unnamed, "not named")):
        monkeypatch.setattr(module, "read", wrong)
        report = build.build(origin, tmp_path / "w")
        assert told in report.files[0].rejects[0].reason
        assert report.rows["adjacency"] == 0


def test_the_walk_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are not followed, depth and number of files are bounded, worlds and pipes are passed over; all told."""
    origin = tmp_path / "in"
    deep = origin.joinpath(*"abcdefghij")
    deep.mkdir(parents=True)
    (deep / NAME).write_text(NAMES)
    (origin / "link").symlink_to(tmp_path)
    (origin / "file").symlink_to("/etc/hostname")
    os.mkfifo(origin / "pipe")
    (origin / f"{LINK}.new.part").write_text(LINKS)
    store.save(store.shipped(), origin / "world")
    report = build.build(origin, tmp_path / "w")
    reasons = {reject.locator: reject.reason for reject in report.skipped}
    assert "links are not followed" in reasons["link"]
    assert "links are not followed" in reasons["file"]
    assert "deeper than 8" in reasons["a/b/c/d/e/f/g/h/i"]
    assert reasons["world"] == "a world folder"
    assert "neither a file" in reasons["pipe"]
    assert "not been fetched" in reasons[f"{LINK}.new.part"]
    assert report.files == ()
    monkeypatch.setattr(build, "FILES_MOST", 2)
    for number in range(4):
        (origin / f"f{number}").write_text("x")
    report = build.build(origin, tmp_path / "w")
    assert report.untaken == ("f0", "f1")
    assert any("more than 2 files" in reject.reason for reject in report.skipped)


def test_a_copy_of_a_file_adds_nothing(tmp_path: Path) -> None:
    """The same edition twice gives each row once."""
    origin = tmp_path / "in"
    (origin / "copy").mkdir(parents=True)
    for place in (origin / LINK, origin / "copy" / LINK):
        place.write_text(LINKS)
    assert build.build(origin, tmp_path / "w").rows["adjacency"] == 1


def test_dates_may_lie_elsewhere(tmp_path: Path) -> None:
    """A folder that nobody may write in is dated by a file outside; each of its rows speaks for one path alone."""
    origin = tmp_path / "in"
    (origin / "deep").mkdir(parents=True)
    for place in ("asns.csv", "deep/asns.csv"):
        (origin / place).write_text(NAMES)
    (origin / "editions.csv").write_text("file,published\nasns.csv,2026-01-01\n")
    dates = tmp_path / "dates.csv"
    dates.write_text("file,published\ndeep/asns.csv,2026-02-02\n")
    report = build.build(origin, tmp_path / "w", dates=dates)
    assert [file.rejected for file in report.files] == [0, 0]
    seen = store.load(tmp_path / "w").table("registration")["source"]
    assert set(seen) == {"asn2org-2026-01-01", "asn2org-2026-02-02"}
    dates.write_text("file,published\n../asns.csv,2026-02-02\n")
    with pytest.raises(store.WorldError, match=r"'\.\./asns\.csv' is the path of no file"):
        build.build(origin, tmp_path / "w", dates=dates)
    with pytest.raises(store.WorldError, match="No such file"):
        build.build(origin, tmp_path / "w", dates=tmp_path / "none.csv")


def test_no_folder_is_an_error_with_its_name(tmp_path: Path) -> None:
    """Neither a missing origin nor an output that is something else is worked around."""
    with pytest.raises(store.WorldError, match="none: no such folder"):
        build.build(tmp_path / "none", tmp_path / "w")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "x").write_text("")
    with pytest.raises(store.WorldError, match="not a world folder"):
        build.build(tmp_path, tmp_path / "w")


def test_order_of_building_does_not_matter(tmp_path: Path) -> None:
    """Two builds of the same folder are byte for byte the same."""
    origin = tmp_path / "in"
    origin.mkdir()
    (origin / LINK).write_text(LINKS)
    (origin / NAME).write_text(NAMES)
    for name in ("one", "two"):
        build.build(origin, tmp_path / name)
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_shared_data_builds_as_it_lies_there(tmp_path: Path) -> None:
    """The folder is read as it is, with the counts of its README; of networks two contradictory rows are rejected."""
    report = build.build(SHARED, tmp_path / "w")
    assert report.rows["address4"] == 411_961 + 141_822
    assert report.rows["address6"] == 103_197 + 68_368
    assert report.rows["adjacency"] == 570_696 + 239_064
    networks = [file for file in report.files if not file.path.startswith("apps/")]
    assert sum(file.rejected for file in networks) == 2
    assert len(networks) == 7
    assert "README.md" in report.untaken
