"""Makers by the name that inventories, catalogues and device lists write for them.

The form is the Unicode one for text that is compared without regard to case (The Unicode Standard, 3.13, D145) in
NFC, with single spaces. Nothing is guessed: ``Huawei`` and ``Huawei Technologies`` are two names, and the world says
which party each of them means.
"""

from __future__ import annotations

import unicodedata
from typing import Final

ABOUT = "A maker's or provider's name as lists write it, which leads to the party it means."

MAX_LENGTH = 200

# Words of the legal form of an organisation, without regard to case.
_LEGAL: Final = frozenset(
    """
    a/s ab agency aps asbl asociación association associação authority b.v b.v. bv company corp corporation
    council e.v e.v. ev. fondation foundation fundación fundacja gesellschaft ggmbh gmbh government inc
    incorporated institut institute kft limited llc llp ltd mbh ministerium ministry ministère municipality n.v
    n.v. nv o.o. oy oyj plc pty pvt s.a s.a. s.p.a s.r.l s.r.l. s.r.o s.r.o. sarl spa srl stiftung ug
    universidad universiteit university università universität université verein zrt
    """.split()  # noqa: SIM905 - as above
)
# Legal forms that are words of a language in small letters, and some in scripts that put no spaces between words.
_LEGAL_CAPITALS: Final = frozenset(("AG", "AS", "EV", "KG", "SA", "SE"))
_LEGAL_PARTS: Final = (
    "\u6709\u9650\u516c\u53f8",
    "\u682a\u5f0f\u4f1a\u793e",
    "\u5927\u5b66",
    "\u96c6\u56e2",
    "\u041e\u041e\u041e ",
)


def parse(text: str) -> str:
    """Return the name in small letters (case-folded), in NFC, with single spaces; raises ValueError with a reason."""
    stripped = text.strip()
    if len(stripped) > MAX_LENGTH:
        raise ValueError(f"a vendor's name has {len(stripped)} characters, more than {MAX_LENGTH}")
    # Cc, Cf, Cs, Co, Cn: controls, marks that hide or reorder text, half characters, private and unassigned ones
    if any(unicodedata.category(character).startswith("C") for character in stripped):
        raise ValueError(f"{text[:MAX_LENGTH]!r} is not a vendor's name: it holds a control or invisible character")
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", stripped).casefold()).casefold()
    value = " ".join(unicodedata.normalize("NFC", folded).split())
    if not value:
        raise ValueError("a vendor's name is empty")
    return value


def is_organisation(name: str) -> bool:
    """Return whether a word tells the legal form of an organisation."""
    words = [word.strip(",;:()[]\"'") for word in name.split()]
    folded = {word.casefold() for word in words} | {word.casefold().rstrip(".") for word in words}
    return (
        not _LEGAL.isdisjoint(folded)
        or not _LEGAL_CAPITALS.isdisjoint(words[1:])
        or any(part in name for part in _LEGAL_PARTS)
    )
