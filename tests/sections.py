"""A page of the HTML report as a reader of its text sees it, section by section."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The text of each section of a page, by its id, and all ids and links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, list[str]] = {}
        self.open: str | None = None
        self.ids: list[str] = []
        self.leads: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a section begins."""
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.leads += [found["href"] or ""] if "href" in found else []
        if tag == "section":
            self.open = found["id"]
            self.sections[self.open or ""] = []

    def handle_endtag(self, tag: str) -> None:
        """Note where it ends."""
        self.open = None if tag == "section" else self.open

    def handle_data(self, data: str) -> None:
        """Note its text."""
        if self.open is not None:
            self.sections[self.open].append(data)

    def text(self, name: str) -> str:
        """Return the text of a section on one line."""
        return " ".join(" ".join(self.sections[name]).split())
