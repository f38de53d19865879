"""Private enterprise numbers, which IANA assigns to makers and others (RFC 9371), as they stand in sysObjectID.

The form is the number alone, in plain decimal: ``2011`` for 1.3.6.1.4.1.2011.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

ABOUT = "A private enterprise number of IANA's registry, which leads to the assignee."

_PREFIX: Final = "1.3.6.1.4.1."
_MOST: Final = (1 << 32) - 1


def parse(text: str) -> str:
    """Return the number, from itself or from an object identifier below 1.3.6.1.4.1; raises ValueError."""
    stripped = text.strip().removeprefix(".")
    if stripped.startswith(_PREFIX):
        stripped = stripped.removeprefix(_PREFIX).partition(".")[0]
    if not re.fullmatch(r"[0-9]{1,10}", stripped) or int(stripped) > _MOST:
        raise ValueError(f"{text[:60]!r} is no private enterprise number, such as 2011 or 1.3.6.1.4.1.2011.2.23")
    return str(int(stripped))


def names_no_party(value: str) -> str | None:
    """Return why a number can lead to nobody, or None."""
    return "the enterprise number 0 is reserved" if value == "0" else None


def special(values: pl.Expr) -> pl.Expr:
    """Select the values that :func:`names_no_party` may have something to say on."""
    return values == "0"
