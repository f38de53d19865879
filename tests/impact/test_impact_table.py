"""The table of an impact fits a terminal, leads with the warning, and says every figure with its range."""

from __future__ import annotations

import re

import polars as pl
import pytest
from invented import large, small

from crossline.impact import Column, Impact, Table
from crossline.impact.formats import Options, for_suffix, load, names
from crossline.text import columns


def render(impact: Impact, width: int = 100, *, colour: bool = False) -> str:
    """Return the report of an impact."""
    text: str = load("table").render(impact, Options(width=width, colour=colour))
    return text


def test_formats_are_found_by_name() -> None:
    """Each format has a name, and a suffix that leads to it; a suffix of none is refused."""
    assert {"html", "json", "table"} <= set(names())
    assert [for_suffix(suffix) for suffix in (".HTML", ".json", ".txt")] == ["html", "json", "table"]
    for unknown in (".exe", ""):
        with pytest.raises(KeyError):
            for_suffix(unknown)
    with pytest.raises(KeyError):
        load("templates")


def test_figures_are_told_with_their_ranges() -> None:
    """Each figure stands in one line with its value and its range; readings, and what all rest on, are said once."""
    text = render(small())
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    assert "Pairs that reach each other 98.97 % (98.91\u201399.02 %)" in lines
    assert any(line.startswith("Ranges span: lowest next-hop AS; highest next-hop AS.") for line in lines)
    assert "Pairs with a route 6.12 billion pairs" in lines
    assert "They are biased by:" in lines
    # What bends one figure alone is on the page and in JSON.
    assert "Own." not in text
    assert "Length of a route 4.51 hops (4.50\u20134.52)" in lines
    assert "What nobody knows not known" in lines
    assert text.count("CAIDA AS relationships of 2025-09-01") == 1


def test_what_stands_out_comes_before_the_tables() -> None:
    """Sentences on what to look at follow the figures, before what these rest on; one figure alone has its grounds."""
    text = render(small(look_at=("One stands out.",)))
    places = [
        text.index(part) for part in ("Figures", "- One stands out.", "What the figures rest on", "States  3 rows")
    ]
    assert sorted(places) == places
    assert "What to look at" not in render(small())
    assert "- Own." in re.sub(" +", " ", render(small(figures=small().figures[1:2])))


def test_the_warning_stands_first() -> None:
    """What labels an impact is its first line, and nothing stands there otherwise."""
    assert render(small(labelled="Made up.")).startswith("! Made up.\n")
    assert render(small()).startswith("What if 3 members")


def test_a_table_shows_its_first_rows() -> None:
    """As many rows as are to be shown stand there, as their units ask; the rest is counted."""
    text = render(small())
    lines = [line.split() for line in text.splitlines()]
    assert ["CN", "1,234", "3.20", "%", "\u22120.25"] in lines
    assert ["US", "0", "0.00", "%", "0.0040"] in lines
    assert "KP" not in text
    assert "… and 1 more in JSON" in text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_lines_fit_the_terminal(width: int) -> None:
    """No line is wider than the terminal, and no number of a column that is shown is cut."""
    text = render(large(label="a state with a long name, {}"), width)
    assert max(columns(line) for line in text.splitlines()) <= width
    assert "1,404,078,000" in text
    assert "35 more in JSON" in text


@pytest.mark.parametrize("width", range(60, 141, 5))
def test_many_columns_fit_too(width: int) -> None:
    """Of thirty columns those that fit are shown whole, the first always; the others are named."""
    names = [f"c{number}" for number in range(30)]
    heads = tuple(Column(name, name, "pairs" if name != "c0" else None) for name in names)
    frame = pl.DataFrame({name: ["first"] if name == "c0" else [123_456.0] for name in names})
    text = render(small(tables=(Table("t", "Wide", heads, frame),)), width)
    assert max(columns(line) for line in text.splitlines()) <= width
    (row,) = (line.split() for line in text.splitlines() if line.startswith("first"))
    shown = len(row)
    assert row == ["first", *["123,456"] * (shown - 1)]
    # A number takes seven columns, and two stand before it.
    assert shown == 1 + (width - 5) // 9
    said = re.sub(r"\s+", " ", text)
    assert f"in JSON: {', '.join(names[shown:])} " in said


def test_columns_without_room_are_named() -> None:
    """In a narrow terminal columns are left out whole, from the right, and named."""
    text = render(large(), 60)
    (said,) = re.findall(r"Columns that find no room here, in JSON: (.*?)\n\n", text, re.DOTALL)
    assert re.sub(r"\s+", " ", said).endswith("Reach that no named AS touches")
    assert "Columns that" not in render(large(), 140)


def test_headings_and_names_are_not_cut() -> None:
    """A heading of many words stands in full, and a name of a list that is one word is not broken."""
    heads = (
        Column("who", "Who"),
        Column("by", "By"),
        Column("n", "That share no landing point of it, one way", "paths"),
    )
    frame = pl.DataFrame({"who": ["a"], "by": [["--without-supplier"]], "n": [1]})
    text = render(small(tables=(Table("t", "T", heads, frame),)), 60)
    part = text[text.index("T  1 row") : text.index("Pictures")]
    assert set(re.findall(r"\S+", heads[2].title)) <= set(part.split())
    assert "--without-supplier" in part
    assert "\u2026" not in part


def test_columns_of_one_heading_are_told_apart() -> None:
    """Of several columns called alike, those without room are told with their names in JSON."""
    heads = tuple(Column(f"c{number}", "After" if number % 2 else f"Before {number}", "pairs") for number in range(30))
    frame = pl.DataFrame({column.name: [123_456] for column in heads})
    said = re.sub(r"\s+", " ", render(small(tables=(Table("t", "Wide", heads, frame),)), 60))
    assert "Before 28, After (c29)" in said


def test_colour_is_only_used_where_asked_for() -> None:
    """Without colour no escape is written; with it the words are the same."""
    plain, coloured = render(small()), render(small(), colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_what_was_asked_is_told() -> None:
    """Nested settings are lines of a path and a value; lists are joined."""
    lines = [re.sub(r"\s+", " ", line) for line in render(small()).splitlines()]
    assert "named / asns 64496, 64497" in lines
    assert "coalition US, GB, JP" in lines
    assert "known / registered 0.75" in lines


def test_little_is_enough() -> None:
    """An impact without figures, tables, pictures and notes has its title; a table without rows says so."""
    bare = small(figures=(), tables=(), pictures=(), notes=(), sources=(), asked={}, basis={})
    assert len(render(bare).splitlines()) == 2
    empty = Table("x", "Nothing", (Column("a", "A"),), pl.DataFrame({"a": pl.Series([], dtype=pl.String)}))
    assert "Nothing  no rows" in render(small(tables=(empty,)))


def test_a_column_that_is_not_there_is_told() -> None:
    """A table whose frame lacks a column is refused by every format, with its id."""
    lacking = small(tables=(Table("who", "Who", (Column("b", "B"),), pl.DataFrame({"a": [1]})),))
    for name in names():
        with pytest.raises(ValueError, match="who"):
            load(name).render(lacking, Options())
