"""Makers by the name that inventories, catalogues and device lists write for them.

The form is the Unicode one for text that is compared without regard to case (The Unicode Standard, 3.13, D145) in
NFC, with single spaces. Nothing is guessed: ``Huawei`` and ``Huawei Technologies`` are two names, and the world says
which party each of them means.
"""

from __future__ import annotations

import unicodedata

ABOUT = "A maker's or provider's name as lists write it, which leads to the party it means."

MAX_LENGTH = 200


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
