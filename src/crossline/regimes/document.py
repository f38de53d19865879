"""A regime's document, read key by key; every complaint names the place of what is wrong."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crossline.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable


class RegimeError(Mistake):
    """A regime's file that cannot be used: the message names the file and the place in it."""


class Reader:
    """A mapping whose keys are taken one by one; what is left over at the end is an error."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise RegimeError(f"{where}: a mapping was expected, not {_kind(value)}")
        self.left: dict[str, Any] = dict(value)
        self.known: list[str] = []
        self.where = where

    def take(self, key: str, *kinds: type, default: Any = ..., choices: Iterable[str] = ()) -> Any:  # noqa: ANN401 - the caller names the type
        """Take a key's value, of one of some types; without a default it has to be there."""
        self.known.append(key)
        value = self.left.pop(key, None)
        if value is None:
            if default is ...:
                raise RegimeError(f"{self.where}: {key} is missing")
            return default
        # In Python a boolean is a whole number; in a regime it is not.
        if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
            options = tuple(choices)
            if options and value not in options:
                raise RegimeError(f"{self.where}: {key} is {value!r}, not one of {', '.join(options)}")
            return value
        expected = " or ".join(_NAMES.get(kind, kind.__name__) for kind in kinds)
        raise RegimeError(f"{self.where}: {key} should be {expected}, not {_kind(value)}")

    def texts(self, key: str, default: Any = ...) -> tuple[str, ...]:  # noqa: ANN401
        """Take a list of texts."""
        values = self.take(key, list, default=default)
        if not all(isinstance(value, str) for value in values):
            raise RegimeError(f"{self.where}: {key} should be a list of texts")
        return tuple(values)

    def choice_of_texts(self, key: str, default: Any = ...) -> tuple[str, ...] | str:  # noqa: ANN401
        """Take a list of texts, or one text."""
        value = self.take(key, list, str, default=default)
        if isinstance(value, str):
            return value
        if not all(isinstance(item, str) for item in value):
            raise RegimeError(f"{self.where}: {key} should be a list of texts")
        return tuple(value)

    def span(self) -> tuple[date | None, date | None]:
        """Take since and until, in that order."""
        since, until = self.take("since", date, default=None), self.take("until", date, default=None)
        if since and until and since >= until:
            raise RegimeError(f"{self.where}: since is not before until")
        return since, until

    def mappings(self, key: str) -> list[tuple[str, Reader]]:
        """Take a mapping of names to mappings."""
        entries: dict[object, object] = self.take(key, dict, default={})
        return [(str(name), Reader(value, f"{self.where}: {key}.{name}")) for name, value in entries.items()]

    def items(self, key: str) -> list[Reader]:
        """Take a list of mappings."""
        entries: list[object] = self.take(key, list, default=[])
        return [Reader(value, f"{self.where}: {key}[{number}]") for number, value in enumerate(entries)]

    def done(self) -> None:
        """Raise for a key that nobody took."""
        for key in self.left:
            close = difflib.get_close_matches(str(key), self.known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise RegimeError(f"{self.where}: {key!r} is not known here{hint}")


_NAMES: Final[dict[type, str]] = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
    dict: "a mapping", date: "a date", type(None): "nothing",
}  # fmt: skip


def _kind(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)
