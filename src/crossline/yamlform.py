"""A YAML file of ours, read part by part: keys that are known, values of their type, each mistake with its line.

What :mod:`crossline.yamlfile` understands is a tree of plain values. A :class:`Form` checks it against what the file
may say, and points at the place of what is wrong: a misspelt key is told with the one that may be meant.
"""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from crossline.yamlfile import Document, Route

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
_SHOWN: Final = 12  # words that are listed where none is close to the one that was written


class Form:
    """A document that is read part by part; every complaint is a YamlError with line and column."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def fail(self, route: Route, message: str) -> NoReturn:
        """Raise an error that points at a part of the document."""
        raise self.document.error(route, message)

    def line(self, route: Route) -> int:
        """Return the line on which a part of the document begins."""
        return self.document.error(route, "").line

    def mapping(
        self, route: Route, value: object, allowed: tuple[str, ...], needed: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Check that a value is a mapping with known keys."""
        if not isinstance(value, dict):
            self.fail(route, f"expected keys and values: {', '.join(allowed)}")
        for key in value:
            if key not in allowed:
                self.fail((*route, key), f"unknown key {key[:60]!r}{hint(key, allowed)}")
        for key in needed:
            if value.get(key) is None:
                self.fail(route, f"{key!r} is missing")
        return value

    def items(self, route: Route, part: dict[str, Any]) -> list[tuple[Route, object]]:
        """Return the items of the list at the route's last key with the ways to them; none where it is left out."""
        value = part.get(str(route[-1]))
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(route, "expected a list, each item after a '- '")
        return [((*route, number), item) for number, item in enumerate(value)]

    def texts(self, route: Route, value: object, parse: Callable[[str], str]) -> tuple[str, ...]:
        """Return a list of words, each brought to its form; one word alone stands for a list of one."""
        if not isinstance(value, list):
            return (self.parsed(route, value, parse),)
        return tuple(self.parsed((*route, number), item, parse) for number, item in enumerate(value))

    def parsed(self, route: Route, value: object, parse: Callable[[str], str]) -> str:
        """Bring one word to its form."""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            quoted = "; put it in quotation marks" if isinstance(value, (float, date)) else ""
            self.fail(route, f"expected a word, not {kind_of(value)}{quoted}")
        try:
            return parse(str(value))
        except ValueError as error:
            self.fail(route, str(error))

    def text(self, route: Route, value: object) -> str:
        """Check that a value is text."""
        if not isinstance(value, str) or not value.strip():
            self.fail(route, f"expected text, not {kind_of(value)}")
        return value

    def word(self, route: Route, value: object, choices: Collection[str]) -> str:
        """Check that a value is one of some words."""
        if not isinstance(value, str) or value not in choices:
            self.fail(route, f"{str(value)[:60]!r} is not known here{hint(str(value), choices)}")
        return value

    def day(self, route: Route, value: object) -> date:
        """Check that a value is a day."""
        if not isinstance(value, date) or not FIRST_DAY <= value <= LAST_DAY:
            self.fail(route, "expected a day such as 2024-05-31, of the years 1900 to 2199")
        return value

    def span(self, route: Route, part: dict[str, Any], end: str = "until") -> tuple[date | None, date | None]:
        """Return ``since`` and the key of the end, in that order, each where it is there."""
        since = None if part.get("since") is None else self.day((*route, "since"), part["since"])
        until = None if part.get(end) is None else self.day((*route, end), part[end])
        if since and until and since >= until:
            self.fail((*route, end), f"{end} is {until}, which is not after since, {since}")
        return since, until


def hint(word: str, known: Collection[str]) -> str:
    """Return which word may be meant, or which there are."""
    near = difflib.get_close_matches(word, known, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    shown = sorted(known)[:_SHOWN]
    return f"; there are {', '.join(shown) or 'none'}" + (" and others" if len(known) > len(shown) else "")


def kind_of(value: object) -> str:
    """Return what a value is, in words of YAML."""
    names = {bool: "true or false", dict: "keys and values", list: "a list", type(None): "nothing", date: "a day"}
    return names.get(type(value), f"{str(value)[:60]!r}")
