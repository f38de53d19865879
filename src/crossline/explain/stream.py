"""Reading a large JSON document a piece at a time, so that what is kept is only what was asked for."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES: Final = 1 << 20
LIMIT_PIECE: Final = 64 << 20  # characters of one value of the outer object, or of one element of an array
_IN_NUMBER: Final = "0123456789.eE+-"
_SPACE: Final = " \t\n\r"  # RFC 8259, section 2


class BrokenError(ValueError):
    """The document is not JSON, or not of the shape asked for."""


def members(file: BinaryIO, arrays: frozenset[str]) -> Iterator[tuple[str, object]]:
    """Yield the members of the object that the file holds: ``(key, value)``, and for ``arrays`` one each element.

    Raises BrokenError with the place, in characters from the start, if the document is not an object, is broken or
    cut off, holds what RFC 8259 does not (NaN), or one piece of more than 64 Mi characters.
    """
    text = _Text(file)
    text.take("{", "an object")
    if text.peek() == "}":
        return
    while True:
        key = text.value()
        if not isinstance(key, str):
            text.fail("a key is not text")
        text.take(":", "a colon")
        if key in arrays and text.peek() == "[":
            for element in _elements(text):
                yield key, element
        else:
            yield key, text.value()
        if text.peek() != ",":
            break
        text.take(",", "a comma")
    text.take("}", "a comma or the end of the object")
    if text.peek():
        text.fail("something follows the end of the object")


def _elements(text: _Text) -> Iterator[object]:
    text.take("[", "an array")
    if text.peek() == "]":
        text.take("]", "the end of the array")
        return
    while True:
        yield text.value()
        if text.peek() != ",":
            break
        text.take(",", "a comma")
    text.take("]", "a comma or the end of the array")


class _Text:
    """The text of a file, read as far as it is needed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder(parse_constant=self._constant)
        self._text = ""
        self._at = 0  # of `_text`: what comes before is used up
        self._gone = 0  # characters before `_text`
        self._whole = False

    def fail(self, reason: str) -> NoReturn:
        raise BrokenError(f"{reason} (character {self._gone + self._at:,})")

    def peek(self) -> str:
        """Return the next character that is not white space, "" at the end."""
        while True:
            rest = len(self._text)
            while self._at < rest and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < rest:
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, character: str, name: str) -> None:
        if self.peek() != character:
            self.fail(f"{name} was expected" if self._text[self._at :] else f"the file ends where {name} was expected")
        self._at += 1

    def value(self) -> object:
        """Return the next value."""
        self.peek()
        while True:
            try:
                found, end = self._json.raw_decode(self._text, self._at)
            except RecursionError:
                self.fail("values are nested too deeply")
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LIMIT_PIECE:
                    self.fail(f"a piece is broken, or longer than {LIMIT_PIECE:,} characters")
                if not self._more():
                    self._at = error.pos
                    self.fail(f"not JSON, or cut off: {error.msg}")
            except ValueError as error:  # a number of too many digits, NaN
                self.fail(f"not JSON: {error}")
            else:
                # A number may go on in what was not read yet: "-0" of "-0." is one, and so is "1" of "1e".
                after = self._text[end : end + 1]
                if (after and after not in _IN_NUMBER) or not self._more():
                    self._at = end
                    return found

    def _more(self) -> bool:
        """Read on, as much again as is waiting; return whether there was anything."""
        if self._whole:
            return False
        chunk = self._file.read(max(_CHUNK_BYTES, len(self._text) - self._at))
        self._whole = not chunk
        try:
            text = self._utf8.decode(chunk, final=self._whole)
        except UnicodeDecodeError as error:
            self.fail(f"not UTF-8: {error.reason}")
        self._text = self._text[self._at :] + text
        self._gone += self._at
        self._at = 0
        return bool(text) or not self._whole

    @staticmethod
    def _constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")
