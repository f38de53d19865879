"""What goes, and what that does, on the made-up map of examples/cables: every expected number counted by hand.

Its cables join IS FO GB (North Ring), GB NO (Fjord Link), GL IS (Green Line), IS IE (West Run), GB IE (Channel Hop) and
FO NO (Isle Hop). Between any two of the five states but Greenland there are two disjoint ways, and Greenland has one
cable: 10 pairs of 2 and 5 of 1.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.cables.network import CablesError

if TYPE_CHECKING:
    import polars as pl

    from crossline.impact import Impact

MAP = Path(__file__).resolve().parents[2] / "examples" / "cables"
DAY = date(2026, 10, 1)


@cache
def world() -> crossline.World:
    """Return the facts that ship."""
    return crossline.load_world()


def asked(folder: Path = MAP, day: date = DAY, **options: Any) -> Impact:
    """Return the impact of a question about a map."""
    return crossline.simulate("cables", day, world(), maps=[folder], **options)


def values(found: Impact) -> dict[str, float | None]:
    """Return the figures by id."""
    return {figure.id: figure.value for figure in found.figures}


def table(found: Impact, name: str) -> pl.DataFrame:
    """Return the rows of a table."""
    return next(table.frame for table in found.tables if table.id == name)


def state(found: Impact, code: str, column: str) -> Any:
    """Return a number of a state."""
    return dict(table(found, "states").select("state", column).iter_rows())[code]


def pair(found: Impact, a: str, b: str) -> dict[str, Any]:
    """Return the row of a pair of states."""
    return next(row for row in table(found, "pairs").iter_rows(named=True) if (row["a"], row["b"]) == (a, b))


def test_what_a_supplier_built_goes() -> None:
    """Without three cables of one builder, GL and NO lose all, FO is left with one, and 15 pairs have 9 ways."""
    found = asked(without=Without(suppliers=["Anders Marine"]))
    told = values(found)
    assert (told["out"], told["cables"], told["lost"], told["one"]) == (3, 6, 2, 1)
    assert told["paths-before"] == pytest.approx(25 / 15)
    assert told["paths-after"] == pytest.approx(9 / 15)
    assert (told["pairs-parted"], told["pairs-fewer"]) == (9, 12)
    assert [state(found, code, "cables_after") for code in ("GL", "NO", "FO", "GB", "IS", "IE")] == [0, 0, 1, 2, 2, 2]
    assert set(table(found, "landings")["name"]) == {"Kangat", "Vestvik", "Bremfjord"}


def test_who_is_not_named_is_in_doubt() -> None:
    """Nobody says who built Channel Hop: if it went as well, the pairs of four states would have one way each."""
    found = asked(without=Without(suppliers=["anders marine"]))
    figure = next(figure for figure in found.figures if figure.id == "paths-after")
    assert (figure.low, figure.high) == (pytest.approx(6 / 15), pytest.approx(9 / 15))
    (row,) = table(found, "removed").filter(verdict="in doubt").iter_rows(named=True)
    assert (row["name"], row["why"]) == ("Channel Hop", "the map names no supplier, or not every one")


def test_what_an_owner_owns_in_part_goes() -> None:
    """North Ring has two owners, and goes without either; all owners are named, so that nothing is in doubt."""
    found = asked(without=Without(owners=["fjordnet"]))
    assert set(table(found, "removed")["name"]) == {"North Ring", "Fjord Link", "Isle Hop"}
    assert {figure.low for figure in found.figures} == {None}


def test_cables_go_by_name_or_id_once() -> None:
    """Names and ids may be mixed and repeated, in one list or several, and case does not matter."""
    found = asked(without=Without(cables=["west run,cable:west-run", "CHANNEL-HOP"]))
    assert (values(found)["out"], values(found)["lost"]) == (2, 1)
    assert state(found, "IE", "reached_after") == 0


def test_a_landing_point_goes_and_the_cable_may_go_on() -> None:
    """Without Thurso Sands, Fjord Link joins nothing, and whether North Ring goes on from IS to FO is in doubt."""
    found = asked(without=Without(landings=["Thurso Sands"]))
    verdicts = dict(table(found, "removed").select("name", "verdict").iter_rows())
    assert verdicts == {"Fjord Link": "taken out", "North Ring": "in doubt"}
    assert [state(found, "GB", column) for column in ("cables_before", "cables_after", "cables_least")] == [3, 1, 1]
    assert pair(found, "FO", "IS")["paths_after"] == 1
    low = next(figure.low for figure in found.figures if figure.id == "paths-after")
    # With North Ring gone too there are GL IS IE GB in a row (6 pairs), and FO NO.
    assert low == pytest.approx(7 / 15)


def test_a_state_goes_with_all_its_landing_points() -> None:
    """Without the landings of GB it loses everything; from IE to NO it is then by way of IS and FO."""
    found = asked(without=Without(landings=["gb"]))
    assert state(found, "GB", "cables_after") == 0
    row = pair(found, "IE", "NO")
    assert (row["paths_before"], row["paths_after"]) == (2, 1)
    assert row["km_after"] > row["km_before"]
    assert row["added_ms"] == pytest.approx(row["added_km"] * 1.468 / 299.792458, abs=0.005)


def test_least_cuts_are_named() -> None:
    """Without Fjord Link, North Ring and Isle Hop part IE from NO, each alone; the one nearest to IE is shown."""
    found = asked(without=Without(cables=["fjord-link"]))
    (row,) = table(found, "cuts").filter(a="IE", b="NO").iter_rows(named=True)
    assert (row["size_before"], row["size_after"], row["cut_after"]) == (2, 1, ["cable:north-ring"])
    exits = {row["a"]: row for row in table(found, "exits").iter_rows(named=True)}
    assert exits["GL"]["cut_before"] == ["cable:green-line"]
    assert set(exits["NO"]["cut_before"]) == {"cable:fjord-link", "cable:isle-hop"}


def test_land_borders_make_one_place_of_states() -> None:
    """GB, IE and NO are one place (the border in Ireland, the Channel Tunnel): three cables join it to others."""
    found = asked(without=Without(cables=["north-ring"]), land_borders=True)
    told = table(found, "states")
    assert told.height == 4
    # Channel Hop and Fjord Link join the place with itself; West Run and Isle Hop are left of its three cables abroad.
    assert told.filter(states=3).select("cables_before", "cables_after", "domestic_before").rows() == [(3, 2, 2)]


def test_planned_cables_count_from_their_year() -> None:
    """Arctic Express is promised for 2028: with planned cables Greenland has two from then on, and one before."""
    nothing = Without(cables=["west-run"])
    for day, planned, count in (
        (date(2028, 1, 1), True, 2),
        (date(2027, 12, 31), True, 1),
        (date(2028, 1, 1), False, 1),
    ):
        assert state(asked(day=day, with_planned=planned, without=nothing), "GL", "cables_before") == count


def test_the_past_has_fewer_cables() -> None:
    """In 2005 three cables were in service, and Greenland was on none of them."""
    found = asked(day=date(2005, 6, 1), without=Without(cables=["fjord-link"]))
    assert values(found)["cables"] == 3
    assert "GL" not in set(table(found, "states")["state"])


def test_every_pair_is_told() -> None:
    """Six states are fifteen pairs, each once, in the order of the alphabet."""
    told = table(asked(without=Without(cables=["west-run"])), "pairs")
    assert told.height == 15
    assert told.select("a", "b").is_unique().all()
    assert (told["a"] < told["b"]).all()


@pytest.mark.parametrize(
    ("without", "words"),
    [
        (Without(cables=["West Ran"]), "--without: the cable 'West Ran' is not known; did you mean 'west run'"),
        (
            Without(suppliers=["anders"]),
            "--without-supplier: the supplier 'anders' is not known; did you mean 'anders marine'",
        ),
        (Without(owners=["oceanways"]), "--without-owner: the owner 'oceanways' is not known; did you mean 'oceanway'"),
        (Without(landings=["Atlantis"]), "--without-landing: the landing point or state 'Atlantis' is not known"),
        (Without(cables=[" , "]), "--without: names nothing"),
    ],
)
def test_a_name_that_nobody_knows_is_told_with_the_nearest(without: Without, words: str) -> None:
    """A mistake in a name is told, with the option and names that may be meant."""
    with pytest.raises(CablesError) as caught:
        asked(without=without)
    assert words in str(caught.value)


def test_what_did_not_count_anyway_is_told() -> None:
    """Taking out a planned cable changes nothing, and a note says so."""
    found = asked(without=Without(cables=["arctic-express"]))
    assert values(found)["out"] == 0
    said = "Besides, 1 cable that would go is not in service, and in none of the counts: Arctic Express."
    assert said in found.notes


def test_a_name_with_commas_is_one_name(tmp_path: Path) -> None:
    """Names of cables and landing points may hold commas, and stand in a list with others all the same."""
    rows = ["asset,name,status,landing,landing.place", '"c1","Here, There",in-service,state:FO;state:IS,FO;IS',
            "c2,Other,in-service,state:IS;state:GB,IS;GB"]  # fmt: skip
    (tmp_path / "cable.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = asked(tmp_path, without=Without(cables=["Here, There,Other"]))
    assert values(found)["out"] == 2


def test_maps_of_states_alone_do(tmp_path: Path) -> None:
    """A map without landing points has states to land in; ways cannot be measured then, and a note says so."""
    rows = ["asset,name,status,capacity_tbps,landing,landing.place", "c1,One,in-service,20,state:FO;state:IS,FO;IS",
            "c2,Two,in-service,0.5,state:FO;state:IS,FO;IS", "c3,Lone,in-service,1,state:GB,GB"]  # fmt: skip
    (tmp_path / "cable.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = asked(tmp_path, without=Without(cables=["Two"]))
    row = pair(found, "FO", "IS")
    assert (row["paths_before"], row["paths_after"], row["km_before"]) == (2, 1, None)
    # Capacity of every cable between states is known, so that it is weighed: 20.5 and 20 Tbit/s.
    assert (row["tbps_before"], row["tbps_after"]) == (20.5, 20.0)
    assert any("No way could be measured between 1 pair" in note for note in found.notes)
    assert any("1 cable with a single landing point, which joins nothing: Lone." in note for note in found.notes)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["asset,name,status,landing", "c1,One,retired,state:FO"], "no cable is in service in 2026"),
        (["asset,name,state", "x,Somewhere,FO"], "no cable among what was read"),
    ],
)
def test_a_map_without_cables_is_told(tmp_path: Path, rows: list[str], words: str) -> None:
    """Without a cable, or one in service, nothing is counted, and it is said why."""
    name = "cable.csv" if "status" in rows[0] else "landing-point.csv"
    (tmp_path / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(CablesError, match=words):
        asked(tmp_path, without=Without(cables=["c1"]))


CELLS = "asset,name,status,landing,landing.place,builder,owner"


def mapped(folder: Path, *rows: str, head: str = CELLS) -> Path:
    """Write a table of cables, and return its folder."""
    (folder / "cable.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


ENDS = "in-service,state:CN;state:US,CN;US"


def test_another_name_of_the_same_maker_means_it(tmp_path: Path) -> None:
    """The map writes HMN Tech alone, and Huawei Marine is asked for: the world says that both are one party."""
    told = mapped(tmp_path, f"c1,One,{ENDS},vendor:hmn tech,", f"c2,Two,{ENDS},vendor:asn,")
    found = asked(told, without=Without(suppliers=["Huawei Marine"]))
    assert table(found, "removed")["name"].to_list() == ["One"]


def test_a_maker_that_built_nothing_here_is_no_mistake(tmp_path: Path) -> None:
    """Whom the world knows may be asked for on a map without anything by them: nothing goes, and it is said."""
    found = asked(mapped(tmp_path, f"c1,One,{ENDS},vendor:asn,"), without=Without(suppliers=["Huawei Marine Networks"]))
    assert values(found)["out"] == 0
    assert "No cable of the map is known to have been built by Huawei Marine Networks." in found.notes
    with pytest.raises(CablesError, match="is not known") as caught:
        asked(tmp_path, without=Without(suppliers=["Chinaa"]))
    assert "'china'" not in str(caught.value)


def test_why_an_owner_counts_is_told_with_its_sources(tmp_path: Path) -> None:
    """PCCW has its head office in HK, which counts under CN by an order of 2020: each step, on whose word, is told."""
    told = mapped(tmp_path, f"c1,One,{ENDS},,vendor:pccw", f"c2,Two,{ENDS},,vendor:nobody ltd")
    found = asked(told, without=Without(owners=["CN"]))
    why = {name: (said, sources) for name, said, sources in
           table(found, "removed").select("name", "why", "sources").iter_rows()}  # fmt: skip
    assert why["One"][0].split("; ")[:3] == [
        "vendor:pccw leads to PCCW Limited", "PCCW Limited has its head office in HK",
        "HK counts under CN in this regime since 2020-07-14",
    ]  # fmt: skip
    assert "eo-13936" in why["One"][1]
    assert why["Two"] == ("whose nobody ltd is, is not known", [])
    assert found.asked["doctrine_of"] == "us-clean-network"
    assert "by the doctrine of us-clean-network" in found.title
    assert "doctrine_of" not in asked(told, without=Without(owners=["pccw"])).asked


def test_a_state_by_its_name_is_the_state(tmp_path: Path) -> None:
    """China is CN, among owners and landings alike, and no party of that name."""
    told = mapped(tmp_path, f"c1,One,{ENDS},,vendor:china mobile",
                  "c2,Two,in-service,state:JP;state:US,JP;US,,vendor:x",
                  f"c3,Three,{ENDS},,vendor:china telecom;vendor:y")  # fmt: skip
    for option in ("owners", "landings"):
        one, other = (table(asked(told, without=Without(**{option: [name]})), "removed") for name in ("CN", "China"))
        assert one.drop("by", "why").rows() == other.drop("by", "why").rows()
        assert set(one.filter(verdict="taken out")["name"]) == {"One", "Three"}


def test_a_cable_of_unknown_status_does_not_count(tmp_path: Path) -> None:
    """Nobody says that the second cable is in service: it is left out of the base, and counted."""
    told = mapped(tmp_path, f"c1,One,{ENDS},,", "c2,Two,,state:JP;state:US,JP;US,,")
    found = asked(told, without=Without(cables=["c1"]))
    assert values(found)["cables"] == 1
    assert "1 cable left out of which no status is known: Two." in found.notes


def test_a_map_that_lands_nowhere_is_told(tmp_path: Path) -> None:
    """Without a landing point, or one whose state is known, there is nothing to count: a mistake, and no traceback."""
    with pytest.raises(CablesError, match="no cable of the map has a landing point"):
        asked(mapped(tmp_path, "c1,One,in-service,,,,"), without=Without(cables=["c1"]))
    mapped(tmp_path, "c1,One,in-service,asset:landing-point:a;asset:landing-point:b,,,")
    with pytest.raises(CablesError, match="no cable of the map lands in a state that is known"):
        asked(tmp_path, without=Without(cables=["c1"]))


def test_a_cable_with_too_many_landings_is_left_out(tmp_path: Path) -> None:
    """One cable with 301 landings is left out and told; the others are counted."""
    many = ";".join(f"asset:landing-point:{n}" for n in range(301))
    told = mapped(tmp_path, f"c1,One,{ENDS},vendor:asn,vendor:x", f"c2,Many,in-service,{many},,,")
    found = asked(told, without=Without(cables=["c1"]))
    assert values(found)["cables"] == 1
    assert "1 cable with more than 300 landings left out: Many." in found.notes
    assert not any("does not name the builder" in note for note in found.notes)


def test_of_two_states_of_a_landing_point_the_landings_counts(tmp_path: Path) -> None:
    """A landing says CN and its point JP: it counts where rules look, under CN, and a note names both."""
    told = mapped(tmp_path, "c1,One,in-service,asset:landing-point:p;state:US,CN;US,,")
    (tmp_path / "landing-point.csv").write_text("asset,name,state\nlanding-point:p,Port,JP\n", encoding="utf-8")
    found = asked(told, without=Without(cables=["c1"]))
    assert set(table(found, "states")["state"]) == {"CN", "US"}
    (note,) = [note for note in found.notes if "different states" in note]
    assert "Port (CN, JP)" in note
