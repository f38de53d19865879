"""Files of AS relationships, as they come and as they should not, and the graph of a world."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from graphs import links_of
from hypothesis import given
from hypothesis import strategies as st

from crossline.internet.graph import asrel
from crossline.internet.graph.topology import Topology, TopologyError
from crossline.tables import Limits
from crossline.world import SCHEMAS, World
from crossline.world.sources import caida_as_rel

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[3] / "shared" / "data"
SERIAL_1 = (
    b"# input clique: 174 209\n# IXP ASes: 1200 4635\n# source:topology|BGP|20161102|ripe|rrc00\n"
    b"# source:topology|BGP|20161101|ripe|rrc00\n1|2|0\n1|3|-1\n"
)
SERIAL_2 = b"# inferred clique: 1\n1|2|0|mlp\n1|3|-1|bgp\n2|3|-1|bgp,mlp\n3|4|0|mlp,bgp\n3|5|-1|mlp\n"


def parsed(data: bytes, **options: Any) -> Topology:
    """Read the text of a file whose name says nothing."""
    return asrel.parse(data, "x", **options)


def test_serial_1_is_read_with_its_comments() -> None:
    """Links, clique, exchanges, the earliest day of the tables; nothing is doubtful where no method is stated."""
    graph = parsed(SERIAL_1)
    assert links_of(graph) == ({(1, 3)}, {(1, 2)})
    assert (graph.clique, graph.exchanges, graph.edition) == ((174, 209), (1200, 4635), date(2016, 11, 1))
    assert graph.title == "CAIDA AS relationships, serial 1, 2016-11-01"
    assert not graph.transit_doubtful.any()
    assert not graph.peer_doubtful.any()
    assert (graph.rejects, graph.notes) == ((), ())


def test_a_link_of_serial_2_is_doubtful_where_no_method_is_bgp() -> None:
    """By hand: 1-2 (mlp) and 3-5 (mlp) are, those with bgp at any place are not."""
    graph = parsed(SERIAL_2)
    assert links_of(graph.without_doubtful()) == ({(1, 3), (2, 3)}, {(3, 4)})
    assert (int(graph.transit_doubtful.sum()), int(graph.peer_doubtful.sum())) == (1, 1)
    assert graph.clique == (1,)
    assert graph.notes == ("The graph's date is not known: neither the file's name nor its comments have it.",)


@pytest.mark.parametrize("text", ["bgpx", "xbgp", "bg", "mlp|bgp", "BGP"])
def test_no_other_word_is_bgp(text: str) -> None:
    """Words that only look like it, and what stands after the fourth column, are not the method."""
    assert parsed(f"1|2|0|{text}\n".encode()).peer_doubtful.all()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_a_mark_of_utf_8_do_not_matter(end: str, last: bool) -> None:
    """CRLF, no newline at the end, blank lines and a byte order mark: the same graph."""
    text = "\ufeff" + SERIAL_2.decode().replace("\n", end + end)
    graph = parsed((text if last else text.rstrip()).encode())
    assert links_of(graph) == links_of(parsed(SERIAL_2))
    assert graph.peer_doubtful.tolist() == parsed(SERIAL_2).peer_doubtful.tolist()
    assert graph.rejects == ()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
    "members": lambda data: gzip.compress(data[:90]) + gzip.compress(data[90:]),
}  # fmt: skip


@pytest.mark.parametrize("form", PACKED)
def test_packed_files_are_read_whatever_their_name(tmp_path: Path, form: str) -> None:
    """Gzip (several members too), bzip2 and xz give the graph of the plain file."""
    path = tmp_path / "graph"
    path.write_bytes(PACKED[form](SERIAL_1))
    assert links_of(asrel.read(path)) == links_of(parsed(SERIAL_1))


def test_the_date_is_in_editions_csv_or_the_name_or_the_comments(tmp_path: Path) -> None:
    """In that order; a line that is for other bytes is told, and not used."""
    named = tmp_path / "20200801.as-rel.txt"
    named.write_bytes(SERIAL_1)
    assert asrel.read(named).edition == date(2020, 8, 1)
    (tmp_path / "editions.csv").write_text(f"file,published\n{named.name},2020-08-05\n")
    assert asrel.read(named).edition == date(2020, 8, 5)
    (tmp_path / "editions.csv").write_text(f"file,published,sha256\n{named.name},2020-08-05,00\n")
    found = asrel.read(named)
    assert found.edition == date(2020, 8, 1)
    assert "its sha256 differs" in found.notes[0]


def test_a_graph_may_have_a_title_of_its_own() -> None:
    """A made-up Internet says so in its comments, whatever else stands there; controls are spelt out."""
    title = parsed(b"# title: A made-up\x1b Internet\n" + SERIAL_1).title
    assert title == "A made-up\\x1b Internet"


def test_lines_that_are_no_links_are_rejected_with_their_number() -> None:
    """Each by its reason; the links around them are read."""
    bad = [
        b"1", b"1|2", b"1|2|", b"1|2|1", b"1|2|-2", b"1|2|00", b"1|2|-1x", b"|2|0", b"1||0", b"a|2|0", b"1|b|0",
        b"-1|2|0", b"1 |2|0", b"0|2|0", b"1|0|-1", b"4294967296|1|0", b"1|99999999999999999999|0", b"7|7|0",
        b"999999999999999999999|1|0", b"\xff\x00", b"1,2,-1",
    ]  # fmt: skip
    graph = parsed(b"1|2|-1\n" + b"\n".join(bad) + b"\n2|4294967295|0\n")
    assert links_of(graph) == ({(1, 2)}, {(2, 4294967295)})
    assert [reject.locator for reject in graph.rejects] == [f"line {line}" for line in range(2, 2 + len(bad))]
    reasons = {line: reject.reason for line, reject in zip(bad, graph.rejects, strict=True)}
    assert "AS 0" in reasons[b"0|2|0"]
    assert "4294967295" in reasons[b"4294967296|1|0"]
    assert "relation" in reasons[b"1|2|1"]
    assert "itself" in reasons[b"7|7|0"]
    assert "not a link" in reasons[b"1|2"]


def test_many_bad_lines_are_counted() -> None:
    """The first two hundred are listed, and all are in the count."""
    graph = parsed(b"1|2|-1\n" + b"x\n" * 1000)
    assert (len(graph.rejects), sum(reject.count for reject in graph.rejects)) == (201, 1000)


def test_a_link_that_is_stated_twice_counts_once() -> None:
    """Merged, either way round for peers; doubtful only if it is so each time; told in a note."""
    graph = parsed(b"1|2|-1|mlp\n1|2|-1|bgp\n2|3|0|mlp\n3|2|0|mlp\n1|4|0|bgp\n4|1|0|mlp\n1|2|-1|mlp\n")
    assert links_of(graph) == ({(1, 2)}, {(2, 3), (1, 4)})
    assert (graph.transit_doubtful.tolist(), graph.peer_doubtful.tolist()) == ([False], [True, False])
    assert graph.rejects == ()
    assert "4 links stated more than once." in graph.notes


def test_of_two_relations_of_a_pair_the_first_counts() -> None:
    """The later ones are rejected with their lines: provider and peer, and provider the other way round."""
    graph = parsed(b"1|2|-1\n3|4|0\n2|1|-1\n1|2|0\n\n4|3|-1\n5|6|-1\n")
    assert links_of(graph) == ({(1, 2), (5, 6)}, {(3, 4)})
    assert [reject.locator for reject in graph.rejects] == ["line 3", "line 4", "line 6"]
    assert {"its two ASes are linked by another relation earlier: the first counts"} == {
        r.reason for r in graph.rejects
    }


def test_cycles_are_refused_with_their_ases_or_left_out_when_asked() -> None:
    """AS 1, 2 and 3 provide for each other in a ring; the links into it and out of it stay, and peers too."""
    text = b"1|2|-1\n2|3|-1\n3|1|-1\n9|1|-1\n3|8|-1\n8|9|0\n"
    with pytest.raises(
        TopologyError, match=r"^x: 3 provider-customer links in cycles.*: AS1 -> AS2 -> AS3 -> AS1; --w"
    ):
        parsed(text)
    graph = parsed(text, drop_cycles=True)
    assert links_of(graph) == ({(9, 1), (3, 8)}, {(8, 9)})
    assert any(note.startswith("Left out: 3 provider-customer links in cycles") for note in graph.notes)
    assert graph.size == 5


def test_of_a_long_cycle_ten_are_named() -> None:
    """Fifty ASes in a ring: ten, and how many more."""
    text = b"".join(b"%d|%d|-1\n" % (i, i % 50 + 1) for i in range(1, 51))
    with pytest.raises(TopologyError, match=r"AS9 -> AS10 -> \(40 more\) -> AS1;"):
        parsed(text)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"# only a comment\n", b"no graph\n", b"\x00" * 1000, b"1,2,-1\n", b"|" * 999]
)
def test_what_holds_no_link_is_no_graph(data: bytes) -> None:
    """The message says what a line should look like."""
    with pytest.raises(TopologyError, match=r"no line is a link `a\|b\|-1`"):
        parsed(data)


def test_what_is_no_file_is_told_with_what_to_name(tmp_path: Path) -> None:
    """A missing file, a folder (with the graphs in it), a pipe."""
    with pytest.raises(TopologyError, match="no such file"):
        asrel.read(tmp_path / "none")
    with pytest.raises(TopologyError, match=r"a folder; name an as-rel file"):
        asrel.read(tmp_path)
    (tmp_path / "20250901.as-rel2.txt").write_bytes(SERIAL_2)
    with pytest.raises(TopologyError, match=r"a folder; name one of the files in it: 20250901\.as-rel2\.txt"):
        asrel.read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TopologyError, match="not a regular file"):
        asrel.read(tmp_path / "pipe")


@pytest.mark.parametrize("form", ["gzip", "bzip2", "xz"])
def test_a_packed_file_that_ends_early_is_not_used(tmp_path: Path, form: str) -> None:
    """Half a graph has other routes: whatever could be unpacked of it is not taken for one."""
    path = tmp_path / "graph"
    path.write_bytes(PACKED[form](b"".join(b"%d|%d|-1|bgp\n" % (i, i + 1) for i in range(1, 20_000)))[:-5])
    with pytest.raises(TopologyError, match="part of a graph has other routes"):
        asrel.read(path)


def test_a_file_that_is_damaged_or_too_large_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong byte, a bomb, Zstandard: each has its message."""
    path = tmp_path / "graph"
    packed = bytearray(bz2.compress(SERIAL_1))
    packed[len(packed) // 2] ^= 255
    path.write_bytes(packed)
    with pytest.raises(TopologyError, match="damaged"):
        asrel.read(path)
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(99))
    with pytest.raises(TopologyError, match=r"Zstandard.*unpack it first"):
        asrel.read(path)
    monkeypatch.setattr(asrel, "LIMITS", Limits(bytes_in=1 << 20, bytes_out=1 << 20))
    path.write_bytes(bz2.compress(b"1|2|-1\n" * 1_000_000))
    with pytest.raises(TopologyError, match="limit bytes_out"):
        asrel.read(path)


