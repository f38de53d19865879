"""Clouds by the key under which inventories and address lists file them: ``aws``, ``azure``, ``aliyun``."""

from __future__ import annotations

import re

ABOUT = "A cloud, by the short key that inventories and address lists use for it."

_FORM = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", re.ASCII)
MAX_LENGTH = 64


def parse(text: str) -> str:
    """Return the key: small letters and digits, joined by single hyphens, dots or underscores, spaces as hyphens.

    Raises ValueError with a reason.
    """
    value = "-".join(text.lower().split())
    if len(value) > MAX_LENGTH or not _FORM.fullmatch(value):
        raise ValueError(f"{text[:MAX_LENGTH]!r} is not a cloud's key: up to {MAX_LENGTH} letters, digits and hyphens")
    return value
