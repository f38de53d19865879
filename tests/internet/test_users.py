"""A file of users is read by columns, each mistake counted with its line, and never trusted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from places import GRAPH

from crossline.internet import users
from crossline.internet.graph.topology import TopologyError

if TYPE_CHECKING:
    from pathlib import Path


def file(folder: Path, content: str | bytes) -> Path:
    """Write a file of users."""
    path = folder / "users.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_users_stand_beside_their_networks(tmp_path: Path) -> None:
    """Numbers are taken with or without AS before them, in any order, other columns aside; others have none."""
    read, notes = users.read(file(tmp_path, "name,users,asn\nx,7, 20\ny,3,AS10\nz,0,as11\n"), GRAPH)
    assert dict(zip(GRAPH.asn.tolist(), read.tolist(), strict=True)) == dict.fromkeys(GRAPH.asn.tolist(), 0.0) | {
        10: 3.0, 20: 7.0
    }  # fmt: skip
    assert notes == []


def test_several_lines_of_one_network_are_added(tmp_path: Path) -> None:
    """Users of one network in several states, say, are one network's users."""
    read, _ = users.read(file(tmp_path, "asn,users\n10,1.5\n10,2.5\n"), GRAPH)
    assert read.sum() == 4


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """Lines that are none, and numbers that stand nowhere in the graph, are left out and told."""
    text = "asn,users\n10,5\n10.1,5\nmany,5\n11,\n11,-1\n11,inf\n11,nan\n4294967296,5\n999,5\n20\n20,1,more\n"
    read, notes = users.read(file(tmp_path, text), GRAPH)
    assert read.sum() == 6
    assert notes == [
        "users.csv: 8 lines without an AS number and a number of users; the first is line 3.",
        "users.csv: 1 AS number of it nowhere in the graph.",
    ]


def test_many_users_are_counted_in_units(tmp_path: Path) -> None:
    """Sums over pairs stay whole: 2^26 units at most, and a note says of how many people each."""
    read, notes = users.read(file(tmp_path, f"asn,users\n10,{3 * 2**26}\n20,{2**26}\n"), GRAPH)
    assert read.sum() == 2**26
    assert read.max() == 3 * 2**24
    assert notes == ["users.csv: users are counted in units of 4."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a CSV file"), (b"\xff\xfe\x00\x01\n\x00", "asn and users"), ("asn;users\n10;5\n", "asn and users"),
        ("asn,users\n", "none of its 0 lines"), ("asn,users\nx,y\n", "none of its 1 line"),
        ("asn,users\n999,5\n", "none of its AS numbers"), ("asn,users\n10,0\n", "nobody"),
        ('asn,users\n"10,5\n', "users.csv"), ("asn,asn,users\n1,2,3\n", "users.csv"),
        (b"\x1f\x8b\x08\0", "packed; unpack it first"),
    ],
)  # fmt: skip
def test_a_file_of_no_use_is_refused(content: str | bytes, said: str, tmp_path: Path) -> None:
    """A file without the columns, or without anybody in the graph, is refused in a sentence that names it."""
    path = file(tmp_path, content)
    with pytest.raises(TopologyError, match=said) as error:
        users.read(path, GRAPH)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A folder, or a file that is not there, is the system's error, which names it."""
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(OSError, match=re.escape(str(path))):
            users.read(path, GRAPH)


def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    """A file whose name looks like a pattern is that file."""
    path = tmp_path / "users[1]*.csv"
    path.write_text("asn,users\n10,5\n")
    assert users.read(path, GRAPH)[0].sum() == 5


@pytest.mark.parametrize("cells", ["10,1e308\n11,1e308\n", "10,0.4\n11,0.3\n"])
def test_users_that_come_to_nothing_are_no_users(tmp_path: Path, cells: str) -> None:
    """More people than could ever be are a line without a number of users, and fractions of one round to nobody."""
    (tmp_path / "users.csv").write_text("asn,users\n" + cells, encoding="utf-8")
    with pytest.raises(TopologyError, match=r"nobody is behind|none of its 2 lines"):
        users.read(tmp_path / "users.csv", GRAPH)