@given(
    st.lists(st.sampled_from([b"1", b"2", b"|", b"-1", b"0", b"\n", b"\r", b"#", b"bgp", b",", b"\xff", b"4294967296"]))
)
def test_any_bytes_end_in_links_rejects_or_an_error(words: list[bytes]) -> None:
    """Each line that is neither blank nor a comment is a link, a repetition, or a reject."""
    data = b"".join(words)
    told = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    try:
        graph = parsed(data, drop_cycles=True)
    except TopologyError:
        return
    repeated = sum(int(note.split()[0]) for note in graph.notes if "stated more than once" in note)
    lost = sum(int(note.split()[2]) for note in graph.notes if note.startswith("Left out"))
    count = sum(reject.count for reject in graph.rejects)
    assert sum(bool(line) and not line.startswith(b"#") for line in told) == graph.links + repeated + count + lost


def world_of(*texts: tuple[str, bytes], folder: Path) -> World:
    """Return a world with the links of some files, as its source reads them."""
    tables: dict[str, list[pl.DataFrame]] = {"source": [], "adjacency": []}
    for name, data in texts:
        (folder / name).write_bytes(data)
        for item in caida_as_rel.read(folder / name):
            assert isinstance(item, tuple)
            tables[item[0]].append(item[1])
    return World({name: pl.concat(frames) for name, frames in tables.items()})


