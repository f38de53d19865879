"""The table of land borders, against what it has to be like and what every atlas shows."""

from __future__ import annotations

from crossline.cables import land
from crossline.identifiers.state import CODES


def test_every_border_stands_once_between_two_states() -> None:
    """Codes are those of states, in order of the alphabet, and no pair stands twice."""
    pairs = [(a, b) for a, b, _ in land.borders()]
    assert all(a < b and {a, b} <= CODES for a, b in pairs)
    assert len(set(pairs)) == len(pairs)


def test_states_have_as_many_neighbours_as_the_factbook_counts() -> None:
    """China borders 14 states (and two regions of its own), Russia 14, Brazil 9 (and French Guiana), the DRC 9."""
    count = {
        code: sum(code in (a, b) and how == "border" for a, b, how in land.borders())
        for code in ("CN", "RU", "BR", "CD")
    }
    assert count == {"CN": 14 + 2, "RU": 14, "BR": 9 + 1, "CD": 9}


def test_islands_stand_alone_and_continents_together() -> None:
    """Portugal and Korea are joined, Argentina and Canada, Haiti and its neighbour; Japan and Iceland with nobody."""
    of = {state: group for group in land.joined() for state in group}
    assert of["PT"] == of["KR"] == of["ZA"]
    assert of["AR"] == of["CA"]
    assert of["PT"] != of["AR"]
    assert of["HT"] == ("DO", "HT")
    assert not {"JP", "IS", "AU", "LK", "TW", "CU"} & set(of)


def test_links_over_water_have_names() -> None:
    """What is no border is a bridge, causeway or tunnel of a name: Britain is joined to France by one."""
    links = {(a, b): how for a, b, how in land.borders() if how != "border"}
    assert links["FR", "GB"] == "Channel Tunnel"
    assert all(how.strip() for how in links.values())
