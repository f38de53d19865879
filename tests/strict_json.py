"""JSON as RFC 8259 has it, and nothing that Python's parser takes besides."""

from __future__ import annotations

import json
from typing import Any


def strict(text: str | bytes) -> Any:
    """Parse JSON and refuse what RFC 8259 does not have: NaN and the infinities."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)
