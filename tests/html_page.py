"""A page as a browser would see it: its elements, what is open, its text, and the cells of its tables."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

VOID: Final = frozenset({"meta", "input"})  # of HTML's elements without an end, those that our pages have


class Page(HTMLParser):
    """What a browser would make of the page, as far as tests ask."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.content: dict[str, str] = {}
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, and begin a row or a cell of it."""
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as those of SVG may."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Note an end that fits no beginning: it ought to be that of the innermost element."""
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        """Note text, that of style and script apart, and that of a cell in its row as well."""
        if self.open and self.open[-1] in ("style", "script"):
            self.content[self.open[-1]] = self.content.get(self.open[-1], "") + data
            return
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        """The text of the page, on one line."""
        return " ".join(" ".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        """Return every value of an attribute."""
        return [attrs[attribute] or "" for _, attrs in self.elements if attribute in attrs]
