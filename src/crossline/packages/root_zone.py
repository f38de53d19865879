"""Top-level domains that the root zone of the DNS has, as IANA lists them (``root_zone.txt`` beside this file).

What ends otherwise is nobody's name in the DNS: ``javax.xml.transform.dom.DOMResult`` behind ``http://`` is a class.
Names of networks of one's own (``.lan``, ``.corp``) end otherwise as well, and lead to nobody either.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from crossline.text import visible

if TYPE_CHECKING:
    import polars as pl


@cache
def top_level() -> frozenset[str]:
    """Return the top-level domains in small letters, those of other scripts as A-labels (RFC 5890)."""
    told = (resources.files("crossline.packages") / "root_zone.txt").read_text(encoding="ascii")
    return frozenset(" ".join(line for line in told.splitlines() if not line.startswith("#")).split())


def apart(found: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """Leave out hosts that end with none (``top_level`` is false), and say how many, for a note, or None.

    ``found`` has ``host`` and ``top_level``, a row a host.
    """
    odd = found.filter(~found["top_level"])["host"]
    if odd.is_empty():
        return found, None
    names, end = (f"{len(odd):,} names", "end") if len(odd) > 1 else ("a name", "ends")
    said = f"{names} behind a scheme {end} with no top-level domain of the DNS, as {visible(odd[0], 100)}: no hosts"
    return found.filter(found["top_level"]), said


def holds(host: pl.Expr) -> pl.Expr:
    """Say of each domain, in canonical form, whether its last label is one of them."""
    return host.str.extract(r"([^.]+)$").is_in(sorted(top_level()))
