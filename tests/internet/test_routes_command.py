"""``crossline simulate routes``: what it prints and writes, and one line for each mistake."""

from __future__ import annotations

import bz2
import csv
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import invoked
from crossline.commands import simulate
from crossline.world import SCHEMAS, World, store

if TYPE_CHECKING:
    from click.testing import Result

# 1 and 2 are peers at the top; 65546 (1.10) buys from both, 4 from 1, 5 from 2; 4 and 5 are peers by `mlp` alone; 9 and
# 10 stand apart.
GRAPH = (
    "# source:topology|BGP|20250901|ripe|rrc00\n1|2|0|bgp\n1|65546|-1|bgp\n2|65546|-1|bgp\n1|4|-1|bgp\n2|5|-1|bgp\n"
    "4|5|0|mlp\n9|10|-1|bgp\n"
)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Return the file of the graph above."""
    path = tmp_path / "20250901.as-rel2.txt"
    path.write_text(GRAPH)
    return path


def run(*arguments: str | Path) -> Result:
    """Ask it; whatever happens it ends by an exit status and shows no traceback."""
    return invoked.run("simulate", "routes", *arguments)


# By hand, from the graph: to 65546, whose providers are 1 and 2; 4 and 5 do not pass on what their providers give.
TO_65546 = [
    [1, 65546, "customer", 1, 65546], [2, 65546, "customer", 1, 65546], [4, 65546, "provider", 2, 1],
    [5, 65546, "provider", 2, 2], [65546, 65546, "origin", 0, None],
]  # fmt: skip
TO_5 = [
    [1, 5, "peer", 2, 2], [2, 5, "customer", 1, 5], [4, 5, "peer", 1, 5], [5, 5, "origin", 0, None],
    [65546, 5, "provider", 2, 2],
]  # fmt: skip
PATHS = [[1, 65546], [2, 65546], [4, 1, 65546], [5, 2, 65546], [65546], [1, 2, 5], [2, 5], [4, 5], [5], [65546, 2, 5]]


def test_json_is_the_graph_the_tie_and_a_route_an_object(graph: Path) -> None:
    """All keys, in the order of DESIGN.md, with paths; what has no route is counted: 9 and 10, twice."""
    result = run("--topology", graph, "--to", "1.10,AS5", "--path", "--format", "json")
    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(told) == ["crossline", "topology", "tie", "routes", "unreached"]
    assert (told["topology"]["ases"], told["topology"]["edition"], told["tie"]) == (7, "2025-09-01", "lowest")
    keys = ["asn", "destination", "class", "length", "next_hop", "path"]
    assert told["routes"] == [
        dict(zip(keys, [*row, path], strict=True)) for row, path in zip(TO_65546 + TO_5, PATHS, strict=True)
    ]
    assert told["unreached"] == 4


def test_csv_has_the_same_columns_in_that_order(graph: Path, tmp_path: Path) -> None:
    """On standard output and in a file alike; a path is its ASes, parted by spaces."""
    result = run("--topology", graph, "--to", "65546,5", "--path", "--format", "csv")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows[0] == ["asn", "destination", "class", "length", "next_hop", "path"]
    assert rows[1:] == [
        [*("" if cell is None else str(cell) for cell in row), " ".join(map(str, path))]
        for row, path in zip(TO_65546 + TO_5, PATHS, strict=True)
    ]
    run("--topology", graph, "--to", "65546,5", "--path", "--output", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == result.stdout


def test_parquet_has_them_typed(graph: Path, tmp_path: Path) -> None:
    """Numbers are numbers and a path is a list; without a file there is nowhere to write."""
    result = run("--topology", graph, "--to", "65546", "--to", "5", "--path", "--output", tmp_path / "x.parquet")
    assert (result.exit_code, result.output) == (0, "")
    found = pl.read_parquet(tmp_path / "x.parquet")
    assert [list(row[:5]) for row in found.rows()] == TO_65546 + TO_5
    assert found["path"].to_list() == PATHS
    assert run("--topology", graph, "--to", "5", "--format", "parquet").exit_code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("form", ["csv", "json", "table", "parquet"])
def test_a_full_disk_is_told(graph: Path, form: str) -> None:
    """Whatever is being written, one line says why it could not be, with status 2."""
    result = run("--topology", graph, "--to", "5", "--format", form, "--output", "/dev/full")
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_table_shows_routes_and_counts_them_by_class(graph: Path) -> None:
    """The graph's name, the first routes, the count of each class, and how many pairs have none."""
    text = run("--topology", graph, "--to", "65546,5").stdout
    assert "CAIDA AS relationships, serial 2, 2025-09-01: 7 ASes, 7 links." in text
    assert "  4        65546  provider       2         1\n" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["AS65546", "2", "0", "2", "1.50"] in lines
    assert ["all", "2", "3", "2", "3", "1.50"] in lines
    assert "4 of 14 pairs have no route." in text


def test_a_long_table_is_cut_and_says_so(tmp_path: Path) -> None:
    """A hundred stubs below one AS: twenty routes are shown, and eighty-one more counted."""
    path = tmp_path / "g"
    path.write_text("".join(f"1|{i}|-1\n" for i in range(2, 102)))
    text = run("--topology", path, "--to", "1").stdout
    assert "… and 81 more; --format csv, json or parquet gives all." in text


