"""Whose code an app carries: libraries that signatures show in its classes, native libraries and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.packages import filenames
from crossline.packages.libraries import LIBRARIES, Names, locators
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.packages.libraries import Found, Signatures
    from crossline.readers.apk.parts import Budget, Part
    from crossline.tables import Extent

NO_SIGNATURES: Final = "no signatures of libraries were given, so whose code it carries cannot be told"
NO_CODE: Final = "no code of it could be read"
PART_UNREAD: Final = "a part of its code could not be read"
UNDESCRIBED: Final = "a library that no signature describes cannot be told"
RENAMED: Final = (
    "most of its classes have names of one or two letters, so that libraries among them cannot be told by name"
)
_SOURCES_TOLD: Final = 10


@dataclass(frozen=True)
class Embedded:
    """Libraries that an app defines, and those that its code only refers to; ``referenced`` is None where not asked."""

    libraries: pl.DataFrame  # value, basis, locator
    referenced: list[str] | None
    asked: bool


def look(parts: Sequence[Part], signatures: Signatures | None, budget: Budget) -> Embedded:
    """Look for libraries in all packages of an app; what of this could not be done is told in the budget."""
    if signatures is not None:
        about(signatures, budget)
    if signatures is None or not signatures.count:
        return Embedded(_ties(pl.DataFrame(schema=LIBRARIES)), None, asked=False)
    # A class that one dex file only refers to and another defines is among both. Then so are the libraries that it
    # shows, and what is defined is taken away below; to find such classes first would take longer than to match them.
    entries = [(name, part.where + name) for part in parts for name in part.files]
    native = [(name.rpartition("/")[2], file) for name, file in entries if name.endswith(".so")]
    native = [(name, file) for name, file in native if name]
    by_name = {
        kept: Names.of(*_columns([one for one in native if filenames.common(one[0]) == kept])) for kept in (False, True)
    }
    has = signatures.find(
        {"class": _classes(parts, defined=True), "native": [by_name[False]], "file": [Names.of(*_columns(entries))]}
    )
    _tell_common(signatures.find({"native": [by_name[True]]}), has, budget)
    named = signatures.find({"class": _classes(parts, defined=False)})
    only = named.libraries["library"].filter(~named.libraries["library"].is_in(has.libraries["library"].implode()))
    _tell((has, named), budget)
    read = any(part.types for part in parts)
    return Embedded(_ties(has.libraries), only.to_list() if read else None, asked=True)


def _classes(parts: Sequence[Part], *, defined: bool) -> list[Names]:
    """Return the classes that dex files define, or refer to and do not define, with these files."""
    told = ((place, one.lines(defined=defined)) for part in parts for place, one in part.types)
    return [Names(text, place, broken) for place, (text, broken) in told]


def _columns(rows: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [name for name, _ in rows], [file for _, file in rows]


def _ties(libraries: pl.DataFrame) -> pl.DataFrame:
    """Return what code is called as observed; what a file is called is a sign of what is in it, and no more."""
    basis = pl.when(pl.col("of") == "class").then(pl.lit("observed")).otherwise(pl.lit("inferred")).alias("basis")
    return libraries.select(pl.col("library").alias("value"), basis).with_columns(locators(libraries))


def about(signatures: Signatures, budget: Budget) -> None:
    """Tell how many signatures are looked for, whose they are, and which cannot be."""
    sources = signatures.sources
    if sources:
        rest = f" and {len(sources) - _SOURCES_TOLD} more sources" if len(sources) > _SOURCES_TOLD else ""
        shown = ", ".join(visible(source) for source in sources[:_SOURCES_TOLD]) + rest
        budget.note(f"{signatures.count:,} signatures of libraries were looked for, of {shown}; {UNDESCRIBED}")
    if signatures.refused:
        why = "; ".join(f"{count:,} {reason}" for reason, count in signatures.refused.items())
        budget.note(f"{sum(signatures.refused.values()):,} signatures of libraries could not be looked for: {why}")


def _tell_common(by_common: Found, has: Found, budget: Budget) -> None:
    """Tell of libraries that nothing shows but a file whose name may be anybody's: they are no ties."""
    only = by_common.libraries.filter(~pl.col("library").is_in(has.libraries["library"].implode()))
    if only.height:
        budget.note(
            f"{only.height:,} {'library is' if only.height == 1 else 'libraries are'} not told, for which only a file "
            f"name speaks that anybody may use, as {visible(only['name'][0])}"
        )


def _tell(found: Sequence[Found], budget: Budget) -> None:
    broken, misnamed = sum(one.broken for one in found), sum(one.misnamed for one in found)
    if broken:
        budget.note(f"{broken:,} names of classes or files hold a line break and are not compared with signatures")
    if misnamed:
        budget.note(f"{misnamed:,} libraries are there by signatures whose name for them is none that can be shown")


def extent(embedded: Embedded, parts: Sequence[Part], packed: str | None, renamed: bool) -> tuple[Extent, str]:
    """Return how much of the libraries was seen, never all, and why not: what was seen of a packed app stays seen."""
    seen: Extent = "some" if embedded.libraries.height else "none"
    if packed:
        return seen, packed
    if not embedded.asked:
        return "none", NO_SIGNATURES
    if not any(part.types for part in parts):
        return seen, NO_CODE
    if renamed:
        return seen, RENAMED
    return "some", PART_UNREAD if any(part.unread for part in parts) else UNDESCRIBED
