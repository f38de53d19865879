"""The page of an impact stands alone, holds every row, is bounded, and shows hostile names as text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from invented import large, small

from crossline.impact import Changes, Column, Curve, Figure, Impact, Matrix, Table
from crossline.impact.formats import Options, load
from crossline.impact.formats.html import LIMIT_BYTES
from html_page import Page

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)><svg/onload=alert(2)>',
    "{{ 7*7 }}{% raw %}",
    "\x1b[31mred\u202e\x00\x9b",
    "javascript:alert(1)",
    "x" * 5000,
)


def render(impact: Impact) -> str:
    """Return the page of an impact."""
    page: str = load("html").render(impact, Options())
    return page


def test_the_page_stands_alone() -> None:
    """Nothing is fetched, no handler stands in an element, the policy has the digests of the style and the script, and
    every element is closed.
    """  # noqa: D205 - one sentence
    text = render(large())
    page = Page(text)
    assert (page.unbalanced, page.open) == ([], [])
    attributes = {name for _, attrs in page.elements for name in attrs}
    assert not {name for name in attributes if name.startswith("on")} | (attributes & {"style", "src", "srcset"})
    assert {tag for tag, _ in page.elements} & {"link", "img", "iframe", "object", "embed", "form", "base"} == set()
    (policy,) = [str(attrs["content"]) for _, attrs in page.elements if "content" in attrs and "http-equiv" in attrs]
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.content[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert re.search(r"url\((?!#)|@import|https?:", page.content["style"]) is None
    leads = {str(attrs["href"]) for _, attrs in page.elements if "href" in attrs}
    assert {lead for lead in leads if not lead.startswith("#")} == {"https://catalog.caida.example/relationships"}
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)
    assert {lead[1:] for lead in leads if lead.startswith("#")} <= set(ids)


def test_figures_are_headlines() -> None:
    """A figure has its number, its range, the exact number where it was shortened, and what it rests on."""
    text = Page(render(small())).text
    assert "Pairs that reach each other 98.97 % 98.91\u201399.02 % Pairs with a route" in text
    assert "Pairs with a route 6.12 billion pairs exactly 6,121,121,196 pairs Biased by Own." in text
    assert "Length of a route 4.51 hops 4.50\u20134.52" in text
    assert "What nobody knows not known" in text
    assert "All of these rest on CAIDA AS relationships" in text
    one = Page(render(small(figures=small().figures[:1]))).text
    assert "Rests on CAIDA AS relationships" in one
    assert "All of these" not in one


def test_what_a_range_spans_is_a_table() -> None:
    """Each figure with a range stands there with its value under every reading, an en dash where one lacks."""
    figures = small().figures
    lacking = replace(figures[2], over=("highest next-hop AS: 4.50", "a reading without a value"))
    page = Page(render(small(figures=(figures[0], figures[1], lacking))))
    found = {row[0]: row[1:] for row in page.rows if row[0] in {"figure", *(one.title for one in figures)}}
    assert found == {
        "figure": ["lowest next-hop AS", "highest next-hop AS", "a reading without a value"],
        "Pairs that reach each other": ["98.97 %", "98.91 %", "\u2013"],
        "Length of a route": ["\u2013", "4.50", ""],
    }
    assert "What ranges span" not in Page(render(small(figures=figures[1:2]))).text


def test_what_stands_out_is_told_before_the_pictures() -> None:
    """Sentences on what to look at stand between the figures and the pictures; without any there is no heading."""
    text = Page(render(small(look_at=("One stands out.", "Another does.")))).text
    assert "What to look at One stands out. Another does. Pictures" in text
    assert "What to look at" not in Page(render(small())).text


def test_every_row_is_on_the_page() -> None:
    """All 250 rows of a table stand there, those beyond the first 15 folded, and a box unfolds them."""
    impact = large()
    text = render(impact)
    page = Page(text)
    found = {row[0]: row for row in page.rows if len(row) == 7}
    assert set(impact.tables[0].frame["state"]) <= set(found)
    assert found["US"][:3] == ["US", "18,001", "1,404,078,000"]
    later = sum(attrs.get("class") == "later" for tag, attrs in page.elements if tag == "tr")
    assert later == 235
    assert "Show all 250 rows" in page.text
    assert "later" not in re.sub(r"<(style|script)>.*?</\1>", "", render(small(tables=())), flags=re.DOTALL)


def test_cells_say_what_they_are_where_rows_stand_below_each_other() -> None:
    """On a narrow screen each cell has its column's heading before it, escaped whatever it holds."""
    heads = (Column("id", "Id"), Column("n", '</style>"}', "pairs"), Column("m", "After", "pairs"))
    text = render(small(tables=(Table("t", "T", heads, pl.DataFrame({"id": ["a"], "n": [1], "m": [2]})),)))
    # CSS Syntax Level 3, 4.3.7: a backslash and six hexadecimal digits are the character of that number.
    escaped = "".join(f"\\{ord(char):06x}" if not char.isalnum() else char for char in '</style>"}')
    assert f'.t1 tbody td:nth-child(2){{--label:"{escaped}"}}' in text
    assert '.t1 tbody td:nth-child(3){--label:"After"}' in text
    assert text.count("</style>") == 1


