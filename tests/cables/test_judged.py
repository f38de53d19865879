"""Cables that a regime's own rules take out, what is in doubt, and the mirror."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

import crossline
from crossline.cables.asking import Without
from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from crossline.impact import Impact

# us-clean-network speaks of cables that land in US: no landing in CN, no owner controlled from CN, and none of the
# builders that it names.
ROWS = """asset,name,status,landing,landing.place,builder,owner,terminal
c1,Two Shores,in-service,state:US;state:CN,US;CN,vendor:subcom,vendor:google,none
c2,Plain,in-service,state:US;state:JP,US;JP,vendor:subcom,vendor:google,none
c3,Silent,in-service,state:US;state:KR,US;KR,,vendor:google,none
c4,Elsewhere,in-service,state:CN;state:JP,CN;JP,vendor:hmn tech,vendor:china mobile,none
"""
DAY = date(2022, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a map of four cables."""
    (tmp_path / "cable.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def asked(folder: Path, **options: Any) -> Impact:
    """Return the impact of a question about the map."""
    return crossline.simulate("cables", DAY, crossline.load_world(), maps=[folder], **options)


def table(found: Impact, name: str) -> pl.DataFrame:
    """Return the rows of a table."""
    return next(table.frame for table in found.tables if table.id == name)


def verdicts(found: Impact) -> dict[str, tuple[str, str]]:
    """Return the verdict and rules of each cable that goes or is in doubt."""
    return {
        name: (verdict, by) for name, verdict, by in table(found, "removed").select("name", "verdict", "by").iter_rows()
    }


def test_a_violation_goes_and_what_is_unknown_is_in_doubt(folder: Path) -> None:
    """A landing in CN takes out a cable of US; one whose builder nobody names is in doubt; others are not asked."""
    found = asked(folder, regime="us-clean-network", rules=["clean-cable-landing", "clean-cable-builder"])
    assert verdicts(found) == {
        "Two Shores": ("taken out", ["clean-cable-landing"]), "Silent": ("in doubt", ["clean-cable-builder"]),
    }  # fmt: skip
    figures = {figure.id: (figure.value, figure.low, figure.high) for figure in found.figures}
    assert figures["out"] == (1, 1, 2)
    # US keeps JP, and KR if Silent stays; CN keeps JP. KR loses all if Silent goes.
    assert figures["lost"] == (0, 0, 1)
    assert set(table(found, "rules").select("rule", "out", "doubt").iter_rows()) == {
        ("clean-cable-landing", 1, 0), ("clean-cable-builder", 0, 1),
    }  # fmt: skip


def test_evidence_names_its_sources(folder: Path) -> None:
    """A cable that goes is told with what is stated and who states it; the sources stand in the report."""
    found = asked(folder, regime="us-clean-network", rules=["clean-cable-landing"])
    (row,) = table(found, "removed").filter(name="Two Shores").iter_rows(named=True)
    assert "CN" in row["why"]
    assert "us-state-2020-08-05" in row["sources"]
    assert "us-state-2020-08-05" in {source["source"] for source in found.sources}


def test_the_mirror_asks_the_same_of_the_other_side(folder: Path) -> None:
    """With home and target exchanged, cables that land in CN are asked: the same one lands in US."""
    found = asked(folder, mirror=True, rules=["clean-cable-landing"])
    assert verdicts(found) == {"Two Shores": ("taken out", ["clean-cable-landing"])}
    assert found.asked["parameters"]["home"] == "CN"
    assert any("nobody issued them so" in note for note in found.notes)


def test_a_regime_and_names_are_both_taken_out(folder: Path) -> None:
    """With a regime and names, a cable goes by either."""
    found = asked(folder, regime="us-clean-network", rules=["clean-cable-landing"], without=Without(cables=["c4"]))
    assert set(verdicts(found)) == {"Two Shores", "Elsewhere"}


def test_owners_may_be_named_by_state(folder: Path) -> None:
    """What is owned by a party controlled from CN goes; a name as the map has it comes before a state's code."""
    found = asked(folder, without=Without(owners=["CN"]))
    assert verdicts(found)["Elsewhere"] == ("taken out", ["--without-owner"])


def test_a_rule_or_regime_without_cables_is_told(folder: Path) -> None:
    """A rule that is none, and a regime that asks nothing of cables, are mistakes that say so."""
    with pytest.raises(Mistake, match="did you mean 'clean-cable-landing'"):
        asked(folder, rules=["clean-cable-landin"])
    with pytest.raises(Mistake, match="has no rule on cables"):
        asked(folder, regime="us-pafaca")