def test_a_worlds_graph_is_that_of_the_file_it_was_built_from(tmp_path: Path) -> None:
    """Links, doubtful ones and the date come through the world's table."""
    world = world_of(("20250901.as-rel2.txt", SERIAL_2), folder=tmp_path)
    of_file, graph = asrel.read(tmp_path / "20250901.as-rel2.txt"), asrel.of_world(world, date(2025, 9, 1))
    assert links_of(graph) == links_of(of_file)
    assert links_of(graph.without_doubtful()) == links_of(of_file.without_doubtful())
    assert (graph.edition, graph.source) == (date(2025, 9, 1), "caida-as-rel-2025-09-01")
    assert graph.title == "CAIDA AS relationships, 2025-09-01"


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        ("2015-01-01", "2016-11-01"),
        ("2016-11-01", "2016-11-01"),
        ("2025-08-31", "2016-11-01"),
        ("2026-01-01", "2025-09-01"),
    ],
)
def test_the_newest_graph_that_is_not_later_is_taken(tmp_path: Path, day: str, edition: str) -> None:
    """Or the earliest, where all are later; a day that is years away is told."""
    files = ("20250901.as-rel2.txt", SERIAL_2), ("20161101.as-rel.txt", SERIAL_1)
    graph = asrel.of_world(world_of(*files, folder=tmp_path), date.fromisoformat(day))
    assert graph.edition == date.fromisoformat(edition)
    assert bool(graph.notes) == (day in ("2015-01-01", "2025-08-31"))


