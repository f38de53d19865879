"""What stands beside figures: grounds, biases, and how values of readings are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from places import GRAPH, made_up

from crossline.internet import asking, simulation
from crossline.internet.graph import asrel
from crossline.internet.telling import headline

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.impact import Figure
    from crossline.internet.graph.topology import Topology
    from crossline.internet.simulation import Outcome

DAY = date(2025, 9, 1)


def outcome(folder: Path, graph: Topology = GRAPH, as_of: date = DAY, **asked: Any) -> Outcome:
    """Run a small scenario, and return what was computed."""
    path = folder / "s.yaml"
    path.write_text("named: [{asn: [20]}]\ncoalition: [{state: [XA]}]\n")
    kept: list[Outcome] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asrel, "chosen", lambda *_, **__: graph)
        run = simulation.run

        def caught(*given: Any) -> Outcome:
            kept.append(run(*given))
            return kept[0]

        patch.setattr(simulation, "run", caught)
        asking.simulate(as_of, made_up(), scenario_file=path, **asked)
    return kept[0]


def test_all_figures_rest_on_the_graph_and_the_rules(tmp_path: Path) -> None:
    """The graph with its day and size, and how routes are chosen, stand beside each figure."""
    found = outcome(tmp_path, replace(GRAPH, title="A graph"), ranges=False, transit=False)
    wanted = (
        "A graph of 2025-09-01: 9 networks, 10 links",
        "routes by customer over peer over provider, then the shorter, then the lowest AS number of the next hop",
    )
    assert {one.rests_on for one in headline.figures(found)} == {wanted}
    assert headline.rests_on(outcome(tmp_path, replace(GRAPH, title="A graph, 2025-09-01"), ranges=False,
                                     transit=False, tie="highest")) == (
        "A graph, 2025-09-01: 9 networks, 10 links",
        "routes by customer over peer over provider, then the shorter, then the highest AS number of the next hop",
    )  # fmt: skip
    assert headline.rests_on(outcome(tmp_path, ranges=False, transit=False, tie=7))[1].endswith("drawn with seed 7")


def test_what_bends_the_figures_is_said(tmp_path: Path) -> None:
    """Unseen peers and inferred links always; doubtful links, unknown states and another day where there are such."""
    plain = headline.biases(outcome(tmp_path, ranges=False, transit=False))
    assert plain[0].startswith("peer links that no collector sees")
    assert not any("seen by other methods" in one or "the question of" in one for one in plain)
    # AS 50 has no state; of the nine, five have a party whose chain of control ends in one state.
    assert any(one.startswith("no state is known of 1 network:") for one in plain), plain
    assert any("is known of 55.6 %" in one for one in plain), plain
    doubtful = replace(GRAPH, peer_doubtful=np.array([True, False, True]))
    other = headline.biases(outcome(tmp_path, doubtful, date(2026, 1, 1), ranges=False, transit=False))
    assert any(one.startswith("2 links are seen by other methods") for one in other)
    assert "the graph is of 2025-09-01, and the question of 2026-01-01" in other


def test_without_ranges_nothing_is_said_to_span(tmp_path: Path) -> None:
    """Where nothing was varied a figure has neither ends nor readings."""
    for one in headline.figures(outcome(tmp_path, ranges=False, transit=False)):
        assert (one.low, one.high, one.over) == (None, None, ())


@pytest.mark.parametrize(
    ("tie", "others"), [("lowest", ["highest"]), ("highest", ["lowest"]), (3, ["highest", "lowest"])]
)
def test_ties_are_broken_the_other_ways_too(tie: Any, others: list[str], tmp_path: Path) -> None:
    """Whatever way of breaking ties was asked for, the range has the two others that are rules."""
    lost = headline.figures(outcome(tmp_path, tie=tie, transit=False))[0]
    said = [one for one in lost.over if one.startswith("ties")]
    assert [one.split(" the ")[1].split()[0] for one in said] == others


def test_values_of_readings_are_written_to_be_told_apart(tmp_path: Path) -> None:
    """The first reading is the one asked for, and each has the figure's own value, to three digits of a per cent."""

    def value(figure: Figure, said: str) -> float:
        number = float(said.rpartition(": ")[2].replace(",", "").replace("\u2212", "-").removesuffix(" %"))
        return number / 100 if figure.unit == "share" else number

    for one in headline.figures(outcome(tmp_path, transit=False)):
        assert one.over[0].startswith("as asked: ")
        assert value(one, one.over[0]) == pytest.approx(one.value, abs=1e-4)
        assert min(value(one, said) for said in one.over) == pytest.approx(one.low, abs=1e-4)
        assert max(value(one, said) for said in one.over) == pytest.approx(one.high, abs=1e-4)
