"""Text from strangers, made safe to look at: on a terminal, and in a page.

Names in an estate are written by others. Control characters can repaint a terminal (ECMA-48), bidirectional
controls can make one name look like another (Unicode Technical Report 36, 2.10.4; CVE-2021-42574), invisible
characters can hide a difference, and a long name can push the rest off the screen.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

NAME_LIMIT: Final = 120  # characters; longer than any prefix, host name or package name that a person reads whole
STATEMENT_LIMIT: Final = 400  # characters of one step of a chain
_MARKS: Final = 3  # combining marks on one letter; Vietnamese and Hebrew need two, stacks of dozens overflow lines
# Letters and marks that no font draws: Hangul fillers, the Braille blank, the combining grapheme joiner.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_PARTING: Final = re.compile(r'[\s,"]')
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, limit: int = NAME_LIMIT) -> str:
    r"""Return ``text`` on one line, of at most ``limit`` characters, with everything unseen spelt out.

    Controls, bidirectional and other format characters, surrogates, private-use and unassigned characters become
    escapes such as ``\x1b`` and ``\u202e``; other spaces become a plain space. Meant for eyes: a text that has a
    backslash of its own is not told apart from an escape.
    """
    head = text[:limit]
    if not (head.isascii() and head.isprintable()):
        head = _spell_out(head)
    if len(text) > limit or len(head) > limit:
        return head[: limit - 1] + "…"
    return head


def word(text: str, limit: int = NAME_LIMIT) -> str:
    r"""Return ``text`` as :func:`visible` has it, as one word, which cannot be taken for the words around it.

    Where a blank, a comma or a double quote stands in it, it is in double quotes, and its own are spelt ``\x22``.
    """
    shown = visible(text, limit)
    if not _PARTING.search(shown):
        return shown
    spelt = visible(shown.replace('"', "\\x22"), limit)
    return f'"{spelt}"'


def _spell_out(text: str) -> str:
    out: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Zs":
            out.append(" ")
        elif category in _CONTROL or character in _BLANK or marks > _MARKS:
            out.append(_escape(character))
        else:
            out.append(character)
    return "".join(out)


def _escape(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def columns(text: str) -> int:
    """Return how many columns of a fixed-width font the text takes (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def wrap(text: str, width: int, lines: int) -> list[str]:
    """Break ``text`` at spaces into at most ``lines`` lines of ``width`` columns; what is left over ends in ``…``."""
    done: list[str] = []
    line = ""
    words = text.split(" ")
    while words and len(done) < lines:
        word = words.pop(0)
        joined = f"{line} {word}" if line else word
        if columns(joined) <= width:
            line = joined
        elif line:
            done.append(line)
            line = ""
            words.insert(0, word)
        else:
            head = _fitting(word, width)
            done.append(head)
            words.insert(0, word[len(head) :])
    if len(done) < lines:
        return [*done, line] if line else done
    if line or words:
        done[-1] = _fitting(done[-1], width - 1) + "…"
    return done


def _fitting(word: str, width: int) -> str:
    if columns(word) <= width:
        return word
    taken = 0
    for index, character in enumerate(word):
        taken += columns(character)
        if taken > width:
            return word[: max(index, 1)]
    return word


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return ``count`` with thousands separators and the noun in the right number."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
