"""Signers of packages by the SHA-256 fingerprint of their certificate, as ``apksigner`` and F-Droid print it."""

from __future__ import annotations

import re

ABOUT = "Whoever holds the key of a signing certificate, by its SHA-256 fingerprint."

_FORM = re.compile(r"[0-9a-f]{64}", re.ASCII)


def parse(text: str) -> str:
    """Return 64 hexadecimal digits in small letters, colons and spaces taken out; raises ValueError with a reason."""
    value = text.replace(":", "").replace(" ", "").strip().lower()
    if not _FORM.fullmatch(value):
        raise ValueError(f"{text[:80]!r} is not a SHA-256 fingerprint of 64 hexadecimal digits")
    return value
