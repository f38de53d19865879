"""docs/README.md leads to every page, in an order to read them in, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crossline import readers, regimes

DOCS = Path(__file__).resolve().parents[2] / "docs"
INDEX = (DOCS / "README.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\((?!https?:)([^)#\s]+)", INDEX)
PAGES = sorted(path for path in DOCS.rglob("*.md") if path != DOCS / "README.md")


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page: small letters, no signs, hyphens for spaces."""
    heads = re.findall(r"^#{1,6} (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_page_is_in_the_index() -> None:
    """Each page stands in docs/README.md, those of the reference and of decisions by their folders."""
    listed = {DOCS / link for link in LINKS}
    missing = [
        str(path.relative_to(DOCS))
        for path in PAGES
        if path not in listed and path.parent.name not in ("reference", "decisions")
    ]
    assert missing == []
    assert {DOCS / "decisions", DOCS / "reference" / "README.md"} <= listed


def test_every_reader_and_regime_is_in_the_index() -> None:
    """Whatever can be read has its row among the formats; each regime that ships has its page."""
    table = INDEX.partition("## Files that are read")[2]
    named = {
        word
        for row in re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.MULTILINE)
        for word in row.replace(",", " ").split()
    }
    assert named - {"reader", "---"} == set(readers.names())
    assert [name for name in regimes.names() if f"regimes/{name}.md" not in LINKS] == []


def test_the_kinds_of_page_are_in_order() -> None:
    """First what teaches, then what helps to do, then what explains, then what is looked up."""
    heads = re.findall(r"^## (.*)$", INDEX, re.MULTILINE)
    assert heads == ["Tutorial", "How to", "Explanations", "Reference", "Files that are read"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_links_lead_to_pages_and_headings(path: Path) -> None:
    """A link from any page leads to a file that is there, and to a heading that it has."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    lost = []
    for link, anchor in re.findall(r"(?<!\\)\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        target = (path.parent / link).resolve() if link else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(f"{link}#{anchor}")
    assert lost == []


# The regimes' pages and the reference quote the texts that they are about.
PROSE = [path for path in PAGES if path.parent.name not in ("regimes", "reference", "decisions")]
SIDES = re.compile(
    r"\b(?:untrusted|untrustworthy|clean|dirty|suspicious|malign|adversar\w+|high-risk)\b", re.IGNORECASE
)
QUOTED = re.compile(
    r"clean[ -](?:Network|Carriers?|Store|Apps?|Cloud|Cable|Path)\w*|us-clean-\w+|\"[^\"]*\"|`[^`]*`", re.IGNORECASE
)


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(DOCS)))
def test_pages_take_no_side(path: Path) -> None:
    """No page calls a party or an asset by one side's words, unless it quotes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert SIDES.findall(QUOTED.sub("", text)) == []
