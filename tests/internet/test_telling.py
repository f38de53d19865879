"""What an outcome tells beside its figures: titles, labels, notes, sources, pictures and what to look at."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from places import GRAPH, announces, lies, made_up
from test_headline import outcome

from crossline.impact import Changes, Curve, Matrix
from crossline.impact.formats import Options, load, names
from crossline.internet.asking import Changes as Laid
from crossline.internet.graph.topology import Topology
from crossline.internet.telling import impact as telling
from crossline.tables import Reject

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Impact


def told(folder: Path, graph: Topology = GRAPH, **asked: Any) -> Impact:
    """Run a small scenario and tell it."""
    return telling.tell(outcome(folder, graph, **asked), ["A note from outside."])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (Laid(), "s: 3 networks of XA end their links with 1 named network"),
        (Laid(action="filter"), "s, changed: 3 networks of XA take no route through 1 named network"),
        (
            Laid(mirror=True),
            "s, changed: 3 networks of XA end their links with 1 named network, answered by 2 networks",
        ),
        (Laid(remove="AS40"), "s, changed: 3 networks of XA end their links with 1 named network, 1 network removed"),
    ],
)  # fmt: skip
def test_the_title_says_who_does_what(changes: Laid, said: str, tmp_path: Path) -> None:
    """One sentence: how many networks of whom do what to how many, and what the others do."""
    # AS 10, 11 and 21 are registered in XA; 20 is named, and answers with 22 from XB.
    assert told(tmp_path, changes=changes, ranges=False, transit=False).title == said


def test_only_a_graph_of_numbers_that_are_nobodys_is_labelled(tmp_path: Path) -> None:
    """Where one number may be somebody's nothing is said to be made up; in an empty graph neither."""
    assert told(tmp_path, ranges=False, transit=False).labelled is None
    private = Topology(
        np.array([64496, 64512, 4200000000], np.uint32), *(np.zeros(0, np.int32) for _ in range(4)),
        np.zeros(0, np.bool_), np.zeros(0, np.bool_),
    )  # fmt: skip
    assert "made-up" in telling._label(private)
    assert telling._label(replace(private, asn=np.array([1, 64512, 64513], np.uint32))) is None
    assert telling._label(replace(private, asn=np.zeros(0, np.uint32))) is None


def test_where_most_states_are_unknown_the_report_says_so_first() -> None:
    """Half of the networks is the line; nothing is said where nothing was counted."""
    assert telling._stateless({"country": {"ases": 0.5}}) is None
    assert telling._stateless({"country": {"ases": None}}) is None
    assert "99.6 % of the networks are unknown" in str(telling._stateless({"country": {"ases": 0.004}}))


def test_notes_come_from_all_that_was_read(tmp_path: Path) -> None:
    """Notes from outside first, then the scenario's, unused lines of the graph, the graph's own, the world's."""
    graph = replace(GRAPH, rejects=(Reject("line 7", "no link", 3),), source="g.txt", notes=("Of the graph.",))
    notes = told(tmp_path, graph, ranges=False, transit=False).notes
    assert notes[0] == "A note from outside."
    assert "g.txt: 3 lines not used; the first is line 7: no link." in notes
    assert "Of the graph." in notes


def test_sources_are_those_that_were_used(tmp_path: Path) -> None:
    """Each source that something rests on is told once, with what is known of it."""
    (source,) = told(tmp_path, ranges=False, transit=False).sources
    assert source["source"] == "s"
    assert source["title"] == "A made-up source"
    assert source["published"] == "2026-07-01"


def test_pictures_name_the_tables_that_have_their_numbers(tmp_path: Path) -> None:
    """A square of states, gains and losses in both readings, and the curve of joining, each with its table."""
    found = told(tmp_path, changes=Laid(action="filter"))
    ids = {table.id for table in found.tables}
    kinds = {type(picture) for picture in found.pictures}
    assert kinds == {Matrix, Changes, Curve}
    for picture in found.pictures:
        assert picture.table in ids
        assert picture.about
    (square,) = (one for one in found.pictures if isinstance(one, Matrix))
    pairs = {(row["source"], row["destination"]): row["lost"] for table in found.tables if table.id == "state_pairs"
             for row in table.frame.iter_rows(named=True)}  # fmt: skip
    for row, source in enumerate(square.labels):
        for column, destination in enumerate(square.labels):
            assert square.values[row][column] == pairs.get((source, destination), 0)


def test_what_to_look_at_stands_in_the_tables(tmp_path: Path) -> None:
    """The state that loses most and the pair of states are the first rows of their tables; nothing lost is said."""
    found = told(tmp_path, changes=Laid(action="filter"))
    tables = {table.id: table.frame for table in found.tables}
    first = next(row for row in tables["states"].iter_rows(named=True) if row["state"] != "??")
    assert found.look_at[0].startswith(f"{first['state']} loses most pairs: {first['lost']:,.0f} pairs")
    assert any(tables["accession"]["name"][0] in sentence for sentence in found.look_at if "add most" in sentence)
    alone = replace(GRAPH, provider=GRAPH.provider[:0], customer=GRAPH.customer[:0], transit_doubtful=np.zeros(0, bool),
                    peer_a=GRAPH.peer_a[:0], peer_b=GRAPH.peer_b[:0], peer_doubtful=np.zeros(0, bool))  # fmt: skip
    nothing = told(tmp_path, alone)
    assert nothing.look_at[0] == "No pair loses its route."
    # Without a single link there is still a report, in every format.
    for form in names():
        assert load(form).render(nothing, Options())


def test_every_column_of_a_table_is_told(tmp_path: Path) -> None:
    """JSON has what each table says it has, with units only on numbers; two columns never have one name."""
    found = told(tmp_path, changes=Laid(action="filter", mirror=True))
    report = json.loads(load("json").render(found, Options()))
    for name, table in report["tables"].items():
        heads = {column["name"]: column["unit"] for column in table["columns"]}
        assert len(heads) == len(table["columns"])
        for row in table["rows"]:
            assert set(row) == set(heads), name
            for key, value in row.items():
                assert value is None or (heads[key] is not None) == (
                    isinstance(value, int | float) and not isinstance(value, bool) and key != "asn"
                ), (name, key, value)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """A network's name may be anything: no control character and no markup reaches a terminal or a page."""
    hostile = 'A<script>alert(1)</script>\x1b[31m\u202e"'
    world = made_up(registration=[
        {"type": "asn", "value": str(asn), "name": hostile, "registered": "XA" if asn < 20 else "XB",
         "seen": date(2025, 9, 1)} for asn in GRAPH.asn.tolist()
    ], address4=[announces(10, 0, 512), lies("XA", 0, 512)])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("test_headline.made_up", lambda: world)
        found = told(tmp_path, changes=Laid(action="filter"))
    page, text = load("html").render(found, Options()), load("table").render(found, Options())
    assert "<script>alert" not in page
    for shown in (page, text):
        assert not re.search("[\x1b\u202e]", shown)
    assert hostile in {
        row["name"] for row in json.loads(load("json").render(found, Options()))["tables"]["networks"]["rows"]
    }