def test_columns_with_long_words_are_broken() -> None:
    """A column with an id that is long is one that may be broken; one of short words is not."""
    heads = (Column("id", "Id"), Column("name", "Name"))
    frame = pl.DataFrame({"id": ["us-state-2020-08-05-remarks"], "name": ["of a few words"]})
    text = render(small(tables=(Table("t", "T", heads, frame),)))
    assert '<th scope="row" class="long"><bdi>us-state-2020-08-05-remarks</bdi></th><td><bdi>of a few words' in text


def test_pictures_are_whole() -> None:
    """Every picture is XML on its own, and the matrix says each of its pairs."""
    text = render(small())
    pictures = [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", text, re.DOTALL)]  # noqa: S314 - our own
    assert len(pictures) == 1 + 3 + 2 + 2
    titles = [title.text for title in pictures[1].iter("title")]
    assert titles == [
        "DE → DE: no pair", "DE → US: 1,234 pairs lost (3.20 %)", "US → DE: 10 pairs lost (50.00 %)",
        "US → US: 0 pairs lost (0.00 %)",
    ]  # fmt: skip
    told = ["".join(title.itertext()) for title in pictures[4].iter("title")]
    assert told == ["DE: 40 → 60 (+50.0 %)", "US: 100 → 50 (\u221250.0 %)", "NZ: 7 (no change)"]
    assert [title.text for title in pictures[6].iter("title")] == ["1. US: 50", "2. GB: 80 (+30)", "3. JP: 100 (+20)"]


def test_a_page_is_bounded() -> None:
    """60 by 60 states and 250 rows stay within half the limit; 80,000 rows are cut, counted, and stay within it."""
    assert len(render(large()).encode()) < LIMIT_BYTES / 2
    cut = render(large(60, 80_000))
    assert len(cut.encode()) <= LIMIT_BYTES
    assert "and 79,000 more rows in the JSON report." in Page(cut).text
    names = large(60, 5_000, label="{}" + "<" * 300)
    assert len(render(names).encode()) <= LIMIT_BYTES


def test_more_groups_than_can_be_drawn_are_counted() -> None:
    """Of 100 groups the first 60 are drawn, and the page says so."""
    text = Page(render(large(100, 100))).text
    assert "The first 60 of 100; all stand in the JSON report." in text


def test_the_warning_and_the_title_stand_first() -> None:
    """What labels an impact stands above its title."""
    text = Page(render(small(labelled="A made-up Internet."))).text
    assert text.index("A made-up Internet.") < text.rindex("What if 3 members")
    assert "as of 2025-09-01" in text


def test_what_is_empty_is_said() -> None:
    """Pictures of nothing, tables without rows and an impact of nothing but a title are pages."""
    nothing = (
        Matrix("a", "A", (), (), "pairs"),
        Changes("b", "B", (), (), (), "hops"),
        Curve("c", "C", (), (), "share"),
    )
    empty = Table("x", "Nothing", (Column("a", "A"),), pl.DataFrame({"a": pl.Series([], dtype=pl.String)}))
    text = Page(render(small(pictures=nothing, tables=(empty,)))).text
    assert text.count("There is nothing to draw.") == 3
    assert "It has no rows." in text
    bare = Page(render(small(figures=(), tables=(), pictures=(), notes=(), sources=(), asked={}, basis={})))
    assert "What if 3 members" in bare.text


def hostile(name: str) -> Impact:
    """Return an impact in which every text is the name."""
    nested: dict[str, Any] = {name: [{name: name}, name], "plain": {name: {name}}}
    return small(
        subject=name, title=name, asked=nested, basis=nested, notes=(name,), labelled=name,
        figures=tuple(Figure(name, name, 1.0, "pairs", None, None, (name,), (name,), (name,)) for _ in range(2)),
        tables=(Table(name, name, (Column(name, name), Column("b", name, "pairs")),
                      pl.DataFrame({name: [name.replace("\ud800", "")] * 20, "b": [1] * 20}), name),),
        pictures=(Matrix(name, name, (name, name), ((1.0, 2.0), (3.0, 4.0)), "pairs", name, word=name),
                  Changes(name, name, (name,), (1.0,), (2.0,), "pairs", name),
                  Curve(name, name, (name,), (1.0,), "pairs")),
        sources=({"source": name, "title": name, "issuer": name, "url": name, "licence": name, "terms": name},),
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_no_name_acts(name: str) -> None:
    """Names make no element, attribute or link that a tame impact's page lacks; all of a page and a table is seen."""
    made, tame = Page(render(hostile(name))), Page(render(hostile("a tame name, but a long one")))
    kinds = [{(tag, *sorted(attrs)) for tag, attrs in page.elements} for page in (made, tame)]
    assert kinds[0] <= kinds[1]
    links = [str(attrs["href"]) for _, attrs in made.elements if "href" in attrs]
    assert [link for link in links if not re.fullmatch("#[a-z]+", link)] == []
    for text in (render(hostile(name)), load("table").render(hostile(name), Options())):
        assert {sign for line in text.split("\n") for sign in line if not sign.isprintable()} == set()
    assert load("json").render(hostile(name), Options())
