"""Another asset of the estate, whose ties a rule reaches with ``via``."""

from __future__ import annotations

ABOUT = "Another asset of the estate, by its id."


def parse(text: str) -> str:
    """Return the id as it stands."""
    value = text.strip()
    if not value:
        raise ValueError("an asset's id is empty")
    return value
