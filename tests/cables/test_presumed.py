"""What rules on applicants, on shares and on cables within home come to over a map in tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from invoked import run

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "asset,name,status,ready_year,landing,landing.place,owner,owner.share_min,owner.share_max,builder\n"
ROWS = (
    "cable:a,A,in-service,2016,state:US|state:JP,US|JP,vendor:China Mobile|party:att,0.5|99.5,0.5|99.5,vendor:NEC\n"
    "cable:b,B,in-service,2016,state:US|state:GU,US|GU,vendor:China Mobile,100,100,vendor:NEC\n"
)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return a folder with a table of two cables: one to Japan, one within home."""
    folder = tmp_path / "map"
    folder.mkdir()
    (folder / "cable.csv").write_text(HEAD + ROWS, encoding="utf-8")
    return folder


def described(tables: Path, tmp_path: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Audit the tables; return what is told of each cable, by name."""
    report = tmp_path / "report.json"
    run("audit", tables, *options, "--as-of", "2026-07-31", "--output", report)
    told = json.loads(report.read_text(encoding="utf-8"))["cables"]["described"]
    return {cable["name"]: cable for cable in told}


def test_a_violation_tells_its_steps_and_the_share(tables: Path, tmp_path: Path) -> None:
    """The owner's half per cent stands in the evidence; the rule that asks elsewhere is among the others, compliant."""
    cable = described(tables, tmp_path, "--regime", "us-clean-network")["A"]
    (found,) = cable["violations"]
    assert found["rule"] == "clean-cable-owner"
    assert "with 0.5 % of it" in found["why"][0]["statement"]
    assert found["why"][-1]["statement"] == "China Mobile Communications Group Co., Ltd. has its head office in CN"
    assert {(row["rule"], row["verdict"]) for row in cable["others"]} == {
        ("clean-cable-landing", "compliant"),
        ("clean-cable-builder", "compliant"),
    }


def test_a_cable_within_home_is_asked_nothing(tables: Path, tmp_path: Path) -> None:
    """It connects home to nobody else, whoever owns it: Guam is a territory of home."""
    cable = described(tables, tmp_path, "--regime", "us-clean-network")["B"]
    assert (cable["worst"], cable["others"], cable["violations"]) == ("not-applicable", [], [])


def test_a_presumption_takes_nothing_out_that_is_in_service(tables: Path, tmp_path: Path) -> None:
    """Asked as if each were filed for today, two cables of China Mobile's stay, and a note counts them."""
    report = tmp_path / "impact.json"
    settings = ("us-fcc-cables.filing=assumed", "us-fcc-cables.applicants=owners")
    run("simulate", "cables", "--map", tables, "--regime", "us-fcc-cables", "--rule", "fcc-cable-applicant-control",
        "--set", settings[0], "--set", settings[1], "--as-of", "2026-07-31", "--output", report)  # fmt: skip
    told = json.loads(report.read_text(encoding="utf-8"))
    assert next(figure["value"] for figure in told["figures"] if figure["id"] == "out") == 0
    assert "2 cables in service of which us-fcc-cables presumes" in json.dumps(told)
