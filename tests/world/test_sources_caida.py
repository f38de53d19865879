"""CAIDA AS relationships, serial 1 and 2."""

from __future__ import annotations

import bz2
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest
from test_sources_names import SHARED, taken

if TYPE_CHECKING:
    from pathlib import Path

SERIAL_1 = "# input clique: 174 209\n# IXP ASes: 1200\n# source:topology|BGP|20161102|ripe|rrc00\n1|7470|0\n1|9931|-1\n"
SERIAL_2 = "# source:topology|BGP|20250901|ripe|rrc00\n1|11537|0|bgp\n1|25139|-1|bgp,mlp\n"


Links = list[tuple[int, int, int, str | None]]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (SERIAL_1, [(1, 7470, 0, None), (1, 9931, -1, None)]),
        (SERIAL_2, [(1, 11537, 0, "bgp"), (1, 25139, -1, "bgp,mlp")]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_both_serials_give_links(tmp_path: Path, text: str, links: Links, packed: bool) -> None:
    """A link is a, b and -1 (a provides for b) or 0 (peers); serial 2 also says how it was seen."""
    path = tmp_path / ("20250901.as-rel2.txt" + (".bz2" if packed else ""))
    path.write_bytes(bz2.compress(text.encode()) if packed else text.encode())
    name, tables, rejects = taken(path)
    assert (name, rejects) == ("caida_as_rel", [])
    assert links == tables["adjacency"].select("a", "b", "relation", "method").rows()
    assert [date(2025, 9, 1)] * 2 == tables["adjacency"]["seen"].to_list()


def test_date_is_in_the_comments_where_the_name_has_none(tmp_path: Path) -> None:
    """The first day of the tables that were used dates a file that was renamed."""
    path = tmp_path / "links.txt"
    path.write_text(SERIAL_1)
    assert taken(path)[1]["source"]["id"].to_list() == ["caida-as-rel-2016-11-02"]


def test_lines_that_are_no_links_are_rejected_with_their_number(tmp_path: Path) -> None:
    """Each is named: too few fields, no number, too large, another relation, a link to itself."""
    path = tmp_path / "20250901.as-rel.txt"
    path.write_text("# source:x\n1|2\n1|x|0\n1|4294967296|0\n1|2|1\n5|5|0\n1|2|-1\r\n|2|0\n1|2|0|\xff\n", "latin-1")
    _, tables, rejects = taken(path)
    assert tables["adjacency"].select("a", "b", "relation").rows() == [(1, 2, -1), (1, 2, 0)]
    assert [f"line {line}" for line in (2, 3, 4, 5, 6, 8)] == [reject.locator for reject in rejects]


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_published_file_has_the_counts_of_its_readme() -> None:
    """78,643 ASes, 161,166 provider-customer and 409,530 peer links, as counted when the data was gathered."""
    _, tables, rejects = taken(SHARED / "topology" / "20250901.as-rel2.txt.bz2")
    links = tables["adjacency"]
    assert rejects == []
    assert tuple((links["relation"] == kind).sum() for kind in (-1, 0)) == (161_166, 409_530)
    assert pl.concat([links["a"], links["b"]]).n_unique() == 78_643
