"""Small words that reports have alike: shares, files that are counted, states, lines without assets."""

from __future__ import annotations

import polars as pl

from crossline import wording
from crossline.digest import bare_rows, digest, files_of
from crossline.pages import states
from crossline.pages.cases import Bounds, cases
from crossline.reports import EXPOSURE, FINDING, TALLY, Audit


def test_a_little_is_not_nothing() -> None:
    """A share that would round to nought is told as less than a tenth; nought itself is nought, and none is empty."""
    assert [wording.percent(share) for share in (0.04, 0.0, 0.06, None)] == ["< 0.1 %", "0.0 %", "0.1 %", ""]


def test_what_is_said_of_several_files_is_no_file() -> None:
    """Of a file, a file that nobody took, and what was joined, two are files."""
    listed = [{"reader": "apk"}, {"reader": None}, {"reader": "links"}]
    assert files_of({"coverage": listed}) == listed[:2]


def test_a_state_has_its_code_beside_its_name() -> None:
    """A state is called by name and code; a party by its name."""
    assert wording.dependence("France", "FR", "cable", None)[0] == "France (FR)"
    assert wording.dependence("Orange", "orange", "cable", None)[0] == "Orange"


def test_lines_without_assets_are_apart() -> None:
    """A line that judged a route is held; one of clauses alone, and one with no judgement, are bare."""
    rows = [("r", "a", "carrier", "route", 0, 1, 0, 0, 0), ("r", "b", "cloud", "estate", 0, 1, 0, 0, 0),
            ("r", "c", "cable", "cable", 0, 0, 0, 0, 0)]  # fmt: skip
    held, bare = bare_rows(digest(Audit({}, tally=pl.DataFrame(rows, schema=TALLY, orient="row"))))
    assert ([row.line for row in held], sorted(row.line for row in bare)) == (["carrier"], ["cable", "cloud"])


def test_states_of_which_nothing_is_said_have_no_row() -> None:
    """The state that is asked about comes first, then the one that more depends on; one with nothing is left out."""
    rows = [("state-registered", code, None, "route", None, count, 1.0) for code, count in (("BB", 2), ("CC", 5))]
    exposure = pl.DataFrame(rows, schema=EXPOSURE, orient="row")
    nothing = {"kinds": [], "holders": [], "holder_count": 0}
    header = {"parameters": {"r": {"home": "AA"}},
              "states": [{"code": "DD", "name": "D", "registered": nothing, "controlled": nothing}]}  # fmt: skip
    found = cases(pl.DataFrame(schema=FINDING), {}, Bounds(1, 1, 1, 1))
    assert [state["code"] for state in states.described(header, found, exposure)] == ["AA", "CC", "BB"]
