"""Names of AS numbers: asn2org and the RIPE NCC's list."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from crossline.tables import Reject
from crossline.world import SCHEMAS, editions, sources

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def taken(path: Path) -> tuple[str | None, dict[str, pl.DataFrame], list[Reject]]:
    """Read a file with the source that claims it: its name, tables and rejects."""
    with path.open("rb") as file:
        name = sources.claimant(path, file.read(sources.HEAD_BYTES))
    tables: dict[str, pl.DataFrame] = {}
    rejects = []
    for part in sources.load(name).read(path) if name else ():
        if isinstance(part, Reject):
            rejects.append(part)
        else:
            assert part[1].schema == SCHEMAS[part[0]]
            tables[part[0]] = pl.concat([tables[part[0]], part[1]]) if part[0] in tables else part[1]
    return name, tables, rejects


def test_asn2org_gives_names_without_a_country(tmp_path: Path) -> None:
    """Each line is a registration dated by the file's name; quotes and commas are the CSV's own."""
    path = tmp_path / "asns-2026-07-01.csv"
    path.write_text('"asn","name","source"\n1,"A, B ""C""","PeeringDB"\n4294967296,"x","y"\nnine,"x","y"\n3,"","z"\n')
    name, tables, rejects = taken(path)
    assert name == "asn2org"
    rows = tables["registration"]
    assert rows.select("value", "name", "registered").rows() == [("1", 'A, B "C"', None), ("3", "", None)]
    assert [date(2026, 7, 1)] * 2 == rows["seen"].to_list()
    assert [reject.locator for reject in rejects] == ["row 3", "row 4"]
    assert rows["source"].unique().to_list() == tables["source"]["id"].to_list()


def test_ripe_names_end_in_a_country(tmp_path: Path) -> None:
    """The text before the last comma is the name, the two letters after it the country, and ZZ is none."""
    path = tmp_path / "asn-20180701.txt"
    path.write_text("0 -Reserved AS-, ZZ\n4134 CHINANET-BACKBONE No.31,Jin-rong Street, CN\n23456 AS_TRANS\nno line\n")
    name, tables, rejects = taken(path)
    assert (name, tables, rejects) == (None, {}, [])  # a bad line among the first is another format
    path.write_text(
        "0 -Reserved AS-, ZZ\n4134 CHINANET-BACKBONE No.31,Jin-rong Street, CN\n"
        + "".join(f"{number} N{number}, SE\n" for number in range(10, 20))
        + "23456 AS_TRANS; reserved\nno line\n99999999999 X, SE\n"
    )
    name, tables, rejects = taken(path)
    assert name == "ripe_asn_names"
    rows = {value: (title, country) for _, value, title, country, *_ in tables["registration"].rows()}
    assert rows["4134"] == ("CHINANET-BACKBONE No.31,Jin-rong Street", "CN")
    assert rows["0"] == ("-Reserved AS-", None)
    assert rows["23456"] == ("AS_TRANS; reserved", None)
    assert [reject.locator for reject in rejects] == ["line 14", "line 15"]


def test_names_without_a_date_say_what_to_do(tmp_path: Path) -> None:
    """A file that nothing dates is refused with the line to write, and is read once that line is there."""
    path = tmp_path / "asns.csv"
    path.write_text('"asn","name","source"\n1,"A","B"\n')
    with pytest.raises(editions.UndatedError, match=r"asns\.csv,YYYY-MM-DD.*editions\.csv"):
        taken(path)
    (tmp_path / "editions.csv").write_text("file,published\nasns.csv,2024-02-29\n")
    assert taken(path)[1]["source"]["id"].to_list() == ["asn2org-2024-02-29"]


def test_a_list_cut_short_keeps_what_came(tmp_path: Path) -> None:
    """A gzip file that ends early gives its whole lines, and a reject that says so."""
    lines = "".join(f'{number},"name {number * 7919}","x"\n' for number in range(20000))
    path = tmp_path / "asns-20260701.csv.gz"
    path.write_bytes(gzip.compress(b'"asn","name","source"\n' + lines.encode())[:-5000])
    _, tables, rejects = taken(path)
    assert 5000 < len(tables["registration"]) < 20000
    assert any("ends early" in reject.reason for reject in rejects)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_lists_have_the_counts_of_their_readme() -> None:
    """The whole lists are read: 103,861 names in one, a row for each line in the other."""
    _, tables, rejects = taken(SHARED / "topology" / "asns.csv.gz")
    assert (len(tables["registration"]), rejects) == (103_861, [])
    path = SHARED / "topology" / "asn.txt.gz"
    _, tables, rejects = taken(path)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert (len(lines), []) == (len(tables["registration"]), rejects)
    assert tables["source"]["id"].to_list() == ["ripe-asn-names-2018-07-01"]
    assert not any("\ufffd" in name for name in tables["registration"]["name"])  # it is written in ISO 8859-1
    row = tables["registration"].filter(pl.col("value") == "4134").row(0, named=True)
    assert ("CN", date(2018, 7, 1)) == (row["registered"], row["seen"])