def test_sources_ties_and_doubtful_links_are_as_asked(graph: Path) -> None:
    """By hand: 65546 to 4 goes over 1 alone; 9 has no route; the tie of 7 to 5 falls as it is told."""

    def told(*options: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(run("--topology", graph, "--format", "csv", *options).stdout)))[1:]

    assert told("--to", "4", "--from", "65546,9") == [["65546", "4", "provider", "2", "1"]]
    assert told("--to", "5", "--from", "4", "--without-doubtful") == [["4", "5", "provider", "3", "1"]]
    graph.write_text(GRAPH + "1|7|-1|bgp\n2|7|-1|bgp\n1|8|-1|bgp\n2|8|-1|bgp\n")
    assert told("--to", "8", "--from", "7") == [["7", "8", "provider", "2", "1"]]
    assert told("--to", "8", "--from", "7", "--tie", "highest") == [["7", "8", "provider", "2", "2"]]
    by_lot = {told("--to", "8", "--from", "7", "--tie", str(seed))[0][4] for seed in range(8)}
    assert by_lot == {"1", "2"}


def test_what_was_not_understood_of_a_graph_is_told_beside_the_answer(graph: Path) -> None:
    """Bad lines and what was left out stand on standard error, and the routes are given."""
    graph.write_text(GRAPH + "x\n4|9|-1\n9|4|0\n10|9|-1\n")
    result = run("--topology", graph, "--to", "5", "--format", "csv")
    assert result.exit_code == 0
    assert "3 lines not used: line 9: not a link" in result.stderr
    graph.write_text(GRAPH + "5|9|-1\n10|5|-1\n")
    refused = run("--topology", graph, "--to", "5")
    assert refused.exit_code == 2
    assert "AS5 -> AS9 -> AS10 -> AS5; --without-cycles leaves such links out" in refused.stderr
    taken = run("--topology", graph, "--to", "5", "--without-cycles", "--format", "json")
    assert taken.exit_code == 0
    assert "Left out: 3 provider-customer links" in taken.stderr
    assert json.loads(taken.stdout)["topology"]["links"] == 6


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--to", "3"], "AS3: nowhere in the graph"),
        (["--to", "5,6,7"], "AS6, AS7: nowhere in the graph"),
        (["--to", "5", "--from", "99"], "AS99: nowhere in the graph"),
        (["--to", "x"], "'x' is not an AS number"),
        (["--to", "4294967296"], "above 4294967295"),
        (["--to", ","], "names no AS number"),
        (["--to", "5", "--from", ""], "names no AS number"),
        (["--to", "5", "--tie", "middle"], "neither lowest nor highest"),
        (["--to", "5", "--tie", "-1"], "neither lowest nor highest"),
        (["--to", "5", "--tie", "9" * 30], "neither lowest nor highest"),
        (["--to", "5", "--output", "none/x.csv"], "no such folder"),
        ([], "--to"),
    ],
)
def test_a_mistake_is_told_in_a_line_with_status_2(graph: Path, options: list[str], told: str) -> None:
    """Each names what is wrong, and nothing is printed as a route."""
    result = run("--topology", graph, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_files_that_are_no_graph_are_told_with_status_2(tmp_path: Path) -> None:
    """Missing, a folder, empty, cut off: a message each."""
    cut = tmp_path / "cut.bz2"
    cut.write_bytes(bz2.compress(GRAPH.encode())[:-9])
    (tmp_path / "empty").write_text("")
    wrong = {
        tmp_path / "no": "no such file",
        tmp_path: "a folder",
        tmp_path / "empty": "no line is a link",
        cut: "fetch it whole",
    }
    for path, told in wrong.items():
        result = run("--topology", path, "--to", "5")
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr


def test_without_a_file_the_worlds_graph_is_taken(tmp_path: Path) -> None:
    """The edition that belongs to the day; without any, one line says how to get one."""
    rows = [(1, 2, -1, None, date(2020, 1, 1), "s"), (2, 1, -1, None, date(2025, 1, 1), "s")]
    sources = pl.DataFrame([("s", "Links", "I", "u", None, "L")], schema=SCHEMAS["source"], orient="row")
    adjacency = pl.DataFrame(rows, schema=SCHEMAS["adjacency"], orient="row")
    store.save(World({"source": sources, "adjacency": adjacency}), tmp_path / "w")
    for day, kind in (("2020-08-05", "customer"), ("2026-01-01", "provider")):
        asked = ("--to", "2", "--from", "1", "--world", tmp_path / "w", "--as-of", day, "--format", "csv")
        assert f"1,2,{kind},1,2" in run(*asked).stdout
    result = run("--to", "2")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "the world has no AS graph: give --topology FILE" in result.stderr


def test_what_can_be_simulated_is_found_by_file_name_and_loads_nothing_heavy() -> None:
    """`routes` is there, and help loads neither polars nor numba."""
    assert "routes" in simulate.names()
    code = (
        "import contextlib, sys\nfrom crossline.cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['simulate', 'routes', '--help'])\n"
        "print(*{name.split('.')[0] for name in sys.modules} & {'polars', 'numba', 'numpy', 'rich'}, file=sys.stderr)\n"
    )
    run_ = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "--topology" in run_.stdout
    assert run_.stderr.strip() == ""
