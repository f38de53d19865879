"""Package names, makers and publishers in their one form: each distinct text is parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers
from crossline.tables import Reject
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.tables import Limits

# What firmware and forms hold where nobody filled a name in.
BLANK: Final = frozenset({"", "-", "n/a", "none", "null", "unknown", "not specified", "default string", "unavailable"})
_BLANKS: Final = list(BLANK)


def canonical(texts: pl.Series, kind: str) -> tuple[pl.Series, pl.Series]:
    """Return the identifiers of that type, null for what is none, and whether a text was there and was refused."""
    filled = texts.set(texts.str.strip_chars().str.to_lowercase().is_in(_BLANKS), None)
    forms: dict[str, str] = {}
    parse = identifiers.load(kind).parse
    for text in filled.unique().drop_nulls():
        try:
            forms[text] = parse(text)
        except ValueError:
            continue
    known = pl.DataFrame(
        {"text": list(forms), "form": list(forms.values())}, schema={"text": pl.String, "form": pl.String}
    )
    found = filled.alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")["form"]
    return found.alias(texts.name), (filled.is_not_null() & found.is_null()).alias(texts.name)


def shown(texts: pl.Series) -> pl.Series:
    """Return names of apps and models on one line, without what cannot be seen; null where nothing is left."""
    distinct = texts.unique().drop_nulls()
    made = pl.DataFrame(
        {"text": distinct, "form": [visible(text.strip()) or None for text in distinct]},
        schema={"text": pl.String, "form": pl.String},
    )
    return texts.alias("text").to_frame().join(made, on="text", how="left", maintain_order="left")["form"]


def refused(places: pl.Series, reason: str, limits: Limits) -> Iterator[Reject]:
    """Yield a reject for each place, up to the limit, and one with the count of the rest."""
    for place in places.head(limits.rejects):
        yield Reject(place, reason)
    if len(places) > limits.rejects:
        yield Reject(str(places[limits.rejects]), f"{reason}; more of this kind", len(places) - limits.rejects)
