"""LibChecker's rules: archives made here with Python's tarfile, and the real one beside the repository."""

from __future__ import annotations

import io
import json
import lzma
import subprocess
import tarfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline.tables import Reject
from crossline.world import SCHEMAS, packed, sources
from crossline.world.sources import libchecker_rules

if TYPE_CHECKING:
    import polars as pl

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "apps" / "libchecker-rules.tar.xz"
STAMP = 1718122070  # 2024-06-11T16:07:50Z, by ``date -u``


def rule(label: object = "Bugly", team: object = "Tencent") -> bytes:
    """Return a rule's text."""
    return json.dumps({"label": label, "team": team, "iconUrl": "", "description": "x", "relativeUrl": "y"}).encode()


def archive(
    files: dict[str, bytes], stamps: tuple[int, ...] = (STAMP,), extra: list[tarfile.TarInfo] | None = None
) -> bytes:
    """Return a tar archive of files, stamped in turn."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member in extra or []:
            tar.addfile(member)
        for number, (name, data) in enumerate(files.items()):
            about = tarfile.TarInfo(name)
            about.size, about.mtime = len(data), stamps[number % len(stamps)]
            tar.addfile(about, io.BytesIO(data))
    return out.getvalue()


def read(path: Path, data: bytes) -> tuple[dict[str, pl.DataFrame], list[Reject]]:
    """Write an archive, let it be claimed and read, and return its tables and rejects."""
    path.write_bytes(data)
    assert sources.claimant(path, data[: sources.HEAD_BYTES]) == "libchecker_rules"
    parts = list(libchecker_rules.read(path))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    assert all(frame.schema == SCHEMAS[name] for name, frame in tables.items())
    return tables, [part for part in parts if isinstance(part, Reject)]


GOOD = {
    "rules/native-libs/libBugly.so.json": rule(),
    "rules/activities-libs/com.acme.a.B$C.json": rule("Acme", "Acme 公司"),
    "rules/services-libs/com.acme.S.json": rule("Acme", ""),
    "rules/native-libs/regex/regex_x.json": rule("Pattern"),
    "rules/README.md": b"text",
}


@pytest.mark.parametrize("pack", [bytes, lzma.compress], ids=["plain", "xz"])
def test_a_rule_is_an_exact_name(tmp_path: Path, pack: Any) -> None:
    """A file of machine code is named as it stands, a class with slashes; a rule without its pattern is counted."""
    tables, rejects = read(tmp_path / "r.tar", pack(archive(GOOD)))
    assert tables["signature"].select("library", "of", "form", "pattern").rows() == [
        ("Bugly", "native", "exact", "libBugly.so"),
        ("Acme", "class", "exact", "com/acme/a/B$C"),
        ("Acme", "class", "exact", "com/acme/S"),
    ]
    assert tables["registration"].select("type", "value", "name").rows() == [
        ("library", "Bugly", "Tencent"),
        ("library", "Acme", "Acme 公司"),
    ]
    assert set(tables["signature"]["seen"]) == {date(2024, 6, 11)}
    assert [(reject.locator, reject.count) for reject in rejects] == [("regex/", 1)]


def test_stamps_that_differ_are_no_date(tmp_path: Path) -> None:
    """A copy's stamps say when it was made; then somebody has to say when it was published."""
    data = archive(GOOD, (STAMP, STAMP + 60))
    with pytest.raises(ValueError, match="no date"):
        read(tmp_path / "r.tar", data)
    (tmp_path / "editions.csv").write_text("file,published\nr.tar,2024-05-01\n")
    assert set(read(tmp_path / "r.tar", data)[0]["signature"]["seen"]) == {date(2024, 5, 1)}


def test_bad_rules_are_rejects_with_their_place(tmp_path: Path) -> None:
    """Not JSON, no object, no label, a file that is named after no class, a team that cannot be shown, too large."""
    wrong = {
        "native-libs/a.so.json": b"<html>",
        "native-libs/b.so.json": b"[]",
        "native-libs/c.so.json": rule(None),
        "native-libs/d.so.json": b" " * 70_000,
        "services-libs/a b.json": rule(),
        "native-libs/e.so.json": rule("Shown", "a\u202eb"),
    }
    tables, rejects = read(tmp_path / "r.tar", archive(wrong))
    assert [reject.locator for reject in rejects] == list(wrong)
    assert tables["signature"]["library"].to_list() == ["Shown"]
    assert tables["registration"].height == 0


