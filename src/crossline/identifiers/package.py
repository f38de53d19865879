"""Apps by the name that their platform gives them: an Android application id, or an Apple bundle id.

Android: a letter starts each segment, and there are at least two
(https://developer.android.com/build/configure-app-module#set-application-id). Apple: letters, digits, hyphens and
dots (CFBundleIdentifier), without regard to case. Android tells capitals apart, but no two apps of one store differ
in nothing else; the canonical form is in small letters so that both platforms share one type.
"""

from __future__ import annotations

import re

ABOUT = "An app, by its Android application id or its Apple bundle id."

_FORM = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.ASCII)
MAX_LENGTH = 255


def parse(text: str) -> str:
    """Return the id in small letters; raises ValueError with a reason."""
    value = text.strip().lower()
    if len(value) > MAX_LENGTH:
        raise ValueError(f"an app's id has {len(value)} characters, more than {MAX_LENGTH}")
    if not _FORM.fullmatch(value):
        raise ValueError(f"{text!r} is not an app's id: at least two parts of letters, digits, _ and -, joined by dots")
    return value
