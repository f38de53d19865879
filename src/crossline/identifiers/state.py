"""States and territories by their ISO 3166-1 alpha-2 code (and XK, in use for Kosovo)."""

from __future__ import annotations

import re

ABOUT = "A state or territory, by its ISO 3166-1 alpha-2 code."

_FORM = re.compile(r"[A-Z]{2}", re.ASCII)


def parse(text: str) -> str:
    """Return the code in capitals."""
    value = text.strip().upper()
    if not _FORM.fullmatch(value):
        raise ValueError(f"{text!r} is not a two-letter code of ISO 3166-1")
    return value
