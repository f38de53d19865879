"""Libraries that apps embed, by the name that a source of signatures gives them ("Google AdMob").

A name is that of its source: two sources may call one library differently, and each name is then an identifier of its
own. Runs of white space are one space; capitals stay, for names are shown as they are written.
"""

from __future__ import annotations

from crossline.text import visible

ABOUT = "A library or tracker in an app, by its name in a source of signatures; it leads to the party that makes it."
MAX_LENGTH = 200


def parse(text: str) -> str:
    """Return the name with single spaces; raises ValueError with a reason."""
    value = " ".join(text.split())
    if not value:
        raise ValueError("a library's name is empty")
    if len(value) > MAX_LENGTH:
        raise ValueError(f"a library's name has {len(value)} characters, more than {MAX_LENGTH}")
    if visible(value, 4 * MAX_LENGTH) != value:
        raise ValueError(f"{visible(value)!r} is not a library's name: it holds characters that cannot be shown")
    return value
