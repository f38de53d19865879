"""What is not known is told as such: readings of what is in doubt, makers in their time, ways, numbers, names."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.cables.network import CablesError

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Impact

HEAD = "kind,asset,name,status,ready_year,capacity_tbps,landing,owner,builder\n"
SUPPOSED = """
party:
  - {id: seller, name: Seller, kind: company, domicile: SE, seat: SE}
  - {id: maker, name: Maker, kind: company}
  - {id: firm, name: Firm, kind: company, domicile: SE, seat: SE}
  - {id: investor, name: Investor, kind: company, domicile: CN, seat: CN}
  - {id: stranger, name: Stranger, kind: company}
control:
  - {owner: seller, owned: maker, kind: equity, share_min: 100, share_max: 100, until: 2015-06-01}
  - {owner: investor, owned: firm, kind: equity, share_min: 10, share_max: 10}
identifier:
  - {identifier: "vendor:maker works", party: maker}
  - {identifier: "vendor:firm", party: firm}
  - {identifier: "vendor:stranger", party: stranger}
"""
ENDS = "state:SE|state:NO"


def asked(folder: Path, *rows: str, **options: Any) -> Impact:
    """Ask of a map of these cables, with what the tests suppose of parties."""
    (folder / "map.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "suppose.yaml").write_text(SUPPOSED, encoding="utf-8")
    return crossline.simulate(
        "cables", date(2026, 1, 1), crossline.load_world(), maps=[folder / "map.csv"],
        suppose=folder / "suppose.yaml", **options,
    )  # fmt: skip


def verdicts(found: Impact) -> dict[str, str]:
    """Return what becomes of each cable that is told."""
    frame = next(table.frame for table in found.tables if table.id == "removed")
    return dict(frame.select("name", "verdict").iter_rows())


def test_a_builder_is_judged_by_who_held_it_when_it_built(tmp_path: Path) -> None:
    """Sold in June 2015, the maker was its seller's in January 2015, and no longer in January 2016.

    Of a cable without a year it is in doubt, and of a planned one as it is now.
    """
    rows = [f"cable,cable:c{year or 0},C{year},in-service,{year},,{ENDS},,vendor:maker works"
            for year in ("2014", "2015", "2016", "")]  # fmt: skip
    planned = f"cable,cable:later,Later,planned,,{ENDS},,vendor:maker works"
    found = asked(tmp_path, *rows, planned, without=Without(suppliers=["seller"]))
    assert verdicts(found) == {"C2014": "taken out", "C2015": "taken out", "C": "in doubt"}
    removed = next(table.frame for table in found.tables if table.id == "removed")
    (why,) = removed.filter(removed["name"] == "C")["why"]
    assert "no year is stated in which it was ready" in str(why)
    assert any("when the year began in which a cable was ready" in note for note in found.notes)
    # A name is a name, whoever held it.
    found = asked(tmp_path, *rows, without=Without(suppliers=["maker works"]))
    assert verdicts(found) == dict.fromkeys(("C2014", "C2015", "C2016", "C"), "taken out")


def test_three_readings_of_owners_in_doubt(tmp_path: Path) -> None:
    """Of two owners of whom it is not known who controls them, a statement leads from CN to one."""
    rows = [f"cable,cable:{name},{name.upper()},in-service,2010,,{ENDS},{owner}," for name, owner in
            (("a", "vendor:firm"), ("b", "vendor:stranger"), ("c", ""), ("d", "vendor:firm"))]  # fmt: skip
    found = asked(tmp_path, *rows, without=Without(owners=["CN"]))
    out = next(figure for figure in found.figures if figure.id == "out")
    assert (out.value, out.low, out.high) == (0, 0, 4)
    assert [said.rpartition(": ")[2] for said in out.over] == ["0", "2", "4"]
    parted = next(figure for figure in found.figures if figure.id == "pairs-parted")
    assert [said.rpartition(": ")[2] for said in parted.over] == ["0", "0", "1"]
    frame = next(table.frame for table in found.tables if table.id == "removed")
    assert dict(frame.select("name", "near").iter_rows()) == {"A": True, "B": False, "C": False, "D": True}


def test_what_is_supposed_is_told_over_everything(tmp_path: Path) -> None:
    """An answer that rests on a supposition says so before anything else, in all forms."""
    found = asked(tmp_path, f"cable,cable:a,A,in-service,2010,,{ENDS},vendor:firm,", without=Without(cables=["a"]))
    assert found.labelled is not None
    assert found.labelled.startswith("Supposed, not known: ")
    assert json.loads(crossline.report(found))["labelled"] == found.labelled
    assert len(found.asked["supposed"]) == 10


def test_a_detour_that_nobody_could_measure_is_not_known(tmp_path: Path) -> None:
    """Without coordinates no way has a length: the largest detour is not 0."""
    found = asked(tmp_path, *(f"cable,cable:{name},{name},in-service,2010,,{ENDS},," for name in "ab"),
                  without=Without(cables=["a"]))  # fmt: skip
    assert {figure.id: figure.value for figure in found.figures if figure.id.startswith("detour")} == {
        "detour-km": None, "detour-ms": None,
    }  # fmt: skip
    assert "not known" in str(crossline.report(found, "table"))


@pytest.mark.filterwarnings("error")
def test_a_capacity_that_cannot_be_is_none(tmp_path: Path) -> None:
    """1e30 and -60 Tbit/s are refused with their place, and what is left of capacities is not weighed."""
    rows = [f"cable,cable:{name},{name},in-service,2016,{room},{ENDS},," for name, room in
            (("a", "1e30"), ("b", "-60"), ("c", "5"))]  # fmt: skip
    found = asked(tmp_path, *rows, without=Without(cables=["c"]))
    assert found.basis["cables_with_capacity"] == 1
    assert found.basis["map"][0]["rejected"] == 2
    assert not any(figure.id.startswith("tbps") for figure in found.figures)
    assert any("line 2, column capacity_tbps: '1e30' is not within 0 to 100,000" in note for note in found.notes)


def test_names_with_semicolons_are_one_item_of_a_cut(tmp_path: Path) -> None:
    """A least cut is a list of ids, however cables are called, and a terminal shows the first name whole."""
    names = ["Alpha; Beta", *(f"A rather long name of a cable system {n}" for n in range(8))]
    rows = [f"cable,cable:c{n},{name},in-service,2016,,{ENDS},," for n, name in enumerate(names)]
    report = json.loads(crossline.report(asked(tmp_path, *rows, without=Without(cables=["c8"]))))
    (row,) = report["tables"]["exits"]["rows"]
    assert sorted(row["cut_before"]) == [f"cable:c{n}" for n in range(9)]
    assert len(row["cut_after"]) == row["size_after"] == 8
    assert {ident: report["names"][ident] for ident in row["cut_before"]} == {
        f"cable:c{n}": name for n, name in enumerate(names)
    }
    assert report["tables"]["removed"]["rows"][0]["states"] == ["NO", "SE"]
    shown = str(crossline.report(asked(tmp_path, *rows[1:], without=Without(cables=["c8"])), "table"))
    section = " ".join(shown.partition("Least cuts between")[2].partition("Cables taken out")[0].split())
    assert "A rather long" in section
    assert "7 more" in section


def test_an_abbreviation_in_brackets_is_a_name(tmp_path: Path) -> None:
    """What one cable alone has in brackets means it; what two have is no name of either."""
    names = ["Asia-America Gateway (AAG) Cable System", "One (TWO)", "Other (TWO)"]
    rows = [f"cable,cable:c{n},{name},in-service,2016,,{ENDS},," for n, name in enumerate(names)]
    assert verdicts(asked(tmp_path, *rows, without=Without(cables=["aag"]))) == {names[0]: "taken out"}
    with pytest.raises(CablesError, match="'TWO' is not known"):
        asked(tmp_path, *rows, without=Without(cables=["TWO"]))


@pytest.mark.parametrize(("name", "near"), [("Tyco", None), ("aag", None), ("Dhiragu", "dhiraagu"), ("my", None)])
def test_only_what_is_near_is_suggested(tmp_path: Path, name: str, near: str | None) -> None:
    """A name of which one letter differs is suggested, and not one that shares a few letters, or has it inside."""
    rows = [f"cable,cable:c{n},{own},in-service,2016,,{ENDS},," for n, own in enumerate(("Dhiraagu", "my.com"))]
    with pytest.raises(CablesError) as caught:
        asked(tmp_path, *rows, without=Without(cables=[name]))
    assert ("did you mean" in str(caught.value)) == (near is not None)
    assert near is None or repr(near) in str(caught.value)
