"""Two reports compared: what is new, gone, judged otherwise, and where it went."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crossline import comparing, reports
from crossline.auditing import audit
from crossline.comparing.difference import SILENT
from crossline.evaluate.binding import Binding
from crossline.reports import Options
from miniature import DAY, HERE, Asset, batch, company, estate_of, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.comparing import Difference, Report

LISTS = {"named": {"list": "l", "statuses": ["listed"]}}
ONE = rule('operator.exists(t, t.listed("named"))', id="one")
TWO = rule('operator.exists(t, t.listed("named"))', id="two", severity="low")
WORLD = world(
    party=[company(name) for name in ("p", "q", "n")],
    listing=[{"list": "l", "party": party, "status": "listed"} for party in ("p", "q")],
)


def report(folder: Path, name: str, stores: dict[str, str], *rules: dict[str, Any], **options: Any) -> Report:
    """Audit data stores, each with its operator, and read the report back."""
    assets: dict[str, Asset] = {store: {"operator": [f"party:{party}"]} for store, party in stores.items()}
    asked = regime(*(rules or (ONE,)), lists=LISTS)
    binding = Binding(asked, options.pop("as_of", DAY), HERE)
    result = audit(estate_of(batch("data-store", assets)), WORLD, [binding], **options)
    path = folder / f"{name}.json"
    path.write_bytes(reports.load("json").encode(result))
    return comparing.load(path)


def changes(found: Difference) -> dict[str, tuple[str, str]]:
    """Return what became of each asset whose violation changed, and how the other report has it."""
    return {
        asset: (change, other) for asset, change, other in found.violations.select("asset", "change", "other").rows()
    }


OLD = {"stays": "p", "goes": "p", "heals": "p", "moves": "p", "falls": "n", "who": "stranger", "learns": "stranger"}
NEW = {"stays": "p", "heals": "n", "moves": "q", "falls": "p", "comes": "q", "who": "stranger", "learns": "n"}


def test_with_every_judgement_where_it_went_is_known(tmp_path: Path) -> None:
    """Between reports made with --all each finding that went is judged otherwise, or its asset is gone."""
    old = report(tmp_path, "old", OLD, everything=True)
    new = report(tmp_path, "new", NEW, everything=True)
    found = comparing.compare(old, new)
    assert changes(found) == {
        "goes": ("gone", "its asset is not there any more"),
        "heals": ("gone", "compliant"),
        "moves": ("changed", "violation"),
        "falls": ("new", "compliant"),
        "comes": ("new", "its asset was not there before"),
    }
    assert found.known == 1
    assert found.verdicts.rows() == [("mini", "one", "unknown", "compliant", 1)]
    assert found.summary["mini"]["violation"] == (4, 4)
    assert found.summary["mini"]["unknown"] == (2, 1)


def test_without_them_it_says_that_it_does_not_know(tmp_path: Path) -> None:
    """Reports that list violations alone cannot say whether an asset is gone or judged otherwise."""
    found = comparing.compare(report(tmp_path, "old", OLD), report(tmp_path, "new", NEW))
    assert {other for change, other in changes(found).values() if change != "changed"} == {SILENT}
    assert found.verdicts.height == 0
    assert {asset: change for asset, (change, _) in changes(found).items()} == {
        "goes": "gone", "heals": "gone", "moves": "changed", "falls": "new", "comes": "new",
    }  # fmt: skip


def test_a_rule_that_is_no_longer_asked(tmp_path: Path) -> None:
    """A finding under a rule that the other report does not have is told as that, not as an asset that is gone."""
    old = report(tmp_path, "old", {"a": "p"}, ONE, TWO)
    new = report(tmp_path, "new", {"a": "p"}, ONE)
    assert changes(comparing.compare(old, new)) == {"a": ("gone", "the rule is not asked now")}
    assert changes(comparing.compare(new, old)) == {"a": ("new", "the rule is not asked before")}


def test_a_report_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    """The same report twice has no difference of any kind."""
    same = report(tmp_path, "same", OLD, everything=True)
    found = comparing.compare(same, same)
    assert found.violations.height == found.verdicts.height == found.unknown.height == len(found.asked) == 0
    assert (found.known, found.coverage) == (4, ())


def test_the_other_way_round(tmp_path: Path) -> None:
    """What is new one way is gone the other way, and what changed did so both ways."""
    old, new = report(tmp_path, "old", OLD), report(tmp_path, "new", NEW)
    there, back = comparing.compare(old, new), comparing.compare(new, old)
    assert [there.count(word) for word in ("new", "changed", "gone")] == [2, 1, 2]
    ids = {word: set(there.violations.filter(pl.col("change") == word)["id"]) for word in ("new", "changed", "gone")}
    again = {word: set(back.violations.filter(pl.col("change") == word)["id"]) for word in ("new", "changed", "gone")}
    assert (ids["new"], ids["gone"], ids["changed"]) == (again["gone"], again["new"], again["changed"])


def test_unknowns_and_what_was_asked(tmp_path: Path) -> None:
    """Groups of unknowns of another size are listed, and so is another day."""
    old = report(tmp_path, "old", {"a": "stranger", "b": "stranger", "c": "someone"})
    new = report(tmp_path, "new", {"a": "stranger", "d": "other"}, as_of=date(2026, 7, 2))
    found = comparing.compare(old, new)
    shown = {identifier: pair for identifier, *pair in found.unknown.select("identifier", "old", "new").rows()}
    assert shown == {"party:stranger": [2, 1], "party:someone": [1, 0], "party:other": [0, 1]}
    assert found.asked == ("The earlier report asks as of 2026-07-01, this one as of 2026-07-02.",)


def test_shown(tmp_path: Path) -> None:
    """The page groups what changed, says where it went, and ends with the counts."""
    stores = {f"s{number}": "p" for number in range(40)}
    old = report(tmp_path, "old", {"a": "p"}, everything=True)
    new = report(tmp_path, "new", stores | {"a": "n"}, everything=True)
    page = " ".join(comparing.as_text(comparing.compare(old, new), Options()).split())
    assert "New violations 40 findings 40 high data store s0 is run by p (P)" not in page
    assert "40 high data store s0 is run by p" in page
    assert "Before: its asset was not there before" in page
    assert "data store a is run by p. Now: compliant." in page
    assert page.endswith("Violations: 40 new, 1 gone, 0 on other evidence.")


def test_hostile_names_are_shown_harmless(tmp_path: Path) -> None:
    """Controls in names of assets, files and rules reach no terminal."""
    evil = "\x1b[2Jred\u202e"
    old = report(tmp_path, "old", {"a": "p"})
    new = report(tmp_path, "new", {evil: "p", f"b{evil}": "stranger"})
    page = comparing.as_text(comparing.compare(old, new), Options())
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert json.loads(comparing.as_json(comparing.compare(old, new)))["violations"][0]["asset"] == evil


def test_as_json(tmp_path: Path) -> None:
    """The JSON has every violation that changed, counts, groups and what was asked otherwise."""
    old, new = report(tmp_path, "old", OLD, everything=True), report(tmp_path, "new", NEW, everything=True)
    told = json.loads(comparing.as_json(comparing.compare(old, new)))
    assert list(told) == [
        "crossline", "old", "new", "asked", "counts", "summary", "coverage", "groups", "verdicts", "unknown",
        "violations",
    ]  # fmt: skip
    assert told["counts"] == {"new": 2, "changed": 1, "gone": 2, "known": 1}
    assert {(row["asset"], row["change"]) for row in told["violations"]} == {
        ("goes", "gone"), ("heals", "gone"), ("moves", "changed"), ("falls", "new"), ("comes", "new"),
    }  # fmt: skip
    assert sum(group["count"] for group in told["groups"]) == 5
    assert told["old"]["all"] is True


@pytest.mark.parametrize(("change", "path"), [("rows", "f"), ("path", "g")])
def test_coverage(tmp_path: Path, change: str, path: str) -> None:
    """A file that only one report read, or of which it understood another number of rows, is listed."""
    same = report(tmp_path, "same", {"a": "p"})
    item = {"path": "f", "reader": "table", "rows": 1, "rejected": 0}
    one = type(same)(same.path, same.header, same.findings, same.groups, (item,), same.everything)
    moved = item | ({"rows": 2} if change == "rows" else {"path": path})
    other = type(same)(same.path, same.header, same.findings, same.groups, (moved,), same.everything)
    found = comparing.compare(one, other).coverage
    assert [(row["path"], row["old"], row["new"]) for row in found] == (
        [("f", True, True)] if change == "rows" else [("f", True, False), ("g", False, True)]
    )
    assert "Coverage" in comparing.as_text(comparing.compare(one, other), Options())
