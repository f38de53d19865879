"""The report on a terminal answers on one screen, whatever is written in the names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from rich.cells import cell_len

from crossline.reports import EXPOSURE, FINDING, GROUP, TALLY, VERDICTS, Audit, Options, load
from crossline.wording import ANNOUNCEMENT

if TYPE_CHECKING:
    from collections.abc import Callable

SGR = re.compile(r"\x1b\[[0-9;]*m")  # ECMA-48, 8.3.117: colour and weight, the only sequence a report may use
GOLDEN = Path(__file__).parent / "small-100.txt"


def render(audit: Audit, width: int = 100, *, colour: bool = False) -> str:
    """Return the report of an audit."""
    text: str = load("table").render(audit, Options(width=width, colour=colour))
    return text


def test_the_first_line_says_hypothetical(audit: Audit) -> None:
    """Where nobody said who we are, the first line says that the question is hypothetical."""
    assert render(audit).startswith("Hypothetical: no estate.yaml says who we are")


def test_the_first_line_says_who_we_are(audit: Audit) -> None:
    """Where somebody said who we are, the first line says it."""
    header = {**audit.header, "we": {"states": ["CZ"], "parties": ["embassy"], "asns": [64500], "hypothetical": False}}
    first = render(Audit(header)).splitlines()[0]
    assert first == "Who we are: embassy, in CZ, with AS64500."


def test_the_last_line_says_what_is_unknown(audit: Audit) -> None:
    """The last line counts what is unknown, be it none: 24,698 of 452,104 is 5.46 %."""
    assert render(audit).splitlines()[-1] == "Unknown: 24,698 of 452,104 judgements (5.5 %)."
    assert render(Audit({})).splitlines()[-1] == "Unknown: 0 of 0 judgements."


def test_counts_are_the_audits(audit: Audit) -> None:
    """Every count of the tally stands in the row of its rule, in the order of the heading."""
    lines = render(audit).splitlines()
    heading = next(line for line in lines if line.startswith("line "))
    order = sorted(VERDICTS, key=lambda verdict: heading.index(verdict.replace("not-applicable", "not appl.")))
    bare = [0] * len(order)
    for row in audit.tally.iter_rows(named=True):
        if row["kind"] == "estate" or not any(row[verdict] for verdict in order):
            bare = [one + row[verdict] for one, verdict in zip(bare, order, strict=True)]
            continue
        line = next(line for line in lines if f" {row['rule']} " in line and "  " in line)
        counts = [int(number.replace(",", "")) for number in line.split()[2:]]
        assert counts == [row[verdict] for verdict in order]
    folded = next(line for line in lines if " without assets " in line)
    assert [int(number.replace(",", "")) for number in folded.split()[4:]] == bare
    total = next(line for line in lines if line.startswith("all "))
    assert [int(number.replace(",", "")) for number in total.split()[1:]] == [
        int(audit.tally[verdict].sum()) for verdict in order
    ]


def test_many_rules_stand_by_line(audit: Audit) -> None:
    """More rules than a screen takes are summed by line and regime, and the sums are theirs."""
    rows = [("r", f"rule-{n}", "carrier" if n % 2 else "cable", "route", 1, 2, n, 0, 0) for n in range(40)]
    tally = pl.DataFrame(rows, schema=TALLY, orient="row")
    lines = render(Audit(audit.header, tally=tally)).splitlines()
    carrier = next(line for line in lines if line.startswith("carrier "))
    assert carrier.split()[2:] == ["20", str(sum(range(1, 40, 2))), "40", "0", "0"]


@pytest.mark.parametrize("width", [80, 100, 140])
def test_lines_fit(audit: Audit, width: int) -> None:
    """No line is wider than asked for."""
    assert [line for line in render(audit, width).splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("colour", [False, True])
def test_names_do_nothing(
    make_finding: Callable[..., dict[str, Any]], audit: Audit, hostile_names: tuple[str, ...], *, colour: bool
) -> None:
    """No control, override or markup of a name reaches the terminal, in whatever cell it stands."""
    for name in hostile_names:
        finding = make_finding(
            1, name=name, asset=name, kind=name, role=name, identifier=name, party=name, rule=name, severity="high",
            why=[{"statement": name, "source": name}], file=name, locator=name, id=name,
        )  # fmt: skip
        header = {
            **audit.header, "crossline": name, "as_of": name, "regimes": [name], "next": [name], "notes": [name],
            "titles": {name: {"title": name, "issuer": name, "legal": name}},
            "sources": {name: {"title": name, "issuer": name, "published": name}},
            "coverage": [{"path": name, "reader": None, "rejected": 1, "rejects": [{"reason": name, "locator": name}]}],
            "resolved": {name: {"total": 1, "named": 1, "held": 0}},
            "we": {"states": [name], "parties": [name], "asns": [name], "hypothetical": False},
        }  # fmt: skip
        hostile = Audit(
            header,
            pl.DataFrame([finding], schema=FINDING),
            pl.DataFrame([(name, name, name, name, "unknown", name, [name], 1, [name])], schema=GROUP, orient="row"),
            pl.DataFrame([(name, name, name, name, 1, 0, 1, 0, 0)], schema=TALLY, orient="row"),
            pl.DataFrame([("party", name, name, name, name, 1, 1.0)], schema=EXPOSURE, orient="row"),
        )
        text = SGR.sub("", render(hostile, colour=True)) if colour else render(hostile)
        assert all(line.isprintable() for line in text.split("\n")), name
        assert len(text) < 20_000


def test_markup_is_text(audit: Audit) -> None:
    """Square brackets and colons of a name are shown, not obeyed."""
    text = render(Audit({**audit.header, "next": ["[bold red]markup[/] :warning:"]}))
    assert "[bold red]markup[/] :warning:" in text


def test_colour_only_where_asked(audit: Audit) -> None:
    """Without colour there is no escape sequence, and with it the words are the same."""
    plain, coloured = render(audit), render(audit, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert [line.rstrip() for line in SGR.sub("", coloured).splitlines()] == plain.splitlines()


def test_the_environment_changes_nothing(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report does not depend on the terminal that the program happens to run in."""
    before = render(audit)
    for name, value in (("COLUMNS", "40"), ("LINES", "5"), ("FORCE_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    assert render(audit) == before


def test_a_path_is_an_announcement(audit: Audit) -> None:
    """A report that speaks of routes says that a path is no proof of forwarding; another does not."""
    flat = " ".join(render(audit).split())
    assert ANNOUNCEMENT in flat
    assert ANNOUNCEMENT not in " ".join(render(Audit(audit.header)).split())


def test_one_screen(audit: Audit) -> None:
    """Half a million judgements of two regimes take less than 80 lines."""
    assert len(render(audit).splitlines()) < 80


def _small(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> Audit:
    rows = [make_finding(n, name=f"192.0.2.{n}/32", asset=f"route:{n}") for n in range(3)]
    return Audit(
        audit.header,
        pl.DataFrame(rows, schema=FINDING),
        audit.groups.head(1).with_columns(pl.lit(2, pl.UInt64).alias("count")),
        pl.DataFrame(
            [("us-clean-network", "clean-carrier-route", "carrier", "route", 3, 4, 2, 1, 0)], schema=TALLY, orient="row"
        ),
        audit.exposure.filter(pl.col("id") == "china-telecom"),
    )


def test_golden_small_at_100_columns(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """A small report is, to the letter, the one that was read through by hand and kept beside this test."""
    assert render(_small(make_finding, audit)) == GOLDEN.read_text(encoding="utf-8")
