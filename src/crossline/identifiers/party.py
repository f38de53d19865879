"""Parties by the id they have in the world's party table."""

from __future__ import annotations

import re

ABOUT = "A party of the world's own table, by its id."

_FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


def parse(text: str) -> str:
    """Return the id: small letters, digits and single hyphens."""
    value = text.strip().lower()
    if len(value) > 100 or not _FORM.fullmatch(value):
        raise ValueError(f"{text!r} is not a party's id: small letters, digits and hyphens")
    return value
