"""CSV: every cell as another reader gets it, and none that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline.grouping import ROW, table
from crossline.reports import FINDING, Audit, Options, load
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

FORMAT = load("csv")


def read(audit: Audit) -> list[dict[str, str]]:
    """Return the rows as Python's own reader finds them."""
    text = FORMAT.encode(audit).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def cell(name: str) -> str:
    """Return the cell that a name becomes."""
    row = dict.fromkeys(FINDING.names()) | {"name": name}
    (found,) = read(Audit({}, pl.DataFrame([row], schema=FINDING)))
    return found["name"]


def test_cells_are_as_they_were(make_finding: Callable[..., dict[str, Any]], audit: Audit) -> None:
    """Tame text comes back as it was; lists are joined, a chain with its sources, and what is not there is empty."""
    rows = [
        make_finding(1, also=["asn:1", "asn:2"], name='say "hi", é漢字🙂; then', limb=None),
        make_finding(
            2, also=[], baseline="new", why=[{"statement": "so", "source": None}, {"statement": "it", "source": ""}]
        ),
    ]
    made = Audit(audit.header, pl.DataFrame(rows, schema=FINDING), audit.groups)

    def plain(name: str, value: Any) -> str:
        if name == "why":
            steps = [s["statement"] + (f" [{s['source']}]" if s["source"] else "") for s in value or ()]
            return " | ".join(steps)
        return " | ".join(value) if isinstance(value, list) else "" if value is None else str(value)

    expected = [{name: plain(name, value) for name, value in row.items()} for row in table(made).to_dicts()]
    assert read(made) == expected
    assert list(expected[0]) == ROW.names()


def test_all_rows_are_there(audit: Audit) -> None:
    """Counts add up to the findings and the groups of the audit, over slices as well."""
    rows = read(audit)
    assert sum(int(row["count"]) for row in rows if row["verdict"] == "violation") == audit.findings.height
    assert sum(int(row["count"]) for row in rows if row["verdict"] == "unknown") == audit.groups["count"].sum()


def test_slices_join(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written in slices of any size, the report is the same, with one header."""
    few = Audit(audit.header, audit.findings.head(12), audit.groups)
    whole = FORMAT.encode(few)
    for rows in (1, 5, 17):
        monkeypatch.setattr(FORMAT, "_SLICE", rows)
        assert FORMAT.encode(few) == whole


def test_lines_end_as_rfc_4180_has_it(audit: Audit) -> None:
    """Every line ends in CR LF (RFC 4180, 2.1), each row is one line, and each line has as many fields."""
    few = Audit(audit.header, audit.findings.head(20), audit.groups)
    data = FORMAT.encode(few)
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")[:-1]
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert {len(fields) for fields in csv.reader(data.decode().splitlines())} == {len(ROW)}
    assert len(lines) == 1 + table(few).height


def test_an_empty_audit_has_a_header() -> None:
    """An audit of nothing is the header alone."""
    text = FORMAT.render(Audit({}), Options())
    assert list(csv.reader(io.StringIO(text, newline=""))) == [ROW.names()]


# The characters are those of OWASP, "CSV Injection", with the full-width forms.
@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_formulas_are_disarmed(first: str) -> None:
    """A cell that would begin a formula begins with an apostrophe, also one that another separator would cut off."""
    assert cell(f"{first}1+1") == f"'{first}1+1"
    assert cell(f"a;{first}cmd") == f"a;'{first}cmd"
    assert cell(f'a,"{first}cmd') == f"a,\"'{first}cmd"
    assert cell(f"a{first}b") == f"a{first}b"


@pytest.mark.parametrize("first", ["\t", "\r", "\n", "\x00"])
def test_controls_are_spelt_out(first: str) -> None:
    """A tab, a carriage return or another control at the start is seen, and begins no formula."""
    assert cell(f"{first}=1") == visible(first) + "=1"
    assert visible(first).startswith("\\")


# Characters that one program's tables know and another's not yet are left out, and marks, which add up.
@given(st.text(st.characters(exclude_categories=("Cs", "Cn", "Mn", "Me"))))
def test_cells_are_those_of_a_naive_twin(name: str) -> None:
    """A cell is the text spelt out character by character, with apostrophes before formulas."""
    spelt = "".join(visible(character, 12) for character in name)
    assert cell(name) == re.sub("(^|[,;|][\"']*)([=+@\uff1d\uff0b\uff0d\uff20-])", r"\1'\2", spelt)


@pytest.mark.parametrize("name", ["\ufffe", "\U000e0001", "\u2066x\u2069", "\u3164", "\ue000", "\u2028", "\xa0"])
def test_nothing_unseen_stands_in_a_cell(name: str) -> None:
    """Noncharacters, tags, bidirectional controls, fillers, private use and line separators are spelt out."""
    assert cell(name) == visible(name)
    assert cell(name).isprintable()