def test_a_worlds_rows_are_not_trusted_either() -> None:
    """AS 0, an AS linked to itself, an unknown relation and a contradiction are rejected with their rows."""
    rows = [(1, 2, -1), (0, 2, 0), (3, 3, 0), (1, 3, 5), (2, 1, 0), (None, 1, 0)]
    table = pl.DataFrame(
        [(*row, None, date(2025, 1, 1), "s") for row in rows], schema=SCHEMAS["adjacency"], orient="row"
    )
    graph = asrel.of_world(World({"adjacency": table}), date(2025, 1, 1))
    assert links_of(graph) == ({(1, 2)}, set())
    assert [reject.locator for reject in graph.rejects] == ["row 2", "row 3", "row 4", "row 5", "row 6"]


def test_a_world_without_a_graph_says_how_to_get_one() -> None:
    """In one line: the option, the command that fetches one and under whose terms, the example."""
    with pytest.raises(
        TopologyError, match=r"--topology FILE.*world pull.*Acceptable Use Agreement.*small-internet"
    ) as told:
        asrel.of_world(World({}), date(2025, 1, 1))
    assert "\n" not in str(told.value)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("20250901.as-rel2.txt.bz2", (78_643, 161_166, 409_530, 77_346)),
        ("20161101.as-rel.txt.bz2", (55_809, 110_479, 128_585, 0)),
    ],
)
def test_published_files_have_their_counts(name: str, counts: tuple[int, int, int, int]) -> None:
    """As counted with grep, cut and sort: ASes, provider and peer links (README of the data), links by `mlp` alone."""
    graph = asrel.read(SHARED / "topology" / name)
    doubtful = int(graph.transit_doubtful.sum() + graph.peer_doubtful.sum())
    assert (graph.size, len(graph.provider), len(graph.peer_a), doubtful) == counts
    assert (graph.rejects, graph.notes) == ((), ())
    assert {174, 1299, 3356} <= set(graph.clique)
