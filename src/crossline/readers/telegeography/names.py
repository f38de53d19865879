"""The law by which a map's list of owners or suppliers is split into names.

A map writes one string: "AT&T, Etisalat UAE, Telia Eesti (formerly Eesti Telekom, EMT, Elion)". The law, in order:

1. Commas and semicolons part names, except within parentheses.
2. What stands in parentheses belongs to the name before it: an abbreviation, a former name, what a name includes. It
   makes no owner of its own, and the name is kept as it is written.
3. A piece that is no more than a legal form ("Inc.", "LLC.", "S.A.", "Inc (OSI)") belongs to the name before it.
4. "and" and "&" part nothing, since names hold them ("Guyana Telephone and Telegraph", "C&W Networks"); but where a
   list's last piece begins with "and", the word is its own and not the name's.
5. A name with a comma inside it is known only from :data:`WITH_A_COMMA`.
6. Words that name nobody ("consortium", "n.a.", "others", "consortium of 12 carriers") are no names; what they leave
   open the caller is told, as with "& others" at the end of a name.
7. A percentage in parentheses that ends a name ("Huawei Marine (50%)") is its share, and no part of it.
8. A slash parts nothing, since names hold it ("Tusass A/S").

A parenthesis that is not closed, or closed and never opened, leaves the whole string one piece that is no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES_MOST: Final = 1000  # in one string; the longest real list has 51
TEXT_MOST: Final = 50_000  # characters of one string; the longest real one has about 700
# Names that hold a comma, as editions of the map write them.
WITH_A_COMMA: Final = ("Libyan Post, Telecommunications and Information Technology Company",)

_ENDED_MOST: Final = 300  # characters of a name whose end is looked at; a name has no more than 200
_COMMA: Final = "\ufdd0"  # a noncharacter (The Unicode Standard, 23.7): no text that is exchanged may hold it
_FORMS: Final = (
    r"inc|incorporated|llc|l\.l\.c|ltd|limited|ltda|lda|lp|l\.p|llp|plc|p\.l\.c|corp|corporation|co|company|gmbh|ag|kg|"
    r"s\.?a|s\.?a\.?s|s\.?a\.?r\.?l|s\.?p\.?a|s\.?r\.?l|s\.?l|s\.?c|a\.?b|a\.?s|a/s|oy|oyj|b\.?v|n\.?v|pte|pty|pvt|"
    r"sdn|bhd|jsc|pjsc|ojsc|llc|kk|k\.k|s\.?a\.? de c\.?v|p\.?t|tbk|ehf|hf|d\.?o\.?o|d\.?d|gie"
)
_LEGAL_FORM: Final = re.compile(rf"(?:(?:{_FORMS})\.?\s*){{1,3}}(?:\([^()]*\)\s*)?", re.IGNORECASE)
_NOBODY: Final = re.compile(
    r"(?:n\s*[./]?\s*a\.?|none|unknown|undisclosed|not (?:disclosed|known|available|stated)|to be (?:announced|decided|"
    r"determined)|t\.?b\.?[acd]\.?|-+|\u2013|\?+|various(?: \w+)?|(?:\w+ )?consortium(?: members?)?|private|"
    r"(?:an? )?consortium of .+|"
    r"(?:and )?(?:several |many )?others?(?: (?:owners?|parties|members?|carriers))?|et al\.?|etc\.?)",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(
    r"(?P<name>.*\S)\s+(?P<rest>(?:and|&)\s+(?:(?:several|many|various|\d{1,3}) )?others?"
    r"(?: (?:owners?|parties|members?|carriers))?)",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(r"(?P<name>.*\S)\s*\((?P<share>\d{1,3}(?:[.,]\d{1,6})?)\s*%\)")
_AND: Final = re.compile(r"(?:and|&)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Split:
    """The names in a list, in its order, and what it leaves open: words that name nobody, or a fault, or nothing.

    ``shares`` has those of names of which one is stated, in per cent.
    """

    names: tuple[str, ...]
    nobody: str | None = None
    fault: str | None = None
    shares: Mapping[str, float] = field(default_factory=dict)


def split(text: str) -> Split:
    """Return the names of a list as a map writes it."""
    if len(text) > TEXT_MOST:
        return Split((), fault=f"longer than {TEXT_MOST:,} characters")
    for name in WITH_A_COMMA:
        text = re.sub(re.escape(name), name.replace(",", _COMMA), text, flags=re.IGNORECASE)
    pieces = _pieces(text)
    if pieces is None:
        return Split((), fault="a parenthesis is not closed")
    names: list[str] = []
    shares: dict[str, float] = {}
    nobody: str | None = None
    for number, piece in enumerate(pieces):
        if names and _LEGAL_FORM.fullmatch(piece):
            names[-1] = f"{names[-1]}, {piece}"
            continue
        last = number == len(pieces) - 1 and number > 0
        name = (_AND.sub("", piece, count=1) if last and _AND.match(piece) else piece).replace(_COMMA, ",").strip()
        name, rest = _open(name)
        nobody = nobody or rest
        name, share = _shared(name)
        if share is not None:
            shares.setdefault(name, share)
        if names_nobody(name):
            nobody = nobody or name
        elif name and name not in names:
            names.append(name)
    if len(names) > NAMES_MOST:
        return Split(tuple(names[:NAMES_MOST]), nobody, f"more than {NAMES_MOST:,} names", shares)
    return Split(tuple(names), nobody, None, shares)


def _open(name: str) -> tuple[str, str | None]:
    """Return a name and the words after it that name nobody, as in "Verizon & others"."""
    more = _OTHERS.fullmatch(name) if len(name) <= _ENDED_MOST and not names_nobody(name) else None
    return (name, None) if more is None else (more["name"], more["rest"])


def _shared(name: str) -> tuple[str, float | None]:
    """Return a name and the share that ends it in parentheses, in per cent."""
    found = _SHARE.fullmatch(name) if name.endswith(")") and len(name) <= _ENDED_MOST else None
    share = float(found["share"].replace(",", ".")) if found else 0.0
    return (name, None) if found is None or share > 100 else (found["name"], share)


def names_nobody(name: str) -> bool:
    """Return whether words of a list name nobody."""
    return _NOBODY.fullmatch(name) is not None


def _pieces(text: str) -> list[str] | None:
    """Return what commas and semicolons outside parentheses part, or None where parentheses do not match."""
    pieces, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return None
        elif character in ",;" and not depth:
            pieces.append(text[start:place].strip())
            start = place + 1
    if depth:
        return None
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]
