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
7. A percentage that ends a name, in parentheses or not ("Huawei Marine (50%)", "Orange 50%"), is its share, and no
   part of it.
8. A slash, a bar, "and" and "&" within a piece part nothing by themselves, since names hold them ("Tusass A/S"). They
   do where everything between them is a name that stands alone elsewhere, in the same map or among the names that the
   facts know (``known``): "Google and Meta".
9. A consortium or a joint venture owns nothing by itself: the names that follow it, in parentheses or after a colon,
   "of" or "between", are owners ("Consortium of 12 carriers (Orange, BT)"), and leave open whether they are all.

A parenthesis that is not closed, or closed and never opened, leaves the whole string one piece that is no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from crossline.identifiers import vendor

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
_PER_CENT: Final = r"(?P<{}>\d{{1,3}}(?:[.,]\d{{1,6}})?)\s*%"
_SHARE: Final = re.compile(
    rf"(?P<name>.*\S)(?:\s*\({_PER_CENT.format('within')}\)|(?<!\d)[\s:]\s*{_PER_CENT.format('bare')})", re.DOTALL
)
_AND: Final = re.compile(r"(?:and|&)\s+", re.IGNORECASE)
_PARTING: Final = re.compile(r"\s*[/|]\s*|\s+(?:and|&)\s+", re.IGNORECASE)
_PARTED_MOST: Final = 20  # names in one piece between commas
_GROUP_MOST: Final = 4000  # characters of a piece that may be a group of owners
_GROUP: Final = re.compile(
    r"(?:[^():]*[^():\w])?(?P<what>consortium|joint[ -]venture|jv)\b(?P<of>[^():]*)"
    r"(?:\((?P<within>.+)\)|:(?P<after>.+))?",
    re.IGNORECASE | re.DOTALL,
)
_OF: Final = re.compile(r"\s+(?:of|between|among)\s+(?P<names>\S.*)", re.IGNORECASE | re.DOTALL)
_COUNTED: Final = re.compile(
    r"(?:(?:the|about|some|over|more than|several|many|various|\d{1,3})\s+)+[\w-]+(?: [\w-]+)?", re.IGNORECASE
)
_TWO: Final = 2


@dataclass(frozen=True)
class Split:
    """The names in a list, in its order, and what it leaves open: words that name nobody, or a fault, or nothing.

    ``shares`` has those of names of which one is stated, in per cent.
    """

    names: tuple[str, ...]
    nobody: str | None = None
    fault: str | None = None
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """Names in their one form (:func:`crossline.identifiers.vendor.parse`): of this map, and of the facts."""

    alone: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()

    def of(self, name: str) -> bool:
        """Return whether a name is one of these."""
        form = _form(name)
        return form in self.alone or form in self.facts


_NONE_KNOWN: Final = Known()


def split(text: str, known: Known = _NONE_KNOWN) -> Split:  # noqa: C901 - the clauses of the law
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
        held, group = _members(name, known)
        nobody = nobody or group
        for own in held:
            part, share = shared(own)
            if share is not None:
                shares.setdefault(part, share)
            if names_nobody(part):
                nobody = nobody or part
            elif part and part not in names:
                names.append(part)
    if len(names) > NAMES_MOST:
        return Split(tuple(names[:NAMES_MOST]), nobody, f"more than {NAMES_MOST:,} names", shares)
    return Split(tuple(names), nobody, None, shares)


def _form(name: str) -> str:
    try:
        return vendor.parse(shared(name)[0])
    except ValueError:
        return ""


def _members(name: str, known: Known) -> tuple[list[str], str | None]:
    """Return the names that a piece between commas holds, and what of it says that they own it together, or None."""
    found = _GROUP.fullmatch(name) if len(name) <= _GROUP_MOST else None
    if found is None:
        return _parted(name, known), None
    of = _OF.fullmatch(found["of"])
    said = found["within"] or found["after"] or (of["names"] if of else "")
    held = [part for piece in _pieces(said) or () for part in _two(piece, known)]
    if not held or any(_COUNTED.fullmatch(part) for part in held):
        return [name], None
    # One name alone may be an abbreviation, or a place: a consortium's own name holds both.
    if len(held) < _TWO and not found["after"] and not known.of(held[0]):
        return [name], None
    return held, name[: found.end("what")].strip()


def _two(piece: str, known: Known) -> list[str]:
    """Return the names of a piece in which one "and" parts two, since it lists who has something together."""
    piece, _ = _open(piece)
    held = _parted(piece, known)
    if len(held) > 1:
        return held
    piece = _AND.sub("", piece, count=1) if _AND.match(piece) else piece
    parts = _PARTING.split(piece)
    return parts if len(parts) == _TWO and all(len(part) >= _TWO for part in parts) else [piece]


def _parted(name: str, known: Known) -> list[str]:
    """Return the names that signs or "and" part, where all of them are known and the whole is not; else the name."""
    if len(name) > _GROUP_MOST or _form(name) in known.facts or "(" in name:
        return [name]
    parts = [part for part in _PARTING.split(name, _PARTED_MOST) if part]
    return parts if len(parts) > 1 and all(known.of(part) for part in parts) else [name]


def _open(name: str) -> tuple[str, str | None]:
    """Return a name and the words after it that name nobody, as in "Verizon & others"."""
    more = _OTHERS.fullmatch(name) if len(name) <= _ENDED_MOST and not names_nobody(name) else None
    return (name, None) if more is None else (more["name"], more["rest"])


def shared(name: str) -> tuple[str, float | None]:
    """Return a name and the share that ends it, in per cent."""
    found = _SHARE.fullmatch(name) if name.endswith((")", "%")) and len(name) <= _ENDED_MOST else None
    share = float((found["within"] or found["bare"]).replace(",", ".")) if found else 0.0
    return (name, None) if found is None or share > 100 else (found["name"].rstrip(" :"), share)


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