def test_links_devices_and_wild_names_are_harmless(tmp_path: Path) -> None:
    """Links and devices are passed over and counted, names with ``..`` open nothing, and nothing is written."""
    extra = []
    for kind, name in ((tarfile.SYMTYPE, "native-libs/x.so.json"), (tarfile.LNKTYPE, "native-libs/y.so.json"),
                       (tarfile.CHRTYPE, "native-libs/z.so.json"), (tarfile.DIRTYPE, "native-libs")):  # fmt: skip
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.mtime = kind, "/etc/passwd", STAMP
        extra.append(member)
    files = {"../../native-libs/up.so.json": rule(), "/native-libs/root.so.json": rule()}
    tables, rejects = read(tmp_path / "r.tar", archive(files, extra=extra))
    assert tables["signature"]["pattern"].to_list() == ["up.so", "root.so"]
    assert [(one.locator, one.count) for one in rejects] == [("native-libs/x.so.json", 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.tar"]


def test_an_archive_that_ends_early_gives_what_came_before(tmp_path: Path) -> None:
    """Cut within the second rule, and cut in its packed form: the first is read, and a reject says where it stopped."""
    files = {f"native-libs/lib{n}.so.json": rule(f"L{n}") + b" " * 900 for n in range(3)}
    data = archive(files)
    tables, rejects = read(tmp_path / "cut.tar", data[: 512 + 1024 + 512 + 100])
    assert tables["signature"]["library"].to_list() == ["L0"]
    assert [reject.reason for reject in rejects] == ["the archive ends within this file"]
    noise = {f"native-libs/lib{n}.so.json": rule(f"{n * 7919 % 10007}") for n in range(3000)}
    whole = lzma.compress(archive(noise))
    tables, rejects = read(tmp_path / "cut.tar.xz", whole[: len(whole) // 2])
    assert 0 < tables["signature"].height < 3000
    assert "xz stream ends early" in rejects[0].reason


def test_bombs_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content past the limit, and an archive of very many members, stop with a reject that names the limit."""
    monkeypatch.setattr(packed, "RATIO_FROM", 1 << 20)
    bomb = lzma.compress(archive(GOOD) + bytes(300 << 20), preset=1)
    assert len(bomb) < 300_000
    path = tmp_path / "bomb.tar.xz"
    path.write_bytes(bomb)
    assert "limit on" in str(packed.content(path, bytes_out=64 << 20).cut)
    many = list(packed.members(archive({f"f{n}": b"" for n in range(30)}), most=10))
    assert [type(one).__name__ for one in many] == ["Member"] * 10 + ["Reject"]
    assert "more than 10 members" in many[-1].reason  # type: ignore[union-attr]


@settings(max_examples=60)
@given(st.data())
def test_damaged_archives_raise_nothing(data: st.DataObject) -> None:
    """Whatever bytes are changed, members are files or rejects."""
    whole = bytearray(archive(GOOD))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    for one in packed.members(bytes(whole)):
        assert isinstance(one, packed.Member | Reject)


def test_other_archives_are_not_claimed(tmp_path: Path) -> None:
    """A tar archive of other files, and a single rule, are left to others."""
    assert not libchecker_rules.claim(tmp_path / "x.tar", archive({"data/google": b"google.com\n"}))
    assert not libchecker_rules.claim(tmp_path / "libx.so.json", rule())
    (tmp_path / "y.tar").write_bytes(archive({"a/b": b"x"}))
    with pytest.raises(packed.Unreadable, match="no rules"):
        list(libchecker_rules.read(tmp_path / "y.tar"))


def test_the_real_archive_against_tar() -> None:
    """GNU tar lists 1,648 rules, 52 under regex/; three are not JSON in the archive, one class is another's."""
    if not SHARED.is_file():
        pytest.skip("../shared/data/apps/libchecker-rules.tar.xz is absent")
    listed = subprocess.run(["tar", "tf", str(SHARED)], check=True, capture_output=True, text=True).stdout.split("\n")
    rules = [name for name in listed if name.endswith(".json")]
    parts = list(libchecker_rules.read(SHARED))
    tables = {part[0]: part[1] for part in parts if not isinstance(part, Reject)}
    rejects = [part for part in parts if isinstance(part, Reject)]
    plain = [name for name in rules if "/regex/" not in name]
    assert (len(rules), len(rules) - len(plain)) == (1648, 52)
    # Nine files have one of the seven labels whose team is left out; their signatures stay.
    assert sum("its team is not plainly" in reject.reason for reject in rejects) == 9
    rejects = [reject for reject in rejects if "its team is not plainly" not in reject.reason]
    assert sum("another's" in reject.reason for reject in rejects) == 1
    assert sorted(reject.count for reject in rejects) == [1, 1, 1, 1, 52]
    expected = {Path(name).name.removesuffix(".json") for name in plain}
    bad = {reject.locator.rpartition("/")[2].removesuffix(".json") for reject in rejects}
    held = {
        (row[0] if row[1] == "native" else row[0].replace("/", "."))
        for row in tables["signature"].select("pattern", "of").rows()
    }
    assert held == expected - bad
    assert set(tables["signature"]["source"]) == {"libchecker-rules-2024-06-11"}
